"""The compiled fold of a refinement against its NumPy twin, and both against mpmath."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest

import glmlogit as gl
from glmlogit.fitting import error_bounds, refine
from glmlogit.numerics import doubledouble, exact_score, kernels
from glmlogit.numerics.doubledouble import DD, UNIT

compiled = pytest.mark.skipif(
    getattr(doubledouble._exact, "score", None) is None or not doubledouble._compiled(), reason="not compiled"
)


def rows_of(seed: int, n: int, p: int, *, offset: bool, far: bool = False) -> tuple:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p)) * 2.0 ** rng.integers(-3, 4, p)
    events = rng.integers(0, 3, n) * 4.0 ** rng.integers(-2, 3, n)
    shift = rng.normal(size=n) * (300.0 if far else 1.0) if offset or far else None
    return X, events, rng.random(n), shift


def sums(blocks, scale, beta, k, root):
    return exact_score.exact_score(blocks, scale, beta, k, root, 1.5)


def both(monkeypatch, blocks, scale, beta, k, root):
    fast = sums(blocks, scale, beta, k, root)
    with monkeypatch.context() as patched:
        patched.setattr(kernels, "COMPILED", False)
        return fast, sums(blocks, scale, beta, k, root)


@compiled
@pytest.mark.parametrize("n", [1, 2, 7, 127, 128, 129, 500, 1300])
@pytest.mark.parametrize("order", ["C", "F", "strided"])
@pytest.mark.parametrize("kind", ["plain", "offset", "far"])
def test_the_compiled_fold_is_its_twin(monkeypatch, n, order, kind):
    """Scores to 1e-30 of their gross values; what is in double precision to its rounding."""
    p, k = 5, 4
    X, *others = rows_of(n, n, p, offset=kind == "offset", far=kind == "far")
    X = {"C": X, "F": np.asfortranarray(X), "strided": np.repeat(X, 2, axis=1)[:, ::2]}[order]
    rng = np.random.default_rng(n + 1)
    beta, root = DD(rng.normal(size=p), rng.normal(size=p) * 2.0**-55), rng.normal(size=(k, k))
    scale = 2.0 ** rng.integers(-3, 4, p)
    fast, plain = both(monkeypatch, [(X, *others)] * 2, scale, beta, k, root)
    difference = doubledouble.subtract(fast.score, plain.score)
    assert (np.abs(difference.hi) <= 1e-30 * plain.size).all()
    assert (fast.rows, fast.additions) == (plain.rows, plain.additions) == (2 * n, fast.additions)
    np.testing.assert_allclose(fast.size, plain.size, rtol=1e-13)
    np.testing.assert_allclose(fast.gram, plain.gram, rtol=1e-12, atol=1e-13 * np.abs(plain.gram).max())
    np.testing.assert_allclose(fast.furthest, plain.furthest, rtol=1e-14)
    np.testing.assert_allclose(fast.bounds, plain.bounds, rtol=1e-13)
    np.testing.assert_allclose(fast.value, plain.value, rtol=1e-14)


@compiled
@pytest.mark.parametrize("eta", [0.0, -0.0, 1e-300, 36.5, -650.0, 708.4, -740.3, 745.2, 751.0, 1e300, -1e300, np.inf])
def test_predictors_out_of_range(monkeypatch, eta):
    X, events, nonevents, _ = rows_of(3, 20, 3, offset=False)
    offset = np.where(np.arange(20) == 7, eta, 0.0)
    with np.errstate(all="ignore"):
        fast, plain = both(
            monkeypatch, [(X, events, nonevents, offset)], np.ones(3), DD(*np.zeros((2, 3))), 3, np.eye(3)
        )
    np.testing.assert_allclose(fast.score.hi, plain.score.hi, rtol=1e-15, equal_nan=True)
    np.testing.assert_allclose(fast.bounds, plain.bounds, rtol=1e-13, equal_nan=True)
    np.testing.assert_allclose(fast.value, plain.value, rtol=1e-14, equal_nan=True)


@pytest.mark.parametrize("n", [1, 3, 128, 300])
def test_the_score_is_within_its_bound(n):
    X, events, nonevents, offset = rows_of(n, n, 3, offset=True)
    beta = DD(np.array([0.5, -0.25, 1 / 3]), np.array([1e-18, 0.0, -1e-17]))
    ours = sums([(X, events, nonevents, offset)], np.ones(3), beta, 3, None)
    assert ours.gram is None
    with mp.workdps(60):
        at = [mp.mpf(float(h)) + mp.mpf(float(low)) for h, low in zip(*beta, strict=True)]
        truth, value = [mp.mpf(0)] * 3, mp.mpf(0)
        for x, a, b, o in zip(X.tolist(), events.tolist(), nonevents.tolist(), offset.tolist(), strict=True):
            eta = mp.fdot(zip(map(mp.mpf, x), at, strict=True)) + mp.mpf(o)
            residual = (a - b * mp.exp(eta)) / (1 + mp.exp(eta))
            value -= a * mp.log1p(mp.exp(-eta)) + b * mp.log1p(mp.exp(eta))
            truth = [t + residual * mp.mpf(v) for t, v in zip(truth, x, strict=True)]
        pairs = zip(ours.score.hi.tolist(), ours.score.lo.tolist(), truth, strict=True)
        errors = [float(abs(mp.mpf(h) + mp.mpf(low) - t)) for h, low, t in pairs]
        assert abs(float(ours.value - value)) <= 1e-15 * n**0.5 * abs(float(value))
    # Sums, tails and linear predictors of five, as refine.py adds them up.
    bound = (ours.additions * UNIT**2 + 2 * doubledouble.TAIL_ERROR + 4 * 5**2 * UNIT**2 * 40) * ours.size
    assert (np.array(errors) <= bound).all()


@compiled
def test_what_cannot_be_read_is_refused():
    score, out = doubledouble._exact.score, np.zeros(2 * 5 + 6)
    good = [np.zeros((3, 2)), np.ones(2), np.zeros((2, 2)), np.ones(3), np.ones(3), None, None, 2, 1.0, out]
    score(*good)
    for place, bad in ((0, np.zeros((3, 3))), (1, np.ones(3)), (2, np.zeros((2, 3))), (3, np.ones(2)), (4, np.ones(4))):
        with pytest.raises(ValueError, match="shapes disagree"):
            score(*[bad if i == place else v for i, v in enumerate(good)])
    more = ((5, np.ones(2)), (6, np.ones((2, 3))), (7, 3), (9, np.zeros(15)))
    for place, bad in more:
        with pytest.raises(ValueError, match="shapes disagree"):
            score(*[bad if i == place else v for i, v in enumerate(good)])
    for place in (0, 3, 4, 9):
        with pytest.raises(TypeError):
            score(*[None if i == place else v for i, v in enumerate(good)])


# --- how often rows are looked at -------------------------------------------------------------------
def looks(monkeypatch, design: gl.Design) -> tuple[int, gl.Fit]:
    counted, real = [], error_bounds.exact_score

    def counting(*args):
        counted.append(1)
        return real(*args)

    monkeypatch.setattr(error_bounds, "exact_score", counting)
    fit = gl.logit(design)
    return len(counted), fit


def study(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Age and body mass as they are, and a sex."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([rng.normal(52, 12, n).round(), rng.normal(27, 4.5, n).round(1), rng.integers(0, 2, n)])
    eta = -1.0 + 0.03 * (X[:, 0] - 52) + 0.05 * (X[:, 1] - 27) + 0.4 * X[:, 2]
    return (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(float), X


@pytest.mark.parametrize("n", [200, 1000])
@pytest.mark.parametrize("seed", range(5))
def test_a_typical_study_is_looked_at_once(monkeypatch, n, seed):
    y, X = study(n, seed)
    passes, fit = looks(monkeypatch, gl.design_arrays(y, X, intercept=True))
    assert passes == 1
    assert fit.digits == 15.95


@pytest.mark.parametrize("seed", range(3))
def test_a_step_that_is_foreseen_ends_where_one_that_is_looked_at_does(monkeypatch, seed):
    y, X = study(300, seed)
    design = gl.design_arrays(y, X, intercept=True)
    quick = gl.logit(design)
    monkeypatch.setattr(refine, "_at_once", lambda *args: None)
    monkeypatch.setattr(refine, "_foreseen", lambda *args: None)
    passes, slow = looks(monkeypatch, design)
    assert passes > 1
    np.testing.assert_array_equal(quick.params, slow.params)
    np.testing.assert_allclose(quick.bse, slow.bse, rtol=1e-14)
    np.testing.assert_allclose(quick.maximum.low, slow.maximum.low, rtol=0, atol=1e-24 * quick.bse.max())
    assert (quick.digits, quick.llf) == (slow.digits, pytest.approx(slow.llf, rel=1e-15))


@compiled
@pytest.mark.parametrize("seed", range(12))
def test_the_compiled_step_is_its_twin(monkeypatch, seed):
    """Coefficients to the last bit, what rounding took of them to 1e-24 standard errors, errors to rounding."""
    y, X = study(60 + 40 * seed, seed)
    rng = np.random.default_rng(seed)
    sides = {
        "weights": rng.integers(1, 9, len(y)) * 4.0 ** (seed - 6) if seed % 3 == 0 else None,
        "offset": rng.normal(size=len(y)) if seed % 3 == 1 else None,
        "weight_type": "precision" if seed % 3 == 0 else "frequency",
    }
    design = gl.design_arrays(y, X * 2.0 ** rng.integers(-40, 40, 3), intercept=True, **sides)
    used, real = [], refine._at_once
    monkeypatch.setattr(refine, "_at_once", lambda *args: (used.append(real(*args)), used[-1])[1])
    quick = gl.logit(design)
    monkeypatch.setattr(refine, "_at_once", lambda *args: None)
    slow = gl.logit(design)
    assert used[0] is not None
    np.testing.assert_array_equal(quick.params, slow.params)
    np.testing.assert_allclose(quick.bse, slow.bse, rtol=1e-14)
    assert (np.abs(quick.maximum.low - slow.maximum.low) <= 1e-24 * slow.bse).all()
    assert (quick.digits, quick.n_iter) == (slow.digits, slow.n_iter)
    assert quick.llf == slow.llf


@compiled
@pytest.mark.parametrize("seed", range(4))
def test_the_compiled_start_is_its_twin(monkeypatch, seed):
    """To the last bit: powers of two; but for the rounding of a bound."""
    y, X = study(80, seed)
    rng = np.random.default_rng(seed)
    weights = rng.random(80) * 4.0 ** rng.integers(-9, 9)
    sides = {"weights": weights, "weight_type": "precision"} if seed % 2 else {}
    design = gl.design_arrays(y, X * 2.0 ** rng.integers(-40, 40, 3), intercept=True, **sides)
    maximum = gl.logit(design).maximum
    given = (design, maximum.beta, maximum.low, maximum.estimated, maximum.at.info.factor)
    fast = refine._scaled_start(*given)
    monkeypatch.setattr(kernels, "COMPILED", False)
    plain = refine._scaled_start(*given)
    for one, other in zip((*fast[0][1:], *fast[1], fast[2]), (*plain[0][1:], *plain[1], plain[2]), strict=True):
        np.testing.assert_array_equal(one, other)
    assert fast[3] == pytest.approx(plain[3], rel=1e-14)


@compiled
def test_a_start_that_is_not_finite_or_cannot_be_read():
    scaled_start = doubledouble._exact.scaled_start
    good = [np.eye(2), np.zeros(2), np.zeros(2), np.array([3.0, 0.0]), 1.0, np.zeros(10)]
    assert scaled_start(*good) == 5.0
    np.testing.assert_array_equal(good[5], [0.25, 1.0, 0.0, 0.0, 0.0, 0.0, 4.0, 0.0, 0.0, 1.0])
    for place, value in ((0, np.full((2, 2), np.inf)), (1, np.array([0.0, np.inf])), (1, np.array([np.nan, 0.0]))):
        assert not np.isfinite(scaled_start(*[value if i == place else v for i, v in enumerate(good)]))
    for place, value in ((0, np.eye(3)), (0, np.zeros((2, 3))), (1, np.zeros(3)), (2, np.zeros(1)), (5, np.zeros(9))):
        with pytest.raises(ValueError, match="shapes disagree"):
            scaled_start(*[value if i == place else v for i, v in enumerate(good)])


@compiled
def test_a_step_that_cannot_be_read_is_refused():
    last_step = doubledouble._exact.last_step
    limits = (1e-29, 1e-14, 1e-6, 1e-22, 1e-16)
    good = [np.eye(2), np.zeros((2, 2)), np.zeros(16), 9.0, 45.0, limits, np.ones(2), 1.0, np.zeros(8)]
    assert last_step(*good) is False  # no information: G = 0
    bad = ((0, np.eye(3)), (0, np.eye(2, 4)[:, ::2]), (1, np.zeros((2, 3))), (2, np.zeros(15)), (8, np.zeros(9)))
    bad += ((6, np.ones(3)), (6, np.ones(4)[::2]))
    for place, value in bad:
        with pytest.raises(ValueError, match=r"shapes disagree|without gaps|doubles|contiguous"):
            last_step(*[value if i == place else v for i, v in enumerate(good)])
    with pytest.raises(TypeError):
        last_step(*good[:5], (1.0, 2.0), *good[6:])


@compiled
def test_a_step_is_taken_back_to_the_units_of_the_data_unless_that_rounds():
    k, beta = 2, np.array([[1.0 + 2.0**-52, -3.0], [0.0, 1e-20]])
    sums = np.zeros(k * (3 + k) + 6)
    sums[:k], sums[3 * k : 3 * k + k * k], sums[-2] = 1e-18, np.eye(k).ravel(), 1.0
    start = (np.eye(k), beta, sums, 9.0, 45.0, (1e-29, 1e-14, 1e-6, 1e-22, 1e-16))
    for scale, unit in ((1.0, 1.0), (2.0**-7, 4.0), (2.0**-1000, 1.0)):
        out = np.zeros(k * (2 + k))
        assert doubledouble._exact.last_step(*start, np.full(k, scale), unit, out)
        np.testing.assert_array_equal(out[:k], beta[0] * scale)
        np.testing.assert_array_equal(out[k : 2 * k], (beta[1] + 1e-18) * scale)
        np.testing.assert_array_equal(out[2 * k :], np.eye(k).ravel() * scale * unit)
    assert not doubledouble._exact.last_step(*start, np.full(k, 2.0**-1030), 1.0, np.zeros(k * (2 + k)))


@pytest.mark.parametrize("events", range(1, 15))
def test_a_constant_alone_attains_what_its_totals_say(events):
    """To the last bit: both are rounded once."""
    fit = gl.logit("y ~ 1", {"y": [1.0] * events + [0.0] * (15 - events)})
    with mp.workdps(40):
        p = mp.mpf(events) / 15
        truth = float(events * mp.log(p) + (15 - events) * mp.log(1 - p))
    assert (fit.llf, fit.llnull) == (truth, truth)
