"""Laws of ranks, thresholds, calibration, validation and selection, of public functions (R01 to T07, K01 to B05).

Each holds of any data; 1e-12 relative within one table of counts, 1e-9 between two fits.
"""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.special import expit, logit
from strategies import examples, seeds

import glmlogit as gl


@functools.lru_cache(maxsize=64)
def sample(seed: int) -> pd.DataFrame:
    """Outcomes, two scores with ties, probabilities in and out of ties, weights; both outcomes wherever x is 0."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(60, 150))
    x, z, u = rng.normal(size=n).round(1), rng.integers(0, 3, n), rng.uniform(0.5, 4, n).round(2)
    x[:6], z[:6] = 0.0, [0, 0, 1, 1, 2, 2]
    y = (rng.random(n) < expit(-0.3 + 0.8 * x - 0.5 * (z == 1))).astype(int)
    y[:6] = [0, 1] * 3
    p = expit(0.2 + 0.6 * x + 0.3 * rng.normal(size=n))
    other = (x + rng.normal(size=n)).round(1)
    return pd.DataFrame({"y": y, "x": x, "z": z, "u": u, "other": other, "p": p, "w": rng.integers(1, 4, n)})


def area(d: pd.DataFrame, score="x", **options) -> gl.RocCurve:
    return gl.roc(y=d["y"], score=d[score] if isinstance(score, str) else score, **options)


# --- ranks ----------------------------------------------------------------------------------------
@examples(8)
@given(seeds)
def test_r01_turned_scores_and_outcomes_have_the_other_area(seed):
    d = sample(seed)
    plain = area(d)
    for turned in (area(d, -d["x"]), gl.roc(y=1 - d["y"], score=d["x"])):
        assert (turned.auc, turned.std_error) == pytest.approx((1 - plain.auc, plain.std_error), rel=1e-12)


@examples(8)
@given(seeds)
def test_r02_monotone_transforms_change_nothing(seed):
    d = sample(seed)
    for turned in (np.exp(d["x"]), d["x"] ** 3, 7 + 2 * d["x"]):
        ours, plain = area(d, turned), area(d)
        assert (ours.auc, ours.std_error, ours.conf_low) == (plain.auc, plain.std_error, plain.conf_low)


@examples(8)
@given(seeds)
def test_r03_the_trapezoids_are_the_area(seed):
    curve = area(sample(seed))
    assert np.trapezoid(curve.table["sensitivity"], 1 - curve.table["specificity"]) == pytest.approx(
        curve.auc, rel=1e-12
    )


@examples(8)
@given(seeds)
def test_r04_the_area_is_mann_and_whitneys_u(seed):
    d = sample(seed)
    u = stats.mannwhitneyu(d["x"][d["y"] == 1], d["x"][d["y"] == 0]).statistic
    assert area(d).auc == pytest.approx(u / (d["y"].sum() * (1 - d["y"]).sum()), rel=1e-12)


@examples(8)
@given(seeds, st.floats(0.05, 0.95))
def test_r05_partial_areas_add_up(seed, cut):
    curve = area(sample(seed))
    for of in ("specificity", "sensitivity"):
        parts = curve.partial(0, cut, of=of, corrected=False) + curve.partial(cut, 1, of=of, corrected=False)
        assert parts == pytest.approx(curve.auc, rel=1e-12)
        assert curve.partial(0, 1, of=of) == pytest.approx(curve.auc, rel=1e-12)


@examples(8)
@given(seeds)
def test_r06_frequencies_are_repeated_rows(seed):
    d = sample(seed)
    repeated, counted = area(d.loc[d.index.repeat(d["w"])]), area(d, weights=d["w"])
    assert (counted.auc, counted.std_error) == pytest.approx((repeated.auc, repeated.std_error), rel=1e-12)


@examples(8)
@given(seeds)
def test_r07_paired_differences_turn_around_and_vary_as_covariances_say(seed):
    d = sample(seed)
    ours, turned = gl.roc_test(d["x"], d["other"], y=d["y"]), gl.roc_test(d["other"], d["x"], y=d["y"])
    assert ours.difference == -turned.difference
    assert (ours.std_error, ours.p_value) == pytest.approx((turned.std_error, turned.p_value), rel=1e-12)
    same = gl.roc_test(d["x"], d["x"], y=d["y"])
    assert (same.difference, same.std_error) == (0, 0)  # the covariance of a score with itself is its variance


@examples(8)
@given(seeds)
def test_r08_ks_is_the_largest_youden_index_and_gini_somers_d(seed):
    d = sample(seed)
    curve, best = gl.gain(y=d["y"], p=d["p"]), gl.thresholds(y=d["y"], p=d["p"], replicates=0)
    ks = stats.ks_2samp(d["p"][d["y"] == 1], d["p"][d["y"] == 0], alternative="less").statistic
    assert (curve.ks, best.value) == pytest.approx((ks, ks), rel=1e-12)
    pairs = gl.association_measures(y=d["y"], p=d["p"])
    assert (curve.gini, pairs.somers_d) == pytest.approx([2 * gl.roc(y=d["y"], p=d["p"]).auc - 1] * 2, rel=1e-12)


@examples(8)
@given(seeds)
def test_r09_the_area_under_the_gain_curve_is_that_of_the_roc_curve(seed):
    d = sample(seed)
    share = d["y"].mean()
    auc = gl.roc(y=d["y"], p=d["p"]).auc
    assert gl.gain(y=d["y"], p=d["p"]).area == pytest.approx(share / 2 + (1 - share) * auc, rel=1e-12)


# --- thresholds -----------------------------------------------------------------------------------
thresholds = st.integers(20, 80).map(lambda percent: percent / 100)


def classified(d: pd.DataFrame, t: float, **options) -> gl.Classification:
    return gl.classification(y=d["y"], p=d["p"], threshold=t, **options)


@examples(8)
@given(seeds, thresholds)
def test_t01_measures_are_functions_of_each_other(seed, t):
    d = sample(seed)
    c = classified(d, t)
    m = c.table["estimate"]
    assert m["youden"] == pytest.approx(2 * m["balanced_accuracy"] - 1, abs=1e-14)
    own = classified(d, t, prevalence=d["y"].mean()).table["estimate"]
    if c.tp + c.fp:
        assert own["ppv"] == pytest.approx(c.tp / (c.tp + c.fp), rel=1e-12)
    if min(c.tp, c.fp, c.fn, c.tn):
        assert m["odds_ratio"] == pytest.approx(m["lr_positive"] / m["lr_negative"], rel=1e-12)


@examples(8)
@given(seeds, thresholds)
def test_t02_mcc_is_the_correlation_and_the_same_of_the_other_class(seed, t):
    d = sample(seed)
    c = classified(d, t)
    if min(c.tp + c.fp, c.fn + c.tn) == 0:
        assert np.isnan(c.table["estimate"]["mcc"])
        return
    assert c.table["estimate"]["mcc"] == pytest.approx(np.corrcoef(d["y"], d["p"] >= t)[0, 1], rel=1e-12, abs=1e-15)
    turned = gl.classification(y=1 - d["y"], p=np.where(d["p"] >= t, 0.0, 1.0), threshold=0.5).table["estimate"]["mcc"]
    assert turned == pytest.approx(c.table["estimate"]["mcc"], rel=1e-12, abs=1e-15)


def benefit(d: pd.DataFrame, *grid: float) -> np.ndarray:
    table = gl.decision_curve(y=d["y"], p=d["p"], thresholds=list(grid)).table
    return table[table["model"] == "model"]["net_benefit"].to_numpy()


@examples(8)
@given(seeds)
def test_t03_net_benefit_at_nothing_is_the_prevalence(seed):
    d = sample(seed)
    assert benefit(d, 0.0)[0] == pytest.approx(d["y"].mean(), rel=1e-12)


@examples(8)
@given(seeds)
def test_t04_net_benefit_is_no_more_than_the_prevalence(seed):
    d = sample(seed)
    assert (benefit(d, *np.linspace(0.01, 0.99, 50)) <= d["y"].mean() + 1e-15).all()


def cost(d: pd.DataFrame, t: float) -> float:
    y, p = d["y"].to_numpy(), d["p"].to_numpy()
    return float((5 * y[p < t].sum() + (1 - y[p >= t]).sum()) / len(d))


@examples(6)
@given(seeds)
def test_t05_no_threshold_costs_less_than_the_best(seed):
    d = sample(seed)
    best = gl.thresholds(y=d["y"], p=d["p"], costs=(5, 1), replicates=0)
    candidates = [*d["p"], *np.linspace(0, 1.01, 30)]
    assert best.value == pytest.approx(min(cost(d, t) for t in candidates), rel=1e-12)
    assert all(cost(d, t) == pytest.approx(best.value, rel=1e-12) for t in best.best["threshold"])


@examples(6)
@given(seeds)
def test_t06_the_cost_at_bayes_threshold_is_a_net_benefit(seed):
    d = sample(seed)
    bayes = gl.thresholds(y=d["y"], p=d["p"], costs=(5, 1), replicates=0).bayes
    assert cost(d, bayes) == pytest.approx(5 * (d["y"].mean() - benefit(d, bayes)[0]), rel=1e-12, abs=1e-15)


@examples(8)
@given(seeds, thresholds)
def test_t07_exact_limits_leave_half_the_error_in_either_tail(seed, t):
    c = classified(sample(seed), t)
    low, high = c.table.loc["sensitivity", ["conf_low", "conf_high"]].astype(float)
    n = c.tp + c.fn
    assert low == 0 if c.tp == 0 else stats.binom.sf(c.tp - 1, n, low) == pytest.approx(0.025, rel=1e-9)
    assert high == 1 if c.fn == 0 else stats.binom.cdf(c.tp, n, high) == pytest.approx(0.025, rel=1e-9)


# --- calibration ----------------------------------------------------------------------------------
def line(y, p) -> pd.Series:
    return gl.recalibrate(y=y, p=p).parameters["estimate"]


@examples(6)
@given(seeds)
def test_k01_a_fit_is_calibrated_in_its_own_rows(seed):
    d = sample(seed)
    p = gl.logit("y ~ x + C(z)", d).predict()
    np.testing.assert_allclose(line(d["y"], p), [0, 1], atol=1e-9)
    assert gl.calibration(y=d["y"], p=p, replicates=20).measures["estimate"]["intercept"] == pytest.approx(0, abs=1e-10)


@examples(6)
@given(seeds)
def test_k02_recalibrated_probabilities_are_calibrated(seed):
    d = sample(seed)
    again = gl.recalibrate(y=d["y"], p=d["p"]).predict(d["p"])
    np.testing.assert_allclose(line(d["y"], again), [0, 1], atol=1e-9)


@examples(6)
@given(seeds)
def test_k03_five_parts_of_the_brier_score_add_up(seed):
    d = sample(seed)
    result = gl.calibration(y=d["y"], p=d["p"], replicates=20)
    parts = result.decomposition.loc["murphy", "value"]
    total = parts["reliability"] - parts["resolution"] + parts["uncertainty"]
    total += parts["within_variance"] - parts["within_covariance"]
    assert total == pytest.approx(result.measures["estimate"]["brier"], rel=1e-12)


@examples(6)
@given(seeds)
def test_k04_isotonic_levels_rise_keep_the_mean_and_stay(seed):
    d = sample(seed).assign(p=lambda d: d["p"].round(2))
    level = gl.recalibrate(y=d["y"], p=d["p"], method="isotonic").predict(d["p"])
    assert (np.diff(np.asarray(level)[np.argsort(d["p"], kind="stable")]) >= -1e-15).all()
    assert np.sum(level) == pytest.approx(d["y"].sum(), rel=1e-12)
    again = gl.recalibrate(y=d["y"], p=level, method="isotonic").predict(level)
    np.testing.assert_allclose(again, level, rtol=1e-12, atol=1e-15)


@examples(6)
@given(seeds)
def test_k05_parts_by_isotonic_regression_are_not_negative(seed):
    d = sample(seed)
    result = gl.calibration(y=d["y"], p=d["p"], replicates=20)
    parts = result.decomposition.loc["corp", "value"]
    assert (parts[["miscalibration", "discrimination"]] >= 0).all()
    total = parts["miscalibration"] - parts["discrimination"] + parts["uncertainty"]
    assert total == pytest.approx(result.measures["estimate"]["brier"], rel=1e-12)


@examples(6)
@given(seeds)
def test_k06_spiegelhalters_z_is_the_same_of_the_other_outcome(seed):
    d = sample(seed)
    ours, turned = (
        gl.calibration(y=y, p=p, replicates=20).measures["estimate"]["spiegelhalter_z"]
        for y, p in ((d["y"], d["p"]), (1 - d["y"], 1 - d["p"]))
    )
    assert turned == pytest.approx(ours, rel=1e-9)


@examples(6)
@given(seeds, st.floats(0.3, 3))
def test_k07_the_temperature_of_wider_log_odds_is_higher(seed, factor):
    d = sample(seed)
    plain, wider = (
        gl.recalibrate(y=d["y"], p=p, method="temperature").parameters["estimate"]["temperature"]
        for p in (d["p"], expit(factor * logit(d["p"])))
    )
    assert wider == pytest.approx(factor * plain, rel=1e-8, nan_ok=True)  # none where they point the wrong way


@examples(6)
@given(seeds)
def test_k08_beta_calibration_with_equal_parts_is_logistic(seed):
    d = sample(seed)
    fit = gl.logit("y ~ v", d.assign(v=lambda d: np.log(d["p"]) - np.log1p(-d["p"])))
    np.testing.assert_allclose(fit.params, line(d["y"], d["p"]), rtol=1e-8, atol=1e-10)
    beta, plain = (gl.recalibrate(y=d["y"], p=d["p"], method=m).before_after for m in ("beta", "logistic"))
    assert beta.loc["log_loss", "after"] <= plain.loc["log_loss", "after"] + 1e-12


# --- validation and planning ----------------------------------------------------------------------
@examples(2)
@given(seeds)
def test_v01_as_many_folds_as_rows_leave_one_out(seed):
    d = sample(seed).iloc[:40]
    fit = gl.logit("y ~ x", d)
    ours = gl.cross_validate(fit, len(d), 1).probabilities[1]
    exact = gl.influence(fit, exact=True).table["linear_predictor_without"]
    np.testing.assert_allclose(ours, expit(exact), rtol=1e-8)


@examples(3)
@given(seeds)
def test_v02_labels_of_clusters_do_not_change_what_folds_predict(seed):
    d = sample(seed)
    fit, groups = gl.logit("y ~ x + C(z)", d), np.arange(len(d)) % 11
    plain, named = (
        gl.cross_validate(fit, 4, 1, groups=g).probabilities for g in (groups, [f"g{k:02d}" for k in groups])
    )
    np.testing.assert_array_equal(plain, named)


@examples(3)
@given(seeds)
def test_v03_a_sample_that_is_the_data_has_no_optimism(seed):
    """Of one cluster, drawn once whole, every sample is the data."""
    d = sample(seed)
    result = gl.internal_validation(gl.logit("y ~ x", d), replicates=20, groups=np.zeros(len(d)))
    np.testing.assert_allclose(result.table["optimism"].dropna(), 0, atol=1e-9)


@examples(8)
@given(st.floats(0.1, 0.9), st.floats(1.05, 5), st.integers(20, 2000))
def test_v04_power_at_no_effect_is_the_size_and_even_and_rises(baseline, odds, n):
    for method, size in (("demidenko", 0.05), ("hsieh", 0.025)):  # Hsieh's formula counts one tail
        assert gl.power(1.0, baseline, n=n, method=method).power == pytest.approx(size, rel=1e-9)
        less, more = (gl.power(odds, baseline, n=k, method=method).power for k in (n, n + 50))
        assert more >= less
    turned = gl.power(1 / odds, baseline, n=n).power
    assert turned == pytest.approx(gl.power(odds, baseline, n=n).power, rel=1e-8)


@examples(8)
@given(st.integers(1, 40), st.floats(0.05, 0.5), st.floats(0.05, 0.4), st.floats(0.8, 0.95))
def test_v05_rileys_size_falls_with_r2_and_rises_with_the_shrinkage(parameters, prevalence, nagelkerke, shrinkage):
    def first(r2, s):
        return gl.sample_size(parameters, prevalence, nagelkerke=r2, shrinkage=s).table["n"].iloc[0]

    assert first(nagelkerke * 1.2, shrinkage) <= first(nagelkerke, shrinkage) <= first(nagelkerke, shrinkage + 0.02)


# --- building -------------------------------------------------------------------------------------
@examples(3)
@given(seeds)
def test_b01_deviances_of_powers_are_free_of_the_unit(seed):
    d = sample(seed)
    plain, other = (
        gl.fractional_polynomials(gl.logit("y ~ u + x", frame), "u").table["deviance"]
        for frame in (d, d.assign(u=lambda d: 10 * d["u"]))
    )
    np.testing.assert_allclose(other, plain, rtol=1e-9)


@examples(3)
@given(seeds)
def test_b02_more_powers_fit_no_worse(seed):
    table = gl.fractional_polynomials(gl.logit("y ~ u + x", sample(seed)), "u").table
    assert (np.diff(table["deviance"]) <= 1e-9).all()


@examples(4)
@given(seeds)
def test_b03_deviance_never_rises_with_a_term(seed):
    models = ("y ~ 1", "y ~ x", "y ~ x + u", "y ~ x + u + C(z)", "y ~ x*u + C(z)")
    assert (np.diff([gl.logit(formula, sample(seed)).deviance for formula in models]) <= 1e-9).all()


@examples(3)
@given(seeds)
def test_b04_steps_fall_and_end_no_lower_than_the_best_of_all(seed):
    fit = gl.logit("y ~ x + u + C(z)", sample(seed))
    path = gl.step(fit).path["criterion"].to_numpy()
    assert (np.diff(path) < 0).all()
    assert path[-1] >= gl.best_subset(fit)["criterion"].iloc[0] - 1e-9


@examples(4)
@given(seeds)
def test_b05_likelihood_ratios_of_nested_models_add_up(seed):
    small, middle, large = (gl.logit(f, sample(seed)) for f in ("y ~ 1", "y ~ x", "y ~ x + C(z)"))
    parts = gl.lr_test(middle, small).statistic + gl.lr_test(large, middle).statistic
    assert parts == pytest.approx(gl.lr_test(large, small).statistic, rel=1e-9)
