"""From linear predictors to probabilities of outcomes: what effects and predictions ask of a model, arrays only.

A model has K outcomes, the *levels*, and r linear predictors a row: the binary logit 2 and 1, a multinomial one K and
K − 1. Arrays over rows come as tuples, one array (m,) a level or a predictor.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Literal, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from glmlogit.errors import UnsupportedError
from glmlogit.numerics import kernels

Array = npt.NDArray[np.float64]
Arrays = tuple[Array, ...]
Index = npt.NDArray[np.intp]
Of = Literal["probability", "log", "log_odds"]
"""What of a level's probability: itself, its logarithm, or its log-odds against all other levels."""


class Probabilities(NamedTuple):
    """Linear predictors η (r arrays), probabilities p of the levels and their complements q (K arrays each).

    An η of ±∞ is a limit, at which probabilities may be 0 and 1; all are NaN where the data do not determine them.
    """

    eta: Arrays
    p: Arrays
    q: Arrays

    @property
    def limiting(self) -> npt.NDArray[np.bool_]:
        """Rows (m,) in which a predictor is infinite."""
        first, *others = (np.isinf(eta) for eta in self.eta)
        for infinite in others:
            first = first | infinite
        return first


class Response(Protocol):
    """How probabilities of the levels follow from linear predictors."""

    @property
    def levels(self) -> tuple[Hashable, ...]:
        """The outcomes."""

    @property
    def event(self) -> int | None:
        """The level that is *the* event; None where several are."""

    @property
    def compared(self) -> tuple[Hashable, ...]:
        """The outcomes that have a linear predictor, one for each."""

    @property
    def shown(self) -> tuple[int, ...]:
        """Levels that tables have rows of, each under its name; empty where one event says all."""

    def places(self, size: int) -> tuple[Index, ...]:
        """For each of the r predictors the positions, among ``size`` coefficients, of those of the columns (p,)."""

    def probabilities(self, eta: Arrays) -> Probabilities:
        """Probabilities and complements, neither subtracted from 1; limits where η is ±∞, NaN where it is NaN."""

    def settled(self, eta: Arrays, apart: Array) -> Probabilities:
        """Probabilities where several predictors are +∞, by their differences ``apart`` (r, r, m) of row and column."""

    def value(self, at: Probabilities, level: int, of: Of = "probability") -> Array:
        """A level's probability (m,), its logarithm or log-odds, without underflow where η is finite."""

    def derivative(self, at: Probabilities, level: int, of: Of = "probability") -> Arrays:
        """Derivatives of the same by each predictor."""

    def second(self, at: Probabilities, level: int, of: Of = "probability") -> tuple[Arrays, ...]:
        """Second derivatives: those by the predictors j and l at position (j, l)."""


class Logit:
    """Two levels, p = 1/(1 + e^−η) that of the event: the last (McCullagh & Nelder 1989, §4.3)."""

    levels: tuple[Hashable, ...] = ("no event", "event")
    event = 1
    compared: tuple[Hashable, ...] = ("event",)
    shown: tuple[int, ...] = ()

    def places(self, size: int) -> tuple[Index, ...]:
        """A coefficient a column."""
        return (np.arange(size),)

    def probabilities(self, eta: Arrays) -> Probabilities:
        """Both tails from one exponential."""
        p, q = kernels.tails(eta[0])
        return Probabilities(eta, (q, p), (p, q))

    def settled(self, eta: Arrays, apart: Array) -> Probabilities:
        """There is one predictor."""
        return self.probabilities(eta)

    def value(self, at: Probabilities, level: int, of: Of = "probability") -> Array:
        """``p``, ``−log(1 + e^−η)`` or ``η`` of the event; of the other level with −η."""
        if of == "probability":
            return at.p[level]
        eta = at.eta[0] if level else -at.eta[0]
        return eta if of == "log_odds" else -kernels.log1pexp(-eta)

    def derivative(self, at: Probabilities, level: int, of: Of = "probability") -> Arrays:
        """``pq``, ``q`` or 1 of the event."""
        own, against = at.p[level], at.q[level]
        slope = own * against if of == "probability" else against if of == "log" else np.ones_like(own)
        return (slope if level else -slope,)

    def second(self, at: Probabilities, level: int, of: Of = "probability") -> tuple[Arrays, ...]:
        """``pq(q − p)``, ``−pq`` or 0, for either level."""
        own, against = at.p[level], at.q[level]
        if of == "log_odds":
            return ((np.zeros_like(own),),)
        return ((own * against * (against - own) if of == "probability" else -own * against,),)


LOGIT = Logit()


def level_of(response: Response, level: int | None) -> int:
    """The position of a level; that of the event where none is named.

    Raises
    ------
    UnsupportedError
        Where there are more than two and none is named.
    """
    chosen = response.event if level is None else level
    if chosen is None:
        names = ", ".join(map(str, response.levels))
        raise UnsupportedError(
            f"the outcome has the levels {names}, each with a probability of its own, and this analysis is about one "
            f"event; gl.margins, gl.comparisons, gl.predictions and fit.predict() have a row or column for each"
        )
    return chosen


def shown_levels(response: Response) -> tuple[int | None, ...]:
    """Levels that a table has rows of: None alone, the event, where they have no column of their own."""
    return response.shown or (None,)
