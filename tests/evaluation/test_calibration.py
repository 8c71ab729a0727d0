"""Calibration: values of the references, hostile probabilities, identities, counts however written down, pages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from evaluation_models import FORMULAS, data, developed, difference, entries, fitted, hostile, values
from scipy.special import expit

import glmlogit as gl
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.evaluation.counted import counted
from glmlogit.evaluation.judged import judged
from glmlogit.numerics.tails import normal_pvalue
from glmlogit.scoring import calibration_measures as measured
from glmlogit.scoring import isotonic, smoothers
from glmlogit.scoring import probability_scores as scores
from glmlogit.scoring.logistic_lines import cox, temperature_of

MODELS = sorted({key.split(".")[1] for key in entries("6_calibration")})
Z = 1.959963984540054


def outcomes(model: str) -> tuple[np.ndarray, pd.Series]:
    """Outcomes and probabilities of a model of the references, on its training rows or on others."""
    name, kind = model.rsplit("_", 1)
    fit, frame = (fitted(name), data(name)) if kind == "insample" else developed(name)
    return frame[FORMULAS[name].split(" ~")[0]].to_numpy(), fit.predict(frame, kind="link")


@pytest.fixture(scope="module", params=MODELS)
def case(request):
    y, eta = outcomes(request.param)
    return request.param, by_log_odds(y, eta)


def by_log_odds(y, eta, weights=None):
    """Counts at distinct log-odds of outcomes."""
    rows = judged(y=y, p=expit(np.asarray(eta, dtype=float)), weights=weights)
    eta = np.asarray(eta, dtype=float)
    eta = eta if weights is None else eta[np.asarray(weights) > 0]
    return counted(replace(rows, score=eta, p=expit(eta), q=expit(-eta), score_is_log_odds=True))


def agree(model: str, quantity: str, ours, absolute: float = 0.0, rtol: float = 1e-10) -> None:
    """Within 1e-10 of the value, or of a millionth of the largest in its row; where it has an entry."""
    key = f"calibration.{model}.{quantity}"
    if key not in entries("6_calibration"):
        return
    expected = values("6_calibration", key).ravel()
    ours = np.array(ours, dtype=float).ravel()
    scale = np.maximum(np.abs(expected), 1e-6 * np.abs(expected).max())
    assert (np.abs(ours - expected) <= rtol * scale + absolute).all(), (quantity, ours, expected)
    assert difference("6_calibration", key, ours, absolute) <= 1


def test_lines_are_those_of_the_references(case):
    model, rows = case
    line = cox(rows.events, rows.nonevents, rows.eta)
    # In training rows statistics are 0 but for rounding, and so their p-values: 1e-6 of 1.
    absolute = 1e-6 if model.endswith("insample") else 0.0
    large, slope, both = line.p_values
    half = Z * line.large_error
    agree(
        model,
        "citl",
        [line.large, line.large_error, line.large - half, line.large + half, line.lr_large, large],
        absolute,
    )
    half, rest = Z * line.slope_error, (line.intercept, line.intercept_error, line.lr_both, both)
    agree(
        model,
        "slope",
        np.array([line.slope, line.slope_error, line.slope - half, line.slope + half, line.lr_slope, slope, *rest]),
        absolute,
    )
    scale = temperature_of(rows.events, rows.nonevents, rows.eta)
    loss = scores.log_loss(rows.events, rows.nonevents, rows.eta / scale.temperature)
    agree(model, "temperature", [scale.temperature, scale.std_error, loss.value])


def test_scores_and_their_parts_are_those_of_the_references(case):
    model, rows = case
    a, b, eta, p, q = rows
    brier, unit, loss = scores.brier(a, b, p, q), scores.uncertainty(a, b), scores.log_loss(a, b, eta)
    agree(model, "brier", [brier.value, unit, 1 - brier.value / unit, loss.value, brier.std_error])
    ratio = measured.observed_to_expected(rows, Z)
    agree(model, "o_e", [a.sum(), rows.n @ p, ratio.estimate, ratio.conf_low, ratio.conf_high])
    by_mass = scores.bins_of(a, b, p, scores.mass_codes(p, rows.n, 10))
    by_width = scores.bins_of(a, b, p, scores.uniform_codes(p, 10))
    # Parts within groups of one probability are 0 but for rounding.
    agree(model, "murphy_xtile10", scores.murphy(a, b, p, by_mass), 1e-17)
    agree(model, "murphy_unique", scores.murphy(a, b, p, scores.bins_of(a, b, p, np.arange(len(p))))[:3])
    agree(model, "ece_mass10", scores.calibration_error(by_mass))
    agree(model, "ece_width10", scores.calibration_error(by_width))
    limits = scores.wilson(by_mass.n * by_mass.observed, by_mass.n, Z)
    agree(
        model, "reliability_xtile10", np.column_stack([by_mass.n, by_mass.p, by_mass.observed, *limits]), absolute=1e-15
    )
    agree(model, "corp", isotonic.corp(a, b, p))


def test_curves_are_those_of_the_references(case):
    model, rows = case
    if len(rows.p) >= measured.LEAST_DISTINCT:
        curve = smoothers.loess(rows.p, rows.events / rows.n, rows.n)
        agree(model, "ici_loess_direct", smoothers.distances(rows.p, curve, rows.n))
        clipped = measured.smooth_curve(rows, "loess").values
        agree(model, "ici_loess_direct_clipped", smoothers.distances(rows.p, clipped, rows.n))
    level = isotonic.isotonic(rows.events, rows.nonevents)
    agree(model, "isotonic_unweighted_summary", [level.min(), level.max(), rows.n @ level, rows.n @ level**2])
    y, eta = outcomes(model)
    level = isotonic.isotonic(*by_log_odds(y, eta, 1 + np.arange(len(y)) % 3)[:2])
    number = np.unique(np.maximum(np.floor(len(level) * np.array([0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 1])), 1))
    agree(model, "isotonic_weighted", level[number.astype(int) - 1])


def test_val_prob_is_that_of_the_references(case):
    model, rows = case
    expected = values("6_calibration", f"calibration.{model}.val_prob")
    line, n, events = cox(rows.events, rows.nonevents, rows.eta), rows.total, rows.events.sum()
    null = events * np.log(events / n) + (n - events) * np.log1p(-events / n)
    gain = 2 * (line.llf - null) - line.lr_both  # of the probabilities as they are
    unreliability, discrimination = (line.lr_both - 2) / n, (gain - 1) / n
    ours = [discrimination, gain, unreliability, line.lr_both, line.p_values[2], discrimination - unreliability]
    np.testing.assert_allclose(ours, expected[3:9], rtol=1e-9, atol=1e-6 if "insample" in model else 0)
    np.testing.assert_allclose(
        -np.expm1(-gain / n) / -np.expm1(2 * null / n), expected[2], rtol=1e-10
    )  # Nagelkerke's R² of the line
    brier = scores.brier(*rows[:2], *rows[3:]).value
    np.testing.assert_allclose([brier, line.intercept, line.slope], expected[9:12], rtol=1e-9, atol=1e-9)
    curve = measured.smooth_curve(rows, "lowess") if len(rows.p) >= measured.LEAST_DISTINCT else measured._lowess(rows)
    ici, _, e90, emax = smoothers.distances(rows.p, curve.values, rows.n)
    # Of the cars the reference itself is seven digits from R's, which ours meets to 15.
    np.testing.assert_allclose([emax, e90, ici], expected[12:15], rtol=1e-6 if "mtcars" in model else 1e-9)
    z = scores.spiegelhalter(*rows[:2], *rows[3:])
    np.testing.assert_allclose(z, expected[15], rtol=1e-10, atol=1e-12)
    y, eta = outcomes(model)
    pairs = gl.association_measures(y=y, p=eta)
    r2 = -np.expm1(-gain / n) / -np.expm1(2 * null / n)
    # R's rms bins probabilities before it counts pairs (Dxy, C), and stops early (slope, intercept): not the values.
    whole = [pairs.somers_d, pairs.c, r2, *ours, brier, line.intercept, line.slope, emax, e90, ici, z, normal_pvalue(z)]
    assert difference("6_calibration", f"calibration.{model}.val_prob", whole, 1e-6 if "insample" in model else 0) <= 1


def test_r_interpolates_the_curve_that_is_evaluated_here(case):
    model, rows = case
    key = f"calibration.{model}.ici_loess_r_default"
    if key not in entries("6_calibration"):
        return
    curve = smoothers.loess(rows.p, rows.events / rows.n, rows.n)
    ours = smoothers.distances(rows.p, curve, rows.n)
    # One to three digits: R's default surface joins few points by cubics, and is what others cite, not what is right.
    assert difference("6_calibration", key, ours) < np.inf
    np.testing.assert_allclose(ours, values("6_calibration", key), rtol=0.2)


def test_a_constant_probability_has_no_slope():
    given, expected = hostile("A23")
    result = gl.calibration(y=given["y"], p=given["p"])
    ours = result.measures["estimate"]
    assert np.isnan(ours["slope"])
    np.testing.assert_allclose(ours["intercept"], expected["citl"], rtol=1e-12)
    np.testing.assert_allclose(ours["brier"], expected["brier"], rtol=1e-12)
    murphy = result.decomposition.loc["murphy", "value"]
    np.testing.assert_allclose(murphy[["reliability", "resolution"]], [expected["rel"], expected["res"]], atol=1e-15)
    assert any("slope" in str(note) for note in result.notes)


def test_an_impossible_event_has_an_infinite_loss():
    given, expected = hostile("A25")
    ours = gl.calibration(y=given["y"], p=given["p"]).measures["estimate"]
    assert ours["log_loss"] == np.inf
    assert np.isnan(ours["slope"])
    np.testing.assert_allclose(ours["brier"], expected["brier"], rtol=1e-12)
    finite = gl.calibration(y=given["y"], p=given["p"], finite_only=True)
    assert np.isfinite(finite.measures.loc["log_loss", "estimate"])
    assert "1 row" in " ".join(map(str, finite.notes))


def test_separated_scores_have_an_infinite_slope():
    given, expected = hostile("A27")
    result = gl.calibration(y=given["y"], p=expit(given["eta"]))
    assert result.measures.loc["slope", "estimate"] == float(expected["slope"])
    assert any("separated" in str(note) for note in result.notes)


def test_falling_outcomes_are_one_level():
    given, expected = hostile("A29")
    n, y = np.array(given["weights"], dtype=float), np.array(given["y"], dtype=float)
    np.testing.assert_allclose(isotonic.isotonic(n * y, n * (1 - y)), expected["fitted"])
    p = np.array(given["x"]) / 4
    ours = gl.recalibrate(y=given["y"], p=p, weights=given["weights"], method="isotonic").predict(p)
    np.testing.assert_allclose(ours, expected["fitted"], rtol=1e-15)


def test_levels_with_weights_next_to_nothing():
    np.testing.assert_allclose(isotonic.pooled(np.array([1.0, 0, 1]), np.array([1e-300, 1, 1])), [0, 0, 1], atol=1e-15)
    np.testing.assert_allclose(isotonic.pooled(np.array([1.0, 0, 1]), np.array([1e300, 1e300, 1])), [0.5, 0.5, 1])


def test_half_everywhere_has_no_test_and_few_probabilities_no_curve():
    result = gl.calibration(y=[0, 1, 1, 0], p=[0.5] * 4)
    assert np.isnan(result.measures.loc[["spiegelhalter_z", "ici"], "estimate"]).all()
    assert sum(note.code == "undefined" for note in result.notes) >= 2


def test_one_class_has_an_infinite_intercept_and_no_slope():
    ours = gl.calibration(y=np.zeros(30, dtype=int), p=np.linspace(0.1, 0.6, 30)).measures["estimate"]
    assert ours["intercept"] == -np.inf
    assert np.isnan(ours[["slope", "scaled_brier"]]).all()


@pytest.mark.parametrize("p", [[0.1, 1.2, 0.4], [0.1, np.nan, 0.4], ["a", "b", "c"]])
def test_what_is_no_probability_is_refused(p):
    with pytest.raises(DataError):
        gl.calibration(y=[0, 1, 0], p=p)


def sample(seed: int, n: int = 120) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x, g = rng.normal(size=n).round(2), rng.integers(0, 3, n)
    y = (rng.random(n) < expit(0.4 - 0.9 * x + 0.4 * g)).astype(int)
    return pd.DataFrame({"x": x, "g": g, "y": y, "w": rng.integers(1, 4, n)})


@pytest.mark.parametrize("seed", range(4))
def test_identities(seed):
    frame = sample(seed)
    eta = 0.3 + 1.7 * frame["x"] + np.random.default_rng(seed).normal(size=len(frame)) * 0.1
    rows = by_log_odds(frame["y"], eta)
    a, b, eta, p, q = rows
    bins = scores.bins_of(a, b, p, scores.mass_codes(p, rows.n, 8))
    parts = scores.murphy(a, b, p, bins)
    brier = scores.brier(a, b, p, q).value
    total = parts.reliability - parts.resolution + parts.uncertainty + parts.within_variance - parts.within_covariance
    np.testing.assert_allclose(total, brier, rtol=1e-12)
    corp, level = isotonic.corp(a, b, p), isotonic.isotonic(a, b)
    np.testing.assert_allclose(corp.miscalibration - corp.discrimination + corp.uncertainty, brier, rtol=1e-12)
    assert corp.miscalibration >= 0
    assert corp.discrimination >= 0
    np.testing.assert_allclose(isotonic.pooled(level, rows.n), level, rtol=1e-12)
    np.testing.assert_allclose(rows.n @ level, a.sum(), rtol=1e-12)
    assert (np.diff(level) >= 0).all()
    z = scores.spiegelhalter(a, b, p, q)
    np.testing.assert_allclose(scores.spiegelhalter(b, a, q, p), z, rtol=1e-12)
    np.testing.assert_allclose(temperature_of(a, b, 3 * eta).temperature, 3 * temperature_of(a, b, eta).temperature)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_and_the_letters_of_outcomes_do_not_matter(seed):
    frame = sample(seed).assign(p=lambda d: expit(d["x"] / 2))
    shuffled = frame.sample(frac=1, random_state=seed)
    a = gl.calibration(y=frame["y"], p=frame["p"], replicates=20)
    b = gl.calibration(y=shuffled["y"].map({0: "no", 1: "yes"}), p=shuffled["p"], event="yes", replicates=20)
    pd.testing.assert_frame_equal(a.measures, b.measures, rtol=1e-10)
    pd.testing.assert_frame_equal(a.table, b.table, rtol=1e-10)


@pytest.mark.parametrize("seed", range(3))
def test_weights_are_repeated_rows_and_trials_too(seed):
    frame = sample(seed).assign(p=lambda d: expit(d["x"] / 2))
    repeated = frame.loc[frame.index.repeat(frame["w"])]
    rows = gl.calibration(y=repeated["y"], p=repeated["p"])
    counts = gl.calibration(y=frame["y"], p=frame["p"], weights=frame["w"])
    trials = gl.calibration(y=frame["y"] * frame["w"], p=frame["p"], trials=frame["w"])
    nothing = pd.concat([frame, frame.assign(w=0, p=0.5)])
    zero = gl.calibration(y=nothing["y"].to_numpy(), p=nothing["p"].to_numpy(), weights=nothing["w"].to_numpy())
    for result in (counts, trials, zero):
        pd.testing.assert_frame_equal(result.measures, rows.measures, rtol=1e-9)
        pd.testing.assert_frame_equal(result.tests, rows.tests, rtol=1e-8)
        pd.testing.assert_frame_equal(result.table, rows.table, rtol=1e-9)


def test_sampling_weights_have_points_and_no_limits():
    frame = sample(1).assign(p=lambda d: expit(d["x"] / 2))
    options = {"y": frame["y"], "p": frame["p"], "weights": frame["w"]}
    counted_, sampled = gl.calibration(**options), gl.calibration(**options, weight_type="sampling")
    curves = ["ici", "e50", "e90", "emax"]  # which know how many observations there are
    np.testing.assert_allclose(
        *(c.measures["estimate"].drop([*curves, "spiegelhalter_z"]) for c in (sampled, counted_))
    )
    once, same = (
        gl.calibration(y=frame["y"], p=frame["p"]),
        gl.calibration(**options | {"weights": np.full(len(frame), 7.0)}, weight_type="sampling"),
    )
    np.testing.assert_allclose(*(c.measures["estimate"].drop("spiegelhalter_z") for c in (once, same)))
    assert np.isnan(sampled.measures.loc["spiegelhalter_z", "estimate"])
    assert sampled.measures[["std_error", "conf_low", "conf_high"]].isna().all(axis=None)
    assert sampled.tests.isna().all(axis=None)
    assert sampled.band is None
    with pytest.raises(UnsupportedError, match="precision"):
        gl.calibration(**options, weight_type="precision")


def test_training_rows_show_no_slope_and_no_intercept():
    fit, frame = fitted("birthwt"), data("birthwt")
    for result in (gl.calibration(fit, resampling="none"), gl.calibration(fit, frame)):
        assert result.rows == "apparent (training rows)"
        assert result.measures.loc[["intercept", "slope", "o_e"]].isna().all(axis=None)
        assert result.tests.loc[["intercept = 0", "slope = 1", "both"], "p_value"].isna().all()
        assert any(note.code == "apparent" for note in result.notes)
    firth = gl.calibration(gl.firth(FORMULAS["birthwt"], frame), resampling="none")
    assert firth.measures.loc["slope", "estimate"] > 1


def test_a_fit_is_judged_out_of_fold_with_apparent_values_beside():
    fit = fitted("birthwt")
    result = gl.calibration(fit, folds=5, repeats=3)
    assert result.rows == "out of fold (5 × 3, seed 0)"
    assert result.measures.loc["slope", "estimate"] < 1
    assert np.isnan(result.measures.loc["slope", "apparent"])
    assert result.measures.loc["brier", "apparent"] < result.measures.loc["brier", "estimate"]
    np.testing.assert_allclose(result.table["n"].sum(), 189)


def test_new_rows_are_those_of_the_references():
    fit, frame = developed("glow500")
    result = gl.calibration(fit, frame)
    assert result.rows == "new data"
    np.testing.assert_allclose(
        result.measures.loc[["intercept", "slope", "brier", "ece", "emax"], "estimate"],
        [0.045304, 0.835979, 0.171845, 0.0551234, 0.2648166],
        atol=1e-6,
    )
    lowess = gl.calibration(fit, frame, smoother="lowess").measures["estimate"]
    expected = values("6_calibration", "calibration.glow500_ext.val_prob")
    np.testing.assert_allclose(lowess[["emax", "e90", "ici"]], expected[12:15], rtol=1e-9)


def test_many_probabilities_are_smoothed_by_a_spline():
    rng = np.random.default_rng(2)
    p = rng.random(6000)
    result = gl.calibration(y=(rng.random(6000) < p).astype(int), p=p, replicates=20)
    assert any(note.code == "smoother" for note in result.notes)
    assert result.measures.loc["ici", "estimate"] < 0.02


def test_the_band_holds_calibrated_probabilities_and_not_others():
    rng = np.random.default_rng(3)
    p = rng.uniform(0.1, 0.9, 2000)
    y = (rng.random(2000) < p).astype(int)
    honest, wrong = gl.calibration(y=y, p=p), gl.calibration(y=y, p=expit(3 * np.log(p / (1 - p))))
    share = [
        ((r.table["observed"] >= r.table["conf_low"]) & (r.table["observed"] <= r.table["conf_high"]))
        for r in (honest, wrong)
    ]
    assert share[0].mean() > 0.75
    assert share[1].mean() < 0.5


@pytest.mark.parametrize("method", ["isotonic", "quantile", "uniform", "loess", "lowess", "spline"])
def test_diagrams_are_drawn_on_axes_of_the_caller(method):
    import matplotlib.pyplot as plt

    fit, frame = developed("birthwt")
    result = gl.calibration(fit, frame, method=method)
    _, ax = plt.subplots()
    assert result.plot(ax=ax) is ax
    assert ax.get_ylabel() == "Share of events"
    plt.close("all")


def test_pages_and_files(tmp_path):
    fit, frame = developed("birthwt")
    result = gl.calibration(fit, frame)
    for text in (str(result), result.to_markdown(), result.to_latex(), result.to_html()):
        assert "slope" in text
        assert "new data" in text
    result.write(tmp_path / "calibration.csv")
    assert "scaled_brier" in (tmp_path / "calibration.csv").read_text()


def test_options_that_are_none():
    y, p = [0, 1, 0, 1], [0.2, 0.6, 0.4, 0.7]
    for options in ({"method": "deciles"}, {"groups": 1}, {"replicates": 3}, {"smoother": "x"}, {"level": 2}):
        with pytest.raises(DataError):
            gl.calibration(y=y, p=p, **options)


def test_probabilities_of_the_rows_of_their_model_are_noticed():
    births = gl.datasets.birthwt()
    fit = gl.logit("low ~ age + lwt", births)
    codes = {note.code for note in gl.calibration(y=births["low"], p=fit.predict()).notes}
    assert "as_fitted" in codes
    half = gl.calibration(y=births["low"][::2], p=fit.predict()[::2])
    assert "as_fitted" not in {note.code for note in half.notes}
    assert half.rows == "the probabilities given"
