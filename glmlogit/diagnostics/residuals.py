"""Residuals of every kind, by row or by covariate pattern."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from glmlogit.diagnostics.cases import By, Cases, cases_of
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.messages.options import check_choice
from glmlogit.numerics.kernels import log1pexp, tails
from glmlogit.numerics.row_functions import deviance_rows, saturated_loglik

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]
Residual = Literal[
    "deviance",
    "pearson",
    "response",
    "working",
    "standardised_deviance",
    "standardised_pearson",
    "studentised",
    "quantile",
    "partial",
]


def residuals(
    fit: Estimate, kind: Residual = "deviance", by: By = "row", seed: int | Literal["mid"] = 0
) -> pd.Series[float] | pd.DataFrame:
    """Residuals of a fit.

    Parameters
    ----------
    fit : Fit
        The fit, of any estimator of this package.
    kind : str
        With y events of m trials and h the leverage: ``"response"`` y/m − p; ``"working"`` (y − mp)/(mpq);
        ``"pearson"`` (y − mp)/√(mpq); ``"deviance"``, the signed root of the row's part in the deviance;
        ``"standardised_pearson"`` and ``"standardised_deviance"``, over √(1 − h); ``"studentised"``, the signed root of
        about what the deviance falls by without the row (Williams 1987); ``"quantile"``, standard normal if the model
        is right (Dunn & Smyth 1996); ``"partial"``, working residuals plus what the term adds to the linear predictor.
    by : {"row", "pattern"}
        Rows as they are, or one for each covariate pattern, all of its trials together (Stata; no partial residuals).
    seed : int or "mid"
        Of quantile residuals: where in the jump of the distribution a residual lies is drawn (PCG64, in the order of
        rows), or ``"mid"`` for its middle, which is not normal.

    Returns
    -------
    Series, or for ``"partial"`` a DataFrame
        By the labels of the rows, or the numbers of patterns in the order of their first rows; partial residuals have a
        column a term. Rows that are predicted perfectly have residuals of 0, and NaN where these are divided by
        √(1 − h) or by the information, which they have none of.

    Raises
    ------
    DataError
        For an unknown kind or seed, and partial residuals by pattern.
    UnsupportedError
        For patterns with sampling or precision weights, and quantile residuals with precision weights.

    Notes
    -----
    A row with a frequency weight has the residual of one of its observations; other weights multiply events and trials,
    as in R. *Matches* R's ``residuals``, ``rstandard``, ``rstudent``, ``statmod::qresid``; SAS's RESCHI, RESDEV; by
    pattern Stata's ``predict, residuals`` and ``rstandard`` (Pearson). *Differs*: 1 − p is not subtracted: R has half
    of the digits of a row whose p is 1 − 1e-9.

    Examples
    --------
    >>> import glmlogit as gl
    >>> fit = gl.logit("low ~ age + smoke", gl.datasets.load("birthwt"))
    >>> gl.residuals(fit, "studentised").head(2).round(3).to_dict()
    {0: -0.834, 1: -0.615}
    """
    check_choice("kind", kind, (*_KINDS, "quantile", "partial"))
    if kind == "partial":
        if by != "row":
            raise DataError('partial residuals are of rows, not of patterns: leave out by="pattern"')
        return partial_residuals(fit)
    cases = cases_of(fit, by)
    values = _quantile(fit, cases, seed) if kind == "quantile" else _KINDS[kind](cases)
    name = f"quantile (seed {seed})" if kind == "quantile" else kind
    return pd.Series(values, index=cases.index, name=name)


def _response(cases: Cases) -> Array:
    return np.asarray(cases.residual / (cases.events + cases.nonevents))


def working(cases: Cases) -> Array:
    """``(y − mp)/(mpq)``: NaN where a limiting model leaves no information."""
    p, q = tails(cases.eta)
    total = cases.events + cases.nonevents
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):  # beyond η = 709 the weight underflows
        values = np.where(cases.events > 0, cases.events / p, 0.0) - np.where(
            cases.nonevents > 0, cases.nonevents / q, 0.0
        )
        mixed = np.where(cases.weight > 0, cases.residual / cases.weight, values / total)
    pure = (cases.events == 0) | (cases.nonevents == 0)
    return np.where(cases.present, np.where(pure, values / total, mixed), np.nan)


_KINDS: dict[str, Callable[[Cases], Array]] = {
    "deviance": lambda cases: cases.deviance,
    "pearson": lambda cases: cases.pearson,
    "response": _response,
    "working": working,
    "standardised_deviance": lambda cases: cases.deviance / np.sqrt(cases.left),
    "standardised_pearson": lambda cases: cases.pearson / np.sqrt(cases.left),
    "studentised": lambda cases: cases.studentised,
}


# --- partial --------------------------------------------------------------------------------------
def partial_residuals(fit: Estimate) -> pd.DataFrame:
    """Working residuals plus ``Σ (x − x̄)β`` over the columns of a term, a column (n,) each term.

    Means are of the observations: rows, or as often as frequency weights count them.
    """
    cases = cases_of(fit, "row")
    terms = [term for term in fit.columns.terms if term.order > 0]
    return pd.DataFrame(
        {term.name: working(cases) + _centred(fit, term.columns, cases.copies) for term in terms}, index=cases.index
    )


def _centred(fit: Estimate, columns: tuple[int, ...], copies: Array) -> Array:
    """What some columns (n,) add to the linear predictor, less its mean; NaN where a coefficient is infinite."""
    estimated = [j for j in columns if not fit.coefs.states[j].aliased]
    if not all(fit.coefs.states[j].finite for j in estimated):
        return np.full(fit.sample.n_rows, np.nan)
    total = np.zeros(fit.sample.n_rows)
    for j in estimated:
        total += fit.rows.matrix.column(j) * fit.coefs.beta[j]
    return np.asarray(total - (copies @ total) / copies.sum())


# --- quantile -------------------------------------------------------------------------------------
def _quantile(fit: Estimate, cases: Cases, seed: int | Literal["mid"]) -> Array:
    if fit.sample.weighted and not (fit.sample.counted or fit.sample.sampled):
        raise UnsupportedError("quantile residuals are of counts, and precision weights count nothing")
    if fit.weighting is not None:
        raise UnsupportedError(
            "quantile residuals hold outcomes against their distribution, and with class weights probabilities are "
            "those of another population; fit without class_weight="
        )
    events, nonevents = cases.events, cases.nonevents
    if fit.sample.sampled:
        events = fit.rows.y
        nonevents = (1.0 if fit.rows.trials is None else fit.rows.trials) - events
    return quantile_residuals(cases.eta, events, nonevents, _positions(seed, len(cases.eta)))


def _positions(seed: int | Literal["mid"], n: int) -> Array:
    """Where in the jump of its distribution each residual lies (n,), strictly between 0 and 1."""
    if isinstance(seed, str) and seed == "mid":
        return np.full(n, 0.5)
    if not isinstance(seed, Integral) or isinstance(seed, bool) or seed < 0:
        raise DataError(f'seed={seed!r}; give a whole number, or "mid"')
    return np.random.Generator(np.random.PCG64(int(seed))).random(n) + 2.0**-54


def quantile_residuals(eta: Array, events: Array, nonevents: Array, u: Array) -> Array:
    """``Φ⁻¹(F(y − 1) + u f(y))`` of binomial counts (n,), from whichever tail is the smaller.

    Tails of the distribution are incomplete beta functions, f(y) is a deviance from the saturated model: nothing
    overflows for a million trials, nothing is lost at p = 1e-300.
    """
    log_f = np.where(
        nonevents == 0,
        -events * log1pexp(-eta),
        np.where(
            events == 0,
            -nonevents * log1pexp(eta),
            saturated_loglik(events + nonevents, events) - deviance_rows(eta, events, nonevents) / 2.0,
        ),
    )
    p, q = tails(eta)
    with np.errstate(divide="ignore"):
        below = np.log(np.where(events > 0, special.betainc(nonevents + 1.0, np.maximum(events, 0.5), q), 0.0))
        above = np.log(np.where(nonevents > 0, special.betainc(events + 1.0, np.maximum(nonevents, 0.5), p), 0.0))
        lower, upper = np.logaddexp(below, log_f + np.log(u)), np.logaddexp(above, log_f + np.log1p(-u))
    return np.asarray(
        np.where(lower <= upper, special.ndtri_exp(np.minimum(lower, 0)), -special.ndtri_exp(np.minimum(upper, 0)))
    )
