"""Predicted probabilities or log-odds over one variable, with a line for each level of another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Unpack

from glmlogit.documents.style import Printing
from glmlogit.drawing import axes
from glmlogit.drawing.sizes import Width
from glmlogit.plots.curves import Kind, curves
from glmlogit.plots.draw import draw_curves
from glmlogit.plots.printing import printing_of

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
    outcome: Any = None,
    level: float | None = None,
    ax: Axes | None = None,
    width: Width | None = None,
    points: int = 200,
    **printing: Unpack[Printing],
) -> Axes:
    """Draw predicted probabilities over the levels of ``x``, joined by a line for each level of ``by``.

    Parameters
    ----------
    fit : Fit
        The fit, of any estimator of this package.
    x, by : str
        Columns of the data, a factor or a number each: that along the axis, and that with a line for each level.
    at : mapping of str to value, optional
        Values of other variables, numbers at their mean and factors at their most frequent level by default; for
        ``by`` a list of the values to draw.
    kind : {"response", "link"}
        Probabilities, or log-odds. Without interaction, lines are parallel with ``kind="link"``.
    outcome : level, optional
        Of several outcomes the one to draw.
    level : float, optional
        Confidence level, such as 0.9; default that of the fit (0.95).
    ax : matplotlib Axes, optional
        Where to draw; default a new figure.
    width : {"column", "page"} or float, optional
        Of a new figure: 85 or 180 mm, or millimetres.
    points : int
        Points of a curve.
    **printing
        ``style, digits, p_digits, language, labels``, as :func:`~glmlogit.style` takes them, for this figure.

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

    Examples
    --------
    >>> fit = gl.logit("low ~ smoke*age", gl.datasets.birthwt())
    >>> gl.interaction_plot(fit, "age", "smoke").get_ylabel()
    'Probability of low = 1'
    """
    with printing_of(fit, printing):
        predicted = curves(fit, x, by, at or {}, kind, level, points, outcome)
        ax = draw_curves(predicted, ax, joined=True, width=width)
        axes.caption(ax, predicted.caption)
    return ax
