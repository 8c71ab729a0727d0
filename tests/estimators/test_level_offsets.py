"""Offsets of several levels, a column for each: laws that fix what they mean, in fits with and without a penalty."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import glmlogit as gl
from glmlogit.errors import ArgumentError, DataError, FormulaError, UnsupportedError
from glmlogit.numerics import kernels
from glmlogit.shrinkage.columns import DenseColumns
from glmlogit.shrinkage.path import null_point, path
from glmlogit.shrinkage.problem import LevelProblem, Problem

BIRTHS = gl.datasets.birthwt().assign(o1=lambda d: d["age"] / 30, o2=lambda d: -d["lwt"] / 200)
FORMULA, BOTH = "race ~ lwt + smoke + ptl", {"black": "o1", "other": "o2"}
OFFSETS = np.column_stack([np.zeros(189), BIRTHS["o1"], BIRTHS["o2"]])
SHIFT = np.random.default_rng(3).normal(size=189)
KINDS = [(1.0, False), (0.4, False), (0.0, False), (1.0, True)]
same = {"rtol": 1e-8, "atol": 1e-10}


def net(kind=(1.0, False), penalty=0.02, data=BIRTHS, formula=FORMULA, **options):
    return gl.elastic_net(formula, data, penalty=penalty, l1_ratio=kind[0], grouped=kind[1], **options)


# --- what they mean -----------------------------------------------------------------------------
def test_one_column_is_that_of_every_level_but_the_base():
    single = gl.multinomial(FORMULA, BIRTHS, offset="o1")
    each = gl.multinomial(FORMULA, BIRTHS, offset={"black": "o1", "other": "o1"})
    np.testing.assert_allclose(each.params, single.params, rtol=1e-13)
    np.testing.assert_allclose(each.predict(BIRTHS), single.predict(BIRTHS), rtol=1e-13)
    inside = gl.multinomial(FORMULA + " + offset(o1)", BIRTHS)
    np.testing.assert_allclose(each.params, inside.params, rtol=1e-13)


def test_two_levels_have_the_difference_as_offset_of_the_event():
    frame = BIRTHS.assign(low=BIRTHS["low"].map({0: "no", 1: "yes"}), d=BIRTHS["o1"] - BIRTHS["o2"])
    ours = gl.multinomial("low ~ lwt + smoke", frame, offset={"yes": "o1", "no": "o2"})
    binary = gl.logit("low ~ lwt + smoke", frame, offset="d", event="yes")
    for name in ("params", "bse"):
        np.testing.assert_allclose(getattr(ours, name), getattr(binary, name), rtol=1e-13)
    assert ours.llf == pytest.approx(binary.llf, rel=1e-14)
    np.testing.assert_allclose(ours.predict(frame)["yes"], binary.predict(frame), rtol=1e-13)
    effects = ours.margins("lwt"), binary.margins("lwt")
    np.testing.assert_allclose(effects[0].query("outcome == 'yes'")["std_error"], effects[1]["std_error"], rtol=1e-12)


@pytest.mark.parametrize(("ratio", "share"), [(1.0, 1.0), (0.0, 0.5)])
def test_two_penalised_levels_are_the_event_at_the_penalty_that_corresponds(ratio, share):
    rng = np.random.default_rng(5)
    X, offsets = np.column_stack([np.ones(80), rng.normal(size=(80, 3))]), rng.normal(size=(80, 2))
    counts = np.eye(2)[(X[:, 1] + offsets[:, 1] + rng.logistic(size=80) > offsets[:, 0]).astype(int)]
    scale, factors, wide = np.append(1.0, X[:, 1:].std(axis=0)), np.array([0.0, 1, 1, 1]), np.full(4, np.inf)
    columns = DenseColumns(np.asfortranarray(X))
    each = [np.repeat(v, 2) for v in (scale, factors, -wide, wide)]
    levels = LevelProblem(columns, *each, ratio, counts, False, offsets)
    y, difference = counts[:, 1].copy(), offsets[:, 1] - offsets[:, 0]
    event = Problem(columns, scale, factors, -wide, wide, ratio, y, 1.0 - y, difference)
    ends = []
    for problem, penalty in ((levels, 0.03), (event, 0.03 * share)):
        null = null_point(problem)
        *_, last = path(problem, np.geomspace(problem.largest_penalty(null.score), penalty, 5), null)
        ends.append(last.beta)
    np.testing.assert_allclose(np.diff(ends[0].reshape(4, 2), axis=1).ravel(), ends[1], rtol=1e-8, atol=1e-10)


@settings(max_examples=4, deadline=None)
@given(kind=st.sampled_from(KINDS), size=st.floats(-20, 20))
def test_what_is_added_to_all_levels_of_a_row_changes_nothing(kind, size):
    moved = OFFSETS + size * SHIFT[:, None]
    fit, shifted = net(kind, offset=OFFSETS), net(kind, offset=moved)
    np.testing.assert_allclose(shifted.params, fit.params, **same)
    np.testing.assert_allclose(shifted.predict(), fit.predict(), rtol=1e-8)
    full, again = (gl.multinomial(FORMULA, BIRTHS, offset=o) for o in (OFFSETS, moved))
    np.testing.assert_allclose(again.params, full.params, rtol=1e-11)
    assert again.llf == pytest.approx(full.llf, rel=1e-13)


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 1000))
def test_an_offset_of_columns_moves_their_coefficients(seed):
    a = np.random.default_rng(seed).normal(size=(2, 3)) / [10, 1000, 10]
    X = BIRTHS[["age", "lwt", "smoke"]].to_numpy(float)
    offset = np.column_stack([X @ a[0], X @ a[1], np.zeros(189)])
    formula = "race ~ age + lwt + smoke + ptl"
    plain, moved = (gl.multinomial(formula, BIRTHS, offset=o) for o in (None, offset))
    by_level = np.vstack([a[1] - a[0], -a[0]])
    slopes = ["age", "lwt", "smoke"]
    for fit in (plain, moved):
        assert fit.status.value
    change = (plain.params - moved.params).unstack("outcome").loc[slopes].to_numpy().T
    np.testing.assert_allclose(change, by_level, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(moved.bse, plain.bse, rtol=1e-9)
    assert moved.llf == pytest.approx(plain.llf, rel=1e-12)
    free = {"penalty_factor": dict.fromkeys(slopes, 0.0), "formula": formula}
    plain, moved = (gl.with_base(net(offset=o, **free), "white") for o in (None, offset))
    change = (plain.params - moved.params).unstack("outcome").loc[slopes].to_numpy().T
    np.testing.assert_allclose(change, by_level, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(moved.predict(), plain.predict(), rtol=1e-7)


def test_each_level_against_the_rest_has_its_own():
    fits = gl.one_vs_rest("race ~ lwt + smoke", BIRTHS, offset=BOTH)
    for level, offset in (("white", None), ("black", "o1"), ("other", "o2")):
        alone = gl.logit("race ~ lwt + smoke", BIRTHS, event=level, offset=offset)
        np.testing.assert_allclose(fits.fits[level].params, alone.params, rtol=1e-13)
    p = fits.predict(BIRTHS.head(4))
    np.testing.assert_allclose(p.sum(axis=1), 1.0, rtol=1e-14)
    for refused in (lambda: gl.effect_plot(fits, "lwt"), lambda: gl.predictions(fits)):
        with pytest.raises(ArgumentError, match=r"fits\.fits\['white'\]"):
            refused()
    with pytest.raises(DataError, match=r"a table for each.*event='other'"):
        gl.table("race ~ lwt + smoke", BIRTHS, estimator=gl.one_vs_rest)


# --- forms of the argument, bases, rows ---------------------------------------------------------
def test_names_arrays_and_tables_are_the_same():
    fit = net(offset=BOTH)
    table = pd.DataFrame({"other": BIRTHS["o2"], "black": BIRTHS["o1"]})
    for offset in (OFFSETS, table, {"other": BIRTHS["o2"], "black": BIRTHS["o1"].to_numpy()}):
        assert (net(offset=offset).params == fit.params).all()
    X = BIRTHS[["lwt", "smoke", "ptl"]].to_numpy(float)
    for columns in (X, sp.csr_array(X)):
        rows = gl.design_arrays(BIRTHS["race"], columns, levels=True, intercept=True, offset=OFFSETS)
        arrays = gl.elastic_net(rows, penalty=0.02)
        np.testing.assert_allclose(arrays.params, fit.params, **same)
        p = arrays.predict(columns[:9], offset=OFFSETS[:9])
        np.testing.assert_allclose(p, fit.predict().head(9), rtol=1e-8)


def test_bases_change_with_offsets_by_level_alone():
    fit = gl.multinomial(FORMULA, BIRTHS, offset=BOTH)
    other = gl.with_base(fit, "other")
    direct = gl.multinomial(FORMULA, BIRTHS, offset=BOTH, base="other")
    np.testing.assert_allclose(other.params, direct.params, rtol=1e-12)
    np.testing.assert_allclose(other.bse, direct.bse, rtol=1e-12)
    np.testing.assert_allclose(other.predict(BIRTHS), fit.predict(), rtol=1e-12)
    single = gl.multinomial(FORMULA, BIRTHS, offset="o1")
    with pytest.raises(UnsupportedError, match="offset by level"):
        gl.with_base(single, "other")
    reasons = gl.hausman(single).set_index("level")["reason"]
    assert "offset by level" in reasons["white"]
    assert "offset" not in reasons["other"]
    pairs = gl.distinguishable(single, test="lr").set_index(["level", "other"])["p_value"]
    assert pairs.isna().tolist() == [True, True, False]  # black and other have the same offset
    merged = BIRTHS.assign(race=BIRTHS["race"].astype(str).replace("other", "black"))
    counts, smaller = BIRTHS["race"].value_counts(), gl.multinomial(FORMULA, merged, base="white", offset="o1")
    parts = counts[["black", "other"]].to_numpy()
    split = (parts * np.log(parts / parts.sum())).sum()
    lr = gl.distinguishable(single, "black", "other", test="lr")["statistic"][0]
    assert lr == pytest.approx(2 * (single.llf - smaller.llf - split), rel=1e-9)


def test_weights_and_counts_are_rows():
    frame = BIRTHS.assign(lwt=BIRTHS["lwt"].round(-1), o1=0.3 * BIRTHS["smoke"], o2=BIRTHS["ptl"] / 7)
    keys = ["lwt", "smoke", "ptl", "o1", "o2"]
    summed = frame.groupby([*keys, "race"], as_index=False, observed=True).size()
    wide = summed.pivot_table(index=keys, columns="race", values="size", fill_value=0, observed=True).reset_index()
    counts = FORMULA.replace("race", "cbind(white, black, other)")
    for of in (gl.multinomial, lambda *a, **k: gl.elastic_net(*a, penalty=0.02, **k)):
        rows = of(FORMULA, frame, offset=BOTH)
        weighted = of(FORMULA, summed, weights="size", offset=BOTH)
        counted = of(counts, wide, offset=BOTH)
        np.testing.assert_allclose(weighted.params, rows.params, **same)
        np.testing.assert_allclose(counted.params.to_numpy(), rows.params.to_numpy(), **same)


@pytest.mark.parametrize("kind", KINDS)
def test_a_path_has_its_conditions_and_its_gap(kind):
    result = gl.elastic_net_path(FORMULA, BIRTHS, n_penalties=8, l1_ratio=kind[0], grouped=kind[1], offset=BOTH)
    assert (result.table["gap"] < 1e-9).all()
    assert (result.table["kkt"] < 1e-5).all()
    cold = net(kind, penalty=result.penalties[5], offset=BOTH)
    np.testing.assert_allclose(result.coefficients.iloc[5], cold.params, rtol=1e-6, atol=1e-8)


def test_a_pass_over_many_rows_gives_what_products_give(monkeypatch):
    frame = pd.concat([BIRTHS.assign(o1=BIRTHS["o1"] + k / 10) for k in range(14)], ignore_index=True)
    by_pass = net(data=frame, offset=BOTH).params
    monkeypatch.setattr(kernels, "COMPILED", False)
    np.testing.assert_allclose(net(data=frame, offset=BOTH).params, by_pass, rtol=1e-8, atol=1e-11)


def test_folds_take_their_own_offsets():
    ids = np.arange(189) % 3
    choice = gl.elastic_net_cv(FORMULA, BIRTHS, penalties=[0.03], fold_ids=ids, score="brier", offset=BOTH)
    total = 0.0
    for fold in range(3):
        out = BIRTHS[ids == fold]
        p = net(penalty=0.03, data=BIRTHS[ids != fold], offset=BOTH).predict(out)
        total += ((pd.get_dummies(out["race"]).to_numpy(float) - p.to_numpy()) ** 2).sum()
    assert choice.table["mean"][0] == pytest.approx(total / 189, rel=1e-8)


# --- new rows, effects, files --------------------------------------------------------------------
def test_new_rows_need_theirs(tmp_path):
    fit = gl.multinomial(FORMULA, BIRTHS, offset=BOTH)
    new = BIRTHS.head(5)
    expected = fit.predict().head(5)
    without = new.drop(columns=["o1", "o2"])
    given = {"black": new["o1"].to_numpy(), "other": new["o2"].to_numpy()}
    for p in (fit.predict(new), fit.predict(without, offset=given), fit.predict(without, offset=OFFSETS[:5])):
        np.testing.assert_allclose(p, expected, rtol=1e-14)
    with pytest.raises(DataError, match="offset 'o1', which the new data lack"):
        fit.predict(without)
    with pytest.raises(DataError, match=r"5 rows need \(5, 3\)"):
        fit.predict(without, offset=OFFSETS[:5, :2])
    arrays = gl.multinomial(FORMULA, BIRTHS, offset=OFFSETS)
    with pytest.raises(DataError, match="offset of black given as an array"):
        arrays.predict(new)
    gl.save(fit, tmp_path / "fit.json")
    np.testing.assert_allclose(gl.load(tmp_path / "fit.json").predict(new), expected, rtol=1e-14)


def test_effects_are_averages_of_predictions():
    fit = gl.multinomial(FORMULA, BIRTHS, offset=BOTH)
    risks = [fit.predict(BIRTHS.assign(smoke=value)).mean() for value in (1, 0)]
    effects = fit.comparisons("smoke")
    np.testing.assert_allclose(effects["estimate"], risks[0] - risks[1], rtol=1e-11)
    step = 1e-4
    moved = [fit.predict(BIRTHS.assign(lwt=BIRTHS["lwt"] + d)).mean() for d in (step, -step)]
    np.testing.assert_allclose(fit.margins("lwt")["estimate"], (moved[0] - moved[1]) / (2 * step), rtol=1e-6)
    grid = gl.reference_grid(fit)
    assert grid.loc[0, ["o1", "o2"]].tolist() == pytest.approx([BIRTHS["o1"].mean(), BIRTHS["o2"].mean()])
    caption = " ".join(gl.effect_plot(fit, "lwt").texts[-1].get_text().split())
    assert "offset of black = 0.7746 (mean); offset of other = -0.6491 (mean)" in caption.replace("\N{MINUS SIGN}", "-")


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: net(offset="o1"), UnsupportedError, "none is a base"),
        (lambda: net(offset=["o1", "o2"]), DataError, "the level of each"),
        (lambda: net(offset={"green": "o1"}), DataError, "no level of the outcome"),
        (lambda: net(offset=OFFSETS[:, :2]), DataError, "2 columns, and 3 levels"),
        (lambda: net(offset=OFFSETS * 1e9), DataError, "logarithm forgotten"),
        (lambda: net(offset={"black": "o3"}), DataError, "no column 'o3'"),
        (lambda: gl.multinomial(FORMULA + " + offset(o1)", BIRTHS, offset=BOTH), FormulaError, "leave it out"),
        (lambda: gl.logit("low ~ age", BIRTHS, offset=OFFSETS), DataError, "1-D"),
        (lambda: gl.ordinal("ftv ~ age", BIRTHS, offset=BOTH), DataError, "one-dimensional"),
        (
            lambda: gl.design_arrays(BIRTHS["ftv"], BIRTHS[["age"]], order=True, offset=OFFSETS),
            DataError,
            "one offset a row",
        ),
    ],
)
def test_what_is_refused(call, error, words):
    with pytest.raises(error, match=words):
        call()
