"""Tables of linear combinations of coefficients, also in strata: Wald or profile limits, adjusted for their number."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.effects.delta import delta_method
from glmlogit.effects.effects_table import Effects, as_effects, columns_of, underlying_of
from glmlogit.effects.estimates import Estimates
from glmlogit.effects.labels import crossed, unreserved
from glmlogit.effects.scales import Scale
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.estimate.combinations import combine
from glmlogit.inference.evidence import NO_LIMITS, default_method, is_long, too_long
from glmlogit.inference.multiplicity import ADJUSTMENTS, Adjust, Family, rank_of
from glmlogit.inference.profile_limits import ProfiledRow
from glmlogit.inference.profile_path import require_profile, why_no_profile
from glmlogit.inference.recombined import Along, Inverse, along
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_choice, check_level
from glmlogit.messages.words import reason_of, sentence
from glmlogit.odds.strata import differences, pairs, refuse_dependence, strata, text_of
from glmlogit.prediction import population
from glmlogit.prediction.predictors import are_shared, over_coefficients, places, shared_by_predictors
from glmlogit.prediction.reference_grid import variable_of

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


Array = npt.NDArray[np.float64]
CombinationMethod = Literal["wald", "profile"]


class CombinationRequest(NamedTuple):
    """Options of a table of combinations, as :func:`glmlogit.contrasts` describes them; frozen."""

    exponentiate: bool
    adjust: Adjust
    method: CombinationMethod | None
    level: float | None


def stratified(
    fit: Estimate,
    variable: str,
    within: Any,
    contrast: Any,
    request: CombinationRequest,
    by_stratum: bool,
) -> Effects:
    """Contrasts of a variable in strata; ``by_stratum`` tells that those of a stratum are a family."""
    exposure = variable_of(population.variables(fit), variable, effect=True)
    points = strata(fit, exposure, within)
    refuse_dependence(fit, variable, [str(modifier) for modifier in points])
    compared, sign = pairs(fit, exposure, contrast), "/" if request.exponentiate else "-"
    if request.adjust == "tukey" and not (isinstance(contrast, str) and contrast == "pairwise"):
        raise DataError("adjust='tukey' is for all pairs of levels: contrast='pairwise'")
    rows = differences(fit, variable, points, compared)
    named = pd.DataFrame({"variable": variable, "contrast": [text_of(high, low, sign) for high, low in compared]})
    codes = np.tile(np.arange(len(points)), len(compared)) if by_stratum else np.zeros(len(rows), dtype=int)
    rank = max(rank_of(rows[codes == stratum]) for stratum in np.unique(codes))
    labels, outcomes = crossed(named, unreserved(points)), _outcomes(fit, rows)
    if outcomes:
        labels = crossed(pd.DataFrame({"outcome": pd.Series(outcomes, dtype=object)}), labels)
        codes = np.concatenate([codes + by_stratum * k * len(points) for k in range(len(outcomes))])
        rank *= 1 if by_stratum else len(outcomes)
    family = Family(request.adjust, codes, len(exposure.levels), rank, fit.reference)
    return table_of(fit, rows, labels, family, request, [], by_outcome=True)


def _outcomes(fit: Estimate, rows: Array) -> tuple[Any, ...]:
    """The levels, or cuts between them, that have odds ratios of their own; none where all predictors share them."""
    outcome, touched = fit.sample.outcome, (rows[:, : len(fit.columns.names)] != 0).any(axis=0)
    if are_shared(fit, touched) or (outcome.base is None and not outcome.ordered):
        return ()
    return outcome.cuts or tuple(fit.response.compared)


def table_of(
    fit: Estimate,
    rows: Array,
    labels: pd.DataFrame,
    family: Family,
    request: CombinationRequest,
    notes: list[Note],
    *,
    typed: bool = False,
    by_outcome: bool = False,
) -> Effects:
    """Contrasts, a row each, as a table with limits and tests of one method.

    Rows are of coefficients (m, q) where somebody ``typed`` them, else of columns and an offset (m, p + 1), which
    several levels against a base, or cuts, may each have: ``by_outcome``, one level after another.
    """
    check_choice("adjust", family.adjust, ADJUSTMENTS)
    weights, shift = _weights(fit, rows, typed, by_outcome)
    estimates, cov = delta_method(fit, combined(fit, weights, shift, typed=typed))
    level = check_level(request.level, fit.level)
    columns = columns_of(estimates.values, cov, level, reference=fit.reference, family=family)
    method, method_notes = _method(fit, family, request.method, len(weights))
    profiled, why = _profiled(fit, weights, shift, estimates.values, method, level, required=request.method is not None)
    for i, (_, numbers) in profiled.items():
        columns.loc[i, ["statistic", "p_value", "conf_low", "conf_high"]] = list(numbers)
    if profiled and method == "wald":
        kinds = ["lr" if i in profiled else "wald" for i in range(len(columns))]
        columns.insert(list(columns).index("p_value") + 1, "test", kinds)
    notes = [*notes, *method_notes, *why, *([Note("adjusted", family.note)] if family.note else [])]
    scale: Scale = "log" if request.exponentiate else "identity"
    underlying = replace(
        underlying_of(labels, estimates, cov, (scale,) * len(weights), notes, fit.reference, level), shown=cov
    )
    if not family.trivial:
        underlying = replace(underlying, adjusted=columns["p_value"].to_numpy(), adjustment=f"p {family.words}")
    if request.exponentiate:
        with np.errstate(over="ignore"):
            columns[["estimate", "conf_low", "conf_high"]] = columns[["estimate", "conf_low", "conf_high"]].apply(
                np.exp
            )
        columns = columns.rename(columns={"estimate": "odds_ratio"}).drop(columns="std_error")
        tests = [name for name in ("statistic", "p_value", "test") if name in columns]
        columns = columns[["odds_ratio", "conf_low", "conf_high", *tests]]
    inverse = {i: Inverse(place, request.exponentiate) for i, (place, _) in profiled.items()}
    underlying = replace(underlying, inverse=inverse, inverted="Likelihood-ratio test")
    return as_effects(pd.concat([labels.reset_index(drop=True), columns], axis=1), underlying)


def _weights(fit: Estimate, rows: Array, typed: bool, by_outcome: bool) -> tuple[Array, Array]:
    """Weights of the coefficients (m, q) and shifts by an offset (m,): of rows of both, or of columns and an offset.

    Of several levels against a base, or cuts, all rows of a level come before those of the next.
    """
    if typed:
        return rows, np.zeros(len(rows))
    p = len(fit.columns.names)
    columns, shift = rows[:, :p], rows[:, p:].sum(axis=1)
    if by_outcome and (outcomes := _outcomes(fit, rows)):
        weights = [over_coefficients(fit, columns, at) for at in places(fit)]
        return np.concatenate(weights), np.tile(shift, len(outcomes))
    return shared_by_predictors(fit, columns), shift


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


def _profiled(
    fit: Estimate,
    weights: Array,
    shift: Array,
    values: Array,
    method: CombinationMethod,
    level: float,
    *,
    required: bool,
) -> tuple[dict[int, tuple[Along, ProfiledRow]], list[Note]]:
    """Likelihood-ratio tests and profile limits of the rows that have them, with the way to others; and notes."""
    nonzero = (weights != 0).any(axis=1)
    if method == "profile":
        chosen = np.flatnonzero(nonzero & ~np.isnan(values))
    else:  # as the table of coefficients has it for infinite estimates
        chosen = np.flatnonzero(np.isinf(values) & ((weights != 0).sum(axis=1) == 1))
        reason = why_no_profile(fit) if len(chosen) else ""
        if reason:
            return {}, [Note("no_limits", sentence(NO_LIMITS, reason=reason))]
    profiled: dict[int, tuple[Along, ProfiledRow]] = {}
    for i in chosen.tolist():
        try:
            place = along(fit, weights[i], float(shift[i]))
            profiled[i] = place, place.row(level)
        except UnsupportedError as error:
            if method == "wald":
                continue
            if required:
                raise
            return {}, [Note("no_profile", sentence("Wald limits and tests, since {why}.", why=reason_of(error)))]
    return profiled, [Note("profile", _PROFILED)] if profiled and method == "profile" else []


def combined(fit: Estimate, rows: Array, shift: Array | None = None, *, typed: bool = False) -> Estimates:
    """Values (m,) of combinations (m, p) of coefficients: ±inf along a separation, NaN where nothing is determined.

    ``shift`` is what an offset adds; ``typed`` tells weights of coefficients from differences of rows of columns, which
    carry the rounding of these.
    """
    values, reasons, error_reasons = combine(fit, rows, shift, typed=typed)
    return Estimates(values, rows, None, reasons, error_reasons)
