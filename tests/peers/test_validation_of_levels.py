"""Cross-checks of outcomes of several levels: MNLogit, OrderedModel, nnet, clm; and what is not compared."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

import glmlogit as gl
from glmlogit.errors import CollinearityWarning

BIRTHS = gl.datasets.birthwt().assign(
    visits=lambda d: d["ftv"].clip(upper=2), n=lambda d: 1 + np.arange(len(d)) % 3, twice=lambda d: 2 * d["age"]
)
FORMULA = "visits ~ age + smoke + C(race)"
ERRORS = {"bse", "conf_low", "conf_high"}
needs_r = pytest.mark.skipif(shutil.which("Rscript") is None, reason="Rscript is not installed")


def aliased():
    with pytest.warns(CollinearityWarning):
        return gl.ordinal("visits ~ age + twice + smoke", BIRTHS)


FITS = {
    "multinomial": lambda: gl.multinomial(FORMULA, BIRTHS),
    "multinomial weighted": lambda: gl.multinomial(FORMULA, BIRTHS, weights="n", base=1),
    "ordinal": lambda: gl.ordinal(FORMULA, BIRTHS),
    "ordinal weighted": lambda: gl.ordinal(FORMULA, BIRTHS, weights="n"),
    "cut points alone": lambda: gl.ordinal("visits ~ 1", BIRTHS),
    "two levels": lambda: gl.ordinal("low ~ age + lwt", BIRTHS),
    "aliased": aliased,
}


def skipped(validation):
    """Quantities of which nothing was compared, by reason."""
    table = validation.table
    return {reason: set(rows["quantity"]) for reason, rows in table[table["ok"].isna()].groupby("reason")}


@pytest.mark.parametrize("make", FITS.values(), ids=FITS)
def test_statsmodels_agrees(make):
    fit = make()
    validation = fit.validate()
    assert validation.passed
    assert validation.table["ok"].notna().sum() >= 4 * len(fit.coefs.estimated) + 2
    assert str(validation).startswith("Against statsmodels")


@needs_r
@pytest.mark.parametrize("name", ["multinomial", "ordinal weighted"])
def test_r_agrees(name):
    validation = FITS[name]().validate("r")
    assert validation.passed
    assert validation.table["ok"].all()
    assert validation.against in ("R multinom (nnet)", "R clm (ordinal)", "R polr (MASS)")


@pytest.mark.parametrize("name", ["multinomial", "ordinal"])
def test_a_wrong_number_is_seen(name, monkeypatch):
    fit = FITS[name]()
    monkeypatch.setattr(type(fit), "bse", fit.bse * 1.00001)
    validation = fit.validate()
    assert not validation.passed
    assert set(validation.table.loc[validation.table["ok"] == False, "quantity"]) >= {"bse"}  # noqa: E712
    assert "DIFFERS" in str(validation)


def test_what_is_not_compared():
    expected = gl.ordinal(FORMULA, BIRTHS, se="expected").validate()
    assert skipped(expected) == {"errors are of the expected information, the peer's of the observed one": ERRORS}
    apart = gl.ordinal(FORMULA, BIRTHS, nonparallel="smoke").validate()
    assert next(iter(skipped(apart))).startswith("with nonparallel= a term has a coefficient for each cut")
    robust = gl.ordinal(FORMULA, BIRTHS).with_cov("HC0").validate()
    assert skipped(robust) == {"statsmodels' robust errors of an ordered model rest on numerical derivatives": ERRORS}
    assert not apart.passed
    assert robust.passed
