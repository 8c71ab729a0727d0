"""Data frames of results to tables of strings: headers from a glossary, decimals shared by what is read together."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.documents import formatting
from glmlogit.documents.naming import Labelled, said
from glmlogit.documents.pages import Column, Table
from glmlogit.documents.style import marked, say
from glmlogit.errors import DataError
from glmlogit.messages.words import Sentence

Formatter = Callable[[Iterable[float]], list[str]]

# Heads that are printed as their keys.
_AS_THEY_ARE = (
    "Intercept reason measure difference change_log change_risk_ratio risk_ratio condition_index gvif gvif_scaled "
    "wald_p_value other"
)
HEADERS = {
    "term": "Term",
    "variable": "Variable",
    "level": "Level",
    "reference": "Reference",
    "contrast": "Contrast",
    "estimand": "Estimand",
    "risk_exposed": "Risk exposed",
    "risk_observed": "Risk observed",
    "risk_reference": "Risk reference",
    "interval": "Interval",
    "probability": "Probability",
    "estimate": "Estimate",
    "std_error": "Std. Error",
    "std_error_log": "SE of log",
    "statistic": "Statistic",
    "p_value": "p-value",
    "conf_low": "CI low",
    "conf_high": "CI high",
    "odds_ratio": "Odds ratio",
    "n": "n",
    "events": "Events",
    "df": "df",
    "df_denom": "Denom. df",
    "deviance": "Deviance",
    "aic": "AIC",
    "delta_aic": "ΔAIC",
    "bic": "BIC",
    "llf": "Log-lik.",
    "mcfadden": "McFadden",
    "nagelkerke": "Nagelkerke",
    "tjur": "Tjur",
    "auc": "AUC",
    "auc_corrected": "AUC corrected",
    "within": "Within",
    "resid_df": "Resid. df",
    "resid_deviance": "Resid. deviance",
    "change": "Change",
    "criterion": "Criterion",
    "share": "Share",
    "step": "Step",
    "terms": "Terms",
    "dropped": "Left out",
    "model": "Model",
    "powers": "Powers",
    "shrinkage": "Shrinkage",
    **{key: key for key in _AS_THEY_ARE.split()},
}

_COUNTS = frozenset({"n", "events", "df", "df_denom", "resid_df", "nobs", "n_iter"})
_LINEAR = ("estimate", "std_error", "conf_low", "conf_high")
_RATIO = ("odds_ratio", "conf_low", "conf_high")


def _counts(values: Iterable[float]) -> list[str]:
    return [formatting.count(float(x)) for x in values]


_FORMATS: dict[str, Formatter] = {
    "number": formatting.column,
    "p_value": formatting.pvalues,
    "statistic": formatting.statistics,
    "ratio": formatting.ratios,
    "count": _counts,
    "measure": formatting.measures,
}


def table_from_frame(
    frame: pd.DataFrame,
    *,
    title: str | None = None,
    formats: Mapping[str, str | Formatter] | None = None,
    ratios: Sequence[bool] | None = None,
    words: Sequence[str] = (),
    of_data: bool = False,
) -> Table:
    """Turn a result frame of this package into a table of strings.

    Parameters
    ----------
    frame : DataFrame, shape (r, k)
        For example ``fit.odds_ratios()`` or ``fit.margins()``. Its index becomes the first column,
        a MultiIndex one column a level; an unnamed running index is left out.
    title : str, optional
        Caption.
    formats : mapping, optional
        By column name, a kind (``"number"``, ``"p_value"``, ``"statistic"``, ``"ratio"``, ``"count"``,
        ``"measure"``) or a function from the column's values to a list of strings. Columns not named here are
        formatted by their name in the glossary: an estimate shares its decimals with its standard
        error and limits, an odds ratio with its limits.
    ratios : sequence of bool, length r, optional
        Rows whose estimate and limits are a ratio's, and have decimals of their own.
    words : sequence of str, optional
        Columns of fixed words, which are said in the language of the style and are no names of the data.
    of_data : bool
        Whether columns that the glossary lacks are named by the data, and not by words of this package.

    Returns
    -------
    Table

    Raises
    ------
    DataError
        If ``formats`` names a column the frame lacks or an unknown kind.
    """
    chosen = _chosen_formats(frame, formats or {})
    unnamed = isinstance(frame.index, pd.RangeIndex) and frame.index.name is None
    flat = frame.copy(deep=False) if unnamed else _with_index(frame)
    columns = [_frame_column(str(key), flat.iloc[:, j], of_data) for j, key in enumerate(flat.columns)]
    mixed = ratios is not None and "estimate" in frame
    shared = _by_row(frame, chosen, ratios or ()) if mixed else _shared_decimals(frame, chosen)
    cells = [
        shared[key] if (key := str(label)) in shared else _cells(flat.iloc[:, j], chosen.get(key), key)
        for j, label in enumerate(flat.columns)
    ]
    cells = [
        [Labelled(say(cell)) for cell in column] if str(key) in words else column
        for key, column in zip(flat.columns, cells, strict=True)
    ]
    return Table(title, tuple(columns), tuple(zip(*cells, strict=True)) if len(flat) else ())


def _with_index(frame: pd.DataFrame) -> pd.DataFrame:
    """Put the levels of the index before the columns, whatever their names."""
    labels = frame.index.to_frame(index=False)
    labels.columns = pd.Index(["" if name is None else str(name) for name in frame.index.names])
    return pd.concat([labels.astype(object), frame.reset_index(drop=True)], axis=1)


def _chosen_formats(frame: pd.DataFrame, formats: Mapping[str, str | Formatter]) -> dict[str, Formatter]:
    unknown = [key for key in formats if key not in frame.columns]
    if unknown:
        columns = ", ".join(map(str, frame.columns))
        raise DataError(f"formats names {unknown[0]!r}, which is no column of the table: use {columns}.")
    return {key: _formatter(kind) for key, kind in formats.items()}


def _formatter(kind: str | Formatter) -> Formatter:
    if callable(kind):
        return kind
    if kind not in _FORMATS:
        raise DataError(f"There is no format {kind!r}; use one of {', '.join(map(repr, _FORMATS))}.")
    return _FORMATS[kind]


def _is_numeric(series: pd.Series[Any]) -> bool:
    return pd.api.types.is_numeric_dtype(series) and not pd.api.types.is_bool_dtype(series)


def _floats(series: pd.Series[Any]) -> list[float]:
    return series.to_numpy(dtype=float, na_value=math.nan).tolist()


def _frame_column(key: str, series: pd.Series[Any], of_data: bool) -> Column:
    header = key if of_data and key not in HEADERS else say(HEADERS.get(key, key))
    return Column(key, header, "right" if _is_numeric(series) else "left")


def _cells(series: pd.Series[Any], chosen: Formatter | None, key: str) -> list[str]:
    if chosen is None and not _is_numeric(series):
        return ["" if pd.isna(value) else _word(value, key) for value in series]
    default = _counts if key in _COUNTS else _FORMATS.get(key, formatting.column)
    return (chosen or default)(_floats(series))


def _word(value: Any, key: str) -> str:
    """A cell of text: sentences, reasons and the constant are in the language of the style."""
    if isinstance(value, Sentence) or key == "reason":
        return said(value)
    if isinstance(value, float):
        return marked(str(value))
    return say("Intercept") if key == "term" and value == "Intercept" else str(value)


def _shared_decimals(frame: pd.DataFrame, chosen: Mapping[str, Formatter]) -> dict[str, list[str]]:
    """Format together what is read together: an estimate and its limits."""
    ratio = "odds_ratio" in frame.columns and "estimate" not in frame.columns
    group = _RATIO if ratio else _LINEAR
    keys = [k for k in group if k in frame.columns and k not in chosen and _is_numeric(frame[k])]
    columns = {k: _floats(frame[k]) for k in keys}
    return formatting.ratio_rows(columns) if ratio else together(columns, _digits_for(keys, frame))


def _by_row(frame: pd.DataFrame, chosen: Mapping[str, Formatter], ratios: Sequence[bool]) -> dict[str, list[str]]:
    """Ratios row by row, what is in the other rows together."""
    own = np.asarray(ratios, dtype=bool)
    rest = _shared_decimals(frame[~own], chosen)
    keys = [key for key in ("estimate", "conf_low", "conf_high") if key in rest]
    marked = formatting.ratio_rows({key: _floats(frame.loc[own, key]) for key in keys})
    marked["std_error"] = formatting.ratios(_floats(frame.loc[own, "std_error"])) if "std_error" in rest else []
    return {key: _merged(own, marked[key], texts) for key, texts in rest.items()}


def _merged(own: npt.NDArray[np.bool_], marked: Sequence[str], rest: Sequence[str]) -> list[str]:
    first, second = iter(marked), iter(rest)
    return [next(first) if mark else next(second) for mark in own]


def _digits_for(keys: Sequence[str], frame: pd.DataFrame) -> Formatter:
    """Give limits two significant digits at least: one close to zero must not add decimals to all."""
    digits = [2 if key.startswith("conf_") else 4 for key in keys for _ in range(len(frame))]
    return lambda values: formatting.column(values, digits)


def together(columns: Mapping[str, Sequence[float]], formatter: Formatter) -> dict[str, list[str]]:
    """Format several columns as one, so that they share decimals, and take them apart again."""
    texts = iter(formatter([x for values in columns.values() for x in values]))
    return {key: [next(texts) for _ in values] for key, values in columns.items()}


def measures_table(frame: pd.DataFrame, *, title: str | None = None, names: Mapping[str, str] | None = None) -> Table:
    """A table of measures of several kinds, a row each, by names that say which of several meanings they have."""
    renamed = frame.rename(index=dict(names or {}))
    formats = dict.fromkeys(map(str, frame.columns), "measure")
    return table_from_frame(renamed, title=title, formats=formats, words=("measure",))
