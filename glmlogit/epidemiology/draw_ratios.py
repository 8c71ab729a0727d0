"""Pictures of ratios: a mark with its limits a row, on a log axis, with the numbers beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from glmlogit.documents import formatting
from glmlogit.documents.style import interval_head, joined_limits, reference_text, say
from glmlogit.drawing import forest
from glmlogit.drawing.sizes import Width

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[np.float64]


def draw_ratios(
    labels: Sequence[str],
    numbers: Array,
    level: float,
    ax: Axes | None,
    width: Width | None,
    *,
    what: str = "Odds ratio",
    reference: str = "",
) -> Axes:
    """Draw ratios with their limits (k, 3); ``reference`` is the label of a level whose ratio is 1, put first."""
    texts = [_text(row) for row in np.asarray(numbers, dtype=float).tolist()]
    drawn = forest.single(
        labels, numbers, texts, f"{say(what)} {interval_head(level)}", say(f"{what} (log scale)"), log=True, null=1.0
    )
    if reference:
        first = forest.DrawnLine(reference, {"": forest.Mark(1.0, texts=(reference_text(),), hollow=True)})
        drawn = forest.Forest([first, *drawn.lines], drawn.series, drawn.label, texts=drawn.texts)
    return forest.draw(drawn, ax, 6.4, width)


def _text(row: Sequence[float]) -> str:
    if row[0] != row[0]:
        return say("not estimable")
    ratio, low, high = formatting.ratio_in_picture(*row)
    return f"{ratio} {joined_limits(low, high)}"
