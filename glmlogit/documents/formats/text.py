"""Tables and summaries as text, as wide as the terminal: wide tables in blocks below each other."""

from __future__ import annotations

from glmlogit.documents.layout import Pairs, as_sentence
from glmlogit.documents.pages import Format, Summary, Table
from glmlogit.documents.style import headed, say
from glmlogit.documents.text_table import table_blocks
from glmlogit.messages.lines import columns, display_width, filled, pad
from glmlogit.messages.words import visible


def _table(table: Table) -> str:
    """Write a table as aligned text: title, header, rows, and below ``---`` its notes."""
    width = columns()
    title = filled(headed(visible(table.title)), width).split("\n") if table.title else []
    notes = [filled(as_sentence(note), width) for note in table.notes]
    first, *others = table_blocks(table, width)
    below = [line for block in others for line in ("", *block)]
    legend = ["---", *notes] if notes else []
    opened = any(column.opens for column in table.columns)
    return "\n".join([*title, *first, *(legend + below if opened else below + legend)])


def _text_pairs(pairs: Pairs, *, flush_right: bool) -> str:
    labels = [headed(visible(label)) for label, _ in pairs]
    width = max(map(display_width, labels), default=0)
    padded = [pad(label, width, "right" if flush_right else "left") for label in labels]
    values = [filled(as_sentence(value), columns(), " " * (width + 1)) for _, value in pairs]
    return "\n".join(f"{label} {value}" for label, value in zip(padded, values, strict=True))


def _summary(summary: Summary) -> str:
    """Write a summary as text, the alert first."""
    width = columns()
    head = f"{headed(say('Warning').upper())} "
    alert = filled(f"{head}{as_sentence(summary.alert)}", width, " " * len(head)) if summary.alert else ""
    notes = "\n".join(f"- {filled(as_sentence(note), width, '  ')}" for note in summary.notes)
    blocks = [
        alert,
        filled(visible(summary.title), width),
        _text_pairs(summary.header, flush_right=False),
        *map(_table, summary.tables),
        _text_pairs(summary.footer, flush_right=True),
        f"{headed(say('Notes'))}\n{notes}" if notes else "",
    ]
    return "\n\n".join(block for block in blocks if block)


FORMAT = Format(
    ".txt", lambda several: "\n\n".join(map(_summary, several)) + "\n", printed=1, table=_table, summary=_summary
)
