"""Columns far from zero beside a constant, shifted by exact amounts: the maximum there, turned back.

A calendar year and a constant are nearly the same column: the information has a condition of some thousands, and digits
and time are lost to it. ``x − c`` beside a constant spans the same space, and where no difference is rounded the
coefficients γ of these columns are those of the data, ``β = Tγ``, but for the intercept, ``β₀ = γ₀ − Σ cⱼγⱼ``, which is
as good as a sum in double-double.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.data.storage import Dense
from glmlogit.fitting.error_bounds import MOST_DIGITS, digits_of
from glmlogit.fitting.maximum import Maximum
from glmlogit.fitting.refine import Ended
from glmlogit.likelihood.objective import Evaluation, Likelihood, single
from glmlogit.numerics import doubledouble
from glmlogit.numerics.doubledouble import UNIT
from glmlogit.numerics.linalg import LEAST_PIVOT, Information, TriangularFactor, lengths

Array = npt.NDArray[np.float64]

# A column is far from zero where its middle is so many times its range away; a condition of a few hundred to thousands.
FAR = 20.0
# Rows looked at first, which nearly always tell: a 0/1 is rarely the same in all of them.
SAMPLE = 64


class Shift(NamedTuple):
    """What is added to each column (p,), 0 to most, and the largest absolute values (p,) after that."""

    by: Array
    magnitude: Array

    @property
    def transform(self) -> Array:
        """T (p, p) that takes coefficients of shifted columns to those of the data."""
        transform = np.eye(len(self.by))
        transform[0] += self.by
        return transform


def shift_of(likelihood: Likelihood) -> Shift | None:
    """What takes columns near zero; None where no column is far from it.

    Columns are numbers in memory beside a constant of 1, the first. Values and their middle are within a factor of 2 of
    each other, so that no difference is rounded (Sterbenz's lemma; Higham 2002, theorem 2.5).
    """
    of_one = single(likelihood)
    if of_one is None:
        return None
    rows = of_one.rows
    memory = rows.memory
    if rows.constants[:1] != (0,) or rows.limit is not None or memory is None or not isinstance(memory.matrix, Dense):
        return None
    X = memory.matrix.array
    sample = zip(*X[:: max(1, len(X) // SAMPLE)].tolist(), strict=True)
    candidates = [j for j, values in enumerate(sample) if j and _far(min(values), max(values))]
    if X[0, 0] != 1.0 or not candidates:
        return None
    by, magnitude = np.zeros(X.shape[1]), rows.magnitude.copy()
    for j in candidates:
        values = np.ascontiguousarray(X[:, j])
        low, high = float(values.min()), float(values.max())
        if low < high and _far(low, high):
            by[j] = middle = -(low + high) / 2
            magnitude[j] = max(high + middle, -(low + middle))
    return Shift(by, magnitude) if by.any() else None


def _far(low: float, high: float) -> bool:
    """Whether values between two ends are far from zero."""
    return abs(low + high) > 2 * FAR * (high - low)


def turned_back(maximum: Maximum, likelihood: Likelihood, moved: Shift) -> Maximum | None:
    """A maximum in shifted columns as one of ``likelihood``, its coefficients in double-double.

    None without factor, and where columns as they are depend linearly on each other but for their last bits.

    Of the root only the first row changes, as the constant comes first and the root is triangular.
    """
    factor = maximum.at.info.factor
    if factor is None:
        return None
    beta = doubledouble.matmul(moved.transform, maximum.pair)
    shift, score = -moved.by, maximum.at.score
    root, scale = factor.root.copy(order="F"), factor.scale.copy()
    for j in shift.nonzero()[0].tolist():
        unit = math.ldexp(1.0, -math.frexp(shift[j])[1])  # nothing leaves the range of numbers
        column = root[:, j] * (unit / float(scale[j]))
        column[0] += root[0, 0] / scale[0] * (shift[j] * unit)
        length = math.hypot(*column.tolist())
        if not 0.0 < length < math.inf:
            return None
        times = 2.0 ** -round(math.log2(length))
        root[:, j], scale[j] = column * times, unit * times
    if np.minimum.reduce(np.abs(root.diagonal())) <= LEAST_PIVOT:
        return None
    info = Information(scale, root=root).factored(TriangularFactor(root, scale))
    at = Evaluation(maximum.at.value, score + shift * score[0], info)
    return Maximum(beta.hi, at, maximum.status, maximum.trace, maximum.estimated, (), likelihood, low=beta.lo)


def proved_back(ended: Ended, factor: TriangularFactor, back: Maximum, moved: Shift) -> Maximum | None:
    """``back``, which is :func:`turned_back`, where a last step ended; None unless all digits of a double are proved.

    A distance in standard errors is the same in both. The errors themselves are those of ``factor``, of the information
    in shifted columns.
    """
    transform = moved.transform
    beta, root = doubledouble.matmul(transform, ended.beta), transform @ factor.inverse_root
    rounding = 3 * (len(transform) + 2) ** 2 * UNIT**2 * (np.abs(transform) @ np.abs(ended.beta.hi))
    digits = digits_of(beta.hi, 1.001 * ended.distance * lengths(root) + rounding + np.abs(beta.lo))
    if digits < MOST_DIGITS:
        return None
    at = back.at._replace(value=ended.value)
    return replace(back, beta=beta.hi, low=beta.lo, at=at, root=root, certified=digits)
