"""Marginal effects: exact derivatives, analytic gradients, the delta method, and what is refused."""

from __future__ import annotations

import pickle
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import references

import glmlogit as gl
from glmlogit.columns import derivatives
from glmlogit.effects import average
from glmlogit.effects.estimates import ScenarioBlock
from glmlogit.errors import DataError, NotEstimableError, SeparationWarning, UnsupportedError
from glmlogit.prediction import population, scenarios
from glmlogit.prediction.scenarios import PopulationBlock

BIRTH = gl.datasets.birthwt()
CARS = references.frame("mtcars")
SPECTOR = references.frame("spector")


def moved(fit: gl.Fit, beta: np.ndarray) -> gl.Fit:
    """The same fit with other coefficients."""
    return fit.resolved(maximum=replace(fit.maximum, beta=beta, low=None))


def value(frame: pd.DataFrame, variable: str, column: str = "estimate") -> float:
    return frame.loc[frame["variable"] == variable, column].item()


# --- values known elsewhere -------------------------------------------------------------------------
# docs/parity.md names the sources: R 4.2.2 and Stata 17 output, solved to 10 digits.


def test_interaction_and_three_levels_as_defined():
    """To the digits given; statsmodels' get_margeff gets both models wrong."""
    found = gl.logit("am ~ hp * wt", CARS).margins()
    np.testing.assert_allclose(found["estimate"], [0.0026535615, -0.4357075114], atol=5e-11)
    np.testing.assert_allclose(found["std_error"], [0.0021039868, 0.1434096024], atol=5e-11)
    levels = gl.logit("am ~ hp + wt + C(cyl)", CARS).margins("cyl")
    assert levels["contrast"].tolist() == ["6 - 4", "8 - 4"]
    # These two were computed from R's default fit, whose coefficients hold seven digits.
    np.testing.assert_allclose(levels["estimate"], [0.1197978453, -0.3478575407], atol=6e-8)


def test_spector_as_published():
    """Seven digits are given in the literature for the model of Spector & Mazzeo (1980)."""
    fit = gl.logit("GRADE ~ GPA + TUCE + PSI", SPECTOR)
    found = fit.margins(discrete="binary")
    np.testing.assert_allclose(found["estimate"], [0.36258085, 0.01220841, 0.35751515], atol=6e-9)
    np.testing.assert_allclose(found["std_error"], [0.1094412, 0.0177942, 0.1420034], atol=6e-8)
    at_means = fit.margins("GPA", at="mean")
    np.testing.assert_allclose(at_means[["estimate", "std_error"]], [[0.53385886, 0.237038]], atol=6e-7)


# --- derivatives of the columns ---------------------------------------------------------------------
EXPRESSIONS = [
    "x",
    "I(x^2)",
    "I(x**3 - 2*x*z)",
    "I(x/z)",
    "I(z/(1 + x))",
    "I(2**x)",
    "I(-x + 3)",
    "I(x**z)",
    "exp(x)",
    "expm1(x)",
    "log(x)",
    "log(x, 3)",
    "log2(x)",
    "log10(x)",
    "log1p(x)",
    "sqrt(x)",
    "abs(x - 2)",
    "hinge(x, 1.7)",
    "center(x)",
    "scale(x)",
    "standardize(x)",
    "scale(log(x))",
    "poly(x, 3)",
    "poly(x, 2, raw=True)",
    "poly(log(x), 2)",
    "bs(x, df=5)",
    "bs(x, df=4, degree=2)",
    "bs(x, df=6, intercept=True)",
    "ns(x, 4)",
    "ns(x, df=4, intercept=True)",
    "rcs(x, 4)",
    "cr(x, df=4)",
    "x:z",
    "x:g",
    "C(g)*ns(x, 3)",
    "poly(x, 2):z:g",
    "x*z*g + I(x^2):z",
    "z + offset(sqrt(x))",
]
RNG = np.random.default_rng(20)
DATA = pd.DataFrame(
    {"x": RNG.uniform(0.5, 3.5, 300), "z": RNG.uniform(0.5, 2.0, 300), "g": RNG.choice(list("abc"), 300)}
)
DATA["y"] = (RNG.random(300) < 1 / (1 + np.exp(1 - DATA["x"] + 0.3 * DATA["z"]))).astype(int)


def rows_of(design):
    return PopulationBlock(design.columns, design.X, np.zeros(design.n_rows), design.frame)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_derivatives_of_columns_against_central_differences(expression):
    """Differences of the fourth order with h = 1e-3: truncation h⁴ and rounding eps/h are both below 1e-9.

    Points within 2h of a knot or kink are left out: there the difference, not the derivative, is wrong.
    """
    design = gl.design(f"y ~ {expression}", DATA)
    columns, h = design.columns, 1e-3
    part = columns.slope(rows_of(design), "x")
    made = {k: columns.matrix(DATA.assign(x=DATA["x"] + k * h)) for k in (-2, -1, 1, 2)}

    def difference(which: int) -> np.ndarray:
        return (8 * (made[1][which] - made[-1][which]) - (made[2][which] - made[-2][which])) / (12 * h)

    smooth = np.ones(len(DATA), dtype=bool)
    for state in columns.spec.states.values():
        for knot in np.atleast_1d(state.get("t", state.get("knots", []))):
            smooth &= np.abs(DATA["x"] - knot) > 3 * h
    for kink in (1.7, 2.0):
        smooth &= np.abs(DATA["x"] - kink) > 3 * h
    exact = np.zeros((len(DATA), design.n_columns))
    exact[:, part.positions] = part.values
    assert smooth.sum() > 200
    found = difference(0)
    np.testing.assert_allclose(exact[smooth], found[smooth], atol=1e-8 * max(1.0, np.abs(found[smooth]).max()))
    if part.offset is not None:
        np.testing.assert_allclose(part.offset, difference(1), atol=1e-9)
    assert bool(part.numerical) == ("cr(" in expression)


def test_derivative_at_a_kink_is_the_mean_of_both_sides():
    data = DATA.assign(x=np.where(np.arange(300) < 5, 1.7, DATA["x"]))
    design = gl.design("y ~ hinge(x, 1.7) + abs(x - 1.7)", data)
    part = design.columns.slope(rows_of(design), "x")
    np.testing.assert_array_equal(part.values[:5], [[0.5, 0.0]] * 5)


FORMULAS = [
    "low ~ age * lwt + smoke",
    "low ~ ns(age, 3) * C(race) + lwt",
    "low ~ C(race) * smoke + I(age^2) + age + log(lwt)",
    "low ~ bs(lwt, df=4) + race:age",
    "low ~ scale(age) * poly(lwt, 2)",
    "low ~ age + offset(log(lwt))",
]


@pytest.mark.parametrize("formula", FORMULAS)
def test_average_derivative_is_that_of_the_average_prediction(formula):
    """Central differences of the mean prediction, relative error 1e-8 (h⁴ and eps/h, both small)."""
    fit = gl.logit(formula, BIRTH)
    for name in fit.margins()["variable"].unique():
        if name in ("race", "smoke"):
            continue
        h = 1e-3 * BIRTH[name].std()
        p = {k: fit.predict(BIRTH.assign(**{name: BIRTH[name] + k * h})).mean() for k in (-2, -1, 1, 2)}
        slope = (8 * (p[1] - p[-1]) - (p[2] - p[-2])) / (12 * h)
        assert value(fit.margins(name), name) == pytest.approx(slope, rel=1e-8, abs=1e-12)


@pytest.mark.parametrize("formula", FORMULAS[:4])
@pytest.mark.parametrize("kind", ["dydx", "eyex", "eydx", "dyex"])
@pytest.mark.parametrize("at", ["overall", "mean", "typical", "values"])
def test_gradient_by_coefficients_against_central_differences(formula, kind, at):
    """The analytic Jacobian behind the delta method: J'(β) by differences of the effects themselves."""
    fit = gl.logit(formula, BIRTH)
    where = {"age": [20, 30]} if at == "values" else at
    found = fit.margins(kind=kind, at=where, discrete="binary")
    scale = np.linalg.norm(fit.solved.inverse_root, axis=1)
    jacobian = np.empty((len(found), len(scale)))
    for j in range(len(scale)):
        step = 1e-3 * scale[j] * np.eye(len(scale))[j]
        p = {
            k: moved(fit, fit.maximum.beta + k * step).margins(kind=kind, at=where, discrete="binary")["estimate"]
            for k in (-2, -1, 1, 2)
        }
        jacobian[:, j] = (8 * (p[1] - p[-1]) - (p[2] - p[-2])) / (12 * 1e-3 * scale[j])
    expected = jacobian @ fit.covariance_matrix @ jacobian.T
    # Differences of fourth order with h = 1e-3 SE: 1e-9 of the errors' own size.
    size = np.sqrt(np.diag(expected))
    np.testing.assert_allclose(found.covariance / np.outer(size, size), expected / np.outer(size, size), atol=1e-8)


def test_changes_of_factors_are_changes_of_predictions():
    fit = gl.logit("low ~ C(race) * smoke + age", BIRTH)
    found = fit.margins("race")
    means = {level: fit.predict(BIRTH.assign(race=level)).mean() for level in ("white", "black", "other")}
    assert found["contrast"].tolist() == ["black - white", "other - white"]
    expected = [means["black"] - means["white"], means["other"] - means["white"]]
    np.testing.assert_allclose(found["estimate"], expected, rtol=1e-13)


def test_numeric_levels_booleans_and_text_are_changes_too():
    data = BIRTH.assign(smokes=BIRTH["smoke"] == 1, late=np.where(BIRTH["age"] > 25, "yes", "no"))
    fit = gl.logit("low ~ smokes + late + C(ptl > 0) + lwt", data)
    found = fit.margins(["smokes", "late"])
    assert found["contrast"].tolist() == ["True - False", "yes - no"]
    both = fit.predict(data.assign(smokes=True)).mean() - fit.predict(data.assign(smokes=False)).mean()
    assert found["estimate"][0] == pytest.approx(both, rel=1e-13)


@pytest.mark.parametrize("coding", ["C(race)", "C(race, Sum)", "relevel(race, 'other')", "C(race, Helmert)"])
def test_coding_does_not_change_effects_but_for_the_reference(coding):
    found = gl.logit(f"low ~ {coding} + age", BIRTH).margins("race")
    base = found["contrast"][0].split(" - ")[1]
    plain = {"white": 0.0} | dict(
        zip(("black", "other"), gl.logit("low ~ race + age", BIRTH).margins("race")["estimate"], strict=True)
    )
    for contrast, estimate in zip(found["contrast"], found["estimate"], strict=True):
        level = contrast.split(" - ")[0]
        assert estimate == pytest.approx(plain[level] - plain[base], abs=1e-13)


# --- where ------------------------------------------------------------------------------------------
def test_at_values_averages_over_the_others():
    fit = gl.logit("low ~ age * C(race) + lwt", BIRTH)
    found = fit.margins("lwt", at={"age": [20, 30], "race": "black"})
    assert found[["age", "race"]].to_numpy().tolist() == [[20.0, "black"], [30.0, "black"]]
    for age, estimate in zip((20, 30), found["estimate"], strict=True):
        p = fit.predict(BIRTH.assign(age=age, race="black"))
        assert estimate == pytest.approx((p * (1 - p)).mean() * fit.params["lwt"], rel=1e-12)


def test_at_mean_has_dummies_at_proportions():
    fit = gl.logit("low ~ C(race) + age + I(age^2)", BIRTH)
    share = BIRTH["race"].value_counts(normalize=True)
    age = BIRTH["age"].mean()
    b = fit.params
    eta = b["Intercept"] + b["age"] * age + b["I(age^2)"] * age**2
    middle = eta + sum(share[level] * b[f"C(race)[T.{level}]"] for level in ("black", "other"))
    p = 1 / (1 + np.exp(-middle))
    found = fit.margins(at="mean")
    assert value(found, "age") == pytest.approx(p * (1 - p) * (b["age"] + 2 * age * b["I(age^2)"]), rel=1e-12)
    levels = [1 / (1 + np.exp(-eta - b.get(f"C(race)[T.{level}]", 0.0))) for level in ("white", "black", "other")]
    changes = found.loc[found["variable"] == "race", "estimate"]
    np.testing.assert_allclose(changes, [levels[1] - levels[0], levels[2] - levels[0]], rtol=1e-12)


def test_at_a_table_gives_an_effect_for_each_row():
    fit = gl.logit("low ~ age * lwt", BIRTH)
    rows = BIRTH.iloc[:4]
    found = fit.margins("age", at=rows)
    p = fit.predict(rows)
    expected = p * (1 - p) * (fit.params["age"] + fit.params["age:lwt"] * rows["lwt"])
    np.testing.assert_allclose(found["estimate"], expected, rtol=1e-12)
    np.testing.assert_array_equal(found["lwt"], rows["lwt"])


def test_by_is_the_average_in_the_subgroup():
    fit = gl.logit("low ~ age + C(race) + smoke", BIRTH)
    found = fit.margins("age", by="race")
    p = fit.predict()
    expected = (p * (1 - p)).groupby(BIRTH["race"], observed=True).mean() * fit.params["age"]
    assert found["race"].tolist() == ["white", "black", "other"]
    np.testing.assert_allclose(found["estimate"], expected, rtol=1e-12)
    outside = fit.margins("age", by=BIRTH["ht"])
    assert outside["ht"].tolist() == [0, 1]
    both = fit.margins("age", by=["race", "smoke"])
    assert len(both) == 6


def test_average_of_subgroups_is_the_average():
    fit = gl.logit("low ~ age * lwt + smoke", BIRTH)
    parts = fit.margins(["age", "lwt"], by="smoke")
    share = BIRTH["smoke"].value_counts(normalize=True)
    for name in ("age", "lwt"):
        rows = parts[parts["variable"] == name]
        combined = sum(share[s] * e for s, e in zip(rows["smoke"], rows["estimate"], strict=True))
        assert combined == pytest.approx(value(fit.margins(name), name), rel=1e-12)


def test_reference_grid_holds_typical_values():
    grid = gl.reference_grid(gl.logit("low ~ age + C(race) + smoke", BIRTH), {"age": [20, 30]})
    assert grid["age"].tolist() == [20.0, 30.0]
    assert set(grid["race"]) == {BIRTH["race"].mode()[0]}
    assert set(grid["smoke"]) == {0.0}  # 0/1: the more frequent
    np.testing.assert_allclose(gl.reference_grid(gl.logit("low ~ ptl", BIRTH))["ptl"], BIRTH["ptl"].mean(), rtol=1e-15)


# --- weights and counts -----------------------------------------------------------------------------
def test_frequency_weights_are_repeated_rows():
    table = references.frame("titanic_table").query("Freq > 0")
    rows = table.loc[table.index.repeat(table["Freq"])]
    formula = "Survived ~ Class * Sex + Age"
    ours = gl.logit(formula, table, weights="Freq", event="Yes")
    expanded = gl.logit(formula, rows, event="Yes")
    for options in ({}, {"at": "mean"}, {"by": "Sex"}, {"at": {"Sex": ["Female"]}}, {"unconditional": True}):
        a, b = ours.margins(**options), expanded.margins(**options)
        columns = ["estimate", "std_error"]
        np.testing.assert_allclose(a[columns], b[columns], rtol=1e-9, atol=1e-12)


def test_grouped_rows_count_their_trials():
    worms = references.frame("budworm")
    ours = gl.logit("numdead ~ sex + ldose", worms, trials="total").margins()
    cells = [worms.assign(dead=d, n=np.where(d, worms["numdead"], worms["total"] - worms["numdead"])) for d in (1, 0)]
    expanded = gl.logit("dead ~ sex + ldose", pd.concat(cells), weights="n").margins()
    np.testing.assert_allclose(ours[["estimate", "std_error"]], expanded[["estimate", "std_error"]], rtol=1e-10)


def test_arrays_have_each_column_as_a_variable():
    X = BIRTH[["age", "lwt", "smoke"]].to_numpy(float)
    names = ["age", "lwt", "smoke"]
    arrays = gl.logit(gl.design_arrays(BIRTH["low"].to_numpy(), X, names=names, intercept=True))
    formula = gl.logit("low ~ age + lwt + smoke", BIRTH)
    for options in (
        {},
        {"at": "mean"},
        {"discrete": "binary"},
        {"at": {"age": [20]}},
        {"kind": "eyex"},
        {"by": "smoke"},
    ):
        a, b = arrays.margins(**options), formula.margins(**options)
        np.testing.assert_allclose(a[["estimate", "std_error"]], b[["estimate", "std_error"]], rtol=1e-12)
        assert a["variable"].tolist() == b["variable"].tolist()


# --- standard errors --------------------------------------------------------------------------------
def test_delta_method_against_simulation():
    """20,000 draws from the distribution of the estimate; their sd has a relative error of 1/√(2·20,000) = 0.5 %.

    The delta method is of first order; curvature adds about a hundredth here.
    """
    fit = gl.logit("low ~ age * lwt + C(race) + smoke", BIRTH)
    found = fit.margins()
    draws = np.random.default_rng(7).multivariate_normal(fit.maximum.beta, fit.covariance_matrix / 100, 20_000)
    X, place = fit.design.X, {name: j for j, name in enumerate(fit.params.index)}
    interaction = draws[:, place["age:lwt"]]
    effects = {name: np.zeros(len(draws)) for name in ("age", "lwt", "smoke")}
    for row, age, lwt in zip(X, BIRTH["age"], BIRTH["lwt"], strict=True):
        p = 1 / (1 + np.exp(-(draws @ row)))
        weight = p * (1 - p) / len(X)
        effects["age"] += weight * (draws[:, place["age"]] + interaction * lwt)
        effects["lwt"] += weight * (draws[:, place["lwt"]] + interaction * age)
        effects["smoke"] += weight * draws[:, place["smoke"]]
    for name, simulated in effects.items():
        assert 10 * np.std(simulated) == pytest.approx(value(found, name, "std_error"), rel=0.02)


def test_effects_can_be_tested_against_each_other():
    fit = gl.logit("GRADE ~ GPA + TUCE + PSI", SPECTOR)
    found = fit.margins()
    test = found.test("GPA = TUCE")
    contrast = np.array([1.0, -1.0, 0.0])
    variance = contrast @ found.covariance.to_numpy() @ contrast
    assert test.statistic == pytest.approx((contrast @ found["estimate"]) ** 2 / variance, rel=1e-12)
    assert found.test([[1, 0, 0], [0, 1, 0]]).df == 2
    with pytest.raises(DataError, match="3 effects"):
        found.test([1, 0])
    np.testing.assert_allclose(np.sqrt(np.diag(found.covariance)), found["std_error"], rtol=1e-14)


@pytest.mark.parametrize("kind", ["HC0", "HC3", "cluster"])
def test_other_covariances_pass_through(kind):
    fit = gl.logit("low ~ age + lwt + C(race)", BIRTH, cluster="ftv")
    found = fit.margins(["age", "lwt"], cov=kind)
    p = fit.predict()
    curve = (p * (1 - p) * (1 - 2 * p)).to_numpy()
    for name in ("age", "lwt"):
        j = list(fit.params.index).index(name)
        J = (curve @ fit.design.X) / len(p) * fit.params[name]
        J[j] += (p * (1 - p)).mean()
        expected = np.sqrt(J @ fit.cov_params(kind).to_numpy() @ J)
        assert value(found, name, "std_error") == pytest.approx(expected, rel=1e-11)


def test_unconditional_errors_of_a_mean_are_those_of_the_sample():
    """Intercept and a saturated factor: the average prediction is ȳ, its sampling variance that of a mean."""
    fit = gl.logit("low ~ C(race)", BIRTH)
    found = gl.predictions(fit, unconditional=True)
    n, mean = len(BIRTH), BIRTH["low"].mean()
    assert found["estimate"].item() == pytest.approx(mean, rel=1e-13)
    assert found["std_error"].item() == pytest.approx(np.sqrt(mean * (1 - mean) / (n - 1)), rel=1e-12)


def test_unconditional_errors_against_the_formula():
    fit = gl.logit("low ~ age + lwt + smoke", BIRTH)
    p, X, n = fit.predict().to_numpy(), fit.design.X, len(BIRTH)
    bread = np.linalg.inv((X * (p * (1 - p))[:, None]).T @ X)
    scores = (BIRTH["low"].to_numpy() - p)[:, None] * X
    h = p * (1 - p) * fit.params["age"]
    J = ((p * (1 - p) * (1 - 2 * p)) @ X) * fit.params["age"] / n
    J[1] += (p * (1 - p)).mean()
    psi = (h - h.mean()) / n + scores @ bread @ J
    expected = np.sqrt(n / (n - 1) * psi @ psi)
    assert value(fit.margins("age", unconditional=True), "age", "std_error") == pytest.approx(expected, rel=1e-11)
    clustered = gl.logit("low ~ age + lwt + smoke", BIRTH, cluster="ftv")
    sums = pd.Series(psi).groupby(BIRTH["ftv"].to_numpy()).sum()
    g = len(sums)
    expected = np.sqrt(g / (g - 1) * (sums**2).sum())
    assert value(clustered.margins("age", unconditional=True), "age", "std_error") == pytest.approx(expected, rel=1e-11)


def test_scale_of_a_variable_scales_its_effect():
    """p23: effects and errors scale by 1/c, exactly for a power of two."""
    fit = gl.logit("low ~ age + lwt", BIRTH)
    scaled = gl.logit("low ~ age + lwt", BIRTH.assign(age=BIRTH["age"] * 4.0))
    for column in ("estimate", "std_error"):
        assert value(scaled.margins(), "age", column) == pytest.approx(
            value(fit.margins(), "age", column) / 4, rel=1e-13
        )
    flipped = gl.logit("I(1 - low) ~ age + lwt", BIRTH)
    assert value(flipped.margins(), "age") == pytest.approx(-value(fit.margins(), "age"), rel=1e-13)


def test_every_estimator_has_margins():
    data = gl.datasets.endometrial()
    for estimator in (gl.firth, gl.flic, gl.flac, gl.log_f, gl.median_bias_reduced):
        fit = estimator("HG ~ NV + PI + EH", data)
        found = fit.margins(discrete="binary")
        assert np.isfinite(found[["estimate", "std_error"]]).all(axis=None)
        p = fit.predict(data.assign(NV=1)).mean() - fit.predict(data.assign(NV=0)).mean()
        assert value(found, "NV") == pytest.approx(p, rel=1e-12)


def test_a_small_block_of_rows_gives_the_same(monkeypatch):
    fit = gl.logit("low ~ ns(age, 3) * C(race) + lwt", BIRTH)
    whole = {o: fit.margins(by=o) for o in (None, "race")}
    monkeypatch.setattr(population, "_BLOCK_CELLS", 1)  # 256 rows at least
    table = pd.concat([BIRTH] * 10, ignore_index=True)
    many = gl.logit("low ~ ns(age, 3) * C(race) + lwt", table)
    for by, expected in whole.items():
        found = many.margins(by=by)
        np.testing.assert_allclose(found["estimate"], expected["estimate"], rtol=1e-10)
        np.testing.assert_allclose(found["std_error"], expected["std_error"] / np.sqrt(10), rtol=1e-10)


# --- second differences -----------------------------------------------------------------------------
def test_second_differences_are_differences_of_effects():
    fit = gl.logit("low ~ C(race) * smoke + age", BIRTH)
    found = gl.second_differences(fit, "smoke", "race")
    effects = fit.margins("smoke", at={"race": ["white", "black", "other"]}, discrete="binary")
    first, *others = effects["estimate"]
    np.testing.assert_allclose(found["estimate"], np.array(others) - first, rtol=1e-12)
    L = np.array([[-1, 1, 0], [-1, 0, 1]])
    np.testing.assert_allclose(found.covariance, L @ effects.covariance.to_numpy() @ L.T, rtol=1e-10)
    assert found["race"].tolist() == ["black - white", "other - white"]
    numbers = gl.second_differences(fit, "smoke", "age", [20, 40])
    assert numbers["age"].tolist() == ["40 - 20"]


@pytest.mark.parametrize("weights", [None, "n"])
def test_a_number_moderates_at_its_quartiles_by_default(weights):
    """Means over people of risks with and without smoking, age set to each quartile; gradients by hand."""
    data = BIRTH.assign(n=1 + np.arange(len(BIRTH)) % 4)
    fit = gl.logit("low ~ smoke * age + lwt", data, weights=weights)
    n = np.ones(len(data)) if weights is None else data["n"].to_numpy(float)
    quartiles = np.quantile(np.repeat(data["age"], n.astype(int)), [0.25, 0.5, 0.75])
    effects, gradients = [], []
    for age in quartiles:
        effect, gradient = 0.0, 0.0
        for smoke, sign in ((1.0, 1.0), (0.0, -1.0)):
            columns = {"Intercept": 1.0, "smoke": smoke, "age": age, "lwt": data["lwt"], "smoke:age": smoke * age}
            X = np.column_stack([np.broadcast_to(columns[name], len(data)) for name in fit.params.index])
            p = 1.0 / (1.0 + np.exp(-X @ fit.params.to_numpy()))
            effect += sign * np.average(p, weights=n)
            gradient += sign * np.average(X * (p * (1 - p))[:, None], axis=0, weights=n)
        effects.append(effect)
        gradients.append(gradient)
    found = gl.second_differences(fit, "smoke", "age")
    low, middle, high = (f"{q:g}" for q in quartiles)
    assert found["age"].tolist() == [f"{middle} - {low}", f"{high} - {low}"]
    np.testing.assert_allclose(found["estimate"], np.array(effects[1:]) - effects[0], rtol=1e-10)
    turned = np.array(gradients[1:]) - gradients[0]
    errors = np.sqrt(np.einsum("ij,jk,ik->i", turned, fit.cov_params().to_numpy(), turned))
    np.testing.assert_allclose(found["std_error"], errors, rtol=1e-9)


# --- what cannot be had -----------------------------------------------------------------------------
def test_a_jump_has_no_derivative():
    fit = gl.logit("low ~ I(lwt > 120) + age", BIRTH)
    found = fit.margins()
    assert np.isnan(value(found, "lwt"))
    assert np.isfinite(value(found, "age"))
    assert any("jumps" in str(note) for note in found.notes)
    with pytest.raises(NotEstimableError, match="comparisons"):
        fit.margins("lwt")


def test_a_transform_without_a_derivative_is_not_said_to_jump(monkeypatch):
    monkeypatch.setattr(derivatives, "_PLAIN", {k: v for k, v in derivatives._PLAIN.items() if k != "sqrt"})
    fit = gl.logit("low ~ sqrt(lwt) + age", BIRTH)
    with pytest.raises(NotEstimableError, match=r"the derivative of sqrt\(\) is not known here.*comparisons\('lwt'"):
        fit.margins("lwt")
    assert np.isfinite(value(fit.margins("age"), "age"))


def test_a_number_that_is_also_a_factor_has_no_derivative():
    fit = gl.logit("low ~ age + C(ptl) + ptl:age", BIRTH.assign(ptl=BIRTH["ptl"].clip(upper=2)))
    with pytest.raises(NotEstimableError, match="categories"):
        fit.margins("ptl")


def test_own_functions_are_differenced_and_steps_refused():
    fit = gl.logit("low ~ f(age) + lwt", BIRTH, functions={"f": lambda x: np.sin(x / 10)})
    found = fit.margins("age")
    p = fit.predict()
    expected = (p * (1 - p) * np.cos(BIRTH["age"] / 10) / 10).mean() * fit.params["f(age)"]
    assert found["estimate"].item() == pytest.approx(expected, rel=1e-9)
    assert any(note.code == "numerical" for note in found.notes)
    for step in (lambda x: x > 23, lambda x: np.round(x / 5)):
        steps = gl.logit("low ~ f(age) + lwt", BIRTH, functions={"f": step})
        with pytest.raises(NotEstimableError, match="numerically"):
            steps.margins("age")


def test_infinite_derivatives_are_refused():
    data = BIRTH.assign(visits=BIRTH["ftv"])
    fit = gl.logit("low ~ sqrt(visits) + age", data)
    with pytest.raises(NotEstimableError, match="no finite derivative"):
        fit.margins("visits")


def test_separation_leaves_the_risks():
    data = gl.datasets.endometrial()
    with pytest.warns(SeparationWarning):
        fit = gl.logit("HG ~ NV + PI + EH", data)
    found = fit.margins(discrete="binary")
    change = value(found, "NV")
    assert change == pytest.approx(1.0 - fit.predict(data.assign(NV=0)).mean(), rel=1e-12)
    assert np.isnan(value(found, "NV", "std_error"))
    assert any("exactly 0 or 1" in str(note) for note in found.notes)
    with pytest.raises(NotEstimableError, match="no finite estimate"):
        fit.margins("NV")


def test_aliased_columns():
    data = BIRTH.assign(twice=2 * BIRTH["age"])
    with pytest.warns(gl.errors.CollinearityWarning):
        fit = gl.logit("low ~ age + lwt + twice", data)
    found = fit.margins()
    assert np.isnan([value(found, "age"), value(found, "twice")]).all()
    assert value(found, "lwt") == pytest.approx(value(gl.logit("low ~ age + lwt", data).margins(), "lwt"), rel=1e-10)
    assert any("aliased" in str(note) for note in found.notes)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"variables": "aeg"}, "did you mean 'age'"),
        ({"variables": "C(race)[T.black]"}, "name the variable, 'race'"),
        ({"kind": "dxdy"}, "dydx"),
        ({"at": "modal"}, "'typical'"),
        ({"at": {"race": ["purple"]}}, "levels are 'white', 'black', 'other'"),
        ({"at": {"age": ["old"]}}, "finite number"),
        ({"at": {"age": []}}, "names no value"),
        ({"at": {"nobody": 1}}, "no variable of the model"),
        ({"at": BIRTH[["age"]]}, "race"),
        ({"at": BIRTH.assign(age=np.nan).head(3)}, "missing values in 3 rows"),
        ({"by": "ftv"}, "no column of the model's data"),
        ({"by": [1, 2, 3]}, "189 rows"),
        ({"by": 3}, "one column of values"),
        ({"by": BIRTH[["race", "smoke"]]}, "one column of values"),
        ({"by": BIRTH["race"].sort_values()}, "mix up rows"),
        ({"by": BIRTH["race"].where(BIRTH["age"] > 20)}, "fillna"),
        ({"at": {"age": [[20, 30], 40]}}, "finite number"),
        ({"at": pd.concat([BIRTH] * 20)}, "fit.predict"),
        ({"variables": []}, "names none"),
        ({"variables": 3}, "no variable"),
        ({"discrete": True}, "no variable"),
        ({"at": "mean", "by": "race"}, "leave one"),
        ({"at": "mean", "unconditional": True}, "unconditional"),
        ({"discrete": "nobody"}, "no variable"),
        ({"level": 95}, "0.95"),
        ({"cov": "HC9"}, "not known"),
        ({"cov": "HC3", "unconditional": True}, "leave out cov='HC3'"),
    ],
)
def test_bad_input(options, message):
    fit = gl.logit("low ~ age + C(race) + smoke", BIRTH)
    with pytest.raises(DataError, match=message):
        fit.margins(**options)


def test_nothing_to_differentiate():
    with pytest.raises(DataError, match="no variables"):
        gl.logit("low ~ 1", BIRTH).margins()
    with pytest.raises(UnsupportedError, match="bootstrap"):
        gl.firth("low ~ age", BIRTH).margins(unconditional=True)


def test_values_outside_the_data_are_said():
    fit = gl.logit("low ~ age + lwt", BIRTH)
    assert any("outside the data" in str(n) for n in fit.margins("lwt", at={"age": [80]}).notes)
    assert not fit.margins("lwt", at={"age": [20]}).notes


# --- the table --------------------------------------------------------------------------------------
def test_effects_are_a_frame_that_prints_and_pickles():
    fit = gl.logit("low ~ age + C(race) + smoke", BIRTH)
    found = fit.margins(at={"smoke": [0, 1]})
    assert isinstance(found, pd.DataFrame)
    assert type(found[found["smoke"] == 0]) is pd.DataFrame
    assert found.labels[:3] == ("age|smoke=0", "age|smoke=1", "race[black - white]|smoke=0")
    assert "black - white" in repr(found)
    assert "<table" in found._repr_html_()
    again = pickle.loads(pickle.dumps(found))
    pd.testing.assert_frame_equal(pd.DataFrame(again), pd.DataFrame(found))
    pd.testing.assert_frame_equal(again.covariance, found.covariance)
    long = fit.margins("age", at=BIRTH)
    assert "rows x" in repr(long)
    assert "rows" in long._repr_html_()


def test_nothing_of_the_fit_changes():
    fit = gl.logit("low ~ age + smoke", BIRTH)
    before = fit.design.X.copy(), fit.design.frame.copy()
    first = fit.margins(at={"smoke": [0, 1]})
    first.loc[:, "estimate"] = 0.0
    np.testing.assert_array_equal(fit.design.X, before[0])
    pd.testing.assert_frame_equal(fit.design.frame, before[1])
    assert (fit.margins(at={"smoke": [0, 1]})["estimate"] != 0).all()


def test_a_column_of_groups_pairs_with_rows_by_its_labels():
    data = BIRTH.assign(lwt=BIRTH["lwt"].where(BIRTH.index > 9)).set_index(BIRTH.index + 500)
    fit = gl.logit("low ~ age + lwt + smoke", data)
    named = fit.margins("age", by="smoke")["estimate"]
    for column in (data["smoke"], data["smoke"].iloc[10:], data["smoke"].to_numpy(), list(data["smoke"])):
        np.testing.assert_array_equal(fit.margins("age", by=column)["estimate"], named)


def test_own_functions_where_the_column_is_constant():
    """A column of zeros has no spread to scale a numerical step by; the derivative there is not 0."""
    own = gl.logit("low ~ grow(age) + lwt", BIRTH, functions={"grow": lambda x: np.exp(x / 50)})
    known = gl.logit("low ~ exp(age / 50) + lwt", BIRTH)
    for at in ({"age": [0, 30]}, pd.DataFrame({"age": [0.0], "lwt": [120.0]})):
        # Differences of the fourth order with a step of 2^-12: 1e-13, rounding included.
        np.testing.assert_allclose(
            own.margins("age", at=at)["estimate"], known.margins("age", at=at)["estimate"], rtol=1e-8
        )


@pytest.mark.parametrize("name", ["self", "estimate", "variable", "interval", "two words", "a:b"])
def test_names_of_columns_do_not_matter(name):
    data = BIRTH.rename(columns={"race": name})
    known = gl.logit("low ~ race * lwt + smoke", BIRTH)
    fit = gl.logit(f"low ~ `{name}` * lwt + smoke", data)
    for at in ("overall", "mean", "typical"):
        np.testing.assert_array_equal(fit.margins(at=at)["estimate"], known.margins(at=at)["estimate"])
    found = fit.margins("lwt", at={name: ["white", "black"]})
    assert found.columns.is_unique
    np.testing.assert_array_equal(found["estimate"], known.margins("lwt", at={"race": ["white", "black"]})["estimate"])


def test_levels_that_are_decimals_or_booleans():
    codes = BIRTH["race"].map({"white": 1.0, "black": 2.0, "other": 3.0}).astype("category")
    fit = gl.logit("low ~ g + age", BIRTH.assign(g=codes))
    known = gl.logit("low ~ relevel(race, 'white') + age", BIRTH)
    np.testing.assert_allclose(
        fit.margins("age", at={"g": [2]})["estimate"], known.margins("age", at={"race": "black"})["estimate"]
    )
    assert fit.margins("g")["contrast"].tolist() == fit.comparisons("g")["contrast"].tolist() == ["2 - 1", "3 - 1"]
    flags = gl.logit("low ~ smoke + age", BIRTH.assign(smoke=(BIRTH["smoke"] == 1).astype(object)))
    assert flags.margins("smoke")["contrast"].tolist() == ["True - False"]


def test_a_variable_that_is_the_offset_as_well():
    data = BIRTH.assign(t=BIRTH["age"] / 10)
    fit = gl.logit("low ~ lwt + t", data, offset="t")
    with pytest.raises(UnsupportedError, match=r"offset\(t\)"):
        fit.margins("t")
    inside = gl.logit("low ~ lwt + t + offset(t)", data)
    np.testing.assert_allclose(fit.margins("lwt")["estimate"], inside.margins("lwt")["estimate"], rtol=1e-12)
    moved = [inside.predict(data.assign(t=data["t"] + h)).mean() for h in (1e-4, -1e-4)]
    # Central differences: h² times the third derivative, and 1e-16/h of rounding.
    assert inside.margins("t")["estimate"].item() == pytest.approx((moved[0] - moved[1]) / 2e-4, rel=1e-7)


@pytest.mark.parametrize("weighted", [{}, {"weights": "w"}, {"weights": "w", "weight_type": "sampling"}])
def test_unconditional_errors_of_grouped_rows_are_those_of_their_observations(weighted):
    grouped = BIRTH.groupby(["race", "smoke"], observed=True)["low"].agg(["sum", "size"]).reset_index()
    grouped["w"] = np.arange(len(grouped)) % 3 + 1
    cells = [grouped.assign(low=1, n=grouped["sum"]), grouped.assign(low=0, n=grouped["size"] - grouped["sum"])]
    both = pd.concat(cells, ignore_index=True)
    single = both.loc[both.index.repeat(both["n"])]
    by_group = gl.logit("sum ~ race + smoke", grouped, trials="size", **weighted)
    by_row = gl.logit("low ~ race + smoke", single.reset_index(drop=True), **weighted)
    for each in (lambda f: f.margins(unconditional=True), lambda f: gl.predictions(f, by="race", unconditional=True)):
        np.testing.assert_allclose(each(by_group)["std_error"], each(by_row)["std_error"], rtol=1e-9)


def test_one_observation_tells_nothing_of_a_sample():
    fit = gl.logit("low ~ age", BIRTH.assign(one=1), cluster="one")
    with pytest.raises(NotEstimableError, match="one cluster"):
        fit.margins(unconditional=True)


def test_nothing_estimated_has_no_standard_error():
    """Complete separation leaves no coefficient whose covariance could be 0."""
    with pytest.warns(SeparationWarning):
        fit = gl.logit("y ~ x", pd.DataFrame({"y": [0, 0, 1, 1], "x": [1.0, 2.0, 3.0, 4.0]}))
    assert fit.margins()[["estimate", "std_error"]].isna().all(axis=None)


def test_groups_without_rows_take_no_part():
    codes = np.array([0, -1, 1])
    view = ScenarioBlock(None, np.array([1.0, 2.0, 1.0]), codes, slice(0, 3), partial=True)
    sums = average._grouped(codes, 2, view.weighted(np.array([1.0, np.nan, 3.0])), None)
    np.testing.assert_array_equal(sums, [1.0, 3.0])


FORMULAS = [
    "y ~ x * g + I(x^2) + offset(0.1 * x)",
    "y ~ x + g",
    "y ~ g * h + x",
    "y ~ 0 + g:h + g:x",
    "y ~ C(g, Sum) * x",
    "y ~ bs(x, df=4) + g / h",
]


@pytest.mark.parametrize("levels", [3, 20])
@pytest.mark.parametrize("n", [300, 30_000])
@pytest.mark.parametrize("formula", FORMULAS)
def test_what_has_moved_is_what_would_be_made_anew(formula, n, levels):
    """What stays is kept, and a level has the columns it occupies: equal to rounding of the predictor, |η|·eps."""
    rng = np.random.default_rng(3)
    data = pd.DataFrame({"x": rng.normal(size=n), "g": rng.choice(list("abcdefghijklmnopqrst")[:levels], n)})
    data["h"] = rng.choice(list("uv"), n)
    data["y"] = (rng.random(n) < 1 / (1 + np.exp(0.5 - data["x"]))).astype(int)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some levels may have one outcome
        fit = gl.logit(formula, data)
    _, block = next(population.population_of(fit).blocks())
    for settings in ({"g": "b"}, {"g": "a"}, {"x": 1.5}, {"x": block.value("x") + 1.0, "g": "c"}):
        moved = block.changed(settings)
        frame = block.frame.assign(**settings)
        X, offset = fit.design.columns.matrix(frame)
        np.testing.assert_allclose(moved.X, X, atol=1e-14)
        eta = fit.solved.linear_predictor(X, offset)
        np.testing.assert_allclose(moved.predictors(fit)[0], eta, rtol=1e-13, atol=1e-12)
        v = rng.normal(size=len(block.X))
        total = np.zeros(fit.design.n_columns)
        for part in moved.gradient(fit, v):
            rows = np.broadcast_to(part.M, (len(v), part.M.shape[1]))
            sums = part.times * (part.v @ rows)
            at = np.arange(len(total)) if part.positions is None else part.positions
            kept = np.arange(len(at)) if part.selected is None else part.selected
            total[at[kept]] += sums[kept]
        np.testing.assert_allclose(total, v @ X, atol=1e-10)
        for j in range(len(total)):
            np.testing.assert_allclose(moved.model_column(j), X[:, j], atol=1e-14)


@pytest.mark.parametrize("estimate", ["margins", "comparisons", "predictions"])
def test_a_factor_of_many_levels_moves_the_columns_of_its_levels(monkeypatch, estimate):
    """Risks of all levels without a matrix of all columns for each; they are those of the rows set by hand."""
    rng = np.random.default_rng(5)
    levels = [f"g{k:02d}" for k in range(40)]
    data = pd.DataFrame({"x": rng.normal(size=900), "g": rng.choice(levels, 900)})
    data["y"] = (rng.random(900) < 1 / (1 + np.exp(0.3 - data["x"]))).astype(int)
    fit = gl.logit("y ~ x + g", data)
    by_hand = np.array([fit.predict(data.assign(g=level)).mean() for level in levels])
    monkeypatch.setattr(scenarios.ChangedRows, "expanded", None)
    if estimate == "predictions":
        found = gl.predictions(fit, at={"g": levels})["estimate"].to_numpy()
    elif estimate == "margins":
        found = np.append(0.0, fit.margins("g")["estimate"].to_numpy()) + by_hand[0]
    else:
        found = np.append(0.0, fit.comparisons("g")["estimate"].to_numpy()) + by_hand[0]
    np.testing.assert_allclose(found, by_hand, rtol=1e-13)


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_a_change_of_a_probability_that_is_all_but_one_keeps_its_digits(side):
    """Where odds are e^±40 risks of 1 − 1e-17 differ by e^−(b + 40) − e^−(b + s + 40) to 1e-17, relative."""
    near = pd.DataFrame({"y": [0, 0, 1, 0, 1, 1, 0, 1], "s": [0, 0, 0, 0, 1, 1, 1, 1], "g": "near", "o": 0.0})
    far = pd.DataFrame({"y": int(side > 0), "s": [0, 1], "g": "far", "o": 40.0 * side})
    data = pd.concat([near, far], ignore_index=True)
    fit = gl.logit("y ~ s", data, offset="o")
    found = fit.margins("s", discrete="s", by=data["g"])
    constant, effect = fit.params
    tails = np.exp(-side * (constant + 40.0 * side + np.array([0.0, effect])))
    expected = side * (tails[0] - tails[1])
    row = found[found["g"] == "far"]
    # An error of 1e-14 of η is one of the tails.
    assert row["estimate"].item() == pytest.approx(expected, rel=1e-12, abs=0.0)
    assert 1e-18 < abs(expected) < 1e-15


def test_a_discrete_change_of_a_number_is_one_more_of_it():
    """The mean of p(η + b) − p(η), and its gradient, by the definition."""
    fit = gl.logit("low ~ age + smoke", BIRTH)
    row = fit.margins("age", discrete="age").iloc[0]
    X, beta = fit.design.X, fit.params.to_numpy()
    more = X.copy()
    more[:, fit.design.names.index("age")] += 1.0
    p, q = (1.0 / (1.0 + np.exp(-rows @ beta)) for rows in (X, more))
    assert row["contrast"] == "+1"
    assert row["estimate"] == pytest.approx((q - p).mean(), rel=1e-12)
    gradient = (more * (q * (1 - q))[:, None] - X * (p * (1 - p))[:, None]).mean(axis=0)
    error = np.sqrt(gradient @ fit.cov_params().to_numpy() @ gradient)
    assert row["std_error"] == pytest.approx(error, rel=1e-9)
