"""Model columns that new data can repeat: the protocol, and columns that were given as an array."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from glmlogit.data import array_columns, draft, frames
from glmlogit.errors import DataError
from glmlogit.formula.spec import Factor, Term
from glmlogit.messages.words import plural
from glmlogit.numerics.arrays import as_float
from glmlogit.numerics.lazy import cached_property

Array = npt.NDArray[np.float64]


class Columns(Protocol):
    """What rebuilds model columns from new data: a formula's spec, or plain array columns."""

    @property
    def names(self) -> tuple[str, ...]:
        """Column names."""

    @property
    def terms(self) -> tuple[Term, ...]:
        """Terms, each with the positions of its columns."""

    @property
    def constants(self) -> tuple[int, ...]:
        """Positions of the columns of terms of order 0."""

    @property
    def factors(self) -> tuple[Factor, ...]:
        """Factors with their levels and reference."""

    def matrix(self, frame: Any) -> tuple[Array, Array | None]:
        """Model columns (m, p) and offset (m,) for m rows of new data."""


@dataclass(frozen=True)
class ArrayColumns:
    """Columns given as an array: each is a term of its own."""

    names: tuple[str, ...]
    intercept: bool
    constant: int | None = None  # position of the column that serves as intercept

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """One term a column; a constant one has order 0."""
        return tuple(
            Term(name, (j,), (name,), 0, ()) if j == self.constant else Term(name, (j,), (name,), 1, (name,))
            for j, name in enumerate(self.names)
        )

    @property
    def constants(self) -> tuple[int, ...]:
        """The column that serves as intercept."""
        return () if self.constant is None else (self.constant,)

    @property
    def factors(self) -> tuple[Factor, ...]:
        """Arrays have no factors."""
        return ()

    def matrix(self, frame: Any) -> tuple[Array, Array | None]:
        """Columns by name from a data frame, by position from an array."""
        wanted = self.names[1:] if self.intercept else self.names
        if isinstance(frame, (np.ndarray, list, tuple)):
            X = array_columns.plain_matrix(frame)
            if X.shape[1] != len(wanted):
                raise DataError(
                    f"the new data have {plural(X.shape[1], 'column')} but the model has {len(wanted)} "
                    f"({', '.join(wanted[:5])}{', …' if len(wanted) > 5 else ''})"
                )
        else:
            taken = frames.take(frame, draft.labels_of(frame, wanted))
            X = np.column_stack([as_float(taken.iloc[:, j], wanted[j]) for j in range(len(wanted))])
        X = X.astype(np.float64)
        infinite = np.isinf(X)
        if infinite.any():
            row, column = np.argwhere(infinite)[0]
            raise DataError(f"column {wanted[column]} of the new data has inf in row {row}")
        X[np.isnan(X).any(axis=1)] = np.nan
        return (np.column_stack([np.ones(len(X)), X]) if self.intercept else X), None
