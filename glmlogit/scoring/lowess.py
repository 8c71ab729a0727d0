"""Local linear smoothing (lowess without robust steps)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

# Values of x at which a line is fitted; others lie on straight lines between these.
MOST_POINTS = 200


def lowess(x: Array, y: Array, share: float = 2.0 / 3.0) -> tuple[Array, Array]:
    """Distinct values of x (m,) and the local line through (x, y) (n,) at each.

    Weighted least squares with tricube weights on the nearest ``share`` of the points (Cleveland 1979). Robust steps
    are left out: of an outcome of two values they would delete the rarer one. Where distinct values are many, at
    quantiles of them.
    """
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    values = np.unique(x)
    if len(values) > MOST_POINTS:
        values = np.unique(x[np.linspace(0, len(x) - 1, MOST_POINTS).astype(np.intp)])
    count = min(max(int(share * len(x) + 1e-7), 2), len(x))
    return values, np.array([_at(float(value), x, y, count) for value in values])


def _at(value: float, x: Array, y: Array, count: int) -> float:
    """The local line at one value, of the ``count`` nearest points and those as near."""
    middle = int(np.searchsorted(x, value))
    low, high = max(middle - count, 0), min(middle + count + 1, len(x))
    reach = float(np.partition(np.abs(x[low:high] - value), count - 1)[count - 1])
    first, last = np.searchsorted(x, [value - reach, value + reach], side="left")
    last = np.searchsorted(x, value + reach, side="right")
    near, of = x[first:last], y[first:last]
    if reach <= 0.0:
        return float(of.mean())
    away = np.abs(near - value)
    weight = (1.0 - np.minimum(away / reach, 1.0) ** 3) ** 3
    weight = np.where(away <= 0.001 * reach, 1.0, np.where(away <= 0.999 * reach, weight, 0.0))
    weight /= weight.sum()
    centre = float(weight @ near)
    spread = float(weight @ (near - centre) ** 2)
    mean = float(weight @ of)
    if spread <= (0.001 * float(x[-1] - x[0])) ** 2:
        return mean
    slope = float(weight @ ((near - centre) * of)) / spread
    return mean + slope * (value - centre)
