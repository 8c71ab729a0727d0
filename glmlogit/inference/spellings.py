"""How names of coefficients and effects may be typed in a hypothesis or a combination.

A name is found as it is printed; with other blanks inside its brackets, other quotes, ``^`` for ``**``, its parts in
another order, back-ticks around it; and as the formula would print what was typed. Two names that fit one spelling are
an error that names both.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from glmlogit.errors import FormulaError
from glmlogit.formula.gate import call
from glmlogit.formula.tokens import MAX_NESTING, Scope, shorten, tokens
from glmlogit.messages.words import nearest
from glmlogit.numerics.lazy import cached_property

MAX_COMPARED = 200
"""Characters of a word that is compared with the names to say which may have been meant."""

_WORD = re.compile(r"(?:[^\W\d]|\.(?=[^\W\d]))[\w.]*")
_COLON = re.compile(r"\s*:\s*(?=[^\W\d]|[.`])")
_BLANK = re.compile(r"(?<=\w)\s+(?=\w)|(\s+)")
_PAIRS = {"(": ")", "[": "]"}


@dataclass(frozen=True)
class Names:
    """The names that a text may hold, in the order of their columns."""

    all: tuple[str, ...]

    @cached_property
    def exact(self) -> dict[str, int]:
        """Where each name stands, as it is printed."""
        return {name: j for j, name in enumerate(self.all)}

    @cached_property
    def odd_lengths(self) -> dict[int, set[str]]:
        """Names that no word of a text spells (blanks, signs, digits first), by length, longest first."""
        odd = [name for name in self.all if name and word_end(name, 0) != len(name)]
        by_length: dict[int, set[str]] = {n: set() for n in sorted({len(name) for name in odd}, reverse=True)}
        for name in odd:
            by_length[len(name)].add(name)
        return by_length

    @cached_property
    def keys(self) -> dict[tuple[str, ...], list[str]]:
        """Names by what they say, whatever the blanks, quotes and order of their parts."""
        by_key: dict[tuple[str, ...], list[str]] = {}
        for name in self.all:
            by_key.setdefault(_key(_parts(name)), []).append(name)
        return by_key

    @cached_property
    def ticked(self) -> tuple[str, ...]:
        """Names that hold a back-tick themselves, longest first."""
        return tuple(sorted((name for name in self.all if "`" in name), key=len, reverse=True))

    def odd(self, text: str, position: int, below: int) -> str:
        """The longest name that is no word and stands whole at a place of the text; empty for none.

        Only names shorter than ``below`` are looked for.
        """
        for length, names in self.odd_lengths.items():
            part = text[position : position + length]
            if length < below and part in names and _ends(text, position + length, part):
                return part
        return ""

    def find(self, word: str) -> list[str]:
        """Names that a word may stand for: one, none, or several that only the exact spelling tells apart."""
        if word in self.exact:
            return [word]
        parts = _parts(word)
        return self.keys.get(_key(parts)) or self.keys.get(_key([_printed(part) for part in parts]), [])

    def of_factor(self, word: str) -> list[str]:
        """Names of the columns of a factor, spline or variable that has several."""
        if _WORD.fullmatch(word):
            inside = re.compile(rf"(?<![\w.'\"]){re.escape(word)}(?![\w.]).*\[[^\]]*\]$")
            columns = [name for name in self.all if inside.search(name)]
        else:
            start = f"{_squeezed(word)}["
            columns = [name for name in self.all if _squeezed(name).startswith(start)]
        return [name for name in columns if len(_parts(name)) == 1] or columns

    def near(self, word: str) -> list[str]:
        """Names that may have been meant by a word that is none."""
        stata = re.fullmatch(r"(\d+)\.(.+)", word)
        loose = _loose(f"{stata[2]}{stata[1]}" if stata else word)
        same = [name for name in self.all if loose and _loose(name) == loose]
        close = nearest(word, self.all, 3, 0.4) if len(word) <= MAX_COMPARED else []
        return same or close or list(self.all[:6])


def word_end(text: str, position: int) -> int:
    """Where the word that starts at a place ends: a name, calls and levels in brackets, parts joined by ``:``."""
    end = _part_end(text, position)
    while end > position:
        colon = _COLON.match(text, end)
        further = _part_end(text, colon.end()) if colon else end
        if colon is None or further == colon.end():
            break
        end = further
    return end


def _part_end(text: str, position: int) -> int:
    if text[position : position + 1] == "`":
        end = text.find("`", position + 1) + 1
        if not end:
            return position
    else:
        word = _WORD.match(text, position)
        if word is None:
            return position
        end = word.end()
    while text[end : end + 1] in ("(", "["):
        closed = _closed(text, end)
        if closed == end:
            break
        end = closed
    return end


def _closed(text: str, position: int) -> int:
    """Where the bracket that opens at a place is closed; the place itself where it never is.

    Quotes hide brackets in a call; in the square brackets of a level they are part of the level.
    """
    open_, close = text[position], _PAIRS[text[position]]
    depth, quote = 0, ""
    for i in range(position, len(text)):
        sign = text[i]
        if quote:
            quote = "" if sign == quote else quote
        elif open_ == "(" and sign in "'\"`":
            quote = sign
        else:
            depth += (sign == open_) - (sign == close)
        if depth == 0:
            return i + 1
        if depth > MAX_NESTING:
            return position
    return position


def _ends(text: str, end: int, name: str) -> bool:
    """Whether a name that stops here is not the beginning of a longer word."""
    if re.match(r"[\w.]", name[-1]) and re.match(r"[\w.]", text[end : end + 1]):
        return False
    return text[end : end + 1] not in ("(", "[", "|") and _COLON.match(text, end) is None


def _parts(name: str) -> list[str]:
    """What is joined by ``:`` outside brackets and back-ticks."""
    parts, depth, ticked, start = [], 0, False, 0
    for i, sign in enumerate(name):
        ticked ^= sign == "`"
        depth += 0 if ticked else (sign in "([") - (sign in ")]")
        if sign == ":" and depth == 0 and not ticked:
            parts.append(name[start:i])
            start = i + 1
    return [*parts, name[start:]]


def _key(parts: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(map(_squeezed, parts)))


def _squeezed(name: str) -> str:
    """Without back-ticks and blanks beside signs; one kind of quotes and of power sign."""
    plain = name.replace("`", "").replace('"', "'").replace("^", "**").strip()
    return _BLANK.sub(lambda match: "" if match[1] else " ", plain)


def _printed(part: str) -> str:
    """A call with its level as the formula would print it: ``I((a+b))[x]`` is ``I(a + b)[x]``."""
    start = re.match(r"[\w.]+\(", part)
    end = _closed(part, start.end() - 1) if start else 0
    if start is None or end <= start.end():
        return part
    try:
        return call(Scope(part[:end]), tokens(part[:end]), 0)[0].text + part[end:]
    except FormulaError:  # a function of the user's own, or no call of a formula
        return part


def _loose(name: str) -> str:
    """Letters and digits only, without the marks of a coding: ``raceblack`` and ``C(race)[T.black]`` are alike."""
    return re.sub(r"\W", "", re.sub(r"\bC\(|\[[TS]\.|\b_b\[", "", name)).casefold()


def unknown(text: str, word: str, names: Names) -> str:
    """What to say of a word that is no name."""
    factor = names.of_factor(word) or names.of_factor(re.sub(r"^C\((.+)\)$", r"\1", word))
    columns = [f"{name} = 0" for name in factor]
    if columns:
        return (
            f"the hypothesis {shorten(text)!r} names {shorten(word)!r}, which has a coefficient for each of its "
            f"columns: type '{', '.join(columns[:8])}{', …' if len(columns) > 8 else ''}'; gl.drop1(fit) tests every "
            f"term as a whole"
        )
    return (
        f"the hypothesis {shorten(text)!r} has {shorten(word)!r}, which is no term of the model; did you mean "
        f"{', '.join(names.near(word))}?"
    )
