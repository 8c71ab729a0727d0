"""Further attempts at a maximum known to exist: slower Newton, a linearised start, continuation in the offset."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from glmlogit.fitting.control import Control, Status
from glmlogit.fitting.maximum import Columns
from glmlogit.fitting.newton import NewtonResult, newton
from glmlogit.likelihood.objective import Likelihood, Objective

Array = npt.NDArray[np.float64]

# Factor by which rows of a large offset are approached.
NEARER = 1.5


def insisting(
    objective: Objective,
    likelihood: Likelihood,
    free: Columns,
    control: Control,
    solution: NewtonResult,
    default: Array,
    remade: Callable[[Likelihood], Objective],
) -> NewtonResult:
    """The maximum of an objective that is known to have one, where ``solution`` did not converge.

    Newton's method is tried without its test of divergence from ``default``, then from a linearised start, then along a
    path on which the offset grows to its full size. ``remade`` makes the objective of another likelihood of the
    coefficients. Where all attempts diverge, the status is SINGULAR.
    """
    if solution.status is Status.DIVERGING:
        solution = newton(objective, default, control, patient=True)
    starts: tuple[Callable[[], Array], ...] = (
        lambda: likelihood.linearised_start(free),
        lambda: _from_afar(likelihood, remade, control),
    )
    for start in starts:
        if solution.status is not Status.CONVERGED:
            again = newton(objective, start(), control, patient=True)
            solution = again if again.status is Status.CONVERGED else solution
    if solution.status is Status.DIVERGING:  # a maximum exists: it is the arithmetic that gives out
        solution = solution._replace(status=Status.SINGULAR)
    return solution


def _from_afar(likelihood: Likelihood, remade: Callable[[Likelihood], Objective], control: Control) -> Array:
    """A start β (p,) by continuation: the maximum of ``T·l(β/T)`` for T from the size of the offset down to 1.

    Saturated rows carry no information to step with, and fewer rows are saturated when T is large. With β = T·b this is
    the likelihood of b where the offset is divided by T. Each maximum starts the search for the next.
    """
    beta, distance = np.zeros(remade(likelihood).size), max(likelihood.largest_offset, 1.0)
    while distance > 1.0:
        maximum = newton(remade(likelihood.nearer(distance)), beta, control, patient=True).beta
        nearer = max(distance / NEARER, 1.0)
        beta = np.where(np.isfinite(maximum), maximum, 0.0) * (distance / nearer)
        distance = nearer
    return beta
