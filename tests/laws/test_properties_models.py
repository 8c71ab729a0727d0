"""Invariants of models against closed forms, each other and their parts (p15 to p28); ids in test_properties."""

from __future__ import annotations

import os
import subprocess
import sys

import mpmath
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import (
    EPS,
    Data,
    Estimate,
    assert_estimates,
    bits,
    condition,
    easy,
    examples,
    factors,
    overlapping,
    seeds,
    tolerance,
    tolerance_se,
)

import glmlogit as gl
from glmlogit.fitting.newton import newton
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.likelihood.combinators import Summed
from glmlogit.numerics.kernels import tails
from glmlogit.numerics.row_functions import logit


@examples(8)
@given(factors())
def test_p15_reference_level(d):
    """Another reference: equal fitted values, likelihood, contrasts and joint tests."""
    frame, levels = pd.DataFrame({k: d[k] for k in "ygx"}), d["levels"]
    plain = gl.logit("y ~ C(g) + x", frame)
    other = gl.logit("y ~ C(g) + x", frame.assign(g=pd.Categorical(frame["g"], levels[::-1])))
    kappa = condition(plain, other)
    assert other.llf == pytest.approx(plain.llf, rel=1e-12)
    assert other.deviance == pytest.approx(plain.deviance, rel=1e-12)
    np.testing.assert_allclose(other.predict(), plain.predict(), rtol=tolerance(kappa) * 10)
    b, a = levels[1], levels[0]
    contrast = other.params[f"C(g)[T.{b}]"] - other.params[f"C(g)[T.{a}]"]
    name = f"C(g)[T.{b}]"
    assert abs(contrast - plain.params[name]) <= tolerance(kappa) * plain.bse[name]
    last = f"C(g)[T.{a}]"
    assert abs(other.params[last] + plain.params[f"C(g)[T.{levels[-1]}]"]) <= tolerance(kappa) * other.bse[last]
    for test in ("wald", "lr", "score"):
        ours, theirs = (gl.drop1(fit, test=test) for fit in (plain, other))
        np.testing.assert_allclose(
            ours["statistic"].to_numpy(float), theirs["statistic"].to_numpy(float), rtol=1e-11, atol=1e-11
        )


@examples(60)
@given(*[st.integers(1, 10**6)] * 4)
def test_p16_two_by_two(a, b, c, d):
    """β is the log odds ratio, its error Woolf's: to 4 ulp; fitted values are the proportions.

    A probability moves relatively by as much as its log-odds η move absolutely, which hold to half an ulp of |η|.
    """
    fit = Data(np.array([[1.0, 1.0], [1.0, 0.0]]), np.array([a, c], float), np.array([a + b, c + d], float)).fit()
    with mpmath.workdps(40):
        beta = float(mpmath.log(mpmath.mpf(a) * d / (mpmath.mpf(b) * c)))
        error = float(mpmath.sqrt(sum(mpmath.mpf(1) / n for n in (a, b, c, d))))
    assert abs(fit.params.iloc[1] - beta) <= 4 * EPS * abs(beta)
    assert abs(fit.bse.iloc[1] - error) <= 4 * EPS * error
    for p, exact, eta in zip(fit.predict(), [a / (a + b), c / (c + d)], fit.predict(kind="link"), strict=True):
        assert abs(p - exact) <= (4 + abs(eta)) * EPS * exact


@examples(40)
@given(st.lists(st.tuples(st.integers(1, 10**6), st.integers(1, 10**6)), min_size=2, max_size=5))
def test_p17_cell_means(cells):
    """A saturated factor fits the proportion of each cell, with deviance 0."""
    events, others = np.array(cells, float).T
    X = np.column_stack([np.ones(len(cells)), np.eye(len(cells))[:, 1:]])
    fit = Data(X, events, events + others).fit()
    np.testing.assert_allclose(fit.predict(), events / (events + others), rtol=1e-13)
    assert fit.deviance == pytest.approx(0.0, abs=1e-13)
    assert fit.df_resid == 0


@examples(25)
@given(overlapping())
def test_p18_score_zero(data):
    """Scores in their own standard deviations are zero to what one evaluation can tell; errors are its."""
    fit = data.fit()
    at = BinaryLogit(fit.design).evaluate(fit.params.to_numpy())
    size = np.abs(at.score) / np.sqrt(np.diagonal(at.info.dense))
    kappa = condition(fit)
    assert size.max() <= np.sqrt(fit.nobs) * 8 * EPS * kappa
    root = BinaryLogit(fit.design).evaluate(fit.params.to_numpy(), root=True).info.factor.inverse_root
    assert np.abs(fit.bse.to_numpy() / np.linalg.norm(root, axis=1) - 1).max() <= tolerance_se(kappa)


@examples(25)
@given(factors(), st.booleans())
def test_p19_sum_of_probs(d, weighted):
    """Fitted and observed events agree overall and within every level of a factor."""
    frame = pd.DataFrame({k: d[k] for k in "ygx"})
    w = np.arange(len(frame)) % 4 + 1.0 if weighted else np.ones(len(frame))
    fit = gl.logit("y ~ C(g) + x", frame.assign(w=w), weights="w")
    fitted, observed = (w * fit.predict()).groupby(frame["g"]).sum(), (w * frame["y"]).groupby(frame["g"]).sum()
    np.testing.assert_allclose(fitted, observed, rtol=1e-12)
    assert fitted.sum() == pytest.approx(observed.sum(), rel=1e-12)


@examples(25)
@given(overlapping(columns=(2, 4)))
def test_p20_nesting(data):
    """More columns never lower the likelihood; the LR statistic is the difference in deviance."""
    big, small = data.fit(), data.but(X=data.X[:, :-1]).fit()
    slack = 1e-12 * (1 + abs(big.llf))
    assert big.llf >= small.llf - slack
    assert big.deviance >= 0
    # the null model is the intercept where X has a constant; design_arrays is not told that it has one
    assert big.llnull <= big.llf + slack
    result = gl.lr_test(big, small)
    assert result.df == 1
    assert result.statistic == pytest.approx(small.deviance - big.deviance, abs=4 * slack)
    single = data.but(X=data.X[:, :1]).fit()
    assert single.llf == pytest.approx(big.llnull, rel=1e-12)


@examples(25)
@given(easy, seeds)
def test_p21_information(data, seed):
    """Information adds over blocks of rows; covariance times information is the identity."""
    fit = data.fit()
    beta, kappa = fit.params.to_numpy(), condition(fit)
    first = np.random.default_rng(seed).random(data.n) < 0.5
    assume(0 < first.sum() < data.n)
    whole = BinaryLogit(fit.design).evaluate(beta).info.dense
    parts = [BinaryLogit(data.take(rows).design()).evaluate(beta).info.dense for rows in (first, ~first)]
    unit = np.sqrt(np.outer(np.diagonal(whole), np.diagonal(whole)))
    slack = 8 * EPS * kappa**2
    assert (np.abs(parts[0] + parts[1] - whole) / unit).max() <= slack
    cov = fit.cov_params().to_numpy()
    assert (cov == cov.T).all()
    assert np.linalg.eigvalsh(cov).min() > 0
    root = np.sqrt(np.diagonal(whole))
    own = whole if fit.maximum.root is not None else fit.maximum.at.info.dense
    product = (cov * np.outer(root, root)) @ (own / unit)
    assert np.abs(product - np.eye(data.p)).max() <= slack * data.p


@examples(20)
@given(overlapping(columns=(1, 2), constant=False), overlapping(columns=(1, 2), constant=False))
def test_p24_stratified(one, two):
    """A model with every column in its own stratum is the separate fits put together."""
    assume(one.p == two.p)
    one, two = (s.but(weights=None, trials=None, offset=None, y=np.minimum(s.y, 1.0)) for s in (one, two))
    zeros = np.zeros((one.n, two.p)), np.zeros((two.n, one.p))
    both = Data(np.vstack([np.hstack([one.X, zeros[0]]), np.hstack([zeros[1], two.X])]), np.r_[one.y, two.y])
    fits = [one.fit(), two.fit()]
    parts = [Estimate.of(fit) for fit in fits]
    params, bse = (np.concatenate([getattr(part, name) for part in parts]) for name in ("params", "bse"))
    assert_estimates(both.fit(), Estimate(params, bse, parts[0].llf + parts[1].llf), condition(*fits))


@examples(200)
@given(st.floats(-1e308, 1e308), st.floats(-36, 36), st.floats(0, 10))
def test_p25_expit(huge, x, step):
    """Both tails from one exponential: symmetric, monotone, inside [0, 1], never NaN, inverted by the log-odds."""
    for value in (huge, x):
        (p,), (q,) = tails(np.array([value]))
        (p_of_minus,), (q_of_minus,) = tails(np.array([-value]))
        assert (p, q) == (q_of_minus, p_of_minus)
        assert 0 <= p <= 1
        assert abs(p + q - 1) <= EPS
    low, high = tails(np.array([x, x + step]))[0]
    assert low <= high
    (p,), (q,) = tails(np.array([x]))
    # one ulp of p is worth eps/q on the scale of x: no inverse can tell closer
    assert abs(float(logit(p)) - x) <= EPS * (abs(x) + 2 / q)
    assert abs(np.log(p) - np.log(q) - x) <= 4 * EPS * (1 + abs(x))


@examples(15)
@given(overlapping())
def test_p26_determinism(data):
    assert bits(data.fit()) == bits(data.fit())


_PROGRAM = """
import numpy as np, pandas as pd, glmlogit as gl
rng = np.random.default_rng(5)
columns = {"x": rng.normal(size=3000), "g": rng.choice(list("abc"), 3000)}
columns |= {"y": rng.integers(0, 2, 3000), "z": np.ones(3000)}
for keys in (list(columns), list(columns)[::-1]):
    fit = gl.logit("y ~ x + C(g)", pd.DataFrame({key: columns[key] for key in keys}))
    firth = gl.firth(fit.design)
    print(fit.params.to_numpy().tobytes().hex(), fit.cov_params("HC3").to_numpy().tobytes().hex(), fit.llf.hex())
    print(firth.params.to_numpy().tobytes().hex(), firth.separation.method)
"""


def test_p26_determinism_between_processes():
    """Hash seeds and the order of a table's columns are not seen in any digit."""
    outputs = set()
    for seed in ("0", "4242"):
        env = {**os.environ, "PYTHONHASHSEED": seed, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        run = subprocess.run([sys.executable, "-c", _PROGRAM], env=env, capture_output=True, text=True, check=True)
        first, second = run.stdout.splitlines()[:2], run.stdout.splitlines()[2:]
        assert first == second
        outputs.add(run.stdout)
    assert len(outputs) == 1


@examples(15)
@given(overlapping(shifted=False), seeds)
def test_p27_locality(data, seed):
    """A row predicted alone is as predicted among others, to 2 ulp of the sum of sizes of its terms."""
    fit = data.fit()
    together = fit.predict(data.X, kind="link").to_numpy()
    size = np.abs(data.X) @ np.abs(fit.params.to_numpy())
    for row in np.random.default_rng(seed).integers(0, data.n, 5):
        alone = fit.predict(data.X[[row]], kind="link").iloc[0]
        assert abs(alone - together[row]) <= 2 * EPS * size[row]


@examples(15)
@given(overlapping(weighted=False), seeds, st.integers(2, 6))
def test_p28_chunking(data, seed, parts):
    """The sum of the objectives of any partition of the rows has the maximum of the whole."""
    place = np.random.default_rng(seed).integers(0, parts, data.n)
    chunks = [data.take(place == k).design() for k in range(parts) if (place == k).any()]
    whole = data.fit()
    found = newton(Summed([BinaryLogit(chunk) for chunk in chunks]), np.zeros(data.p), gl.Control())
    kappa = condition(whole)
    assert (np.abs(found.beta - whole.params.to_numpy()) <= tolerance(kappa) * whole.bse.to_numpy()).all()
    error = np.linalg.norm(found.at.info.factor.inverse_root, axis=1)
    assert np.abs(error / whole.bse.to_numpy() - 1).max() <= tolerance_se(kappa)
    # nothing is refined here, so that predictors have κ·eps of error, and so does the likelihood
    assert found.at.value == pytest.approx(whole.loglik, abs=max(1e-12, tolerance(kappa)) * (1 + abs(whole.loglik)))
