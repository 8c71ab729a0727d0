"""Choice of terms and powers: values of R's step and mfp, laws of all models, what is refused, what is said."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from evaluation_models import FORMULAS, data, difference, entries, fitted, hostile, values
from scipy import stats

import glmlogit as gl
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.selection.models import addable, choosable
from glmlogit.terms.drop1 import droppable

NAME = "9_building"
STEPS = [key for key in entries(NAME) if ".step_" in key]
SUBSETS = [key for key in entries(NAME) if ".best_subset_" in key]
CHANGES = [key for key in entries(NAME) if ".change_in_estimate" in key]
POWERS = [key for key in entries(NAME) if ".fp_" in key]
SPLINES = [key for key in entries(NAME) if ".rcs4_" in key]
MFP = [key for key in entries(NAME) if ".mfp" in key]


def test_the_references_are_looked_at():
    assert len(STEPS) + len(SUBSETS) + len(CHANGES) + len(POWERS) + len(MFP) + len(SPLINES) == len(entries(NAME)) == 34


@pytest.mark.parametrize("key", SPLINES)
def test_splines_have_the_tests_of_rms(key):
    shape = gl.linearity(fitted(key.split(".")[1]), "age")
    nonlinear, whole = shape.table.loc[("age", "spline")], shape.overall.loc["age"]
    ours = [*shape.knots["age"], whole["wald"], whole["df"]]
    ours += [*nonlinear[["wald", "df", "wald_p_value"]], *nonlinear[["statistic", "p_value"]]]
    assert difference(NAME, key, ours) < 1


@pytest.mark.parametrize("model", ["birthwt", "icu", "asah"])
def test_line_and_spline_together_are_tested_as_models_without_and_with_them(model):
    fit, shape = fitted(model), gl.linearity(fitted(model), "age", knots=5)
    outcome, terms = FORMULAS[model].split(" ~ ")
    without = " + ".join(term for term in terms.split(" + ") if term != "age")
    spline = gl.logit(f"{outcome} ~ rcs(age, 5) + {without}", data(model))
    whole = gl.lr_test(spline, gl.logit(f"{outcome} ~ {without}", data(model)))
    ours = shape.overall.loc["age"]
    assert [ours["statistic"], ours["p_value"]] == pytest.approx([whole.statistic, whole.p_value], rel=1e-8)
    assert ours["df"] == whole.df == 4
    columns = [j for j, name in enumerate(spline.params.index) if "rcs" in name]
    wald = gl.wald_test(spline, np.eye(len(spline.params))[columns])
    assert ours["wald"] == pytest.approx(wald.statistic, rel=1e-8)
    bent = gl.lr_test(spline, fit)
    assert shape.table.loc[("age", "spline"), "statistic"] == pytest.approx(bent.statistic, rel=1e-7)


@pytest.mark.parametrize("key", STEPS)
def test_steps_are_those_of_r(key):
    _, model, quantity = key.split(".")
    _, direction, criterion = quantity.split("_")
    chosen, entry = gl.step(fitted(model), direction, criterion), entries(NAME)[key]
    assert difference(NAME, key, chosen.path["criterion"]) < 1
    assert chosen.path["change"].tolist() == entry["args"]["steps"]
    assert sorted(chosen.terms) == sorted(entry["args"]["final"])
    again = gl.logit(f"{FORMULAS[model].split(' ~ ')[0]} ~ {' + '.join(chosen.terms)}", data(model))
    assert chosen.fit.aic == pytest.approx(again.aic, rel=1e-12)


@pytest.mark.parametrize("key", SUBSETS)
def test_best_subsets_are_those_of_all_models(key):
    _, model, quantity = key.split(".")
    entry = entries(NAME)[key]
    best, names = gl.best_subset(fitted(model), quantity.split("_")[-1]), entry["args"]["terms"]
    masks = [sum(1 << names.index(term) for term in terms.split(" + ")) for terms in best["terms"]]
    assert difference(NAME, key, np.column_stack([masks, best["criterion"]])) < 1


@pytest.mark.parametrize("key", CHANGES)
def test_changes_in_estimate(key):
    _, model, _ = key.split(".")
    changes = gl.change_in_estimate(fitted(model), entries(NAME)[key]["args"]["exposure"])
    found = changes[["estimate", "change", "change_log"]].to_numpy()[1:]
    expected = values(NAME, key)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)
    assert difference(NAME, key, found) < 1


@pytest.mark.parametrize("key", POWERS)
def test_fractional_polynomials_of_one_variable(key):
    _, model, quantity = key.split(".")
    chosen = gl.fractional_polynomials(fitted(model), quantity[3:])
    expected = values(NAME, key)
    np.testing.assert_allclose(chosen.table["deviance"], expected[[0, 1, 2, 4]], rtol=1e-12)
    np.testing.assert_allclose(chosen.table["p_value"][:3], expected[7:10], rtol=1e-9)
    deviances, (tests, powers) = chosen.table["deviance"].to_numpy(), (chosen.table["p_value"][:3], expected[[3, 5, 6]])
    assert difference(NAME, key, [*deviances[:3], powers[0], deviances[3], *powers[1:], *tests]) < 1
    assert chosen.table["powers"].tolist() == ["", "1", f"{expected[3]:g}", f"{expected[5]:g}, {expected[6]:g}"]


@pytest.mark.parametrize("key", MFP)
def test_fractional_polynomials_of_all_variables_are_those_of_mfp(key):
    _, model, _ = key.split(".")
    chosen, entry = gl.fractional_polynomials(fitted(model), select=0.05), entries(NAME)[key]
    assert difference(NAME, key, chosen.fit.deviance) < 1
    degrees = dict(zip(entry["args"]["powers"], entry["args"]["df_final"], strict=True))
    assert {name: len(powers) for name, powers in chosen.powers.items()} == degrees


# --- laws -------------------------------------------------------------------------------------------
def simulated(seed: int, n: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(n, 3)), columns=["a", "b", "c"]).assign(g=rng.choice(["u", "v", "w"], n))
    eta = 0.7 * frame["a"] - 0.4 * frame["a"] * frame["b"] + 0.5 * (frame["g"] == "v")
    return frame.assign(y=(rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int), b2=1 + frame["b"] ** 2)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("direction", ["backward", "forward", "both"])
def test_the_path_falls_and_never_below_the_best_of_all(seed, direction):
    fit = gl.logit("y ~ a*b + c + g", simulated(seed))
    path = gl.step(fit, direction).path["criterion"].to_numpy()
    assert (np.diff(path) < 0).all()
    best = gl.best_subset(fit, top=100)
    assert path[-1] >= best["criterion"][0] - 1e-9
    # 2^3 models of a, b and a:b but the three that break marginality, times those of c and g
    assert len(best) == 5 * 4
    assert best["criterion"].is_monotonic_increasing


def test_deviance_never_rises_with_a_term_and_lr_tests_add_up():
    fit = gl.logit("y ~ a + b + c + g", simulated(4))
    deviance = dict(zip(*gl.best_subset(fit, top=100)[["terms", "deviance"]].to_numpy().T, strict=True))
    sets = {frozenset(terms.split(" + ")) - {"1"}: value for terms, value in deviance.items()}
    for small, large in itertools.permutations(sets, 2):
        if small < large:
            assert sets[small] >= sets[large] - 1e-9
    assert gl.anova(fit)["statistic"].sum() == pytest.approx(sets[frozenset()] - sets[frozenset("abcg")], rel=1e-9)


def test_marginality_is_kept():
    terms = choosable(gl.logit("y ~ a*b*c + g", simulated(5)))
    smaller = [term for term in terms if term.name in ("a", "b", "a:b", "g")]
    assert [term.name for term in droppable(terms)] == ["g", "a:b:c"]
    assert [term.name for term in droppable(smaller)] == ["g", "a:b"]
    assert addable(terms, []) == ["a", "b", "c", "g"]
    assert addable(terms, ["a", "b"]) == ["c", "g", "a:b"]


def as_counts(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.value_counts().rename("n").reset_index()


@pytest.mark.parametrize("criterion", ["aic", "bic", 3.84])
def test_rows_counts_and_trials_choose_the_same(criterion):
    frame = simulated(6).assign(a=lambda d: d["a"].round(), b=lambda d: (d["b"] > 0) * 1.0, c=lambda d: d["c"].round())
    right = "a*b + c + g"
    counts = as_counts(frame)
    grouped = frame.groupby(["a", "b", "c", "g"], as_index=False)["y"].agg(["sum", "count"])
    fits = [
        gl.logit(f"y ~ {right}", frame),
        gl.logit(f"y ~ {right}", counts, weights="n"),
        gl.logit(f"sum ~ {right}", grouped, trials="count"),
    ]
    rows, *others = (gl.step(fit, "both", criterion) for fit in fits)
    for other in others:
        assert other.terms == rows.terms
        assert other.path["change"].tolist() == rows.path["change"].tolist()
        np.testing.assert_allclose(np.diff(other.path["criterion"]), np.diff(rows.path["criterion"]), rtol=1e-8)
    first, *rest = (gl.change_in_estimate(fit, "c", risk_ratio=True) for fit in fits)
    for table in rest:
        np.testing.assert_allclose(table, first, rtol=1e-8, atol=1e-8)


def test_frequencies_repeat_the_whole_choice_in_each_sample():
    frame = simulated(7, 120)
    fit = gl.logit("y ~ a + b + g", frame)
    chosen = gl.step(fit, replicates=15, seed=3, keep="b")
    rng, counts = np.random.default_rng(3), dict.fromkeys("abg", 0)
    for _ in range(15):
        times = np.bincount(rng.integers(0, 120, 120), minlength=120)
        drawn = frame.loc[np.repeat(np.arange(120), times)]
        for name in gl.step(gl.logit("y ~ a + b + g", drawn), keep="b").terms:
            counts[name] += 1
    assert (chosen.frequencies["share"] * 15).round(9).to_dict() == counts
    assert counts["b"] == 15
    assert "15 bootstrap samples (seed 3)" in str(chosen)


def test_deviance_of_powers_is_free_of_the_unit():
    frame = data("glow500")
    fits = [gl.logit(FORMULAS["glow500"], frame.assign(age=frame["age"] * unit)) for unit in (1.0, 1e120)]
    first, *others = (gl.fractional_polynomials(fit, "age").table for fit in fits)
    for other in others:
        np.testing.assert_allclose(other["deviance"], first["deviance"], rtol=1e-12)
        assert other["powers"].tolist() == first["powers"].tolist()
    assert (np.diff(first["deviance"]) <= 1e-9).all()  # FP2 ≤ FP1 ≤ line ≤ nothing


@pytest.mark.parametrize("power", [-2.0, -0.5, 0.0, 3.0])
def test_a_strong_power_is_chosen_and_predicts_new_rows(power):
    rng = np.random.default_rng(11)
    x = rng.uniform(0.5, 6.0, 1_000)
    z = np.log(x) if power == 0 else x**power
    p = stats.norm.cdf(2.0 * (z - z.mean()) / z.std())
    frame = pd.DataFrame({"x": x, "y": (rng.random(1_000) < p) * 1})
    chosen = gl.fractional_polynomials(gl.logit("y ~ x", frame), alpha=0.01)
    assert chosen.powers["x"] != (1.0,)
    np.testing.assert_allclose(chosen.fit.predict(frame), chosen.fit.predict(), rtol=1e-12)
    assert chosen.fit.deviance <= gl.logit("y ~ z", frame.assign(z=z)).deviance + 10


# --- what is said and refused -----------------------------------------------------------------------
def test_a_chosen_model_says_that_it_was_chosen():
    chosen = gl.step(fitted("birthwt"))
    assert [note.code for note in chosen.fit.notes][-1] == "post_selection"
    assert "chosen by AIC" in str(chosen.fit.summary())
    assert "std_error" not in chosen.coefficients
    shown = gl.step(fitted("birthwt"), post_selection="shown").coefficients
    np.testing.assert_allclose(shown["p_value"].dropna(), chosen.fit.pvalues, rtol=1e-12)
    powers = gl.fractional_polynomials(fitted("icu"), "age")
    assert "take them as known" in str(powers)
    assert "take them as known" in str(powers.fit.summary())


def test_rows_are_those_of_the_full_model():
    frame = pd.DataFrame(
        {"y": [0, 1, 1, 0, 1, 0, 1, 0] * 6, "a": np.tile([1.0, 2, np.nan, 4], 12), "b": np.arange(48.0)}
    )
    chosen = gl.step(gl.logit("y ~ a + b", frame))
    assert chosen.fit.nobs == 36
    assert "12 rows dropped" in str(chosen)


def test_missing_values_that_differ_between_variables_leave_the_rows_of_the_full_model():
    given, expect = hostile("A51")
    rng = np.random.default_rng(3)
    columns = {
        name: np.tile(np.array(values, dtype=float), 40) + rng.normal(size=120) for name, values in given.items()
    }
    frame = pd.DataFrame(columns).assign(c=rng.normal(size=120), y=rng.integers(0, 2, 120))
    assert "complete rows of the full scope" in expect["rows"]
    for direction in ("backward", "forward", "both"):
        chosen = gl.step(gl.logit("y ~ a + b + c", frame), direction)
        assert chosen.fit.nobs == 40  # where a smaller model alone would have 80
        assert chosen.fit.nobs == gl.logit("y ~ a + b + c", frame).nobs
        assert "80 rows dropped" in str(chosen)


def test_a_separated_candidate_has_the_supremum_of_its_likelihood():
    frame = simulated(8, 60).assign(s=lambda d: ((d["y"] == 1) & (d["a"] > 0.5)) * 1)
    with pytest.warns(gl.errors.SeparationWarning):
        fit = gl.logit("y ~ s + c", frame)
    chosen = gl.step(fit)
    assert "s" in chosen.terms
    assert chosen.path["criterion"].iloc[0] == pytest.approx(-2 * fit.llf + 2 * fit.rank, rel=1e-12)


FIT = gl.logit("y ~ a*b + c + g", simulated(9))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: gl.step(FIT, "sideways"), DataError, "direction='sideways'"),
        (lambda: gl.step(FIT, criterion="p"), DataError, "criterion='p'"),
        (lambda: gl.step(FIT, criterion=-1.0), DataError, "each coefficient costs"),
        (lambda: gl.step(FIT, keep="z"), DataError, "keep='z' is no term"),
        (lambda: gl.step(FIT, replicates=-1), DataError, "replicates=-1"),
        (
            lambda: gl.step(gl.logit("y ~ a + c", simulated(9), weights="b2", weight_type="sampling")),
            UnsupportedError,
            "sampling",
        ),
        (lambda: gl.step(gl.firth("y ~ a + c", simulated(9))), UnsupportedError, "."),
        (lambda: gl.best_subset(FIT, top=0), DataError, "top=0"),
        (lambda: gl.change_in_estimate(FIT, "a"), DataError, "no odds ratio of its own beside a:b"),
        (lambda: gl.change_in_estimate(FIT, ["c"]), DataError, "exposure="),
        (lambda: gl.change_in_estimate(FIT, "z"), DataError, "'z' is no term"),
        (lambda: gl.fractional_polynomials(FIT, "a"), DataError, "no linear term of its own"),
        (lambda: gl.fractional_polynomials(FIT, "c"), DataError, "shift={'c': "),
        (lambda: gl.fractional_polynomials(FIT, "c", alpha=0.0), DataError, "alpha=0.0"),
        (lambda: gl.fractional_polynomials(FIT, "g"), DataError, "no linear term"),
    ],
)
def test_what_makes_no_sense_is_refused(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_too_many_terms_are_refused_with_a_remedy():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(200, 16)), rng.integers(0, 2, 200)
    fit = gl.logit(gl.design_arrays(y, X, intercept=True))
    with pytest.raises(UnsupportedError, match="65,536 models"):
        gl.best_subset(fit)
    kept = [f"x{j}" for j in range(1, 15)] if "x16" in fit.params.index else list(fit.params.index[1:15])
    assert len(gl.best_subset(fit, keep=kept)) == 4
    with pytest.raises(UnsupportedError, match="terms of a formula"):
        gl.fractional_polynomials(fit)


def test_shifted_values_are_those_of_a_shifted_variable():
    frame = data("asah").assign(age=lambda d: d["age"] - 40.0, later=lambda d: d["age"] + 42.0)
    shifted = gl.fractional_polynomials(gl.logit("poor ~ age + s100b", frame), "age", shift={"age": 42.0})
    plain = gl.fractional_polynomials(
        gl.logit("poor ~ later + s100b", frame.assign(later=frame["age"] + 42.0)), "later"
    )
    np.testing.assert_allclose(shifted.table["deviance"], plain.table["deviance"], rtol=1e-12)
