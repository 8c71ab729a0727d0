"""Spreadsheets: a grid of cells becomes the lines of a table, and is read as these are."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, time
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd

from glmlogit.errors import DataError
from glmlogit.files.csv_columns import Layout
from glmlogit.files.delimited import Loaded, Wanted, read_delimited
from glmlogit.files.remarks import Remark
from glmlogit.messages.calls import to_install
from glmlogit.messages.words import listed

__all__ = ["read_workbook"]


def read_workbook(path: Any, what: str, wanted: Wanted, layout: Layout) -> Loaded:
    """Read a sheet of an Excel workbook, the first unless ``layout.sheet`` says otherwise.

    Cells are read as their values, not as they are shown: a share of 18 % is 0.18 there.

    Raises
    ------
    ImportError
        Without openpyxl, by which pandas reads workbooks.
    """
    try:
        import_module("openpyxl")
    except ImportError as error:
        raise ImportError(
            f"reading a workbook needs openpyxl, which is not installed. {to_install('openpyxl', 'excel')}"
        ) from error
    with pd.ExcelFile(path, engine="openpyxl") as book:
        sheets = list(map(str, book.sheet_names))
        sheet = _sheet(sheets, layout.sheet, what)
        grid = pd.read_excel(book, sheet_name=sheet, header=None, dtype=object, na_filter=False)
    text = io.StringIO()
    csv.writer(text).writerows([[_as_text(cell) for cell in row] for row in grid.itertuples(index=False)])
    content = text.getvalue().encode()
    if not content.strip(b'\r\n,"'):
        raise DataError(f"sheet {sheet!r} of {what} is empty")
    plain = Layout(",", layout.decimal, "utf-8", layout.skip, layout.text, layout.number, layout.missing, layout.dates)
    loaded = read_delimited(lambda: io.BytesIO(content), "", what, wanted, plain)
    several = f"sheet {sheet!r} of {listed(sheets)}; sheet= takes another"
    first = (Remark("done", several),) if len(sheets) > 1 else ()
    return Loaded(loaded.data, (*first, *loaded.remarks), units=loaded.units, form="an Excel workbook")


def _sheet(sheets: list[str], stated: str | int, what: str) -> str:
    if isinstance(stated, str) and stated in sheets:
        return stated
    if isinstance(stated, int) and 0 <= stated < len(sheets):
        return sheets[stated]
    raise DataError(f"sheet={stated!r}: {what} has {listed(sheets)}")


def _as_text(cell: Any) -> str:
    """A value of a cell as it is written in a CSV, to the last digit."""
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d}" if cell.time() == time() else f"{cell:%Y-%m-%d %H:%M:%S}"
    if isinstance(cell, date):
        return f"{cell:%Y-%m-%d}"
    if isinstance(cell, float | np.floating):
        return "" if np.isnan(cell) else repr(float(cell)).removesuffix(".0")
    return "" if cell is None else str(cell)
