"""A fit on its own rows, a fit on new data, or the arrays of any program as the rows that are judged.

All that judges probabilities takes a :class:`Judged` and asks no more.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from glmlogit.data import frames
from glmlogit.designs.container import INFINITE_ETA, WeightType
from glmlogit.designs.outcome import Outcome
from glmlogit.errors import ArgumentError, DataError, UnsupportedError
from glmlogit.evaluation.new_outcome import left_out, new_outcome, of_another_population, unlike_the_fit
from glmlogit.evaluation.sides import Kind, coded_events, counts, name_of, paired, refuse_precision, weighed
from glmlogit.evaluation.training_rows import are_training_rows
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_choice
from glmlogit.messages.values import first
from glmlogit.messages.words import Name, plural, sentence
from glmlogit.numerics import kernels
from glmlogit.numerics.arrays import same_index, vector
from glmlogit.prediction.predict import of_event
from glmlogit.resampling.choices import chosen_before
from glmlogit.resampling.out_of_fold import OutOfFold, out_of_fold

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate
from glmlogit.evaluation.judged_rows import (
    APPARENT,
    GIVEN,
    NEW,
    NEXT_TO_ONE,
    SCORES,
    Array,
    Judged,
    Positions,
    Resampling,
)


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
    fold_ids: Any = None,
    resampling: Resampling = "none",
    folds: int = 10,
    repeats: int = 10,
    seed: int = 0,
    ranks: bool = False,
    verb: str = "roc",
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
    fold_ids : array of shape (n,), optional
        Which fold a row was left out with, where ``p`` are predictions of a cross-validation.
    resampling : {"none", "cv", "bootstrap"}
        ``"cv"``: probabilities of a fit for its own rows from refits that did not see them, ``folds`` at a time,
        ``repeats`` times, from ``seed``; a row stands for one of the repeats in as many parts.
    ranks : bool
        Whether only the order of scores is asked for, so that ``p`` may be any numbers.
    verb : str
        Who asks, for messages.

    Raises
    ------
    DataError
        Where rows do not pair up, outcomes are not two, or probabilities are outside 0 to 1 or missing.
    UnsupportedError
        For precision weights, which count nothing.
    """
    check_choice("resampling", resampling, ("none", "cv", "bootstrap"))
    if fit is None:
        if y is None and p is None and score is None:
            raise ArgumentError(
                f"{verb}() takes a fit, or outcomes and probabilities: gl.{verb}(fit), gl.{verb}(y=, p=)"
            )
        if data is not None:
            raise DataError("data= are rows for a fit to predict, and no fit is given; give y= and p=, or a fit first")
        return _of_arrays(y, p, score, weights, weight_type, trials, event, cluster, ranks, fold_ids)
    if p is not None or score is not None:
        raise DataError("p= and score= stand in place of a fit; give one of them")
    if fold_ids is not None:
        raise DataError(
            "fold_ids= goes with y= and p=, probabilities of a cross-validation; resampling='cv' makes its own"
        )
    if data is None:
        own = {"y": y, "weights": weights, "trials": trials, "event": event, "cluster": cluster, "fold_ids": fold_ids}
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
        return _of_fit(fit, np.asarray(of_event(fit, kind="link"), dtype=np.float64), APPARENT)
    if resampling == "cv":
        return of_folds(fit, out_of_fold(fit, folds, repeats, seed))
    raise UnsupportedError(
        "a bootstrap corrects measures and gives no row a probability of its own; give resampling='cv', or see "
        "gl.internal_validation"
    )


def of_folds(fit: Estimate, left: OutOfFold) -> Judged:
    """Rows of a fit with predictors of models that did not see them, one part of a row for each repeat."""
    folds, repeats = left.folds, len(left.repeats)
    row, fold, events, nonevents, eta = (np.concatenate(column) for column in zip(*left.repeats, strict=True))
    fold = fold + np.repeat(np.arange(repeats) * folds, [len(part.row) for part in left.repeats])
    groups, grouping, notes = _clusters_of(fit)
    sample, held = fit.sample, fit.rows
    refuse_precision(sample.weighted and not (sample.counted or sample.sampled))
    kind: Kind = "sampling" if sample.sampled else "frequency" if repeats > 1 or held.trials is not None else "single"
    if sample.sampled and held.weights is not None:
        events, nonevents = held.weights[row] * events, held.weights[row] * nonevents
    result = _predicted(events / repeats, nonevents / repeats, eta, kind, left.text, sample.outcome)
    groups = None if groups is None else groups[row]
    result = replace(result, groups=groups, grouping=grouping, labels=held.index[row], fold=fold, repeats=repeats)
    return replace(result, notes=(*notes, *left.notes, *chosen_before(fit))).take(~np.isnan(eta))


def _of_fit(fit: Estimate, eta: Array, rows: str) -> Judged:
    """Rows of a fit with linear predictors (n,)."""
    sample, held = fit.sample, fit.rows
    refuse_precision(sample.weighted and not (sample.counted or sample.sampled))
    events, nonevents = counts(held.y, held.trials, held.weights)
    kind: Kind = (
        "sampling" if sample.sampled else "frequency" if sample.counted or held.trials is not None else "single"
    )
    groups, grouping, notes = _clusters_of(fit)
    result = _predicted(events, nonevents, eta, kind, rows, sample.outcome)
    result = replace(result, groups=groups, grouping=grouping, labels=held.index)
    open_rows = np.isnan(eta)
    return replace(result.take(~open_rows) if open_rows.any() else result, notes=(*notes, *left_out(open_rows)))


def _clusters_of(fit: Estimate) -> tuple[Positions | None, str, tuple[Note, ...]]:
    ways, notes = fit.sample.cluster, of_another_population(fit)
    if ways is None:
        return None, "", notes
    if len(ways.columns) == 1:
        return fit.sample.cluster_codes(), Name(ways.columns[0]), notes
    text = sentence("Limits ignore clusters, of which there are {n} ways.", n=len(ways.columns))
    return None, "", (*notes, Note("clusters", text))


def _predicted(events: Array, nonevents: Array, eta: Array, kind: Kind, rows: str, outcome: Outcome) -> Judged:
    p, q = kernels.tails(eta)
    far = np.abs(eta) >= INFINITE_ETA / 2
    score = np.where(far, np.copysign(np.inf, eta), eta) if far.any() else eta
    return Judged(events, nonevents, score, p, q, kind, rows, outcome.words, score_is_log_odds=True)


# --- new rows of a fit ----------------------------------------------------------------------------
def _of_new_rows(
    fit: Estimate, data: Any, y: Any, weights: Any, weight_type: WeightType, trials: Any, cluster: Any
) -> Judged:
    predictor = of_event(fit, data, kind="link")
    eta = np.asarray(predictor, dtype=np.float64)
    n, sides = len(eta), {"weights": weights, "trials": trials, "cluster": cluster}
    columns = {name: _side(data, value) for name, value in sides.items() if value is not None}
    same_index([("data", data), *columns.items()])
    events, counted, missing = new_outcome(fit, data, _side(data, y), columns.get("trials"), n)
    gone = missing | np.isnan(eta)
    for name in ("weights", "cluster"):
        gone |= frames.missing_mask(pd.Series(columns[name])) if name in columns else False
    notes = (*left_out(gone), *unlike_the_fit(fit, weights, cluster))
    result = weighed(events, counted, columns, weight_type, gone)
    outcome = fit.sample.outcome
    judged_rows = _predicted(result[0], result[1], eta, result[2], NEW, outcome)
    keep = ~gone & (result[0] + result[1] > 0)
    judged_rows = replace(judged_rows, groups=result[3], grouping=name_of(cluster), labels=predictor.index, notes=notes)
    judged_rows = judged_rows.take(keep)
    return replace(judged_rows, rows=APPARENT) if _are_those_of(fit, judged_rows) else judged_rows


def _are_those_of(fit: Estimate, rows: Judged) -> bool:
    """Whether rows that are called new are those of the fit; precision weights have no counts to tell by."""
    if fit.sample.weighted and not (fit.sample.counted or fit.sample.sampled):
        return False
    return are_training_rows(_honest(fit, "none", 0, 0, 0), rows)


def _side(data: Any, value: Any) -> Any:
    return frames.take(data, [value])[value] if isinstance(value, str) else value


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
    fold_ids: Any,
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
    events, outcome = coded_events(y, counted, len(values), event)
    total, others, kind, groups = weighed(events, counted, sides, weight_type, np.zeros(len(values), dtype=bool))
    result = _scored(total, others, values, option, kind, ranks)
    result = replace(result, outcome=outcome.words, groups=groups, grouping=name_of(cluster))
    if fold_ids is not None:
        fold = pd.factorize(np.asarray(paired(fold_ids, len(values), "fold_ids")))[0].astype(np.intp)
        result = replace(result, fold=fold, rows=sentence("out of fold ({n} folds given)", n=int(fold.max()) + 1))
    return result.take(total + others > 0) if weights is not None or trials is not None else result


def _scored(events: Array, nonevents: Array, values: Array, option: str, kind: Kind, ranks: bool) -> Judged:
    """Rows with probabilities, or with scores where the order alone is asked for."""
    outside = (values < 0) | (values > 1)
    if option == "p" and outside.any() and not ranks:
        percent = (values >= 0).all() and values.max() <= 100 and (values > 1).mean() > 0.5
        how = "of percent p/100" if percent else "of log-odds they are 1/(1 + exp(-x))"
        raise DataError(
            f"p is outside 0 to 1 in {first(np.flatnonzero(outside))}, such as {values[outside][0]:g}; give "
            f"probabilities: {how}"
        )
    if option == "score" or outside.any():
        text = "Scores are numbers that rank, not probabilities: thresholds are values of the score."
        notes = (Note("scores", text),) if option == "p" else ()
        return Judged(events, nonevents, values, None, None, kind, SCORES, notes=notes)
    return Judged(events, nonevents, values, values, 1.0 - values, kind, GIVEN, notes=_saturated(values))


def _saturated(p: Array) -> tuple[Note, ...]:
    near = p[p > 1.0 - NEXT_TO_ONE]
    if not len(near) or near.min() == near.max():
        return ()
    text = "{values} of p above 1 − 1e-12 cannot be told apart by 13 digits: give log-odds as score= to rank them."
    return (Note("saturated", sentence(text, values=plural(len(near), "value"))),)
