"""Several comparisons at once: p-values and limits adjusted for their number."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
from scipy import special

from glmlogit.messages.words import sentence
from glmlogit.numerics.reference import NORMAL, Reference
from glmlogit.numerics.tails import chi2_pvalue, range_pvalue, range_quantile

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int_]
Adjust = Literal[
    "none", "bonferroni", "holm", "hochberg", "hommel", "sidak", "scheffe", "tukey", "fdr", "BH", "bh", "BY", "by"
]
ADJUSTMENTS: tuple[str, ...] = get_args(Adjust)
_SAME = {"fdr": "BH", "bh": "BH", "by": "BY"}
_NAMES = {
    "bonferroni": "Bonferroni",
    "holm": "Holm",
    "hochberg": "Hochberg",
    "hommel": "Hommel",
    "sidak": "Šidák",
    "scheffe": "Scheffé",
    "tukey": "Tukey's studentized range",
    "BH": "Benjamini–Hochberg false discovery rates",
    "BY": "Benjamini–Yekutieli false discovery rates",
}
# Methods of steps whose limits are no function of the level and the number alone; those of Holm are Bonferroni's.
_WITHOUT_LIMITS = ("hochberg", "hommel", "BH", "BY")


@dataclass(frozen=True, eq=False)
class Family:
    """Rows that are compared together: codes (k,) of the families, how they are adjusted, and by what distribution.

    ``levels`` is how many levels all pairs are made of, for Tukey's method; ``rank`` how many dimensions the rows of a
    family span, for Scheffé's.
    """

    adjust: str
    codes: Index
    levels: int = 0
    rank: int = 0
    reference: Reference = NORMAL

    @property
    def method(self) -> str:
        """The adjustment, by one name."""
        return _SAME.get(self.adjust, self.adjust)

    @property
    def count(self) -> int:
        """Rows of the largest family."""
        return int(np.bincount(self.codes).max(initial=0))

    @property
    def trivial(self) -> bool:
        """Whether there is nothing to adjust."""
        return self.adjust == "none" or self.count < 2

    @property
    def words(self) -> str:
        """``adjusted for 3 comparisons (Holm)``."""
        where = "" if self.codes.max(initial=0) == 0 else " in each stratum"
        return sentence(f"adjusted for {{n}} comparisons{where} ({{method}})", n=self.count, method=_NAMES[self.method])

    @property
    def note(self) -> str:
        """What the reader is told; empty where nothing was asked for."""
        if self.adjust == "none" or (self.adjust == "tukey" and len(self.codes) < 2):
            return ""
        if self.trivial:
            return f"One comparison{' in each stratum' if len(self.codes) > 1 else ''}: nothing was adjusted."
        text = "p-values and limits are {adjusted}."
        if self.method == "holm":
            text = "p-values are {adjusted}; limits by Bonferroni, which Holm's method has none of."
        elif self.method in _WITHOUT_LIMITS:
            text = "p-values are {adjusted}; limits are not adjusted, since that method has none."
        return sentence(text, adjusted=self.words)

    def quantile(self, level: float) -> float:
        """How many standard errors the limits reach."""
        reference, method = self.reference, self.method
        if self.trivial or method in _WITHOUT_LIMITS:
            return reference.quantile(level)
        if method == "tukey":
            return range_quantile(level, self.levels, reference.df) / math.sqrt(2.0)
        if method == "scheffe":
            return math.sqrt(self.rank * _f_quantile(level, self.rank, reference.df))
        if method == "sidak":
            return reference.quantile(level ** (1.0 / self.count))
        return reference.quantile(1.0 - (1.0 - level) / self.count)

    def pvalue(self, statistic: Array) -> Array:
        """P-values (k,) of Wald statistics (k,), adjusted within families; NaN where a statistic is."""
        if self.trivial:
            return self.reference.pvalue(statistic)
        if self.method == "tukey":
            return range_pvalue(np.sqrt(2.0) * statistic, self.levels, self.reference.df)
        if self.method == "scheffe":
            return _f_pvalue(statistic**2 / self.rank, self.rank, self.reference.df)
        p, out = self.reference.pvalue(statistic), np.full(len(statistic), np.nan)
        for code in np.unique(self.codes):
            members = np.flatnonzero((self.codes == code) & ~np.isnan(p))
            out[members] = adjusted(p[members], self.method, int((self.codes == code).sum()))
        return out


def rank_of(rows: Array) -> int:
    """The rank of combinations (m, p), whatever the scale of the columns."""
    scale = np.abs(rows).max(axis=0, initial=0.0)
    used = (scale > 0) & np.isfinite(scale)
    return int(np.linalg.matrix_rank(rows[:, used] / scale[used])) if used.any() else 0


def _f_pvalue(statistic: Array, rank: int, df: float) -> Array:
    return chi2_pvalue(rank * statistic, rank) if math.isinf(df) else np.asarray(special.fdtrc(rank, df, statistic))


def _f_quantile(level: float, rank: int, df: float) -> float:
    if math.isinf(df):
        return float(special.chdtri(rank, 1.0 - level)) / rank
    return float(special.fdtri(rank, df, level))


# --- p-values of a family -------------------------------------------------------------------------


def adjusted(p: Array, method: str, m: int) -> Array:
    """Adjusted p-values of a family of m comparisons, of which those without a p-value are not among these.

    As R's ``p.adjust``: Holm (1979), Hochberg (1988), Hommel (1988), Benjamini & Hochberg (1995), Benjamini &
    Yekutieli (2001).
    """
    order = np.argsort(p)
    out = np.empty(len(p))
    out[order] = np.minimum(_STEPS[method](p[order], m), 1.0)
    return out


def _falling(p: Array) -> Array:
    """For each value of an array (m,) the smallest of it and of all that come after."""
    return np.minimum.accumulate(p[::-1])[::-1]


def _ranks(p: Array) -> Array:
    return np.arange(1.0, len(p) + 1.0)


def _hommel(p: Array, m: int) -> Array:
    """``max over s of min over the s largest of s·p(j)/rank``, by the algorithm of Wright (1992)."""
    p = np.append(p, np.ones(m - len(p)))
    rank = np.arange(1, m + 1)
    out = np.full(m, (m * p / rank).min())
    for size in range(m - 1, 1, -1):
        last = np.arange(m - size + 1, m)
        least = (size * p[last] / np.arange(2, size + 1)).min()
        bound = np.full(m, 0.0)
        bound[: m - size + 1] = np.minimum(least, size * p[: m - size + 1])
        bound[last] = bound[m - size]
        out = np.maximum(out, bound)
    return np.asarray(np.maximum(out, p))


_STEPS: Mapping[str, Callable[[Array, int], Array]] = {
    "bonferroni": lambda p, m: m * p,
    "sidak": lambda p, m: -np.expm1(m * np.log1p(-p)),
    "holm": lambda p, m: np.maximum.accumulate((m + 1.0 - _ranks(p)) * p),
    "hochberg": lambda p, m: _falling((m + 1.0 - _ranks(p)) * p),
    "hommel": lambda p, m: _hommel(p, m)[: len(p)],
    "BH": lambda p, m: _falling(m / _ranks(p) * p),
    "BY": lambda p, m: _falling(float(np.sum(1.0 / np.arange(1.0, m + 1.0))) * m / _ranks(p) * p),
}
