"""Invariants of the estimate under what must not matter, or matters in a known way (p01 to p14).

Every property has an id; the tolerances are those of numerics: T(κ) = max(1e-13, 20·eps·κ) standard errors for
coefficients, max(1e-13, 5·eps·κ) relative for standard errors, 1e-12·(1 + |llf|) for the log-likelihood, or none
at all (bitwise) where the arithmetic is the same.

    p01 row permutation       here                     p25 expit               numerics/test_kernels
    p02 duplicate rows        here                     p26 determinism         test_properties_models
    p03 split weights         here                     p27 locality            test_properties_models
    p04 zero-weight rows      here                     p28 chunking            likelihood/test_objective_laws: Summed,
    p05 column permutation    here                                             as nothing reads from streams yet
    p06 scale by 2^k          here                     q29 interval and test   test_properties_inference
    p07 scale                 here                     q30 profile limits      test_properties_inference
    p08 shift                 here                     q31 starting values     test_properties_inference
    p09 reparametrisation     here                     q32 dtype and layout    test_properties_inference
    p10 outcome flipped       here                     q33 missing rows        test_properties_inference
    p11 grouped               here                     q34 formula or matrix   test_properties_inference
    p12 constant offset       here                     q35 scale of weights    test_properties_inference
    p13 offset Xa             here                     q36 separation: rows    test_properties_separation
    p14 fixed at the maximum  here                     q37 separation: units   test_properties_separation
    p15 reference level       test_properties_models   q38 separation cured    test_properties_separation
    p16 2×2 table             test_properties_models   q39 limiting model      test_properties_separation
    p17 cell means            test_properties_models   q40 Firth, closed form  test_properties_separation
    p18 score is zero         test_properties_models   q41 Firth invariance    test_properties_separation
    p19 sums of fitted        test_properties_models   q42 ridge path          likelihood/test_objective_laws:
    p20 nesting               test_properties_models                           Penalised, no ridge estimator yet
    p21 information           test_properties_models,  q43 multinomial K = 2   not applicable yet: no multinomial
                        likelihood/test_objective_laws q44 multinomial base    not applicable yet: no multinomial
    p22 average slope         test_properties_models   q45 robust              test_properties_inference
    p23 its scale             test_properties_models   q46 copies, pickles     test_properties_inference: no save yet
    p24 stratified            test_properties_models   q47 mutation            test_properties_inference

Laws hold of the public interface, and go through nothing else. Those of the parts below it are with their wings.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from scipy import special
from strategies import (
    EPS,
    Data,
    Estimate,
    assert_estimates,
    bits,
    condition,
    dyadic,
    easy,
    examples,
    overlapping,
    seeds,
    tolerance,
)

import glmlogit as gl


@examples(25)
@given(overlapping(), seeds)
def test_p01_row_permutation(data, seed):
    order = np.random.default_rng(seed).permutation(data.n)
    plain, shuffled = data.fit(), data.take(order).fit()
    assert_estimates(shuffled, Estimate.of(plain), condition(plain))


@examples(20)
@given(overlapping(weighted=False))
def test_p02_duplicate_rows(data):
    plain = data.fit()
    once = Estimate.of(plain)
    twice = Estimate(once.params, once.bse / np.sqrt(2), 2 * once.llf, once.cov / 2)
    rows = np.repeat(np.arange(data.n), 2)
    assert_estimates(data.take(rows).fit(), twice, condition(plain))
    assert_estimates(data.but(weights=np.full(data.n, 2.0)).fit(), twice, condition(plain))


@examples(20)
@given(overlapping(weighted=True), seeds, st.sampled_from(["frequency", "precision"]))
def test_p03_split_weights(data, seed, kind):
    """A dyadic share of each weight on either of two copies."""
    share = np.random.default_rng(seed).integers(1, 64, data.n) / 64
    plain = data.but(weight_type=kind).fit()
    rows = np.r_[np.arange(data.n), np.arange(data.n)]
    parts = np.r_[data.weights * share, data.weights * (1 - share)]
    split = data.take(rows).but(weights=parts, weight_type=kind).fit()
    assert_estimates(split, Estimate.of(plain), condition(plain))


@examples(20)
@given(overlapping(weighted=True), seeds, st.sampled_from([1.0, 1e200, 1e-200]))
def test_p04_zero_weight_rows(data, seed, size):
    """Rows of weight 0, and of no trials, are as if they were not there: to the last bit."""
    rng = np.random.default_rng(seed)
    place = np.sort(rng.integers(0, data.n + 1, 5))

    def with_rows(values, new):
        return None if values is None else np.insert(values, place, new, axis=0)

    def padded(weights, trials):
        return Data(
            with_rows(data.X, dyadic(rng, (5, data.p)) * size),
            with_rows(data.y, 0.0 if trials is not None else 1.0),
            with_rows(data.trials, trials),
            with_rows(data.weights, weights),
            with_rows(data.offset, 50.0),
        )

    plain = data.fit()
    garbage = [padded(0.0, 3.0)] + ([padded(2.0, 0.0)] if data.trials is not None else [])
    for more in garbage:
        fit = more.fit()
        assert bits(fit) == bits(plain)
        assert fit.separation.kind == plain.separation.kind
        assert fit.rank == plain.rank
        assert set(fit.design.positions) == set(np.delete(np.arange(data.n + 5), place + np.arange(5)))


@examples(20)
@given(overlapping(columns=(2, 4)), seeds)
def test_p05_column_permutation(data, seed):
    order = np.random.default_rng(seed).permutation(data.p)
    plain = data.fit()
    was = Estimate.of(plain)
    moved = Estimate(was.params[order], was.bse[order], was.llf, was.cov[np.ix_(order, order)])
    assert_estimates(data.but(X=data.X[:, order]).fit(), moved, condition(plain))


@examples(25)
@given(overlapping(), st.lists(st.integers(-300, 300), min_size=5, max_size=5))
def test_p06_scale_pow2(data, powers):
    """Columns times powers of two: coefficients and errors divided by them, to the last bit."""
    scale = 2.0 ** np.array(powers[: data.p])
    plain, scaled = data.fit(), data.but(X=data.X * scale).fit()
    assert (scaled.params.to_numpy() * scale).tobytes() == plain.params.to_numpy().tobytes()
    assert (scaled.bse.to_numpy() * scale).tobytes() == plain.bse.to_numpy().tobytes()
    assert (scaled.llf, scaled.deviance, scaled.digits) == (plain.llf, plain.deviance, plain.digits)


@examples(20)
@given(overlapping(), st.integers(1, 2**20), st.integers(-40, 40), st.booleans())
def test_p07_scale_any(data, odd, power, negative):
    """β/c and SE/|c|; equal z and p; Wald limits divided, and swapped for c < 0.

    c has so few digits that X·c is exact: rounding it would be other data, with another likelihood.
    """
    c = (-odd if negative else odd) * 2.0**power
    X = data.X.copy()
    X[:, -1] *= c
    plain, scaled = data.fit(), data.but(X=X).fit()
    was, kappa = Estimate.of(plain), condition(plain)
    unit = np.r_[np.ones(data.p - 1), c]
    expected = Estimate(was.params / unit, was.bse / abs(unit), was.llf, was.cov / np.outer(unit, unit))
    assert_estimates(scaled, expected, kappa)
    z, z_was = scaled.zvalues.to_numpy() * np.sign(unit), plain.zvalues.to_numpy()
    assert (np.abs(z - z_was) <= tolerance(kappa) * (1 + np.abs(z_was))).all()
    limits, limits_was = scaled.confint().to_numpy(), plain.confint().to_numpy() / unit[:, None]
    limits_was = np.sort(limits_was, axis=1)
    assert (np.abs(limits - limits_was) <= 3 * tolerance(kappa) * expected.bse[:, None]).all()


@examples(20)
@given(easy, st.sampled_from([1.0, -3.5, 100.0, 1984.0, -(2.0**16), 2.0**22]))
def test_p08_shift(data, a):
    """Another origin of a covariate: only the intercept changes, b0 − a·b; κ is that after the shift."""
    X = data.X.copy()
    X[:, -1] += a
    plain, moved = data.fit(), data.but(X=X).fit()
    kappa = condition(plain, moved)
    beta, errors = moved.params.to_numpy(), plain.bse.to_numpy()
    assert (np.abs(beta[1:] - plain.params.to_numpy()[1:]) <= tolerance(kappa) * errors[1:]).all()
    assert (np.abs(moved.bse.to_numpy()[1:] / errors[1:] - 1) <= max(1e-13, 5 * EPS * kappa)).all()
    intercept = beta[0] + a * beta[-1]
    assert abs(intercept - plain.params.iloc[0]) <= tolerance(kappa) * errors[0]
    assert moved.llf == pytest.approx(plain.llf, abs=1e-12 * (1 + abs(plain.llf)))
    np.testing.assert_allclose(moved.predict(), plain.predict(), rtol=tolerance(kappa) * 10)


@examples(20)
@given(overlapping(columns=(2, 4)), seeds)
def test_p09_reparam(data, seed):
    """X·A with A of integers and determinant ±1: b = A b', cov = A cov' A'."""
    rng = np.random.default_rng(seed)
    A = np.eye(data.p)
    for _ in range(4):
        i, j = rng.choice(data.p, 2, replace=False)
        A[:, i] += rng.integers(-2, 3) * A[:, j]
    plain, other = data.fit(), data.but(X=data.X @ A).fit()
    kappa = condition(plain, other)
    rows = other.predict(A, "link", "confidence", offset=None if data.offset is None else 0.0)
    expected = Estimate(A @ other.params.to_numpy(), rows["std_error"].to_numpy(), other.llf)
    assert_estimates(plain, expected, kappa)
    np.testing.assert_allclose(plain.predict(), other.predict(), rtol=tolerance(kappa) * 10)


@examples(20)
@given(overlapping())
def test_p10_flip_y(data):
    plain, flipped = data.fit(), data.flipped.fit()  # the offset changes sign as well
    was, kappa = Estimate.of(plain), condition(plain)
    assert_estimates(flipped, Estimate(-was.params, was.bse, was.llf, was.cov), kappa)
    np.testing.assert_allclose(flipped.predict(kind="link"), -plain.predict(kind="link"), atol=tolerance(kappa) * 10)
    p, q = plain.predict().to_numpy(), flipped.predict().to_numpy()
    assert (np.abs(p + q - 1) <= tolerance(kappa)).all()


@examples(20)
@given(overlapping(grouped=True))
def test_p11_grouped(data):
    """Counts of events are Bernoulli rows; the log-likelihood of counts has log C(m, y) on top, as R's has."""
    single = data.take(np.repeat(np.arange(data.n), data.trials.astype(int)))
    y = np.concatenate([np.arange(m) < k for m, k in zip(data.trials, data.y, strict=True)]).astype(float)
    grouped, plain = data.fit(), single.but(y=y, trials=None).fit()
    was, kappa = Estimate.of(plain), condition(plain)
    weight = np.ones(data.n) if data.weights is None else data.weights
    choose = -special.betaln(data.y + 1, data.trials - data.y + 1) - np.log1p(data.trials)
    constant = float(weight @ choose)
    # log C(m, y) cancels against the kernel: the difference is as exact as the larger of the two
    assert abs(grouped.llf - constant - was.llf) <= 1e-12 * (1 + abs(was.llf) + abs(constant))
    assert_estimates(grouped, Estimate(was.params, was.bse, grouped.llf, was.cov), kappa)
    name = grouped.params.index[-1]
    for method in ("score", "lr", "wald"):
        ours, theirs = (fit.test(f"{name} = 0", method) for fit in (grouped, plain))
        assert not ours.reason
        assert ours.statistic == pytest.approx(
            theirs.statistic, rel=1e-11 + 2 * tolerance(kappa), abs=1e-12 * (1 + abs(was.llf))
        )


@examples(20)
@given(overlapping(), st.sampled_from([1.0, -0.1, 30.0, 1e3]))
@example(Data(np.ones((20, 1)), np.r_[np.ones(7), np.zeros(13)]), 1e3)
def test_p12_offset_const(data, c):
    """A constant in the offset is taken from the intercept; its rounding is eps·|c|."""
    old = np.zeros(data.n) if data.offset is None else data.offset
    plain, moved = data.but(offset=old).fit(), data.but(offset=old + c).fit()
    was = Estimate.of(plain)
    expected = Estimate(was.params - c * (np.arange(data.p) == 0), was.bse, was.llf, was.cov)
    extra = EPS * abs(c) / was.bse.min()
    assert_estimates(moved, expected, condition(plain), extra=extra)


@examples(20)
@given(overlapping(shifted=False), seeds)
def test_p13_offset_Xa(data, seed):
    a = np.random.default_rng(seed).integers(-8, 9, data.p) / 4.0
    plain, moved = data.fit(), data.but(offset=data.X @ a).fit()
    was = Estimate.of(plain)
    expected = Estimate(was.params - a, was.bse, was.llf, was.cov)
    # β and β − a are numbers of different size: a double holds the larger to eps of itself
    extra = EPS * (np.abs(was.params) + np.abs(a)) / was.bse
    assert_estimates(moved, expected, condition(plain), extra=extra)


@examples(20)
@given(overlapping())
def test_p14_fix_at_mle(data):
    """A coefficient held at its estimate by an offset: the others stay, their errors do not grow."""
    plain = data.fit()
    assume(data.p > 1)
    old = np.zeros(data.n) if data.offset is None else data.offset
    value = plain.params.iloc[-1]
    offset = old + value * data.X[:, -1]
    assume(np.abs(offset).max() < 1e5)  # larger ones are refused
    rest = data.but(X=data.X[:, :-1], offset=offset).fit()
    kappa = condition(plain)
    was = Estimate.of(plain)
    assert (np.abs(rest.params.to_numpy() - was.params[:-1]) <= tolerance(kappa) * rest.bse.to_numpy()).all()
    assert (rest.bse.to_numpy() <= was.bse[:-1] * (1 + max(1e-13, 5 * EPS * kappa))).all()
    assert rest.llf == pytest.approx(was.llf, abs=1e-12 * (1 + abs(was.llf)))
    held = gl.logit(data.design()).test(f"{plain.params.index[-1]} = {float(value)!r}", "lr")
    assert held.statistic <= 1e-12 * (1 + abs(was.llf))
