"""Profile likelihood of a linear combination of coefficients, by a refit in which it is a coefficient itself."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.estimate.refits import recombined
from glmlogit.inference.profile_limits import ProfiledRow, row, signed_root

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


Array = npt.NDArray[np.float64]


class Along(NamedTuple):
    """A linear combination as ``times·β_column + shift`` of a fit, whose coefficient can be profiled."""

    fit: Estimate
    column: int
    times: float
    shift: float

    def row(self, level: float) -> ProfiledRow:
        """Likelihood-ratio test of zero and profile limits."""
        limits = row(self.fit, self.column, level, null=self._coefficient(0.0))
        low, high = sorted(self.times * limit + self.shift for limit in (limits.low, limits.high))
        return ProfiledRow(limits.statistic, limits.p_value, low, high)

    def root(self, value: float) -> float:
        """Signed root of the likelihood-ratio statistic of a value, up to its sign."""
        return signed_root(self.fit, self.column, self._coefficient(value))

    def _coefficient(self, value: float) -> float:
        return (value - self.shift) / self.times


@dataclass(frozen=True)
class Inverse:
    """The signed root of a value as a table shows it: of a ratio, or of its logarithm."""

    place: Along
    ratio: bool

    def __call__(self, value: float) -> float:
        """The signed root at ``value``, a ratio or a logarithm, up to its sign."""
        return self.place.root(math.log(value) if self.ratio else value)


def along(fit: Estimate, weights: Array, shift: float = 0.0) -> Along:
    """A combination ``weights`` (p,) of coefficients as one coefficient, of the fit or of a refit with other columns.

    With weights w and a column k among them, ``γ_k = w'β`` and the other coefficients as they are: column k divided by
    w_k, and ``w_j/w_k`` times column k taken from the others. The likelihood is the same function, and Jeffreys' prior
    but for a constant; other penalties follow the coefficients.
    """
    free = fit.coefs.free
    used = free[weights[free] != 0]
    if len(used) == 1:
        return Along(fit, int(used[0]), float(weights[used[0]]), shift)
    place = int(np.argmax(np.abs(weights[free]) / np.where(fit.coefs.magnitude > 0, fit.coefs.magnitude, 1.0)[free]))
    back = np.eye(len(free))  # T of β = Tγ
    back[place] = -weights[free] / weights[free][place]
    back[place, place] = 1.0 / weights[free][place]
    return Along(recombined(fit, weights[free], place, back), place, 1.0, shift)
