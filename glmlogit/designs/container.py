"""The frozen rows of a model: outcome, columns, weights, offset, clusters, and what is counted from them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.columns.array_columns import ArrayColumns
from glmlogit.columns.columns import Columns
from glmlogit.data.draft import Dropped, Positions
from glmlogit.data.held_rows import HeldRows
from glmlogit.data.patterns import Patterns
from glmlogit.data.storage import Dense, Matrix, some_columns
from glmlogit.data.taken import Taken
from glmlogit.designs.levels import events_of
from glmlogit.designs.outcome import Outcome
from glmlogit.formula.spec import Term
from glmlogit.messages.calls import checkable
from glmlogit.messages.labels import NO_LABELS, Carrier, Labels
from glmlogit.messages.notes import Note
from glmlogit.messages.words import plural, visible
from glmlogit.numerics import kernels
from glmlogit.numerics.arrays import observations
from glmlogit.numerics.lazy import cached_property

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]
WeightType = Literal["frequency", "sampling", "precision"]
WEIGHT_TYPES: tuple[WeightType, ...] = ("frequency", "sampling", "precision")
INFINITE_ETA = kernels.INFINITE_ETA


@checkable
@dataclass(frozen=True, eq=False, kw_only=True)
class Design(HeldRows, Carrier):
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
        An offset by level is (n, K).
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

    weight_type: WeightType
    weight_name: str | None
    cluster: pd.DataFrame | None
    outcome: Outcome
    columns: Columns
    formula: str | None
    index: pd.Index
    place: Positions
    dropped: Dropped
    table: Taken | None
    notes: tuple[Note, ...]
    offset_name: str | tuple[str | None, ...] | None = None  # by level where each has its own
    labels: Labels = NO_LABELS

    @property
    def _labels(self) -> Labels:  # type: ignore[override]
        return self.labels

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
    def frame(self) -> pd.DataFrame | None:
        """The columns that the formula uses (n rows); None for arrays."""
        return None if self.table is None else self.table.frame

    @property
    def positions(self) -> npt.NDArray[np.intp]:
        """Positions (n,) of the rows in the data they came from."""
        return self.place.array

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
        if self.limit is None:
            return self.nobs
        counts = self.weights if self.weights is not None and self.counted else np.ones(self.n_rows)
        return float(counts @ self.informative)

    @property
    def n_scores(self) -> float:
        """Scores that a sandwich of independent rows sums: of single trials where events weigh other than non-events.

        Those that a limiting model has left.
        """
        if not self.of_weighed_trials or self.trials is None:
            return self.informative_nobs
        return self._observed(self.trials * self.informative)

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
    def class_weighted(self) -> bool:
        """Whether outcomes weigh differently in the likelihood, beside what their rows count."""
        return self.class_text is not None

    @property
    def class_text(self) -> str | None:
        """The rule of the class weights in words; None without any."""
        rule = self.class_weights if self.levels is None else self.levels.class_weights
        return None if rule is None else rule.text

    @property
    def of_weighed_trials(self) -> bool:
        """Whether rows are several trials, of which events weigh other than non-events."""
        return self.class_weights is not None and self.trials is not None

    @property
    def uncounted(self) -> str:
        """Which weights of the likelihood count nothing, in words; empty where it has none of these."""
        own = "" if self.weights is None or self.counted else f"{self.weight_type} weights"
        return own or ("class weights" if self.class_weighted else "")

    @property
    def pseudo(self) -> bool:
        """Whether the likelihood is none of the sample: that of a population, or one that ignores clusters."""
        return self.sampled or self.class_weighted or self.cluster is not None

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

    @cached_property
    def row_counts(self) -> Array:
        """How many observations each row stands for in a description of the sample (n,)."""
        if self.described is not None:
            return self.described
        counts = np.ones(self.n_rows)
        counts.flags.writeable = False
        return counts

    @property
    def population_counts(self) -> Array:
        """How many observations each row stands for (n,) in the population whose probabilities the fit gives.

        Class weights make it another one than was observed: as many observations with another share of events.
        """
        counts = self.row_counts
        if not self.class_weighted:
            return counts
        weighed = counts * self.mean_class_weights
        return np.asarray(weighed * (counts.sum() / weighed.sum()))

    @property
    def mean_class_weights(self) -> Array:
        """Mean class weight of the trials of each row (n,)."""
        if self.levels is not None:
            return np.asarray(self.levels.weighed.table().sum(axis=1) / self.levels.table().sum(axis=1))
        assert self.multipliers is not None
        share = self.y if self.trials is None else self.y / self.trials
        return np.asarray(self.multipliers.event * share + self.multipliers.nonevent * (1.0 - share))

    @cached_property
    def n_events(self) -> float:
        """Events observed; sampling and precision weights do not count."""
        return self._observed(self.y)

    @property
    def observed(self) -> tuple[tuple[str, float], ...]:
        """How often what was observed, in words: events, or each level of the outcome."""
        if self.levels is None:
            return ((f"event{'' if self.n_events == 1 else 's'}", self.n_events),)
        counts = self.levels.totals(self.weights if self.counted else None).tolist()
        return tuple(zip(map(str, self.outcome.levels), counts, strict=True))

    @cached_property
    def n_trials(self) -> float:
        """Trials observed: as ``nobs``, but a row of grouped data is as many as it says."""
        return self.nobs if self.trials is None else self._observed(self.trials)

    def _observed(self, counts: Array) -> float:
        return float(counts @ self.weights if self.weights is not None and self.counted else counts.sum())

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
            levels=None if self.levels is None else self.levels.collapsed(patterns, self.weights),
            trials=trials,
            weights=None,
            offset=offset,
            limit=limit,
            cluster=None,
            index=pd.RangeIndex(len(trials)),
            place=self.place.take(patterns.rows),
            table=None,
            patterns=None,
        )

    # --- the same rows, otherwise observed ------------------------------------------------------
    def with_weights(self, weights: Array) -> Design:
        """The rows with other weights (n,), those of weight 0 left out; their columns as they are."""
        rows = np.flatnonzero(weights > 0)
        return self.taking(rows, weights=weights.take(rows))

    def with_counts(self, counts: Array) -> Design:
        """The rows with other numbers (n, 2) of events and of non-events, or of each level (n, K).

        Rows without any are left out. Weights that counted observations are 1 then, others stay.
        """
        trials = counts.sum(axis=1)
        rows = np.flatnonzero(trials > 0)
        weights = np.ones(len(rows)) if self.weights is None or self.counted else self.weights.take(rows)
        y, levels = counts[rows, 0], None
        if self.levels is not None:
            levels = replace(self.levels, codes=None, counts=counts[rows])
            y = events_of(levels, self.outcome)
        return self.taking(rows, y=y, trials=trials.take(rows), weights=weights, levels=levels)

    # --- the same rows in other columns ---------------------------------------------------------
    def keeping(self, columns: Index) -> Design:
        """The rows with some of their columns, in rising order."""
        names = tuple(self.names[j] for j in columns)
        constant = next((i for i, j in enumerate(columns) if j in self.constants), None)
        fewer = ArrayColumns(names, intercept=False, constant=constant)
        return self._in(some_columns(self.matrix, columns), fewer, self.magnitude[columns], self.patterns)

    def recombined(self, columns: Index, transform: Array, names: tuple[str, ...]) -> Design:
        """The rows with ``columns`` (k,), in rising order, times a matrix (k, k) in place of their columns."""
        every = len(columns) == self.n_columns
        X = self.X.copy(order="C") if every else np.ascontiguousarray(self.X[:, columns])
        magnitude = self.magnitude[columns]
        changed = np.logical_or.reduce(transform != np.eye(len(columns))).nonzero()[0]
        if len(changed):  # the others stay as they are
            X[:, changed] = new = X @ transform[:, changed]
            magnitude[changed] = np.maximum.reduce(np.abs(new), axis=0)
        return self._in(Dense(X), ArrayColumns(names, False), magnitude, None)

    def moved(self, by: Array, magnitude: Array) -> Design:
        """The rows with numbers (p,) added to their columns, whose largest absolute values are then ``magnitude``."""
        X = np.array(self.X, dtype=np.float64, order="C")
        for j in by.nonzero()[0].tolist():  # a third of the time of one sum with all of by
            X[:, j] += by[j]
        return self._in(Dense(X), ArrayColumns(self.names, False), magnitude, None)

    def constant_alone(self) -> Design:
        """The rows with a column of ones as their only one."""
        ones = Dense(np.ones((self.n_rows, 1)))
        return self._in(ones, ArrayColumns(("Intercept",), True, 0), np.ones(1), self.patterns)

    def _in(self, matrix: Matrix, columns: Columns, magnitude: Array, patterns: Patterns | None) -> Design:
        return replace(
            self,
            matrix=matrix,
            columns=columns,
            magnitude=magnitude,
            patterns=patterns,
            table=None,
            formula=None,
        )

    def taking(self, rows: Index, **changes: Any) -> Design:
        """Some of the rows, by position, with vectors of theirs in place of those held; without the data behind them.

        Positions are several times as fast as a mask of the rows.
        """
        vectors = {name: getattr(self, name) for name in ("y", "trials", "weights", "offset", "limit", "cluster")}
        held: dict[str, Any] = {
            name: None if v is None else v.take(rows, axis=0) for name, v in vectors.items() if name not in changes
        }
        if "levels" not in changes and self.levels is not None:
            changes["levels"] = self.levels.take(rows)
        return replace(
            self,
            matrix=self.matrix.take(rows),
            patterns=None if self.patterns is None else self.patterns.take(rows),
            index=_labels(self.index, rows),
            place=self.place.take(rows),
            table=None,
            **(held | changes),
        )

    @property
    def constants(self) -> tuple[int, ...]:
        """Position of the constant column that serves as intercept, named as such or not; empty without one."""
        return self.columns.constants

    @property
    def factors(self) -> tuple[Index, ...]:
        """Positions of the columns of each variable that has several."""
        return tuple(np.array(t.columns, dtype=np.intp) for t in self.terms if t.order == 1 and len(t.columns) > 1)

    def __repr__(self) -> str:
        what = self.formula or f"{self.outcome.name} on {', '.join(self.names[:6])}"
        return f"Design({visible(what)}; {plural(self.n_rows, 'row')}, {plural(self.n_columns, 'column')})"


def _labels(index: pd.Index[Any], rows: Index) -> pd.Index[Any]:
    """Labels of some rows, by position; those that count from 0 are the positions."""
    counting = isinstance(index, pd.RangeIndex) and index.start == 0 and index.step == 1
    return pd.Index(rows, name=index.name) if counting else index[rows]
