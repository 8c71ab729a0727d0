"""What was done to a file on the way to a table, and what looks odd: sentences, and the page they make."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

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
        lines = [f"{self['source']}: {self['rows']:,} rows, {self['columns']:,} columns; {self['form']}"]
        for title, key in (("Done", "done"), ("Two readings", "doubts"), ("Odd", "odd")):
            lines += [f"{title}:", *_shown(self[key])] if self[key] else []
        return "\n".join(map(visible, lines))

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def _shown(lines: Sequence[str]) -> list[str]:
    rest = len(lines) - MOST_LINES
    return [f"  {line}" for line in lines[:MOST_LINES]] + ([f"  … and {rest} more"] if rest > 0 else [])
