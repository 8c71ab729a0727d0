"""Lines of a terminal: how many columns they have, and sentences broken so that no number is."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator
from typing import Literal

DEFAULT_COLUMNS, LEAST_COLUMNS = 80, 40
_NUMERAL = re.compile(r"[-−+]?\d+(?:[.,·]\d+)*(?:[eE][-+]?\d+)?%?")
_GLUE = "\x01"  # of words that stay on a line
_EQUALS = re.compile(r" ([=<>≤≥]) (?=[-−\d.<>]|NA|Inf)")
_PERCENT = re.compile(r"(?<=\d) %")
_MARKS = frozenset(f"(,:;/_+*|=])[&.-~\u00a0{_GLUE}")  # behind these a word that is longer than a line is broken


def _cells(ch: str) -> int:
    if unicodedata.category(ch) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(ch) in "WF" else 1


def display_width(text: str) -> int:
    """Return how many columns of a terminal a string takes: CJK two, combining marks none."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def pad(text: str, width: int, align: Literal["left", "right"]) -> str:
    """Fill a string with blanks to a width on the terminal."""
    blanks = " " * (width - display_width(text))
    return blanks + text if align == "right" else text + blanks


def columns() -> int:
    """Columns of the terminal: ``COLUMNS`` of the environment, 40 at least; 80 where that does not say."""
    text = os.environ.get("COLUMNS", "")
    return max(int(text), LEAST_COLUMNS) if re.fullmatch(r"[1-9]\d{0,5}", text) else DEFAULT_COLUMNS


# --- sentences --------------------------------------------------------------------------------------
def filled(text: str, width: int, indent: str = "") -> str:
    """A text in lines of some width less the indent: broken at blanks, a word longer than a line also within.

    ``p = 0.03`` and ``40.2 %`` stay together; lines after the first begin with ``indent``.
    """
    room = max(width - len(indent), 1)
    words = _PERCENT.sub(f"{_GLUE}%", _EQUALS.sub(rf"{_GLUE}\1{_GLUE}", text)).split(" ")
    lines: list[str] = []
    for part in (part for word in words if word for part in _parts(word, room)):
        if lines and display_width(lines[-1]) + 1 + display_width(part) <= room:
            lines[-1] += f" {part}"
        else:
            lines.append(part)
    return f"\n{indent}".join(lines).replace(_GLUE, " ")


def _parts(word: str, room: int) -> Iterator[str]:
    """A word in parts that have room on a line."""
    while display_width(word) > room:
        cut = _cut(word, room)
        yield word[:cut]
        word = word[cut:]
    yield word


def _cut(word: str, room: int) -> int:
    """Where a word is broken: behind a mark, else anywhere but within a number."""
    last = next(k for k in range(len(word), 0, -1) if k == 1 or display_width(word[:k]) <= room)
    within = {k for number in _NUMERAL.finditer(word) for k in range(number.start() + 1, number.end())}
    places = [k for k in range(1, last + 1) if k not in within]
    behind = [k for k in places if word[k - 1] in _MARKS and 3 * k >= last]
    return (behind or places or [last])[-1]
