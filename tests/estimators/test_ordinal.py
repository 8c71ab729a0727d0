"""Proportional odds against references of 20 digits and more, R's conventions, separation, bad input."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from ordinal_reference import FORMULAS, data_of, fitted, observed_score
from ordinal_reference import PROBLEMS as REFERENCE

import glmlogit as gl

# Estimates and errors: some epsilons times the condition.
CLOSE = 1e-12


def numbers(values):
    return {key: float(value) for key, value in values.items()}


def close(series, reference, rel=CLOSE):
    for key, value in numbers(reference).items():
        assert series[key] == pytest.approx(value, rel=rel), key


@pytest.mark.parametrize("name", FORMULAS)
def test_estimates_errors_and_likelihoods(name):
    fit, values = fitted(name), REFERENCE[name]["values"]
    close(fit.params, values["params"])
    close(fit.bse, values["bse"])
    close(gl.with_cov(fit, "HC0").bse, values["bse_HC0"])
    close(fitted(name, se="expected").bse, values["bse_expected"])
    assert fit.llf == pytest.approx(float(values["llf"]), rel=1e-14)
    assert fit.llnull == pytest.approx(float(values["llnull"]), rel=1e-14)
    assert fit.nobs == float(values["nobs"])
    shown = fit.glance().iloc[0]
    assert shown["lr_df"] == values["lr_model"]["df"]
    assert shown["lr_statistic"] == pytest.approx(float(values["lr_model"]["statistic"]), rel=1e-12)
    assert shown["lr_p_value"] == pytest.approx(float(values["lr_model"]["p"]), rel=1e-10)


@pytest.mark.parametrize("name", FORMULAS)
def test_terms(name):
    fit, values = fitted(name), REFERENCE[name]["values"]
    table = gl.drop1(fit)
    for variable, expected in values["lr"].items():
        row = table.loc[variable if variable in table.index else f"C({variable})"]
        assert row["df"] == expected["df"]
        assert row["statistic"] == pytest.approx(float(expected["statistic"]), rel=1e-11)
        assert row["p_value"] == pytest.approx(float(expected["p"]), rel=1e-10)


@pytest.mark.parametrize("name", FORMULAS)
def test_probabilities_and_their_limits(name):
    fit, values = fitted(name), REFERENCE[name]["values"]["predict"]
    row = {"housing": 0, "wine": 0, "pneumo": 0}[name]
    data = data_of(name).iloc[[row]]
    if name == "housing":
        data = data.assign(infl="Low", type="Tower", cont="Low")
    if name == "wine":
        data = data.assign(temp="cold", contact="no")
    if name == "pneumo":
        data = data.assign(log_exposure=float(values["x"][0]))
    table = fit.predict(data, interval="confidence").set_index("outcome")
    for level, expected in values["outcomes"].items():
        shown = table.loc[level]
        assert shown["estimate"] == pytest.approx(float(expected["estimate"]), rel=CLOSE)
        assert shown["std_error"] == pytest.approx(float(expected["std_error"]), rel=1e-11)
        assert shown["conf_low"] == pytest.approx(float(expected["conf_low_logit"]), rel=1e-11)
        assert shown["conf_high"] == pytest.approx(float(expected["conf_high_logit"]), rel=1e-11)


@pytest.mark.parametrize("name", FORMULAS)
def test_average_marginal_effects(name):
    """Derivatives, as the references have them: of indicators that are numbers."""
    values, model, data = REFERENCE[name]["values"]["ame"], REFERENCE[name]["model"], data_of(name)
    columns = [term for term in model["terms"] if term.startswith("C(")]
    spelt = {term: f"d{k}" for k, term in enumerate(columns)}
    for term, column in spelt.items():
        variable, level = term[2:-1].split(")[T.")
        data[column] = (data[variable].astype(str) == level) * 1.0
    weights = {"weights": model["weights"]} if "weights" in model else {}
    terms = [spelt.get(term, term) for term in model["terms"]]
    fit = gl.ordinal(f"{model['y']} ~ {' + '.join(terms)}", data, **weights)
    table = gl.margins(fit, spelt.get(values["term"], values["term"])).set_index("outcome")
    for level in model["levels"]:
        assert table.loc[level, "estimate"] == pytest.approx(float(values[level]["estimate"]), rel=1e-11)
        assert table.loc[level, "std_error"] == pytest.approx(float(values[level]["std_error"]), rel=1e-10)
    assert abs(table["estimate"].sum()) < 1e-15


def test_parallel_lines():
    for name in ("housing", "pneumo"):
        fit, values = fitted(name), REFERENCE[name]["values"]
        table = gl.brant(fit).table
        for variable in ("all", *REFERENCE[name]["model"]["vars"]):
            spelt = "(all)" if variable == "all" else variable if variable in table.index else f"C({variable})"
            expected = values["brant"][variable]
            assert table.loc[spelt, "df"] == expected["df"]
            assert table.loc[spelt, "statistic"] == pytest.approx(float(expected["statistic"]), rel=1e-11)
            assert table.loc[spelt, "p_value"] == pytest.approx(float(expected["p"]), rel=1e-11)
        ratios = gl.brant(fit).odds_ratios
        for cut, params in values["brant"]["binary_params"].items():
            for term, value in params.items():
                if term != "Intercept":
                    column = f"> {cut.removeprefix('>')}"
                    assert ratios.loc[term, column] == pytest.approx(math.exp(float(value)), rel=CLOSE)
        lr = gl.brant(fit, "lr").table.loc["(all)"]
        assert lr["statistic"] == pytest.approx(float(values["nonparallel"]["lr"]), rel=1e-10)
    for name in FORMULAS:
        expected = REFERENCE[name]["values"]["score_parallel"]
        score = gl.brant(fitted(name), "score").table.loc["(all)"]
        assert (score["df"], score["statistic"]) == (
            expected["df"],
            pytest.approx(float(expected["statistic"]), rel=1e-11),
        )


def test_the_score_of_parallel_lines_by_the_observed_information():
    for name in FORMULAS:
        expected = REFERENCE[name]["values"]["score_parallel_observed"]
        assert observed_score(fitted(name)) == pytest.approx(float(expected["statistic"]), rel=1e-11)


def test_no_parallel_lines():
    """The reference has the coefficients of the first cut and what later cuts add."""
    for name, terms in {"housing": ["C(infl)", "C(type)", "C(cont)"], "pneumo": "log_exposure"}.items():
        fit, values = fitted(name, nonparallel=terms), REFERENCE[name]["values"]["nonparallel"]
        assert fit.llf == pytest.approx(float(values["llf"]), rel=1e-14)
        thresholds = fit.params.iloc[:2].to_numpy()
        slopes = fit.params.iloc[2:].to_numpy().reshape(-1, 2)
        expected = np.array(values["params"], dtype=float)
        np.testing.assert_allclose(thresholds, expected[:2], rtol=1e-11)
        np.testing.assert_allclose(slopes[:, 0], expected[2 : 2 + len(slopes)], rtol=1e-11)
        np.testing.assert_allclose(slopes[:, 1] - slopes[:, 0], expected[2 + len(slopes) :], rtol=1e-9, atol=1e-12)
        test = gl.lr_test(fit, fitted(name))
        assert test.statistic == pytest.approx(float(values["lr"]), rel=1e-10)


def test_brant_names_the_cut_that_is_separated():
    result = gl.brant(fitted("wine"))
    assert result.table["statistic"].isna().all()
    assert "> 1, > 4" in result.notes[0]
    assert gl.brant(fitted("wine"), "lr").table["statistic"].notna().all()


@pytest.mark.parametrize("name", ["separation_quasi_2x3", "separation_quasi_2x3_cut"])
def test_separation(name):
    problem = REFERENCE[name]
    counts, values = problem["model"]["counts"], problem["values"]
    data = pd.DataFrame(
        [(x, level, n) for x in (0, 1) for level, n in enumerate(counts[f"x={x}"])], columns=["x", "y", "n"]
    )
    with pytest.warns(gl.errors.SeparationWarning, match="Report profile limits") as caught:
        fit = gl.ordinal("y ~ x", data, weights="n")
    assert "gl.firth" not in str(caught[0].message)  # there is none for ordered levels
    spelt = dict(zip(("theta1", "theta2", "x"), fit.params.index, strict=True))
    for key, kind in values["coefficients"].items():
        assert (fit.params[spelt[key]] == math.inf) == (kind == "+inf")
    for key, finite in values["finite"].items():
        assert fit.params[spelt[key]] == pytest.approx(float(finite["estimate"]), rel=CLOSE)
        assert fit.bse[spelt[key]] == pytest.approx(float(finite["se"]), rel=CLOSE)
    assert fit.llf == pytest.approx(float(values["llf_sup"]), rel=1e-14)
    p = fit.predict(pd.DataFrame({"x": [0, 1]}))
    shares = np.array([counts["x=0"], counts["x=1"]], dtype=float)
    np.testing.assert_allclose(p, shares / shares.sum(axis=1, keepdims=True), rtol=1e-12, atol=0)


def test_two_levels_have_no_parallel_lines():
    births = gl.datasets.birthwt()
    fit = gl.ordinal("low ~ age + lwt + smoke", births.assign(low=pd.Categorical(births["low"], [0, 1], ordered=True)))
    with pytest.raises(gl.errors.UnsupportedError, match="one cut"):
        gl.brant(fit)


def test_order():
    wine = data_of("wine")
    wine["text"] = (
        wine["rating"].astype(str).map(dict(zip("12345", ["dry", "some", "mid", "much", "most"], strict=True)))
    )
    with pytest.raises(gl.errors.DataError, match=r"order=\['dry', 'mid', 'most', 'much', 'some'\]"):
        gl.ordinal("text ~ temp", wine)
    order = ["dry", "some", "mid", "much", "most"]
    fit, numbered = gl.ordinal("text ~ temp", wine, order=order), gl.ordinal("rating ~ temp", wine)
    np.testing.assert_array_equal(fit.params, numbered.params)
    assert list(fit.params.index[:2]) == ["dry|some", "some|mid"]
    wine["unordered"] = pd.Categorical(wine["text"], order)
    with pytest.raises(gl.errors.DataError, match=r"without an order; type them .* order=\['dry', 'some'"):
        gl.ordinal("unordered ~ temp", wine)
    with pytest.raises(gl.errors.DataError, match="does not name: 'most'"):
        gl.ordinal("text ~ temp", wine, order=order[:-1])
    with pytest.raises(gl.errors.DataError, match="twice"):
        gl.ordinal("text ~ temp", wine, order=[*order, "dry"])


def test_numbers_are_ordered_as_numbers():
    data = pd.DataFrame({"y": [1, 2, 10, 2, 1, 10, 10, 2], "x": [0.0, 1, 2, 0, 1, 1, 3, 2]})
    assert list(gl.ordinal("y ~ x", data).params.index) == ["1|2", "2|10", "x"]


def test_a_category_without_rows_below_or_above_all_changes_nothing():
    wine = data_of("wine")
    wine["more"] = wine["rating"].cat.add_categories(["0", "6"]).cat.reorder_categories(list("0123456"))
    fit, plain = gl.ordinal("more ~ temp", wine), gl.ordinal("rating ~ temp", wine)
    np.testing.assert_array_equal(fit.params, plain.params)
    assert any("'0', '6'" in note and "no rows" in note for note in map(str, fit.notes))


def test_a_category_without_rows_between_others_is_refused_and_what_to_type_fits():
    wine = data_of("wine")
    order = [*list("123"), "3a", "3b", "4", "5"]
    wine["more"] = wine["rating"].cat.set_categories(order)
    plain = gl.ordinal("rating ~ temp", wine)
    for options in ({}, {"order": order}):
        with pytest.raises(gl.errors.DataError, match=r"no row has level '3a', '3b'.*between '3' and '4'") as caught:
            gl.ordinal("more ~ temp", wine, **options)
        typed = "order=['1', '2', '3', '4', '5']"
        assert str(caught.value).endswith(typed)
        np.testing.assert_array_equal(gl.ordinal("more ~ temp", wine, order=list("12345")).params, plain.params)
    used = wine.assign(more=wine["more"].cat.remove_unused_categories())
    np.testing.assert_array_equal(gl.ordinal("more ~ temp", used).params, plain.params)
    lost = wine.assign(x=np.where(wine["rating"] == "2", np.nan, 1.0) * np.arange(len(wine)))
    with pytest.raises(gl.errors.DataError, match="filter or missing values"):
        gl.ordinal("rating ~ x", lost)
    table = pd.DataFrame({"low": [5, 2], "mid": [0, 0], "high": [3, 6], "x": [0, 1]})
    with pytest.raises(gl.errors.DataError, match=r"'mid'.*type cbind\(low, high\)"):
        gl.ordinal("cbind(low, mid, high) ~ x", table)
    with pytest.raises(gl.errors.DataError, match="only the columns"):
        gl.design_arrays(table[["low", "mid", "high"]], table[["x"]], order=True)


def test_bad_input():
    wine = data_of("wine")
    with pytest.raises(gl.errors.FormulaError, match="no intercept"):
        gl.ordinal("rating ~ 0 + temp", wine)
    with pytest.raises(gl.errors.DataError, match="1 level"):
        gl.ordinal("rating ~ temp", wine[wine["rating"] == "3"])
    with pytest.raises(gl.errors.DataError, match="nonparallel='tmep' is no term"):
        gl.ordinal("rating ~ temp", wine, nonparallel="tmep")
    with pytest.raises(gl.errors.DataError, match="se="):
        gl.ordinal("rating ~ temp", wine, se="robust")
    with pytest.raises(gl.errors.UnsupportedError, match=r"gl\.ordinal"):
        gl.brant(gl.logit("low ~ age", gl.datasets.birthwt()))
    with pytest.raises(gl.errors.UnsupportedError, match="nonparallel"):
        gl.brant(fitted("pneumo", nonparallel="log_exposure"))


def test_far_predictors_and_many_levels():
    rng = np.random.default_rng(5)
    x = rng.normal(size=400)
    data = pd.DataFrame({"x": 800 * x, "y": np.searchsorted(np.linspace(-2, 2, 49), x + rng.logistic(size=400) / 3)})
    fit = gl.ordinal("y ~ x", data)
    scaled = gl.ordinal("y ~ x", data.assign(x=x))
    np.testing.assert_allclose(fit.params.iloc[-1] * 800, scaled.params.iloc[-1], rtol=1e-11)
    assert (np.diff(fit.params.iloc[:-1]) > 0).all()
    p = fit.predict()
    np.testing.assert_allclose(p.sum(axis=1), 1.0, rtol=1e-14)
