"""A model fitted again to other counts of its rows, with all that its formula learned from them learned anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.data.storage import Dense, Matrix, blocks
from glmlogit.designs.container import Design
from glmlogit.designs.samples import recounted
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.estimate.combinations import breaks_alias, limits_of
from glmlogit.fitting.maximise import maximise
from glmlogit.likelihood.binary import BinaryLogit
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
    matrix: Matrix
    offset: Array | None
    spread: Callable[[Array], Array]

    @property
    def separated(self) -> bool:
        """Whether the counts separate, so that predictors are those of the limiting model."""
        return self.estimate.coefs.separated

    def predictors(self) -> Array:
        """Linear predictors (n,) of the original rows: ±inf beyond a separation, NaN where the counts leave them open.

        Those are rows with a level that is not among the counts, or beyond a separation whose side is not known.
        """
        coefs = self.estimate.coefs
        if not (coefs.separated or coefs.aliases):
            eta = self.matrix.times(coefs.beta)
            return self.spread(eta if self.offset is None else eta + self.offset)
        eta = np.empty(self.matrix.shape[0])
        for part in blocks(*self.matrix.shape):
            eta[part] = self._of(self.matrix.rows(part), None if self.offset is None else self.offset[part])
        return self.spread(eta)

    def _of(self, X: Array, offset: Array | None) -> Array:
        eta = self.estimate.solution.linear_predictor(X, offset) + limits_of(self.estimate, X)
        return np.where(breaks_alias(self.estimate, X), np.nan, eta)


class Refitting:
    """Refits of one model: what is the same of all of them.

    Raises
    ------
    UnsupportedError
        For estimators that are more than one maximisation.
    """

    def __init__(self, fit: Estimate) -> None:
        if fit.capabilities.why_no_bootstrap:
            raise UnsupportedError(
                f"the model is fitted again by maximising one function, and {fit.estimator} is made in several steps; "
                f"judge a fit of gl.logit or gl.firth, or probabilities that you predicted yourself: y=, p="
            )
        self.fit = fit
        self.learned = fit.columns.learned and fit.rows.frame is not None
        self.rows = fit.design if self.learned else fit.design.collapsed
        patterns = fit.design.patterns if self.rows is not fit.design else None
        self.patterns = patterns

    def refit(self, counts: OutcomeCounts) -> Refit | None:
        """The model fitted to other counts of its rows; None where no maximum is reached."""
        rows, taken = self.rows, counts
        if self.learned:
            try:
                rows = relearned(self.fit.design, counts)
            except DataError:  # too few different values for its knots
                return None
        if self.patterns is not None:
            taken = OutcomeCounts(self.patterns.total(counts.events), self.patterns.total(counts.nonevents))
        design = recounted(rows, taken.events, taken.nonevents)
        likelihood = BinaryLogit(design, self.fit.control.threads)
        former = None if self.learned else self.fit.maximum
        maximum = maximise(likelihood, self.fit.penalty, self.fit.control, former=former, refine=False)
        if not maximum.reached:
            return None
        estimate = self.fit.resolved(design=design, maximum=maximum, model_info=None)
        return Refit(estimate, rows.matrix, rows.offset, self._spread)

    def _spread(self, values: Array) -> Array:
        return values if self.patterns is None else values[self.patterns.codes]


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
