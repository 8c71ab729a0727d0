"""Predicted probabilities over one variable, the others held at typical values, with ticks at the observed values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from glmlogit.data import frames
from glmlogit.drawing import axes
from glmlogit.plots.curves import Kind, curves
from glmlogit.plots.draw import draw_curves
from glmlogit.prediction.population import population_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from glmlogit.estimate.estimate import Estimate


Array = npt.NDArray[np.float64]

# Rows drawn in a rug: more are a solid bar.
MOST_TICKS = 2000

RUG = " Ticks: observed values, with events above and non-events below."


def effect_plot(
    fit: Estimate,
    variable: str,
    *,
    by: str | None = None,
    at: Mapping[str, Any] | None = None,
    kind: Kind = "response",
    level: float | None = None,
    ax: Axes | None = None,
    rug: bool = True,
    points: int = 200,
) -> Axes:
    """Draw predicted probabilities over a variable, the others held at typical values.

    Parameters
    ----------
    fit : Fit
        The fit, of any estimator of this package.
    variable : str
        A column of the data. A number is drawn as a curve over its observed range with a pointwise
        confidence band; a factor, or a number with two values, as points with limits.
    by : str, optional
        Draw a curve for each level of this factor, or for each of up to five values of a number.
    at : mapping of str to value, optional
        Values of other variables; for ``by`` a list of the values to draw. Default: numbers at their mean,
        factors at their most frequent level, both counted by weights and trials; the caption names them.
    kind : {"response", "link"}
        Probabilities, or log-odds.
    level : float, optional
        Confidence level, such as 0.9; default that of the fit (0.95).
    ax : matplotlib Axes, optional
        Where to draw; default a new figure.
    rug : bool
        Mark the observed values: events above, non-events below (a random 2,000 of more rows).
    points : int
        Points of a curve.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    DataError
        For a variable the model lacks, a level not seen, or a number with too many values for ``by``.
    ImportError
        Without matplotlib.

    Notes
    -----
    Limits are those of ``fit.predict(newdata, interval="confidence")``. *Matches* R's ``effects::Effect`` for
    models without factors to hold; *differs* where there are: that averages over their levels. An offset
    argument is held at its mean.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + smoke", gl.datasets.birthwt())
    >>> gl.effect_plot(fit, "age").get_xlabel()
    'age'
    """
    predicted = curves(fit, variable, by, at or {}, kind, level, points)
    ax = draw_curves(predicted, ax, joined=False)
    if rug and not predicted.discrete:
        _rug(ax, fit, frames.numeric(population_of(fit).column(variable)))
    axes.caption(ax, predicted.caption + (RUG if rug and not predicted.discrete else ""))
    return ax


def _rug(ax: Axes, fit: Estimate, x: Array) -> None:
    """Ticks at the observed values: rows with events at the top, rows with non-events at the bottom."""
    rows = np.arange(len(x))
    if len(x) > MOST_TICKS:
        rows = np.random.default_rng(0).choice(len(x), MOST_TICKS, replace=False)
    others = (1.0 if fit.rows.trials is None else fit.rows.trials) - fit.rows.y
    for height, seen in ((0.985, fit.rows.y[rows] > 0), (0.015, others[rows] > 0)):
        marks = x[rows][seen]
        (ticks,) = ax.plot(marks, np.full(len(marks), height), "|", transform=ax.get_xaxis_transform(), label="_rug")
        ticks.set(color=axes.GUIDE, alpha=0.4, markersize=7)
