"""Every verb of a fit whose outcome has several levels: an answer, or a refusal in words; never a stray error."""

from __future__ import annotations

import ast
import functools
import inspect
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl

BIRTHS = gl.datasets.birthwt().assign(visits=lambda d: d["ftv"].clip(upper=2))
FORMULA = "visits ~ age + smoke + C(race)"
MAKERS = {"multinomial": gl.multinomial, "ordinal": gl.ordinal}
# What a verb needs beside the fit.
NEEDS = {
    "change_in_estimate": ("smoke",),
    "comparisons": ("smoke",),
    "contrasts": ("C(race)[T.black] - C(race)[T.other]",),
    "decision_boundary": ("age", "smoke"),
    "decision_curve": (),
    "effect_plot": ("age",),
    "effective_dose": ("age",),
    "fractional_polynomials": ("age",),
    "interaction": ("smoke", "ht"),
    "interaction_plot": ("age", "smoke"),
    "odds_ratio_curve": ("age",),
    "pairwise": ("race",),
    "plot": ("forest",),
    "prior_correction": (0.2,),
    "reference_grid": ({"smoke": [0, 1]},),
    "risk_plot": ("smoke",),
    "score_test": ("C(race)",),
    "second_differences": ("age", "smoke"),
    "stratum_odds_ratios": ("smoke", "race"),
    "test": ("C(race)[T.black] = C(race)[T.other]",),
    "wald_test": ("C(race)[T.black] = C(race)[T.other]",),
    "with_base": ("1",),
    "with_cov": ("HC0",),
}
# Need what is no single fit.
OTHERS = {"lr_test", "roc_test", "multiclass_auc"}


def verbs():
    """Public functions whose first argument is a fit."""
    for name in sorted(gl.__all__):
        value = getattr(gl, name)
        if inspect.isfunction(value) and next(iter(inspect.signature(value).parameters), "") == "fit":
            yield name


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("verb", list(verbs()))
def test_an_answer_or_a_refusal(verb, maker):
    fit = MAKERS[maker](FORMULA, BIRTHS)
    if verb in OTHERS:
        pytest.skip("takes several fits")
    try:
        said = str(getattr(gl, verb)(fit, *NEEDS.get(verb, ())))
    except gl.errors.GlmlogitError as refusal:
        said = str(refusal)
    assert len(said) > 10
    assert "None" not in said


@pytest.mark.parametrize("maker", MAKERS)
def test_estimators_of_two_outcomes_refuse_the_rows(maker):
    rows = MAKERS[maker](FORMULA, BIRTHS).design
    several = {"multinomial": (gl.multinomial, gl.firth), "ordinal": (gl.ordinal,)}[maker]
    for estimator in (
        gl.logit,
        gl.flic,
        gl.flac,
        gl.log_f,
        gl.median_bias_reduced,
        gl.firth,
        gl.multinomial,
        gl.ordinal,
    ):
        if estimator in several:
            assert estimator(rows).converged
            continue
        with pytest.raises(gl.errors.GlmlogitError, match=r"level|ordered"):
            estimator(rows)


def test_models_of_one_formula_are_told_apart():
    apart, parallel = gl.ordinal(FORMULA, BIRTHS, nonparallel="smoke"), gl.ordinal(FORMULA, BIRTHS)
    said = str(gl.lr_test(apart, parallel))
    assert f"{FORMULA} with 6 coefficients within the same with 7: chi2(1)" in " ".join(said.split())


def test_odds_ratios_that_all_cuts_share():
    """Contrasts, pairs of levels and strata of a proportional-odds fit are those of its coefficients."""
    fit = gl.ordinal(FORMULA, BIRTHS)
    ratios = fit.odds_ratios()
    strata = gl.stratum_odds_ratios(fit, "smoke", "race")
    np.testing.assert_allclose(strata["odds_ratio"], ratios.loc["smoke", "odds_ratio"], rtol=1e-12)
    np.testing.assert_allclose(strata["conf_low"], ratios.loc["smoke", "conf_low"], rtol=1e-12)
    pairs = gl.pairwise(fit, "race", adjust="none").set_index("contrast")["odds_ratio"]
    assert pairs["black / white"] == pytest.approx(ratios.loc["C(race)[T.black]", "odds_ratio"], rel=1e-12)
    contrast = gl.contrasts(fit, "race[black] - race[other]")["odds_ratio"].iloc[0]
    own = ratios.loc["C(race)[T.black]", "odds_ratio"] / ratios.loc["C(race)[T.other]", "odds_ratio"]
    assert contrast == pytest.approx(own, rel=1e-12)
    apart = gl.ordinal(FORMULA, BIRTHS, nonparallel="smoke")
    of_cuts = gl.stratum_odds_ratios(apart, "smoke", "race")
    assert of_cuts["outcome"].tolist() == ["0|1"] * 3 + ["1|2"] * 3
    ratios = apart.odds_ratios()
    for cut, rows in of_cuts.groupby("outcome"):
        for name in ("odds_ratio", "conf_low", "conf_high"):
            np.testing.assert_allclose(rows[name], ratios.loc[f"[{cut}]smoke", name], rtol=1e-12)
    shared = gl.stratum_odds_ratios(apart, "age")
    assert "outcome" not in shared
    assert shared["odds_ratio"].iloc[0] == pytest.approx(ratios.loc["age", "odds_ratio"], rel=1e-12)
    assert isinstance(gl.pairwise(apart, "race"), pd.DataFrame)


# --- which model it is, nobody asks ------------------------------------------------------------------
BLIND = ("inference", "effects", "reports", "plots", "prediction", "publication", "odds")
PACKAGE = Path(gl.__file__).parent
OF_A_MODEL = re.compile(r"Logit|Multinomial|Cumulative|ManyLevels|_logit$")


@functools.cache
def models():
    """Classes of one model, likelihoods and responses, and functions that make them."""
    trees = [ast.parse(path.read_text("utf-8")) for path in (PACKAGE / "likelihood").glob("*.py")]
    top = [node for tree in trees for node in tree.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))]
    return {node.name for node in top if OF_A_MODEL.search(node.name)}


def asked(text, names):
    """Which of the names the code of a file holds: imports, calls, ``isinstance``; strings and comments aside."""
    nodes = list(ast.walk(ast.parse(text)))
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    used |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    used |= {alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
    return sorted(used & names)


def test_the_models_are_seen():
    names = models()
    assert {"BinaryLogit", "MultinomialLogit", "CumulativeLogit", "Logit", "MultinomialResponse"} <= names
    assert asked("if isinstance(fit.maximum.likelihood, MultinomialLogit):\n    pass", names) == ["MultinomialLogit"]
    assert asked("from glmlogit.likelihood.cumulative import cumulative_logit", names) == ["cumulative_logit"]


@pytest.mark.parametrize("wing", BLIND)
def test_no_analysis_asks_which_model_it_has(wing):
    files = {path.name: asked(path.read_text("utf-8"), models()) for path in (PACKAGE / wing).rglob("*.py")}
    assert {name: names for name, names in files.items() if names} == {}


def test_separation_of_rows_is_that_of_their_outcome():
    rows = BIRTHS.assign(never=((BIRTHS["visits"] == 2) & (BIRTHS["age"] > 25)) * 1.0)
    for maker in MAKERS.values():
        with pytest.warns(gl.errors.SeparationWarning):
            fit = maker("visits ~ never + lwt", rows)
        of_fit, of_rows = gl.separation(fit).coefficients, gl.separation(fit.design).coefficients
        assert of_rows.tolist() == of_fit.tolist()
        assert "+inf" in of_rows.tolist()
