"""Maxima at many penalties, from the largest down, each from the last."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from glmlogit.numerics.blas import one_thread
from glmlogit.shrinkage.problem import AnyProblem
from glmlogit.shrinkage.solve import End, Optimum, alone, solve

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]

# The distance in standard errors at which steps of a path end, where one is not the last word on its penalty.
PATH_TOLERANCE = 1e-9
# Columns up to which all are in the working set at once, where rows are at least as many, and most numbers in them.
_ALL_AT_ONCE, _MOST_AT_ONCE = 300, 1 << 20


def null_point(problem: AnyProblem) -> Optimum:
    """The fit of the columns without a penalty alone."""
    return alone(problem, problem.spanned(problem.unpenalised))


def path(
    problem: AnyProblem,
    penalties: Array,
    null: Optimum | None = None,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Optimum]:
    """The maxima at falling penalties; what ends without a maximum ends the path.

    Columns that may leave 0 are guessed by the sequential strong rule (Tibshirani et al. 2012, §2) and proved by the
    scores of all.
    """
    with one_thread(problem.n_columns):
        last = start = null or null_point(problem)
        ever = np.flatnonzero(last.beta)
        for penalty in penalties.tolist():
            if problem.nothing_left(penalty, start.score):
                yield start._replace(penalty=penalty)
                continue
            last = solve(problem, penalty, last, np.union1d(ever, _may_leave(problem, last, penalty)), PATH_TOLERANCE)
            yield last
            if last.end is not End.CONVERGED:
                return
            ever = np.flatnonzero(last.beta)


def _may_leave(problem: AnyProblem, last: Optimum, penalty: float) -> Index:
    """Columns of the working set at a penalty: all where they are few beside the rows, else by the strong rule."""
    n, p = problem.columns.shape[0], problem.n_columns
    if (p <= min(_ALL_AT_ONCE, n) and n * p <= _MOST_AT_ONCE) or problem.l1_ratio == 0.0:
        return np.flatnonzero(problem.low < problem.high)
    before = last.penalty if math.isfinite(last.penalty) else max(penalty, problem.largest_penalty(last.score))
    threshold = problem.total * problem.l1_ratio * (2.0 * penalty - before) * problem.factors * problem.scale
    return np.flatnonzero((problem.terms(0.0).sizes(last.score) >= threshold) & (problem.low < problem.high))
