"""The outcome of a test of fit: chi-squared or z, what it was made of, and what it is worth."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import pandas as pd

from glmlogit.documents.from_frame import table_from_frame
from glmlogit.documents.pages import Summary
from glmlogit.documents.style import say
from glmlogit.inference.test_result import TestResult
from glmlogit.messages.notes import Note
from glmlogit.messages.words import sentence
from glmlogit.numerics.tails import chi2_pvalue, normal_pvalue


@dataclass(frozen=True, repr=False)
class GoodnessOfFit(TestResult):
    """Outcome of a test of fit.

    ``statistic`` is z where ``signed``, and ``p_value`` two-sided; else it is chi-squared on ``df``. ``groups`` are
    the groups of a test by groups: ``n observed expected probability``, a row each; ``parts`` the numbers that a z was
    made of; ``coefficients`` those of the Wald form of a test of the link. ``notes`` say what it is worth.
    """

    signed: bool = False
    groups: pd.DataFrame | None = field(default=None, compare=False)
    parts: pd.Series[float] | None = field(default=None, compare=False)
    coefficients: pd.DataFrame | None = field(default=None, compare=False)
    notes: tuple[Note, ...] = ()

    @property
    def _name(self) -> str:
        return "z" if self.signed else super()._name

    @property
    def _lines(self) -> tuple[str, ...]:
        return (*super()._lines, *(sentence("- {note}", note=note.text) for note in self.notes))

    @property
    def _page(self) -> Summary:
        page = super()._page
        parts = None if self.parts is None else _in_words(self.parts)
        made_of = [table_from_frame(frame) for frame in (self.groups, parts, self.coefficients) if frame is not None]
        return replace(page, tables=(*page.tables, *made_of), notes=(*page.notes, *(note.text for note in self.notes)))


def _in_words(parts: pd.Series[float]) -> pd.DataFrame:
    """The numbers that a z was made of, a row each."""
    named = parts.rename(lambda name: say(str(name).replace("_", " ").capitalize()))
    return named.rename("Value").rename_axis("Part").to_frame()


_MODEL = "the model"
NOTHING_ADDED = "since what it looks at is a combination of the model's columns, which fit it by construction"


def chi_squared(
    statistic: float,
    df: int,
    method: str,
    reason: str = "",
    groups: pd.DataFrame | None = None,
    notes: tuple[Note, ...] = (),
) -> GoodnessOfFit:
    """A test by chi-squared; NaN with the reason, or where nothing was added."""
    reason = reason or ("" if df > 0 else NOTHING_ADDED)
    value, p = (math.nan, math.nan) if reason else (statistic, float(chi2_pvalue(statistic, df)))
    return GoodnessOfFit(value, max(df, 0), p, method, _MODEL, reason, groups=groups, notes=notes)


def normal(
    z: float, method: str, reason: str = "", notes: tuple[Note, ...] = (), parts: dict[str, float] | None = None
) -> GoodnessOfFit:
    """A two-sided test by z; NaN with the reason."""
    value, p = (math.nan, math.nan) if reason else (z, float(normal_pvalue(z)))
    series = None if parts is None else pd.Series(parts, name="part")
    return GoodnessOfFit(value, 0 if reason else 1, p, method, _MODEL, reason, signed=True, notes=notes, parts=series)
