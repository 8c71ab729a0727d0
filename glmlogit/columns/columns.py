"""Model columns that new or changed data can repeat: the protocol, and the values that its answers are made of.

A formula's columns are in :mod:`~glmlogit.columns.formula_columns`, those of an array in
:mod:`~glmlogit.columns.array_columns`. Whoever inherits from :class:`Columns` takes the defaults: no factors, no offset
of its own, nothing that is a curve.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.data.patterns import Patterns
from glmlogit.data.storage import Matrix
from glmlogit.errors import UnsupportedError
from glmlogit.formula.spec import Factor, Term

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Index = npt.NDArray[np.intp]
Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Variable:
    """A variable of the data, as the model uses it.

    ``use`` is ``"number"`` (it has derivatives), ``"levels"`` (it has changes between levels), or ``"mixed"``
    (both a number and the source of a factor: only changes between values make sense). ``levels`` are the values
    it may take; none for a number, nor for one whose factor is of something else, such as ``C(I(x > 3))``.
    ``in_offset`` tells that the offset beside the formula is this variable, or made of it; ``fixed`` that the formula
    reads it in an offset only, so that its effect is given and not estimated.
    """

    name: str
    use: Literal["number", "levels", "mixed"]
    levels: tuple[Any, ...] = ()
    reference: Any = None
    in_offset: bool = False
    fixed: bool = False

    @property
    def others(self) -> list[Any]:
        """The levels that are compared with the reference."""
        return [level for level in self.levels if level != self.reference]


class Change(NamedTuple):
    """The columns that read some variables (t,), and those of them that are not all 0 when these are set (c,).

    ``values`` are (n, c), or (1, c) where no row differs; ``offset`` is that of the columns, where it takes part.
    """

    touched: Index
    positions: Index
    values: Array
    offset: Array | None = None


class ColumnSubset(NamedTuple):
    """Some columns of a matrix: positions (c,), values (n, c), the columns' own offset (n,) where it takes part.

    Values are (1, c) where no row differs.
    """

    positions: Index
    values: Array
    offset: Array | None = None
    numerical: tuple[str, ...] = ()  # expressions whose derivative is numerical


class Part(NamedTuple):
    """An expression of the data: the variables it reads, whether it is a factor, coded without its reference level."""

    text: str
    variables: tuple[str, ...]
    levels: bool = False
    reduced: bool = False


class Block(NamedTuple):
    """Neighbouring columns that are the products of the same parts; of none where they are the constant."""

    parts: tuple[Part, ...]

    @property
    def label(self) -> str:
        """How terms spell it: ``a:b``."""
        return ":".join(part.text for part in self.parts)


class ModelRows(Protocol):
    """Rows of a model: its columns, and the data they are made from (None where these are the columns themselves)."""

    @property
    def frame(self) -> pd.DataFrame | None:
        """The data (m, variables)."""

    def model_column(self, j: int) -> Array:
        """Column ``j`` of the model (m,)."""

    def __len__(self) -> int:
        """Number of rows."""


class DesignRows(Protocol):
    """The rows of a design: what the columns of a smaller model are made of."""

    @property
    def matrix(self) -> Matrix:
        """Columns (n, p)."""

    @property
    def frame(self) -> pd.DataFrame | None:
        """The data that the columns are made from."""

    @property
    def patterns(self) -> Patterns | None:
        """Which rows repeat each other, where that is known."""

    @property
    def offset(self) -> Array | None:
        """Offset (n,)."""

    @property
    def described(self) -> Array | None:
        """How many observations each row stands for (n,)."""


class SmallerModel(NamedTuple):
    """Columns of a smaller model in the same rows, the recipe and, of a formula, its text."""

    columns: Columns
    matrix: Matrix
    patterns: Patterns | None
    formula: str | None


class AverageColumns(Protocol):
    """The average row of a design: numbers at their means, factors at their proportions (Stata's ``atmeans``)."""

    @property
    def X(self) -> Array:
        """Its columns (1, p)."""

    @property
    def offset(self) -> float:
        """The columns' own offset there."""

    def at(self, settings: Settings) -> AverageColumns:
        """The same row with some variables set to values."""

    def slope(self, name: str) -> ColumnSubset:
        """Derivatives at the average row."""

    def series(self, name: str) -> pd.Series[Any]:
        """The value (1,) of a variable."""


class Columns(Protocol):
    """What makes the columns of a model: the same for new rows, others for other values, derivatives, averages."""

    # --- what there is --------------------------------------------------------------------------
    @property
    def names(self) -> tuple[str, ...]:
        """Column names (p,)."""

    @property
    def terms(self) -> tuple[Term, ...]:
        """Terms, each with the positions of its columns."""

    @property
    def constants(self) -> tuple[int, ...]:
        """Positions of the columns of terms of order 0."""
        return tuple(j for term in self.terms if term.order == 0 for j in term.columns)

    @property
    def of_constant(self) -> float:
        """What a column of a term of order 0 holds: 1, −1 where it is that of cut points, NaN where nobody knows."""
        return 1.0

    @property
    def factors(self) -> tuple[Factor, ...]:
        """Factors with their levels and reference."""
        return ()

    @property
    def predictors(self) -> tuple[str, ...]:
        """What new data must have: names of their columns."""

    @property
    def offsets(self) -> tuple[Part, ...]:
        """The parts of the columns' own offset."""
        return ()

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The columns as products of expressions, in their order."""
        return ()

    @property
    def curves(self) -> Mapping[str, tuple[str, ...]]:
        """Numbers that enter through several columns, or an offset beside a column, and as which expressions."""
        return {}

    @property
    def why_no_products(self) -> str:
        """Why it is not known which columns are products of two variables; empty where it is."""
        return ""

    def main_effect(self, factor: Factor) -> Array:
        """For each level of a factor the row (levels, p) of its main effect; (0, p) where it has none of its own."""
        return np.empty((0, len(self.names)))

    def variables(self, frame: pd.DataFrame | None) -> dict[str, Variable]:
        """The variables of a model that was fitted to these data, in order of appearance."""

    # --- new rows -------------------------------------------------------------------------------
    def matrix(self, frame: Any) -> tuple[Array, Array | None]:
        """Model columns (m, p) and the columns' own offset (m,) for m rows of new data; missing values make NaN."""

    def data(self, frame: Any) -> pd.DataFrame | None:
        """Of a table the predictors; None where these are the columns themselves."""

    def outcome(self, frame: Any) -> tuple[tuple[Any, ...], Bools] | None:
        """Columns of the outcome in rows of new data that have it, and which rows (m,) have not; None if not known."""
        return None

    # --- changed rows ---------------------------------------------------------------------------
    def series(self, rows: ModelRows, name: str) -> pd.Series[Any]:
        """The values (m,) of a variable, numbers or categories."""

    def numbers(self, rows: ModelRows, name: str) -> Array:
        """The values (m,) of a numeric variable."""

    def alone(self, names: Collection[str]) -> bool:
        """Whether no column and no offset reads one of some variables together with another."""
        return False

    def assigned(self, frame: pd.DataFrame | None, settings: Settings) -> pd.DataFrame | None:
        """The data with variables set to values, each one for all rows or one a row (m,)."""

    def change(self, rows: ModelRows, settings: Settings) -> Change:
        """What setting variables to values makes of the columns that read them."""

    def own_offset(self, frame: pd.DataFrame | None, names: Collection[str]) -> Array | None:
        """The columns' own offset (m,) where it reads one of some variables, else None."""
        return None

    def slope(self, rows: ModelRows, name: str) -> ColumnSubset:
        """Derivatives of the columns that read a numeric variable, and of the columns' own offset.

        Raises
        ------
        NotEstimableError
            Where there is none, as of what jumps.
        """

    def average(self, matrix: Matrix, frame: pd.DataFrame | None, weights: Array) -> AverageColumns:
        """The average row of columns (n, p) and the data they are made from, by the weights (n,) of the rows."""

    # --- other models in the same rows ----------------------------------------------------------
    @property
    def learned(self) -> bool:
        """Whether columns depend on what was learned from rows: means, knots; levels do not count."""
        return False

    def relearned(self, frame: pd.DataFrame | None, counts: Array | None) -> Columns:
        """The columns with what is learned from these data, whose rows stand for ``counts`` (n,) observations."""
        return self

    def keeping(self, terms: Sequence[str], rows: DesignRows) -> SmallerModel:
        """The columns of some of the terms in the same rows, factors coded anew where that follows."""
        raise UnsupportedError("the columns of this model do not say how a smaller model is made of them")

    def extended(self, terms: Sequence[str], added: Sequence[str], rows: DesignRows) -> SmallerModel:
        """The columns of some of the terms, and of terms typed as in a formula, in the same rows."""
        raise UnsupportedError("terms are added to a formula, and the columns of this model were made by none")
