"""Sums of products of columns over blocks of rows by a BLAS: one triangle, added to in place."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.linalg import blas

Array = npt.NDArray[np.float64]


class Products:
    """``Σ x x'`` over rows (m, p) that come in blocks.

    A symmetric update does half of the multiplications, and adds to what is there without a second matrix. ``coarse``
    sums are in single precision.
    """

    def __init__(self, columns: int, *, coarse: bool = False) -> None:
        self._update = blas.ssyrk if coarse else blas.dsyrk
        self._upper = np.zeros((columns, columns), dtype=np.float32 if coarse else np.float64, order="F")

    def add(self, rows: Array) -> None:
        """Add the products of rows (m, p) in C order."""
        if rows.size:
            plain = rows.astype(self._upper.dtype, copy=False)
            self._upper = self._update(1.0, plain.T, beta=1.0, c=self._upper, overwrite_c=1)

    @property
    def total(self) -> Array:
        """The sum (p, p)."""
        upper = np.triu(self._upper).astype(np.float64, copy=False)
        return np.ascontiguousarray(upper + np.triu(upper, 1).T)


def times_triangle(rows: Array, upper: Array) -> Array:
    """``rows @ upper`` of rows (m, p) in C order and an upper triangular matrix (p, p), by half the multiplications."""
    if not rows.size:
        return rows @ upper
    return np.asarray(blas.dtrmm(1.0, upper.T, rows.T, lower=1).T)
