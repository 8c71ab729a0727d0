"""Tables and summaries as text of 100 columns, aligned by the width of characters on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from glmlogit.documents.formatting import FIGURE_SPACE, display_width, pad, wrap
from glmlogit.documents.layout import Pairs, as_sentence
from glmlogit.documents.pages import Column, Format, Summary, Table
from glmlogit.messages.words import visible

TEXT_WIDTH = 100


def _text_lines(table: Table) -> list[str]:
    """Header and rows, padded to the width each column needs on a terminal."""
    lines = [[column.header for column in table.columns], *table.rows]
    cells = [[visible(cell).replace(FIGURE_SPACE, " ") for cell in line] for line in lines]
    widths = [max(map(display_width, column)) for column in zip(*cells, strict=True)]
    return [_text_line(line, table.columns, widths) for line in cells]


def _text_line(cells: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> str:
    parts = [
        (" | " if column.rule else " " if i else "") + pad(cell, width, column.align)
        for i, (cell, column, width) in enumerate(zip(cells, columns, widths, strict=True))
    ]
    return "".join(parts).rstrip()


def text_width(table: Table) -> int:
    """Return the columns of a terminal that the table takes."""
    return max(map(display_width, _text_lines(table)))


def _table(table: Table) -> str:
    """Write a table as aligned text: title, header, rows, and below ``---`` its notes."""
    title = [f"{visible(table.title)}:"] if table.title else []
    notes = [wrap(as_sentence(note), TEXT_WIDTH) for note in table.notes]
    return "\n".join([*title, *_text_lines(table), *(["---"] if notes else []), *notes])


def _text_pairs(pairs: Pairs, *, flush_right: bool) -> str:
    labels = [f"{visible(label)}:" for label, _ in pairs]
    width = max(map(display_width, labels), default=0)
    indent = " " * (width + 1)
    padded = [pad(label, width, "right" if flush_right else "left") for label in labels]
    values = [wrap(as_sentence(value), TEXT_WIDTH, indent) for _, value in pairs]
    return "\n".join(f"{label} {value}" for label, value in zip(padded, values, strict=True))


def _summary(summary: Summary) -> str:
    """Write a summary as text, the alert first."""
    alert = wrap(f"WARNING: {as_sentence(summary.alert)}", TEXT_WIDTH, " " * 9) if summary.alert else ""
    notes = "\n".join(f"- {wrap(as_sentence(note), TEXT_WIDTH, '  ')}" for note in summary.notes)
    blocks = [
        alert,
        visible(summary.title),
        _text_pairs(summary.header, flush_right=False),
        *map(_table, summary.tables),
        _text_pairs(summary.footer, flush_right=True),
        f"Notes:\n{notes}" if notes else "",
    ]
    return "\n\n".join(block for block in blocks if block)


FORMAT = Format(
    ".txt", lambda several: "\n\n".join(map(_summary, several)) + "\n", printed=1, table=_table, summary=_summary
)
