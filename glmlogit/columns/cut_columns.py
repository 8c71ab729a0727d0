"""Columns of a model with cut points: those of a formula, whose constant is −1, so that ``P(Y > j)`` falls with θ_j."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.columns.array_columns import ArrayColumns
from glmlogit.columns.changes import Average
from glmlogit.columns.columns import ColumnSubset, DesignRows, Settings, SmallerModel
from glmlogit.columns.formula_columns import FormulaColumns
from glmlogit.data.storage import Dense, Matrix

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class CutColumns(FormulaColumns):
    """The columns of a formula with a constant of −1."""

    @property
    def of_constant(self) -> float:
        """−1."""
        return -1.0

    # --- new rows, changed rows -----------------------------------------------------------------
    def matrix(self, frame: Any) -> tuple[Array, Array | None]:
        """Model columns (m, p) and the formula's offset (m,) for m rows of new data."""
        X, offset = super().matrix(frame)
        return self.turned(X), offset

    def average(self, matrix: Matrix, frame: pd.DataFrame | None, weights: Array) -> AverageOfCuts:  # type: ignore[override]
        """The average row, by the weights (n,) of the rows."""
        return AverageOfCuts(self, super().average(matrix, frame, weights))

    def turned(self, X: Array) -> Array:
        """Columns (m, p) with a constant of −1 for one of 1."""
        return _turned(X, self.constants)

    # --- other models in the same rows ----------------------------------------------------------
    def relearned(self, frame: pd.DataFrame | None, counts: Array | None) -> CutColumns:
        """The columns with means, knots and the like learned from these data."""
        return CutColumns(super().relearned(frame, counts).spec)

    def keeping(self, terms: Sequence[str], rows: DesignRows) -> SmallerModel:
        """The columns of some of the terms in the same rows."""
        return _with_cuts(super().keeping(terms, rows)) if terms else super().keeping(terms, rows)

    def extended(self, terms: Sequence[str], added: Sequence[str], rows: DesignRows) -> SmallerModel:
        """The columns of some of the terms, and of terms typed as in a formula, in the same rows."""
        return _with_cuts(super().extended(terms, added, rows))


@dataclass(frozen=True)
class CutArrays(ArrayColumns):
    """Columns given as an array behind a constant of −1."""

    @property
    def of_constant(self) -> float:
        """−1."""
        return -1.0

    def matrix(self, frame: Any) -> tuple[Array, Array | None]:
        """Columns by name from a data frame, by position from an array."""
        X, offset = super().matrix(frame)
        return _turned(X, self.constants), offset

    def keeping(self, terms: Sequence[str], rows: DesignRows) -> SmallerModel:
        """The columns of some of the terms."""
        smaller = super().keeping(terms, rows)
        columns = smaller.columns
        return smaller._replace(columns=CutArrays(columns.names, self.intercept, next(iter(columns.constants), None)))


def _turned(X: Array, constants: Sequence[int]) -> Array:
    return np.where(np.isin(np.arange(X.shape[1]), constants), -X, X)


@dataclass(frozen=True)
class AverageOfCuts:
    """The average row, whose constant is −1."""

    columns: CutColumns
    plain: Average

    @property
    def X(self) -> Array:
        """Its columns (1, p)."""
        return self.columns.turned(self.plain.X)

    @property
    def offset(self) -> float:
        """The formula's offset there."""
        return self.plain.offset

    def at(self, settings: Settings) -> AverageOfCuts:
        """The same row with some variables set to values."""
        return AverageOfCuts(self.columns, self.plain.at(settings))

    def slope(self, name: str) -> ColumnSubset:
        """Derivatives at the average row."""
        return self.plain.slope(name)

    def series(self, name: str) -> pd.Series[Any]:
        """The value (1,) of a variable."""
        return self.plain.series(name)


def with_cuts(columns: FormulaColumns, matrix: Matrix) -> tuple[CutColumns, Matrix]:
    """Columns of a formula and their matrix, written out, with a constant of −1."""
    turned = CutColumns(columns.spec)
    return turned, Dense(turned.turned(matrix.array))


def _with_cuts(model: SmallerModel) -> SmallerModel:
    columns, matrix = with_cuts(cast("FormulaColumns", model.columns), model.matrix)
    return model._replace(columns=columns, matrix=matrix)
