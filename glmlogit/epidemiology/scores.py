"""Scores of the levels of an exposure: where they stand on a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.errors import DataError
from glmlogit.messages.values import show
from glmlogit.messages.words import listed

Array = npt.NDArray[np.float64]


def scores_given(scores: Any, levels: Sequence[Any]) -> Array:
    """Scores (k,) of the levels from a sequence in their order, or a mapping or Series by level."""
    if isinstance(scores, Mapping | pd.Series):
        absent = [value for value in levels if value not in scores]
        if absent:
            raise DataError(f"scores have none for the level {show(absent[0])}; give one for each of {listed(levels)}")
        scores = [scores[value] for value in levels]
    try:
        values = np.array([float(x) for x in scores])
    except (TypeError, ValueError):
        raise DataError(f"scores={scores!r}: give a number for each level") from None
    if len(values) != len(levels) or not np.isfinite(values).all():
        raise DataError(f"scores are {len(values)} numbers for {len(levels)} levels; give a finite one for each level")
    if np.ptp(values) == 0:
        raise DataError("all scores are equal; a trend needs levels that differ")
    return values
