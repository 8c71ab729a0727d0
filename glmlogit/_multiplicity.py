"""Several comparisons at once: p-values and limits adjusted for their number."""

from __future__ import annotations

import math
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from glmlogit._reference import Reference
from glmlogit._tails import range_pvalue, range_quantile

Array = npt.NDArray[np.float64]
Adjust = Literal["none", "bonferroni", "holm", "sidak", "tukey"]
ADJUSTMENTS: tuple[str, ...] = get_args(Adjust)
# What the reader is told, by kind of adjustment; ``{}`` is the number of comparisons in a family.
NOTES = {
    "bonferroni": "p-values and limits are adjusted for {} comparisons (Bonferroni).",
    "holm": "p-values are adjusted for {} comparisons (Holm); limits by Bonferroni, which Holm's method has none of.",
    "sidak": "p-values and limits are adjusted for {} comparisons (Šidák).",
    "tukey": "p-values and limits are adjusted for {} comparisons (Tukey's studentized range).",
}


def quantile(level: float, count: int, adjust: str, levels: int, reference: Reference) -> float:
    """How many standard errors simultaneous limits of ``count`` comparisons reach; ``levels`` those of all pairs."""
    if adjust == "tukey":
        return range_quantile(level, levels) / math.sqrt(2.0)
    if adjust == "sidak":
        return reference.quantile(level ** (1.0 / count))
    return reference.quantile(1.0 - (1.0 - level) / count)


def adjusted_pvalues(
    statistic: Array, family: npt.NDArray[np.int_], adjust: str, levels: int, reference: Reference
) -> Array:
    """P-values (k,) of Wald statistics (k,), adjusted within families (codes, (k,)); NaN where a statistic is."""
    if adjust == "tukey":
        return range_pvalue(np.sqrt(2.0) * statistic, levels)
    p = reference.pvalue(statistic)
    out = np.full(len(p), np.nan)
    for one in np.unique(family):
        members = np.flatnonzero((family == one) & ~np.isnan(p))
        out[members] = _family(p[members], adjust, int((family == one).sum()))
    return out


def _family(p: Array, adjust: str, m: int) -> Array:
    """Adjusted p-values of a family of m comparisons, of which those without a p-value are not among these."""
    if adjust == "bonferroni":
        return np.minimum(m * p, 1.0)
    if adjust == "sidak":
        return np.asarray(-np.expm1(m * np.log1p(-p)))
    order = np.argsort(p)
    stepped = np.maximum.accumulate((m - np.arange(len(p))) * p[order])
    out = np.empty(len(p))
    out[order] = np.minimum(stepped, 1.0)
    return out
