"""Variance inflation and condition indices: R's values, invariants, and what is said where a column is no news."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.outliers_influence import variance_inflation_factor

import glmlogit as gl
from glmlogit.errors import DataError

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "collinearity.json").read_text(encoding="utf-8"))
DATA = {"births": "birthwt", "interactions": "birthwt", "lizards": "lizards", "urine": "urine"}
# R's determinants and ours of correlations far from singular: rounding of some sums of a thousand products.
CLOSE = {"rtol": 1e-9, "atol": 1e-12}
# R's first level of race is by the alphabet, that of the data set is not.
BIRTHS = gl.datasets.load("birthwt").assign(race=lambda d: d["race"].astype(str))


def fitted(name: str) -> gl.Fit:
    data = BIRTHS if DATA[name] == "birthwt" else gl.datasets.load(DATA[name])
    data = data.assign(**{c: data[c].astype(str) for c in data if isinstance(data[c].dtype, pd.CategoricalDtype)})
    return gl.logit(REFERENCE[name]["formula"][0], data)


@pytest.mark.parametrize("name", DATA)
def test_values_are_those_of_r(name):
    fit, expected = fitted(name), REFERENCE[name]
    np.testing.assert_allclose(gl.vif(fit)["gvif"], expected["gvif"], **CLOSE)
    np.testing.assert_allclose(gl.vif(fit, by="variable")["gvif"], expected["by_variable"], **CLOSE)
    np.testing.assert_allclose(gl.vif(fit, by="column", of="columns")["gvif"], expected["columns"], **CLOSE)
    for weighted, key in ((True, "weighted"), (False, "unweighted")):
        table = gl.collinearity(fit, weighted=weighted)
        np.testing.assert_allclose(table["condition_index"], expected[key]["index"], **CLOSE)
        # Where indices are equal, as in a balanced design, only the sum of their proportions is determined.
        same = np.round(table["condition_index"], 6)
        theirs = pd.DataFrame(expected[key]["proportion"]).groupby(same.to_numpy()).sum()
        np.testing.assert_allclose(table.iloc[:, 1:].groupby(same.to_numpy()).sum(), theirs, rtol=1e-7, atol=1e-9)


def test_columns_alone_are_those_of_statsmodels():
    X = np.random.default_rng(3).normal(size=(80, 3)) @ np.array([[1.0, 0.5, 0.0], [0.0, 1.0, 0.9], [0.0, 0.0, 0.3]])
    y = np.tile([0.0, 1.0], 40)
    fit = gl.logit(gl.design_arrays(y, X + 7.0, intercept=True))
    design = np.column_stack([np.ones(80), X + 7.0])
    expected = [variance_inflation_factor(design, j) for j in (1, 2, 3)]
    np.testing.assert_allclose(gl.vif(fit, of="columns")["gvif"], expected, rtol=1e-9)


def sample(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(60, 150))
    x, z = rng.normal(size=n), rng.integers(0, 3, n)
    w = 0.7 * x + rng.normal(size=n)
    y = rng.random(n) < 1 / (1 + np.exp(0.3 - 0.8 * x + 0.5 * (z == 1)))
    return pd.DataFrame({"y": y.astype(int), "x": x, "w": w, "z": z, "n": rng.integers(1, 4, n)})


@pytest.mark.parametrize("seed", range(8))
def test_units_origins_and_reference_levels_do_not_matter(seed):
    data = sample(seed)
    plain = gl.vif(gl.logit("y ~ x + w + C(z)", data))
    moved = data.assign(x=7 + 2 * data.x, w=1e150 * data.w, z=2 - data.z)
    np.testing.assert_allclose(plain["gvif"], gl.vif(gl.logit("y ~ x + w + C(z)", moved))["gvif"], rtol=1e-8)
    assert (plain["gvif"] >= 1).all()
    np.testing.assert_allclose(plain["gvif_scaled"] ** (2 * plain["df"]), plain["gvif"], rtol=1e-14)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("weighted", [True, False])
def test_condition_indices_are_free_of_units_and_proportions_add_up(seed, weighted):
    data = sample(seed)
    table = gl.collinearity(gl.logit("y ~ x + w + C(z)", data), weighted)
    scaled = gl.collinearity(gl.logit("y ~ x + w + C(z)", data.assign(x=1e-3 * data.x, w=1e150 * data.w)), weighted)
    np.testing.assert_allclose(table, scaled, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(table.iloc[:, 1:].sum(), 1.0, rtol=1e-12)
    assert table["condition_index"].is_monotonic_increasing
    assert table["condition_index"].iloc[0] == 1.0


@pytest.mark.parametrize("seed", range(4))
def test_counts_are_rows_repeated(seed):
    data = sample(seed)
    counted = gl.logit("y ~ x + w + C(z)", data, weights="n")
    repeated = gl.logit("y ~ x + w + C(z)", data.loc[data.index.repeat(data.n)].reset_index(drop=True))
    for of in ("estimates", "columns"):
        np.testing.assert_allclose(gl.vif(counted, of=of), gl.vif(repeated, of=of), rtol=1e-9)
    for weighted in (True, False):
        ours, theirs = gl.collinearity(counted, weighted), gl.collinearity(repeated, weighted)
        np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-10)


def test_grouped_rows_carry_the_information_of_their_trials():
    data = sample(1).assign(x=lambda d: d.x.round(), w=lambda d: d.w.round())
    grouped = data.groupby(["x", "w", "z"], as_index=False).agg(y=("y", "sum"), m=("y", "size"))
    one, many = gl.logit("y ~ x + w + C(z)", data), gl.logit("y ~ x + w + C(z)", grouped, trials="m")
    np.testing.assert_allclose(gl.vif(one), gl.vif(many), rtol=1e-9)
    np.testing.assert_allclose(gl.collinearity(one), gl.collinearity(many), rtol=1e-8, atol=1e-10)


def test_robust_errors_and_clusters_do_not_change_the_question():
    fit = gl.logit("y ~ x + w", sample(2))
    pd.testing.assert_frame_equal(gl.vif(fit), gl.vif(fit.with_cov("HC3")))


def test_one_term_has_a_factor_of_one_and_none_is_an_error():
    assert gl.vif(gl.logit("y ~ x", sample(0)))["gvif"].tolist() == [1.0]
    with pytest.raises(DataError, match="only a constant"):
        gl.vif(gl.logit("y ~ 1", sample(0)))


def test_aliased_columns_are_infinite_and_the_others_are_those_without_them():
    data = sample(4).assign(s=lambda d: 2 * d.x + d.w)
    with pytest.warns(gl.errors.CollinearityWarning):
        fit = gl.logit("y ~ x + w + s + C(z)", data)
    table = gl.vif(fit)
    assert np.isinf(table.loc[["x", "w", "s"], "gvif"]).all()
    assert table.loc["C(z)", "gvif"] == pytest.approx(
        gl.vif(gl.logit("y ~ x + w + C(z)", data)).loc["C(z)", "gvif"], rel=1e-9
    )
    assert "combination of others" in table.notes[0].text
    shares = gl.collinearity(fit)
    assert shares["s"].isna().all()
    assert shares["x"].sum() == pytest.approx(1.0)


def test_an_infinite_estimate_has_no_factor_and_the_others_have_that_of_the_limiting_model():
    data = sample(5).assign(g=lambda d: ((d.y == 1) & (d.x > 0.8)).astype(int))
    with pytest.warns(gl.errors.SeparationWarning):
        fit = gl.logit("y ~ x + w + g", data)
    table = gl.vif(fit)
    assert np.isnan(table.loc["g", "gvif"])
    rest = gl.vif(gl.logit("y ~ x + w", data[data.g == 0]))
    np.testing.assert_allclose(table.loc[["x", "w"], "gvif"], rest["gvif"], rtol=1e-8)
    assert "no variance" in table.notes[0].text
    assert gl.collinearity(fit)["g"].isna().all()
    assert np.isfinite(gl.vif(fit, of="columns")["gvif"]).all()


def test_notes_name_a_year_and_terms_within_interactions():
    data = sample(6).assign(year=lambda d: 2010 + d.z, centred=lambda d: d.z - 1)
    table = gl.collinearity(gl.logit("y ~ x + year", data))
    assert "Intercept, year nearly determine each other" in table.notes[0].text
    assert gl.collinearity(gl.logit("y ~ x + centred", data)).notes == ()
    crossed = gl.logit("y ~ x*w + z", data)
    assert "inflated by it" in gl.vif(crossed).notes[0].text
    assert gl.vif(crossed, by="variable").notes == ()
    assert "no intercept" in gl.vif(gl.logit("y ~ 0 + x + w", data)).notes[0].text
    assert str(table).endswith(str(table.notes[0]).rpartition(" ")[2])
    assert "nearly determine" in table._repr_html_()


def test_a_table_keeps_its_notes_where_it_is_kept_and_is_a_plain_frame_where_it_is_cut():
    table = gl.vif(gl.logit("y ~ x*w", sample(7)))
    again = pickle.loads(pickle.dumps(table))
    assert (str(again), again.notes) == (str(table), table.notes)
    assert type(table[["gvif"]]) is pd.DataFrame
    assert type(table.round(1)) is pd.DataFrame


def test_unknown_words_are_refused():
    fit = gl.logit("y ~ x", sample(0))
    with pytest.raises(DataError, match="by"):
        gl.vif(fit, by="row")
    with pytest.raises(DataError, match="of"):
        gl.vif(fit, of="rows")
