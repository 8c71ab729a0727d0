"""What happens to the columns of a model when variables of the data change: new values, derivatives, averages.

Only the columns that read a variable are made anew; the answer is those columns and their positions.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.data import frames
from glmlogit.errors import NotEstimableError
from glmlogit.formula.coding import Coding, Codings, ColumnBlock, evaluated, fill, offset_of, product
from glmlogit.formula.coding import width as width_of
from glmlogit.formula.columns import Columns
from glmlogit.formula.derivatives import Differentiator
from glmlogit.formula.gate import Expression
from glmlogit.formula.interpret import EvaluationContext
from glmlogit.formula.spec import Spec
from glmlogit.formula.splines import Basis
from glmlogit.formula.transforms import Levels

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]


class Change(NamedTuple):
    """The columns that read some variables (t,), and those of them that are not all 0 when these are set (c,).

    ``values`` are (n, c), or (1, c) where no row differs; ``offset`` is the formula's, where it takes part.
    """

    touched: Index
    positions: Index
    values: Array
    offset: Array | None = None


class ColumnSubset(NamedTuple):
    """Some columns of a matrix: positions (c,), values (n, c), the formula's offset (n,) where it takes part."""

    positions: Index
    values: Array
    offset: Array | None = None
    numerical: tuple[str, ...] = ()  # expressions whose derivative is numerical


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


def variables(columns: Columns, frame: pd.DataFrame | None) -> dict[str, Variable]:
    """The variables of a model, in order of appearance."""
    if not isinstance(columns, Spec):
        used = [name for term in columns.terms if term.order for name in term.variables]
        return {name: Variable(name, "number") for name in used}
    assert frame is not None
    read = {v for b in columns.blocks for text, _ in b.factors for v in columns.formula.expressions[text].variables}
    by_name = {name: _variable(columns, frame[name], name) for name in columns.formula.predictors}
    return {name: variable if name in read else replace(variable, fixed=True) for name, variable in by_name.items()}


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


# --- new values -----------------------------------------------------------------------------------


def changed(columns: Columns, frame: pd.DataFrame, names: Collection[str]) -> ColumnSubset:
    """The columns that read any of some variables, evaluated on new rows."""
    if not isinstance(columns, Spec):
        positions = _positions_of(columns, names)
        return ColumnSubset(positions, frame[[columns.names[j] for j in positions]].to_numpy(dtype=np.float64))
    blocks = _blocks_of(columns, names)
    values = _values(columns, frame, {f for block in blocks for f, _ in block.factors})
    offset = changed_offset(columns, frame, names)
    return ColumnSubset(_positions(blocks), _filled(values, columns.codings, blocks, len(frame)), offset)


def change(columns: Columns, frame: pd.DataFrame, names: Collection[str]) -> Change:
    """As :func:`changed`, without columns that are 0 in every row: of a level's indicators all but its own."""
    if not isinstance(columns, Spec):
        part = changed(columns, frame, names)
        return Change(part.positions, part.positions, part.values)
    blocks = _blocks_of(columns, names)
    values = _values(columns, frame, {f for block in blocks for f, _ in block.factors})
    parts = [_occupied(columns, block, values, names, len(frame)) for block in blocks]
    positions = np.concatenate([np.zeros(0, dtype=np.intp), *(places for places, _ in parts)])
    columns_of = np.concatenate([np.zeros((len(frame), 0)), *(part for _, part in parts)], axis=1)
    return Change(_positions(blocks), positions, columns_of, changed_offset(columns, frame, names))


def alone(columns: Columns, names: Collection[str]) -> bool:
    """Whether no column or offset reads one of some variables together with another."""
    if not isinstance(columns, Spec):
        return True
    texts = [f for block in _blocks_of(columns, names) for f, _ in block.factors]
    texts += [text for text in columns.formula.offsets if _touches(columns, text, names)]
    return all(set(columns.formula.expressions[text].variables) <= set(names) for text in texts)


def _occupied(
    spec: Spec, block: ColumnBlock, values: Mapping[str, Any], names: Collection[str], n: int
) -> tuple[Index, Array]:
    """Columns of a block that are not 0 for the levels that occur, and their positions."""
    codings, occupied = dict(spec.codings), []
    for text, reduced in block.factors:
        value, coding = values[text], spec.codings[text]
        matrix = coding.reduced if reduced else coding.full
        if not isinstance(value, Levels) or not _touches(spec, text, names):
            occupied.append(np.arange(width_of(value, coding, reduced)))
            continue
        assert matrix is not None
        used = (matrix[np.bincount(value.codes, minlength=len(matrix)) > 0] != 0).any(axis=0)
        codings[text] = replace(coding, reduced=matrix[:, used], full=matrix[:, used])
        occupied.append(np.flatnonzero(used))
    widths = [width_of(values[f], spec.codings[f], reduced) for f, reduced in reversed(block.factors)]
    place = np.arange(block.start, block.stop).reshape(widths)
    positions = place[np.ix_(*occupied[::-1])].ravel()  # the first factor varies fastest
    return positions, product(values, codings, block, slice(0, n)) if len(positions) else np.zeros((n, 0))


def changed_offset(spec: Spec, frame: pd.DataFrame, names: Collection[str]) -> Array | None:
    """The formula's offset (n,) where it reads one of the variables, else None."""
    if not any(_touches(spec, text, names) for text in spec.formula.offsets):
        return None
    rows = _rows(spec, frame, spec.formula.offsets)
    return np.asarray(np.sum([offset_of(spec.formula.expressions[o], rows) for o in spec.formula.offsets], axis=0))


def _positions_of(columns: Columns, names: Collection[str]) -> Index:
    positions = [j for term in columns.terms if term.order and set(names) & set(term.variables) for j in term.columns]
    return np.array(positions, dtype=np.intp)


def _blocks_of(spec: Spec, names: Collection[str]) -> list[ColumnBlock]:
    """The blocks of columns that read any of some variables."""
    return [block for block in spec.blocks if any(_touches(spec, f, names) for f, _ in block.factors)]


def _touches(spec: Spec, text: str, names: Collection[str]) -> bool:
    return not set(names).isdisjoint(spec.formula.expressions[text].variables)


def _rows(spec: Spec, frame: pd.DataFrame, texts: Collection[str]) -> EvaluationContext:
    """The columns that some expressions read; taking one out of a frame costs as much as computing with it."""
    read = dict.fromkeys(name for text in texts for name in spec.formula.expressions[text].variables)
    return EvaluationContext({name: frame[name] for name in read}, frame.index, spec.formula.functions, spec.states)


def _values(spec: Spec, frame: pd.DataFrame, texts: Collection[str]) -> dict[str, Any]:
    rows = _rows(spec, frame, texts)
    return {text: evaluated(spec.formula.expressions[text], rows) for text in texts}


def _positions(blocks: list[ColumnBlock]) -> Index:
    return np.array([j for block in blocks for j in range(block.start, block.stop)], dtype=np.intp)


def _filled(values: Mapping[str, Any], codings: Codings, blocks: list[ColumnBlock], n: int) -> Array:
    """Columns (n, c) of some blocks, side by side."""
    packed, width = [], 0
    for block in blocks:
        packed.append(replace(block, start=width, stop=width + block.stop - block.start))
        width = packed[-1].stop
    return fill(values, codings, packed, n, width)


# --- derivatives ----------------------------------------------------------------------------------


def slopes(columns: Columns, frame: pd.DataFrame | None, name: str, n: int) -> ColumnSubset:
    """Derivatives of the columns that read a variable, and of the formula's offset.

    Raises
    ------
    NotEstimableError
        Where an expression has no derivative, or the variable is a factor.
    """
    if not isinstance(columns, Spec):
        positions = _positions_of(columns, [name])
        return ColumnSubset(positions, np.ones((n, len(positions))))
    assert frame is not None
    products = [block for block in _blocks_of(columns, [name]) if len(block.factors) > 1]
    values = _values(columns, frame, {f for block in products for f, _ in block.factors})
    return _slopes(columns, frame, values, columns.codings, name)


def _slopes(spec: Spec, frame: pd.DataFrame, values: Mapping[str, Any], codings: Codings, name: str) -> ColumnSubset:
    """Derivatives where the variables are those of a frame and the other factors of a product have given values."""
    blocks = _blocks_of(spec, [name])
    texts = dict.fromkeys(f for block in blocks for f, _ in block.factors if _touches(spec, f, [name]))
    shifts = [o for o in spec.formula.offsets if _touches(spec, o, [name])]
    with_respect_to = Differentiator(_rows(spec, frame, [*texts, *shifts]), name)
    derived = {}
    for text in texts:
        if spec.codings[text].full is not None:
            raise NotEstimableError(
                f"{name} enters as categories, {text}, which have no derivative; its changes have: "
                f"comparisons({name!r}, contrast=(one, other))"
            )
        derived[text] = with_respect_to.of(spec.formula.expressions[text])
    offsets = [with_respect_to.of(spec.formula.expressions[o]) for o in shifts]
    part = _product_rule(values, derived, codings, blocks, len(frame))
    numerical = tuple(dict.fromkeys(with_respect_to.numerical))
    return ColumnSubset(_positions(blocks), part, sum(offsets) if offsets else None, numerical)


def _product_rule(
    values: Mapping[str, Any],
    derived: Mapping[str, Any],
    codings: Codings,
    blocks: list[ColumnBlock],
    n: int,
) -> Array:
    """Derivatives of products: for each factor that varies, its derivative times the other factors."""
    ends = np.cumsum([0, *(block.stop - block.start for block in blocks)])
    out = np.zeros((n, int(ends[-1])))
    for text, slope in derived.items():
        held = [i for i, block in enumerate(blocks) if text in {f for f, _ in block.factors}]
        full = {**values, text: slope if isinstance(slope, Basis) else np.broadcast_to(slope, n)}
        positions = np.concatenate([np.arange(ends[i], ends[i + 1]) for i in held])
        out[:, positions] += _filled(full, codings, [blocks[i] for i in held], n)
    return out


# --- averages -------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Average:
    """The average row of a design: variables at their means, factors at their proportions (Stata's ``atmeans``)."""

    spec: Spec
    frame: pd.DataFrame  # one row: means of numbers; of the others any value, which nothing reads
    values: Mapping[str, Any]
    codings: Codings

    @property
    def X(self) -> Array:
        """Its columns, (1, p)."""
        return fill(self.values, self.codings, self.spec.blocks, 1, len(self.spec.names))

    @property
    def offset(self) -> float:
        """The formula's offset there."""
        rows = _rows(self.spec, self.frame, self.spec.formula.offsets)
        return float(sum(offset_of(self.spec.formula.expressions[o], rows)[0] for o in self.spec.formula.offsets))

    def at(self, settings: Mapping[str, Any]) -> Average:
        """The same row with some variables set to values."""
        new = {name: constant(self.frame[name], value, 1) for name, value in settings.items()}
        frame = assigned(self.frame, new)
        texts = [text for text in self.values if _touches(self.spec, text, settings)]
        values = {**self.values, **_values(self.spec, frame, texts)}
        codings = {**self.codings, **{text: self.spec.codings[text] for text in texts}}
        return Average(self.spec, frame, values, codings)

    def slope(self, name: str) -> ColumnSubset:
        """Derivatives at the average row."""
        return _slopes(self.spec, self.frame, self.values, self.codings, name)


def average(spec: Spec, frame: pd.DataFrame, weights: Array) -> Average:
    """The average row, by the weights of the rows."""
    share = weights / weights.sum()
    row = {name: _mean(frame[name], share) for name in spec.formula.predictors}
    means = pd.DataFrame({name: [value] for name, value in row.items()})
    values, codings = {}, {}
    for text, coding in spec.codings.items():
        expression = spec.formula.expressions[text]
        values[text], codings[text] = _averaged(spec, expression, coding, frame, means, share)
    return Average(spec, means, values, codings)


def _mean(column: pd.Series[Any], share: Array) -> Any:
    numeric = frames.kind(column, str(column.name)) == "numeric"
    return float(share @ frames.numeric(column)) if numeric else column.iloc[0]


def _averaged(
    spec: Spec, expression: Expression, coding: Coding, frame: pd.DataFrame, means: pd.DataFrame, share: Array
) -> tuple[Any, Coding]:
    text = expression.text
    numeric = all(spec.kinds[name] == "numeric" for name in expression.variables)
    if numeric and coding.full is None:
        return _values(spec, means, [text])[text], coding
    value = _values(spec, frame, [text])[text]
    if isinstance(value, Levels):
        assert coding.full is not None
        assert coding.reduced is not None
        proportions = np.bincount(value.codes, weights=share, minlength=len(value.levels))[None, :]
        mixed = replace(coding, full=proportions @ coding.full, reduced=proportions @ coding.reduced)
        return Levels(np.zeros(1, dtype=np.intp), value.levels), mixed
    if isinstance(value, Basis):
        return replace(value, values=(share @ value.values)[None, :]), coding
    return np.array([share @ value]), coding


def assigned(frame: pd.DataFrame, columns: Mapping[str, pd.Series[Any]]) -> pd.DataFrame:
    """A frame with some columns replaced; ``DataFrame.assign`` cannot replace one called ``self``."""
    out = frame.copy(deep=False)
    for name, column in columns.items():
        out[name] = column
    return out


def constant(like: pd.Series[Any], value: Any, n: int) -> pd.Series[Any]:
    """A column that holds one value, or one a row, as numbers or categories like those of another column."""
    if frames.kind(like, str(like.name)) == "numeric":
        return pd.Series(np.full(n, value, dtype=np.float64))
    if np.ndim(value) == 0:
        return pd.Series(pd.Categorical.from_codes(np.zeros(n, dtype=np.int8), categories=pd.Index([value])))
    return pd.Series(pd.Categorical(value))
