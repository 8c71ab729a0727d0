"""Values, gradients and reasons of effects: what the delta method needs, and what an average over rows asks of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.columns.columns import Settings
from glmlogit.errors import DataError
from glmlogit.likelihood.response import Arrays, Of, Probabilities, Response
from glmlogit.numerics.lazy import cached_property
from glmlogit.prediction.population import probabilities
from glmlogit.prediction.scenarios import Gradient, Scenario

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


Index = npt.NDArray[np.intp]
Array = npt.NDArray[np.float64]

# Effects in one table: their covariance is 0.8 GB.
MOST_ESTIMATES = 10_000


class RowValues(NamedTuple):
    """One effect in each row: h (n,), its gradient when asked for, rows where p is 0 or 1, numerical derivatives."""

    h: Array
    gradient: Callable[[], tuple[Gradient, ...]]
    limiting: npt.NDArray[np.bool_]
    numerical: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class RowRisks:
    """Rows under one setting of their variables and their probabilities; derivatives of these are worked out once."""

    place: Scenario
    at: Probabilities
    response: Response
    derivatives: dict[tuple[int, Of], Arrays] = field(default_factory=dict)
    seconds: dict[tuple[int, Of], tuple[Arrays, ...]] = field(default_factory=dict)

    @cached_property
    def limiting(self) -> npt.NDArray[np.bool_]:
        """Rows (n,) in which a predictor is infinite."""
        return self.at.limiting

    def derivative(self, level: int, of: Of = "probability") -> Arrays:
        """Derivatives of a level's probability, or of its logarithm, by each predictor."""
        if (level, of) not in self.derivatives:
            self.derivatives[level, of] = self.response.derivative(self.at, level, of)
        return self.derivatives[level, of]

    def second(self, level: int, of: Of = "probability") -> tuple[Arrays, ...]:
        """Second derivatives of the same by the predictors j and l."""
        if (level, of) not in self.seconds:
            self.seconds[level, of] = self.response.second(self.at, level, of)
        return self.seconds[level, of]


@dataclass(frozen=True, eq=False)
class ScenarioBlock:
    """A block of rows that is averaged over: their risks, weights (n,) and codes of groups (n,), -1 for none.

    ``partial`` tells that there are rows of no group, and ``weigh`` whether any weight is not 1.
    """

    here: RowRisks
    weights: Array
    codes: Index
    rows: slice
    partial: bool = False
    weigh: bool = True
    moves: dict[tuple[tuple[str, object], ...], RowRisks] = field(default_factory=dict)
    products: dict[int, tuple[Array, Array]] = field(default_factory=dict)

    def under(self, fit: Estimate, settings: Settings) -> RowRisks:
        """The rows with variables set to values, and their probabilities; scalar settings are computed once."""
        if not settings:
            return self.here
        if any(np.ndim(value) for value in settings.values()):
            return self._moved(fit, settings)
        key = tuple(settings.items())
        if key not in self.moves:
            self.moves[key] = self._moved(fit, settings)
        return self.moves[key]

    def _moved(self, fit: Estimate, settings: Settings) -> RowRisks:
        place = self.here.place.changed(settings)
        return RowRisks(place, probabilities(fit, place), fit.response)

    def weighted(self, v: Array) -> Array:
        """``v`` (n,) times the weights, 0 in rows of no group; once for each array, which is kept with it."""
        if not (self.weigh or self.partial):
            return v
        if id(v) not in self.products:
            product = v * self.weights if self.weigh else v
            self.products[id(v)] = v, (np.where(self.codes < 0, 0.0, product) if self.partial else product)
        return self.products[id(v)][1]


RowFunction = Callable[["Estimate", ScenarioBlock], RowValues]


class Target(NamedTuple):
    """One effect: its variable and contrast as labels, and the function that gives it for each row of a block."""

    variable: str
    contrast: str
    look: RowFunction


@dataclass(frozen=True, eq=False)
class Estimates:
    """Functions of the coefficients: values (k,), gradients (k, p) and, where the rows are a sample of a
    population, what each row contributes to the values beside the coefficients (n, k).

    ``reasons`` says why a value is NaN, ``error_reasons`` why its standard error is.
    """

    values: Array
    jacobian: Array
    influence: Array | None = None
    reasons: tuple[str, ...] = ()
    error_reasons: tuple[str, ...] = ()

    def transform(self, values: Array, matrix: Array) -> Estimates:
        """Other functions with these values, whose derivatives by the present ones are ``matrix`` (m, k)."""

        def carried(reasons: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(next((reasons[j] for j in np.flatnonzero(row) if reasons[j]), "") for row in matrix)

        with np.errstate(invalid="ignore"):
            jacobian = _product(matrix, self.jacobian)
            influence = None if self.influence is None else _product(matrix, self.influence.T).T
        return Estimates(values, jacobian, influence, carried(self.reasons), carried(self.error_reasons))

    def linear(self, matrix: Array) -> Estimates:
        """Linear combinations of the estimates: a row of ``matrix`` (m, k) each, with gradients and reasons."""
        return self.transform(_product(matrix, self.values[:, None])[:, 0], matrix)


def _product(matrix: Array, rows: Array) -> Array:
    """Matrix product in which a row that does not take part cannot pass its NaN on."""
    out = np.empty((len(matrix), rows.shape[1]))
    for i, weights in enumerate(matrix):
        used = np.flatnonzero(weights)
        out[i] = weights[used] @ rows[used]
    return out


def require_room(count: int) -> None:
    """Refuse more estimates than a covariance of them all has room for."""
    if count > MOST_ESTIMATES:
        raise DataError(
            f"{count:,} effects would need a covariance matrix of {8e-9 * count**2:,.0f} GB; ask for at most "
            f"{MOST_ESTIMATES:,} (fewer rows in at=, groups or variables). Probabilities of many rows, each with its "
            f"interval: fit.predict(newdata, interval='confidence')"
        )


def concatenated(parts: Sequence[Estimates]) -> Estimates:
    """Several sets of estimates as one, in the order given."""
    require_room(sum(len(part.values) for part in parts))
    influence = [part.influence for part in parts if part.influence is not None]
    return Estimates(
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.jacobian for part in parts]),
        np.concatenate(influence, axis=1) if influence else None,
        tuple(reason for part in parts for reason in part.reasons),
        tuple(reason for part in parts for reason in part.error_reasons),
    )


def take(estimates: Estimates, order: Index) -> Estimates:
    """The estimates at positions ``order`` (m,), in that order, with gradients, influence and reasons."""
    influence = None if estimates.influence is None else estimates.influence[:, order]
    reasons, error_reasons = (tuple(texts[i] for i in order) for texts in (estimates.reasons, estimates.error_reasons))
    return Estimates(estimates.values[order], estimates.jacobian[order], influence, reasons, error_reasons)
