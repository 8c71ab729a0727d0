"""Weighted averages over rows of functions of the fitted probabilities, with their gradients by the coefficients.

A target gives, for every row of a block, a value h and its gradient as a sum of terms ``v·M`` (a number a row times a
row of columns). Both are summed by group, block by block, so that no n × p × k array is ever held.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from glmlogit.columns.columns import ColumnSubset, Settings
from glmlogit.effects.at import Scenarios
from glmlogit.effects.estimates import (
    Estimates,
    RowFunction,
    RowValues,
    ScenarioBlock,
    Target,
    concatenated,
    require_room,
)
from glmlogit.errors import NotEstimableError
from glmlogit.estimate.combinations import breaks_alias
from glmlogit.likelihood.response import Arrays, Of, level_of
from glmlogit.messages.notes import Note
from glmlogit.numerics.arrays import widened
from glmlogit.prediction.predictors import places
from glmlogit.prediction.scenarios import Gradient, Scenario, gradient_of

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


Index = npt.NDArray[np.intp]
Array = npt.NDArray[np.float64]
Kind = Literal["dydx", "eyex", "eydx", "dyex"]


def risk(settings: Callable[[Scenario], Settings] | None = None, level: int | None = None) -> RowFunction:
    """The probability of rows, under settings; of an outcome's ``level``, that of the event where there are two."""

    def look(fit: Estimate, view: ScenarioBlock) -> RowValues:
        place, here = view.under(fit, {} if settings is None else settings(view.place))
        k = level_of(fit.response, level)
        return RowValues(here.p[k], gradient_of(fit, place, fit.response.derivative(here, k)), here.limiting)

    return look


def change(
    high: Callable[[Scenario], Settings], low: Callable[[Scenario], Settings], kind: Kind, level: int | None = None
) -> RowFunction:
    """Change of a level's probability (of its logarithm for ``eydx`` and ``eyex``) between two settings."""
    of = _of(kind)

    def look(fit: Estimate, view: ScenarioBlock) -> RowValues:
        above, upper = view.under(fit, high(view.place))
        below, lower = view.under(fit, low(view.place))
        response, k = fit.response, level_of(fit.response, level)
        if of == "log":
            with np.errstate(invalid="ignore"):  # of probabilities 0 the ratio is not determined: limiting
                h = response.value(upper, k, of) - response.value(lower, k, of)
        else:  # the smaller tails: no cancellation
            h = np.where(upper.p[k] + lower.p[k] > 1.0, lower.q[k] - upper.q[k], upper.p[k] - lower.p[k])
        falling = tuple(-factor for factor in response.derivative(lower, k, of))
        rising = gradient_of(fit, above, response.derivative(upper, k, of))
        return RowValues(h, (*rising, *gradient_of(fit, below, falling)), upper.limiting | lower.limiting)

    return look


def _of(kind: Kind) -> Of:
    return "log" if kind in ("eydx", "eyex") else "probability"


def slope(name: str, kind: Kind, level: int | None = None) -> RowFunction:
    """Derivative of a level's probability with respect to a variable, or an elasticity of one of four kinds.

    With ``gⱼ = ∂ηⱼ/∂x``: ``Σ ∂p/∂ηⱼ·gⱼ``, for ``eydx`` of log p; times x for ``dyex`` and ``eyex``.
    """
    of = _of(kind)

    def look(fit: Estimate, view: ScenarioBlock) -> RowValues:
        place, here = view.place, view.here
        part = place.slope(name)
        moving = [positions[part.positions] for positions in places(fit)]
        beyond = [fit.coefs.labels[j] for positions in moving for j in positions if fit.coefs.states[j].infinite]
        if beyond:
            raise NotEstimableError(
                f"{beyond[0]} has no finite estimate (separation), so the derivative of the risk does not exist; the "
                f"risks themselves do: comparisons({name!r}, contrast=(high, low)), or gl.firth for finite estimates"
            )
        rates = [_rate(fit, part, positions) for positions in moving]
        k = level_of(fit.response, level)
        sizes, bends = fit.response.derivative(here, k, of), fit.response.second(here, k, of)
        times: Array | float = place.value(name) if kind in ("dyex", "eyex") else 1.0
        bend = tuple(_combined(row, rates) * times for row in bends)
        own = [Gradient(size * times, part.values, at) for size, at in zip(sizes, moving, strict=True)]
        gradient = (*gradient_of(fit, place, bend), *own)
        return RowValues(_combined(sizes, rates) * times, gradient, here.limiting, part.numerical)

    return look


def _combined(factors: Arrays, rates: Sequence[Array]) -> Array:
    """``Σ factorⱼ·rateⱼ`` (m,) over the predictors."""
    return functools.reduce(operator.add, (factor * rate for factor, rate in zip(factors, rates, strict=True)))


def _rate(fit: Estimate, part: ColumnSubset, positions: Index) -> Array:
    """Derivative (m,) of a linear predictor in which the coefficients of the part's columns are at ``positions``."""
    rate = part.values @ fit.coefs.beta[positions]
    rate = rate if part.offset is None else rate + part.offset
    return np.where(_breaks_alias(fit, part, positions), np.nan, rate) if fit.coefs.aliases else rate


def _breaks_alias(fit: Estimate, part: ColumnSubset, positions: Index) -> npt.NDArray[np.bool_]:
    """Rows (m,) whose derivative leaves the collinearity that made a coefficient aliased."""
    rows = widened(part.values.T, positions, fit.coefs.size).T
    return breaks_alias(fit, rows, np.abs(rows).max(axis=1, initial=0.0))


@dataclass(eq=False)
class _Sums:
    """Sums of one target by group: values (g,), gradients (g, p), limiting rows (g,); ``failed`` says why none."""

    value: Array
    gradient: Array
    limiting: Array
    rows: Array | None
    failed: str = ""

    def add(self, seen: RowValues, view: ScenarioBlock) -> Iterator[Gradient]:
        """Add a block's values and gradients; yields the gradient terms whose M is shared with other targets."""
        count = len(self.value)
        self.value += _grouped(view.codes, count, view.weights * seen.h, None)
        if seen.limiting.any():
            self.limiting += _grouped(view.codes, count, np.where(seen.limiting & (view.weights > 0), 1.0, 0.0), None)
        if self.rows is not None:
            self.rows[view.rows] = seen.h
        left: dict[tuple[int, int, int], Gradient] = {}
        for part in seen.gradient:
            weighted = part._replace(v=view.weights * part.v)
            if not part.shared:
                self.put(weighted, _grouped(view.codes, count, weighted.v, part.M))
                continue
            key = id(part.M), id(part.positions), id(part.selected)
            left[key] = weighted._replace(v=left[key].v + weighted.v) if key in left else weighted
        yield from left.values()

    def put(self, part: Gradient, sums: Array) -> None:
        """Add sums by group (g, c) to the columns that a gradient term is about."""
        if part.selected is not None:
            sums = sums[:, part.selected]
        positions = part.selected if part.positions is None else part.positions
        self.gradient[:, slice(None) if positions is None else positions] += sums


def _grouped(codes: Index, count: int, v: Array, M: Array | None) -> Array:
    """Sums by group of v (g,), or of the rows of M times v (g, c)."""
    if codes.min(initial=0) < 0:
        codes, v = np.maximum(codes, 0), np.where(codes < 0, 0.0, v)
    if count == 1:
        return np.atleast_1d(v.sum()) if M is None else (v @ M)[None, :]
    if M is None:
        return np.bincount(codes, weights=v, minlength=count).astype(np.float64)
    from scipy.sparse import csr_matrix

    return np.asarray(csr_matrix((v, (codes, np.arange(len(v)))), shape=(count, len(v))) @ M)


def _add_shared(parts: Sequence[tuple[_Sums, Gradient]], view: ScenarioBlock) -> None:
    """``Σ vᵢMᵢ`` of all targets that share rows M in one product."""
    together: dict[int, list[tuple[_Sums, Gradient]]] = {}
    for into, part in parts:
        together.setdefault(id(part.M), []).append((into, part))
    for same in together.values():
        M, count = same[0][1].M, len(same[0][0].value)
        if count == 1:
            products = np.where(view.codes < 0, 0.0, np.stack([part.v for _, part in same])) @ M
            sums = [row[None, :] for row in products]
        else:
            sums = [_grouped(view.codes, count, part.v, M) for _, part in same]
        for (into, part), row in zip(same, sums, strict=True):
            into.put(part, row)


class _Fold:
    """Weighted sums of several targets over groups of rows under one setting, added up block by block."""

    def __init__(self, fit: Estimate, targets: Sequence[Target], scenarios: Scenarios) -> None:
        count, sample = scenarios.groups.count, scenarios.sample
        p, n = fit.coefs.size, 0 if sample is None else len(sample[0])
        self.fit, self.targets, self.count, self.sample = fit, targets, count, sample
        self.sums = [
            _Sums(np.zeros(count), np.zeros((count, p)), np.zeros(count), np.zeros(n) if n else None) for _ in targets
        ]
        self.weight, self.numerical = np.zeros(count), dict[str, None]()

    def add(self, view: ScenarioBlock) -> None:
        """Add a block of rows."""
        self.weight += _grouped(view.codes, self.count, view.weights, None)
        shared: list[tuple[_Sums, Gradient]] = []
        for sums, target in zip(self.sums, self.targets, strict=True):
            try:
                seen = None if sums.failed else target.look(self.fit, view)
            except NotEstimableError as error:
                sums.failed, seen = str(error), None
            if seen is not None:
                self.numerical |= dict.fromkeys(seen.numerical)
                shared += [(sums, part) for part in sums.add(seen, view)]
        with np.errstate(over="ignore", invalid="ignore"):  # a derivative beyond the range has no standard error
            _add_shared(shared, view)


def averaged(fit: Estimate, scenarios: Scenarios, targets: Sequence[Target]) -> tuple[Estimates, list[Note]]:
    """Weighted means of targets by setting and group, target by target as ``scenarios.points`` has them, and notes."""
    require_room(scenarios.groups.count * len(targets) * len(scenarios.settings))
    folds = [_Fold(fit, targets, scenarios) for _ in scenarios.settings]
    for i, block in scenarios.blocks(fit):
        folds[i].add(block)
    numerical = dict.fromkeys(text for fold in folds for text in fold.numerical)
    notes = [Note("numerical", _NUMERICAL.format(", ".join(numerical)))] if numerical else []
    parts = [_means(fold.sums[i], fold.weight, fold.sample) for i in range(len(targets)) for fold in folds]
    return concatenated(parts), [*scenarios.notes, *notes]


def _means(sums: _Sums, weight: Array, sample: tuple[Array, Index] | None) -> Estimates:
    lost = np.nan if sums.failed else 0.0
    weight = np.where(weight > 0, weight, np.nan)
    values, jacobian = sums.value / weight + lost, sums.gradient / weight[:, None] + lost
    influence = None
    if sample is not None and sums.rows is not None:
        member = sample[1][:, None] == np.arange(len(values))
        influence = np.where(member, (sums.rows[:, None] - values) * sample[0][:, None] / weight, 0.0)
    unknown = [_EMPTY if np.isnan(total) else _UNDETERMINED for total in weight]
    reasons = tuple(sums.failed or (why if np.isnan(value) else "") for value, why in zip(values, unknown, strict=True))
    error_reasons = tuple(_LIMITING.format(int(rows)) if rows else "" for rows in sums.limiting)
    return Estimates(values, jacobian, influence, reasons, error_reasons)


_NUMERICAL = "The derivative of {} is numerical, checked with two steps."

_UNDETERMINED = (
    "the risk of some rows is not determined: it depends on an aliased coefficient, or on the side of a separation "
    "that the data do not tell"
)

_EMPTY = "no rows of this group take part"

_LIMITING = (
    "separation: {} of the rows have a risk of exactly 0 or 1, about which the delta method knows nothing; "
    "gl.firth gives finite estimates with standard errors"
)
