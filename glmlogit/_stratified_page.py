"""The page of a 2×2 table: its counts, measures and tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from glmlogit import _format
from glmlogit.documents import Column, Summary, Table, table_from_frame
from glmlogit.outcome import show

if TYPE_CHECKING:
    from glmlogit.stratified import TwoByTwo


def page(t: TwoByTwo) -> Summary:
    """The page to read."""
    title = f"2×2 table: {t.outcome} by {t.exposure}" if t.outcome else "2×2 table"
    crude = ~t.measures.index.str.startswith(("mh_", "common_"))
    tables = [
        _counts_table(t.counts),
        _measures_table("Crude" if t.stratified_by else None, t.measures[crude], t.level),
    ]
    if t.stratified_by:
        tables.append(_measures_table(f"Adjusted for {t.stratified_by}", t.measures[~crude], t.level))
        tables.append(table_from_frame(t.strata, title="Strata", formats=dict.fromkeys("abcd", "count")))
    return Summary(
        title=title + (f", stratified by {t.stratified_by}" if t.stratified_by else ""),
        header=_header(t),
        tables=(*tables, _tests_table(t.tests)),
        notes=(*(note.text for note in t.notes), *_reasons(t)),
    )


def _header(t: TwoByTwo) -> tuple[tuple[str, str], ...]:
    event, exposed = (show(labels[0]) for labels in (t.counts.columns, t.counts.index))
    named = (("Event", f"{t.outcome} = {event}"), ("Exposed", f"{t.exposure} = {exposed}")) if t.outcome else ()
    size = _format.count(float(t.counts.to_numpy().sum()))
    return (*named, ("Observations", size + (f" in {len(t.strata)} strata" if t.stratified_by else "")))


def _counts_table(counts: pd.DataFrame) -> Table:
    """The counts with their totals and the risk of each row."""
    full = np.vstack([counts, counts.sum()]).astype(float)
    total = full.sum(axis=1)
    cells = [[_format.count(x) for x in column] for column in (*full.T, total)]
    heads = [*_named(counts.columns), "Total", "Risk"]
    columns = (Column("", "", "left"), *(Column(head, head) for head in heads))
    with np.errstate(invalid="ignore"):  # an empty group has no risk
        risk = _format.ratios(full[:, 0] / total)
    return Table(None, columns, tuple(zip([*_named(counts.index), "Total"], *cells, risk, strict=True)))


def _named(labels: pd.Index[Any]) -> list[str]:
    return [f"{labels.name} = {show(label)}" if labels.name else str(label) for label in labels]


def _measures_table(title: str | None, measures: pd.DataFrame, level: float) -> Table:
    numbers = measures[["estimate", "conf_low", "conf_high"]]
    estimates, *limits = zip(*(_row(str(name), row.tolist()) for name, row in numbers.iterrows()), strict=True)
    columns = (
        Column("measure", "", "left"),
        Column("estimate", "Estimate"),
        Column("conf", f"[{100 * level:g}% CI]"),
        Column("p_value", "p-value"),
        Column("method", "Method", "left"),
    )
    cells = (
        map(str, measures.index),
        estimates,
        _format.intervals(*limits),
        _format.pvalues(measures["p_value"]),
        measures["method"],
    )
    return Table(title, columns, tuple(zip(*cells, strict=True)))


def _row(measure: str, numbers: Sequence[float]) -> list[str]:
    """An estimate and its limits in as many decimals as keep each from reading as no association."""
    return _format.ratio_row(numbers) if "ratio" in measure else _format.difference_row(numbers)


def _tests_table(tests: pd.DataFrame) -> Table:
    """Exact tests have no statistic: its cell stays empty, which NA would not say."""
    columns = (
        Column("test", "", "left"),
        Column("statistic", "Statistic"),
        Column("df", "df"),
        Column("p_value", "p-value"),
        Column("method", "Method", "left"),
    )
    exact = tests["statistic"].isna() & (tests["reason"] == "")
    cells = [_format.statistics(tests["statistic"]), [_format.count(x) for x in tests["df"]]]
    shown = [["" if blank else cell for blank, cell in zip(exact, column, strict=True)] for column in cells]
    rows = zip(map(str, tests.index), *shown, _format.pvalues(tests["p_value"]), tests["method"], strict=True)
    return Table("Tests", columns, tuple(rows))


def _reasons(t: TwoByTwo) -> list[str]:
    """Why numbers are missing: a sentence for each reason, with those it concerns."""
    reasons = pd.concat([t.measures["reason"], t.tests["reason"]])
    given = reasons[reasons != ""]
    return [f"{', '.join(map(str, rows.index))}: {reason}." for reason, rows in given.groupby(given, sort=False)]
