"""Row-wise inputs before they are a design: columns by role, which rows take part, which were dropped and why."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.data import frames
from glmlogit.data.taken import Taken
from glmlogit.errors import DataError
from glmlogit.messages.notes import Note
from glmlogit.messages.words import Name, plural, sentence
from glmlogit.numerics.lazy import cached_property


@dataclass(frozen=True)
class Dropped:
    """Rows that take no part: missing values (and the columns that have them), weight or trials of 0."""

    missing: int = 0
    by_column: Mapping[str, int] = field(default_factory=dict)
    zero_weight: int = 0
    total: int = 0

    def notes(self) -> tuple[Note, ...]:
        """Sentences for the summary."""
        notes = []
        if self.missing:
            text = sentence(
                "{rows} of {total} dropped because of missing values in {columns}.",
                rows=plural(self.missing, "row"),
                total=self.total,
                columns=[sentence("{name} ({n})", name=Name(name), n=n) for name, n in self.by_column.items()],
            )
            notes.append(Note("missing", text))
        if self.zero_weight:
            rows = plural(self.zero_weight, "row")
            notes.append(Note("zero_weight", sentence("{rows} with weight or trials of 0 left out.", rows=rows)))
        return tuple(notes)


@dataclass(frozen=True, eq=False)
class Positions:
    """Positions in the data of the rows that take part: all ``total``, or the ``chosen`` (n,) of them."""

    total: int
    chosen: npt.NDArray[np.intp] | None = None

    def __len__(self) -> int:
        return self.total if self.chosen is None else len(self.chosen)

    @property
    def complete(self) -> bool:
        """Whether all rows take part."""
        return len(self) == self.total

    def of(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.intp]:
        """Positions of some of the rows, given as a mask or by number."""
        numbers = np.flatnonzero(rows) if rows.dtype == bool else np.asarray(rows, dtype=np.intp)
        return numbers if self.chosen is None else self.chosen[numbers]

    def take(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.integer[Any]]) -> Positions:
        """The positions of some of these rows, given as a mask or by number."""
        return Positions(self.total, self.of(rows))

    @cached_property
    def array(self) -> npt.NDArray[np.intp]:
        """Positions of all rows that take part (n,), read-only."""
        positions = np.arange(self.total) if self.chosen is None else self.chosen
        positions.flags.writeable = False
        return positions


@dataclass
class Draft:
    """Row-wise inputs on their way to a Design; only used while building one.

    ``frame`` has the columns a formula uses, ``sides`` everything else by role.
    """

    frame: Taken
    sides: dict[str, frames.Column]
    names: dict[str, str]
    n: int
    index: pd.Index

    def keep(self, rows: npt.NDArray[np.bool_]) -> Draft:
        """The draft of the rows that a mask (n,) marks."""
        if rows.all():
            return self
        return Draft(
            self.frame[rows],
            {role: side[rows] for role, side in self.sides.items()},
            self.names,
            int(rows.sum()),
            self.index[rows],
        )


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


def labels_of(present: Sequence[Hashable], names: Sequence[str]) -> list[Any]:
    """Those of the labels ``present`` whose text is one of ``names`` (integer labels print as text)."""
    available = {str(label): label for label in present}
    return [available.get(name, name) for name in names]
