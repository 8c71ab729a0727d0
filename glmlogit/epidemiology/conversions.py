"""What conversions of odds ratios share: arguments paired and checked, and the terms of p' = p·r/(1 − p + p·r)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.errors import DataError
from glmlogit.numerics.arrays import as_float, same_index

Array = npt.NDArray[np.float64]


def weights(ratio: Array, p: Array) -> tuple[Array, Array, Array]:
    """``1 − p``, ``r/m`` and ``(1 − p + p·r)/m`` with m = max(r, 1), all finite for an infinite ratio."""
    q, shrunk = 1.0 - p, np.minimum(ratio, 1.0)
    return q, shrunk, q / np.maximum(ratio, 1.0) + p * shrunk


# --- what is given --------------------------------------------------------------------------------
def rows(named: dict[str, Any], conf: Any) -> tuple[pd.Index | None, list[Array], list[Array]]:
    """Arrays of one length of the first (a ratio), the others and its limits, and the index of a Series."""
    low, high = (np.nan, np.nan) if conf is None else _pair(conf)
    every = {**named, "conf_low": low, "conf_high": high}
    index = same_index(list(every.items()))
    columns = {name: as_float(np.atleast_1d(value), name) for name, value in every.items()}
    lengths = {name: column.shape for name, column in columns.items() if column.shape != (1,)}
    if len(set(lengths.values())) > 1 or any(len(shape) != 1 for shape in lengths.values()):
        shapes = ", ".join(f"{name} {shape}" for name, shape in lengths.items())
        raise DataError(f"shapes do not pair up: {shapes}. Give numbers, or one-dimensional arrays of one length")
    ratio, *others, lower, upper = np.broadcast_arrays(*columns.values())
    _require_ratio(next(iter(named)), ratio, lower, upper)
    return (index if index is not None and len(index) == len(ratio) else None), [ratio, *others], [lower, upper]


def _pair(conf: Any) -> tuple[Any, Any]:
    if not isinstance(conf, (tuple, list, np.ndarray)) or len(conf) != 2:
        raise DataError(f"conf={conf!r} is no pair of limits; give (low, high)")
    return conf[0], conf[1]


def _require_ratio(name: str, ratio: Array, low: Array, high: Array) -> None:
    for what, values in ((name, ratio), ("conf_low", low), ("conf_high", high)):
        if (values < 0).any():
            raise DataError(
                f"{what} is {values[values < 0][0]:g}, and a ratio is never negative; a coefficient (log-odds) "
                f"becomes a ratio by numpy.exp"
            )
    outside = (low > ratio) | (high < ratio)
    if outside.any():
        j = int(np.flatnonzero(outside)[0])
        raise DataError(
            f"the limits ({low[j]:g}, {high[j]:g}) do not enclose the {name.replace('_', ' ')} {ratio[j]:g}; give "
            f"them as (low, high) on the same scale"
        )


def require_probability(values: Array) -> None:
    """Refuse baseline risks (n,) that do not lie in [0, 1]."""
    bad = ~((values >= 0) & (values <= 1))
    if bad.any():
        value = values[bad][0]
        hint = f"; for {value:g} % write {value / 100:g}" if 1 < value <= 100 else ""
        raise DataError(f"baseline={value:g} is no probability; give numbers from 0 to 1{hint}")
