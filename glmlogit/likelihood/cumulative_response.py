"""Probabilities of the levels of an ordered outcome, from the log-odds of being above each cut."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from glmlogit.likelihood.response import Arrays, Of, Probabilities
from glmlogit.numerics import kernels
from glmlogit.numerics.cumulative import gap_odds, log1mexp

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class CumulativeResponse:
    """``P(Y > j) = F(η_j)`` at each cut j (McCullagh 1980); ``cuts`` (K − 1, p) are the places of the coefficients."""

    levels: tuple[Hashable, ...]
    cuts: Index

    @property
    def event(self) -> int | None:
        """Of two levels the higher."""
        return 1 if len(self.levels) == 2 else None

    @property
    def compared(self) -> tuple[Hashable, ...]:
        """A predictor for each cut, named by the level above it."""
        return self.levels[1:]

    @property
    def shown(self) -> tuple[int, ...]:
        """All levels."""
        return tuple(range(len(self.levels)))

    def places(self, size: int) -> tuple[Index, ...]:
        """For each cut the positions of the coefficients of the columns: its own, and those that all cuts share."""
        return tuple(self.cuts)

    def probabilities(self, eta: Arrays) -> Probabilities:
        """``F(a)(1 − F(b))(1 − e^−(a − b))``, a and b the log-odds of the cuts below and above; NaN where b > a."""
        tails = [kernels.tails(values) for values in eta]
        above, below = ([tail[k] for tail in tails] for k in (0, 1))
        between = [self._between(eta, k) * above[k - 1] * below[k] for k in range(1, len(eta))]
        crossed = np.isnan(sum(between, np.zeros_like(eta[0])))
        p = [below[0], *between, above[-1]]
        q = [above[0], *(below[k - 1] + above[k] for k in range(1, len(eta))), below[-1]]
        return Probabilities(eta, *(tuple(np.where(crossed, np.nan, x) for x in values) for values in (p, q)))

    def settled(self, eta: Arrays, apart: Array) -> Probabilities:
        """Beyond two cuts for certain there is nothing between them, whatever their difference."""
        return self.probabilities(eta)

    @staticmethod
    def _gap(eta: Arrays, level: int) -> Array:
        """``a − b`` of a level between two cuts: ∞ where either is infinite."""
        a, b = eta[level - 1], eta[level]
        finite = np.isfinite(a) & np.isfinite(b)
        return np.where(finite, np.where(finite, a, 0.0) - np.where(finite, b, 0.0), np.where(b > a, -np.inf, np.inf))

    def _between(self, eta: Arrays, level: int) -> Array:
        """``1 − e^−(a − b)``: NaN where cuts cross, and then no level has a probability."""
        gap = self._gap(eta, level)
        return np.where(gap >= 0, -np.expm1(-np.maximum(gap, 0.0)), np.nan)

    def _log(self, at: Probabilities, level: int) -> Array:
        total = np.zeros_like(at.eta[0])
        if level > 0:
            total = total - kernels.log1pexp(-at.eta[level - 1])
        if level < len(at.eta):
            total = total - kernels.log1pexp(at.eta[level])
        return total + log1mexp(self._gap(at.eta, level)) if 0 < level < len(at.eta) else total

    def value(self, at: Probabilities, level: int, of: Of = "probability") -> Array:
        """The probability, its logarithm, or ``log p − log q``."""
        if of == "probability":
            return at.p[level]
        log_p = np.where(np.isnan(at.p[level]), np.nan, self._log(at, level))
        if of == "log":
            return log_p
        with np.errstate(divide="ignore"):
            return log_p - np.log(at.q[level])

    def _of_log(self, at: Probabilities, level: int) -> dict[int, Array]:
        """Derivatives of log p by the predictors of the cuts beside the level."""
        h = self._odds(at, level)
        parts = {}
        if level > 0:
            parts[level - 1] = kernels.tails(at.eta[level - 1])[1] + h
        if level < len(at.eta):
            parts[level] = -kernels.tails(at.eta[level])[0] - h
        return parts

    def _odds(self, at: Probabilities, level: int) -> Array:
        """``1/(e^(a − b) − 1)`` of a level between two cuts, else 0."""
        if not 0 < level < len(at.eta):
            return np.zeros_like(at.eta[0])
        return gap_odds(self._gap(at.eta, level))

    def _of_p(self, at: Probabilities, level: int) -> dict[int, Array]:
        """Derivatives of p: the densities at the cuts beside the level."""
        densities = {}
        if level > 0:
            p, q = kernels.tails(at.eta[level - 1])
            densities[level - 1] = p * q
        if level < len(at.eta):
            p, q = kernels.tails(at.eta[level])
            densities[level] = -p * q
        return densities

    def derivative(self, at: Probabilities, level: int, of: Of = "probability") -> Arrays:
        """``F'`` at the cut below and ``−F'`` at that above of p; over p of its logarithm, over pq of its log-odds."""
        parts = self._of_p(at, level) if of == "probability" else self._of_log(at, level)
        times = 1.0 / at.q[level] if of == "log_odds" else 1.0
        zero, crossed = np.zeros_like(at.eta[0]), np.isnan(at.p[level])
        return tuple(np.where(crossed, np.nan, parts.get(j, zero) * times) for j in range(len(at.eta)))

    def second(self, at: Probabilities, level: int, of: Of = "probability") -> tuple[Arrays, ...]:
        """Of p ``±F'(1 − 2F)``; of log p minus ``F'`` and minus or plus ``h(1 + h)``; the product rule of log-odds."""
        rows = [[np.zeros_like(at.eta[0]) for _ in at.eta] for _ in at.eta]
        h = self._odds(at, level)
        sides = self._of_p(at, level)
        for j, slope in sides.items():
            p, q = kernels.tails(at.eta[j])
            rows[j][j] = slope * (q - p) if of == "probability" else -np.abs(slope) - h * (1.0 + h)
        if of == "probability":
            return tuple(map(tuple, rows))
        if len(sides) == 2:
            rows[level - 1][level] = rows[level][level - 1] = h * (1.0 + h)
        if of == "log":
            return tuple(map(tuple, rows))
        first, odds = self._of_log(at, level), at.p[level] / at.q[level]
        for j, d in first.items():
            for k, e in first.items():
                rows[j][k] = (rows[j][k] + odds * d * e) / at.q[level]
        return tuple(map(tuple, rows))
