"""The fit: frozen numbers of one estimated model, and the verbs bound to them by name."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit import (
    _incidental,
    _kernels,
    _readings,
    certificate,
    covariance,
    diagnostics,
    hypothesis,
    intervals,
    likelihoods,
    marginal,
    plotting,
    prediction,
    reporting,
    separability,
    standardised,
    tables,
    validation,
    wording,
)
from glmlogit._calls import checkable, checked
from glmlogit._doubledouble import DD
from glmlogit._format import visible
from glmlogit._lazy import cached_property
from glmlogit._linalg import Information
from glmlogit._other_words import instead_of
from glmlogit._reference import Reference, ReferenceName
from glmlogit._spread import Spread, spread_of
from glmlogit.designs import Design
from glmlogit.intake import Note
from glmlogit.maximum import GREAT_LOSS, Maximum, objective_of
from glmlogit.objective import Objective, Penalty
from glmlogit.solve import Control, Status

Array = npt.NDArray[np.float64]


# Rows times columns up to which all that is said of rows is worked out in double-double for a refined fit.
MOST_EXACT = 200_000


def _read_only(array: Array) -> Array:
    array.flags.writeable = False
    return array


@dataclass(frozen=True)
class Capabilities:
    """What a fit can do; each field is empty for yes, else the reason why not."""

    likelihood: str = ""  # likelihood-ratio and score tests, profile and score intervals
    aic: str = ""  # AIC and BIC
    wald: str = ""  # standard errors and Wald tests


@checkable
@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted logistic regression; returned by every estimator, never changed afterwards.

    Attributes
    ----------
    params, bse, zvalues, pvalues : Series by term
        Log-odds, standard errors of the fit's covariance, Wald statistics and two-sided p-values. An
        aliased coefficient is NaN.
    llf, llnull, deviance, null_deviance, aic, bic : float
        As R's ``glm`` for the same rows. ``llnull`` is the intercept-only (plus offset) model.
    nobs, df_model, df_resid, df_null : float
        ``nobs`` is the sum of frequency weights, else the number of rows.
    status : Status
        How the iteration ended; its value is a sentence. ``converged`` is ``status is CONVERGED``.
    n_iter : int
    trace : DataFrame
        ``llf decrement halvings`` of each iteration.
    design : Design
    formula : str or None
    event : value of the outcome that is modelled; None for grouped data.
    notes : tuple of Note
        What the reader must know: rows dropped, aliased columns, event modelled.
    """

    design: Design
    maximum: Maximum = field(repr=False)
    estimator: str
    cov_kind: str
    level: float
    control: Control = field(repr=False)
    penalty: Penalty | None = field(repr=False, default=None)
    adjusted: bool = field(repr=False, default=False)  # whether the estimate is more than one maximisation
    model_info: Information | None = field(repr=False, default=None)  # other than the likelihood's own
    capabilities: Capabilities = field(repr=False, default=Capabilities())
    extra_notes: tuple[Note, ...] = field(repr=False, default=())
    reference_name: ReferenceName | None = field(repr=False, default=None)  # other than the covariance's own

    # --- coefficients -------------------------------------------------------------------------
    @cached_property
    def terms(self) -> pd.Index:
        """Names of the columns, the index of every table by term."""
        return pd.Index(self.design.names, name="term", dtype=object)  # a fifth of the time of text inference

    @cached_property
    def finite(self) -> npt.NDArray[np.bool_]:
        """Which of the estimated columns have a finite, determined coefficient."""
        states = self.maximum.states
        return np.array([states[j] == "finite" for j in self.maximum.estimated.tolist()], dtype=bool)

    def _series(self, values: Array, name: str) -> pd.Series[float]:
        full = np.full(self.design.n_columns, np.nan)
        full[self.maximum.estimated[self.finite]] = values[self.finite]
        return pd.Series(full, index=self.terms, name=name)

    def by_term(self, matrix: Array) -> pd.DataFrame:
        """Label a matrix of the estimated coefficients; rows and columns without a finite one are NaN."""
        full = np.full((self.design.n_columns,) * 2, np.nan)
        known = self.maximum.estimated[self.finite]
        full[np.ix_(known, known)] = matrix[np.ix_(self.finite, self.finite)]
        return pd.DataFrame(full, index=self.terms, columns=self.design.names)

    @property
    def params(self) -> pd.Series[float]:
        """Coefficients (log-odds ratios) by term; ±inf where separated, NaN where not determined."""
        return pd.Series(self.maximum.coefficients, index=self.terms, name="estimate")

    @property
    def bse(self) -> pd.Series[float]:
        """Standard errors by term, from the fit's covariance."""
        return self._series(self.standard_errors, "std_error")

    @property
    def zvalues(self) -> pd.Series[float]:
        """Wald statistics β/SE by term."""
        return (self.params / self.bse).rename("statistic")

    @property
    def pvalues(self) -> pd.Series[float]:
        """Two-sided Wald p-values by term."""
        z = self.zvalues
        return pd.Series(self.reference.pvalue(z.to_numpy()), index=z.index, name="p_value")

    @cached_property
    def inverse_root(self) -> Array:
        """``L`` with ``I⁻¹ = L L'`` over the estimated coefficients."""
        if self.maximum.root is not None:
            return self.maximum.root
        factor = self.maximum.at.info.factor
        k = len(self.maximum.estimated)
        return np.full((k, k), np.nan) if factor is None else factor.inverse_root

    @cached_property
    def spread(self) -> Spread:
        """How combinations of the coefficients vary under the fit's covariance."""
        return spread_of(self)

    @cached_property
    def covariance_matrix(self) -> Array:
        """Covariance of the estimable coefficients, without labels; NaN where there is none."""
        return _read_only(covariance.covariance(self, self.cov_kind))

    @cached_property
    def reference(self) -> Reference:
        """Distribution of Wald statistics: normal and chi-squared, or t and F where clusters are few."""
        return covariance.reference_of(self)

    @cached_property
    def standard_errors(self) -> Array:
        """Standard errors of the estimable coefficients, without labels; NaN where there is none."""
        return _read_only(self.spread.errors(self.root))

    @cached_property
    def exact_rows(self) -> bool:
        """Whether analyses over rows take refined coefficients in double-double.

        A fit of few covariate patterns is refined whatever the number of rows; where these are many, and no digit of
        note is lost without, they are taken in double precision.
        """
        factor = self.maximum.at.info.factor
        few = self.design.n_rows * self.design.n_columns <= MOST_EXACT
        return self.maximum.root is not None and (few or factor is None or factor.condition > GREAT_LOSS)

    def linear_predictor(self, X: Array, offset: Array | None = None) -> Array:
        """``Xβ + offset``, to the last digit for a fit that was refined."""
        if self.exact_rows:
            return certificate.linear_predictor(X, self.maximum.pair, offset).hi
        eta = X @ self.maximum.beta
        return eta if offset is None else eta + offset

    def predictor_of(self, X: Array, columns: npt.NDArray[np.intp], offset: Array | None) -> DD:
        """What some columns (n, c) and an offset give to the linear predictor, with what digits are to be had."""
        if self.exact_rows:
            beta = self.maximum.pair
            return certificate.linear_predictor(X, DD(beta.hi[columns], beta.lo[columns]), offset)
        eta = X @ self.maximum.beta[columns]
        eta = eta if offset is None else eta + offset
        return DD(eta, np.zeros(len(eta)))

    def image(self, X: Array) -> Array:
        """Rows (estimated columns) in the coordinates in which the information is the identity."""
        if not self.exact_rows:
            return X @ self.inverse_root
        return certificate.image(X, self.inverse_root) @ self._whitening

    @property
    def model_root(self) -> Array:
        """``L`` with L L' the model's covariance."""
        factor = None if self.model_info is None else self.model_info.factor
        return self.inverse_root if factor is None else factor.inverse_root

    @property
    def root(self) -> Array:
        """The coefficients in the coordinates of :attr:`spread`, a row each."""
        return self.model_root if self.spread.meat is None else self.whitened_root

    @property
    def whitened_root(self) -> Array:
        """``L`` with ``I⁻¹ = L L'`` that belongs to the coordinates of :meth:`image`."""
        return self.inverse_root @ self._whitening if self.exact_rows else self.inverse_root

    @cached_property
    def _whitening(self) -> Array:
        """``C⁻ᵀ`` with C C' the information in the coordinates of a refined root.

        The rows of that root have the right lengths to the last digit, but its rounding leaves the identity
        only to κ·eps; what is quadratic in the rows (leverages, sandwiches) would lose those digits.
        """
        rows, estimated = self.maximum.rows, self.maximum.estimated
        gram = np.zeros((len(estimated),) * 2)
        for block in rows.collapsed.blocks():
            eta = certificate.linear_predictor(block.X, self.maximum.pair, block.offset).hi
            weight = _kernels.row_sums(eta, block.events, block.nonevents).weight
            part = certificate.image(block.X[:, estimated], self.inverse_root) * np.sqrt(weight)[:, None]
            gram += part.T @ part
        return np.asarray(np.linalg.inv(np.linalg.cholesky(gram)).T) if len(gram) else gram

    def along(self, X: Array) -> Array:
        """Combinations of the coefficients (rows over all columns) in the coordinates of :attr:`spread`."""
        rows = X[:, self.maximum.estimated]
        modelled = self.spread.meat is None and self.model_info is not None
        return rows @ self.model_root if modelled else self.image(rows)

    def std_error_of(self, X: Array) -> Array:
        """Standard errors of the linear predictors ``X β`` under the fit's covariance; NaN where there is none."""
        return self.spread.errors(self.along(X))

    def covariance_of(self, rows: Array) -> Array:
        """Covariance of linear combinations of the coefficients, a row each, under the fit's covariance."""
        return self.spread.matrix(self.along(rows))

    def unsure_of(self, rows: Array) -> tuple[str, ...]:
        """Why linear combinations of the coefficients have no variance; empty where they have one."""
        return self.spread.reasons(self.along(rows), squared=True)

    # --- the model as a whole -----------------------------------------------------------------
    @cached_property
    def llf(self) -> float:
        """Log-likelihood at the estimate, binomial coefficients included for grouped data."""
        return likelihoods.saturated(self.design) - self.deviance / 2.0

    @cached_property
    def loglik(self) -> float:
        """Log-likelihood kernel: without binomial coefficients and without a penalty."""
        return likelihoods.loglik(self)

    @cached_property
    def objective(self) -> Objective:
        """What was maximised, over the columns that are not aliased: tests and profiles restrict it."""
        return objective_of(self.design, self.maximum.aliases, self.penalty, self.control.threads)

    @cached_property
    def llnull(self) -> float:
        """Log-likelihood of the intercept-only (plus offset) model."""
        return self.llf - self.loglik + likelihoods.null_loglik(self.design, intercept=True)

    @cached_property
    def deviance(self) -> float:
        """Twice the log-likelihood distance to the saturated model of the rows."""
        return likelihoods.deviance(self.maximum.rows, self.maximum.pair, self.loglik)

    @cached_property
    def null_deviance(self) -> float:
        """Deviance of R's null model: intercept (if the model has one) and offset."""
        saturated = self.deviance / 2.0 + self.loglik
        return 2.0 * (saturated - likelihoods.null_loglik(self.design, intercept=self.design.has_intercept))

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
        return float(self.rank - self.design.has_intercept)

    @property
    def df_resid(self) -> float:
        """Observations less estimated coefficients."""
        return self.nobs - self.rank

    @property
    def df_null(self) -> float:
        """Degrees of freedom of the null deviance."""
        return self.nobs - self.design.has_intercept

    @property
    def aic(self) -> float:
        """Akaike's criterion −2·llf + 2·rank; NaN where the likelihood is not the sample's."""
        return math.nan if self.capabilities.aic else -2.0 * self.llf + 2.0 * self.rank

    @property
    def bic(self) -> float:
        """Schwarz's criterion; NaN where the likelihood is not the sample's.

        −2·llf + log(n)·rank, n the number of single observations: Σ weight × trials, however they are written down
        (SAS's SC). ``bic_rows`` counts rows, as R.
        """
        return self._schwarz(self.design.n_trials)

    @property
    def bic_rows(self) -> float:
        """Schwarz's criterion with the number of rows, grouped ones and those of counts too, as R's ``BIC(glm)``."""
        return self._schwarz(self.design.n_rows)

    def _schwarz(self, n: float) -> float:
        return math.nan if self.capabilities.aic or not n > 0 else -2.0 * self.llf + math.log(n) * self.rank

    @property
    def status(self) -> Status:
        """How the iteration ended; the value is a sentence."""
        return self.maximum.status

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
        if self.penalty is not None or self.adjusted or not maximum.reached or factor is None:
            return math.nan
        return certificate.certified_digits(maximum.rows.collapsed, maximum.beta, maximum.estimated, factor)

    @property
    def trace(self) -> pd.DataFrame:
        """Log-likelihood, Newton decrement and step halvings of each iteration."""
        return pd.DataFrame(
            [(s.llf, s.decrement, s.halvings) for s in self.maximum.trace],
            columns=["llf", "decrement", "halvings"],
            index=pd.RangeIndex(1, self.n_iter + 1, name="iteration"),
        )

    @property
    def formula(self) -> str | None:
        """The formula as given; None for a design from arrays."""
        return self.design.formula

    @cached_property
    def _separation(self) -> separability.SeparationReport:
        return separability.separation(self)

    @property
    def separation(self) -> separability.SeparationReport:
        """Which coefficients have no finite maximum-likelihood estimate, and why."""
        return self._separation.copy()

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
            + _readings.notes(self)
            + covariance.notes(self)
            + (*_incidental.notes(self),)
        )

    @property
    def outcome_text(self) -> str:
        """The event modelled, in words."""
        return str(self.design.outcome)

    @property
    def cov_text(self) -> str:
        """What the standard errors are, in words."""
        return covariance.describe(self)

    @property
    def weight_text(self) -> str | None:
        """Kind and name of the weights, in words; None without weights."""
        if self.design.weights is None:
            return None
        return f"{self.design.weight_type} weights: {self.design.weight_name}"

    def __repr__(self) -> str:
        what = self.formula or f"{self.design.outcome.name} on {self.design.n_columns} columns"
        return f"<Fit {visible(what)}: {self.estimator}, {self.nobs:g} observations, {self.status.name.lower()}>"

    def __getattr__(self, name: str) -> Any:
        """Say what a name of another program is here; called only where there is no such attribute."""
        if name.startswith("_") or hasattr(type(self), name):  # a property that failed says why itself
            return object.__getattribute__(self, name)
        known = [one for one in dir(type(self)) if not one.startswith("_")]
        raise AttributeError(instead_of(name, known, "the fit", sys.modules["glmlogit"].__all__))

    # --- verbs: the functions of the modules, bound by name ------------------------------------
    summary = checked(reporting.summary)
    confint = checked(intervals.confint)
    odds_ratios = checked(intervals.odds_ratios)
    predict = checked(prediction.predict)
    margins = checked(marginal.margins)
    comparisons = checked(standardised.comparisons)
    tidy = checked(tables.tidy)
    glance = checked(tables.glance)
    augment = checked(diagnostics.augment)
    cov_params = checked(covariance.cov_params)
    with_cov = checked(covariance.with_cov)
    test = checked(hypothesis.test)
    interpret = checked(wording.interpret)
    plot = checked(plotting.plot)
    report = checked(reporting.report)
    validate = checked(validation.validate)
