"""Summaries as an HTML fragment or page, by jinja2 templates with autoescape."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from glmlogit.documents.layout import as_sentence
from glmlogit.messages.words import visible

if TYPE_CHECKING:
    import jinja2

    from glmlogit.documents.pages import Column, Summary


def _shown(cell: str, column: Column) -> str:
    return visible(cell.replace("Inf", "∞") if column.align == "right" else cell)


def _template_text(name: str) -> str:
    return (Path(__file__).parent / "templates" / name).read_text("utf-8")


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    # Imported here because a fit that prints no HTML should not pay for it.
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_template_text),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(shown=_shown, visible=visible, sentence=as_sentence)
    return environment


def pages_html(summaries: Sequence[Summary], *, full_page: bool) -> str:
    """Write summaries as an HTML fragment, or as a complete document."""
    name = "page.html.j2" if full_page else "fragment.html.j2"
    return _environment().get_template(name).render(summaries=summaries)
