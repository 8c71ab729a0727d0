"""Hypotheses as text: ``"age = 0, C(race)[T.black] = 2*smoke"`` to a matrix and right-hand sides.

Words are found by `glmlogit._spellings`; what is between them is read by recursive descent into an algebra: linear
forms of coefficients, or products of powers where a table shows ratios. Nothing in a text is ever evaluated as code.
``a = b = 0`` is two equations, read as it is written.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple, NoReturn, Protocol

import numpy as np
import numpy.typing as npt

from glmlogit._spellings import Names, unknown, word_end
from glmlogit._tokens import plain_sign, shorten
from glmlogit.errors import DataError, FormulaError

Array = npt.NDArray[np.float64]

MAX_LENGTH = 10_000
"""Characters of a hypothesis."""
MAX_EQUATIONS = 1_000
MAX_NESTING = 50
"""Brackets open at one time."""
MAX_BITS = 4_096
"""Bits of a number that arithmetic in a hypothesis may reach."""
MAX_AMBIGUOUS = 6
"""Places of a text that can be read in two ways, each of which is tried."""

_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?(\d+))?(?![\w.])", re.ASCII)
_SIGN = re.compile(r"\*\*|==|[-+*/^=(),;\n]")
_BLANK = re.compile(r"[^\S\n]+")
_NUMBER_OR_WORD = re.compile(r"[\w.]+|.", re.DOTALL)
_TOO_LARGE = "too large or too small to compute with"
_SEPARATORS = {",", ";", "\n"}


def linear_constraints(text: str, names: Sequence[str]) -> tuple[Array, Array]:
    """Matrix (r, p) and right-hand sides (r,) of linear hypotheses about the named coefficients.

    A chain ``a = b = c`` is its successive equations; a form without ``=`` is equal to 0.
    """
    return _as_arrays(_equations(text, Names(tuple(names)), _Linear(text)), text, len(names))


def ratio_constraints(text: str, names: Sequence[str]) -> tuple[Array, Array]:
    """Exponents (r, p) and logarithms of right-hand sides (r,) of hypotheses about named ratios.

    ``a = 2*b`` and ``a / b = 2`` are ``log a − log b = log 2``; sums of ratios are no such hypotheses.
    """
    return _as_arrays(_equations(text, Names(tuple(names)), _Ratios(text)), text, len(names))


def linear_combination(text: str, names: Sequence[str]) -> Array:
    """Weights (p,) of one linear combination of the named coefficients, without an equals sign."""
    algebra = _Linear(text, "contrast")
    found = _equations(text, Names(tuple(names)), algebra, combination=True)
    if len(found) != 1 or found[0].value:
        raise _no_combination(text)
    row: Array = _as_arrays(found, text, len(names))[0][0]
    return row


def _no_combination(text: str) -> DataError:
    return DataError(
        f"the contrast {shorten(text)!r} is not one combination of coefficients; leave out '=' and numbers on "
        f"their own (fit.test tests those), and give several as a list"
    )


class Equation(NamedTuple):
    """Weights of the names on the left, and a number on the right."""

    weights: Mapping[int, Fraction]
    value: Any


def _as_arrays(equations: Sequence[Equation], text: str, p: int) -> tuple[Array, Array]:
    matrix, values = np.zeros((len(equations), p)), np.zeros(len(equations))
    try:
        for i, equation in enumerate(equations):
            for j, weight in equation.weights.items():
                matrix[i, j] = weight
            values[i] = equation.value
    except OverflowError:
        matrix[:] = math.inf
    named = sum(len(equation.weights) + bool(equation.value) for equation in equations)
    kept = np.count_nonzero(matrix) + np.count_nonzero(values)
    if not np.isfinite(matrix).all() or not np.isfinite(values).all() or kept != named:
        raise FormulaError(f"the hypothesis {shorten(text)!r} holds a number {_TOO_LARGE}")
    return matrix, values


# --- words ----------------------------------------------------------------------------------------


class Token(NamedTuple):
    """One word of a hypothesis: ``name`` with its column, ``number``, ``sign`` or ``end``."""

    kind: str
    text: str
    value: Any = None


Spots = list[tuple[list[Token], list[Token]]]


def _equations(text: str, names: Names, algebra: _Algebra, combination: bool = False) -> list[Equation]:
    """Every reading of a text; an error where there is none, or more than one."""
    if len(text) > MAX_LENGTH:
        raise FormulaError(f"the hypothesis has {len(text):,} characters; the limit is {MAX_LENGTH:,}")
    spots = list(_spots(text, names))
    unsure = [i for i, (_, other) in enumerate(spots) if other]
    if len(unsure) > MAX_AMBIGUOUS:
        _refuse_two_readings(text, [spots[i] for i in unsure])
    found: list[list[Equation]] = []
    failed: FormulaError | None = None
    for choice in itertools.product((0, 1), repeat=len(unsure)):
        chosen = dict(zip(unsure, choice, strict=True))
        words = [token for i, spot in enumerate(spots) for token in spot[chosen.get(i, 0)]]
        try:
            read = list(_Reader(words, algebra).equations(combination))
        except FormulaError as error:
            failed = error
            continue
        found += [read] if read not in found else []
    if len(found) > 1:
        _refuse_two_readings(text, [spots[i] for i in unsure])
    if not found:
        assert failed is not None
        raise failed
    return found[0]


def _refuse_two_readings(text: str, spots: Spots) -> NoReturn:
    name = spots[0][0][0].text
    parts = " ".join(f"({t.text})" if t.kind == "name" else t.text for t in spots[0][1])
    shown = f"{float(parts)}" if _NUMBER.fullmatch(parts) else parts
    raise FormulaError(
        f"the hypothesis {shorten(text)!r} can be read in two ways, because {name!r} is a name of its own: type "
        f"`{name}` in back-ticks for that name, or {shown} for the arithmetic"
    )


def _spots(text: str, names: Names) -> Iterator[tuple[list[Token], list[Token]]]:
    """Words in order; with each its other reading, where a name such as ``a-b`` or ``1`` is also arithmetic."""
    at = 0
    while at < len(text):
        blank = _BLANK.match(text, at)
        if blank:
            at = blank.end()
            continue
        token, end = _next(text, at, names, len(text) + 1)
        yield [token], _otherwise(text[at:end], names, token)
        at = end


def _otherwise(span: str, names: Names, token: Token) -> list[Token]:
    if token.kind != "name" or word_end(span, 0) == len(span):
        return []
    found: list[Token] = []
    at = 0
    try:
        while at < len(span):
            blank = _BLANK.match(span, at)
            if blank:
                at = blank.end()
                continue
            token, at = _next(span, at, names, len(span), _nothing)
            found.append(token)
    except FormulaError:
        return []
    return found


def _nothing(text: str, word: str, names: Names) -> str:
    """No explanation, where none is shown."""
    return ""


Explain = Callable[[str, str, Names], str]


def _next(text: str, at: int, names: Names, below: int, explain: Explain = unknown) -> tuple[Token, int]:
    """The token at a place, and where it ends; names of signs and blanks only if shorter than ``below``."""
    odd, end = names.odd(text, at, below), word_end(text, at)
    if odd and at + len(odd) >= end:
        return Token("name", odd, names.exact[odd]), at + len(odd)
    if text[at] == "`":
        return _quoted(text, at, end, names)
    if end > at:
        return _word(text, text[at:end], names, explain), end
    number = _NUMBER.match(text, at)
    if number:
        return Token("number", number[0], _fraction(text, number)), number.end()
    sign = _SIGN.match(text, at)
    if sign:
        return Token("sign", {"==": "=", "^": "**"}.get(sign[0], sign[0])), sign.end()
    _refuse_word(text, at, names, explain)


def _fraction(text: str, number: re.Match[str]) -> Fraction:
    if len((number[1] or "").lstrip("0")) > 3:
        _Linear(text).refuse(f"holds the number {shorten(number[0])}, {_TOO_LARGE}")
    return Fraction(Decimal(number[0]))


def _quoted(text: str, at: int, end: int, names: Names) -> tuple[Token, int]:
    """A name in back-ticks, which it may hold itself."""
    inside = text[at + 1 : end - 1]
    for name in (*names.ticked, inside):
        if name in names.exact and text.startswith(f"`{name}`", at) and at + len(name) + 2 >= end:
            return Token("name", name, names.exact[name]), at + len(name) + 2
    if end == at:
        raise FormulaError(f"the hypothesis {shorten(text, at)!r} opens a back-tick that is never closed")
    found = [] if "`" in inside else names.find(inside)
    return _word(text, found[0] if len(found) == 1 else text[at:end], names), end


def _word(text: str, word: str, names: Names, explain: Explain = unknown) -> Token:
    found = names.find(word)
    if len(found) == 1:
        return Token("name", word, names.exact[found[0]])
    if found:
        raise FormulaError(
            f"the hypothesis {shorten(text)!r} has {shorten(word)!r}, which may be {' or '.join(map(repr, found))}: "
            f"type the one you mean exactly so"
        )
    called = re.match(r"([\w.]+)\s*\(", word)
    if called and called[1] in _FUNCTIONS and not names.of_factor(word):
        _refuse_nonlinear(text, f"calls {called[1]}()")
    raise FormulaError(explain(text, word, names))


_FUNCTIONS = {"exp", "log", "log2", "log10", "ln", "sqrt", "abs", "invlogit", "logit", "expit", "_b", "nlcom"}


def _refuse_word(text: str, at: int, names: Names, explain: Explain) -> NoReturn:
    if text[at] in "<>!≠≤≥~":
        raise FormulaError(
            f"the hypothesis {shorten(text)!r} cannot be read: only equations are tested, two-sided. Type '='; of "
            f"one equation the one-sided p-value is half that where the estimate lies on the side in question"
        )
    found = _NUMBER_OR_WORD.match(text, at)
    assert found is not None
    meant = plain_sign(text[at])
    advice = f"type {meant} instead" if meant else ""
    if re.fullmatch(r"(\d+|\d*\.\d+)[^\W\d][\w.]*", found[0]):
        advice = "type * between a number and a name"
    if advice:
        raise FormulaError(f"the hypothesis {shorten(text)!r} has {found[0]!r}: {advice}")
    raise FormulaError(explain(text, found[0], names))


def _refuse_nonlinear(text: str, what: str, kind: str = "hypothesis", instead: str = "") -> NoReturn:
    raise FormulaError(
        f"the {kind} {shorten(text)!r} cannot be read: it {what}, and only linear equations of coefficients are tested"
        f". {instead}Coefficients are log-odds: a ratio of odds ratios is the difference 'a - b' (gl.contrasts), "
        f"exp(b) = 2 is 'b = {math.log(2):.6f}'; ratios and differences of risks are gl.comparisons, additive "
        f"interaction is gl.interaction"
    )


_POWER = "A power of a variable is typed as it is printed, such as I(age^2). "


# --- algebras -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Form:
    """Σ weights·names + constant in the linear algebra; constant·Π names^weights in that of ratios."""

    weights: Mapping[int, Fraction] = field(default_factory=dict)
    constant: Fraction = Fraction(0)


def _sum(a: Mapping[int, Fraction], b: Mapping[int, Fraction], sign: int) -> dict[int, Fraction]:
    total = dict(a)
    for j, weight in b.items():
        total[j] = total.get(j, Fraction(0)) + sign * weight
        if not total[j]:
            del total[j]
    return total


class _Algebra(Protocol):
    @property
    def text(self) -> str: ...

    def name(self, column: int) -> Form: ...
    def add(self, a: Form, b: Form, sign: int) -> Form: ...
    def multiply(self, a: Form, b: Form) -> Form: ...
    def divide(self, a: Form, b: Form) -> Form: ...
    def equation(self, left: Form, right: Form | None) -> Equation: ...
    def refuse(self, what: str) -> NoReturn: ...


@dataclass(frozen=True)
class _Base:
    text: str
    kind: str = "hypothesis"

    def refuse(self, what: str) -> NoReturn:
        raise FormulaError(f"the {self.kind} {shorten(self.text)!r} {what}")

    def bounded(self, form: Form) -> Form:
        sizes = (max(abs(v.numerator), v.denominator) for v in (*form.weights.values(), form.constant))
        if max(sizes).bit_length() > MAX_BITS:
            self.refuse(f"holds a number {_TOO_LARGE}")
        return form

    def nonzero(self, b: Form) -> Fraction:
        if not b.constant:
            self.refuse("cannot be read: it holds a division by 0")
        return b.constant


@dataclass(frozen=True)
class _Linear(_Base):
    """Linear forms of coefficients."""

    def name(self, column: int) -> Form:
        return Form({column: Fraction(1)})

    def add(self, a: Form, b: Form, sign: int) -> Form:
        return Form(_sum(a.weights, b.weights, sign), a.constant + sign * b.constant)

    def multiply(self, a: Form, b: Form) -> Form:
        if a.weights and b.weights:
            _refuse_nonlinear(self.text, "multiplies coefficients", self.kind, "An interaction is typed a:b. ")
        form, by = (a, b.constant) if a.weights else (b, a.constant)
        weights = {j: weight * by for j, weight in form.weights.items() if by}
        return self.bounded(Form(weights, form.constant * by))

    def divide(self, a: Form, b: Form) -> Form:
        if b.weights:
            _refuse_nonlinear(self.text, "divides by a coefficient", self.kind, "a / b = 2 is 'a = 2*b'. ")
        return self.multiply(a, Form(constant=1 / self.nonzero(b)))

    def equation(self, left: Form, right: Form | None) -> Equation:
        right = right or Form()
        if not left.weights:
            left, right = right, left
        weights = _sum(left.weights, right.weights, -1)
        if not weights:
            self.refuse("holds an equation without a coefficient, which is true or false whatever the data")
        return Equation(weights, right.constant - left.constant)


@dataclass(frozen=True)
class _Ratios(_Base):
    """Products of powers of ratios."""

    def name(self, column: int) -> Form:
        return Form({column: Fraction(1)}, Fraction(1))

    def add(self, a: Form, b: Form, sign: int) -> Form:
        if a.weights or b.weights:
            self.refuse(
                "adds or subtracts ratios; these are tested as products and quotients, on the log scale of their "
                "limits: type 'a = b' or 'a / b = 2'"
            )
        return self.bounded(Form(constant=a.constant + sign * b.constant))

    def multiply(self, a: Form, b: Form) -> Form:
        return self.bounded(Form(_sum(a.weights, b.weights, 1), a.constant * b.constant))

    def divide(self, a: Form, b: Form) -> Form:
        return self.bounded(Form(_sum(a.weights, b.weights, -1), a.constant / self.nonzero(b)))

    def equation(self, left: Form, right: Form | None) -> Equation:
        if right is None:
            self.refuse("has no '='; the null of a ratio is 1: type '= 1'")
        if not left.weights:
            left, right = right, left
        weights = _sum(left.weights, right.weights, -1)
        if not weights:
            self.refuse("holds an equation without an estimate, which is true or false whatever the data")
        if left.constant <= 0 or right.constant <= 0:
            self.refuse("sets a ratio to 0 or less, which no ratio can be; no effect is a ratio of 1: type '= 1'")
        return Equation(weights, _log(right.constant) - _log(left.constant))


def _log(value: Fraction) -> float:
    return math.log(value.numerator) - math.log(value.denominator) if value != 1 else 0.0


# --- sentences ------------------------------------------------------------------------------------


@dataclass
class _Reader:
    """Recursive descent over the words of a text."""

    words: list[Token]
    algebra: _Algebra
    at: int = 0
    depth: int = 0

    def __post_init__(self) -> None:
        self.words = [word for i, word in enumerate(self.words) if not self._continued(i, word)]

    def _continued(self, i: int, word: Token) -> bool:
        """Whether a line break only breaks a line, since a sign before or after it goes on."""
        if word.text != "\n" or word.kind != "sign":
            return False
        before, after = self.words[i - 1] if i else None, self.words[i + 1] if i + 1 < len(self.words) else None
        return (before is not None and before.kind == "sign" and before.text in "+-*/=(") or (
            after is not None and after.kind == "sign" and after.text in "*/=)"
        )

    @property
    def here(self) -> Token:
        return self.words[self.at] if self.at < len(self.words) else Token("end", "")

    def take(self, *signs: str) -> str:
        """The sign that stands here, if it is one of these; else empty."""
        found = self.here.text if self.here.kind == "sign" and self.here.text in signs else ""
        self.at += bool(found)
        return found

    def equations(self, combination: bool) -> Iterator[Equation]:
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
        sides = [self.sum()]
        while self.take("="):
            sides.append(self.sum())
        if self.here.kind != "end" and not self.take(*_SEPARATORS):
            self.unexpected()
        if combination and len(sides) > 1:
            raise _no_combination(self.algebra.text)
        if len(sides) == 1:
            yield self.algebra.equation(sides[0], None)
        for left, right in itertools.pairwise(sides):
            yield self.algebra.equation(left, right)

    def sum(self) -> Form:
        total = self.product()
        while sign := self.take("+", "-"):
            total = self.algebra.add(total, self.product(), -1 if sign == "-" else 1)
        return total

    def product(self) -> Form:
        total = self.signed()
        while sign := self.take("*", "/", "**"):
            if sign == "**":
                _refuse_nonlinear(self.algebra.text, "takes a power", instead=_POWER)
            other = self.signed()
            total = self.algebra.divide(total, other) if sign == "/" else self.algebra.multiply(total, other)
        return total

    def signed(self) -> Form:
        minus = False
        while sign := self.take("+", "-"):
            minus ^= sign == "-"
        found = self.primary()
        return self.algebra.multiply(Form(constant=Fraction(-1)), found) if minus else found

    def primary(self) -> Form:
        token = self.here
        if token.kind == "name":
            self.at += 1
            return self.algebra.name(token.value)
        if token.kind == "number":
            self.at += 1
            return Form(constant=token.value)
        if not self.take("("):
            self.unexpected()
        self.depth += 1
        if self.depth > MAX_NESTING:
            self.algebra.refuse(f"nests more than {MAX_NESTING} brackets")
        found = self.sum()
        if not self.take(")"):
            self.unexpected()
        self.depth -= 1
        return found

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
