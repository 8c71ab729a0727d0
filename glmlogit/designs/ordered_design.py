"""Rows whose outcome is one of several levels in an order: a formula and a table, or counts from low to high."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.columns.cut_columns import with_cuts
from glmlogit.columns.formula_columns import FormulaColumns
from glmlogit.data.draft import Draft
from glmlogit.data.frames import Column
from glmlogit.data.level_counts import LevelCounts
from glmlogit.designs.container import Design, WeightType
from glmlogit.designs.design import CodedOutcome, built
from glmlogit.designs.levels import CodedLevels, code_counts, code_levels, distinct_levels
from glmlogit.errors import DataError, FormulaError
from glmlogit.formula import algebra, parse
from glmlogit.messages.values import show
from glmlogit.messages.words import listed


def ordered_design(
    formula: str,
    data: Any,
    *,
    order: Sequence[Any] | None = None,
    weights: Any = None,
    weight_type: WeightType = "frequency",
    offset: Any = None,
    cluster: Any = None,
    missing: Literal["drop", "raise"] = "drop",
    functions: Mapping[str, Callable[..., Any]] | None = None,
    labels: Mapping[str, Any] | None = None,
) -> Design:
    """The design of a formula whose outcome has levels in an order; its constant column is −1, that of cut points."""

    def code(parsed: algebra.Formula, draft: Draft) -> CodedOutcome:
        return _of_order(parsed, draft, order)

    named = {"weights": weights, "offset": offset}
    rows = built(formula, data, code, named, cluster, weight_type, missing, functions, labels)
    if not rows.columns.constants:
        raise FormulaError(
            f"formula {formula!r} has no intercept, whose place the cut points between ordered levels take: leave out "
            f"the 0 or -1"
        )
    columns, matrix = with_cuts(cast("FormulaColumns", rows.columns), rows.matrix)
    return replace(rows, columns=columns, matrix=matrix)


def _of_order(parsed: algebra.Formula, draft: Draft, order: Sequence[Any] | None) -> CodedOutcome:
    columns = parse.outcome_columns(parsed, draft.frame)
    if len(columns) == 1:
        return of_order(code_levels(in_order(columns[0], parsed.outcome, order), parsed.outcome))
    names = [expression.text for expression in parsed.response]
    coded = code_counts(columns, names)
    require_neighbours(names, coded.outcome.levels, parsed.outcome, f"cbind({', '.join(coded.outcome.levels)}) ~ …")
    return of_order(coded)


def of_order(coded: CodedLevels) -> CodedOutcome:
    """Coded levels, from lowest to highest, as the outcome of a design."""
    outcome = replace(coded.outcome, base=None, ordered=True)
    if len(outcome.levels) == 2:
        outcome = replace(outcome, event=outcome.levels[1], others=outcome.levels[:1])
    levels = coded.levels
    trials = None if levels.counts is None else np.ascontiguousarray(levels.counts.sum(axis=1))
    notes = tuple(note for note in coded.notes if note.code != "numeric_levels")
    return CodedOutcome(_highest(levels), trials, outcome, levels, notes)


def _highest(levels: LevelCounts) -> npt.NDArray[np.float64]:
    """Of two levels the number (n,) of observations of the higher; NaN of more, which have no event."""
    if levels.size != 2:
        return np.full(len(levels), np.nan)
    return np.ascontiguousarray(levels.table()[:, 1])


def in_order(values: Column, name: str, order: Sequence[Any] | None) -> Column:
    """The outcome as ordered categories: by its own order, that of numbers, or the one given."""
    present = distinct_levels(values, name)
    if order is not None:
        return _by_order(values, name, listed_order(order), present)
    if isinstance(values.dtype, pd.CategoricalDtype):
        if values.cat.ordered or len(present) == 2:
            remedy = f"data[{name!r}] = data[{name!r}].cat.remove_unused_categories(), or {_order_of(present)}"
            require_neighbours(list(values.cat.categories) if values.cat.ordered else present, present, name, remedy)
            return values
        raise DataError(f"outcome {name} is a Categorical without an order; {_type_order(values.cat.categories)}")
    if all(isinstance(level, (int, float, np.number, bool, np.bool_)) for level in present):
        return values
    raise DataError(f"the levels of outcome {name} are text, whose order nobody knows; {_type_order(present)}")


def require_neighbours(declared: Sequence[Any], present: Sequence[Any], name: str, remedy: str) -> None:
    """Refuse levels without rows between others that have some; lowest and highest ones are left out with a note."""
    places = [k for k, level in enumerate(declared) if level in present]
    absent = [declared[k] for k in range(min(places, default=0), max(places, default=0)) if k not in places]
    if absent:
        k = declared.index(absent[0])
        low, high = declared[max(j for j in places if j < k)], declared[min(j for j in places if j > k)]
        raise DataError(
            f"no row has level {listed(absent, 4, show)} of outcome {name}, between {show(low)} and {show(high)}: the "
            f"cut points on both sides of it are one, and it has no odds. Were its rows lost on the way, by a filter "
            f"or missing values? If it is not to be a level, type {remedy}"
        )


def listed_order(order: Any) -> list[Any]:
    """The levels given as ``order``; refused where they are no list."""
    if isinstance(order, str) or not hasattr(order, "__iter__"):
        raise DataError(f"order={order!r} is no list of levels; name all of them, from lowest to highest")
    return list(order)


def _type_order(levels: Any) -> str:
    return f"type them from lowest to highest: {_order_of(levels)}"


def _order_of(levels: Any) -> str:
    return f"order=[{', '.join(map(show, levels))}]"


def _by_order(values: Column, name: str, order: list[Any], present: list[Any]) -> Column:
    unknown = [level for level in present if level not in order]
    if unknown:
        raise DataError(
            f"outcome {name} has levels that order= does not name: {listed(unknown, 6, show, ', …')}; "
            f"{_type_order([*order, *unknown])}, in their order"
        )
    if len(set(order)) < len(order):
        raise DataError(f"order= names a level twice: {listed(order, 12, show, ', …')}")
    require_neighbours(order, present, name, _order_of([level for level in order if level in present]))
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.cat.set_categories(order, ordered=True)
    return pd.Series(pd.Categorical(values, categories=order, ordered=True))
