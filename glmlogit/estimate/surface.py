"""The function that a fit maximised, around its top: what tests and profiles hold coefficients at values of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from glmlogit.estimate.solved import Solved
from glmlogit.fitting.control import Control
from glmlogit.fitting.held_coefficient import HeldCoefficient
from glmlogit.fitting.maximum import carried_along, free_columns, objective_of
from glmlogit.fitting.newton import RESULT_CONDITION, NewtonResult, newton
from glmlogit.likelihood.combinators import Adjusted, Fixed
from glmlogit.likelihood.curved import curved
from glmlogit.likelihood.objective import Evaluation, Likelihood, Objective
from glmlogit.numerics.lazy import cached_property
from glmlogit.numerics.linalg import lengths

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Surface:
    """The log-likelihood of a solved model, or its penalised form, as a function of the coefficients without aliases.

    Coefficients are named by their place (k,) among these.
    """

    solved: Solved
    control: Control

    @property
    def likelihood(self) -> Likelihood:
        """The likelihood of all coefficients, without a penalty."""
        return self.solved.maximum.likelihood

    @cached_property
    def objective(self) -> Objective:
        """The function itself."""
        return objective_of(self.likelihood, self.solved.maximum.aliases, self.solved.penalty)

    @property
    def top(self) -> float:
        """Its largest value, a supremum under separation."""
        return self.solved.maximum.value

    @property
    def multimodal(self) -> bool:
        """Whether it may have several restricted maxima: a likelihood has one, a penalised one may not."""
        return not self.objective.exact

    @property
    def endless(self) -> bool:
        """Whether it may rise for ever: a likelihood does under separation, a penalised one never."""
        return self.solved.penalty is None

    @property
    def inverse_root(self) -> Array:
        """``L`` (k, k) with ``I⁻¹ = L L'`` over the estimated coefficients, I the information at the top."""
        return self.solved.inverse_root

    @cached_property
    def errors(self) -> Array:
        """Standard errors (k,) by that information."""
        return lengths(self.inverse_root)

    @property
    def estimate(self) -> Array:
        """Where the top is: the estimated coefficients (k,)."""
        return self.solved.maximum.beta[self.solved.maximum.estimated]

    def places(self, columns: Sequence[int]) -> list[int]:
        """Places of the coefficients of some columns of the model."""
        maximum = self.solved.maximum
        free = free_columns(len(maximum.beta), maximum.aliases)
        return [int(np.flatnonzero(free == column)[0]) for column in columns]

    def held(self, places: Sequence[int], values: Sequence[float]) -> Fixed:
        """The function of the other coefficients, those at ``places`` held at values."""
        return Fixed(self.objective, tuple(places), tuple(values))

    def tangent(self, places: Sequence[int], values: Sequence[float]) -> Array | None:
        """Where its maximum over the others is to first order; None for a top at infinity, which has no tangent."""
        maximum = self.solved.maximum
        return None if maximum.separated else carried_along(maximum, list(places), list(values))

    def climb(self, held: Fixed, start: Array | None = None, patience: int | None = None) -> NewtonResult:
        """Newton's method from a start, zero by default, in ``patience`` steps at most; the value and β are of use."""
        control = self.control
        if patience is not None:
            control = replace(control, max_iter=min(control.max_iter, patience))
        return newton(held, np.zeros(held.size) if start is None else start, control, loose=0.0, unseen=True)

    def evaluate(self, held: Fixed, rest: Array) -> Evaluation:
        """Value, score and information, with its root, in all coefficients, the others at ``rest``."""
        return self.evaluated(held.full(rest))

    def evaluated(self, beta: Array) -> Evaluation:
        """Value, score and information at β (k,), to the precision that statistics need."""
        at = self.objective.evaluate(beta)
        factor = at.info.factor
        precise = factor is not None and factor.condition <= RESULT_CONDITION
        return at if precise else self.objective.evaluate(beta, root=True)

    def evaluation(self, beta: Array, *, root: bool) -> Evaluation:
        """Value, score and information at β (k,)."""
        return self.objective.evaluate(beta, root=root)

    def falls_by_penalty(self, held: Fixed, value: float, rest: Array, near: float) -> bool:
        """Whether from the top to a lower point the penalty falls by more than the likelihood does.

        ``value`` is that at the point, the others at ``rest``; a fall of less than ``near`` is none.
        """
        if not isinstance(self.objective, Adjusted):
            return False
        fall, likelihood = self.top - value, self.objective.objective
        return fall > near and self._unpenalised - likelihood.evaluate(held.full(rest)).value < fall / 2.0

    @cached_property
    def _unpenalised(self) -> float:
        """The likelihood, without a penalty, at the top."""
        function = self.objective.objective if isinstance(self.objective, Adjusted) else self.objective
        return function.evaluate(self.estimate).value

    def at_infinity(self, place: int) -> HeldCoefficient | None:
        """The likelihood of separated data with one coefficient held; None where the top is not at infinity."""
        maximum = self.solved.maximum
        if not (maximum.separated and self.endless):
            return None
        return HeldCoefficient(self.likelihood, free_columns(len(maximum.beta), maximum.aliases), place, self.control)

    def variance_gradient(self, beta: Array, direction: Array) -> Array | None:
        """Minus the gradient (k,) at β (k,) of ``c'I c``, c (k,) held fixed: that of ``(I⁻¹)ⱼⱼ`` where c = I⁻¹eⱼ.

        I is the likelihood's own information; None where its derivatives are not known.
        """
        function = self.objective.objective if isinstance(self.objective, Adjusted) else self.objective
        if function.why_no_curvature:
            return None
        return -curved(function).info_gradient(beta, direction[:, None]).gradient

    def information_gradient(self, direction: Array) -> Array:
        """Gradient (p,) of ``c'I c`` by the coefficients, c the direction (p,) held fixed, I the likelihood's."""
        maximum = self.solved.maximum
        return curved(maximum.limiting).info_gradient(maximum.beta, direction[:, None]).gradient
