"""The standard error and the limits of an area under a ROC curve, by name, or why there are none."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from glmlogit.errors import UnsupportedError
from glmlogit.evaluation import areas
from glmlogit.evaluation.drawn import drawn
from glmlogit.evaluation.judged_rows import Judged
from glmlogit.evaluation.placements import area_covariance, placements_of
from glmlogit.numerics.tails import normal_quantile

Array = npt.NDArray[np.float64]

METHODS = {
    "delong": "DeLong",
    "logit": "DeLong on the logit",
    "newcombe": "Newcombe, method 5",
    "hanley_mcneil": "Hanley and McNeil",
    "bootstrap": "stratified bootstrap",
    "optimism": "bootstrap of refits, moved by the optimism",
}

ALL_ABOVE = "every event scores above every other, and the standard error is 0: interval='newcombe' has limits"
NO_VARIATION = "the scores leave no variation among pairs, and the standard error is 0: interval='newcombe' has limits"


def error_of(rows: Judged, area: areas.Area, interval: str) -> tuple[float, str]:
    """Standard error of an area, and why there is none."""
    if math.isnan(area.auc):
        return math.nan, "all outcomes are of one class, so that there is no pair to compare"
    if rows.sampled:
        return math.nan, "sampling weights make no sample of counts; interval='bootstrap' draws the weighted rows"
    if rows.groups is not None and interval in ("newcombe", "hanley_mcneil"):
        raise UnsupportedError(
            f"limits of {METHODS[interval]} are of independent observations, and these are clustered; use "
            f"interval='delong', 'logit' or 'bootstrap'"
        )
    if interval == "hanley_mcneil":
        return areas.hanley_mcneil(area.auc, area.n_events, area.n_nonevents), ""
    error = area.std_error
    if rows.groups is not None:
        error = float(np.sqrt(area_covariance(placements_of(rows), rows.groups)[0, 0]))
    if math.isnan(error):
        alone = "one class has a single observation, from which no variance can be estimated"
        grouped = "fewer than two clusters have a class, from which no variance can be estimated"
        return error, alone if rows.groups is None else grouped
    return error, ""


def limits_of(
    rows: Judged, auc: float, error: float, interval: str, level: float, reason: str
) -> tuple[float, float, str]:
    """Limits of an area by name, and why there are none."""
    z = normal_quantile(level)
    if math.isnan(auc):
        return math.nan, math.nan, reason
    if interval == "newcombe" and not rows.sampled:
        return *areas.newcombe_limits(auc, *rows.totals, z), ""
    if reason:
        return math.nan, math.nan, reason
    if error == 0.0:
        return math.nan, math.nan, ALL_ABOVE if auc == 1.0 else NO_VARIATION
    return *(areas.logit_limits if interval == "logit" else areas.wald_limits)(auc, error, z), ""


def percentiles(values: Array, level: float) -> dict[str, float]:
    """Limits that leave as many bootstrap values below as above."""
    low, high = np.quantile(values, [(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    return {"conf_low": float(low), "conf_high": float(high)}


def bootstrapped(rows: Judged, level: float, replicates: int, seed: int) -> tuple[float, float, float]:
    """Standard deviation and percentile limits of an area in bootstrap samples of the rows."""
    values = np.array([areas.area_of(sample) for sample in drawn(rows, replicates, seed)])
    limits = percentiles(values, level)
    return float(values.std(ddof=1)), limits["conf_low"], limits["conf_high"]
