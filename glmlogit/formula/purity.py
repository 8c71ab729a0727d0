"""Whether a function of the user's own learns from its column: what it then says of new rows is something else.

A function that looks at one row at a time gives the same values for some of the rows as it gave for all. It is
called again on parts of the rows, of which there are few whatever the size of the data.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.errors import DataError
from glmlogit.formula.splines import Basis
from glmlogit.formula.transforms import Levels

Rows = npt.NDArray[np.intp] | None
"""Positions of the rows, None for all."""

SAMPLE = 2_000
"""Rows looked at a second time."""
AGREES = 1e-9
"""Relative difference of values that passes: another order of additions, another vector width."""


def part_of(argument: Any, chosen: Rows) -> Any:
    """An argument for some of the rows, in memory of its own."""
    if not isinstance(argument, pd.Series):
        return argument
    return argument.copy() if chosen is None else argument.iloc[chosen].copy()


def check(
    name: str, text: str, called: Callable[[Rows], Any], at_once: Any, arguments: Sequence[Any], index: pd.Index[Any]
) -> None:
    """Refuse a function whose values for some rows depend on which others there are.

    Parameters
    ----------
    name, text : str
        The function, and the call as it stands in the formula.
    called : callable
        The function on some of the rows.
    whole : array, Series, Basis or Levels
        What it gave for all of them.
    arguments : sequence
        What it was given.
    index : pandas.Index
        Labels of all rows.

    Raises
    ------
    DataError
    """
    failed: list[Exception] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        halves, single = _parts(arguments, len(index))
        for part in halves:
            try:
                value = called(part)
            except Exception as error:  # whatever the user's function raises
                failed.append(error)
                continue
            _compare(name, text, called, at_once, value, part, index)
        if failed and len(failed) == len(halves):
            raise DataError(
                f"{text} can be computed from all rows together only; from part of them your function {name}() fails "
                f"({failed[0]!r}), and so it would for new rows. {_INSTEAD.format(name)}"
            )
        for part in single:
            try:
                value = called(part)
            except Exception:  # it may need several rows, of which it saw enough
                continue
            _compare(name, text, called, at_once, value, part, index)


_INSTEAD = (
    "center(), scale(), poly(), bs(), ns() and rcs() keep what they learn; or compute the column in the data first, "
    "df['new'] = {}(...), and type new"
)


def _parts(arguments: Sequence[Any], n: int) -> tuple[list[npt.NDArray[np.intp]], list[npt.NDArray[np.intp]]]:
    """Rows of the lower and of the upper half of the first column, every other one, and single rows."""
    columns = [argument for argument in arguments if isinstance(argument, pd.Series)]
    if n < 2 or not columns:
        return [], []
    ranks = _ranks(columns[0])
    sample = np.unique([*np.linspace(0, n - 1, min(n, SAMPLE)).astype(np.intp), ranks.argmin(), ranks.argmax()])
    order = sample[np.argsort(ranks[sample], kind="stable")]
    middle = len(order) // 2
    halves = [np.sort(order[:middle]), np.sort(order[middle:]), sample[1::2]]
    single = [order[[position]] for position in dict.fromkeys((0, middle, len(order) - 1))]
    return [part for part in halves if 0 < len(part) < n], single


def _ranks(column: pd.Series[Any]) -> npt.NDArray[Any]:
    return column.to_numpy() if column.dtype == np.float64 else pd.factorize(column, sort=True)[0]


def _compare(
    name: str, text: str, called: Callable[[Rows], Any], at_once: Any, value: Any, part: Rows, index: pd.Index[Any]
) -> None:
    assert part is not None
    expected, again = _cells(at_once), _cells(value)
    if expected.shape[1:] != again.shape[1:]:
        seen = f"gives {_columns(again)} for {len(part)} of the rows and {_columns(expected)} for all"
    else:
        off = np.flatnonzero(_differ(expected[part], again, expected))
        if not len(off):
            return
        before, after = (_first(cells[position]) for cells, position in ((expected, part[off[0]]), (again, off[0])))
        seen = f"gives {after} in row {index[part[off[0]]]} when it sees {len(part)} of the rows, and {before} with all"
    if _random(called, part):
        raise DataError(f"{text} changes from call to call: your function {name}() is random. {_INSTEAD.format(name)}")
    raise DataError(
        f"your function {name}() learns from its column: {text} {seen}. What it learned is not kept, so predictions "
        f"for new rows would be something else. {_INSTEAD.format(name)}"
    )


def _columns(cells: npt.NDArray[Any]) -> str:
    return f"{cells.shape[1]} columns" if cells.ndim == 2 else "one column"


def _first(cell: Any) -> str:
    value = np.ravel(cell)[0]
    return f"{value:.6g}" if isinstance(value, float) else repr(value)


def _cells(value: Any) -> npt.NDArray[Any]:
    if isinstance(value, Basis):
        return value.values
    if isinstance(value, Levels):
        return np.asarray(value.levels, dtype=object)[value.codes]
    return value.astype(object).to_numpy() if isinstance(value, pd.Series) else np.asarray(value)


def _differ(expected: npt.NDArray[Any], again: npt.NDArray[Any], at_once: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Which rows differ in their values, as a mask (m,)."""
    if expected.dtype == object or again.dtype == object:
        return np.array([not (a == b or (pd.isna(a) and pd.isna(b))) for a, b in zip(expected, again, strict=True)])
    finite = np.abs(at_once[np.isfinite(at_once)])
    close = np.isclose(again, expected, rtol=AGREES, atol=AGREES * 1e-3 * finite.max(initial=0.0), equal_nan=True)
    return np.asarray(~close if close.ndim == 1 else ~close.all(axis=1))


def _random(called: Callable[[Rows], Any], part: Rows) -> bool:
    once, again = _cells(called(part)), _cells(called(part))
    return once.shape != again.shape or bool(_differ(once, again, once).any())
