"""From odds ratios to what readers ask for: probabilities, risk ratios, and how much confounding would explain them."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit._arrays import as_float, same_index
from glmlogit._calls import warn
from glmlogit.errors import DataError, GlmlogitWarning
from glmlogit.intake import check_choice

Array = npt.NDArray[np.float64]
Measure = Literal["risk_ratio", "odds_ratio", "hazard_ratio"]


def probability_change(
    odds_ratio: npt.ArrayLike, baseline: npt.ArrayLike = (0.01, 0.05, 0.2, 0.5), conf: Any = None
) -> pd.DataFrame:
    """What an odds ratio does to a probability.

    Parameters
    ----------
    odds_ratio : float or array of shape (n,)
        From 0 to infinity, both included.
    baseline : float or array of shape (n,)
        Probabilities without the exposure; one odds ratio is applied to each.
    conf : (low, high), optional
        Confidence limits of the odds ratio, floats or arrays of shape (n,).

    Returns
    -------
    DataFrame
        ``baseline probability change``, a row a baseline or an odds ratio; with ``conf`` also
        ``probability_low probability_high change_low change_high``. The index is that of a Series given.

    Raises
    ------
    DataError
        For a negative ratio, a baseline outside [0, 1], or limits that do not enclose the odds ratio.

    Notes
    -----
    With o the odds of the baseline, ``p' = r·o/(1 + r·o)`` and ``p' − p = (r − 1)·o/((1 + o)(1 + r·o))``; the
    change is not found by subtraction. A baseline of 0 or 1 does not change. *Matches* ``plogis(qlogis(p) +
    log(r))`` in R. *Differs*: exact for small changes and at both ends. The limits take the baseline as known.
    """
    index, (ratio, chance), limits = _rows({"odds_ratio": odds_ratio, "baseline": baseline}, conf)
    _require_probability(chance)
    probability, change = _moved(ratio, chance)
    columns = {"baseline": chance, "probability": probability, "change": change}
    if conf is not None:
        low, high = (_moved(limit, chance) for limit in limits)
        columns |= {"probability_low": low[0], "probability_high": high[0]}
        columns |= {"change_low": low[1], "change_high": high[1]}
    return pd.DataFrame(columns, index=index)


def _moved(ratio: Array, p: Array) -> tuple[Array, Array]:
    """Probability after the odds are multiplied, and its change."""
    q, shrunk, total = _weights(ratio, p)
    with np.errstate(all="ignore"):  # 0/0 at a baseline of 0 or 1, inf/inf for an infinite ratio: both set here
        excess = np.where(np.isinf(ratio), 1.0, (ratio - 1.0) / np.maximum(ratio, 1.0))
        still = ((p == 0.0) | (p == 1.0)) & ~np.isnan(ratio)
        return np.where(still, p, p * shrunk / total), np.where(still, 0.0, excess * p * q / total)


def _weights(ratio: Array, p: Array) -> tuple[Array, Array, Array]:
    """``1 − p``, ``r/m`` and ``(1 − p + p·r)/m`` with m = max(r, 1), all finite for an infinite ratio."""
    q, shrunk = 1.0 - p, np.minimum(ratio, 1.0)
    return q, shrunk, q / np.maximum(ratio, 1.0) + p * shrunk


def approximate_risk_ratio(odds_ratio: npt.ArrayLike, baseline: npt.ArrayLike, conf: Any = None) -> pd.DataFrame:
    """Turn an odds ratio into the risk ratio at one fixed baseline risk; warns that it holds only there.

    Parameters
    ----------
    odds_ratio : float or array of shape (n,)
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
    """
    index, (ratio, chance), limits = _rows({"odds_ratio": odds_ratio, "baseline": baseline}, conf)
    _require_probability(chance)
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
    _, shrunk, total = _weights(ratio, p)
    with np.errstate(divide="ignore", invalid="ignore"):  # an infinite ratio at a baseline of 0; certainty stays
        return np.where((p == 1.0) & ~np.isnan(ratio), 1.0, shrunk / total)


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
    """
    check_choice("measure", measure, ("risk_ratio", "odds_ratio", "hazard_ratio"))
    conf = (np.nan if conf_low is None else conf_low, np.nan if conf_high is None else conf_high)
    index, (ratio, target), (low, high) = _rows({"estimate": estimate, "true": true}, conf)
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


# --- what is given --------------------------------------------------------------------------------
def _rows(given: dict[str, Any], conf: Any) -> tuple[pd.Index | None, list[Array], list[Array]]:
    """Arrays of one length of the first (a ratio), the others and its limits, and the index of a Series."""
    low, high = (np.nan, np.nan) if conf is None else _pair(conf)
    every = {**given, "conf_low": low, "conf_high": high}
    index = same_index(list(every.items()))
    columns = {name: as_float(np.atleast_1d(value), name) for name, value in every.items()}
    lengths = {name: column.shape for name, column in columns.items() if column.shape != (1,)}
    if len(set(lengths.values())) > 1 or any(len(shape) != 1 for shape in lengths.values()):
        told = ", ".join(f"{name} {shape}" for name, shape in lengths.items())
        raise DataError(f"shapes do not pair up: {told}. Give numbers, or one-dimensional arrays of one length")
    ratio, *others, lower, upper = np.broadcast_arrays(*columns.values())
    _require_ratio(next(iter(given)), ratio, lower, upper)
    return (index if index is not None and len(index) == len(ratio) else None), [ratio, *others], [lower, upper]


def _pair(conf: Any) -> tuple[Any, Any]:
    if not isinstance(conf, (tuple, list, np.ndarray)) or len(conf) != 2:
        raise DataError(f"conf={conf!r} is no pair of limits; give (low, high)")
    return conf[0], conf[1]


def _require_ratio(name: str, ratio: Array, low: Array, high: Array) -> None:
    for what, values in ((name, ratio), ("conf_low", low), ("conf_high", high)):
        if (values < 0).any():
            raise DataError(
                f"{what} is {values[values < 0][0]:g}, and a ratio is never negative; a coefficient (log-odds) "
                f"becomes a ratio by numpy.exp"
            )
    outside = (low > ratio) | (high < ratio)
    if outside.any():
        j = int(np.flatnonzero(outside)[0])
        raise DataError(
            f"the limits ({low[j]:g}, {high[j]:g}) do not enclose the {name.replace('_', ' ')} {ratio[j]:g}; give "
            f"them as (low, high) on the same scale"
        )


def _require_probability(values: Array) -> None:
    bad = ~((values >= 0) & (values <= 1))
    if bad.any():
        value = values[bad][0]
        hint = f"; for {value:g} % write {value / 100:g}" if 1 < value <= 100 else ""
        raise DataError(f"baseline={value:g} is no probability; give numbers from 0 to 1{hint}")
