"""What refits do not repeat: choices of terms that were made from the same rows before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glmlogit.messages.notes import Note

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

# Code of the note of a fit whose terms were chosen from its rows.
CHOSEN = "post_selection"


def chosen_before(fit: Estimate) -> tuple[Note, ...]:
    """A note where the terms of a fit were chosen from its rows, which refits do not do anew."""
    if not any(note.code == CHOSEN for note in fit.notes):
        return ()
    text = (
        "The terms were chosen from these rows. Refits keep them and do not choose anew, so that the optimism of the "
        "choice stays: judge the model of all terms, or new rows."
    )
    return (Note("choice_not_repeated", text),)
