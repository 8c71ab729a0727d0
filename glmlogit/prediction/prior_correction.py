"""Cases and controls, class weights, rows left out or repeated: from their probabilities to those of the population."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from glmlogit.documents.from_frame import table_from_frame
from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Summary
from glmlogit.documents.style import marked
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.estimate.one_event import require_one_event
from glmlogit.likelihood.response import Arrays
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_level
from glmlogit.messages.words import Number, joined, sentence
from glmlogit.numerics.arrays import vector
from glmlogit.numerics.kernels import tails
from glmlogit.numerics.row_functions import log_odds
from glmlogit.prediction import refitted_intercept
from glmlogit.prediction.predict import new_rows, of_event

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


@dataclass(frozen=True, eq=False, repr=False)
class PriorCorrection(Paged):
    """A fit whose intercept was corrected for the share of events in the population.

    Attributes
    ----------
    prevalence : float
        Share of events in the population.
    sampled : float
        Share of events in the sample, by the weights of the fit, class weights included.
    shift : float
        What was taken from the intercept.
    how : str
        Where the shift comes from, in words.
    notes : tuple of Note
        What it rests on.
    fit : Fit
        The fit to the sample; its odds ratios and standard errors hold for the population as well.
    """

    prevalence: float
    sampled: float
    shift: float
    fit: Estimate = field(repr=False)
    how: str = "King & Zeng's formula"
    notes: tuple[Note, ...] = field(repr=False, default=())
    refitted: float = field(repr=False, default=0.0)  # the part of the shift that is an estimate

    @property
    def _page(self) -> Summary:
        frame = pd.DataFrame({"sample": self.fit.params, "population": self.params})
        return Summary(
            sentence("Intercept corrected for the share of events in the population"),
            header=(
                *((("Formula", self.fit.formula),) if self.fit.formula else ()),
                ("In the population", sentence("{share} events", share=Number(f"{self.prevalence:.4g}"))),
                ("In the sample", marked(f"{self.sampled:.4g}")),
                (
                    "Taken off the intercept",
                    sentence("{shift} ({how})", shift=Number(f"{self.shift:.4g}"), how=self.how),
                ),
            ),
            tables=(table_from_frame(frame),),
            notes=tuple(note.text for note in self.notes),
            coefficients=frame.reset_index(),
        )

    @property
    def params(self) -> pd.Series[float]:
        """Coefficients with the corrected intercept."""
        params = self.fit.params.copy()
        constant = self.fit.columns.constants[0]
        params.iloc[constant] -= self.shift / self.fit.rows.matrix.rows(slice(1))[0, constant]
        return params

    @property
    def intercept(self) -> float:
        """The corrected intercept."""
        return float(self.params.iloc[self.fit.columns.constants[0]])

    def predict(
        self, newdata: Any = None, interval: Literal["confidence"] | None = None, level: float | None = None
    ) -> pd.Series[float] | pd.DataFrame:
        """Probabilities in the population; with ``interval="confidence"`` a frame as ``fit.predict`` gives.

        Limits of a refitted intercept count that it was estimated too, by the sandwich of both sets of equations.
        """
        if interval is not None and self.refitted:
            return self._with_limits(newdata, check_level(level, self.fit.level))
        predictions = of_event(self.fit, newdata, "link", interval, level)
        eta = predictions - self.shift if isinstance(predictions, pd.Series) else predictions["estimate"] - self.shift
        q, p = self._tails(eta)
        if isinstance(predictions, pd.Series):
            return pd.Series(p, index=predictions.index, name="fitted")
        limits = {name: self._tails(predictions[name] - self.shift)[1] for name in ("conf_low", "conf_high")}
        return pd.DataFrame(
            {"estimate": p, "std_error": predictions["std_error"] * p * q, **limits}, index=predictions.index
        )

    def _with_limits(self, newdata: Any, level: float) -> pd.DataFrame:
        if why := refitted_intercept.why_no_limits(self.fit):
            raise UnsupportedError(f"no limits: {why}")
        link = of_event(self.fit, newdata, "link")
        X = self.fit.rows.matrix.array if newdata is None else new_rows(self.fit, newdata)[0]
        error = refitted_intercept.std_errors(self.fit, X, -self.refitted)
        eta, half = np.asarray(link, dtype=np.float64) - self.shift, self.fit.reference.quantile(level) * error
        p, q = tails(eta)
        columns = {"estimate": p, "std_error": error * p * q, "conf_low": tails(eta - half)[0]}
        return pd.DataFrame({**columns, "conf_high": tails(eta + half)[0]}, index=link.index)

    def probabilities(self, p: Any) -> pd.Series[float]:
        """Probabilities in the population, of probabilities (n,) of any model of the same sample.

        ``βp/(βp − p + 1)`` with β = exp(−shift), for non-events kept at the rate β (Dal Pozzolo and others 2015).
        """
        values = vector(p, "p")
        if ((values < 0) | (values > 1)).any():
            raise DataError("p has values outside 0 to 1; give probabilities")
        index = p.index if isinstance(p, pd.Series) else pd.RangeIndex(len(values))
        with np.errstate(divide="ignore"):
            eta = np.log(values) - np.log1p(-values)
        return pd.Series(tails(eta - self.shift)[0], index=index, name="corrected")

    def _tails(self, eta: pd.Series[float]) -> Arrays:
        """The probabilities (m,) of no event and of the event."""
        return self.fit.response.probabilities((np.asarray(eta, dtype=np.float64),)).p


def prior_correction(
    fit: Estimate,
    prevalence: float | None = None,
    *,
    nonevents_kept: float | None = None,
    events_repeated: float | None = None,
) -> PriorCorrection:
    """Correct the intercept of a fit for a share of events other than that of its sample.

    Parameters
    ----------
    fit : Fit
        To data sampled by outcome, or with class weights; an intercept is needed.
    prevalence : float, optional
        Share of events in the population, inside (0, 1). Left out for a class-weighted fit: that of its rows as they
        are, to which the intercept is fitted anew, all other coefficients held.
    nonevents_kept : float, optional
        Share of the non-events that were kept (undersampling), inside (0, 1].
    events_repeated : float, optional
        How many times each event is in the data (oversampling), 1 or more.

    Returns
    -------
    PriorCorrection
        ``intercept``, ``params`` and ``predict`` for the population; ``probabilities`` for those of other models.

    Raises
    ------
    DataError
        For a prevalence outside (0, 1), or a fit without intercept or with one outcome only.

    Notes
    -----
    With a prevalence τ ``β₀ − log[(1 − τ)/τ · ȳ/(1 − ȳ)]`` (King & Zeng 2001, *Political Analysis* 9:137, eq. 7), with
    ȳ weighted as the fit was, class weights included; ``β₀ + ln β`` for non-events kept at the rate β, ``β₀ − ln c``
    for events repeated c times. Standard errors take these as known. Without them class weights are undone by a refit
    of the intercept with the linear predictor as offset (calibration in the large), whose own error limits count: the
    formula ``ln(w₁/w₀)`` is exact only for a model that holds. *Matches* Stata's ``relogit`` with ``pc()`` but for its
    bias correction (``gl.firth`` has one). Only where sampling depended on the outcome alone; matched sets need
    conditional likelihood.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + smoke", gl.datasets.birthwt())
    >>> corrected = gl.prior_correction(fit, 0.08)
    >>> corrected.predict({"age": [20], "smoke": [1]}).round(3).tolist()
    [0.131]

    Class weights undone, and non-events of which one in five was kept (Dal Pozzolo and others 2015):

    >>> weighted = gl.logit("low ~ age + smoke", gl.datasets.birthwt(), class_weight="balanced")
    >>> gl.prior_correction(weighted).predict().mean().round(3) == weighted.design.y.mean().round(3)
    np.True_
    >>> gl.prior_correction(fit, nonevents_kept=0.2).probabilities([0.1, 0.5, 0.9]).round(4).tolist()
    [0.0217, 0.1667, 0.6429]
    """
    require_one_event(fit, "a share of events is known for")
    by_name = {"nonevents_kept": nonevents_kept, "events_repeated": events_repeated}
    rates = {name: rate for name, rate in by_name.items() if rate is not None}
    _check(fit, prevalence, rates)
    if not fit.columns.constants:
        raise DataError("the model has no intercept to correct: case-control sampling shifts it alone")
    events, others = fit.sample.event_totals
    if not (events and others):
        raise DataError("the sample has one outcome only, so its share of events cannot be corrected")
    sampled = events / (events + others)
    if prevalence is not None:
        shift = float(log_odds(sampled) - log_odds(prevalence))
        return PriorCorrection(float(prevalence), sampled, shift, fit)
    return _from_rows(fit, sampled, rates)


def _from_rows(fit: Estimate, sampled: float, rates: dict[str, float]) -> PriorCorrection:
    """Class weights undone by a refit, and rates of sampling by their logarithms."""
    refitted, share, steps = 0.0, sampled, []
    if fit.weighting is not None:
        refitted, share = fit.weighting.excess, fit.weighting.observed
        if not math.isfinite(refitted):
            raise DataError("the intercept has no finite value in the rows as they are; give prevalence=")
        steps.append("the intercept fitted to the rows as they are, the other coefficients held")
    repeated = rates.get("events_repeated", 1.0)
    by_rates = math.log(repeated) - math.log(rates.get("nonevents_kept", 1.0))
    steps += [sentence("{name} = {rate}", name=name, rate=float(rate)) for name, rate in rates.items()]
    prevalence = float(tails(np.array([log_odds(share) - by_rates]))[0][0])
    return PriorCorrection(
        prevalence, sampled, refitted + by_rates, fit, joined(steps, "; "), _notes(fit, repeated), refitted
    )


def _notes(fit: Estimate, repeated: float) -> tuple[Note, ...]:
    """Rows that were written down several times tell nothing several times."""
    if repeated == 1.0 or fit.sample.cluster is not None:
        return ()
    return (
        Note(
            "repeated_events",
            "Repeated rows are no information: standard errors of the fit are too small unless its clusters are the "
            "original rows: cluster=.",
        ),
    )


def _check(fit: Estimate, prevalence: float | None, rates: dict[str, float]) -> None:
    """Refuse shares and rates that are none, and both together, or neither."""
    if prevalence is not None or not (rates or fit.weighting):
        number = isinstance(prevalence, (int, float, np.integer, np.floating))
        if not (number and prevalence is not None and 0 < prevalence < 1):
            hint = f" (did you mean {prevalence / 100:g}?)" if number and prevalence and 1 < prevalence < 100 else ""
            raise DataError(
                f"prevalence={prevalence!r} is no share of events; give a number between 0 and 1{hint}, or how rows "
                f"were sampled: nonevents_kept=, events_repeated="
            )
    if prevalence is not None and rates:
        raise DataError(f"prevalence= and {next(iter(rates))}= both say what the population is; give one of them")
    for name, rate in rates.items():
        number = isinstance(rate, (int, float, np.integer, np.floating)) and not isinstance(rate, bool)
        if not (number and (0 < rate <= 1 if name == "nonevents_kept" else 1 <= rate < math.inf)):
            wanted = "the share of non-events kept, up to 1" if name == "nonevents_kept" else "a number of 1 or more"
            raise DataError(f"{name}={rate!r}; give {wanted}")
