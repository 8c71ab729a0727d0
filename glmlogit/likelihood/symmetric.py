"""The multinomial logit without a base: every level has coefficients, and a penalty chooses their common shift."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from glmlogit.data.rows import Rows
from glmlogit.likelihood.arrangement import Arrangement
from glmlogit.likelihood.multinomial import MultinomialLogit
from glmlogit.likelihood.multinomial_response import MultinomialResponse
from glmlogit.likelihood.response import Arrays, Probabilities

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]


@dataclass(frozen=True)
class SymmetricResponse(MultinomialResponse):
    """``p_k = e^{η_k}/Σ e^{η_l}`` with a predictor for every level (Friedman, Hastie & Tibshirani 2010, §4)."""

    base: int = -1  # no position

    @property
    def event(self) -> None:
        """None: each level has a probability of its own."""
        return

    def places(self, size: int) -> tuple[Index, ...]:
        """The coefficients of one level after those of another."""
        return tuple(np.split(np.arange(size), len(self.levels)))

    def settled(self, eta: Arrays, apart: Array) -> Probabilities:
        """Penalised predictors are finite."""
        return self.probabilities(eta)

    def _every(self, eta: Arrays) -> Array:
        return np.stack(eta)


@dataclass(frozen=True, eq=False)
class SymmetricLogit(MultinomialLogit):
    """A multinomial logit of the differences of every level's coefficients (K p,) from those of the first."""

    why_no_refinement = "a penalised model is not refined in double-double"

    @property
    def response(self) -> SymmetricResponse:
        """A probability for each level, of the predictors of all."""
        return SymmetricResponse(self.names)

    @property
    def compared(self) -> tuple[Hashable, ...]:
        """The levels that have coefficients: all."""
        return self.names

    @property
    def arrangement(self) -> Arrangement:
        """The coefficients of one level after those of another."""
        keys = tuple((level, name) for level in self.names for name in self.rows.names)
        return Arrangement(self.response.places(self.size), keys, "Multinomial logistic regression, no base")

    @property
    def null(self) -> MultinomialLogit:
        """The likelihood of a constant for each level against the first."""
        return self.rebased(0).null

    def in_columns(self, rows: Rows) -> SymmetricLogit:
        """The likelihood of rows, the same in other columns."""
        return symmetric_logit(rows, self.names, self.threads)

    def rebased(self, base: int) -> MultinomialLogit:
        """The same model with coefficients against a level."""
        return MultinomialLogit(self.rows, base, self.threads, names=self.names)

    def against(self, beta: Array, base: int) -> Array:
        """Differences (q,) of the coefficients from those of a level."""
        by_level = beta.reshape(self.n_levels, -1)
        return np.asarray(np.delete(by_level - by_level[base], base, axis=0).ravel())


def symmetric_logit(rows: Rows, names: tuple[Hashable, ...], threads: int | None) -> SymmetricLogit:
    """The likelihood of rows with the levels ``names``, each with coefficients of all columns."""
    p, K = rows.n_columns, len(names)
    differences = np.kron(np.eye(K)[1:] - np.eye(K)[0], np.eye(p))
    return SymmetricLogit(rows, 0, threads, transform=differences, names=names)
