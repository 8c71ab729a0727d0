"""Predicted probabilities over one variable, the others held at typical values, with ticks at the observed values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import numpy.typing as npt

from glmlogit.data import frames
from glmlogit.documents.naming import Labelled
from glmlogit.documents.style import Printing, say
from glmlogit.drawing import axes
from glmlogit.drawing.sizes import Width
from glmlogit.errors import DataError
from glmlogit.plots.curves import Kind, curves
from glmlogit.plots.draw import draw_areas, draw_curves
from glmlogit.plots.printing import printing_of
from glmlogit.prediction.population import population_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from glmlogit.estimate.estimate import Estimate


Array = npt.NDArray[np.float64]

# Rows drawn in a rug: more are a solid bar.
MOST_TICKS = 2000

RUG = "Ticks: observed values, with events above and non-events below."
RUG_OF_LEVELS = "Ticks: observed values."


def effect_plot(
    fit: Estimate,
    variable: str,
    *,
    by: str | None = None,
    at: Mapping[str, Any] | None = None,
    kind: Kind = "response",
    outcome: Any = None,
    stacked: bool = False,
    level: float | None = None,
    ax: Axes | None = None,
    width: Width | None = None,
    rug: bool = True,
    points: int = 200,
    **printing: Unpack[Printing],
) -> Axes:
    """Draw predicted probabilities over a variable, the others held at typical values; of several outcomes each.

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
        Probabilities, or log-odds: of several outcomes against the base, of ordered ones of being at a level or above.
    outcome : level, optional
        Of several outcomes the one to draw, which ``by`` needs; default all of them.
    stacked : bool
        Of several outcomes draw probabilities as areas that fill the height from 0 to 1, without limits.
    level : float, optional
        Confidence level, such as 0.9; default that of the fit (0.95).
    ax : matplotlib Axes, optional
        Where to draw; default a new figure.
    width : {"column", "page"} or float, optional
        Of a new figure: 85 or 180 mm, or millimetres.
    rug : bool
        Mark the observed values (a random 2,000 of more rows): events above and non-events below; of several outcomes
        all below.
    points : int
        Points of a curve.
    **printing
        ``style, digits, p_digits, language, labels``, as :func:`~glmlogit.style` takes them, for this figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    DataError
        For a variable the model lacks, a level not seen, a number with too many values for ``by``, and ``stacked`` or
        ``outcome`` of what has one event.
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
    >>> several = gl.multinomial("race ~ age + smoke", gl.datasets.birthwt())
    >>> gl.effect_plot(several, "age", stacked=True).get_ylabel()
    'Probability'
    """
    if stacked:
        _check_stacked(fit, by, kind, outcome)
    with printing_of(fit, printing):
        predicted = curves(fit, variable, by, at or {}, kind, level, points, outcome)
        ax = draw_areas(predicted, ax, width) if stacked else draw_curves(predicted, ax, joined=False, width=width)
        caption = predicted.held if stacked else predicted.caption
        if rug and not predicted.discrete:
            ticks = _rug(ax, fit, frames.numeric(population_of(fit).column(variable)), above=stacked)
            caption += f" {say(ticks)}"
        axes.caption(ax, Labelled(caption.strip()))
    return ax


def _check_stacked(fit: Estimate, by: str | None, kind: Kind, outcome: Any) -> None:
    if not fit.response.shown:
        raise DataError("stacked=True is of several outcomes; this one has one event, whose curve says all")
    if by is not None or kind != "response" or outcome is not None:
        raise DataError("stacked=True draws the probabilities of all outcomes: leave out by=, kind= and outcome=")


def _rug(ax: Axes, fit: Estimate, x: Array, *, above: bool) -> str:
    """Ticks at the observed values, of events at the top and of others at the bottom; what the caption says of them.

    Of several outcomes all are at one height, ``above`` or below.
    """
    rows = np.arange(len(x))
    if len(x) > MOST_TICKS:
        rows = np.random.default_rng(0).choice(len(x), MOST_TICKS, replace=False)
    seen: list[tuple[float, Any]] = [(0.985 if above else 0.015, np.ones(len(rows), dtype=bool))]
    if not fit.response.shown:
        others = (1.0 if fit.rows.trials is None else fit.rows.trials) - fit.rows.y
        seen = [(0.985, fit.rows.y[rows] > 0), (0.015, others[rows] > 0)]
    for height, present in seen:
        marks = x[rows][present]
        (ticks,) = ax.plot(marks, np.full(len(marks), height), "|", transform=ax.get_xaxis_transform(), label="_rug")
        ticks.set(color=axes.ink(), alpha=0.4, markersize=7)
    return RUG if len(seen) == 2 else RUG_OF_LEVELS
