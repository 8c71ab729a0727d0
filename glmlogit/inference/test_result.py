"""The outcome of a test: statistic, degrees of freedom, p-value by chi-squared or F, or the reason for none."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from glmlogit.documents.pages import Summary
from glmlogit.messages.lines import columns, filled
from glmlogit.messages.words import visible
from glmlogit.numerics.reference import NORMAL, Reference

TestKind = Literal["lr", "wald", "score"]


@dataclass(frozen=True)
class TestResult:
    """Outcome of a test; ``reason`` says why where the statistic is NaN.

    ``statistic`` is chi-squared on ``df``, or F on (``df``, ``df_denom``) where ``df_denom`` is finite.
    """

    __test__ = False  # not a test class of pytest's

    statistic: float
    df: int
    p_value: float
    method: str
    null: str
    reason: str = ""
    df_denom: float = math.inf

    def __str__(self) -> str:
        null = visible("; ".join(line.strip() for line in self.null.strip().split("\n")))
        if self.reason:
            return filled(f"{self.method} of {null}: not available, {self.reason}", columns(), "  ")
        name = f"chi2({self.df})" if math.isinf(self.df_denom) else f"F({self.df}, {self.df_denom:g})"
        text = f"{self.method} of {null}: {name} = {self.statistic:.4f}, p = {self.p_value:.4g}"
        return filled(text, columns(), "  ")

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return Summary("", notes=tuple(str(self).replace("\n  ", " ").split("\n- "))).to_html()


def result_of(
    statistic: float, df: int, method: str, null: str, reason: str = "", reference: Reference = NORMAL
) -> TestResult:
    """Result of a quadratic form: chi-squared, or F by the reference distribution; NaN with the reason."""
    if reason:
        return TestResult(math.nan, max(df, 0), math.nan, method, null, reason)
    if df < 1:
        return TestResult(statistic, 0, math.nan, method, null, "the models have the same degrees of freedom")
    shown, denominator, p = reference.joint(statistic, df)
    if not math.isinf(denominator) and denominator <= 0:
        reason = f"{reference.df + 1:g} clusters cannot test {df} hypotheses at once; name fewer"
        return TestResult(math.nan, df, math.nan, method, null, reason)
    return TestResult(shown, df, p, method, null, df_denom=denominator)
