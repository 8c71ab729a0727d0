"""Simulated coverage of intervals and size of tests, with fixed seeds: run with ``-m slow -s`` to see the table.

Data are 2×2 tables and a normal covariate, the models small, so that many replicates are quick. What is asserted
is theory or well-known direction: profile and score limits cover near nominally (Agresti 2013, §3.1), Wald limits
are conservative and their tests lose size where cells are small (Hauck & Donner 1977), Firth's penalised profile
covers near nominally with rare outcomes, where Wald limits of maximum likelihood often do not exist (Heinze &
Schemper 2002). An infinite limit covers on its side; coverage is 1 − size.
"""

from __future__ import annotations

import itertools
import warnings
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.stats import binom

import glmlogit as gl
from glmlogit.epidemiology import additive_interaction
from glmlogit.errors import SeparationWarning
from glmlogit.numerics.tails import normal_pvalue, normal_quantile

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
    "common, normal x, n = 50": Scene(50, 0.0, 0.5, False, 2000),
    "common, 0/1 x, n = 100": Scene(100, 0.0, 0.7, True, 2000),
    "rare, 0/1 x, n = 100": Scene(100, -2.5, 1.0, True, 2000),
    "rare, normal x, n = 200": Scene(200, -3.0, 0.0, False, 2000),
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


def replicate(design, slope):
    """P-values of the tests of the true slope, whether the data are separated, and the two fits.

    A test that cannot be computed (Wald under separation) rejects nothing here; its interval does not exist.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeparationWarning)
        fit = gl.logit(design)
    firth = gl.firth(design)
    null = f"x0 = {slope}"
    p = {name: fit.test(null, name).p_value for name in ("lr", "score")}
    p["penalised lr"] = firth.test(null, "lr").p_value
    for name, one in (("wald", fit), ("firth wald", firth)):
        p[name] = float(normal_pvalue((one.params["x0"] - slope) / one.bse["x0"]))
    return p, fit, firth


@pytest.fixture(scope="module", params=SCENES)
def simulated(request):
    scene = SCENES[request.param]
    rng = np.random.default_rng(20240 + list(SCENES).index(request.param))
    results = [replicate(draw(scene, rng), scene.slope) for _ in range(scene.replicates)]
    p = {name: np.array([one[0][name] for one in results]) for name in results[0][0]}
    size = {name: float(np.mean(values < 1 - LEVEL)) for name, values in p.items()}
    missing = float(np.mean(np.isnan(p["wald"])))
    print(f"\n{request.param}: {scene.replicates} replicates, no Wald test in {missing:.1%}")
    print("  size " + "  ".join(f"{name} {value:.3f}" for name, value in size.items()))
    return request.param, scene, size, missing, results


PAIRS = {"profile": ("lr", 1), "score": ("score", 1), "wald": ("wald", 1)}
FIRTH_PAIRS = {"profile": ("penalised lr", 2), "wald": ("firth wald", 2)}


def test_intervals_hold_exactly_what_their_tests_do_not_reject(simulated):
    """Coverage is one minus size, replicate by replicate; a limit at infinity covers on its side."""
    _, scene, _, _, results = simulated
    for result in results[:60]:
        for pairs in (PAIRS, FIRTH_PAIRS):
            for method, (test, place) in pairs.items():
                low, high = result[place].confint(LEVEL, method=method).loc["x0"]
                if np.isnan(result[0][test]):
                    assert np.isnan(low)
                    continue
                assert (low <= scene.slope <= high) == (result[0][test] >= 1 - LEVEL), (method, test)


# What theory and simulation studies lead to expect, and three Monte-Carlo standard errors (0.0146) around 0.05:
# likelihood-ratio and score tests near the level, Wald tests below it (the more so the rarer the events),
# penalised likelihood-ratio tests near it or below where counts are small and discrete.
BOUNDS = {
    "lr": (0.03, 0.075),
    "score": (0.025, 0.065),
    "penalised lr": (0.02, 0.065),
    "wald": (0.0, 0.06),
    "firth wald": (0.0, 0.06),
}


def test_sizes(simulated):
    _, _, size, _, _ = simulated
    for name, (low, high) in BOUNDS.items():
        assert low <= size[name] <= high, name


def test_wald_is_the_most_cautious(simulated):
    """Hauck & Donner 1977; with rare events Wald tests reject less than likelihood-ratio tests, or do not exist."""
    name, _, size, missing, _ = simulated
    assert size["wald"] <= size["lr"]
    if name.startswith("rare, 0/1"):
        assert missing > 0.0
        assert size["wald"] < size["lr"] - 0.01


@pytest.mark.parametrize("estimator", [gl.logit, gl.firth])
def test_bias_of_the_slope(estimator):
    """Maximum likelihood is biased away from zero, by some 10 % here; Firth's estimate hardly (Firth 1993)."""
    rng = np.random.default_rng(77)
    scene = Scene(60, 0.0, 1.0, False, 1500)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeparationWarning)
        slopes = np.array([estimator(draw(scene, rng)).params["x0"] for _ in range(scene.replicates)])
    slopes = slopes[np.isfinite(slopes)]
    bias, error = slopes.mean() - 1.0, slopes.std() / np.sqrt(len(slopes))
    print(f"\nbias of the slope, {estimator.__name__}: {bias:+.3f} ± {error:.3f}")
    if estimator is gl.logit:
        assert bias > 0.04
    else:
        assert abs(bias) < 0.03 + 3 * error


# --- few clusters ---------------------------------------------------------------------------------
FEW = {6: 4000, 10: 4000, 30: 4000}


def clustered(groups, rng):
    """Clusters of 30 rows, half of them exposed, whose log-odds vary with SD 0.5; a factor of four levels by row."""
    clusters = np.repeat(np.arange(groups), 30)
    exposed, factor = (clusters < groups // 2) * 1.0, rng.integers(0, 4, 30 * groups)
    y = (rng.random(30 * groups) < 1 / (1 + np.exp(0.5 - rng.normal(0, 0.5, groups)[clusters]))) * 1.0
    columns = np.column_stack([exposed, *(factor == level for level in (1, 2, 3))])
    return gl.design_arrays(y, columns, intercept=True, cluster=clusters)


@pytest.mark.parametrize("groups", FEW)
def test_t_and_f_hold_their_level_with_few_clusters(groups):
    """Coverage of an exposure of clusters, and size of the joint test of three coefficients by row; docs/parity.md.

    t with G - 1 is short of 95 % with 6 clusters, as the sandwich is too small (Cameron & Miller 2015, §VI); F is not.
    """
    rng, found = np.random.default_rng(900 + groups), []
    for _ in range(FEW[groups]):
        fit = gl.logit(clustered(groups, rng))
        normal = fit.with_cov(reference="normal")
        joint = "x1 = 0, x2 = 0, x3 = 0"
        tests = (fit.pvalues["x0"], normal.pvalues["x0"], fit.test(joint).p_value, normal.test(joint).p_value)
        found.append([p < 1 - LEVEL for p in tests])
    t, z, f, chi2 = np.mean(found, axis=0)
    print(f"\n{groups} clusters: coverage t {1 - t:.3f} z {1 - z:.3f}; joint size F {f:.3f} chi2 {chi2:.3f}")
    error = 3 * (0.05 * 0.95 / FEW[groups]) ** 0.5
    assert z > t
    assert chi2 > 0.05 + error
    assert abs(f - 0.05) < error + 0.01
    assert {6: 0.91, 10: 0.92, 30: 0.93}[groups] < 1 - t < 0.96


# --- doses and additive interaction -------------------------------------------------------------------
def dose_limits(fit, p):
    """Limits of log dose in closed form: by the delta method, and Fieller's (infinite where the slope is not)."""
    (a, b), V, z = fit.params.to_numpy(), fit.cov_params().to_numpy(), normal_quantile(LEVEL)
    u = (np.log(p / (1 - p)) - a) / b
    error = np.sqrt(np.array([1, u]) @ V @ np.array([1, u])) / b
    square, linear = b * b - z * z * V[1, 1], -z * z * (V[0, 1] + u * V[1, 1])
    constant = -z * z * (V[0, 0] + 2 * u * V[0, 1] + u * u * V[1, 1])
    root = np.sqrt(linear**2 - square * constant) if square > 0 else np.inf
    fieller = u + (-linear + np.array([-1, 1]) * root) / square if square > 0 else np.array([-np.inf, np.inf])
    return np.array([u - z * error, u + z * error]), fieller


def test_effective_doses_are_covered():
    """48 subjects at six doses, a model in log(dose): limits of ED90 by the delta method on the logarithm are narrow
    (on the dose itself they cover .82); Fieller's are exact for a normal estimate. Binomial error .005."""
    dose, a, b = np.array([0.5, 1, 2, 4, 8, 16.0]), -1.2, 0.7
    risk = 1 / (1 + np.exp(-a - b * np.log(dose)))
    truth = {p: (np.log(p / (1 - p)) - a) / b for p in (0.5, 0.9)}
    rng, held = np.random.default_rng(1), []
    for i in range(2000):
        table = {"dose": dose, "dead": rng.binomial(8, risk), "n": np.full(6, 8)}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SeparationWarning)
            fit = gl.logit("dead ~ log(dose)", table, trials="n")
        if fit.separation.kind != "none" or fit.params.iloc[1] <= 0:
            continue
        limits = {p: dose_limits(fit, p) for p in truth}
        held.append([[limits[p][m][0] <= truth[p] <= limits[p][m][1] for p in truth] for m in (0, 1)])
        if i < 4:  # the closed form is the package's
            for m, method in enumerate(("delta", "fieller")):
                found = gl.effective_dose(fit, "dose", 0.5, method=method)[["conf_low", "conf_high"]].to_numpy()[0]
                np.testing.assert_allclose(found, np.exp(limits[0.5][m]), rtol=1e-7)
    covered = np.mean(held, axis=0)
    print(f"doses: {len(held)} fits; ED50, ED90: delta {covered[0]}, Fieller {covered[1]}")
    assert (covered[1] > LEVEL - 0.01).all()  # unbounded sets cover
    assert covered[0][0] > LEVEL - 0.01
    assert 0.88 < covered[0][1] < covered[1][1]


@pytest.mark.parametrize("n", [200, 600])
def test_additive_interaction_is_covered(n):
    """RERI and AP of a 2×2×2 table: MOVER is nearer to the nominal level than the delta method, for AP at n = 200."""
    logs = np.array([0.6, 0.5, 1.6])
    risk = 1 / (1 + np.exp(1.0 - np.append(0.0, logs)))
    rng, z, truth = np.random.default_rng(3), normal_quantile(LEVEL), additive_interaction.measures(logs)
    held = {"delta": [], "mover": []}
    for _ in range(4000):
        people = rng.multinomial(n, [0.3, 0.25, 0.25, 0.2])
        events = rng.binomial(people, risk)
        if (events == 0).any() or (events == people).any():
            continue
        log = np.log(events / (people - events))
        variance = 1 / events + 1 / (people - events)
        log_or, cov = log[1:] - log[0], np.diag(variance[1:]) + variance[0]
        for method, limits in (
            ("delta", additive_interaction.delta_limits),
            ("mover", additive_interaction.mover_limits),
        ):
            low, high = limits(log_or, cov, z).T
            held[method].append(((low <= truth) & (truth <= high))[4:6])
    covered = {method: np.mean(rows, axis=0) for method, rows in held.items()}
    print(n, covered)
    np.testing.assert_allclose(covered["mover"], LEVEL, atol=0.022)
    assert abs(covered["mover"][1] - LEVEL) <= abs(covered["delta"][1] - LEVEL) + 0.002


def separated_tables(n: int) -> dict[tuple[int, int], tuple[bool, np.ndarray]]:
    """Of every table of two groups of n: whether it is separated, and Firth's profile and Wald limits (2, 2)."""
    tables = {}
    for a in range(n + 1):
        for c in range(n + 1):
            fit = gl.firth(gl.design_arrays([a, c], [[1.0], [0.0]], intercept=True, trials=[n, n]))
            limits = [fit.confint(method=method).to_numpy()[1] for method in ("profile", "wald")]
            tables[a, c] = (a in (0, n) or c in (0, n), np.array(limits))
    return tables


def test_firth_limits_within_separated_tables():
    """Exact, by all 169 tables of two groups of 12. Over all of them profile limits hold their level but for steps.

    Within the separated ones no method could hold it at every truth: what is said is what a reader of such a table has.
    """
    tables, n = separated_tables(12), 12
    everywhere = []
    for base, beta in itertools.product((-1.0, -2.0), (0.0, 1.0, 2.0, 3.0)):
        odds = [binom(n, 1 / (1 + np.exp(-eta))) for eta in (base + beta, base)]
        chance = np.array([odds[0].pmf(a) * odds[1].pmf(c) for a, c in tables])
        separated = np.array([s for s, _ in tables.values()])
        covered = np.array([[low <= beta <= high for low, high in limits] for _, limits in tables.values()])
        whole = chance @ covered / chance.sum()
        within = chance[separated] @ covered[separated] / chance[separated].sum()
        everywhere.append(whole)
        print(f"base {base:g}, log OR {beta:g}: profile, Wald {whole.round(3)}; P(separated) "
              f"{chance[separated].sum():.3f}, within {within.round(3)}")  # fmt: skip
    profile = np.array(everywhere)[:, 0]
    assert profile.min() > LEVEL - 0.01
    assert profile.mean() < np.array(everywhere)[:, 1].mean()  # Wald limits are longer than need be
