"""Results of calls as text: every number, name and note, exactly or rounded to what another machine computes too."""

from __future__ import annotations

import hashlib
import inspect
import math
import re
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

import numpy as np
import pandas as pd

import glmlogit as gl

NOTHING = 1e-9  # of the largest number of a column: what is below is rounding
NOISE = {"digits", "decrement", "difference"}  # columns that are about rounding themselves

FIT = """params bse zvalues pvalues llf llnull deviance null_deviance aic bic bic_rows nobs df_model df_resid df_null
status converged n_iter cov_kind level formula event separation notes"""
DESIGN = """names terms n_columns n_rows nobs n_events n_trials has_intercept event_totals index positions X y trials
weights weight_type offset cluster formula notes"""
SHOWN = {
    "Fit": FIT.split(),
    "Design": DESIGN.split(),
    "TestResult": ["statistic", "df", "df_denom", "p_value", "method", "null", "reason"],
    "SeparationReport": ["kind", "coefficients", "rows"],
    "TwoByTwo": ["counts", "strata", "measures", "tests", "notes", "level", "outcome", "exposure", "stratified_by"],
    "AssociationTable": ["frame", "notes"],
    "Profile": ["terms", "curves", "tests", "notes"],
    "PriorCorrection": ["prevalence", "sampled", "params", "intercept"],
    "Interpretation": ["sentences", "caution"],
    "Validation": ["table", "against", "rtol", "passed"],
    "Effects": ["labels", "scales", "covariance", "notes"],
}


def described(value: Any, exact: bool) -> list[str]:
    """A value as lines of text."""
    name = type(value).__name__
    if name in SHOWN and isinstance(value, getattr(gl, name)):
        table = frame_lines(value, exact) if isinstance(value, pd.DataFrame) else []
        parts = {key: getattr(value, key) for key in SHOWN[name]} | {"printed": str(value)}
        return [name, *table, *mapping_lines(parts, exact)]
    if isinstance(value, pd.DataFrame):
        return frame_lines(value, exact)
    if isinstance(value, pd.Series):
        return ["series", *frame_lines(value.to_frame(str(value.name)), exact)]
    if isinstance(value, pd.Index):
        return [f"index {list(value.names)} {kind(value, exact)}: {', '.join(cells(value.to_series(), exact))}"]
    if isinstance(value, np.ndarray):
        return array_lines(value, exact)
    if hasattr(value, "get_xlim"):
        return mapping_lines(axes(value), exact)
    if isinstance(value, Mapping):
        return mapping_lines({str(key): part for key, part in value.items()}, exact)
    if isinstance(value, (tuple, list)) and not all(map(is_plain, value)):
        return mapping_lines({f"[{i}]": part for i, part in enumerate(value)}, exact)
    return plain(value, exact).splitlines() or [""]


def is_plain(value: Any) -> bool:
    """Whether a value takes one line at most."""
    single = isinstance(value, str) and "\n" not in value
    return single or value is None or isinstance(value, (bool, int, float, np.generic))


def plain(value: Any, exact: bool) -> str:
    """A value that is no table."""
    if isinstance(value, Enum):
        return f"{value.name}: {value.value}"
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, (float, np.floating)):
        return number(float(value), exact)
    if isinstance(value, np.generic):
        return str(value.item())
    if isinstance(value, (tuple, list)):
        return f"({', '.join(plain(part, exact) for part in value)})"
    code = f"{value.code}: " if hasattr(value, "code") else ""
    return code + (str(value) if exact else rounded(str(value)))


def mapping_lines(parts: Mapping[str, Any], exact: bool) -> list[str]:
    """Parts under their names, what takes several lines indented."""
    found: list[str] = []
    for key, part in parts.items():
        lines = described(part, exact)
        alone = len(lines) == 1
        found += [f"{key}: {lines[0]}"] if alone else [f"{key}:", *(f"  {line}" for line in lines)]
    return found


# --- numbers ----------------------------------------------------------------------------------------
def number(value: float, exact: bool, largest: float = 0.0) -> str:
    """A number: nine digits and all its bits, or seven digits."""
    if exact:
        return f"{value:.9g} {value.hex()}"
    if math.isnan(value) or math.isinf(value):
        return str(value)
    return "0" if abs(value) <= NOTHING * largest else f"{value:.7g}"


_NUMBER = re.compile(r"(?<![\w.])\d+\.?\d*(?:[eE][+-]?\d+)?(?![\w.]*\w)")

_ABOUT_ROUNDING = re.compile(r'("digits": |<col width=")[\d.]+')  # the width of a column counts all digits of a cell


def rounded(text: str) -> str:
    """A printed text in which long numbers have seven digits, and what is about rounding is left out."""

    def shorter(found: re.Match[str]) -> str:
        shown = found[0]
        if not re.search("[.eE]", shown):
            return shown
        value = float(shown)
        if value < 1e-12 and re.search("[eE]", shown):
            return "0"
        return f"{value:.7g}" if len(re.sub(r"[eE].*|\D", "", shown).lstrip("0")) > 9 else shown

    return _NUMBER.sub(shorter, _ABOUT_ROUNDING.sub(r"\1~", text))


def alike(one: str, other: str) -> bool:
    """Whether two lines of text are equal but for the seventh digit of their numbers."""
    if one == other:
        return True
    pairs = zip(_NUMBER.findall(one), _NUMBER.findall(other), strict=False)
    return _NUMBER.sub("#", one) == _NUMBER.sub("#", other) and all(
        math.isclose(float(a), float(b), rel_tol=2e-6) for a, b in pairs
    )


# --- tables -----------------------------------------------------------------------------------------
def kind(values: pd.Series[Any] | pd.Index[Any], exact: bool) -> str:
    """The dtype; text is text, whatever pandas keeps it in, where machines are compared."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return f"category({', '.join(map(str, values.dtype.categories))})"
    if isinstance(values, pd.MultiIndex):
        return "levels"
    return "text" if not exact and str(values.dtype) in ("object", "str", "string") else str(values.dtype)


def cells(values: pd.Series[Any], exact: bool) -> list[str]:
    """The cells of a column."""
    if not exact and values.name in NOISE:
        return ["~"] * len(values)
    if pd.api.types.is_float_dtype(values.dtype):
        numbers = values.to_numpy(dtype=float, na_value=math.nan)
        largest = float(np.abs(numbers[np.isfinite(numbers)]).max(initial=0.0))
        return [number(value, exact, largest) for value in numbers.tolist()]
    return ["missing" if is_missing(value) else plain(value, exact) for value in values]


def is_missing(value: Any) -> bool:
    """Whether a cell is empty, however it is written."""
    return value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def frame_lines(frame: pd.DataFrame, exact: bool) -> list[str]:
    """A table: index, columns with their dtypes, and a line a row."""
    columns = [frame.iloc[:, j] for j in range(frame.shape[1])]
    heads = [f"{plain(label, exact)} {kind(column, exact)}" for label, column in zip(frame, columns, strict=True)]
    labels = [plain(label, exact) for label in frame.index]
    rows = zip(labels, *(cells(column, exact) for column in columns), strict=True)
    named = f"index {', '.join(map(str, frame.index.names))} {kind(frame.index, exact)}"
    return [f"{len(frame)} rows, {named}, columns: {', '.join(heads)}", *(" | ".join(row) for row in rows)]


def array_lines(values: np.ndarray, exact: bool) -> list[str]:
    """An array; of more than 40 rows the first 20 and the sums of the columns."""
    head = f"array {values.shape} {values.dtype.kind}"
    if values.ndim != 2:
        values = values.reshape(-1, 1)
    shown = pd.DataFrame(values[:20] if len(values) > 40 else values)
    lines = [head, *frame_lines(shown, exact)[1:]]
    if len(values) > 40 and values.dtype.kind in "fiub":
        lines += ["sums", *described(values.sum(axis=0).tolist(), exact)]
    return lines


# --- pictures ---------------------------------------------------------------------------------------
def axes(ax: Any) -> dict[str, Any]:
    """What a picture says and draws."""
    legend = ax.get_legend()
    segments = [np.vstack(c.get_segments()) for c in ax.collections if hasattr(c, "get_segments") and c.get_segments()]
    return {
        "title": ax.get_title(),
        "labels": [ax.get_xlabel(), ax.get_ylabel()],
        "scales": [ax.get_xscale(), ax.get_yscale()],
        "limits": [*map(float, ax.get_xlim()), *map(float, ax.get_ylim())],
        "ticks": [[tick.get_text() for tick in axis.get_ticklabels()] for axis in (ax.xaxis, ax.yaxis)],
        "texts": [text.get_text() for text in ax.texts],
        "legend": [] if legend is None else [text.get_text() for text in legend.get_texts()],
        "lines": {f"{i} {line.get_label()}": thinned(line.get_xydata()) for i, line in enumerate(ax.get_lines())},
        "segments": {str(i): thinned(part) for i, part in enumerate(segments)},
        "bands": [thinned(c.get_paths()[0].vertices) for c in ax.collections if type(c).__name__.startswith("Fill")],
        "patches": [float(x) for patch in ax.patches for x in patch.get_extents().bounds] if ax.patches else [],
    }


def thinned(points: Any) -> np.ndarray:
    """At most about twenty points of a line."""
    points = np.asarray(points, dtype=float)
    return points[:: max(len(points) // 20, 1)]


# --- signatures -------------------------------------------------------------------------------------
def parameters(function: Any) -> str:
    """Names, kinds and defaults of the parameters of a function; annotations may change."""
    shown = inspect.signature(function).parameters.values()
    marks = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**", "KEYWORD_ONLY": "keyword ", "POSITIONAL_ONLY": "positional "}
    return ", ".join(
        f"{marks.get(p.kind.name, '')}{p.name}{'' if p.default is p.empty else f'={p.default!r}'}" for p in shown
    )


def document(function: Any) -> str:
    """The sha256 of a docstring."""
    return hashlib.sha256((inspect.getdoc(function) or "").encode()).hexdigest()


def own_members(kind: type) -> Iterable[str]:
    """Public names that a class has and pandas' frames and Python's own classes have not."""
    inherited = {name for base in (pd.DataFrame, dict) if issubclass(kind, base) for name in dir(base)}
    return sorted(name for name in set(dir(kind)) - inherited if not name.startswith("_"))
