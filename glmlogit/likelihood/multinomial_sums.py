"""Sums over rows of the multinomial logit: value, score and information in one pass, or a triangular root."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.data.rows import RowBlock
from glmlogit.data.storage import Dense, Selection, blocks
from glmlogit.likelihood.objective import Evaluation
from glmlogit.likelihood.of_levels import OfLevels
from glmlogit.numerics import softmax_pass
from glmlogit.numerics.kernels import PassSums, added
from glmlogit.numerics.lazy import cached_property
from glmlogit.numerics.leverages import InfoCurvature, InfoGradient
from glmlogit.numerics.linalg import SUMS_CONDITION, Information, append_rows, scale_of, triangular_root
from glmlogit.numerics.softmax_pass import OutcomeRows, Softmax, picked

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Index = npt.NDArray[np.intp]

# Rows times coefficients from which a second pass over turned columns is faster than a QR of all rows and levels.
MANY_CELLS = 50_000
# Rows times levels of a block.
_BLOCK = 1 << 18


def by_level(values: Array, base: int) -> Array:
    """Values by level (…, K), the base first."""
    return values if base == 0 else np.concatenate([values[..., [base]], np.delete(values, base, axis=-1)], axis=-1)


class Pairs(NamedTuple):
    """Rows with a level that was observed in them and another: three arrays of positions."""

    rows: Index
    observed: Index
    others: Index

    def those(self, selection: Bools) -> Pairs:
        """Some of them."""
        return Pairs(*(values[selection] for values in self))


@dataclass(frozen=True, eq=False)
class MultinomialSums(OfLevels):
    """What is summed over rows: columns, levels, weights, offsets, and which levels are possible.

    Levels are in the order base, others. ``offset`` (n, K − 1) stands in the place of the rows' own where it is given.
    """

    base: int
    threads: int | None = None
    offset: Array | None = None
    possible: Bools | None = None

    # --- sizes ----------------------------------------------------------------------------------
    @property
    def n_levels(self) -> int:
        """Number of levels."""
        return self.levels.size

    @property
    def n_full(self) -> int:
        """Coefficients (q,) of all columns and levels but the base."""
        return self.rows.n_columns * (self.n_levels - 1)

    @cached_property
    def magnitude(self) -> Array:
        """Largest absolute value that multiplies each coefficient."""
        own = np.tile(self.rows.magnitude, self.n_levels - 1)
        if self.transform is None:
            return own
        by_block = (np.abs(self.transform) * own[:, None]).reshape(self.n_levels - 1, -1, self.size)
        return np.asarray(by_block.sum(axis=1).max(axis=0))

    @cached_property
    def offsets(self) -> Array | None:
        """Offset of the predictors of each row (n, K − 1); None where it is 0."""
        if self.offset is not None or self.rows.offset is None:
            return self.offset
        if self.rows.offset.ndim == 2:
            ordered = self._base_first(self.rows.offset)
            return np.ascontiguousarray(ordered[:, 1:] - ordered[:, :1])
        return np.repeat(self.rows.offset[:, None], self.n_levels - 1, axis=1)

    @cached_property
    def largest_offset(self) -> float:
        """Largest absolute offset."""
        return 0.0 if self.offsets is None else float(np.abs(self.offsets).max())

    @cached_property
    def present(self) -> Bools:
        """Which levels were observed in each row (n, K), the base first."""
        return np.asarray(self._base_first(self.levels.present))

    def _base_first(self, table: Any) -> Any:
        return by_level(table, self.base)

    # --- rows -----------------------------------------------------------------------------------
    @cached_property
    def _codes(self) -> npt.NDArray[np.int32] | None:
        """Numbers of the levels, that of the base 0."""
        codes = self.levels.codes
        if codes is None or self.levels.grouped or self.base == 0:
            return codes
        number = np.argsort(by_level(np.arange(self.n_levels, dtype=np.float64), self.base)).astype(np.int32)
        return number[codes]

    @cached_property
    def _counts(self) -> Array | None:
        counts = self.levels.counts
        return None if counts is None else np.ascontiguousarray(self._base_first(counts))

    def blocks(self) -> Iterator[slice]:
        """Neighbouring rows, few enough that directions of all levels are not large."""
        return blocks(self.n_rows, max(1, self.n_levels * self.size))

    def outcome_rows(self, selection: Selection) -> OutcomeRows:
        """Some rows, written out."""
        return OutcomeRows(
            self.rows.at(selection),
            self.n_levels,
            picked(self._codes, selection),
            picked(self._counts, selection),
            picked(self.rows.weights, selection),
            picked(self.offsets, selection),
            picked(self.possible, selection),
        )

    def rows_block(self, rows: slice) -> RowBlock:
        """Columns, weights of observations and offset of a block."""
        total = self.levels.table(rows).sum(axis=1)
        weights, offset = (None if v is None else v[rows] for v in (self.rows.weights, self.rows.offset))
        total = total if weights is None else total * weights
        return RowBlock(self.rows.at(rows), total, np.zeros(len(total)), offset)

    @cached_property
    def _memory(self) -> OutcomeRows | None:
        """All rows in one piece; None where their columns are not in memory as numbers."""
        memory = self.rows.memory
        if memory is None or not isinstance(memory.matrix, Dense):
            return None
        return softmax_pass.plain(
            OutcomeRows(
                memory.matrix.array,
                self.n_levels,
                self._codes,
                self._counts,
                self.rows.weights,
                self.offsets,
                self.possible,
            )
        )

    def _pieces(self) -> Iterator[OutcomeRows]:
        if self._memory is not None:
            yield self._memory
            return
        yield from (self.outcome_rows(rows) for rows in blocks(self.n_rows, self.rows.n_columns))

    def pairs_of(self, rows: slice) -> Pairs:
        """Each level observed in some rows with each other level; once, of two that were both observed."""
        present = self.present[rows]
        K = self.n_levels
        both = present[:, :, None] & present[:, None, :] & (np.arange(K)[:, None] > np.arange(K))
        chosen = present[:, :, None] & ~np.eye(K, dtype=bool) & ~both
        at, observed, others = np.nonzero(chosen)
        return Pairs(at + (rows.start or 0), observed, others)

    @cached_property
    def pairs(self) -> Pairs:
        """Those of all rows."""
        parts = [self.pairs_of(rows) for rows in blocks(self.n_rows, self.n_levels**2)]
        return Pairs(*(np.concatenate(values) for values in zip(*parts, strict=True)))

    def differences(self, pairs: Pairs) -> Array:
        """Rows (m, k) over the coefficients: columns at those of the observed level, minus those at the other's."""
        X = self.rows.at(pairs.rows)
        m, p = X.shape
        full = np.zeros((m, self.n_levels, p))
        full[np.arange(m), pairs.observed] = X
        full[np.arange(m), pairs.others] = -X
        return self.mapped(full[:, 1:].reshape(m, self.n_full))

    def directions_at(self, X: npt.NDArray[np.floating[Any]], at: Softmax) -> Array:
        """Rows ``(e_l − p) ⊗ x`` over the coefficients for each level l (K, m, k), no part subtracted from 1."""
        m = len(X)
        result = np.empty((self.n_levels, m, self.size))
        for level in range(self.n_levels):
            factors = -at.p[:, 1:]
            if level:
                factors[:, level - 1] = at.q[:, level]
            result[level] = self.mapped((factors[:, :, None] * X[:, None, :]).reshape(m, self.n_full))
        return result

    # --- value, score, information --------------------------------------------------------------
    @cached_property
    def _rescaling(self) -> Array | None:
        """Power-of-two scale of columns whose squares might over- or underflow; None where there are none."""
        magnitude = self.rows.magnitude
        extreme = (magnitude > 2.0**100) | ((magnitude > 0) & (magnitude < 2.0**-100))
        return np.where(extreme, scale_of(magnitude), 1.0) if extreme.any() else None

    @cached_property
    def scale(self) -> Array:
        """Power-of-two scale of the coefficients' information, other than 1 only where squares might overflow."""
        if self._rescaling is None:
            return np.ones(self.size)
        return np.tile(self._rescaling, self.n_levels - 1) if self.transform is None else scale_of(self.magnitude)

    def evaluate(self, beta: Array, *, root: bool = False) -> Evaluation:
        """Log-likelihood, score and information at β, in one pass; ``root`` asks for a triangular root."""
        if root and self.n_rows * self.size < MANY_CELLS:
            return self._by_qr(beta)
        sums = self._pass(beta)
        at = Evaluation(sums.llf, self.mapped(sums.score), Information(self.scale, self._information(sums)))
        if not root:
            return at
        turned = self._turned(beta)
        return self._by_qr(beta) if turned is None else at._replace(info=turned)

    def _information(self, sums: PassSums) -> Array:
        if self.transform is None:
            return sums.information
        matrix = self.transform
        if self._rescaling is not None:
            matrix = matrix / np.tile(self._rescaling, self.n_levels - 1)[:, None] * self.scale
        return np.asarray(matrix.T @ sums.information @ matrix)

    def evaluate_some(self, beta: Array, free: Index) -> Evaluation:
        """Evaluation for the coefficients at positions ``free``, with a triangular root."""
        return self.evaluate(beta, root=True).keep(free)

    def score(self, beta: Array) -> tuple[float, Array]:
        """Log-likelihood and score, in a pass that forms no products of columns."""
        sums = self._pass(beta, information=False)
        return sums.llf, self.mapped(sums.score)

    def _pass(self, beta: Array, *, information: bool = True) -> PassSums:
        full = self.full(beta)
        return added(
            softmax_pass.row_pass(rows, full, self._rescaling, information=information, threads=self.threads)
            for rows in self._pieces()
        )

    @cached_property
    def _orthonormal(self) -> tuple[Array, Array] | None:
        """``(L, R)`` with X·L near orthonormal columns and R = L⁻¹, both (p, p); None where columns are dependent."""
        scale = scale_of(self.rows.magnitude)
        root: Array | None = None
        for rows in blocks(self.n_rows, self.rows.n_columns):
            root = append_rows(root, self.rows.at(rows) * scale)
        factor = None if root is None else Information(scale, root=root).factor
        if factor is None:
            return None
        return factor.inverse_root, factor.root / factor.scale

    def _turned(self, beta: Array) -> Information | None:
        """Triangular root by a pass over the columns turned so that they are orthonormal.

        Sums of products then lose what probabilities make of the condition, and not what columns do: with X = ZR the
        information is ``(I ⊗ R)' Σ N(diag p − pp') ⊗ zz' (I ⊗ R)``. None where that is not well-conditioned.
        """
        turning = self._orthonormal
        if turning is None:
            return None
        L, R = turning
        full, parts = self.full(beta), []
        at_beta = np.concatenate([R @ part for part in full.reshape(self.n_levels - 1, -1)])
        for rows in self._pieces():
            for part in blocks(len(rows.X), rows.X.shape[1]):
                block = rows.part(part)
                parts.append(softmax_pass.row_pass(block._replace(X=block.X @ L), at_beta, threads=self.threads))
        info = Information(np.ones(len(full)), added(parts).information)
        factor = info.factor
        if factor is None or factor.condition > SUMS_CONDITION:
            return None
        root = factor.root / factor.scale
        p = len(R)
        wide = np.concatenate([root[:, k * p : (k + 1) * p] @ R for k in range(self.n_levels - 1)], axis=1)
        return Information(self.scale, root=triangular_root(self.mapped(wide) * self.scale))

    def _by_qr(self, beta: Array) -> Evaluation:
        """Evaluation at β with a triangular root, by QR of rows √(N p_l)·(e_l − p) ⊗ x of each level l."""
        score, root = np.zeros(self.size), None
        llf: list[float] = []
        for rows in self.blocks():
            block = self.outcome_rows(rows)
            at, y = softmax_pass.softmax(softmax_pass.predictors(block, self.full(beta))), block.observed
            directions = self.directions_at(block.X, at)
            llf.append(float((y * np.where(y > 0, at.log_p, 0.0)).sum()))
            score += np.einsum("kn,knq->q", y.T, directions)
            weighted = directions * np.sqrt(y.sum(axis=1) * at.p.T)[:, :, None] * self.scale
            root = append_rows(root, weighted.reshape(-1, self.size))
        return Evaluation(math.fsum(llf), score, Information(self.scale, root=root))

    # --- derivatives of the information ---------------------------------------------------------
    def _turned_rows(self, beta: Array, root: Array) -> Iterator[tuple[Any, Array, Array, Array]]:
        """Blocks of rows: columns (m, p), weights N p (m, K), directions times a root (K, m, c), and N (m,)."""
        for rows in blocks(self.n_rows, max(1, self.n_levels * (self.size + root.shape[1]))):
            block = self.outcome_rows(rows)
            at = softmax_pass.softmax(softmax_pass.predictors(block, self.full(beta)))
            total = block.observed.sum(axis=1)
            yield block.X, total[:, None] * at.p, self.directions_at(block.X, at) @ root, total

    def info_gradient(self, beta: Array, root: Array) -> InfoGradient:
        """``Σ N p_l (|z_l|² − Σ p|z|²) x`` by level l, z the directions times the root: third cumulants of the levels.

        Kosmidis & Firth (2011), whose κ(k, l, m) summed over a product of two rows of coordinates is that. Bounds of
        its derivatives are not known, so that the curvature is never left out.
        """
        gradient = np.zeros((self.n_levels - 1, self.rows.n_columns))
        for X, weights, z, total in self._turned_rows(beta, root):
            squares = np.square(z).sum(axis=2).T
            mean = (weights * squares).sum(axis=1) / np.where(total > 0, total, 1.0)
            gradient += (weights * (squares - mean[:, None]))[:, 1:].T @ X
        return InfoGradient(self.mapped(gradient.ravel()), math.inf, math.inf)

    def info_curvature(self, beta: Array, root: Array) -> InfoCurvature:
        """Third cumulants ``Σ N p z_a z_b z_c`` and, summed over c = d, fourth ones, of directions times the root."""
        m = root.shape[1]
        first, second = np.zeros((m, m * m)), np.zeros((m, m))
        for _, weights, z, total in self._turned_rows(beta, root):
            per_row = np.where(total > 0, total, 1.0)
            for part in blocks(len(total), self.n_levels * m * m):
                w, turned = weights[part].T, z[:, part]
                weighted = turned * w[:, :, None]
                flat, square = weighted.reshape(-1, m), np.square(turned).sum(axis=2)
                first += flat.T @ (turned[..., :, None] * turned[..., None, :]).reshape(-1, m * m)
                variance = np.einsum("kna,knb->nab", weighted, turned) / per_row[part, None, None]
                trace = np.trace(variance, axis1=1, axis2=2)
                second += np.einsum("kna,knb,kn->ab", weighted, turned, square - trace)
                second -= 2.0 * np.einsum("nac,nbc,n->ab", variance, variance, total[part])
        return InfoCurvature(first, second)

    def info_cubes(self, beta: Array, root: Array) -> Array:
        """Third cumulants ``Σ N p z³`` along each column of the root."""
        cubes = np.zeros(root.shape[1])
        for _, weights, z, _ in self._turned_rows(beta, root):
            cubes += np.einsum("nk,knc->c", weights, z**3)
        return cubes

    def largest_change(self, direction: Array) -> float:
        """Largest change of a difference of two predictors of a row, or a bound of it where that is negligible."""
        full = direction if self.transform is None else self.transform @ direction
        change = full.reshape(self.n_levels - 1, -1)
        bound = float((np.abs(change) @ self.rows.magnitude).max()) * 2.0
        if bound < 1e-6:
            return bound
        largest = 0.0
        for rows in blocks(self.n_rows, self.rows.n_columns + self.n_levels):
            moved = np.zeros((len(range(*rows.indices(self.n_rows))), self.n_levels))
            moved[:, 1:] = self.rows.at(rows) @ change.T
            possible = True if self.possible is None else self.possible[rows]
            spread = np.max(moved, axis=1, where=possible, initial=-np.inf) - np.min(
                moved, axis=1, where=possible, initial=np.inf
            )
            largest = max(largest, float(spread.max(initial=0.0)))
        return largest
