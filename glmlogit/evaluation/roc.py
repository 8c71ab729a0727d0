"""ROC curves and the areas under them, with limits, of fits and of any program's probabilities."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Unpack

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.documents.formatting import fixed
from glmlogit.documents.from_frame import table_from_frame
from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Summary
from glmlogit.documents.style import say
from glmlogit.drawing.sizes import Width
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.evaluation import areas
from glmlogit.evaluation.area_limits import METHODS, bootstrapped, error_of, limits_of, percentiles
from glmlogit.evaluation.drawn import drawn
from glmlogit.evaluation.fold_areas import folded_area
from glmlogit.evaluation.headers import counted_rows, limits_line
from glmlogit.evaluation.internal_validation import internal_validation
from glmlogit.evaluation.judged import judged
from glmlogit.evaluation.judged_rows import HonestRows, Judged, Resampling, RowOptions
from glmlogit.evaluation.ranking import Ranking, ranking_of
from glmlogit.evaluation.roc_plot import draw_curve
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_choice, check_level
from glmlogit.messages.words import Number, plural, sentence
from glmlogit.numerics.tails import normal_quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]
Interval = Literal["delong", "logit", "newcombe", "hanley_mcneil", "bootstrap"]
INTERVALS = ("delong", "logit", "newcombe", "hanley_mcneil", "bootstrap")

# An area above which, and a class below which, limits of DeLong cover less than they say.
LARGE_AREA, SMALL_CLASS = 0.9, 30


@dataclass(frozen=True, repr=False, eq=False)
class RocCurve(Paged):
    """A ROC curve and the area under it; returned by :func:`roc`.

    Attributes
    ----------
    auc, std_error, conf_low, conf_high : float
        Area, its standard error and limits of ``level``; NaN where ``reason`` says why.
    table : DataFrame, a row a distinct score
        ``threshold sensitivity specificity`` of the rule "positive at or above the threshold", from infinity down.
    rows : str
        Which rows these are.
    interval, level, reason, notes
        How limits were computed and what the reader must know.
    folds : DataFrame or None
        ``fold n events auc`` of a cross-validation, whose mean ``auc`` is; ``table`` is of all its rows together.
    apparent : RocCurve or None
        With ``resampling``, the curve in the rows the model was fitted to.
    n_events, n_nonevents : float
    """

    auc: float
    std_error: float
    conf_low: float
    conf_high: float
    interval: str
    level: float
    table: pd.DataFrame = field(repr=False)
    rows: str
    n_events: float
    n_nonevents: float
    outcome: str = "y"
    reason: str = ""
    notes: tuple[Note, ...] = ()
    folds: pd.DataFrame | None = field(default=None, repr=False)
    apparent: RocCurve | None = field(default=None, repr=False)
    judged: Judged | None = field(default=None, repr=False)

    @property
    def _page(self) -> Summary:
        limits = self._estimates
        why = (sentence("No limits: {reason}.", reason=self.reason),) if self.reason else ()
        weighed = self.judged is not None and self.judged.sampled
        return Summary(
            title=sentence("ROC curve of {outcome}", outcome=self.outcome),
            header=(
                *counted_rows(self.rows, self.n_events, self.n_nonevents, weighed=weighed),
                limits_line(self.level, METHODS[self.interval]),
            ),
            tables=(table_from_frame(limits, words=("measure",)),),
            notes=(*why, *map(str, self.notes)),
            coefficients=self.table,
            facts=limits.tail(1).drop(columns="measure").rename(columns={"estimate": "auc"}),
        )

    @property
    def _estimates(self) -> pd.DataFrame:
        curves = [self] if self.apparent is None else [self.apparent, self]
        how = "corrected" if self.folds is None else "out of fold"
        names = ["area under the curve"] if self.apparent is None else ["AUC, apparent", f"AUC, {how}"]
        columns = ["estimate", "std_error", "conf_low", "conf_high"]
        rows = [(curve.auc, curve.std_error, curve.conf_low, curve.conf_high) for curve in curves]
        table = pd.DataFrame(rows, columns=columns)
        table.insert(0, "measure", names)
        return table

    def partial(
        self,
        low: float,
        high: float = 1.0,
        of: Literal["specificity", "sensitivity"] = "specificity",
        corrected: bool = True,
    ) -> float:
        """Area under the part of the curve where specificity (or sensitivity) is between two values.

        ``corrected`` puts chance at ½ and the largest possible area at 1 (McClish 1989); without, it is the area, at
        most ``high − low``. *Matches* ``partial.auc`` of R's ``pROC``; scikit-learn's ``max_fpr=f`` is always corrected
        and is ``partial(1 - f)`` here.
        """
        check_choice("of", of, ("specificity", "sensitivity"))
        low, high = min(low, high), max(low, high)
        if not 0.0 <= low < high <= 1.0:
            raise DataError(f"partial({low!r}, {high!r}): give two different values between 0 and 1, such as 0.8, 1")
        return _part(self.table, low, high, of, corrected)

    def partial_interval(
        self,
        low: float,
        high: float = 1.0,
        of: Literal["specificity", "sensitivity"] = "specificity",
        corrected: bool = True,
        *,
        replicates: int = 2000,
        seed: int = 0,
    ) -> pd.Series[float]:
        """:meth:`partial` with percentile limits of a stratified bootstrap: ``estimate conf_low conf_high``."""
        estimate = self.partial(low, high, of, corrected)
        assert self.judged is not None
        low, high = min(low, high), max(low, high)
        values = [
            _part(_table(sample.cumulated, sample.lowest), low, high, of, corrected)
            for sample in drawn(self.judged, replicates, seed)
        ]
        return pd.Series({"estimate": estimate, **percentiles(np.array(values), self.level)})

    def plot(self, ax: Axes | None = None, *, width: Width | None = None, label: str | None = None) -> Axes:
        """Draw the curve, with its area; several curves go into the same ``ax``."""
        text = f"{say('AUC')} {fixed(self.auc, 3)}"
        if not math.isnan(self.conf_low):
            text += f" ({fixed(self.conf_low, 3)} {say('to')} {fixed(self.conf_high, 3)})"
        x, y = 1.0 - self.table["specificity"].to_numpy(), self.table["sensitivity"].to_numpy()
        return draw_curve(ax, x, y, f"{label}: {text}" if label else text, self.rows, width)


def roc(
    fit: Estimate | None = None,
    data: Any = None,
    *,
    y: Any = None,
    p: Any = None,
    score: Any = None,
    interval: Interval = "delong",
    level: float | None = None,
    resampling: Resampling = "none",
    folds: int = 10,
    repeats: int = 10,
    replicates: int | None = None,
    seed: int = 0,
    **rows: Unpack[RowOptions],
) -> RocCurve:
    """ROC curve and the area under it: how well probabilities tell events from others.

    Parameters
    ----------
    fit : Fit, optional
        A fit, judged on the rows it was fitted to unless ``data`` has new ones.
    data : table, optional
        New rows, with the outcome.
    y, p, score : arrays of shape (n,), optional
        Outcomes and probabilities of any program in place of a fit; or numbers that rank, high ones for events.
    interval : {"delong", "logit", "newcombe", "hanley_mcneil", "bootstrap"}
        Wald limits by the placements of DeLong and others 1988 (of clusters: Obuchowski 1997), the same on the logit,
        Newcombe's method 5 (2006), which has limits for an area of 1, Hanley & McNeil 1982, or percentiles.
    level : float, optional
        Confidence level; default that of the fit, or 0.95.
    resampling : {"none", "cv", "bootstrap"}
        Judge a fit on rows that refits did not see, or correct its area by the optimism of refits
        (:func:`internal_validation`).
    folds, repeats : int
        Of ``resampling="cv"``.
    replicates : int, optional
        Bootstrap samples: 2000 for limits, 200 for refits.
    seed : int
        Of the bootstrap, and of folds.
    **rows : options
        ``weights``, ``weight_type``, ``trials``, ``event`` and ``cluster`` of ``y``, or of ``data`` by name.

    Returns
    -------
    RocCurve
        ``.auc .std_error .conf_low .conf_high .table``, ``.partial()``, ``.plot()``.

    Raises
    ------
    DataError
        Where outcomes and scores do not pair up, or a score is missing.
    UnsupportedError
        For precision weights, which count nothing.

    Notes
    -----
    High scores stand for events, always: ``direction="auto"`` of ``pROC`` turns a bad score around. Scores equal to 13
    digits are ties, a pair of them half. Frequency weights and trials are repeated rows. With sampling weights pairs
    weigh by the product of theirs, and there is no standard error. *Matches* ``pROC::ci.auc``, Stata's ``roctab`` and
    SAS ``ROC``; *differs* where the standard error is 0: there they print limits without width.

    Examples
    --------
    >>> births = gl.datasets.birthwt()
    >>> curve = gl.roc(gl.logit("low ~ age + lwt + smoke", births))
    >>> round(curve.auc, 4), round(curve.conf_low, 4), round(curve.conf_high, 4)
    (0.6531, 0.5713, 0.735)
    >>> round(curve.partial(0.8, 1.0), 4)
    0.5419
    >>> curve.partial_interval(0.8, replicates=200).round(3).to_dict()
    {'estimate': 0.542, 'conf_low': 0.496, 'conf_high': 0.613}
    """
    check_choice("interval", interval, INTERVALS)
    level = check_level(level, 0.95 if fit is None else fit.level)
    if resampling == "bootstrap" and fit is not None and data is None:
        return _corrected(fit, curve_of(judged(fit, y=y, **rows), interval, level), level, replicates or 200, seed)
    honest: HonestRows = {"resampling": resampling, "folds": folds, "repeats": repeats, "seed": seed}
    chosen = judged(fit, data, y=y, p=p, score=score, ranks=True, **honest, **rows)
    curve = curve_of(chosen, interval, level, replicates or 2000, seed)
    if resampling == "none" or fit is None:
        return curve
    return replace(curve, apparent=curve_of(judged(fit), interval, level, replicates or 2000, seed))


def _corrected(fit: Estimate, curve: RocCurve, level: float, replicates: int, seed: int) -> RocCurve:
    """The curve with its area corrected for the optimism of refits to bootstrap samples."""
    validation = internal_validation(fit, replicates=replicates, seed=seed, level=level)
    columns = ["corrected", "conf_low", "conf_high"]
    auc, low, high = validation.table.loc[["auc"], columns].to_numpy(float)[0].tolist()
    text = "The area is corrected for optimism; the points of the curve are those of the rows the model was fitted to."
    return replace(
        curve,
        auc=auc,
        std_error=math.nan,
        conf_low=low,
        conf_high=high,
        interval="optimism",
        rows=validation.rows,
        reason="",
        notes=(*validation.notes, Note("optimism", text)),
        apparent=curve,
    )


class _AreaWithLimits(NamedTuple):
    """An area, its standard error and limits, why these are missing, and what to know; of folds their own areas."""

    auc: float
    std_error: float
    conf_low: float
    conf_high: float
    reason: str
    notes: tuple[Note, ...]
    folds: pd.DataFrame | None = None


def curve_of(rows: Judged, interval: str, level: float, replicates: int = 2000, seed: int = 0) -> RocCurve:
    """The ROC curve of judged rows."""
    ranking = ranking_of(rows)
    if rows.fold is None:
        area = _of_one_curve(rows, ranking, interval, level, replicates, seed)
    else:
        area = _of_folds(rows, interval, level)
    return RocCurve(
        area.auc,
        area.std_error,
        area.conf_low,
        area.conf_high,
        interval,
        level,
        _table(ranking.cumulated, rows.as_threshold(ranking.lowest)),
        rows.rows,
        *ranking.totals,
        outcome=rows.outcome,
        reason=area.reason,
        notes=(*rows.notes, *area.notes),
        folds=area.folds,
        judged=rows,
    )


def _of_one_curve(
    rows: Judged, ranking: Ranking, interval: str, level: float, replicates: int, seed: int
) -> _AreaWithLimits:
    area = areas.delong(ranking)
    if interval == "bootstrap" and not math.isnan(area.auc):
        error, low, high = bootstrapped(rows, level, replicates, seed)
        reason = ""
    else:
        error, reason = error_of(rows, area, interval)
        low, high, reason = limits_of(rows, area.auc, error, interval, level, reason)
    return _AreaWithLimits(area.auc, error, low, high, reason, _advice(rows, area, interval, level))


def _of_folds(rows: Judged, interval: str, level: float) -> _AreaWithLimits:
    """The mean of the areas within folds."""
    if interval not in ("delong", "logit"):
        raise UnsupportedError(
            f"limits of {METHODS[interval]} are of one curve, and out of fold there is one a fold; use "
            f"interval='delong' or interval='logit', with the error of LeDell and others"
        )
    auc, error, folds = folded_area(rows)
    empty = int(folds["auc"].isna().sum())
    reason = "no fold has both outcomes" if empty == len(folds) else "" if error > 0 else "the standard error is 0"
    if rows.sampled:
        error, reason = math.nan, "sampling weights make no sample of counts"
    limits = areas.logit_limits if interval == "logit" else areas.wald_limits
    low, high = (math.nan, math.nan) if reason else limits(auc, error, normal_quantile(level))
    text = "AUC: mean of the areas within folds, standard error by its influence curve (LeDell and others 2015)."
    notes = [Note("folds", text)]
    if empty:
        text = "{n} of {all} folds have one class only, and no area."
        notes.append(Note("one_class", sentence(text, n=empty, all=len(folds))))
    return _AreaWithLimits(auc, error, low, high, reason, tuple(notes), folds)


def _table(cumulated: tuple[Array, Array], lowest: Array) -> pd.DataFrame:
    """Thresholds from infinity down, with the rates of the rule "at or above"."""
    true, false = cumulated
    with np.errstate(invalid="ignore"):  # a class without rows
        sensitivity, specificity = true / true[-1], (false[-1] - false) / false[-1]
    thresholds = np.append(np.inf, lowest)
    return pd.DataFrame({"threshold": thresholds, "sensitivity": sensitivity, "specificity": specificity})


def _part(table: pd.DataFrame, low: float, high: float, of: str, corrected: bool) -> float:
    sensitivity, specificity = table["sensitivity"].to_numpy(), table["specificity"].to_numpy()
    if math.isnan(sensitivity[-1]) or math.isnan(specificity[-1]):
        return math.nan
    x, y = (specificity[::-1], sensitivity[::-1]) if of == "specificity" else (sensitivity, specificity)
    area = areas.partial_area(x, y, low, high)
    return areas.mcclish(area, low, high) if corrected else area


def _advice(rows: Judged, area: areas.Area, interval: str, level: float) -> tuple[Note, ...]:
    """What the reader must know of the limits, and of the rows."""
    notes = []
    if rows.apparent:
        notes.append(Note("apparent", APPARENT_AREA))
    if area.auc < 0.5:
        text = (
            "The area is below ½: events have the lower scores here, and high ones are taken for events whatever it is."
        )
        notes.append(Note("below_half", text))
    small = min(area.n_events, area.n_nonevents)
    plain = not math.isnan(area.auc) and not rows.sampled and rows.groups is None
    if interval == "delong" and plain and (area.auc > LARGE_AREA or small < SMALL_CLASS):
        low, high = areas.newcombe_limits(area.auc, area.n_events, area.n_nonevents, normal_quantile(level))
        why = sentence("fewer than {n} of a class", n=SMALL_CLASS)
        if area.auc > LARGE_AREA:
            why = sentence("areas above {area}", area=LARGE_AREA)
        text = "Limits of DeLong are too narrow for {why}: Newcombe's are {low} to {high}."
        ends = {"low": Number(f"{low:.4f}"), "high": Number(f"{high:.4f}")}
        notes.append(Note("narrow_limits", sentence(text, why=why, **ends)))
    if rows.groups is not None:
        clusters = plural(len(np.unique(rows.groups)), "cluster")
        text = sentence("Standard error of {n} of {name} (Obuchowski).", n=clusters, name=rows.grouping)
        notes.append(Note("clusters", text))
    return tuple(notes)


APPARENT_AREA = (
    "The rows are those the model was fitted to: it looks better there than it is. resampling='cv' judges it on rows "
    "that it did not see, data= on new ones."
)
