"""What penalised estimators share: λ or C, standardised columns, penalty factors and limits by term."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple, cast

import numpy as np
import numpy.typing as npt

from glmlogit.designs.class_weighting import weighed_levels
from glmlogit.designs.container import Design
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.estimators.firth import scaled_to_observations
from glmlogit.estimators.multinomial import level_options, level_rows, of_levels
from glmlogit.estimators.options import DesignOptions, as_design, require_events
from glmlogit.messages.notes import Note
from glmlogit.messages.words import Number, sentence
from glmlogit.shrinkage.adaptive import adapted
from glmlogit.shrinkage.columns import AnyColumns, columns_of
from glmlogit.shrinkage.problem import AnyProblem, LevelProblem, Problem, rescaled_factors

Array = npt.NDArray[np.float64]
Standardize = bool | Literal["numeric"]
Factors = Mapping[str, float] | Sequence[float] | None
Limits = float | Mapping[str, float] | None


@dataclass(frozen=True)
class PenaltyShape:
    """What a penalty is made of beside its size: share of the lasso, units, factors and limits of coefficients.

    ``grouped`` penalises the norm of a column's coefficients of all levels in place of each.
    """

    l1_ratio: float
    standardize: Standardize = True
    penalty_factor: Factors = None
    lower: Limits = None
    upper: Limits = None
    grouped: bool = False
    adaptive: float | None = None

    def problem(self, rows: Design, *, folded: bool = True) -> AnyProblem:
        """The problem of a design's rows, with ``folded`` one for each covariate pattern where known."""
        problem = self.before(rows, folded=folded)
        if self.adaptive is None:
            return problem
        if isinstance(problem, LevelProblem):
            raise UnsupportedError(
                "an adaptive penalty takes the maximum likelihood estimate for a first fit, and coefficients of every "
                "level have none; leave adaptive= out, or name one level with event="
            )
        power = check_power(self.adaptive)
        require_events(rows)
        return adapted(problem, power)

    def before(self, rows: Design, *, folded: bool = True) -> AnyProblem:
        """The problem before a first fit has a say in its factors."""
        ratio = check_ratio(self.l1_ratio)
        held = (self.standardize, self.penalty_factor, self.lower, self.upper)
        if rows.levels is not None:
            return level_problem_of(rows, ratio, *held, grouped=self.grouped, folded=folded)
        if self.grouped:
            raise DataError(
                "grouped=True holds the coefficients of a column together that levels of the outcome have, and this "
                "outcome has one event; leave it out"
            )
        return problem_of(rows, ratio, *held, folded=folded)


def penalised_rows(formula_or_design: str | Design, data: Any, options: DesignOptions) -> Design:
    """The design, of one event or of several levels, its sampling weights scaled to mean 1.

    A penalty is weighed against observations.
    """
    if not of_levels(formula_or_design, data, None, options):
        return scaled_to_observations(as_design(formula_or_design, data, options))
    class_weight = options.get("class_weight")
    single = {name: value for name, value in options.items() if name != "class_weight"}
    rows = level_rows(formula_or_design, data, None, level_options(cast("DesignOptions", single)))
    rows = scaled_to_observations(weighed_levels(rows, class_weight))
    return replace(rows, outcome=replace(rows.outcome, base=None), notes=(*rows.notes, *_class_note(rows)))


def _class_note(rows: Design) -> tuple[Note, ...]:
    """What class weights of several levels do."""
    if rows.levels is None or rows.levels.class_weights is None:
        return ()
    text, multipliers = rows.levels.class_weights
    weights = zip(rows.outcome.levels, multipliers.tolist(), strict=True)
    each = [sentence("{level} {weight}", level=str(level), weight=Number(f"{w:.4g}")) for level, w in weights]
    return (Note("class_weights", sentence(_CLASS_WEIGHTS, rule=text, weights=each)),)


_CLASS_WEIGHTS = (
    "Class weights ({rule}): an observation weighs, by its level, {weights}. Probabilities are those of a population "
    "with these levels so much more or less frequent, and not of these rows."
)


def weight_of(rows: Design) -> float:
    """Sum of the weights of all observations, class weights included."""
    return sum(rows.event_totals) if rows.levels is None else float(rows.levels.weighed.totals(rows.weights).sum())


def penalty_of(rows: Design, penalty: Any, C: Any) -> float:
    """λ from ``penalty=`` or from scikit-learn's ``C=``: 1/(C Σ weights)."""
    if (penalty is None) == (C is None):
        raise DataError(
            "give either penalty=, λ on glmnet's scale, or C=, scikit-learn's: λ = 1/(C·n). Which value to take "
            "gl.elastic_net_cv finds"
        )
    if C is not None:
        if not (isinstance(C, (int, float, np.number)) and C > 0):
            raise DataError(f"C={C!r}: the inverse of a penalty is a positive number")
        return 1.0 / (float(C) * weight_of(rows))
    return check_penalty(penalty)


def check_penalty(penalty: Any) -> float:
    """λ as a number of 0 or more."""
    number = isinstance(penalty, (int, float, np.number)) and not isinstance(penalty, bool)
    if not (number and math.isfinite(penalty) and penalty >= 0):
        several = np.ndim(penalty) > 0
        more = "; several are penalties= of gl.elastic_net_path and gl.elastic_net_cv" if several else ""
        raise DataError(f"penalty={penalty!r}: λ is a number of 0 or more, such as 0.01{more}")
    return float(penalty)


def check_penalties(penalties: Any) -> Array:
    """Values of λ (L,) of 0 or more, falling or rising."""
    try:
        values = np.atleast_1d(np.asarray(penalties, dtype=np.float64))
    except (TypeError, ValueError):
        values = np.array([np.nan])
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all():
        raise DataError("penalties= are numbers of 0 or more, such as np.geomspace(0.1, 0.001, 20)")
    if (values < 0).any():
        first = int(np.argmax(values < 0))
        raise DataError(
            f"penalties= has {values[first]:g} at position {first}: λ is 0 or more, and below 0 there is no maximum; "
            f"type penalties={_falling(values[values >= 0]) if (values >= 0).any() else '[0.1, 0.03, 0.01]'}"
        )
    falls, rises = np.diff(values) < 0, np.diff(values) > 0
    if falls.any() and rises.any():
        turn = int(np.argmax(rises if falls[np.argmax(falls | rises)] else falls))
        raise DataError(
            f"penalties= go up and down: {values[turn]:g} is followed by {values[turn + 1]:g} at position {turn + 1}. "
            f"Each maximum is sought from that of the penalty above it, and results stand in the order of the list, so "
            f"that an order is needed; type penalties={_falling(values)}"
        )
    return values


def _falling(values: Array) -> str:
    """Values from the largest down, as they are typed."""
    falling = np.sort(values)[::-1]
    shown = [f"{value:.6g}" for value in falling.tolist()]
    return f"[{', '.join(shown)}]" if len(shown) <= _MOST_SHOWN else "np.sort(penalties)[::-1]"


# Penalties that a message writes out.
_MOST_SHOWN = 12


def check_ratio(l1_ratio: Any) -> float:
    """The share of the lasso, between 0 and 1."""
    number = isinstance(l1_ratio, (int, float, np.number)) and not isinstance(l1_ratio, bool)
    if not (number and 0 <= l1_ratio <= 1):
        raise DataError(f"l1_ratio={l1_ratio!r}: the share of the lasso lies between 0 (ridge) and 1 (lasso)")
    return float(l1_ratio)


def check_power(adaptive: Any) -> float:
    """The power of an adaptive penalty, above 0."""
    if not (isinstance(adaptive, (int, float, np.number)) and not isinstance(adaptive, bool) and 0 < adaptive < np.inf):
        raise DataError(f"adaptive={adaptive!r}: the power of the first estimate is a number above 0, usually 1")
    return float(adaptive)


def check_share(relax: Any) -> float:
    """What a relaxed fit keeps of the penalised coefficients, between 0 and 1."""
    if not (isinstance(relax, (int, float, np.number)) and not isinstance(relax, bool) and 0 <= relax <= 1):
        raise DataError(f"relax={relax!r}: the share of penalised coefficients, 0 (the refit alone) to 1 (no refit)")
    return float(relax)


def check_shares(relax: Any) -> tuple[Array, bool]:
    """Shares of penalised coefficients that are judged, rising, and whether there are relaxed fits among them."""
    if relax is None or isinstance(relax, (bool, np.bool_)):
        return (np.array(GAMMAS), True) if relax else (np.ones(1), False)
    try:
        shares = np.unique(np.atleast_1d(np.asarray(relax, dtype=np.float64)))
    except (TypeError, ValueError):
        shares = np.array([np.nan])
    if not len(shares) or not ((shares >= 0) & (shares <= 1)).all():
        raise DataError(
            f"relax={relax!r}: shares of penalised coefficients lie between 0 (the refit alone) and 1 (no refit); type "
            f"relax=True for {list(GAMMAS)}, or some of your own: relax=[0, 0.5, 1]"
        )
    return shares, True


# Shares that glmnet judges.
GAMMAS = (0.0, 0.25, 0.5, 0.75, 1.0)


def standardizes(standardize: Any, C: Any = None) -> Standardize:
    """Whether columns are standardised: as glmnet does with ``penalty=``, not at all with scikit-learn's ``C=``."""
    if standardize is None:
        return C is None
    if standardize not in (True, False, "numeric"):
        raise DataError(f"standardize={standardize!r} is not known; give True, False or 'numeric'")
    return standardize  # type: ignore[no-any-return]


def problem_of(
    rows: Design,
    l1_ratio: float,
    standardize: Standardize,
    penalty_factor: Factors = None,
    lower: Limits = None,
    upper: Limits = None,
    *,
    folded: bool = True,
) -> Problem:
    """The penalised problem of a design's rows, with ``folded`` one for each covariate pattern where known."""
    held_rows = rows.collapsed if folded else rows
    counts = _counts(held_rows)
    counts = counts / (float(counts.sum()) / _trials(rows))
    columns = columns_of(held_rows.matrix)
    scaled = _scaled(rows, columns, counts, standardize, penalty_factor, lower, upper)
    nonevents, events = np.ascontiguousarray(counts.T)
    return Problem(columns, *scaled, l1_ratio, events, nonevents, held_rows.offset)


class _Scaled(NamedTuple):
    """Scales, factors and limits of the coefficients of each column (p,)."""

    scale: Array
    factors: Array
    low: Array
    high: Array


def _scaled(
    rows: Design,
    columns: AnyColumns,
    counts: Array,
    standardize: Standardize,
    penalty_factor: Factors,
    lower: Limits,
    upper: Limits,
) -> _Scaled:
    mean, squares = columns.moments(counts.sum(axis=1))
    spread = np.sqrt(squares / counts.sum())
    constant = _constants(rows, mean, spread)
    scale = np.where(scaled_columns(rows, standardize) & ~constant, spread, 1.0)
    factors, held = _factors(rows, penalty_factor), constant.copy()
    held[list(rows.constants)[:1]] = False
    factors[list(rows.constants)[:1]] = 0.0
    excluded = held | np.isinf(factors)
    low, high = _limits(rows, lower, -np.inf, "lower"), _limits(rows, upper, np.inf, "upper")
    low[excluded], high[excluded] = 0.0, 0.0
    return _Scaled(scale, np.where(np.isinf(factors), 0.0, factors), low, high)


def level_problem_of(
    rows: Design,
    l1_ratio: float,
    standardize: Standardize,
    penalty_factor: Factors = None,
    lower: Limits = None,
    upper: Limits = None,
    *,
    grouped: bool = False,
    folded: bool = True,
) -> LevelProblem:
    """The penalised problem of rows whose outcome is one of several levels."""
    assert rows.levels is not None
    if rows.offset is not None and rows.offset.ndim == 1:
        level = rows.outcome.levels[-1]
        raise UnsupportedError(
            f"one offset for all levels is one against a base, and in a penalised fit of {len(rows.outcome.levels)} "
            f"levels none is a base; name the levels that it is added to: offset={{{level!r}: 'column', …}}"
        )
    if grouped and (lower is not None or upper is not None):
        raise UnsupportedError(
            "a norm of the coefficients of all levels knows no limits of one; leave out grouped=True"
        )
    held_rows = rows.collapsed if folded else rows
    counts = _counts(held_rows)
    counts = counts / (float(counts.sum()) / float(rows.levels.table().sum()))
    columns = columns_of(held_rows.matrix)
    scaled = _scaled(rows, columns, counts, standardize, penalty_factor, lower, upper)
    each = _Scaled(*(np.repeat(values, rows.levels.size) for values in scaled))
    return LevelProblem(columns, *each, l1_ratio, counts, grouped, held_rows.offset)


def _counts(rows: Design) -> Array:
    """Non-events and events (n, 2) of one event, or counts (n, K) of levels, times their weights."""
    if rows.levels is not None:
        counts = rows.levels.weighed.table()
    else:
        events, nonevents = rows.weighed_outcomes
        counts = np.column_stack([nonevents, events])
    return counts if rows.weights is None else counts * rows.weights[:, None]


def _trials(rows: Design) -> float:
    return float(rows.n_rows if rows.trials is None else rows.trials.sum())


# A standard deviation of this share of the mean is rounding of a constant.
_CONSTANT = 1e-13


def _constants(rows: Design, mean: Array, spread: Array) -> npt.NDArray[np.bool_]:
    """Columns (p,) that do not vary."""
    return np.asarray(spread <= _CONSTANT * np.abs(mean))


def scaled_columns(rows: Design, standardize: Standardize) -> npt.NDArray[np.bool_]:
    """Columns (p,) that are divided by their standard deviation; ``"numeric"`` leaves those of 0 and 1 as they are."""
    if standardize != "numeric":
        return np.full(rows.n_columns, bool(standardize))
    return np.array([not np.isin(rows.matrix.column(j), (0.0, 1.0)).all() for j in range(rows.n_columns)])


def _factors(rows: Design, penalty_factor: Factors) -> Array:
    """Penalty factors (p,) of the columns, 0 for the intercept, the others rescaled to sum to their number."""
    penalised = np.setdiff1d(np.arange(rows.n_columns), list(rows.constants)[:1])
    factors = np.zeros(rows.n_columns)
    if penalty_factor is None:
        factors[penalised] = 1.0
        return factors
    if isinstance(penalty_factor, Mapping):
        values = np.ones(rows.n_columns)
        for name, value in penalty_factor.items():
            values[columns_named(rows, name, "penalty_factor")] = value
        values = values[penalised]
    else:
        values = np.asarray(penalty_factor, dtype=float)
    if values.shape != (len(penalised),) or np.isnan(values).any() or (values < 0).any():
        raise DataError(
            f"penalty_factor has shape {values.shape}; give {len(penalised)} numbers of 0 or more, one for each column "
            f"but the intercept, or a mapping of terms to numbers. 0 is no penalty, inf leaves a column out"
        )
    factors[penalised] = rescaled_factors(values)
    return factors


def columns_named(rows: Design, name: str, what: str) -> list[int]:
    """Positions of the columns of a term, or of a single column, by name."""
    for term in rows.terms:
        if term.name == name:
            return list(term.columns)
    if name not in rows.names:
        raise DataError(f"{what} names {name!r}, which is no term of the model; terms are {', '.join(rows.names[:20])}")
    return [rows.names.index(name)]


def _limits(rows: Design, limits: Limits, default: float, what: str) -> Array:
    """Limits (p,) of the coefficients, on the scale of the data; 0 must lie between them. The intercept has none."""
    values = np.full(rows.n_columns, default)
    if isinstance(limits, Mapping):
        for name, value in limits.items():
            values[columns_named(rows, name, what)] = value
    elif limits is not None:
        values[:] = float(limits)
    values[list(rows.constants)[:1]] = default
    if np.isnan(values).any() or (values * np.sign(default) < 0).any():
        raise DataError(f"{what}={limits!r}: limits of coefficients have 0 between them, lower ≤ 0 ≤ upper")
    return values
