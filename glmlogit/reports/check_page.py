"""The page of checks: its verdicts in a table, and each as a sentence with what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import pandas as pd

from glmlogit.documents.formatting import number
from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Column, Summary, Table
from glmlogit.documents.style import say
from glmlogit.messages.notes import Note

Verdict = Literal["act", "look", "nothing seen", "not checked", "you decide"]

_TITLES = {
    "separation": "Separation",
    "digits": "Digits",
    "events": "Events per coefficient",
    "collinearity": "Collinearity",
    "influence": "Influence",
    "linearity": "Linearity",
    "fit": "Fit",
    "hauck_donner": "Hauck-Donner",
    "clusters": "Clusters",
    "class_weights": "Class weights",
}


class Finding(NamedTuple):
    """One verdict: its number, a sentence that holds it, and what to do."""

    verdict: Verdict
    number: float
    sentence: str
    todo: str
    what: str = ""


@dataclass(frozen=True, eq=False, repr=False)
class Check(Paged):
    """Verdicts on a fit; it prints as a page.

    Attributes
    ----------
    table : DataFrame
        By check (``separation digits events collinearity influence linearity fit hauck_donner clusters``, and
        ``class_weights`` of a fit that has them): ``verdict``
        (``"act"``, ``"look"``, ``"nothing seen"``, ``"you decide"``, or ``"not checked"``), ``number`` and ``what``
        that is, ``sentence`` and ``todo``.
    notes : tuple of Note
        What a page of checks is worth.
    rows : str
        Which rows these are.
    """

    table: pd.DataFrame
    formula: str | None
    notes: tuple[Note, ...]
    rows: str = "apparent (training rows)"

    @property
    def _page(self) -> Summary:
        return page_of(self)


def page_of(check: Check) -> Summary:
    """The page of verdicts."""
    heads = (
        Column("check", say("Check"), "left"),
        Column("verdict", say("Verdict"), "left"),
        Column("number", say("Number")),
        Column("of", say("of what"), "left"),
    )
    cells = tuple((_TITLES[name], row["verdict"], number(row["number"], 3), row["what"]) for name, row in _lines(check))
    said = tuple(f"{_TITLES[name]}: {row['sentence']} {row['todo']}".strip() for name, row in _lines(check))
    counts = check.table["verdict"].value_counts()
    wanted = ", ".join(f"{counts[v]} to {v}" for v in ("act", "look") if v in counts)
    return Summary(
        title="Checks of a logistic regression",
        header=(
            *((("Formula", check.formula),) if check.formula else ()),
            ("Rows", check.rows),
            ("Verdicts", f"{wanted or 'nothing seen that asks to act or look'} ({len(check.table)} checks)"),
        ),
        tables=(Table(None, heads, cells),),
        notes=(*said, *(note.text for note in check.notes)),
        coefficients=check.table.reset_index(),
    )


def _lines(check: Check) -> Iterator[tuple[str, pd.Series[Any]]]:
    """Rows of the table, by the name of the check."""
    return ((str(name), row) for name, row in check.table.iterrows())
