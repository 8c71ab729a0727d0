"""A penalised problem in some of its columns: log-likelihood, score and information there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from glmlogit.numerics import kernels
from glmlogit.numerics.softmax_pass import WIDEST, OutcomeRows, plain, row_pass
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

    ``residual`` and ``weight`` (n,) are those of the rows, where they were at hand, ``of_all`` (q,) the score of all
    coefficients.
    """

    value: float
    score: Array
    information: Array | None = None
    residual: Array | None = None
    weight: Array | None = None
    of_all: Array | None = None


class Subproblem(Protocol):
    """The problem in the columns at positions ``which`` (k,)."""

    @property
    def which(self) -> Index:
        """Positions of the columns."""

    def sums(self, beta: Array, *, information: bool) -> Sums:
        """Sums over the rows at β (k,)."""

    def informed(self, beta: Array, sums: Sums) -> Sums:
        """The same sums with the information."""

    def at_end(self, beta: Array, there: Sums | None = None) -> Sums:
        """Sums with the score of all coefficients at β (k,), the others being 0; ``there`` are those known."""


@dataclass(frozen=True, eq=False)
class PassPart:
    """Dense columns of many rows: a compiled pass for each evaluation, ``every`` over all columns of the problem."""

    which: Index
    rows: kernels.CheckedRows
    every: kernels.CheckedRows
    threads: int | None = None

    def sums(self, beta: Array, *, information: bool) -> Sums:
        """One pass over the rows."""
        sums = kernels.checked_pass(self.rows, beta, information=information, threads=self.threads)
        return Sums(sums.llf, sums.score, sums.information if information else None)

    def informed(self, beta: Array, sums: Sums) -> Sums:
        """Another pass."""
        return sums if sums.information is not None else self.sums(beta, information=True)

    def at_end(self, beta: Array, there: Sums | None = None) -> Sums:
        """One pass over all columns."""
        if there is not None and self.rows is self.every:
            return there._replace(of_all=there.score)
        wide = np.zeros(self.every.rows.X.shape[1])
        wide[self.which] = beta
        sums = kernels.checked_pass(self.every, wide, information=False, threads=self.threads)
        return Sums(sums.llf, sums.score[self.which], of_all=sums.score)


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

    def at_end(self, beta: Array, there: Sums | None = None) -> Sums:
        """Products of all columns with the residuals."""
        return _at_end(self, self.sums(beta, information=False) if there is None else there, beta)


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
        return sums._replace(information=_held_centred(info, self.problem, self.which))

    def at_end(self, beta: Array, there: Sums | None = None) -> Sums:
        """Products of all columns with the residuals."""
        return _at_end(self, self.sums(beta, information=False) if there is None else there, beta)


@dataclass(frozen=True, eq=False)
class LevelPassPart:
    """All columns, dense, of many rows of several levels: a compiled pass for each evaluation, against the first."""

    which: Index
    rows: OutcomeRows
    problem: LevelProblem

    def sums(self, beta: Array, *, information: bool) -> Sums:
        """One pass over the rows; what is of the first level is minus the sum of the others."""
        by_column = beta.reshape(-1, self.rows.levels)
        size, K = by_column.shape
        differences = (by_column[:, 1:] - by_column[:, :1]).T.ravel()
        at = row_pass(self.rows, differences, information=information)
        score = np.zeros((size, K))
        score[:, 1:] = at.score.reshape(K - 1, size).T
        score[:, 0] = -score[:, 1:].sum(axis=1)
        if not information:
            return Sums(at.llf, score.ravel())
        info = np.zeros((size, K, size, K))
        info[:, 1:, :, 1:] = at.information.reshape(K - 1, size, K - 1, size).transpose(1, 0, 3, 2)
        info[:, 0, :, 1:] = -info[:, 1:, :, 1:].sum(axis=1)
        info[:, :, :, 0] = -info[:, :, :, 1:].sum(axis=3)
        return Sums(at.llf, score.ravel(), _held_centred(info, self.problem, self.which))

    def informed(self, beta: Array, sums: Sums) -> Sums:
        """Another pass."""
        return sums if sums.information is not None else self.sums(beta, information=True)

    def at_end(self, beta: Array, there: Sums | None = None) -> Sums:
        """The score is that of all."""
        sums = self.sums(beta, information=False) if there is None else there
        return sums._replace(of_all=sums.score)


def _at_end(part: ColumnPart | LevelPart, sums: Sums, beta: Array) -> Sums:
    problem, residual = part.problem, sums.residual
    if len(part.which) == problem.n_columns:
        return sums._replace(of_all=sums.score)
    if residual is None:
        wide = np.zeros(problem.n_columns)
        wide[part.which] = beta
        residual = problem.residual(wide)
    return sums._replace(of_all=problem.score(residual))


def _held_centred(info: Array, problem: LevelProblem, which: Index) -> Array:
    """Information (p, K, p, K) as a matrix, with a multiple of 11' for columns whose coefficients have mean 0."""
    size, K = info.shape[:2]
    at = np.flatnonzero(problem.centred[which[::K] // K])
    info[at, :, at] += (np.einsum("jkjk->j", info) / K**2)[at, None, None]
    return info.reshape(size * K, size * K)


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


def _passes(problem: LevelProblem, n: int) -> bool:
    """Whether a compiled pass over all columns is quicker than products with them."""
    coefficients = problem.n_columns - problem.columns.shape[1]
    return kernels.COMPILED and n >= _PASS_ROWS and coefficients <= WIDEST and isinstance(problem.columns, DenseColumns)


def by_passes(problem: AnyProblem) -> bool:
    """Whether compiled passes over the rows, of two outcomes, are quicker than products with columns one by one."""
    n, p = problem.columns.shape
    narrow = n >= _PASS_ROWS and p <= _MOST_IN_A_PASS
    return narrow and isinstance(problem, Problem) and isinstance(problem.columns, DenseColumns)


def part_of(problem: AnyProblem, which: Index) -> Subproblem:
    """The problem in some columns, in the form that is quickest."""
    n, p = problem.columns.shape
    if isinstance(problem, LevelProblem):
        K = problem.per_column
        if len(which) == p * K and _passes(problem, n):
            beside = None if problem.offset is None else problem.offset[:, 1:] - problem.offset[:, :1]
            observed = OutcomeRows(problem.columns.array, K, None, problem.counts, offset=beside)
            return LevelPassPart(which, plain(observed), problem)
        columns = problem.columns if len(which) == p * K else problem.columns.take(which[::K] // K)
        return LevelPart(which, columns, problem)
    if not by_passes(problem) or not len(which):
        columns = problem.columns if len(which) == p else problem.columns.take(which)
        return ColumnPart(which, columns, problem)
    X, weights = problem.columns.array, {"nonevents": problem.nonevents, "offset": problem.offset}
    every = kernels.CheckedRows.of(kernels.Observations(X, problem.events, **weights))
    if len(which) == p:
        return PassPart(which, every, every)
    own = kernels.Observations(problem.columns.take(which).array, problem.events, **weights)
    return PassPart(which, kernels.CheckedRows.of(own), every)
