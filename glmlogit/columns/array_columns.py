"""Columns that were given as an array: each is a variable, and a term of its own."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.columns.columns import (
    Block,
    Change,
    ColumnSubset,
    DesignRows,
    ModelRows,
    Part,
    Settings,
    SmallerModel,
    Variable,
)
from glmlogit.data import array_columns, draft, frames
from glmlogit.data.storage import Dense, Matrix
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.formula.spec import Factor, Term
from glmlogit.messages.words import plural
from glmlogit.numerics.arrays import as_float
from glmlogit.numerics.lazy import cached_property

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]


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
    def of_constant(self) -> float:
        """1 where it was added, NaN of a column that was given."""
        return 1.0 if self.intercept else math.nan

    @property
    def factors(self) -> tuple[Factor, ...]:
        """Arrays have no factors."""
        return ()

    @property
    def predictors(self) -> tuple[str, ...]:
        """All columns but an intercept that was added."""
        return self.names[1:] if self.intercept else self.names

    @property
    def offsets(self) -> tuple[Part, ...]:
        """Arrays have no offset of their own."""
        return ()

    @property
    def blocks(self) -> tuple[Block, ...]:
        """One a column."""
        return tuple(Block(tuple(Part(name, (name,)) for name in term.factors)) for term in self.terms)

    @property
    def curves(self) -> Mapping[str, tuple[str, ...]]:
        """Each variable is one column."""
        return {}

    @property
    def why_no_products(self) -> str:
        """Nothing is known of how the columns were made."""
        return (
            "the fit is from arrays, where nothing says which columns hold the exposures and their product; "
            'fit it from a formula: gl.logit("y ~ a*b + age", data)'
        )

    def main_effect(self, factor: Factor) -> Array:
        """Arrays have no factors."""
        return np.empty((0, len(self.names)))

    def variables(self, frame: pd.DataFrame | None) -> dict[str, Variable]:
        """All columns but the constant, as numbers."""
        return {term.name: Variable(term.name, "number") for term in self.terms if term.order}

    def matrix(self, frame: Any) -> tuple[Array, Array | None]:
        """Columns by name from a data frame, by position from an array."""
        wanted = self.predictors
        if isinstance(frame, (np.ndarray, list, tuple)):
            X = array_columns.plain_matrix(frame)
            if X.shape[1] != len(wanted):
                raise DataError(
                    f"the new data have {plural(X.shape[1], 'column')} but the model has {len(wanted)} "
                    f"({', '.join(wanted[:5])}{', …' if len(wanted) > 5 else ''})"
                )
        else:
            taken = frames.take(frame, draft.labels_of(frames.column_names(frame), wanted))
            X = np.column_stack([as_float(taken.iloc[:, j], wanted[j]) for j in range(len(wanted))])
        X = X.astype(np.float64)
        infinite = np.isinf(X)
        if infinite.any():
            row, column = np.argwhere(infinite)[0]
            raise DataError(f"column {wanted[column]} of the new data has inf in row {row}")
        X[np.isnan(X).any(axis=1)] = np.nan
        return (np.column_stack([np.ones(len(X)), X]) if self.intercept else X), None

    def data(self, frame: Any) -> pd.DataFrame | None:
        """The columns are the data."""
        return None

    def outcome(self, frame: Any) -> None:
        """An array has none."""

    def series(self, rows: ModelRows, name: str) -> pd.Series[Any]:
        """A column of the model (m,)."""
        return pd.Series(self.numbers(rows, name))

    def numbers(self, rows: ModelRows, name: str) -> Array:
        """A column of the model (m,)."""
        return rows.model_column(self.names.index(name))

    def alone(self, names: Collection[str]) -> bool:
        """No column is a product of others, so far as is known."""
        return True

    def assigned(self, frame: pd.DataFrame | None, settings: Settings) -> pd.DataFrame | None:
        """The columns are the data."""
        return None

    def change(self, rows: ModelRows, settings: Settings) -> Change:
        """The columns named, with these values."""
        positions = self._positions(settings)
        size = max((np.size(value) for value in settings.values() if np.ndim(value)), default=1)
        values = np.column_stack([np.broadcast_to(value, size) for value in settings.values()])
        return Change(positions, positions, values)

    def own_offset(self, frame: pd.DataFrame | None, names: Collection[str]) -> Array | None:
        """Arrays have no offset of their own."""
        return None

    def slope(self, rows: ModelRows, name: str) -> ColumnSubset:
        """One in the column itself."""
        return ColumnSubset(self._positions([name]), np.ones((1, 1)))

    def average(self, matrix: Matrix, frame: pd.DataFrame | None, weights: Array) -> AverageOfArrays:
        """The means (1, p) of the columns."""
        return AverageOfArrays(self, (weights / weights.sum() @ matrix.array)[None, :])

    @property
    def learned(self) -> bool:
        """Nothing is learned."""
        return False

    def relearned(self, frame: pd.DataFrame | None, counts: Array | None) -> ArrayColumns:
        """The same columns."""
        return self

    def keeping(self, terms: Sequence[str], rows: DesignRows) -> SmallerModel:
        """The columns of some of the terms."""
        return selected([term for term in self.terms if term.name in terms], rows)

    def extended(self, terms: Sequence[str], added: Sequence[str], rows: DesignRows) -> SmallerModel:
        """Nothing: an array has no data to make other columns of."""
        raise UnsupportedError("terms are added to a formula, and the columns of this model were given as an array")

    def _positions(self, names: Collection[str]) -> Index:
        return np.array([self.names.index(name) for name in names], dtype=np.intp)


def selected(terms: Sequence[Term], rows: DesignRows) -> SmallerModel:
    """Columns of some terms as they are, without a recipe."""
    matrix = Dense(rows.matrix.array[:, [j for term in terms for j in term.columns]])
    constant = next((k for k, term in enumerate(terms) if term.order == 0), None)
    return SmallerModel(ArrayColumns(tuple(term.name for term in terms), False, constant), matrix, rows.patterns, None)


@dataclass(frozen=True, eq=False)
class AverageOfArrays:
    """The means of columns that were given as an array."""

    columns: ArrayColumns
    X: Array
    offset: float = 0.0

    def at(self, settings: Settings) -> AverageOfArrays:
        """The same row with some columns set to values."""
        X = self.X.copy()
        for name, value in settings.items():
            X[:, self.columns.names.index(name)] = value
        return replace(self, X=X)

    def slope(self, name: str) -> ColumnSubset:
        """One in the column itself."""
        return ColumnSubset(np.array([self.columns.names.index(name)]), np.ones((1, 1)))

    def series(self, name: str) -> pd.Series[Any]:
        """The value (1,) of a column."""
        return pd.Series(self.X[:, self.columns.names.index(name)])
