"""The distribution to which Wald statistics of a fit are referred: normal and chi-squared, or t and F."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import special

from glmlogit.messages.words import sentence
from glmlogit.numerics.tails import chi2_pvalue, normal_pvalue, normal_quantile

Array = npt.NDArray[np.float64]
ReferenceName = Literal["normal", "t"]
REFERENCES: tuple[ReferenceName, ...] = ("normal", "t")


@dataclass(frozen=True)
class Reference:
    """Reference distribution of Wald statistics: ``df`` degrees of freedom, infinite for the normal."""

    df: float = math.inf

    @property
    def normal(self) -> bool:
        """Whether statistics are z and chi-squared."""
        return math.isinf(self.df)

    @property
    def letter(self) -> str:
        """``z`` or ``t``."""
        return "z" if self.normal else "t"

    @property
    def text(self) -> str:
        """In words, for the foot of a table; empty for the normal."""
        return "" if self.normal else sentence("t and F with {n} df", n=float(self.df))

    def quantile(self, level: float) -> float:
        """Half the width, in standard errors, of an interval of that level."""
        return normal_quantile(level) if self.normal else float(-special.stdtrit(self.df, (1.0 - level) / 2.0))

    def pvalue(self, statistic: npt.ArrayLike) -> Array:
        """Two-sided p-value of estimates over their standard errors.

        Of t by the incomplete beta function of df/(df + t²) or its complement of t²/(df + t²), whichever is not near 1.
        """
        if self.normal:
            return normal_pvalue(statistic)
        with np.errstate(over="ignore"):
            square = np.square(np.asarray(statistic, dtype=float))
            ratio = square / self.df
        far = special.betainc(self.df / 2.0, 0.5, 1.0 / (1.0 + ratio))
        with np.errstate(invalid="ignore"):  # inf/inf of an infinite statistic, which is far
            near = special.betaincc(0.5, self.df / 2.0, ratio / (1.0 + ratio))
        return np.asarray(np.where(ratio < 1.0, near, far))

    def joint(self, wald: float, count: int) -> tuple[float, float, float]:
        """Statistic, denominator df and p-value of ``count`` hypotheses with quadratic form ``wald``.

        Chi-squared; with finite df the adjusted Wald test ``F = (d − q + 1)/(q d)·W`` on (q, d − q + 1), which is
        Hotelling's (Korn & Graubard 1990; Stata's ``test`` after ``svy``), NaN where there are no more clusters than
        hypotheses.
        """
        if self.normal:
            return wald, math.inf, float(chi2_pvalue(wald, count))
        df = self.df - count + 1.0
        if df <= 0:
            return math.nan, df, math.nan
        statistic = wald * df / (count * self.df)
        return statistic, df, float(special.fdtrc(count, df, statistic)) if statistic >= 0 else math.nan


NORMAL = Reference()
