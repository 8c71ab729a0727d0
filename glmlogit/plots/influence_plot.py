"""The picture of influence: leverage and residual of each case, its size the distance by which it moves the fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from glmlogit.diagnostics.cases import By
from glmlogit.diagnostics.influence import influence
from glmlogit.documents.style import say
from glmlogit.drawing import axes
from glmlogit.drawing.sizes import Width
from glmlogit.errors import UnsupportedError
from glmlogit.messages.options import check_choice
from glmlogit.messages.words import written

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from glmlogit.estimate.estimate import Estimate

# Area in points squared of the largest circle; cases that are named; circles that are drawn.
LARGEST, NAMED, MOST_CIRCLES = 240.0, 4, 3_000


def influence_plot(
    fit: Estimate,
    by: By = "row",
    *,
    against: Literal["leverage", "probability"] = "leverage",
    ax: Axes | None = None,
    width: Width | None = None,
) -> Axes:
    """Studentised residuals against leverages, areas as Cook's distance; or ΔX² against probabilities, areas as Δβ."""
    check_choice("against", against, ("leverage", "probability"))
    result = influence(fit, by)
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
    what = "covariate patterns" if by == "pattern" else "rows"
    area = "Cook's distance" if leverage else "Δβ"
    line = "twice the mean leverage" if leverage else "ΔX² = 4"
    cut = "" if len(drawn) == len(order) else f" The {MOST_CIRCLES:,} most influential of {len(order):,}."
    axes.caption(ax, f"Areas as {area}; the most influential {what} are named. Dotted: {line}, a rule of thumb.{cut}")
    return ax
