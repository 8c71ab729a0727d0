"""Tests of whether groups differ in a variable, by name, from counts: of distinct values, or of levels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.numerics.tails import chi2_pvalue, normal_pvalue
from glmlogit.publication.group_summaries import WeightedValues, moments

Array = npt.NDArray[np.float64]

OF_VALUES = ("t", "welch", "wilcoxon")
OF_LEVELS = ("chi2", "fisher")

# Tables that Fisher's exact test goes through one by one.
MOST_TABLES = 2_000_000
# As in R: tables this much more probable than the observed one count as equally so.
_TIE = 1e-7


class GroupTest(NamedTuple):
    """A test of a variable; NaN with a reason where it cannot be made."""

    method: str
    statistic: float
    df: float
    df_denom: float
    p_value: float
    reason: str = ""


def _undefined(method: str, reason: str) -> GroupTest:
    return GroupTest(method, math.nan, math.nan, math.nan, math.nan, reason)


# --- values -----------------------------------------------------------------------------------------
def test_of_values(name: str, groups: Sequence[WeightedValues]) -> GroupTest:
    """A test of values in two groups or more."""
    if name == "wilcoxon":
        return _ranks(_counted(groups))
    n, means, variances = (np.array(column) for column in zip(*((g.n, *moments(g)) for g in groups), strict=True))
    return (_welch if name == "welch" else _equal_variances)(n, means, variances)


def _equal_variances(n: Array, means: Array, variances: Array) -> GroupTest:
    """Student's t, or with more groups the F of a one-way analysis of variance."""
    method = "t, equal variances" if len(n) == 2 else "analysis of variance"
    df, between = float(n.sum() - len(n)), len(n) - 1
    if not (n >= 1).all() or df < 1:
        return _undefined(method, "a group has no values, or all have one")
    pooled = float(np.sum((n - 1) * np.where(n > 1, variances, 0.0))) / df
    if pooled == 0:
        return _undefined(method, "no variation within the groups")
    mean = float(n @ means / n.sum())
    return _f_test(method, float(n @ (means - mean) ** 2) / between / pooled, between, df, means)


def _welch(n: Array, means: Array, variances: Array) -> GroupTest:
    """Welch 1947 for two groups, Welch 1951 for more: variances of their own."""
    method = "t, Welch" if len(n) == 2 else "analysis of variance, Welch"
    if not (n > 1).all():
        return _undefined(method, "a group has fewer than two values")
    if not (variances > 0).all():
        return _undefined(method, "a group has no variation")
    weights = n / variances
    mean = float(weights @ means / weights.sum())
    k = len(n)
    shortfall = float(np.sum((1 - weights / weights.sum()) ** 2 / (n - 1)))
    scale = 1 + 2 * (k - 2) * shortfall / (k * k - 1)
    df = (k * k - 1) / (3 * shortfall)
    return _f_test(method, float(weights @ (means - mean) ** 2) / (k - 1) / scale, k - 1, df, means)


def _f_test(method: str, f: float, between: int, df: float, means: Array) -> GroupTest:
    """F; of two groups t, positive where the second mean is the larger one."""
    from scipy import special

    p = float(special.betainc(df / 2, between / 2, df / (df + between * f)))  # the tail itself, no difference from 1
    if between == 1:
        return GroupTest(method, math.copysign(math.sqrt(f), float(means[1] - means[0])), df, math.nan, p)
    return GroupTest(method, f, between, df, p)


def _counted(groups: Sequence[WeightedValues]) -> Array:
    """How often each distinct value, in order, was seen in each group (u, g)."""
    values = np.concatenate([g.x for g in groups])
    codes = np.repeat(np.arange(len(groups)), [len(g.x) for g in groups])
    distinct, places = np.unique(values, return_inverse=True)
    cells = places * len(groups) + codes
    counts = np.bincount(cells, np.concatenate([g.w for g in groups]), len(distinct) * len(groups))
    return np.asarray(counts, dtype=np.float64).reshape(len(distinct), len(groups))


def _ranks(counts: Array) -> GroupTest:
    """Rank sums of two groups (z, continuity corrected), or Kruskal & Wallis 1952, both with ties."""
    n, ties = counts.sum(axis=0), counts.sum(axis=1)
    total, two = float(n.sum()), counts.shape[1] == 2
    method = "Wilcoxon rank sum, normal approximation" if two else "Kruskal-Wallis"
    if not (n > 0).all() or len(ties) < 2:
        return _undefined(method, "a group has no values" if len(ties) != 1 else "all values are equal")
    rank = np.cumsum(ties) - (ties - 1) / 2
    sums = rank @ counts
    correction = 1 - float(np.sum(ties * (ties**2 - 1))) / (total * (total**2 - 1))
    if not two:
        h = float(np.sum(n * (sums / n - (total + 1) / 2) ** 2)) * 12 / (total * (total + 1)) / correction
        return GroupTest(method, h, len(n) - 1, math.nan, float(chi2_pvalue(h, len(n) - 1)))
    deviation = float(sums[1] - n[1] * (total + 1) / 2)
    deviation = math.copysign(max(abs(deviation) - 0.5, 0.0), deviation)
    z = deviation / math.sqrt(float(n.prod()) * (total + 1) / 12 * correction)
    return GroupTest(method, z, math.nan, math.nan, float(normal_pvalue(z)))


# --- levels -----------------------------------------------------------------------------------------
def test_of_levels(name: str, counts: Array) -> GroupTest:
    """A test of counts (levels, groups); lines of zeros take no part."""
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    method = "Pearson chi-squared" if name == "chi2" else "Fisher, exact"
    if min(counts.shape) < 2:
        return _undefined(method, "a single level or group was observed")
    return _fisher(method, counts) if name == "fisher" else _pearson(method, counts)


def _pearson(method: str, counts: Array) -> GroupTest:
    """Without a continuity correction."""
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    statistic = float(np.sum((counts - expected) ** 2 / expected))
    df = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    return GroupTest(method, statistic, df, math.nan, float(chi2_pvalue(statistic, df)))


def _fisher(method: str, counts: Array) -> GroupTest:
    """All tables of the same margins that are no more probable (Freeman & Halton 1951); one side has two lines."""
    lines = counts if counts.shape[1] == 2 else counts.T
    if lines.shape[1] != 2:
        return _undefined(method, "more than two levels in more than two groups; 'chi2' has no such limit")
    if (lines != np.round(lines)).any():
        return _undefined(method, "counts are not whole numbers")
    sizes, column = lines.sum(axis=1), float(lines[:, 0].sum())
    if math.prod(int(s) + 1 for s in sorted(sizes)[:-1]) > MOST_TABLES:
        return _undefined(method, "too many tables of these margins to go through; 'chi2' has no such limit")
    logs = _log_probabilities(sizes, column)
    observed = float(np.sum(_log_choose(sizes, lines[:, 0])) - _log_choose(sizes.sum(), column))
    p = float(np.exp(logs[logs <= observed + math.log1p(_TIE)]).sum())
    return GroupTest(method, math.nan, math.nan, math.nan, min(p, 1.0))


def _log_choose(n: npt.ArrayLike, k: npt.ArrayLike) -> Array:
    from scipy.special import gammaln

    n, k = np.asarray(n, dtype=float), np.asarray(k, dtype=float)
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))


def _log_probabilities(sizes: Array, column: float) -> Array:
    """Log probabilities of all tables with these line totals (k,) and this total of the first of two columns."""
    *smaller, largest = np.sort(sizes)
    totals, logs = np.zeros(1), np.zeros(1)
    for size in smaller:
        cells = np.arange(size + 1)
        totals = (totals[:, None] + cells).ravel()
        logs = (logs[:, None] + _log_choose(size, cells)).ravel()
        possible = totals <= column
        totals, logs = totals[possible], logs[possible]
    last = column - totals
    possible = last <= largest
    return np.asarray(logs[possible] + _log_choose(largest, last[possible]) - float(_log_choose(sizes.sum(), column)))
