"""The multinomial logit as a likelihood: a coefficient for each column and each level of the outcome but the base."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import numpy.typing as npt

from glmlogit.data.rows import Rows
from glmlogit.data.storage import Selection, blocks
from glmlogit.likelihood.arrangement import Arrangement, a_column_each
from glmlogit.likelihood.contribution import Contribution, Predictor
from glmlogit.likelihood.multinomial_response import MultinomialResponse
from glmlogit.likelihood.multinomial_sums import MultinomialSums, by_level
from glmlogit.likelihood.objective import Likelihood
from glmlogit.numerics import row_functions, softmax_pass
from glmlogit.numerics.doubledouble import DD
from glmlogit.numerics.exact_score import ExactScore
from glmlogit.numerics.exact_softmax import exact_softmax
from glmlogit.numerics.linalg import EPS, Alias, TriangularFactor, scale_of
from glmlogit.separability.signed_rows import SignedRows

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Index = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class MultinomialLogit(MultinomialSums):
    """``Σ w (η_y − log Σ exp η_k)`` over the levels that are possible in a row (McFadden 1974; Agresti 2013, §8.1).

    In arrays by level the base comes first, the others follow in their order; coefficients of one level follow those of
    another. Where ``transform`` (q, k) and ``shift`` (q,) are given, these are ``transform·γ + shift``: a likelihood of
    some of the coefficients, or of combinations of them.
    """

    # --- digits ---------------------------------------------------------------------------------
    def exact_sums(
        self, coefficients: Index, k: int, scale: Array, weight: float, beta: DD, root: Array | None, reach: float
    ) -> ExactScore:
        """Sums over rows in double-double at the coefficients (c,), of the first k of them."""
        full = DD(np.zeros(self.size), np.zeros(self.size))
        full.hi[coefficients], full.lo[coefficients] = beta
        blocks = (self.outcome_rows(rows) for rows in self.blocks())
        own = scale_of(self.rows.magnitude)
        return exact_softmax(blocks, own, weight, full, coefficients[:k], root, reach)

    # --- names ----------------------------------------------------------------------------------
    @property
    def response(self) -> MultinomialResponse:
        """A probability for each level, of the predictors of all but the base."""
        return MultinomialResponse(self.names, self.base)

    @property
    def arrangement(self) -> Arrangement:
        """The coefficients of one level after those of another; all together where they are combined."""
        if self.transform is not None:
            return a_column_each(self.size)
        keys = tuple((level, name) for level in self.compared for name in self.rows.names)
        return Arrangement(self.response.places(self.size), keys, "Multinomial logistic regression")

    @property
    def compared(self) -> tuple[Hashable, ...]:
        """The levels that have coefficients."""
        return tuple(level for k, level in enumerate(self.names) if k != self.base)

    @property
    def labels(self) -> tuple[str, ...]:
        """Names ``[level]column``, as Stata writes them."""
        return self.own_labels or tuple(f"[{level}]{name}" for level in self.compared for name in self.rows.names)

    @property
    def limit(self) -> Array | None:
        """1 in rows (n,) of which a limiting model leaves one level possible, else 0; None where there are none."""
        if self.possible is None:
            return None
        alone = self.possible.sum(axis=1) == 1
        return alone.astype(np.float64) if alone.any() else None

    # --- reduce ---------------------------------------------------------------------------------
    @property
    def reduced(self) -> MultinomialLogit:
        """The likelihood of one row for each covariate pattern; itself where none are known."""
        folded = self.rows.collapsed
        if folded is self.rows or self.offset is not None or self.possible is not None:
            return self
        return replace(self, rows=folded)

    def spread_out(self, separated: Bools) -> Bools:
        """Signed rows of the reduced likelihood that are separated, as those of this one."""
        reduced = self.reduced
        if reduced is self:
            return separated
        ruled_out = ~reduced._left_possible(separated)
        by_row = np.column_stack([self.rows.spread_out(column) for column in ruled_out.T])
        rows, _, others = self.pairs
        return np.asarray(by_row[rows, others])

    # --- start ----------------------------------------------------------------------------------
    def start(self) -> Array:
        """Zero, or the log-odds against the base in the constant of each level."""
        start = np.zeros(self.size)
        constants, totals = self.rows.constants, by_level(np.array(self.totals), self.base)
        plain = self.transform is None and self.possible is None and self.largest_offset == 0
        if constants and plain and totals.min() > 0:
            j = constants[0]
            start[j :: self.rows.n_columns] = np.log(totals[1:] / totals[0]) / self.rows.at(slice(1))[0, j]
        return start

    def _taking(self, rows: Rows, selection: Selection) -> MultinomialLogit:
        offset, possible = softmax_pass.picked(self.offset, selection), softmax_pass.picked(self.possible, selection)
        return replace(self, rows=rows, offset=offset, possible=possible)

    @property
    def plain(self) -> bool:
        """Whether coefficients are those of columns, and every level is possible in every row."""
        return self.possible is None and self.transform is None

    def of_columns(self, aliases: tuple[Alias, ...]) -> Iterator[Alias]:
        """Columns that depend on earlier ones, once for each level."""
        p = self.rows.n_columns
        for k in range(self.n_levels - 1):
            for alias in aliases:
                yield Alias(alias.column + k * p, tuple((j + k * p, w) for j, w in alias.combination))

    def column_blocks(self) -> Iterator[Array]:
        """Rows (m, k) over the coefficients of the observed levels less those of the others possible, in blocks."""
        for rows in blocks(self.n_rows, self.size * self.n_levels):
            pairs = self.pairs_of(rows)
            yield self.differences(
                pairs if self.possible is None else pairs.those(self.possible[pairs.rows, pairs.others])
            )

    # --- prove ----------------------------------------------------------------------------------
    def rounding_of_step(self, free: Index, beta: Array, factor: TriangularFactor) -> float:
        """Bound of what rounding in one evaluation can move a linear predictor by (Higham 2002, §3.1).

        As that of the binary logit; the information of an observation about its predictors is ½ at most, not ¼.
        """
        magnitude = self.magnitude[free]
        reach = 2.0 * math.hypot(*(np.abs(factor.inverse_root).T @ magnitude).tolist())
        total = sum(self.totals)
        size = float(magnitude @ np.abs(beta)) + self.largest_offset
        in_eta = (len(free) + 2) * EPS * size * math.sqrt(2.0 * total)
        in_sums = (8192 + self.n_rows / 8192) * EPS * total * reach
        return float(reach * (in_eta + in_sums))

    def signed_rows(self, free: Index, beta: Array) -> SignedRows:
        """``(e_y − e_k) ⊗ x`` of every level y observed in a row and each other k (Albert & Anderson 1984).

        Where both were observed a row stands with both signs. The rows that ``beta`` (k,) fits worst come first.
        """
        rows, _, others = self.pairs
        signed = self.differences(self.pairs)[:, free]
        both = self.present[rows, others] if self.levels.grouped else None
        if self.possible is not None:
            signed[~self.possible[rows, others]] = 0.0
        return SignedRows(signed, both, signed @ beta)

    def raised(self, separated: Bools, free: Index) -> Array:
        """The signed rows that are ``separated``, over the coefficients ``free``."""
        return self.differences(self.pairs.those(separated))[:, free]

    def _left_possible(self, separated: Bools) -> Bools:
        """Levels (n, K) that are possible where signed rows are not separated."""
        possible = np.ones((self.n_rows, self.n_levels), dtype=bool) if self.possible is None else self.possible.copy()
        rows, _, others = self.pairs.those(separated)
        possible[rows, others] = False
        return possible

    # --- limit ----------------------------------------------------------------------------------
    def limiting(self, separated: Bools) -> MultinomialLogit:
        """What a direction of recession sets apart from the observed level is no longer possible (Geyer 2009)."""
        return replace(self, possible=self._left_possible(separated))

    def nearer(self, distance: float) -> MultinomialLogit:
        """The likelihood with its offset divided by ``distance``."""
        offsets = self.offsets
        return self if offsets is None else replace(self, offset=offsets / distance)

    # --- the model without covariates -----------------------------------------------------------
    @property
    def null(self) -> MultinomialLogit:
        """The likelihood of the offset and a constant for each level."""
        return replace(self, rows=self.rows.constant_alone(), transform=None, shift=None, own_labels=(), possible=None)

    def deviance(self, beta: DD, value: float) -> float:
        """Deviance at β; of grouped rows a sum in which no two terms cancel."""
        if not self.levels.grouped:
            return -2.0 * value + 0.0  # never −0.0
        parts = []
        for rows in self.blocks():
            block = self.outcome_rows(rows)
            at, y = softmax_pass.softmax(softmax_pass.predictors(block, self.full(beta.hi))), block.observed
            parts.append(row_functions.multinomial_deviance(at.log_p, at.p, y))
        return math.fsum(np.concatenate(parts).tolist())

    # --- rows -----------------------------------------------------------------------------------
    def contributions(self, beta: Array, predictor: Predictor) -> Iterator[Contribution]:
        """A direction for each level: score Σ y_k (x_k − Σ p x), information Σ N p_k (x_k − Σ p x)(x_k − Σ p x)'."""
        for rows in self.blocks():
            block = self.outcome_rows(rows)
            eta = softmax_pass.predictors(block, self.full(beta))
            at, y = softmax_pass.softmax(eta), block.observed
            weight = y.sum(axis=1)[:, None] * at.p
            row_block = self.rows_block(rows)
            yield Contribution(rows, row_block, eta, y.T, weight.T, self.directions_at(block.X, at))

    def directions(self, rows: Selection, beta: Array) -> Array:
        """Directions (K, m, k) of some rows."""
        block = self.outcome_rows(rows)
        return self.directions_at(block.X, softmax_pass.softmax(softmax_pass.predictors(block, self.full(beta))))

    # --- other weights, coefficients and offsets ------------------------------------------------
    def in_columns(self, rows: Rows) -> MultinomialLogit:
        """The likelihood of rows, the same in other columns."""
        return MultinomialLogit(rows, self.base, self.threads, names=self.names)

    # --- other levels ---------------------------------------------------------------------------
    def rebased(self, base: int) -> MultinomialLogit:
        """The same model with its coefficients against the level at another position."""
        return MultinomialLogit(self.rows, base, self.threads, names=self.names)

    def against(self, beta: Array, base: int) -> Array:
        """The coefficients (q,) against the level at another position, ``β_k − β_b``."""
        full = np.zeros((self.n_levels, self.rows.n_columns))
        full[[k for k in range(self.n_levels) if k != self.base]] = beta.reshape(self.n_levels - 1, -1)
        return np.asarray(np.delete(full - full[base], base, axis=0).ravel())

    def beyond(self, limiting: Likelihood, beta: Array) -> MultinomialLogit:
        """The likelihood with the linear predictors of ``limiting`` at β as its offset, and its possible levels."""
        smaller = cast("MultinomialLogit", limiting)
        eta = softmax_pass.predictors(smaller.outcome_rows(slice(None))._replace(possible=None), smaller.full(beta))
        return replace(self, offset=np.ascontiguousarray(eta[:, 1:]), possible=smaller.possible)


def multinomial_logit(rows: Rows, names: tuple[Hashable, ...], base: int, threads: int | None) -> MultinomialLogit:
    """The likelihood of rows with the levels ``names``, of which that at position ``base`` is the base."""
    return MultinomialLogit(rows, base, threads, names=names)
