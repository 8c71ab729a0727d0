"""Risk with exposure against risk without, for given odds ratios: curves of p' = r·o/(1 + r·o), no fit needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.documents.formatting import ratio_as_typed
from glmlogit.documents.style import Printing, marked, say, using
from glmlogit.drawing import axes
from glmlogit.drawing.sizes import Width
from glmlogit.epidemiology.probability_change import probability_change
from glmlogit.errors import DataError
from glmlogit.numerics.arrays import as_float

if TYPE_CHECKING:
    from matplotlib.axes import Axes


Array = npt.NDArray[np.float64]

# Baseline risks at which a risk plot tells the gain.
BASELINES = (0.01, 0.05, 0.2, 0.5)


def risk_plot(
    odds_ratio: Any,
    conf: Any = None,
    *,
    ax: Axes | None = None,
    width: Width | None = None,
    **printing: Unpack[Printing],
) -> Axes:
    """Draw the risk with exposure against the risk without, for given odds ratios.

    Parameters
    ----------
    odds_ratio : float, or sequence of float of length k
        Positive and finite; a curve each, at most six.
    conf : (low, high), or sequence of k such pairs, optional
        Confidence limits of the odds ratios, drawn as bands.
    ax : matplotlib Axes, optional
        Where to draw; default a new figure.
    width : {"column", "page"} or float, optional
        Of a new figure: 85 or 180 mm, or millimetres.
    **printing
        ``style, digits, p_digits, language, labels``, as :func:`~glmlogit.style` takes them, for this figure.

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

    Examples
    --------
    >>> gl.risk_plot(2.0, conf=(1.2, 3.4)).get_ylabel()
    'Risk with exposure'
    """
    ratios, limits = _checked_ratios(odds_ratio, conf)
    with using(**printing):
        ax = axes.axes(ax, 7.6, 4.6, width)
        _draw(ax, ratios, limits, conf is not None)
    return ax


def _draw(ax: Axes, ratios: Array, limits: Array, banded: bool) -> None:
    """Curves, bands and gains on the axes, in the style in force."""
    styles = axes.styles(len(ratios), "odds ratios")
    baseline = np.linspace(0.0, 1.0, 401)
    ax.plot([0, 1], [0, 1], color=axes.ink(), linewidth=0.9, label="_diagonal")
    for k, (ratio, (low, high), style) in enumerate(zip(ratios, limits, styles, strict=True)):
        ax.fill_between(
            baseline, _risk(baseline, low), _risk(baseline, high), color=style.color, alpha=0.15, linewidth=0
        )
        ax.plot(
            baseline,
            _risk(baseline, ratio),
            color=style.color,
            linestyle=style.line,
            label=f"{say('OR')} {marked(ratio_as_typed(ratio))}",
        )
        _mark_gain(ax, ratio, style, lines=len(ratios) == 1)
        _label_curve(ax, ratio, k)
    step = 20 if axes.is_roomy(ax) else 50
    tenths, percents = np.arange(0, 101, step) / 100, [f"{p}%" for p in range(0, 101, step)]
    ax.set(xlim=(0, 1), ylim=(0, 1), xticks=tenths, xticklabels=percents, yticks=tenths, yticklabels=percents)
    axes.label(ax, say("Risk without exposure"), say("Risk with exposure"))
    ends = limits if banded else None
    if axes.is_roomy(ax):
        _write_gains(ax, ratios, ends)
    else:
        _say_gains(ax, ratios, ends)


def _checked_ratios(odds_ratio: Any, conf: Any) -> tuple[Array, Array]:
    """Odds ratios and limits in ascending order; the limits are the odds ratios themselves where none are given."""
    several = isinstance(odds_ratio, pd.DataFrame)
    if several or hasattr(odds_ratio, "odds_ratios"):
        terms = odds_ratio.index if several else odds_ratio.terms
        raise DataError(_SEVERAL.format("table" if several else "fit", terms[-1]))
    ratios = np.atleast_1d(as_float(np.atleast_1d(odds_ratio), "odds_ratio"))
    if not len(ratios) or not (np.isfinite(ratios) & (ratios > 0)).all():
        raise DataError(f"odds_ratio={odds_ratio!r}: an odds ratio is positive and finite; log-odds need exp() first")
    limits = np.column_stack([ratios, ratios]) if conf is None else _pairs(conf)
    if limits.shape != (len(ratios), 2) or not ((limits[:, 0] <= ratios) & (ratios <= limits[:, 1])).all():
        raise DataError(f"conf={conf!r} must give a pair (low, high) about each odds ratio, such as conf=(1.2, 3.4)")
    order = np.argsort(ratios)
    return ratios[order], limits[order]


_SEVERAL = (
    "a {} has several odds ratios: name a term, as in r = fit.odds_ratios().loc[{!r}]; "
    "gl.risk_plot(r['odds_ratio'], conf=(r['conf_low'], r['conf_high']))"
)


def _pairs(conf: Any) -> Array:
    try:
        return np.atleast_2d(np.asarray(conf, dtype=np.float64))
    except (TypeError, ValueError):
        return np.empty((0, 0))  # no pairs: refused by the caller


def _risk(baseline: Array, ratio: float) -> Array:
    return probability_change(ratio, baseline)["probability"].to_numpy()


def _mark_gain(ax: Axes, ratio: float, style: axes.Look, lines: bool) -> None:
    baselines = np.array(BASELINES)
    risk = _risk(baselines, ratio)
    if lines:
        ax.vlines(baselines, baselines, risk, color=style.color, linewidth=0.9)
    ax.plot(baselines, risk, style.marker, color=style.color, markersize=4.5, label="_gain")


def _label_curve(ax: Axes, ratio: float, k: int) -> None:
    """Write the odds ratio on its curve; neighbours at different places, so that they stand clear."""
    total = (1.0, 1.5, 0.6)[k % 3]
    baseline = np.linspace(0.0, 1.0, 401)
    risk = _risk(baseline, ratio)
    i = int(np.argmin(np.abs(baseline + risk - total)))
    box = {"facecolor": axes.paper(), "edgecolor": "none", "pad": 1.0}
    text = ax.text(
        baseline[i],
        risk[i],
        f"{say('OR')} {marked(ratio_as_typed(ratio))}",
        color=axes.ink(),
        fontsize=axes.font(ax),
        bbox=box,
    )
    text.set(ha="center", va="center")


def _gains(ratios: Array, limits: Array | None) -> list[tuple[str, list[str]]]:
    """The gains at each baseline risk, of odds ratios and of their limits, by name."""
    rows = [(f"{say('OR')} {marked(ratio_as_typed(ratio))}", ratio) for ratio in ratios]
    if limits is not None:
        ends = [
            [
                (f"{say(side)} {marked(ratio_as_typed(end))}", end)
                for side, end in zip(("lower", "upper"), pair, strict=True)
            ]
            for pair in limits
        ]
        rows = [row for own, pair in zip(rows, ends, strict=True) for row in (own, *pair)]
    gains = np.array([probability_change(ratio, BASELINES)["change"].to_numpy() for _, ratio in rows])
    # What is below one percentage point has two decimals, and then all that stands with it.
    decimals = np.where((np.abs(gains) < 0.0095).any(axis=0), 2, 1).tolist()
    return [(name, list(map(_points, own, decimals))) for (name, _), own in zip(rows, gains.tolist(), strict=True)]


def _write_gains(ax: Axes, ratios: Array, limits: Array | None) -> None:
    """A table of the gains right of the Axes: a row an odds ratio or limit, a column a baseline risk."""
    names, gains = zip(*_gains(ratios, limits), strict=True)
    columns = [["", *names], *([f"{100 * p:g}%", *(row[j] for row in gains)] for j, p in enumerate(BASELINES))]
    heights = 0.82 - 0.065 * np.arange(len(names) + 1)
    axes.beside(
        ax,
        f"{say('Gain in percentage points')}\n{say('at a baseline risk of')}",
        axes.GAP,
        0.93,
        "axes fraction",
        ha="left",
    )
    axes.right_columns(ax, columns, heights.tolist(), "axes fraction")


def _say_gains(ax: Axes, ratios: Array, limits: Array | None) -> None:
    """The gains in the caption, where there is no room for a table."""
    risks = ", ".join(f"{100 * p:g}" for p in BASELINES)
    rows = "; ".join(f"{name}: {', '.join(gains)}" for name, gains in _gains(ratios, limits))
    axes.caption(ax, say("Gain in percentage points at baseline risks of {risks}%: {rows}.", risks=risks, rows=rows))


def _points(gain: float, decimals: int) -> str:
    return marked(f"{100 * gain:+.{decimals}f}".replace("-", "−"))
