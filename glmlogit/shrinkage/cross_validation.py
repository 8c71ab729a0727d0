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
from glmlogit.shrinkage.adaptive import adapted, refit
from glmlogit.shrinkage.effective import active_of
from glmlogit.shrinkage.path import path
from glmlogit.shrinkage.problem import AnyProblem, Problem
from glmlogit.shrinkage.solve import End, Optimum

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Score = Literal["deviance", "auc", "misclassification", "brier"]
SCORES: tuple[Score, ...] = ("deviance", "auc", "misclassification", "brier")

# Probabilities nearer to 0 or 1 are taken for this in the deviance, as cv.glmnet does.
CLIPPED = 1e-5
# Means that differ by less than this share are equal but for rounding.
_TIE = 1e-13
# Digits of linear predictors that ranks are made of: rounding does not split ties.
_DIGITS = 13


class FoldScores(NamedTuple):
    """Scores (G, L) of a fold by share of a relaxed fit and penalty, NaN where there is no fit; its weight.

    ``clipped`` counts probabilities that were taken for another in the deviance, those of penalised fits.
    """

    values: Array
    weight: float
    clipped: int


def fold_scores(
    problem: AnyProblem,
    fold: Array,
    penalties: Array,
    score: Score,
    standardized: Bools,
    adaptive: float | None = None,
    shares: Sequence[float] = (1.0,),
) -> FoldScores:
    """Scores of the observations of a fold, counts (n, K), by the maxima of the others.

    Columns are standardised by these others: those of ``standardized`` (p,) are divided by their standard deviation.
    So are factors of an adaptive penalty, of this power; without a first fit there are no scores. ``shares`` (G,) of
    the penalised predictors are blended with those of a refit of what these others selected.
    """
    train = without(problem, fold, standardized)
    values, clipped = np.full((len(shares), len(penalties)), np.nan), 0
    if adaptive is not None and isinstance(train, Problem):
        try:
            train = adapted(train, adaptive)
        except NotEstimableError:
            return FoldScores(values, float(fold.sum()), 0)
    rows = np.flatnonzero(fold.sum(axis=1))
    held, counts = problem.taking(rows), fold[rows]
    refits = _Refits(train)
    for k, point in enumerate(path(train, penalties)):
        if point.end is not End.CONVERGED:
            break
        eta, again = held.predicted(point.beta), None
        if min(shares) < 1.0:
            beta = refits.of(point)
            again = None if beta is None else held.predicted(beta)
        for g, share in enumerate(shares):
            if share == 1.0 or again is not None:
                blend = eta if share == 1.0 or again is None else share * eta + (1.0 - share) * again
                values[g, k] = _score_of(blend, counts, score)
        clipped += _extreme(eta) if score == "deviance" else 0
    return FoldScores(values, float(counts.sum()), clipped)


class _Refits:
    """Coefficients of refits of a problem, one for each set of columns that penalties select."""

    def __init__(self, problem: AnyProblem) -> None:
        self.problem = problem
        self.by_columns: dict[bytes, Array | None] = {}

    def of(self, point: Optimum) -> Array | None:
        """Those of what is not 0 at a point; None where the refit has no maximum."""
        active = self.problem.spanned(active_of(self.problem, point.beta))
        if len(active) > self.problem.columns.shape[0] * self.problem.per_column:
            return None
        key = active.tobytes()
        if key not in self.by_columns:
            again = refit(self.problem, active)
            self.by_columns[key] = again.beta if again.end is End.CONVERGED else None
        return self.by_columns[key]


def _score_of(eta: Array, counts: Array, score: Score) -> float:
    """Of predictors (n,) of one event, or (n, K) of levels."""
    if eta.ndim == 2:
        return of_levels(softmax(eta).p, counts, score)
    return _SCORES[score](eta, counts[:, 1], counts[:, 0])


def _extreme(eta: Array) -> int:
    """Rows whose probabilities are taken for another in the deviance."""
    if eta.ndim == 2:
        p = softmax(eta).p
        return int(((p < CLIPPED) | (p > 1.0 - CLIPPED)).any(axis=1).sum())
    return int((np.abs(eta) > math.log(1.0 / CLIPPED - 1.0)).sum())


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


class FoldCurves(NamedTuple):
    """Mean score of the folds and its standard error (G, L), by share and penalty; positions (g, l) of two of them.

    ``best`` has the best mean, ``best_1se`` is what the 1-SE rule takes.
    """

    mean: Array
    std_error: Array
    best: tuple[int, int]
    best_1se: tuple[int, int]


def curves_of(folds: Sequence[FoldScores], score: Score, eligible: Bools) -> FoldCurves:
    """Means over folds, weighted by their weights, and the two choices; of equal ones the larger penalty, then share.

    Penalties fall and shares rise, to 1 at the end; those ``eligible`` (G,) may be chosen. Standard errors are
    ``√(Σ w (m − mean)²/Σ w/(K − 1))``, and the rule takes the largest penalty and then the largest share within one
    of the best, both as in cv.glmnet.
    """
    values, weight = np.array([fold.values for fold in folds]), np.array([fold.weight for fold in folds])
    usable = ~np.isnan(values[:, -1]).all(axis=1)
    values, weight = values[usable], weight[usable] / weight[usable].sum()
    mean = np.einsum("k,kgl->gl", weight, values)
    std_error = np.sqrt(np.einsum("k,kgl->gl", weight, (values - mean) ** 2) / max(len(weight) - 1, 1))
    loss = np.where(eligible[:, None], -mean if score == "auc" else mean, np.nan)
    least = float(np.nanmin(loss))
    tie = _TIE * abs(least)
    best = _largest(loss <= least + tie)
    return FoldCurves(mean, std_error, best, _largest(loss <= loss[best] + std_error[best] + tie))


def _largest(chosen: Bools) -> tuple[int, int]:
    """Position (g, l) of the largest penalty, and of the largest share there, among those chosen (G, L)."""
    penalty = int(np.flatnonzero(chosen.any(axis=0))[0])
    return int(np.flatnonzero(chosen[:, penalty])[-1]), penalty
