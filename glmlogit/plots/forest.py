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
from glmlogit.documents.style import interval_head, joined_limits, p_head, reference_text, say
from glmlogit.drawing import axes
from glmlogit.errors import DataError
from glmlogit.inference.evidence import default_method, is_long
from glmlogit.inference.odds_ratios import odds_ratios
from glmlogit.messages.labels import Labels, labels_of
from glmlogit.messages.options import check_level

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from glmlogit.estimate.estimate import Estimate


# Beyond this odds ratio (or its inverse) an arrow says as much as a marker would.
WIDEST_RATIO = 1000.0
_NUMBERS = ("odds_ratio", "conf_low", "conf_high")
_TABLES = "a Fit, a table of fit.odds_ratios(reference_rows=True), or a dict of names and these"


@dataclass(frozen=True)
class Entry:
    """An odds ratio of one model: the numbers of a row of the table."""

    odds_ratio: float
    low: float
    high: float
    p_value: float
    reference: bool

    def text(self) -> str:
        """``2.52 (1.15, 5.52)``; what has no number says so."""
        if self.reference:
            return reference_text()
        if math.isnan(self.odds_ratio):
            return say("not estimable")
        ratio, low, high = formatting.ratio_in_picture(self.odds_ratio, self.low, self.high)
        return f"{ratio} {joined_limits(low, high)}"


@dataclass(frozen=True)
class ForestLine:
    """A line of the plot: a label with the odds ratio of each model by name; a heading has none."""

    label: str
    entries: Mapping[str, Entry]

    @property
    def common(self) -> bool:
        """Whether one mark stands for all models: at a reference level."""
        return all(entry.reference for entry in self.entries.values())


# --- the lines ------------------------------------------------------------------------------------


def tables_of(
    fits: Any, units: Any, method: str | None, level: float | None, intercept: bool
) -> dict[str, pd.DataFrame]:
    """Odds ratios of each model, by name."""
    models = dict(fits) if isinstance(fits, Mapping) else {"": fits}
    if not models:
        raise DataError(f"there is no model to draw; give {_TABLES}")
    terms = {term for model in models.values() if not isinstance(model, pd.DataFrame) for term in _terms(model)}
    tables = {}
    for name, model in models.items():
        if isinstance(model, pd.DataFrame):
            _check_table(model, units is None and method is None and level is None and not intercept)
            table = model
        else:
            table = odds_ratios(model, level, method, _units(model, units, terms), intercept, True)
        for part, rows in _by_outcome(table).items():
            tables[", ".join(text for text in (str(name), part) if text)] = rows
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
    models = list(fits.values()) if isinstance(fits, Mapping) else [fits]
    outcomes = {None if isinstance(model, pd.DataFrame) else model.sample.outcome for model in models}
    outcome = outcomes.pop() if len(outcomes) == 1 else None
    if outcome is None or len(outcome.levels) < 3:
        return ""
    if outcome.ordered:
        return f"Odds of being above a cut between {' < '.join(map(str, outcome.levels))} ({outcome.name})."
    return f"{outcome.name}: odds of each level against {outcome.base}; ratios of odds, not of risks."


def _terms(model: Any) -> tuple[str, ...]:
    if not hasattr(model, "odds_ratios"):
        raise DataError(f"a {type(model).__name__} has no odds ratios to draw; give {_TABLES}")
    return tuple(model.coefs.labels)


def _units(fit: Estimate, units: Any, terms: set[str]) -> Any:
    """Units of the terms a model has; a term that no model has is left, to be refused by name."""
    if not isinstance(units, Mapping):
        return units
    return {term: unit for term, unit in units.items() if term in fit.coefs.labels or term not in terms}


def _check_table(table: pd.DataFrame, plain: bool) -> None:
    missing = [c for c in _NUMBERS if c not in table]
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

    @property
    def group(self) -> tuple[str, bool]:
        return self.variable, self.level is not None

    @property
    def key(self) -> str:
        return self.term if self.level is None else self.level


def lines_of(tables: Mapping[str, pd.DataFrame], labels: Any, units: Any) -> list[ForestLine]:
    """All lines from top to bottom: a factor under a heading, its levels together."""
    rows = [row for model, table in tables.items() for row in _rows(model, table)]
    _check_labels(labels or {}, rows)
    printed = labels_of(labels)
    lines = []
    for group in dict.fromkeys(row.group for row in rows):
        members = [row for row in rows if row.group == group]
        if group[1]:
            lines.append(
                ForestLine(printed.name(group[0], *_expressions(rows, group[0]), default=readable(group[0])), {})
            )
        for key in dict.fromkeys(row.key for row in members):
            same = [row for row in members if row.key == key]
            lines.append(ForestLine(_label(same[0], printed, units or {}), {row.model: row.entry for row in same}))
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
    ratio, low, high, p = (float(record.get(key, math.nan)) for key in (*_NUMBERS, "p_value"))
    variable, level, reference = (record.get(key) for key in ("variable", "level", "reference"))
    entry = Entry(ratio, low, high, p, not pd.isna(reference) and bool(reference))
    place = (term if pd.isna(variable) else str(variable), None if pd.isna(level) else str(level))
    return _Row(model, term, *place, entry)


def _expressions(rows: Sequence[_Row], variable: str) -> list[str]:
    """What formulas call a factor of a variable: ``C(race)``."""
    return list(dict.fromkeys(row.term.partition("[")[0] for row in rows if row.variable == variable and row.level))


def _check_labels(labels: Mapping[str, Any], rows: Sequence[_Row]) -> None:
    names = list(
        dict.fromkeys(name for row in rows for name in (row.variable, row.term, *_expressions([row], row.variable)))
    )
    unknown = [name for name in labels if name not in names]
    if unknown:
        raise DataError(f"labels name {unknown[0]!r}, which is no row of the plot; its rows are {', '.join(names)}")


def _label(row: _Row, labels: Labels, units: Mapping[str, float]) -> str:
    if row.level is not None:
        return "    " + labels.level((row.variable, *_expressions([row], row.variable)), row.term, row.level)
    text = labels.name(row.term, default=say("Intercept (odds)") if row.term == "Intercept" else readable(row.term))
    return f"{text} (per {units[row.term]:g})".replace("(per -", "(per −") if row.term in units else text


def readable(term: str) -> str:
    """``C(race)[T.black]:smoke`` as ``race black × smoke``."""
    term = re.sub(r":(?![^\[]*\])", " × ", term)
    return re.sub(r"\[T\.(.*?)\]", r" \1", re.sub(r"\bC\((\w+)\)", r"\1", term))


# --- the axis -------------------------------------------------------------------------------------


def reach(entries: Sequence[Entry]) -> float:
    """Largest odds ratio of the axis, whose smallest is its inverse: all estimates, and limits that are not far off."""
    estimates = _distance([e.odds_ratio for e in entries])
    limits = _distance([x for e in entries for x in (e.low, e.high)])
    wanted = min(max(estimates, limits), max(2.0 * estimates, math.log(8.0)), math.log(WIDEST_RATIO))
    return math.exp(1.08 * wanted) if wanted > 1e-6 else 2.0  # nearer to 1 than ticks can tell


def _distance(ratios: Sequence[float]) -> float:
    """Largest finite distance from 1 on the log scale."""
    return max((abs(math.log(x)) for x in ratios if 0 < x < math.inf), default=0.0)


def ticks(edge: float) -> list[float]:
    """Plain numbers, alike on both sides of 1, between 1/edge and edge."""
    if edge < 1.6:
        step = next(s for s in _steps() if 2 * s <= edge - 1)
        return [round(1 + k * step, 9) for k in range(-2, 3) if 1 / edge <= 1 + k * step <= edge]
    if edge < 12:
        side = [2.0, 4.0, 8.0]
    elif edge < 60:
        side = [2.0, 5.0, 10.0, 20.0, 50.0]
    else:
        side = [10.0, 100.0, 1000.0]
    side = [x for x in side if x <= edge]
    return [*(1 / x for x in reversed(side)), 1.0, *side]


def _steps() -> list[float]:
    return [m * 10.0**-k for k in range(1, 12) for m in (2, 1, 0.5)]


# --- the picture ----------------------------------------------------------------------------------

Place = tuple[float, Entry, str]  # height, odds ratio, model; no model for a reference common to all
APART = 0.8  # between models of one line, in lines


def draw(
    ax: Axes | None,
    lines: Sequence[ForestLine],
    names: Sequence[str],
    head: str,
    p_values: bool,
    meaning: str = "",
    tests: Mapping[str, float] | None = None,
) -> Axes:
    """Draw the lines; ``head`` stands above the numbers, what they mean below the axis.

    ``tests`` of interaction stand beside headings, by label.
    """
    if not lines:
        raise DataError("there is no odds ratio to draw: the model has only a constant; see intercept=True")
    entries = [entry for line in lines for entry in line.entries.values()]
    edge, styles = reach(entries), axes.styles(len(names), "models")
    heights, bottom = _heights(lines)
    places = _places(lines, heights, names)
    ax = axes.axes(ax, 8.0 if p_values or tests else 7.2, 0.25 * (bottom + 1.5) + 0.8)
    for name, style in zip(names, styles, strict=True):
        _draw_model(ax, [(y, e) for y, e, owner in places if owner == name and not e.reference], style, name, edge)
    _draw_references(ax, [y for y, e, _ in places if e.reference])
    _set_axis(ax, bottom, edge)
    taken = axes.left_column(ax, [line.label for line in lines], heights, [not line.entries for line in lines])
    headings = [(y, line.label) for line, y in zip(lines, heights, strict=True) if not line.entries]
    _write_numbers(ax, places, head, p_values, {y: tests[name] for y, name in headings if tests and name in tests})
    if len(names) > 1:
        columns = axes.legend_columns(ax, names, taken)
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, frameon=False, fontsize=axes.FONT)
    _explain(ax, entries, meaning)
    return ax


def _heights(lines: Sequence[ForestLine]) -> tuple[list[float], float]:
    """Middle of each line from the top, and the foot of the last: a line is as tall as its models need."""
    tall = [1.0 if line.common else max(1.0, APART * len(line.entries) + 0.2) for line in lines]
    feet = np.cumsum(tall)
    return (feet - np.array(tall) / 2).tolist(), float(feet[-1])


def _places(lines: Sequence[ForestLine], heights: Sequence[float], names: Sequence[str]) -> list[Place]:
    places: list[Place] = []
    for line, y in zip(lines, heights, strict=True):
        if line.common:
            places += [(y, entry, "") for entry in list(line.entries.values())[:1]]
            continue
        present = [name for name in names if name in line.entries]
        first = y - APART * (len(present) - 1) / 2
        places += [(first + APART * k, line.entries[name], name) for k, name in enumerate(present)]
    return places


def _draw_model(ax: Axes, rows: Sequence[tuple[float, Entry]], style: axes.Look, name: str, edge: float) -> None:
    y = np.array([y for y, _ in rows])
    ratio, low, high = (np.array([getattr(e, key) for _, e in rows]) for key in ("odds_ratio", "low", "high"))
    inside = (ratio >= 1 / edge) & (ratio <= edge)
    look: dict[str, Any] = {"color": style.color, "linestyle": "none"}
    ax.plot(
        ratio[inside], y[inside], marker=style.marker, markersize=5.5, label=axes.shown(name) or "_estimates", **look
    )
    start, stop = np.maximum(low, 1 / edge), np.minimum(high, edge)
    ordered = start <= stop
    ax.hlines(y[ordered], start[ordered], stop[ordered], color=style.color, linewidth=1.3)
    left, right = (low < 1 / edge) | (ratio < 1 / edge), (high > edge) | (ratio > edge)
    for marker, x, beyond in (("<", 1 / edge, left), (">", edge, right)):
        if beyond.any():
            edges = np.full(beyond.sum(), x)
            ax.plot(edges, y[beyond], marker=marker, markersize=7, clip_on=False, label="_arrows", **look)


def _draw_references(ax: Axes, y: Sequence[float]) -> None:
    look: dict[str, Any] = {"color": axes.GUIDE, "markerfacecolor": "white", "linestyle": "none"}
    if y:
        ax.plot(np.ones(len(y)), y, marker="o", markersize=5.5, label="_references", **look)


def _set_axis(ax: Axes, bottom: float, edge: float) -> None:
    ax.set_xscale("log")
    ax.set_xlim(1 / edge, edge)
    ax.set_ylim(bottom + 0.1, -1.0)
    axes.plain_ticks(ax, ticks(edge))
    ax.set_yticks([])
    ax.minorticks_off()
    ax.spines["left"].set_visible(False)
    ax.axvline(1.0, color=axes.GUIDE, linewidth=0.9, zorder=0.9)
    axes.label(ax, say("Odds ratio (log scale)"))


def _write_numbers(ax: Axes, places: Sequence[Place], head: str, p_values: bool, tests: Mapping[float, float]) -> None:
    """Odds ratios with their limits at the heights of entries, p-values of tests at those of headings."""
    blank = [""] * len(tests)
    columns = [[head, *(entry.text() for _, entry, _ in places), *blank]]
    if p_values:
        texts = ["" if math.isnan(e.p_value) else formatting.pvalue(e.p_value, "publication") for _, e, _ in places]
        columns.append([p_head(), *texts, *blank])
    if tests:
        texts = [formatting.pvalue(p, "publication") for p in tests.values()]
        columns.append([say("{p} (interaction)", p=p_head()), *[""] * len(places), *texts])
    axes.right_columns(ax, columns, [-0.5, *(y for y, _, _ in places), *tests])


def _explain(ax: Axes, entries: Sequence[Entry], meaning: str) -> None:
    """Say what the odds ratios compare, and what an infinite one is."""
    infinite = (
        "An odds ratio of 0 or ∞ is no failure of the fit: the data separate the outcome, and the estimate lies "
        "beyond the arrow."
        if any(e.odds_ratio == 0 or math.isinf(e.odds_ratio) for e in entries)
        else ""
    )
    if meaning or infinite:
        axes.caption(ax, f"{meaning} {infinite}".strip())


def head_of(fits: Any, method: str | None, level: float | None) -> str:
    """The column head of odds ratios: level and kind of the limits, where all fits share them."""
    models = list(fits.values()) if isinstance(fits, Mapping) else [fits]
    levels = {None if isinstance(m, pd.DataFrame) else check_level(level, m.level) for m in models}
    common = next(iter(levels)) if len(levels) == 1 else None
    methods = {method or ("wald" if isinstance(m, pd.DataFrame) or is_long(m) else default_method(m)) for m in models}
    kind = methods.pop() if len(methods) == 1 and "wald" not in methods else ""
    return f"{say('Odds ratio')} {interval_head(common, kind)}"
