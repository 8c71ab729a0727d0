"""Results that print as pages: what has a page has its markups and its files."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar, Unpack

from glmlogit.documents.naming import named_page, said
from glmlogit.documents.pages import Summary, write
from glmlogit.documents.picture_file import is_picture, save_picture
from glmlogit.documents.plotted import styled_plot
from glmlogit.documents.style import Printing, Style, chosen, using
from glmlogit.errors import UnsupportedError
from glmlogit.messages.calls import checked_methods
from glmlogit.messages.labels import Carrier, beneath, check_known, in_force, labels_of
from glmlogit.messages.lines import columns, filled
from glmlogit.messages.words import visible

AnyPaged = TypeVar("AnyPaged", bound="Paged")

PICTURE_DPI = 300.0


@checked_methods
class Paged(Carrier, ABC):
    """A result with a ``page`` to read: it prints it, shows it in a notebook, and puts it into files.

    It carries the labels that were in force when it was made, and the style it was asked for in. Its ``plot``, where it
    has one, takes the options of :meth:`styled` too.
    """

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "plot" in vars(cls):
            cls.plot = styled_plot(vars(cls)["plot"])  # type: ignore[attr-defined]
        checked_methods(cls)

    _styled: Style | None = None
    _why_no_style: ClassVar[str] = ""

    def __new__(cls, *args: Any, **named: Any) -> Self:
        """A result with the labels in force."""
        result = super().__new__(cls)
        if labels := in_force():
            object.__setattr__(result, "_labels", labels)
        return result

    @property
    @abstractmethod
    def _page(self) -> Summary:
        """The page, as strings."""

    @property
    def _shown(self) -> Summary:
        """The page in its style, with labels in place of names."""
        with using(self._styled), beneath((self,)):
            return named_page(self._page)

    def styled(
        self,
        style: str | Style | None = None,
        *,
        digits: int | str | None = None,
        p_digits: int | None = None,
        language: str | None = None,
        labels: Mapping[str, Any] | None = None,
    ) -> Self:
        """Return the same result, to be printed in another :func:`style` or language, or with other labels.

        UnsupportedError for sentences, which have the digits and the labels that they were made with.
        """
        if self._why_no_style:
            raise UnsupportedError(self._why_no_style)
        with using(self._styled):
            look = chosen(style, digits, p_digits, language)
        again = copy.copy(self)
        object.__setattr__(again, "_styled", look)
        object.__setattr__(again, "_labels", labels_of(labels).over(self._labels))
        return again

    def _printed(self, form: Callable[[Summary], str]) -> str:
        """The page in a form, which has words and marks of the style too."""
        with using(self._styled):
            return form(self._shown)

    def __str__(self) -> str:
        return self._printed(str)

    def __repr__(self) -> str:
        return self._printed(str)

    def _repr_html_(self) -> str:
        return self._printed(Summary.to_html)

    def to_markdown(self) -> str:
        """Return the page as Markdown."""
        return self._printed(Summary.to_markdown)

    def to_latex(self) -> str:
        r"""Return the page as a LaTeX fragment to ``\input``; its first line names the packages.

        A table of more than some 40 lines is a ``longtable`` that breaks over pages, in documents of one column.
        """
        return self._printed(Summary.to_latex)

    def to_html(self, full_page: bool = False) -> str:
        """Return the page as an HTML fragment, or with ``full_page`` as a complete document."""
        return self._printed(lambda page: page.to_html(full_page=full_page))

    def write(
        self,
        path: str | Path,
        **printing: Unpack[Printing],
    ) -> None:
        """Write to a file: ``.docx .html .tex .md .txt`` the page, in a style, ``.csv .json .xlsx`` the numbers.

        Of a result with a ``plot``, ``.svg .pdf .png`` hold its picture as wide as a page.
        """
        restyled = any(value is not None for value in printing.values())
        result = self.styled(**printing) if restyled else self
        with using(result._styled):
            if is_picture(path) and hasattr(result, "plot"):
                save_picture(result.plot(width="page"), path, PICTURE_DPI)
            else:
                write(result._shown, path)


class Lined(Paged):
    """A result that is read as a line or a few where it is printed, and as a page in other markups and in files."""

    __slots__ = ()

    @property
    @abstractmethod
    def _lines(self) -> tuple[str, ...]:
        """What is printed, a text each."""

    def __str__(self) -> str:
        with using(self._styled), beneath((self,)):
            return "\n".join(filled(visible(said(line)), columns(), "  ") for line in self._lines)

    __repr__ = __str__


def printed_as(result: AnyPaged, **printing: Any) -> AnyPaged:
    """A result in the style, and with the labels, that a call asks for; itself where it asks for none."""
    return result.styled(**printing) if any(value is not None for value in printing.values()) else result


def checked_printing(printing: Printing, *names: str | Sequence[str] | None) -> Printing:
    """How a call prints, whose labels name columns of its table, or levels of these."""
    columns = [column for name in names for column in ([name] if isinstance(name, str) else name or ())]
    check_known(labels_of(printing.get("labels")), columns, "column of the table")
    return printing


def page_of(result: Paged) -> Summary:
    """The page of a result, to be written together with others or with a picture."""
    return result._shown
