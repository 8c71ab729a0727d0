"""A page that this package printed is read as those of other programs are, whatever the width it was printed in."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.errors import DataError, SeparationWarning

BIRTHS = gl.datasets.birthwt()
FORMULA = "low ~ age + lwt + C(race) + smoke + ptl + ht + ui"
FITS = {
    "logit": lambda: gl.logit(FORMULA, BIRTHS),
    "robust": lambda: gl.logit(FORMULA, BIRTHS).with_cov("HC1"),
    "clusters": lambda: gl.logit("low ~ age + lwt", BIRTHS, cluster=BIRTHS.index // 4),
    "firth": lambda: gl.firth("HG ~ NV + PI + EH", gl.datasets.endometrial()),
    "grouped": lambda: gl.logit("incidence ~ C(period)", gl.datasets.cbpp(), trials="size"),
}


def compared(result, quantity):
    return result.table[(result.table["quantity"] == quantity) & result.table["ok"].notna()]


@pytest.mark.parametrize("columns", ["60", "80", "120"])
@pytest.mark.parametrize("name", FITS)
def test_a_summary_agrees_with_its_fit(name, columns, monkeypatch):
    monkeypatch.setenv("COLUMNS", columns)
    fit = FITS[name]()
    for text in (str(fit.summary()), str(fit.summary(stars=False, odds_ratios=False))):
        result = fit.validate(against=text)
        assert result.passed
        assert len(compared(result, "params")) == len(compared(result, "bse")) == len(fit.params)
        assert len(compared(result, "llf")) == (name != "clusters")  # which has a pseudo-likelihood
        assert result.against == "the table of glmlogit"


FORMS = {
    "markdown": lambda page: page.to_markdown(),
    "html": lambda page: page.to_html(full_page=True),
    "latex": lambda page: page.to_latex(),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", FITS)
def test_a_summary_pasted_with_its_markup_agrees_with_its_fit(name, form):
    fit = FITS[name]()
    for page in (fit.summary(), fit.summary(stars=False, odds_ratios=False, style="lancet")):
        result = fit.validate(against=FORMS[form](page))
        assert result.passed
        assert len(compared(result, "params")) == len(compared(result, "bse")) == len(fit.params)
        assert len(compared(result, "llf")) == (name != "clusters")
        assert result.against == "the table of glmlogit"


def test_a_long_latex_table_is_read_once():
    rng = np.random.default_rng(3)
    data = pd.DataFrame({f"x{k}": rng.normal(size=300) for k in range(45)}).assign(y=rng.integers(0, 2, 300))
    fit = gl.logit("y ~ " + " + ".join(data.columns[:-1]), data)
    text = fit.summary().to_latex()
    assert "longtable" in text
    result = fit.validate(against=text)
    assert result.passed
    assert len(compared(result, "params")) == 46


@pytest.mark.parametrize("form", ["to_html", "to_latex", "to_csv"])
def test_a_frame_pasted_with_its_markup_agrees_with_its_fit(form):
    fit = FITS["logit"]()
    result = fit.validate(against=getattr(fit.tidy(), form)())
    assert result.passed
    assert len(compared(result, "conf_low")) == len(fit.params)


@pytest.mark.parametrize("limits", ["{low:.2f}, {high:.2f}", "({low:.2f} to {high:.2f})", "[{low:.2f}–{high:.2f}]"])
def test_limits_of_odds_ratios_may_share_a_cell(limits):
    fit = gl.logit("low ~ age + lwt", BIRTHS)
    ratios = fit.odds_ratios()
    lines = ["| **Term** | **OR** | **95% CI** | **p-value** |", "|---|:---:|:---:|---:|"]
    for term, row in ratios.iterrows():
        ends = limits.format(low=row["conf_low"], high=row["conf_high"])
        lines.append(f"| {term} | {row['odds_ratio']:.2f} | {ends} | {row['p_value']:.3f} |")
    for text, right in (("\n".join(lines), True), ("\n".join(lines).replace("0.9", "0.8"), False)):
        result = fit.validate(against=text)
        for quantity in ("params", "conf_low"):
            assert compared(result, quantity).set_index("term").loc[[*ratios.index], "ok"].all() == right
        assert compared(result, "conf_high").set_index("term").loc["age", "ok"]


def test_tables_that_name_no_terms_are_refused_with_what_to_paste():
    fit = FITS["logit"]()
    for text in (gl.table(FORMULA, BIRTHS).to_markdown(), fit.summary(language="de").to_markdown()):
        with pytest.raises(DataError, match=r"fit\.tidy\(\)\.to_csv\(\)"):
            fit.validate(against=text)


@pytest.mark.parametrize("form", FORMS)
def test_infinite_estimates_are_read_with_their_markup(form):
    with pytest.warns(SeparationWarning):
        fit = gl.logit("HG ~ NV + PI + EH", gl.datasets.endometrial())
    assert compared(fit.validate(against=FORMS[form](fit.summary())), "params")["ok"].all()


def test_what_a_fit_prints_is_read_too():
    fit = FITS["logit"]()
    result = fit.validate(against=str(fit))
    assert result.passed
    assert len(compared(result, "params")) == len(fit.params)


def test_another_model_differs():
    other = gl.logit(FORMULA, BIRTHS.iloc[:-1])
    assert not other.validate(against=str(FITS["logit"]().summary())).passed
    robust = FITS["robust"]()
    text = str(robust.summary()).replace("HC1", "HC3")
    result = robust.validate(against=text)
    assert not result.passed
    assert "says HC3; its numbers are those of HC1" in " ".join(str(result).split())


def test_infinite_estimates_are_read():
    with pytest.warns(SeparationWarning):
        fit = gl.logit("HG ~ NV + PI + EH", gl.datasets.endometrial())
    result = fit.validate(against=str(fit.summary()))
    assert compared(result, "params")["ok"].all()
    assert any("separated" in remark for remark in result.remarks)
