"""The frozen rows of a model: outcome, columns, weights, offset, clusters, and what is counted from them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.data.draft import Dropped, Positions
from glmlogit.data.patterns import Patterns
from glmlogit.data.rows import RowBlock
from glmlogit.data.storage import Dense, Matrix, blocks
from glmlogit.designs.outcome import Outcome
from glmlogit.formula.columns import Columns
from glmlogit.formula.spec import Term
from glmlogit.messages.calls import checkable
from glmlogit.messages.notes import Note
from glmlogit.messages.words import plural, visible
from glmlogit.numerics import kernels
from glmlogit.numerics.arrays import EXACT_INTEGERS, observations
from glmlogit.numerics.lazy import cached_property

Array = npt.NDArray[np.float64]
WeightType = Literal["frequency", "sampling", "precision"]
WEIGHT_TYPES: tuple[WeightType, ...] = ("frequency", "sampling", "precision")
INFINITE_ETA = kernels.INFINITE_ETA


def _limiting(X: Array, offset: Array | None, limit: Array) -> tuple[Array, Array]:
    """Rows at their limit: predictor ±1e300 whatever β, no contribution to anything else."""
    X, offset = X.copy(), np.zeros(len(X)) if offset is None else offset.copy()
    X[limit != 0] = 0.0
    offset[limit != 0] = INFINITE_ETA * limit[limit != 0]
    return X, offset


@checkable
@dataclass(frozen=True, eq=False)
class Design:
    """The frozen rows of a model: outcome, columns, weights, offset, and how they came about.

    Built by :func:`design` or :func:`design_arrays`; every estimator takes one. Rows that take no part
    (missing values, weight 0, no trials) are gone and reported in ``dropped``.

    Attributes
    ----------
    matrix : Matrix
        Model columns: as numbers, by covariate pattern, or by code of a factor.
    X : ndarray (n, p)
        Model columns as numbers, float64.
    y : ndarray (n,)
        Events: 0 or 1, or counts where ``trials`` is given.
    trials, weights, offset : ndarray (n,) or None
    cluster : DataFrame or None
        Cluster identifiers of the rows, one column a way of clustering.
    names : tuple of str
        Names of the columns of X, in formulaic's spelling.
    index : pandas.Index
        Labels of the rows in the data they came from.
    positions : ndarray (n,)
        Positions of the rows in the data they came from.

    Examples
    --------
    >>> rows = gl.design("low ~ age", gl.datasets.birthwt())
    >>> [block.X.shape for block in rows.blocks()]
    [(189, 2)]
    """

    matrix: Matrix
    y: Array
    trials: Array | None
    weights: Array | None
    weight_type: WeightType
    weight_name: str | None
    offset: Array | None
    cluster: pd.DataFrame | None
    outcome: Outcome
    columns: Columns
    formula: str | None
    index: pd.Index
    place: Positions
    dropped: Dropped
    frame: pd.DataFrame | None
    magnitude: Array
    notes: tuple[Note, ...]
    patterns: Patterns | None = None  # of rows that repeat each other, where some were found
    offset_name: str | None = None
    limit: Array | None = None  # +1 or −1 for rows fitted perfectly in a limiting model, else 0

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns of X."""
        return self.columns.names

    @property
    def terms(self) -> tuple[Term, ...]:
        """Terms of the model, each with the positions of its columns."""
        return self.columns.terms

    @property
    def X(self) -> Array:
        """All columns (n, p) as numbers: written out here, and only here, where they are held in another form."""
        return self.matrix.array

    @property
    def positions(self) -> npt.NDArray[np.intp]:
        """Positions (n,) of the rows in the data they came from."""
        return self.place.array

    @cached_property
    def n_columns(self) -> int:
        """Number of columns of X."""
        return self.matrix.shape[1]

    @property
    def n_rows(self) -> int:
        """Number of rows that take part."""
        return len(self.y)

    @cached_property
    def has_intercept(self) -> bool:
        """Whether a term of order 0 (the constant) is in the model."""
        return any(term.order == 0 for term in self.terms)

    @cached_property
    def nobs(self) -> float:
        """Observations: the sum of frequency weights, else the number of rows."""
        return float(self.weights.sum()) if self.weights is not None and self.counted else float(self.n_rows)

    @cached_property
    def informative(self) -> npt.NDArray[np.bool_]:
        """Rows (n,) that a limiting model has left: those that it does not fit perfectly."""
        return np.ones(self.n_rows, dtype=bool) if self.limit is None else self.limit == 0.0

    @property
    def informative_nobs(self) -> float:
        """Observations that a limiting model has left."""
        counts = self.weights if self.weights is not None and self.counted else np.ones(self.n_rows)
        return self.nobs if self.limit is None else float(counts @ self.informative)

    @property
    def weighted(self) -> bool:
        """Whether rows have weights, of any kind."""
        return self.weights is not None

    @property
    def counted(self) -> bool:
        """Whether a row stands for as many observations as its weight says."""
        return self.weights is not None and self.weight_type == "frequency"

    @property
    def sampled(self) -> bool:
        """Whether rows stand for as much of a population as their weight, an inverse probability, says."""
        return self.weights is not None and self.weight_type == "sampling"

    @property
    def pseudo(self) -> bool:
        """Whether the likelihood is none of the sample: that of a population, or one that ignores clusters."""
        return self.sampled or self.cluster is not None

    def cluster_codes(self, names: Sequence[Hashable] | None = None) -> npt.NDArray[np.intp]:
        """Number of the cluster of each row (n,), by some of the ways of clustering together, or by all."""
        assert self.cluster is not None
        chosen = list(self.cluster if names is None else names)
        codes = self.cluster.groupby(chosen, sort=False, observed=True).ngroup()
        return np.asarray(codes.to_numpy(), dtype=np.intp)

    @cached_property
    def described(self) -> Array | None:
        """How many observations each row stands for in a description of the sample (n,); None for one each.

        Weights that are no counts are scaled to the number of observations.
        """
        return observations(self.weights, self.trials, self.weight_type == "frequency")

    @property
    def row_counts(self) -> Array:
        """How many observations each row stands for in a description of the sample (n,)."""
        return np.ones(self.n_rows) if self.described is None else self.described

    @property
    def _amounts(self) -> Array:
        """Weight times trials of each row (n,)."""
        weights = np.ones(self.n_rows) if self.weights is None else self.weights
        return weights if self.trials is None else weights * self.trials

    @cached_property
    def n_events(self) -> float:
        """Events observed; sampling and precision weights do not count."""
        return self._observed(self.y)

    @cached_property
    def n_trials(self) -> float:
        """Trials observed: as ``nobs``, but a row of grouped data is as many as it says."""
        return self.nobs if self.trials is None else self._observed(self.trials)

    def _observed(self, counts: Array) -> float:
        return float(counts @ self.weights if self.weights is not None and self.counted else counts.sum())

    @cached_property
    def largest_weight(self) -> float:
        """Largest weight of a row, trials not counted."""
        return 1.0 if self.weights is None else float(self.weights.max())

    @property
    def observations(self) -> kernels.Observations:
        """The rows as they are, for the pass that sums over all of them; X only where it is held as numbers."""
        X = self.matrix.array if isinstance(self.matrix, Dense) else np.empty((self.n_rows, 0))
        return kernels.Observations(X, self.y, self.trials, weights=self.weights, offset=self.offset, limit=self.limit)

    @property
    def collapsed(self) -> Design:
        """The rows as a likelihood needs them: one for each covariate pattern where patterns were found.

        Events and trials are added up, weights multiplied in; log-likelihood kernel, score and information are
        the same. Itself where rows do not repeat, or differ in offset, or sums of their weights might lose digits.
        """
        return self._collapsed or self

    @property
    def n_patterns(self) -> int:
        """Number of rows that the likelihood is summed over: covariate patterns where they were found."""
        return self.collapsed.n_rows

    @cached_property
    def _collapsed(self) -> Design | None:
        patterns = self.patterns
        if patterns is None or not self._adds_up or not all(map(patterns.constant, self._shared)):
            return None  # and not itself, which would be a circle that keeps its memory
        single = self.weights is None and self.trials is None
        trials = patterns.counts() if single else patterns.total(self._amounts)
        offset, limit = (None if v is None else v[patterns.rows] for v in (self.offset, self.limit))
        return replace(
            self,
            matrix=Dense(self.matrix.rows(patterns.rows)),
            y=patterns.total(self.y if self.weights is None else self.weights * self.y),
            trials=trials,
            weights=None,
            offset=offset,
            limit=limit,
            cluster=None,
            index=pd.RangeIndex(len(trials)),
            place=self.place.take(patterns.rows),
            frame=None,
            patterns=None,
        )

    # --- the same rows, otherwise observed ------------------------------------------------------
    def with_weights(self, weights: Array) -> Design:
        """The rows with other weights (n,), those of weight 0 left out; their columns as they are."""
        present = weights > 0
        return self.taking(present, weights=weights[present])

    def with_counts(self, counts: Array) -> Design:
        """The rows with other numbers (n, 2) of events and of non-events, those without any left out.

        Weights that counted observations are 1 then, others stay.
        """
        trials = counts.sum(axis=1)
        present = trials > 0
        weights = np.ones(self.n_rows) if self.weights is None or self.counted else self.weights
        return self.taking(present, y=counts[present, 0], trials=trials[present], weights=weights[present])

    def taking(self, rows: npt.NDArray[np.bool_], **changes: Any) -> Design:
        """Some of the rows (n,), with vectors of theirs in place of those held; without the data they came from."""
        vectors = {name: getattr(self, name) for name in ("y", "trials", "weights", "offset", "limit", "cluster")}
        held: dict[str, Any] = {
            name: None if v is None else v[rows] for name, v in vectors.items() if name not in changes
        }
        return replace(
            self,
            matrix=self.matrix.take(rows),
            patterns=None if self.patterns is None else self.patterns.take(rows),
            index=self.index[rows],
            place=self.place.take(rows),
            frame=None,
            **(held | changes),
        )

    @property
    def _adds_up(self) -> bool:
        """Whether sums of weights are exact, and one observation stays the unit of the likelihood."""
        weights = self.weights
        return weights is None or (weights.sum() < EXACT_INTEGERS and bool((weights == np.round(weights)).all()))

    @property
    def _shared(self) -> Iterator[Array]:
        return (values for values in (self.offset, self.limit) if values is not None)

    def blocks(self) -> Iterator[RowBlock]:
        """Yield the rows in C-ordered blocks of bounded size, the way analyses see them."""
        return map(self.block, blocks(self.n_rows, self.n_columns))

    def block(self, rows: slice) -> RowBlock:
        """One block of rows: columns, event and non-event weights, offset."""
        y = self.y[rows]
        nonevents = (1.0 if self.trials is None else self.trials[rows]) - y
        if self.weights is not None:
            w = self.weights[rows]
            y, nonevents = w * y, w * nonevents
        offset = None if self.offset is None else self.offset[rows]
        X = self.matrix.rows(rows)
        if self.limit is not None:
            X, offset = _limiting(X, offset, self.limit[rows])
        return RowBlock(X, y, nonevents, offset)

    @property
    def constants(self) -> tuple[int, ...]:
        """Position of the constant column that serves as intercept, named as such or not; empty without one."""
        return self.columns.constants

    @cached_property
    def event_totals(self) -> tuple[float, float]:
        """Weighted numbers of events and of non-events."""
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

    def __repr__(self) -> str:
        what = self.formula or f"{self.outcome.name} on {', '.join(self.names[:6])}"
        return f"Design({visible(what)}; {plural(self.n_rows, 'row')}, {plural(self.n_columns, 'column')})"
