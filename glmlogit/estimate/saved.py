"""What a fit without its rows still says of them: numbers and sentences, worked out while they were there."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from glmlogit.messages.notes import Note

__all__ = ["Saved"]


@dataclass(frozen=True, eq=False)
class Saved:
    """Results that need rows, of a fit as it was reported when it was saved.

    ``method`` and ``tests`` (by term) are the tests and limits at ``level`` with covariance ``cov_kind``, and
    ``test_notes`` what was said of them; ``wald_notes`` warn of Wald tests; ``row_sums`` and ``tjur`` are what
    pseudo-R² takes of the rows; ``ranges`` the least and largest value of variables that enter by a curve.
    """

    cov_kind: str
    level: float
    method: str
    tests: pd.DataFrame = field(repr=False)
    test_notes: tuple[Note, ...] = ()
    wald_notes: tuple[Note, ...] = ()
    row_sums: tuple[float, ...] = ()
    tjur: float = math.nan
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def answers(self, fit: Any, level: float, method: str | None) -> bool:
        """Whether the tests are those of a fit, a level and a method (None for that of the fit)."""
        return (self.cov_kind, self.level) == (fit.cov_kind, level) and method in (None, self.method)
