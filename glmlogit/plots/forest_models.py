"""What a forest plot is handed, models by name or published numbers, and what these are of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import pandas as pd

from glmlogit.documents.style import say
from glmlogit.errors import DataError

NUMBERS = ("odds_ratio", "conf_low", "conf_high")


class DrawnMeasure(NamedTuple):
    """What a forest is of: the name above the numbers, the scale of the axis, the value of no effect."""

    name: str
    log: bool = True
    null: float = 1.0


ODDS = DrawnMeasure("Odds ratio")
# Columns of published numbers other than odds ratios.
MEASURES = {
    "risk_ratio": DrawnMeasure("Risk ratio"),
    "rate_ratio": DrawnMeasure("Rate ratio"),
    "hazard_ratio": DrawnMeasure("Hazard ratio"),
    "prevalence_ratio": DrawnMeasure("Prevalence ratio"),
    "risk_difference": DrawnMeasure("Risk difference", log=False, null=0.0),
    "mean_difference": DrawnMeasure("Mean difference", log=False, null=0.0),
}


def models_of(fits: Any) -> dict[str, Any]:
    """Models or tables by name: those of a comparison, crude and adjusted ones of a table, or as they came."""
    named = getattr(fits, "fits", None)
    frame = getattr(fits, "frame", None)
    if isinstance(named, Mapping) and not isinstance(frame, pd.DataFrame):
        return dict(named)
    if isinstance(frame, pd.DataFrame) and "crude_odds_ratio" in frame:
        return {say("Crude"): _side(frame, "crude"), say("Adjusted"): _side(frame, "adjusted")}
    return dict(fits) if isinstance(fits, Mapping) else {"": fits}


def _side(frame: pd.DataFrame, side: str) -> pd.DataFrame:
    """The crude or the adjusted numbers of a table of both, with its counts."""
    shared = [c for c in ("variable", "level", "reference", "events", "n", "unit", "unit_label") if c in frame]
    own = [f"{side}_{c}" for c in (*NUMBERS, "p_value")]
    return frame[[*shared, *own]].rename(columns=dict(zip(own, (*NUMBERS, "p_value"), strict=True)))


def measure_of(fits: Any) -> DrawnMeasure:
    """What the tables are of; published numbers say it by the name of their column."""
    measures = {
        next((m for name, m in MEASURES.items() if name in table), ODDS)
        if isinstance(table, pd.DataFrame) and "odds_ratio" not in table
        else ODDS
        for table in models_of(fits).values()
    }
    if len(measures) > 1:
        raise DataError(f"{', '.join(sorted(m.name for m in measures))} have no axis in common; draw a plot of each")
    return measures.pop() if measures else ODDS


def published(table: pd.DataFrame) -> pd.DataFrame:
    """A frame of published numbers as a table of odds ratios: ``label`` and ``group`` name the rows."""
    column = next((name for name in MEASURES if name in table and "odds_ratio" not in table), None)
    table = table if column is None else table.rename(columns={column: "odds_ratio"})
    if "label" in table:
        table = table.set_axis(list(map(str, table["label"])))
    if "group" in table and "variable" not in table:
        named = table["group"].notna()
        levels = pd.Series(list(map(str, table.index)), index=table.index, dtype=object).where(named, None)
        groups = [str(a) if inside else str(b) for a, b, inside in zip(table["group"], table.index, named, strict=True)]
        table = table.assign(variable=groups, level=levels)
        table = table.set_axis([f"{a}[{b}]" if b is not None else a for a, b in zip(groups, levels, strict=True)])
    return table
