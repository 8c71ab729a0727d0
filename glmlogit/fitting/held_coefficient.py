"""The maximum of separated data with one coefficient held at a value, as profiles of infinite estimates need it.

Which rows are then fitted perfectly does not depend on the value, since the directions of recession are those of the
other columns; so it is found out once, and the rows that are left have a finite maximum at every value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.fitting.attempts import insisting
from glmlogit.fitting.control import Control, Status
from glmlogit.fitting.maximise import maximise
from glmlogit.fitting.newton import newton
from glmlogit.likelihood.combinators import Fixed
from glmlogit.likelihood.objective import Evaluation, Likelihood
from glmlogit.numerics.blas import one_thread
from glmlogit.numerics.lazy import cached_property

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]

# A log-likelihood this near to 0 is the largest there can be for all that limits depend on it.
NO_LOGLIK = 1e-14


class Restricted(NamedTuple):
    """A restricted maximum: its log-likelihood, the other coefficients, and how the iteration ended."""

    llf: float
    rest: Array
    status: Status


class _Separated(NamedTuple):
    """Signed rows that are fitted perfectly at any value, None where none is, and coefficients that drop out then."""

    rows: npt.NDArray[np.bool_] | None
    dropped: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class HeldCoefficient:
    """The likelihood of the coefficients ``free`` (k,), of which the one at place ``at`` is held at a value."""

    likelihood: Likelihood
    free: Index
    at: int
    control: Control

    @cached_property
    def _others(self) -> Callable[[Array], Likelihood]:
        """The likelihood of the other coefficients, as a function of the value held."""
        return self.likelihood.holding(np.delete(self.free, self.at), self.free[[self.at]])

    def _holding(self, value: float) -> Likelihood:
        """The likelihood of the other coefficients at a value of that held."""
        return self._others(np.array([value]))

    @cached_property
    def _separated(self) -> _Separated:
        maximum = maximise(self._holding(0.0), None, self.control, refine=False)
        dropped = np.setdiff1d(np.arange(len(self.free) - 1), maximum.estimated)
        cone = maximum.cone if maximum.separated else None
        return _Separated(None if cone is None else cone.separated, tuple(dropped.tolist()))

    def _limit(self, likelihood: Likelihood) -> Likelihood:
        """A likelihood without the rows that are fitted perfectly."""
        rows = self._separated.rows
        return likelihood if rows is None else likelihood.limiting(rows)

    def maximum(self, value: float, start: Array | None) -> Restricted:
        """The maximum over the other k − 1 coefficients, from ``start`` (k − 1,) or from zero."""
        with one_thread(len(self.free)):
            return self._maximum(value, start)

    def _maximum(self, value: float, start: Array | None) -> Restricted:
        dropped = self._separated.dropped
        likelihood = self._limit(self._holding(value))

        def function(likelihood: Likelihood) -> Fixed:
            return Fixed(likelihood, dropped, (0.0,) * len(dropped))

        objective = function(likelihood)
        zero = np.zeros(objective.size)
        solution = newton(objective, zero if start is None else start[objective.free], self.control, patient=True)
        if solution.status is not Status.CONVERGED:
            solution = insisting(objective, likelihood, objective.free, self.control, solution, zero, function)
        llf = solution.at.value
        status = Status.CONVERGED if llf >= -NO_LOGLIK else solution.status  # none is above 0
        return Restricted(llf, objective.full(solution.beta), status)

    def evaluate(self, value: float, rest: Array) -> tuple[Evaluation, int]:
        """Evaluation, with a triangular root, over the estimated coefficients and the held one, and its place."""
        places, size = np.delete(np.arange(len(self.free)), self.at), self.likelihood.size
        out = [int(places[j]) for j in self._separated.dropped]
        wide = Fixed(
            self._limit(self.likelihood),
            tuple(np.setdiff1d(np.arange(size), np.delete(self.free, out)).tolist()),
            (0.0,) * (size - len(self.free) + len(out)),
        )
        beta = np.insert(rest, self.at, value)
        return wide.evaluate(np.delete(beta, out), root=True), self.at - sum(j < self.at for j in out)
