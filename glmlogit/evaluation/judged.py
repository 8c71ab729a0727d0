"""What is judged: outcomes as counts of events and others a row, scores that rank the rows, their probabilities.

A fit on its own rows, a fit on new data, or the arrays of any program become one :class:`Judged`; all that judges
probabilities takes it and asks no more.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, TypedDict

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.data import frames
from glmlogit.designs.container import INFINITE_ETA, WeightType
from glmlogit.designs.design import check_weight_type
from glmlogit.designs.inputs import outcome_array
from glmlogit.designs.outcome import Outcome, check_counts, code_binary, count_column
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.evaluation.new_outcome import new_outcome
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_choice
from glmlogit.messages.values import first
from glmlogit.messages.words import plural
from glmlogit.numerics import kernels
from glmlogit.numerics.arrays import require_finite, same_index, vector
from glmlogit.prediction.predict import predict

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]
Resampling = Literal["none", "cv", "bootstrap"]

APPARENT = "apparent (training rows)"
NEW = "new data"
# Probabilities this near to 1 differ by less than the digits by which ties are told.
NEXT_TO_ONE = 1e-12


class RowOptions(TypedDict, total=False):
    """Options by which every verb of this wing takes its rows; see :func:`judged`."""

    weights: Any
    weight_type: WeightType
    trials: Any
    event: Any
    cluster: Any


@dataclass(frozen=True, eq=False)
class Judged:
    """Rows (m,) with an outcome and a score, whatever they come from.

    ``events`` and ``nonevents`` are counts: of trials, of repeated rows (frequency weights), or weights of points
    (``kind`` ``"sampling"``). ``score`` ranks: log-odds of a fit, else what was given. ``p`` and ``q = 1 − p`` are
    None where scores are no probabilities. ``groups`` (m,) are the numbers of clusters. ``rows`` says in words which
    rows these are, ``outcome`` what is modelled.
    """

    events: Array = field(repr=False)
    nonevents: Array = field(repr=False)
    score: Array = field(repr=False)
    p: Array | None = field(repr=False)
    q: Array | None = field(repr=False)
    kind: Literal["single", "frequency", "sampling"]
    rows: str
    outcome: str = "y"
    groups: Positions | None = field(repr=False, default=None)
    grouping: str = ""
    notes: tuple[Note, ...] = ()
    score_is_log_odds: bool = False

    @property
    def sampled(self) -> bool:
        """Whether rows stand for as much of a population as their weight says: no count has a distribution then."""
        return self.kind == "sampling"

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

    def take(self, positions: npt.NDArray[Any]) -> Judged:
        """Rows at positions, or that a mask marks."""
        by_row = ("events", "nonevents", "score", "p", "q", "groups")
        part: dict[str, Any] = {name: None if (v := getattr(self, name)) is None else v[positions] for name in by_row}
        return replace(self, **part)


def judged(
    fit: Estimate | None = None,
    data: Any = None,
    *,
    y: Any = None,
    p: Any = None,
    score: Any = None,
    weights: Any = None,
    weight_type: WeightType = "frequency",
    trials: Any = None,
    event: Any = None,
    cluster: Any = None,
    resampling: Resampling = "none",
    folds: int = 10,
    repeats: int = 10,
    seed: int = 0,
    ranks: bool = False,
) -> Judged:
    """The rows to be judged, of a fit, of a fit in new data, or of arrays.

    Parameters
    ----------
    fit : Fit, optional
        Without ``data`` on the rows it was fitted to, with their weights, trials and clusters.
    data : table, optional
        New rows, with the outcome of the formula; rows with missing values are left out and counted in a note.
    y : array of shape (n,), optional
        Outcomes: with ``p`` or ``score``, or of new rows of a fit from arrays. Counts of events with ``trials``.
    p, score : array of shape (n,), optional
        Probabilities of any program; or numbers that rank the rows, high ones for events.
    weights, trials, cluster : array of shape (n,) or column name of ``data``, optional
        Weights of ``weight_type`` as in :func:`design`; a weight of 0 leaves its row out.
    event : value, optional
        The value of ``y`` that is the event.
    resampling : {"none", "cv", "bootstrap"}
        ``"cv"``: probabilities of a fit for its own rows from refits that did not see them, ``folds`` at a time,
        ``repeats`` times, from ``seed``; a row stands for one of the repeats in as many parts.
    ranks : bool
        Whether only the order of scores is asked for, so that ``p`` may be any numbers.

    Raises
    ------
    DataError
        Where rows do not pair up, outcomes are not two, or probabilities are outside 0 to 1 or missing.
    UnsupportedError
        For precision weights, which count nothing.
    """
    check_choice("resampling", resampling, ("none", "cv", "bootstrap"))
    if fit is None:
        if data is not None:
            raise DataError("data= are rows for a fit to predict, and no fit is given; give y= and p=, or a fit first")
        return _of_arrays(y, p, score, weights, weight_type, trials, event, cluster, ranks)
    if p is not None or score is not None:
        raise DataError("p= and score= stand in place of a fit; give one of them")
    if data is None:
        own = {"y": y, "weights": weights, "trials": trials, "event": event, "cluster": cluster}
        _refuse_beside_a_fit({name: value for name, value in own.items() if value is not None})
        return _honest(fit, resampling, folds, repeats, seed)
    if resampling != "none":
        raise DataError(
            f"resampling={resampling!r} is for the rows of a fit; new data were not seen by it. Leave it out"
        )
    return _of_new_rows(fit, data, y, weights, weight_type, trials, cluster)


def _refuse_beside_a_fit(options: dict[str, Any]) -> None:
    if options:
        name = next(iter(options))
        raise DataError(f"{name}= comes with data= or p=; a fit has the outcome, weights and clusters of its own rows")


# --- rows of a fit --------------------------------------------------------------------------------
def _honest(fit: Estimate, resampling: Resampling, folds: int, repeats: int, seed: int) -> Judged:
    if resampling == "none":
        return _of_fit(fit, np.asarray(predict(fit, kind="link"), dtype=np.float64), APPARENT)
    raise UnsupportedError(f"resampling={resampling!r} is not built yet; judge new data: data=")


def _of_fit(fit: Estimate, eta: Array, rows: str) -> Judged:
    """Rows of a fit with linear predictors (n,)."""
    sample, held = fit.sample, fit.rows
    _refuse_precision(sample.weighted and not (sample.counted or sample.sampled))
    events, nonevents = _counts(held.y, held.trials, held.weights)
    kind = "sampling" if sample.sampled else "frequency" if sample.counted or held.trials is not None else "single"
    groups, grouping, notes = _clusters_of(fit)
    result = _predicted(events, nonevents, eta, kind, rows, sample.outcome)
    return replace(result, groups=groups, grouping=grouping, notes=notes)


def _clusters_of(fit: Estimate) -> tuple[Positions | None, str, tuple[Note, ...]]:
    ways = fit.sample.cluster
    if ways is None:
        return None, "", ()
    if len(ways.columns) == 1:
        return fit.sample.cluster_codes(), str(ways.columns[0]), ()
    text = f"Limits ignore clusters, of which there are {len(ways.columns)} ways."
    return None, "", (Note("clusters", text),)


def _predicted(events: Array, nonevents: Array, eta: Array, kind: Any, rows: str, outcome: Outcome) -> Judged:
    p, q = kernels.tails(eta)
    far = np.abs(eta) >= INFINITE_ETA / 2
    score = np.where(far, np.copysign(np.inf, eta), eta) if far.any() else eta
    return Judged(events, nonevents, score, p, q, kind, rows, str(outcome), score_is_log_odds=True)


def _counts(y: Array, trials: Array | None, weights: Array | None) -> tuple[Array, Array]:
    """Weighted numbers of events and of others (n,)."""
    nonevents = (1.0 if trials is None else trials) - y
    return (y, nonevents) if weights is None else (weights * y, weights * nonevents)


def _refuse_precision(precision: bool) -> None:
    if precision:
        raise UnsupportedError(
            "ranks and shares count observations, and precision weights count nothing; if the weights are counts or "
            "inverse probabilities say so: weight_type='frequency' or 'sampling'"
        )


# --- new rows of a fit ----------------------------------------------------------------------------
def _of_new_rows(
    fit: Estimate, data: Any, y: Any, weights: Any, weight_type: WeightType, trials: Any, cluster: Any
) -> Judged:
    eta = np.asarray(predict(fit, data, kind="link"), dtype=np.float64)
    n, sides = len(eta), {"weights": weights, "trials": trials, "cluster": cluster}
    columns = {name: _side(data, value) for name, value in sides.items() if value is not None}
    same_index([("data", data), *columns.items()])
    events, counted, missing = new_outcome(fit, data, _side(data, y), columns.get("trials"), n)
    gone = missing | np.isnan(eta)
    for name in ("weights", "cluster"):
        gone |= frames.missing_mask(pd.Series(columns[name])) if name in columns else False
    notes = _left_out(gone)
    result = _weighed(events, counted, columns, weight_type, gone)
    outcome = fit.sample.outcome
    judged_rows = _predicted(result[0], result[1], eta, result[2], NEW, outcome)
    keep = ~gone & (result[0] + result[1] > 0)
    return replace(judged_rows, groups=result[3], grouping=_name(cluster), notes=notes).take(keep)


def _side(data: Any, value: Any) -> Any:
    return frames.take(data, [value])[value] if isinstance(value, str) else value


def _name(cluster: Any) -> str:
    return "" if cluster is None else cluster if isinstance(cluster, str) else str(getattr(cluster, "name", "cluster"))


def _left_out(gone: npt.NDArray[np.bool_]) -> tuple[Note, ...]:
    if gone.all():
        raise DataError("no row of the new data has both an outcome and a prediction; nothing can be judged")
    if not gone.any():
        return ()
    text = f"{plural(int(gone.sum()), 'row')} of {len(gone):,} left out because of missing values."
    return (Note("missing", text),)


# --- arrays ---------------------------------------------------------------------------------------
def _of_arrays(
    y: Any,
    p: Any,
    score: Any,
    weights: Any,
    weight_type: WeightType,
    trials: Any,
    event: Any,
    cluster: Any,
    ranks: bool,
) -> Judged:
    if y is None or (p is None) == (score is None):
        raise DataError("give a fit, or outcomes and their probabilities: y= and p= (score= for numbers that rank)")
    option, numbers = ("score", score) if p is None else ("p", p)
    values = vector(numbers, option)
    sides = {name: v for name, v in (("weights", weights), ("trials", trials), ("cluster", cluster)) if v is not None}
    same_index([("y", y), (option, numbers), *sides.items()])
    if np.isnan(values).any():
        raise DataError(
            f"{option} is missing in {first(np.flatnonzero(np.isnan(values)))}; a row without a number has no place in "
            f"an order. Drop these rows from y and {option}"
        )
    counted = None if trials is None else vector(trials, "trials", len(values))
    events, outcome = _events(y, counted, len(values), event)
    total, others, kind, groups = _weighed(events, counted, sides, weight_type, np.zeros(len(values), dtype=bool))
    result = _scored(total, others, values, option, kind, ranks)
    result = replace(result, outcome=str(outcome), groups=groups, grouping=_name(cluster))
    return result.take(total + others > 0) if weights is not None or trials is not None else result


def _events(y: Any, trials: Array | None, n: int, event: Any) -> tuple[Array, Outcome]:
    values, name = outcome_array(y, n)
    if trials is None:
        return code_binary(values, name, event)
    events = count_column(values, f"outcome {name}")
    check_counts(events, trials, name)
    return events, Outcome(name, None, (), grouped=True)


def _weighed(
    events: Array, trials: Array | None, sides: dict[str, Any], weight_type: WeightType, gone: npt.NDArray[np.bool_]
) -> tuple[Array, Array, Literal["single", "frequency", "sampling"], Positions | None]:
    """Weighted events and others (n,), what they count, and the numbers of clusters (n,)."""
    check_weight_type(weight_type)
    n, weights = len(events), sides.get("weights")
    if weights is not None:
        _refuse_precision(weight_type == "precision")
        weights = np.where(gone, 0.0, vector(weights, "weights", n))
        require_finite(weights, "weights")
        if (weights < 0).any():
            raise DataError(f"weights are negative in {first(np.flatnonzero(weights < 0))}; they start at 0")
    total, others = _counts(events, trials, weights)
    if not (total + others)[~gone].any():
        raise DataError("all weights or trials are 0; no row takes part")
    groups = sides.get("cluster")
    codes = None if groups is None else pd.factorize(np.asarray(_paired(groups, n)))[0].astype(np.intp)
    sampled = weights is not None and weight_type == "sampling"
    return total, others, "sampling" if sampled else "single" if weights is trials is None else "frequency", codes


def _paired(cluster: Any, n: int) -> Any:
    if np.ndim(cluster) != 1 or len(cluster) != n:
        raise DataError(f"cluster has shape {np.shape(cluster)} and there are {n} rows; give one identifier a row")
    return cluster


def _scored(events: Array, nonevents: Array, values: Array, option: str, kind: Any, ranks: bool) -> Judged:
    """Rows with probabilities, or with scores where the order alone is asked for."""
    outside = (values < 0) | (values > 1)
    if option == "p" and outside.any() and not ranks:
        raise DataError(
            f"p is outside 0 to 1 in {first(np.flatnonzero(outside))}, such as {values[outside][0]:g}; give "
            f"probabilities: of log-odds they are 1/(1 + exp(-x))"
        )
    if option == "score" or outside.any():
        text = "Scores are numbers that rank, not probabilities: thresholds are values of the score."
        notes = (Note("scores", text),) if option == "p" else ()
        return Judged(events, nonevents, values, None, None, kind, NEW, notes=notes)
    return Judged(events, nonevents, values, values, 1.0 - values, kind, NEW, notes=_saturated(values))


def _saturated(p: Array) -> tuple[Note, ...]:
    near = p[p > 1.0 - NEXT_TO_ONE]
    if not len(near) or near.min() == near.max():
        return ()
    text = (
        f"{plural(len(near), 'value')} of p above 1 − 1e-12 cannot be told apart by 13 digits: "
        f"give log-odds as score= to rank them."
    )
    return (Note("saturated", text),)
