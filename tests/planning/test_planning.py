"""Sizes and power: values to 30 digits, which are those of R's packages, laws, closed forms, what is refused."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from evaluation_models import difference, entries, values
from hypothesis import given
from hypothesis import strategies as st

import glmlogit as gl
from glmlogit.errors import DataError
from glmlogit.planning.expectations import cox_snell_of_auc, discrete, normal, slope_variance
from glmlogit.planning.sample_size import of_mape, of_margin

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "planning.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("entry", REFERENCE["sizes"], ids=lambda entry: str(entry["args"]["parameters"]))
def test_sizes_are_those_of_pmsampsize(entry):
    study = gl.sample_size(**entry["args"])
    found = [*study.table["n"], study.n, study.shrinkage, study.max_cox_snell]
    np.testing.assert_allclose(found, entry["value"], rtol=1e-14)


def test_overall_risk_and_mean_error_are_those_of_riley():
    for phi, parameters, margin, mape in REFERENCE["risks"]:
        study = gl.sample_size(int(parameters), phi, nagelkerke=0.15, mape=0.05)
        assert study.table["n"].tolist()[2:] == [math.ceil(margin), math.ceil(mape)]


def test_r2_of_an_area_is_that_of_the_integral():
    for auc, phi, r2 in REFERENCE["areas"]:
        assert cox_snell_of_auc(auc, phi) == pytest.approx(r2, rel=1e-13)
        assert gl.sample_size(5, phi, auc=auc).cox_snell == cox_snell_of_auc(auc, phi)


@pytest.mark.parametrize("key", [key for key in entries("8_validation") if ".pmsampsize." in key])
def test_sizes_are_those_of_the_references(key):
    names = {"csrsquared": "cox_snell", "nagrsquared": "nagelkerke"}
    study = gl.sample_size(**{names.get(k, k): v for k, v in entries("8_validation")[key]["args"].items()})
    numbers = [*study.table["n"], study.n, study.shrinkage, study.max_cox_snell]
    assert difference("8_validation", key, numbers) <= 1e-2


def test_sizes_before_they_are_rounded_up_are_those_of_the_references():
    table = values("8_validation", "validation.riley2020.criteria")
    sizes = [[phi, k, of_margin(phi, 0.05), of_mape(phi, int(k), 0.05)] for phi, k, *_ in table]
    assert difference("8_validation", "validation.riley2020.criteria", sizes) <= 1
    args = entries("8_validation")["validation.cstat2rsq.binormal"]["args"]
    areas = [cox_snell_of_auc(auc, phi) for auc, phi in zip(args["C"], args["phi"], strict=True)]
    assert difference("8_validation", "validation.cstat2rsq.binormal", areas) <= 1


@pytest.mark.parametrize("key", ["hsieh_normal", "hsieh_binary", "demidenko"])
def test_power_is_that_of_the_references(key):
    method, _, predictor = key.partition("_")
    numbers = []
    for entry in REFERENCE[key]:
        study = called(method, **({"predictor": predictor} if predictor else {}), **entry["args"])
        numbers.append(study.power if "n" in entry["args"] else study.n if method == "hsieh" else study.n_exact)
    assert difference("8_validation", f"validation.power.{key.replace('normal', 'continuous')}", numbers) <= 1


def called(method, risks=None, odds_ratio=None, baseline=None, **options):
    if risks is not None:
        baseline, other = risks
        odds_ratio = other / (1 - other) / (baseline / (1 - baseline))
    return gl.power(odds_ratio, baseline, method=method, **options)


@pytest.mark.parametrize("key", ["hsieh_normal", "hsieh_binary", "demidenko"])
def test_power_is_that_of_the_papers(key):
    method, _, predictor = key.partition("_")
    for entry in REFERENCE[key]:
        study = called(method, **({"predictor": predictor} if predictor else {}), **entry["args"])
        # Hsieh's tables have whole people.
        found = study.power if "n" in entry["args"] else study.n if method == "hsieh" else study.n_exact
        assert found == pytest.approx(entry["value"], rel=1e-12)


def test_variance_of_a_binary_predictor_has_a_closed_form():
    """Woolf's: the variance of a log odds ratio is the sum of inverse expected counts."""
    start, slope, share = -1.3, 0.8, 0.3
    p = 1 / (1 + np.exp(-start - slope * np.array([0.0, 1.0])))
    counts = np.array([1 - share, share]) * p * (1 - p)
    found = slope_variance(discrete(np.array([0.0, 1.0]), np.array([1 - share, share])), start, slope)
    assert found == pytest.approx((1 / counts).sum(), rel=1e-14)


@given(odds=st.floats(0.2, 8), baseline=st.floats(0.02, 0.98), n=st.integers(2, 5_000))
def test_power_rises_with_n_and_is_even(odds, baseline, n):
    less, more = gl.power(odds, baseline, n=n), gl.power(odds, baseline, n=2 * n)
    assert less.power <= more.power
    assert gl.power(1 / odds, baseline, n=n).power == pytest.approx(less.power, rel=1e-9)
    assert gl.power(1.0, baseline, n=n).power == pytest.approx(0.05, rel=1e-12)


@given(odds=st.floats(1.2, 4), baseline=st.floats(0.05, 0.6), target=st.floats(0.1, 0.99), r2=st.floats(0, 0.9))
def test_people_reach_the_power_that_was_wanted(odds, baseline, target, r2):
    study = gl.power(odds, baseline, power=target, covariates_r2=r2)
    assert study.power >= target * (1 - 1e-12)
    alone = gl.power(odds, baseline, power=target)
    assert study.n_exact == pytest.approx(alone.n_exact / (1 - r2), rel=1e-12)


@given(r2=st.floats(0.01, 0.2), parameters=st.integers(1, 60), phi=st.floats(0.05, 0.95))
def test_sizes_fall_with_r2_and_rise_with_shrinkage(r2, parameters, phi):
    study = gl.sample_size(parameters, phi, nagelkerke=r2)
    assert gl.sample_size(parameters, phi, nagelkerke=1.5 * r2).table["n"].iloc[0] <= study.table["n"].iloc[0]
    assert gl.sample_size(parameters, phi, nagelkerke=r2, shrinkage=0.95).n >= study.n
    same = gl.sample_size(parameters, phi, cox_snell=study.cox_snell)
    assert same.n == study.n


def test_a_pilot_sample_of_a_normal_predictor_is_nearly_a_normal_one():
    from scipy.special import ndtri

    x = ndtri((np.arange(200_000) + 0.5) / 200_000)
    assert gl.power(1.5, 0.2, n=300, predictor=x).power == pytest.approx(gl.power(1.5, 0.2, n=300).power, rel=1e-4)
    assert slope_variance(normal(2.0, 3.0), 0.1, 0.2) == pytest.approx(
        slope_variance(normal(), 0.1 + 0.2 * 2.0, 0.6) / 9.0, rel=1e-12
    )


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: gl.sample_size(24, 0.174), "give one of cox_snell="),
        (lambda: gl.sample_size(24, 0.174, cox_snell=0.1, auc=0.8), "2 were given"),
        (lambda: gl.sample_size(24, 0.174, cox_snell=0.7), "is it Nagelkerke's"),
        (lambda: gl.sample_size(24, 0.174, auc=0.4), "no better than chance"),
        (lambda: gl.sample_size(0, 0.174, auc=0.7), "parameters=0"),
        (lambda: gl.sample_size(3, 17.4, auc=0.7), "prevalence=17.4"),
        (lambda: gl.power(1.5, 0.2), "one of the two"),
        (lambda: gl.power(1.5, 0.2, n=10, power=0.8), "one of the two"),
        (lambda: gl.power(1.0, 0.2, power=0.8), "odds ratio of 1"),
        (lambda: gl.power(-1.0, 0.2, power=0.8), "no odds ratio"),
        (lambda: gl.power(1.5, 0.2, power=0.04), "no more than the size"),
        (lambda: gl.power(1.5, 0.2, n=0), "n=0"),
        (lambda: gl.power(1.5, 0.2, n=10, predictor="poisson"), "predictor='poisson'"),
        (lambda: gl.power(1.5, 0.2, n=10, predictor=[1.0, 1.0]), "not all the same"),
        (lambda: gl.power(1.5, 0.2, n=10, predictor="uniform", method="hsieh"), "takes any distribution"),
        (lambda: gl.power(1.5, 0.2, n=10, covariates_r2=1.0), "covariates_r2=1.0"),
    ],
)
def test_what_makes_no_sense_is_refused(call, words):
    with pytest.raises(DataError, match=words):
        call()


def test_pages_say_what_was_assumed():
    assert "4.8 of the rarer outcome" in str(gl.sample_size(24, 0.174, cox_snell=0.288))
    assert "Power: 0.8006" in str(gl.power(1.5, 0.2, power=0.8))
    assert "rough" in gl.power(20.0, 0.2, n=30).notes[0].text
    assert gl.power(1.5, 0.2, power=0.8).to_html().startswith("<div")
