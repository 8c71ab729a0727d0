"""Rows that are counted in a table: which have the event, their levels, their strata."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.data import texts
from glmlogit.data.draft import Draft
from glmlogit.designs.outcome import refuse_no_event
from glmlogit.errors import DataError
from glmlogit.messages.notes import Note
from glmlogit.messages.values import show
from glmlogit.messages.words import plural


def coded_outcome(
    values: pd.Series[Any], what: str, option: str, chosen: Any
) -> tuple[npt.NDArray[np.bool_], pd.Index[Any]]:
    """Which rows have the event (or exposure), and the two labels, that one first."""
    levels = levels_of(values, what)
    if len(levels) != 2:
        shown = ", ".join(show(level) for level in levels[:5]) + (", …" if len(levels) > 5 else "")
        name = what.split(" ", 1)[1]
        raise DataError(
            f"{what} has {plural(len(levels), 'value')} ({shown}); a 2×2 table needs two. Keep two of them, or make "
            f"it two-valued first, for example data.assign({option}=data[{name!r}] == {show(levels[-1])})"
        )
    if chosen is None and _speaks_for_itself(levels):
        if isinstance(levels[0], str):
            refuse_no_event(values, levels, what, option)
        chosen = levels[1]
    if chosen is None or chosen not in levels:
        saw = "nothing says which one is meant" if chosen is None else f"{option}={show(chosen)} is neither"
        raise DataError(f"{what} has the values {show(levels[0])} and {show(levels[1])}; {saw}. "
                        f"Type {option}={show(levels[1])} or {option}={show(levels[0])}")  # fmt: skip
    opposite = levels[1] if chosen == levels[0] else levels[0]
    matches = (values == chosen).to_numpy(dtype=bool)
    return matches, pd.Index([chosen, opposite], dtype=None if isinstance(chosen, (int, float)) else object)


def levels_of(values: pd.Series[Any], what: str) -> list[Any]:
    """The levels that were observed, in order."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return list(values.cat.remove_unused_categories().cat.categories)
    try:
        return sorted(values.unique().tolist())
    except TypeError:
        raise DataError(f"{what} mixes values of different kinds; make it 0/1 first") from None


def _speaks_for_itself(levels: list[Any]) -> bool:
    """0/1, booleans and text do; other numbers, such as 1/2, do not."""
    return all(isinstance(level, str) for level in levels) or levels == [0, 1]


def strata_codes(draft: Draft, by: list[str]) -> tuple[npt.NDArray[np.intp], pd.Index[Any], tuple[Note, ...]]:
    """The stratum of each row as a code (n,), the labels of the codes in order, and notes on levels merged."""
    if not by:
        return np.zeros(draft.n, dtype=np.intp), pd.Index([]), ()
    merged = {name: texts.merged(draft.frame[name], f"stratum {name!r}") for name in by}
    groups = pd.DataFrame({name: column for name, (column, _) in merged.items()}).groupby(by, observed=True, sort=True)
    notes = tuple(Note("alike", note) for _, note in merged.values() if note)
    return np.asarray(groups.ngroup(), dtype=np.intp), groups.size().index, notes
