"""Which of several levels of an outcome rows have: a number each, or how often each level was observed in them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special

from glmlogit.data.patterns import Patterns
from glmlogit.numerics import row_functions
from glmlogit.numerics.lazy import cached_property

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int32]


class LevelWeights(NamedTuple):
    """Class weights of the levels: the rule in words, and what an observation of each level weighs (size,)."""

    text: str
    multipliers: Array


@dataclass(frozen=True, eq=False)
class LevelCounts:
    """Levels 0 to ``size`` − 1 of an outcome: ``codes`` (n,), or a table of ``counts`` (n, size).

    ``class_weights`` are beside these, which go on counting what was observed; :attr:`weighed` has them multiplied in.
    """

    size: int
    codes: Codes | None = None
    counts: Array | None = None
    class_weights: LevelWeights | None = None
    counted: bool = True  # whether counts are numbers of observations, and not weights of them

    @property
    def held(self) -> npt.NDArray[Any]:
        """The array that is held."""
        array = self.codes if self.counts is None else self.counts
        assert array is not None
        return array

    def __len__(self) -> int:
        return len(self.held)

    @property
    def grouped(self) -> bool:
        """Whether a row is several observations."""
        return self.counts is not None

    def take(self, rows: Any) -> LevelCounts:
        """Those of some of the rows, by position, mask or slice."""
        if self.counts is None:
            assert self.codes is not None
            return replace(self, codes=np.ascontiguousarray(self.codes[rows]))
        return replace(self, counts=np.ascontiguousarray(self.counts[rows]))

    def table(self, rows: Any = slice(None)) -> Array:
        """Counts (m, size) of some rows: 0 and 1 where rows are single observations."""
        if self.counts is not None:
            return np.asarray(self.counts[rows])
        assert self.codes is not None
        codes = self.codes[rows]
        table = np.zeros((len(codes), self.size))
        table[np.arange(len(codes)), codes] = 1.0
        return table

    @property
    def weighed(self) -> LevelCounts:
        """What the likelihood sums: counts times class weights; itself without any."""
        if self.class_weights is None:
            return self
        return LevelCounts(self.size, counts=self.table() * self.class_weights.multipliers, counted=False)

    @cached_property
    def present(self) -> Bools:
        """Which levels were observed in each row (n, size)."""
        return self.table() > 0

    def totals(self, weights: Array | None) -> Array:
        """Weighted number of observations of each level (size,)."""
        if self.counts is not None:
            return np.asarray(self.counts.sum(axis=0) if weights is None else weights @ self.counts)
        assert self.codes is not None
        return np.bincount(self.codes, weights, minlength=self.size).astype(np.float64)

    def saturated(self, weights: Array | None) -> float:
        """Log-likelihood of the model with parameters for each row: 0 of single observations.

        A multinomial probability is a product of binomial ones, of each level among those not yet counted. Of weights
        it is the kernel alone: binomial coefficients count.
        """
        if not self.grouped:
            return 0.0
        table = self.table()
        if self.counted:
            left = np.cumsum(table[:, ::-1], axis=1)[:, ::-1]
            parts = [row_functions.saturated_loglik(left[:, k], table[:, k]) for k in range(self.size - 1)]
        else:
            parts = list(special.xlogy(table, table / table.sum(axis=1, keepdims=True)).T)
        terms = np.sum(parts, axis=0)
        return math.fsum(terms if weights is None else terms * weights)

    def collapsed(self, patterns: Patterns, weights: Array | None) -> LevelCounts:
        """Weighted counts by covariate pattern."""
        columns = [patterns.total(values) for values in self._columns(weights)]
        return replace(self, codes=None, counts=np.column_stack(columns))

    def _columns(self, weights: Array | None) -> Iterator[Array]:
        for k in range(self.size):
            values = np.equal(self.held, k).astype(np.float64) if self.counts is None else self.counts[:, k]
            yield values if weights is None else values * weights
