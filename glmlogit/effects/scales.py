"""Scales: where limits of a row are symmetric and its test is made, and what the reader is shown of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from glmlogit.numerics.kernels import tails
from glmlogit.numerics.row_functions import log_odds

Array = npt.NDArray[np.float64]
Scale = Literal["identity", "log", "logit", "complement", "reciprocal"]


@dataclass(frozen=True)
class Meaning:
    """What values on a scale show: the value shown, its derivative, the way back from one that is typed.

    ``null`` is the value shown that a row's own p-value is about, NaN where a row has none. ``logarithmic`` tells that
    values are logarithms, whose standard error is shown too; ``decreasing`` that what is shown falls as they rise.
    """

    shown: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    back: Callable[[float], float]
    null: float
    words: str
    instead: str
    logarithmic: bool = False
    decreasing: bool = False

    def limits(self, low: Array, high: Array) -> tuple[Array, Array]:
        """The limits shown, the lower first, of those on the scale."""
        shown = self.shown(low), self.shown(high)
        return shown[::-1] if self.decreasing else shown


def _exp(value: Array) -> Array:
    with np.errstate(over="ignore"):
        return np.exp(value)


def _risk(value: Array) -> Array:
    return np.where(np.isnan(value), np.nan, tails(value)[0])


def _risk_slope(value: Array) -> Array:
    p, q = tails(value)
    return np.where(np.isnan(value), np.nan, p * q)


def _reciprocal(value: Array) -> Array:
    with np.errstate(divide="ignore"):
        return 1.0 / value


def _log(value: float) -> float:
    return math.log(value) if value > 0 else math.nan


MEANINGS: Mapping[Scale, Meaning] = {
    "identity": Meaning(lambda v: v, np.ones_like, float, 0.0, "", ""),
    "log": Meaning(_exp, _exp, _log, 1.0, "a ratio, which is positive", "1", logarithmic=True),
    "logit": Meaning(
        _risk,
        _risk_slope,
        lambda p: float(log_odds(p)) if 0 < p < 1 else math.nan,
        math.nan,
        "a probability, which lies between 0 and 1",
        "0.5",
    ),
    # 1 − exp(v): an attributable fraction, v the logarithm of a ratio of risks
    "complement": Meaning(
        lambda v: -np.expm1(v),
        _exp,
        lambda x: _log(1.0 - x),
        0.0,
        "an attributable fraction, which is below 1",
        "0",
        logarithmic=True,
        decreasing=True,
    ),
    "reciprocal": Meaning(_reciprocal, lambda v: np.full_like(v, np.nan), lambda _: math.nan, math.inf, "", ""),
}
