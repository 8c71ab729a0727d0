"""The binary logit as a likelihood: labels, where to start, what separates, and what is left of it in the limit."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import numpy.typing as npt

from glmlogit.data.storage import Dense, blocks, some_columns
from glmlogit.designs.container import INFINITE_ETA, Design
from glmlogit.errors import NotEstimableError
from glmlogit.formula.columns import ArrayColumns
from glmlogit.likelihood.aliasing import exact_combinations
from glmlogit.likelihood.logit_sums import LogitSums
from glmlogit.likelihood.objective import Contribution, Likelihood, Predictor
from glmlogit.numerics import kernels
from glmlogit.numerics.lazy import cached_property
from glmlogit.numerics.linalg import EPS, Alias, TriangularFactor, aliased_columns, append_rows
from glmlogit.numerics.row_functions import log_odds
from glmlogit.separability.pure_levels import levels_of_one_outcome
from glmlogit.separability.recession import Recession
from glmlogit.separability.signed_rows import SignedRows

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Index = npt.NDArray[np.intp]

# Rows times columns of a linear program over all rows where they have to be written out for it: 4 GB.
MOST_DECIDED = 500_000_000


@dataclass(frozen=True, eq=False)
class BinaryLogit(LogitSums):
    """The log-likelihood of a design's rows: a coefficient for each of its columns."""

    rows: Design
    why_no_refinement = ""

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the columns."""
        return self.rows.names

    @property
    def magnitude(self) -> Array:
        """Largest absolute value of each column."""
        return self.rows.magnitude

    @property
    def totals(self) -> tuple[float, ...]:
        """Weighted numbers of events and of non-events."""
        return self.rows.event_totals

    @property
    def largest_offset(self) -> float:
        """Largest absolute offset."""
        return self.rows.largest_offset

    @property
    def limit(self) -> Array | None:
        """1 or −1 for rows (n,) that a limiting model fits perfectly, else 0; None where it fits none."""
        return self.rows.limit

    @property
    def n_rows(self) -> int:
        """Number of rows that a pass sums over."""
        return len(self.folded.y)

    # --- reduce ---------------------------------------------------------------------------------
    @cached_property
    def folded(self) -> Design:
        """The rows that every pass sums over: one for each covariate pattern where such are known, else those given."""
        return self.rows.collapsed

    @property
    def reduced(self) -> BinaryLogit:
        """The likelihood of one row for each covariate pattern; itself where none are known."""
        return self if self.folded is self.rows else BinaryLogit(self.folded, self.threads)

    def spread_out(self, separated: Bools) -> Bools:
        """Rows (n,) whose covariate pattern is separated."""
        return separated if self.rows.patterns is None else separated[self.rows.patterns.codes]

    # --- start ----------------------------------------------------------------------------------
    def start(self) -> Array:
        """Zero, or the overall log-odds where the design has a constant and no offset shifts it."""
        rows, start = self.rows, np.zeros(self.size)
        events, nonevents = rows.event_totals
        constants = rows.constants
        if constants and rows.offset is None and events > 0 and nonevents > 0:
            j = constants[0]
            start[j] = log_odds(events / (events + nonevents)) / rows.matrix.rows(slice(1))[0, j]
        return start

    def part(self, stride: int) -> BinaryLogit:
        """The likelihood of every so many rows, its vectors contiguous and without covariate patterns."""

        def every(values: Array | None) -> Array | None:
            return None if values is None else np.ascontiguousarray(values[::stride])

        rows = self.rows
        thinned = replace(
            rows,
            matrix=rows.matrix.take(slice(None, None, stride)),
            patterns=None,
            y=np.ascontiguousarray(rows.y[::stride]),
            trials=every(rows.trials),
            weights=every(rows.weights),
            offset=every(rows.offset),
            limit=every(rows.limit),
        )
        return BinaryLogit(thinned, self.threads)

    def column_blocks(self) -> Iterator[Array]:
        """Columns (m, p) of blocks of rows."""
        return (block.X for block in self.folded.blocks())

    def aliases(self, *, exact: bool = True) -> tuple[Alias, ...]:
        """Columns that depend linearly on earlier ones among the effective rows."""
        root, scale = self.column_root(), self.column_scale()
        aliases = aliased_columns(root, scale)
        return exact_combinations(self, root, scale, aliases) if aliases and exact else aliases

    # --- prove ----------------------------------------------------------------------------------
    def rounding_of_step(self, free: Index, beta: Array, factor: TriangularFactor) -> float:
        """Bound of what rounding in one evaluation can move a linear predictor by (Higham 2002, §3.1).

        From the magnitudes of the columns, without another pass over the rows; β (k,) of the columns ``free``.
        """
        rows = self.rows
        magnitude = rows.magnitude[free]
        reaches = np.abs(factor.inverse_root).T @ magnitude
        reach = math.hypot(*reaches.tolist())  # ≥ |R⁻ᵀx| of every row; squares would overflow with weights of 1e-300
        total = sum(rows.event_totals)
        terms = len(free) + 2
        size = float(magnitude @ np.abs(beta)) + rows.largest_offset
        in_eta = terms * EPS * size * math.sqrt(total) / 2
        in_sums = (8192 + rows.n_rows / 8192) * EPS * total * reach
        return float(reach * (in_eta + in_sums))

    def pure_levels(self) -> Recession | None:
        """The recession cone of levels with one outcome only; None without any."""
        return levels_of_one_outcome(self.rows)

    def signed_rows(self, free: Index, beta: Array) -> SignedRows:
        """Columns of events, and those of non-events with their sign changed (Albert & Anderson 1984).

        The rows that ``beta`` (k,) fits worst come first.
        """
        rows = self.rows
        events, nonevents = rows.y, (1.0 if rows.trials is None else rows.trials) - rows.y
        _refuse_too_large(rows)
        X = rows.matrix.rows(slice(None))[:, free]
        signed = np.where(events > 0, 1.0, -1.0)[:, None] * X
        eta = X @ beta + (0.0 if rows.offset is None else rows.offset)
        return SignedRows(signed, (events > 0) & (nonevents > 0), np.where(events > 0, eta, -eta))

    def raised(self, separated: Bools, free: Index) -> Array:
        """Columns ``free`` of the rows that are ``separated``, their sign that of the outcome."""
        rows = self.rows
        sign = np.where(rows.y[separated] > 0, 1.0, -1.0)
        return rows.matrix.rows(separated)[:, free] * sign[:, None]

    # --- limit ----------------------------------------------------------------------------------
    def limiting(self, separated: Bools) -> BinaryLogit:
        """The likelihood in which separated rows (n,) are fitted perfectly and drop out (Geyer 2009)."""
        limit = np.where(separated, np.where(self.rows.y > 0, 1.0, -1.0), 0.0)
        return BinaryLogit(replace(self.rows, limit=limit), self.threads)

    def linearised_start(self, free: Index) -> Array:
        """A start (k,) for the columns ``free``: one step of iterated least squares from probabilities of ¼ and ¾.

        From a start of zero an offset of a thousand leaves every row saturated, and no information to step with.
        """
        scale = self.column_scale()[free]
        root: Array | None = None
        for block in self.rows.blocks():
            total = block.events + block.nonevents
            offset = np.zeros(len(total)) if block.offset is None else block.offset
            target = np.log((block.events + 0.5 * total) / (block.nonevents + 0.5 * total)) - offset
            effect = np.where(np.abs(offset) < INFINITE_ETA, np.sqrt(total / self.rows.largest_weight), 0.0)
            columns = np.column_stack([block.X[:, free] * scale, np.where(effect > 0, target, 0.0)])
            root = append_rows(root, columns * effect[:, None])
        assert root is not None
        solved, *_ = np.linalg.lstsq(root[:, :-1], root[:, -1], rcond=None)
        return np.asarray(solved * scale)

    def nearer(self, distance: float) -> BinaryLogit:
        """The likelihood with its offset divided by ``distance``."""
        rows = self.rows
        return self if rows.offset is None else BinaryLogit(replace(rows, offset=rows.offset / distance), self.threads)

    def holding(self, free: Index, held: Index) -> Callable[[Array], BinaryLogit]:
        """The likelihood of the columns ``free``, those ``held`` times their values (h,) being added to the offset."""
        names = tuple(self.rows.names[j] for j in free)
        constant = next((i for i, j in enumerate(free) if j in self.rows.constants), None)
        others = replace(
            self.rows,
            matrix=some_columns(self.rows.matrix, free),
            columns=ArrayColumns(names, intercept=False, constant=constant),
            magnitude=self.rows.magnitude[free],
            frame=None,
            formula=None,
        )
        columns = np.column_stack([self.rows.matrix.column(int(j)) for j in held])

        def at(values: Array) -> BinaryLogit:
            shift = columns @ values
            offset = shift if others.offset is None else others.offset + shift
            return BinaryLogit(replace(others, offset=offset), self.threads)

        return at

    # --- the model without covariates -----------------------------------------------------------
    @property
    def null(self) -> BinaryLogit:
        """The likelihood of the offset and a constant."""
        columns = ArrayColumns(("Intercept",), True, 0)
        ones = Dense(np.ones((self.folded.n_rows, 1)))
        return BinaryLogit(replace(self.folded, matrix=ones, magnitude=np.ones(1), columns=columns))

    @property
    def null_value(self) -> float | None:
        """The maximum of :attr:`null` without an offset, by the totals; None with one."""
        if self.rows.offset is not None:
            return None
        total = sum(self.totals)
        return float(sum(count * math.log(count / total) for count in self.totals if count > 0))

    # --- rows -----------------------------------------------------------------------------------
    def contributions(self, beta: Array, predictor: Predictor) -> Iterator[Contribution]:
        """Residuals, weights and columns of rows, in blocks."""
        for part in blocks(self.rows.n_rows, self.size):
            block = self.rows.block(part)
            eta = predictor(block.X, block.offset)
            _, residual, weight = kernels.row_sums(eta, block.events, block.nonevents)
            yield Contribution(part, block, eta, residual, weight, block.X)

    def directions(self, rows: Index, beta: Array) -> Array:
        """Columns (m, p) of some rows."""
        return self.rows.matrix.rows(rows)

    # --- other weights, coefficients and offsets ------------------------------------------------
    def with_weights(self, weights: Array) -> BinaryLogit:
        """The likelihood of the same rows with other weights (n,); those of weight 0 are left out."""
        return BinaryLogit(self.rows.with_weights(weights), self.threads)

    def with_counts(self, counts: Array) -> BinaryLogit:
        """The likelihood of rows with other numbers (n, 2) of events and of non-events; those without are left out."""
        return BinaryLogit(self.rows.with_counts(counts), self.threads)

    def recombined(self, free: Index, transform: Array, labels: tuple[str, ...]) -> BinaryLogit:
        """The likelihood of γ where the coefficients ``free`` (k,) are Tγ: of the columns times T (k, k)."""
        X = np.ascontiguousarray(self.rows.X[:, free] @ transform)
        magnitude, columns = np.abs(X).max(axis=0), ArrayColumns(labels, False)
        rows = replace(self.rows, matrix=Dense(X), columns=columns, magnitude=magnitude, patterns=None)
        return BinaryLogit(rows, self.threads)

    def beyond(self, limiting: Likelihood, beta: Array) -> BinaryLogit:
        """The likelihood with the linear predictors of ``limiting`` at β as its offset, and its limit."""
        rows = cast("BinaryLogit", limiting).rows
        eta = rows.matrix.times(beta) + (0.0 if rows.offset is None else rows.offset)
        return BinaryLogit(replace(self.rows, offset=eta, limit=rows.limit), self.threads)


def _refuse_too_large(rows: Design) -> None:
    """Refuse a matrix held by codes whose rows are too many to be written out for the linear program."""
    n, p = rows.matrix.shape
    if isinstance(rows.matrix, Dense) or n * p <= MOST_DECIDED:
        return
    raise NotEstimableError(
        f"whether a finite estimate exists cannot be decided: {n:,} rows of {p:,} columns are too many for the linear "
        f"program that tells near separation from separation. Merge levels with few rows, or use gl.firth, whose "
        f"estimates are always finite"
    )
