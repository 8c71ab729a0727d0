"""The page of crude and adjusted odds ratios: a block of lines for each variable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from glmlogit.documents import formatting
from glmlogit.documents.formats.text import TEXT_WIDTH, text_width
from glmlogit.documents.pages import Column, Summary, Table
from glmlogit.messages.notes import Note
from glmlogit.publication.model import compared
from glmlogit.reports import summary
from glmlogit.reports.summary import OVERFLOWN, interval_header

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate
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
    tests: str,
) -> Summary:
    """The page to read; ``tests`` says which tests the p-values are of."""
    return Summary(
        title=f"Crude and adjusted odds ratios: {fit.estimator}",
        header=(
            *summary.header(fit),
            ("Crude", "one model a variable, in the rows of the adjusted model"),
            ("p-values", tests),
            *_limits(fit, options),
        ),
        tables=_tables(fit, lines, options),
        footer=(("Standard errors", fit.covariance.text),),
        notes=tuple(note.text for note in notes if note.code not in _NOT_ON_PAGE),
        alert=summary.alert(fit),
        coefficients=frame.reset_index(),
    )


def _limits(fit: Estimate, options: TableOptions) -> tuple[tuple[str, str], ...]:
    """What the limits are; those of infinite estimates, which have no Wald limits, by name."""
    text = summary.limits_text(fit, options.method or "wald")
    if options.method == "wald" and fit.coefs.separated and not fit.capabilities.undefined.likelihood:
        text += "; of infinite estimates profile likelihood, with likelihood-ratio tests"
    return (("Limits", text),)


def _tables(fit: Estimate, lines: Sequence[TableLine], options: TableOptions) -> tuple[Table, ...]:
    """One table where it fits on a line of text; else the counts by themselves, and if need be each model."""
    counts, crude, adjusted = _counts(fit), _ratios(fit, "crude", options), _ratios(fit, "adjusted", options)
    columns = (Column("variable", "Variable", "left"), *counts, *crude, *adjusted)
    rows = tuple(row for line in lines for row in _block(line, options, len(counts)))
    against = "" if fit.sample.outcome.base is None else f" against {fit.sample.outcome.base}"
    interval = interval_header(options.level)
    title = f"Odds ratios{against} {interval}" if len(crude) > 2 else None
    everything = Table(title, columns, rows)
    if text_width(everything) <= TEXT_WIDTH or not fit.sample.outcome.levels:
        return (everything,)
    ends = np.cumsum([1, len(counts), len(crude), len(adjusted)]).tolist()
    observed, left, right = (range(*pair) for pair in pairwise(ends))
    first = _part(everything, observed, "Observations")
    together = _part(everything, [*left, *right], title)
    if text_width(together) <= TEXT_WIDTH:
        return first, together
    names = zip((left, right), ("Crude", "Adjusted"), strict=True)
    return first, *(
        _part(everything, part, f"{name} odds ratios{against} {interval}", f"{name} OR ") for part, name in names
    )


def _part(table: Table, chosen: Iterable[int], title: str | None, prefix: str = "") -> Table:
    """Some columns of a table, behind the names of the variables; ``prefix`` is what the title says already."""
    places = [0, *chosen]
    columns = [replace(table.columns[j], rule=k > 1 and table.columns[j].rule) for k, j in enumerate(places)]
    heads = tuple(replace(column, header=column.header.removeprefix(prefix)) for column in columns)
    return Table(title, heads, tuple(tuple(row[j] for j in places) for row in table.rows))


def _counts(fit: Estimate) -> list[Column]:
    share, levels = "weighted %" if fit.sample.sampled else "%", fit.sample.outcome.levels
    if not levels:
        return [Column("events", f"Events/n ({share})")]
    return [Column(f"n_{level}", f"{level}, n ({share})") for level in levels]


def _ratios(fit: Estimate, side: str, options: TableOptions) -> list[Column]:
    """Columns of a model: an odds ratio, or one of each level against the base, and the test."""
    name, outcomes = side.capitalize(), compared(fit)
    heads = [f"{name} OR {outcome}" for outcome in outcomes]
    if len(outcomes) == 1:
        heads = [f"{name} OR {interval_header(options.level)}"]
    columns = [Column(f"{side}_{k}" if k else side, head, rule=not k) for k, head in enumerate(heads)]
    return [*columns, Column(f"{side}_p_value", "p")]


def _ratio_cells(line: TableLine, name: str) -> list[list[str]]:
    """``1.71 [1.02, 2.88]`` for each row of a variable; its crude and adjusted ratios share their decimals."""
    side: ModelColumn = getattr(line, name)
    columns = [_cells_of(line, name, k) for k in range(side.ratios.shape[1])]
    return [list(cells) for cells in zip(*columns, strict=True)]


def _cells_of(line: TableLine, name: str, k: int) -> list[str]:
    """Cells of the k-th odds ratio of each row."""
    side: ModelColumn = getattr(line, name)
    values = side.ratios[:, k].ravel().tolist()
    beside = line.adjusted if name == "crude" else line.crude
    texts = formatting.ratios([*values, *beside.ratios[:, k].ravel()])[: len(values)]
    finite = np.repeat(side.finite[:, k], 3)  # where a ratio that overflows must not look like an infinite estimate
    texts = [OVERFLOWN.get(x, t) if f else t for x, t, f in zip(values, texts, finite, strict=True)]
    limits = formatting.intervals(texts[1::3], texts[2::3])
    rows = zip(line.variable.rows, texts[::3], limits, strict=True)
    return [_ratio_cell(line.variable, side, row, ratio, limit) for row, ratio, limit in rows]


def _ratio_cell(variable: TableVariable, side: ModelColumn, row: TableRow, ratio: str, limits: str) -> str:
    if side.test is None or not variable.rated:
        return "" if row.level is not None else _word(variable, side)
    if row.reference:
        return "1 (reference)"
    return ratio if ratio == "NA" else f"{ratio} {limits}"


def _word(variable: TableVariable, side: ModelColumn) -> str:
    """What stands in place of odds ratios that do not exist."""
    return "" if side.test is None or variable.rated else "see p-value"


def _block(line: TableLine, options: TableOptions, width: int) -> Iterator[tuple[str, ...]]:
    """The lines of one variable: below its name its levels, or its unit where the name is long."""
    variable, p, q = line.variable, _p_text(line.crude), _p_text(line.adjusted)
    name = _label(variable, options)
    unit = f"per {options.units.get(variable.name, 1):g}" if variable.numeric else ""
    counts = [_count_texts(row, width) for row in variable.rows]
    crude, adjusted = _ratio_cells(line, "crude"), _ratio_cells(line, "adjusted")
    if variable.rows[0].level is None and (len(name) < _LONG_NAME or not unit):
        yield f"{name} ({unit})" if unit else name, *counts[0], *crude[0], p, *adjusted[0], q
        return
    words = ([_word(variable, side)] * side.ratios.shape[1] for side in (line.crude, line.adjusted))
    yield name, *("" for _ in counts[0]), *next(words), p, *next(words), q
    places = [unit or str(row.level) for row in variable.rows]
    for place, count, left, right in zip(places, counts, crude, adjusted, strict=True):
        yield f"{_INDENT}{place}", *count, *left, "", *right, ""


def _p_text(side: ModelColumn) -> str:
    return "" if side.test is None else formatting.pvalue(side.test.p_value, "publication")


def _count_texts(row: TableRow, width: int) -> list[str]:
    """Events of n, or how often there was each level of the outcome, with percentages."""
    if not row.counts:
        return [""] * width
    if len(row.counts) == 1:
        return [f"{formatting.count(row.counts[0])}/{formatting.count(row.n)} ({row.percents[0]:.1f})"]
    pairs = zip(row.counts, row.percents, strict=True)
    return [f"{formatting.count(count)} ({percent:.1f})" for count, percent in pairs]


def _label(variable: TableVariable, options: TableOptions) -> str:
    """The name given, else the column of a factor, else the terms."""
    own = variable.name if variable.rows[0].level is None else variable.variable
    return options.labels.get(variable.name, options.labels.get(variable.variable, own))
