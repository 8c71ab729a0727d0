"""Probabilities, derivatives and comparisons of an outcome of several levels, through the functions that verbs use.

The response is ``SoftmaxResponse`` of ``tests/support/softmax.py``; expected numbers are of
``tests/reference/multinomial_effects.json`` (28 digits), or differentiated by a complex step.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path

import mpmath
import numpy as np
import pandas as pd
import pytest
from softmax import SoftmaxResponse, softmax

import glmlogit as gl
from glmlogit.data.storage import Dense
from glmlogit.effects.at import scenarios_of
from glmlogit.effects.average import averaged, risk
from glmlogit.effects.compared import contrasts_of
from glmlogit.effects.delta import delta_method
from glmlogit.effects.estimands import MEASURES
from glmlogit.effects.estimates import Target, concatenated
from glmlogit.effects.margins import targets_of
from glmlogit.effects.request import Request
from glmlogit.errors import UnsupportedError
from glmlogit.estimate.estimate import Estimate
from glmlogit.estimate.solved import Solved
from glmlogit.fitting.control import Control
from glmlogit.fitting.maximise import maximise
from glmlogit.likelihood.objective import Likelihood
from glmlogit.likelihood.response import LOGIT
from glmlogit.prediction.population import population_of, probabilities, variables
from glmlogit.prediction.predict import as_probabilities, log_odds_of, predicted

TESTS = Path(__file__).parents[1]
REFERENCE = json.loads((TESTS / "reference" / "multinomial_effects.json").read_text("utf-8"))
WOMEN = pd.read_csv(TESTS / "data" / "womenlf.csv")
LEVELS = ("fulltime", "not.work", "parttime")
NAMES = [level.replace(".", "_") for level in LEVELS]
# Estimates and errors of a well-conditioned fit: some epsilons times the condition, which is below 100.
CLOSE = 1e-11


def fit_of(formula="hincome + children", rows=WOMEN, levels=LEVELS):
    """A multinomial logit on the columns of a formula; the design says what the columns are made from."""
    design = gl.design(f"working ~ {formula}", rows.assign(working=rows["partic"] != levels[0]))
    likelihood = softmax(design.X, rows["partic"], levels, design.names)
    return Estimate(Solved(design, maximise(likelihood, None, Control())), "Softmax", "model", 0.95, Control())


@functools.cache
def women():
    return fit_of()


def number(entry, name="estimate"):
    return float(entry[name])


@pytest.mark.parametrize("point", range(3))
def test_probabilities_of_rows_with_limits(point):
    fit, entry = women(), REFERENCE["predict"][point]
    X = Dense(np.array([[1.0, entry["at"]["hincome"], entry["at"]["children"]]]))
    at = predicted(fit, X, None, fitted=False)
    for k, name in enumerate(NAMES):
        truth, odds = entry["outcomes"][name], log_odds_of(fit, X, at, k)
        assert odds.std_error[0] == pytest.approx(number(truth, "std_error_logit"), rel=CLOSE)
        columns = as_probabilities(odds.limits(fit.reference.quantile(0.95)), at, k)
        for column, key in (("estimate", "estimate"), ("std_error", "std_error"), ("conf_low", "conf_low_logit")):
            assert columns[column][0] == pytest.approx(number(truth, key), rel=CLOSE)
        assert columns["conf_high"][0] == pytest.approx(number(truth, "conf_high_logit"), rel=CLOSE)


def effects(fit, targets, **request):
    """Averages, as ``margins`` takes them, and their errors."""
    population = population_of(fit)
    averages, _ = averaged(fit, scenarios_of(fit, population, Request(**request)), targets)
    estimates, cov = delta_method(fit, averages)
    return estimates, np.sqrt(np.diag(cov))


def margin_targets(fit, name, kind="dydx", discrete=()):
    """Of all levels, one after another."""
    chosen = [variables(fit)[name]]
    parts = [targets_of(population_of(fit), chosen, kind, discrete, k)[0] for k in range(len(fit.response.levels))]
    return [target for part in parts for target in part]


@pytest.mark.parametrize(("name", "reference"), [("hincome", "ame"), ("children", "discrete")])
def test_average_marginal_effects_of_each_level(name, reference):
    estimates, errors = effects(women(), margin_targets(women(), name))
    truth = [REFERENCE[reference][f"{name}|{level}"] for level in NAMES]
    np.testing.assert_allclose(estimates.values, [number(t) for t in truth], rtol=CLOSE)
    np.testing.assert_allclose(errors, [number(t, "std_error") for t in truth], rtol=CLOSE)
    assert estimates.values.sum() == pytest.approx(0, abs=1e-15)


def compared(fit, name, level, measure):
    """The risks of a 0/1 variable's contrast, and what is made of them, as ``comparisons`` does."""
    population = population_of(fit)
    (contrast,) = contrasts_of(variables(fit)[name], population, None)
    scenarios = scenarios_of(fit, population, Request())
    risks, _ = averaged(fit, scenarios, [Target("", "", look) for look in contrast.looks(level)[:2]])
    estimates, cov = delta_method(fit, MEASURES[measure].of_risks(risks, 2))
    return estimates.values[0], np.sqrt(cov[0, 0])


def test_risk_differences_of_a_variable_of_two_values():
    for k, level in enumerate(NAMES):
        truth = REFERENCE["discrete"][f"children|{level}"]
        for fit, name in ((women(), "children"), (fit_of("hincome + I(children == 'present')"), "children")):
            value, error = compared(fit, name, k, "risk_difference")
            assert value == pytest.approx(number(truth), rel=CLOSE)
            assert error == pytest.approx(number(truth, "std_error"), rel=CLOSE)


# --- against a complex step ---------------------------------------------------------------------------

FORMULA = "hincome * children + I(hincome^2 / 100)"


@functools.cache
def curved():
    return fit_of(FORMULA)


def plain(beta, rows, change=None):
    """Probabilities (n, K) of rows by definition, for complex β and variables too."""
    x = rows["hincome"].to_numpy().astype(complex if change is None else type(change))
    x = x if change is None else x + change
    c = (rows["children"] == "present").to_numpy(dtype=float)
    columns = {"Intercept": 1 + 0 * x, "hincome": x, "children[T.present]": c, "hincome:children[T.present]": x * c}
    X = np.column_stack([columns.get(name, x**2 / 100) for name in curved().design.names])
    eta = np.column_stack([0 * x, *(X @ part for part in np.split(beta, 2))])
    powers = np.exp(eta)
    return powers / powers.sum(axis=1, keepdims=True), x


def by_step(function, beta):
    """Derivatives (q,) of a real function of β by a complex step: no difference is taken."""
    h = 1e-30
    return np.array([function(beta + 1j * h * unit).imag / h for unit in np.eye(len(beta))])


def average_of(kind, level):
    """The average of a slope or elasticity in income as a function of β: ∂p by the rules written out."""

    def function(beta):
        p, x = plain(beta, WOMEN)
        coefficients = np.split(beta, 2)
        names, c = list(curved().design.names), (WOMEN["children"] == "present").to_numpy(dtype=float)
        rates = [np.zeros(len(x), dtype=complex)]
        for b in coefficients:
            by_name = dict(zip(names, b, strict=True))
            square = next(by_name[name] for name in names if "^" in name)
            rates.append(by_name["hincome"] + c * by_name["hincome:children[T.present]"] + square * x / 50)
        rates = np.column_stack(rates)
        slope = p[:, level] * (rates[:, level] - (p * rates).sum(axis=1))
        times = {"dydx": 1, "dyex": x, "eydx": 1 / p[:, level], "eyex": x / p[:, level]}[kind]
        return (slope * times).mean()

    return function


@pytest.mark.parametrize("kind", ["dydx", "dyex", "eydx", "eyex"])
def test_slopes_and_their_gradients(kind):
    fit = curved()
    estimates, _ = effects(fit, margin_targets(fit, "hincome", kind))
    for k in range(3):
        function = average_of(kind, k)
        assert estimates.values[k] == pytest.approx(function(fit.coefs.beta.astype(complex)).real, rel=1e-11, abs=1e-14)
        truth = by_step(function, fit.coefs.beta)
        np.testing.assert_allclose(estimates.jacobian[k], truth, rtol=1e-10, atol=1e-12 * np.abs(truth).max())


@pytest.mark.parametrize("kind", ["dydx", "eydx"])
@pytest.mark.parametrize("at", ["overall", {"children": ["absent", "present"]}])
def test_changes_in_scenarios_and_groups_and_their_gradients(kind, at):
    fit = curved()
    request = {"at": at} | ({"by": "children"} if at == "overall" else {})
    estimates, _ = effects(fit, margin_targets(fit, "hincome", kind, ["hincome"]), **request)
    absent = (WOMEN["children"] == "absent").to_numpy()
    for k in range(3):
        for i, present in enumerate((False, True)):
            if at == "overall":
                rows, used = WOMEN, absent != present
            else:
                rows, used = WOMEN.assign(children="present" if present else "absent"), np.ones(len(WOMEN), dtype=bool)

            def function(beta, rows=rows, used=used, k=k):
                p = [plain(beta, rows, complex(step))[0][used, k] for step in (1.0, 0.0)]
                return (np.log(p[0]) - np.log(p[1]) if kind == "eydx" else p[0] - p[1]).mean()

            j = 2 * k + i
            assert estimates.values[j] == pytest.approx(function(fit.coefs.beta).real, rel=1e-10)
            truth = by_step(function, fit.coefs.beta)
            np.testing.assert_allclose(estimates.jacobian[j], truth, rtol=1e-10, atol=1e-11 * np.abs(truth).max())


def test_average_risks_add_up_to_one():
    fit = curved()
    for at in ("overall", "mean", {"hincome": [10, 30]}, WOMEN.head(4)):
        population = population_of(fit)
        scenarios = scenarios_of(fit, population, Request(at=at))
        parts = [averaged(fit, scenarios, [Target("", "", risk(level=k))])[0] for k in range(3)]
        together = concatenated(parts)
        size = len(parts[0].values)
        np.testing.assert_allclose(together.values.reshape(3, size).sum(axis=0), 1.0, rtol=1e-15 * 8)
        largest = np.abs(together.jacobian).max()
        assert np.abs(together.jacobian.reshape(3, size, -1).sum(axis=0)).max() < 1e-14 * largest


# --- the response itself ------------------------------------------------------------------------------


def exact_value(eta, k, of):
    """By mpmath, of predictors with the first level's."""
    total = mpmath.fsum(mpmath.exp(e) for e in eta)
    rest = mpmath.fsum(mpmath.exp(e) for j, e in enumerate(eta) if j != k)
    p = mpmath.exp(eta[k]) / total
    return {"probability": p, "log": mpmath.log(p), "log_odds": mpmath.log(mpmath.exp(eta[k]) / rest)}[of]


@pytest.mark.parametrize("of", ["probability", "log", "log_odds"])
@pytest.mark.parametrize("response", [LOGIT, SoftmaxResponse(("a", "b", "c"))], ids=["logit", "softmax"])
def test_values_and_derivatives_of_a_response(response, of):
    """Relative to the largest of them, in rows whose probabilities are small too."""
    rng = np.random.default_rng(1)
    r = len(response.places(6))
    eta = tuple(rng.normal(size=12) * np.linspace(0.2, 12, 12) for _ in range(r))
    at = response.probabilities(eta)
    with mpmath.workdps(60):
        for k in range(len(response.levels)):
            value, first = response.value(at, k, of), response.derivative(at, k, of)
            second = response.second(at, k, of)
            for i in range(12):
                here = [mpmath.mpf(float(e[i])) for e in eta]

                def function(*arguments, k=k):
                    return exact_value([mpmath.mpf(0), *arguments], k, of)

                assert value[i] == pytest.approx(float(function(*here)), rel=1e-13, abs=1e-14)
                orders = np.eye(r, dtype=int)
                for j in range(r):
                    slope = float(mpmath.diff(function, tuple(here), tuple(orders[j])))
                    assert first[j][i] == pytest.approx(slope, rel=1e-11, abs=1e-30)
                    for m in range(r):
                        bend = float(mpmath.diff(function, tuple(here), tuple(orders[j] + orders[m])))
                        scale = abs(float(at.p[k][i])) if of == "probability" else 1.0
                        assert second[j][m][i] == pytest.approx(bend, rel=1e-9, abs=1e-12 * scale)


def test_two_levels_are_the_logit():
    two = WOMEN.assign(partic=np.where(WOMEN["partic"] == "fulltime", "fulltime", "not.work"))
    ours, theirs = fit_of(rows=two, levels=LEVELS[:2]), gl.logit("I(partic != 'fulltime') ~ hincome + children", two)
    for name in ("hincome", "children"):
        table = theirs.margins(name)
        estimates, errors = effects(ours, margin_targets(ours, name))
        np.testing.assert_allclose(estimates.values, [-table["estimate"].item(), table["estimate"].item()], rtol=1e-10)
        np.testing.assert_allclose(errors, table["std_error"].item(), rtol=1e-10)
    pd.testing.assert_frame_equal(ours_frame(ours), theirs.predict(interval="confidence"), rtol=1e-10)


def ours_frame(fit):
    at = predicted(fit, fit.rows.matrix, None, fitted=True)
    odds = log_odds_of(fit, fit.rows.matrix, at, 1)
    return pd.DataFrame(as_probabilities(odds.limits(fit.reference.quantile(0.95)), at, 1), index=fit.rows.index)


# --- what is infinite or not determined -----------------------------------------------------------------


def test_limits_beyond_a_separation():
    """Nobody works part-time who has no children: that probability is 0 there, the others are those of a logit."""
    rows = WOMEN[(WOMEN["partic"] != "parttime") | (WOMEN["children"] == "present")].reset_index(drop=True)
    fit = fit_of(rows=rows)
    childless = (rows["children"] == "absent").to_numpy()
    for fitted in (True, False):
        at = predicted(fit, fit.rows.matrix, None, fitted=fitted)
        assert (at.p[2][childless] == 0).all()
        assert (at.q[2][childless] == 1).all()
        assert (at.p[2][~childless] > 0).all()
        np.testing.assert_allclose(sum(at.p), 1.0, rtol=1e-14)
        np.testing.assert_allclose(at.q[0][childless], at.p[1][childless], rtol=1e-13)
        odds = log_odds_of(fit, fit.rows.matrix, at, 2)
        assert (odds.value[childless] == -np.inf).all()
        assert np.isnan(odds.std_error[childless]).all()
        assert np.isfinite(odds.std_error[~childless]).all()
    estimates, errors = effects(fit, [Target("", "", risk(level=2))])
    assert 0 < estimates.values[0] < 1
    assert np.isnan(errors[0])
    assert f"{childless.sum()} of the rows" in estimates.error_reasons[0]
    numeric = fit_of("hincome + kids", rows.assign(kids=(~childless).astype(int)))
    estimates, _ = effects(numeric, margin_targets(numeric, "kids"))
    assert np.isnan(estimates.values).all()
    assert all(reason.startswith("parttime|kids has no finite estimate") for reason in estimates.reasons)


def test_rows_that_leave_a_collinearity_have_no_probability():
    rows = WOMEN.assign(twice=2 * WOMEN["hincome"] + 3)
    fit = fit_of("hincome + twice + children", rows)
    assert len(fit.coefs.aliases) == 2
    X = Dense(np.array([[1.0, 10, 23, 0], [1.0, 10, 24, 0]]))
    at = predicted(fit, X, None, fitted=False)
    full = predicted(women(), Dense(np.array([[1.0, 10, 0]])), None, fitted=False)
    for k in range(3):
        assert at.p[k][0] == pytest.approx(full.p[k][0], rel=1e-11)
        assert np.isnan(at.p[k][1])
    _, block = next(population_of(fit).blocks())
    with np.errstate(invalid="ignore"):
        moved = probabilities(fit, block.changed({"hincome": 10.0}))
    kept = rows["hincome"] == 10
    assert np.isnan(moved.p[0][~kept]).all()


@pytest.mark.parametrize(
    "verb", [gl.margins, gl.predictions, gl.predict, functools.partial(gl.comparisons, variable="hincome")]
)
def test_verbs_of_two_levels_ask_of_which(verb):
    with pytest.raises(UnsupportedError, match=r"levels fulltime, not\.work, parttime"):
        verb(women())


def test_a_likelihood_without_probabilities_says_so():
    with pytest.raises(UnsupportedError, match="no probabilities"):
        _ = Likelihood.response.fget(women().maximum.likelihood)
