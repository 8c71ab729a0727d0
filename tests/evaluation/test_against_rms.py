"""Calibration and validation against rms, run by ``tests/reference/validation.R``: where it is right, and where not."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import glmlogit as gl
from glmlogit.evaluation.internal_validation import of_refits
from glmlogit.resampling.bootstrap_refits import refits_of
from glmlogit.resampling.observations import observations_of

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "validation.json").read_text(encoding="utf-8"))
BIRTHS = gl.datasets.load("birthwt")
MODEL = "low ~ age + lwt + race + smoke + ht"


@pytest.fixture(scope="module")
def judged():
    return gl.calibration(gl.logit(MODEL, BIRTHS[::2]), BIRTHS[1::2], smoother="lowess")


def test_val_prob_is_met_where_it_does_not_bin(judged):
    theirs, ours = REFERENCE["val_prob"], judged.measures["estimate"]
    np.testing.assert_allclose(ours["brier"], theirs["Brier"], rtol=1e-9)
    np.testing.assert_allclose(ours["spiegelhalter_z"], theirs["S:z"], rtol=1e-9)
    np.testing.assert_allclose(judged.tests.loc["spiegelhalter", "p_value"], theirs["S:p"], rtol=1e-9)
    np.testing.assert_allclose(ours[["emax", "e90", "ici"]], [theirs[k] for k in ("Emax", "E90", "Eavg")], rtol=1e-8)
    np.testing.assert_allclose(judged.tests.loc["both", "statistic"], theirs["U:Chi-sq"], rtol=1e-6)
    np.testing.assert_allclose(judged.tests.loc["both", "p_value"], theirs["U:p"], rtol=1e-6)


def test_lines_are_those_of_glm_iterated_to_the_end(judged):
    ours, exact = judged.measures, REFERENCE["cox"]
    np.testing.assert_allclose(ours.loc["slope"].iloc[:2], [exact["slope"], exact["se"][1]], rtol=1e-11)
    np.testing.assert_allclose(ours.loc["intercept", "estimate"], exact["large"], rtol=1e-11)


def test_pairs_are_not_binned(judged):
    auc = gl.roc(gl.logit(MODEL, BIRTHS[::2]), BIRTHS[1::2]).auc
    np.testing.assert_allclose(2 * auc - 1, 3 / 13, rtol=1e-12)
    assert abs(REFERENCE["val_prob"]["Dxy"] - 3 / 13) > 1e-3


def test_validate_is_met_on_its_own_samples():
    fit = gl.logit(MODEL, BIRTHS)
    draws = [np.bincount(np.array(rows) - 1, minlength=189) for rows in REFERENCE["samples"]]
    observations = observations_of(fit)
    table = of_refits(fit, observations, refits_of(fit, observations, draws), "bootstrap", 0.95, "30").table
    ours = table[["apparent", "training", "test", "optimism", "corrected"]]
    # rms fits and recalibrates by steps that stop early: slopes of the test rows to seven digits.
    for name, theirs in (
        ("r2", "R2"),
        ("brier", "B"),
        ("intercept", "Intercept"),
        ("slope", "Slope"),
        ("somers_d", "Dxy"),
    ):
        np.testing.assert_allclose(ours.loc[name], list(REFERENCE["validate"][theirs].values()), rtol=1e-6, atol=1e-7)
