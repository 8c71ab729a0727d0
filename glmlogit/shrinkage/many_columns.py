"""The quadratic model where columns are too many for their products: descent over columns, then conjugate gradients."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from glmlogit.numerics.descent import ColumnSums, descend_columns
from glmlogit.numerics.lazy import cached_property
from glmlogit.shrinkage.columns import AnyColumns, SparseColumns
from glmlogit.shrinkage.problem import Terms
from glmlogit.shrinkage.sparse_products import ColumnProducts, conjugate_gradients, gradients

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]

# Sweeps at a time, and the share of the first fall at which they end.
_SWEEPS, _FINER = 8, 0.2
# Share of a residual at which conjugate gradients end, and their most steps.
_LEFT, _MOST_STEPS = 1e-2, 500


@dataclass(frozen=True, eq=False)
class ColumnsModel:
    """Information of columns (n, k) with weights ω (n,), never written out.

    The one column without a penalty or limit that does not vary is eliminated, by centring the others; further ones are
    coordinates like the rest.
    """

    columns: AnyColumns
    weight: Array
    free: Index
    constant: int | None

    @staticmethod
    def of(columns: AnyColumns, weight: Array, terms: Terms) -> ColumnsModel:
        """The information of columns with these penalties."""
        free = np.flatnonzero(terms.free)
        mean, squares = columns.take(free).moments(weight)
        same = free[(squares <= 1e-24 * mean**2 * weight.sum()) & (mean != 0)]
        return ColumnsModel(columns, weight, free, int(same[0]) if len(same) else None)

    @cached_property
    def sums(self) -> ColumnSums:
        """What sweeps need."""
        return self.columns.for_sweeps(self.weight, centred=self.constant is not None)

    def length(self, terms: Terms, d: Array) -> float:
        """A step (k,) in standard errors."""
        eta = self.columns.times(d)
        return math.sqrt(float(self.weight @ eta**2 + (terms.l2 * d) @ d))

    def step(self, terms: Terms, beta: Array, residual: Array) -> Array:
        """The step (k,) from β, where residuals are (n,), near the maximum of the model less the penalty."""
        total, r = float(self.weight.sum()), residual.copy()
        level = float(r.sum()) / total if self.constant is not None else 0.0
        r -= level * self.weight
        x = self._descended(terms, beta, r)
        d = x - beta
        if self.constant is not None:
            d[self.constant] = 0.0
            d[self.constant] = (level - float(self.sums.mean @ d)) / self.sums.mean[self.constant]
        return d

    def _descended(self, terms: Terms, start: Array, r: Array) -> Array:
        """Sweeps, conjugate gradients on what is then not 0, and sweeps again where signs or columns are others after.

        Near the maximum of the model as a rule: a step is one of several, and the next takes up what this one leaves.
        """
        x, shift = start.copy(), np.zeros(1)
        usable = terms.limited.low < terms.limited.high
        if self.constant is not None:
            usable[self.constant] = False
        which = np.flatnonzero(usable).astype(np.int64)

        def sweep(tolerance: float, sweeps: int) -> float:
            args = (self.sums, which, self.weight, terms.l2, terms.limited, x, r, shift)
            return descend_columns(*args, tolerance, sweeps)

        fall = sweep(0.0, 1)
        if fall == 0.0:
            return x
        sweep(fall * _FINER, _SWEEPS)
        near, exact = self._on_active(terms, x, r + shift * self.weight, which)
        if exact:
            return near
        d = near - x
        x += d
        r -= self.weight * self.columns.times(d)
        shift += self.sums.mean @ d
        sweep(fall * _FINER**3, _SWEEPS)
        return x

    def _on_active(self, terms: Terms, x: Array, r: Array, which: npt.NDArray[np.int64]) -> tuple[Array, bool]:
        """The maximum with the signs of x, those that change at 0, and whether it is that of all coefficients."""
        l1, low, high = terms.limited
        active = which[(x[which] != 0) & (x[which] > low[which]) & (x[which] < high[which])]
        part, mean = self.columns.take(active), self.sums.mean[active]
        l2, total = terms.l2[active], float(self.weight.sum())
        kkt = part.sums(r) - l2 * x[active] - l1[active] * np.sign(x[active])

        def times(v: Array) -> Array:
            return np.asarray(part.sums(self.weight * part.times(v)) - total * mean * (mean @ v) + l2 * v)

        diagonal = self.sums.curvature[active] + l2
        if isinstance(self.columns, SparseColumns):
            H = ColumnProducts(self.columns.arrays, active, self.weight, mean, l2)
            step = conjugate_gradients(H, diagonal, kkt, _LEFT, _MOST_STEPS)
        else:
            step = gradients(times, kkt, diagonal, _LEFT, _MOST_STEPS)
        there = x.copy()
        there[active] += step
        crossing = np.sign(there[active]) != np.sign(x[active])
        there[active[crossing]] = 0.0
        inside = np.clip(there, low, high)
        if crossing.any() or (inside != there).any():
            return inside, False
        rest = r - self.weight * (part.times(step) - mean @ step)
        still = np.ones(len(x), dtype=bool)
        still[active] = False
        if self.constant is not None:
            still[self.constant] = False
        score = self.columns.sums(rest)
        slopes = np.abs(terms.slopes(score, there))
        return there, bool((slopes[still] <= 1e-7 * (l1 + np.abs(score))[still]).all())
