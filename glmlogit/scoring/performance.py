"""What a model is worth on some rows, in a few numbers: for refits by the hundred."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.estimate.recounted import OutcomeCounts
from glmlogit.scoring.logistic_lines import maximised

Array = npt.NDArray[np.float64]

MEASURES = ("auc", "somers_d", "r2", "brier", "scaled_brier", "log_loss", "intercept", "slope")
# Log-odds no further apart than this part of their size, or of 1, are those of one covariate pattern.
_SAME = 1e-13


class Ordered(NamedTuple):
    """Rows (n,) in rising order of log-odds, where values start, and of each value (k,): log-odds and what they cost.

    Squared errors and losses are of an event and of another outcome.
    """

    order: npt.NDArray[np.intp]
    starts: npt.NDArray[np.intp]
    eta: Array
    event_square: Array
    other_square: Array
    event_loss: Array
    other_loss: Array

    def counts(self, of_rows: OutcomeCounts) -> tuple[Array, Array]:
        """Events and others (k,) at each value."""
        a, b = (values[self.order] for values in of_rows)
        if len(self.starts) < len(self.order):
            a, b = np.add.reduceat(a, self.starts), np.add.reduceat(b, self.starts)
        return a, b


def ordered(eta: Array) -> Ordered:
    """Log-odds of rows (n,) once in order, for any counts of these; rows without one are left out."""
    order = np.argsort(eta)
    rising = eta[order]
    if len(rising) and np.isnan(rising[-1]):  # these are last
        order = order[: int((~np.isnan(rising)).sum())]
        rising = eta[order]
    low, high = rising[:-1], rising[1:]
    with np.errstate(invalid="ignore"):  # infinite ones
        near = (high - low <= _SAME * np.maximum(np.abs(high), 1.0)) & (high < np.inf) & (low > -np.inf)
    starts = np.append(0, np.flatnonzero(~near & (high != low)) + 1)
    distinct = rising if len(starts) == len(rising) else rising[starts]
    return Ordered(order, starts, distinct, *_costs(distinct))


def _costs(eta: Array) -> tuple[Array, Array, Array, Array]:
    """``q² p² −log p −log q`` of rising log-odds: negative ones are first."""
    size, middle = np.abs(eta), int(np.searchsorted(eta, 0.0))
    small = np.exp(-size)
    big = 1.0 / (1.0 + small)
    near, far = np.log1p(small), np.square(big)
    small *= big
    small *= small
    steep = near + size
    below, above = slice(None, middle), slice(middle, None)
    squares = (np.concatenate([far[below], small[above]]), np.concatenate([small[below], far[above]]))
    losses = (np.concatenate([steep[below], near[above]]), np.concatenate([near[below], steep[above]]))
    return *squares, *losses


Line = tuple[float, float, float]
"""Intercept and slope of outcomes on log-odds, and their log-likelihood."""


def performance(rows: Ordered, of_rows: OutcomeCounts, *, fitted: bool = False, line: Line | None = None) -> Array:
    """The ``MEASURES`` (m,) of log-odds for counts of events and others in the rows.

    Slope and intercept are of outcomes on log-odds, and R² is Nagelkerke's of that line; ``fitted`` tells that it is
    (0, 1), as in the sample of a fit by maximum likelihood. ``line`` is it where it was fitted before.
    """
    a, b = rows.counts(of_rows)
    events, others = float(a.sum()), float(b.sum())
    n = events + others
    brier, loss = float(a @ rows.event_square + b @ rows.other_square) / n, _loss(rows, a, b) / n
    unit = events / n * (others / n)
    intercept, slope, best = (0.0, 1.0, -loss * n) if fitted else line or _line(rows.eta, a, b)
    null = -sum(k * math.log(n / k) for k in (events, others) if k)
    r2 = -math.expm1(2.0 * (null - best) / n) / -math.expm1(2.0 * null / n) if null else math.nan
    auc, scaled = area(a, b), 1.0 - brier / unit if unit else math.nan
    return np.array([auc, 2.0 * auc - 1.0, r2, brier, scaled, loss, intercept, slope])


def _loss(rows: Ordered, a: Array, b: Array) -> float:
    """Sum of −log of the probability of what happened; inf where that was 0."""
    if math.isfinite(rows.eta[0]) and math.isfinite(rows.eta[-1]):
        return float(a @ rows.event_loss + b @ rows.other_loss)
    with np.errstate(invalid="ignore"):
        parts = np.where(a > 0, a * rows.event_loss, 0.0) + np.where(b > 0, b * rows.other_loss, 0.0)
    return float(parts.sum())


def area(a: Array, b: Array) -> float:
    """Area under the ROC curve of events a and others b (k,) at rising distinct scores, ties half; NaN of one class."""
    pairs = float(a.sum()) * float(b.sum())
    return float(a @ (np.cumsum(b) - 0.5 * b)) / pairs if pairs else math.nan


def _line(eta: Array, a: Array, b: Array) -> Line:
    """Intercept and slope of outcomes on log-odds and their log-likelihood; NaN where these have no finite maximum."""
    if not np.isfinite(eta).all() or not (a.any() and b.any()):
        return math.nan, math.nan, math.nan
    if eta[0] == eta[-1]:
        events, others = float(a.sum()), float(b.sum())
        n = events + others
        return math.nan, math.nan, events * math.log(events / n) + others * math.log(others / n)
    sign = _direction(a, b)
    if sign:
        return math.nan, math.copysign(math.inf, sign), math.nan
    line = maximised(np.column_stack([np.ones(len(eta)), eta]), a, b, None, np.array([0.0, 1.0]))
    return float(line.beta[0]), float(line.beta[1]), line.llf


def _direction(a: Array, b: Array) -> int:
    """1 where no event stands below another outcome in rising order, −1 where none stands above; 0 where they mix."""
    last = len(a) - 1
    (first_event, last_event), (first_other, last_other) = (
        (int(np.argmax(v > 0)), last - int(np.argmax(v[::-1] > 0))) for v in (a, b)
    )
    return 1 if first_event >= last_other else -1 if last_event <= first_other else 0


def no_information(rows: Ordered, of_rows: OutcomeCounts) -> Array:
    """The ``MEASURES`` (m,) where outcomes are independent of predictions: NaN where nobody has defined one.

    ½ for the area, the mean over all pairs for the Brier score and the log loss (Efron & Tibshirani 1997, eq. 26).
    """
    a, b = rows.counts(of_rows)
    n = a + b
    share = float(a.sum() / n.sum())
    brier = float(share * (n @ rows.event_square) + (1.0 - share) * (n @ rows.other_square)) / float(n.sum())
    loss = float(share * (n @ rows.event_loss) + (1.0 - share) * (n @ rows.other_loss))
    values = {"auc": 0.5, "somers_d": 0.0, "brier": brier, "log_loss": loss / float(n.sum())}
    values["scaled_brier"] = 1.0 - brier / (share * (1.0 - share)) if 0.0 < share < 1.0 else math.nan
    return np.array([values.get(name, math.nan) for name in MEASURES])
