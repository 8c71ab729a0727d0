"""Separated data: directions of recession, and the maximum in the limiting model (Geyer 2009) of the rows left."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from glmlogit.fitting.attempts import insisting
from glmlogit.fitting.control import Control, Status
from glmlogit.fitting.maximum import Columns, Maximum, free_columns
from glmlogit.fitting.newton import NewtonResult, newton
from glmlogit.fitting.overlap import overlap_proved
from glmlogit.likelihood.combinators import Fixed
from glmlogit.likelihood.objective import Likelihood
from glmlogit.numerics.linalg import SUMS_CONDITION, Alias
from glmlogit.separability.recession import Recession, recession

Array = npt.NDArray[np.float64]


def cone_of(likelihood: Likelihood, free: Columns, beta: Array) -> Recession:
    """The recession cone of the coefficients ``free``: directions along which the likelihood never falls.

    The signed rows that ``beta`` (k,) fits worst are looked at first.
    """
    return recession(*likelihood.signed_rows(free, beta))


def limit_of_levels(likelihood: Likelihood, control: Control, first: NewtonResult) -> Maximum | None:
    """The maximum in the limiting model where only levels with one outcome separate; None where that is not proved.

    The rows that are left prove it. That they overlap means that no direction of recession changes any of them, so all
    are in the null space of these rows; and that has as many dimensions as levels were found, since the other columns
    are independent in them.
    """
    cone = likelihood.pure_levels()
    if cone is None:
        return None
    maximum, solution = limiting_model(likelihood, control, (), cone, first, cone.slots.tolist())
    factor = solution.at.info.factor
    independent = factor is not None and factor.condition < SUMS_CONDITION
    return maximum if independent and overlap_proved(maximum.limiting, maximum.estimated, solution) else None


def limiting_model(
    likelihood: Likelihood,
    control: Control,
    aliases: tuple[Alias, ...],
    cone: Recession,
    first: NewtonResult,
    dependent: list[int] | None = None,
) -> tuple[Maximum, NewtonResult]:
    """Maximum in the limiting model: separated rows are fitted perfectly and drop out (Geyer 2009).

    ``dependent`` are coefficients that depend on others in the rows that are left, where they are known.
    """
    limiting = likelihood.limiting(cone.separated)
    if dependent is None:
        dependent = [alias.column for alias in limiting.aliases(exact=False)]
    held = sorted({*dependent, *(alias.column for alias in aliases)})
    estimated = np.setdiff1d(np.arange(likelihood.size), np.array(held, dtype=np.intp))

    def restricted_to(rows: Likelihood) -> Fixed:
        return Fixed(rows, tuple(held), (0.0,) * len(held))

    restricted = restricted_to(limiting)
    solution = newton(restricted, _shadow(cone, first.beta, aliases, estimated), control, patient=True)
    solution = insisting(restricted, limiting, estimated, control, solution, np.zeros(len(estimated)), restricted_to)
    status = Status.SEPARATED if solution.status is Status.CONVERGED else solution.status
    trace = first.trace + solution.trace
    beta = restricted.full(solution.beta)
    return Maximum(beta, solution.at, status, trace, estimated, aliases, likelihood, cone), solution


def _shadow(cone: Recession, beta: Array, aliases: tuple[Alias, ...], estimated: Columns) -> Array:
    """A start (k,) for the limiting model: β moved along the recession cone until the coefficients that drop out are 0.

    The linear predictors of the rows that are left do not change. Zeros where that cannot be computed.
    """
    remaining = np.isin(free_columns(len(beta) + len(aliases), aliases), estimated)
    try:
        moved = beta - cone.basis @ np.linalg.solve(cone.basis[~remaining], beta[~remaining])
    except np.linalg.LinAlgError:
        return np.zeros(len(estimated))
    return np.asarray(moved[remaining]) if np.isfinite(moved).all() else np.zeros(len(estimated))
