"""Objectives: what everything that fits, tests or profiles asks its one question of.

An objective maps β to an :class:`Evaluation`: log-likelihood, score and information, all in the units
of the data. :class:`BinaryLogit` is the leaf; :class:`Summed`, :class:`Penalised` and :class:`Fixed`
combine objectives into objectives.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from glmlogit import _kernels
from glmlogit._kernels import Observations
from glmlogit._linalg import Information, append_rows, power_of_two

Array = npt.NDArray[np.float64]


# A bound of the change of linear predictors below this needs no look at the rows.
NEGLIGIBLE_CHANGE = 1e-6


class Block(NamedTuple):
    """A block of rows: columns, event weights, non-event weights, offset (or None)."""

    X: Array
    events: Array
    nonevents: Array
    offset: Array | None

    def eta(self, beta: Array) -> Array:
        """Linear predictor of these rows."""
        eta = self.X @ beta
        return eta if self.offset is None else eta + self.offset


class Rows(Protocol):
    """What a likelihood needs of a design: blocks of rows, and the size of columns and weights."""

    @property
    def n_columns(self) -> int:
        """Number of columns of X."""

    @property
    def magnitude(self) -> Array:
        """Largest absolute value of each column."""

    @property
    def largest_weight(self) -> float:
        """Largest weight (times trials) of a row."""

    def blocks(self) -> Iterator[Block]:
        """Yield the effective rows (positive weight) in blocks of bounded size."""


class Evaluation(NamedTuple):
    """Log-likelihood, score (p,) and information at one β.

    ``curvature`` is the negative Hessian where it is not ``info`` but worth knowing: steps use it, standard
    errors never do.
    """

    llf: float
    score: Array
    info: Information
    curvature: Information | None = None

    def __add__(self, other: Evaluation) -> Evaluation:  # type: ignore[override]
        return Evaluation(self.llf + other.llf, self.score + other.score, self.info + other.info)

    def keep(self, columns: npt.NDArray[np.intp]) -> Evaluation:
        """What it says about some of the coefficients, the others held where they are."""
        curvature = None if self.curvature is None else self.curvature.keep(columns)
        return Evaluation(self.llf, self.score[columns], self.info.keep(columns), curvature)


class Objective(Protocol):
    """A concave function of ``size`` coefficients to be maximised."""

    @property
    def exact(self) -> bool:
        """Whether the information is the negative Hessian, so that Newton converges quadratically."""

    @property
    def size(self) -> int:
        """Number of coefficients."""

    @property
    def unit(self) -> float:
        """Weight that counts as one observation: makes stopping rules free of the scale of weights."""

    def evaluate(self, beta: Array, *, root: bool = False) -> Evaluation:
        """Evaluate at ``beta``; ``root`` asks for the information as a triangular root by QR."""

    def largest_change(self, direction: Array) -> float:
        """Largest absolute change of a linear predictor when β moves by ``direction``."""

    def info_gradient(self, beta: Array, root: Array) -> Array:
        """Gradient of ``tr(A·I(β))`` with ``A = root·root'`` (p, m) held fixed: what Jeffreys' prior needs."""

    def info_curvature(self, beta: Array, root: Array) -> tuple[Array, Array]:
        """First derivatives of the information, and the trace of the second, in the coordinates ``root'x``."""


class Penalty(Protocol):
    """One more evaluation to add to that of an objective."""

    @property
    def exact(self) -> bool:
        """Whether its information is its negative Hessian."""

    def curvature(self, objective: Objective, beta: Array, at: Evaluation) -> Information | None:
        """Negative Hessian of objective plus penalty where that is not the sum of their informations."""

    def keep(self, columns: npt.NDArray[np.intp]) -> Penalty:
        """The penalty on some of the coefficients, the others being left out of the model."""

    def evaluate(self, objective: Objective, beta: Array, at: Evaluation, *, root: bool) -> Evaluation:
        """Penalty's log-density, its gradient and negative Hessian at ``beta``."""


@dataclass(frozen=True, eq=False)
class BinaryLogit:
    """Bernoulli or binomial log-likelihood with logit link (McCullagh & Nelder 1989, §4.4).

    The kernel only: ``Σ a·log p + b·log(1 − p)`` without binomial coefficients. ``threads`` is a limit; no result
    depends on it.
    """

    rows: Rows
    threads: int | None = None
    exact = True

    @property
    def size(self) -> int:
        """Number of columns."""
        return self.rows.n_columns

    @cached_property
    def whole(self) -> Observations | None:
        """All rows, where they are in memory."""
        found: Observations | None = getattr(self.rows, "observations", None)
        return found

    @cached_property
    def unit(self) -> float:
        """Largest row weight where all are below one observation (or absurdly large), else 1."""
        largest = self.rows.largest_weight
        return 1.0 if 1.0 <= largest <= 2.0**60 else largest

    @cached_property
    def scale(self) -> Array:
        """Power-of-two column scale, other than 1 only where squares might over- or underflow."""
        magnitude = np.where(self.rows.magnitude > 0, self.rows.magnitude, 1.0)
        extreme = np.abs(np.log2(magnitude)) > 100
        return np.where(extreme, 1.0 / power_of_two(magnitude), 1.0)

    def evaluate(self, beta: Array, *, root: bool = False) -> Evaluation:
        """One pass over the rows."""
        scale = self.scale if (self.scale != 1.0).any() else None
        if root:
            return self._by_root(beta, scale)
        score, matrix = np.zeros(self.size), np.zeros((self.size, self.size))
        llf: list[float] = []
        for rows in self._observations():
            part = _kernels.row_pass(rows, beta, scale, threads=self.threads)
            llf.append(part.llf)
            score += part.score
            matrix += part.information
        return Evaluation(math.fsum(llf), score, Information(self.scale, matrix=matrix))

    def score(self, beta: Array) -> tuple[float, Array]:
        """Log-likelihood and score, in a pass that forms no products of columns."""
        parts = [
            _kernels.row_pass(rows, beta, information=False, threads=self.threads) for rows in self._observations()
        ]
        return math.fsum(part.llf for part in parts), np.asarray(np.sum([part.score for part in parts], axis=0))

    def _observations(self) -> Iterator[Observations]:
        """The rows at once where they are in memory, else block by block."""
        if self.whole is not None:
            yield self.whole
            return
        for X, events, nonevents, offset in self.rows.blocks():
            yield Observations(X, events, nonevents=nonevents, offset=offset)

    def _by_root(self, beta: Array, scale: Array | None) -> Evaluation:
        """The information as a triangular root, holding one weighted block at a time."""
        score = np.zeros(self.size)
        factor: Array | None = None
        llf: list[float] = []
        for block in self.rows.blocks():
            part, residual, weight = _kernels.row_sums(block.eta(beta), block.events, block.nonevents)
            weighted = block.X * np.sqrt(weight)[:, None]
            llf.append(part)
            score += residual @ block.X
            factor = append_rows(factor, weighted if scale is None else weighted * scale)
        return Evaluation(math.fsum(llf), score, Information(self.scale, root=factor))

    def largest_change(self, direction: Array) -> float:
        """Largest |x'd| over the rows, or a bound of it that is small enough for every purpose."""
        bound = float(self.rows.magnitude @ np.abs(direction))
        if bound < NEGLIGIBLE_CHANGE:
            return bound
        return max(float(np.abs(block.X @ direction).max()) for block in self.rows.blocks())

    def info_gradient(self, beta: Array, root: Array) -> Array:
        """``X'(q ∘ w p(1 − p)(1 − 2p))`` with ``qᵢ = |root'xᵢ|²``, a sum over rows."""
        gradient = np.zeros(self.size)
        for block in self.rows.blocks():
            p, q = _kernels.tails(block.eta(beta))
            spread = block.X @ root
            third = (block.events + block.nonevents) * p * q * (q - p)
            gradient += (np.einsum("ij,ij->i", spread, spread) * third) @ block.X
        return gradient

    def info_curvature(self, beta: Array, root: Array) -> tuple[Array, Array]:
        """Derivatives of the information along the columns of ``root`` (p, m), in the coordinates ``root'x``.

        With ``z = root'x``: the first derivatives ``Σ w' z_a z z'``, as (m, m²), and the trace of the second
        ones, ``Σ w''|z|² z z'`` (m, m), where w = p(1 − p) of a row's weight as a function of η.
        """
        m = root.shape[1]
        first, second = np.zeros((m, m * m)), np.zeros((m, m))
        rows = max(1, _kernels.block_rows(m * m) // 4)
        for block in self.rows.blocks():
            p, q = _kernels.tails(block.eta(beta))
            weight = (block.events + block.nonevents) * p * q
            z = block.X @ root
            for i in range(0, len(z), rows):
                part, w, skew, pq = (v[i : i + rows] for v in (z, weight, q - p, p * q))
                pairs = (part[:, :, None] * part[:, None, :]).reshape(len(part), m * m)
                first += (part * (w * skew)[:, None]).T @ pairs
                length = np.einsum("ij,ij->i", part, part)
                second += (part * (w * (1.0 - 6.0 * pq) * length)[:, None]).T @ part
        return first, second

    def column_root(self) -> Array:
        """Triangular root of the columns themselves, unweighted, scaled to unit magnitude."""
        scale = self.column_scale()
        factor: Array | None = None
        for block in self.rows.blocks():
            factor = append_rows(factor, block.X * scale)
        assert factor is not None
        return factor

    def column_scale(self) -> Array:
        """Power-of-two scale that brings the largest value of every column near 1."""
        magnitude = np.where(self.rows.magnitude > 0, self.rows.magnitude, 1.0)
        return 1.0 / power_of_two(magnitude)


@dataclass(frozen=True, eq=False)
class Summed:
    """Sum of objectives of the same coefficients: chunks, files, partitions of a cluster."""

    parts: Sequence[Objective]

    @property
    def exact(self) -> bool:
        """Whether all parts are."""
        return all(part.exact for part in self.parts)

    @property
    def size(self) -> int:
        """Number of coefficients."""
        return self.parts[0].size

    @property
    def unit(self) -> float:
        """Largest unit of the parts."""
        return max(part.unit for part in self.parts)

    def evaluate(self, beta: Array, *, root: bool = False) -> Evaluation:
        """Evaluations add."""
        first, *rest = (part.evaluate(beta, root=root) for part in self.parts)
        for one in rest:
            first = first + one
        return first

    def largest_change(self, direction: Array) -> float:
        """Largest change in any part."""
        return max(part.largest_change(direction) for part in self.parts)

    def info_gradient(self, beta: Array, root: Array) -> Array:
        """Gradients add."""
        return np.asarray(np.sum([part.info_gradient(beta, root) for part in self.parts], axis=0))

    def info_curvature(self, beta: Array, root: Array) -> tuple[Array, Array]:
        """Derivatives add."""
        first, second = zip(*(part.info_curvature(beta, root) for part in self.parts), strict=True)
        return np.sum(first, axis=0), np.sum(second, axis=0)


@dataclass(frozen=True, eq=False)
class Penalised:
    """An objective plus a penalty (a log prior density)."""

    objective: Objective
    penalty: Penalty

    @property
    def exact(self) -> bool:
        """Whether the penalty's information is its negative Hessian."""
        return self.objective.exact and self.penalty.exact

    @property
    def size(self) -> int:
        """Number of coefficients."""
        return self.objective.size

    @property
    def unit(self) -> float:
        """Unit of the likelihood."""
        return self.objective.unit

    def evaluate(self, beta: Array, *, root: bool = False) -> Evaluation:
        """The likelihood's evaluation and the penalty's."""
        at = self.objective.evaluate(beta, root=root)
        both = at + self.penalty.evaluate(self.objective, beta, at, root=root)
        return both._replace(curvature=self.penalty.curvature(self.objective, beta, at))

    def largest_change(self, direction: Array) -> float:
        """Largest change of a linear predictor."""
        return self.objective.largest_change(direction)

    def info_gradient(self, beta: Array, root: Array) -> Array:
        """Gradient of the likelihood's information; that of a penalty is constant or its own affair."""
        return self.objective.info_gradient(beta, root)

    def info_curvature(self, beta: Array, root: Array) -> tuple[Array, Array]:
        """Derivatives of the likelihood's information."""
        return self.objective.info_curvature(beta, root)


@dataclass(frozen=True, eq=False)
class Fixed:
    """An objective with some coefficients held at given values; its β is the rest.

    Nested models, likelihood-ratio and score tests, profiles and aliased columns are all this.
    """

    objective: Objective
    columns: tuple[int, ...]
    values: tuple[float, ...]

    @property
    def exact(self) -> bool:
        """As the objective."""
        return self.objective.exact

    @cached_property
    def free(self) -> npt.NDArray[np.intp]:
        """Positions of the coefficients that are not held."""
        return np.setdiff1d(np.arange(self.objective.size), np.asarray(self.columns, dtype=np.intp))

    @property
    def size(self) -> int:
        """Number of free coefficients."""
        return len(self.free)

    @property
    def unit(self) -> float:
        """Unit of the likelihood."""
        return self.objective.unit

    def full(self, beta: Array) -> Array:
        """All coefficients from the free ones."""
        return self._spread(beta, self.values)

    def _spread(self, free: Array, held: Sequence[float] | float) -> Array:
        full = np.empty(self.objective.size)
        full[list(self.columns)] = held
        full[self.free] = free
        return full

    def evaluate(self, beta: Array, *, root: bool = False) -> Evaluation:
        """Evaluation restricted to the free coefficients."""
        return self.objective.evaluate(self.full(beta), root=root).keep(self.free)

    def largest_change(self, direction: Array) -> float:
        """Largest change of a linear predictor."""
        return self.objective.largest_change(self._spread(direction, 0.0))

    def info_gradient(self, beta: Array, root: Array) -> Array:
        """Gradient over the free coefficients, their information being that of the free columns."""
        return self.objective.info_gradient(self.full(beta), self._wide(root))[self.free]

    def info_curvature(self, beta: Array, root: Array) -> tuple[Array, Array]:
        """Derivatives along directions of the free coefficients."""
        return self.objective.info_curvature(self.full(beta), self._wide(root))

    def _wide(self, root: Array) -> Array:
        wide = np.zeros((self.objective.size, root.shape[1]))
        wide[self.free] = root
        return wide
