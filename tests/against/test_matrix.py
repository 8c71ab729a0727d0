"""Every model of the committed R and statsmodels references, quantity by quantity.

Tolerances are those of the promise: coefficients to 1e-8 standard errors, everything else to 1e-6 relative.
The references are fits iterated to the end, so what is seen is far below (1e-10 at most). P-values are compared
by their ratio however small they are.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
import references

import glmlogit as gl
from glmlogit.numerics import kernels

CASES = {case.id: case for case in references.cases()}
PEERS = {case.id: case for case in references.cases("statsmodels")}
PARAM_SE, RELATIVE = 1e-8, 1e-6
# An error dz of z is z·dz relative to p: 2e-11 for z = 40, p = 1e-350 and z to 12 digits.
P_VALUES = 1e-9


def fitted(case: references.Case, **extra) -> gl.Fit:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", gl.errors.CollinearityWarning)
        return gl.logit(case.formula, case.frame, **case.options, **extra)


@pytest.fixture(scope="module")
def fit_of():
    done: dict[str, gl.Fit] = {}
    return lambda name: done.setdefault(name, fitted(CASES[name]))


def same(ours, theirs, tolerance=RELATIVE, floor=0.0):
    """Equal to a relative tolerance, with an absolute floor for what may be zero up to rounding."""
    ours, theirs = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=floor)


# The weights of all rows of a level are 0: R keeps its column as aliased, here the level is gone, with a note.
LEVEL_GONE = {"birthwt_zero_level": ["C(race)[T.black]"]}
# In these models the new rows break the collinearity of the data: R predicts with a warning, here it is NaN.
NOT_ESTIMABLE = {"birthwt_aliased": [0, 1, 2], "birthwt_nested": [1, 2]}


def series(case, key):
    return case.series(key).drop(LEVEL_GONE.get(case.id, []))


@pytest.mark.parametrize("name", CASES)
def test_coefficients(name, fit_of):
    fit, case = fit_of(name), CASES[name]
    theirs, errors = series(case, "params"), series(case, "bse")
    assert list(fit.params.index) == list(theirs.index)
    assert (fit.params.isna() == theirs.isna()).all()
    distance = ((fit.params - theirs) / errors).abs().dropna()
    assert (distance < PARAM_SE).all(), distance.max()
    same(fit.bse, errors)
    same(fit.zvalues, series(case, "z"))
    same(fit.pvalues, series(case, "p"), P_VALUES)


@pytest.mark.parametrize("name", CASES)
def test_limits_and_odds_ratios(name, fit_of):
    fit, case = fit_of(name), CASES[name]
    same(fit.confint()["conf_low"], series(case, "conf_low"))
    same(fit.confint()["conf_high"], series(case, "conf_high"))
    ratios = fit.odds_ratios(intercept=True)
    same(ratios["odds_ratio"], series(case, "odds_ratio"))
    same(ratios["conf_low"], series(case, "or_low"))
    same(ratios["conf_high"], series(case, "or_high"))


SCALARS = {
    "deviance": "deviance",
    "null_deviance": "null_deviance",
    "llf": "llf",
    "llnull": "llf_intercept_only",
    "aic": "aic",
    "bic": "bic",
    "nobs": "nobs",
    "df_resid": "df_residual",
    "df_null": "df_null",
}


@pytest.mark.parametrize("name", CASES)
def test_scalars(name, fit_of):
    fit, case = fit_of(name), CASES[name]
    grouped = {"bic_rows": "bic"} if fit.design.trials is not None else {}  # R counts rows
    for ours, theirs in (SCALARS | grouped).items():
        expected = None if grouped and ours == "bic" else case.reference[theirs]
        if expected is not None:
            same(getattr(fit, ours), expected)


KINDS = ("model", "HC0", "HC1", "HC2", "HC3", "cluster")
COVARIANCES = [(name, kind) for kind in KINDS for name, case in CASES.items() if case.matrix(kind) is not None]


@pytest.mark.parametrize(("name", "kind"), COVARIANCES)
def test_covariances(name, kind, fit_of):
    case = CASES[name]
    theirs = case.matrix(kind)
    fit = fitted(case, cluster=case.cluster) if kind == "cluster" else fit_of(name)
    if kind == "model" and fit.design.weight_type == "sampling":
        with pytest.raises(gl.errors.UnsupportedError, match="sampling"):
            fit.cov_params("model")
        return
    ours = fit.cov_params(kind).loc[theirs.index, theirs.columns]
    size = np.sqrt(np.diagonal(theirs))
    same(ours / np.outer(size, size), theirs / np.outer(size, size))


ROWS = [
    "fitted",
    "linear_predictor",
    "std_error_link",
    "resid_pearson",
    "resid_deviance",
    "hat",
    "std_resid",
    "cooks_distance",
]


@pytest.mark.parametrize("name", CASES)
def test_rows(name, fit_of):
    case = CASES[name]
    fit = fit_of(name)
    theirs = case.table("rows")
    theirs = theirs[theirs.index.isin(fit.design.positions)]  # rows of weight 0 take no part here
    ours = fit.augment().loc[theirs.index]
    for column in ROWS:
        if column == "std_error_link" and fit.cov_kind != "model":
            continue
        if theirs[column].notna().any():
            # R takes the logarithm of 1 - fitted: 2e-16 in a squared residual is 1e-10 in one of 1e-6.
            floor = 1e-10 if column in ("resid_deviance", "std_resid") else 0.0
            same(ours[column], theirs[column].astype(float), floor=floor)


@pytest.mark.parametrize("name", CASES)
def test_glance(name, fit_of):
    """One row of what ``test_scalars`` compares; the model's degrees of freedom are R's null less its residual ones."""
    fit, theirs = fit_of(name), CASES[name].reference
    row = fit.glance().iloc[0]
    if theirs["df_null"] is not None:
        assert row["df_model"] == theirs["df_null"] - theirs["df_residual"]
    assert row["df_model"] == len(theirs["estimable"]) - fit.design.has_intercept
    for column in ("nobs", "df_resid", "llf", "llnull", "deviance", "null_deviance", "df_null", "aic", "bic", "n_iter"):
        np.testing.assert_equal(row[column], getattr(fit, column))
    assert row["likelihood"] == ("pseudo" if fit.design.weight_type == "sampling" else "full")
    assert row["cov_kind"] == fit.cov_kind
    assert row["converged"]


WITH_COVARIATES = [name for name, case in CASES.items() if case.newdata() is not None]


@pytest.mark.parametrize("name", WITH_COVARIATES)
def test_prediction(name, fit_of):
    case = CASES[name]
    new = case.newdata()
    if name in LEVEL_GONE:
        with pytest.raises(gl.errors.DataError, match="'black'"):
            fit_of(name).predict(new)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", gl.errors.CollinearityWarning)
        ours = fit_of(name).predict(new, kind="link", interval="confidence")
    missing = ours["estimate"].isna().to_numpy()
    assert np.flatnonzero(missing).tolist() == NOT_ESTIMABLE.get(name, [])
    ours, theirs = ours[~missing], pd.DataFrame(case.reference["newdata"] | {"columns": 0})[~missing]
    same(ours["estimate"], theirs["linear_predictor"])
    same(kernels.tails(ours["estimate"].to_numpy())[0], theirs["response"])
    if fit_of(name).cov_kind == "model":
        same(ours["std_error"], theirs["std_error_link"])


def with_table(key):
    """Models whose likelihoods R compares; sums of sampling weights are none."""
    return [
        name
        for name, case in CASES.items()
        if case.reference[key] is not None and case.options.get("weight_type") != "sampling"
    ]


@pytest.mark.parametrize("name", with_table("drop1"))
def test_drop1(name, fit_of):
    case = CASES[name]
    theirs = case.table("drop1")
    ours = gl.drop1(fit_of(name))
    assert list(ours.index) == list(theirs.index)
    assert ours["df"].tolist()[1:] == theirs["df"].tolist()[1:]
    for column, key in {"deviance": "deviance", "aic": "aic", "statistic": "lrt", "p_value": "p"}.items():
        expected = theirs[key].astype(float)
        if column == "aic" and case.reference["aic"] is None:  # R rounds non-integer weights there
            continue
        tolerance = P_VALUES if column == "p_value" else RELATIVE
        same(ours[column][expected.notna()], expected.dropna(), tolerance)


@pytest.mark.parametrize("name", with_table("anova"))
def test_anova(name, fit_of):
    case = CASES[name]
    theirs = case.table("anova")
    ours = gl.anova(fit_of(name))
    assert list(ours.index) == list(theirs.index)
    same(ours["resid_deviance"], theirs["residual_deviance"])
    same(ours["resid_df"], theirs["df_residual"])
    known = theirs["p"].astype(float).notna().to_numpy()
    same(ours["statistic"][known], theirs["deviance"].astype(float)[known])
    same(ours["p_value"][known], theirs["p"].astype(float)[known], P_VALUES)


@pytest.mark.parametrize("name", PEERS)
def test_statsmodels(name, fit_of):
    fit, peer = fit_of(name), PEERS[name]
    if fit.cov_kind == "model":
        distance = ((fit.params - peer.series("params")) / peer.series("bse")).abs()
        assert (distance < PARAM_SE).all(), distance.max()
        same(fit.bse, peer.series("bse"))
    same(fit.deviance, peer.reference["deviance"])


def test_reference_has_enough_models():
    """As many models as ``tests/reference/glm.R`` fits, and of each what R can say."""
    assert len(CASES) == 54
    assert len(COVARIANCES) == 54 * 5 + 4  # four of them have clusters
    assert len(WITH_COVARIATES) == 53
    assert len(with_table("drop1")) == len(with_table("anova")) == 52
    assert pd.Index(CASES).is_unique
