"""A threshold applied: who is called positive, how often rightly, with limits."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Unpack

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.decisions.cells import Cells, DecisionMeasure, check_prevalence, mcnemar, measures_of, predictive_values
from glmlogit.documents import formatting
from glmlogit.documents.formatting import count
from glmlogit.documents.from_frame import table_from_frame
from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Column, Summary, Table
from glmlogit.documents.style import joined_limits, say
from glmlogit.drawing import forest
from glmlogit.drawing.sizes import Width
from glmlogit.errors import DataError
from glmlogit.evaluation.headers import header_of, limits_line, why_no_counts
from glmlogit.evaluation.judged import judged
from glmlogit.evaluation.judged_rows import HonestRows, Judged, Resampling, RowOptions
from glmlogit.evaluation.ranking import ONE_SCORE
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_choice, check_level
from glmlogit.messages.words import Number, sentence
from glmlogit.numerics.tails import normal_quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]
Interval = Literal["exact", "wilson"]


_SHARES = ("sensitivity", "specificity", "ppv", "npv", "accuracy", "balanced_accuracy", "prevalence")
_LIMITS = ("estimate", "conf_low", "conf_high")


@dataclass(frozen=True, repr=False, eq=False)
class Classification(Paged):
    """What a threshold does; returned by :func:`classification`.

    Attributes
    ----------
    threshold : float
        Positive are probabilities at or above it.
    counts : DataFrame, shape (2, 2)
        Positive and negative by event and not.
    table : DataFrame, by measure
        ``estimate conf_low conf_high std_error method reason``.
    tp, fp, fn, tn : float
        The counts.
    mcnemar_p : float
        McNemar's test, with continuity correction, that as many are positive as have the event.
    """

    threshold: float
    counts: pd.DataFrame = field(repr=False)
    table: pd.DataFrame = field(repr=False)
    level: float
    rows: str
    outcome: str
    tp: float
    fp: float
    fn: float
    tn: float
    mcnemar_p: float
    notes: tuple[Note, ...] = ()
    header: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def plot(self, ax: Axes | None = None, *, width: Width | None = None) -> Axes:
        """Draw the measures that are shares, with their limits.

        ``width`` of a new figure: ``"column"``, ``"page"`` or millimetres.
        """
        part = self.table.loc[[name for name in _SHARES if name in self.table.index], list(_LIMITS)]
        rows = part.to_numpy(float).tolist()
        texts = [
            value if math.isnan(row[1]) else f"{value} {joined_limits(low, high)}"
            for row, (value, low, high) in zip(rows, map(formatting.difference_row, rows), strict=True)
        ]
        labels = [say(str(name)).replace("_", " ") for name in part.index]
        drawn = forest.single(labels, part.to_numpy(float), texts, say("Estimate"), say("Share"), log=False, null=None)
        return forest.draw(drawn, ax, 5.2, width)

    @property
    def _page(self) -> Summary:
        reasons = self.table["reason"]
        stated = [(reason, list(map(str, part.index))) for reason, part in reasons.groupby(reasons) if reason]
        shown = self.table[["estimate", "conf_low", "conf_high", "method"]]
        at = sentence("p ≥ {threshold}", threshold=self.threshold)
        text = "Decisions on {outcome} at a threshold of {threshold}"
        return Summary(
            title=sentence(text, outcome=self.outcome, threshold=self.threshold),
            header=(*self.header, ("Positive", at), limits_line(self.level)),
            tables=(_counts_table(self.counts), table_from_frame(shown, words=("measure", "method"))),
            notes=(
                *(sentence("{names}: {reason}.", names=names, reason=reason) for reason, names in stated),
                *map(str, self.notes),
            ),
            coefficients=self.table.reset_index(),
        )


def _counts_table(counts: pd.DataFrame) -> Table:
    full = np.vstack([counts.to_numpy(), counts.to_numpy().sum(axis=0)])
    full = np.column_stack([full, full.sum(axis=1)])
    columns = (Column("", "", "left"), *(Column(name, say(name)) for name in ("Event", "No event", "Total")))
    return Table(
        None,
        columns,
        tuple((say(name), *map(count, row)) for name, row in zip(("Positive", "Negative", "Total"), full, strict=True)),
    )


def classification(
    fit: Estimate | None = None,
    data: Any = None,
    threshold: float = 0.5,
    *,
    y: Any = None,
    p: Any = None,
    interval: Interval = "exact",
    prevalence: float | None = None,
    beta: float = 1.0,
    level: float | None = None,
    resampling: Resampling = "none",
    folds: int = 10,
    repeats: int = 10,
    seed: int = 0,
    **rows: Unpack[RowOptions],
) -> Classification:
    """Who is called positive at a threshold, and every measure of how rightly.

    Parameters
    ----------
    fit, data, y, p : optional
        What is judged: a fit on its own rows or on new ones, or outcomes and probabilities of any program.
    threshold : float
        Positive are rows with p at or above it.
    interval : {"exact", "wilson"}
        Limits of shares: Clopper & Pearson 1934, or Wilson 1927, which is nearer to the level.
    prevalence : float, optional
        Share of people with the event where the threshold will be used: PPV and NPV are then of these people (Bayes).
        Rows chosen by their outcome, cases and controls, say nothing of PPV and NPV without it.
    beta : float
        Weight of recall in a further F measure.
    level : float, optional
        Confidence level; default that of the fit, or 0.95.
    resampling, folds, repeats, seed : optional
        Judge a fit on rows that refits did not see, as in :func:`roc`.
    **rows : options
        ``weights``, ``weight_type``, ``trials``, ``event`` and ``cluster`` of ``y``, or of ``data`` by name.

    Returns
    -------
    Classification
        ``.counts .table`` with sensitivity, specificity, ppv, npv, accuracy, balanced_accuracy, f1, mcc, kappa, youden,
        lr_positive, lr_negative, odds_ratio, haldane_odds_ratio, prevalence, detection_rate, detection_prevalence.

    Raises
    ------
    DataError
        For probabilities outside 0 to 1, or a threshold that is no number.

    Notes
    -----
    Likelihood ratios have limits on the log (Simel, Samsa & Matchar 1991), the odds ratio Woolf's, kappa the error of
    Fleiss, Cohen & Everitt 1969, PPV and NPV at another prevalence those of Mercaldo, Lau & Zhou 2007. Shares of 0/0
    are NaN: scikit-learn says 0. ½ is added to cells in
    ``haldane_odds_ratio`` only. *Matches* R's ``epiR::epi.tests`` and Stata's ``diagt``.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + lwt + smoke", gl.datasets.birthwt())
    >>> decisions = gl.classification(fit, threshold=0.3)
    >>> decisions.table.loc[["sensitivity", "specificity"], ["estimate", "conf_low", "conf_high"]].round(3)
                 estimate  conf_low  conf_high
    measure
    sensitivity     0.678     0.544      0.794
    specificity     0.585     0.495      0.670
    """
    check_choice("interval", interval, ("exact", "wilson"))
    level = check_level(level, 0.95 if fit is None else fit.level)
    _check(threshold, prevalence)
    honest: HonestRows = {"resampling": resampling, "folds": folds, "repeats": repeats, "seed": seed}
    chosen = judged(fit, data, y=y, p=p, verb="classification", **honest, **rows)
    cells = cells_at(chosen, threshold)
    z = normal_quantile(level)
    measures = list(measures_of(cells, interval, level, z, beta))
    if prevalence is not None:
        moved = {measure.name: measure for measure in predictive_values(cells, prevalence, z)}
        measures = [moved.get(measure.name, measure) for measure in measures]
    return Classification(
        float(threshold),
        _counts(cells),
        _table(measures, chosen),
        level,
        chosen.rows,
        chosen.outcome,
        *cells,
        mcnemar(cells)[1],
        _notes(chosen, prevalence),
        header_of(chosen),
    )


def _check(threshold: float, prevalence: float | None) -> None:
    if not isinstance(threshold, (int, float, np.number)) or math.isnan(threshold):
        raise DataError(f"threshold={threshold!r}; give a probability, such as 0.2")
    check_prevalence(prevalence)


def cells_at(rows: Judged, threshold: float) -> Cells:
    """The table of the rule "p at or above a threshold", equal to 13 digits counted as equal."""
    positive = at_or_above(rows.probabilities[0], threshold)
    events, nonevents = rows.totals
    tp, fp = float(rows.events[positive].sum()), float(rows.nonevents[positive].sum())
    return Cells(tp, fp, events - tp, nonevents - fp)


def at_or_above(p: Array, threshold: float) -> npt.NDArray[np.bool_]:
    """Rows (m,) with probabilities at or above a threshold, but for rounding."""
    return p >= threshold - ONE_SCORE * abs(threshold) if math.isfinite(threshold) else p >= threshold


def _counts(cells: Cells) -> pd.DataFrame:
    return pd.DataFrame(
        [[cells.tp, cells.fp], [cells.fn, cells.tn]],
        index=pd.Index(["positive", "negative"], name="decision"),
        columns=pd.Index(["event", "no_event"], name="outcome"),
    )


def _table(measures: list[DecisionMeasure], rows: Judged) -> pd.DataFrame:
    """Measures by name; without limits where rows are no independent counts."""
    no_counts = why_no_counts(rows)
    table = pd.DataFrame(measures).set_index("name").rename_axis("measure")
    table = table.rename(columns={"low": "conf_low", "high": "conf_high"})
    if no_counts:
        table[["conf_low", "conf_high", "std_error"]] = math.nan
        table["reason"] = [
            reason or (no_counts if method else "") for reason, method in table[["reason", "method"]].to_numpy()
        ]
        table["method"] = ""
    if rows.sampled:  # half an observation is nothing beside weights, whose unit is arbitrary
        table.loc["haldane_odds_ratio", "estimate"] = math.nan
    return table


def _notes(rows: Judged, prevalence: float | None) -> tuple[Note, ...]:
    notes = list(rows.notes)
    if rows.apparent:
        notes.append(Note("apparent", APPARENT_DECISIONS))
    if prevalence is not None:
        text = "PPV and NPV are of people of whom {share}% have the event, all else the same."
        notes.append(Note("prevalence", sentence(text, share=Number(f"{100 * prevalence:g}"))))
    return tuple(notes)


APPARENT_DECISIONS = (
    "The rows are those the model was fitted to: limits know neither that, nor that a threshold was chosen there. "
    "resampling='cv' decides on rows that the model did not see, data= on new ones."
)
