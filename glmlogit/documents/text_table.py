"""Tables of text that keep to the columns of a terminal: broken heads and labels, then blocks below each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from glmlogit.documents.formatting import FIGURE_SPACE
from glmlogit.documents.pages import Column, Table
from glmlogit.documents.style import headed, say
from glmlogit.messages.lines import display_width, filled, pad
from glmlogit.messages.words import visible

_LEAST_TEXT, _LEAST_LAST = 16, 8  # columns that a text broken at blanks keeps; where nothing else is left to give


# --- tables -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Grid:
    """Some columns of a table as text: ``lines[0]`` are their heads."""

    columns: tuple[Column, ...]
    lines: tuple[tuple[str, ...], ...]

    def part(self, chosen: Sequence[int]) -> _Grid:
        """The grid of some columns; the first behind the labels has no rule."""
        return _Grid(
            tuple(self.columns[j] for j in chosen), tuple(tuple(line[j] for j in chosen) for line in self.lines)
        )

    @property
    def widths(self) -> list[int]:
        """What each column needs on a line."""
        return [max(map(display_width, cells)) for cells in zip(*self.lines, strict=True)]

    @property
    def between(self) -> int:
        """Columns of the terminal between the columns of the table."""
        return len(self.columns) - 1 + 2 * sum(column.rule for column in self.columns)

    @property
    def tight(self) -> int:
        """The same where no blanks are around rules."""
        return len(self.columns) - 1


def table_width(table: Table) -> int:
    """The columns of a terminal that a table takes on single lines."""
    grid = _grid(table)
    return sum(grid.widths) + grid.between


def table_blocks(table: Table, width: int) -> list[list[str]]:
    """A table as blocks of lines that have room: one where that is possible, else a block of columns below the other.

    Each block begins with the labels of the rows, and from the second on with a line that says what it is. Before
    columns are moved below, heads are broken at their blanks, and then texts: a number never is.
    """
    grid, labels = _grid(table), labels_of(table)
    if _least(grid) <= width or len(table.columns) <= labels + 1:
        return [_lines(grid, width)]
    groups = _groups(grid, labels, width)
    blocks = [_lines(grid.part([*range(labels), *groups[0]]), width)]
    for group in groups[1:]:
        opens = table.columns[group[0]].opens
        part = grid.part([*range(labels), *group])
        name = opens or continued(table.title)
        title = headed(name) if opens or table.title else name
        head = filled(title, width).split("\n")
        blocks.append([*head, *_lines(_without_blanks(part, labels) if opens else part, width)])
    return blocks


def continued(title: str | None) -> str:
    """What stands above columns of a table that had no room beside the others."""
    return f"{visible(title)}, {say('continued')}" if title else f"({say('continued')})"


def _grid(table: Table) -> _Grid:
    lines = [[column.header for column in table.columns], *table.rows]
    return _Grid(
        table.columns, tuple(tuple(visible(cell).replace(FIGURE_SPACE, " ") for cell in line) for line in lines)
    )


def labels_of(table: Table) -> int:
    """How many columns are labels of rows: the texts in front, one at least."""
    return max(next((j for j, c in enumerate(table.columns) if c.align == "right"), 1), 1)


def _groups(grid: _Grid, labels: int, width: int) -> list[list[int]]:
    """Columns of each block: those between two rules together where they have room."""
    places = _limits_beside_estimates(grid)
    grid = grid.part(places)
    groups = grouped_columns(grid.columns, labels, lambda chosen: _has_room(grid, labels, chosen, width))
    return [[places[j] for j in group] for group in groups]


def grouped_columns(
    columns: Sequence[Column], labels: int, has_room: Callable[[Sequence[int]], bool]
) -> list[list[int]]:
    """Columns of each block behind the labels: those between two rules together where they have room."""
    inner = (j for j in range(labels + 1, len(columns)) if columns[j].rule or columns[j].opens)
    groups: list[list[int]] = [[]]
    for first, stop in pairwise([labels, *inner, len(columns)]):
        several = list(range(first, stop))
        for piece in [several] if has_room(several) else [[j] for j in several]:
            if groups[-1] and not has_room([*groups[-1], *piece]):
                groups.append([])
            groups[-1] += piece
    return groups


def _limits_beside_estimates(grid: _Grid) -> list[int]:
    """Positions of the columns with limits behind their estimate, so that these stay in one block."""
    keys = [column.key for column in grid.columns]
    if not {"estimate", "conf_low", "conf_high"} <= set(keys):
        return list(range(len(keys)))
    limits = [keys.index("conf_low"), keys.index("conf_high")]
    others = [j for j in range(len(keys)) if j not in limits]
    first = others.index(keys.index("estimate")) + 1
    return [*others[:first], *limits, *others[first:]]


def _has_room(grid: _Grid, labels: int, chosen: Sequence[int], width: int) -> bool:
    return _least(grid.part([*range(labels), *chosen])) <= width


def _without_blanks(grid: _Grid, labels: int) -> _Grid:
    """The grid without rows that have labels only."""
    head, *rows = grid.lines
    return _Grid(grid.columns, (head, *(row for row in rows if any(cell.strip() for cell in row[labels:]))))


def _least(grid: _Grid) -> int:
    """The columns of a terminal that a grid takes when heads and texts are broken."""
    return sum(_floors(grid, _LEAST_TEXT)) + grid.tight


def _floors(grid: _Grid, least: int) -> list[int]:
    """How narrow each column may become: numbers as they are, heads and texts to their longest word."""
    floors = []
    for j, column in enumerate(grid.columns):
        head, *cells = [line[j] for line in grid.lines]
        body = max(map(display_width, cells), default=0)
        if column.align == "left" and least:
            words = max((display_width(word) for cell in cells for word in cell.split()), default=0)
            body = min(body, max(least, min(words, 24 if least == _LEAST_TEXT else least)))
        floors.append(max(body, min(_longest_word(head), 24)))
    return floors


def _longest_word(text: str) -> int:
    return max(map(display_width, text.split(" ")))


def _fitted(grid: _Grid, width: int) -> list[int]:
    """Widths of columns that have room together: the widest texts give first, then heads."""
    widths = grid.widths
    room = width - (grid.between if sum(widths) + grid.between <= width else grid.tight)
    for floors in (_heads_broken(grid), _floors(grid, _LEAST_TEXT), _floors(grid, _LEAST_LAST), _words_only(grid)):
        while sum(widths) > room:
            most = max(range(len(widths)), key=lambda j: (widths[j] > floors[j], widths[j]))
            if widths[most] <= floors[most]:
                break
            widths[most] -= 1
    return widths


def _heads_broken(grid: _Grid) -> list[int]:
    """Widths with heads of numbers on several lines."""
    broken = _floors(grid, 0)
    return [
        narrow if column.align == "right" else wide
        for column, narrow, wide in zip(grid.columns, broken, grid.widths, strict=True)
    ]


def _words_only(grid: _Grid) -> list[int]:
    """Widths of last resort: heads broken within words, and cells of numbers at their blanks."""
    return [
        min(_LEAST_LAST, max(map(display_width, cells)))
        if column.align == "left"
        else max(min(_longest_word(cells[0]), _LEAST_LAST), *map(_longest_word, cells[1:]), 1)
        for column, cells in zip(grid.columns, zip(*grid.lines, strict=True), strict=True)
    ]


def _lines(grid: _Grid, width: int) -> list[str]:
    """The lines of a grid, cells on several lines where they have no room on one; heads stand at the bottom."""
    widths = _fitted(grid, width)
    rule = " | " if sum(widths) + grid.between <= width else "|"
    lines = []
    for i, row in enumerate(grid.lines):
        cells = [_cell(text, w) for text, w in zip(row, widths, strict=True)]
        height = max(map(len, cells))
        padded = [[""] * (height - len(c)) + c if i == 0 else c + [""] * (height - len(c)) for c in cells]
        lines += [_line(parts, grid.columns, widths, rule) for parts in zip(*padded, strict=True)]
    return lines


def _cell(text: str, width: int) -> list[str]:
    """The lines of a cell; a label that is indented stays so."""
    if display_width(text) <= width:
        return [text]
    start = text[: len(text) - len(text.lstrip())][: width // 2]
    lines = filled(text.strip(), width - len(start), "").split("\n")
    return [start + line for line in lines]


def _line(cells: Sequence[str], columns: Sequence[Column], widths: Sequence[int], rule: str) -> str:
    parts = [
        (rule if column.rule and i else " " if i else "") + pad(cell, width, column.align)
        for i, (cell, column, width) in enumerate(zip(cells, columns, widths, strict=True))
    ]
    return "".join(parts).rstrip()
