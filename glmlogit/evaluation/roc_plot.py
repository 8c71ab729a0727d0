"""Curves in the unit square: ROC, and others that rest on ranks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from glmlogit.documents.naming import said
from glmlogit.documents.style import say
from glmlogit.drawing import axes
from glmlogit.drawing.sizes import Width
from glmlogit.messages.words import sentence

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[np.float64]

# Steps of a curve that a picture can show.
MOST_POINTS = 2_000


def draw_curve(ax: Axes | None, x: Array, y: Array, label: str, rows: str, width: Width | None = None) -> Axes:
    """A ROC curve (k,) through false and true positive rates, with the line of chance; more join it in one Axes."""
    ax = axes.axes(ax, 3.8, 3.8, width)
    number = sum(not str(line.get_label()).startswith("_") for line in ax.get_lines())
    style = axes.styles(number + 1, "curves")[number]
    if number and ax.get_lines()[-1].get_gid() != rows:
        label += f", {said(rows)}"
    if not number:
        ax.plot([0, 1], [0, 1], color=axes.ink(), linewidth=0.8, linestyle=(0, (2, 2)), label="_chance")
        axes.caption(ax, sentence("Rows: {rows}.", rows=rows))
    x, y = thinned(x, y)
    ax.plot(x, y, color=style.color, linestyle=style.line, linewidth=1.6, label=axes.shown(label), gid=rows)
    square(ax)
    axes.label(ax, say("1 − specificity"), say("Sensitivity"))
    axes.legend_within(ax, "lower right")
    return ax


def square(ax: Axes) -> None:
    """The unit square, as high as wide."""
    ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
    ax.set_xticks(np.linspace(0, 1, 6))
    ax.set_yticks(np.linspace(0, 1, 6))


def thinned(x: Array, y: Array) -> tuple[Array, Array]:
    """At most some thousand of the points, the first and the last among them: no picture shows more."""
    if len(x) <= MOST_POINTS:
        return x, y
    places = np.unique(np.linspace(0, len(x) - 1, MOST_POINTS).astype(np.intp))
    return x[places], y[places]
