"""What users pass, paired row by row: columns by name or array, missing rows out, everything checked."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.data import frames, texts
from glmlogit.data.draft import Draft, Dropped, Positions, labels_of, require_unique
from glmlogit.data.taken import Taken
from glmlogit.errors import DataError
from glmlogit.messages.notes import Note
from glmlogit.messages.values import first
from glmlogit.messages.words import plural
from glmlogit.numerics.arrays import all_finite, as_float, check_dtype, require_finite, same_index, shape_of, vector

Array = npt.NDArray[np.float64]


def gather(
    data: Any, variables: Sequence[str], named: dict[str, Any], cluster: Any, present: Sequence[Hashable] | None = None
) -> Draft:
    """All columns that a formula design uses, by name or as arrays, paired row by row.

    ``present`` are the labels of the data where the caller has them.
    """
    present = frames.column_names(data) if present is None else present
    by_name = {role: value for role, value in named.items() if isinstance(value, str)}
    cluster_names = [cluster] if isinstance(cluster, str) else None
    if isinstance(cluster, (list, tuple)) and cluster and all(isinstance(c, str) for c in cluster):
        cluster_names = list(cluster)
    wanted = list(dict.fromkeys([*variables, *by_name.values(), *(cluster_names or ())]))
    taken = frames.taken(data, labels_of(present, wanted), wanted, present)
    arrays = {role: value for role, value in named.items() if value is not None and role not in by_name}
    frame = taken if wanted == list(variables) else taken[list(variables)]
    ways = {} if cluster_names else cluster_columns(cluster)
    if arrays or ways:
        same_index([("data", pd.DataFrame(index=frame.index)), *arrays.items(), *ways.items()])
    draft = Draft(frame, {}, {}, len(frame), frame.index)
    add_arrays(draft, arrays, ways)
    for role, name in by_name.items():
        draft.sides[role] = taken[name]
        draft.names[role] = name
    for name in cluster_names or ():
        draft.sides[f"cluster:{name}"] = taken[name]
    return draft


def array_draft(outcome: frames.Column, name: str, index: pd.Index | None) -> Draft:
    """A draft that holds an outcome (n,) and no table."""
    rows = pd.RangeIndex.from_range(range(len(outcome))) if index is None else index
    return Draft(Taken(_NO_COLUMNS, rows), {"outcome": outcome}, {"outcome": name}, len(outcome), rows)


_NO_COLUMNS: dict[str, pd.Series[Any]] = {}

# What an offset that was given as an array is called, as in R's model frames; of a level "(offset of level)".
GIVEN_OFFSET = "(offset"


def add_arrays(draft: Draft, arrays: Mapping[str, Any], ways: Mapping[str, Any]) -> None:
    """Add weights, trials and offset given as arrays, and the ways of clustering."""
    for role, values in arrays.items():
        if values is None:
            continue
        draft.sides[role] = vector(values, role, draft.n)
        draft.names[role] = str(values.name) if isinstance(values, pd.Series) and values.name else role
    for role in draft.names:  # no column of new data may be taken for it by its name: np.log(t) is still called t
        if role.startswith("offset"):
            draft.names[role] = f"({role})"
    for name, values in ways.items():
        shape_of(values, name)
        ids: Any = values.array if isinstance(values, pd.Series) else np.asarray(values)
        if ids.ndim != 1 or len(ids) != draft.n:
            raise DataError(f"{name} has shape {ids.shape} but the data have {draft.n} rows; give one identifier a row")
        draft.sides[f"cluster:{name.removeprefix('cluster ')}"] = pd.Series(ids, index=draft.index)


def cluster_columns(cluster: Any) -> dict[str, Any]:
    """Identifiers given as arrays, one way of clustering each, by what messages call them: ``cluster site``."""
    if cluster is None:
        return {}
    if isinstance(cluster, Mapping) or hasattr(cluster, "columns"):
        frame = frames.take(cluster, frames.column_names(cluster))
        return {f"cluster {name}": frame[name] for name in frame}
    if isinstance(cluster, (list, tuple)) and any(len(shape_of(column, "cluster")) == 1 for column in cluster):
        named = [getattr(column, "name", None) or f"cluster{k + 1}" for k, column in enumerate(cluster)]
        require_unique([str(name) for name in named])
        return {f"cluster {name}": column for name, column in zip(named, cluster, strict=True)}
    return {f"cluster {getattr(cluster, 'name', None) or 'cluster'}": cluster}


def effective(draft: Draft, missing: str, matrix: Array | None = None) -> tuple[Draft, Positions, Dropped]:
    """Drop rows with missing values in any used column, then rows of weight 0 or without trials."""
    if draft.n == 0:
        raise DataError("the data have 0 rows; there is nothing to fit")
    gone, by_column = _missing_rows(draft, matrix)
    n_missing = int(np.count_nonzero(gone))
    if n_missing and missing == "raise":
        raise DataError(
            f"missing values in {', '.join(f'{name} ({count:,})' for name, count in by_column.items())}, first in "
            f"{first(np.flatnonzero(gone))}; drop these rows, or give missing='drop'"
        )
    total = draft.n
    positions = Positions(total, np.flatnonzero(~gone) if n_missing else None)
    draft = draft.keep(~gone) if n_missing else draft
    if draft.n == 0:
        raise DataError(
            f"0 rows left after dropping {plural(n_missing, 'row')} with missing values in {', '.join(by_column)}"
        )
    counts = {role: values for role in ("weights", "trials") if (values := side(draft, role)) is not None}
    if not counts:
        return draft, positions, Dropped(n_missing, by_column, 0, total)
    used = np.ones(draft.n, dtype=bool)
    for role, values in counts.items():
        _check_nonnegative(values, role, positions)
        used &= values > 0
    return counting(draft, positions, Dropped(n_missing, by_column, 0, total), used)


def counting(
    draft: Draft, positions: Positions, dropped: Dropped, used: npt.NDArray[np.bool_]
) -> tuple[Draft, Positions, Dropped]:
    """Draft, positions and counts without the rows of weight or trials 0, ``used`` (n,) marking the others."""
    if not used.any():
        raise DataError("all weights or trials are 0; no row takes part")
    if used.all():
        return draft, positions, dropped
    dropped = replace(dropped, zero_weight=dropped.zero_weight + int((~used).sum()))
    return draft.keep(used), positions.take(used), dropped


def _missing_rows(draft: Draft, matrix: Array | None) -> tuple[npt.NDArray[np.bool_], dict[str, int]]:
    gone = np.zeros(draft.n, dtype=bool)
    by_column: dict[str, int] = {}
    frame = draft.frame
    every: list[tuple[str, frames.Column]] = [(name, frame.column(name)) for name in frame if not frame.finite(name)]
    every += [(draft.names.get(role, role.removeprefix("cluster:")), side) for role, side in draft.sides.items()]
    for name, column in every:
        dtype = column.dtype
        if isinstance(dtype, np.dtype) and dtype.kind in "biu":
            continue
        if isinstance(column, np.ndarray) and dtype.kind == "f" and all_finite(column):
            continue
        mask = frames.missing_mask(column)
        if count := int(np.count_nonzero(mask)):
            by_column[name] = count
            gone |= mask
    if matrix is not None:
        mask = np.asarray(np.isnan(matrix).any(axis=1))
        if mask.any():
            by_column["X"] = int(mask.sum())
            gone |= mask
    return gone, by_column


def _check_nonnegative(values: Array, role: str, positions: Positions) -> None:
    require_finite(values, role)
    negative = values < 0
    if negative.any():
        raise DataError(
            f"{role} has {plural(int(negative.sum()), 'negative value')} in {first(positions.of(negative))}; "
            f"{role} count or weigh rows and start at 0"
        )


def side(draft: Draft, role: str) -> Array | None:
    """Weights, trials or offset of a draft as a float64 copy (n,); None where not given."""
    values = draft.sides.get(role)
    return None if values is None else np.array(as_float(values, role))


def clusters(draft: Draft) -> tuple[pd.DataFrame | None, tuple[Note, ...]]:
    """Cluster identifiers, one column a way of clustering (None without), and notes on those made one."""
    columns, notes = {}, []
    for role, side in draft.sides.items():
        if role.startswith("cluster:"):
            name = role.removeprefix("cluster:")
            columns[name], note = texts.merged(pd.Series(side).reset_index(drop=True), f"cluster {name!r}")
            notes += [Note("alike", note)] if note else []
    return (pd.DataFrame(columns) if columns else None), tuple(notes)


def outcome_array(y: Any, n: int) -> tuple[frames.Column, str]:
    """Outcome values as a column, and their name; refuses shapes that do not pair with X."""
    if isinstance(y, np.ma.MaskedArray) and np.ma.getmaskarray(y).any():
        as_float(y, "y")
    if isinstance(y, (dict, set, str, bytes)) or not (shape := shape_of(y, "y")):
        raise DataError(f"y is a {type(y).__name__}; pass a one-dimensional array with one outcome per row of X")
    if len(shape) != 1:
        counts = len(shape) == 2 and shape[1] > 1
        remedy = "; where its columns count levels give levels=True" if counts else ", such as y.ravel()"
        raise DataError(f"y has shape {shape}; it must be 1-D with one outcome per row{remedy}")
    if len(y) != n:
        raise DataError(f"y has {len(y)} values but X has {n} rows; they must pair up row by row")
    name = str(y.name) if isinstance(y, pd.Series) and y.name is not None else "y"
    values = _column(y)
    if not isinstance(values.dtype, pd.CategoricalDtype):
        check_dtype(values.dtype, "y")
    if values.dtype.kind == "f":
        require_finite(frames.numbers(values), "y")
    return values, name


def _column(y: Any) -> frames.Column:
    """Numbers as an array, where they are one; all else as a Series."""
    if isinstance(y, pd.Series):
        return y
    if isinstance(y, pd.api.extensions.ExtensionArray):
        return pd.Series(y)
    values = y.to_pandas() if hasattr(y, "to_pandas") else np.asarray(y)
    return values if isinstance(values, np.ndarray) and values.dtype.kind in "biuf" else pd.Series(values)
