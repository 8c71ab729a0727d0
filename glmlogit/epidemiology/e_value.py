"""E-values: how strong unmeasured confounding must be to explain a ratio (VanderWeele & Ding 2017)."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.epidemiology.conversions import rows
from glmlogit.errors import DataError
from glmlogit.messages.options import check_choice

Array = npt.NDArray[np.float64]
Measure = Literal["risk_ratio", "odds_ratio", "hazard_ratio"]


def e_value(
    estimate: npt.ArrayLike,
    conf_low: npt.ArrayLike | None = None,
    conf_high: npt.ArrayLike | None = None,
    *,
    measure: Measure = "risk_ratio",
    rare: bool = False,
    true: float = 1.0,
) -> pd.DataFrame:
    """How strong unmeasured confounding would have to be to explain an association away.

    Parameters
    ----------
    estimate, conf_low, conf_high : float or array of shape (n,)
        A ratio and its confidence limits.
    measure : {"risk_ratio", "odds_ratio", "hazard_ratio"}
        What the estimate is. Odds and hazard ratios are brought to the scale of risk ratios first.
    rare : bool
        The outcome is rare (below 15 % at the end of follow-up): odds and hazard ratios are taken as risk ratios.
    true : float
        The value confounding would have to move the estimate to, on the scale of the estimate.

    Returns
    -------
    DataFrame
        ``estimate conf_low conf_high e_value e_value_limit``, the last for the limit nearer to ``true``: 1 where
        the interval holds ``true``, NaN where that limit is not given.

    Raises
    ------
    DataError
        For a negative ratio, limits that do not enclose the estimate, or an unknown measure.

    Notes
    -----
    ``E = RR + √(RR(RR − 1))``, RR inverted below 1 (VanderWeele & Ding 2017); for a common outcome RR is √OR, or
    ``(1 − ½^√HR)/(1 − ½^√(1/HR))`` (their table 2). *Matches* R's ``EValue``. *Differs*: a common
    outcome is assumed unless ``rare`` is given.

    Examples
    --------
    >>> gl.e_value(3.9, 1.8, 8.7).round(2)
       estimate  conf_low  conf_high  e_value  e_value_limit
    0       3.9       1.8        8.7     7.26            3.0
    """
    check_choice("measure", measure, ("risk_ratio", "odds_ratio", "hazard_ratio"))
    conf = (np.nan if conf_low is None else conf_low, np.nan if conf_high is None else conf_high)
    index, (ratio, target), (low, high) = rows({"estimate": estimate, "true": true}, conf)
    if not ((target > 0) & np.isfinite(target)).all():
        raise DataError(f"true={true!r} is no ratio an estimate can be moved to; give a positive number, such as 1")
    risk, null, lower, upper = (_as_risk_ratio(value, measure, rare) for value in (ratio, target, low, high))
    nearer = np.where(risk < null, _quotient(null, np.minimum(upper, null)), np.maximum(lower, null) / null)
    return pd.DataFrame(
        {
            "estimate": ratio,
            "conf_low": low,
            "conf_high": high,
            "e_value": _bias(np.maximum(_quotient(risk, null), _quotient(null, risk))),
            "e_value_limit": _bias(nearer),
        },
        index=index,
    )


def _as_risk_ratio(ratio: Array, measure: Measure, rare: bool) -> Array:
    """The risk ratio a ratio stands for (VanderWeele & Ding 2017, table 2)."""
    if measure == "risk_ratio" or rare:
        return ratio
    root = np.sqrt(ratio)
    return root if measure == "odds_ratio" else _quotient(_halved(root), _halved(_quotient(1.0, root)))


def _halved(x: Array) -> Array:
    """``1 − ½^x``."""
    return np.asarray(-np.expm1(-np.log(2.0) * x))


def _quotient(a: Array | float, b: Array) -> Array:
    """``a/b``, infinite at a zero b: a ratio of 0 is explained by nothing finite."""
    with np.errstate(divide="ignore"):
        return a / b


def _bias(ratio: Array) -> Array:
    """The E-value of a risk ratio of at least 1."""
    return np.asarray(ratio + np.sqrt(ratio) * np.sqrt(ratio - 1.0))
