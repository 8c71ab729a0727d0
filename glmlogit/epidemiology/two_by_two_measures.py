"""Counts in 2×2 tables and what asymptotic theory says of them: crude measures, Mantel–Haenszel, homogeneity.

Cells are ``a b / c d``: exposed in the first row, events in the first column. Every formula reads the margins
``n1 = a + b``, ``n0 = c + d``, ``m1 = a + c``, ``m0 = b + d`` and ``n`` from :class:`TwoByTwoCells`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.messages.words import sentence
from glmlogit.numerics.tails import chi2_pvalue, normal_pvalue

Array = npt.NDArray[np.float64]
Number = float | Array


# --- tables ---------------------------------------------------------------------------------------
class TwoByTwoCells(NamedTuple):
    """Cells and margins of a table, or arrays of them over strata."""

    a: Array
    b: Array
    c: Array
    d: Array

    @classmethod
    def of(cls, counts: Array) -> TwoByTwoCells:
        """Cells of counts (..., 2, 2): exposed in the first row, events in the first column."""
        return cls(counts[..., 0, 0], counts[..., 0, 1], counts[..., 1, 0], counts[..., 1, 1])

    @property
    def n1(self) -> Array:
        """Exposed: a + b."""
        return self.a + self.b

    @property
    def n0(self) -> Array:
        """Unexposed: c + d."""
        return self.c + self.d

    @property
    def m1(self) -> Array:
        """Events: a + c."""
        return self.a + self.c

    @property
    def m0(self) -> Array:
        """Non-events: b + d."""
        return self.b + self.d

    @property
    def n(self) -> Array:
        """All observations: a + b + c + d."""
        return self.n1 + self.n0


def has_information(t: TwoByTwoCells) -> npt.NDArray[np.bool_]:
    """Which strata (K,) say something on the odds ratio: those without a margin of zero."""
    return np.asarray((t.n1 > 0) & (t.n0 > 0) & (t.m1 > 0) & (t.m0 > 0))


def reciprocals(t: TwoByTwoCells) -> Array:
    """``1/a + 1/b + 1/c + 1/d``, inf with a cell of zero."""
    with np.errstate(divide="ignore", over="ignore"):  # cells of 0, and of weights of 1e-300
        return np.asarray(1.0 / t.a + 1.0 / t.b + 1.0 / t.c + 1.0 / t.d)


def with_odds_ratio(t: TwoByTwoCells, odds_ratio: float) -> TwoByTwoCells:
    """The tables with the margins of ``t`` and this odds ratio: the root of a quadratic in ``a``."""
    q = 1.0 - odds_ratio
    half = t.n0 - t.m1 + odds_ratio * (t.n1 + t.m1)
    product = odds_ratio * t.n1 * t.m1
    root = np.sqrt(np.maximum(half**2 + 4.0 * q * product, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):  # of the two forms the one without cancellation
        a = np.where(half >= 0, 2.0 * product / (half + root), (root - half) / (2.0 * q))
    a = np.clip(a, np.maximum(t.m1 - t.n0, 0.0), np.minimum(t.n1, t.m1))
    return TwoByTwoCells(a, t.n1 - a, t.m1 - a, t.n0 - t.m1 + a)


# The exponential of more overflows, and so does its reciprocal of as much less.
LARGEST_EXPONENT = 709.0


def exp(x: float) -> float:
    """``e^x``, inf where that overflows."""
    return math.exp(x) if x < LARGEST_EXPONENT else math.inf


# --- results --------------------------------------------------------------------------------------
class MeasureRow(NamedTuple):
    """A measure; NaN with a reason where a number is missing.

    ``std_error`` is that of the estimate, ``std_error_log`` that of the logarithm by which its limits are made.
    """

    measure: str
    estimate: float
    std_error: float
    std_error_log: float
    conf_low: float
    conf_high: float
    p_value: float
    method: str
    reason: str = ""


class MeasureTest(NamedTuple):
    """A test; NaN with a reason where it cannot be made."""

    test: str
    statistic: float
    df: float
    p_value: float
    method: str
    reason: str = ""


# --- measures with Wald limits --------------------------------------------------------------------
def _ratio(measure: str, top: Number, bottom: Number, variance: Number, z: float, method: str) -> MeasureRow:
    """``top/bottom`` with limits from the log; 0 and infinite ratios have no standard error."""
    estimate = _quotient(float(top), float(bottom))
    if not (0 < estimate < math.inf and 0 < variance < math.inf):
        return MeasureRow(measure, estimate, *(math.nan,) * 5, method, _no_limits(estimate))
    log, error = math.log(estimate), math.sqrt(variance)
    low, high = exp(log - z * error), exp(log + z * error)
    return MeasureRow(measure, estimate, estimate * error, error, low, high, float(normal_pvalue(log / error)), method)


def _quotient(top: float, bottom: float) -> float:
    if bottom == 0:
        return math.nan if top == 0 or math.isnan(top) else math.inf
    return top / bottom


def _no_limits(estimate: float) -> str:
    if math.isnan(estimate):
        return "a margin of the table is zero: nothing to compare"
    if 0 < estimate < math.inf:
        return "all subjects have the same outcome: no variation to compute a standard error from"
    return "a cell of zero: the log of the ratio is infinite and has no standard error"


def crude_odds_ratio(t: TwoByTwoCells, z: float) -> MeasureRow:
    """Woolf 1955: var log OR = 1/a + 1/b + 1/c + 1/d."""
    return _ratio("odds_ratio", t.a * t.d, t.b * t.c, reciprocals(t), z, "Woolf")


def cornfield(t: TwoByTwoCells, z: float) -> MeasureRow:
    """Cornfield 1956: the odds ratios whose fitted table ``A`` has ``(a − A)²(1/A + 1/B + 1/C + 1/D) = z²``."""
    name, method = "odds_ratio_cornfield", "Cornfield, score limits"
    if not has_information(t):
        return MeasureRow(name, *(math.nan,) * 6, method, _no_limits(math.nan))
    low, inverse = _cornfield_low(t, z), _cornfield_low(TwoByTwoCells(t.c, t.d, t.a, t.b), z)
    p = float(chi2_pvalue(_pearson(t), 1))
    estimate, high = _quotient(float(t.a * t.d), float(t.b * t.c)), _quotient(1.0, inverse)
    return MeasureRow(name, estimate, math.nan, math.nan, low, high, p, method)


# Cells of a limit are sought down to e^−700 of their counts: at less the limit would be 0.
_SMALLEST_CELL = 700.0


def _cornfield_low(t: TwoByTwoCells, z: float) -> float:
    """The lower limit: a and d shrink, the smaller of them to ``e^−x`` of itself, until the deviation is z."""
    from scipy.optimize import brentq

    small = float(min(t.a, t.d))
    if small == 0:
        return 0.0

    def fitted(x: float) -> TwoByTwoCells:
        move = -small * math.expm1(-x)
        left = small * math.exp(-x)  # adding what is left keeps the digits that taking away would lose
        return TwoByTwoCells(t.a - small + left, t.b + move, t.c + move, t.d - small + left)

    def excess(x: float) -> float:
        return -small * math.expm1(-x) * math.sqrt(reciprocals(fitted(x))) - z if x else -z

    # The root is sought relative to itself (4 ε is the least that Brent's method takes), however near to 0 it is.
    table = fitted(brentq(excess, 0.0, _SMALLEST_CELL, xtol=1e-300, rtol=1e-15))
    return float(table.a * table.d / (table.b * table.c))


def crude_risks(t: TwoByTwoCells, z: float) -> list[MeasureRow]:
    """Risk ratio (Katz et al. 1978) and risk difference (Wald; Newcombe 1998, method 10)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        # 1/a − 1/n1 = b/(a·n1), without the subtraction
        log_variance = t.b / (t.a * t.n1) + t.d / (t.c * t.n0)
        p1, p0 = t.a / t.n1, t.c / t.n0
        variance = t.a * t.b / t.n1**3 + t.c * t.d / t.n0**3
        ratio = _ratio("risk_ratio", p1, p0, log_variance, z, "Katz")
        difference = (t.a * t.d - t.b * t.c) / (t.n1 * t.n0)
    return [
        ratio,
        _difference("risk_difference", difference, variance, z, "Wald"),
        _newcombe(t, float(difference), z),
    ]


def _difference(measure: str, estimate: Number, variance: Number, z: float, method: str) -> MeasureRow:
    value = float(estimate)
    if not variance > 0:
        missing = "one of the groups is empty" if math.isnan(value) else "no variation within either group"
        return MeasureRow(measure, value, *(math.nan,) * 5, method, f"{missing}: no standard error")
    error = math.sqrt(variance)
    p = float(normal_pvalue(value / error))
    return MeasureRow(measure, value, error, math.nan, value - z * error, value + z * error, p, method)


def _newcombe(t: TwoByTwoCells, estimate: float, z: float) -> MeasureRow:
    name, method = "risk_difference_newcombe", "Newcombe, score limits"
    if math.isnan(estimate):
        return MeasureRow(name, estimate, *(math.nan,) * 5, method, "one of the groups is empty")
    (low1, high1), (low0, high0) = _wilson_reach(t.a, t.b, z), _wilson_reach(t.c, t.d, z)
    low, high = estimate - math.hypot(low1, high0), estimate + math.hypot(high1, low0)
    return MeasureRow(name, estimate, math.nan, math.nan, low, high, math.nan, method)


def _wilson_reach(events: Array, others: Array, z: float) -> tuple[float, float]:
    """How far Wilson's limits (1927) lie below and above a proportion."""
    x, y = float(events), float(others)
    n = x + y
    half, scale = z * math.sqrt(z * z / 4 + x * y / n), n + z * z
    drift = z * z * (y - x) / (2 * n)  # of the midpoint towards one half, times the scale
    return (half - drift) / scale, (half + drift) / scale


def attributable_fractions(t: TwoByTwoCells, z: float) -> list[MeasureRow]:
    """Attributable fractions, each 1 − a ratio whose limits are known from its log.

    Population fractions: Walter 1976 (risks: multinomial sampling), Walter 1978 (odds: events and non-events
    sampled separately).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        risks = (t.c / t.n0, t.a / t.n1, t.b / (t.a * t.n1) + t.d / (t.c * t.n0))
        odds = (t.b * t.c, t.a * t.d, reciprocals(t))
        share = (t.a * t.d - t.b * t.c) / (t.m1 * t.n0)
        overall = (t.c / t.n0, t.m1 / t.n, (t.b + share * (t.a + t.d)) / (t.n * t.c))
        case_control = (t.c / t.m1, t.d / t.m0, t.a / (t.m1 * t.c) + t.b / (t.m0 * t.d))
    ratios = {
        "attributable_fraction_exposed": (risks, "1 − 1/risk ratio, Katz"),
        "attributable_fraction_population": (overall, "cohort, Walter"),
        "attributable_fraction_exposed_or": (odds, "1 − 1/odds ratio, Woolf"),
        "attributable_fraction_population_or": (case_control, "case-control, Walter"),
    }
    rows = [_one_less(_ratio(name, *numbers, z, method)) for name, (numbers, method) in ratios.items()]
    return [_without_limits(row) if float(t.a) == 0 and "population" in row.measure else row for row in rows]


def _without_limits(row: MeasureRow) -> MeasureRow:
    """Of a population fraction, where no exposed subject has the event: the variance takes that 0 for certain."""
    reason = row.reason or "no exposed subject has the event: the standard error would take that 0 for certain"
    return MeasureRow(row.measure, row.estimate, *(math.nan,) * 5, row.method, reason)


def _one_less(row: MeasureRow) -> MeasureRow:
    return row._replace(estimate=1 - row.estimate, conf_low=1 - row.conf_high, conf_high=1 - row.conf_low)


# --- tests of one table ---------------------------------------------------------------------------
def _pearson(t: TwoByTwoCells, correction: float = 0.0) -> float:
    """Pearson's chi-squared ``n(|ad − bc| − correction·n)²/(n1·n0·m1·m0)``; Yates' correction is 1/2."""
    deviation = max(abs(float(t.a * t.d - t.b * t.c)) - correction * float(t.n), 0.0)
    return float(t.n * deviation / (t.n1 * t.n0) * deviation / (t.m1 * t.m0))


def chi_squared(t: TwoByTwoCells) -> list[MeasureTest]:
    """Pearson's test, plain and with Yates' correction."""
    names = {"pearson": ("Pearson chi-squared", 0.0), "yates": ("chi-squared with Yates' correction", 0.5)}
    if not has_information(t):
        return [_undefined(name, method, "a margin of the table is zero") for name, (method, _) in names.items()]
    return [_chi2(name, _pearson(t, correction), 1, method) for name, (method, correction) in names.items()]


def _chi2(test: str, statistic: float, df: int, method: str) -> MeasureTest:
    return MeasureTest(test, statistic, df, float(chi2_pvalue(statistic, df)), method)


def _undefined(test: str, method: str, reason: str) -> MeasureTest:
    return MeasureTest(test, math.nan, math.nan, math.nan, method, reason)


# --- over strata ----------------------------------------------------------------------------------
def mh_odds_ratio(t: TwoByTwoCells, z: float) -> MeasureRow:
    """Mantel & Haenszel 1959; variance of Robins, Breslow & Greenland 1986."""
    p, q = (t.a + t.d) / t.n, (t.b + t.c) / t.n
    r, s = t.a * t.d / t.n, t.b * t.c / t.n
    big_r, big_s = np.sum(r), np.sum(s)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = (
            np.sum(p * r) / (2 * big_r**2)
            + np.sum(p * s + q * r) / (2 * big_r * big_s)
            + np.sum(q * s) / (2 * big_s**2)
        )
    return _ratio("mh_odds_ratio", big_r, big_s, variance, z, "Mantel-Haenszel; RBG variance")


def mh_risks(t: TwoByTwoCells, z: float) -> list[MeasureRow]:
    """Greenland & Robins 1985 for the risk ratio, Sato 1989 for the risk difference."""
    t = TwoByTwoCells(*(cell[(t.n1 > 0) & (t.n0 > 0)] for cell in t))
    r, s = t.a * t.n0 / t.n, t.c * t.n1 / t.n
    weight = np.sum(t.n1 * t.n0 / t.n)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_variance = np.sum((t.m1 * t.n1 * t.n0 - t.a * t.c * t.n) / t.n**2) / (np.sum(r) * np.sum(s))
        estimate = np.sum((t.a * t.d - t.b * t.c) / t.n) / weight
        p = (t.n1**2 * t.c - t.n0**2 * t.a + t.n1 * t.n0 * (t.n0 - t.n1) / 2) / t.n**2
        q = (t.a * t.d + t.b * t.c) / (2 * t.n)
        variance = (estimate * np.sum(p) + np.sum(q)) / weight**2
    return [
        _ratio("mh_risk_ratio", np.sum(r), np.sum(s), log_variance, z, "Mantel-Haenszel; GR variance"),
        _difference("mh_risk_difference", estimate, variance, z, "Mantel-Haenszel; Sato variance"),
    ]


def cochran_mantel_haenszel(t: TwoByTwoCells) -> list[MeasureTest]:
    """Mantel & Haenszel 1959, plain and with a continuity correction of 1/2."""
    names = {
        "mantel_haenszel": ("Mantel-Haenszel chi-squared", 0.0),
        "mantel_haenszel_corrected": ("Mantel-Haenszel chi-squared, continuity corrected", 0.5),
    }
    if not len(t.a) or (t.n <= 1).any():
        reason = "a stratum has a total of 1 or less" if len(t.a) else "every stratum has a margin of zero"
        return [_undefined(name, method, reason) for name, (method, _) in names.items()]
    # a − E = (ad − bc)/n, which keeps the digits that the difference of large counts would lose
    deviation = abs(float(np.sum((t.a * t.d - t.b * t.c) / t.n)))
    variance = float(np.sum(t.n1 * (t.m1 / t.n) * t.n0 * (t.m0 / t.n) / (t.n - 1.0)))
    return [
        _chi2(name, max(deviation - correction, 0.0) ** 2 / variance, 1, method)
        for name, (method, correction) in names.items()
    ]


_TOO_FEW_STRATA = "homogeneity needs two strata without a margin of zero"


def breslow_day(t: TwoByTwoCells, odds_ratio: float) -> list[MeasureTest]:
    """Breslow & Day 1980 (eq. 4.30) at Mantel and Haenszel's estimate, and with Tarone's correction (1985)."""
    names = {"breslow_day": "Breslow-Day homogeneity", "breslow_day_tarone": "Breslow-Day homogeneity, Tarone"}
    single = len(t.a) < 2
    if single or not 0 < odds_ratio < math.inf:
        reason = _TOO_FEW_STRATA if single else "the common odds ratio is 0 or infinite: no table is fitted"
        return [_undefined(name, method, reason) for name, method in names.items()]
    fitted = with_odds_ratio(t, odds_ratio)
    deviation, variance = t.a - fitted.a, 1.0 / reciprocals(fitted)
    statistic = float(np.sum(deviation**2 / variance))
    correction = float(np.sum(deviation) ** 2 / np.sum(variance))
    numbers = (statistic, statistic - correction)
    return [_chi2(name, x, len(t.a) - 1, names[name]) for name, x in zip(names, numbers, strict=True)]


def woolf_homogeneity(t: TwoByTwoCells) -> MeasureTest:
    """Woolf 1955: log odds ratios about their mean, weighted by inverse variances."""
    name, method = "woolf", "Woolf homogeneity"
    if len(t.a) < 2:
        return _undefined(name, method, _TOO_FEW_STRATA)
    weight = 1.0 / reciprocals(t)
    if not weight.all():
        return _undefined(name, method, sentence("{n} of the strata with a cell of zero", n=int(np.sum(weight == 0))))
    log = np.log(t.a * t.d / (t.b * t.c))
    mean = np.sum(weight * log) / np.sum(weight)
    return _chi2(name, float(np.sum(weight * (log - mean) ** 2)), len(log) - 1, method)
