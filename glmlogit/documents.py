"""Tables and pages: frozen strings, written as text, Markdown, LaTeX, HTML, Word, CSV, JSON and Excel.

Numbers become strings once, when a :class:`Table` is built; the writers only escape and align. What a
machine should read (CSV, JSON) comes from the frames the page carries, at full precision.
"""

from __future__ import annotations

import json
import math
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from glmlogit import _excel, _format, _render, _saving
from glmlogit.errors import DataError

__all__ = ["Column", "Picture", "Summary", "Table", "check_path", "rendered", "table_from_frame", "together", "write"]

Formatter = Callable[[Iterable[float]], list[str]]
Cells = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Column:
    """A column of a table: its key in the glossary, what its head reads, how its cells are set.

    ``align="right"`` marks a column of numerals. ``rule`` asks for a line before the column.
    """

    key: str
    header: str
    align: Literal["left", "right"] = "right"
    rule: bool = False


@dataclass(frozen=True)
class Table:
    """A table of strings, ready to be written in any format.

    Attributes
    ----------
    title : str or None
        Caption.
    columns : tuple of Column, length k
        Heads and alignment.
    rows : tuple of tuples of str, shape (r, k)
        Cells, already formatted: ``Inf``, ``-Inf`` and ``NA`` for what is no finite number.
    notes : tuple of str
        Sentences below the table.
    """

    title: str | None
    columns: tuple[Column, ...]
    rows: Cells
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        return self.to_html()

    def to_text(self) -> str:
        """Return the table as aligned text."""
        return _render.table_text(self)

    def to_markdown(self) -> str:
        """Return the table as a Markdown pipe table."""
        return _render.table_markdown(self)

    def to_latex(self) -> str:
        r"""Return the table as a LaTeX ``table``; the document needs the ``booktabs`` package."""
        return _render.table_latex(self)

    def to_html(self) -> str:
        """Return the table as an HTML fragment with its own small style sheet."""
        return _render.html([Summary(title="", tables=(self,))], full_page=False)


@dataclass(frozen=True)
class Picture:
    """A picture of a report: HTML and Word show it, other formats its text.

    Attributes
    ----------
    text : str
        What it shows.
    png : bytes
        The picture, as a PNG file.
    """

    text: str
    png: bytes = field(repr=False)

    @property
    def base64(self) -> str:
        """The picture as text, for a data address."""
        return b64encode(self.png).decode("ascii")


@dataclass(frozen=True, repr=False)
class Summary:
    """What ``fit.summary()`` returns: everything a reader of the fit must see, in reading order.

    Attributes
    ----------
    title : str
        Model and estimator.
    header, footer : tuple of (label, value)
        What was fitted; how well, and how the errors were computed.
    tables : tuple of Table
        Coefficients and odds ratios: one table where it fits in 100 columns of text, else two.
    notes : tuple of str
        What the reader must know.
    alert : str
        The sentence to be read before any number; empty for a converged fit.
    pictures : tuple of Picture
        Shown below the tables, in HTML and Word.
    coefficients, facts : DataFrame or None
        ``fit.tidy()`` with odds ratios, and ``fit.glance()``: the source of CSV and JSON.
    """

    title: str
    header: tuple[tuple[str, str], ...] = ()
    tables: tuple[Table, ...] = ()
    footer: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    alert: str = ""
    pictures: tuple[Picture, ...] = ()
    coefficients: pd.DataFrame | None = field(default=None, compare=False)
    facts: pd.DataFrame | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return _render.summary_text(self)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return self.to_html()

    def to_markdown(self) -> str:
        """Return the summary as Markdown."""
        return _render.summary_markdown(self)

    def to_latex(self) -> str:
        r"""Return the summary as a LaTeX fragment to ``\input``; it needs ``booktabs``."""
        return _render.summary_latex(self)

    def to_html(self, full_page: bool = False) -> str:
        """Return the summary as an HTML fragment, or with ``full_page`` as a complete document."""
        return _render.html([self], full_page=full_page)


# --- any frame as a table -----------------------------------------------------------------------

_HEADERS = {
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
    "resid_df": "Resid. df",
    "resid_deviance": "Resid. deviance",
}
_COUNTS = frozenset({"n", "events", "df", "df_denom", "resid_df", "nobs", "n_iter"})
_LINEAR = ("estimate", "std_error", "conf_low", "conf_high")
_RATIO = ("odds_ratio", "conf_low", "conf_high")


def _counts(values: Iterable[float]) -> list[str]:
    return [_format.count(float(x)) for x in values]


_FORMATS: dict[str, Formatter] = {
    "number": _format.column,
    "p_value": _format.pvalues,
    "statistic": _format.statistics,
    "ratio": _format.ratios,
    "count": _counts,
}


class Printed(pd.DataFrame):
    """A frame that prints whole, as the tables of this package do; what is computed from it is a plain DataFrame."""

    def __repr__(self) -> str:
        return super().__repr__() if len(self) > MOST_ROWS else str(table_from_frame(pd.DataFrame(self)))

    __str__ = __repr__

    def _repr_html_(self) -> str:
        if len(self) > MOST_ROWS:
            return str(super()._repr_html_())  # type: ignore[misc]
        return str(table_from_frame(pd.DataFrame(self)).to_html())


MOST_ROWS = 60
"""Rows up to which a frame prints whole."""


def table_from_frame(
    frame: pd.DataFrame,
    *,
    title: str | None = None,
    formats: Mapping[str, str | Formatter] | None = None,
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
        By column name, a kind (``"number"``, ``"p_value"``, ``"statistic"``, ``"ratio"``, ``"count"``)
        or a function from the column's values to a list of strings. Columns not named here are
        formatted by their name in the glossary: an estimate shares its decimals with its standard
        error and limits, an odds ratio with its limits.

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
    columns = [_frame_column(str(key), flat.iloc[:, j]) for j, key in enumerate(flat.columns)]
    shared = _shared_decimals(frame, chosen)
    cells = [
        shared[key] if (key := str(label)) in shared else _cells(flat.iloc[:, j], chosen.get(key), key)
        for j, label in enumerate(flat.columns)
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
        known = ", ".join(map(str, frame.columns))
        raise DataError(f"formats names {unknown[0]!r}, which is no column of the table: use {known}.")
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


def _frame_column(key: str, series: pd.Series[Any]) -> Column:
    return Column(key, _HEADERS.get(key, key), "right" if _is_numeric(series) else "left")


def _cells(series: pd.Series[Any], chosen: Formatter | None, key: str) -> list[str]:
    if chosen is None and not _is_numeric(series):
        return ["" if pd.isna(value) else str(value) for value in series]
    default = _counts if key in _COUNTS else _FORMATS.get(key, _format.column)
    return (chosen or default)(_floats(series))


def _shared_decimals(frame: pd.DataFrame, chosen: Mapping[str, Formatter]) -> dict[str, list[str]]:
    """Format together what is read together: an estimate and its limits."""
    ratio = "odds_ratio" in frame.columns and "estimate" not in frame.columns
    group = _RATIO if ratio else _LINEAR
    keys = [k for k in group if k in frame.columns and k not in chosen and _is_numeric(frame[k])]
    return together({k: _floats(frame[k]) for k in keys}, _format.ratios if ratio else _digits_for(keys, frame))


def _digits_for(keys: Sequence[str], frame: pd.DataFrame) -> Formatter:
    """Give limits two significant digits at least: one close to zero must not add decimals to all."""
    digits = [2 if key.startswith("conf_") else 4 for key in keys for _ in range(len(frame))]
    return lambda values: _format.column(values, digits)


def together(columns: Mapping[str, Sequence[float]], formatter: Formatter) -> dict[str, list[str]]:
    """Format several columns as one, so that they share decimals, and take them apart again."""
    texts = iter(formatter([x for values in columns.values() for x in values]))
    return {key: [next(texts) for _ in values] for key, values in columns.items()}


# --- files --------------------------------------------------------------------------------------

_FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")


def write(summaries: Summary | Sequence[Summary], path: str | Path) -> None:
    """Write one or several summaries to a file whose suffix names the format.

    Parameters
    ----------
    summaries : Summary or sequence of Summary
        What to write, in this order.
    path : str or Path
        ``.md``, ``.html``, ``.tex`` (a fragment to ``\\input``), ``.txt`` and ``.docx`` hold the page to
        read; ``.csv`` and ``.json`` the coefficients at full precision, one row a term; ``.xlsx`` the same
        with a sheet each for coefficients, odds ratios and the facts of the fit. An existing file is
        replaced.

    Raises
    ------
    DataError
        For a suffix not listed here, a folder that does not exist, or a file that cannot be written, with
        the reason.
    ImportError
        For ``.docx`` without python-docx and ``.xlsx`` without openpyxl; the message names the command
        that installs it.

    Notes
    -----
    A file is put in its place when it is complete: where the disk is full, or the work is interrupted, what
    was there before stays as it was. A symbolic link keeps pointing where it did, and a file that was there
    keeps its permissions.

    In CSV, text that a spreadsheet would take for a formula (it starts with ``= + - @`` and is not a
    number) gets a leading apostrophe; in a workbook it is a cell of text. An infinite number is
    ``"Infinity"`` or ``"-Infinity"`` in JSON, ``Inf`` or ``-Inf`` in a workbook; an undetermined one is
    ``null`` and ``NA``.
    """
    if not isinstance(path, (str, PathLike)):
        raise DataError(f"path={path!r} is no name of a file; give one such as 'report.html'")
    path = Path(path)
    suffix = check_path(path)
    several = (summaries,) if isinstance(summaries, Summary) else tuple(summaries)
    if suffix in _BINARY:
        _saving.save(path, lambda: _BINARY[suffix].make(several))
    else:
        _saving.save_text(path, rendered(several, suffix))


def rendered(summaries: Sequence[Summary], suffix: str) -> str:
    """Summaries as one text in the format of a suffix: ``.md .html .tex .txt .csv .json``."""
    return _WRITERS[suffix](summaries)


def check_path(path: Path) -> str:
    """The suffix of a report that can be written; an error before any work where it cannot."""
    suffix = path.suffix.lower()
    if suffix not in _WRITERS and suffix not in _BINARY:
        known = ", ".join(sorted([*_WRITERS, *_BINARY]))
        raise DataError(f"Cannot tell the format of the report from {path.name!r}: end its name in {known}.")
    if not path.parent.is_dir():
        raise DataError(f"Cannot write {str(path)!r}: there is no folder {str(path.parent)!r}. Create it first.")
    _saving.check(path)
    if suffix in _BINARY:
        _BINARY[suffix].require()
    return suffix


def _csv(several: Sequence[Summary]) -> str:
    numbered = [(i, s.coefficients) for i, s in enumerate(several, 1) if s.coefficients is not None]
    frames = [frame.assign(model=i) if len(several) > 1 else frame for i, frame in numbered]
    joined = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    return joined.map(_shown).map(_guarded).to_csv(index=False, na_rep="NA", lineterminator="\n")


def _shown(value: object) -> object:
    return _format.visible(value) if isinstance(value, str) else value


def _guarded(value: object) -> object:
    if not isinstance(value, str) or not value.startswith(_FORMULA_STARTS):
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value


def _json(several: Sequence[Summary]) -> str:
    models = [
        {
            "title": s.title,
            "alert": s.alert or None,
            "header": dict(s.header),
            "fit": next(iter(_records(s.facts)), None),
            "coefficients": _records(s.coefficients),
            "notes": list(s.notes),
        }
        for s in several
    ]
    text = json.dumps({"models": models}, indent=2, ensure_ascii=False, allow_nan=False)
    # JSON leaves direction marks and the like as they are.
    hidden = {ord(ch): f"\\u{ord(ch):04x}" for ch in set(text) - {"\n"} if _format.visible(ch) != ch}
    return text.translate(hidden) + "\n"


def _records(frame: pd.DataFrame | None) -> list[dict[str, object]]:
    if frame is None:
        return []
    rows = frame.to_dict(orient="records")
    return [{str(key): _plain(value) for key, value in row.items()} for row in rows]


def _plain(value: Any) -> object:
    """Turn a cell into what JSON can hold."""
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, float) and math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    return value if isinstance(value, (str, int, float, bool)) else str(value)


_WRITERS: dict[str, Callable[[Sequence[Summary]], str]] = {
    ".csv": _csv,
    ".html": lambda several: _render.html(several, full_page=True),
    ".json": _json,
    ".md": lambda several: "\n".join(s.to_markdown() for s in several),
    ".tex": lambda several: "\n".join(s.to_latex() for s in several),
    ".txt": lambda several: "\n\n".join(map(str, several)) + "\n",
}


class _Binary(NamedTuple):
    """A format that is no text: what makes sure that its library is there, and what makes its bytes."""

    require: Callable[[], object]
    make: Callable[[Sequence[Summary]], bytes]


_BINARY = {".docx": _Binary(_render.require, _render.word), ".xlsx": _Binary(_excel.require, _excel.workbook)}
