"""The tables of a summary: coefficients with their tests, and odds ratios beside or below them."""

from __future__ import annotations

import math
from collections.abc import Container, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from glmlogit.documents import formatting
from glmlogit.documents.from_frame import together
from glmlogit.documents.naming import Labelled, named_table
from glmlogit.documents.pages import Column, Table
from glmlogit.documents.style import interval_head, say, unit_text
from glmlogit.documents.style import marked as with_mark
from glmlogit.documents.text_table import table_width
from glmlogit.inference.evidence import Evidence
from glmlogit.messages.units import NO_UNIT, unit_of_row
from glmlogit.reports.footer import term_word

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

# Letters of a line that a table of a page may take.
PAGE_WIDTH = 100


def coefficient_tables(
    fit: Estimate, inference: Evidence, ratios: pd.DataFrame | None, level: float, stars: bool
) -> tuple[Table, ...]:
    """One table where it fits on a line, else the odds ratios below the coefficients."""
    coefficients = _coefficient_table(fit, inference, stars)
    if ratios is None:
        return (coefficients,)
    interval = interval_head(level, "" if inference.method == "wald" else inference.method)
    # Beyond exp(±709) a ratio overflows; that is not an infinite estimate, and must not look like one.
    huge = set(fit.params.index[np.isfinite(fit.params)]) if inference.method == "wald" else set()
    below, beside = (_ratio_table(ratios, terms, interval, huge) for terms in (ratios.index, fit.params.index))
    joined = _beside(coefficients, beside, n_labels=fit.params.index.nlevels)
    return (joined,) if table_width(named_table(joined)) <= PAGE_WIDTH else (coefficients, below)


def _beside(left: Table, right: Table, n_labels: int) -> Table:
    """Join two tables of the same rows; the labels of the second are left out."""
    first, *others = right.columns[n_labels:]
    rows = tuple(a + b[n_labels:] for a, b in zip(left.rows, right.rows, strict=True))
    return replace(
        left, columns=(*left.columns, replace(first, rule=True, opens=right.title or ""), *others), rows=rows
    )


def _coefficient_table(fit: Estimate, inference: Evidence, stars: bool) -> Table:
    p = inference.rows["p_value"].tolist()
    shared = together({"estimate": fit.params.tolist(), "std_error": fit.bse.tolist()}, formatting.column)
    statistic, tail = _test_heads(fit, inference.method)
    columns = [
        (Column("estimate", say("Estimate")), shared["estimate"]),
        (Column("std_error", _error_header(fit)), shared["std_error"]),
        (Column("statistic", statistic), _statistics(inference)),
        (Column("p_value", tail), formatting.pvalues(p)),
    ]
    marked = stars and any(map(math.isfinite, p))
    if marked:
        columns.append((Column("stars", "", "left"), [formatting.stars(x) for x in p]))
    title = f"{say('Coefficients')}{_not_estimable(fit.params)}"
    notes = (_signif_legend(),) if marked else ()
    return _labelled(fit.params.index, columns, title, (*notes, *_legend(inference)))


def _signif_legend() -> str:
    codes = (with_mark(code) if code[0].isdigit() else code for code in formatting.SIGNIF_CODES.split(" "))
    return Labelled(f"{say('Signif. codes')}: {' '.join(codes)}")


def _test_heads(fit: Estimate, method: str) -> tuple[str, str]:
    """Heads of the columns of statistics and p-values."""
    if method == "wald":
        letter = fit.reference.letter
        return say("{statistic} value", statistic=letter), f"Pr(>|{letter}|)"
    return f"{'LR' if method == 'profile' else 'Score'} chi2(1)", "Pr(>chi2)"


def _statistics(inference: Evidence) -> list[str]:
    """Statistics as text; beside Wald's those of likelihood-ratio tests are marked."""
    plain = inference.rows["statistic"]
    marked = (inference.rows["test"] == "lr").to_numpy() & (inference.method == "wald")
    texts = iter(formatting.statistics(plain[~marked]))
    return [f"LR {formatting.statistics([x])[0]}" if lr else next(texts) for x, lr in zip(plain, marked, strict=True)]


def _legend(inference: Evidence) -> tuple[str, ...]:
    return (
        (say("LR: chi2(1) of the likelihood-ratio test, where an infinite estimate has no Wald test"),)
        if inference.mixed
        else ()
    )


def _ratio_table(ratios: pd.DataFrame, terms: pd.Index[Any], interval: str, finite: Container[Any]) -> Table:
    """Odds ratios of the terms asked for; a term left out on purpose, as the intercept, stays blank."""
    texts = formatting.ratio_rows({key: ratios[key].tolist() for key in ("odds_ratio", "conf_low", "conf_high")})
    for key, column in texts.items():
        numbers = zip(ratios.index, column, ratios[key], strict=True)
        texts[key] = [OVERFLOWN.get(x, text) if term in finite else text for term, text, x in numbers]
    limits = formatting.intervals(texts["conf_low"], texts["conf_high"])
    cells = dict(zip(ratios.index, zip(texts["odds_ratio"], limits, strict=True), strict=True))
    pairs = [cells.get(term, ("", "")) for term in terms]
    columns = [
        *_unit_column(ratios, terms),
        (Column("odds_ratio", say("Odds ratio")), [ratio for ratio, _ in pairs]),
        (Column("interval", interval), [limit for _, limit in pairs]),
    ]
    return _labelled(terms, columns, say("Odds ratios"))


def _unit_column(ratios: pd.DataFrame, terms: pd.Index[Any]) -> list[tuple[Column, list[str]]]:
    """The differences that the odds ratios are for, where units were given; blank for 1."""
    if "unit" not in ratios:
        return []
    units = dict(zip(ratios.index, map(unit_of_row, ratios.to_dict(orient="records")), strict=True))
    each = [units.get(term, NO_UNIT) for term in terms]
    return [(Column("unit", say("Unit")), ["" if unit == NO_UNIT else unit_text(*unit) for unit in each])]


OVERFLOWN = {math.inf: ">1e308", 0.0: "<1e-308"}


def _labelled(
    index: pd.Index[Any], columns: Sequence[tuple[Column, list[str]]], title: str, notes: tuple[str, ...] = ()
) -> Table:
    """Build a table whose first columns are the levels of an index of terms."""
    names = [str(name or "Term").capitalize() for name in index.names]
    labels = [(Column(n.lower(), say(n), "left"), index.get_level_values(i)) for i, n in enumerate(names)]
    cells = [[term_word(value) for value in values] for _, values in labels] + [texts for _, texts in columns]
    heads = [column for column, _ in labels] + [column for column, _ in columns]
    return Table(title, tuple(heads), tuple(zip(*cells, strict=True)), notes)


def _error_header(fit: Estimate) -> str:
    return say("Robust SE" if fit.capabilities.robust else "Std. Error")


def _not_estimable(params: pd.Series[float]) -> str:
    count = int(params.isna().sum())
    return " " + say("({k} of {n} not estimable, shown as NA)", k=count, n=len(params)) if count else ""
