"""Sums over rows of the binary logit: value, score and information in one pass, or a triangular root by QR."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from glmlogit.data import storage
from glmlogit.data.rows import InMemory, PassRows
from glmlogit.data.storage import Coded, Dense, Matrix
from glmlogit.likelihood.objective import Advance, Evaluation
from glmlogit.numerics import kernels, newton_steps
from glmlogit.numerics import leverages as leverage_passes
from glmlogit.numerics.arrays import widened
from glmlogit.numerics.kernels import CheckedRows, Observations, PassSums
from glmlogit.numerics.lazy import cached_property
from glmlogit.numerics.leverages import InfoCurvature, InfoGradient, sum_of_curvatures, sum_of_gradients
from glmlogit.numerics.linalg import Information, TriangularFactor, append_rows, rotated_root, scale_of
from glmlogit.numerics.newton_steps import StepRules

Array = npt.NDArray[np.float64]

# A bound of the change of linear predictors below this needs no look at the rows.
NEGLIGIBLE_CHANGE = 1e-6

# Rows times columns from which two passes over them are faster than a QR.
MANY_CELLS = 50_000

# Columns from which single precision makes products of them faster, and sizes whose squares it holds.
LEAST_COARSE_COLUMNS, SMALL, LARGE = 32, 2.0**-20, 2.0**20

# Condition beyond which sums of products are too far off to be improved.
HOPELESS = 1e8


def _observations(rows: PassRows) -> Iterator[Observations]:
    """The rows in one piece where X is in memory as numbers, else block by block."""
    memory = rows.memory
    if memory is not None:
        matrix, everything = memory
        if isinstance(matrix, Dense):
            yield everything
            return
        yield from (storage.block_of(matrix, everything, part) for part in storage.blocks(*matrix.shape))
        return
    for X, events, nonevents, offset in rows.blocks():
        yield Observations(X, events, nonevents=nonevents, offset=offset)


@dataclass(frozen=True, eq=False)
class LogitSums:
    """Bernoulli or binomial log-likelihood with logit link (McCullagh & Nelder 1989, §4.4).

    The kernel only: ``Σ a·log p + b·log(1 − p)`` without binomial coefficients. ``threads`` is a limit; no result
    depends on it. ``coarse`` allows an information in single precision.
    """

    rows: PassRows
    threads: int | None = None
    coarse: bool = False
    exact = True
    why_no_curvature = ""

    @cached_property
    def folded(self) -> PassRows:
        """The rows that every pass sums over: one for each covariate pattern where such are known, else those given."""
        return self.rows.collapsed

    @cached_property
    def memory(self) -> InMemory | None:
        """The rows of a pass in one piece; None where they are not in memory."""
        return self.folded.memory

    @cached_property
    def size(self) -> int:
        """Number of columns, each with a coefficient."""
        return self.rows.n_columns

    @cached_property
    def matrix(self) -> Matrix | None:
        """Model columns of the rows of a pass; None where they are not in memory."""
        return None if self.memory is None else self.memory.matrix

    @cached_property
    def observations(self) -> Observations | None:
        """All rows of a pass as they are, X empty where its columns are no numbers; None where not in memory."""
        return None if self.memory is None else self.memory.observations

    @cached_property
    def _checked(self) -> CheckedRows | None:
        """All rows, checked once for every pass to come; None unless their columns are in memory as numbers."""
        rows = self.observations if isinstance(self.matrix, Dense) else None
        return None if rows is None else CheckedRows.of(rows)

    def __getstate__(self) -> dict[str, Any]:
        """What is kept in a file: the rows, and not in which form passes read them."""
        return {"rows": self.rows, "threads": self.threads}

    @cached_property
    def unit(self) -> float:
        """Largest row weight where all are below one observation (or absurdly large), else 1."""
        largest = self.rows.largest_weight
        return 1.0 if 1.0 <= largest <= 2.0**60 else largest

    @cached_property
    def _rescaling(self) -> Array | None:
        """Power-of-two scale of columns whose squares might over- or underflow; None where there are none."""
        extreme = [size > 2.0**100 or 0 < size < 2.0**-100 for size in self.rows.magnitude.tolist()]
        return np.where(extreme, self.column_scale(), 1.0) if any(extreme) else None

    @cached_property
    def scale(self) -> Array:
        """Power-of-two column scale, other than 1 only where squares might over- or underflow."""
        return 1.0 + np.zeros(self.size) if self._rescaling is None else self._rescaling

    def evaluate(self, beta: Array, *, root: bool = False) -> Evaluation:
        """Log-likelihood, score (p,) and information (p, p) at β, in one pass over the rows.

        ``root`` asks for the information as a triangular root: by a second pass if many rows are in memory, else by QR.
        """
        if root and not self._many_rows:
            return self._by_qr(beta)
        sums = self._pass(beta, self._rescaling)
        at = Evaluation(sums.llf, sums.score, Information(self.scale, sums.information))
        if not root:
            return at
        return self._with_root(at, beta, np.arange(self.size)) or self._by_qr(beta)

    @property
    def for_steps(self) -> Self:
        """The same sums, the information in single precision; itself where that is no gain or might leave its range."""
        sizes = (*self.rows.magnitude.tolist(), self.rows.largest_weight)
        serves = self.size >= LEAST_COARSE_COLUMNS and all(SMALL < size < LARGE or size == 0 for size in sizes)
        return replace(self, coarse=True) if serves and isinstance(self.matrix, Dense) else self

    def full_steps(self, start: Array, rules: StepRules, most: int) -> Advance:
        """At most so many Newton steps from ``start`` (p,), as long as they need no care, where rows are few."""
        if self._checked is None:
            return Advance(start, self.evaluate(start))
        ahead = newton_steps.full_steps(self._checked, start, self._rescaling, rules, most, self.threads)
        llf, score, information = ahead.sums
        return Advance(ahead.beta, Evaluation(llf, score, Information(self.scale, information)), ahead.steps)

    def evaluate_some(self, beta: Array, free: npt.NDArray[np.intp]) -> Evaluation:
        """Evaluation for the coefficients at positions ``free`` only, with a triangular root of their information.

        The other columns may depend linearly on these.
        """
        evaluation = self._with_root(self.evaluate(beta), beta, free) if self._many_rows else None
        return self._by_qr(beta).keep(free) if evaluation is None else evaluation

    def evaluate_near(self, beta: Array, factor: TriangularFactor) -> Evaluation:
        """Evaluation with a triangular root, in one pass in coordinates in which ``factor`` is the identity.

        That is the factor of the information at a point near by, which does as well as that at β to rotate columns by.
        """
        if not isinstance(self.matrix, Dense) or self.observations is None or not self._many_rows:
            return self.evaluate(beta, root=True)
        rotation = factor.inverse_root
        rotated = storage.rotated_information(self.matrix, self.observations, beta, rotation, threads=self.threads)
        root = rotated_root(factor, rotated, elsewhere=True)
        if root is None:
            return self.evaluate(beta, root=True)
        return Evaluation(*self.score(beta), Information(factor.scale, root=root))

    def score(self, beta: Array) -> tuple[float, Array]:
        """Log-likelihood and score, in a pass that forms no products of columns."""
        sums = self._pass(beta, information=False)
        return sums.llf, sums.score

    def _pass(self, beta: Array, scale: Array | None = None, *, information: bool = True) -> PassSums:
        """Sums over all rows where they are in memory, else block by block."""
        if self._checked is not None:
            return kernels.checked_pass(
                self._checked, beta, scale, information=information, threads=self.threads, coarse=self.coarse
            )
        if self.matrix is not None and self.observations is not None:
            return storage.row_pass(
                self.matrix, self.observations, beta, scale, information=information, threads=self.threads
            )
        return kernels.added(
            kernels.row_pass(rows, beta, scale, information=information, threads=self.threads)
            for rows in _observations(self.folded)
        )

    @property
    def _many_rows(self) -> bool:
        """Whether two passes over the rows are possible and faster than a QR of them."""
        return self.matrix is not None and math.prod(self.matrix.shape) >= MANY_CELLS

    def _with_root(self, at: Evaluation, beta: Array, columns: npt.NDArray[np.intp]) -> Evaluation | None:
        """``at`` for some columns, with a triangular root by a second pass; None if the condition is too large."""
        assert self.observations is not None
        assert at.info.matrix is not None
        restricted = at.keep(columns)
        root = self._as_root(restricted.info, at.info.matrix, self.observations, beta, columns)
        return None if root is None else restricted._replace(info=root)

    def _as_root(
        self, info: Information, matrix: Array, rows: Observations, beta: Array, columns: npt.NDArray[np.intp]
    ) -> Information | None:
        """Triangular root of the information of some columns, by a second pass over the rows.

        Columns are first rotated by the inverse root of ``info``, so that the sums are near the identity and lose κ·eps
        instead of κ²·eps. ``matrix`` (p, p) is the information of all columns. None if the condition is too large.
        """
        assert self.matrix is not None
        if isinstance(self.matrix, Coded):
            root = storage.coded_root(self.matrix, rows, beta, matrix, columns, self.threads)
            if root is not None:
                return Information(info.scale, root=root)
        factor = info.factor
        if factor is None or factor.condition > HOPELESS:
            return None
        wide = widened(factor.inverse_root, columns, self.size)
        rotated = storage.rotated_information(self.matrix, rows, beta, wide, threads=self.threads)
        root = rotated_root(factor, rotated)
        return None if root is None else Information(factor.scale, root=root)

    def _by_qr(self, beta: Array) -> Evaluation:
        """Evaluation at β with a triangular root of the information, by QR of one weighted block of rows at a time."""
        score, scale = np.zeros(self.size), self._rescaling
        factor: Array | None = None
        llf: list[float] = []
        for block in self.folded.blocks():
            part, residual, weight = kernels.row_sums(block.eta(beta), block.events, block.nonevents)
            weighted = block.X * np.sqrt(weight)[:, None]
            llf.append(part)
            score += residual @ block.X
            factor = append_rows(factor, weighted if scale is None else weighted * scale)
        return Evaluation(math.fsum(llf), score, Information(self.scale, root=factor))

    def largest_change(self, direction: Array) -> float:
        """Largest |x'd| over the rows, or a bound of it where that is below any threshold in use."""
        bound = float(self.rows.magnitude @ np.abs(direction))
        if bound < NEGLIGIBLE_CHANGE:
            return bound
        if self.matrix is not None:
            return float(np.abs(self.matrix.times(direction)).max())
        return max(float(np.abs(block.X @ direction).max()) for block in self.folded.blocks())

    @property
    def _parts(self) -> Iterable[Observations | CheckedRows]:
        """The rows of a pass in one piece, checked, or in blocks."""
        return _observations(self.folded) if self._checked is None else (self._checked,)

    def info_gradient(self, beta: Array, root: Array) -> InfoGradient:
        """``X'(q ∘ w p(1 − p)(1 − 2p))`` with ``qᵢ = |root'xᵢ|²``, a sum over rows."""
        return sum_of_gradients(
            leverage_passes.info_gradient(rows, beta, root, threads=self.threads) for rows in self._parts
        )

    def info_curvature(self, beta: Array, root: Array) -> InfoCurvature:
        """Derivatives of the information along the columns of ``root`` (p, m), in the coordinates ``root'x``."""
        return sum_of_curvatures(
            leverage_passes.info_curvature(rows, beta, root, threads=self.threads) for rows in self._parts
        )

    def info_cubes(self, beta: Array, root: Array) -> Array:
        """Derivatives (m,) of the information along columns of ``root`` (p, m): ``Σ w'z³`` with ``z = root'x``."""
        parts = [leverage_passes.info_cubes(rows, beta, root, threads=self.threads) for rows in self._parts]
        return np.asarray(np.sum(parts, axis=0))

    def leverages(self, beta: Array, root: Array) -> Array:
        """``w|root'x|²`` of every row as it was given."""
        parts = [leverage_passes.leverages(rows, beta, root, threads=self.threads) for rows in _observations(self.rows)]
        return np.concatenate(parts)

    def column_root(self) -> Array:
        """Triangular root of the columns themselves, unweighted, scaled to unit magnitude."""
        scale = self.column_scale()
        information = self._root_of_columns() if self._many_rows else None
        if information is not None and information.root is not None:
            return information.root * (scale / information.scale)
        factor: Array | None = None
        for block in self.folded.blocks():
            factor = append_rows(factor, block.X * scale)
        assert factor is not None
        return factor

    def _root_of_columns(self) -> Information | None:
        """``X'X`` as a triangular root: the information of two events and two non-events in each row, at β = 0."""
        assert self.matrix is not None
        assert self.observations is not None
        two, beta = np.full(self.matrix.shape[0], 2.0), np.zeros(self.size)
        even = self.observations._replace(events=two, nonevents=two, trials=None, weights=None, offset=None)
        sums = storage.row_pass(self.matrix, even, beta, self._rescaling, threads=self.threads)
        info = Information(self.scale, matrix=sums.information)
        return self._as_root(info, sums.information, even, beta, np.arange(self.size))

    def column_scale(self) -> Array:
        """Power-of-two scale that brings the largest value of every column near 1."""
        return scale_of(self.rows.magnitude)
