"""What a page of judged rows begins with."""

from __future__ import annotations

from glmlogit.evaluation.judged_rows import Judged
from glmlogit.messages.words import Number, amount, sentence

Facts = tuple[tuple[str, str], ...]


def header_of(rows: Judged) -> Facts:
    """Which rows, and how many events and others are among them."""
    return counted_rows(rows.rows, *rows.totals, weighed=rows.sampled)


def counted_rows(rows: str, events: float, others: float, *, weighed: bool = False) -> Facts:
    """Which rows, and how many events and others are among them, or their weights."""
    text = "{events} and {others} others, by their weights" if weighed else "{events} and {others} others"
    return ("Rows", rows), ("Events", sentence(text, events=amount(events), others=amount(others)))


def limits_line(level: float, how: str = "") -> tuple[str, str]:
    """The confidence level of limits, and how they are computed."""
    return "Limits", sentence("{level}%, {how}" if how else "{level}%", level=Number(f"{100 * level:g}"), how=how)


def why_no_counts(rows: Judged) -> str:
    """Why shares of rows have no limits: they are not of a sample of independent counts; empty where they are."""
    if rows.sampled:
        return "sampling weights make no sample of counts"
    return "the rows are clustered, and limits are of independent ones" if rows.groups is not None else ""
