"""What sums over observations ask of data: blocks of columns, weighted events and non-events, offset."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


class Block(NamedTuple):
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

    def blocks(self) -> Iterator[Block]:
        """Yield the effective rows (positive weight) in blocks of bounded size."""
