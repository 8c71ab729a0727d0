"""Row arithmetic of the logit model: the only file that calls ``exp`` and ``log``.

Every function takes the linear predictor η and works with both tails: p and q = 1 − p come from one
``t = exp(−|η|)``, so neither is ever found by subtraction, nothing overflows for any finite η, and no
probability is clamped away from 0 or 1 (Mächler 2012, *Accurately computing log(1 − exp(−|a|))*).

A row is a pair of weights: ``events`` (weight times number of events) and ``nonevents``. A Bernoulli
row has (1, 0) or (0, 1), a grouped one (y, m − y), a weighted one multiples of these.
"""

from __future__ import annotations

import contextlib
import importlib
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special

_rowpass: Any = None
with contextlib.suppress(ImportError):  # not there where no compiler was
    _rowpass = importlib.import_module("glmlogit._rowpass")
COMPILED = _rowpass is not None

Array = npt.NDArray[np.float64]

# Columns up to which the compiled pass is used: beyond, a BLAS is faster at the products.
WIDEST_COMPILED = 64
# Doubles in one row block: its copy, η and the weights stay in a core's second-level cache.
_BLOCK_DOUBLES = 1 << 17


class RowSums(NamedTuple):
    """Log-likelihood of a block of rows, their residuals (events − fitted) and information weights."""

    llf: float
    residual: Array
    weight: Array


def block_rows(n_columns: int) -> int:
    """Rows in one block: a power of two, so that block borders do not depend on small changes of p."""
    return 1 << max(6, min(13, (_BLOCK_DOUBLES // max(1, n_columns)).bit_length() - 1))


def tails(eta: Array) -> tuple[Array, Array]:
    """Return ``p = 1/(1 + e^−η)`` and ``q = 1 − p``, each to relative machine accuracy."""
    small = np.exp(-np.abs(eta))
    big = 1.0 / (1.0 + small)
    small *= big
    positive = eta >= 0
    return np.where(positive, big, small), np.where(positive, small, big)


def log1pexp(x: Array) -> Array:
    """Return ``log(1 + e^x)`` over the whole range of x, without overflow or loss in the lower tail."""
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))


def row_sums(eta: Array, events: Array, nonevents: Array) -> RowSums:
    """Log-likelihood ``−Σ a·log(1 + e^−η) + b·log(1 + e^η)``, residuals ``a·q − b·p``, weights ``(a+b)pq``.

    The residual in this form has no cancellation where p is near 0 or 1, which ``y − p`` has.
    """
    small = np.exp(-np.abs(eta))
    log_term = np.log1p(small)
    big = 1.0 / (1.0 + small)
    small *= big
    positive = eta >= 0
    total = events + nonevents
    against = np.where(positive, nonevents, events)
    residual = np.where(positive, events, nonevents) * small
    residual -= against * big
    np.negative(residual, out=residual, where=~positive)
    llf = -float(np.sum(total * log_term) + np.sum(against * np.abs(eta)))
    weight = total
    weight *= small
    weight *= big
    return RowSums(llf, residual, weight)


def accumulate(
    X: Array,
    events: Array,
    nonevents: Array,
    offset: Array | None,
    beta: Array,
    scale: Array | None,
    score: Array,
    gram: Array,
) -> float:
    """Add the score and ``X'WX`` of a block of rows to ``score`` and the symmetric ``gram``.

    Returns the log-likelihood of the block. ``scale`` multiplies the columns of ``X'WX`` where squares might
    over- or underflow. Compiled where the extension was built; :func:`accumulate_numpy` is its twin.
    """
    if COMPILED and 0 < X.shape[1] <= WIDEST_COMPILED:
        n, p = X.shape
        return float(_rowpass.accumulate(X, events, nonevents, offset, beta, scale, score, gram, n, p))
    return accumulate_numpy(X, events, nonevents, offset, beta, scale, score, gram)


def accumulate_numpy(
    X: Array,
    events: Array,
    nonevents: Array,
    offset: Array | None,
    beta: Array,
    scale: Array | None,
    score: Array,
    gram: Array,
) -> float:
    """The NumPy twin of the compiled row pass."""
    eta = X @ beta
    if offset is not None:
        eta += offset
    llf, residual, weight = row_sums(eta, events, nonevents)
    weighted = X * np.sqrt(weight)[:, None]
    if scale is not None:
        weighted *= scale
    score += residual @ X
    gram += weighted.T @ weighted
    return llf


def deviance_rows(eta: Array, events: Array, nonevents: Array) -> Array:
    """Twice the log-likelihood ratio of each row against its own saturated model; zero where it fits.

    Mixed rows (events and non-events) use ``log1p`` of the relative residual, so that a deviance near
    zero keeps its digits; pure rows are ``2·log1pexp(∓η)``.
    """
    p, q = tails(eta)
    total = events + nonevents
    residual = events * q - nonevents * p
    pure = 2.0 * (events * log1pexp(-eta) + nonevents * log1pexp(eta))
    mixed = (events > 0) & (nonevents > 0)
    if not mixed.any():
        return pure
    # Beyond |η| = 30 the fitted count may underflow and the plain difference has nothing left to cancel.
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        near = special.xlog1py(events, residual / (total * p)) + special.xlog1py(nonevents, -residual / (total * q))
        entropy = special.xlogy(events, events / total) + special.xlogy(nonevents, nonevents / total)
    far = pure + 2.0 * entropy
    return np.where(mixed, np.maximum(np.where(np.abs(eta) < 30.0, 2.0 * near, far), 0.0), pure)


def saturated_loglik(trials: Array, events: Array) -> Array:
    """``log P(Y = y)`` for a binomial with m trials and probability y/m: what a perfect fit leaves of log-likelihood.

    With the deviance it gives the log-likelihood, binomial coefficient included, without the cancellation of
    log C(m, y) against y·log p. Stirling's formula with its remainder (Loader 2000, *Fast and accurate
    computation of binomial probabilities*, eq. 4).
    """
    others = trials - events
    mixed = (events > 0) & (others > 0)
    y, z, m = (np.where(mixed, v, 1.0) for v in (events, others, trials))
    leading = 0.5 * (np.log(m / y) - np.log(2.0 * np.pi * z))
    return np.where(mixed, leading + _stirling_error(m) - _stirling_error(y) - _stirling_error(z), 0.0)


def _stirling_error(n: Array) -> Array:
    """``log n! − ((n + ½) log n − n + ½ log 2π)``: the series from 16 on, the difference itself below."""
    small = np.minimum(n, 16.0)
    direct = special.gammaln(small + 1.0) - (small + 0.5) * np.log(small) + small - 0.5 * np.log(2.0 * np.pi)
    square = 1.0 / np.square(np.maximum(n, 16.0))
    series = 1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188)))
    return np.where(n < 16.0, direct, series * np.sqrt(square))


def logit(p: npt.ArrayLike) -> Array:
    """Log-odds of a probability; ±inf at 1 and 0."""
    return np.asarray(special.logit(np.asarray(p, dtype=float)))


def column_magnitude(X: Array) -> Array:
    """Largest absolute value of each column, NaN or inf where a column has one; no copy of X."""
    p = X.shape[1]
    largest = np.zeros(p)
    size = block_rows(p)
    buffer = np.empty((size, p))
    for start in range(0, len(X), size):
        rows = X[start : start + size]
        found = np.abs(rows, out=buffer[: len(rows)])
        even = len(rows) // 64 * 64
        if even:  # 64 rows side by side: long inner loops, a third of the time
            folded = found[:even].reshape(-1, 64 * p).max(axis=0).reshape(64, p)
            np.maximum(largest, folded.max(axis=0), out=largest)
        np.maximum(largest, found[even:].max(axis=0, initial=0.0), out=largest)
    return largest
