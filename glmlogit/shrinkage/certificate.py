"""What proves a penalised maximum: the largest violation of its conditions, and a duality gap."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import xlogy

from glmlogit.numerics.kernels import tails
from glmlogit.numerics.linalg import Information
from glmlogit.shrinkage.parts import information_of_levels
from glmlogit.shrinkage.problem import AnyProblem, LevelProblem, Problem, Terms, norms, shrunk
from glmlogit.shrinkage.solve import Optimum

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]

# Slopes of unpenalised columns, in units of n and the column's standard deviation, that are 0 but for rounding.
_ROUNDING = 1e-9


def violation(problem: AnyProblem, penalty: float, beta: Array, score: Array) -> float:
    """Largest slope in a coefficient, per standard deviation of its column and row, as a share of λ.

    Of a penalty of 0 it is the slope itself.
    """
    slopes = np.abs(problem.terms(penalty).slopes(score, beta)) / (problem.total * problem.scale)
    return float(slopes.max(initial=0.0) / (penalty if penalty > 0 else 1.0))


class Dual(NamedTuple):
    """A dual point: log-likelihood where it was taken, score (q,), and the rows' part of the dual at a share of it."""

    value: float
    score: Array
    of_rows: Callable[[float], float]


def duality_gap(problem: AnyProblem, penalty: float, beta: Array) -> float:
    """How far the objective at β is above the least one, at most; inf where nothing says so.

    The dual point is p − y, scaled down until its sum is 0 and then, where the penalty of a coefficient without a limit
    is l1 alone, until no score is larger than that (Ndiaye, Fercoq, Gramfort & Salmon 2017, §3). Columns without a
    penalty beside the constant must have a score of 0 as it is.
    """
    if penalty <= 0:
        return math.inf
    terms = problem.terms(penalty)
    value, score, of_rows = _of_levels(problem, beta) if isinstance(problem, LevelProblem) else _of_event(problem, beta)
    free = terms.free
    if (np.abs(score[free]) > _ROUNDING * problem.total * problem.scale[free]).any():
        return math.inf
    shrink = _feasible_share(terms, score)
    dual = of_rows(shrink) - float(_conjugate(terms, shrink * score)[~free].sum())
    return max((terms.value(beta) - value - dual) / problem.total, 0.0)


def _of_event(problem: Problem, beta: Array) -> Dual:
    """Of two outcomes, the heavier side scaled down until the sum is 0."""
    eta = problem.predictor(problem.columns, beta)
    events, nonevents = _balanced(problem, eta)
    score = -problem.columns.sums(events * problem.events + nonevents * problem.nonevents)
    return Dual(problem.at(eta).value, score, lambda share: _dual_of_rows(problem, share * events, share * nonevents))


def _of_levels(problem: LevelProblem, beta: Array) -> Dual:
    """Of several levels as it is: the conditions of the constants make their sums 0."""
    eta = problem.predictors(problem.columns, beta)
    value, residual, p = problem.at(eta)
    levels = range(problem.per_column)
    beside = 0.0 if problem.offset is None else float((residual * problem.offset).sum())

    def of_rows(share: float) -> float:
        return -sum(float(problem.counts[:, k] @ _mixed(share, p, k)) for k in levels) - share * beside

    return Dual(value, problem.score(residual), of_rows)


def _mixed(share: float, p: Array, level: int) -> Array:
    """``Σ t log t`` (n,) of (1 − s)·e_k + s·p, e_k being 1 for a level and 0 for the others."""
    mixed = share * p
    mixed[:, level] += 1.0 - share
    return np.asarray(xlogy(mixed, mixed).sum(axis=1))


def _feasible_share(terms: Terms, score: Array) -> float:
    """What the dual point is multiplied by for the penalty to bound every score that nothing else bounds."""
    l1, low, high = terms.limited
    open_ended = ((score > 0) & np.isposinf(high)) | ((score < 0) & np.isneginf(low))
    bounded = open_ended & (terms.l2 == 0) & ~terms.free
    ratio = l1[bounded] / np.maximum(terms.sizes(score)[bounded], np.finfo(float).tiny)
    return min(1.0, float(ratio.min(initial=1.0)))


def _conjugate(terms: Terms, score: Array) -> Array:
    """``max sβ − ½ l2 β² − l1|β|`` (p,) over β within its limits."""
    l1, low, high = terms.limited
    excess = shrunk(score, terms.sizes(score), l1)
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


# A score this near to what the penalty allows, as a share of it, is at it; columns that are checked for dependence.
_AT_EDGE, _MOST = 1e-8, 2_000
# Condition of these columns from which they are linear combinations of each other.
_DEPENDENT = 1e7


def unique(problem: AnyProblem, point: Optimum) -> bool | None:
    """Whether no other maximum is as good; None where columns are too many to say.

    Squares in the penalty make it unique. A lasso is where the columns whose scores are as large as the penalty allows,
    which all maxima share, are linearly independent (Tibshirani 2013, lemma 2), of groups the sums of their columns
    by which they can grow: that along their scores.
    """
    terms = problem.terms(point.penalty)
    l1, low, high = terms.limited
    at_edge = (terms.l2 == 0) & (low < high) & (terms.sizes(point.score) >= (1.0 - _AT_EDGE) * l1)
    edge = np.flatnonzero(at_edge)
    if len(edge) > _MOST:
        return None
    if problem.l1_ratio < 1.0 and point.penalty > 0 and not (terms.l2[edge] == 0).any():
        return True
    info = _information(problem, point, edge)
    factor = Information(np.ones(len(info)), info).factor
    return factor is not None and factor.condition < _DEPENDENT


def _information(problem: AnyProblem, point: Optimum, edge: Index) -> Array:
    """Information of the coefficients at their edge, of a group along its score."""
    if not isinstance(problem, LevelProblem):
        weight = problem.at(problem.predictor(problem.columns, point.beta)).weight
        return problem.columns.take(edge).products(weight)
    which = problem.spanned(edge)
    info = information_of_levels(problem, point.beta, which)
    if not problem.grouped:
        own = np.searchsorted(which, edge)
        return np.asarray(info[np.ix_(own, own)])
    free = (problem.factors == 0)[which]
    along = [np.eye(len(which))[free], _along(np.where(free, 0.0, point.score[which]), problem.group)]
    directions = np.concatenate(along)
    return np.asarray(directions @ info @ directions.T)


def _along(score: Array, group: int) -> Array:
    """Directions (g, q) of the groups whose scores are not 0."""
    length = norms(score, group)
    unit = score / np.repeat(np.where(length > 0, length, 1.0), group)
    owner = np.repeat(np.arange(len(length)), group)
    return np.asarray((owner == np.flatnonzero(length > 0)[:, None]) * unit)
