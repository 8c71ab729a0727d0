"""Pictures of residuals and influence, drawn from their results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from glmlogit.documents import formatting
from glmlogit.documents.naming import named
from glmlogit.documents.style import grouped, say
from glmlogit.drawing import axes
from glmlogit.drawing.sizes import Width
from glmlogit.errors import UnsupportedError
from glmlogit.messages.words import joined, sentence, written

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Against = Literal["leverage", "probability"]

# Area in points squared of the largest circle; cases that are named; circles that are drawn.
LARGEST, NAMED, MOST_CIRCLES = 240.0, 4, 3_000


def draw_binned(result: Any, ax: Axes | None, width: Width | None) -> Axes:
    """Mean residuals of bins, with two standard errors about 0."""
    table, style = result.table, axes.looks()[0]
    ax = axes.axes(ax, 5.2, 3.8, width)
    axes.guide(ax, y=0.0)
    outside = (table["residual"].abs() > table["limit"]).to_numpy()
    for side in (1.0, -1.0):
        ax.plot(table["mean"], side * table["limit"], color=axes.ink(), linewidth=0.9, linestyle="--", label="_limit")
    for where, filled in ((~outside, False), (outside, True)):
        face = axes.looks()[1].color if filled else "none"
        edge = axes.looks()[1].color if filled else style.color
        marker = "D" if filled else "o"
        ax.scatter(
            table["mean"][where],
            table["residual"][where],
            s=18,
            facecolors=face,
            edgecolors=edge,
            marker=marker,
            zorder=3,
        )
    name = say("Fitted probability") if result.against == "probability" else named(result.against)
    axes.label(ax, say("{name} (mean of bin)", name=name), say("Mean of y − p"))
    trials = formatting.count(float(table["n"].sum()))
    axes.caption(
        ax,
        say(
            "{bins} bins of {trials} trials; dashed: two standard errors of the model. {outside} beyond (filled), "
            "{expected} expected.",
            bins=len(table),
            trials=trials,
            outside=result.outside,
            expected=formatting.number(0.05 * len(table), 2),
        ),
    )
    return ax


def draw_half_normal(result: Any, ax: Axes | None, width: Width | None) -> Axes:
    """Ordered absolute deviance residuals within the envelope of simulated outcomes."""
    table = result.table
    ax = axes.axes(ax, 5.2, 3.8, width)
    ax.fill_between(table["score"], table["low"], table["high"], color=axes.ink(0.15), linewidth=0, label="_envelope")
    ax.plot(table["score"], table["median"], color=axes.ink(), linewidth=0.9, linestyle="--", label="_median")
    axes.points(ax, table["score"], table["residual"], area=8.0)
    axes.label(ax, say("Half-normal score"), say("|Deviance residual|"))
    axes.caption(
        ax,
        say(
            "Grey: smallest and largest of {k} fits to outcomes drawn from the model (seed {seed}); dashed: their "
            "median. {outside} of {n} points outside.",
            k=result.replications,
            seed=result.seed,
            outside=result.outside,
            n=grouped(len(table)),
        ),
    )
    return ax


def draw_influence(result: Any, against: Against, ax: Axes | None, width: Width | None) -> Axes:
    """Studentised residuals against leverages, areas as Cook's distance; or ΔX² against probabilities, areas as Δβ."""
    table = result.table
    size = table["delta_beta"].to_numpy()
    if not np.isfinite(size).any():
        raise UnsupportedError(result.notes[0].text if result.notes else "no case has an influence that is known")
    leverage = against == "leverage"
    x = table["hat" if leverage else "fitted"].to_numpy()
    y = table["studentised" if leverage else "delta_chi2"].to_numpy()
    order = np.argsort(-np.nan_to_num(size, nan=-1.0), kind="stable")
    order = order[np.isfinite(size[order])]
    drawn = order[:MOST_CIRCLES]
    ax = axes.axes(ax, 5.2, 3.8, width)
    ax.margins(0.08)
    areas = np.maximum(LARGEST * size[drawn] / size[drawn[0]], 2.0)
    axes.points(ax, x[drawn], y[drawn], area=areas)
    if leverage:
        axes.guide(ax, y=0.0)
        axes.guide(ax, x=2.0 * result.rank / len(table), line=":")
        axes.label(ax, say("Leverage"), say("Studentised residual"))
    else:
        axes.guide(ax, y=4.0, line=":")
        axes.label(ax, say("Fitted probability"), say("ΔX²"))
    named = order[:NAMED]
    names = [written(table.index[i]) for i in named.tolist()]
    axes.name_points(ax, x[named].tolist(), y[named].tolist(), names, areas[: len(named)].tolist())
    what = "covariate patterns" if result.by == "pattern" else "rows"
    parts = [
        sentence(
            f"Areas as {{area}}; the most influential {what} are named. Dotted: {{line}}, a rule of thumb.",
            area="Cook's distance" if leverage else "Δβ",
            line="twice the mean leverage" if leverage else "ΔX² = 4",
        )
    ]
    if len(drawn) < len(order):
        parts.append(sentence("The {k} most influential of {n}.", k=MOST_CIRCLES, n=len(order)))
    axes.caption(ax, joined(parts))
    return ax
