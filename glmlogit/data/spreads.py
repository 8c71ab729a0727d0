"""How far values of the observations are from each other: the size of a step of a variable."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from glmlogit.errors import DataError
from glmlogit.numerics.arrays import mean, quantiles, total

Array = npt.NDArray[np.float64]


def spread(values: Array, counts: Array | None, kind: str) -> float:
    """Interquartile range (``"iqr"``) or standard deviation (``"sd"``, divisor Σcounts − 1) of the observations."""
    if kind == "iqr":
        low, high = quantiles(values, counts, [0.25, 0.75])
        return float(high - low)
    n = total(np.ones(len(values)), counts)
    if not n > 1.0:
        return math.nan
    away = values - mean(values, counts)
    unit = 2.0 ** math.frexp(np.abs(away).max())[1]  # in which squares are within the range of numbers
    return unit * math.sqrt(total((away / unit) ** 2, counts) / (n - 1.0))


def usable_spread(values: Array, counts: Array | None, kind: str, option: str) -> float:
    """The interquartile range or standard deviation as the size of a step; ``option`` is how it was asked for.

    Raises
    ------
    DataError
        Where it is 0, or where the counts are those of one observation at most.
    """
    size = spread(values, counts, kind)
    if math.isnan(size):
        raise DataError(
            f"{option}: the frequency weights sum to {total(np.ones(len(values)), counts):g}, and one observation has "
            f'no standard deviation; if they are inverse probabilities or precisions say so: weight_type="sampling" or '
            f'"precision"'
        )
    if size == 0.0:
        same = (
            "all observations have one value" if kind == "sd" else "the middle half of the observations has one value"
        )
        raise DataError(f"{option} is 0, because {same}; give the size of the difference as a number, such as 10")
    return size
