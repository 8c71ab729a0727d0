"""Columns for penalised fits: dense or sparse, never written out; standardised by scale only, centred implicitly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from glmlogit.data.sparse import Sparse
from glmlogit.data.storage import Coded, Matrix
from glmlogit.numerics.descent import ColumnSums
from glmlogit.numerics.lazy import cached_property
from glmlogit.shrinkage.sparse_products import SparseArrays, moments

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]


# Numbers that are centred at a time.
_AT_A_TIME = 1 << 18


@dataclass(frozen=True, eq=False)
class DenseColumns:
    """Columns (n, p) as numbers, each in one piece of memory."""

    array: Array

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and of columns."""
        n, p = self.array.shape
        return n, p

    def take(self, which: Index) -> DenseColumns:
        """Some of the columns."""
        return DenseColumns(np.asfortranarray(self.array[:, which]))

    def take_rows(self, rows: Index) -> DenseColumns:
        """Some of the rows."""
        return DenseColumns(np.asfortranarray(self.array[rows]))

    def times(self, beta: Array) -> Array:
        """``Xβ`` (n,)."""
        return np.asarray(self.array @ beta)

    def sums(self, r: Array) -> Array:
        """``X'r`` (p,)."""
        return np.asarray(r @ self.array)

    def products(self, weight: Array) -> Array:
        """``X'WX`` (p, p)."""
        rooted = self.array * np.sqrt(weight)[:, None]
        return np.asarray(rooted.T @ rooted)

    def moments(self, weight: Array) -> tuple[Array, Array]:
        """Weighted means (p,) and sums of squares about them (p,)."""
        total = weight.sum()
        mean = self.sums(weight) / total
        size = max(1, _AT_A_TIME // len(weight))
        parts = (slice(start, start + size) for start in range(0, len(mean), size))
        return mean, np.concatenate([weight @ (self.array[:, part] - mean[part]) ** 2 for part in parts] or [mean])

    def for_sweeps(self, weight: Array, *, centred: bool) -> ColumnSums:
        """What sweeps over columns with a residual need, with weights ω (n,)."""
        return _column_sums(self, weight, centred, None, None, np.ravel(self.array, order="F"))


@dataclass(frozen=True, eq=False)
class SparseColumns:
    """Columns (n, p) of which only values other than 0 are held, column by column (``scipy.sparse.csc_array``)."""

    array: Any

    @cached_property
    def arrays(self) -> SparseArrays:
        """Those that hold it."""
        first, row = self.array.indptr.astype(np.int64), self.array.indices.astype(np.int32, copy=False)
        return SparseArrays(first, row, np.ascontiguousarray(self.array.data, dtype=np.float64))

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and of columns."""
        n, p = self.array.shape
        return n, p

    def take(self, which: Index) -> SparseColumns:
        """Some of the columns."""
        return SparseColumns(self.array[:, which])

    def take_rows(self, rows: Index) -> SparseColumns:
        """Some of the rows."""
        return SparseColumns(self.array[rows].tocsc())

    def times(self, beta: Array) -> Array:
        """``Xβ`` (n,)."""
        return np.asarray(self.array @ beta)

    def sums(self, r: Array) -> Array:
        """``X'r`` (p,)."""
        return np.asarray(self.array.T @ r)

    def products(self, weight: Array) -> Array:
        """``X'WX`` (p, p), as numbers."""
        rooted = self._with(self.array.data * np.sqrt(weight)[self.array.indices])
        return np.asarray((rooted.T @ rooted).toarray())

    def moments(self, weight: Array) -> tuple[Array, Array]:
        """Weighted means (p,) and sums of squares about them (p,), of zeros by their number."""
        return moments(self.arrays, weight)

    def for_sweeps(self, weight: Array, *, centred: bool) -> ColumnSums:
        """What sweeps over columns with a residual need, with weights ω (n,)."""
        return _column_sums(self, weight, centred, *self.arrays)

    def _with(self, data: Array) -> Any:
        from scipy.sparse import csc_array

        return csc_array((data, self.array.indices, self.array.indptr), shape=self.array.shape)


def _column_sums(columns: AnyColumns, weight: Array, centred: bool, first: Any, row: Any, value: Array) -> ColumnSums:
    total = columns.sums(weight)
    mean, squares = columns.moments(weight)
    if centred:
        return ColumnSums(first, row, value, total, mean, squares)
    return ColumnSums(first, row, value, np.zeros_like(total), np.zeros_like(total), squares + total * mean)


AnyColumns = DenseColumns | SparseColumns

# Share of a coded matrix that may be values other than 0 for it to be held sparse.
_SPARSE_SHARE = 0.25


def columns_of(matrix: Matrix) -> AnyColumns:
    """The columns of a matrix in whatever form: those of factors are sparse, none is written out beyond its values."""
    if isinstance(matrix, Sparse):
        return SparseColumns(matrix.array_by_columns)
    if isinstance(matrix, Coded):
        sparse = SparseColumns(_of_codes(matrix))
        n, p = matrix.shape
        return sparse if sparse.array.nnz < _SPARSE_SHARE * n * p else DenseColumns(np.asfortranarray(matrix.array))
    return DenseColumns(np.asfortranarray(matrix.array))


def _of_codes(matrix: Coded) -> Any:
    """The columns of a matrix by code, sparse: plain ones beside tables looked up by row."""
    from scipy.sparse import csc_array, csr_array, diags_array, hstack

    parts, places = [csc_array(matrix.plain)], [matrix.places]
    for group in matrix.groups:
        values: Any = csr_array(group.table)[group.cells.codes]
        if group.cells.multiplier is not None:
            values = diags_array(group.cells.multiplier) @ values
        parts.append(values.tocsc())
        places.append(group.places)
    back = np.argsort(np.concatenate(places))
    sparse = csc_array(hstack(parts, format="csc")[:, back])
    sparse.eliminate_zeros()
    return sparse
