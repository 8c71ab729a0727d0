"""How areas under ROC curves of the same rows vary together: by placements, of observations or of clusters."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.evaluation.judged_rows import Judged
from glmlogit.evaluation.ranking import ranked_rows

Array = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]


class Placements(NamedTuple):
    """Areas (s,) of s scores of the same rows; shares of others below each row and of events above it (s, m)."""

    auc: Array
    below: Array
    above: Array
    events: Array
    nonevents: Array


def placements_of(*several: Judged) -> Placements:
    """The placements of the rows by each of their scores."""
    parts = [_row_placements(rows) for rows in several]
    below, above = (np.stack(values) for values in zip(*parts, strict=True))
    events, nonevents = several[0].events, several[0].nonevents
    return Placements(below @ events / events.sum(), below, above, events, nonevents)


def _row_placements(rows: Judged) -> tuple[Array, Array]:
    return placed(rows.score, rows.events, rows.nonevents, rows.least_size)


def placed(score: Array, events: Array, nonevents: Array, size: float) -> tuple[Array, Array]:
    """Shares of others below each row and of events above it (m,), ties half."""
    ranking, codes = ranked_rows(score, events, nonevents, size)
    n1, n0 = ranking.totals
    below, above = ranking.beside
    return (below / n0)[codes], (above / n1)[codes]


def area_covariance(of: Placements, groups: Positions | None = None) -> Array:
    """Covariance (s, s) of the areas: DeLong and others 1988, or with clusters Obuchowski 1997.

    Clusters are the units then: of sums S over a cluster, ``Σ(S₁₀ − m A)²`` over clusters that have an event, on their
    number less one, and so on, with a covariance of the two sums.
    """
    return _of_rows(of) if groups is None else _of_clusters(of, groups)


def _of_rows(of: Placements) -> Array:
    n1, n0 = float(of.events.sum()), float(of.nonevents.sum())
    if min(n1, n0) <= 1.0:
        return np.full((len(of.auc), len(of.auc)), math.nan)
    below, above = of.below - of.auc[:, None], of.above - of.auc[:, None]
    return np.asarray(
        (below * of.events) @ below.T / (n1 - 1.0) / n1 + (above * of.nonevents) @ above.T / (n0 - 1.0) / n0
    )


def _of_clusters(of: Placements, groups: Positions) -> Array:
    count = int(groups.max()) + 1
    n1, n0 = float(of.events.sum()), float(of.nonevents.sum())
    x = np.stack([np.bincount(groups, row, count) for row in (of.below - of.auc[:, None]) * of.events])
    y = np.stack([np.bincount(groups, row, count) for row in (of.above - of.auc[:, None]) * of.nonevents])
    with_events = int((np.bincount(groups, of.events, count) > 0).sum())
    with_others = int((np.bincount(groups, of.nonevents, count) > 0).sum())
    if min(with_events, with_others) < 2:
        return np.full((len(of.auc), len(of.auc)), math.nan)
    between = x @ y.T * (count / (count - 1.0)) / (n1 * n0)
    return np.asarray(
        x @ x.T * (with_events / (with_events - 1.0)) / n1**2
        + y @ y.T * (with_others / (with_others - 1.0)) / n0**2
        + between
        + between.T
    )
