"""From a likelihood to its maximum: aliased columns out, Newton, and the limiting model where data separate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from glmlogit.designs.container import Design
from glmlogit.fitting.aliasing import find_aliases
from glmlogit.fitting.attempts import insisting
from glmlogit.fitting.certify import certified_digits, loglik
from glmlogit.fitting.control import Control, Status
from glmlogit.fitting.limiting import cone_of, limit_of_levels, limiting_model
from glmlogit.fitting.maximum import Columns, Maximum, free_columns, objective_of
from glmlogit.fitting.newton import Solution, newton
from glmlogit.fitting.overlap import overlap_proved
from glmlogit.fitting.refine import polish
from glmlogit.fitting.warm_start import Approach, approach, starting_point, towards_maximum
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.likelihood.objective import Evaluation, Objective, Penalty
from glmlogit.numerics.arrays import widened
from glmlogit.numerics.blas import one_thread
from glmlogit.numerics.doubledouble import DD
from glmlogit.numerics.linalg import Alias, Factor
from glmlogit.separability.recession import Recession

Array = npt.NDArray[np.float64]

# Refinement in double-double costs some 20 passes over the rows. It is always done where that is a few
# milliseconds (rows times columns), up to some ten where the condition costs a digit, and up to
# a second where it costs three. Its products of the rows with a square matrix are what takes long where columns are
# many (rows times their square).
ALWAYS_REFINED, NEVER_REFINED, MOST_PRODUCTS = 4_000, 2_000_000, 50_000_000

REFINED_AT_SOME_LOSS, SOME_LOSS = 20_000, 10.0
GREAT_LOSS = 1e3

# Steps after which an iteration is slow: few fits with a finite maximum take as many, and all without one do.
SLOW = 8


def maximise(
    design: Design,
    control: Control,
    *,
    penalty: Penalty | None = None,
    start: Array | None = None,
    refine: bool = True,
) -> Maximum:
    """Maximise a design's likelihood, with a penalty or without.

    The stages: rows are reduced to covariate patterns; a start is found and aliased columns are left out; Newton's
    method; the proof that the maximum is finite, by :func:`overlap_proved` at no cost, else by an exact linear program;
    where data separate the limiting model instead (Geyer 2009); with ``refine`` the polish in double-double where that
    is worth it.
    """
    with one_thread(design.n_columns):
        rows = design.collapsed
        problem = _posed(rows, control, penalty, start)
        solution = _iterated(problem, start)
        solution, cone, limit = _proved(problem, solution)
        maximum = _reached(problem, _insisted(problem, solution), cone) if limit is None else limit
        if refine and penalty is None:
            maximum = refined(maximum)
        return maximum if rows is design else _of_all_rows(maximum, design)


@dataclass(frozen=True, eq=False)
class _Problem:
    """What is maximised over which columns, and where to begin."""

    rows: Design
    control: Control
    penalty: Penalty | None
    aliases: tuple[Alias, ...]
    free: Columns  # those that are not aliased
    objective: Objective  # of them
    default: Array  # (p,)
    near: Approach  # a point nearer to the maximum, of all columns

    @property
    def plain(self) -> bool:
        """Whether the objective is the likelihood of all columns, whose evaluation near the maximum is known."""
        return not self.aliases and self.penalty is None

    def remade(self, rows: Design) -> Objective:
        """The objective of other rows."""
        return objective_of(rows, self.aliases, self.penalty, self.control.threads)


def _posed(rows: Design, control: Control, penalty: Penalty | None, start: Array | None) -> _Problem:
    """The objective without aliased columns, and a point near its maximum where samples of many rows give one."""
    default = starting_point(rows)
    likelihood = BinaryLogit(rows, control.threads)
    near = (
        Approach(default, likelihood.evaluate(default))
        if start is not None
        else approach(likelihood, rows, control, default, unpenalised=penalty is None)
    )
    aliases = find_aliases(likelihood, near.at)
    free = free_columns(rows.n_columns, aliases)
    plain = not aliases and penalty is None
    objective = likelihood if plain else objective_of(rows, aliases, penalty, control.threads)
    return _Problem(rows, control, penalty, aliases, free, objective, default, near)


def _iterated(problem: _Problem, start: Array | None) -> Solution:
    """Newton's method; only a few steps where slowness may mean that the data separate."""
    beta, near = problem.near.beta, problem.near
    if problem.penalty is not None and beta is not problem.default and not problem.aliases:
        beta = towards_maximum(problem.rows, beta, near.at)
    control = _briefly(problem.control) if problem.plain else problem.control
    evaluated = near.at if problem.plain else None
    solution = _solve(
        problem.objective, control, beta[problem.free], evaluated, None if start is None else start[problem.free]
    )
    return replace(solution, trace=near.steps + solution.trace) if near.steps else solution


def _proved(problem: _Problem, solution: Solution) -> tuple[Solution, Recession | None, Maximum | None]:
    """The solution, iterated on where it was cut short, the recession cone and the maximum in the limiting model.

    No cone where the solution itself proves that the maximum is finite, or a penalty makes it so; no limiting model
    where nothing separates.
    """
    if problem.penalty is not None:
        return solution, None, None
    rows, control, free = problem.rows, problem.control, problem.free
    if overlap_proved(rows, free, solution):
        return solution, None, None
    levels = None if problem.aliases else limit_of_levels(rows, control, solution)
    if levels is not None:
        return solution, None, levels
    if problem.plain and solution.status is Status.MAX_ITER:
        solution = _going_on(problem.objective, control, solution)
        if overlap_proved(rows, free, solution):
            return solution, None, None
    cone = cone_of(rows, free, solution.beta)
    if cone.kind == "none":
        return solution, cone, None
    return solution, cone, limiting_model(rows, control, problem.aliases, cone, solution)[0]


def _insisted(problem: _Problem, solution: Solution) -> Solution:
    """The solution, with further attempts where it did not converge though a maximum exists.

    What nothing penalises may be infinite; Jeffreys' prior, whose curvature is not known in full, penalises all.
    """
    penalty = problem.penalty
    if penalty is not None and penalty.exact and solution.status is Status.DIVERGING:
        return solution
    default = problem.default[problem.free]
    return insisting(problem.objective, problem.rows, problem.free, problem.control, solution, default, problem.remade)


def _reached(problem: _Problem, solution: Solution, cone: Recession | None) -> Maximum:
    """The maximum over all columns, those aliased held at zero."""
    beta = widened(solution.beta, problem.free, problem.rows.n_columns)
    return Maximum(
        beta, solution.at, solution.status, solution.trace, problem.free, problem.aliases, problem.rows, cone
    )


@lru_cache(maxsize=16)
def _briefly(control: Control) -> Control:
    """The same options with at most ``SLOW`` Newton steps."""
    return replace(control, max_iter=min(SLOW, control.max_iter))


def _of_all_rows(few: Maximum, design: Design) -> Maximum:
    """The maximum found on covariate patterns as one of the whole design: limits and separation row by row."""
    assert design.patterns is not None
    codes, limit, cone = design.patterns.codes, few.rows.limit, few.cone
    return replace(
        few,
        rows=design if limit is None else replace(design, limit=limit[codes]),
        cone=None if cone is None else replace(cone, separated=cone.separated[codes]),
    )


def _solve(
    objective: Objective, control: Control, default: Array, known: Evaluation | None, start: Array | None
) -> Solution:
    """Newton's method from ``start`` if given, and from ``default`` (whose evaluation is ``known``) if that fails."""
    if start is not None:
        solution = newton(objective, start, control)
        if solution.status is Status.CONVERGED:
            return solution
    return newton(objective, default, control, at=known)


def _going_on(objective: Objective, control: Control, solution: Solution) -> Solution:
    """An iteration continued from where it stopped, with the Newton steps that ``control`` still allows."""
    left = control.max_iter - len(solution.trace)
    if left <= 0:
        return solution
    more = newton(objective, solution.beta, replace(control, max_iter=left), at=solution.at)
    return replace(more, trace=solution.trace + more.trace)


def refined(maximum: Maximum) -> Maximum:
    """The maximum refined in double-double where that is affordable; else as it is, or with its certified digits."""
    factor = maximum.at.info.factor
    if not maximum.reached or factor is None or not _worth_refining(maximum, factor):
        return maximum
    better = polish(maximum.rows, maximum.beta, maximum.estimated, factor)
    if not better.digits:  # refinement did not contract: say what the double fit is worth
        return replace(maximum, certified=certified_digits(maximum.rows, maximum.beta, maximum.estimated, factor))
    beta = maximum.beta.copy()
    beta[maximum.estimated] = better.beta
    low = widened(better.low, maximum.estimated, len(beta))
    at = maximum.at._replace(value=loglik(maximum.rows, DD(beta, low)))
    return replace(maximum, beta=beta, low=low, at=at, root=better.inverse_root, certified=better.digits)


def _worth_refining(maximum: Maximum, factor: Factor) -> bool:
    size = maximum.rows.n_rows * max(1, len(maximum.estimated))
    if size * len(maximum.estimated) > MOST_PRODUCTS:
        return False
    return size <= ALWAYS_REFINED or (
        (factor.condition > SOME_LOSS and size <= REFINED_AT_SOME_LOSS)
        or (factor.condition > GREAT_LOSS and size <= NEVER_REFINED)
    )
