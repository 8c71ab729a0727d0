"""Standardised risks (g-computation): everybody exposed against nobody, over a population that is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit import averages, counterfactual
from glmlogit._delta import covariance_of, require_sample
from glmlogit._kernels import logit
from glmlogit.averages import Estimates, Groups, Target
from glmlogit.counterfactual import Place, Population, Settings
from glmlogit.effects import Effects, Scale, columns_of, framed, names_of, prepared, reasons_of
from glmlogit.errors import DataError
from glmlogit.intake import Note, check_choice
from glmlogit.intervals import check_level
from glmlogit.points import check_value, crossed, grouping, is_binary, names_in, outside, variable_of, written
from glmlogit.resampling import Resampling, replicates
from glmlogit.variation import Variable

if TYPE_CHECKING:
    from glmlogit.fit import Fit

Array = npt.NDArray[np.float64]
Change = Callable[[Place], Settings]
Estimand = Literal["risk_difference", "risk_ratio", "odds_ratio", "nnt", "attributable_fraction"]


class Contrast(NamedTuple):
    """An exposed and a reference state of a variable; values where they are the same for all rows."""

    text: str
    high: Change
    low: Change
    values: tuple[Any, Any] | None


def comparisons(
    fit: Fit,
    variable: str,
    estimand: Estimand | Sequence[Estimand] = "risk_difference",
    contrast: Any = None,
    population: Any = "all",
    *,
    by: Any = None,
    level: float | None = None,
    cov: str | None = None,
    unconditional: bool = False,
    interval: Literal["delta", "bootstrap"] = "delta",
    replications: int = 1000,
    seed: int | None = None,
) -> Effects:
    """Compare standardised risks: the average risk with everybody exposed and with nobody (g-computation).

    Parameters
    ----------
    fit : Fit
    variable : str
        The exposure: 0/1, a factor or a number.
    estimand : str or list of str
        ``"risk_difference"``, ``"risk_ratio"``, ``"odds_ratio"`` (marginal), ``"nnt"``, ``"attributable_fraction"``.
    contrast : (exposed, reference), number or "pairwise", optional
        Two values; a step d for x + d against x; every pair of levels. Default: 1 against 0, each level against the
        reference, or a step of 1.
    population : {"all", "exposed", "unexposed"} or DataFrame
        Whose covariates are averaged over; weighted by the weights of the fit.
    by : as in :func:`~glmlogit.margins`
    level, cov, unconditional
        As in :func:`~glmlogit.margins`.
    interval : {"delta", "bootstrap"}
        Bootstrap: rows, or whole clusters, drawn with replacement and the model refitted; percentile limits.
    replications, seed : int
        Of the bootstrap.

    Returns
    -------
    Effects
        A row a contrast (and estimand, subgroup): ``variable contrast estimand estimate std_error statistic p_value
        conf_low conf_high risk_exposed risk_reference``. For ``"nnt"`` ``interval`` is Altman's notation.

    Raises
    ------
    DataError
        For an unknown variable, level or option, or a population without rows.

    Notes
    -----
    R_a = mean p(x with exposure a); limits of ratios on the log scale, those of NNT are the reciprocals of those of
    RD (Altman 1998); the attributable fraction is 1 − R(reference)/R(as observed), on the scale log(1 − AF)
    (Greenland & Drescher 1993). *Matches* Stata's ``margins`` with ``nlcom``, R's
    ``marginaleffects::avg_comparisons``. Causal only if the model's covariates suffice to control confounding.
    """
    fit = prepared(
        fit, cov, "unconditional=True" if unconditional else "the bootstrap" if interval == "bootstrap" else ""
    )
    level = check_level(level, fit.level)
    asked = list(dict.fromkeys(names_in(estimand, "estimand")))
    for name in asked:
        check_choice("estimand", name, tuple(_ESTIMANDS))
    if interval not in ("delta", "bootstrap"):
        raise DataError(f"interval={interval!r} is not known; give 'delta' or 'bootstrap'")
    if unconditional and interval == "bootstrap":
        raise DataError(
            "the bootstrap draws the rows: its intervals are unconditional already; leave unconditional= out"
        )
    plan = _plan(fit, variable, contrast, population, by)
    risks = plan.risks(fit, sampled=unconditional)
    drawn = None
    if interval == "bootstrap":
        drawn = replicates(fit, lambda again, weights: plan.risks(again, weights=weights).values, replications, seed)
    parts = [_estimated(fit, risks, name, level, drawn) for name in asked]
    labels = pd.concat([_with_estimand(plan.labels, name) for name in asked], ignore_index=True)
    table = pd.concat([labels, pd.concat([part for part, _ in parts], ignore_index=True)], axis=1)
    notes = [*plan.notes, *_conventions(variable, asked), *(() if drawn is None else drawn.notes())]
    notes += _reasons(plan.labels, risks if drawn is None else replace(risks, unsure=("",) * len(risks.unsure)), asked)
    values = table["estimate"].to_numpy()
    return framed(table, values, _blocks([cov for _, cov in parts]), names_of(labels), notes, fit.reference)


def _with_estimand(labels: pd.DataFrame, name: str) -> pd.DataFrame:
    out = labels.copy()
    out.insert(2, "estimand", name)
    return out


def _blocks(parts: Sequence[Array]) -> Array:
    """One matrix; between different estimands the covariance is not kept."""
    sizes = np.cumsum([0, *map(len, parts)])
    cov = np.full((sizes[-1], sizes[-1]), np.nan)
    for part, start, stop in zip(parts, sizes, sizes[1:], strict=False):
        cov[start:stop, start:stop] = part
    return cov


# --- what is compared -----------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Plan:
    """Contrasts, the rows they are averaged over, and labels of the rows of the result."""

    contrasts: tuple[Contrast, ...]
    population: Population
    groups: tuple[Groups, ...]  # one a contrast; one and the same where all are about the same rows
    labels: pd.DataFrame  # variable, contrast, by: a row a contrast and group
    notes: tuple[Note, ...]

    def risks(self, fit: Fit, *, sampled: bool = False, weights: Array | None = None) -> Estimates:
        """For each contrast, then each group: risk exposed, risk in the reference, risk as observed.

        ``weights`` of the fitted rows are those of a resample.
        """
        population = self.population
        if weights is not None and population.fitted:
            population = replace(population, weights=weights, fitted=False)
        if sampled:
            require_sample(fit)
            if not population.fitted:
                raise DataError("unconditional=True is about the rows of the fit, not another population; leave it out")
        together = all(groups is self.groups[0] for groups in self.groups)
        batches = [self.contrasts] if together else [(contrast,) for contrast in self.contrasts]
        parts = []
        for contrasts, groups in zip(batches, self.groups, strict=False):
            looks = [look for c in contrasts for look in (averages.risk(c.high), averages.risk(c.low), averages.risk())]
            sample = (population.weights, groups.codes) if sampled else None
            seen = averages.views(fit, population, {}, groups)
            estimates, _ = averages.fold(fit, seen, [Target("", "", look) for look in looks], groups.count, sample)
            order = np.arange(len(looks) * groups.count).reshape(-1, 3, groups.count).swapaxes(1, 2).ravel()
            parts.append(averages.taken(estimates, order))
        return averages.joined(parts)


def _plan(fit: Fit, variable: str, contrast: Any, population: Any, by: Any) -> _Plan:
    known = variable_of(counterfactual.variables(fit), variable)
    everybody = counterfactual.population_of(fit)
    contrasts = tuple(_contrasts(known, everybody, contrast))
    table = not isinstance(population, str)
    rows = counterfactual.new_population(fit, population, "population") if table else everybody
    shared, names = grouping(fit, rows, by)
    groups = tuple(shared if table else _only(shared, known, everybody, one, population) for one in contrasts)
    head = pd.DataFrame({"variable": variable, "contrast": [one.text for one in contrasts]})
    values = [{variable: value} for one in contrasts for value in one.values or () if isinstance(value, float)]
    return _Plan(contrasts, rows, groups, crossed(head, names), tuple(outside(everybody, values)))


def _contrasts(variable: Variable, rows: Population, asked: Any) -> list[Contrast]:
    name = variable.name
    if variable.use == "levels":
        if asked is None:
            return [_between(name, v, variable.reference) for v in variable.others]
        if isinstance(asked, str) and asked == "pairwise":
            levels = variable.levels
            return [_between(name, levels[j], levels[i]) for i in range(len(levels)) for j in range(i + 1, len(levels))]
    elif asked is None and is_binary(rows.column(name)):
        return [_between(name, 1.0, 0.0)]
    elif asked is None or (np.ndim(asked) == 0 and not isinstance(asked, str)):
        return [_step(variable, 1.0 if asked is None else float(asked))]
    if not isinstance(asked, (tuple, list)) or len(asked) != 2:
        known = f"its levels are {', '.join(map(repr, variable.levels))}" if variable.levels else "or a step such as 10"
        raise DataError(f"contrast={asked!r}: give (exposed, reference), two values of {name}; {known}")
    high, low = (check_value(variable, value) for value in asked)
    if high == low:
        raise DataError(f"contrast={asked!r} compares a value with itself; give (exposed, reference)")
    return [_between(name, high, low)]


def _between(name: str, high: Any, low: Any) -> Contrast:
    return Contrast(f"{written(high)} - {written(low)}", lambda _: {name: high}, lambda _: {name: low}, (high, low))


def _step(variable: Variable, size: float) -> Contrast:
    name = variable.name
    if variable.use == "mixed":
        raise DataError(
            f"{name} is a number and a factor in this model: give two of its values, contrast=(exposed, reference)"
        )
    if not np.isfinite(size) or size == 0:
        raise DataError(f"contrast={size!r}: a step must be a finite number other than 0")
    return Contrast(f"{size:+g}", lambda place: {name: place.value(name) + size}, lambda _: {}, None)


def _only(groups: Groups, variable: Variable, rows: Population, contrast: Contrast, asked: str) -> Groups:
    """The groups, without the rows that a contrast is not averaged over."""
    if asked == "all":
        return groups
    if asked not in ("exposed", "unexposed"):
        raise DataError(f"population={asked!r} is not known; give 'all', 'exposed', 'unexposed' or a table")
    if contrast.values is None:
        raise DataError(
            f"population={asked!r} needs to know who is exposed: give two values, contrast=(exposed, reference), "
            f"in place of a step"
        )
    value = contrast.values[asked == "unexposed"]
    kept = (rows.column(variable.name) == value).to_numpy(dtype=bool)
    if not (rows.weights[kept] > 0).any():
        raise DataError(
            f"no row has {variable.name} = {written(value)}, so there is nobody {asked} to average over; use "
            f"population='all', or a contrast of values that occur"
        )
    return Groups(np.where(kept, groups.codes, -1), groups.count)


# --- estimands ------------------------------------------------------------------------------------


class _Measure(NamedTuple):
    """A function of (exposed, reference, observed) on the scale where limits are symmetric; its way back."""

    value: Callable[[Array, Array, Array], Array]
    gradient: Callable[[Array, Array, Array], tuple[Array, Array, Array]]
    scale: Scale


def _zero(r: Array) -> Array:
    return np.zeros_like(r)


_ESTIMANDS: Mapping[str, _Measure] = {
    "risk_difference": _Measure(
        lambda a, b, _: a - b, lambda a, b, _: (_zero(a) + 1, _zero(b) - 1, _zero(a)), "identity"
    ),
    "risk_ratio": _Measure(lambda a, b, _: np.log(a / b), lambda a, b, _: (1 / a, -1 / b, _zero(a)), "log"),
    "odds_ratio": _Measure(
        lambda a, b, _: logit(a) - logit(b), lambda a, b, _: (1 / (a * (1 - a)), -1 / (b * (1 - b)), _zero(a)), "log"
    ),
    "nnt": _Measure(lambda a, b, _: a - b, lambda a, b, _: (_zero(a) + 1, _zero(b) - 1, _zero(a)), "identity"),
    "attributable_fraction": _Measure(lambda _, b, o: np.log(b / o), lambda _, b, o: (_zero(b), 1 / b, -1 / o), "log"),
}


def _measured(risks: Estimates, name: str) -> Estimates:
    """An estimand of (exposed, reference, observed), three by three."""
    measure, three = _ESTIMANDS[name], risks.values.reshape(-1, 3).T
    with np.errstate(divide="ignore", invalid="ignore"):
        values = measure.value(*three)
        gradients = np.stack(measure.gradient(*three), axis=1)
    matrix = np.zeros((len(values), risks.values.size))
    for i, row in enumerate(gradients):
        matrix[i, 3 * i : 3 * i + 3] = row
    return risks.through(values, matrix)


def _estimated(
    fit: Fit, risks: Estimates, name: str, level: float, drawn: Resampling | None
) -> tuple[pd.DataFrame, Array]:
    """The columns of one estimand, and their covariance."""
    measure, measured = _ESTIMANDS[name], _measured(risks, name)
    again = None
    if drawn is None:
        cov = covariance_of(fit, measured)
    else:
        three = np.moveaxis(drawn.values.reshape(len(drawn.values), -1, 3), 2, 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            again = measure.value(*three)
        cov = drawn.covariance(again)
    columns, cov = columns_of(measured.values, cov, level, measure.scale, reference=fit.reference)
    if drawn is not None and again is not None:
        low, high = drawn.limits(again, level)
        columns["conf_low"], columns["conf_high"] = (np.exp(x) if measure.scale == "log" else x for x in (low, high))
    exposed, reference, observed = risks.values.reshape(-1, 3).T
    if name == "nnt":
        columns, cov = _number_needed(columns)
    if name == "attributable_fraction":
        columns, exposed = _fraction(columns), observed
    return columns.assign(risk_exposed=exposed, risk_reference=reference), cov


def _fraction(columns: pd.DataFrame) -> pd.DataFrame:
    """From the ratio R(reference)/R(observed) to one less it."""
    estimate, low, high = (1.0 - columns[name] for name in ("estimate", "conf_low", "conf_high"))
    return columns.assign(estimate=estimate, conf_low=high, conf_high=low, statistic=-columns["statistic"])


_NNT_NOTE = Note(
    "nnt",
    "Numbers needed to treat are 1/RD: positive where exposure adds events (one more in so many), negative where it "
    "prevents them. Where the limits of RD include 0 the interval runs through infinity (Altman 1998), from conf_low "
    "to inf and from -inf to conf_high. No standard error is given for 1/RD; statistic and p_value are those of RD.",
)


def _number_needed(columns: pd.DataFrame) -> tuple[pd.DataFrame, Array]:
    """From the risk difference to its reciprocal, with Altman's notation of the interval."""
    difference, low, high = (columns[name].to_numpy(dtype=float) for name in ("estimate", "conf_low", "conf_high"))
    with np.errstate(divide="ignore"):
        number, first, last = 1.0 / difference, 1.0 / high, 1.0 / low
    text = [_altman(*row) for row in zip(low, high, first, last, strict=True)]
    out = columns.assign(estimate=number, std_error=np.nan, conf_low=first, conf_high=last, interval=text)
    return out, np.full((len(out), len(out)), np.nan)


def _altman(low: float, high: float, first: float, last: float) -> str:
    """The interval in words: harm is one more event in so many, benefit one fewer."""

    def named(x: float) -> str:
        return f"{'more' if x > 0 else 'fewer'} events 1 in {abs(x):.1f}"

    if np.isnan(low) or np.isnan(high):
        return ""
    if low < 0 < high:
        return f"{named(first)} to ∞ to {named(last)}"
    near, far = sorted((first, last), key=abs)
    return f"{named(near)} to {abs(far):.1f}"


def _conventions(variable: str, asked: Sequence[str]) -> list[Note]:
    """What the reader must know of the estimands asked for."""
    notes = [_NNT_NOTE] if "nnt" in asked else []
    if "odds_ratio" in asked:
        text = (
            f"The odds ratio of {variable} here is marginal, of standardised risks. The model's own, conditional on "
            f"the other covariates, is another quantity, mostly further from 1 even without confounding "
            f"(non-collapsibility): report which one it is."
        )
        notes.append(Note("non_collapsible", text))
    return notes


def _reasons(labels: pd.DataFrame, risks: Estimates, asked: Sequence[str]) -> list[Note]:
    """Why risks, or their standard errors, are NaN: the first reason among those of the three that are used."""
    used = [float(asked != ["attributable_fraction"]), 1.0, float("attributable_fraction" in asked)]
    taken = risks.through(np.zeros(len(labels)), np.kron(np.eye(len(labels)), np.array([used])))
    return reasons_of(labels, taken)
