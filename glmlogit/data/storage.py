"""Model matrices in three forms: as numbers, as a row for each covariate pattern, or as codes of cells.

All give rows in blocks, single columns and products ``Xβ``. The n × p numbers are written out by :attr:`Matrix.array`
alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from glmlogit.numerics import kernels, leverages
from glmlogit.numerics.arrays import rows_taken
from glmlogit.numerics.blocks import block_rows
from glmlogit.numerics.coded_pass import CodedColumns, cell_pass
from glmlogit.numerics.kernels import Observations, PassSums
from glmlogit.numerics.lazy import cached_property
from glmlogit.numerics.linalg import SUMS_CONDITION, Information, triangular_root

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]
# Numbers that are rotated at a time, and least rows; more where the sums of a pass are many.
_MOST_TURNED, _LEAST_TURNED = 1 << 21, 1 << 15
# Bytes of rows that are copied to lie side by side.
_COPIED = 1 << 21
# Entries of a table from which a sparse one is faster.
_LARGE_TABLE = 4096
# Stretches of rows that threads write out and sum, each block by block.
_STRETCHES = 8

Selection = slice | npt.NDArray[np.integer[Any]] | npt.NDArray[np.bool_]


class Matrix(Protocol):
    """The columns of a model for each of its rows."""

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and of columns."""

    @property
    def array(self) -> Array:
        """All of it as numbers (n, p)."""

    def rows(self, selection: Selection) -> Array:
        """The selected rows (m, p) as numbers, in C order."""

    def take(self, selection: Selection) -> Matrix:
        """The matrix of some of the rows."""

    def column(self, j: int) -> Array:
        """One column (n,)."""

    def times(self, beta: Array) -> Array:
        """Products of all rows with ``beta`` (n,)."""

    def largest(self) -> Array:
        """Largest absolute value of each column (p,), NaN or inf where it holds one."""


def blocks(n: int, p: int) -> Iterator[slice]:
    """Neighbouring rows in blocks of bounded size."""
    size = block_rows(p)
    return (slice(start, min(start + size, n)) for start in range(0, n, size))


@dataclass(frozen=True, eq=False)
class Dense:
    """Columns as numbers (n, p), in any order of memory."""

    array: Array

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and of columns."""
        n, p = self.array.shape
        return n, p

    def rows(self, selection: Selection) -> Array:
        """The selected rows (m, p), in C order; a view where they lie in memory so."""
        return np.ascontiguousarray(self.array[selection])

    def take(self, selection: Selection) -> Dense:
        """The matrix of some of the rows: side by side where they are few and may be read often, else as they lie."""
        by_position = isinstance(selection, np.ndarray) and selection.dtype != bool
        part = np.take(self.array, selection, axis=0) if by_position else self.array[selection]  # type: ignore[arg-type]
        return Dense(np.ascontiguousarray(part) if part.nbytes <= _COPIED else part)

    def column(self, j: int) -> Array:
        """Column ``j`` (n,), a view."""
        return self.array[:, j]

    def times(self, beta: Array) -> Array:
        """``Xβ`` (n,)."""
        return np.asarray(self.array @ beta)

    def largest(self) -> Array:
        """Largest absolute value of each column."""
        return kernels.column_survey(self.array).magnitude


@dataclass(frozen=True, eq=False)
class Repeated:
    """A row for each covariate pattern (m, p), and which of them each row of the data is."""

    distinct: Array
    codes: npt.NDArray[np.int32]

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and of columns."""
        return len(self.codes), self.distinct.shape[1]

    @cached_property
    def array(self) -> Array:
        """All rows (n, p), as numbers."""
        return self.rows(slice(None))

    def rows(self, selection: Selection) -> Array:
        """Some rows written out."""
        rows: Array = self.distinct[self.codes[selection]]
        return rows

    def take(self, selection: Selection) -> Repeated:
        """The matrix of some of the rows, of the same patterns."""
        return Repeated(self.distinct, self.codes[selection])

    def column(self, j: int) -> Array:
        """One column."""
        return np.asarray(self.distinct[self.codes, j])

    def times(self, beta: Array) -> Array:
        """``Xβ`` (n,), one product a pattern."""
        return np.asarray((self.distinct @ beta)[self.codes])

    def largest(self) -> Array:
        """Largest absolute value of each column."""
        return Dense(self.distinct).largest()


@dataclass(frozen=True, eq=False)
class Group:
    """Columns of a factor, of crossed factors, or of slopes by level: ``table[code]`` times the multiplier of a row.

    ``places`` (r,) are the positions of its columns, ``table`` (L, r) their values in each cell.
    """

    cells: CodedColumns
    table: Array
    places: Index

    def rows(self, selection: Selection) -> Array:
        """These columns (m, r) of the selected rows."""
        rows: Array = self.table[self.cells.codes[selection]]
        multiplier = self.cells.multiplier
        return rows if multiplier is None else rows * multiplier[selection][:, None]

    def times(self, beta: Array) -> Array:
        """``Xβ`` (n,) of these columns."""
        predictor = self.effect(beta).take(self.cells.codes)
        return predictor if self.cells.multiplier is None else predictor * self.cells.multiplier

    def effect(self, beta: Array) -> Array:
        """What each cell adds to the linear predictor (L,)."""
        return np.asarray(self.sparse @ beta[self.places])

    @cached_property
    def sparse(self) -> Any:
        """The table, as a sparse matrix where it is large and nearly empty, as those of treatment contrasts are."""
        if self.table.size < _LARGE_TABLE or np.count_nonzero(self.table) > self.table.size / 8:
            return self.table
        from scipy.sparse import csr_array

        return csr_array(self.table)

    def take(self, selection: Selection) -> Group:
        """The same columns of some of the rows."""
        codes, size, multiplier = self.cells
        chosen = CodedColumns(
            np.ascontiguousarray(codes[selection]), size, None if multiplier is None else multiplier[selection].copy()
        )
        return Group(chosen, self.table, self.places)

    def largest(self) -> Array:
        """A bound of the absolute values of each column (r,)."""
        size = np.maximum(self.table.max(axis=0), -self.table.min(axis=0))
        multiplier = self.cells.multiplier
        return size if multiplier is None else np.asarray(size * np.abs(multiplier).max())


@dataclass(frozen=True, eq=False)
class Coded:
    """Plain columns (n, d) at ``places`` (d,), and groups of columns that are known by the code of a row.

    Plain columns are best each in one piece of memory, Fortran's order: they are made, surveyed and read one by one.
    """

    plain: Array
    places: Index
    groups: tuple[Group, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and of columns."""
        return len(self.plain), len(self.places) + sum(len(group.places) for group in self.groups)

    @cached_property
    def array(self) -> Array:
        """All rows (n, p) as numbers, filled block by block."""
        n, p = self.shape
        X = np.empty((n, p))
        for part in blocks(n, p):
            X[part] = self.rows(part)
        return X

    def rows(self, selection: Selection) -> Array:
        """Some rows written out."""
        if isinstance(selection, slice) and selection.step is None:
            return np.ascontiguousarray(self.columns(slice(*selection.indices(len(self.plain))[:2])))
        plain = self.plain[selection]
        X = np.empty((len(plain), self.shape[1]))
        X[:, self.places] = plain
        for group in self.groups:
            X[:, group.places] = group.rows(selection)
        return X

    def columns(self, part: slice) -> Array:
        """Neighbouring rows written out column by column, in Fortran's order: for folds that take either."""
        X = np.empty((max(0, part.stop - part.start), self.shape[1]), order="F")
        for j, column in zip(self.places.tolist(), self.plain.T, strict=True):
            X[:, j] = column[part]
        for group in self.groups:
            for j, values in zip(group.places.tolist(), np.ascontiguousarray(group.table.T), strict=True):
                group.cells.look_up(values, part, X[:, j])
        return X

    def take(self, selection: Selection) -> Coded:
        """The matrix of some of the rows, by the same codes."""
        return Coded(rows_taken(self.plain, selection), self.places, tuple(g.take(selection) for g in self.groups))

    def column(self, j: int) -> Array:
        """One column."""
        for group in self.groups:
            for k in np.flatnonzero(group.places == j):
                return Group(group.cells, group.table[:, [k]], group.places[[k]]).rows(slice(None))[:, 0]
        return self.plain[:, int(np.flatnonzero(self.places == j)[0])]

    def times(self, beta: Array) -> Array:
        """``Xβ`` (n,): of each group of columns the part of its code, looked up."""
        eta = self.plain @ beta[self.places]
        for group in self.groups:
            eta += group.times(beta)
        return np.asarray(eta)

    def largest(self) -> Array:
        """Largest absolute value of each column (p,), or a bound of it for slopes by level."""
        magnitude = np.empty(self.shape[1])
        for j, column in zip(self.places, self.plain.T, strict=True):
            magnitude[j] = kernels.column_survey(np.ascontiguousarray(column)[:, None]).magnitude[0]
        for group in self.groups:
            magnitude[group.places] = group.largest()
        return magnitude


def some_columns(matrix: Matrix, columns: Index) -> Matrix:
    """The matrix of some of the columns, in rising order."""
    if isinstance(matrix, Coded):
        places = np.full(matrix.shape[1], -1, dtype=np.intp)
        places[columns] = np.arange(len(columns))
        plain = places[matrix.places] >= 0
        groups = [(group, places[group.places] >= 0) for group in matrix.groups]
        return Coded(
            np.asfortranarray(matrix.plain[:, plain]),
            places[matrix.places[plain]],
            tuple(Group(g.cells, g.table[:, used], places[g.places[used]]) for g, used in groups if used.any()),
        )
    if isinstance(matrix, Repeated):
        return Repeated(np.ascontiguousarray(matrix.distinct[:, columns]), matrix.codes)
    return Dense(np.ascontiguousarray(matrix.array[:, columns]))


def row_pass(
    matrix: Matrix,
    rows: Observations,
    beta: Array,
    scale: Array | None = None,
    *,
    information: bool = True,
    threads: int | None = None,
) -> PassSums:
    """Log-likelihood, score and information of the rows, whose columns are those of ``matrix`` and not ``rows.X``.

    ``scale`` is for numbers only: codes are used where no column is of an extreme size.
    """
    if isinstance(matrix, Dense):
        dense = rows._replace(X=matrix.array)
        return kernels.row_pass(dense, beta, scale, information=information, threads=threads)
    if isinstance(matrix, Coded) and scale is None:
        return _coded_pass(matrix, rows, beta, information, threads)
    return kernels.added(
        row_pass(Dense(matrix.rows(part)), rows.part(part), beta, scale, information=information, threads=threads)
        for part in blocks(*matrix.shape)
    )


def rotated_information(
    matrix: Matrix, rows: Observations, beta: Array, root: Array, *, threads: int | None = None
) -> Array:
    """The information in the coordinates ``root'x`` (m, m); columns that are not held as numbers are written out."""
    if isinstance(matrix, Dense):
        return leverages.rotated_information(rows._replace(X=matrix.array), beta, root, threads=threads)
    parts = list(blocks(*matrix.shape))
    length = -(-len(parts) // _STRETCHES)
    sums = np.zeros((-(-len(parts) // length), root.shape[1], root.shape[1]))

    def stretch(k: int) -> None:
        for part in parts[k * length : (k + 1) * length]:
            block = block_of(matrix, rows, part)
            sums[k] += leverages.rotated_information(block, beta, root, threads=1)

    kernels.share(stretch, len(sums), kernels.threads_for(*matrix.shape, threads))
    return np.asarray(sums.sum(axis=0))


def block_of(matrix: Matrix, rows: Observations, part: slice) -> Observations:
    """Neighbouring rows, their columns written out as is quickest, in any order of memory."""
    return rows.part(part)._replace(X=matrix.columns(part) if isinstance(matrix, Coded) else matrix.rows(part))


def _coded_pass(matrix: Coded, rows: Observations, beta: Array, information: bool, threads: int | None) -> PassSums:
    """Sums by cell, and from them those of the columns: ``T's``, ``X'W T`` and ``T'PT`` with the tables T."""
    groups, plain, p = matrix.groups, matrix.places, matrix.shape[1]
    sums = cell_pass(
        rows._replace(X=matrix.plain),
        tuple(group.cells for group in groups),
        beta[plain],
        tuple(group.effect(beta) for group in groups),
        information=information,
        threads=threads,
    )
    score = np.empty(p)
    score[plain] = sums.score
    for group, by_cell in zip(groups, sums.cell_scores, strict=True):
        score[group.places] = by_cell @ group.table
    if not information:
        return PassSums(sums.llf, score, np.zeros((0, 0)))
    gram = np.empty((p, p))
    gram[np.ix_(plain, plain)] = sums.information
    for g, group in enumerate(groups):
        _put(gram, plain, group.places, sums.with_columns[g].T @ group.sparse)
        for h in range(g, len(groups)):
            products = sums.products[g, h]
            right = products[:, None] * groups[h].sparse if products.ndim == 1 else products @ groups[h].sparse
            _put(gram, group.places, groups[h].places, group.sparse.T @ right)
    return PassSums(sums.llf, score, gram)


def coded_root(
    matrix: Coded, rows: Observations, beta: Array, information: Array, columns: Index, threads: int | None = None
) -> Array | None:
    """Triangular root of the information of some columns, from a second pass with the plain ones made orthonormal.

    Sums of products lose κ²·ε; with the plain columns rotated by the root of their own information, as in Cholesky QR
    (Yamamoto et al. 2015), κ is only that of factors beside each other and beside the intercept. ``information`` is
    that of all columns. None where the plain columns, or factors among themselves, are too dependent.
    """
    plain, (n, p) = matrix.places, matrix.shape
    inside = np.flatnonzero(np.isin(plain, columns))
    own = plain[inside]
    factor = Information(np.ones(len(own)), information[np.ix_(own, own)]).factor
    if factor is None or factor.condition > SUMS_CONDITION:
        return None
    turn, back = np.eye(len(plain)), factor.root / factor.scale
    turn[np.ix_(inside, inside)] = factor.inverse_root
    turned = beta.copy()
    turned[own] = back @ beta[own]
    total = np.zeros((p, p))
    size = max(_LEAST_TURNED, min(p * p // 4, _MOST_TURNED // max(len(plain), 1)))
    for part in (slice(start, min(start + size, n)) for start in range(0, n, size)):
        rotated = Coded(matrix.plain[part] @ turn, plain, tuple(group.take(part) for group in matrix.groups))
        total += _coded_pass(rotated, rows.part(part), turned, True, threads).information
    total_factor = Information(np.ones(len(columns)), total[np.ix_(columns, columns)]).factor
    if (
        total_factor is None or total_factor.condition > SUMS_CONDITION
    ):  # rounding makes even dependent factors look apart
        return None
    root, places = total_factor.root / total_factor.scale, np.searchsorted(columns, own)
    root[:, places] = root[:, places] @ back
    return triangular_root(root)


def _put(gram: Array, these: Index, those: Index, products: Any) -> None:
    """Put products (r, s) of ``these`` columns with ``those`` above and below the diagonal of ``gram`` (p, p)."""
    values = products.toarray() if hasattr(products, "toarray") else products
    gram[np.ix_(these, those)] = values
    gram[np.ix_(those, these)] = values.T
