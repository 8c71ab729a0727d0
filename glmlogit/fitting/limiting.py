"""Separated data: directions of recession, and the maximum in the limiting model (Geyer 2009) of the rows left."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from glmlogit.data.storage import Dense
from glmlogit.designs.container import Design
from glmlogit.errors import NotEstimableError
from glmlogit.fitting.attempts import insisting
from glmlogit.fitting.control import Control, Status
from glmlogit.fitting.maximum import Columns, Maximum, free_columns
from glmlogit.fitting.newton import Solution, newton
from glmlogit.fitting.overlap import overlap_proved
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.likelihood.combinators import Fixed
from glmlogit.numerics.linalg import SUMS_CONDITION, Alias, aliased_columns
from glmlogit.separability.pure_levels import levels_of_one_outcome
from glmlogit.separability.recession import Recession, recession

Array = npt.NDArray[np.float64]

# Rows times columns of a linear program over all rows where they have to be written out for it: 4 GB.
MOST_DECIDED = 500_000_000


def cone_of(design: Design, free: Columns, beta: Array) -> Recession:
    """The recession cone of the columns ``free`` from the signed rows (Albert & Anderson 1984).

    It holds the directions along which the likelihood never falls. The rows that ``beta`` (k,) fits worst come first.
    """
    events, nonevents = design.y, (1.0 if design.trials is None else design.trials) - design.y
    _refuse_too_large(design)
    X = design.matrix.rows(slice(None))[:, free]
    signed = np.where(events > 0, 1.0, -1.0)[:, None] * X
    eta = X @ beta + (0.0 if design.offset is None else design.offset)
    return recession(signed, (events > 0) & (nonevents > 0), priority=np.where(events > 0, eta, -eta))


def _refuse_too_large(design: Design) -> None:
    """Refuse a matrix held by codes whose rows are too many to be written out for the linear program."""
    n, p = design.matrix.shape
    if isinstance(design.matrix, Dense) or n * p <= MOST_DECIDED:
        return
    raise NotEstimableError(
        f"whether a finite estimate exists cannot be decided: {n:,} rows of {p:,} columns are too many for the linear "
        f"program that tells near separation from separation. Merge levels with few rows, or use gl.firth, whose "
        f"estimates are always finite"
    )


def limit_of_levels(design: Design, control: Control, first: Solution) -> Maximum | None:
    """The maximum in the limiting model where only levels with one outcome separate; None where that is not proved.

    The rows that are left prove it. That they overlap means that no direction of recession changes any of them, so all
    are in the null space of these rows; and that has as many dimensions as levels were found, since the other columns
    are independent in them.
    """
    cone = levels_of_one_outcome(design)
    if cone is None:
        return None
    maximum, solution = limiting_model(design, control, (), cone, first, cone.slots.tolist())
    factor = solution.at.info.factor
    independent = factor is not None and factor.condition < SUMS_CONDITION
    return maximum if independent and overlap_proved(maximum.rows, maximum.estimated, solution) else None


def limiting_model(
    design: Design,
    control: Control,
    aliases: tuple[Alias, ...],
    cone: Recession,
    first: Solution,
    dependent: list[int] | None = None,
) -> tuple[Maximum, Solution]:
    """Maximum in the limiting model: separated rows are fitted perfectly and drop out (Geyer 2009).

    ``dependent`` are columns that depend on others in the rows that are left, where they are known.
    """
    limit = np.where(cone.separated, np.where(design.y > 0, 1.0, -1.0), 0.0)
    rows = replace(design, limit=limit)
    likelihood = BinaryLogit(rows, control.threads)
    if dependent is None:
        found = aliased_columns(likelihood.column_root(), likelihood.column_scale())
        dependent = [alias.column for alias in found]
    held = sorted({*dependent, *(alias.column for alias in aliases)})
    estimated = np.setdiff1d(np.arange(design.n_columns), np.array(held, dtype=np.intp))

    def restricted_to(rows: Design) -> Fixed:
        return Fixed(BinaryLogit(rows, control.threads), tuple(held), (0.0,) * len(held))

    restricted = restricted_to(rows)
    solution = newton(restricted, _shadow(cone, first.beta, aliases, estimated), control, patient=True)
    solution = insisting(restricted, rows, estimated, control, solution, np.zeros(len(estimated)), restricted_to)
    status = Status.SEPARATED if solution.status is Status.CONVERGED else solution.status
    trace = first.trace + solution.trace
    beta = restricted.full(solution.beta)
    return Maximum(beta, solution.at, status, trace, estimated, aliases, rows, cone), solution


def _shadow(cone: Recession, beta: Array, aliases: tuple[Alias, ...], estimated: Columns) -> Array:
    """A start (k,) for the limiting model: β moved along the recession cone until the columns that drop out are 0.

    The linear predictors of the rows that are left do not change. Zeros where that cannot be computed.
    """
    kept = np.isin(free_columns(len(beta) + len(aliases), aliases), estimated)
    try:
        moved = beta - cone.basis @ np.linalg.solve(cone.basis[~kept], beta[~kept])
    except np.linalg.LinAlgError:
        return np.zeros(len(estimated))
    return np.asarray(moved[kept]) if np.isfinite(moved).all() else np.zeros(len(estimated))
