"""Exact conditional inference on the odds ratio of 2×2 tables: all margins fixed, strata convolved.

Given the margins, the total of ``a`` over strata has a noncentral hypergeometric distribution (or a sum of them) that
depends on the common odds ratio alone (Fisher 1935). Log weights relative to the observed total keep its tails.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.epidemiology.two_by_two_measures import TwoByTwoCells, exp, has_information, reciprocals, with_odds_ratio

Array = npt.NDArray[np.float64]

_FRACTIONAL = "exact methods need whole counts"


class _Weights(NamedTuple):
    """Log weights of the total of ``a`` given all margins, at odds ratio 1, relative to the observed total.

    ``excess`` is that total less the observed one; at log odds ratio θ the log weight is ``log + θ·excess``.
    """

    excess: Array
    log: Array


class Limits(NamedTuple):
    """Limits of the odds ratio, and twice the smaller tail at 1."""

    low: float
    high: float
    p_value: float


class ExactInference(NamedTuple):
    """Conditional estimate, exact and mid-P limits, and the p-value of tables no more probable; NaN with a reason."""

    estimate: float
    exact: Limits
    mid: Limits
    probability_p: float
    reason: str = ""


def _no_exact(reason: str) -> ExactInference:
    none = Limits(math.nan, math.nan, math.nan)
    return ExactInference(math.nan, none, none, math.nan, reason)


def conditional(counts: Array, level: float, integer: bool) -> ExactInference:
    """Conditional estimate of the common odds ratio of tables (K, 2, 2), exact and mid-P limits and p-values."""
    counts = counts[has_information(TwoByTwoCells.of(counts))]
    if not integer or not len(counts):
        return _no_exact("a margin of the table is zero: nothing to compare" if integer else _FRACTIONAL)
    t = TwoByTwoCells.of(counts)
    start = _start(t)
    left, right = _windows(t, start)
    if np.sum(right - left) > _MOST_VALUES:
        return _no_exact("counts too large to add up every table; at this size asymptotic limits are as good")
    parts = [_stratum_weights(*row) for row in np.stack([*t, left, right], axis=1).tolist()]
    log_total = sum(_log_sum(part.log) for part in parts)
    near = _total(parts, start, smallest=_NEGLIGIBLE)
    estimate = _conditional_estimate(near, start)
    exact, mid = (_tail_limits(near, estimate, start, level, log_total, half) for half in (False, True))
    null = _total(parts, 0.0, smallest=max(_SHARE_OF_P * exact.p_value, _SMALLEST))
    return ExactInference(exp(estimate), exact, mid, _probability_p(null, log_total))


def _start(t: TwoByTwoCells) -> float:
    """A finite log odds ratio near the estimate: Mantel and Haenszel's sums plus ½. It only starts searches."""
    return math.log((float(np.sum(t.a * t.d / t.n)) + 0.5) / (float(np.sum(t.b * t.c / t.n)) + 0.5))


# 40 standard deviations hold all of a log-concave distribution but e^−40 at the very most; the margin is for
# distributions so near an end of their range that their standard deviation says little.
_DEVIATIONS, _MARGIN = 40.0, 1000.0
# Weights, as shares of the largest, that are left out: where limits are sought, below what any level asks for; of a
# p-value, below its digits, and never where products of two underflow.
_NEGLIGIBLE, _SHARE_OF_P, _SMALLEST = 1e-150, 1e-25, 1e-300
# Totals are equally probable where the logarithms of their weights differ by less, as in R's ``fisher.test``.
_TIES = 1e-7
# Roots are sought to the last digit but a few (Brent's method takes no less than 4 ε = 9e-16 of the root itself).
_ROOT = 1e-15
_MOST_VALUES = 10**7  # of the windows together: half a gigabyte, a second


def _windows(t: TwoByTwoCells, start: float) -> tuple[Array, Array]:
    """For each stratum the values of ``a`` that are likely at the start or at odds ratio 1, and those between."""
    left, right = t.a, t.a
    for odds_ratio in (1.0, math.exp(start)):
        fitted = with_odds_ratio(t, odds_ratio)
        reach = _DEVIATIONS / np.sqrt(reciprocals(fitted)) + _MARGIN
        left, right = np.minimum(left, fitted.a - reach), np.maximum(right, fitted.a + reach)
    left, right = np.floor(left), np.ceil(right)
    return np.maximum(left, np.maximum(t.m1 - t.n0, 0.0)), np.minimum(right, np.minimum(t.n1, t.m1))


def _stratum_weights(a: float, b: float, c: float, d: float, left: float, right: float) -> _Weights:
    """Log weights by adding up log ratios outwards from ``a``: log-gammas of 1e6 would cost nine digits."""
    up, down = np.arange(right - a), np.arange(a - left)
    rising = np.log((b - up) * (c - up) / ((a + up + 1.0) * (d + up + 1.0)))
    falling = np.log((a - down) * (d - down) / ((b + down + 1.0) * (c + down + 1.0)))
    log = np.concatenate([np.cumsum(falling)[::-1], [0.0], np.cumsum(rising)])
    return _Weights(np.arange(left - a, right - a + 1.0, dtype=np.float64), log)


def _log_sum(x: Array) -> float:
    top = float(x.max())
    return top + math.log(float(np.sum(np.exp(x - top))))


class _Run(NamedTuple):
    """Consecutive weights, divided by their largest: the first value, the weights, the log of the divisor."""

    first: float
    weight: Array
    shift: float


def _total(parts: list[_Weights], theta: float, smallest: float) -> _Weights:
    """The weights of the sum over strata, convolved at log odds ratio θ, where its bulk is.

    All terms are positive, so each weight keeps its relative accuracy. Those below ``smallest`` times the
    largest are left out.
    """
    if len(parts) == 1:
        return parts[0]
    runs = [_run(part.excess[0], part.log + theta * part.excess, smallest) for part in parts]
    while len(runs) > 1:
        pairs = zip(runs[::2], runs[1::2], strict=False)
        runs = [_convolved(x, y, smallest) for x, y in pairs] + runs[len(runs) // 2 * 2 :]
    excess = runs[0].first + np.arange(len(runs[0].weight), dtype=np.float64)
    return _Weights(excess, np.asarray(np.log(runs[0].weight) + runs[0].shift - theta * excess))


def _run(first: float, log: Array, smallest: float) -> _Run:
    top = float(log.max())
    return _trimmed(_Run(float(first), np.exp(log - top), top), smallest)


def _convolved(x: _Run, y: _Run, smallest: float) -> _Run:
    weight = np.convolve(x.weight, y.weight)
    top = float(weight.max())
    return _trimmed(_Run(x.first + y.first, weight / top, x.shift + y.shift + math.log(top)), smallest)


def _trimmed(run: _Run, smallest: float) -> _Run:
    positions = np.flatnonzero(run.weight > smallest)
    return _Run(run.first + float(positions[0]), run.weight[positions[0] : positions[-1] + 1], run.shift)


def _conditional_estimate(w: _Weights, start: float) -> float:
    """The log odds ratio at which the total has the observed value as its mean; ±inf at an end of its range."""
    if w.excess[0] == 0 or w.excess[-1] == 0:
        return -math.inf if w.excess[0] == 0 else math.inf

    def mean_excess(theta: float) -> float:
        log = w.log + theta * w.excess
        weight = np.exp(log - log.max())
        return float(weight @ w.excess / weight.sum())

    return _increasing_root(mean_excess, start, 0.1)


def _log_tail(w: _Weights, theta: float, upper: bool, mid: bool) -> float:
    """Log weight at θ of totals as large (small) as the observed one or more so; half of its own for mid-P."""
    position = int(-w.excess[0])
    beyond = slice(position, None) if upper else slice(0, position + 1)
    log = w.log[beyond] + theta * w.excess[beyond]
    if mid:
        log[0 if upper else -1] -= math.log(2.0)
    return _log_sum(log)


def _tail_limits(w: _Weights, estimate: float, start: float, level: float, log_total: float, mid: bool) -> Limits:
    """Odds ratios at which a tail beyond the observed total has probability (1 − level)/2."""
    target = math.log((1.0 - level) / 2.0)

    def gap(upper: bool) -> Callable[[float], float]:
        sign = 1.0 if upper else -1.0
        return lambda theta: sign * (_log_tail(w, theta, upper, mid) - _log_sum(w.log + theta * w.excess) - target)

    ends = [
        0.0 if estimate == -math.inf else exp(_increasing_root(gap(True), start, 0.1)),
        math.inf if estimate == math.inf else exp(_increasing_root(gap(False), start, 0.1)),
    ]
    tail = min(_log_tail(w, 0.0, upper, mid) for upper in (True, False)) - log_total
    return Limits(ends[0], ends[1], min(2.0 * math.exp(tail), 1.0))


def _increasing_root(f: Callable[[float], float], start: float, step: float) -> float:
    """Bracket by doubling steps from ``start``, then Brent's method."""
    from scipy.optimize import brentq

    low = high = start
    while f(low) > 0:
        low, high, step = low - step, low, 2.0 * step
    while f(high) < 0:
        low, high, step = high, high + step, 2.0 * step
    return low if low == high else float(brentq(f, low, high, xtol=_ROOT, rtol=_ROOT))


def _probability_p(w: _Weights, log_total: float) -> float:
    """Probability of totals no more probable than the observed one, ties included."""
    observed = w.log[w.excess == 0]
    if not len(observed):  # trimmed: below _SMALLEST
        return 0.0
    return min(math.exp(_log_sum(w.log[w.log <= observed[0] + _TIES]) - log_total), 1.0)
