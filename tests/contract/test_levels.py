"""Every verb of a fit whose outcome has several levels: an answer, or a refusal in words; never a stray error."""

from __future__ import annotations

import inspect

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
    with pytest.raises(gl.errors.UnsupportedError, match="odds ratios of its own"):
        gl.stratum_odds_ratios(apart, "smoke", "race")
    assert isinstance(gl.pairwise(apart, "race"), pd.DataFrame)
