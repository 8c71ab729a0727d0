"""The risk ratio that an odds ratio stands for at one baseline risk (Zhang & Yu 1998), with a warning."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.epidemiology.conversions import require_probability, rows, weights
from glmlogit.errors import GlmlogitWarning
from glmlogit.messages.calls import warn

Array = npt.NDArray[np.float64]


def approximate_risk_ratio(odds_ratio: npt.ArrayLike, baseline: npt.ArrayLike, conf: Any = None) -> pd.DataFrame:
    """Turn an odds ratio into the risk ratio at one fixed baseline risk; warns that it holds only there.

    Parameters
    ----------
    odds_ratio : float or array of shape (n,)
        From 0 to infinity, both included.
    baseline : float or array of shape (n,)
        Risk of the unexposed, p0.
    conf : (low, high), optional
        Confidence limits of the odds ratio, floats or arrays of shape (n,).

    Returns
    -------
    DataFrame
        ``baseline odds_ratio risk_ratio conf_low conf_high``; the limits, of the risk ratio, are NaN without
        ``conf``.

    Raises
    ------
    DataError
        For a negative ratio, a baseline outside [0, 1], or limits that do not enclose the odds ratio.

    Notes
    -----
    ``RR = OR/(1 − p0 + p0·OR)`` (Zhang & Yu 1998). *Matches* R's ``effectsize::oddsratio_to_riskratio``.
    *Differs*: warns. From an odds ratio adjusted for covariates the result is confounded (McNutt et al. 2003;
    Greenland 2004), and its limits take the baseline as known: standardised risks are the remedy.

    Examples
    --------
    >>> gl.approximate_risk_ratio(3.0, [0.02, 0.4]).round(2)
       baseline  odds_ratio  risk_ratio  conf_low  conf_high
    0      0.02         3.0        2.88       NaN        NaN
    1      0.40         3.0        1.67       NaN        NaN
    """
    index, (ratio, chance), limits = rows({"odds_ratio": odds_ratio, "baseline": baseline}, conf)
    require_probability(chance)
    warn(
        "this risk ratio holds only at the baseline risk given, which its limits take as known. Other covariates "
        "have other baselines: an odds ratio adjusted for them is confounded when converted like this (McNutt et "
        'al. 2003; Greenland 2004). From a fit use fit.comparisons(variable, "risk_ratio") instead',
        GlmlogitWarning,
    )
    low, high = (_risk_ratio(limit, chance) for limit in limits)
    columns = {"baseline": chance, "odds_ratio": ratio, "risk_ratio": _risk_ratio(ratio, chance)}
    return pd.DataFrame({**columns, "conf_low": low, "conf_high": high}, index=index)


def _risk_ratio(ratio: Array, p: Array) -> Array:
    _, shrunk, total = weights(ratio, p)
    with np.errstate(divide="ignore", invalid="ignore"):  # an infinite ratio at a baseline of 0; certainty stays
        return np.where((p == 1.0) & ~np.isnan(ratio), 1.0, shrunk / total)
