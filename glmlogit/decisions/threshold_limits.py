"""How well a chosen threshold is known: the choice repeated in bootstrap samples of the rows."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from glmlogit.decisions.criteria import Criterion
from glmlogit.evaluation.drawn import drawn
from glmlogit.evaluation.judged_rows import Judged
from glmlogit.evaluation.ranking import Ranking

Array = npt.NDArray[np.float64]


def thresholds_of(rows: Judged, lowest: Array) -> Array:
    """Thresholds (k + 1,): infinity, and the probabilities of distinct scores."""
    return np.append(np.inf, rows.as_threshold(lowest))


def limits_of_choice(rows: Judged, rule: Criterion, replicates: int, seed: int, level: float) -> tuple[float, float]:
    """Percentiles of the lowest best threshold in bootstrap samples of the rows; NaN without samples."""
    if not replicates:
        return math.nan, math.nan
    values = np.array([chosen_threshold(rows, sample, rule) for sample in _samples(rows, replicates, seed)])
    values = np.sort(values[~np.isnan(values)])
    if not len(values):
        return math.nan, math.nan
    # Type 7 by hand: halfway between a number and infinity there is no number.
    return tuple(_quantile(values, share) for share in ((1.0 - level) / 2.0, (1.0 + level) / 2.0))  # type: ignore[return-value]


def _quantile(ordered: Array, share: float) -> float:
    at = share * (len(ordered) - 1)
    low, high = float(ordered[math.floor(at)]), float(ordered[math.ceil(at)])
    return low if low == high else low + (high - low) * (at - math.floor(at))


def _samples(rows: Judged, replicates: int, seed: int) -> Iterator[Ranking]:
    """Samples of rows as they are; of repeats of a cross-validation each in turn."""
    if rows.fold is None or rows.repeats == 1:
        yield from drawn(rows, replicates, seed, stratified=False)
        return
    for k, part in enumerate(rows.each_repeat):
        yield from drawn(part, (replicates - k + rows.repeats - 1) // rows.repeats, seed + k, stratified=False)


def chosen_threshold(rows: Judged, ranking: Ranking, rule: Criterion) -> float:
    """The lowest of the best thresholds."""
    present = ranking.events + ranking.nonevents > 0
    ranking = Ranking(*(values[present] for values in ranking))
    at = rule.best(ranking)
    return float(thresholds_of(rows, ranking.lowest)[at[0]]) if len(at) else math.nan
