"""Rows of a fit, or its covariate patterns, as diagnostics see them: residuals, information weights, leverages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.designs.container import INFINITE_ETA
from glmlogit.errors import UnsupportedError
from glmlogit.estimate.one_event import require_one_event
from glmlogit.messages.options import check_choice
from glmlogit.numerics.lazy import cached_property
from glmlogit.numerics.linalg import lengths
from glmlogit.numerics.row_functions import deviance_rows, pearson_rows

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]
By = Literal["row", "pattern"]

# A leverage that is 1 but for rounding: the residual is 0 but for rounding, and their quotient says nothing.
ALL_BUT_ONE = 1.0 - 1e-10
# Linear predictors beyond which weights may underflow, and quotients of them with them.
FAR = 30.0
# Weights and leverages from which their quotient is good to the last bit.
_TINY = 1e-280


@dataclass(frozen=True, eq=False)
class Cases:
    """Rows (n,) or covariate patterns of a fit, each as one of the ``copies`` of it that a frequency weight counts.

    ``events`` and ``nonevents`` are weighted (sampling, precision). ``columns`` gives those (n, k) in which the
    information of all rows is the identity: as large as the rows themselves, they are made when first asked for. Rows
    that a limiting model fits perfectly are not ``present``: they have neither residual nor leverage.
    """

    index: pd.Index[Any] = field(repr=False)
    eta: Array = field(repr=False)
    events: Array = field(repr=False)
    nonevents: Array = field(repr=False)
    residual: Array = field(repr=False)  # y − mp
    weight: Array = field(repr=False)  # mpq
    hat: Array = field(repr=False)  # leverages mpq·|z|²
    columns: Callable[[], Array] = field(repr=False)
    copies: Array = field(repr=False)
    codes: Positions | None = field(repr=False, default=None)  # of rows, by pattern

    @cached_property
    def whitened(self) -> Array:
        """Columns (n, k) in which the information of all rows is the identity."""
        return self.columns()

    @cached_property
    def squares(self) -> Array:
        """``|z|²``; infinite, or 0, where that is beyond the range of numbers."""
        near = (self.weight > _TINY) & (self.hat > _TINY)
        if near.all():
            return self.hat / self.weight
        direct = np.einsum("ij,ij->i", self.whitened, self.whitened)
        return np.where(near, self.hat / np.where(near, self.weight, 1.0), direct)

    def part(self, rows: slice) -> Cases:
        """Some of the cases."""
        return Cases(
            self.index[:0],
            self.eta[rows],
            self.events[rows],
            self.nonevents[rows],
            self.residual[rows],
            self.weight[rows],
            self.hat[rows],
            partial(_of_cases, self, rows),
            self.copies[rows],
        )

    @cached_property
    def present(self) -> npt.NDArray[np.bool_]:
        """Which cases are not fitted perfectly by a limiting model."""
        return np.abs(self.eta) < INFINITE_ETA

    @cached_property
    def left(self) -> Array:
        """``1 − h``; NaN where a case is not present, or nothing is left of its variance but rounding."""
        return np.where(self.present & (self.hat < ALL_BUT_ONE), 1.0 - self.hat, np.nan)

    @cached_property
    def pearson(self) -> Array:
        """``(y − mp)/√(mpq)``."""
        far = np.abs(self.eta) > FAR
        with np.errstate(divide="ignore", invalid="ignore"):
            values = self.residual / np.sqrt(self.weight)
        if far.any():
            values[far] = pearson_rows(self.eta[far], self.events[far], self.nonevents[far])
        values[~self.present] = 0.0
        return values

    @cached_property
    def deviance(self) -> Array:
        """Signed root of what a case adds to the deviance."""
        size = np.sqrt(deviance_rows(self.eta, self.events, self.nonevents))
        return np.copysign(size, self.residual) + 0.0

    @cached_property
    def pull(self) -> Array:
        """``r·√h = (y − mp)|z|``, neither factor of which need be within the range of numbers."""
        squares = self.squares
        plain = bool(((squares > 1e-200) & (squares < 1e200)).all())
        return np.asarray(self.residual * (np.sqrt(squares) if plain else lengths(self.whitened)))

    @cached_property
    def studentised(self) -> Array:
        """Signed root of about what the deviance falls by without the case (Williams 1987): ``d² + h r²/(1 − h)``."""
        return np.copysign(np.sqrt(self.deviance**2 + self.pull**2 / self.left), self.residual) + 0.0


def cases_of(fit: Estimate, by: By) -> Cases:
    """The rows of a fit as given, or one case for each covariate pattern.

    Raises
    ------
    UnsupportedError
        For patterns of rows whose weights do not count trials.
    """
    check_choice("by", by, ("row", "pattern"))
    require_one_event(fit, "residuals and influence are of")
    require_residuals(fit)
    n = fit.sample.n_rows
    eta, events, nonevents, residual, weight, hat, copies = np.empty((7, n))
    for part in fit.contributions:
        at = part.rows
        eta[at], residual[at], weight[at] = part.eta, part.residual, part.weight
        hat[at], copies[at] = part.hat, part.copies
        events[at], nonevents[at] = part.block.events / part.copies, part.block.nonevents / part.copies
    rows = Cases(fit.rows.index, eta, events, nonevents, residual, weight, hat, partial(_whitened, fit), copies)
    if by == "row":
        return rows
    if fit.sample.uncounted:
        raise UnsupportedError(f"covariate patterns count trials, and {fit.sample.uncounted} count nothing")
    return collapsed(fit, rows)


def _whitened(fit: Estimate) -> Array:
    columns = np.empty((fit.sample.n_rows, len(fit.coefs.estimated)))
    for part in fit.contributions:
        columns[part.rows] = part.whitened
    return columns


def _of_cases(cases: Cases, rows: slice | Positions) -> Array:
    return cases.whitened[rows]


def require_residuals(fit: Estimate) -> None:
    """Refuse rows of several trials of which events weigh other than non-events: their sum is of no distribution."""
    if fit.sample.of_weighed_trials:
        raise UnsupportedError(
            "a row of several trials has no residual where events weigh other than non-events (class weights); give a "
            "row for events and one for non-events with their numbers as weights="
        )


def collapsed(fit: Estimate, rows: Cases) -> Cases:
    """Rows of equal columns and offset together, all of their trials."""
    first, codes = grouped(fit)

    def summed(values: Array) -> Array:
        return np.bincount(codes, values * rows.copies, len(first)).astype(np.float64)

    return Cases(
        pd.RangeIndex(1, len(first) + 1, name="pattern"),
        rows.eta[first],
        summed(rows.events),
        summed(rows.nonevents),
        summed(rows.residual),
        summed(rows.weight),
        summed(rows.hat),
        partial(_of_cases, rows, first),
        np.ones(len(first)),
        codes,
    )


class Grouped(NamedTuple):
    """The first row (J,) of each covariate pattern, in their order, and which pattern each row has (n,)."""

    first: Positions
    codes: Positions


def grouped(fit: Estimate) -> Grouped:
    """Covariate patterns of a fit: rows of equal columns and offset."""
    keys = fit.rows.matrix.array
    keys = keys if fit.rows.offset is None else np.column_stack([keys, fit.rows.offset])
    _, first, codes = np.unique(keys + 0.0, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(first), dtype=np.intp)
    rank[order] = np.arange(len(first))
    return Grouped(first[order], rank[codes.ravel()])
