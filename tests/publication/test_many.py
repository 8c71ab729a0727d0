"""Many models: each is the model of its pair, p-values are adjusted over all, and what fails says why."""

from __future__ import annotations

import warnings

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

mpl.use("Agg")
from matplotlib import pyplot as plt
from statsmodels.stats.multitest import multipletests

import glmlogit as gl
from glmlogit.errors import CollinearityWarning, DataError, SeparationWarning, UnsupportedError

BIRTHS = gl.datasets.birthwt().assign(small=lambda d: (d["bwt"] < 2250).astype(int))
NUMBERS = ["odds_ratio", "conf_low", "conf_high"]
EXPOSURES = ["smoke", "ht", "C(race)", "lwt", "ftv"]


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_each_model_is_the_model_of_its_pair():
    result = gl.many(["low", "small"], EXPOSURES, "age + ptl", BIRTHS)
    for outcome in ("low", "small"):
        for exposure in EXPOSURES:
            fit = gl.logit(f"{outcome} ~ {exposure} + age + ptl", BIRTHS)
            rows = result.frame.query("outcome == @outcome and exposure == @exposure")
            own = rows[~rows["reference"]]
            np.testing.assert_allclose(
                own[NUMBERS], fit.odds_ratios(method="profile").loc[own.index, NUMBERS], rtol=1e-8
            )
            assert rows["p_value"].iloc[0] == pytest.approx(gl.drop1(fit).loc[exposure, "p_value"], rel=1e-9)
            assert rows["n"].sum() == 189
            assert rows["events"].sum() == BIRTHS[outcome].sum()
    assert list(result.fits) == [(o, e) for o in ("low", "small") for e in EXPOSURES]


@pytest.mark.parametrize(
    ("correction", "name"), [("BH", "fdr_bh"), ("BY", "fdr_by"), ("holm", "holm"), ("bonferroni", "bonferroni")]
)
def test_p_values_are_adjusted_over_all_pairs(correction, name):
    frame = gl.many(["low", "small"], EXPOSURES, "age", BIRTHS, correction=correction).frame.dropna(subset="p_value")
    np.testing.assert_allclose(frame["p_adjusted"], multipletests(frame["p_value"], method=name)[1], rtol=1e-12)


def test_nothing_to_adjust_for_and_no_correction():
    frame = gl.many("low", "smoke", "", BIRTHS, correction="none").frame
    fit = gl.logit("low ~ smoke", BIRTHS)
    np.testing.assert_allclose(frame[NUMBERS], fit.odds_ratios(method="profile")[NUMBERS], rtol=1e-9)
    assert frame["p_adjusted"].iloc[0] == frame["p_value"].iloc[0]


@pytest.mark.filterwarnings("ignore::glmlogit.errors.CollinearityWarning")
def test_what_cannot_be_fitted_says_why_and_counts_in_no_adjustment():
    frame = BIRTHS.assign(never=0, empty=np.nan)
    result = gl.many("low", ["smoke", "never", "empty", "bs(lwt, df=4)"], "age", frame)
    by = result.frame.set_index("exposure")
    assert result.tests == 2
    for name in ("never", "empty"):
        assert np.isnan(by.loc[name, "p_value"])
        assert by.loc[name, "reason"]
    assert by.loc["bs(lwt, df=4)", "p_value"] > 0
    assert "no single odds ratio" in by.loc["bs(lwt, df=4)", "reason"]
    assert "low and empty: no model" in str(result)
    alone = gl.many("low", ["smoke", "bs(lwt, df=4)"], "age", frame).frame
    assert by.loc["smoke", "p_adjusted"] == alone["p_adjusted"].iloc[0]


def test_a_name_that_the_data_do_not_have_is_refused():
    for outcomes, exposures, adjust in (
        ("low", ["ht", "smok"], "age"),
        ("lw", "smoke", "age"),
        ("low", "smoke", "agee"),
    ):
        with pytest.raises(DataError, match=r"no column '(smok|lw|agee)' in the data \(did you mean"):
            gl.many(outcomes, exposures, adjust, gl.datasets.birthwt())


def test_names_with_blanks_and_missing_values():
    frame = BIRTHS.rename(columns={"smoke": "smokes now", "lwt": "weight, lb"})
    frame["weight, lb"] = frame["weight, lb"].where(frame["age"] > 16)
    result = gl.many("low", ["smokes now", "weight, lb"], ["age"], frame)
    assert result.frame["n"].tolist() == [189, int((BIRTHS["age"] > 16).sum())]
    expected = gl.logit("low ~ smoke + age", BIRTHS).odds_ratios().loc["smoke", "odds_ratio"]
    assert result.frame["odds_ratio"].iloc[0] == pytest.approx(expected, rel=1e-12)
    assert any("rows with missing values left out" in note.text for note in result.notes)


def test_rows_counts_and_trials_are_many_models_alike():
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"x": rng.normal(size=70).round(1), "g": rng.integers(0, 3, 70), "w": rng.integers(1, 4, 70)})
    frame["y"] = (rng.random(70) < 1 / (1 + np.exp(-frame["x"]))).astype(int)
    rows = frame.loc[frame.index.repeat(frame["w"])].reset_index(drop=True)
    first = gl.many("y", ["x", "C(g)"], "", rows).frame
    weighted = gl.many("y", ["x", "C(g)"], "", frame, weights="w").frame
    trials = gl.many("s", ["x", "C(g)"], "", frame.assign(s=frame["y"] * frame["w"]), trials="w").frame
    pd.testing.assert_frame_equal(weighted, first, rtol=1e-8)
    pd.testing.assert_frame_equal(trials.assign(outcome="y"), first, rtol=1e-8)


def test_other_estimators_and_methods():
    frame = gl.many("low", ["smoke", "ht"], "age", BIRTHS, estimator=gl.firth, method="wald").frame
    fit = gl.firth("low ~ ht + age", BIRTHS)
    np.testing.assert_allclose(
        frame.loc["ht", NUMBERS].astype(float), fit.odds_ratios(method="wald").loc["ht", NUMBERS]
    )


def test_the_picture_stands_on_axes_that_were_made():
    result = gl.many(["low", "small"], ["smoke", "C(race)"], "age", BIRTHS)
    ax = plt.figure(figsize=(7, 3)).add_subplot()
    assert result.plot(ax) is ax
    assert ax.get_legend_handles_labels()[1] == ["low", "small"]
    assert "q" in str(result)


def test_errors():
    with pytest.raises(DataError, match="names none"):
        gl.many([], "smoke", "", BIRTHS)
    with pytest.raises((DataError, UnsupportedError), match="correction"):
        gl.many("low", "smoke", "", BIRTHS, correction="tukey")
    result = gl.many("low", "smoke:age", "smoke + age", BIRTHS)
    assert result.frame["reason"].iloc[0]


def test_it_warns_once_of_all_models_that_would():
    data = BIRTHS.assign(a=BIRTHS["low"], b=1 - BIRTHS["low"], twice=2 * BIRTHS["age"])
    with pytest.warns() as seen:
        result = gl.many("low", ["a", "smoke", "b", "twice"], "age", data)
    assert [warning.category for warning in seen] == [SeparationWarning, CollinearityWarning]
    assert str(seen[0].message).startswith(
        "Separation (no finite odds ratio of some term) in 2 of 4 models: low and a, low and b. "
    )
    assert "1 of 4 models: low and twice" in str(seen[1].message)
    assert all(warning.filename == __file__ for warning in seen)
    assert sum("separation" in str(note) for note in result.notes) == 2


def test_warnings_of_others_pass_and_without_any_it_is_silent():
    def noisy(rows, **options):
        warnings.warn("mine", UserWarning, stacklevel=1)
        return gl.logit(rows, **options)

    with pytest.warns(UserWarning, match="mine") as seen:
        gl.many("low", ["smoke", "ht"], "", BIRTHS, estimator=noisy)
    assert {str(warning.message) for warning in seen} == {"mine"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gl.many("low", ["smoke", "ht"], "", BIRTHS)
