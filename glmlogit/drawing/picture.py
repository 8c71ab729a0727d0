"""Axes into files: a picture as bytes of a format, and as a part of a page."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from glmlogit.documents.pages import Picture
from glmlogit.documents.picture_file import picture_format
from glmlogit.messages import calls

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DPI = 144
NO_MATPLOTLIB = "Plots need matplotlib, which is not installed."


def drawn(draw: Callable[[Axes], object], width: float, height: float, form: str = "png", dpi: int = DPI) -> bytes:
    """What ``draw`` puts on new Axes of that size in inches, as a file of a format."""
    calls.pyplot(NO_MATPLOTLIB)
    from matplotlib.figure import Figure

    figure, file = Figure(figsize=(width, height), layout="constrained"), io.BytesIO()
    draw(figure.subplots())
    figure.savefig(file, format=form, dpi=dpi)
    return file.getvalue()


def picture(draw: Callable[[Axes], object], text: str, width: float, height: float) -> tuple[Picture, ...]:
    """A picture for a page, which says what it shows; nothing where matplotlib is not installed."""
    try:
        return (Picture(text, drawn(draw, width, height)),)
    except ImportError:
        return ()


def check_picture(path: str | Path) -> str:
    """The format of a picture's file by its suffix; an error before any work where it cannot be written."""
    form = picture_format(path)
    calls.pyplot(NO_MATPLOTLIB)
    return form
