"""ROC curves of pROC (tests/reference/discrimination.R): areas, parts, thresholds, tests of two."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from evaluation_models import data

import glmlogit as gl

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "discrimination.json").read_text(encoding="utf-8"))


def case(name: str):
    """Outcomes, two scores and a half of the rows, as in the script."""
    d = data(name)
    if name == "asah":
        return d["poor"], d["s100b"], d["wfns"], d["female"] == 1
    if name == "icu":  # R rounds halves to even, as NumPy does
        half = d["cancer"] + (np.arange(len(d)) + 1) % 2 == 1
        return d["died"], (d["age"] / 10).round() - (d["sys"] / 40).round(), d["age"], half
    return d["fracture"], (d["age"] / 5).round(), -d["height"], d["priorfrac"] == 1


@pytest.mark.parametrize("name", ["asah", "icu", "glow500"])
def test_curves_and_tests_are_those_of_proc(name):
    y, a, b, half = case(name)
    expected = REFERENCE[name]
    curve = gl.roc(y=y, score=a)
    # pROC writes 15 digits.
    np.testing.assert_allclose([curve.auc, curve.std_error], [expected["auc"], expected["std_error"]], rtol=1e-12)
    np.testing.assert_allclose([curve.conf_low, curve.conf_high], expected["limits"], rtol=1e-12)
    for key, corrected in (("partial", False), ("corrected", True)):
        parts = [curve.partial(0.7, 1.0, of, corrected) for of in ("specificity", "sensitivity")]
        np.testing.assert_allclose(parts, expected[key], rtol=1e-12)
    t = gl.roc_test(a, b, y=y)
    np.testing.assert_allclose([t.statistic, t.p_value, t.conf_low, t.conf_high], expected["paired"], rtol=1e-9)
    covariance = ((t.table["std_error"] ** 2).sum() - t.std_error**2) / 2
    assert covariance == pytest.approx(expected["covariance"], rel=1e-9)
    t = gl.roc_test(*(gl.roc(y=y[rows], score=a[rows]) for rows in (half, ~half)))
    np.testing.assert_allclose([t.statistic, t.df, t.p_value], expected["unpaired"], rtol=1e-9)


@pytest.mark.parametrize("name", ["asah", "icu", "glow500"])
@pytest.mark.parametrize("criterion", ["youden", "closest"])
def test_best_thresholds_are_those_of_proc(name, criterion):
    y, a, _, _ = case(name)
    low, width = a.min(), a.max() - a.min()
    best = gl.thresholds(y=y, p=(a - low) / width, criterion=criterion, replicates=0).best
    rows = best[["midpoint", "specificity", "sensitivity"]].to_numpy() * [width, 1, 1] + [low, 0, 0]
    np.testing.assert_allclose(rows, REFERENCE[name][criterion], rtol=1e-12)
