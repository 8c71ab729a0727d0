"""Folds over rows in the coordinates of a root: against NumPy twins, closed forms, and where they may be left out."""

from __future__ import annotations

import numpy as np
import pytest
from in_parts import in_parts
from test_kernels import compiled, layouts, observations, setting

import glmlogit as gl
from glmlogit.likelihood import penalty
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.likelihood.combinators import Fixed, Summed
from glmlogit.likelihood.logit_sums import LogitSums
from glmlogit.numerics import kernels
from glmlogit.numerics import leverages as leverages_module
from glmlogit.numerics.linalg import Information

OPTIONS = ("trials", "nonevents", "weights", "offset", "limit")


def root_of(p, m=None, *, kind="triangular"):
    values = np.random.default_rng(p).normal(size=(p, p if m is None else m))
    return np.triu(values) if kind == "triangular" else values


def gross(rows, beta, root):
    """Weights, and the sizes of |z| and of h before anything cancels."""
    X, eta, events, nonevents = kernels.row_block(rows, slice(None), beta)
    p, q = kernels.tails(eta)
    z = np.where(p[:, None] * q[:, None] > 0, np.abs(X) @ np.abs(root), 0.0)
    weight = (events + nonevents) * p * q
    return np.abs(X), weight, z, weight * (z * z).sum(axis=1)


def agree(rows, beta, root, *, curvature=True):
    """To 1e-13 of sums of absolute values: some thousand terms in two orders, each rounded to some 1e-15."""
    X, weight, z, hat = gross(rows, beta, root)
    ours, twin = (
        leverages_module.info_gradient(rows, beta, root),
        leverages_module.info_gradient_numpy(rows, beta, root),
    )
    assert (np.abs(ours.gradient - twin.gradient) <= 1e-13 * (hat @ X)).all()
    q = (z * z).sum(axis=1)
    assert abs(ours.largest - twin.largest) <= 1e-13 * q.max(initial=0.0)
    assert abs(ours.squares - twin.squares) <= 1e-13 * (hat @ q)
    ours, twin = (
        f(rows, beta, root) for f in (leverages_module.rotated_information, leverages_module.rotated_information_numpy)
    )
    assert (np.abs(ours - twin) <= 1e-13 * ((z * weight[:, None]).T @ z)).all()
    assert (ours == ours.T).all()
    ours, twin = (f(rows, beta, root) for f in (leverages_module.info_cubes, leverages_module.info_cubes_numpy))
    assert (np.abs(ours - twin) <= 1e-13 * (weight @ z**3)).all()
    leverages = leverages_module.leverages(rows, beta, root)
    assert (np.abs(leverages - leverages_module.leverages_numpy(rows, beta, root)) <= 1e-13 * hat).all()
    if curvature:
        ours, twin = (
            leverages_module.info_curvature(rows, beta, root),
            leverages_module.info_curvature_numpy(rows, beta, root),
        )
        third = (z * weight[:, None]).T @ (z[:, :, None] * z[:, None, :]).reshape(len(z), z.shape[1] ** 2)
        assert (np.abs(ours.first - twin.first) <= 1e-13 * third).all()
        assert (np.abs(ours.second - twin.second) <= 1e-13 * ((z * hat[:, None]).T @ z)).all()
        assert z.shape[1] > 64 or (ours.second == ours.second.T).all()


def everything(rows, beta, root, threads=None):
    """All results side by side, to be compared bit for bit."""
    gradient, *sizes = leverages_module.info_gradient(rows, beta, root, threads=threads)
    first, second = leverages_module.info_curvature(rows, beta, root, threads=threads)
    hat = leverages_module.leverages(rows, beta, root, threads=threads)
    rotated = leverages_module.rotated_information(rows, beta, root, threads=threads)
    cubes = leverages_module.info_cubes(rows, beta, root, threads=threads)
    return np.concatenate([gradient, sizes, first.ravel(), second.ravel(), hat, rotated.ravel(), cubes])


@compiled
@pytest.mark.parametrize("n", [0, 1, 7, 31, 32, 33, 128, 257, 1000, 8193])
@pytest.mark.parametrize("p", [1, 2, 3, 4, 5, 8, 12, 13, 20])
@pytest.mark.parametrize("option", [None, *OPTIONS])
def test_twins_agree(n, p, option):
    rows = observations(n, p, **{option: True} if option else {})
    agree(rows, setting(p)[0], root_of(p), curvature=n * p**3 <= 1_000_000)


@compiled
@pytest.mark.parametrize("p", [3, 17, 64, 65, 256, 257])
@pytest.mark.parametrize("given", [("trials", "weights", "offset", "limit"), ("nonevents", "weights", "limit")])
def test_twins_agree_with_all_options_at_once(p, given):
    rows = observations(700, p, **dict.fromkeys(given, True))
    agree(rows, setting(p)[0], root_of(p), curvature=p <= 65)


@compiled
@pytest.mark.parametrize(("p", "m"), [(1, 1), (5, 1), (5, 5), (6, 3), (13, 9), (33, 33)])
def test_any_root_will_do(p, m):
    rows = observations(600, p)
    root = root_of(p, m, kind="full")
    agree(rows, setting(p)[0], root)
    root[p // 2] = 0.0  # as where a coefficient is held
    agree(rows, setting(p)[0], root)
    root[:, m // 2] = 0.0
    agree(rows, setting(p)[0], root)
    agree(rows, setting(p)[0], np.asfortranarray(root))


@compiled
@pytest.mark.parametrize("shape", [(1, 1), (300, 1), (1, 6), (515, 5), (1029, 12), (300, 33)])
def test_storage_of_columns_does_not_matter(shape):
    rows = observations(*shape, offset=True)
    beta, root = setting(shape[1])[0], root_of(shape[1])
    expected = everything(rows, beta, root)
    for name, X in layouts(rows.X).items():
        assert (everything(rows._replace(X=X), beta, root) == expected).all(), name


@compiled
@pytest.mark.parametrize("shape", [(1, 1), (515, 5), (1029, 12)])
def test_single_precision_is_widened(shape):
    rows = observations(*shape)
    beta, root = setting(shape[1])[0], root_of(shape[1])
    single = rows.X.astype(np.float32)
    expected = everything(rows._replace(X=single.astype(float)), beta, root)
    for X in (single, np.asfortranarray(single), single[::-1].copy()[::-1]):
        assert (everything(rows._replace(X=X), beta, root) == expected).all()
        agree(rows._replace(X=X), beta, root)


@compiled
@pytest.mark.parametrize(("n", "p"), [(60_000, 5), (40_001, 10), (3000, 40), (5000, 70)])
def test_threads_do_not_change_a_bit(n, p, monkeypatch):
    monkeypatch.setattr(kernels, "available_threads", lambda: 4)
    rows = observations(n, p, weights=True)
    beta, root = setting(p)[0], root_of(p)
    one, two, four = (everything(rows, beta, root, threads) for threads in (1, 2, 4))
    assert (one == two).all()
    assert (one == four).all()


@compiled
@pytest.mark.parametrize("p", [1, 4, 7])
def test_first_derivatives_are_symmetric(p):
    """Σ w' z_a z_b z_c, whichever of the three is called first; summed once for each set of three."""
    rows = observations(500, p)
    first = leverages_module.info_curvature(rows, setting(p)[0], root_of(p)).first.reshape(p, p, p)
    for axes in ((0, 2, 1), (1, 0, 2), (2, 1, 0)):
        assert (first == first.transpose(axes)).all()


@pytest.mark.parametrize("name", ["", "_numpy"])
def test_one_column_in_closed_form(name):
    """Equal rows: sums are n times one term."""
    n, eta, a = 1000, 0.7, 0.25
    p = 1 / (1 + np.exp(-eta))
    rows, beta, root = kernels.Observations(np.ones((n, 1)), np.ones(n)), np.array([eta]), np.array([[a]])
    gradient, largest, squares = getattr(leverages_module, "info_gradient" + name)(rows, beta, root)
    first, second = getattr(leverages_module, "info_curvature" + name)(rows, beta, root)
    rotated = getattr(leverages_module, "rotated_information" + name)(rows, beta, root)
    w = p * (1 - p)
    cubes = getattr(leverages_module, "info_cubes" + name)(rows, beta, root)
    assert cubes[0] == pytest.approx(n * w * (1 - 2 * p) * a**3, rel=1e-14)
    assert rotated[0, 0] == pytest.approx(n * w * a**2, rel=1e-14)
    assert largest == pytest.approx(a * a, rel=1e-14)
    assert squares == pytest.approx(n * w * a**4, rel=1e-14)
    assert gradient[0] == pytest.approx(n * w * (1 - 2 * p) * a**2, rel=1e-14)
    assert first[0, 0] == pytest.approx(n * w * (1 - 2 * p) * a**3, rel=1e-14)
    assert second[0, 0] == pytest.approx(n * w * (1 - 6 * w) * a**4, rel=1e-14)


@pytest.mark.parametrize("function", [leverages_module.leverages, leverages_module.leverages_numpy])
def test_leverages_add_up_to_the_number_of_coefficients(function):
    rows = observations(2000, 6, trials=True, weights=True)
    beta, _ = setting(6)
    factor = np.linalg.cholesky(kernels.row_pass(rows, beta).information)
    hat = function(rows, beta, np.linalg.inv(factor).T)
    assert hat.sum() == pytest.approx(6.0, rel=1e-13)
    assert ((hat >= 0) & (hat <= 1)).all()


@pytest.mark.parametrize("function", [leverages_module.rotated_information, leverages_module.rotated_information_numpy])
def test_the_information_is_the_identity_along_its_own_root(function):
    """And itself along no rotation."""
    rows = observations(2000, 6, trials=True, weights=True, offset=True)
    beta, _ = setting(6)
    whole = kernels.row_pass(rows, beta).information
    root = np.linalg.inv(np.linalg.cholesky(whole)).T
    np.testing.assert_allclose(function(rows, beta, root), np.eye(6), atol=1e-13)
    np.testing.assert_allclose(function(rows, beta, np.eye(6)), whole, atol=1e-13 * whole.max())


@pytest.mark.parametrize("suffix", ["", "_numpy"])
def test_rows_at_their_limit_contribute_nothing(suffix):
    rows = observations(50, 3)
    limit = np.resize([0.0, 1.0, -1.0, 0.0, 0.0], 50)
    X = np.where(limit[:, None] != 0, 1e200, rows.X)  # its square is infinite
    beta, root = np.array([1.0, -2.0, 3.0]), root_of(3)
    alone = rows._replace(X=rows.X[limit == 0], events=rows.events[limit == 0])
    given = rows._replace(X=X, limit=limit)
    hat = getattr(leverages_module, "leverages" + suffix)(given, beta, root)
    assert (hat[limit != 0] == 0.0).all()
    size = np.abs(alone.X).max() ** 4 * 50
    rotated = getattr(leverages_module, "rotated_information" + suffix)
    np.testing.assert_allclose(rotated(given, beta, root), rotated(alone, beta, root), rtol=1e-13, atol=1e-15 * size)
    cubes = getattr(leverages_module, "info_cubes" + suffix)
    np.testing.assert_allclose(cubes(given, beta, root), cubes(alone, beta, root), rtol=1e-13, atol=1e-15 * size)
    for name in ("info_gradient", "info_curvature"):
        function = getattr(leverages_module, name + suffix)
        for ours, theirs in zip(function(given, beta, root), function(alone, beta, root), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-13, atol=1e-15 * size)


@pytest.mark.parametrize("suffix", ["", "_numpy"])
@pytest.mark.parametrize("eta", [-800.0, 800.0, 1e300, -1e300])
def test_saturated_rows_weigh_nothing(suffix, eta):
    rows = kernels.Observations(np.ones((3, 1)), np.ones(3), offset=np.full(3, eta))
    found = getattr(leverages_module, "info_gradient" + suffix)(rows, np.zeros(1), np.ones((1, 1)))
    assert found.gradient[0] == found.largest == found.squares == 0.0


@pytest.mark.parametrize("suffix", ["", "_numpy"])
def test_no_columns_of_the_root_and_no_rows(suffix):
    empty = kernels.Observations(np.empty((0, 2)), np.empty(0))
    for rows, m in ((observations(10, 2), 0), (empty, 2)):
        found = getattr(leverages_module, "info_gradient" + suffix)(rows, np.zeros(2), np.zeros((2, m)))
        assert (found.gradient == 0).all()
        assert found.largest == found.squares == 0.0
        assert getattr(leverages_module, "leverages" + suffix)(rows, np.zeros(2), np.ones((2, m))).shape == (
            len(rows.X),
        )
        first, second = getattr(leverages_module, "info_curvature" + suffix)(rows, np.zeros(2), np.zeros((2, m)))
        assert first.shape == (m, m * m)
        assert second.shape == (m, m)
        rotated = getattr(leverages_module, "rotated_information" + suffix)(rows, np.zeros(2), np.zeros((2, m)))
        assert rotated.shape == (m, m)
        assert (rotated == 0).all()
        cubes = getattr(leverages_module, "info_cubes" + suffix)(rows, np.zeros(2), np.zeros((2, m)))
        assert cubes.shape == (m,)
        assert (cubes == 0).all()


@compiled
def test_compiled_folds_refuse_what_they_cannot_read():
    from glmlogit.numerics import _rowpass

    X, n, p = np.zeros((2, 3)), np.zeros(2), np.zeros(3)
    head, root = [X, n, None, None, None, None, None, p], np.zeros((3, 2))
    locked = np.zeros(2)
    locked.flags.writeable = False
    roots = (np.zeros(3), np.zeros((2, 2)), np.zeros((3, 0)), np.zeros((3, 4))[:, ::2], np.zeros((3, 2), np.float32))
    bad = {
        0: (np.zeros((2, 3), int), np.zeros(6), np.zeros((2, 0)), np.zeros((2, 257)), b"x", None),
        1: (np.zeros(3), np.zeros(4)[::2], np.zeros(2, np.float32), None),
        4: (np.zeros(1), "x"),
        7: (np.zeros(2), None),
        8: (*roots, np.zeros((3, 257)), np.zeros((3, 2, 1)), None, b"x"),
        9: (np.zeros(3), np.zeros(6), np.zeros(10)[::2], np.zeros(5, np.float32), b"x" * 40, None),
        10: (np.zeros(3), np.zeros(2, np.float32), locked, b"x" * 16),
        11: (-1, 3),
        12: (-1, 3),
    }
    gradient = [*head, root, np.zeros(5), np.zeros(2), 0, 2]
    curvature = [*head, root, np.zeros(12), 0, 2]
    shorter = {(place if place < 10 else place - 1): values for place, values in bad.items() if place != 10}
    for function, good, wrong in (
        (_rowpass.info_gradient, gradient, bad),
        (_rowpass.info_curvature, curvature, shorter),
        (_rowpass.rotated_information, [*head, root, np.zeros(4), 0, 2], shorter),
        (_rowpass.info_cubes, [*head, root, np.zeros(2), 0, 2], shorter),
    ):
        assert function(*good) is None
        for place, values in wrong.items():
            for value in values:
                with pytest.raises((ValueError, TypeError, BufferError)):
                    function(*good[:place], value, *good[place + 1 :])
        with pytest.raises(TypeError):
            function(X)
    with pytest.raises(ValueError, match="root"):  # m³ sums would not fit a cache
        _rowpass.info_curvature(*head, np.zeros((3, 65)), np.zeros(66 * 65 * 65), 0, 2)


@pytest.mark.parametrize(
    "function",
    [
        leverages_module.info_gradient,
        leverages_module.leverages,
        leverages_module.info_curvature,
        leverages_module.rotated_information,
        leverages_module.info_cubes,
    ],
)
def test_shapes_that_disagree_are_an_error(function):
    rows = observations(10, 3)
    for root in (np.zeros((2, 2)), np.zeros(3), np.zeros((3, 3, 1))):
        with pytest.raises(ValueError, match="root"):
            function(rows, np.zeros(3), root)
    with pytest.raises(ValueError, match="shape"):
        function(rows, np.zeros(2), np.zeros((3, 3)))


# --- in the objectives and in Jeffreys' prior ------------------------------------------------------------
def test_blocks_parts_and_the_whole_design_agree():
    rows = observations(20_000, 3, weights=True, offset=True)
    design = gl.design_arrays(rows.events, rows.X, weights=rows.weights, offset=rows.offset)
    half = gl.design_arrays(rows.events, rows.X, weights=rows.weights / 2, offset=rows.offset)
    beta, root = np.ones(3), root_of(3)
    whole = BinaryLogit(design)
    blocks = in_parts(lambda: iter(np.array_split(design.X, 5)), design.y, weights=design.weights, offset=design.offset)
    for other in (LogitSums(blocks), Summed([BinaryLogit(half), BinaryLogit(half)])):
        ours, theirs = other.info_gradient(beta, root), whole.info_gradient(beta, root)
        np.testing.assert_allclose(ours.gradient, theirs.gradient, rtol=1e-12)
        assert ours.largest == pytest.approx(theirs.largest, rel=1e-13)
        assert ours.squares == pytest.approx(theirs.squares, rel=1e-13)
        np.testing.assert_allclose(other.info_cubes(beta, root), whole.info_cubes(beta, root), rtol=1e-11)
        for one, two in zip(other.info_curvature(beta, root), whole.info_curvature(beta, root), strict=True):
            np.testing.assert_allclose(one, two, rtol=1e-11, atol=1e-11 * np.abs(two).max())
    hat = LogitSums(blocks).leverages(beta, root)
    np.testing.assert_allclose(hat, whole.leverages(beta, root), rtol=1e-12)


def test_held_coefficients_are_those_of_fewer_columns():
    rows = observations(500, 4)
    objective = Fixed(BinaryLogit(gl.design_arrays(rows.events, rows.X)), (1,), (0.0,))
    fewer = BinaryLogit(gl.design_arrays(rows.events, np.delete(rows.X, 1, axis=1)))
    beta, root = setting(3)[0], root_of(3)
    ours, theirs = objective.info_gradient(beta, root), fewer.info_gradient(beta, root)
    np.testing.assert_allclose(ours.gradient, theirs.gradient, rtol=1e-12)
    assert ours.largest == pytest.approx(theirs.largest, rel=1e-13)
    np.testing.assert_allclose(objective.info_cubes(beta, root), fewer.info_cubes(beta, root), rtol=1e-11)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("spread", [0.1, 1.0, 10.0])
def test_curvature_of_the_prior_is_bounded(seed, spread):
    """By 1½ of the largest q and of Σ w q², in units of the information, however uneven the rows are."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(60), rng.standard_cauchy((60, 2)), rng.random(60) < 0.2])
    rows = kernels.Observations(X, rng.integers(0, 2, 60).astype(float), weights=rng.exponential(size=60))
    beta = rng.normal(size=4) * np.array([2.0, 0.1, 0.1, 1.0]) * spread
    factor = np.linalg.cholesky(kernels.row_pass(rows, beta).information)
    root = np.linalg.inv(factor).T
    first, second = leverages_module.info_curvature(rows, beta, root)
    share = np.abs(np.linalg.eigvalsh(second - first @ first.T)).max()
    found = leverages_module.info_gradient(rows, beta, root)
    assert share <= 1.5 * min(found.largest, found.squares) * (1 + 1e-9)


def many_rows(n, p, *, rare=False):
    rng = np.random.default_rng(n + p)
    X = np.column_stack([np.ones(n), rng.normal(size=(n, p - 1))])
    if rare:
        X[:, 1] = rng.random(n) < 1e-3
    eta = X @ np.linspace(-1.0, 0.5, p)
    return gl.design_arrays((rng.random(n) < 1 / (1 + np.exp(-eta))).astype(float), X)


@pytest.mark.parametrize("rare", [False, True])
def test_firth_of_many_rows_is_the_same_with_the_curvature_left_out(rare, monkeypatch):
    """Steps that gain three digits each, and one more when 1e-9 is reached: to 1e-12 standard errors."""
    design = many_rows(60_000, 4, rare=rare)
    ours = gl.firth(design)
    monkeypatch.setattr(penalty, "_steps_alike", lambda share, decrement: False)
    exact = gl.firth(design)
    assert ours.converged
    assert (np.abs(ours.params - exact.params) / exact.bse).max() < 1e-12
    np.testing.assert_allclose(ours.bse, exact.bse, rtol=1e-13)


def test_firth_of_many_rows_does_not_depend_on_its_start(monkeypatch):
    """From a step towards the maximum of the likelihood, or from where the sample of the rows leads."""
    from glmlogit.fitting import maximise, warm_start

    design = many_rows(60_000, 4)
    ours = gl.firth(design)
    monkeypatch.setattr(maximise, "towards_maximum", lambda likelihood, beta, at: beta)
    sample = gl.firth(design)
    monkeypatch.setattr(warm_start, "near_start", lambda likelihood, control, start: (start, None))
    zero = gl.firth(design)
    for other in (sample, zero):
        assert (np.abs(ours.params - other.params) / other.bse).max() < 1e-12
        np.testing.assert_allclose(ours.bse, other.bse, rtol=1e-13)


@pytest.mark.parametrize("function", [gl.firth, gl.flac, gl.median_bias_reduced])
def test_fits_without_the_extension_agree(function, monkeypatch):
    births = gl.datasets.load("birthwt")
    with_it = function("low ~ age + lwt + C(race) + smoke", births)
    monkeypatch.setattr(kernels, "COMPILED", False)
    without = function("low ~ age + lwt + C(race) + smoke", births)
    assert (np.abs(with_it.params - without.params) / without.bse).max() < 1e-12
    np.testing.assert_allclose(with_it.bse, without.bse, rtol=1e-12)


@pytest.mark.parametrize("fold", ["info_gradient", "info_curvature", "info_cubes"])
def test_rows_that_were_checked_before_give_the_same_bits(fold):
    rng = np.random.default_rng(5)
    X, events = rng.normal(size=(300, 4)), rng.integers(0, 2, 300).astype(float)
    rows, beta, root = kernels.Observations(X, events), rng.normal(size=4), np.linalg.inv(np.linalg.cholesky(X.T @ X)).T
    function = getattr(leverages_module, fold)
    for one, other in zip(function(rows, beta, root), function(kernels.CheckedRows.of(rows), beta, root), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("scale", [1.0, 2.0**40])
def test_the_curvature_of_the_prior_comes_with_its_factor(scale):
    """The factor that is known beforehand solves as that of the root itself, in any units."""
    rng = np.random.default_rng(6)
    X = np.column_stack([np.ones(60), rng.normal(size=(60, 3)) * scale])
    sums = LogitSums(gl.design_arrays(rng.integers(0, 2, 60).astype(float), X))
    at = penalty.Jeffreys().adjusted(sums, np.zeros(4), sums.evaluate(np.zeros(4)), root=False)
    assert at.curvature is not None
    assert at.curvature is not at.info
    afresh = Information(at.curvature.scale, root=at.curvature.root).factor
    np.testing.assert_allclose(at.curvature.factor.solve(at.score), afresh.solve(at.score), rtol=1e-13)
