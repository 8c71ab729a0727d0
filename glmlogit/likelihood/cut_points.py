"""Cut points between ordered levels: where their coefficients stand, and where an iteration may begin."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from glmlogit.numerics.row_functions import log_odds

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]


def places_of(names: Sequence[str], constants: Sequence[int], apart: frozenset[str], n_cuts: int) -> Index:
    """Places (K − 1, p) of the coefficients: cut points first, then in the order of the columns one each.

    The columns named in ``apart`` have one for each cut.
    """
    places, following = np.zeros((n_cuts, len(names)), dtype=np.intp), 0
    order = [*constants, *(j for j in range(len(names)) if j not in constants)]
    for j in order:
        count = n_cuts if j in constants or names[j] in apart else 1
        places[:, j] = following + (np.arange(n_cuts) if count > 1 else 0)
        following += count
    return places


def log_odds_of_cuts(totals: Array) -> Array:
    """Log-odds of being above each cut (K − 1,) by the numbers of the levels (K,)."""
    return log_odds(np.cumsum(totals[::-1])[::-1][1:] / totals.sum())


def around(falling: Array, held: Index, values: Array) -> Array:
    """Falling numbers with some held at ``values``, which fall: the others as they are, or moved to stay between."""
    if not len(held):
        return falling
    ends = np.array([values[0] + held[0] + 1.0, *values, values[-1] - (len(falling) - held[-1])])
    between = np.interp(np.arange(len(falling)), [-1, *held, len(falling)], ends)
    low, high = (
        np.searchsorted(held, np.arange(len(falling)), side="left"),
        np.searchsorted(held, np.arange(len(falling)), side="right"),
    )
    bounds = np.array([np.inf, *values, -np.inf])
    keeps = (falling < bounds[low]) & (falling > bounds[high + 1])
    result = np.where(keeps, falling, between)
    result[held] = values
    return result if (np.diff(result) < 0).all() else between
