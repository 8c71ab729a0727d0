"""How large pictures and their text are: widths of a journal's columns, room that Axes have, text that fits in it."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from glmlogit.errors import DataError
from glmlogit.messages.words import visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Width = Literal["column", "page"] | float

# Millimetres of a column and of the page, as most journals print figures.
WIDTHS = {"column": 85.0, "page": 180.0}
LEAST, MOST = 30.0, 1_000.0
INCH = 25.4  # millimetres
FONT = 9.0  # points, beside a font size of 10 in matplotlib's settings


def inches(width: Width) -> float:
    """Inches of a width by name or in millimetres."""
    number: Any = WIDTHS.get(width) if isinstance(width, str) else width
    plain = isinstance(number, (int, float, np.integer, np.floating)) and not isinstance(number, bool)
    if not plain or not LEAST <= float(number) <= MOST:
        raise DataError(
            f'width={width!r}: give "column" (85 mm), "page" (180 mm), or millimetres from {LEAST:g} to {MOST:g}'
        )
    return float(number) / INCH


def scaled(size: float) -> float:
    """Points of text, larger or smaller as the font size of matplotlib's settings is."""
    import matplotlib as mpl

    return size * float(mpl.rcParams["font.size"]) / 10.0


def font_of(wide: float) -> float:
    """Points of text in a picture of that many inches: 6 in half a column, 7 in a column, 9 on a screen."""
    steps = [(60.0, 6.0), (100.0, 7.0), (130.0, 8.0)]
    return scaled(next((size for most, size in steps if wide * INCH <= most), FONT))


Part = tuple[float, float, float, float]  # left, bottom, right, top


def part_of(ax: Axes) -> Part:
    """The part of its figure that belongs to Axes, in fractions: of subplots up to the middle of the gaps between."""
    place = ax.get_subplotspec()
    if place is None:
        box = ax.get_position(original=True)
        left, foot, right, head = np.clip([box.x0, box.y0, box.x1, box.y1], 0.0, 1.0).tolist()
        return left, foot, right, head
    return _cell(place, ax.figure)


def _cell(place: Any, figure: Any) -> Part:
    grid = place.get_gridspec()
    outer = getattr(grid, "_subplot_spec", None)
    left, foot, right, head = (0.0, 0.0, 1.0, 1.0) if outer is None else _cell(outer, figure)
    bottoms, tops, lefts, rights = grid.get_grid_positions(figure)
    rows, columns = place.rowspan, place.colspan
    if columns.start > 0:
        left = (rights[columns.start - 1] + lefts[columns.start]) / 2
    if columns.stop < grid.ncols:
        right = (rights[columns.stop - 1] + lefts[columns.stop]) / 2
    if rows.start > 0:
        head = (bottoms[rows.start - 1] + tops[rows.start]) / 2
    if rows.stop < grid.nrows:
        foot = (bottoms[rows.stop - 1] + tops[rows.stop]) / 2
    return float(left), float(foot), float(right), float(head)


def room_of(ax: Axes) -> tuple[float, float]:
    """Width and height in points of the part of the figure that belongs to Axes."""
    left, foot, right, head = part_of(ax)
    box = ax.figure.bbox
    points = 72.0 / ax.figure.dpi
    return (right - left) * box.width * points, (head - foot) * box.height * points


def wide(text: str, size: float, *, bold: bool = False) -> float:
    """Points of the longest line of a text."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(size=100, weight="bold" if bold else "normal")
    lines = [visible(line) for line in text.split("\n") if line]
    # Hinted glyphs of small sizes are up to some percent wider than their outlines.
    return (
        1.04
        * size
        / 100.0
        * max((text_to_path.get_text_width_height_descent(line, font, False)[0] for line in lines), default=0.0)
    )


def wrapped(text: str, points: float, size: float, *, bold: bool = False, hard: bool = False) -> str:
    """Text in lines of at most so many points, broken at blanks; ``hard`` breaks words that are longer than a line."""
    lines = (line for paragraph in text.split("\n") for line in _lines(paragraph, points, size, bold, hard))
    return type(text)("\n".join(lines))  # what has labels already stays so


# A line breaks at a blank, but not before the end of a bracket: ``(per 5)``.
_BREAK = r" (?![^ ()]{1,4}\)[,;]?(?: |$))"


def _lines(text: str, points: float, size: float, bold: bool, hard: bool) -> list[str]:
    if wide(text, size, bold=bold) <= points:
        return [text]
    words = re.split(_BREAK, text.lstrip(" "))
    indent = " " * (len(text) - len(text.lstrip(" ")))
    lines: list[str] = []
    line = ""
    for word in words:
        longer = f"{line} {word}" if line else indent + word
        if line and wide(longer, size, bold=bold) > points:
            lines.append(line)
            longer = indent + word
        line = longer
        while hard and wide(line, size, bold=bold) > points and len(line) > len(indent) + 1:
            fits = max(len(indent) + 1, math.floor(len(line) * points / wide(line, size, bold=bold)))
            lines.append(line[:fits])
            line = indent + line[fits:]
    return [*lines, line]


def longest_word(text: str, size: float, *, bold: bool = False) -> float:
    """Points of the longest word, with the blanks before the first."""
    indent = " " * (len(text) - len(text.lstrip(" ")))
    words = (word for line in text.split("\n") for word in re.split(_BREAK, line.strip()))
    return max((wide(indent + word, size, bold=bold) for word in words), default=0.0)
