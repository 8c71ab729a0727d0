"""What the writers of pages share: pairs of label and value, sentences on one line, the check for python-docx."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from glmlogit.messages.calls import to_install
from glmlogit.messages.words import visible

Pairs = tuple[tuple[str, str], ...]


def as_sentence(text: str) -> str:
    """A text on one line, its control characters written as escapes."""
    return visible(" ".join(text.split()))


def require() -> Any:
    """The library of Word documents; an ImportError with the command that installs it where it is absent."""
    try:
        return import_module("docx")
    except ImportError as error:
        raise ImportError(
            f"Writing a Word document needs python-docx, which is not installed. {to_install('python-docx', 'word')}"
        ) from error
