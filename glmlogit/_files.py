"""Data files as tables: CSV and Parquet, read so that codes stay codes and nothing is lost in silence.

A CSV says nothing about types. A column is numbers only where every value is one; whole numbers with leading
zeros or more than 15 digits are codes and stay text, since as numbers ``01`` and ``1`` would be one level.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
import re
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.errors import DataError

__all__ = ["Loaded", "read"]

Codes = npt.NDArray[np.intp]

_PACKED: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
_CSV = frozenset({"", ".csv", ".tsv", ".txt"})
_PARQUET = frozenset({".parquet", ".pq"})

# Words for "missing". In a column of text "None" is an answer (no treatment), so it is not among them.
_MISSING = frozenset({"", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "<NA>"})
_MISSING_NUMBER = _MISSING | {"None", ".", "-nan", "-NaN"}
_BOOLEAN = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?inf(inity)?", re.ASCII | re.IGNORECASE)
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_CODE = re.compile(r"[+-]?0\d+|[+-]?\d{16,}", re.ASCII)


@dataclass(frozen=True)
class Loaded:
    """A table and, by column, what the reader of a result should know about how it was read."""

    data: Any
    remarks: Mapping[str, str] = field(default_factory=dict)


def read(source: str) -> Loaded:
    """Read a data file.

    Parameters
    ----------
    source : str
        Path of a CSV (``.csv .tsv .txt``, also with ``.gz .bz2 .xz``) or Parquet file (``.parquet .pq``),
        or ``-`` for CSV on standard input.

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
        return _read(source)
    except (DataError, ImportError):
        raise
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        raise DataError(
            f"{source!r} is not UTF-8 text (byte 0x{byte:02x}). Save it as CSV in UTF-8, or convert it: "
            f"iconv -f LATIN1 -t UTF-8"
        ) from error
    except OSError as error:
        raise DataError(f"cannot read {source!r}: {error.strerror or error}{_swapped(source)}") from error
    except Exception as error:  # whatever else a broken file makes its library raise
        raise DataError(f"cannot read {source!r}: {error or type(error).__name__}") from error


def _swapped(source: str) -> str:
    return "; the formula comes first, then the data" if "~" in source else ""


def _read(source: str) -> Loaded:
    if source == "-":
        given = sys.stdin.buffer.read()
        return _read_csv(lambda: _text(io.BytesIO(given)), "standard input", None)
    suffixes = [suffix.lower() for suffix in Path(source).suffixes]
    packing = suffixes.pop() if suffixes and suffixes[-1] in _PACKED else ""
    kind = suffixes[-1] if suffixes else ""
    if kind in _PARQUET and not packing:
        return _read_parquet(source)
    if kind not in _CSV and Path(source).is_file():
        raise DataError(
            f"cannot tell the format of {source!r}: CSV ends in .csv, .tsv or .txt (also .gz, .bz2, .xz), "
            f"Parquet in .parquet"
        )
    return _read_csv(_opener(source, _PACKED.get(packing, open)), repr(source), "\t" if kind == ".tsv" else None)


def _text(binary: Any) -> TextIO:
    return io.TextIOWrapper(binary, encoding="utf-8-sig", newline="")


def _opener(path: str, unpack: Callable[..., Any]) -> Callable[[], TextIO]:
    if Path(path).is_file() or Path(path).is_dir():
        return lambda: _text(unpack(path, "rb"))
    with unpack(path, "rb") as pipe:  # which can be read only once
        given = pipe.read()
    return lambda: _text(io.BytesIO(given))


# --- CSV ----------------------------------------------------------------------------------------


def _read_csv(opened: Callable[[], TextIO], what: str, separator: str | None) -> Loaded:
    """Read twice: as pandas would, then as text the columns that are not plainly measurements."""
    with opened() as stream:
        first = stream.readline()
    if not first.strip():
        raise DataError(f"{what} is empty, or its first line is; that line must name the columns")
    separator = separator or _separator(first)
    names, cells = _parsed(opened, separator, what)
    measured = [j for j in range(len(names)) if _has_fractions(cells[j])]
    columns: dict[int, Any] = {j: cells[j].array for j in measured}
    others = [j for j in range(len(names)) if j not in columns]
    remarks: dict[str, str] = {}
    if others:
        texts = _parsed(opened, separator, what, usecols=others, dtype=str, na_filter=False)[1]
        for j in others:
            columns[j], remark = _typed(texts[j].fillna(""), names[j], "," if separator == ";" else ".")
            remarks |= {names[j]: remark} if remark else {}
    frame = pd.DataFrame({j: columns[j] for j in range(len(names))})
    frame.columns = pd.Index(names)  # set afterwards, so that a label given twice is still there twice
    return Loaded(frame, remarks)


def _separator(header: str) -> str:
    return next((mark for mark in (",", ";", "\t") if mark in header), ",")


def _has_fractions(column: pd.Series[Any]) -> bool:
    """Whether a column is numbers, some of them not whole: no codes can be among those."""
    if column.dtype != np.float64:
        return False
    values = column.to_numpy()
    with np.errstate(invalid="ignore"):
        return bool(np.any(np.isfinite(values) & (values % 1 != 0)))


def _parsed(opened: Callable[[], TextIO], separator: str, what: str, **how: Any) -> tuple[list[str], pd.DataFrame]:
    """Names of the columns, and the cells by position."""
    inferred: dict[str, Any] = {"keep_default_na": False, "na_values": sorted(_MISSING_NUMBER), **_EXACT}
    with opened() as stream, warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        header = next(csv.reader(stream, delimiter=separator, skipinitialspace=True))
        names = [name.strip() for name in header]
        # One column more than the header has: a line with a value too many must not shift or lose any.
        width = len(names) + (not how)
        layout: dict[str, Any] = {"header": None, "names": list(range(width)), "index_col": False}
        try:
            cells = pd.read_csv(
                stream, sep=separator, skipinitialspace=True, low_memory=False, **layout, **(how or inferred)
            )
        except pd.errors.EmptyDataError:
            return names, pd.DataFrame({j: pd.Series(dtype=object) for j in range(len(names))})
        except pd.errors.ParserWarning:
            raise DataError(f"{what} has more values in a line than its header has names ({len(names)})") from None
    if not how:
        _check_width(cells[len(names)], len(names), what)
    return names, cells


# Older versions of pandas read decimals to the last digit only when told to.
_EXACT: dict[str, Any] = (
    {} if tuple(map(int, pd.__version__.split(".")[:2])) >= (3, 1) else {"float_precision": "round_trip"}
)


def _check_width(beyond: pd.Series[Any], width: int, what: str) -> None:
    rows = np.flatnonzero(beyond.notna())
    if len(rows):
        raise DataError(
            f"{what} has {width + 1} values in data line {rows[0] + 1} where its header names {width} columns. "
            f"If R wrote row names, write the file again with row.names = FALSE"
        )


def _typed(cells: pd.Series[Any], name: str, decimal: str) -> tuple[Any, str]:
    """Type a column of text by its distinct values; with the remark that its reader needs."""
    codes, distinct = pd.factorize(cells)
    levels = [str(level) for level in distinct]
    plain = [level.strip() for level in levels]
    numerals = _with_points(plain) if decimal == "," else plain
    given = [level for level in numerals if level not in _MISSING_NUMBER]
    whole = all(map(_INTEGER.fullmatch, given))
    code = next(filter(_CODE.fullmatch, given), None) if whole else None
    if code is None and all(map(_NUMBER.fullmatch, given)):
        return _numbers(codes, numerals, whole and bool(given)), ""
    if all(level in _BOOLEAN for level in given):
        return _taken(codes, [_BOOLEAN.get(level) for level in plain], "boolean"), ""
    text = [None if level in _MISSING else exact for level, exact in zip(plain, levels, strict=True)]
    return np.array(text, dtype=object)[codes], _remark(name, codes, plain, code)


def _with_points(levels: list[str]) -> list[str]:
    """Decimal commas as points; left alone where a column has points too, which may separate thousands."""
    dots = any("." in level for level in levels if level not in _MISSING_NUMBER)
    return levels if dots else [level.replace(",", ".") for level in levels]


def _numbers(codes: Codes, levels: Sequence[str], whole: bool) -> Any:
    if whole:
        return _taken(codes, [None if level in _MISSING_NUMBER else int(level) for level in levels], "Int64")
    values = [np.nan if level in _MISSING_NUMBER else float(level) for level in levels]
    return np.array(values, dtype=np.float64)[codes]


def _taken(codes: Codes, levels: list[Any], dtype: str) -> Any:
    """Levels spread over the rows: a nullable array only where something is missing."""
    spread: Any = pd.Series(levels, dtype=dtype).array
    return (spread if None in levels else spread.to_numpy())[codes]


def _remark(name: str, codes: Codes, levels: Sequence[str], code: str | None) -> str:
    if code is not None:
        return f"column {name!r} holds codes such as {code!r}: read as text, each code a level of its own"
    words = [level for level in levels if level and level in _MISSING]
    if not words:
        return ""
    rows = int(np.isin(codes, [levels.index(word) for word in words]).sum())
    told = " and ".join(map(repr, words))
    return f"{told} in the text column {name!r} ({rows} row{'s' if rows > 1 else ''}): read as missing"


# --- Parquet ------------------------------------------------------------------------------------


def _read_parquet(path: str) -> Loaded:
    try:
        parquet = import_module("pyarrow.parquet")
    except ImportError as error:
        raise ImportError(
            "reading Parquet needs pyarrow, which is not installed. Install it with: pip install pyarrow"
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
