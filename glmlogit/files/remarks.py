"""What was done to a file on the way to a table, and what looks odd: sentences, and the page they make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from glmlogit.documents.pages import Summary
from glmlogit.messages.lines import columns, filled
from glmlogit.messages.words import visible

__all__ = ["Kind", "ReadReport", "Remark"]

MOST_LINES = 12
"""Lines of a kind that are printed."""


Kind = Literal["done", "doubt", "odd", "plain"]
"""What was done, what was done although another reading is plausible, what looks odd, and what looks so and shows in a
model by itself."""


class Remark(NamedTuple):
    """A sentence on a column, or on the file where ``column`` is empty."""

    kind: Kind
    text: str
    column: str = ""


class ReadReport(dict[str, Any]):
    """What `read` did to a file and what looks odd: ``df.attrs["read"]``.

    A dictionary, so that a table that holds it can still be written to a Parquet file: ``source``, ``form``,
    ``rows``, ``columns``, and lists of sentences, ``done``, ``doubts`` (where another reading is plausible) and
    ``odd``. It prints as a page.

    Examples
    --------
    >>> import io
    >>> import glmlogit as gl
    >>> births = gl.read(io.BytesIO("low;bwt\\n0;2,5\\n1;-\\n".encode("utf-16")))
    >>> print(births.attrs["read"])
    the file: 2 rows, 2 columns; CSV, values separated by semicolons, UTF-16
    Done:
      bwt: decimal commas
      bwt: '-' (1 row) read as missing
      values missing: bwt 1
    """

    def __str__(self) -> str:
        lines = [self._first]
        for title, sentences in self._listed:
            lines += [f"{title}:", *(f"  {sentence}" for sentence in sentences)]
        return "\n".join(map(_on_lines, lines))

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        header = tuple((title, "; ".join(sentences)) for title, sentences in self._listed)
        return Summary(self._first, header=header).to_html()

    @property
    def _first(self) -> str:
        return f"{self['source']}: {self['rows']:,} rows, {self['columns']:,} columns; {self['form']}"

    @property
    def _listed(self) -> list[tuple[str, list[str]]]:
        titles = (("Done", "done"), ("Two readings", "doubts"), ("Odd", "odd"))
        return [(title, _shown(self[key])) for title, key in titles if self[key]]


def _on_lines(line: str) -> str:
    start = line[: len(line) - len(line.lstrip())]
    return start + filled(visible(line), columns(), f"{start}  ")


def _shown(lines: Sequence[str]) -> list[str]:
    rest = len(lines) - MOST_LINES
    return [*lines[:MOST_LINES], *([f"… and {rest} more"] if rest > 0 else [])]
