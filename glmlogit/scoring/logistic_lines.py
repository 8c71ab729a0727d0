"""Outcomes regressed on log-odds: intercept given the slope, slope, both; with the limit where outcomes separate."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.numerics import kernels
from glmlogit.numerics.tails import chi2_pvalue

Array = npt.NDArray[np.float64]

# Steps after which an iteration that should converge quadratically is ended.
MOST_STEPS = 100


class Line(NamedTuple):
    """A maximum over a few coefficients (k,): these, their covariance (k, k) and the log-likelihood."""

    beta: Array
    covariance: Array
    llf: float


def maximised(X: Array, a: Array, b: Array, offset: Array | None, start: Array) -> Line:
    """Newton's method for outcomes that overlap: events a and others b (n,) on columns X (n, k).

    A step is halved while it lowers the likelihood; it ends where the decrement is that of rounding.
    """
    rows = kernels.Observations(X, a, nonevents=b, offset=offset)
    beta, at = start, kernels.row_pass(rows, start)
    for _ in range(MOST_STEPS):
        try:
            step = np.linalg.solve(at.information, at.score)
        except np.linalg.LinAlgError:  # outcomes that several columns separate
            return Line(beta, np.full(at.information.shape, np.nan), at.llf)
        decrement, size = float(step @ at.score), 1.0
        after = kernels.row_pass(rows, beta + step)
        while after.llf < at.llf - 1e-12 * abs(at.llf) and size > 1e-6:
            size /= 2.0
            after = kernels.row_pass(rows, beta + size * step)
        beta, at = beta + size * step, after
        if decrement < 1e-12:  # the step that was taken leaves a distance of its square
            break
    return Line(beta, np.asarray(np.linalg.inv(at.information), dtype=np.float64), at.llf)


class Cox(NamedTuple):
    """Outcomes on log-odds (Cox 1958): intercept at slope 1, slope and its intercept, likelihood ratios against (0, 1).

    ``reason`` says why there is no intercept, ``slope_reason`` why no finite slope.
    """

    large: float
    large_error: float
    slope: float
    slope_error: float
    intercept: float
    intercept_error: float
    lr_large: float
    lr_slope: float
    lr_both: float
    llf: float
    reason: str = ""
    slope_reason: str = ""

    @property
    def p_values(self) -> tuple[float, float, float]:
        """Of the intercept at slope 1 (1 df), of the slope (1) and of both (2)."""
        statistics, df = [self.lr_large, self.lr_slope, self.lr_both], [1, 1, 2]
        large, slope, both = (float(v) for v in chi2_pvalue(np.array(statistics), np.array(df)))
        return large, slope, both


_NAN = math.nan
INFINITE = "a probability of exactly 0 or 1 has no finite log-odds"
ONE_CLASS = "all outcomes are of one class"
CONSTANT = "all probabilities are the same, which says nothing of a slope"
WRONG_WAY = "the slope is not positive: probabilities point the wrong way"
SEPARATED = "outcomes are separated by the probabilities, so that the slope is infinite"


def cox(a: Array, b: Array, eta: Array) -> Cox:
    """Calibration in the large and slope of log-odds η (n,) for events a and others b."""
    if not np.isfinite(eta).all():
        return _without(INFINITE)
    if not (a.any() and b.any()):
        large = math.inf if a.any() else -math.inf
        return _without("", ONE_CLASS)._replace(large=large)
    ones = np.ones((len(eta), 1))
    before = kernels.row_sums(eta, a, b).llf
    at_one = maximised(ones, a, b, eta, np.zeros(1))
    lr_large = max(2.0 * (at_one.llf - before), 0.0)
    result = _without("", slope_reason(a, b, eta))._replace(
        large=float(at_one.beta[0]), large_error=math.sqrt(at_one.covariance[0, 0]), lr_large=lr_large
    )
    if result.slope_reason == SEPARATED:
        return result._replace(slope=math.copysign(math.inf, slope_sign(a, b, eta)))
    if result.slope_reason:
        return result
    middle = float(eta.mean())  # so that the two columns are not nearly collinear
    line = maximised(np.column_stack([ones, eta - middle]), a, b, None, np.array([at_one.beta[0] + middle, 1.0]))
    back = np.array([[1.0, -middle], [0.0, 1.0]])
    beta, covariance = back @ line.beta, back @ line.covariance @ back.T
    return result._replace(
        slope=float(beta[1]),
        slope_error=math.sqrt(covariance[1, 1]),
        intercept=float(beta[0]),
        intercept_error=math.sqrt(covariance[0, 0]),
        lr_slope=max(2.0 * (line.llf - at_one.llf), 0.0),
        lr_both=max(2.0 * (line.llf - before), 0.0),
        llf=line.llf,
    )


def _without(reason: str, of_slope: str = "") -> Cox:
    return Cox(
        large=_NAN,
        large_error=_NAN,
        slope=_NAN,
        slope_error=_NAN,
        intercept=_NAN,
        intercept_error=_NAN,
        lr_large=_NAN,
        lr_slope=_NAN,
        lr_both=_NAN,
        llf=_NAN,
        reason=reason,
        slope_reason=of_slope or reason,
    )


def slope_sign(a: Array, b: Array, eta: Array) -> int:
    """1 where no event has lower log-odds than any other outcome, −1 where none has higher; 0 where they overlap."""
    events, others = eta[a > 0], eta[b > 0]
    if events.min() >= others.max():
        return 1
    return -1 if events.max() <= others.min() else 0


def slope_reason(a: Array, b: Array, eta: Array) -> str:
    """Why outcomes on finite log-odds have no finite slope; empty where they have."""
    if eta.min() == eta.max():
        return CONSTANT
    return SEPARATED if slope_sign(a, b, eta) else ""


class Scale(NamedTuple):
    """Temperature ``T = 1/slope`` of outcomes on log-odds without intercept, its error, and why there is none."""

    temperature: float
    std_error: float
    reason: str = ""


def temperature_of(a: Array, b: Array, eta: Array) -> Scale:
    """Temperature (Guo and others 2017): error by the delta method; 0 where signs of log-odds separate outcomes."""
    if not np.isfinite(eta).all():
        return Scale(_NAN, _NAN, INFINITE)
    signed = np.concatenate([eta[a > 0], -eta[b > 0]])
    if not signed.any():
        return Scale(_NAN, _NAN, "all log-odds are 0")
    if signed.min() >= 0:
        return Scale(0.0, _NAN, "signs of the log-odds separate the outcomes, and the slope is infinite")
    if signed.max() <= 0:
        return Scale(_NAN, _NAN, WRONG_WAY)
    line = maximised(eta[:, None], a, b, None, np.ones(1))
    slope, error = float(line.beta[0]), math.sqrt(line.covariance[0, 0])
    if slope <= 0:
        return Scale(_NAN, _NAN, WRONG_WAY)
    return Scale(1.0 / slope, error / slope**2)
