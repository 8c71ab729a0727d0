"""A hypothesis as text, read by recursive descent: words first, then sums, products and chains of equations."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NoReturn

from glmlogit.errors import FormulaError
from glmlogit.formula.tokens import plain_sign, shorten
from glmlogit.inference.equations import (
    NUMBER,
    TOO_LARGE,
    Algebra,
    Equation,
    Form,
    HypothesisToken,
    Linear,
    no_combination,
    refuse_nonlinear,
)
from glmlogit.inference.spellings import Names, unknown, word_end

MAX_EQUATIONS = 1_000

MAX_NESTING = 50
"""Brackets open at one time."""

_SIGN = re.compile(r"\*\*|==|[-+*/^=(),;\n]")
_NUMBER_OR_WORD = re.compile(r"[\w.]+|.", re.DOTALL)
_SEPARATORS = {",", ";", "\n"}
Explain = Callable[[str, str, Names], str]


def next_token(
    text: str, position: int, names: Names, below: int, explain: Explain = unknown
) -> tuple[HypothesisToken, int]:
    """The token at ``position``, and where it ends; names of signs and blanks only if shorter than ``below``."""
    odd, end = names.odd(text, position, below), word_end(text, position)
    if odd and position + len(odd) >= end:
        return HypothesisToken("name", odd, names.exact[odd]), position + len(odd)
    if text[position] == "`":
        return _quoted(text, position, end, names)
    if end > position:
        return _word(text, text[position:end], names, explain), end
    number = NUMBER.match(text, position)
    if number:
        return HypothesisToken("number", number[0], _fraction(text, number)), number.end()
    sign = _SIGN.match(text, position)
    if sign:
        return HypothesisToken("sign", {"==": "=", "^": "**"}.get(sign[0], sign[0])), sign.end()
    _refuse_word(text, position, names, explain)


def _fraction(text: str, number: re.Match[str]) -> Fraction:
    if len((number[1] or "").lstrip("0")) > 3:
        Linear(text).refuse(f"holds the number {shorten(number[0])}, {TOO_LARGE}")
    return Fraction(Decimal(number[0]))


def _quoted(text: str, position: int, end: int, names: Names) -> tuple[HypothesisToken, int]:
    """A name in back-ticks, which it may hold itself."""
    inside = text[position + 1 : end - 1]
    for name in (*names.ticked, inside):
        if name in names.exact and text.startswith(f"`{name}`", position) and position + len(name) + 2 >= end:
            return HypothesisToken("name", name, names.exact[name]), position + len(name) + 2
    if end == position:
        raise FormulaError(f"the hypothesis {shorten(text, position)!r} opens a back-tick that is never closed")
    matches = [] if "`" in inside else names.find(inside)
    return _word(text, matches[0] if len(matches) == 1 else text[position:end], names), end


def _word(text: str, word: str, names: Names, explain: Explain = unknown) -> HypothesisToken:
    matches = names.find(word)
    if len(matches) == 1:
        return HypothesisToken("name", word, names.exact[matches[0]])
    if matches:
        raise FormulaError(
            f"the hypothesis {shorten(text)!r} has {shorten(word)!r}, which may be {' or '.join(map(repr, matches))}: "
            f"type the one you mean exactly so"
        )
    called = re.match(r"([\w.]+)\s*\(", word)
    if called and called[1] in _FUNCTIONS and not names.of_factor(word):
        refuse_nonlinear(text, f"calls {called[1]}()")
    raise FormulaError(explain(text, word, names))


_FUNCTIONS = {"exp", "log", "log2", "log10", "ln", "sqrt", "abs", "invlogit", "logit", "expit", "_b", "nlcom"}


def _refuse_word(text: str, position: int, names: Names, explain: Explain) -> NoReturn:
    if text[position] in "<>!≠≤≥~":
        raise FormulaError(
            f"the hypothesis {shorten(text)!r} cannot be read: only equations are tested, two-sided. Type '='; of "
            f"one equation the one-sided p-value is half that where the estimate lies on the side in question"
        )
    match = _NUMBER_OR_WORD.match(text, position)
    assert match is not None
    meant = plain_sign(text[position])
    advice = f"type {meant} instead" if meant else ""
    if re.fullmatch(r"(\d+|\d*\.\d+)[^\W\d][\w.]*", match[0]):
        advice = "type * between a number and a name"
    if advice:
        raise FormulaError(f"the hypothesis {shorten(text)!r} has {match[0]!r}: {advice}")
    raise FormulaError(explain(text, match[0], names))


_POWER = "A power of a variable is typed as it is printed, such as I(age^2). "


@dataclass
class HypothesisReader:
    """Recursive descent over the words of a text: each method reads one kind of expression and moves on behind it."""

    words: list[HypothesisToken]
    algebra: Algebra
    position: int = 0
    depth: int = 0

    def __post_init__(self) -> None:
        self.words = [word for i, word in enumerate(self.words) if not self._continued(i, word)]

    def _continued(self, i: int, word: HypothesisToken) -> bool:
        """Whether a line break only breaks a line, since a sign before or after it goes on."""
        if word.text != "\n" or word.kind != "sign":
            return False
        before, after = self.words[i - 1] if i else None, self.words[i + 1] if i + 1 < len(self.words) else None
        return (before is not None and before.kind == "sign" and before.text in "+-*/=(") or (
            after is not None and after.kind == "sign" and after.text in "*/=)"
        )

    @property
    def here(self) -> HypothesisToken:
        """The word at the current position; of kind ``end`` behind the last one."""
        return self.words[self.position] if self.position < len(self.words) else HypothesisToken("end", "")

    def take(self, *signs: str) -> str:
        """The sign that stands here, if it is one of these; else empty."""
        sign = self.here.text if self.here.kind == "sign" and self.here.text in signs else ""
        self.position += bool(sign)
        return sign

    def equations(self, combination: bool) -> Iterator[Equation]:
        """All equations of the text in order; with ``combination`` each must be a form without ``=``."""
        count = 0
        while self.here.kind != "end":
            if self.take(*_SEPARATORS):
                continue
            for equation in self.chain(combination):
                count += 1
                if count > MAX_EQUATIONS:
                    self.algebra.refuse(f"holds more than {MAX_EQUATIONS:,} equations; give a matrix")
                yield equation
        if not count:
            self.algebra.refuse("is empty; type an equation such as 'age = 0'")

    def chain(self, combination: bool) -> Iterator[Equation]:
        """The equations of one chain: ``a = b = c`` is two; a form without ``=`` is one, whose right side is None."""
        sides = [self.sum()]
        while self.take("="):
            sides.append(self.sum())
        if self.here.kind != "end" and not self.take(*_SEPARATORS):
            self.unexpected()
        if combination and len(sides) > 1:
            raise no_combination(self.algebra.text)
        if len(sides) == 1:
            yield self.algebra.equation(sides[0], None)
        for left, right in itertools.pairwise(sides):
            yield self.algebra.equation(left, right)

    def sum(self) -> Form:
        """Products joined by + and -, as one form."""
        total = self.product()
        while sign := self.take("+", "-"):
            total = self.algebra.add(total, self.product(), -1 if sign == "-" else 1)
        return total

    def product(self) -> Form:
        """Signed factors joined by * and /, as one form; powers are refused."""
        total = self.signed()
        while sign := self.take("*", "/", "**"):
            if sign == "**":
                refuse_nonlinear(self.algebra.text, "takes a power", instead=_POWER)
            factor = self.signed()
            total = self.algebra.divide(total, factor) if sign == "/" else self.algebra.multiply(total, factor)
        return total

    def signed(self) -> Form:
        """A factor with the signs before it."""
        minus = False
        while sign := self.take("+", "-"):
            minus ^= sign == "-"
        form = self.primary()
        return self.algebra.multiply(Form(constant=Fraction(-1)), form) if minus else form

    def primary(self) -> Form:
        """A name, a number, or a sum in brackets."""
        token = self.here
        if token.kind == "name":
            self.position += 1
            return self.algebra.name(token.value)
        if token.kind == "number":
            self.position += 1
            return Form(constant=token.value)
        if not self.take("("):
            self.unexpected()
        self.depth += 1
        if self.depth > MAX_NESTING:
            self.algebra.refuse(f"nests more than {MAX_NESTING} brackets")
        form = self.sum()
        if not self.take(")"):
            self.unexpected()
        self.depth -= 1
        return form

    def unexpected(self) -> NoReturn:
        """Refuse the word that stands where it cannot."""
        token = self.here
        if token.kind == "end":
            self.algebra.refuse("cannot be read: it ends where a name or a number is missing")
        if token.text == "=" and self.depth:
            self.algebra.refuse("cannot be read: '=' stands inside brackets; separate equations by commas")
        if token.kind in ("name", "number") or token.text == "(":
            what = f"a sign is missing before {token.text!r}"
            self.algebra.refuse(f"cannot be read: {what}; type * for a product, a comma between equations")
        if token.text in _SEPARATORS and self.depth:
            self.algebra.refuse("cannot be read: a bracket is never closed")
        shown = "the end of a line" if token.text == "\n" else repr(token.text)
        self.algebra.refuse(f"cannot be read: {shown} stands where a name or a number is missing")
