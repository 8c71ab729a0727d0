"""Values and levels in groups: means, spreads, quantiles, shares, and how far two groups stand apart."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


class WeightedValues(NamedTuple):
    """Values (n,) with weights (n,) of one group; ``counted`` says that weights are how often a value was seen.

    Other weights are of a value that was seen once, or as often as ``copies`` (n,) say.
    """

    x: Array
    w: Array
    counted: bool
    copies: Array | None = None

    @property
    def n(self) -> float:
        """How many were observed: the sum of counts, or the number of values."""
        if self.counted:
            return float(self.w.sum())
        return float(len(self.x) if self.copies is None else self.copies.sum())

    @property
    def total_weights(self) -> Array:
        """Weight (n,) of all copies of a value."""
        return self.w if self.copies is None else self.w * self.copies


class ValueSummary(NamedTuple):
    """What a group's values are like; NaN where there are too few."""

    n: float
    mean: float
    sd: float
    median: float
    q1: float
    q3: float
    minimum: float
    maximum: float


def summary_of(values: WeightedValues) -> ValueSummary:
    """Mean, standard deviation, quartiles and range."""
    if not len(values.x):
        return ValueSummary(0.0, *(math.nan,) * 7)
    mean, variance = moments(values)
    q1, median, q3 = quantiles(values, np.array([0.25, 0.5, 0.75])).tolist()
    return ValueSummary(
        values.n, mean, math.sqrt(variance), median, q1, q3, float(values.x.min()), float(values.x.max())
    )


def moments(values: WeightedValues) -> tuple[float, float]:
    """Mean and variance: over Σw − 1 for counts, else ``n/(n − 1)·Σw(x − x̄)²/Σw`` of the n values."""
    x, w = values.x, values.total_weights
    if not len(x):
        return math.nan, math.nan
    total, n = float(w.sum()), values.n
    start = float(x[0])  # values far from 0 keep their digits
    mean = start + float(w @ (x - start)) / total
    if n <= 1:
        return mean, math.nan
    return mean, float(w @ (x - mean) ** 2) / total * n / (n - 1.0)


def quantiles(values: WeightedValues, shares: Array) -> Array:
    """Quantiles (q,) by linear interpolation between order statistics (Hyndman & Fan 1996, definition 7).

    Counts stand for values that repeat. Other weights put the k-th of the ordered values at the weight before it, as a
    share of the weight before the last: the same for equal weights, and whatever their unit. Equal values share their
    weight, so that their order does not matter.
    """
    x, codes = np.unique(values.x, return_inverse=True)
    if len(x) == 1:
        return np.full(len(shares), x[0])
    weights = np.bincount(codes, values.total_weights)
    sums = np.cumsum(weights)
    if not values.counted:
        each = weights / np.bincount(codes, values.copies)
        places = np.column_stack([sums - weights, sums - each]).ravel()  # of the first and the last of equal values
        return np.asarray(np.interp(shares, places / places[-1], np.repeat(x, 2)))
    place = shares * max(sums[-1] - 1.0, 0.0)
    rank = np.floor(place)
    below, above = (x[np.minimum(np.searchsorted(sums, k, "right"), len(x) - 1)] for k in (rank, rank + 1.0))
    return np.asarray(below + (place - rank) * (above - below))


class Distance(NamedTuple):
    """A standardised difference, with a reason where there is none."""

    value: float
    reason: str = ""


def distance_of_means(first: tuple[float, float], second: tuple[float, float]) -> Distance:
    """``(x̄₁ − x̄₂)/√((s₁² + s₂²)/2)`` of means and variances (Austin 2009, §2.1)."""
    (mean1, variance1), (mean2, variance2) = first, second
    spread = math.sqrt((variance1 + variance2) / 2)
    if math.isnan(spread):
        return Distance(math.nan, "a group has fewer than two values")
    if spread == 0:
        return _without_variation(mean1 - mean2)
    return Distance((mean1 - mean2) / spread)


def _without_variation(difference: float) -> Distance:
    if difference == 0:
        return Distance(math.nan, "no variation within either group")
    return Distance(math.copysign(math.inf, difference))


def distance_of_shares(first: Array, second: Array) -> Distance:
    """Difference of two distributions over k levels, given as shares (k,) that add up to 1.

    Of two levels ``(p₁ − p₂)/√((p₁q₁ + p₂q₂)/2)`` of the last one, with its sign (Austin 2009, §2.1). Of several the
    Mahalanobis distance √((p₁ − p₂)′S⁻¹(p₁ − p₂)), with S the mean of the two multinomial covariances, over all levels
    but one (Yang & Dalton 2012); infinite where no level occurs in both groups.
    """
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        return Distance(math.nan, "a group has no values")
    present = (first > 0) | (second > 0)
    if len(first) == 2:
        p, q = float(first[1]), float(second[1])
        variance = (p * float(first[0]) + q * float(second[0])) / 2
        return _without_variation(p - q) if variance == 0 else Distance((p - q) / math.sqrt(variance))
    p1, p2 = first[present], second[present]
    if len(p1) == 1:
        return _without_variation(0.0)
    if not ((p1 > 0) & (p2 > 0)).any():
        return Distance(math.inf)
    covariance = sum(np.diag(p) - np.outer(p, p) for p in (p1[1:], p2[1:])) / 2
    difference = p1[1:] - p2[1:]
    return Distance(math.sqrt(max(float(difference @ np.linalg.solve(covariance, difference)), 0.0)))
