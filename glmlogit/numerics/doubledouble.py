"""Double-double arithmetic: arrays of about 32 decimal digits, each the unevaluated sum of two doubles.

The error of a floating-point sum or product is itself a double and can be computed (Dekker 1971; Knuth,
*The Art of Computer Programming* 2, §4.2.2). Carrying it along squares the unit roundoff, u² = 2⁻¹⁰⁶, at
10 to 25 double operations apiece. Bounds of the elementary operations are those of Joldes, Muller &
Popescu (2017, *ACM TOMS* 44, 15res); products and sums of many terms follow the compensated schemes of
Ogita, Rump & Oishi (2005, *SIAM J. Sci. Comput.* 26, 1955–1988), which keep the correction apart.

Only additions and multiplications in round-to-nearest are used, no fused ones, so results are the same on
every machine, and the same to the last bit whether the loops over rows are compiled (``c/exact.c``) or NumPy's (names
that end in ``_numpy``). Numbers above 2⁹⁷⁰ are safe in :func:`two_prod` alone; products are exact as long as they are
not below 2⁻⁹⁶⁹. Callers scale their data by powers of two to be well inside.
"""

from __future__ import annotations

import contextlib
import importlib
import math
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.numerics import kernels

_exact: Any = None
with contextlib.suppress(ImportError):  # not there where no compiler was
    _exact = importlib.import_module("glmlogit.numerics._exact")

Array = npt.NDArray[np.float64]

UNIT = 2.0**-53
# Bounds of the relative error of exp() and of the tails made of it; a hundred times what is observed.
EXP_ERROR = 2.0**-99
TAIL_ERROR = 2.0**-97

_SPLITTER = 2.0**27 + 1.0
_HUGE = 2.0**970
# Doubles in one temporary array: a dozen of them stay in a core's second-level cache.
_CHUNK = 1 << 13
# ln 2 in three parts; the first two have 42 bits, so that k·part is exact for |k| < 2^11.
_LN2 = (
    float.fromhex("0x1.62e42fefa38p-1"),
    float.fromhex("0x1.ef35793c76p-45"),
    float.fromhex("0x1.cc01f97b57a08p-87"),
)
# e^x − 1 is tabled at multiples of 1/512, of which ½ ln 2 has 177.4.
_STEPS, _FURTHEST = 512.0, 178


class DD(NamedTuple):
    """The unevaluated sum hi + lo, with |lo| at most half a unit in the last place of hi."""

    hi: Array
    lo: Array


def _compiled() -> bool:
    """Whether loops over rows are compiled."""
    return _exact is not None and kernels.COMPILED


def compiled(name: str) -> Any:
    """A compiled function; None where loops are not compiled."""
    return getattr(_exact, name, None) if _compiled() else None


def from_double(x: npt.ArrayLike) -> DD:
    """Doubles as double-doubles."""
    hi = np.asarray(x, dtype=np.float64)
    return DD(hi, np.zeros_like(hi))


def two_sum(a: Array, b: Array) -> DD:
    """``a + b`` exactly, as rounded sum and rounding error (Knuth)."""
    s = a + b
    t = s - a
    return DD(s, (a - (s - t)) + (b - t))


def _ordered_sum(a: Array, b: Array) -> DD:
    """``a + b`` exactly where |a| ≥ |b| (Dekker)."""
    s = a + b
    return DD(s, b - (s - a))


def split(x: Array) -> tuple[Array, Array]:
    """Two halves of at most 26 bits with ``x = high + low`` (Veltkamp); |x| below 2⁹⁹⁶."""
    c = _SPLITTER * x
    high = c - (c - x)
    return high, x - high


def _product(a: Array, b: Array, a_halves: tuple[Array, Array], b_halves: tuple[Array, Array]) -> DD:
    (a1, a2), (b1, b2) = a_halves, b_halves
    p = a * b
    return DD(p, ((a1 * b1 - p) + a1 * b2 + a2 * b1) + a2 * b2)


def _two_prod(a: Array, b: Array) -> DD:
    return _product(a, b, split(a), split(b))


def two_prod(a: Array, b: Array) -> DD:
    """``a · b`` exactly, as rounded product and rounding error (Dekker).

    Exact unless the product over- or underflows; factors above 2⁹⁷⁰ are scaled down for the splitting.
    """
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):  # beyond the range there is no exact product
        down_a, down_b = (np.where(np.abs(x) > _HUGE, 2.0**-60, 1.0) for x in (a, b))
        exact = _two_prod(a * down_a, b * down_b)
        up = 1.0 / (down_a * down_b)
        return DD(exact.hi * up, exact.lo * up)


def negative(a: DD) -> DD:
    """``−a``, exact."""
    return DD(-a.hi, -a.lo)


def add(a: DD, b: DD) -> DD:
    """``a + b``, relative error at most 3u² + 13u³."""
    s = two_sum(a.hi, b.hi)
    t = two_sum(a.lo, b.lo)
    s = _ordered_sum(s.hi, s.lo + t.hi)
    return _ordered_sum(s.hi, s.lo + t.lo)


def add_double(a: DD, b: Array) -> DD:
    """``a + b`` for doubles b, relative error at most 2u²."""
    s = two_sum(a.hi, b)
    return _ordered_sum(s.hi, s.lo + a.lo)


def subtract(a: DD, b: DD) -> DD:
    """``a − b``, relative error as of :func:`add`."""
    return add(a, negative(b))


def multiply(a: DD, b: DD) -> DD:
    """``a · b``, relative error at most 5u²."""
    p = _two_prod(a.hi, b.hi)
    return _ordered_sum(p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi))


def multiply_double(a: DD, b: Array) -> DD:
    """``a · b`` for doubles b, relative error at most 3u²."""
    p = _two_prod(a.hi, b)
    return _ordered_sum(p.hi, p.lo + a.lo * b)


def divide(a: DD, b: DD) -> DD:
    """``a / b``, relative error at most 10u²: a double quotient, corrected once by its remainder."""
    first = a.hi / b.hi
    rest = subtract(a, multiply_double(b, first))
    return _ordered_sum(first, (rest.hi + rest.lo) / b.hi)


def sqrt(a: DD) -> DD:
    """``√a``, relative error at most 4u²: the double root and one Newton step on its remainder."""
    root = np.sqrt(a.hi)
    rest = subtract(a, _two_prod(root, root))
    safe = np.where(root > 0, root, 1.0)
    return _ordered_sum(root, rest.hi / (2.0 * safe))


def _reciprocal(n: int) -> DD:
    hi = float(Fraction(1, n))
    return DD(np.array(hi), np.array(float(Fraction(1, n) - Fraction(hi))))


# 1/k! for k = 4, 3: what of the series of exp needs more than double precision, apart from 1/2.
_FACTORIALS = tuple(_reciprocal(n) for n in (24, 6))


def _small_expm1(r: DD) -> DD:
    """``e^r − 1`` for |r| ≤ 2⁻¹⁰: Taylor to r⁹; from r⁵ on a double suffices, r⁴/120 being 8e-15."""
    x = r.hi
    tail = x * (1 / 120 + x * (1 / 720 + x * (1 / 5040 + x * (1 / 40320 + x * (1 / 362880)))))
    series = from_double(tail)
    for coefficient in _FACTORIALS:
        series = multiply(add(series, coefficient), r)
    series = add_double(series, np.array(0.5))
    return add(r, multiply(multiply(r, r), series))


def _tabled() -> DD:
    """``e^x − 1`` of x = −178/512, …, 178/512 to the last bit, from 1/512 to the powers in whole numbers of 2⁻²⁰⁰."""
    unity = 1 << 200
    step = sum(unity // (512**n * math.factorial(n)) for n in range(25))
    powers = [unity]
    for _ in range(_FURTHEST):
        powers.append(powers[-1] * step >> 200)
    values = [unity * unity // power for power in powers[:0:-1]] + powers
    hi = [(value - unity) / unity for value in values]
    lo = [(value - unity - int(h * 2.0**200)) / unity for value, h in zip(values, hi, strict=True)]
    return DD(np.array(hi), np.array(lo))


_TABLE = _tabled()
if _exact is not None:
    _exact.keep_table(*_TABLE)


def exp(x: DD) -> DD:
    """``e^x`` with relative error below 2⁻⁹⁹ (1.6e-30), or a double's smallest unit in absolute terms.

    x = k ln 2 + j/512 + r (Tang 1989, *ACM TOMS* 15, 144–157): a series in r, a table of j/512. Where e^x < 1e-276 the
    low part is lost to underflow, below −745 all of it; above 709.78 it is inf.
    """
    s, k = _expm1_of_rest(x)
    s = add_double(s, np.array(1.0))
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):  # a NaN has no exponent
        exponent = k.astype(np.intc)
        return DD(np.ldexp(s.hi, exponent), np.ldexp(s.lo, exponent))


def expm1(x: DD) -> DD:
    """``e^x − 1`` of x ≤ 0 with relative error below 2⁻⁹⁷.

    Of x above −½ ln 2 from the table of e^x − 1, of which the series takes half at most; below, e^x is at most 0.71.
    """
    s, k = _expm1_of_rest(x)
    return _where(k == 0, s, add_double(exp(x), np.array(-1.0)))


def _expm1_of_rest(x: DD) -> tuple[DD, Array]:
    """``e^r − 1`` and k of x = k ln 2 + r."""
    with np.errstate(under="ignore"):  # of low parts
        hi = np.clip(x.hi, -750.0, 710.0)
        lo = np.where(hi == x.hi, x.lo, 0.0)
        k = np.rint(hi / _LN2[0])
        a = two_sum(hi, -k * _LN2[0])
        b = two_sum(a.hi, -k * _LN2[1])
        c = two_sum(b.hi, lo)
        r = two_sum(c.hi, c.lo + b.lo + a.lo - k * _LN2[2])
        j = np.rint(r.hi * _STEPS)
        row = np.where(np.isfinite(j), j + _FURTHEST, 0.0).astype(np.intp)
        e = DD(_TABLE.hi[row], _TABLE.lo[row])
        s = _small_expm1(_ordered_sum(r.hi - j / _STEPS, r.lo))
        s = add(e, add(s, multiply(e, s)))
    return s, k


def tails(eta: DD) -> tuple[DD, DD]:
    """``p = 1/(1 + e^−η)`` and ``q = 1 − p`` of η (n,), each with relative error below 2⁻⁹⁷ where it is finite.

    Neither is found by subtraction; a tail below 1e-276 is good to a few times the smallest double, 5e-324.
    """
    if not _compiled():
        return tails_numpy(eta)
    out = np.empty((4, len(eta.hi)))
    _exact.tails(np.array(eta, dtype=np.float64), out)
    return DD(out[0], out[1]), DD(out[2], out[3])


def tails_numpy(eta: DD) -> tuple[DD, DD]:
    """The NumPy twin."""
    with np.errstate(under="ignore"):  # of tails and low parts
        positive = eta.hi >= 0
        t = exp(_where(positive, negative(eta), eta))
        unity = from_double(np.ones_like(t.hi))
        big = divide(unity, add(unity, t))
        small = multiply(t, big)
        return _where(positive, big, small), _where(positive, small, big)


def _where(condition: npt.NDArray[np.bool_], a: DD, b: DD) -> DD:
    return DD(np.where(condition, a.hi, b.hi), np.where(condition, a.lo, b.lo))


def residuals(eta: DD, events: Array, nonevents: Array) -> tuple[DD, Array, Array]:
    """``a·q − b·p``, gross values ``a·q + b·p`` and weights ``(a + b)pq`` of η, events a and non-events b (n,)."""
    if not _compiled():
        return residuals_numpy(eta, events, nonevents)
    out, counts = np.empty((4, len(eta.hi))), (np.ascontiguousarray(count) for count in (events, nonevents))
    _exact.residuals(np.array(eta, dtype=np.float64), *counts, out)
    return DD(out[0], out[1]), out[2], out[3]


def residuals_numpy(eta: DD, events: Array, nonevents: Array) -> tuple[DD, Array, Array]:
    """The NumPy twin."""
    p, q = tails_numpy(eta)
    up, down = multiply_double(q, events), multiply_double(p, nonevents)
    return subtract(up, down), up.hi + down.hi, (events + nonevents) * p.hi * q.hi


def matmul(X: Array, b: DD) -> DD:
    """``X b`` for doubles X (n, p) and a double-double vector (p,) or matrix (p, k).

    Compensated product: the error of an element is at most ``3(p + 2)² u² Σ|x||b|``; |X| and |b| below 2⁹⁷⁰.
    """
    if not _compiled():
        return matmul_numpy(X, b)
    hi, lo = (np.ascontiguousarray(side.reshape(X.shape[1], -1)) for side in b)
    out = np.empty((2, hi.shape[1], len(X)))
    _exact.matmul(X, hi, lo, out)
    return DD(out[0, 0], out[1, 0]) if b.hi.ndim == 1 else DD(out[0].T, out[1].T)


def matmul_numpy(X: Array, b: DD) -> DD:
    """The NumPy twin; fastest with X in Fortran order."""
    p = X.shape[1]
    hi, lo = b.hi.reshape(p, -1), b.lo.reshape(p, -1)
    size = max(64, _CHUNK // max(1, hi.shape[1]))
    parts = [_dot(X[start : start + size], hi, lo) for start in range(0, len(X), size)]
    product = DD(*(np.concatenate(side, axis=1).T for side in zip(*parts, strict=True)))
    return DD(product.hi[:, 0], product.lo[:, 0]) if b.hi.ndim == 1 else product


def _dot(X: Array, hi: Array, lo: Array) -> DD:
    """Transposed product of a few rows: sums by two_sum, all rounding errors gathered in one double."""
    total, error = np.zeros((2, hi.shape[1], len(X)))
    has_low = np.any(lo, axis=1).tolist()
    for j in range(X.shape[1]):
        x, b = X[None, :, j], hi[j, :, None]
        term = _product(x, b, split(x), split(b))
        sums = two_sum(total, term.hi)
        total = sums.hi
        error += sums.lo + term.lo
        if has_low[j]:
            error += x * lo[j, :, None]
    return _ordered_sum(total, error)


def column_sums(X: Array, r: DD) -> DD:
    """``X'r`` for doubles X (n, p) and double-doubles r (n,): p sums, added up pairwise.

    The error of a sum is at most ``(3 log₂n + 12) u² Σ|x||r|``.
    """
    if not _compiled():
        return column_sums_numpy(X, r)
    out = np.empty((2, X.shape[1]))
    _exact.column_sums(X, np.ascontiguousarray(r.hi), np.ascontiguousarray(r.lo), out)
    return DD(out[0], out[1])


def column_sums_numpy(X: Array, r: DD) -> DD:
    """The NumPy twin; fastest with X in Fortran order."""
    size = max(1, 2 * _CHUNK // max(1, len(X)))
    halves = split(r.hi)
    parts = []
    for start in range(0, X.shape[1], size):
        x = X[:, start : start + size].T
        term = _product(x, r.hi, split(x), halves)
        parts.append(pairwise(_ordered_sum(term.hi, term.lo + x * r.lo)))
    return DD(*(np.concatenate(side) for side in zip(*parts, strict=True)))


def pairwise(terms: DD) -> DD:
    """Sum over the last axis, halving it until one is left: relative to Σ|terms| at most ``(3 log₂n + 3) u²``."""
    while (m := terms.hi.shape[-1]) > 1:
        half = m // 2
        low, high, odd = slice(0, half), slice(half, 2 * half), slice(2 * half, m)
        total = add(_part(terms, low), _part(terms, high))
        terms = _joined(total, _part(terms, odd)) if m % 2 else total
    return DD(terms.hi[..., 0], terms.lo[..., 0])


def _part(a: DD, where: slice) -> DD:
    return DD(a.hi[..., where], a.lo[..., where])


def _joined(a: DD, b: DD) -> DD:
    return DD(np.concatenate([a.hi, b.hi], axis=-1), np.concatenate([a.lo, b.lo], axis=-1))


def linear_predictor(X: Array, beta: DD, offset: Array | None) -> DD:
    """``Xβ + offset`` in double-double, where no cancellation between columns costs a digit."""
    if not len(beta.hi) or not len(X):
        return from_double(np.zeros(len(X)) if offset is None else offset)
    eta = matmul(X, beta)
    return eta if offset is None else add_double(eta, offset)
