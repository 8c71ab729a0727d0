"""Effects against 50-digit references (tests/reference/effects.py) and R's emmeans and MASS (effects.R).

Numbers of the reference hold 15 digits; here 1e-9 of a standard error is asked, for ill-conditioned splines too.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import references

import glmlogit as gl

EXACT = {case["id"]: case for case in references.load_json("effects_py")["cases"]}
FROM_R = {case["id"]: case for case in references.load_json("effects_r")["cases"]}
LIMITS = ["conf_low", "conf_high"]


def fitted(name: str) -> tuple[gl.Fit, pd.DataFrame]:
    case = EXACT[name]
    data = references.frame(case["data"])
    fit = gl.logit(case["formula"], data, cluster=case["cluster"], **case["options"])
    return fit.with_cov(reference="normal"), data  # the references' limits are the normal's, with clusters too


def options_of(call: dict[str, Any]) -> dict[str, Any]:
    """Options that margins, comparisons and predictions share."""
    if call.get("vce") == "unconditional":
        return {"unconditional": True}
    return {"cov": call.get("cov")}


def level_of(fit: gl.Fit, name: str, text: Any) -> Any:
    """A level as the data spell it; the reference has levels of factors as text."""
    known = fit.design.columns.variables(fit.design.frame)[name]
    if known.use != "levels":
        return float(text)
    return next(level for level in known.levels if str(level) == str(text))


def margins(fit: gl.Fit, call: dict[str, Any], data: pd.DataFrame) -> pd.DataFrame:
    wanted = {key: call[key] for key in ("variables", "at", "kind", "discrete") if key in call}
    return fit.margins(**wanted, by=groups_of(fit, call, data), **options_of(call))


def groups_of(fit: gl.Fit, call: dict[str, Any], data: pd.DataFrame) -> Any:
    """The column of subgroups, from the data where the model does not use it."""
    name = call.get("by")
    return name if name is None or name in fit.design.frame else data[name]


def comparisons(fit: gl.Fit, call: dict[str, Any], data: pd.DataFrame) -> pd.DataFrame:
    name = call["variable"]
    contrast = call["contrast"]
    if isinstance(contrast, list):
        contrast = tuple(level_of(fit, name, value) for value in contrast)
    return fit.comparisons(name, call["estimand"], contrast, call["population"], **options_of(call))


def predictions(fit: gl.Fit, call: dict[str, Any], data: pd.DataFrame) -> pd.DataFrame:
    at = call.get("at", "overall")
    if "variable" in call:
        name = call["variable"]
        known = fit.design.columns.variables(fit.design.frame)[name]
        at = {name: list(known.levels) if known.use == "levels" else [0, 1]}
    return gl.predictions(fit, at, by=groups_of(fit, call, data), **options_of(call))


def pairwise(fit: gl.Fit, call: dict[str, Any], data: pd.DataFrame) -> pd.DataFrame:
    return gl.pairwise(fit, call["variable"], call["by"], adjust=call["adjust"], cov=call["cov"])


def stratum_odds_ratios(fit: gl.Fit, call: dict[str, Any], data: pd.DataFrame) -> pd.DataFrame:
    within = {} if call["by"] is None else {call["by"]: None}
    within |= {name: [value] for name, value in call["at"].items() if within and name not in within}
    contrast = tuple(level_of(fit, call["variable"], v) for v in call["contrast"])
    found = gl.stratum_odds_ratios(fit, call["variable"], within or None, contrast=contrast, cov=call["cov"])
    return pd.DataFrame(found).drop(columns=[name for name in call["at"] if name in found and name != call["by"]])


def dose(fit: gl.Fit, call: dict[str, Any], data: pd.DataFrame) -> pd.DataFrame:
    options = {"at": call["at"], "method": call["interval"], "cov": call["cov"]}
    return gl.effective_dose(fit, call["variable"], call["p"], **options)


ASKED = {
    "margins": margins,
    "comparisons": comparisons,
    "predictions": predictions,
    "pairwise": pairwise,
    "stratum_odds_ratios": stratum_odds_ratios,
    "dose": dose,
}


def key_of(what: str, row: pd.Series | dict[str, Any], ours: bool) -> tuple[Any, ...]:
    """What a row is about, in the words of both."""

    def plain(value: Any) -> str:
        try:
            return f"{float(value):.9g}"
        except (TypeError, ValueError):
            return str(value)

    if ours:
        known = ("estimate", "std_error", "statistic", "p_value", *LIMITS, "odds_ratio", "estimand")
        known = (*known, "std_error_log", "risk_exposed", "risk_reference", "interval")
        rest = {k: plain(v) for k, v in row.items() if k not in (*known, "variable", "contrast", "probability")}
        contrast = str(row.get("contrast", "")).replace(" / ", " - ")
        contrast = "dydx" if contrast in ("dydx", "eyex", "eydx", "dyex") else contrast
        return str(row.get("variable", "")), contrast, tuple(sorted(rest.items())), plain(row.get("probability", ""))
    rest = {k: plain(v) for part in ("at", "group") for k, v in (row.get(part) or {}).items()}
    contrast = row.get("contrast", "")
    contrast = "dydx" if contrast in ("dY/dX", "eY/eX", "eY/dX", "dY/eX") else contrast
    if "level" in row:
        contrast = f"{row['level']} - {row['reference']}"
    variable = row.get("variable", "") if what != "predictions" else ""
    return str(variable if what != "dose" else ""), str(contrast), tuple(sorted(rest.items())), plain(row.get("p", ""))


def compared(what: str, found: pd.DataFrame, rows: list[dict[str, Any]], tolerance: float) -> list[int]:
    """Compare row by row; returns where each row of the reference is in our table."""
    ours = {key_of(what, row, True): i for i, row in enumerate(found.to_dict(orient="records"))}
    assert len(ours) == len(found) == len(rows)
    places = [ours[key_of(what, theirs, False)] for theirs in rows]
    for place, theirs in zip(places, rows, strict=True):
        row = found.iloc[place]
        estimate = row.get("odds_ratio", row.get("estimate"))
        error = theirs.get("std_error", np.nan)
        if what == "comparisons" and "risk_difference" in theirs:
            assert estimate == pytest.approx(theirs["estimate"], rel=tolerance)
            assert row["conf_low"] == pytest.approx(1 / theirs["rd_conf_high"], rel=100 * tolerance)
            assert row["conf_high"] == pytest.approx(1 / theirs["rd_conf_low"], rel=100 * tolerance)
            assert np.isnan(row["std_error"])
            continue
        assert abs(estimate - theirs["estimate"]) <= tolerance * max(error, abs(theirs["estimate"]))
        if "std_error" in row and not np.isnan(row["std_error"]):
            assert row["std_error"] == pytest.approx(error, rel=tolerance)
        for limit in LIMITS:
            assert row[limit] == pytest.approx(theirs[limit], rel=tolerance, abs=tolerance * error)
        if "p_value" in row and "p_value" in theirs and what != "predictions":
            # p turns an error of z into one of z·dz.
            assert row["p_value"] == pytest.approx(theirs["p_value"], rel=100 * tolerance, abs=1e-300)
    return places


@pytest.mark.parametrize("name", list(EXACT))
def test_effects_against_exact_arithmetic(name):
    fit, data = fitted(name)
    checked = 0
    for quantity in EXACT[name]["quantities"]:
        if quantity["source"] != "exact" or quantity["what"] not in ASKED:
            continue
        found = ASKED[quantity["what"]](fit, quantity["call"], data)
        places = compared(quantity["what"], found, quantity["rows"], 1e-9)
        if "covariance" in quantity and quantity["what"] == "margins":
            error = found["std_error"].to_numpy()[places]
            ours = found.covariance.to_numpy()[np.ix_(places, places)]
            size = np.outer(error, error)
            np.testing.assert_allclose(ours / size, np.array(quantity["covariance"]) / size, atol=1e-8)
        checked += 1
    assert checked


SECOND = [name for name, case in EXACT.items() if any(q["what"] == "second_differences" for q in case["quantities"])]


@pytest.mark.parametrize("name", SECOND)
def test_second_differences_against_exact_arithmetic(name):
    fit, _ = fitted(name)
    checked = 0
    for quantity in EXACT[name]["quantities"]:
        call = quantity["call"]
        if quantity["what"] != "second_differences" or quantity["source"] != "exact" or "at" not in call:
            continue
        found = gl.second_differences(fit, call["variable"], call["at"], cov=call["cov"])
        theirs = {row["group"][call["at"]]: row for row in quantity["rows"] if " - " in str(row["group"][call["at"]])}
        for _, row in found.iterrows():
            expected = theirs[row[call["at"]]]
            for column in ("estimate", "std_error", *LIMITS):
                assert row[column] == pytest.approx(expected[column], abs=1e-9 * expected["std_error"])
            checked += 1
    assert checked


ASKED_OF_R = {
    "pairwise": pairwise,
    "stratum_odds_ratios": stratum_odds_ratios,
    "dose": dose,
    "comparisons": comparisons,
}


@pytest.mark.parametrize("name", list(FROM_R))
def test_effects_against_r(name):
    """R's own numbers: 1e-6 of the estimate, and of Tukey's limits what its ``qtukey`` holds; p-values to 1e-7."""
    fit, data = fitted(name)
    for quantity in FROM_R[name]["quantities"]:
        if quantity["what"] not in ASKED_OF_R:
            continue
        found = ASKED_OF_R[quantity["what"]](fit, quantity["call"], data)
        ours = {key_of(quantity["what"], row, True): row for row in found.to_dict(orient="records")}
        for theirs in quantity["rows"]:
            row = ours[key_of(quantity["what"], theirs, False)]
            estimate = row.get("odds_ratio", row.get("estimate"))
            assert estimate == pytest.approx(theirs["estimate"], rel=1e-6)
            for limit in LIMITS:
                if theirs.get(limit) is not None:
                    assert row[limit] == pytest.approx(theirs[limit], rel=1e-5)
            if theirs.get("p_value") is not None and "p_value" in row:
                assert row["p_value"] == pytest.approx(theirs["p_value"], abs=1e-7)
