"""Sums over rows of a model: of columns times a number for each row, and of probabilities of events."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from glmlogit.data.held_rows import HeldRows
from glmlogit.data.storage import Coded, Dense, Matrix, Repeated, blocks
from glmlogit.numerics import kernels
from glmlogit.numerics.coded_pass import CodedColumns, cell_events
from glmlogit.numerics.kernels import Observations

Array = npt.NDArray[np.float64]


def event_sums(
    matrix: Matrix,
    beta: Array,
    offset: Array | None,
    weights: Array,
    shifts: Array,
    by: CodedColumns | None = None,
    threads: int | None = None,
) -> Array:
    """``Σ w/(1 + e^−(η + c))`` of the rows of each cell of ``by`` (s, L), or of all (s, 1), for shifts c (s,) of η.

    In one compiled look at the rows, whose linear predictor is ``η = Xβ + offset``.
    """
    X, cells, effects = np.empty((len(weights), 0)), tuple[CodedColumns, ...](), tuple[Array, ...]()
    if isinstance(matrix, Dense):
        X = matrix.array
    elif isinstance(matrix, Coded):
        X, cells = matrix.plain, tuple(group.cells for group in matrix.groups)
        effects, beta = tuple(group.effect(beta) for group in matrix.groups), beta[matrix.places]
    else:
        offset, beta = matrix.times(beta) + (0.0 if offset is None else offset), np.zeros(0)
    if by is not None:
        cells, effects = (*cells, by), (*effects, np.zeros(by.size))
    last = -1 if by is None else len(cells) - 1
    return cell_events(Observations(X, weights, offset=offset), cells, beta, effects, shifts, last, threads=threads)


def column_sums(matrix: Matrix, values: Array) -> Array:
    """``X'v`` (p,) of a number for each row v (n,)."""
    if isinstance(matrix, Repeated):
        return np.asarray(np.bincount(matrix.codes, values, len(matrix.distinct)) @ matrix.distinct)
    if not isinstance(matrix, Coded):
        return np.asarray(values @ matrix.array)
    sums = np.empty(matrix.shape[1])
    sums[matrix.places] = values @ matrix.plain
    for group in matrix.groups:
        codes, size, multiplier = group.cells
        by_cell = np.bincount(codes, values if multiplier is None else values * multiplier, size)
        sums[group.places] = by_cell @ group.table
    return sums


def residuals(rows: HeldRows, beta: Array) -> Array:
    """Events less their expected number (n,) at β, whatever rows weigh."""
    eta = rows.times(beta) if rows.offset is None else rows.times(beta) + rows.offset
    nonevents = (1.0 if rows.trials is None else rows.trials) - rows.y
    for part in blocks(rows.n_rows, 1):
        eta[part] = kernels.row_sums(eta[part], rows.y[part], nonevents[part], value=False).residual
    return eta
