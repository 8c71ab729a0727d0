"""Roots of functions of one variable, by Brent's method."""

from __future__ import annotations

from collections.abc import Callable


def bracketed(function: Callable[[float], float], low: float, high: float, *, xtol: float, rtol: float) -> float:
    """The root between two values where a function has different signs.

    SciPy leaves its argument in a circle of references: it gets a function that lets go of ours in the end, with the
    fit that ours may hold.
    """
    from scipy.optimize import brentq

    held = [function]
    try:
        return float(brentq(lambda value: held[0](value), low, high, xtol=xtol, rtol=rtol))
    finally:
        held.clear()
