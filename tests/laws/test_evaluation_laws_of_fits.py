"""Laws of residuals, influence, tests of fit and collinearity, of public functions (D01 to C05).

Each holds of any data; the tolerance is 1e-9 relative where a law compares two fits, whose coefficients agree to some
1e-12 of a standard error, and 1e-10 within one.
"""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from scipy.special import ndtri
from strategies import examples, seeds

import glmlogit as gl

FORMULA = "y ~ x + C(z)"
KINDS = ("response", "pearson", "deviance", "working", "standardised_pearson", "standardised_deviance", "studentised")


@functools.lru_cache(maxsize=64)
def sample(seed: int) -> pd.DataFrame:
    """Rows with a number and a factor; the first six have both outcomes at each level, so that nothing separates."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(60, 150))
    x, z = rng.normal(size=n).round(2), rng.integers(0, 3, n)
    x[:6], z[:6] = 0.0, [0, 0, 1, 1, 2, 2]
    y = (rng.random(n) < 1 / (1 + np.exp(0.3 - 0.8 * x + 0.5 * (z == 1)))).astype(int)
    y[:6] = [0, 1] * 3
    return pd.DataFrame({"y": y, "x": x, "z": z, "m": rng.integers(1, 5, n)})


@functools.lru_cache(maxsize=64)
def fitted(seed: int) -> gl.Fit:
    return gl.logit(FORMULA, sample(seed))


def design(data: pd.DataFrame) -> np.ndarray:
    return np.column_stack([np.ones(len(data)), data.x, data.z == 1, data.z == 2]).astype(float)


def grouped(data: pd.DataFrame) -> pd.DataFrame:
    """Trials of each row, events that the row and its number decide."""
    return data.assign(s=np.where(data.y == 1, data.m, data.m // 2))


def expanded(data: pd.DataFrame) -> pd.DataFrame:
    """The trials of grouped rows one by one."""
    parts = [data.loc[data.index.repeat(k)].assign(y=y) for k, y in ((data.s, 1), (data.m - data.s, 0))]
    return pd.concat(parts)


# --- diagnostics ----------------------------------------------------------------------------------
@examples(8)
@given(seeds)
def test_d01_leverages_add_up_to_the_rank(seed):
    assert gl.influence(fitted(seed)).table["hat"].sum() == pytest.approx(4, rel=1e-11)


@examples(8)
@given(seeds)
def test_d02_response_residuals_are_orthogonal_to_the_columns(seed):
    data = sample(seed)
    assert np.abs(design(data).T @ gl.residuals(fitted(seed), "response")).max() < 1e-11 * len(data)


@examples(6)
@given(seeds)
def test_d03_the_other_outcome_turns_residuals_and_leaves_leverages(seed):
    turned = gl.logit(FORMULA, sample(seed).assign(y=lambda d: 1 - d.y))
    for kind in KINDS:
        np.testing.assert_allclose(gl.residuals(turned, kind), -gl.residuals(fitted(seed), kind), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(gl.influence(turned).table["hat"], gl.influence(fitted(seed)).table["hat"], rtol=1e-9)


@examples(6)
@given(seeds)
def test_d04_units_and_origins_change_nothing(seed):
    moved = gl.logit(FORMULA, sample(seed).assign(x=lambda d: 5 + 3 * d.x))
    for kind in KINDS:
        np.testing.assert_allclose(gl.residuals(moved, kind), gl.residuals(fitted(seed), kind), rtol=1e-9, atol=1e-12)
    names = ["hat", "cooks_distance", "delta_beta", "dffits", "linear_predictor_without"]
    ours, theirs = (gl.influence(fit).table[names] for fit in (moved, fitted(seed)))
    np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-12)


@examples(8)
@given(seeds)
def test_d05_dffits_squared_is_delta_beta_is_k_times_cook(seed):
    table = gl.influence(fitted(seed)).table
    np.testing.assert_allclose(table["dffits"] ** 2, table["delta_beta"], rtol=1e-12)
    np.testing.assert_allclose(4 * table["cooks_distance"], table["delta_beta"], rtol=1e-12)


@examples(8)
@given(seeds)
def test_d06_dfbetas_weighed_by_what_leverage_leaves_add_up_to_nothing(seed):
    ours = gl.influence(fitted(seed))
    assert np.abs(ours.dfbeta.mul(1 - ours.table["hat"], axis=0).sum()).max() < 1e-11


@examples(8)
@given(seeds)
def test_d07_partial_residuals_regressed_on_the_columns_give_their_coefficient(seed):
    data, fit = sample(seed), fitted(seed)
    root = np.sqrt(fit.predict() * (1 - fit.predict())).to_numpy()
    partial = gl.residuals(fit, "partial")["x"].to_numpy()
    solved = np.linalg.lstsq(design(data) * root[:, None], partial * root, rcond=None)[0]
    np.testing.assert_allclose(solved[1:], [fit.params["x"], 0, 0], atol=1e-10)


@examples(5)
@given(seeds)
def test_d08_the_leverage_of_a_group_is_that_of_its_trials(seed):
    data = grouped(sample(seed))
    groups, rows = gl.logit("s ~ x + C(z)", data, trials="m"), gl.logit(FORMULA, expanded(data))
    single = gl.influence(rows).table["hat"].groupby(level=0).first()
    np.testing.assert_allclose(gl.influence(groups).table["hat"], data.m * single, rtol=1e-9)


@examples(5)
@given(seeds)
def test_d09_quantile_residuals_part_the_outcomes_at_the_probability(seed):
    data, fit = sample(seed), fitted(seed)
    border = ndtri(1 - fit.predict().to_numpy())
    for drawn in (gl.residuals(fit, "quantile", seed="mid"), gl.residuals(fit, "quantile", seed=seed)):
        assert (np.where(data.y == 1, drawn - border, border - drawn) > 0).all()
    # A higher position in the jump is a higher residual: NumPy gives the positions in the order of rows.
    u, v = (np.random.default_rng(s).random(len(data)) for s in (seed, seed + 1))
    a, b = (gl.residuals(fit, "quantile", seed=s).to_numpy() for s in (seed, seed + 1))
    assert ((a < b) == (u < v)).all()


@examples(8)
@given(seeds)
def test_d10_studentised_residuals_are_no_smaller_than_deviance_residuals(seed):
    fit = fitted(seed)
    assert (gl.residuals(fit, "studentised").abs() >= gl.residuals(fit, "deviance").abs()).all()


# --- goodness of fit ------------------------------------------------------------------------------
def judge(fit: gl.Fit, test: str, **options) -> gl.GoodnessOfFit:
    return gl.goodness_of_fit(fit, test, **options)


@examples(6)
@given(seeds)
def test_g01_the_squared_unweighted_sum_of_squares_is_a_score_test(seed):
    data, fit = sample(seed), fitted(seed)
    p = fit.predict().to_numpy()
    X, v, U = design(data), p * (1 - p), 1 - 2 * p
    U_left = U - X @ np.linalg.solve(X.T * v @ X, X.T * v @ U)
    score = (U @ (data.y - p)) ** 2 / (v @ U_left**2)
    assert judge(fit, "unweighted_ss").statistic ** 2 == pytest.approx(score, rel=1e-8)


@examples(6)
@given(seeds)
def test_g02_stukel_is_the_same_of_the_other_outcome(seed):
    turned = gl.logit(FORMULA, sample(seed).assign(y=lambda d: 1 - d.y))
    assert judge(turned, "stukel").statistic == pytest.approx(judge(fitted(seed), "stukel").statistic, rel=1e-7)


@examples(4)
@given(seeds)
def test_g03_what_is_a_combination_of_the_columns_has_no_degrees_of_freedom(seed):
    # η² and (1 − 2p) of two groups are combinations of their columns.
    fit = gl.logit("y ~ I(z == 1)", sample(seed))
    for test in ("unweighted_ss", "link", "information_matrix", "stukel", "tsiatis"):
        ours = judge(fit, test)
        assert ours.df == 0
        assert np.isnan([ours.statistic, ours.p_value]).all()
        assert ours.reason


@examples(4)
@given(seeds)
def test_g04_a_saturated_model_leaves_nothing(seed):
    fit = gl.logit("y ~ C(z)", sample(seed))
    residuals = [gl.residuals(fit, kind, by="pattern") for kind in ("pearson", "deviance")]
    # Rounding of a count to 16 digits leaves a deviance of some 1e-15 of it, whose root is 1e-7.
    assert max(np.abs(r).max() for r in residuals) < 1e-6
    assert judge(fit, "pearson").df == judge(fit, "deviance").df == 0


@examples(8)
@given(seeds)
def test_g05_tjur_is_the_mean_of_efron_and_the_share_of_the_model(seed):
    fit = fitted(seed)
    y, p, r2 = sample(seed).y.to_numpy(), fit.predict().to_numpy(), gl.pseudo_r2(fit)
    share = ((p - y.mean()) ** 2).sum() / ((y - y.mean()) ** 2).sum()
    assert r2["tjur"] == pytest.approx((r2["efron"] + share) / 2, rel=1e-10)


@examples(8)
@given(seeds)
def test_g06_cox_snell_lies_between_nothing_and_its_maximum(seed):
    fit = fitted(seed)
    r2 = gl.pseudo_r2(fit)
    assert 0 <= r2["cox_snell"] <= -np.expm1(2 * fit.llnull / len(sample(seed)))
    assert r2["nagelkerke"] <= 1


@examples(4)
@given(seeds)
def test_g07_rows_twice_double_the_statistics_by_groups(seed):
    data = sample(seed)
    twice = gl.logit(FORMULA, pd.concat([data, data]))
    for test in ("hosmer_lemeshow", "pearson", "deviance"):
        assert judge(twice, test).statistic == pytest.approx(2 * judge(fitted(seed), test).statistic, rel=1e-8)


@examples(4)
@given(seeds)
def test_g08_groups_do_not_depend_on_the_order_of_rows(seed):
    turned = gl.logit(FORMULA, sample(seed).sample(frac=1, random_state=seed % 2**32))
    for grouping in ("stata", "sas", "r"):
        ours, theirs = (judge(fit, "hosmer_lemeshow", grouping=grouping) for fit in (turned, fitted(seed)))
        assert ours.statistic == pytest.approx(theirs.statistic, rel=1e-9)


# --- collinearity ---------------------------------------------------------------------------------
@examples(8)
@given(seeds)
def test_c01_inflation_is_one_or_more(seed):
    assert (gl.vif(fitted(seed))["gvif"] >= 1 - 1e-14).all()


@examples(6)
@given(seeds)
def test_c02_inflation_is_free_of_units_origins_and_reference_levels(seed):
    moved = gl.logit(FORMULA, sample(seed).assign(x=lambda d: 7 + 2 * d.x, z=lambda d: 2 - d.z))
    np.testing.assert_allclose(gl.vif(moved)["gvif"], gl.vif(fitted(seed))["gvif"], rtol=1e-9)


@examples(6)
@given(seeds)
def test_c03_condition_indices_are_free_of_units(seed):
    scaled = gl.logit(FORMULA, sample(seed).assign(x=lambda d: 1e6 * d.x))
    for weighted in (True, False):
        ours, theirs = (gl.collinearity(fit, weighted)["condition_index"] for fit in (scaled, fitted(seed)))
        np.testing.assert_allclose(ours, theirs, rtol=1e-9)


@examples(8)
@given(seeds)
def test_c04_variance_proportions_add_up_to_one(seed):
    for weighted in (True, False):
        np.testing.assert_allclose(gl.collinearity(fitted(seed), weighted).iloc[:, 1:].sum(), 1.0, rtol=1e-12)


@examples(5)
@given(seeds)
def test_c05_groups_are_as_collinear_as_their_trials(seed):
    data = grouped(sample(seed))
    groups, rows = gl.logit("s ~ x + C(z)", data, trials="m"), gl.logit(FORMULA, expanded(data))
    ours, theirs = (gl.collinearity(fit)["condition_index"] for fit in (groups, rows))
    np.testing.assert_allclose(ours, theirs, rtol=1e-9)
