"""The variables of a regression table: the terms that read the same columns, their levels, and how many there were."""

from __future__ import annotations

import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.columns.formula_columns import of_formula
from glmlogit.designs.container import Design
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.formula.spec import Term
from glmlogit.formula.transforms import Levels
from glmlogit.publication.group_summaries import ValueSummary

Array = npt.NDArray[np.float64]
Shown = Literal["mean", "median"]


@dataclass(frozen=True)
class TableRow:
    """A level, a numeric variable, a curve or an interaction, and how often it was observed.

    ``counts`` and ``percents`` are of the event, or of each level of an outcome that is modelled by its levels.
    """

    term: str
    level: Any = None
    reference: bool = False
    n: float = math.nan
    counts: tuple[float, ...] = ()
    percents: tuple[float, ...] = ()


class Continuous(NamedTuple):
    """How a number is shown, and what it is like: of all, then of events and non-events, or of each outcome."""

    shown: Shown
    summaries: tuple[ValueSummary, ...]


@dataclass(frozen=True)
class TableVariable:
    """The terms that read the same columns of the data: a variable of the table, or an interaction.

    ``rated`` says whether each row has a coefficient, or is the reference; ``within`` which terms contain the
    variable, so that it has no odds ratio of its own; ``continuous`` what a number is like in each outcome.
    """

    terms: tuple[Term, ...]
    rows: tuple[TableRow, ...]
    rated: bool = False
    joint: bool = False
    within: str = ""
    continuous: Continuous | None = None

    @property
    def names(self) -> list[str]:
        """Names of the terms."""
        return [term.name for term in self.terms]

    @property
    def name(self) -> str:
        """Names of the terms, in one."""
        return " + ".join(self.names)

    @property
    def variable(self) -> str:
        """The column of the data, or the terms where they read several."""
        return self.name if self.joint or len(self.terms[0].variables) != 1 else self.terms[0].variables[0]

    @property
    def numeric(self) -> bool:
        """Whether it has one odds ratio, for a unit."""
        return self.rated and self.rows[0].level is None


def variables_of(rows: Design, units: Container[str]) -> tuple[TableVariable, ...]:
    """Sort the terms by the columns they read; one with a unit is a number, even if its values are 0 and 1."""
    assert rows.frame is not None
    if not rows.has_intercept:
        raise UnsupportedError(
            "the model has no intercept, so that crude models have no baseline and factors no reference level; "
            "leave out '0 +' or '- 1'"
        )
    groups: dict[frozenset[str], list[Term]] = {}
    for term in rows.terms:
        if term.order:
            groups.setdefault(frozenset(term.variables), []).append(term)
    if not groups:
        raise DataError(f"the formula {rows.formula!r} has no variable to make a table of; type one behind '~'")
    values = of_formula(rows.columns).evaluated(rows.frame)
    return tuple(_variable(rows, values, columns, groups, units) for columns in groups)


def _variable(
    rows: Design,
    values: Mapping[str, Any],
    columns: frozenset[str],
    groups: Mapping[frozenset[str], Sequence[Term]],
    units: Container[str],
) -> TableVariable:
    terms = tuple(groups[columns])
    name = " + ".join(term.name for term in terms)
    within = ", ".join(term.name for wider, same in groups.items() if columns < wider for term in same)
    shared = any(columns & wider for wider in groups if wider != columns)
    if terms[0].order > 1 or (shared and len(columns) > 1):
        return TableVariable(terms, (TableRow(name),), joint=True, within=within)
    value = values[terms[0].factors[0]] if len(terms) == 1 else None
    if isinstance(value, Levels):
        levels, rated = _level_rows(rows, terms[0], value)
        return TableVariable(terms, levels, rated, within=within)
    if isinstance(value, np.ndarray) and terms[0].name not in units and _is_binary(value):
        return TableVariable(terms, _binary_rows(rows, terms[0], value), rated=True, within=within)
    row = TableRow(name, None, False, *tally(rows, np.zeros(rows.n_rows, dtype=np.intp), 1)[0])
    return TableVariable(terms, (row,), rated=isinstance(value, np.ndarray), within=within)


def _is_binary(value: Array) -> bool:
    return bool(value.any() and not value.all() and ((value == 0) | (value == 1)).all())


def _binary_rows(rows: Design, term: Term, value: Array) -> tuple[TableRow, ...]:
    none, single = tally(rows, value.astype(np.intp), 2)
    boolean = rows.frame is not None and term.name in rows.frame and pd.api.types.is_bool_dtype(rows.frame[term.name])
    no, yes = (False, True) if boolean else (0, 1)
    return TableRow(f"{term.name}[{no}]", no, True, *none), TableRow(term.name, yes, False, *single)


def _level_rows(rows: Design, term: Term, value: Levels) -> tuple[tuple[TableRow, ...], bool]:
    """A row a level, and whether each is compared with a reference level."""
    factor = next(factor for factor in rows.columns.factors if factor.expression == term.factors[0])
    rated = factor.reference is not None
    columns = factor.columns if rated else {}
    counts = tally(rows, value.codes, len(value.levels))
    levels = tuple(
        TableRow(columns.get(level, f"{term.name}[{level}]"), level, rated and level == factor.reference, *numbers)
        for level, numbers in zip(value.levels, counts, strict=True)
    )
    return levels, rated


Tally = tuple[float, tuple[float, ...], tuple[float, ...]]


def tally(rows: Design, codes: npt.NDArray[np.intp], size: int) -> list[Tally]:
    """Of each code: how many were observed, how many with each outcome, their percentages (weighted in a sample)."""
    trials = np.ones(rows.n_rows) if rows.trials is None else rows.trials
    outcomes = rows.y[:, None] if rows.levels is None else rows.levels.table()
    counted = rows.weights if rows.counted and rows.weights is not None else np.ones(rows.n_rows)
    sampled = rows.weights if rows.sampled and rows.weights is not None else counted
    n, *events = (np.bincount(codes, counted * x, size).tolist() for x in (trials, *outcomes.T))
    weight, *shares = (np.bincount(codes, sampled * x, size) for x in (trials, *outcomes.T))
    percents = [(100.0 * share / weight).tolist() for share in shares]
    return list(zip(n, zip(*events, strict=True), zip(*percents, strict=True), strict=True))
