"""The outcome of a test: statistic, degrees of freedom, p-value by chi-squared or F, or the reason for none."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from glmlogit.documents.formatting import fixed, number
from glmlogit.documents.from_frame import table_from_frame
from glmlogit.documents.paged import Lined
from glmlogit.documents.pages import Summary
from glmlogit.documents.style import marked
from glmlogit.messages.words import Number, sentence
from glmlogit.numerics.reference import NORMAL, Reference

TestKind = Literal["lr", "wald", "score"]


@dataclass(frozen=True, repr=False)
class TestResult(Lined):
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

    @property
    def _lines(self) -> tuple[str, ...]:
        null = "; ".join(line.strip() for line in self.null.strip().split("\n"))
        about = {"method": self.method, "null": self.null if "\n" not in self.null else null}
        if self.reason:
            return (sentence("{method} of {null}: not available, {reason}", **about, reason=self.reason),)
        statistic, p = Number(f"{self.statistic:.4f}"), Number(f"{self.p_value:.4g}")
        text = "{method} of {null}: {name} = {statistic}, p = {p}"
        return (sentence(text, **about, name=self._name, statistic=statistic, p=p),)

    @property
    def _name(self) -> str:
        """What the statistic is."""
        if math.isinf(self.df_denom):
            return f"chi2({self.df})"
        return sentence("F({df}, {denominator})", df=str(self.df), denominator=Number(f"{self.df_denom:g}"))

    @property
    def _numbers(self) -> pd.DataFrame:
        """The numbers of the test, a row."""
        row = {"statistic": self.statistic, "df": self.df, "df_denom": self.df_denom, "p_value": self.p_value}
        return pd.DataFrame([{name: x for name, x in row.items() if name != "df_denom" or math.isfinite(x)}])

    @property
    def _page(self) -> Summary:
        about = {"method": self.method, "null": self.null, "reason": self.reason}
        return Summary(
            title=self.method,
            header=(("Hypothesis", self.null.strip()),),
            tables=(table_from_frame(self._numbers, formats={"statistic": _four_decimals, "p_value": _four_digits}),),
            notes=(sentence("Not available: {reason}.", reason=self.reason),) if self.reason else (),
            coefficients=self._numbers.assign(**about),
            holds="test",
        )


def _four_decimals(values: Iterable[float]) -> list[str]:
    return [fixed(x, 4) if math.isfinite(x) else number(x) for x in values]


def _four_digits(values: Iterable[float]) -> list[str]:
    return [marked(f"{x:.4g}") if math.isfinite(x) else number(x) for x in values]


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
        reason = sentence(
            "{clusters} clusters cannot test {df} hypotheses at once; name fewer", clusters=reference.df + 1, df=df
        )
        return TestResult(math.nan, df, math.nan, method, null, reason)
    return TestResult(shown, df, p, method, null, df_denom=denominator)
