"""From evaluated expressions to columns: contrasts, the layout of the matrix, its cells.

Which factors need an indicator for every level, and the contrast matrices, are formulaic's answers; the
cells are filled here, in blocks of rows.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.data import texts
from glmlogit.data.taken import Taken
from glmlogit.errors import DataError, FormulaError
from glmlogit.formula.algebra import Formula
from glmlogit.formula.gate import Expression
from glmlogit.formula.interpret import EvaluationContext, States, column_of, evaluate
from glmlogit.formula.products import Key
from glmlogit.formula.splines import Basis
from glmlogit.formula.transforms import Levels, code
from glmlogit.messages.notes import Note
from glmlogit.messages.words import Name, listed, plural, sentence

MAX_SCOPES = 20_000
"""Ways of leaving factors out of interactions, summed over terms (2 to the number of factors each)."""
MAX_LEVELS = 5_000
"""Levels of one factor."""
MAX_COLUMNS = 50_000
"""Columns of a model matrix."""

Array = npt.NDArray[np.float64]
Scoped = tuple[tuple[str, bool], ...]
"""The factors of a product, each marked True where its coding is reduced."""


def evaluate_all(
    formula: Formula,
    columns: Mapping[str, pd.Series[Any]],
    index: pd.Index[Any],
    states: States,
    counts: Array | None = None,
    learning: bool = False,
    numbers: Mapping[str, Array] | None = None,
) -> tuple[dict[str, Any], Array | None, tuple[Note, ...]]:
    """Values of the expressions of all terms, by text; offset (n,) or None; notes on levels dropped.

    ``numbers`` are columns of finite numbers that were read as doubles before.
    """
    rows = EvaluationContext(columns, index, formula.functions, states, counts, learning, numbers or {})
    used = dict.fromkeys(f for key in formula.terms for f in key)
    values = {text: evaluated(formula.expressions[text], rows) for text in used}
    notes = _unused(states) if learning else ()
    offset: Array | None = None
    for text in formula.offsets:
        part = offset_of(formula.expressions[text], rows)
        offset = part if offset is None else offset + part
    return values, offset, notes


def evaluated(expression: Expression, rows: EvaluationContext) -> Any:
    """One expression on some rows: numbers (n,) as float64, a :class:`Basis`, or :class:`Levels`."""
    if expression.plain and expression.text in rows.numbers:
        return column_of(expression.text, rows)
    value = evaluate(expression.tree, rows, expression.text)
    if isinstance(value, pd.Series):
        return _bare_factor(expression, value, rows)
    if isinstance(value, Basis | Levels):
        return value
    if np.ndim(value) != 1:
        raise DataError(f"{expression.text} has one value for all rows, or none that a model can use")
    return value if value.dtype == np.float64 else value.astype(np.float64)


def _bare_factor(expression: Expression, column: pd.Series[Any], rows: EvaluationContext) -> Levels:
    try:
        return code(column, rows.state(expression.tree))
    except DataError as error:
        raise DataError(f"{_subject(expression)} {error}") from None


def _subject(expression: Expression) -> str:
    return f"column {expression.text!r}" if expression.plain else expression.text


def together(table: Taken, states: States) -> tuple[Taken, tuple[str, ...], tuple[Note, ...]]:
    """The data with levels made one that cannot be told apart, the columns that had such levels, and notes."""
    columns: dict[str, pd.Series[Any]] = {}
    notes = []
    for (text, _), state in states.items():
        names, name = state.get("alike"), state.get("column")
        if names:
            notes.append(Note("alike", texts.merged_levels(text, names)))
        if names and name is not None:
            columns[name] = texts.renamed(table[name], names)
    return table.with_columns(columns) if columns else table, tuple(columns), tuple(notes)


def columns_of(formula: Formula, table: pd.DataFrame | Taken) -> Mapping[str, pd.Series[Any]]:
    """The columns of the right side, each taken from the table once, at the price of a pass over some hundred rows."""
    return table.columns if isinstance(table, Taken) else {name: table[name] for name in formula.predictors}


def text_notes(
    formula: Formula, columns: Mapping[str, pd.Series[Any]], values: Mapping[str, Any], people: float
) -> list[Note]:
    """Notes on text that became a factor and may not be one; an error where it can hardly be."""
    notes = []
    for text, value in values.items():
        if isinstance(value, Levels) and len(value.levels) <= MAX_LEVELS:
            notes += _of_factor(formula.expressions[text], value, columns, people)
    return notes


def _of_factor(
    expression: Expression, value: Levels, columns: Mapping[str, pd.Series[Any]], people: float
) -> list[Note]:
    name = expression.variables[0]
    if len(expression.variables) > 1 or not all(isinstance(level, str) for level in value.levels):
        return []
    chosen = not expression.plain or isinstance(columns[name].dtype, pd.CategoricalDtype)
    case = texts.in_case_only(value.levels)
    text, call = "Levels of {term} differ in case only: {levels}; {call} joins them.", f"df[{name!r}].str.lower()"
    notes = [Note("case", sentence(text, term=Name(expression.text), levels=case, call=call))] if case else []
    reading = texts.read_levels(value.levels, people)
    if reading.kind == "categories" or (chosen and not reading.refused):
        return notes
    what = f"column {name!r} is text with {len(value.levels)} levels"
    advice = reading.advice.format(column=name)
    seems = f", and {reading.what}" if reading.what else ""
    if reading.refused and not chosen:
        raise DataError(
            f"{what} in {plural(people, 'observation')}{seems}: each would get a coefficient of its own. "
            f"{_CONVERT.get(reading.kind, '')}{advice}. C({expression.text}) says that categories are meant"
        )
    if chosen:
        count = f"{expression.text} has {len(value.levels)} levels in {plural(people, 'observation')}{seems}"
        return [Note("many_levels", f"{count}: each has a coefficient of its own, from few of them."), *notes]
    advice = f"If {reading.kind} are meant, convert it with {advice}; C({expression.text}) says that categories are."
    return [Note("numeric_text", f"{what[0].upper()}{what[1:]}; {reading.what}. {advice}"), *notes]


_CONVERT = {"numbers": "Convert it with ", "dates": "Convert it to a number: "}


def offset_of(expression: Expression, rows: EvaluationContext) -> Array:
    """The values (n,) of an expression that is an offset; an error unless it is one number a row."""
    value = evaluate(expression.tree, rows, expression.text)
    if not isinstance(value, np.ndarray) or value.ndim != 1:
        raise DataError(f"{expression.text} must be one number for each row")
    return value.astype(np.float64)


def _unused(states: States) -> tuple[Note, ...]:
    notes = []
    for (text, _), state in states.items():
        gone = state.get("unused", ())
        if gone:
            plural = "level" if len(gone) == 1 else "levels"
            notes.append(Note("levels", f"{len(gone)} unused {plural} of {text} dropped: {listed(gone)}"))
    return tuple(notes)


@dataclass(frozen=True)
class Coding:
    """How one expression becomes columns: nothing to remember for a number, fields for a basis."""

    fields: tuple[Hashable, ...] | None = None
    spans: bool = False
    full: Array | None = None
    reduced: Array | None = None
    labels: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())


Codings = Mapping[str, Coding]
_NUMBER = Coding()


@dataclass(frozen=True)
class ColumnBlock:
    """Neighbouring columns that are products of the same factors; True marks a reduced factor."""

    factors: tuple[tuple[str, bool], ...]
    start: int
    stop: int


def coding_of(text: str, value: Any) -> Coding:
    """How the value of an expression becomes columns: as a number, as a basis, or as a factor with contrasts."""
    if isinstance(value, Basis):
        return Coding(value.fields, value.spans)
    if isinstance(value, Levels):
        if value.contrasts is None and len(value.levels) <= MOST_REMEMBERED:
            return _indicators(text, tuple(map(repr, value.levels)), value.levels)
        return _contrast_coding(text, value.contrasts, value.levels)
    return _NUMBER


# Levels of a factor whose indicators are remembered.
MOST_REMEMBERED = 50


@functools.lru_cache(maxsize=256)
def _indicators(text: str, written: tuple[str, ...], levels: tuple[Hashable, ...]) -> Coding:
    """Coding of a factor without contrasts of its own; ``written`` tells levels apart that are equal, as 1 and 1.0."""
    return _contrast_coding(text, None, levels)


def _contrast_coding(text: str, contrasts: Any, levels_in_order: tuple[Hashable, ...]) -> Coding:
    """Contrast matrices and column labels from formulaic, for the full and the reduced coding."""
    from formulaic.transforms.contrasts import TreatmentContrasts

    without, contrasts = contrasts is None, contrasts or TreatmentContrasts()
    levels = list(levels_in_order)
    if len(levels) > MAX_LEVELS:
        raise DataError(
            f"{text} has {len(levels)} levels ({listed(levels, 3)}); at most {MAX_LEVELS} get a coefficient each. "
            "It looks like an identifier: remove it, or use it as cluster="
        )
    base = getattr(contrasts, "base", None)
    if isinstance(base, str | int | float) and base not in levels:
        level = ""
        if isinstance(base, int) and 0 < base <= len(levels):
            level = f". The level that R counts as {base} is Treatment({levels[base - 1]!r})"
        raise DataError(f"{text} takes {base!r} as reference, but its levels are {listed(levels)}{level}")
    matrices, labels = [], []
    indicators = np.eye(len(levels) if without else 0)  # formulaic's own, but without its frames
    try:
        for reduced in (False, True):
            coded = None if without else contrasts.get_coding_matrix(levels, reduced_rank=reduced, sparse=False)
            matrix = indicators[:, int(reduced) :] if coded is None else np.ascontiguousarray(coded, dtype=np.float64)
            shape = contrasts.get_factor_format(levels, reduced_rank=reduced)
            columns = contrasts.get_coding_column_names(levels, reduced_rank=reduced)
            matrices.append(matrix)
            labels.append(tuple(shape.format(name=text, field=c) for c in columns))
    except (ValueError, TypeError, IndexError) as error:
        raise DataError(f"the contrasts of {text} do not fit its levels {listed(levels)}: {error}") from error
    return Coding(None, True, matrices[0], matrices[1], (labels[0], labels[1]))


def labels_of(text: str, coding: Coding, reduced: bool) -> tuple[str, ...]:
    """Names of the columns that an expression has in its full or its reduced coding."""
    if coding.full is not None:
        return coding.labels[reduced]
    if coding.fields is None:
        return (text,)
    return tuple(f"{text}[{name}]" for name in coding.fields[1 if reduced else 0 :])


def layout(terms: Sequence[Key], codings: Codings) -> list[tuple[Scoped, ...]]:
    """For each term the products that make its columns, each factor marked full or reduced.

    formulaic decides this from which parts of the space earlier terms span. It is asked only about the
    terms that involve a factor (and numeric terms that could share their span), on a two-row stand-in.
    """
    spanning = [frozenset(f for f in key if codings[f].spans) for key in terms]
    if sum(2 ** len(s) for s in spanning) - len(spanning) > MAX_SCOPES:
        raise FormulaError("the formula has too many interactions of factors; type fewer or a lower power")
    shared = {frozenset(key) - s for key, s in zip(terms, spanning, strict=True) if s}
    undecided = [key for key, s in zip(terms, spanning, strict=True) if s or frozenset(key) in shared]
    atoms = {f: i for i, f in enumerate(dict.fromkeys(f for key in undecided for f in key))}
    signature = tuple(tuple(atoms[f] for f in key) for key in undecided)
    answers = iter(_scopes(signature, tuple(codings[f].spans for f in atoms)) if undecided else ())
    names = tuple(atoms)
    chosen = set(undecided)
    out: list[tuple[Scoped, ...]] = []
    for key in terms:
        if key in chosen:
            out.append(tuple(tuple((names[i], r) for i, r in scoped) for scoped in next(answers)))
        else:
            out.append((tuple((f, False) for f in key),))
    return out


@functools.lru_cache(maxsize=64)
def _scopes(
    terms: tuple[tuple[int, ...], ...], spans: tuple[bool, ...]
) -> tuple[tuple[tuple[tuple[int, bool], ...], ...], ...]:
    from formulaic import Formula as Algebra
    from formulaic.parser.types import Factor as Atom
    from formulaic.parser.types import Term as Product

    intercept = Product([Atom("1", eval_method="literal")])
    wanted = [Product([Atom(f"f{i}", eval_method="lookup") for i in key]) if key else intercept for key in terms]
    stand_in = pd.DataFrame({f"f{i}": pd.Categorical(["a", "b"]) if s else [0.0, 1.0] for i, s in enumerate(spans)})
    if not spans:
        stand_in["f"] = [0.0, 1.0]
    matrix = Algebra(wanted, _ordering="none").get_model_matrix(stand_in)
    return tuple(
        tuple(tuple((int(f.factor.expr[1:]), bool(f.reduced)) for f in s.factors) for s in part.scoped_terms)
        for part in matrix.model_spec.structure
    )


def place(
    layout: Sequence[tuple[Scoped, ...]], codings: Codings
) -> tuple[tuple[ColumnBlock, ...], tuple[str, ...], list[tuple[int, ...]]]:
    """Blocks of neighbouring columns, names of all columns (p,), and the positions of the columns of each term."""
    blocks: list[ColumnBlock] = []
    names: list[str] = []
    spans = []
    for scopes in layout:
        first = len(names)
        for scoped in scopes:
            labels = [labels_of(f, codings[f], reduced) for f, reduced in scoped]
            if len(names) + math.prod(map(len, labels)) > MAX_COLUMNS:
                _refuse_columns(scoped)
            labels_of_block = (
                [":".join(parts[::-1]) for parts in itertools.product(*labels[::-1])] if scoped else ["Intercept"]
            )
            blocks.append(ColumnBlock(scoped, len(names), len(names) + len(labels_of_block)))
            names.extend(labels_of_block)
        spans.append(tuple(range(first, len(names))))
    if len(set(names)) < len(names):
        double = sorted({name for name, count in Counter(names).items() if count > 1})
        raise DataError(f"two columns of the model would be called {listed(double)}; rename a variable or a level")
    return tuple(blocks), tuple(names), spans


def check_size(terms: Sequence[Key], values: Mapping[str, Any]) -> None:
    """Refuse a matrix that is too wide before contrast matrices are made for it."""
    least = {f: len(value.levels) - 1 if isinstance(value, Levels) else 1 for f, value in values.items()}
    count = 0
    for key in terms:
        count += math.prod([least[f] for f in key])
        if count > MAX_COLUMNS:
            _refuse_columns(tuple((f, True) for f in key))


def _refuse_columns(scoped: Scoped) -> NoReturn:
    term = ":".join(f for f, _ in scoped)
    raise DataError(
        f"the model matrix would have more than {MAX_COLUMNS} columns, reached at the term {term}. "
        "A factor with a level for nearly every row is usually an identifier; remove it"
    )


# ---------------------------------------------------------------- filling the matrix

_CELLS_FILLED = 65_536
"""Cells filled at a time: the rows of a block stay in cache while all their columns are written."""


def fill(values: Mapping[str, Any], codings: Codings, blocks: Sequence[ColumnBlock], n: int, p: int) -> Array:
    """The model matrix (n, p), filled in blocks of rows."""
    x = np.empty((n, p))
    step = max(_CELLS_FILLED // max(p, 1), 256)
    for start in range(0, n, step):
        rows = slice(start, min(start + step, n))
        for block in blocks:
            if not block.factors:
                x[rows, block.start] = 1.0
            elif block.stop - block.start == 1:
                x[rows, block.start] = _one_column(values, codings, block, rows)
            else:
                x[rows, block.start : block.stop] = product(values, codings, block, rows)
    return x


def _one_column(values: Mapping[str, Any], codings: Codings, block: ColumnBlock, rows: slice) -> Array:
    first, *others = [_columns(values[f], codings[f], r, rows) for f, r in block.factors]
    first = first if first.ndim == 1 else first[:, 0]
    return functools.reduce(np.multiply, [a if a.ndim == 1 else a[:, 0] for a in others], first) if others else first


def product(values: Mapping[str, Any], codings: Codings, block: ColumnBlock, rows: slice) -> Array:
    """Row-wise products of the factors' columns; the first factor varies fastest, as in R."""
    out: Array | None = None
    for f, reduced in reversed(block.factors):
        part = _columns(values[f], codings[f], reduced, rows)
        part = part[:, None] if part.ndim == 1 else part
        out = part if out is None else (out[:, :, None] * part[:, None, :]).reshape(len(part), -1)
    return np.ones((rows.stop - rows.start, 1)) if out is None else out


def width(value: Any, coding: Coding, reduced: bool) -> int:
    """How many columns a factor of a product has."""
    if isinstance(value, Levels):
        matrix = coding.reduced if reduced else coding.full
        assert matrix is not None
        return int(matrix.shape[1])
    return len(value.fields) - reduced if isinstance(value, Basis) else 1


def _columns(value: Array | Basis | Levels, coding: Coding, reduced: bool, rows: slice) -> Array:
    if isinstance(value, np.ndarray):
        return value[rows]
    if isinstance(value, Basis):
        return value.values[rows, 1 if reduced else 0 :]
    matrix = coding.reduced if reduced else coding.full
    assert matrix is not None
    return matrix.take(value.codes[rows], axis=0)
