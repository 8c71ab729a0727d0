"""A model fitted again to other counts of its rows, with all that its formula learned from them learned anew."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.data.storage import Dense, blocks
from glmlogit.designs.container import Design
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.estimate.combinations import breaks_alias, limits_of
from glmlogit.fitting.maximise import maximise
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.likelihood.objective import Likelihood
from glmlogit.numerics.arrays import observations

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]


class OutcomeCounts(NamedTuple):
    """Events and non-events (n,) of each row that take part."""

    events: Array
    nonevents: Array


@dataclass(frozen=True, eq=False)
class Refit:
    """A model fitted to other counts, and the columns it gives to the rows of the original."""

    estimate: Estimate
    rows: Design

    @property
    def separated(self) -> bool:
        """Whether the counts separate, so that predictors are those of the limiting model."""
        return self.estimate.coefs.separated

    def predictors(self) -> Array:
        """Linear predictors (n,) of the original rows: ±inf beyond a separation, NaN where the counts leave them open.

        Those are rows with a level that is not among the counts, or beyond a separation whose side is not known.
        """
        coefs, matrix, offset = self.estimate.coefs, self.rows.matrix, self.rows.offset
        if not (coefs.separated or coefs.aliases):
            eta = matrix.times(coefs.beta)
            return eta if offset is None else eta + offset
        eta = np.empty(matrix.shape[0])
        for part in blocks(*matrix.shape):
            eta[part] = self._of(matrix.rows(part), None if offset is None else offset[part])
        return eta

    def _of(self, X: Array, offset: Array | None) -> Array:
        eta = self.estimate.solution.linear_predictor(X, offset) + limits_of(self.estimate, X)
        return np.where(breaks_alias(self.estimate, X), np.nan, eta)


def recounted(fit: Estimate, counts: OutcomeCounts) -> Refit | None:
    """The model of a fit, fitted to other counts of its rows; None where no maximum is reached.

    Raises
    ------
    UnsupportedError
        For estimators that are more than one maximisation.
    """
    if fit.capabilities.why_no_bootstrap:
        raise UnsupportedError(
            f"the model is fitted again by maximising one function, and {fit.estimator} is made in several steps; "
            f"judge a fit of gl.logit or gl.firth, or probabilities that you predicted yourself: y=, p="
        )
    rows, former, likelihood = fit.design, fit.maximum, fit.maximum.likelihood
    learned = fit.columns.learned and fit.design.frame is not None
    if learned:
        try:
            rows = relearned(fit.design, counts)
        except DataError:  # too few different values for its knots
            return None
        likelihood = BinaryLogit(rows, fit.control.threads)
    maximum = maximise(
        _of_counts(likelihood, rows, counts),
        fit.penalty,
        fit.control,
        former=None if learned else former,
        refine=False,
        errors=False,
    )
    if not maximum.reached:
        return None
    return Refit(replace(fit.resolved(maximum=maximum, model_info=None), extra_notes=()), rows)


def _of_counts(likelihood: Likelihood, rows: Design, counts: OutcomeCounts) -> Likelihood:
    if rows.trials is not None or rows.counted:
        return likelihood.with_counts(np.column_stack(_in_order(rows, counts)))
    times = counts.events + counts.nonevents
    return likelihood.with_weights(times if rows.weights is None else times * rows.weights)


def _in_order(rows: Design, counts: OutcomeCounts) -> tuple[Array, Array]:
    """Events and non-events; of rows with two levels, those of the first and those of the second."""
    turned = rows.levels is not None and rows.outcome.levels.index(rows.outcome.event) == 1
    return (counts.nonevents, counts.events) if turned else (counts.events, counts.nonevents)


def relearned(design: Design, counts: OutcomeCounts) -> Design:
    """All rows of a design, in columns that means, knots and the like learned from other counts make of them.

    Levels stay as they are: one that the counts lack has a coefficient that they do not determine.
    """
    times = counts.events + counts.nonevents
    present = times > 0
    weights = None if design.weights is None or design.counted else design.weights[present]
    number = observations(weights, times[present], False)
    columns = design.columns.relearned(None if design.frame is None else design.frame[present], number)
    X, _ = columns.matrix(design.frame)
    magnitude = np.asarray(np.abs(X).max(axis=0, initial=0.0))
    return replace(design, matrix=Dense(X), patterns=None, columns=columns, magnitude=magnitude)
