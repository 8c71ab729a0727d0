"""Aliased columns: the combination named holds in every row, and fitted rows can always be predicted."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.errors import CollinearityWarning

EPS = np.finfo(float).eps


@pytest.fixture(autouse=True)
def collinearity_is_expected():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", CollinearityWarning)
        warnings.simplefilter("ignore", gl.errors.SeparationWarning)
        yield


def combined(seed: int) -> tuple[pd.DataFrame, dict[str, float]]:
    """Columns of sizes from 0.01 to 1e7, a few of them rare or small, and one that is made of some of the others."""
    rng = np.random.default_rng(seed)
    n, k = int(rng.integers(40, 400)), int(rng.integers(2, 6))
    frame = pd.DataFrame({"y": rng.integers(0, 2, n)})
    for j in range(k):
        size = 10.0 ** rng.integers(-2, 8)
        kind = rng.integers(3)
        values = rng.random(n) * size if kind == 0 else np.round(rng.normal(size=n) * (size + 9))
        frame[f"x{j}"] = np.where(rng.random(n) < 0.05, 5.0, 0.0) if kind == 2 else values
    pool = [1.0, -1.0, 2.0, 0.5, 0.25, 100.0] if seed % 2 else [1.0, 0.45, -2.2, 0.1, 1 / 3]
    used = rng.choice(k, int(rng.integers(1, k + 1)), replace=False)
    weights = {f"x{j}": float(rng.choice(pool)) for j in sorted(used)}
    total = sum((w * frame[name] for name, w in weights.items()), np.zeros(n))
    frame["total"] = total
    return frame, weights


@pytest.mark.parametrize("seed", range(80))
def test_the_combination_named_is_the_column_to_rounding(seed):
    frame, weights = combined(seed)
    names = [name for name in frame if name != "y"]
    fit = gl.logit("y ~ " + " + ".join(names), frame)
    alias = {fit.design.names[a.column]: a.combination for a in fit.maximum.aliases}["total"]
    X, j = fit.design.X, fit.design.names.index("total")
    implied = sum((w * X[:, k] for k, w in alias), np.zeros(len(X)))
    size = sum((np.abs(w * X[:, k]) for k, w in alias), np.abs(X[:, j]))
    assert (np.abs(X[:, j] - implied) <= 32 * EPS * size).all()
    named = {fit.design.names[k]: w for k, w in alias}
    assert named == pytest.approx(weights, rel=1e-15)
    fitted = fit.predict()
    assert fitted.notna().all()
    np.testing.assert_array_equal(fit.predict(frame), fitted)
    assert np.isfinite(gl.predictions(fit)["estimate"]).all()


def test_a_small_part_of_a_large_sum_is_named():
    """Populations of a hundred million, and five more in a few of them."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"pop": np.round(rng.uniform(1e8, 2e8, 2000)), "extra": 5.0 * (rng.random(2000) < 0.01)})
    frame["total"], frame["y"] = frame["pop"] + frame["extra"], rng.integers(0, 2, 2000)
    fit = gl.logit("y ~ pop + extra + total", frame)
    assert "total = pop + extra." in next(note.text for note in fit.notes if note.code == "aliased")
    assert fit.predict(frame).notna().all()
    assert fit.predict(frame.assign(total=frame["pop"] * 2)).isna().all()


def test_levels_that_another_factor_determines_are_sums_of_its_levels():
    rng = np.random.default_rng(2)
    town = rng.integers(0, 12, 600)
    frame = pd.DataFrame({"town": [f"t{t:02d}" for t in town], "region": [f"r{t // 4}" for t in town]})
    frame["y"] = rng.integers(0, 2, 600)
    fit = gl.logit("y ~ town + region", frame)
    for alias in fit.maximum.aliases:
        assert {w for _, w in alias.combination} == {1.0}
        assert len(alias.combination) == 4
    np.testing.assert_array_equal(fit.predict(frame), fit.predict())


def aliased_fit():
    data = gl.datasets.birthwt().assign(twice=lambda d: 2 * d["age"])
    with pytest.warns(gl.errors.CollinearityWarning):
        return gl.logit("low ~ age + twice + smoke", data)


def test_a_long_combination_is_cut_after_four_columns():
    data = gl.datasets.birthwt()
    data["s"] = data["age"] - data["lwt"] + 2 * data["smoke"] + data["ht"] - data["ui"]
    with pytest.warns(gl.errors.CollinearityWarning, match=r"s = age - lwt \+ 2\*smoke \+ ht \+ …\."):
        gl.logit("low ~ age + lwt + smoke + ht + ui + s", data)
    with pytest.warns(gl.errors.CollinearityWarning, match=r"s = age - lwt \+ 2\*smoke \+ ht\."):
        gl.logit("low ~ age + lwt + smoke + ht + s", data.assign(s=data["s"] + data["ui"]))


def test_an_aliased_coefficient_has_no_profile_and_the_others_have_theirs():
    plain = gl.logit("low ~ age + smoke", gl.datasets.birthwt()).confint(method="profile")
    limits = aliased_fit().confint(method="profile")
    assert limits.loc["twice"].isna().all()
    # Both follow one likelihood, to 1e-8 of the signed root.
    np.testing.assert_allclose(limits.drop("twice"), plain, rtol=1e-7)


def test_of_an_aliased_coefficient_a_sentence_says_that_the_data_do_not_determine_it():
    text = " ".join(str(gl.interpret(aliased_fit())).split())
    assert "a factor that the data do not determine for each unit more of twice" in text


def test_curves_of_aliased_coefficients_alone_are_an_empty_table():
    data = gl.datasets.birthwt().assign(twice=lambda d: 2 * d["age"])
    with pytest.warns(CollinearityWarning):
        fit = gl.logit("low ~ age + twice", data)
    curves = gl.profile(fit, "twice").curves
    assert list(curves) == list(gl.profile(gl.logit("low ~ age", data)).curves)
    assert len(curves) == 0


@pytest.mark.parametrize("estimator", [gl.multinomial, gl.firth, gl.ordinal])
def test_new_rows_of_several_levels_keep_or_break_a_collinearity(estimator):
    rng = np.random.default_rng(8)
    frame = pd.DataFrame(rng.normal(size=(90, 2)), columns=["a", "b"])
    frame["c"] = frame["a"] + frame["b"]
    frame["y"] = pd.Categorical.from_codes(rng.integers(0, 3, 90), ["low", "mid", "high"], ordered=True)
    with pytest.warns(CollinearityWarning):
        fit = estimator("y ~ a + b + c", frame)
    without = estimator("y ~ a + b", frame)
    np.testing.assert_allclose(fit.predict(frame), without.predict(frame), rtol=1e-12)
    broken = frame.assign(c=frame["c"] + (np.arange(90) == 4))
    with pytest.warns(CollinearityWarning, match="row 4"):
        p = fit.predict(broken)
    assert p.iloc[4].isna().all()
    np.testing.assert_array_equal(p.drop(index=4), fit.predict(frame).drop(index=4))
