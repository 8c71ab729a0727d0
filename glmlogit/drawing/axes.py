"""What the plots share: Axes with a light grid, styles that differ in grey too, text that stands clear of the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from glmlogit.documents.naming import named, said
from glmlogit.documents.style import decimal_mark, say
from glmlogit.drawing import sizes
from glmlogit.drawing.inside import Inside
from glmlogit.drawing.inside import inside as inside
from glmlogit.drawing.sizes import Width as Width
from glmlogit.errors import DataError
from glmlogit.messages import calls
from glmlogit.messages.words import visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation


GAP = 10  # points between neighbouring columns of text
# Shares of the colour of text in that of lines the eye compares with, and of the grid.
GUIDE, GRID = 0.65, 0.1


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
    return looks()[:count]


def looks() -> tuple[Look, ...]:
    """The styles, in the colours of the style sheet where one was chosen; black is the colour of text."""
    calls.pyplot(NO_MATPLOTLIB)
    import matplotlib as mpl
    from matplotlib.colors import to_hex

    cycle = mpl.rcParams["axes.prop_cycle"]
    if cycle == mpl.rcParamsDefault["axes.prop_cycle"]:
        last = replace(STYLES[-1], color=to_hex(mpl.rcParams["text.color"]))
        return (*STYLES[:-1], last)
    colors = cycle.by_key().get("color", [look.color for look in STYLES])
    return tuple(replace(look, color=to_hex(colors[k % len(colors)])) for k, look in enumerate(STYLES))


def ink(share: float = GUIDE) -> str:
    """A colour between that of the paper, 0, and that of text, 1."""
    import matplotlib as mpl
    from matplotlib.colors import to_hex, to_rgb

    paper, text = (np.array(to_rgb(mpl.rcParams[key])) for key in ("axes.facecolor", "text.color"))
    red, green, blue = np.clip(share * text + (1.0 - share) * paper, 0.0, 1.0).tolist()
    return to_hex((red, green, blue))


def paper() -> str:
    """The colour of what is drawn on."""
    return ink(0.0)


# Ends of the shades of areas: lightness alone tells them apart, in grey too.
_DARK, _LIGHT = (0.02, 0.22, 0.38), (0.84, 0.91, 0.96)


def shades(count: int) -> list[tuple[float, ...]]:
    """A shade for each of ``count`` areas, from dark to light."""
    if count > len(STYLES):
        raise DataError(f"{count} areas in one plot cannot be told apart; draw at most {len(STYLES)}")
    steps = [k / max(count - 1, 1) for k in range(count)]
    return [tuple(a + t * (b - a) for a, b in zip(_DARK, _LIGHT, strict=True)) for t in steps]


NO_MATPLOTLIB = "Plots need matplotlib, which is not installed."


def axes(ax: Axes | None, wide: float, high: float, width: Width | None = None) -> Axes:
    """The Axes given, or those of a new figure; without frame, with a light grid, with all their text inside.

    The figure has that size in inches, or a ``width`` by name or in millimetres and a height to match.
    """
    own = ax is None
    if width is not None:
        number = own_width(width, ax)
        wide, high = number, high * (number / wide) ** 0.5
    if ax is None:
        ax = new_axes(wide, high)
    if not ax.has_data():
        vars(ax)["alt_text"] = ""
    if inside(ax) is None:
        ax.set_axes_locator(Inside(ax, _font(ax, own and width is None)))
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=font(ax))
    ax.grid(color=ink(GRID), linewidth=0.6)
    ax.set_axisbelow(True)
    _mark_decimals(ax)
    return ax


def own_width(width: Width, ax: Axes | None) -> float:
    """Inches of the width of a new figure; an error beside Axes, which have a width."""
    if ax is not None:
        raise DataError(f"width={width!r} is of a new figure, and ax= stands in one that has a width: give one of them")
    return sizes.inches(width)


def new_axes(wide: float, high: float) -> Axes:
    """Axes of a new figure of a size in inches."""
    pyplot = calls.pyplot(NO_MATPLOTLIB)
    ax: Axes = pyplot.subplots(figsize=(wide, high), layout="constrained")[1]
    return ax


def _font(ax: Axes, screen: bool) -> float:
    return sizes.scaled(sizes.FONT) if screen else sizes.font_of(sizes.room_of(ax)[0] / 72.0)


def font(ax: Axes) -> float:
    """Points of the text on Axes."""
    place = inside(ax)
    return sizes.scaled(sizes.FONT) if place is None else place.size


def mark_size(ax: Axes) -> float:
    """Points of marks, smaller beside small text."""
    return min(5.5, 0.62 * font(ax))


def _mark_decimals(ax: Axes) -> None:
    """Let ticks of numbers have the decimal mark of the style, which is that of now and not of when they are drawn."""
    if (mark := decimal_mark()) == ".":
        return
    from matplotlib.ticker import FuncFormatter

    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:.6g}".replace("-", "−").replace(".", mark)))


def shown(text: str) -> str:
    """A text as a figure can draw it: names as labels, control characters as escapes, its lines kept."""
    return "\n".join(map(visible, named(text).split("\n")))


def describe(ax: Axes, sentence: str) -> None:
    """Add a sentence to ``ax.alt_text``, which says in words what the picture shows."""
    before = vars(ax).get("alt_text", "")
    if sentence and sentence not in before:
        vars(ax)["alt_text"] = f"{before} {sentence}".strip()


def label(ax: Axes, x: str, y: str = "") -> None:
    """Name the axes, in several lines where they have no room for one."""
    across, up = sizes.room_of(ax)
    size = font(ax)
    ax.set_xlabel(sizes.wrapped(shown(x), max(across - 3 * size, 40.0), size), fontsize=size)
    ax.set_ylabel(sizes.wrapped(shown(y), max(0.8 * up, 40.0), size), fontsize=size)
    describe(ax, f"{say('{y} against {x}', y=y, x=x) if y else x}.")


def level_ticks(ax: Axes, names: Sequence[str]) -> None:
    """Levels along the x axis at 0, 1, …, in several lines or upright where they have no room side by side."""
    size, room = font(ax), sizes.room_of(ax)[0] - _legend_beside(ax)
    each = 0.75 * room / max(len(names), 1)
    texts = list(map(shown, names))
    upright = any(sizes.longest_word(text, size) > each for text in texts)
    if not upright:
        texts = [sizes.wrapped(text, each, size) for text in texts]
    ax.set_xticks(range(len(texts)), texts, rotation=90 if upright else 0)


def _legend_beside(ax: Axes) -> float:
    """Points that a legend right of the Axes takes of their room."""
    drawn, place = ax.get_legend(), inside(ax)
    if drawn is None or (place is not None and place.legend_above):
        return 0.0
    size = font(ax)
    names = max((sizes.wide(text.get_text(), size) for text in drawn.get_texts()), default=0.0)
    return max(sizes.wide(drawn.get_title().get_text(), size), names + 4.0 * size) + size


def beside(ax: Axes, text: str, x: float, y: float, across: str = "data", **style: Any) -> Annotation:
    """Text ``x`` points right of the Axes (left of them if negative), at height ``y``."""
    return ax.annotate(
        shown(text),
        xy=(0 if x < 0 else 1, y),
        xycoords=("axes fraction", across),  # across and up
        xytext=(x, 0),
        textcoords="offset points",
        va="center",
        fontsize=style.pop("fontsize", font(ax)),
        annotation_clip=False,
        **style,
    )


def width_of(texts: Sequence[Annotation]) -> float:
    """Width in points of the widest text."""
    return max((t.get_window_extent().width * 72 / t.figure.dpi for t in texts if t.figure), default=0.0)


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


def caption(ax: Axes, text: str) -> None:
    """Small print under the label of the x axis, below what was said before, wherever layout and fonts put that."""
    place = inside(ax)
    words = visible(said(text))
    if place is not None and place.said and words not in place.words:
        words = f"{place.words} {words}"
    written = ax.annotate(
        words,
        xy=(0, 0),
        xycoords=(ax.transAxes, ax.xaxis.label),
        xytext=(0, -4),
        textcoords="offset points",
        va="top",
        fontsize=font(ax) - (1 if font(ax) > 6.5 else 0.5),
        color=ink(),
        annotation_clip=False,
    )
    if place is not None:
        place.say(written, words)
    describe(ax, visible(said(text)))


ROOMY = 280.0  # points of Axes beside which a legend has room


def is_roomy(ax: Axes) -> bool:
    """Whether there is room beside the Axes."""
    return sizes.room_of(ax)[0] >= ROOMY


def legend(ax: Axes, title: str = "", *, reverse: bool = False) -> None:
    """Names of the curves, right of the Axes where there is room, else above; ``reverse`` for stacked areas."""
    if not is_roomy(ax):
        legend_above(ax, title)
        return
    ax.legend(
        reverse=reverse,
        title=shown(title),
        loc="upper left",
        bbox_to_anchor=(1.01, 1.0),
        frameon=False,
        fontsize=font(ax),
        title_fontsize=font(ax),
        handlelength=3,
        alignment="left",
    )
    _wrap_legend(ax, 0.35 * sizes.room_of(ax)[0])


def legend_above(ax: Axes, title: str = "") -> None:
    """Names of the curves in lines above the Axes, as many side by side as there is room for."""
    names = ax.get_legend_handles_labels()[1]
    size, room = font(ax), sizes.room_of(ax)[0]
    handle = 4.2 * size
    widest = max((sizes.wide(name, size) for name in names), default=0.0)
    columns = max(1, min(len(names), int((room - 3 * size) / (widest + handle))))
    ax.legend(
        title=shown(title),
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=columns,
        frameon=False,
        fontsize=size,
        title_fontsize=size,
        handlelength=2.6,
        columnspacing=1.0,
        alignment="left",
        borderaxespad=0.2,
    )
    _wrap_legend(ax, (room - 3 * size) / columns - handle)
    place = inside(ax)
    if place is not None:
        place.legend_above = True


def legend_within(ax: Axes, where: Any, title: str = "") -> None:
    """Names of the curves at a place within the Axes, or above them where it would cover them."""
    names = ax.get_legend_handles_labels()[1]
    size = font(ax) - 1
    widest = max((sizes.wide(name, size) for name in names), default=0.0) + 3.5 * size
    if widest > 0.62 * sizes.room_of(ax)[0]:
        legend_above(ax, title)
    else:
        ax.legend(
            title=shown(title),
            loc=where,
            frameon=False,
            fontsize=size,
            title_fontsize=size,
            handlelength=2.2,
        )
        describe(ax, say("Shown are {names}.", names=", ".join(names)))


def _wrap_legend(ax: Axes, points: float) -> None:
    drawn = ax.get_legend()
    if drawn is not None:
        describe(ax, say("Shown are {names}.", names=", ".join(text.get_text() for text in drawn.get_texts())))
    for text in drawn.get_texts() if drawn is not None else ():
        text.set_text(sizes.wrapped(text.get_text(), max(points, 30.0), font(ax)))


def points(ax: Axes, x: Any, y: Any, *, area: Any = None, color: str = "", marker: str = "o") -> None:
    """Hollow points, which can be told apart where they lie on each other; ``area`` in points squared."""
    size = 14.0 if area is None else area
    edge = color or looks()[0].color
    ax.scatter(x, y, s=size, facecolors="none", edgecolors=edge, marker=marker, linewidths=0.7, label="_points")


def guide(ax: Axes, *, x: float | None = None, y: float | None = None, line: str = "-") -> None:
    """A thin line across the Axes at a value that the eye compares with."""
    style: dict[str, Any] = {"color": ink(), "linewidth": 0.8, "linestyle": line, "zorder": 1, "label": "_guide"}
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
            fontsize=font(ax) - 1,
            color=ink(),
        )
