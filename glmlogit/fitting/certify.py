"""Certified digits of a double fit: a lower bound, from one pass over the rows in double-double, or two."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial

import numpy as np
import numpy.typing as npt

from glmlogit.data.rows import PassRows, RowBlock
from glmlogit.fitting.error_bounds import (
    LEADING_BITS,
    MOST_DIGITS,
    RESIDUAL_DOUBLE,
    RESIDUAL_EXACT,
    Point,
    Rounding,
    ScaledRows,
    digits_of,
    exact_sums,
    factor_slack,
    furthest,
    identity_factor,
    longest_row,
    row_lengths,
    whitened_score,
)
from glmlogit.numerics import doubledouble, kernels
from glmlogit.numerics.doubledouble import DD, UNIT
from glmlogit.numerics.exact_score import SummedExactly, sums_itself, value_of
from glmlogit.numerics.linalg import TriangularFactor

Array = npt.NDArray[np.float64]


def certified_digits(
    rows: PassRows | SummedExactly,
    beta: Array,
    free: npt.NDArray[np.intp],
    factor: TriangularFactor,
    *,
    enough: float = 12.0,
) -> float:
    """Certify a number of correct decimal digits for every coefficient of a fit, in one or two passes.

    Parameters
    ----------
    rows : PassRows
    beta : ndarray (p,)
        All coefficients; those that are not free are taken as exact.
    free : ndarray of int (k,)
        Positions of the estimated coefficients.
    factor : Factor
        Information at ``beta`` about the free coefficients: from a QR factorisation where its condition is
        above 100, from sums of products or QR below, as ``maximise`` leaves it.
    enough : float
        A second pass, with the longest row found and not bounded (without the compiled one: with residuals in
        double-double), is made if the first certifies fewer digits than this and no distance to the maximum is why.

    Returns
    -------
    float
        At most ``−log10 |β̂_j − β_j| / |β_j|`` of the worst coefficient and at most 15.95. 0 says that
        nothing is certified, as for a coefficient that may be 0 for all that is known.

    Notes
    -----
    A rigorous bound (see the module), with worst-case constants for rounding; the truth is usually one or
    two digits better. The compiled pass is that of refinement. Without it columns are split in a leading part
    of 20 bits and the rest, such that the large products add up exactly in any order of a BLAS (Ozaki, Ogita,
    Oishi & Rump 2012, *Numer. Algorithms* 59, 95–118): of large samples far quicker than its twin in NumPy.
    """
    if len(free) == 0:
        return MOST_DIGITS
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):  # in double-double all of it may leave the range
        view = ScaledRows.of(rows, beta, free)
        scaled, root = view.coefficients(beta), view.preconditioner(factor)
        if not (np.isfinite(scaled).all() and np.isfinite(root).all()):
            return 0.0
        best = 0.0
        for point in _points(view, scaled, root, factor.condition):
            best = max(best, digits_of(scaled[: view.n_free], point.radius))
            if best >= enough or (best > 0 and point.distance > point.rounding):
                break
        return best


def _points(view: ScaledRows, beta: Array, root: Array, condition: float) -> Iterator[Point]:
    """Where β stands, by ever more work: by the compiled look, by products of a BLAS where it was not compiled."""
    looks = (_exact_point, partial(_exact_point, furthest_row=True))
    products = (partial(_double_point, exact=False), partial(_double_point, exact=True))
    exact = doubledouble.compiled("score") is not None or sums_itself(view.rows)
    for look in looks if exact else products:
        yield look(view, beta, root, condition)


def _exact_point(view: ScaledRows, beta: Array, root: Array, condition: float, furthest_row: bool = False) -> Point:
    """Score at a double β in double-double; the length of the longest row is bounded, or found with it."""
    pair, k = doubledouble.from_double(beta), view.n_free
    sums = exact_sums(view, pair, root, furthest_row)
    whitened, bound = whitened_score(root, sums)
    bounded = longest_row(root) * sums.steepness
    reach = sums.furthest + k * k * UNIT * bounded if furthest_row else bounded
    slack = factor_slack(sums.rows, k, condition)
    return Point(pair, root, whitened, bound, reach, identity_factor(k), slack, sums.size)


def _double_point(view: ScaledRows, beta: Array, root: Array, condition: float, exact: bool) -> Point:
    """Score at a double β to about 20 digits, from a few products by BLAS; residuals exact or double."""
    k, lengths = view.n_free, row_lengths(root)
    reach, far = 1.5 * float(lengths.sum()), 0.0
    rounding = Rounding(reach)
    leading = _leading_part(beta, 53 - LEADING_BITS - _bits(1.6 * len(beta)))
    score, n_rows = doubledouble.from_double(np.zeros(k)), 0
    for block in view.blocks():
        high = _leading_part(block.X, LEADING_BITS, 0)
        rest = block.X - high
        eta = _split_eta(high, rest, beta, leading, block.offset)
        residual, gross, weight = _residuals(eta, block, exact)
        rounding.add_rows(gross, weight, _eta_error(beta, leading, eta, block.offset))
        part, error = _split_sums(high[:, :k], rest[:, :k], residual)
        rounding.sums += error * float(lengths.sum())
        score, n_rows = doubledouble.add(score, part), n_rows + len(gross)
        if exact:
            far = max(far, furthest((block.X[:, :k] @ root).T))
    whitened = doubledouble.matmul(root.T, score).hi
    kind = RESIDUAL_EXACT if exact else RESIDUAL_DOUBLE
    slack = factor_slack(n_rows, k, condition)
    reach = min(reach, far + k * k * UNIT * reach) if exact else reach
    bound, unity = rounding.bound(kind), identity_factor(k)
    return Point(doubledouble.from_double(beta), root, whitened, bound, reach, unity, slack, np.zeros(k))


def _bits(x: float) -> int:
    return math.ceil(math.log2(x))


def _leading_part(x: Array, bits: int, exponent: int | None = None) -> Array:
    """x rounded to multiples of 2^(exponent − bits), where 2^exponent is the size of the largest entry."""
    if exponent is None:
        largest = float(np.abs(x).max(initial=0.0))
        exponent = _bits(largest) if largest > 0 else 0
    shift = 1.5 * 2.0 ** (52 + exponent - bits)
    return (x + shift) - shift


def _split_eta(high: Array, rest: Array, beta: Array, leading: Array, offset: Array | None) -> DD:
    """Linear predictors as pairs: the leading products are exact, the others 2⁻²⁰ as large."""
    products = high @ np.column_stack([leading, beta - leading])
    eta = DD(products[:, 0], products[:, 1] + rest @ beta)
    if offset is None:
        return doubledouble.two_sum(eta.hi, eta.lo)
    return doubledouble.add_double(doubledouble.two_sum(eta.hi, eta.lo), offset)


def _eta_error(beta: Array, leading: Array, eta: DD, offset: Array | None) -> Array:
    """Bound of the error of :func:`_split_eta`, and of a linear correction for its low part."""
    p = len(beta)
    small = 1.5 * np.abs(beta - leading).sum() + 2.0 ** -(LEADING_BITS + 1) * np.abs(beta).sum()
    offset_size = 0.0 if offset is None else np.abs(offset)
    return np.asarray(
        2 * (p + 3) * UNIT * small + 8 * UNIT**2 * (np.abs(eta.hi) + 1.0) ** 2 + 8 * UNIT**2 * offset_size
    )


def _residuals(eta: DD, block: RowBlock, exact: bool) -> tuple[DD, Array, Array]:
    """Residuals a·q − b·p, their gross values a·q + b·p and the weights (a + b)pq."""
    if exact:
        return doubledouble.residuals(eta, block.events, block.nonevents)
    p, q = kernels.tails(eta.hi)
    up, down = block.events * q, block.nonevents * p
    gross, weight = up + down, (block.events + block.nonevents) * p * q
    # An infinite or huge low part belongs to a row of no weight.
    shift = np.where(weight > 0, weight * eta.lo, 0.0)
    return DD(up - down, -shift), gross, weight


def _split_sums(high: Array, rest: Array, r: DD) -> tuple[DD, float]:
    """Column sums X'r and a bound of the error of each: leading parts exact, the others far smaller."""
    n = len(r.hi)
    leading = _leading_part(r.hi, 53 - LEADING_BITS - _bits(1.6 * n + 1))
    small = (r.hi - leading) + r.lo
    first, second = np.column_stack([leading, small]).T @ high
    sums = doubledouble.two_sum(first, second + r.hi @ rest)
    size = 1.5 * float(np.abs(small).sum()) + 2.0 ** -(LEADING_BITS + 1) * float(np.abs(r.hi).sum())
    return sums, 2 * (n + 3) * UNIT * size


def whiten(X: Array, root: Array) -> Array:
    """``X·root`` rounded once: rows in the coordinates in which the information is the identity."""
    return (
        np.asarray(doubledouble.matmul(X, doubledouble.from_double(root)).hi)
        if root.size and len(X)
        else np.zeros((len(X), root.shape[1]))
    )


@np.errstate(over="ignore", under="ignore", invalid="ignore")  # predictors beyond the range, whose low parts are NaN
def loglik(rows: PassRows, beta: DD) -> float:
    """Log-likelihood kernel to the last digits of its terms, at any condition."""
    parts: list[float] = []
    for block in rows.blocks():
        eta = doubledouble.linear_predictor(block.X, beta, block.offset)
        parts.append(value_of(eta, block.events, block.nonevents))
    return math.fsum(parts)
