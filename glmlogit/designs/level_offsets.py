"""An offset of an outcome of several levels: one column for all but the base, or a column for each level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.data import frames
from glmlogit.data.draft import Draft
from glmlogit.designs import inputs
from glmlogit.designs.outcome import Outcome
from glmlogit.errors import DataError
from glmlogit.messages.values import show
from glmlogit.messages.words import listed
from glmlogit.numerics.arrays import shape_of

Array = npt.NDArray[np.float64]

# What offsets of levels are called among the sides of a draft: by the level, or by the place of a column.
_OF_LEVEL, _AT = "offset of ", "offset at "


def offset_sides(offset: Any) -> dict[str, Any]:
    """The offset by its roles in a draft: one column, or a column for each level, by its name or place."""
    if offset is None or isinstance(offset, str):
        return {"offset": offset}
    if isinstance(offset, (list, tuple)) and any(isinstance(name, str) for name in offset):
        raise DataError(f"offset={offset!r} names columns, and not the level of each: offset={{'level': 'column', …}}")
    if isinstance(offset, Mapping) or hasattr(offset, "columns") or hasattr(offset, "column_names"):
        table = offset if isinstance(offset, Mapping) else frames.take(offset, frames.column_names(offset))
        return {f"{_OF_LEVEL}{level}": table[level] for level in table}
    if len(shape_of(offset, "offset")) != 2:
        return {"offset": offset}
    return {f"{_AT}{k}": column for k, column in enumerate(np.asarray(offset).T)}


class Beside(NamedTuple):
    """An offset given beside a formula or columns: numbers (n,), or by level (n, K), and their names."""

    values: Array | None
    name: str | tuple[str | None, ...] | None

    @property
    def by_level(self) -> bool:
        """Whether each level has its own."""
        return isinstance(self.name, tuple)

    @property
    def columns(self) -> list[Array]:
        """Its columns (n,)."""
        return [] if self.values is None else list(np.atleast_2d(self.values.T))


def offset_beside(draft: Draft, outcome: Outcome) -> Beside:
    """The offset of a draft; of levels that are not named it is 0."""
    roles = [role for role in draft.sides if role.startswith((_OF_LEVEL, _AT))]
    if not roles:
        return Beside(inputs.side(draft, "offset"), draft.names.get("offset"))
    if outcome.ordered or not outcome.levels:
        raise DataError(
            "offset= has a column for each level, and this model has one offset a row: give one column or array (n,)"
        )
    return Beside(*_of_levels(draft, roles, outcome.levels))


def _of_levels(draft: Draft, roles: list[str], levels: Sequence[Any]) -> tuple[Array, tuple[str | None, ...]]:
    by_level = dict(zip(map(str, levels), range(len(levels)), strict=True))
    if roles[0].startswith(_AT):
        _require_as_many(len(roles), levels)
        by_level = {str(k): k for k in range(len(levels))}
    offset = np.zeros((draft.n, len(levels)))
    names: list[str | None] = [None] * len(levels)
    for role in roles:
        key = role.removeprefix(_OF_LEVEL).removeprefix(_AT)
        if key not in by_level:
            raise DataError(f"offset= has a column for {show(key)}, which is no level of the outcome; {_named(levels)}")
        k, own = by_level[key], draft.names[role]
        offset[:, k] = inputs.side(draft, role)
        if offset[:, k].any():
            names[k] = own if not own.startswith(inputs.GIVEN_OFFSET) else f"{inputs.GIVEN_OFFSET} of {levels[k]})"
    return offset, tuple(names)


def _require_as_many(columns: int, levels: Sequence[Any]) -> None:
    if columns != len(levels):
        raise DataError(f"offset= has {columns} columns, and {len(levels)} levels have rows; {_named(levels)}")


def _named(levels: Sequence[Any]) -> str:
    """What to type."""
    each = ", ".join(f"{show(level)}: 'column'" for level in list(levels)[:2])
    return f"the levels are {listed(list(levels), 8, show, ', …')}; name a column for each: offset={{{each}, …}}"
