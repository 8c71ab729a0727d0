"""Cross-checks against statsmodels and R: what agrees, what is refused and why, and what a wrong fit looks like."""

from __future__ import annotations

import json
import shutil
import stat
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.errors import CollinearityWarning, DataError, SeparationWarning, UnsupportedError
from glmlogit.estimate.kinds import KINDS

FORMULA = "low ~ age + lwt + C(race) + smoke"
ALL = {"params", "bse", "conf_low", "conf_high", "llf", "deviance"}
ERRORS = {"bse", "conf_low", "conf_high"}

needs_r = pytest.mark.skipif(shutil.which("Rscript") is None, reason="Rscript is not installed")


def births() -> pd.DataFrame:
    data = gl.datasets.birthwt()
    rows = np.arange(len(data))
    return data.assign(
        count=rows % 4,
        share=0.5 + rows / 100,
        team=rows // 5,
        shift=data["age"] / 50,
        all=1,
        total=data["age"] + data["lwt"],
    )


def grouped() -> gl.Fit:
    return gl.logit("cbind(ncases, ncontrols) ~ agegp + alcgp", gl.datasets.esoph())


def with_trials() -> gl.Fit:
    return gl.logit("incidence ~ period", gl.datasets.cbpp(), trials="size")


def aliased() -> gl.Fit:
    with pytest.warns(CollinearityWarning):
        return gl.logit("low ~ total + age + lwt + smoke", births())


def separated() -> gl.Fit:
    with pytest.warns(SeparationWarning):
        return gl.logit("HG ~ NV + PI", gl.datasets.endometrial())


def reasons(found: gl.Validation) -> dict[str, set[str]]:
    """Quantities that were not compared, by reason."""
    skipped = found.table[found.table["ok"].isna()]
    return {reason: set(rows["quantity"]) for reason, rows in skipped.groupby("reason")}


FITS = {
    "plain": lambda: gl.logit(FORMULA, births()),
    "level": lambda: gl.logit(FORMULA, births(), level=0.9),
    "no intercept": lambda: gl.logit("low ~ 0 + age + lwt", births()),
    "intercept only": lambda: gl.logit("low ~ 1", births()),
    "grouped": grouped,
    "trials": with_trials,
    "frequency weights": lambda: gl.logit(FORMULA, births(), weights="count"),
    "precision weights": lambda: gl.logit(FORMULA, births(), weights="share", weight_type="precision"),
    "offset": lambda: gl.logit(FORMULA, births(), offset="shift"),
    "weights and offset": lambda: gl.logit(FORMULA, births(), weights="count", offset="shift"),
}
ROBUST = {
    "HC0": lambda: gl.logit(FORMULA, births()).with_cov("HC0"),
    "HC0 grouped": lambda: grouped().with_cov("HC0"),
    "cluster": lambda: gl.logit(FORMULA, births(), cluster="team").with_cov("cluster:statsmodels"),
}


@pytest.mark.parametrize("make", [*FITS.values(), *ROBUST.values()], ids=[*FITS, *ROBUST])
def test_statsmodels_agrees_in_every_quantity(make):
    found = gl.validate(make())
    assert found.passed
    assert set(found.table["quantity"]) == ALL
    assert found.table["ok"].notna().all()
    # Both iterate to rounding, so far more than the default tolerance of 1e-6 can be asked for.
    assert found.table["difference"].max() < 1e-10


@needs_r
@pytest.mark.parametrize("make", FITS.values(), ids=FITS)
def test_r_agrees_in_every_quantity(make):
    found = gl.validate(make(), against="r")
    assert found.passed
    assert found.table["ok"].notna().all()
    assert found.table["difference"].max() < 1e-10  # as above
    assert found.against == "R glm"
    assert found.version.count(".") == 2


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: gl.logit(FORMULA, births()).with_cov("HC1"), "statsmodels returns HC0 whatever HC1 asks for"),
        (lambda: gl.logit(FORMULA, births()).with_cov("HC3"), "statsmodels returns HC0 whatever HC3 asks for"),
        (lambda: gl.logit(FORMULA, births(), cluster="team"), r"with_cov\('cluster:statsmodels'\) compares"),
        (lambda: gl.logit(FORMULA, births(), weights="count").with_cov("HC0"), "treats all weights as frequencies"),
        (lambda: gl.logit(FORMULA, births(), weights="share", weight_type="sampling"), r"has no HC0·n/\(n-1\)"),
    ],
    ids=["HC1", "HC3", "cluster", "weighted HC0", "sampling"],
)
def test_errors_that_statsmodels_computes_otherwise_are_not_compared(make, reason):
    found = gl.validate(make())
    assert found.passed
    assert list(reasons(found).values()) == [ERRORS]
    assert pd.Series(list(reasons(found))).str.contains(reason).all()
    assert "not compared: bse, conf_low, conf_high: statsmodels" in str(found)


@needs_r
def test_r_has_no_robust_errors_of_its_own():
    found = gl.validate(gl.logit(FORMULA, births(), cluster="team"), against="r")
    assert found.passed
    assert reasons(found) == {"base R has no cluster covariance; with_cov('model') compares": ERRORS}


@pytest.mark.parametrize("against", ["statsmodels", pytest.param("r", marks=needs_r)])
def test_an_aliased_term_is_left_out_and_the_rest_compared(against):
    found = gl.validate(aliased(), against=against)
    assert found.passed
    assert reasons(found) == {"lwt is aliased here": {"params", *ERRORS}}
    assert found.table["ok"].sum() == 4 * 4 + 2


@pytest.mark.parametrize("against", ["statsmodels", pytest.param("r", marks=needs_r)])
def test_a_fit_that_did_not_converge_is_not_compared(against):
    fit = separated()
    found = gl.validate(fit, against=against)
    assert not found.passed
    assert reasons(found) == {fit.status.value.rstrip("."): ALL}
    assert ": nothing compared" in str(found)


def test_a_covariance_without_a_value_is_not_taken_for_a_difference():
    fit = gl.logit(FORMULA, births(), cluster="all").with_cov("cluster:statsmodels")
    assert fit.bse.isna().all()
    found = gl.validate(fit)  # statsmodels divides by zero clusters less one
    assert list(reasons(found).values()) == [ALL]
    assert "stopped with an error" in next(iter(reasons(found)))


@pytest.mark.filterwarnings("ignore:invalid value encountered in sqrt")
def test_a_variance_below_zero_leaves_the_other_terms_compared():
    fit = gl.logit(FORMULA, births(), cluster=["team", "race"]).with_cov("cluster:statsmodels")
    found = gl.validate(fit)
    assert found.passed
    assert all(reason.startswith("cluster:statsmodels gives no standard error for") for reason in reasons(found))


def tampered(fit: gl.Fit, change: float) -> gl.Fit:
    """The same fit with its first coefficient moved by a share of its standard error."""
    beta = fit.maximum.beta.copy()
    beta[0] += change * fit.bse.iloc[0]
    return fit.resolved(maximum=replace(fit.maximum, beta=beta))


@pytest.mark.parametrize("against", ["statsmodels", pytest.param("r", marks=needs_r)])
def test_a_wrong_coefficient_is_found(against):
    found = gl.validate(tampered(FITS["plain"](), 1e-4), against=against)
    assert not found.passed
    wrong = found.table[found.table["ok"] == False]  # noqa: E712
    assert set(wrong["term"]) == {"Intercept"}
    assert set(wrong["quantity"]) == {"params", "conf_low", "conf_high"}
    # The difference is in standard errors; 1e-9 allows for the rounding of a sum of two doubles.
    np.testing.assert_allclose(wrong["difference"], 1e-4, rtol=1e-9)
    assert "DIFFERS" in str(found)
    assert str(found).count(" NO") == 3


def test_the_tolerance_decides():
    fit = tampered(FITS["plain"](), 1e-4)
    assert not gl.validate(fit, rtol=0.9e-4).passed
    assert gl.validate(fit, rtol=1.1e-4).passed


def test_a_wrong_likelihood_is_found():
    fit = FITS["plain"]()
    found = gl.validate(fit.resolved(maximum=replace(fit.maximum, at=fit.maximum.at._replace(value=fit.llf + 1e-3))))
    wrong = found.table[found.table["ok"] == False]  # noqa: E712
    assert "llf" in set(wrong["quantity"])


def test_it_prints_both_values_and_the_verdict():
    lines = str(gl.validate(FITS["plain"]())).splitlines()
    assert lines[0].startswith("Against statsmodels ")
    assert ": agrees (tolerance 1e-06)" in lines[0]
    assert lines[1].split() == ["Quantity", "Term", "glmlogit", "statsmodels", "Difference", "Agrees"]
    assert lines[2].split()[:4] == ["params", "Intercept", "0.33245157", "0.33245157"]
    assert lines[2].endswith(" yes")
    terms = list(FITS["plain"]().params.index)
    rows = [line.split()[:-4] for line in lines if line.endswith(" yes")]
    each = ("params", "bse", "conf_low", "conf_high")
    assert rows == [[what, term] for what in each for term in terms] + [["llf"], ["deviance"]]


@pytest.mark.parametrize("rtol", [0, 1, -1e-6, 2.0, float("nan")])
def test_a_tolerance_that_is_none_is_refused(rtol):
    with pytest.raises(DataError, match="between 0 and 1"):
        gl.validate(FITS["intercept only"](), rtol=rtol)


def test_an_unknown_system_is_refused():
    with pytest.raises(DataError, match="'statsmodels' or 'r'"):
        gl.validate(FITS["intercept only"](), against="sas")


def test_without_r_the_message_says_how_to_get_it(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UnsupportedError, match=r"'Rscript' is not on the path\. Install R"):
        gl.validate(FITS["intercept only"](), against="r")


@pytest.mark.parametrize(
    ("script", "message"),
    [("echo trouble >&2; exit 1", "R stopped with an error: trouble"), ("echo NA", "R gave no numbers.*NA")],
)
def test_an_r_that_fails_says_what_it_said(tmp_path, monkeypatch, script, message):
    program = tmp_path / "Rscript"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr("shutil.which", lambda name: str(program))
    with pytest.raises(UnsupportedError, match=message):
        gl.validate(FITS["intercept only"](), against="r")


def test_the_method_is_the_function():
    assert gl.Fit.validate is gl.validate
    found = FITS["intercept only"]().validate()
    assert isinstance(found, gl.Validation)
    json.dumps(found.table.astype(object).where(found.table.notna(), None).to_dict("records"))


@pytest.mark.parametrize(
    ("against", "reason"),
    [
        ("statsmodels", "whether statsmodels has HC9 standard errors is not known; with_cov('model') compares"),
        pytest.param("r", "base R has no HC9 covariance; with_cov('model') compares", marks=needs_r),
    ],
)
def test_errors_of_a_new_kind_are_not_compared(against, reason, monkeypatch):
    monkeypatch.setitem(KINDS, "HC9", replace(KINDS["HC3"], name="HC9"))
    found = gl.validate(gl.logit(FORMULA, births()).with_cov("HC9"), against=against)
    assert found.passed
    assert reasons(found) == {reason: ERRORS}
