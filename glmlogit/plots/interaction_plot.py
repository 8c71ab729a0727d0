"""Predicted probabilities or log-odds over one variable, with a line for each level of another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from glmlogit.plots import axes
from glmlogit.plots.curves import Kind, curves
from glmlogit.plots.draw import draw_curves

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from glmlogit.estimate.estimate import Estimate


def interaction_plot(
    fit: Estimate,
    x: str,
    by: str,
    *,
    at: Mapping[str, Any] | None = None,
    kind: Kind = "response",
    level: float | None = None,
    ax: Axes | None = None,
    points: int = 200,
) -> Axes:
    """Draw predicted probabilities over the levels of ``x``, joined by a line for each level of ``by``.

    Parameters
    ----------
    fit : Fit
    x, by : str
        Columns of the data: a factor or a number each, as in :func:`~glmlogit.effect_plot`.
    at, kind, level, ax, points
        As in :func:`~glmlogit.effect_plot`. Without interaction, lines are parallel with ``kind="link"``.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    DataError, ImportError
        As :func:`~glmlogit.effect_plot`.

    Notes
    -----
    Limits are pointwise. *Matches* the numbers of ``fit.predict`` exactly. *Differs* from R's
    ``interaction.plot``, which joins observed means: these are predictions of the model.
    """
    predicted = curves(fit, x, by, at or {}, kind, level, points)
    ax = draw_curves(predicted, ax, joined=True)
    axes.caption(ax, predicted.caption)
    return ax
