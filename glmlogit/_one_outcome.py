"""Levels of factors in which only one outcome occurs: the commonest separation where factors have many levels.

Raising the effect of such a level, and nothing else, raises the likelihood for ever. Where columns go by code these
directions are read off the tables, without a linear program over all rows. That there are no others is for the caller
to prove: by the score equations of the rows that are left.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from glmlogit._faces import Face
from glmlogit._rational import Integers, primitive
from glmlogit._recession import Recession, floats
from glmlogit.designs import Design
from glmlogit.matrices import Coded, Group
from glmlogit.patterns import sums

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_METHOD = "levels with one outcome only"


def levels_of_one_outcome(design: Design) -> Recession | None:
    """The cone of the directions that raise one such level each; None where there is none, or it is not that simple."""
    matrix = design.matrix
    if not isinstance(matrix, Coded):
        return None
    directions: list[Integers] = []
    members: list[Bools] = []
    for group in matrix.groups:
        if group.cells.multiplier is None:
            cells = _cells(design, group)
            found = _directions(design, matrix, group, [cell for cell, _ in cells])
            if found is None:
                return None
            directions += [sign * direction for (_, sign), direction in zip(cells, found, strict=True)]
            members += [group.cells.codes == cell for cell, _ in cells]
    if not directions:
        return None
    times = np.sum(members, axis=0)
    if not all((times[member] == 1).any() for member in members):  # each level needs rows that no other raises
        return None
    return _recession(np.column_stack(directions), times > 0)


def _cells(design: Design, group: Group) -> list[tuple[int, int]]:
    """Cells with events only (1) or with non-events only (−1)."""
    codes, size = group.cells.codes, group.cells.size
    others = (1.0 if design.trials is None else design.trials) - design.y
    events, nonevents = (sums(codes, np.asarray(counts > 0, dtype=np.float64), size) for counts in (design.y, others))
    return [(int(c), 1 if events[c] else -1) for c in np.flatnonzero((events > 0) != (nonevents > 0))]


def _directions(design: Design, matrix: Coded, group: Group, cells: list[int]) -> list[Integers] | None:
    """Whole coefficients (p,) that change the linear predictor in one cell alone, of each; None where some has none."""
    if not cells:
        return []
    constants = [j for j in design.constants if j in matrix.places]
    table = np.column_stack([*(np.ones(group.cells.size) for _ in constants), group.table])
    target = np.zeros((len(table), len(cells)))
    target[cells, np.arange(len(cells))] = len(table)  # contrasts that sum to zero divide by the number of levels
    found, *_ = np.linalg.lstsq(table, target, rcond=None)
    whole = np.rint(found)
    if not np.array_equal(table @ whole, target) or any(matrix.rows(slice(1))[0, j] != 1.0 for j in constants):
        return None
    places, directions = [*constants, *group.places.tolist()], []
    for column in whole.T:
        direction = np.zeros(matrix.shape[1], dtype=object)
        direction[places] = [int(x) for x in column]
        directions.append(primitive(direction))
    return directions


def _recession(rays: Integers, separated: Bools) -> Recession | None:
    """The cone of all sums of the rays with positive weights."""
    found = _diagonal(rays)
    if found is None:
        return None
    (basis, slots), direction, whole = found, rays.sum(axis=1), np.zeros(len(rays), dtype=np.int64)
    return Recession(
        kind="complete" if separated.all() else "quasi",
        states=tuple(_state(row) for row in rays),
        separated=separated,
        direction=floats(direction, whole),
        basis=np.column_stack([floats(ray, whole) for ray in rays.T]),
        method=_METHOD,
        n_lp=0,
        _face=Face(basis, slots, direction, _METHOD),
        _exponent=whole,
    )


def _state(row: Integers) -> str:
    """Where the coefficient goes in sums of the rays."""
    up, down = any(x > 0 for x in row), any(x < 0 for x in row)
    return "indeterminate" if up and down else "+inf" if up else "-inf" if down else "finite"


def _diagonal(rays: Integers) -> tuple[Integers, npt.NDArray[np.intp]] | None:
    """A basis of the span of the rays that is diagonal in some rows; None where they depend on each other."""
    basis, slots = rays.copy(), []
    for j in range(basis.shape[1]):
        entries = [i for i in np.flatnonzero(basis[:, j]) if i not in slots]
        if not entries:
            return None
        slot = max(entries)
        slots.append(slot)
        for k in range(basis.shape[1]):
            if k != j and basis[slot, k]:
                basis[:, k] = primitive(basis[:, k] * basis[slot, j] - basis[:, j] * basis[slot, k])
    return basis, np.array(slots, dtype=np.intp)
