"""Probabilities that a model gives to rows it has not seen, and what it is worth on them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.documents.from_frame import measures_table
from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Summary
from glmlogit.drawing.sizes import Width
from glmlogit.estimate.recounted import OutcomeCounts
from glmlogit.evaluation.calibration_plot import draw_reliability
from glmlogit.evaluation.counted import counted
from glmlogit.evaluation.fold_areas import folded_area
from glmlogit.evaluation.headers import counted_rows, limits_line
from glmlogit.evaluation.judged import judged, of_folds
from glmlogit.evaluation.judged_rows import Judged
from glmlogit.evaluation.reliability import by_bins
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_level
from glmlogit.messages.words import sentence
from glmlogit.numerics import kernels
from glmlogit.numerics.tails import normal_quantile
from glmlogit.resampling.out_of_fold import FoldedRows, OutOfFold, out_of_fold
from glmlogit.scoring.calibration_measures import (
    IN_THE_LARGE,
    CalibrationMeasure,
    frame_of,
    of_lines,
    of_scores,
    reasons_of,
    spiegelhalter_z,
)
from glmlogit.scoring.logistic_lines import cox
from glmlogit.scoring.performance import MEASURES, ordered, performance
from glmlogit.scoring.probability_counts import ProbabilityCounts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, repr=False, eq=False)
class CrossValidation(Paged):
    """Out-of-fold probabilities of a fit's rows and measures of them; returned by :func:`cross_validate`.

    Attributes
    ----------
    probabilities : DataFrame (n, repeats)
        Of each row in each repeat, by a model fitted without it; NaN where that leaves it open. A row of several
        observations, which may be in several folds, has the mean over these.
    folds : DataFrame (n, repeats)
        Number of the fold of each row; NaN where it is in several.
    measures : DataFrame by ``measure``
        ``estimate std_error conf_low conf_high apparent``: ``auc`` the mean of the areas within folds, the others over
        all rows together.
    rows, level, notes
        Which rows these are, and what the reader must know.
    """

    probabilities: pd.DataFrame = field(repr=False)
    folds: pd.DataFrame = field(repr=False)
    measures: pd.DataFrame
    rows: str
    level: float
    outcome: str
    n_events: float
    n_nonevents: float
    notes: tuple[Note, ...] = ()
    judged: Judged = field(repr=False, default=None)  # type: ignore[assignment]

    @property
    def _page(self) -> Summary:
        return Summary(
            title=sentence("Cross-validation of the model of {outcome}", outcome=self.outcome),
            header=(*counted_rows(self.rows, self.n_events, self.n_nonevents), limits_line(self.level)),
            tables=(measures_table(self.measures, names=IN_THE_LARGE),),
            notes=tuple(map(str, self.notes)),
            coefficients=self.measures.reset_index(),
            facts=pd.DataFrame([self.measures["estimate"].to_dict()]),
        )

    def plot(self, ax: Axes | None = None, *, width: Width | None = None, groups: int = 10) -> Axes:
        """Draw the reliability diagram of the out-of-fold probabilities, in groups of equal numbers."""
        distinct = counted(self.judged)
        z = math.nan if self.judged.sampled else normal_quantile(self.level)
        table = by_bins(distinct, "quantile", groups, z).table
        return draw_reliability(
            ax, table, None, distinct, "quantile", sentence("Rows: {rows}.", rows=self.rows), "", width
        )


def cross_validate(
    fit: Estimate,
    folds: int = 10,
    repeats: int = 10,
    groups: Any = None,
    seed: int = 0,
    *,
    level: float | None = None,
) -> CrossValidation:
    """Predict each row of a fit by a model fitted without it, and judge the predictions.

    Parameters
    ----------
    fit : Fit
        The model; what its formula learns from rows (knots, bases) is learned in each fold's other rows, and a penalty
        is applied again. Choices made before are not repeated.
    folds : int
        Parts of the rows, stratified by outcome; as many as there are rows leave one out.
    repeats : int
        How often rows are dealt out anew.
    groups : array of shape (n,), optional
        Rows that stay together, in place of the fit's clusters.
    seed : int
        Of the folds.
    level : float, optional
        Confidence level; default that of the fit.

    Returns
    -------
    CrossValidation
        ``.probabilities``, ``.measures``.

    Raises
    ------
    UnsupportedError
        For estimators of several steps, and weights that cannot be dealt out.

    Notes
    -----
    A row of weight 3, or of 3 trials, is three observations, which may be in three folds. ``auc`` is the mean of the
    areas within folds, its error by the influence curve of LeDell, Petersen & van der Laan 2015; pooled predictions of
    folds differ in their intercepts, and leaving one out the area is an artefact: NaN. ``brier`` and ``log_loss`` are
    means over rows, not over folds; ``intercept`` (at slope 1) and ``slope`` are of outcomes on log-odds. Limits ignore
    that models were fitted. *Matches* R's ``cvAUC`` for the same folds, but where that counts ties as
    lost.

    Examples
    --------
    >>> births = gl.datasets.birthwt()
    >>> fit = gl.logit("low ~ age + lwt + C(race) + smoke", births)
    >>> result = gl.cross_validate(fit, repeats=2)
    >>> result.measures.loc[["auc", "brier"], ["estimate", "apparent"]].round(3)
             estimate  apparent
    measure
    auc         0.643     0.684
    brier       0.206     0.195
    """
    level = check_level(level, fit.level)
    left = out_of_fold(fit, folds, repeats, seed, groups)
    rows = of_folds(fit, left)
    distinct, z = counted(rows), math.nan if rows.sampled else normal_quantile(level)
    single = folds >= rows.totals[0] + rows.totals[1] - 0.5
    values = [_area(rows, z, single=single), *_pooled(distinct, z)]
    measures = frame_of(values)
    measures["apparent"] = _apparent(fit, list(measures.index))
    probabilities, numbers = _by_row(fit, left)
    events, others = (round(total, 6) for total in rows.totals)
    notes = (*rows.notes, *reasons_of(values), Note("refits", _IGNORED))
    return CrossValidation(
        probabilities, numbers, measures, left.text, level, rows.outcome, events, others, notes, rows
    )


_IGNORED = "Limits are of the predictions as they are: they ignore that the models were fitted."


def _area(rows: Judged, z: float, *, single: bool) -> CalibrationMeasure:
    if single:
        reason = "leaving one out the area is an artefact: each row is ranked by a model of its own"
        return CalibrationMeasure("auc", math.nan, reason=reason)
    mean = folded_area(rows)
    error = math.nan if math.isnan(z) else mean.std_error
    low, high = (float(np.clip(mean.auc + sign * z * error, 0.0, 1.0)) for sign in (-1, 1))
    reason = "no fold has both outcomes" if math.isnan(mean.auc) else ""
    return CalibrationMeasure("auc", mean.auc, error, low, high, reason)


def _pooled(distinct: ProbabilityCounts, z: float) -> list[CalibrationMeasure]:
    line = cox(distinct.events, distinct.nonevents, distinct.eta)
    return [*of_scores(distinct, z), *of_lines(line, z), spiegelhalter_z(distinct, sampled=math.isnan(z))]


def _apparent(fit: Estimate, names: list[str]) -> Array:
    """Measures (m,) in the training rows, without those that score equations fix there."""
    rows = judged(fit)
    values = performance(ordered(rows.score), OutcomeCounts(rows.events, rows.nonevents))
    by_name = dict(zip(MEASURES, values.tolist(), strict=True))
    if fit.capabilities.calibrated:
        by_name |= {"intercept": math.nan, "slope": math.nan}
    else:
        by_name["intercept"] = cox(rows.events, rows.nonevents, rows.score).large
    return np.array([by_name.get(name, math.nan) for name in names])


def _by_row(fit: Estimate, left: OutOfFold) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Probabilities and folds of the rows (n, repeats)."""
    columns = [_of_repeat(part, fit.sample.n_rows) for part in left.repeats]
    labels = pd.RangeIndex(1, len(columns) + 1, name="repeat")
    tables = (np.column_stack(values) for values in zip(*columns, strict=True))
    probabilities, folds = (pd.DataFrame(values, index=fit.rows.index, columns=labels) for values in tables)
    return probabilities, folds


def _of_repeat(part: FoldedRows, n: int) -> tuple[Array, Array]:
    amount = part.events + part.nonevents
    total = np.bincount(part.row, amount, n)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(part.row, amount * kernels.tails(part.eta)[0], n) / total
    mean[np.unique(part.row[np.isnan(part.eta)])] = np.nan
    number = np.full(n, np.nan)
    alone = np.bincount(part.row, minlength=n)[part.row] == 1
    number[part.row[alone]] = part.fold[alone]
    return mean, number
