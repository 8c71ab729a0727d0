"""From a likelihood to its maximum: aliased columns out, Newton, and the limiting model where data separate."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from glmlogit.designs.container import Design
from glmlogit.fitting.aliasing import find_aliases
from glmlogit.fitting.attempts import insisting
from glmlogit.fitting.certify import certified_digits, loglik
from glmlogit.fitting.control import Control, Status
from glmlogit.fitting.limiting import cone_of, limit_of_levels, limiting_model
from glmlogit.fitting.maximum import Maximum, free_columns, objective_of
from glmlogit.fitting.newton import Solution, newton
from glmlogit.fitting.overlap import overlap_proved
from glmlogit.fitting.refine import polish
from glmlogit.fitting.warm_start import Approach, approach, starting_point, towards_maximum
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.likelihood.objective import Evaluation, Objective, Penalty
from glmlogit.numerics.blas import one_thread
from glmlogit.numerics.doubledouble import DD
from glmlogit.numerics.linalg import Factor

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

    Without one, every maximum reported as finite is proved to be: by :func:`overlap_proved` at no cost,
    else by an exact linear program. Separated data are fitted in the limiting model (Geyer 2009). With
    ``refine`` the maximum is polished in double-double where that is worth it.
    """
    with one_thread(design.n_columns):
        return _maximised(design, control, penalty, start, refine)


@lru_cache(maxsize=16)
def _briefly(control: Control) -> Control:
    """The same options with at most ``SLOW`` Newton steps."""
    return replace(control, max_iter=min(SLOW, control.max_iter))


def _maximised(design: Design, control: Control, penalty: Penalty | None, start: Array | None, refine: bool) -> Maximum:
    if design.collapsed is not design:
        few = _maximised(design.collapsed, control, penalty, start, refine)
        return _of_all_rows(few, design)
    default = starting_point(design)
    likelihood = BinaryLogit(design, control.threads)
    near = (
        Approach(default, likelihood.evaluate(default))
        if start is not None
        else approach(likelihood, design, control, default, unpenalised=penalty is None)
    )
    aliases = find_aliases(likelihood, near.at)
    free = free_columns(design.n_columns, aliases)
    plain = not aliases and penalty is None
    objective = likelihood if plain else objective_of(design, aliases, penalty, control.threads)
    known = near.at if plain else None
    beta = near.beta
    if penalty is not None and beta is not default and not aliases:
        beta = towards_maximum(design, beta, near.at)
    given = None if start is None else start[free]
    patience = control if penalty is not None or aliases else _briefly(control)
    solution = _solve(objective, patience, beta[free], known, given)
    if near.steps:
        solution = replace(solution, trace=near.steps + solution.trace)
    cone = None
    doubtful = penalty is None and not overlap_proved(design, free, solution)
    if doubtful and not aliases:
        levels = limit_of_levels(design, control, solution)
        if levels is not None:
            return refined(levels) if refine else levels
    if patience is not control and solution.status is Status.MAX_ITER:
        solution = _going_on(objective, control, solution)
        doubtful = penalty is None and not overlap_proved(design, free, solution)
    if doubtful:
        cone = cone_of(design, free, solution.beta)
        if cone.kind != "none":
            limiting = limiting_model(design, control, aliases, cone, solution)[0]
            return refined(limiting) if refine else limiting
    # What nothing penalises may be infinite; Jeffreys' prior, whose curvature is not known in full, penalises all.
    if penalty is None or not penalty.exact or solution.status is not Status.DIVERGING:

        def remade(rows: Design) -> Objective:
            return objective_of(rows, aliases, penalty, control.threads)

        solution = insisting(objective, design, free, control, solution, default[free], remade)
    beta = np.zeros(design.n_columns)
    beta[free] = solution.beta
    maximum = Maximum(beta, solution.at, solution.status, solution.trace, free, aliases, design, cone)
    return refined(maximum) if refine and penalty is None else maximum


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
    low = np.zeros(len(beta))
    low[maximum.estimated] = better.low
    at = maximum.at._replace(llf=loglik(maximum.rows, DD(beta, low)))
    return replace(maximum, beta=beta, low=low, at=at, root=better.inverse_root, certified=better.digits)


def _worth_refining(maximum: Maximum, factor: Factor) -> bool:
    size = maximum.rows.n_rows * max(1, len(maximum.estimated))
    if size * len(maximum.estimated) > MOST_PRODUCTS:
        return False
    return size <= ALWAYS_REFINED or (
        (factor.condition > SOME_LOSS and size <= REFINED_AT_SOME_LOSS)
        or (factor.condition > GREAT_LOSS and size <= NEVER_REFINED)
    )
