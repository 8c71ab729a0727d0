"""What is known of a penalised estimate beside its coefficients: the penalty, and what proves the maximum."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Shrinkage:
    """The penalty of an estimate on glmnet's scale, and the certificate of its maximum.

    Attributes
    ----------
    penalty, l1_ratio : float
        λ and the share of the lasso.
    C : float
        scikit-learn's: 1/(λ Σ weights); the same problem there only where columns have ``scale`` 1.
    scale : ndarray (p,)
        What columns were divided by before they were penalised, 1 where nothing.
    factors : ndarray (p,)
        Penalty factors as they were applied, rescaled to sum to the number of penalised columns; 0 of the intercept.
    gap : float
        The objective, per observation, is above the least one by this much at most.
    kkt : float
        Largest violation of the conditions of a maximum, as a share of λ.
    unique : bool or None
        Whether no other solution is as good; None where columns are too many to say.
    df_selected : float or None
        Effective number of the coefficients that a lasso or elastic net selected; None for ridge.
    """

    penalty: float
    l1_ratio: float
    C: float
    scale: Array
    factors: Array
    gap: float = math.nan
    kkt: float = math.nan
    unique: bool | None = True
    df_selected: float | None = None

    @property
    def effective_penalties(self) -> Array:
        """λ times its factor for each coefficient (p,): what a rescaling of factors makes of λ."""
        return self.penalty * self.factors
