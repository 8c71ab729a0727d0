"""The reliability diagram: shares of events against predicted probabilities, which are shown below by outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from glmlogit.documents.style import say
from glmlogit.drawing import axes
from glmlogit.drawing.sizes import Width
from glmlogit.scoring.probability_counts import ProbabilityCounts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Where the histogram stands below the diagram, and how high each half of it may be.
MIDDLE, HALF, BARS = -0.17, 0.11, 50


def draw_reliability(
    ax: Axes | None,
    table: pd.DataFrame,
    band: pd.DataFrame | None,
    distinct: ProbabilityCounts,
    method: str,
    rows: str,
    label: str,
    width: Width | None = None,
) -> Axes:
    """A diagram of points or a curve, with the diagonal, its band or limits, and a histogram by outcome."""
    ax = axes.axes(ax, 3.6, 4.1, width)
    style = axes.looks()[0]
    ax.plot([0, 1], [0, 1], color=axes.ink(), linewidth=0.8, linestyle=(0, (2, 2)), label="_ideal")
    if band is not None:
        ax.fill_between(
            band["probability"],
            band["conf_low"],
            band["conf_high"],
            color=axes.ink(axes.GRID),
            linewidth=0,
            label="_band",
        )
    x, y = table["probability"].to_numpy(), table["observed"].to_numpy()
    if method == "isotonic":
        low, high = _ends(table, distinct)
        ax.plot(np.column_stack([low, high]).ravel(), np.repeat(y, 2), color=style.color, linewidth=1.6)
        ax.plot(x, y, linestyle="", marker="o", markersize=3, color=style.color)
    elif method in ("uniform", "quantile"):
        error = np.abs(table[["conf_low", "conf_high"]].to_numpy().T - y)
        ax.errorbar(x, y, yerr=error, fmt="o", markersize=4, color=style.color, elinewidth=1.0, capsize=2)
    else:
        ax.plot(x, y, color=style.color, linewidth=1.6, label=say("corrected") if "apparent" in table else "_curve")
    if "apparent" in table:
        second = axes.looks()[1]
        ax.plot(x, table["apparent"], color=second.color, linestyle=second.line, linewidth=1.2, label=say("apparent"))
        axes.legend_within(ax, "upper left")
    _histogram(ax, distinct)
    ax.set(xlim=(-0.02, 1.02), ylim=(MIDDLE - HALF - 0.03, 1.02))
    ax.set_xticks(np.linspace(0, 1, 6))
    ax.set_yticks(np.linspace(0, 1, 6))
    axes.label(ax, say("Predicted probability"), say("Share of events"))
    if label:
        ax.text(0.02, 0.99, axes.shown(label), transform=ax.transAxes, va="top", fontsize=axes.font(ax) - 1)
    axes.caption(ax, rows)
    return ax


def _ends(table: pd.DataFrame, distinct: ProbabilityCounts) -> tuple[list[float], list[float]]:
    """Least and largest probability of each level."""
    last = np.searchsorted(np.cumsum(distinct.n), np.cumsum(table["n"].to_numpy()) - 1e-6)
    last = np.minimum(last, len(distinct.p) - 1)
    first = np.append(0, last[:-1] + 1)
    return distinct.p[first].tolist(), distinct.p[last].tolist()


def _histogram(ax: Axes, distinct: ProbabilityCounts) -> None:
    """Events upwards and others downwards, on one scale."""
    edges = np.linspace(0.0, 1.0, BARS + 1)
    middle, width = 0.5 * (edges[:-1] + edges[1:]), 0.8 / BARS
    counts = [np.histogram(distinct.p, edges, weights=values)[0] for values in (distinct.events, distinct.nonevents)]
    most = max(float(values.max()) for values in counts)
    for values, sign, color in zip(counts, (1, -1), (axes.looks()[1].color, axes.looks()[0].color), strict=True):
        ax.bar(middle, sign * HALF * values / most, width, bottom=MIDDLE, color=color, linewidth=0)
    ax.axhline(MIDDLE, color=axes.ink(), linewidth=0.5)
    for text, height in ((say("events"), MIDDLE + HALF), (say("others"), MIDDLE - HALF)):
        ax.text(1.01, height, text, ha="right", va="center", fontsize=axes.font(ax) - 2, color=axes.ink())
