"""A calibration curve and its measures corrected for the optimism of refits to bootstrap samples."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.estimate.recounted import OutcomeCounts
from glmlogit.evaluation.ranking import ranked
from glmlogit.evaluation.resample_counts import ResampleCounts
from glmlogit.messages.notes import Note
from glmlogit.numerics import kernels
from glmlogit.scoring import calibration_measures as measured
from glmlogit.scoring.calibration_measures import Smoother
from glmlogit.scoring.optimism import mean_of, paired, shifted_limits
from glmlogit.scoring.probability_counts import ProbabilityCounts

if TYPE_CHECKING:
    from glmlogit.resampling.bootstrap_refits import BootstrapRefit

Array = npt.NDArray[np.float64]

# Means over rows have limits; distances of a curve do not: every refit is nearer to its own sample, or further, than
# the model is to the rows, and percentiles of these say nothing of it.
SCORES = ("brier", "scaled_brier", "log_loss")


class CorrectedCalibration(NamedTuple):
    """A curve (k,) less its optimism, measures (m,) less theirs with limits, and what the reader must know."""

    curve: Array
    measures: Array
    conf_low: Array
    conf_high: Array
    notes: tuple[Note, ...]


class _Fitness(NamedTuple):
    """Curve at chosen probabilities (k,) and measures (m,) of one model in some rows."""

    curve: Array
    measures: Array


class _Bootstrap:
    """Judges each refit in its own sample and in the original rows (events and others (n,)), weighed."""

    def __init__(self, original: OutcomeCounts, weights: Array | None, at: Array, smoother: Smoother) -> None:
        self.original, self.weights, self.at, self.smoother = original, weights, at, smoother
        self.samples, self.pairs = ResampleCounts(), list[tuple[_Fitness, _Fitness]]()

    def add(self, drawn: BootstrapRefit) -> None:
        eta = self.samples.predictors(drawn)
        if eta is not None:
            self.pairs.append((self._of(eta, drawn.sample), self._of(eta, self.original)))

    def _of(self, eta: Array, counts: OutcomeCounts) -> _Fitness:
        return fitness(_at_log_odds(eta, counts, self.weights), self.at, self.smoother)

    def sides(self, part: int) -> tuple[Array, Array]:
        """Curves (part 0) or measures (part 1) in the samples and in the original rows, where both have values."""
        training, test = (np.array([pair[side][part] for pair in self.pairs]) for side in (0, 1))
        return paired(training, test)


def corrected_calibration(
    own: ProbabilityCounts,
    at: Array,
    refits: Iterable[BootstrapRefit],
    original: OutcomeCounts,
    weights: Array | None,
    smoother: Smoother,
    level: float,
) -> CorrectedCalibration:
    """The apparent curve and measures less the mean of training − test over refits (Harrell 2015, §5.3.4).

    As ``rms::calibrate``: a refit is judged in its own sample and in the original rows, its curve at the probabilities
    ``at`` (k,) where it has values there. ``own`` are the rows by the fit, ``weights`` (n,) sampling weights.
    """
    apparent = fitness(own, at, smoother)
    bootstrap = _Bootstrap(original, weights, at, smoother)
    for drawn in refits:
        bootstrap.add(drawn)
    notes = tuple(bootstrap.samples.notes())
    if not bootstrap.pairs:
        nothing = np.full(len(apparent.measures), np.nan)
        return CorrectedCalibration(np.full(len(at), np.nan), nothing, nothing, nothing, notes)
    curves, values = bootstrap.sides(0), bootstrap.sides(1)
    optimism = mean_of(values[0] - values[1])
    low, high = shifted_limits(values[0], optimism, level)
    curve = np.clip(apparent.curve - mean_of(curves[0] - curves[1]), 0.0, 1.0)
    return CorrectedCalibration(curve, apparent.measures - optimism, low, high, notes)


# Relative difference of probabilities up to which one is an end of the others: refits are as near to a maximum.
_SAME = 1e-9


def fitness(rows: ProbabilityCounts, at: Array, smoother: Smoother) -> _Fitness:
    """Measures of rows, and the smooth curve between their probabilities; NaN beyond."""
    curve = measured.smooth_curve(rows, smoother)
    values = np.array([value.estimate for value in measured.measures(rows, curve, 0.95, sampled=True)])
    low, high = rows.p[0] * (1.0 - _SAME), rows.p[-1] * (1.0 + _SAME)
    return _Fitness(np.where((at < low) | (at > high), np.nan, np.interp(at, rows.p, curve.values)), values)


def _at_log_odds(eta: Array, counts: OutcomeCounts, weights: Array | None) -> ProbabilityCounts:
    """Rows (n,) by their distinct log-odds, those without observations or without a prediction left out."""
    a, b = counts if weights is None else (counts.events * weights, counts.nonevents * weights)
    there = (a + b > 0) & ~np.isnan(eta)
    lowest, events, nonevents = ranked(eta[there], a[there], b[there], 1.0)
    return ProbabilityCounts(events[::-1], nonevents[::-1], lowest[::-1], *kernels.tails(lowest[::-1]))
