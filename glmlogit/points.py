"""Where a fit is looked at: variables set to values, groups of rows, representative people, and their labels."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit import _frames, _texts, averages, counterfactual
from glmlogit._arrays import first, plural
from glmlogit._delta import require_sample
from glmlogit.averages import Estimates, Groups, Target
from glmlogit.counterfactual import Place, Population, Settings
from glmlogit.designs import ArrayColumns
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.formula import Spec
from glmlogit.intake import Note
from glmlogit.variation import Variable

if TYPE_CHECKING:
    from glmlogit.estimate import Estimate

# Columns of effects tables; a variable of the data that has such a name is shown as ``at_...``.
_RESERVED = (
    *("variable", "contrast", "estimand", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high"),
    *("odds_ratio", "risk_exposed", "risk_reference", "interval"),
)


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
        estimates, numerical = averages.fold(fit, averages.view_of(fit, place), targets)
        return estimates, labels, _notes(numerical)
    if isinstance(at, Mapping) or (isinstance(at, str) and at == "overall"):
        settings = _points(fit, {} if isinstance(at, str) else at)
        return _at_settings(fit, population, targets, labels, settings, by, sampled)
    if isinstance(at, str):
        raise DataError(
            f"at={at!r} is not known; give 'overall', 'mean', 'median', 'typical', values such as "
            f"{{'age': [20, 30]}}, or a table"
        )
    _refuse_beside_point("a table", by, sampled)
    rows = counterfactual.new_population(fit, at, "at")
    groups = Groups(np.arange(len(rows)), len(rows))
    estimates, numerical = averages.fold(fit, averages.views(fit, rows, {}, groups), targets, len(rows))
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


def _points(fit: Estimate, at: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every combination of the values given, checked against the variables."""
    known = counterfactual.variables(fit)
    values = {}
    for name, given in at.items():
        variable = variable_of(known, name)
        listed = values_in(given)
        if not listed:
            raise DataError(f"at={{{name!r}: []}} names no value")
        values[name] = [check_value(variable, value) for value in listed]
    return [dict(zip(values, combination, strict=True)) for combination in itertools.product(*values.values())]


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
    parts, numerical = averages.fold_at(fit, population, settings, targets, groups, sample)
    notes = [*outside(population, settings), *_notes(numerical)]
    order = _variable_first(len(targets), len(settings), groups.count)
    points = pd.DataFrame([dict(point) for point in settings])
    where = names if not points.shape[1] else crossed(unreserved(points, [str(name) for name in names]), names)
    return averages.taken(averages.joined(parts), order), crossed(labels, where), notes


def _variable_first(targets: int, points: int, groups: int) -> npt.NDArray[np.intp]:
    """Places of estimates that come point by point, in the order target, point, group."""
    return np.arange(points * targets * groups).reshape(points, targets, groups).swapaxes(0, 1).ravel()


def _notes(numerical: Sequence[str]) -> list[Note]:
    if not numerical:
        return []
    return [Note("numerical", f"The derivative of {', '.join(numerical)} is numerical, checked with two steps.")]


def outside(population: Population, settings: Sequence[Settings]) -> list[Note]:
    """A note on values beyond those observed."""
    found = []
    for name in dict.fromkeys(name for point in settings for name in point):
        values = [point[name] for point in settings if isinstance(point.get(name), float)]
        column = population.column(name)
        if values and pd.api.types.is_numeric_dtype(column.dtype):
            low, high = float(column.min()), float(column.max())
            beyond = sorted({v for v in values if not low <= v <= high})
            if beyond:
                told = ", ".join(f"{v:g}" for v in beyond[:3])
                found.append(Note("extrapolation", f"{name} = {told} lies outside the data, {low:g} to {high:g}."))
    return found


# --- groups ---------------------------------------------------------------------------------------


def grouping(fit: Estimate, population: Population, by: Any) -> tuple[Groups, pd.DataFrame]:
    """Groups of rows, and a label for each."""
    if by is None:
        return averages.whole(len(population)), pd.DataFrame(index=range(1))
    listed = by if isinstance(by, (list, tuple)) and by and all(isinstance(b, str) for b in by) else [by]
    columns = [_group_column(fit, population, one) for one in listed]
    frame = pd.DataFrame({str(column.name): column.to_numpy() for column in columns})
    for column in columns:
        if isinstance(column.dtype, pd.CategoricalDtype):
            frame[str(column.name)] = pd.Categorical(frame[str(column.name)], dtype=column.dtype)
    groups = frame.groupby(list(frame), observed=True, sort=True)
    codes = groups.ngroup().to_numpy().astype(np.intp)
    names = groups.size().index.to_frame(index=False)
    return Groups(codes, len(names)), unreserved(names)


def _group_column(fit: Estimate, population: Population, by: Any) -> pd.Series[Any]:
    if isinstance(by, str):
        frame = fit.design.frame if population.fitted else population.frame
        if frame is not None and by in frame:
            return frame[by].reset_index(drop=True)
        if frame is None and by in population.columns.names:
            return population.column(by).rename(by)
        raise DataError(f"by={by!r} is no column of the model's data; pass the column itself: by=data[{by!r}]")
    if not isinstance(by, pd.Series) and np.ndim(by) != 1:
        raise DataError("by= takes columns of the model by name, or one column of values: by=data['sex']")
    column = by if isinstance(by, pd.Series) else pd.Series(np.asarray(by))
    if population.fitted and len(column) == fit.design.dropped.total:
        column = column.iloc[fit.design.positions]
    if len(column) != len(population):
        raise DataError(f"by has {len(column)} values; give one for each of the {len(population)} rows averaged over")
    _require_pairs(by, column, population)
    groups, _ = _texts.merged(column.reset_index(drop=True), "by")
    return groups.rename("by" if column.name is None else str(column.name))


def _require_pairs(by: Any, column: pd.Series[Any], population: Population) -> None:
    """Refuse a column of groups whose labels are those of other rows, and missing groups."""
    if isinstance(by, pd.Series) and not column.index.equals(population.index):
        raise DataError(
            "the pandas index of by differs from that of the data; pairing by position would mix up rows. Pass "
            "by.reindex(data.index), or by.to_numpy() if the positions do agree"
        )
    lost = np.flatnonzero(column.isna().to_numpy())
    if len(lost):
        raise DataError(
            f"by has {plural(len(lost), 'missing value')} ({first(lost)} of those averaged over), and to which group "
            f"these belong is not known; name one: by=data[...].fillna('unknown')"
        )


# --- labels ---------------------------------------------------------------------------------------


def written(value: Any) -> str:
    """A value in a label: 1 for 1.0."""
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def label_of(name: str, taken: Collection[str] = ()) -> str:
    """The name of a variable as a label, which is not that of another column of the table."""
    return f"at_{name}" if name in _RESERVED or name in taken else name


def unreserved(frame: pd.DataFrame, taken: Collection[str] = ()) -> pd.DataFrame:
    """Labels whose names are not those of other columns of the table."""
    return frame.rename(columns={name: label_of(str(name), taken) for name in frame})


def crossed(labels: pd.DataFrame, points: pd.DataFrame) -> pd.DataFrame:
    """Every label at every point, the points fastest."""
    if points.shape == (1, 0):
        return labels
    n = len(points)
    left = labels.loc[labels.index.repeat(n)].reset_index(drop=True)
    right = points.iloc[np.tile(np.arange(n), len(labels))].reset_index(drop=True)
    return pd.concat([left, right], axis=1)


# --- variables and their values -------------------------------------------------------------------


def stepped_out(observed: Population, rows: Population, name: str, size: float) -> list[Note]:
    """A note on rows that a step takes beyond the values observed."""
    column, moved = _frames.numeric(observed.column(name)), _frames.numeric(rows.column(name)) + size
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


def variable_of(known: Mapping[str, Variable], name: str, effect: bool = False) -> Variable:
    """A variable by its name in the data; ``effect`` tells that its effect is asked for.

    Raises
    ------
    DataError
        Where the model has none of that name.
    UnsupportedError
        For a variable that the offset beside the formula is made of, which its change would have to move; for the
        effect of one that the formula reads in an offset only.
    """
    if isinstance(name, str) and name in known:
        if known[name].in_offset:
            raise UnsupportedError(
                f"{name} is both a variable of the model and its offset=, and what a change of {name} does to the "
                f"offset is not known; write the offset into the formula, offset({name}) or offset(log({name})), and "
                f"leave offset= out"
            )
        if effect and known[name].fixed:
            raise UnsupportedError(
                f"{name} takes part as an offset only: its effect is fixed by the offset, not estimated, so it has no "
                f"standard error or test. Name another variable, set it in at={{{name!r}: [...]}}, or add it to the "
                f"formula as a term"
            )
        return known[name]
    near = get_close_matches(str(name), list(known), n=1, cutoff=0.6)
    inside = [v for v in known if v in str(name) and v != name]
    hint = f"; did you mean {near[0]!r}?" if near else "."
    if inside and not near:
        hint = f"; {name!r} is a term: name the variable, {inside[0]!r}."
    raise DataError(f"{name!r} is no variable of the model{hint} Its variables: {', '.join(known)}")


def names_in(asked: Any, what: str) -> list[str]:
    """One name, or several, as a list.

    Raises
    ------
    DataError
        Where there is none.
    """
    names = values_in(asked)
    if not names:
        raise DataError(f"{what}={asked!r} names none; give a name, or a list of names")
    return names


def values_in(given: Any) -> list[Any]:
    """One value, or several, as a list."""
    whole = isinstance(given, (str, bytes, Mapping)) or not isinstance(given, Iterable)
    return [given] if whole or (isinstance(given, np.ndarray) and given.ndim == 0) else list(given)


def check_value(variable: Variable, value: Any) -> Any:
    """A value that the variable may take; the level as the data spell it.

    Raises
    ------
    DataError
        For a level the data do not have, or no finite number.
    """
    if variable.use == "levels":
        match = [level for level in variable.levels if level == value]
        if not match:
            known = ", ".join(map(repr, variable.levels))
            raise DataError(f"{variable.name} has no level {value!r}; its levels are {known}")
        return match[0]
    if not isinstance(value, (int, float, np.bool_, np.integer, np.floating)) or not np.isfinite(value):
        raise DataError(f"{variable.name} = {value!r}: give a finite number")
    if variable.levels and value not in variable.levels:
        raise DataError(f"{variable.name} = {value!r} is no level of the factor made of it: {variable.levels}")
    return float(value)


def is_binary(column: pd.Series[Any]) -> bool:
    """Whether a numeric column holds only 0 and 1, both of them."""
    head = column.to_numpy()[:1000]
    if not np.isin(head, (0, 1)).all():
        return False
    values = column.unique()
    return len(values) == 2 and set(values.tolist()) == {0, 1}


def values_to_compare(name: str, rows: Population) -> list[float]:
    """Values of a numeric variable that stand for its range: 0 and 1, or the quartiles."""
    if is_binary(rows.column(name)):
        return [0.0, 1.0]
    return [float(value) for value in np.unique(rows.quantiles(name, [0.25, 0.5, 0.75]))]


# --- representative people ------------------------------------------------------------------------


def reference_grid(fit: Estimate, at: Mapping[str, Any] | None = None) -> pd.DataFrame:
    """Representative people: typical values of every variable, with those named set to values.

    Parameters
    ----------
    fit : Fit
    at : mapping of variable to value or list of values, optional
        Every combination of the values makes a row.

    Returns
    -------
    DataFrame
        A row a combination, a column a variable (and an offset beside the formula): weighted means of numbers, the
        most frequent level of factors and of 0/1 numbers. For ``predict``, ``predictions`` and ``margins(at=...)``.

    Raises
    ------
    DataError
        For an unknown variable or level.

    Notes
    -----
    *Matches* R's ``emmeans::ref_grid`` in holding numbers at their means. *Differs*: factors are held at the most
    frequent level, not averaged over levels of equal weight.
    """
    if at is not None and not isinstance(at, Mapping):
        raise DataError(f"at={at!r}: name variables and their values, such as {{'age': [20, 30]}}")
    return _grid(fit, at or {}, "mean")


def _grid(fit: Estimate, at: Mapping[str, Any], center: Literal["mean", "median"]) -> pd.DataFrame:
    population, known = counterfactual.population_of(fit), counterfactual.variables(fit)
    typical = _constants(fit) | {v.name: _typical_value(v, population, center) for v in known.values()}
    grid = pd.DataFrame([{**typical, **point} for point in _points(fit, at)])
    for name in grid if population.frame is not None else ():
        grid[name] = like(grid[name], population.column(str(name)))
    offset = fit.design.offset_name
    if offset is not None and offset not in grid:
        grid[offset] = population.shift
    return grid


def _constants(fit: Estimate) -> dict[str, float]:
    """The column of an array that serves as intercept, which new data must have too."""
    columns = fit.design.columns
    if not isinstance(columns, ArrayColumns) or columns.constant is None or columns.intercept:
        return {}
    return {columns.names[columns.constant]: float(fit.design.matrix.rows(slice(1))[0, columns.constant])}


def like(values: pd.Series[Any], column: pd.Series[Any]) -> pd.Series[Any]:
    """Values in the categories of another column, where it has categories."""
    return values.astype(column.dtype) if isinstance(column.dtype, pd.CategoricalDtype) else values


# Factor by which one sum of weights must exceed another: scaled weights of equal levels add up alike but for rounding.
MORE = 1.0 + 1e-12


def _typical_value(variable: Variable, population: Population, center: Literal["mean", "median"]) -> Any:
    """Mean or median of a number; of levels, and of 0 and 1, the most frequent, the first of equals."""
    column = population.column(variable.name)
    if not variable.levels and is_binary(column):
        ones = population.weights @ column.to_numpy(dtype=float)
        return float(ones > population.weights.sum() / 2.0 * MORE)
    if not variable.levels and center == "median":
        return float(population.quantiles(variable.name, [0.5])[0])
    if not variable.levels:
        return float(np.average(column.to_numpy(dtype=float), weights=population.weights))
    counts = pd.Series(population.weights).groupby(column.to_numpy()).sum()
    number = counts.reindex(list(variable.levels), fill_value=0.0).to_numpy()
    return variable.levels[int(np.argmax(number * MORE >= number.max()))]


def _representative(fit: Estimate, center: Literal["mean", "median"]) -> Place:
    rows = counterfactual.new_population(fit, _grid(fit, {}, center), "the typical row")
    return next(place for _, place in rows.blocks())
