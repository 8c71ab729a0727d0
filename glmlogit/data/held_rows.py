"""Rows held in memory: columns in one of three forms, and vectors of what was observed in each row."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from glmlogit.data.class_weights import ClassWeights, Multipliers
from glmlogit.data.level_counts import LevelCounts
from glmlogit.data.patterns import Patterns
from glmlogit.data.rows import InMemory, RowBlock
from glmlogit.data.storage import Dense, Matrix, Selection, blocks
from glmlogit.numerics import kernels, row_functions
from glmlogit.numerics.arrays import EXACT_INTEGERS
from glmlogit.numerics.lazy import cached_property

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False, kw_only=True)
class HeldRows:
    """What of a design is summed over: the numbers in its rows, and nothing of how they came about."""

    matrix: Matrix
    y: Array
    trials: Array | None
    weights: Array | None
    offset: Array | None
    magnitude: Array
    patterns: Patterns | None = None  # of rows that repeat each other, where some were found
    limit: Array | None = None  # +1 or −1 for rows fitted perfectly in a limiting model, else 0
    levels: LevelCounts | None = None  # of an outcome of several; of more than two y is NaN: there are no events
    class_weights: ClassWeights | None = None  # beside y, trials and weights, which go on counting what was observed

    @cached_property
    def n_columns(self) -> int:
        """Number of columns of X."""
        return self.matrix.shape[1]

    @property
    def n_rows(self) -> int:
        """Number of rows that take part."""
        return len(self.y)

    @cached_property
    def largest_weight(self) -> float:
        """Largest weight of a row, trials not counted."""
        largest = 1.0 if self.weights is None else float(self.weights.max())
        return largest if self.multipliers is None else largest * self.multipliers.largest

    @cached_property
    def memory(self) -> InMemory:
        """All rows in one piece."""
        return InMemory(self.matrix, self.observations)

    @property
    def observations(self) -> kernels.Observations:
        """The rows as they are, for the pass that sums over all of them; X only where it is held as numbers."""
        X = self.matrix.array if isinstance(self.matrix, Dense) else np.empty((self.n_rows, 0))
        rows = kernels.Observations(X, self.y, self.trials, weights=self.weights, offset=self.offset, limit=self.limit)
        if self.multipliers is None:
            return rows
        events, nonevents = self.weighed_outcomes
        return rows._replace(events=events, nonevents=nonevents, trials=None)

    @property
    def grouped(self) -> bool:
        """Whether a row is several trials."""
        return self.trials is not None

    @property
    def saturated(self) -> float:
        """Log-likelihood of the model with a parameter per row, binomial coefficients included as in R."""
        if self.trials is None:
            return 0.0
        if self.multipliers is None:
            terms = row_functions.saturated_loglik(self.trials, self.y)
        else:  # binomial coefficients count, and these trials do not weigh the same
            terms = row_functions.saturated_kernel(*self.weighed_outcomes)
        return math.fsum(terms if self.weights is None else terms * self.weights)

    @cached_property
    def multipliers(self) -> Multipliers | None:
        """What one event and one non-event weigh, as class weights learn it from these rows; None without any."""
        return None if self.class_weights is None else self.class_weights.of(*self.totals_without_class_weights)

    @property
    def fixed_class_weights(self) -> ClassWeights | None:
        """Class weights that stay what they are in these rows, whatever others show; None without any."""
        return None if self.class_weights is None else replace(self.class_weights, multipliers=self.multipliers)

    @cached_property
    def weighed_outcomes(self) -> tuple[Array, Array]:
        """Events and non-events (n,) times their class weights, weights of the rows not yet applied."""
        nonevents = (1.0 if self.trials is None else self.trials) - self.y
        if self.multipliers is None:
            return self.y, nonevents
        return self.multipliers.event * self.y, self.multipliers.nonevent * nonevents

    @property
    def event_totals(self) -> tuple[float, float]:
        """Weighted numbers of events and of non-events."""
        events, nonevents = self.totals_without_class_weights
        if self.multipliers is None:
            return events, nonevents
        return self.multipliers.event * events, self.multipliers.nonevent * nonevents

    @cached_property
    def totals_without_class_weights(self) -> tuple[float, float]:
        """Numbers of events and of non-events by the weights of the rows alone."""
        if self.trials is None and self.weights is None:
            events = float(self.y.sum())
            return events, self.n_rows - events
        others = (1.0 if self.trials is None else self.trials) - self.y
        if self.weights is None:
            return float(self.y.sum()), float(others.sum())
        return float(self.weights @ self.y), float(self.weights @ others)

    @cached_property
    def largest_offset(self) -> float:
        """Largest absolute offset."""
        return 0.0 if self.offset is None else float(np.abs(self.offset).max())

    def blocks(self) -> Iterator[RowBlock]:
        """Yield the rows in C-ordered blocks of bounded size, the way analyses see them."""
        return map(self.block, blocks(self.n_rows, self.n_columns))

    def block(self, rows: slice) -> RowBlock:
        """One block of rows: columns, event and non-event weights, offset."""
        y = self.y[rows]
        nonevents = (1.0 if self.trials is None else self.trials[rows]) - y
        if self.multipliers is not None:
            y, nonevents = self.multipliers.event * y, self.multipliers.nonevent * nonevents
        if self.weights is not None:
            w = self.weights[rows]
            y, nonevents = w * y, w * nonevents
        offset = None if self.offset is None else self.offset[rows]
        block = RowBlock(self.matrix.rows(rows), y, nonevents, offset)
        return block if self.limit is None else block.limited(self.limit[rows])

    def outcomes(self) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """Rows (n,) with events, and rows with non-events."""
        nonevents = (1.0 if self.trials is None else self.trials) - self.y
        return self.y > 0, nonevents > 0

    def at(self, selection: Selection) -> Array:
        """Columns (m, p) of some rows."""
        return self.matrix.rows(selection)

    def written(self, columns: Index) -> Array:
        """Some columns (n, c) of all rows."""
        return np.column_stack([self.matrix.column(int(j)) for j in columns])

    def times(self, beta: Array) -> Array:
        """Products ``Xβ`` (n,) of all rows."""
        return self.matrix.times(beta)

    def spread_out(self, values: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Values of covariate patterns as values of their rows (n,)."""
        return values if self.patterns is None else values[self.patterns.codes]

    @property
    def _adds_up(self) -> bool:
        """Whether sums of weights are exact, and one observation stays the unit of the likelihood."""
        weights = self.weights
        return weights is None or (weights.sum() < EXACT_INTEGERS and bool((weights == np.round(weights)).all()))

    @property
    def _shared(self) -> Iterator[Array]:
        return (column for v in (self.offset, self.limit) if v is not None for column in np.atleast_2d(v.T))

    @property
    def _amounts(self) -> Array:
        """Weight times trials of each row (n,)."""
        weights = np.ones(self.n_rows) if self.weights is None else self.weights
        return weights if self.trials is None else weights * self.trials

    # --- otherwise observed ---------------------------------------------------------------------
    def with_events(self, events: Array) -> Self:
        """The rows with numbers of events (n,) out of the trials there are, for an outcome of levels."""
        return replace(self, y=events, levels=None)

    def with_offset(self, offset: Array) -> Self:
        """The rows with another offset (n,)."""
        return replace(self, offset=offset)

    def with_limit(self, limit: Array | None) -> Self:
        """The rows with another limit (n,)."""
        return replace(self, limit=limit)

    def part(self, stride: int) -> Self:
        """Every so many rows, the vectors contiguous and without covariate patterns; for a likelihood."""
        names = ("y", "trials", "weights", "offset", "limit")
        vectors = {name: getattr(self, name) for name in names}
        thinned: dict[str, Any] = {
            name: None if v is None else np.ascontiguousarray(v[::stride]) for name, v in vectors.items()
        }
        part = slice(None, None, stride)
        levels = None if self.levels is None else self.levels.take(part)
        rows = replace(self, class_weights=self.fixed_class_weights)
        return replace(rows, matrix=self.matrix.take(part), patterns=None, levels=levels, **thinned)
