"""The observations of a design dealt to folds: by outcome, whole clusters, or as a user has dealt them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.designs.container import Design
from glmlogit.errors import DataError
from glmlogit.messages.options import check_count
from glmlogit.resampling.observations import SingleObservations

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]


def dealt_folds(
    rows: Design, weighted: Array, folds: int, seed: int, fold_ids: npt.ArrayLike | None
) -> tuple[list[Array], Codes]:
    """The observations that each fold holds out, of weighted counts (n, K), and the fold of each row (n,).

    A row whose observations are in several folds has −1.
    """
    if fold_ids is not None:
        ids = _given_ids(rows, fold_ids)
        return [weighted * (ids == k)[:, None] for k in np.unique(ids)], ids
    check_count("folds", folds, least=2)
    dealt = _dealt_levels(rows, folds, seed) if rows.levels is not None else _dealt_events(rows, folds, seed)
    total = np.sum(dealt, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        unit = np.where(total > 0, weighted / total, 0.0)
    ids = np.full(rows.n_rows, -1, dtype=np.intp)
    for k, counts in enumerate(dealt):
        ids[(counts == total).all(axis=1)] = k
    return [unit * counts for counts in dealt], ids


def _dealt_events(rows: Design, folds: int, seed: int) -> list[Array]:
    """Counts (n, 2) of non-events and events in each fold, with about as many of both in all."""
    counted = _observations(rows)
    if folds > counted.n_units:
        _refuse_folds(folds, counted.n_units, "observations" if counted.clusters is None else "clusters")
    taken = counted.dealt(folds, np.random.default_rng(seed))
    return [np.column_stack([counts.nonevents, counts.events]) for counts in taken]


def _dealt_levels(rows: Design, folds: int, seed: int) -> list[Array]:
    """Counts (n, K) of the levels in each fold, with about as many of each level in all."""
    assert rows.levels is not None
    table, copies = rows.levels.table(), rows.weights
    if rows.counted and copies is not None and bool((copies == np.round(copies)).all()):
        table = table * copies[:, None]
    rng = np.random.default_rng(seed)
    if rows.cluster is not None:
        fold = _dealt_clusters(table, rows.cluster_codes(), folds, rng)
        return [table * (fold == k)[:, None] for k in range(folds)]
    if folds > table.sum():
        _refuse_folds(folds, int(table.sum()), "observations")
    first, dealt = 0, np.zeros((folds, *table.shape))
    for k in range(table.shape[1]):
        owner = rng.permutation(np.repeat(np.arange(len(table)), table[:, k].astype(np.intp)))
        fold = (first + np.arange(len(owner))) % folds
        np.add.at(dealt[:, :, k], (fold, owner), 1.0)
        first += len(owner)
    return list(dealt)


def _dealt_clusters(table: Array, clusters: Codes, folds: int, rng: np.random.Generator) -> Codes:
    """The fold of each row (n,), with its cluster, and about as many of each level in all folds.

    Clusters, the largest first and in random order among equals, go one by one to the fold whose levels are farthest
    from their share.
    """
    totals = np.array([np.bincount(clusters, column) for column in table.T]).T
    if folds > len(totals):
        _refuse_folds(folds, len(totals), "clusters")
    share, held, fold = table.sum(axis=0) / folds, np.zeros((folds, table.shape[1])), np.zeros(len(totals), np.intp)
    for unit in np.lexsort((rng.random(len(totals)), -totals.sum(axis=1))).tolist():
        excess = (((held + totals[unit]) / share) ** 2 - (held / share) ** 2).sum(axis=1)
        fold[unit] = k = int(np.lexsort((held.sum(axis=1), np.round(excess, 12)))[0])
        held[k] += totals[unit]
    return np.asarray(fold[clusters])


def _refuse_folds(folds: int, units: int, what: str) -> None:
    raise DataError(f"folds={folds} is more than the {units} {what}; give fewer folds")


def _given_ids(rows: Design, fold_ids: npt.ArrayLike) -> Codes:
    values = pd.Series(np.asarray(fold_ids).ravel())
    if len(values) == rows.dropped.total:
        values = values.iloc[rows.positions]
    if len(values) != rows.n_rows or values.isna().any() or values.nunique() < 2:
        raise DataError(
            f"fold_ids has {len(values)} values, {values.nunique()} of them different; give the fold of each of the "
            f"{rows.n_rows} rows, two folds or more"
        )
    return np.asarray(pd.factorize(values, sort=True)[0], dtype=np.intp)


def _observations(rows: Design) -> SingleObservations:
    """Observations of the rows, counts written out where weights are whole numbers; else a row is one."""
    trials = np.ones(rows.n_rows) if rows.trials is None else rows.trials
    counts = rows.counted and rows.weights is not None and bool((rows.weights == np.round(rows.weights)).all())
    copies = rows.weights if counts and rows.weights is not None else np.ones(rows.n_rows)
    clusters = None if rows.cluster is None else rows.cluster_codes()
    return SingleObservations(copies * rows.y, copies * (trials - rows.y), clusters)
