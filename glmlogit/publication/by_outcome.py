"""Numeric variables of a regression table by outcome: means or medians of events, of others, of every level."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from glmlogit.data import frames
from glmlogit.designs.container import Design
from glmlogit.errors import DataError
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_choice
from glmlogit.publication.group_summaries import Array, WeightedValues, summary_of
from glmlogit.publication.variables import Continuous, Shown, TableVariable

_SHOWN: tuple[Shown, ...] = ("mean", "median")
_NUMBERS: Mapping[Shown, tuple[str, ...]] = {"mean": ("mean", "sd"), "median": ("median", "q1", "q3")}


def by_outcome(rows: Design, variables: Sequence[TableVariable], continuous: Any) -> tuple[TableVariable, ...]:
    """The variables, those that are one number each with what it is like in each outcome."""
    numbers = [v for v in variables if _is_number(rows, v)]
    shown = _shown(continuous, numbers)
    described = {v.name: replace(v, continuous=_summaries(rows, v.variable, shown[v.name])) for v in numbers}
    return tuple(described.get(v.name, v) for v in variables)


def _is_number(rows: Design, variable: TableVariable) -> bool:
    """Whether a variable is a number of the data that is not shown by its levels, whatever function the model takes."""
    assert rows.frame is not None
    if variable.joint or variable.rows[0].level is not None or len(variable.terms[0].variables) != 1:
        return False
    return frames.kind(rows.frame[variable.variable], variable.variable) == "numeric"


def _shown(continuous: Any, numbers: Sequence[TableVariable]) -> dict[str, Shown]:
    """How each variable is shown: all alike, or those that are named, others by their mean."""
    if not isinstance(continuous, Mapping):
        check_choice("continuous", continuous, _SHOWN)
        return {v.name: continuous for v in numbers}
    for name, kind in continuous.items():
        if not any(name in (v.name, v.variable) for v in numbers):
            have = f"these are {', '.join(v.name for v in numbers)}" if numbers else "there is none"
            raise DataError(f"continuous names {name!r}, which is no numeric variable of the table; {have}")
        check_choice(f"continuous[{name!r}]", kind, _SHOWN)
    return {v.name: continuous.get(v.name, continuous.get(v.variable, "mean")) for v in numbers}


def _summaries(rows: Design, column: str, shown: Shown) -> Continuous:
    """What a column is like in each outcome, and in all rows."""
    assert rows.frame is not None
    x = frames.numeric(rows.frame[column])
    trials = 1.0 if rows.trials is None else rows.trials
    copies = [rows.y, trials - rows.y] if rows.levels is None else [*rows.levels.table().T]
    return Continuous(shown, tuple(summary_of(_values(rows, x, each)) for each in (sum(copies), *copies)))


def _values(rows: Design, x: Array, copies: Any) -> WeightedValues:
    """The values of the rows that have an outcome, as often as they have it, in the weights of a description."""
    seen = copies > 0
    if rows.weights is None or rows.counted:
        counts = copies if rows.weights is None else rows.weights * copies
        return WeightedValues(x[seen], counts[seen], True)
    return WeightedValues(x[seen], rows.weights[seen], False, copies[seen])


def columns_of(variables: Sequence[TableVariable], groups: Sequence[Any]) -> dict[str, list[float]]:
    """Columns of the frame: ``mean sd``, of all and of each group, blank where a row is no number."""
    shown = {v.continuous.shown for v in variables if v.continuous}
    suffixes = ["", *(f"_{group}" for group in groups)]
    return {
        f"{number}{suffix}": [_number(v, number, k) for v in variables for _ in v.rows]
        for kind, numbers in _NUMBERS.items()
        if kind in shown
        for k, suffix in enumerate(suffixes)
        for number in numbers
    }


def _number(variable: TableVariable, number: str, k: int) -> float:
    shown = variable.continuous
    return float(getattr(shown.summaries[k], number)) if shown and number in _NUMBERS[shown.shown] else math.nan


def weighted_note(rows: Design, variables: Sequence[TableVariable]) -> Iterator[Note]:
    """That means are weighted where counts are not."""
    if rows.weighted and not rows.counted and any(v.continuous for v in variables):
        yield Note("weighted_means", "Means, standard deviations, medians and quartiles are weighted.")
