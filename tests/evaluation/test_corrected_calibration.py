"""Calibration less its optimism: the curve of rms on its samples, people however written down, what has no limits."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

import glmlogit as gl
from glmlogit.errors import DataError
from glmlogit.estimate.recounted import OutcomeCounts
from glmlogit.evaluation.corrected_calibration import corrected_calibration
from glmlogit.evaluation.counted import counted
from glmlogit.evaluation.judged import judged
from glmlogit.numerics import kernels
from glmlogit.resampling.bootstrap_refits import refits_of
from glmlogit.resampling.observations import observations_of
from glmlogit.scoring.probability_counts import ProbabilityCounts

RMS = json.loads((Path(__file__).parents[1] / "reference/validation.json").read_text())


def births_model():
    return gl.logit("low ~ age + lwt + C(race) + smoke + ht", gl.datasets.birthwt())


def corrected_at(fit, draws, at, smoother="lowess"):
    """The corrected curve of a model at chosen probabilities, on chosen samples."""
    observations = observations_of(fit)
    original = OutcomeCounts(observations.events, observations.nonevents)
    own = counted(judged(fit))
    at = own.p if at is None else np.array(at)
    return own, corrected_calibration(own, at, refits_of(fit, observations, draws), original, None, smoother, 0.95)


def test_the_curve_is_that_of_rms_on_the_same_samples():
    draws = [np.bincount(np.array(rows) - 1, minlength=189) for rows in RMS["samples"]]
    expected = RMS["calibrate"]
    _, result = corrected_at(births_model(), draws, expected["at"])
    # rms stops the refits of its samples at seven to eight digits.
    np.testing.assert_allclose(result.curve, expected["corrected"], rtol=1e-7)
    table = gl.calibration(births_model(), method="lowess", resampling="none").table
    apparent = np.interp(expected["at"], table["probability"], table["observed"])
    np.testing.assert_allclose(apparent, expected["apparent"], rtol=1e-9)


def test_a_sample_that_is_the_data_has_no_optimism():
    fit = births_model()
    draws = [np.ones(189, dtype=np.intp)] * 2
    own, result = corrected_at(fit, draws, None, "loess")
    apparent = gl.calibration(fit, method="loess", resampling="none")
    np.testing.assert_allclose(result.curve, apparent.table["observed"], atol=1e-9)
    held = (
        apparent.measures["estimate"].drop("spiegelhalter_z").notna().to_numpy()
    )  # which is a test, and not corrected
    held = np.append(held, False)
    np.testing.assert_allclose(result.measures[held], apparent.measures["estimate"][held], atol=1e-9)
    assert len(own.p) == len(apparent.table)


def test_measures_are_apparent_ones_less_the_mean_of_differences():
    """A slope, by hand, on three samples."""
    fit, rng = births_model(), np.random.default_rng(5)
    draws = [np.bincount(rng.integers(0, 189, 189), minlength=189) for _ in range(3)]
    _, result = corrected_at(fit, draws, None, "spline")
    frame, slopes = gl.datasets.birthwt(), []
    for times in draws:
        again = gl.logit(fit.formula, frame.loc[frame.index.repeat(times)].reset_index(drop=True))
        line = gl.logit("low ~ eta", frame.assign(eta=again.predict(frame, kind="link")))
        slopes.append(line.params["eta"] - 1)
    names = list(gl.calibration(fit, resampling="none").measures.index)
    assert result.measures[names.index("slope")] == pytest.approx(1 + np.mean(slopes), abs=1e-9)


def sample(seed: int, n: int = 90) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x, g = rng.normal(size=n).round(1), rng.integers(0, 3, n)
    y = (rng.random(n) < expit(0.3 - x)).astype(int)
    return pd.DataFrame({"x": x, "g": g, "y": y, "w": rng.integers(1, 4, n)})


@pytest.mark.parametrize("smoother", ["loess", "lowess", "spline"])
def test_rows_counts_and_trials_are_corrected_alike(smoother):
    frame = sample(3)
    repeated = frame.loc[frame.index.repeat(frame["w"])].reset_index(drop=True)
    fits = (
        gl.logit("y ~ x + C(g)", repeated),
        gl.logit("y ~ x + C(g)", frame, weights="w"),
        gl.logit("s ~ x + C(g)", frame.assign(s=frame["y"] * frame["w"]), trials="w"),
    )
    rows, *others = (
        gl.calibration(fit, resampling="bootstrap", method=smoother, replicates=20, seed=4) for fit in fits
    )
    for result in others:
        pd.testing.assert_frame_equal(result.measures, rows.measures, rtol=1e-7, atol=1e-9)
        pd.testing.assert_frame_equal(result.table, rows.table, rtol=1e-7, atol=1e-9)


def test_the_page_says_what_it_shows_and_what_has_no_limits():
    result = gl.calibration(births_model(), resampling="bootstrap", replicates=30, seed=1)
    assert result.rows == "bootstrap-corrected (30, seed 1)"
    assert result.method == "loess"
    limits = result.measures[["conf_low", "conf_high"]].notna().all(axis=1)
    assert set(result.measures.index[limits]) <= {"brier", "scaled_brier", "log_loss"}
    assert limits[["brier", "scaled_brier"]].all()
    low, high = result.measures.loc["brier", ["conf_low", "conf_high"]]
    assert low < result.measures.loc["brier", "estimate"] < high
    assert result.measures.loc[["intercept", "slope", "o_e"], "apparent"].isna().all()
    assert result.measures.loc["slope", "estimate"] < 1
    assert "optimism of refits" in str(result)
    validation = gl.internal_validation(births_model(), replicates=30, seed=1).table
    np.testing.assert_allclose(
        result.measures.loc[["brier", "scaled_brier", "slope"], "estimate"],
        validation.loc[["brier", "scaled_brier", "slope"], "corrected"],
        rtol=1e-9,
    )


def test_samples_that_separate_are_counted_and_an_infinite_loss_has_no_limits():
    result = gl.calibration(births_model(), resampling="bootstrap", seed=0)
    assert any("of 200 samples separate" in str(note) for note in result.notes)
    row = result.measures.loc["log_loss"]
    assert row["estimate"] == np.inf
    assert row[["conf_low", "conf_high"]].isna().all()


def test_groups_have_no_curve_to_correct():
    with pytest.raises(DataError, match="a bootstrap corrects a smooth curve"):
        gl.calibration(births_model(), resampling="bootstrap", method="quantile")
    with pytest.raises(DataError, match="20 or more"):
        gl.calibration(births_model(), resampling="bootstrap", replicates=3)
    with pytest.raises(DataError, match="comes with data="):
        gl.calibration(births_model(), resampling="bootstrap", weights=np.ones(189))


def test_a_penalised_fit_has_an_apparent_slope_and_a_corrected_one():
    fit = gl.firth("low ~ age + lwt + C(race) + smoke + ht", gl.datasets.birthwt())
    measures = gl.calibration(fit, resampling="bootstrap", replicates=40).measures
    assert measures.loc["slope", "estimate"] < measures.loc["slope", "apparent"]


def test_rows_of_the_fit_given_as_new_are_called_by_their_name():
    fit, frame = births_model(), gl.datasets.birthwt()
    for verb in (gl.roc, gl.precision_recall, gl.thresholds, gl.calibration, gl.gain, gl.association_measures):
        assert verb(fit, frame).rows == "apparent (training rows)", verb.__name__
    shuffled = frame.sample(frac=1, random_state=2)
    assert gl.roc(fit, shuffled).rows == "apparent (training rows)"
    assert gl.roc(fit, frame.assign(low=1 - frame["low"])).rows == "new data"
    assert gl.roc(gl.logit(fit.formula, frame[::2]), frame[1::2]).rows == "new data"


def test_a_curve_stands_between_the_probabilities_of_its_rows_only():
    from glmlogit.evaluation.corrected_calibration import fitness

    eta = np.linspace(-1, 1, 41)
    ones = np.where(np.arange(41) % 2 == 0, 1.0, 0.0)
    rows = ProbabilityCounts(ones, 1 - ones, eta, *kernels.tails(eta))
    curve = fitness(rows, expit(np.array([-2.0, 0.0, 2.0])), "loess").curve
    assert np.isnan(curve[[0, 2]]).all()
    assert curve[1] == pytest.approx(0.5, abs=0.05)
