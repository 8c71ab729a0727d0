"""Factors, solutions and rank, against dense linear algebra and exact dependences."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glmlogit.numerics import kernels, linalg
from glmlogit.numerics.linalg import Information, TriangularFactor, aliased_columns, append_rows, power_of_two

RNG = np.random.default_rng(7)


def design(n=50, p=4):
    return RNG.normal(size=(n, p))


@pytest.fixture(params=["matrix", "root"])
def information(request):
    X = design()
    scale = np.array([1.0, 2.0**-40, 2.0**90, 1.0])
    scaled = X * scale
    if request.param == "matrix":
        return X, Information(scale, matrix=scaled.T @ scaled)
    return X, Information(scale, root=np.linalg.qr(scaled, mode="r"))


def test_dense_solve_inverse_norm(information):
    X, info = information
    v = RNG.normal(size=4)
    gram = X.T @ X
    np.testing.assert_allclose(info.dense, gram, rtol=1e-12)
    np.testing.assert_allclose(info.factor.solve(v), np.linalg.solve(gram, v), rtol=1e-12)
    np.testing.assert_allclose(info.factor.inverse(), np.linalg.inv(gram), rtol=1e-11, atol=1e-15)
    assert info.factor.norm(v) == pytest.approx(np.sqrt(v @ np.linalg.solve(gram, v)), rel=1e-12)


def test_condition_is_that_of_the_scaled_columns(information):
    X, info = information
    exact = np.linalg.cond(X / np.linalg.norm(X, axis=0))
    assert exact / 5 < info.factor.condition < exact * 5


def test_keep_and_add():
    a, b = design(), design()
    both = Information(np.ones(4), matrix=a.T @ a) + Information(np.full(4, 4.0), matrix=16 * b.T @ b)
    np.testing.assert_allclose(both.dense, a.T @ a + b.T @ b, rtol=1e-13)
    root = Information(np.ones(4), root=np.linalg.qr(a, mode="r")) + Information(np.ones(4), matrix=b.T @ b)
    np.testing.assert_allclose(root.dense, a.T @ a + b.T @ b, rtol=1e-12)
    chosen = np.array([0, 2])
    np.testing.assert_allclose(root.keep(chosen).dense, root.dense[np.ix_(chosen, chosen)], rtol=1e-12)


def test_singular_information_has_no_factor():
    x = design()[:, :1]
    X = np.hstack([x, x])
    assert Information(np.ones(2), matrix=np.array([[1.0, 1.0], [1.0, 1.0]])).factor is None
    assert Information(np.ones(2), root=np.array([[1.0, 1.0], [0.0, 0.0]])).factor is None
    assert Information(np.ones(2), matrix=np.array([[np.nan, 0], [0, 1.0]])).factor is None
    assert aliased_columns(np.linalg.qr(X, mode="r"), np.ones(2))[0].column == 1


@given(st.floats(1e-300, 1e300))
def test_power_of_two_is_near_and_exact(x):
    unit = float(power_of_two(np.array([x]))[0])
    assert np.frexp(unit)[0] == 0.5
    assert 0.7 < x / unit < 1.42


def test_alias_is_the_later_column_with_its_combination():
    X = design(60, 3)
    X = np.column_stack([X, 2 * X[:, 0] - 3 * X[:, 2], X[:, 1], np.zeros(60)])
    scale = 1 / power_of_two(np.maximum(np.abs(X).max(axis=0), 1e-300))
    scale[-1] = 1.0
    root = None
    for block in np.array_split(X * scale, 5):
        root = append_rows(root, block)
    found = aliased_columns(root, scale)
    assert [alias.column for alias in found] == [3, 4, 5]
    assert dict(found[0].combination) == pytest.approx({0: 2.0, 2: -3.0})
    assert dict(found[1].combination) == pytest.approx({1: 1.0})
    assert found[2].combination == ()


@pytest.mark.parametrize(("noise", "aliased"), [(1e-15, True), (1e-13, True), (1e-10, False), (1e-8, False)])
def test_near_collinearity_is_honoured_down_to_1e_11(noise, aliased):
    x, z = design(200, 2).T
    X = np.column_stack([np.ones(200), x, x + noise * z])
    assert bool(aliased_columns(np.linalg.qr(X, mode="r"), np.ones(3))) is aliased


def test_factor_of_a_vector_matrix():
    factor = TriangularFactor(np.asfortranarray(np.array([[2.0, 1.0], [0.0, 3.0]])), np.array([1.0, 4.0]))
    V = RNG.normal(size=(2, 3))
    np.testing.assert_allclose(factor.solve(V), factor.inverse() @ V, rtol=1e-13)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("p", [1, 2, 5, 70])
def test_an_information_that_is_not_finite_has_no_factor(p: int, bad: float) -> None:
    """Wherever the entry stands: LAPACK itself notices some of them only."""
    rows = np.random.default_rng(p).normal(size=(p + 5, p))
    matrix = rows.T @ rows
    assert Information(np.ones(p), matrix=matrix).factor is not None
    for j, k in {(0, 0), (p - 1, p - 1), (0, p - 1), (p // 2, p // 2)}:
        broken = matrix.copy()
        broken[j, k] = broken[k, j] = bad
        assert Information(np.ones(p), matrix=broken).factor is None


def wild_matrix(seed: int, p: int) -> np.ndarray:
    """Symmetric, of entries from 1e-320 to 1e300, mostly but not always positive on the diagonal."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(p + 2, p)) * 10.0 ** rng.integers(-150, 150, p)
    matrix = rows.T @ rows
    matrix[:: seed % 3 + 1, :: seed % 3 + 1] *= 10.0 ** rng.integers(-170, 8) * (-1) ** (seed % 11 == 0)
    return np.asarray(np.triu(matrix) + np.triu(matrix, 1).T)


@pytest.mark.skipif(not kernels.COMPILED, reason="the extension was not built")
@pytest.mark.parametrize("p", [0, 1, 2, 3, 8, 70, 300])
def test_equilibration_and_its_twin(p: int) -> None:
    """The same verdict, and the same bits: products with powers of two in one order."""
    verdicts = set()
    for seed in range(60):
        matrix = wild_matrix(seed, p) if seed % 2 else np.cov(np.random.default_rng(seed).normal(size=(p, p + 9)) * 1e9)
        matrix = matrix.reshape(p, p)
        if seed % 5 == 0 and p:
            matrix[0, p - 1] = [np.nan, np.inf, -np.inf, 0.0, -1.0][seed // 5 % 5]
        ours, twin = linalg.equilibrated(matrix), linalg.equilibrated_numpy(matrix)
        verdicts.add(ours is None)
        if ours is None or twin is None:
            assert ours is None
            assert twin is None
            continue
        for found, expected in zip(ours, twin, strict=True):
            assert found.flags.f_contiguous
            assert found.tobytes(order="F") == expected.tobytes(order="F")
        assert ((ours[0].diagonal() >= 0.5) & (ours[0].diagonal() < 2.0)).all()
        for stored in (np.asfortranarray(matrix), np.repeat(matrix, 2, axis=1)[:, ::2]):
            again = linalg.equilibrated(stored)
            assert again is not None
            assert (again[0] == ours[0]).all()
    assert verdicts == ({False} if p == 0 else {False, True})


@pytest.mark.parametrize("p", [2, 3, 8, 70, 300])
def test_what_overflows_leaves_no_factor(p: int) -> None:
    """No entry of a factor is infinite or NaN, however far from positive definite the matrix."""
    rng = np.random.default_rng(p)
    found = 0
    for seed in range(100):
        size = 10.0 ** rng.integers(0, 300, size=(p, p)) * rng.integers(-1, 2, size=(p, p)) * (rng.random((p, p)) < 0.1)
        upper = np.triu(size if seed % 2 else 1e-9 * np.sign(size), 1)
        factor = Information(np.ones(p), matrix=upper + upper.T + np.eye(p)).factor
        found += factor is not None
        assert factor is None or np.isfinite(factor.root).all()
    assert 0 < found < 100


@pytest.mark.skipif(not kernels.COMPILED, reason="the extension was not built")
def test_equilibration_refuses_what_it_cannot_read() -> None:
    equilibrate = kernels._rowpass.equilibrate
    matrix, upper, unit = np.eye(3), np.empty((3, 3), order="F"), np.empty(3)
    assert equilibrate(matrix, upper, unit) is True
    frozen = np.empty(3)
    frozen.flags.writeable = False
    odd = np.frombuffer(bytearray(9 * 8 + 1), dtype=np.uint8)[1:].view(np.float64)
    square = (np.eye(4), np.eye(3)[:, :2], np.eye(6)[::2, ::2], np.zeros(9), np.eye(3, dtype=np.float32))
    bad: dict[int, tuple[object, ...]] = {
        0: (*square, np.array(1.0), odd.reshape(3, 3), None, b"x" * 72),
        1: (np.empty((3, 3)), np.empty((4, 4), order="F"), np.empty((3, 3), np.float32, "F"), np.empty(9), None),
        2: (np.empty(2), np.empty(6)[::2], np.empty(3, np.int64), np.empty((3, 1)), np.array(1.0), frozen, None),
    }
    good = [matrix, upper, unit]
    for position, values in bad.items():
        for value in values:
            with pytest.raises((ValueError, TypeError, BufferError)):
                equilibrate(*good[:position], value, *good[position + 1 :])
    with pytest.raises(TypeError):
        equilibrate(matrix)


@pytest.mark.parametrize("transpose", [False, True])
def test_triangles_are_solved_for_several_sides_as_for_one(transpose: bool) -> None:
    """Two LAPACK routines, the same solutions to rounding; exact zeros on the diagonal are refused by both."""
    rng = np.random.default_rng(4)
    root, sides = np.asfortranarray(np.triu(rng.normal(size=(6, 6))) + 4.0 * np.eye(6)), rng.normal(size=(6, 3))
    together = linalg._triangular(root, sides, transpose=transpose)
    apart = np.column_stack([linalg._triangular(root, side, transpose=transpose) for side in sides.T])
    np.testing.assert_allclose(together, apart, rtol=0, atol=1e-15)
    root[2, 2] = 0.0
    for right in (sides, sides[:, 0]):
        with pytest.raises(np.linalg.LinAlgError, match="singular"):
            linalg._triangular(root, right, transpose=transpose)
