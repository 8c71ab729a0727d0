"""One row that describes a fit as a whole: sample, degrees of freedom, likelihood, deviance, criteria, status."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from glmlogit.diagnostics.pseudo_r2 import of_likelihoods, tjur
from glmlogit.inference.test_result import TestResult, result_of

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


def glance(fit: Estimate) -> pd.DataFrame:
    """One row of what describes the fit as a whole.

    Parameters
    ----------
    fit : Fit
        The fit, of any estimator of this package.

    Returns
    -------
    DataFrame (1 row)
        ``nobs df_model df_resid likelihood llf llnull deviance null_deviance df_null aic bic lr_statistic lr_df
        lr_p_value lr_reason mcfadden nagelkerke tjur converged n_iter cov_kind digits``. The likelihood-ratio test is
        that of all slopes; it is NaN for ``lr_reason``: penalties, robust standard errors, sampling weights, clusters.

    Notes
    -----
    *Matches* ``broom::glance(glm)`` in content. *Differs*: the n of ``bic`` is the number of single observations, as
    that of SAS's SC; R's is the number of rows, which ``fit.bic_rows`` takes. ``likelihood``, before ``llf``, is
    ``"pseudo"`` with sampling weights, where ``llf``, ``llnull`` and the deviances are those of a
    pseudo-likelihood and ``aic`` and ``bic`` are NaN; it is ``"full"`` otherwise.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + smoke", gl.datasets.birthwt())
    >>> fit.glance()[["nobs", "llf", "aic", "converged"]].round(2)
        nobs     llf     aic  converged
    0  189.0 -113.64  233.28       True
    """
    return facts(fit, fit.digits, whole_model(fit))


class WholeModel(NamedTuple):
    """The test of all slopes together, and ``mcfadden nagelkerke tjur``."""

    test: TestResult
    r2: dict[str, float]


def whole_model(fit: Estimate, *, rows: bool = True) -> WholeModel:
    """Likelihood-ratio test against a constant and offset, and pseudo-R², of which Tjur's takes a pass over rows."""
    numbers, names = fit.likelihood, ("mcfadden", "nagelkerke", "tjur")
    statistic = 2.0 * (numbers.llf - numbers.llnull)
    test = result_of(max(statistic, 0.0), int(numbers.df_model), "Likelihood-ratio test", "all slopes", _why_not(fit))
    of_rows = {"tjur": tjur(fit)} if rows else {}
    if fit.capabilities.why_no_likelihood:
        return WholeModel(test, dict.fromkeys(names, math.nan) | of_rows)
    value = numbers.kernel if rows else numbers.llf
    r2 = of_likelihoods(value, numbers.llf - numbers.llnull, numbers.total, fit.rank, numbers.df_model) | of_rows
    return WholeModel(test, {name: r2.get(name, math.nan) for name in names})


def _why_not(fit: Estimate) -> str:
    """Why the likelihoods of the model and of a constant are not compared."""
    if not fit.capabilities.plain:
        return f"{fit.estimator} does not maximise the likelihood, which this test compares"
    if not fit.columns.constants:
        return "the model has no constant: the model of a constant alone is not nested in it"
    if not fit.likelihood.df_model:
        return "the model has no slopes"
    if not math.isfinite(fit.likelihood.llnull):
        return "the model of a constant and the offset has no maximum that was reached"
    return fit.capabilities.why_no_likelihood_test


def facts(fit: Estimate, digits: float, overall: WholeModel) -> pd.DataFrame:
    """What :func:`glance` shows, with the certified digits or NaN where they were not asked for."""
    numbers = fit.likelihood
    return pd.DataFrame(
        [
            {
                "nobs": fit.sample.nobs,
                "df_model": numbers.df_model,
                "df_resid": numbers.df_resid,
                "likelihood": "pseudo" if fit.sample.pseudo else "full",
                "llf": numbers.llf,
                "llnull": numbers.llnull,
                "deviance": numbers.deviance,
                "null_deviance": numbers.null_deviance,
                "df_null": numbers.df_null,
                "aic": numbers.aic,
                "bic": numbers.bic,
                "lr_statistic": overall.test.statistic,
                "lr_df": overall.test.df,
                "lr_p_value": overall.test.p_value,
                "lr_reason": overall.test.reason,
                **overall.r2,
                "converged": fit.converged,
                "n_iter": fit.n_iter,
                "cov_kind": fit.cov_kind,
                "digits": digits,
            }
        ]
    )
