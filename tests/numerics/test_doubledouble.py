"""Double-double arithmetic: exactness in rational numbers, bounds against mpmath."""

from __future__ import annotations

import importlib.util
import json
import shutil
from fractions import Fraction
from pathlib import Path

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glmlogit.numerics import doubledouble
from glmlogit.numerics.doubledouble import DD

ROWS = json.loads((Path(__file__).parents[1] / "reference" / "doubledouble.json").read_text())["rows"]
ARGUMENT = DD(np.array([row["hi"] for row in ROWS]), np.array([row["lo"] for row in ROWS]))
U = 2.0**-53
SMALLEST = mp.mpf(2) ** -1074

# The error of a sum is exact unless the sum overflows; that of a product unless a part of it underflows.
ADDABLE = st.floats(min_value=-1e307, max_value=1e307)
FACTOR = st.floats(min_value=1e-120, max_value=1e120) | st.floats(min_value=-1e120, max_value=-1e-120)


def value(hi: float, lo: float) -> mp.mpf:
    return mp.mpf(float(hi)) + mp.mpf(float(lo))


def values(a: DD) -> list[mp.mpf]:
    return [value(*pair) for pair in zip(np.ravel(a.hi), np.ravel(a.lo), strict=True)]


def error(ours: DD, theirs: list[mp.mpf], scale: list[mp.mpf] | None = None) -> float:
    """Largest error relative to the truth, or to ``scale``."""
    pairs = zip(values(ours), theirs, scale or theirs, strict=True)
    return max(float(abs(o - t) / abs(s)) if s else float(o != t) for o, t, s in pairs)


def pairs(rng: np.random.Generator, n: int, low: float = -20, high: float = 20) -> DD:
    hi = rng.choice([-1.0, 1.0], n) * 2.0 ** rng.uniform(low, high, n)
    return doubledouble.two_sum(hi, hi * rng.uniform(-U, U, n))


@pytest.fixture(autouse=True)
def digits():
    with mp.workdps(120):
        yield


# ---- error-free transformations ------------------------------------------------------------------------------


@given(ADDABLE, ADDABLE)
def test_two_sum_is_exact(a, b):
    s = doubledouble.two_sum(np.array(a), np.array(b))
    assert Fraction(float(s.hi)) + Fraction(float(s.lo)) == Fraction(a) + Fraction(b)
    assert s.hi == a + b


@given(FACTOR, FACTOR)
def test_two_prod_is_exact(a, b):
    p = doubledouble.two_prod(np.array(a), np.array(b))
    assert Fraction(float(p.hi)) + Fraction(float(p.lo)) == Fraction(a) * Fraction(b)
    assert p.hi == a * b


@given(st.floats(min_value=2.0**960, max_value=1.7e308), st.floats(min_value=2.0**-100, max_value=0.5))
def test_two_prod_of_huge_factors_is_exact(a, b):
    for left, right in ((a, b), (b, a), (-a, b)):
        p = doubledouble.two_prod(np.array(left), np.array(right))
        assert Fraction(float(p.hi)) + Fraction(float(p.lo)) == Fraction(left) * Fraction(right)


@given(st.floats(min_value=-(2.0**990), max_value=2.0**990))
def test_split_halves_are_short_and_exact(x):
    high, low = doubledouble.split(np.array(x))
    assert float(high) + float(low) == x
    for half in (float(high), float(low)):
        mantissa = Fraction(half).numerator
        assert mantissa == 0 or (mantissa // (mantissa & -mantissa)).bit_length() <= 27


# ---- arithmetic ----------------------------------------------------------------------------------------------

BOUNDS = {
    "add": (doubledouble.add, lambda x, y: x + y, 3.1),
    "subtract": (doubledouble.subtract, lambda x, y: x - y, 3.1),
    "multiply": (doubledouble.multiply, lambda x, y: x * y, 5.0),
    "divide": (doubledouble.divide, lambda x, y: x / y, 10.0),
}


@pytest.mark.parametrize("name", BOUNDS)
def test_arithmetic_within_its_bound(name):
    ours, exact, bound = BOUNDS[name]
    rng = np.random.default_rng(1)
    a, b = pairs(rng, 4000), pairs(rng, 4000)
    b = DD(np.where(rng.random(4000) < 0.3, -a.hi * (1 + 2e-16), b.hi), b.lo * 0)  # sums that cancel
    assert error(ours(a, b), [exact(x, y) for x, y in zip(values(a), values(b), strict=True)]) <= bound * U**2


def test_mixed_arithmetic_within_its_bound():
    rng = np.random.default_rng(2)
    a, b = pairs(rng, 4000), rng.normal(size=4000)
    assert (
        error(doubledouble.add_double(a, b), [x + mp.mpf(y) for x, y in zip(values(a), b.tolist(), strict=True)])
        <= 2 * U**2
    )
    product = doubledouble.multiply_double(a, b)
    assert error(product, [x * mp.mpf(y) for x, y in zip(values(a), b.tolist(), strict=True)]) <= 3 * U**2


def test_sqrt():
    a = pairs(np.random.default_rng(3), 4000, -300, 300)
    a = DD(np.abs(a.hi), np.copysign(a.lo, a.hi * a.lo))
    assert error(doubledouble.sqrt(a), [mp.sqrt(x) for x in values(a)]) <= 4 * U**2
    zero = doubledouble.sqrt(doubledouble.from_double([0.0]))
    assert (zero.hi, zero.lo) == (0.0, 0.0)


# ---- exp and the tails ---------------------------------------------------------------------------------------


def within(ours: DD, key: str, relative: float) -> bool:
    """Relative bound, or a few of the smallest double where low parts of exp and of its product underflow."""
    theirs = [mp.mpf(row[key]) for row in ROWS]
    return all(abs(o - t) <= relative * t + 4 * SMALLEST for o, t in zip(values(ours), theirs, strict=True))


def test_exp():
    inside = np.abs(ARGUMENT.hi) < 709.78
    chosen = DD(ARGUMENT.hi[inside], ARGUMENT.lo[inside])
    theirs = [mp.mpf(row["exp"]) for row, yes in zip(ROWS, inside, strict=True) if yes]
    big = [t for t in theirs if t > mp.mpf("1e-270")]
    ours = [o for o, t in zip(values(doubledouble.exp(chosen)), theirs, strict=True) if t > mp.mpf("1e-270")]
    assert max(abs(o - t) / t for o, t in zip(ours, big, strict=True)) <= doubledouble.EXP_ERROR
    with np.errstate(all="raise"):
        far = doubledouble.exp(doubledouble.from_double([-1e5, -746.0, 710.0, 1e300]))
    np.testing.assert_array_equal(far.hi, [0.0, 0.0, np.inf, np.inf])


def test_tails():
    with np.errstate(all="raise"):
        p, q = doubledouble.tails(ARGUMENT)
    assert within(p, "p", doubledouble.TAIL_ERROR)
    assert within(q, "q", doubledouble.TAIL_ERROR)


def test_tails_mirror_each_other():
    p, q = doubledouble.tails(ARGUMENT)
    other_q, other_p = doubledouble.tails(doubledouble.negative(ARGUMENT))
    nonzero = ARGUMENT.hi != 0
    np.testing.assert_array_equal(np.array(p)[:, nonzero], np.array(other_p)[:, nonzero])
    np.testing.assert_array_equal(np.array(q)[:, nonzero], np.array(other_q)[:, nonzero])


# ---- products and sums ---------------------------------------------------------------------------------------


def cancelling(rng: np.random.Generator, n: int, p: int) -> tuple[np.ndarray, DD]:
    """Rows whose products with b nearly vanish: the last column undoes the others."""
    X, b = rng.normal(size=(n, p)) * 10.0 ** rng.uniform(-8, 8, p), pairs(rng, p)
    X[:, -1] = -(X[:, :-1] @ b.hi[:-1]) / b.hi[-1]
    return X, b


@pytest.mark.parametrize(("n", "p"), [(1, 1), (7, 2), (300, 9)])
def test_matmul_with_a_vector(n, p):
    X, b = (
        cancelling(np.random.default_rng(p), n, p)
        if p > 1
        else (np.array([[1 / 3]]), pairs(np.random.default_rng(0), 1))
    )
    exact = [mp.fdot(zip(map(mp.mpf, x), values(b), strict=True)) for x in X.tolist()]
    scale = [mp.fsum(abs(mp.mpf(v) * c) for v, c in zip(x, values(b), strict=True)) for x in X.tolist()]
    assert error(doubledouble.matmul(X, b), exact, scale) <= 3 * (p + 2) ** 2 * U**2


def test_matmul_with_a_matrix_is_that_with_its_columns():
    rng = np.random.default_rng(5)
    X, B = rng.normal(size=(5000, 4)), doubledouble.two_sum(rng.normal(size=(4, 3)), rng.normal(size=(4, 3)) * 1e-17)
    whole = doubledouble.matmul(X, B)
    assert whole.hi.shape == (5000, 3)
    for k in range(3):
        one = doubledouble.matmul(X, DD(B.hi[:, k], B.lo[:, k]))
        np.testing.assert_array_equal(whole.hi[:, k], one.hi)
        np.testing.assert_array_equal(whole.lo[:, k], one.lo)


@pytest.mark.parametrize("n", [1, 2, 3, 100, 1023])
def test_column_sums(n):
    rng = np.random.default_rng(n)
    X, r = rng.normal(size=(n, 3)), pairs(rng, n)
    X[n // 2 :] = -X[: n - n // 2]
    columns = [[mp.mpf(v) * s for v, s in zip(x, values(r), strict=True)] for x in X.T.tolist()]
    bound = (3 * np.log2(n) + 12) * U**2
    assert (
        error(doubledouble.column_sums(X, r), list(map(mp.fsum, columns)), [mp.fsum(map(abs, c)) for c in columns])
        <= bound
    )


def test_many_columns_are_summed_like_few():
    rng = np.random.default_rng(8)
    X, r = rng.normal(size=(9000, 5)), pairs(rng, 9000)
    whole = doubledouble.column_sums(X, r)
    for j in range(5):
        one = doubledouble.column_sums(X[:, [j]], r)
        assert (whole.hi[j], whole.lo[j]) == (one.hi[0], one.lo[0])


# --- compiled loops and their twins -----------------------------------------------------------------
compiled = pytest.mark.skipif(not doubledouble._compiled(), reason="the extension was not built")
# Where the linear predictor, a tail or its low part leaves the range of numbers or changes sign.
EDGES = [0.0, -0.0, 1e-300, 36.5, -36.5, -650.0, 708.4, -708.4, 709.9, -740.3, 745.2, -745.2, 746.0, 751.0, -751.0]
EDGES += [1e300, -1e300, np.inf, -np.inf, np.nan]


def same(ours: DD | np.ndarray, twin: DD | np.ndarray) -> bool:
    """Whether two results are the same to the last bit, low parts too."""
    return np.array_equal(np.array(ours), np.array(twin), equal_nan=True)


def wide_pairs(rng: np.random.Generator, shape: tuple[int, ...]) -> DD:
    """Double-doubles of sizes from 1e-5 to 100."""
    hi = rng.normal(size=shape) * 10.0 ** rng.integers(-5, 3, size=shape)
    return DD(hi, hi * 2.0**-54 * rng.uniform(-1, 1, size=shape))


@compiled
@pytest.mark.parametrize("n", [1, 2, 7, 127, 128, 129, 1000, 8193])
@pytest.mark.parametrize("order", ["C", "F", "strided", "transposed"])
def test_compiled_products_and_sums_are_their_twins(n, order):
    rng = np.random.default_rng(n)
    X = rng.normal(size=(n, 5)) * 10.0 ** rng.integers(-9, 9, size=(n, 5))
    X = {"C": X, "F": np.asfortranarray(X), "strided": np.repeat(X, 2, axis=1)[:, ::2], "transposed": X.T.copy().T}[
        order
    ]
    with np.errstate(all="ignore"):
        for b in (wide_pairs(rng, (5,)), wide_pairs(rng, (5, 3)), doubledouble.from_double(rng.normal(size=(5, 4)))):
            assert same(doubledouble.matmul(X, b), doubledouble.matmul_numpy(X, b))
        r = wide_pairs(rng, (n,))
        assert same(doubledouble.column_sums(X, r), doubledouble.column_sums_numpy(X, r))


@compiled
@pytest.mark.parametrize("n", [1, 8, 13, 200, 5000])
def test_compiled_tails_and_residuals_are_their_twins(n):
    rng = np.random.default_rng(n)
    eta = wide_pairs(rng, (n,))
    eta = DD(np.concatenate([eta.hi, EDGES]), np.concatenate([eta.lo, np.zeros(len(EDGES))]))
    events = rng.integers(0, 3, size=len(eta.hi)).astype(float)
    nonevents = rng.random(len(eta.hi)) * 2.0 ** rng.integers(-300, 300, size=len(eta.hi))
    with np.errstate(all="ignore"):
        for ours, twin in zip(doubledouble.tails(eta), doubledouble.tails_numpy(eta), strict=True):
            assert same(ours, twin)
        ours, twin = (
            doubledouble.residuals(eta, events, nonevents),
            doubledouble.residuals_numpy(eta, events, nonevents),
        )
        assert all(same(a, b) for a, b in zip(ours, twin, strict=True))


@compiled
def test_compiled_loops_refuse_what_they_cannot_read():
    exact, b = doubledouble._exact, np.zeros((2, 1))
    for X in (np.zeros((3, 2), dtype=np.float32), np.zeros((3, 3)), np.zeros(3)):
        with pytest.raises(ValueError, match=r"aligned doubles|shapes disagree"):
            exact.matmul(X, b, b, np.empty((2, 1, 3)))
    with pytest.raises(ValueError, match=r"aligned doubles|shapes disagree"):
        exact.tails(np.zeros((2, 3)), np.empty((4, 2)))
    with pytest.raises(ValueError, match=r"aligned doubles|shapes disagree"):
        exact.residuals(np.zeros((2, 3)), np.zeros(3), np.zeros(2), np.empty((4, 3)))
    with pytest.raises(ValueError, match=r"aligned doubles|shapes disagree"):
        exact.column_sums(np.zeros((0, 2)), np.zeros(0), np.zeros(0), np.empty((2, 2)))


@compiled
def test_a_library_without_its_table_of_exponentials_refuses(tmp_path):
    """As one built for other Python files is: no number is wrong."""
    copy = shutil.copy(doubledouble._exact.__file__, tmp_path)
    spec = importlib.util.spec_from_file_location("_exact", copy)
    library = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(library)
    with pytest.raises(RuntimeError, match="older than this library"):
        library.tails(np.zeros((2, 3)), np.empty((4, 3)))
    library.keep_table(*doubledouble._TABLE)
    library.tails(np.zeros((2, 3)), out := np.empty((4, 3)))
    assert (out[0] == 0.5).all()
