"""Invariants of intervals, tests and plumbing (q29 to q35, q42, q45 to q47); ids in test_properties."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats
from strategies import (
    EPS,
    Estimate,
    assert_estimates,
    bits,
    condition,
    dyadic,
    easy,
    examples,
    lattices,
    overlapping,
    seeds,
    tolerance,
    tolerance_se,
)

import glmlogit as gl


def normal_quantile(level):
    """Half the width of an interval of that level, in standard errors."""
    return float(stats.norm.isf((1 - level) / 2))


small = overlapping(closeness=st.sampled_from([0, 4]), sizes=st.integers(10, 60), columns=(1, 3))


@examples(25)
@given(easy, st.floats(0.5, 0.999), st.floats(-4, 4))
def test_q29_ci_duality(data, level, distance):
    """A value inside the interval has |z| below the quantile and p above 1 − level, and conversely."""
    fit = data.fit()
    table, name = fit.confint(level), fit.params.index[-1]
    value = float(fit.params.iloc[-1] + distance * fit.bse.iloc[-1])
    low, high = table.loc[name]
    tie = 4 * EPS * (abs(value) + fit.bse.iloc[-1])
    assume(min(abs(value - low), abs(value - high)) > tie)
    result = fit.test(f"{name} = {value!r}", "wald")
    z = (fit.params.iloc[-1] - value) / fit.bse.iloc[-1]
    inside = low <= value <= high
    assert inside == (abs(z) <= normal_quantile(level))
    assert inside == (result.p_value >= 1 - level)
    wider = fit.confint(level + (1 - level) / 2)
    assert (wider["conf_low"] < table["conf_low"]).all()
    assert (wider["conf_high"] > table["conf_high"]).all()
    ratios = fit.odds_ratios(level, intercept=True)[["conf_low", "conf_high"]]
    np.testing.assert_array_equal(ratios, np.exp(table))


@examples(6)
@given(small, st.sampled_from([gl.logit, gl.firth]), st.sampled_from([0.9, 0.95, 0.999]))
def test_q30_profile_ci(data, estimator, level):
    """Limits lie where twice the fall of the likelihood is the quantile; they follow units and labels."""
    fit = data.fit(estimator)
    limits, q = fit.confint(level, method="profile"), normal_quantile(level) ** 2
    bse = fit.bse.to_numpy()[:, None]
    assert (limits["conf_low"] < fit.params).all()
    assert (limits["conf_high"] > fit.params).all()
    for name in fit.params.index:
        for value in limits.loc[name]:
            assert fit.test(f"{name} = {float(value)!r}", "lr").statistic == pytest.approx(q, abs=1e-9)
    flipped = data.flipped.fit(estimator).confint(level, method="profile").to_numpy()
    assert (np.abs(-flipped[:, ::-1] - limits.to_numpy()) <= 1e-8 * bse).all()
    scale = np.r_[np.ones(data.p - 1), 2.0**30]
    scaled = data.but(X=data.X * scale).fit(estimator).confint(level, method="profile").to_numpy()
    assert (np.abs(scaled * scale[:, None] - limits.to_numpy()) <= 1e-8 * bse).all()


@examples(10)
@given(overlapping(closeness=st.just(0), sizes=st.integers(10, 60), columns=(1, 3), weighted=False))
def test_q30_profile_tends_to_wald(data):
    fit = data.but(weights=np.full(data.n, 1e6)).fit()
    profile, wald = fit.confint(method="profile"), fit.confint()
    assert (np.abs(profile - wald).to_numpy() <= 0.02 * fit.bse.to_numpy()[:, None]).all()


@examples(20)
@given(overlapping(), seeds, st.sampled_from([2.0, 500.0, 1e6]))
def test_q31_start_values(data, seed, size):
    start = np.random.default_rng(seed).choice([-size, size], data.p)
    plain = data.fit()
    assert_estimates(gl.logit(data.design(), start=start), Estimate.of(plain), condition(plain))


@examples(4)
@given(seeds, st.integers(20, 60))
def test_q32_dtype_layout(seed, n):
    """Equal values of any dtype, order, stride or endianness give equal bits."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(n), rng.integers(0, 2, n), rng.integers(-9, 10, n)]).astype(float)
    y = rng.integers(0, 2, n)
    y[:6], X[:6, 1], X[:6, 2] = [0, 1, 0, 1, 0, 1], [0, 0, 1, 1, 0, 0], [0, 0, 1, 1, 3, 3]
    w = rng.integers(1, 5, n)
    expected = bits(gl.logit(gl.design_arrays(y, X, weights=w)))
    readonly = X.copy()
    readonly.flags.writeable = False
    strided = np.zeros((2 * n, 6))
    strided[::2, ::2] = X
    forms = [
        *(X.astype(kind) for kind in ("f4", "f8", "i1", "i2", "i4", "i8", ">f8", ">i4", "object", "longdouble")),
        *(np.asfortranarray(X), readonly, strided[::2, ::2], X[::-1][::-1], pd.DataFrame(X), X.tolist()),
        pd.DataFrame(X).convert_dtypes(),
    ]
    for form in forms:
        assert bits(gl.logit(gl.design_arrays(y, form, weights=w))) == expected
    for outcome in (
        y.astype(bool),
        y.astype("f4"),
        y.astype("u1"),
        y.astype(">i8"),
        pd.Series(y, dtype="Int8"),
        y.tolist(),
    ):
        assert bits(gl.logit(gl.design_arrays(outcome, X, weights=w.astype("f4")))) == expected


def table(data, seed=0):
    """The data as a table, with a cluster."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(data.X[:, 1:], columns=[f"x{j}" for j in range(data.p - 1)])
    return frame.assign(y=data.y, w=rng.integers(1, 4, data.n), o=dyadic(rng, data.n), id=rng.integers(0, 8, data.n))


@examples(15)
@given(overlapping(grouped=True), seeds)
def test_q33_missing_drop(data, seed):
    """Rows with a missing value in anything that is used are as if deleted by hand."""
    rng = np.random.default_rng(seed)
    frame = table(data, seed).assign(m=data.trials, unused=np.nan)
    holed = frame.copy()
    used = [c for c in frame if c != "unused"]
    rows = rng.integers(2 * data.p, data.n - 2 * data.p, 5)  # the rows that make the data overlap stay
    for row, column in zip(rows, rng.choice(used, 5), strict=True):
        holed[column] = holed[column].astype(float)
        holed.loc[row, column] = np.nan
    formula = "y ~ " + " + ".join(c for c in frame if c.startswith("x"))
    options = {"weights": "w", "trials": "m", "offset": "o", "cluster": "id"}
    by_hand = holed.dropna(subset=used)
    dropped, manual = gl.logit(formula, holed, **options), gl.logit(formula, by_hand, **options)
    assert bits(dropped) == bits(manual)
    assert dropped.augment().index.equals(by_hand.index)


@examples(15)
@given(overlapping(shifted=False, weighted=False, grouped=False))
def test_q34_formula_vs_matrix(data):
    frame = table(data)
    columns = [c for c in frame if c.startswith("x")]
    options = {"weights": "w", "offset": "o"}
    by_formula = gl.logit("y ~ " + " + ".join(columns), frame, **options)
    arrays = {name: frame[column].to_numpy() for name, column in options.items()}
    by_matrix = gl.logit(gl.design_arrays(data.y, frame[columns], intercept=True, **arrays))
    assert bits(by_formula) == bits(by_matrix)
    assert (
        bits(gl.logit("y ~ 0 + one + " + " + ".join(columns), frame.assign(one=1.0), **options))[:2]
        == bits(by_matrix)[:2]
    )


@examples(25)
@given(overlapping(weighted=True), st.floats(-300, 299), st.booleans())
def test_q35_weights_rescale(data, exponent, exact):
    """Weights times c: equal coefficients, covariance divided by c, robust covariance unchanged."""
    c = 2.0 ** round(exponent / 0.302) if exact else 10.0**exponent
    plain = data.but(weight_type="precision").fit()
    assume(2 * np.log10(plain.bse.max()) - np.log10(c) < 307)  # a variance of 1e308 is no double
    scaled = data.but(weight_type="precision", weights=data.weights * c).fit()
    kappa = condition(plain)
    assert (np.abs(scaled.params - plain.params) <= tolerance(kappa) * plain.bse).all()
    assert (np.abs(scaled.bse * np.sqrt(c) / plain.bse - 1) <= tolerance_se(kappa)).all()
    robust = np.sqrt(np.diagonal(scaled.cov_params("HC0")) / np.diagonal(plain.cov_params("HC0")))
    assert (np.abs(robust - 1) <= 10 * tolerance_se(kappa)).all()
    assert scaled.llf == pytest.approx(plain.llf * c, rel=1e-11)
    assert scaled.status is plain.status


@examples(15)
@given(overlapping(weighted=False), seeds)
def test_q45_robust(data, seed):
    """Rows as clusters are HC0; names and order of clusters do not matter; frequencies are repetitions."""
    rng = np.random.default_rng(seed)
    own = data.fit(cluster=np.arange(data.n))
    kappa = condition(own)
    bse = np.sqrt(np.diagonal(own.cov_params("HC0")))
    unit, slack = np.outer(bse, bse), tolerance(kappa)
    assert (np.abs(own.cov_params("cluster:none") - own.cov_params("HC0")) <= slack * unit).all(axis=None)
    groups = rng.integers(0, 9, data.n)
    plain = data.fit(cluster=groups).cov_params()
    unit = np.sqrt(np.outer(np.diagonal(plain), np.diagonal(plain)))
    names = np.array(list("zyxwvutsr"))[groups]
    order = rng.permutation(data.n)
    for other in (data.fit(cluster=names), data.take(order).fit(cluster=groups[order])):
        assert (np.abs(other.cov_params() - plain) <= slack * unit).all(axis=None)
    weighted = data.but(weights=np.full(data.n, 2.0)).fit()
    repeated = data.take(np.repeat(np.arange(data.n), 2)).fit()
    for kind in ("HC0", "HC1", "HC2", "HC3"):
        a, b = weighted.cov_params(kind), repeated.cov_params(kind)
        assert (np.abs(a - b).to_numpy() <= slack * np.sqrt(np.outer(np.diagonal(b), np.diagonal(b)))).all()


def everything(fit):
    """Bytes of what a fit says."""
    parts = [*bits(fit), fit.predict().to_numpy().tobytes(), fit.augment().to_numpy(float).tobytes()]
    parts += [fit.cov_params("HC3").to_numpy().tobytes(), fit.separation.direction.tobytes(), str(fit.summary())]
    return [*parts, fit.status, str(fit.digits), fit.separation.kind, fit.separation.rows.tobytes()]


@examples(15)
@given(st.one_of(overlapping(), lattices()), st.sampled_from([gl.logit, gl.firth]))
def test_q46_serialise(data, estimator):
    fit = data.fit_quietly(estimator)
    expected = everything(fit)
    for other in (pickle.loads(pickle.dumps(fit)), copy.copy(fit), copy.deepcopy(fit)):
        assert everything(other) == expected


@examples(15)
@given(overlapping(), seeds)
def test_q47_mutation(data, seed):
    """Changes of what went in, or of what came out, never reach a fit."""
    groups = np.random.default_rng(seed).integers(0, 9, data.n)
    fit = data.fit(cluster=groups)
    expected = everything(data.fit(cluster=groups))
    given_arrays = [data.X, data.y, data.trials, data.weights, data.offset, groups]
    for array in given_arrays:
        if array is not None:
            array[...] = 77
    assert everything(fit) == expected
    outputs = [fit.params, fit.bse, fit.zvalues, fit.pvalues, fit.predict(), fit.confint(), fit.odds_ratios()]
    outputs += [
        fit.cov_params(),
        fit.augment(),
        fit.tidy().drop(columns="term"),
        fit.trace,
        fit.separation.coefficients,
    ]
    for output in outputs:
        output.iloc[...] = -77
    for inner in (
        fit.covariance_matrix,
        fit.design.X,
        fit.design.y,
        fit.separation.rows,
    ):
        if inner.flags.writeable and inner.size:
            inner[...] = 0
    assert everything(fit) == expected


def test_q47_mutation_of_a_table():
    frame = pd.DataFrame({"y": [0, 1, 1, 0, 1, 0], "x": [1.0, 2, 3, 4, 5, 6], "g": list("aabbcc")})
    fit = gl.logit("y ~ x", frame)
    before = everything(fit), fit.augment()
    frame["x"] = -1.0
    frame.iloc[:, 0] = 0
    assert everything(fit) == before[0]
    pd.testing.assert_frame_equal(fit.augment(), before[1])
