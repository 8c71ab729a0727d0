"""The pages that ``glmlogit effects`` and ``glmlogit demo`` show: effects on the probability, and what they say."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from glmlogit.documents.from_frame import table_from_frame
from glmlogit.documents.naming import Labelled, name_of, named_page, said
from glmlogit.documents.paged import page_of
from glmlogit.documents.pages import Picture, Summary
from glmlogit.documents.style import marked, say
from glmlogit.drawing.picture import picture
from glmlogit.effects.comparisons import comparisons
from glmlogit.effects.labels import head_of, in_words
from glmlogit.effects.margins import margins
from glmlogit.plots.forest_plot import forest_plot
from glmlogit.reports import summary
from glmlogit.reports.interpret import interpret

if TYPE_CHECKING:
    from glmlogit.effects.effects_table import Effects
    from glmlogit.estimate.estimate import Estimate


_KINDS = {
    "dydx": "Marginal effects: change of the probability for a unit of a variable, or between levels",
    "eyex": "Elasticities: percent of the probability for a percent of a variable",
    "eydx": "Semi-elasticities: change of log p for a unit of a variable, or between levels",
    "dyex": "Semi-elasticities: change of the probability for a relative change of a variable",
}


def margins_page(fit: Estimate, **options: Any) -> Summary:
    """Marginal effects as :func:`glmlogit.margins` gives them with these options."""
    return _page(fit, say(_KINDS[options.get("kind", "dydx")]), margins(fit, **options))


def comparisons_page(fit: Estimate, variable: str, estimands: Sequence[str], **options: Any) -> Summary:
    """Standardised risks of one exposure."""
    population = options.get("population", "all")
    rows = {"all": "all rows", "exposed": "the exposed", "unexposed": "the unexposed"}[population]
    effects = comparisons(fit, variable, list(estimands), **options)  # type: ignore[arg-type]
    title = say("Standardised risks of {variable}, averaged over {rows}", variable=name_of(variable), rows=say(rows))
    page = _page(fit, Labelled(title), effects, _BESIDES & set(effects))
    intervals = [
        f"{row.contrast}, {row.estimand}: {row.interval}."
        for row in in_words(pd.DataFrame(effects)).itertuples()
        if isinstance(row.interval, str)
    ]
    return replace(page, notes=(*intervals, *page.notes))


# Columns that a table on paper has no room for: the variable is in the title, the interval a note.
_BESIDES = {"variable", "statistic", "interval", "std_error_log"}


def _page(fit: Estimate, title: str, effects: Effects, left_out: Collection[str] = ()) -> Summary:
    """A page of effects; the file formats for programs have all columns, the table not those left out."""
    frame = pd.DataFrame(effects)
    lines = (
        (say("Intervals"), say("{level}%, {how}", level=marked(f"{100 * fit.level:g}"), how=say("delta method"))),
        (say("Standard errors"), said(fit.covariance.text)),
    )
    notes = tuple(note.text for note in effects.notes)
    table = table_from_frame(in_words(frame.drop(columns=list(left_out))), of_data=True)
    heads = tuple(head_of(column, effects.underlying.level) for column in table.columns)
    page = Summary(
        title,
        (*summary.header(fit), *lines),
        (replace(table, columns=heads),),
        notes=notes,
        coefficients=frame,
    )
    return named_page(page)


def words_page(fit: Estimate, units: Mapping[str, float] | None = None) -> Summary:
    """Every variable in a sentence."""
    return page_of(interpret(fit, units=units))


def forest_picture(fit: Estimate, **options: Any) -> tuple[Picture, ...]:
    """The forest plot of a fit; nothing where matplotlib is not installed."""
    text = say("Forest plot of the odds ratios with their limits")
    return picture(lambda ax: forest_plot(fit, ax=ax, **options), text, 7.6, 4.8)
