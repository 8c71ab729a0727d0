"""The one loop: damped Newton with a stopping rule that depends on no scale, and an honest status."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.fitting.control import Control, Status
from glmlogit.likelihood.objective import Evaluation, Move, Objective
from glmlogit.numerics.linalg import EPS, SUMS_CONDITION

Array = npt.NDArray[np.float64]

# Below this decrement the value is too flat to be compared: full steps, no line search.
FLAT = 1e-4

# A row whose linear predictor still moves this much in a "converged" step is running to infinity.
STILL_MOVING = 1e-2

# A last step that changes no linear predictor by more than this leaves standard errors as they are: they are
# promised to 1e-13, and change relatively by at most half as much as a predictor does.
SAME_ERRORS = 1e-13

# Decrement from which a step may be known to end at the maximum: one of 1e-7 is, whatever the rows; further off those
# of many rows are, where a standard error changes predictors by little.
NEARLY_THERE = 3e-5

# Share of the promised rise of the value that a step must keep.
ARMIJO = 0.1

# Fall of the value that rounding explains, relative to its size.
ROUNDING_OF_VALUE = 16 * EPS

# Steps after which an iteration is slow: few fits with a finite maximum take as many, and all without one do.
SLOW = 8

# Sums of products lose κ²·eps: good enough for standard errors up to this condition.
RESULT_CONDITION = 30.0

# What rounding leaves of the decrement at the maximum, times the condition (at most 2.8 epsilons were measured).
DECREMENT_ROUNDING = 3 * EPS


class Step(NamedTuple):
    """One line of the trace: where the iteration stood and what it did."""

    value: float
    decrement: float
    halvings: int


class NewtonResult(NamedTuple):
    """Where an iteration ended: β (p,), its evaluation, status, trace, and the last step's change of predictors."""

    beta: Array
    at: Evaluation
    status: Status
    trace: tuple[Step, ...]
    moved: float = np.inf  # largest change of a linear predictor in the last step of a converged iteration

    @property
    def n_iter(self) -> int:
        """Number of Newton steps taken."""
        return len(self.trace)


# A trial step may leave the range of doubles; its value then refuses it.
# Steps far out leave the range of doubles: their evaluations are not finite, and they are halved. Once around the loop
# and not in each step, because of the time it takes.
@np.errstate(divide="ignore", over="ignore", under="ignore", invalid="ignore")
def newton(
    objective: Objective,
    start: Array,
    control: Control,
    step: Callable[[Evaluation, Array], Move | None] | None = None,
    at: Evaluation | None = None,
    patient: bool = False,
    most: int | None = None,
    loose: float = np.inf,
    before: tuple[Step, ...] = (),
    unseen: bool = False,
) -> NewtonResult:
    """Maximise a concave objective by Newton's method with step halving.

    Stops when the Newton decrement ``λ = √(s'I⁻¹s)`` (Boyd & Vandenberghe 2004, §9.5), which is the distance to the
    maximum in standard errors, is below ``control.tol``, or no longer halves because of rounding; then takes that last
    step in full. Where a linear predictor still changes by more than 0.01 in a step, a small decrement is not taken for
    convergence: under separation the score vanishes while predictors go to infinity.

    ``step`` takes other steps than Newton's. ``at`` is the evaluation at ``start`` where the caller has it. ``patient``
    states that a finite maximum is known to exist, so that small steps which do not shrink are not reported as
    divergence. ``most`` is another limit of steps than that of ``control``. From a condition of ``loose`` on the
    evaluation may be of the point before the last step, whose value differs by ½λ², and its information without a root:
    where only value and β are of use. ``before`` are the steps that led to ``start``. ``unseen`` ends with a step that
    is known to end at the maximum, at any decrement, without an evaluation there; the value is what the step promises.
    """
    if objective.size == 0:
        return NewtonResult(start, objective.evaluate(start), Status.CONVERGED, (), 0.0)
    iteration = _Iteration(objective, control, loose, before)
    beta, at = start, at or objective.evaluate(start)
    last, last_moved = before[-1].decrement if before else np.inf, np.inf
    for _ in range((control.max_iter if most is None else most) - len(before)):
        move, at = iteration.direction(step, beta, at)
        if move is None:
            return iteration.stop(beta, at, Status.DIVERGING if iteration.trace else Status.SINGULAR)
        direction, decrement, _ = move
        small = decrement <= control.tol
        quadratic = objective.exact or (at.curvature is not None and at.curvature.factor is not None)
        if small or (quadratic and decrement < FLAT and decrement > 0.5 * last):
            moved = objective.largest_change(direction)
            if moved <= STILL_MOVING:
                return iteration.finish(beta, at, move, moved)
            if small and moved > 0.5 * last_moved and not patient:
                return iteration.stop(beta, at, Status.DIVERGING)
            last_moved = moved
        elif unseen and step is None and decrement < NEARLY_THERE:
            end = iteration.known_end(beta, at, move)
            if end is not None:
                return end
        if decrement < FLAT and iteration.last_but_one(at, direction, decrement):
            iteration.root = True
        taken = iteration.advance(beta, at, move)
        if taken is None:
            return iteration.stop(beta, at, Status.STALLED)
        beta, at = taken
        last = decrement
    return iteration.stop(beta, at, Status.MAX_ITER)


class _Iteration:
    """State of one run of :func:`newton`: the trace so far and the precision in use."""

    def __init__(self, objective: Objective, control: Control, loose: float, before: tuple[Step, ...]) -> None:
        self.objective, self.control, self.loose = objective, control, loose
        self.trace = list(before)
        self.root = False
        self.root_of_unit = math.sqrt(objective.unit)

    def direction(
        self, step: Callable[[Evaluation, Array], Move | None] | None, beta: Array, at: Evaluation
    ) -> tuple[Move | None, Evaluation]:
        """The step at β; passes to roots for good once the sums of products are too ill-conditioned."""
        factor = at.info.factor
        if not self.root and (factor is None or factor.condition > SUMS_CONDITION):
            self.root = True
            at = self.objective.evaluate(beta, root=True)
            factor = at.info.factor
        if factor is None:
            return None, at
        if step is not None:
            return step(at, beta), at
        half, direction = factor.both_halves(at.score)
        if at.curvature is not None:  # the negative Hessian, unless it is singular
            direction = (at.curvature.factor or factor).solve(at.score)
        return Move(direction, math.sqrt(half.dot(half)) / self.root_of_unit, float(at.score.dot(direction))), at

    def advance(self, beta: Array, at: Evaluation, move: Move) -> tuple[Array, Evaluation] | None:
        """Full step if the value rises by a share of what it promises (Armijo), else a shorter one.

        The first shorter length is ``log(1 + r)/r`` for a step that would change a linear predictor by r: so far
        the curvature of a logit model can be trusted (Bach 2010, prop. 2), also from saturated rows, between
        whose ends halving alone bounces.
        """
        direction, decrement, promised = move
        slack = ROUNDING_OF_VALUE * abs(at.value)
        length, step = 1.0, direction
        for halvings in range(100):
            candidate = beta + step
            there = self.objective.evaluate(candidate, root=self.root)
            if decrement < FLAT or there.value >= at.value + ARMIJO * length * promised - slack:
                self.trace.append(Step(at.value, decrement, halvings))
                return candidate, there
            if halvings == 0:
                reach = self.objective.largest_change(direction)
                length = min(0.5, float(np.log1p(reach)) / reach) if np.isfinite(reach) else 0.5
            else:
                length *= 0.5 if halvings < 10 else 2.0**-10
            step = length * direction
        return None

    def last_but_one(self, at: Evaluation, direction: Array, decrement: float) -> bool:
        """Whether the next evaluation will prove the maximum, and needs the precision of standard errors at once.

        A step that changes no linear predictor by more than r leaves a decrement of ``λ(e^r − 1)`` at most (Bach 2010,
        prop. 1), and changes of predictors smaller by the same factor.
        """
        factor = at.info.factor
        if factor is None or self.root or not self.objective.exact or not self.precise(factor.condition):
            return False
        moved = self.objective.largest_change(direction)
        return self._ends(factor.condition, decrement, moved)

    def _ends(self, condition: float, decrement: float, moved: float) -> bool:
        left = max(decrement * float(np.expm1(min(moved, 1.0))), DECREMENT_ROUNDING * condition)
        return left <= self.control.tol and moved * (left / decrement) <= SAME_ERRORS

    def known_end(self, beta: Array, at: Evaluation, move: Move) -> NewtonResult | None:
        """The end by a step that leads to the maximum as far as digits go, by the bound of :meth:`last_but_one`.

        With the evaluation before that step, its value raised by what the step promises. None for other steps.
        """
        factor = at.info.factor
        if factor is None or not self.objective.exact or at.curvature is not None:
            return None
        moved = self.objective.largest_change(move.step)
        if not self._ends(factor.condition, move.decrement, moved):
            return None
        self.trace.append(Step(at.value, move.decrement, 0))
        at = at._replace(value=at.value + 0.5 * move.promised)
        return NewtonResult(beta + move.step, at, Status.CONVERGED, tuple(self.trace), moved)

    def precise(self, condition: float) -> bool:
        """Whether standard errors are taken from the information, and lose digits to sums of products."""
        return RESULT_CONDITION < condition < self.loose

    def finish(self, beta: Array, at: Evaluation, move: Move, moved: float) -> NewtonResult:
        """Take the last step and evaluate there with the precision that standard errors need, where these matter."""
        direction, decrement, _ = move
        self.trace.append(Step(at.value, decrement, 0))
        factor = at.info.factor
        assert factor is not None
        self.root = self.root or self.precise(factor.condition)
        beta = beta + direction
        if factor.condition >= self.loose and decrement <= self.control.tol:
            return NewtonResult(beta, at, Status.CONVERGED, tuple(self.trace), moved)
        if self.root != (at.info.root is not None) or moved > SAME_ERRORS:
            at = self.objective.evaluate(beta, root=self.root)
        return NewtonResult(beta, at, Status.CONVERGED, tuple(self.trace), moved)

    def stop(self, beta: Array, at: Evaluation, status: Status) -> NewtonResult:
        return NewtonResult(beta, at, status, tuple(self.trace))
