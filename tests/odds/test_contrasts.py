"""Contrasts by name, all pairs of a factor, odds ratios within strata, effective doses, case-control correction."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import references
from scipy import stats

import glmlogit as gl
from glmlogit.errors import (
    CollinearityWarning,
    DataError,
    FormulaError,
    NotEstimableError,
    SeparationWarning,
    UnsupportedError,
)
from glmlogit.numerics.tails import range_pvalue, range_quantile

BIRTH = gl.datasets.birthwt()
FIT = gl.logit("low ~ age + lwt + C(race) + smoke", BIRTH)
CROSSED = gl.logit("low ~ C(race) * smoke + age * lwt", BIRTH)


# --- by name ----------------------------------------------------------------------------------------
def test_levels_by_name_are_differences_of_coefficients():
    found = gl.contrasts(FIT, "race[black] - race[other], 10*age, race[white]")
    b, V = FIT.params, FIT.cov_params()
    black, other = "C(race)[T.black]", "C(race)[T.other]"
    expected = b[black] - b[other]
    error = np.sqrt(V.loc[black, black] + V.loc[other, other] - 2 * V.loc[black, other])
    assert found["odds_ratio"][0] == pytest.approx(np.exp(expected), rel=1e-13)
    assert found["conf_low"][0] == pytest.approx(np.exp(expected - 1.959963984540054 * error), rel=1e-12)
    assert found["odds_ratio"][1] == pytest.approx(
        FIT.odds_ratios(units={"age": 10}).loc["age", "odds_ratio"], rel=1e-13
    )
    assert found["odds_ratio"][2] == 1.0
    assert found["contrast"].tolist() == ["race[black] - race[other]", "10*age", "race[white]"]


def test_reference_level_and_coding_do_not_matter_to_a_contrast():
    for coding in ("C(race, Sum)", "relevel(race, 'other')", "C(race, Treatment('black'))"):
        other = gl.logit(f"low ~ age + lwt + {coding} + smoke", BIRTH)
        a = gl.contrasts(FIT, "race[black] - race[other]")
        b = gl.contrasts(other, "race[black] - race[other]")
        np.testing.assert_allclose(a["odds_ratio"], b["odds_ratio"], rtol=1e-12)
        np.testing.assert_allclose(a["conf_low"], b["conf_low"], rtol=1e-12)


def test_matrix_and_log_odds():
    rows = np.zeros((2, len(FIT.params)))
    rows[0, 1], rows[1, [3, 4]] = 5.0, [1.0, -1.0]
    found = gl.contrasts(FIT, rows, exponentiate=False)
    assert list(found) == ["contrast", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high"]
    assert found["contrast"].tolist() == ["5*age", "C(race)[T.black] - C(race)[T.other]"]
    np.testing.assert_allclose(found["estimate"], rows @ FIT.params, rtol=1e-13)
    V = rows @ FIT.cov_params().to_numpy() @ rows.T
    np.testing.assert_allclose(found.covariance, V, rtol=1e-11)
    assert found.test([1, 1]).df == 1


def test_a_main_effect_inside_an_interaction_says_where_it_holds():
    note = next(n.text for n in gl.contrasts(CROSSED, "smoke").notes if n.code == "interaction")
    assert "C(race):smoke" in note
    assert "race" in note
    assert not gl.contrasts(FIT, "smoke").notes
    whole = gl.contrasts(CROSSED, "smoke + C(race)[T.black]:smoke")
    assert not whole.notes
    within = gl.stratum_odds_ratios(CROSSED, "smoke", {"race": "black"})
    assert whole["odds_ratio"].item() == pytest.approx(within["odds_ratio"].item(), rel=1e-12)


# --- several comparisons ----------------------------------------------------------------------------
def test_range_of_normals_against_scipy_and_in_the_tail():
    """SciPy integrates to about 1e-8; two normals have the closed form erfc(q/2)."""
    q = np.array([0.0, 0.5, 1.0, 3.0, 5.0])
    for k in (3, 4, 10):
        expected = stats.studentized_range.sf(q, k, np.inf)
        np.testing.assert_allclose(range_pvalue(q, k), expected, atol=1e-7)
    q = np.array([0.1, 2.0, 10.0, 30.0])
    from scipy.special import erfc

    np.testing.assert_allclose(range_pvalue(q, 2), erfc(q / 2), rtol=1e-12)
    assert float(range_pvalue(range_quantile(0.95, 4), 4)) == pytest.approx(0.05, rel=1e-12)
    # For a wide range, two of k must be apart: k(k − 1)/2 pairs, to first order.
    assert float(range_pvalue(20.0, 5)) == pytest.approx(10 * erfc(10.0), rel=1e-6)


def test_a_family_counts_what_cannot_be_compared():
    """An infinite contrast has no p-value, but its comparison was made."""
    with pytest.warns(SeparationWarning):
        fit = gl.logit("HG ~ NV + PI + EH", gl.datasets.endometrial())
    adjusted = gl.contrasts(fit, "NV, PI, EH", adjust="bonferroni")["p_value"]
    np.testing.assert_allclose(adjusted[1:], np.minimum(3 * fit.pvalues[["PI", "EH"]], 1.0), rtol=1e-12)


def test_pairwise_families():
    none = gl.pairwise(FIT, "race", adjust="none")
    p = none["p_value"].to_numpy()
    assert none["contrast"].tolist() == ["black / white", "other / white", "other / black"]
    np.testing.assert_allclose(gl.pairwise(FIT, "race", adjust="bonferroni")["p_value"], np.minimum(3 * p, 1))
    np.testing.assert_allclose(gl.pairwise(FIT, "race", adjust="sidak")["p_value"], 1 - (1 - p) ** 3, rtol=1e-12)
    order = np.argsort(p)
    stepped = np.maximum.accumulate(np.minimum(p[order] * [3, 2, 1], 1.0))
    np.testing.assert_allclose(gl.pairwise(FIT, "race", adjust="holm")["p_value"].to_numpy()[order], stepped)
    tukey = gl.pairwise(FIT, "race")
    for i in range(3):  # the limits touch 1 exactly where p is the level's complement
        level = 1 - tukey["p_value"][i]
        limits = gl.pairwise(FIT, "race", level=level)[["conf_low", "conf_high"]].to_numpy()[i]
        assert min(abs(np.log(limits))) < 1e-9
    assert any("Tukey" in str(n) for n in tukey.notes)
    with pytest.raises(DataError, match="pairwise"):
        gl.contrasts(FIT, "age", adjust="tukey")
    with pytest.raises(DataError, match="pairs of levels"):
        gl.stratum_odds_ratios(FIT, "race", adjust="tukey")


# --- strata -----------------------------------------------------------------------------------------
def test_stratum_odds_ratios_are_those_of_the_stratified_fits():
    """With every other term crossed as well the strata separate (p24): the fits of each stratum alone."""
    fit = gl.logit("low ~ C(race) * (smoke + age)", BIRTH)
    found = gl.stratum_odds_ratios(fit, "smoke", "race")
    for _, row in found.iterrows():
        alone = gl.logit("low ~ smoke + age", BIRTH[BIRTH["race"] == row["race"]]).odds_ratios()
        expected = alone.loc["smoke", ["odds_ratio", "conf_low", "conf_high"]].to_numpy(float)
        np.testing.assert_allclose(row[["odds_ratio", "conf_low", "conf_high"]].to_numpy(float), expected, rtol=1e-9)


def test_units_and_values():
    found = gl.stratum_odds_ratios(CROSSED, "age", {"lwt": [100, 150]}, contrast=10)
    b = CROSSED.params
    np.testing.assert_allclose(
        found["odds_ratio"], np.exp(10 * (b["age"] + b["age:lwt"] * np.array([100, 150]))), rtol=1e-11
    )
    width = BIRTH["age"].quantile(0.75) - BIRTH["age"].quantile(0.25)
    assert gl.stratum_odds_ratios(FIT, "age", contrast="iqr")["odds_ratio"].item() == pytest.approx(
        np.exp(width * FIT.params["age"]), rel=1e-12
    )
    assert gl.stratum_odds_ratios(FIT, "age", contrast="sd")["odds_ratio"].item() == pytest.approx(
        np.exp(BIRTH["age"].std() * FIT.params["age"]), rel=1e-12
    )


def test_a_curve_needs_two_values():
    fit = gl.logit("low ~ ns(age, 3) + lwt", BIRTH)
    with pytest.raises(DataError, match="depends on where it starts"):
        gl.stratum_odds_ratios(fit, "age", contrast=10)
    found = gl.stratum_odds_ratios(fit, "age", contrast=(30, 20))
    eta = fit.predict(pd.DataFrame({"age": [30, 20], "lwt": [100, 100]}), kind="link")
    assert found["odds_ratio"].item() == pytest.approx(np.exp(eta[0] - eta[1]), rel=1e-12)
    assert found["contrast"].item() == "30 / 20"


def test_strata_by_quartiles_and_arrays():
    found = gl.stratum_odds_ratios(CROSSED, "age", "lwt")
    assert found["lwt"].tolist() == BIRTH["lwt"].quantile([0.25, 0.5, 0.75]).tolist()
    arrays = gl.logit(gl.design_arrays(BIRTH["low"].to_numpy(), BIRTH[["age", "lwt"]], intercept=True))
    assert gl.stratum_odds_ratios(arrays, "age", contrast=5)["odds_ratio"].item() == pytest.approx(
        np.exp(5 * arrays.params["age"]), rel=1e-13
    )


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: gl.stratum_odds_ratios(CROSSED, "smoke"), DataError, r"within=\['race'\]"),
        (lambda: gl.stratum_odds_ratios(CROSSED, "smoke", "smoke"), DataError, "itself"),
        (lambda: gl.stratum_odds_ratios(CROSSED, "smoke", {"race": "green"}), DataError, "no level 'green'"),
        (lambda: gl.stratum_odds_ratios(CROSSED, "smoke", {"race": []}), DataError, "names no value"),
        (lambda: gl.stratum_odds_ratios(FIT, "weight"), DataError, "no variable"),
        (lambda: gl.stratum_odds_ratios(FIT, "age", contrast=0), DataError, "step"),
        (lambda: gl.stratum_odds_ratios(FIT, "age", contrast="mad"), DataError, "iqr"),
        (lambda: gl.stratum_odds_ratios(FIT, "race", contrast=3), DataError, "two values"),
        (lambda: gl.pairwise(FIT, "age"), DataError, "step|values"),
        (lambda: gl.pairwise(FIT, "race", adjust="dunnett"), DataError, "bonferroni"),
        (lambda: gl.contrasts(FIT, "race[green]"), FormulaError, "race"),
        (lambda: gl.contrasts(FIT, "age = 2"), DataError, "leave out '='"),
        (lambda: gl.contrasts(FIT, [[1, 2]]), DataError, "columns"),
        (lambda: gl.contrasts(FIT, {"age": 10}), DataError, "cannot be read"),
        (lambda: gl.contrasts(FIT, [[1, 2], [3]]), DataError, "cannot be read"),
        (lambda: gl.second_differences(FIT, "age", "lwt", 5), DataError, "two or more"),
        (lambda: gl.second_differences(FIT, "age", "lwt", [5, 5]), DataError, "two or more"),
    ],
)
def test_bad_contrasts(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("formula", ["low ~ age + hinge(age, 28)", "low ~ parity + I(parity^2)"])
def test_a_curve_that_is_straight_between_the_quartiles(formula):
    """A knot beyond them, or quartiles that are equal: the step depends on its start all the same."""
    variable = formula.split()[2]
    mixed = np.arange(189) * 89 % 189  # the data are sorted by the outcome
    fit = gl.logit(formula, BIRTH.assign(parity=np.where(mixed < 150, 0.0, mixed % 5)))
    with pytest.raises(DataError, match="through a curve"):
        gl.stratum_odds_ratios(fit, variable)


def test_an_offset_that_holds_the_variable_counts():
    fit = gl.logit("low ~ age + smoke + offset(0.02 * age) + offset(0.1 * lwt * smoke)", BIRTH)
    plain = gl.logit("low ~ age + smoke + offset(0.1 * lwt * smoke)", BIRTH)
    for contrast in (None, (30, 20)):
        one, other = (gl.stratum_odds_ratios(f, "age", contrast=contrast) for f in (fit, plain))
        np.testing.assert_allclose(one[["odds_ratio", "conf_low"]], other[["odds_ratio", "conf_low"]], rtol=1e-9)
    with pytest.raises(DataError, match="depends on lwt"):
        gl.stratum_odds_ratios(fit, "smoke")


@pytest.mark.parametrize("name", ["odds_ratio", "contrast", "statistic", "self"])
def test_strata_by_a_column_of_any_name(name):
    fit = gl.logit(f"low ~ {name} * age", BIRTH.rename(columns={"race": name}))
    known = gl.stratum_odds_ratios(gl.logit("low ~ race * age", BIRTH), "age", "race")
    found = gl.stratum_odds_ratios(fit, "age", name)
    assert found.columns.is_unique
    np.testing.assert_array_equal(found["odds_ratio"], known["odds_ratio"])
    assert "where" in str(fit.interpret())


def test_infinite_and_aliased_combinations_say_why():
    with pytest.warns(SeparationWarning):
        fit = gl.logit("HG ~ NV + PI + EH", gl.datasets.endometrial())
    found = gl.contrasts(fit, "NV, PI")
    assert found["odds_ratio"][0] == np.inf
    known = fit.odds_ratios().loc["NV"]
    assert found["conf_low"][0] == pytest.approx(known["conf_low"], rel=1e-9)
    assert found["conf_high"][0] == np.inf
    assert np.isfinite(found["conf_low"][1])
    assert any("infinite" in str(n) for n in found.notes)
    with pytest.warns(CollinearityWarning):
        aliased = gl.logit("low ~ age + twice", BIRTH.assign(twice=2 * BIRTH["age"]))
    both = gl.contrasts(aliased, "age, age + 2*twice")
    assert np.isnan(both["odds_ratio"][0])
    # Along the collinearity age + 2·twice is estimable: the coefficient of age alone in the reduced model.
    assert any("aliased" in str(n) for n in both.notes)


# --- effective doses --------------------------------------------------------------------------------
WORMS = references.frame("budworm")


def test_dose_on_the_scale_of_the_data():
    """A model in log(dose) gives the dose; Fieller's limits are equivariant, those by the delta method are not."""
    worms = WORMS.assign(dose=2.0 ** WORMS["ldose"])
    logged = gl.logit("numdead ~ sex + ldose", WORMS, trials="total")
    dose = gl.logit("numdead ~ sex + log2(dose)", worms, trials="total")
    for method in ("delta", "fieller"):
        a = gl.effective_dose(logged, "ldose", [0.5, 0.9], at={"sex": "M"}, method=method)
        b = gl.effective_dose(dose, "dose", [0.5, 0.9], at={"sex": "M"}, method=method)
        np.testing.assert_allclose(b["estimate"], 2.0 ** a["estimate"], rtol=1e-11)
        if method == "fieller":
            np.testing.assert_allclose(b["conf_low"], 2.0 ** a["conf_low"], rtol=1e-10)
            np.testing.assert_allclose(b["conf_high"], 2.0 ** a["conf_high"], rtol=1e-10)
        else:
            np.testing.assert_allclose(b["std_error"], b["estimate"] * np.log(2) * a["std_error"], rtol=1e-10)


def test_fieller_limits_are_where_the_band_meets_the_line():
    fit = gl.logit("numdead ~ sex + ldose", WORMS, trials="total")
    found = gl.effective_dose(fit, "ldose", 0.5, at={"sex": "F"}, method="fieller")
    rows = pd.DataFrame({"sex": "F", "ldose": found[["conf_low", "conf_high"]].to_numpy()[0]})
    band = fit.predict(rows, kind="link", interval="confidence")
    assert band["conf_high"][0] == pytest.approx(0.0, abs=1e-9)
    assert band["conf_low"][1] == pytest.approx(0.0, abs=1e-9)


def test_doses_that_are_not():
    flat = gl.logit("low ~ age", BIRTH)
    unbounded = gl.effective_dose(flat, "age", 0.3, method="fieller")
    assert unbounded[["conf_low", "conf_high"]].to_numpy().tolist() == [[-np.inf, np.inf]]
    assert any("unbounded" in str(n) for n in unbounded.notes)
    curve = gl.logit("low ~ I((age - 25)^2) + lwt", BIRTH)
    with pytest.raises(NotEstimableError, match=r"monotone|nowhere"):
        gl.effective_dose(curve, "age", 0.3)
    spline = gl.logit("low ~ bs(lwt, df=4)", BIRTH)
    with pytest.raises(UnsupportedError, match="one column"):
        gl.effective_dose(spline, "lwt", 0.3, method="fieller")
    for bad in (0.0, 1.0, 1.5):
        with pytest.raises(DataError, match="between 0 and 1"):
            gl.effective_dose(flat, "age", bad)
    with pytest.raises(DataError, match="not a number"):
        gl.effective_dose(gl.logit("low ~ race", BIRTH), "race")
    with pytest.raises(DataError, match="method"):
        gl.effective_dose(flat, "age", method="profile")
    log = gl.logit("low ~ log(lwt)", BIRTH)
    assert gl.effective_dose(log, "lwt", 0.3)["estimate"].item() == pytest.approx(
        np.exp((np.log(0.3 / 0.7) - log.params["Intercept"]) / log.params["log(lwt)"]), rel=1e-11
    )


@pytest.mark.parametrize("method", ["delta", "fieller"])
def test_dose_with_the_variable_in_the_offset(method):
    """An offset of 0.3·x takes 0.3 from the coefficient and nothing from the dose."""
    inside = gl.logit("low ~ lwt + offset(0.3 * lwt)", BIRTH)
    found, known = (gl.effective_dose(f, "lwt", 0.3, method=method) for f in (inside, gl.logit("low ~ lwt", BIRTH)))
    # The offset of 30 to 75 and its coefficient cancel: two of sixteen digits are lost, four in the square root.
    np.testing.assert_allclose(found.to_numpy(), known.to_numpy(), rtol=1e-9)


def test_dose_along_an_aliased_column_is_refused():
    with pytest.warns(CollinearityWarning):
        fit = gl.logit("low ~ age + twice + lwt", BIRTH.assign(twice=2 * BIRTH["age"] + 1))
    with pytest.raises(NotEstimableError, match="aliased"):
        gl.effective_dose(fit, "age")
    assert np.isfinite(gl.effective_dose(fit, "lwt", 0.3)["estimate"]).all()


@pytest.mark.parametrize(
    "options",
    [{"probability": "half"}, {"probability": []}, {"probability": [[0.5]]}, {"at": {"age": 3}}, {"at": BIRTH}],
)
def test_doses_asked_for_in_other_ways(options):
    with pytest.raises(DataError, match=r"probability=|at="):
        gl.effective_dose(gl.logit("low ~ age", BIRTH), "age", **options)


# --- case-control -----------------------------------------------------------------------------------
def test_prior_correction_gives_back_the_intercept_of_the_population():
    """Sampling non-cases with known fractions by weights: a population fit, to rounding, in a saturated model."""
    cells = pd.DataFrame({"x": [0, 1, 0, 1], "y": [1, 1, 0, 0], "n": [30.0, 70.0, 4000.0, 2000.0]})
    population = gl.logit("y ~ x", cells, weights="n")
    sampled = gl.logit("y ~ x", cells.assign(n=cells["n"] * np.where(cells["y"] == 1, 1.0, 0.05)), weights="n")
    found = gl.prior_correction(sampled, 100 / 6100)
    np.testing.assert_allclose(found.params, population.params, rtol=1e-12)
    assert found.intercept == found.params["Intercept"]
    assert found.sampled == pytest.approx(100 / 400)
    np.testing.assert_allclose(found.predict(cells), population.predict(cells), rtol=1e-12)
    limits = found.predict(cells, interval="confidence")
    odds = limits["conf_high"] / (1 - limits["conf_high"])
    raw = sampled.predict(cells, interval="confidence")["conf_high"]
    np.testing.assert_allclose(odds, raw / (1 - raw) * np.exp(-found.shift), rtol=1e-12)


def test_prior_correction_errors():
    with pytest.raises(DataError, match=r"0\.05"):
        gl.prior_correction(FIT, 5)
    for nothing in ("few", None, [0.1]):
        with pytest.raises(DataError, match="no share"):
            gl.prior_correction(FIT, nothing)
    with pytest.raises(DataError, match="no intercept"):
        gl.prior_correction(gl.logit("low ~ 0 + age", BIRTH), 0.1)


def test_fieller_set_of_a_slope_without_evidence_is_unbounded_and_that_of_a_logarithm_begins_at_zero():
    """The complement of an interval, whose ends are the roots of (a + bx)² = z²·Var(a + bx); no dose is below e^−∞."""
    data = gl.datasets.birthwt().assign(dose=lambda d: (d["age"] - 20).abs() + 1)
    flat = gl.logit("low ~ ftv", data)
    found = gl.effective_dose(flat, "ftv", [0.5], method="fieller")
    assert found[["conf_low", "conf_high"]].to_numpy().tolist() == [[-np.inf, np.inf]]
    (a, b), V, z2 = flat.params, flat.cov_params().to_numpy(), 1.959963984540054**2
    ends = np.sort(np.roots([b * b - z2 * V[1, 1], 2 * (a * b - z2 * V[0, 1]), a * a - z2 * V[0, 0]]))
    assert any(f"all values but those between {ends[0]:.6g} and {ends[1]:.6g}" in note.text for note in found.notes)
    found = gl.effective_dose(gl.logit("low ~ log(dose)", data), "dose", [0.3], method="fieller")
    assert found[["conf_low", "conf_high"]].to_numpy().tolist() == [[0.0, np.inf]]


@pytest.mark.parametrize("scale", [1e-12, 1e-9, 1e-3, 1.0, 1e3, 2e9, 1e12])
def test_weights_of_an_aliased_coefficient_are_judged_by_themselves(scale):
    """Whatever its unit, a column that is a multiple of another has no coefficient of its own; their sum has one."""
    rng = np.random.default_rng(0)
    data = pd.DataFrame({"x": rng.normal(size=200), "w": rng.normal(size=200), "y": rng.integers(0, 2, 200)})
    data["z"] = scale * data["x"]
    with pytest.warns(CollinearityWarning):
        fit = gl.logit("y ~ x + z + w", data)
    for alone in ("z", "x", "w - z", "x - w"):
        assert gl.contrasts(fit, alone)[["odds_ratio", "conf_low", "conf_high"]].isna().all(axis=None), alone
    plain = gl.logit("y ~ x + w", data)
    both = gl.contrasts(fit, np.array([[0.0, 1.0, scale, 0.0]]))
    np.testing.assert_allclose(both["odds_ratio"], np.exp(plain.params["x"]), rtol=1e-9)


@pytest.mark.parametrize("p", [0.02, 0.2, 0.5, 0.8])
def test_fieller_set_without_an_interval_lies_beyond_the_roots_of_its_quadratic(p):
    """All values but those between, to whichever side of the estimate they lie."""
    fit = gl.logit("low ~ ftv", BIRTH)
    found = gl.effective_dose(fit, "ftv", p, method="fieller")
    (a, b), V, z2 = fit.params, fit.cov_params().to_numpy(), 1.959963984540054**2
    a = a - np.log(p / (1 - p))
    ends = np.sort(np.roots([b * b - z2 * V[1, 1], 2 * (a * b - z2 * V[0, 1]), a * a - z2 * V[0, 0]]))
    assert any(f"all values but those between {ends[0]:.6g} and {ends[1]:.6g}" in note.text for note in found.notes)
    assert found[["conf_low", "conf_high"]].to_numpy().tolist() == [[-np.inf, np.inf]]


def rising(seed):
    """Sixty subjects at doses that are log-normal, with odds that rise with them."""
    rng = np.random.default_rng(seed)
    dose = np.round(np.exp(rng.normal(0.0, 1.0, 60)), 2)
    y = (rng.random(60) < 1.0 / (1.0 + np.exp(-0.4 * np.log(dose) - 0.1 * dose))).astype(int)
    return pd.DataFrame({"y": y, "dose": dose})


@pytest.mark.parametrize("seed", [0, 12])
def test_limits_of_a_dose_that_would_be_negative_are_symmetric_in_its_logarithm(seed):
    """dose and log(dose) together are no function of one column: x·e^(±z·SE/x) where x − z·SE is below 0."""
    fit = gl.logit("y ~ dose + log(dose)", rising(seed))
    found = gl.effective_dose(fit, "dose", 0.5).iloc[0]
    x, (a, b, c) = found["estimate"], fit.params
    assert a + b * x + c * np.log(x) == pytest.approx(0.0, abs=1e-9)
    row = np.array([1.0, x, np.log(x)])
    error = np.sqrt(row @ fit.cov_params().to_numpy() @ row) / abs(b + c / x)
    assert found["std_error"] == pytest.approx(error, rel=1e-8)
    half = 1.959963984540054 * error
    assert x < half
    assert found["conf_low"] == pytest.approx(x * np.exp(-half / x), rel=1e-8)
    assert found["conf_high"] == pytest.approx(x * np.exp(half / x), rel=1e-8)


@pytest.mark.parametrize("method", ["delta", "fieller"])
@pytest.mark.parametrize("term", ["sqrt(dose)", "I(dose^2)", "log(dose)"])
def test_a_dose_is_tested_as_its_limits_are_made(method, term):
    """At both limits p is 1 less the level, at the dose itself 1; where the formula is not defined there is no dose."""
    fit = gl.logit(f"y ~ {term}", rising(12))
    found = gl.effective_dose(fit, "dose", 0.6, method=method, level=0.5)
    row = found.iloc[0]
    for side in ("conf_low", "conf_high"):
        assert found.test(f"probability=0.6 = {float(row[side])!r}").p_value == pytest.approx(0.5, rel=1e-6)
    assert found.test(f"probability=0.6 = {float(row['estimate'])!r}").p_value == pytest.approx(1.0, abs=1e-6)
    if term == "sqrt(dose)":
        with pytest.raises(DataError, match=r"dose = -3 is no dose: the formula is not defined there"):
            found.test("probability=0.6 = -3")
