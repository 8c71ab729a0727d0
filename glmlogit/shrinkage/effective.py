"""The effective number of coefficients of a penalised fit."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve

from glmlogit.shrinkage.groups import bend
from glmlogit.shrinkage.parts import information_of_levels
from glmlogit.shrinkage.problem import AnyProblem, LevelProblem, norms
from glmlogit.shrinkage.solve import Optimum

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]

# Active columns beyond which the trace of a matrix of them is not worked out.
_MOST = 3_000


def effective_number(problem: AnyProblem, point: Optimum) -> float:
    """Effective number of coefficients, those of the constant counted.

    Of a lasso the number that are not 0 (Zou, Hastie & Tibshirani 2007, a result of linear models); else
    ``tr((I + P)⁻¹ I)`` over these, P the penalty's information (le Cessie & van Houwelingen 1992, §2), of norms their
    second derivatives. A common shift of the coefficients of all levels is none. NaN for more than 3,000 of them.
    """
    terms, beta = problem.terms(point.penalty), point.beta
    active = active_of(problem, beta)
    if not terms.l2[active].any() and not isinstance(problem, LevelProblem):
        return float(len(active))
    if len(active) > _MOST:
        return math.nan
    if isinstance(problem, LevelProblem):
        return _of_levels(problem, point)
    l2 = terms.l2[active]
    weight = problem.at(problem.predictor(problem.columns, beta)).weight
    info = problem.columns.take(active).products(weight)
    unit = 1.0 / np.sqrt(np.diagonal(info) + l2)
    scaled = info * unit * unit[:, None]
    return float(np.trace(cho_solve(cho_factor(scaled + np.diag(l2 * unit**2)), scaled)))


def active_of(problem: AnyProblem, beta: Array) -> Index:
    """Coefficients that are not 0, or that nothing holds there."""
    return np.flatnonzero((beta != 0) | ((problem.factors == 0) & (problem.low < problem.high)))


def _of_levels(problem: LevelProblem, point: Optimum) -> float:
    """The trace over the directions of the active coefficients in which the information is not 0."""
    which = problem.spanned(active_of(problem, point.beta))
    terms, beta = problem.terms(point.penalty).take(which), point.beta[which]
    own = np.flatnonzero(np.isin(which, active_of(problem, point.beta)))
    info = information_of_levels(problem, point.beta, which, centred=False)
    held = np.diag(terms.l2)
    if problem.grouped:
        size = norms(beta, problem.group)
        length = np.repeat(np.where(size > 0, size, 1.0), problem.group)
        held += bend(terms.limited.l1[:: problem.group], length[:: problem.group], beta / length, problem.group)
    info, held = info[np.ix_(own, own)], held[np.ix_(own, own)]
    unit = 1.0 / np.sqrt(np.diagonal(info) + np.diagonal(held))
    scaled, held = info * unit * unit[:, None], held * unit * unit[:, None]
    return float(np.trace(np.linalg.pinv(scaled + held, rcond=1e-10, hermitian=True) @ scaled))
