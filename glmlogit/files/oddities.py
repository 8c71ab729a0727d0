"""What looks odd in a table: codes for missing values among numbers, levels that are alike, identifiers, no values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from glmlogit.data.texts import alike, ascii_if_needed, in_case_only, read_levels
from glmlogit.errors import DataError
from glmlogit.files.remarks import Kind, Remark
from glmlogit.messages.words import listed, plural

__all__ = ["oddities"]

LEAST_ROWS = 20
"""In fewer rows a value a row is no sign of an identifier."""
MOST_WHOLE = 1_000
"""Whole numbers of more distinct values are counted, not coded."""
_REPEATED = (sign * int(digit * length) for length in range(1, 6) for digit in "987" for sign in (1, -1))
_CODES = frozenset([*_REPEATED, -1, 98, 97, 96, 998, 997, 996, 9998, 9997, -98, -97, -998])


def oddities(data: pd.DataFrame) -> tuple[Remark, ...]:
    """Sentences on what looks odd in the columns of a table, each by its distinct values."""
    names = list(map(str, data.columns))
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    unnamed = sum(not name for name in names)
    remarks = [Remark("odd", f"names that occur more than once: {listed(twice, 5)}")] if twice else []
    remarks += [Remark("odd", f"{plural(unnamed, 'column')} without a name")] if unnamed else []
    for j, name in enumerate(names):
        remarks += [Remark(kind, text, name) for kind, text in _of_column(data.iloc[:, j], name)]
    return tuple(remarks)


def _of_column(column: pd.Series[Any], name: str) -> Iterator[tuple[Kind, str]]:
    present = column.dropna()
    if not len(present):
        if len(column):
            yield "plain", "no values"
        return
    levels = pd.unique(present)
    if len(levels) == 1 and len(present) == len(column) > 1:
        yield "plain", f"one value only, {_shown(levels[0])}"
    elif isinstance(column.dtype, pd.CategoricalDtype) or column.dtype.kind in "OUT" or column.dtype == "string":
        texts = [level for level in levels if isinstance(level, str)]
        yield from _alike(texts)
        if not isinstance(column.dtype, pd.CategoricalDtype):
            yield from _of_text(texts, len(present), name)
    elif column.dtype.kind in "iuf":
        yield from _of_numbers(present, np.sort(np.asarray(levels, dtype=np.float64)), name)


def _shown(value: Any) -> str:
    return repr(value) if isinstance(value, str) else str(value)


def _alike(levels: Sequence[str]) -> Iterator[tuple[Kind, str]]:
    try:
        merged = alike(levels)
    except DataError as error:
        yield "plain", str(error)
        return
    same = [level for level in merged if list(merged.values()).count(merged[level]) > 1]
    if same:
        yield "plain", f"levels that print alike, which models take as one: {listed(same, 6, ascii_if_needed)}"
    if case := in_case_only(levels):
        yield "plain", f"levels that differ in upper and lower case only: {case}"


def _of_text(levels: Sequence[str], rows: int, name: str) -> Iterator[tuple[Kind, str]]:
    reading = read_levels(levels, rows)
    if reading.kind == "many" and len(levels) == rows:
        yield "plain", "another text in each row: an identifier?"
    elif reading.kind == "many":
        yield "plain", f"text with {len(levels)} levels in {plural(rows, 'row')}: an identifier?"
    elif reading.what and reading.kind != "dates":
        yield "plain", f"text in which {reading.what}; number={name!r} makes numbers of it once all are"


def _of_numbers(present: pd.Series[Any], levels: Any, name: str) -> Iterator[tuple[Kind, str]]:
    finite = bool(np.all(np.isfinite(levels)))
    integers = finite and bool(np.all(levels % 1 == 0))
    codes = _far_codes(levels) if finite and len(levels) > 2 and _codable(levels) else []
    if codes:
        rows = int(present.isin(codes).sum())
        rest = levels[~np.isin(levels, codes)]
        text = (
            f"{' and '.join(f'{code:.0f}' for code in codes)} in {plural(rows, 'row')}, the others being "
            f"{rest[0]:.10g} to {rest[-1]:.10g}: a code for missing? Then missing={[f'{code:.0f}' for code in codes]}"
        )
        yield "odd", text
    if integers and len(levels) == len(present) >= LEAST_ROWS and np.all(np.diff(levels) == 1):
        yield "plain", "whole numbers in sequence, another in each row: an identifier?"
    if integers and len(levels) > 2 and np.all((levels > 1.8e7) & (levels < 2.1e7)) and _are_days(levels):
        yield "odd", f"numbers such as {levels[0]:.0f} may be dates: pd.to_datetime(df[{name!r}], format='%Y%m%d')"


def _codable(levels: Any) -> bool:
    """Whether values are few, or have decimals: many whole numbers are counts, which reach far."""
    return len(levels) <= MOST_WHOLE or bool(np.any(levels % 1 != 0))


def _far_codes(levels: Any) -> list[float]:
    """Values such as 99 or -9 that stand at an end, far from the others, of which decimals may be any number."""
    above = 10 if np.all(levels % 1 == 0) else 2
    codes: list[float] = []
    rest = levels
    while len(rest) > 2:
        for end, beside in ((-1, -2), (0, 1)):
            gap, width = abs(rest[end] - rest[beside]), np.ptp(np.delete(rest, end))
            least = max(width / above, 3) if rest[end] > 0 else width / 10
            far = gap > least and not (rest[end] == -1 and width < 5)
            if rest[end] in _CODES and far and _one_sign(rest, end):
                codes.append(float(rest[end]))
                rest = np.delete(rest, end)
                break
        else:
            return sorted(codes) if len(rest) >= 2 else []
    return sorted(codes)


def _one_sign(levels: Any, end: int) -> bool:
    """A code below zero stands beside values that are not; one above, above all of these."""
    return bool(levels[end] > 0 or levels[1] >= 0 or levels[1] in _CODES)


def _are_days(levels: Any) -> bool:
    month, day = levels // 100 % 100, levels % 100
    return bool(np.all((month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)))
