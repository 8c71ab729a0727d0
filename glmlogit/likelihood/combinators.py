"""Objectives made of objectives: a sum over parts, one adjusted, one with coefficients held at values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from glmlogit.likelihood.curved import curved
from glmlogit.likelihood.objective import Adjustment, Evaluation, Move, Objective
from glmlogit.numerics import leverages
from glmlogit.numerics.arrays import widened
from glmlogit.numerics.lazy import cached_property
from glmlogit.numerics.leverages import InfoCurvature, InfoGradient

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Summed:
    """Sum of objectives of the same coefficients: chunks, files, partitions of a cluster."""

    parts: Sequence[Objective]

    @property
    def exact(self) -> bool:
        """Whether the information of every part is its negative Hessian."""
        return all(part.exact for part in self.parts)

    @property
    def size(self) -> int:
        """Number of coefficients, the same for all parts."""
        return self.parts[0].size

    @property
    def unit(self) -> float:
        """Largest weight that counts as one observation in any part."""
        return max(part.unit for part in self.parts)

    @property
    def why_no_curvature(self) -> str:
        """The reason of the first part that has one."""
        return next(filter(None, (part.why_no_curvature for part in self.parts)), "")

    def evaluate(self, beta: Array, *, root: bool = False) -> Evaluation:
        """Sum of the parts' evaluations at β."""
        first, *rest = (part.evaluate(beta, root=root) for part in self.parts)
        for evaluation in rest:
            first = first.plus(evaluation)
        return first

    def evaluate_some(self, beta: Array, free: Index) -> Evaluation:
        """Evaluation for the coefficients at positions ``free``, with a triangular root."""
        return self.evaluate(beta, root=True).keep(free)

    def largest_change(self, direction: Array) -> float:
        """Largest absolute change of a linear predictor in any part."""
        return max(part.largest_change(direction) for part in self.parts)

    def info_gradient(self, beta: Array, root: Array) -> InfoGradient:
        """Sum of the parts' gradients (p,), with what bounds its derivatives."""
        return leverages.sum_of_gradients(curved(part).info_gradient(beta, root) for part in self.parts)

    def info_curvature(self, beta: Array, root: Array) -> InfoCurvature:
        """Sum of the parts' derivatives of the information."""
        return leverages.sum_of_curvatures(curved(part).info_curvature(beta, root) for part in self.parts)

    def info_cubes(self, beta: Array, root: Array) -> Array:
        """Sum of the parts' derivatives (m,)."""
        return np.asarray(np.sum([curved(part).info_cubes(beta, root) for part in self.parts], axis=0))


@dataclass(frozen=True, eq=False)
class Adjusted:
    """An objective with an adjustment of its score: a penalty (a log prior density), or another."""

    objective: Objective
    adjustment: Adjustment
    why_no_curvature = "derivatives of an adjusted information are not known"

    @property
    def exact(self) -> bool:
        """Whether the adjusted information is the negative Hessian."""
        return self.objective.exact and self.adjustment.exact

    @property
    def size(self) -> int:
        """Number of coefficients."""
        return self.objective.size

    @property
    def unit(self) -> float:
        """Weight that counts as one observation of the likelihood."""
        return self.objective.unit

    @property
    def step(self) -> Callable[[Evaluation, Array], Move | None] | None:
        """The adjustment's own step from an evaluation at β; None where it is Newton's."""
        own = self.adjustment.step
        return None if own is None else partial(own, self)

    def evaluate(self, beta: Array, *, root: bool = False) -> Evaluation:
        """The objective's evaluation at β, adjusted."""
        at = self.objective.evaluate(beta, root=root)
        return self.adjustment.adjusted(self.objective, beta, at, root=root)

    def evaluate_some(self, beta: Array, free: Index) -> Evaluation:
        """Evaluation for the coefficients at positions ``free``, with a triangular root."""
        return self.evaluate(beta, root=True).keep(free)

    def largest_change(self, direction: Array) -> float:
        """Largest change of a linear predictor."""
        return self.objective.largest_change(direction)


@dataclass(frozen=True, eq=False)
class Fixed:
    """An objective with some coefficients held at given values; its β is the rest.

    Nested models, likelihood-ratio and score tests, profiles and aliased columns are all this.
    """

    objective: Objective
    columns: tuple[int, ...]
    values: tuple[float, ...]

    @property
    def exact(self) -> bool:
        """Whether the objective's information is its negative Hessian."""
        return self.objective.exact

    @cached_property
    def free(self) -> Index:
        """Positions of the coefficients that are not held."""
        free = np.ones(self.objective.size, dtype=bool)
        free[list(self.columns)] = False
        return np.flatnonzero(free)

    @property
    def size(self) -> int:
        """Number of free coefficients."""
        return len(self.free)

    @property
    def unit(self) -> float:
        """Weight that counts as one observation of the objective."""
        return self.objective.unit

    @property
    def why_no_curvature(self) -> str:
        """The objective's own reason."""
        return self.objective.why_no_curvature

    def full(self, beta: Array) -> Array:
        """All coefficients: the free ones from ``beta``, the others at the values held."""
        return self._spread(beta, self.values)

    def _spread(self, free: Array, held: Sequence[float] | float) -> Array:
        full = np.empty(self.objective.size)
        full[list(self.columns)] = held
        full[self.free] = free
        return full

    def evaluate(self, beta: Array, *, root: bool = False) -> Evaluation:
        """The objective's evaluation with score and information of the free coefficients only."""
        if root:
            return self.objective.evaluate_some(self.full(beta), self.free)
        return self.objective.evaluate(self.full(beta)).keep(self.free)

    def evaluate_some(self, beta: Array, free: Index) -> Evaluation:
        """Evaluation for the free coefficients at positions ``free``, with a triangular root."""
        return self.evaluate(beta, root=True).keep(free)

    def largest_change(self, direction: Array) -> float:
        """Largest change of a linear predictor."""
        return self.objective.largest_change(self._spread(direction, 0.0))

    def info_gradient(self, beta: Array, root: Array) -> InfoGradient:
        """Gradient over the free coefficients, their information being that of the free columns."""
        derivative = curved(self.objective).info_gradient(self.full(beta), self._wide(root))
        return derivative._replace(gradient=derivative.gradient[self.free])

    def info_curvature(self, beta: Array, root: Array) -> InfoCurvature:
        """Derivatives along directions of the free coefficients."""
        return curved(self.objective).info_curvature(self.full(beta), self._wide(root))

    def info_cubes(self, beta: Array, root: Array) -> Array:
        """Derivatives along directions of the free coefficients."""
        return curved(self.objective).info_cubes(self.full(beta), self._wide(root))

    def _wide(self, root: Array) -> Array:
        return widened(root, self.free, self.objective.size)
