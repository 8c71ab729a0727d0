"""Profile likelihood along one coefficient by Newton's method at each value; crossings by brackets."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from glmlogit.errors import UnsupportedError
from glmlogit.fitting.control import Status
from glmlogit.fitting.held_coefficient import HeldCoefficient
from glmlogit.fitting.newton import NewtonResult
from glmlogit.inference.crossings import ROOT_TOLERANCE, Crossing, profile_crossing, score_crossing
from glmlogit.inference.restricted_maxima import NEAR, draws, maxima
from glmlogit.likelihood.combinators import Fixed
from glmlogit.likelihood.penalty import LARGEST_CURVATURE
from glmlogit.numerics.linalg import EPS, lengths
from glmlogit.numerics.roots import bracketed

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


Array = npt.NDArray[np.float64]

# Rounding of a log-likelihood that profile limits can bear: they move by half as much, in standard errors.
LARGEST_NOISE = 1e-6

# Distances, as multiples of that of the first limit found, at which values further out are tried.
OUTWARDS = tuple(1.25**k for k in range(11))

# A statistic this far above its quantile ends the way outwards.
FAR_ABOVE = 4.0

# A statistic this little below its quantile is on the limit.
ON_THE_LIMIT = 1e-8

# Doublings of the distance from the estimate in search of a bracket.
MAX_DOUBLINGS = 60

# Floating-point operations that a search for other maxima may take, and how many profiles it costs.
LONGEST_SEARCH, SEARCHES = 1e11, 75

# Evaluations of the likelihood that two limits and a test take: some twenty restricted maxima of three each.
EVALUATIONS = 60


@dataclass(frozen=True)
class _Point:
    """A point of a profile: the value held, the largest value of the objective, the other coefficients."""

    held: float
    value: float
    rest: Array
    searched: bool = True  # whether other maxima were looked for, where that was asked for


class Path:
    """The profile of one coefficient: restricted maxima at values asked for, each started from those already found."""

    def __init__(self, fit: Estimate, column: int) -> None:
        self.fit, self.column, self.surface = fit, column, fit.surface
        (self.at,) = self.surface.places([column])
        self.top = self.surface.top
        self.estimate = fit.coefs.states[column].reported(float(fit.coefs.beta[column]))
        self.points: list[_Point] = []
        self.searching = False  # for other restricted maxima
        self.branches: list[tuple[float, Array]] = []  # those of the value searched last
        self.limiting: HeldCoefficient | None = self.surface.at_infinity(self.at)
        if not fit.coefs.separated:
            rest = np.delete(fit.coefs.beta[fit.coefs.free], self.at)
            self.points.append(_Point(self.estimate, self.top, rest))

    def point(self, value: float) -> _Point:
        """The restricted maximum with the coefficient held at ``value``, from memory if it was asked for before."""
        visited = [point for point in self.points if point.held == value and (point.searched or not self.searching)]
        if visited:
            return visited[-1]
        if self.limiting is not None:
            nearest = self._nearest(value)
            start = None if nearest is None else self._extrapolated(nearest, value)
            return self._added(value, *self.limiting.maximum(value, start))
        held = self._held(value)
        solution = self._continued(held, value)
        if self.surface.multimodal and (self.searching or solution.status is not Status.CONVERGED):
            solution = self._highest(
                held, solution, [rest * (value / previous) for previous, rest in self.branches if previous]
            )
        return self._added(value, solution.at.value, solution.beta, solution.status)

    def _highest(self, held: Fixed, solution: NewtonResult, more: list[Array]) -> NewtonResult:
        """The highest restricted maximum of a search; all maxima found are kept as starts for the next value."""
        solutions = maxima(self.surface, held, solution, more)
        self.branches = [(held.values[0], solved.beta) for solved in solutions if solved.status is Status.CONVERGED]
        return solutions[0]

    def searched_again(self, value: float) -> _Point:
        """The restricted maximum at a value asked for before, after one more search from many starts."""
        point, held = self.point(value), self._held(value)
        more = [
            *(rest for previous, rest in self.branches if previous == value),
            *draws(self.surface, held, point.rest),
        ]
        solution = self._highest(held, self.surface.climb(held, point.rest), more)
        return self._added(value, solution.at.value, solution.beta, solution.status)

    def _nearest(self, value: float) -> _Point | None:
        return min(self.points, key=lambda p: abs(p.held - value), default=None)

    def _continued(self, held: Fixed, value: float) -> NewtonResult:
        """Newton's method from the nearest point, extrapolated; from zero if there is none, or if that fails."""
        nearest = self._nearest(value)
        solution = self.surface.climb(held, None if nearest is None else self._extrapolated(nearest, value))
        if solution.status is not Status.CONVERGED and nearest is not None:
            solution = self.surface.climb(held)
        return solution

    def _added(self, held: float, value: float, rest: Array, status: Status) -> _Point:
        """The new point, remembered; UnsupportedError unless the iteration converged."""
        if status is not Status.CONVERGED:
            raise UnsupportedError(f"the profile of {self.name} breaks off at {held:g}: {status.value}")
        self.points.append(_Point(held, value, rest, self.searching))
        return self.points[-1]

    def doubtful(self, value: float) -> bool:
        """Whether a penalised likelihood may have several restricted maxima at ``value``."""
        if not self.surface.multimodal:
            return False
        point = self.point(value)
        return self.surface.falls_by_penalty(self._held(value), point.value, point.rest, NEAR)

    @contextmanager
    def search(self) -> Iterator[None]:
        """A context in which every point asked for is the highest of a search from several starts."""
        self.searching = True
        try:
            yield
        finally:
            self.searching = False

    @property
    def name(self) -> str:
        """Name of the coefficient."""
        return self.fit.coefs.labels[self.column]

    def _held(self, value: float) -> Fixed:
        return self.surface.held((self.at,), (value,))

    def _extrapolated(self, nearest: _Point, value: float) -> Array:
        """A start for ``value``: on the line through the two nearest points, or on the tangent at the estimate."""
        others = [p for p in self.points if p.held != nearest.held]
        if not others:
            start = self.surface.tangent((self.at,), (value,))
            return nearest.rest if start is None else start
        second = min(others, key=lambda p: abs(p.held - value))
        share = (value - nearest.held) / (second.held - nearest.held)
        return nearest.rest + share * (second.rest - nearest.rest) if abs(share) < 3 else nearest.rest

    def root(self, method: str) -> Callable[[float], float]:
        """The statistic, as a signed root, whose limits are of that method."""
        return self.signed_root if method == "profile" else self.signed_score

    def crossing(self, method: str, side: int, target: float) -> float | None:
        """Where a statistic meets ``side·target``, by steps in all coefficients; None where that may not be the limit.

        The restricted maximum there becomes a point of the path, unless others may compete with it.
        """
        if self.limiting is not None or self.fit.coefs.separated:
            return None
        find = profile_crossing if method == "profile" else score_crossing
        crossing = find(self.surface, self.at, side, target)
        level = self.top - target * target / 2.0 if method == "profile" else None
        if crossing is None or self._competing(crossing, level):
            return None
        if level is not None:
            self.points.append(_Point(crossing.value, level, crossing.rest, False))
        return crossing.value

    def _competing(self, crossing: Crossing, level: float | None) -> bool:
        """Whether a penalised likelihood, ``level`` high there, may have several restricted maxima at a crossing."""
        if not self.surface.multimodal:
            return False
        held = self._held(crossing.value)
        value = held.evaluate(crossing.rest).value if level is None else level
        return self.surface.falls_by_penalty(held, value, crossing.rest, NEAR)

    def signed_root(self, value: float) -> float:
        """``sign(b − β̂)·√(2(l(β̂) − l_p(b)))``, a standard normal deviate in large samples."""
        point = self.point(value)
        fall = max(2.0 * (self.top - point.value), 0.0)
        return math.copysign(math.sqrt(fall), self._side(value))

    def signed_score(self, value: float) -> float:
        """The score of the coefficient in its own standard deviations at the restricted maximum; rises with b."""
        rest, place = self.point(value).rest, self.at
        if self.limiting is not None:
            at, place = self.limiting.evaluate(value, rest)
        else:
            at = self.surface.evaluate(self._held(value), rest)
        factor = at.info.factor
        if factor is None:
            return math.nan
        return -float(at.score[place]) * lengths(factor.inverse_root[place][None, :]).item()

    def to_the_flat(self, low: float, high: float) -> tuple[float, float]:
        """A finite interval to draw: an infinite end is replaced by a value where the profile is all but flat."""
        if math.isfinite(low) and math.isfinite(high):
            return low, high
        start, side = (low, 1) if math.isfinite(low) else (high, -1)
        step = 1.0 / float(self.fit.coefs.magnitude[self.column])
        for _ in range(MAX_DOUBLINGS):
            if abs(self.signed_root(start + side * step)) < 0.1:
                break
            step *= 2.0
        return (start, start + step) if side > 0 else (start - step, start)

    def _side(self, value: float) -> float:
        if math.isinf(self.estimate):
            return -self.estimate
        return value - self.estimate


def nearest_limit(root: Callable[[float], float], start: float, unit: float, side: int, target: float) -> float:
    """Where ``root`` (rising) meets ``side·target``; ±inf where it never does."""
    near, step = start, side * unit * target
    if side * _gap(root, near, side, target) > 0:
        raise UnsupportedError(f"the limit cannot be found: the profile does not rise towards {near:g}")
    for _ in range(MAX_DOUBLINGS):
        far = near + step
        if side * _gap(root, far, side, target) >= 0:
            return crossing(root, near, far, unit, side, target)
        near, step = far, 2.0 * step
    return math.copysign(math.inf, side)


def _gap(root: Callable[[float], float], value: float, side: int, target: float) -> float:
    distance = root(value) - side * target
    if math.isnan(distance):
        raise UnsupportedError(f"the limit cannot be found: the statistic is not defined at {value:g}")
    return distance


def crossing(root: Callable[[float], float], near: float, far: float, unit: float, side: int, target: float) -> float:
    """Where ``root`` meets its target between ``near``, which is not rejected, and ``far``, which is."""
    low, high = sorted((near, far))
    relative = 4 * EPS
    xtol = max(ROOT_TOLERANCE * unit, relative * max(abs(low), abs(high)))
    return bracketed(lambda value: _gap(root, value, side, target), low, high, xtol=xtol, rtol=relative)


def unit_of(fit: Estimate, column: int) -> float:
    """Standard error from the information, the distance at which to look for a limit first."""
    place = int(np.flatnonzero(fit.coefs.estimated == column)[0])
    return lengths(fit.surface.inverse_root[place : place + 1]).item()


def require_profile(fit: Estimate) -> None:
    """Refuse fits whose likelihood cannot be profiled."""
    reason = why_no_profile(fit)
    if reason:
        raise UnsupportedError(reason)


def why_no_profile(fit: Estimate) -> str:
    """Why the likelihood of a fit cannot be profiled; empty where it can."""
    if fit.capabilities.why_no_likelihood:
        return f"there is no profile likelihood: {fit.capabilities.why_no_likelihood}"
    if EPS * abs(fit.surface.top) > LARGEST_NOISE:
        return (
            f"the log-likelihood is {fit.surface.top:.2g}, in which differences of 2, where profile limits lie, keep "
            f"fewer than six digits; rescale the weights, or use method='wald'"
        )
    if fit.capabilities.robust:
        return (
            f"the fit is reported with {fit.capabilities.robust} standard errors, but profile and score limits, and "
            f"their tests, are those of the model; use method='wald', or fit.with_cov('model') first"
        )
    return ""


def profile_cost(fit: Estimate) -> float:
    """Floating-point operations of the limits and test of one coefficient, roughly."""
    rows, p = fit.sample.n_patterns, max(1, len(fit.coefs.estimated))
    return EVALUATIONS * rows * p * (p + 4.0 if not fit.surface.multimodal or p > LARGEST_CURVATURE else 2.0 * p + 4.0)
