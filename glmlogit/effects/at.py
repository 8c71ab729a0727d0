"""Average effects at the points a user asks for: variables set to values, a table, a typical row, all in subgroups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.data import frames
from glmlogit.effects import average
from glmlogit.effects.delta import require_sample
from glmlogit.effects.estimates import Estimates, Target, joined, taken
from glmlogit.effects.groups import Groups, grouping
from glmlogit.effects.labels import crossed, unreserved
from glmlogit.errors import DataError
from glmlogit.formula.spec import Spec
from glmlogit.messages.notes import Note
from glmlogit.messages.words import plural
from glmlogit.prediction.population import Population, new_population
from glmlogit.prediction.reference_grid import grid_of, points_at
from glmlogit.prediction.scenarios import Place, Settings

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


def over_points(
    fit: Estimate,
    population: Population,
    targets: Sequence[Target],
    labels: pd.DataFrame,
    at: Any,
    by: Any,
    sampled: bool,
) -> tuple[Estimates, pd.DataFrame, list[Note]]:
    """Targets at the points asked for: estimates, their labels, notes; variable by variable, then by point."""
    if isinstance(at, str) and at in ("mean", "median", "typical"):
        _refuse_beside_point(at, by, sampled)
        place = population.average if at == "mean" else _representative(fit, "median" if at == "median" else "mean")
        estimates, numerical = average.fold(fit, average.view_of(fit, place), targets)
        return estimates, labels, _notes(numerical)
    if isinstance(at, Mapping) or (isinstance(at, str) and at == "overall"):
        settings = points_at(fit, {} if isinstance(at, str) else at)
        return _at_settings(fit, population, targets, labels, settings, by, sampled)
    if isinstance(at, str):
        raise DataError(
            f"at={at!r} is not known; give 'overall', 'mean', 'median', 'typical', values such as "
            f"{{'age': [20, 30]}}, or a table"
        )
    _refuse_beside_point("a table", by, sampled)
    rows = new_population(fit, at, "at")
    groups = Groups(np.arange(len(rows)), len(rows))
    estimates, numerical = average.fold(fit, average.views(fit, rows, {}, groups), targets, len(rows))
    return estimates, crossed(labels, _shown(rows)), [*_beyond(population, rows), *_notes(numerical)]


def _refuse_beside_point(at: str, by: Any, sampled: bool) -> None:
    if by is not None:
        raise DataError(f"by= averages over subgroups of the rows, and at={at!r} is one row; leave one of them out")
    if sampled:
        raise DataError(
            f"unconditional=True is about averages over the rows, and at={at!r} averages none; leave it out"
        )


def _beyond(observed: Population, rows: Population) -> list[Note]:
    """A note on rows of a table that lie outside the data."""
    read = observed.columns.formula.predictors if isinstance(observed.columns, Spec) else observed.columns.names
    numbers = [name for name in read if pd.api.types.is_numeric_dtype(rows.column(name).dtype)]
    return outside(observed, [{name: float(v)} for name in numbers for v in rows.column(name).unique()])


def _shown(rows: Population) -> pd.DataFrame:
    """The variables of rows, as labels."""
    if rows.frame is not None:
        return unreserved(rows.frame)
    names = [name for term in rows.columns.terms if term.order for name in term.variables]
    return pd.DataFrame({name: rows.column(name) for name in names})


def _at_settings(
    fit: Estimate,
    population: Population,
    targets: Sequence[Target],
    labels: pd.DataFrame,
    settings: Sequence[Settings],
    by: Any,
    sampled: bool,
) -> tuple[Estimates, pd.DataFrame, list[Note]]:
    groups, names = grouping(fit, population, by)
    sample = None
    if sampled:
        require_sample(fit)
        sample = (population.weights, groups.codes)
    parts, numerical = average.fold_at(fit, population, settings, targets, groups, sample)
    notes = [*outside(population, settings), *_notes(numerical)]
    order = _variable_first(len(targets), len(settings), groups.count)
    points = pd.DataFrame([dict(point) for point in settings])
    where = names if not points.shape[1] else crossed(unreserved(points, [str(name) for name in names]), names)
    return taken(joined(parts), order), crossed(labels, where), notes


def _variable_first(targets: int, points: int, groups: int) -> npt.NDArray[np.intp]:
    """Places of estimates that come point by point, in the order target, point, group."""
    return np.arange(points * targets * groups).reshape(points, targets, groups).swapaxes(0, 1).ravel()


def _notes(numerical: Sequence[str]) -> list[Note]:
    if not numerical:
        return []
    return [Note("numerical", f"The derivative of {', '.join(numerical)} is numerical, checked with two steps.")]


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
                listed = ", ".join(f"{v:g}" for v in beyond[:3])
                notes.append(Note("extrapolation", f"{name} = {listed} lies outside the data, {low:g} to {high:g}."))
    return notes


def stepped_out(observed: Population, rows: Population, name: str, size: float) -> list[Note]:
    """A note on rows that a step takes beyond the values observed."""
    column, moved = frames.numeric(observed.column(name)), frames.numeric(rows.column(name)) + size
    low, high = float(column.min()), float(column.max())
    beyond = (rows.weights > 0) & ((moved < low) | (moved > high))
    if not beyond.any():
        return []
    share = 100.0 * float(rows.weights[beyond].sum() / rows.weights.sum())
    text = (
        f"A step of {size:+g} in {name} takes {int(beyond.sum()):,} of {plural(len(beyond), 'row')} ({share:.0f} %) "
        f"beyond the data, {low:g} to {high:g}, where nothing was observed."
    )
    return [Note("extrapolation", text)]


def _representative(fit: Estimate, center: Literal["mean", "median"]) -> Place:
    rows = new_population(fit, grid_of(fit, {}, center), "the typical row")
    return next(place for _, place in rows.blocks())
