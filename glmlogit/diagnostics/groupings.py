"""Groups of fitted probabilities as Stata, SAS and R make them for the test of Hosmer and Lemeshow."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from glmlogit.diagnostics.fitted import Fitted
from glmlogit.numerics.arrays import quantiles

Array = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]

# A number of observations that is whole but for this is whole.
_WHOLE = 1e-9
# Digits to which scores are compared: rows of equal probability must not be split by rounding.
_SAME_DIGITS = 13


def scores_of(rows: Fitted) -> Array:
    """Probabilities (n,) that are equal where linear predictors agree to 13 digits."""
    _, first, codes = np.unique(rounded(rows.eta), return_index=True, return_inverse=True)
    return rows.p[first][codes.ravel()]


def rounded(values: Array) -> Array:
    """Values (n,) to 13 significant digits."""
    size = np.floor(np.log10(np.where(values != 0, np.abs(values), 1.0)))
    unit = 10.0 ** np.clip(_SAME_DIGITS - 1 - size, -300, 300)
    return np.asarray(np.round(values * unit) / unit)


def by_stata(rows: Fitted, groups: int) -> Positions:
    """Groups (n,) cut at percentiles as ``xtile`` has them, those at a cut below it."""
    p = scores_of(rows)
    return np.searchsorted(percentile_cuts(p, rows.trials, groups), p, side="left")


def percentile_cuts(values: Array, counts: Array, groups: int) -> Array:
    """Percentiles (groups − 1,) that part observations as Stata's ``xtile`` has them, ``counts`` (n,) of each value."""
    order = np.argsort(values, kind="stable")
    ordered, reached = values[order], np.cumsum(counts[order])
    total = float(reached[-1])

    def observation(number: float) -> float:
        """The value of the observation of that number in order, from 1."""
        return float(ordered[min(int(np.searchsorted(reached, number - _WHOLE)), len(ordered) - 1)])

    cuts = []
    for j in range(1, groups):
        place = total * j / groups
        nearest = round(place)
        if abs(place - nearest) < _WHOLE:
            cuts.append((observation(nearest) + observation(nearest + 1)) / 2.0)
        else:
            cuts.append(observation(math.floor(place) + 1))
    return np.array(cuts)


def by_sas(rows: Fitted, groups: int) -> Positions:
    """Groups (n,) of whole covariate patterns in order of p, of about n/groups trials (PROC LOGISTIC's LACKFIT)."""
    patterns, p = rows.patterns, scores_of(rows)
    firsts = np.unique(patterns.codes, return_index=True)[1]
    total = float(patterns.trials.sum())
    target = math.floor(total / groups + 0.5)
    group, count = np.zeros(len(firsts), dtype=np.intp), 0.0
    number = 0
    for place, pattern in enumerate(np.lexsort((np.arange(len(firsts)), p[firsts])).tolist()):
        size = float(patterns.trials[pattern])
        if place and not (count < target and count + math.floor(size / 2.0) <= target):
            number, count = number + 1, 0.0
        group[pattern] = number
        count += size
    if number and count <= math.floor(0.05 * total):
        group[group == number] = number - 1
    return group[patterns.codes]


def by_r(rows: Fitted, groups: int) -> Positions:
    """Groups (n,) cut at R's quantiles (type 7) of the trials, closed on the right."""
    p = scores_of(rows)
    cuts = np.unique(quantiles(p, rows.trials, np.arange(groups + 1) / groups))
    return np.clip(np.searchsorted(cuts, p, side="left"), 1, None) - 1


GROUPINGS: dict[str, Callable[[Fitted, int], Positions]] = {"stata": by_stata, "sas": by_sas, "r": by_r}
