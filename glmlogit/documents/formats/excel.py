"""Summaries as an Excel workbook: sheets of coefficients, odds ratios and facts, numbers with 16 digits, and the page.

pandas writes the cells through openpyxl. Afterwards every text is marked as text, since openpyxl takes one
that starts with "=" for a formula, and a name may come from anyone.
"""

from __future__ import annotations

import errno
import math
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Any

from glmlogit.documents.layout import set_cells, sides, signed
from glmlogit.documents.pages import Format, Summary, Table
from glmlogit.documents.style import headed, say
from glmlogit.messages.calls import to_install
from glmlogit.messages.words import visible

if TYPE_CHECKING:
    import pandas as pd


_LONGEST_TEXT = 32_767  # characters that a cell may hold
_WIDEST_COLUMN = 60
_LEAST_COLUMNS = 6  # that notes are written across
_LINE, _FILLED = 15.0, 0.9  # points of a line of text; the share of a line that text broken at blanks fills at least
_NO_NUMBERS = ("NA", "Inf", "-Inf")
_RATIOS = {"odds_ratio": "odds_ratio", "odds_ratio_low": "conf_low", "odds_ratio_high": "conf_high"}


def _require() -> None:
    """Check that openpyxl is there, before any work.

    Raises
    ------
    ImportError
        With the command that installs it.
    """
    try:
        import_module("openpyxl")
    except ImportError as error:
        raise ImportError(
            f"Excel files need openpyxl, which is not installed. {to_install('openpyxl', 'excel')}"
        ) from error


@contextmanager
def _parts_that_fit() -> Iterator[None]:
    """Say of a full disk what Python says: openpyxl writes sheets to temporary files, by lxml where that is there."""
    try:
        yield
    except Exception as error:
        if not type(error).__module__.startswith("lxml"):
            raise
        code = getattr(errno, str(error).removeprefix("IO_"), errno.EIO)
        raise OSError(code, os.strerror(code)) from error


def _workbook(summaries: Sequence[Summary]) -> bytes:
    """A workbook of sheets for each summary, three of a fit; those of a second one are numbered."""
    import pandas as pd

    _require()
    file = BytesIO()
    with _parts_that_fit(), pd.ExcelWriter(file, engine="openpyxl") as writer:
        for number, summary in enumerate(summaries, 1):
            for name, frame in _sheets(summary):
                title = name if number == 1 else f"{name} {number}"
                frame.map(_cell).to_excel(writer, sheet_name=title, index=False, na_rep="NA", inf_rep="Inf")
                _finish(writer.sheets[title])
            if summary.tables:
                name = say("Table")
                _page(writer.book.create_sheet(name if number == 1 else f"{name} {number}"), summary)
    return file.getvalue()


def _page(sheet: Any, summary: Summary) -> None:
    """The page as it is read, its numbers as text: captions, tables of three rules, and below them what was fitted."""
    line = 1
    if summary.title:
        line = _write_line(sheet, line, [summary.title], bold=True) + 1
    if summary.alert:
        line = _write_line(sheet, line, [f"{headed(say('Warning'))} {summary.alert}"], bold=True) + 1
    for table in summary.tables:
        line = _write_table(sheet, line, table) + 1
    columns = max(_LEAST_COLUMNS, *(len(table.columns) for table in summary.tables))
    for text in (*(f"{headed(label)} {value}" for label, value in (*summary.header, *summary.footer)), *summary.notes):
        line = _write_note(sheet, line, text, columns)
    _print_whole(sheet)
    sheet.sheet_view.showGridLines = False


def _print_whole(sheet: Any) -> None:
    """Print all columns on one page, which is turned."""
    properties = import_module("openpyxl.worksheet.properties").PageSetupProperties(fitToPage=True)
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr = properties


def _write_note(sheet: Any, line: int, text: str, columns: int) -> int:
    """A text across some columns, in as many lines as it needs; the number of the next line."""
    _write_line(sheet, line, [text])
    sheet.cell(line, 1).alignment = import_module("openpyxl.styles").Alignment(wrap_text=True, vertical="top")
    sheet.merge_cells(start_row=line, start_column=1, end_row=line, end_column=columns)
    letter = import_module("openpyxl.utils").get_column_letter
    letters = sum(sheet.column_dimensions[letter(j)].width for j in range(1, columns + 1))
    sheet.row_dimensions[line].height = _LINE * math.ceil(len(text) / (_FILLED * letters))
    return line + 1


def _write_line(sheet: Any, line: int, cells: Sequence[str], *, bold: bool = False) -> int:
    """Texts into the cells of a line; the number of the next."""
    font = import_module("openpyxl.styles").Font(bold=bold)
    for j, text in enumerate(cells, 1):
        cell = sheet.cell(line, j)
        cell.font = font
        if text:
            cell.value, cell.data_type, cell.quotePrefix = _cell(text), "s", True
    return line + 1


def _write_table(sheet: Any, line: int, table: Table) -> int:
    """A table with its caption, lines above and below its head and below its end, and its notes."""
    styles = import_module("openpyxl.styles")
    start = _write_line(sheet, line, [table.title], bold=True) if table.title else line
    end = _write_line(sheet, start, [column.header for column in table.columns], bold=True)
    for row in set_cells(table, signed):
        end = _write_line(sheet, end, row)
    for j, side in enumerate(sides(table), 1):
        letter = sheet.cell(start, j).column_letter
        widest = max(len(str(sheet.cell(i, j).value or "")) for i in range(start, end))
        present = sheet.column_dimensions[letter].width if letter in sheet.column_dimensions else 0.0
        sheet.column_dimensions[letter].width = max(present, min(widest, _WIDEST_COLUMN) + 2)
        for i in range(start, end):
            sheet.cell(i, j).alignment = styles.Alignment(horizontal=side)
        rules = {start: ("medium", "thin")} | ({end - 1: (None, "medium")} if end - 1 > start else {})
        for i, (top, bottom) in rules.items():
            line_of = styles.Side
            sheet.cell(i, j).border = styles.Border(top=line_of(style=top), bottom=line_of(style=bottom))
    for note in table.notes:
        end = _write_note(sheet, end, note, max(_LEAST_COLUMNS, len(table.columns)))
    return end


def _sheets(summary: Summary) -> Iterator[tuple[str, pd.DataFrame]]:
    import pandas as pd

    coefficients = summary.coefficients
    of_fit = summary.of_fit
    if coefficients is not None:
        ratios = [column for column in _RATIOS if column in coefficients]
        yield (
            ("Coefficients" if of_fit else _capital(summary.holds)),
            coefficients.drop(columns=[*ratios, *_units(coefficients)] if of_fit else ratios),
        )
        if ratios:
            yield "Odds ratios", _ratio_sheet(coefficients)
    yield ("Fit" if of_fit else "About"), pd.DataFrame(_facts(summary), columns=["fact", "value"])


def _capital(name: str) -> str:
    """``odds_ratios`` as ``Odds ratios``."""
    return name.replace("_", " ").capitalize()


def _units(coefficients: pd.DataFrame) -> list[str]:
    """Columns that say which difference an odds ratio is for; coefficients are for 1."""
    return [name for name in ("unit", "unit_label") if name in coefficients]


def _ratio_sheet(coefficients: pd.DataFrame) -> pd.DataFrame:
    """Odds ratios of the terms that have one: not of the intercept, which has an estimate and no ratio."""
    labels = list(coefficients.columns[: coefficients.columns.get_loc("estimate")])
    shown = coefficients["odds_ratio"].notna() | coefficients["estimate"].isna()
    tests = [name for name in ("p_value", "test") if name in coefficients]
    return coefficients.loc[shown, [*labels, *_RATIOS, *_units(coefficients), *tests]].rename(columns=_RATIOS)


def _facts(summary: Summary) -> Iterator[tuple[str, object]]:
    yield say("Model"), summary.title
    if summary.alert:
        yield say("Warning"), summary.alert
    yield from summary.header
    if summary.facts is not None:
        for key, value in summary.facts.iloc[0].items():
            yield str(key), value
    yield from (pair for pair in summary.footer if pair[0] == say("Standard errors"))
    yield from ((say("Note"), note) for note in summary.notes)


def _cell(value: object) -> object:
    """Text as a cell can hold it: without control characters and not too long."""
    if not isinstance(value, str):
        return value
    text = visible(value)
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"


def _finish(sheet: Any) -> None:
    """Mark text as text, keep the head in view, make the columns wide enough and print them on one page."""
    styles = import_module("openpyxl.styles")
    for column in sheet.iter_cols():
        column[0].font = styles.Font(bold=True)
        for cell in column:
            if isinstance(cell.value, str):
                cell.data_type = "s"
                cell.quotePrefix = True  # stays text also when someone edits the cell
            if cell.value in _NO_NUMBERS:
                cell.alignment = styles.Alignment(horizontal="right")
            elif len(str(cell.value)) > _WIDEST_COLUMN:
                cell.alignment = styles.Alignment(wrap_text=True, vertical="top")
        widest = max(len(str(cell.value)) for cell in column)
        sheet.column_dimensions[column[0].column_letter].width = min(widest, _WIDEST_COLUMN) + 2
    sheet.freeze_panes = "A2"
    _print_whole(sheet)


FORMAT = Format(".xlsx", _workbook, require=_require, numbers=True)
