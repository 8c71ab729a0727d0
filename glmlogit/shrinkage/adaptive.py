"""Penalties that a first fit decides: large for what it found small, and the refit of what was selected without one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from glmlogit.errors import NotEstimableError
from glmlogit.shrinkage.effective import active_of
from glmlogit.shrinkage.problem import AnyProblem, LevelProblem, Problem, rescaled_factors
from glmlogit.shrinkage.solve import End, Optimum, alone

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]


def adapted(problem: Problem, power: float) -> Problem:
    """The problem with factors ``v / |s β|^power`` of the maximum likelihood estimate β (Zou 2006, §3.1).

    They are rescaled to sum to the number of penalised columns; what has an estimate of 0 is left out.

    Raises
    ------
    NotEstimableError
        Where there is no such estimate.
    """
    which, n = np.flatnonzero(problem.low < problem.high), problem.columns.shape[0]
    first = alone(problem, which) if len(which) <= n else None
    if first is None or first.end is not End.CONVERGED:
        raise NotEstimableError(NO_FIRST)
    penalised = problem.factors > 0
    with np.errstate(divide="ignore"):
        size = problem.factors[penalised] / np.abs(problem.scale * first.beta)[penalised] ** power
    factors, left_out = np.zeros(len(penalised)), np.zeros(len(penalised), dtype=bool)
    rescaled = rescaled_factors(size)
    factors[penalised], left_out[penalised] = np.where(np.isinf(rescaled), 0.0, rescaled), np.isinf(rescaled)
    low, high = (np.where(left_out, 0.0, limits) for limits in (problem.low, problem.high))
    return replace(problem, factors=factors, low=low, high=high)


NO_FIRST = (
    "the factors of an adaptive penalty are those of the maximum likelihood estimate, and there is none here: columns "
    "are more than rows, depend on each other, or predict the outcome perfectly. Give factors of another first fit, as "
    "first = gl.ridge(..., penalty=0.1) and penalty_factor=list(1 / abs(first.params * first.shrinkage.scale)[1:])"
)


def relaxed(problem: AnyProblem, point: Optimum, share: float) -> Optimum:
    """The point with ``share`` of its coefficients and the rest of those of the selected columns without a penalty.

    Meinshausen 2007, as blended by Hastie, Tibshirani & Tibshirani 2020, eq. 4. What ends without a maximum says so.
    """
    again = refit(problem, active_of(problem, point.beta))
    if again.end is not End.CONVERGED:
        return again._replace(penalty=point.penalty)
    beta = share * point.beta + (1.0 - share) * again.beta
    return point._replace(beta=beta, value=problem.at_beta(beta))


def refit(problem: AnyProblem, active: Index) -> Optimum:
    """The maximum of the likelihood in the columns of some coefficients, without a penalty.

    Of several levels in those of all levels, with mean 0: a column is selected for all or none, as in glmnet.
    """
    which = problem.spanned(active)
    if isinstance(problem, LevelProblem):
        problem = replace(problem, factors=np.zeros(problem.n_columns))
    return alone(problem, which)
