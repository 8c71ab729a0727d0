"""Restricted maxima: some coefficients held at values, the likelihood or its penalised form maximised over the rest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from glmlogit.estimate.surface import Surface
from glmlogit.fitting.control import Status
from glmlogit.fitting.maximum import Maximum
from glmlogit.fitting.newton import NewtonResult
from glmlogit.likelihood.combinators import Fixed
from glmlogit.messages.words import sentence

Array = npt.NDArray[np.float64]

# Difference of penalised log-likelihoods that tells one maximum from another.
HIGHER = 1e-7
# Newton steps after which a search has lost its way.
PATIENCE = 50
# New maxima of a round around which the next one searches.
MOST_FOLLOWED = 4
# Falls of the log-likelihood below this are within one standard error, where there is one maximum.
NEAR = 0.5
# Rounds of searching around what was found.
ROUNDS = 3
# Draws from which a last search starts, and their distances.
DRAWS, DISTANCES = 24, (0.3, 1.0, 2.0)


def restricted(surface: Surface, columns: Sequence[int], values: Sequence[float]) -> tuple[Fixed, NewtonResult]:
    """Maximum with the coefficients of ``columns`` held at ``values``: the objective of the others, and its solution.

    Newton's method starts from the tangent at the fit, then from zero. Further starts follow where there may be several
    maxima.
    """
    places = surface.places(columns)
    held = surface.held(places, values)
    solution = surface.climb(held, surface.tangent(places, values))
    if not usable(surface, solution):
        solution = surface.climb(held)
    if surface.multimodal and (solution.status is not Status.CONVERGED or made_by_penalty(surface, held, solution)):
        solution = highest(surface, held, solution)
    return held, solution


def usable(surface: Surface, solution: NewtonResult) -> bool:
    """Whether a restricted likelihood was maximised; one that still diverges has reached its supremum."""
    return solution.status is Status.CONVERGED or (surface.endless and solution.status is Status.DIVERGING)


def how_it_ended(solution: NewtonResult | Maximum) -> str:
    """Why a restricted likelihood was not maximised."""
    return sentence("restricted model: {how}", how=solution.status.value)


def made_by_penalty(surface: Surface, held: Fixed, restricted: NewtonResult) -> bool:
    """Whether between estimate and restricted maximum the penalty falls by more than the likelihood does.

    There a penalised likelihood may have several restricted maxima. Where the likelihood itself falls it is concave,
    and keeps the others down.
    """
    return surface.falls_by_penalty(held, restricted.at.value, restricted.beta, NEAR)


def highest(surface: Surface, held: Fixed, first: NewtonResult) -> NewtonResult:
    """The highest of the restricted maxima that a search from several starts finds, ``first`` among them."""
    return maxima(surface, held, first)[0]


def maxima(surface: Surface, held: Fixed, first: NewtonResult, more: Sequence[Array] = ()) -> list[NewtonResult]:
    """Restricted maxima from several starts, the highest first.

    Starts are zero, the vectors ``more``, and points around every maximum found. With ``more``, such as the maxima at a
    neighbouring value of a profile, there is one round of search, else at most ``ROUNDS``.
    """
    distinct = [first]
    starts = [np.zeros(held.size), *more, *_around(surface, held, first.beta)]
    for _ in range(1 if more else ROUNDS):
        new: list[NewtonResult] = []
        for solution in (surface.climb(held, start, PATIENCE) for start in starts):
            if solution.status is Status.CONVERGED and not any(_same(solution, s) for s in [*distinct, *new]):
                new.append(solution)
        distinct += new
        starts = [start for solved in new[:MOST_FOLLOWED] for start in _around(surface, held, solved.beta)]
        if not new:
            break
    return sorted(distinct, key=_height, reverse=True)


def _same(a: NewtonResult, b: NewtonResult) -> bool:
    return abs(a.at.value - b.at.value) <= HIGHER * (1.0 + abs(a.at.value))


def _height(solution: NewtonResult) -> float:
    return solution.at.value if solution.status is Status.CONVERGED else -np.inf


def _around(surface: Surface, held: Fixed, rest: Array) -> list[Array]:
    """Starts a step to either side of ``rest`` (k,) along each axis of the covariance."""
    return [rest + side * step for step in _steps(surface, held).T for side in (1.0, -1.0)]


def draws(surface: Surface, held: Fixed, rest: Array) -> list[Array]:
    """Starts at ``DRAWS`` random directions and several distances from ``rest`` (k,), from a fixed seed."""
    steps = _steps(surface, held)
    directions = np.random.default_rng(DRAWS).normal(size=(DRAWS, steps.shape[1]))
    return [rest + DISTANCES[k % len(DISTANCES)] * (steps @ direction) for k, direction in enumerate(directions)]


def _steps(surface: Surface, held: Fixed) -> Array:
    """Steps (k, k), a column each, along the axes of the free coefficients' covariance: one standard error or more.

    Far out the surface of a separated sample is all but homogeneous: its maxima lie as far apart as they lie from zero.
    So a step grows with how far the coefficients held have moved.
    """
    root, columns = surface.inverse_root, list(held.columns)
    size, axes = np.linalg.eigh(root[held.free] @ root[held.free].T)
    along: Array = axes * np.sqrt(np.maximum(size, 0.0))
    estimate, error = surface.estimate[columns], np.linalg.norm(root[columns], axis=1)
    values = np.array(held.values)
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = np.fmin(np.abs(values - estimate) / error, np.abs(values / estimate)).max()
    return along * max(1.0, float(moved)) if np.isfinite(moved) else along
