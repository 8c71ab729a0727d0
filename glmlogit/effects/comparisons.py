"""Standardised risks (g-computation): everybody exposed against nobody, over a population that is named."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.columns.columns import Variable
from glmlogit.effects.at import Scenarios, outside
from glmlogit.effects.average import averaged
from glmlogit.effects.compared import ROLES, Contrast, Role, contrasts_of
from glmlogit.effects.delta import delta_method, require_sample
from glmlogit.effects.effects_table import Effects, as_effects, names_of, reasons_of, underlying_of
from glmlogit.effects.estimands import MEASURES, Estimand, Limits, Measure, conventions, roles_of
from glmlogit.effects.estimates import Estimates, RowFunction, Target, concatenated, take
from glmlogit.effects.groups import Groups, grouping
from glmlogit.effects.labels import crossed
from glmlogit.effects.request import Request
from glmlogit.effects.underlying import Underlying
from glmlogit.errors import DataError, NotEstimableError
from glmlogit.inference.bootstrap import Resampling, replicates
from glmlogit.inference.multiplicity import ADJUSTMENTS, Adjust, Family, rank_of
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_choice, check_level
from glmlogit.messages.words import written
from glmlogit.numerics.lazy import cached_property
from glmlogit.numerics.reference import Reference
from glmlogit.prediction.population import Population, new_population, population_of, variables
from glmlogit.prediction.reference_grid import names_in, variable_of

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


Array = npt.NDArray[np.float64]


def comparisons(
    fit: Estimate,
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
    adjust: Adjust = "none",
) -> Effects:
    """Compare standardised risks: the average risk with everybody exposed and with nobody (g-computation).

    Parameters
    ----------
    fit : Fit
        The fit, of any estimator of this package.
    variable : str
        The exposure: 0/1, a factor or a number.
    estimand : str or list of str
        ``"risk_difference"``, ``"risk_ratio"``, ``"odds_ratio"`` (marginal), ``"nnt"``, ``"attributable_fraction"``.
    contrast : (exposed, reference), number or "pairwise", optional
        Two values; a step d for x + d against x; every pair of levels. Default: 1 against 0, each level against the
        reference, or a step of 1.
    population : {"all", "exposed", "unexposed"} or DataFrame
        Whose covariates are averaged over; weighted by the weights of the fit.
    by : column of the model, or array of shape (n,), optional
        Averages in subgroups; a Series must have the index of the data.
    level : float, optional
        Confidence level, such as 0.9; default that of the fit (0.95).
    cov : str, optional
        Kind of covariance, such as ``"HC3"`` or ``"cluster"``, of those that :func:`~glmlogit.cov_params` lists.
        Default: the fit's.
    unconditional : bool
        Standard errors that count the rows as a sample from a population (Stata's ``vce(unconditional)``).
    interval : {"delta", "bootstrap"}
        Bootstrap: rows, or whole clusters, drawn with replacement and the model refitted; percentile limits.
    replications, seed : int
        Number of bootstrap samples, and the seed that repeats them.
    adjust : {"none", "tukey", "bonferroni", "holm", "hochberg", "hommel", "sidak", "scheffe", "BH" or "fdr", "BY"}
        For all rows of an estimand together; ``"tukey"`` for ``contrast="pairwise"``, in each subgroup.

    Returns
    -------
    Effects
        A row a contrast (and estimand, subgroup): ``variable contrast estimand estimate std_error std_error_log
        statistic p_value conf_low conf_high risk_exposed risk_reference``. ``std_error_log``, where there are ratios or
        attributable fractions, is of the logarithm by which limits and p-value are made. For ``"nnt"`` ``interval`` is
        Altman's notation; for ``"attributable_fraction"`` ``risk_observed`` is the mean predicted risk with the
        exposure as it is, and ``risk_reference`` that with the exposed of the contrast set to the reference.
        ``.covariance`` is that of ``estimate``; hypotheses are ``"… = 0"`` of differences and attributable fractions,
        ``"… = 1"`` of ratios.

    Raises
    ------
    DataError
        For an unknown variable, level or option, or a population without rows; for an attributable fraction of a
        step, or among the unexposed, which are 0 whatever the data.

    Notes
    -----
    R_a = mean p(x with exposure a); limits of ratios on the log scale, those of NNT are the reciprocals of those of
    RD (Altman 1998). The attributable fraction is 1 − R(exposed set to the reference)/R(as observed), on the scale
    log(1 − AF) (Greenland & Drescher 1993); of a factor each row is about the people of its own level, so that the
    rows add up to the fraction that would be missing with everybody at the reference. *Matches* Stata's ``margins``
    with ``nlcom``, R's ``marginaleffects::avg_comparisons``. Causal only if the model's covariates suffice to control
    confounding.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + smoke", gl.datasets.birthwt())
    >>> print(fit.comparisons("smoke")[["contrast", "estimate", "conf_low", "conf_high"]].round(3))
      contrast  estimate  conf_low  conf_high
    0    1 - 0     0.148     0.012      0.285
    """
    request = Request(by=by, level=level, cov=cov, unconditional=unconditional)
    fit = request.prepared(fit, resampled=interval == "bootstrap")
    level = check_level(level, fit.level)
    names = list(dict.fromkeys(names_in(estimand, "estimand")))
    for name in names:
        check_choice("estimand", name, tuple(MEASURES))
    _check_interval(interval, unconditional, adjust)
    plan = _plan(fit, variable, contrast, population, request, {name: MEASURES[name] for name in names})
    risks, drawn = plan.risks(fit, sampled=unconditional), None
    if interval == "bootstrap":
        drawn = replicates(fit, lambda again, weights: plan.resampled(again, weights), replications, seed)
    return _effects(fit, plan, risks, drawn, level, adjust)


def risk_differences(fit: Estimate, contrasts: Mapping[str, Any], level: float) -> dict[str, Effects]:
    """What :func:`comparisons` says of several variables, each with its contrast, from one fold over the rows.

    A variable whose risks cannot be compared is left out.
    """
    plans, effects = {}, {}
    for name, contrast in contrasts.items():
        with contextlib.suppress(DataError, NotEstimableError):
            measures = {"risk_difference": MEASURES["risk_difference"]}
            plans[name] = _plan(fit, name, contrast, "all", Request(level=level), measures)
    for (name, plan), risks in zip(plans.items(), _together(fit, list(plans.values())), strict=True):
        with contextlib.suppress(DataError, NotEstimableError):
            effects[name] = _effects(fit, plan, risks, None, level, "none")
    return effects


def _together(fit: Estimate, plans: Sequence[_Plan]) -> list[Estimates]:
    """The risks of several plans, over all rows of the fit as one group."""
    looks = [plan.looks(plan.contrasts) for plan in plans]
    if not plans:
        return []
    scenarios = Scenarios(plans[0].population, ({},), plans[0].groups[0], plans[0].labels)
    risks, _ = averaged(fit, scenarios, [Target("", "", look) for part in looks for look in part])
    ends = np.cumsum([0, *map(len, looks)])
    return [take(risks, np.arange(start, stop)) for start, stop in itertools.pairwise(ends)]


def _effects(
    fit: Estimate, plan: _Plan, risks: Estimates, drawn: Resampling | None, level: float, adjust: Adjust
) -> Effects:
    """The table of a plan whose risks are known."""
    measured, matrix, limits = _measured(fit, plan, risks, drawn, level)
    family = plan.family(adjust, measured.jacobian[: len(plan.labels)], fit.reference)
    table = _columns(plan, risks, measured, matrix, level, family, limits)
    notes = [*plan.notes, *conventions(plan.contrasts[0].name, list(plan.measures.values()))]
    notes += [*(() if drawn is None else drawn.notes()), *_adjustment(plan, family)]
    notes += _reasons(plan, measured, errors=drawn is None)
    underlying = _underlying(plan, measured, matrix, notes, fit.reference)
    if not family.trivial:
        underlying = replace(underlying, adjusted=table["p_value"].to_numpy(), adjustment=f"p {family.words}")
    return as_effects(pd.concat([plan.labelled, table], axis=1), underlying)


def _measured(
    fit: Estimate, plan: _Plan, risks: Estimates, drawn: Resampling | None, level: float
) -> tuple[Estimates, Array, list[Limits | None]]:
    """The estimands of risks, their covariance by the delta method or of replicates, and limits of the bootstrap."""
    measures = plan.measures.values()
    measured = concatenated([measure.of_risks(risks, plan.roles) for measure in measures])
    if drawn is None:
        return *delta_method(fit, measured), [None] * len(measures)
    again = [measure.of_replicates(drawn, plan.roles) for measure in measures]
    return measured, _sampled_covariance(drawn, again), [drawn.limits(part, level) for part in again]


def _check_interval(interval: str, unconditional: bool, adjust: str) -> None:
    """Refuse options that contradict each other or are not known."""
    if interval not in ("delta", "bootstrap"):
        raise DataError(f"interval={interval!r} is not known; give 'delta' or 'bootstrap'")
    if unconditional and interval == "bootstrap":
        raise DataError(
            "the bootstrap draws the rows: its intervals are unconditional already; leave unconditional= out"
        )
    check_choice("adjust", adjust, ADJUSTMENTS)
    if adjust != "none" and interval == "bootstrap":
        raise DataError("percentiles of the bootstrap are limits of one comparison; leave out adjust=, or interval=")


def _columns(
    plan: _Plan,
    risks: Estimates,
    measured: Estimates,
    cov: Array,
    level: float,
    family: Family,
    limits: Sequence[Limits | None],
) -> pd.DataFrame:
    """Columns of all estimands, one below the other; ``limits`` of each in place of those by its standard errors."""
    size, parts = len(plan.labels), []
    for i, measure in enumerate(plan.measures.values()):
        rows = slice(i * size, (i + 1) * size)
        part = measure.columns(measured.values[rows], cov[rows, rows], level, family, limits[i])
        parts.append(part.assign(**plan.shown(risks, measure)))
    table = pd.concat(parts, ignore_index=True)
    return table[[*(name for name in _ORDER if name in table), *(name for name in table if name not in _ORDER)]]


_ORDER = (
    *("estimate", "std_error", "std_error_log", "statistic", "p_value", "conf_low", "conf_high"),
    *("risk_exposed", "risk_observed", "risk_reference", "interval"),
)


def _sampled_covariance(drawn: Resampling, again: Sequence[Array]) -> Array:
    """Covariance of replicates of several estimands; within one, of all its own replicates."""
    cov, sizes = drawn.covariance(np.hstack(again)), np.cumsum([0, *(part.shape[1] for part in again)])
    for part, start, stop in zip(again, sizes, sizes[1:], strict=False):
        cov[start:stop, start:stop] = drawn.covariance(part)
    return cov


def _underlying(
    plan: _Plan, measured: Estimates, cov: Array, notes: Sequence[Note], reference: Reference
) -> Underlying:
    """What the table carries; no covariance of what has no standard error."""
    measures = [MEASURES[name] for name in plan.labelled["estimand"]]
    untested = np.array([bool(measure.untested) for measure in measures])
    blank = ("",) * len(measures)  # reasons are told of the risks, once for all estimands
    scales = [measure.scale for measure in measures]
    underlying = underlying_of(
        plan.labelled, replace(measured, reasons=blank, error_reasons=blank), cov, scales, notes, reference
    )
    why = zip(measures, measured.reasons, measured.error_reasons, strict=True)
    reasons = tuple(measure.untested or reason or error_reason for measure, reason, error_reason in why)
    return replace(underlying, cov=np.where(untested[:, None] | untested, np.nan, underlying.cov), reasons=reasons)


def _adjustment(plan: _Plan, family: Family) -> list[Note]:
    if family.note:
        return [Note("adjusted", family.note)]
    if plan.levels > 2:
        text = f"{family.count} comparisons, not adjusted for their number: adjust='tukey' (or 'holm', …) adjusts them."
        return [Note("unadjusted", text)]
    return []


# --- what is compared -----------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Plan:
    """Contrasts, the rows they are averaged over, and labels of the rows of the result."""

    contrasts: tuple[Contrast, ...]
    population: Population
    groups: tuple[Groups, ...]  # one a contrast; one and the same where all are about the same rows
    labels: pd.DataFrame  # variable, contrast, by: a row a contrast and group
    notes: tuple[Note, ...]
    measures: Mapping[str, Measure]  # estimands by name, in the order asked for
    levels: int  # of a factor all of whose pairs are compared

    @cached_property
    def roles(self) -> int:
        """How many of ``ROLES`` the estimands are made of."""
        return roles_of(list(self.measures.values()))

    @cached_property
    def labelled(self) -> pd.DataFrame:
        """Labels of the rows of the result: those of the contrasts for each estimand."""
        parts = [self.labels.copy() for _ in self.measures]
        for part, name in zip(parts, self.measures, strict=True):
            part.insert(2, "estimand", name)
        return pd.concat(parts, ignore_index=True)

    def looks(self, contrasts: Sequence[Contrast]) -> list[RowFunction]:
        """For each contrast the functions that give the risks of the first ``roles`` of ``ROLES``."""
        return [look for contrast in contrasts for look in contrast.looks()[: self.roles]]

    def resampled(self, fit: Estimate, weights: Array) -> Array:
        """The values of the risks where the fitted rows have the weights of a resample."""
        population = replace(self.population, weights=weights, fitted=False)
        return self._folded(fit, population if self.population.fitted else self.population, gradients=False).values

    def risks(self, fit: Estimate, *, sampled: bool = False) -> Estimates:
        """For each contrast, then each group, the risks of the first ``roles`` of ``ROLES``."""
        if sampled:
            require_sample(fit)
            if not self.population.fitted:
                raise DataError("unconditional=True is about the rows of the fit, not another population; leave it out")
        return self._folded(fit, self.population, sampled=sampled)

    def _folded(
        self, fit: Estimate, population: Population, *, sampled: bool = False, gradients: bool = True
    ) -> Estimates:
        together = all(groups is self.groups[0] for groups in self.groups)
        batches = [self.contrasts] if together else [(contrast,) for contrast in self.contrasts]
        parts = []
        for contrasts, groups in zip(batches, self.groups, strict=False):
            looks = self.looks(contrasts)
            scenarios = Scenarios(population, ({},), groups, self.labels, sampled)
            estimates, _ = averaged(fit, scenarios, [Target("", "", look) for look in looks], gradients=gradients)
            order = np.arange(len(looks) * groups.count).reshape(-1, self.roles, groups.count).swapaxes(1, 2).ravel()
            parts.append(take(estimates, order))
        return concatenated(parts)

    def shown(self, risks: Estimates, measure: Measure) -> dict[str, Array]:
        """The two risks an estimand is made of, as columns."""
        by_role = risks.values.reshape(-1, self.roles).T
        return {_RISKS[ROLES[place]]: by_role[place] for place in sorted(measure.places)}

    def family(self, adjust: str, jacobian: Array, reference: Reference) -> Family:
        """The rows of an estimand as comparisons; for Tukey's method all pairs in each subgroup."""
        groups = self.groups[0].count
        if adjust == "tukey" and not self.levels:
            raise DataError("adjust='tukey' is for all pairs of levels: contrast='pairwise'")
        codes = np.tile(np.arange(groups), len(self.contrasts)) * (adjust == "tukey")
        return Family(adjust, codes, self.levels, rank_of(jacobian), reference)


# Columns of risks by their role: of an attributable fraction the reference is those of the exposed value set to it.
_RISKS: Mapping[Role, str] = {
    "exposed": "risk_exposed",
    "reference": "risk_reference",
    "observed": "risk_observed",
    "removed": "risk_reference",
}


def _plan(
    fit: Estimate,
    variable: str,
    contrast: Any,
    population: Any,
    request: Request,
    measures: Mapping[str, Measure],
) -> _Plan:
    exposure = variable_of(variables(fit), variable, effect=True)
    everybody = population_of(fit)
    contrasts = tuple(contrasts_of(exposure, everybody, contrast))
    table = not isinstance(population, str)
    rows = new_population(fit, population, "population") if table else everybody
    for refuse in filter(None, (measure.refuse for measure in measures.values())):
        for part in contrasts:
            refuse(exposure, rows, part, population)
    shared, names = grouping(fit, rows, request.by)
    groups = tuple(shared if table else _only(shared, exposure, everybody, part, population) for part in contrasts)
    head = pd.DataFrame({"variable": variable, "contrast": [part.text for part in contrasts]})
    values = [{variable: value} for part in contrasts for value in part.values or () if isinstance(value, float)]
    pairs = len(exposure.levels) if isinstance(contrast, str) and contrast == "pairwise" else 0
    notes = [*outside(everybody, values), *(note for part in contrasts for note in part.beyond(everybody, rows))]
    return _Plan(contrasts, rows, groups, crossed(head, names), tuple(notes), measures, pairs)


def _only(groups: Groups, variable: Variable, rows: Population, contrast: Contrast, population: str) -> Groups:
    """The groups, without the rows that a contrast is not averaged over."""
    if population == "all":
        return groups
    if population not in ("exposed", "unexposed"):
        raise DataError(f"population={population!r} is not known; give 'all', 'exposed', 'unexposed' or a table")
    if contrast.values is None:
        raise DataError(
            f"population={population!r} needs to know who is exposed: give two values, contrast=(exposed, reference), "
            f"in place of a step"
        )
    value = contrast.values[population == "unexposed"]
    included = (rows.column(variable.name) == value).to_numpy(dtype=bool)
    if not (rows.weights[included] > 0).any():
        raise DataError(
            f"no row has {variable.name} = {written(value)}, so there is nobody {population} to average over; use "
            f"population='all', or a contrast of values that occur"
        )
    return Groups(np.where(included, groups.codes, -1), groups.count)


def _reasons(plan: _Plan, measured: Estimates, errors: bool) -> list[Note]:
    """Why estimates, and their standard errors if ``errors``, are NaN: the first reason among those of a contrast."""
    size = len(plan.labels)

    def first(reasons: Sequence[str]) -> tuple[str, ...]:
        return tuple(next(filter(None, reasons[i::size]), "") for i in range(size))

    unknown = first(measured.error_reasons) if errors else ("",) * size
    by_contrast = Estimates(measured.values[:size], measured.jacobian[:size], None, first(measured.reasons), unknown)
    return reasons_of(names_of(plan.labels), by_contrast)
