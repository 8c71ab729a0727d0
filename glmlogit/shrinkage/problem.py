"""A penalised problem of arrays: weighted rows, standardised columns, penalty factors and limits, on glmnet's scale."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.numerics import kernels
from glmlogit.numerics.descent import Limited
from glmlogit.numerics.lazy import cached_property
from glmlogit.numerics.softmax_pass import softmax
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
    """Penalty of each coefficient (q,): ``½ l2 β² + l1 |β|`` within limits, on the log-likelihood's own scale.

    ``scale`` (q,) is what the columns are divided by. Where ``group`` is more than 1, so many coefficients next to each
    other are penalised by their norm in place of absolute values, and have no limits but those of what is left out.
    """

    l2: Array
    limited: Limited
    scale: Array
    group: int = 1

    @property
    def free(self) -> Bools:
        """Coefficients that nothing holds: neither penalised nor limited."""
        l1, low, high = self.limited
        return np.asarray((l1 == 0) & (self.l2 == 0) & np.isneginf(low) & np.isposinf(high))

    def take(self, which: Index) -> Terms:
        """Those of some coefficients, whole groups of them."""
        return Terms(self.l2[which], self.limited.take(which), self.scale[which], self.group)

    def moved(self, d: Array) -> float:
        """Largest change of a linear predictor, by one standard deviation of a column that nothing holds."""
        free = self.free
        return float(np.abs(d[free] * self.scale[free]).max(initial=0.0))

    def sizes(self, values: Array) -> Array:
        """What the penalty measures (q,): absolute values, or the norm of the group for each of its members."""
        return np.abs(values) if self.group == 1 else np.repeat(norms(values, self.group), self.group)

    def value(self, beta: Array) -> float:
        """The penalty at β (q,)."""
        return float(0.5 * (self.l2 * beta) @ beta + self.limited.l1 @ self.sizes(beta) / self.group)

    def slopes(self, score: Array, beta: Array) -> Array:
        """How steeply likelihood less penalty rises in each coefficient (q,): 0 at the maximum in all that can move.

        Of a coefficient or group of 0 the slope is what the score exceeds l1 by, of those at a limit what points
        inside.
        """
        l1, low, high = self.limited
        rest, size = score - self.l2 * beta, self.sizes(beta)
        outside = shrunk(rest, self.sizes(rest), l1)
        unit = beta / np.where(size > 0, size, 1.0)
        slope = np.where(size == 0, outside, rest - l1 * unit)
        blocked = ((beta <= low) & (slope < 0)) | ((beta >= high) & (slope > 0))
        return np.where(blocked, 0.0, slope)


def norms(values: Array, group: int) -> Array:
    """Lengths of neighbouring values (q/group,)."""
    return np.asarray(np.sqrt((values.reshape(-1, group) ** 2).sum(axis=1)))


def shrunk(values: Array, sizes: Array, by: Array) -> Array:
    """Values (q,) made shorter by so much, 0 where they are no longer than that (soft thresholding)."""
    share = np.maximum(sizes - by, 0.0) / np.where(sizes > 0, sizes, 1.0)
    return np.asarray(values * share)


class Unobserved(NamedTuple):
    """Columns of rows, with coefficients of ``levels`` each, and their offset."""

    columns: AnyColumns
    offset: Array | None
    levels: int

    def predicted(self, beta: Array) -> Array:
        """Linear predictors (n,) at β, or (n, K) of several levels."""
        if self.levels > 1:
            eta = np.asarray(self.columns.array @ beta.reshape(-1, self.levels))
        else:
            active = np.flatnonzero(beta)
            eta = self.columns.take(active).times(beta[active])
        return np.asarray(eta if self.offset is None else eta + self.offset)


@dataclass(frozen=True, eq=False)
class Scaled(ABC):
    """What a penalty of λ holds: ``n λ Σ v_j ((1 − a)/2 (s_j β_j)² + a s_j |β_j|)``, n the number of rows.

    ``scale`` (q,) are the s_j; ``factors`` the v_j, 0 for what is not penalised; columns of infinite v are held at 0 by
    limits of 0. Source: Friedman, Hastie & Tibshirani 2010, eq. 13, times n.
    """

    columns: AnyColumns
    scale: Array
    factors: Array
    low: Array
    high: Array
    l1_ratio: float

    @property
    def per_column(self) -> int:
        """Coefficients of a column."""
        return 1

    @property
    def group(self) -> int:
        """Coefficients whose norm is penalised in place of each."""
        return 1

    @property
    def n_columns(self) -> int:
        """Number of coefficients, those of the constant among them."""
        return self.columns.shape[1] * self.per_column

    @property
    @abstractmethod
    def total(self) -> float:
        """Sum of the weights, the number of rows."""

    @property
    def unpenalised(self) -> Index:
        """Coefficients without a penalty."""
        return np.flatnonzero((self.factors == 0) & (self.low < self.high))

    def terms(self, penalty: float) -> Terms:
        """The penalty λ, by coefficient."""
        strength = self.total * penalty * self.factors
        limited = Limited(strength * self.l1_ratio * self.scale, self.low, self.high)
        return Terms(strength * (1.0 - self.l1_ratio) * self.scale**2, limited, self.scale, self.group)

    def objective(self, value: float, penalty: float, beta: Array) -> float:
        """What is minimised, P of eq. 13: minus the log-likelihood and the penalty, divided by n."""
        return (self.terms(penalty).value(beta) - value) / self.total

    def nothing_left(self, penalty: float, score: Array) -> bool:
        """Whether all penalised coefficients are 0 at a penalty; ``score`` (q,) at the fit of the others alone."""
        return self.l1_ratio >= LEAST_SHARE and penalty >= self.largest_penalty(score)

    def sizes(self, score: Array) -> Array:
        """What of a score (q,) the penalty is held against; of coefficients let go one way what points there."""
        up, down = np.where(self.high > 0, score, 0.0), np.where(self.low < 0, -score, 0.0)
        return self.terms(0.0).sizes(np.maximum(np.maximum(up, down), 0.0))

    def largest_penalty(self, score: Array) -> float:
        """The least λ at which all penalised coefficients are 0; ``score`` (q,) at the fit of the others alone."""
        held = (self.factors > 0) & (self.low < self.high)
        size = self.sizes(score)[held] / (self.scale[held] * self.factors[held])
        return float(size.max(initial=0.0) / (self.total * max(self.l1_ratio, LEAST_SHARE))) * _JUST_ABOVE

    def spanned(self, which: Index) -> Index:
        """Coefficients with all others of their columns."""
        return which

    def ordered(self, values: Array) -> Array:
        """Values (q,) in the order of a fit's coefficients."""
        return values

    def canonical(self, beta: Array) -> Array:
        """The maximum that stands for all others as good."""
        return beta


@dataclass(frozen=True, eq=False)
class Problem(Scaled):
    """Log-likelihood of rows less the penalty: events and non-events (n,) are weighted to a mean weight of 1.

    So no scale of weights matters.
    """

    events: Array
    nonevents: Array
    offset: Array | None

    @cached_property
    def total(self) -> float:
        """Sum of the weights, the number of rows."""
        return float(self.events.sum() + self.nonevents.sum())

    @property
    def counts(self) -> Array:
        """Weights (n, 2) of non-events and events."""
        return np.column_stack([self.nonevents, self.events])

    def of_rows(self, columns: AnyColumns, rows: Index, counts: Array, scale: Array, held: Bools) -> Problem:
        """The same for some rows, with other weights and scales; coefficients that are ``held`` stay 0."""
        return replace(
            self,
            columns=columns,
            events=np.ascontiguousarray(counts[:, 1]),
            nonevents=np.ascontiguousarray(counts[:, 0]),
            offset=None if self.offset is None else self.offset[rows],
            scale=scale,
            low=np.where(held, 0.0, self.low),
            high=np.where(held, 0.0, self.high),
        )

    def at(self, eta: Array) -> At:
        """The rows at a linear predictor (n,), offset included."""
        return At(*kernels.row_sums(eta, self.events, self.nonevents), eta)

    def predictor(self, columns: AnyColumns, beta: Array) -> Array:
        """``Xβ`` (n,) of columns, plus the offset."""
        eta = columns.times(beta)
        return eta if self.offset is None else eta + self.offset

    def taking(self, rows: Index) -> Unobserved:
        """Columns and offset of some rows."""
        offset = None if self.offset is None else self.offset[rows]
        return Unobserved(self.columns.take_rows(rows), offset, self.per_column)

    def at_beta(self, beta: Array) -> float:
        """Log-likelihood at β."""
        return self.at(self.predictor(self.columns, beta)).value

    def residual(self, beta: Array) -> Array:
        """Residuals (n,) at β."""
        return self.at(self.predictor(self.columns, beta)).residual

    def score(self, residual: Array) -> Array:
        """The score (p,) of all columns."""
        return self.columns.sums(residual)

    @property
    def saturated(self) -> float:
        """Log-likelihood of a probability of its own for every row."""
        return _saturated(self.counts)


@dataclass(frozen=True, eq=False)
class LevelProblem(Scaled):
    """Log-likelihood of rows of several levels, each with coefficients for all columns, less the penalty.

    ``counts`` (n, K) are weighted to a mean weight of 1; ``offset`` is (n, K). Coefficients of a column stand next to
    each other, one for each level: no level is a base, ``p_k = e^{η_k}/Σ e^{η_l}`` (Friedman, Hastie & Tibshirani 2010,
    §4). A common shift of those of a column changes no probability; the penalty chooses it, and what carries none has
    mean 0. With ``grouped`` the penalty is of the norm of a column's coefficients (Simon, Friedman & Hastie 2013).
    """

    counts: Array
    grouped: bool
    offset: Array | None = None

    @property
    def per_column(self) -> int:
        """Number of levels K."""
        return int(self.counts.shape[1])

    @property
    def group(self) -> int:
        """Coefficients whose norm is penalised."""
        return self.per_column if self.grouped else 1

    @cached_property
    def total(self) -> float:
        """Sum of the weights, the number of rows."""
        return float(self.counts.sum())

    def of_rows(self, columns: AnyColumns, rows: Index, counts: Array, scale: Array, held: Bools) -> LevelProblem:
        """The same for some rows, with other weights and scales; coefficients that are ``held`` stay 0."""
        low, high = np.where(held, 0.0, self.low), np.where(held, 0.0, self.high)
        offset = None if self.offset is None else self.offset[rows]
        return replace(self, columns=columns, counts=counts, scale=scale, low=low, high=high, offset=offset)

    @cached_property
    def rows(self) -> Array:
        """Weights (n,)."""
        return np.asarray(self.counts.sum(axis=1))

    @cached_property
    def centred(self) -> Bools:
        """Columns (p,) whose coefficients have mean 0 at the maximum, and are held there in every step."""
        by_column = (self.factors == 0) | (self.l1_ratio == 0.0) | self.grouped
        unlimited = np.isneginf(self.low) & np.isposinf(self.high)
        return np.asarray((by_column & unlimited).reshape(-1, self.per_column).all(axis=1))

    def predictors(self, columns: AnyColumns, beta: Array) -> Array:
        """``XB`` (n, K), plus the offset."""
        eta = columns.array @ beta.reshape(-1, self.per_column)
        return np.asarray(eta if self.offset is None else eta + self.offset)

    def at(self, eta: Array) -> LevelAt:
        """The rows at linear predictors (n, K)."""
        p, q, log_p = softmax(eta)
        value = float((self.counts * np.where(self.counts > 0, log_p, 0.0)).sum())
        residual = self.counts * q - (self.rows[:, None] - self.counts) * p
        return LevelAt(value, residual, p)

    def taking(self, rows: Index) -> Unobserved:
        """Columns and offset of some rows."""
        offset = None if self.offset is None else self.offset[rows]
        return Unobserved(self.columns.take_rows(rows), offset, self.per_column)

    def at_beta(self, beta: Array) -> float:
        """Log-likelihood at β."""
        return self.at(self.predictors(self.columns, beta)).value

    def residual(self, beta: Array) -> Array:
        """Residuals (n, K) at β."""
        return self.at(self.predictors(self.columns, beta)).residual

    def score(self, residual: Array) -> Array:
        """The score (q,) of all coefficients."""
        return np.asarray(self.columns.array.T @ residual).ravel()

    @property
    def saturated(self) -> float:
        """Log-likelihood of probabilities of its own for every row."""
        return _saturated(self.counts)

    def spanned(self, which: Index) -> Index:
        """Coefficients with all others of their columns."""
        K = self.per_column
        return np.asarray((np.unique(which // K)[:, None] * K + np.arange(K)).ravel(), dtype=np.intp)

    def ordered(self, values: Array) -> Array:
        """Values (q,) level by level."""
        return np.ascontiguousarray(values.reshape(-1, self.per_column).T).ravel()

    def canonical(self, beta: Array) -> Array:
        """Coefficients without a penalty with a mean of 0; where any shift between the two in the middle is as good as
        another, as for a lasso of an even number of levels, with 0 half way between them.
        """
        by_column = beta.reshape(-1, self.per_column).copy()
        free = (self.factors == 0).reshape(by_column.shape).all(axis=1)
        by_column[free] -= by_column[free].mean(axis=1, keepdims=True)
        limits = np.isfinite(self.low) | np.isfinite(self.high)
        loose = ~free & ~limits.reshape(by_column.shape).any(axis=1) & (self.l1_ratio == 1.0) & (not self.grouped)
        if self.per_column % 2 == 0 and loose.any():
            by_column[loose] -= np.median(by_column[loose], axis=1, keepdims=True)
        return by_column.ravel()


AnyProblem = Problem | LevelProblem


class LevelAt(NamedTuple):
    """Log-likelihood of rows of several levels, their residuals (n, K) and probabilities (n, K)."""

    value: float
    residual: Array
    p: Array


def _saturated(counts: Array) -> float:
    """Log-likelihood of the shares of the counts (n, K) of each row."""
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.where(counts > 0, counts * np.log(counts / counts.sum(axis=1, keepdims=True)), 0.0)
    return float(parts.sum())


def penalty_path(largest: float, n: int, p: int, count: int, min_ratio: float | None) -> Array:
    """Penalties (count,) falling geometrically from the largest to ``min_ratio`` of it: 1e-4, or 1e-2 where n < p."""
    ratio = (1e-4 if n >= p else 1e-2) if min_ratio is None else min_ratio
    return np.asarray(largest * ratio ** (np.arange(count) / max(count - 1, 1)))


def rescaled_factors(factors: Array) -> Array:
    """Penalty factors (p,) rescaled to sum to the number of columns, as glmnet does; infinite ones left out of it."""
    finite = np.isfinite(factors)
    total = factors[finite].sum()
    return np.where(finite, factors * (finite.sum() / total if total > 0 else 1.0), np.inf)
