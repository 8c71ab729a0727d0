"""What the plots share: Axes with a light grid, styles that differ in grey too, text that stands clear of the data."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from glmlogit.documents.style import decimal_mark
from glmlogit.errors import DataError
from glmlogit.messages import calls
from glmlogit.messages.words import visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation


FONT = 9
GAP = 10  # points between neighbouring columns of text
GRID, GUIDE = "0.9", "0.35"


@dataclass(frozen=True)
class Look:
    """Colour, marker and line of one curve or model; each alone tells it from the others."""

    color: str
    marker: str
    line: Any


# The palette of Okabe & Ito (2008), in the order in which its greys are furthest apart.
STYLES = (
    Look("#0072B2", "o", "-"),
    Look("#D55E00", "s", "--"),
    Look("#009E73", "^", "-."),
    Look("#CC79A7", "D", ":"),
    Look("#E69F00", "v", (0, (6, 1, 1, 1, 1, 1))),
    Look("#000000", "P", (0, (3, 3))),
)


def styles(count: int, what: str) -> tuple[Look, ...]:
    """One style for each of ``count`` curves; an error where they would repeat."""
    if count > len(STYLES):
        raise DataError(
            f"{count} {what} in one plot cannot be told apart; draw at most {len(STYLES)}, or several plots by ax="
        )
    return STYLES[:count]


# Ends of the shades of areas: lightness alone tells them apart, in grey too.
_DARK, _LIGHT = (0.02, 0.22, 0.38), (0.84, 0.91, 0.96)


def shades(count: int) -> list[tuple[float, ...]]:
    """A shade for each of ``count`` areas, from dark to light."""
    if count > len(STYLES):
        raise DataError(f"{count} areas in one plot cannot be told apart; draw at most {len(STYLES)}")
    steps = [k / max(count - 1, 1) for k in range(count)]
    return [tuple(a + t * (b - a) for a, b in zip(_DARK, _LIGHT, strict=True)) for t in steps]


def axes(ax: Axes | None, width: float, height: float) -> Axes:
    """The Axes given, or those of a new figure of that size in inches; without frame, with a light grid."""
    if ax is None:
        pyplot = calls.pyplot("Plots need matplotlib, which is not installed.")
        ax = pyplot.subplots(figsize=(width, height), layout="constrained")[1]
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=FONT)
    ax.grid(color=GRID, linewidth=0.6)
    ax.set_axisbelow(True)
    _mark_decimals(ax)
    return ax


def _mark_decimals(ax: Axes) -> None:
    """Let ticks of numbers have the decimal mark of the style, which is that of now and not of when they are drawn."""
    if (mark := decimal_mark()) == ".":
        return
    from matplotlib.ticker import FuncFormatter

    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:.6g}".replace("-", "−").replace(".", mark)))


def shown(text: str) -> str:
    """A text as a figure can draw it: control characters as escapes, its lines kept."""
    return "\n".join(map(visible, text.split("\n")))


def label(ax: Axes, x: str, y: str = "") -> None:
    """Name the axes."""
    ax.set_xlabel(shown(x), fontsize=FONT)
    ax.set_ylabel(shown(y), fontsize=FONT)


def beside(ax: Axes, text: str, x: float, y: float, across: str = "data", **style: Any) -> Annotation:
    """Text ``x`` points right of the Axes (left of them if negative), at height ``y``."""
    return ax.annotate(
        shown(text),
        xy=(0 if x < 0 else 1, y),
        xycoords=("axes fraction", across),  # across and up
        xytext=(x, 0),
        textcoords="offset points",
        va="center",
        fontsize=FONT,
        annotation_clip=False,
        **style,
    )


def width_of(texts: Sequence[Annotation]) -> float:
    """Width in points of the widest text."""
    return max((t.get_window_extent().width * 72 / t.figure.dpi for t in texts if t.figure), default=0.0)


def left_column(ax: Axes, texts: Sequence[str], heights: Sequence[float], bold: Sequence[bool]) -> float:
    """Flush left labels, as far left of the Axes as the widest needs; their width in points."""
    drawn = [
        beside(ax, text, -GAP, y, ha="left", weight="bold" if heavy else "normal")
        for text, y, heavy in zip(texts, heights, bold, strict=True)
    ]
    shift = -width_of(drawn) - GAP
    for text in drawn:
        text.xyann = (shift, 0)
    return -shift


def right_columns(ax: Axes, columns: Sequence[Sequence[str]], heights: Sequence[float], across: str = "data") -> None:
    """Columns of text flush right, side by side to the right of the Axes; the first entry is the head."""
    offset = 0.0
    for column in columns:
        drawn = [
            beside(ax, text, 1, y, across, ha="right", weight="normal" if i else "bold")
            for i, (text, y) in enumerate(zip(column, heights, strict=True))
        ]
        offset += width_of(drawn) + GAP
        for text in drawn:
            text.xyann = (offset, 0)


def plain_ticks(ax: Axes, marks: Sequence[float]) -> None:
    """Ticks of the x axis at some values, alike on both sides of the middle one; fewer where the Axes are narrow."""
    from matplotlib.ticker import FixedLocator, FuncFormatter

    middle, mark = len(marks) // 2, decimal_mark()

    class Thinned(FixedLocator):
        def __call__(self) -> Any:
            room = ax.get_window_extent().width * 72 / ax.figure.dpi
            for step in range(1, middle + 1):
                left = [marks[k] for k in range(len(marks)) if (k - middle) % step == 0]
                if sum(0.6 * FONT * len(f"{x:.10g}") + 4 for x in left) <= room:
                    return left
            return [marks[middle]]

    ax.xaxis.set_major_locator(Thinned(marks))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:.10g}".replace(".", mark)))


def caption(ax: Axes, text: str) -> None:
    """Small print under the label of the x axis, wherever layout and fonts put that."""
    figure = ax.figure
    letters = ax.get_window_extent().width * 72 / figure.dpi / (0.5 * (FONT - 1))
    ax.annotate(
        "\n".join(textwrap.wrap(visible(text), max(int(letters), 30), break_on_hyphens=False)),
        xy=(0, 0),
        xycoords=(ax.transAxes, ax.xaxis.label),
        xytext=(0, -4),
        textcoords="offset points",
        va="top",
        fontsize=FONT - 1,
        color=GUIDE,
        annotation_clip=False,
    )


def legend(ax: Axes, title: str, *, reverse: bool = False) -> None:
    """Names of the curves, right of the Axes; ``reverse`` for areas that stand on each other."""
    ax.legend(
        reverse=reverse,
        title=shown(title),
        loc="upper left",
        bbox_to_anchor=(1.01, 1.0),
        frameon=False,
        fontsize=FONT,
        title_fontsize=FONT,
        handlelength=3,
        alignment="left",
    )


def legend_columns(ax: Axes, names: Sequence[str], taken: float = 0.0) -> int:
    """In how many columns a legend of these names may stand above Axes, that lose ``taken`` points to labels."""
    room = ax.get_window_extent().width * 72 / ax.figure.dpi - taken
    widest = max((len(name) for name in names), default=0) * 0.55 * FONT + 4 * FONT
    return max(1, min(len(names), int(room / widest)))


def points(ax: Axes, x: Any, y: Any, *, area: Any = None, color: str = STYLES[0].color, marker: str = "o") -> None:
    """Hollow points, which can be told apart where they lie on each other; ``area`` in points squared."""
    size = 14.0 if area is None else area
    ax.scatter(x, y, s=size, facecolors="none", edgecolors=color, marker=marker, linewidths=0.7, label="_points")


def guide(ax: Axes, *, x: float | None = None, y: float | None = None, line: str = "-") -> None:
    """A thin line across the Axes at a value that the eye compares with."""
    style: dict[str, Any] = {"color": GUIDE, "linewidth": 0.8, "linestyle": line, "zorder": 1, "label": "_guide"}
    if x is not None:
        ax.axvline(x, **style)
    if y is not None:
        ax.axhline(y, **style)


def name_points(ax: Axes, x: Sequence[float], y: Sequence[float], names: Sequence[str], areas: Sequence[float]) -> None:
    """Names beside some points of some ``areas``, on the side where the Axes have room."""
    low, high = ax.get_xlim()
    for across, up, name, area in zip(x, y, names, areas, strict=True):
        left, away = across > (low + high) / 2.0, (area / 3.14) ** 0.5 + 2.0
        ax.annotate(
            shown(name),
            xy=(across, up),
            xytext=(-away if left else away, 0),
            textcoords="offset points",
            ha="right" if left else "left",
            va="center",
            fontsize=FONT - 1,
            color=GUIDE,
        )
