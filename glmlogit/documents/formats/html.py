"""Summaries as an HTML fragment or page, by jinja2 templates with autoescape."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from glmlogit.documents.layout import as_sentence, signed
from glmlogit.documents.pages import Column, Format, Summary
from glmlogit.documents.style import active, headed, say
from glmlogit.messages.words import visible

if TYPE_CHECKING:
    import jinja2


def _shown(cell: str, column: Column) -> str:
    return visible(signed(cell.replace("Inf", "∞")) if column.align == "right" else cell)


def _template_text(name: str) -> str:
    return (Path(__file__).parents[1] / "templates" / name).read_text("utf-8")


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
    environment.filters.update(shown=_shown, visible=visible, sentence=as_sentence, say=say, headed=headed)
    return environment


def _fragment(*summaries: Summary) -> str:
    return _environment().get_template("fragment.html.j2").render(summaries=summaries)


def _document(summaries: Sequence[Summary]) -> str:
    return _environment().get_template("page.html.j2").render(summaries=summaries, language=active().language)


FORMAT = Format(
    ".html",
    _document,
    printed=5,
    table=lambda table: _fragment(Summary(title="", tables=(table,))),
    summary=_fragment,
)
