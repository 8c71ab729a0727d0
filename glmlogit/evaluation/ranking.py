"""Rows in the order of their scores, ties together: what everything that ranks is computed from."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.evaluation.judged_rows import Judged

Array = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]

# Scores no further apart than this part of their size are one: rounding must not split those of like rows.
ONE_SCORE = 1e-13


class Ranking(NamedTuple):
    """Distinct scores from the highest, with the counts of events and of others that have them: all (k,).

    ``lowest`` is the least score of rows that count as one; ``rows`` (m,) says which place each row has, where asked
    for.
    """

    lowest: Array
    events: Array
    nonevents: Array

    @property
    def totals(self) -> tuple[float, float]:
        """Numbers of events and of others."""
        return float(self.events.sum()), float(self.nonevents.sum())

    @property
    def beside(self) -> tuple[Array, Array]:
        """For each score, the counts of others that have lower ones, and of events that have higher ones; ties half."""
        others = np.cumsum(self.nonevents)
        events = np.cumsum(self.events)
        return others[-1] - others + 0.5 * self.nonevents, events - 0.5 * self.events

    @property
    def cumulated(self) -> tuple[Array, Array]:
        """True and false positives (k + 1,) of thresholds from above all scores down to the lowest."""
        return np.append(0.0, np.cumsum(self.events)), np.append(0.0, np.cumsum(self.nonevents))


def ranking_of(rows: Judged) -> Ranking:
    """The rows by their scores."""
    return ranked(rows.score, rows.events, rows.nonevents, rows.least_size)


def ranked(score: Array, events: Array, nonevents: Array, size: float = 0.0) -> Ranking:
    """Scores (m,) in descending order, with the events and others (m,) of equal ones together.

    ``size`` is the least size of a score: log-odds near 0 are sums, with the rounding of their parts.
    """
    order = np.argsort(score)[::-1]
    return _together(score[order], events[order], nonevents[order], _apart(score[order], size))


def ranked_rows(score: Array, events: Array, nonevents: Array, size: float = 0.0) -> tuple[Ranking, Positions]:
    """Scores (m,) in descending order, equal ones together; and which of these each row has (m,)."""
    order = np.argsort(score)[::-1]
    apart = _apart(score[order], size)
    codes = np.empty(len(score), dtype=np.intp)
    codes[order] = np.append(0, np.cumsum(apart))
    return _together(score[order], events[order], nonevents[order], apart), codes


def _together(ordered: Array, events: Array, nonevents: Array, apart: npt.NDArray[np.bool_]) -> Ranking:
    starts = np.append(0, np.flatnonzero(apart) + 1)
    ends = np.append(starts[1:], len(ordered)) - 1
    return Ranking(ordered[ends], np.add.reduceat(events, starts), np.add.reduceat(nonevents, starts))


def _apart(ordered: Array, size: float) -> npt.NDArray[np.bool_]:
    """Where scores (m,) in descending order are followed by a different one (m − 1,)."""
    high, low = ordered[:-1], ordered[1:]
    with np.errstate(invalid="ignore"):  # infinite scores
        near = (high - low <= ONE_SCORE * np.maximum(np.abs(low), size)) & np.isfinite(low)
        apart: npt.NDArray[np.bool_] = ~near & (high != low)
    return apart
