"""The last step to a design: what all designs have in common is checked, its arrays made read-only, notes collected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from glmlogit.columns.columns import Columns
from glmlogit.data import array_columns
from glmlogit.data.draft import Draft, Dropped, Positions
from glmlogit.data.level_counts import LevelCounts
from glmlogit.data.patterns import Patterns
from glmlogit.data.storage import Dense, Matrix
from glmlogit.data.taken import Taken
from glmlogit.designs import inputs
from glmlogit.designs.container import Design, WeightType
from glmlogit.designs.outcome import Outcome
from glmlogit.errors import DataError
from glmlogit.messages.labels import Labels, carried, check_known, labels_of
from glmlogit.messages.notes import Note
from glmlogit.messages.words import sentence
from glmlogit.numerics.arrays import require_finite

Array = npt.NDArray[np.float64]

# |offset| of 745 already means a probability that underflows to zero.
LARGEST_OFFSET = 1e5


def assembled(
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
    table: Taken | None,
    notes: tuple[Note, ...],
    repeats: Patterns | None = None,
    magnitude: Array | None = None,
    levels: LevelCounts | None = None,
    offset_name: str | tuple[str | None, ...] | None = None,
) -> Design:
    """Check what is common to all designs and freeze it."""
    weights = inputs.side(draft, "weights")
    if weights is None and weight_type != "frequency":
        raise DataError(f"weight_type={weight_type!r} is given without weights; name their column: weights='w'")
    magnitude = array_columns.magnitude(matrix, columns.names, positions, magnitude)
    if offset is not None:
        _check_offset(offset)
        offset = offset if offset.any() else None  # an offset of zero is none
    cluster, joined = inputs.clusters(draft)
    event_note = (
        () if outcome.stated else (Note("event", sentence("The event modelled is {outcome}.", outcome=str(outcome))),)
    )
    own = matrix.array if isinstance(matrix, Dense) else None
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
        table=table,
        magnitude=magnitude,
        levels=levels,
        patterns=repeats,
        notes=dropped.notes() + event_note + joined + notes + _weight_notes(weights, weight_type),
        offset_name=offset_name,
    )


def with_labels(rows: Design, labels: Any, data: Any, variables: Iterable[str] = ()) -> Design:
    """The rows with the labels of a call, which name what is in the model, before those of the data."""
    own, theirs = labels_of(labels), carried(data)
    if not own and not theirs:
        return rows
    present = dict.fromkeys((*variables, *names_in(rows.columns, rows.outcome)))
    check_known(own, present, "variable or term of the model")
    names = {name: text for name, text in theirs.names.items() if name in present}
    levels = {name: of for name, of in theirs.levels.items() if name in present}
    both = own.over(Labels(names, levels))
    return replace(rows, labels=replace(both, outcome=rows.outcome.name))


def labels_in(labels: Any, columns: Columns, outcome: Outcome) -> Labels:
    """Labels of a call, all of which name what is in a model."""
    own = labels_of(labels)
    if own:
        check_known(own, names_in(columns, outcome), "variable or term of the model")
    return own


def names_in(columns: Columns, outcome: Outcome) -> dict[str, None]:
    """What may have a label in a model: its variables, outcome, terms, factors of terms and columns."""
    terms = (name for term in columns.terms for name in (*term.variables, term.name, *term.factors))
    return dict.fromkeys((*terms, outcome.name, *columns.names))


def _weight_notes(weights: Array | None, weight_type: str) -> tuple[Note, ...]:
    if weights is None or weight_type != "frequency" or (weights == np.round(weights)).all():
        return ()
    return (
        Note(
            "fractional_weights",
            sentence(_FRACTIONAL, sum=float(weights.sum())),
        ),
    )


_FRACTIONAL = (
    "Frequency weights are not all whole numbers; nobs is their sum, {sum}. If they are inverse probabilities or "
    'precisions say so: weight_type="sampling" or "precision".'
)


def _check_offset(offset: Array) -> None:
    require_finite(offset, "offset")
    large = np.abs(offset) > LARGEST_OFFSET
    if large.any():
        at = tuple(int(i) for i in np.argwhere(large)[0])
        raise DataError(
            f"offset is {offset[at]:g} in row {at[0]}; an offset is added on the logit scale, where 745 already means "
            f"a probability of 0 or 1 to the last digit. Was the logarithm forgotten?"
        )
