"""From measures of refits to what is left of apparent ones: the optimism bootstrap and the .632+ rule."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


class Corrected(NamedTuple):
    """Apparent measures (m,), their optimism and what is left; replicates without a value are left out of means."""

    apparent: Array
    optimism: Array
    corrected: Array


def mean_of(values: Array) -> Array:
    """Means (m,) over replicates (b, m) that have a value, infinite ones too; NaN where none has."""
    present = ~np.isnan(values)
    count = present.sum(axis=0)
    total = np.where(present, values, 0.0).sum(axis=0)
    return np.asarray(np.divide(total, count, out=np.full(values.shape[1], np.nan), where=count > 0))


def paired(training: Array, test: Array) -> tuple[Array, Array]:
    """Measures (b, m) of replicates, NaN where one of a pair has no value."""
    lost = np.isnan(training) | np.isnan(test)
    return np.where(lost, np.nan, training), np.where(lost, np.nan, test)


def corrected(apparent: Array, training: Array, test: Array) -> Corrected:
    """Apparent measures less the mean of training − test over replicates (b, m) (Harrell 2015, §5.3.4)."""
    optimism = mean_of(training - test)
    return Corrected(apparent, optimism, apparent - optimism)


def weighed(apparent: Array, left_out: Array, no_information: Array) -> Corrected:
    """The .632+ rule of measures (m,) in rows that samples left out (Efron & Tibshirani 1997, eqs. 28 to 32)."""
    away, full = apparent - left_out, apparent - no_information
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.clip(np.where(full == 0.0, np.where(away == 0.0, 0.0, 1.0), away / full), 0.0, 1.0)
    weight = 0.632 / (1.0 - 0.368 * rate)
    beyond = (left_out - no_information) * np.sign(full) < 0  # worse than no information
    honest = np.where(beyond, no_information, left_out)
    value = (1.0 - weight) * apparent + weight * honest
    return Corrected(apparent, apparent - value, value)


def shifted_limits(training: Array, optimism: Array, level: float) -> tuple[Array, Array]:
    """Percentiles of measures of refits in their own samples (b, m), moved by the optimism (Noma and others 2021).

    NaN where they do not vary, as of what score equations fix, and where the optimism is infinite.
    """
    low, high = np.full(training.shape[1], np.nan), np.full(training.shape[1], np.nan)
    for j, column in enumerate(training.T):
        finite = column[np.isfinite(column)]
        varied = len(finite) > 1 and finite.max() - finite.min() > 1e-9 * np.abs(finite).max()
        if varied and np.isfinite(optimism[j]):
            low[j], high[j] = np.quantile(finite, [(1.0 - level) / 2.0, (1.0 + level) / 2.0]) - optimism[j]
    return low, high
