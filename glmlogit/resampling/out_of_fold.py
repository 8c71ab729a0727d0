"""Probabilities of rows by models that were not fitted to them: repeated, stratified cross-validation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.errors import DataError
from glmlogit.estimate.recounted import OutcomeCounts, Refit, recounted
from glmlogit.messages.notes import Note
from glmlogit.messages.progress import shown
from glmlogit.messages.words import plural, sentence
from glmlogit.resampling.observations import SingleObservations, observations_of

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]


class FoldedRows(NamedTuple):
    """What folds take of rows: ``row`` (c,) of the fit, its ``fold``, events and non-events there, and their η.

    A row of several observations is here once for each fold that has some of them. Each η is of a model that was fitted
    without the fold: ±inf beyond a separation, NaN where the model leaves it open.
    """

    row: Positions
    fold: Positions
    events: Array
    nonevents: Array
    eta: Array


@dataclass(frozen=True, eq=False)
class OutOfFold:
    """Linear predictors of the rows of a fit by models fitted without them, once for each repeat."""

    repeats: tuple[FoldedRows, ...] = field(repr=False)
    folds: int
    seed: int | None
    clusters: int
    separated: int
    unreached: int
    no_events: int

    @property
    def text(self) -> str:
        """Which rows these are, in words."""
        seeded = "no seed" if self.seed is None else "seed {seed}"
        text = f"out of fold ({{folds}} × {{repeats}}, {seeded})"
        return sentence(text, folds=self.folds, repeats=len(self.repeats), seed=str(self.seed))

    @property
    def undetermined(self) -> int:
        """Rows, over all repeats, to which the model of their fold gives no probability."""
        return sum(int(np.isnan(part.eta).sum()) for part in self.repeats)

    @property
    def notes(self) -> tuple[Note, ...]:
        """How the folds were made, and what went wrong in some."""
        fits = self.folds * len(self.repeats)
        what = "folds are stratified by outcome"
        if self.clusters:
            what = sentence("{clusters} stay whole", clusters=plural(self.clusters, "cluster"))
        text = "Rows: {rows}; {what}, and what a formula learns from rows is learned without the fold."
        notes = [Note("rows", sentence(text, rows=self.text, what=what))]
        if self.separated:
            text = "{n} of {all} refits separate: probabilities of 0 and 1 are those of the limiting model."
            notes.append(Note("separated_folds", sentence(text, n=self.separated, all=fits)))
        if self.unreached:
            text = "{n} of {all} refits reached no maximum: their rows have no probability."
            notes.append(Note("unreached_folds", sentence(text, n=self.unreached, all=fits)))
        if self.undetermined:
            text = (
                "{rows} (of {repeats}) have no probability, since the model of their fold leaves it open: a level that "
                "no other fold has, or a separation."
            )
            rows, repeats = plural(self.undetermined, "row"), plural(len(self.repeats), "repeat")
            notes.append(Note("undetermined", sentence(text, rows=rows, repeats=repeats)))
        if self.no_events:
            text = "{n} folds have one outcome only: nothing can be computed within these."
            notes.append(Note("one_class_folds", sentence(text, n=self.no_events)))
        return tuple(notes)


def out_of_fold(
    fit: Estimate,
    folds: int = 10,
    repeats: int = 10,
    seed: int | None = 0,
    groups: Any = None,
    *,
    fold_ids: Any = None,
) -> OutOfFold:
    """Linear predictors of the rows of a fit by models that are fitted without them.

    ``groups`` (n,) stay together in place of the fit's clusters; ``fold_ids`` (n,) are folds made by the caller, for
    one repeat.

    Raises
    ------
    DataError
        For fewer than 2 folds, or more than there are observations or groups.
    UnsupportedError
        For estimators of several steps, and weights that cannot be dealt out.
    """
    observations = observations_of(fit, groups)
    if fold_ids is None:
        _check(folds, repeats, seed, observations)
        generator = np.random.default_rng(seed)
        deals = [observations.dealt(folds, generator) for _ in range(repeats)]
    else:
        folds, repeats, seed = len(np.unique(fold_ids)), 1, None
        deals = [_of_ids(observations, np.asarray(fold_ids))]
    parts: list[FoldedRows] = []
    separated = unreached = 0
    all_parts = ((taken, k) for deal in deals for k, taken in enumerate(deal))
    for taken, k in shown(all_parts, folds * repeats, "cross-validation"):
        left = OutcomeCounts(observations.events - taken.events, observations.nonevents - taken.nonevents)
        refit = recounted(fit, left)
        separated += refit is not None and refit.separated
        unreached += refit is None
        parts.append(_folded(taken, k, refit))
    return OutOfFold(
        tuple(_joined(parts[r * folds : (r + 1) * folds]) for r in range(repeats)),
        folds,
        seed,
        0 if observations.clusters is None else observations.n_units,
        separated,
        unreached,
        sum(not (part.events.any() and part.nonevents.any()) for part in parts),
    )


def _folded(taken: OutcomeCounts, k: int, refit: Refit | None) -> FoldedRows:
    row = np.flatnonzero(taken.events + taken.nonevents)
    eta = np.full(len(row), np.nan) if refit is None else refit.predictors()[row]
    return FoldedRows(row, np.full(len(row), k), taken.events[row], taken.nonevents[row], eta)


def _joined(parts: list[FoldedRows]) -> FoldedRows:
    """Folds of one repeat together, in the order of the rows."""
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.lexsort((columns[1], columns[0]))
    return FoldedRows(*(column[order] for column in columns))


def _of_ids(observations: SingleObservations, ids: npt.NDArray[Any]) -> Iterator[OutcomeCounts]:
    if len(ids) != len(observations.events):
        raise DataError(f"fold_ids= has {len(ids)} values and the fit {len(observations.events)} rows")
    return (
        OutcomeCounts(observations.events * (ids == k), observations.nonevents * (ids == k)) for k in np.unique(ids)
    )


def _check(folds: int, repeats: int, seed: int | None, observations: SingleObservations) -> None:
    for name, value, least in (("folds", folds, 2), ("repeats", repeats, 1)):
        if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < least:
            raise DataError(f"{name}={value!r}; give a whole number, {least} or more")
    if seed is not None and not isinstance(seed, (int, np.integer)):
        raise DataError(f"seed={seed!r}: give a whole number, so that the folds can be made again")
    if folds > observations.n_units:
        what = "observation" if observations.clusters is None else "cluster"
        raise DataError(f"folds={folds} is more than the {plural(observations.n_units, what)}; give fewer folds")
