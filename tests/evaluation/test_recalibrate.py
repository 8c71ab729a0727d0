"""Recalibration: values of the references, identities, hostile rows, and the rows a model was fitted to."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from evaluation_models import FORMULAS, data, developed, difference, entries, fitted, hostile, values
from scipy.special import expit, logit

import glmlogit as gl
from glmlogit.errors import DataError
from glmlogit.scoring.logistic_lines import maximised

MODELS = sorted({key.split(".")[1] for key in entries("6_calibration")})
METHODS = ("logistic", "platt", "isotonic", "temperature", "beta", "intercept")


def arrays(model: str) -> tuple[np.ndarray, np.ndarray]:
    name, kind = model.rsplit("_", 1)
    fit, frame = (fitted(name), data(name)) if kind == "insample" else developed(name)
    return frame[FORMULAS[name].split(" ~")[0]].to_numpy(), fit.predict(frame).to_numpy()


@pytest.mark.parametrize("model", MODELS)
def test_parameters_are_those_of_the_references(model):
    y, p = arrays(model)
    for method, names in (("platt", ["a", "b"]), ("beta", ["a", "b", "c"]), ("temperature", ["temperature"])):
        ours = gl.recalibrate(y=y, p=p, method=method).parameters
        expected = values("6_calibration", f"calibration.{model}.{method}")
        np.testing.assert_allclose(ours["estimate"][names], expected[: len(names)], rtol=1e-9, atol=1e-12)
        if method != "temperature":  # whose entry has the loss too: in test_calibration
            assert difference("6_calibration", f"calibration.{model}.{method}", ours["estimate"][names]) <= 1
    np.testing.assert_allclose(ours["std_error"], expected[1], rtol=1e-9)
    expected = values("6_calibration", f"calibration.{model}.slope")
    ours = gl.recalibrate(y=y, p=p).parameters
    np.testing.assert_allclose(ours.loc["slope"], expected[:2], rtol=1e-9)
    np.testing.assert_allclose(ours.loc["intercept"], expected[6:8], rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("model", MODELS)
def test_platt_is_nearer_to_the_maximum_than_the_peer(model):
    y, p = arrays(model)
    expected = values("6_calibration", f"calibration.{model}.platt_sklearn")
    np.testing.assert_allclose(gl.recalibrate(y=y, p=p, method="platt").parameters["estimate"], expected, rtol=1e-9)
    ours = gl.recalibrate(y=y, p=p, method="platt").parameters["estimate"]
    assert difference("6_calibration", f"calibration.{model}.platt_sklearn", ours) <= 1


def sample(seed: int, n: int = 150) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    eta = rng.normal(size=n).round(2)
    return (rng.random(n) < expit(0.4 + 0.6 * eta)).astype(int), expit(eta)


@pytest.mark.parametrize("seed", range(4))
def test_recalibrated_probabilities_are_calibrated(seed):
    y, p = sample(seed)
    result = gl.recalibrate(y=y, p=p)
    again = gl.recalibrate(y=y, p=result.predict(p)).parameters["estimate"]
    np.testing.assert_allclose(again, [0, 1], atol=1e-9)
    large = gl.recalibrate(y=y, p=p, method="intercept").predict(p)
    np.testing.assert_allclose(large.sum(), y.sum(), rtol=1e-10)
    level = gl.recalibrate(y=y, p=p, method="isotonic").predict(p)
    np.testing.assert_allclose(level.sum(), y.sum(), rtol=1e-10)


@pytest.mark.parametrize("seed", range(4))
def test_maps_are_related(seed):
    y, p = sample(seed)
    scale = gl.recalibrate(y=y, p=p, method="temperature").parameters.loc["temperature", "estimate"]
    wider = gl.recalibrate(y=y, p=expit(3 * logit(p)), method="temperature").parameters.loc["temperature", "estimate"]
    np.testing.assert_allclose(wider, 3 * scale, rtol=1e-9)
    beta = gl.recalibrate(y=y, p=p, method="beta").parameters["estimate"]
    assert (beta[["a", "b"]] >= 0).all()
    there = gl.recalibrate(y=y, p=p, method="prior", prevalence=0.05).predict(p)
    shift = logit(0.05) - logit(y.mean())
    np.testing.assert_allclose(logit(there), logit(p) + shift, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_beta_with_equal_parts_is_logistic(seed):
    y, p = sample(seed)
    line = gl.recalibrate(y=y, p=p).parameters["estimate"]
    # a·ln p − a·ln(1 − p) + c is a slope on the log-odds.
    columns = np.column_stack([np.ones(len(p)), np.log(p) - np.log1p(-p)])
    best = maximised(columns, y.astype(float), 1.0 - y, None, np.zeros(2)).beta
    np.testing.assert_allclose(best, line, rtol=1e-9, atol=1e-12)
    beta = gl.recalibrate(y=y, p=p, method="beta")
    assert beta.before_after.loc["log_loss", "after"] <= gl.recalibrate(y=y, p=p).before_after.loc["log_loss", "after"]


def test_separated_scores_leave_platt_alone_finite():
    given, expect = hostile("A27")
    y, p = given["y"], expit(given["eta"])
    platt = gl.recalibrate(y=y, p=p, method="platt").parameters["estimate"]
    np.testing.assert_allclose(platt["a"], expect["platt_A"], rtol=1e-12)
    assert abs(platt["b"]) < 1e-15
    scale = gl.recalibrate(y=y, p=p, method="temperature")
    assert scale.parameters.loc["temperature", "estimate"] == 0
    assert "separate" in scale.reason
    line = gl.recalibrate(y=y, p=p)
    assert line.parameters.loc["slope", "estimate"] == np.inf
    assert "separated" in line.reason
    assert np.isnan(line.predict([0.5])).all()
    assert "no map" in str(line)


def test_probabilities_that_point_the_wrong_way_have_no_temperature():
    y, p = sample(2)
    result = gl.recalibrate(y=y, p=1 - p, method="temperature")
    assert np.isnan(result.parameters.loc["temperature", "estimate"])
    assert "wrong way" in result.reason


@pytest.mark.parametrize("method", METHODS)
def test_training_rows_are_refused(method):
    fit, _ = developed("birthwt")
    training = data("birthwt")[::2]
    for rows in (training, training[:40], training.sample(frac=1, random_state=1)):
        with pytest.raises(DataError, match="fitted to"):
            gl.recalibrate(fit, rows, method=method)
    with pytest.raises(DataError, match="resampling='cv'"):
        gl.recalibrate(fit, method=method)


@pytest.mark.parametrize("method", METHODS)
def test_new_rows_and_out_of_fold_probabilities_serve(method):
    fit, frame = developed("birthwt")
    result = gl.recalibrate(fit, frame, method=method)
    np.testing.assert_allclose(result.predict(frame), result.predict(fit.predict(frame)), rtol=1e-10)
    assert result.predict(frame).index.equals(frame.index)
    assert gl.recalibrate(fit, method=method, resampling="cv", folds=3, repeats=1).rows.startswith("out of fold")
    assert np.isnan(result.predict([0.2, np.nan])).tolist() == [False, True]


def test_new_rows_of_few_patterns_are_not_taken_for_old_ones():
    frame = data("birthwt6")
    fit = gl.logit(FORMULAS["birthwt6"], frame[::2])
    assert gl.recalibrate(fit, frame[1::2]).rows == "new data"


@pytest.mark.parametrize("method", METHODS)
def test_weights_are_repeated_rows(method):
    y, p = sample(3)
    w = 1 + np.arange(len(y)) % 3
    counts = gl.recalibrate(y=y, p=p, weights=w, method=method)
    rows = gl.recalibrate(y=np.repeat(y, w), p=np.repeat(p, w), method=method)
    pd.testing.assert_frame_equal(counts.parameters, rows.parameters, rtol=1e-8)
    pd.testing.assert_frame_equal(counts.before_after, rows.before_after, rtol=1e-8)


def test_what_is_no_probability_and_no_table_is_refused():
    y, p = sample(4)
    result = gl.recalibrate(y=y, p=p)
    for value in ([0.2, 1.4], pd.DataFrame({"x": [1]}), "p"):
        with pytest.raises(DataError):
            result.predict(value)
    for options in ({"method": "prior"}, {"prevalence": 0.1}, {"method": "prior", "prevalence": 1.0}, {"method": "x"}):
        with pytest.raises(DataError):
            gl.recalibrate(y=y, p=p, **options)


def test_ends_of_the_scale_stay_where_they_are():
    y, p = sample(5)
    for method in ("logistic", "platt", "temperature", "intercept"):
        np.testing.assert_array_equal(gl.recalibrate(y=y, p=p, method=method).predict([0.0, 1.0]), [0, 1])


def test_pages_say_what_was_done(tmp_path):
    fit, frame = developed("birthwt")
    result = gl.recalibrate(fit, frame, method="beta")
    assert "beta calibration" in str(result)
    assert "<table" in result.to_html()
    result.write(tmp_path / "map.md")
    assert "new data" in (tmp_path / "map.md").read_text()


def test_isotonic_levels_are_those_of_the_knots():
    rng = np.random.default_rng(5)
    p = np.sort(rng.uniform(1e-9, 1 - 1e-9, 200))
    y = (rng.random(200) < p).astype(int)
    fitted = gl.recalibrate(y=y, p=p, method="isotonic")
    assert len(np.unique(fitted.predict(p=p))) == fitted.parameters.loc["levels", "estimate"]


@pytest.mark.parametrize("method", ["logistic", "platt", "beta", "temperature", "intercept"])
def test_the_unit_of_sampling_weights_is_no_part_of_a_map(method):
    random = np.random.default_rng(1)
    p, w = random.uniform(0.1, 0.9, 80), random.uniform(0.5, 3, 80)
    y = random.random(80) < p**2
    maps = [gl.recalibrate(y=y, p=p, method=method, weights=w * unit, weight_type="sampling") for unit in (1, 1000)]
    pd.testing.assert_frame_equal(maps[0].parameters, maps[1].parameters, rtol=1e-9)
    assert maps[0].parameters["std_error"].isna().all()
    once = gl.recalibrate(y=y, p=p, method=method).parameters
    same = gl.recalibrate(y=y, p=p, method=method, weights=np.full(80, 7.0), weight_type="sampling").parameters
    pd.testing.assert_series_equal(once["estimate"], same["estimate"], rtol=1e-9)


def test_the_unit_of_sampling_weights_is_no_part_of_any_measure():
    random = np.random.default_rng(2)
    p, w = random.uniform(0.1, 0.9, 80).round(2), random.uniform(0.5, 3, 80)
    y = random.random(80) < p
    one, other = ({"y": y, "p": p, "weights": w * unit, "weight_type": "sampling"} for unit in (1, 7.3))
    pd.testing.assert_frame_equal(gl.calibration(**one).measures, gl.calibration(**other).measures, rtol=1e-9)
    tables = [gl.classification(**rows).table for rows in (one, other)]
    pd.testing.assert_frame_equal(*tables, rtol=1e-9)
    assert math.isnan(tables[0].loc["haldane_odds_ratio", "estimate"])
