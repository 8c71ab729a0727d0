"""Which threshold is best, by a criterion, from rows in the order of their scores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from glmlogit.evaluation.ranking import Ranking

Array = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]

# Values of a criterion that differ by less are those of equally good thresholds.
AS_GOOD = 1e-12


@dataclass(frozen=True)
class Criterion:
    """A criterion: its value at each threshold (k + 1,) from true and false positives, and how the best is told.

    ``largest`` of the values, or the ``smallest``; or of thresholds that reach a target the largest (of sensitivities,
    thresholds from above) or the smallest.
    """

    name: str
    value: Callable[[Array, Array], Array]
    kind: str = "largest"
    target: float = np.nan

    def best(self, ranking: Ranking) -> Positions:
        """Positions of the best thresholds, 0 for none positive, from the lowest threshold."""
        values = self.values(ranking)
        if np.isnan(values).all():
            return np.empty(0, dtype=np.intp)
        if self.kind == "first":
            return np.flatnonzero(values >= self.target - AS_GOOD)[:1]
        if self.kind == "last":
            return np.flatnonzero(values >= self.target - AS_GOOD)[-1:]
        signed = values if self.kind == "largest" else -values
        return np.flatnonzero(signed >= np.nanmax(signed) - AS_GOOD)[::-1]

    def values(self, ranking: Ranking) -> Array:
        """The criterion at each threshold (k + 1,), from above all scores down."""
        with np.errstate(divide="ignore", invalid="ignore"):  # 0/0 is NaN
            return self.value(*ranking.cumulated)


def youden(true: Array, false: Array) -> Array:
    """Sensitivity + specificity − 1 (Youden 1950)."""
    return np.asarray(true / true[-1] - false / false[-1])


def closest(true: Array, false: Array) -> Array:
    """Squared distance of the ROC curve from its corner."""
    return np.asarray((1.0 - true / true[-1]) ** 2 + (false / false[-1]) ** 2)


def f1(true: Array, false: Array) -> Array:
    """``2TP/(2TP + FP + FN)``."""
    return np.asarray(2.0 * true / (true + false + true[-1]))


def cost(fn: float, fp: float, prevalence: float | None = None) -> Callable[[Array, Array], Array]:
    """Mean cost of a row, ``(c_FN·FN + c_FP·FP)/n``; at a prevalence π ``c_FN·π·(1 − se) + c_FP·(1 − π)·(1 − sp)``."""
    if prevalence is None:
        return lambda true, false: (fn * (true[-1] - true) + fp * false) / (true[-1] + false[-1])
    missed, alarm = fn * prevalence, fp * (1.0 - prevalence)
    return lambda true, false: missed * (1.0 - true / true[-1]) + alarm * (false / false[-1])


def sensitivity(true: Array, false: Array) -> Array:
    """Share of events called positive."""
    return np.asarray(true / true[-1])


def specificity(true: Array, false: Array) -> Array:
    """Share of others called negative."""
    return np.asarray(1.0 - false / false[-1])


def criterion_of(name: str, costs: tuple[float, float], target: float, prevalence: float | None) -> Criterion:
    """A criterion by name; costs are at a prevalence, or at that of the rows."""
    return {
        "youden": Criterion("youden", youden),
        "closest": Criterion("closest", closest, "smallest"),
        "f1": Criterion("f1", f1),
        "cost": Criterion("cost", cost(*costs, prevalence), "smallest"),
        "sensitivity": Criterion("sensitivity", sensitivity, "first", target),
        "specificity": Criterion("specificity", specificity, "last", target),
    }[name]
