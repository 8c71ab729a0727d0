"""Precision against recall: average precision, areas by interpolation, always beside the share of events."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Unpack

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.documents.formatting import fixed
from glmlogit.documents.from_frame import table_from_frame
from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Summary
from glmlogit.documents.style import say
from glmlogit.drawing import axes
from glmlogit.drawing.sizes import Width
from glmlogit.evaluation.areas import logit_limits
from glmlogit.evaluation.headers import limits_line
from glmlogit.evaluation.judged import judged
from glmlogit.evaluation.judged_rows import HonestRows, Judged, Resampling, RowOptions
from glmlogit.evaluation.ranking import Ranking, ranking_of
from glmlogit.evaluation.roc_plot import square, thinned
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_choice, check_level
from glmlogit.messages.words import Number, amount, sentence
from glmlogit.numerics.tails import normal_quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]
Method = Literal["step", "interpolated", "davis_goadrich"]
METHODS = ("step", "interpolated", "davis_goadrich")


@dataclass(frozen=True, repr=False, eq=False)
class PrecisionRecall(Paged):
    """Precision against recall; returned by :func:`precision_recall`.

    Attributes
    ----------
    average_precision, conf_low, conf_high : float
        Area by ``method`` with limits on the logit; NaN where ``reason`` says why.
    prevalence : float
        Share of events: the value of scores that know nothing.
    table : DataFrame, a row a distinct score
        ``threshold recall precision``.
    """

    average_precision: float
    conf_low: float
    conf_high: float
    prevalence: float
    method: str
    level: float
    table: pd.DataFrame = field(repr=False)
    rows: str = ""
    outcome: str = "y"
    n_events: float = math.nan
    reason: str = ""
    notes: tuple[Note, ...] = ()

    @property
    def _page(self) -> Summary:
        names = ("average_precision", "conf_low", "conf_high", "prevalence")
        facts = pd.DataFrame({name: [getattr(self, name)] for name in names})
        why = (sentence("No limits: {reason}.", reason=self.reason),) if self.reason else ()
        shown = facts.rename(columns={"average_precision": "estimate"})
        shown.insert(0, "measure", ["average precision" if self.method == "step" else f"area ({self.method})"])
        return Summary(
            title=sentence("Precision and recall of {outcome}", outcome=self.outcome),
            header=(
                ("Rows", self.rows),
                ("Events", sentence("{n}", n=amount(self.n_events))),
                limits_line(self.level, "on the logit"),
            ),
            tables=(table_from_frame(shown, words=("measure",)),),
            notes=(*why, *map(str, self.notes), "Scores that know nothing have the prevalence as their area."),
            coefficients=self.table,
            facts=facts,
        )

    def plot(self, ax: Axes | None = None, *, width: Width | None = None, label: str | None = None) -> Axes:
        """Draw precision against recall as steps, with the prevalence; several curves go into the same ``ax``."""
        ax = axes.axes(ax, 3.8, 3.8, width)
        number = sum(not str(line.get_label()).startswith("_") for line in ax.get_lines())
        style = axes.styles(number + 1, "curves")[number]
        if not number:
            share = Number(f"{self.prevalence:.3g}")
            ax.axhline(self.prevalence, color=axes.ink(), linewidth=0.8, linestyle=(0, (2, 2)), label="_prevalence")
            axes.caption(
                ax, sentence("Rows: {rows}. Dotted: the share of events, {share}.", rows=self.rows, share=share)
            )
        x, y = thinned(self.table["recall"].to_numpy(), self.table["precision"].to_numpy())
        text = f"AP {fixed(self.average_precision, 3)}"
        if not math.isnan(self.conf_low):
            text += f" ({fixed(self.conf_low, 3)} {say('to')} {fixed(self.conf_high, 3)})"
        text = axes.shown(f"{label}: {text}" if label else text)
        ax.step(np.r_[0.0, x], np.r_[y[:1], y], where="pre", color=style.color, linestyle=style.line, label=text)
        square(ax)
        axes.label(ax, say("Recall (sensitivity)"), say("Precision (PPV)"))
        axes.legend_within(ax, "upper right")
        return ax


def precision_recall(
    fit: Estimate | None = None,
    data: Any = None,
    *,
    y: Any = None,
    p: Any = None,
    score: Any = None,
    method: Method = "step",
    level: float | None = None,
    resampling: Resampling = "none",
    folds: int = 10,
    repeats: int = 10,
    seed: int = 0,
    **rows: Unpack[RowOptions],
) -> PrecisionRecall:
    """Precision against recall, and average precision.

    Parameters
    ----------
    fit, data, y, p, score : optional
        What is judged: a fit on its own rows or on new ones, or outcomes and scores of any program, as in :func:`roc`.
    method : {"step", "interpolated", "davis_goadrich"}
        Area: average precision Σ(R − R₋)P over distinct scores; the area of the curve between them, which is no
        straight line (Keilwagen, Grosse & Grau 2014); the same through whole numbers of events (Davis & Goadrich 2006).
    level : float, optional
        Confidence level; default that of the fit, or 0.95.
    resampling, folds, repeats, seed : optional
        Judge a fit on rows that refits did not see, as in :func:`roc`.
    **rows : options
        ``weights``, ``weight_type``, ``trials``, ``event`` and ``cluster`` of ``y``, or of ``data`` by name.

    Returns
    -------
    PrecisionRecall
        ``.average_precision .conf_low .conf_high .prevalence .table``, ``.plot()``.

    Raises
    ------
    DataError
        Where outcomes and scores do not pair up, or a score is missing.
    UnsupportedError
        For precision weights, which count nothing.

    Notes
    -----
    Limits are on the logit, with error ``(n₁a(1 − a))^−½`` (Boyd, Eng & Page 2013). *Matches* scikit-learn's
    ``average_precision_score`` and, interpolated, R's ``PRROC``. *Differs*: without events there is no precision, NaN
    here and 0 there; the trapezoid of the points, which is optimistic, is not offered.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + lwt + smoke", gl.datasets.birthwt())
    >>> curve = gl.precision_recall(fit)
    >>> round(curve.average_precision, 4), round(curve.prevalence, 4)
    (0.4429, 0.3122)
    """
    check_choice("method", method, METHODS)
    level = check_level(level, 0.95 if fit is None else fit.level)
    honest: HonestRows = {"resampling": resampling, "folds": folds, "repeats": repeats, "seed": seed}
    return _curve_of(
        judged(fit, data, y=y, p=p, score=score, ranks=True, verb="precision_recall", **honest, **rows), method, level
    )


def _curve_of(rows: Judged, method: str, level: float) -> PrecisionRecall:
    ranking = ranking_of(rows)
    n1, n0 = ranking.totals
    area = {"step": average_precision, "interpolated": interpolated, "davis_goadrich": davis_goadrich}[method](ranking)
    reason = _why_no_limits(rows, area)
    low, high = (
        (math.nan, math.nan)
        if reason
        else logit_limits(area, math.sqrt(area * (1 - area) / n1), normal_quantile(level))
    )
    lowest = rows.as_threshold(ranking.lowest)
    return PrecisionRecall(
        area,
        low,
        high,
        n1 / (n1 + n0),
        method,
        level,
        _table(ranking, lowest),
        rows.rows,
        rows.outcome,
        n1,
        reason,
        _notes(rows),
    )


def _notes(rows: Judged) -> tuple[Note, ...]:
    if rows.fold is None:
        return rows.notes
    return (*rows.notes, Note("folds", "Rows of all folds are ranked together, a mean over repeats."))


def _table(ranking: Ranking, lowest: Array) -> pd.DataFrame:
    true, false = (cumulated[1:] for cumulated in ranking.cumulated)
    with np.errstate(invalid="ignore"):  # no events
        recall = true / true[-1]
    return pd.DataFrame({"threshold": lowest, "recall": recall, "precision": true / (true + false)})


def _why_no_limits(rows: Judged, area: float) -> str:
    if math.isnan(area):
        return "there is no event, and so no recall"
    if rows.sampled:
        return "sampling weights make no sample of counts"
    if rows.groups is not None:
        return "the rows are clustered, and the limits are of independent ones"
    return "an area of 0 or 1 has no error on the logit" if area in (0.0, 1.0) else ""


# --- areas ----------------------------------------------------------------------------------------
def average_precision(ranking: Ranking) -> float:
    """``Σ(R_k − R_{k−1})P_k`` over distinct scores; NaN without events."""
    true, false = (cumulated[1:] for cumulated in ranking.cumulated)
    return float(ranking.events @ (true / (true + false)) / true[-1]) if true[-1] > 0 else math.nan


def interpolated(ranking: Ranking) -> float:
    """Area where false positives rise in proportion to the true ones within equal scores, x of a of b: the integral of
    ``(TP + x)/(TP + FP + x(1 + b/a))`` (Keilwagen, Grosse & Grau 2014)."""
    true, false = ranking.cumulated
    steps = ranking.events > 0
    a, b = ranking.events[steps], ranking.nonevents[steps]
    start, before = true[:-1][steps], (true + false)[:-1][steps]
    rise = 1.0 + b / a
    with np.errstate(divide="ignore", invalid="ignore"):  # nothing is positive before the first score
        bend = np.where(before > 0, (start - before / rise) / rise * np.log1p(rise * a / before), 0.0)
    return float((a / rise + bend).sum() / true[-1]) if true[-1] > 0 else math.nan


def davis_goadrich(ranking: Ranking) -> float:
    """Trapezoids between whole numbers of true positives, false ones in proportion (Davis & Goadrich 2006)."""
    true, false = ranking.cumulated
    if not true[-1] > 0:
        return math.nan
    area = 0.0
    for start, before, a, b in zip(true[:-1], (true + false)[:-1], ranking.events, ranking.nonevents, strict=True):
        x = np.append(np.arange(0.0, a), a)
        with np.errstate(invalid="ignore"):
            precision = (start + x) / (before + x * (1.0 + b / max(a, 1.0)))
        precision[0] = precision[-1] if before == 0 else precision[0]
        area += float(np.trapezoid(precision, x)) if a > 0 else 0.0
    return area / float(true[-1])
