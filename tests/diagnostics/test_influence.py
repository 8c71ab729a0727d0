"""Influence: the values of R, Stata and SAS, exact deletion, its one-step shadow, and deletions that separate."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from evaluation_models import FORMULAS, data, difference, entries, fitted, values

import glmlogit as gl
from glmlogit.errors import DataError, UnsupportedError

BY_NAME = {
    "cooks_distance": ({}, "cooks_distance"),
    "dffits_r": ({"convention": "r"}, "dffits"),
    "covratio_r": ({"convention": "r"}, "cov_ratio"),
    "dffits": ({}, "dffits"),
    "covratio_onestep": ({}, "cov_ratio"),
    "delta_beta": ({}, "delta_beta"),
    "delta_chi2": ({}, "delta_chi2"),
    "delta_dev_sas": ({}, "delta_deviance"),
    "delta_dev_stata": ({"convention": "stata"}, "delta_deviance"),
    "likelihood_displacement": ({"exact": True}, "likelihood_displacement"),
    "deviance_drop_exact": ({"exact": True}, "deviance_drop"),
    "covratio_exact": ({"exact": True}, "cov_ratio"),
    "eta_loo_exact": ({"exact": True}, "linear_predictor_without"),
}
COEFFICIENTS = {
    "dfbeta_onestep": ({}, "dfbeta"),
    "dfbetas_sas": ({}, "dfbetas"),
    "dfbeta_r": ({"convention": "r"}, "dfbeta"),
    "dfbetas_r": ({"convention": "r"}, "dfbetas"),
    "dfbeta_exact": ({"exact": True}, "dfbeta"),
}
KEYS = [k for k, e in entries("1_diagnostics").items() if e["quantity"] in {*BY_NAME, *COEFFICIENTS}]


@pytest.mark.parametrize("key", KEYS)
def test_values_are_those_of_the_references(key):
    entry = entries("1_diagnostics")[key]
    fit, quantity = fitted(entry["model"]), entry["quantity"]
    if quantity in BY_NAME:
        options, column = BY_NAME[quantity]
        ours = gl.influence(fit, **options).table[column]
    else:
        options, frame = COEFFICIENTS[quantity]
        ours = getattr(gl.influence(fit, **options), frame).to_numpy().T
    assert difference("1_diagnostics", key, ours) <= 1


def test_all_values_were_compared():
    assert len(KEYS) == 103


@pytest.mark.parametrize("model", ["birthwt", "birthwt6", "icu", "glow500"])
def test_patterns_are_those_of_stata(model):
    fit, key = fitted(model), f"diagnostics.{model}.pattern_deltas"
    table = gl.influence(fit, "pattern").table
    stata = gl.influence(fit, "pattern", convention="stata").table["delta_deviance"].max()
    most = table.loc[table["delta_beta"].idxmax()]
    columns = [table[name].max() for name in ("delta_beta", "delta_chi2")]
    squares = [(table[f"resid_{name}"] ** 2).sum() for name in ("pearson", "deviance")]
    numbers = [len(table), *columns, stata, table["delta_deviance"].max(), table["hat"].max(), *squares]
    assert difference("1_diagnostics", key, [*numbers, most["n"], most["events"]]) <= 1


@pytest.mark.parametrize("model", ["birthwt", "icu", "vaso", "lizards", "mtcars", "asah"])
def test_the_outlier_test_is_that_of_car_but_for_its_cap(model):
    size, p, bonferroni, row = values("1_diagnostics", f"diagnostics.{model}.outlier_test")
    ours = gl.influence(fitted(model)).outlier
    assert ours["case"] == row - 1
    capped = [ours["studentised"], ours["p_value"], ours["p_bonferroni"] if bonferroni < 1 else bonferroni, row]
    assert difference("1_diagnostics", f"diagnostics.{model}.outlier_test", capped) <= 1
    np.testing.assert_allclose([ours["studentised"], ours["p_value"]], [size, p], rtol=1e-10)
    assert ours["p_bonferroni"] == pytest.approx(min(bonferroni, 1.0), rel=1e-10)


def test_the_printed_table_of_sas_on_vasoconstriction():
    table = gl.influence(fitted("vaso")).table
    case = table.iloc[3]
    printed = [case["resid_pearson"], case["hat"], case["delta_beta"], case["delta_beta"] * (1 - case["hat"])]
    np.testing.assert_allclose(printed, [3.51806, 0.086745, 1.287256, 1.175594], rtol=5e-6)
    assert table["delta_beta"].iloc[17] == pytest.approx(0.984456, rel=1e-6)


@pytest.mark.parametrize("model", ["birthwt", "icu", "vaso", "asah"])
def test_predictors_without_a_row_by_one_step_are_those_of_the_references(model):
    fit = fitted(model)
    once, exact = (gl.influence(fit, exact=e).table["linear_predictor_without"].to_numpy() for e in (False, True))
    y, wrong = fit.rows.y, np.where(fit.rows.y == 1, -once, once)
    p = 1 / (1 + np.exp(-once))
    numbers = [np.mean((y - p) ** 2), np.logaddexp(0, wrong).mean(), np.mean((once >= 0) != y), abs(exact - once).max()]
    assert difference("8_validation", f"validation.{model}.loo_onestep", numbers) <= 1


def sample(seed: int, n: int = 80) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=n).round(1), rng.integers(0, 3, n)
    y = rng.random(n) < 1 / (1 + np.exp(0.3 - 0.8 * x + 0.5 * (z == 1)))
    return pd.DataFrame({"y": y.astype(int), "x": x, "z": z, "n": rng.integers(1, 4, n)})


@pytest.mark.parametrize("seed", range(4))
def test_invariants(seed):
    fit = gl.logit("y ~ x + C(z)", sample(seed))
    ours = gl.influence(fit)
    table, left = ours.table, 1 - ours.table["hat"]
    np.testing.assert_allclose(table["dffits"] ** 2, table["delta_beta"], rtol=1e-10)
    np.testing.assert_allclose(4 * table["cooks_distance"], table["delta_beta"], rtol=1e-12)
    assert np.abs((ours.dfbeta.mul(left, axis=0)).sum()).max() < 1e-10
    np.testing.assert_allclose(ours.dfbetas * fit.bse, ours.dfbeta, rtol=1e-10)


@pytest.mark.parametrize("seed", range(3))
def test_exact_deletion_is_the_fit_without_the_case(seed):
    rows = sample(seed, 40)
    for options in ({}, {"weights": "n"}, {"weights": "n", "weight_type": "sampling"}):
        fit = gl.logit("y ~ x + C(z)", rows, **options)
        ours = gl.influence(fit, exact=True)
        for i in (0, 7, 23):
            less = rows.drop(index=i)
            if options == {"weights": "n"}:
                less = rows.assign(n=rows.n - (rows.index == i))
            without = gl.logit("y ~ x + C(z)", less, **options)
            np.testing.assert_allclose(ours.dfbeta.loc[i], fit.params - without.params, rtol=1e-8, atol=1e-11)
            eta = without.predict(rows.loc[[i]], kind="link").iloc[0]
            assert ours.table["linear_predictor_without"][i] == pytest.approx(eta, rel=1e-9)
            drop = (fit.deviance - without.deviance) if options.get("weight_type") is None else None
            assert drop is None or ours.table["deviance_drop"][i] == pytest.approx(drop, rel=1e-8)
            if not options:
                ratio = np.linalg.det(without.cov_params()) / np.linalg.det(fit.cov_params())
                assert ours.table["cov_ratio"][i] == pytest.approx(ratio, rel=1e-8)


@pytest.mark.parametrize("seed", range(3))
def test_a_pattern_is_all_of_its_trials(seed):
    rows = sample(seed)
    people = rows.loc[rows.index.repeat(rows.n)].reset_index(drop=True)
    grouped = people.groupby(["x", "z"], as_index=False, sort=False).agg(y=("y", "sum"), m=("y", "size"))
    trials = gl.logit("y ~ x + C(z)", grouped, trials="m")
    expected = {exact: gl.influence(trials, exact=exact) for exact in (False, True)}
    for fit in (gl.logit("y ~ x + C(z)", people), gl.logit("y ~ x + C(z)", rows, weights="n")):
        for exact, theirs in expected.items():
            ours = gl.influence(fit, "pattern", exact=exact)
            np.testing.assert_allclose(ours.table, theirs.table, rtol=1e-6, atol=1e-9)
            np.testing.assert_allclose(ours.dfbeta, theirs.dfbeta, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_frequency_weights_are_repeated_rows(seed):
    rows = sample(seed)
    repeated = rows.loc[rows.index.repeat(rows.n)]
    counted, people = gl.logit("y ~ x", rows, weights="n"), gl.logit("y ~ x", repeated.reset_index(drop=True))
    first = np.cumsum(rows.n) - rows.n
    for options in ({}, {"exact": True}, {"convention": "r"}):
        ours, theirs = gl.influence(counted, **options), gl.influence(people, **options)
        np.testing.assert_allclose(ours.table, theirs.table.loc[first], rtol=1e-7, atol=1e-10)
        np.testing.assert_allclose(ours.dfbetas, theirs.dfbetas.loc[first], rtol=1e-7, atol=1e-10)


def test_a_deletion_that_separates_is_infinite_and_said():
    ours = gl.influence(fitted("mtcars"), exact=True)
    infinite = np.flatnonzero(np.isinf(ours.dfbeta).any(axis=1)) + 1
    assert difference("1_diagnostics", "diagnostics.mtcars.rows_whose_deletion_separates", infinite) == 0
    assert np.sign(ours.dfbeta.iloc[20]).tolist() == [-1, 1, -1]
    row = ours.table.iloc[20]
    assert row["likelihood_displacement"] == row["linear_predictor_without"] == np.inf
    assert np.isnan(row["cov_ratio"])
    assert np.isfinite(row["deviance_drop"])
    assert "Row 20: without it a coefficient has no finite estimate" in str(ours)
    assert np.isfinite(gl.influence(fitted("mtcars")).dfbeta).all(axis=None)


def test_a_level_that_one_row_decides():
    rows = sample(1).assign(g=lambda d: (d.index == 4).astype(int))
    with pytest.warns(gl.errors.SeparationWarning):
        fit = gl.logit("y ~ x + g", rows)
    for exact in (False, True):
        ours = gl.influence(fit, exact=exact)
        assert ours.table["hat"][4] == 0.0
        assert ours.dfbeta["g"].isna().all()
        assert np.isfinite(ours.dfbeta["x"].drop(4)).all()
        assert "predicted perfectly" in str(ours)
    assert np.isnan(ours.table["delta_beta"][4])
    assert ours.dfbeta["x"][4] == pytest.approx(0, abs=1e-9)


def test_penalised_fits_are_deleted_by_refits_only():
    rows = sample(2, 30)
    fit = gl.firth("y ~ x", rows)
    once = gl.influence(fit)
    assert once.table[["cooks_distance", "delta_beta", "dffits"]].isna().all(axis=None)
    assert once.dfbeta.isna().all(axis=None)
    assert once.table[["hat", "resid_pearson"]].notna().all(axis=None)
    assert [note.code for note in once.notes] == ["one_step"]
    ours = gl.influence(fit, exact=True)
    without = gl.firth("y ~ x", rows.drop(index=3))
    np.testing.assert_allclose(ours.dfbeta.loc[3], fit.params - without.params, rtol=1e-7, atol=1e-10)
    assert ours.table["likelihood_displacement"].isna().all()
    with pytest.raises(UnsupportedError, match="several steps"):
        gl.influence(gl.flic("y ~ x", rows), exact=True)


def test_far_cases_and_near_ones_have_the_same_displacement():
    """The series and the sum itself, on either side of where the one gives way to the other."""
    from glmlogit.fitting import deletion

    fit = fitted("glow500")
    plain = gl.influence(fit, exact=True).table["likelihood_displacement"]
    before, deletion._SERIES = deletion._SERIES, 0.0
    try:
        np.testing.assert_allclose(gl.influence(fit, exact=True).table["likelihood_displacement"], plain, rtol=1e-9)
    finally:
        deletion._SERIES = before


def test_the_page_names_the_cases_to_look_at():
    vaso = gl.influence(fitted("vaso"))
    text = str(vaso)
    assert "Row 3 changes the estimates together by more than Δβ = 1" in text
    assert "2 rows: 3, 17 fit badly" in text
    assert "apparent (training rows)" in text
    assert vaso.rows == "apparent (training rows)"
    assert vaso.listed[0] == 3
    assert vaso.flags["delta_beta"].sum() == 1
    for page in (vaso._repr_html_(), vaso.to_markdown(), vaso.to_latex()):
        assert "moves most" in page
    quiet = gl.influence(fitted("birthwt"))
    assert "No row passes Δβ = 1; the largest, 0.891, is that of row 93." in str(quiet)
    assert str(pickle.loads(pickle.dumps(quiet))) == str(quiet)


def test_it_is_written_with_all_cases(tmp_path):
    gl.influence(fitted("vaso")).write(tmp_path / "influence.csv")
    table = pd.read_csv(tmp_path / "influence.csv")
    assert len(table) == 39
    assert {"hat", "delta_beta", "dfbeta_log(volume)"} <= set(table)


def test_what_makes_no_sense_is_refused():
    fit = gl.logit(FORMULAS["mtcars"], data("mtcars"))
    with pytest.raises(UnsupportedError, match="R's formulas"):
        gl.influence(fit, exact=True, convention="r")
    with pytest.raises(DataError, match="convention"):
        gl.influence(fit, convention="spss")
    with pytest.raises(DataError, match="by"):
        gl.influence(fit, "cluster")


R = json.loads((Path(__file__).parents[1] / "reference" / "influence.json").read_text(encoding="utf-8"))
R_MODELS = {
    "births": ("low ~ age + lwt + race + smoke + ht", "birthwt"),
    "lizards": ("cbind(grahami, opalinus) ~ height + diameter + light + time", "lizards"),
}


@pytest.mark.parametrize("name", R_MODELS)
def test_values_are_those_of_r_and_car(name):
    formula, dataset = R_MODELS[name]
    frame = gl.datasets.load(dataset)
    if name == "births":  # R's first level of race is the first of its numbers, white
        frame = frame.assign(race=pd.Categorical(frame["race"], ["white", "black", "other"]))
    else:
        frame = frame.assign(**{c: frame[c].astype(str) for c in ("height", "diameter", "light", "time")})
    fit, expected = gl.logit(formula, frame), R[name]
    plain, r = gl.influence(fit), gl.influence(fit, convention="r")
    columns = {"hat": "hat", "cooks_distance": "cooks_distance", "studentised": "rstudent"}
    for ours, theirs in columns.items():
        np.testing.assert_allclose(plain.table[ours], expected[theirs], rtol=1e-7, atol=1e-12)
    for ours, theirs in {"dffits": "dffits", "cov_ratio": "covratio"}.items():
        np.testing.assert_allclose(r.table[ours], expected[theirs], rtol=1e-7)
    np.testing.assert_allclose(r.dfbeta, expected["dfbeta"], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(r.dfbetas, expected["dfbetas"], rtol=1e-6, atol=1e-9)
    # R's refits stop at a change of the deviance of 1e-13.
    np.testing.assert_allclose(gl.influence(fit, exact=True).dfbeta, expected["exact"], rtol=1e-5, atol=1e-7)
    size, p, _ = (x if x is not None else np.nan for x in expected["outlier"])
    assert [plain.outlier["studentised"], plain.outlier["p_value"]] == pytest.approx([size, p], rel=1e-8)


def test_cases_are_listed_by_the_column_that_is_shown():
    for exact in (False, True):
        result = gl.influence(fitted("birthwt"), exact=exact)
        shown = result.table.loc[result.listed, "delta_beta"].to_numpy()
        assert (np.diff(shown) <= 0).all()
        assert shown[0] == result.table["delta_beta"].max()


@pytest.mark.parametrize("unit", [0.01, 1000.0])
def test_the_unit_of_sampling_weights_flags_no_row(unit):
    rows = sample(1, 40).assign(w=lambda d: np.linspace(0.5, 1.5, len(d)))
    rows["scaled"] = rows["w"] * unit
    one, other = (gl.logit("y ~ x", rows, weights=name, weight_type="sampling") for name in ("w", "scaled"))
    first, second = gl.influence(one), gl.influence(other)
    pd.testing.assert_frame_equal(first.flags, second.flags)
    np.testing.assert_allclose(first.delta_beta, second.delta_beta, rtol=1e-9)
    assert second.outlier[["p_value", "p_bonferroni"]].isna().all()
    pd.testing.assert_frame_equal(gl.check(one).table, gl.check(other).table, rtol=1e-9)


def test_class_weights_flag_rows_as_if_they_averaged_one():
    rows = sample(2, 40)
    flags = [gl.influence(gl.logit("y ~ x", rows, class_weight={0: u, 1: 3 * u})).flags for u in (1, 100)]
    pd.testing.assert_frame_equal(*flags)
