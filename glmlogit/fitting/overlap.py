"""Proof by the converged Newton step that a finite maximum exists (Gordan–Stiemke), rounding bounded."""

from __future__ import annotations

from glmlogit.fitting.control import Status
from glmlogit.fitting.maximum import Columns
from glmlogit.fitting.newton import NewtonResult
from glmlogit.likelihood.objective import Likelihood


def overlap_proved(likelihood: Likelihood, free: Columns, solution: NewtonResult) -> bool:
    """Whether the converged iteration itself proves that no direction of recession exists.

    The score equations weigh the signed rows by what the likelihood leaves of their outcomes: |y − p| > 0, or the
    probability of another outcome than that observed. A Newton step d changes such a multiplier by its own size times
    the change of a linear predictor, or of a difference of two, at most. So if it changes none by 1 or more, the
    changed multipliers are still positive and make the weighted sum of signed rows vanish exactly: overlap, by the
    theorem of Gordan–Stiemke. What rounding may hide in the computed step is bounded by the likelihood.
    """
    factor = solution.at.info.factor
    if solution.status is not Status.CONVERGED or factor is None:
        return False
    return solution.moved + likelihood.rounding_of_step(free, solution.beta, factor) < 1.0
