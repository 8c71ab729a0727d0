"""Sizes of differences that users name: a number of units, or a spread of the column by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from glmlogit.errors import DataError
from glmlogit.messages.options import is_difference

# What each spread is called in labels; "2sd" is two standard deviations.
SPREADS = {"iqr": "IQR", "sd": "SD", "2sd": "2 SD"}


class Unit(NamedTuple):
    """The size of a difference, and the spread of its column that it is; empty where it was a number."""

    size: float
    spread: str = ""

    @property
    def label(self) -> str:
        """``SD = 5.3``; empty for a number."""
        return f"{SPREADS[self.spread]} = {short_size(self.size)}" if self.spread else ""


NO_UNIT = Unit(1.0)


def unit_of_row(row: Mapping[Any, Any]) -> Unit:
    """The difference that the ratio of a row is for, of tables with ``unit`` and ``unit_label``."""
    size: Any = row.get("unit")
    label = row.get("unit_label")
    if not is_difference(size):
        return NO_UNIT
    name = label.partition(" =")[0] if isinstance(label, str) else ""
    return Unit(float(size), next((spread for spread, text in SPREADS.items() if text == name), ""))


def short_size(size: float) -> str:
    """A spread with three significant digits, and all before the decimal point."""
    return f"{size:.3g}" if abs(size) < 1000 else f"{size:.0f}"


def named_units(units: Any, what: str, numbers: Sequence[str] | None = None) -> Mapping[str, Any]:
    """Units by name of a term or variable; a spread by itself, where it may be one, is that of each of the numbers.

    Raises
    ------
    DataError
        For what is no mapping, and a spread of no numbers.
    """
    if isinstance(units, str) and units in SPREADS and numbers is not None:
        if not numbers:
            raise DataError(
                f"units={units!r} is of numbers, and there is none: factors, 0/1 variables, curves and what is part of "
                f"an interaction are not standardised"
            )
        return dict.fromkeys(numbers, units)
    if units is not None and not isinstance(units, Mapping):
        every = "" if numbers is None else ", or units='sd' for every number"
        raise DataError(
            f"units={units!r}: name the {what} and the size of its difference, such as units={{'age': 10}}{every}"
        )
    return units or {}


def unit_of(name: str, unit: Any, spread: Callable[[str, str], float]) -> Unit:
    """The size of a difference: a number, or what ``spread`` says of ``"iqr"`` or ``"sd"``, to name the option by."""
    if isinstance(unit, Unit):
        return unit
    typed = f"units={{{name!r}: {unit!r}}}"
    kind = unit if isinstance(unit, str) and unit in SPREADS else ""
    size = 2.0 * spread("sd", typed) if kind == "2sd" else spread(kind, typed) if kind else unit
    if not is_difference(size):
        raise DataError(
            f"{typed}: give the size of the difference, such as 10, or 'iqr', 'sd' or '2sd' for the interquartile "
            f"range, standard deviation or two of these of the column"
        )
    return Unit(float(size), kind)


def size_of(name: str, unit: Any, spread: Callable[[str, str], float]) -> float:
    """The size alone of :func:`unit_of`."""
    return unit_of(name, unit, spread).size
