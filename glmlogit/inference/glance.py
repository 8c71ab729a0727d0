"""One row that describes a fit as a whole: sample, degrees of freedom, likelihood, deviance, criteria, status."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

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
        ``nobs df_model df_resid likelihood llf llnull deviance null_deviance df_null aic bic converged n_iter
        cov_kind digits``.

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
    return facts(fit, fit.digits)


def facts(fit: Estimate, digits: float) -> pd.DataFrame:
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
                "converged": fit.converged,
                "n_iter": fit.n_iter,
                "cov_kind": fit.cov_kind,
                "digits": digits,
            }
        ]
    )
