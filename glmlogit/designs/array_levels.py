"""An outcome of several levels given as an array: a label a row, or a table of counts with a column for each level."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from glmlogit.data import frames
from glmlogit.data.draft import Draft, require_unique
from glmlogit.designs.design import CodedOutcome
from glmlogit.designs.inputs import outcome_array
from glmlogit.designs.level_design import of_levels
from glmlogit.designs.levels import CodedLevels, code_counts, code_levels
from glmlogit.designs.ordered_design import in_order, listed_order, of_order, require_neighbours
from glmlogit.errors import DataError
from glmlogit.messages.values import show
from glmlogit.messages.words import plural
from glmlogit.numerics.arrays import shape_of

# The levels from lowest to highest, or True where they are in their order as they stand.
Order = Sequence[Any] | Literal[True]
# What columns of counts are called among the sides of a draft.
_COUNT = "count "


def counts_of_levels(y: Any, n: int) -> dict[str, frames.Column] | None:
    """Columns of counts by name, where y is a table (n, K) of two columns and more; None where it is one column."""
    if isinstance(y, (dict, set, str, bytes)) or len(shape := shape_of(y, "y")) < 2 or shape[1] < 2:
        return None
    if len(shape) > 2:
        raise DataError(f"y has shape {shape}; it is (n,) with a level a row, or (n, K) with a count of each level")
    if shape[0] != n:
        raise DataError(f"y has {plural(shape[0], 'row')} but X has {n}; they must pair up row by row")
    labels, columns = _columns(y)
    require_unique(labels)
    return {label: outcome_array(column, n)[0] for label, column in zip(labels, columns, strict=True)}


def _columns(y: Any) -> tuple[list[str], list[Any]]:
    """The columns of a table by their names, of an array by their places."""
    if hasattr(y, "columns") or hasattr(y, "column_names"):
        table = y if isinstance(y, pd.DataFrame) else frames.take(y, frames.column_names(y))
        return [str(name) for name in table], [table.iloc[:, k] for k in range(table.shape[1])]
    array = np.asarray(y)
    return [f"y{k}" for k in range(array.shape[1])], list(array.T)


def add_counts(draft: Draft, counts: dict[str, frames.Column]) -> None:
    """Add the columns of counts to a draft."""
    for name, column in counts.items():
        draft.sides[_COUNT + name], draft.names[_COUNT + name] = column, name


def coded_levels(draft: Draft, base: Any, order: Order | None) -> CodedOutcome:
    """The outcome of a draft by its levels: against ``base``, or in an order."""
    if order is not None and base is not None:
        raise DataError(f"order= is of levels without a base: leave out base={show(base)}, or order=")
    names = [role.removeprefix(_COUNT) for role in draft.sides if role.startswith(_COUNT)]
    coded = _of_counts(draft, names, base, order) if names else _of_labels(draft, base, order)
    return of_levels(coded) if order is None else of_order(coded)


def _of_labels(draft: Draft, base: Any, order: Order | None) -> CodedLevels:
    values, name = draft.sides["outcome"], draft.names["outcome"]
    if order is None:
        return code_levels(values, name, base)
    return code_levels(in_order(values, name, None if order is True else order), name)


def _of_counts(draft: Draft, names: list[str], base: Any, order: Order | None) -> CodedLevels:
    if order is not None and order is not True:
        order = listed_order(order)
        if sorted(map(str, order)) != sorted(names):
            raise DataError(
                f"order= names {', '.join(map(show, order))}, and the columns of y are {', '.join(map(show, names))}: "
                f"name each of them once, from lowest to highest"
            )
        names = [str(name) for name in order]
    coded = code_counts([draft.sides[_COUNT + name] for name in names], names, base)
    if order is not None:
        require_neighbours(names, coded.outcome.levels, "y", "only the columns of the levels that there are")
    return coded
