"""Means and medians of groups as cells of a table: their decimals are shared, and those of their spread."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from glmlogit.documents import formatting
from glmlogit.documents.style import say
from glmlogit.publication.group_summaries import ValueSummary


def value_cells(groups: Sequence[ValueSummary], by_median: bool) -> list[str]:
    """``23.2 (5.3)``, or ``23 (19 to 26)``; the groups share their decimals."""
    if by_median:
        decimals = _decimals_of_quartiles(groups)
        return [
            "NA" if math.isnan(g.median) else f"{_fixed(g.median, decimals)} ({_quartiles(g, decimals)})"
            for g in groups
        ]
    decimals = _decimals_of(g.sd for g in groups)
    return ["NA" if math.isnan(g.mean) else f"{_fixed(g.mean, decimals)} ({_fixed(g.sd, decimals)})" for g in groups]


def _quartiles(group: ValueSummary, decimals: int) -> str:
    return f"{_fixed(group.q1, decimals)} {say('to')} {_fixed(group.q3, decimals)}"


def _fixed(x: float, decimals: int) -> str:
    return "NA" if math.isnan(x) else formatting.fixed(x, decimals)


def _decimals_of(spreads: Iterable[float]) -> int:
    """As many decimals as give the smallest spread two significant digits; one at least below 100."""
    sizes = [s for s in spreads if s > 0 and math.isfinite(s)]
    if not sizes:
        return 1
    least = min(sizes)
    return 0 if least >= 100 else max(1, 1 - math.floor(math.log10(least)))


def _decimals_of_quartiles(groups: Sequence[ValueSummary]) -> int:
    """None where all quartiles are whole, else those of a standard deviation of their spread."""
    present = [x for g in groups for x in (g.median, g.q1, g.q3) if not math.isnan(x)]
    return 0 if all(x == round(x) for x in present) else _decimals_of((g.q3 - g.q1) / 1.35 for g in groups)
