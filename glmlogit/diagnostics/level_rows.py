"""Outcomes of several levels beside the probabilities of each: rows that pair up, of any program."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.errors import DataError
from glmlogit.messages.values import first, show
from glmlogit.messages.words import listed, plural
from glmlogit.numerics.arrays import as_float

Array = npt.NDArray[np.float64]


# What rounding to two decimal places leaves of each probability, and what arithmetic leaves of their sum.
ROUNDED, EXACT = 0.005, 1e-6


class LevelRows(NamedTuple):
    """Which of K levels each row has (n,), and the probabilities (n, K) of all of them."""

    codes: npt.NDArray[np.intp]
    p: Array
    levels: list[Hashable]

    def counts(self, weights: Array | None = None) -> Array:
        """Observations (n, K) of each level, in whole rows or by weights (n,)."""
        own = np.zeros(self.p.shape)
        own[np.arange(len(self.codes)), self.codes] = 1.0 if weights is None else weights
        return own


def level_rows(y: Any, p: Any, levels: Sequence[Any] | None = None, *, rounded: bool = True) -> LevelRows:
    """Rows of outcomes ``y`` (n,) and probabilities ``p`` (n, K), whose columns are those of a table or ``levels``.

    Without either they are the categories of ``y``, or its values as sorted.

    Raises
    ------
    DataError
        Where levels and columns do not pair up, probabilities are missing or outside 0 to 1, or do not add up to 1:
        but for two decimal places where they may be ``rounded``.
    """
    labels = y if isinstance(y, pd.Series) else pd.Series(y)
    if isinstance(p, pd.DataFrame):
        names = list(p.columns) if levels is None else list(levels)
        table = p.to_numpy()
    else:
        table = np.asarray(p)
        categories = (
            labels.cat.categories if isinstance(labels.dtype, pd.CategoricalDtype) else sorted(pd.unique(labels))
        )
        names = list(categories if levels is None else levels)
    if table.ndim != 2 or table.shape != (len(labels), len(names)):
        raise DataError(
            f"p has shape {table.shape}; with {plural(len(labels), 'row')} of y and the classes {listed(names, 5)} "
            f"it must be ({len(labels)}, {len(names)}); name the classes of its columns: levels="
        )
    unknown = ~labels.isin(names).to_numpy()
    if unknown.any():
        raise DataError(f"y has {show(labels[unknown].iloc[0])} in {first(np.flatnonzero(unknown))}, no column of p")
    values = np.column_stack([as_float(table[:, k], f"p of {names[k]}") for k in range(len(names))])
    bad = ~((values >= 0) & (values <= 1)).all(axis=1)
    if bad.any():
        raise DataError(f"p is missing or outside 0 to 1 in {first(np.flatnonzero(bad))}; drop or correct these rows")
    sums = values.sum(axis=1)
    off = np.abs(sums - 1.0) > (ROUNDED * len(names) if rounded else EXACT)
    if off.any():
        raise DataError(
            f"p adds up to {sums[off][0]:.7g} in {first(np.flatnonzero(off))}, and those of all classes add up to 1; "
            f"give each class a column of its own, as predicted and not rounded, or divide every row by its sum"
        )
    return LevelRows(pd.Index(names).get_indexer(pd.Index(labels)), values, names)
