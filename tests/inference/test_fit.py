"""What a fit says: tables, tests and predictions, against closed forms and against each other."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from references import case, frame

import glmlogit as gl
from glmlogit.errors import CollinearityWarning, DataError, FormulaError, UnsupportedError
from glmlogit.numerics.tails import chi2_pvalue, normal_pvalue, normal_quantile

BIRTH = gl.datasets.load("birthwt")
FORMULA = "low ~ age + lwt + C(race) + smoke"


@pytest.fixture(scope="module")
def fit():
    return gl.logit(FORMULA, BIRTH)


# --- closed forms -----------------------------------------------------------------------------------
@pytest.mark.parametrize("cells", [(10, 5, 3, 12), (1, 1, 1, 1), (123456, 654321, 99999, 88888)])
def test_two_by_two(cells):
    """exp(β) is the cross-product ratio, SE is Woolf's (p16)."""
    a, b, c, d = map(float, cells)
    table = pd.DataFrame({"events": [a, c], "others": [b, d], "x": [1.0, 0.0]})
    found = gl.logit("cbind(events, others) ~ x", table)
    assert found.odds_ratios().loc["x", "odds_ratio"] == pytest.approx(a * d / (b * c), rel=1e-12)
    assert found.bse["x"] == pytest.approx(np.sqrt(1 / a + 1 / b + 1 / c + 1 / d), rel=1e-12)
    assert found.deviance == pytest.approx(0.0, abs=1e-13)
    assert found.df_resid == 0


def test_intercept_only():
    y = np.r_[np.ones(10), np.zeros(5)]
    found = gl.logit("y ~ 1", {"y": y})
    assert found.params["Intercept"] == pytest.approx(np.log(2), rel=4e-16)
    assert found.bse["Intercept"] == pytest.approx(np.sqrt(15 / 50), rel=1e-15)
    assert found.llf == found.llnull
    assert found.df_model == 0


def test_saturated_factor_gives_the_cell_proportions():
    found = gl.logit("low ~ C(race)", BIRTH)
    cells = BIRTH.groupby("race", observed=True)["low"].mean()
    predicted = found.predict(pd.DataFrame({"race": cells.index}))
    np.testing.assert_allclose(predicted, cells, rtol=1e-14)


# --- tables -----------------------------------------------------------------------------------------
def test_wald_limits_use_the_exact_quantile(fit):
    z = 1.959963984540054
    np.testing.assert_allclose(fit.confint()["conf_high"], fit.params + z * fit.bse, rtol=1e-15)
    np.testing.assert_allclose(
        fit.odds_ratios(intercept=True)["conf_low"], np.exp(fit.params - z * fit.bse), rtol=1e-14
    )
    assert normal_quantile(0.95) == z


def test_level_nests_and_belongs_to_the_fit():
    narrow, wide = gl.logit(FORMULA, BIRTH, level=0.5).confint(), gl.logit(FORMULA, BIRTH, level=0.99).confint()
    assert (wide["conf_low"] < narrow["conf_low"]).all()
    assert (gl.logit(FORMULA, BIRTH).confint(0.5) == narrow).all(axis=None)


def test_test_and_interval_agree(fit):
    """The value 0 lies on the limit exactly when p equals 1 − level (q29)."""
    for term in fit.params.index:
        level = 1 - fit.pvalues[term]
        limits = fit.confint(level).loc[term]
        assert min(abs(limits)) < 1e-9 * fit.bse[term] or level == 1.0


def test_units_multiply_the_coefficient(fit):
    plain = fit.odds_ratios()
    ten = fit.odds_ratios(units={"age": 10, "lwt": -1})
    assert ten.loc["age", "odds_ratio"] == pytest.approx(plain.loc["age", "odds_ratio"] ** 10)
    assert ten.loc["lwt", "conf_low"] == pytest.approx(1 / plain.loc["lwt", "conf_high"])
    assert ten.drop(columns="unit").loc["smoke"].equals(plain.loc["smoke"])
    assert ten["unit"].to_dict() == {name: {"age": 10.0, "lwt": -1.0}.get(name, 1.0) for name in ten.index}
    assert (ten["p_value"] == plain["p_value"]).all()
    with pytest.raises(DataError, match="'aeg'"):
        fit.odds_ratios(units={"aeg": 10})
    with pytest.raises(DataError, match="age"):
        fit.odds_ratios(units={"age": 0})


def test_an_offset_given_as_an_array_is_no_column_of_new_data():
    """np.log(t) is a Series that is still called t: predicting must not take the raw t for it."""
    data = BIRTH.assign(t=np.linspace(1.0, 9.0, len(BIRTH)))
    found = gl.logit("low ~ age", data, offset=np.log(data["t"]))
    with pytest.raises(DataError, match="offset="):
        found.predict(data)
    np.testing.assert_allclose(found.predict(data, offset=np.log(data["t"])), found.predict(), rtol=1e-14)
    by_name = gl.logit("low ~ age", data.assign(logt=np.log(data["t"])), offset="logt")
    np.testing.assert_allclose(by_name.predict(data.assign(logt=np.log(data["t"]))), found.predict(), rtol=1e-14)


def test_units_of_the_sample(fit):
    """ "iqr" and "sd" are those of the rows; with counts those of the repeated rows."""
    plain = fit.odds_ratios()
    found = fit.odds_ratios(units={"age": "iqr", "lwt": "sd"})
    width = BIRTH["age"].quantile(0.75) - BIRTH["age"].quantile(0.25)
    assert found.loc["age", "odds_ratio"] == pytest.approx(plain.loc["age", "odds_ratio"] ** width, rel=1e-13)
    assert found.loc["lwt", "odds_ratio"] == pytest.approx(
        plain.loc["lwt", "odds_ratio"] ** BIRTH["lwt"].std(), rel=1e-12
    )
    counts = np.arange(len(BIRTH)) % 4
    weighted = gl.logit(FORMULA, BIRTH.assign(n=counts), weights="n")
    repeated = gl.logit(FORMULA, BIRTH.loc[BIRTH.index.repeat(counts)].reset_index(drop=True))
    for unit in ("iqr", "sd"):
        a, b = (f.odds_ratios(units={"age": unit}).loc["age", "odds_ratio"] for f in (weighted, repeated))
        assert a == pytest.approx(b, rel=1e-11)
    with pytest.raises(DataError, match="'iqr', 'sd' or '2sd'"):
        fit.odds_ratios(units={"age": "decade"})


def test_odds_ratio_columns_and_reference_rows(fit):
    assert list(fit.odds_ratios()) == ["odds_ratio", "conf_low", "conf_high", "p_value"]
    assert "Intercept" not in fit.odds_ratios().index
    assert "Intercept" in fit.odds_ratios(intercept=True).index
    table = fit.odds_ratios(reference_rows=True)
    assert list(table.index) == ["age", "lwt", "C(race)[white]", "C(race)[T.black]", "C(race)[T.other]", "smoke"]
    reference = table.loc["C(race)[white]"]
    assert reference["odds_ratio"] == 1.0
    assert np.isnan(reference["conf_low"])
    assert (reference["variable"], reference["level"], reference["reference"]) == ("race", "white", True)
    assert table.loc["C(race)[T.other]", "level"] == "other"
    assert table["variable"].tolist() == ["age", "lwt", "race", "race", "race", "smoke"]


def test_reference_rows_name_the_variable_of_every_row():
    found = gl.logit("low ~ C(race)*age + I(lwt^2) + ns(lwt, 2) + race:smoke:age", BIRTH)
    variables = found.odds_ratios(reference_rows=True, intercept=True)["variable"]
    assert variables["Intercept"] == "Intercept"
    assert variables["I(lwt^2)"] == "lwt"
    assert variables["ns(lwt, 2)[2]"] == "lwt"
    assert variables["C(race)[T.black]:age"] == "C(race):age"
    assert variables.notna().all()
    arrays = gl.design_arrays(BIRTH["low"], BIRTH[["age", "lwt"]], intercept=True)
    assert gl.logit(arrays).odds_ratios(reference_rows=True)["variable"].tolist() == ["age", "lwt"]


def test_without_variables_the_table_is_empty_and_keeps_its_columns(fit):
    empty, full = (found.odds_ratios(reference_rows=True) for found in (gl.logit("low ~ 1", BIRTH), fit))
    assert empty.empty
    assert empty.columns.tolist() == full.columns.tolist()
    assert empty.index.name == full.index.name == "term"
    numbers = ["odds_ratio", "conf_low", "conf_high", "p_value", "reference"]
    assert (empty.dtypes[numbers] == full.dtypes[numbers]).all()
    constant = gl.logit("low ~ 1", BIRTH).odds_ratios(intercept=True, reference_rows=True)
    assert constant["variable"].tolist() == ["Intercept"]


# --- what was observed --------------------------------------------------------------------------
def observed(*args, **options):
    return dict(gl.logit(*args, **options).summary().header)


def test_the_summary_counts_events():
    assert observed(FORMULA, BIRTH)["Observations"] == "189 (59 events)"
    some = BIRTH.assign(lwt=BIRTH["lwt"].where(BIRTH.index > 2))
    dropped = observed("low ~ lwt", some)["Observations"]
    assert dropped == "186 (59 events; 3 rows of 189 dropped because of missing values in lwt (3))"


def test_the_summary_counts_trials_and_says_where_they_are():
    esoph = gl.datasets.esoph()
    esoph = esoph.assign(size=esoph["ncases"] + esoph["ncontrols"])
    pairs = [
        ({"trials": "size"}, "ncases ~ agegp", "ncases of size trials"),
        ({"trials": esoph["size"].to_numpy()}, "ncases ~ agegp", "ncases of the trials given"),
        ({}, "cbind(ncases, ncontrols) ~ agegp", "ncases, non-events in ncontrols"),
    ]
    for options, formula, where in pairs:
        header = observed(formula, esoph, **options)
        assert header["Observations"] == "88 rows, 975 trials (200 events)"
        assert header["Event modelled"] == f"events counted in {where}"
    twice = observed("ncases ~ agegp", esoph.assign(w=2), trials="size", weights="w")
    assert twice["Observations"] == "176 in 88 rows, 1,950 trials (400 events)"


def test_the_summary_counts_by_frequency_weights_only():
    d = BIRTH.assign(w=2.0)
    assert observed("low ~ age", d, weights="w")["Observations"] == "378 in 189 rows (118 events)"
    for kind in ("sampling", "precision"):
        assert observed("low ~ age", d, weights="w", weight_type=kind)["Observations"] == "189 (59 events)"


def test_sampling_weights_make_a_pseudo_likelihood():
    d = BIRTH.assign(w=np.arange(189) % 3 + 1.0)
    found = gl.logit("low ~ age", d, weights="w", weight_type="sampling")
    labels = [label for label, _ in found.summary().footer]
    assert labels[:3] == ["Null pseudo-deviance", "Residual pseudo-deviance", "Log pseudolikelihood"]
    assert "AIC" not in labels
    assert found.glance()["likelihood"].item() == "pseudo"
    full = gl.logit("low ~ age", d, weights="w", weight_type="precision")
    assert full.glance()["likelihood"].item() == "full"
    assert "AIC" in [label for label, _ in full.summary().footer]


def test_text_that_looks_like_numbers_is_noted():
    text = BIRTH.assign(age=BIRTH["age"].astype(str))
    (note,) = gl.design("low ~ lwt + age", text).notes
    assert note.code == "numeric_text"
    assert all(part in note.text for part in ("'age'", "24 levels", "pd.to_numeric(df['age'])", "C(age)"))
    site = BIRTH.assign(site=(np.arange(189) % 3).astype(str))
    assert "'site' is text with 3 levels" in gl.logit("low ~ lwt + site", site).summary().notes[0]
    for formula, data in (
        ("low ~ C(age)", text),
        ("low ~ age", text.astype({"age": "category"})),
        ("low ~ race", text),
    ):
        assert gl.design(formula, data).notes == ()


def test_a_combination_is_written_with_its_signs():
    d = BIRTH.assign(a=5 - 2 * BIRTH["age"], b=BIRTH["age"] - BIRTH["lwt"])
    with pytest.warns(CollinearityWarning, match=r"a = 5\*Intercept - 2\*age; b = age - lwt\."):
        gl.logit("low ~ age + lwt + a + b", d)
    with pytest.warns(CollinearityWarning, match=r"n = -age\."):
        gl.logit("low ~ 0 + age + n", BIRTH.assign(n=-BIRTH["age"]))


def test_what_is_shown_without_print_reads_well(fit):
    assert repr(fit) == f"<Fit {FORMULA}: Maximum likelihood, 189 observations, converged>"
    assert repr(fit.design) == f"Design({FORMULA}; 189 rows, 6 columns)"
    found = fit.test("age = 0, lwt = 0")
    assert repr(found) == str(found)
    assert repr(found).startswith("Wald test of age = 0, lwt = 0: chi2(2) = ")
    assert repr(fit.validate()).startswith("Against statsmodels ")


def test_tidy_glance_augment(fit):
    tidy = fit.tidy()
    assert list(tidy) == ["term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high"]
    ratios = fit.tidy(exponentiate=True)
    np.testing.assert_allclose(ratios["estimate"], np.exp(tidy["estimate"]))
    assert (ratios["std_error_log"] == tidy["std_error"]).all()
    np.testing.assert_allclose(ratios["std_error"], ratios["estimate"] * tidy["std_error"], rtol=1e-15)
    assert len(fit.glance()) == 1
    augmented = fit.augment()
    assert augmented.index.equals(BIRTH.index)
    assert list(augmented)[:5] == ["low", "age", "lwt", "race", "smoke"]
    assert augmented["hat"].sum() == pytest.approx(fit.rank, rel=1e-12)


def test_labels_survive():
    d = BIRTH.set_index(pd.Index([f"w{i}" for i in range(len(BIRTH))]))
    found = gl.logit("low ~ age", d)
    assert found.augment().index.equals(d.index)
    assert found.predict(d.iloc[5:7]).index.tolist() == ["w5", "w6"]


def test_infinite_ratios_are_infinite():
    X = np.column_stack([np.ones(4), [1e-3, 2e-3, 3e-3, 4e-3]])
    found = gl.logit(gl.design_arrays(np.array([0, 1, 0, 1]), X))
    assert found.odds_ratios(units={"x1": 1e9}).loc["x1", "odds_ratio"] == np.inf


def test_summary_reads_like_r(fit):
    text = str(fit.summary())
    for words in (
        "Estimate",
        "Std. Error",
        "z value",
        "Pr(>|z|)",
        "Signif. codes",
        "Null deviance",
        "Residual deviance",
        "AIC",
        "low = 1 (not 0)",
        "189",
        "Odds ratio",
    ):
        assert words in text
    assert max(map(len, text.splitlines())) <= 100
    html = fit.summary().to_html()
    assert html.count("<table") >= 1
    assert "Odds ratio" in fit.summary().to_markdown()
    assert "\\toprule" in fit.summary().to_latex()


def test_fit_is_frozen_and_can_be_copied(fit):
    with pytest.raises(dataclasses.FrozenInstanceError):
        fit.level = 0.9
    for other in (copy.deepcopy(fit), pickle.loads(pickle.dumps(fit))):
        assert other.params.to_numpy().tobytes() == fit.params.to_numpy().tobytes()
        assert other.cov_params("HC3").equals(fit.cov_params("HC3"))
        assert other.predict(BIRTH[:3]).equals(fit.predict(BIRTH[:3]))


# --- covariances ------------------------------------------------------------------------------------
def test_with_cov_changes_errors_only(fit):
    robust = fit.with_cov("HC3")
    assert robust.params.equals(fit.params)
    assert robust.llf == fit.llf
    assert (robust.bse != fit.bse).all()
    np.testing.assert_allclose(np.diagonal(robust.cov_params()), robust.bse**2, rtol=1e-13)
    assert robust.with_cov("model").bse.equals(fit.bse)
    with pytest.raises(DataError, match="HC9"):
        fit.with_cov("HC9")
    with pytest.raises(UnsupportedError, match="cluster='id'"):
        fit.with_cov("cluster")


def test_every_row_its_own_cluster_is_hc0():
    d = BIRTH.assign(id=range(len(BIRTH)))
    clustered = gl.logit(FORMULA, d, cluster="id")
    n = len(d)
    np.testing.assert_allclose(clustered.cov_params(), clustered.cov_params("HC0") * n / (n - 1), rtol=1e-10)
    np.testing.assert_allclose(clustered.cov_params("cluster:none"), clustered.cov_params("HC0"), rtol=1e-10)
    assert clustered.cov_kind == "cluster"
    assert "189 clusters of id" in clustered.cov_text


def test_two_ways_of_clustering_by_inclusion_and_exclusion():
    d = BIRTH.assign(a=np.arange(189) % 11, b=np.arange(189) // 20)
    both = gl.logit(FORMULA, d, cluster=["a", "b"]).cov_params()
    parts = [
        gl.logit(FORMULA, d.assign(c=c), cluster="c").cov_params() for c in (d["a"], d["b"], d["a"] * 100 + d["b"])
    ]
    np.testing.assert_allclose(both, parts[0] + parts[1] - parts[2], rtol=1e-9, atol=1e-12)


def test_one_cluster_has_no_covariance():
    found = gl.logit(FORMULA, BIRTH.assign(one=1), cluster="one")
    assert found.bse.isna().all()
    assert "one cluster" in str(found.notes[-1])


def test_a_negative_variance_is_nan_with_a_reason():
    """Nine cells with scores of 1, -1 and 0 that add up to 0 along either way: V₁ = V₂ = 0, and V₁₂ is taken off."""
    a, b = np.divmod(np.repeat(np.arange(9), 2), 3)
    y = np.choose((b - a) % 3, [np.ones(18), np.zeros(18), np.arange(18) % 2])
    found = gl.logit("y ~ 1", {"y": y, "a": a, "b": b}, cluster=["a", "b"])
    assert found.bse.isna().all()
    assert found.cov_params().isna().all(axis=None)
    assert "negative variance" in str(found.notes[0])


def test_leverage_one_makes_hc3_undefined_not_zero():
    d = BIRTH.assign(only=(np.arange(189) == 7).astype(float), g=np.where(np.arange(189) < 2, "a", "b"))
    d.loc[[0, 1], "low"] = [0, 1]
    found = gl.logit("low ~ g + age", d)
    assert np.isfinite(found.cov_params("HC3")).all(axis=None)


def test_frequency_weights_are_repetitions():
    d = BIRTH.assign(w=np.arange(189) % 4 + 1)
    weighted = gl.logit(FORMULA, d, weights="w")
    repeated = gl.logit(FORMULA, d.loc[d.index.repeat(d["w"])].reset_index(drop=True))
    np.testing.assert_allclose(weighted.params, repeated.params, rtol=1e-12)
    for kind in ("model", "HC0", "HC1", "HC2", "HC3"):
        np.testing.assert_allclose(weighted.cov_params(kind), repeated.cov_params(kind), rtol=1e-9, atol=1e-14)
    for name in ("nobs", "llf", "llnull", "deviance", "null_deviance", "aic", "bic", "df_resid", "df_null"):
        assert getattr(weighted, name) == pytest.approx(getattr(repeated, name), rel=1e-12)
    one_each = repeated.augment().drop_duplicates().reset_index(drop=True)
    assert weighted.augment()["cooks_distance"].iloc[3] == pytest.approx(
        repeated.augment().loc[d["w"].iloc[:3].sum(), "cooks_distance"], rel=1e-9
    )
    assert len(one_each) <= len(repeated.augment())


def test_sampling_weights_have_a_sandwich_and_no_likelihood():
    d = BIRTH.assign(w=np.linspace(0.5, 3, 189))
    found = gl.logit(FORMULA, d, weights="w", weight_type="sampling")
    assert found.cov_kind == "HC0:stata"
    assert found.nobs == 189
    assert np.isnan(found.aic)
    assert np.isnan(found.bic)
    with pytest.raises(UnsupportedError, match="sampling"):
        found.cov_params("model")
    with pytest.raises(UnsupportedError, match="wald"):
        gl.drop1(found)
    assert gl.drop1(found, test="wald")["p_value"].notna().sum() == 4
    with pytest.raises(UnsupportedError):
        gl.anova(found)
    result = gl.lr_test(found, gl.logit("low ~ age", d, weights="w", weight_type="sampling"))
    assert np.isnan(result.p_value)
    assert "sampling" in result.reason


# --- tests ------------------------------------------------------------------------------------------
def test_lr_test_is_the_difference_in_deviance(fit):
    small = gl.logit("low ~ age + lwt", BIRTH)
    result = gl.lr_test(fit, small)
    assert result.statistic == pytest.approx(small.deviance - fit.deviance, rel=1e-12)
    assert result.df == 3
    assert result.p_value == float(chi2_pvalue(result.statistic, 3))


def test_lr_test_refuses_what_cannot_be_compared(fit):
    with pytest.raises(DataError, match="same rows"):
        gl.lr_test(fit, gl.logit("low ~ age", BIRTH[50:]))
    with pytest.raises(DataError, match="not nested"):
        gl.lr_test(fit, gl.logit("low ~ ht", BIRTH))
    reparametrised = gl.logit("low ~ I(age + lwt) + smoke", BIRTH)
    assert gl.lr_test(fit, reparametrised).df == 3


def test_single_coefficient_tests_agree_with_their_definitions(fit):
    wald = fit.test("smoke = 0")
    assert wald.statistic == pytest.approx(fit.zvalues["smoke"] ** 2, rel=1e-12)
    assert wald.p_value == pytest.approx(fit.pvalues["smoke"], rel=1e-10)
    without = gl.logit("low ~ age + lwt + C(race)", BIRTH)
    assert fit.test("smoke = 0", "lr").statistic == pytest.approx(gl.lr_test(fit, without).statistic, rel=1e-10)
    dropped = gl.drop1(fit, test="score")
    assert fit.test("smoke = 0", "score").statistic == pytest.approx(dropped.loc["smoke", "statistic"], rel=1e-10)
    np.testing.assert_allclose(gl.drop1(fit, test="wald").loc["smoke", "statistic"], wald.statistic, rtol=1e-12)


def test_tests_at_the_estimate_are_zero(fit):
    hypothesis = f"smoke = {float(fit.params['smoke'])!r}"
    for method in ("wald", "lr", "score"):
        assert fit.test(hypothesis, method).statistic == pytest.approx(0, abs=1e-10)


def test_wald_test_by_matrix_by_text_and_with_redundant_rows(fit):
    matrix = np.zeros((2, 6))
    matrix[0, 3], matrix[1, 4] = 1, 1  # age, lwt stand at 3 and 4
    names = list(fit.params.index)
    text = f"{names[3]} = 0, {names[4]} = 0"
    assert gl.wald_test(fit, matrix).statistic == pytest.approx(gl.wald_test(fit, text).statistic)
    redundant = np.vstack([matrix, matrix.sum(axis=0)])
    assert gl.wald_test(fit, redundant).df == 2
    assert gl.wald_test(fit, redundant).statistic == pytest.approx(gl.wald_test(fit, matrix).statistic, rel=1e-9)
    equal = gl.wald_test(fit, "C(race)[T.black] = C(race)[T.other]")
    releveled = gl.logit("low ~ age + lwt + C(relevel(race, 'black')) + smoke", BIRTH)
    other = next(t for t in releveled.params.index if "other" in t)
    assert equal.statistic == pytest.approx(releveled.zvalues[other] ** 2, rel=1e-9)


@pytest.mark.parametrize(
    ("hypothesis", "error", "words"),
    [
        ("aeg = 0", FormulaError, "age"),
        ("age * smoke = 0", FormulaError, "cannot be read"),
        ("age = 1/0", FormulaError, "cannot be read|division"),
        ("0 = 0", FormulaError, "without a coefficient"),
        ("__import__('os') = 0", FormulaError, "__import__"),
        ("age ** 2 = 0", FormulaError, "cannot|no term"),
        ("age = 0;import os", FormulaError, "no term"),
        ("x" * 20_000, FormulaError, "limit"),
        (np.ones((1, 3)), DataError, "6 columns"),
    ],
)
def test_unreadable_hypotheses(fit, hypothesis, error, words):
    with pytest.raises(error, match=words):
        fit.test(hypothesis)


def test_contradictory_hypotheses_have_no_statistic(fit):
    result = fit.test("age = 0, age = 1")
    assert np.isnan(result.statistic)
    assert "contradict" in str(result)


def test_combinations_need_wald(fit):
    for method in ("lr", "score"):
        with pytest.raises(UnsupportedError, match="one coefficient"):
            fit.test("age + smoke = 0", method)


def test_drop1_respects_marginality():
    found = gl.logit("low ~ age * smoke + lwt", BIRTH)
    assert list(gl.drop1(found).index) == ["<none>", "lwt", "age:smoke"]


def test_anova_of_fits_is_the_sequence_of_lr_tests(fit):
    fits = [gl.logit("low ~ 1", BIRTH), gl.logit("low ~ age + lwt", BIRTH), fit]
    table = gl.anova(*fits)
    assert table["statistic"].iloc[2] == pytest.approx(gl.lr_test(fits[2], fits[1]).statistic)
    assert table["resid_deviance"].tolist() == [f.deviance for f in fits]


RAO = json.loads((Path(__file__).parents[1] / "reference" / "anova.json").read_text())
RAO_MODELS = {
    "birthwt": lambda: gl.logit("low ~ age + race * smoke + lwt", BIRTH),
    "offset": lambda: gl.logit("low ~ lwt + race", BIRTH, offset=BIRTH["age"] / 50),
    "no_intercept": lambda: gl.logit("low ~ 0 + lwt + age + ht", BIRTH),
    "ucb": lambda: gl.logit("Admit ~ Gender * Dept", frame("ucb"), weights="Freq", event="Admitted"),
    "cars": lambda: gl.logit("am ~ wt + hp", frame("mtcars")),
}


@pytest.mark.parametrize("name", RAO_MODELS)
def test_anova_by_score_is_that_of_r(name):
    table, theirs = gl.anova(RAO_MODELS[name](), test="score"), RAO[name]
    assert list(table.index) == theirs["terms"]
    assert table["df"].tolist()[1:] == theirs["df"][1:]
    np.testing.assert_allclose(table["statistic"][1:], theirs["score"][1:], rtol=1e-9)
    # R's own has the weights of an iterate before the maximum
    np.testing.assert_allclose(table["statistic"][1:], theirs["statistic"][1:], rtol=1e-6)
    np.testing.assert_allclose(table["p_value"][1:], theirs["p_value"][1:], rtol=1e-4)


CLUSTERED = BIRTH.assign(id=np.arange(189) // 9, w=np.linspace(0.5, 2, 189))
WALD_FITS = {
    "model": lambda f: gl.logit(f, BIRTH),
    "HC3": lambda f: gl.logit(f, BIRTH).with_cov("HC3"),
    "cluster": lambda f: gl.logit(f, CLUSTERED, cluster="id"),
    "normal": lambda f: gl.logit(f, CLUSTERED, cluster="id").with_cov("cluster", reference="normal"),
    "sampling": lambda f: gl.logit(f, CLUSTERED, weights="w", weight_type="sampling"),
}


@pytest.mark.parametrize("kind", WALD_FITS)
@pytest.mark.parametrize("intercept", ["", "0 + "])
def test_anova_by_wald_tests_each_term_where_it_is_added(kind, intercept):
    terms = ["age", "race", "smoke", "race:smoke"]
    whole = WALD_FITS[kind](f"low ~ {intercept}{' + '.join(terms)}")
    table = gl.anova(whole, test="wald")
    for k in range(len(terms)):
        big = WALD_FITS[kind](f"low ~ {intercept}{' + '.join(terms[: k + 1])}")
        columns = [j for t in big.design.terms if t.name == terms[k] for j in t.columns]
        by_hand = big.test(np.eye(big.design.n_columns)[columns])
        row = table.loc[terms[k]]
        assert row["statistic"] == pytest.approx(by_hand.statistic, rel=1e-10)
        assert row["p_value"] == pytest.approx(by_hand.p_value, rel=1e-9)
        assert row["df"] == by_hand.df == len(columns)
        assert ("df_denom" in table) == np.isfinite(by_hand.df_denom) == (kind == "cluster")
        if kind == "cluster":
            assert row["df_denom"] == by_hand.df_denom
            assert "Denom. df" in str(table)
    dropped = gl.drop1(whole, test="wald")
    assert ("df_denom" in dropped) == (kind == "cluster")
    shared = [name for name in ("df", "statistic", "df_denom", "p_value") if name in dropped]
    np.testing.assert_allclose(
        table.iloc[-1][shared].astype(float), dropped.loc["race:smoke", shared].astype(float), rtol=1e-9
    )


def test_anova_of_fits_by_wald_and_score():
    small, big = WALD_FITS["cluster"]("low ~ age"), WALD_FITS["cluster"]("low ~ race + age + smoke")
    for order in ((small, big), (big, small)):
        row = gl.anova(*order, test="wald").iloc[1]
        by_hand = big.test("race[T.black] = race[T.other] = smoke = 0")
        assert row["statistic"] == pytest.approx(by_hand.statistic, rel=1e-12)
        assert row["df_denom"] == by_hand.df_denom == 18
    small, big = WALD_FITS["model"]("low ~ age"), WALD_FITS["model"]("low ~ age + race")
    score = big.test("race[T.black] = race[T.other] = 0", "score")
    assert gl.anova(small, big, test="score")["statistic"].iloc[1] == pytest.approx(score.statistic, rel=1e-9)
    with pytest.raises(UnsupportedError, match=r"fit\.test"):
        gl.anova(gl.logit("low ~ I(2*age)", BIRTH), gl.logit("low ~ age + smoke", BIRTH), test="wald")
    with pytest.raises(DataError, match="nested"):
        gl.anova(gl.logit("low ~ lwt", BIRTH), big, test="score")
    with pytest.raises(DataError, match="'rao'"):
        gl.anova(big, test="rao")


@pytest.mark.parametrize("kind", ["HC3", "cluster", "sampling"])
def test_what_anova_advises_instead_of_likelihoods_works(kind):
    found = WALD_FITS[kind]("low ~ age + smoke")
    for test in ("lr", "score"):
        with pytest.raises(UnsupportedError, match=r"anova\(fit, test='wald'\)"):
            gl.anova(found, test=test)
    assert gl.anova(found, test="wald")["p_value"].iloc[1:].notna().all()


def test_anova_of_an_adjusted_fit_is_refused():
    for one in (gl.flic("low ~ age", BIRTH), gl.flac("low ~ age", BIRTH)):
        with pytest.raises(UnsupportedError, match="drop1"):
            gl.anova(one, test="wald")
        assert np.isfinite(gl.drop1(one, test="wald").loc["age", "p_value"])


def test_aliased_terms_have_no_tests():
    d = BIRTH.assign(age2=2 * BIRTH["age"])
    with pytest.warns(CollinearityWarning, match=r"age2 = 2\*age"):
        found = gl.logit("low ~ age + smoke + age2", d)
    assert found.rank == 3
    assert "aliased" in found.test("age2 = 0").reason
    assert "aliased" in found.test("age2 = 0", "lr").reason
    assert "aliased" in found.test("age2 = 0", "score").reason
    assert np.isnan(found.odds_ratios().loc["age2", "odds_ratio"])
    assert np.isnan(found.cov_params().loc["age2", "age"])
    assert "NA" in str(found.summary())
    assert found.predict(d[:5]).notna().all()
    with pytest.warns(CollinearityWarning, match="row 0"):
        assert found.predict(d[:5].assign(age2=[0.0, *d["age2"][1:5]])).isna().tolist() == [True] + [False] * 4


# --- prediction -------------------------------------------------------------------------------------
def test_prediction_of_the_fitted_rows(fit):
    np.testing.assert_array_equal(fit.predict(), fit.augment()["fitted"])
    np.testing.assert_allclose(fit.predict(BIRTH), fit.predict(), rtol=1e-15)
    link = fit.predict(kind="link", interval="confidence")
    np.testing.assert_allclose(link["std_error"], fit.augment()["std_error_link"], rtol=1e-12)
    response = fit.predict(interval="confidence")
    np.testing.assert_allclose(response["conf_low"], 1 / (1 + np.exp(-link["conf_low"])), rtol=1e-12)
    assert list(response) == ["estimate", "std_error", "conf_low", "conf_high"]


def test_prediction_keeps_missing_rows_and_refuses_unknown_levels(fit):
    new = BIRTH[:4].copy()
    new["age"] = [20.0, np.nan, 30.0, 40.0]
    assert fit.predict(new).isna().tolist() == [False, True, False, False]
    assert fit.predict(new, interval="confidence").isna().any(axis=1).tolist() == [False, True, False, False]
    with pytest.raises(DataError, match="'green'"):
        fit.predict(pd.DataFrame({"age": [20], "lwt": [100], "race": ["green"], "smoke": [0]}))
    with pytest.raises(DataError, match="lwt"):
        fit.predict(BIRTH.drop(columns="lwt"))
    assert len(fit.predict(BIRTH[:0])) == 0


def test_prediction_with_offsets():
    d = BIRTH.assign(off=np.linspace(-1, 1, 189))
    by_name = gl.logit("low ~ age", d, offset="off")
    in_formula = gl.logit("low ~ age + offset(off)", d)
    by_array = gl.logit("low ~ age", BIRTH, offset=d["off"].to_numpy())
    expected = by_name.predict()[:5]
    np.testing.assert_allclose(by_name.predict(d[:5]), expected, rtol=1e-14)
    np.testing.assert_allclose(in_formula.predict(d[:5]), expected, rtol=1e-12)
    np.testing.assert_allclose(by_array.predict(d[:5], offset=d["off"][:5]), expected, rtol=1e-12)
    with pytest.raises(DataError, match="offset"):
        by_array.predict(BIRTH[:5])
    with pytest.raises(DataError, match="without an offset"):
        gl.logit("low ~ age", d).predict(d[:5], offset=np.zeros(5))


def test_prediction_from_arrays_by_position_and_by_name():
    X = BIRTH[["age", "lwt"]]
    found = gl.logit(gl.design_arrays(BIRTH["low"], X, intercept=True))
    by_formula = gl.logit("low ~ age + lwt", BIRTH)
    np.testing.assert_allclose(found.params, by_formula.params, rtol=1e-14)
    for new in (X[:5], X[:5].to_numpy(), BIRTH[:5], X.iloc[:5, ::-1]):
        np.testing.assert_allclose(found.predict(new), by_formula.predict()[:5], rtol=1e-13)
    with pytest.raises(DataError, match="1 column"):
        found.predict(X[["age"]].to_numpy())


def test_far_predictions_are_zero_and_one_without_warnings():
    found = gl.logit("low ~ age", BIRTH)
    far = found.predict(pd.DataFrame({"age": [1e6, -1e6]}), interval="confidence")
    assert far["estimate"].tolist() == [0.0, 1.0]


# --- p-values ---------------------------------------------------------------------------------------
def test_tails_of_p_values_are_computed_not_subtracted():
    assert float(normal_pvalue(10.0)) == pytest.approx(1.523970604832105e-23, rel=1e-13)
    assert float(normal_pvalue(-38.0)) == pytest.approx(5.770850868580372e-316, rel=1e-6)
    assert float(chi2_pvalue(300.0, 1)) == pytest.approx(3.3e-67, rel=0.01)
    assert np.isnan(chi2_pvalue(1.0, 0))


def test_validate_agrees(fit):
    result = fit.validate()
    assert result.passed
    assert (result.table["difference"].dropna() < 1e-10).all()


def test_cluster_of_the_reference_follows_dropped_rows():
    reference = case("cbpp")
    d = reference.frame
    gaps = d.assign(x=np.where(np.arange(len(d)) % 5 == 0, np.nan, 1.0 + np.arange(len(d))))
    ours = gl.logit(reference.formula + " + x", gaps, cluster=reference.cluster, **reference.options)
    by_hand = gl.logit(
        reference.formula + " + x", gaps.dropna(subset="x"), cluster=reference.cluster, **reference.options
    )
    assert ours.bse.equals(by_hand.bse)


def test_the_dot_leaves_out_weights_and_clusters():
    d = BIRTH[["low", "age", "lwt"]].assign(w=1.0, id=np.arange(189) // 3, off=0.5)
    found = gl.logit("low ~ .", d, weights="w", cluster="id", offset="off")
    assert list(found.params.index) == ["Intercept", "age", "lwt"]
    assert "w" in gl.logit("low ~ age + w", d.assign(w=np.arange(189) * 7 % 11 + 1.0), weights="w").params.index


def test_clusters_leave_no_likelihood_to_compare():
    d = BIRTH.assign(id=np.arange(189) // 4)
    found = gl.logit(FORMULA, d, cluster="id")
    assert np.isnan(found.aic)
    assert np.isnan(found.bic)
    assert "depend on each other" in found.capabilities.why_no_aic
    assert found.glance()["likelihood"].item() == "pseudo"
    assert "Log pseudolikelihood" in str(found.summary())
    assert "AIC" not in str(found.summary())
    assert "cluster" in gl.lr_test(found, gl.logit("low ~ age", d, cluster="id")).reason
    assert "cluster" in found.test("age = 0", "lr").reason
    with pytest.raises(UnsupportedError, match="test='wald'"):
        gl.drop1(found)
    with pytest.raises(UnsupportedError, match="cluster"):
        found.confint(method="profile")
    assert gl.drop1(found, test="wald")["p_value"].notna().sum() == 4


# --- findings of a second reading -----------------------------------------------------------------------
@pytest.mark.parametrize("shift", [-40.0, 20.0, 30.0, 100.0, 700.0])
def test_large_offsets_are_met_by_the_intercept(shift):
    rng = np.random.default_rng(1)
    x = rng.normal(size=300)
    d = pd.DataFrame({"y": (rng.random(300) < 0.3).astype(int), "x": x, "off": shift + 0.5 * rng.normal(size=300)})
    found = gl.logit("y ~ x", d, offset="off")
    centred = gl.logit("y ~ x", d.assign(off=d["off"] - shift), offset="off")
    assert found.converged
    assert found.params["Intercept"] + shift == pytest.approx(centred.params["Intercept"], abs=1e-9)
    assert found.llf == pytest.approx(centred.llf, rel=1e-12)
    assert found.llnull == pytest.approx(centred.llnull, rel=1e-10)
    assert found.null_deviance == pytest.approx(centred.null_deviance, rel=1e-10)


def test_redundant_and_contradictory_hypotheses(fit):
    for method in ("wald", "lr", "score"):
        once, twice = fit.test("age = 0", method), fit.test("age = 0, 2*age = 0", method)
        assert twice.df == 1
        assert twice.statistic == pytest.approx(once.statistic, rel=1e-9)
    for method in ("lr", "score"):
        with pytest.raises(DataError, match="both 0 and 1"):
            fit.test("age = 0, age = 1", method)
    assert "no coefficient" in gl.wald_test(fit, np.zeros((1, 6))).reason


def test_too_few_clusters_are_the_reason():
    found = gl.logit(FORMULA, BIRTH.assign(id=np.arange(189) % 3), cluster="id")
    assert "not positive definite" in found.test("age = 0, lwt = 0, smoke = 0, C(race)[T.black] = 0").reason


def test_nesting_is_checked_by_columns_not_by_names():
    other = BIRTH.assign(age=np.random.default_rng(0).permutation(BIRTH["age"]))
    with pytest.raises(DataError, match="not nested"):
        gl.lr_test(gl.logit("low ~ age + lwt", BIRTH), gl.logit("low ~ age", other))


def test_a_constant_column_of_an_array_is_the_intercept():
    X = np.column_stack([np.full(189, 2.0), BIRTH["age"]])
    ours = gl.logit(gl.design_arrays(BIRTH["low"], X, names=["const", "age"]))
    plain = gl.logit("low ~ age", BIRTH)
    assert ours.df_model == plain.df_model == 1
    assert ours.null_deviance == pytest.approx(plain.null_deviance, rel=1e-13)
    assert list(ours.odds_ratios().index) == ["age"]
    assert gl.drop1(ours).loc["age", "statistic"] == pytest.approx(gl.drop1(plain).loc["age", "statistic"], rel=1e-9)


def test_penalised_fits_are_not_compared_with_other_estimators():
    found = gl.firth(FORMULA, BIRTH)
    assert gl.drop1(found).loc["<none>"].isna().all()
    assert not found.validate().passed
    assert "no such estimator" in str(found.validate())


def test_arrays_given_stay_the_callers_own():
    """Neither frozen nor shared: counts, weights and offsets pass through no table that would copy them."""
    rng = np.random.default_rng(8)
    trials, X = rng.integers(1, 6, 60).astype(float), np.column_stack([np.ones(60), rng.normal(size=60)])
    events, weights, offset = np.floor(trials / 2), rng.random(60) + 0.5, rng.normal(size=60)
    rows = gl.design_arrays(events, X, trials=trials, weights=weights, weight_type="precision", offset=offset)
    for ours, given in ((rows.y, events), (rows.trials, trials), (rows.weights, weights), (rows.offset, offset)):
        assert given.flags.writeable
        assert not np.shares_memory(ours, given)
        assert not ours.flags.writeable
