"""The terms of a formula and data to a model matrix, and the recipe that makes the same columns from new data.

The text has passed :mod:`glmlogit.formula.gate` before. What remains is the algebra of operators, contrasts and the
question which factors need an indicator for every level: formulaic answers these three. Columns are then filled in
blocks of rows.

Names of columns and terms are formulaic's (``Intercept``, ``C(race)[T.black]``, ``age:smoke``), with one
difference: a power typed as R users do is printed as typed, ``I(x^2)``. Booleans are numbers 0 and 1 and
carry the plain column name. ``.`` is every column that the left side does not use.
"""

from __future__ import annotations

import functools
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.data import frames, texts
from glmlogit.data.patterns import Patterns
from glmlogit.data.storage import Matrix
from glmlogit.data.taken import Taken
from glmlogit.errors import DataError, FormulaError
from glmlogit.formula import matrix_form
from glmlogit.formula.algebra import Formula
from glmlogit.formula.coding import (
    MOST_REMEMBERED,
    Coding,
    ColumnBlock,
    Scoped,
    check_size,
    coding_of,
    columns_of,
    evaluate_all,
    fill,
    place,
    text_notes,
    together,
)
from glmlogit.formula.coding import layout as layout_of
from glmlogit.formula.gate import Expression
from glmlogit.formula.interpret import States
from glmlogit.formula.products import Key
from glmlogit.formula.splines import Basis
from glmlogit.formula.tokens import quoted, similar
from glmlogit.formula.transforms import Levels
from glmlogit.messages.notes import Note
from glmlogit.messages.words import listed
from glmlogit.numerics.arrays import all_finite

Array = npt.NDArray[np.float64]


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


def in_order(expressions: Mapping[str, Expression], used: Mapping[str, Expression]) -> dict[str, None]:
    """The data columns that the expressions in ``used`` read, as keys, in the order of ``expressions``."""
    return dict.fromkeys(v for f, e in expressions.items() if f in used for v in e.variables)


@dataclass(frozen=True)
class ModelMatrix:
    """The columns of a design, patterns of its rows where those repeat, the offset, the recipe, notes and the data."""

    matrix: Matrix
    patterns: Patterns | None
    offset: Array | None
    spec: Spec
    notes: tuple[Note, ...]
    table: Taken

    @property
    def X(self) -> Array:
        """The columns as numbers (n, p), in C order."""
        return self.matrix.array


@dataclass(frozen=True)
class Spec:
    """All that is needed to make the same columns again from new data."""

    formula: Formula
    names: tuple[str, ...]
    terms: tuple[Term, ...]
    factors: tuple[Factor, ...]
    kinds: Mapping[str, str] = field(repr=False, default_factory=dict)
    codings: Mapping[str, Coding] = field(repr=False, compare=False, default_factory=dict)
    blocks: tuple[ColumnBlock, ...] = field(repr=False, default=())
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
        frame = frames.take(frame, self.formula.predictors)
        for name in self.joined:
            frame[name] = texts.as_shown_column(frame[name])
        missing = np.zeros(len(frame), dtype=bool)
        for name in self.formula.predictors:
            missing |= frames.missing_mask(frame[name])
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
        columns = columns_of(self.formula, frame)
        for name, column in columns.items():
            _check_kind(name, self.kinds[name], frames.kind(column, name))
        values, offset, _ = evaluate_all(self.formula, columns, frame.index, self.states)
        for text, value in values.items():
            _check_width(text, value, self.codings[text])
        return fill(values, self.codings, self.blocks, len(frame), len(self.names)), offset

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
    right = tuple(in_order(formula.expressions, used))
    left_variables = dict.fromkeys(v for e in formula.response for v in e.variables)
    return replace(
        formula,
        text=text,
        terms=tuple(keys),
        expressions=used,
        predictors=right,
        variables=tuple(dict.fromkeys([*left_variables, *right])),
    )


def _check_kind(name: str, fitted: str, present: str) -> None:
    if "empty" in (fitted, present) or fitted == present:
        return
    words = {"numeric": "numbers", "factor": "categories"}
    raise DataError(
        f"column {name!r} held {words[fitted]} when the model was fitted and holds {words[present]} now; "
        "its coefficients would be applied to something else. Convert it to the type of the fit"
    )


def _check_width(text: str, value: Any, coding: Coding) -> None:
    width = len(value.fields) if isinstance(value, Basis) else 1
    expected = len(coding.fields) if coding.fields is not None else 1
    if width != expected:
        raise DataError(f"{text} makes {width} columns now and made {expected} when the model was fitted")


def build(
    formula: Formula,
    table: pd.DataFrame | Taken,
    beside: Sequence[Array] = (),
    counts: Array | None = None,
    people: float | None = None,
) -> ModelMatrix:
    """Evaluate the right side and lay out the model matrix.

    Parameters
    ----------
    formula : Formula
    table : DataFrame or Taken
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
    table = Taken.of(table) if isinstance(table, pd.DataFrame) else table
    if not len(table):
        raise DataError("no row is left to fit: the data are empty, or every row had a missing value")
    states: States = {}
    columns = columns_of(formula, table)
    kinds = {name: str(frames.kind(table.column(name), name)) for name in formula.predictors}
    numbers = {name: frames.numbers(table.column(name)) for name, kind in kinds.items() if kind == "numeric"}
    finite = {name: values for name, values in numbers.items() if table.finite(name) or all_finite(values)}
    values, offset, notes = evaluate_all(formula, columns, table.index, states, counts, learning=True, numbers=finite)
    table, joined, merged = together(table, states)
    if joined:
        states, columns = {}, columns_of(formula, table)
        values, offset, notes = evaluate_all(formula, columns, table.index, states, counts, learning=True)
    observed = len(table) if counts is None else float(counts.sum())
    merged = (*merged, *notes, *text_notes(formula, columns, values, observed if people is None else people))
    check_size(formula.terms, values)
    codings = {text: coding_of(text, value) for text, value in values.items()}
    blocks, names, terms, factors = _laid_out(formula, codings, values)
    spec = Spec(formula, names, terms, factors, kinds, codings, blocks, states, joined)
    shared = beside if offset is None else [*beside, offset]
    matrix, repeats = matrix_form.matrix_of(values, codings, blocks, (len(table), len(names)), shared)
    return ModelMatrix(matrix, repeats, offset, spec, merged, table)


class _Layout(NamedTuple):
    """Where the columns of a formula stand, what they are called, and of which terms and factors they are."""

    blocks: tuple[ColumnBlock, ...]
    names: tuple[str, ...]
    terms: tuple[Term, ...]
    factors: tuple[Factor, ...]


class _Question:
    """What a layout depends on; the same question again where formula, codings and contrasts are the same objects."""

    def __init__(self, formula: Formula, codings: Mapping[str, Coding], levels: Mapping[str, Levels]) -> None:
        self.formula, self.codings, self.levels = formula, dict(codings), dict(levels)
        contrasts = (value.contrasts for value in levels.values())
        self._same = (id(formula), *map(id, codings.values()), *map(id, contrasts))

    def __hash__(self) -> int:
        return hash(self._same)

    def __eq__(self, question: object) -> bool:
        return isinstance(question, _Question) and self._same == question._same


def _laid_out(formula: Formula, codings: Mapping[str, Coding], values: Mapping[str, Any]) -> _Layout:
    """The layout; that of a formula without functions of its own is remembered, since an analysis fits it many times.

    Codes of rows are no part of a question that is remembered.
    """
    levels = {text: Levels(_NO_CODES, v.levels, v.contrasts) for text, v in values.items() if isinstance(v, Levels)}
    question = _Question(formula, codings, levels)
    if formula.functions or sum(len(v.levels) for v in levels.values()) > MOST_REMEMBERED:
        return _answer(question)
    return _remembered(question)


_NO_CODES = np.zeros(0, dtype=np.int32)


@functools.lru_cache(maxsize=64)
def _remembered(question: _Question) -> _Layout:
    return _answer(question)


def _answer(question: _Question) -> _Layout:
    formula, codings = question.formula, question.codings
    layout = layout_of(formula.terms, codings)
    blocks, names, spans = place(layout, codings)
    terms = tuple(_term(formula, key, columns) for key, columns in zip(formula.terms, spans, strict=True))
    factors = tuple(_factor(formula, text, v, codings[text], layout) for text, v in question.levels.items())
    return _Layout(blocks, names, terms, factors)


def _term(formula: Formula, key: Key, columns: tuple[int, ...]) -> Term:
    variables = tuple(dict.fromkeys(v for f in key for v in formula.expressions[f].variables))
    return Term(_term_name(key), columns, variables, len(key), key)


def _factor(formula: Formula, text: str, value: Levels, coding: Coding, layout: Sequence[tuple[Scoped, ...]]) -> Factor:
    variable = formula.expressions[text].variables[0]
    main = next((r for scopes in layout for s in scopes if len(s) == 1 for f, r in s if f == text), None)
    kind = type(value.contrasts).__name__
    by_level = kind in ("NoneType", "TreatmentContrasts", "SASContrasts", "SumContrasts")
    if main is None or not (by_level or not main):
        return Factor(text, variable, value.levels, None, {})
    assert coding.full is not None
    assert coding.reduced is not None
    matrix = coding.reduced if main else coding.full
    places = range(main, len(value.levels)) if value.contrasts is None else matrix.argmax(axis=0).tolist()
    carried = {value.levels[place]: j for j, place in enumerate(places)}
    columns = {level: coding.labels[main][carried[level]] for level in value.levels if level in carried}
    zero = np.flatnonzero(~matrix.any(axis=1))
    reference = value.levels[int(zero[0])] if len(zero) == 1 else None
    return Factor(text, variable, value.levels, reference, columns)
