"""Which form a model matrix takes: a row for each covariate pattern, codes of cells, or numbers."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.data import patterns
from glmlogit.data.patterns import Patterns
from glmlogit.data.storage import Coded, Dense, Group, Matrix, Repeated
from glmlogit.data.storage import blocks as row_blocks
from glmlogit.formula.coding import Codings, ColumnBlock, fill, product, width
from glmlogit.formula.splines import Basis
from glmlogit.formula.transforms import Levels
from glmlogit.numerics.coded_pass import CodedColumns

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]

# Cells of X from which columns by code pay, and columns that a group needs for it.
LEAST_CELLS, LEAST_CODED_COLUMNS = 1 << 18, 3
# Cells that a group of r columns may have beside 4 r, and products with numbers that a factor may take part in.
_SPARE_CELLS, _MOST_MULTIPLIERS = 64, 4
# Beyond these sizes columns are scaled, which needs them as numbers.
_SMALLEST, _LARGEST = 2.0**-100, 2.0**100


def matrix_of(
    values: Mapping[str, Any],
    codings: Codings,
    blocks: Sequence[ColumnBlock],
    shape: tuple[int, int],
    beside: Sequence[Array] = (),
) -> tuple[Matrix, Patterns | None]:
    """The columns of a model; ``beside`` are further vectors that rows of one pattern must share, such as an offset."""
    n, p = shape
    repeats = None
    if n >= patterns.LEAST_ROWS:
        repeats = patterns.find([*itertools.chain.from_iterable(map(_variables, values.values())), *beside])
    if repeats is not None:
        of_patterns = {text: _at(value, repeats.rows) for text, value in values.items()}
        return Repeated(fill(of_patterns, codings, blocks, len(repeats.rows), p), repeats.codes), repeats
    coded = _coded(values, codings, blocks, n) if n * p >= LEAST_CELLS else None
    return coded or Dense(fill(values, codings, blocks, n, p)), None


def _variables(value: Any) -> Iterator[patterns.CodedVariable | Array]:
    if isinstance(value, Levels):
        yield patterns.CodedVariable(value.codes, len(value.levels))
    elif isinstance(value, Basis):
        yield from value.values.T
    else:
        yield value


def _at(value: Any, rows: npt.NDArray[np.int32]) -> Any:
    if isinstance(value, Levels):
        return replace(value, codes=value.codes[rows])
    return replace(value, values=value.values[rows]) if isinstance(value, Basis) else value[rows]


class _Part(NamedTuple):
    """Columns of a block that share a multiplier: the numeric factors and which of their columns they are taken by."""

    block: ColumnBlock
    factors: tuple[str, ...]
    numbers: tuple[tuple[str, int], ...]
    columns: Index  # within the block


def _coded(values: Mapping[str, Any], codings: Codings, blocks: Sequence[ColumnBlock], n: int) -> Coded | None:
    """Groups of columns by code, and the rest as numbers; None where no factor has columns enough."""
    parts = [part for block in blocks for part in _parts(values, codings, block)]
    groups = []
    for group in _gathered(parts):
        if group[0].factors and sum(len(part.columns) for part in group) >= LEAST_CODED_COLUMNS:
            groups.append(_group(values, codings, group))
            parts = [part for part in parts if not any(part is grouped for grouped in group)]
    if not groups:
        return None
    places = np.concatenate([part.block.start + part.columns for part in parts] or [np.zeros(0, dtype=np.intp)])
    matrix = Coded(_numbers(values, codings, parts, (n, len(places))), places, tuple(groups))
    sizes = matrix.largest()
    return matrix if ((sizes > _SMALLEST) & (sizes < _LARGEST) | (sizes == 0)).all() else None


def _numbers(values: Mapping[str, Any], codings: Codings, parts: Sequence[_Part], shape: tuple[int, int]) -> Array:
    """The columns (n, c) of parts side by side, each column in one piece of memory."""
    X, start = np.empty(shape, order="F"), 0
    for part in parts:
        count = len(part.columns)
        for rows in row_blocks(shape[0], part.block.stop - part.block.start):
            X[rows, start : start + count] = product(values, codings, part.block, rows)[:, part.columns]
        start += count
    return X


def _parts(values: Mapping[str, Any], codings: Codings, block: ColumnBlock) -> Iterator[_Part]:
    """A block whole where it has no factor (or one of too many cells), else a part for each product of numbers."""
    factors = tuple(f for f, _ in block.factors if isinstance(values[f], Levels))
    count = block.stop - block.start
    widths = [width(values[f], codings[f], reduced) for f, reduced in block.factors]
    numeric = [k for k, (f, _) in enumerate(block.factors) if f not in factors]
    multipliers = math.prod(widths[k] for k in numeric)
    cells = math.prod(len(values[f].levels) for f in factors)
    if not factors or multipliers > _MOST_MULTIPLIERS or cells > 4 * (count // multipliers) + _SPARE_CELLS:
        yield _Part(block, (), (), np.arange(count))
        return
    place = np.arange(count).reshape(widths[::-1])  # the first factor varies fastest
    for chosen in itertools.product(*(range(widths[k]) for k in numeric)):
        slot: list[Any] = [slice(None)] * len(widths)
        for k, j in zip(numeric, chosen, strict=True):
            slot[len(widths) - 1 - k] = j
        numbers = []
        for k, j in zip(numeric, chosen, strict=True):
            f, reduced = block.factors[k]
            numbers.append((f, j + (reduced and isinstance(values[f], Basis))))
        yield _Part(block, factors, tuple(numbers), place[tuple(slot)].ravel())


def _gathered(parts: Sequence[_Part]) -> list[list[_Part]]:
    """Parts of the same multiplier together, each with one whose factors include its own."""
    gathered: list[list[_Part]] = []
    for part in sorted(parts, key=lambda part: -len(part.factors)):
        for group in gathered:
            if part.factors and part.numbers == group[0].numbers and set(part.factors) <= set(group[0].factors):
                group.append(part)
                break
        else:
            gathered.append([part])
    return gathered


def _group(values: Mapping[str, Any], codings: Codings, parts: Sequence[_Part]) -> Group:
    """Parts of one group as a table of the cells of the factors of the first."""
    factors = parts[0].factors
    sizes = [len(values[f].levels) for f in factors]
    size = math.prod(sizes)
    digits = np.unravel_index(np.arange(size), sizes)
    cells = {f: replace(values[f], codes=codes) for f, codes in zip(factors, digits, strict=True)}
    tables = []
    for part in parts:
        only = replace(part.block, factors=tuple((f, r) for f, r in part.block.factors if f in part.factors))
        tables.append(product(cells, codings, only, slice(0, size)))
    codes = patterns.numbered(
        [patterns.CodedVariable(values[f].codes, levels) for f, levels in zip(factors, sizes, strict=True)]
    )
    places = np.concatenate([part.block.start + part.columns for part in parts])
    table = tables[0] if len(tables) == 1 else np.hstack(tables)
    return Group(CodedColumns(codes, size, _multiplier(values, parts[0].numbers)), table, places)


def _multiplier(values: Mapping[str, Any], numbers: Sequence[tuple[str, int]]) -> Array | None:
    """Product (n,) of numeric columns."""
    product: Array | None = None
    for f, j in numbers:
        value = values[f]
        column = value.values[:, j] if isinstance(value, Basis) else value
        product = np.array(column) if product is None else product * column
    return product
