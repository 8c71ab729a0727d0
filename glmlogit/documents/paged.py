"""Results that print as pages: what has a page has its markups and its files."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

from glmlogit.documents.pages import Summary
from glmlogit.documents.picture_file import is_picture, save_picture
from glmlogit.documents.style import Style, using
from glmlogit.documents.write import write
from glmlogit.messages.calls import checked_methods

PICTURE_DPI = 300.0


@checked_methods
class Paged(ABC):
    """A result with a ``page`` to read: it prints it, shows it in a notebook, and puts it into files."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        checked_methods(cls)

    @property
    @abstractmethod
    def _page(self) -> Summary:
        """The page, as strings."""

    def __str__(self) -> str:
        return str(self._page)

    def __repr__(self) -> str:
        return str(self._page)

    def _repr_html_(self) -> str:
        return self._page.to_html()

    def to_markdown(self) -> str:
        """Return the page as Markdown."""
        return self._page.to_markdown()

    def to_latex(self) -> str:
        r"""Return the page as a LaTeX fragment to ``\input``; it needs ``booktabs``."""
        return self._page.to_latex()

    def to_html(self, full_page: bool = False) -> str:
        """Return the page as an HTML fragment, or with ``full_page`` as a complete document."""
        return self._page.to_html(full_page=full_page)

    def write(
        self,
        path: str | Path,
        *,
        style: str | Style | None = None,
        digits: int | str | None = None,
        p_digits: int | None = None,
        language: str | None = None,
    ) -> None:
        """Write to a file: ``.docx .html .tex .md .txt`` the page, in a style, ``.csv .json .xlsx`` the numbers.

        Of a result with a ``plot``, ``.svg .pdf .png`` hold its picture as wide as a page.
        """
        with using(style, digits, p_digits, language):
            if is_picture(path) and hasattr(self, "plot"):
                save_picture(self.plot(width="page"), path, PICTURE_DPI)
            else:
                write(self._page, path)


def page_of(result: Paged) -> Summary:
    """The page of a result, to be written together with others or with a picture."""
    return result._page
