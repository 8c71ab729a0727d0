"""The page of crude and adjusted odds ratios: a block of lines for each variable."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from glmlogit.documents import formatting
from glmlogit.documents.pages import Column, Summary, Table
from glmlogit.messages.notes import Note
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
        tables=(_table(fit, lines, options),),
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


def _table(fit: Estimate, lines: Sequence[TableLine], options: TableOptions) -> Table:
    interval = interval_header(options.level)
    share = "weighted %" if fit.sample.sampled else "%"
    columns = (
        Column("variable", "Variable", "left"),
        Column("events", f"Events/n ({share})"),
        Column("crude", f"Crude OR {interval}", rule=True),
        Column("crude_p_value", "p"),
        Column("adjusted", f"Adjusted OR {interval}", rule=True),
        Column("adjusted_p_value", "p"),
    )
    return Table(None, columns, tuple(row for line in lines for row in _block(line, options)))


def _ratio_cells(line: TableLine, name: str) -> list[str]:
    """``1.71 [1.02, 2.88]`` for each row of a variable; its crude and adjusted ratios share their decimals."""
    side: ModelColumn = getattr(line, name)
    values = side.ratios.ravel().tolist()
    beside = line.adjusted if name == "crude" else line.crude
    texts = formatting.ratios([*values, *beside.ratios.ravel()])[: len(values)]
    finite = np.repeat(side.finite, 3)  # where a ratio that overflows must not look like an infinite estimate
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


def _block(line: TableLine, options: TableOptions) -> Iterator[tuple[str, ...]]:
    """The lines of one variable: below its name its levels, or its unit where the name is long."""
    variable, p, q = line.variable, _p_text(line.crude), _p_text(line.adjusted)
    name = _label(variable, options)
    unit = f"per {options.units.get(variable.name, 1):g}" if variable.numeric else ""
    counts = [_count_text(row) for row in variable.rows]
    crude, adjusted = _ratio_cells(line, "crude"), _ratio_cells(line, "adjusted")
    if variable.rows[0].level is None and (len(name) < _LONG_NAME or not unit):
        yield f"{name} ({unit})" if unit else name, counts[0], crude[0], p, adjusted[0], q
        return
    yield name, "", _word(variable, line.crude), p, _word(variable, line.adjusted), q
    places = [unit or str(row.level) for row in variable.rows]
    for place, count, left, right in zip(places, counts, crude, adjusted, strict=True):
        yield f"{_INDENT}{place}", count, left, "", right, ""


def _p_text(side: ModelColumn) -> str:
    return "" if side.test is None else formatting.pvalue(side.test.p_value, "publication")


def _count_text(row: TableRow) -> str:
    if math.isnan(row.n):
        return ""
    return f"{formatting.count(row.events)}/{formatting.count(row.n)} ({row.percent:.1f})"


def _label(variable: TableVariable, options: TableOptions) -> str:
    """The name given, else the column of a factor, else the terms."""
    own = variable.name if variable.rows[0].level is None else variable.variable
    return options.labels.get(variable.name, options.labels.get(variable.variable, own))
