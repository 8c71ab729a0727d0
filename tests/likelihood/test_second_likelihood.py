"""A model of several outcomes through the same stages, tests, profiles and errors: what none of them knows is which.

The model is in ``tests/support/softmax.py``; expected numbers are of ``tests/reference/multinomial.py``, 25 digits.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from softmax import softmax

import glmlogit as gl
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.estimate import refits
from glmlogit.estimate.combinations import combine
from glmlogit.estimate.estimate import Estimate
from glmlogit.estimate.solved import Solved
from glmlogit.estimators.median_bias_reduced import MedianUnbiased
from glmlogit.fitting import limiting
from glmlogit.fitting.control import Control, Status
from glmlogit.fitting.maximise import maximise
from glmlogit.inference.confint import confint
from glmlogit.inference.recombined import along
from glmlogit.inference.test import test as hypothesis_test
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.likelihood.objective import Move, exact
from glmlogit.likelihood.penalty import Jeffreys, LogF, Ridge
from glmlogit.separability.states import CoefficientState

TESTS = Path(__file__).parents[1]
REFERENCE = json.loads((TESTS / "reference" / "multinomial.json").read_text("utf-8"))
WOMEN = pd.read_csv(TESTS / "data" / "womenlf.csv")
LEVELS, NAMES = ("fulltime", "not.work", "parttime"), ("Intercept", "hincome", "children")
# Estimates and errors of a well-conditioned fit: some epsilons times the condition, which is below 100.
CLOSE = 1e-12
KINDS = ("model", "HC0", "HC1", "cluster")


def columns(rows):
    return np.column_stack([np.ones(len(rows)), rows["hincome"], rows["children"] == "present"])


def multinomial(rows=WOMEN, *, X=None, names=NAMES, levels=LEVELS, weights=None):
    return softmax(columns(rows) if X is None else X, rows["partic"], levels, names, weights)


def estimate(likelihood, kind="model", *, adjustment=None, **sample):
    """The fit as it is reported; what is said of the sample alone comes from a design of the same rows."""
    rows = gl.design_arrays((likelihood.observed > 0).astype(float), np.ones((likelihood.n_rows, 1)), **sample)
    maximum = maximise(likelihood, adjustment, Control())
    return Estimate(Solved(rows, maximum, adjustment), "Softmax", kind, 0.95, Control())


def expected(name):
    return np.array([float(value) for value in REFERENCE["ordinary"][name]])


def test_stages_know_no_model():
    for file in (TESTS.parent / "glmlogit" / "fitting").glob("*.py"):
        text = file.read_text("utf-8")
        assert "BinaryLogit" not in text, file.name
        assert "Design" not in text, file.name


def test_estimates_and_errors():
    fit = estimate(multinomial())
    assert list(fit.params.index) == REFERENCE["labels"]
    assert fit.status is Status.CONVERGED
    np.testing.assert_allclose(fit.params, expected("params"), rtol=CLOSE)
    np.testing.assert_allclose(fit.bse, expected("bse"), rtol=CLOSE)
    assert fit.llf == pytest.approx(float(REFERENCE["ordinary"]["llf"]), rel=1e-14)
    counts = WOMEN["partic"].value_counts()
    assert fit.llnull == pytest.approx((counts * np.log(counts / counts.sum())).sum(), rel=1e-14)
    null = maximise(multinomial().null, None, Control())
    assert null.value == pytest.approx(fit.llnull, rel=1e-13)


def test_a_finite_maximum_is_proved_by_the_last_step(monkeypatch):
    monkeypatch.setattr(limiting, "recession", None)
    assert maximise(multinomial(), None, Control()).cone is None


@pytest.mark.parametrize("test", ["wald", "lr", "score"])
def test_both_coefficients_of_a_variable(test):
    result = hypothesis_test(estimate(multinomial()), ["not.work|hincome = 0", "parttime|hincome = 0"], test)
    assert result.df == 2
    assert result.statistic == pytest.approx(float(REFERENCE["ordinary"]["hincome"][test]), rel=CLOSE)


def test_profile_limits():
    label = "parttime|hincome"
    limits = confint(estimate(multinomial()), method="profile").loc[label]
    np.testing.assert_allclose(limits, expected(f"limits of {label}"), rtol=1e-10)


def test_profile_limits_of_a_combination():
    """Of the difference of two outcomes: that of the fit with the other of them as the base."""
    bases = {base: multinomial(levels=(base, *(level for level in LEVELS if level != base))) for base in LEVELS[:2]}
    fit, other = (estimate(likelihood) for likelihood in bases.values())
    weights = np.zeros(6)
    weights[[1, 4]] = -1.0, 1.0
    combination = along(fit, weights).row(0.95)
    expected = confint(other, method="profile").loc["parttime|hincome"]
    np.testing.assert_allclose((combination.low, combination.high), expected, rtol=1e-9)
    assert weights @ fit.params == pytest.approx(other.params["parttime|hincome"], rel=CLOSE)
    result = hypothesis_test(other, "parttime|hincome = 0", "lr")
    assert combination.statistic == pytest.approx(result.statistic, rel=1e-9)


def test_digits_are_not_certified_without_double_double():
    fit = estimate(multinomial())
    assert np.isnan(fit.digits)
    with pytest.raises(UnsupportedError, match="double-double"):
        exact(fit.maximum.likelihood)


def test_sandwich_without_and_with_clusters():
    np.testing.assert_allclose(estimate(multinomial(), "HC0").bse, expected("HC0"), rtol=CLOSE)
    tens = estimate(multinomial(), "cluster", cluster=np.arange(len(WOMEN)) // 10)
    np.testing.assert_allclose(tens.bse, expected("cluster"), rtol=CLOSE)
    assert "27 clusters" in tens.cov_text


def test_frequencies_are_rows_repeated():
    counts = np.arange(len(WOMEN)) % 3 + 1.0
    ours = estimate(multinomial(weights=counts), "HC0", weights=counts)
    theirs = estimate(multinomial(WOMEN.loc[WOMEN.index.repeat(counts.astype(int))].reset_index()), "HC0")
    np.testing.assert_allclose(ours.params, theirs.params, rtol=CLOSE)
    np.testing.assert_allclose(ours.bse, theirs.bse, rtol=CLOSE)


@pytest.mark.parametrize(("kind", "power"), [("HC2", 0.5), ("HC3", 1.0)])
@pytest.mark.parametrize("few", [False, True])
def test_leverages_are_matrices(kind, power, few):
    """Σ a a' of ``a = X'R(I − H)^−power R⁻¹(y − p)``, H = R'X I⁻¹X'R of a row, RR' = diag(p) − pp'."""
    rows = WOMEN.iloc[::9].reset_index(drop=True) if few else WOMEN
    likelihood = multinomial(rows)
    fit = estimate(likelihood, kind)
    p = likelihood.probabilities(fit.coefs.beta)[0][:, 1:]
    happened = (np.arange(1, 3) == likelihood.observed[:, None]).astype(float)
    X, V = likelihood.over[:, 1:], p[:, :, None] * (np.eye(2) - p[:, None, :])
    inverse = np.linalg.inv(np.einsum("njq,njk,nkr->qr", X, V, X))
    meat = np.zeros((6, 6))
    for x, v, residual in zip(X, V, happened - p, strict=True):
        root = np.linalg.cholesky(v)
        values, axes = np.linalg.eigh(root.T @ x @ inverse @ x.T @ root)
        a = x.T @ root @ axes @ ((1.0 - values) ** -power * (axes.T @ np.linalg.solve(root, residual)))
        meat += np.outer(a, a)
    np.testing.assert_allclose(fit.bse, np.sqrt(np.diag(inverse @ meat @ inverse)), rtol=1e-11)
    assert (fit.bse > estimate(likelihood, "HC0").bse).all()


def test_residuals_of_several_predictors_are_refused():
    for analysis in (gl.augment, gl.goodness_of_fit):
        with pytest.raises(UnsupportedError, match="several linear predictors"):
            analysis(estimate(multinomial()))


def test_nested_models():
    """By their columns, by terms, and by coefficients held: one test. A level less is no case of the model."""
    design = gl.design_arrays(WOMEN["partic"] != "fulltime", columns(WOMEN), names=NAMES)
    reports = ("Softmax", "model", 0.95, Control())
    fit = Estimate(Solved(design, maximise(multinomial(), None, Control())), *reports)
    held = hypothesis_test(fit, ["not.work|hincome = 0", "parttime|hincome = 0"], "lr")
    other = multinomial(X=columns(WOMEN)[:, [0, 2]] @ [[1.0, 2.0], [3.0, -1.0]], names=("a", "b"))
    fewer = refits.with_terms(fit, ["children"])
    assert list(fewer.params.index) == [f"{level}|{name}" for level in LEVELS[1:] for name in ("Intercept", "children")]
    for small in (fewer, Estimate(Solved(design, maximise(other, None, Control())), *reports)):
        result = gl.lr_test(fit, small)
        assert (result.df, result.statistic) == (2, pytest.approx(held.statistic, rel=1e-12))
    squared = columns(WOMEN) ** [1, 2, 1]
    small = Estimate(Solved(design, maximise(multinomial(X=squared), None, Control())), *reports)
    with pytest.raises(DataError, match=r"not nested: not.work\|hincome, parttime\|hincome"):
        gl.lr_test(fit, small)
    with pytest.raises(DataError, match="larger one comes first"):
        gl.lr_test(fewer, fit)
    reordered = {"not.work": "parttime", "parttime": "not.work"}
    swapped = multinomial(WOMEN.assign(partic=WOMEN["partic"].replace(reordered)))
    with pytest.raises(DataError, match="not of the same rows"):
        gl.lr_test(fit, Estimate(Solved(design, maximise(swapped, None, Control())), *reports))


def test_deviance_is_the_distance_to_the_saturated_model():
    """Of single observations that has a log-likelihood of 0."""
    fit = estimate(multinomial())
    assert fit.deviance == -2.0 * fit.llf > 0
    assert fit.maximum.likelihood.saturated == 0.0
    assert fit.null_deviance == pytest.approx(-2.0 * fit.llnull, rel=1e-14)


def test_an_aliased_column_is_aliased_for_every_outcome():
    X = np.column_stack([columns(WOMEN), 2.0 * WOMEN["hincome"] + 3.0])
    fit = estimate(multinomial(X=X, names=(*NAMES, "twice")))
    assert [fit.coefs.labels[alias.column] for alias in fit.coefs.aliases] == ["not.work|twice", "parttime|twice"]
    assert [alias.combination for alias in fit.coefs.aliases] == [((0, 3.0), (1, 2.0)), ((4, 3.0), (5, 2.0))]
    kept = ~fit.params.index.str.endswith("twice")
    assert fit.params[~kept].isna().all()
    assert fit.bse[~kept].isna().all()
    np.testing.assert_allclose(fit.params[kept], expected("params"), rtol=CLOSE)
    np.testing.assert_allclose(fit.bse[kept], expected("bse"), rtol=CLOSE)
    assert fit.rank == 6
    both = ["not.work|hincome = 0", "parttime|hincome = 0"]
    assert hypothesis_test(fit, both, "lr").statistic == pytest.approx(
        float(REFERENCE["ordinary"]["hincome"]["lr"]), rel=CLOSE
    )


def overlapping_but_for_one():
    """Nobody works part-time who has no children."""
    return WOMEN[(WOMEN["partic"] != "parttime") | (WOMEN["children"] == "present")].reset_index(drop=True)


def test_a_separated_outcome_and_term():
    truth = REFERENCE["separated"]
    fit = estimate(multinomial(overlapping_but_for_one()))
    states = dict(zip(fit.coefs.labels, fit.coefs.states, strict=True))
    assert (fit.nobs, fit.status) == (truth["n"], Status.SEPARATED)
    assert states.pop("parttime|Intercept") is CoefficientState.MINUS_INFINITY
    assert states.pop("parttime|children") is CoefficientState.PLUS_INFINITY
    assert set(states) == set(truth["finite"])
    assert all(state.finite for state in states.values())
    assert fit.params["parttime|children"] == np.inf
    for label, value in truth["finite"].items():
        assert fit.params[label] == pytest.approx(float(value["estimate"]), rel=CLOSE)
        assert fit.bse[label] == pytest.approx(float(value["se"]), rel=CLOSE)
    assert fit.llf == pytest.approx(float(truth["llf"]), rel=1e-14)


def test_separation_is_reported_in_coefficients():
    """Of rows without children one outcome is ruled out, and none is predicted perfectly."""
    fit = estimate(multinomial(overlapping_but_for_one()))
    report = gl.separation(fit)
    assert report.kind == "quasi"
    assert report.coefficients.to_dict() == {
        label: {"parttime|Intercept": "-inf", "parttime|children": "+inf"}.get(label, "finite")
        for label in REFERENCE["labels"]
    }
    assert len(report.rows) == 0
    assert "parttime|children tends to +infinity; parttime|Intercept tends to -infinity" in report.explain()
    assert "ruled out by the sign of - 1*parttime|Intercept + 1*parttime|children" in report.explain()
    assert gl.separation(estimate(multinomial())).kind == "none"


def test_combinations_of_infinite_estimates():
    """With children part-time work is overlapping: the sum of intercept and children, both infinite, is not."""
    fit = estimate(multinomial(overlapping_but_for_one()))
    weights = np.zeros((4, 6))
    weights[0, [3, 5]] = 1.0
    weights[1, 3] = 1.0
    weights[2, [2, 5]] = 1.0, -1.0
    weights[3, 0] = 1.0
    values = combine(fit, weights, typed=True).values
    assert np.isfinite(values).tolist() == [True, False, False, True]
    assert values[1] == values[2] == -np.inf
    assert values[3] == fit.params.iloc[0]


def test_the_profile_of_an_infinite_estimate_has_one_limit():
    """There the likelihood-ratio test of the limit has p = 5 %; it is that of the fit with the coefficient held."""
    fit = estimate(multinomial(overlapping_but_for_one()))
    low, high = confint(fit, method="profile").loc["parttime|children"]
    assert high == np.inf
    result = hypothesis_test(fit, f"parttime|children = {low:.17g}", "lr")
    assert result.p_value == pytest.approx(0.05, rel=1e-8)
    held = fit.surface.held(fit.surface.places([5]), [low])
    far = fit.surface.climb(held)
    assert 2.0 * (fit.llf - far.at.value) == pytest.approx(result.statistic, rel=1e-8)


def test_two_outcomes_are_the_binary_logit():
    two = WOMEN.assign(partic=np.where(WOMEN["partic"] == "fulltime", "fulltime", "other"))
    tens = np.arange(len(two)) // 10
    X = columns(two)
    ours = {kind: estimate(multinomial(two, levels=("fulltime", "other")), kind, cluster=tens) for kind in KINDS}
    design = gl.design_arrays((two["partic"] == "other").astype(float), X, cluster=tens)
    for kind, fit in ours.items():
        theirs = gl.logit(design).with_cov(kind)
        np.testing.assert_allclose(fit.params, theirs.params, rtol=CLOSE)
        np.testing.assert_allclose(fit.bse, theirs.bse, rtol=CLOSE)
    theirs = estimate_of(design)
    np.testing.assert_allclose(confint(ours["model"], method="profile"), confint(theirs, method="profile"), rtol=1e-9)


def estimate_of(design):
    return Estimate(Solved(design, maximise(BinaryLogit(design), None, Control())), "Logit", "model", 0.95, Control())


@pytest.mark.parametrize("penalty", [Ridge(np.full(6, 2.0)), LogF(np.full(6, 1.0))])
def test_penalties_of_coefficients(penalty):
    """The score of likelihood plus penalty is zero to rounding; errors and profiles follow the penalised likelihood."""
    fit = estimate(multinomial(), adjustment=penalty)
    at = fit.surface.objective.evaluate(fit.coefs.beta)
    assert at.info.factor.norm(at.score) < 1e-10
    assert (np.abs(fit.params) < np.abs(expected("params"))).all()
    assert (fit.bse < expected("bse")).all()
    assert confint(fit, method="profile").notna().all(axis=None)


@pytest.mark.parametrize("adjustment", [Jeffreys(), MedianUnbiased()])
def test_what_a_likelihood_cannot_is_refused_before_iterating(adjustment, monkeypatch):
    likelihood = multinomial()
    monkeypatch.setattr(type(likelihood), "evaluate", None)
    with pytest.raises(UnsupportedError, match="derivatives of the information"):
        maximise(likelihood, adjustment, Control())


@dataclass(frozen=True, eq=False)
class Lasso:
    """``−Σ λ|β|`` (Tibshirani 1996): not smooth, so that it takes its steps by itself, by coordinate descent."""

    strength: np.ndarray
    exact = False
    proper = True
    integrable = True

    def why_not(self, likelihood):
        return ""

    def keep(self, columns):
        return Lasso(self.strength[columns])

    def recombined(self, transform):
        raise UnsupportedError("absolute values of coefficients are no function of their combinations")

    def adjusted(self, objective, beta, at, *, root):
        return at._replace(value=at.value - float(self.strength @ np.abs(beta)))

    def step(self, objective, at, beta):
        """The maximum of ``s'd − ½d'Id − λ|β + d|`` over one coefficient after another until none moves."""
        info, new, before = at.info.dense, beta.copy(), None
        while before is None or np.abs(new - before).max() > 1e-15 * (1.0 + np.abs(new).max()):
            before = new.copy()
            for j in range(len(beta)):
                pull = at.score[j] - info[j] @ (new - beta) + info[j, j] * new[j]
                new[j] = np.sign(pull) * max(abs(pull) - self.strength[j], 0.0) / info[j, j]
        move = new - beta
        rise = float(at.score @ move - self.strength @ (np.abs(new) - np.abs(beta)))
        return Move(move, float(np.sqrt(max(move @ info @ move, 0.0))), rise)


@pytest.mark.parametrize("model", ["binary", "several"])
def test_an_adjustment_may_take_steps_of_its_own(model):
    """At the lasso's maximum the score is λ in the sign of a coefficient, and at most λ where it is 0."""
    X = columns(WOMEN) / [1.0, 10.0, 1.0]
    working = (WOMEN["partic"] != "not.work").astype(float)
    likelihood = BinaryLogit(gl.design_arrays(working, X)) if model == "binary" else multinomial(X=X)
    strength = np.where(np.arange(likelihood.size) % 3 == 0, 0.0, 18.0)
    maximum = maximise(likelihood, Lasso(strength), Control())
    assert maximum.status is Status.CONVERGED
    score, zero = likelihood.evaluate(maximum.beta).score, maximum.beta == 0
    assert 0 < zero.sum() < likelihood.size
    np.testing.assert_allclose(score[~zero], (strength * np.sign(maximum.beta))[~zero], atol=1e-8)
    assert (np.abs(score[zero]) < strength[zero]).all()


def test_many_rows_start_from_a_sample():
    rng = np.random.default_rng(7)
    X = np.column_stack([np.ones(60_000), rng.normal(size=(60_000, 2))])
    latent = np.column_stack([np.zeros(60_000), X @ [0.2, 0.5, -0.3], X @ [-0.5, -0.2, 0.4]])
    outcome = np.argmax(latent + rng.gumbel(size=latent.shape), axis=1)
    likelihood = softmax(X, outcome, range(3), ("Intercept", "a", "b"))
    near = maximise(likelihood, None, Control())
    zero = maximise(likelihood, None, Control(), start=np.zeros(6))
    error = np.sqrt(np.diag(zero.at.info.factor.inverse()))
    assert (np.abs(near.beta - zero.beta) < 1e-9 * error).all()
    assert near.trace[0].value > zero.trace[1].value
