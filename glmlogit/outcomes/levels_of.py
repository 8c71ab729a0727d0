"""The model of several levels behind a fit, and the same rows with fewer levels."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from glmlogit.data.level_counts import LevelCounts
from glmlogit.designs.container import Design
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.likelihood.multinomial import MultinomialLogit
from glmlogit.messages.values import show
from glmlogit.messages.words import listed

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


def model_of(fit: Estimate) -> MultinomialLogit:
    """The likelihood of an outcome of several levels; UnsupportedError where the fit has another."""
    likelihood = fit.surface.likelihood
    if not isinstance(likelihood, MultinomialLogit):
        raise UnsupportedError("levels of an outcome are compared in a fit of gl.multinomial, and this is none")
    return likelihood


def position(model: MultinomialLogit, level: Any) -> int:
    """Where a level stands among all."""
    for k, name in enumerate(model.names):
        if name == level or str(name) == str(level):
            return k
    raise DataError(
        f"the outcome has no level {show(level)}; its levels are {listed(list(model.names), 8, show, ', …')}"
    )


def rows_of(model: MultinomialLogit) -> Design:
    """The rows, which a fit holds in memory."""
    assert isinstance(model.rows, Design)
    return model.rows


def merged(model: MultinomialLogit, first: int, second: int) -> MultinomialLogit:
    """The model in which two levels are one, which stands where the first of them stands."""
    table = model.levels.table().copy()
    table[:, first] += table[:, second]
    return _with_table(model, np.delete(table, second, axis=1), second, first if model.base == second else model.base)


def without(model: MultinomialLogit, level: int) -> MultinomialLogit:
    """The model of the observations of all levels but one, which is not the base."""
    table = np.delete(model.levels.table(), level, axis=1)
    return _with_table(model, table, level, model.base)


def _with_table(model: MultinomialLogit, table: Any, gone: int, base: int) -> MultinomialLogit:
    """The model of other counts, the level at position ``gone`` left out; rows without observations are, too."""
    rows = rows_of(model)
    names: tuple[Hashable, ...] = tuple(name for k, name in enumerate(model.names) if k != gone)
    used = np.flatnonzero(table.sum(axis=1) > 0)
    counts = LevelCounts(len(names), counts=np.ascontiguousarray(table[used]))
    outcome = replace(rows.outcome, levels=names, base=model.names[base])
    smaller = replace(rows.taking(used), levels=counts, outcome=outcome)
    if smaller.offset is not None and smaller.offset.ndim == 2:
        smaller = smaller.with_offset(np.delete(smaller.offset, gone, axis=1))
    return MultinomialLogit(smaller, names.index(model.names[base]), model.threads, names=names)
