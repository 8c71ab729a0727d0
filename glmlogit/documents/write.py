"""Pages into files: the suffix names the format, and frames print whole.

Numbers become strings once, when a :class:`~glmlogit.documents.pages.Table` is built; the writer of a format only
escapes and aligns. What a machine should read (CSV, JSON) is made here, from the frames the page carries, at full
precision.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from glmlogit.documents import excel, html, layout, saving, word
from glmlogit.documents.from_frame import table_from_frame
from glmlogit.documents.pages import Summary
from glmlogit.errors import DataError
from glmlogit.messages import words


class Printed(pd.DataFrame):
    """A frame that prints whole, as the tables of this package do; what is computed from it is a plain DataFrame."""

    def __repr__(self) -> str:
        return super().__repr__() if len(self) > MOST_PRINTED_ROWS else str(table_from_frame(pd.DataFrame(self)))

    __str__ = __repr__

    def _repr_html_(self) -> str:
        if len(self) > MOST_PRINTED_ROWS:
            return str(super()._repr_html_())  # type: ignore[misc]
        return str(table_from_frame(pd.DataFrame(self)).to_html())


MOST_PRINTED_ROWS = 60
"""Rows up to which a frame prints whole."""

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
        saving.save(path, lambda: _BINARY[suffix].make(several))
    else:
        saving.save_text(path, rendered(several, suffix))


def rendered(summaries: Sequence[Summary], suffix: str) -> str:
    """Summaries as one text in the format of a suffix: ``.md .html .tex .txt .csv .json``."""
    return _WRITERS[suffix](summaries)


def check_path(path: Path) -> str:
    """The suffix of a report that can be written; an error before any work where it cannot."""
    suffix = path.suffix.lower()
    if suffix not in _WRITERS and suffix not in _BINARY:
        suffixes = ", ".join(sorted([*_WRITERS, *_BINARY]))
        raise DataError(f"Cannot tell the format of the report from {path.name!r}: end its name in {suffixes}.")
    if not path.parent.is_dir():
        raise DataError(f"Cannot write {str(path)!r}: there is no folder {str(path.parent)!r}. Create it first.")
    saving.check(path)
    if suffix in _BINARY:
        _BINARY[suffix].require()
    return suffix


def _csv(several: Sequence[Summary]) -> str:
    numbered = [(i, s.coefficients) for i, s in enumerate(several, 1) if s.coefficients is not None]
    frames = [frame.assign(model=i) if len(several) > 1 else frame for i, frame in numbered]
    joined = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    return joined.map(_shown).map(_guarded).to_csv(index=False, na_rep="NA", lineterminator="\n")


def _shown(value: object) -> object:
    return words.visible(value) if isinstance(value, str) else value


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
    hidden = {ord(ch): f"\\u{ord(ch):04x}" for ch in set(text) - {"\n"} if words.visible(ch) != ch}
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
    ".html": lambda several: html.pages_html(several, full_page=True),
    ".json": _json,
    ".md": lambda several: "\n".join(s.to_markdown() for s in several),
    ".tex": lambda several: "\n".join(s.to_latex() for s in several),
    ".txt": lambda several: "\n\n".join(map(str, several)) + "\n",
}


class _Binary(NamedTuple):
    """A format that is no text: what makes sure that its library is there, and what makes its bytes."""

    require: Callable[[], object]
    make: Callable[[Sequence[Summary]], bytes]


_BINARY = {".docx": _Binary(layout.require, word.word), ".xlsx": _Binary(excel.require, excel.workbook)}
