"""Further attempts at a maximum known to exist: slower Newton, a linearised start, continuation in the offset."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from glmlogit.designs.container import INFINITE_ETA, Design
from glmlogit.fitting.control import Control, Status
from glmlogit.fitting.maximum import Columns
from glmlogit.fitting.newton import Solution, newton
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.likelihood.objective import Objective
from glmlogit.numerics.linalg import append_rows

Array = npt.NDArray[np.float64]

# Factor by which rows of a large offset are approached.
NEARER = 1.5


def insisting(
    objective: Objective,
    rows: Design,
    free: Columns,
    control: Control,
    solution: Solution,
    default: Array,
    remade: Callable[[Design], Objective],
) -> Solution:
    """The maximum of an objective that is known to have one, where ``solution`` did not converge.

    Newton's method is tried without its test of divergence from ``default``, then from a linearised start, then along a
    path on which the offset grows to its full size. ``remade`` makes the objective from other rows. Where all attempts
    diverge, the status is SINGULAR.
    """
    if solution.status is Status.DIVERGING:
        solution = newton(objective, default, control, patient=True)
    starts: tuple[Callable[[], Array], ...] = (
        lambda: linearised_start(rows, free),
        lambda: _from_afar(rows, remade, control),
    )
    for start in starts:
        if solution.status is not Status.CONVERGED:
            again = newton(objective, start(), control, patient=True)
            solution = again if again.status is Status.CONVERGED else solution
    if solution.status is Status.DIVERGING:  # a maximum exists: it is the arithmetic that gives out
        solution = replace(solution, status=Status.SINGULAR)
    return solution


def _from_afar(rows: Design, remade: Callable[[Design], Objective], control: Control) -> Array:
    """A start β (p,) by continuation: the maximum of ``T·l(β/T)`` for T from the size of the offset down to 1.

    Saturated rows carry no information to step with, and fewer rows are saturated when T is large. With β = T·b this is
    the likelihood of b where the offset is divided by T. Each maximum starts the search for the next.
    """
    beta, distance = np.zeros(remade(rows).size), max(rows.largest_offset, 1.0)
    while distance > 1.0:
        seen = rows if rows.offset is None else replace(rows, offset=rows.offset / distance)
        found = newton(remade(seen), beta, control, patient=True).beta
        nearer = max(distance / NEARER, 1.0)
        beta = np.where(np.isfinite(found), found, 0.0) * (distance / nearer)
        distance = nearer
    return beta


def linearised_start(rows: Design, free: Columns) -> Array:
    """A start (k,) for the columns ``free``: one step of iterated least squares from probabilities of ¼ and ¾.

    From a start of zero an offset of a thousand leaves every row saturated, and no information to step with.
    """
    scale = BinaryLogit(rows).column_scale()[free]
    root: Array | None = None
    for block in rows.blocks():
        total = block.events + block.nonevents
        offset = np.zeros(len(total)) if block.offset is None else block.offset
        target = np.log((block.events + 0.5 * total) / (block.nonevents + 0.5 * total)) - offset
        effect = np.where(np.abs(offset) < INFINITE_ETA, np.sqrt(total / rows.largest_weight), 0.0)
        columns = np.column_stack([block.X[:, free] * scale, np.where(effect > 0, target, 0.0)])
        root = append_rows(root, columns * effect[:, None])
    assert root is not None
    solved, *_ = np.linalg.lstsq(root[:, :-1], root[:, -1], rcond=None)
    return np.asarray(solved * scale)
