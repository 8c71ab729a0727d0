"""Effects averaged over covariate patterns are those averaged over the rows, whatever is set, grouped or left out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.data.storage import Repeated
from glmlogit.effects import at
from glmlogit.prediction import population

N = 20_000
RNG = np.random.default_rng(4)
DATA = pd.DataFrame(
    {
        "g": RNG.choice(list("abc"), N),
        "k": RNG.integers(0, 5, N),
        "s": RNG.integers(0, 2, N),
        "w": RNG.integers(1, 4, N),
    }
)
DATA["y"] = (RNG.random(N) < 1 / (1 + np.exp(1 - 0.3 * DATA["k"] - 0.5 * (DATA["g"] == "b") * DATA["s"]))).astype(int)
DATA["t"] = np.where(DATA["k"] > 2, 0.5, 1.5)
DATA["z"] = RNG.random(N)

CALLS = [
    lambda fit: fit.margins(),
    lambda fit: fit.margins(at={"k": [0, 3]}, by="g", discrete="binary"),
    lambda fit: fit.margins(kind="eyex", variables="k"),
    lambda fit: fit.comparisons("k", contrast=2.0),
    lambda fit: fit.comparisons("g", ["risk_difference", "attributable_fraction"], population="exposed"),
    lambda fit: fit.comparisons("s", "risk_ratio", by=["g", "k"]),
    lambda fit: gl.predictions(fit, by="g"),
    lambda fit: gl.predictions(fit, at={"g": ["a", "b"]}, by=DATA["z"] > 0.3),
    lambda fit: gl.second_differences(fit, "k", "g"),
]
FITS = [("y ~ g * s + k", {}), ("y ~ g + s + I(k^2)", {"weights": "w"}), ("y ~ g + s + k", {"offset": "t"})]


@pytest.mark.parametrize("call", range(len(CALLS)))
@pytest.mark.parametrize(("formula", "options"), FITS)
def test_patterns_are_averaged_as_rows(monkeypatch, formula, options, call):
    """Sums are only taken in another order; the statistic of a ratio next to 1 is a difference of two of them."""
    fit = gl.logit(formula, DATA, **options)
    assert isinstance(fit.rows.matrix, Repeated)
    used = []
    monkeypatch.setattr(at, "counted", lambda *args: used.append(population.counted(*args)) or used[-1])
    short = pd.DataFrame(CALLS[call](fit))
    assert used
    assert all(rows is not None and len(rows.population) < 200 for rows in used)
    monkeypatch.setattr(at, "counted", lambda *_: None)
    pd.testing.assert_frame_equal(short, pd.DataFrame(CALLS[call](fit)), rtol=1e-11, atol=1e-11)


def test_rows_that_differ_within_a_pattern_are_not_counted():
    """A variable read as I(k > 2) only has several values in a pattern, an offset beside the columns may have."""
    for formula, options in (("y ~ g + I(k > 2)", {}), ("y ~ g", {"offset": "z"})):
        fit = gl.logit(formula, DATA, **options)
        rows = population.population_of(fit)
        assert population.counted(rows, np.zeros(N, dtype=np.intp), 1) is None
    assert gl.logit("y ~ g + I(k > 2)", DATA).comparisons("k", contrast=(4, 1))["estimate"].notna().all()
