"""What is said of a fit in sentences: a list of them, which prints and can be written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from glmlogit.documents.naming import Labelled, name_of
from glmlogit.documents.paged import Lined
from glmlogit.documents.pages import Summary


@dataclass(frozen=True, repr=False)
class Interpretation(Lined):
    """Sentences about a fit, by variable; it prints as a list.

    Attributes
    ----------
    sentences : tuple of (variable, sentence)
    caution : str
        What holds for all of them.
    """

    sentences: tuple[tuple[str, str], ...]
    caution: str

    _why_no_style: ClassVar[str] = (
        "Sentences have the digits and labels they were made with. Ask for them in another style: "
        'fit.interpret(style="lancet").write("sentences.docx").'
    )

    def __getitem__(self, variable: str) -> str:
        sentences = [sentence for name, sentence in self.sentences if name == variable]
        if not sentences:
            raise KeyError(variable)
        return " ".join(sentences)

    @property
    def _lines(self) -> tuple[str, ...]:
        return tuple(Labelled(f"- {sentence}") for sentence in self._sentences)

    @property
    def _sentences(self) -> tuple[str, ...]:
        # With labels in place of names already: they must not be looked for names again.
        return tuple(Labelled(text) for text in (*(sentence for _, sentence in self.sentences), self.caution))

    @property
    def _page(self) -> Summary:
        said = pd.DataFrame(self.sentences, columns=["variable", "sentence"])
        *sentences, caution = self._sentences
        by_variable = tuple((name_of(name), text) for name, text in zip(said["variable"], sentences, strict=True))
        return Summary("In words", by_variable, notes=(caution,), coefficients=said, holds="sentences")
