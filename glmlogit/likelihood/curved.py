"""Objectives that know derivatives of their information."""

from __future__ import annotations

from typing import Protocol, cast

import numpy as np
import numpy.typing as npt

from glmlogit.errors import UnsupportedError
from glmlogit.likelihood.objective import Objective
from glmlogit.numerics.leverages import InfoCurvature, InfoGradient

Array = npt.NDArray[np.float64]


class Curved(Objective, Protocol):
    """An objective that knows derivatives of its information: what Jeffreys' prior and the median adjustment need."""

    def info_gradient(self, beta: Array, root: Array) -> InfoGradient:
        """Gradient of ``tr(A·I(β))`` with ``A = root·root'`` (p, m) held fixed."""

    def info_curvature(self, beta: Array, root: Array) -> InfoCurvature:
        """First derivatives of the information, and the trace of the second, in the coordinates ``root'x``."""

    def info_cubes(self, beta: Array, root: Array) -> Array:
        """For each column a (p,) of ``root`` (p, m) the derivative of ``a'I(β)a`` along a."""


def curved(objective: Objective) -> Curved:
    """The objective as one that knows derivatives of its information; UnsupportedError where it does not."""
    if objective.why_no_curvature:
        raise UnsupportedError(objective.why_no_curvature)
    return cast("Curved", objective)
