"""The cumulative logit as a likelihood: levels in an order, cuts between them, coefficients that all cuts share."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import numpy.typing as npt

from glmlogit.data.rows import Rows
from glmlogit.data.storage import Selection
from glmlogit.likelihood.arrangement import Arrangement, a_column_each
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.likelihood.contribution import Contribution, Predictor
from glmlogit.likelihood.cumulative_response import CumulativeResponse
from glmlogit.likelihood.cumulative_sums import CumulativeSums
from glmlogit.likelihood.cut_points import around, log_odds_of_cuts, places_of
from glmlogit.likelihood.objective import Likelihood
from glmlogit.numerics import row_functions
from glmlogit.numerics.cumulative import cut_sums, log_probabilities
from glmlogit.numerics.doubledouble import DD
from glmlogit.numerics.exact_cuts import CutBlock, CutPlaces, exact_cuts
from glmlogit.numerics.exact_score import ExactScore
from glmlogit.numerics.lazy import cached_property
from glmlogit.numerics.linalg import EPS, Alias, TriangularFactor, scale_of
from glmlogit.separability.signed_rows import SignedRows

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Index = npt.NDArray[np.intp]

# Cuts nearer to each other than this leave the proof of overlap to the linear program: a step may change how likely
# levels between them are by more than it changes log-odds.
NEAR_CUTS = 0.02


@dataclass(frozen=True, eq=False)
class CumulativeLogit(CumulativeSums):
    """``logit P(Y > j) = x'β − θ_j`` (McCullagh 1980), the constant column being −1.

    ``apart`` names columns with a coefficient for each cut (Peterson & Harrell 1990).
    """

    apart: frozenset[str] = frozenset()

    # --- digits ---------------------------------------------------------------------------------
    def exact_sums(
        self, coefficients: Index, k: int, scale: Array, weight: float, beta: DD, root: Array | None, reach: float
    ) -> ExactScore:
        """Sums over rows in double-double at the coefficients (c,), of the first k of them."""
        full = DD(np.zeros(self.size), np.zeros(self.size))
        full.hi[coefficients], full.lo[coefficients] = beta
        blocks = (CutBlock(self.rows.at(rows), self._offset_of(rows), self.counts(rows)) for rows in self.blocks())
        at, own = CutPlaces(self.cuts, self.own), scale_of(self.rows.magnitude)
        return exact_cuts(blocks, at, own, weight, full, coefficients[:k], root, reach)

    def _offset_of(self, rows: slice) -> Array | None:
        """Offsets of some rows, (m, 1) or of each cut; None without."""
        offset = self.rows.offset[:, None] if self.offset is None and self.rows.offset is not None else self.offset
        return None if offset is None else offset[rows]

    # --- names ----------------------------------------------------------------------------------
    @property
    def response(self) -> CumulativeResponse:
        """A probability for each level, of the log-odds of being above each cut."""
        return CumulativeResponse(self.names, self.cuts)

    @property
    def arrangement(self) -> Arrangement:
        """For each cut the coefficients of the columns; all together where they are combined."""
        if self.transform is not None:
            return a_column_each(self.size)
        title = f"{'Partial p' if self.apart else 'P'}roportional-odds logistic regression"
        return Arrangement(tuple(self.cuts), title=title)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Cut points as ``low|mid``, names of columns; ``[low|mid]name`` of a column with a coefficient a cut."""
        if self.own_labels:
            return self.own_labels
        labels = [""] * self.n_full
        between = [f"{low}|{high}" for low, high in zip(self.names[:-1], self.names[1:], strict=True)]
        for cut, places in zip(between, self.cuts, strict=True):
            for j, place in enumerate(places):
                name = self.rows.names[j]
                labels[place] = cut if j in self.rows.constants else f"[{cut}]{name}" if name in self.apart else name
        return tuple(labels)

    @property
    def limit(self) -> Array | None:
        """1 in rows (n,) that a limiting model fits perfectly, else 0; None where there are none."""
        if self.above is None or self.below is None:
            return None
        table = self.levels.present
        informative = np.asarray((self.above & table[:, 1:]).any(axis=1) | (self.below & table[:, :-1]).any(axis=1))
        return None if informative.all() else np.where(informative, 0.0, 1.0)

    # --- reduce ---------------------------------------------------------------------------------
    @property
    def reduced(self) -> CumulativeLogit:
        """The likelihood of one row for each covariate pattern; itself where none are known."""
        folded = self.rows.collapsed
        if folded is self.rows or self.offset is not None or self.above is not None:
            return self
        return replace(self, rows=folded)

    def spread_out(self, separated: Bools) -> Bools:
        """Signed rows of the reduced likelihood that are separated, as those of this one."""
        reduced = self.reduced
        if reduced is self:
            return separated
        marked = np.zeros((reduced.n_rows, self.n_cuts), dtype=bool)
        marked[reduced.signed_places] = separated
        by_row = np.column_stack([self.rows.spread_out(column) for column in marked.T])
        return np.asarray(by_row[self.signed_places])

    # --- start ----------------------------------------------------------------------------------
    def start(self) -> Array:
        """Cut points by the shares of the levels, other coefficients 0; around cut points that are held where some are.

        Cuts that cross have no likelihood, so that zeros are no start.
        """
        constants, target = self.rows.constants, np.zeros(self.n_full)
        if constants:
            places, at = self.cuts[:, constants[0]], float(self.rows.at(slice(1))[0, constants[0]])
            target[places] = self._cut_log_odds(places, at) / at
        if self.transform is None:
            return target
        shift = 0.0 if self.shift is None else self.shift
        return np.asarray(np.linalg.lstsq(self.transform, target - shift, rcond=None)[0])

    def _cut_log_odds(self, places: Index, at: float) -> Array:
        """Log-odds of being above each cut by the totals, those held as they are and the others between them."""
        log_odds = log_odds_of_cuts(np.maximum(np.array(self.totals), 0.5 * self.unit))
        if self.transform is None or self.shift is None:
            return log_odds
        held = np.flatnonzero((self.transform[places] == 0.0).all(axis=1))
        return around(log_odds, held, self.shift[places[held]] * at)

    def score(self, beta: Array) -> tuple[float, Array]:
        """Log-likelihood and score."""
        at = self.evaluate(beta)
        return at.value, at.score

    def _taking(self, rows: Rows, selection: Selection) -> CumulativeLogit:
        above, below = (None if v is None else v[selection] for v in (self.above, self.below))
        offset = None if self.offset is None else self.offset[selection]
        return replace(self, rows=rows, above=above, below=below, offset=offset)

    @property
    def plain(self) -> bool:
        """Whether coefficients are those of columns and cuts, and nothing is fitted perfectly."""
        return self.above is None and self.transform is None

    def of_columns(self, aliases: tuple[Alias, ...]) -> Iterator[Alias]:
        """What a column that depends on others means for its coefficients, each cut having a part of its own."""
        for alias in aliases:
            for column in dict.fromkeys(self.cuts[:, alias.column].tolist()):
                cuts = self.cuts[self.cuts[:, alias.column] == column]
                parts = dict.fromkeys((int(place), weight) for j, weight in alias.combination for place in cuts[:, j])
                yield Alias(column, tuple(parts))

    def column_blocks(self) -> Iterator[Array]:
        """Rows (m, k) over the coefficients of each cut that an observation is next to, in blocks."""
        for rows in self.blocks():
            counts = self.counts(rows)
            yield self.directions_of(self.rows.at(rows))[: self.n_cuts][((counts.above > 0) | (counts.below > 0)).T]

    # --- prove ----------------------------------------------------------------------------------
    def rounding_of_step(self, free: Index, beta: Array, factor: TriangularFactor) -> float:
        """Bound of what rounding in one evaluation can move a linear predictor by (Higham 2002, §3.1).

        As that of the binary logit, of which each observation is two; infinite where cuts are so near that the score of
        a gap may change more than a log-odds does.
        """
        odds = self.largest_gap_odds(self._embedded(beta, free))
        if 1.0 + odds > 1.0 / NEAR_CUTS:
            return math.inf
        magnitude = self.magnitude[free]
        reach = 2.0 * math.hypot(*(np.abs(factor.inverse_root).T @ magnitude).tolist())
        total = 2.0 * (1.0 + odds) ** 2 * sum(self.totals)
        size = float(magnitude @ np.abs(beta)) + self.largest_offset
        in_eta = (len(free) + 2) * EPS * size * math.sqrt(total)
        in_sums = (8192 + self.n_rows / 8192) * EPS * total * reach
        return float((1.0 + odds) * reach * (in_eta + in_sums))

    def _embedded(self, beta: Array, free: Index) -> Array:
        embedded = np.zeros(self.size)
        embedded[free] = beta
        return embedded

    @cached_property
    def _observed(self) -> tuple[Bools, Bools]:
        """Which rows were observed next above each cut (n, K − 1), and which next below."""
        table = self.levels.present
        return table[:, 1:], table[:, :-1]

    @cached_property
    def signed_places(self) -> tuple[Index, Index]:
        """Row and cut of each signed row."""
        above, below = self._observed
        rows, cuts = np.nonzero(above | below)
        return rows, cuts

    def _signed(self, free: Index, chosen: Bools | slice) -> Array:
        rows, cuts = (values[chosen] for values in self.signed_places)
        X, full = self.rows.at(rows), np.zeros((len(rows), self.n_full))
        sign = np.where(self._observed[0][rows, cuts], 1.0, -1.0)
        full[np.arange(len(rows))[:, None], self.cuts[cuts]] = sign[:, None] * X
        return np.ascontiguousarray(self.mapped(full)[:, free])

    def signed_rows(self, free: Index, beta: Array) -> SignedRows:
        """At each cut the columns of rows next above it, and those next below with their sign changed.

        Of a log-concave likelihood that is the cone of recession (Pratt 1981; Burridge 1981).
        """
        places = self.signed_places
        signed, (above, below) = self._signed(free, slice(None)), self._observed
        if self.above is not None and self.below is not None:
            dropped = ~np.where(above[places], self.above[places], self.below[places])
            signed[dropped] = 0.0
        return SignedRows(signed, (above & below)[places], signed @ beta)

    def raised(self, separated: Bools, free: Index) -> Array:
        """The signed rows that are ``separated``, over the coefficients ``free``."""
        return self._signed(free, separated)

    # --- limit ----------------------------------------------------------------------------------
    def limiting(self, separated: Bools) -> CumulativeLogit:
        """What is separated at a cut is fitted perfectly there, and says nothing of it (Geyer 2009)."""
        shape = (self.n_rows, self.n_cuts)
        above, below = (np.ones(shape, dtype=bool) if v is None else v.copy() for v in (self.above, self.below))
        rows, cuts = (values[separated] for values in self.signed_places)
        up = self._observed[0][rows, cuts]
        above[rows[up], cuts[up]] = False
        below[rows[~up], cuts[~up]] = False
        return replace(self, above=above, below=below)

    def nearer(self, distance: float) -> CumulativeLogit:
        """The likelihood with its offset divided by ``distance``."""
        if self.offset is None and self.rows.offset is None:
            return self
        own = np.zeros((self.n_rows, 1)) if self.rows.offset is None else self.rows.offset[:, None]
        offset = np.repeat(own, self.n_cuts, axis=1) if self.offset is None else self.offset
        return replace(self, offset=offset / distance)

    # --- the model without covariates -----------------------------------------------------------
    @property
    def null(self) -> CumulativeLogit:
        """The likelihood of the offset and cut points."""
        rows = self.rows.constant_alone()
        return CumulativeLogit(rows, np.arange(self.n_cuts)[:, None], names=self.names)

    def deviance(self, beta: DD, value: float) -> float:
        """Deviance at β; of grouped rows a sum in which no two terms cancel."""
        if not self.levels.grouped:
            return -2.0 * value + 0.0  # never −0.0
        parts, full = [], self.full(beta.hi)
        for rows in self.blocks():
            block = self.cut_rows(rows, full)
            log_p = log_probabilities(block.eta, block.gap)
            table = self.levels.table(rows)
            weighted = table if self.rows.weights is None else table * self.rows.weights[rows][:, None]
            parts.append(row_functions.multinomial_deviance(log_p, np.exp(log_p), weighted))
        return math.fsum(np.concatenate(parts).tolist())

    # --- rows -----------------------------------------------------------------------------------
    def contributions(self, beta: Array, predictor: Predictor) -> Iterator[Contribution]:
        """A direction for each cut and each gap."""
        full = self.full(beta)
        for rows in self.blocks():
            block = self.cut_rows(rows, full)
            sums = cut_sums(block.eta, block.gap, block.counts)
            residual = np.concatenate([sums.residual.T, sums.gap_residual.T])
            weight = np.concatenate([sums.weight.T, sums.gap_weight.T])
            yield Contribution(rows, self.rows_block(rows), block.eta, residual, weight, self.directions_of(block.X))

    def directions(self, rows: Selection, beta: Array) -> Array:
        """Directions (2K − 3, m, k) of some rows."""
        return self.directions_of(self.rows.at(rows))

    def above_cut(self, cut: int) -> BinaryLogit:
        """The binary logit of being above a cut, in the same columns."""
        return BinaryLogit(self.rows.with_events(self.levels.table()[:, cut + 1 :].sum(axis=1)))

    def expecting(self, beta: Array) -> CumulativeLogit:
        """The likelihood where each level was observed as often as β expects: its information is the expected one."""
        block = self.cut_rows(slice(None), self.full(beta))
        total = self.rows_block(slice(None)).events
        return replace(self, expected=total[:, None] * np.exp(log_probabilities(block.eta, block.gap)))

    # --- other weights, coefficients and offsets ------------------------------------------------
    def in_columns(self, rows: Rows) -> CumulativeLogit:
        """The likelihood of rows, the same in other columns."""
        return cumulative_logit(rows, self.names, self.apart)

    def beyond(self, limiting: Likelihood, beta: Array) -> CumulativeLogit:
        """The likelihood with the predictors of ``limiting`` at β as its offset, less what that fits perfectly."""
        smaller = cast("CumulativeLogit", limiting)
        eta = smaller.cut_rows(slice(None), smaller.full(beta)).eta
        return replace(self, offset=eta, above=smaller.above, below=smaller.below)


def cumulative_logit(rows: Rows, names: tuple[Hashable, ...], apart: frozenset[str] = frozenset()) -> CumulativeLogit:
    """The likelihood of rows with the levels ``names`` in their order; columns ``apart`` have a coefficient a cut."""
    cuts = places_of(rows.names, rows.constants, apart, len(names) - 1)
    return CumulativeLogit(rows, cuts, names=names, apart=apart)
