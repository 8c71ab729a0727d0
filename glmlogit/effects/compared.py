"""Which values of a variable are compared, and how a contrast reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from glmlogit.columns.columns import Settings, Variable
from glmlogit.effects import average
from glmlogit.effects.at import stepped_out
from glmlogit.effects.estimates import RowFunction
from glmlogit.errors import DataError
from glmlogit.messages.notes import Note
from glmlogit.messages.words import written
from glmlogit.prediction.population import Population
from glmlogit.prediction.reference_grid import check_value, is_binary
from glmlogit.prediction.scenarios import Scenario

Change = Callable[[Scenario], Settings]
Role = Literal["exposed", "reference", "observed", "removed"]
ROLES: tuple[Role, ...] = get_args(Role)
"""Risks of a contrast: all exposed, all at the reference, as the data are, the exposed alone at the reference."""


class Contrast(NamedTuple):
    """An exposed and a reference state of a variable; values where they are the same for all rows."""

    text: str
    high: Change
    low: Change
    values: tuple[Any, Any] | None
    name: str
    size: float = 0.0

    def looks(self, level: int | None = None) -> tuple[RowFunction, ...]:
        """Functions that give the risks of ``ROLES`` for each row, in that order: of a level of the outcome."""
        return tuple(average.risk(change, level) for change in (self.high, self.low, None, self._removed))

    def _removed(self, place: Scenario) -> Settings:
        """Values that set those at the exposed level to the reference and leave the others as they are."""
        assert self.values is not None
        exposed, reference = self.values
        own = place.series(self.name)
        return {self.name: own.where((own != exposed).to_numpy(), reference).to_numpy()}

    def beyond(self, observed: Population, rows: Population) -> list[Note]:
        """A note on rows that a step takes beyond the values observed; none for a contrast of two values."""
        return [] if self.values is not None else stepped_out(observed, rows, self.name, self.size)


def implied_pairs(variable: Variable, rows: Population, contrast: Any) -> list[tuple[Any, Any]] | None:
    """Pairs (high, low) of a contrast that names no values: levels against the reference, all of them, 1 against 0.

    None for a step and for a pair that is named.
    """
    if variable.use == "levels":
        if contrast is None:
            return [(level, variable.reference) for level in variable.others]
        if isinstance(contrast, str) and contrast == "pairwise":
            levels = variable.levels
            return [(high, low) for i, low in enumerate(levels) for high in levels[i + 1 :]]
    elif contrast is None and is_binary(rows.column(variable.name)):
        return [(1.0, 0.0)]
    return None


def pair_text(high: Any, low: Any, sign: str = "-") -> str:
    """How a pair of values reads: ``black - white``, or with another sign."""
    return f"{written(high)} {sign} {written(low)}"


def step_text(size: float) -> str:
    """How a step reads: ``+10``."""
    return f"{size:+g}"


def default_contrasts(variable: Variable, rows: Population) -> list[Contrast]:
    """Contrasts of a variable where none is named: of its levels, of 0 and 1, or a step of 1."""
    pairs = implied_pairs(variable, rows, None)
    return [_step(variable.name, 1.0)] if pairs is None else [_between(variable.name, *pair) for pair in pairs]


def contrasts_of(variable: Variable, rows: Population, contrast: Any) -> list[Contrast]:
    """Contrasts of a variable as asked: pairs of levels, steps of a number, or a pair of values."""
    name = variable.name
    pairs = implied_pairs(variable, rows, contrast)
    if pairs is not None:
        return [_between(name, *pair) for pair in pairs]
    if variable.use != "levels" and (contrast is None or (np.ndim(contrast) == 0 and not isinstance(contrast, str))):
        size = 1.0 if contrast is None else float(contrast)
        _check_step(variable, size)
        return [_step(name, size)]
    if not isinstance(contrast, (tuple, list)) or len(contrast) != 2:
        choices = (
            f"its levels are {', '.join(map(repr, variable.levels))}" if variable.levels else "or a step such as 10"
        )
        raise DataError(f"contrast={contrast!r}: give (exposed, reference), two values of {name}; {choices}")
    high, low = (check_value(variable, value) for value in contrast)
    if high == low:
        raise DataError(f"contrast={contrast!r} compares a value with itself; give (exposed, reference)")
    return [_between(name, high, low)]


def _check_step(variable: Variable, size: float) -> None:
    if variable.use == "mixed":
        raise DataError(
            f"{variable.name} is a number and a factor in this model: give two of its values, "
            f"contrast=(exposed, reference)"
        )
    if not np.isfinite(size) or size == 0:
        raise DataError(f"contrast={size!r}: a step must be a finite number other than 0")


def _between(name: str, high: Any, low: Any) -> Contrast:
    """The contrast of two values."""
    return Contrast(pair_text(high, low), lambda _: {name: high}, lambda _: {name: low}, (high, low), name)


def _step(name: str, size: float) -> Contrast:
    """The contrast of a number that everybody has more of by a step."""
    return Contrast(step_text(size), lambda place: {name: place.value(name) + size}, lambda _: {}, None, name, size)
