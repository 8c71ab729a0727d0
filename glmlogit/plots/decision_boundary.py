"""Contours of the probability over two variables, with the outcomes observed there and the line of a decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from glmlogit.documents.naming import Labelled, named
from glmlogit.documents.style import decimal_mark, grouped, marked, say
from glmlogit.drawing import axes, ticks
from glmlogit.drawing.sizes import Width
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.plots.curves import of_population
from glmlogit.plots.probability_surface import ProbabilitySurface, probability_surface

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]

# Probabilities that have a contour.
CONTOURS = np.arange(1, 10) / 10
# Rows that a picture can show.
MOST_POINTS = 500
# Tints of the palette that stay lighter than the points on them, in grey too.
LIGHTEST, DARKEST = "#FFFFFF", "#8FC3E0"


def decision_boundary(
    fit: Estimate,
    x: str,
    y: str,
    *,
    at: Mapping[str, Any] | None = None,
    threshold: float | None = None,
    points: int = 101,
    rows: bool = True,
    ax: Axes | None = None,
    width: Width | None = None,
) -> Axes:
    """Draw contours of the probability over two variables, with the outcomes and the line where a decision turns.

    Parameters
    ----------
    fit : Fit
        The fit, of any estimator of this package.
    x, y : str
        Columns of the data, numbers, along and up.
    at : mapping of str to value, optional
        Values of other variables; numbers at their mean and factors at their most frequent level by default, as
        :func:`reference_grid` has them.
    threshold : float, optional
        Probability from which a row is called an event, 0.5 by default; :func:`thresholds` chooses one by costs. Of
        several outcomes the line is where the most probable changes, and there is no threshold.
    points : int
        Values of each variable at which the model predicts.
    rows : bool
        Draw the rows of the fit: events filled, others hollow; of several outcomes a marker each.
    ax : matplotlib Axes, optional
        Where to draw; default a new figure.
    width : {"column", "page"} or float, optional
        Of a new figure: 85 or 180 mm, or millimetres.

    Returns
    -------
    matplotlib Axes
        The caption says where other variables are held: rows have values of their own there, so that a row on the
        wrong side of the line may be predicted rightly.

    Raises
    ------
    DataError, UnsupportedError
        For unknown variables, factors on an axis, and thresholds outside 0 to 1 or of several outcomes.
    ImportError
        Without matplotlib.

    Notes
    -----
    The line is straight where both variables enter as they are: ``x'β = log(t/(1 − t))`` (Hastie, Tibshirani & Friedman
    2009, §4.4); powers, splines and interactions bend it. *Matches* ``fit.predict`` at each point; R's ``visreg2d`` and
    scikit-learn's ``DecisionBoundaryDisplay`` draw the like without saying what is held where.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + lwt + smoke", gl.datasets.birthwt())
    >>> gl.decision_boundary(fit, "age", "lwt", threshold=0.3).get_ylabel()
    'lwt'
    """
    several = len(fit.response.levels) > 2
    _check(threshold, several)
    surface = probability_surface(fit, x, y, at or {}, points)
    ax = axes.axes(ax, 4.6, 4.0, width)
    ax.grid(visible=False)
    said = _regions(ax, surface) if several else _contours(ax, surface, 0.5 if threshold is None else threshold)
    said += surface.held + of_population(fit)
    if rows:
        said += _rows(ax, surface)
    _finish(ax, surface, x, y, said)
    return ax


def _check(threshold: float | None, several: bool) -> None:
    if threshold is None:
        return
    if several:
        raise UnsupportedError(
            "threshold= is of two outcomes; of several the line is where the most probable changes. Leave it out"
        )
    if not isinstance(threshold, (int, float, np.floating, np.integer)) or not 0.0 < threshold < 1.0:
        raise DataError(f"threshold={threshold!r}; give a probability between 0 and 1, such as 0.3")


def _contours(ax: Axes, surface: ProbabilitySurface, threshold: float) -> str:
    """Tints and lines of the probability of the event, and the line of the threshold; what the caption says of it."""
    from matplotlib.colors import LinearSegmentedColormap

    p = np.ma.masked_invalid(surface.probabilities[1])
    tints = LinearSegmentedColormap.from_list("tints", [LIGHTEST, DARKEST])
    ax.contourf(surface.x, surface.y, p, levels=np.linspace(0, 1, 11), cmap=tints, zorder=0)
    _lines(ax, surface, p, CONTOURS[threshold != CONTOURS])
    contours = say("Contours: probability of {outcome}.", outcome=named(surface.levels[1]))
    at_threshold = marked(f"{threshold:g}")
    if p.count() and p.min() < threshold < p.max():
        ax.contour(surface.x, surface.y, p, levels=[threshold], colors="black", linewidths=1.8, zorder=3)
        return f"{contours} {say('Thick: {threshold}.', threshold=at_threshold)}"
    side = "above" if p.count() and p.min() >= threshold else "below"
    return f"{contours} {say(f'All are {side} the threshold of {{threshold}}.', threshold=at_threshold)}"


def _regions(ax: Axes, surface: ProbabilitySurface) -> str:
    """A tint where each outcome is the most probable, its name, and contours of its probability."""
    styles = axes.styles(len(surface.levels), "outcomes")
    for k, (name, style) in enumerate(zip(surface.levels, styles, strict=True)):
        lead = np.ma.masked_invalid(surface.lead(k))
        if not lead.count() or lead.max() <= 0:
            continue
        ax.contourf(surface.x, surface.y, lead, levels=[0, 1.01], colors=[style.color], alpha=0.25, zorder=0)
        if lead.min() < 0:
            ax.contour(surface.x, surface.y, lead, levels=[0], colors="black", linewidths=1.8, zorder=3)
        place = np.unravel_index(int(np.argmax(np.ma.filled(lead, -1.0))), lead.shape)
        _name_region(ax, name, surface, place)
    _lines(ax, surface, np.ma.masked_invalid(surface.likeliest), CONTOURS)
    return say("Regions: the most probable outcome; thin lines: its probability.")


def _name_region(ax: Axes, name: str, surface: ProbabilitySurface, place: tuple[Any, ...]) -> None:
    """The name of a region where it leads most, inside the Axes."""
    x, y = surface.x[place[1]], surface.y[place[0]]
    right, above = x > surface.x.mean(), y > surface.y.mean()
    box = {"facecolor": axes.paper(), "edgecolor": "none", "alpha": 0.8, "pad": 1.5}
    ax.annotate(
        axes.shown(name),
        (x, y),
        xytext=(-4 if right else 4, -4 if above else 4),
        textcoords="offset points",
        ha="right" if right else "left",
        va="top" if above else "bottom",
        fontsize=axes.font(ax),
        weight="bold",
        bbox=box,
        zorder=6,
    )


def _lines(ax: Axes, surface: ProbabilitySurface, p: Any, at: Array) -> None:
    """Thin contours at probabilities, with their values."""
    if p.count() and ((p.min() < at) & (p.max() > at)).any():
        lines = ax.contour(surface.x, surface.y, p, levels=at, colors=axes.ink(), linewidths=0.6, zorder=2)
        mark, places = decimal_mark(), [np.asarray(path.vertices) for path in lines.get_paths()]
        middles = [place[len(place) // 2] for place in places if len(place)]
        options: dict[str, Any] = {"fontsize": axes.font(ax) - 1, "inline_spacing": 2, "zorder": 5, "manual": middles}
        texts = ax.clabel(lines, fmt=lambda x: ticks.plain(x, mark), **options)
        for text in texts:
            text.set_bbox({"facecolor": axes.paper(), "edgecolor": "none", "alpha": 0.7, "pad": 0.5})


def _rows(ax: Axes, surface: ProbabilitySurface) -> str:
    """The rows of the fit by their outcomes; what the caption says of them."""
    n, present = len(surface.points), surface.present
    if present is None:
        return " " + say("Outcomes of rows are not drawn: the rows do not hold them.")
    drawn = np.arange(n) if n <= MOST_POINTS else np.random.default_rng(0).choice(n, MOST_POINTS, replace=False)
    for k, (name, style) in enumerate(zip(surface.levels, _markers(len(surface.levels)), strict=True)):
        part = surface.points[drawn][present[drawn, k]]
        ax.scatter(part[:, 0], part[:, 1], label=axes.shown(name), zorder=4 + k / 100, **style)
    which = say("the rows")
    if n > MOST_POINTS:
        which = say("{k} of {n} rows, drawn at random", k=grouped(MOST_POINTS), n=grouped(n))
    own = say(", with values of their own there") if surface.held else ""
    return " " + say("Points: {which}{own}.", which=which, own=own)


def _markers(count: int) -> list[dict[str, Any]]:
    """Hollow circles of non-events and filled triangles of events; of several outcomes a marker each."""
    hollow = {"s": 13.0, "facecolors": "none", "linewidths": 0.7}
    if count == 2:
        filled = {"s": 17.0, "marker": "^", "facecolors": axes.looks()[1].color, "edgecolors": "black"}
        return [{**hollow, "marker": "o", "edgecolors": "0.25"}, {**filled, "linewidths": 0.4}]
    return [
        {"s": 15.0, "marker": style.marker, "facecolors": style.color, "edgecolors": axes.paper(), "linewidths": 0.4}
        for style in axes.styles(count, "outcomes")
    ]


def _finish(ax: Axes, surface: ProbabilitySurface, x: str, y: str, said: str) -> None:
    """Limits a little wider than the data, names, legend and caption."""
    for values, set_limits in ((surface.x, ax.set_xlim), (surface.y, ax.set_ylim)):
        margin = 0.03 * (values[-1] - values[0])
        set_limits(values[0] - margin, values[-1] + margin)
    axes.label(ax, x, y)
    if ax.get_legend_handles_labels()[0]:
        axes.legend_above(ax)
    if np.isnan(surface.probabilities).any():
        said += " " + say("White: the data do not determine the probability.")
    axes.caption(ax, Labelled(said))
