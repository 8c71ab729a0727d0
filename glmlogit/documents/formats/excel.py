"""Summaries as an Excel workbook: sheets of coefficients, odds ratios and facts, numbers with 16 digits.

pandas writes the cells through openpyxl. Afterwards every text is marked as text, since openpyxl takes one
that starts with "=" for a formula, and a name may come from anyone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Any

from glmlogit.documents.pages import Format, Summary
from glmlogit.documents.style import say
from glmlogit.messages.calls import to_install
from glmlogit.messages.words import visible

if TYPE_CHECKING:
    import pandas as pd


_LONGEST_TEXT = 32_767  # characters that a cell may hold
_WIDEST_COLUMN = 60
_RATIOS = {"odds_ratio": "odds_ratio", "odds_ratio_low": "conf_low", "odds_ratio_high": "conf_high"}


def _require() -> None:
    """Check that openpyxl is there, before any work.

    Raises
    ------
    ImportError
        With the command that installs it.
    """
    try:
        import_module("openpyxl")
    except ImportError as error:
        raise ImportError(
            f"Excel files need openpyxl, which is not installed. {to_install('openpyxl', 'excel')}"
        ) from error


def _workbook(summaries: Sequence[Summary]) -> bytes:
    """A workbook of sheets for each summary, three of a fit; those of a second one are numbered."""
    import pandas as pd

    _require()
    file = BytesIO()
    with pd.ExcelWriter(file, engine="openpyxl") as writer:
        for number, summary in enumerate(summaries, 1):
            for name, frame in _sheets(summary):
                title = name if number == 1 else f"{name} {number}"
                frame.map(_cell).to_excel(writer, sheet_name=title, index=False, na_rep="NA", inf_rep="Inf")
                _finish(writer.sheets[title])
    return file.getvalue()


def _sheets(summary: Summary) -> Iterator[tuple[str, pd.DataFrame]]:
    import pandas as pd

    coefficients = summary.coefficients
    of_fit = coefficients is None or {"term", "estimate"} <= set(coefficients.columns)
    if coefficients is not None:
        ratios = [column for column in _RATIOS if column in coefficients]
        yield ("Coefficients" if of_fit else "Numbers"), coefficients.drop(columns=ratios)
        if ratios:
            yield "Odds ratios", _ratio_sheet(coefficients)
    yield ("Fit" if of_fit else "About"), pd.DataFrame(_facts(summary), columns=["fact", "value"])


def _ratio_sheet(coefficients: pd.DataFrame) -> pd.DataFrame:
    """Odds ratios of the terms that have one: not of the intercept, which has an estimate and no ratio."""
    labels = list(coefficients.columns[: coefficients.columns.get_loc("estimate")])
    shown = coefficients["odds_ratio"].notna() | coefficients["estimate"].isna()
    tests = [name for name in ("p_value", "test") if name in coefficients]
    return coefficients.loc[shown, [*labels, *_RATIOS, *tests]].rename(columns=_RATIOS)


def _facts(summary: Summary) -> Iterator[tuple[str, object]]:
    yield "Model", summary.title
    if summary.alert:
        yield "Warning", summary.alert
    yield from summary.header
    if summary.facts is not None:
        for key, value in summary.facts.iloc[0].items():
            yield str(key), value
    yield from (pair for pair in summary.footer if pair[0] == say("Standard errors"))
    yield from (("Note", note) for note in summary.notes)


def _cell(value: object) -> object:
    """Text as a cell can hold it: without control characters and not too long."""
    if not isinstance(value, str):
        return value
    text = visible(value)
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"


def _finish(sheet: Any) -> None:
    """Mark text as text, keep the head in view and make the columns wide enough."""
    for column in sheet.iter_cols():
        for cell in column:
            if isinstance(cell.value, str):
                cell.data_type = "s"
                cell.quotePrefix = True  # stays text also when someone edits the cell
        widest = max(len(str(cell.value)) for cell in column)
        sheet.column_dimensions[column[0].column_letter].width = min(widest, _WIDEST_COLUMN) + 2
    sheet.freeze_panes = "A2"


FORMAT = Format(".xlsx", _workbook, require=_require, numbers=True)
