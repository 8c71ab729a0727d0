"""The numbers of Table 1: rows of groups counted and weighed, summaries of variables, what compares groups."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.data import frames
from glmlogit.publication.group_summaries import (
    Distance,
    WeightedValues,
    distance_of_means,
    distance_of_shares,
    moments,
    summary_of,
)
from glmlogit.publication.group_tests import GroupTest, test_of_levels, test_of_values

Array = npt.NDArray[np.float64]
Tests = Mapping[str, str]


class GroupMasks(NamedTuple):
    """Masks (n,) of the columns of the table, with their labels; ``first`` is the first that is a group."""

    labels: list[Hashable]
    masks: list[npt.NDArray[np.bool_]]
    first: int


# The label of the column of all rows in the frames.
OVERALL = "overall"


class GroupCounts(NamedTuple):
    """How rows are counted and weighed."""

    weights: Array | None
    counted: bool
    groups: GroupMasks

    def size(self, mask: npt.NDArray[np.bool_]) -> float:
        """How many a mask (n,) marks: rows, or the sum of their counts."""
        return float(np.count_nonzero(mask) if self.weights is None or not self.counted else self.weights[mask].sum())

    def weight(self, mask: npt.NDArray[np.bool_]) -> float:
        """The weight of what a mask (n,) marks."""
        return float(np.count_nonzero(mask) if self.weights is None else self.weights[mask].sum())

    def of(self, x: Array, mask: npt.NDArray[np.bool_]) -> WeightedValues:
        """The values that a mask (n,) marks, with their weights."""
        weights = np.ones(np.count_nonzero(mask)) if self.weights is None else self.weights[mask]
        return WeightedValues(x[mask], weights, self.weights is None or self.counted)


class VariableSummary(NamedTuple):
    """Rows of the frame of one variable, and what compares its groups: values, or counts and shares (k, g)."""

    name: str
    rows: list[dict[str, Any]]
    values: list[WeightedValues] | None = None
    counts: Array | None = None
    shares: Array | None = None


_BLANK = dict.fromkeys(("percent", "mean", "sd", "median", "q1", "q3", "minimum", "maximum"), math.nan)


def _row(name: str, kind: str, level: Any, group: Hashable, n: float, **numbers: float) -> dict[str, Any]:
    return {"variable": name, "kind": kind, "level": level, "group": group, "n": n, **_BLANK, **numbers}


def summary_of_values(name: str, column: pd.Series[Any], numbers: GroupCounts) -> VariableSummary:
    """Rows of a number, one a group, and those of its missing values."""
    x = frames.numeric(column)
    present = ~np.isnan(x)
    values = [numbers.of(x, mask & present) for mask in numbers.groups.masks]
    rows = []
    for group, held in zip(numbers.groups.labels, values, strict=True):
        n, *rest = summary_of(held)
        rows.append(_row(name, "values", None, group, n, **dict(zip(list(_BLANK)[1:], rest, strict=True))))
    rows += _missing_rows(name, ~present, numbers)
    return VariableSummary(name, rows, values=values[numbers.groups.first :])


def summary_of_levels(
    name: str, column: pd.Series[Any], levels: Sequence[Hashable], numbers: GroupCounts, missing_too: bool
) -> VariableSummary:
    """Rows of levels, one a level and group; ``missing_too`` tells that percentages are of all."""
    absent = frames.missing_mask(column)
    members = [(column == level).fillna(False).to_numpy(dtype=bool) for level in levels]
    rows, counts, shares = [], [], []
    for level, member in zip(levels, members, strict=True):
        cells = [member & mask for mask in numbers.groups.masks]
        counts.append([numbers.size(cell) for cell in cells])
        weights = [numbers.weight(cell) for cell in cells]
        present = [numbers.weight(mask & ~absent) for mask in numbers.groups.masks]
        base = [numbers.weight(mask) for mask in numbers.groups.masks] if missing_too else present
        shares.append([w / k if k else math.nan for w, k in zip(weights, present, strict=True)])
        for group, n, w, k in zip(numbers.groups.labels, counts[-1], weights, base, strict=True):
            rows.append(_row(name, "level", level, group, n, percent=100.0 * w / k if k else math.nan))
    rows += _missing_rows(name, absent, numbers)
    first = numbers.groups.first
    table, portions = (np.array(x, dtype=float).reshape(len(levels), -1)[:, first:] for x in (counts, shares))
    return VariableSummary(name, rows, counts=table, shares=portions)


def _missing_rows(name: str, absent: npt.NDArray[np.bool_], numbers: GroupCounts) -> Iterator[dict[str, Any]]:
    """How many have no value, and the percentage of all."""
    for group, mask in zip(numbers.groups.labels, numbers.groups.masks, strict=True):
        weight, total = numbers.weight(mask & absent), numbers.weight(mask)
        percent = 100.0 * weight / total if total else math.nan
        yield _row(name, "missing", None, group, numbers.size(mask & absent), percent=percent)


def differences_of(results: Sequence[VariableSummary], groups: GroupMasks, wanted: bool) -> pd.DataFrame:
    """A row a variable and pair of groups: the later one less the earlier one."""
    labels = groups.labels[groups.first :]
    rows = [
        (result.name, labels[j], labels[i], *_distance(result, i, j))
        for result in (results if wanted else ())
        for i, j in combinations(range(len(labels)), 2)
    ]
    return pd.DataFrame(rows, columns=["variable", "group", "reference", "smd", "reason"])


def _distance(result: VariableSummary, first: int, second: int) -> Distance:
    if result.values is not None:
        return distance_of_means(moments(result.values[second]), moments(result.values[first]))
    assert result.shares is not None
    return distance_of_shares(result.shares[:, second], result.shares[:, first])


def tests_of(results: Sequence[VariableSummary], numbers: GroupCounts, chosen: Tests) -> pd.DataFrame:
    """A row a variable that is tested."""
    rows = [(result.name, *_test(result, numbers, chosen[result.name])) for result in results if result.name in chosen]
    return pd.DataFrame(rows, columns=["variable", *GroupTest._fields])


def _test(result: VariableSummary, numbers: GroupCounts, name: str) -> GroupTest:
    if numbers.weights is not None and not numbers.counted:
        reason = "rows of a weighted sample; fit.test of gl.logit(..., weight_type='sampling') tests them"
        return GroupTest(name, *(math.nan,) * 4, reason)
    if result.values is not None:
        return test_of_values(name, result.values)
    assert result.counts is not None
    return test_of_levels(name, result.counts)
