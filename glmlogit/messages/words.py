"""Values, counts and names as they are written in messages and labels.

A value is written three ways: as a user would type it, text in quotes (:func:`~glmlogit.messages.values.show`, six
digits), in a label that names it (:func:`written`, twelve digits, so that two values do not read alike), and in a label
that is read (:func:`short`, six digits).
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import reduce
from numbers import Integral
from types import MappingProxyType
from typing import Any

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


def listed(
    values: Sequence[Any], most: int = 10, write: Callable[[Any], str] = repr, rest: str = ", … ({all} in all)"
) -> str:
    """Values for a message, each by ``write``: the first ``most``, then ``rest`` with its ``{all}`` or ``{more}``."""
    shown = ", ".join(write(v) for v in values[:most])
    return shown + (rest.format(all=len(values), more=len(values) - most) if len(values) > most else "")


def nearest(
    name: str, candidates: Sequence[str], most: int, cutoff: float, *, fold: bool = False, searched: int | None = None
) -> list[str]:
    """Up to ``most`` names that may have been meant by one that is not known, the nearest first.

    ``cutoff`` is the similarity asked for, 0 to 1 (Ratcliff & Obershelp's). With ``fold``, names that differ in upper
    and lower case only are all that is returned where there are any. Of long lists the first ``searched`` are compared.
    """
    if fold and (same := [candidate for candidate in candidates if candidate.casefold() == name.casefold()]):
        return same
    return get_close_matches(name, candidates[:searched], n=most, cutoff=cutoff)


def written(value: Any) -> str:
    """A value in a label: 1 for 1.0."""
    return f"{value:.12g}" if isinstance(value, float) else str(value)


# --- sentences ------------------------------------------------------------------------------------
class Name(str):
    """A part of a sentence that names a variable or a term of the data."""

    __slots__ = ()


class Level(Name):
    """A part of a sentence that is a level of a variable as a user would type it."""

    variable: str = ""

    @classmethod
    def of(cls, variable: str, text: str) -> Level:
        """The level of a variable."""
        level = cls(text)
        level.variable = variable
        return level


class Number(str):
    """A part of a sentence that is a number written with a point."""

    __slots__ = ()


class Sentence(str):
    """A text in English that keeps its template and parts: language, labels and marks are chosen when it is printed."""

    template: str = ""
    parts: Mapping[str, Any] = MappingProxyType({})


def sentence(template: str, **parts: Any) -> Sentence:
    """A sentence made of a fixed template and its parts.

    Parts are whole numbers, other numbers (six digits) or a :class:`Number`, texts (fixed ones are translated), a
    :class:`Name`, sentences, or several of these, which commas part.
    """
    text = Sentence(template.format(**{key: _english(part) for key, part in parts.items()}))
    text.template, text.parts = template, parts
    return text


def _english(part: Any) -> str:
    if isinstance(part, (list, tuple)):
        return ", ".join(map(_english, part))
    if isinstance(part, Integral):
        return f"{part:,}"
    return visible(short(part))


def amount(count: float) -> int | Number:
    """A count as a part of a sentence: whole where it is whole, else its shortest decimals."""
    if not math.isfinite(count):
        return Number("NA")
    rounded = count if count == int(count) else float(f"{count:.12g}")
    return int(rounded) if rounded == int(rounded) else Number(repr(rounded))


def reason_of(error: Exception) -> str:
    """What an error says, a sentence where it is made of one."""
    return error.args[0] if error.args and isinstance(error.args[0], str) else str(error)


def joined(parts: Sequence[str], by: str = " ") -> Sentence:
    """Sentences one behind the other."""
    return sentence(by.join(f"{{p{k}}}" for k in range(len(parts))), **{f"p{k}": part for k, part in enumerate(parts)})


def both(parts: Sequence[str]) -> str:
    """Parts with *and* between them."""
    return reduce(lambda a, b: sentence("{a} and {b}", a=a, b=b), parts)


def plural(count: float, noun: str) -> Sentence:
    """``1 row``, ``2 rows``, ``0 rows``; of a count that is no whole number, as its rounded one is written."""
    return sentence(f"{{n}} {noun}{'' if round(count) == 1 else 's'}", n=round(count))


def noun(size: str, one_of: str) -> str:
    """A noun behind a number as it is printed: ``point`` behind 1 and 1.0, ``points`` behind 0.98 and 10."""
    return one_of if re.fullmatch(r"1([.,·]0*)?", size) else f"{one_of}s"
