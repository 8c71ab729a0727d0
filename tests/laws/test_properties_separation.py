"""Invariants of separation and of Firth's estimate (q36 to q41); ids in test_properties."""

from __future__ import annotations

import warnings

import mpmath
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import (
    EPS,
    Data,
    condition,
    examples,
    factors,
    information,
    lattices,
    overlapping,
    seeds,
    tolerance,
    tolerance_se,
)

import glmlogit as gl
from glmlogit.errors import CollinearityWarning, SeparationWarning

ORDER = {"none": 0, "quasi": 1, "complete": 2}


def report(data, **more):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CollinearityWarning)
        return gl.separation(data.design(**more))


def same(ours, theirs, flip=1):
    """Equal kinds, rows and coefficients, their signs changed by ``flip`` (one factor a coefficient)."""
    turned = {"+inf": "-inf", "-inf": "+inf"}
    flips = np.broadcast_to(flip, len(ours.coefficients))
    expected = [turned.get(s, s) if f < 0 else s for s, f in zip(ours.coefficients, flips, strict=True)]
    assert theirs.kind == ours.kind
    assert theirs.coefficients.tolist() == expected
    assert theirs.rows.tolist() == ours.rows.tolist()


@examples(60)
@given(lattices(), seeds)
def test_q36_sep_row_monotone(data, seed):
    """More rows never separate more, more columns never less."""
    rng = np.random.default_rng(seed)
    before = report(data)
    extra = data.take(rng.integers(0, data.n, 2)).but(y=rng.integers(0, 2, 2).astype(float))
    more = Data(np.vstack([data.X, extra.X]), np.r_[data.y, extra.y])
    after = report(more)
    assert set(after.rows[after.rows < data.n]) <= set(before.rows)
    assert before.kind != "none" or after.kind == "none"
    wider = report(data.but(X=np.column_stack([data.X, rng.integers(-2, 3, data.n)])))
    assert set(wider.rows) >= set(before.rows)
    assert ORDER[wider.kind] >= ORDER[before.kind]


@examples(60)
@given(lattices(), seeds, st.integers(-250, 250))
def test_q37_sep_invariance(data, seed, power):
    """Units, origins, offsets, weights, row order and the label of the event do not matter."""
    rng = np.random.default_rng(seed)
    plain = report(data)
    aliased = "aliased" in plain.coefficients.tolist()
    scale = rng.choice([-3.0, -1.0, 1.0, 5.0], data.p) * 2.0 ** np.r_[0, rng.integers(-1, 2, data.p - 1) * power]
    same(plain, report(data.but(X=data.X * scale)), flip=np.sign(scale))
    shifted = data.X.copy()
    shifted[:, 1:] += rng.integers(-9, 10, data.p - 1) * 2.0**20
    moved = report(data.but(X=shifted))  # the intercept may change its state
    if not aliased:
        assert moved.coefficients.tolist()[1:] == plain.coefficients.tolist()[1:]
    assert (moved.kind, moved.rows.tolist()) == (plain.kind, plain.rows.tolist())
    same(plain, report(data.but(offset=rng.normal(size=data.n) * 50)))
    same(plain, report(data.but(weights=10.0 ** rng.uniform(-5, 5, data.n), weight_type="precision")))
    same(plain, report(data.flipped), flip=-1)
    order = rng.permutation(data.n)
    shuffled = report(data.take(order))
    assert (shuffled.kind, sorted(order[shuffled.rows])) == (plain.kind, plain.rows.tolist())
    assert shuffled.coefficients.tolist() == plain.coefficients.tolist()


@examples(60)
@given(lattices())
def test_q38_sep_cure(data):
    """The other outcome at every separated row removes separation; at all but one of them nothing is certain."""
    before = report(data)
    cured = data.take(np.r_[np.arange(data.n), before.rows])
    cured.y[data.n :] = 1 - cured.y[data.n :]
    assert report(cured).kind == "none"


@examples(60)
@given(lattices())
def test_q39_lcm_limit(data):
    """Finite coefficients are those of the rows that are not separated, and so is the supremum of the likelihood."""
    fit = data.fit_quietly()
    assume(fit.separation.kind != "none")
    rest = np.setdiff1d(np.arange(data.n), fit.separation.rows)
    if not len(rest):
        assert fit.llf == 0.0
        assert "finite" not in fit.separation.coefficients.tolist()
        assert np.isin(fit.predict(), [0.0, 1.0]).all()
        return
    left = Data(data.X[rest], data.y[rest])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CollinearityWarning)
        alone = gl.logit(gl.design_arrays(left.y, left.X)) if len(rest) >= data.p else None
    assume(alone is not None)
    assert alone.separation.kind == "none"
    assert fit.llf == pytest.approx(alone.llf, abs=1e-12 * (1 + abs(alone.llf)))
    np.testing.assert_allclose(fit.predict().iloc[rest], alone.predict(), rtol=1e-11)
    np.testing.assert_array_equal(np.delete(fit.predict().to_numpy(), rest), np.delete(data.y, rest))
    finite = (fit.separation.coefficients == "finite").to_numpy()
    kappa = condition(alone) if alone.rank else 1.0
    ours, theirs, errors = (s.to_numpy()[finite] for s in (fit.params, alone.params, alone.bse))
    assert (np.abs(ours - theirs) <= tolerance(kappa) * errors).all()
    assert (np.abs(fit.bse.to_numpy()[finite] / errors - 1) <= tolerance_se(kappa)).all()


# --- Firth ------------------------------------------------------------------------------------------
@examples(40)
@given(*[st.integers(0, 10**4)] * 4)
def test_q40_firth_closed(a, b, c, d):
    """Half an event and half a non-event added to each cell of a 2×2 table, and to a single proportion."""
    assume(a + b and c + d)
    with mpmath.workdps(40):
        half = mpmath.mpf(1) / 2
        beta = float(mpmath.log((a + half) * (d + half) / ((b + half) * (c + half))))
        alone = float(mpmath.log((a + half) / (b + half)))
    fit = Data(np.array([[1.0, 1.0], [1.0, 0.0]]), np.array([a, c], float), np.array([a + b, c + d], float)).fit(
        gl.firth
    )
    assert abs(fit.params.iloc[1] - beta) <= 1e-13 * max(abs(beta), fit.bse.iloc[1])
    one = Data(np.ones((1, 1)), np.array([a], float), np.array([a + b], float)).fit(gl.firth)
    assert abs(one.params.iloc[0] - alone) <= 1e-13 * max(abs(alone), one.bse.iloc[0])


def firth_is(fit, params, bse, kappa):
    # steps end at a decrement of 1e-9 and are not refined; Newton's own accuracy there is its square
    distance = np.abs(fit.params.to_numpy() - params) / bse
    assert (distance <= tolerance(kappa)).all(), (distance.max(), tolerance(kappa))
    assert (np.abs(fit.bse.to_numpy() / bse - 1) <= tolerance(kappa)).all()


def penalised(fit):
    """Firth's penalised log-likelihood: half the logarithm of the determinant of the information is added."""
    return fit.llf + np.linalg.slogdet(information(fit))[1] / 2


firths = st.one_of(overlapping(closeness=st.sampled_from([0, 4, 12])), lattices())


@examples(25)
@given(firths, seeds)
def test_q41_firth_invariance(data, seed):
    """Other units, origins, labels, groupings, row orders: the same estimate."""
    rng = np.random.default_rng(seed)
    plain = data.fit_quietly(gl.firth)
    assume(plain.rank == data.p)
    kappa, params, bse = condition(plain), plain.params.to_numpy(), plain.bse.to_numpy()
    assert np.isfinite(params).all()
    assert np.isfinite(bse).all()
    firth_is(data.take(rng.permutation(data.n)).fit(gl.firth), params, bse, kappa)
    firth_is(data.flipped.fit(gl.firth), -params, bse, kappa)
    scale = rng.choice([-3.0, 1.0, 7.0], data.p) * 2.0 ** rng.integers(-200, 200, data.p)
    firth_is(data.but(X=data.X * scale).fit(gl.firth), params / scale, bse / abs(scale), kappa)
    A = np.eye(data.p)
    A[0, -1] = 2.0
    other = data.but(X=data.X @ A).fit(gl.firth)
    moved = A @ other.params.to_numpy()
    assert (np.abs(moved - params) <= tolerance(max(kappa, condition(other))) * bse).all()
    twice = data.take(np.repeat(np.arange(data.n), 2)).fit(gl.firth)
    assert not np.allclose(twice.params, params, rtol=1e-9, atol=1e-9) or np.abs(params).max() < 1e-6


@examples(15)
@given(overlapping(grouped=True, closeness=st.just(0), sizes=st.integers(8, 60)))
def test_q41_firth_grouped(data):
    single = data.take(np.repeat(np.arange(data.n), data.trials.astype(int)))
    y = np.concatenate([np.arange(m) < k for m, k in zip(data.trials, data.y, strict=True)]).astype(float)
    grouped = data.fit(gl.firth)
    firth_is(single.but(y=y, trials=None).fit(gl.firth), grouped.params, grouped.bse.to_numpy(), condition(grouped))


@examples(10)
@given(factors())
def test_q41_firth_reference_level(d):
    frame, levels = pd.DataFrame({k: d[k] for k in "ygx"}), d["levels"]
    frame["y"] *= frame["g"] != levels[1]  # a level without events
    plain = gl.firth("y ~ C(g) + x", frame)
    other = gl.firth("y ~ C(g) + x", frame.assign(g=pd.Categorical(frame["g"], levels[::-1])))
    np.testing.assert_allclose(other.predict(), plain.predict(), rtol=1e-11)
    assert penalised(other) == pytest.approx(penalised(plain), rel=1e-12)
    assert abs(other.params["x"] - plain.params["x"]) <= tolerance(condition(plain, other)) * plain.bse["x"]
    assert plain.params["x"] == pytest.approx(other.params["x"], rel=1e-9, abs=100 * EPS)


# --- penalties and sandwiches ---------------------------------------------------------------------------
def separated(n):
    rng = np.random.default_rng(1)
    X = rng.normal(size=(n, 4))
    return Data(np.column_stack([np.ones(n), X]), (X @ [1, 2, -1, 0.5] > 0).astype(float))


def test_firth_profile_where_the_penalty_is_not_concave():
    """Held far from its estimate one coefficient leaves a problem whose whole curvature is not definite."""
    x = np.round(np.random.default_rng(1).normal(size=20), 2)
    for y in ((x > 0).astype(float), np.ones(20)):
        fit = Data(np.column_stack([np.ones(20), x]), y).fit(gl.firth)
        limits = fit.confint(method="profile")
        assert np.isfinite(limits).all(axis=None)
        for name in fit.params.index:
            for value in limits.loc[name]:
                statistic = fit.test(f"{name} = {float(value)!r}", "lr").statistic
                assert statistic == pytest.approx(1.959963984540054**2, abs=1e-9)


def test_penalised_tests_of_separated_data_need_few_steps():
    """Restricted fits start where the others go when one coefficient is moved, not where they were."""
    table = gl.drop1(separated(3000).fit(gl.firth))
    assert (table["statistic"].dropna() > 500).all()
    assert table["statistic"].notna().sum() == 4


SANDWICHES = ("HC0", "HC1", "HC2", "HC3", "cluster", "cluster:none", "cluster:statsmodels")


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("weights", [None, "frequency", "sampling", "precision"])
def test_sandwich_is_that_of_the_limiting_model_alone(seed, weights):
    """A level with one outcome, and clusters that lie in it, change n, k and G of no covariance."""
    rng = np.random.default_rng(seed)
    n, alone = int(rng.integers(40, 90)), int(rng.integers(3, 12))
    d = pd.DataFrame({"x": rng.normal(size=n), "z": rng.normal(size=n), "level": 0, "herd": rng.integers(0, 9, n)})
    d["y"] = (rng.random(n) < 0.5).astype(int)
    d["w"] = rng.integers(1, 5, n) * 1.0
    d.loc[d.index[:alone], ["level", "y"]] = [1, int(rng.integers(0, 2))]
    d.loc[d.index[: alone // 2], "herd"] = 100 + np.arange(alone // 2)
    options = {"cluster": "herd"} | ({} if weights is None else {"weights": "w", "weight_type": weights})
    with pytest.warns(SeparationWarning):
        fit = gl.logit("y ~ x + z + level", d, **options)
    rest = gl.logit("y ~ x + z", d[d["level"] == 0], **options)
    for kind in SANDWICHES:
        np.testing.assert_allclose(
            fit.with_cov(kind).bse[["x", "z"]], rest.with_cov(kind).bse[["x", "z"]], rtol=1e-10, err_msg=kind
        )
    assert fit.cov_text == rest.cov_text
