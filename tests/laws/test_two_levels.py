"""Models of several levels at two of them: the numbers of ``gl.logit`` to 1e-13, in all that a fit says.

Numbers differ by 1e-13 of themselves or of their unit at most: what is estimated of its standard error, what is tested
of 1, log-likelihood ratios of the log-likelihoods they are the difference of.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples, seeds

import glmlogit as gl

TOLERANCE = 1e-13
FORMULA = "y ~ x + C(g)"
KINDS = ({}, {"weights": "n"}, {"offset": "o"}, {"cluster": "team"})
NUMBERS = ("llf", "llnull", "deviance", "null_deviance", "aic", "bic", "nobs", "df_model", "df_resid")
ESTIMATED = ["estimate", "conf_low", "conf_high"]


def table(seed, n=150):
    rng = np.random.default_rng(seed)
    x, g = rng.normal(size=n), rng.integers(0, 3, n)
    above = 0.5 * x + 0.4 * (g == 1) - 0.2 + rng.logistic(size=n) > 0
    above[:6], g[:6] = [True, False] * 3, [0, 0, 1, 1, 2, 2]
    columns = {"y": np.where(above, "yes", "no"), "x": x, "g": g, "n": rng.integers(1, 4, n)}
    return pd.DataFrame({**columns, "team": np.arange(n) % 23, "o": rng.normal(size=n) / 4})


def fit_of(model, rows, options):
    if model == "ordinal":
        return gl.ordinal(FORMULA, rows, order=["no", "yes"], **options)
    return gl.multinomial(FORMULA, rows, **options)


def close(ours, theirs, unit=0.0):
    ours, theirs = (np.asarray(values, dtype=float) for values in (ours, theirs))
    np.testing.assert_array_equal(np.isnan(ours), np.isnan(theirs))
    exceeding = np.abs(ours - theirs) > TOLERANCE * (np.abs(theirs) + np.asarray(unit, dtype=float))
    assert not exceeding.any(), (ours[exceeding], theirs[exceeding])


def same_table(ours, theirs):
    """Rows of the event; estimates and limits in standard errors, tests in theirs."""
    ours = pd.DataFrame(ours)
    ours, theirs = ours[ours["outcome"] == "yes"], pd.DataFrame(theirs)
    errors = theirs["std_error"].to_numpy()[:, None]
    columns = [name for name in ESTIMATED if name in theirs]
    close(ours[columns], theirs[columns], errors)
    close(ours["std_error"], theirs["std_error"])
    tests = [name for name in ("statistic", "p_value") if name in theirs]
    close(ours[tests], theirs[tests], 1.0)


@pytest.mark.parametrize("model", ["multinomial", "ordinal"])
@examples(4)
@given(seeds, st.sampled_from(KINDS))
def test_estimates_errors_and_tests(model, seed, options):
    rows = table(seed)
    fit, binary = fit_of(model, rows, options), gl.logit(FORMULA, rows, event="yes", **options)
    signs = np.array([-1.0 if model == "ordinal" else 1.0, 1.0, 1.0, 1.0])
    errors = binary.bse.to_numpy()
    close(fit.params * signs, binary.params, errors)
    close(fit.bse, errors)
    close(fit.cov_params() * np.outer(signs, signs), binary.cov_params(), np.outer(errors, errors))
    close([getattr(fit, name) for name in NUMBERS], [getattr(binary, name) for name in NUMBERS])
    close(fit.pvalues, binary.pvalues, 1.0)
    hypothesis = "[yes]x = 0.3" if model == "multinomial" else "x = 0.3"
    robust = "cluster" in options
    for test in (gl.wald_test,) if robust else (gl.wald_test, gl.score_test):
        ours, theirs = test(fit, hypothesis), test(binary, "x = 0.3")
        close([ours.statistic, ours.p_value], [theirs.statistic, theirs.p_value], 1.0)
    for test in ("wald",) if robust else ("lr", "wald", "score"):
        ours, theirs = (gl.drop1(f, test)[["statistic", "p_value"]][1:] for f in (fit, binary))
        close(ours, theirs, max(1.0, -binary.llf))
    if not robust:
        close(gl.anova(fit)["statistic"][1:], gl.anova(binary)["statistic"][1:], -binary.llf)
        for kind in ("HC0", "HC1", "HC2", "HC3"):
            close(fit.with_cov(kind).bse, binary.with_cov(kind).bse)


@pytest.mark.parametrize("model", ["multinomial", "ordinal"])
@examples(4)
@given(seeds, st.sampled_from(KINDS))
def test_intervals(model, seed, options):
    rows = table(seed)
    fit, binary = fit_of(model, rows, options), gl.logit(FORMULA, rows, event="yes", **options)
    for method in ("wald",) if "cluster" in options else ("wald", "profile", "score"):
        ours, theirs = (f.confint(method=method).to_numpy().copy() for f in (fit, binary))
        if model == "ordinal":
            ours[0] = -ours[0][::-1]
        # Limits of a profile are found by steps whose last is below 1e-13 standard errors of the point before.
        close(ours, theirs, binary.bse.to_numpy()[:, None] * (1 if method == "wald" else 10))


@pytest.mark.parametrize("model", ["multinomial", "ordinal"])
@examples(4)
@given(seeds, st.sampled_from(KINDS))
def test_predictions_and_effects(model, seed, options):
    rows = table(seed)
    fit, binary = fit_of(model, rows, options), gl.logit(FORMULA, rows, event="yes", **options)
    for scale in ("logit", "probability"):
        ours = fit.predict(rows, interval="confidence", scale=scale)
        theirs = binary.predict(rows, interval="confidence", scale=scale)
        close(ours[ours["outcome"] == "yes"].drop(columns="outcome"), theirs)
    p = fit.predict(rows)
    close(p["yes"], binary.predict(rows))
    close(p["no"], 1.0 - binary.predict(rows), 1.0)
    for request in ({}, {"kind": "eyex"}, {"at": "mean"}, {"by": "g"}):
        same_table(fit.margins(**request), binary.margins(**request))
    estimands = ["risk_difference", "risk_ratio"]
    same_table(fit.comparisons("g", estimands), binary.comparisons("g", estimands))
    same_table(gl.predictions(fit, at={"g": [0, 1]}), gl.predictions(binary, at={"g": [0, 1]}))


def numbers_of(answer, depth=0):
    """All numbers of a table or a result, in their order."""
    if isinstance(answer, pd.DataFrame):
        columns = [answer[name] for name in answer if pd.api.types.is_numeric_dtype(answer[name])]
        return np.concatenate([np.zeros(0), *(column.to_numpy(dtype=float) for column in columns)])
    if isinstance(answer, (int, float, np.number)):
        return np.array([float(answer)])
    if not dataclasses.is_dataclass(answer) or depth > 2:
        return np.zeros(0)
    names = [field.name for field in dataclasses.fields(answer) if field.name not in ("fit", "estimate", "design")]
    return np.concatenate([np.zeros(0), *(numbers_of(getattr(answer, name), depth + 1) for name in names)])


JUDGED = {
    "roc": {},
    "precision_recall": {},
    "calibration": {},
    "classification": {},
    "thresholds": {},
    "decision_curve": {},
    "gain": {},
    "association_measures": {},
}
COMBINED = {
    "effective_dose": ("x",),
    "odds_ratio_curve": ("x",),
    "pairwise": ("g",),
    "stratum_odds_ratios": ("x", "g"),
    "contrasts": ("g[1] - g[2]",),
}


@pytest.mark.parametrize("model", ["multinomial", "ordinal"])
@pytest.mark.parametrize("kind", range(2))
def test_all_that_judges_and_combines(model, kind):
    """Every number of the result, to 1e-12 of itself or of 1, out of fold too; hypotheses about a level name it."""
    rows, options = table(11), KINDS[kind]
    fit, binary = fit_of(model, rows, options), gl.logit(FORMULA, rows, event="yes", **options)
    verbs = dict.fromkeys(JUDGED, ()) | COMBINED
    if model == "multinomial":
        del verbs["contrasts"]
    for verb, needs in verbs.items():
        ours, theirs = (numbers_of(getattr(gl, verb)(f, *needs)) for f in (fit, binary))
        assert len(theirs), verb
        np.testing.assert_allclose(ours, theirs, rtol=10 * TOLERANCE, atol=10 * TOLERANCE, err_msg=verb)


def test_counts_of_two_levels_are_judged_out_of_fold():
    """Whichever of the two levels comes first."""
    rows = table(11).assign(x=lambda d: d["x"].round())
    cells = rows.groupby(["x", "g"])["y"].value_counts().unstack(fill_value=0).reset_index()
    binary = gl.logit("cbind(yes, no) ~ x + C(g)", cells)
    for fit in (
        gl.ordinal("cbind(no, yes) ~ x + C(g)", cells),
        gl.multinomial("cbind(no, yes) ~ x + C(g)", cells),
        gl.multinomial("cbind(yes, no) ~ x + C(g)", cells, base="no"),
    ):
        ours, theirs = (numbers_of(gl.calibration(f)) for f in (fit, binary))
        np.testing.assert_allclose(ours, theirs, rtol=10 * TOLERANCE, atol=10 * TOLERANCE)


@examples(6)
@given(seeds, st.sampled_from(KINDS[:2]))
def test_order_reversed_turns_all_signs_exactly(seed, options):
    rows = table(seed)
    up = gl.ordinal(FORMULA, rows, order=["no", "yes"], **options)
    down = gl.ordinal(FORMULA, rows, order=["yes", "no"], **options)
    np.testing.assert_array_equal(down.params, -up.params)
    close(down.bse, up.bse)
    close(down.cov_params(), up.cov_params(), np.outer(up.bse, up.bse))
    for method in ("wald", "profile", "score"):
        turned = -up.confint(method=method).to_numpy()[:, ::-1]
        close(down.confint(method=method), turned, up.bse.to_numpy()[:, None] * (1 if method == "wald" else 10))
    close(down.predict(rows)[["no", "yes"]], up.predict(rows)[["no", "yes"]])


@examples(6)
@given(seeds, st.sampled_from(["parallel", "partial"]))
def test_more_levels_reversed_turn_all_signs_exactly(seed, kind):
    """Of refined fits, to the last bit; cut points in the other order, and so coefficients of cuts."""
    rows = table(seed).assign(y=lambda d: 2 * (d["y"] == "yes") + (d["team"] % 2))
    options = {"nonparallel": "x"} if kind == "partial" else {}
    up = gl.ordinal("y ~ x + C(g)", rows, **options)
    down = gl.ordinal("y ~ x + C(g)", rows, order=[3, 2, 1, 0], **options)
    own = [name for name in up.params.index if "|" in name]
    names = {name: name for name in up.params.index if "|" not in name}
    for name in own:
        cut = name.partition("[")[2].partition("]")[0] or name
        names[name] = name.replace(cut, "|".join(cut.split("|")[::-1]))
    assert up.digits == down.digits == pytest.approx(15.95)
    np.testing.assert_array_equal(down.params[list(names.values())], -up.params[list(names)])
    close(down.bse[list(names.values())], up.bse[list(names)])
    assert abs(down.llf - up.llf) <= TOLERANCE * abs(up.llf)


@pytest.mark.parametrize("cut", [0, 1])
def test_levels_merged_to_two_are_the_binary_logit_above_the_cut(cut):
    """Categories that are put together leave the logit of being above them, which Brant's test compares."""
    rows = table(3).assign(y=lambda d: np.where(d["y"] == "yes", 2, d["team"] % 2))
    merged = rows.assign(y=np.where(rows["y"] > cut, "above", "below"))
    ours = gl.ordinal(FORMULA, merged, order=["below", "above"])
    binary = gl.logit(FORMULA, merged, event="above")
    close(ours.params * [-1, 1, 1, 1], binary.params, binary.bse)
    of_cuts = gl.brant(gl.ordinal("y ~ x + C(g)", rows)).odds_ratios
    np.testing.assert_allclose(np.log(of_cuts.iloc[:, cut].to_numpy()[0]), ours.params["x"], rtol=1e-10)
