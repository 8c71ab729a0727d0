"""Rows that are averaged over, of the fit or of a new table, in blocks, and the probabilities a fit gives them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.columns.columns import Change, Columns, Variable
from glmlogit.data import frames
from glmlogit.data.patterns import Patterns, sums
from glmlogit.data.storage import Dense, Matrix, Repeated
from glmlogit.errors import DataError
from glmlogit.likelihood.response import Probabilities
from glmlogit.messages.values import first
from glmlogit.messages.words import plural
from glmlogit.numerics.arrays import quantiles
from glmlogit.prediction.predict import new_rows
from glmlogit.prediction.predictors import probabilities_of
from glmlogit.prediction.scenarios import AverageRow, PopulationBlock, Scenario

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


Array = npt.NDArray[np.float64]

# Cells of the model matrix held at a time; rows at least, up to more cells: each block has its overhead.
_BLOCK_CELLS, _LEAST_BLOCK_ROWS, _MOST_BLOCK_CELLS = 1 << 19, 4096, 1 << 22


@dataclass(frozen=True, eq=False)
class Population:
    """Rows that are averaged over: their columns, and how much each counts.

    ``fitted`` tells that they are the rows of the fit, whose limits under separation are known; ``index`` are the
    labels of the rows in the table they came from. ``counts`` (n,) are the observations that rows stand for where these
    are not the weights: class weights make a population of them that was not observed.
    """

    columns: Columns
    matrix: Matrix
    offset: Array
    frame: pd.DataFrame | None
    weights: Array
    index: pd.Index
    fitted: bool = True
    counts: Array | None = None

    def __len__(self) -> int:
        return len(self.offset)

    def blocks(self) -> Iterator[tuple[slice, PopulationBlock]]:
        """The rows in blocks of bounded size, each with its slice."""
        p = max(self.matrix.shape[1], 1)
        step = max(_BLOCK_CELLS // p, min(_LEAST_BLOCK_ROWS, _MOST_BLOCK_CELLS // p))
        changes: dict[Any, Change] = {}
        for start in range(0, len(self), step):
            rows = slice(start, min(start + step, len(self)))
            columns, X, offset = self.columns, self.matrix.rows(rows), self.offset[rows]
            yield rows, PopulationBlock(columns, X, offset, self.frame, rows, changes)

    @property
    def first_row(self) -> PopulationBlock:
        """The first row, for what a setting makes of the columns where it does so in all rows."""
        frame = None if self.frame is None else self.frame.iloc[:1].reset_index(drop=True)
        return PopulationBlock(self.columns, self.matrix.rows(slice(0, 1)), self.offset[:1], frame)

    def column(self, name: str) -> pd.Series[Any]:
        """The values of a variable (n,), numbers or categories."""
        return self.columns.series(self, name)

    def model_column(self, j: int) -> Array:
        """Column ``j`` of the model (n,)."""
        return self.matrix.column(j)

    def observed(self, name: str) -> tuple[Array, Array]:
        """Values (n,) of a numeric variable, and how often each was observed: what a spread is of."""
        return frames.numeric(self.column(name)), self.weights if self.counts is None else self.counts

    def quantiles(self, name: str, shares: npt.ArrayLike) -> Array:
        """Quantiles (s,) of a numeric variable at shares (s,), by the weights of the rows."""
        return quantiles(frames.numeric(self.column(name)), self.weights, shares)

    @property
    def average(self) -> Scenario:
        """One row at the weighted means of the columns, or of the variables they are made from, and of the offset."""
        return AverageRow(self.columns.average(self.matrix, self.frame, self.weights), self.shift)

    @property
    def shift(self) -> Array | float:
        """Weighted mean of the offset given as an argument, without the formula's own ``offset()``; or one a level."""
        inside = self.columns.own_offset(self.frame, self.columns.predictors)
        mean = np.average(self.offset - (0.0 if inside is None else inside), axis=0, weights=self.weights)
        return float(mean) if mean.ndim == 0 else mean


class Counted(NamedTuple):
    """Rows that stand for all of a population: its covariate patterns, once in each group, and the group of each."""

    population: Population
    codes: npt.NDArray[np.intp]


def counted(population: Population, codes: npt.NDArray[np.intp], count: int) -> Counted | None:
    """One row for each covariate pattern and group, of the weight of its rows; those of no group (code -1) left out.

    None where rows do not repeat, or a variable or the offset differs within a pattern.
    """
    matrix, weights = population.matrix, population.weights
    if not isinstance(matrix, Repeated):
        return None
    rows = np.empty(len(matrix.distinct), dtype=np.int32)
    rows[matrix.codes] = np.arange(len(matrix.codes), dtype=np.int32)
    same = Patterns(matrix.codes, rows)
    if population.offset.any() and not all(map(same.constant, np.atleast_2d(population.offset.T))):
        return None
    if not all(same.constant(column.to_numpy()) for column in _read_otherwise(population)):
        return None
    cells = matrix.codes if count == 1 else matrix.codes * np.int64(count) + codes
    if codes.min(initial=0) < 0:
        cells, weights = np.where(codes < 0, 0, cells), np.where(codes < 0, 0.0, weights)
    totals = sums(cells, weights, len(rows) * count)
    present = np.flatnonzero(totals > 0)
    patterns, groups = np.divmod(present, count)
    chosen = rows[patterns]
    frame = None if population.frame is None else population.frame.iloc[chosen].reset_index(drop=True)
    rows_once = replace(
        population,
        matrix=Dense(matrix.distinct[patterns]),
        offset=population.offset[chosen],
        frame=frame,
        weights=totals[present],
        index=pd.RangeIndex(len(present)),
        counts=None,
    )
    return Counted(rows_once, groups)


def _read_otherwise(population: Population) -> Iterator[pd.Series[Any]]:
    """Variables that a pattern may hold several values of: no expression of the columns is the variable itself."""
    parts = [part for block in population.columns.blocks for part in block.parts]
    itself = {part.text for part in parts if part.variables == (part.text,)}
    return (
        column
        for name, column in (population.frame.items() if population.frame is not None else ())
        if name not in itself
    )


def population_of(fit: Estimate) -> Population:
    """The rows of a fit, weighted by their weights, trials and class weights."""
    rows, columns = fit.rows, fit.columns
    offset = np.zeros(fit.sample.n_rows) if rows.offset is None else rows.offset
    frame = None if rows.frame is None else rows.frame[list(columns.predictors)]
    weights, counts = rows.population_counts, rows.row_counts if fit.weighting is not None else None
    return Population(columns, rows.matrix, offset, frame, weights, rows.index, counts=counts)


def new_population(fit: Estimate, data: Any, what: str) -> Population:
    """Rows of another table, each counting once.

    Raises
    ------
    DataError
        For a missing column, a level the fit did not see, missing values, or no rows.
    """
    X, index, offset = new_rows(fit, data)
    if not len(X):
        raise DataError(f"{what} has no rows")
    lost = ~np.isfinite(X).all(axis=1)
    if lost.any():
        raise DataError(
            f"{what} has missing values in {plural(int(lost.sum()), 'row')} ({first(np.flatnonzero(lost))}), whose "
            f"risk is not known; drop them first: data.dropna(subset=[...])"
        )
    return Population(fit.columns, Dense(X), offset, fit.columns.data(data), np.ones(len(X)), index, fitted=False)


def probabilities(fit: Estimate, place: Scenario, rows: slice | None = None) -> Probabilities:
    """Probabilities that a fit gives to the rows of a block, with their limits under separation.

    ``rows`` are the positions of the block among the fitted rows, where it holds these unchanged.
    """
    return probabilities_of(fit, place.predictors(fit), lambda: place.X, rows)


def variables(fit: Estimate) -> dict[str, Variable]:
    """The variables of a fit, in order of appearance."""
    by_name = fit.columns.variables(fit.rows.frame)
    moving = set(offset_columns(fit)) & set(by_name)
    return by_name | {name: replace(by_name[name], in_offset=True) for name in moving if name is not None}


def offset_columns(fit: Estimate) -> tuple[str | None, ...]:
    """What the columns of the offset given as an argument are called, one for each level where it is by level."""
    name = fit.sample.offset_name
    return name if isinstance(name, tuple) else (name,)
