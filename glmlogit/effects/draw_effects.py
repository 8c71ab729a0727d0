"""Pictures of tables of effects: a mark with its limits for each row, outcomes of one row side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from glmlogit.drawing import axes
from glmlogit.errors import DataError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Rows that a picture has room for.
MOST_ROWS = 60
_NAMED = ("variable", "contrast", "estimand")
_APART = 0.8  # between outcomes of one line, in lines


def draw_effects(table: pd.DataFrame, scales: Sequence[str], ax: Axes | None) -> Axes:
    """Draw estimates and limits of the rows of a table, each with the scale on which its limits are symmetric."""
    value = "odds_ratio" if "odds_ratio" in table else "estimate"
    _check(table, value, scales)
    names, labels = _outcomes(table), _labels(table, value)
    lines = list(dict.fromkeys(labels))
    outcomes = list(dict.fromkeys(names))
    styles = axes.styles(len(outcomes), "outcomes")
    tall = max(1.0, _APART * len(outcomes) + 0.2)
    ax = axes.axes(ax, 5.6, 0.25 * (tall * len(lines) + 1.5) + 0.8)
    middles = [tall * (k + 0.5) for k in range(len(lines))]
    for k, (outcome, style) in enumerate(zip(outcomes, styles, strict=True)):
        own = [i for i, name in enumerate(names) if name == outcome]
        shift = _APART * (k - (len(outcomes) - 1) / 2)
        heights = [middles[lines.index(labels[i])] + shift for i in own]
        _draw(ax, table.iloc[own], value, heights, style, outcome)
    _finish(ax, lines, middles, tall * len(lines), scales[0] if len(scales) else "identity", outcomes)
    return ax


def _check(table: pd.DataFrame, value: str, scales: Sequence[str]) -> None:
    if value not in table or not len(table):
        raise DataError("the table has no estimates to draw")
    if len(table) > MOST_ROWS:
        raise DataError(f"{len(table)} rows cannot be told apart in one picture; ask for fewer variables or points")
    if len(set(scales)) > 1:
        raise DataError(
            "the rows are on several scales, such as differences and ratios, which no axis is for; ask for one estimand"
        )


def _outcomes(table: pd.DataFrame) -> list[str]:
    return list(map(str, table["outcome"])) if "outcome" in table else [""] * len(table)


def _labels(table: pd.DataFrame, value: str) -> list[str]:
    """What each row is of: the columns before its estimate, but for the outcome and what all rows share."""
    columns = [c for c in table.columns[: list(table.columns).index(value)] if c != "outcome"]
    shown = [c for c in columns if c != "estimand" or len(set(table[c])) > 1]
    return [", ".join(_part(str(c), row[c]) for c in shown if row[c] != "dydx") for _, row in table.iterrows()]


def _part(name: str, value: Any) -> str:
    text = f"{value:g}" if isinstance(value, (float, np.floating)) else str(value)
    return text if name in _NAMED else f"{name} = {text}"


def _draw(ax: Axes, rows: pd.DataFrame, value: str, heights: Sequence[float], style: axes.Look, outcome: str) -> None:
    look: dict[str, Any] = {"color": style.color, "linestyle": "none"}
    name = axes.shown(outcome) or "_estimates"
    ax.plot(rows[value], heights, marker=style.marker, markersize=5.5, label=name, **look)
    ax.hlines(heights, rows["conf_low"], rows["conf_high"], color=style.color, linewidth=1.3)


def _finish(
    ax: Axes, lines: Sequence[str], middles: Sequence[float], bottom: float, scale: str, outcomes: Sequence[str]
) -> None:
    """Names of the rows, the value of no effect, and of which outcome the marks are."""
    ax.set_ylim(bottom + 0.1, -0.1)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    taken = axes.left_column(ax, list(lines), list(middles), [False] * len(lines))
    _ticks(ax, scale == "log", taken)
    if scale in ("log", "identity"):
        axes.guide(ax, x=float(scale == "log"))
    what = {"log": "Ratio (log scale)", "logit": "Probability"}.get(scale, "Estimate")
    axes.label(ax, what)
    if len(outcomes) > 1:
        columns = axes.legend_columns(ax, outcomes, taken)
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, frameon=False, fontsize=axes.FONT)


def _ticks(ax: Axes, logarithmic: bool, taken: float) -> None:
    """Plain numbers, as many as there is room for beside labels that take some points."""
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator

    room = ax.get_window_extent().width * 72 / ax.figure.dpi - taken
    if logarithmic:
        ax.set_xscale("log")
        ax.minorticks_off()
        ax.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    else:
        ax.xaxis.set_major_locator(MaxNLocator(int(np.clip(room / 50.0, 2, 7))))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:.6g}".replace("-", "\u2212")))
