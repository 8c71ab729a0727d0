"""Summaries as a Word document, its tables and paragraphs by python-docx."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from io import BytesIO
from typing import Any

from glmlogit.documents.layout import Pairs, as_sentence
from glmlogit.documents.pages import Column, Format, Summary, Table
from glmlogit.messages.calls import to_install
from glmlogit.messages.words import visible


def _docx() -> Any:
    """The library of Word documents; an ImportError with the command that installs it where it is absent."""
    try:
        return import_module("docx")
    except ImportError as error:
        raise ImportError(
            f"Writing a Word document needs python-docx, which is not installed. {to_install('python-docx', 'word')}"
        ) from error


def _word_cell(cell: Any, text: str, column: Column) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.text = visible(text)
    # 2 is WD_ALIGN_PARAGRAPH.RIGHT; by value, to need no second import from the optional package.
    paragraph.alignment = 2 if column.align == "right" else 0


def _word_table(document: Any, table: Table) -> None:
    if table.title:
        document.add_paragraph(visible(table.title)).runs[0].bold = True
    lines = [tuple(column.header for column in table.columns), *table.rows]
    grid = document.add_table(rows=len(lines), cols=len(table.columns), style="Light List")
    for row, line in zip(grid.rows, lines, strict=True):
        for cell, text, column in zip(row.cells, line, table.columns, strict=True):
            _word_cell(cell, text, column)
    for note in table.notes:
        document.add_paragraph(as_sentence(note))


def _word_pairs(document: Any, pairs: Pairs) -> None:
    for label, value in pairs:
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.space_after = 0
        paragraph.add_run(f"{visible(label)}: ").bold = True
        paragraph.add_run(as_sentence(value))


def _word_summary(document: Any, summary: Summary) -> None:
    if summary.title:
        document.add_heading(visible(summary.title), level=1)
    if summary.alert:
        document.add_paragraph(f"Warning: {as_sentence(summary.alert)}").runs[0].bold = True
    _word_pairs(document, summary.header)
    for table in summary.tables:
        document.add_paragraph()
        _word_table(document, table)
    for picture in summary.pictures:
        document.add_picture(BytesIO(picture.png), width=document.sections[0].page_width * 2 // 3)
    document.add_paragraph()
    _word_pairs(document, summary.footer)
    for note in summary.notes:
        document.add_paragraph(as_sentence(note), style="List Bullet")


def _document(summaries: Sequence[Summary]) -> bytes:
    """A Word document of the summaries."""
    document = _docx().Document()
    for summary in summaries:
        _word_summary(document, summary)
    file = BytesIO()
    document.save(file)
    return file.getvalue()


FORMAT = Format(".docx", _document, require=_docx)
