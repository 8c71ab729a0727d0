"""An outcome and a matrix of numbers, without a formula, turned into the frozen rows that estimators read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.columns.array_columns import ArrayColumns
from glmlogit.columns.cut_columns import CutArrays
from glmlogit.data import array_columns, patterns
from glmlogit.data.draft import Draft, Positions, require_unique
from glmlogit.data.frames import Column
from glmlogit.data.sparse import Sparse, read_sparse
from glmlogit.data.storage import Dense
from glmlogit.designs import inputs
from glmlogit.designs.array_levels import Order, add_counts, coded_levels, counts_of_levels
from glmlogit.designs.assemble import assembled, with_labels
from glmlogit.designs.class_weighting import weighed
from glmlogit.designs.container import Design, WeightType
from glmlogit.designs.design import MISSING_WORDS, CodedOutcome, check_weight_type, code_outcome
from glmlogit.designs.level_offsets import offset_beside, offset_sides
from glmlogit.errors import DataError
from glmlogit.messages import options
from glmlogit.messages.notes import Note
from glmlogit.numerics import kernels
from glmlogit.numerics.arrays import same_index
from glmlogit.numerics.survey import Survey

Array = npt.NDArray[np.float64]

# Arrays up to this size are copied, so that later changes of the caller's cannot reach a fit.
COPY_BYTES = 4 * 2**20


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
    levels: bool = False,
    base: Any = None,
    order: Order | None = None,
    offset: Any = None,
    cluster: Any = None,
    class_weight: Literal["balanced"] | Mapping[Any, float] | None = None,
    missing: Literal["drop", "raise"] = "raise",
    labels: Mapping[str, Any] | None = None,
) -> Design:
    """Build a design from arrays, without a formula.

    Parameters
    ----------
    y : array of shape (n,) or (n, K)
        The outcome, 0/1, bool or two values; counts of events where ``trials`` is given; any labels with ``levels``
        or ``order``; with these also K columns, each of which counts a level, called as in a table, else
        ``y0, y1, …``.
    X : array, DataFrame or scipy.sparse of shape (n, p)
        Numeric columns. float64 arrays above 4 MB are used without a copy: do not change them in place. Sparse columns
        stay sparse: :func:`~glmlogit.elastic_net` never writes them out, other estimators block by block.
    names : sequence of str, optional
        Column names; those of a DataFrame, else ``x0, x1, …``.
    intercept : bool
        Add a constant as first column, ``Intercept``. X is used as it is otherwise.
    weights : array of shape (n,), optional
        How much each row counts, never negative; a row of weight 0 takes no part.
    weight_type : {"frequency", "sampling", "precision"}
        Counts; inverse probabilities (sandwich covariance); or precisions taken as they are.
    trials : array of shape (n,), optional
        Numbers of trials.
    event : value, optional
        The value of the outcome that is modelled; needed unless it is 0/1, bool or two-level text.
    levels : bool
        Each value of the outcome is a level, for :func:`~glmlogit.multinomial`; numbers are labels.
    base : value, optional
        The level that others are compared with, the first by default.
    order : list or True, optional
        The levels from lowest to highest, for :func:`~glmlogit.ordinal`, whose cut points take the place of a constant;
        True where numbers, an ordered Categorical or columns of counts are in their order.
    offset : array of shape (n,), or of levels (n, K), optional
        Added to the log-odds with coefficient 1; of levels as :func:`~glmlogit.multinomial` takes it.
    cluster : array of shape (n,), list or dict of arrays, or DataFrame, optional
        Groups of rows that depend on each other; the fit's covariance is then cluster-robust.
    class_weight : {"balanced"} or mapping, optional
        What an event and a non-event weigh in the likelihood, as :func:`~glmlogit.design` takes it.
    missing : {"raise", "drop"}
        An array with NaN is an error unless ``"drop"`` is given.
    labels : mapping of name to str, optional
        What columns and the outcome are called on pages and in figures, as :func:`~glmlogit.design` takes it.

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

    Examples
    --------
    >>> rows = gl.design_arrays([0, 1, 1, 0, 1], [[2], [4], [3], [5], [1]], intercept=True)
    >>> rows.names, rows.n_events
    (('Intercept', 'x0'), 3.0)
    """
    check_weight_type(weight_type)
    options.check_choice("missing", missing, ("drop", "raise"), MISSING_WORDS)
    sides = {"weights": weights, **offset_sides(offset), "trials": trials}
    ways = inputs.cluster_columns(cluster)
    index = same_index([("X", X), ("y", y), *sides.items(), *ways.items()])
    dropping = missing == "drop"
    columns, own_names = _columns(X, names, dropping)
    of_levels = levels or base is not None or order is not None
    counts = counts_of_levels(y, columns.shape[0]) if of_levels else None
    if of_levels:
        _refuse_with_levels(event=event, trials=trials, class_weight=class_weight)
    intercept = intercept or order is not None
    all_names = (("Intercept",) if intercept else ()) + own_names
    require_unique(all_names)
    draft = _draft(y, counts, columns.shape[0], index)
    inputs.add_arrays(draft, sides, ways)
    complete = columns.array if dropping and isinstance(columns, Dense) else None
    draft, positions, dropped = inputs.effective(draft, missing, complete)
    if of_levels:
        coded = coded_levels(draft, base, order)
    else:
        coded = CodedOutcome(*code_outcome(draft, draft.sides["outcome"], draft.names["outcome"], event))
    if coded.levels is not None and coded.trials is not None and not coded.trials.all():  # rows that count nothing
        used = coded.trials > 0
        draft, positions, dropped = inputs.counting(draft, positions, dropped, used)
        coded = coded._replace(y=coded.y[used], trials=coded.trials[used], levels=coded.levels.take(used))
    if not positions.complete:
        if missing == "raise":  # also in rows of weight 0, which are about to go
            array_columns.magnitude(columns, own_names, Positions(columns.shape[0]))
        columns = _rows_of(columns, positions)
    matrix, survey = _with_constant(columns, X, intercept, -1.0 if order is not None else 1.0)
    beside = offset_beside(draft, coded.outcome)
    repeats = None
    if isinstance(matrix, Dense) and _may_repeat(matrix, survey):
        repeats = patterns.find_rows(matrix.array, beside.columns)
    constant = next((j for j, same in enumerate(survey.constant.tolist()) if same), None)
    notes = () if constant is not None else (_NO_INTERCEPT,)
    rows = assembled(
        matrix,
        coded.y,
        draft,
        positions,
        dropped,
        trials=coded.trials,
        outcome=coded.outcome,
        columns=(ArrayColumns if order is None else CutArrays)(all_names, intercept, constant),
        weight_type=weight_type,
        offset=beside.values,
        formula=None,
        table=None,
        notes=coded.notes + notes,
        repeats=repeats,
        magnitude=survey.magnitude,
        levels=coded.levels,
        offset_name=beside.name,
    )
    return weighed(with_labels(rows, labels, X), class_weight)


def _draft(y: Any, counts: dict[str, Column] | None, n: int, index: pd.Index | None) -> Draft:
    """The outcome as a draft: one column, or those of counts."""
    if counts is None:
        return inputs.array_draft(*inputs.outcome_array(y, n), index)
    draft = inputs.array_draft(next(iter(counts.values())), "y", index)
    del draft.sides["outcome"], draft.names["outcome"]
    add_counts(draft, counts)
    return draft


def _refuse_with_levels(**options_of_events: Any) -> None:
    """Refuse what belongs to an outcome with one event."""
    for name, value in options_of_events.items():
        if value is not None:
            raise DataError(f"{name}= is of an outcome with one event: leave it out, or levels=, base= and order=")


def _columns(X: Any, names: Sequence[str] | None, dropping: bool) -> tuple[Dense | Sparse, tuple[str, ...]]:
    """The columns as they came, numbers or sparse, and their names."""
    if hasattr(X, "tocsr"):
        held = read_sparse(X)
        return held, array_columns.own_names(names, tuple(f"x{j}" for j in range(held.shape[1])))
    values, labels = array_columns.read_columns(X, names, allow_missing=dropping)
    return Dense(values), labels


def _rows_of(columns: Dense | Sparse, positions: Positions) -> Dense | Sparse:
    return Dense(columns.array[positions.array]) if isinstance(columns, Dense) else columns.take(positions.array)


def _with_constant(columns: Dense | Sparse, X: Any, intercept: bool, value: float) -> tuple[Dense | Sparse, Survey]:
    """The columns that the design holds, a constant before them where asked for, and what a look at them says."""
    if isinstance(columns, Sparse):
        held = columns.with_constant(value) if intercept else columns
        return held, held.survey()
    own = Dense(_own(columns.array, X, intercept, value))
    return own, kernels.column_survey(own.array)


def _may_repeat(matrix: Dense, survey: Survey) -> bool:
    return matrix.shape[0] >= patterns.LEAST_ROWS and bool(np.isfinite(survey.magnitude).all())


_NO_INTERCEPT = Note("no_intercept", "The model has no intercept: X has no constant column (intercept=True adds one).")


def _own(values: Array, X: Any, intercept: bool, value: float) -> Array:
    """Columns that later changes of the caller's array cannot reach, unless it is too large to copy."""
    if intercept:
        columns = np.empty_like(values, shape=(len(values), values.shape[1] + 1))
        columns[:, 0], columns[:, 1:] = value, values
        return columns
    shared = isinstance(X, np.ndarray) and np.shares_memory(values, X)
    return values.copy() if shared and values.nbytes <= COPY_BYTES else values
