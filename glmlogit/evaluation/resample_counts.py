"""How many resamples were drawn, and in how many of them something was not as in the rows of the fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from glmlogit.messages.notes import Note
from glmlogit.messages.words import sentence

if TYPE_CHECKING:
    from glmlogit.resampling.bootstrap_refits import BootstrapRefit

Array = npt.NDArray[np.float64]


class ResampleCounts:
    """Samples that were drawn, that separate, that leave probabilities open, whose refit reached no maximum."""

    def __init__(self) -> None:
        self.total = self.separated = self.open = self.unreached = 0

    def predictors(self, drawn: BootstrapRefit) -> Array | None:
        """Log-odds (n,) by the refit, which is counted; None where no maximum was reached."""
        self.total += 1
        if drawn.refit is None:
            self.unreached += 1
            return None
        eta = drawn.refit.predictors()
        self.separated += drawn.refit.separated
        self.open += bool(np.isnan(eta).any())
        return eta

    def note(self, code: str, text: str, n: int) -> Note:
        """A note on n of all samples."""
        return Note(code, sentence(text, n=n, all=self.total))

    def notes(self) -> list[Note]:
        """What went wrong, in how many samples."""
        notes = []
        if self.separated:
            text = (
                "{n} of {all} samples separate: their limiting model has probabilities of 0 and 1, no slope, and an "
                "infinite log loss where one of these outcomes is the other."
            )
            notes.append(self.note("separated_samples", text, self.separated))
        if self.open:
            text = (
                "{n} of {all} samples leave probabilities of some rows open (a level that was not drawn, a side of a "
                "separation that is not known): judged without these."
            )
            notes.append(self.note("open_samples", text, self.open))
        if self.unreached:
            text = "{n} of {all} samples reached no maximum: left out."
            notes.append(self.note("unreached", text, self.unreached))
        return notes
