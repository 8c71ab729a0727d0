"""The maximum of a model with a factor of many levels, whose effects are eliminated from every Newton step."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from glmlogit.fitting.control import Control, Status
from glmlogit.fitting.maximum import Maximum
from glmlogit.fitting.newton import RESULT_CONDITION, NewtonResult, newton
from glmlogit.likelihood.objective import Eliminated, Likelihood
from glmlogit.numerics.arrays import widened
from glmlogit.separability.recession import Recession

Array = npt.NDArray[np.float64]

# Steps after which the maximum, if there is one, is left to the iteration over all columns.
MOST_STEPS = 20


def by_levels(likelihood: Likelihood, control: Control) -> Maximum | None:
    """The proved maximum, in the limiting model where levels with one outcome separate and nothing else does.

    None where no factor is large enough, or anything is in doubt: a maximum that was not reached or is not proved, and
    an information too ill-conditioned for standard errors. That it is not so ill-conditioned proves that no column is
    aliased, as the proof of overlap by the rows that are left does that no other rows separate
    (:func:`~glmlogit.fitting.limiting.limit_of_levels`).
    """
    objective = likelihood.eliminated(np.zeros(0, dtype=np.intp))
    if objective is None or not objective.one_outcome:
        return None if objective is None else _maximum(likelihood, objective, control, None)
    cone = likelihood.pure_levels()
    if cone is None:
        return None
    objective = likelihood.limiting(cone.separated).eliminated(cone.slots)
    return None if objective is None else _maximum(likelihood, objective, control, cone)


def _maximum(likelihood: Likelihood, objective: Eliminated, control: Control, cone: Recession | None) -> Maximum | None:
    """The maximum of an objective as that of all coefficients; None where it is not proved."""
    solution = newton(objective, objective.start(), control, most=min(MOST_STEPS, control.max_iter))
    if not _proved(objective, solution):
        return None
    beta = widened(objective.coefficients(solution.beta), objective.estimated, likelihood.size)
    status = Status.CONVERGED if cone is None else Status.SEPARATED
    at = objective.of_columns(solution.at)
    return Maximum(beta, at, status, solution.trace, objective.estimated, (), likelihood, cone)


def _proved(objective: Eliminated, solution: NewtonResult) -> bool:
    """Whether the last step proves that a finite maximum exists (:func:`~glmlogit.fitting.overlap.overlap_proved`)."""
    factor = solution.at.info.factor
    if solution.status is not Status.CONVERGED or factor is None or factor.condition > RESULT_CONDITION:
        return False
    return solution.moved + objective.rounding_of_step(solution.beta, factor) < 1.0
