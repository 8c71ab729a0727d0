"""Internal validation: values of the references on their samples, people however written down, honest labels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from evaluation_models import FORMULAS, data, difference, fitted, hostile, minstd, values
from scipy.special import expit

import glmlogit as gl
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.estimate.recounted import OutcomeCounts
from glmlogit.evaluation.fold_areas import folded_area
from glmlogit.evaluation.internal_validation import of_refits
from glmlogit.evaluation.judged import of_folds
from glmlogit.resampling.bootstrap_refits import refits_of
from glmlogit.resampling.observations import observations_of
from glmlogit.resampling.out_of_fold import out_of_fold
from glmlogit.scoring.performance import MEASURES, area, no_information, ordered, performance

MODELS = ("birthwt", "asah", "glow500")


def on_fixed_samples(model: str, method: str = "bootstrap"):
    """A model validated on the thirty samples of the references."""
    fit, n = fitted(model), len(data(model))
    observations = observations_of(fit)
    draws = [np.bincount(rows, minlength=n) for rows in minstd(n, 30)]
    return of_refits(fit, observations, refits_of(fit, observations, draws), method, 0.95, "30, fixed")


@pytest.mark.parametrize("model", MODELS)
def test_optimism_is_that_of_the_references(model):
    table = on_fixed_samples(model).table
    ours = table.loc[
        ["auc", "somers_d", "r2", "brier", "intercept", "slope"],
        ["apparent", "training", "test", "optimism", "corrected"],
    ]
    key = f"discrimination.{model}.optimism"
    expected = values("4_discrimination", key)
    # Intercepts and slopes of apparent rows are 0 and 1 there but for the rounding of a fit.
    np.testing.assert_allclose(ours, expected, rtol=1e-10, atol=1e-11)
    assert difference("4_discrimination", key, ours, absolute=1e-11) <= 1


@pytest.mark.parametrize("model", MODELS)
def test_the_632_rule_is_that_of_the_references(model):
    table = on_fixed_samples(model, "632+").table
    table["simple"] = 0.368 * table["apparent"] + 0.632 * table["test"]
    ours = table.loc[["auc", "brier"], ["test", "simple", "corrected"]]
    assert difference("4_discrimination", f"discrimination.{model}.b632plus", ours) <= 1


def test_samples_that_separate_are_the_five_of_thirty():
    fit, n = fitted("icu"), len(data("icu"))
    draws = [np.bincount(rows, minlength=n) for rows in minstd(n, 30)]
    refits = refits_of(fit, observations_of(fit), draws)
    assert [i for i, drawn in enumerate(refits, 1) if drawn.refit.separated] == [1, 5, 13, 19, 21]
    notes = on_fixed_samples("icu").notes
    assert any("5 of 30 samples separate" in str(note) for note in notes)


def test_a_sample_that_is_the_data_has_no_optimism():
    fit = fitted("birthwt")
    observations = observations_of(fit)
    draws = [np.ones(189, dtype=np.intp)] * 2
    table = of_refits(fit, observations, refits_of(fit, observations, draws), "bootstrap", 0.95, "2").table
    np.testing.assert_allclose(table["optimism"], 0, atol=1e-10)


def sample(seed: int, n: int = 90) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x, g = rng.normal(size=n).round(1), rng.integers(0, 3, n)
    y = (rng.random(n) < expit(0.3 - x)).astype(int)
    return pd.DataFrame({"x": x, "g": g, "y": y, "w": rng.integers(1, 4, n)})


@pytest.mark.parametrize("method", ["bootstrap", "632+", "cv"])
def test_rows_counts_and_trials_are_validated_alike(method):
    frame = sample(1)
    repeated = frame.loc[frame.index.repeat(frame["w"])].reset_index(drop=True)
    fits = (
        gl.logit("y ~ x + C(g)", repeated),
        gl.logit("y ~ x + C(g)", frame, weights="w"),
        gl.logit("s ~ x + C(g)", frame.assign(s=frame["y"] * frame["w"]), trials="w"),
    )
    rows, *others = (gl.internal_validation(fit, method, 20, folds=4, repeats=2).table for fit in fits)
    for table in others:
        pd.testing.assert_frame_equal(table, rows, rtol=1e-8, atol=1e-10)


def test_clusters_are_drawn_whole():
    frame = sample(2).assign(team=np.arange(90) % 12)
    fit = gl.logit("y ~ x", frame, cluster="team")
    result = gl.internal_validation(fit, replicates=25)
    assert "12 clusters" in " ".join(map(str, result.notes))
    same = gl.internal_validation(gl.logit("y ~ x", frame), replicates=25, groups=frame["team"])
    np.testing.assert_allclose(same.table["corrected"], result.table["corrected"], rtol=1e-9, atol=1e-12)


def test_what_is_learned_is_learned_in_each_sample():
    frame = sample(3)
    curved = gl.internal_validation(gl.logit("y ~ bs(x, df=6)", frame), replicates=40).table
    straight = gl.internal_validation(gl.logit("y ~ x", frame), replicates=40).table
    assert curved.loc["slope", "optimism"] > straight.loc["slope", "optimism"]


def test_apparent_and_corrected_stand_side_by_side():
    result = gl.internal_validation(fitted("birthwt"), replicates=30)
    assert list(result.table.columns[:5]) == ["apparent", "optimism", "corrected", "conf_low", "conf_high"]
    assert list(result.table.index) == list(MEASURES)
    assert result.rows == "bootstrap-corrected (30, seed 0)"
    np.testing.assert_array_equal(result.table.loc[["intercept", "slope"], "apparent"], [0, 1])
    assert result.table.loc[["intercept", "slope"], ["conf_low", "conf_high"]].isna().all(axis=None)
    auc = result.table.loc["auc"]
    assert auc["conf_low"] < auc["corrected"] < auc["conf_high"]
    assert result.replicates.shape == (30, 16)
    again = gl.internal_validation(fitted("birthwt"), replicates=30)
    pd.testing.assert_frame_equal(again.table, result.table)
    assert not gl.internal_validation(fitted("birthwt"), replicates=30, seed=1).table.equals(result.table)


def test_penalised_models_have_slopes_of_their_own():
    table = gl.internal_validation(gl.firth(FORMULAS["birthwt"], data("birthwt")), replicates=25).table
    assert table.loc["slope", "apparent"] > 1
    assert table.loc["slope", "training"] > 1


def test_sampling_weights_weigh_and_precision_weights_are_refused():
    frame = sample(4).assign(v=lambda d: d["w"] / 2)
    sampled = gl.internal_validation(gl.logit("y ~ x", frame, weights="v", weight_type="sampling"), replicates=25).table
    counts = gl.logit("y ~ x", frame, weights="w")
    eta = ordered(counts.predict(kind="link").to_numpy())
    rows = OutcomeCounts(
        frame["w"].to_numpy() * frame["y"].to_numpy(float), frame["w"].to_numpy() * (1 - frame["y"].to_numpy(float))
    )
    np.testing.assert_allclose(sampled.loc["auc", "apparent"], performance(eta, rows)[0], rtol=1e-10)
    for method in ("bootstrap", "cv"):
        with pytest.raises(UnsupportedError, match="precision"):
            gl.internal_validation(gl.logit("y ~ x", frame, weights="v", weight_type="precision"), method)


def test_an_infinite_loss_stays_infinite():
    eta = ordered(np.array([-np.inf, 0.0, 1.0, 2.0]))
    wrong = performance(eta, OutcomeCounts(np.array([1.0, 0, 1, 1]), np.array([0, 1.0, 0, 0])))
    assert wrong[MEASURES.index("log_loss")] == np.inf
    assert np.isnan(wrong[MEASURES.index("slope")])
    right = performance(eta, OutcomeCounts(np.array([0, 0, 1.0, 1]), np.array([1.0, 1, 0, 0])))
    assert np.isfinite(right[MEASURES.index("log_loss")])


def test_infinite_log_odds_are_ties_of_their_own():
    rows = ordered(np.array([-np.inf, -np.inf, -800.0, 1.0, 1.0, np.inf, np.inf]))
    assert rows.eta.tolist() == [-np.inf, -800, 1, np.inf]
    ends = ordered(np.array([np.inf, -np.inf, np.inf]))
    values_ = performance(ends, OutcomeCounts(np.array([1.0, 0, 1]), np.array([0, 1.0, 0])))
    np.testing.assert_array_equal(values_[[MEASURES.index(name) for name in ("auc", "brier", "log_loss")]], [1, 0, 0])


@pytest.mark.filterwarnings("ignore::glmlogit.errors.SeparationWarning")
def test_a_model_that_separates_completely_is_perfect_in_its_own_rows():
    frame = sample(6).assign(y=lambda d: (d["x"] > 0.2).astype(int))
    result = gl.internal_validation(gl.logit("y ~ x", frame), replicates=20)
    np.testing.assert_array_equal(result.table.loc[["auc", "brier"], "apparent"], [1, 0])
    assert result.table.loc["auc", "corrected"] > 0.95
    assert "20 of 20 samples separate" in str(result)


def test_several_ways_of_clustering_need_one_that_is_named():
    frame = sample(7).assign(a=np.arange(90) % 9, b=np.arange(90) % 7)
    fit = gl.logit("y ~ x", frame, cluster=["a", "b"])
    with pytest.raises(UnsupportedError, match="groups="):
        gl.cross_validate(fit)
    assert "9 clusters" in str(gl.cross_validate(fit, 3, 1, groups=frame["a"]))


def test_areas_and_no_information():
    assert np.isnan(area(np.array([1.0, 1]), np.zeros(2)))
    np.testing.assert_allclose(area(np.array([1.0, 1]), np.array([1.0, 1])), 0.5)
    p, y = np.array([0.1, 0.4, 0.7]), np.array([0.0, 1, 1])
    rows = ordered(np.log(p / (1 - p)))
    values_ = dict(zip(MEASURES, no_information(rows, OutcomeCounts(y, 1 - y)), strict=True))
    np.testing.assert_allclose(values_["brier"], np.mean([(a - b) ** 2 for a in y for b in p]))
    np.testing.assert_allclose(values_["log_loss"], -np.mean([np.log(b if a else 1 - b) for a in y for b in p]))


@pytest.mark.parametrize("options", [{"method": "jackknife"}, {"replicates": 5}, {"seed": "x"}, {"level": 95}])
def test_options_that_are_none(options):
    with pytest.raises(DataError):
        gl.internal_validation(fitted("vaso"), **options)


def test_cross_validation_has_probabilities_by_row():
    frame = data("birthwt")
    result = gl.cross_validate(fitted("birthwt"), 5, 2)
    assert result.probabilities.shape == (189, 2)
    assert result.probabilities.index.equals(frame.index)
    fold = result.folds[1]
    out = fold == 2
    fit = gl.logit(FORMULAS["birthwt"], frame[~out])
    np.testing.assert_allclose(result.probabilities.loc[out, 1], fit.predict(frame[out]), rtol=1e-9)
    brier = np.mean((result.probabilities.to_numpy() - frame[["low"]].to_numpy()) ** 2)
    np.testing.assert_allclose(result.measures.loc["brier", "estimate"], brier, rtol=1e-10)
    assert result.measures.loc["auc", "apparent"] > result.measures.loc["auc", "estimate"]
    assert result.measures.loc[["intercept", "slope"], "apparent"].isna().all()


def test_cross_validation_of_counts_is_that_of_rows():
    frame = sample(5)
    repeated = frame.loc[frame.index.repeat(frame["w"])].reset_index(drop=True)
    rows = gl.cross_validate(gl.logit("y ~ x", repeated), 4, 2)
    counts = gl.cross_validate(gl.logit("y ~ x", frame, weights="w"), 4, 2)
    pd.testing.assert_frame_equal(counts.measures, rows.measures, rtol=1e-8)
    mean = rows.probabilities.groupby(frame.index.repeat(frame["w"])).mean()
    np.testing.assert_allclose(counts.probabilities, mean, rtol=1e-9)


def test_leaving_one_out_has_no_area():
    result = gl.cross_validate(fitted("vaso"), 39, 1)
    assert np.isnan(result.measures.loc["auc", "estimate"])
    assert any("artefact" in str(note) for note in result.notes)
    expected = values("8_validation", "validation.vaso.loo_exact")
    np.testing.assert_allclose(result.measures.loc[["brier", "log_loss"], "estimate"], expected[:2], rtol=1e-9)


def test_sorted_data_in_contiguous_folds_have_no_area():
    given, expect = hostile("A45")
    y = np.array(given["y"])
    fit = gl.logit("y ~ x", pd.DataFrame({"y": y, "x": np.arange(10) % 3}))
    left = out_of_fold(fit, fold_ids=np.arange(10) // 2)
    assert folded_area(of_folds(fit, left)).folds["auc"].isna().tolist() == [x == "nan" for x in expect["fold_auc"]]
    assert left.no_events == 5
    assert any(note.code == "one_class_folds" for note in left.notes)
    dealt = gl.cross_validate(fit, 2, 1)
    assert np.isfinite(dealt.measures.loc["auc", "estimate"])


def test_leaving_one_out_of_a_constant_would_have_an_area_of_nothing():
    _, expect = hostile("A47")
    fit = gl.logit("y ~ 1", {"y": [0, 0, 1, 1]})
    rows = of_folds(fit, out_of_fold(fit, fold_ids=np.arange(4)))
    pooled = performance(ordered(rows.score), OutcomeCounts(rows.events, rows.nonevents))
    assert pooled[MEASURES.index("auc")] == expect["auc"]
    assert np.isnan(gl.cross_validate(fit, 4, 1).measures.loc["auc", "estimate"])


@pytest.mark.parametrize("method", ["bootstrap", "cv", "632+"])
def test_pages_and_pictures(method, tmp_path):
    import matplotlib.pyplot as plt

    result = gl.internal_validation(fitted("birthwt"), method, 20, folds=4, repeats=1)
    for text in (str(result), result.to_markdown(), result.to_latex(), result.to_html()):
        assert "slope" in text
    _, ax = plt.subplots()
    assert result.plot(ax=ax) is ax
    plt.close("all")
    result.write(tmp_path / "validation.json")
    assert "corrected" in (tmp_path / "validation.json").read_text()


def test_cross_validation_prints_and_draws():
    import matplotlib.pyplot as plt

    result = gl.cross_validate(fitted("birthwt"), 4, 1)
    assert "out of fold (4 × 1, seed 0)" in str(result)
    assert result.plot(groups=5).get_xlabel() == "Predicted probability"
    plt.close("all")


def test_a_chosen_model_says_that_refits_do_not_choose_anew():
    fit = gl.logit("low ~ age + lwt + smoke + ht", gl.datasets.birthwt())
    chosen = gl.step(fit).fit
    results = [
        gl.internal_validation(chosen, replicates=20),
        gl.internal_validation(chosen, method="cv", folds=4, repeats=1),
        gl.cross_validate(chosen, folds=4, repeats=1),
        gl.roc(chosen, resampling="cv", folds=4, repeats=1),
        gl.roc(chosen, resampling="bootstrap", replicates=20),
        gl.calibration(chosen, folds=4, repeats=1),
        gl.thresholds(chosen, folds=4, repeats=1, replicates=20),
    ]
    assert [sum(note.code == "choice_not_repeated" for note in result.notes) for result in results] == [1] * len(
        results
    )
    assert not any(note.code == "choice_not_repeated" for note in gl.internal_validation(fit, replicates=20).notes)
    assert any(note.code == "post_selection" for note in gl.check(chosen).notes)


def test_the_two_intercepts_are_told_apart_on_pages():
    fit = gl.logit("low ~ age + lwt", gl.datasets.birthwt())
    assert "intercept (with slope)" in str(gl.internal_validation(fit, replicates=20))
    assert "intercept (slope 1)" in str(gl.cross_validate(fit, folds=4, repeats=1))
    assert "intercept (slope 1)" in str(gl.calibration(fit, folds=4, repeats=1))
