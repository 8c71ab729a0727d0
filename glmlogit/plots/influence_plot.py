"""The picture of influence: leverage and residual of each case, its size the distance by which it moves the fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from glmlogit.diagnostics.cases import By
from glmlogit.diagnostics.influence import influence
from glmlogit.drawing.sizes import Width
from glmlogit.messages.options import check_choice

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from glmlogit.estimate.estimate import Estimate


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
    return influence(fit, by).plot(ax, against=against, width=width)
