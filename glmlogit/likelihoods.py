"""Likelihoods of whole models: null, fitted, and the deviance against a parameter per row."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from glmlogit import _kernels
from glmlogit.designs import ArrayColumns, Design
from glmlogit.maximum import maximise
from glmlogit.objective import BinaryLogit
from glmlogit.solve import Control

if TYPE_CHECKING:
    from glmlogit.fit import Fit

Array = npt.NDArray[np.float64]


def loglik(fit: Fit) -> float:
    """Log-likelihood kernel of a fit, without its penalty; the supremum under separation."""
    if fit.penalty is None and not fit.adjusted:
        return fit.maximum.llf
    return BinaryLogit(fit.maximum.rows).evaluate(fit.maximum.beta).llf


def null_loglik(design: Design, *, intercept: bool) -> float:
    """Log-likelihood kernel with only the offset and, if asked, a constant."""
    events, nonevents = design.event_totals()
    if design.offset is None and intercept:
        total = events + nonevents
        return float(sum(count * math.log(count / total) for count in (events, nonevents) if count > 0))
    ones = np.ones((design.n_rows, 1))
    alone = replace(design, X=ones, magnitude=np.ones(1), columns=ArrayColumns(("Intercept",), True))
    if not intercept:
        return BinaryLogit(alone).evaluate(np.zeros(1)).llf
    return maximise(alone, Control()).llf


def deviance(design: Design, beta: Array, llf: float) -> float:
    """Deviance against the model with a parameter per row; twice −llf where rows are single trials."""
    if design.trials is None:
        return -2.0 * llf
    parts = (_kernels.deviance_rows(b.eta(beta), b.events, b.nonevents).sum() for b in design.blocks())
    return math.fsum(float(part) for part in parts)
