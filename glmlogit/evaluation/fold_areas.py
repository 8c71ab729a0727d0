"""Areas under ROC curves within folds, by models that did not see them, and how their mean varies."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.evaluation.judged_rows import Judged
from glmlogit.evaluation.placements import placed

Array = npt.NDArray[np.float64]


class FoldedArea(NamedTuple):
    """Mean area over folds, its standard error, and the folds: ``fold n events auc``."""

    auc: float
    std_error: float
    folds: pd.DataFrame


def folded_area(rows: Judged) -> FoldedArea:
    """Mean of the areas within folds; its error by the influence curve of LeDell, Petersen & van der Laan 2015.

    ``IC = y/π·(below − A) + (1 − y)/(1 − π)·(above − A)`` of a row, with π the share of events in all rows and
    placements within its fold, ties half; the variance is the mean over folds of the mean of IC², over n. Of clusters
    it is the sum of squared sums of IC over clusters, over n². Repeats of a cross-validation are averaged: areas and
    variances. A fold with one class has no area.
    """
    assert rows.fold is not None
    events, nonevents = rows.events * rows.repeats, rows.nonevents * rows.repeats
    share = float(events.sum() / (events.sum() + nonevents.sum()))
    table, squares = [], []
    influence = np.zeros(len(events))
    order = np.argsort(rows.fold, kind="stable")
    for at in np.split(order, np.flatnonzero(np.diff(rows.fold[order])) + 1):
        k = rows.fold[at[0]]
        a, b = events[at], nonevents[at]
        n = float((a + b).sum())
        if not (a.any() and b.any()):
            table.append((int(k), n, float(a.sum()), math.nan))
            continue
        below, above = placed(rows.score[at], a, b, rows.least_size)
        auc = float(below @ a / a.sum())
        of_events, of_others = (below - auc) / share, (above - auc) / (1.0 - share)
        squares.append(float(a @ of_events**2 + b @ of_others**2) / n)
        influence[at] = a * of_events + b * of_others
        table.append((int(k), n, float(a.sum()), auc))
    folds = pd.DataFrame(table, columns=["fold", "n", "events", "auc"])
    total = float((events + nonevents).sum()) / rows.repeats
    variance = float(np.mean(squares)) / total if squares else math.nan
    if rows.groups is not None and squares:
        sums = np.bincount(rows.groups * rows.repeats + _repeat_of(rows), influence)
        variance = float(sums @ sums) / rows.repeats / total**2
    return FoldedArea(float(folds["auc"].mean()), math.sqrt(variance), folds)


def _repeat_of(rows: Judged) -> npt.NDArray[np.intp]:
    """Which repeat each row (m,) belongs to."""
    assert rows.fold is not None
    folds = (int(rows.fold.max()) + 1) // rows.repeats
    return rows.fold // folds
