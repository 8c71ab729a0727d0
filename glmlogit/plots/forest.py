"""Forest plots: odds ratios with their limits on a log axis, a line of text each."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from glmlogit.documents import formatting
from glmlogit.documents.naming import Labelled, level_of, name_of, outcome_of
from glmlogit.documents.style import interval_head, joined_limits, p_head, reference_text, say, says_unit, unit_text
from glmlogit.drawing import axes, forest
from glmlogit.drawing.sizes import Width
from glmlogit.errors import DataError
from glmlogit.inference.evidence import default_method, is_long
from glmlogit.inference.odds_ratios import odds_ratios
from glmlogit.messages.labels import Labels, in_force, labels_of
from glmlogit.messages.options import check_level
from glmlogit.messages.units import NO_UNIT, SPREADS, Unit, unit_of_row
from glmlogit.plots.forest_models import NUMBERS, ODDS, DrawnMeasure, measure_of, models_of, published

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from glmlogit.estimate.estimate import Estimate


_TABLES = "a Fit, a table of fit.odds_ratios(reference_rows=True), or a dict of names and these"


@dataclass(frozen=True)
class Entry:
    """An odds ratio of one model: the numbers of a row of the table."""

    odds_ratio: float
    low: float
    high: float
    p_value: float
    reference: bool

    def text(self, *, log: bool = True) -> str:
        """``2.52 (1.15, 5.52)``; what has no number says so."""
        if self.reference and not log:
            return f"0 ({say('reference')})"
        if self.reference:
            return reference_text()
        if math.isnan(self.odds_ratio):
            return say("not estimable")
        row = (self.odds_ratio, self.low, self.high)
        ratio, low, high = formatting.ratio_in_picture(*row) if log else formatting.difference_row(row)
        text = f"{ratio} {joined_limits(low, high)}"
        return text if log else text.replace("-", "−")


@dataclass(frozen=True)
class ForestLine:
    """A line of the plot: a label with the odds ratio of each model by name; a heading has none.

    ``before`` stands between label and marks, in columns with ``heads``.
    """

    label: str
    entries: Mapping[str, Entry]
    before: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()


# --- the lines ------------------------------------------------------------------------------------


def tables_of(
    fits: Any, units: Any, method: str | None, level: float | None, intercept: bool
) -> dict[str, pd.DataFrame]:
    """Odds ratios of each model, by name."""
    models = models_of(fits)
    if not models:
        raise DataError(f"there is no model to draw; give {_TABLES}")
    terms = {term for model in models.values() if not isinstance(model, pd.DataFrame) for term in _terms(model)}
    tables: dict[str, pd.DataFrame] = {}
    for name, model in models.items():
        if isinstance(model, pd.DataFrame):
            model = published(model)
            _check_table(model, units is None and method is None and level is None and not intercept)
            table = model
        else:
            table = odds_ratios(model, level, method, _units(model, units, terms), intercept, True)
        for part, rows in _by_outcome(table).items():
            tables[Labelled(", ".join(text for text in (str(name), outcome_of(part)) if text))] = rows
    return tables


_CUT = re.compile(r"\[([^\]]*)\]")


def _by_outcome(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The rows of each outcome that has odds ratios of its own, or of each cut between ordered levels, by its name."""
    if "outcome" in table.index.names:
        outcomes = table.index.get_level_values("outcome")
        return {str(outcome): table.loc[outcome] for outcome in outcomes.unique()}
    terms = list(map(str, table.index))
    cuts = np.array([cut[1] if (cut := _CUT.match(term)) else "" for term in terms], dtype=object)
    if not cuts.any():
        return {"": table}
    bare = table.set_axis([term.removeprefix(f"[{cut}]") for term, cut in zip(terms, cuts, strict=True)])
    return {cut or "every cut": bare[cuts == cut] for cut in dict.fromkeys(cuts)}


def meaning_of(fits: Any) -> str:
    """What the odds ratios compare, where the outcome of all models has the same levels, and more than two."""
    models = list(models_of(fits).values())
    if hasattr(fits, "fits") and hasattr(fits, "predict"):
        name = models[0].sample.outcome.name
        return f"{name}: odds of each level against all others together; ratios of odds, not of risks."
    outcomes = {None if isinstance(model, pd.DataFrame) else model.sample.outcome for model in models}
    outcome = outcomes.pop() if len(outcomes) == 1 else None
    if outcome is None or len(outcome.levels) < 3:
        return ""
    name, base = name_of(outcome.name), level_of(outcome.name, outcome.base)
    levels = (level_of(outcome.name, level) for level in outcome.levels)
    if outcome.ordered:
        return Labelled(f"Odds of being above a cut between {' < '.join(levels)} ({name}).")
    return Labelled(f"{name}: odds of each level against {base}; ratios of odds, not of risks.")


def _terms(model: Any) -> tuple[str, ...]:
    if not hasattr(model, "coefs"):
        raise DataError(f"a {type(model).__name__} has no odds ratios to draw; give {_TABLES}")
    return tuple(model.coefs.labels)


def _units(fit: Estimate, units: Any, terms: set[str]) -> Any:
    """Units of the terms a model has; a term that no model has is left, to be refused by name."""
    if not isinstance(units, Mapping):
        return units
    return {term: unit for term, unit in units.items() if term in fit.coefs.labels or term not in terms}


def _check_table(table: pd.DataFrame, plain: bool) -> None:
    missing = [c for c in NUMBERS if c not in table]
    if missing:
        raise DataError(f"the table lacks column {missing[0]}; give {_TABLES}")
    if not plain:
        raise DataError(
            "units, method, level and intercept make a table and cannot change one; give them to fit.odds_ratios()"
        )


@dataclass(frozen=True)
class _Row:
    """A row of a model's table. Rows of several models meet by variable and level, or by term."""

    model: str
    term: str
    variable: str
    level: str | None
    entry: Entry
    counts: str | None = None
    unit: Unit = NO_UNIT

    @property
    def group(self) -> tuple[str, bool]:
        return self.variable, self.level is not None

    @property
    def key(self) -> str:
        return self.term if self.level is None else self.level


def lines_of(tables: Mapping[str, pd.DataFrame], labels: Any) -> list[ForestLine]:
    """All lines from top to bottom: a factor under a heading, its levels together."""
    rows = [row for model, table in tables.items() for row in _rows(model, table)]
    own = labels_of(labels)
    _check_labels((*own.names, *own.levels), rows)
    printed = own.over(in_force())
    counted = any(row.counts for row in rows)
    lines = []
    for group in dict.fromkeys(row.group for row in rows):
        members = [row for row in rows if row.group == group]
        if group[1]:
            name = printed.name(group[0], *_expressions(rows, group[0]), default=_shown_term(group[0]))
            lines.append(ForestLine(Labelled(name), {}))
        for key in dict.fromkeys(row.key for row in members):
            same = [row for row in members if row.key == key]
            before, heads = ((same[0].counts or "",), (say("Events/n"),)) if counted else ((), ())
            entries = {row.model: row.entry for row in same}
            lines.append(ForestLine(_label(same, printed), entries, before, heads))
    return lines


def _rows(model: str, table: pd.DataFrame) -> list[_Row]:
    records = zip(map(str, table.index), table.to_dict(orient="records"), strict=True)
    rows = [_row(model, term, record) for term, record in records]
    if len({(row.group, row.key) for row in rows}) == len(rows):
        return rows
    # Two factors made of one variable may share levels: each is its own group then.
    rows = [replace(row, variable=row.term.partition("[")[0]) for row in rows]
    if len({(row.group, row.key) for row in rows}) < len(rows):
        raise DataError("the table has a term twice; give several models as a dict of names and tables")
    return rows


def _row(model: str, term: str, record: Mapping[Any, Any]) -> _Row:
    ratio, low, high, p = (float(record.get(key, math.nan)) for key in (*NUMBERS, "p_value"))
    variable, level, reference = (record.get(key) for key in ("variable", "level", "reference"))
    entry = Entry(ratio, low, high, p, not pd.isna(reference) and bool(reference))
    place = (term if pd.isna(variable) else str(variable), None if pd.isna(level) else str(level))
    return _Row(model, term, *place, entry, _counts(record), unit_of_row(record))


def _counts(record: Mapping[Any, Any]) -> str | None:
    """``23/96``, events and observations of a row; None where its table has none."""
    if "n" not in record or "events" not in record:
        return None
    events, n = float(record["events"]), float(record["n"])
    return "" if math.isnan(events + n) else f"{formatting.count(events)}/{formatting.count(n)}"


def _expressions(rows: Sequence[_Row], variable: str) -> list[str]:
    """What formulas call a factor of a variable: ``C(race)``."""
    return list(dict.fromkeys(row.term.partition("[")[0] for row in rows if row.variable == variable and row.level))


def _check_labels(labels: Sequence[str], rows: Sequence[_Row]) -> None:
    names = list(
        dict.fromkeys(name for row in rows for name in (row.variable, row.term, *_expressions([row], row.variable)))
    )
    unknown = [name for name in labels if name not in names]
    if unknown:
        raise DataError(f"labels name {unknown[0]!r}, which is no row of the plot; its rows are {', '.join(names)}")


def _label(same: Sequence[_Row], labels: Labels) -> str:
    """What stands beside the marks of several models: a variable with its unit, or a level."""
    row = same[0]
    if row.level is not None:
        level = labels.level((row.variable, *_expressions([row], row.variable)), row.term, row.level)
        return Labelled(f"    {level}")
    text = labels.name(row.term, default=say("Intercept (odds)") if row.term == "Intercept" else _shown_term(row.term))
    units = list(dict.fromkeys(row.unit for row in same))
    if units == [NO_UNIT] or says_unit(text):
        return Labelled(text)
    spreads = {unit.spread for unit in units}
    several = len(units) > 1 and len(spreads) == 1 and "" not in spreads  # of models of other rows
    size = say(SPREADS[spreads.pop()]) if several else ", ".join(unit_text(*unit) for unit in units).replace("-", "−")
    return Labelled(f"{text} ({say('per {unit}', unit=size)})")


def _shown_term(term: str) -> str:
    """A term by its labels where it has any, else readable."""
    return readable(term) if name_of(term) == term else name_of(term)


def readable(term: str) -> str:
    """``C(race)[T.black]:smoke`` as ``race black × smoke``."""
    term = re.sub(r":(?![^\[]*\])", " × ", term)
    return re.sub(r"\[T\.(.*?)\]", r" \1", re.sub(r"\bC\((\w+)\)", r"\1", term))


# --- the picture ----------------------------------------------------------------------------------


def draw(
    ax: Axes | None,
    lines: Sequence[ForestLine],
    names: Sequence[str],
    head: str,
    p_values: bool,
    meaning: str = "",
    tests: Mapping[str, float] | None = None,
    width: Width | None = None,
    label: str = "",
    measure: DrawnMeasure = ODDS,
) -> Axes:
    """Draw the lines; ``head`` stands above the numbers, what they mean below the axis.

    ``tests`` of interaction stand beside headings, by label; ``label`` is that of the axis.
    """
    if not lines:
        raise DataError("there is no odds ratio to draw: the model has only a constant; see intercept=True")
    axes.styles(len(names), "models")
    picture = forest.Forest(
        [_line(line, p_values, tests or {}, measure.log) for line in lines],
        names,
        label or say(f"{measure.name} (log scale)" if measure.log else measure.name),
        texts=(head, p_head()) if p_values else (head,),
        after=(say("{p} (interaction)", p=p_head()),) if tests else (),
        before=next((line.heads for line in lines if line.heads), ()),
        log=measure.log,
        null=measure.null,
    )
    ax = forest.draw(picture, ax, 8.0 if p_values or tests else 7.2, width)
    _explain(ax, [entry for line in lines for entry in line.entries.values() if measure.log], meaning)
    return ax


def _line(line: ForestLine, p_values: bool, tests: Mapping[str, float], log: bool) -> forest.DrawnLine:
    """A line as strings and numbers."""
    marks = {
        name: forest.Mark(
            entry.odds_ratio,
            entry.low,
            entry.high,
            (entry.text(log=log), *([_p_text(entry.p_value)] if p_values else [])),
            entry.reference,
        )
        for name, entry in line.entries.items()
    }
    test = tests.get(line.label)
    after = () if line.entries or test is None else (formatting.pvalue(test, "publication"),)
    return forest.DrawnLine(line.label, marks, line.before, after)


def _p_text(p: float) -> str:
    return "" if math.isnan(p) else formatting.pvalue(p, "publication")


_INFINITE = (
    "An odds ratio of 0 or ∞ is no failure of the fit: the data separate the outcome, and the estimate lies beyond the "
    "arrow."
)


def _explain(ax: Axes, entries: Sequence[Entry], meaning: str) -> None:
    """Say what the odds ratios compare, and what an infinite one is."""
    infinite = say(_INFINITE) if any(e.odds_ratio == 0 or math.isinf(e.odds_ratio) for e in entries) else ""
    if meaning or infinite:
        axes.caption(ax, Labelled(f"{meaning} {infinite}".strip()))


def head_of(fits: Any, method: str | None, level: float | None) -> str:
    """The column head of odds ratios: level and kind of the limits, where all fits share them."""
    models = list(models_of(fits).values())
    levels = {None if isinstance(m, pd.DataFrame) else check_level(level, m.level) for m in models}
    common = next(iter(levels)) if len(levels) == 1 else None
    if hasattr(fits, "crude") and hasattr(fits, "adjusted"):  # limits of a table are those of its models
        common = fits.adjusted.level
    methods = {method or ("wald" if isinstance(m, pd.DataFrame) or is_long(m) else default_method(m)) for m in models}
    kind = methods.pop() if len(methods) == 1 and "wald" not in methods else ""
    return f"{say(measure_of(fits).name)} {interval_head(common, kind)}"
