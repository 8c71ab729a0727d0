"""What a page of judged rows begins with."""

from __future__ import annotations

from glmlogit.documents.formatting import count
from glmlogit.evaluation.judged_rows import Judged


def header_of(rows: Judged) -> tuple[tuple[str, str], ...]:
    """Which rows, and how many events and others are among them."""
    events, others = (count(total) for total in rows.totals)
    return ("Rows", rows.rows), (
        "Events",
        f"{events} and {others} others{', by their weights' if rows.sampled else ''}",
    )


def why_no_counts(rows: Judged) -> str:
    """Why shares of rows have no limits: they are not of a sample of independent counts; empty where they are."""
    if rows.sampled:
        return "sampling weights make no sample of counts"
    return "the rows are clustered, and limits are of independent ones" if rows.groups is not None else ""
