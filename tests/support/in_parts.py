"""Rows whose columns are never held as one piece: parts of them, arrays or what a file yields, one after another."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from glmlogit.data.rows import RowBlock, Rows
from glmlogit.numerics.row_functions import saturated_loglik


def in_parts(read, y, *, names=None, constant=0, trials=None, weights=None, offset=None):
    """Rows of the parts (m, p) of X that ``read()`` yields, with vectors (n,) of all of them."""
    size = [(len(part), np.abs(part).max(axis=0)) for part in read()]
    names = tuple(names or (f"x{j}" for j in range(len(size[0][1]))))
    everywhere = np.ones(sum(n for n, _ in size), dtype=bool)
    constants = () if constant is None else (constant,)
    vectors = {"trials": trials, "weights": weights, "offset": offset}
    vectors = {name: None if v is None else np.asarray(v, dtype=float) for name, v in vectors.items()}
    magnitude = np.max([largest for _, largest in size], axis=0)
    return InParts(read, everywhere, np.asarray(y, dtype=float), names, constants, magnitude, **vectors)


@dataclass(frozen=True, eq=False)
class InParts(Rows):
    """Those rows of the parts that are ``chosen``, with ``change`` made of their columns."""

    read: Callable[[], Iterable[np.ndarray]]
    chosen: np.ndarray
    y: np.ndarray
    names: tuple = ()
    constants: tuple = ()
    magnitude: np.ndarray = None
    trials: np.ndarray = None
    weights: np.ndarray = None
    offset: np.ndarray = None
    limit: np.ndarray = None
    change: Callable[[np.ndarray], np.ndarray] = np.asarray

    @property
    def n_rows(self):
        return len(self.y)

    @property
    def n_columns(self):
        return len(self.names)

    @property
    def amounts(self):
        weights = np.ones(self.n_rows) if self.weights is None else self.weights
        total = 1.0 if self.trials is None else self.trials
        return weights * self.y, weights * (total - self.y)

    @property
    def event_totals(self):
        return tuple(float(side.sum()) for side in self.amounts)

    @property
    def largest_weight(self):
        return 1.0 if self.weights is None else float(self.weights.max())

    @property
    def largest_offset(self):
        return 0.0 if self.offset is None else float(np.abs(self.offset).max())

    @property
    def grouped(self):
        return self.trials is not None

    @property
    def saturated(self):
        if self.trials is None:
            return 0.0
        terms = saturated_loglik(self.trials, self.y)
        return math.fsum(terms if self.weights is None else terms * self.weights)

    # --- looking at them ------------------------------------------------------------------------
    def pieces(self):
        """Columns (m, p) part by part, and where they are among the rows."""
        read = done = 0
        for part in self.read():
            X = self.change(np.array(part, dtype=float)[self.chosen[read : read + len(part)]])
            read += len(part)
            if len(X):
                yield slice(done, done + len(X)), np.ascontiguousarray(X)
            done += len(X)

    def blocks(self):
        events, nonevents = self.amounts
        for rows, X in self.pieces():
            block = RowBlock(X, events[rows], nonevents[rows], None if self.offset is None else self.offset[rows])
            yield block if self.limit is None else block.limited(self.limit[rows])

    def outcomes(self):
        events, nonevents = self.amounts
        return events > 0, nonevents > 0

    def at(self, selection):
        places = np.arange(self.n_rows)[selection]
        X = np.empty((len(places), self.n_columns))
        for rows, part in self.pieces():
            inside = (places >= rows.start) & (places < rows.stop)
            X[inside] = part[places[inside] - rows.start]
        return X

    def written(self, columns):
        return np.concatenate([X[:, columns] for _, X in self.pieces()])

    def times(self, beta):
        return np.concatenate([X @ beta for _, X in self.pieces()])

    # --- fewer, or otherwise observed -----------------------------------------------------------
    def taking(self, rows, **changes):
        chosen = self.chosen.copy()
        chosen[chosen] = rows
        vectors = ("y", "trials", "weights", "offset", "limit")
        taken = {name: None if getattr(self, name) is None else getattr(self, name)[rows] for name in vectors}
        return replace(self, chosen=chosen, **(taken | changes))

    def part(self, stride):
        return self.taking(np.arange(self.n_rows) % stride == 0)

    def with_weights(self, weights):
        return self.taking(weights > 0, weights=weights[weights > 0])

    def with_counts(self, counts):
        trials = counts.sum(axis=1)
        rows = trials > 0
        return self.taking(rows, y=counts[rows, 0], trials=trials[rows])

    def with_offset(self, offset):
        return replace(self, offset=offset)

    def with_limit(self, limit):
        return replace(self, limit=limit)

    # --- with other columns ---------------------------------------------------------------------
    def changed(self, change, names, constants, magnitude):
        before = self.change
        return replace(
            self, change=lambda X: change(before(X)), names=tuple(names), constants=constants, magnitude=magnitude
        )

    def keeping(self, columns):
        constants = tuple(i for i, j in enumerate(columns) if j in self.constants)
        names = [self.names[j] for j in columns]
        return self.changed(lambda X: X[:, columns], names, constants, self.magnitude[columns])

    def recombined(self, columns, transform, names):
        magnitude = np.max([np.abs(X[:, columns] @ transform).max(axis=0) for _, X in self.pieces()], axis=0)
        return self.changed(lambda X: X[:, columns] @ transform, names, (), magnitude)

    def constant_alone(self):
        return self.changed(lambda X: np.ones((len(X), 1)), ("Intercept",), (0,), np.ones(1))
