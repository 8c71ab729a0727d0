"""What is judged: outcomes as counts of events and others a row, scores that rank the rows, their probabilities."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypedDict

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.designs.container import WeightType
from glmlogit.errors import DataError
from glmlogit.evaluation.sides import Kind
from glmlogit.messages.notes import Note
from glmlogit.messages.words import sentence
from glmlogit.numerics import kernels

Array = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]
Resampling = Literal["none", "cv", "bootstrap"]

APPARENT = sentence("apparent (training rows)")
NEW = sentence("new data")
GIVEN = sentence("the probabilities given")
SCORES = sentence("the scores given")
# Probabilities this near to 1 differ by less than the digits by which ties are told.
NEXT_TO_ONE = 1e-12


class RowOptions(TypedDict, total=False):
    """Options by which every verb of this wing takes its rows; see :func:`judged`."""

    weights: Any
    weight_type: WeightType
    trials: Any
    event: Any
    cluster: Any
    fold_ids: Any


class HonestRows(TypedDict):
    """Options by which a fit is judged on rows that refits did not see; see :func:`judged`."""

    resampling: Resampling
    folds: int
    repeats: int
    seed: int


@dataclass(frozen=True, eq=False)
class Judged:
    """Rows (m,) with an outcome and a score, whatever they come from.

    ``events`` and ``nonevents`` are counts: of trials, of repeated rows (frequency weights), or weights of points
    (``kind`` ``"sampling"``). ``score`` ranks: log-odds of a fit, else what was given. ``p`` and ``q = 1 − p`` are
    None where scores are no probabilities. ``groups`` (m,) are the numbers of clusters, ``labels``
    those of the data. ``fold`` (m,) says which model gave a row its score, where each was fitted without the rows it
    scores; of ``repeats`` of this a row has as many parts. ``rows`` says in words which rows these are, ``outcome``
    what is modelled.
    """

    events: Array = field(repr=False)
    nonevents: Array = field(repr=False)
    score: Array = field(repr=False)
    p: Array | None = field(repr=False)
    q: Array | None = field(repr=False)
    kind: Kind
    rows: str
    outcome: str = "y"
    groups: Positions | None = field(repr=False, default=None)
    grouping: str = ""
    labels: pd.Index[Any] | None = field(repr=False, default=None)
    fold: Positions | None = field(repr=False, default=None)
    repeats: int = 1
    notes: tuple[Note, ...] = ()
    score_is_log_odds: bool = False

    @property
    def sampled(self) -> bool:
        """Whether rows stand for as much of a population as their weight says: no count has a distribution then."""
        return self.kind == "sampling"

    @property
    def apparent(self) -> bool:
        """Whether a fit is judged on the rows it was fitted to."""
        return self.rows == APPARENT

    @property
    def single(self) -> bool:
        """Whether every row is one observation."""
        return self.kind == "single"

    @property
    def eta(self) -> Array:
        """Log-odds (m,), ±inf at probabilities of 0 and 1."""
        p, q = self.probabilities
        if self.score_is_log_odds:
            return self.score
        with np.errstate(divide="ignore"):
            return np.log(p) - np.log(q)

    @property
    def probabilities(self) -> tuple[Array, Array]:
        """``p`` and ``q`` (m,).

        Raises
        ------
        DataError
            Where the scores are no probabilities.
        """
        if self.p is None or self.q is None:
            raise DataError("scores rank rows, and this needs probabilities between 0 and 1: give p=")
        return self.p, self.q

    @property
    def totals(self) -> tuple[float, float]:
        """Numbers of events and of others, or their weights."""
        return float(self.events.sum()), float(self.nonevents.sum())

    @property
    def each_repeat(self) -> Iterator[Judged]:
        """The rows of each repeat of a cross-validation, with their counts."""
        assert self.fold is not None
        folds = (int(self.fold.max()) + 1) // self.repeats
        for r in range(self.repeats):
            part = self.take(self.fold // folds == r)
            yield replace(part, events=part.events * self.repeats, nonevents=part.nonevents * self.repeats, repeats=1)

    @property
    def least_size(self) -> float:
        """The least size that a score has: log-odds near 0 are sums, with the rounding of their parts."""
        return 1.0 if self.score_is_log_odds else 0.0

    def as_threshold(self, score: Array) -> Array:
        """Scores as thresholds: probabilities of log-odds, others as they are."""
        return kernels.tails(score)[0] if self.score_is_log_odds else score

    def take(self, positions: npt.NDArray[Any]) -> Judged:
        """Rows at positions, or that a mask marks."""
        by_row = ("events", "nonevents", "score", "p", "q", "groups", "labels", "fold")
        part: dict[str, Any] = {name: None if (v := getattr(self, name)) is None else v[positions] for name in by_row}
        if part["groups"] is not None:
            part["groups"] = np.unique(part["groups"], return_inverse=True)[1]
        return replace(self, **part)
