"""Net benefit of decisions by a threshold, how it varies, and how that of two rules differs: arrays only."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.decisions.classification import at_or_above

Array = npt.NDArray[np.float64]


class NetBenefit(NamedTuple):
    """Net benefit at each threshold (t,) and its standard error, predictions taken as they are."""

    value: Array
    std_error: Array


class CalledPositive(NamedTuple):
    """Events and others that a rule calls positive at each threshold (t,), or one rule more than a second does.

    ``moved`` counts are of all that the two call differently, in either direction.
    """

    true: Array
    false: Array
    moved_true: Array
    moved_false: Array


def called(p: Array | None, events: Array, nonevents: Array, thresholds: Array) -> CalledPositive:
    """What is positive at or above each threshold; everybody without probabilities."""
    if p is None:
        everybody = (np.full(len(thresholds), counts.sum()) for counts in (events, nonevents))
        true, false = everybody
        return CalledPositive(true, false, true, false)
    sums = [[counts[positive].sum() for counts in (events, nonevents)] for positive in _positives(p, thresholds)]
    true, false = np.array(sums).reshape(-1, 2).T
    return CalledPositive(true, false, true, false)


def called_apart(
    a: Array | None, b: Array | None, events: Array, nonevents: Array, thresholds: Array
) -> CalledPositive:
    """What the first of two rules calls positive and the second does not, less the reverse; None calls everybody."""
    sums = []
    everybody = np.ones(len(events), dtype=bool)
    first, second = ([everybody] * len(thresholds) if p is None else _positives(p, thresholds) for p in (a, b))
    for x, y in zip(first, second, strict=True):
        more, fewer = (np.array([counts[at].sum() for counts in (events, nonevents)]) for at in (x & ~y, y & ~x))
        sums.append([*(more - fewer), *(more + fewer)])
    return CalledPositive(*np.array(sums).reshape(-1, 4).T)


def _positives(p: Array, thresholds: Array) -> list[npt.NDArray[np.bool_]]:
    return [at_or_above(p, t) for t in thresholds.tolist()]


def net_benefit(
    of: CalledPositive, totals: tuple[float, float], thresholds: Array, prevalence: float | None
) -> NetBenefit:
    """``TP/n − FP/n·t/(1 − t)`` (Vickers & Elkin 2006), NaN at 1; ``totals`` are the numbers of events and of others.

    It is a mean over rows, of 1 for a true positive and of ``−t/(1 − t)`` for a false one, and so is its error. Where
    people with a share π of events are meant, it is ``π·TP/n₁ − (1 − π)·FP/n₀·t/(1 − t)``.
    """
    n1, n0 = totals
    with np.errstate(divide="ignore", invalid="ignore"):  # thresholds of 1, a class without rows
        weight = np.where(thresholds < 1.0, thresholds / (1.0 - thresholds), np.nan)
        if prevalence is None:
            n = n1 + n0
            value = (of.true - weight * of.false) / n
            variance = (of.moved_true + weight**2 * of.moved_false) / n - value**2
            return NetBenefit(value, np.sqrt(np.maximum(variance, 0.0) / (n - 1.0)))
        gained, lost = prevalence, (1.0 - prevalence) * weight
        variance = gained**2 * _variance(of.true, of.moved_true, n1) + lost**2 * _variance(of.false, of.moved_false, n0)
        return NetBenefit(gained * of.true / n1 - lost * of.false / n0, np.sqrt(variance))


def _variance(total: Array, moved: Array, n: float) -> Array:
    """Variance of a mean of n numbers −1, 0, 1 with a sum and a sum of squares."""
    return np.asarray(np.maximum(moved / n - (total / n) ** 2, 0.0) / (n - 1.0))
