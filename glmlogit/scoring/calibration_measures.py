"""Measures of calibration of judged rows, with limits where they have some and reasons where they have none."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.messages.notes import Note
from glmlogit.messages.words import sentence
from glmlogit.numerics.tails import normal_pvalue, normal_quantile
from glmlogit.scoring import isotonic, smoothers
from glmlogit.scoring import probability_scores as scores
from glmlogit.scoring.logistic_lines import INFINITE, Cox, cox
from glmlogit.scoring.probability_counts import ProbabilityCounts

Array = npt.NDArray[np.float64]
Smoother = Literal["loess", "lowess", "spline"]
SMOOTHERS = ("loess", "lowess", "spline")

# Distinct probabilities that a smooth curve needs, and from which local regression gives way to a spline.
LEAST_DISTINCT, MOST_LOCAL = 20, 5_000
BINS = 10

# How pages name the intercept, which has two meanings: at a slope of 1, and beside the slope that was fitted with it.
IN_THE_LARGE, BESIDE_SLOPE = {"intercept": "intercept (slope 1)"}, {"intercept": "intercept (with slope)"}


class CalibrationMeasure(NamedTuple):
    """A measure by name, with its standard error and limits; ``reason`` says why there is no value."""

    name: str
    estimate: float
    std_error: float = math.nan
    conf_low: float = math.nan
    conf_high: float = math.nan
    reason: str = ""


class SmoothCurve(NamedTuple):
    """A smooth curve at distinct probabilities (k,), how it was made, and why there is none."""

    values: Array
    kind: str
    reason: str = ""


def measures(
    rows: ProbabilityCounts, smooth: SmoothCurve, level: float, *, sampled: bool
) -> Iterator[CalibrationMeasure]:
    """All measures; of sampling weights without limits, as no count has a distribution then."""
    z = math.nan if sampled else normal_quantile(level)
    a, b, eta, p, _ = rows
    yield from of_lines(cox(a, b, eta), z)
    yield observed_to_expected(rows, z)
    yield from of_scores(rows, z)
    yield from of_curve(rows, smooth)
    bins = scores.bins_of(a, b, p, scores.uniform_codes(p, BINS))
    error = scores.calibration_error(bins)
    yield CalibrationMeasure("ece", error.ece)
    yield CalibrationMeasure("mce", error.mce)
    corp = isotonic.corp(a, b, p)
    yield CalibrationMeasure("miscalibration", corp.miscalibration)
    yield CalibrationMeasure("discrimination", corp.discrimination)
    yield CalibrationMeasure("uncertainty", corp.uncertainty)
    yield spiegelhalter_z(rows, sampled=sampled)


def spiegelhalter_z(rows: ProbabilityCounts, *, sampled: bool) -> CalibrationMeasure:
    """Spiegelhalter's statistic, none of sampling weights."""
    statistic = math.nan if sampled else scores.spiegelhalter(rows.events, rows.nonevents, rows.p, rows.q)
    reason = _HALF if math.isnan(statistic) and not sampled else ""
    return CalibrationMeasure("spiegelhalter_z", statistic, reason=reason)


_HALF = "all probabilities are ½ (or 0 and 1), where the test has nothing to look at"


def of_lines(line: Cox, z: float) -> Iterator[CalibrationMeasure]:
    """Intercept in the large and slope, with Wald limits."""
    yield _wald("intercept", line.large, line.large_error, z, line.reason)
    yield _wald("slope", line.slope, line.slope_error, z, line.slope_reason)


def _wald(name: str, estimate: float, error: float, z: float, reason: str = "") -> CalibrationMeasure:
    error = math.nan if math.isnan(z) else error
    return CalibrationMeasure(name, estimate, error, estimate - z * error, estimate + z * error, reason)


def observed_to_expected(rows: ProbabilityCounts, z: float) -> CalibrationMeasure:
    """Observed over expected events, limits on the log scale by ``√((1 − O/n)/O)`` (Debray and others 2017)."""
    observed, expected, total = float(rows.events.sum()), float(rows.n @ rows.p), rows.total
    if not expected > 0.0:
        return CalibrationMeasure(
            "o_e", math.inf if observed else math.nan, reason="" if observed else "no event is expected"
        )
    ratio = observed / expected
    if not observed > 0.0:
        return CalibrationMeasure("o_e", ratio)
    error = math.nan if math.isnan(z) else math.sqrt((1.0 - observed / total) / observed)
    return CalibrationMeasure("o_e", ratio, ratio * error, ratio * math.exp(-z * error), ratio * math.exp(z * error))


def of_scores(rows: ProbabilityCounts, z: float) -> Iterator[CalibrationMeasure]:
    """Brier score, the same as a share of that of the prevalence, and log loss."""
    a, b, eta, p, q = rows
    brier, unit = scores.brier(a, b, p, q), scores.uncertainty(a, b)
    yield _wald("brier", *brier, z)
    scaled = 1.0 - brier.value / unit if unit else math.nan
    yield CalibrationMeasure("scaled_brier", scaled, reason="" if unit else "all outcomes are of one class")
    loss = scores.log_loss(a, b, eta)
    yield _wald("log_loss", *loss, z) if math.isfinite(loss.value) else CalibrationMeasure("log_loss", loss.value)


def of_curve(rows: ProbabilityCounts, smooth: SmoothCurve) -> Iterator[CalibrationMeasure]:
    """Mean, median, 90 % point and largest distance of the probabilities from a smooth curve."""
    names = ("ici", "e50", "e90", "emax")
    if smooth.reason:
        yield from (CalibrationMeasure(name, math.nan, reason=smooth.reason) for name in names)
        return
    for name, value in zip(names, smoothers.distances(rows.p, smooth.values, rows.n), strict=True):
        yield CalibrationMeasure(name, value)


def smooth_curve(rows: ProbabilityCounts, smoother: Smoother) -> SmoothCurve:
    """A smooth curve inside [0, 1]; a spline in place of local regression where distinct probabilities are many."""
    if len(rows.p) < LEAST_DISTINCT:
        text = "a smooth curve needs {least} distinct probabilities, and there are {n}"
        reason = sentence(text, least=LEAST_DISTINCT, n=len(rows.p))
        return SmoothCurve(np.full(len(rows.p), np.nan), smoother, reason)
    kind = "spline" if smoother == "loess" and len(rows.p) > MOST_LOCAL else smoother
    if kind == "loess":
        return SmoothCurve(np.clip(smoothers.loess(rows.p, rows.events / rows.n, rows.n), 0.0, 1.0), kind)
    if kind == "lowess":
        return _lowess(rows)
    if not np.isfinite(rows.eta).all():
        return SmoothCurve(np.full(len(rows.p), np.nan), kind, INFINITE)
    values = smoothers.spline(rows.p, rows.eta, rows.events, rows.nonevents)
    return SmoothCurve(values, kind, "" if np.isfinite(values).all() else "outcomes are separated by the probabilities")


def _lowess(rows: ProbabilityCounts) -> SmoothCurve:
    """Lowess of single observations, as rms has it, averaged where probabilities are tied."""
    single = (rows.events == np.round(rows.events)).all() and (rows.nonevents == np.round(rows.nonevents)).all()
    if not single:
        return SmoothCurve(np.full(len(rows.p), np.nan), "lowess", "lowess is of rows that count as one each")
    cells = np.column_stack([rows.nonevents, rows.events]).ravel().astype(np.intp)
    codes = np.repeat(np.arange(len(cells)), cells)
    fitted = smoothers.lowess(rows.p[codes // 2], (codes % 2).astype(np.float64))
    return SmoothCurve(np.bincount(codes // 2, fitted) / rows.n, "lowess")


def frame_of(values: list[CalibrationMeasure]) -> pd.DataFrame:
    """Measures as a table by name."""
    columns = ["estimate", "std_error", "conf_low", "conf_high"]
    index = pd.Index([value.name for value in values], name="measure", dtype=object)
    return pd.DataFrame([value[1:5] for value in values], columns=columns, index=index)


def reasons_of(values: list[CalibrationMeasure]) -> list[Note]:
    """Why measures have no value, or an infinite one, each reason once."""
    by_reason: dict[str, list[str]] = {}
    for value in values:
        if value.reason:
            by_reason.setdefault(value.reason, []).append(value.name)
    text = "{names}: {reason}."
    return [Note("undefined", sentence(text, names=names, reason=reason)) for reason, names in by_reason.items()]


def tests_of(rows: ProbabilityCounts) -> pd.DataFrame:
    """Likelihood-ratio tests of Cox 1958 and Miller, Hui & Tierney 1991, and Spiegelhalter's 1986, by name."""
    line = cox(rows.events, rows.nonevents, rows.eta)
    z = scores.spiegelhalter(rows.events, rows.nonevents, rows.p, rows.q)
    values = [line.lr_large, line.lr_slope, line.lr_both, z]
    p_values = [*line.p_values, float(normal_pvalue(z))]
    names = ("intercept = 0", "slope = 1", "both", "spiegelhalter")
    return pd.DataFrame(
        {"statistic": values, "df": [1, 1, 2, 1], "p_value": p_values}, index=pd.Index(names, name="test", dtype=object)
    )
