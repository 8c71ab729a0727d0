"""Penalties judged in folds: each fold's rows by the path fitted to the others, and curves of the means."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.errors import NotEstimableError
from glmlogit.numerics.kernels import tails
from glmlogit.numerics.softmax_pass import softmax
from glmlogit.shrinkage.adaptive import adapted
from glmlogit.shrinkage.columns import AnyColumns
from glmlogit.shrinkage.path import path
from glmlogit.shrinkage.problem import AnyProblem, LevelProblem, Problem
from glmlogit.shrinkage.solve import End, Optimum

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Score = Literal["deviance", "auc", "misclassification", "brier"]
SCORES: tuple[Score, ...] = ("deviance", "auc", "misclassification", "brier")

# Probabilities nearer to 0 or 1 are taken for this in the deviance, as cv.glmnet does.
CLIPPED = 1e-5
# Digits of linear predictors that ranks are made of: rounding does not split ties.
_DIGITS = 13


class FoldScores(NamedTuple):
    """Scores (L,) of a fold at each penalty, NaN where its path ended before or there is none; its weight.

    ``clipped`` counts probabilities that were taken for another in the deviance.
    """

    values: Array
    weight: float
    clipped: int


def fold_scores(
    problem: AnyProblem,
    fold: Array,
    penalties: Array,
    score: Score,
    *,
    standardized: Bools,
    adaptive: float | None = None,
) -> FoldScores:
    """Scores of the observations of a fold, counts (n, K), by the maxima of the others.

    Columns are standardised by these others: those of ``standardized`` (p,) are divided by their standard deviation.
    So are factors of an adaptive penalty, of this power; without a first fit there are no scores.
    """
    train = without(problem, fold, standardized)
    if adaptive is not None and isinstance(train, Problem):
        try:
            train = adapted(train, adaptive)
        except NotEstimableError:
            return FoldScores(np.full(len(penalties), np.nan), float(fold.sum()), 0)
    rows = np.flatnonzero(fold.sum(axis=1))
    held, counts = problem.columns.take_rows(rows), fold[rows]
    offset = None if isinstance(problem, LevelProblem) or problem.offset is None else problem.offset[rows]
    values, clipped = np.full(len(penalties), np.nan), 0
    for k, point in enumerate(path(train, penalties)):
        if point.end is not End.CONVERGED:
            break
        if isinstance(problem, LevelProblem):
            p = softmax(problem.predictors(held, point.beta)).p
            values[k], extreme = of_levels(p, counts, score), ((p < CLIPPED) | (p > 1.0 - CLIPPED)).any(axis=1)
        else:
            eta = _predictor(held, point, offset)
            values[k] = _SCORES[score](eta, counts[:, 1], counts[:, 0])
            extreme = np.abs(eta) > math.log(1.0 / CLIPPED - 1.0)
        clipped += int(extreme.sum()) if score == "deviance" else 0
    return FoldScores(values, float(counts.sum()), clipped)


def without(problem: AnyProblem, fold: Array, standardized: Bools) -> AnyProblem:
    """The problem of the observations outside a fold; columns that do not vary there are held at 0."""
    counts = problem.counts - fold
    rest = np.flatnonzero(counts.sum(axis=1) > 0)
    columns, K = problem.columns.take_rows(rest), problem.per_column
    mean, squares = columns.moments(counts[rest].sum(axis=1))
    spread = np.sqrt(squares / counts.sum())
    same = np.repeat(spread <= 1e-13 * np.abs(mean), K) & (problem.factors > 0)
    scale = np.where(np.repeat(standardized, K) & ~same, np.repeat(spread, K), 1.0)
    return problem.of_rows(columns, rest, counts[rest], scale, same)


def of_levels(p: Array, counts: Array, score: Score) -> float:
    """The score of probabilities (n, K) for observations (n, K) of several levels, as in cv.glmnet.

    The deviance, with probabilities kept from 0 and 1; the share whose level is not the most probable one; Brier's
    score, summed over the levels.
    """
    total = float(counts.sum())
    if score == "deviance":
        return -2.0 * float((counts * np.log(np.clip(p, CLIPPED, 1.0 - CLIPPED))).sum()) / total
    if score == "misclassification":
        return 1.0 - float(counts[np.arange(len(p)), p.argmax(axis=1)].sum()) / total
    return float((counts * ((p**2).sum(axis=1, keepdims=True) - 2.0 * p + 1.0)).sum()) / total


def _predictor(held: AnyColumns, point: Optimum, offset: Array | None) -> Array:
    active = np.flatnonzero(point.beta)
    eta = held.take(active).times(point.beta[active])
    return np.asarray(eta if offset is None else eta + offset)


def _deviance(eta: Array, events: Array, nonevents: Array) -> float:
    p, q = (np.clip(tail, CLIPPED, 1.0 - CLIPPED) for tail in tails(eta))
    return -2.0 * float(events @ np.log(p) + nonevents @ np.log(q)) / float(events.sum() + nonevents.sum())


def _brier(eta: Array, events: Array, nonevents: Array) -> float:
    p, q = tails(eta)
    return float(events @ q**2 + nonevents @ p**2) / float(events.sum() + nonevents.sum())


def _misclassification(eta: Array, events: Array, nonevents: Array) -> float:
    positive = eta > 0
    return float(events[~positive].sum() + nonevents[positive].sum()) / float(events.sum() + nonevents.sum())


def _auc(eta: Array, events: Array, nonevents: Array) -> float:
    n1, n0 = float(events.sum()), float(nonevents.sum())
    if not (n1 > 0 and n0 > 0):
        return math.nan
    _, group = np.unique(np.char.mod(f"%.{_DIGITS - 1}e", eta).astype(float), return_inverse=True)
    others, own = np.bincount(group, nonevents), np.bincount(group, events)
    return float(own @ (np.cumsum(others) - others / 2.0)) / n1 / n0


_SCORES: dict[Score, Callable[[Array, Array, Array], float]] = {
    "deviance": _deviance,
    "auc": _auc,
    "misclassification": _misclassification,
    "brier": _brier,
}


class FoldCurve(NamedTuple):
    """Mean score of the folds and its standard error (L,), positions of the best penalty and of the 1-SE rule's."""

    mean: Array
    std_error: Array
    best: int
    best_1se: int


def curve_of(folds: Sequence[FoldScores], score: Score) -> FoldCurve:
    """Means over folds, weighted by their weights, and the two penalties chosen; the larger of equal ones.

    Penalties fall. Standard errors are ``√(Σ w (m − mean)²/Σ w/(K − 1))`` as in cv.glmnet.
    """
    values, weight = np.array([fold.values for fold in folds]), np.array([fold.weight for fold in folds])
    usable = ~np.isnan(values).all(axis=1)
    values, weight = values[usable], weight[usable] / weight[usable].sum()
    mean = weight @ values
    std_error = np.sqrt(weight @ (values - mean) ** 2 / max(len(weight) - 1, 1))
    loss = -mean if score == "auc" else mean
    best = int(np.nanargmin(loss))
    return FoldCurve(mean, std_error, best, int(np.flatnonzero(loss <= loss[best] + std_error[best])[0]))
