"""A penalised problem in some of its columns: log-likelihood, score and information there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from glmlogit.numerics import kernels
from glmlogit.shrinkage.columns import AnyColumns, DenseColumns
from glmlogit.shrinkage.problem import AnyProblem, LevelProblem, Problem

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]

# Rows from which one compiled pass over all columns is quicker than products one by one.
_PASS_ROWS = 2_000
# Columns up to which a pass has their products.
_MOST_IN_A_PASS = 1_000


class Sums(NamedTuple):
    """Log-likelihood, score (k,) and, where asked for, information (k, k) at some coefficients.

    ``residual`` and ``weight`` (n,) are those of the rows, where they were at hand.
    """

    value: float
    score: Array
    information: Array | None = None
    residual: Array | None = None
    weight: Array | None = None


class Subproblem(Protocol):
    """The problem in the columns at positions ``which`` (k,)."""

    @property
    def which(self) -> Index:
        """Positions of the columns."""

    def sums(self, beta: Array, *, information: bool) -> Sums:
        """Sums over the rows at β (k,)."""

    def informed(self, beta: Array, sums: Sums) -> Sums:
        """The same sums with the information."""


@dataclass(frozen=True, eq=False)
class PassPart:
    """All columns, dense, of many rows: a compiled pass for each evaluation."""

    which: Index
    rows: kernels.CheckedRows
    threads: int | None = None

    def sums(self, beta: Array, *, information: bool) -> Sums:
        """One pass over the rows."""
        sums = kernels.checked_pass(self.rows, beta, information=information, threads=self.threads)
        return Sums(sums.llf, sums.score, sums.information if information else None)

    def informed(self, beta: Array, sums: Sums) -> Sums:
        """Another pass."""
        return sums if sums.information is not None else self.sums(beta, information=True)


@dataclass(frozen=True, eq=False)
class ColumnPart:
    """Some columns, dense or sparse: products with them, one after the other."""

    which: Index
    columns: AnyColumns
    problem: Problem

    def sums(self, beta: Array, *, information: bool) -> Sums:
        """Products with the columns."""
        value, residual, weight, _ = self.problem.at(self.problem.predictor(self.columns, beta))
        sums = Sums(value, self.columns.sums(residual), None, residual, weight)
        return self.informed(beta, sums) if information else sums

    def informed(self, beta: Array, sums: Sums) -> Sums:
        """The products of columns with each other."""
        if sums.information is not None:
            return sums
        weight = sums.weight
        if weight is None:
            weight = self.problem.at(self.problem.predictor(self.columns, beta)).weight
        return sums._replace(information=self.columns.products(weight))


@dataclass(frozen=True, eq=False)
class LevelPart:
    """Some columns with the coefficients of all levels: products with them, one after the other.

    ``residual`` and ``weight`` of its sums are those of the rows (n, K) and their probabilities.
    """

    which: Index
    columns: AnyColumns
    problem: LevelProblem

    def sums(self, beta: Array, *, information: bool) -> Sums:
        """Products with the columns."""
        value, residual, p = self.problem.at(self.problem.predictors(self.columns, beta))
        sums = Sums(value, np.asarray(self.columns.array.T @ residual).ravel(), None, residual, p)
        return self.informed(beta, sums) if information else sums

    def informed(self, beta: Array, sums: Sums) -> Sums:
        """Blocks ``−Σ N p_k p_l xx'``, those of a level minus the sum of its others.

        Columns whose coefficients have mean 0 get a multiple of 11' more, which such steps do not feel.
        """
        if sums.information is not None:
            return sums
        p = sums.weight
        if p is None:
            p = self.problem.at(self.problem.predictors(self.columns, beta)).p
        info = _of_levels(self.columns, self.problem.rows, p)
        size, K = info.shape[:2]
        at = np.flatnonzero(self.problem.centred[self.which[::K] // K])
        info[at, :, at] += (np.einsum("jkjk->j", info) / K**2)[at, None, None]
        return sums._replace(information=info.reshape(size * K, size * K))


def _of_levels(columns: AnyColumns, rows: Array, p: Array) -> Array:
    """Information (p, K, p, K) of columns with coefficients for each level, weights (n,) and probabilities (n, K)."""
    size, K = columns.shape[1], p.shape[1]
    info = np.zeros((size, K, size, K))
    for j in range(K):
        for k in range(j):
            block = columns.products(rows * p[:, j] * p[:, k])
            info[:, j, :, k] = info[:, k, :, j] = -block
            info[:, j, :, j] += block
            info[:, k, :, k] += block
    return info


def information_of_levels(problem: LevelProblem, beta: Array, which: Index, *, centred: bool = True) -> Array:
    """Information (k, k) of some coefficients, whole columns of them, at β (q,), as steps take it or as it is."""
    K = problem.per_column
    columns, p = problem.columns.take(which[::K] // K), problem.at(problem.predictors(problem.columns, beta)).p
    if centred:
        info = LevelPart(which, columns, problem).informed(beta[which], Sums(0.0, beta, None, None, p)).information
        assert info is not None
        return info
    return _of_levels(columns, problem.rows, p).reshape(len(which), len(which))


def part_of(problem: AnyProblem, which: Index) -> Subproblem:
    """The problem in some columns, in the form that is quickest."""
    n, p = problem.columns.shape
    if isinstance(problem, LevelProblem):
        K = problem.per_column
        columns = problem.columns if len(which) == p * K else problem.columns.take(which[::K] // K)
        return LevelPart(which, columns, problem)
    if len(which) < p or n < _PASS_ROWS or p > _MOST_IN_A_PASS or not isinstance(problem.columns, DenseColumns):
        columns = problem.columns if len(which) == p else problem.columns.take(which)
        return ColumnPart(which, columns, problem)
    X = problem.columns.array
    rows = kernels.Observations(X, problem.events, nonevents=problem.nonevents, offset=problem.offset)
    return PassPart(which, kernels.CheckedRows.of(rows))
