"""Where to put the threshold: by what errors cost, by a criterion, or by a target."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Unpack

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.decisions.cells import check_prevalence
from glmlogit.decisions.criteria import Criterion, criterion_of
from glmlogit.decisions.threshold_limits import chosen_threshold, limits_of_choice, thresholds_of
from glmlogit.documents.from_frame import table_from_frame
from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Summary
from glmlogit.documents.style import say
from glmlogit.drawing import axes
from glmlogit.drawing.sizes import Width
from glmlogit.errors import DataError
from glmlogit.evaluation.headers import header_of, limits_line
from glmlogit.evaluation.judged import judged
from glmlogit.evaluation.judged_rows import HonestRows, Judged, Resampling, RowOptions
from glmlogit.evaluation.ranking import Ranking, ranking_of
from glmlogit.evaluation.roc_plot import thinned
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_choice, check_level
from glmlogit.messages.words import Number, sentence

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]
CriterionName = Literal["youden", "closest", "f1", "cost", "sensitivity", "specificity"]
CRITERIA = ("youden", "closest", "f1", "cost", "sensitivity", "specificity")
_TEXT = {
    "youden": "largest sensitivity + specificity − 1 (Youden)",
    "closest": "nearest to the corner of the ROC curve",
    "f1": "largest F1",
    "cost": "least mean cost",
    "sensitivity": "largest threshold with a sensitivity of at least",
    "specificity": "smallest threshold with a specificity of at least",
}


_NAMES = {"youden": "Youden's J", "cost": "mean cost", "f1": "F1", "closest": "distance²"}


@dataclass(frozen=True, repr=False, eq=False)
class ThresholdChoice(Paged):
    """Thresholds and the best of them; returned by :func:`thresholds`.

    Attributes
    ----------
    table : DataFrame, a row a threshold
        ``threshold tp fp fn tn sensitivity specificity ppv npv value``, from infinity ("nobody positive") down.
    best : DataFrame, a row for each of equally good thresholds
        ``threshold low midpoint value sensitivity specificity conf_low conf_high``: every threshold above ``low`` up to
        ``threshold`` decides alike; limits by the bootstrap, the choice repeated.
    threshold, value : float
        The lowest of the best, and the criterion there.
    bayes : float
        ``c_FP/(c_FN + c_FP)``, the best threshold of probabilities that are right, with ``prevalence`` moved to the
        scale of those that are judged; NaN without costs.
    honest : Series or None
        Out of fold: ``value sensitivity specificity`` where each fold is decided by a threshold chosen without it.
    """

    table: pd.DataFrame = field(repr=False)
    best: pd.DataFrame = field(repr=False)
    bayes: float
    criterion: str
    level: float
    rows: str
    outcome: str
    reason: str = ""
    costs: tuple[float, float] = (1.0, 1.0)
    target: float | None = None
    prevalence: float | None = None
    honest: pd.Series[float] | None = field(default=None, repr=False)
    notes: tuple[Note, ...] = ()
    header: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def threshold(self) -> float:
        """The lowest of the best thresholds."""
        return float(self.best["threshold"].iloc[0]) if len(self.best) else math.nan

    @property
    def value(self) -> float:
        """The criterion at the best thresholds."""
        return float(self.best["value"].iloc[0]) if len(self.best) else math.nan

    @property
    def _page(self) -> Summary:
        why = (sentence("No threshold: {reason}.", reason=self.reason),) if self.reason else ()
        return Summary(
            title=sentence("Threshold for {outcome}", outcome=self.outcome),
            header=(
                *self.header,
                ("Criterion", self._criterion),
                limits_line(self.level, "bootstrap with the choice repeated"),
            ),
            tables=(table_from_frame(self._named_best, title=say("Best thresholds")),),
            footer=tuple(self._footer),
            notes=(*why, *map(str, self.notes)),
            coefficients=self.table,
        )

    @property
    def _criterion(self) -> str:
        """What is best, in words."""
        text = _TEXT[self.criterion]
        if self.target is not None:
            return sentence("{criterion} {target}", criterion=text, target=float(self.target))
        if self.criterion != "cost":
            return sentence(text)
        missed, alarm = self.costs
        text = "least mean cost, {missed} an event missed, {alarm} a false alarm"
        if self.prevalence is None:
            return sentence(text, missed=missed, alarm=alarm)
        share = Number(f"{100 * self.prevalence:g}")
        return sentence(f"{text}, where {{share}}% have the event", missed=missed, alarm=alarm, share=share)

    @property
    def _footer(self) -> Iterator[tuple[str, str]]:
        """What follows from costs alone, and what a choice in other rows is worth."""
        if not math.isnan(self.bayes):
            text = sentence("{bayes}, best where probabilities are right", bayes=Number(f"{self.bayes:.4g}"))
            yield "By the costs alone", text
        if self.honest is not None:
            value, se, sp = self.honest[["value", "sensitivity", "specificity"]]
            parts = {"se": Number(f"{se:.3f}"), "sp": Number(f"{sp:.3f}")}
            text = sentence("sensitivity {se}, specificity {sp}", **parts)
            if self.target is None:
                number = Number(f"{value:.4g}")
                text = sentence("{name} {value}, {shares}", name=self.criterion, value=number, shares=text)
            yield "Chosen in the other folds", text

    @property
    def _named_best(self) -> pd.DataFrame:
        """The best thresholds with the criterion by its name; a share that is a column of its own stands there once."""
        if self.criterion in ("sensitivity", "specificity"):
            return self.best.drop(columns="value")
        return self.best.rename(columns={"value": _NAMES[self.criterion]})

    def plot(self, ax: Axes | None = None, *, width: Width | None = None) -> Axes:
        """Draw sensitivity and specificity, and the criterion, against the threshold, with the best one."""
        ax = axes.axes(ax, 4.8, 3.4, width)
        finite = self.table[np.isfinite(self.table["threshold"])]
        names = {"sensitivity": "sensitivity", "specificity": "specificity"}
        if self.criterion not in names:
            names["value"] = _NAMES[self.criterion]
        for (column, name), style in zip(names.items(), axes.styles(3, "curves"), strict=False):
            x, y = thinned(finite["threshold"].to_numpy(), finite[column].to_numpy())
            look = {"color": style.color, "linestyle": style.line, "linewidth": 1.4}
            ax.step(x, y, where="post", label=say(name), **look)
        if len(self.best) and math.isfinite(self.threshold):
            ax.axvline(self.threshold, color=axes.ink(), linewidth=1.0)
            low, high = self.best[["conf_low", "conf_high"]].iloc[0]
            ax.axvspan(low, high, color=axes.ink(), alpha=0.12, linewidth=0) if math.isfinite(low + high) else None
        axes.label(ax, say("Threshold"), "")
        axes.caption(
            ax,
            sentence(
                "Rows: {rows}. Line: {criterion}, shaded its limits.",
                rows=self.rows,
                criterion=self._criterion if self.target is not None else _TEXT[self.criterion].split(" (")[0],
            ),
        )
        axes.legend_above(ax)
        return ax


def thresholds(
    fit: Estimate | None = None,
    data: Any = None,
    *,
    y: Any = None,
    p: Any = None,
    criterion: CriterionName | None = None,
    costs: tuple[float, float] | None = None,
    target: float | None = None,
    prevalence: float | None = None,
    level: float | None = None,
    replicates: int = 200,
    resampling: Resampling | None = None,
    folds: int = 10,
    repeats: int = 10,
    seed: int = 0,
    **rows: Unpack[RowOptions],
) -> ThresholdChoice:
    """Choose a threshold, and say how well it is known.

    Parameters
    ----------
    fit, data, y, p : optional
        What is judged: a fit, or outcomes and probabilities of any program. A fit without ``data`` is judged out of
        fold.
    criterion : {"youden", "closest", "f1", "cost", "sensitivity", "specificity"}
        What is best: Youden's J, distance from the corner of the ROC curve, F1, mean cost, or a target that is reached.
        Default: ``"cost"`` where ``costs`` are given, else ``"youden"``.
    costs : (float, float), optional
        Cost of an event that is missed, and of a false alarm.
    target : float, optional
        The sensitivity, or specificity, that is asked for.
    prevalence : float, optional
        Share of people with the event where the threshold will be used; with ``costs``, which are those of people
        there, as are ``ppv`` and ``npv``. Default: that of the rows.
    level : float, optional
        Confidence level of the limits of the threshold; default that of the fit, or 0.95.
    replicates, seed : int
        Bootstrap samples in which the choice is repeated, 0 for none.
    resampling : {"cv", "none"}, optional
        Out of fold (default for a fit without ``data``), or on the rows it was fitted to.
    folds, repeats : int
        Of ``resampling="cv"``.
    **rows : options
        ``weights``, ``weight_type``, ``trials``, ``event`` and ``cluster`` of ``y``, or of ``data`` by name.

    Returns
    -------
    ThresholdChoice
        ``.table``, ``.best`` with every one of equally good thresholds, ``.threshold``, ``.value``, ``.bayes``,
        ``.plot()``.

    Raises
    ------
    DataError
        For costs or targets that are missing or cannot be, probabilities outside 0 to 1.

    Notes
    -----
    Thresholds are the probabilities seen, and infinity, nobody positive. Where probabilities are right the best one
    follows from the costs alone, c_FP/(c_FN + c_FP) (Elkan 2001): ``.bayes``. The best of a step function converges
    slowly (n^⅓), so limits are rough. *Matches* ``coords(best)`` of R's ``pROC``, whose thresholds are ``midpoint``;
    *differs*: all that are equally good are reported.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + lwt + smoke", gl.datasets.birthwt())
    >>> choice = gl.thresholds(fit, costs=(5, 1), resampling="none")
    >>> round(choice.threshold, 3), round(choice.bayes, 3)
    (0.174, 0.167)
    """
    name, charge, aim = _checked(criterion, costs, target)
    level = check_level(level, 0.95 if fit is None else fit.level)
    resampling = resampling or ("cv" if fit is not None and data is None else "none")
    honest: HonestRows = {"resampling": resampling, "folds": folds, "repeats": repeats, "seed": seed}
    chosen = judged(fit, data, y=y, p=p, verb="thresholds", **honest, **rows)
    chosen.probabilities  # noqa: B018 (scores are no thresholds)
    _check_prevalence(prevalence, name)
    rule = criterion_of(name, charge, aim, prevalence)
    ranking = ranking_of(chosen)
    limits = limits_of_choice(chosen, rule, replicates, seed, level)
    best, reason = _best(chosen, ranking, rule, limits), ""
    if not len(best):
        none = sentence("no threshold has a {measure} of {target}", measure=name, target=float(aim))
        reason = none if min(chosen.totals) > 0 else "all outcomes are of one class"
    return ThresholdChoice(
        _table(chosen, ranking, rule, prevalence),
        best,
        _bayes(chosen, charge, prevalence) if costs is not None else math.nan,
        name,
        level,
        chosen.rows,
        chosen.outcome,
        reason,
        charge,
        target,
        prevalence,
        None if chosen.fold is None or reason else _honest(chosen, rule),
        _notes(chosen, len(best)),
        header_of(chosen),
    )


def _checked(name: str | None, costs: Any, target: float | None) -> tuple[str, tuple[float, float], float]:
    name = name or ("youden" if costs is None else "cost")
    check_choice("criterion", name, CRITERIA)
    if costs is not None:
        if np.shape(costs) != (2,) or not all(math.isfinite(c) and c > 0 for c in costs):
            raise DataError(
                f"costs={costs!r}; give what a missed event costs and what a false alarm costs: costs=(5, 1)"
            )
    elif name == "cost":
        raise DataError("criterion='cost' needs costs=(missed event, false alarm), such as costs=(5, 1)")
    if (name in ("sensitivity", "specificity")) != (target is not None):
        what = f"criterion={name!r} and target={target!r}"
        raise DataError(
            f"{what}: a target goes with criterion='sensitivity' or 'specificity', and these need one: target=0.9"
        )
    if target is not None and not 0 < target <= 1:
        raise DataError(f"target={target!r}; give a share above 0, at most 1, such as 0.9")
    return (
        name,
        (1.0, 1.0) if costs is None else (float(costs[0]), float(costs[1])),
        math.nan if target is None else target,
    )


def _check_prevalence(prevalence: float | None, criterion: str) -> None:
    check_prevalence(prevalence)
    if prevalence is not None and criterion != "cost":
        raise DataError(
            f"prevalence={prevalence!r} is where errors cost, and criterion={criterion!r} has no costs; give "
            f"costs=(missed event, false alarm), or leave it out"
        )


def _bayes(rows: Judged, costs: tuple[float, float], prevalence: float | None) -> float:
    """The threshold that follows from the costs, on the scale of probabilities that are right at that of the rows."""
    n1, n0 = rows.totals
    if prevalence is None:
        return costs[1] / sum(costs)
    odds = costs[1] * (1.0 - prevalence) * n1
    return odds / (odds + costs[0] * prevalence * n0) if n1 and n0 else math.nan


def _table(rows: Judged, ranking: Ranking, rule: Criterion, prevalence: float | None = None) -> pd.DataFrame:
    true, false = ranking.cumulated
    missed, left = true[-1] - true, false[-1] - false
    with np.errstate(divide="ignore", invalid="ignore"):  # 0/0 is NaN
        n1, n0 = true[-1], false[-1]
        # People with the event, and without it, that a row stands for.
        a, b = (1.0, 1.0) if prevalence is None else (prevalence / n1, (1.0 - prevalence) / n0)
        return pd.DataFrame(
            {
                "threshold": thresholds_of(rows, ranking.lowest),
                "tp": true,
                "fp": false,
                "fn": missed,
                "tn": left,
                "sensitivity": true / true[-1],
                "specificity": left / false[-1],
                "ppv": a * true / (a * true + b * false),
                "npv": b * left / (b * left + a * missed),
                "value": rule.values(ranking),
            }
        )


def _best(rows: Judged, ranking: Ranking, rule: Criterion, limits: tuple[float, float]) -> pd.DataFrame:
    """Equally good thresholds from the lowest, each with the interval in which it decides alike."""
    at = rule.best(ranking)
    table = _table(rows, ranking, rule)
    scores = table["threshold"].to_numpy()
    low = np.append(scores[1:], -np.inf)[at]
    best = table.iloc[at][["threshold", "value", "sensitivity", "specificity"]].reset_index(drop=True)
    best.insert(1, "low", low)
    with np.errstate(invalid="ignore"):
        best.insert(2, "midpoint", (low + scores[at]) / 2.0)
    return best.assign(conf_low=limits[0], conf_high=limits[1])


def _honest(rows: Judged, rule: Criterion) -> pd.Series[float]:
    """The criterion where every fold is decided by a threshold that was chosen in the other folds of its repeat."""
    true = false = 0.0
    for part in rows.each_repeat:
        assert part.fold is not None
        for k in np.unique(part.fold):
            inside = part.fold == k
            threshold = chosen_threshold(part, ranking_of(part.take(~inside)), rule)
            positive = inside & (part.probabilities[0] >= threshold)
            true += float(part.events[positive].sum()) / rows.repeats
            false += float(part.nonevents[positive].sum()) / rows.repeats
    n1, n0 = rows.totals
    with np.errstate(divide="ignore", invalid="ignore"):
        value = float(rule.value(np.array([true, n1]), np.array([false, n0]))[0])
    return pd.Series({"value": value, "sensitivity": true / n1, "specificity": 1.0 - false / n0})


def _notes(rows: Judged, ties: int) -> tuple[Note, ...]:
    notes = list(rows.notes)
    if rows.apparent:
        notes.append(Note("apparent", APPARENT_CHOICE))
    if ties > 1:
        text = "{n} thresholds are equally good; take one for reasons outside of these rows."
        notes.append(Note("ties", sentence(text, n=ties)))
    notes.append(Note("rough", "Limits of a threshold are rough: it is where a step function is largest."))
    return tuple(notes)


APPARENT_CHOICE = (
    "The rows are those the model was fitted to, where both it and the threshold look better than they are: leave "
    "resampling='none' for the choice out of fold."
)
