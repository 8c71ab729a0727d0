"""Tables and summaries as Markdown: pipe tables, every special character escaped."""

from __future__ import annotations

from collections.abc import Iterable

from glmlogit.documents.layout import Pairs, as_sentence, signed
from glmlogit.documents.pages import Column, Format, Summary, Table
from glmlogit.documents.style import headed, say
from glmlogit.messages.words import visible

_MARKDOWN = str.maketrans({**{ch: f"\\{ch}" for ch in r"\`*_{}[]|~$#"}, "&": "&amp;", "<": "&lt;", ">": "&gt;"})


def _md(text: str) -> str:
    return visible(text).translate(_MARKDOWN)


def _md_cell(text: str, column: Column) -> str:
    return _md(signed(text) if column.align == "right" else text)


def _md_row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _table(table: Table) -> str:
    """Write a table as a Markdown pipe table."""
    title = [f"**{_md(table.title)}**", ""] if table.title else []
    rule = ["---:" if column.align == "right" else ":---" for column in table.columns]
    header = _md_row(_md(column.header) for column in table.columns)
    rows = [_md_row(_md_cell(*pair) for pair in zip(row, table.columns, strict=True)) for row in table.rows]
    notes = [line for note in table.notes for line in ("", _md(as_sentence(note)))]
    return "\n".join([*title, header, _md_row(rule), *rows, *notes])


def _md_pairs(pairs: Pairs) -> str:
    return "\n".join(f"- **{_md(headed(label))}** {_md(as_sentence(value))}" for label, value in pairs)


def _summary(summary: Summary) -> str:
    """Write a summary as Markdown, the alert directly below its heading."""
    notes = "\n".join(f"- {_md(as_sentence(note))}" for note in summary.notes)
    blocks = [
        f"## {_md(summary.title)}" if summary.title else "",
        f"> **{headed(say('Warning'))}** {_md(as_sentence(summary.alert))}" if summary.alert else "",
        _md_pairs(summary.header),
        *map(_table, summary.tables),
        _md_pairs(summary.footer),
        f"**{say('Notes')}**\n\n{notes}" if notes else "",
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


FORMAT = Format(".md", lambda several: "\n".join(map(_summary, several)), printed=2, table=_table, summary=_summary)
