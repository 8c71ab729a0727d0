"""The effective number of coefficients of a penalised fit."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve

from glmlogit.shrinkage.problem import Problem
from glmlogit.shrinkage.solve import Optimum

Index = npt.NDArray[np.intp]

# Active columns beyond which the trace of a matrix of them is not worked out.
_MOST = 3_000


def effective_number(problem: Problem, point: Optimum, active: Index) -> float:
    """Effective number of coefficients, the intercept counted.

    Of a lasso the number that are not 0 (Zou, Hastie & Tibshirani 2007, a result of linear models); else
    ``tr((I + P)⁻¹ I)`` over these, P the penalty's information (le Cessie & van Houwelingen 1992, §2). NaN for more
    than 3,000 of them.
    """
    l2 = problem.terms(point.penalty).l2[active]
    if not l2.any():
        return float(len(active))
    if len(active) > _MOST:
        return math.nan
    weight = problem.at(problem.predictor(problem.columns, point.beta)).weight
    info = problem.columns.take(active).products(weight)
    unit = 1.0 / np.sqrt(np.diagonal(info) + l2)
    scaled = info * unit * unit[:, None]
    return float(np.trace(cho_solve(cho_factor(scaled + np.diag(l2 * unit**2)), scaled)))
