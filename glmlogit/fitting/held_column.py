"""The maximum of separated data with one coefficient held at a value, as profiles of infinite estimates need it.

Which rows are then fitted perfectly does not depend on the value, since the directions of recession are those of the
other columns; so it is found out once, and the rows that are left have a finite maximum at every value.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.data.storage import some_columns
from glmlogit.designs.container import Design
from glmlogit.fitting.attempts import insisting
from glmlogit.fitting.control import Control, Status
from glmlogit.fitting.maximise import maximise
from glmlogit.fitting.newton import newton
from glmlogit.formula.columns import ArrayColumns
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.likelihood.combinators import Fixed
from glmlogit.likelihood.objective import Evaluation
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


@dataclass(frozen=True, eq=False)
class HeldColumn:
    """Likelihoods of a design's columns ``free`` (k,), of which the one at place ``at`` is held at a value."""

    design: Design
    free: Index
    at: int
    control: Control

    @cached_property
    def _column(self) -> Array:
        return self.design.matrix.column(int(self.free[self.at]))

    @cached_property
    def _others(self) -> Design:
        kept = np.delete(self.free, self.at)
        names = tuple(self.design.names[j] for j in kept)
        constant = next((i for i, j in enumerate(kept) if j in self.design.constants), None)
        return replace(
            self.design,
            matrix=some_columns(self.design.matrix, kept),
            columns=ArrayColumns(names, intercept=False, constant=constant),
            magnitude=self.design.magnitude[kept],
            frame=None,
            formula=None,
        )

    def rows(self, value: float) -> Design:
        """The design of the other columns, with the column held times ``value`` added to the offset."""
        shift = value * self._column
        return replace(self._others, offset=shift if self.design.offset is None else self.design.offset + shift)

    @cached_property
    def _limiting(self) -> tuple[Array | None, tuple[int, ...]]:
        """Limits of rows (n,): ±1 if fitted perfectly at any value, else 0; and the columns that drop out with them."""
        found = maximise(self.rows(0.0), self.control, refine=False)
        held = np.setdiff1d(np.arange(self._others.n_columns), found.estimated)
        return found.rows.limit, tuple(held.tolist())

    def maximum(self, value: float, start: Array | None) -> Restricted:
        """The maximum over the other k − 1 coefficients, from ``start`` (k − 1,) or from zero."""
        with one_thread(len(self.free)):
            return self._maximum(value, start)

    def _maximum(self, value: float, start: Array | None) -> Restricted:
        limit, held = self._limiting
        rows = replace(self.rows(value), limit=limit)

        def function(rows: Design) -> Fixed:
            return Fixed(BinaryLogit(rows, self.control.threads), held, (0.0,) * len(held))

        objective = function(rows)
        zero = np.zeros(objective.size)
        solution = newton(objective, zero if start is None else start[objective.free], self.control, patient=True)
        if solution.status is not Status.CONVERGED:
            solution = insisting(objective, rows, objective.free, self.control, solution, zero, function)
        llf = solution.at.value
        status = Status.CONVERGED if llf >= -NO_LOGLIK else solution.status  # none is above 0
        return Restricted(llf, objective.full(solution.beta), status)

    def evaluate(self, value: float, rest: Array) -> tuple[Evaluation, int]:
        """Evaluation, with a triangular root, over the estimated columns and the held one, and the place of that."""
        limit, held = self._limiting
        places = np.delete(np.arange(len(self.free)), self.at)
        out = [int(places[j]) for j in held]
        wide = Fixed(
            BinaryLogit(replace(self.design, limit=limit), self.control.threads),
            tuple(np.setdiff1d(np.arange(self.design.n_columns), np.delete(self.free, out)).tolist()),
            (0.0,) * (self.design.n_columns - len(self.free) + len(out)),
        )
        beta = np.insert(rest, self.at, value)
        return wide.evaluate(np.delete(beta, out), root=True), self.at - sum(j < self.at for j in out)
