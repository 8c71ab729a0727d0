"""Tests of fit, pseudo-R² and collinearity against all values of the references but those of a multinomial model."""

from __future__ import annotations

import numpy as np
import pytest
from evaluation_models import data, difference, entries, fitted

import glmlogit as gl
from glmlogit.diagnostics.goodness_of_fit import paul_groups

GOF = [key for key, entry in entries("2_gof").items() if entry["quantity"] not in ("hl_multinomial", "paul_groups")]
R2 = (
    *("mcfadden", "mcfadden_adjusted", "mcfadden_adjusted_slopes", "cox_snell", "nagelkerke", "tjur", "efron"),
    *("mckelvey_zavoina", "aldrich_nelson", "veall_zimmermann", "estrella"),
)


def chi2(test: gl.GoodnessOfFit) -> list[float]:
    return [test.statistic, test.df, test.p_value]


def computed(fit: gl.Fit, quantity: str) -> list[float]:
    kind, _, rest = quantity.partition("_")
    if kind == "hl":
        grouping, _, table = rest.partition("_")
        test = gl.goodness_of_fit(fit, "hosmer_lemeshow", grouping=grouping)
        return test.groups[["n", "observed", "expected"]].to_numpy().ravel() if table else chi2(test)
    if quantity == "patterns":
        pearson, deviance = gl.goodness_of_fit(fit, "pearson"), gl.goodness_of_fit(fit, "deviance")
        count = len(gl.influence(fit, "pattern").table)
        return [count, pearson.statistic, deviance.statistic, pearson.df, pearson.p_value, deviance.p_value]
    if quantity in ("stukel", "score_eta2"):
        name = "stukel" if quantity == "stukel" else "link"
        ratio = gl.goodness_of_fit(fit, name, form="lr")
        return [*chi2(gl.goodness_of_fit(fit, name)), ratio.statistic, ratio.p_value]
    if quantity in ("unweighted_ss", "osius_rojek", "spiegelhalter"):
        test = gl.goodness_of_fit(fit, quantity)
        return [*(test.parts if test.parts is not None else ()), test.statistic, test.p_value]
    if quantity == "score_1_2p":
        test = gl.goodness_of_fit(fit)
        return [test.statistic**2, 1, test.p_value]
    if quantity == "pseudo_r2":
        r2, p, n = gl.pseudo_r2(fit), fit.predict().to_numpy(), fit.sample.n_trials
        y, m = fit.rows.y, np.ones(len(p)) if fit.rows.trials is None else fit.rows.trials
        lr = 2 * (fit.llf - fit.llnull)
        mean, share = p @ m / n, y @ p / n
        squared = (share - mean * y.sum() / n) ** 2 / ((p * p @ m / n - mean**2) * (y.sum() / n) * (1 - y.sum() / n))
        hagle = lr / (lr + n * np.pi**2 / 3)
        return [*(r2[name] for name in R2), hagle, r2["rms"], squared, -2 * fit.loglik, n]
    return chi2(gl.goodness_of_fit(fit, {"im_diag": "information_matrix"}.get(quantity, quantity)))


@pytest.mark.parametrize("key", GOF)
def test_fit(key):
    entry = entries("2_gof")[key]
    assert difference("2_gof", key, computed(fitted(entry["model"]), entry["quantity"])) <= 1


def test_all_values_were_compared():
    assert (len(GOF), len(entries("2_gof"))) == (119, 121)
    assert len(COLLINEARITY) == len(entries("3_collinearity")) == 47


def test_numbers_of_groups():
    args = entries("2_gof")["gof.all.paul_groups"]["args"]
    ours = [paul_groups(n, events) for n, events in zip(args["n"], args["events"], strict=True)]
    assert difference("2_gof", "gof.all.paul_groups", ours) <= 1


COLLINEARITY = list(entries("3_collinearity"))
FORMULAS = {
    "birthwt_interactions": "low ~ age*lwt + C(race)*smoke",
    "birthwt_poly": "low ~ poly(age,2) + lwt + C(race)",
}


@pytest.mark.parametrize("key", COLLINEARITY)
def test_collinearity(key):
    entry = entries("3_collinearity")[key]
    model, quantity = entry["model"], entry["quantity"]
    fit = gl.logit(FORMULAS[model], data("birthwt")) if model in FORMULAS else fitted(model)
    if quantity in ("gvif", "gvif_scaled"):
        ours = gl.vif(fit)[quantity]
    elif quantity == "vif_ols":
        ours = gl.vif(fit, by="column", of="columns")["gvif"]
    else:
        table = gl.collinearity(fit, weighted=quantity.endswith("_weighted"))
        ours = table["condition_index"] if "condindx" in quantity else table.iloc[:, 1:].to_numpy()
    assert difference("3_collinearity", key, ours) <= 1
