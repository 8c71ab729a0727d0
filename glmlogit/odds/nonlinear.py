"""Nonlinear functions of coefficients, read from text with exact derivatives: never evaluated as code."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.effects.delta import delta_method
from glmlogit.effects.effects_table import Effects, as_effects, columns_of, underlying_of
from glmlogit.effects.estimates import Estimates
from glmlogit.effects.scales import Scale
from glmlogit.errors import DataError, FormulaError
from glmlogit.estimate.combinations import combine
from glmlogit.formula.tokens import shorten
from glmlogit.inference.hypothesis_reader import MAX_NESTING, next_token
from glmlogit.inference.multiplicity import Adjust, Family, rank_of
from glmlogit.inference.spellings import Names
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_level

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]

_CALL = re.compile(r"(exp|log|ln|sqrt)\s*\(")
_BLANK = re.compile(r"\s+")
MOST_CHARACTERS = 2_000


@dataclass(frozen=True)
class WithGradient:
    """A value and its gradient (q,) by the names of a text; ``curved`` tells whether it is no linear form of them."""

    value: float
    gradient: Array
    curved: bool = False

    @property
    def constant(self) -> bool:
        """Whether it holds no name."""
        return not self.gradient.any() and not self.curved

    def __add__(self, b: WithGradient) -> WithGradient:
        return WithGradient(self.value + b.value, self.gradient + b.gradient, self.curved or b.curved)

    def __neg__(self) -> WithGradient:
        return WithGradient(-self.value, -self.gradient, self.curved)

    def __mul__(self, b: WithGradient) -> WithGradient:
        bent = self.curved or b.curved or not (self.constant or b.constant)
        return WithGradient(self.value * b.value, b.value * self.gradient + self.value * b.gradient, bent)

    def of(self, value: float, slope: float) -> WithGradient:
        """A function of it with this value and derivative."""
        return WithGradient(value, np.where(self.gradient == 0, 0.0, slope * self.gradient), not self.constant)


def _exp(x: float) -> tuple[float, float]:
    value = math.exp(x) if x < 709.0 else math.inf
    return value, value


def _log(x: float) -> tuple[float, float]:
    return (math.log(x), 1.0 / x) if x > 0 else (math.nan, math.nan)


def _sqrt(x: float) -> tuple[float, float]:
    return (math.sqrt(x), 0.5 / math.sqrt(x)) if x > 0 else (math.nan, math.nan)


def _reciprocal(x: float) -> tuple[float, float]:
    return (1.0 / x, -1.0 / x**2) if x**2 > 0 else (math.nan, math.nan)


def _power(x: float, n: float) -> tuple[float, float]:
    try:
        return (x**n, n * x ** (n - 1.0)) if x > 0 or n == int(n) else (math.nan, math.nan)
    except (OverflowError, ZeroDivisionError):
        return math.nan, math.nan


_FUNCTIONS: dict[str, Callable[[float], tuple[float, float]]] = {"exp": _exp, "log": _log, "ln": _log, "sqrt": _sqrt}


@dataclass
class FunctionReader:
    """Recursive descent over a text of names, numbers, ``+ - * / ^ ( )`` and functions."""

    text: str
    names: Names
    values: Array
    position: int = 0
    depth: int = 0

    def read(self) -> WithGradient:
        """The function that the text is."""
        with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is given a reason
            total = self.sum()
        if self.blanks() < len(self.text):
            self.refuse(f"{self.text[self.position :]!r} is not understood there")
        return total

    def refuse(self, what: str) -> NoReturn:
        """Raise the FormulaError that quotes the text."""
        raise FormulaError(f"the contrast {shorten(self.text)!r} cannot be read: {what}")

    def blanks(self) -> int:
        """The position behind blanks."""
        if match := _BLANK.match(self.text, self.position):
            self.position = match.end()
        return self.position

    def take(self, *signs: str) -> str:
        """The sign that stands here, if it is one of these."""
        self.blanks()
        for sign in signs:
            if self.text.startswith(sign, self.position):
                self.position += len(sign)
                return sign
        return ""

    def sum(self) -> WithGradient:
        """Products joined by + and -."""
        total = self.product()
        while sign := self.take("+", "-"):
            right = self.product()
            total = total + (right if sign == "+" else -right)
        return total

    def product(self) -> WithGradient:
        """Signed powers joined by * and /."""
        total = self.signed()
        while sign := self.take("*", "/"):
            right = self.signed()
            total = total * (right if sign == "*" else right.of(*_reciprocal(right.value)))
        return total

    def signed(self) -> WithGradient:
        """A power with the signs before it, which bind less: ``-a^2`` is ``-(a^2)``."""
        if sign := self.take("+", "-"):
            self.deeper()
            right = self.signed()
            self.depth -= 1
            return right if sign == "+" else -right
        return self.power()

    def power(self) -> WithGradient:
        """A primary, raised to a number."""
        base = self.primary()
        if not self.take("**", "^"):
            return base
        exponent = self.signed()
        if not exponent.constant:
            self.refuse("an exponent holds a coefficient; type exp(b*log(a))")
        return base.of(*_power(base.value, exponent.value))

    def deeper(self) -> None:
        """One bracket or sign more that is open."""
        self.depth += 1
        if self.depth > MAX_NESTING:
            self.refuse(f"it nests more than {MAX_NESTING} brackets")

    def bracketed(self) -> WithGradient:
        """A sum up to the bracket that closes it."""
        self.deeper()
        inner = self.sum()
        if not self.take(")"):
            self.refuse("a bracket is never closed")
        self.depth -= 1
        return inner

    def primary(self) -> WithGradient:
        """A name, a number, a function or a sum in brackets."""
        if self.take("("):
            return self.bracketed()
        if self.position >= len(self.text):
            self.refuse("it ends where a name or a number is missing")
        call = _CALL.match(self.text, self.position)
        if call is not None:
            self.position = call.end()
            inner = self.bracketed()
            return inner.of(*_FUNCTIONS[call[1]](inner.value))
        token, self.position = next_token(self.text, self.position, self.names, len(self.text) + 1)
        nothing = np.zeros(len(self.values))
        if token.kind == "number":
            return WithGradient(float(token.value), nothing)
        if token.kind != "name":
            self.refuse(f"{token.text!r} stands where a name or a number is missing")
        nothing[token.value] = 1.0
        return WithGradient(float(self.values[token.value]), nothing)


def curved(texts: Sequence[str], names: Sequence[str], values: Array) -> list[WithGradient] | None:
    """The functions that texts are of the named values (q,); None where they are linear, or cannot be read so.

    A text that could also be a linear combination, such as one with a term ``exp(x)`` of the formula, is left to that.
    """
    if any(len(text) > MOST_CHARACTERS for text in texts) or any(_CALL.match(name) for name in names):
        return None
    available = Names(tuple(names))
    try:
        functions = [FunctionReader(text, available, values).read() for text in texts]
    except (FormulaError, OverflowError):
        return None
    bent = [function.curved for function in functions]
    if any(bent) and not all(bent):
        linear = texts[bent.index(False)]
        raise DataError(
            f"the contrast {shorten(linear)!r} is linear, and others are not: give each kind in a call of its own, "
            f"since linear ones are odds ratios by default and others what they say"
        )
    return functions if all(bent) else None


def table_of_functions(
    fit: Estimate,
    texts: Sequence[str],
    functions: Sequence[WithGradient],
    vectors: Array,
    adjust: Adjust,
    level: float | None,
) -> Effects:
    """Functions of combinations ``vectors`` (q, p) of coefficients as a table, by the delta method."""
    gradients = np.array([function.gradient for function in functions])
    values = np.array([function.value for function in functions])
    _, reasons, error_reasons = combine(fit, vectors, typed=True)
    why = [_reason(function, reasons, error_reasons) for function in functions]
    usable = np.array([not reason for reason in why])
    jacobian = np.where(usable[:, None], gradients, 0.0) @ vectors
    estimates = Estimates(np.where(usable, values, np.nan), jacobian, None, tuple(why), ("",) * len(why))
    estimates, cov = delta_method(fit, estimates)
    family = Family(adjust, np.zeros(len(texts), dtype=int), 0, rank_of(jacobian), fit.reference)
    level = check_level(level, fit.level)
    columns = columns_of(estimates.values, cov, level, reference=fit.reference, family=family)
    labels = pd.DataFrame({"contrast": list(texts)})
    notes = [_DELTA, *([Note("adjusted", family.note)] if family.note else [])]
    scales: list[Scale] = ["identity"] * len(texts)
    underlying = underlying_of(labels, estimates, cov, scales, notes, fit.reference, level)
    return as_effects(pd.concat([labels, columns], axis=1), underlying)


_DELTA = Note(
    "delta_method",
    "Nonlinear functions of coefficients by the delta method: limits are symmetric about the estimate, and p-values "
    "test that the function is 0. Of a ratio of odds ratios test the logarithm, which is a linear contrast.",
)


def _reason(function: WithGradient, reasons: Sequence[str], error_reasons: Sequence[str]) -> str:
    """Why a function has no value."""
    for j in np.flatnonzero(function.gradient).tolist():
        if reasons[j] or error_reasons[j]:
            return reasons[j] or error_reasons[j]
    finite = math.isfinite(function.value) and bool(np.isfinite(function.gradient).all())
    return "" if finite else "its value or derivative is not finite at the estimates"
