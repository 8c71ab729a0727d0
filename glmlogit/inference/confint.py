"""Confidence limits of the coefficients: Wald, profile likelihood or score, as one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from glmlogit.errors import UnsupportedError
from glmlogit.inference.evidence import evidence
from glmlogit.messages.options import check_level

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


def confint(fit: Estimate, level: float | None = None, method: str | None = None) -> pd.DataFrame:
    """Confidence limits of the coefficients.

    Parameters
    ----------
    fit : Fit
        The fit, of any estimator of this package.
    level : float, optional
        Coverage; default that of the fit (0.95).
    method : {"wald", "profile", "score"}, optional
        ``β ± z·SE`` with z the exact normal quantile (t with clusters) and SE from the fit's covariance; exact roots
        of the profile likelihood; or the values a score test does not reject. Default: ``"profile"`` for a fit that
        maximises a penalised likelihood (:func:`firth`, :func:`log_f`) and is reported with the model's covariance,
        unless that takes long; else ``"wald"``.

    Returns
    -------
    DataFrame
        ``conf_low conf_high`` by term, on the log-odds scale; NaN for aliased terms, and for infinite
        estimates with ``"wald"``. A side without a limit is ±inf.

    Raises
    ------
    DataError
        For a level outside (0, 1) or an unknown method.
    UnsupportedError
        For profile or score limits of a fit without a likelihood.

    Notes
    -----
    *Matches* R's ``confint.default(glm)``, Stata's and statsmodels' default; for penalised fits R's
    ``logistf``. *Differs* from R's ``confint(glm)``, which interpolates the profile likelihood.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + smoke", gl.datasets.birthwt())
    >>> fit.confint().round(3)
               conf_low  conf_high
    term
    Intercept    -1.423      1.545
    age          -0.112      0.013
    smoke         0.061      1.323
    """
    if fit.capabilities.undefined.covariance:
        raise UnsupportedError(fit.capabilities.undefined.covariance)
    inference = evidence(fit, check_level(level, fit.level), method, tests=False).warned()
    if inference.method != "wald":
        return inference.limits
    limits = inference.limits
    wald = (inference.rows["test"] == "wald").to_numpy(dtype=bool)
    if not wald.all():  # of infinite estimates
        limits[~wald] = np.nan
    return limits
