"""The fit that users hold: an estimate, and the verbs bound to it by name."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from inspect import isfunction, signature
from typing import Any

from glmlogit.diagnostics.augment import augment
from glmlogit.effects.comparisons import comparisons
from glmlogit.effects.margins import margins
from glmlogit.estimate.estimate import FOR_ANALYSES, Estimate
from glmlogit.exports.save import save
from glmlogit.exports.to_excel_formula import to_excel_formula
from glmlogit.exports.to_latex_equation import to_latex_equation
from glmlogit.exports.to_sql import to_sql
from glmlogit.inference.confint import confint
from glmlogit.inference.cov_params import cov_params
from glmlogit.inference.odds_ratios import odds_ratios
from glmlogit.inference.separation import SeparationReport, separation
from glmlogit.inference.test import test
from glmlogit.inference.tidy import tidy
from glmlogit.inference.with_cov import with_cov
from glmlogit.messages.calls import checked
from glmlogit.messages.other_words import instead_of
from glmlogit.messages.words import visible
from glmlogit.numerics.lazy import cached_property
from glmlogit.outcomes.with_base import with_base
from glmlogit.peers.validate import validate
from glmlogit.plots.plot import plot
from glmlogit.prediction.predict import predict
from glmlogit.reports.brief import brief
from glmlogit.reports.glance import glance
from glmlogit.reports.interpret import interpret
from glmlogit.reports.report import report
from glmlogit.reports.summary import summary


def _of_fits(verb: Any) -> bool:
    """Whether what the package calls by a name is a function of a fit."""
    return isfunction(verb) and next(iter(signature(verb).parameters), "") in {"fit", "big"}


@dataclass(frozen=True, eq=False)
class Fit(Estimate):
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

    @cached_property
    def _separation(self) -> SeparationReport:
        return separation(self)

    @property
    def separation(self) -> SeparationReport:
        """Which coefficients have no finite maximum-likelihood estimate, and why."""
        return self._separation.copy()

    def __repr__(self) -> str:
        what = self.formula or f"{self.design.outcome.name} on {self.design.n_columns} columns"
        return f"<Fit {visible(what)}: {self.estimator}, {self.nobs:g} observations, {self.status.name.lower()}>"

    def __str__(self) -> str:
        return str(brief(self))

    def _repr_html_(self) -> str:
        return brief(self).to_html()

    def __getattr__(self, name: str) -> Any:
        """Say what a name of another program is here; called only where there is no such attribute."""
        if name.startswith("_") or hasattr(type(self), name):  # a property that failed says why itself
            return object.__getattribute__(self, name)
        names = [member for member in dir(type(self)) if not (member.startswith("_") or member in FOR_ANALYSES)]
        functions = sys.modules["glmlogit"]
        raise AttributeError(
            instead_of(name, names, "the fit", functions.__all__, lambda verb: _of_fits(getattr(functions, verb)))
        )

    # --- verbs: the functions of the modules, bound by name ------------------------------------
    summary = checked(summary)
    confint = checked(confint)
    odds_ratios = checked(odds_ratios)
    predict = checked(predict)
    margins = checked(margins)
    comparisons = checked(comparisons)
    tidy = checked(tidy)
    glance = checked(glance)
    augment = checked(augment)
    cov_params = checked(cov_params)
    with_cov = checked(with_cov)
    with_base = checked(with_base)
    test = checked(test)
    interpret = checked(interpret)
    plot = checked(plot)
    report = checked(report)
    validate = checked(validate)
    save = checked(save)
    to_sql = checked(to_sql)
    to_excel_formula = checked(to_excel_formula)
    to_latex_equation = checked(to_latex_equation)
