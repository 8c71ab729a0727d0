"""Better probabilities from those of a model: a map that is fitted to rows the model has not seen."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Unpack

import numpy as np
import pandas as pd

from glmlogit.documents.from_frame import table_from_frame
from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Summary
from glmlogit.documents.style import say
from glmlogit.errors import DataError
from glmlogit.evaluation.counted import counted
from glmlogit.evaluation.headers import counted_rows
from glmlogit.evaluation.judged import judged
from glmlogit.evaluation.judged_rows import Resampling, RowOptions
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_choice
from glmlogit.messages.words import sentence
from glmlogit.numerics import kernels
from glmlogit.numerics.arrays import vector
from glmlogit.prediction.predict import of_event
from glmlogit.scoring import recalibrators
from glmlogit.scoring.logistic_lines import cox
from glmlogit.scoring.probability_counts import ProbabilityCounts
from glmlogit.scoring.probability_scores import brier, log_loss
from glmlogit.scoring.recalibrators import METHODS, Recalibrator

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

Method = Literal["logistic", "platt", "isotonic", "temperature", "beta", "intercept", "prior"]
_WORDS = {
    "logistic": "intercept and slope on the log-odds",
    "platt": "Platt's, of log-odds with smoothed targets",
    "isotonic": "isotonic regression",
    "temperature": "log-odds over a temperature",
    "beta": "beta calibration",
    "intercept": "the intercept alone",
    "prior": "shift to another prevalence",
}


@dataclass(frozen=True, repr=False, eq=False)
class Recalibration(Paged):
    """A map of probabilities; returned by :func:`recalibrate`.

    Attributes
    ----------
    parameters : DataFrame by ``parameter``
        ``estimate std_error`` of the map.
    before_after : DataFrame by ``measure``
        ``before after``: Brier score, log loss and slope in the rows of the map, where ``after`` is optimistic (of
        ``"prior"`` nothing is learned from them).
    method, rows, reason, notes
        How it was made, of which rows, why there is no map, and what the reader must know.
    """

    parameters: pd.DataFrame
    before_after: pd.DataFrame
    method: str
    rows: str
    reason: str
    notes: tuple[Note, ...]
    map: Recalibrator = field(repr=False)
    n_events: float = math.nan
    n_nonevents: float = math.nan
    fit: Estimate | None = field(repr=False, default=None)

    @property
    def _page(self) -> Summary:
        why = (sentence("There is no map: {reason}.", reason=self.reason),) if self.reason else ()
        compared = self.method != "prior" and not self.reason
        rows = table_from_frame(self.before_after, title=say("In these rows"), words=("measure",))
        return Summary(
            title=sentence("Recalibration: {how}", how=_WORDS[self.method]),
            header=counted_rows(self.rows, self.n_events, self.n_nonevents),
            tables=(table_from_frame(self.parameters, words=("parameter",)), *([rows] if compared else [])),
            notes=(*why, *map(str, self.notes)),
            coefficients=self.parameters.reset_index(),
            facts=pd.DataFrame([self.parameters["estimate"].to_dict()]),
        )

    def predict(self, p: Any) -> pd.Series[float]:
        """Recalibrated probabilities (n,), of probabilities or of new rows of the fit.

        ``p`` is an array or Series of probabilities; or a table, whose probabilities by the fit are mapped. NaN stays
        NaN.
        """
        if self.fit is not None and not _is_vector(p):
            link = of_event(self.fit, p, kind="link")
            return pd.Series(self.map.probabilities(np.asarray(link)), index=link.index, name="recalibrated")
        if not _is_vector(p):
            raise DataError("p is no vector of probabilities, and the map was made without a fit to predict a table by")
        values = vector(p, "p")
        if ((values < 0) | (values > 1)).any():
            raise DataError("p has values outside 0 to 1; give probabilities")
        with np.errstate(divide="ignore"):
            eta = np.log(values) - np.log1p(-values)
        index = p.index if isinstance(p, pd.Series) else pd.RangeIndex(len(values))
        return pd.Series(self.map.probabilities(eta), index=index, name="recalibrated")


def _is_vector(p: Any) -> bool:
    return np.ndim(p) == 1 and not isinstance(p, dict) and not hasattr(p, "columns")


def recalibrate(
    fit: Estimate | None = None,
    data: Any = None,
    *,
    y: Any = None,
    p: Any = None,
    method: Method = "logistic",
    prevalence: float | None = None,
    resampling: Resampling = "none",
    folds: int = 10,
    repeats: int = 10,
    seed: int = 0,
    **rows: Unpack[RowOptions],
) -> Recalibration:
    """Fit a map from probabilities to recalibrated ones.

    Parameters
    ----------
    fit : Fit, optional
        Whose probabilities are mapped.
    data : table
        Rows that the fit has not seen, with the outcome; the training rows are refused.
    y, p : arrays of shape (n,), optional
        Outcomes and probabilities of any program in place of a fit.
    method : str
        ``"logistic"`` (intercept and slope, Cox 1958), ``"intercept"`` (slope 1), ``"platt"`` (smoothed targets, 1999),
        ``"temperature"`` (Guo and others 2017), ``"beta"`` (Kull and others 2017), ``"isotonic"``, or ``"prior"``: to
        ``prevalence``, which needs no rows of its own.
    prevalence : float, optional
        Share of events to shift to, of ``"prior"``; valid where nothing but the prevalence differs.
    resampling : {"none", "cv"}
        ``"cv"``: without ``data``, the out-of-fold probabilities of the fit's own rows.
    folds, repeats, seed : int
        Of ``resampling="cv"``.
    **rows : options
        ``weights``, ``weight_type``, ``trials``, ``event`` and ``cluster`` of ``y``, or of ``data`` by name.

    Returns
    -------
    Recalibration
        ``.predict()``, ``.parameters``.

    Raises
    ------
    DataError
        For the rows a model was fitted to: the map would be the identity.

    Notes
    -----
    All maps but the isotonic one take log-odds, so that probabilities next to 1 lose nothing. Sampling weights give no
    standard errors, and in Platt's targets count as many observations as there are rows. *Matches* scikit-learn's
    ``CalibratedClassifierCV`` in Platt's map (which stops after 6 digits) and isotonic regression; a probability of
    exactly 0 or 1 allows no map of log-odds.

    Examples
    --------
    >>> births = gl.datasets.birthwt()
    >>> fit = gl.logit("low ~ age + lwt + C(race) + smoke", births[::2])
    >>> better = gl.recalibrate(fit, births[1::2])
    >>> better.parameters.round(3)
               estimate  std_error
    parameter
    intercept    -0.442      0.349
    slope         0.364      0.279
    """
    check_choice("method", method, (*METHODS, "prior"))
    if (prevalence is not None) != (method == "prior"):
        raise DataError("prevalence= is the share of events that method='prior' shifts to; give both, or neither")
    if fit is not None and data is None and resampling == "none" and method != "prior":
        raise DataError(_REFUSED if fit.capabilities.calibrated else _UNCALIBRATED)
    chosen = judged(
        fit, data, y=y, p=p, resampling=resampling, folds=folds, repeats=repeats, seed=seed, verb="recalibrate", **rows
    )
    if fit is not None and data is not None and method != "prior" and chosen.apparent:
        raise DataError(_REFUSED if fit.capabilities.calibrated else _UNCALIBRATED)
    distinct = counted(chosen)
    events, others = chosen.totals
    former = events / (events + others) if fit is None or fit.weighting is None else fit.weighting.weighed
    result = METHODS[method](distinct) if prevalence is None else recalibrators.prior(prevalence, former)
    return Recalibration(
        pd.DataFrame(
            {"estimate": result.coefficients, "std_error": math.nan if chosen.sampled else result.errors},
            index=pd.Index(list(result.coefficients), name="parameter", dtype=object),
        ),
        _before_after(distinct, result),
        method,
        chosen.rows,
        result.reason,
        (*chosen.notes, *_advice(method, chosen.sampled)),
        result,
        events,
        others,
        fit,
    )


_REFUSED = (
    "these are the rows the model was fitted to, in which probabilities are calibrated by construction: a map would "
    "change nothing. Give new rows as data=, or resampling='cv' for out-of-fold probabilities of these"
)


_UNCALIBRATED = (
    "these are the rows the model was fitted to, which flatter any map. gl.prior_correction(fit) fits the intercept of "
    "a class-weighted fit to them; for more give new rows as data=, or resampling='cv' for out-of-fold probabilities"
)


def _before_after(rows: ProbabilityCounts, result: Recalibrator) -> pd.DataFrame:
    a, b, eta, p, q = rows
    after = result.probabilities(eta)
    with np.errstate(divide="ignore"):
        moved = np.log(after) - np.log1p(-after)
    tails = kernels.tails(moved)
    columns = {
        "before": [brier(a, b, p, q).value, log_loss(a, b, eta).value, cox(a, b, eta).slope],
        "after": [brier(a, b, *tails).value, log_loss(a, b, moved).value, cox(a, b, moved).slope],
    }
    return pd.DataFrame(columns, index=pd.Index(["brier", "log_loss", "slope"], name="measure", dtype=object))


def _advice(method: str, sampled: bool) -> list[Note]:
    notes = []
    if method == "prior":
        notes.append(Note("prior", "Valid where nothing differs but the share of events among the rows."))
    if method == "temperature":
        notes.append(Note("temperature", "A temperature spreads log-odds about 0: it does not repair their mean."))
    if sampled and method != "prior":
        notes.append(Note("sampling_weights", "Sampling weights: no standard errors, since no count was observed."))
    return notes
