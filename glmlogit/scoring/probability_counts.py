"""Outcomes by distinct probabilities: all that measures of calibration need of rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

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

    def of_total(self, total: float) -> ProbabilityCounts:
        """Weights whose unit says nothing, in the unit in which they sum to ``total``."""
        unit = total / self.total
        return self._replace(events=self.events * unit, nonevents=self.nonevents * unit)
