"""Any table in, a pandas frame of the columns that are used out.

Accepted are pandas and polars frames, pyarrow tables, DuckDB relations, dicts of one-dimensional arrays, and
what narwhals can convert. The rest of the package sees pandas columns only.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.data.taken import Taken, plain_columns
from glmlogit.errors import DataError
from glmlogit.messages.words import listed, nearest, plural
from glmlogit.numerics.arrays import aligned, same_index

__all__ = ["Column", "column_names", "first_rows", "kind", "missing_mask", "numbers", "numeric", "take", "taken"]

# A column by itself: of a table, or as the user's array.
Column = pd.Series | npt.NDArray[Any]

_ACCEPTED = (
    "a pandas DataFrame, a polars DataFrame or LazyFrame, a pyarrow Table, a DuckDB relation "
    "or a dict of one-dimensional arrays"
)


# ---------------------------------------------------------------- tables


def column_names(data: Any) -> tuple[Hashable, ...]:
    """The column labels of `data`, in order.

    Parameters
    ----------
    data : table
        Any table that `take` accepts.

    Raises
    ------
    DataError
        `data` is None or not a table.
    """
    if isinstance(data, pd.DataFrame):
        if data.columns.nlevels > 1:
            raise DataError(
                f"the columns of the data have {data.columns.nlevels} levels of labels, such as {data.columns[0]!r}; "
                f"give each one name: df.columns = ['_'.join(map(str, label)) for label in df.columns]"
            )
        return tuple(np.asarray(data.columns, dtype=object).tolist())
    if isinstance(data, Mapping):
        return tuple(data)
    origin = _origin(data)
    if origin == "polars":
        return tuple(data.collect_schema().names())
    if origin == "pyarrow":
        return tuple(data.schema.names)
    if origin == "duckdb":
        return tuple(data.columns)
    return tuple(_through_narwhals(data).columns)


def take(data: Any, names: Sequence[Hashable]) -> pd.DataFrame:
    """The columns `names` of any table, as a pandas frame.

    Parameters
    ----------
    data : table
        pandas, polars, pyarrow, DuckDB or a dict of one-dimensional arrays.
    names : sequence of column labels
        Which columns; a label given twice is taken once.

    Returns
    -------
    pandas.DataFrame
        The index is that of a pandas input, or of Series in a dict, and 0, 1, … otherwise. Nulls are missing
        values. Levels of a polars ``Categorical`` or an unordered arrow dictionary are sorted, since their
        stored order is an accident; polars ``Enum``, DuckDB ``ENUM`` and pandas categoricals keep theirs.

    Raises
    ------
    DataError
        Not a table, a column that is absent or there twice, lengths that differ, or masked cells.
    """
    present = column_names(data)
    wanted = tuple(dict.fromkeys(names))
    check_names(wanted, present)
    if not wanted and not isinstance(data, pd.DataFrame):
        # No column is used (an intercept alone), but how many rows there are still matters.
        return take(data, present[:1]).iloc[:, :0] if present else pd.DataFrame()
    if isinstance(data, pd.DataFrame):
        return _from_pandas(data, wanted)
    if isinstance(data, Mapping):
        return _from_dict({name: data[name] for name in wanted})
    origin = _origin(data)
    if origin == "polars":
        return _from_polars(data, wanted)
    if origin == "pyarrow":
        return pd.DataFrame({name: _from_arrow(data.column(name)) for name in wanted}, copy=False)
    if origin == "duckdb":
        return _from_duckdb(data, wanted)
    return _from_pandas(_through_narwhals(data, wanted), wanted)


def taken(data: Any, labels: Sequence[Hashable], names: Sequence[str], present: Sequence[Hashable]) -> Taken:
    """The columns ``labels`` of any table as :func:`take` has them, called ``names``; no frame is made of pandas'.

    ``labels`` are distinct; ``present`` are those of all columns.
    """
    if isinstance(data, pd.DataFrame):
        check_names(labels, present)
        frame = data
    else:
        frame = take(data, labels)
    plain = plain_columns(frame, labels, names)
    series = {name: _named(frame[label], name) for label, name in zip(labels, names, strict=True) if name not in plain}
    return Taken.lazily(names, series, plain, frame.index)


def _named(column: pd.Series[Any], name: str) -> pd.Series[Any]:
    if not isinstance(column.dtype, np.dtype):
        column = _levels_of_arrow(column)
    return column if column.name is name or column.name == name else column.rename(name)


def _origin(data: Any) -> str:
    """The library a table comes from, told without importing that library."""
    top = type(data).__module__.partition(".")[0].lstrip("_")
    if top == "polars" and hasattr(data, "collect_schema"):
        return "polars"
    if top == "pyarrow" and hasattr(data, "schema") and hasattr(data, "column"):
        return "pyarrow"
    if top == "duckdb" and hasattr(data, "project"):
        return "duckdb"
    return ""


# Column names among which a misspelt one is looked for: the search takes a millisecond for every few hundred.
_MOST_COLUMNS_SEARCHED = 5000

_READERS = {".csv": "csv", ".parquet": "parquet", ".xlsx": "excel", ".dta": "stata", ".sas7bdat": "sas", ".sav": "spss"}


def _no_table(data: Any) -> str:
    """What was given in place of a table, and how to make one of it."""
    if isinstance(data, str | PurePath):
        reader = _READERS.get(PurePath(data).suffix.lower())
        how = f". Read the file first: data=pd.read_{reader}({str(data)!r})" if reader else ""
        return f"data is the text {str(data)[:80]!r}, which has no named columns for a formula to use{how}"
    if isinstance(data, pd.Series):
        return "data is one column (a Series), where a formula needs a table with named columns"
    if isinstance(data, np.ndarray):
        what = "a structured array" if data.dtype.names else f"an array of shape {data.shape}"
        return f"data is {what} and has no named columns for a formula to use (pd.DataFrame(a, columns=[...]) gives it)"
    return f"data is a {type(data).__name__}: a {type(data).__name__} has no named columns for a formula to use"


def _through_narwhals(data: Any, names: Sequence[Hashable] | None = None) -> pd.DataFrame:
    if data is None:
        raise DataError(f"no data given (data=None): a formula needs a table after it. Pass {_ACCEPTED}")
    if isinstance(data, np.ndarray | list | tuple | str | PurePath | pd.Series):
        raise DataError(f"{_no_table(data)}. Pass {_ACCEPTED}, or use design_arrays(y, X)")
    import narwhals as nw

    try:
        frame: Any = nw.from_native(data, allow_series=False)
        if isinstance(frame, nw.LazyFrame):
            frame = (frame if names is None else frame.select([str(name) for name in names])).collect()
        table = frame.to_pandas()
    except Exception as error:
        kind_of = f"{type(data).__module__}.{type(data).__name__}"
        raise DataError(f"data is a {kind_of}, which is not a table here. Pass {_ACCEPTED}") from error
    assert isinstance(table, pd.DataFrame)
    return table


def check_names(wanted: Sequence[Hashable], columns: Sequence[Hashable]) -> None:
    """Raise a DataError for labels that are not among those of the columns, or stand there more than once."""
    present = set(columns)
    absent = [name for name in wanted if name not in present]
    if absent:
        missing = "; ".join(_absent(name, columns) for name in absent[:5])
        raise DataError(f"{missing}. The data have {plural(len(columns), 'column')}: {_listed(columns)}")
    if len(present) < len(columns):
        double = [name for name in wanted if columns.count(name) > 1]
        if double:
            raise DataError(
                f"{len(double)} column label(s) stand in the data more than once: {_listed(double)}. "
                "Which one is meant cannot be told; rename or drop the others"
            )


def _absent(name: Hashable, columns: Sequence[Hashable]) -> str:
    labels = [k for k in columns if isinstance(k, str)]
    near = nearest(str(name), labels, 2, 0.75, fold=True, searched=_MOST_COLUMNS_SEARCHED)
    hint = f" (did you mean {' or '.join(map(repr, near))}?)" if near else ""
    return f"no column {name!r} in the data{hint}"


def _listed(values: Iterable[Any]) -> str:
    return listed(list(values), 8, rest=", … ({more} more)")


def _from_pandas(data: pd.DataFrame, names: Sequence[Hashable]) -> pd.DataFrame:
    # A dict of columns shares memory with the source; indexing with a list of labels would copy.
    columns = {name: _levels_of_arrow(data[name]) for name in names}
    return pd.DataFrame(columns, index=data.index, copy=False)


def _levels_of_arrow(column: pd.Series[Any]) -> pd.Series[Any]:
    if isinstance(column.dtype, pd.ArrowDtype) and "dictionary" in str(column.dtype.pyarrow_dtype):
        stored: Any = column.array
        cells = _from_dictionary(stored.__arrow_array__())
        return pd.Series(cells.array, index=column.index, name=column.name)
    return column


def _sorted_categorical(values: pd.Series[Any]) -> pd.Categorical:
    return pd.Categorical(values, categories=sorted(values.dropna().unique()))


def _from_dict(data: Mapping[Hashable, Any]) -> pd.DataFrame:
    index = same_index([(f"column {name!r}", value) for name, value in data.items()])
    columns = {name: _one_dimensional(name, value) for name, value in data.items()}
    lengths = {name: len(value) for name, value in columns.items()}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"{name!r} has {length}" for name, length in lengths.items())
        raise DataError(f"the columns of the dict differ in length: {shown}. All need one value a row")
    return pd.DataFrame(columns, index=index, copy=False)


def _one_dimensional(name: Hashable, value: Any) -> Any:
    if isinstance(value, np.ma.MaskedArray):
        masked = int(np.sum(np.ma.getmaskarray(value)))
        if masked:
            raise DataError(
                f"column {name!r} is a masked array with {masked} masked cell(s); the values under a mask "
                "are not data. Pass value.filled(np.nan) to have those rows counted as missing"
            )
        value = value.data
    if isinstance(value, pd.Series | pd.Index):
        return value.array
    if type(value).__module__.startswith("polars"):
        return _from_polars_series(value).array
    if isinstance(value, str | bytes) or not hasattr(value, "__len__"):
        raise DataError(f"column {name!r} is the single value {value!r}; a column needs one value a row")
    shape = np.shape(value) if isinstance(value, np.ndarray) else (len(value),)
    if len(shape) != 1:
        raise DataError(f"column {name!r} has shape {shape}; a column must have one dimension")
    return value if hasattr(value, "dtype") else pd.Series(list(value)).array


def _from_polars(data: Any, names: Sequence[Hashable]) -> pd.DataFrame:
    chosen = data.select(list(names))
    frame = chosen.collect() if hasattr(chosen, "collect") else chosen
    return pd.DataFrame({name: _from_polars_series(frame[name]) for name in names}, copy=False)


def _from_polars_series(column: Any) -> pd.Series[Any]:
    dtype = type(column.dtype).__name__
    if dtype == "Categorical":
        return pd.Series(_sorted_categorical(pd.Series(column.to_list(), dtype=object)))
    if dtype == "Enum":
        return pd.Series(pd.Categorical(column.to_list(), categories=column.dtype.categories.to_list()))
    if column.dtype.is_numeric() and dtype != "Decimal":
        return pd.Series(column.to_numpy())
    if dtype == "Boolean":
        nulls = bool(column.null_count())
        return pd.Series(column.to_list(), dtype="boolean") if nulls else pd.Series(column.to_numpy())
    if dtype in ("Date", "Datetime", "Duration", "Time"):
        return pd.Series(column.to_numpy())
    return pd.Series(column.to_list(), dtype=object)


def _from_arrow(column: Any) -> pd.Series[Any]:
    if str(column.type).startswith("dictionary"):
        return _from_dictionary(column)
    series = column.to_pandas().rename(None)
    assert isinstance(series, pd.Series)
    return series


def _from_dictionary(column: Any) -> pd.Series[Any]:
    """Categories of an arrow dictionary, which may hold nulls, values twice, and other values in each chunk."""
    chunks = getattr(column, "chunks", [column])
    stored = [chunk.dictionary.to_pylist() for chunk in chunks]
    values = list(dict.fromkeys(value for dictionary in stored for value in dictionary if value is not None))
    levels = values if column.type.ordered else sorted(values)
    place = {level: k for k, level in enumerate(levels)}
    codes = [
        np.array([*(place.get(value, -1) for value in dictionary), -1], dtype=np.intp)[
            chunk.indices.fill_null(len(dictionary)).to_numpy(zero_copy_only=False).astype(np.intp)
        ]
        for chunk, dictionary in zip(chunks, stored, strict=True)
    ]
    categories: Any = pd.Index(levels, dtype=object if not levels or isinstance(levels[0], str) else None)
    cells = pd.Categorical.from_codes(np.concatenate([*codes, np.empty(0, dtype=np.intp)]), categories=categories)
    return pd.Series(cells.as_ordered() if column.type.ordered else cells.remove_unused_categories())


def _from_duckdb(data: Any, names: Sequence[Hashable]) -> pd.DataFrame:
    quoted = ", ".join('"' + str(name).replace('"', '""') + '"' for name in names)
    frame = data.project(quoted).df()
    assert isinstance(frame, pd.DataFrame)
    return frame


# ---------------------------------------------------------------- columns


def missing_mask(column: Column) -> npt.NDArray[np.bool_]:
    """Which cells are missing: NaN, None, NaT or pd.NA. An empty string is a level, not missing."""
    dtype = column.dtype
    if isinstance(dtype, np.dtype):
        if dtype.kind == "f":
            return np.asarray(np.isnan(column if isinstance(column, np.ndarray) else column.to_numpy()))
        if dtype.kind in "biu":
            return np.zeros(len(column), dtype=bool)
    return np.asarray(column.array.isna() if isinstance(column, pd.Series) else pd.isna(column), dtype=bool)


def numbers(column: Column) -> npt.NDArray[np.float64]:
    """A column of a numeric type as doubles, missing cells as NaN."""
    return aligned(column) if isinstance(column, np.ndarray) else numeric(column)


def kind(column: Column, name: Hashable) -> Literal["numeric", "factor", "empty"]:
    """How a model uses a column: as numbers (also booleans and decimals) or as a factor (text, categories).

    Raises
    ------
    DataError
        Dates, durations, complex numbers, mixed objects: the message names the column and its dtype.
    """
    dtype = column.dtype
    if isinstance(dtype, np.dtype) and dtype.kind in "biuf":  # the common case, without five questions
        return "numeric"
    if isinstance(dtype, pd.CategoricalDtype | pd.StringDtype):
        return "factor"
    if pd.api.types.is_bool_dtype(dtype):
        return "numeric"
    if pd.api.types.is_complex_dtype(dtype):
        raise DataError(f"column {name!r} is complex ({dtype}); a predictor must be real. Use its real part")
    if pd.api.types.is_numeric_dtype(dtype):
        return "numeric"
    if pd.api.types.is_object_dtype(dtype):
        return _kind_of_objects(column, name)
    if pd.api.types.is_string_dtype(dtype):
        return "factor"
    raise DataError(
        f"column {name!r} has dtype {dtype}, which is neither a number nor a category. Turn it into a "
        "number (days since a date, say) or into text first"
    )


_OBJECTS: dict[str, Literal["numeric", "factor", "empty"]] = {
    **dict.fromkeys(("floating", "integer", "mixed-integer-float", "decimal", "boolean"), "numeric"),
    "string": "factor",
    "empty": "empty",
}


def _kind_of_objects(column: Any, name: Hashable) -> Literal["numeric", "factor", "empty"]:
    holds = pd.api.types.infer_dtype(column, skipna=True)
    if holds in _OBJECTS:
        return _OBJECTS[holds]
    kinds = sorted({type(v).__name__ for v in column.dropna().head(1000)})
    values = list({repr(v): v for v in column.dropna().head(1000)}.values())[:5]
    raise DataError(
        f"column {name!r} (dtype object) holds {holds} values of type {', '.join(kinds)}: {_listed(values)}. "
        "Such levels can print alike without being equal; make the column all numbers or all text"
    )


def numeric(column: pd.Series[Any]) -> npt.NDArray[np.float64]:
    """A column of numbers as float64, missing values as NaN; small integers can then not overflow."""
    dtype = column.dtype
    if isinstance(dtype, np.dtype) and dtype.kind in "fiub":
        values = column.to_numpy()
        return values if dtype == np.float64 else values.astype(np.float64)
    if isinstance(dtype, np.dtype) and dtype.kind != "O":
        return column.to_numpy().astype(np.float64)
    if column.dtype != object and not isinstance(column.dtype, pd.ArrowDtype):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    values = column.to_numpy(dtype=object)
    return np.where(missing_mask(column), np.nan, values).astype(np.float64)


def first_rows(index: pd.Index[Any], mask: npt.NDArray[np.bool_], most: int = 5) -> str:
    """The labels of the first rows in `mask`, as "row 3" or "rows 3, 8, 9, …"."""
    positions = np.flatnonzero(mask)
    labels = ", ".join(str(index[i]) for i in positions[:most])
    return f"row{'s' if len(positions) > 1 else ''} {labels}{', …' if len(positions) > most else ''}"
