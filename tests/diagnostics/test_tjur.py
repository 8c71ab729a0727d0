"""Tjur's measure by one compiled fold is that of the sums over rows, however these are weighted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.diagnostics.pseudo_r2 import tjur

KINDS = {
    "plain": ("y ~ x + g", {}),
    "frequencies": ("y ~ x + g", {"weights": "w"}),
    "sampling": ("y ~ x + g", {"weights": "w", "weight_type": "sampling"}),
    "trials": ("e ~ x + g", {"trials": "m"}),
    "weighed trials": ("e ~ x + g", {"trials": "m", "weights": "w", "weight_type": "precision"}),
    "offset": ("y ~ x + g", {"offset": "o"}),
    "class weights": ("y ~ x + g", {"class_weight": "balanced"}),
    "patterns": ("y ~ g + w", {}),
}


@pytest.fixture(scope="module")
def people():
    rng, n = np.random.default_rng(1), 30_000  # more numbers than are refined
    table = pd.DataFrame({"x": rng.normal(size=n), "g": rng.choice(list("abcd"), n), "o": rng.normal(size=n)})
    table["w"], table["m"] = rng.integers(1, 4, n), rng.integers(1, 6, n)
    table["y"] = rng.binomial(1, 1 / (1 + np.exp(1 - table["x"] - 0.3 * table["o"])))
    table["e"] = rng.binomial(table["m"], 1 / (1 + np.exp(-0.5 * table["x"])))
    return table


@pytest.mark.parametrize("kind", KINDS)
def test_the_fold_is_the_sum_over_rows(kind, people):
    formula, options = KINDS[kind]
    fit = gl.logit(formula, people, **options)
    assert fit.solution.exact_rows == (kind == "patterns")
    rows = gl.pseudo_r2(fit)
    assert tjur(fit) == pytest.approx(rows["tjur"], abs=1e-14)  # a difference of two means below 1
    shown = fit.glance().iloc[0]
    for name in ("mcfadden", "nagelkerke", "tjur"):
        assert shown[name] == pytest.approx(rows[name], abs=1e-14, nan_ok=True)


def test_few_rows_and_limits_are_summed_as_before():
    births = gl.datasets.birthwt()
    fit = gl.logit("low ~ age + smoke", births)
    assert tjur(fit) == gl.pseudo_r2(fit)["tjur"]
    with pytest.warns(gl.errors.SeparationWarning):
        separated = gl.logit("low ~ smoke + g", births.assign(g=np.where(births["low"] == 1, births["ht"], 0)))
    assert tjur(separated) == gl.pseudo_r2(separated)["tjur"]
