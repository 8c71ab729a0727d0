"""The coefficients of a fit: what each is called, where it is, and which of them the solved system has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from glmlogit.estimate.solved import Solved
from glmlogit.fitting.maximum import free_columns
from glmlogit.numerics.lazy import cached_property
from glmlogit.numerics.linalg import Alias
from glmlogit.separability.states import CoefficientState

Array = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Coefficients:
    """The coefficients (p,) of a fit, all in the order of ``labels``.

    ``beta`` are their values in the solved system, where those of positions other than ``estimated`` are held at 0:
    the ``aliases``, and where the outcome is ``separated`` one coefficient a direction of recession. ``magnitude`` is
    the largest |x| that multiplies a coefficient, whose inverse is a unit of the coefficient; ``places`` are for each
    linear predictor the positions of the coefficients of the columns.
    """

    labels: tuple[str, ...]
    beta: Array = field(repr=False)
    states: tuple[CoefficientState, ...]
    estimated: Positions = field(repr=False)
    aliases: tuple[Alias, ...] = field(repr=False)
    separated: bool
    magnitude: Array = field(repr=False)
    places: tuple[Positions, ...] = field(repr=False)

    @property
    def size(self) -> int:
        """How many there are, aliased ones included."""
        return len(self.labels)

    def of_columns(self, columns: Iterable[int]) -> list[int]:
        """Positions of all coefficients of some columns: column after column, those of one linear predictor together.

        A coefficient that predictors share stands once.
        """
        chosen = list(columns)
        return list(dict.fromkeys(int(at[j]) for at in self.places for j in chosen))

    @cached_property
    def column_of(self) -> dict[int, int]:
        """The column that each coefficient multiplies."""
        return {int(k): j for at in self.places for j, k in enumerate(at)}

    @cached_property
    def free(self) -> Positions:
        """Positions of those that are not aliased."""
        return free_columns(self.size, self.aliases)


def coefficients_of(solved: Solved) -> Coefficients:
    """The coefficients of a solved model."""
    maximum = solved.maximum
    return Coefficients(
        maximum.likelihood.labels,
        maximum.beta,
        maximum.states,
        maximum.estimated,
        maximum.aliases,
        maximum.separated,
        maximum.likelihood.magnitude,
        maximum.likelihood.arrangement.places,
    )
