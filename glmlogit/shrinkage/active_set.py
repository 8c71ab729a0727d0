"""Maxima at falling penalties, each in one compiled call, where steps are regular and what is not 0 is little."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from glmlogit.numerics import descent
from glmlogit.shrinkage.columns import DenseColumns
from glmlogit.shrinkage.parts import by_passes
from glmlogit.shrinkage.problem import LEAST_SHARE, AnyProblem, Problem
from glmlogit.shrinkage.solve import FLAT, SLACK, SLOW, STEPS, STILL_MOVING, End, Optimum

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]

# Coefficients other than 0 up to which factors are not a LAPACK's, and what a factor is larger by.
_MOST, _SPARE = 400, 8
# Numbers beyond which passes over the rows are quicker, in threads.
_MOST_NUMBERS = 1 << 20
# Share of the tolerance of other steps: with an information at hand one more of them is a small part of the call.
_FINER = 1e-2


@dataclass(frozen=True, eq=False)
class ActiveSet:
    """A problem of dense columns (n, p), and where the scores of all of them were last taken.

    ``mean`` and ``spread`` (p,) are those of the columns, a length about the mean; ``before`` (p,) are scores at
    residuals ``at`` (n,): how far these have come since says which scores cannot have reached the penalty.
    """

    problem: Problem
    mean: Array
    spread: Array
    before: Array
    at: Array

    @staticmethod
    def of(problem: AnyProblem) -> ActiveSet | None:
        """None for sparse columns, several levels, a penalty without a lasso, and rows that threads share."""
        if not (isinstance(problem, Problem) and isinstance(problem.columns, DenseColumns) and descent.compiled()):
            return None
        n, p = problem.columns.shape
        if problem.l1_ratio < LEAST_SHARE or (by_passes(problem) and n * p > _MOST_NUMBERS):
            return None
        X = problem.columns.array
        mean, squares = np.ones(n) @ X / n, np.einsum("ij,ij->j", X, X)
        spread = np.sqrt(np.maximum(squares - n * mean**2, 0.0) + 1e-12 * squares)  # its rounding included
        return ActiveSet(problem, mean, spread, np.full(p, np.nan), np.full(n, np.nan))

    def maximum(self, penalty: float, start: Array, working: Index, tolerance: float) -> Optimum | None:
        """The maximum at a penalty, from β = ``start`` (p,); None where a step needs the care of
        :func:`~glmlogit.shrinkage.solve.solve`, which has the same maximum.
        """
        problem, terms, beta = self.problem, self.problem.terms(penalty), start.copy()
        score, value = np.empty(len(beta)), np.empty(1)
        steps = descent._descent.active_set(
            problem.columns.array.T, problem.events, problem.nonevents, problem.offset,
            terms.limited.l1, terms.l2, *terms.limited[1:], terms.scale,
            self.mean, self.spread, self.before, self.at, beta, score, value, working,
            min(len(beta), _MOST) + _SPARE, _FINER * tolerance, FLAT, SLOW, SLACK, STILL_MOVING, STEPS,
        )  # fmt: skip
        return Optimum(penalty, beta, float(value[0]), score, End.CONVERGED, int(steps)) if steps else None
