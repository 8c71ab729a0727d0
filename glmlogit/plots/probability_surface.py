"""Probabilities of every outcome over two variables, the others held at typical values: numbers of a boundary."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from glmlogit.data import frames
from glmlogit.data.storage import Dense
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.messages.words import written
from glmlogit.plots.curves import held_at, held_values, offsets_held
from glmlogit.prediction.population import Population, population_of, variables
from glmlogit.prediction.predict import new_rows, predicted
from glmlogit.prediction.reference_grid import reference_grid, variable_of

if TYPE_CHECKING:
    import pandas as pd

    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class ProbabilitySurface:
    """Probabilities (K, b, a) of the K outcomes at values x (a,) and y (b,), NaN where the data leave them open.

    ``levels`` are the names of the outcomes, ``points`` (n, 2) the rows of the fit, ``present`` (n, K) the outcomes
    observed there, None where the rows do not say. ``held`` says where other variables are held.
    """

    x: Array
    y: Array
    probabilities: Array
    levels: tuple[str, ...]
    points: Array
    present: Bools | None
    held: str

    @property
    def likeliest(self) -> Array:
        """The largest probability at each place (b, a)."""
        return np.asarray(self.probabilities.max(axis=0))

    def lead(self, level: int) -> Array:
        """How much a level's probability exceeds the largest of the others (b, a); 0 on the edge of its region."""
        others = np.delete(self.probabilities, level, axis=0).max(axis=0)
        return np.asarray(self.probabilities[level] - others)


def probability_surface(fit: Estimate, x: str, y: str, at: Mapping[str, Any], points: int) -> ProbabilitySurface:
    """Predict on a grid over the values that two variables have in the rows of a fit."""
    population, by_name = population_of(fit), variables(fit)
    for name in (x, y):
        if variable_of(by_name, name).levels:
            raise UnsupportedError(
                f"{name} is a factor, and contours need two numbers: give it a level, at={{{name!r}: ...}}, or draw "
                f"fit.plot('effect', {name!r})"
            )
    if x == y:
        raise DataError(f"a boundary is over two variables, and {x!r} is given twice")
    if clash := {x, y} & set(at):
        raise DataError(f"at gives a value to {min(clash)!r}, which is on an axis; leave it out")
    for name, value in at.items():
        if np.ndim(value):
            raise DataError(f"at gives {name} several values, {value!r}; give one")
    if not isinstance(points, (int, np.integer)) or points < 2:
        raise DataError(f"points={points!r}: a surface needs two points a side at least")
    seen = [frames.numeric(population.column(name)) for name in (x, y)]
    across, up = (np.linspace(float(v.min()), float(v.max()), points) for v in seen)
    grid = reference_grid(fit, {**at, y: up.tolist(), x: across.tolist()})
    values = _on_grid(fit, grid).reshape(-1, len(up), len(across))
    held = held_at(held_values(population, by_name, grid, at, (x, y)), offsets_held(fit, population))
    return ProbabilitySurface(across, up, values, names(fit), np.column_stack(seen), _present(fit, population), held)


def _on_grid(fit: Estimate, grid: pd.DataFrame) -> Array:
    X, _, offset = new_rows(fit, grid)
    return np.asarray(predicted(fit, Dense(X), offset, fitted=False).p)


def names(fit: Estimate) -> tuple[str, ...]:
    """The outcomes as they are written: of two by their values, ``low = 0`` and ``low = 1``."""
    levels: tuple[Hashable, ...] = fit.response.levels
    if len(levels) > 2:
        return tuple(map(written, levels))
    outcome = fit.sample.outcome
    if outcome.grouped:
        return "no event", "event"
    others = " or ".join(map(written, outcome.others)) or "else"
    return f"{outcome.name} = {others}", outcome.is_event(written)


def _present(fit: Estimate, population: Population) -> Bools | None:
    """Which outcomes were observed in each row (n, K); None where there are several and rows hold none."""
    rows = fit.rows
    if len(fit.response.levels) > 2:
        levels = getattr(rows, "levels", None)
        return None if levels is None else np.asarray(levels.present)
    trials = np.ones(len(population)) if rows.trials is None else rows.trials
    return np.column_stack([trials > rows.y, rows.y > 0])
