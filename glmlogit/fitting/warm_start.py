"""A start near the maximum for many rows: Newton on a sample of them, then chord steps by the score of all."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.fitting.control import Control, Status
from glmlogit.fitting.newton import (
    ARMIJO,
    DECREMENT_ROUNDING,
    FLAT,
    RESULT_CONDITION,
    ROUNDING_OF_VALUE,
    SAME_ERRORS,
    SLOW,
    NewtonResult,
    Step,
    newton,
)
from glmlogit.likelihood.objective import Evaluation, Likelihood, single
from glmlogit.numerics.linalg import EPS, SUMS_CONDITION, TriangularFactor
from glmlogit.numerics.newton_steps import StepRules

Array = npt.NDArray[np.float64]


# Every so many rows are fitted first where there are many: the estimate of a sample of n/k rows is about √(k·p)
# standard errors away.
FIRST_STRIDE, SECOND_STRIDE = 64, 8
# Least rows of the smaller sample, and least of them for each column; most cells of the larger one, which is copied.
LEAST_SAMPLE, LEAST_SAMPLE_A_COLUMN, MOST_COPIED_CELLS = 5_000, 50, 1 << 20
# A sample is as good as its maximum from so many of its standard errors on, if a step leaves less than such a share of
# the distance: where it is separated, each leaves more. Steps after which it is given up.
ROUGH, SHRINKS, MOST_ROUGH = 0.5, 0.3, 12
# Condition up to which information in single precision serves for steps: its relative error of 1e-7 grows with κ².
COARSE_CONDITION, COARSE_ERROR = 100.0, 1e-6
# Rows times columns from which passes for the score alone are so much cheaper than Newton steps that they pay.
LEAST_RESUMED_CELLS = 1 << 15


class Preconditioner(NamedTuple):
    """A factor of the information to step with, and the share of the distance to the maximum that a step leaves."""

    factor: TriangularFactor
    contraction: float


def near_start(likelihood: Likelihood, control: Control, start: Array) -> tuple[Array, Preconditioner | None]:
    """A start from samples: the maximum of every k-th row, one Newton step on more rows, and their information.

    Returns ``start`` and None where there are few rows, or the sample has no maximum.
    """
    n, size = likelihood.n_rows, likelihood.size
    least = max(LEAST_SAMPLE, LEAST_SAMPLE_A_COLUMN * size)
    if n < SECOND_STRIDE * least:
        return start, None
    sample = likelihood.part(FIRST_STRIDE if n >= FIRST_STRIDE * least else SECOND_STRIDE)
    rough = _roughly(sample, start, control)
    if rough is None:
        return start, None
    beta, factor = rough
    stride = max(SECOND_STRIDE, -(-n * size // MOST_COPIED_CELLS))
    if stride * sample.n_rows < n:
        sample = likelihood.part(stride)
        _, at = _to_step_with(sample, beta)
        factor = at.info.factor
        beta = beta if factor is None else beta + factor.solve(at.score)
    return beta, None if factor is None else _preconditioner(likelihood, sample, factor)


def _roughly(sample: Likelihood, start: Array, control: Control) -> tuple[Array, TriangularFactor | None] | None:
    """The maximum of a sample to a fraction of its standard errors, with the information before the last step.

    Where products of columns take long, one information serves for several steps while these lead nearer. None where
    steps do not shrink as near a maximum, as where the sample is separated.
    """
    last, wide = np.inf, sample.size >= WIDE
    sample, at = _to_step_with(sample, start)
    for _ in range(MOST_ROUGH):
        factor = at.info.factor
        if factor is None:
            return None
        distance = _distance(sample, factor, at.score)
        if distance < min(ROUGH, SHRINKS * last):
            return start + factor.solve(at.score), factor
        if wide:  # what a step leaves is not known yet, and 0.5 asks for a second one
            beta, steps = chord(sample, control, start, Preconditioner(factor, 0.5), ROUGH, at)
            if len(steps) > 1:
                start, at, last = beta, sample.evaluate(beta), distance
                continue
        step = newton(sample, start, control, at=at, most=1)
        if step.status is Status.CONVERGED:
            return step.beta, step.at.info.factor
        if step.status is not Status.MAX_ITER:
            return None
        start, at, last = step.beta, step.at, distance
    return None


def _to_step_with(likelihood: Likelihood, beta: Array) -> tuple[Likelihood, Evaluation]:
    """The likelihood to step with and its evaluation at β: its information is coarse unless the condition is large."""
    coarse = likelihood.for_steps
    at = coarse.evaluate(beta)
    if coarse is likelihood or (at.info.factor is not None and at.info.factor.condition <= COARSE_CONDITION):
        return coarse, at
    return likelihood, likelihood.evaluate(beta)


def _preconditioner(likelihood: Likelihood, sample: Likelihood, factor: TriangularFactor) -> Preconditioner:
    """The factor of a sample's information, scaled to that of all rows by their total weights.

    The eigenvalues of one by the other are within 2√(p/n) of 1 for n rows and p columns (Marchenko & Pastur 1967).
    """
    share = sum(sample.totals) / sum(likelihood.totals)
    contraction = 2.0 * np.sqrt(likelihood.size / sample.n_rows)
    return Preconditioner(TriangularFactor(factor.root / np.sqrt(share), factor.scale), float(contraction))


def resuming(likelihood: Likelihood, former: Likelihood, factor: TriangularFactor) -> Preconditioner | None:
    """The factor of the information that other weights of rows gave; None where rows are too few to gain by it.

    Weights of a bootstrap sample change its eigenvalues as those of a sample of rows do, in the mean by some √(p/n).
    """
    if likelihood.n_rows * likelihood.size < LEAST_RESUMED_CELLS:
        return None
    share = sum(likelihood.totals) / sum(former.totals)
    contraction = np.sqrt(likelihood.size / likelihood.n_rows)
    return Preconditioner(TriangularFactor(factor.root * np.sqrt(share), factor.scale), float(contraction))


def towards_maximum(likelihood: Likelihood, beta: Array, at: Evaluation) -> Array:
    """β after one Newton step on the likelihood, for a start that a penalty which many rows outweigh leaves near.

    β itself where the step would move linear predictors by more than some 0.2: the mean square of that, weighted by
    p(1 − p), is the squared decrement over the sum of weights, which is near the number of events where these are few.
    """
    factor = at.info.factor
    if factor is None or factor.norm(at.score) > 0.2 * np.sqrt(min(likelihood.totals)):
        return beta
    return np.asarray(beta + factor.solve(at.score))


# Steps with the information of a sample go on until the next should leave this distance, in standard errors: from there
# the information of all rows at that point gives more than three digits a step. Anything from 0.05 to 0.2 takes as
# many passes (p = 5 to 100, n = 5e4 to 1e6).
HALFWAY = 0.05
# Steps with an old information end where one leaves more of the distance than this.
LEAVES_MUCH = 0.25


# Columns, and rows times columns, from which products of columns take so much longer than the score that chord steps
# pay without a sample to start from; and how near to the maximum, in square roots of the number of events, they begin:
# a step then leaves less than a tenth.
WIDE, LEAST_WIDE_CELLS, NEAR = 100, 1 << 20, 0.05


class Approach(NamedTuple):
    """Where steps on all rows ended: β (p,), the evaluation there, and a line of the trace for each step.

    Chord steps, or ``full`` ones, which are the first of Newton's method.
    """

    beta: Array
    at: Evaluation
    steps: tuple[Step, ...] = ()
    full: tuple[Step, ...] = ()


# A step that a bad preconditioner leads astray may leave the range of doubles; it is then not taken.
@np.errstate(over="ignore", under="ignore", invalid="ignore")
def approach(
    likelihood: Likelihood, control: Control, default: Array, *, unpenalised: bool, loose: float = np.inf
) -> Approach:
    """A β near the maximum by passes for the score alone: with the information of a sample, then with that of all rows.

    As a rule so near that the evaluation there proves the maximum. A step that leads away is not kept: Newton's method
    then goes on from the last good β, or from ``default`` where the sample misled. A penalised fit takes no such steps.
    Where rows are few, the first steps of Newton's method; ``loose`` as of :func:`newton`.
    """
    beta, preconditioner = near_start(likelihood, control, default)
    if not unpenalised:  # a penalised maximum is elsewhere
        return Approach(beta, likelihood.evaluate(beta))
    if preconditioner is None:
        wide = likelihood.size >= WIDE and likelihood.n_rows * likelihood.size >= LEAST_WIDE_CELLS
        return _until_near(likelihood, control, beta) if wide else _ahead(likelihood, control, beta, loose)
    return towards(likelihood, control, beta, preconditioner, default)


def _ahead(likelihood: Likelihood, control: Control, start: Array, loose: float) -> Approach:
    """The first steps of Newton's method from ``start``, as far as they need no care."""
    careful = RESULT_CONDITION if loose > RESULT_CONDITION else np.inf
    rules = StepRules(likelihood.unit, control.tol, FLAT, ARMIJO, ROUNDING_OF_VALUE, SUMS_CONDITION, careful)
    beta, at, steps = likelihood.full_steps(start, rules, min(SLOW, control.max_iter))
    return Approach(beta, at, (), tuple(Step(value, decrement, 0) for value, decrement in steps))


def _until_near(likelihood: Likelihood, control: Control, start: Array) -> Approach:
    """Newton's method until the information serves for chord steps, then these: products of many columns take long."""
    stepping, at = _to_step_with(likelihood, start)
    solution = NewtonResult(start, at, Status.MAX_ITER, ())
    for _ in range(min(SLOW, control.max_iter) - 1):
        factor = solution.at.info.factor
        if factor is None or factor.condition > SUMS_CONDITION:
            break
        distance = _distance(likelihood, factor, solution.at.score)
        if distance <= NEAR * np.sqrt(min(likelihood.totals) / likelihood.unit):
            first = Approach(solution.beta, solution.at, solution.trace)
            return _exactly(likelihood, stepping, first, _ending(likelihood, control, first, distance))
        step = newton(stepping, solution.beta, control, at=solution.at, most=1)
        if step.status is not Status.MAX_ITER:
            break
        solution = step._replace(trace=solution.trace + step.trace)
    first = Approach(solution.beta, solution.at, (), solution.trace)
    return _exactly(likelihood, stepping, first, first)


def _exactly(likelihood: Likelihood, stepping: Likelihood, first: Approach, ended: Approach) -> Approach:
    """Where steps ``ended``, with an information for standard errors: that of ``first`` may be for steps only."""
    coarse = stepping is not likelihood and ended.at is first.at
    return ended._replace(at=likelihood.evaluate(ended.beta)) if coarse else ended


@np.errstate(over="ignore", under="ignore", invalid="ignore")
def towards(
    likelihood: Likelihood,
    control: Control,
    beta: Array,
    preconditioner: Preconditioner,
    default: Array,
    loose: float = np.inf,
    errors: bool = True,
) -> Approach:
    """Chord steps on all rows from β, with the information of other rows to begin with.

    From a condition of ``loose`` on they end where a last Newton step ends at the maximum, whatever it does to standard
    errors. Without ``errors`` the information that steps were made with stands for that at the end.
    """
    beta, steps = chord(likelihood, control, beta, preconditioner, HALFWAY)
    coarse = errors and preconditioner.factor.condition <= COARSE_CONDITION
    stepping = likelihood.for_steps if coarse else likelihood
    first = Approach(beta, stepping.evaluate(beta), steps)
    factor = first.at.info.factor
    distance = np.inf if factor is None else _distance(likelihood, factor, first.at.score)
    if factor is None or (steps and not _nearer(Step(first.at.value, distance, 0), steps[-1])):
        return Approach(default, likelihood.evaluate(default))
    usable = steps and factor.condition <= SUMS_CONDITION
    ended = _ending(likelihood, control, first, distance, loose, errors) if usable else first
    return _exactly(likelihood, stepping, first, ended)


def _ending(
    likelihood: Likelihood,
    control: Control,
    first: Approach,
    distance: float,
    loose: float = np.inf,
    errors: bool = True,
) -> Approach:
    """Chord steps with the information at a point, ``distance`` standard errors away, and the evaluation at the last.

    ``first`` itself where they do not lead nearer. Without ``errors`` the evaluation there has the information of the
    point, which is that at the end but for the contraction of a step.
    """
    factor = first.at.info.factor
    assert factor is not None
    preconditioner, goal = _last_goal(likelihood, factor, first.at.score, distance)
    rounding = DECREMENT_ROUNDING * factor.condition
    goal = max(goal, control.tol) if factor.condition >= loose else goal
    beta, more = chord(likelihood, control, first.beta, preconditioner, max(goal, rounding), first.at)
    if not more:
        return first
    rooted = factor.condition > RESULT_CONDITION and (goal > rounding or likelihood.size >= WIDE)
    of_one = single(likelihood) if rooted else None
    if not errors and preconditioner.contraction < LEAVES_MUCH:
        there = Evaluation(*likelihood.score(beta), first.at.info)
    elif of_one is not None:
        there = of_one.evaluate_near(beta, factor)
    else:
        there = likelihood.evaluate(beta, root=rooted)
    step = Step(there.value, _distance(likelihood, factor, there.score), 0)
    reached = step.decrement <= control.tol or _nearer(step, more[-1])
    return Approach(beta, there, first.steps + more) if reached else first


def chord(
    likelihood: Likelihood,
    control: Control,
    beta: Array,
    preconditioner: Preconditioner,
    goal: float,
    at: Evaluation | None = None,
) -> tuple[Array, tuple[Step, ...]]:
    """Steps with one information matrix and new scores, until the last should end within a goal of the maximum.

    The decrement falls at least by the relative error of the information in each step (Dennis & Schnabel 1996, §5.4),
    for a pass that costs p products a row in place of p²; by more with what the steps before have shown of the error.
    ``at`` is the evaluation at β where it is known. It is for the caller to see where the last step ended; all others
    are known to lead nearer.
    """
    factor, contraction = preconditioner
    steps: list[Step] = []
    secants: list[Secant] = []
    there, before = beta, np.zeros(0)
    for _ in range(control.max_iter):
        llf, score = likelihood.score(there) if at is None else (at.value, at.score)
        at, step = None, Step(llf, _distance(likelihood, factor, score), 0)
        if steps:
            if not _nearer(step, steps[-1]):
                return beta, tuple(steps[:-1])
            contraction = step.decrement / steps[-1].decrement
            if contraction > LEAVES_MUCH:
                break
            secants += Secant.of(there - beta, before, score)
        steps.append(step)
        beta, there, before = there, there + _direction(factor, secants, score), score
        if contraction * step.decrement <= goal:
            break
    return there, tuple(steps)


class Secant(NamedTuple):
    """A step (p,), the fall of the score along it, and their product, the curvature of the log-likelihood there."""

    step: Array
    fall: Array
    curvature: float

    @staticmethod
    def of(step: Array, before: Array, score: Array) -> list[Secant]:
        """What scores before and after a step say; nothing where it is far from what was expected, as by rounding."""
        curvature, expected = float(step @ (before - score)), float(step @ before)
        return [Secant(step, before - score, curvature)] if 0.5 < curvature / expected < 2.0 else []


def _direction(factor: TriangularFactor, secants: list[Secant], score: Array) -> Array:
    """The step of a score with the information of ``factor``, changed as little as agrees with what scores fell by.

    The quasi-Newton method of limited memory (BFGS; Nocedal & Wright 2006, algorithm 7.4).
    """
    shares: list[float] = []
    for step, fall, curvature in reversed(secants):
        shares.append(float(step @ score) / curvature)
        score = score - shares[-1] * fall
    direction = factor.solve(score)
    for (step, fall, curvature), share in zip(secants, reversed(shares), strict=True):
        direction = direction + (share - float(fall @ direction) / curvature) * step
    return direction


def _nearer(after: Step, before: Step) -> bool:
    """Whether a step led nearer: a smaller decrement, and a log-likelihood that has not fallen but by rounding."""
    return after.decrement < before.decrement and after.value >= before.value - 16 * EPS * abs(before.value)


def _last_goal(
    likelihood: Likelihood, factor: TriangularFactor, score: Array, distance: float
) -> tuple[Preconditioner, float]:
    """The factor to step with, and the distance from which a last step leaves standard errors as they are.

    A step that changes no linear predictor by more than r changes the information by a factor of e^r at most, and so
    leaves at most e^r − 1 of the distance (Bach 2010, prop. 1).
    """
    change = float(likelihood.magnitude @ np.abs(factor.solve(score)))
    contraction = max(float(np.expm1(min(change, 1.0))), COARSE_ERROR)
    return Preconditioner(factor, contraction), 0.3 * SAME_ERRORS * distance / (change or 1.0)


def _distance(likelihood: Likelihood, factor: TriangularFactor, score: Array) -> float:
    """Newton's decrement ``√(s'I⁻¹s)``, the distance to the maximum in standard errors, with I from ``factor``."""
    return factor.norm(score) / float(np.sqrt(likelihood.unit))
