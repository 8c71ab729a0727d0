"""Sparse columns as C reads them: their weighted moments, and equations in their products, which are never formed."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.numerics import descent

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]


class SparseArrays(NamedTuple):
    """Where columns begin (p + 1,), rows and values of what is not 0, as C reads them."""

    first: Index
    row: npt.NDArray[np.int32]
    value: Array


def moments(columns: SparseArrays, weight: Array) -> tuple[Array, Array]:
    """Weighted means (p,) and sums of squares about them (p,) of sparse columns, of zeros by what is left."""
    if not descent.compiled():
        return moments_numpy(columns, weight)
    mean, squares = np.empty(len(columns.first) - 1), np.empty(len(columns.first) - 1)
    descent._descent.moments(*columns, np.ascontiguousarray(weight), mean, squares)
    return mean, squares


def moments_numpy(columns: SparseArrays, weight: Array) -> tuple[Array, Array]:
    """The NumPy twin."""
    first, row, value = columns
    p, total, here = len(first) - 1, weight.sum(), weight[row]
    column = np.repeat(np.arange(p), np.diff(first))
    mean = np.bincount(column, here * value, minlength=p) / total
    squares = np.bincount(column, here * (value - mean[column]) ** 2, minlength=p)
    held = np.bincount(column, here, minlength=p)
    return mean, squares + np.maximum(total - held, 0.0) * mean**2


class ColumnProducts(NamedTuple):
    """ColumnProducts of sparse columns ``which`` (k,) with weights (n,) about their means (k,), and ``l2`` (k,) more:
    ``H = X'WX − Σω·mm' + diag(l2)``.
    """

    columns: SparseArrays
    which: Index
    weight: Array
    mean: Array
    l2: Array


def conjugate_gradients(H: ColumnProducts, diagonal: Array, v: Array, left: float, steps: int) -> Array:
    """``H⁻¹v`` (k,), preconditioned by the diagonal of H (Hestenes & Stiefel 1952), to a share ``left`` of v in it."""
    if not descent.compiled():
        return conjugate_gradients_numpy(H, diagonal, v, left, steps)
    x = np.empty(len(v))
    descent._descent.conjugate_gradients(*H.columns, *H[1:], diagonal, v, x, left, steps)
    return x


def conjugate_gradients_numpy(H: ColumnProducts, diagonal: Array, v: Array, left: float, steps: int) -> Array:
    """The NumPy twin."""
    from scipy.sparse import csc_array

    first, row, value = H.columns
    part = csc_array((value, row, first), shape=(len(H.weight), len(first) - 1))[:, H.which]
    total = float(H.weight.sum())

    def times(u: Array) -> Array:
        return np.asarray(part.T @ (H.weight * (part @ u)) - total * H.mean * (H.mean @ u) + H.l2 * u)

    return gradients(times, v, diagonal, left, steps)


def gradients(times: Callable[[Array], Array], v: Array, diagonal: Array, left: float, steps: int) -> Array:
    """``H⁻¹v`` (k,) by products ``Hx`` alone, as :func:`conjugate_gradients`."""
    x, r = np.zeros(len(v)), v.copy()
    z = r / diagonal
    p, rho = z.copy(), float(r @ z)
    least = left**2 * rho
    for _ in range(steps):
        if not rho > least:
            break
        q = times(p)
        length = rho / float(p @ q)
        x += length * p
        r -= length * q
        z = r / diagonal
        rho, before = float(r @ z), rho
        p = z + (rho / before) * p
    return x
