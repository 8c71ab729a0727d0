"""Scores of probabilities against outcomes, summed over counts of events a and of others b (n,): proper and by bins."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.diagnostics.groupings import percentile_cuts
from glmlogit.numerics.kernels import log1pexp

Array = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]


class MeanScore(NamedTuple):
    """A mean over observations and its standard error, the deviation of the observations over √n."""

    value: float
    std_error: float


def mean_score(of_events: Array, of_others: Array, a: Array, b: Array) -> MeanScore:
    """Mean of a score that is one value for the events of a row and another for the others."""
    n = float(a.sum() + b.sum())
    with np.errstate(invalid="ignore"):  # an infinite score of no observation
        value = float(np.where(a > 0, a * of_events, 0.0).sum() + np.where(b > 0, b * of_others, 0.0).sum()) / n
    if not (math.isfinite(value) and n > 1.0):
        return MeanScore(value, math.nan)
    with np.errstate(invalid="ignore"):
        away = np.where(a > 0, a * (of_events - value) ** 2, 0.0) + np.where(b > 0, b * (of_others - value) ** 2, 0.0)
    return MeanScore(value, math.sqrt(float(away.sum()) / (n - 1.0) / n))


def brier(a: Array, b: Array, p: Array, q: Array) -> MeanScore:
    """Mean squared error (Brier 1950)."""
    return mean_score(q * q, p * p, a, b)


def log_loss(a: Array, b: Array, eta: Array) -> MeanScore:
    """Mean of −log of the probability of what happened; inf where that was 0."""
    return mean_score(log1pexp(-eta), log1pexp(eta), a, b)


def uncertainty(a: Array, b: Array) -> float:
    """``ȳ(1 − ȳ)``: the Brier score of the prevalence."""
    events, others = float(a.sum()), float(b.sum())
    return events / (events + others) * (others / (events + others))


def spiegelhalter(a: Array, b: Array, p: Array, q: Array) -> float:
    """``z = Σ(y − p)(1 − 2p)/√Σ(1 − 2p)²pq`` (Spiegelhalter 1986); NaN where all p are ½, on which 0 rests on 0."""
    lean = q - p
    above = float(((a * q - b * p) * lean).sum())
    below = math.sqrt(float(((a + b) * p * q * lean**2).sum()))
    if below > 0.0:
        return above / below
    return math.copysign(math.inf, above) if above else math.nan


# --- bins -----------------------------------------------------------------------------------------
class Bins(NamedTuple):
    """Observations, mean probability and share of events of bins (g,), and which of them each row has (n,)."""

    n: Array
    p: Array
    observed: Array
    codes: Positions


def bins_of(a: Array, b: Array, p: Array, codes: Positions) -> Bins:
    """Bins by codes (n,); empty ones are left out."""
    _, place = np.unique(codes, return_inverse=True)
    place = place.ravel()
    n = np.bincount(place, a + b).astype(np.float64)
    return Bins(n, np.bincount(place, (a + b) * p) / n, np.bincount(place, a) / n, place)


def uniform_codes(p: Array, bins: int) -> Positions:
    """Bins of equal width, ``[0, 1/k], (1/k, 2/k], …``: a value at an edge belongs below it."""
    return np.searchsorted(np.linspace(0.0, 1.0, bins + 1)[1:-1], p, side="left")


def mass_codes(p: Array, n: Array, bins: int) -> Positions:
    """Bins of about equal numbers, cut at percentiles of the observations as Stata's ``xtile``."""
    return np.searchsorted(percentile_cuts(p, n, bins), p, side="left")


class CalibrationError(NamedTuple):
    """Mean, largest and root-mean-square distance of means and shares of bins, by their size."""

    ece: float
    mce: float
    rms: float


def calibration_error(bins: Bins) -> CalibrationError:
    """Distances between mean probability and share of events of bins (Naeini, Cooper & Hauskrecht 2015)."""
    away, share = np.abs(bins.p - bins.observed), bins.n / bins.n.sum()
    return CalibrationError(float(share @ away), float(away.max()), math.sqrt(float(share @ away**2)))


class Murphy(NamedTuple):
    """``Brier = reliability − resolution + uncertainty + within-bin variance − within-bin covariance``."""

    reliability: float
    resolution: float
    uncertainty: float
    within_variance: float
    within_covariance: float


def murphy(a: Array, b: Array, p: Array, bins: Bins) -> Murphy:
    """Decomposition of the Brier score by bins (Murphy 1973), with what is left inside (Stephenson et al. 2008)."""
    share, mean = bins.n / bins.n.sum(), float(a.sum() / (a + b).sum())
    off, n = p - bins.p[bins.codes], (a + b).sum()
    y, own = a * (1.0 - bins.observed[bins.codes]) - b * bins.observed[bins.codes], (a + b) * off**2
    return Murphy(
        float(share @ (bins.p - bins.observed) ** 2),
        float(share @ (bins.observed - mean) ** 2),
        uncertainty(a, b),
        float(own.sum() / n),
        float(2.0 * (y @ off) / n),
    )


def wilson(events: Array, n: Array, z: float) -> tuple[Array, Array]:
    """Limits of shares of events (Wilson 1927)."""
    share, square = events / n, z * z
    middle, spread = events + square / 2.0, z * np.sqrt(n * share * (1.0 - share) + square / 4.0)
    return np.clip((middle - spread) / (n + square), 0.0, 1.0), np.clip((middle + spread) / (n + square), 0.0, 1.0)
