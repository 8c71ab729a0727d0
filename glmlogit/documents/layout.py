"""Tables and summaries written as text, Markdown, LaTeX, HTML and Word; no renderer computes a number.

The one shape these functions know is that of :class:`glmlogit.documents.Table` and
:class:`glmlogit.documents.Summary`: strings that are already formatted. What differs here is escaping,
alignment and the sign for infinity.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from glmlogit.messages.calls import to_install
from glmlogit.messages.words import visible

Pairs = tuple[tuple[str, str], ...]


def _sentence(text: str) -> str:
    """Put a sentence on one line, its control characters made visible."""
    return visible(" ".join(text.split()))


def require() -> Any:
    """The library of Word documents; an ImportError with the command that installs it where it is absent."""
    try:
        return import_module("docx")
    except ImportError as error:
        raise ImportError(
            f"Writing a Word document needs python-docx, which is not installed. {to_install('python-docx', 'word')}"
        ) from error
