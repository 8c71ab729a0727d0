"""From statistics to p-values and back: the only place where a tail probability is computed.

Tails come from survival functions, never from ``1 - cdf``, so that they keep their relative accuracy
down to the smallest double.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

Array = npt.NDArray[np.float64]


def normal_quantile(level: float) -> float:
    """Return z with ``P(|Z| <= z) = level`` for a standard normal Z: 1.959963984540054 at 0.95."""
    return float(-special.ndtri((1.0 - level) / 2.0))


def normal_pvalue(z: npt.ArrayLike) -> Array:
    """Two-sided p-value of a standard normal statistic; NaN stays NaN.

    ``erfc(|z|/sqrt(2))`` keeps full relative accuracy until it underflows at ``|z| = 38.5``.
    """
    return np.asarray(special.erfc(np.abs(np.asarray(z, dtype=float)) / np.sqrt(2.0)))


def chi2_pvalue(statistic: npt.ArrayLike, df: npt.ArrayLike) -> Array:
    """Upper tail of the chi-squared distribution; NaN where ``df`` is zero or the statistic NaN."""
    statistic, df = np.asarray(statistic, dtype=float), np.asarray(df, dtype=float)
    with np.errstate(invalid="ignore"):
        return np.where(df > 0, special.chdtrc(df, np.maximum(statistic, 0.0)), np.nan)


# Nodes and weights on [−1, 1]: spectral accuracy over the 20 standard deviations that the range needs.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(160)


def range_pvalue(q: npt.ArrayLike, k: int, df: float = np.inf) -> Array:
    """Upper tail of the range of k independent standard normals over an independent estimate of scale on df.

    Tukey's studentized range: ``k ∫ φ(z)·[Φ(z)^(k−1) − (Φ(z) − Φ(z − q))^(k−1)] dz``, the bracket by ``expm1``: SciPy
    and R subtract the lower tail from 1 and have no p-value below 1e-13. With finite df the mean of that over
    ``q·√(χ²/df)``.
    """
    width = np.abs(np.asarray(q, dtype=np.float64))
    if np.isinf(df):
        return _range_tail(width, k)
    return np.array([_studentized(float(w), k, df) for w in width.ravel()]).reshape(width.shape)


def _range_tail(width: Array, k: int) -> Array:
    width = width[..., None]
    z = width / 2.0 + 10.0 * _NODES
    below = special.ndtr(z)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.minimum(special.ndtr(z - width) / below, 1.0)  # above 1 by rounding at widths below 1e-15
        bracket = below ** (k - 1) * -np.expm1((k - 1) * np.log1p(-share))
    density = np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)
    return np.asarray(
        np.minimum(10.0 * k * np.sum(_WEIGHTS * density * np.where(below > 0, bracket, 0.0), axis=-1), 1.0)
    )


def _studentized(q: float, k: int, df: float) -> float:
    """Mean of the tail over the logarithm w of the scale, whose density is analytic with exponential tails, so that
    the trapezoidal rule converges geometrically; normed by its own sum. From where the density falls below e^-45 times
    any tail that the range has there."""
    if np.isnan(q):
        return np.nan
    reach = (45.0 + min(q * q / 4.0, df * np.log1p(q))) / df
    low, high = -min(np.sqrt(reach) + reach, reach + 0.5), np.log1p(np.sqrt(90.0 / df))
    w = np.arange(low, high, min(0.05, 0.2 / np.sqrt(df)))
    density = np.exp(df * (w - np.expm1(2.0 * w) / 2.0))
    return float(density @ _range_tail(q * np.exp(w), k) / density.sum())


def range_quantile(level: float, k: int, df: float = np.inf) -> float:
    """The value that the studentized range of k independent normals does not exceed with probability ``level``."""
    from scipy.optimize import brentq

    def excess(q: float) -> float:
        return float(range_pvalue(q, k, df)) - (1.0 - level)

    high = 60.0
    while excess(high) > 0.0:  # few degrees of freedom: tails fall as a power
        high *= 8.0
    return float(brentq(excess, 0.0, high, xtol=1e-13, rtol=1e-14))
