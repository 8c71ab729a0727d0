"""Likelihoods of whole models: null, fitted, and the deviance against a parameter per row."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from glmlogit.estimate.solved import Solved
from glmlogit.fitting.control import Control
from glmlogit.fitting.maximise import maximise
from glmlogit.likelihood.objective import Likelihood
from glmlogit.numerics.lazy import cached_property


@dataclass(frozen=True, eq=False)
class LikelihoodNumbers:
    """What the likelihood of a solved model amounts to as a whole, each number computed when first asked for.

    Where there is a reason ``why_no_criteria``, the likelihood is not the sample's, and AIC and BIC are NaN.
    """

    solved: Solved
    why_no_criteria: str = ""

    @cached_property
    def kernel(self) -> float:
        """Log-likelihood at the estimate, without binomial coefficients and without a penalty; a supremum if separated.

        What was maximised is another number where there is a penalty.
        """
        maximum = self.solved.maximum
        return maximum.value if self.solved.plain else maximum.limiting.evaluate(maximum.beta).value

    @cached_property
    def deviance(self) -> float:
        """Twice the log-likelihood distance to the saturated model of the rows."""
        return self.solved.maximum.limiting.deviance(self.solved.maximum.pair, self.kernel)

    @cached_property
    def llf(self) -> float:
        """Log-likelihood at the estimate, binomial coefficients included for grouped data."""
        return self.solved.maximum.likelihood.saturated - self.deviance / 2.0

    @cached_property
    def llnull(self) -> float:
        """Log-likelihood of the intercept-only (plus offset) model."""
        return self.llf - self.kernel + null_loglik(self.solved.maximum.likelihood, intercept=True)

    @cached_property
    def null_deviance(self) -> float:
        """Deviance of R's null model: intercept (if the model has one) and offset."""
        largest = self.deviance / 2.0 + self.kernel
        return 2.0 * (largest - null_loglik(self.solved.maximum.likelihood, intercept=self.solved.design.has_intercept))

    @property
    def title(self) -> str:
        """What the model is called."""
        return self.solved.maximum.likelihood.arrangement.title

    @property
    def nobs(self) -> float:
        """Number of observations."""
        return self.solved.design.nobs

    @property
    def rank(self) -> int:
        """Number of coefficients that are not aliased, the same whichever level is a base."""
        return self.solved.maximum.rank

    @property
    def df_model(self) -> float:
        """Estimated coefficients other than the intercepts."""
        return float(self.rank - self.n_predictors * self.solved.design.has_intercept)

    @property
    def n_predictors(self) -> int:
        """Linear predictors of an observation that are not determined by others."""
        likelihood = self.solved.maximum.likelihood
        return min(len(likelihood.arrangement.places), max(len(likelihood.response.levels) - 1, 1))

    @property
    def total(self) -> float:
        """Weighted number of observations."""
        return sum(self.solved.maximum.likelihood.totals)

    @property
    def df_resid(self) -> float:
        """Observations, as often as they have linear predictors, less estimated coefficients."""
        return self.nobs * self.n_predictors - self.rank

    @property
    def df_null(self) -> float:
        """Degrees of freedom of the null deviance."""
        return self.n_predictors * (self.nobs - self.solved.design.has_intercept)

    @cached_property
    def df_effective(self) -> float:
        """Trace of ``(I + P)⁻¹ I`` with P the information of a penalty (le Cessie & van Houwelingen 1992, §2)."""
        maximum = self.solved.maximum
        if self.solved.plain:
            return float(len(maximum.estimated))
        root = maximum.limiting.evaluate(maximum.beta, root=True).info.keep(maximum.estimated)
        assert root.root is not None
        return float((((root.root / root.scale) @ self.solved.whitened_root) ** 2).sum())

    @property
    def aic(self) -> float:
        """Akaike's criterion −2·llf + 2·rank."""
        return math.nan if self.why_no_criteria else -2.0 * self.llf + 2.0 * self.rank

    @property
    def bic(self) -> float:
        """Schwarz's criterion, with the number of single observations."""
        return self.schwarz(self.solved.design.n_trials)

    def schwarz(self, n: float) -> float:
        """Schwarz's criterion −2·llf + log(n)·rank with another number of observations."""
        return math.nan if self.why_no_criteria or not n > 0 else -2.0 * self.llf + math.log(n) * self.rank


def null_loglik(likelihood: Likelihood, *, intercept: bool) -> float:
    """Log-likelihood kernel with only the offset and, if asked, a constant."""
    if intercept and likelihood.null_value is not None:
        return likelihood.null_value
    alone = likelihood.null
    if not intercept:
        return alone.evaluate(np.zeros(alone.size)).value
    maximum = maximise(alone, None, Control())
    return maximum.value if maximum.reached else math.nan
