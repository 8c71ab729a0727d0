"""Columns of a table, each taken from it once, and a frame of them only where one is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.numerics.lazy import cached_property

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Taken:
    """Columns by name, and the labels of their rows: as much of a frame as a formula reads.

    Taking a column from a pandas frame costs as much as a pass over some hundred rows, and making a frame ten times
    that; small designs would spend most of their time so.
    """

    columns: Mapping[str, pd.Series[Any]]
    index: pd.Index[Any]

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Taken:
        """The columns of a frame."""
        return cls({str(name): frame[name] for name in frame}, frame.index)

    def __getstate__(self) -> dict[str, Any]:
        """What is kept in a file: the frame, with its labels once."""
        return {"frame": self.frame}

    def __setstate__(self, state: dict[str, Any]) -> None:
        frame = state["frame"]
        self.__dict__.update(columns={str(name): frame[name] for name in frame}, index=frame.index, frame=frame)

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
            return Taken({column: self.columns[column] for column in name}, self.index)
        return Taken({column: values[name] for column, values in self.columns.items()}, self.index[name])

    def with_columns(self, columns: Mapping[str, pd.Series[Any]]) -> Taken:
        """The same with some columns replaced or added."""
        return Taken({**self.columns, **columns}, self.index)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The columns as a frame that shares their memory."""
        return pd.DataFrame(dict(self.columns), index=self.index, copy=False)
