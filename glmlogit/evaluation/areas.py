"""Areas under ROC curves and how they vary, from rows in the order of their scores."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.evaluation.ranking import Ranking
from glmlogit.numerics.roots import bracketed

Array = npt.NDArray[np.float64]


class Area(NamedTuple):
    """Area under the curve, its standard error, and why there is none or no limits."""

    auc: float
    std_error: float
    n_events: float
    n_nonevents: float


def area_of(ranking: Ranking) -> float:
    """Share of pairs of an event and another in which the event has the higher score, ties half; NaN without pairs."""
    n1, n0 = ranking.totals
    below, _ = ranking.beside
    return float(ranking.events @ below) / n1 / n0 if n1 > 0 and n0 > 0 else math.nan


def delong(ranking: Ranking) -> Area:
    """Area with the standard error of DeLong, DeLong & Clarke-Pearson 1988, sums of ranks as Sun & Xu 2014.

    ``S₁₀/n₁ + S₀₁/n₀`` with S the variances, on n − 1, of placements: the share of others below an event, and of events
    above another. NaN with a class of one observation.
    """
    n1, n0 = ranking.totals
    if not (n1 > 0 and n0 > 0):
        return Area(math.nan, math.nan, n1, n0)
    below, above = ranking.beside
    auc = float(ranking.events @ below) / n1 / n0
    s10, s01 = variance(below / n0, ranking.events, auc), variance(above / n1, ranking.nonevents, auc)
    return Area(auc, math.sqrt(s10 / n1 + s01 / n0), n1, n0)


def variance(values: Array, counts: Array, mean: float) -> float:
    """Variance of values (k,) that stand for ``counts`` observations each; NaN of one observation."""
    n = float(counts.sum())
    return float(counts @ (values - mean) ** 2) / (n - 1.0) if n > 1.0 else math.nan


def hanley_mcneil(auc: float, n1: float, n0: float) -> float:
    """Standard error of an area by the exponential approximation of Hanley & McNeil 1982, equation 1."""
    q1, q2 = auc / (2.0 - auc), 2.0 * auc * auc / (1.0 + auc)
    var = auc * (1.0 - auc) + (n1 - 1.0) * (q1 - auc * auc) + (n0 - 1.0) * (q2 - auc * auc)
    return math.sqrt(var / (n1 * n0))


# --- limits ---------------------------------------------------------------------------------------
def wald_limits(auc: float, error: float, z: float) -> tuple[float, float]:
    """``A ± z·se`` within 0 and 1."""
    return max(auc - z * error, 0.0), min(auc + z * error, 1.0)


def logit_limits(auc: float, error: float, z: float) -> tuple[float, float]:
    """``expit(logit A ± z·se/(A(1 − A)))``."""
    centre, half = math.log(auc) - math.log1p(-auc), z * error / (auc * (1.0 - auc))
    return _expit(centre - half), _expit(centre + half)


def _expit(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x)) if x >= 0 else math.exp(x) / (1.0 + math.exp(x))


def newcombe_limits(auc: float, n1: float, n0: float, z: float) -> tuple[float, float]:
    """Newcombe 2006, method 5: where ``|A − t| = z√V(t)``, ``V = t(1 − t)[1 + N(1 − t)/(2 − t) + Nt/(1 + t)]/(n₁n₀)``.

    N is ``(n₁ + n₀)/2 − 1``. There are limits for an area of 0 or 1, too.
    """
    half = (n1 + n0) / 2.0 - 1.0

    def excess(t: float) -> float:
        spread = t * (1.0 - t) * (1.0 + half * (1.0 - t) / (2.0 - t) + half * t / (1.0 + t)) / (n1 * n0)
        return (auc - t) ** 2 - z * z * spread

    low = 0.0 if auc <= 0.0 else _limit(excess, auc, 0.0)
    return low, 1.0 if auc >= 1.0 else _limit(excess, auc, 1.0)


def _limit(excess: Callable[[float], float], auc: float, end: float) -> float:
    """Where the excess, negative at the area, changes its sign on the way to ``end``, 0 or 1."""
    inner = auc + (end - auc) * 2.0**-40  # at an area of 0 or 1 the excess is 0
    outer = (inner + end) / 2.0
    while excess(outer) < 0.0 and outer != end:
        inner, outer = outer, (outer + end) / 2.0
    return end if outer == end else bracketed(excess, min(inner, outer), max(inner, outer), xtol=1e-16, rtol=1e-15)


# --- parts of the area ----------------------------------------------------------------------------
def partial_area(x: Array, y: Array, low: float, high: float) -> float:
    """Area under a curve through points (x, y), x not falling, between two values of x; its ends interpolated."""
    at_low, at_high = _on_curve(x, y, low, first=False), _on_curve(x, y, high, first=True)
    inside = (x > low) & (x < high)
    return float(np.trapezoid(np.r_[at_low, y[inside], at_high], np.r_[low, x[inside], high]))


def _on_curve(x: Array, y: Array, at: float, first: bool) -> float:
    """Height at a value of x; of a vertical part its first or its last point."""
    place = int(np.searchsorted(x, at))
    exact = np.flatnonzero(x == at)
    if len(exact):
        return float(y[exact[0] if first else exact[-1]])
    share = (at - x[place - 1]) / (x[place] - x[place - 1])
    return float(y[place - 1] + share * (y[place] - y[place - 1]))


def mcclish(area: float, low: float, high: float) -> float:
    """McClish 1989: a partial area between two specificities (or sensitivities), ½ for chance, 1 at most."""
    width = high - low
    chance = (2.0 - low - high) * width / 2.0
    return 0.5 * (1.0 + (area - chance) / (width - chance))
