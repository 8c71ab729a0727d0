"""A penalised problem of arrays: weighted rows, standardised columns, penalty factors and limits, on glmnet's scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.numerics import kernels
from glmlogit.numerics.descent import Limited
from glmlogit.numerics.lazy import cached_property
from glmlogit.shrinkage.columns import AnyColumns

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]

# glmnet takes a share of the lasso below this one for it where it looks for the largest penalty.
LEAST_SHARE = 1e-3
# The largest penalty is rounded up: at it every coefficient is exactly 0.
_JUST_ABOVE = 1.0 + 1e-14


class At(NamedTuple):
    """Log-likelihood of rows, their residuals (n,) and information weights (n,) at some linear predictor (n,)."""

    value: float
    residual: Array
    weight: Array
    eta: Array


class Terms(NamedTuple):
    """Penalty of each coefficient (p,): ``½ l2 β² + l1 |β|`` within limits, on the log-likelihood's own scale.

    ``scale`` (p,) is what the columns are divided by.
    """

    l2: Array
    limited: Limited
    scale: Array

    @property
    def free(self) -> Bools:
        """Coefficients that nothing holds: neither penalised nor limited."""
        l1, low, high = self.limited
        return np.asarray((l1 == 0) & (self.l2 == 0) & np.isneginf(low) & np.isposinf(high))

    def take(self, which: Index) -> Terms:
        """Those of some coefficients."""
        return Terms(self.l2[which], self.limited.take(which), self.scale[which])

    def moved(self, d: Array) -> float:
        """Largest change of a linear predictor, by one standard deviation of a column that nothing holds."""
        free = self.free
        return float(np.abs(d[free] * self.scale[free]).max(initial=0.0))

    def value(self, beta: Array) -> float:
        """The penalty at β (p,)."""
        return float(0.5 * (self.l2 * beta) @ beta + self.limited.l1 @ np.abs(beta))

    def slopes(self, score: Array, beta: Array) -> Array:
        """How steeply likelihood less penalty rises in each coefficient (p,): 0 at the maximum in all that can move.

        Of a coefficient of 0 the slope is what the score exceeds l1 by, of those at a limit what points inside.
        """
        l1, low, high = self.limited
        rest = score - self.l2 * beta
        outside = np.sign(rest) * np.maximum(np.abs(rest) - l1, 0.0)
        slope = np.where(beta == 0, outside, rest - l1 * np.sign(beta))
        blocked = ((beta <= low) & (slope < 0)) | ((beta >= high) & (slope > 0))
        return np.where(blocked, 0.0, slope)


@dataclass(frozen=True, eq=False)
class Problem:
    """Log-likelihood of rows less ``n λ Σ v_j ((1 − a)/2 (s_j β_j)² + a s_j |β_j|)``, n the number of rows.

    Events and non-events (n,) are weighted to a mean weight of 1, so that no scale of weights matters. ``scale`` (p,)
    are the s_j; ``factors`` the v_j, 0 for what is not penalised; columns of infinite v are held at 0 by limits of 0.
    Source: Friedman, Hastie & Tibshirani 2010, eq. 13, times n.
    """

    columns: AnyColumns
    events: Array
    nonevents: Array
    offset: Array | None
    scale: Array
    factors: Array
    low: Array
    high: Array
    l1_ratio: float

    @property
    def n_columns(self) -> int:
        """Number of columns, the constant among them."""
        return self.columns.shape[1]

    @cached_property
    def total(self) -> float:
        """Sum of the weights, the number of rows."""
        return float(self.events.sum() + self.nonevents.sum())

    @property
    def unpenalised(self) -> Index:
        """Columns without a penalty."""
        return np.flatnonzero((self.factors == 0) & (self.low < self.high))

    def terms(self, penalty: float) -> Terms:
        """The penalty λ, by coefficient."""
        strength = self.total * penalty * self.factors
        limited = Limited(strength * self.l1_ratio * self.scale, self.low, self.high)
        return Terms(strength * (1.0 - self.l1_ratio) * self.scale**2, limited, self.scale)

    def at(self, eta: Array) -> At:
        """The rows at a linear predictor (n,), offset included."""
        return At(*kernels.row_sums(eta, self.events, self.nonevents), eta)

    def predictor(self, columns: AnyColumns, beta: Array) -> Array:
        """``Xβ`` (n,) of columns, plus the offset."""
        eta = columns.times(beta)
        return eta if self.offset is None else eta + self.offset

    def objective(self, value: float, penalty: float, beta: Array) -> float:
        """What is minimised, P of eq. 13: minus the log-likelihood and the penalty, divided by n."""
        return (self.terms(penalty).value(beta) - value) / self.total

    def nothing_left(self, penalty: float, score: Array) -> bool:
        """Whether all penalised coefficients are 0 at a penalty; ``score`` (p,) at the fit of the others alone."""
        return self.l1_ratio >= LEAST_SHARE and penalty >= self.largest_penalty(score)

    def largest_penalty(self, score: Array) -> float:
        """The least λ at which all penalised coefficients are 0; ``score`` (p,) at the fit of the others alone.

        A coefficient that its limits let go only one way counts where the score points that way.
        """
        held = (self.factors > 0) & (self.low < self.high)
        up, down = np.where(self.high > 0, score, 0.0), np.where(self.low < 0, -score, 0.0)
        slope, ratio = np.maximum(np.maximum(up, down), 0.0), max(self.l1_ratio, LEAST_SHARE)
        size = slope[held] / (self.scale[held] * self.factors[held])
        return float(size.max(initial=0.0) / (self.total * ratio)) * _JUST_ABOVE


def penalty_path(largest: float, n: int, p: int, count: int, min_ratio: float | None) -> Array:
    """Penalties (count,) falling geometrically from the largest to ``min_ratio`` of it: 1e-4, or 1e-2 where n < p."""
    ratio = (1e-4 if n >= p else 1e-2) if min_ratio is None else min_ratio
    return np.asarray(largest * ratio ** (np.arange(count) / max(count - 1, 1)))


def rescaled_factors(factors: Array) -> Array:
    """Penalty factors (p,) rescaled to sum to the number of columns, as glmnet does; infinite ones left out of it."""
    finite = np.isfinite(factors)
    total = factors[finite].sum()
    return np.where(finite, factors * (finite.sum() / total if total > 0 else 1.0), np.inf)
