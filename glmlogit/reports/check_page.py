"""The page of checks: its verdicts in a table, and each as a sentence with what to do."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import pandas as pd

from glmlogit.documents.formatting import number
from glmlogit.documents.naming import said
from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Column, Summary, Table
from glmlogit.documents.style import say
from glmlogit.messages.notes import Note
from glmlogit.messages.words import Sentence, joined, sentence

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
    findings : mapping
        The same by check, as the page says them.
    notes : tuple of Note
        What a page of checks is worth.
    rows : str
        Which rows these are.
    """

    table: pd.DataFrame
    findings: Mapping[str, Finding]
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
    cells = tuple(
        (say(_TITLES[name]), say(finding.verdict), number(finding.number, 3), said(finding.what))
        for name, finding in check.findings.items()
    )
    return Summary(
        title="Checks of a logistic regression",
        header=(
            *((("Formula", check.formula),) if check.formula else ()),
            ("Rows", check.rows),
            ("Verdicts", _verdicts(check)),
        ),
        tables=(Table(None, heads, cells),),
        notes=(*itertools.starmap(_line, check.findings.items()), *(note.text for note in check.notes)),
        coefficients=check.table.reset_index(),
    )


def _line(name: str, finding: Finding) -> Sentence:
    """A verdict in words, and what to do."""
    text = joined([part for part in (finding.sentence, finding.todo) if part])
    return sentence("{check}: {finding}", check=_TITLES[name], finding=text)


def _verdicts(check: Check) -> Sentence:
    """How many checks ask for something."""
    counts = check.table["verdict"].value_counts()
    wanted = [sentence(f"{{n}} to {v}", n=int(counts[v])) for v in ("act", "look") if v in counts]
    checks = sentence("{n} checks", n=len(check.table))
    return sentence("{what} ({checks})", what=wanted or "nothing seen that asks to act or look", checks=checks)
