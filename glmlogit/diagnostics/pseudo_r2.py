"""Pseudo-R² of a fit: measures between 0 and 1 that share a name and not much else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.data.row_sums import event_sums
from glmlogit.designs.container import INFINITE_ETA
from glmlogit.likelihood.response import Logit
from glmlogit.numerics import kernels

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]


def pseudo_r2(fit: Estimate) -> pd.Series[float]:
    """Pseudo-R² by name, of the trials one by one, however they were written down.

    Parameters
    ----------
    fit : Fit
        The fit, of any estimator of this package.

    Returns
    -------
    Series
        ``mcfadden mcfadden_adjusted mcfadden_adjusted_slopes cox_snell nagelkerke tjur efron mckelvey_zavoina
        aldrich_nelson veall_zimmermann estrella rms``. NaN where all outcomes are one, and what rests on a likelihood
        where that is not one of the sample's (sampling weights, clusters: a pseudo-likelihood, as AIC). They are not
        shares of a variance explained, and values of different data sets do not compare.

    Notes
    -----
    With l the log-likelihood of n trials, l₀ that of a constant (and the offset), LR = 2(l − l₀), k coefficients, q of
    them slopes: McFadden 1974 1 − l/l₀, adjusted 1 − (l − k)/l₀ (q for k: ``_slopes``); Cox & Snell 1 − exp(−LR/n);
    Nagelkerke 1991 that over its maximum; Tjur 2009 the mean probability of events less that of others; Efron 1978
    1 − Σ(y − p)²/Σ(y − ȳ)²; McKelvey & Zavoina 1975 SS(η)/(SS(η) + nπ²/3); Aldrich & Nelson LR/(LR + n); Veall &
    Zimmermann 1992; Estrella 1998; Harrell's R²(q, n) 1 − exp(−max(0, LR − q)/n). *Matches* R's
    ``DescTools::PseudoR2`` and Stata's ``fitstat`` for single trials, which are wrong for grouped ones.

    Examples
    --------
    >>> import glmlogit as gl
    >>> fit = gl.logit("low ~ age + lwt + C(race) + smoke", gl.datasets.load("birthwt"))
    >>> gl.pseudo_r2(fit)[["mcfadden", "nagelkerke", "tjur"]].round(4).to_dict()
    {'mcfadden': 0.0856, 'nagelkerke': 0.1418, 'tjur': 0.0962}
    """
    numbers = fit.likelihood
    of_model = of_likelihoods(numbers.kernel, numbers.llf - numbers.llnull, numbers.total, fit.rank, numbers.df_model)
    if fit.capabilities.why_no_residual:
        return _named(of_model, fit.capabilities.why_no_likelihood)
    rows = trial_sums(fit)
    values = {
        **of_model,
        "tjur": _ratio(rows.events_p, rows.events) - _ratio(rows.nonevents_p, rows.nonevents),
        "efron": 1.0 - _ratio(rows.squares, rows.events * rows.nonevents / rows.total),
        "mckelvey_zavoina": _of_predictors(rows.spread, rows.total * math.pi**2 / 3.0),
    }
    if not min(rows.events, rows.nonevents) > 0:
        values = dict.fromkeys(values, math.nan)
    return _named(values, fit.capabilities.why_no_likelihood)


def tjur(fit: Estimate) -> float:
    """Mean probability of the events less that of the others (Tjur 2009), as :func:`pseudo_r2` has it.

    Where rows are many and their predictors finite it is one compiled fold over these.
    """
    if fit.saved is not None:
        return fit.saved.tjur
    plain = isinstance(fit.response, Logit) and not fit.solution.exact_rows
    if fit.capabilities.why_no_residual or not plain or fit.coefs.separated or fit.coefs.aliases:
        return float(pseudo_r2(fit)["tjur"])
    rows, means = fit.rows, []
    for outcomes in rows.weighed_outcomes:
        counts = outcomes if rows.weights is None else rows.weights * outcomes
        sums = event_sums(rows.matrix, fit.coefs.beta, rows.offset, counts, np.zeros(1), threads=1)
        means.append(_ratio(float(sums[0, 0]), float(counts.sum())))
    return means[0] - means[1]


def _named(values: dict[str, float], why_no_likelihood: str) -> pd.Series[float]:
    """The measures by name; NaN where rows have no residuals, or the likelihood is not the sample's."""
    if why_no_likelihood:
        values = values | dict.fromkeys(_RESTING_ON_LIKELIHOODS, math.nan)
    return pd.Series(
        [values.get(name, math.nan) for name in ORDER], index=pd.Index(ORDER, dtype=object), name="pseudo_r2"
    )


_RESTING_ON_LIKELIHOODS = (
    "mcfadden",
    "mcfadden_adjusted",
    "mcfadden_adjusted_slopes",
    "cox_snell",
    "nagelkerke",
    "aldrich_nelson",
    "veall_zimmermann",
    "estrella",
    "rms",
)
ORDER = (*_RESTING_ON_LIKELIHOODS[:5], "tjur", "efron", "mckelvey_zavoina", *_RESTING_ON_LIKELIHOODS[5:])


def of_likelihoods(llf: float, gain: float, n: float, rank: float, slopes: float) -> dict[str, float]:
    """Measures of the log-likelihood of n trials and what it is above that of a constant."""
    null, lr = llf - gain, 2.0 * gain
    if not null < 0:
        return dict.fromkeys(_RESTING_ON_LIKELIHOODS, math.nan)
    cox_snell, aldrich_nelson = -math.expm1(-lr / n), lr / (lr + n)
    return {
        "mcfadden": gain / -null,
        "mcfadden_adjusted": 1.0 - (llf - rank) / null,
        "mcfadden_adjusted_slopes": 1.0 - (llf - slopes) / null,
        "cox_snell": cox_snell,
        "nagelkerke": cox_snell / -math.expm1(2.0 * null / n),
        "aldrich_nelson": aldrich_nelson,
        "veall_zimmermann": aldrich_nelson * (n - 2.0 * null) / (-2.0 * null),
        "estrella": 1.0 - (llf / null) ** (-2.0 * null / n),
        "rms": -math.expm1(-max(0.0, lr - slopes) / n),
    }


class TrialSums(NamedTuple):
    """Sums over weighted trials: events, others, their probabilities, squared residuals, and of η about its mean."""

    events: float
    nonevents: float
    events_p: float
    nonevents_p: float
    squares: float
    spread: float

    @property
    def total(self) -> float:
        """Weighted number of trials."""
        return self.events + self.nonevents


def trial_sums(fit: Estimate) -> TrialSums:
    """Sums over the trials of a fit."""
    if fit.saved is not None and fit.saved.row_sums:
        return TrialSums(*fit.saved.row_sums)
    parts, predictors = [], []
    for part in fit.contributions:
        p, q = kernels.tails(part.eta)
        a, b = part.block.events, part.block.nonevents
        parts.append([a.sum(), b.sum(), a @ p, b @ p, a @ (q * q) + b @ (p * p)])
        predictors.append((part.eta, a + b))
    events, nonevents, events_p, nonevents_p, squares = (math.fsum(column) for column in zip(*parts, strict=True))
    return TrialSums(events, nonevents, events_p, nonevents_p, squares, _spread(predictors, events + nonevents))


def _spread(predictors: Sequence[tuple[Array, Array]], total: float) -> float:
    """Sum of squares of η about its mean over blocks (η, counts) of rows; inf where one is infinite."""
    if any((np.abs(eta) >= INFINITE_ETA / 2).any() for eta, _ in predictors):
        return math.inf
    mean = math.fsum(counts @ eta for eta, counts in predictors) / total
    return math.fsum(counts @ (eta - mean) ** 2 for eta, counts in predictors)


def _of_predictors(spread: float, noise: float) -> float:
    """Share of the variance of a latent outcome; 1 where predictors are infinite."""
    return spread / (spread + noise) if math.isfinite(spread) else 1.0


def _ratio(a: float, b: float) -> float:
    return a / b if b else math.nan
