"""A data file as a table: what its makers meant is told by the file, and said."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd

from glmlogit.data import frames
from glmlogit.documents.pages import Column, Table
from glmlogit.errors import DataError, GlmlogitWarning
from glmlogit.files.csv_columns import Layout
from glmlogit.files.dates import require_format
from glmlogit.files.formats import Loaded, load, name_of
from glmlogit.files.oddities import oddities
from glmlogit.files.remarks import ReadReport, Remark
from glmlogit.messages.calls import warn
from glmlogit.messages.words import listed, short, visible

__all__ = ["read"]

Columns = str | Sequence[str]


def read(
    source: str | os.PathLike[str] | BinaryIO,
    *,
    columns: Columns | None = None,
    sep: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    skip: int = 0,
    missing: Columns = (),
    text: Columns = (),
    number: Columns = (),
    dates: str | None = None,
    sheet: str | int = 0,
) -> pd.DataFrame:
    r"""Read a data file, and say what was done to it and what looks odd.

    Parameters
    ----------
    source : path or open binary file
        A CSV (``.csv .tsv .txt``, also ``.gz .bz2 .xz``), a workbook (``.xlsx``), Parquet, Feather, or a file of Stata
        (``.dta``), SPSS (``.sav``) or SAS (``.sas7bdat``); ``"-"`` is a CSV on standard input.
    columns : str or sequence of str, optional
        Columns to keep; all by default.
    sep, decimal, encoding : str, optional
        What separates values, the decimal mark and the encoding, where the file is not to tell.
    skip : int
        Lines to leave out above the line of names; a title is left out by itself.
    missing : str or sequence of str
        Further texts that mean a missing value, such as ``"99"``, in any column.
    text, number : str or sequence of str
        Columns that are text (a category each) though they look like numbers, and the reverse.
    dates : str, optional
        Order of day, month and year (``"dmy"``, ``"mdy"``, ``"ymd"``), a format, or ``"text"`` to leave them as text.
    sheet : str or int
        Name or place of the sheet of a workbook.

    Returns
    -------
    DataFrame
        Its ``attrs`` hold ``"read"``, a report that prints (`ReadReport`); ``"labels"``, ``{column: label}``,
        ``"value_labels"``, ``{column: {value: label}}``, and ``"units"``, ``{column: unit}``, where the file has any.

    Raises
    ------
    DataError
        For what is no table, or none that is read here: says what it is and what to type.
    ImportError
        For a workbook, Parquet or SPSS without the library that reads it.

    Warns
    -----
    GlmlogitWarning
        Where two readings are plausible: ``1,800`` in a file without other decimals, text that is not UTF-8.

    Notes
    -----
    Of a CSV the separator is the one by which most lines have as many values as there are names; the decimal mark the
    one that some column leaves no doubt of. Codes (``01``, ``1E5``) stay text, and so do dates of which day and month
    cannot be told apart. *Matches* R's ``haven`` in that codes of Stata and SPSS stay codes, with their labels beside;
    *differs* from ``pd.read_stata``, which makes categories of them, and from ``pd.read_csv``, which reads ``01`` as 1.

    Examples
    --------
    >>> import io
    >>> import glmlogit as gl
    >>> file = io.BytesIO("id;weight;seen\nA;70,5;24.12.2020\nB;-;31.12.2020\n".encode())
    >>> births = gl.read(file)
    >>> births["weight"].tolist()
    [70.5, nan]
    >>> print(births.attrs["read"])
    the file: 2 rows, 3 columns; CSV, values separated by semicolons, UTF-8
    Done:
      weight: decimal commas
      weight: '-' (1 row) read as missing
      seen: dates, '24.12.2020' being 2020-12-24
      values missing: weight 1
    """
    layout = layout_of(sep, decimal, encoding, skip, _names(text), _names(number), _names(missing), dates, sheet)
    wanted = None if columns is None else _names(columns)
    loaded = loaded_of(source, wanted, layout)
    report = loaded.data.attrs["read"]
    if report["doubts"]:
        warn(f"{report['source']}: {'; '.join(report['doubts'])}", GlmlogitWarning)
    return as_pandas(loaded.data)


def _names(texts: Columns) -> tuple[str, ...]:
    return (texts,) if isinstance(texts, str) else tuple(map(str, texts))


def layout_of(sep: str | None, decimal: str | None, encoding: str | None, skip: int, *others: Any) -> Layout:
    """What the reader states, refused where it makes no sense."""
    if sep is not None and len(sep) != 1:
        raise DataError(f"sep={sep!r} is no single character; a tab is '\\t'")
    if decimal not in (None, ".", ","):
        raise DataError(f"decimal={decimal!r} is neither '.' nor ','")
    if skip < 0:
        raise DataError(f"skip={skip!r} is no number of lines")
    layout = Layout(sep, decimal, encoding, skip, *others)
    require_format(layout.dates)
    return layout


def loaded_of(source: Any, columns: Iterable[str] | None, layout: Layout) -> Loaded:
    """The table with its report and labels in ``attrs``, and remarks on columns as they are."""
    wanted = None if columns is None else list(columns)
    loaded = load(source, layout=layout) if wanted is None else load(source, lambda _: wanted, layout)
    data = as_pandas(loaded.data)
    if wanted is not None:
        absent = [name for name in wanted if name not in data.columns]
        if absent:
            names = listed(list(map(str, data.columns)), 20)
            raise DataError(f"columns={absent[0]!r}: {name_of(source)} has no column of that name; it has {names}")
        data = pd.DataFrame(data[wanted])
    remarks = (*loaded.remarks, *oddities(data))
    data.attrs["read"] = _report(source, data, remarks, loaded.form)
    for key, values in (("labels", loaded.labels), ("value_labels", loaded.value_labels), ("units", loaded.units)):
        held = {name: value for name, value in values.items() if name in data.columns}
        if held:
            data.attrs[key] = held
    return Loaded(data, remarks)


def remarks_on(loaded: Loaded, names: Iterable[str]) -> list[str]:
    """What the reader of a result from these columns should know of how they were read, a line each."""
    data = loaded.data
    held = [name for name in names if name in list(map(str, frames.column_names(data)))]
    odd = oddities(as_pandas(data.select(held)) if hasattr(data, "select") else pd.DataFrame(data[held]))
    of_file = [remark for remark in loaded.remarks if not remark.column]
    of_columns = [r for r in (*loaded.remarks, *odd) if r.column in held and r.kind != "plain"]
    return _grouped([*of_file, *of_columns])


def columns_of(data: pd.DataFrame) -> str:
    """A line for each column: what it is, how many values it has, and which."""
    lines = [["column", "is", "values", "distinct", "from", "to"]]
    for j, name in enumerate(data.columns):
        column = data.iloc[:, j].dropna()
        ends = (column.min(), column.max()) if len(column) else ("", "")
        lines.append([str(name), _kind(column), f"{len(column):,}", f"{column.nunique():,}", *map(_short, ends)])
    head, *rows = lines
    heads = tuple(Column(name, name, "right" if name in ("values", "distinct") else "left") for name in head)
    return Table(None, heads, tuple(map(tuple, rows))).to_text()


_KINDS = {"b": "true or false", "i": "whole numbers", "u": "whole numbers", "f": "numbers", "M": "dates"}


def _kind(column: pd.Series[Any]) -> str:
    return _KINDS.get(column.dtype.kind, "text")


def _short(value: Any) -> str:
    text = f"{value:%Y-%m-%d}" if isinstance(value, datetime) else short(value)
    return visible(text if len(text) <= 20 else text[:19] + "…")


def as_pandas(data: Any) -> pd.DataFrame:
    """A table of Arrow as a DataFrame; the levels of its categories, whose order is an accident of storage, sorted."""
    if isinstance(data, pd.DataFrame):
        return data
    frame: pd.DataFrame = data.to_pandas()
    for name in frame.columns[[isinstance(kind, pd.CategoricalDtype) for kind in frame.dtypes]]:
        if not frame[name].cat.ordered:
            frame[name] = frame[name].cat.reorder_categories(sorted(frame[name].cat.categories))
    return frame


def _report(source: Any, data: pd.DataFrame, remarks: Sequence[Remark], form: str) -> ReadReport:
    kinds = {"done": ["done"], "doubt": ["doubt"], "odd": ["odd", "plain"]}
    lines = {name: _grouped([r for r in remarks if r.kind in of]) for name, of in kinds.items()}
    name = name_of(source)
    absent = [f"{data.columns[j]} {count}" for j, count in enumerate(data.isna().sum()) if count]
    return ReadReport(
        source=Path(name.strip("'\"")).name,
        rows=len(data),
        columns=data.shape[1],
        form=form,
        done=[*lines["done"], *([f"values missing: {listed(absent, 8, str)}"] if absent else [])],
        doubts=lines["doubt"],
        odd=lines["odd"],
    )


def _grouped(remarks: Sequence[Remark]) -> list[str]:
    """Sentences, the same one on several columns once."""
    columns: dict[str, list[str]] = {}
    for remark in remarks:
        columns.setdefault(remark.text, []).append(remark.column)
    return [text if names == [""] else f"{listed(names, 6, str)}: {text}" for text, names in columns.items()]
