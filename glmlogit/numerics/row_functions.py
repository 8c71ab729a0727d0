"""Deviance, Pearson residual and saturated log-likelihood of each row, to full accuracy in both tails."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import MAX_EMAX, MIN_EMIN, Decimal, localcontext

import numpy as np
import numpy.typing as npt
from scipy import special

from glmlogit.numerics.kernels import row_sums, tails

Array = npt.NDArray[np.float64]


def constant_loglik(counts: Sequence[float]) -> float:
    """``Σ n log(n/N)`` of the weighted numbers n of each outcome, rounded once: what a model of a constant attains."""
    with localcontext(prec=40, Emax=MAX_EMAX, Emin=MIN_EMIN):
        present = [Decimal(count) for count in counts if count > 0]
        total = sum(present, Decimal(0))
        return float(sum((count * (count / total).ln() for count in present), Decimal(0)))


def deviance_rows(eta: Array, events: Array, nonevents: Array) -> Array:
    """Twice the log-likelihood ratio of each row against its own saturated model; zero where it fits.

    Mixed rows (events and non-events) use ``log1p`` of the relative residual, so that a deviance near
    zero keeps its digits; pure rows are ``2·log1pexp(∓η)``.
    """
    shared = np.log1p(np.exp(-np.abs(eta)))
    pure = 2.0 * (events * (np.maximum(-eta, 0.0) + shared) + nonevents * (np.maximum(eta, 0.0) + shared))
    mixed = (events > 0) & (nonevents > 0)
    if not mixed.any():
        return np.asarray(pure)
    p, q = tails(eta)
    total = events + nonevents
    residual = events * q - nonevents * p
    # Beyond |η| = 30 the fitted count may underflow and the plain difference has nothing left to cancel.
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        near = special.xlog1py(events, residual / (total * p)) + special.xlog1py(nonevents, -residual / (total * q))
        entropy = saturated_kernel(events, nonevents)
    far = pure + 2.0 * entropy
    return np.where(mixed, np.maximum(np.where(np.abs(eta) < 30.0, 2.0 * near, far), 0.0), pure)


def pearson_rows(eta: Array, events: Array, nonevents: Array) -> Array:
    """Pearson residuals ``(y − m·p)/√(m·p·q)`` of rows of m trials, events and non-events times their weights.

    Where p or q is all tail, ``√(q/p) = e^(−η/2)`` has twice the range of p and q.
    """
    _, residual, weight = row_sums(eta, events, nonevents)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        near, half = residual / np.sqrt(weight), np.exp(-eta / 2.0)
        far = np.where(events > 0, events * half, 0.0) - np.where(nonevents > 0, nonevents / half, 0.0)
        return np.where(np.abs(eta) < 30.0, near, far / np.sqrt(events + nonevents))


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


def saturated_kernel(events: Array, nonevents: Array) -> Array:
    """``a log(a/m) + b log(b/m)``, m = a + b: the most that the log-likelihood kernel of a row can be."""
    total = events + nonevents
    return np.asarray(special.xlogy(events, events / total) + special.xlogy(nonevents, nonevents / total))


def _stirling_error(n: Array) -> Array:
    """``log n! − ((n + ½) log n − n + ½ log 2π)``: the series from 16 on, the difference itself below."""
    small = np.minimum(n, 16.0)
    direct = special.gammaln(small + 1.0) - (small + 0.5) * np.log(small) + small - 0.5 * np.log(2.0 * np.pi)
    square = 1.0 / np.square(np.maximum(n, 16.0))
    series = 1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188)))
    return np.where(n < 16.0, direct, series * np.sqrt(square))


def multinomial_deviance(log_p: Array, p: Array, y: Array) -> Array:
    """Deviance (m,) of rows of counts y (m, K) with probabilities p: ``2 Σ y log(y/μ) − (y − μ)``, μ = N p.

    No term is negative, and none loses digits where counts are near what is fitted: ``y·log(y/μ)`` is by ``log1p`` of
    their relative difference there.
    """
    total = y.sum(axis=1)[:, None]
    expected = total * p
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        relative = np.where(y > 0, (expected - y) / np.where(y > 0, y, 1.0), 0.0)
        near = y * (relative - np.log1p(relative))
        far = special.xlogy(y, y / total) - np.where(y > 0, y * log_p, 0.0) + (expected - y)
    terms = np.where(y > 0, np.where(np.abs(relative) < 0.5, near, far), expected)
    return np.asarray(2.0 * np.maximum(terms, 0.0).sum(axis=1))


def log_odds(p: npt.ArrayLike) -> Array:
    """Log-odds of a probability; ±inf at 1 and 0."""
    return np.asarray(special.logit(np.asarray(p, dtype=float)))
