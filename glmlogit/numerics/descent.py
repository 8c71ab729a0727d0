"""Coordinate descent for quadratic functions with absolute values and limits, compiled or in NumPy.

The function is ``½x'Hx − q'x + Σ l1|x|`` with ``low ≤ x ≤ high`` (Friedman, Hastie & Tibshirani 2010, §2). Sweeps over
all coordinates alternate with sweeps over those that are not 0, until a sweep over all lowers it no more.
"""

from __future__ import annotations

import contextlib
import importlib
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.numerics import kernels

_descent: Any = None
with contextlib.suppress(ImportError):  # not there where no compiler was
    _descent = importlib.import_module("glmlogit.numerics._descent")

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]


class Limited(NamedTuple):
    """Weights (p,) of absolute values, and limits (p,) of the coordinates, all in one unit; 0 lies between them."""

    l1: Array
    low: Array
    high: Array

    def take(self, which: npt.NDArray[Any]) -> Limited:
        """Those of some coordinates."""
        return Limited(self.l1[which], self.low[which], self.high[which])


class ColumnSums(NamedTuple):
    """Columns for sweeps that hold a residual: sparse by columns, or dense in Fortran's order (``row`` is None).

    ``sum`` and ``mean`` are ``Σωx`` and ``Σωx/Σω`` of each column, or 0 where it is not centred; ``curvature`` is
    ``Σω(x − mean)²``.
    """

    first: Index | None
    row: npt.NDArray[np.int32] | None
    value: Array
    sum: Array
    mean: Array
    curvature: Array

    def column(self, j: int, n: int) -> tuple[Any, Array]:
        """Rows and values of a column."""
        if self.first is None or self.row is None:
            return slice(None), self.value[j * n : (j + 1) * n]
        part = slice(self.first[j], self.first[j + 1])
        return self.row[part], self.value[part]


def compiled() -> bool:
    """Whether sweeps are compiled."""
    return _descent is not None and kernels.COMPILED


def descend_gram(H: Array, terms: Limited, x: Array, g: Array, tolerance: float, sweeps: int) -> float:
    """Descend from x (p,), with ``g = q − Hx`` (p,), both changed in place, until no fall exceeds ``tolerance``.

    A fall is ``h d²``, twice what a coordinate lowers the function by. Returns the largest of the last sweep over all.
    """
    if not compiled():
        return descend_gram_numpy(H, terms, x, g, tolerance, sweeps)
    return float(_descent.descend_gram(H, *terms, x, g, tolerance, sweeps))


def descend_gram_numpy(H: Array, terms: Limited, x: Array, g: Array, tolerance: float, sweeps: int) -> float:
    """The NumPy twin of the compiled sweeps."""

    def sweep(which: npt.NDArray[np.intp]) -> float:
        largest = 0.0
        for j in which.tolist():
            h = H[j, j]
            value = _best(g[j] + h * x[j], h, terms, j) if h > 0 else x[j]
            d = value - x[j]
            if d != 0.0:
                x[j] = value
                np.subtract(g, d * H[j], out=g)
                largest = max(largest, float(h * d * d))
        return largest

    return _alternate(sweep, np.arange(len(x)), x, tolerance, sweeps)


def descend_groups(H: Array, l1: Array, bound: Array, x: Array, g: Array, tolerance: float, sweeps: int) -> float:
    """Descend from x (q,) over groups of neighbours whose norms are penalised, as :func:`descend_gram` over single ones
    with absolute values.

    ``l1`` (G,) are the weights of the norms, ``bound`` (G,) the largest eigenvalue of each group's block of H: a step
    is the best one for that curvature in all directions (Simon, Friedman & Hastie 2013, §3).
    """
    sweep = _descent.descend_groups if compiled() else descend_groups_numpy
    return float(sweep(H, l1, bound, x, g, tolerance, sweeps))


def descend_groups_numpy(H: Array, l1: Array, bound: Array, x: Array, g: Array, tolerance: float, sweeps: int) -> float:
    """The NumPy twin of the compiled sweeps."""
    K = len(x) // max(len(l1), 1)

    def sweep(which: npt.NDArray[np.intp]) -> float:
        largest = 0.0
        for j in which.tolist():
            if not bound[j] > 0:
                continue
            part = slice(j * K, (j + 1) * K)
            z = bound[j] * x[part] + g[part]
            size = float(np.sqrt(z @ z))
            d = z * (max(size - l1[j], 0.0) / (size * bound[j]) if size > 0 else 0.0) - x[part]
            if d.any():
                x[part] += d
                np.subtract(g, d @ H[part], out=g)
                largest = max(largest, float(bound[j] * (d @ d)))
        return largest

    fall, every = 0.0, np.arange(len(l1))
    while sweeps > 0:
        fall, sweeps = sweep(every), sweeps - 1
        if fall <= tolerance:
            break
        nonzero = np.flatnonzero(x.reshape(-1, K).any(axis=1))
        while sweeps > 0:
            sweeps -= 1
            if sweep(nonzero) <= tolerance:
                break
    return fall


def descend_columns(
    columns: ColumnSums,
    which: Index,
    omega: Array,
    l2: Array,
    terms: Limited,
    x: Array,
    r: Array,
    shift: Array,
    tolerance: float,
    sweeps: int,
) -> float:
    """Descend over the columns ``which`` of a weighted sum of squares, with a penalty ``½ l2 x²`` more.

    x (p,), residuals r (n,) and ``shift`` (1,) are changed in place; the residual of a row, a score, is
    ``r + shift·omega``, which centres columns without writing them out.
    """
    sweep = _descent.descend_columns if compiled() else descend_columns_numpy
    args = (*columns[:3], which, omega, *columns[3:], terms.l1, l2, terms.low, terms.high, x, r, shift)
    return float(sweep(*args, tolerance, sweeps))


def descend_columns_numpy(*args: Any) -> float:
    """The NumPy twin of the compiled sweeps, with its arguments in their order."""
    first, row, value, which, omega, total, mean, curvature, l1, l2, low, high, x, r, shift, tolerance, sweeps = args
    columns, terms, n = ColumnSums(first, row, value, total, mean, curvature), Limited(l1, low, high), len(r)

    def sweep(chosen: Index) -> float:
        largest = 0.0
        for j in chosen.tolist():
            h = curvature[j] + l2[j]
            rows, values = columns.column(j, n)
            g = float(values @ r[rows]) + shift[0] * total[j]
            d = (_best(g + curvature[j] * x[j], h, terms, j) if h > 0 else x[j]) - x[j]
            if d != 0.0:
                x[j] += d
                r[rows] -= d * omega[rows] * values
                shift[0] += d * mean[j]
                largest = max(largest, float(h * d * d))
        return largest

    return _alternate(sweep, which, x, tolerance, sweeps)


def _best(z: float, h: float, terms: Limited, j: int) -> float:
    """Best value of a coordinate of curvature h, z its gradient at 0."""
    size = abs(z) - terms.l1[j]
    value = np.copysign(size, z) / h if size > 0 else 0.0
    return float(min(max(value, terms.low[j]), terms.high[j]))


def _alternate(sweep: Any, which: npt.NDArray[Any], x: Array, tolerance: float, sweeps: int) -> float:
    fall = 0.0
    while sweeps > 0:
        fall, sweeps = sweep(which), sweeps - 1
        if fall <= tolerance:
            break
        nonzero = which[x[which] != 0.0]
        while sweeps > 0:
            sweeps -= 1
            if sweep(nonzero) <= tolerance:
                break
    return fall
