"""What a 2×2 table says, as frames, and the page they print: counts, measures, tests, strata."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from glmlogit.documents import formatting
from glmlogit.documents.from_frame import table_from_frame
from glmlogit.documents.naming import Labelled, name_of
from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Column, Summary, Table
from glmlogit.documents.style import interval_head, say
from glmlogit.drawing.sizes import Width
from glmlogit.epidemiology.draw_ratios import draw_ratios
from glmlogit.messages.notes import Note
from glmlogit.messages.values import show
from glmlogit.messages.words import sentence, written

if TYPE_CHECKING:
    from matplotlib.axes import Axes


_LIMITS = ("estimate", "conf_low", "conf_high")
_NAMES = {"odds_ratio": "Odds ratio", "risk_ratio": "Risk ratio"}


@dataclass(frozen=True, repr=False)
class TwoByTwo(Paged):
    """What a 2×2 table, or a set of them, says; returned by :func:`two_by_two`.

    Attributes
    ----------
    counts : DataFrame, shape (2, 2)
        Summed over strata; exposed in the first row, events in the first column.
    strata : DataFrame, a row a stratum
        ``a b c d odds_ratio conf_low conf_high method``; no rows without strata.
    measures : DataFrame, by measure
        ``estimate std_error std_error_log conf_low conf_high p_value method reason``. ``std_error`` is that of the
        estimate; ``std_error_log``, by which limits and p-value are made, that of the log of a ratio and of the log
        of 1 − an attributable fraction, NaN for differences. Both are NaN for methods that have none, as is
        ``p_value`` beside Newcombe's limits; ``reason`` says why any other number is missing.
    tests : DataFrame, by test
        ``statistic df p_value method reason``; exact tests have a p-value only.
    notes : tuple of Note
        Rows dropped, strata without information, exact methods left out.
    level : float
        Confidence level of all limits.
    outcome, exposure, stratified_by : str
        Names, empty for a table without names.
    """

    counts: pd.DataFrame
    strata: pd.DataFrame
    measures: pd.DataFrame
    tests: pd.DataFrame
    notes: tuple[Note, ...]
    level: float
    outcome: str = ""
    exposure: str = ""
    stratified_by: str = ""

    def summary(self) -> Summary:
        """Return the page as an object with ``to_markdown``, ``to_latex`` and ``to_html``."""
        return self._shown

    def plot(self, ax: Axes | None = None, *, width: Width | None = None) -> Axes:
        """Draw odds and risk ratios, or the odds ratio of each stratum and over all.

        ``width`` of a new figure: ``"column"``, ``"page"`` or millimetres.
        """
        ratios = self.measures.loc[[name for name in ("odds_ratio", "risk_ratio") if name in self.measures.index]]
        rows = {say(_NAMES[str(name)]): row for name, row in ratios[list(_LIMITS)].iterrows()}
        if self.stratified_by:
            own = self.strata[["odds_ratio", "conf_low", "conf_high"]].set_axis(list(_LIMITS), axis=1)
            over = self.measures.loc[["odds_ratio", "mh_odds_ratio"], list(_LIMITS)]
            rows = {f"{self.stratified_by} = {written(name)}": row for name, row in own.iterrows()}
            names = (say("Crude"), "Mantel-Haenszel")
            rows |= {name: row for name, (_, row) in zip(names, over.iterrows(), strict=True)}
        numbers = np.array([row.tolist() for row in rows.values()])
        what = "Odds ratio" if self.stratified_by else "Ratio"
        return draw_ratios(list(rows), numbers, self.level, ax, width, what=what)

    @property
    def _page(self) -> Summary:
        """The page, as strings."""
        return page_of(self)


def page_of(t: TwoByTwo) -> Summary:
    """The page to read."""
    title = say("2×2 table")
    if t.outcome:
        title = say("2×2 table: {outcome} by {exposure}", outcome=name_of(t.outcome), exposure=name_of(t.exposure))
    if t.stratified_by:
        title = say("{title}, stratified by {strata}", title=title, strata=_names(t.stratified_by))
    crude = ~t.measures.index.str.startswith(("mh_", "common_"))
    tables = [
        _counts_table(t.counts),
        _measures_table(say("Crude") if t.stratified_by else None, t.measures[crude], t.level),
    ]
    if t.stratified_by:
        tables.append(
            _measures_table(
                Labelled(say("Adjusted for {what}", what=_names(t.stratified_by))), t.measures[~crude], t.level
            )
        )
        strata = t.strata.assign(method=t.strata["method"].map(say))
        tables.append(table_from_frame(strata, title=say("Strata"), formats=dict.fromkeys("abcd", "count")))
    return Summary(
        title=Labelled(title),
        header=_header(t),
        tables=(*tables, _tests_table(t.tests)),
        notes=(*(note.text for note in t.notes), *_reasons(t)),
        coefficients=t.measures.rename_axis("measure").reset_index(),
        holds="measures",
    )


def _names(columns: str) -> str:
    """Columns by their labels: ``race, agegp``."""
    return ", ".join(map(name_of, columns.split(", ")))


def _header(t: TwoByTwo) -> tuple[tuple[str, str], ...]:
    event, exposed = (show(labels[0]) for labels in (t.counts.columns, t.counts.index))
    named = (
        ((say("Event"), f"{t.outcome} = {event}"), (say("Exposed"), f"{t.exposure} = {exposed}")) if t.outcome else ()
    )
    size = formatting.count(float(t.counts.to_numpy().sum()))
    return (
        *named,
        (say("Observations"), say("{n} in {k} strata", n=size, k=len(t.strata)) if t.stratified_by else size),
    )


def _counts_table(counts: pd.DataFrame) -> Table:
    """The counts with their totals and the risk of each row."""
    full = np.vstack([counts, counts.sum()]).astype(float)
    total = full.sum(axis=1)
    cells = [[formatting.count(x) for x in column] for column in (*full.T, total)]
    heads = [*_named(counts.columns), say("Total"), say("Risk")]
    columns = (Column("", "", "left"), *(Column(head, head) for head in heads))
    with np.errstate(invalid="ignore"):  # an empty group has no risk
        risk = formatting.probabilities(full[:, 0] / total)
    return Table(None, columns, tuple(zip([*_named(counts.index), say("Total")], *cells, risk, strict=True)))


def _named(labels: pd.Index[Any]) -> list[str]:
    return [f"{labels.name} = {show(label)}" if labels.name else say(str(label)) for label in labels]


def _measures_table(title: str | None, measures: pd.DataFrame, level: float) -> Table:
    numbers = measures[["estimate", "conf_low", "conf_high"]]
    estimates, *limits = zip(*_rows(numbers), strict=True)
    columns = (
        Column("measure", "", "left"),
        Column("estimate", say("Estimate")),
        Column("conf", interval_head(level)),
        Column("p_value", say("p-value")),
        Column("method", say("Method"), "left"),
    )
    cells = (
        [say(str(name)) for name in measures.index],
        estimates,
        formatting.intervals(*limits),
        formatting.pvalues(measures["p_value"]),
        map(say, measures["method"]),
    )
    return Table(title, columns, tuple(zip(*cells, strict=True)))


def _rows(numbers: pd.DataFrame) -> list[list[str]]:
    """Estimates and limits in decimals that keep each from reading as no association; those of a measure alike."""
    rows: list[list[str]] = []
    for measure, alike in numbers.groupby(list(map(_measure, map(str, numbers.index))), sort=False):
        row = formatting.ratio_row if "ratio" in str(measure) else formatting.difference_row
        cells = row(alike.to_numpy(dtype=float).ravel().tolist())
        rows += [cells[i : i + 3] for i in range(0, len(cells), 3)]
    return rows


def _measure(name: str) -> str:
    """What a row measures, whatever its method: ``odds_ratio`` of ``odds_ratio_exact``."""
    return next((kind for kind in ("odds_ratio", "risk_difference") if name.startswith(kind)), name)


def _tests_table(tests: pd.DataFrame) -> Table:
    """Exact tests have no statistic: its cell stays empty, which NA would not say."""
    columns = (
        Column("test", "", "left"),
        Column("statistic", say("Statistic")),
        Column("df", say("df")),
        Column("p_value", say("p-value")),
        Column("method", say("Method"), "left"),
    )
    exact = tests["statistic"].isna() & (tests["reason"] == "")
    cells = [formatting.statistics(tests["statistic"]), [formatting.count(x) for x in tests["df"]]]
    shown = [["" if blank else cell for blank, cell in zip(exact, column, strict=True)] for column in cells]
    names, methods = ([say(str(name)) for name in words] for words in (tests.index, tests["method"]))
    rows = zip(names, *shown, formatting.pvalues(tests["p_value"]), methods, strict=True)
    return Table(say("Tests"), columns, tuple(rows))


def _reasons(t: TwoByTwo) -> list[str]:
    """Why numbers are missing: a sentence for each reason, with those it concerns."""
    reasons = pd.concat([t.measures["reason"], t.tests["reason"]])
    stated = reasons[reasons != ""]
    return [
        sentence("{names}: {reason}.", names=list(map(str, rows.index)), reason=str(reason))
        for reason, rows in stated.groupby(stated, sort=False)
    ]
