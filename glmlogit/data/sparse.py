"""Model columns of which only values other than 0 are held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from glmlogit.data.storage import Selection
from glmlogit.errors import DataError
from glmlogit.messages.words import plural
from glmlogit.numerics.lazy import cached_property
from glmlogit.numerics.survey import Survey

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sparse:
    """Columns (n, p) as a ``scipy.sparse.csc_array``; blocks of rows are written out."""

    array_by_columns: Any

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and of columns."""
        n, p = self.array_by_columns.shape
        return n, p

    @property
    def array(self) -> Array:
        """All of it as numbers (n, p)."""
        return np.asarray(self.array_by_columns.toarray())

    @cached_property
    def _by_rows(self) -> Any:
        return self.array_by_columns.tocsr()

    def rows(self, selection: Selection) -> Array:
        """Some rows written out."""
        return np.ascontiguousarray(self._by_rows[selection].toarray())

    def take(self, selection: Selection) -> Sparse:
        """The matrix of some of the rows."""
        return Sparse(self._by_rows[selection].tocsc())

    def column(self, j: int) -> Array:
        """One column."""
        return np.asarray(self.array_by_columns[:, [j]].toarray()[:, 0])

    def times(self, beta: Array) -> Array:
        """``Xβ`` (n,)."""
        return np.asarray(self.array_by_columns @ beta)

    def largest(self) -> Array:
        """Largest absolute value of each column."""
        return np.asarray(abs(self.array_by_columns).max(axis=0).toarray()).ravel()

    def with_constant(self, value: float = 1.0) -> Sparse:
        """The same columns after a constant."""
        from scipy.sparse import csc_array, hstack

        return Sparse(
            csc_array(hstack([csc_array(np.full((self.shape[0], 1), value)), self.array_by_columns], format="csc"))
        )

    def survey(self) -> Survey:
        """Largest absolute value of each column, and which columns hold one value other than 0."""
        low, high = (
            np.asarray(f(axis=0).toarray()).ravel() for f in (self.array_by_columns.min, self.array_by_columns.max)
        )
        return Survey(self.largest(), (low == high) & (high != 0.0))


def read_sparse(X: Any) -> Sparse:
    """Columns of anything of ``scipy.sparse``; zeros that are held go."""
    from scipy.sparse import csc_array

    columns = csc_array(X, dtype=np.float64, copy=True)
    columns.sum_duplicates()
    if not np.isfinite(columns.data).all():
        bad = int((~np.isfinite(columns.data)).sum())
        verb = "is" if bad == 1 else "are"
        raise DataError(
            f"sparse X has {plural(bad, 'stored value')} that {verb} NaN or inf; correct them, or drop their rows"
        )
    columns.eliminate_zeros()
    if not min(columns.shape):
        raise DataError(f"X has shape {columns.shape}; there is nothing to fit")
    return Sparse(columns)
