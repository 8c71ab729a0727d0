"""Smaller models by holding coefficients at 0: as if fitted anew, and only where their columns are the same."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.designs.nested import columns_left
from glmlogit.errors import CollinearityWarning, SeparationWarning
from glmlogit.estimate import submodel as module
from glmlogit.estimate.submodel import submodel


def study(n: int = 300, seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"age": rng.normal(50, 12, n), "sex": rng.integers(0, 2, n), "n": rng.integers(1, 5, n)})
    table["a"], table["b"] = rng.choice(list("rst"), n), rng.choice(list("uvw"), n)
    eta = -0.5 + 0.03 * (table["age"] - 50) + 0.5 * (table["a"] == "s") * table["sex"]
    table["y"] = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int)
    table["events"] = rng.binomial(table["n"], 0.4)
    return table


FORMULAS = {
    "y ~ age + sex + a + b": True,
    "y ~ age + I(age^2) + a*b + a:sex + sex": True,
    "y ~ a:b + b:sex + age": False,
    "y ~ 0 + a + b + age": False,
    "y ~ age + a:sex": False,
}


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("options", [{}, {"weights": "n"}])
@pytest.mark.parametrize("test", ["lr", "score", "wald"])
def test_tables_of_terms_are_those_of_models_fitted_anew(formula, options, test, monkeypatch):
    fit = gl.logit(formula, study(), **options)
    ours = [gl.drop1(fit, test=test), gl.anova(fit, test=test)]
    monkeypatch.setattr(module, "_held", lambda *_: None)
    for table, anew in zip(ours, [gl.drop1(fit, test=test), gl.anova(fit, test=test)], strict=True):
        pd.testing.assert_frame_equal(table, anew, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("formula", "same"), FORMULAS.items())
def test_columns_that_a_smaller_model_would_code_otherwise_are_not_held(formula, same):
    """Where they are held, the design of the smaller model has just these columns."""
    fit = gl.logit(formula, study())
    kept = [term.name for term in fit.columns.terms if term.order == 1 and term.name != "b"]
    left = columns_left(fit.design, kept)
    assert (left is not None) is same
    if left is not None:
        model = submodel(fit, kept)
        assert model.refit is None
        assert model.fitted.design.names == tuple(fit.design.names[j] for j in left)


def test_grouped_rows_and_arrays():
    table = study()
    fit = gl.logit("events ~ age + sex + a", table, trials="n")
    model = submodel(fit, ["age"])
    assert model.deviance == pytest.approx(model.fitted.deviance, rel=1e-12)
    assert model.top == pytest.approx(model.fitted.loglik, rel=1e-12)
    arrays = gl.logit(gl.design_arrays(table["y"], table[["age", "sex"]], intercept=False))
    assert submodel(arrays, ["age"]).refit is None
    assert submodel(arrays, ["age"]).top == pytest.approx(submodel(arrays, ["age"]).fitted.loglik, rel=1e-12)


def test_aliased_and_separated_models_are_fitted_anew():
    """A column may be aliased by the term that is left out, and a supremum at infinity has no tangent."""
    table = study()
    table["old"], table["only"] = table["age"] * 2.0, ((table["y"] == 1) & (table["sex"] == 1)).astype(float)
    with pytest.warns(CollinearityWarning):
        aliased = gl.logit("y ~ age + old + sex", table)
    model = submodel(aliased, ["old", "sex"])
    assert model.refit is not None
    assert model.rank == 3
    with pytest.warns(SeparationWarning):
        separated = gl.logit("y ~ age + only", table)
    assert submodel(separated, ["age"]).refit is not None


def test_the_whole_model_is_the_fit_itself():
    fit = gl.logit("y ~ age + sex", study())
    model = submodel(fit, ["age", "sex"])
    assert (model.top, model.rank, model.deviance) == (fit.loglik, 3, fit.deviance)
    np.testing.assert_allclose(model.evaluated().score, 0.0, atol=1e-8)


def test_a_term_takes_few_passes(monkeypatch):
    """Some four from the tangent, where a fit has its own start, proof and refinement, and its own columns."""
    from glmlogit.likelihood.logit_sums import LogitSums

    fit = gl.logit("y ~ age + sex + a + b", study(5000))
    passes, evaluate = [], LogitSums.evaluate
    monkeypatch.setattr(LogitSums, "evaluate", lambda self, *a, **k: passes.append(self) or evaluate(self, *a, **k))
    monkeypatch.setattr(module, "with_terms", None)
    gl.drop1(fit)
    assert len(passes) <= 4 * 4
    assert {id(each) for each in passes} == {id(fit.surface.objective)}
