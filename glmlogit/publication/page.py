"""The page of crude and adjusted odds ratios: a block of lines for each variable."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from glmlogit.documents import formatting
from glmlogit.documents.naming import Labelled, event_words, said
from glmlogit.documents.pages import Column, Summary, Table
from glmlogit.documents.style import (
    Style,
    active,
    joined_limits,
    p_head,
    reference_text,
    say,
    says_unit,
    unit_text,
    using,
)
from glmlogit.documents.text_table import table_width
from glmlogit.messages.labels import beneath, in_force
from glmlogit.messages.notes import Note
from glmlogit.messages.units import NO_UNIT
from glmlogit.messages.values import show
from glmlogit.publication.model import compared
from glmlogit.publication.value_cells import value_cells
from glmlogit.reports import summary
from glmlogit.reports.coefficient_tables import OVERFLOWN, PAGE_WIDTH
from glmlogit.reports.summary import interval_header

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate
    from glmlogit.messages.labels import Labels
    from glmlogit.publication.metrics import Metrics
    from glmlogit.publication.model import ModelColumn, TableLine, TableOptions
    from glmlogit.publication.variables import TableRow, TableVariable


_INDENT = 2 * formatting.FIGURE_SPACE
_LONG_NAME = 16  # names shorter than this have room for a unit beside them
_NOT_ON_PAGE = frozenset({"missing", "zero_weight", "event"})  # its header says these


def page(
    fit: Estimate,
    frame: pd.DataFrame,
    lines: Sequence[TableLine],
    notes: Sequence[Note],
    options: TableOptions,
    tests: Callable[[], str],
    metrics: Metrics | None = None,
) -> Summary:
    """The page to read; ``tests`` says which tests the p-values are of. In a manuscript the table comes first."""
    style = active()
    options = replace(options, labels=in_force().over(options.labels))
    facts = (
        *summary.header(fit),
        (say("Crude"), say("one model a variable, in the rows of the adjusted model")),
        (say("p-values"), tests()),
        *_limits(fit, options),
    )
    errors = ((say("Standard errors"), said(fit.covariance.text)),)
    below = (*([metrics.line()] if metrics else ()), *_abbreviations(style))
    tables = _captioned(_tables(fit, lines, options), _caption(fit, style, options), below)
    return Summary(
        title="" if style.manuscript else f"{say('Crude and adjusted odds ratios')}: {say(fit.estimator)}",
        header=() if style.manuscript else facts,
        tables=tables,
        footer=(*facts, *errors) if style.manuscript else errors,
        notes=tuple(note.text for note in notes if note.code not in _NOT_ON_PAGE),
        alert=summary.alert(fit),
        coefficients=frame.reset_index(),
        facts=metrics.frame if metrics else None,
        holds="odds_ratios",
    )


@dataclass(frozen=True)
class PageOf:
    """What the page of a table is made of, to be made again in another style."""

    parts: tuple[Any, ...]

    def __call__(self, style: Style) -> Summary:
        """The page in a style."""
        with using(style), beneath((self.parts[0],)):
            return page(*self.parts)


def _caption(fit: Estimate, style: Style, options: TableOptions) -> str | None:
    """What stands above the table: in a manuscript the outcome by default."""
    if style.caption or not style.manuscript:
        return style.caption or None
    what = _outcome_words(fit, options.labels)
    return say("Crude and adjusted odds ratios of {outcome}", outcome=what)


def _outcome_words(fit: Estimate, labels: Labels) -> str:
    """``low = 1``; with a label of the outcome that alone, or with that of its event."""
    outcome = fit.sample.outcome
    name = labels.name(outcome.name, default=outcome.name)
    return name if outcome.grouped or outcome.levels else event_words(outcome.name, outcome.event, show, labels)


def _captioned(tables: tuple[Table, ...], caption: str | None, notes: tuple[str, ...]) -> tuple[Table, ...]:
    """A caption above the first of the tables, notes below the last."""
    first, *others = tables
    title = first.title if caption is None else f"{caption.rstrip('.')}. {first.title}" if first.title else caption
    several = [replace(first, title=title), *others]
    return (*several[:-1], replace(several[-1], notes=notes))


def _abbreviations(style: Style) -> tuple[str, ...]:
    return (say("OR, odds ratio; CI, confidence interval."),) if style.abbreviations else ()


def _limits(fit: Estimate, options: TableOptions) -> tuple[tuple[str, str], ...]:
    """What the limits are; those of infinite estimates, which have no Wald limits, by name."""
    text = summary.limits_text(fit, options.method or "wald")
    if options.method == "wald" and fit.coefs.separated and not fit.capabilities.undefined.likelihood:
        text += say("; of infinite estimates profile likelihood, with likelihood-ratio tests")
    return ((say("Limits"), text),)


def _tables(fit: Estimate, lines: Sequence[TableLine], options: TableOptions) -> tuple[Table, ...]:
    """One table where it fits on a line of text; else the counts by themselves, and if need be each model."""
    counts, crude, adjusted = _counts(fit, options), _ratios(fit, "crude", options), _ratios(fit, "adjusted", options)
    columns = (Column("variable", say("Variable"), "left"), *counts, *crude, *adjusted)
    rows = tuple(row for line in lines for row in _block(line, options, len(counts)))
    outcome = fit.sample.outcome
    against = (
        "" if outcome.base is None else " " + say("against {what}", what=_outcome_level(fit, outcome.base, options))
    )
    interval = interval_header(options.level)
    title = f"{say('Odds ratios')}{against} {interval}" if len(crude) > 2 else None
    everything = Table(title, columns, rows)
    if table_width(everything) <= PAGE_WIDTH or not fit.sample.outcome.levels:
        return (everything,)
    ends = np.cumsum([1, len(counts), len(crude), len(adjusted)]).tolist()
    observed, left, right = (range(*pair) for pair in pairwise(ends))
    first = _part(everything, observed, say("Observations"))
    together = _part(everything, [*left, *right], title)
    if table_width(together) <= PAGE_WIDTH:
        return first, together
    names = zip((left, right), ("Crude", "Adjusted"), strict=True)
    return first, *(
        _part(everything, part, f"{say(f'{name} odds ratios')}{against} {interval}", f"{say(f'{name} OR')} ")
        for part, name in names
    )


def _part(table: Table, chosen: Iterable[int], title: str | None, prefix: str = "") -> Table:
    """Some columns of a table, behind the names of the variables; ``prefix`` is what the title says already."""
    places = [0, *chosen]
    columns = [replace(table.columns[j], rule=k > 1 and table.columns[j].rule) for k, j in enumerate(places)]
    heads = tuple(replace(column, header=column.header.removeprefix(prefix)) for column in columns)
    return Table(title, heads, tuple(tuple(row[j] for j in places) for row in table.rows))


def _outcome_level(fit: Estimate, level: Any, options: TableOptions) -> str:
    return options.labels.level([fit.sample.outcome.name], "", level)


def _counts(fit: Estimate, options: TableOptions) -> list[Column]:
    share, levels = say("weighted %") if fit.sample.sampled else "%", fit.sample.outcome.levels
    if not levels and options.by_outcome:
        share = say("weighted row %" if fit.sample.sampled else "row %")
        return [Column(key, f"{say(key.capitalize())}, n ({share})") for key in ("events", "non-events")]
    if not levels:
        return [Column("events", say("Events/n ({share})", share=share))]
    return [Column(f"n_{level}", Labelled(f"{_outcome_level(fit, level, options)}, n ({share})")) for level in levels]


def _ratios(fit: Estimate, side: str, options: TableOptions) -> list[Column]:
    """Columns of a model: an odds ratio, or one of each level against the base, and the test."""
    name, outcomes = say(f"{side.capitalize()} OR"), compared(fit)
    heads: list[str] = [Labelled(f"{name} {_outcome_level(fit, outcome, options)}") for outcome in outcomes]
    if len(outcomes) == 1:
        heads = [f"{name} {interval_header(options.level)}"]
    columns = [Column(f"{side}_{k}" if k else side, head, rule=not k) for k, head in enumerate(heads)]
    return [*columns, Column(f"{side}_p_value", p_head())]


def _ratio_cells(line: TableLine, name: str) -> list[list[str]]:
    """``1.71 [1.02, 2.88]`` for each row of a variable."""
    side: ModelColumn = getattr(line, name)
    columns = [_cells_of(line, name, k) for k in range(side.ratios.shape[1])]
    return [list(cells) for cells in zip(*columns, strict=True)]


def _cells_of(line: TableLine, name: str, k: int) -> list[str]:
    """Cells of the k-th odds ratio of each row."""
    side: ModelColumn = getattr(line, name)
    values = side.ratios[:, k].ravel().tolist()
    texts = [text for row in side.ratios[:, k].tolist() for text in formatting.ratio_row(row)]
    finite = np.repeat(side.finite[:, k], 3)  # where a ratio that overflows must not look like an infinite estimate
    texts = [OVERFLOWN.get(x, t) if f else t for x, t, f in zip(values, texts, finite, strict=True)]
    limits = map(joined_limits, texts[1::3], texts[2::3])
    rows = zip(line.variable.rows, texts[::3], limits, strict=True)
    return [_ratio_cell(line.variable, side, row, ratio, limit) for row, ratio, limit in rows]


def _ratio_cell(variable: TableVariable, side: ModelColumn, row: TableRow, ratio: str, limits: str) -> str:
    if side.test is None or not variable.rated:
        return "" if row.level is not None or variable.continuous else _word(variable, side)
    if row.reference:
        return reference_text()
    return ratio if ratio == "NA" else f"{ratio} {limits}"


def _word(variable: TableVariable, side: ModelColumn) -> str:
    """What stands in place of odds ratios that do not exist."""
    return "" if side.test is None or variable.rated else say("see p-value")


def _block(line: TableLine, options: TableOptions, width: int) -> Iterator[tuple[str, ...]]:
    """The lines of one variable: below its name its levels, or its unit where the name is long."""
    variable, p, q = line.variable, _p_text(line.crude), _p_text(line.adjusted)
    name = _label(variable, options)
    size = unit_text(*options.units.get(variable.name, NO_UNIT))
    unit = say("per {unit}", unit=size) if variable.numeric and not says_unit(name) else ""
    if variable.continuous:
        counts = [value_cells(variable.continuous.summaries[1:], variable.continuous.shown == "median")]
        unit = _continuous_text(variable, unit and say("OR per {unit}", unit=size), options)
    else:
        counts = [_count_texts(row, width) for row in variable.rows]
    crude, adjusted = _ratio_cells(line, "crude"), _ratio_cells(line, "adjusted")
    if variable.rows[0].level is None and not variable.continuous and (len(name) < _LONG_NAME or not unit):
        yield Labelled(f"{name} ({unit})" if unit else name), *counts[0], *crude[0], p, *adjusted[0], q
        return
    words = ([_word(variable, side)] * side.ratios.shape[1] for side in (line.crude, line.adjusted))
    yield Labelled(name), *("" for _ in counts[0]), *next(words), p, *next(words), q
    labels, names = options.labels, (variable.variable, variable.name)
    places = [unit or labels.level(names, row.term, row.level) for row in variable.rows]
    for place, count, left, right in zip(places, counts, crude, adjusted, strict=True):
        yield Labelled(f"{_INDENT}{place}"), *count, *left, "", *right, ""


def _p_text(side: ModelColumn) -> str:
    return "" if side.test is None else formatting.pvalue(side.test.p_value, "publication")


def _continuous_text(variable: TableVariable, unit: str, options: TableOptions) -> str:
    """``mean (SD); OR per 5``; of a number that the model takes a function of, ``mean (SD) of lwt``."""
    assert variable.continuous is not None
    text = say("median (quartiles)" if variable.continuous.shown == "median" else "mean (SD)")
    if variable.name != variable.variable:
        column = options.labels.name(variable.variable, default=variable.variable)
        text = say("{what} of {variable}", what=text, variable=column)
    return f"{text}; {unit}" if unit else text


def _count_texts(row: TableRow, width: int) -> list[str]:
    """Events of n, events and non-events, or how often there was each level of the outcome, with percentages."""
    if not row.counts:
        return [""] * width
    if len(row.counts) < width:
        (events,), (percent,) = row.counts, row.percents
        pairs = (events, percent), (row.n - events, 100.0 - percent)
        return [f"{formatting.count(n)} ({formatting.percentage(share)})" for n, share in pairs]
    shares = map(formatting.percentage, row.percents)
    if len(row.counts) == 1:
        return [f"{formatting.count(row.counts[0])}/{formatting.count(row.n)} ({next(shares)})"]
    return [f"{formatting.count(count)} ({share})" for count, share in zip(row.counts, shares, strict=True)]


def _label(variable: TableVariable, options: TableOptions) -> str:
    """The name given, else the column of a factor, else the terms."""
    own = variable.name if variable.rows[0].level is None else variable.variable
    return options.labels.name(variable.name, variable.variable, default=own)
