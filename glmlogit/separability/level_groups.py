"""Which levels of an outcome stay comparable under separation: those whose differences of coefficients are finite."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

# Entries of a basis of the null space, relative to its largest, that are rounding.
_ROUNDING = 1e-9


def level_groups(
    keys: Sequence[tuple[Hashable, str]], basis: Array, base: Hashable
) -> tuple[tuple[Hashable, ...], ...]:
    """Levels in groups within which every difference of coefficients is finite; that of the base is the first.

    ``basis`` (q, d) spans the directions in which the coefficients ``keys`` are not determined. A difference is finite
    where its rows are the same.
    """
    rows: dict[Hashable, list[Array]] = {}
    for (level, _), row in zip(keys, basis, strict=True):
        rows.setdefault(level, []).append(row)
    size = np.abs(basis).max(initial=0.0)
    some_level = next(iter(rows.values()))
    every = {base: np.zeros((len(some_level), basis.shape[1])), **{k: np.array(v) for k, v in rows.items()}}
    groups: list[list[Hashable]] = []
    for level, own in every.items():
        for group in groups:
            if np.abs(every[group[0]] - own).max(initial=0.0) <= _ROUNDING * size:
                group.append(level)
                break
        else:
            groups.append([level])
    return tuple(tuple(group) for group in groups)
