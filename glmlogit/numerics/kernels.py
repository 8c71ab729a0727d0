"""Row arithmetic of the logit model: tails, log-likelihood, residuals, and passes over all rows in C or NumPy.

Every function takes the linear predictor η and works with both tails: p and q = 1 − p come from one
``t = exp(−|η|)``, so neither is ever found by subtraction, nothing overflows for any finite η, and no
probability is clamped away from 0 or 1 (Mächler 2012, *Accurately computing log(1 − exp(−|a|))*).

A row is a pair of weights: ``events`` (weight times number of events) and ``nonevents``. A Bernoulli
row has (1, 0) or (0, 1), a grouped one (y, m − y), a weighted one multiples of these.
"""

from __future__ import annotations

import contextlib
import importlib
import math
import os
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.numerics.blocks import block_rows
from glmlogit.numerics.products import Products
from glmlogit.numerics.survey import Survey, ZeroOne, column_survey_numpy, zero_one_numpy

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor


Array = npt.NDArray[np.float64]

_rowpass: Any = None
with contextlib.suppress(ImportError):  # not there where no compiler was
    _rowpass = importlib.import_module("glmlogit.numerics._rowpass")

# Whether the extension serves, read at each pass: False leaves all of them to the twins in NumPy.
COMPILED = _rowpass is not None


def compiled(name: str) -> Any:
    """A compiled function; None where passes are not compiled."""
    return getattr(_rowpass, name, None) if COMPILED else None


# A linear predictor that stands for ±infinity: its likelihood, residual and weight are exactly 0.
INFINITE_ETA = 1e300

# Columns up to which the compiled pass is used: beyond, a BLAS is as fast at the products.
WIDEST_COMPILED: int = _rowpass.WIDEST if COMPILED else 0

# Rows are summed in at most so many segments; where there are fewer, each has at least so many rows, doubles, and rows
# for each column: its sums are as many doubles as products of columns.
_MOST_SEGMENTS, _LEAST_SEGMENT_ROWS, _SEGMENT_DOUBLES, _LEAST_ROWS_A_COLUMN = 64, 1024, 1 << 16, 16

# Waking a thread costs some 50 µs: as much as multiplications of this number.
_WORTH_A_THREAD = 1 << 22


class Observations(NamedTuple):
    """Rows of a likelihood: columns and vectors as given, nothing multiplied out.

    ``X`` (n, p) is float64 or float32 in any order; events out of one trial, of ``trials``, or beside
    ``nonevents``; ``limit`` is not 0 in rows that contribute nothing.
    """

    X: npt.NDArray[np.floating[Any]]
    events: Array
    trials: Array | None = None
    nonevents: Array | None = None
    weights: Array | None = None
    offset: Array | None = None
    limit: Array | None = None

    def part(self, rows: slice) -> Observations:
        """Neighbouring rows."""
        return Observations(*(None if v is None else v[rows] for v in self))  # type: ignore[arg-type]


class CheckedRows(NamedTuple):
    """Rows that C can read, checked once for many passes, and how many are summed at a stretch: 0 without C."""

    rows: Observations
    size: int

    @staticmethod
    def of(rows: Observations) -> CheckedRows:
        """Check rows; malformed ones are a ValueError."""
        rows = plain_rows(rows)
        n, p = rows.X.shape
        return CheckedRows(rows, segment_rows(n, p) if COMPILED and 0 < p <= WIDEST_COMPILED else 0)


class PassSums(NamedTuple):
    """Log-likelihood, score (p,) and information (p, p), which is (0, 0) where it was not asked for."""

    llf: float
    score: Array
    information: Array


def added(parts: Iterable[PassSums]) -> PassSums:
    """Sums over several sets of rows."""
    llf, scores, grams = zip(*parts, strict=True)
    return PassSums(math.fsum(llf), np.sum(scores, axis=0), np.sum(grams, axis=0))


class RowSums(NamedTuple):
    """Log-likelihood of a block of rows, their residuals (events − fitted) and information weights."""

    llf: float
    residual: Array
    weight: Array


def tails(eta: Array) -> tuple[Array, Array]:
    """Return ``p = 1/(1 + e^−η)`` and ``q = 1 − p``, each to relative machine accuracy."""
    small = np.exp(-np.abs(eta))
    big = 1.0 / (1.0 + small)
    small *= big
    positive = eta >= 0
    return np.where(positive, big, small), np.where(positive, small, big)


def log1pexp(x: Array) -> Array:
    """Return ``log(1 + e^x)`` over the whole range of x, without overflow or loss in the lower tail."""
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))


def row_sums(eta: Array, events: Array, nonevents: Array, *, value: bool = True) -> RowSums:
    """Log-likelihood ``−Σ a·log(1 + e^−η) + b·log(1 + e^η)``, residuals ``a·q − b·p``, weights ``(a+b)pq``.

    The residual in this form has no cancellation where p is near 0 or 1, which ``y − p`` has. Without ``value`` the
    log-likelihood is NaN, and its logarithms are saved.
    """
    small = np.exp(-np.abs(eta))
    log_term = np.log1p(small) if value else None
    big = 1.0 / (1.0 + small)
    small *= big
    positive = eta >= 0
    total = events + nonevents
    against = np.where(positive, nonevents, events)
    residual = np.where(positive, events, nonevents) * small
    residual -= against * big
    np.negative(residual, out=residual, where=~positive)
    llf = math.nan if log_term is None else -float(np.sum(total * log_term) + np.sum(against * np.abs(eta)))
    weight = total
    weight *= small
    weight *= big
    return RowSums(llf, residual, weight)


def row_pass(
    rows: Observations, beta: Array, scale: Array | None = None, *, information: bool = True, threads: int | None = None
) -> PassSums:
    """Log-likelihood, score ``X'(y − μ)`` and information ``X'WX`` in one pass over the rows.

    ``scale`` (p,) multiplies the columns of ``X'WX`` where squares might over- or underflow. Compiled where the
    extension was built; :func:`row_pass_numpy` is its twin. Sums are taken in segments of rows that depend on n and
    p alone, and added in order: the result is the same bit for bit with any number of threads and any order of X.
    Malformed arguments are a ValueError.
    """
    return checked_pass(CheckedRows.of(rows), beta, scale, information=information, threads=threads)


def checked_pass(
    checked: CheckedRows,
    beta: Array,
    scale: Array | None = None,
    *,
    information: bool = True,
    threads: int | None = None,
    coarse: bool = False,
) -> PassSums:
    """:func:`row_pass` over rows that were checked before.

    ``coarse`` allows products of columns in single precision, some six digits, where columns are many; log-likelihood
    and score are the same.
    """
    rows, size = checked
    n, p = rows.X.shape
    beta, scale = doubles(beta, p), None if scale is None else doubles(scale, p)
    if not (size and COMPILED):
        return row_pass_numpy(rows, beta, scale, information=information, coarse=coarse)
    length = 1 + p + (p * p if information else 0)
    if n <= size:  # small fits are many passes: nothing to share, nothing to add up
        total = np.empty(length)
        _rowpass.accumulate(*rows, beta, scale, total, 0, n, coarse)
        llf = float(total[0])
    else:
        sums = _segment_sums(checked, beta, scale, length, threads, coarse)
        total, llf = sums.sum(axis=0), math.fsum(sums[:, 0].tolist())
    return PassSums(llf, total[1 : 1 + p], total[1 + p :].reshape((p, p) if information else (0, 0)))


def _segment_sums(
    checked: CheckedRows, beta: Array, scale: Array | None, length: int, threads: int | None, coarse: bool
) -> Array:
    """Sums of each segment of rows, by as many threads as are worth it."""
    rows, size = checked
    n, p = rows.X.shape
    sums = np.empty((-(-n // size), length))

    def segment(k: int) -> None:
        _rowpass.accumulate(*rows, beta, scale, sums[k], k * size, min(n, (k + 1) * size), coarse)

    share(segment, len(sums), threads_for(n, p, threads))
    return sums


def row_pass_numpy(
    rows: Observations,
    beta: Array,
    scale: Array | None = None,
    *,
    information: bool = True,
    coarse: bool = False,
) -> PassSums:
    """The NumPy twin of the compiled row pass, block by block."""
    n, p = rows.X.shape
    score, gram = np.zeros(p), Products(p if information else 0, coarse=coarse)
    llf: list[float] = []
    size = block_rows(p)
    for start in range(0, n, size):
        X, eta, events, nonevents = row_block(rows, slice(start, start + size), beta)
        part, residual, weight = row_sums(eta, events, nonevents)
        llf.append(part)
        score += residual @ X
        if information:
            weighted = X * np.sqrt(weight)[:, None]
            if scale is not None:
                weighted *= scale
            gram.add(weighted)
    return PassSums(math.fsum(llf), score, gram.total)


def row_block(rows: Observations, part: slice, beta: Array) -> tuple[Array, Array, Array, Array]:
    """Columns, linear predictors, weights of events and of non-events of some rows."""
    X = np.ascontiguousarray(rows.X[part], dtype=np.float64)
    events = rows.events[part]
    trials, nonevents, weights, offset, limit = (None if v is None else v[part] for v in rows[2:])
    eta = X @ beta
    if offset is not None:
        eta += offset
    if nonevents is None:
        nonevents = (1.0 if trials is None else trials) - events
    if weights is not None:
        events, nonevents = weights * events, weights * nonevents
    if limit is not None:
        at_limit = limit != 0
        eta[at_limit] = INFINITE_ETA
        events, nonevents = np.where(at_limit, 0.0, events), np.where(at_limit, 0.0, nonevents)
    return X, eta, events, nonevents


def checked_rows(rows: Observations, beta: Array, scale: Array | None) -> tuple[Observations, Array, Array | None]:
    """Rows as :func:`plain_rows` has them, with vectors of as many doubles as there are columns."""
    rows = plain_rows(rows)
    p = rows.X.shape[1]
    return rows, doubles(beta, p), None if scale is None else doubles(scale, p)


def plain_rows(rows: Observations) -> Observations:
    """Vectors as contiguous doubles of the right length, X as doubles or floats that C can read; X is not copied."""
    X, *vectors = rows
    if X.ndim != 2:
        raise ValueError(f"X has {X.ndim} dimensions, not 2")
    if X.dtype not in (np.float64, np.float32) or not X.flags.aligned:
        X = X.astype(np.float64)
    plain = [None if v is None else doubles(v, len(X)) for v in vectors]
    if plain[0] is None:
        raise ValueError("events are missing")
    return Observations(X, plain[0], *plain[1:])


def doubles(vector: Array, length: int) -> Array:
    """A vector as contiguous, aligned float64; a ValueError unless it has ``length`` entries."""
    plain = np.ascontiguousarray(vector, dtype=np.float64)
    if not plain.flags.aligned:
        plain = plain.copy()
    if plain.shape != (length,):
        raise ValueError(f"a vector has shape {plain.shape}, not ({length},)")
    return plain


def segment_rows(n: int, p: int) -> int:
    """Rows summed by one thread at a stretch: a function of n and p, so that no result depends on threads."""
    of_doubles = 1 << min(13, (_SEGMENT_DOUBLES // p).bit_length() - 1)
    least = max(_LEAST_SEGMENT_ROWS, of_doubles, 1 << (_LEAST_ROWS_A_COLUMN * p - 1).bit_length())
    return least * max(1, -(-n // (least * _MOST_SEGMENTS)))


def available_threads() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def threads_for(n: int, p: int, threads: int | None) -> int:
    """As many as asked for and available, but one where the work would be done before a second is awake."""
    if threads == 1 or n * p * (p + 20) < _WORTH_A_THREAD:
        return 1
    available = available_threads()
    return available if threads is None else min(threads, available)


@cache
def _helpers() -> ThreadPoolExecutor:
    """Threads beside the caller's own, made when first needed."""
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(max(1, available_threads() - 1), thread_name_prefix="glmlogit")


if hasattr(os, "register_at_fork"):  # a child process has none of its parent's threads
    os.register_at_fork(after_in_child=_helpers.cache_clear)


def share(work: Callable[[int], None], count: int, threads: int) -> None:
    """Do ``work(0), …, work(count − 1)``: the caller and its helpers each take the next one that is left."""
    left = iter(range(count))
    if threads == 1 or count == 1:
        for k in left:
            work(k)
        return

    def take() -> None:
        for k in left:
            work(k)

    helpers = []
    with contextlib.suppress(RuntimeError):  # no thread to be had: too little memory, or Python is ending
        helpers += [_helpers().submit(take) for _ in range(min(threads, count) - 1)]
    try:
        take()
    finally:  # when interrupted, helpers take no more either
        for _ in left:
            pass
    for helper in helpers:
        if not helper.cancel():  # one that never started has nothing left to do
            helper.result()


def config() -> dict[str, str]:
    """How rows are summed here: compiled or not, instruction set, threads, and the BLAS of NumPy."""
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    without = "NumPy (the extension was not built)" if _rowpass is None else "NumPy (the extension is switched off)"
    return {
        "row pass": f"compiled (up to {WIDEST_COMPILED} columns)" if COMPILED else without,
        "instructions": _rowpass.instructions() if COMPILED else "those of NumPy",
        "threads": str(available_threads()),
        "BLAS": f"{blas.get('name', 'unknown')} {blas.get('version', '')}".strip(),
    }


def column_survey(X: Array) -> Survey:
    """Look at every value once, without a copy of X; :func:`column_survey_numpy` is the twin of the compiled look."""
    n, p = X.shape
    plain = X.dtype == np.float64 and X.flags.c_contiguous and X.flags.aligned
    if not (COMPILED and plain and n and 0 < p <= WIDEST_COMPILED):
        return column_survey_numpy(X)
    size = segment_rows(n, p)
    parts = np.empty((-(-n // size), 2, p))
    if n <= size:
        _rowpass.survey(X, parts[0], p, 0, n)
        return Survey(parts[0, 0], parts[0, 1] == 1.0)

    def look(k: int) -> None:
        _rowpass.survey(X, parts[k], p, k * size, min(n, (k + 1) * size))

    share(look, len(parts), threads_for(n, p, None))
    return Survey(np.maximum.reduce(parts[:, 0]), np.minimum.reduce(parts[:, 1]) == 1.0)


def zero_one(values: Array) -> ZeroOne:
    """Copy and count in one look at every value; :func:`zero_one_numpy` is the twin of the compiled look."""
    n = len(values)
    plain = values.ndim == 1 and values.dtype == np.float64 and values.flags.c_contiguous and values.flags.aligned
    if not (COMPILED and plain and n):
        return zero_one_numpy(values)
    copy, size = np.empty(n), segment_rows(n, 1)
    if n <= size:
        return ZeroOne(copy, *_rowpass.zero_one(values, copy, 0, n))
    counts = [(0, 0)] * -(-n // size)

    def look(k: int) -> None:
        counts[k] = _rowpass.zero_one(values, copy, k * size, min(n, (k + 1) * size))

    share(look, len(counts), threads_for(n, 1, None))
    zeros, ones = map(sum, zip(*counts, strict=True))
    return ZeroOne(copy, zeros, ones)
