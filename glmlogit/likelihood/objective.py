"""Objectives and penalties as protocols: what everything that fits, tests or profiles asks its one question of.

An objective maps β to an :class:`Evaluation`: value, score and information, all in the units
of the data. A likelihood such as :class:`~glmlogit.likelihood.binary.BinaryLogit` is a leaf;
:mod:`~glmlogit.likelihood.combinators` combines objectives into objectives.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from glmlogit.numerics.leverages import InfoCurvature, InfoGradient
from glmlogit.numerics.linalg import Information

Array = npt.NDArray[np.float64]


class Evaluation(NamedTuple):
    """Value of an objective, its score (p,) and information at one β.

    ``curvature`` is the negative Hessian where it is not ``info`` but worth knowing: steps use it, standard
    errors never do.
    """

    value: float
    score: Array
    info: Information
    curvature: Information | None = None

    def plus(self, other: Evaluation) -> Evaluation:
        """The evaluation of a sum of two functions; a curvature of either is not that of the sum."""
        return Evaluation(self.value + other.value, self.score + other.score, self.info + other.info)

    def keep(self, columns: npt.NDArray[np.intp]) -> Evaluation:
        """The part for the coefficients at positions ``columns`` (k,): score (k,) and information."""
        curvature = None if self.curvature is None else self.curvature.keep(columns)
        return Evaluation(self.value, self.score[columns], self.info.keep(columns), curvature)


class Objective(Protocol):
    """A concave function of ``size`` coefficients to be maximised."""

    @property
    def exact(self) -> bool:
        """Whether the information is the negative Hessian, so that Newton converges quadratically."""

    @property
    def size(self) -> int:
        """Number of coefficients."""

    @property
    def unit(self) -> float:
        """Weight that counts as one observation: makes stopping rules free of the scale of weights."""

    def evaluate(self, beta: Array, *, root: bool = False) -> Evaluation:
        """Evaluate at ``beta``; ``root`` asks for the information as a triangular root, known to eps κ."""

    def largest_change(self, direction: Array) -> float:
        """Largest absolute change of a linear predictor when β moves by ``direction``."""

    def info_gradient(self, beta: Array, root: Array) -> InfoGradient:
        """Gradient of ``tr(A·I(β))`` with ``A = root·root'`` (p, m) held fixed: what Jeffreys' prior needs."""

    def info_curvature(self, beta: Array, root: Array) -> InfoCurvature:
        """First derivatives of the information, and the trace of the second, in the coordinates ``root'x``."""


class Penalty(Protocol):
    """One more evaluation to add to that of an objective."""

    @property
    def exact(self) -> bool:
        """Whether its information is its negative Hessian."""

    def keep(self, columns: npt.NDArray[np.intp]) -> Penalty:
        """The penalty on some of the coefficients, the others being left out of the model."""

    def recombined(self, transform: Array) -> Penalty:
        """The penalty of β in other coefficients γ, ``β = Tγ`` with T (p, p), up to a constant."""

    def evaluate(self, objective: Objective, beta: Array, at: Evaluation, *, root: bool) -> Evaluation:
        """Penalty's log-density, its gradient and negative Hessian at ``beta``.

        ``curvature`` is that of objective plus penalty, where it is not the sum of their informations.
        """
