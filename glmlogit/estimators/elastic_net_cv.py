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
from glmlogit.estimators.elastic_net import require_maximum, require_refits
from glmlogit.estimators.elastic_net_path import PenaltyPath, path_of, penalties_of
from glmlogit.estimators.fit import Fit
from glmlogit.estimators.options import FitOptions
from glmlogit.estimators.penalised import (
    Factors,
    Limits,
    PenaltyShape,
    check_shares,
    penalised_rows,
    scaled_columns,
    standardizes,
)
from glmlogit.fitting.control import Control
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_choice, check_level
from glmlogit.messages.progress import shown
from glmlogit.messages.words import plural, sentence
from glmlogit.numerics.lazy import cached_property
from glmlogit.resampling.dealt_folds import dealt_folds
from glmlogit.shrinkage.cross_validation import (
    CLIPPED,
    SCORES,
    FoldCurves,
    FoldScores,
    Score,
    curves_of,
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
        the fit to all rows has at that penalty. Of relaxed fits there is ``gamma`` before these, the share of the
        penalised coefficients.
    best, best_1se : float
        The penalty with the best mean, and the largest one whose mean is within a standard error of that.
    best_gamma, best_1se_gamma : float
        The share of the penalised coefficients there, the larger of equal ones; 1 where no relaxed fits were judged.
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
    best_gamma: float = 1.0
    best_1se_gamma: float = 1.0

    @cached_property
    def fit(self) -> Fit:
        """The fit at the penalty chosen, relaxed by the share chosen."""
        best = self.choose == "best"
        share = self.best_gamma if best else self.best_1se_gamma
        return self.path.fit(self.best if best else self.best_1se, relax=None if share == 1.0 else share)

    @property
    def _by_share(self) -> list[tuple[float, pd.DataFrame]]:
        """Rows of the table for each share of penalised coefficients."""
        if "gamma" not in self.table:
            return [(1.0, self.table)]
        shares = self.table["gamma"].to_numpy()
        return [(share, self.table[shares == share]) for share in np.unique(shares).tolist()]

    @property
    def _rows_shown(self) -> pd.DataFrame:
        """Rows of a page: near the two choices, or the best of each share and the 1-SE rule's."""
        if "gamma" not in self.table:
            near = [self.table.index[self.table["penalty"] == value][0] for value in (self.best_1se, self.best)]
            at = np.unique(np.clip([0, *near, *(k + d for k in near for d in (-1, 1)), len(self.table) - 1], 0, None))
            return self.table.iloc[at[at < len(self.table)]].reset_index(drop=True)
        loss = self.table["mean"] * (-1.0 if self.score == "auc" else 1.0)
        rule = (self.table["penalty"] == self.best_1se) & (self.table["gamma"] == self.best_1se_gamma)
        best = [
            int(loss[rows.index].argmin()) + rows.index[0]
            for _, rows in self._by_share
            if loss[rows.index].notna().any()
        ]
        return self.table.loc[np.union1d(best, np.flatnonzero(rule))].reset_index(drop=True)

    @property
    def _page(self) -> Summary:
        relaxed = "gamma" in self.table
        best, rule = (
            sentence("{penalty}, γ = {share}" if relaxed else "{penalty}", penalty=float(penalty), share=float(share))
            for penalty, share in ((self.best, self.best_gamma), (self.best_1se, self.best_1se_gamma))
        )
        return Summary(
            title=f"Penalty chosen in folds: {_TITLES[self.score].lower()}",
            header=(
                (self.path.rows.outcome.heading, self.path.rows.outcome.words),
                ("Observations", f"{self.path.rows.nobs:g}"),
                ("Best penalty", best),
                (
                    "One standard error",
                    sentence("{penalty}, the largest penalty within one of the best", penalty=rule),
                ),
            ),
            tables=(table_from_frame(self._rows_shown),),
            notes=tuple(note.text for note in self.notes),
            coefficients=self.table,
        )

    def plot(self, ax: Axes | None = None, *, width: Width | None = None) -> Axes:
        """Draw the mean score with one standard error either way against λ, the two choices marked.

        Of relaxed fits a line for each share of the penalised coefficients, the band that of the best.
        """
        return draw_choice(self, self._by_share, axes.axes(ax, 4.2, 3.2, width))


def draw_choice(choice: PenaltyChoice, curves: list[tuple[float, pd.DataFrame]], ax: Axes) -> Axes:
    """Lines of the mean score by share of penalised coefficients, the band of one, and marks of the choices."""
    styles = axes.styles(max(len(curves), 2), "curves")
    for style, (share, rows) in zip(styles, curves, strict=False):
        table = rows.dropna(subset=["mean"])
        if share == choice.best_gamma:
            low, high = (table["mean"] + sign * table["std_error"] for sign in (-1, 1))
            ax.fill_between(table["penalty"], low, high, color=style.color, alpha=0.2, linewidth=0)
        line, label = (style.line, f"γ = {share:g}") if len(curves) > 1 else ("-", None)
        ax.plot(table["penalty"], table["mean"], color=style.color, linestyle=line, linewidth=1.6, label=label)
    ax.set_xscale("log")
    ax.invert_xaxis()
    several = len(curves) > 1
    for value, line, text in ((choice.best, "-", "best"), (choice.best_1se, "--", "1 SE")):
        n = int(choice.table.loc[choice.table["penalty"] == value, "n_nonzero"].iloc[0])
        label = f"{text}: {n} not 0" if several else f"{text}: {n} of them"
        ax.axvline(value, color=axes.ink(), linestyle=line, linewidth=0.9, label=label)
    if several:
        axes.legend_above(ax)
    else:
        axes.legend_within(ax, "best", "Coefficients that are not 0")
    bottom, top = ax.get_ylim()
    ax.set_ylim(bottom, top + (0.0 if several else 0.35) * (top - bottom))  # room for the legend
    axes.label(ax, say("Penalty λ, falling"), _TITLES[choice.score])
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
    relax: bool | npt.ArrayLike = False,
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
    **options: Unpack[FitOptions],
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
    relax : bool or array of shape (G,)
        Judge relaxed fits too, blends with a refit of what each penalty selects in the other folds: True takes the
        shares 0, ¼, ½, ¾ and 1 of the penalised coefficients, as glmnet does; or the shares themselves.
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
        ``.table .best .best_1se .best_gamma .best_1se_gamma .fit .fold_ids .path .plot()``.

    Raises
    ------
    DataError
        For more folds than observations, and areas in folds of fewer than ten.

    Notes
    -----
    Means of folds by their weight. In the deviance probabilities are kept 1e-5 from 0 and 1, a note says how often.
    *Matches* R's ``cv.glmnet`` in the same folds (``"brier"`` is half its ``"mse"``; of several levels it is the same,
    summed over them, and misclassified is whose level is not the most probable), with ``relax=True`` the share too.
    *Differs*: folds are stratified, areas are refused where R falls back to the deviance, and a share of 0 is the refit
    (glmnet takes 1e-5); relaxed fits are left out where a fold's refit has no maximum. The score of the best penalty is
    no estimate of how good the fit will be in new data: it was chosen.

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
    shares, relaxing = check_shares(relax)
    if relaxing:
        require_refits(problem)
    fitted = path_of(rows, problem, falling, list(path(problem, falling, null)), level, control or Control())
    scaled = scaled_columns(rows, standardize)
    before = problem if adaptive is None else shape.before(rows, folded=False)
    judged = np.union1d(shares, [1.0])

    def of_fold(fold: Array) -> FoldScores:
        how = (fitted.penalties, score, scaled, adaptive, tuple(judged.tolist()))
        return fold_scores(before, fold, *how)

    scores = list(shown(map(of_fold, held), len(held), "folds"))
    curves = curves_of(scores, score, np.isin(judged, shares))
    chosen = np.flatnonzero(np.isin(judged, shares)).tolist()
    table = pd.concat([_table(fitted, curves, g) for g in chosen], ignore_index=True)
    table.insert(0, "gamma", np.repeat(shares, len(fitted.penalties)))
    choices = [(float(fitted.penalties[k]), float(judged[g])) for g, k in (curves.best, curves.best_1se)]
    (best, gamma), (best_1se, gamma_1se) = choices
    notes = (*fitted.notes, *_notes(scores, curves, fitted, score, rows, ids))
    table = table if relaxing else table.drop(columns="gamma")
    return PenaltyChoice(table, best, best_1se, score, choose, ids, fitted, notes, gamma, gamma_1se)


def _table(fitted: PenaltyPath, curves: FoldCurves, g: int) -> pd.DataFrame:
    """Scores of the penalties at one share of penalised coefficients."""
    numbers = {"penalty": fitted.penalties, "mean": curves.mean[g], "std_error": curves.std_error[g]}
    return pd.DataFrame({**numbers, "n_nonzero": fitted.n_nonzero})


def _notes(
    scores: list[FoldScores],
    curves: FoldCurves,
    fitted: PenaltyPath,
    score: str,
    rows: Design,
    ids: npt.NDArray[np.intp],
) -> list[Note]:
    notes = []
    clipped = sum(fold.clipped for fold in scores)
    if clipped:
        seen = "1 probability" if clipped == 1 else "{n} probabilities"
        text = f"In the deviance {seen} nearer to 0 or 1 than {{limit}} counted as that."
        notes.append(Note("clipped", sentence(text, n=clipped, limit=CLIPPED)))
    missing = sum(bool(np.isnan(fold.values[-1]).all()) for fold in scores)
    if missing:
        notes.append(
            Note(
                "no_score",
                sentence(
                    "{k} of {n} folds without {score}, having one outcome only, or no first fit.",
                    k=missing,
                    n=len(scores),
                    score=score,
                ),
            )
        )
    short = sum(
        bool(np.isnan(last).any() and not np.isnan(last).all()) for last in (fold.values[-1] for fold in scores)
    )
    if short:
        text = "In {folds} the path ended early, without a maximum; means are of all folds."
        notes.append(Note("ended", sentence(text, folds=plural(short, "fold"))))
    unfitted = int((np.isnan(curves.mean) & ~np.isnan(curves.mean[-1])).any(axis=0).sum())
    if unfitted:
        notes.append(Note("no_refit", sentence(_NO_REFIT, k=unfitted, n=len(fitted.penalties))))
    if curves.best[1] == len(fitted.penalties) - 1:
        notes.append(Note("at_end", "The smallest penalty is the best: give smaller ones, by min_ratio=."))
    if rows.cluster is not None and pd.Series(ids).groupby(rows.cluster_codes()).nunique().max() > 1:
        notes.append(Note("split_clusters", "Folds split clusters: rows of a cluster judge each other."))
    if rows.class_weighted:
        notes.append(Note("class_weights", "Scores weigh observations by class, as the fits do."))
    notes.append(Note("chosen", "The penalty was chosen by this score, which is better than that in new data will be."))
    return notes


_NO_REFIT = (
    "At {k} of {n} penalties the refit of what was selected has no maximum in some fold (the outcome is predicted "
    "perfectly, or columns depend on each other): relaxed fits are not judged there."
)
