"""The foot of a fit's page: goodness of fit, criteria, how the errors and how many digits are known."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from glmlogit.documents import formatting
from glmlogit.documents.naming import said
from glmlogit.documents.style import say
from glmlogit.reports import glance

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate
    from glmlogit.estimate.likelihoods import LikelihoodNumbers

# Fewer certified digits than this are told; certifying takes a pass over the rows, made up to this many cells.
_MANY_DIGITS, _CELLS_TO_CERTIFY = 12, 1_000_000


def footer(fit: Estimate, overall: glance.WholeModel) -> tuple[tuple[str, str], ...]:
    """Goodness of fit; with sampling weights under the names of what it is, without AIC and BIC."""
    pseudo, numbers = fit.sample.pseudo, fit.likelihood
    null, residual = formatting.column([numbers.null_deviance, numbers.deviance], 5)
    llf, llnull = formatting.column([numbers.llf, numbers.llnull], 5)
    deviance, loglik = ("pseudo-deviance", "Log pseudolikelihood") if pseudo else ("deviance", "Log-likelihood")
    return (
        (say(f"Null {deviance}"), on_freedom(null, numbers.df_null)),
        (say(f"Residual {deviance}"), on_freedom(residual, numbers.df_resid)),
        (say(loglik), say("{value} (null model {null})", value=llf, null=llnull)),
        *_criteria(numbers),
        *_whole_model(overall),
        (say("Newton iterations"), formatting.count(fit.n_iter)),
        (say("Standard errors"), said(fit.covariance.text)),
        *_digits(fit),
    )


def on_freedom(value: str, df: float) -> str:
    """A deviance and its degrees of freedom."""
    return say("{value} on {df} degrees of freedom", value=value, df=formatting.count(df))


def _digits(fit: Estimate) -> tuple[tuple[str, str], ...]:
    """Certified digits where they are few."""
    if not digits_at_hand(fit) or not fit.digits < _MANY_DIGITS:
        return ()
    digits = math.floor(fit.digits)
    words = "at least {n} correct in every coefficient" if digits else "not certified in every coefficient"
    return ((say("Digits"), say(words, n=digits)),)


def digits_at_hand(fit: Estimate) -> bool:
    """Whether digits are certified already, or soon would be."""
    return fit.solution.certified is not None or fit.sample.n_rows * len(fit.params) <= _CELLS_TO_CERTIFY


def _whole_model(overall: glance.WholeModel) -> tuple[tuple[str, str], ...]:
    """The test of all slopes and pseudo-R², where the likelihood is the sample's and no penalty plays a part."""
    if overall.test.reason or not overall.test.df:
        return ()
    p = formatting.pvalues([overall.test.p_value])[0]
    statistic = formatting.fixed(overall.test.statistic, 2)
    test = f"chi2({overall.test.df}) = {statistic}, p {p if p.startswith('<') else f'= {p}'}"
    named = (("McFadden", "mcfadden"), ("Nagelkerke", "nagelkerke"), ("Tjur", "tjur"))
    r2 = ", ".join(
        f"{name} {formatting.fixed(overall.r2[key], 3)}" for name, key in named if math.isfinite(overall.r2[key])
    )
    return ((say("Likelihood ratio"), test), *(((say("Pseudo-R2"), r2),) if r2 else ()))


def _criteria(numbers: LikelihoodNumbers) -> tuple[tuple[str, str], ...]:
    if math.isnan(numbers.aic) and math.isnan(numbers.bic):
        return ()
    aic, bic = formatting.column([numbers.aic, numbers.bic], 5)
    return ((say("AIC"), f"{aic} (BIC {bic})"),)


def term_word(name: Any) -> str:
    """A term as tables print it; the constant has a word of the language."""
    return say("Intercept") if name == "Intercept" else str(name)
