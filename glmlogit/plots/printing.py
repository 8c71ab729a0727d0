"""How one figure of a fit is printed: its style, its language, and the labels of its variables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from glmlogit.designs.assemble import labels_in
from glmlogit.documents.style import Printing, using
from glmlogit.messages.labels import beneath

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


@contextmanager
def printing_of(fit: Estimate, printing: Printing) -> Iterator[None]:
    """What a call says of style and labels, the labels of the fit behind them, while a figure is drawn."""
    own = labels_in(printing.get("labels"), fit.columns, fit.sample.outcome)
    style, digits, p_digits, language = (printing.get(name) for name in ("style", "digits", "p_digits", "language"))
    with beneath((fit,)), using(style, digits, p_digits, language, own):  # type: ignore[arg-type]
        yield
