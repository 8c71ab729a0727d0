"""What an exposure of several levels says, as frames, and the page they print."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from glmlogit.documents import formatting
from glmlogit.documents.naming import Labelled, level_of, name_of
from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Column, Summary, Table
from glmlogit.documents.style import joined_limits, marked, reference_text, say
from glmlogit.drawing.sizes import Width
from glmlogit.epidemiology.draw_ratios import draw_ratios
from glmlogit.messages.notes import Note
from glmlogit.messages.values import show
from glmlogit.messages.words import sentence, short, written

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, repr=False)
class TwoByK(Paged):
    """What an exposure of several levels says; returned by :func:`two_by_k`.

    Attributes
    ----------
    counts : DataFrame, shape (k, 2)
        Summed over strata; a row a level, events in the first column.
    measures : DataFrame, by level and measure
        ``odds_ratio risk_ratio risk_difference``, with strata also ``mh_…``, of each level against the reference:
        ``estimate std_error std_error_log conf_low conf_high p_value method reason``, as in ``TwoByTwo.measures``.
    tests : DataFrame, by test
        ``statistic df p_value method reason``: ``pearson trend departure mantel_extension``, with strata also
        ``mantel_extension_strata general_association departure_strata``.
    scores : Series
        Where the levels stand for the trend.
    notes : tuple of Note
        Rows dropped.
    level : float
        Confidence level of all limits.
    reference : value
        The level that others are compared with.
    outcome, exposure, stratified_by : str
        Names, empty for a table without names.
    """

    counts: pd.DataFrame
    measures: pd.DataFrame
    tests: pd.DataFrame
    scores: pd.Series[Any]
    notes: tuple[Note, ...]
    level: float
    reference: Any
    outcome: str = ""
    exposure: str = ""
    stratified_by: str = ""

    def summary(self) -> Summary:
        """Return the page as an object with ``to_markdown``, ``to_latex`` and ``to_html``."""
        return self._shown

    def plot(self, ax: Axes | None = None, *, width: Width | None = None) -> Axes:
        """Draw the odds ratio of each level against the reference.

        ``width`` of a new figure: ``"column"``, ``"page"`` or millimetres.
        """
        rows = self.measures.xs("odds_ratio", level="measure")
        name = f"{self.exposure} = " if self.exposure else ""
        labels = [f"{name}{written(level)}" for level in rows.index]
        numbers = rows[["estimate", "conf_low", "conf_high"]].to_numpy(float)
        return draw_ratios(labels, numbers, self.level, ax, width, reference=f"{name}{written(self.reference)}")

    @property
    def _page(self) -> Summary:
        """The page, as strings."""
        return page_of(self)


_NAMES = {"odds_ratio": "OR", "risk_ratio": "RR", "risk_difference": "RD"}


def page_of(t: TwoByK) -> Summary:
    """The page to read."""
    title = say("2×k table")
    if t.outcome:
        title = say("2×k table: {outcome} by {exposure}", outcome=name_of(t.outcome), exposure=name_of(t.exposure))
    if t.stratified_by:
        title = say("{title}, stratified by {strata}", title=title, strata=_names(t.stratified_by))
    event = show(t.counts.columns[0])
    named = ((say("Event"), f"{t.outcome} = {event}"),) if t.outcome else ()
    tables = [_level_table(t, None, "")]
    if t.stratified_by:
        tables.append(
            _level_table(t, f"{say('Adjusted for {what}', what=_names(t.stratified_by))} (Mantel-Haenszel)", "mh_")
        )
    return Summary(
        title=Labelled(title),
        header=(
            *named,
            (say("Observations"), formatting.count(float(t.counts.to_numpy().sum()))),
            (say("Reference"), f"{t.exposure} = {show(t.reference)}" if t.exposure else show(t.reference)),
            *_scores(t),
            (say("Limits"), say("{level}%, {how}", level=marked(f"{100 * t.level:g}"), how=_limits_text(t))),
        ),
        tables=(*tables, _tests_table(t)),
        notes=(*(note.text for note in t.notes), *_reasons(t)),
        coefficients=t.measures.reset_index(),
        facts=t.tests.reset_index(),
    )


def _names(columns: str) -> str:
    return ", ".join(map(name_of, columns.split(", ")))


def _scores(t: TwoByK) -> Iterator[tuple[str, str]]:
    if not t.tests.loc["trend", "reason"]:
        yield (
            say("Scores"),
            ", ".join(f"{level_of(t.exposure, k, short)}: {marked(f'{v:g}')}" for k, v in t.scores.items()),
        )


def _limits_text(t: TwoByK) -> str:
    crude = say("OR by Woolf, RR by Katz, RD by Wald")
    adjusted = say("adjusted by Robins-Breslow-Greenland, Greenland-Robins, Sato")
    return f"{crude}; {adjusted}" if t.stratified_by else crude


def _level_table(t: TwoByK, title: str | None, prefix: str) -> Table:
    """A row a level: counts, risk, and the measures against the reference."""
    columns = (
        Column("level", name_of(t.exposure) if t.exposure else say("Level"), "left"),
        Column("events", say("Events/n")),
        Column("risk", say("Risk")),
        *(Column(f"{prefix}{name}", say(head), rule=True) for name, head in _NAMES.items()),
    )
    counts = t.counts.to_numpy(dtype=float)
    size = counts.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        risks = formatting.probabilities(counts[:, 0] / size)
    rows = []
    for value, (events, _), n, risk in zip(t.counts.index, counts, size, risks, strict=True):
        cells = [_cell(t, value, prefix + name) for name in _NAMES]
        rows.append(
            (level_of(t.exposure, value, short), f"{formatting.count(events)}/{formatting.count(n)}", risk, *cells)
        )
    return Table(title, columns, tuple(rows))


def _cell(t: TwoByK, value: Any, measure: str) -> str:
    ratio = measure.endswith("ratio")
    if value == t.reference:
        return reference_text() if ratio else f"0 ({say('reference')})"
    row = t.measures.loc[(value, measure)]
    numbers = [float(row[name]) for name in ("estimate", "conf_low", "conf_high")]
    estimate, low, high = formatting.ratio_row(numbers) if ratio else formatting.difference_row(numbers)
    return estimate if math.isnan(numbers[1]) else f"{estimate} {joined_limits(low, high)}"


def _tests_table(t: TwoByK) -> Table:
    columns = (
        Column("test", "", "left"),
        Column("statistic", say("Chi-squared")),
        Column("df", say("df")),
        Column("p_value", say("p-value")),
    )
    rows = zip(
        map(say, t.tests["method"]),
        formatting.statistics(t.tests["statistic"]),
        [formatting.count(x) for x in t.tests["df"]],
        formatting.pvalues(t.tests["p_value"]),
        strict=True,
    )
    return Table(say("Tests"), columns, tuple(rows))


def _reasons(t: TwoByK) -> Iterator[str]:
    """Why numbers are missing: a sentence for each reason, with those it concerns."""
    lines: dict[str, list[str]] = {}
    for row in t.tests.to_dict(orient="records"):
        lines.setdefault(str(row["reason"]), []).append(str(row["method"]))
    for row in t.measures.reset_index().to_dict(orient="records"):
        what = sentence("{measure} of {level}", measure=str(row["measure"]), level=short(row["level"]))
        lines.setdefault(str(row["reason"]), []).append(what)
    return (sentence("{names}: {reason}.", names=names, reason=reason) for reason, names in lines.items() if reason)
