"""Hypotheses as text: ``"age = 0, C(race)[T.black] = 2*smoke"`` to a matrix and right-hand sides.

Words are found by :mod:`~glmlogit.inference.spellings`; what is between them is read by
:mod:`~glmlogit.inference.hypothesis_reader` into an algebra of :mod:`~glmlogit.inference.equations`: linear forms of
coefficients, or products of powers where a table shows ratios. Nothing in a text is ever evaluated as code.
``a = b = 0`` is two equations, read as it is written.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Sequence
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from glmlogit.errors import FormulaError
from glmlogit.formula.tokens import shorten
from glmlogit.inference.equations import (
    NUMBER,
    TOO_LARGE,
    Algebra,
    Equation,
    HypothesisToken,
    Linear,
    Ratios,
    no_combination,
)
from glmlogit.inference.hypothesis_reader import HypothesisReader, next_token
from glmlogit.inference.spellings import Names, word_end

Array = npt.NDArray[np.float64]

MAX_LENGTH = 10_000
"""Characters of a hypothesis."""

MAX_AMBIGUOUS = 6
"""Places of a text that can be read in two ways, each of which is tried."""

_BLANK = re.compile(r"[^\S\n]+")


def linear_constraints(text: str, names: Sequence[str]) -> tuple[Array, Array]:
    """Matrix (r, p) and right-hand sides (r,) of linear hypotheses about the named coefficients.

    A chain ``a = b = c`` is its successive equations; a form without ``=`` is equal to 0.
    """
    return _as_arrays(_equations(text, Names(tuple(names)), Linear(text)), text, len(names))


def ratio_constraints(text: str, names: Sequence[str]) -> tuple[Array, Array]:
    """Exponents (r, p) and logarithms of right-hand sides (r,) of hypotheses about named ratios.

    ``a = 2*b`` and ``a / b = 2`` are ``log a − log b = log 2``; sums of ratios are no such hypotheses.
    """
    return _as_arrays(_equations(text, Names(tuple(names)), Ratios(text)), text, len(names))


def linear_combination(text: str, names: Sequence[str]) -> Array:
    """Weights (p,) of one linear combination of the named coefficients, without an equals sign."""
    algebra = Linear(text, "contrast")
    equations = _equations(text, Names(tuple(names)), algebra, combination=True)
    if len(equations) != 1 or equations[0].value:
        raise no_combination(text)
    row: Array = _as_arrays(equations, text, len(names))[0][0]
    return row


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
    nonzero = np.count_nonzero(matrix) + np.count_nonzero(values)
    if not np.isfinite(matrix).all() or not np.isfinite(values).all() or nonzero != named:
        raise FormulaError(f"the hypothesis {shorten(text)!r} holds a number {TOO_LARGE}")
    return matrix, values


Spots = list[tuple[list[HypothesisToken], list[HypothesisToken]]]


def _equations(text: str, names: Names, algebra: Algebra, combination: bool = False) -> list[Equation]:
    """The equations of a text, which must have exactly one reading among those that its names allow."""
    if len(text) > MAX_LENGTH:
        raise FormulaError(f"the hypothesis has {len(text):,} characters; the limit is {MAX_LENGTH:,}")
    spots = list(_spots(text, names))
    unsure = [i for i, (_, alternative) in enumerate(spots) if alternative]
    if len(unsure) > MAX_AMBIGUOUS:
        _refuse_two_readings(text, [spots[i] for i in unsure])
    readings: list[list[Equation]] = []
    failed: FormulaError | None = None
    for choice in itertools.product((0, 1), repeat=len(unsure)):
        chosen = dict(zip(unsure, choice, strict=True))
        words = [token for i, spot in enumerate(spots) for token in spot[chosen.get(i, 0)]]
        try:
            read = list(HypothesisReader(words, algebra).equations(combination))
        except FormulaError as error:
            failed = error
            continue
        readings += [read] if read not in readings else []
    if len(readings) > 1:
        _refuse_two_readings(text, [spots[i] for i in unsure])
    if not readings:
        assert failed is not None
        raise failed
    return readings[0]


def _refuse_two_readings(text: str, spots: Spots) -> NoReturn:
    name = spots[0][0][0].text
    parts = " ".join(f"({t.text})" if t.kind == "name" else t.text for t in spots[0][1])
    shown = f"{float(parts)}" if NUMBER.fullmatch(parts) else parts
    raise FormulaError(
        f"the hypothesis {shorten(text)!r} can be read in two ways, because {name!r} is a name of its own: type "
        f"`{name}` in back-ticks for that name, or {shown} for the arithmetic"
    )


def _spots(text: str, names: Names) -> Iterator[tuple[list[HypothesisToken], list[HypothesisToken]]]:
    """The words of a text in order, each with its second reading where a name such as ``a-b`` is also arithmetic."""
    position = 0
    while position < len(text):
        blank = _BLANK.match(text, position)
        if blank:
            position = blank.end()
            continue
        token, end = next_token(text, position, names, len(text) + 1)
        yield [token], _otherwise(text[position:end], names, token)
        position = end


def _otherwise(span: str, names: Names, token: HypothesisToken) -> list[HypothesisToken]:
    if token.kind != "name" or word_end(span, 0) == len(span):
        return []
    tokens: list[HypothesisToken] = []
    position = 0
    try:
        while position < len(span):
            blank = _BLANK.match(span, position)
            if blank:
                position = blank.end()
                continue
            token, position = next_token(span, position, names, len(span), _nothing)
            tokens.append(token)
    except FormulaError:
        return []
    return tokens


def _nothing(text: str, word: str, names: Names) -> str:
    """An empty explanation, for errors that are never shown."""
    return ""
