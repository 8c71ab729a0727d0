"""Where the coefficients are when the likelihood is as large as it gets: finite, infinite, undetermined, aliased."""

from __future__ import annotations

import math
from enum import StrEnum


class CoefficientState(StrEnum):
    """The limit of a coefficient in every sequence that maximises the likelihood, in the word that users read."""

    FINITE = "finite"
    PLUS_INFINITY = "+inf"
    MINUS_INFINITY = "-inf"
    INDETERMINATE = "indeterminate"  # some maximising sequences send it up, others down or nowhere
    ALIASED = "aliased"  # its column is a combination of others; held at 0

    @property
    def finite(self) -> bool:
        """Whether the coefficient has a finite, determined estimate."""
        return self is CoefficientState.FINITE

    @property
    def aliased(self) -> bool:
        """Whether the column is a linear combination of others."""
        return self is CoefficientState.ALIASED

    @property
    def infinite(self) -> bool:
        """Whether the rows are separated along it: it tends to ±∞, or has no determined limit."""
        return not (self.finite or self.aliased)

    @property
    def sign(self) -> int:
        """1 where the coefficient tends to ∞, −1 where it tends to −∞, else 0."""
        return _SIGNS.get(self, 0)

    def reported(self, held: float) -> float:
        """The estimate to report where the solved system has ``held``: ±inf, or NaN where none is determined."""
        return held if self.finite else _SIGNS[self] * math.inf if self in _SIGNS else math.nan

    def __repr__(self) -> str:
        return repr(self.value)


_SIGNS = {CoefficientState.PLUS_INFINITY: 1, CoefficientState.MINUS_INFINITY: -1}


def state_of(sign: int) -> CoefficientState:
    """State of a coefficient that is not finite, by its sign all over the cone of recession; 0 where that varies."""
    return _INFINITE[sign]


_INFINITE = {sign: state for state, sign in _SIGNS.items()} | {0: CoefficientState.INDETERMINATE}
