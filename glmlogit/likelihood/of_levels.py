"""What likelihoods of several levels share: levels of rows, and coefficients that may be ``transform·γ + shift``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from glmlogit.data.level_counts import LevelCounts
from glmlogit.data.rows import Rows
from glmlogit.data.storage import Selection
from glmlogit.likelihood.aliasing import exact_combinations
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.likelihood.objective import Advance, Eliminated, Evaluation
from glmlogit.numerics import row_functions
from glmlogit.numerics.lazy import cached_property
from glmlogit.numerics.linalg import Alias, aliased_columns, append_rows, scale_of
from glmlogit.numerics.newton_steps import StepRules
from glmlogit.separability.recession import Recession

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class OfLevels(ABC):
    """Rows with levels ``names``, and coefficients (k,) of which the model's own (q,) are ``transform·γ + shift``.

    ``transform`` (q, k) and ``shift`` (q,) are None where they are the model's own: a likelihood of some of the
    coefficients, or of combinations of them, has both.
    """

    rows: Rows
    names: tuple[Hashable, ...] = field(default=(), kw_only=True)
    own_labels: tuple[str, ...] = field(default=(), kw_only=True)
    transform: Array | None = field(default=None, kw_only=True)
    shift: Array | None = field(default=None, kw_only=True)
    exact = True
    why_no_curvature = ""

    # --- of a model: what differs ----------------------------------------------------------------
    @property
    @abstractmethod
    def n_full(self) -> int:
        """Coefficients (q,) of the model's own."""

    @property
    @abstractmethod
    def labels(self) -> tuple[str, ...]:
        """Names of the coefficients."""

    @property
    @abstractmethod
    def magnitude(self) -> Array:
        """Largest absolute value that multiplies each coefficient."""

    @property
    @abstractmethod
    def largest_offset(self) -> float:
        """Largest absolute offset."""

    @property
    @abstractmethod
    def plain(self) -> bool:
        """Whether coefficients are the model's own, of all that rows say."""

    @abstractmethod
    def of_columns(self, aliases: tuple[Alias, ...]) -> Iterator[Alias]:
        """What columns that depend on earlier ones mean for coefficients."""

    @abstractmethod
    def column_blocks(self) -> Iterator[Array]:
        """Rows (m, k) over the coefficients whose dependence is that of the coefficients, in blocks."""

    @abstractmethod
    def start(self) -> Array:
        """Where iterations begin."""

    @abstractmethod
    def evaluate(self, beta: Array, *, root: bool = False) -> Evaluation:
        """Log-likelihood, score and information."""

    @abstractmethod
    def _taking(self, rows: Rows, selection: Selection) -> Self:
        """The likelihood of some rows."""

    @property
    def why_no_residual(self) -> str:
        """Why a row has no residual of its own."""
        if len(self.names) == 2:
            return "this fit has one for each of two levels; gl.logit fits the same model, of one event"
        return "rows of this model have several linear predictors, and as many residuals"

    # --- digits ---------------------------------------------------------------------------------
    @property
    def why_no_refinement(self) -> str:
        """Why it is not refined in double-double: coefficients that are combinations are not."""
        return "" if self.transform is None else "combinations of coefficients are not refined in double-double"

    @property
    def exact_rows(self) -> Self:
        """Itself: rows of several predictors."""
        return self

    @property
    def largest_weight(self) -> float:
        """Largest weight of a row."""
        return self.rows.largest_weight

    # --- sizes ----------------------------------------------------------------------------------
    @cached_property
    def levels(self) -> LevelCounts:
        """Levels of the rows, in their own order."""
        assert self.rows.levels is not None
        return self.rows.levels

    @property
    def n_rows(self) -> int:
        """Number of rows that a pass sums over."""
        return self.rows.n_rows

    @property
    def size(self) -> int:
        """Number of coefficients."""
        return self.n_full if self.transform is None else self.transform.shape[1]

    @cached_property
    def unit(self) -> float:
        """Largest row weight where all are below one observation (or absurdly large), else 1."""
        largest = self.rows.largest_weight
        return 1.0 if 1.0 <= largest <= 2.0**60 else largest

    @property
    def totals(self) -> tuple[float, ...]:
        """Weighted number of each level, in their own order."""
        return tuple(self.levels.totals(self.rows.weights).tolist())

    # --- coefficients ---------------------------------------------------------------------------
    def full(self, beta: Array) -> Array:
        """All coefficients (q,) of the model's own."""
        if self.transform is None:
            return beta
        moved = self.transform @ beta
        return moved if self.shift is None else moved + self.shift

    def mapped(self, rows: Array) -> Array:
        """Rows (…, q) over all coefficients as rows over those there are."""
        return rows if self.transform is None else rows @ self.transform

    @property
    def _matrix(self) -> Array:
        return np.eye(self.n_full) if self.transform is None else self.transform

    def holding(self, free: Index, held: Index) -> Callable[[Array], Self]:
        """The likelihood of the coefficients ``free``, as a function of values (h,) of those ``held``; others are 0."""
        matrix, labels = self._matrix, tuple(self.labels[j] for j in free)
        fixed = np.zeros(self.n_full) if self.shift is None else self.shift
        return lambda values: replace(
            self, transform=matrix[:, free], shift=fixed + matrix[:, held] @ values, own_labels=labels
        )

    def recombined(self, free: Index, transform: Array, labels: tuple[str, ...]) -> Self:
        """The likelihood of γ where the coefficients ``free`` (k,) are Tγ and the others 0; T is (k, k)."""
        return replace(self, transform=self._matrix[:, free] @ transform, own_labels=labels)

    def aliases(self, *, exact: bool = True) -> tuple[Alias, ...]:
        """Coefficients of columns that depend on earlier ones; what a limiting model leaves may make more depend."""
        if self.plain:
            return tuple(self.of_columns(BinaryLogit(self.rows).aliases(exact=exact)))
        scale = scale_of(self.magnitude)
        root: Array | None = None
        for rows in self.column_blocks():
            root = append_rows(root, rows * scale)
        if root is None:
            root = np.zeros((self.size, self.size))
        aliases = aliased_columns(root, scale)
        return exact_combinations(self, root, scale, aliases) if aliases and exact else aliases

    # --- the way of a fit: nothing cheap is known -------------------------------------------------
    def full_steps(self, start: Array, rules: StepRules, most: int) -> Advance:
        """None: the steps of this model are those of the loop."""
        return Advance(start, self.evaluate(start))

    @property
    def for_steps(self) -> Self:
        """Itself: information in single precision is of binary logits."""
        return self

    def linearised_start(self, free: Index) -> Array:
        """A start (k,) for the coefficients ``free``."""
        return self.start()[free]

    def eliminated(self, held: Index) -> Eliminated | None:
        """None: no factor is eliminated."""
        return None

    def pure_levels(self) -> Recession | None:
        """None: the cone is not read off the columns."""
        return None

    # --- other rows, weights, counts ------------------------------------------------------------
    def part(self, stride: int) -> Self:
        """The likelihood of every so many rows."""
        return self._taking(self.rows.part(stride), slice(None, None, stride))

    def with_weights(self, weights: Array) -> Self:
        """The likelihood of the same rows with other weights (n,); those of weight 0 are left out."""
        return self._taking(self.rows.with_weights(weights), np.flatnonzero(weights > 0))

    def with_counts(self, counts: Array) -> Self:
        """The likelihood of rows with other numbers (n, K) of each level; those without any are left out."""
        return self._taking(self.rows.with_counts(counts), np.flatnonzero(counts.sum(axis=1) > 0))

    # --- other models ---------------------------------------------------------------------------
    @property
    def null_value(self) -> float | None:
        """The maximum of the constants alone without an offset, by the totals; None with one."""
        return row_functions.constant_loglik(self.totals) if self.largest_offset == 0 else None

    @property
    def saturated(self) -> float:
        """Log-likelihood of the model with parameters for each row: with the multinomial coefficients of counts."""
        return self.levels.saturated(self.rows.weights)
