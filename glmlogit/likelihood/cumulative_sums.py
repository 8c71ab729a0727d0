"""Sums over rows of the cumulative logit: value, score and information, or a triangular root of it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.data.rows import RowBlock
from glmlogit.data.storage import Selection, blocks
from glmlogit.likelihood.objective import Evaluation
from glmlogit.likelihood.of_levels import OfLevels
from glmlogit.numerics.cumulative import (
    CutCounts,
    CutSlopes,
    CutSums,
    counts_at_cuts,
    cut_slopes,
    cut_sums,
    gap_odds,
)
from glmlogit.numerics.lazy import cached_property
from glmlogit.numerics.leverages import InfoCurvature, InfoGradient
from glmlogit.numerics.linalg import Information, append_rows, scale_of

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Index = npt.NDArray[np.intp]


class CutRows(NamedTuple):
    """Some rows: columns (m, p), the log-odds of being above each cut (m, K − 1), gaps (m, K − 2), counts."""

    X: Array
    eta: Array
    gap: Array
    counts: CutCounts


@dataclass(frozen=True, eq=False)
class CumulativeSums(OfLevels):
    """What is summed over rows: columns, levels, weights, offset, and what a limiting model fits perfectly.

    ``cuts`` (K − 1, p) are, for each cut, the places of the columns among the ``n_full`` coefficients. A cut keeps the
    rows next above it that ``above`` (n, K − 1) marks, and those next below of ``below``: all where these are None.
    Where ``transform`` (q, k) and ``shift`` (q,) are given, coefficients are ``transform·γ + shift``.
    """

    cuts: Index
    above: Bools | None = None
    below: Bools | None = None
    offset: Array | None = None  # (n, K − 1), in the place of the rows' own
    expected: Array | None = None  # weighted counts (n, K) in the place of those observed

    # --- sizes ----------------------------------------------------------------------------------
    @property
    def n_cuts(self) -> int:
        """Number of levels less one."""
        return self.levels.size - 1

    @property
    def n_full(self) -> int:
        """All coefficients (q,), whether or not they are combined."""
        return int(self.cuts.max(initial=-1)) + 1

    @cached_property
    def own(self) -> Index:
        """Columns with a coefficient for each cut."""
        return np.flatnonzero((self.cuts != self.cuts[0]).any(axis=0) if self.n_cuts > 1 else self._constant_columns)

    @property
    def _constant_columns(self) -> Bools:
        return np.isin(np.arange(self.rows.n_columns), self.rows.constants)

    @cached_property
    def shared(self) -> Index:
        """Columns whose coefficient all cuts share."""
        return np.setdiff1d(np.arange(self.rows.n_columns), self.own)

    @cached_property
    def _of_columns(self) -> Index:
        """The column of each coefficient (q,)."""
        full = np.zeros(self.n_full, dtype=np.intp)
        for at in self.cuts:
            full[at] = np.arange(len(at))
        return full

    @cached_property
    def magnitude(self) -> Array:
        """Largest absolute value that multiplies each coefficient."""
        full = self.rows.magnitude[self._of_columns]
        return np.asarray(full if self.transform is None else np.abs(self.transform).T @ full)

    @cached_property
    def largest_offset(self) -> float:
        """Largest absolute offset."""
        return self.rows.largest_offset if self.offset is None else float(np.abs(self.offset).max(initial=0.0))

    # --- rows -----------------------------------------------------------------------------------
    def blocks(self) -> Iterator[slice]:
        """Neighbouring rows, few enough that directions of all cuts are not large."""
        return blocks(self.n_rows, max(1, 2 * self.n_cuts * self.size))

    def counts(self, selection: Selection) -> CutCounts:
        """Weighted counts of some rows at each cut, without what a limiting model fits perfectly."""
        counts = counts_at_cuts(self._weighted(selection) if self.expected is None else self.expected[selection])
        if self.above is None or self.below is None:
            return counts
        above, below = self.above[selection], self.below[selection]
        return CutCounts(counts.above * above, counts.below * below, counts.between * (above[:, :-1] & below[:, 1:]))

    def _weighted(self, selection: Selection) -> Array:
        table = self.levels.table(selection)
        return table if self.rows.weights is None else table * self.rows.weights[selection][:, None]

    def cut_rows(self, selection: Selection, full: Array) -> CutRows:
        """Some rows at all the coefficients (q,); gaps from the columns that differ between cuts, and these alone."""
        X, b = self.rows.at(selection), full[self.cuts]
        apart = X[:, self.own] @ b[:, self.own].T
        eta = (X[:, self.shared] @ b[0, self.shared])[:, None] + apart
        gap = X[:, self.own] @ (b[:-1, self.own] - b[1:, self.own]).T
        if self.offset is not None:
            offset = self.offset[selection]
            eta, gap = eta + offset, gap + (offset[:, :-1] - offset[:, 1:])
        elif self.rows.offset is not None:
            eta = eta + self.rows.offset[selection][:, None]
        return CutRows(X, eta, gap, self.counts(selection))

    def rows_block(self, rows: slice) -> RowBlock:
        """Columns, weights of observations and offset of a block."""
        total = self.levels.table(rows).sum(axis=1)
        weights, offset = (None if v is None else v[rows] for v in (self.rows.weights, self.rows.offset))
        total = total if weights is None else total * weights
        return RowBlock(self.rows.at(rows), total, np.zeros(len(total)), offset)

    def directions_of(self, X: Array) -> Array:
        """Rows over the coefficients (2K − 3, m, k): of each cut, then of each gap."""
        m, J = len(X), self.n_cuts
        result = np.zeros((2 * J - 1, m, self.n_full))
        for j, at in enumerate(self.cuts):
            result[j][:, at] = X
        own = X[:, self.own]
        for k in range(1, J):
            result[J + k - 1][:, self.cuts[k - 1, self.own]] = own
            result[J + k - 1][:, self.cuts[k, self.own]] = -own
        return self.mapped(result)

    # --- value, score, information --------------------------------------------------------------
    @cached_property
    def _column_scale(self) -> Array:
        """Power-of-two scale of columns whose squares might over- or underflow, 1 where none might."""
        magnitude = self.rows.magnitude
        extreme = (magnitude > 2.0**100) | ((magnitude > 0) & (magnitude < 2.0**-100))
        return np.where(extreme, scale_of(magnitude), 1.0)

    @cached_property
    def scale(self) -> Array:
        """Power-of-two scale of the coefficients' information."""
        if (self._column_scale == 1.0).all():
            return np.ones(self.size)
        return self._column_scale[self._of_columns] if self.transform is None else scale_of(self.magnitude)

    def evaluate(self, beta: Array, *, root: bool = False) -> Evaluation:
        """Log-likelihood, score and information at β; ``root`` asks for a triangular root. −∞ where cuts cross."""
        full, q = self.full(beta), self.n_full
        llf, score = [], np.zeros(q)
        info, triangle = np.zeros((q, q)), None
        for rows in self.blocks():
            block = self.cut_rows(rows, full)
            sums = cut_sums(block.eta, block.gap, block.counts)
            llf.append(float(sums.llf.sum()))
            self._add_score(score, block.X, sums)
            if root:
                triangle = append_rows(triangle, self._root_rows(block.X, sums))
            else:
                self._add_information(info, block.X * self._column_scale, sums)
        value = math.fsum(llf) if np.isfinite(llf).all() else -math.inf
        return Evaluation(value, self.mapped(score), self._information(info, triangle))

    def _information(self, info: Array, triangle: Array | None) -> Information:
        if triangle is not None:
            return Information(self.scale, root=triangle)
        if self.transform is None:
            return Information(self.scale, info)
        matrix = self.transform / self._column_scale[self._of_columns][:, None] * self.scale
        return Information(self.scale, matrix.T @ info @ matrix)

    def _add_score(self, score: Array, X: Array, sums: CutSums) -> None:
        score[self.cuts[0, self.shared]] += X[:, self.shared].T @ sums.residual.sum(axis=1)
        own = self.cuts[:, self.own]
        score[own] += sums.residual.T @ X[:, self.own]
        gaps = sums.gap_residual.T @ X[:, self.own]
        score[own[:-1]] += gaps
        score[own[1:]] -= gaps

    def _add_information(self, info: Array, X: Array, sums: CutSums) -> None:
        """Sums of squares of the columns at each cut, and of their differences over each gap."""
        shared, own = X[:, self.shared], X[:, self.own]
        at, apart = self.cuts[0, self.shared], self.cuts[:, self.own]
        info[np.ix_(at, at)] += (shared * sums.weight.sum(axis=1)[:, None]).T @ shared
        for j, place in enumerate(apart):
            weighted = own * sums.weight[:, [j]]
            info[np.ix_(place, place)] += weighted.T @ own
            beside = weighted.T @ shared
            info[np.ix_(place, at)] += beside
            info[np.ix_(at, place)] += beside.T
        for k, (low, high) in enumerate(itertools.pairwise(apart)):
            square = (own * sums.gap_weight[:, [k]]).T @ own
            info[np.ix_(low, low)] += square
            info[np.ix_(high, high)] += square
            info[np.ix_(low, high)] -= square
            info[np.ix_(high, low)] -= square.T

    def _root_rows(self, X: Array, sums: CutSums) -> Array:
        """Directions times the square roots of their weights, those of weight 0 left out."""
        weights = np.concatenate([sums.weight.T, sums.gap_weight.T])
        chosen = weights > 0
        rows = self.directions_of(X)[chosen] * self.scale
        return np.asarray(rows * np.sqrt(weights[chosen])[:, None])

    def evaluate_some(self, beta: Array, free: Index) -> Evaluation:
        """Evaluation for the coefficients at positions ``free``, with a triangular root."""
        return self.evaluate(beta, root=True).keep(free)

    # --- derivatives of the information ---------------------------------------------------------
    def _turned(self, beta: Array, root: Array) -> Iterator[tuple[Array, CutSums, CutSlopes, Array]]:
        """Blocks of rows: columns, sums, derivatives of their weights, and directions times a root (2K − 3, m, c)."""
        full = self.full(beta)
        wide = root if self.transform is None else self.transform @ root
        for rows in blocks(self.n_rows, max(1, 2 * self.n_cuts * (self.size + root.shape[1]))):
            block = self.cut_rows(rows, full)
            z = np.stack([block.X @ wide[at] for at in self.cuts])
            own = self.cuts[:, self.own]
            gaps = [block.X[:, self.own] @ (wide[low] - wide[high]) for low, high in itertools.pairwise(own)]
            z = np.concatenate([z, np.stack(gaps)]) if gaps else z
            yield block.X, cut_sums(*block[1:]), cut_slopes(*block[1:]), z

    def info_gradient(self, beta: Array, root: Array) -> InfoGradient:
        """``Σ w'|z|² D`` over directions D, z = root'D. Bounds of its derivatives are not known."""
        gradient = np.zeros(self.n_full)
        own = self.cuts[:, self.own]
        for X, _, slopes, z in self._turned(beta, root):
            squares = np.square(z).sum(axis=2)
            factors = slopes.first.T * squares
            for at, factor in zip(self.cuts, factors[: self.n_cuts], strict=True):
                gradient[at] += factor @ X
            for (low, high), factor in zip(itertools.pairwise(own), factors[self.n_cuts :], strict=True):
                part = factor @ X[:, self.own]
                gradient[low] += part
                gradient[high] -= part
        return InfoGradient(self.mapped(gradient), math.inf, math.inf)

    def info_curvature(self, beta: Array, root: Array) -> InfoCurvature:
        """``Σ w' z_a z z'`` and ``Σ w''|z|² z z'`` over directions."""
        m = root.shape[1]
        first, second = np.zeros((m, m * m)), np.zeros((m, m))
        for _, _, slopes, z in self._turned(beta, root):
            flat = z.reshape(-1, m)
            products = (flat[:, :, None] * flat[:, None, :]).reshape(-1, m * m)
            first += (flat * slopes.first.T.reshape(-1, 1)).T @ products
            weights = slopes.second.T.reshape(-1) * np.square(flat).sum(axis=1)
            second += (flat * weights[:, None]).T @ flat
        return InfoCurvature(first, second)

    def info_cubes(self, beta: Array, root: Array) -> Array:
        """``Σ w' z³`` over directions along each column of the root."""
        cubes = np.zeros(root.shape[1])
        for _, _, slopes, z in self._turned(beta, root):
            cubes += np.einsum("kn,knc->c", slopes.first.T, z**3)
        return cubes

    # --- sizes of changes -----------------------------------------------------------------------
    def largest_change(self, direction: Array) -> float:
        """Largest change of a log-odds of a row, or a bound of it where that is negligible."""
        full = direction if self.transform is None else self.transform @ direction
        b = full[self.cuts]
        bound = float((np.abs(b) @ self.rows.magnitude).max(initial=0.0))
        if bound < 1e-6:
            return bound
        parts = [np.abs(self.rows.at(rows) @ b.T).max(initial=0.0) for rows in self.blocks()]
        return float(max(parts, default=0.0))

    def largest_gap_odds(self, beta: Array) -> float:
        """Largest ``1/(e^δ − 1)`` of a gap with observations: ∞ where cuts cross."""
        full, largest = self.full(beta), 0.0
        for rows in self.blocks():
            block = self.cut_rows(rows, full)
            odds = np.where(block.counts.between > 0, gap_odds(block.gap), 0.0)
            largest = max(largest, float(np.where(np.isnan(odds), np.inf, odds).max(initial=0.0)))
        return largest
