"""Models side by side: numbers of the fits, tests of nested pairs only, refusals of other rows, pages and files."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.errors import ArgumentError, DataError

BIRTHS = gl.datasets.birthwt()


def models(*formulas, frame=BIRTHS, **options):
    return {formula: gl.logit(f"low ~ {formula}", frame, **options) for formula in formulas}


def test_columns_are_those_of_the_fits():
    fits = models("age", "age + lwt + smoke", "race + ht")
    table = gl.compare(fits, replicates=20, seed=3).table
    assert list(table.index) == list(fits)
    for name, fit in fits.items():
        row, r2 = table.loc[name], gl.pseudo_r2(fit)
        expected = {"n": 189, "events": 59, "df": len(fit.params), "llf": fit.llf, "aic": fit.aic, "bic": fit.bic}
        assert row[list(expected)].to_dict() == expected
        assert row[["mcfadden", "nagelkerke", "tjur"]].tolist() == r2[["mcfadden", "nagelkerke", "tjur"]].tolist()
        assert row["auc"] == pytest.approx(gl.roc(fit).auc, rel=1e-14)
        corrected = gl.internal_validation(fit, replicates=20, seed=3).table.loc["auc", "corrected"]
        assert row["auc_corrected"] == corrected
    np.testing.assert_allclose(table["delta_aic"], table["aic"] - min(fit.aic for fit in fits.values()), atol=0)


def test_nested_pairs_have_the_test_and_others_none():
    fits = models("age", "age + lwt", "lwt + smoke", "age + lwt + smoke")
    tests = gl.compare(fits, resampling="none").tests
    nested = [("age", "age + lwt"), ("age", "age + lwt + smoke"), ("age + lwt", "age + lwt + smoke")]
    assert list(tests.index) == [*nested, ("lwt + smoke", "age + lwt + smoke")]
    for (small, big), row in tests.iterrows():
        test = gl.lr_test(fits[big], fits[small])
        assert (row["statistic"], row["df"], row["p_value"]) == (test.statistic, test.df, test.p_value)


def test_likelihood_ratios_of_a_chain_add_up():
    tests = gl.compare(models("age", "age + lwt", "age + lwt + race"), resampling="none").tests["statistic"]
    first, both, second = (
        tests["age", "age + lwt"],
        tests["age", "age + lwt + race"],
        tests["age + lwt", "age + lwt + race"],
    )
    assert first + second == pytest.approx(both, rel=1e-12)


def test_the_order_of_the_models_changes_no_test():
    fits = models("age + lwt + smoke", "lwt", "age + lwt")
    one, turned = (gl.compare(part, resampling="none").tests for part in (fits, dict(reversed(fits.items()))))
    pd.testing.assert_frame_equal(one.sort_index(), turned.sort_index())


def test_the_same_model_in_other_columns_is_told():
    result = gl.compare(models("age + smoke", "I(age/10) + smoke"), resampling="none")
    assert len(result.tests) == 0
    assert "age + smoke and I(age/10) + smoke are one model in other columns" in str(result)
    assert result.table["delta_aic"].max() < 1e-10


def test_a_spline_is_no_case_of_a_factor():
    result = gl.compare(models("bs(age, 4)", "age", "race"), resampling="none")
    assert list(result.tests.index) == [("age", "bs(age, 4)")]


def test_rows_counts_and_trials_agree():
    grouped = BIRTHS.groupby(["age", "smoke"], as_index=False).agg(low=("low", "sum"), n=("low", "size"))
    counted = BIRTHS.groupby(["age", "smoke", "low"], as_index=False).size()
    formulas = ("age", "age + smoke")
    tables = [
        gl.compare(models(*formulas, frame=frame, **options), replicates=20)
        for frame, options in ((BIRTHS, {}), (grouped, {"trials": "n"}), (counted, {"weights": "size"}))
    ]
    for other in tables[1:]:
        same = ["n", "events", "df", "delta_aic", "mcfadden", "nagelkerke", "tjur", "auc"]
        pd.testing.assert_frame_equal(other.table[same], tables[0].table[same], rtol=1e-9, atol=1e-9, check_dtype=False)
        columns = ["statistic", "df", "p_value"]
        pd.testing.assert_frame_equal(other.tests[columns], tables[0].tests[columns], rtol=1e-9)
    # The observations are drawn in the order of the rows, which differs: what is subtracted are means of other samples.
    assert all((each.table["auc_corrected"] < each.table["auc"]).all() for each in tables[:2])


def test_names_are_formulas_and_their_places_where_two_are_alike():
    fits = [gl.logit("low ~ age", BIRTHS), gl.firth("low ~ age", BIRTHS), gl.logit("low ~ lwt", BIRTHS)]
    result = gl.compare(fits, resampling="none")
    assert list(result.table.index) == ["low ~ age [1]", "low ~ age [2]", "low ~ lwt"]
    assert "AIC and BIC are of the likelihood at the estimates" in str(result)
    assert "low ~ age [1] and low ~ age [2] are one model, Maximum likelihood and Firth" in str(result)


def test_a_penalised_pair_has_no_test_and_the_reason():
    result = gl.compare([gl.firth("low ~ age + lwt", BIRTHS), gl.firth("low ~ age", BIRTHS)], resampling="none")
    assert math.isnan(result.tests["statistic"].iloc[0])
    assert "penalised likelihoods of different models are not comparable" in str(result)


def test_sampling_weights_have_no_criteria_and_say_so():
    frame = BIRTHS.assign(w=1.0 + BIRTHS["age"] % 3)
    result = gl.compare(models("age", "age + lwt", frame=frame, weights="w", weight_type="sampling"), replicates=20)
    assert result.table[["aic", "delta_aic", "bic"]].isna().all(axis=None)
    assert "no AIC and BIC" in str(result)
    assert result.table["auc"].notna().all()
    assert result.tests["statistic"].isna().all()


def test_precision_weights_have_no_area_and_say_so():
    frame = BIRTHS.assign(w=1.0 + BIRTHS["age"] % 3)
    result = gl.compare(models("age", "age + lwt", frame=frame, weights="w", weight_type="precision"))
    assert result.table["auc"].isna().all()
    assert "precision weights count nothing" in " ".join(str(result).split())


def test_separated_models_have_suprema():
    frame = gl.datasets.endometrial()
    with pytest.warns(gl.errors.SeparationWarning):
        fits = {"PI": gl.logit("HG ~ PI", frame), "both": gl.logit("HG ~ PI + NV", frame)}
    result = gl.compare(fits, replicates=20)
    assert result.tests["statistic"].iloc[0] == pytest.approx(2 * (fits["both"].llf - fits["PI"].llf), rel=1e-12)
    assert "both: separated: its likelihood is the supremum." in str(result)


def test_other_rows_are_refused_with_both_numbers():
    holes = BIRTHS.assign(lwt=BIRTHS["lwt"].where(BIRTHS.index % 10 > 0))
    a, b = gl.logit("low ~ age", holes), gl.logit("low ~ lwt", holes)
    with pytest.raises(DataError, match=r"small and large: the two fits are not of the same rows \(189 and 170 rows"):
        gl.compare({"small": a, "large": b})
    with pytest.raises(DataError, match="another outcome"):
        gl.compare([a, gl.logit("smoke ~ age", BIRTHS)])


@pytest.mark.parametrize("wrong", [[], {}, "low ~ age", [3, 4], [gl.logit("low ~ age", BIRTHS)], None])
def test_what_is_no_list_of_fits(wrong):
    with pytest.raises(ArgumentError, match="compare"):
        gl.compare(wrong)


def test_one_fit_is_asked_for_a_second():
    with pytest.raises(ArgumentError, match="two fits or more"):
        gl.compare(gl.logit("low ~ age", BIRTHS))


def test_pages_and_files(tmp_path):
    result = gl.compare(models("age", "age + lwt"), replicates=20)
    for name in ("m.md", "m.html", "m.tex", "m.txt", "m.docx", "m.xlsx", "m.json", "m.csv"):
        result.write(tmp_path / name)
    assert pd.read_csv(tmp_path / "m.csv")["auc_corrected"].tolist() == pytest.approx(result.table["auc_corrected"])
    text = str(result)
    assert "bootstrap-corrected (20, seed 0)" in text
    assert "makes a choice" in text
    assert max(map(len, text.splitlines())) <= 100
    long = gl.compare(models("age", "age + lwt + smoke + ht + ui + ptl + ftv"), resampling="none")
    assert "Model 2: age + lwt + smoke + ht + ui + ptl + ftv" in str(long)
    assert max(map(len, str(long).splitlines())) <= 100
