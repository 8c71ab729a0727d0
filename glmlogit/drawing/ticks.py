"""Limits of an axis from what is drawn on it, and ticks that read well: 0.5, 1, 2, 5 on log axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from glmlogit.documents.style import decimal_mark
from glmlogit.drawing import axes, sizes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[np.float64]

# Beyond this ratio (or its inverse) an arrow says as much as a marker would.
WIDEST_RATIO = 1000.0
_MARGIN = 0.05  # of the axis, beyond what is drawn
_NEAR = 1e-6  # on the log scale nearer to 1 than ticks can tell


def log_limits(estimates: Array, limits: Array, null: float | None = 1.0) -> tuple[float, float]:
    """Ends of a log axis: with all estimates up to 1,000-fold and limits that are not far off, and no effect."""
    base = _middle(np.log(estimates[(estimates > 0) & np.isfinite(estimates)])) if null is None else math.log(null)
    with np.errstate(divide="ignore", invalid="ignore"):
        shown, ends = np.log(estimates) - base, np.log(limits) - base
    most = math.log(WIDEST_RATIO)
    low, high = (min(side, most) for side in _sides(shown, ends, math.log(8.0)))
    # A line that runs out shall be seen to.
    low, high = (
        max(side, min(side + math.log(2.0), math.log(8.0))) if (ends == end).any() else side
        for side, end in ((low, -np.inf), (high, np.inf))
    )
    if max(low, high) < _NEAR:
        low = high = math.log(2.0)
    margin = _MARGIN * (low + high)
    return math.exp(base - low - margin), math.exp(base + high + margin)


def limits_of(estimates: Array, limits: Array, null: float | None = 0.0) -> tuple[float, float]:
    """Ends of a linear axis: with all estimates and limits that are not far off, and no effect."""
    base = _middle(estimates[np.isfinite(estimates)]) if null is None else null
    halves = np.abs(np.diff(limits, axis=1)).ravel() / 2.0
    finite = halves[np.isfinite(halves)]
    low, high = _sides(estimates - base, limits - base, 4.0 * float(np.median(finite)) if len(finite) else math.inf)
    if max(low, high) <= 0.0:
        low = high = max(abs(base), 1.0) / 2.0
    margin = _MARGIN * (low + high)
    return base - low - margin, base + high + margin


def _middle(values: Array) -> float:
    return float(np.median(values)) if len(values) else 0.0


def _sides(estimates: Array, limits: Array, usual: float) -> tuple[float, float]:
    """How far to go below and above 0: to estimates, and to limits up to twice as far as these or as is usual."""
    sides = []
    for sign in (-1.0, 1.0):
        own, ends = (_furthest(sign * values) for values in (estimates, limits))
        most = max(2.0 * max(_furthest(estimates), _furthest(-estimates)), usual)
        sides.append(max(own, min(ends, most)))
    return sides[0], sides[1]


def _furthest(values: Array) -> float:
    finite = values[np.isfinite(values)]
    return max(float(finite.max()), 0.0) if len(finite) else 0.0


def log_ticks(low: float, high: float) -> list[list[float]]:
    """Plain numbers between two ratios, 1 among them where it lies there: sets from many to few."""
    if high / low < 4.0:
        return [_even(low, high, step) for step in _steps(high - low)]
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    sets = []
    for digits, every in (((1, 2, 5), 1), ((1, 3), 1), ((1,), 1), ((1,), 2), ((1,), 3)):
        marks = [float(f"{d}e{k}") for k in range(first, last + 1) if k % every == 0 for d in digits]
        sets.append([x for x in marks if low <= x <= high])
    return [marks for marks in sets if len(marks) > 1] or [[x for x in (1.0,) if low <= x <= high]]


def _even(low: float, high: float, step: float) -> list[float]:
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(k * step, 12) for k in range(first, last + 1)]


def _steps(span: float) -> list[float]:
    """Steps of 1, 2 and 5 that leave from six numbers to two in a span."""
    decade = 10.0 ** math.floor(math.log10(span))
    steps = [m * decade / 10.0 for m in (1, 2, 5, 10, 20, 50)]
    return [float(f"{step:.3g}") for step in steps if 1.5 <= span / step <= 7.0]


def set_log_ticks(ax: Axes, low: float, high: float, *, up: bool = False) -> None:
    """Let a log axis end at two ratios, with as many plain ticks as its length has room for."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    axis, sets = (ax.yaxis if up else ax.xaxis), log_ticks(low, high)
    mark, size = decimal_mark(), axes.font(ax)
    (ax.set_yscale if up else ax.set_xscale)("log")
    (ax.set_ylim if up else ax.set_xlim)(low, high)

    class Thinned(FixedLocator):
        def __call__(self) -> Any:
            box = ax.get_window_extent()
            room = (box.height if up else box.width) * 72.0 / ax.get_figure(root=True).dpi  # type: ignore[union-attr]
            needs = [(marks, _room(marks, low, high, size, up)) for marks in sets]
            return next(
                (marks for marks, need in needs if need <= room), sets[-1][:1] if len(sets[-1]) < 2 else sets[-1]
            )

    axis.set_major_locator(Thinned(sets[0]))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda x, _: plain(x, mark)))


def _room(marks: Sequence[float], low: float, high: float, size: float, up: bool) -> float:
    """Points that an axis must have for no two labels to meet."""
    wide = [1.6 * size if up else sizes.wide(plain(x), size) + 0.5 * size for x in marks]
    apart = np.diff(np.log(marks)) / math.log(high / low)
    needs = [(a + b) / 2.0 / part for a, b, part in zip(wide, wide[1:], apart, strict=False)]
    return max(needs, default=0.0)


def plain(x: float, mark: str = ".") -> str:
    """A number of a tick, without an exponent."""
    return np.format_float_positional(float(f"{x:.10g}"), trim="-").replace("-", "−").replace(".", mark)


def set_ticks(ax: Axes, low: float, high: float) -> None:
    """Let a linear x axis end at two numbers, with as many ticks as there is room for."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    mark = decimal_mark()
    ax.set_xlim(low, high)
    ax.xaxis.set_major_locator(
        MaxNLocator(int(np.clip(sizes.room_of(ax)[0] / (8 * axes.font(ax)), 2, 6)), steps=[1, 2, 5, 10])
    )
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:.6g}".replace("-", "−").replace(".", mark)))
