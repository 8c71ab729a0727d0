"""Commands of tables and of saved fits: the same numbers as the functions of Python, and one line for every error."""

from __future__ import annotations

import io
import json

import numpy as np
import pandas as pd
import pytest
from shell import run

import glmlogit as gl

BIRTHS = "dataset:birthwt"
FORMULA = "low ~ age + lwt + C(race) + smoke"
births = gl.datasets.birthwt()


def output(capsys, *args) -> str:
    code, out, _ = run(capsys, *args)
    assert code == 0
    return out


def error(capsys, *args) -> str:
    code, out, err = run(capsys, *args)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    return err


# ---------------------------------------------------------------- table


@pytest.mark.parametrize(("typed", "units"), [("age=5,lwt=sd", {"age": 5, "lwt": "sd"}), ("2sd", "2sd")])
def test_the_summary_has_units(capsys, typed, units):
    expected = gl.logit(FORMULA, gl.datasets.birthwt()).summary(units=units)
    assert output(capsys, "fit", FORMULA, BIRTHS, "--units", typed).rstrip() == str(expected).rstrip()


def test_a_table_is_that_of_the_function(capsys, tmp_path):
    expected = gl.table(FORMULA, births, units={"age": 5, "lwt": "sd"})
    assert output(capsys, "table", FORMULA, BIRTHS, "--units", "age=5,lwt=sd").rstrip() == str(expected).rstrip()
    out = tmp_path / "t.csv"
    output(capsys, "table", FORMULA, BIRTHS, "--units", "age=5,lwt=sd", "--out", str(out))
    written = pd.read_csv(out, index_col="term")
    columns = ["adjusted_odds_ratio", "adjusted_conf_low", "adjusted_p_value", "unit"]
    np.testing.assert_array_equal(written[columns], expected.frame[columns].astype(float))


def test_a_table_takes_the_estimator_the_rows_and_the_style(capsys):
    firth = gl.table("HG ~ NV + EH", gl.datasets.endometrial(), estimator=gl.firth)
    assert output(capsys, "table", "HG ~ NV + EH", "dataset:endometrial", "--firth").rstrip() == str(firth).rstrip()
    by_wald = gl.table("low ~ age", births, cluster="ftv", style="bmj")
    args = ("--cluster", "ftv", "--style", "bmj")
    assert output(capsys, "table", "low ~ age", BIRTHS, *args).rstrip() == str(by_wald).rstrip()
    assert "p-Wert" in output(capsys, "table", "low ~ age", BIRTHS, "--language", "de")


def test_what_no_table_has_is_refused(capsys):
    assert "Leave it out" in error(capsys, "table", "low ~ age", BIRTHS, "--cov", "HC3")
    assert "--units age=5,lwt=sd" in error(capsys, "table", "low ~ age", BIRTHS, "--units", "age")
    assert "these are age" in error(capsys, "table", "low ~ age", BIRTHS, "--units", "lwt=3")


# ---------------------------------------------------------------- two-by-two


def test_counts_and_columns_are_the_same_table(capsys):
    counts = output(capsys, "two-by-two", "--counts", "30,44,29,86", "--format", "csv")
    columns = output(capsys, "two-by-two", BIRTHS, "--outcome", "low", "--exposure", "smoke", "--format", "csv")
    assert counts == columns
    table = pd.read_csv(io.StringIO(counts)).set_index("measure")
    assert table.loc["odds_ratio", "estimate"] == pytest.approx(30 * 86 / (44 * 29), rel=1e-14)


def test_strata_events_and_several_levels(capsys):
    columns = ("--outcome", "low", "--exposure", "race")
    expected = gl.two_by_k(births, "low", "race", reference="white", strata="smoke", event=0)
    args = ("--reference", "white", "--strata", "smoke", "--event", "0")
    assert output(capsys, "two-by-two", BIRTHS, *columns, *args).rstrip() == str(expected).rstrip()
    expected = gl.two_by_two(births, "low", "smoke", strata=["race", "ht"], exposed=0)
    columns = ("--outcome", "low", "--exposure", "smoke", "--strata", "race, ht", "--exposed", "0")
    assert output(capsys, "two-by-two", BIRTHS, *columns).rstrip() == str(expected).rstrip()


def test_two_by_two_says_what_to_type(capsys):
    assert "--counts A,B,C,D" in error(capsys, "two-by-two")
    assert "four numbers" in error(capsys, "two-by-two", "--counts", "3,4")
    assert "leave one out" in error(capsys, "two-by-two", BIRTHS, "--counts", "3,4,5,6")
    columns = ("two-by-two", BIRTHS, "--outcome", "low", "--exposure")
    assert "--reference names one" in error(capsys, *columns, "race", "--exposed", "black")
    assert "--exposed names one" in error(capsys, *columns, "smoke", "--reference", "0")
    assert "'smok'" in error(capsys, *columns, "smok")


# ---------------------------------------------------------------- show


def test_a_saved_fit_is_shown_and_predicts(capsys, tmp_path):
    path, new = tmp_path / "fit.json", tmp_path / "new.csv"
    fitted = output(capsys, "fit", FORMULA, BIRTHS, "--save", str(path))
    assert output(capsys, "show", str(path)) == fitted
    births.to_csv(new, index=False)
    rows = pd.read_csv(io.StringIO(output(capsys, "show", str(path), "--predict", str(new))))
    fit = gl.logit(FORMULA, births)
    np.testing.assert_allclose(rows["probability"], fit.predict(), rtol=1e-15)
    assert list(rows.columns[:-1]) == list(births.columns)
    out = tmp_path / "risks.csv"
    args = ("--predict", str(new), "--interval", "--level", "0.9", "--out", str(out))
    output(capsys, "show", str(path), *args)
    limits = fit.predict(interval="confidence", level=0.9)
    np.testing.assert_allclose(pd.read_csv(out)[limits.columns], limits, rtol=1e-15)


def test_names_that_are_taken_and_several_levels(capsys, tmp_path):
    path, new = tmp_path / "fit.json", tmp_path / "new.csv"
    births.assign(probability=1.0, black="x").to_csv(new, index=False)
    gl.logit("low ~ age", births).save(path)
    rows = pd.read_csv(io.StringIO(output(capsys, "show", str(path), "--predict", str(new))))
    assert (rows["probability"] == 1.0).all()
    assert rows["probability_"].between(0, 1).all()
    several = gl.multinomial("race ~ age", births)
    several.save(path)
    rows = pd.read_csv(io.StringIO(output(capsys, "show", str(path), "--predict", str(new))))
    np.testing.assert_allclose(rows[["white", "black_", "other"]], several.predict(), rtol=1e-15)
    assert "leave it out" in error(capsys, "show", str(path), "--predict", str(new), "--interval")


def test_show_says_what_to_type(capsys, tmp_path):
    path, data = tmp_path / "fit.json", tmp_path / "births.csv"
    births.to_csv(data, index=False)
    assert "--save" in error(capsys, "show", str(path))
    assert "which would be lost" in error(capsys, "fit", "low ~ age", str(data), "--save", str(data))
    assert data.read_text(encoding="utf-8").startswith("low,age")
    output(capsys, "fit", "low ~ age", str(data), "--save", str(path))
    assert json.loads(path.read_text(encoding="utf-8"))
    assert "--predict FILE" in error(capsys, "show", str(path), "--level", "0.9")
    assert "in .csv" in error(capsys, "show", str(path), "--predict", str(data), "--out", "risks.docx")
    assert "no saved fit" in error(capsys, "show", str(data))


# ---------------------------------------------------------------- read


def test_what_looks_odd_is_answered_in_options(capsys, tmp_path):
    births.assign(ftv=births["ftv"].where(births["ftv"] < 3, 99)).to_csv(tmp_path / "b.csv", index=False)
    printed = " ".join(output(capsys, "read", str(tmp_path / "b.csv")).split())
    assert "a code for missing? Then --na 99" in printed
    assert "missing=" not in printed
