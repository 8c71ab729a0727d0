"""What a hypothesis means: linear forms of coefficients or products of ratios, in exact rational arithmetic."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple, NoReturn, Protocol

from glmlogit.errors import DataError, FormulaError
from glmlogit.formula.tokens import shorten

MAX_BITS = 4_096
"""Bits of a number that arithmetic in a hypothesis may reach."""

NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?(\d+))?(?![\w.])", re.ASCII)
TOO_LARGE = "too large or too small to compute with"


def no_combination(text: str) -> DataError:
    """The error for a contrast that is an equation, several combinations, or has a number of its own."""
    return DataError(
        f"the contrast {shorten(text)!r} is not one combination of coefficients; leave out '=' and numbers on "
        f"their own (fit.test tests those), and give several as a list"
    )


class Equation(NamedTuple):
    """Weights of the names on the left, and a number on the right."""

    weights: Mapping[int, Fraction]
    value: Any


class HypothesisToken(NamedTuple):
    """One word of a hypothesis: ``name`` with its column, ``number``, ``sign`` or ``end``."""

    kind: str
    text: str
    value: Any = None


def refuse_nonlinear(text: str, what: str, kind: str = "hypothesis", instead: str = "") -> NoReturn:
    """Raise the FormulaError for a text that is not linear: ``what`` it does, what to type ``instead``."""
    raise FormulaError(
        f"the {kind} {shorten(text)!r} cannot be read: it {what}, and only linear equations of coefficients are tested"
        f". {instead}Coefficients are log-odds: a ratio of odds ratios is the difference 'a - b' (gl.contrasts), "
        f"exp(b) = 2 is 'b = {math.log(2):.6f}'; ratios and differences of risks are gl.comparisons, additive "
        f"interaction is gl.interaction"
    )


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


class Algebra(Protocol):
    """What a hypothesis is computed in: names and numbers are :class:`Form` objects, and so is every result.

    The reader calls a method for each name, sign and ``=`` that it meets. An operation without meaning in an algebra
    raises the FormulaError that quotes the text and says what to type.
    """

    @property
    def text(self) -> str:
        """The hypothesis as typed, for messages."""
        ...

    def name(self, column: int) -> Form:
        """The form that is the coefficient or ratio at position ``column`` of the names."""
        ...

    def add(self, a: Form, b: Form, sign: int) -> Form:
        """``a + b``, or ``a - b`` where ``sign`` is −1."""
        ...

    def multiply(self, a: Form, b: Form) -> Form:
        """``a * b``."""
        ...

    def divide(self, a: Form, b: Form) -> Form:
        """``a / b``, refused where b is the number 0."""
        ...

    def equation(self, left: Form, right: Form | None) -> Equation:
        """``left = right`` with the names on one side and a number on the other; ``right`` is None without ``=``."""
        ...

    def refuse(self, what: str) -> NoReturn:
        """Raise the FormulaError that quotes the text and says ``what`` is wrong with it."""
        ...


@dataclass(frozen=True)
class _Base:
    text: str
    kind: str = "hypothesis"

    def refuse(self, what: str) -> NoReturn:
        raise FormulaError(f"the {self.kind} {shorten(self.text)!r} {what}")

    def bounded(self, form: Form) -> Form:
        sizes = (max(abs(v.numerator), v.denominator) for v in (*form.weights.values(), form.constant))
        if max(sizes).bit_length() > MAX_BITS:
            self.refuse(f"holds a number {TOO_LARGE}")
        return form

    def nonzero(self, b: Form) -> Fraction:
        if not b.constant:
            self.refuse("cannot be read: it holds a division by 0")
        return b.constant


@dataclass(frozen=True)
class Linear(_Base):
    """Linear forms of coefficients: Σ weights·β + constant."""

    def name(self, column: int) -> Form:
        """β of one column."""
        return Form({column: Fraction(1)})

    def add(self, a: Form, b: Form, sign: int) -> Form:
        """Weights and constants are added or subtracted."""
        return Form(_sum(a.weights, b.weights, sign), a.constant + sign * b.constant)

    def multiply(self, a: Form, b: Form) -> Form:
        """A form times a number; refused where both factors hold coefficients."""
        if a.weights and b.weights:
            refuse_nonlinear(self.text, "multiplies coefficients", self.kind, "An interaction is typed a:b. ")
        form, by = (a, b.constant) if a.weights else (b, a.constant)
        weights = {j: weight * by for j, weight in form.weights.items() if by}
        return self.bounded(Form(weights, form.constant * by))

    def divide(self, a: Form, b: Form) -> Form:
        """A form over a number; refused where the divisor holds coefficients."""
        if b.weights:
            refuse_nonlinear(self.text, "divides by a coefficient", self.kind, "a / b = 2 is 'a = 2*b'. ")
        return self.multiply(a, Form(constant=1 / self.nonzero(b)))

    def equation(self, left: Form, right: Form | None) -> Equation:
        """Σ weights·β = value, with coefficients from both sides; the right side is 0 where there is no ``=``."""
        right = right or Form()
        if not left.weights:
            left, right = right, left
        weights = _sum(left.weights, right.weights, -1)
        if not weights:
            self.refuse("holds an equation without a coefficient, which is true or false whatever the data")
        return Equation(weights, right.constant - left.constant)


@dataclass(frozen=True)
class Ratios(_Base):
    """Products of powers of ratios: constant·Π ratio^weight, which are linear in the logarithms."""

    def name(self, column: int) -> Form:
        """One ratio to the power 1."""
        return Form({column: Fraction(1)}, Fraction(1))

    def add(self, a: Form, b: Form, sign: int) -> Form:
        """Sums and differences of numbers; those of ratios are refused."""
        if a.weights or b.weights:
            self.refuse(
                "adds or subtracts ratios; these are tested as products and quotients, on the log scale of their "
                "limits: type 'a = b' or 'a / b = 2'"
            )
        return self.bounded(Form(constant=a.constant + sign * b.constant))

    def multiply(self, a: Form, b: Form) -> Form:
        """Exponents are added, constants multiplied."""
        return self.bounded(Form(_sum(a.weights, b.weights, 1), a.constant * b.constant))

    def divide(self, a: Form, b: Form) -> Form:
        """Exponents are subtracted, constants divided."""
        return self.bounded(Form(_sum(a.weights, b.weights, -1), a.constant / self.nonzero(b)))

    def equation(self, left: Form, right: Form | None) -> Equation:
        """Σ exponents·log ratio = log value; refused without ``=``, and where a side's constant is not positive."""
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
