"""Which kind of file is this, and who reads it: CSV, workbooks, Parquet, Feather, files of Stata, SPSS and SAS."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from glmlogit.errors import DataError, GlmlogitError
from glmlogit.files import sniff
from glmlogit.files.cells import read_workbook
from glmlogit.files.csv_columns import Layout
from glmlogit.files.delimited import Loaded, Wanted, read_delimited
from glmlogit.files.statistical import read_sas, read_spss, read_stata
from glmlogit.messages.calls import to_install

__all__ = ["SUFFIXES", "Loaded", "load", "name_of"]

_PACKED: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
_CSV = frozenset({"", ".csv", ".tsv", ".tab", ".txt", ".dat"})
_STATISTICAL: dict[str, tuple[str, Callable[[Any], Loaded]]] = {
    ".dta": ("Stata", read_stata),
    ".sav": ("SPSS", read_spss),
    ".zsav": ("SPSS", read_spss),
    ".sas7bdat": ("SAS", read_sas),
}
_ARROW = {".parquet": "parquet", ".pq": "parquet", ".feather": "feather", ".arrow": "feather"}
_BINARY = frozenset([*_ARROW, *_STATISTICAL, ".xlsx", ".xlsm"])
SUFFIXES = ".csv .tsv .txt (also .gz, .bz2, .xz), .xlsx, .parquet, .feather, .dta, .sav, .sas7bdat"
"""What is read, by the end of its name."""


def _all(names: Sequence[str]) -> Iterable[str]:
    return names


def name_of(source: Any) -> str:
    """What messages call a source."""
    if hasattr(source, "read"):
        return "the file"
    return "standard input" if str(source) == "-" else repr(str(source))


def load(source: Any, wanted: Wanted = _all, layout: Layout = Layout()) -> Loaded:  # noqa: B008 - a frozen value
    """Read a data file.

    Parameters
    ----------
    source : str, Path or file
        Path of a file, ``-`` for CSV on standard input, or a CSV as an open binary file.
    wanted : callable
        From the names of all columns of a CSV those that are read.
    layout : Layout
        Separator, decimal mark, encoding and what else the reader states.

    Returns
    -------
    Loaded

    Raises
    ------
    DataError
        For a file that is absent, unreadable, empty or of an unknown kind.
    ImportError
        For a format whose library is not installed.
    """
    what = name_of(source)
    try:
        return _load(source, what, wanted, layout)
    except (GlmlogitError, ImportError, MemoryError):
        raise
    except OSError as error:
        raise DataError(f"cannot read {what}: {error.strerror or error}{_swapped(what)}") from error
    except Exception as error:  # whatever else a broken file makes its library raise
        raise DataError(f"cannot read {what}: {error or type(error).__name__}") from error


def _swapped(what: str) -> str:
    if "://" in what:
        return "; download it first"
    return "; the formula comes first, then the data" if "~" in what else ""


def _load(source: Any, what: str, wanted: Wanted, layout: Layout) -> Loaded:
    if hasattr(source, "read") or str(source) == "-":
        content = source.read() if hasattr(source, "read") else sys.stdin.buffer.read()
        content = content.encode() if isinstance(content, str) else content
        return read_delimited(lambda: io.BytesIO(content), "", what, wanted, layout)
    path = str(source)
    suffixes = [suffix.lower() for suffix in Path(path).suffixes]
    packing = suffixes.pop() if suffixes and suffixes[-1] in _PACKED else ""
    kind = suffixes[-1] if suffixes else ""
    if not packing and kind not in _CSV and (Path(path).is_file() or kind in _BINARY):
        return _of_another_kind(path, kind, wanted, layout)
    if kind in (".tsv", ".tab") and layout.separator is None:
        layout = replace(layout, separator="\t")
    return read_delimited(_opener(path, _PACKED.get(packing, open)), path, what, wanted, layout)


def _of_another_kind(path: str, kind: str, wanted: Wanted, layout: Layout) -> Loaded:
    if kind in _ARROW:
        return _read_arrow(path, _ARROW[kind])
    if kind in (".xlsx", ".xlsm"):
        return read_workbook(path, repr(path), wanted, layout)
    if kind in _STATISTICAL:
        program, read = _STATISTICAL[kind]
        return replace(read(path), form=f"a file of {program}")
    with open(path, "rb") as file:
        sniff.refuse_other_kinds(file.read(sniff.FIRST_BYTES), path, repr(path))
    raise DataError(sniff.of_suffix(path) or f"cannot tell the format of {path!r}: names of data end in {SUFFIXES}")


def _opener(path: str, unpack: Callable[..., Any]) -> Callable[[], Any]:
    if Path(path).is_file() or Path(path).is_dir():
        return lambda: unpack(path, "rb")
    with unpack(path, "rb") as pipe:  # which can be read only once
        content = pipe.read()
    return lambda: io.BytesIO(content)


def _read_arrow(path: str, kind: str) -> Loaded:
    """Parquet or Feather by pyarrow."""
    try:
        module = import_module(f"pyarrow.{kind}")
    except ImportError as error:
        title = kind.capitalize()
        raise ImportError(
            f"reading {title} needs pyarrow, which is not installed. {to_install('pyarrow', 'parquet')}"
        ) from error
    with open(path, "rb") as file:
        table = module.read_table(file)
    # A category written by pandas keeps its order of levels; in other files that order is an accident of
    # storage, and the table is passed on as it is for its levels to be sorted.
    if b"pandas" not in (table.schema.metadata or {}):
        return Loaded(table, form=kind.capitalize())
    frame = table.to_pandas()
    named = [name for name in frame.index.names if name is not None]
    return Loaded(frame.reset_index(level=named) if named else frame, form=kind.capitalize())
