"""Covariance matrices of the coefficients as tables."""

from __future__ import annotations

import pandas as pd

from glmlogit.errors import UnsupportedError
from glmlogit.estimate.estimate import Estimate


def cov_params(fit: Estimate, kind: str | None = None) -> pd.DataFrame:
    """Covariance matrix of the coefficients.

    Parameters
    ----------
    fit : Fit
        The fit, of any estimator of this package.
    kind : str, optional
        ``"model"`` inverse information; ``"observed"`` the same for the logit link; ``"HC0"`` to
        ``"HC3"``, ``"HC0:stata"`` with factor n/(n − 1); ``"cluster"`` with factor G/(G − 1), ``"cluster:none"``
        without it, ``"cluster:statsmodels"`` times (n − 1)/(n − k) as well. Default: the kind of the fit.

    Returns
    -------
    DataFrame (p, p)
        By term; rows and columns of aliased terms are NaN.

    Raises
    ------
    UnsupportedError
        For a cluster kind without clusters, or the model's with sampling weights.

    Notes
    -----
    Sandwich ``B M B`` with bread I⁻¹ and meat Σuᵢuᵢ', ``uᵢ = wᵢ(yᵢ − pᵢ)xᵢ`` (White 1982; MacKinnon &
    White 1985). Under separation n, k and G are those of the limiting model (Geyer 2009): rows and clusters
    that are fitted perfectly and infinite coefficients carry no information. *Matches* R's
    ``sandwich::vcovHC`` and ``vcovCL`` on ``glm``, Stata's ``vce(cluster)``.
    *Differs*: NaN, with the reason in ``fit.notes``, where the score equations fix the scores whatever the truth (what
    rests on one cluster or row, penalised fits of separated data, two clusters); R's ``sandwich`` has 1e-16 there.
    statsmodels returns HC0 for HC1 to HC3.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + smoke", gl.datasets.birthwt())
    >>> fit.cov_params("HC3").round(4)
               Intercept     age   smoke
    term
    Intercept     0.5360 -0.0209 -0.0667
    age          -0.0209  0.0009  0.0009
    smoke        -0.0667  0.0009  0.1078
    """
    if fit.capabilities.undefined.covariance:
        raise UnsupportedError(fit.capabilities.undefined.covariance)
    cov = fit.covariance if kind is None else fit.covariance.of_kind(kind)
    return fit.solution.by_term(cov.matrix)
