"""Linear combinations of coefficients as odds ratios: by name, pairwise, and within strata of an interaction."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit import _frames, counterfactual
from glmlogit._arrays import spread
from glmlogit._constraints import linear_constraints
from glmlogit._tails import normal_pvalue, normal_quantile, range_pvalue, range_quantile
from glmlogit.averages import Estimates, covariance_of
from glmlogit.effects import Effects, columns_of, framed, names_of, reasons_of
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.formula import Factor, Spec
from glmlogit.intake import Note
from glmlogit.intervals import check_level
from glmlogit.marginal import (
    check_value,
    is_binary,
    names_in,
    prepared,
    reference_grid,
    unreserved,
    values_in,
    values_to_compare,
    variable_of,
    written,
)
from glmlogit.prediction import breaks_alias, limits_of
from glmlogit.profiling import limits
from glmlogit.variation import Variable, assigned

if TYPE_CHECKING:
    from glmlogit.fit import Fit

Array = npt.NDArray[np.float64]
Adjust = Literal["none", "bonferroni", "holm", "sidak", "tukey"]
ADJUSTMENTS = ("none", "bonferroni", "holm", "sidak", "tukey")


def contrasts(
    fit: Fit,
    combination: Any,
    *,
    exponentiate: bool = True,
    adjust: Adjust = "none",
    level: float | None = None,
    cov: str | None = None,
) -> Effects:
    """Estimate linear combinations of coefficients, as odds ratios.

    Parameters
    ----------
    fit : Fit
    combination : str, list of str, or array of shape (r, p)
        ``"race[black] - race[other]"``, ``"10*age"``: names of terms, and ``variable[level]`` for any level of a
        factor, the reference included.
    exponentiate : bool
        Odds ratios; else log-odds.
    adjust : {"none", "bonferroni", "holm", "sidak"}
        For several comparisons: p-values and limits (with ``"holm"`` the limits are Bonferroni's).
    level, cov
        As in :func:`~glmlogit.margins`.

    Returns
    -------
    Effects
        A row a combination: ``contrast odds_ratio conf_low conf_high statistic p_value``; with ``exponentiate=False``
        ``contrast estimate std_error statistic p_value conf_low conf_high``. ``.covariance`` is that of the log-odds.

    Raises
    ------
    FormulaError
        For a name that is no term or level.

    Notes
    -----
    ``Lβ ± z·√(LVL')``. *Matches* Stata's ``lincom, or``, R's ``multcomp::glht`` and SAS's ``ESTIMATE``. A
    combination of main effects whose variables also take part in an interaction holds at one value of the others
    only: a note says where.
    """
    fit = prepared(fit, cov)
    if adjust == "tukey":
        raise DataError("adjust='tukey' is for all pairs of levels: use gl.pairwise(fit, variable)")
    rows, texts = _parsed(fit, combination)
    labels = pd.DataFrame({"contrast": texts})
    notes = _partial(fit, rows)
    return _table(fit, rows, labels, np.zeros(len(rows), dtype=int), adjust, 0, level, exponentiate, notes)


def pairwise(
    fit: Fit,
    variable: str,
    within: Any = None,
    *,
    exponentiate: bool = True,
    adjust: Adjust = "tukey",
    level: float | None = None,
    cov: str | None = None,
) -> Effects:
    """Odds ratios between all pairs of levels of a factor, adjusted for their number.

    Parameters
    ----------
    fit : Fit
    variable : str
    within : as in :func:`stratum_odds_ratios`
        Needed where the factor takes part in interactions; comparisons count as a family in each stratum.
    exponentiate, level, cov
        As in :func:`contrasts`.
    adjust : {"tukey", "bonferroni", "holm", "sidak", "none"}

    Returns
    -------
    Effects
        As :func:`stratum_odds_ratios`.

    Raises
    ------
    DataError
        For a variable that is no factor.

    Notes
    -----
    Tukey's studentized range with infinite degrees of freedom. *Matches* R's
    ``emmeans::pairs(..., adjust = "tukey", type = "response")``, with the later level against the earlier.
    """
    return stratum_odds_ratios(
        fit, variable, within, contrast="pairwise", exponentiate=exponentiate, adjust=adjust, level=level, cov=cov
    )


def stratum_odds_ratios(
    fit: Fit,
    variable: str,
    within: Any = None,
    *,
    contrast: Any = None,
    exponentiate: bool = True,
    adjust: Adjust = "none",
    level: float | None = None,
    cov: str | None = None,
) -> Effects:
    """Odds ratios of one variable within strata of the variables it interacts with.

    Parameters
    ----------
    fit : Fit
    variable : str
    within : str, list of str, or mapping of variable to values, optional
        The variables of its interactions: each level of a factor, 0 and 1, or the quartiles of a number.
    contrast : (high, low), number, {"iqr", "sd", "pairwise"}, optional
        Two values; a step; a step of the interquartile range or standard deviation; all pairs of levels. Default: each
        level against the reference, 1 against 0, a step of 1.
    exponentiate, adjust, level, cov
        As in :func:`contrasts`; ``adjust="tukey"`` for all pairs.

    Returns
    -------
    Effects
        ``variable contrast`` and the strata, then as in :func:`contrasts`.

    Raises
    ------
    DataError
        Where the odds ratio depends on a variable that ``within`` does not name, or, for a step, on where it starts.

    Notes
    -----
    Differences of rows of the model matrix, and of an offset in the formula that holds the variable, so that
    interactions, splines and transforms count as they are. *Matches* SAS's ``ODDSRATIO`` statement, R's ``emmeans``
    contrasts within ``by``.
    """
    fit = prepared(fit, cov)
    known = variable_of(counterfactual.variables(fit), variable)
    strata = _strata(fit, known, within)
    _refuse_dependence(fit, variable, [str(modifier) for modifier in strata])
    pairs = _pairs(fit, known, contrast)
    if adjust == "tukey" and not (isinstance(contrast, str) and contrast == "pairwise"):
        raise DataError("adjust='tukey' is for all pairs of levels: contrast='pairwise'")
    rows, labels, shown = [], [], unreserved(strata)
    for text, high, low in pairs:
        rows.append(_difference(fit, known, strata, high, low))
        labels.append(
            pd.concat([pd.DataFrame({"variable": variable, "contrast": text}, index=strata.index), shown], axis=1)
        )
    family = np.tile(np.arange(len(strata)), len(pairs))
    table = pd.concat(labels, ignore_index=True)
    return _table(fit, np.concatenate(rows), table, family, adjust, len(known.levels), level, exponentiate, [])


# --- combinations by name -------------------------------------------------------------------------


def _parsed(fit: Fit, combination: Any) -> tuple[Array, list[str]]:
    p = fit.design.n_columns
    if isinstance(combination, str):
        combination = [part.strip() for part in _split(combination)]
    if isinstance(combination, (list, tuple)) and combination and all(isinstance(c, str) for c in combination):
        names, known = _named_rows(fit)
        rows = [_row(text, names, known) for text in combination]
        return np.stack(rows), list(combination)
    try:
        matrix = np.atleast_2d(np.asarray(combination, dtype=float))
    except (TypeError, ValueError):
        matrix = np.empty((0, 0))
    if matrix.ndim != 2 or matrix.shape[1] != p or not np.isfinite(matrix).all():
        raise DataError(
            f"the combination {combination!r} cannot be read; give text such as '{fit.design.names[-1]}', or numbers, "
            f"one row a combination and {p} columns"
        )
    return matrix, [_spelled(row, fit.design.names) for row in matrix]


def _split(text: str) -> list[str]:
    """Combinations separated by commas outside brackets."""
    parts, depth, start = [], 0, 0
    for i, sign in enumerate(text):
        depth += (sign in "([") - (sign in ")]")
        if sign == "," and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    return [*parts, text[start:]]


def _named_rows(fit: Fit) -> tuple[list[str], Array]:
    """Names that combinations may use, and the row of coefficients each stands for."""
    names, rows = list(fit.design.names), list(np.eye(fit.design.n_columns))
    if isinstance(fit.design.columns, Spec):
        for factor in fit.design.columns.factors:
            coded = _main_effect(fit.design.columns, factor)
            for level, row in zip(factor.levels, coded, strict=False):
                for spelled in dict.fromkeys((f"{factor.variable}[{level}]", f"{factor.expression}[{level}]")):
                    if spelled not in names:
                        names.append(spelled)
                        rows.append(row)
    return names, np.array(rows)


def _main_effect(spec: Spec, factor: Factor) -> Array:
    """For each level the row of its main effect; empty where the factor has none of its own."""
    block = next((b for b in spec.blocks if [f for f, _ in b.factors] == [factor.expression]), None)
    if block is None:
        return np.empty((0, len(spec.names)))
    coding = spec.codings[factor.expression]
    matrix = coding.reduced if block.factors[0][1] else coding.full
    assert matrix is not None
    rows = np.zeros((len(matrix), len(spec.names)))
    rows[:, block.start : block.stop] = matrix
    return rows


def _row(text: str, names: Sequence[str], known: Array) -> Array:
    matrix, values = linear_constraints(text, names)
    if len(matrix) != 1 or values[0] != 0.0:
        raise DataError(
            f"the contrast {text!r} is not one combination of coefficients; leave out '=' and numbers on their own "
            f"(fit.test tests those)"
        )
    return np.asarray(matrix[0] @ known)


def _spelled(row: Array, names: Sequence[str]) -> str:
    """A combination as text."""
    sizes = {j: "" if abs(w) == 1 else f"{abs(w):g}*" for j, w in enumerate(row) if w}
    parts = [f"{'-' if row[j] < 0 else '+'} {size}{names[j]}" for j, size in sizes.items()]
    return " ".join(parts).removeprefix("+ ") or "0"


def _partial(fit: Fit, rows: Array) -> list[Note]:
    """Where a combination holds only at one value of variables it does not name."""
    used = {t.name: t for t in fit.design.terms if t.order and (rows[:, list(t.columns)] != 0).any()}
    found = {}
    for term in used.values():
        for larger in fit.design.terms:
            if set(term.factors) < set(larger.factors) and larger.name not in used:
                others = [v for v in larger.variables if v not in term.variables]
                found[larger.name] = (term.name, others)
    return [
        Note(
            "interaction",
            f"{name} is part of {larger}: the contrast holds only where {', '.join(others) or 'the rest'} is 0 or at "
            f"its reference; gl.stratum_odds_ratios gives it elsewhere.",
        )
        for larger, (name, others) in found.items()
    ]


# --- strata ---------------------------------------------------------------------------------------


def _strata(fit: Fit, variable: Variable, within: Any) -> pd.DataFrame:
    """A row a stratum; a frame of one row without columns where there are none."""
    if within is None:
        return pd.DataFrame(index=range(1))
    named: Mapping[str, Any] = within if isinstance(within, Mapping) else dict.fromkeys(names_in(within, "within"))
    known, rows = counterfactual.variables(fit), counterfactual.population_of(fit)
    values = {}
    for name, given in named.items():
        modifier = variable_of(known, name)
        if name == variable.name:
            raise DataError(f"within names {name!r} itself; name the variables that its odds ratio may depend on")
        wanted = _default_values(modifier, rows) if given is None else values_in(given)
        values[name] = [check_value(modifier, rows, value) for value in wanted]
    return pd.DataFrame([dict(zip(values, point, strict=True)) for point in itertools.product(*values.values())])


def _default_values(variable: Variable, rows: counterfactual.Population) -> Sequence[Any]:
    if variable.use == "levels":
        return variable.levels
    return values_to_compare(variable.name, rows)


def _pairs(fit: Fit, variable: Variable, contrast: Any) -> list[tuple[str, Any, Any]]:
    """Texts, and values to set: (high, low), or a step and None."""
    rows = counterfactual.population_of(fit)
    if variable.use == "levels":
        if contrast is None:
            others = [v for v in variable.levels if v != variable.reference]
            return [(_against(v, variable.reference), v, variable.reference) for v in others]
        if isinstance(contrast, str) and contrast == "pairwise":
            levels = variable.levels
            return [(_against(b, a), b, a) for i, a in enumerate(levels) for b in levels[i + 1 :]]
    elif isinstance(contrast, str) or np.ndim(contrast) == 0:
        column = rows.column(variable.name)
        if contrast is None and is_binary(column):
            return [("1 / 0", 1.0, 0.0)]
        size = _step_size(variable.name, rows, contrast)
        return [(f"+{size:.6g}" if size > 0 else f"{size:.6g}", size, None)]
    if not isinstance(contrast, (tuple, list)) or len(contrast) != 2:
        raise DataError(f"contrast={contrast!r}: give two values of {variable.name}, (high, low), or a step such as 10")
    high, low = (check_value(variable, rows, value) for value in contrast)
    return [(_against(high, low), high, low)]


def _against(high: Any, low: Any) -> str:
    return f"{written(high)} / {written(low)}"


def _step_size(name: str, rows: counterfactual.Population, contrast: Any) -> float:
    if contrast is None:
        return 1.0
    if isinstance(contrast, str) and contrast in ("iqr", "sd"):
        return spread(_frames.numeric(rows.column(name)), rows.weights, contrast)
    if isinstance(contrast, str) or not np.isfinite(float(contrast)) or not contrast:
        raise DataError(
            f"contrast={contrast!r}: give a step of {name} such as 10, 'iqr', 'sd', or two values (high, low)"
        )
    return float(contrast)


def _difference(fit: Fit, variable: Variable, strata: pd.DataFrame, high: Any, low: Any) -> Array:
    """Rows of the model matrix, and last the offset, at one value less those at another, in each stratum."""
    name = variable.name
    grid = reference_grid(fit).iloc[np.zeros(len(strata), dtype=int)].reset_index(drop=True)
    for modifier in map(str, strata):
        grid[modifier] = _as_in(grid[modifier], strata[modifier])
    if low is None:
        return _step_rows(fit, grid, name, high)
    return _matrix(fit, grid, name, high) - _matrix(fit, grid, name, low)


def _as_in(like: pd.Series[Any], values: pd.Series[Any]) -> pd.Series[Any]:
    return values.astype(like.dtype) if isinstance(like.dtype, pd.CategoricalDtype) else values


def _matrix(fit: Fit, grid: pd.DataFrame, name: str, value: Any) -> Array:
    column = value if isinstance(value, pd.Series) else pd.Series([value] * len(grid), index=grid.index)
    X, offset = fit.design.columns.matrix(assigned(grid, {name: _as_in(grid[name], column)}))
    return np.column_stack([X, np.zeros(len(X)) if offset is None else offset])


def _step_rows(fit: Fit, grid: pd.DataFrame, name: str, size: float) -> Array:
    """A step from starting points all over the data: it must not matter from which."""
    column = counterfactual.population_of(fit).column(name)
    starts = np.unique(column.quantile(np.linspace(0.0, 1.0, 101)))
    inside = (starts + size >= starts[0]) & (starts + size <= starts[-1])
    starts = starts[inside] if inside.any() else starts[:1]
    for _, stratum in grid.groupby(np.arange(len(grid))):
        many = stratum.iloc[np.zeros(len(starts), dtype=int)].reset_index(drop=True)
        steps = _matrix(fit, many, name, pd.Series(starts + size)) - _matrix(fit, many, name, pd.Series(starts))
        if not np.allclose(steps, steps[0], rtol=1e-6, atol=1e-9 * max(float(np.abs(steps).max()), 1e-300)):
            raise DataError(
                f"the odds ratio for a step of {size:g} in {name} depends on where it starts, since {name} enters "
                f"through a curve; give two values: contrast=(high, low)"
            )
    start = float(starts[0])
    return _matrix(fit, grid, name, start + size) - _matrix(fit, grid, name, start)


def _refuse_dependence(fit: Fit, name: str, within: Sequence[str]) -> None:
    """Refuse a variable that shares a term, or part of the offset, with another one whose value is not given."""
    free = {name, *within}
    parts = [(term.name, term.variables) for term in fit.design.terms]
    if isinstance(fit.design.columns, Spec):
        formula = fit.design.columns.formula
        parts += [(text, tuple(formula.expressions[text].variables)) for text in formula.offsets]
    for part, variables in parts:
        missing = [v for v in variables if v not in free]
        if name in variables and missing:
            asked = ", ".join(repr(v) for v in [*within, *missing])
            raise DataError(
                f"the odds ratio of {name} depends on {', '.join(missing)} ({part}), so there is no single one; "
                f"ask for it in strata: stratum_odds_ratios(fit, {name!r}, within=[{asked}])"
            )


# --- the table ------------------------------------------------------------------------------------


def _table(
    fit: Fit,
    rows: Array,
    labels: pd.DataFrame,
    family: npt.NDArray[np.int_],
    adjust: str,
    levels: int,
    level: float | None,
    exponentiate: bool,
    notes: list[Note],
) -> Effects:
    if adjust not in ADJUSTMENTS:
        raise DataError(f"adjust={adjust!r} is not known; give one of {', '.join(map(repr, ADJUSTMENTS))}")
    estimates = combined(fit, rows[:, : fit.design.n_columns], rows[:, fit.design.n_columns :].sum(axis=1))
    cov = covariance_of(fit, estimates)
    level = check_level(level, fit.level)
    columns, _ = columns_of(estimates.values, cov, level)
    _one_sided_limits(fit, rows, estimates, columns, level)
    count = int(np.bincount(family).max(initial=1))
    if adjust != "none" and count > 1:
        half = _quantile(level, count, adjust, levels) * columns["std_error"]
        columns = columns.assign(conf_low=columns["estimate"] - half, conf_high=columns["estimate"] + half)
        columns["p_value"] = _adjusted(columns["statistic"].to_numpy(), family, adjust, levels)
        notes = [*notes, Note("adjusted", _ADJUSTED[adjust].format(count))]
    if exponentiate:
        with np.errstate(over="ignore"):
            ratio = columns[["estimate", "conf_low", "conf_high"]].apply(np.exp)
        columns = ratio.rename(columns={"estimate": "odds_ratio"}).join(columns[["statistic", "p_value"]])
    table = pd.concat([labels.reset_index(drop=True), columns], axis=1)
    notes = [*notes, *reasons_of(labels, estimates)]
    return framed(table, estimates.values, cov, names_of(labels), notes)


def _one_sided_limits(fit: Fit, rows: Array, estimates: Estimates, columns: pd.DataFrame, level: float) -> None:
    """Profile limits for multiples of one coefficient whose estimate is infinite, as :func:`odds_ratios` has them."""
    if fit.capabilities.likelihood:
        return
    for i in np.flatnonzero(np.isinf(estimates.values)):
        used = np.flatnonzero(rows[i])
        if len(used) == 1:
            with suppress(UnsupportedError):
                found = sorted(rows[i, used[0]] * limit for limit in limits(fit, int(used[0]), level))
                columns.loc[i, ["conf_low", "conf_high"]] = found


def combined(fit: Fit, rows: Array, shift: Array | None = None) -> Estimates:
    """Values of combinations of the coefficients: ±inf along a separation, NaN where nothing is determined.

    ``shift`` is what an offset adds.
    """
    values = fit.linear_predictor(rows, shift)
    reasons, unsure = [""] * len(rows), [""] * len(rows)
    if fit.maximum.separated:
        limit = np.broadcast_to(limits_of(fit, rows), len(rows))
        values = np.where(limit == 0, values, limit)
        for i in np.flatnonzero(limit != 0):
            unsure[i] = "infinite (separation); limits, where given, are of the profile likelihood (gl.firth is finite)"
            if np.isnan(limit[i]):
                reasons[i] = "the data do not determine it (separation)"
    if fit.maximum.aliases:
        for i in np.flatnonzero(breaks_alias(fit, rows)):
            values[i], reasons[i] = np.nan, "it depends on an aliased coefficient"
            unsure[i] = unsure[i] or reasons[i]
    return Estimates(values, rows, None, tuple(reasons), tuple(unsure))


_ADJUSTED = {
    "bonferroni": "p-values and limits are adjusted for {} comparisons (Bonferroni).",
    "holm": "p-values are adjusted for {} comparisons (Holm); limits by Bonferroni, which Holm's method has none of.",
    "sidak": "p-values and limits are adjusted for {} comparisons (Šidák).",
    "tukey": "p-values and limits are adjusted for {} comparisons (Tukey's studentized range).",
}


def _quantile(level: float, count: int, adjust: str, levels: int) -> float:
    """How many standard errors simultaneous limits reach."""
    if adjust == "tukey":
        return range_quantile(level, levels) / math.sqrt(2.0)
    if adjust == "sidak":
        return normal_quantile(level ** (1.0 / count))
    return normal_quantile(1.0 - (1.0 - level) / count)


def _adjusted(statistic: Array, family: npt.NDArray[np.int_], adjust: str, levels: int) -> Array:
    if adjust == "tukey":
        return range_pvalue(np.sqrt(2.0) * statistic, levels)
    p = normal_pvalue(statistic)
    out = np.full(len(p), np.nan)
    for one in np.unique(family):
        members = np.flatnonzero((family == one) & ~np.isnan(p))
        out[members] = _family(p[members], adjust, int((family == one).sum()))
    return out


def _family(p: Array, adjust: str, m: int) -> Array:
    """Adjusted p-values of a family of m comparisons, of which those without a p-value are not among these."""
    if adjust == "bonferroni":
        return np.minimum(m * p, 1.0)
    if adjust == "sidak":
        return np.asarray(-np.expm1(m * np.log1p(-p)))
    order = np.argsort(p)
    stepped = np.maximum.accumulate((m - np.arange(len(p))) * p[order])
    out = np.empty(len(p))
    out[order] = np.minimum(stepped, 1.0)
    return out
