"""Odds ratios per unit that are too near 1 to be read, and the difference to ask for instead."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from glmlogit.data.spreads import spread
from glmlogit.inference.odds_ratios import columns_alone
from glmlogit.messages.notes import Note
from glmlogit.messages.words import Name, sentence

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

UNREAD = 0.005  # below this size a log odds ratio prints as 1.00
WORTH = 0.1  # of the log odds ratio of a standard deviation: a difference that a reader must be able to see


def small_units(fit: Estimate, units: Mapping[str, Any] | str | None) -> Iterator[Note]:
    """A note that names the variables, and what to type for differences near one standard deviation of each."""
    if isinstance(units, str) or fit.saved is not None:
        return
    sizes = {name: size for name, column in columns_alone(fit).items() if (size := _readable(fit, column))}
    sizes = {name: size for name, size in sizes.items() if name not in (units or {})}
    if sizes:
        typed = ", ".join(f"{name!r}: {_typed(size)}" for name, size in sizes.items())
        yield Note("small_units", sentence(_UNREAD, names=list(map(Name, sizes)), typed=f"units={{{typed}}}"))


_UNREAD = (
    "Odds ratios of {names} are for a difference of 1, and too near 1 to be read. For differences near one standard "
    "deviation type {typed}."
)


def _readable(fit: Estimate, column: int) -> int:
    """A round number near the standard deviation of a column; 0 where its odds ratios can be read, or say little."""
    largest = np.abs(fit.coefs.beta[fit.coefs.of_columns([column])]).max()
    if not 0.0 < largest < UNREAD:  # not for NaN
        return 0
    deviation = spread(fit.rows.matrix.column(column), fit.rows.described, "sd")
    return _round_number(deviation) if largest * deviation >= WORTH else 0


def _round_number(size: float) -> int:
    """The nearest of 10, 20, 50, 100, … by ratio; a size of 20 or more."""
    power: int = 10 ** math.floor(math.log10(size))
    return min((digit * power for digit in (1, 2, 5, 10)), key=lambda near: abs(math.log(near / size)))


def _typed(size: int) -> str:
    return f"{size:_}" if size >= 10_000 else str(size)
