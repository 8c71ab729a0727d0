"""What a fit knows before anybody asks: coefficients, their covariance, likelihood and sample numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.columns.columns import Columns
from glmlogit.designs.container import Design
from glmlogit.estimate import incidental, readings
from glmlogit.estimate.capabilities import Capabilities, Undefined
from glmlogit.estimate.class_weighting import ClassWeighting, class_weighting
from glmlogit.estimate.class_weighting import notes as notes_of_weighting
from glmlogit.estimate.coefficients import Coefficients, coefficients_of
from glmlogit.estimate.covariance import Covariance
from glmlogit.estimate.covariance import notes as notes_of
from glmlogit.estimate.likelihoods import LikelihoodNumbers
from glmlogit.estimate.row_contributions import RowContributions, row_contributions
from glmlogit.estimate.sample import FittedRows, Sample
from glmlogit.estimate.saved import Saved
from glmlogit.estimate.solution import SolvedModel
from glmlogit.estimate.solved import Solved
from glmlogit.estimate.surface import Surface
from glmlogit.fitting import certify
from glmlogit.fitting.control import Control, Status
from glmlogit.fitting.maximum import Maximum
from glmlogit.likelihood.objective import Penalty, exact
from glmlogit.likelihood.response import Response
from glmlogit.messages.calls import checkable
from glmlogit.messages.labels import NO_LABELS, Carrier, Labels
from glmlogit.messages.notes import Note
from glmlogit.messages.words import Name, joined, sentence
from glmlogit.numerics.lazy import cached_property
from glmlogit.numerics.reference import Reference, ReferenceName
from glmlogit.shrinkage.record import Shrinkage

Array = npt.NDArray[np.float64]

# What analyses read and users need not: no message takes a word that was mistyped for one of these.
FOR_ANALYSES = frozenset(
    {
        "coefs",
        "columns",
        "contributions",
        "likelihood",
        "response",
        "rows",
        "sample",
        "saved",
        "solution",
        "surface",
        "weighting",
    }
)


@checkable
@dataclass(frozen=True, eq=False)
class Estimate(Carrier):
    """A solved model as it is reported: by which estimator, with which covariance, at which level."""

    solved: Solved = field(repr=False)
    estimator: str
    cov_kind: str
    level: float
    control: Control = field(repr=False)
    undefined: Undefined = field(repr=False, default=Undefined())
    extra_notes: tuple[Note, ...] = field(repr=False, default=())
    reference_name: ReferenceName | None = field(repr=False, default=None)
    shrinkage: Shrinkage | None = field(repr=False, default=None)
    saved: Saved | None = field(repr=False, default=None)

    @property
    def _labels(self) -> Labels:  # type: ignore[override]
        labels: Labels = vars(self.sample).get("labels", NO_LABELS)  # files of saved fits may be older
        return labels

    @property
    def design(self) -> Design:
        """The rows, ready to fit."""
        return self.solved.design

    @property
    def maximum(self) -> Maximum:
        """Where the objective is largest, or what it tends to."""
        return self.solved.maximum

    @property
    def penalty(self) -> Penalty | None:
        """What was added to the log-likelihood."""
        return self.solved.penalty

    @property
    def status(self) -> Status:
        """How the iteration ended; the value is a sentence."""
        return self.solved.status

    @property
    def terms(self) -> pd.Index:
        """Names of the columns, the index of every table by term."""
        return self.solved.terms

    # --- what analyses read ---------------------------------------------------------------------
    @cached_property
    def coefs(self) -> Coefficients:
        """The coefficients: labels, values, states, and which of them are estimated."""
        return coefficients_of(self.solved)

    @property
    def columns(self) -> Columns:
        """What makes the model columns of new data, of changed data, and of terms."""
        return self.solved.design.columns

    @property
    def sample(self) -> Sample:
        """How much was observed, of what, and how."""
        return self.solved.design

    @cached_property
    def weighting(self) -> ClassWeighting | None:
        """Class weights, whose probabilities they give, and the intercept without; None for a fit without."""
        return class_weighting(self.solved)

    @property
    def rows(self) -> FittedRows:
        """The rows themselves."""
        return self.solved.design

    @cached_property
    def likelihood(self) -> LikelihoodNumbers:
        """Log-likelihoods, deviances, their degrees of freedom, and criteria."""
        return LikelihoodNumbers(self.solved, why_no_criteria=self.undefined.aic)

    @property
    def solution(self) -> SolvedModel:
        """The maximum, as a function of rows: linear predictors."""
        return self.solved

    @property
    def response(self) -> Response:
        """From linear predictors to the probabilities of outcomes."""
        return self.solved.maximum.likelihood.response

    @cached_property
    def surface(self) -> Surface:
        """What was maximised, as a function of the coefficients: tests and profiles restrict it."""
        return Surface(self.solved, self.control)

    @property
    def contributions(self) -> Iterator[RowContributions]:
        """What each row contributes to score and information, in blocks."""
        return row_contributions(self.solved)

    @cached_property
    def covariance(self) -> Covariance:
        """How the coefficients vary, by the kind of the fit."""
        return Covariance(self.solved, self.cov_kind, self.reference_name)

    @property
    def covariance_matrix(self) -> Array:
        """Covariance (k, k) of the estimable coefficients, without labels; NaN where there is none."""
        return self.covariance.matrix

    @property
    def reference(self) -> Reference:
        """Distribution of Wald statistics: normal and chi-squared, or t and F where clusters are few."""
        return self.covariance.reference

    @property
    def capabilities(self) -> Capabilities:
        """What cannot be done with the fit, and why."""
        return Capabilities(
            self.undefined,
            unreached="" if self.maximum.reached else self.status.value,
            robust="" if self.covariance.kind.modelled else self.cov_kind,
            estimator=self.estimator,
            penalised=self.solved.penalty is not None,
            adjusted=self.solved.adjusted,
            class_weighted=self.design.class_weighted,
            why_no_residual=self.maximum.likelihood.why_no_residual,
        )

    # --- coefficients -------------------------------------------------------------------------
    @property
    def params(self) -> pd.Series[float]:
        """Coefficients (log-odds ratios) by term; ±inf where separated, NaN where not determined."""
        return pd.Series(self.maximum.coefficients, index=self.terms, name="estimate", copy=False)

    @property
    def bse(self) -> pd.Series[float]:
        """Standard errors by term, from the fit's covariance."""
        return self.solved.labelled(self.covariance.standard_errors, "std_error")

    @property
    def zvalues(self) -> pd.Series[float]:
        """Wald statistics β/SE by term."""
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            z = self.maximum.coefficients / self.bse.to_numpy()
        return pd.Series(z, index=self.terms, name="statistic")

    @property
    def pvalues(self) -> pd.Series[float]:
        """Two-sided Wald p-values by term."""
        z = self.zvalues
        return pd.Series(self.reference.pvalue(z.to_numpy()), index=z.index, name="p_value")

    # --- the model as a whole -----------------------------------------------------------------
    @property
    def llf(self) -> float:
        """Log-likelihood at the estimate, binomial coefficients included for grouped data."""
        return self.likelihood.llf

    @property
    def loglik(self) -> float:
        """Log-likelihood kernel: without binomial coefficients and without a penalty."""
        return self.likelihood.kernel

    @property
    def llnull(self) -> float:
        """Log-likelihood of the intercept-only (plus offset) model."""
        return self.likelihood.llnull

    @property
    def deviance(self) -> float:
        """Twice the log-likelihood distance to the saturated model of the rows."""
        return self.likelihood.deviance

    @property
    def null_deviance(self) -> float:
        """Deviance of R's null model: intercept (if the model has one) and offset."""
        return self.likelihood.null_deviance

    @property
    def nobs(self) -> float:
        """Number of observations."""
        return self.design.nobs

    @property
    def rank(self) -> int:
        """Number of coefficients that are not aliased."""
        return self.maximum.rank

    @property
    def df_model(self) -> float:
        """Estimated coefficients other than the intercept."""
        return self.likelihood.df_model

    @property
    def df_resid(self) -> float:
        """Observations less estimated coefficients."""
        return self.likelihood.df_resid

    @property
    def df_null(self) -> float:
        """Degrees of freedom of the null deviance."""
        return self.likelihood.df_null

    @property
    def aic(self) -> float:
        """Akaike's criterion −2·llf + 2·rank; NaN where the likelihood is not the sample's."""
        return self.likelihood.aic

    @property
    def bic(self) -> float:
        """Schwarz's criterion; NaN where the likelihood is not the sample's.

        −2·llf + log(n)·rank, n the number of single observations: Σ weight × trials, however they are written down
        (SAS's SC). ``bic_rows`` counts rows, as R.
        """
        return self.likelihood.bic

    @property
    def bic_rows(self) -> float:
        """Schwarz's criterion with the number of rows, grouped ones and those of counts too, as R's ``BIC(glm)``."""
        return self.likelihood.schwarz(self.design.n_rows)

    @property
    def converged(self) -> bool:
        """Whether the status is CONVERGED."""
        return self.status is Status.CONVERGED

    @property
    def n_iter(self) -> int:
        """Number of Newton steps on all rows, with the information there or of a point near by."""
        return len(self.maximum.trace)

    @cached_property
    def digits(self) -> float:
        """Correct decimal digits of the worst finite coefficient: a proved lower bound, 15.95 at most.

        0 where nothing can be proved, as for a coefficient that may be exactly 0. NaN for penalised and
        adjusted fits, and for fits that did not converge.
        """
        maximum, factor = self.maximum, self.maximum.at.info.factor
        if maximum.certified is not None:
            return maximum.certified
        provable = self.solved.plain and maximum.reached and not maximum.likelihood.why_no_refinement
        if not provable or factor is None:
            return math.nan
        rows = exact(maximum.limiting.reduced).exact_rows
        return certify.certified_digits(rows, maximum.beta, maximum.estimated, factor)

    @property
    def trace(self) -> pd.DataFrame:
        """Log-likelihood, Newton decrement and step halvings of each iteration."""
        return pd.DataFrame(
            [(s.value, s.decrement, s.halvings) for s in self.maximum.trace],
            columns=["llf", "decrement", "halvings"],
            index=pd.RangeIndex(1, self.n_iter + 1, name="iteration"),
        )

    # --- a penalty on glmnet's scale ----------------------------------------------------------
    @property
    def gap(self) -> float:
        """Duality gap: how far the penalised objective is above the least, at most; NaN for other estimators."""
        return math.nan if self.shrinkage is None else self.shrinkage.gap

    @property
    def kkt(self) -> float:
        """Largest violation of the conditions of a penalised maximum, as a share of λ; NaN for other estimators."""
        return math.nan if self.shrinkage is None else self.shrinkage.kkt

    @property
    def df_effective(self) -> float:
        """Effective number of coefficients, the intercept counted: ``tr((I + P)⁻¹ I)``, P the penalty's information."""
        selected = None if self.shrinkage is None else self.shrinkage.df_selected
        return self.likelihood.df_effective if selected is None else selected

    @property
    def formula(self) -> str | None:
        """The formula as given; None for a design from arrays."""
        return self.design.formula

    @property
    def event(self) -> Any:
        """Value of the outcome that is modelled; None for grouped data."""
        return self.design.outcome.event

    @property
    def notes(self) -> tuple[Note, ...]:
        """What the reader must know, in sentences with a code."""
        return (
            self.design.notes
            + self.extra_notes
            + (*notes_of_weighting(self.weighting),)
            + readings.notes(self.design)
            + notes_of(self.covariance)
            + (*incidental.notes(self.design),)
        )

    @property
    def outcome_text(self) -> str:
        """The event modelled, in words."""
        return self.design.outcome.words

    @property
    def cov_text(self) -> str:
        """What the standard errors are, in words."""
        return self.covariance.text

    @property
    def weight_text(self) -> str | None:
        """Kind and name of the weights, in words; None without weights."""
        rule, of_rows = self.design.class_text, self.design.weights is not None
        names = {"name": Name(self.design.weight_name)}
        texts = [sentence(f"{self.design.weight_type} weights: {{name}}", **names)] if of_rows else []
        texts += [] if rule is None else [sentence("class weights: {rule}", rule=rule)]
        return joined(texts, by="; ") if texts else None

    def resolved(self, **changes: Any) -> Self:
        """The same report of another solution: with other rows, maximum or penalty."""
        return replace(self, solved=replace(self.solved, **changes))
