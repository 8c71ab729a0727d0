"""What a reliability diagram shows: shares of events by probability, by isotonic regression, bins or a curve."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.evaluation.counted import counted
from glmlogit.evaluation.judged_rows import Judged
from glmlogit.numerics.arrays import quantiles
from glmlogit.scoring import isotonic
from glmlogit.scoring import probability_scores as scores
from glmlogit.scoring.calibration_measures import SmoothCurve
from glmlogit.scoring.probability_counts import ProbabilityCounts

Array = npt.NDArray[np.float64]

# Probabilities at which a band is drawn.
MOST_PLACES = 200


class Reliability(NamedTuple):
    """Points of a diagram: ``n probability observed conf_low conf_high``; a band around the diagonal, where one is."""

    table: pd.DataFrame
    band: pd.DataFrame | None = None


def by_bins(rows: ProbabilityCounts, method: str, groups: int, z: float) -> Reliability:
    """Groups of equal width or of about equal numbers, with Wilson limits."""
    codes = scores.uniform_codes(rows.p, groups) if method == "uniform" else scores.mass_codes(rows.p, rows.n, groups)
    bins = scores.bins_of(rows.events, rows.nonevents, rows.p, codes)
    low, high = scores.wilson(bins.n * bins.observed, bins.n, z)
    return Reliability(_table(bins.n, bins.p, bins.observed, low, high))


def by_curve(rows: ProbabilityCounts, curve: SmoothCurve) -> Reliability:
    """A smooth curve at each distinct probability."""
    nothing = np.full(len(rows.p), np.nan)
    return Reliability(_table(rows.n, rows.p, curve.values, nothing, nothing))


def by_isotonic(
    rows: Judged, distinct: ProbabilityCounts, replicates: int, level: float, seed: int, *, banded: bool
) -> Reliability:
    """Levels of an isotonic regression, with the band in which calibrated probabilities would put them."""
    values = isotonic.isotonic(distinct.events, distinct.nonevents)
    codes = np.append(0, np.cumsum(np.diff(values) > 0))
    bins = scores.bins_of(distinct.events, distinct.nonevents, distinct.p, codes)
    low = high = np.full(len(bins.n), np.nan)
    band = _consistency(rows, distinct, replicates, level, seed) if banded else None
    if band is not None:
        low, high = (np.interp(bins.p, band["probability"], band[name]) for name in ("conf_low", "conf_high"))
    return Reliability(_table(bins.n, bins.p, bins.observed, low, high), band)


def _consistency(rows: Judged, distinct: ProbabilityCounts, replicates: int, level: float, seed: int) -> pd.DataFrame:
    """Percentiles of isotonic regressions of outcomes drawn from the probabilities (Bröcker & Smith 2007)."""
    at = distinct.p
    if len(at) > MOST_PLACES:
        at = np.unique(quantiles(distinct.p, distinct.n, np.linspace(0.0, 1.0, MOST_PLACES)))
    generator, parts = np.random.default_rng(seed), list(_repeats(rows, distinct))
    curves = np.empty((replicates, len(at)))
    for i in range(replicates):
        part = parts[i % len(parts)]
        n = np.round(part.n).astype(np.int64)
        events = generator.binomial(n, part.p).astype(np.float64)
        curves[i] = np.interp(at, part.p, isotonic.isotonic(events, n - events))
    low, high = np.quantile(curves, [(1.0 - level) / 2.0, (1.0 + level) / 2.0], axis=0)
    return pd.DataFrame({"probability": at, "conf_low": low, "conf_high": high})


def _repeats(rows: Judged, distinct: ProbabilityCounts) -> Iterator[ProbabilityCounts]:
    """The rows of each repeat of a cross-validation by themselves, whole."""
    if rows.fold is None or rows.repeats == 1:
        yield distinct
        return
    folds = (int(rows.fold.max()) + 1) // rows.repeats
    for repeat in range(rows.repeats):
        part = counted(rows.take(rows.fold // folds == repeat))
        yield part._replace(events=part.events * rows.repeats, nonevents=part.nonevents * rows.repeats)


def _table(n: Array, p: Array, observed: Array, low: Array, high: Array) -> pd.DataFrame:
    columns = {"n": n, "probability": p, "observed": observed, "conf_low": low, "conf_high": high}
    return pd.DataFrame(columns, index=pd.RangeIndex(1, len(n) + 1, name="group"))
