"""Summaries as a Word document: tables of three rules, as wide as their text, by python-docx."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from io import BytesIO
from typing import Any

from glmlogit.documents.formatting import FIGURE_SPACE
from glmlogit.documents.layout import Pairs, as_sentence, set_cells, sides, signed
from glmlogit.documents.pages import Column, Format, Summary, Table
from glmlogit.documents.style import headed, say
from glmlogit.documents.text_table import continued, grouped_columns, labels_of
from glmlogit.messages.calls import to_install
from glmlogit.messages.words import visible

FONT = "Arial"
POINTS, UPRIGHT_POINTS, LEAST_POINTS = 9.0, 7.5, 6.0  # letters of tables; the least before the page is turned, and then
_NOTE_POINTS, _MARGIN, _PADDING = 8.0, 62.0, 11.0  # points: letters of notes, margins of the page, both sides of a cell
_WIDEST_LABEL = 22.0  # heights of letters; longer labels of rows are broken at their blanks
_ROUNDING = 1e-6  # points: letters made small so that a table fills the room leave it as wide as the room
_EMU = 12_700  # in a point
_THICK, _THIN = 12, 6  # eighths of a point


def _docx() -> Any:
    """The library of Word documents; an ImportError with the command that installs it where it is absent."""
    try:
        return import_module("docx")
    except ImportError as error:
        raise ImportError(
            f"Writing a Word document needs python-docx, which is not installed. {to_install('python-docx', 'word')}"
        ) from error


# --- texts ------------------------------------------------------------------------------------------


def unbroken(text: str) -> str:
    """A number that no line breaks: true minus signs, hyphens and blanks that hold together."""
    return signed(visible(text)).replace("-", "\u2011").replace(" ", "\u00a0")


def _cells(table: Table) -> list[list[str]]:
    """Heads and cells as they are set: numbers unbroken and with their decimal marks below each other."""
    return [[_head(column.header) for column in table.columns], *_rows(table)]


def _rows(table: Table) -> list[list[str]]:
    return [
        [cell if column.align == "right" else visible(cell) for cell, column in zip(row, table.columns, strict=True)]
        for row in set_cells(table, unbroken)
    ]


def _head(text: str) -> str:
    """A head that is broken at blanks between words only, not within brackets."""
    plain = visible(text).strip().replace("-", "\u2011").replace(" %", "\u00a0%").replace(" = ", "\u00a0=\u00a0")
    return re.sub(r"\([^()]*\)|\[[^\[\]]*\]", lambda held: held[0].replace(" ", "\u00a0"), plain)


def _ems(ch: str) -> float:
    """The width of a letter, in heights of the letters: of a wide font, for where another stands in for the own."""
    if ch in "il.,:;'|()[]·! \u00a0\u2011-/":
        return 0.41
    if ch.isdigit() or ch == FIGURE_SPACE:
        return 0.64
    if ch in "mwMW%@&#":
        return 1.0
    wide = unicodedata.east_asian_width(ch) in "WF"
    return 1.05 if wide else 0.84 if unicodedata.category(ch) in ("Sm", "Sk") else 0.79 if ch.isupper() else 0.65


def text_points(text: str, points: float) -> float:
    """How wide a text is, in points."""
    return points * sum(map(_ems, text))


def _widths(table: Table, cells: Sequence[Sequence[str]], points: float) -> list[float]:
    """Widths of the columns in points: of their longest texts, of heads the longest of two lines."""
    widths = []
    for j, column in enumerate(table.columns):
        body = max((text_points(line[j], points) for line in cells[1:]), default=0.0)
        head = _head_points(cells[0][j], points)
        width = max(body, head)
        least = max(_WIDEST_LABEL * points, head, *(_word_points(line[j], points) for line in cells[1:]))
        widths.append((min(width, least) if column.align == "left" else width) + _PADDING)
    return widths


def _word_points(text: str, points: float) -> float:
    """How wide the longest word of a label is, behind its indent."""
    label = text.lstrip(FIGURE_SPACE)
    indent = text_points(text[: len(text) - len(label)], points)
    return indent + max((text_points(word, points) for word in label.split(" ")), default=0.0)


def _head_points(head: str, points: float) -> float:
    """The width of a bold head on two lines, or on one where it has no blank."""
    words = head.split(" ")
    breaks = [(" ".join(words[:k]), " ".join(words[k:])) for k in range(1, len(words))] or [(head, "")]
    return 1.12 * min(max(text_points(a, points), text_points(b, points)) for a, b in breaks)


# --- pages ------------------------------------------------------------------------------------------


def _set_page(document: Any, tables: Sequence[Table]) -> tuple[float, float]:
    """Turn the page where a table needs it; the width for text, and the size of letters of tables, in points."""
    section = document.sections[0]
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, side, int(_MARGIN * _EMU))
    sizes = [(_PADDING * len(table.columns), sum(_widths(table, _cells(table), POINTS))) for table in tables]
    if _largest(sizes, section.page_width / _EMU - 2 * _MARGIN) < UPRIGHT_POINTS:
        section.orientation = 1  # WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = section.page_height, section.page_width
    room = section.page_width / _EMU - 2 * _MARGIN
    return room, max(LEAST_POINTS, _largest(sizes, room))


def pieces(table: Table, room: float, points: float) -> list[Table]:
    """The table, or where letters as small as these leave no room its columns in several, each with the labels."""
    widths = _widths(table, _cells(table), points)
    labels = labels_of(table)

    def has_room(chosen: Sequence[int]) -> bool:
        return sum(widths[:labels]) + sum(widths[j] for j in chosen) <= room + _ROUNDING

    groups = grouped_columns(table.columns, labels, has_room)
    if len(groups) == 1:
        return [table]
    parts = [_part(table, [*range(labels), *group]) for group in groups]
    first, *others = (replace(part, notes=()) for part in parts)
    several = [first, *(replace(part, title=continued(table.title)) for part in others)]
    return [*several[:-1], replace(several[-1], notes=table.notes)]


def _part(table: Table, chosen: Sequence[int]) -> Table:
    rows = tuple(tuple(row[j] for j in chosen) for row in table.rows)
    return replace(table, columns=tuple(table.columns[j] for j in chosen), rows=rows)


def _largest(sizes: Sequence[tuple[float, float]], room: float) -> float:
    """The size of letters with which tables of these paddings and widths find room."""
    return min([POINTS, *(POINTS * (room - pad) / (width - pad) for pad, width in sizes if width > room)])


def _word_table(document: Any, table: Table, points: float) -> None:
    if table.title:
        paragraph = _paragraph(document, visible(table.title), points + 1.0, bold=True)
        paragraph.paragraph_format.keep_with_next = True
    cells = _cells(table)
    widths = _widths(table, cells, points)
    grid = document.add_table(rows=len(cells), cols=len(widths))
    grid.alignment, grid.autofit = 0, False  # WD_TABLE_ALIGNMENT.LEFT, a fixed layout
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = int(width * _EMU)
    last = len(cells) - 1
    flush = sides(table)
    for i, (row, line) in enumerate(zip(grid.rows, cells, strict=True)):
        _keep_row(row, head=i == 0)
        rules = {"top": _THICK} if i == 0 else {}
        rules |= {"bottom": _THIN} if i == 0 else {}
        rules |= {"bottom": _THICK} if i == last else {}
        for cell, text, column, side, width in zip(row.cells, line, table.columns, flush, widths, strict=True):
            cell.width = int(width * _EMU)
            _rule(cell, **rules)
            _set_cell(cell, text, column, points, head=i == 0, right=side == "right")
    for note in table.notes:
        _paragraph(document, signed(as_sentence(note)), _NOTE_POINTS)


def _set_cell(cell: Any, text: str, column: Column, points: float, *, head: bool, right: bool) -> None:
    """The text of a cell; blanks before a label become an indent."""
    label = text.lstrip(FIGURE_SPACE) if column.align == "left" else text
    paragraph = cell.paragraphs[0]
    layout = paragraph.paragraph_format
    layout.space_before = layout.space_after = int(1.0 * _EMU)
    layout.line_spacing = 1.0
    layout.left_indent = int(0.55 * points * (len(text) - len(label)) * _EMU)
    paragraph.alignment = 2 if right else 0  # WD_ALIGN_PARAGRAPH.RIGHT, .LEFT
    run = paragraph.add_run(label)
    run.font.size, run.bold = int(points * _EMU), head
    cell.vertical_alignment = 3 if head else 0  # WD_ALIGN_VERTICAL.BOTTOM, .TOP


def _element(name: str, **attributes: str) -> Any:
    element = import_module("docx.oxml").OxmlElement(name)
    for key, value in attributes.items():
        element.set(import_module("docx.oxml.ns").qn(f"w:{key}"), value)
    return element


def _rule(cell: Any, **sides: int) -> None:
    """Lines at sides of a cell, in eighths of a point."""
    if not sides:
        return
    borders = _element("w:tcBorders")
    for side, size in sides.items():
        borders.append(_element(f"w:{side}", val="single", sz=str(size), space="0", color="auto"))
    cell._tc.get_or_add_tcPr().append(borders)


def _keep_row(row: Any, *, head: bool) -> None:
    """No page breaks within a row, and the head is repeated on every page."""
    properties = row._tr.get_or_add_trPr()
    properties.append(_element("w:cantSplit"))
    if head:
        properties.append(_element("w:tblHeader"))


def _paragraph(document: Any, text: str, points: float, *, bold: bool = False, style: str | None = None) -> Any:
    paragraph = document.add_paragraph(style=style)
    paragraph.paragraph_format.space_after = int(3 * _EMU)
    run = paragraph.add_run(text)
    run.font.size, run.bold = int(points * _EMU), bold or None
    return paragraph


def _word_pairs(document: Any, pairs: Pairs) -> None:
    for label, value in pairs:
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.space_after = 0
        first = paragraph.add_run(f"{headed(visible(label))} ")
        second = paragraph.add_run(signed(as_sentence(value)))
        first.bold = True
        first.font.size = second.font.size = int(POINTS * _EMU)


def _word_summary(document: Any, summary: Summary, room: float, points: float) -> None:
    if summary.title:
        _paragraph(document, visible(summary.title), POINTS + 4.0, style="Heading 1")
    if summary.alert:
        document.add_paragraph(f"{headed(say('Warning'))} {as_sentence(summary.alert)}").runs[0].bold = True
    _word_pairs(document, summary.header)
    parts = [part for table in summary.tables for part in pieces(table, room, points)]
    for k, table in enumerate(parts):
        if k or summary.header:
            _paragraph(document, "", 4.0)
        _word_table(document, table, points)
    for picture in summary.pictures:
        shape = document.add_picture(BytesIO(picture.png), width=int(min(room, 430.0) * _EMU))
        shape._inline.docPr.set("descr", as_sentence(picture.text))
    if summary.tables and (summary.footer or summary.notes):
        _paragraph(document, "", 4.0)
    _word_pairs(document, summary.footer)
    for note in summary.notes:
        _paragraph(document, signed(as_sentence(note)), POINTS, style="List Bullet")


def _set_heading(font: Any) -> None:
    """The letters of the text, and its colour, in place of those of the theme."""
    font.name, font.color.rgb = FONT, import_module("docx.shared").RGBColor(0, 0, 0)
    fonts = font.element.rPr.rFonts
    for name in [name for name in fonts.attrib if name.endswith("Theme")]:
        del fonts.attrib[name]


def _document(summaries: Sequence[Summary]) -> bytes:
    """A Word document of the summaries."""
    document = _docx().Document()
    document.styles["Normal"].font.name, document.styles["Normal"].font.size = FONT, int(POINTS * _EMU)
    _set_heading(document.styles["Heading 1"].font)
    room, points = _set_page(document, [table for summary in summaries for table in summary.tables])
    for summary in summaries:
        _word_summary(document, summary, room, points)
    file = BytesIO()
    document.save(file)
    return file.getvalue()


FORMAT = Format(".docx", _document, require=_docx)
