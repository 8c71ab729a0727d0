"""Judged rows by their distinct probabilities: all that measures of calibration need of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.evaluation.judged import Judged
from glmlogit.evaluation.ranking import ranked
from glmlogit.numerics import kernels

Array = npt.NDArray[np.float64]


class ProbabilityCounts(NamedTuple):
    """Distinct probabilities (k,) in rising order, with log-odds and complements; events and others of each."""

    events: Array
    nonevents: Array
    eta: Array
    p: Array
    q: Array

    @property
    def n(self) -> Array:
        """Observations of each probability (k,)."""
        return self.events + self.nonevents

    @property
    def total(self) -> float:
        """Number of observations."""
        return float(self.n.sum())

    def finite(self) -> ProbabilityCounts:
        """Those with finite log-odds."""
        chosen = np.isfinite(self.eta)
        return ProbabilityCounts(*(values[chosen] for values in self))

    def flipped(self) -> ProbabilityCounts:
        """Events for others, and their probabilities."""
        return ProbabilityCounts(self.nonevents[::-1], self.events[::-1], -self.eta[::-1], self.q[::-1], self.p[::-1])


def counted(rows: Judged) -> ProbabilityCounts:
    """The rows by their probabilities, those that agree to 13 digits of the log-odds together.

    Raises
    ------
    DataError
        Where scores are no probabilities.
    """
    score = rows.score if rows.score_is_log_odds else rows.probabilities[0]
    lowest, events, nonevents = ranked(score, rows.events, rows.nonevents, 1.0 if rows.score_is_log_odds else 0.0)
    value, a, b = lowest[::-1], events[::-1], nonevents[::-1]
    if rows.score_is_log_odds:
        return ProbabilityCounts(a, b, value, *kernels.tails(value))
    with np.errstate(divide="ignore"):
        return ProbabilityCounts(a, b, np.log(value) - np.log1p(-value), value, 1.0 - value)
