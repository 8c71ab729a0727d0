"""How coefficients are arranged: which multiply the columns in each linear predictor, and what tables call them."""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Index = npt.NDArray[np.intp]


class Arrangement(NamedTuple):
    """Positions of the coefficients of the columns for each linear predictor of a row; what the model is called.

    ``keys`` are level of the outcome and column of each coefficient, empty where its label is enough.
    """

    places: tuple[Index, ...]
    keys: tuple[tuple[Hashable, str], ...] = ()
    title: str = "Logistic regression"


def a_column_each(size: int) -> Arrangement:
    """One linear predictor, in which each column has one coefficient."""
    return Arrangement((np.arange(size),))
