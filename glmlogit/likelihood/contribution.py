"""What rows add to score and information, the form in which sandwiches and influence ask for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.data.rows import RowBlock

Array = npt.NDArray[np.float64]

# Linear predictors (m,) of columns X (m, p) and an offset.
Predictor = Callable[[Array, "Array | None"], Array]


class Contribution(NamedTuple):
    """What a block of rows adds to score and information at some β, weights in all of it.

    Score ``Σ residual·direction`` and information ``Σ weight·direction direction'``. A row has one direction, its
    columns, in a model of one linear predictor: ``residual`` and ``weight`` are (m,), ``directions`` (m, q). In others
    it has several, and all have an axis (s,) of them in front.
    """

    rows: slice
    block: RowBlock
    eta: Array
    residual: Array
    weight: Array
    directions: Array
