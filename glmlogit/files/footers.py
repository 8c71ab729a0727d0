"""Lines below a table that are no rows of it: totals, sources, and the blank rows that spreadsheets write."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.files.numerals import Marks, numerals
from glmlogit.files.remarks import Remark
from glmlogit.messages.values import is_total
from glmlogit.messages.words import plural

__all__ = ["Below", "rows_below"]

MOST_FOOTERS = 20
"""Lines below a table that are looked at."""
_NOTE = re.compile(r"(source|note|notes|quelle|hinweis|anmerkung|fuente|nota|fonte|legend|©|\*)\b[:.]?|\*", re.I)


class Below(NamedTuple):
    """How many rows at the end of a table are none, and what is said of them."""

    rows: int
    remarks: tuple[Remark, ...] = ()


def rows_below(cells: pd.DataFrame, texts: Callable[[], pd.DataFrame], separator: str) -> Below:
    """Blank rows, then a row of totals and notes at the end of a table.

    Parameters
    ----------
    cells : DataFrame
        The values (n, columns) as they were parsed, missing ones missing.
    texts : callable
        The same cells as texts, which tell what is blank from words for missing values.
    separator : str
        What stands between values: where that is a semicolon numbers may have decimal commas.

    A row is a total where its first value is a word for that, and the others are blank or add up.
    """
    blank = _blank(cells, texts)
    end = len(cells) - blank
    remarks = [Remark("done", f"{plural(blank, 'blank row')} at the end left out")] if blank else []
    for _ in range(MOST_FOOTERS):
        remark = _of_row(cells, end - 1, separator) if end > 3 else None
        remarks += [remark] if remark else []
        if remark is None or remark.kind == "odd":
            break
        end -= 1
    return Below(len(cells) - end, tuple(remarks))


def _blank(cells: pd.DataFrame, texts: Callable[[], pd.DataFrame]) -> int:
    """How many rows at the end hold nothing, not even a word for a missing value."""
    if not len(cells) or cells.iloc[-1].notna().any():
        return 0
    filled = np.flatnonzero((texts().fillna("") != "").any(axis=1).to_numpy())
    return len(cells) - int(filled[-1]) - 1 if len(filled) else 0


def _of_row(cells: pd.DataFrame, k: int, separator: str) -> Remark | None:
    """What a row is that is none of the table's; None where it is one."""
    present = [value for value in cells.iloc[k] if not pd.isna(value)]
    first = present[0] if present and isinstance(present[0], str) else ""
    if len(present) == 1 and cells.shape[1] > 2 and _NOTE.match(first):
        return Remark("done", f"the last line left out, a note: {first[:60]!r}")
    if not (is_total(first) or first.strip(" :.").casefold() == "all"):
        return None
    sums = [_is_sum(cells[j], k, separator) for j in cells if not pd.isna(cells[j].iloc[k])][1:]
    if not sums or any(sums):
        return Remark("done", f"the last row left out, a total: it begins with {first!r}")
    return Remark("odd", f"the last row begins with {first!r} and does not add up: it was read as a row")


def _is_sum(column: pd.Series[Any], k: int, separator: str) -> bool:
    values = _floats(column.iloc[: k + 1], separator)
    above, last = values[:-1], values[-1]
    with np.errstate(invalid="ignore", over="ignore"):
        return bool(np.isclose(np.nansum(above), last, rtol=1e-6) and np.nansum(np.abs(above)) > 0)


def _floats(column: pd.Series[Any], separator: str) -> npt.NDArray[np.float64]:
    if column.dtype.kind in "biuf":
        return column.to_numpy(dtype=np.float64)
    codes, levels = pd.factorize(column)
    marks = Marks("," if separator == ";" else ".", False)
    numbers = [numerals([str(level)], (), marks) for level in levels]
    values = np.array([np.nan if number is None else number.values[0] for number in numbers] + [np.nan])
    return np.asarray(values, dtype=np.float64)[codes]
