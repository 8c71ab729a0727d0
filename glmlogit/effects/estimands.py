"""What is made of standardised risks: differences, ratios, numbers needed to treat, attributable fractions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.effects.effects_table import columns_of
from glmlogit.effects.estimates import Estimates
from glmlogit.effects.scales import Scale
from glmlogit.inference.bootstrap import Resampling
from glmlogit.inference.multiplicity import Family
from glmlogit.messages.notes import Note
from glmlogit.numerics.row_functions import logit

Array = npt.NDArray[np.float64]
Estimand = Literal["risk_difference", "risk_ratio", "odds_ratio", "nnt", "attributable_fraction"]
ROLES = ("exposed", "reference", "observed", "removed")
"""Risks of a contrast: all exposed, all at the reference, as the data are, the exposed alone at the reference."""


class Measure(NamedTuple):
    """A function of two risks, by their places in ``ROLES``, on the scale where limits are symmetric."""

    of: tuple[int, int]
    value: Callable[[Array, Array], Array]
    gradient: Callable[[Array, Array], tuple[Array, Array]]
    scale: Scale


def _difference(a: Array, b: Array) -> Array:
    return a - b


def _sides(a: Array, b: Array) -> tuple[Array, Array]:
    return np.ones_like(a), -np.ones_like(b)


def _log_ratio(a: Array, b: Array) -> Array:
    return np.log(a / b)


def _inverses(a: Array, b: Array) -> tuple[Array, Array]:
    return 1 / a, -1 / b


MEASURES: Mapping[str, Measure] = {
    "risk_difference": Measure((0, 1), _difference, _sides, "identity"),
    "risk_ratio": Measure((0, 1), _log_ratio, _inverses, "log"),
    "odds_ratio": Measure(
        (0, 1), lambda a, b: logit(a) - logit(b), lambda a, b: (1 / (a * (1 - a)), -1 / (b * (1 - b))), "log"
    ),
    "nnt": Measure((0, 1), _difference, _sides, "reciprocal"),
    "attributable_fraction": Measure((3, 2), _log_ratio, _inverses, "complement"),
}


def measured(risks: Estimates, name: str, roles: int) -> Estimates:
    """An estimand of risks that come contrast by contrast, ``roles`` at a time."""
    measure, by_role = MEASURES[name], risks.values.reshape(-1, roles).T
    pair = by_role[list(measure.of)]
    with np.errstate(divide="ignore", invalid="ignore"):
        values, gradients = measure.value(*pair), measure.gradient(*pair)
    matrix, rows = np.zeros((len(values), risks.values.size)), np.arange(len(values))
    for place, gradient in zip(measure.of, gradients, strict=True):
        matrix[rows, roles * rows + place] = gradient
    return risks.through(values, matrix)


def replicated(drawn: Resampling, name: str, roles: int) -> Array:
    """An estimand of bootstrap replicates of the risks, (b, rows)."""
    measure = MEASURES[name]
    by_role = np.moveaxis(drawn.values.reshape(len(drawn.values), -1, roles), 2, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return measure.value(*by_role[list(measure.of)])


def columns(
    name: str, values: Array, cov: Array, level: float, family: Family, limits: tuple[Array, Array] | None
) -> pd.DataFrame:
    """The columns of one estimand; ``limits`` on its scale in place of those by its standard errors."""
    scale = MEASURES[name].scale
    if scale == "reciprocal":
        return _number_needed(columns_of(values, cov, level, reference=family.reference, family=family), limits)
    table = columns_of(values, cov, level, scale, reference=family.reference, family=family)
    if limits is not None:
        low, high = limits
        shown = {"identity": (low, high), "log": (np.exp(low), np.exp(high))}
        table["conf_low"], table["conf_high"] = shown.get(scale, (-np.expm1(high), -np.expm1(low)))
    return table


def _number_needed(differences: pd.DataFrame, limits: tuple[Array, Array] | None) -> pd.DataFrame:
    """From the risk difference to its reciprocal, with Altman's notation of the interval."""
    low, high = (differences["conf_low"].to_numpy(), differences["conf_high"].to_numpy()) if limits is None else limits
    with np.errstate(divide="ignore"):
        number, first, last = 1.0 / differences["estimate"].to_numpy(), 1.0 / high, 1.0 / low
    text = [_altman(*row) for row in zip(low, high, first, last, strict=True)]
    return differences.assign(estimate=number, std_error=np.nan, conf_low=first, conf_high=last, interval=text)


def _altman(low: float, high: float, first: float, last: float) -> str:
    """The interval in words: harm is one more event in so many, benefit one fewer."""

    def named(x: float) -> str:
        return f"{'more' if x > 0 else 'fewer'} events 1 in {abs(x):.1f}"

    if np.isnan(low) or np.isnan(high):
        return ""
    if low < 0 < high:
        return f"{named(first)} to ∞ to {named(last)}"
    near, far = sorted((first, last), key=abs)
    return f"{named(near)} to {abs(far):.1f}"


# --- words ----------------------------------------------------------------------------------------

_NNT = Note(
    "nnt",
    "Numbers needed to treat are 1/RD: positive where exposure adds events (one more in so many), negative where it "
    "prevents them. Where the limits of RD include 0 the interval runs through infinity (Altman 1998), from conf_low "
    "to inf and from -inf to conf_high. No standard error is given for 1/RD; statistic and p_value are those of RD.",
)
_FRACTION = Note(
    "attributable_fraction",
    "An attributable fraction is 1 − risk_reference/risk_observed: the mean predicted risk with those who have the "
    "exposed value of the contrast set to its reference, over that with everybody as they are. It is the share of "
    "events that would be missing then, if the model leaves no confounding.",
)
UNTESTED = "a number needed to treat is 1/RD and has no standard error; test the risk difference"


def conventions(variable: str, names: Sequence[str]) -> list[Note]:
    """What the reader must know of the estimands asked for."""
    notes = [_NNT] if "nnt" in names else []
    if "odds_ratio" in names:
        text = (
            f"The odds ratio of {variable} here is marginal, of standardised risks. The model's own, conditional on "
            f"the other covariates, is another quantity, mostly further from 1 even without confounding "
            f"(non-collapsibility): report which one it is."
        )
        notes.append(Note("non_collapsible", text))
    return notes + ([_FRACTION] if "attributable_fraction" in names else [])
