"""Rows of a population as they are and with variables set to values, for effects and standardised risks.

A population yields blocks of rows of bounded size. Each block can be put under settings of the variables ("everybody
aged 30"), differentiated with respect to one, and handed to a fit for its probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.columns.columns import AverageColumns, Change, Columns, ColumnSubset, Settings
from glmlogit.data import frames
from glmlogit.likelihood.response import Arrays
from glmlogit.numerics import doubledouble
from glmlogit.numerics.doubledouble import DD
from glmlogit.numerics.lazy import cached_property
from glmlogit.prediction.predictors import linear_predictors, places, shifts

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


Index = npt.NDArray[np.intp]
Array = npt.NDArray[np.float64]

# Columns of a variable from which the others are taken out by themselves.
_MANY_TOUCHED = 16


class Scenario(Protocol):
    """m rows, or one average row, under given values of their variables: columns, linear predictor, derivatives."""

    @property
    def X(self) -> Array:
        """Model columns (m, p)."""

    @property
    def offset(self) -> Array | float:
        """Offset on the logit scale, (m,) or one number."""

    def at(self, settings: Settings) -> Scenario:
        """The same rows with variables set to values, each one number for all rows or an array (m,)."""

    def changed(self, settings: Settings) -> Scenario:
        """As :meth:`at`, in a form that may hold the changed columns only."""

    def model_column(self, j: int) -> Array:
        """Column ``j`` of the model (m,)."""

    def predictors(self, fit: Estimate) -> Arrays:
        """Linear predictors at the fit's coefficients, each (m,)."""

    def gradient(self, fit: Estimate, v: Array) -> tuple[Gradient, ...]:
        """``Σ vᵢxᵢ`` over the rows as factors v (m,) and M (m, c), for the caller to sum by group."""

    def slope(self, name: str) -> ColumnSubset:
        """Derivatives of the columns and of the formula's offset with respect to a numeric variable."""

    def series(self, name: str) -> pd.Series[Any]:
        """The values of a variable (m,), numbers or categories."""

    def value(self, name: str) -> Array:
        """The values of a numeric variable (m,) as float64."""


class Gradient(NamedTuple):
    """``Σ vᵢ Mᵢ`` over rows, times a number: factors v (m,) and M (m, c), or (1, c) where all rows are the same.

    ``positions`` are the columns of M in the model matrix, ``selected`` the columns of M that count; None means all.
    ``shared`` tells that M is the same array for many a v, so that all are worth one product.
    """

    v: Array
    M: Array
    positions: Index | None = None
    selected: Index | None = None
    shared: bool = False
    times: float = 1.0

    def of_predictor(self, places: Index) -> Gradient:
        """The same for a predictor whose coefficients of the columns are at ``places``."""
        counted = self.selected if self.positions is None else self.positions
        return self._replace(positions=places if counted is None else places[counted])


class Rest(NamedTuple):
    """Columns that settings do not touch: positions, numbers (none where the rows hold them), their part of each η."""

    positions: Index
    X: Array
    predictors: tuple[DD, ...]


def gradient_of(fit: Estimate, place: Scenario, factors: Arrays) -> tuple[Gradient, ...]:
    """Gradients by the coefficients of what has the derivatives ``factors`` by the predictors, as factors v and M."""
    if len(factors) == 1:
        return place.gradient(fit, factors[0])
    both = zip(factors, places(fit), strict=True)
    return tuple(part.of_predictor(at) for v, at in both for part in place.gradient(fit, v))


@dataclass(frozen=True, eq=False)
class PopulationBlock:
    """A block of a population's rows: model columns (m, p), offset (m,), and the data the columns are made from.

    ``changes`` keeps what settings that are the same for all rows make of the columns, for all blocks.
    """

    columns: Columns
    X: Array
    offset: Array
    table: pd.DataFrame | None  # None for a design from arrays, whose columns are the variables
    rows: slice | None = None  # of the table; None where these are its rows
    changes: dict[Any, Change] = field(default_factory=dict, repr=False)
    rests: dict[bytes, Rest] = field(default_factory=dict, repr=False)
    etas: list[Arrays] = field(default_factory=list, repr=False)

    @cached_property
    def frame(self) -> pd.DataFrame | None:
        """The data (m, variables) that the columns are made from."""
        if self.table is None or self.rows is None:
            return self.table
        return self.table.iloc[self.rows].reset_index(drop=True)

    def at(self, settings: Settings) -> PopulationBlock:
        """The same rows with some variables set to values."""
        return self.changed(settings).expanded if settings else self

    def changed(self, settings: Settings) -> ChangedRows:
        """The rows with variables set to values, held as the columns that change."""
        new = self._change(settings)
        shift: Array | float = 0.0
        if new.offset is not None:
            was = self.columns.own_offset(self.frame, settings)
            assert was is not None
            shift = new.offset - was
        return ChangedRows(self, new, shift, settings)

    def _change(self, settings: Settings) -> Change:
        """What the settings make of the columns: looked up where they are the same for all rows."""
        constant = all(np.ndim(value) == 0 for value in settings.values()) and self.columns.alone(settings)
        if not constant:
            return self.columns.change(self, settings)
        key = tuple(settings.items())
        if key not in self.changes:
            table = None if self.frame is None else self.frame.iloc[:1]
            first_row = replace(self, X=self.X[:1], table=table, rows=None)
            self.changes[key] = self.columns.change(first_row, settings)
        return self.changes[key]

    def rest(self, fit: Estimate, touched: Index) -> Rest:
        """The columns at positions other than ``touched`` (c,), kept for further values of the same variable."""
        key = touched.tobytes()
        if key not in self.rests:
            positions = np.setdiff1d(np.arange(self.X.shape[1]), touched)
            in_place = len(touched) < _MANY_TOUCHED
            X = self.X[:, :0] if in_place else np.ascontiguousarray(self.X[:, positions])
            self.rests[key] = Rest(positions, X, self._remaining(fit, positions, touched, X))
        return self.rests[key]

    def _remaining(self, fit: Estimate, positions: Index, touched: Index, X: Array) -> tuple[DD, ...]:
        """The part of each η (m,) that the offset and the columns at ``positions`` give, in double-double."""
        if fit.solution.exact_rows or X.shape[1]:
            rows = X if X.shape[1] else self.X[:, positions]
            by_predictor = zip(places(fit), shifts(fit, self.offset), strict=True)
            return tuple(fit.solution.predictor_of(rows, at[positions], shift) for at, shift in by_predictor)
        rows, zero = self.X[:, touched], np.zeros(len(self.X))
        both = zip(self.predictors(fit), places(fit), strict=True)
        return tuple(DD(eta - rows @ fit.coefs.beta[at[touched]], zero) for eta, at in both)

    def predictors(self, fit: Estimate) -> Arrays:
        """Linear predictors at the fit's coefficients, worked out once a block."""
        if not self.etas:
            self.etas.append(linear_predictors(fit, self.X, self.offset))
        return self.etas[0]

    def __len__(self) -> int:
        return len(self.X)

    def model_column(self, j: int) -> Array:
        """Column ``j`` of the model (m,)."""
        return self.X[:, j]

    def gradient(self, fit: Estimate, v: Array) -> tuple[Gradient, ...]:
        """``Σ vᵢxᵢ`` over the rows as factors v (m,) and X (m, p), not yet summed."""
        return (Gradient(v, self.X, shared=True),)

    def slope(self, name: str) -> ColumnSubset:
        """Derivatives of the columns with respect to a variable."""
        return self.columns.slope(self, name)

    def series(self, name: str) -> pd.Series[Any]:
        """A variable, of whatever kind."""
        return self.columns.series(self, name)

    def value(self, name: str) -> Array:
        """The values of a numeric variable (m,) as float64."""
        return self.columns.numbers(self, name)


@dataclass(frozen=True, eq=False)
class ChangedRows:
    """A block of rows whose changed columns are held beside the block they come from."""

    base: PopulationBlock
    change: Change
    shift: Array | float  # of the offset
    settings: Settings

    @cached_property
    def expanded(self) -> PopulationBlock:
        """The rows with all their columns written out."""
        X = self.base.X.copy()
        X[:, self.change.touched] = 0.0
        X[:, self.change.positions] = self.change.values
        frame = self.base.columns.assigned(self.base.frame, self.settings)
        return PopulationBlock(self.base.columns, X, self.base.offset + self.shift, frame)

    @property
    def X(self) -> Array:
        """Model columns (m, p)."""
        return self.expanded.X

    @property
    def offset(self) -> Array:
        """Offset on the logit scale, (m,) or one number."""
        return self.base.offset + self.shift

    def at(self, settings: Settings) -> Scenario:
        """The same rows with some variables set to values."""
        return self.expanded.at(settings)

    def changed(self, settings: Settings) -> Scenario:
        """As :meth:`at`, for a look that may keep what stays the same."""
        return self.expanded.changed(settings)

    def model_column(self, j: int) -> Array:
        """Column ``j`` of the model (m,)."""
        positions = np.flatnonzero(self.change.positions == j)
        if len(positions):
            return np.broadcast_to(self.change.values[:, positions[0]], len(self.base.X))
        return np.zeros(len(self.base.X)) if j in self.change.touched else self.base.X[:, j]

    def predictors(self, fit: Estimate) -> Arrays:
        """Linear predictors: the part of the columns that stay, plus that of the changed ones."""
        rest = self.base.rest(fit, self.change.touched).predictors
        return tuple(
            self._sum(fit, part, at[self.change.positions]) for part, at in zip(rest, places(fit), strict=True)
        )

    def _sum(self, fit: Estimate, rest: DD, positions: Index) -> Array:
        new = fit.solution.predictor_of(self.change.values, positions, None)
        if not fit.solution.exact_rows and self.change.offset is None:
            return rest.hi + new.hi
        total = doubledouble.add(rest, new)
        return doubledouble.add_double(total, np.broadcast_to(self.shift, len(total.hi))).hi

    def gradient(self, fit: Estimate, v: Array) -> tuple[Gradient, ...]:
        """``Σ vᵢxᵢ`` in two parts: for the columns that stay, shared by all settings, and for the changed ones."""
        rest, new = self.base.rest(fit, self.change.touched), self.change
        same = (
            Gradient(v, rest.X, rest.positions, shared=True)
            if rest.X.shape[1]
            else Gradient(v, self.base.X, None, rest.positions, shared=True)
        )
        return same, Gradient(v, new.values, new.positions)

    def slope(self, name: str) -> ColumnSubset:
        """Derivatives of the columns with respect to a variable."""
        return self.expanded.slope(name)

    def series(self, name: str) -> pd.Series[Any]:
        """A variable, of whatever kind."""
        return self.expanded.series(name)

    def value(self, name: str) -> Array:
        """The values of a numeric variable (m,) as float64."""
        return self.expanded.value(name)


@dataclass(frozen=True, eq=False)
class AverageRow:
    """The average row, with the average of an offset given beside the formula."""

    average: AverageColumns
    shift: Array | float = 0.0

    @cached_property
    def X(self) -> Array:
        """Model columns (1, p)."""
        return self.average.X

    @property
    def offset(self) -> Array | float:
        """Offset on the logit scale: one number, or one a level (K,)."""
        return self.average.offset + self.shift

    def at(self, settings: Settings) -> AverageRow:
        """The same row with some variables set to values."""
        return replace(self, average=self.average.at(settings)) if settings else self

    def changed(self, settings: Settings) -> AverageRow:
        """As :meth:`at`: of one row nothing is shared that a change could keep."""
        return self.at(settings)

    def model_column(self, j: int) -> Array:
        """Column ``j`` of the model (m,)."""
        return self.X[:, j]

    def predictors(self, fit: Estimate) -> Arrays:
        """Linear predictors at the fit's coefficients."""
        return linear_predictors(fit, self.X, np.array([self.offset]))

    def gradient(self, fit: Estimate, v: Array) -> tuple[Gradient, ...]:
        """``v·x`` as factors v (1,) and x (1, p)."""
        return (Gradient(v, self.X),)

    def slope(self, name: str) -> ColumnSubset:
        """Derivatives of the columns with respect to a variable."""
        return self.average.slope(name)

    def series(self, name: str) -> pd.Series[Any]:
        """A variable, of whatever kind."""
        return self.average.series(name)

    def value(self, name: str) -> Array:
        """The values of a numeric variable (m,) as float64."""
        return frames.numeric(self.average.series(name))
