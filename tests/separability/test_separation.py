"""Separation in fits: verdicts, limiting models, what every verb says of an infinite estimate."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import mpmath as mp
import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.errors import DataError, SeparationWarning
from glmlogit.fitting import limiting
from glmlogit.fitting.control import Control
from glmlogit.fitting.maximise import maximise
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.separability.recession import recession

HERE = Path(__file__).parents[1]
TRUTH = {
    name: one
    for name, one in json.loads((HERE / "reference" / "separation_truth.json").read_text()).items()
    if one["kind"] != "multinomial"
}
LIMITING = json.loads((HERE / "reference" / "limiting.json").read_text())["sets"]
# Outcomes between 0 and 1 without trials are refused; the rest of its story is a pair of weighted rows.
FRACTIONAL = "S59_two_fractional_rows"
MORE_COLUMNS_THAN_ROWS = "S13_p_gt_n"
ENDO = gl.datasets.load("endometrial")


def design(name: str) -> gl.Design:
    d = pd.read_csv(HERE / "data" / "separation" / f"{name}.csv")
    if name == FRACTIONAL:
        events = d.assign(w=d["y"], y=1)
        d = pd.concat([events, d.assign(w=1 - d["y"], y=0)]).reset_index(drop=True)
    kind = {"weight_type": "precision", "weights": d["w"]} if "w" in d else {}
    columns = d[TRUTH[name]["regressors"]]
    return gl.design_arrays(d["y"], columns, trials=d.get("m"), offset=d.get("offset"), **kind)


def quiet_fit(rows: gl.Design) -> gl.Fit:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", gl.errors.GlmlogitWarning)
        return gl.logit(rows)


@pytest.mark.parametrize("name", TRUTH)
def test_verdict(name):
    report, truth = gl.separation(design(name)), TRUTH[name]
    assert report.kind == truth["separation"]
    expected = {term: truth["coef"].get(term, "aliased") for term in truth["regressors"]}
    assert report.coefficients.to_dict() == expected
    if name != FRACTIONAL:  # its rows are numbered otherwise here
        assert report.rows.tolist() == (truth["separated_rows"] or [])


@pytest.mark.parametrize("name", LIMITING)
def test_finite_coefficients_are_those_of_the_limiting_model(name):
    fit, truth = quiet_fit(design(name)), LIMITING[name]
    assert fit.maximum.reached
    for term, value in truth["params"].items():
        error = mp.mpf(truth["bse"][term])
        assert abs(mp.mpf(float(fit.params[term])) - mp.mpf(value)) / error < 1e-14
        assert abs(mp.mpf(float(fit.bse[term])) / error - 1) < 1e-13
    # a likelihood of 0 (nothing left to fit) is exactly 0
    assert fit.maximum.value == pytest.approx(float(truth["llf_kernel"]), rel=1e-14, abs=1e-300)


@pytest.mark.parametrize("name", [n for n, one in TRUTH.items() if one["separation"] == "none"])
def test_no_false_alarm(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error", SeparationWarning)
        warnings.simplefilter("ignore", gl.errors.CollinearityWarning)
        assert gl.logit(design(name)).converged


@pytest.mark.parametrize("name", [n for n, one in TRUTH.items() if one["separation"] != "none"])
def test_separated_fits_say_so_everywhere(name):
    if name == MORE_COLUMNS_THAN_ROWS:
        with pytest.raises(DataError, match="6 rows cannot determine 9 coefficients"):
            gl.logit(design(name))
        return
    rows = design(name)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit = gl.logit(rows)
    assert sum(w.category is SeparationWarning for w in caught) == 1
    assert fit.status is gl.Status.SEPARATED
    states = fit.separation.coefficients
    for term, state in states.items():
        value = fit.params[term]
        assert (value == np.inf) == (state == "+inf")
        assert (value == -np.inf) == (state == "-inf")
        assert np.isnan(value) == (state in ("indeterminate", "aliased"))
        assert np.isnan(fit.bse[term]) == (state != "finite")
        assert np.isnan(fit.pvalues[term]) == (state != "finite")
    assert any(note.code == "separation" for note in fit.notes)
    table = fit.augment()
    perfect = np.isin(rows.positions, fit.separation.rows)
    assert table["fitted"][perfect].isin([0.0, 1.0]).all()
    assert np.isinf(table["linear_predictor"][perfect]).all()
    assert (table.loc[perfect, ["resid_pearson", "resid_deviance", "hat"]] == 0).all(axis=None)
    assert np.isfinite(table["linear_predictor"][~perfect]).all()
    assert len(str(fit.summary())) > 200
    np.testing.assert_array_equal(np.isnan(fit.cov_params("HC0").to_numpy().diagonal()), states != "finite")


def test_the_certificate_decides_ordinary_data_without_a_linear_program(monkeypatch):
    """No linear program for any reference model that overlaps."""
    import references

    calls = []
    monkeypatch.setattr(limiting, "recession", lambda *a, **k: calls.append(1) or recession(*a, **k))
    for case in references.cases():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", gl.errors.CollinearityWarning)
            gl.logit(case.formula, case.frame, **case.options)
    assert calls == []


def test_the_certificate_never_fires_on_separated_data():
    """Whatever rounding made of the iteration: without the certificate's bound S35 passes for converged."""
    for name, truth in TRUTH.items():
        if truth["separation"] != "none":
            rows = design(name)
            assert maximise(BinaryLogit(rows), None, Control()).cone is not None, name


def test_reports_in_the_words_of_the_data():
    report = gl.separation(gl.design("HG ~ NV + PI + EH", ENDO))
    assert report.explain().startswith("All 13 rows with NV = 1 had HG = 1.")
    assert "gl.firth" in report.explain()
    dose = pd.DataFrame({"dose": [1.0, 2, 3, 4, 5, 6], "dead": [0, 0, 0, 1, 1, 1]})
    assert "dose of at least 4 had dead = 1, every row with at most 3 had dead = 0" in str(
        gl.separation(gl.design("dead ~ dose", dose))
    )
    assert gl.separation(gl.design("low ~ age", gl.datasets.load("birthwt"))).explain().startswith("No separation")
    with pytest.raises(DataError, match="DataFrame"):
        gl.separation(dose)


def test_report_of_a_fit_is_that_of_its_design():
    rows = gl.design("HG ~ NV + PI + EH", ENDO)
    with pytest.warns(SeparationWarning):
        fit = gl.logit(rows)
    for report in (gl.separation(fit), fit.separation, gl.firth(rows).separation, gl.separation(rows)):
        assert report.kind == "quasi"
        assert report.coefficients["NV"] == "+inf"
        assert len(report.rows) == 13


def test_labels_of_separated_rows_are_positions_in_the_data_given():
    shifted = pd.concat([ENDO.assign(PI=np.nan)[:5], ENDO], ignore_index=True)
    report = gl.separation(gl.design("HG ~ NV + PI + EH", shifted))
    assert set(shifted["NV"].iloc[report.rows]) == {1}
    assert report.rows.min() >= 5


def test_likelihood_ratio_tests_use_the_supremum():
    with pytest.warns(SeparationWarning):
        big = gl.logit("HG ~ NV + PI + EH", ENDO)
    small = gl.logit("HG ~ PI + EH", ENDO)
    result = gl.lr_test(big, small)
    assert result.df == 1
    assert result.statistic == pytest.approx(2 * (big.llf - small.llf))
    assert gl.drop1(big).loc["NV", "statistic"] == pytest.approx(result.statistic, rel=1e-12)
    assert big.test("NV = 0", "lr").statistic == pytest.approx(result.statistic, rel=1e-12)
    assert "+inf" in big.test("NV = 0").reason
    score = big.test("NV = 0", "score").statistic
    assert gl.drop1(big, test="score").loc["NV", "statistic"] == pytest.approx(score, rel=1e-10)


def test_predictions_beyond_a_separation():
    dose = pd.DataFrame({"dose": [1.0, 2, 3, 4, 5, 6], "dead": [0, 0, 0, 1, 1, 1]})
    with pytest.warns(SeparationWarning):
        fit = gl.logit("dead ~ dose", dose)
    new = fit.predict(pd.DataFrame({"dose": [0.5, 3.0, 3.5, 4.0, 9.0, np.nan]}))
    np.testing.assert_array_equal(new, [0.0, 0.0, np.nan, 1.0, 1.0, np.nan])
    with pytest.warns(SeparationWarning):
        quasi = gl.logit("HG ~ NV + PI + EH", ENDO)
    rows = pd.DataFrame({"NV": [0, 1], "PI": [10, 10], "EH": [1.0, 1.0]})
    limiting = gl.logit("HG ~ PI + EH", ENDO[ENDO["NV"] == 0])
    ours = quasi.predict(rows, interval="confidence")
    assert ours["estimate"].tolist() == [pytest.approx(limiting.predict(rows)[0], rel=1e-12), 1.0]
    assert np.isnan(ours["std_error"][1])


def test_a_million_rows_cost_no_linear_program():
    rng = np.random.default_rng(5)
    X = np.column_stack([np.ones(200_000), rng.normal(size=(200_000, 4))])
    y = (rng.random(200_000) < 1 / (1 + np.exp(-X @ [-3, 1, 0, 0.5, -1]))).astype(float)
    assert maximise(BinaryLogit(gl.design_arrays(y, X)), None, Control()).cone is None


def test_grouped_and_weighted_rows():
    grouped = pd.DataFrame({"x": [0, 1, 2], "events": [2, 5, 9], "others": [3, 4, 0]})
    with_zero = gl.separation(gl.design("cbind(events, others) ~ C(x)", grouped))
    assert with_zero.coefficients.to_dict() == {"Intercept": "finite", "C(x)[T.1]": "finite", "C(x)[T.2]": "+inf"}
    assert with_zero.rows.tolist() == [2]
    weighted = ENDO.assign(w=np.where((ENDO["NV"] == 1) & (ENDO.index == ENDO.index[ENDO["NV"] == 1][0]), 0, 1))
    assert gl.separation(gl.design("HG ~ NV + PI + EH", weighted, weights="w")).kind == "quasi"


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("event", [1, 0])
def test_a_threshold_that_separates_one_side_is_said_in_its_direction(sign, event):
    """Without the substance both outcomes occur; with it, in whichever dose, one."""
    dose = sign * np.array([0.0, 0.0, 0.0, 0.0, 5.0, 6.0, 7.5])
    data = pd.DataFrame({"y": [0, 1, 0, 1, event, event, event], "dose": dose})
    with pytest.warns(SeparationWarning):
        text = str(gl.separation(gl.logit("y ~ dose", data)))
    where = "at least 5" if sign > 0 else "at most -5"
    assert f"Every row with dose of {where} had y = {event}." in text
