"""Simulated coverage of intervals and size of tests, with fixed seeds: run with ``-m slow -s`` to see the table.

Data are 2×2 tables and a normal covariate, the models small, so that many replicates are quick. What is asserted
is theory or well-known direction: profile and score limits cover near nominally (Agresti 2013, §3.1), Wald limits
are conservative and their tests lose size where cells are small (Hauck & Donner 1977), Firth's penalised profile
covers near nominally with rare outcomes, where Wald limits of maximum likelihood often do not exist (Heinze &
Schemper 2002). An infinite limit covers on its side; an interval that does not exist covers nothing.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pytest

import glmlogit as gl
from glmlogit._tails import normal_pvalue
from glmlogit.errors import SeparationWarning

pytestmark = pytest.mark.slow

LEVEL = 0.95


@dataclass(frozen=True)
class Scene:
    """Where data come from: rows, intercept and slope on the log-odds scale, and a 0/1 or normal covariate."""

    n: int
    intercept: float
    slope: float
    binary: bool
    replicates: int


SCENES = {
    "common, normal x, n = 50": Scene(50, 0.0, 0.5, False, 800),
    "common, 0/1 x, n = 100": Scene(100, 0.0, 0.7, True, 800),
    "rare, 0/1 x, n = 100": Scene(100, -2.5, 1.0, True, 800),
    "rare, normal x, n = 200": Scene(200, -3.0, 0.0, False, 800),
}


def draw(scene, rng):
    """One data set with both outcomes, grouped where the covariate has two values."""
    while True:
        x = np.repeat([0.0, 1.0], scene.n // 2) if scene.binary else rng.normal(size=scene.n)
        y = (rng.random(scene.n) < 1 / (1 + np.exp(-scene.intercept - scene.slope * x))).astype(float)
        if 0 < y.sum() < scene.n:
            break
    if not scene.binary:
        return gl.design_arrays(y, x[:, None], intercept=True)
    half = scene.n // 2
    return gl.design_arrays([y[:half].sum(), y[half:].sum()], [[0.0], [1.0]], intercept=True, trials=[half, half])


def covers(limits, value):
    low, high = limits
    return bool(low <= value <= high)  # NaN covers nothing


def replicate(scene, rng):
    """Which intervals of the slope cover it, and which 5 % tests reject it."""
    design = draw(scene, rng)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeparationWarning)
        fit = gl.logit(design)
    firth = gl.firth(design)
    null = f"x0 = {scene.slope}"
    inside = {
        method: covers(fit.confint(LEVEL, method=method).loc["x0"], scene.slope)
        for method in ("wald", "profile", "score")
    }
    inside["firth wald"] = covers(firth.confint(LEVEL).loc["x0"], scene.slope)
    inside["firth profile"] = covers(firth.confint(LEVEL, method="profile").loc["x0"], scene.slope)
    p = {"lr": fit.test(null, "lr").p_value, "score": fit.test(null, "score").p_value}
    p["penalised lr"] = firth.test(null, "lr").p_value
    wald = (fit.params["x0"] - scene.slope) / fit.bse["x0"]
    p["wald"] = 0.0 if np.isnan(wald) else normal_pvalue(wald)  # no Wald test: counted with its interval
    return inside, {name: bool(value < 1 - LEVEL) for name, value in p.items()}, fit.separation.kind != "none"


@pytest.fixture(scope="module", params=SCENES)
def simulated(request):
    scene = SCENES[request.param]
    rng = np.random.default_rng(20240 + list(SCENES).index(request.param))
    results = [replicate(scene, rng) for _ in range(scene.replicates)]
    coverage = {name: np.mean([inside[name] for inside, _, _ in results]) for name in results[0][0]}
    size = {name: np.mean([rejects[name] for _, rejects, _ in results]) for name in results[0][1]}
    separated = np.mean([kind for _, _, kind in results])
    print(f"\n{request.param}: {scene.replicates} replicates, {separated:.1%} separated")
    print("  coverage " + "  ".join(f"{name} {value:.3f}" for name, value in coverage.items()))
    print("  size     " + "  ".join(f"{name} {value:.3f}" for name, value in size.items()))
    return request.param, scene, coverage, size, separated, results


def test_intervals_cover_exactly_what_their_tests_do_not_reject(simulated):
    """Limits and tests are two views of one function: they agree in every single replicate."""
    *_, results = simulated
    for inside, rejects, _ in results:
        for interval, test in (
            ("profile", "lr"),
            ("score", "score"),
            ("firth profile", "penalised lr"),
            ("wald", "wald"),
        ):
            assert inside[interval] != rejects[test], interval
