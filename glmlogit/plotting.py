"""Plots: odds ratios, predicted probabilities and what an odds ratio does to a risk. Axes in, Axes out."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from glmlogit import _axes, _forest, _frames, _typical
from glmlogit._arrays import as_float
from glmlogit._typical import Kind
from glmlogit.conversions import probability_change
from glmlogit.counterfactual import population_of
from glmlogit.errors import DataError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from glmlogit.estimate import Estimate

__all__ = ["effect_plot", "forest_plot", "interaction_plot", "plot", "risk_plot"]

Array = npt.NDArray[np.float64]

# Rows drawn in a rug: more are a solid bar.
MOST_TICKS = 2000
RUG = " Ticks: observed values, with events above and non-events below."
# Baseline risks at which a risk plot tells the gain.
BASELINES = (0.01, 0.05, 0.2, 0.5)


def forest_plot(
    fits: Any,
    *,
    ax: Axes | None = None,
    units: Mapping[str, float] | None = None,
    method: str | None = None,
    level: float | None = None,
    labels: Mapping[str, str] | None = None,
    intercept: bool = False,
    p_values: bool = False,
) -> Axes:
    """Draw odds ratios with their limits on a log axis, the numbers beside them.

    Parameters
    ----------
    fits : Fit, DataFrame, or dict of name to either
        Several models stand side by side. A DataFrame is a table as ``fit.odds_ratios(reference_rows=True)``.
    ax : matplotlib Axes, optional
        Default: those of a new figure, as tall as the rows need. Labels and numbers stand outside the Axes.
    units, method, level, intercept
        As in :func:`~glmlogit.odds_ratios`.
    labels : mapping of str to str, optional
        What to call a variable or a row, by its name: ``{"lwt": "Weight, lb", "C(race)[T.black]": "Black"}``.
    p_values : bool
        Write the p-values too.

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
    An arrow is a limit, or an estimate, that is infinite or lies beyond the axis, which is symmetric about
    1. Hollow marks are reference levels. *Matches* the estimates and limits of ``odds_ratios`` exactly.
    """
    tables = _forest.tables_of(fits, units, method, level, intercept)
    lines = _forest.lines_of(tables, labels, units)
    return _forest.draw(ax, lines, list(tables), _forest.head_of(fits, method, level), p_values)


# --- predictions over a variable --------------------------------------------------------------------


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
    ax : matplotlib Axes, optional
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
    """
    curves = _typical.curves(fit, variable, by, at or {}, kind, level, points)
    ax = _draw_curves(curves, ax, joined=False)
    if rug and not curves.discrete:
        _rug(ax, fit, _frames.numeric(population_of(fit).column(variable)))
    _axes.caption(ax, curves.caption + (RUG if rug and not curves.discrete else ""))
    return ax


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
    curves = _typical.curves(fit, x, by, at or {}, kind, level, points)
    ax = _draw_curves(curves, ax, joined=True)
    _axes.caption(ax, curves.caption)
    return ax


def _draw_curves(curves: _typical.Curves, ax: Axes | None, joined: bool) -> Axes:
    styles = _axes.styles(len(curves.tables), "curves")
    ax = _axes.axes(ax, 6.4, 4.4)
    for k, ((name, table), style) in enumerate(zip(curves.tables.items(), styles, strict=True)):
        if curves.discrete:
            shift = (0.2 if joined else 0.4) * ((k + 0.5) / len(styles) - 0.5)
            _draw_points(ax, table, shift, style, name, joined)
        else:
            _draw_band(ax, curves.values, table, style, name)
    if curves.discrete:
        ax.set_xticks(range(len(curves.values)), list(map(_axes.shown, _typical.names(curves.values))))
        ax.set_xlim(-0.6, len(curves.values) - 0.4)
        ax.grid(visible=False, axis="x")
    _axes.label(ax, curves.variable, curves.outcome)
    if curves.by is not None:
        _axes.legend(ax, curves.by)
    return ax


def _draw_points(ax: Axes, table: pd.DataFrame, shift: float, style: _axes.Style, name: str, joined: bool) -> None:
    x = np.arange(len(table)) + shift
    line = style.line if joined else "none"
    ax.plot(x, table["estimate"], marker=style.marker, linestyle=line, color=style.color, label=_axes.shown(name))
    ax.vlines(x, table["conf_low"], table["conf_high"], color=style.color, linewidth=1.3)


def _draw_band(ax: Axes, x: Sequence[float], table: pd.DataFrame, style: _axes.Style, name: str) -> None:
    ax.fill_between(x, table["conf_low"], table["conf_high"], color=style.color, alpha=0.15, linewidth=0)
    for limit in ("conf_low", "conf_high"):
        ax.plot(x, table[limit], linestyle=style.line, color=style.color, linewidth=0.6, alpha=0.6, label="_limit")
    ax.plot(x, table["estimate"], linestyle=style.line, color=style.color, linewidth=1.6, label=_axes.shown(name))


def _rug(ax: Axes, fit: Estimate, x: Array) -> None:
    """Ticks at the observed values: rows with events at the top, rows with non-events at the bottom."""
    design = fit.design
    rows = np.arange(len(x))
    if len(x) > MOST_TICKS:
        rows = np.random.default_rng(0).choice(len(x), MOST_TICKS, replace=False)
    others = (1.0 if design.trials is None else design.trials) - design.y
    for height, seen in ((0.985, design.y[rows] > 0), (0.015, others[rows] > 0)):
        at = x[rows][seen]
        (ticks,) = ax.plot(at, np.full(len(at), height), "|", transform=ax.get_xaxis_transform(), label="_rug")
        ticks.set(color=_axes.GUIDE, alpha=0.4, markersize=7)


# --- odds ratios and risks ----------------------------------------------------------------------------


def risk_plot(odds_ratio: Any, conf: Any = None, *, ax: Axes | None = None) -> Axes:
    """Draw the risk with exposure against the risk without, for given odds ratios.

    Parameters
    ----------
    odds_ratio : float, or sequence of float of length k
        Positive and finite; a curve each, at most six.
    conf : (low, high), or sequence of k such pairs, optional
        Confidence limits of the odds ratios, drawn as bands.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
        Beside it a table of the gain in percentage points at baseline risks of 1, 5, 20 and 50 %, where the
        curves are marked.

    Raises
    ------
    DataError
        For odds ratios that are not positive and finite, or limits that do not enclose them.
    ImportError
        Without matplotlib.

    Notes
    -----
    Risks are those of :func:`~glmlogit.probability_change`, p' = r·o/(1 + r·o) with the baseline odds
    o = p/(1 − p) (Zhang & Yu 1998, *JAMA* 280, 1690–1691). The band takes the baseline risk
    as known. *Matches* the numbers of ``probability_change`` exactly; R, Stata and SAS have no such plot.
    """
    ratios, limits = _checked_ratios(odds_ratio, conf)
    styles = _axes.styles(len(ratios), "odds ratios")
    ax = _axes.axes(ax, 7.6, 4.6)
    baseline = np.linspace(0.0, 1.0, 401)
    ax.plot([0, 1], [0, 1], color=_axes.GUIDE, linewidth=0.9, label="_diagonal")
    for k, (ratio, (low, high), style) in enumerate(zip(ratios, limits, styles, strict=True)):
        ax.fill_between(
            baseline, _risk(baseline, low), _risk(baseline, high), color=style.color, alpha=0.15, linewidth=0
        )
        ax.plot(baseline, _risk(baseline, ratio), color=style.color, linestyle=style.line, label=f"OR {ratio:.3g}")
        _mark_gain(ax, ratio, style, lines=len(ratios) == 1)
        _label_curve(ax, ratio, k)
    tenths, percents = np.linspace(0, 1, 6), [f"{p}%" for p in range(0, 101, 20)]
    ax.set(xlim=(0, 1), ylim=(0, 1), xticks=tenths, xticklabels=percents, yticks=tenths, yticklabels=percents)
    _axes.label(ax, "Risk without exposure", "Risk with exposure")
    _write_gains(ax, ratios, limits if conf is not None else None)
    return ax


def _checked_ratios(odds_ratio: Any, conf: Any) -> tuple[Array, Array]:
    """Odds ratios and limits in ascending order; the limits are the odds ratios themselves where none are given."""
    ratios = np.atleast_1d(as_float(np.atleast_1d(odds_ratio), "odds_ratio"))
    if not len(ratios) or not (np.isfinite(ratios) & (ratios > 0)).all():
        raise DataError(f"odds_ratio={odds_ratio!r}: an odds ratio is positive and finite; log-odds need exp() first")
    limits = np.column_stack([ratios, ratios]) if conf is None else _pairs(conf)
    if limits.shape != (len(ratios), 2) or not ((limits[:, 0] <= ratios) & (ratios <= limits[:, 1])).all():
        raise DataError(f"conf={conf!r} must give a pair (low, high) about each odds ratio, such as conf=(1.2, 3.4)")
    order = np.argsort(ratios)
    return ratios[order], limits[order]


def _pairs(conf: Any) -> Array:
    try:
        return np.atleast_2d(np.asarray(conf, dtype=np.float64))
    except (TypeError, ValueError):
        return np.empty((0, 0))  # no pairs: refused by the caller


def _risk(baseline: Array, ratio: float) -> Array:
    return probability_change(ratio, baseline)["probability"].to_numpy()


def _mark_gain(ax: Axes, ratio: float, style: _axes.Style, lines: bool) -> None:
    at = np.array(BASELINES)
    risk = _risk(at, ratio)
    if lines:
        ax.vlines(at, at, risk, color=style.color, linewidth=0.9)
    ax.plot(at, risk, style.marker, color=style.color, markersize=4.5, label="_gain")


def _label_curve(ax: Axes, ratio: float, k: int) -> None:
    """Write the odds ratio on its curve; neighbours at different places, so that they stand clear."""
    total = (1.0, 1.5, 0.6)[k % 3]
    baseline = np.linspace(0.0, 1.0, 401)
    risk = _risk(baseline, ratio)
    i = int(np.argmin(np.abs(baseline + risk - total)))
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
    text = ax.text(baseline[i], risk[i], f"OR {ratio:.3g}", color=_axes.GUIDE, fontsize=_axes.FONT, bbox=box)
    text.set(ha="center", va="center")


def _write_gains(ax: Axes, ratios: Array, limits: Array | None) -> None:
    """A table of the gains right of the Axes: a row an odds ratio or limit, a column a baseline risk."""
    rows = [(f"OR {ratio:.3g}", ratio) for ratio in ratios]
    if limits is not None:
        ends = [[(f"lower {low:.3g}", low), (f"upper {high:.3g}", high)] for low, high in limits]
        rows = [row for own, pair in zip(rows, ends, strict=True) for row in (own, *pair)]
    gains = [probability_change(ratio, BASELINES)["change"].to_numpy() for _, ratio in rows]
    columns = [["", *(name for name, _ in rows)]]
    columns += [[f"{100 * p:g}%", *(_points(g[j]) for g in gains)] for j, p in enumerate(BASELINES)]
    heights = 0.82 - 0.065 * np.arange(len(rows) + 1)
    _axes.beside(ax, "Gain in percentage points\nat a baseline risk of", _axes.GAP, 0.93, "axes fraction", ha="left")
    _axes.right_columns(ax, columns, heights.tolist(), "axes fraction")


def _points(gain: float) -> str:
    return f"{100 * gain:+.{1 if abs(gain) >= 0.0095 else 2}f}".replace("-", "−")


# --- one verb -------------------------------------------------------------------------------------------


def plot(fit: Estimate, kind: str = "forest", *variables: str, ax: Axes | None = None, **options: Any) -> Axes:
    """Plot a fit: its odds ratios, or its predictions over a variable.

    Parameters
    ----------
    fit : Fit
    kind : {"forest", "effect", "interaction"}
        :func:`~glmlogit.forest_plot`, :func:`~glmlogit.effect_plot` or :func:`~glmlogit.interaction_plot`.
    variables : str
        None for a forest, one for an effect, two for an interaction: ``fit.plot("effect", "age")``.
    ax : matplotlib Axes, optional
    options
        Those of the function.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    DataError
        For another kind, and for variables or options that the function does not take.
    ImportError
        Without matplotlib.

    Notes
    -----
    *Matches* the function of each kind exactly: this is the verb ``fit.plot``.
    """
    kinds = {"forest": forest_plot, "effect": effect_plot, "interaction": interaction_plot}
    if not isinstance(kind, str) or kind not in kinds:
        raise DataError(f"kind={kind!r} is no plot of a fit; give one of {', '.join(map(repr, kinds))}")
    draw: Any = kinds[kind]
    signature = inspect.signature(draw)
    try:
        signature.bind(fit, *variables, ax=ax, **options)
    except TypeError as error:
        raise DataError(
            f"a plot of kind {kind!r}: {error}; it takes {', '.join([*signature.parameters][1:])}"
        ) from None
    drawn: Axes = draw(fit, *variables, ax=ax, **options)
    return drawn
