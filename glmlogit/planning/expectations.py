"""Means over a distribution of a predictor, by integration: information of a logistic model, likelihood of a score."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

Array = npt.NDArray[np.float64]

# Nodes of each panel, and width of a panel in the unit in which a logistic curve turns (1/|β|) or a density falls.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(32)
_REACH = 40.0  # standard deviations beyond which a normal density is 0 in double precision


@dataclass(frozen=True)
class Predictor:
    """A distribution: its points and weights for integrals of functions that vary on the scale 1/|slope|.

    ``points`` are the values (k,) of a discrete predictor with probabilities ``weights`` (k,), or None for a density
    on ``low`` to ``high`` of that ``scale``.
    """

    points: Array | None = None
    weights: Array | None = None
    density: Callable[[Array], Array] | None = None
    low: float = 0.0
    high: float = 0.0
    scale: float = 1.0

    def rule(self, slope: float) -> tuple[Array, Array]:
        """Points (m,) and weights (m,) of an integral over the distribution, for curves of that slope."""
        if self.points is not None and self.weights is not None:
            return self.points, self.weights
        assert self.density is not None
        width = min(self.scale, 1.0 / abs(slope)) if slope else self.scale
        edges = np.linspace(self.low, self.high, max(2, math.ceil((self.high - self.low) / width) + 1))
        half = np.diff(edges) / 2.0
        x = ((edges[:-1] + half)[:, None] + half[:, None] * _NODES).ravel()
        return x, (half[:, None] * _WEIGHTS).ravel() * self.density(x)


def normal(mean: float = 0.0, sd: float = 1.0) -> Predictor:
    """A normal predictor."""

    def density(x: Array) -> Array:
        return np.asarray(np.exp(-0.5 * ((x - mean) / sd) ** 2) / (sd * math.sqrt(2.0 * math.pi)))

    return Predictor(density=density, low=mean - _REACH * sd, high=mean + _REACH * sd, scale=sd)


def uniform(low: float, high: float) -> Predictor:
    """A predictor with equal density between two values."""
    width = high - low
    return Predictor(density=lambda x: np.full_like(x, 1.0 / width), low=low, high=high, scale=width)


def discrete(points: Array, weights: Array) -> Predictor:
    """A predictor with these values (k,) in these shares (k,)."""
    return Predictor(points, weights / weights.sum())


def slope_variance(predictor: Predictor, intercept: float, slope: float) -> float:
    """Variance, times n, of the slope of a logistic regression of n rows: of the inverse expected information."""
    x, weight = predictor.rule(slope)
    eta = intercept + slope * x
    weight = weight * special.expit(eta) * special.expit(-eta)
    total = weight.sum()
    return float(1.0 / (weight @ (x - weight @ x / total) ** 2))


def cox_snell_of_auc(auc: float, prevalence: float) -> float:
    """R² of Cox and Snell of a score that is normal with variance 1 in events and in others, with that AUC.

    With μ = √2·Φ⁻¹(AUC) between the means, logit p = logit φ − μ²/2 + μx: R² = 1 − exp(−2(E l − l₀)).
    """
    distance = math.sqrt(2.0) * float(special.ndtri(auc))
    start = float(special.logit(prevalence)) - distance**2 / 2.0
    means = []
    for mean, sign, odds in ((distance, 1.0, special.logit(prevalence)), (0.0, -1.0, -special.logit(prevalence))):
        x, weight = normal(mean).rule(distance)
        # ln p against ln φ of the same outcome, so that little information keeps its digits
        means.append(weight @ (special.log_expit(sign * (start + distance * x)) - special.log_expit(odds)))
    return float(-np.expm1(-2.0 * (prevalence * means[0] + (1.0 - prevalence) * means[1])))
