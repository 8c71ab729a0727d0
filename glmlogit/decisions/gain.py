"""Who is reached first: shares of events among those with the highest probabilities, lift, KS and Gini."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Unpack

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
from glmlogit.errors import DataError
from glmlogit.evaluation.areas import area_of
from glmlogit.evaluation.headers import header_of
from glmlogit.evaluation.judged import judged
from glmlogit.evaluation.judged_rows import HonestRows, Judged, Resampling, RowOptions
from glmlogit.evaluation.ranking import ranking_of
from glmlogit.evaluation.roc_plot import square, thinned
from glmlogit.messages.notes import Note
from glmlogit.messages.words import sentence

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, repr=False, eq=False)
class GainCurve(Paged):
    """Cumulated gain; returned by :func:`gain`.

    Attributes
    ----------
    table : DataFrame, a row a distinct score
        ``threshold share gain lift``: the share of rows at or above the threshold, the share of events among these,
        and their quotient.
    ks : float
        Largest distance of the distributions of events and others (Kolmogorov & Smirnov), the largest Youden index.
    gini, area : float
        2·AUC − 1, and the area under the gain curve, π/2 + (1 − π)·AUC.
    """

    table: pd.DataFrame = field(repr=False)
    ks: float
    gini: float
    area: float
    prevalence: float
    rows: str
    outcome: str
    notes: tuple[Note, ...] = ()
    header: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def at(self, shares: Any = (0.1, 0.2, 0.3, 0.4, 0.5)) -> pd.DataFrame:
        """``gain`` and ``lift`` of the top ``share`` of rows, rows of equal scores spread evenly."""
        values = np.atleast_1d(np.asarray(shares, dtype=np.float64))
        if not ((values > 0) & (values <= 1)).all():
            raise DataError(f"at({shares!r}): give shares above 0, at most 1, such as 0.1")
        gained = np.interp(values, np.append(0.0, self.table["share"]), np.append(0.0, self.table["gain"]))
        index = pd.Index(values, name="share")
        return pd.DataFrame({"gain": gained, "lift": gained / values}, index=index)

    @property
    def _page(self) -> Summary:
        facts = pd.DataFrame({"ks": [self.ks], "gini": [self.gini], "area": [self.area]})
        return Summary(
            title=sentence("Gain of {outcome}", outcome=self.outcome),
            header=self.header,
            tables=(table_from_frame(self.at(np.arange(1, 11) / 10).round(6)), table_from_frame(facts)),
            notes=tuple(map(str, self.notes)),
            coefficients=self.table,
            facts=facts,
        )

    def plot(self, ax: Axes | None = None, *, width: Width | None = None) -> Axes:
        """Draw the share of events reached against the share of rows, with the best possible and with chance."""
        ax = axes.axes(ax, 3.8, 3.8, width)
        x, y = np.append(0.0, self.table["share"]), np.append(0.0, self.table["gain"])
        style, perfect = axes.styles(2, "curves")
        ax.plot([0, 1], [0, 1], color=axes.ink(), linewidth=0.8, linestyle=(0, (2, 2)), label=say("chance"))
        ax.plot(
            [0, self.prevalence, 1],
            [0, 1, 1],
            color=perfect.color,
            linestyle=perfect.line,
            lw=1.2,
            label=say("perfect"),
        )
        ax.plot(
            *thinned(x, y), color=style.color, linestyle=style.line, linewidth=1.6, label=f"Gini {fixed(self.gini, 3)}"
        )
        square(ax)
        axes.label(ax, say("Share of rows, from the highest p"), say("Share of events"))
        axes.caption(ax, sentence("Rows: {rows}.", rows=self.rows))
        axes.legend_above(ax)
        return ax


def gain(
    fit: Estimate | None = None,
    data: Any = None,
    *,
    y: Any = None,
    p: Any = None,
    score: Any = None,
    resampling: Resampling = "none",
    folds: int = 10,
    repeats: int = 10,
    seed: int = 0,
    **rows: Unpack[RowOptions],
) -> GainCurve:
    """Cumulated gain, lift, KS and Gini: how many events are among the rows with the highest probabilities.

    Parameters
    ----------
    fit, data, y, p, score : optional
        What is judged: a fit on its own rows or on new ones, or outcomes and scores of any program, as in :func:`roc`.
    resampling, folds, repeats, seed : optional
        Judge a fit on rows that refits did not see, as in :func:`roc`.
    **rows : options
        ``weights``, ``weight_type``, ``trials``, ``event`` and ``cluster`` of ``y``, or of ``data`` by name.

    Returns
    -------
    GainCurve
        ``.table .ks .gini .area``, ``.at(shares)``, ``.plot()``.

    Raises
    ------
    DataError
        Where outcomes and scores do not pair up, or a score is missing.

    Notes
    -----
    Rows of equal scores are spread evenly, so that their order in the data does not matter. Gini is Somers' D of
    scores by outcomes, KS the largest Youden index; banks call this curve the cumulative accuracy profile. *Matches*
    R's one-sided ``ks.test`` and Somers' D of SAS.

    Examples
    --------
    >>> curve = gl.gain(gl.logit("low ~ age + lwt + smoke", gl.datasets.birthwt()))
    >>> curve.at([0.1, 0.5]).round(3)
            gain   lift
    share
    0.1    0.153  1.525
    0.5    0.686  1.373
    >>> round(curve.ks, 3), round(curve.gini, 3)
    (0.29, 0.306)
    """
    honest: HonestRows = {"resampling": resampling, "folds": folds, "repeats": repeats, "seed": seed}
    return _gain_of(judged(fit, data, y=y, p=p, score=score, ranks=True, verb="gain", **honest, **rows))


def _gain_of(rows: Judged) -> GainCurve:
    ranking = ranking_of(rows)
    true, false = ranking.cumulated
    n1, n0 = ranking.totals
    auc = area_of(ranking)
    with np.errstate(divide="ignore", invalid="ignore"):  # one class
        share, gained = (true + false)[1:] / (n1 + n0), true[1:] / n1
        ks = float(np.max(true / n1 - false / n0)) if min(n1, n0) > 0 else math.nan
    table = pd.DataFrame(
        {"threshold": rows.as_threshold(ranking.lowest), "share": share, "gain": gained, "lift": gained / share}
    )
    prevalence = n1 / (n1 + n0)
    area = prevalence / 2.0 + (1.0 - prevalence) * auc
    return GainCurve(
        table, ks, 2.0 * auc - 1.0, area, prevalence, rows.rows, rows.outcome, _notes(rows), header_of(rows)
    )


def _notes(rows: Judged) -> tuple[Note, ...]:
    notes = list(rows.notes)
    if rows.apparent:
        text = "The rows are those the model was fitted to: it looks better there than it is. resampling='cv' or data=."
        notes.append(Note("apparent", text))
    if rows.fold is not None:
        notes.append(Note("folds", "Rows of all folds are ranked together, a mean over repeats."))
    return tuple(notes)
