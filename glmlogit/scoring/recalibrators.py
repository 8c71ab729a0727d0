"""Maps from probabilities to better ones, each from counts of events and others at distinct log-odds."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from glmlogit.errors import DataError
from glmlogit.numerics import kernels
from glmlogit.numerics.kernels import log1pexp
from glmlogit.scoring import isotonic
from glmlogit.scoring.logistic_lines import ONE_CLASS, cox, maximised, temperature_of
from glmlogit.scoring.probability_counts import ProbabilityCounts

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Recalibrator:
    """A map of log-odds: ``curve`` takes them (n,) to log-odds, or to probabilities where ``to_probabilities``.

    ``coefficients`` and their ``errors`` by name; ``reason`` says why there is no map.
    """

    coefficients: dict[str, float]
    errors: dict[str, float]
    curve: Callable[[Array], Array] | None = field(repr=False, default=None)
    to_probabilities: bool = False
    reason: str = ""

    def probabilities(self, eta: Array) -> Array:
        """Recalibrated probabilities of log-odds (n,); NaN where there is no map, or nothing came in."""
        if self.curve is None:
            return np.full(len(eta), np.nan)
        with np.errstate(invalid="ignore"):
            mapped = self.curve(eta)
        p = mapped if self.to_probabilities else kernels.tails(mapped)[0]
        return np.where(np.isnan(eta) | np.isnan(mapped), np.nan, p)


def _line(intercept: float, slope: float) -> Callable[[Array], Array]:
    return lambda eta: intercept + slope * eta


def _none(reason: str, *names: str) -> Recalibrator:
    nothing = dict.fromkeys(names, math.nan)
    return Recalibrator(nothing, dict(nothing), reason=reason)


def logistic(rows: ProbabilityCounts) -> Recalibrator:
    """Intercept and slope by maximum likelihood (Cox 1958; Steyerberg 2019, method 3)."""
    line = cox(rows.events, rows.nonevents, rows.eta)
    coefficients = {"intercept": line.intercept, "slope": line.slope}
    errors = {"intercept": line.intercept_error, "slope": line.slope_error}
    if line.slope_reason:
        return Recalibrator(coefficients, errors, reason=line.slope_reason)
    return Recalibrator(coefficients, errors, _line(line.intercept, line.slope))


def intercept(rows: ProbabilityCounts) -> Recalibrator:
    """The intercept alone, log-odds as offset (Steyerberg 2019, method 2)."""
    line = cox(rows.events, rows.nonevents, rows.eta)
    coefficients, errors = {"intercept": line.large}, {"intercept": line.large_error}
    reason = line.reason or (ONE_CLASS if math.isinf(line.large) else "")
    if reason:
        return Recalibrator(coefficients, errors, reason=reason)
    return Recalibrator(coefficients, errors, _line(line.large, 1.0))


def platt(rows: ProbabilityCounts) -> Recalibrator:
    """``1/(1 + exp(Aη + B))`` with smoothed targets (Platt 1999): finite for separated and one-sided outcomes too."""
    events, others = float(rows.events.sum()), float(rows.nonevents.sum())
    high, low = (events + 1.0) / (events + 2.0), 1.0 / (others + 2.0)
    a = rows.events * high + rows.nonevents * low
    line = cox(a, rows.n - a, rows.eta)
    if line.slope_reason:
        return _none(line.slope_reason, "a", "b")
    coefficients = {"a": -line.slope, "b": -line.intercept + 0.0}
    errors = {"a": line.slope_error, "b": line.intercept_error}
    return Recalibrator(coefficients, errors, _line(line.intercept, line.slope))


def temperature(rows: ProbabilityCounts) -> Recalibrator:
    """Log-odds over a temperature (Guo and others 2017): spreads them, and does not move their middle."""
    scale = temperature_of(rows.events, rows.nonevents, rows.eta)
    coefficients, errors = {"temperature": scale.temperature}, {"temperature": scale.std_error}
    if scale.reason:
        return Recalibrator(coefficients, errors, reason=scale.reason)
    return Recalibrator(coefficients, errors, _line(0.0, 1.0 / scale.temperature))


def isotonic_map(rows: ProbabilityCounts) -> Recalibrator:
    """Isotonic regression, between its knots by straight lines in p, flat beyond (Zadrozny & Elkan 2002)."""
    level = isotonic.isotonic(rows.events, rows.nonevents)
    knots = kernels.tails(rows.eta)[0]  # by the path of new rows: at a knot the level itself, 0 also

    def curve(eta: Array) -> Array:
        return np.where(np.isnan(eta), np.nan, np.interp(kernels.tails(eta)[0], knots, level))

    levels = float(len(np.unique(level)))
    return Recalibrator({"levels": levels}, {"levels": math.nan}, curve, to_probabilities=True)


def beta(rows: ProbabilityCounts) -> Recalibrator:
    """``logit = a·ln p − b·ln(1 − p) + c`` with a, b ≥ 0 (Kull, Silva Filho & Flach 2017)."""
    names = ("a", "b", "c")
    line = cox(rows.events, rows.nonevents, rows.eta)
    if line.slope_reason:
        return _none(line.slope_reason, *names)
    columns = np.column_stack([-log1pexp(-rows.eta), log1pexp(rows.eta), np.ones(len(rows.eta))])
    chosen = [0, 1, 2]
    if len(rows.eta) < len(chosen):
        return _none("three distinct probabilities are the least for its three parameters", *names)
    values, errors = np.zeros(3), np.full(3, np.nan)
    while True:
        fitted = maximised(columns[:, chosen], rows.events, rows.nonevents, None, np.zeros(len(chosen)))
        negative = [k for k, v in zip(chosen, fitted.beta, strict=True) if v < 0 and k < 2]
        if not negative:
            break
        chosen.remove(min(negative, key=lambda k: fitted.beta[chosen.index(k)]))
    values[chosen], errors[chosen] = fitted.beta, np.sqrt(np.diag(fitted.covariance))
    a, b, c = values.tolist()

    def curve(eta: Array) -> Array:
        away = np.zeros(len(eta)) if a == 0.0 else a * log1pexp(-eta)
        return c - away if b == 0.0 else c - away + b * log1pexp(eta)

    by_name = dict(zip(names, (a, b, c), strict=True))
    return Recalibrator(by_name, dict(zip(names, errors.tolist(), strict=True)), curve)


def prior(prevalence: float, former: float) -> Recalibrator:
    """Log-odds moved by the change of the prevalence (Elkan 2001, theorem 2; Saerens, Latinne & Decaestecker 2002)."""
    for name, value in (("prevalence", prevalence), ("the prevalence before", former)):
        if not 0.0 < value < 1.0:
            raise DataError(f"{name} is {value:g}; log-odds need a share of events between 0 and 1")
    shift = math.log(prevalence) - math.log1p(-prevalence) - math.log(former) + math.log1p(-former)
    return Recalibrator({"shift": shift}, {"shift": math.nan}, _line(shift, 1.0))


METHODS: dict[str, Callable[[ProbabilityCounts], Recalibrator]] = {
    "logistic": logistic,
    "platt": platt,
    "isotonic": isotonic_map,
    "temperature": temperature,
    "beta": beta,
    "intercept": intercept,
}
