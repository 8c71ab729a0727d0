"""Subgroups of the rows that are averaged over: from column names or values to a code for each row and labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.data import texts
from glmlogit.effects.labels import unreserved
from glmlogit.errors import DataError
from glmlogit.messages.values import first
from glmlogit.messages.words import plural
from glmlogit.numerics.coded_pass import CodedColumns
from glmlogit.numerics.lazy import cached_property
from glmlogit.prediction.population import Population

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


Index = npt.NDArray[np.intp]


def grouping(fit: Estimate, population: Population, by: Any) -> tuple[Groups, pd.DataFrame]:
    """The groups that ``by`` makes of the rows of a population, and a frame of labels with one row a group."""
    if by is None:
        return one_group(len(population)), pd.DataFrame(index=range(1))
    listed = by if isinstance(by, (list, tuple)) and by and all(isinstance(b, str) for b in by) else [by]
    columns = [_group_column(fit, population, name) for name in listed]
    same, firsts = _alike(columns)
    frame = pd.DataFrame({str(column.name): column.iloc[firsts].to_numpy() for column in columns})
    for column in columns:
        if isinstance(column.dtype, pd.CategoricalDtype):
            frame[str(column.name)] = pd.Categorical(frame[str(column.name)], dtype=column.dtype)
    groups = frame.groupby(list(frame), observed=True, sort=True)
    codes = groups.ngroup().to_numpy().astype(np.intp)
    names = groups.size().index.to_frame(index=False)
    return Groups(codes[same], len(names)), unreserved(names)


def _alike(columns: list[pd.Series[Any]]) -> tuple[Index, Index]:
    """Codes (n,) of rows that are the same in all columns, by appearance, and the first row of each."""
    same = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        categorical = isinstance(column.dtype, pd.CategoricalDtype)
        codes = column.cat.codes.to_numpy() if categorical else pd.factorize(column)[0]
        same, _ = pd.factorize(same * (int(codes.max(initial=0)) + 2) + codes + 1)
    firsts = np.zeros(int(same.max(initial=-1)) + 1, dtype=np.intp)
    firsts[same[::-1]] = np.arange(len(same))[::-1]
    return same, firsts


def _group_column(fit: Estimate, population: Population, by: Any) -> pd.Series[Any]:
    if isinstance(by, str):
        frame = fit.rows.frame if population.fitted else population.frame
        if frame is not None and by in frame:
            return frame[by].reset_index(drop=True)
        if frame is None and by in population.columns.names:
            return population.column(by).rename(by)
        raise DataError(f"by={by!r} is no column of the model's data; pass the column itself: by=data[{by!r}]")
    if not isinstance(by, pd.Series) and np.ndim(by) != 1:
        raise DataError("by= takes columns of the model by name, or one column of values: by=data['sex']")
    column = by if isinstance(by, pd.Series) else pd.Series(np.asarray(by))
    if population.fitted and len(column) == fit.sample.dropped.total:
        column = column.iloc[fit.sample.positions]
    if len(column) != len(population):
        raise DataError(f"by has {len(column)} values; give one for each of the {len(population)} rows averaged over")
    _require_pairs(by, column, population)
    groups, _ = texts.merged(column.reset_index(drop=True), "by")
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


@dataclass(frozen=True, eq=False)
class Groups:
    """Which group each row of a population belongs to (−1 for none), and how many groups there are."""

    codes: Index
    count: int

    @cached_property
    def partial(self) -> bool:
        """Whether some rows belong to no group."""
        return bool(self.codes.min(initial=0) < 0)

    @cached_property
    def cells(self) -> CodedColumns | None:
        """The group of each row as a cell, those of none in one more, the last; None where all are one group."""
        if self.count == 1 and not self.partial:
            return None
        codes = np.where(self.codes < 0, self.count, self.codes).astype(np.int32)
        return CodedColumns(codes, self.count + self.partial)


def one_group(n: int) -> Groups:
    """All ``n`` rows as one group."""
    return Groups(np.zeros(n, dtype=np.intp), 1)
