"""The forest plot of one or several models: odds ratios with limits on a log axis, the numbers beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Unpack

import pandas as pd

from glmlogit.documents.style import Styling, using
from glmlogit.drawing.sizes import Width
from glmlogit.messages.labels import beneath
from glmlogit.plots import forest
from glmlogit.plots.forest_models import measure_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def forest_plot(
    fits: Any,
    *,
    ax: Axes | None = None,
    width: Width | None = None,
    units: Mapping[str, float | str] | str | None = None,
    method: str | None = None,
    level: float | None = None,
    labels: Mapping[str, str | Mapping[Any, str]] | None = None,
    intercept: bool = False,
    p_values: bool = False,
    **styling: Unpack[Styling],
) -> Axes:
    """Draw odds ratios with their limits on a log axis, the numbers beside them.

    Parameters
    ----------
    fits : Fit, DataFrame, dict of name to either, or a result of this package
        Several models stand side by side. A DataFrame is a table as ``fit.odds_ratios(reference_rows=True)``, or
        published numbers: ``conf_low conf_high`` beside ``odds_ratio``, ``risk_ratio``, ``rate_ratio``,
        ``hazard_ratio``, ``prevalence_ratio``, ``risk_difference`` or ``mean_difference`` (differences on a linear
        axis), and if there are ``label group events n p_value reference``. Results: :func:`table` (crude and adjusted,
        with counts), :func:`compare`, :func:`subgroups`, :func:`many`, :func:`margins`, :func:`comparisons` and other
        effects, :func:`one_vs_rest`.
    ax : matplotlib Axes, optional
        Default: those of a new figure, as tall as the rows need. Given Axes become smaller, so that labels and numbers
        stand in their part of the figure; text is wrapped and made smaller where these would leave no room.
    width : {"column", "page"} or float, optional
        Of a new figure: 85 or 180 mm, or millimetres.
    units : mapping of term to float, "iqr", "sd" or "2sd", or one of these, optional
        ``{"age": 10}`` draws the odds ratio for a difference of 10, ``"sd"`` standardised ones, as in
        :func:`odds_ratios`. A table that has units keeps them.
    method : {"wald", "profile", "score"}, optional
        Limits and tests by Wald's method, the profile likelihood or the score; default ``"profile"`` for penalised fits
        with the model's covariance, unless that takes long, else ``"wald"``.
    level : float, optional
        Confidence level, such as 0.9; default that of the fit (0.95).
    intercept : bool
        Draw the constant, whose exponential is an odds, not an odds ratio.
    labels : mapping of str to str or mapping of levels, optional
        What to call a variable or a row, by its name, and levels by their values: ``{"lwt": "Weight, lb", "race":
        {"black": "Black"}}``.
    p_values : bool
        Write the p-values too.
    **styling
        ``style, digits, p_digits, language``, as :func:`~glmlogit.style` takes them, for this figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    DataError
        For unknown labels, units or methods, a table without odds ratios, or more than six models.
    ImportError
        Without matplotlib.

    Notes
    -----
    The axis shows all estimates, and limits that are not far off; an arrow is a limit, or an estimate, that is infinite
    or lies beyond it. Hollow marks are reference levels. Levels of an outcome stand side by side as models do, each
    against the base; so do cuts between ordered levels. *Matches* the estimates and limits of ``odds_ratios`` exactly.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + smoke", gl.datasets.birthwt())
    >>> gl.forest_plot(fit).get_xscale()
    'log'
    """
    models = fits.values() if isinstance(fits, Mapping) else (fits, getattr(fits, "adjusted", None))
    with beneath(models), using(**styling, labels=labels):
        drawn = _by_itself(fits, ax, width)
        if drawn is not None:
            return drawn
        tables = forest.tables_of(fits, units, method, level, intercept)
        lines = forest.lines_of(tables, labels)
        head = forest.head_of(fits, method, level)
        meaning, measure = forest.meaning_of(fits), measure_of(fits)
        return forest.draw(ax, lines, list(tables), head, p_values, meaning, width=width, measure=measure)


def _by_itself(fits: Any, ax: Axes | None, width: Width | None) -> Axes | None:
    """The picture of a result that draws itself: effects, subgroups, many models."""
    effects = hasattr(fits, "underlying") and hasattr(fits, "scales")
    frame = getattr(fits, "frame", None)
    if effects or (isinstance(frame, pd.DataFrame) and {"odds_ratio", "exposure"} & {*frame} and hasattr(fits, "plot")):
        drawn: Axes = fits.plot(ax=ax, width=width)
        return drawn
    return None
