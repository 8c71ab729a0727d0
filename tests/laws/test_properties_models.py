"""Invariants of models against closed forms, each other and their parts (p15 to p27); ids in test_properties."""

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
from scipy import special
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
    information,
    overlapping,
    row_weights,
    seeds,
    tolerance,
    tolerance_se,
)

import glmlogit as gl


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
    eta, counts = fit.predict(kind="link").to_numpy(), 1.0 if data.trials is None else data.trials
    residual = data.y * special.expit(-eta) - (counts - data.y) * special.expit(eta)
    score = data.X.T @ (residual if data.weights is None else data.weights * residual)
    size = np.abs(score) / np.sqrt(np.diagonal(information(fit)))
    kappa = condition(fit)
    assert size.max() <= np.sqrt(fit.nobs) * 8 * EPS * kappa
    triangle = np.linalg.qr(data.X * np.sqrt(row_weights(fit))[:, None], mode="r")
    errors = np.linalg.norm(np.linalg.inv(triangle), axis=1)
    assert np.abs(fit.bse.to_numpy() / errors - 1).max() <= tolerance_se(kappa)


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
@given(easy)
def test_p21_information(data):
    """Covariance times information is the identity."""
    fit = data.fit()
    whole, kappa = information(fit), condition(fit)
    unit = np.sqrt(np.outer(np.diagonal(whole), np.diagonal(whole)))
    cov = fit.cov_params().to_numpy()
    assert (cov == cov.T).all()
    assert np.linalg.eigvalsh(cov).min() > 0
    root = np.sqrt(np.diagonal(whole))
    product = (cov * np.outer(root, root)) @ (whole / unit)
    # Beside rounding: a last step that changes no predictor by more than 1e-13 leaves the information as it was, and
    # that changes relatively by no more than a predictor does (Bach 2010).
    assert np.abs(product - np.eye(data.p)).max() <= 8 * EPS * kappa**2 * data.p + 1e-13


@examples(15)
@given(overlapping(closeness=st.sampled_from([0, 4]), shifted=False, grouped=False))
def test_p22_average_slope(data):
    """Linear in its columns, a model has slopes b·Σ w p(1 − p)/Σ w: central differences of its fitted values."""
    fit, frame = fitted_by_formula(data)
    table = fit.margins().set_index("variable")
    weights = np.ones(data.n) if data.weights is None else data.weights
    p = fit.predict().to_numpy()
    for name, slope in table["estimate"].items():
        expected = fit.params[name] * np.average(p * (1 - p), weights=weights)
        assert slope == pytest.approx(expected, rel=1e-11, abs=1e-14)
        unit = frame[name].std()
        step = 1e-5 * unit
        up, down = (fit.predict(frame.assign(**{name: frame[name] + h})) for h in (step, -step))
        # Differences end at rounding, eps/h, and at h² of third derivatives: 1e-11 and 1e-10 of a standardised slope.
        assert slope == pytest.approx(
            np.average((up - down) / (2 * step), weights=weights), abs=1e-7 / frame[name].std()
        )


@examples(15)
@given(
    overlapping(closeness=st.sampled_from([0, 4]), shifted=False, grouped=False), st.sampled_from([-3.0, 0.125, 100])
)
def test_p23_average_slope_scale(data, c):
    """Slopes and their errors are divided by a factor of the column, and change sign with the event."""
    fit, _ = fitted_by_formula(data)
    plain = fit.margins().set_index("variable")
    scale = np.r_[np.ones(data.p - 1), c]
    scaled = fitted_by_formula(data.but(X=data.X * scale))[0].margins().set_index("variable")
    flipped = fitted_by_formula(data.flipped)[0].margins().set_index("variable")
    slack = 10 * tolerance(condition(fit)) * plain["std_error"]
    assert (np.abs(scaled["estimate"] * scale[1:] - plain["estimate"]) <= slack).all()
    assert (np.abs(scaled["std_error"] * np.abs(scale[1:]) - plain["std_error"]) <= slack).all()
    assert (np.abs(flipped["estimate"] + plain["estimate"]) <= slack).all()
    assert (np.abs(flipped["std_error"] - plain["std_error"]) <= slack).all()


def fitted_by_formula(data):
    """The fit of a formula that names the columns, and the table."""
    frame = pd.DataFrame(data.X[:, 1:], columns=[f"x{j}" for j in range(1, data.p)]).assign(y=data.y)
    options = {} if data.weights is None else {"weights": "w"}
    frame = frame.assign(w=data.weights) if options else frame
    return gl.logit("y ~ " + " + ".join(frame.columns[: data.p - 1]), frame, **options), frame


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
