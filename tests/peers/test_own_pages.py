"""A page that this package printed is read as those of other programs are, whatever the width it was printed in."""

from __future__ import annotations

import pytest

import glmlogit as gl
from glmlogit.errors import SeparationWarning

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
    assert robust.validate(against=text).passed is False or "HC3" in str(robust.validate(against=text))


def test_infinite_estimates_are_read():
    with pytest.warns(SeparationWarning):
        fit = gl.logit("HG ~ NV + PI + EH", gl.datasets.endometrial())
    result = fit.validate(against=str(fit.summary()))
    assert compared(result, "params")["ok"].all()
    assert any("separated" in remark for remark in result.remarks)
