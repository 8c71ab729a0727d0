"""Tests of named departures from the logistic link, in three forms: Stukel's tails, and the curvature η²."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.diagnostics.fit_test import NOTHING_ADDED, GoodnessOfFit, chi_squared, normal
from glmlogit.diagnostics.fitted import Fitted, independent, score_added
from glmlogit.documents.formatting import numeral
from glmlogit.errors import DataError
from glmlogit.estimate.refits import with_columns
from glmlogit.messages.notes import Note
from glmlogit.messages.words import Number, sentence

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]
Form = Literal["score", "lr", "wald"]

_SCORE = {"stukel": "Stukel's score test", "link": "Score test of the link (η²)"}
_LR = {"stukel": "Stukel's likelihood-ratio test", "link": "Likelihood-ratio test of the link (η²)"}


def tails_of(eta: Array) -> Array:
    """Stukel's (1988) columns (n, 2): half of η², with its sign, above and below 0."""
    half = 0.5 * eta * eta
    return np.column_stack([np.where(eta >= 0, half, 0.0), np.where(eta < 0, -half, 0.0)])


COLUMNS: dict[str, Callable[[Array], Array]] = {"stukel": tails_of, "link": lambda eta: (eta * eta)[:, None]}


def departure(fit: Estimate, rows: Fitted, test: str, form: Form) -> GoodnessOfFit:
    """Test of a named departure."""
    if form == "wald":
        if test != "link":
            raise DataError('form="wald" is that of test="link" (Stata\'s linktest)')
        return linktest(fit, rows)
    columns = COLUMNS[test](rows.finite_eta)
    score, ratio = _by_score(rows, columns, test), lr_added(fit, rows, columns, _LR[test])
    if form == "lr":
        return ratio
    return score if ratio.reason else replace(score, notes=(_beside(ratio),))


def _beside(ratio: GoodnessOfFit) -> Note:
    text = "Likelihood-ratio form: {name} = {statistic}, p = {p}."
    statistic, p = Number(f"{ratio.statistic:.4f}"), Number(f"{ratio.p_value:.4g}")
    return Note("lr", sentence(text, name=f"chi2({ratio.df})", statistic=statistic, p=p))


def _by_score(rows: Fitted, columns: Array, test: str) -> GoodnessOfFit:
    added = score_added(rows, columns)
    return chi_squared(added.statistic, added.df, _SCORE[test])


def lr_added(fit: Estimate, rows: Fitted, columns: Array, method: str) -> GoodnessOfFit:
    """Likelihood-ratio test of columns (n, r) added to the model; under separation of suprema."""
    news = independent(rows, columns)
    if not news.shape[1]:
        return chi_squared(math.nan, 0, method)
    larger = with_added(fit, news)
    if not larger.converged and not larger.coefs.separated:
        return chi_squared(math.nan, 1, method, sentence("the model with its columns: {how}", how=larger.status.value))
    return chi_squared(max(2.0 * (larger.surface.top - fit.surface.top), 0.0), news.shape[1], method)


def with_added(fit: Estimate, columns: Array) -> Estimate:
    """The model with columns (n, r) beside its own."""
    free = fit.coefs.free
    names = [*(fit.coefs.labels[j] for j in free), *(f"added {k + 1}" for k in range(columns.shape[1]))]
    X = np.column_stack([fit.rows.matrix.array[:, free], columns])
    return with_columns(fit, X, names, fit.rows.offset)


def linktest(fit: Estimate, rows: Fitted) -> GoodnessOfFit:
    """Stata's ``linktest`` (Pregibon 1980): the outcome on η and η², Wald test of η²."""
    method = "Link test (η²)"
    if fit.coefs.separated:
        return normal(math.nan, method, "since linear predictors are infinite (separation)")
    eta = rows.eta
    if np.ptp(eta) <= 1e-7 * max(float(np.abs(eta).max()), 1.0):
        return normal(math.nan, method, NOTHING_ADDED)
    refit = with_columns(fit, np.column_stack([np.ones(len(eta)), eta, eta * eta]), ("_cons", "_hat", "_hatsq"), None)
    if refit.coefs.aliases:
        return normal(math.nan, method, NOTHING_ADDED)
    table = pd.DataFrame(
        {"estimate": refit.params, "std_error": refit.bse, "statistic": refit.zvalues, "p_value": refit.pvalues}
    )
    note = Note("linktest", sentence("Coefficient of η²: {value}.", value=numeral(float(table["estimate"].iloc[2]))))
    return replace(normal(float(table["statistic"].iloc[2]), method, notes=(note,)), coefficients=table)
