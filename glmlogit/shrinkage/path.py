"""Maxima at many penalties, from the largest down, each from the last."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from glmlogit.numerics.blas import one_thread
from glmlogit.shrinkage.active_set import ActiveSet
from glmlogit.shrinkage.parts import by_passes
from glmlogit.shrinkage.problem import LEAST_SHARE, AnyProblem, LevelProblem
from glmlogit.shrinkage.solve import End, Optimum, alone, solve

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]

# The distance in standard errors at which steps of a path end, where one is not the last word on its penalty.
PATH_TOLERANCE = 1e-9
# Columns up to which all are in the working set at once, where rows are at least as many, and most numbers in them.
_ALL_AT_ONCE, _MOST_AT_ONCE = 300, 1 << 20
# Steps of a path that it is followed ahead for at most.
_FURTHEST = 2.0
# Share of the change of a penalty by which scores may be nearer to it than the line through two of them says.
_ASIDE = 0.25


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

    Columns that may leave 0 are guessed from the scores at the last two maxima, at first by the sequential strong rule
    (Tibshirani et al. 2012, §2), and proved by the scores of all.
    """
    with one_thread(problem.n_columns):
        last = start = null or null_point(problem)
        before, quick = start, ActiveSet.of(problem)
        entry = problem.largest_penalty(start.score) if problem.l1_ratio >= LEAST_SHARE else math.inf
        for penalty in penalties.tolist():
            if penalty >= entry:
                yield start._replace(penalty=penalty)
                continue
            working, guess = _may_leave(problem, before, last, penalty), _further(problem, before, last, penalty)
            point = quick and quick.maximum(penalty, last.beta if guess is None else guess, working, PATH_TOLERANCE)
            before, last = last, point or solve(problem, penalty, last, working, PATH_TOLERANCE, guess)
            yield last
            if last.end is not End.CONVERGED:
                return


def _further(problem: AnyProblem, before: Optimum, last: Optimum, penalty: float) -> Array | None:
    """Coefficients (q,) at a penalty on the line through two points in its logarithm, those that it leads past 0 at 0.

    None before there are two, and where all rows are passed over at once: the pass there costs what it would save.
    """
    if (
        by_passes(problem)
        or isinstance(problem, LevelProblem)
        or not 0 < penalty < last.penalty < before.penalty < np.inf
    ):
        return None
    ahead = math.log(last.penalty / penalty) / math.log(before.penalty / last.penalty)
    beta = last.beta + min(ahead, _FURTHEST) * (last.beta - before.beta)
    held = problem.factors > 0
    return np.clip(np.where(held & (beta * last.beta <= 0), 0.0, beta), problem.low, problem.high)


def _may_leave(problem: AnyProblem, before: Optimum, last: Optimum, penalty: float) -> Index:
    """Columns of the working set at a penalty: all where they are few beside the rows, else by their scores.

    These are taken to go on as they went from the maximum before to the last one, or further towards the penalty by a
    share of its change; where there is one maximum only, by all of its change.
    """
    n, p = problem.columns.shape[0], problem.n_columns
    usable = problem.low < problem.high
    if (p <= min(_ALL_AT_ONCE, n) and n * p <= _MOST_AT_ONCE) or problem.l1_ratio == 0.0:
        return np.flatnonzero(usable)
    score, share = last.score, 1.0
    largest = last.penalty if math.isfinite(last.penalty) else max(penalty, problem.largest_penalty(score))
    if penalty < last.penalty < before.penalty < math.inf:
        ahead = (last.penalty - penalty) / (before.penalty - last.penalty)
        score, share = score + min(ahead, _FURTHEST) * (score - before.score), _ASIDE
    threshold = problem.total * problem.l1_ratio * (penalty - share * (largest - penalty))
    return np.flatnonzero(usable & (problem.sizes(score) >= threshold * problem.factors * problem.scale))
