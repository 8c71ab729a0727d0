"""The same fit with standard errors of another kind."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from glmlogit.errors import DataError, UnsupportedError
from glmlogit.estimate.estimate import Estimate
from glmlogit.numerics.reference import REFERENCES, ReferenceName

AnyFit = TypeVar("AnyFit", bound=Estimate)


def with_cov(fit: AnyFit, kind: str | None = None, *, reference: ReferenceName | None = None) -> AnyFit:
    """The same fit reported with another covariance, or another reference distribution.

    Parameters
    ----------
    fit : Fit
        The fit, of any estimator of this package.
    kind : str, optional
        ``"model"``, ``"HC0"`` to ``"HC3"``, ``"cluster"`` or another that :func:`cov_params` lists. Default: that of
        the fit.
    reference : {"t", "normal"}, optional
        Distribution of Wald statistics. Clusters have t and F with G − 1 degrees of freedom (the fewest clusters of
        several ways), ``"cluster:statsmodels"`` and all other kinds the normal and chi-squared. Default: what the
        fit was given before, else that.

    Returns
    -------
    Fit
        Equal coefficients and likelihood; standard errors, tests and limits from ``kind``.

    Raises
    ------
    UnsupportedError
        Where the fit cannot give that covariance, or has no degrees of freedom for t.

    Notes
    -----
    Tests of several coefficients: :meth:`Reference.joint` (Korn & Graubard 1990). *Matches* ``lmtest::coeftest(fit,
    vcov = …, df = …)`` in R, ``vce()`` in Stata. *Differs*: Stata's ``logit`` has z after ``vce(cluster)``, which
    rejects too often with few clusters; ``reference="normal"`` gives it.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + smoke", gl.datasets.birthwt())
    >>> fit.with_cov("HC3").bse.round(3).to_dict()
    {'Intercept': 0.732, 'age': 0.03, 'smoke': 0.328}
    """
    chosen = (fit.covariance if kind is None else fit.covariance.of_kind(kind)).kind
    if reference is not None and reference not in REFERENCES:
        raise DataError(f"reference={reference!r} is not known; give 't' or 'normal'")
    if reference == "t" and not chosen.clustered:
        raise UnsupportedError(
            f"covariance kind {chosen.name!r} has no degrees of freedom for t; leave out reference='t'"
        )
    before = fit.reference_name if chosen.clustered else None
    return replace(fit, cov_kind=chosen.name, reference_name=reference or before)
