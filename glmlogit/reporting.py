"""Summaries and tables for people: one frozen table of strings, written as text, Markdown, LaTeX, HTML.

Numbers become strings once, when a :class:`Table` is built; the writers only escape and align. What a
machine should read (CSV, JSON) comes from the frames the summary carries, at full precision.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from glmlogit import _excel, _format, _render
from glmlogit._arrays import plural
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.solve import Status

if TYPE_CHECKING:
    from glmlogit.fit import Fit

__all__ = ["Column", "Summary", "Table", "report", "summary", "table_from_frame", "write"]

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
    coefficients, facts : DataFrame or None
        ``fit.tidy()`` with odds ratios, and ``fit.glance()``: the source of CSV and JSON.
    """

    title: str
    header: tuple[tuple[str, str], ...] = ()
    tables: tuple[Table, ...] = ()
    footer: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    alert: str = ""
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
    "estimate": "Estimate",
    "std_error": "Std. Error",
    "statistic": "Statistic",
    "p_value": "p-value",
    "conf_low": "CI low",
    "conf_high": "CI high",
    "odds_ratio": "Odds ratio",
    "n": "n",
    "events": "Events",
    "df": "df",
}
_COUNTS = frozenset({"n", "events", "df", "nobs", "n_iter"})
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
    return _together({k: _floats(frame[k]) for k in keys}, _format.ratios if ratio else _digits_for(keys, frame))


def _digits_for(keys: Sequence[str], frame: pd.DataFrame) -> Formatter:
    """Give limits two significant digits at least: one close to zero must not add decimals to all."""
    digits = [2 if key.startswith("conf_") else 4 for key in keys for _ in range(len(frame))]
    return lambda values: _format.column(values, digits)


def _together(columns: Mapping[str, Sequence[float]], formatter: Formatter) -> dict[str, list[str]]:
    """Format several columns as one, so that they share decimals, and take them apart again."""
    texts = iter(formatter([x for values in columns.values() for x in values]))
    return {key: [next(texts) for _ in values] for key, values in columns.items()}


# --- the summary of a fit -----------------------------------------------------------------------

_ROW_NOTES = frozenset({"missing", "zero_weight"})
_HEADER_NOTES = _ROW_NOTES | {"event"}
_ROBUST = ("HC", "cluster", "sandwich")
# Fewer certified digits than this are told; certifying takes a pass over the rows, made up to this many cells.
_MANY_DIGITS, _CELLS_TO_CERTIFY = 12, 1_000_000


def summary(
    fit: Fit,
    *,
    level: float | None = None,
    method: str = "wald",
    odds_ratios: bool = True,
    stars: bool = True,
) -> Summary:
    """Describe a fit as a page to read: what was modelled, the coefficients, how well it fits.

    Parameters
    ----------
    fit : Fit
        Any fit of this package.
    level : float, optional
        Confidence level of the odds ratios' limits; the fit's own by default.
    method : {"wald", "profile", "score"}
        How the limits are found, as in :func:`~glmlogit.confint`. p-values stay those of Wald tests.
    odds_ratios : bool
        Show odds ratios with their limits.
    stars : bool
        Show significance marks and their legend.

    Returns
    -------
    Summary
        ``print`` it, let a notebook show it, or call ``to_markdown``, ``to_latex``, ``to_html``.

    Raises
    ------
    DataError
        For a level outside (0, 1) or an unknown method.
    UnsupportedError
        For profile or score limits of a fit without a likelihood, or beside robust standard errors.

    Notes
    -----
    Under separation infinite estimates have no Wald limits; their profile limits are shown.
    *Matches* R's ``summary.glm`` in the order and rounding of the coefficient table. *Differs*: states
    the event modelled, how many there were, the rows left out and the kind of standard error; shows odds
    ratios; a fit that did not converge says so first; infinite estimates print as ``Inf``, undetermined
    ones as ``NA``; with sampling weights the likelihood is called a pseudo-likelihood, as in Stata, and
    AIC and BIC, which are not defined, are left out.
    """
    level = fit.level if level is None else level
    if method != "wald":
        _require_no_robust(fit, method)
    ratios = fit.odds_ratios(level=level, method=method) if odds_ratios else None
    return Summary(
        title=f"Logistic regression: {fit.estimator}",
        header=(*_header(fit), *_limits(fit, ratios, method)),
        tables=_tables(fit, ratios, level, method, stars),
        footer=_footer(fit),
        notes=tuple(note.text for note in fit.notes if note.code not in _HEADER_NOTES),
        alert=_alert(fit),
        coefficients=_coefficient_frame(fit.tidy(level=level, method=method), ratios, fit.params.index),
        facts=fit.glance(),
    )


def _require_no_robust(fit: Fit, method: str) -> None:
    """Refuse limits from the likelihood beside standard errors that do not trust it."""
    if fit.cov_kind.startswith(_ROBUST) and not fit.capabilities.likelihood:
        raise UnsupportedError(
            f"{method} limits come from the likelihood, which takes the rows as independent and the model as right; "
            f"the standard errors of this fit do not ({fit.cov_text}). Leave out method={method!r}, or report the fit "
            f"with_cov('model')"
        )


def _limits(fit: Fit, ratios: pd.DataFrame | None, method: str) -> tuple[tuple[str, str], ...]:
    """What the limits are, where they are not plain Wald limits."""
    penalised = "penalised " if fit.penalty is not None else ""
    if method != "wald":
        return (("Limits", f"{penalised}profile likelihood" if method == "profile" else f"{penalised}score test"),)
    infinite = ratios is not None and bool(np.isinf(fit.params.reindex(ratios.index)).any())
    known = infinite and not fit.capabilities.likelihood
    return (("Limits", "Wald; of infinite estimates profile likelihood"),) if known else ()


def _interval_header(level: float, method: str) -> str:
    return f"[{100 * level:g}% {'' if method == 'wald' else f'{method} '}CI]"


def _alert(fit: Fit) -> str:
    """What must be read before any number: a sentence; its reasons are among the notes."""
    if fit.status is not Status.SEPARATED:
        return "" if fit.converged else str(fit.status.value)
    states = fit.separation.coefficients
    terms = [str(term) for term, state in states.items() if state in ("+inf", "-inf", "indeterminate")]
    who = ", ".join(terms) if len(terms) <= 3 else f"{len(terms)} of {len(states)} coefficients"
    kind = "Complete" if fit.separation.kind == "complete" else "Quasi-complete"
    return f"{kind} separation: {who} {'has' if len(terms) == 1 else 'have'} no finite estimate; see the notes."


def _header(fit: Fit) -> tuple[tuple[str, str], ...]:
    dropped = "; ".join(note.text.rstrip(".") for note in fit.notes if note.code in _ROW_NOTES)
    pairs = (
        ("Formula", fit.formula),
        ("Event modelled", fit.outcome_text),
        ("Observations", _observations(fit, dropped)),
        ("Weights", fit.weight_text),
    )
    return tuple((label, value) for label, value in pairs if value)


def _observations(fit: Fit, dropped: str) -> str:
    """How much was observed: rows, their counts, trials, events; and what was left out."""
    design = fit.design
    size = _format.count(fit.nobs)
    if design.counted:
        size += f" in {plural(design.n_rows, 'row')}"
    elif design.trials is not None:
        size += " rows" if fit.nobs != 1 else " row"
    if design.trials is not None:
        size += f", {_format.count(design.n_trials)} trials"
    events = f"{_format.count(design.n_events)} event{'' if design.n_events == 1 else 's'}"
    return f"{size} ({'; '.join(part for part in (events, dropped) if part)})"


def _footer(fit: Fit) -> tuple[tuple[str, str], ...]:
    """Goodness of fit; with sampling weights under the names of what it is, without AIC and BIC."""
    pseudo = fit.design.pseudo
    null, residual = _format.column([fit.null_deviance, fit.deviance], 5)
    llf, llnull = _format.column([fit.llf, fit.llnull], 5)
    deviance, loglik = ("pseudo-deviance", "Log pseudolikelihood") if pseudo else ("deviance", "Log-likelihood")
    return (
        (f"Null {deviance}", f"{null} on {_format.count(fit.df_null)} degrees of freedom"),
        (f"Residual {deviance}", f"{residual} on {_format.count(fit.df_resid)} degrees of freedom"),
        (loglik, f"{llf} (null model {llnull})"),
        *_criteria(fit),
        ("Newton iterations", _format.count(fit.n_iter)),
        ("Standard errors", fit.cov_text),
        *_digits(fit),
    )


def _digits(fit: Fit) -> tuple[tuple[str, str], ...]:
    """Certified digits where they are few; not where nothing is known and finding out would take long."""
    cells = fit.design.n_rows * len(fit.params)
    if fit.maximum.certified is None and cells > _CELLS_TO_CERTIFY:
        return ()
    if not fit.digits < _MANY_DIGITS:
        return ()
    whole = math.floor(fit.digits)
    text = f"at least {whole} correct in every coefficient" if whole else "not certified in every coefficient"
    return (("Digits", text),)


def _criteria(fit: Fit) -> tuple[tuple[str, str], ...]:
    if math.isnan(fit.aic) and math.isnan(fit.bic):
        return ()
    aic, bic = _format.column([fit.aic, fit.bic], 5)
    return (("AIC", f"{aic} (BIC {bic})"),)


def _coefficient_frame(tidy: pd.DataFrame, ratios: pd.DataFrame | None, terms: pd.Index[Any]) -> pd.DataFrame:
    """Add the odds ratios to the tidy rows, which come in the order of the terms."""
    if ratios is None:
        return tidy
    names = {"odds_ratio": "odds_ratio", "conf_low": "odds_ratio_low", "conf_high": "odds_ratio_high"}
    aligned = ratios.reindex(terms)
    return tidy.assign(**{new: aligned[old].to_numpy() for old, new in names.items()})


def _tables(fit: Fit, ratios: pd.DataFrame | None, level: float, method: str, stars: bool) -> tuple[Table, ...]:
    """One table where it fits on a line, else the odds ratios below the coefficients."""
    coefficients = _coefficient_table(fit, stars)
    if ratios is None:
        return (coefficients,)
    interval = _interval_header(level, method)
    # Beyond exp(±709) a ratio overflows; that is not an infinite estimate, and must not look like one.
    huge = set(fit.params.index[np.isfinite(fit.params)]) if method == "wald" else set()
    below = _ratio_table(ratios, ratios.index, interval, huge)
    beside = _ratio_table(ratios, fit.params.index, interval, huge)
    joined = _beside(coefficients, beside, n_labels=fit.params.index.nlevels)
    fits = _render.text_width(joined) <= _render.TEXT_WIDTH
    return (joined,) if fits else (coefficients, below)


def _beside(left: Table, right: Table, n_labels: int) -> Table:
    """Join two tables of the same rows; the labels of the second are left out."""
    first, *others = right.columns[n_labels:]
    rows = tuple(a + b[n_labels:] for a, b in zip(left.rows, right.rows, strict=True))
    return replace(left, columns=(*left.columns, replace(first, rule=True), *others), rows=rows)


def _coefficient_table(fit: Fit, stars: bool) -> Table:
    p = fit.pvalues.tolist()
    shared = _together({"estimate": fit.params.tolist(), "std_error": fit.bse.tolist()}, _format.column)
    columns = [
        (Column("estimate", "Estimate"), shared["estimate"]),
        (Column("std_error", _error_header(fit)), shared["std_error"]),
        (Column("statistic", "z value"), _format.statistics(fit.zvalues)),
        (Column("p_value", "Pr(>|z|)"), _format.pvalues(p)),
    ]
    marked = stars and any(map(math.isfinite, p))
    if marked:
        columns.append((Column("stars", "", "left"), [_format.stars(x) for x in p]))
    title = f"Coefficients{_not_estimable(fit.params)}"
    return _labelled(fit.params.index, columns, title, (_format.SIGNIF_LEGEND,) if marked else ())


def _ratio_table(ratios: pd.DataFrame, terms: pd.Index[Any], interval: str, finite: Container[Any]) -> Table:
    """Odds ratios of the terms asked for; a term left out on purpose, as the intercept, stays blank."""
    texts = _together({key: ratios[key].tolist() for key in _RATIO}, _format.ratios)
    for key, column in texts.items():
        numbers = zip(ratios.index, column, ratios[key], strict=True)
        texts[key] = [_OVERFLOWN.get(x, text) if term in finite else text for term, text, x in numbers]
    limits = _format.intervals(texts["conf_low"], texts["conf_high"])
    cells = dict(zip(ratios.index, zip(texts["odds_ratio"], limits, strict=True), strict=True))
    pairs = [cells.get(term, ("", "")) for term in terms]
    columns = [
        (Column("odds_ratio", "Odds ratio"), [ratio for ratio, _ in pairs]),
        (Column("interval", interval), [limit for _, limit in pairs]),
    ]
    return _labelled(terms, columns, "Odds ratios")


_OVERFLOWN = {math.inf: ">1e308", 0.0: "<1e-308"}


def _labelled(
    index: pd.Index[Any], columns: Sequence[tuple[Column, list[str]]], title: str, notes: tuple[str, ...] = ()
) -> Table:
    """Build a table whose first columns are the levels of an index of terms."""
    names = [str(name or "Term").capitalize() for name in index.names]
    labels = [(Column(n.lower(), n, "left"), index.get_level_values(i)) for i, n in enumerate(names)]
    cells = [[str(value) for value in values] for _, values in labels] + [texts for _, texts in columns]
    heads = [column for column, _ in labels] + [column for column, _ in columns]
    return Table(title, tuple(heads), tuple(zip(*cells, strict=True)), notes)


def _error_header(fit: Fit) -> str:
    return "Robust SE" if fit.cov_kind.startswith(_ROBUST) else "Std. Error"


def _not_estimable(params: pd.Series[float]) -> str:
    count = int(params.isna().sum())
    return f" ({count} of {len(params)} not estimable, shown as NA)" if count else ""


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
        For a suffix not listed here, or a folder that does not exist.
    ImportError
        For ``.docx`` without python-docx and ``.xlsx`` without openpyxl; the message names the command
        that installs it.
    OSError
        Where the file cannot be written.

    Notes
    -----
    In CSV, text that a spreadsheet would take for a formula (it starts with ``= + - @`` and is not a
    number) gets a leading apostrophe; in a workbook it is a cell of text. An infinite number is
    ``"Infinity"`` or ``"-Infinity"`` in JSON, ``Inf`` or ``-Inf`` in a workbook; an undetermined one is
    ``null`` and ``NA``.
    """
    path = Path(path)
    suffix = check_path(path)
    several = (summaries,) if isinstance(summaries, Summary) else tuple(summaries)
    if suffix == ".docx":
        _render.word(several, lambda document: document.save(str(path)))
    elif suffix == ".xlsx":
        _excel.workbook(several, path)
    else:
        path.write_text(rendered(several, suffix), encoding="utf-8", newline="\n")


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
    if suffix in _BINARY:
        _BINARY[suffix]()
    return suffix


def _csv(several: Sequence[Summary]) -> str:
    numbered = [(i, s.coefficients) for i, s in enumerate(several, 1) if s.coefficients is not None]
    frames = [frame.assign(model=i) if len(several) > 1 else frame for i, frame in numbered]
    joined = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    return joined.map(_guarded).to_csv(index=False, na_rep="NA", lineterminator="\n")


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
    return json.dumps({"models": models}, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


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


# Formats that are no text, and what makes sure that the library they need is there.
_BINARY: dict[str, Callable[[], object]] = {".docx": _render._docx, ".xlsx": _excel.require}


def report(fit: Fit, path: str | Path | None = None, *, level: float | None = None, method: str = "wald") -> Summary:
    """Write the summary of a fit to a file in the format of its suffix.

    Parameters
    ----------
    fit : Fit
    path : str or Path, optional
        ``.md .html .tex .txt .csv .json .docx .xlsx``; without it nothing is written.
    level : float, optional
        Confidence level.
    method : {"wald", "profile", "score"}
        How the limits are found, as in :func:`summary`.

    Returns
    -------
    Summary

    Raises
    ------
    DataError
        For an unknown suffix or method, or a folder that does not exist.
    UnsupportedError
        As in :func:`summary`.
    ImportError
        For ``.docx`` and ``.xlsx`` without the library that writes them.

    Notes
    -----
    *Matches* the page of :func:`summary`, and in CSV and JSON the numbers of ``fit.tidy()``,
    ``fit.odds_ratios()`` and ``fit.glance()`` to the last digit, in Excel to 16 digits. *Differs* from R's
    ``write.csv``: text that a spreadsheet would run as a formula is defused.
    """
    shown = summary(fit, level=level, method=method)
    if path is not None:
        write(shown, path)
    return shown
