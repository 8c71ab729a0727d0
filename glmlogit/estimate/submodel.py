"""The model of some of the terms of a fit, in the same rows: by holding the other coefficients at 0, or fitted anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from glmlogit.designs.nested import columns_left
from glmlogit.estimate.refits import evaluated_at, with_terms
from glmlogit.fitting.control import Status
from glmlogit.likelihood.objective import Evaluation
from glmlogit.numerics.lazy import cached_property

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Submodel:
    """What tests ask of a smaller model: the largest value of what it maximises, rank, deviance, why it has none.

    It is a model of its own that was fitted, ``refit``, or the coefficients (k,) of the larger one where those of the
    other terms are 0, ``beta``.
    """

    larger: Estimate = field(repr=False)
    terms: tuple[str, ...]
    top: float
    rank: int
    deviance: float
    unreached: str = ""
    refit: Estimate | None = field(repr=False, default=None)
    beta: Array | None = field(repr=False, default=None)
    left: tuple[int, ...] = ()  # of the k coefficients those that are not held

    def evaluated(self, within: Submodel | None = None) -> Evaluation:
        """Score and information of the larger model, or of one ``within`` that, where this model is largest."""
        if self.beta is None or (within is not None and within.beta is None):
            big = self.larger if within is None else within.fitted
            return evaluated_at(big, self.fitted.solution.likelihood_maximum)
        at = self.larger.surface.evaluated(self.beta)
        return at if within is None else at.keep(np.array(within.left, dtype=np.intp))

    @cached_property
    def fitted(self) -> Estimate:
        """The model as a fit of its own."""
        return self.refit or with_terms(self.larger, self.terms)


def submodel(fit: Estimate, keep: Sequence[str]) -> Submodel:
    """The model of the terms ``keep`` (the intercept, if any, always) by maximum likelihood."""
    return _held(fit, keep) or _refitted(fit, keep)


def _refitted(fit: Estimate, keep: Sequence[str]) -> Submodel:
    small = with_terms(fit, keep)
    return Submodel(
        fit,
        tuple(keep),
        small.surface.top,
        small.rank,
        small.likelihood.deviance,
        small.capabilities.unreached,
        small,
    )


def _held(fit: Estimate, keep: Sequence[str]) -> Submodel | None:
    """The model by Newton's method from the tangent at the fit; None where its columns may not be those of the fit.

    Where the larger model has a finite maximum this one has: no direction in which its likelihood rises for ever is
    new. Aliased columns may be none without those that they depend on, and separated data have no tangent.
    """
    left = columns_left(fit.design, keep)
    if left is None or not fit.solved.plain or not fit.maximum.reached or len(fit.coefs.estimated) < fit.coefs.size:
        return None
    if fit.coefs.separated:
        return None
    left = tuple(sorted(fit.coefs.of_columns(left)))
    gone = [j for j in range(fit.coefs.size) if j not in left]
    surface, zero = fit.surface, [0.0] * len(gone)
    top, beta = surface.top, fit.coefs.beta
    if gone:
        held = surface.held(gone, zero)
        solution = surface.climb(held, surface.tangent(gone, zero))
        if solution.status is not Status.CONVERGED:
            return None
        top, beta = solution.at.value, held.full(solution.beta)
    deviance = fit.likelihood.deviance + 2.0 * (surface.top - top)
    return Submodel(fit, tuple(keep), top, len(left), deviance, beta=beta, left=left)
