"""Safe formulas: text to terms, terms and data to a model matrix that new data can repeat.

The text passes `glmlogit._gate` first. What remains is the algebra of operators, contrasts and the
question which factors need an indicator for every level: formulaic answers these three. Columns are then
filled here in blocks of rows, straight into one float64 matrix.

Names of columns and terms are formulaic's (``Intercept``, ``C(race)[T.black]``, ``age:smoke``), with one
difference: a power typed as R users do is printed as typed, ``I(x^2)``. Booleans are numbers 0 and 1 and
carry the plain column name. ``.`` is every column that the left side does not use.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit import _coding, _frames, _gate, _groups, _texts
from glmlogit._algebra import Formula, Key, Reader, collect, marked
from glmlogit._gate import Expression
from glmlogit._interpret import Rows, States, evaluate
from glmlogit._splines import Basis
from glmlogit._tokens import Scope, Token, one_line, quoted, refuse, shorten, similar, tokens
from glmlogit._transforms import Levels, listed
from glmlogit.errors import DataError, FormulaError
from glmlogit.intake import Note
from glmlogit.matrices import Matrix
from glmlogit.patterns import Patterns

__all__ = ["Factor", "Formula", "ModelMatrix", "Spec", "Term", "build", "outcome_columns", "parse"]

Array = npt.NDArray[np.float64]
# ---------------------------------------------------------------- what a formula is


@dataclass(frozen=True)
class Term:
    """One term: its columns in the matrix, the data columns it reads and its factors (for marginality)."""

    name: str
    columns: tuple[int, ...]
    variables: tuple[str, ...]
    order: int
    factors: tuple[str, ...]


@dataclass(frozen=True)
class Factor:
    """One categorical factor: levels, reference and the column that carries each level's main effect."""

    expression: str
    variable: str
    levels: tuple[Hashable, ...]
    reference: Hashable | None
    columns: Mapping[Hashable, str]


# ---------------------------------------------------------------- parsing


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
    scope = Scope(formula, None if available is None else dict.fromkeys(available), own, not_in_dot)
    found = tokens(formula)
    left, right = _sides(scope, found)
    outcome, response = _left(scope, left)
    used = tuple(dict.fromkeys(v for e in response for v in e.variables))
    reader = Reader(scope, used, marked(scope, right))
    terms, offsets = collect(reader)
    text = one_line(found, formula)
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


def _sides(scope: Scope, found: Sequence[Token]) -> tuple[Sequence[Token], Sequence[Token]]:
    depth, tildes = 0, []
    for i, token in enumerate(found):
        if token.kind == "op":
            depth += (token.text == "(") - (token.text == ")")
            if token.text == "~" and depth == 0:
                tildes.append(i)
    if not tildes:
        _refuse_no_tilde(scope, found)
    if len(tildes) > 1:
        refuse(scope, found[tildes[1]], "a second '~'", "A formula has one outcome and one '~'")
    if not tildes[0]:
        refuse(scope, found[0], "nothing stands before '~'", "Type the outcome there: y ~ x")
    return found[: tildes[0]], found[tildes[0] + 1 :]


def _refuse_no_tilde(scope: Scope, found: Sequence[Token]) -> NoReturn:
    equal = next((t for t in found if t.kind == "op" and t.text in ("=", "==", "<-")), None)
    if equal is not None:
        left, right = scope.formula[: equal.start], scope.formula[equal.start + len(equal.text) :]
        advice = f"Type ~ between outcome and predictors: {shorten(f'{left.strip()} ~ {right.strip()}')}"
        refuse(scope, equal, f"{equal.text!r} stands where '~' belongs", advice)
    if len(found) > 1 and all(t.kind == "name" for t in found):
        words = [t.text for t in found]
        advice = f"Type {shorten(words[0] + ' ~ ' + ' + '.join(words[1:]))}"
    else:
        advice = "Type outcome ~ predictors, such as y ~ x1 + x2"
    refuse(scope, None, "the formula has no '~'" if found else "the formula is empty", advice)


def _left(scope: Scope, found: Sequence[Token]) -> tuple[str, tuple[Expression, ...]]:
    first = found[0]
    if first.kind == "name" and len(found) > 1 and found[1].text == "(" and found[1].kind == "op":
        expression, stop = _gate.call(scope, found, 0)
    elif first.kind in ("name", "quoted"):
        expression, stop = _gate.column(scope, first), 1
    else:
        advice = "Column names need no quotes" if first.kind == "string" else "Type a column or a call: I(x > 3) ~ z"
        refuse(scope, first, f"the outcome starts with {first.text!r}", advice)
    if stop < len(found):
        advice = "Put a computed outcome into I(...): I(x > 3) ~ z"
        refuse(scope, found[stop], f"{found[stop].text!r} after the outcome {expression.text!r}", advice)
    if not expression.variables:
        refuse(scope, first, f"the outcome {expression.text} uses no column")
    if not expression.plain and first.text == "cbind" and "cbind" not in scope.functions:
        return expression.text, _gate.arguments(expression)
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
    right = tuple(v for v in {**_in_order(expressions, used)} if v in model or v in shifted)
    variables = tuple(dict.fromkeys([*left, *right]))
    return Formula(text, outcome, variables, right, terms, offsets, response, used, scope.functions)


def _in_order(expressions: Mapping[str, Expression], used: Mapping[str, Expression]) -> dict[str, None]:
    return dict.fromkeys(v for f, e in expressions.items() if f in used for v in e.variables)


# ---------------------------------------------------------------- the outcome


def outcome_columns(formula: Formula, frame: pd.DataFrame) -> tuple[pd.Series[Any], ...]:
    """The left side evaluated.

    Parameters
    ----------
    formula : Formula
    frame : pandas.DataFrame
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
    rows = Rows({v: frame[v] for v in formula.variables if v in frame}, frame.index, formula.functions)
    return tuple(_outcome(e, frame, rows) for e in formula.response)


def _outcome(expression: Expression, frame: pd.DataFrame, rows: Rows) -> pd.Series[Any]:
    if expression.plain:
        column = frame[expression.text]
        assert isinstance(column, pd.Series)
        return column
    value = evaluate(expression.tree, rows, expression.text)
    for state in rows.states.values():
        if state.get("alike"):
            raise DataError(f"the outcome: {_texts.told(expression.text, state['alike'])} Make them one first")
    if isinstance(value, Basis):
        raise DataError(f"the outcome {expression.text} has {len(value.fields)} columns; it needs one")
    if isinstance(value, Levels):
        value = pd.Categorical.from_codes(value.codes, categories=pd.Index(list(value.levels)))
    if np.ndim(value) == 0:
        raise DataError(f"the outcome {expression.text} has one value for all rows")
    return pd.Series(value, index=frame.index, name=expression.text)


# ---------------------------------------------------------------- the model matrix


@dataclass(frozen=True)
class ModelMatrix:
    """The columns of a design, patterns of its rows where those repeat, the offset, the recipe, notes and the data."""

    matrix: Matrix
    patterns: Patterns | None
    offset: Array | None
    spec: Spec
    notes: tuple[Note, ...]
    frame: pd.DataFrame

    @property
    def X(self) -> Array:
        """The columns as numbers (n, p), in C order."""
        return self.matrix.whole


@dataclass(frozen=True)
class Spec:
    """All that is needed to make the same columns again from new data."""

    formula: Formula
    names: tuple[str, ...]
    terms: tuple[Term, ...]
    factors: tuple[Factor, ...]
    kinds: Mapping[str, str] = field(repr=False, default_factory=dict)
    codings: Mapping[str, _coding.Coding] = field(repr=False, compare=False, default_factory=dict)
    blocks: tuple[_coding.Block, ...] = field(repr=False, default=())
    states: States = field(repr=False, compare=False, default_factory=dict)
    joined: tuple[str, ...] = field(repr=False, default=())
    """Columns in which levels were made one that cannot be told apart."""

    @property
    def constants(self) -> tuple[int, ...]:
        """Positions of the columns of terms of order 0."""
        return tuple(j for term in self.terms if term.order == 0 for j in term.columns)

    def matrix(self, frame: pd.DataFrame) -> tuple[Array, Array | None]:
        """The columns for new rows.

        Parameters
        ----------
        frame : pandas.DataFrame
            Holds the predictors; other columns are ignored.

        Returns
        -------
        X : ndarray of shape (n, p)
            A row with a missing predictor is all NaN.
        offset : ndarray of shape (n,) or None
            None if the formula has no ``offset()``.

        Raises
        ------
        DataError
            A column is absent, holds a level the fit did not see, or changed between number and category.
        """
        frame = _frames.take(frame, self.formula.predictors)
        for name in self.joined:
            frame[name] = _texts.as_shown_column(frame[name])
        missing = np.zeros(len(frame), dtype=bool)
        for name in self.formula.predictors:
            missing |= _frames.missing_mask(frame[name])
        if not missing.any():
            return self._complete(frame)
        x = np.full((len(frame), len(self.names)), np.nan)
        offset = np.full(len(frame), np.nan) if self.formula.offsets else None
        x[~missing], part = self._complete(frame[~missing])
        if offset is not None:
            offset[~missing] = part
        return x, offset

    def _complete(self, frame: pd.DataFrame) -> tuple[Array, Array | None]:
        if not len(frame):
            return np.empty((0, len(self.names))), np.empty(0) if self.formula.offsets else None
        for name in self.formula.predictors:
            _check_kind(name, self.kinds[name], _frames.kind(frame[name], name))
        values, offset, _ = _coding.evaluate_all(self.formula, frame, self.states)
        for text, value in values.items():
            _check_width(text, value, self.codings[text])
        return _coding.fill(values, self.codings, self.blocks, len(frame), len(self.names)), offset

    def without(self, term: str) -> Formula:
        """The formula less one term, for a nested model; coded anew, as R does.

        Raises
        ------
        FormulaError
            No term has that name, or it is the only one.
        """
        self._term(term)
        return self.keeping([t.name for t in self.terms if t.name != term])

    def keeping(self, terms: Iterable[str]) -> Formula:
        """The formula with only the terms named (and its offsets)."""
        wanted = {self._term(name).name for name in terms}
        keys = [key for key in self.formula.terms if _term_name(key) in wanted]
        if not keys:
            raise FormulaError("no term would be left in the formula")
        return _shortened(self.formula, keys)

    def _term(self, name: str) -> Term:
        for term in self.terms:
            if term.name == name:
                return term
        near = similar(name, [t.name for t in self.terms])
        hint = f" Did you mean {near}?" if near else ""
        raise FormulaError(f"the model has no term {name!r}.{hint} Its terms: {listed([t.name for t in self.terms])}")


def _term_name(key: Key) -> str:
    return ":".join(key) or "Intercept"


def _shortened(formula: Formula, keys: Sequence[Key]) -> Formula:
    def typed(text: str) -> str:
        expression = formula.expressions[text]
        return quoted(text) if expression.plain else text

    shown = [":".join(map(typed, key)) for key in keys if key]
    shown += [typed(o) for o in formula.offsets]
    if () not in keys:
        shown.insert(0, "0")
    left = quoted(formula.outcome) if formula.response[0].plain and len(formula.response) == 1 else ""
    text = f"{left or formula.outcome} ~ {' + '.join(shown) or '1'}"
    used = {f: formula.expressions[f] for f in [*(f for key in keys for f in key), *formula.offsets]}
    right = tuple(_in_order(formula.expressions, used))
    left_variables = dict.fromkeys(v for e in formula.response for v in e.variables)
    return replace(
        formula,
        text=text,
        terms=tuple(keys),
        expressions=used,
        predictors=right,
        variables=tuple(dict.fromkeys([*left_variables, *right])),
    )


def _check_kind(name: str, fitted: str, given: str) -> None:
    if "empty" in (fitted, given) or fitted == given:
        return
    words = {"numeric": "numbers", "factor": "categories"}
    raise DataError(
        f"column {name!r} held {words[fitted]} when the model was fitted and holds {words[given]} now; "
        "its coefficients would be applied to something else. Convert it to the type of the fit"
    )


def _check_width(text: str, value: Any, coding: _coding.Coding) -> None:
    width = len(value.fields) if isinstance(value, Basis) else 1
    expected = len(coding.fields) if coding.fields is not None else 1
    if width != expected:
        raise DataError(f"{text} makes {width} columns now and made {expected} when the model was fitted")


def build(
    formula: Formula,
    frame: pd.DataFrame,
    beside: Sequence[Array] = (),
    counts: Array | None = None,
    people: float | None = None,
) -> ModelMatrix:
    """Evaluate the right side and lay out the model matrix.

    Parameters
    ----------
    formula : Formula
    frame : pandas.DataFrame
        The columns the formula uses; rows with missing values must have been removed.
    beside : sequence of ndarray
        What else rows of one covariate pattern must share: an offset given beside the formula.
    counts : ndarray of shape (n,), optional
        Observations that each row stands for: means, knots and the like are learned from as many; one each.
    people : float, optional
        How many observations there are, against which levels of text are counted; as ``counts`` say by default.

    Returns
    -------
    ModelMatrix

    Raises
    ------
    DataError
        A column cannot be used, a factor has one level, a transform is not finite; names expression and rows.
    """
    if not len(frame):
        raise DataError("no row is left to fit: the data are empty, or every row had a missing value")
    states: States = {}
    kinds = {name: str(_frames.kind(frame[name], name)) for name in formula.predictors}
    values, offset, notes = _coding.evaluate_all(formula, frame, states, counts, learning=True)
    frame, joined, told = _coding.together(frame, states)
    if joined:
        states = {}
        values, offset, notes = _coding.evaluate_all(formula, frame, states, counts, learning=True)
    observed = len(frame) if counts is None else float(counts.sum())
    told = (*told, *notes, *_coding.text_notes(formula, frame, values, observed if people is None else people))
    _coding.check_size(formula.terms, values)
    codings = {text: _coding.coding_of(text, value) for text, value in values.items()}
    layout = _coding.layout(formula.terms, codings)
    blocks, names, spans = _coding.place(layout, codings)
    terms = tuple(_term(formula, key, columns) for key, columns in zip(formula.terms, spans, strict=True))
    factors = tuple(_factor(formula, text, v, codings[text], layout) for text, v in values.items() if _coded(v))
    spec = Spec(formula, names, terms, factors, kinds, codings, blocks, states, joined)
    shared = beside if offset is None else [*beside, offset]
    matrix, found = _groups.matrix_of(values, codings, blocks, (len(frame), len(names)), shared)
    return ModelMatrix(matrix, found, offset, spec, told, frame)


def _coded(value: Any) -> bool:
    return isinstance(value, Levels)


def _term(formula: Formula, key: Key, columns: tuple[int, ...]) -> Term:
    variables = tuple(dict.fromkeys(v for f in key for v in formula.expressions[f].variables))
    return Term(_term_name(key), columns, variables, len(key), key)


def _factor(
    formula: Formula, text: str, value: Levels, coding: _coding.Coding, layout: Sequence[tuple[_coding.Scoped, ...]]
) -> Factor:
    variable = formula.expressions[text].variables[0]
    main = next((r for scopes in layout for s in scopes if len(s) == 1 for f, r in s if f == text), None)
    kind = type(value.contrasts).__name__
    by_level = kind in ("NoneType", "TreatmentContrasts", "SASContrasts", "SumContrasts")
    if main is None or not (by_level or not main):
        return Factor(text, variable, value.levels, None, {})
    assert coding.full is not None
    assert coding.reduced is not None
    matrix = coding.reduced if main else coding.full
    carried = {value.levels[int(np.argmax(column))]: j for j, column in enumerate(matrix.T)}
    columns = {level: coding.labels[main][carried[level]] for level in value.levels if level in carried}
    zero = np.flatnonzero(~matrix.any(axis=1))
    reference = value.levels[int(zero[0])] if len(zero) == 1 else None
    return Factor(text, variable, value.levels, reference, columns)
