"""What a fit can do, and why it cannot do the rest: every reason in a sentence, in one place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Undefined:
    """What the estimator or the data leave without a meaning: the reason, empty for what is defined."""

    likelihood: str = ""
    aic: str = ""


@dataclass(frozen=True)
class Capabilities:
    """Why a fit cannot do something; a reason is empty for what it can.

    ``undefined`` comes from the estimator and the data, ``unreached`` is how an iteration ended that did not reach the
    maximum, and ``robust`` the kind of standard errors that do not trust the likelihood.
    """

    undefined: Undefined = Undefined()
    unreached: str = ""
    robust: str = ""

    @property
    def why_no_likelihood(self) -> str:
        """Why there is no maximised likelihood; standard errors of whatever kind stand beside one."""
        return self.undefined.likelihood or self.unreached

    @property
    def why_no_score_test(self) -> str:
        """Why the score tests nothing: there is no likelihood, or standard errors do not trust it."""
        robust = (
            f"the fit is reported with {self.robust} standard errors, and tests by the likelihood are those of the "
            f"model: fit.with_cov('model')"
        )
        return self.undefined.likelihood or (robust if self.robust else "")

    @property
    def why_no_likelihood_test(self) -> str:
        """Why likelihoods cannot be compared: as for score tests, or since the larger one was not reached."""
        return self.why_no_score_test or self.unreached

    @property
    def why_no_wald_test(self) -> str:
        """Why estimates cannot be held against their standard errors."""
        return self.unreached

    @property
    def why_no_aic(self) -> str:
        """Why there is neither AIC nor BIC."""
        return self.undefined.aic
