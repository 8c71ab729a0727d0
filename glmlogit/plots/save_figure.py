"""Pictures into files for journals: text as text, resolution by dpi, the description of the picture inside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from glmlogit.documents.picture_file import save_picture
from glmlogit.errors import DataError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def save_figure(picture: Axes | Figure, path: str | Path, *, dpi: float = 300.0) -> None:
    """Save a picture to a file, with a description of what it shows.

    Parameters
    ----------
    picture : matplotlib Axes or Figure
        What a plot of this package returns, or the figure with several of them.
    path : str or Path
        ``.svg``, ``.pdf`` or ``.png``. An existing file is replaced when the new one is complete.
    dpi : float
        Dots per inch of ``.png``; 300 suits most journals.

    Returns
    -------
    None

    Raises
    ------
    DataError
        For another suffix, what is no picture, a folder that does not exist, and a dpi outside 10 to 2,400.

    Notes
    -----
    ``ax.alt_text`` of each plot says in words what it shows, and can be changed; the file has it as ``Description``
    (SVG, PNG) or ``Subject`` (PDF). Letters of an SVG are text, fonts of a PDF are TrueType (type 42), which editors
    can change. *Matches* ``figure.savefig`` in all else; R's ``ggsave`` and Stata's ``graph export`` write no
    description.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + smoke", gl.datasets.birthwt())
    >>> ax = gl.forest_plot(fit, width="column")
    >>> gl.save_figure(ax, "figure-2.svg")
    >>> ax.alt_text[:22]
    'Forest plot of 2 rows:'
    """
    if not hasattr(picture, "get_figure") or not (hasattr(picture, "savefig") or hasattr(picture, "get_axes_locator")):
        raise DataError(f"{type(picture).__name__} is no picture; give the Axes that a plot returned, or its figure")
    number = isinstance(dpi, (int, float, np.integer, np.floating)) and not isinstance(dpi, bool)
    if not number or not 10 <= dpi <= 2_400:
        raise DataError(f"dpi={dpi!r}: give dots per inch from 10 to 2,400, such as 300")
    save_picture(picture, path, float(dpi))
