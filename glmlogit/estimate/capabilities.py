"""What a fit can do, and why it cannot do the rest: every reason in a sentence, in one place."""

from __future__ import annotations

from dataclasses import dataclass

from glmlogit.messages.words import sentence


@dataclass(frozen=True)
class Undefined:
    """What the estimator or the data leave without a meaning: the reason, empty for what is defined."""

    likelihood: str = ""
    aic: str = ""
    covariance: str = ""
    refits: str = ""
    ratios: str = ""


@dataclass(frozen=True)
class Capabilities:
    """Why a fit cannot do something; a reason is empty for what it can.

    ``undefined`` comes from the estimator and the data, ``unreached`` is how an iteration ended that did not reach the
    maximum, and ``robust`` the kind of standard errors that do not trust the likelihood. ``penalised`` tells that the
    likelihood that tests and profiles compare has a penalty, ``adjusted`` that the ``estimator`` is more than one
    maximisation, ``class_weighted`` that events weigh other than non-events. ``why_no_residual`` is the likelihood's.
    """

    undefined: Undefined = Undefined()
    unreached: str = ""
    robust: str = ""
    estimator: str = ""
    penalised: bool = False
    adjusted: bool = False
    class_weighted: bool = False
    why_no_residual: str = ""

    @property
    def plain(self) -> bool:
        """Whether the estimate maximises the likelihood itself: that of a smaller model compares with it."""
        return not (self.penalised or self.adjusted)

    @property
    def calibrated(self) -> bool:
        """Whether the score equations calibrate probabilities in the rows they were fitted to."""
        return self.plain and not self.class_weighted

    @property
    def why_no_likelihood(self) -> str:
        """Why there is no maximised likelihood; standard errors of whatever kind stand beside one."""
        return self.undefined.likelihood or self.unreached

    @property
    def why_no_score_test(self) -> str:
        """Why the score tests nothing: there is no likelihood, or standard errors do not trust it."""
        robust = sentence(
            "the fit is reported with {kind} standard errors, and tests by the likelihood are those of the model: "
            "fit.with_cov('model')",
            kind=self.robust,
        )
        return self.undefined.likelihood or (robust if self.robust else "")

    @property
    def why_no_likelihood_test(self) -> str:
        """Why likelihoods cannot be compared: as for score tests, or since the larger one was not reached."""
        return self.why_no_score_test or self.unreached

    @property
    def why_no_wald_test(self) -> str:
        """Why estimates cannot be held against their standard errors."""
        return self.undefined.covariance or self.unreached

    @property
    def why_no_aic(self) -> str:
        """Why there is neither AIC nor BIC."""
        return self.undefined.aic

    @property
    def why_no_sequence(self) -> str:
        """Why models that grow term by term cannot be compared."""
        if self.penalised:
            return (
                "penalised likelihoods of different models are not comparable; anova compares likelihoods, drop1 tests "
                "terms"
            )
        text = "{estimator} is fitted to one model only; use drop1(fit, test='wald')"
        return sentence(text, estimator=self.estimator) if self.adjusted else ""

    @property
    def why_no_bootstrap(self) -> str:
        """Why the model cannot be fitted to other rows."""
        if self.undefined.refits or not self.adjusted:
            return self.undefined.refits
        return sentence(
            "the bootstrap refits by maximising one function, and {estimator} is made in several steps; use another "
            "method, or gl.firth",
            estimator=self.estimator,
        )

    @property
    def why_no_influence(self) -> str:
        """Why a row's influence on the estimate, and what rests on it, is not known."""
        if self.plain:
            return ""
        return sentence(
            "unconditional standard errors need a row's influence on the estimate, which is not known for {estimator}; "
            "leave out unconditional=True, or use comparisons(..., interval='bootstrap')",
            estimator=self.estimator,
        )

    @property
    def why_no_peer(self) -> str:
        """Why other programs have no fit to compare with."""
        text = "the peer has no such estimator ({estimator})"
        return "" if self.plain else sentence(text, estimator=self.estimator)
