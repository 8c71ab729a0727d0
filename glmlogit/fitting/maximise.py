"""From a likelihood to its maximum: reduce, start, newton, prove, limit, refine."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.errors import UnsupportedError
from glmlogit.fitting.at_once import at_once
from glmlogit.fitting.attempts import insisting
from glmlogit.fitting.certify import certified_digits, loglik
from glmlogit.fitting.control import Control, Status
from glmlogit.fitting.levels import by_levels
from glmlogit.fitting.limiting import cone_of, limit_of_levels, limiting_model
from glmlogit.fitting.maximum import Columns, Maximum, free_columns, objective_of
from glmlogit.fitting.newton import RESULT_CONDITION, SAME_ERRORS, SLOW, NewtonResult, newton
from glmlogit.fitting.overlap import overlap_proved
from glmlogit.fitting.refine import last_step, polish
from glmlogit.fitting.shifted import Shift, proved_back, shift_of, turned_back
from glmlogit.fitting.warm_start import Approach, Preconditioner, approach, resuming, towards, towards_maximum
from glmlogit.likelihood.combinators import Adjusted
from glmlogit.likelihood.objective import Adjustment, Evaluation, Likelihood, Move, Objective, exact, single
from glmlogit.numerics.arrays import widened
from glmlogit.numerics.blas import one_thread
from glmlogit.numerics.doubledouble import DD
from glmlogit.numerics.linalg import SUMS_CONDITION, Alias, TriangularFactor
from glmlogit.separability.recession import Recession

Array = npt.NDArray[np.float64]

# Refinement in double-double costs some 20 passes over the rows. It is always done where that is a few
# milliseconds (rows times columns), up to some ten where the condition costs a digit, and up to
# a second where it costs three. Its products of the rows with a square matrix are what takes long where columns are
# many (rows times their square).
ALWAYS_REFINED, NEVER_REFINED, MOST_PRODUCTS = 4_000, 2_000_000, 50_000_000

REFINED_AT_SOME_LOSS, SOME_LOSS = 20_000, 10.0
GREAT_LOSS = 1e3

# A decrement from which the last step of Newton's method, whose error is the square, ends at the maximum.
ONE_STEP = 1e-7


def maximise(
    likelihood: Likelihood,
    adjustment: Adjustment | None,
    control: Control,
    *,
    start: Array | None = None,
    former: Maximum | None = None,
    refine: bool = True,
    errors: bool = True,
) -> Maximum:
    """Maximise a likelihood, or solve its score equation with an adjustment such as a penalty.

    The stages: rows are reduced to covariate patterns; a start is found and aliased coefficients are left out; Newton's
    method; the proof that the maximum is finite, by :func:`overlap_proved` at no cost, else by an exact linear program;
    where data separate the limiting model instead (Geyer 2009); with ``refine`` the polish in double-double where the
    likelihood has it and it is worth it. ``start`` (q,) is tried before the likelihood's own, or that of a ``former``
    maximum, of the same rows with other weights: where they are many, with the information it had. Without ``errors``
    coefficients alone are of use, and the information may be of a point near by, from which a Newton step leads to the
    maximum.
    """
    if not errors and adjustment is None:
        control = replace(control, tol=max(control.tol, ONE_STEP))
    with one_thread(likelihood.size):
        patterns = likelihood.reduced
        if refine and adjustment is None and start is None and former is None:
            maximum = _of_few_rows(patterns, control) or by_levels(patterns, control)
            maximum = maximum or _by_shifted_columns(patterns, control)
            if maximum is not None:
                return maximum if patterns is likelihood else _of_all_rows(maximum, likelihood)
        if former is not None:
            start = former.beta
        steps = None if former is None or adjustment is not None else resumed(patterns, former)
        loose = math.inf
        if adjustment is None:
            loose = 0.0 if not errors else _refined_from(patterns, patterns.size) if refine else math.inf
        problem = _started(patterns, adjustment, control, start, steps, loose, errors)
        solution = _iterated(problem, start if steps is None else None)
        proof = _proved(problem, solution)
        maximum = _limited(problem, proof)
        if refine and adjustment is None:
            maximum = refined(maximum)
        return maximum if patterns is likelihood else _of_all_rows(maximum, likelihood)


def _of_few_rows(likelihood: Likelihood, control: Control) -> Maximum | None:
    """The maximum of few rows, refined where that is worth it; None where it is not proved at once."""
    least = _refined_from(likelihood, likelihood.size)
    at_top = at_once(likelihood, control, least) if least <= SOME_LOSS else None
    if at_top is None:
        return None
    maximum, loose = at_top
    better = refined(maximum, 0.0) if loose else maximum
    return better if better.root is not None or not loose else None


def _by_shifted_columns(likelihood: Likelihood, control: Control) -> Maximum | None:
    """The maximum by way of columns that are shifted towards zero, refined where the condition asks for it.

    None where none is far from it, what is found there is no proved maximum of all coefficients, or is not refined.
    """
    if likelihood.n_rows * likelihood.size > NEVER_REFINED:
        return None
    shift, of_one = shift_of(likelihood), single(likelihood)
    if shift is None or of_one is None:
        return None
    there = likelihood.in_columns(of_one.rows.moved(*shift))
    default = likelihood.start()  # of the constant alone, the same in both
    near = approach(there, control, default, unpenalised=True, loose=0.0)
    if _aliases(there, near.at):
        return None
    problem = _Problem(there, None, control, (), np.arange(there.size), there, default, near, True, loose=0.0)
    solution = _iterated(problem, None)
    if not overlap_proved(there, problem.free, solution):
        return None
    at_top = _limited(problem, _Proof(solution))
    back = turned_back(at_top, likelihood, shift)
    factor = None if back is None else back.at.info.factor
    if back is None or factor is None:
        return None
    if factor.condition <= _refined_from(likelihood, likelihood.size):
        return back
    better = _by_last_step(at_top, back, solution, shift) or refined(back)
    return better if better.root is not None else None


def _by_last_step(there: Maximum, back: Maximum, solution: NewtonResult, shift: Shift) -> Maximum | None:
    """``back`` refined by one step in shifted columns, where their information is good enough for standard errors."""
    factor = there.at.info.factor
    small = there.likelihood.n_rows * there.likelihood.size <= REFINED_AT_SOME_LOSS
    if small or factor is None or factor.condition > RESULT_CONDITION or not solution.moved <= SAME_ERRORS:
        return None
    ended = last_step(exact(there.likelihood).exact_rows, there.beta, factor)
    return None if ended is None else proved_back(ended, factor, back, shift)


class _Problem(NamedTuple):
    """What is maximised over which coefficients, and where to begin."""

    likelihood: Likelihood
    adjustment: Adjustment | None
    control: Control
    aliases: tuple[Alias, ...]
    free: Columns  # coefficients that are not aliased
    objective: Objective  # of them
    default: Array  # (q,)
    near: Approach  # a point nearer to the maximum, of all coefficients
    plain: bool  # whether the objective is the likelihood of all coefficients, whose evaluation at ``near`` is known
    step: Callable[[Evaluation, Array], Move | None] | None = None  # other than Newton's
    loose: float = math.inf  # the condition from which the maximum is refined

    def remade(self, likelihood: Likelihood) -> Objective:
        """The objective of another likelihood of the same coefficients."""
        return objective_of(likelihood, self.aliases, self.adjustment)


class _Proof(NamedTuple):
    """A solution, iterated on where it was cut short, and what is known of a finite maximum.

    No cone where the solution itself proves that the maximum is finite, or a penalty makes it so; no maximum of the
    limiting model where nothing separates.
    """

    solution: NewtonResult
    cone: Recession | None = None
    limit: Maximum | None = None


def resumed(likelihood: Likelihood, former: Maximum) -> Preconditioner | None:
    """The information of a former maximum to step with, where it is that of all coefficients."""
    factor = former.at.info.factor
    usable = factor is not None and former.reached and former.all_finite and factor.condition < SUMS_CONDITION
    return resuming(likelihood, former.likelihood, factor) if factor is not None and usable else None


def _started(
    likelihood: Likelihood,
    adjustment: Adjustment | None,
    control: Control,
    start: Array | None,
    steps: Preconditioner | None,
    loose: float,
    errors: bool,
) -> _Problem:
    """The objective without aliased coefficients, and a point near its maximum where samples of many rows give one."""
    if adjustment is not None and adjustment.why_not(likelihood):
        raise UnsupportedError(adjustment.why_not(likelihood))
    default = likelihood.start()
    if start is not None and steps is not None:
        near = towards(likelihood, control, start, steps, default, loose, errors)
    elif start is not None:
        near = Approach(default, likelihood.evaluate(default))
    else:
        near = approach(likelihood, control, default, unpenalised=adjustment is None, loose=loose)
    aliases = () if getattr(adjustment, "tells_apart", False) else _aliases(likelihood, near.at)
    free = free_columns(likelihood.size, aliases)
    if adjustment is None and not aliases:
        return _Problem(likelihood, None, control, (), free, likelihood, default, near, True, loose=loose)
    objective = objective_of(likelihood, aliases, adjustment)
    step = objective.step if isinstance(objective, Adjusted) else None
    return _Problem(likelihood, adjustment, control, aliases, free, objective, default, near, False, step)


def _aliases(likelihood: Likelihood, at: Evaluation) -> tuple[Alias, ...]:
    """Coefficients that the rows do not tell from others.

    A well-conditioned information at some β proves that there are none; only otherwise is the likelihood asked.
    """
    factor = at.info.factor
    return () if factor is not None and factor.condition < SUMS_CONDITION else likelihood.aliases()


def _iterated(problem: _Problem, start: Array | None) -> NewtonResult:
    """Newton's method from ``start`` if given; from a point near the maximum if that fails, where that is of use.

    Of a plain likelihood only a few steps, as slowness may mean that the data separate.
    """
    objective, control, adjustment, near = problem.objective, problem.control, problem.adjustment, problem.near
    most = min(SLOW, control.max_iter) if problem.plain else None
    if start is not None:
        solution = newton(objective, start[problem.free], control, problem.step, most=most, loose=problem.loose)
        if solution.status is Status.CONVERGED or not (adjustment is None or adjustment.integrable):
            return solution
    beta = near.beta
    if adjustment is not None and beta is not problem.default and not problem.aliases:
        beta = towards_maximum(problem.likelihood, beta, near.at)
    at = near.at if problem.plain else None
    before = near.full if problem.plain else ()
    solution = newton(
        objective,
        beta[problem.free],
        control,
        problem.step,
        at=at,
        most=most,
        loose=problem.loose,
        before=before,
    )
    return solution._replace(trace=near.steps + solution.trace) if near.steps else solution


def _proved(problem: _Problem, solution: NewtonResult) -> _Proof:
    """Whether a finite maximum exists: by the last step, by levels of one outcome, or by the recession cone."""
    if problem.adjustment is not None:
        return _Proof(solution)
    likelihood, control, free = problem.likelihood, problem.control, problem.free
    if overlap_proved(likelihood, free, solution):
        return _Proof(solution)
    levels = None if problem.aliases else limit_of_levels(likelihood, control, solution)
    if levels is not None:
        return _Proof(solution, None, levels)
    if problem.plain and solution.status is Status.MAX_ITER:
        solution = _going_on(problem.objective, control, solution)
        if overlap_proved(likelihood, free, solution):
            return _Proof(solution)
    cone = cone_of(likelihood, free, solution.beta)
    if cone.kind == "none":
        return _Proof(solution, cone)
    return _Proof(solution, cone, limiting_model(likelihood, control, problem.aliases, cone, solution)[0])


def _limited(problem: _Problem, proof: _Proof) -> Maximum:
    """The maximum over all coefficients, those aliased held at zero; under separation that of the limiting model."""
    if proof.limit is not None:
        return proof.limit
    solution, free = proof.solution, problem.free
    if solution.status is not Status.CONVERGED:
        solution = _insisted(problem, solution)
    beta = widened(solution.beta, free, problem.likelihood.size) if problem.aliases else solution.beta
    return Maximum(
        beta, solution.at, solution.status, solution.trace, free, problem.aliases, problem.likelihood, proof.cone
    )


def _insisted(problem: _Problem, solution: NewtonResult) -> NewtonResult:
    """A solution that did not converge, with further attempts where a maximum exists.

    What nothing penalises may be infinite, and there is no other attempt at an equation that maximises nothing.
    """
    adjustment = problem.adjustment
    if adjustment is not None and (
        not adjustment.integrable or (solution.status is Status.DIVERGING and not adjustment.proper)
    ):
        return solution
    default = problem.default[problem.free]
    return insisting(
        problem.objective, problem.likelihood, problem.free, problem.control, solution, default, problem.remade
    )


def _of_all_rows(maximum: Maximum, likelihood: Likelihood) -> Maximum:
    """The maximum found on covariate patterns as one of the likelihood of all rows."""
    cone = (
        None if maximum.cone is None else replace(maximum.cone, separated=likelihood.spread_out(maximum.cone.separated))
    )
    return replace(maximum, likelihood=likelihood, cone=cone)


def _going_on(objective: Objective, control: Control, solution: NewtonResult) -> NewtonResult:
    """An iteration continued from where it stopped, with the Newton steps that ``control`` still allows."""
    left = control.max_iter - len(solution.trace)
    if left <= 0:
        return solution
    more = newton(objective, solution.beta, control, at=solution.at, most=left)
    return more._replace(trace=solution.trace + more.trace)


def refined(maximum: Maximum, least: float | None = None) -> Maximum:
    """The maximum refined in double-double; else as it is, or with its certified digits.

    From a condition of ``least`` on, by default where that is affordable.
    """
    factor = maximum.at.info.factor
    if not maximum.reached or factor is None:
        return maximum
    least = _refined_from(maximum.likelihood, len(maximum.estimated)) if least is None else least
    if least > 0.0 and not factor.condition > least:
        return maximum
    limiting = exact(maximum.limiting)
    rows = limiting.exact_rows
    better = polish(rows, maximum.beta, maximum.estimated, factor, maximum.low)
    if not better.digits:  # refinement did not contract: say what the double fit is worth
        maximum = _with_errors(maximum, factor)
        return replace(maximum, certified=certified_digits(rows, maximum.beta, maximum.estimated, factor))
    beta, low = better.beta, better.low
    if len(beta) < len(maximum.beta):  # the others are held where they are
        beta, low = maximum.beta.copy(), widened(low, maximum.estimated, len(maximum.beta))
        beta[maximum.estimated] = better.beta
    of_rows = None if math.isfinite(better.value) else single(limiting)
    value = better.value if of_rows is None else loglik(of_rows.rows, DD(beta, low))
    at = maximum.at._replace(value=value if math.isfinite(value) else maximum.at.value)
    return Maximum(  # written out, as ``replace`` takes several times as long
        beta,
        at,
        maximum.status,
        maximum.trace,
        maximum.estimated,
        maximum.aliases,
        maximum.likelihood,
        maximum.cone,
        better.inverse_root,
        low,
        maximum.zeros,
        better.digits,
    )


def _with_errors(maximum: Maximum, factor: TriangularFactor) -> Maximum:
    """The maximum with the evaluation there that standard errors need, where it is not limited or without aliases."""
    if maximum.separated or maximum.aliases or maximum.at.info.root is not None:
        return maximum
    return replace(maximum, at=maximum.likelihood.evaluate(maximum.beta, root=factor.condition > RESULT_CONDITION))


def _refined_from(likelihood: Likelihood, estimated: int) -> float:
    """The condition from which refinement is possible, and takes less time than the digits it gives are worth."""
    size = likelihood.n_rows * max(1, estimated)
    if likelihood.why_no_refinement or size * estimated > MOST_PRODUCTS or size > NEVER_REFINED:
        return math.inf
    return 0.0 if size <= ALWAYS_REFINED else SOME_LOSS if size <= REFINED_AT_SOME_LOSS else GREAT_LOSS
