"""What sums over observations ask of data: blocks of columns, weighted events and non-events, offset."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from glmlogit.numerics.kernels import INFINITE_ETA

if TYPE_CHECKING:
    from glmlogit.data.level_counts import LevelCounts
    from glmlogit.data.storage import Matrix, Selection
    from glmlogit.numerics.kernels import Observations

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Index = npt.NDArray[np.intp]


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

    def limited(self, limit: Array) -> RowBlock:
        """Rows at their limit (m,) where that is not 0: predictor ±1e300 whatever β, no contribution to anything."""
        X, offset = self.X.copy(), np.zeros(len(limit)) if self.offset is None else self.offset.copy()
        X[limit != 0] = 0.0
        offset[limit != 0] = INFINITE_ETA * limit[limit != 0]
        return self._replace(X=X, offset=offset)


class InMemory(NamedTuple):
    """Rows that can be passed over in one piece: columns (n, p), as numbers or by code, and what was observed."""

    matrix: Matrix
    observations: Observations  # X is empty where columns are held by code


class PassRows(Protocol):
    """All that a pass over rows with positive weight asks of them.

    Whoever inherits takes the defaults: columns that are not in memory as one piece, no covariate patterns.
    """

    @property
    def memory(self) -> InMemory | None:
        """All rows in one piece, for passes that threads share; None where they are seen in blocks only."""
        return None

    @property
    def collapsed(self) -> PassRows:
        """A row for each covariate pattern where patterns are known, or the rows themselves."""
        return self

    @property
    def n_columns(self) -> int:
        """Number of columns of X."""

    @property
    def magnitude(self) -> Array:
        """Largest absolute value of each column."""

    @property
    def largest_weight(self) -> float:
        """Largest weight of a row, trials not counted."""

    def blocks(self) -> Iterator[RowBlock]:
        """Yield the rows in blocks of bounded size; those at their limit as :meth:`RowBlock.limited` has them."""


class Rows(PassRows, Protocol):
    """All that a likelihood asks of rows, of which a design is one kind: vectors (n,) are at hand, columns in blocks.

    No column is known to be one of a factor unless :attr:`factors` says so.
    """

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""

    @property
    def n_rows(self) -> int:
        """Number of rows."""

    @property
    def constants(self) -> tuple[int, ...]:
        """Position of a column that is the same in all rows; empty where none is known."""

    @property
    def factors(self) -> tuple[Index, ...]:
        """Positions of the columns of each variable that has several."""
        return ()

    @property
    def event_totals(self) -> tuple[float, float]:
        """Weighted numbers of events and of non-events."""

    @property
    def largest_offset(self) -> float:
        """Largest absolute offset."""

    @property
    def offset(self) -> Array | None:
        """Offset (n,); None where it is 0."""

    @property
    def limit(self) -> Array | None:
        """1 or −1 for rows (n,) that a limiting model fits perfectly, else 0; None where it fits none."""

    @property
    def weights(self) -> Array | None:
        """Weights (n,); None for one each."""

    @property
    def levels(self) -> LevelCounts | None:
        """Levels of an outcome of several; None for events and non-events."""
        return None

    def with_events(self, events: Array) -> Rows:
        """The rows with numbers of events (n,) out of the trials there are, for an outcome of levels."""

    @property
    def grouped(self) -> bool:
        """Whether a row is several trials."""

    @property
    def saturated(self) -> float:
        """Log-likelihood of the model with a parameter per row, binomial coefficients included as in R."""

    # --- looking at them ------------------------------------------------------------------------
    def outcomes(self) -> tuple[Bools, Bools]:
        """Rows (n,) with events, and rows with non-events."""

    def at(self, selection: Selection) -> Array:
        """Columns (m, p) of some rows, whatever their limit."""

    def written(self, columns: Index) -> Array:
        """Some columns (n, c) of all rows, whatever their limit."""

    def times(self, beta: Array) -> Array:
        """Products ``Xβ`` (n,) of all rows."""

    # --- fewer, or otherwise observed -----------------------------------------------------------
    @property
    def collapsed(self) -> Rows:
        """A row for each covariate pattern where patterns are known, or the rows themselves."""
        return self

    def spread_out(self, values: Bools) -> Bools:
        """Values of the rows of :attr:`collapsed` as values of these (n,)."""
        return values

    def part(self, stride: int) -> Rows:
        """Every so many rows."""

    def with_weights(self, weights: Array) -> Rows:
        """The rows with other weights (n,), those of weight 0 left out."""

    def with_counts(self, counts: Array) -> Rows:
        """The rows with other numbers (n, 2) of events and of non-events, those without any left out."""

    def with_offset(self, offset: Array) -> Rows:
        """The rows with another offset (n,)."""

    def with_limit(self, limit: Array | None) -> Rows:
        """The rows with another limit (n,)."""

    # --- with other columns ---------------------------------------------------------------------
    def keeping(self, columns: Index) -> Rows:
        """The rows with some of their columns, in rising order."""

    def recombined(self, columns: Index, transform: Array, names: tuple[str, ...]) -> Rows:
        """The rows with ``columns`` (k,), in rising order, times a matrix (k, k) in place of their columns."""

    def moved(self, by: Array, magnitude: Array) -> Rows:
        """The rows with numbers (p,) added to their columns, whose largest absolute values are then ``magnitude``."""

    def constant_alone(self) -> Rows:
        """The rows with a column of ones as their only one."""
