"""What is made of standardised risks: differences, ratios, numbers needed to treat, attributable fractions.

An estimand is a value of :class:`Measure` in :data:`MEASURES`; all that is particular to it stands there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.columns.columns import Variable
from glmlogit.effects.compared import ROLES, Contrast, Role
from glmlogit.effects.effects_table import columns_of
from glmlogit.effects.estimates import Estimates
from glmlogit.effects.scales import MEANINGS, Scale
from glmlogit.errors import DataError
from glmlogit.inference.bootstrap import Resampling
from glmlogit.inference.multiplicity import Family
from glmlogit.messages.notes import Note
from glmlogit.messages.words import Name, sentence, written
from glmlogit.numerics.row_functions import log_odds
from glmlogit.prediction.population import Population

Array = npt.NDArray[np.float64]
Limits = tuple[Array, Array]
Estimand = Literal["risk_difference", "risk_ratio", "odds_ratio", "nnt", "attributable_fraction"]


class Measure(NamedTuple):
    """A function of two risks of a contrast, with all that tables and pages say of it.

    Attributes
    ----------
    of : pair of Role
        The risks it is made of.
    value, gradient
        Of these risks (k,) and (k,): the values (k,) on ``scale``, and their derivatives by the two.
    scale
        Where limits are symmetric and tests are made.
    refuse
        Raises where it makes no sense: takes the exposure, the rows, the contrast and ``population=``.
    present
        Its columns, from those of ``value`` as it is and the limits of a bootstrap; by ``scale`` where it is None.
    untested
        Why it has no standard error and no test; empty where it has.
    reading, meaning
        What the reader must know: how its numbers are read; which quantity it is, given the name of the exposure.
    everyday
        Shown by ``glmlogit effects --compare``.
    """

    of: tuple[Role, Role]
    value: Callable[[Array, Array], Array]
    gradient: Callable[[Array, Array], Limits]
    scale: Scale
    refuse: Callable[[Variable, Population, Contrast, Any], None] | None = None
    present: Callable[[pd.DataFrame, Limits | None], pd.DataFrame] | None = None
    untested: str = ""
    reading: Note | None = None
    meaning: Callable[[str], Note] | None = None
    everyday: bool = True

    def of_risks(self, risks: Estimates, roles: int) -> Estimates:
        """The estimand of risks that come contrast by contrast, ``roles`` at a time."""
        places, by_role = self.places, risks.values.reshape(-1, roles).T
        pair = by_role[list(places)]
        with np.errstate(divide="ignore", invalid="ignore"):
            values, gradients = self.value(*pair), self.gradient(*pair)
        matrix, rows = np.zeros((len(values), risks.values.size)), np.arange(len(values))
        for place, gradient in zip(places, gradients, strict=True):
            matrix[rows, roles * rows + place] = gradient
        return risks.transform(values, matrix)

    def of_replicates(self, drawn: Resampling, roles: int) -> Array:
        """The estimand of bootstrap replicates of the risks, (b, rows)."""
        by_role = np.moveaxis(drawn.values.reshape(len(drawn.values), -1, roles), 2, 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.value(*by_role[list(self.places)])

    @property
    def places(self) -> tuple[int, int]:
        """Where its risks stand in ``ROLES``."""
        return ROLES.index(self.of[0]), ROLES.index(self.of[1])

    def columns(self, values: Array, cov: Array, level: float, family: Family, limits: Limits | None) -> pd.DataFrame:
        """Its columns; ``limits`` on its scale in place of those by its standard errors."""
        scale: Scale = "identity" if self.present else self.scale
        columns = columns_of(values, cov, level, scale, reference=family.reference, family=family)
        if self.present:
            return self.present(columns, limits)
        if limits is not None:
            columns["conf_low"], columns["conf_high"] = MEANINGS[scale].limits(*limits)
        return columns


def roles_of(measures: Sequence[Measure]) -> int:
    """How many of ``ROLES``, from the first, the measures are made of; two at least."""
    return max(2, *(1 + max(measure.places) for measure in measures))


def conventions(variable: str, measures: Sequence[Measure]) -> list[Note]:
    """What the reader must know of the estimands asked for, in the order of :data:`MEASURES`."""
    wanted = [measure for measure in MEASURES.values() if measure in measures]
    readings = [measure.reading for measure in wanted if measure.reading]
    return readings + [measure.meaning(variable) for measure in wanted if measure.meaning]


# --- differences and ratios -----------------------------------------------------------------------


def _difference(a: Array, b: Array) -> Array:
    return a - b


def _sides(a: Array, b: Array) -> Limits:
    return np.ones_like(a), -np.ones_like(b)


def _log_ratio(a: Array, b: Array) -> Array:
    return np.log(a / b)


def _inverses(a: Array, b: Array) -> Limits:
    return 1 / a, -1 / b


def _log_odds_ratio(a: Array, b: Array) -> Array:
    return log_odds(a) - log_odds(b)


def _inverse_variances(a: Array, b: Array) -> Limits:
    return 1 / (a * (1 - a)), -1 / (b * (1 - b))


def _marginal(variable: str) -> Note:
    return Note("non_collapsible", sentence(_MARGINAL, name=Name(variable)))


_MARGINAL = (
    "The odds ratio of {name} here is marginal, of standardised risks. The model's own, conditional on the other "
    "covariates, is another quantity, mostly further from 1 even without confounding (non-collapsibility): report "
    "which one it is."
)


# --- numbers needed to treat ----------------------------------------------------------------------


def _number_needed(difference: pd.DataFrame, limits: Limits | None) -> pd.DataFrame:
    """From the risk difference to its reciprocal, with Altman's notation of the interval."""
    low, high = (difference["conf_low"].to_numpy(), difference["conf_high"].to_numpy()) if limits is None else limits
    with np.errstate(divide="ignore"):
        number, first, last = 1.0 / difference["estimate"].to_numpy(), 1.0 / high, 1.0 / low
    text = [_altman(*row) for row in zip(low, high, first, last, strict=True)]
    return difference.assign(estimate=number, std_error=np.nan, conf_low=first, conf_high=last, interval=text)


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


_NNT = Note(
    "nnt",
    "Numbers needed to treat are 1/RD: positive where exposure adds events (one more in so many), negative where it "
    "prevents them. Where the limits of RD include 0 the interval runs through infinity (Altman 1998), from conf_low "
    "to inf and from -inf to conf_high. No standard error is given for 1/RD; statistic and p_value are those of RD.",
)


# --- attributable fractions -----------------------------------------------------------------------


def _refuse_no_change(variable: Variable, rows: Population, contrast: Contrast, population: Any) -> None:
    """Refuse attributable fractions that are 0 by construction: of a step, among the unexposed, of nobody."""
    name = variable.name
    why = ""
    if contrast.values is None:
        why = f"a step from everybody's own {name} has no unexposed state"
    elif isinstance(population, str) and population == "unexposed":
        why = "among the unexposed nobody would change"
    elif not (rows.weights[(rows.column(name) == contrast.values[0]).to_numpy(dtype=bool)] > 0).any():
        why = f"no row has {name} = {written(contrast.values[0])}, so nobody would change"
    if why:
        raise DataError(
            f"the attributable fraction is 0 whatever the data, because {why}; give the exposed value and the "
            f"reference as they occur, contrast=(exposed, reference), or make the exposure a column of 0 and 1"
        )


def _share(_: str) -> Note:
    return Note(
        "attributable_fraction",
        "An attributable fraction is 1 − risk_reference/risk_observed: the mean predicted risk with those who have the "
        "exposed value of the contrast set to its reference, over that with everybody as they are. It is the share of "
        "events that would be missing then, if the model leaves no confounding.",
    )


MEASURES: dict[str, Measure] = {
    "risk_difference": Measure(("exposed", "reference"), _difference, _sides, "identity"),
    "risk_ratio": Measure(("exposed", "reference"), _log_ratio, _inverses, "log"),
    "odds_ratio": Measure(("exposed", "reference"), _log_odds_ratio, _inverse_variances, "log", meaning=_marginal),
    "nnt": Measure(
        ("exposed", "reference"),
        _difference,
        _sides,
        "reciprocal",
        present=_number_needed,
        untested="a number needed to treat is 1/RD and has no standard error; test the risk difference",
        reading=_NNT,
    ),
    "attributable_fraction": Measure(
        ("removed", "observed"),
        _log_ratio,
        _inverses,
        "complement",
        refuse=_refuse_no_change,
        meaning=_share,
        everyday=False,
    ),
}
