"""What happens to the columns of a formula when variables of the data change: new values, derivatives, averages.

Only the columns that read a variable are made anew; the answer is those columns and their positions.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.columns.columns import Change, ColumnSubset, Settings
from glmlogit.columns.derivatives import Differentiator
from glmlogit.data import frames
from glmlogit.errors import NotEstimableError
from glmlogit.formula.coding import Coding, Codings, ColumnBlock, evaluated, fill, offset_of, product
from glmlogit.formula.coding import width as width_of
from glmlogit.formula.gate import Expression
from glmlogit.formula.interpret import EvaluationContext
from glmlogit.formula.spec import Spec
from glmlogit.formula.splines import Basis
from glmlogit.formula.transforms import Levels

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]


# --- new values -----------------------------------------------------------------------------------


def change(spec: Spec, frame: pd.DataFrame, names: Collection[str]) -> Change:
    """The columns that read some variables, evaluated on new rows, without columns that are 0 in every row.

    Of a level's indicators these are all but its own.
    """
    blocks = _blocks_of(spec, names)
    values = _values(spec, frame, {f for block in blocks for f, _ in block.factors})
    parts = [_occupied(spec, block, values, names, len(frame)) for block in blocks]
    positions = np.concatenate([np.zeros(0, dtype=np.intp), *(places for places, _ in parts)])
    columns_of = np.concatenate([np.zeros((len(frame), 0)), *(part for _, part in parts)], axis=1)
    return Change(_positions(blocks), positions, columns_of, changed_offset(spec, frame, names))


def plain(spec: Spec, name: str) -> Index | None:
    """Positions of the columns that are a numeric variable itself; None where anything else reads it."""
    blocks = _blocks_of(spec, [name])
    texts = [f for block in blocks for f, _ in block.factors]
    itself = all(isinstance(spec.formula.expressions[f].tree, ast.Name) and spec.codings[f].full is None for f in texts)
    if len(texts) > len(blocks) or not itself or any(_touches(spec, o, [name]) for o in spec.formula.offsets):
        return None
    return _positions(blocks)


def alone(spec: Spec, names: Collection[str]) -> bool:
    """Whether no column or offset reads one of some variables together with another."""
    texts = [f for block in _blocks_of(spec, names) for f, _ in block.factors]
    texts += [text for text in spec.formula.offsets if _touches(spec, text, names)]
    return all(set(spec.formula.expressions[text].variables) <= set(names) for text in texts)


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


def slopes(spec: Spec, frame: pd.DataFrame, name: str) -> ColumnSubset:
    """Derivatives of the columns that read a variable, and of the formula's offset.

    Raises
    ------
    NotEstimableError
        Where an expression has no derivative, or the variable is a factor.
    """
    itself = plain(spec, name)
    if itself is not None:
        return ColumnSubset(itself, np.ones((1, len(itself))))
    products = [block for block in _blocks_of(spec, [name]) if len(block.factors) > 1]
    values = _values(spec, frame, {f for block in products for f, _ in block.factors})
    return _slopes(spec, frame, values, spec.codings, name)


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

    def at(self, settings: Settings) -> Average:
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

    def series(self, name: str) -> pd.Series[Any]:
        """The value (1,) of a variable."""
        column = self.frame[name]
        assert isinstance(column, pd.Series)
        return column


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
