"""CSV as tables: read so that codes stay codes and nothing is lost in silence.

A CSV says nothing about types. A column is numbers only where every value is one, and no two of them are one number
in two spellings; whole numbers with leading zeros or more than 15 digits, and digits, E, digits are codes and stay
text, since as numbers ``01`` and ``1`` would be one level, and ``5E12`` another code than ``50E11``.
"""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TextIO

import numpy as np
import pandas as pd

from glmlogit.errors import DataError
from glmlogit.files import sniff
from glmlogit.files.csv_columns import MISSING_NUMBER, Layout, text_column, typed
from glmlogit.files.footers import rows_below
from glmlogit.files.numerals import marks_of
from glmlogit.files.remarks import Remark
from glmlogit.messages.words import listed, plural

__all__ = ["Loaded", "Wanted", "read_delimited"]

MEASURED = 10_000
"""A column of fractions with more distinct values than this is a measurement, whatever its spellings."""
LONGEST_LINE = 10_000_000
"""Characters of the line of names."""


@dataclass(frozen=True)
class Loaded:
    """A table, and what the reader of a result should know about how it was read."""

    data: Any
    remarks: tuple[Remark, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    value_labels: Mapping[str, Mapping[Any, str]] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    form: str = ""
    """What kind of file it was, in words."""


Wanted = Callable[[Sequence[str]], Iterable[str]]


@dataclass(frozen=True)
class _Table:
    """A CSV whose lines can be read: from where, in what encoding, how split, with what names."""

    opened: Callable[[], Any]
    what: str
    encoding: str
    separator: str
    skip: int
    names: list[str]
    remarks: tuple[Remark, ...] = ()

    def lines(self) -> TextIO:
        """The text below the line of names."""
        stream = io.TextIOWrapper(self.opened(), encoding=self.encoding, newline="")
        for _ in range(self.skip):
            stream.readline()
        next(csv.reader(stream, delimiter=self.separator, skipinitialspace=True))
        return stream


def read_delimited(opened: Callable[[], Any], path: str, what: str, wanted: Wanted, layout: Layout) -> Loaded:
    """Read the columns wanted twice: as pandas would, then as text those that are not plainly measurements.

    Parameters
    ----------
    opened : callable
        Opens the bytes of the file, as often as it is called.
    path, what : str
        Name of the file, empty for standard input, and what a message calls it.
    wanted : callable
        From the names of all columns those that are read.
    """
    with opened() as file:
        start = file.read(sniff.FIRST_BYTES)
    sniff.refuse_other_kinds(start, path, what)
    if layout.encoding is not None:
        return _columns(_table(opened, what, layout.encoding, layout), wanted, layout)
    marked = sniff.marked_encoding(start, what)
    try:
        return _columns(_table(opened, what, marked, layout), wanted, layout)
    except UnicodeDecodeError as error:
        if marked != "utf-8-sig":
            raise
        encoding, word = sniff.eight_bit_encoding(error, _pieces(opened), path, what)
    loaded = _columns(_table(opened, what, encoding, layout), wanted, layout)
    text = f"not UTF-8: read as Windows-1252 (Latin-1), in which it has {word!r}; encoding= says otherwise"
    return replace(loaded, remarks=(Remark("doubt", text), *loaded.remarks))


def _pieces(opened: Callable[[], Any]) -> Iterator[bytes]:
    with opened() as file:
        while piece := file.read(1 << 20):
            yield piece


def _table(opened: Callable[[], Any], what: str, encoding: str, layout: Layout) -> _Table:
    lines = _first_lines(opened, encoding, layout.skip, what)
    if not any(line.strip() for line in lines):
        raise DataError(f"{what} is empty, or its first line is; that line must name the columns")
    shape = sniff.shape_of(lines, layout.separator, what)
    header = next(csv.reader(lines[shape.above :], delimiter=shape.separator, skipinitialspace=True))
    names = [name.strip() for name in header]
    remarks = _of_above(lines, shape)
    return _Table(opened, what, encoding, shape.separator, layout.skip + shape.above, names, remarks)


_SEPARATORS = {"\t": "tabs", " ": "blanks", ",": "commas", ";": "semicolons"}


def _of_above(lines: Sequence[str], shape: sniff.Shape) -> tuple[Remark, ...]:
    """What stands above the names and is left out, but for a line that names the separator."""
    above = [" ".join(line.split()) for line in lines[: shape.above] if line.strip()]
    hint = bool(above) and above[0].startswith("sep=")
    left_out = f"{plural(len(above), 'line')} above the names left out: {listed([a[:60] for a in above], 2)}"
    return (Remark("done", left_out),) if above and not hint else ()


def _first_lines(opened: Callable[[], Any], encoding: str, skip: int, what: str) -> list[str]:
    """The first lines of the text, whole ones."""
    lines: list[str] = []
    try:
        stream = io.TextIOWrapper(opened(), encoding=encoding, newline="")
    except LookupError:
        raise DataError(
            f"encoding={encoding!r} is no encoding that Python knows; try 'utf-8', 'cp1252' or 'utf-16'"
        ) from None
    with stream:
        for k in range(skip + 50):
            line = stream.readline(LONGEST_LINE)
            if len(line) == LONGEST_LINE:
                raise DataError(
                    f"{what} has a line of more than {LONGEST_LINE:,} characters at its head; is it a table?"
                )
            if not line or sum(map(len, lines)) > LONGEST_LINE:
                break
            if k >= skip:
                lines.append(line)
    return lines


def _columns(table: _Table, wanted: Wanted, layout: Layout) -> Loaded:
    _require_known(table.names, layout)
    chosen = set(wanted(table.names))
    places = [j for j, name in enumerate(table.names) if name in chosen]
    places = places or list(range(min(1, len(table.names))))  # how many rows there are still matters
    cells = _parsed(table, places, checked=True)
    places_held = list(map(int, cells.columns))
    below = rows_below(cells, lambda: _parsed(table, places_held, dtype=str, na_filter=False), table.separator)
    cells = cells.iloc[: len(cells) - below.rows]
    marks = marks_of(_samples(table, cells), table.separator, layout.decimal)
    plain = not layout.missing and marks.decimal == "."
    measured = [j for j in places if plain and not _chosen(table.names[j], layout) and _plainly_measured(cells[j])]
    columns: dict[int, Any] = {j: cells[j].array for j in measured}
    remarks = [*table.remarks, *below.remarks]
    units: dict[str, str] = {}
    others = [j for j in places if j not in columns]
    if others:
        texts = _parsed(table, others, dtype=str, na_filter=False).iloc[: len(cells)]
        for j in others:
            read = typed(text_column(texts[j].fillna("")), table.names[j], marks, layout)
            columns[j] = read.values
            remarks += read.remarks
            units |= {table.names[j]: read.unit} if read.unit else {}
    frame = pd.DataFrame({j: columns[j] for j in places})
    # Set now, so that a label given twice is still there twice.
    frame.columns = pd.Index([table.names[j] for j in places])
    mark = _SEPARATORS.get(table.separator, repr(table.separator))
    form = f"CSV, values separated by {mark}, {table.encoding.upper().removesuffix('-SIG')}"
    return Loaded(frame, tuple(remarks), units=units, form=form)


SAMPLED = 2_000
"""Rows by which the decimal mark of a file is told."""


def _samples(table: _Table, cells: pd.DataFrame) -> Iterator[list[str]]:
    """Distinct texts of the first rows of each column that was parsed, in which decimal marks are told."""
    if table.separator != ";" and not any(cells[j].dtype == object or cells[j].dtype == "str" for j in cells):
        return
    texts = _parsed(table, list(map(int, cells.columns)), dtype=str, na_filter=False, nrows=SAMPLED)
    yield from (text_column(texts[j].fillna("")).levels for j in texts)


def _chosen(name: str, layout: Layout) -> bool:
    return name in layout.text or name in layout.number


def _require_known(names: Sequence[str], layout: Layout) -> None:
    for option, columns in (("text", layout.text), ("number", layout.number)):
        absent = next((name for name in columns if name not in names), None)
        if absent is not None:
            raise DataError(f"{option}={absent!r}: the file has no column of that name; it has {', '.join(names[:20])}")


def _plainly_measured(column: pd.Series[Any]) -> bool:
    """Whether a column is numbers, some of them not whole, and too many to be codes."""
    if column.dtype != np.float64:
        return False
    values = column.to_numpy()
    with np.errstate(invalid="ignore"):
        fractions = bool(np.any(np.isfinite(values) & (values % 1 != 0)))
    return fractions and len(pd.unique(values)) > MEASURED


def _parsed(table: _Table, places: Sequence[int], checked: bool = False, **how: Any) -> pd.DataFrame:
    """The cells of some columns, by position; with a look at whether lines have more values than there are names."""
    inferred: dict[str, Any] = {"keep_default_na": False, "na_values": sorted(MISSING_NUMBER), **_EXACT}
    narrow = len(table.names) <= FEW_COLUMNS
    if checked and not narrow:
        _check_lines(table)
    # One column more than the header has: a line with a value too many must not shift or lose any.
    width = len(table.names) + (checked and narrow)
    layout: dict[str, Any] = {"header": None, "names": range(width), "index_col": False}
    if not (checked and narrow):  # which makes the parser pass over values too many
        layout["usecols"] = list(places)
    with table.lines() as stream, warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        try:
            cells: pd.DataFrame = pd.read_csv(
                stream, sep=table.separator, skipinitialspace=True, low_memory=False, **layout, **(how or inferred)
            )
        except pd.errors.EmptyDataError:
            return pd.DataFrame({j: pd.Series(dtype=object) for j in places})
        except pd.errors.ParserWarning:
            raise DataError(
                f"{table.what} has more values in a line than its header has names ({len(table.names)})"
            ) from None
    if checked and narrow:
        _check_width(cells[width - 1], len(table.names), table.what)
        return cells.iloc[:, :-1]
    return cells


FEW_COLUMNS = 500
"""Up to so many columns all are parsed, which counts the values in each line."""


def _check_lines(table: _Table) -> None:
    """Count the values of each line of a wide table, of which few columns will be parsed."""
    with table.lines() as stream:
        for k, row in enumerate(csv.reader(stream, delimiter=table.separator, skipinitialspace=True)):
            if len(row) > len(table.names) and any(row[len(table.names) :]):
                raise DataError(_too_wide(table.what, len(row), k + 1, len(table.names)))


def _too_wide(what: str, count: int, line: int, width: int) -> str:
    return (
        f"{what} has {count} values in data line {line} where its header names {width} columns. "
        f"If R wrote row names, write the file again with row.names = FALSE"
    )


# Older versions of pandas read decimals to the last digit only when told to.
_EXACT: dict[str, Any] = (
    {} if tuple(map(int, pd.__version__.split(".")[:2])) >= (3, 1) else {"float_precision": "round_trip"}
)


def _check_width(beyond: pd.Series[Any], width: int, what: str) -> None:
    rows = np.flatnonzero(beyond.notna())
    if len(rows):
        raise DataError(_too_wide(what, width + 1, int(rows[0]) + 1, width))
