"""Measures of a table of decisions by outcomes: shares, likelihood ratios, agreement, each with its limits."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special

from glmlogit.errors import DataError
from glmlogit.numerics.tails import chi2_pvalue

Array = npt.NDArray[np.float64]
Limits = tuple[float, float]


def check_prevalence(prevalence: float | None) -> None:
    """Refuse what is no share of people with the event; None is that of the rows."""
    if prevalence is not None and not 0 < prevalence < 1:
        raise DataError(f"prevalence={prevalence!r}; give the share of people with the event, between 0 and 1")


class Cells(NamedTuple):
    """Counts of true positives, false positives, false negatives and true negatives."""

    tp: float
    fp: float
    fn: float
    tn: float

    @property
    def events(self) -> float:
        """Events, n₁."""
        return self.tp + self.fn

    @property
    def nonevents(self) -> float:
        """Others, n₀."""
        return self.fp + self.tn

    @property
    def n(self) -> float:
        """All."""
        return self.events + self.nonevents

    @property
    def sensitivity(self) -> float:
        """Share of events called positive."""
        return ratio(self.tp, self.events)

    @property
    def specificity(self) -> float:
        """Share of others called negative."""
        return ratio(self.tn, self.nonevents)


class DecisionMeasure(NamedTuple):
    """A measure with its limits; NaN limits have a reason where others of the kind have some."""

    name: str
    estimate: float
    low: float = math.nan
    high: float = math.nan
    std_error: float = math.nan
    method: str = ""
    reason: str = ""


def ratio(a: float, b: float) -> float:
    """``a/b``; NaN for 0/0, infinite for a/0."""
    return a / b if b else math.nan if not a else math.inf


# --- shares ---------------------------------------------------------------------------------------
def exact_limits(x: float, n: float, level: float) -> Limits:
    """Clopper & Pearson 1934: each tail at most half of what the level leaves."""
    tail = (1.0 - level) / 2.0
    low = 0.0 if x == 0 else float(special.betaincinv(x, n - x + 1.0, tail))
    return low, 1.0 if x == n else float(special.betainccinv(x + 1.0, n - x, tail))


def wilson_limits(x: float, n: float, z: float) -> Limits:
    """Wilson 1927, the score interval."""
    p, unit = x / n, z * z / n
    centre, half = p + unit / 2.0, z * math.sqrt(p * (1.0 - p) / n + unit / (4.0 * n))
    low, high = (centre - half) / (1.0 + unit), (centre + half) / (1.0 + unit)
    return (0.0 if x == 0 else low), (1.0 if x == n else high)


def share_limits(x: float, n: float, interval: str, level: float, z: float) -> Limits:
    """Limits of a share of x in n by name."""
    if not n > 0:
        return math.nan, math.nan
    return exact_limits(x, n, level) if interval == "exact" else wilson_limits(x, n, z)


# --- all measures ---------------------------------------------------------------------------------
def measures_of(c: Cells, interval: str, level: float, z: float, beta: float = 1.0) -> Iterator[DecisionMeasure]:
    """Every measure of a table, in reading order."""
    method = {"exact": "Clopper-Pearson", "wilson": "Wilson"}[interval]

    def share(name: str, x: float, n: float, of_none: str) -> DecisionMeasure:
        reason = "" if n > 0 else of_none
        return DecisionMeasure(name, ratio(x, n), *share_limits(x, n, interval, level, z), method=method, reason=reason)

    sensitivity = share("sensitivity", c.tp, c.events, "there is no event")
    specificity = share("specificity", c.tn, c.nonevents, "there is no row without the event")
    yield from (sensitivity, specificity)
    yield share("ppv", c.tp, c.tp + c.fp, "there is no positive")
    yield share("npv", c.tn, c.tn + c.fn, "there is no negative")
    yield share("accuracy", c.tp + c.tn, c.n, "there is no row")
    yield _balanced(sensitivity, specificity, "balanced_accuracy", 0.5, 0.0)
    yield DecisionMeasure(
        "f1", f_measure(c, 1.0), reason="" if c.tp + c.fp + c.fn else "there is neither event nor positive"
    )
    if beta != 1.0:
        yield DecisionMeasure(f"f{beta:g}", f_measure(c, beta))
    yield DecisionMeasure("mcc", mcc(c), reason="" if not math.isnan(mcc(c)) else "a margin of the table is 0")
    yield _kappa(c, z)
    yield _balanced(sensitivity, specificity, "youden", 1.0, -1.0)
    yield likelihood_ratio("lr_positive", c.tp, c.events, c.fp, c.nonevents, z)
    yield likelihood_ratio("lr_negative", c.fn, c.events, c.tn, c.nonevents, z)
    yield odds_ratio(c, z)
    halves = odds_ratio(Cells(*(x + 0.5 for x in c)), z)
    yield halves._replace(name="haldane_odds_ratio", method="Haldane, ½ added")
    yield share("prevalence", c.events, c.n, "there is no row")
    yield share("detection_rate", c.tp, c.n, "there is no row")
    yield share("detection_prevalence", c.tp + c.fp, c.n, "there is no row")


def _balanced(a: DecisionMeasure, b: DecisionMeasure, name: str, factor: float, shift: float) -> DecisionMeasure:
    """A multiple of the sum of two shares: the sums of their limits hold it at least as often as the level says."""
    low, high, estimate = (factor * (x + y) + shift for x, y in ((a.low, b.low), (a.high, b.high), a[1:2] + b[1:2]))
    return DecisionMeasure(name, estimate, low, high, method=f"{a.method}, both added", reason=a.reason or b.reason)


def f_measure(c: Cells, beta: float) -> float:
    """``(1 + β²)TP/((1 + β²)TP + β²FN + FP)``: 0 where no event is called positive."""
    square = beta * beta
    return (1.0 + square) * c.tp / below if (below := (1.0 + square) * c.tp + square * c.fn + c.fp) else math.nan


def mcc(c: Cells) -> float:
    """Matthews' correlation, that of decision and outcome; NaN where one of them does not vary."""
    below = math.sqrt(c.tp + c.fp) * math.sqrt(c.tp + c.fn) * math.sqrt(c.tn + c.fp) * math.sqrt(c.tn + c.fn)
    return (c.tp * c.tn - c.fp * c.fn) / below if below else math.nan


def _kappa(c: Cells, z: float) -> DecisionMeasure:
    """Cohen's kappa with the error of Fleiss, Cohen & Everitt 1969."""
    if not c.n:
        return DecisionMeasure("kappa", math.nan)
    table = np.array([[c.tp, c.fp], [c.fn, c.tn]]) / c.n
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    agreed, chance = float(np.trace(table)), float(rows @ columns)
    if chance == 1.0:
        return DecisionMeasure("kappa", math.nan, reason="decision and outcome are always the same")
    third = float(np.diag(table) @ (rows + columns))
    fourth = float((table * (columns[:, None] + rows) ** 2).sum())
    left = 1.0 - chance
    variance = agreed * (1.0 - agreed) / left**2 + 2.0 * (1.0 - agreed) * (2.0 * agreed * chance - third) / left**3
    variance += (1.0 - agreed) ** 2 * (fourth - 4.0 * chance**2) / left**4
    kappa, error = (agreed - chance) / left, math.sqrt(max(variance, 0.0) / c.n)
    limits = (kappa - z * error, min(kappa + z * error, 1.0)) if error > 0 else (math.nan, math.nan)
    reason = "" if error > 0 else "the standard error is 0"
    return DecisionMeasure("kappa", kappa, *limits, error, "Fleiss, Cohen and Everitt", reason)


def likelihood_ratio(name: str, a: float, n1: float, b: float, n0: float, z: float) -> DecisionMeasure:
    """``(a/n₁)/(b/n₀)``, limits on the log with variance ``1/a − 1/n₁ + 1/b − 1/n₀`` (Simel, Samsa & Matchar 1991)."""
    estimate = ratio(ratio(a, n1), ratio(b, n0)) if n1 and n0 else math.nan
    if not (a and b and n1 and n0):
        reason = "there is no variance on the logarithm of 0 or of infinity, or of 0/0"
        return DecisionMeasure(name, estimate, method="Simel", reason=reason)
    return _on_the_log(name, estimate, 1.0 / a - 1.0 / n1 + 1.0 / b - 1.0 / n0, z, "Simel")


def odds_ratio(c: Cells, z: float) -> DecisionMeasure:
    """``TP·TN/(FP·FN)``, limits of Woolf 1955."""
    estimate = ratio(c.tp * c.tn, c.fp * c.fn)
    if not min(c):
        return DecisionMeasure("odds_ratio", estimate, method="Woolf", reason="a cell of the table is 0")
    return _on_the_log("odds_ratio", estimate, sum(1.0 / x for x in c), z, "Woolf")


def _on_the_log(name: str, estimate: float, variance: float, z: float, method: str) -> DecisionMeasure:
    if not variance > 0:
        return DecisionMeasure(name, estimate, method=method, reason="the variance of the logarithm is 0")
    half = z * math.sqrt(variance)
    return DecisionMeasure(name, estimate, estimate * math.exp(-half), estimate * math.exp(half), method=method)


# --- another prevalence ---------------------------------------------------------------------------
def predictive_values(c: Cells, prevalence: float, z: float) -> tuple[DecisionMeasure, DecisionMeasure]:
    """PPV and NPV where a share π of people have the event, by Bayes; logit limits of Mercaldo, Lau & Zhou 2007."""
    se, sp, odds = c.sensitivity, c.specificity, math.log(prevalence) - math.log1p(-prevalence)
    ppv = _posterior("ppv", c.tp, c.fn, c.fp, c.tn, odds, z)
    negative = _posterior("npv", c.tn, c.fp, c.fn, c.tp, -odds, z)
    return (
        (ppv, negative)
        if not math.isnan(se + sp)
        else (DecisionMeasure("ppv", math.nan), DecisionMeasure("npv", math.nan))
    )


def _posterior(name: str, a: float, b: float, c: float, d: float, odds: float, z: float) -> DecisionMeasure:
    """Probability after odds and a likelihood ratio ``(a/(a + b))/(c/(c + d))``."""
    top, below = a / (a + b) if a + b else math.nan, c / (c + d) if c + d else math.nan
    if not (top and below) or math.isnan(top + below):
        estimate = math.nan if not (top or below) else float(top > 0)
        return DecisionMeasure(name, estimate, method="Mercaldo", reason="a cell of the table is 0")
    logit = odds + math.log(top) - math.log(below)
    variance = (b / (a + b)) / a + (d / (c + d)) / c
    half = z * math.sqrt(variance)
    estimate, low, high = (float(special.expit(x)) for x in (logit, logit - half, logit + half))
    return DecisionMeasure(name, estimate, low, high, method="Mercaldo")


def mcnemar(c: Cells) -> tuple[float, float]:
    """McNemar's χ² on 1 df, with continuity correction, that positives are as many as events; and its p-value."""
    away, moved = abs(c.fp - c.fn), c.fp + c.fn
    if not moved:
        return math.nan, math.nan
    statistic = max(away - 1.0, 0.0) ** 2 / moved
    return statistic, float(chi2_pvalue(statistic, 1))
