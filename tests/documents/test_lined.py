"""Results that are read as a line or a few print as such, and are pages in files, with the labels of the fit."""

from __future__ import annotations

import json

import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.errors import UnsupportedError

B = gl.datasets.birthwt()
FIT = gl.logit("low ~ age + smoke + C(race)", B)
NAMED = gl.logit("low ~ age + smoke + C(race)", B, labels={"smoke": "Smoking", "C(race)": "Ethnic group"})
RESULTS = {
    "test": lambda fit: fit.test("smoke"),
    "lr_test": lambda fit: gl.lr_test(fit, gl.logit("low ~ age + C(race)", B)),
    "goodness_of_fit": lambda fit: gl.goodness_of_fit(fit),
    "hosmer_lemeshow": lambda fit: gl.goodness_of_fit(fit, "hosmer_lemeshow"),
    "interpret": lambda fit: fit.interpret("smoke"),
    "validate": lambda fit: fit.validate(),
}


@pytest.mark.parametrize("kind", RESULTS)
def test_all_files_hold_what_is_printed(kind, tmp_path):
    result = RESULTS[kind](FIT)
    for suffix in ("docx", "xlsx", "html", "tex", "md", "txt", "csv", "json"):
        result.write(tmp_path / f"page.{suffix}")
        assert (tmp_path / f"page.{suffix}").stat().st_size > 40
    assert len(pd.read_csv(tmp_path / "page.csv")) >= 1
    assert "|" in result.to_markdown() or kind == "interpret"
    assert "<" in result._repr_html_()


@pytest.mark.parametrize("kind", ["test", "interpret", "validate"])
def test_names_are_labels_on_every_page(kind):
    result = RESULTS[kind](NAMED)
    for page in (str(result), result.to_markdown(), result.to_latex(), result.to_html()):
        assert "Smoking" in page
        assert "smoke" not in page


def test_numbers_of_a_test_are_exact_in_files(tmp_path):
    result = FIT.test("smoke = age")
    result.write(tmp_path / "test.json")
    row = json.loads((tmp_path / "test.json").read_text())["models"][0]["test"][0]
    assert (row["statistic"], row["df"], row["p_value"]) == (result.statistic, result.df, result.p_value)
    assert (row["method"], row["null"]) == (result.method, result.null)


def test_of_few_clusters_the_denominator_is_said():
    fit = gl.logit("low ~ age + smoke", B.assign(site=B.index % 7), cluster="site")
    result = fit.test("smoke")
    assert result.df_denom == 6
    assert str(result).startswith("Wald test of smoke: F(1, 6) = ")
    assert result._numbers.columns.tolist() == ["statistic", "df", "df_denom", "p_value"]


def test_sentences_keep_the_digits_they_were_made_with():
    said = FIT.interpret("smoke")
    with pytest.raises(UnsupportedError, match=r"fit\.interpret\(style="):
        said.styled("lancet")
    assert FIT.interpret("smoke", style="lancet").to_markdown().count("·") > 4
