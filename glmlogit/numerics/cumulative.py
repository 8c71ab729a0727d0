"""Levels in an order, of arrays: what the log-odds of being above each cut say, nothing found by subtraction.

``p_k = F(η_{k−1}) − F(η_k) = F(η_{k−1}) (1 − F(η_k)) (1 − e^−δ_k)`` with the gap ``δ_k = η_{k−1} − η_k > 0``, F the
logistic distribution function and η (m, K − 1) the log-odds of being above each cut, falling from left to right. So
``log p_k`` is the sum of the log-likelihoods of two binary logits and of ``log(1 − e^−δ)``, whose second derivatives
are all negative: information matrices are sums of squares.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.numerics import kernels

Array = npt.NDArray[np.float64]


class CutCounts(NamedTuple):
    """Weighted counts of what was observed at each cut: above it, at the level just below it, and between two cuts.

    ``above`` (m, K − 1) are observations of the level next above a cut, ``below`` (m, K − 1) of that next below, which
    alone it tells apart; ``between`` (m, K − 2) those of levels with a cut on either side.
    """

    above: Array
    below: Array
    between: Array


class CutSums(NamedTuple):
    """Log-likelihood (m,) and, at each cut (m, K − 1) and gap (m, K − 2), derivatives and negative second ones."""

    llf: Array
    residual: Array
    weight: Array
    gap_residual: Array
    gap_weight: Array


class CutSlopes(NamedTuple):
    """First and second derivatives of the weights of cuts and gaps (m, 2K − 3), each by its own log-odds or gap."""

    first: Array
    second: Array


def log1mexp(x: Array) -> Array:
    """``log(1 − e^−x)`` of x > 0 without loss at either end (Mächler 2012); −∞ at 0, and below it, where p is not."""
    with np.errstate(divide="ignore", invalid="ignore"):
        small = np.log(-np.expm1(-np.maximum(x, 0.0)))
    return np.where(x > np.log(2.0), np.log1p(-np.exp(-np.maximum(x, 0.5))), small)


def gap_odds(gap: Array) -> Array:
    """``1/(e^δ − 1)``, the derivative of ``log(1 − e^−δ)``; NaN where a gap is not positive."""
    with np.errstate(over="ignore", divide="ignore"):
        return np.where(gap > 0, 1.0 / np.expm1(np.where(gap > 0, gap, 1.0)), np.nan)


def counts_at_cuts(table: Array) -> CutCounts:
    """What a table (m, K) of weighted counts of levels says at each cut."""
    return CutCounts(table[:, 1:], table[:, :-1], table[:, 1:-1])


def cut_sums(eta: Array, gap: Array, counts: CutCounts) -> CutSums:
    """Sums over the levels, of log-odds ``eta`` (m, K − 1) and gaps (m, K − 2); gaps without counts are left alone."""
    above, below, between = counts
    p, q = kernels.tails(eta)
    h = np.where(between > 0, gap_odds(gap), 0.0)
    llf = -(above * kernels.log1pexp(-eta) + below * kernels.log1pexp(eta)).sum(axis=1)
    llf += np.where(between > 0, between * log1mexp(np.where(between > 0, gap, 1.0)), 0.0).sum(axis=1)
    return CutSums(llf, above * q - below * p, (above + below) * p * q, between * h, between * h * (1.0 + h))


def cut_slopes(eta: Array, gap: Array, counts: CutCounts) -> CutSlopes:
    """Derivatives of the weights in :func:`cut_sums`: ``pq(q − p)`` and ``pq(1 − 6pq)``, those of h(1 + h) of gaps."""
    above, below, between = counts
    p, q = kernels.tails(eta)
    h = np.where(between > 0, gap_odds(gap), 0.0)
    square, amount = h * (1.0 + h), above + below
    return CutSlopes(
        np.column_stack([amount * p * q * (q - p), -between * square * (1.0 + 2.0 * h)]),
        np.column_stack([amount * p * q * (1.0 - 6.0 * p * q), between * square * (1.0 + 6.0 * square)]),
    )


def log_probabilities(eta: Array, gap: Array) -> Array:
    """Logarithms (m, K) of the probabilities of the levels."""
    above = np.column_stack([np.zeros(len(eta)), -kernels.log1pexp(-eta)])
    below = np.column_stack([-kernels.log1pexp(eta), np.zeros(len(eta))])
    between = np.column_stack([np.zeros(len(eta)), log1mexp(gap), np.zeros(len(eta))])
    return np.asarray(above + below + between)
