"""What a table of effects carries beside its cells, and the tests of its rows.

A hypothesis is about what the table shows. It is tested where the limits of the rows are made, so that the test of a
row's own null value is the row's, and a value is rejected exactly where it lies outside the limits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.effects.scales import MEANINGS, Scale
from glmlogit.errors import DataError, FormulaError
from glmlogit.inference.constraints import linear_constraints, ratio_constraints
from glmlogit.inference.test_result import TestResult, result_of
from glmlogit.inference.wald_test import quadratic
from glmlogit.messages.notes import Note
from glmlogit.numerics.reference import NORMAL, Reference

Array = npt.NDArray[np.float64]

# Variance of a difference, as a share of those of its parts, that is rounding.
SAME_EFFECT = 1e-13
_ESTIMATES = "Wald test, on the scale of the estimates"
_UNADJUSTED = "Wald test, not adjusted for the other comparisons"


@dataclass(frozen=True, eq=False)
class Underlying:
    """Values and covariance of the rows where their limits are made, and how each is shown.

    ``shown`` is the covariance that the reader is given, ``reasons`` why a row cannot be tested, ``level`` that of the
    limits, ``quantity`` what the estimates are, on an axis. ``adjusted`` are
    p-values that allow for the other rows; ``inverse`` gives for a row with other than Wald limits the quantile at
    which one of them reaches a value, ``inverted`` names that test.
    """

    values: Array
    cov: Array
    labels: tuple[str, ...]
    notes: tuple[Note, ...]
    reference: Reference = NORMAL
    scales: tuple[Scale, ...] = ()
    shown: Array | None = None
    reasons: tuple[str, ...] = ()
    adjusted: Array | None = None
    adjustment: str = ""
    inverse: Mapping[int, Callable[[float], float]] = field(default_factory=dict)
    inverted: str = ""
    level: float = 0.95
    quantity: str = ""


class EffectEquation(NamedTuple):
    """A hypothesis as a function of the values (k,): its gradient (k,), and its value less that under the null.

    ``row`` and ``value`` are those of an equation about one row of the table. ``tangent`` tells that the function is
    not linear in the values, so that the gradient is that at the estimates.
    """

    gradient: Array
    distance: float
    row: int | None = None
    value: float = np.nan
    tangent: bool = False


def tested(table: Underlying, hypothesis: Any) -> TestResult:
    """Wald test of hypotheses about the rows of a table."""
    equations, null = _equations(table, hypothesis)
    used = np.flatnonzero((np.array([equation.gradient for equation in equations]) != 0).any(axis=0))
    unknown = [j for j in used if not (np.isfinite(table.values[j]) and np.isfinite(table.cov[j, j]))]
    if unknown:
        reason = (table.reasons[unknown[0]] if table.reasons else "") or "it has no standard error"
        return result_of(np.nan, len(equations), "Wald test", null, f"{table.labels[unknown[0]]}: {reason}")
    only = equations[0]
    if len(equations) == 1 and only.row is not None and only.row in table.inverse:
        z = table.inverse[only.row](only.value)
        return result_of(z * z, 1, table.inverted, null, reference=table.reference)
    rows = np.array([equation.gradient[used] for equation in equations])
    distance = np.array([equation.distance for equation in equations])
    cov = table.cov[np.ix_(used, used)]
    spread = rows @ cov @ rows.T
    if (np.diagonal(spread) <= SAME_EFFECT * (rows * rows @ np.diagonal(cov))).any():
        return result_of(np.nan, len(rows), "Wald test", null, "effects in it do not vary apart from each other")
    result = quadratic(rows, distance, spread, null, table.reference)
    return _adjusted(table, equations, result)


def _adjusted(table: Underlying, equations: Sequence[EffectEquation], result: TestResult) -> TestResult:
    """The result with the p-value of the row whose own hypothesis it is, and words for what else it is."""
    if any(equation.tangent for equation in equations):
        result = replace(result, method=_ESTIMATES)
    if table.adjusted is None or result.reason:
        return result
    only = equations[0]
    if len(equations) == 1 and only.row is not None and only.value == MEANINGS[table.scales[only.row]].null:
        return replace(result, p_value=float(table.adjusted[only.row]), method=f"Wald test, {table.adjustment}")
    return replace(result, method=_UNADJUSTED)


# --- from text or a matrix to equations -----------------------------------------------------------


def _equations(table: Underlying, hypothesis: Any) -> tuple[list[EffectEquation], str]:
    if isinstance(hypothesis, (list, tuple)) and hypothesis and all(isinstance(part, str) for part in hypothesis):
        hypothesis = ", ".join(hypothesis)
    if isinstance(hypothesis, str):
        return _read(table, hypothesis), hypothesis
    try:
        matrix = np.atleast_2d(np.asarray(hypothesis, dtype=float))
    except (TypeError, ValueError):
        matrix = np.empty((1, 0))
    if matrix.ndim != 2 or matrix.shape[1] != len(table.labels) or not np.isfinite(matrix).all():
        raise DataError(
            f"the hypothesis has {matrix.shape[1]} columns; give one for each of the {len(table.labels)} effects: "
            f"{', '.join(table.labels[:8])}; or text such as '{_example(table, 0)}'"
        )
    null = f"{len(matrix)} combination{'s' if len(matrix) > 1 else ''} = 0"
    return [EffectEquation(row, float(_dot(row, table.values))) for row in matrix], null


def _read(table: Underlying, text: str) -> list[EffectEquation]:
    try:
        matrix, values = linear_constraints(text, table.labels)
    except FormulaError as error:
        if "log" not in table.scales:
            raise
        try:
            return _products(table, text)
        except FormulaError:
            raise error from None
    return [_equation(table, row, float(value)) for row, value in zip(matrix, values, strict=True)]


def _products(table: Underlying, text: str) -> list[EffectEquation]:
    """Products and quotients of ratios: ``a / b = 2``."""
    matrix, logs = ratio_constraints(text, table.labels)
    for j in np.flatnonzero((matrix != 0).any(axis=0)):
        if table.scales[j] != "log":
            raise FormulaError(f"{table.labels[j]} is no ratio")
    return [EffectEquation(row, float(_dot(row, table.values) - log)) for row, log in zip(matrix, logs, strict=True)]


def _dot(row: Array, values: Array) -> float:
    """Σ rowᵢ·valuesᵢ over the entries of ``row`` that are not 0, so that NaN elsewhere does not count."""
    used = np.flatnonzero(row)
    return float(row[used] @ values[used])


def _equation(table: Underlying, row: Array, value: float) -> EffectEquation:
    used = np.flatnonzero(row)
    scales = {table.scales[j] for j in used}
    if len(used) == 1:
        return _about_one(table, int(used[0]), value / row[used[0]])
    if scales == {"identity"}:
        return EffectEquation(row, _dot(row, table.values) - value)
    equal = len(used) == 2 and value == 0.0 and len(scales) == 1
    times = -row[used[1]] / row[used[0]] if equal else np.nan
    if times == 1.0 or (times > 0.0 and scales == {"log"}):  # a = b, or a = times·b
        gradient = np.zeros(len(row))
        gradient[used] = 1.0, -1.0
        return EffectEquation(gradient, _dot(gradient, table.values) - np.log(times))
    gradient, shown = np.zeros(len(row)), np.zeros(len(row))
    for j in used:
        meaning, here = MEANINGS[table.scales[j]], table.values[j : j + 1]
        gradient[j], shown[j] = row[j] * meaning.slope(here)[0], meaning.shown(here)[0]
    return EffectEquation(gradient, _dot(row, shown) - value, tangent=True)


def _about_one(table: Underlying, j: int, value: float) -> EffectEquation:
    """The equation ``row j = value`` on the scale where that row's limits are symmetric."""
    meaning, gradient = MEANINGS[table.scales[j]], np.zeros(len(table.labels))
    gradient[j] = 1.0
    null = meaning.back(value)
    if np.isnan(null) and meaning.words:
        label = table.labels[j]
        raise DataError(
            f"'{label} = {value:g}' is no hypothesis, because {label} is {meaning.words}; type '{_example(table, j)}'"
        )
    return EffectEquation(gradient, float(table.values[j] - null), j, value)


def _example(table: Underlying, j: int) -> str:
    return f"{table.labels[j]} = {MEANINGS[table.scales[j]].instead or 0}"
