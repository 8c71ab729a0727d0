"""A note: what the reader of a result must know, with a code to test for."""

from __future__ import annotations

from dataclasses import dataclass

from glmlogit.messages.words import Sentence, visible


@dataclass(frozen=True)
class Note:
    """Something the reader of a result must know: a code to test for and a sentence to print."""

    code: str
    text: str

    def __post_init__(self) -> None:
        if not isinstance(self.text, Sentence):
            object.__setattr__(self, "text", visible(self.text))

    def __str__(self) -> str:
        return self.text
