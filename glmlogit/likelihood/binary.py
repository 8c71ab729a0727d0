"""The binary logit as a likelihood: labels, where to start, what separates, and what is left of it in the limit."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

from glmlogit.data.rows import Rows
from glmlogit.data.storage import Coded, Selection
from glmlogit.likelihood.aliasing import exact_combinations
from glmlogit.likelihood.arrangement import Arrangement, a_column_each
from glmlogit.likelihood.contribution import Contribution, Predictor
from glmlogit.likelihood.logit_sums import LogitSums
from glmlogit.likelihood.many_levels import ManyLevels, without_levels
from glmlogit.likelihood.objective import Likelihood
from glmlogit.likelihood.response import LOGIT, Response
from glmlogit.numerics import doubledouble, kernels, row_functions
from glmlogit.numerics.doubledouble import DD
from glmlogit.numerics.lazy import cached_property
from glmlogit.numerics.linalg import EPS, Alias, TriangularFactor, aliased_columns, append_rows
from glmlogit.separability.pure_levels import levels_of_one_outcome
from glmlogit.separability.recession import Recession
from glmlogit.separability.signed_rows import SignedRows
from glmlogit.separability.too_large import refuse_too_large

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Index = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class BinaryLogit(LogitSums):
    """The log-likelihood of rows: a coefficient for each of their columns."""

    rows: Rows
    why_no_refinement = ""
    why_no_residual = ""

    @property
    def exact_rows(self) -> Rows:
        """The rows, of single logits."""
        return self.rows

    @property
    def arrangement(self) -> Arrangement:
        """A coefficient a column."""
        return a_column_each(self.size)

    @property
    def response(self) -> Response:
        """No event or an event, by the inverse logit of one linear predictor."""
        return LOGIT

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
        return self.folded.n_rows

    # --- reduce ---------------------------------------------------------------------------------
    @cached_property
    def folded(self) -> Rows:
        """The rows that every pass sums over: one for each covariate pattern where such are known, else those given."""
        return self.rows.collapsed

    @property
    def reduced(self) -> BinaryLogit:
        """The likelihood of one row for each covariate pattern; itself where none are known."""
        return self if self.folded is self.rows else BinaryLogit(self.folded, self.threads)

    def spread_out(self, separated: Bools) -> Bools:
        """Rows (n,) whose covariate pattern is separated."""
        return self.rows.spread_out(separated)

    # --- start ----------------------------------------------------------------------------------
    def start(self) -> Array:
        """Zero, or the overall log-odds where the design has a constant and no offset shifts it."""
        rows, start = self.rows, np.zeros(self.size)
        events, nonevents = rows.event_totals
        constants = rows.constants
        if constants and rows.offset is None and events > 0 and nonevents > 0:
            j = constants[0]
            start[j] = math.log(events / nonevents) / rows.at(slice(1))[0, j]
        return start

    def part(self, stride: int) -> BinaryLogit:
        """The likelihood of every so many rows."""
        return BinaryLogit(self.rows.part(stride), self.threads)

    def column_blocks(self) -> Iterator[Array]:
        """Columns (m, p) of blocks of rows."""
        return (block.X for block in self.folded.blocks())

    def aliases(self, *, exact: bool = True) -> tuple[Alias, ...]:
        """Columns that depend linearly on earlier ones among the effective rows."""
        root, scale = self.column_root(), self.column_scale()
        aliases = aliased_columns(root, scale)
        return exact_combinations(self, root, scale, aliases) if aliases and exact else aliases

    def eliminated(self, held: Index) -> ManyLevels | None:
        """The likelihood in effects of the levels of a large factor and its other columns, ``held`` coefficients 0."""
        return without_levels(self.rows, self.unit, self.threads, held)

    # --- prove ----------------------------------------------------------------------------------
    def rounding_of_step(self, free: Index, beta: Array, factor: TriangularFactor) -> float:
        """Bound of what rounding in one evaluation can move a linear predictor by (Higham 2002, §3.1).

        From the magnitudes of the columns, without another pass over the rows; β (k,) of the columns ``free``.
        """
        rows = self.rows
        magnitude, reach = rows.magnitude[free], self._furthest(factor, free)
        total = sum(rows.event_totals)
        terms = len(free) + 2
        size = float(magnitude @ np.abs(beta)) + rows.largest_offset
        in_eta = terms * EPS * size * math.sqrt(total) / 2
        in_sums = (8192 + rows.n_rows / 8192) * EPS * total * reach
        return float(reach * (in_eta + in_sums))

    def furthest(self, factor: TriangularFactor) -> float:
        """Bound of the length ``|R⁻ᵀx|`` of any row."""
        return self._furthest(factor, np.arange(self.size))

    def _furthest(self, factor: TriangularFactor, free: Index) -> float:
        reaches = self._reaches(np.abs(factor.inverse_root), free)
        return math.hypot(*reaches.tolist())  # squares would overflow with weights of 1e-300

    def _reaches(self, root: Array, free: Index) -> Array:
        """Bounds (k,) of ``|root|'|x|`` over all rows x of the columns ``free``: a row is in one level of a factor."""
        memory = self.rows.memory
        magnitude, matrix = self.rows.magnitude[free], None if memory is None else memory.matrix
        if not isinstance(matrix, Coded):
            return np.asarray(root.T @ magnitude)
        rest = np.ones(len(free), dtype=bool)
        reaches = np.zeros(root.shape[1])
        for group in matrix.groups:
            own = np.isin(free, group.places)
            if own.any() and (np.count_nonzero(group.table, axis=1) <= 1).all():
                rest &= ~own
                reaches += (root[own] * magnitude[own][:, None]).max(axis=0)
        return np.asarray(reaches + root[rest].T @ magnitude[rest])

    def pure_levels(self) -> Recession | None:
        """The recession cone of levels with one outcome only; None without any."""
        return levels_of_one_outcome(self.rows)

    def signed_rows(self, free: Index, beta: Array) -> SignedRows:
        """Columns of events, and those of non-events with their sign changed (Albert & Anderson 1984).

        The rows that ``beta`` (k,) fits worst come first.
        """
        rows = self.rows
        events, nonevents = rows.outcomes()
        refuse_too_large(rows)
        X = rows.at(slice(None))[:, free]
        signed = np.where(events, 1.0, -1.0)[:, None] * X
        eta = X @ beta + (0.0 if rows.offset is None else rows.offset)
        return SignedRows(signed, events & nonevents, np.where(events, eta, -eta))

    def raised(self, separated: Bools, free: Index) -> Array:
        """Columns ``free`` of the rows that are ``separated``, their sign that of the outcome."""
        sign = np.where(self.rows.outcomes()[0][separated], 1.0, -1.0)
        return self.rows.at(separated)[:, free] * sign[:, None]

    # --- limit ----------------------------------------------------------------------------------
    def limiting(self, separated: Bools) -> BinaryLogit:
        """The likelihood in which separated rows (n,) are fitted perfectly and drop out (Geyer 2009)."""
        limit = np.where(separated, np.where(self.rows.outcomes()[0], 1.0, -1.0), 0.0)
        return BinaryLogit(self.rows.with_limit(limit), self.threads)

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
            effect = np.where(np.abs(offset) < kernels.INFINITE_ETA, np.sqrt(total / self.rows.largest_weight), 0.0)
            columns = np.column_stack([block.X[:, free] * scale, np.where(effect > 0, target, 0.0)])
            root = append_rows(root, columns * effect[:, None])
        assert root is not None
        solved, *_ = np.linalg.lstsq(root[:, :-1], root[:, -1], rcond=None)
        return np.asarray(solved * scale)

    def nearer(self, distance: float) -> BinaryLogit:
        """The likelihood with its offset divided by ``distance``."""
        rows = self.rows
        return self if rows.offset is None else BinaryLogit(rows.with_offset(rows.offset / distance), self.threads)

    def holding(self, free: Index, held: Index) -> Callable[[Array], BinaryLogit]:
        """The likelihood of the columns ``free``, those ``held`` times their values (h,) being added to the offset."""
        others, columns = self.rows.keeping(free), self.rows.written(held)

        def at(values: Array) -> BinaryLogit:
            shift = columns @ values
            offset = shift if others.offset is None else others.offset + shift
            return BinaryLogit(others.with_offset(offset), self.threads)

        return at

    # --- the model without covariates -----------------------------------------------------------
    @property
    def null(self) -> BinaryLogit:
        """The likelihood of the offset and a constant."""
        return BinaryLogit(self.folded.constant_alone())

    @property
    def null_value(self) -> float | None:
        """The maximum of :attr:`null` without an offset, by the totals; None with one."""
        return None if self.rows.offset is not None else row_functions.constant_loglik(self.totals)

    @property
    def saturated(self) -> float:
        """Log-likelihood of the model with a parameter per row, binomial coefficients included as in R."""
        return self.rows.saturated

    def deviance(self, beta: DD, value: float) -> float:
        """Deviance at β, whose log-likelihood kernel is ``value``; of grouped rows a sum that loses no digits to it.

        Each is taken at the linear predictor rounded once, and its change over what rounding left.
        """
        if not self.rows.grouped:
            return -2.0 * value + 0.0  # never −0.0
        parts: list[float] = []
        for block in self.rows.blocks():
            eta = doubledouble.linear_predictor(block.X, beta, block.offset)
            residual = kernels.row_sums(eta.hi, block.events, block.nonevents).residual
            change = np.where(residual != 0, residual * eta.lo, 0.0)
            of_rows = row_functions.deviance_rows(eta.hi, block.events, block.nonevents)
            parts += [float(of_rows.sum()), -2.0 * float(change.sum())]
        return math.fsum(parts)

    # --- rows -----------------------------------------------------------------------------------
    def contributions(self, beta: Array, predictor: Predictor) -> Iterator[Contribution]:
        """Residuals, weights and columns of rows, in blocks."""
        first = 0
        for block in self.rows.blocks():
            part = slice(first, first := first + len(block.X))
            eta = predictor(block.X, block.offset)
            _, residual, weight = kernels.row_sums(eta, block.events, block.nonevents, value=False)
            yield Contribution(part, block, eta, residual, weight, block.X)

    def directions(self, rows: Selection, beta: Array) -> Array:
        """Columns (m, p) of some rows."""
        return self.rows.at(rows)

    # --- other weights, coefficients and offsets ------------------------------------------------
    def with_weights(self, weights: Array) -> BinaryLogit:
        """The likelihood of the same rows with other weights (n,); those of weight 0 are left out."""
        return BinaryLogit(self.rows.with_weights(weights), self.threads)

    def with_counts(self, counts: Array) -> BinaryLogit:
        """The likelihood of rows with other numbers (n, 2) of events and of non-events; those without are left out."""
        return BinaryLogit(self.rows.with_counts(counts), self.threads)

    def in_columns(self, rows: Rows) -> BinaryLogit:
        """The likelihood of rows, the same in other columns."""
        return BinaryLogit(rows, self.threads)

    def recombined(self, free: Index, transform: Array, labels: tuple[str, ...]) -> BinaryLogit:
        """The likelihood of γ where the coefficients ``free`` (k,) are Tγ: of the columns times T (k, k)."""
        return BinaryLogit(self.rows.recombined(free, transform, labels), self.threads)

    def beyond(self, limiting: Likelihood, beta: Array) -> BinaryLogit:
        """The likelihood with the linear predictors of ``limiting`` at β as its offset, and its limit."""
        rows = cast("BinaryLogit", limiting).rows
        eta = rows.times(beta) + (0.0 if rows.offset is None else rows.offset)
        return BinaryLogit(self.rows.with_offset(eta).with_limit(rows.limit), self.threads)
