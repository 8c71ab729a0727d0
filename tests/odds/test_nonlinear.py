"""Nonlinear functions of coefficients: against R's deltaMethod, and by the chain rule."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from references import REFERENCE

import glmlogit as gl
from glmlogit.errors import DataError, FormulaError

R = json.loads((REFERENCE / "nonlinear.json").read_text("utf-8"))["cases"]
BIRTHS = gl.datasets.birthwt()
FIT = gl.logit("low ~ age + lwt + smoke + race", BIRTHS)
HERE = {"b0": "Intercept", "black": "race[black]", "other": "race[other]"}


@pytest.mark.parametrize("case", R, ids=lambda case: case["text"])
def test_values_errors_and_limits_are_those_of_r(case):
    text = case["text"]
    for theirs, ours in HERE.items():
        text = text.replace(theirs, ours)
    row = gl.contrasts(FIT, text).iloc[0]
    # two fits, each accurate to some ten digits
    assert row["estimate"] == pytest.approx(case["estimate"], rel=1e-8)
    assert row["std_error"] == pytest.approx(case["std_error"], rel=1e-7)
    assert [row["conf_low"], row["conf_high"]] == pytest.approx(case["limits"], rel=1e-7)
    assert row["statistic"] == pytest.approx(row["estimate"] / row["std_error"], rel=1e-12)


@pytest.mark.parametrize("cov", ["model", "HC3"])
def test_an_exponential_is_the_odds_ratio_and_its_delta_method_error(cov):
    log = gl.contrasts(FIT, "10*age", exponentiate=False, cov=cov).iloc[0]
    ratio = gl.contrasts(FIT, "exp(10*age)", cov=cov).iloc[0]
    assert ratio["estimate"] == pytest.approx(math.exp(log["estimate"]), rel=1e-13)
    assert ratio["std_error"] == pytest.approx(math.exp(log["estimate"]) * log["std_error"], rel=1e-12)


def test_several_functions_share_a_covariance_and_an_adjustment():
    table = gl.contrasts(FIT, "exp(age)/exp(smoke), -Intercept/lwt", adjust="bonferroni", level=0.9)
    alone = gl.contrasts(FIT, "exp(age)/exp(smoke)")
    assert table["p_value"][0] == pytest.approx(min(2 * alone["p_value"][0], 1), rel=1e-12)
    assert table.covariance.to_numpy()[0, 1] != 0
    assert [note.code for note in table.notes] == ["delta_method", "adjusted"]


def test_powers_bind_before_signs_and_products():
    assert gl.contrasts(FIT, "-smoke^2")["estimate"][0] == pytest.approx(-(FIT.params["smoke"] ** 2), rel=1e-13)
    assert gl.contrasts(FIT, "2*smoke**-1")["estimate"][0] == pytest.approx(2 / FIT.params["smoke"], rel=1e-13)
    assert gl.contrasts(FIT, "exp(race[black] - race[white])")["estimate"][0] == pytest.approx(
        math.exp(FIT.params["race[T.black]"]), rel=1e-13
    )


@pytest.mark.parametrize(
    "text", ["log(age)", "sqrt(lwt)", "1/race[white]", "exp(1000000*smoke)", "race[white]^-1", "age^0.5"]
)
def test_functions_that_are_not_finite_are_undefined_with_a_reason(text):
    table = gl.contrasts(FIT, text)
    assert np.isnan(table[["estimate", "std_error", "p_value"]].to_numpy(dtype=float)).all()
    assert "not finite at the estimates" in str(table.notes[-1])


def test_infinite_and_aliased_coefficients_give_no_value():
    with pytest.warns(gl.errors.SeparationWarning):
        separated = gl.logit("HG ~ NV + PI + EH", gl.datasets.endometrial())
    table = gl.contrasts(separated, "exp(NV), exp(PI)")
    assert math.isnan(table["estimate"][0])
    assert table["std_error"][1] > 0


def test_linear_combinations_stay_odds_ratios():
    for text in ("10*age", "age/2", "(age - lwt)*3", "race[black] - race[other]"):
        assert "odds_ratio" in gl.contrasts(FIT, text)


@pytest.mark.parametrize(
    ("text", "options", "error", "message"),
    [
        ("exp(agee)", {}, FormulaError, "only linear"),
        ("age/0", {}, FormulaError, "division by 0"),
        ("exp(age)", {"exponentiate": True}, DataError, "exponentiate=True is for linear"),
        ("exp(age)", {"method": "profile"}, DataError, "method='profile' is for linear"),
        (["age", "exp(lwt)"], {}, DataError, "a call of its own"),
        ("age + 1", {}, DataError, "not one combination"),
        ("exp(age", {}, FormulaError, "exp"),
        ("2^age", {}, FormulaError, "power"),
        ("__import__('os')", {}, FormulaError, "cannot be read|no term"),
    ],
)
def test_what_cannot_be_read_is_refused(text, options, error, message):
    with pytest.raises(error, match=message):
        gl.contrasts(FIT, text, **options)
