"""A maximum over all coefficients: their states, the evaluation there, aliases, recession, refined digits."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from glmlogit.fitting.control import Status
from glmlogit.fitting.newton import Step
from glmlogit.likelihood.combinators import Adjusted, Fixed
from glmlogit.likelihood.objective import Adjustment, Evaluation, Likelihood, Objective
from glmlogit.numerics.doubledouble import DD
from glmlogit.numerics.lazy import cached_property
from glmlogit.numerics.linalg import Alias, lengths
from glmlogit.separability.recession import Recession
from glmlogit.separability.states import CoefficientState

Array = npt.NDArray[np.float64]
Columns = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Maximum:
    """A maximum over all coefficients of a likelihood.

    ``estimated`` are the coefficients of the solved system, ``at`` its evaluation. The others are held at
    zero: ``aliases`` always, and under separation as many as directions run to infinity.
    """

    beta: Array
    at: Evaluation
    status: Status
    trace: tuple[Step, ...] = field(repr=False)
    estimated: Columns
    aliases: tuple[Alias, ...]
    likelihood: Likelihood = field(repr=False)
    cone: Recession | None = None  # over the coefficients that are not aliased; None where overlap is proved
    root: Array | None = field(repr=False, default=None)  # refined inverse root of the information, if refined
    low: Array | None = field(repr=False, default=None)  # what rounding took from a refined beta
    zeros: Columns | None = None  # coefficients that a penalty holds at exactly 0
    certified: float | None = None  # digits certified by the refinement
    dimension: int | None = None  # directions open to what is not 0, where coefficients are more: none is a base

    @property
    def value(self) -> float:
        """What is maximised there: the log-likelihood kernel (plus penalty), its supremum under separation."""
        return self.at.value

    @property
    def pair(self) -> DD:
        """Coefficients (p,) in double-double, the low part 0 where nothing was refined."""
        return DD(self.beta, np.zeros(len(self.beta)) if self.low is None else self.low)

    @property
    def separated(self) -> bool:
        """Whether some direction of recession exists."""
        return self.cone is not None and self.cone.kind != "none"

    @cached_property
    def limiting(self) -> Likelihood:
        """The likelihood that the solution fits: under separation that of the limiting model."""
        cone = self.cone
        return self.likelihood if cone is None or cone.kind == "none" else self.likelihood.limiting(cone.separated)

    @property
    def reached(self) -> bool:
        """Whether the iteration ended at the maximum of the likelihood or, under separation, of the limiting model."""
        return self.status in (Status.CONVERGED, Status.SEPARATED)

    @property
    def rank(self) -> int:
        """Number of coefficients that are not aliased or held at 0 by a penalty, infinite ones included.

        Where none of several levels is a base, those of a column count as one less at most: a shift changes nothing.
        """
        if self.dimension is not None:
            return self.dimension
        return len(self.beta) - len(self.aliases) - (0 if self.zeros is None else len(self.zeros))

    @property
    def all_finite(self) -> bool:
        """Whether all are estimated, nothing is aliased and no recession cone was looked for."""
        return self.cone is None and not self.aliases and self.zeros is None

    @cached_property
    def states(self) -> tuple[CoefficientState, ...]:
        """Where each coefficient is."""
        states = [CoefficientState.FINITE] * len(self.beta)
        for alias in self.aliases:
            states[alias.column] = CoefficientState.ALIASED
        if self.cone is not None:
            for j, state in zip(free_columns(len(self.beta), self.aliases), self.cone.states, strict=True):
                states[j] = state
        return tuple(states)

    @property
    def coefficients(self) -> Array:
        """The estimate: ±inf where separated, NaN where aliased or not determined."""
        if self.all_finite:
            return self.beta.copy()
        return np.array([state.reported(b) for b, state in zip(self.beta.tolist(), self.states, strict=True)])


def carried_along(maximum: Maximum, held: list[int], values: list[float]) -> Array:
    """Start for a profile: the other estimated coefficients when those at places ``held`` are set to ``values``.

    To first order, ``β_r + C_rh C_hh⁻¹(v − β_h)`` with C the inverse information: the tangent of the profile. Places
    count among the estimated coefficients.
    """
    beta, factor = maximum.beta[maximum.estimated], maximum.at.info.factor
    rest = np.delete(np.arange(len(beta)), held)
    if factor is None:
        return beta[rest]
    root = factor.inverse_root
    size = lengths(root[held])  # units may differ by more than squares can hold
    with np.errstate(
        over="ignore", divide="ignore", under="ignore", invalid="ignore"
    ):  # then the tangent is not followed
        unit = root[held] / size[:, None]
        along, *_ = np.linalg.lstsq(unit @ unit.T, (np.array(values) - beta[held]) / size, rcond=None)
        moved = beta[rest] + root[rest] @ (unit.T @ along)
    return np.where(np.isfinite(moved), moved, beta[rest])


def free_columns(size: int, aliases: tuple[Alias, ...]) -> Columns:
    """Coefficients that are not aliased."""
    if not aliases:
        return np.arange(size)
    return np.setdiff1d(np.arange(size), np.array([alias.column for alias in aliases], dtype=np.intp))


def without_aliases(objective: Objective, aliases: tuple[Alias, ...]) -> Objective:
    """The objective as a function of the other coefficients, those of aliased columns held at zero."""
    held = tuple(alias.column for alias in aliases)
    return Fixed(objective, held, (0.0,) * len(held)) if held else objective


def objective_of(likelihood: Likelihood, aliases: tuple[Alias, ...], adjustment: Adjustment | None = None) -> Objective:
    """The function maximised: the likelihood without aliased coefficients, with an adjustment of the others."""
    objective = without_aliases(likelihood, aliases)
    if adjustment is None:
        return objective
    return Adjusted(objective, adjustment.keep(free_columns(likelihood.size, aliases)))
