"""Columns of a table, each taken from it once, and a frame of them only where one is asked for."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.numerics.arrays import all_finite
from glmlogit.numerics.lazy import cached_property

Bools = npt.NDArray[np.bool_]
Plain = npt.NDArray[Any]


# Rows up to which columns of numbers are copied from a frame, which takes less time than a Series of each.
MOST_COPIED_ROWS = 4096


def plain_columns(data: pd.DataFrame, labels: Sequence[Hashable], names: Sequence[str]) -> dict[str, Plain]:
    """Copies of the columns of numbers, by name, out of reach of changes of the frame; none where rows are many."""
    stored = getattr(data, "_get_column_array", None) if len(data) <= MOST_COPIED_ROWS else None
    columns: dict[str, Plain] = {}
    for label, name in zip(labels, names, strict=True) if stored is not None else ():
        place = data.columns.get_loc(label)
        values = stored(place) if stored is not None and isinstance(place, int) else None
        if isinstance(values, np.ndarray) and values.dtype.kind in "biuf":
            columns[name] = values.copy()
    return columns


class _Columns(Mapping[str, "pd.Series[Any]"]):
    """Columns by name, those of numbers made a Series when one is asked for."""

    def __init__(self, names: Sequence[str], series: dict[str, pd.Series[Any]], plain: Mapping[str, Plain], index: Any):
        self._names, self._series, self._plain, self._index = names, series, plain, index

    def __getitem__(self, name: str) -> pd.Series[Any]:
        column = self._series.get(name)
        if column is None:
            column = self._series[name] = pd.Series(self._plain[name], index=self._index, name=name, copy=False)
        return column

    def __contains__(self, name: object) -> bool:
        return name in self._series or name in self._plain

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@dataclass(frozen=True, eq=False)
class Taken:
    """Columns by name, and the labels of their rows: as much of a frame as a formula reads.

    Taking a column from a pandas frame costs as much as a pass over some hundred rows, and making a frame ten times
    that; small designs would spend most of their time so. ``plain`` has columns of NumPy's numbers as they are stored,
    where these are at hand without a Series.
    """

    columns: Mapping[str, pd.Series[Any]]
    index: pd.Index[Any]
    plain: Mapping[str, Plain] = field(default_factory=dict)
    looked_at: dict[str, bool] = field(default_factory=dict, repr=False)  # which of these are finite, as far as known

    @classmethod
    def lazily(
        cls, names: Sequence[str], series: dict[str, pd.Series[Any]], plain: Mapping[str, Plain], index: pd.Index[Any]
    ) -> Taken:
        """Columns called ``names``, each in ``series`` or, as an array (n,) that is nobody else's, in ``plain``."""
        return cls(_Columns(names, series, plain, index), index, plain)

    def column(self, name: str) -> pd.Series[Any] | Plain:
        """A column as it is at hand."""
        plain = self.plain.get(name)
        return self.columns[name] if plain is None else plain

    def finite(self, name: str) -> bool:
        """Whether a column is at hand as numbers that are all finite, which is looked at once."""
        values = self.plain.get(name)
        if values is None or values.dtype.kind != "f":
            return values is not None
        if name not in self.looked_at:
            self.looked_at[name] = all_finite(values)
        return self.looked_at[name]

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Taken:
        """The columns of a frame."""
        return cls({str(name): frame[name] for name in frame}, frame.index)

    def __getstate__(self) -> dict[str, Any]:
        """What is kept in a file: the frame, with its labels once."""
        return {"frame": self.frame}

    def __setstate__(self, state: dict[str, Any]) -> None:
        frame = state["frame"]
        columns = {str(name): frame[name] for name in frame}
        self.__dict__.update(columns=columns, index=frame.index, plain={}, looked_at={}, frame=frame)

    def __len__(self) -> int:
        return len(self.index)

    def __contains__(self, name: object) -> bool:
        return name in self.columns

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    @overload
    def __getitem__(self, name: str) -> pd.Series[Any]: ...
    @overload
    def __getitem__(self, name: list[str] | Bools) -> Taken: ...
    def __getitem__(self, name: str | list[str] | Bools) -> pd.Series[Any] | Taken:
        """A column by its name, several, or all in the rows that a mask (n,) marks."""
        if isinstance(name, str):
            return self.columns[name]
        if isinstance(name, list):
            plain = {column: values for column, values in self.plain.items() if column in name}
            return Taken.lazily(name, {c: self.columns[c] for c in name if c not in plain}, plain, self.index)
        plain = {column: values[name] for column, values in self.plain.items()}
        series = {column: self.columns[column][name] for column in self.columns if column not in plain}
        return Taken.lazily(list(self.columns), series, plain, self.index[name])

    def with_columns(self, columns: Mapping[str, pd.Series[Any]]) -> Taken:
        """The same with some columns replaced or added."""
        plain = {column: values for column, values in self.plain.items() if column not in columns}
        return Taken({**self.columns, **columns}, self.index, plain)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The columns as a frame that shares their memory."""
        return pd.DataFrame(dict(self.columns), index=self.index, copy=False)
