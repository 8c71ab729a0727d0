"""The words of a formula: what characters it may hold, how long and how deep it may be.

One regular expression knows everything that may occur; anything else is refused with its Unicode name.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn

from glmlogit.errors import FormulaError
from glmlogit.messages.words import nearest

MAX_LENGTH = 300_000
"""Characters in a formula: room for 10 000 columns with long names."""
MAX_TOKENS = 50_000
"""Names, numbers and signs in a formula."""
MAX_NESTING = 50
"""Parentheses open at one time."""
MAX_NUMBER = 40
"""Digits of one number."""
MOST_SEARCHED = 10_000
"""Names among which a misspelt one is looked for; of more, only one in other capitals is found."""


class Token(NamedTuple):
    """One word of a formula: its kind, its text and where it starts (from 0)."""

    kind: str
    text: str
    start: int


@dataclass(frozen=True)
class Scope:
    """What the words of a formula may stand for."""

    formula: str
    columns: Collection[Hashable] | None = None
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    not_in_dot: Collection[str] = ()

    def knows(self, name: str) -> bool:
        """Whether `name` is a column, as far as the data are known."""
        return self.columns is not None and name in self.columns


_TOKEN = re.compile(
    r"""(?P<space>\s+)
    | `(?P<quoted>[^`]+)`
    | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<name>[^\W\d][\w.]*|\.[\w.]+)
    | (?P<op>\*\*|//|%%|%/%|%in%|<=|>=|==|!=|[-+*/:^~|&<>=!%,.()\[\]])""",
    re.VERBOSE | re.DOTALL,
)
_MEANT = str.maketrans(
    "\u2212\u2010\u2011\u2012\u2013\u2014\u201c\u201d\u201e\u2018\u2019\u201a\u00b4"
    "\u00d7\u2217\u22c5\u00b7\u223c\u02dc\u2044\u00f7\u2236\u2264\u2265",
    "------\"\"\"''''****~~//:<>",
)


def plain_sign(char: str) -> str:
    """The sign of a keyboard that a typographic one stands for; empty where there is none."""
    meant = char.translate(_MEANT)
    meant = unicodedata.normalize("NFKC", char) if meant == char else meant
    return "" if meant == char else meant


def shorten(text: str, position: int = 0, width: int = 80) -> str:
    """The part of a long formula around `position`, for a message."""
    if len(text) <= width:
        return text
    start = max(0, min(position - width // 2, len(text) - width))
    return ("…" if start else "") + text[start : start + width] + ("…" if start + width < len(text) else "")


def refuse(scope: Scope, token: Token | None, problem: str, advice: str = "") -> NoReturn:
    """Raise the FormulaError that names the token, its position and what to type instead."""
    position = len(scope.formula) if token is None else token.start
    where = f" (position {position + 1} of the formula {shorten(scope.formula, position)!r})"
    raise FormulaError(shorten(problem, 0, 240) + where + (f". {shorten(advice, 0, 240)}" if advice else ""))


def tokens(formula: str) -> list[Token]:
    """Split a formula into tokens, refusing every character and size that no formula needs.

    Raises
    ------
    FormulaError
        The text is too long, nested too deeply, or holds a character without meaning in a formula.
    """
    scope = Scope(formula)
    if len(formula) > MAX_LENGTH:
        raise FormulaError(
            f"the formula has {len(formula)} characters; at most {MAX_LENGTH} are read. "
            "Pass the columns as arrays with design_arrays() instead"
        )
    stream = list(itertools.islice(_scan(scope), MAX_TOKENS + 1))
    if len(stream) > MAX_TOKENS:
        refuse(scope, stream[-1], f"the formula has more than {MAX_TOKENS} words and signs")
    _check_brackets(scope, stream)
    return stream


def _scan(scope: Scope) -> Iterator[Token]:
    position = 0
    while position < len(scope.formula):
        match = _TOKEN.match(scope.formula, position)
        if match is None:
            _refuse_character(scope, position)
        kind = str(match.lastgroup)
        end = match.end()
        # Vowel signs and accents of many scripts are marks, which \w does not include.
        while kind == "name" and end < len(scope.formula) and _continues(scope.formula[end]):
            end += 1
        if kind == "number" and len(match[0]) > MAX_NUMBER:
            refuse(scope, Token(kind, "", position), f"the number {shorten(match[0], 0, 20)} is too long")
        if kind != "space":
            yield Token(kind, scope.formula[position:end] if kind == "name" else match[kind], position)
        position = end


def _continues(char: str) -> bool:
    return char == "." or char.isalnum() or char == "_" or unicodedata.category(char) in ("Mn", "Mc")


def _refuse_character(scope: Scope, position: int) -> NoReturn:
    char = scope.formula[position]
    here = Token("op", char, position)
    if char in "\"'`":
        refuse(scope, here, f"the quote {char} opened here is never closed", "Close it or remove it")
    if char in "{}":
        refuse(scope, here, f"'{char}' quotes Python code, which a formula may not hold", "Use I(...)")
    if char in "$#":
        refuse(scope, here, f"{char!r} has no meaning in a formula", _foreign(scope.formula, position))
    code = f"U+{ord(char):04X} {unicodedata.name(char, 'without a name')}"
    meant = plain_sign(char)
    typable = bool(meant) and (_TOKEN.fullmatch(meant) is not None or meant in "\"'")
    advice = f"Type {meant} instead" if typable else "Put back-ticks around a column name that needs it"
    refuse(scope, here, f"{char!r} ({code}) has no meaning in a formula", advice)


def _foreign(formula: str, position: int) -> str:
    """What to type for R's ``data$column`` and Stata's ``a##b``."""
    if formula[position] == "#":
        return _hash(formula, position)
    column = re.match(r"[\w.]+", formula[position + 1 :])
    return f"Type {column[0] if column else 'the column'} alone: the data are given beside the formula"


def _hash(formula: str, position: int) -> str:
    """What to type for Stata's ``a##b`` and ``c.x##c.x``, or for a column whose name begins with the sign."""
    before, after = re.search(r"([\w.]+)\s*$", formula[:position]), re.match(r"#{1,2}\s*([\w.]+)", formula[position:])
    if before is None or after is None:
        return "Put back-ticks around a column name that holds it"
    left, right = (re.sub(r"^(c|i|ib?\d+)\.", "", match[1]) for match in (before, after))
    if left == right:
        both = f"c.{left}##c.{left} is {left} + I({left}^2)"
        return f"What Stata writes as {both} here, and c.{left}#c.{left} is I({left}^2)"
    return "What Stata writes as a##b is a*b here, and a#b is a:b"


def _check_brackets(scope: Scope, stream: Sequence[Token]) -> None:
    stack: list[Token] = []
    for token in stream:
        if token.kind != "op" or token.text not in "()[]":
            continue
        if token.text in "([":
            stack.append(token)
            if len(stack) > MAX_NESTING:
                refuse(scope, token, f"parentheses are nested more than {MAX_NESTING} deep")
        elif not stack or "([".index(stack.pop().text) != ")]".index(token.text):
            refuse(scope, token, f"{token.text!r} closes a bracket that was never opened")
    if stack:
        refuse(scope, stack[-1], f"{stack[-1].text!r} is never closed")


def one_line(stream: Sequence[Token], formula: str) -> str:
    """The formula with each run of blanks outside quotes replaced by one blank."""
    pieces = [formula[t.start : n.start].rstrip() for t, n in itertools.pairwise(stream)]
    gaps = [" " if formula[n.start - 1].isspace() else "" for n in stream[1:]]
    last = formula[stream[-1].start :].rstrip() if stream else ""
    return "".join(piece + gap for piece, gap in zip(pieces, gaps, strict=True)) + last


def similar(name: str, names: Collection[Any], cutoff: float = 0.75) -> str:
    """Up to three known names close to `name`, quoted, or an empty string."""
    labels = [k for k in names if isinstance(k, str)]
    hits = nearest(name, labels, 3, cutoff, fold=True, searched=None if len(labels) <= MOST_SEARCHED else 0)
    return " or ".join(repr(h) for h in hits[:3])


def quoted(name: str) -> str:
    """A column name as it must be typed: in back-ticks unless it is a plain word."""
    return name if re.fullmatch(r"[^\W\d][\w.]*|\.[\w.]+", name) else f"`{name}`"
