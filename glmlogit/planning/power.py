"""Power of the test of one odds ratio, or the people it needs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import special

from glmlogit.documents import formatting
from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Summary
from glmlogit.documents.style import marked
from glmlogit.errors import DataError
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_choice, check_share
from glmlogit.messages.words import Number, sentence
from glmlogit.planning.expectations import Predictor, discrete, normal, slope_variance, uniform

Array = npt.NDArray[np.float64]
Method = Literal["demidenko", "hsieh"]
Distribution = Literal["normal", "binary", "uniform"]


@dataclass(frozen=True, repr=False)
class Power(Paged):
    """Power of a study for one odds ratio; returned by :func:`power`.

    Attributes
    ----------
    n : int
        People, rounded up where they were asked for.
    n_exact : float
        The same before rounding.
    power : float
        Probability that the test rejects an odds ratio of 1, with ``n`` people.
    events : float
        Events expected among them.
    odds_ratio, baseline, alpha : float
        As given.
    method : str
    notes : tuple of Note
    """

    n: int
    n_exact: float
    power: float
    events: float
    odds_ratio: float
    baseline: float
    alpha: float
    method: str
    notes: tuple[Note, ...]

    @property
    def _page(self) -> Summary:
        header = (
            ("Odds ratio", sentence("{ratio} for one unit of the predictor", ratio=self.odds_ratio)),
            ("Risk at 0", marked(f"{self.baseline:g}")),
            ("Test", sentence("two-sided, at {alpha} ({method})", alpha=self.alpha, method=self.method)),
        )
        footer = (
            ("People", formatting.count(self.n)),
            ("Events expected", marked(f"{self.events:.1f}")),
            ("Power", marked(f"{self.power:.4f}")),
        )
        title = sentence("Power for an odds ratio")
        return Summary(title, header, (), footer, tuple(note.text for note in self.notes))


def power(
    odds_ratio: float,
    baseline: float,
    *,
    n: int | None = None,
    power: float | None = None,
    predictor: Distribution | npt.ArrayLike = "normal",
    share: float = 0.5,
    covariates_r2: float = 0.0,
    alpha: float = 0.05,
    method: Method = "demidenko",
) -> Power:
    """Power of the test of one odds ratio with n people, or the people for a power.

    Parameters
    ----------
    odds_ratio : float
        Of one unit of the predictor.
    baseline : float
        Probability of the event where the predictor is 0: at its mean if normal, in the unexposed if binary.
    n, power : int, float
        One of the two; the other is worked out.
    predictor : {"normal", "binary", "uniform"} or array
        Normal with mean 0 and standard deviation 1; 0 or 1; between 0 and 1; or values (k,) from a pilot study.
    share : float
        Share of a binary predictor that is 1.
    covariates_r2 : float
        Share of the predictor's variance that other variables in the model explain.
    alpha : float
        Size of the two-sided test.
    method : {"demidenko", "hsieh"}
        Wald's test with the variance under the alternative; or an approximation, for normal and binary predictors.

    Returns
    -------
    Power
        ``n n_exact power events``; it prints.

    Raises
    ------
    DataError
        For values out of range, both or none of ``n`` and ``power``, an odds ratio of 1 with ``power``.

    Notes
    -----
    Demidenko (2007): Φ(−z ± β√(n/V)), V from the expected information of both coefficients, by integration. Hsieh,
    Bloch & Larsen (1998): (z₁ + z₂)²/(p(1 − p)β²), and for binary predictors their equation 2; too few people where
    odds ratios are large. Other variables: n/(1 − R²). *Matches* R's ``WebPower::wp.logistic`` and, by
    ``method="hsieh"``, ``powerMediation::SSizeLogisticCon`` and ``SSizeLogisticBin``.

    Examples
    --------
    >>> gl.power(1.5, 0.2, power=0.8).n
    315
    >>> round(gl.power(2.0, 0.1, n=400, predictor="binary", share=0.3).power, 3)
    0.611
    """
    check_choice("method", method, ("demidenko", "hsieh"))
    if not _number(odds_ratio) or not 0.0 < odds_ratio < math.inf:
        raise DataError(f"odds_ratio={odds_ratio!r} is no odds ratio; give a positive number, such as 1.5")
    for name, value in {"baseline": baseline, "share": share, "alpha": alpha}.items():
        check_share(name, value)
    if not _number(covariates_r2) or not 0.0 <= covariates_r2 < 1.0:
        raise DataError(f"covariates_r2={covariates_r2!r}; give a share of the variance, 0 or more and below 1")
    if (n is None) == (power is None):
        raise DataError("give n= to learn the power, or power= to learn n: one of the two")
    start, slope = float(special.logit(baseline)), math.log(odds_ratio)
    x = _predictor(predictor, share)
    test = _demidenko if method == "demidenko" else _hsieh(predictor)
    of_people = test(x, start, slope, alpha)
    if n is not None:
        if not _number(n) or not 1 <= n < math.inf:
            raise DataError(f"n={n!r}; give a number of people, 1 or more")
        exact = float(n)
    else:
        check_share("power", power)
        assert power is not None
        exact = _people(of_people, power, slope, alpha) / (1.0 - covariates_r2)
    people = exact if n is not None else math.ceil(exact)
    points, weights = x.rule(slope)
    rate = float(weights @ special.expit(start + slope * points))
    return Power(
        math.ceil(people),
        exact,
        of_people(people * (1.0 - covariates_r2)),
        people * rate,
        float(odds_ratio),
        float(baseline),
        float(alpha),
        "Demidenko" if method == "demidenko" else "Hsieh",
        _notes(people * min(rate, 1.0 - rate)),
    )


OfPeople = Callable[[float], float]


def _demidenko(x: Predictor, start: float, slope: float, alpha: float) -> OfPeople:
    """Power of Wald's test as a function of n, both tails (Demidenko 2007)."""
    z = float(-special.ndtri(alpha / 2.0))
    unit = slope / math.sqrt(slope_variance(x, start, slope))

    def power(n: float) -> float:
        shift = math.sqrt(n) * unit
        return float(special.ndtr(shift - z) + special.ndtr(-shift - z))

    return power


def _hsieh(predictor: Any) -> Callable[[Predictor, float, float, float], OfPeople]:
    """The approximation for a kind of predictor."""
    by_kind = {"normal": _hsieh_normal, "binary": _hsieh_binary}
    if not isinstance(predictor, str) or predictor not in by_kind:
        raise DataError(
            "Hsieh's approximation is for normal and binary predictors; method='demidenko' takes any distribution"
        )
    return by_kind[predictor]


def _hsieh_normal(x: Predictor, start: float, slope: float, alpha: float) -> OfPeople:
    """Of a test at the mean, one tail (Hsieh, Bloch & Larsen 1998, eq. 1)."""
    z = float(-special.ndtri(alpha / 2.0))
    unit = abs(slope) * math.sqrt(float(special.expit(start) * special.expit(-start)))
    return lambda n: float(special.ndtr(math.sqrt(n) * unit - z))


def _hsieh_binary(x: Predictor, start: float, slope: float, alpha: float) -> OfPeople:
    """Of a comparison of two risks, one tail (Hsieh, Bloch & Larsen 1998, eq. 2)."""
    _, weights = x.rule(slope)
    b = float(weights[1])
    p1, p2 = float(special.expit(start)), float(special.expit(start + slope))
    mean = (1.0 - b) * p1 + b * p2
    under_null = math.sqrt(mean * (1.0 - mean) / b)
    under_slope = math.sqrt(p1 * (1.0 - p1) + p2 * (1.0 - p2) * (1.0 - b) / b)
    z = float(-special.ndtri(alpha / 2.0))

    def power(n: float) -> float:
        return float(special.ndtr((math.sqrt(n * (1.0 - b)) * abs(p2 - p1) - z * under_null) / under_slope))

    return power


def _people(of_people: OfPeople, target: float, slope: float, alpha: float) -> float:
    """The n at which a power is reached."""
    from scipy.optimize import brentq

    if slope == 0:
        raise DataError("an odds ratio of 1 is found by no number of people; give the smallest one that matters")
    if target <= alpha:
        raise DataError(f"power={target:g} is no more than the size of the test, {alpha:g}; give a power such as 0.8")
    high = 1.0
    while of_people(high) < target:
        high *= 4.0
        if high > 1e15:
            raise DataError("more than 1e15 people would be needed; is the odds ratio one of the unit meant?")
    low = 0.0 if high == 1.0 else high / 4.0
    return float(brentq(lambda n: of_people(n) - target, low, high, xtol=1e-12 * high, rtol=4e-15))


def _predictor(predictor: Any, share: float) -> Predictor:
    """The distribution of the predictor."""
    if not isinstance(predictor, str):
        return discrete(*_counted(predictor))
    check_choice("predictor", predictor, ("normal", "binary", "uniform"))
    if predictor == "binary":
        return discrete(np.array([0.0, 1.0]), np.array([1.0 - share, share]))
    return normal() if predictor == "normal" else uniform(0.0, 1.0)


def _counted(values: npt.ArrayLike) -> tuple[Array, Array]:
    """Distinct values and how often each occurs."""
    try:
        x = np.asarray(values, dtype=np.float64).ravel()
    except (TypeError, ValueError):
        x = np.array([np.nan])
    if not len(x) or not np.isfinite(x).all() or x.min() == x.max():
        raise DataError("predictor= as an array holds values of a pilot study: finite numbers, not all the same")
    points, counts = np.unique(x, return_counts=True)
    return points, counts.astype(np.float64)


def _number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


# Of the rarer outcome; below it Wald statistics are not near normal, whichever n a formula gives.
_FEW = 20.0


def _notes(rarer: float) -> tuple[Note, ...]:
    text = (
        "{n} of the rarer outcome are expected: so few that Wald's test is not near its nominal size, and these "
        "numbers are rough."
    )
    return (Note("few_events", sentence(text, n=Number(f"{rarer:.1f}"))),) if rarer < _FEW else ()
