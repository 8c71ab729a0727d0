"""Designs: a formula and a table, or arrays, turned into the frozen rows that estimators read."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit import _frames, _kernels, intake, patterns
from glmlogit import formula as formulas
from glmlogit._arrays import EXACT_INTEGERS, as_float, observations, plural, require_finite, same_index
from glmlogit._calls import checkable
from glmlogit._format import visible
from glmlogit._lazy import cached_property
from glmlogit.errors import DataError, FormulaError
from glmlogit.formula import Factor, Term
from glmlogit.intake import Draft, Dropped, Note, Positions
from glmlogit.matrices import Dense, Matrix, blocks
from glmlogit.objective import Block
from glmlogit.outcome import Outcome, check_counts, code_binary, count_column
from glmlogit.patterns import Patterns

Array = npt.NDArray[np.float64]
WeightType = Literal["frequency", "sampling", "precision"]

WEIGHT_TYPES: tuple[WeightType, ...] = ("frequency", "sampling", "precision")
# Words of other programs for them.
_OTHER_WORDS = {
    **dict.fromkeys(("fweight", "fweights", "freq", "counts", "count"), "frequency"),
    **dict.fromkeys(("pweight", "pweights", "probability", "survey", "ipw", "inverse"), "sampling"),
    **dict.fromkeys(("iweight", "iweights", "prior"), "precision"),
}
# Stata's analytic weights, which no word of ours means as they are.
_ANALYTIC = ("aweight", "aweights", "analytic", "analytical")
_MISSING_WORDS = {
    **dict.fromkeys(("omit", "na.omit", "exclude"), "drop"),
    **dict.fromkeys(("fail", "na.fail"), "raise"),
}
# |offset| of 745 already means a probability that underflows to zero.
LARGEST_OFFSET = 1e5
# Arrays up to this size are copied, so that later changes of the caller's cannot reach a fit.
COPY_BYTES = 4 * 2**20


class Columns(Protocol):
    """What rebuilds model columns from new data: a formula's spec, or plain array columns."""

    @property
    def names(self) -> tuple[str, ...]:
        """Column names."""

    @property
    def terms(self) -> tuple[Term, ...]:
        """Terms, each with the positions of its columns."""

    @property
    def constants(self) -> tuple[int, ...]:
        """Positions of the columns of terms of order 0."""

    @property
    def factors(self) -> tuple[Factor, ...]:
        """Factors with their levels and reference."""

    def matrix(self, frame: Any) -> tuple[Array, Array | None]:
        """Columns and offset for new data."""


@dataclass(frozen=True)
class ArrayColumns:
    """Columns given as an array: each is a term of its own."""

    names: tuple[str, ...]
    intercept: bool
    constant: int | None = None  # position of the column that serves as intercept

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """One term a column; a constant one has order 0."""
        return tuple(
            Term(name, (j,), (name,), 0, ()) if j == self.constant else Term(name, (j,), (name,), 1, (name,))
            for j, name in enumerate(self.names)
        )

    @property
    def constants(self) -> tuple[int, ...]:
        """The column that serves as intercept."""
        return () if self.constant is None else (self.constant,)

    @property
    def factors(self) -> tuple[Factor, ...]:
        """Arrays have no factors."""
        return ()

    def matrix(self, frame: Any) -> tuple[Array, Array | None]:
        """Columns by name from a data frame, by position from an array."""
        given = self.names[1:] if self.intercept else self.names
        if isinstance(frame, (np.ndarray, list, tuple)):
            X = intake.plain_matrix(frame)
            if X.shape[1] != len(given):
                raise DataError(
                    f"the new data have {plural(X.shape[1], 'column')} but the model has {len(given)} "
                    f"({', '.join(given[:5])}{', …' if len(given) > 5 else ''})"
                )
        else:
            taken = _frames.take(frame, intake.labels_of(frame, given))
            X = np.column_stack([as_float(taken.iloc[:, j], given[j]) for j in range(len(given))])
        X = X.astype(np.float64)
        infinite = np.isinf(X)
        if infinite.any():
            row, column = np.argwhere(infinite)[0]
            raise DataError(f"column {given[column]} of the new data has inf in row {row}")
        X[np.isnan(X).any(axis=1)] = np.nan
        return (np.column_stack([np.ones(len(X)), X]) if self.intercept else X), None


INFINITE_ETA = _kernels.INFINITE_ETA


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
        """All columns as numbers: written out here, and only here, where they are held in another form."""
        return self.matrix.whole

    @property
    def positions(self) -> npt.NDArray[np.intp]:
        """Positions of the rows in the data they came from."""
        return self.place.array

    @property
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
        """Weight times trials."""
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
    def observations(self) -> _kernels.Observations:
        """The rows as they are, for the pass that sums over all of them; X only where it is held as numbers."""
        X = self.matrix.whole if isinstance(self.matrix, Dense) else np.empty((self.n_rows, 0))
        return _kernels.Observations(X, self.y, self.trials, weights=self.weights, offset=self.offset, limit=self.limit)

    @property
    def collapsed(self) -> Design:
        """The rows as a likelihood needs them: one for each covariate pattern where patterns were found.

        Events and trials are added up, weights multiplied in; log-likelihood kernel, score and information are
        the same. Itself where rows do not repeat, or differ in offset, or sums of their weights might lose digits.
        """
        return self._collapsed or self

    @cached_property
    def _collapsed(self) -> Design | None:
        found = self.patterns
        if found is None or not self._adds_up or not all(map(found.constant, self._shared)):
            return None  # and not itself, which would be a circle that keeps its memory
        single = self.weights is None and self.trials is None
        trials = found.counts() if single else found.total(self._amounts)
        offset, limit = (None if v is None else v[found.rows] for v in (self.offset, self.limit))
        return replace(
            self,
            matrix=Dense(self.matrix.rows(found.rows)),
            y=found.total(self.y if self.weights is None else self.weights * self.y),
            trials=trials,
            weights=None,
            offset=offset,
            limit=limit,
            cluster=None,
            index=pd.RangeIndex(len(trials)),
            place=self.place.some(found.rows),
            frame=None,
            patterns=None,
        )

    @property
    def _adds_up(self) -> bool:
        """Whether sums of weights are exact, and one observation stays the unit of the likelihood."""
        weights = self.weights
        return weights is None or (weights.sum() < EXACT_INTEGERS and bool((weights == np.round(weights)).all()))

    @property
    def _shared(self) -> Iterator[Array]:
        return (values for values in (self.offset, self.limit) if values is not None)

    def blocks(self) -> Iterator[Block]:
        """Yield the rows in C-ordered blocks of bounded size, the way analyses see them."""
        return map(self.block, blocks(self.n_rows, self.n_columns))

    def block(self, rows: slice) -> Block:
        """One block of rows: columns, event and non-event weights, offset."""
        y = self.y[rows]
        other = (1.0 if self.trials is None else self.trials[rows]) - y
        if self.weights is not None:
            w = self.weights[rows]
            y, other = w * y, w * other
        offset = None if self.offset is None else self.offset[rows]
        X = self.matrix.rows(rows)
        if self.limit is not None:
            X, offset = _limiting(X, offset, self.limit[rows])
        return Block(X, y, other, offset)

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


def design(
    formula: str,
    data: Any,
    *,
    weights: Any = None,
    weight_type: WeightType = "frequency",
    trials: Any = None,
    event: Any = None,
    offset: Any = None,
    cluster: Any = None,
    missing: Literal["drop", "raise"] = "drop",
    functions: Mapping[str, Callable[..., Any]] | None = None,
) -> Design:
    """Build a design from a formula and a table.

    Parameters
    ----------
    formula : str
        Wilkinson–Rogers formula, ``"low ~ age + C(race)*smoke"``; ``cbind(events, nonevents) ~ …`` for
        grouped data, ``offset(x)`` and ``I(x^2)`` as in R.
    data : DataFrame (pandas, polars), pyarrow Table, dict of arrays, DuckDB relation
        Tables of any of these libraries; the rows keep the labels of a pandas index.
    weights : column name or array of shape (n,), optional
        How much each row counts, never negative; a row of weight 0 takes no part.
    weight_type : {"frequency", "sampling", "precision"}
        Counts (``nobs`` is their sum); inverse probabilities (sandwich covariance); or precisions taken as they are
        (prior weights in R, iweights in Stata).
    trials : column name or array of shape (n,), optional
        Numbers of trials; the left side then counts the events among them.
    event : value, optional
        The value of the outcome that is modelled; needed unless it is 0/1, bool or two-level text.
    offset : column name or array of shape (n,), optional
        Added to the log-odds with coefficient 1, as is ``offset(x)`` in the formula.
    cluster : column name, list of names, array, list or dict of arrays, or DataFrame, optional
        Groups of rows that depend on each other; the fit's covariance is then cluster-robust. What has a pandas
        index must have that of the data, as must weights, trials and offset.
    missing : {"drop", "raise"}
        Leave out rows with a missing value in any column used, or refuse them.
    functions : mapping of str to callable, optional
        Further functions the formula may call.

    Returns
    -------
    Design

    Raises
    ------
    FormulaError
        For a formula that cannot be read or may not be evaluated.
    DataError
        For data that cannot be used; names the column, the count and the first rows.

    Notes
    -----
    What functions learn (means, standard deviations, knots) is of observations: frequency weights and trials count as
    if rows were repeated, other weights weigh. *Matches* R's ``model.frame(na.action = na.omit)`` and
    ``model.matrix`` with treatment contrasts, but that those learn from rows whatever their weights.
    *Differs*: a 0/1 factor's event is never guessed from storage order; unused levels are dropped.
    """
    if isinstance(data, str) and not isinstance(formula, str):
        raise FormulaError(f"the formula comes first, then the data: gl.design({data!r}, data)")
    _check_weight_type(weight_type)
    intake.check_choice("missing", missing, ("drop", "raise"), _MISSING_WORDS)
    named = {"weights": weights, "trials": trials, "offset": offset}
    aside = {
        name
        for name in [*named.values(), *(cluster if isinstance(cluster, (list, tuple)) else [cluster])]
        if isinstance(name, str)
    }
    available = [str(name) for name in _frames.column_names(data)]
    parsed = formulas.parse(formula, functions, available, not_in_dot=aside)
    draft = intake.gather(data, parsed.variables, named, cluster)
    draft, positions, dropped = intake.effective(draft, missing)
    intake.refuse_infinite(draft, positions)
    y, counted, outcome = _formula_outcome(parsed, draft, event)
    if counted is not None and not counted.all():  # cbind(0, 0)
        used = counted > 0
        draft, positions, dropped = intake.counting(draft, positions, dropped, used)
        y, counted = y[used], counted[used]
    beside = intake.side(draft, "offset")
    observed = observations(intake.side(draft, "weights"), counted, weight_type == "frequency")
    built = formulas.build(parsed, draft.frame, [] if beside is None else [beside], observed)
    offsets = [part for part in (built.offset, beside) if part is not None]
    return _assemble(
        built.matrix,
        y,
        draft,
        positions,
        dropped,
        trials=counted,
        outcome=outcome,
        columns=built.spec,
        weight_type=weight_type,
        offset=sum(offsets[1:], offsets[0]) if offsets else None,
        formula=parsed.text,
        frame=built.frame,
        notes=built.notes,
        repeats=built.patterns,
    )


def design_arrays(
    y: Any,
    X: Any,
    *,
    names: Sequence[str] | None = None,
    intercept: bool = False,
    weights: Any = None,
    weight_type: WeightType = "frequency",
    trials: Any = None,
    event: Any = None,
    offset: Any = None,
    cluster: Any = None,
    missing: Literal["drop", "raise"] = "raise",
) -> Design:
    """Build a design from arrays, without a formula.

    Parameters
    ----------
    y : array of shape (n,)
        Outcome as in :func:`design`; counts of events where ``trials`` is given.
    X : array or DataFrame of shape (n, p)
        Numeric columns. float64 arrays above 4 MB are used without a copy: do not change them in place.
    names : sequence of str, optional
        Column names; those of a DataFrame, else ``x0, x1, …``.
    intercept : bool
        Add a constant as first column, ``Intercept``. X is used as it is otherwise.
    weights, weight_type, trials, event, offset, cluster
        As in :func:`design`, arrays of shape (n,).
    missing : {"raise", "drop"}
        An array with NaN is an error unless ``"drop"`` is given.

    Returns
    -------
    Design

    Raises
    ------
    DataError
        For shapes that disagree, differing pandas indexes, non-finite or non-numeric values.

    Notes
    -----
    *Matches* statsmodels' ``Logit(y, X)`` in adding no constant; a note says so where X has none.
    """
    _check_weight_type(weight_type)
    intake.check_choice("missing", missing, ("drop", "raise"), _MISSING_WORDS)
    sides = {"weights": weights, "offset": offset, "trials": trials}
    ways = intake.cluster_columns(cluster)
    index = same_index([("X", X), ("y", y), *sides.items(), *ways.items()])
    values, labels = intake.matrix(X, names, allow_missing=missing == "drop")
    outcome, outcome_name = intake.outcome_array(y, len(values))
    all_names = (("Intercept",) if intercept else ()) + labels
    intake.require_unique(all_names)
    draft = intake.array_draft(outcome, outcome_name, index)
    intake.add_arrays(draft, sides, ways)
    draft, positions, dropped = intake.effective(draft, missing, values if missing == "drop" else None)
    coded, counted, coding = _code_outcome(draft, draft.sides["outcome"], outcome_name, event)
    if not positions.complete:
        if missing == "raise":  # also in rows of weight 0, which are about to go
            intake.magnitude(Dense(values), labels, Positions(len(values)))
        values = values[positions.array]
    matrix = _own(values, X, intercept)
    survey = _kernels.column_survey(matrix)
    beside = intake.side(draft, "offset")
    found = None
    if len(matrix) >= patterns.LEAST_ROWS and np.isfinite(survey.magnitude).all():
        found = patterns.find_rows(matrix, [] if beside is None else [beside])
    constant = next((j for j, same in enumerate(survey.constant.tolist()) if same), None)
    notes = () if constant is not None else (_NO_INTERCEPT,)
    return _assemble(
        Dense(matrix),
        coded,
        draft,
        positions,
        dropped,
        trials=counted,
        outcome=coding,
        columns=ArrayColumns(all_names, intercept, constant),
        weight_type=weight_type,
        offset=beside,
        formula=None,
        frame=None,
        notes=notes,
        repeats=found,
        magnitude=survey.magnitude,
    )


_NO_INTERCEPT = Note("no_intercept", "The model has no intercept: X has no constant column (intercept=True adds one).")


def _own(values: Array, X: Any, intercept: bool) -> Array:
    """Columns that later changes of the caller's array cannot reach, unless it is too large to copy."""
    if intercept:
        return np.column_stack([np.ones(len(values)), values])
    shared = isinstance(X, np.ndarray) and np.shares_memory(values, X)
    return values.copy() if shared and values.nbytes <= COPY_BYTES else values


def _assemble(
    matrix: Matrix,
    y: Array,
    draft: Draft,
    positions: Positions,
    dropped: Dropped,
    *,
    trials: Array | None,
    outcome: Outcome,
    columns: Columns,
    weight_type: WeightType,
    offset: Array | None,
    formula: str | None,
    frame: pd.DataFrame | None,
    notes: tuple[Note, ...],
    repeats: Patterns | None = None,
    magnitude: Array | None = None,
) -> Design:
    """Check what is common to all designs and freeze it."""
    weights = intake.side(draft, "weights")
    if weights is None and weight_type != "frequency":
        raise DataError(f"weight_type={weight_type!r} is given without weights; name their column: weights='w'")
    magnitude = intake.magnitude(matrix, columns.names, positions, magnitude)
    if offset is not None:
        _check_offset(offset)
        offset = offset if offset.any() else None  # an offset of zero is none
    cluster, joined = intake.clusters(draft)
    event_note = () if outcome.stated else (Note("event", f"The event modelled is {outcome}."),)
    own = matrix.whole if isinstance(matrix, Dense) else None
    for array in (own, y, trials, weights, offset):
        if array is not None and array.flags.owndata:
            array.flags.writeable = False
    return Design(
        matrix=matrix,
        y=y,
        trials=trials,
        weights=weights,
        weight_type=weight_type,
        weight_name=draft.names.get("weights"),
        offset=offset,
        cluster=cluster,
        outcome=outcome,
        columns=columns,
        formula=formula,
        index=draft.index,
        place=positions,
        dropped=dropped,
        frame=frame,
        magnitude=magnitude,
        patterns=repeats,
        notes=dropped.notes() + event_note + joined + notes + _weight_notes(weights, weight_type),
        offset_name=draft.names.get("offset"),
    )


def _check_weight_type(given: Any) -> None:
    """Refuse words that are none of ours, and tell what those of other programs are here."""
    if str(given).lower() in _ANALYTIC:
        raise DataError(
            f"weight_type={given!r}: Stata rescales its analytic weights to sum to the number of rows used, and here "
            f"weights are taken as they are. For Stata's numbers give weight_type='precision' and weights with that "
            f"sum: data['w'] * len(data) / data['w'].sum(). As they are, weights of type 'precision' are Stata's "
            f"iweights, the prior weights of R's glm, and WEIGHT of SAS"
        )
    intake.check_choice("weight_type", given, WEIGHT_TYPES, _OTHER_WORDS)


def _weight_notes(weights: Array | None, weight_type: str) -> tuple[Note, ...]:
    if weights is None or weight_type != "frequency" or (weights == np.round(weights)).all():
        return ()
    return (
        Note(
            "fractional_weights",
            f"Frequency weights are not all whole numbers; nobs is their sum, {weights.sum():g}. If they are "
            f'inverse probabilities or precisions say so: weight_type="sampling" or "precision".',
        ),
    )


def _check_offset(offset: Array) -> None:
    require_finite(offset, "offset")
    large = np.abs(offset) > LARGEST_OFFSET
    if large.any():
        i = int(np.flatnonzero(large)[0])
        raise DataError(
            f"offset is {offset[i]:g} in row {i}; an offset is added on the logit scale, where 745 already means a "
            f"probability of 0 or 1 to the last digit. Was the logarithm forgotten?"
        )


def _formula_outcome(parsed: formulas.Formula, draft: Draft, event: Any) -> tuple[Array, Array | None, Outcome]:
    columns = formulas.outcome_columns(parsed, draft.frame)
    if len(columns) == 1:
        return _code_outcome(draft, columns[0], parsed.outcome, event)
    _refuse_event(event)
    if intake.side(draft, "trials") is not None:
        raise DataError("the left side is cbind(events, nonevents) and trials= is given; one of them is enough")
    events, nonevents = (count_column(c, str(c.name)) for c in columns)
    total = events + nonevents
    check_counts(nonevents, total, parsed.outcome)
    where = "{}, non-events in {}".format(*(expression.text for expression in parsed.response))
    y, coding = _counts(columns[0], total, parsed.outcome, where)
    return y, total, coding


def _refuse_event(event: Any) -> None:
    if event is not None:
        raise DataError(
            f"event={event!r} names a value of an outcome, but here the left side counts events; leave it out"
        )


def _code_outcome(draft: Draft, values: _frames.Column, name: str, event: Any) -> tuple[Array, Array | None, Outcome]:
    trials = intake.side(draft, "trials")
    if trials is not None:
        _refuse_event(event)
        column = draft.names["trials"]
        where = f"{name} of {'the trials given' if column == 'trials' else f'{column} trials'}"
        y, coding = _counts(values, trials, name, where)
        return y, trials, coding
    y, coding = code_binary(values, name, event)
    return y, None, coding


def _counts(values: _frames.Column, trials: Array, name: str, where: str) -> tuple[Array, Outcome]:
    events = count_column(values, f"outcome {name}")
    check_counts(events, trials, name)
    return events, Outcome(name, None, (), grouped=True, counts=where)
