"""A fit without its rows: what was worked out of them stays, to the last bit, and they are gone."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

from glmlogit.diagnostics.pseudo_r2 import tjur, trial_sums
from glmlogit.errors import GlmlogitError
from glmlogit.estimate.estimate import Estimate
from glmlogit.estimate.parts import assembled, parts_of
from glmlogit.estimate.saved import Saved
from glmlogit.inference import hauck_donner
from glmlogit.inference.evidence import evidence
from glmlogit.prediction.predict import ranges_of

__all__ = ["saved_of", "without_rows"]


def without_rows(fit: Estimate) -> Estimate:
    """The same fit without its rows: small, and fit to be handed on where data must not be.

    Parameters
    ----------
    fit : Fit
        Of any estimator.

    Returns
    -------
    Fit
        With the coefficients, covariance and likelihood of the fit, to the last bit. Tables, Wald tests, contrasts and
        predictions for data that are given work as before; what needs the rows (profile limits, likelihood-ratio
        tests, averages over the rows, residuals, other covariances) is an UnsupportedError that says so. Clusters are
        counted, not named. ``pickle.dumps(gl.without_rows(fit))`` holds no row, as `save` does.

    Raises
    ------
    UnsupportedError
        For a formula that calls functions of the user's, which are code.

    Notes
    -----
    *Matches* the fit to the last bit. *Differs* from R's ``saveRDS(fit)``, whose file holds the data, and from Stata's
    ``estimates save``, which holds the sample's marker only.

    Examples
    --------
    >>> import pandas as pd
    >>> fit = gl.logit("low ~ age + smoke", gl.datasets.birthwt())
    >>> small = gl.without_rows(fit)
    >>> bool((small.bse == fit.bse).all())
    True
    >>> small.predict(pd.DataFrame({"age": [20], "smoke": [1]})).round(4).tolist()
    [0.4396]
    """
    return assembled(parts_of(fit, saved_of(fit)), type(fit))


def saved_of(fit: Estimate) -> Saved:
    """The results of a fit that need its rows, and that its pages have."""
    if fit.saved is not None:
        return fit.saved
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # these are given where the results are used
        tests = evidence(fit, fit.level)
        sums = () if fit.capabilities.why_no_residual else _if_possible(lambda: tuple(map(float, trial_sums(fit))), ())
        by_tjur = _if_possible(lambda: tjur(fit), math.nan)
        notes = _if_possible(lambda: hauck_donner.notes(fit), ())
    return Saved(fit.cov_kind, fit.level, tests.method, tests.rows, tests.notes, notes, sums, by_tjur, ranges_of(fit))


def _if_possible(result: Callable[[], Any], otherwise: Any) -> Any:
    try:
        return result()
    except GlmlogitError:
        return otherwise
