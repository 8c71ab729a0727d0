"""Columns far from zero beside a constant, shifted by exact amounts: the maximum there, turned back.

A calendar year and a constant are nearly the same column: the information has a condition of some thousands, and digits
and time are lost to it. ``x − c`` beside a constant spans the same space, and where no difference is rounded the
coefficients γ of these columns are those of the data, ``β = Tγ``, but for the intercept, ``β₀ = γ₀ − Σ cⱼγⱼ``, which is
as good as a sum in double-double.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from glmlogit.data.storage import Dense
from glmlogit.fitting.maximum import Maximum
from glmlogit.likelihood.objective import Likelihood, single
from glmlogit.numerics import doubledouble
from glmlogit.numerics.linalg import Information, scale_of

Array = npt.NDArray[np.float64]

# A column is far from zero where its middle is so many times its range away; a condition of a few hundred to thousands.
FAR = 20.0
# Rows looked at first, which nearly always tell.
SAMPLE = 16


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
    candidates = np.flatnonzero(_far(*_ends(X[:: max(1, len(X) // SAMPLE)])))
    if X[0, 0] != 1.0 or not len(candidates):
        return None
    low, high = _ends(X[:, candidates])
    far = _far(low, high)
    transform = np.eye(X.shape[1])
    transform[0, candidates[far]] = -(low + high)[far] / 2
    return transform if far.any() else None


def _ends(X: Array) -> tuple[Array, Array]:
    """Least and largest value of each column (n, q)."""
    return X.min(axis=0), X.max(axis=0)


def _far(low: Array, high: Array) -> npt.NDArray[np.bool_]:
    """Which columns are far from zero, and not constant, by their least and largest values (q,)."""
    return np.asarray((high > low) & (np.abs(low + high) > 2 * FAR * (high - low)))


def inverse_of(transform: Array) -> Array:
    """``T⁻¹``: only the first row of T is another than the identity's."""
    return 2.0 * np.eye(len(transform)) - transform


def turned_back(maximum: Maximum, likelihood: Likelihood, transform: Array) -> Maximum | None:
    """A maximum in shifted columns as one of ``likelihood``, its coefficients in double-double; None without factor."""
    factor = maximum.at.info.factor
    if factor is None:
        return None
    scale = scale_of(likelihood.magnitude)
    back = inverse_of(transform)
    beta = doubledouble.matmul(transform, doubledouble.from_double(maximum.beta))
    root = (factor.root / factor.scale) @ back * scale
    at = maximum.at._replace(score=back.T @ maximum.at.score, info=Information(scale, root=root))
    return replace(maximum, beta=beta.hi, low=beta.lo, at=at, likelihood=likelihood)
