"""Columns that a formula makes: the recipe of :mod:`glmlogit.formula.spec`, for new rows and for changed ones."""

from __future__ import annotations

import ast
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.columns import changes
from glmlogit.columns.array_columns import selected
from glmlogit.columns.columns import (
    Block,
    Change,
    Columns,
    ColumnSubset,
    DesignRows,
    ModelRows,
    Part,
    Settings,
    SmallerModel,
    Variable,
)
from glmlogit.data import frames
from glmlogit.data.storage import Matrix
from glmlogit.errors import UnsupportedError
from glmlogit.formula import coding
from glmlogit.formula import spec as specs
from glmlogit.formula.algebra import Formula
from glmlogit.formula.gate import Expression
from glmlogit.formula.parse import outcome_columns, parse
from glmlogit.formula.spec import Factor, Spec, Term
from glmlogit.numerics.lazy import cached_property

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class FormulaColumns:
    """The columns of a formula, whose variables are columns of the data."""

    spec: Spec

    # --- what there is --------------------------------------------------------------------------
    @property
    def names(self) -> tuple[str, ...]:
        """Column names (p,)."""
        return self.spec.names

    @property
    def terms(self) -> tuple[Term, ...]:
        """Terms, each with the positions of its columns."""
        return self.spec.terms

    @property
    def constants(self) -> tuple[int, ...]:
        """Positions of the columns of terms of order 0."""
        return self.spec.constants

    @property
    def of_constant(self) -> float:
        """1."""
        return 1.0

    @property
    def factors(self) -> tuple[Factor, ...]:
        """Factors with their levels and reference."""
        return self.spec.factors

    @property
    def predictors(self) -> tuple[str, ...]:
        """Columns of the data that the right side reads."""
        return self.spec.formula.predictors

    @property
    def offsets(self) -> tuple[Part, ...]:
        """What stands in ``offset()``."""
        return tuple(Part(text, self._reads(text)) for text in self.spec.formula.offsets)

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The columns as products of expressions."""
        return tuple(Block(tuple(self._part(*factor) for factor in block.factors)) for block in self.spec.blocks)

    def _part(self, text: str, reduced: bool) -> Part:
        return Part(text, self._reads(text), self.spec.codings[text].full is not None, reduced)

    def _reads(self, text: str) -> tuple[str, ...]:
        return tuple(self.spec.formula.expressions[text].variables)

    @property
    def curves(self) -> dict[str, tuple[str, ...]]:
        """Numbers that enter through several columns, or an offset beside a column, and as what."""
        held: dict[str, dict[str, int]] = {}
        for text, coded in self.spec.codings.items():
            for name in self._reads(text):
                held.setdefault(name, {})[text] = len(coded.fields or ("",)) if coded.full is None else 0
        for offset in self.offsets:
            for name in held.keys() & set(offset.variables):
                held[name][offset.text] = 1
        return {
            name: tuple(columns)
            for name, columns in held.items()
            if (len(columns) > 1 and any(columns.values())) or any(count > 1 for count in columns.values())
        }

    @property
    def why_no_products(self) -> str:
        """Nothing: the terms say so."""
        return ""

    def main_effect(self, factor: Factor) -> Array:
        """For each level of a factor the row (levels, p) of its main effect; (0, p) where it has none of its own."""
        alone = [factor.expression]
        block = next((b for b in self.spec.blocks if [f for f, _ in b.factors] == alone), None)
        if block is None:
            return np.empty((0, len(self.names)))
        coded = self.spec.codings[factor.expression]
        matrix = coded.reduced if block.factors[0][1] else coded.full
        assert matrix is not None
        rows = np.zeros((len(matrix), len(self.names)))
        rows[:, block.start : block.stop] = matrix
        return rows

    def variables(self, frame: pd.DataFrame | None) -> dict[str, Variable]:
        """The variables of the formula, in order of appearance."""
        assert frame is not None
        read = {name for block in self.blocks for part in block.parts for name in part.variables}
        by_name = {name: _variable(self.spec, frame[name], name) for name in self.predictors}
        return {name: variable if name in read else replace(variable, fixed=True) for name, variable in by_name.items()}

    # --- new rows -------------------------------------------------------------------------------
    def matrix(self, frame: Any) -> tuple[Array, Array | None]:
        """Model columns (m, p) and the formula's offset (m,) for m rows of new data (:meth:`Spec.matrix`)."""
        return self.spec.matrix(frame)

    def data(self, frame: Any) -> pd.DataFrame | None:
        """Of a table the predictors."""
        return frames.take(frame, self.predictors).reset_index(drop=True)

    def outcome(self, frame: Any) -> tuple[tuple[Any, ...], npt.NDArray[np.bool_]]:
        """The left side of the formula in rows that have it, and which rows have not."""
        names = list(dict.fromkeys(name for part in self.spec.formula.response for name in part.variables))
        rows = frames.take(frame, names).reset_index(drop=True)
        missing = np.zeros(len(rows), dtype=bool)
        for name in names:
            missing |= frames.missing_mask(rows[name])
        return outcome_columns(self.spec.formula, rows[~missing]), missing

    def evaluated(self, frame: pd.DataFrame) -> Mapping[str, Any]:
        """The values of all expressions that make the columns, of complete rows."""
        columns = coding.columns_of(self.spec.formula, frame)
        return coding.evaluate_all(self.spec.formula, columns, frame.index, self.spec.states)[0]

    # --- changed rows ---------------------------------------------------------------------------
    def series(self, rows: ModelRows, name: str) -> pd.Series[Any]:
        """A column of the data."""
        assert rows.frame is not None
        column = rows.frame[name]
        assert isinstance(column, pd.Series)
        return column

    def numbers(self, rows: ModelRows, name: str) -> Array:
        """A column of the data as numbers."""
        assert rows.frame is not None
        return frames.numeric(rows.frame[name])

    def alone(self, names: Collection[str]) -> bool:
        """Whether no column and no offset reads one of some variables together with another."""
        return changes.alone(self.spec, names)

    def assigned(self, frame: pd.DataFrame | None, settings: Settings) -> pd.DataFrame | None:
        """The data with variables set to values, each one for all rows or one a row (m,)."""
        assert frame is not None
        columns = {name: changes.constant(frame[name], value, len(frame)) for name, value in settings.items()}
        return changes.assigned(frame, columns)

    def change(self, rows: ModelRows, settings: Settings) -> Change:
        """What setting variables to values makes of the columns that read them."""
        if len(settings) == 1:
            [(name, value)] = settings.items()
            positions = changes.plain(self.spec, name)
            if positions is not None:
                values = np.reshape(np.asarray(value, dtype=np.float64), (-1, 1))
                return Change(positions, positions, np.repeat(values, len(positions), axis=1))
        frame = self.assigned(rows.frame, settings)
        assert frame is not None
        return changes.change(self.spec, frame, settings)

    def own_offset(self, frame: pd.DataFrame | None, names: Collection[str]) -> Array | None:
        """The formula's offset (m,) where it reads one of some variables, else None."""
        assert frame is not None
        return changes.changed_offset(self.spec, frame, names)

    def slope(self, rows: ModelRows, name: str) -> ColumnSubset:
        """Derivatives of the columns that read a numeric variable, and of the formula's offset."""
        assert rows.frame is not None
        return changes.slopes(self.spec, rows.frame, name)

    def average(self, matrix: Matrix, frame: pd.DataFrame | None, weights: Array) -> changes.Average:
        """The average row, by the weights (n,) of the rows: of the variables, not of the columns."""
        assert frame is not None
        return changes.average(self.spec, frame, weights)

    # --- other models in the same rows ----------------------------------------------------------
    @property
    def learned(self) -> bool:
        """Whether columns depend on what the formula learned from rows: means, knots; levels do not count."""
        return any(state and "levels" not in state for state in self.spec.states.values())

    def relearned(self, frame: pd.DataFrame | None, counts: Array | None) -> FormulaColumns:
        """The columns with means, knots and the like learned from these data; levels stay as they are."""
        assert frame is not None
        states = {key: state for key, state in self.spec.states.items() if "levels" in state}
        formula = self.spec.formula
        coding.evaluate_all(formula, coding.columns_of(formula, frame), frame.index, states, counts)
        return FormulaColumns(replace(self.spec, states=states))

    def keeping(self, terms: Sequence[str], rows: DesignRows) -> SmallerModel:
        """The columns of some of the terms in the same rows, built through the formula as R does."""
        if not terms:
            return selected((), rows)
        return self._built(self.spec.keeping(terms), rows)

    def extended(self, terms: Sequence[str], added: Sequence[str], rows: DesignRows) -> SmallerModel:
        """The columns of some of the terms, and of terms typed as in a formula, in the same rows."""
        text = " + ".join([self.spec.keeping(terms).text, *added])
        return self._built(parse(text, self.spec.formula.functions), rows)

    def _built(self, formula: Formula, rows: DesignRows) -> SmallerModel:
        assert rows.frame is not None
        beside = [] if rows.offset is None else [rows.offset]
        built = specs.build(formula, rows.frame, beside, rows.described, people=math.inf)
        return SmallerModel(FormulaColumns(built.spec), built.matrix, built.patterns, built.spec.formula.text)


def of_formula(columns: Columns) -> FormulaColumns:
    """Columns as those of a formula; UnsupportedError where they are others: for tables that are typed as one."""
    if not isinstance(columns, FormulaColumns):
        raise UnsupportedError("the table is made from a formula, and these columns were not")
    return columns


def _variable(spec: Spec, column: pd.Series[Any], name: str) -> Variable:
    coded = [factor for factor in spec.factors if factor.variable == name]
    own = next((factor for factor in coded if _is_whole(spec.formula.expressions[factor.expression])), None)
    numeric = frames.kind(column, name) == "numeric" and not _is_boolean(column)
    if own is not None:
        number = any(e.text != own.expression and name in e.variables for e in spec.formula.expressions.values())
        reference = own.levels[0] if own.reference is None else own.reference
        return Variable(name, "mixed" if numeric and number else "levels", own.levels, reference)
    if not numeric:
        levels = column.cat.categories if isinstance(column.dtype, pd.CategoricalDtype) else sorted(column.unique())
        values = tuple(v for v in levels if (column == v).any())
        return Variable(name, "levels", values, values[0])
    return Variable(name, "mixed" if coded else "number")


def _is_boolean(column: pd.Series[Any]) -> bool:
    if column.dtype == object:
        return pd.api.types.infer_dtype(column) == "boolean"
    return pd.api.types.is_bool_dtype(column.dtype)


def _is_whole(expression: Expression) -> bool:
    """Whether a factor's levels are the values of a column: ``g``, ``C(g)``, ``relevel(g, ...)``."""
    node: ast.expr = expression.tree
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("C", "relevel"):
        node = node.args[0] if node.args else next(k.value for k in node.keywords if k.arg == "x")
    return isinstance(node, ast.Name)
