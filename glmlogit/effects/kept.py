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
class Kept:
    """Values and covariance of the rows where their limits are made, and how each is shown.

    ``shown`` is the covariance that the reader is given, ``reasons`` why a row cannot be tested. ``adjusted`` are
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


class Equation(NamedTuple):
    """A hypothesis as a function of the values (k,): its gradient (k,), and its value less that under the null.

    ``row`` and ``value`` are those of an equation about one row of the table. ``tangent`` tells that the function is
    not linear in the values, so that the gradient is that at the estimates.
    """

    gradient: Array
    distance: float
    row: int | None = None
    value: float = np.nan
    tangent: bool = False


def tested(kept: Kept, hypothesis: Any) -> TestResult:
    """Wald test of hypotheses about the rows of a table."""
    equations, null = _equations(kept, hypothesis)
    used = np.flatnonzero((np.array([one.gradient for one in equations]) != 0).any(axis=0))
    unknown = [j for j in used if not (np.isfinite(kept.values[j]) and np.isfinite(kept.cov[j, j]))]
    if unknown:
        reason = (kept.reasons[unknown[0]] if kept.reasons else "") or "it has no standard error"
        return result_of(np.nan, len(equations), "Wald test", null, f"{kept.labels[unknown[0]]}: {reason}")
    only = equations[0]
    if len(equations) == 1 and only.row is not None and only.row in kept.inverse:
        z = kept.inverse[only.row](only.value)
        return result_of(z * z, 1, kept.inverted, null, reference=kept.reference)
    rows = np.array([one.gradient[used] for one in equations])
    distance = np.array([one.distance for one in equations])
    cov = kept.cov[np.ix_(used, used)]
    spread = rows @ cov @ rows.T
    if (np.diagonal(spread) <= SAME_EFFECT * (rows * rows @ np.diagonal(cov))).any():
        return result_of(np.nan, len(rows), "Wald test", null, "effects in it do not vary apart from each other")
    found = quadratic(rows, distance, spread, null, kept.reference)
    return _adjusted(kept, equations, found)


def _adjusted(kept: Kept, equations: Sequence[Equation], found: TestResult) -> TestResult:
    """The result with the p-value of the row whose own hypothesis it is, and words for what else it is."""
    if any(one.tangent for one in equations):
        found = replace(found, method=_ESTIMATES)
    if kept.adjusted is None or found.reason:
        return found
    only = equations[0]
    if len(equations) == 1 and only.row is not None and only.value == MEANINGS[kept.scales[only.row]].null:
        return replace(found, p_value=float(kept.adjusted[only.row]), method=f"Wald test, {kept.adjustment}")
    return replace(found, method=_UNADJUSTED)


# --- from text or a matrix to equations -----------------------------------------------------------


def _equations(kept: Kept, hypothesis: Any) -> tuple[list[Equation], str]:
    if isinstance(hypothesis, (list, tuple)) and hypothesis and all(isinstance(part, str) for part in hypothesis):
        hypothesis = ", ".join(hypothesis)
    if isinstance(hypothesis, str):
        return _read(kept, hypothesis), hypothesis
    try:
        matrix = np.atleast_2d(np.asarray(hypothesis, dtype=float))
    except (TypeError, ValueError):
        matrix = np.empty((1, 0))
    if matrix.ndim != 2 or matrix.shape[1] != len(kept.labels) or not np.isfinite(matrix).all():
        raise DataError(
            f"the hypothesis has {matrix.shape[1]} columns; give one for each of the {len(kept.labels)} effects: "
            f"{', '.join(kept.labels[:8])}; or text such as '{_example(kept, 0)}'"
        )
    null = f"{len(matrix)} combination{'s' if len(matrix) > 1 else ''} = 0"
    return [Equation(row, float(_dot(row, kept.values))) for row in matrix], null


def _read(kept: Kept, text: str) -> list[Equation]:
    try:
        matrix, values = linear_constraints(text, kept.labels)
    except FormulaError as error:
        if "log" not in kept.scales:
            raise
        try:
            return _products(kept, text)
        except FormulaError:
            raise error from None
    return [_equation(kept, row, float(value)) for row, value in zip(matrix, values, strict=True)]


def _products(kept: Kept, text: str) -> list[Equation]:
    """Products and quotients of ratios: ``a / b = 2``."""
    matrix, logs = ratio_constraints(text, kept.labels)
    for j in np.flatnonzero((matrix != 0).any(axis=0)):
        if kept.scales[j] != "log":
            raise FormulaError(f"{kept.labels[j]} is no ratio")
    return [Equation(row, float(_dot(row, kept.values) - log)) for row, log in zip(matrix, logs, strict=True)]


def _dot(row: Array, values: Array) -> float:
    """Σ rowᵢ·valuesᵢ over the entries of ``row`` that are not 0, so that NaN elsewhere does not count."""
    used = np.flatnonzero(row)
    return float(row[used] @ values[used])


def _equation(kept: Kept, row: Array, value: float) -> Equation:
    used = np.flatnonzero(row)
    scales = {kept.scales[j] for j in used}
    if len(used) == 1:
        return _about_one(kept, int(used[0]), value / row[used[0]])
    if scales == {"identity"}:
        return Equation(row, _dot(row, kept.values) - value)
    equal = len(used) == 2 and value == 0.0 and len(scales) == 1
    times = -row[used[1]] / row[used[0]] if equal else np.nan
    if times == 1.0 or (times > 0.0 and scales == {"log"}):  # a = b, or a = times·b
        gradient = np.zeros(len(row))
        gradient[used] = 1.0, -1.0
        return Equation(gradient, _dot(gradient, kept.values) - np.log(times))
    gradient, shown = np.zeros(len(row)), np.zeros(len(row))
    for j in used:
        meaning, here = MEANINGS[kept.scales[j]], kept.values[j : j + 1]
        gradient[j], shown[j] = row[j] * meaning.slope(here)[0], meaning.shown(here)[0]
    return Equation(gradient, _dot(row, shown) - value, tangent=True)


def _about_one(kept: Kept, j: int, value: float) -> Equation:
    """The equation ``row j = value`` on the scale where that row's limits are symmetric."""
    meaning, gradient = MEANINGS[kept.scales[j]], np.zeros(len(kept.labels))
    gradient[j] = 1.0
    at = meaning.back(value)
    if np.isnan(at) and meaning.words:
        label = kept.labels[j]
        raise DataError(
            f"'{label} = {value:g}' is no hypothesis, because {label} is {meaning.words}; type '{_example(kept, j)}'"
        )
    return Equation(gradient, float(kept.values[j] - at), j, value)


def _example(kept: Kept, j: int) -> str:
    return f"{kept.labels[j]} = {MEANINGS[kept.scales[j]].instead or 0}"
