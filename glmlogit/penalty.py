"""Penalties: log prior densities of the coefficients, each one more evaluation to add."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from glmlogit._linalg import Information
from glmlogit.objective import Evaluation, Objective

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Ridge:
    """``−½ Σ λ_j β_j²`` on the log-likelihood's own scale; λ_j = 0 leaves a coefficient free.

    Source: Hoerl & Kennard 1970; le Cessie & van Houwelingen 1992 for the logit model. glmnet's λ is
    this one divided by the number of observations.
    """

    strength: Array

    def evaluate(self, objective: Objective, beta: Array, at: Evaluation, *, root: bool) -> Evaluation:
        """Evaluation of the penalty alone; it depends on β only."""
        ones = np.ones(len(beta))
        info = (
            Information(ones, root=np.diag(np.sqrt(self.strength)))
            if root
            else Information(ones, matrix=np.diag(self.strength))
        )
        shrunk = self.strength * beta
        return Evaluation(-0.5 * float(shrunk @ beta), -shrunk, info)
