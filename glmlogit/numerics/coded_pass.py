"""Rows some of whose columns are given by integer codes: factors, their interactions, slopes by level.

A set of cells is a block of 0/1 columns (times a numeric column, for slopes) of which each row has at most one that is
not zero. It is never expanded: its part of the linear predictor is looked up, and a row adds to the sums of its cell
alone. With the plain columns x, residual r and weight w of :mod:`glmlogit.numerics.kernels`, the sums over the rows of
a cell are Σ r·m (score), Σ w·m·x (information with the columns) and Σ w·m·m′ (information with the cells of another
set).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import accumulate, combinations_with_replacement, pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.numerics import kernels
from glmlogit.numerics.blocks import block_rows
from glmlogit.numerics.kernels import Observations

Array = npt.NDArray[np.float64]

# Sets of cells that the compiled pass takes.
MOST_CELLS: int = kernels._rowpass.MOST_CELLS if kernels.COMPILED else 0
# Doubles of all segments' sums together, where two segments do not need more.
_ROOM = 1 << 23
_MOST_CODED_SEGMENTS, _LEAST_CODED_ROWS = 64, 1 << 15
# Rows from which there are two segments, whatever they cost.
_WORTH_TWO = 8192
# Terms of one sum of a table at most; rows of which a segment has a multiple: whole tiles.
_MOST_SUMMED, _WHOLE = 1 << 16, 256
_MOST_CODES = 2**31 - 1


class CodedColumns(NamedTuple):
    """Columns by code: a row has the values ``table[code]`` (times ``multiplier``); the pass needs only the code.

    ``codes`` (n,) are 0, …, ``size`` − 1; ``multiplier`` (n,) is a numeric column that the cells multiply.
    """

    codes: npt.NDArray[np.int32]
    size: int
    multiplier: Array | None = None

    def look_up(self, values: Array, part: slice, out: Array) -> None:
        """Write the column whose values in the cells are ``values`` (L,), of neighbouring rows, to ``out`` (m,)."""
        np.take(values, self.codes[part], out=out, mode="clip")
        if self.multiplier is not None:
            out *= self.multiplier[part]


class CellSums(NamedTuple):
    """Log-likelihood, score and information of plain columns (d) and of sets of cells g of size L_g.

    ``score`` (d,) and ``information`` (d, d) are those of the plain columns; ``cell_scores[g]`` (L_g,) that of the
    cells; ``with_columns[g]`` (L_g, d) and ``products[g, h]`` (L_g, L_h), g ≤ h, the information that they share with
    the columns and with each other: of sets with the very same array of codes only its diagonal (L_g,), the rest is
    zero. Where the information was not asked for, (0, 0) and empty.
    """

    llf: float
    score: Array
    information: Array
    cell_scores: tuple[Array, ...]
    with_columns: tuple[Array, ...]
    products: dict[tuple[int, int], Array]


def cell_pass(
    rows: Observations,
    cells: tuple[CodedColumns, ...],
    beta: Array,
    effects: tuple[Array, ...],
    *,
    information: bool = True,
    threads: int | None = None,
) -> CellSums:
    """Log-likelihood, score and information in one pass over rows of columns and codes.

    The linear predictor is ``X beta + Σ effects[g][codes of g] · multiplier of g + offset``. Compiled where the
    extension was built; :func:`cell_pass_numpy` is its twin. The result is the same bit for bit with any number of
    threads and any order of X. Malformed arguments, a code that is not that of a cell among them, are a ValueError.
    """
    rows, cells, beta, effects = _checked(rows, cells, beta, effects)
    n, d = rows.X.shape
    shared = _shared(cells)
    shapes = _shapes(d, cells, shared, information)
    if not kernels.COMPILED or d > kernels.WIDEST_COMPILED or len(cells) > MOST_CELLS:
        return _pass_numpy(rows, cells, beta, effects, information=information)
    sets = tuple((c.codes, c.size, c.multiplier, e, s) for c, e, s in zip(cells, effects, shared, strict=True))
    length = 1 + sum(map(math.prod, shapes))
    size = segment_rows(n, length)
    sums = np.empty((-(-n // size), length))

    def segment(k: int) -> None:
        first, stop = k * size, min(n, (k + 1) * size)
        kernels._rowpass.accumulate_cells(*rows, beta, sets, sums[k], first, stop, information)

    kernels.share(segment, len(sums), kernels.threads_for(n, d + 4 * len(cells), threads))
    total = sums[0] if len(sums) == 1 else sums.sum(axis=0)
    return _named(math.fsum(sums[:, 0]), _split(total[1:], shapes), len(cells))


def cell_pass_numpy(
    rows: Observations,
    cells: tuple[CodedColumns, ...],
    beta: Array,
    effects: tuple[Array, ...],
    *,
    information: bool = True,
) -> CellSums:
    """The NumPy twin of the compiled pass, block by block."""
    return _pass_numpy(*_checked(rows, cells, beta, effects), information=information)


def cell_events(
    rows: Observations,
    cells: tuple[CodedColumns, ...],
    beta: Array,
    effects: tuple[Array, ...],
    shifts: Array,
    by: int = -1,
    *,
    threads: int | None = None,
) -> Array:
    """Sums of weights, the ``events`` of rows, times probabilities where the predictor is raised by each shift (s,).

    The linear predictor is that of :func:`cell_pass`. Sums (s, L) are by the cells of set ``by``, or (s, 1) of all.
    Compiled where the extension was built; :func:`cell_events_numpy` is its twin.
    """
    rows, cells, beta, effects = _checked(rows, cells, beta, effects)
    n, d = rows.X.shape
    if not kernels.COMPILED or d > kernels.WIDEST_COMPILED or len(cells) > MOST_CELLS:
        return cell_events_numpy(rows, cells, beta, effects, shifts, by)
    sets = tuple((c.codes, c.size, c.multiplier, e, s) for c, e, s in zip(cells, effects, _shared(cells), strict=True))
    width = cells[by].size if by >= 0 else 1
    size = segment_rows(n, 1 + len(shifts) * width)
    sums = np.empty((-(-n // size), len(shifts), width))

    def segment(k: int) -> None:
        first, stop = k * size, min(n, (k + 1) * size)
        kernels._rowpass.accumulate_events(*rows, beta, sets, shifts, by, sums[k], first, stop)

    kernels.share(segment, len(sums), kernels.threads_for(n, d + 4 * len(cells), threads))
    return np.asarray(sums.sum(axis=0))


def cell_events_numpy(
    rows: Observations, cells: tuple[CodedColumns, ...], beta: Array, effects: tuple[Array, ...], shifts: Array, by: int
) -> Array:
    """The NumPy twin."""
    predictor = rows.X @ beta + _offset(rows, cells, effects)
    codes, size = (cells[by].codes, cells[by].size) if by >= 0 else (np.zeros(len(predictor), dtype=np.int32), 1)
    return np.array([_by_cell(codes, rows.events * kernels.tails(predictor + c)[0], size) for c in shifts])


def segment_rows(n: int, length: int) -> int:
    """Rows summed by one thread at a stretch, by the number of sums: few segments where these are many."""
    most = min(_MOST_CODED_SEGMENTS, _ROOM // length, n // max(_LEAST_CODED_ROWS, length))
    count = max(most, 2 if n >= _WORTH_TWO else 1)
    return max(1, -(-n // (count * _WHOLE))) * _WHOLE


def _pass_numpy(
    rows: Observations, cells: tuple[CodedColumns, ...], beta: Array, effects: tuple[Array, ...], *, information: bool
) -> CellSums:
    if any(len(c.codes) and not 0 <= c.codes.min() <= c.codes.max() < c.size for c in cells):
        raise ValueError("a code is not that of a cell")
    n, d = rows.X.shape
    shared = _shared(cells)
    sums = [np.zeros(shape) for shape in _shapes(d, cells, shared, information)]
    rows = rows._replace(offset=_offset(rows, cells, effects))
    llf: list[float] = []
    size = max(block_rows(d), min(sum(s.size for s in sums), _MOST_SUMMED))
    for start in range(0, n, size):
        part = slice(start, start + size)
        X, eta, events, nonevents = kernels.row_block(rows, part, beta)
        block_llf, residual, weight = kernels.row_sums(eta, events, nonevents)
        llf.append(block_llf)
        block = [_part(c, part) for c in cells]
        for to, more in zip(sums, _block_sums(X, residual, weight, block, shared, information), strict=True):
            to += more
    return _named(math.fsum(llf), sums, len(cells))


def _offset(rows: Observations, cells: tuple[CodedColumns, ...], effects: tuple[Array, ...]) -> Array:
    """What cells and offset give to the linear predictor."""
    predictor = np.zeros(len(rows.X)) if rows.offset is None else rows.offset.copy()
    for c, effect in zip(cells, effects, strict=True):
        predictor += _times(effect[c.codes], c.multiplier)
    return predictor


def _part(cells: CodedColumns, part: slice) -> CodedColumns:
    return CodedColumns(cells.codes[part], cells.size, None if cells.multiplier is None else cells.multiplier[part])


def _times(values: Array, multiplier: Array | None) -> Array:
    return values if multiplier is None else values * multiplier


def _block_sums(
    X: Array, residual: Array, weight: Array, cells: list[CodedColumns], shared: tuple[int, ...], information: bool
) -> Iterator[Array]:
    """Sums of a block of rows, in the order of :func:`_shapes`."""
    root = X * np.sqrt(weight)[:, None]
    yield residual @ X
    yield root.T @ root if information else np.zeros((0, 0))
    for c in cells:
        yield _by_cell(c.codes, _times(residual, c.multiplier), c.size)
    if not information:
        return
    weights = [_times(weight, c.multiplier) for c in cells]
    for c, w in zip(cells, weights, strict=True):
        yield _with_columns(c, w, X)
    for g, h in _pairs(len(cells)):
        yield _product(cells[g], cells[h], _times(weights[g], cells[h].multiplier), shared[g] == shared[h])


def _by_cell(codes: npt.NDArray[np.integer[Any]], values: Array, size: int) -> Array:
    return np.asarray(np.bincount(codes, values, size), dtype=np.float64)


def _with_columns(cells: CodedColumns, weight: Array, X: Array) -> Array:
    sums = np.zeros((cells.size, X.shape[1]))
    for j, x in enumerate(X.T):
        sums[:, j] = _by_cell(cells.codes, weight * x, cells.size)
    return sums


def _product(first: CodedColumns, second: CodedColumns, terms: Array, diagonal: bool) -> Array:
    if diagonal:
        return _by_cell(first.codes, terms, first.size)
    codes = first.codes.astype(np.intp) * second.size + second.codes
    return _by_cell(codes, terms, first.size * second.size).reshape(first.size, second.size)


def _pairs(count: int) -> list[tuple[int, int]]:
    """Sets g ≤ h."""
    return list(combinations_with_replacement(range(count), 2))


def _shared(cells: tuple[CodedColumns, ...]) -> tuple[int, ...]:
    """The first set that has the very same codes."""
    return tuple(next(h for h, former in enumerate(cells) if former.codes is c.codes) for c in cells)


def _shapes(
    d: int, cells: tuple[CodedColumns, ...], shared: tuple[int, ...], information: bool
) -> list[tuple[int, ...]]:
    """Score, information, scores by cell, with columns, products: the order in which the compiled pass has its sums."""
    scores: list[tuple[int, ...]] = [(c.size,) for c in cells]
    if not information:
        return [(d,), (0, 0), *scores]
    products = [
        (cells[g].size,) if shared[g] == shared[h] else (cells[g].size, cells[h].size) for g, h in _pairs(len(cells))
    ]
    if any(math.prod(shape) > _MOST_CODES for shape in products):
        raise ValueError("two sets of cells have more products than codes can number")
    return [(d,), (d, d), *scores, *((c.size, d) for c in cells), *products]


def _split(total: Array, shapes: list[tuple[int, ...]]) -> list[Array]:
    """One vector as arrays of these shapes."""
    ends = accumulate(map(math.prod, shapes), initial=0)
    return [total[a:b].reshape(shape) for (a, b), shape in zip(pairwise(ends), shapes, strict=True)]


def _named(llf: float, sums: list[Array], count: int) -> CellSums:
    """Sums in the order of :func:`_shapes`."""
    score, information, *by_cell = sums
    products = dict(zip(_pairs(count), by_cell[2 * count :], strict=False))
    return CellSums(llf, score, information, tuple(by_cell[:count]), tuple(by_cell[count : 2 * count]), products)


def _checked(
    rows: Observations, cells: tuple[CodedColumns, ...], beta: Array, effects: tuple[Array, ...]
) -> tuple[Observations, tuple[CodedColumns, ...], Array, tuple[Array, ...]]:
    """Arrays that C can read; one array of codes stays one array."""
    rows, beta, _ = kernels.checked_rows(rows, beta, None)
    if len(cells) != len(effects):
        raise ValueError(f"{len(cells)} sets of cells, but {len(effects)} vectors of effects")
    n = len(rows.X)
    plain = {id(c.codes): _checked_codes(c.codes, n) for c in cells}
    sizes = {(id(c.codes), c.size) for c in cells}
    if len(sizes) > len(plain) or any(not 0 <= c.size <= _MOST_CODES for c in cells):
        raise ValueError("sizes of cells are negative, too large, or two for the same codes")
    checked = tuple(
        CodedColumns(plain[id(c.codes)], c.size, None if c.multiplier is None else kernels.doubles(c.multiplier, n))
        for c in cells
    )
    return rows, checked, beta, tuple(kernels.doubles(e, c.size) for e, c in zip(effects, cells, strict=True))


def _checked_codes(codes: npt.NDArray[np.int32], n: int) -> npt.NDArray[np.int32]:
    if codes.dtype != np.int32 or codes.shape != (n,):
        raise ValueError(f"codes are {codes.dtype} of shape {codes.shape}, not int32 of shape ({n},)")
    return np.require(codes, np.int32, ["C_CONTIGUOUS", "ALIGNED"])
