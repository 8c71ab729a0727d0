"""Linear combinations of coefficients as odds ratios: by name, pairwise, and within strata of an interaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit import _strata, counterfactual
from glmlogit._constraints import linear_combination
from glmlogit._delta import covariance_of, with_reasons
from glmlogit._multiplicity import ADJUSTMENTS, Adjust, Family, rank_of
from glmlogit._recombined import Along, Inverse, along
from glmlogit._scales import Scale
from glmlogit.averages import Estimates
from glmlogit.effects import Effects, columns_of, framed, kept_of, prepared
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.evidence import default_method, is_long, too_long
from glmlogit.formula import Factor, Spec
from glmlogit.intake import Note, check_choice
from glmlogit.intervals import check_level
from glmlogit.points import crossed, unreserved, variable_of
from glmlogit.prediction import breaks_alias, limits_of
from glmlogit.profiling import Row, refusal, require_profile

if TYPE_CHECKING:
    from glmlogit.estimate import Estimate

Array = npt.NDArray[np.float64]
CombinationMethod = Literal["wald", "profile"]


def contrasts(
    fit: Estimate,
    combination: Any,
    *,
    exponentiate: bool = True,
    adjust: Adjust = "none",
    method: CombinationMethod | None = None,
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
    adjust : {"none", "bonferroni", "holm", "hochberg", "hommel", "sidak", "scheffe", "BH" or "fdr", "BY"}
        For all rows of the table together: p-values, as R's ``p.adjust``, and limits. With ``"holm"`` the limits are
        Bonferroni's; Hochberg, Hommel and false discovery rates have none, which a note says.
    method : {"wald", "profile"}, optional
        Of tests and limits. Default: as in :func:`~glmlogit.Fit.odds_ratios` of the same fit, profile likelihood for
        fits that maximise a penalised likelihood and are reported with the model's covariance; Wald where rows are
        adjusted for each other, which a note says.
    level, cov
        As in :func:`~glmlogit.margins`.

    Returns
    -------
    Effects
        A row a combination: ``contrast odds_ratio conf_low conf_high statistic p_value``; with ``exponentiate=False``
        ``contrast estimate std_error statistic p_value conf_low conf_high``. ``.covariance`` is that of the log-odds;
        ``.test("… = 1")`` is about an odds ratio, ``.test("… = 0")`` with ``exponentiate=False`` about a log-odds.

    Raises
    ------
    FormulaError
        For a name that is no term or level.
    DataError, UnsupportedError
        For ``method="profile"`` with an adjustment, and where there is no likelihood to profile.

    Notes
    -----
    ``Lβ ± z·√(LVL')``, or the values that a likelihood-ratio test of the combination does not reject (a chi-squared
    ``statistic``): those of the coefficient that the combination is in a model with other columns of the same span. A
    multiple of one coefficient has the row of that coefficient. *Matches*, by Wald, Stata's ``lincom, or``, R's
    ``multcomp::glht`` and SAS's ``ESTIMATE``. A combination of main effects whose variables also take part in an
    interaction holds at one value of the others only: a note says where.
    """
    fit = prepared(fit, cov)
    if adjust == "tukey":
        raise DataError("adjust='tukey' is for all pairs of levels: use gl.pairwise(fit, variable)")
    rows, texts = _parsed(fit, combination)
    labels = pd.DataFrame({"contrast": texts})
    family = Family(adjust, np.zeros(len(rows), dtype=int), 0, rank_of(rows), fit.reference)
    return _table(fit, rows, labels, family, method, level, exponentiate, _partial(fit, rows))


def pairwise(
    fit: Estimate,
    variable: str,
    within: Any = None,
    *,
    exponentiate: bool = True,
    adjust: Adjust = "tukey",
    method: CombinationMethod | None = None,
    level: float | None = None,
    cov: str | None = None,
) -> Effects:
    """Odds ratios between all pairs of levels of a factor, adjusted for their number.

    Parameters
    ----------
    fit : Fit
    variable : str
    within : as in :func:`stratum_odds_ratios`
        Needed where the factor takes part in interactions.
    exponentiate, method, level, cov
        As in :func:`contrasts`.
    adjust : {"tukey", "none"} or as in :func:`contrasts`
        For the comparisons of each stratum, which are a family of their own (as in ``emmeans``; a note says so);
        ``stratum_odds_ratios(..., contrast="pairwise", adjust="bonferroni")`` takes all strata together.

    Returns
    -------
    Effects
        As :func:`stratum_odds_ratios`; differences of log-odds (``"b - a"``) with ``exponentiate=False``.

    Raises
    ------
    DataError
        For a variable that is no factor.

    Notes
    -----
    Tukey's studentized range, with the degrees of freedom of the fit's reference distribution. *Matches* R's
    ``emmeans::pairs(..., adjust = "tukey", type = "response")``, with the later level against the earlier. *Differs*:
    the tail is integrated, not subtracted from 1; R's ``ptukey`` is off by up to 6 % at 2 degrees of freedom.
    """
    return _stratified(prepared(fit, cov), variable, within, "pairwise", exponentiate, adjust, method, level, True)


def stratum_odds_ratios(
    fit: Estimate,
    variable: str,
    within: Any = None,
    *,
    contrast: Any = None,
    exponentiate: bool = True,
    adjust: Adjust = "none",
    method: CombinationMethod | None = None,
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
    exponentiate, adjust, method, level, cov
        As in :func:`contrasts`, so that ``adjust`` is for all strata together; ``"tukey"``, for all pairs of levels,
        in each stratum.

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
    by_stratum = adjust == "tukey"
    return _stratified(prepared(fit, cov), variable, within, contrast, exponentiate, adjust, method, level, by_stratum)


def _stratified(
    fit: Estimate,
    variable: str,
    within: Any,
    contrast: Any,
    exponentiate: bool,
    adjust: Adjust,
    method: CombinationMethod | None,
    level: float | None,
    by_stratum: bool,
) -> Effects:
    """Contrasts of a variable in strata; ``by_stratum`` tells that those of a stratum are a family."""
    known = variable_of(counterfactual.variables(fit), variable, effect=True)
    strata = _strata.strata(fit, known, within)
    _strata.refuse_dependence(fit, variable, [str(modifier) for modifier in strata])
    pairs = _strata.pairs(fit, known, contrast, "/" if exponentiate else "-")
    if adjust == "tukey" and not (isinstance(contrast, str) and contrast == "pairwise"):
        raise DataError("adjust='tukey' is for all pairs of levels: contrast='pairwise'")
    rows = np.concatenate([_strata.difference(fit, variable, strata, high, low) for _, high, low in pairs])
    named = pd.DataFrame({"variable": variable, "contrast": [text for text, _, _ in pairs]})
    codes = np.tile(np.arange(len(strata)), len(pairs)) if by_stratum else np.zeros(len(rows), dtype=int)
    rank = max(rank_of(rows[codes == one]) for one in np.unique(codes))
    family = Family(adjust, codes, len(known.levels), rank, fit.reference)
    return _table(fit, rows, crossed(named, unreserved(strata)), family, method, level, exponentiate, [])


# --- combinations by name -------------------------------------------------------------------------


def _parsed(fit: Estimate, combination: Any) -> tuple[Array, list[str]]:
    """Rows (r, p) of the combinations, and their text."""
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


def _named_rows(fit: Estimate) -> tuple[list[str], Array]:
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
    return np.asarray(linear_combination(text, names) @ known)


def _spelled(row: Array, names: Sequence[str]) -> str:
    """A combination as text."""
    sizes = {j: "" if abs(w) == 1 else f"{abs(w):g}*" for j, w in enumerate(row) if w}
    parts = [f"{'-' if row[j] < 0 else '+'} {size}{names[j]}" for j, size in sizes.items()]
    return " ".join(parts).removeprefix("+ ") or "0"


def _partial(fit: Estimate, rows: Array) -> list[Note]:
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


# --- the table ------------------------------------------------------------------------------------


def _table(
    fit: Estimate,
    rows: Array,
    labels: pd.DataFrame,
    family: Family,
    method: CombinationMethod | None,
    level: float | None,
    exponentiate: bool,
    notes: list[Note],
) -> Effects:
    check_choice("adjust", family.adjust, ADJUSTMENTS)
    weights, shift = rows[:, : fit.design.n_columns], rows[:, fit.design.n_columns :].sum(axis=1)
    estimates = with_reasons(fit, combined(fit, weights, shift))
    cov, level = covariance_of(fit, estimates), check_level(level, fit.level)
    columns = columns_of(estimates.values, cov, level, reference=fit.reference, family=family)
    chosen, told = _method(fit, family, method, len(rows))
    places, why = _profiled_rows(fit, weights, shift, estimates.values, columns, level, chosen, method is not None)
    notes = [*notes, *told, *why, *([Note("adjusted", family.note)] if family.note else [])]
    scale: Scale = "log" if exponentiate else "identity"
    kept = replace(kept_of(labels, estimates, cov, (scale,) * len(rows), notes, fit.reference), shown=cov)
    if not family.trivial:
        kept = replace(kept, adjusted=columns["p_value"].to_numpy(), adjustment=f"p {family.words}")
    if exponentiate:
        with np.errstate(over="ignore"):
            columns[["estimate", "conf_low", "conf_high"]] = columns[["estimate", "conf_low", "conf_high"]].apply(
                np.exp
            )
        columns = columns.rename(columns={"estimate": "odds_ratio"}).drop(columns="std_error")
        tests = [name for name in ("statistic", "p_value", "test") if name in columns]
        columns = columns[["odds_ratio", "conf_low", "conf_high", *tests]]
    inverse = {i: Inverse(place, exponentiate) for i, place in places.items()}
    kept = replace(kept, inverse=inverse, inverted="Likelihood-ratio test")
    return framed(pd.concat([labels.reset_index(drop=True), columns], axis=1), kept)


def _method(
    fit: Estimate, family: Family, method: CombinationMethod | None, count: int
) -> tuple[CombinationMethod, tuple[Note, ...]]:
    """The method of a table, and what to say where it is not the one to be expected."""
    if method is not None:
        check_choice("method", method, ("wald", "profile"))
        if method == "profile":
            require_profile(fit)
            if not family.trivial:
                raise DataError(f"adjust={family.adjust!r} is for Wald tests: give adjust='none' or method='wald'")
        return method, ()
    if default_method(fit) == "wald":
        return "wald", ()
    if not family.trivial:
        return "wald", (Note("wald_adjusted", _WALD_ADJUSTED),)
    if is_long(fit, count):
        return "wald", (too_long(fit, count),)
    return "profile", ()


_WALD_ADJUSTED = (
    "Limits and tests that allow for several comparisons are Wald's, also for a penalised likelihood; adjust='none' "
    "has profile limits, as the table of coefficients."
)
_PROFILED = "Limits are of the profile likelihood, statistics those of likelihood-ratio tests (chi-squared, 1 df)."


def _profiled_rows(
    fit: Estimate,
    weights: Array,
    shift: Array,
    values: Array,
    columns: pd.DataFrame,
    level: float,
    method: CombinationMethod,
    asked: bool,
) -> tuple[dict[int, Along], list[Note]]:
    """Put likelihood-ratio tests and profile limits where they belong; the rows that have them, and notes."""
    some = (weights != 0).any(axis=1)
    if method == "profile":
        chosen = np.flatnonzero(some & ~np.isnan(values))
    else:  # as the table of coefficients has it for infinite estimates
        chosen = np.flatnonzero(np.isinf(values) & ((weights != 0).sum(axis=1) == 1))
        reason = refusal(fit) if len(chosen) else ""
        if reason:
            return {}, [Note("no_limits", f"Infinite estimates have neither test nor limits: {reason}.")]
    found: dict[int, tuple[Along, Row]] = {}
    for i in chosen.tolist():
        try:
            place = along(fit, weights[i], float(shift[i]))
            found[i] = place, place.row(level)
        except UnsupportedError as error:
            if method == "wald":
                continue
            if asked:
                raise
            return {}, [Note("no_profile", f"Wald limits and tests, since {error}.")]
    if not found:
        return {}, []
    for i, (_, one) in found.items():
        columns.loc[i, ["statistic", "p_value", "conf_low", "conf_high"]] = list(one)
    if method == "wald":
        kinds = ["lr" if i in found else "wald" for i in range(len(columns))]
        columns.insert(list(columns).index("p_value") + 1, "test", kinds)
    notes = [Note("profile", _PROFILED)] if method == "profile" else []
    return {i: place for i, (place, _) in found.items()}, notes


def combined(fit: Estimate, rows: Array, shift: Array | None = None) -> Estimates:
    """Values of combinations of the coefficients: ±inf along a separation, NaN where nothing is determined.

    ``shift`` is what an offset adds.
    """
    values = fit.solved.linear_predictor(rows, shift)
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
