"""Likelihoods of whole models: null, fitted, and the deviance against a parameter per row."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from glmlogit.data.rows import RowBlock
from glmlogit.data.storage import Dense
from glmlogit.designs.container import Design
from glmlogit.estimate.solved import Solved
from glmlogit.fitting.certify import linear_predictor
from glmlogit.fitting.control import Control
from glmlogit.fitting.maximise import maximise
from glmlogit.formula.columns import ArrayColumns
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.numerics import kernels, row_functions
from glmlogit.numerics.doubledouble import DD


def loglik(solved: Solved) -> float:
    """Log-likelihood kernel at an estimate, without its penalty; the supremum under separation."""
    if solved.plain:
        return solved.maximum.value
    return solved.maximum.limiting.evaluate(solved.maximum.beta).value


def null_loglik(design: Design, *, intercept: bool) -> float:
    """Log-likelihood kernel with only the offset and, if asked, a constant."""
    events, nonevents = design.event_totals
    if design.offset is None and intercept:
        total = events + nonevents
        return float(sum(count * math.log(count / total) for count in (events, nonevents) if count > 0))
    rows, columns = design.collapsed, ArrayColumns(("Intercept",), True, 0)
    alone = replace(rows, matrix=Dense(np.ones((rows.n_rows, 1))), magnitude=np.ones(1), columns=columns)
    if not intercept:
        return BinaryLogit(alone).evaluate(np.zeros(1)).value
    maximum = maximise(BinaryLogit(alone), None, Control())
    return maximum.value if maximum.reached else math.nan


def deviance(design: Design, beta: DD, llf: float) -> float:
    """Deviance against the model with a parameter per row; twice −llf where rows are single trials."""
    if design.trials is None:
        return -2.0 * llf + 0.0  # never −0.0
    parts = [_block_deviance(block, beta) for block in design.blocks()]
    return math.fsum(part for both in parts for part in both)


def _block_deviance(block: RowBlock, beta: DD) -> tuple[float, float]:
    """Deviance at the linear predictor rounded once, and its change over what rounding left."""
    eta = linear_predictor(block.X, beta, block.offset)
    residual = kernels.row_sums(eta.hi, block.events, block.nonevents).residual
    change = np.where(residual != 0, residual * eta.lo, 0.0)
    return float(row_functions.deviance_rows(eta.hi, block.events, block.nonevents).sum()), -2.0 * float(change.sum())


def saturated(design: Design) -> float:
    """Log-likelihood of the model with a parameter per row, binomial coefficients included as in R."""
    if design.trials is None:
        return 0.0
    terms = row_functions.saturated_loglik(design.trials, design.y)
    return math.fsum(terms if design.weights is None else terms * design.weights)
