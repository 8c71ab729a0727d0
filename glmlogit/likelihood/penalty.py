"""Penalties: log prior densities of the coefficients, each one more evaluation to add."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.linalg import lapack

from glmlogit.data.rows import InMemory, PassRows, RowBlock, Rows
from glmlogit.data.storage import Dense
from glmlogit.likelihood.curved import curved
from glmlogit.likelihood.logit_sums import LogitSums
from glmlogit.likelihood.objective import Evaluation, Objective, Penalty
from glmlogit.numerics import kernels
from glmlogit.numerics.arrays import widened
from glmlogit.numerics.kernels import CheckedRows, Observations
from glmlogit.numerics.linalg import EPS, Information, TriangularFactor, append_rows

Array = npt.NDArray[np.float64]
Columns = npt.NDArray[np.intp]

# Coefficients up to which the curvature of Jeffreys' prior is worth its p³ operations a row.
LARGEST_CURVATURE = 40
# Share of the information that the curvature of the prior may be where steps do without it: they gain a digit and a
# half each at least, in practice three, for a fraction of the cost.
SMALL_SHARE = 0.03
# What a step without it may leave, in standard errors, where it may be the last. (Where coefficients are held, as along
# a profile, the decrement is that of all: the last step leaves 3e-11 at most, which no likelihood shows.)
LAST_DECREMENT, LAST_ERROR = 1e-9, 1e-12
# Pivot of the whitened curvature from which its columns are about as long as those of the information.
NEAR_SINGULAR = 0.03


@dataclass(frozen=True, eq=False)
class Ridge(Penalty):
    """``−½ Σ λ_j β_j²`` on the log-likelihood's own scale; λ_j = 0 leaves a coefficient free.

    Source: Hoerl & Kennard 1970; le Cessie & van Houwelingen 1992 for the logit model. glmnet's λ is
    this one divided by the number of observations.
    """

    strength: Array
    tells_apart: bool = False
    exact = True

    def keep(self, columns: Columns) -> Ridge:
        """Ridge on some of the coefficients."""
        return Ridge(self.strength[columns], self.tells_apart)

    def recombined(self, transform: Array) -> Recombined:
        """The same function of β as one of γ, ``β = Tγ``."""
        return Recombined(self, transform)

    def evaluate(self, objective: Objective, beta: Array, at: Evaluation, *, root: bool) -> Evaluation:
        """Evaluation of the penalty alone; it depends on β only."""
        ones = np.ones(len(beta))
        info = (
            Information(ones, root=np.diag(np.sqrt(self.strength)))
            if root
            else Information(ones, matrix=np.diag(self.strength))
        )
        shrunk = self.strength * beta
        return Evaluation(-0.5 * float(shrunk @ beta), -shrunk, info)


@dataclass(frozen=True, eq=False)
class Jeffreys(Penalty):
    """``power · log|I(β)|``; power ½ is Jeffreys' invariant prior, whose mode removes the first-order bias.

    Source: Firth 1993; for the logit model Heinze & Schemper 2002, score ``Σ(y − p + h(½ − p))x``. The
    information is that of the likelihood; the penalty's own curvature makes the steps Newton's.
    """

    power: float = 0.5
    exact = False
    proper = True

    def why_not(self, likelihood: Objective) -> str:
        """It needs derivatives of the information."""
        return likelihood.why_no_curvature

    def _curvature(
        self, objective: Objective, beta: Array, at: Evaluation, factor: TriangularFactor
    ) -> Information | None:
        """``I − power·∂² log|I|``, from ``tr(I⁻¹∂²I) − tr(I⁻¹∂I I⁻¹∂I)``; none for wide designs.

        Computed in the coordinates in which the information is the identity.
        """
        if len(beta) > LARGEST_CURVATURE:
            return None
        first, second = curved(objective).info_curvature(beta, factor.inverse_root)
        whitened = np.eye(len(beta)) - self.power * (second - first @ first.T)
        lower = lapack.dpotrf(whitened, lower=1, clean=1)
        if lower[1]:  # with a coefficient held far off, what is left of it may be positive definite all the same
            return Information(factor.scale, matrix=factor.root.T @ whitened @ factor.root)
        root = lower[0].T @ factor.root
        if lower[0].diagonal().min() < NEAR_SINGULAR:
            return Information(factor.scale, root=root)
        return Information(factor.scale, root=root).factored(TriangularFactor(np.asfortranarray(root), factor.scale))

    def keep(self, columns: Columns) -> Jeffreys:
        """Itself: the determinant is that of whatever columns the likelihood has."""
        return self

    def recombined(self, transform: Array) -> Jeffreys:
        """Itself: the determinant of the information changes by a constant."""
        return self

    def evaluate(self, objective: Objective, beta: Array, at: Evaluation, *, root: bool) -> Evaluation:
        """Log-determinant and its gradient; no information of its own."""
        there = self.adjusted(objective, beta, at, root=root)
        none = np.zeros((0, len(beta))) if root else np.zeros((len(beta),) * 2)
        nothing = Information(at.info.scale, root=none) if root else Information(at.info.scale, matrix=none)
        return Evaluation(there.value - at.value, there.score - at.score, nothing, there.curvature)

    def adjusted(self, objective: Objective, beta: Array, at: Evaluation, *, root: bool) -> Evaluation:
        """Log-determinant and its gradient added; the information stays the likelihood's."""
        factor = at.info.factor
        if factor is None:
            return at._replace(value=-np.inf)
        derivative = curved(objective).info_gradient(beta, factor.inverse_root)
        score = self.power * derivative.gradient
        share = 1.5 * self.power * min(derivative.largest, derivative.squares)
        decrement = factor.norm(at.score + score) / np.sqrt(objective.unit)
        near_enough = _steps_alike(share, float(decrement))
        curvature = at.info if near_enough else self._curvature(objective, beta, at, factor)
        return Evaluation(at.value + self.power * factor.log_determinant, at.score + score, at.info, curvature)


def _steps_alike(share: float, decrement: float) -> bool:
    """Whether a step with the information alone is as good as Newton's own.

    ``share`` bounds the curvature of the prior in units of the information: with z = R⁻ᵀx it is
    ``Σ w''|z|²zz'`` less ``Σ F_a F_b'``, F_a = Σ w'z_a zz'. As −½w ≤ w'' ≤ w, |w'| ≤ w and ``Σ w zz'`` is the identity,
    the first lies between −½ and 1 times, the second between 0 and 1 times ``Σ w|z|²zz'``, whose eigenvalues are at
    most the largest |z|² and at most ``Σ w|z|⁴``. A step leaves ``share·decrement`` standard errors: next to nothing,
    or another step follows.
    """
    return share * decrement <= LAST_ERROR or (share <= SMALL_SHARE and decrement > LAST_DECREMENT)


@dataclass(frozen=True, eq=False)
class LogF(Penalty):
    """Log-F(m, m) priors: ``Σ_j (m_j/2)·β_j − m_j·log(1 + e^β_j)``; m_j = 0 leaves a coefficient free.

    Source: Greenland & Mansournia 2015, eq. 5; the same as m_j/2 events and m_j/2 non-events added at x = e_j.
    """

    m: Array
    exact = True

    def keep(self, columns: Columns) -> LogF:
        """Priors of some of the coefficients."""
        return LogF(self.m[columns])

    def recombined(self, transform: Array) -> Recombined:
        """The same function of β as one of γ, ``β = Tγ``."""
        return Recombined(self, transform)

    def evaluate(self, objective: Objective, beta: Array, at: Evaluation, *, root: bool) -> Evaluation:
        """A binomial log-likelihood of ``m/2`` events and non-events in each coefficient."""
        llf, score, weight = kernels.row_sums(beta, self.m / 2, self.m / 2)
        ones = np.ones(len(beta))
        curvature = (
            Information(ones, root=np.diag(np.sqrt(weight))) if root else Information(ones, matrix=np.diag(weight))
        )
        return Evaluation(llf, score, curvature)


@dataclass(frozen=True, eq=False)
class Recombined(Penalty):
    """A penalty of coefficients ``β = Tγ`` as one of γ, for penalties that depend on β only."""

    penalty: Penalty
    transform: Array
    exact = True

    def keep(self, columns: Columns) -> Recombined:
        """The penalty as a function of some of the γ, the others being zero."""
        return Recombined(self.penalty, self.transform[:, columns])

    def recombined(self, transform: Array) -> Recombined:
        """One transform after the other."""
        return Recombined(self.penalty, self.transform @ transform)

    def evaluate(self, objective: Objective, beta: Array, at: Evaluation, *, root: bool) -> Evaluation:
        """The penalty's evaluation at ``Tγ``, its score and information with respect to γ."""
        penalty, ones = self.penalty.evaluate(objective, self.transform @ beta, at, root=True), np.ones(len(beta))
        assert penalty.info.root is not None
        along = (penalty.info.root / penalty.info.scale) @ self.transform
        info = Information(ones, root=along) if root else Information(ones, matrix=along.T @ along)
        return Evaluation(penalty.value, self.transform.T @ penalty.score, info)


# Steps towards the coefficient of the indicator: bisection alone needs some sixty.
MOST_STEPS = 200


@dataclass(frozen=True, eq=False)
class PseudoRows(Penalty):
    """Log-likelihood of h/2 events and h/2 non-events for each row, maximised over a constant of these pseudo-rows.

    The rows of the data are 0 in the column of that constant, so that what is added to their likelihood is a concave
    function of the other coefficients. The rows have a constant column of their own, at position ``constant``:
    derivatives by the one constant are those by the other. Source: Puhr, Heinze, Nold, Lusa & Geroldinger 2017 (FLAC).
    """

    rows: Rows
    hat: Array
    columns: Columns
    constant: int
    exact = True

    def keep(self, columns: Columns) -> PseudoRows:
        """The same pseudo-rows with the coefficients at positions ``columns`` only."""
        return replace(self, columns=self.columns[columns])

    def recombined(self, transform: Array) -> Recombined:
        """The same function of β as one of γ, ``β = Tγ``."""
        return Recombined(self, transform)

    def evaluate(self, objective: Objective, beta: Array, at: Evaluation, *, root: bool) -> Evaluation:
        """Evaluation at β and the best constant; the information is the Schur complement of the constant's."""
        full = widened(beta, self.columns, self.rows.n_columns)
        shift = self._constant(full)
        shifted = shift + (np.zeros(len(self.hat)) if self.rows.offset is None else self.rows.offset)
        there = LogitSums(_Halves(self.rows, self.hat, shifted)).evaluate(full, root=root)
        return Evaluation(there.value, there.score[self.columns], _without(there.info, self.constant, self.columns))

    def _constant(self, beta: Array) -> float:
        """The constant of the pseudo-rows that maximises at β: root of ``Σ h(½ − p)`` by Newton within a bracket."""
        half = self.hat / 2.0
        eta = self.rows.times(beta) + (0.0 if self.rows.offset is None else self.rows.offset)
        alone = CheckedRows.of(Observations(np.ones((len(eta), 1)), half, nonevents=half, offset=eta))
        low, high = -float(eta.max()), -float(eta.min())
        constant = -float(np.average(eta, weights=self.hat))
        for _ in range(MOST_STEPS):
            sums = kernels.checked_pass(alone, np.array([constant]))
            rest, slope = float(sums.score[0]), float(sums.information[0, 0])
            low, high = (constant, high) if rest > 0 else (low, constant)
            step = rest / slope if slope > 0 else np.inf
            new = constant + step if low <= constant + step <= high else (low + high) / 2.0
            if not abs(new - constant) > 4 * EPS * max(1.0, abs(constant)):
                return new
            constant = new
        return constant


def _without(info: Information, constant: int, columns: Columns) -> Information:
    """Information about some columns, a constant added to all rows being maximised over: a Schur complement.

    The constant has the column of another one, at position ``constant`` in ``info``, about which nothing is left.
    """
    scale, rest = info.scale[columns], np.setdiff1d(np.arange(len(info.scale)), constant)
    if info.root is not None:
        left = np.zeros((len(rest), len(info.scale)))
        below = append_rows(None, info.root[:, [constant, *rest]])[1:, 1:]
        left[: len(below), rest] = below  # fewer than columns where rows are
        return Information(scale, root=left[:, columns])
    assert info.matrix is not None
    across = info.matrix[:, constant]
    left = info.matrix - np.outer(across, across / across[constant])
    left[constant], left[:, constant] = 0.0, 0.0
    return Information(scale, matrix=left[np.ix_(columns, columns)])


@dataclass(frozen=True, eq=False)
class _Halves(PassRows):
    """Rows of h/2 events and h/2 non-events, with the columns of other rows and another offset."""

    rows: PassRows
    hat: Array
    offset: Array

    @property
    def n_columns(self) -> int:
        return self.rows.n_columns

    @property
    def magnitude(self) -> Array:
        return self.rows.magnitude

    @property
    def largest_weight(self) -> float:
        return self.rows.largest_weight

    @property
    def memory(self) -> InMemory | None:
        if self.rows.memory is None:
            return None
        matrix, half = self.rows.memory.matrix, self.hat / 2.0
        X = matrix.array if isinstance(matrix, Dense) else np.empty((len(half), 0))
        return InMemory(matrix, Observations(X, half, nonevents=half, offset=self.offset))

    def blocks(self) -> Iterator[RowBlock]:
        done = 0
        for block in self.rows.blocks():
            part = slice(done, done + len(block.events))
            half = self.hat[part] / 2.0
            done = part.stop
            yield RowBlock(block.X, half, half, self.offset[part])
