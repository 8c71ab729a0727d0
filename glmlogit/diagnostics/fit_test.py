"""The outcome of a test of fit: chi-squared or z, what it was made of, and what it is worth."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import pandas as pd

from glmlogit.inference.test_result import TestResult
from glmlogit.messages.lines import columns, filled
from glmlogit.messages.notes import Note
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

    def __str__(self) -> str:
        if not self.signed or self.reason:
            line = super().__str__()
        else:
            text = f"{self.method} of {self.null}: z = {self.statistic:.4f}, p = {self.p_value:.4g}"
            line = filled(text, columns(), "  ")
        return "\n".join([line, *(filled(f"- {note}", columns(), "  ") for note in self.notes)])

    __repr__ = __str__


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
