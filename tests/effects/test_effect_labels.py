"""Effects are what their labels say: doses, attributable fractions, steps out of the data, offsets."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pandas as pd
import pytest
import references
from scipy import stats

import glmlogit as gl
from glmlogit.errors import DataError, ExtrapolationWarning, NotEstimableError, UnsupportedError

BIRTH = gl.datasets.birthwt()
R = json.loads((references.REFERENCE / "multiplicity.json").read_text())["dose"]
TRIALS = pd.DataFrame({"dose": R["dose"], "dead": R["dead"], "n": R["n"]})


def codes(found) -> list[str]:
    return [note.code for note in found.notes]


# --- doses --------------------------------------------------------------------------------------------
def test_a_dose_of_a_logarithm_has_the_exponentials_of_dose_p():
    fit = gl.logit("dead ~ log(dose)", TRIALS, trials="n")
    found = gl.effective_dose(fit, "dose", R["p"])
    np.testing.assert_allclose(np.log(found["estimate"]), R["log_dose"], rtol=1e-10)
    np.testing.assert_allclose(found["std_error_log"], R["std_error_log"], rtol=1e-9)
    np.testing.assert_allclose(found[["conf_low", "conf_high"]].T, [R["conf_low"], R["conf_high"]], rtol=1e-9)
    np.testing.assert_allclose(found["std_error"], found["estimate"] * found["std_error_log"], rtol=1e-12)


@pytest.mark.parametrize("text", ["log(dose)", "log2(dose)", "log10(dose)", "I(3 * log(dose) - 1)"])
@pytest.mark.parametrize("method", ["delta", "fieller"])
def test_limits_do_not_depend_on_how_the_logarithm_is_written(text, method):
    logged = gl.logit("dead ~ l", TRIALS.assign(l=np.log(TRIALS["dose"])), trials="n")
    known = gl.effective_dose(logged, "l", [0.2, 0.5], method=method)
    found = gl.effective_dose(gl.logit(f"dead ~ {text}", TRIALS, trials="n"), "dose", [0.2, 0.5], method=method)
    np.testing.assert_allclose(np.log(found[["conf_low", "conf_high"]]), known[["conf_low", "conf_high"]], rtol=1e-8)
    assert (found["conf_low"] > 0).all()


@pytest.mark.parametrize(
    ("text", "u"),
    [("sqrt(dose)", np.sqrt), ("exp(dose / 10)", lambda x: np.exp(x / 10)), ("I(1/dose)", lambda x: -1 / x)],
)
def test_limits_are_symmetric_where_the_variable_enters(text, u):
    found = gl.effective_dose(gl.logit(f"dead ~ {text}", TRIALS, trials="n"), "dose", [0.4, 0.5])
    inside = np.isfinite(found["conf_high"])
    low, here, high = (u(found.loc[inside, name]) for name in ("conf_low", "estimate", "conf_high"))
    np.testing.assert_allclose(here - low, high - here, rtol=1e-7)
    assert inside.any()


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95, 0.999])
@pytest.mark.parametrize("formula", ["low ~ ftv", "low ~ age", "low ~ log(lwt)", "low ~ lwt"])
def test_fieller_holds_what_the_band_does_not_exclude(formula, level):
    """The set by its definition, on a grid: values where logit p lies within the band of the linear predictor."""
    fit = gl.logit(formula, BIRTH)
    name = fit.design.terms[1].variables[0]
    (row,) = gl.effective_dose(fit, name, 0.3, method="fieller", level=level).to_dict("records")
    found = gl.effective_dose(fit, name, 0.3, method="fieller", level=level)
    grid = pd.DataFrame({name: np.exp(np.linspace(-3, 8, 400))})
    band = fit.predict(grid, kind="link", interval="confidence", level=level)
    target = np.log(0.3 / 0.7)
    held = ((band["conf_low"] <= target) & (target <= band["conf_high"])).to_numpy()
    x = grid[name].to_numpy()
    inside = (x >= row["conf_low"]) & (x <= row["conf_high"])
    if not any(n.code == "fieller" for n in found.notes):
        assert (held == inside).all()
    else:
        assert inside.all()
        assert held.all() == ("It holds all values" in found.notes[-1].text)


def test_a_slope_that_is_not_significant_is_told():
    fit = gl.logit("low ~ ftv", BIRTH)
    assert "slope" in codes(gl.effective_dose(fit, "ftv", 0.3))
    assert "slope" not in codes(gl.effective_dose(gl.logit("low ~ lwt", BIRTH), "lwt", 0.3))


def test_a_curve_that_touches_a_probability_twice_within_a_step_of_the_search():
    """η = 40 − 4(x − 5.00213)² around its top: p is reached on both sides within 1/200 of the range."""
    rng = np.random.default_rng(4)
    x = rng.uniform(0, 10, 400)
    y = (rng.random(400) < 1 / (1 + np.exp(-(1.5 - 0.25 * (x - 5) ** 2)))).astype(int)
    fit = gl.logit("y ~ x + I(x^2)", {"x": x, "y": y})
    b = fit.params.to_numpy()
    top = -b[1] / (2 * b[2])
    grid = np.linspace(x.min(), x.max(), 201)
    cell = grid[np.searchsorted(grid, top) - 1 :][:2]
    beside = min(fit.predict(pd.DataFrame({"x": [c]}), kind="link").item() for c in cell)
    highest = fit.predict(pd.DataFrame({"x": [top]}), kind="link").item()
    higher = max(fit.predict(pd.DataFrame({"x": [c]}), kind="link").item() for c in cell)
    between = 1 / (1 + np.exp(-(higher + highest) / 2))
    assert beside <= higher < highest
    with pytest.raises(NotEstimableError, match="at 2 values of x"):
        gl.effective_dose(fit, "x", float(between))


def test_clusters_widen_doses_by_t():
    data = BIRTH.assign(c=np.arange(189) % 8)
    fit = gl.logit("low ~ log(lwt)", data, cluster="c")
    found = gl.effective_dose(fit, "lwt", 0.3)
    half = stats.t.isf(0.025, 7) * found["std_error_log"]
    np.testing.assert_allclose(np.log(found["conf_high"] / found["estimate"]), half, rtol=1e-9)


# --- attributable fractions ---------------------------------------------------------------------------
@pytest.mark.parametrize("weights", [{}, {"weights": "n"}])
def test_a_fraction_of_a_factor_is_that_of_its_level(weights):
    data = BIRTH.assign(n=1 + np.arange(189) % 3)
    fit = gl.logit("low ~ race + age + lwt", data, **weights)
    n = data["n"] if weights else np.ones(len(data))
    found = fit.comparisons("race", "attributable_fraction")
    observed = np.average(fit.predict(data), weights=n)
    for row in found.to_dict("records"):
        level = row["contrast"].split(" - ")[0]
        moved = data.assign(race=data["race"].where(data["race"] != level, "white"))
        removed = np.average(fit.predict(moved), weights=n)
        assert row["estimate"] == pytest.approx(1 - removed / observed, rel=1e-12)
        assert (row["risk_observed"], row["risk_reference"]) == pytest.approx((observed, removed), rel=1e-12)
    everybody = 1 - np.average(fit.predict(data.assign(race="white")), weights=n) / observed
    assert found["estimate"].sum() == pytest.approx(everybody, rel=1e-11)
    assert "risk_exposed" not in found


def test_a_fraction_of_two_levels_is_that_of_everybody_at_the_reference():
    fit = gl.logit("low ~ smoke + age", BIRTH)
    found = fit.comparisons("smoke", "attributable_fraction", population="exposed")
    exposed = BIRTH[BIRTH["smoke"] == 1]
    assert found["estimate"].item() == pytest.approx(
        1 - fit.predict(exposed.assign(smoke=0)).mean() / fit.predict(exposed).mean(), rel=1e-12
    )
    derivative = (
        pd.Series([_fraction(fit, j, 1e-5) - _fraction(fit, j, -1e-5) for j in range(3)], index=fit.params.index) / 2e-5
    )
    error = np.sqrt(derivative @ fit.cov_params() @ derivative)
    assert found["std_error"].item() == pytest.approx(error, rel=1e-7)  # central differences with a step of 1e-5


def _fraction(fit: gl.Fit, j: int, step: float) -> float:
    b = fit.params.to_numpy() + step * (np.arange(3) == j)
    age = BIRTH.loc[BIRTH["smoke"] == 1, "age"].to_numpy()
    p = [1 / (1 + np.exp(-(b[0] + b[1] * smoke + b[2] * age))) for smoke in (0, 1)]
    return 1 - p[0].mean() / p[1].mean()


@pytest.mark.parametrize(
    "options",
    [
        {"variable": "age"},
        {"variable": "lwt", "contrast": -20},
        {"variable": "smoke", "population": "unexposed"},
        {"variable": "age", "contrast": (29.5, 20)},
    ],
)
def test_fractions_that_are_zero_by_construction_are_refused(options):
    fit = gl.logit("low ~ age + lwt + smoke", BIRTH)
    with pytest.raises(DataError, match="0 whatever the data"):
        fit.comparisons(estimand=["risk_ratio", "attributable_fraction"], **options)


# --- out of the data ----------------------------------------------------------------------------------
@pytest.mark.parametrize("formula", ["low ~ age", "low ~ bs(age, df=5)"])
def test_a_step_out_of_the_data_is_told_with_its_rows(formula):
    found = gl.logit(formula, BIRTH).comparisons("age", contrast=20)
    (text,) = [note.text for note in found.notes if note.code == "extrapolation"]
    beyond = int((BIRTH["age"] + 20 > BIRTH["age"].max()).sum())
    assert f"{beyond} of 189 rows ({100 * beyond / 189:.0f} %)" in text
    assert "extrapolation" not in codes(gl.logit(formula, BIRTH).comparisons("age", contrast=(30, 20)))


def test_changes_by_one_and_tables_of_points_are_told():
    fit = gl.logit("low ~ ftv + age", BIRTH)
    assert "extrapolation" in codes(fit.margins("ftv", discrete="ftv"))
    assert "extrapolation" in codes(gl.predictions(fit, pd.DataFrame({"ftv": [0, 1], "age": [30, 80]})))
    assert "extrapolation" not in codes(gl.predictions(fit, pd.DataFrame({"ftv": [0, 1], "age": [30, 20]})))


@pytest.mark.parametrize("text", ["ns(age, df=3)", "bs(age, df=5)", "poly(age, 2)", "age + I(age^2)", "rcs(age, 4)"])
def test_predictions_beyond_a_curve_warn_once_with_the_rows(text):
    fit = gl.logit(f"low ~ {text} + smoke", BIRTH)
    new = pd.DataFrame({"age": [20.0, 60.0, 70.0, np.nan], "smoke": 1})
    with pytest.warns(ExtrapolationWarning, match=r"age lies outside 14 to 45 in rows 1, 2") as caught:
        fit.predict(new)
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit.predict(new.iloc[:1])
        gl.logit("low ~ age + smoke", BIRTH).predict(new)


# --- offsets ------------------------------------------------------------------------------------------
OFFSET = pd.DataFrame({"y": np.tile([0, 1, 1, 0, 1], 20), "x": np.arange(100) % 7, "t": 1 + np.arange(100) % 4})
EXPOSED = gl.logit("y ~ x + offset(log(t))", OFFSET)


def test_an_offset_is_no_effect():
    assert EXPOSED.margins()["variable"].tolist() == ["x"]
    assert [name for name, _ in EXPOSED.interpret().sentences] == ["x"]
    for call in (
        lambda: EXPOSED.margins("t"),
        lambda: EXPOSED.comparisons("t", contrast=(2, 1)),
        lambda: gl.interpret(EXPOSED, "t"),
        lambda: gl.stratum_odds_ratios(EXPOSED, "t"),
        lambda: gl.second_differences(EXPOSED, "t", "x"),
        lambda: gl.effective_dose(EXPOSED, "t"),
    ):
        with pytest.raises(UnsupportedError, match="fixed by the offset"):
            call()
    with pytest.raises(UnsupportedError, match=r"at=\{'t': \[...\]\}"):
        EXPOSED.margins("t")


def test_an_offset_may_be_set_and_a_variable_beside_it_stays():
    assert len(gl.predictions(EXPOSED, {"t": [1, 4]})) == 2
    assert EXPOSED.margins("x", at={"t": [1, 4]})["t"].tolist() == [1, 4]
    both = gl.logit("y ~ x + t + offset(log(t))", OFFSET)
    assert both.margins()["variable"].tolist() == ["x", "t"]


# --- at the medians -----------------------------------------------------------------------------------
@pytest.mark.parametrize("weights", [{}, {"weights": "n"}])
def test_effects_at_the_medians_are_those_of_that_row(weights):
    data = BIRTH.assign(n=1 + np.arange(189) % 3)
    rows = data.loc[data.index.repeat(data["n"])] if weights else data
    fit = gl.logit("low ~ age + lwt*race + smoke", data, **weights)
    point = pd.DataFrame({name: [rows[name].median()] for name in ("age", "lwt", "smoke")}).assign(race="white")
    found, known = fit.margins(at="median"), fit.margins(at=point)
    np.testing.assert_allclose(found[["estimate", "std_error"]], known[["estimate", "std_error"]], rtol=1e-12)
    assert gl.predictions(fit, "median")["estimate"].item() == pytest.approx(fit.predict(point).item(), rel=1e-12)
