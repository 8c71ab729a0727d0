"""How many people a prediction model needs for little overfitting and a precise overall risk."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from glmlogit.documents import formatting
from glmlogit.documents.from_frame import table_from_frame
from glmlogit.documents.naming import said
from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Summary
from glmlogit.documents.style import marked
from glmlogit.errors import DataError
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_share
from glmlogit.messages.words import Number, sentence
from glmlogit.numerics.tails import normal_quantile
from glmlogit.planning.expectations import cox_snell_of_auc


@dataclass(frozen=True, repr=False)
class SampleSize(Paged):
    """Size of a study that develops a prediction model; returned by :func:`sample_size`.

    Attributes
    ----------
    n, events : int, float
        People that all criteria ask for, and the events expected among them.
    events_per_parameter : float
        The same for each coefficient that is tried.
    shrinkage : float
        Factor by which coefficients of such a study are too large, on average.
    cox_snell, max_cox_snell : float
        Anticipated R² of Cox and Snell, and its largest possible value at that prevalence.
    table : DataFrame, by criterion
        ``n shrinkage``: size, rounded up, and the shrinkage that is expected where a criterion has one.
    notes : tuple of Note
    parameters, prevalence : int, float
        As given.
    criteria : tuple of str
        The criteria in words.
    """

    n: int
    events: float
    events_per_parameter: float
    shrinkage: float
    cox_snell: float
    max_cox_snell: float
    table: pd.DataFrame
    notes: tuple[Note, ...]
    parameters: int
    prevalence: float
    criteria: tuple[str, ...] = field(repr=False, default=())

    @property
    def _page(self) -> Summary:
        most = _number(self.max_cox_snell, 4)
        header = (
            ("Coefficients tried", formatting.count(self.parameters)),
            ("Prevalence", marked(f"{self.prevalence:g}")),
            ("R² (Cox-Snell)", sentence("{r2} of at most {most}", r2=_number(self.cox_snell, 4), most=most)),
        )
        expected, each = _number(self.events, 1), _number(self.events_per_parameter, 1)
        footer = (
            ("People needed", formatting.count(self.n)),
            ("Events expected", sentence("{events}, {each} for each coefficient", events=expected, each=each)),
        )
        named = self.table.rename(index=dict(zip(self.table.index, map(said, self.criteria), strict=True)))
        table = table_from_frame(named, formats={"n": "count", "shrinkage": _shares}, words=("criterion",))
        notes = tuple(note.text for note in self.notes)
        return Summary(sentence("Size of a study for a prediction model"), header, (table,), footer, notes)


def sample_size(
    parameters: int,
    prevalence: float,
    *,
    cox_snell: float | None = None,
    nagelkerke: float | None = None,
    auc: float | None = None,
    shrinkage: float = 0.9,
    optimism: float = 0.05,
    margin: float = 0.05,
    mape: float | None = None,
) -> SampleSize:
    """Size of a study that develops a prediction model of a binary outcome.

    Parameters
    ----------
    parameters : int
        Coefficients that are tried (levels of factors, spline terms, interactions), not those that are kept.
    prevalence : float
        Anticipated share of events, between 0 and 1.
    cox_snell, nagelkerke, auc : float
        Anticipated performance, one of the three, best from a published model in like patients.
    shrinkage : float
        Coefficients shall be too large by no more: 0.9 is 10 %.
    optimism : float
        Difference of apparent and true R² of Nagelkerke that is accepted.
    margin : float
        Half the width of the 95 % interval of the overall risk.
    mape : float, optional
        Mean absolute error of probabilities that is accepted; by default no criterion.

    Returns
    -------
    SampleSize
        ``n events events_per_parameter shrinkage table``; it prints.

    Raises
    ------
    DataError
        For values out of range, none or several of the three measures, an R² above its maximum.

    Notes
    -----
    Riley and others (2019, 2020): P/((S − 1)·ln(1 − R²/S)) with S the shrinkage, and with R²/(R² + optimism·max R²);
    (z/margin)²·φ(1 − φ); the mean error by van Smeden and others (2019). An AUC is turned into R² for a predictor
    that is normal with equal variances in both groups, by integration. *Matches* R's and Stata's ``pmsampsize``.
    *Differs*: there R² from Nagelkerke's is rounded to 3 decimals, z to 1.96, R² from an AUC simulated.

    Examples
    --------
    >>> study = gl.sample_size(24, 0.174, cox_snell=0.288)
    >>> study.n, round(study.events, 1), round(study.events_per_parameter, 2)
    (662, 115.2, 4.8)
    """
    if isinstance(parameters, bool) or not isinstance(parameters, int) or parameters < 1:
        raise DataError(f"parameters={parameters!r}; give the whole number of coefficients that are tried, 1 or more")
    shares = {"prevalence": prevalence, "shrinkage": shrinkage, "optimism": optimism, "margin": margin}
    for name, value in (shares if mape is None else {**shares, "mape": mape}).items():
        check_share(name, value)
    largest = -math.expm1(2.0 * _entropy(prevalence))
    r2 = _anticipated(prevalence, largest, {"cox_snell": cox_snell, "nagelkerke": nagelkerke, "auc": auc})
    slopes = {
        sentence("coefficients {share} % too large at most", share=100.0 * (1.0 - shrinkage)): shrinkage,
        sentence("optimism of R² {optimism} at most", optimism=optimism): r2 / (r2 + optimism * largest),
    }
    sizes = {label: parameters / ((s - 1.0) * math.log1p(-r2 / s)) for label, s in slopes.items()}
    sizes[sentence("overall risk within {margin}", margin=margin)] = of_margin(prevalence, margin)
    if mape is not None:
        label = sentence("mean error of probabilities {mape} at most", mape=mape)
        sizes[label] = of_mape(prevalence, parameters, mape)
    table = pd.DataFrame(
        {"n": {label: math.ceil(n) for label, n in sizes.items()}, "shrinkage": pd.Series(slopes).reindex(list(sizes))}
    )
    table.index.name = "criterion"
    n = int(table["n"].max())
    return SampleSize(
        n,
        n * prevalence,
        n * prevalence / parameters,
        max(slopes.values()),
        r2,
        largest,
        table,
        _notes(n, prevalence, parameters),
        parameters,
        prevalence,
        tuple(sizes),
    )


def of_margin(prevalence: float, margin: float) -> float:
    """People for an interval of the overall risk of half that width."""
    return (normal_quantile(0.95) / margin) ** 2 * prevalence * (1.0 - prevalence)


# Van Smeden's simulations cover 4 to 30 coefficients of one kind each.
_MAPE = (-0.508, 0.259, 0.504, 0.544)


def of_mape(prevalence: float, parameters: int, mape: float) -> float:
    """People for a mean absolute error of probabilities (van Smeden and others 2019, as in Riley and others 2020)."""
    constant, of_prevalence, of_parameters, scale = _MAPE
    rare = min(prevalence, 1.0 - prevalence)
    logs = constant + of_prevalence * math.log(rare) + of_parameters * math.log(parameters) - math.log(mape)
    return math.exp(logs / scale)


def _entropy(p: float) -> float:
    """Mean log-likelihood of the null model."""
    return p * math.log(p) + (1.0 - p) * math.log1p(-p)


def _anticipated(prevalence: float, largest: float, measures: Mapping[str, float | None]) -> float:
    """The anticipated R² of Cox and Snell, from the one measure that is given."""
    anticipated = {name: value for name, value in measures.items() if value is not None}
    if len(anticipated) != 1:
        raise DataError(
            f"the anticipated performance is one number, and {len(anticipated)} were given; give one of cox_snell=, "
            f"nagelkerke= and auc=, best from a published model. Without any, nagelkerke=0.15 is a cautious choice"
        )
    name, value = next(iter(anticipated.items()))
    check_share(name, value)
    if name == "nagelkerke":
        return value * largest
    if name == "auc":
        if not value > 0.5:
            raise DataError(f"auc={value!r} is no better than chance; give an area above 0.5")
        return cox_snell_of_auc(value, prevalence)
    if value >= largest:
        raise DataError(
            f"cox_snell={value:g}, but at a prevalence of {prevalence:g} it is below {largest:.4f}; is it "
            f"Nagelkerke's? then nagelkerke={value:g}"
        )
    return value


def _notes(n: int, prevalence: float, parameters: int) -> tuple[Note, ...]:
    events = n * min(prevalence, 1.0 - prevalence) / parameters
    if events >= 10:
        return ()
    text = (
        "{events} of the rarer outcome for each coefficient: the rule of ten is none (van Smeden and others 2016), the "
        "criteria above take its place."
    )
    return (Note("events_per_parameter", sentence(text, events=_number(events, 1))),)


def _number(x: float, decimals: int) -> Number:
    return Number(f"{x:.{decimals}f}")


def _shares(values: Any) -> list[str]:
    return ["" if math.isnan(x) else marked(f"{x:.3f}") for x in map(float, values)]
