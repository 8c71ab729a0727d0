"""Case-control sampling: from the probabilities of the sample to those of the population."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from glmlogit.errors import DataError
from glmlogit.likelihood.response import Arrays
from glmlogit.numerics.row_functions import log_odds
from glmlogit.prediction.predict import of_event

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


@dataclass(frozen=True, eq=False)
class PriorCorrection:
    """A fit whose intercept was corrected for the share of events in the population.

    Attributes
    ----------
    prevalence : float
        Share of events in the population.
    sampled : float
        Share of events in the sample, by the weights of the fit.
    shift : float
        What was taken from the intercept: ``logit(sampled) − logit(prevalence)``.
    fit : Fit
        The fit to the sample; its odds ratios and standard errors hold for the population as well.
    """

    prevalence: float
    sampled: float
    shift: float
    fit: Estimate = field(repr=False)

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
        """Probabilities in the population; with ``interval="confidence"`` a frame as ``fit.predict`` gives."""
        predictions = of_event(self.fit, newdata, "link", interval, level)
        eta = predictions - self.shift if isinstance(predictions, pd.Series) else predictions["estimate"] - self.shift
        q, p = self._tails(eta)
        if isinstance(predictions, pd.Series):
            return pd.Series(p, index=predictions.index, name="fitted")
        limits = {name: self._tails(predictions[name] - self.shift)[1] for name in ("conf_low", "conf_high")}
        return pd.DataFrame(
            {"estimate": p, "std_error": predictions["std_error"] * p * q, **limits}, index=predictions.index
        )

    def _tails(self, eta: pd.Series[float]) -> Arrays:
        """The probabilities (m,) of no event and of the event."""
        return self.fit.response.probabilities((np.asarray(eta, dtype=np.float64),)).p


def prior_correction(fit: Estimate, prevalence: float) -> PriorCorrection:
    """Correct the intercept of a fit to cases and controls for the share of cases in the population.

    Parameters
    ----------
    fit : Fit
        To data sampled by outcome, or with class weights; an intercept is needed.
    prevalence : float
        Share of events in the population, inside (0, 1).

    Returns
    -------
    PriorCorrection
        ``intercept``, ``params`` and ``predict`` for the population.

    Raises
    ------
    DataError
        For a prevalence outside (0, 1), or a fit without intercept or with one outcome only.

    Notes
    -----
    ``β₀ − log[(1 − τ)/τ · ȳ/(1 − ȳ)]`` (King & Zeng 2001, *Political Analysis* 9:137, eq. 7), with ȳ weighted as the
    fit was. Standard errors take τ as known. *Matches* Stata's ``relogit`` with ``pc()`` but for its bias correction
    (``gl.firth`` has one). Only where sampling depended on the outcome alone; matched sets need conditional likelihood.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + smoke", gl.datasets.birthwt())
    >>> corrected = gl.prior_correction(fit, 0.08)
    >>> corrected.predict({"age": [20], "smoke": [1]}).round(3).tolist()
    [0.131]
    """
    number = isinstance(prevalence, (int, float, np.integer, np.floating))
    if not (number and 0 < prevalence < 1):
        hint = f" (did you mean {prevalence / 100:g}?)" if number and 1 < prevalence < 100 else ""
        raise DataError(f"prevalence={prevalence!r} is no share of events; give a number between 0 and 1{hint}")
    if not fit.columns.constants:
        raise DataError("the model has no intercept to correct: case-control sampling shifts it alone")
    events, others = fit.sample.event_totals
    if not (events and others):
        raise DataError("the sample has one outcome only, so its share of events cannot be corrected")
    sampled = events / (events + others)
    shift = float(log_odds(sampled) - log_odds(prevalence))
    return PriorCorrection(float(prevalence), sampled, shift, fit)
