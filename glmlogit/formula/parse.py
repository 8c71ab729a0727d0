"""The text of a formula to its outcome, terms and offsets: split at ``~``, read, checked, never evaluated."""

from __future__ import annotations

import keyword
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from glmlogit.data import texts
from glmlogit.data.taken import Taken
from glmlogit.errors import DataError, FormulaError
from glmlogit.formula import gate
from glmlogit.formula.algebra import Formula, FormulaReader, collect, marked
from glmlogit.formula.gate import Expression
from glmlogit.formula.interpret import EvaluationContext, evaluate
from glmlogit.formula.products import Key
from glmlogit.formula.spec import in_order
from glmlogit.formula.splines import Basis
from glmlogit.formula.tokens import Scope, Token, one_line, refuse, shorten, tokens
from glmlogit.formula.transforms import Levels
from glmlogit.messages.words import listed


def parse(
    formula: str,
    functions: Mapping[str, Callable[..., Any]] | None = None,
    available: Sequence[Hashable] | None = None,
    not_in_dot: Collection[str] = (),
) -> Formula:
    """Check a formula and work out its terms, without evaluating anything.

    Parameters
    ----------
    formula : str
        Such as ``"low ~ age + C(race) * smoke + offset(z)"``.
    functions : mapping of str to callable, optional
        Functions the formula may call beside those of the allow-list; they come before it.
    available : sequence of column labels, optional
        The columns of the data: needed for ``.``, and used to tell misspelt names.
    not_in_dot : collection of str, optional
        Columns that ``.`` does not stand for: weights, offsets and the like.

    Returns
    -------
    Formula

    Raises
    ------
    FormulaError
        The message names the token, its position and what to type instead.
    """
    if not isinstance(formula, str):
        raise FormulaError(
            f"a formula is a text such as 'y ~ x', not {type(formula).__name__}; it comes first, then the data"
        )
    own = _own_functions(functions)
    if own or len(available or ()) > MOST_REMEMBERED:
        return _parsed(formula, available, own, not_in_dot)
    return _remembered(formula, None if available is None else tuple(available), frozenset(not_in_dot))


# Columns of data whose formulas are remembered by text: an analysis fits the same one many times.
MOST_REMEMBERED = 1_000


@lru_cache(maxsize=64)
def _remembered(formula: str, available: tuple[Hashable, ...] | None, not_in_dot: frozenset[str]) -> Formula:
    return _parsed(formula, available, {}, not_in_dot)


def _parsed(
    formula: str,
    available: Sequence[Hashable] | None,
    own: Mapping[str, Callable[..., Any]],
    not_in_dot: Collection[str],
) -> Formula:
    scope = Scope(formula, None if available is None else dict.fromkeys(available), own, not_in_dot)
    stream = tokens(formula)
    left, right = _sides(scope, stream)
    outcome, response = _left(scope, left)
    used = tuple(dict.fromkeys(v for e in response for v in e.variables))
    reader = FormulaReader(scope, used, marked(scope, right))
    terms, offsets = collect(reader)
    text = one_line(stream, formula)
    return _assemble_formula(scope, text, outcome, response, reader.expressions, terms, offsets)


_RESERVED = {"C", "I", "Q", "c", "cbind", "offset", "relevel"}


def _own_functions(functions: Mapping[str, Callable[..., Any]] | None) -> dict[str, Callable[..., Any]]:
    if functions is not None and not isinstance(functions, Mapping):
        raise FormulaError(f"functions= needs names with functions, such as {{'f': f}}, not {type(functions).__name__}")
    own = dict(functions or {})
    for name, function in own.items():
        word = isinstance(name, str) and name.isidentifier() and not keyword.iskeyword(name)
        if not word or name.startswith("__"):
            raise FormulaError(f"functions= has the name {name!r}; a name must be an identifier such as 'f'")
        if name in _RESERVED:
            raise FormulaError(f"functions= redefines {name!r}, which formulas need; choose another name")
        if not callable(function):
            raise FormulaError(f"functions= gives {name!r} as {type(function).__name__}, which is no function")
    return own


def _sides(scope: Scope, stream: Sequence[Token]) -> tuple[Sequence[Token], Sequence[Token]]:
    depth, tildes = 0, []
    for i, token in enumerate(stream):
        if token.kind == "op":
            depth += (token.text == "(") - (token.text == ")")
            if token.text == "~" and depth == 0:
                tildes.append(i)
    if not tildes:
        _refuse_no_tilde(scope, stream)
    if len(tildes) > 1:
        refuse(scope, stream[tildes[1]], "a second '~'", "A formula has one outcome and one '~'")
    if not tildes[0]:
        refuse(scope, stream[0], "nothing stands before '~'", "Type the outcome there: y ~ x")
    return stream[: tildes[0]], stream[tildes[0] + 1 :]


def _refuse_no_tilde(scope: Scope, stream: Sequence[Token]) -> NoReturn:
    equal = next((t for t in stream if t.kind == "op" and t.text in ("=", "==", "<-")), None)
    if equal is not None:
        left, right = scope.formula[: equal.start], scope.formula[equal.start + len(equal.text) :]
        advice = f"Type ~ between outcome and predictors: {shorten(f'{left.strip()} ~ {right.strip()}')}"
        refuse(scope, equal, f"{equal.text!r} stands where '~' belongs", advice)
    if len(stream) > 1 and all(t.kind == "name" for t in stream):
        words = [t.text for t in stream]
        advice = f"Type {shorten(words[0] + ' ~ ' + ' + '.join(words[1:]))}"
    else:
        advice = "Type outcome ~ predictors, such as y ~ x1 + x2"
    refuse(scope, None, "the formula has no '~'" if stream else "the formula is empty", advice)


def _left(scope: Scope, stream: Sequence[Token]) -> tuple[str, tuple[Expression, ...]]:
    first = stream[0]
    if first.kind == "name" and len(stream) > 1 and stream[1].text == "(" and stream[1].kind == "op":
        expression, stop = gate.call(scope, stream, 0)
    elif first.kind in ("name", "quoted"):
        expression, stop = gate.column(scope, first), 1
    else:
        advice = "Column names need no quotes" if first.kind == "string" else "Type a column or a call: I(x > 3) ~ z"
        refuse(scope, first, f"the outcome starts with {first.text!r}", advice)
    if stop < len(stream):
        advice = "Put a computed outcome into I(...): I(x > 3) ~ z"
        refuse(scope, stream[stop], f"{stream[stop].text!r} after the outcome {expression.text!r}", advice)
    if not expression.variables:
        refuse(scope, first, f"the outcome {expression.text} uses no column")
    if not expression.plain and first.text == "cbind" and "cbind" not in scope.functions:
        return expression.text, gate.arguments(expression)
    return expression.text, (expression,)


def _assemble_formula(
    scope: Scope,
    text: str,
    outcome: str,
    response: tuple[Expression, ...],
    expressions: Mapping[str, Expression],
    terms: tuple[Key, ...],
    offsets: tuple[str, ...],
) -> Formula:
    left = dict.fromkeys(v for e in response for v in e.variables)
    model = dict.fromkeys(v for key in terms for f in key for v in expressions[f].variables)
    both = [v for v in left if v in model]
    if both:
        raise FormulaError(
            f"{listed(both)} on both sides of '~' in {shorten(text)!r}: the outcome would explain itself. "
            "Remove it from the right side"
        )
    shifted = dict.fromkeys(v for o in offsets for v in expressions[o].variables)
    used = {f: expressions[f] for f in [*(f for key in terms for f in key), *offsets]}
    right = tuple(v for v in {**in_order(expressions, used)} if v in model or v in shifted)
    variables = tuple(dict.fromkeys([*left, *right]))
    return Formula(text, outcome, variables, right, terms, offsets, response, used, scope.functions)


def outcome_columns(formula: Formula, frame: pd.DataFrame | Taken) -> tuple[pd.Series[Any], ...]:
    """The left side evaluated.

    Parameters
    ----------
    formula : Formula
    frame : DataFrame or Taken
        The used columns, rows with missing values removed.

    Returns
    -------
    tuple of pandas.Series
        One Series, or two (events, nonevents) for ``cbind``. A bare column is returned as it is, so text
        and categories survive; a comparison is boolean; anything else is float64.

    Raises
    ------
    DataError
        The expression is not finite, or uses text as numbers.
    """
    return tuple(_outcome(e, formula, frame) for e in formula.response)


def _outcome(expression: Expression, formula: Formula, frame: pd.DataFrame | Taken) -> pd.Series[Any]:
    if expression.plain:
        column = frame[expression.text]
        assert isinstance(column, pd.Series)
        return column
    rows = EvaluationContext({v: frame[v] for v in formula.variables if v in frame}, frame.index, formula.functions)
    value = evaluate(expression.tree, rows, expression.text)
    for state in rows.states.values():
        if state.get("alike"):
            raise DataError(f"the outcome: {texts.merged_levels(expression.text, state['alike'])} Make them one first")
    if isinstance(value, Basis):
        raise DataError(f"the outcome {expression.text} has {len(value.fields)} columns; it needs one")
    if isinstance(value, Levels):
        value = pd.Categorical.from_codes(value.codes, categories=pd.Index(list(value.levels)))
    if np.ndim(value) == 0:
        raise DataError(f"the outcome {expression.text} has one value for all rows")
    if np.shape(value) != (len(frame),):
        raise DataError(f"the outcome {expression.text} must be one value for each row")
    return pd.Series(value, index=frame.index, name=expression.text)
