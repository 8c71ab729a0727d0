"""Where a profile or a score test meets its quantile, by Newton's method in all coefficients at once.

Venzon & Moolgavkar 1988, *Appl. Statist.* 37, 87-94. With s, I the score and information of a function l at β, both
unknowns are stepped to together: the scores of the other coefficients to 0, and l, or the standardised score of the
one, to its target. A step ``I⁻¹(s + λeⱼ)`` leaves the score −λeⱼ to first order; what is left to find is λ.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from glmlogit.estimate.surface import Surface
from glmlogit.likelihood.objective import Evaluation
from glmlogit.numerics.linalg import EPS, SUMS_CONDITION, TriangularFactor

Array = npt.NDArray[np.float64]

# A limit is where the signed root meets its quantile to this precision; roots are in standard-normal units.
ROOT_TOLERANCE = 1e-12
# Steps after which the search is left to a bracket: quadratic convergence takes 2 to 6.
MOST_STEPS = 12
# A step, in standard errors, so long that the quadratic model it is taken from says nothing.
LONGEST_STEP = 3.0
# Steps towards λ where the variance changes with it.
ROUNDS = 40

# The step (k,) from an evaluation at β (k,), and whether what is left of the distance is of second order.
Step = Callable[[Evaluation, Array], "tuple[Array, bool] | None"]


@dataclass(frozen=True)
class Crossing:
    """All coefficients (k,) where a limit of the one at ``place`` is."""

    place: int
    beta: Array

    @property
    def value(self) -> float:
        """The limit."""
        return float(self.beta[self.place])

    @property
    def rest(self) -> Array:
        """The other coefficients (k − 1,)."""
        return np.delete(self.beta, self.place)


def profile_crossing(surface: Surface, place: int, side: int, target: float) -> Crossing | None:
    """Where the signed root of the likelihood ratio of a coefficient is ``side·target``; None where no steps lead."""
    level, direction = surface.top - target * target / 2.0, _direction(surface, place)

    def step(at: Evaluation, _: Array) -> tuple[Array, bool] | None:
        factor = _factor(at)
        if factor is None:
            return None
        half = factor.half_solve(np.column_stack([at.score, direction]))
        # l(β + I⁻¹(s + λe)) = l + (s'I⁻¹s − λ² vⱼ)/2 to second order
        fall = 2.0 * (at.value - level) + float(half[:, 0] @ half[:, 0])
        if not fall > 0.0:
            return None
        scale = side * math.sqrt(fall / float(half[:, 1] @ half[:, 1]))
        return factor.other_half(half[:, 0] + scale * half[:, 1]), not surface.multimodal or at.curvature is not at.info

    return _crossing(surface, place, side, target, step)


def score_crossing(surface: Surface, place: int, side: int, target: float) -> Crossing | None:
    """Where the standardised score of a coefficient is ``−side·target``; None where no steps lead there."""
    direction = _direction(surface, place)

    def step(at: Evaluation, beta: Array) -> tuple[Array, bool] | None:
        factor, steps = at.info.factor, _factor(at)
        if factor is None or steps is None:
            return None
        towards, along = steps.solve(np.column_stack([at.score, direction])).T
        half = factor.half_solve(direction)
        variance, change = float(half @ half), surface.variance_gradient(beta, factor.other_half(half))
        scale = None
        if change is not None:
            base, slope = variance + float(change @ towards), float(change @ along)
            scale = _scale(variance, base, slope, side * target)
        if scale is None:  # as if the variance stayed what it is
            return towards + side * target / math.sqrt(variance) * along, False
        return towards + scale * along, surface.endless

    return _crossing(surface, place, side, target, step)


def _scale(variance: float, base: float, slope: float, target: float) -> float | None:
    """λ with ``λ·√(base + slope·λ) = target``, by Newton's method; None where the variance changes fourfold on the way.

    ``variance`` is that at the evaluation, base that at its restricted maximum.
    """
    scale = target / math.sqrt(variance)
    for _ in range(ROUNDS):
        there = base + slope * scale
        if not 0.25 * variance < there < 4.0 * variance:
            return None
        root = math.sqrt(there)
        rise = root + scale * slope / (2.0 * root)
        if not rise > 0.0:
            return None
        last, scale = scale, scale + (target - scale * root) / rise
        if abs(scale - last) <= 4 * EPS * abs(scale):
            break
    return scale


def _crossing(surface: Surface, place: int, side: int, target: float, step: Step) -> Crossing | None:
    """Steps from the tangent of the profile at the estimate, until what is left of the distance is rounding."""
    root, estimate = surface.inverse_root, surface.estimate
    error = surface.errors
    with np.errstate(all="ignore"):  # steps out of the range of numbers are refused below
        beta = estimate + root @ root[place] * (side * target / error[place])
        rounding = 4 * EPS * (abs(surface.top) / target + float(np.max(np.abs(beta) / error)))
        enough, last, precise = max(ROOT_TOLERANCE, rounding), math.inf, False
        for count in range(MOST_STEPS):
            at = surface.evaluation(beta, root=precise)
            factor = at.info.factor
            if not precise and (factor is None or factor.condition > SUMS_CONDITION):
                precise = True
                at = surface.evaluation(beta, root=True)
            move = step(at, beta)
            if move is None:
                return None
            beta, size = beta + move[0], float(np.max(np.abs(move[0]) / error))
            if not size < min(LONGEST_STEP, last if count > 1 else math.inf):
                return None
            left = size * min(1.0, size / last) ** (2 if move[1] else 1) if count else size
            if left <= enough:
                there = Crossing(place, beta)
                return there if side * (there.value - estimate[place]) > 0 else None
            last = size
    return None


def _factor(at: Evaluation) -> TriangularFactor | None:
    """Factor of the negative Hessian; None where that is not positive definite."""
    return (at.info if at.curvature is None else at.curvature).factor


def _direction(surface: Surface, place: int) -> Array:
    """A coefficient's direction (k,), about as long as its standard error's inverse: no square of it overflows.

    A power of two, so that no digit depends on it.
    """
    error = surface.errors[place]
    direction = np.zeros(len(surface.estimate))
    direction[place] = math.ldexp(1.0, -math.frexp(error)[1])
    return direction
