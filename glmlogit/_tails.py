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
