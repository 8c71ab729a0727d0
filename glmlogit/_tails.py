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


def range_pvalue(q: npt.ArrayLike, k: int) -> Array:
    """Upper tail of the range of k independent standard normals (Tukey's studentized range, infinite df).

    ``k ∫ φ(z)·[Φ(z)^(k−1) − (Φ(z) − Φ(z − q))^(k−1)] dz``, the bracket by ``expm1``: SciPy and R subtract the
    lower tail from 1 and have no p-value below 1e-13.
    """
    width = np.abs(np.asarray(q, dtype=np.float64))[..., None]
    z = width / 2.0 + 10.0 * _NODES
    below = special.ndtr(z)
    with np.errstate(divide="ignore", invalid="ignore"):
        bracket = below ** (k - 1) * -np.expm1((k - 1) * np.log1p(-special.ndtr(z - width) / below))
    density = np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)
    return np.asarray(
        np.minimum(10.0 * k * np.sum(_WEIGHTS * density * np.where(below > 0, bracket, 0.0), axis=-1), 1.0)
    )


def range_quantile(level: float, k: int) -> float:
    """The value that the range of k independent standard normals does not exceed with probability ``level``."""
    from scipy.optimize import brentq

    return float(brentq(lambda q: float(range_pvalue(q, k)) - (1.0 - level), 0.0, 60.0, xtol=1e-13, rtol=1e-14))
