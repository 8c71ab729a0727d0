"""What proves a penalised maximum: the largest violation of its conditions, and a duality gap."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.special import xlogy

from glmlogit.numerics.kernels import tails
from glmlogit.numerics.linalg import Information
from glmlogit.shrinkage.problem import Problem, Terms
from glmlogit.shrinkage.solve import Optimum

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

# Slopes of unpenalised columns, in units of n and the column's standard deviation, that are 0 but for rounding.
_ROUNDING = 1e-9


def violation(problem: Problem, penalty: float, beta: Array, score: Array) -> float:
    """Largest slope in a coefficient, per standard deviation of its column and row, as a share of λ.

    Of a penalty of 0 it is the slope itself.
    """
    slopes = np.abs(problem.terms(penalty).slopes(score, beta)) / (problem.total * problem.scale)
    return float(slopes.max(initial=0.0) / (penalty if penalty > 0 else 1.0))


def duality_gap(problem: Problem, penalty: float, eta: Array, beta: Array) -> float:
    """How far the objective at β is above the least one, at most; inf where nothing says so.

    The dual point is p − y, its heavier side scaled down until its sum is 0 and then, where the penalty of a
    coefficient without a limit is l1 alone, all of it until no score is larger than that (Ndiaye, Fercoq, Gramfort &
    Salmon 2017, §3). Columns without a penalty beside the constant must have a score of 0 as it is.
    """
    if penalty <= 0:
        return math.inf
    terms = problem.terms(penalty)
    events, nonevents = _balanced(problem, eta)
    score = -problem.columns.sums(events * problem.events + nonevents * problem.nonevents)
    free = terms.free
    if (np.abs(score[free]) > _ROUNDING * problem.total * problem.scale[free]).any():
        return math.inf
    shrink = _feasible_share(terms, score)
    conjugate = float(_conjugate(terms, shrink * score)[~free].sum())
    dual = _dual_of_rows(problem, shrink * events, shrink * nonevents) - conjugate
    return max((terms.value(beta) - problem.at(eta).value - dual) / problem.total, 0.0)


def _feasible_share(terms: Terms, score: Array) -> float:
    """What the dual point is multiplied by for the penalty to bound every score that nothing else bounds."""
    l1, low, high = terms.limited
    open_ended = ((score > 0) & np.isposinf(high)) | ((score < 0) & np.isneginf(low))
    bounded = open_ended & (terms.l2 == 0) & ~terms.free
    ratio = l1[bounded] / np.maximum(np.abs(score[bounded]), np.finfo(float).tiny)
    return min(1.0, float(ratio.min(initial=1.0)))


def _conjugate(terms: Terms, score: Array) -> Array:
    """``max sβ − ½ l2 β² − l1|β|`` (p,) over β within its limits."""
    l1, low, high = terms.limited
    excess = np.sign(score) * np.maximum(np.abs(score) - l1, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        inner = np.where(excess == 0, 0.0, np.where(terms.l2 > 0, excess / terms.l2, np.sign(excess) * np.inf))
    best = np.clip(inner, low, high)
    best[np.isinf(best)] = 0.0  # of scores that exceed l1 by rounding
    return np.asarray(excess * best - 0.5 * terms.l2 * best**2)


def _balanced(problem: Problem, eta: Array) -> tuple[Array, Array]:
    """Dual coordinates −q of events and p of non-events (n,), one of them scaled so that their weighted sum is 0."""
    p, q = tails(eta)
    up, down = float(problem.nonevents @ p), float(problem.events @ q)
    lighter = min(up, down)
    return -q * (lighter / down if down > 0 else 0.0), p * (lighter / up if up > 0 else 0.0)


def _dual_of_rows(problem: Problem, events: Array, nonevents: Array) -> float:
    """The rows' part of the dual, of coordinates −v of events and u of non-events, v and u in [0, 1]."""
    dual = -float(problem.events @ _entropy(-events) + problem.nonevents @ _entropy(nonevents))
    if problem.offset is not None:
        dual += float((problem.events * events + problem.nonevents * nonevents) @ problem.offset)
    return dual


def _entropy(t: Array) -> Array:
    """``t log t + (1 − t) log(1 − t)``."""
    return np.asarray(xlogy(t, t) + xlogy(1.0 - t, 1.0 - t))


def proved_zero(problem: Problem, penalty: float, score: Array, gap: float) -> Bools:
    """Coefficients (p,) that are 0 at the maximum, by the gap of some point and its score there.

    The loss is ¼-smooth, so that a score per row and standard deviation is within √(gap/2) of that at the maximum
    (Ndiaye et al. 2017, theorem 6).
    """
    slope = np.abs(score) / (problem.total * problem.scale)
    return np.asarray(slope + math.sqrt(gap / 2.0) < penalty * problem.l1_ratio * problem.factors)


# A score this near to what the penalty allows, as a share of it, is at it; columns that are checked for dependence.
_AT_EDGE, _MOST = 1e-8, 2_000
# Condition of these columns from which they are linear combinations of each other.
_DEPENDENT = 1e7


def unique(problem: Problem, point: Optimum) -> bool | None:
    """Whether no other maximum is as good; None where columns are too many to say.

    Squares in the penalty make it unique. A lasso is where the columns whose scores are as large as the penalty allows,
    which all maxima share, are linearly independent (Tibshirani 2013, lemma 2).
    """
    terms = problem.terms(point.penalty)
    score = np.abs(point.score)
    l1, low, high = terms.limited
    edge = np.flatnonzero((terms.l2 == 0) & (low < high) & (score >= (1.0 - _AT_EDGE) * l1))
    if len(edge) > _MOST:
        return None
    if problem.l1_ratio < 1.0 and point.penalty > 0 and not (terms.l2[edge] == 0).any():
        return True
    columns = problem.columns.take(edge)
    weight = problem.at(problem.predictor(problem.columns, point.beta)).weight
    factor = Information(np.ones(len(edge)), columns.products(weight)).factor
    return factor is not None and factor.condition < _DEPENDENT
