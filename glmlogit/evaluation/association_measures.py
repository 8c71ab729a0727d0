"""How scores and outcomes go together, by pairs: concordance, Somers' D, gamma, tau-a."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.documents.from_frame import table_from_frame
from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Summary
from glmlogit.evaluation.judged import judged
from glmlogit.evaluation.judged_rows import HonestRows, Judged, Resampling, RowOptions
from glmlogit.evaluation.ranking import Ranking, ranking_of
from glmlogit.messages.notes import Note
from glmlogit.messages.words import amount, sentence

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


@dataclass(frozen=True, repr=False)
class AssociationMeasures(Paged):
    """Pairs of an event and another, and measures of their order; returned by :func:`association_measures`.

    Attributes
    ----------
    concordant, discordant, tied : float
        Pairs in which the event has the higher score, the lower one, the same.
    c, somers_d, gamma, tau_a : float
        NaN where there is no pair they could be computed from.
    """

    concordant: float
    discordant: float
    tied: float
    c: float
    somers_d: float
    gamma: float
    tau_a: float
    rows: str
    notes: tuple[Note, ...] = ()

    @property
    def table(self) -> pd.DataFrame:
        """``estimate`` by ``measure``."""
        names = ("c", "somers_d", "gamma", "tau_a")
        return pd.DataFrame({"estimate": [getattr(self, n) for n in names]}, index=pd.Index(names, name="measure"))

    @property
    def _page(self) -> Summary:
        pairs = self.concordant + self.discordant + self.tied
        parts = {"concordant": self.concordant, "discordant": self.discordant, "tied": self.tied, "pairs": pairs}
        text = "{pairs}: {concordant} concordant, {discordant} discordant, {tied} tied"
        return Summary(
            title=sentence("Association of scores and outcomes"),
            header=(("Rows", self.rows), ("Pairs", sentence(text, **{name: amount(n) for name, n in parts.items()}))),
            tables=(table_from_frame(self.table, words=("measure",)),),
            notes=tuple(map(str, self.notes)),
            coefficients=self.table.reset_index(),
        )


def association_measures(
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
) -> AssociationMeasures:
    """Concordant, discordant and tied pairs of an event and another, with c, Somers' D, gamma and tau-a.

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
    AssociationMeasures
        ``.c .somers_d .gamma .tau_a .concordant .discordant .tied .table``.

    Raises
    ------
    DataError
        Where outcomes and scores do not pair up, or a score is missing.
    UnsupportedError
        For precision weights, which count nothing.

    Notes
    -----
    With C, D and T of t pairs concordant, discordant and tied, n observations: c = (C + T/2)/t, the area under the ROC
    curve; Somers' D (C − D)/t; gamma (C − D)/(C + D); tau-a (C − D)/(n(n − 1)/2). *Matches* the association table of
    SAS with ``BINWIDTH=0``. *Differs* from SAS before 9.4M3, with bins of 0.002 for
    probabilities, and from ``rms::lrm`` (bins of 0.0002): pairs are exact here.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + lwt + smoke", gl.datasets.birthwt())
    >>> print(gl.association_measures(fit).table.round(4))
              estimate
    measure
    c           0.6531
    somers_d    0.3063
    gamma       0.3065
    tau_a       0.1322
    """
    honest: HonestRows = {"resampling": resampling, "folds": folds, "repeats": repeats, "seed": seed}
    return measures_of(
        judged(fit, data, y=y, p=p, score=score, ranks=True, verb="association_measures", **honest, **rows)
    )


def measures_of(rows: Judged) -> AssociationMeasures:
    """The measures of judged rows."""
    concordant, tied, pairs, all_pairs = _within_folds(rows)
    discordant = pairs - concordant - tied
    away = concordant - discordant
    notes = rows.notes
    if rows.fold is not None:
        notes = (*notes, Note("folds", "Pairs are of rows of one fold, and means over repeats."))
    if rows.sampled:
        text = "Pairs weigh by the product of their weights; tau-a counts observations, and is NA."
        notes = (*notes, Note("tau_a", text))
    return AssociationMeasures(
        float(concordant),
        float(discordant),
        float(tied),
        _ratio(concordant + 0.5 * tied, pairs),
        _ratio(away, pairs),
        _ratio(away, concordant + discordant),
        math.nan if rows.sampled or pairs == 0 else _ratio(away, all_pairs),
        rows.rows,
        notes,
    )


def _within_folds(rows: Judged) -> npt.NDArray[np.float64]:
    """Concordant and tied pairs, pairs of an event and another, and of any two rows: of all, or of one fold."""
    if rows.fold is None:
        return np.array(_pairs(ranking_of(rows)))
    parts = [rows.take(np.flatnonzero(rows.fold == k)) for k in np.unique(rows.fold)]
    times = [
        replace(part, events=part.events * rows.repeats, nonevents=part.nonevents * rows.repeats) for part in parts
    ]
    return np.asarray(np.sum([_pairs(ranking_of(part)) for part in times], axis=0) / rows.repeats)


def _pairs(ranking: Ranking) -> tuple[float, float, float, float]:
    n1, n0 = ranking.totals
    concordant = float(ranking.events @ (ranking.beside[0] - 0.5 * ranking.nonevents))
    return concordant, float(ranking.events @ ranking.nonevents), n1 * n0, 0.5 * (n1 + n0) * (n1 + n0 - 1.0)


def _ratio(a: float, b: float) -> float:
    return float(a / b) if b > 0 else math.nan
