"""Smooth shares of events along probabilities: local regression, a spline; how far they are from the diagonal."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.formula.splines import tail
from glmlogit.numerics import kernels
from glmlogit.numerics.arrays import quantiles
from glmlogit.scoring.logistic_lines import cox, maximised

Array = npt.NDArray[np.float64]

# Values whose moments are taken together.
_NEIGHBOURS = 64
_HALVINGS = 64
# What a local polynomial has left of a term below which the term is one of rounding.
_NEGLIGIBLE = 1e-12


def loess(p: Array, share: Array, counts: Array, span: float = 0.75) -> Array:
    """Local quadratic regression of shares on rising distinct p (k,), at these, by tricube weights of the nearest.

    Cleveland & Devlin 1988, evaluated directly at every value (R: ``surface = "direct"``); ``span`` of all observations
    are near, ``counts`` (k,) of them at each value.
    """
    number = math.floor(float(counts.sum()) * span + 1e-5)
    widths = _widths(p, counts, number)
    parts = (slice(start, start + _NEIGHBOURS) for start in range(0, len(p), _NEIGHBOURS))
    return np.concatenate([_local(part, p, share, counts, widths[part]) for part in parts])


def _local(part: slice, p: Array, share: Array, counts: Array, widths: Array) -> Array:
    """Values at neighbouring p (m,): moments about their middle are one product of matrices, and lose no digits."""
    at, unit = p[part], float(widths.max())
    if unit == 0.0:
        return share[part]
    near = slice(*np.searchsorted(p, [at[0] - unit, at[-1] + unit * (1.0 + 1e-9)]))
    middle = 0.5 * (at[0] + at[-1])
    with np.errstate(divide="ignore", invalid="ignore"):  # as many observations at one value as are near
        t = np.abs(p[None, near] - at[:, None]) / widths[:, None]
    weights = np.maximum(1.0 - t * t * t, 0.0)
    weights = np.where(np.isnan(weights), 1.0, weights * weights * weights)
    powers = ((p[near] - middle) / unit)[:, None] ** np.arange(5)
    moments = weights @ (powers * counts[near, None])
    products = weights @ (powers[:, :3] * (counts * share)[near, None])
    return _quadratic(moments, products, (at - middle) / unit)


def _quadratic(moments: Array, products: Array, at: Array) -> Array:
    """Values of weighted quadratics at ``at`` (m,), from moments (m, 5) of u and products (m, 3) with y about 0.

    By polynomials that are orthogonal in the weights: what has nothing left beside lower ones is left out.
    """
    total = moments[:, 0]
    mean = moments[:, 1] / total
    m = _central(moments, mean)
    y = _central(products, mean)
    off, unit = at - mean, m[:, 2] / total
    lean = _ratio(m[:, 3], m[:, 2], _NEGLIGIBLE * moments[:, 0])
    norm = m[:, 4] - lean * m[:, 3] - unit * m[:, 2]
    slope = _ratio(y[:, 1], m[:, 2], _NEGLIGIBLE * moments[:, 0])
    curved = _ratio(y[:, 2] - lean * y[:, 1] - unit * y[:, 0], norm, _NEGLIGIBLE * m[:, 4])
    return np.asarray(y[:, 0] / total + slope * off + curved * (off * off - lean * off - unit))


def _central(moments: Array, mean: Array) -> Array:
    """Moments (m, k) about a mean (m,), from those about 0."""
    result = np.empty_like(moments)
    for k in range(moments.shape[1]):
        terms = (math.comb(k, j) * moments[:, j] * (-mean) ** (k - j) for j in range(k + 1))
        result[:, k] = sum(terms, np.zeros(len(mean)))
    return result


def _ratio(above: Array, below: Array, least: Array) -> Array:
    return np.divide(above, below, out=np.zeros_like(above), where=below > least)


def _widths(p: Array, counts: Array, number: float) -> Array:
    """How far the observation of that number is from each of the rising p (k,), by bisection; exact at the end."""
    reached = np.append(0.0, np.cumsum(counts))
    low, high = np.zeros(len(p)), np.full(len(p), float(p[-1] - p[0]) * (1.0 + 1e-9))

    def ends(width: Array) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        return np.searchsorted(p, p - width, side="left"), np.searchsorted(p, p + width, side="right")

    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        left, right = ends(middle)
        enough = reached[right] - reached[left] >= number - 1e-9
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    left, right = ends(high)
    return np.asarray(np.maximum(p - p[left], p[right - 1] - p))


def lowess(x: Array, y: Array, f: float = 2.0 / 3.0) -> Array:
    """Locally linear regression (n,) on x in rising order, by tricube weights of the nearest share ``f`` of rows.

    Cleveland 1979 without robust iterations. Values no further apart than a hundredth of the range of x are not fitted
    by themselves but interpolated, as R's ``lowess`` does.
    """
    n, fitted = len(x), np.empty(len(x))
    near = min(max(int(f * n + 1e-7), 2), n)
    reach, delta = float(x[-1] - x[0]), 0.01 * float(x[-1] - x[0])
    left, last, i = 0, -1, 0
    while True:
        while left + near < n and x[i] - x[left] > x[left + near] - x[i]:
            left += 1
        fitted[i] = _local_line(x, y, i, left, left + near - 1, reach)
        if last >= 0 and last < i - 1:
            fitted[last + 1 : i] = np.interp(x[last + 1 : i], [x[last], x[i]], [fitted[last], fitted[i]])
        last = i
        if last >= n - 1:
            return fitted
        beyond = np.flatnonzero(x[last + 1 :] > x[last] + delta)
        end = last + 1 + int(beyond[0]) if len(beyond) else n
        same = np.flatnonzero(x[last + 1 : end] == x[last])
        if len(same):
            fitted[last + 1 + same] = fitted[last]
            last = int(last + 1 + same[-1])
        i = max(last + 1, end - 1)
        if last >= n - 1:
            return fitted


def _local_line(x: Array, y: Array, i: int, left: int, right: int, reach: float) -> float:
    """Value at x[i] of the line through rows near it; rows tied with the furthest join."""
    at = x[i]
    width = max(at - x[left], x[right] - at)
    part = slice(left, int(np.searchsorted(x, at + 0.999 * width, side="right")) if width > 0 else right + 1)
    away = np.abs(x[part] - at)
    weights = np.where(away <= 0.001 * width, 1.0, np.where(away <= 0.999 * width, _tricube(away, width), 0.0))
    if not weights.sum() > 0:
        return float(y[i])
    weights = weights / weights.sum()
    mean = float(weights @ x[part])
    spread = math.sqrt(float(weights @ (x[part] - mean) ** 2))
    if spread > 0.001 * reach:
        weights = weights * (1.0 + (at - mean) / spread**2 * (x[part] - mean))
    return float(weights @ y[part])


def _tricube(away: Array, width: float) -> Array:
    return np.asarray((1.0 - (away / width) ** 3) ** 3)


def spline(p: Array, eta: Array, a: Array, b: Array) -> Array:
    """Shares of events along rising log-odds η (k,): a restricted cubic spline of three knots, by maximum likelihood.

    Knots at the 10th, 50th and 90th percentile of the observations (Harrell 2015, §2.4.6); straight in η where they
    are not three, or outcomes are separated by it.
    """
    knots = np.unique(quantiles(eta, a + b, [0.1, 0.5, 0.9]))
    line = cox(a, b, eta)
    if line.slope_reason:
        return np.full(len(p), np.nan)
    if len(knots) < 3:
        return kernels.tails(line.intercept + line.slope * eta)[0]
    bend = tail(eta, knots, 0)
    middle, size = float(eta.mean()), float(np.abs(bend).max())
    columns = np.column_stack([np.ones(len(eta)), eta - middle, bend / size])
    start = np.array([line.intercept + line.slope * middle, line.slope, 0.0])
    return kernels.tails(columns @ maximised(columns, a, b, None, start).beta)[0]


class Distances(NamedTuple):
    """Mean, median, 90 % point and largest distance of probabilities from a smooth curve (Austin & Steyerberg 2019)."""

    ici: float
    e50: float
    e90: float
    emax: float


def distances(p: Array, curve: Array, counts: Array) -> Distances:
    """Distances of p (k,) from a curve at p, over the observations, ``counts`` (k,) each."""
    away = np.abs(p - curve)
    e50, e90 = quantiles(away, counts, [0.5, 0.9])
    return Distances(float(counts @ away / counts.sum()), float(e50), float(e90), float(away.max()))
