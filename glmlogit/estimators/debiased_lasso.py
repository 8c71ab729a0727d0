"""Limits and tests after a lasso, by taking its bias off again where columns are fewer than rows."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.errors import UnsupportedError
from glmlogit.estimators.fit import Fit
from glmlogit.messages.options import check_choice, check_level
from glmlogit.numerics.kernels import tails
from glmlogit.numerics.linalg import Information
from glmlogit.numerics.reference import NORMAL

Array = npt.NDArray[np.float64]


def debiased_lasso(
    fit: Fit, *, cov: Literal["sandwich", "model"] = "sandwich", level: float | None = None
) -> pd.DataFrame:
    """Debiased estimates of a lasso or elastic net, with limits and tests; for fewer columns than rows.

    Parameters
    ----------
    fit : Fit
        Of :func:`~glmlogit.elastic_net`.
    cov : {"sandwich", "model"}
        Standard errors from products of scores, or from the information alone.
    level : float, optional
        Confidence level; default that of the fit.

    Returns
    -------
    DataFrame by term
        ``estimate std_error statistic p_value conf_low conf_high``.

    Raises
    ------
    UnsupportedError
        For other fits, for as many columns as rows or more, and where the information has no inverse.

    Notes
    -----
    van de Geer, Bühlmann, Ritov & Dezeure 2014, §3, with the inverse information itself for Θ (Xia, Nan & Li 2021):
    ``b = β + Θ X'(y − p)/n``, covariance ``Θ Σ Θ'/n``, Σ the mean of products of scores. That is one Newton step from
    the lasso, so that the numbers are near those of maximum likelihood, and so is what they cost: it undoes the
    shrinkage. With columns nearly as many as rows they are as biased as those. *Matches* the estimator of Xia, Nan &
    Li. *Differs* from R's ``hdi``, whose Θ is of nodewise lassos and serves more columns than rows.

    Examples
    --------
    >>> fit = gl.elastic_net("low ~ age + lwt + smoke", gl.datasets.birthwt(), penalty=0.03)
    >>> gl.debiased_lasso(fit)[["estimate", "std_error"]].round(3)
               estimate  std_error
    term
    Intercept     1.284      0.922
    age          -0.037      0.028
    lwt          -0.012      0.005
    smoke         0.663      0.322
    """
    check_choice("cov", cov, ("sandwich", "model"), {"robust": "sandwich"})
    record, rows = fit.shrinkage, fit.design
    if record is None or not fit.capabilities.undefined.covariance:
        raise UnsupportedError("debiased_lasso takes fits of gl.elastic_net; others have limits of their own: confint")
    if rows.levels is not None:
        raise UnsupportedError("debiased_lasso is of one event; fit one level against the others, with event=")
    n, p = rows.n_rows, rows.n_columns
    if p >= n:
        raise UnsupportedError(
            f"{p} columns in {n} rows: the information has no inverse. For one exposure gl.double_selection takes any "
            f"number of columns"
        )
    beta = np.asarray(fit.params, dtype=np.float64)
    score, info, meat = np.zeros(p), np.zeros((p, p)), np.zeros((p, p))
    for block in rows.blocks():
        tail_p, tail_q = tails(block.eta(beta))
        residual = block.events * tail_q - block.nonevents * tail_p
        weight = (block.events + block.nonevents) * tail_p * tail_q
        score += residual @ block.X
        info += block.X.T @ (block.X * weight[:, None])
        squares = block.events * tail_q**2 + block.nonevents * tail_p**2
        meat += block.X.T @ (block.X * squares[:, None])
    factor = Information(np.ones(p), info).factor
    if factor is None:
        raise UnsupportedError("the information has no inverse: columns are linear combinations of each other")
    theta = factor.inverse()
    estimate = beta + theta @ score
    covariance = theta @ meat @ theta if cov == "sandwich" else theta
    return _table(fit, estimate, np.sqrt(np.diagonal(covariance)), check_level(level, fit.level))


def _table(fit: Fit, estimate: Array, error: Array, level: float) -> pd.DataFrame:
    z, half = estimate / error, NORMAL.quantile(level) * error
    return pd.DataFrame(
        {
            "estimate": estimate,
            "std_error": error,
            "statistic": z,
            "p_value": NORMAL.pvalue(z),
            "conf_low": estimate - half,
            "conf_high": estimate + half,
        },
        index=fit.terms,
    )
