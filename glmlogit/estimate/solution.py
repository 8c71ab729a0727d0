"""What analyses may know of the maximum of a fit beside its coefficients."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from glmlogit.numerics.doubledouble import DD

Array = npt.NDArray[np.float64]


class Solution(Protocol):
    """Linear predictors at the maximum."""

    @property
    def exact_rows(self) -> bool:
        """Whether analyses over rows take refined coefficients in double-double."""

    def linear_predictor(self, X: Array, offset: Array | None = None) -> Array:
        """``Xβ + offset`` (n,) of rows over all columns, to the last digit for a fit that was refined."""

    def predictor_of(self, X: Array, columns: npt.NDArray[np.intp], offset: Array | None) -> DD:
        """``Xβ`` for X (n, c) over the columns at positions ``columns``, plus an offset; double-double if refined."""
