"""What analyses may know of the maximum of a fit beside its coefficients."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.fitting.maximum import Maximum
from glmlogit.numerics.doubledouble import DD

Array = npt.NDArray[np.float64]


class SolvedModel(Protocol):
    """Linear predictors at the maximum, and numbers of the estimated coefficients (k,) under the names of all."""

    @property
    def certified(self) -> float | None:
        """Digits proved while the estimate was refined; None where it was not."""

    @property
    def likelihood_maximum(self) -> Maximum:
        """The maximum of the likelihood itself: that of separated data, which a penalty hides."""

    def labelled(self, values: Array, name: str) -> pd.Series[float]:
        """Label numbers (k,) of the estimated coefficients; terms without a finite one are NaN."""

    def by_term(self, matrix: Array) -> pd.DataFrame:
        """Label a matrix (k, k) of the estimated coefficients; rows and columns without a finite one are NaN."""

    @property
    def exact_rows(self) -> bool:
        """Whether analyses over rows take refined coefficients in double-double."""

    def linear_predictor(self, X: Array, offset: Array | None = None) -> Array:
        """``Xβ + offset`` (n,) of rows over all columns, to the last digit for a fit that was refined."""

    def predictor_of(self, X: Array, columns: npt.NDArray[np.intp], offset: Array | None) -> DD:
        """``Xβ`` for X (n, c) over the columns at positions ``columns``, plus an offset; double-double if refined."""
