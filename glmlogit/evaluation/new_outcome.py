"""The outcome of new rows, coded as that of the rows a fit was fitted to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.designs.inputs import outcome_array
from glmlogit.designs.outcome import Outcome, check_counts, count_column
from glmlogit.errors import DataError
from glmlogit.messages.notes import Note
from glmlogit.messages.values import first, show
from glmlogit.messages.words import plural, sentence
from glmlogit.numerics.arrays import vector

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]


def new_outcome(
    fit: Estimate, data: Any, y: Any, trials: Any, n: int
) -> tuple[Array, Array | None, npt.NDArray[np.bool_]]:
    """Events (n,), trials (n,) or None, and rows without an outcome, by the coding of the fit."""
    outcome = fit.sample.outcome
    if y is not None:
        values: tuple[Any, ...] = (outcome_array(y, n)[0],)
        missing = np.zeros(n, dtype=bool)
    elif (beside := fit.columns.outcome(data)) is not None:
        values, missing = beside
    else:
        raise DataError("the fit is from arrays, so that new data have no outcome; give it as y=")
    present = ~missing
    if len(values) == 2:
        events, others = (count_column(column, "the outcome") for column in values)
        return _spread(events, present), _spread(events + others, present, 1.0), missing
    if outcome.grouped:
        if trials is None:
            raise DataError(f"the model counts {outcome}; give the trials of the new rows: trials=")
        counted = vector(trials, "trials", n)
        events = _spread(count_column(values[0], "the outcome"), present)
        check_counts(events[present], counted[present], outcome.name)
        return events, counted, missing
    return _spread(_coded(pd.Series(values[0]), outcome), present), None, missing


def _coded(values: pd.Series[Any], outcome: Outcome) -> Array:
    """Outcomes as 0 and 1 by the coding of the fit; refuses values that it did not see."""
    event = np.asarray(values == outcome.event, dtype=np.float64)
    unseen = (event == 0) & ~np.isin(np.asarray(values, dtype=object), np.array(outcome.others, dtype=object))
    if unseen.any():
        value = show(values.iloc[int(np.flatnonzero(unseen)[0])])
        raise DataError(
            f"the outcome {outcome.name} has the value {value} in {first(np.flatnonzero(unseen))} of the new data; the "
            f"fit has {show(outcome.event)} and {outcome.alternatives('no second value')}. Recode it, or drop the rows"
        )
    return event


def _spread(values: Array, present: npt.NDArray[np.bool_], elsewhere: float = 0.0) -> Array:
    """Values of the rows that are present, at their places among all."""
    result = np.full(len(present), elsewhere)
    result[present] = values
    return result


def left_out(gone: npt.NDArray[np.bool_]) -> tuple[Note, ...]:
    """A note on rows (n,) that are left out; an error where all are."""
    if gone.all():
        raise DataError("no row has both an outcome and a prediction; nothing can be judged")
    if not gone.any():
        return ()
    text = "{rows} of {all} left out because of missing values or predictions."
    return (Note("missing", sentence(text, rows=plural(int(gone.sum()), "row"), all=len(gone))),)


def of_another_population(fit: Estimate) -> tuple[Note, ...]:
    """A note on class weights, whose probabilities are not those of the rows that are judged."""
    return () if fit.weighting is None else (fit.weighting.population_note,)


def unlike_the_fit(fit: Estimate, weights: Any, cluster: Any) -> tuple[Note, ...]:
    """Notes on new rows that count once, or independently, where those of the fit did not."""
    notes = [*of_another_population(fit)]
    if fit.sample.weighted and weights is None:
        notes.append(Note("unweighted", "The fit has weights; the new rows count once each: weights= has theirs."))
    if fit.sample.cluster is not None and cluster is None:
        text = "The fit has clusters; limits take the new rows as independent: cluster= names theirs."
        notes.append(Note("independent", text))
    return tuple(notes)
