"""Forest plots of any numbers: a line of text each, marks with limits, columns of text on both sides."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from glmlogit.documents.naming import said
from glmlogit.documents.style import marked, say
from glmlogit.drawing import axes, sizes, ticks
from glmlogit.messages.words import plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation

Array = npt.NDArray[np.float64]

APART = 0.8  # between marks of one line, in lines
_GAP = 1.1  # between columns, in sizes of text
_LINE = 2.0  # a line, in sizes of its text
_LEADING = 1.25  # between baselines of wrapped text and of lines that stand close, in the same
_FOLDED_SIZE, _LEAST_SIZE, _SMALLEST = 6.0, 5.0, 3.0  # points of text
_LEAST_AXES = 7.0  # width that marks keep, in sizes of text
_SHARE = 0.25  # and of the room


@dataclass(frozen=True)
class Mark:
    """An estimate with its limits, and what stands in columns on the right at its height; hollow for references."""

    estimate: float
    low: float = math.nan
    high: float = math.nan
    texts: tuple[str, ...] = ()
    hollow: bool = False


@dataclass(frozen=True)
class DrawnLine:
    """A line: its label, a mark for each series that has one, and texts of its own on both sides.

    A line without marks is a heading. ``before`` stands in columns between label and marks, ``after`` in the last
    columns on the right.
    """

    label: str
    marks: Mapping[str, Mark] = field(default_factory=dict)
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    @property
    def common(self) -> bool:
        """Whether one mark stands for all series: at a reference level."""
        return all(mark.hollow for mark in self.marks.values())


@dataclass(frozen=True)
class Forest:
    """What is drawn: lines, names of the series, heads of columns on both sides, and what the axis is.

    ``null`` is the value of no effect, None where there is none; ``after`` are heads of columns of lines' own.
    """

    lines: Sequence[DrawnLine]
    series: Sequence[str]
    label: str
    log: bool = True
    null: float | None = 1.0
    before: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    @property
    def marks(self) -> list[Mark]:
        """All marks."""
        return [mark for line in self.lines for mark in line.marks.values()]


@dataclass(frozen=True)
class TextLayout:
    """Text as it is set: its size in points, labels and texts of marks in lines, heights of lines in points."""

    size: float
    labels: Sequence[str]
    folded: bool
    heights: Sequence[float]


Place = tuple[float, Mark, str]  # height, mark, series; no series for a reference common to all


def draw(forest: Forest, ax: Axes | None, wide: float, width: sizes.Width | None = None) -> Axes:
    """Draw a forest on Axes, or on a new figure as tall as its lines need, ``wide`` inches or a width by name."""
    styles = axes.styles(len(forest.series), "series of marks")
    if ax is None:
        wide = wide if width is None else axes.own_width(width, ax)
        size = sizes.scaled(sizes.FONT) if width is None else sizes.font_of(wide)
        layout = fitted(forest, 72.0 * wide - 8.0, size)
        high = sum(layout.heights) + _LINE * layout.size * (2.0 + (len(forest.series) > 1)) + 3.6 * layout.size
        ax = axes.new_axes(wide, high / 72.0)
        ax = axes.axes(ax, 0.0, 0.0)
    else:
        ax = axes.axes(ax, 0.0, 0.0, width)
        across, up = sizes.room_of(ax)
        size = axes.font(ax)
        layout = fitted(forest, across - 4.0, size, up - (9.0 + 2.0 * (len(forest.series) > 1)) * size)
    place = axes.inside(ax)
    if place is not None:
        place.size = layout.size
    ax.tick_params(labelsize=layout.size)
    _draw(ax, forest, layout, styles)
    return ax


# --- text in its room -----------------------------------------------------------------------------
def fitted(forest: Forest, across: float, size: float, up: float = math.inf) -> TextLayout:
    """The largest text, up to ``size``, with which columns leave room for marks in points ``across`` and ``up``.

    Ratios stand above their limits only where text would be smaller than 6 points otherwise.
    """
    tried = np.arange(size, _SMALLEST - 0.25, -0.5).tolist() or [size]
    for points in tried:
        for folded in (False, True) if points <= max(_FOLDED_SIZE, tried[-1]) else (False,):
            labels = _labels(forest, across, points, folded)
            layout = None if labels is None else _heighten(forest, labels, points, folded, up)
            if layout is not None:
                return layout
    points = tried[-1] if size < _LEAST_SIZE or not math.isinf(up) else _LEAST_SIZE
    room = max(_room(forest, across, points, True), 0.18 * across)
    labels = [sizes.wrapped(line.label, room, points, bold=not line.marks, hard=True) for line in forest.lines]
    heights = [_height(line, text, points, True, 0.0) for line, text in zip(forest.lines, labels, strict=True)]
    return TextLayout(points, labels, True, heights)


def _labels(forest: Forest, across: float, size: float, folded: bool) -> list[str] | None:
    """Labels as they fit beside the other columns; None where they do not."""
    room = _room(forest, across, size, folded)
    words = [sizes.longest_word(line.label, size, bold=not line.marks) for line in forest.lines]
    if max(words, default=0.0) > room:
        return None
    labels = [sizes.wrapped(line.label, room, size, bold=not line.marks) for line in forest.lines]
    most = 5 if folded else 3
    return labels if max((text.count("\n") for text in labels), default=0) < most else None


def _room(forest: Forest, across: float, size: float, folded: bool) -> float:
    """Points that other columns and marks leave to labels."""
    columns = [*_before_columns(forest), *_text_columns(forest, folded)]
    taken = sum(max(sizes.wide(text, size, bold=k == 0) for k, text in enumerate(column)) for column in columns)
    gaps = _GAP * size * (len(columns) + 1) + 1.5 * size
    return across - taken - gaps - max(_LEAST_AXES * size, _SHARE * across)


def _before_columns(forest: Forest) -> list[list[str]]:
    return [
        [head, *(line.before[k] for line in forest.lines if len(line.before) > k)]
        for k, head in enumerate(forest.before)
    ]


def _text_columns(forest: Forest, folded: bool) -> list[list[str]]:
    columns = [
        [_folded(head, folded), *(_text(m, k, folded) for m in forest.marks if len(m.texts) > k)]
        for k, head in enumerate(forest.texts)
    ]
    columns += [
        [head, *(line.after[k] for line in forest.lines if len(line.after) > k)] for k, head in enumerate(forest.after)
    ]
    return columns


def _text(mark: Mark, k: int, folded: bool) -> str:
    return _folded(mark.texts[k], folded and not mark.hollow)


def _folded(text: str, folded: bool) -> str:
    """A ratio above its limits, where they have no room side by side."""
    if not folded:
        return text
    for bracket in (" [", " ("):
        text = text.replace(bracket, "\n" + bracket.strip(), 1)
    return text


def _heighten(forest: Forest, labels: Sequence[str], size: float, folded: bool, up: float) -> TextLayout | None:
    """Heights of lines, which stand closer where they are many for a height; None where they are too many."""
    loose, close = (
        np.array([_height(line, text, size, folded, apart) for line, text in zip(forest.lines, labels, strict=True)])
        for apart in (1.0, 0.0)
    )
    head = _LINE * size
    if loose.sum() + head <= up:
        return TextLayout(size, labels, folded, loose.tolist())
    spare = up - head - close.sum()
    if spare < 0:
        return None
    return TextLayout(size, labels, folded, (close + spare / (loose - close).sum() * (loose - close)).tolist())


def _height(line: DrawnLine, label: str, size: float, folded: bool, loose: float) -> float:
    """Points of a line: of its label, and of its marks side by side."""
    each = (_LEADING + loose * (APART * _LINE - _LEADING)) * size
    texts = [_text(mark, k, folded) for mark in line.marks.values() for k in range(len(mark.texts))]
    rows = max((text.count("\n") + 1 for text in texts), default=1)
    tall = 1 if line.common else len(line.marks)
    text = (_LEADING * label.count("\n") + 1.25 + loose * 0.75) * size
    of_marks = tall * max(each, (_LEADING * rows + 0.4 * (rows > 1)) * size) + loose * (_LINE - APART * _LINE) * size
    return max(text, of_marks)


# --- the picture ----------------------------------------------------------------------------------
def _draw(ax: Axes, forest: Forest, layout: TextLayout, styles: Sequence[axes.Look]) -> None:
    unit = _LINE * layout.size
    tall = np.array(layout.heights) / unit
    feet = np.cumsum(tall)
    middles = (feet - tall / 2).tolist()
    places = _places(forest, middles, tall.tolist())
    low, high = _limits(forest)
    for name, style in zip(forest.series, styles, strict=True):
        own = [(y, m) for y, m, owner in places if owner == name and not m.hollow]
        _draw_series(ax, own, style, name, (low, high))
    _draw_references(ax, [y for y, m, _ in places if m.hollow], forest.null)
    ax.set_ylim(float(feet[-1]) + 0.1, -1.0)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    (ticks.set_log_ticks if forest.log else ticks.set_ticks)(ax, low, high)
    if forest.null is not None:
        ax.axvline(forest.null, color=axes.ink(), linewidth=0.9, zorder=0.9)
    axes.describe(ax, _described(forest))
    axes.label(ax, forest.label)
    _write(ax, forest, layout, middles, places)
    if len(forest.series) > 1:
        axes.legend_above(ax)


MOST_DESCRIBED = 12  # marks that are described one by one


def _described(forest: Forest) -> str:
    """In words which marks the plot has, and the numbers of the first."""
    rows = [
        f"{line.label.strip()}{f', {name}' if name else ''} {mark.texts[0] if mark.texts else _estimate(mark)}"
        for line in forest.lines
        for name, mark in line.marks.items()
        if not mark.hollow
    ]
    shown = "; ".join(rows[:MOST_DESCRIBED])
    if len(rows) > MOST_DESCRIBED:
        shown = say("{shown}, and {n} more", shown=shown, n=len(rows) - MOST_DESCRIBED)
    return say("Forest plot of {rows}: {shown}.", rows=said(plural(len(rows), "row")), shown=shown)


def _estimate(mark: Mark) -> str:
    return marked(f"{mark.estimate:.3g}")


def single(
    labels: Sequence[str], numbers: Array, texts: Sequence[str], head: str, label: str, *, log: bool, null: float | None
) -> Forest:
    """A forest of one series: labels, estimates and limits (k, 3), and what stands beside them under a head."""
    rows = zip(labels, np.asarray(numbers, dtype=float).tolist(), texts, strict=True)
    lines = [DrawnLine(name, {"": Mark(row[0], row[1], row[2], (text,))}) for name, row, text in rows]
    return Forest(lines, ("",), label, log, null, texts=(head,))


def _limits(forest: Forest) -> tuple[float, float]:
    marks = [mark for mark in forest.marks if not mark.hollow] or forest.marks
    estimates = np.array([mark.estimate for mark in marks], dtype=float)
    limits = np.array([[mark.low, mark.high] for mark in marks], dtype=float)
    return (ticks.log_limits if forest.log else ticks.limits_of)(estimates, limits, forest.null)


def _places(forest: Forest, middles: Sequence[float], tall: Sequence[float]) -> list[Place]:
    """Heights of marks: series of one line one below the other."""
    places: list[Place] = []
    for line, y, height in zip(forest.lines, middles, tall, strict=True):
        if line.common:
            places += [(y, mark, "") for mark in list(line.marks.values())[:1]]
            continue
        present = [name for name in forest.series if name in line.marks]
        apart = min(APART, height / len(present)) if height < 1 else max(APART, (height - 0.2) / len(present))
        first = y - apart * (len(present) - 1) / 2
        places += [(first + apart * k, line.marks[name], name) for k, name in enumerate(present)]
    return places


def _draw_series(
    ax: Axes, rows: Sequence[tuple[float, Mark]], style: axes.Look, name: str, ends: tuple[float, float]
) -> None:
    """Marks and limits of one series; arrows at the ends for what lies beyond them."""
    first, last = ends
    y = np.array([y for y, _ in rows])
    value, low, high = (
        np.array([getattr(m, key) for _, m in rows], dtype=float) for key in ("estimate", "low", "high")
    )
    within = (value >= first) & (value <= last)
    look: dict[str, Any] = {"color": style.color, "linestyle": "none"}
    size = axes.mark_size(ax)
    ax.plot(
        value[within], y[within], marker=style.marker, markersize=size, label=axes.shown(name) or "_estimates", **look
    )
    start, stop = np.maximum(low, first), np.minimum(high, last)
    ordered = start <= stop
    ax.hlines(y[ordered], start[ordered], stop[ordered], color=style.color, linewidth=min(1.3, axes.font(ax) / 7.0))
    left, right = (low < first) | (value < first), (high > last) | (value > last)
    for marker, x, beyond in (("<", first, left), (">", last, right)):
        if beyond.any():
            edges = np.full(beyond.sum(), x)
            ax.plot(edges, y[beyond], marker=marker, markersize=size + 1.5, clip_on=False, label="_arrows", **look)


def _draw_references(ax: Axes, y: Sequence[float], null: float | None) -> None:
    look: dict[str, Any] = {"color": axes.ink(), "markerfacecolor": axes.paper(), "linestyle": "none"}
    if y:
        at = np.full(len(y), 1.0 if null is None else null)
        ax.plot(at, y, marker="o", markersize=axes.mark_size(ax), label="_references", **look)


def _write(ax: Axes, forest: Forest, layout: TextLayout, middles: Sequence[float], places: Sequence[Place]) -> None:
    """Labels and columns of text, as far from the Axes as the widest text of each needs."""
    head, size = -0.5, layout.size
    columns = [
        [(name, head, True), *((line.before[k], y, False) for line, y in _with(forest, middles, k))]
        for k, name in enumerate(forest.before)
    ]
    offset = 0.0
    for column in reversed(columns):
        offset += _GAP * size
        texts = [axes.beside(ax, t, -1, y, ha="right", weight="bold" if b else "normal") for t, y, b in column]
        for text in texts:
            text.xyann = (-offset, 0)
        offset += max(sizes.wide(t, size, bold=b) for t, _, b in column)
    labels = [
        axes.beside(ax, text, -_GAP * size, y, ha="left", weight="normal" if line.marks else "bold")
        for text, y, line in zip(layout.labels, middles, forest.lines, strict=True)
    ]
    shift = (
        offset
        + _GAP * layout.size
        + max(
            sizes.wide(text, size, bold=not line.marks) for text, line in zip(layout.labels, forest.lines, strict=True)
        )
    )
    for text in labels:
        text.xyann = (-shift, 0)
    _write_right(ax, forest, layout, middles, places)


def _with(forest: Forest, middles: Sequence[float], k: int) -> list[tuple[DrawnLine, float]]:
    return [(line, y) for line, y in zip(forest.lines, middles, strict=True) if len(line.before) > k]


def _write_right(
    ax: Axes, forest: Forest, layout: TextLayout, middles: Sequence[float], places: Sequence[Place]
) -> None:
    columns: list[list[tuple[str, float, bool]]] = []
    for k, name in enumerate(forest.texts):
        own = [(_text(m, k, layout.folded), y, False) for y, m, _ in places if len(m.texts) > k]
        columns.append([(_folded(name, layout.folded), -0.5, True), *own])
    for k, name in enumerate(forest.after):
        own = [(line.after[k], y, False) for line, y in zip(forest.lines, middles, strict=True) if len(line.after) > k]
        columns.append([(name, -0.5, True), *own])
    offset = 0.0
    for column in columns:
        texts = [entry for entry in column if entry[0]]
        drawn: list[Annotation] = [
            axes.beside(ax, text, 1, y, ha="right", weight="bold" if bold else "normal") for text, y, bold in texts
        ]
        offset += max(sizes.wide(text, layout.size, bold=bold) for text, _, bold in texts) + _GAP * layout.size
        for annotation in drawn:
            annotation.xyann = (offset, 0)
