"""Coding of an outcome of several levels: which there are, which is the base, and how often rows have each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.data.frames import Column
from glmlogit.data.level_counts import LevelCounts
from glmlogit.designs.outcome import Outcome, count_column
from glmlogit.errors import DataError
from glmlogit.messages.notes import Note
from glmlogit.messages.values import first, show
from glmlogit.messages.words import Name, Number, listed, plural, sentence
from glmlogit.numerics.arrays import check_dtype

Array = npt.NDArray[np.float64]

# Numbers that are not whole, of more values than this, are measurements and no levels.
_MOST_MEASURED = 20
# Share of the observations below which a base is rare.
RARE = 0.05


class CodedLevels(NamedTuple):
    """Levels of the rows, what is modelled in words, and notes."""

    levels: LevelCounts
    outcome: Outcome
    notes: tuple[Note, ...]


def code_levels(values: Column, name: str, base: Any = None) -> CodedLevels:
    """Code an outcome by its levels: a Categorical's order, else sorted; numbers are labels.

    Declared levels without rows are left out, with a note.
    """
    categorical = isinstance(values.dtype, pd.CategoricalDtype)
    if not categorical:
        check_dtype(values.dtype, f"outcome {name}")
    distinct = distinct_levels(values, name)
    _require_several(distinct, name)
    labels = tuple(map(_plain, distinct))
    series = values if isinstance(values, pd.Series) else pd.Series(values)
    codes = pd.Index(distinct).get_indexer(pd.Index(series)).astype(np.int32)
    notes = [*_unused(values, distinct, name), *_numbers(labels, name)]
    outcome = Outcome(name, None, (), levels=labels, base=base_of(labels, name, base))
    return CodedLevels(LevelCounts(len(labels), codes=codes), outcome.with_event(), tuple(notes))


def code_counts(columns: Sequence[Column], names: Sequence[str], base: Any = None) -> CodedLevels:
    """A table of counts, a column for each level; columns without observations are left out, with a note."""
    counts = np.column_stack(
        [count_column(column, f"count {name}") for column, name in zip(columns, names, strict=True)]
    )
    for k, name in enumerate(names):
        _check_counts(counts[:, k], name)
    used = counts.sum(axis=0) > 0
    text = f"cbind({', '.join(names)})"
    labels = tuple(name for name, u in zip(names, used, strict=True) if u)
    _require_several(list(labels), text)
    gone = [name for name, u in zip(names, used, strict=True) if not u]
    notes = (_left_out(gone, text),) if gone else ()
    outcome = Outcome(text, None, (), grouped=True, levels=labels, base=base_of(labels, text, base))
    counted = np.ascontiguousarray(counts[:, used])
    return CodedLevels(LevelCounts(len(labels), counts=counted), outcome.with_event(), notes)


def base_of(labels: Sequence[Any], name: str, base: Any) -> Any:
    """The base level: the first, or the one named."""
    if base is None:
        return labels[0]
    for label in labels:
        if label == base or (not isinstance(label, str) and str(label) == str(base)):
            return label
    near = [label for label in labels if str(label).casefold() == str(base).casefold()]
    raise DataError(
        f"base={base!r} is no level of outcome {name}, whose levels are {_listed(labels)}; "
        + (f"type base={show(near[0])}" if near else "give one of these")
    )


def events_of(levels: LevelCounts, outcome: Outcome) -> Array:
    """Of two levels the number (n,) of observations of that which is not the base; NaN of more, which have no event."""
    if levels.size != 2:
        return np.full(len(levels), np.nan)
    return np.ascontiguousarray(levels.table()[:, outcome.levels.index(outcome.event)])


def rare_base(outcome: Outcome, totals: Array) -> tuple[Note, ...]:
    """A note where few observations have the base, against which all odds are compared."""
    labels = list(outcome.levels)
    share = totals[labels.index(outcome.base)] / totals.sum()
    if not share < RARE:
        return ()
    most = labels[int(np.argmax(totals))]
    return (
        Note(
            "rare_base",
            sentence(
                "Only {share}% of the observations are {base}, the base that all others are compared with, so that "
                "every coefficient has a large error. The most frequent level is {most}: type {option}.",
                share=Number(f"{100 * share:.2g}"),
                base=show(outcome.base),
                most=show(most),
                option=f"base={show(most)}",
            ),
        ),
    )


def _plain(label: Any) -> Any:
    """A label as a value of Python; whole numbers without a point."""
    label = label.item() if isinstance(label, np.generic) else label
    return int(label) if isinstance(label, float) and label.is_integer() else label


def distinct_levels(values: Column, name: str) -> list[Any]:
    """The levels that rows have: in the order of a Categorical, else sorted."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        present = set(values.unique())
        return [level for level in values.cat.categories if level in present]
    distinct = list(pd.unique(values))
    try:
        return sorted(distinct)
    except TypeError:
        raise DataError(
            f"outcome {name} mixes labels of different kinds ({_listed(distinct)}), which have no order; make them all "
            f"text: data[{name!r}].astype(str)"
        ) from None


def _require_several(labels: list[Any], name: str) -> None:
    if len(labels) < 2:
        only = f" only, {show(labels[0])}" if labels else ""
        raise DataError(
            f"outcome {name} has {plural(len(labels), 'level')}{only}; a model of levels compares two or more. Check "
            f"the coding of the outcome and the rows selected"
        )
    numbers = [x for x in labels if isinstance(x, (float, np.floating))]
    if len(numbers) > _MOST_MEASURED and any(x != np.round(x) for x in numbers):
        raise DataError(
            f"outcome {name} has {len(labels):,} different numbers such as {show(numbers[0])} and {show(numbers[1])}: "
            f"a measurement, not a label. Cut it into classes first, or fit a linear model"
        )


def _unused(values: Column, distinct: list[Any], name: str) -> tuple[Note, ...]:
    if not isinstance(values.dtype, pd.CategoricalDtype):
        return ()
    gone = [level for level in values.cat.categories if level not in set(distinct)]
    return (_left_out(gone, name),) if gone else ()


def _left_out(gone: Sequence[Any], name: str) -> Note:
    level, has, be = ("Level", "has", "is") if len(gone) == 1 else ("Levels", "have", "are")
    text = (
        f"{level} {{levels}} of outcome {{name}} {has} no rows and {be} left out: all coefficients would be -infinity "
        f"(of ordered levels, the cut points on both sides would be one)."
    )
    return Note("empty_level", sentence(text, levels=_listed(gone), name=Name(name)))


def _numbers(labels: Sequence[Any], name: str) -> tuple[Note, ...]:
    if set(labels) <= {0, 1} or not all(isinstance(x, (int, float)) for x in labels):
        return ()
    return (
        Note(
            "numeric_levels",
            sentence(
                "The numbers of outcome {name} ({levels}) are taken as labels without an order; give the levels names "
                "to have them in tables.",
                name=Name(name),
                levels=_listed(labels),
            ),
        ),
    )


def _check_counts(counts: Array, name: str) -> None:
    bad = np.flatnonzero(~(counts >= 0) | (counts != np.round(counts)))
    if len(bad):
        raise DataError(
            f"count {name} is {counts[bad[0]]:g} in {first(bad)}; numbers of observations are whole and not negative"
        )


def _listed(labels: Sequence[Any]) -> str:
    return listed(list(labels), 6, show, ", …")
