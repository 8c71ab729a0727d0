"""The references agree with themselves: every model is complete, and its numbers are those of a maximum.

Nothing here uses glmlogit. Designs come from formulaic, so a wrong term name or level order shows.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
import references

CASES = list(references.cases())
MODELS = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
STATSMODELS = {model["id"]: model for model in references.load_json("statsmodels")["models"]}
SKIPPED = references.load_json("statsmodels")["meta"]["skipped"]
KINDS = ["model", "HC0", "HC1", "HC2", "HC3", "cluster"]


def in_formulaic(case: references.Case) -> bool:
    return references.not_in_formulaic(case) is None


DESIGNS = pytest.mark.parametrize("case", [c for c in CASES if in_formulaic(c)], ids=lambda case: case.id)


def test_versions_are_recorded() -> None:
    meta = references.load_json("glm")["meta"]
    assert meta["tool"].startswith("R version")
    assert {"stats", "sandwich", "jsonlite"} <= set(meta["versions"])
    assert references.load_json("statsmodels")["meta"]["versions"].keys() >= {"statsmodels", "numpy"}


def test_every_model_of_the_script_is_there_once() -> None:
    script = (references.REFERENCE / "glm.R").read_text(encoding="utf-8")
    listed = re.findall(r'^  list\("(\w+)"', script, flags=re.MULTILINE)
    assert [case.id for case in CASES] == listed
    assert len(set(listed)) == len(listed)


def test_statsmodels_has_every_model_or_a_reason() -> None:
    ids = {case.id for case in CASES}
    assert set(STATSMODELS) | set(SKIPPED) == ids
    assert not set(STATSMODELS) & set(SKIPPED)


def test_every_data_file_is_described() -> None:
    data = references.ROOT / "tests" / "data"
    readme = (data / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in sorted(data.glob("*.csv")) if f"`{path.name}`" not in readme] == []


@MODELS
def test_model_has_formula_data_and_names(case: references.Case) -> None:
    reference = case.reference
    assert "~" in reference["r_formula"]
    assert "glm(" in reference["call"]
    assert (references.ROOT / reference["data"]).is_file()
    terms = reference["terms"]
    assert len(set(terms)) == len(terms) == len(reference["r_terms"])
    aliased = [term for term, value in case.series("params").items() if np.isnan(value)]
    assert aliased == reference["aliased"]
    assert reference["rank"] == len(reference["estimable"]) == len(terms) - len(aliased)
    assert reference["rows_used"] == len(references.rows(case))
    assert reference["rows_used"] + reference["rows_dropped"] == len(case.frame)


@MODELS
def test_covariances_are_symmetric_and_give_the_standard_errors(case: references.Case) -> None:
    for kind in KINDS:
        V = case.matrix(kind)
        if V is not None:
            scale = np.sqrt(np.outer(np.diag(V), np.diag(V)))
            # 1e-9: R's sandwich of an ill-conditioned design (urine) is symmetric to 1e-10 only
            np.testing.assert_allclose(V / scale, V.T / scale, atol=1e-9)
    kind = case.reference["covariance"]
    n = case.reference["nobs"]
    reported = case.matrix("HC0") * n / (n - 1) if kind == "HC0:stata" else case.matrix(kind)
    bse = case.series("bse")[case.reference["estimable"]]
    np.testing.assert_allclose(np.sqrt(np.diag(reported)), bse, rtol=1e-13)


@MODELS
def test_wald_columns_follow_from_estimate_and_standard_error(case: references.Case) -> None:
    b, se = case.series("params"), case.series("bse")
    z = 1.959963984540054
    # 1e-13: a handful of roundings
    np.testing.assert_allclose(case.series("z"), b / se, rtol=1e-13)
    np.testing.assert_allclose(case.series("conf_low"), b - z * se, rtol=1e-13, atol=1e-13)
    with np.errstate(over="ignore"):  # gravity in urine: exp(793) is infinite in R too
        np.testing.assert_allclose(case.series("or_high"), np.exp(b + z * se), rtol=1e-12)


@MODELS
def test_tables_name_terms_of_the_formula(case: references.Case) -> None:
    for key in ("drop1", "anova"):
        table = case.table(key)
        assert table.index.is_unique
        assert table.index[0] in ("<none>", "NULL")
        squeezed = re.sub(r"\s", "", case.formula.replace("**", "^"))
        for term in table.index[1:]:
            for part in term.split(":"):
                assert re.sub(r"\s", "", part.replace("**", "^")) in squeezed


@DESIGNS
def test_design_reproduces_the_linear_predictor(case: references.Case) -> None:
    X = references.design_matrix(case)
    eta = X.to_numpy() @ case.series("params").fillna(0.0).to_numpy() + references.column(case, "offset", 0.0)
    table = case.table("rows")
    at = np.searchsorted(references.rows(case), table.index)
    # 1e-11: cancellation in the terms of urine, which are near 350
    np.testing.assert_allclose(eta[at], table["linear_predictor"], rtol=1e-11, atol=1e-11)


@DESIGNS
def test_score_vanishes_and_information_is_the_inverse_covariance(case: references.Case) -> None:
    X = references.design_matrix(case)[case.reference["estimable"]].to_numpy()
    events, trials = references.outcome(case)
    weights = references.column(case, "weights", 1.0)
    b = case.series("params").dropna().to_numpy()
    p = 1.0 / (1.0 + np.exp(-(X @ b + references.column(case, "offset", 0.0))))
    V = case.matrix("model").to_numpy()
    score = X.T @ (weights * (events - trials * p))
    assert np.sqrt(max(score @ V @ score, 0.0)) < 1e-9  # the Newton decrement, in standard errors
    information = X.T @ (X * (weights * trials * p * (1 - p))[:, None])
    scale = np.sqrt(np.diag(information))
    correlation = information / np.outer(scale, scale)
    # 1e-5: the product loses the condition number of the information, up to 1e10 for urine
    np.testing.assert_allclose(correlation @ (V * np.outer(scale, scale)), np.eye(len(b)), atol=1e-5)


@pytest.mark.parametrize("case", [c for c in CASES if c.id in STATSMODELS], ids=lambda case: case.id)
def test_statsmodels_agrees_with_r(case: references.Case) -> None:
    peer = STATSMODELS[case.id]
    assert peer["terms"] == case.reference["terms"]
    se = case.series("model_bse").to_numpy()
    # 1e-11 of a standard error, 1e-9 of its size: statsmodels solves normal equations, which urine shows
    assert np.max(np.abs(peer["params"] - case.series("params").to_numpy()) / se) < 1e-11
    np.testing.assert_allclose(peer["bse"], se, rtol=1e-9)
    np.testing.assert_allclose(peer["deviance"], case.reference["deviance"], rtol=1e-12)
    if peer["llf"] is not None:
        np.testing.assert_allclose(peer["llf"], case.reference["llf"], rtol=1e-12)
    if peer["vcov_cluster"] is not None:
        r, factor = case.reference["vcov_cluster"], peer["vcov_cluster"]["factor_value"]
        plain = np.array(r["vcov"]) / r["factor_value"]
        np.testing.assert_allclose(np.array(peer["vcov_cluster"]["vcov"]) / factor, plain, rtol=1e-9, atol=1e-12)


def test_frequency_weights_give_what_counts_of_trials_give() -> None:
    # esoph as people with frequency weights and as grouped counts: one likelihood up to its constant
    people, groups = references.case("esoph_frequency"), references.case("esoph_factors")
    np.testing.assert_allclose(people.series("params"), groups.series("params"), rtol=1e-12)
    np.testing.assert_allclose(people.series("bse"), groups.series("bse"), rtol=1e-12)
    assert people.reference["nobs"] == 975
    assert groups.reference["nobs"] == 88
    np.testing.assert_allclose(people.reference["llf_kernel"], groups.reference["llf_kernel"], rtol=1e-13)


def test_newdata_has_the_types_of_the_data() -> None:
    for case in CASES:
        new = case.newdata()
        if new is not None:
            pd.testing.assert_series_equal(new.dtypes, case.frame[list(new)].dtypes)
            assert len(case.reference["newdata"]["linear_predictor"]) == 3
