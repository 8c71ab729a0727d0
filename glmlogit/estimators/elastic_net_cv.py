"""Which penalty: lasso and elastic net judged in folds, with the rule of one standard error."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Unpack

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.designs.container import Design
from glmlogit.documents.from_frame import table_from_frame
from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Summary
from glmlogit.documents.style import say
from glmlogit.drawing import axes
from glmlogit.drawing.sizes import Width
from glmlogit.errors import DataError
from glmlogit.estimators.elastic_net import require_maximum
from glmlogit.estimators.elastic_net_path import PenaltyPath, path_of, penalties_of
from glmlogit.estimators.fit import Fit
from glmlogit.estimators.options import DesignOptions
from glmlogit.estimators.penalised import (
    Factors,
    Limits,
    PenaltyShape,
    penalised_rows,
    scaled_columns,
    standardizes,
)
from glmlogit.fitting.control import Control
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_choice, check_level
from glmlogit.messages.progress import shown
from glmlogit.numerics.lazy import cached_property
from glmlogit.resampling.dealt_folds import dealt_folds
from glmlogit.shrinkage.cross_validation import (
    CLIPPED,
    SCORES,
    FoldCurve,
    FoldScores,
    Score,
    curve_of,
    fold_scores,
)
from glmlogit.shrinkage.path import null_point, path

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[np.float64]

# Observations in a fold from which an area under its curve is worth something.
LEAST_FOR_AREA = 10

_TITLES = {
    "deviance": "Deviance per observation",
    "auc": "Area under the ROC curve",
    "misclassification": "Misclassified by the most probable outcome",
    "brier": "Brier score",
}


@dataclass(frozen=True, repr=False, eq=False)
class PenaltyChoice(Paged):
    """Penalties judged in folds; returned by :func:`elastic_net_cv`.

    Attributes
    ----------
    table : DataFrame
        ``penalty mean std_error n_nonzero``: the score over folds and its standard error, and how many coefficients
        the fit to all rows has at that penalty.
    best, best_1se : float
        The penalty with the best mean, and the largest one whose mean is within a standard error of that.
    fold_ids : ndarray (n,)
        The fold of each row; give them as ``fold_ids=`` to judge another model in the same folds. −1 for a row whose
        observations are in several.
    path : PenaltyPath
        All penalties fitted to all rows.
    fit : Fit
        All rows at ``best`` or ``best_1se``, as ``choose`` says.
    """

    table: pd.DataFrame = field(repr=False)
    best: float
    best_1se: float
    score: str
    choose: str
    fold_ids: npt.NDArray[np.intp] = field(repr=False)
    path: PenaltyPath = field(repr=False)
    notes: tuple[Note, ...] = ()

    @cached_property
    def fit(self) -> Fit:
        """The fit at the penalty chosen."""
        return self.path.fit(self.best if self.choose == "best" else self.best_1se)

    @property
    def _page(self) -> Summary:
        near = [self.table.index[self.table["penalty"] == value][0] for value in (self.best_1se, self.best)]
        at = np.unique(np.clip([0, *near, *(k + d for k in near for d in (-1, 1)), len(self.table) - 1], 0, None))
        rows = self.table.iloc[at[at < len(self.table)]].reset_index(drop=True)
        return Summary(
            title=f"Penalty chosen in folds: {_TITLES[self.score].lower()}",
            header=(
                (self.path.rows.outcome.heading, str(self.path.rows.outcome)),
                ("Observations", f"{self.path.rows.nobs:g}"),
                ("Best penalty", f"{self.best:.6g}"),
                ("One standard error", f"{self.best_1se:.6g}, the largest penalty within one of the best"),
            ),
            tables=(table_from_frame(rows),),
            notes=tuple(map(str, self.notes)),
            coefficients=self.table,
        )

    def plot(self, ax: Axes | None = None, *, width: Width | None = None) -> Axes:
        """Draw the mean score with one standard error either way against λ, the two choices marked."""
        ax = axes.axes(ax, 4.2, 3.2, width)
        style, _ = axes.styles(2, "curves")
        table = self.table.dropna(subset=["mean"])
        low, high = (table["mean"] + sign * table["std_error"] for sign in (-1, 1))
        ax.fill_between(table["penalty"], low, high, color=style.color, alpha=0.2, linewidth=0)
        ax.plot(table["penalty"], table["mean"], color=style.color, linewidth=1.6)
        ax.set_xscale("log")
        ax.invert_xaxis()
        for value, line, text in ((self.best, "-", "best"), (self.best_1se, "--", "1 SE")):
            n = int(self.table.loc[self.table["penalty"] == value, "n_nonzero"].iloc[0])
            ax.axvline(value, color=axes.ink(), linestyle=line, linewidth=0.9, label=f"{text}: {n} of them")
        axes.legend_within(ax, "best", "Coefficients that are not 0")
        bottom, top = ax.get_ylim()
        ax.set_ylim(bottom, top + 0.35 * (top - bottom))  # room for the legend
        axes.label(ax, say("Penalty λ, falling"), _TITLES[self.score])
        return ax


def elastic_net_cv(
    formula_or_design: str | Design,
    data: Any = None,
    *,
    folds: int = 10,
    seed: int = 0,
    fold_ids: npt.ArrayLike | None = None,
    score: Score = "deviance",
    choose: Literal["best", "1se"] = "best",
    penalties: npt.ArrayLike | None = None,
    n_penalties: int = 100,
    min_ratio: float | None = None,
    l1_ratio: float = 1.0,
    standardize: bool | Literal["numeric"] = True,
    penalty_factor: Factors = None,
    lower: Limits = None,
    upper: Limits = None,
    grouped: bool = False,
    adaptive: float | None = None,
    level: float = 0.95,
    control: Control | None = None,
    **options: Unpack[DesignOptions],
) -> PenaltyChoice:
    """Choose the penalty of a lasso or elastic net by cross-validation.

    Parameters
    ----------
    formula_or_design : str or Design
        ``"low ~ age + C(race)"`` with ``data``, or a design made before, also one of ``scipy.sparse`` columns.
    data : table
        Rows with the columns that the formula names, of pandas, polars, pyarrow or DuckDB, or a dict of arrays.
    folds : int
        Number of folds, with about as many events each; the rows of a cluster stay together.
    seed : int
        Seed of the folds.
    fold_ids : array of shape (n,), optional
        The fold of each row, instead.
    score : {"deviance", "auc", "misclassification", "brier"}
        What is compared; areas are of one event.
    choose : {"best", "1se"}
        The penalty of ``.fit``.
    penalties, n_penalties, min_ratio : optional
        As in :func:`~glmlogit.elastic_net_path`; the same in all folds.
    l1_ratio, standardize, penalty_factor, lower, upper, grouped, adaptive : optional
        As in :func:`~glmlogit.elastic_net`. Columns are standardised in each fold's other rows anew, and factors of
        ``adaptive`` taken from these.
    level : float
        Confidence level of later tables.
    control : Control, optional
        ``strict`` and ``threads`` are of use.
    **options
        ``weights weight_type trials event offset cluster class_weight missing functions``, as :func:`~glmlogit.design`
        takes them.

    Returns
    -------
    PenaltyChoice
        ``.table .best .best_1se .fit .fold_ids .path .plot()``.

    Raises
    ------
    DataError
        For more folds than observations, and areas in folds of fewer than ten.

    Notes
    -----
    Means of folds by their weight. In the deviance probabilities are kept 1e-5 from 0 and 1, a note says how often.
    *Matches* R's ``cv.glmnet`` in the same folds (``"brier"`` is half its ``"mse"``; of several levels it is the same,
    summed over them, and misclassified is whose level is not the most probable). *Differs*: folds are stratified, and
    areas are refused where R falls back to the deviance. The score of the best penalty is no estimate of how good
    the fit will be in new data: it was chosen.

    Examples
    --------
    >>> choice = gl.elastic_net_cv("low ~ age + lwt + smoke + ht", gl.datasets.birthwt(), folds=5, n_penalties=20)
    >>> round(choice.best, 4), round(choice.best_1se, 4)
    (0.0026, 0.0298)
    """
    check_choice(
        "score", score, SCORES, {"class": "misclassification", "mse": "brier", "accuracy": "misclassification"}
    )
    check_choice("choose", choose, ("best", "1se"), {"min": "best", "lambda.min": "best", "lambda.1se": "1se"})
    level, rows = check_level(level, 0.95), penalised_rows(formula_or_design, data, options)
    if score == "auc" and rows.levels is not None:
        raise DataError("an area under the ROC curve is of one event; for several levels take score='deviance'")
    shape = PenaltyShape(l1_ratio, standardizes(standardize), penalty_factor, lower, upper, grouped, adaptive)
    problem = shape.problem(rows, folded=False)
    null = null_point(problem)
    require_maximum(rows, null._replace(penalty=np.inf))
    falling = np.sort(np.unique(penalties_of(problem, null, penalties, n_penalties, min_ratio)))[::-1]
    held, ids = dealt_folds(rows, problem.counts, folds, seed, fold_ids)
    if score == "auc" and rows.n_trials / len(held) < LEAST_FOR_AREA:
        raise DataError(
            f"folds of {rows.n_trials / len(held):.3g} observations have no area under a curve worth averaging; take "
            f"fewer folds, or score='deviance'"
        )
    fitted = path_of(rows, problem, falling, list(path(problem, falling, null)), level, control or Control())
    scaled = scaled_columns(rows, standardize)
    before = problem if adaptive is None else shape.before(rows, folded=False)
    each = (fold_scores(before, fold, fitted.penalties, score, standardized=scaled, adaptive=adaptive) for fold in held)
    scores = list(shown(each, len(held), "folds"))
    curve = curve_of(scores, score)
    table = pd.DataFrame(
        {
            "penalty": fitted.penalties,
            "mean": curve.mean,
            "std_error": curve.std_error,
            "n_nonzero": fitted.n_nonzero,
        }
    )
    best, best_1se = float(fitted.penalties[curve.best]), float(fitted.penalties[curve.best_1se])
    notes = (*fitted.notes, *_notes(scores, curve, fitted, score, rows, ids))
    return PenaltyChoice(table, best, best_1se, score, choose, ids, fitted, notes)


def _notes(
    scores: list[FoldScores], curve: FoldCurve, fitted: PenaltyPath, score: str, rows: Design, ids: npt.NDArray[np.intp]
) -> list[Note]:
    notes = []
    clipped = sum(fold.clipped for fold in scores)
    if clipped:
        text = f"{clipped:,} probabilities nearer to 0 or 1 than {CLIPPED:g} were taken for that in the deviance."
        notes.append(Note("clipped", text))
    missing = sum(bool(np.isnan(fold.values).all()) for fold in scores)
    if missing:
        notes.append(
            Note(
                "no_score",
                f"{missing} of {len(scores)} folds have no {score}, having one outcome only, or no first fit.",
            )
        )
    short = sum(bool(np.isnan(fold.values).any() and not np.isnan(fold.values).all()) for fold in scores)
    if short:
        notes.append(
            Note("ended", f"In {short} folds the path ended early, without a maximum; means are of all folds.")
        )
    if curve.best == len(fitted.penalties) - 1:
        notes.append(Note("at_end", "The smallest penalty is the best: give smaller ones, by min_ratio=."))
    if rows.cluster is not None and pd.Series(ids).groupby(rows.cluster_codes()).nunique().max() > 1:
        notes.append(Note("split_clusters", "Folds split clusters: rows of a cluster judge each other."))
    if rows.class_weighted:
        notes.append(Note("class_weights", "Scores weigh observations by class, as the fits do."))
    notes.append(Note("chosen", "The penalty was chosen by this score, which is better than that in new data will be."))
    return notes
