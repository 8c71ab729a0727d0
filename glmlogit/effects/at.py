"""Average effects at the points a user asks for: variables set to values, a table, a typical row, all in subgroups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.columns.columns import Settings
from glmlogit.data import frames
from glmlogit.effects.delta import require_sample
from glmlogit.effects.estimates import RowRisks, ScenarioBlock
from glmlogit.effects.groups import Groups, grouping, one_group
from glmlogit.effects.labels import crossed, unreserved
from glmlogit.effects.request import Request
from glmlogit.errors import DataError
from glmlogit.messages.notes import Note
from glmlogit.messages.words import Name, Number, plural, sentence
from glmlogit.prediction.population import Population, counted, new_population, probabilities
from glmlogit.prediction.reference_grid import grid_of, points_at
from glmlogit.prediction.scenarios import Scenario

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


Index = npt.NDArray[np.intp]
Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scenarios:
    """Rows under settings of their variables, whose effects are averaged in groups.

    ``rows`` are a population, or one row of weight 1. ``points`` labels the averages, a row a setting and group, the
    groups changing fastest; ``sampled`` tells that the rows are a sample whose own variation counts.
    """

    rows: Population | Scenario
    settings: Sequence[Settings]
    groups: Groups
    points: pd.DataFrame
    sampled: bool = False
    notes: tuple[Note, ...] = ()

    @property
    def sample(self) -> tuple[Array, Index] | None:
        """Weights (n,) and groups (n,) of all rows, where these are a sample."""
        return (self.rows.weights, self.groups.codes) if self.sampled and isinstance(self.rows, Population) else None

    def blocks(self, fit: Estimate) -> Iterator[tuple[int, ScenarioBlock]]:
        """Each block of rows under every setting, with the setting's place; what these share is computed once."""
        population = self.rows
        if not isinstance(population, Population):
            here = RowRisks(population, probabilities(fit, population), fit.response)
            yield 0, ScenarioBlock(here, np.ones(1), self.groups.codes, slice(0, 1), weigh=False)
            return
        all_codes, partial = self.groups.codes, self.groups.partial
        patterns = None if self.sampled or fit.coefs.separated else counted(population, all_codes, self.groups.count)
        if patterns is not None:
            (population, all_codes), partial = patterns, False
        weigh = bool((population.weights != 1.0).any())
        for rows, block in population.blocks():
            weights, codes = population.weights[rows], all_codes[rows]
            for i, settings in enumerate(self.settings):
                scenario = block.changed(settings) if settings else block
                at = probabilities(fit, scenario, rows if population.fitted and not settings else None)
                yield i, ScenarioBlock(RowRisks(scenario, at, fit.response), weights, codes, rows, partial, weigh)


_ONE = pd.DataFrame(index=range(1))


def scenarios_of(fit: Estimate, population: Population, request: Request) -> Scenarios:
    """The rows and settings that ``at=`` and ``by=`` of a request name."""
    at = request.at
    if isinstance(at, str) and at in ("mean", "median", "typical"):
        _refuse_beside_point(at, request)
        place = population.average if at == "mean" else _representative(fit, "median" if at == "median" else "mean")
        return Scenarios(place, ({},), one_group(1), _ONE)
    if isinstance(at, Mapping) or (isinstance(at, str) and at == "overall"):
        settings = [{}] if isinstance(at, str) else points_at(fit, at)
        groups, names = grouping(fit, population, request.by)
        if request.unconditional:
            require_sample(fit)
        points = names
        if any(settings):
            values = pd.DataFrame([dict(point) for point in settings])
            points = crossed(unreserved(values, [str(name) for name in names]), names)
        notes = outside(population, settings) if any(settings) else []
        return Scenarios(population, settings, groups, points, request.unconditional, tuple(notes))
    if isinstance(at, str):
        raise DataError(
            f"at={at!r} is not known; give 'overall', 'mean', 'median', 'typical', values such as "
            f"{{'age': [20, 30]}}, or a table"
        )
    _refuse_beside_point("a table", request)
    rows = new_population(fit, at, "at")
    groups = Groups(np.arange(len(rows)), len(rows))
    return Scenarios(rows, ({},), groups, _shown(rows), notes=tuple(_beyond(population, rows)))


def _refuse_beside_point(at: str, request: Request) -> None:
    if request.by is not None:
        raise DataError(f"by= averages over subgroups of the rows, and at={at!r} is one row; leave one of them out")
    if request.unconditional:
        raise DataError(
            f"unconditional=True is about averages over the rows, and at={at!r} averages none; leave it out"
        )


def _beyond(observed: Population, rows: Population) -> list[Note]:
    """A note on rows of a table that lie outside the data."""
    read = observed.columns.predictors
    numbers = [name for name in read if pd.api.types.is_numeric_dtype(rows.column(name).dtype)]
    return outside(observed, [{name: float(v)} for name in numbers for v in rows.column(name).unique()])


def _shown(rows: Population) -> pd.DataFrame:
    """The variables of rows, as labels."""
    if rows.frame is not None:
        return unreserved(rows.frame)
    names = [name for term in rows.columns.terms if term.order for name in term.variables]
    return pd.DataFrame({name: rows.column(name) for name in names})


def outside(population: Population, settings: Sequence[Settings]) -> list[Note]:
    """A note on values beyond those observed."""
    notes = []
    for name in dict.fromkeys(name for point in settings for name in point):
        values = [point[name] for point in settings if isinstance(point.get(name), float)]
        column = population.column(name)
        if values and pd.api.types.is_numeric_dtype(column.dtype):
            low, high = float(column.min()), float(column.max())
            beyond = sorted({v for v in values if not low <= v <= high})
            if beyond:
                text = "{name} = {values} lies outside the data, {low} to {high}."
                parts = {"name": Name(name), "values": beyond[:3], "low": low, "high": high}
                notes.append(Note("extrapolation", sentence(text, **parts)))
    return notes


def stepped_out(observed: Population, rows: Population, name: str, size: float) -> list[Note]:
    """A note on rows that a step takes beyond the values observed."""
    column, moved = frames.numeric(observed.column(name)), frames.numeric(rows.column(name)) + size
    low, high = float(column.min()), float(column.max())
    beyond = (rows.weights > 0) & ((moved < low) | (moved > high))
    if not beyond.any():
        return []
    share = 100.0 * float(rows.weights[beyond].sum() / rows.weights.sum())
    text = sentence(
        "A step of {size} in {name} takes {n} of {rows} ({share} %) beyond the data, {low} to {high}, where nothing "
        "was observed.",
        size=Number(f"{size:+g}"),
        name=Name(name),
        n=int(beyond.sum()),
        rows=plural(len(beyond), "row"),
        share=round(share),
        low=low,
        high=high,
    )
    return [Note("extrapolation", text)]


def _representative(fit: Estimate, center: Literal["mean", "median"]) -> Scenario:
    rows = new_population(fit, grid_of(fit, {}, center), "the typical row")
    return next(place for _, place in rows.blocks())
