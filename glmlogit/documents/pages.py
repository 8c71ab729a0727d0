"""Columns, tables, pictures and summaries as frozen strings, what a format is, and pages into files by their suffix.

Numbers become strings once, when a :class:`Table` is built; the writer of a format only escapes and aligns. What a
machine should read (CSV, JSON) is made from the frames the page carries, at full precision.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from glmlogit.documents import saving
from glmlogit.documents.registry import Registry
from glmlogit.errors import DataError
from glmlogit.messages.calls import checked_methods

if TYPE_CHECKING:
    import pandas as pd


TableCells = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Column:
    """A column of a table: its key in the glossary, what its head reads, how its cells are set.

    ``align="right"`` marks a column of numerals. ``rule`` asks for a line before the column. ``opens`` is the title of
    the table that begins with the column where text has no room for it beside the others.
    """

    key: str
    header: str
    align: Literal["left", "right"] = "right"
    rule: bool = False
    opens: str = ""


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
    rows: TableCells
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        return self.to_html()

    def to_text(self) -> str:
        """Return the table as aligned text."""
        return _written("text", self)

    def to_markdown(self) -> str:
        """Return the table as a Markdown pipe table."""
        return _written("markdown", self)

    def to_latex(self) -> str:
        r"""Return the table as a LaTeX ``table``; it needs ``booktabs``, and where wide ``graphicx``."""
        return _written("latex", self)

    def to_html(self) -> str:
        """Return the table as an HTML fragment with its own small style sheet."""
        return _written("html", self)


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


@checked_methods
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
        Coefficients and odds ratios: one table where it has room on a page, else two.
    notes : tuple of str
        What the reader must know.
    alert : str
        The sentence to be read before any number; empty for a converged fit.
    pictures : tuple of Picture
        Shown below the tables, in HTML and Word.
    coefficients, facts : DataFrame or None
        ``fit.tidy()`` with odds ratios, and ``fit.glance()``: the source of CSV and JSON.
    holds : str
        What the numbers of another result than a fit are, by which JSON and sheets name them.
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
    holds: str = field(default="numbers", compare=False)

    @property
    def of_fit(self) -> bool:
        """Whether the numbers are coefficients of a fit, or there are none."""
        return self.coefficients is None or {"term", "estimate"} <= set(self.coefficients.columns)

    def __str__(self) -> str:
        return _written("text", self)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return self.to_html()

    def to_markdown(self) -> str:
        """Return the summary as Markdown."""
        return _written("markdown", self)

    def to_latex(self) -> str:
        r"""Return the summary as a LaTeX fragment to ``\input``; its first line names the packages."""
        return _written("latex", self)

    def to_html(self, full_page: bool = False) -> str:
        """Return the summary as an HTML fragment, or with ``full_page`` as a complete document."""
        return str(FORMATS["html"].make([self])) if full_page else _written("html", self)

    def write(self, path: str | Path) -> None:
        """Write to a file: ``.docx .html .tex .md .txt`` the page as it is, ``.csv .json .xlsx`` its numbers.

        ``fit.report(path)`` has the page in a style and another language, with pictures and all sentences.
        """
        write(self, path)


# --- formats --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Format:
    """A format of files: its suffix, and the function that makes one file of several summaries.

    ``require`` raises where a library is missing. ``printed`` is the place among the formats that the command line
    prints, 0 for none. ``numbers`` tells that a file holds the numbers of its pages, for programs, and no page to read.
    ``table`` and ``summary`` are the fragments of those markups in which pages have a method of their own.
    """

    suffix: str
    make: Callable[[Sequence[Summary]], str | bytes]
    require: Callable[[], object] | None = None
    printed: int = 0
    numbers: bool = False
    table: Callable[[Table], str] | None = None
    summary: Callable[[Summary], str] | None = None


FORMATS: Registry[Format] = Registry(
    "glmlogit.documents.formats",
    "FORMAT",
    first=("markdown", "html", "csv", "json", "word", "excel", "latex", "text"),
)


def _written(name: str, page: Table | Summary) -> str:
    """A table or a summary as a fragment in a markup."""
    markup = FORMATS[name]
    write = markup.table if isinstance(page, Table) else markup.summary
    assert write is not None, f"{name} is no markup"
    return write(page)  # type: ignore[arg-type]


# --- files ----------------------------------------------------------------------------------------
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
    form = check_path(path)
    several = (summaries,) if isinstance(summaries, Summary) else tuple(summaries)
    saving.save(path, lambda: saving.encoded(form.make(several)))


def check_path(path: Path) -> Format:
    """The format of a report that can be written; an error before any work where it cannot."""
    formats = {form.suffix: form for form in FORMATS.values()}
    form = formats.get(path.suffix.lower())
    if form is None:
        raise DataError(
            f"Cannot tell the format of the report from {path.name!r}: end its name in {', '.join(sorted(formats))}."
        )
    if not path.parent.is_dir():
        raise DataError(f"Cannot write {str(path)!r}: there is no folder {str(path.parent)!r}. Create it first.")
    saving.check(path)
    if form.require is not None:
        form.require()
    return form
