"""Probabilities of several levels of an outcome, from a linear predictor for each of them but one."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from glmlogit.likelihood.response import Arrays, Of, Probabilities

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]


@dataclass(frozen=True)
class MultinomialResponse:
    """``p_k = e^{η_k}/Σ e^{η_l}``, the predictor of the level at position ``base`` being 0 (Agresti 2013, §8.1.1)."""

    levels: tuple[Hashable, ...]
    base: int

    @property
    def event(self) -> int | None:
        """Of two levels that which is not the base."""
        return self._compared[0] if len(self.levels) == 2 else None

    @property
    def compared(self) -> tuple[Hashable, ...]:
        """The levels that have a linear predictor: all but the base."""
        return tuple(self.levels[k] for k in self._compared)

    @property
    def shown(self) -> tuple[int, ...]:
        """All levels."""
        return tuple(range(len(self.levels)))

    @property
    def _compared(self) -> tuple[int, ...]:
        """Positions of the levels that have a predictor."""
        return tuple(k for k in range(len(self.levels)) if k != self.base)

    def places(self, size: int) -> tuple[Index, ...]:
        """The coefficients of one level after those of another."""
        return tuple(np.split(np.arange(size), len(self.levels) - 1))

    def probabilities(self, eta: Arrays) -> Probabilities:
        """Of odds s of all others against a level, 1/(1 + s) and 1/(1 + 1/s): NaN where two predictors are +∞."""
        every = self._every(eta)
        return self._of_odds(eta, [self._against(every, k) for k in range(len(self.levels))])

    def settled(self, eta: Arrays, apart: Array) -> Probabilities:
        """The differences of predictors where these are +∞; those from the base are the predictors."""
        K, own = len(self.levels), list(self._compared)
        full = np.zeros((K, K, apart.shape[2]))
        full[np.ix_(own, own)] = apart
        full[own, self.base], full[self.base, own] = np.stack(eta), -np.stack(eta)
        return self._of_odds(eta, [np.delete(full[:, k], k, axis=0) for k in range(K)])

    @staticmethod
    def _of_odds(eta: Arrays, against: list[Array]) -> Probabilities:
        """From the predictors of all others less that of each level."""
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            odds = [np.where(_certain(others), np.inf, np.exp(others).sum(axis=0)) for others in against]
            p, q = (tuple(1 / (1 + s) for s in odds), tuple(1 / (1 + 1 / s) for s in odds))
        return Probabilities(eta, p, q)

    def _every(self, eta: Arrays) -> Array:
        return np.stack([*eta[: self.base], np.zeros_like(eta[0]), *eta[self.base :]])

    def _against(self, every: Array, level: int) -> Array:
        """Predictors of the other levels (K − 1, m) less that of the level; −∞ less −∞ is −∞ for what cannot be."""
        others = np.delete(every, level, axis=0)
        with np.errstate(invalid="ignore"):
            return np.asarray(others - every[level])

    def _log_odds_against(self, at: Probabilities, level: int) -> Array:
        """Logarithm of the odds of all others against a level."""
        against = self._against(self._every(at.eta), level)
        top = np.where(_certain(against), np.inf, against.max(axis=0))
        with np.errstate(invalid="ignore"):
            rest = np.exp(against - top).sum(axis=0)
        return np.asarray(np.where(np.isfinite(top), top + np.log(np.where(np.isfinite(top), rest, 1.0)), top))

    def value(self, at: Probabilities, level: int, of: Of = "probability") -> Array:
        """The probability, −log(1 + s) or −log s."""
        if of == "probability":
            return at.p[level]
        log_odds = self._log_odds_against(at, level)
        return -log_odds if of == "log_odds" else -np.logaddexp(0.0, log_odds)

    def _of_log(self, at: Probabilities, level: int) -> list[Array]:
        """Derivatives δ_kj − p_j of log p_k by the predictor of each level j."""
        return [at.q[level] if j == level else -at.p[j] for j in self._compared]

    @staticmethod
    def _times(at: Probabilities, level: int, of: Of) -> Array:
        if of == "log":
            return np.ones_like(at.p[level])
        return at.p[level] if of == "probability" else 1.0 / at.q[level]

    def derivative(self, at: Probabilities, level: int, of: Of = "probability") -> Arrays:
        """``δ_kj − p_j`` of log p_k, times p_k of p_k, over 1 − p_k of the log-odds."""
        times = self._times(at, level, of)
        return tuple(times * d for d in self._of_log(at, level))

    def second(self, at: Probabilities, level: int, of: Of = "probability") -> tuple[Arrays, ...]:
        """Those of log p_k are −p_j(δ_jl − p_l); the product rule gives the others."""
        first, times = self._of_log(at, level), self._times(at, level, of)
        own = 1.0 if of == "probability" else 0.0 if of == "log" else at.p[level] / at.q[level]
        rows = []
        for j, d in zip(self._compared, first, strict=True):
            bend = [-at.p[j] * e for e in self._of_log(at, j)]
            rows.append(tuple(times * (b + own * d * e) for b, e in zip(bend, first, strict=True)))
        return tuple(rows)


def _certain(against: Array) -> npt.NDArray[np.bool_]:
    """Rows (m,) in which some other level (K − 1, m) is infinitely more likely, whatever is not known of the rest."""
    return np.asarray(np.isposinf(against).any(axis=0))
