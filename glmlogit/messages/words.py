"""Values, counts and positions as they are written in messages and labels."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any


def plural(count: float, noun: str) -> str:
    """``1 row``, ``2 rows``, ``0 rows``."""
    return f"{count:,.0f} {noun}{'' if count == 1 else 's'}"


_INVISIBLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def short(value: object) -> str:
    """A value in a label: numbers in six digits, 1 for 1.0."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def visible(text: str) -> str:
    r"""Write control characters, line breaks, lone surrogates and direction marks as escapes.

    A column name holding a line break or a terminal code then prints as ``\n`` or ``\x1b`` instead
    of acting on the page.
    """
    if text.isprintable():  # no such character among these, which is nearly always so
        return text
    return "".join(
        ch.encode("unicode_escape").decode("ascii") if ch in _BIDI or unicodedata.category(ch) in _INVISIBLE else ch
        for ch in text
    )


def listed(values: Sequence[Any], most: int = 10) -> str:
    """Values for a message, quoted, the first ten of them."""
    shown = ", ".join(repr(v) for v in values[:most])
    return shown + (f", … ({len(values)} in all)" if len(values) > most else "")


def written(value: Any) -> str:
    """A value in a label: 1 for 1.0."""
    return f"{value:.12g}" if isinstance(value, float) else str(value)
