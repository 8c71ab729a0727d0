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
from glmlogit.messages.words import Name, sentence
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
        rows, k = view.under(fit, {} if settings is None else settings(view.here.place)), level_of(fit.response, level)
        return RowValues(rows.at.p[k], lambda: gradient_of(fit, rows.place, rows.derivative(k)), rows.limiting)

    return look


def change(
    high: Callable[[Scenario], Settings], low: Callable[[Scenario], Settings], kind: Kind, level: int | None = None
) -> RowFunction:
    """Change of a level's probability (of its logarithm for ``eydx`` and ``eyex``) between two settings."""
    of = _of(kind)

    def look(fit: Estimate, view: ScenarioBlock) -> RowValues:
        above, below = view.under(fit, high(view.here.place)), view.under(fit, low(view.here.place))
        upper, lower, k = above.at, below.at, level_of(fit.response, level)
        if of == "log":
            with np.errstate(invalid="ignore"):  # of probabilities 0 the ratio is not determined: limiting
                h = fit.response.value(upper, k, of) - fit.response.value(lower, k, of)
        else:  # the smaller tails: no cancellation
            h = np.where(upper.p[k] + lower.p[k] > 1.0, lower.q[k] - upper.q[k], upper.p[k] - lower.p[k])

        def gradient() -> tuple[Gradient, ...]:
            falling = gradient_of(fit, below.place, below.derivative(k, of))
            rising = gradient_of(fit, above.place, above.derivative(k, of))
            return *rising, *(part._replace(times=-part.times) for part in falling)

        return RowValues(h, gradient, above.limiting | below.limiting)

    return look


def _of(kind: Kind) -> Of:
    return "log" if kind in ("eydx", "eyex") else "probability"


def slope(name: str, kind: Kind, level: int | None = None) -> RowFunction:
    """Derivative of a level's probability with respect to a variable, or an elasticity of one of four kinds.

    With ``gⱼ = ∂ηⱼ/∂x``: ``Σ ∂p/∂ηⱼ·gⱼ``, for ``eydx`` of log p; times x for ``dyex`` and ``eyex``.
    """
    of = _of(kind)

    def look(fit: Estimate, view: ScenarioBlock) -> RowValues:
        rows, place = view.here, view.here.place
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
        sizes, value = rows.derivative(k, of), place.value(name) if kind in ("dyex", "eyex") else None

        def gradient() -> tuple[Gradient, ...]:
            own = [Gradient(_times(size, value), part.values, at) for size, at in zip(sizes, moving, strict=True)]
            bends = rows.second(k, of)
            if len(rates) == 1 and rates[0].size == 1 and value is None:  # one product serves all such variables
                bent = gradient_of(fit, place, bends[0])
                return *(part._replace(times=part.times * float(rates[0][0])) for part in bent), *own
            return *gradient_of(fit, place, tuple(_times(_combined(row, rates), value) for row in bends)), *own

        return RowValues(_times(_combined(sizes, rates), value), gradient, rows.limiting, part.numerical)

    return look


def _times(v: Array, value: Array | None) -> Array:
    """v (m,) times the values of a variable, or itself."""
    return v if value is None else v * value


def _combined(factors: Arrays, rates: Sequence[Array]) -> Array:
    """``Σ factorⱼ·rateⱼ`` (m,) over the predictors."""
    return functools.reduce(operator.add, (factor * rate for factor, rate in zip(factors, rates, strict=True)))


def _rate(fit: Estimate, part: ColumnSubset, positions: Index) -> Array:
    """Derivative (m,) of a linear predictor in which the coefficients of the part's columns are at ``positions``.

    It is (1,) where no row differs.
    """
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

    def add(self, seen: RowValues, view: ScenarioBlock) -> None:
        """Add a block's values, and how many of its rows are at a limit."""
        count = len(self.value)
        self.value += _grouped(view.codes, count, view.weighted(seen.h), None)
        if seen.limiting.any():
            rows = np.where(seen.limiting & (view.weights > 0) & (view.codes >= 0), 1.0, 0.0)
            self.limiting += _grouped(view.codes, count, rows, None)
        if self.rows is not None:
            self.rows[view.rows] = seen.h

    def add_gradient(self, gradient: Sequence[Gradient], view: ScenarioBlock) -> Iterator[Gradient]:
        """Add a block's gradients; yields the weighted terms whose M is shared with other targets."""
        left: dict[tuple[int, int, int], Gradient] = {}
        for part in gradient:
            weighted = part._replace(v=view.weighted(part.v))
            if not part.shared:
                self.put(weighted, _grouped(view.codes, len(self.value), weighted.v, part.M))
                continue
            key = id(part.M), id(part.positions), id(part.selected)
            left[key] = _together(left[key], weighted) if key in left else weighted
        yield from left.values()

    def put(self, part: Gradient, sums: Array) -> None:
        """Add sums by group (g, c) to the columns that a gradient term is about."""
        if part.selected is not None:
            sums = sums[:, part.selected]
        positions = part.selected if part.positions is None else part.positions
        self.gradient[:, slice(None) if positions is None else positions] += part.times * sums


def _together(first: Gradient, second: Gradient) -> Gradient:
    """Two terms over the same columns as one, added row by row: sums of a difference would lose digits."""
    return first._replace(v=first.times * first.v + second.times * second.v, times=1.0)


def _grouped(codes: Index, count: int, v: Array, M: Array | None) -> Array:
    """Sums by group of v (g,), or of the rows of M times v (g, c); v is 0 in rows of no group.

    M is (n, c), or (1, c) where all rows are the same.
    """
    if M is not None and len(M) == 1:
        return _grouped(codes, count, v, None)[:, None] * M
    if count == 1:
        return np.atleast_1d(v.sum()) if M is None else (v @ M)[None, :]
    codes = np.maximum(codes, 0)
    if M is None:
        return np.bincount(codes, weights=v, minlength=count).astype(np.float64)
    from scipy.sparse import csr_matrix

    return np.asarray(csr_matrix((v, (codes, np.arange(len(v)))), shape=(count, len(v))) @ M)


def _add_shared(parts: Sequence[tuple[_Sums, Gradient]], view: ScenarioBlock) -> None:
    """``Σ vᵢMᵢ`` of all targets that share rows M in one product, each v once."""
    together: dict[int, list[tuple[_Sums, Gradient]]] = {}
    for into, part in parts:
        together.setdefault(id(part.M), []).append((into, part))
    for same in together.values():
        M, count = same[0][1].M, len(same[0][0].value)
        factors = {id(part.v): part.v for _, part in same}
        if count == 1:
            sums = dict(zip(factors, (np.stack(list(factors.values())) @ M)[:, None, :], strict=True))
        else:
            sums = {key: _grouped(view.codes, count, v, M) for key, v in factors.items()}
        for into, part in same:
            into.put(part, sums[id(part.v)])


class _Fold:
    """Weighted sums of several targets over groups of rows under one setting, added up block by block."""

    def __init__(self, fit: Estimate, targets: Sequence[Target], scenarios: Scenarios, gradients: bool) -> None:
        count, sample = scenarios.groups.count, scenarios.sample
        p, n = fit.coefs.size, 0 if sample is None else len(sample[0])
        self.fit, self.targets, self.count, self.sample, self.gradients = fit, targets, count, sample, gradients
        self.sums = [
            _Sums(np.zeros(count), np.zeros((count, p)), np.zeros(count), np.zeros(n) if n else None) for _ in targets
        ]
        self.weight, self.numerical = np.zeros(count), dict[str, None]()

    def add(self, view: ScenarioBlock) -> None:
        """Add a block of rows."""
        weights = np.where(view.codes < 0, 0.0, view.weights) if view.partial else view.weights
        self.weight += _grouped(view.codes, self.count, weights, None)
        shared: list[tuple[_Sums, Gradient]] = []
        for sums, target in zip(self.sums, self.targets, strict=True):
            try:
                seen = None if sums.failed else target.look(self.fit, view)
            except NotEstimableError as error:
                sums.failed, seen = str(error), None
            if seen is not None:
                self.numerical |= dict.fromkeys(seen.numerical)
                sums.add(seen, view)
            if seen is not None and self.gradients:
                with np.errstate(over="ignore", invalid="ignore"):  # beyond the range there is no standard error
                    shared += [(sums, part) for part in sums.add_gradient(seen.gradient(), view)]
        with np.errstate(over="ignore", invalid="ignore"):
            _add_shared(shared, view)


def averaged(
    fit: Estimate, scenarios: Scenarios, targets: Sequence[Target], *, gradients: bool = True
) -> tuple[Estimates, list[Note]]:
    """Weighted means of targets by setting and group, target by target as ``scenarios.points`` has them, and notes.

    Without ``gradients``, for values alone, the jacobian is 0.
    """
    require_room(scenarios.groups.count * len(targets) * len(scenarios.settings))
    folds = [_Fold(fit, targets, scenarios, gradients) for _ in scenarios.settings]
    for i, block in scenarios.blocks(fit):
        folds[i].add(block)
    numerical = dict.fromkeys(text for fold in folds for text in fold.numerical)
    notes = [Note("numerical", sentence(_NUMERICAL, names=list(map(Name, numerical))))] if numerical else []
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


_NUMERICAL = "The derivative of {names} is numerical, checked with two steps."

_UNDETERMINED = (
    "the risk of some rows is not determined: it depends on an aliased coefficient, or on the side of a separation "
    "that the data do not tell"
)

_EMPTY = "no rows of this group take part"

_LIMITING = (
    "separation: {} of the rows have a risk of exactly 0 or 1, about which the delta method knows nothing; "
    "gl.firth gives finite estimates with standard errors"
)
