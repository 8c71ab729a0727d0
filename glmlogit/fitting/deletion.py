"""The maximum without each of the rows, by Newton's method from one step: a pass or three over the rows for each."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.linalg import lapack

from glmlogit.messages.progress import shown
from glmlogit.numerics.blocks import block_rows
from glmlogit.numerics.kernels import CheckedRows, Observations, checked_pass, tails

Array = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]

# Steps after which an iteration is left to the general search for a maximum, which proves separation.
MOST_STEPS = 15
# A step that changes no linear predictor by more than this leaves the determinant of the information as it is.
SAME_INFORMATION = 1e-12
# Changes of predictors up to which the second-order start is nearer than the first-order one.
SECOND_ORDER = 0.5
# A share of a case's own variance beyond which one step says nothing.
ALL_BUT_ONE = 1.0 - 1e-10


class Removed(NamedTuple):
    """Cases (c,): the row each is in, and the events and non-events that are taken out of it."""

    rows: Positions
    events: Array
    nonevents: Array


class Deletions(NamedTuple):
    """What the maximum is without each case (c,), in the coordinates of the rows.

    ``change`` (c, k) of the coefficients, ``log_det`` of the information, ``displacement`` 2[l(β̂) − l(β₍₋ᵢ₎)] of the
    log-likelihood of all rows; NaN in the cases that are not ``proved``.
    """

    change: Array
    log_det: Array
    displacement: Array
    proved: npt.NDArray[np.bool_]


def deletions(rows: Observations, removed: Removed) -> Deletions:
    """The maximum without each of some cases.

    ``rows`` are whitened: the maximum of all is at coefficients of 0, given by the offset, and the information there is
    the identity. That a step changes no predictor by 1 proves a finite maximum (Silvapulle 1981).
    """
    count, k = len(removed.rows), rows.X.shape[1]
    change, diagonal = np.full((2, count, k), np.nan)
    checked = CheckedRows.of(rows._replace(events=rows.events.copy(), nonevents=_nonevents(rows).copy()))
    reach = float(np.sqrt(np.einsum("ij,ij->i", rows.X, rows.X).max(initial=0.0)))
    for i, start in enumerate(shown(_starts(rows, removed), count, "refits")):
        end = _without(checked, removed, i, start, reach)
        if end is not None:
            change[i], diagonal[i] = end
    log_det = 2.0 * np.log(diagonal).sum(axis=1)
    return Deletions(change, log_det, _displacements(rows, change), ~np.isnan(log_det))


def _nonevents(rows: Observations) -> Array:
    assert rows.nonevents is not None
    return rows.nonevents


def _offset(rows: Observations) -> Array:
    assert rows.offset is not None
    return rows.offset


def _without(checked: CheckedRows, removed: Removed, i: int, start: Array, reach: float) -> tuple[Array, Array] | None:
    """Coefficients at the maximum of the other rows, and the diagonal of the root of the information."""
    row, events, nonevents = int(removed.rows[i]), checked.rows.events, _nonevents(checked.rows)
    before = events[row], nonevents[row]
    events[row], nonevents[row] = max(before[0] - removed.events[i], 0.0), max(before[1] - removed.nonevents[i], 0.0)
    try:
        return _newton(checked, start, reach)
    finally:
        events[row], nonevents[row] = before


def _newton(checked: CheckedRows, beta: Array, reach: float) -> tuple[Array, Array] | None:
    last = math.inf
    for _ in range(MOST_STEPS):
        sums = checked_pass(checked, beta, None)
        root, failed = lapack.dpotrf(sums.information, lower=1)
        if failed:
            return None
        step, _ = lapack.dpotrs(root, sums.score, lower=1)
        beta = beta + step
        moved = reach * math.sqrt(step.dot(step))
        # Rounding may leave a step that no longer shrinks.
        if moved <= SAME_INFORMATION or (moved < 1e-9 and moved > 0.1 * last):
            return beta, root.diagonal()
        last = moved
    return None


def _starts(rows: Observations, removed: Removed) -> Iterator[Array]:
    """Where the maximum without each case is to second order; to first order where that is far away."""
    Z, eta = rows.X, _offset(rows)
    p, q = tails(eta)
    slope = (rows.events + _nonevents(rows)) * p * q * (q - p) / 2.0
    size = max(1, block_rows(len(Z)))
    for first in range(0, len(removed.rows), size):
        part = slice(first, first + size)
        row, events, nonevents = (values[part] for values in removed)
        z, residual = Z[row], events * q[row] - nonevents * p[row]
        weight = (events + nonevents) * p[row] * q[row]
        hat = weight * np.einsum("ij,ij->i", z, z)
        left = np.where(hat < ALL_BUT_ONE, 1.0 - hat, 1.0)
        once = -z * (residual / left)[:, None]
        change = once @ Z.T
        near = np.abs(change).max(axis=1, initial=0.0) < SECOND_ORDER
        change *= change
        own = change[np.arange(len(row)), row] * weight * (q[row] - p[row]) / 2.0
        curved = (change * slope) @ Z - z * own[:, None]
        # (I − v z z')⁻¹ = I + v z z'/(1 − h)
        curved += z * (weight * np.einsum("ij,ij->i", z, curved) / left)[:, None]
        yield from np.where(near[:, None], once - curved, once)


# Changes of predictors up to which the series of the displacement has all digits.
_SERIES = 0.03


def _displacements(rows: Observations, change: Array) -> Array:
    """``2[l(0) − l(γ)]`` (c,) for coefficients γ (c, k) of whitened rows, at whose maximum 0 the score vanishes.

    Twice the sum of ``m[log(1 + p(e^d − 1)) − pd]`` over rows whose predictor changes by d, without the difference of
    two log-likelihoods, of which nothing would be left.
    """
    p, q = tails(_offset(rows))
    total, v = rows.events + _nonevents(rows), p * q
    cumulants = [v, v * (q - p), v * (1 - 6 * v), v * (q - p) * (1 - 12 * v), v * (1 - 30 * v + 120 * v * v)]
    weights = [total * c * 2.0 / math.factorial(k) for k, c in enumerate(cumulants, start=2)]
    result = np.empty(len(change))
    size = max(1, block_rows(len(rows.X)))
    for first in range(0, len(change), size):
        part = slice(first, first + size)
        d = change[part] @ rows.X.T
        large = ~(np.abs(d).max(axis=1, initial=0.0) < _SERIES)
        result[part] = _series(d, weights)
        if large.any():
            result[part][large] = _exactly(d[large], p, q, total)
    return result


def _series(d: Array, weights: list[Array]) -> Array:
    power, total = d * d, np.zeros(len(d))
    for weight in weights:
        total += power @ weight
        power *= d
    return total


def _exactly(d: Array, p: Array, q: Array, total: Array) -> Array:
    """From the smaller of the two tails, so that nothing is lost where the other is 1."""
    tail, turned = np.minimum(p, q), np.where(p <= q, d, -d)
    with np.errstate(over="ignore"):
        return np.asarray(2.0 * ((np.log1p(tail * np.expm1(turned)) - tail * turned) @ total))
