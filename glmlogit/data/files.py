"""Data files as tables: CSV and Parquet, read so that codes stay codes and nothing is lost in silence.

A CSV says nothing about types. A column is numbers only where every value is one, and no two of them are one number
in two spellings; whole numbers with leading zeros or more than 15 digits, and digits, E, digits are codes and stay
text, since as numbers ``01`` and ``1`` would be one level, and ``5E12`` another code than ``50E11``.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import pandas as pd

from glmlogit.data import sniff
from glmlogit.data.csv_columns import MISSING_NUMBER, Layout, typed
from glmlogit.errors import DataError, GlmlogitError
from glmlogit.messages.calls import to_install

__all__ = ["Layout", "Loaded", "read"]

_PACKED: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
_CSV = frozenset({"", ".csv", ".tsv", ".txt"})
_PARQUET = frozenset({".parquet", ".pq"})

MEASURED = 10_000
"""A column of fractions with more distinct values than this is a measurement, whatever its spellings."""
LONGEST_LINE = 10_000_000
"""Characters of the line of names."""


@dataclass(frozen=True)
class Loaded:
    """A table and, by column, what the reader of a result should know about how it was read."""

    data: Any
    remarks: Mapping[str, str] = field(default_factory=dict)


Wanted = Callable[[Sequence[str]], Iterable[str]]


def _all(names: Sequence[str]) -> Iterable[str]:
    return names


def read(source: str, wanted: Wanted = _all, layout: Layout = Layout()) -> Loaded:  # noqa: B008 - a frozen value
    """Read a data file.

    Parameters
    ----------
    source : str
        Path of a CSV (``.csv .tsv .txt``, also with ``.gz .bz2 .xz``) or Parquet file (``.parquet .pq``),
        or ``-`` for CSV on standard input.
    wanted : callable
        From the names of all columns of a CSV those that are read.
    layout : Layout
        Separator, decimal mark, encoding, lines to skip, and columns that are text or numbers.

    Returns
    -------
    Loaded

    Raises
    ------
    DataError
        For a file that is absent, unreadable, empty or of an unknown kind.
    ImportError
        For Parquet without pyarrow.
    """
    try:
        return _read(source, wanted, layout)
    except (GlmlogitError, ImportError, MemoryError):
        raise
    except OSError as error:
        raise DataError(f"cannot read {source!r}: {error.strerror or error}{_swapped(source)}") from error
    except Exception as error:  # whatever else a broken file makes its library raise
        raise DataError(f"cannot read {source!r}: {error or type(error).__name__}") from error


def _swapped(source: str) -> str:
    return "; the formula comes first, then the data" if "~" in source else ""


def _read(source: str, wanted: Wanted, layout: Layout) -> Loaded:
    if source == "-":
        content = sys.stdin.buffer.read()
        return _read_csv(lambda: io.BytesIO(content), "", "standard input", wanted, layout)
    suffixes = [suffix.lower() for suffix in Path(source).suffixes]
    packing = suffixes.pop() if suffixes and suffixes[-1] in _PACKED else ""
    kind = suffixes[-1] if suffixes else ""
    if kind in _PARQUET and not packing:
        return _read_parquet(source)
    if kind not in _CSV and Path(source).is_file():
        _refuse_kind(source)
    if kind == ".tsv" and layout.separator is None:
        layout = replace(layout, separator="\t")
    return _read_csv(_opener(source, _PACKED.get(packing, open)), source, repr(source), wanted, layout)


def _refuse_kind(source: str) -> None:
    with open(source, "rb") as file:
        sniff.refuse_other_kinds(file.read(sniff.FIRST_BYTES), source, repr(source))
    raise DataError(
        sniff.of_suffix(source)
        or f"cannot tell the format of {source!r}: CSV ends in .csv, .tsv or .txt (also .gz, .bz2, .xz), "
        f"Parquet in .parquet"
    )


def _opener(path: str, unpack: Callable[..., Any]) -> Callable[[], Any]:
    if Path(path).is_file() or Path(path).is_dir():
        return lambda: unpack(path, "rb")
    with unpack(path, "rb") as pipe:  # which can be read only once
        content = pipe.read()
    return lambda: io.BytesIO(content)


# --- CSV ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Table:
    """A CSV whose lines can be read: from where, in what encoding, how split, with what names."""

    opened: Callable[[], Any]
    what: str
    encoding: str
    separator: str
    skip: int
    names: list[str]
    missing: frozenset[str]

    @property
    def decimal(self) -> str:
        return "," if self.separator == ";" else "."

    def lines(self) -> TextIO:
        """The text below the line of names."""
        stream = io.TextIOWrapper(self.opened(), encoding=self.encoding, newline="")
        for _ in range(self.skip):
            stream.readline()
        next(csv.reader(stream, delimiter=self.separator, skipinitialspace=True))
        return stream


def _read_csv(opened: Callable[[], Any], path: str, what: str, wanted: Wanted, layout: Layout) -> Loaded:
    """Read the columns wanted twice: as pandas would, then as text those that are not plainly measurements."""
    try:
        table = _table(opened, path, what, layout)
        return _columns(table, wanted, layout)
    except UnicodeDecodeError as error:
        with opened() as file:
            sniff.refuse_encoding(file.read(sniff.FIRST_BYTES), path, what, error)
        raise


def _table(opened: Callable[[], Any], path: str, what: str, layout: Layout) -> _Table:
    with opened() as file:
        start = file.read(sniff.FIRST_BYTES)
    encoding = layout.encoding or "utf-8-sig"
    sniff.refuse_other_kinds(start, path, what)
    if layout.encoding is None:
        sniff.refuse_encoding(start, path, what)
    lines = _first_lines(opened, encoding, layout.skip, what)
    if not lines or not lines[0].strip():
        raise DataError(f"{what} is empty, or its first line is; that line must name the columns")
    shape = sniff.shape_of(lines, layout.separator, what)
    if layout.skip and shape.skip:
        shape.skip = 0
    header = next(csv.reader(lines[shape.skip :], delimiter=shape.separator, skipinitialspace=True))
    names = [name.strip() for name in header]
    missing = frozenset(word.strip() for word in layout.missing)
    return _Table(opened, what, encoding, shape.separator, layout.skip + shape.skip, names, missing)


def _first_lines(opened: Callable[[], Any], encoding: str, skip: int, what: str) -> list[str]:
    """The first lines of the text, whole ones."""
    lines: list[str] = []
    try:
        stream = io.TextIOWrapper(opened(), encoding=encoding, newline="")
    except LookupError:
        raise DataError(
            f"--encoding {encoding} is no encoding that Python knows; try utf-8, cp1252 or utf-16"
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
    plain = not layout.missing and layout.decimal is None
    measured = [j for j in places if plain and not _chosen(table.names[j], layout) and _plainly_measured(cells[j])]
    columns: dict[int, Any] = {j: cells[j].array for j in measured}
    others = [j for j in places if j not in columns]
    remarks: dict[str, str] = {}
    if others:
        texts = _parsed(table, others, dtype=str, na_filter=False)
        for j in others:
            name = table.names[j]
            columns[j], remark = typed(
                texts[j].fillna(""), name, layout.decimal or table.decimal, table.missing, layout
            )
            remarks |= {name: remark} if remark else {}
    frame = pd.DataFrame({j: columns[j] for j in places})
    frame.columns = pd.Index(
        [table.names[j] for j in places]
    )  # set now, so that a label given twice is still there twice
    return Loaded(frame, remarks)


def _chosen(name: str, layout: Layout) -> bool:
    return name in layout.text or name in layout.number


def _require_known(names: Sequence[str], layout: Layout) -> None:
    for option, columns in (("--text", layout.text), ("--number", layout.number)):
        absent = next((name for name in columns if name not in names), None)
        if absent is not None:
            raise DataError(f"{option} {absent}: the file has no column of that name; it has {', '.join(names[:20])}")


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


# --- Parquet ------------------------------------------------------------------------------------


def _read_parquet(path: str) -> Loaded:
    try:
        parquet = import_module("pyarrow.parquet")
    except ImportError as error:
        raise ImportError(
            f"reading Parquet needs pyarrow, which is not installed. {to_install('pyarrow', 'parquet')}"
        ) from error
    with open(path, "rb") as file:
        table = parquet.read_table(file)
    # A category written by pandas keeps its order of levels; in other files that order is an accident of
    # storage, and the table is passed on as it is for its levels to be sorted.
    if b"pandas" not in (table.schema.metadata or {}):
        return Loaded(table)
    frame = table.to_pandas()
    named = [name for name in frame.index.names if name is not None]
    return Loaded(frame.reset_index(level=named) if named else frame)
