"""How often tests of fit reject a model that is right: in five of a hundred samples, but for those named here."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import glmlogit as gl

SAMPLES, SIZE = 2_000, 0.05
TESTS = ("unweighted_ss", "hosmer_lemeshow", "stukel", "information_matrix", "link", "tsiatis")
# The share of samples in which a test of size 0.05 rejects lies between these in 999 of 1000 simulations.
LOW, HIGH = (stats.binom.ppf(q, SAMPLES, SIZE) / SAMPLES for q in (0.0005, 0.9995))


def rejected(n: int) -> pd.Series:
    """Shares of samples of n people in which p is below 0.05: two numbers and a factor of three levels, 35 % events."""
    rng = np.random.default_rng(n)
    below = dict.fromkeys((*TESTS, "osius_rojek", "centred"), 0)
    for _ in range(SAMPLES):
        x, u, z = rng.normal(size=n), rng.uniform(-1, 1, n), rng.integers(0, 3, n)
        p = 1 / (1 + np.exp(0.8 - 0.7 * x - 0.5 * u - 0.4 * (z == 2)))
        fit = gl.logit("y ~ x + u + C(z)", {"y": (rng.random(n) < p) * 1, "x": x, "u": u, "z": z})
        for test in TESTS:
            below[test] += gl.goodness_of_fit(fit, test).p_value < SIZE
        sparse = gl.goodness_of_fit(fit, "osius_rojek")
        below["osius_rojek"] += sparse.p_value < SIZE
        z = (sparse.parts["chi2"] - n) / np.sqrt(sparse.parts["patterns"] + sparse.parts["rss"])
        below["centred"] += 2 * stats.norm.sf(abs(z)) < SIZE
    return pd.Series(below) / SAMPLES


@pytest.mark.slow
@pytest.mark.parametrize("n", [200, 500])
def test_right_models_are_rejected_as_often_as_is_said(n):
    shares = rejected(n)
    assert shares[list(TESTS)].between(LOW, HIGH).all(), shares
    # Osius and Rojek's test compares X² with J − k, and of single trials its mean is J: a note says so.
    assert shares["osius_rojek"] > HIGH
    assert 0.02 < shares["centred"] < HIGH


def test_a_centre_that_is_too_low_is_said():
    births = gl.datasets.load("birthwt")
    sparse = gl.goodness_of_fit(gl.logit("low ~ age + lwt + smoke + ht + ui + C(race)", births), "osius_rojek")
    assert "off_centre" in [note.code for note in sparse.notes]
    table = gl.datasets.load("lizards")
    fit = gl.logit("cbind(grahami, opalinus) ~ height + diameter + light + time", table)
    assert "off_centre" not in [note.code for note in gl.goodness_of_fit(fit, "osius_rojek").notes]


if __name__ == "__main__":
    for n in (200, 500):
        print(n, rejected(n).to_dict(), (LOW, HIGH))
