"""What users pass, paired row by row: columns by name or array, missing rows out, everything checked."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit import _frames, _texts
from glmlogit._arrays import (
    EXACT_INTEGERS,
    aligned,
    as_float,
    check_dtype,
    describe_nonfinite,
    first,
    plural,
    require_finite,
    same_index,
    shape_of,
    vector,
)
from glmlogit._calls import warn
from glmlogit._format import visible
from glmlogit._lazy import cached_property
from glmlogit.errors import DataError, GlmlogitWarning
from glmlogit.matrices import Matrix

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Note:
    """Something the reader of a result must know: a code to test for and a sentence to print."""

    code: str
    text: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", visible(self.text))

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Dropped:
    """Rows that take no part: missing values (and the columns that have them), weight or trials of 0."""

    missing: int = 0
    by_column: Mapping[str, int] = field(default_factory=dict)
    zero_weight: int = 0
    total: int = 0

    def notes(self) -> tuple[Note, ...]:
        """Sentences for the summary."""
        found = []
        if self.missing:
            columns = ", ".join(f"{name} ({count:,})" for name, count in self.by_column.items())
            found.append(
                Note(
                    "missing",
                    f"{plural(self.missing, 'row')} of {self.total:,} dropped because of missing values in {columns}.",
                )
            )
        if self.zero_weight:
            found.append(Note("zero_weight", f"{plural(self.zero_weight, 'row')} with weight or trials of 0 left out."))
        return tuple(found)


@dataclass(frozen=True, eq=False)
class Positions:
    """Where in the data the rows stand that take part: all of ``total``, or those ``kept``."""

    total: int
    kept: npt.NDArray[np.intp] | None = None

    def __len__(self) -> int:
        return self.total if self.kept is None else len(self.kept)

    @property
    def complete(self) -> bool:
        """Whether all rows take part."""
        return len(self) == self.total

    def of(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.intp]:
        """Positions of some of the rows, given as a mask or by number."""
        chosen = np.flatnonzero(rows) if rows.dtype == bool else np.asarray(rows, dtype=np.intp)
        return chosen if self.kept is None else self.kept[chosen]

    def some(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.integer[Any]]) -> Positions:
        """The positions of fewer rows."""
        return Positions(self.total, self.of(rows))

    @cached_property
    def array(self) -> npt.NDArray[np.intp]:
        """All of them (n,), read-only."""
        found = np.arange(self.total) if self.kept is None else self.kept
        found.flags.writeable = False
        return found


@dataclass
class Draft:
    """Row-wise inputs on their way to a Design; only used while building one.

    ``frame`` has the columns a formula uses, ``sides`` everything else by role.
    """

    frame: pd.DataFrame
    sides: dict[str, _frames.Column]
    names: dict[str, str]
    n: int
    index: pd.Index

    def keep(self, rows: npt.NDArray[np.bool_]) -> Draft:
        """The same inputs for some of the rows."""
        if rows.all():
            return self
        return Draft(
            self.frame if self.frame.empty else self.frame[rows],
            {role: side[rows] for role, side in self.sides.items()},
            self.names,
            int(rows.sum()),
            self.index[rows],
        )


def gather(data: Any, variables: Sequence[str], named: dict[str, Any], cluster: Any) -> Draft:
    """All columns that a formula design uses, by name or as arrays, paired row by row."""
    by_name = {role: value for role, value in named.items() if isinstance(value, str)}
    cluster_names = [cluster] if isinstance(cluster, str) else None
    if isinstance(cluster, (list, tuple)) and cluster and all(isinstance(c, str) for c in cluster):
        cluster_names = list(cluster)
    wanted = list(dict.fromkeys([*variables, *by_name.values(), *(cluster_names or ())]))
    labels = labels_of(data, wanted)
    taken = _frames.take(data, labels)
    taken.columns = pd.Index(wanted)
    arrays = {role: value for role, value in named.items() if value is not None and role not in by_name}
    frame = taken[list(variables)]
    ways = {} if cluster_names else cluster_columns(cluster)
    same_index([("data", frame), *arrays.items(), *ways.items()])
    draft = Draft(frame, {}, {}, len(frame), frame.index)
    add_arrays(draft, arrays, ways)
    for role, name in by_name.items():
        draft.sides[role] = taken[name]
        draft.names[role] = name
    for name in cluster_names or ():
        draft.sides[f"cluster:{name}"] = taken[name]
    return draft


def array_draft(outcome: _frames.Column, name: str, index: pd.Index | None) -> Draft:
    """A draft without a table: the outcome is one more side."""
    rows = pd.RangeIndex.from_range(range(len(outcome))) if index is None else index
    return Draft(_NO_COLUMNS, {"outcome": outcome}, {"outcome": name}, len(outcome), rows)


_NO_COLUMNS = pd.DataFrame()
# What an offset that was given as an array is called, as in R's model frames.
GIVEN_OFFSET = "(offset)"


def add_arrays(draft: Draft, arrays: Mapping[str, Any], ways: Mapping[str, Any]) -> None:
    """Add weights, trials and offset given as arrays, and the ways of clustering."""
    for role, values in arrays.items():
        if values is None:
            continue
        draft.sides[role] = vector(values, role, draft.n)
        draft.names[role] = str(values.name) if isinstance(values, pd.Series) and values.name else role
    if "offset" in draft.names:  # no column of new data may be taken for it by its name: np.log(t) is still called t
        draft.names["offset"] = GIVEN_OFFSET
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
        frame = _frames.take(cluster, _frames.column_names(cluster))
        return {f"cluster {name}": frame[name] for name in frame}
    if isinstance(cluster, (list, tuple)) and any(len(shape_of(one, "cluster")) == 1 for one in cluster):
        named = [getattr(one, "name", None) or f"cluster{k + 1}" for k, one in enumerate(cluster)]
        require_unique([str(name) for name in named])
        return {f"cluster {name}": one for name, one in zip(named, cluster, strict=True)}
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
    """The rows that count for something: those with weight and trials."""
    if not used.any():
        raise DataError("all weights or trials are 0; no row takes part")
    if used.all():
        return draft, positions, dropped
    dropped = replace(dropped, zero_weight=dropped.zero_weight + int((~used).sum()))
    return draft.keep(used), positions.some(used), dropped


def _missing_rows(draft: Draft, matrix: Array | None) -> tuple[npt.NDArray[np.bool_], dict[str, int]]:
    gone = np.zeros(draft.n, dtype=bool)
    by_column: dict[str, int] = {}
    every: list[tuple[str, _frames.Column]] = [(str(name), draft.frame[name]) for name in draft.frame]
    every += [(draft.names.get(role, role.removeprefix("cluster:")), side) for role, side in draft.sides.items()]
    for name, column in every:
        mask = _frames.missing_mask(column)
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
    """Weights, trials or offset as floats of their own memory; None where not given."""
    values = draft.sides.get(role)
    return None if values is None else np.array(as_float(values, role))


def clusters(draft: Draft) -> tuple[pd.DataFrame | None, tuple[Note, ...]]:
    """Cluster identifiers, one column a way of clustering (None without), and notes on those made one."""
    found, notes = {}, []
    for role, side in draft.sides.items():
        if role.startswith("cluster:"):
            name = role.removeprefix("cluster:")
            found[name], note = _texts.merged(pd.Series(side).reset_index(drop=True), f"cluster {name!r}")
            notes += [Note("alike", note)] if note else []
    return (pd.DataFrame(found) if found else None), tuple(notes)


def names_given(option: str, value: Any) -> list[str]:
    """One name, or several, as a list."""
    if isinstance(value, str):
        return [value]
    found = list(value) if isinstance(value, Iterable) else [value]
    if all(isinstance(name, str) for name in found):
        return found
    raise DataError(f"{option}={value!r}: give a name, or a list of names")


def check_choice(option: str, value: Any, choices: Sequence[str], meant: Mapping[str, str] | None = None) -> None:
    """Refuse a value that is none of the choices; ``meant`` tells those who use another program's word."""
    if not isinstance(value, str) or value not in choices:
        listed = ", ".join(repr(choice) for choice in choices)
        here = (meant or {}).get(str(value).lower())
        hint = f" ({value!r} is {here!r} here)" if here else ""
        raise DataError(f"{option}={value!r} is not known; give {'one of ' if len(choices) > 1 else ''}{listed}{hint}")


def refuse_infinite(draft: Draft, positions: Positions) -> None:
    """Refuse infinities in the columns a formula uses, by the rows of the original data."""
    for name in draft.frame:
        column = draft.frame[name]
        if getattr(column.dtype, "kind", "O") != "f":
            continue
        values = column.to_numpy(dtype=float, na_value=np.nan)
        bad = np.isinf(values)
        if bad.any():
            where, full = np.zeros(positions.total, dtype=bool), np.zeros(positions.total)
            where[positions.of(bad)] = True
            full[positions.array] = values
            raise DataError(f"column {name} has {describe_nonfinite(full, where)}")


def outcome_array(y: Any, n: int) -> tuple[_frames.Column, str]:
    """Outcome values as a column, and their name; refuses shapes that do not pair with X."""
    if isinstance(y, np.ma.MaskedArray) and np.ma.getmaskarray(y).any():
        as_float(y, "y")
    if isinstance(y, (dict, set, str, bytes)) or not (shape := shape_of(y, "y")):
        raise DataError(f"y is a {type(y).__name__}; pass a one-dimensional array with one outcome per row of X")
    if len(shape) != 1:
        raise DataError(f"y has shape {shape}; it must be 1-D with one outcome per row, such as y.ravel()")
    if len(y) != n:
        raise DataError(f"y has {len(y)} values but X has {n} rows; they must pair up row by row")
    name = str(y.name) if isinstance(y, pd.Series) and y.name is not None else "y"
    values = _column(y)
    if not isinstance(values.dtype, pd.CategoricalDtype):
        check_dtype(values.dtype, "y")
    if values.dtype.kind == "f":
        require_finite(_frames.numbers(values), "y")
    return values, name


def _column(y: Any) -> _frames.Column:
    """Numbers as an array, where they are one; all else as a Series."""
    if isinstance(y, pd.Series):
        return y
    if isinstance(y, pd.api.extensions.ExtensionArray):
        return pd.Series(y)
    values = y.to_pandas() if hasattr(y, "to_pandas") else np.asarray(y)
    return values if isinstance(values, np.ndarray) and values.dtype.kind in "biuf" else pd.Series(values)


def matrix(X: Any, names: Sequence[str] | None, *, allow_missing: bool) -> tuple[Array, tuple[str, ...]]:
    """Float64 columns of an array or table, and their names."""
    if _is_table(X):
        labels = _frames.column_names(X)
        taken = X if isinstance(X, pd.DataFrame) else _frames.take(X, list(labels))
        require_unique([str(label) for label in labels])
        matrix = _table_matrix(taken, allow_missing)
        default = tuple(str(label) for label in labels)
    else:
        matrix = plain_matrix(X)
        default = tuple(f"x{j}" for j in range(matrix.shape[1]))
    if names is None:
        return matrix, default
    given = tuple(str(name) for name in names)
    if len(given) != matrix.shape[1]:
        raise DataError(f"{plural(len(given), 'name')} given for {plural(matrix.shape[1], 'column')} of X")
    return matrix, given


def _is_table(X: Any) -> bool:
    return (
        isinstance(X, (pd.DataFrame, dict))
        or (hasattr(X, "columns") and not isinstance(X, np.ndarray))
        or (hasattr(X, "column_names"))
    )


def _table_matrix(frame: pd.DataFrame, allow_missing: bool) -> Array:
    if frame.shape[1] == 0:
        raise DataError("X has 0 columns; there is nothing to estimate (intercept=True needs at least one)")
    columns = []
    for j in range(frame.shape[1]):
        name = str(frame.columns[j])
        values = frame.iloc[:, j]
        missing = _frames.missing_mask(values)
        if missing.any() and not allow_missing:
            raise DataError(
                f"column {j} of X ({name!r}) has {plural(int(missing.sum()), 'missing value')} (null, NaN) in "
                f"{first(np.flatnonzero(missing))}; drop these rows, or give missing='drop'"
            )
        columns.append(as_float(values, f"column {j} of X ({name!r})"))
        _warn_inexact(values, columns[-1], f"column {j} of X ({name!r})")
    return np.column_stack(columns)


def plain_matrix(X: Any) -> Array:
    """Float64 columns of something array-like; no copy where it is float64 already."""
    if hasattr(X, "tocsr"):
        raise _sparse_error(X)
    if isinstance(X, np.ma.MaskedArray) and np.ma.getmaskarray(X).any():
        raise DataError(
            f"X has {plural(np.ma.getmaskarray(X).sum(), 'masked cell')}; the values under a mask are not data. "
            f"Drop those rows, or fill them: X.filled(np.nan)"
        )
    shape_of(X, "X")
    array = np.asarray(X)
    check_dtype(array.dtype, "X")
    if array.ndim != 2:
        hint = "X.reshape(-1, 1) makes it one column" if array.ndim == 1 else "pass a 2-D array"
        raise DataError(f"X is {array.ndim}-D with shape {array.shape}; {hint}")
    if array.shape[0] == 0:
        raise DataError(f"X has 0 rows and {plural(array.shape[1], 'column')}; there is nothing to fit")
    if array.shape[1] == 0:
        raise DataError("X has 0 columns; there is nothing to estimate")
    if array.dtype.kind not in "biuf":
        return np.column_stack([as_float(array[:, j], f"column {j} of X") for j in range(array.shape[1])])
    matrix = aligned(array)
    if array.dtype.kind in "iu" and array.size:
        for j in range(array.shape[1]):
            _warn_inexact(array[:, j], matrix[:, j], f"column {j} of X")
    return matrix


def _sparse_error(X: Any) -> DataError:
    values = np.asarray(X.tocoo().data, dtype=float)
    if not np.isfinite(values).all():
        return DataError(
            f"sparse X has {plural(int((~np.isfinite(values)).sum()), 'stored value')} that are NaN or inf"
        )
    return DataError("X is sparse; only dense columns are read. Type X.toarray(), or use a formula with C(...)")


def _warn_inexact(raw: Any, values: Array, what: str) -> None:
    kind = getattr(getattr(raw, "dtype", None), "kind", "f")
    if kind in "iu" and len(values) and np.nanmax(np.abs(values)) > EXACT_INTEGERS:
        warn(
            f"{what} has whole numbers beyond 2**53, which float64 rounds; subtract a constant first if the "
            f"last digits matter",
            GlmlogitWarning,
        )


# Above it splitting a number into halves, which products in double-double begin with, overflows (Dekker 1971).
LARGEST_VALUE = 1e290


def magnitude(X: Matrix, names: Sequence[str], positions: Positions, known: Array | None = None) -> Array:
    """Largest absolute value of each column, if not known yet; refuses what is not finite, tiny or huge."""
    magnitude = X.largest() if known is None else known
    sizes = magnitude.tolist()
    for j in (j for j, size in enumerate(sizes) if not math.isfinite(size)):
        column = X.column(j)
        bad = ~np.isfinite(column)
        kinds = ", ".join(sorted({"NaN" if np.isnan(v) else "inf" if v > 0 else "-inf" for v in column[bad]}))
        raise DataError(
            f"column {j} of X ({names[j]!r}) has {plural(int(bad.sum()), 'value')} not finite ({kinds}) in "
            f"{first(positions.of(bad))}; no likelihood is defined there. Correct or drop them"
        )
    for j in (j for j, size in enumerate(sizes) if 0 < size < 1e-300):
        raise DataError(
            f"column {j} of X ({names[j]!r}) is subnormal: its largest value is {magnitude[j]:g}, below what float64 "
            f"holds with full precision. Rescale it"
        )
    for j in (j for j, size in enumerate(sizes) if size > LARGEST_VALUE):
        raise DataError(
            f"column {j} of X ({names[j]!r}) reaches {magnitude[j]:g}, where products leave the range of float64. "
            f"Rescale it"
        )
    return magnitude


def require_unique(names: Sequence[str]) -> None:
    """Refuse two columns of the same name."""
    seen: set[Hashable] = set()
    for name in names:
        if name in seen:
            raise DataError(
                f"two columns are called {name!r}; results could not be told apart. Rename one"
                + (", or leave out intercept=True" if name == "Intercept" else "")
            )
        seen.add(name)


def labels_of(frame: Any, names: Sequence[str]) -> list[Any]:
    """Column labels of a frame whose text is one of ``names`` (integer labels print as text)."""
    available = {str(label): label for label in _frames.column_names(frame)}
    return [available.get(name, name) for name in names]
