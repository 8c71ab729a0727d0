"""Frames that print whole; their markups and files are those of their printed tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack

import pandas as pd

from glmlogit.documents.from_frame import Formatter, table_from_frame
from glmlogit.documents.naming import named_table
from glmlogit.documents.pages import Summary, Table, write
from glmlogit.documents.style import Printing, using
from glmlogit.errors import UnsupportedError
from glmlogit.messages.calls import checked_methods
from glmlogit.messages.labels import Carrier, beneath, in_force
from glmlogit.messages.lines import columns
from glmlogit.messages.notes import Note


@checked_methods
class Written(pd.DataFrame, Carrier):
    """A frame whose markups and files are those of its printed table; pandas' own are those of ``pd.DataFrame(it)``.

    Its columns and rows have the names of the data; printed, they have the labels in force when it was made.
    """

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        if labels := in_force():
            object.__setattr__(self, "_labels", labels)

    @property
    def _shown(self) -> Table:
        """The table, with labels in place of names."""
        with beneath((self,)):
            return named_table(self._page())

    def _page(self) -> Table:
        return table_from_frame(pd.DataFrame(self), of_data=True)

    def _summary(self) -> Summary:
        named = not (isinstance(self.index, pd.RangeIndex) and self.index.name is None)
        frame = pd.DataFrame(self)
        return Summary("", tables=(self._shown,), coefficients=frame.reset_index() if named else frame, holds="numbers")

    def plot(self, *_: Any, **__: Any) -> Any:  # type: ignore[override]
        """Refuse: these numbers have no picture of their own; pandas draws ``pd.DataFrame(it).plot()``."""
        raise UnsupportedError(
            "this table has no picture of its own: gl.forest_plot draws odds ratios, gl.margins(fit).plot() effects; "
            "what pandas draws of the numbers is pd.DataFrame(table).plot()"
        )

    def to_markdown(self) -> str:  # type: ignore[override]
        """Return the table as Markdown."""
        return self._shown.to_markdown()

    def to_latex(self) -> str:  # type: ignore[override]
        r"""Return the table as LaTeX; it needs ``booktabs``, and where wide ``graphicx``."""
        return self._shown.to_latex()

    def to_html(self, full_page: bool = False) -> str:  # type: ignore[override]
        """Return the table as an HTML fragment, or with ``full_page`` as a complete document."""
        return self._summary().to_html(full_page=full_page)

    def write(
        self,
        path: str | Path,
        **printing: Unpack[Printing],
    ) -> None:
        """Write to a file: ``.docx .html .tex .md .txt`` the table, in a style, ``.csv .json .xlsx`` the numbers."""
        with using(**printing):
            write(self._summary(), path)


class Printed(Written):
    """A frame that prints whole, as the tables of this package do; what is computed from it is a plain DataFrame."""

    def __repr__(self) -> str:
        return abridged(self) if len(self) > MOST_PRINTED_ROWS else str(self._shown)

    __str__ = __repr__

    def _repr_html_(self) -> str:
        if len(self) > MOST_PRINTED_ROWS:
            return str(pd.DataFrame(self)._repr_html_())  # type: ignore[operator]
        return self._shown.to_html()


class Noted(Written):
    """A frame that prints whole, with notes below it; what is computed from it is a plain DataFrame."""

    _metadata = ["notes", "formats"]  # noqa: RUF012 (pandas' own name for what it pickles)
    notes: tuple[Note, ...]
    formats: Mapping[str, Formatter]

    def __repr__(self) -> str:
        return str(self._shown)

    __str__ = __repr__

    def _repr_html_(self) -> str:
        return self._shown.to_html()

    def _page(self) -> Table:
        table = table_from_frame(pd.DataFrame(self), formats=self.formats, of_data=True)
        return replace(table, notes=tuple(note.text for note in self.notes))


def abridged(frame: pd.DataFrame) -> str:
    """A long frame as pandas prints it, in the columns of the terminal."""
    with pd.option_context("display.width", columns()):
        return repr(pd.DataFrame(frame))


def noted(frame: pd.DataFrame, notes: Iterable[Note], formats: Mapping[str, Formatter]) -> Noted:
    """A frame with notes, printed by formats of its columns (see :func:`table_from_frame`)."""
    result = Noted(frame)
    result.notes, result.formats = tuple(notes), formats
    return result


MOST_PRINTED_ROWS = 60
"""Rows up to which a frame prints whole."""
