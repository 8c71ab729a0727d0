"""Pictures of matplotlib in files: text stays text, and a description of the picture goes with it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glmlogit.documents import saving
from glmlogit.errors import DataError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SUFFIXES = (".png", ".pdf", ".svg")
# SVG has its letters as text, PDF fonts that editors of journals can change; the same bytes each time.
_SETTINGS: dict[Any, Any] = {"svg.fonttype": "none", "pdf.fonttype": 42, "ps.fonttype": 42, "svg.hashsalt": "glmlogit"}
_DESCRIPTION = {"png": "Description", "svg": "Description", "pdf": "Subject"}
_DATE: dict[str, dict[str, Any]] = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None, "ModDate": None}}


def is_picture(path: Any) -> bool:
    """Whether a file is to hold a picture, by its suffix."""
    return Path(path).suffix.lower() in SUFFIXES


def picture_format(path: str | Path) -> str:
    """The format of a picture's file by its suffix; an error where it cannot be written."""
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise DataError(f"{str(path)!r} has no suffix of a picture; end its name in {', '.join(SUFFIXES)}")
    saving.check(path)
    return suffix.removeprefix(".")


def described(figure: Any) -> str:
    """What the pictures of a figure show, in words."""
    return " ".join(text for ax in figure.axes if (text := getattr(ax, "alt_text", "")))


def save_picture(picture: Axes | Figure, path: str | Path, dpi: float) -> None:
    """Save the figure of Axes, with what it shows in words."""
    import matplotlib as mpl

    form = picture_format(path)
    figure: Any = picture.get_figure(root=True) if hasattr(picture, "get_axes_locator") else picture
    words = described(figure)
    metadata = {**({_DESCRIPTION[form]: words} if words else {}), **_DATE[form]}

    def content() -> bytes:
        file = io.BytesIO()
        with mpl.rc_context(_SETTINGS):
            figure.savefig(file, format=form, dpi=dpi, metadata=metadata)
        return file.getvalue()

    saving.save(path, content)
