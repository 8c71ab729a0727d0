"""Options that many functions take, checked in one wording: names, choices, the confidence level."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np

from glmlogit.errors import DataError


def names_given(option: str, value: Any) -> list[str]:
    """One name, or several, as a list."""
    if isinstance(value, str):
        return [value]
    names = list(value) if isinstance(value, Iterable) else [value]
    if all(isinstance(name, str) for name in names):
        return names
    raise DataError(f"{option}={value!r}: give a name, or a list of names")


def check_choice(option: str, value: Any, choices: Sequence[str], meant: Mapping[str, str] | None = None) -> None:
    """Refuse a value that is none of the choices; ``meant`` tells those who use another program's word."""
    if not isinstance(value, str) or value not in choices:
        listed = ", ".join(repr(choice) for choice in choices)
        here = (meant or {}).get(str(value).lower())
        hint = f" ({value!r} is {here!r} here)" if here else ""
        raise DataError(f"{option}={value!r} is not known; give {'one of ' if len(choices) > 1 else ''}{listed}{hint}")


def is_difference(value: Any) -> bool:
    """Whether a value can be the size of a difference: a finite number other than 0."""
    return isinstance(value, (int, float, np.number)) and bool(np.isfinite(value)) and value != 0


def check_share(option: str, value: Any) -> None:
    """Refuse what is no number between 0 and 1."""
    if not isinstance(value, Real) or isinstance(value, bool) or not 0.0 < float(value) < 1.0:
        raise DataError(f"{option}={value!r}; give a number between 0 and 1")


def check_count(option: str, value: Any, least: int = 1) -> None:
    """Refuse what is no whole number of that size."""
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < least:
        raise DataError(f"{option}={value!r}; give a whole number, {least} or more")


def check_level(level: float | None, default: float) -> float:
    """The confidence level asked for, or the fit's; an error unless it lies inside (0, 1)."""
    level = default if level is None else level
    if not (isinstance(level, (int, float, np.floating)) and 0 < level < 1):
        hint = f" (did you mean {level / 100:g}?)" if isinstance(level, (int, float)) and 1 < level < 100 else ""
        hint = "; rows are chosen from the result: fit.confint().loc[['age']]" if isinstance(level, str) else hint
        raise DataError(f"level={level!r} is no confidence level; give a number between 0 and 1{hint}")
    return float(level)
