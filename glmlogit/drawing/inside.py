"""Axes that keep their text inside: made smaller when drawn, until labels, legends and captions have room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from glmlogit.drawing import sizes
from glmlogit.drawing.sizes import Part

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation
    from matplotlib.transforms import Bbox

# Times that Axes are made smaller: what is wrapped anew may need another line.
ROUNDS = 4
LEAST_SHARE = 0.1  # of its part of the figure that Axes keep
EDGE = 2.0  # points between text and the edge
SHORTEST_LINE = 150.0  # points of a caption's lines, where there is room


_LEGEND_PAD = 4.0  # pixels between a legend and its anchor


class Inside:
    """An Axes locator of matplotlib: says where Axes stand, so that what belongs to them stays in their part.

    That is the whole canvas where a layout engine places Axes. ``size`` is that of the text in points, ``words`` the
    caption before it is wrapped.
    """

    def __init__(self, ax: Axes, size: float) -> None:
        self.axes, self.size = ax, size
        self.words = ""
        self.legend_above = False
        self._inner = ax.get_axes_locator()
        self._caption: Annotation | None = None
        self._trial: Bbox | None = None
        self._last: tuple[tuple[float, ...], Bbox] | None = None

    def get_subplotspec(self) -> Any:
        """The place in a grid, for matplotlib's layouts."""
        return self.axes.get_subplotspec()

    @property
    def said(self) -> bool:
        """Whether the Axes have a caption."""
        return self._caption is not None and self._caption in self.axes.texts

    def say(self, caption: Annotation, words: str) -> None:
        """Wrap ``words`` below the Axes."""
        if self._caption is not None and self.said:
            self._caption.remove()
        self._caption, self.words = caption, words

    def __call__(self, ax: Any, renderer: Any) -> Bbox:
        """Where the Axes stand, in fractions of the figure."""
        if self._trial is not None:
            return self._trial
        place: Any = ax.get_position(original=True) if self._inner is None else self._inner(ax, renderer)
        limits = self._limits()
        # What was found at the last draw is where to begin: mostly nothing has changed.
        key = (*place.bounds, *limits)
        self._trial = self._last[1] if self._last is not None and self._last[0] == key else place.frozen()
        try:
            for _ in range(ROUNDS):
                if not self._moved(
                    ax.get_figure(root=True)._get_renderer() if renderer is None else renderer, place, limits
                ):
                    break
            self._last = (key, self._trial)
            return self._trial
        finally:
            self._trial = None

    def _moved(self, renderer: Any, place: Bbox, limits: Part) -> bool:
        """Move the sides of the Axes by what is outside, back by what is free; say whether that is a pixel."""
        from matplotlib.transforms import Bbox

        box, trial, figure = self._box(renderer, limits), self._trial, self.axes.figure.bbox
        if box is None or trial is None:
            return False
        (wide, high), (x, y) = figure.size, place.size
        x0 = max(place.x0, trial.x0 + (limits[0] - box.x0) / wide)
        y0 = max(place.y0, trial.y0 + (limits[1] - box.y0) / high)
        x1 = min(place.x1, trial.x1 + (limits[2] - box.x1) / wide)
        y1 = min(place.y1, trial.y1 + (limits[3] - box.y1) / high)
        x0, x1 = _apart(x0, x1, min(LEAST_SHARE * (limits[2] - limits[0]) / wide, x))
        y0, y1 = _apart(y0, y1, min(LEAST_SHARE * (limits[3] - limits[1]) / high, y))
        self._trial = Bbox.from_extents(x0, y0, x1, y1)
        moved = np.subtract(self._trial.extents, trial.extents) * (wide, high, wide, high)
        return bool(np.abs(moved).max() > 0.5)

    def _limits(self) -> Part:
        """Where text may be, in pixels."""
        from matplotlib.layout_engine import ConstrainedLayoutEngine, TightLayoutEngine

        figure: Any = self.axes.figure
        root: Any = self.axes.get_figure(root=True)
        edge = EDGE * root.dpi / 72.0
        if isinstance(root.get_layout_engine(), (ConstrainedLayoutEngine, TightLayoutEngine)):
            return edge, edge, root.bbox.width - edge, root.bbox.height - edge
        left, foot, right, head = sizes.part_of(self.axes)
        (x0, y0), (x1, y1) = figure.transSubfigure.transform([(left, foot), (right, head)])
        return x0 + edge, y0 + edge, x1 - edge, y1 - edge

    def _box(self, renderer: Any, limits: Part) -> Bbox | None:
        """All that belongs to the Axes, in pixels; the caption wrapped to the width of the others, from their left."""
        from matplotlib.transforms import Bbox

        self._place_legend(renderer, limits)
        caption = self._caption
        if caption is None or not self.said:
            return self.axes.get_tightbbox(renderer)
        caption.set_in_layout(False)
        box = self.axes.get_tightbbox(renderer)
        caption.set_in_layout(True)
        if box is None:
            return None
        points = 72.0 / self.axes.get_figure(root=True).dpi  # type: ignore[union-attr]
        left = max(box.x0, limits[0])
        right = min(max(box.x1, left + SHORTEST_LINE / points), limits[2])
        size = float(caption.get_fontsize())
        caption.set_text(sizes.wrapped(self.words, max((right - left) * points, 20.0), size, hard=True))
        caption.xyann = ((left - self.axes.bbox.x0) * points, -4)
        return Bbox.union([box, caption.get_window_extent(renderer)])

    def _place_legend(self, renderer: Any, limits: Part) -> None:
        """Move a legend above the Axes to the left, as far as it would be beyond the right end."""
        legend: Any = self.axes.get_legend()
        if not self.legend_above or legend is None:
            return
        box, wide = self.axes.bbox, legend.get_window_extent(renderer).width
        beyond = max(0.0, box.x0 + wide + _LEGEND_PAD - limits[2])
        legend.set_bbox_to_anchor((-beyond / box.width, 1.0), transform=self.axes.transAxes)


def _apart(low: float, high: float, least: float) -> tuple[float, float]:
    """Ends at least so far apart."""
    if high - low >= least:
        return low, high
    middle = min(max((low + high) / 2, least / 2), 1 - least / 2)
    return middle - least / 2, middle + least / 2


def inside(ax: Axes) -> Inside | None:
    """What keeps the text of Axes inside, where it is there."""
    locator = ax.get_axes_locator()
    return locator if isinstance(locator, Inside) else None
