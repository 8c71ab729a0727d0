"""Curves with confidence bands, or points with limits, drawn from tables of predictions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from glmlogit.documents.naming import name_of
from glmlogit.drawing import axes
from glmlogit.drawing.sizes import Width
from glmlogit.plots.curves import Curves, names

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def draw_curves(curves: Curves, ax: Axes | None, joined: bool, width: Width | None = None) -> Axes:
    """Draw tables of predictions on Axes, as bands or as points (``joined`` by lines), and return the Axes."""
    styles = axes.styles(len(curves.tables), "curves")
    ax = axes.axes(ax, 6.4, 4.4, width)
    for k, ((name, table), style) in enumerate(zip(curves.tables.items(), styles, strict=True)):
        if curves.discrete:
            shift = (0.2 if joined else 0.4) * ((k + 0.5) / len(styles) - 0.5)
            _draw_points(ax, table, shift, style, name, joined)
        else:
            _draw_band(ax, curves.values, table, style, name)
    axes.label(ax, name_of(curves.variable), curves.outcome)
    if curves.by is not None:
        axes.legend(ax, name_of(curves.by))
    if curves.discrete:
        axes.level_ticks(ax, names(curves.variable, curves.values))
        ax.set_xlim(-0.6, len(curves.values) - 0.4)
        ax.grid(visible=False, axis="x")
    return ax


def draw_areas(curves: Curves, ax: Axes | None, width: Width | None = None) -> Axes:
    """Probabilities of several outcomes on top of each other, from the first below; of levels as bars."""
    ax = axes.axes(ax, 6.4, 4.4, width)
    ax.grid(visible=False)
    foot = np.zeros(len(curves.values))
    shades = axes.shades(len(curves.tables))
    for (name, table), shade in zip(curves.tables.items(), shades, strict=True):
        top = foot + table["estimate"].to_numpy()
        style: dict[str, Any] = {"color": shade, "edgecolor": axes.paper(), "linewidth": 0.8, "label": axes.shown(name)}
        if curves.discrete:
            ax.bar(range(len(top)), top - foot, bottom=foot, width=0.7, **style)
        else:
            ax.fill_between(curves.values, foot, top, **style)
        foot = top
    axes.label(ax, name_of(curves.variable), curves.outcome)
    axes.legend(ax, name_of(curves.by or ""), reverse=True)
    if curves.discrete:
        axes.level_ticks(ax, names(curves.variable, curves.values))
    else:
        ax.set_xlim(curves.values[0], curves.values[-1])
    ax.set_ylim(0.0, 1.0)
    return ax


def _draw_points(ax: Axes, table: pd.DataFrame, shift: float, style: axes.Look, name: str, joined: bool) -> None:
    x = np.arange(len(table)) + shift
    line = style.line if joined else "none"
    ax.plot(
        x,
        table["estimate"],
        marker=style.marker,
        markersize=axes.mark_size(ax),
        linestyle=line,
        color=style.color,
        label=axes.shown(name),
    )
    ax.vlines(x, table["conf_low"], table["conf_high"], color=style.color, linewidth=1.3)


def _draw_band(ax: Axes, x: Sequence[float], table: pd.DataFrame, style: axes.Look, name: str) -> None:
    ax.fill_between(x, table["conf_low"], table["conf_high"], color=style.color, alpha=0.15, linewidth=0)
    for limit in ("conf_low", "conf_high"):
        ax.plot(x, table[limit], linestyle=style.line, color=style.color, linewidth=0.6, alpha=0.6, label="_limit")
    ax.plot(x, table["estimate"], linestyle=style.line, color=style.color, linewidth=1.6, label=axes.shown(name))
