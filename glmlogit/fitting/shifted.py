"""Columns far from zero beside a constant, shifted by exact amounts: the maximum there, turned back.

A calendar year and a constant are nearly the same column: the information has a condition of some thousands, and digits
and time are lost to it. ``x − c`` beside a constant spans the same space, and where no difference is rounded the
coefficients γ of these columns are those of the data, ``β = Tγ``, but for the intercept, ``β₀ = γ₀ − Σ cⱼγⱼ``, which is
as good as a sum in double-double.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from glmlogit.data.storage import Dense
from glmlogit.fitting.maximum import Maximum
from glmlogit.likelihood.objective import Evaluation, Likelihood, single
from glmlogit.numerics import doubledouble
from glmlogit.numerics.linalg import LEAST_PIVOT, Information, TriangularFactor

Array = npt.NDArray[np.float64]

# A column is far from zero where its middle is so many times its range away; a condition of a few hundred to thousands.
FAR = 20.0
# Rows looked at first, which nearly always tell.
SAMPLE = 8


def shift_of(likelihood: Likelihood) -> Array | None:
    """T (q, q) that takes coefficients of shifted columns to those of the data; None where no column is far from zero.

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
    ends = [(j, float(X[:, j].min()), float(X[:, j].max())) for j in candidates]
    shifts = {j: -(low + high) / 2 for j, low, high in ends if low < high and _far(low, high)}
    transform = np.eye(X.shape[1])
    transform[0, [*shifts]] = [*shifts.values()]
    return transform if shifts else None


def _far(low: float, high: float) -> bool:
    """Whether values between two ends are far from zero."""
    return abs(low + high) > 2 * FAR * (high - low)


def turned_back(maximum: Maximum, likelihood: Likelihood, transform: Array) -> Maximum | None:
    """A maximum in shifted columns as one of ``likelihood``, its coefficients in double-double.

    None without factor, and where columns as they are depend linearly on each other but for their last bits.

    Of the root only the first row changes, as the constant comes first and the root is triangular.
    """
    factor = maximum.at.info.factor
    if factor is None:
        return None
    beta = doubledouble.matmul(transform, doubledouble.from_double(maximum.beta))
    shift, score = -transform[0], maximum.at.score
    shift[0] = 0.0
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
