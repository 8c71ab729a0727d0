"""What the writers of pages share: pairs of label and value, sentences on one line, numerals below each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal

from glmlogit.documents.formatting import FIGURE_SPACE
from glmlogit.documents.pages import Table
from glmlogit.documents.style import decimal_mark
from glmlogit.messages.words import visible

Pairs = tuple[tuple[str, str], ...]


def as_sentence(text: str) -> str:
    """A text on one line, its control characters written as escapes."""
    return visible(re.sub(r"[ \t\n\r\f\v]+", " ", text.strip()))


def signed(text: str) -> str:
    """A text with true minus signs before its numbers, and in exponents."""
    return re.sub(r"(?<![\w.·,)])-(?=[\d.∞])|(?<=\de)-(?=\d)", "\u2212", text)


def set_cells(table: Table, form: Callable[[str], str]) -> list[list[str]]:
    """Rows of a table, its numerals in a form, with ∞ and with their decimal marks below each other."""
    columns = []
    for j, column in enumerate(table.columns):
        cells = [row[j] for row in table.rows]
        if column.align == "right":
            cells = aligned([form(cell.replace("Inf", "∞")) for cell in cells], decimal_mark())
        columns.append(cells)
    return [[cells[i] for cells in columns] for i in range(len(table.rows))]


def sides(table: Table) -> list[Literal["left", "right"]]:
    """On which side cells as :func:`set_cells` gives them are flush: on the left where blanks align their decimals."""
    mark = decimal_mark()
    return [
        "left" if column.align == "left" or has_decimals([row[j] for row in table.rows], mark) else "right"
        for j, column in enumerate(table.columns)
    ]


def has_decimals(cells: Sequence[str], mark: str) -> bool:
    """Whether any of some cells has a number with decimals."""
    return any(re.search(rf"{re.escape(mark)}\d", cell) for cell in cells)


def aligned(cells: Sequence[str], mark: str) -> list[str]:
    """Cells of a column, padded on the left so that their first decimal marks stand below each other.

    What has no decimals ends its first whole number there; blanks as wide as a digit do it in any program.
    """
    if not has_decimals(cells, mark):
        return list(cells)
    begins = re.compile(rf"[^\d{mark}]*\d*{re.escape(mark)}\d")
    starts = {bool(begins.match(cell)) for cell in cells if has_decimals([cell], mark)}
    lefts = [_before_mark(cell, mark, first=len(starts) > 1) for cell in cells]
    widest = max(lefts)
    return [FIGURE_SPACE * (widest - left) + cell if cell else "" for left, cell in zip(lefts, cells, strict=True)]


def _before_mark(cell: str, mark: str, first: bool) -> int:
    """How many letters stand before the decimal mark of the first number that has one.

    With ``first`` before the end of the units of the first number: where some cells begin with decimals, and others,
    a count with its percentage, have them later.
    """
    if first:
        units = re.match(rf"[^\d{mark}]*(?:\d+(?:[,\u202f]\d{{3}})*)?", cell)
        return units.end() if units else 0
    place = re.search(rf"{re.escape(mark)}\d", cell) or re.search(r"(?<=\d)(?!\d)", cell)
    return place.start() if place else 0
