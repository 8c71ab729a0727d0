"""What the writers of pages share: pairs of label and value, sentences on one line."""

from __future__ import annotations

from glmlogit.messages.words import visible

Pairs = tuple[tuple[str, str], ...]


def as_sentence(text: str) -> str:
    """A text on one line, its control characters written as escapes."""
    return visible(" ".join(text.split()))
