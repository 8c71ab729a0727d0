"""Bootstrap samples of judged rows as counts of events and others at each score: scores stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from glmlogit.errors import UnsupportedError
from glmlogit.evaluation.judged_rows import Judged
from glmlogit.evaluation.ranking import Ranking, ranked_rows, ranking_of
from glmlogit.messages.progress import shown

Array = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]


def drawn(rows: Judged, replicates: int, seed: int, *, stratified: bool = True) -> Iterator[Ranking]:
    """Rankings of bootstrap samples: of observations, of weighted points, or of whole clusters.

    ``stratified`` draws as many events and others as there are; clusters are drawn as they are. The stream is that of
    PCG64 from ``seed``, the scores in descending order.

    Raises
    ------
    UnsupportedError
        For frequency weights that are no whole numbers.
    """
    generator = np.random.default_rng(seed)
    draw = _clusters(rows) if rows.groups is not None else _points(rows) if rows.sampled else _counts(rows, stratified)
    for _ in shown(range(replicates), replicates, "bootstrap"):
        yield draw(generator)


Draw = Callable[[np.random.Generator], Ranking]


def _counts(rows: Judged, stratified: bool) -> Draw:
    ranking = ranking_of(rows)
    lowest, events, nonevents = ranking
    if (events != np.round(events)).any() or (nonevents != np.round(nonevents)).any():
        raise UnsupportedError("frequency weights that are not whole numbers cannot be drawn from; leave the bootstrap")
    n1, n0 = (int(total) for total in ranking.totals)
    cells = np.concatenate([events, nonevents])

    def draw(generator: np.random.Generator) -> Ranking:
        if stratified:
            return Ranking(lowest, _dealt(generator, n1, events), _dealt(generator, n0, nonevents))
        sample = _dealt(generator, n1 + n0, cells)
        return Ranking(lowest, sample[: len(events)], sample[len(events) :])

    return draw


def _dealt(generator: np.random.Generator, n: int, counts: Array) -> Array:
    return generator.multinomial(n, counts / n).astype(np.float64) if n else counts


def _points(rows: Judged) -> Draw:
    (lowest, _, _), codes = ranked_rows(rows.score, rows.events, rows.nonevents, rows.least_size)
    has_events, has_others = (rows.events > 0).astype(float), (rows.nonevents > 0).astype(float)

    def draw(generator: np.random.Generator) -> Ranking:
        events = has_events * _dealt(generator, int(has_events.sum()), has_events)
        times = events + has_others * _dealt(generator, int(has_others.sum()), has_others)
        return _at_places(rows, codes, times, lowest)

    return draw


def _clusters(rows: Judged) -> Draw:
    assert rows.groups is not None
    groups, count = rows.groups, int(rows.groups.max()) + 1
    (lowest, _, _), codes = ranked_rows(rows.score, rows.events, rows.nonevents, rows.least_size)

    def draw(generator: np.random.Generator) -> Ranking:
        times = _dealt(generator, count, np.ones(count))[groups]
        return _at_places(rows, codes, times, lowest)

    return draw


def _at_places(rows: Judged, codes: Positions, times: Array, lowest: Array) -> Ranking:
    """Counts at each score where rows (m,) are there several times."""
    return Ranking(
        lowest,
        np.asarray(np.bincount(codes, rows.events * times, len(lowest))),
        np.asarray(np.bincount(codes, rows.nonevents * times, len(lowest))),
    )
