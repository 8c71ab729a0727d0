"""Sizes of differences that users name: a number of units, or a spread of the column by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from glmlogit.errors import DataError
from glmlogit.messages.options import is_difference

SPREADS = ("iqr", "sd")


def named_units(units: Any, what: str) -> Mapping[str, Any]:
    """Units by name of a term or variable; refuses what is no mapping."""
    if units is not None and not isinstance(units, Mapping):
        raise DataError(f"units={units!r}: name the {what} and the size of its difference, such as units={{'age': 10}}")
    return units or {}


def size_of(name: str, unit: Any, spread: Callable[[str, str], float]) -> float:
    """The size of a difference: a number, or what ``spread`` says of ``"iqr"`` or ``"sd"``, to name the option by."""
    typed = f"units={{{name!r}: {unit!r}}}"
    size = spread(unit, typed) if isinstance(unit, str) and unit in SPREADS else unit
    if not is_difference(size):
        raise DataError(
            f"{typed}: give the size of the difference, such as 10, or 'iqr' or 'sd' for the interquartile range or "
            f"standard deviation of the column"
        )
    return float(size)
