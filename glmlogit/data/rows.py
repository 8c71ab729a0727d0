"""What sums over observations ask of data: blocks of columns, weighted events and non-events, offset."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeGuard

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from glmlogit.data.storage import Matrix
    from glmlogit.numerics.kernels import Observations

Array = npt.NDArray[np.float64]


class RowBlock(NamedTuple):
    """A block of rows: columns, event weights, non-event weights, offset (or None)."""

    X: Array
    events: Array
    nonevents: Array
    offset: Array | None

    def eta(self, beta: Array) -> Array:
        """Linear predictor of these rows."""
        eta = self.X @ beta
        return eta if self.offset is None else eta + self.offset


class Rows(Protocol):
    """What a likelihood needs of a design: blocks of rows, and the size of columns and weights."""

    @property
    def n_columns(self) -> int:
        """Number of columns of X."""

    @property
    def magnitude(self) -> Array:
        """Largest absolute value of each column."""

    @property
    def largest_weight(self) -> float:
        """Largest weight (times trials) of a row."""

    def blocks(self) -> Iterator[RowBlock]:
        """Yield the effective rows (positive weight) in blocks of bounded size."""


class RowsInMemory(Rows, Protocol):
    """Rows that can be passed over in one piece, and may be fewer where covariate patterns are known."""

    @property
    def matrix(self) -> Matrix:
        """Model columns (n, p), as numbers or by code."""

    @property
    def observations(self) -> Observations:
        """All rows; X is empty where columns are held by code."""

    @property
    def collapsed(self) -> RowsInMemory:
        """A row for each covariate pattern, or the rows themselves."""


def in_memory(rows: Rows) -> TypeGuard[RowsInMemory]:
    """Whether rows are at hand in one piece, and not in blocks only."""
    return hasattr(rows, "matrix")
