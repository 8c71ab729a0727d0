"""Levels of factors in which only one outcome occurs: the commonest separation where factors have many levels.

Raising the effect of such a level, and nothing else, raises the likelihood for ever. These directions are read off the
columns, without a linear program over all rows. That there are no others is for the caller to prove: by the score
equations of the rows that are left.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.data.patterns import sums
from glmlogit.data.rows import Rows
from glmlogit.data.storage import Coded, Matrix
from glmlogit.separability.faces import Face
from glmlogit.separability.recession import Recession, floats
from glmlogit.separability.states import CoefficientState, state_of

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Index = npt.NDArray[np.intp]
Whole = npt.NDArray[np.int64]

_METHOD = "levels with one outcome only"
# Entries that elimination keeps exact as 64-bit integers.
_LARGEST = 1 << 30


class _Factor(NamedTuple):
    """Columns that are a table (L, r) of the codes (n,) of the rows, and their places in the model matrix (r,)."""

    codes: npt.NDArray[np.integer]
    table: Array
    places: Index


class _Rays(NamedTuple):
    """Directions (p, k) in integers that lower no row, and which of them raises each row (n,), −1 for none."""

    directions: Whole
    raises: npt.NDArray[np.intp]


def levels_of_one_outcome(rows: Rows) -> Recession | None:
    """The recession cone whose directions each raise the rows of one level with a single outcome.

    None where there is no such level, or a level's direction has no rows of its own.
    """
    ray_sets = _rays(rows)
    if not ray_sets:
        return None
    times = np.sum([rays.raises >= 0 for rays in ray_sets], axis=0)
    for rays in ray_sets:  # each needs rows that no other raises
        own = rays.raises[(rays.raises >= 0) & (times == 1)]
        if np.bincount(own, minlength=rays.directions.shape[1]).min() == 0:
            return None
    return _recession(np.column_stack([rays.directions for rays in ray_sets]), times > 0)


def _rays(rows: Rows) -> list[_Rays]:
    """Directions of columns and of factor levels with one outcome; empty if a level has no direction in integers."""
    factors = list(_factors(rows))
    ray_sets = list(
        _pure_columns(rows, np.setdiff1d(np.arange(rows.n_columns), [j for f in factors for j in f.places]))
    )
    for factor in factors:
        cells, signs = _cells(rows, factor)
        if len(cells):
            directions = _directions(rows, factor, cells)
            if directions is None:
                return []
            place = np.full(len(factor.table), -1, dtype=np.intp)
            place[cells] = np.arange(len(cells))
            ray_sets.append(_Rays(directions * signs, place[factor.codes]))
    return ray_sets


def _factors(rows: Rows) -> Iterator[_Factor]:
    """Columns held by codes, and terms of several columns that have few distinct rows, as tables of codes."""
    matrix = _matrix(rows)
    if isinstance(matrix, Coded):
        for group in matrix.groups:
            if group.cells.multiplier is None:
                yield _Factor(group.cells.codes, group.table, group.places)
        return
    for places in rows.factors:
        table, codes = np.unique(rows.written(places), axis=0, return_inverse=True)
        if len(table) <= len(places) + 1:
            yield _Factor(codes.reshape(-1), table, places)


def _matrix(rows: Rows) -> Matrix | None:
    return None if rows.memory is None else rows.memory.matrix


def _pure_columns(rows: Rows, places: Index) -> Iterator[_Rays]:
    """Columns that raise or lower the predictor only of rows with the outcome it then favours."""
    matrix = _matrix(rows)
    if isinstance(matrix, Coded):
        places = np.intersect1d(places, matrix.places)
    least, most = np.zeros(len(places)), np.zeros(len(places))  # of the signed rows
    for X, events, nonevents in _looked_at(rows, places):
        for signed in (X[events], -X[nonevents]):
            least = np.minimum(least, signed.min(axis=0, initial=0.0))
            most = np.maximum(most, signed.max(axis=0, initial=0.0))
    for k in np.flatnonzero((least >= 0) != (most <= 0)):
        direction = np.zeros((rows.n_columns, 1), dtype=np.int64)
        direction[places[k]] = 1 if least[k] >= 0 else -1
        yield _Rays(direction, np.where(rows.written(places[[k]])[:, 0] != 0, 0, -1))


def _looked_at(rows: Rows, places: Index) -> Iterator[tuple[Array, Bools, Bools]]:
    """Columns (m, k), events and non-events of blocks of rows; only these columns where others are known by code."""
    if isinstance(_matrix(rows), Coded) and rows.limit is None:
        if len(places):
            yield rows.written(places), *rows.outcomes()
        return
    for block in rows.blocks():
        yield block.X[:, places], block.events > 0, block.nonevents > 0


def _cells(rows: Rows, factor: _Factor) -> tuple[Index, npt.NDArray[np.int64]]:
    """Cells with events only (1) or with non-events only (−1)."""
    events, nonevents = (
        sums(factor.codes, np.asarray(happened, dtype=np.float64), len(factor.table)) for happened in rows.outcomes()
    )
    cells = np.flatnonzero((events > 0) != (nonevents > 0))
    return cells, np.where(events[cells] > 0, 1, -1)


def _directions(rows: Rows, factor: _Factor, cells: Index) -> Whole | None:
    """Whole coefficients (p, k) that change the linear predictor in one cell alone; None where a cell has none."""
    constants = [j for j in rows.constants if j not in factor.places]
    if any(rows.at(slice(1))[0, j] != 1.0 for j in constants):
        return None
    own = _indicators(factor.table, len(constants), cells)
    solution = _solved(np.column_stack([*(np.ones(len(factor.table)) for _ in constants), factor.table]), cells, own)
    if solution is None:
        return None
    directions = np.zeros((rows.n_columns, len(cells)), dtype=np.int64)
    directions[[*constants, *factor.places.tolist()]] = solution
    return directions


def _indicators(table: Array, constants: int, cells: Index) -> Array | None:
    """Coefficients (constants + r, k) that change one cell each, for indicator columns with at most one reference cell.

    None for any other coding.
    """
    own = table != 0
    count = own.sum(axis=1)
    single = (count <= 1).all() and (own.sum(axis=0) == 1).all() and (table[own] == 1).all()
    if not (single and constants == 1 and (count == 0).sum() <= 1):
        return None
    coefficients = np.zeros((1 + table.shape[1], len(cells)))
    coefficients[1:] = own[cells].T
    rest = np.flatnonzero(count[cells] == 0)
    coefficients[0, rest], coefficients[1:, rest] = 1.0, -1.0
    return coefficients


def _solved(table: Array, cells: Index, indicators: Array | None) -> Whole | None:
    """Whole coefficients, without a common divisor, that change one cell upwards and no other; None without."""
    if indicators is not None:
        return indicators.astype(np.int64)
    target = np.zeros((len(table), len(cells)))
    target[cells, np.arange(len(cells))] = len(table)  # contrasts that sum to zero divide by the number of levels
    solution, *_ = np.linalg.lstsq(table, target, rcond=None)
    rounded = np.rint(solution)
    if not np.array_equal(table @ rounded, target):
        return None
    integers = rounded.astype(np.int64)
    return np.asarray(integers // np.gcd.reduce(integers, axis=0))


def _recession(rays: Whole, separated: Bools) -> Recession | None:
    """The cone of all sums of the rays with positive weights."""
    face = _diagonal(rays)
    if face is None:
        return None
    (basis, slots), direction, exponent = face, rays.sum(axis=1).astype(object), np.zeros(len(rays), dtype=np.int64)
    return Recession(
        kind="complete" if separated.all() else "quasi",
        states=_states(rays),
        separated=separated,
        direction=floats(direction, exponent),
        basis=basis / np.abs(basis).max(axis=0),
        method=_METHOD,
        n_lp=0,
        _face=Face(basis.astype(object), slots, direction, _METHOD),
        _exponent=exponent,
    )


def _states(rays: Whole) -> tuple[CoefficientState, ...]:
    """Where each coefficient goes in sums of the rays."""
    up, down = (np.asarray(part.any(axis=1)).tolist() for part in (rays > 0, rays < 0))
    return tuple(state_of(u - d) if u or d else CoefficientState.FINITE for u, d in zip(up, down, strict=True))


def _diagonal(rays: Whole) -> tuple[Whole, Index] | None:
    """A basis of the span of the rays that is diagonal in some rows; None where they depend on each other."""
    basis, slots = rays.copy(), np.full(rays.shape[1], -1, dtype=np.intp)
    free = np.ones(len(rays), dtype=bool)
    for j in np.argsort((rays != 0).sum(axis=0), kind="stable"):  # those with a row of their own first
        entries = np.flatnonzero((basis[:, j] != 0) & free)
        if not len(entries):
            return None
        slot = slots[j] = entries[-1]
        free[slot] = False
        others = np.flatnonzero(basis[slot])
        others = others[others != j]
        if len(others):
            basis[:, others] = basis[:, others] * basis[slot, j] - np.outer(basis[:, j], basis[slot, others])
            basis[:, others] //= np.gcd.reduce(basis[:, others], axis=0)
            if np.abs(basis[:, others]).max() > _LARGEST:  # products might leave 64 bits
                return None
    return basis, slots
