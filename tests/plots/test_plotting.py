"""Plots: what is drawn is what the tables and predictions say, and every text can be read."""

from __future__ import annotations

import itertools
import sys
import warnings

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.errors import CollinearityWarning, DataError, SeparationWarning
from glmlogit.plots import effect_plot, forest_plot, interaction_plot, plot, risk_plot

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
from matplotlib import pyplot as plt  # noqa: E402

BIRTH = gl.datasets.load("birthwt")
FULL = "low ~ age + lwt + C(race) + C(smoke) + ptl + C(ht) + C(ui) + ftv"


@pytest.fixture(scope="module")
def fit():
    return gl.logit(FULL, BIRTH)


@pytest.fixture(scope="module")
def separated():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeparationWarning)
        return gl.logit("HG ~ NV + PI + EH", gl.datasets.load("endometrial"))


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def lines(ax, label):
    return [line for line in ax.get_lines() if line.get_label() == label]


def segments(ax):
    """Ends of all confidence lines."""
    found = [s for c in ax.collections if hasattr(c, "get_segments") for s in c.get_segments()]
    return np.array(found).reshape(-1, 2, 2)


def texts(ax):
    return [text.get_text() for text in ax.texts]


def said(ax):
    """All text of the Axes on one line, as a reader sees it."""
    return " ".join(texts(ax)).replace("\n", " ").replace("\u00a0", " ")


# --- forests ----------------------------------------------------------------------------------------
def test_forest_draws_the_table(fit):
    table = fit.odds_ratios(reference_rows=True)
    own = table[~table["reference"]]
    ax = forest_plot.forest_plot(fit)
    (marks,) = lines(ax, "_estimates")
    np.testing.assert_array_equal(marks.get_xdata(), own["odds_ratio"])
    np.testing.assert_array_equal(segments(ax)[:, :, 0], own[["conf_low", "conf_high"]])
    np.testing.assert_array_equal(segments(ax)[:, 0, 1], marks.get_ydata())
    (references,) = lines(ax, "_references")
    assert references.get_xdata().tolist() == [1.0] * 4
    assert matplotlib.colors.to_hex(references.get_markerfacecolor()) == "#ffffff"
    assert lines(ax, "_arrows") == []
    assert ax.get_xscale() == "log"
    low, high = ax.get_xlim()
    assert 0.8 * own["conf_low"].min() < low < own["conf_low"].min()
    assert own["conf_high"].max() < high < 1.3 * own["conf_high"].max()
    assert {"Odds ratio [95% CI]", "2.557 [1.163, 5.624]", "1 (reference)", "race", "    black"} <= set(texts(ax))


def test_forest_levels_stand_under_their_variable_in_order(fit):
    ax = forest_plot.forest_plot(
        fit, labels={"race": "Race", "C(race)[T.black]": "Black", "age": "Age"}, units={"age": 10}
    )
    left = [t for t in ax.texts if t.xyann[0] < 0]
    names = [t.get_text().strip() for t in left]
    assert names[:6] == ["Age (per 10)", "lwt", "Race", "white", "Black", "other"]
    heights = [t.xy[1] for t in left]
    assert heights == sorted(heights)
    (marks,) = lines(ax, "_estimates")
    assert marks.get_xdata()[0] == fit.odds_ratios(units={"age": 10}).loc["age", "odds_ratio"]


def test_forest_options_reach_the_table(fit):
    ax = forest_plot.forest_plot(fit, method="profile", level=0.9, intercept=True, p_values=True)
    table = fit.odds_ratios(0.9, "profile", intercept=True)
    np.testing.assert_array_equal(lines(ax, "_estimates")[0].get_xdata(), table["odds_ratio"])
    assert {"Odds ratio [90% profile CI]", "Intercept (odds)", "p"} <= set(texts(ax))


def test_models_stand_side_by_side(fit):
    small = gl.logit("low ~ age + C(race)", BIRTH)
    ax = forest_plot.forest_plot({"small": small, "full": fit})
    (first,), (second,) = lines(ax, "small"), lines(ax, "full")
    np.testing.assert_array_equal(first.get_xdata(), small.odds_ratios()["odds_ratio"])
    own = fit.odds_ratios()["odds_ratio"]
    shared = ["age", "C(race)[T.black]", "C(race)[T.other]"]  # stand first, in the order of the first model
    np.testing.assert_array_equal(second.get_xdata(), own[[*shared, *own.index.drop(shared)]])
    apart = second.get_ydata()[:3] - first.get_ydata()
    assert ((apart > 0) & (apart < 1)).all()
    assert (first.get_marker(), first.get_color()) != (second.get_marker(), second.get_color())
    assert len(lines(ax, "_references")[0].get_xdata()) == 4  # race stands once
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["small", "full"]


def test_infinite_odds_ratios_are_arrows_and_said(separated):
    ax = forest_plot.forest_plot(separated)
    (arrows,) = lines(ax, "_arrows")
    assert arrows.get_xdata().tolist() == [ax.get_xlim()[1]]
    assert arrows.get_marker() == ">"
    assert len(lines(ax, "_estimates")[0].get_xdata()) == 2
    assert segments(ax)[0, :, 0].tolist() == [separated.odds_ratios().loc["NV", "conf_low"], ax.get_xlim()[1]]
    assert "∞ [3.611, ∞]" in texts(ax)
    assert "separate" in said(ax)


def test_limits_beyond_the_axis_and_undefined_numbers():
    table = pd.DataFrame(
        {
            "odds_ratio": [2.0, 0.0, np.nan, 3.0, 1e5],
            "conf_low": [1e-9, 0.0, np.nan, np.nan, 1e4],
            "conf_high": [1e9, 0.5, np.nan, np.nan, 1e6],
        },
        index=["wide", "zero", "aliased", "unlimited", "far"],
    )
    ax = forest_plot.forest_plot(table)
    left, right = lines(ax, "_arrows")
    assert (len(left.get_xdata()), len(right.get_xdata())) == (2, 2)
    assert lines(ax, "_estimates")[0].get_xdata().tolist() == [2.0, 3.0]
    assert len(segments(ax)) == 2  # of wide and zero, to the edges; far has nothing inside
    assert {"0 [0, 0.500]", "not estimable", "3.000 [NA, NA]", "Odds ratio [CI]"} <= set(texts(ax))


def test_a_reference_column_with_gaps_makes_no_reference(fit):
    plain = gl.logit("low ~ age", BIRTH).odds_ratios()
    ax = forest_plot.forest_plot(pd.concat([plain, fit.odds_ratios(reference_rows=True).loc[["ptl"]]]))
    assert len(lines(ax, "_estimates")[0].get_xdata()) == 2
    assert lines(ax, "_references") == []


def test_two_factors_of_one_variable_keep_their_levels():
    row = {"odds_ratio": 2.0, "conf_low": 1.0, "conf_high": 4.0, "variable": "age", "level": "a", "reference": False}
    table = pd.DataFrame([row, row], index=["C(f(age))[T.a]", "C(g(age))[T.a]"])
    assert len(lines(forest_plot.forest_plot(table), "_estimates")[0].get_xdata()) == 2
    with pytest.raises(DataError, match="twice"):
        forest_plot.forest_plot(pd.concat([table, table]))


@pytest.mark.parametrize(
    ("ratios", "expected"),
    [
        ((0.4, 3.9), ["0.5", "1", "2"]),
        ((1.2, 45.0), ["1", "2", "5", "10", "20"]),
        ((0.8, 1.6), ["0.8", "1", "1.2", "1.4", "1.6"]),
        ((0.999, 1.002), ["0.999", "1", "1.001", "1.002"]),
        ((1.00001, 1.00003), ["1", "1.00001", "1.00002", "1.00003"]),
        ((0.07, 12.0), ["0.1", "0.2", "0.5", "1", "2", "5", "10"]),
        ((0.005, 90.0), ["0.01", "0.1", "1", "10", "100"]),
    ],
)
def test_ticks_are_plain_numbers_from_the_data(ratios, expected):
    table = pd.DataFrame({"odds_ratio": ratios, "conf_low": ratios, "conf_high": ratios}, index=["a", "b"])
    ax = forest_plot.forest_plot(table)
    shown = [label.get_text() for label in ax.get_xticklabels()]
    assert set(expected) <= set(shown)
    assert "e" not in "".join(shown)
    low, high = ax.get_xlim()
    assert all(low <= tick <= high for tick in ax.get_xticks())


def test_numbers_tell_a_limit_from_one():
    table = pd.DataFrame({"odds_ratio": [0.985], "conf_low": [0.971], "conf_high": [0.9983]}, index=["lwt"])
    assert "0.985 [0.971, 0.998]" in texts(forest_plot.forest_plot(table))


@pytest.mark.parametrize(
    ("fits", "options", "words"),
    [
        ("fit", {"labels": {"aeg": "Age"}}, "'aeg'"),
        ("fit", {"units": {"aeg": 10}}, "'aeg'"),
        ("fit", {"units": 10}, "units"),
        ("fit", {"method": "exact"}, "'exact'"),
        ("fit", {"level": 95}, "0.95"),
        ("table", {"level": 0.9}, "fit.odds_ratios"),
        ("nothing", {}, "no model"),
        ("word", {}, "str has no odds ratios"),
        ("coefficients", {}, "odds_ratio"),
        ("seven", {}, "at most 6"),
        ("constant", {}, "only a constant"),
    ],
)
def test_what_is_no_forest(fit, fits, options, words):
    given = {
        "fit": fit,
        "table": fit.odds_ratios(),
        "nothing": {},
        "word": "fit",
        "coefficients": fit.tidy(),
        "seven": {str(i): fit for i in range(7)},
        "constant": gl.logit("low ~ 1", BIRTH),
    }[fits]
    with pytest.raises(DataError, match=words):
        forest_plot.forest_plot(given, **options)
    assert plt.get_fignums() == []


# --- effects ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["response", "link"])
def test_effect_curve_and_band_are_predictions(kind):
    found = gl.logit("low ~ ns(age, 3) + lwt + C(race) + C(smoke)", BIRTH)
    ax = effect_plot.effect_plot(found, "age", kind=kind, level=0.9, points=50, rug=False)
    age = np.linspace(BIRTH["age"].min(), BIRTH["age"].max(), 50)
    new = pd.DataFrame({"age": age, "lwt": BIRTH["lwt"].mean(), "race": "white", "smoke": 0})
    expected = found.predict(new, kind, "confidence", 0.9)
    (curve,) = lines(ax, "_estimates")
    np.testing.assert_array_equal(curve.get_xdata(), age)
    np.testing.assert_array_equal(curve.get_ydata(), expected["estimate"])
    for line, limit in zip(lines(ax, "_limit"), ("conf_low", "conf_high"), strict=True):
        np.testing.assert_array_equal(line.get_ydata(), expected[limit])
    band = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == (expected["conf_low"].min(), expected["conf_high"].max())
    assert ax.get_ylabel() == f"{'Probability' if kind == 'response' else 'Log-odds'} of low = 1"
    assert "90% pointwise" in said(ax)
    for held in ("lwt = 129.8", "race = white", "smoke = 0"):
        assert held in said(ax)


def test_effect_of_a_factor_is_points_with_limits(fit):
    ax = effect_plot.effect_plot(fit, "race", at={"age": 30, "ht": 1})
    modes = {"smoke": 0, "ui": 0, "ht": 1, "age": 30.0}
    new = pd.DataFrame(
        {"race": ["white", "black", "other"], **modes} | {c: BIRTH[c].mean() for c in ("lwt", "ptl", "ftv")}
    )
    expected = fit.predict(new, interval="confidence")
    np.testing.assert_array_equal(ax.get_lines()[0].get_ydata(), expected["estimate"])
    np.testing.assert_array_equal(segments(ax)[:, :, 1], expected[["conf_low", "conf_high"]])
    assert [label.get_text() for label in ax.get_xticklabels()] == ["white", "black", "other"]
    assert "age = 30, ht = 1" in said(ax)


def test_effect_by_a_factor_has_a_curve_each(fit):
    ax = effect_plot.effect_plot(fit, "age", by="race")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["white", "black", "other"]
    assert ax.get_legend().get_title().get_text() == "race"
    ends = [lines(ax, level)[0].get_ydata()[0] for level in ("white", "black", "other")]
    slopes = np.diff([np.log(p / (1 - p)) for p in ends])
    # Two roundings of probabilities near 1/2 cost a few units in the last place of the log-odds.
    np.testing.assert_allclose(np.cumsum(slopes), fit.params[["C(race)[T.black]", "C(race)[T.other]"]], rtol=1e-12)


def test_effect_by_a_number_needs_a_choice(fit):
    with pytest.raises(DataError, match=r"at=\{'lwt': \[110, 121, 140\]\}"):
        effect_plot.effect_plot(fit, "age", by="lwt")
    ax = effect_plot.effect_plot(fit, "age", by="lwt", at={"lwt": [110, 140]})
    assert len(lines(ax, "110")) == len(lines(ax, "140")) == 1


def test_rug_shows_events_above_and_non_events_below(fit):
    ax = effect_plot.effect_plot(fit, "age")
    above, below = lines(ax, "_rug")
    assert sorted(above.get_xdata()) == sorted(BIRTH.loc[BIRTH["low"] == 1, "age"])
    assert sorted(below.get_xdata()) == sorted(BIRTH.loc[BIRTH["low"] == 0, "age"])
    assert above.get_ydata()[0] > 0.9 > 0.1 > below.get_ydata()[0]


def test_a_long_rug_is_thinned_and_always_the_same():
    many = pd.concat([BIRTH] * 20, ignore_index=True)
    found = gl.logit("low ~ lwt", many)
    first, second = (lines(effect_plot.effect_plot(found, "lwt"), "_rug") for _ in range(2))
    assert sum(len(line.get_xdata()) for line in first) == effect_plot.MOST_TICKS
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.get_xdata(), other.get_xdata())


def test_typical_values_count_frequencies():
    weighted = BIRTH.assign(w=np.arange(189) % 4 + 1)
    repeated = BIRTH.loc[BIRTH.index.repeat(weighted["w"])].reset_index(drop=True)
    formula = "low ~ age + lwt + C(race)"
    one = effect_plot.effect_plot(gl.logit(formula, weighted, weights="w"), "age", rug=False)
    other = effect_plot.effect_plot(gl.logit(formula, repeated), "age", rug=False)
    # Two fits of the same likelihood, each converged to about 1e-12.
    np.testing.assert_allclose(
        lines(one, "_estimates")[0].get_ydata(), lines(other, "_estimates")[0].get_ydata(), rtol=1e-9
    )
    assert said(one) == said(other)


@pytest.mark.parametrize("how", ["array", "column", "formula", "both"])
def test_offsets_are_held_at_their_mean(how):
    d = BIRTH.assign(off=np.linspace(-1, 1, 189) ** 2)
    found = {
        "array": lambda: gl.logit("low ~ age", d, offset=d["off"].to_numpy()),
        "column": lambda: gl.logit("low ~ age", d, offset="off"),
        "formula": lambda: gl.logit("low ~ age + offset(off)", d),
        "both": lambda: gl.logit("low ~ age + offset(off)", d.assign(half=1.0), offset="half"),
    }[how]()
    ax = effect_plot.effect_plot(found, "age", kind="link", rug=False)
    eta = found.params["Intercept"] + found.params["age"] * d["age"].min() + d["off"].mean() + (how == "both")
    assert lines(ax, "_estimates")[0].get_ydata()[0] == pytest.approx(eta, rel=1e-12)
    assert "0.3369 (mean)" in said(ax)
    assert ("; offset = 1 (mean)" in said(ax)) == (how == "both")


HELD = {
    "offset array": lambda d: gl.logit("low ~ age + C(race)", d, offset=d["off"].to_numpy()),
    "offset column": lambda d: gl.logit("low ~ age + C(race)", d, offset="off"),
    "offset of zeros": lambda d: gl.logit("low ~ age + C(race)", d, offset=np.zeros(189)),
    "offset in the formula": lambda d: gl.logit("low ~ age + offset(off)", d),
    "offsets in the formula and beside it": lambda d: gl.logit("low ~ age + offset(off)", d, offset="lwt"),
    "offset that is in the formula too": lambda d: gl.logit("low ~ age + off", d, offset="off"),
    "weights": lambda d: gl.logit("low ~ age + C(race) + flag", d, weights="ftv"),
    "number and factor": lambda d: gl.logit("low ~ age + C(ui) + age:ui", d),
    "factor of a number": lambda d: gl.logit("low ~ age + C(I(lwt > 120))", d),
    "constant column": lambda d: gl.logit(gl.design_arrays(d["low"], d[["age", "lwt"]].assign(const=1.0))),
}


@pytest.mark.filterwarnings("ignore::glmlogit.errors.CollinearityWarning")
@pytest.mark.parametrize("how", HELD)
def test_pictures_hold_the_others_as_the_reference_grid_does(how):
    d = BIRTH.assign(off=np.linspace(-1, 1, 189) ** 2, flag=BIRTH["smoke"] == 1)
    found = HELD[how](d)
    (curve,) = lines(effect_plot.effect_plot(found, "age", kind="link", rug=False, points=5), "_estimates")
    grid = gl.reference_grid(found, {"age": curve.get_xdata().tolist()})
    np.testing.assert_array_equal(curve.get_ydata(), found.predict(grid, "link"))


def test_typical_values_are_means_and_first_of_the_most_frequent_levels():
    d = BIRTH[BIRTH["race"] != "other"].groupby("race", observed=True).sample(20, random_state=1).assign(half=0.5)
    found = gl.logit("low ~ relevel(race, 'white') + I(lwt > 120) + offset(age)", d, offset="half")
    grid = gl.reference_grid(found)
    assert grid["race"].tolist() == ["white"]  # twenty of each
    assert grid[["lwt", "age"]].iloc[0].tolist() == [d["lwt"].mean(), d["age"].mean()]
    assert grid["half"].tolist() == [0.5]  # beside the offset of the formula, not with it


def test_a_number_in_a_factor_of_something_else_takes_any_value():
    found = gl.logit("low ~ C(I(age > 30)) + lwt", BIRTH)
    assert gl.reference_grid(found, {"age": [22.5]})["age"].tolist() == [22.5]


def test_designs_from_arrays_have_effects_too():
    X = BIRTH[["age", "lwt"]].assign(const=1.0)
    by_formula = effect_plot.effect_plot(gl.logit("low ~ age + lwt", BIRTH), "age")
    for design in (
        gl.design_arrays(BIRTH["low"], BIRTH[["age", "lwt"]], intercept=True),
        gl.design_arrays(BIRTH["low"], BIRTH[["age", "lwt"]].to_numpy(), names=["age", "lwt"], intercept=True),
        gl.design_arrays(BIRTH["low"], X),
    ):
        ax = effect_plot.effect_plot(gl.logit(design), "age")
        np.testing.assert_allclose(
            lines(ax, "_estimates")[0].get_ydata(), lines(by_formula, "_estimates")[0].get_ydata(), rtol=1e-10
        )
        assert "const" not in said(ax)


def test_grouped_data_and_text_have_effects():
    cases = gl.datasets.load("esoph")
    cases["alc"] = cases["alcgp"].astype(str)
    found = gl.logit("cbind(ncases, ncontrols) ~ alc + agegp", cases)
    ax = effect_plot.effect_plot(found, "alc", by="agegp")
    assert ax.get_ylabel() == "Probability of an event"
    assert len(ax.get_xticklabels()) == cases["alc"].nunique()


@pytest.mark.parametrize("kind", ["response", "link"])
def test_separation_is_drawn_and_said(separated, kind):
    ax = effect_plot.effect_plot(separated, "EH", by="NV", kind=kind)
    ax.figure.canvas.draw()
    certain = lines(ax, "1")[0].get_ydata()
    assert (certain == (1.0 if kind == "response" else np.inf)).all()
    assert "separate" in said(ax)
    points = effect_plot.effect_plot(separated, "NV")
    points.figure.canvas.draw()
    assert points.get_lines()[0].get_ydata()[1] == 1.0


def test_undetermined_predictions_are_said():
    d = BIRTH.assign(twice=2 * BIRTH["age"])
    with pytest.warns(CollinearityWarning):
        found = gl.logit("low ~ age + twice", d)
    with pytest.warns(CollinearityWarning, match="collinearity"):
        ax = effect_plot.effect_plot(found, "age")
    assert "do not determine" in said(ax)


@pytest.mark.parametrize(
    ("variable", "options", "words"),
    [
        ("aeg", {}, "its variables are age, lwt, race"),
        ("low", {}, "no variable of the model"),
        ("age", {"by": "age"}, "another variable"),
        ("age", {"by": "sex"}, "'sex'"),
        ("age", {"at": {"age": 3}}, "leave it out"),
        ("age", {"at": {"race": "green"}}, "white.*black.*other"),
        ("age", {"at": {"lwt": "heavy"}}, "finite"),
        ("age", {"at": {"lwt": np.nan}}, "finite"),
        ("age", {"at": 3}, "name the variables"),
        ("age", {"kind": "odds"}, "'odds'"),
        ("age", {"level": 95}, "0.95"),
        ("age", {"points": 1}, "two points"),
        ("age", {"by": "lwt", "at": {"lwt": list(range(100, 107))}}, "at most 6"),
    ],
)
def test_what_is_no_effect(fit, variable, options, words):
    with pytest.raises(DataError, match=words):
        effect_plot.effect_plot(fit, variable, **options)
    assert plt.get_fignums() == []


def test_interactions_join_the_levels():
    found = gl.logit("low ~ C(race) * C(smoke)", BIRTH)
    ax = interaction_plot.interaction_plot(found, "race", "smoke")
    cells = BIRTH.groupby(["smoke", "race"], observed=True)["low"].mean()
    for smoke in (0, 1):
        (line,) = lines(ax, str(smoke))
        # A saturated model: predictions are the proportions of the cells, to the accuracy of the fit.
        np.testing.assert_allclose(line.get_ydata(), cells[smoke][["white", "black", "other"]], rtol=1e-12)
        assert line.get_linestyle() != "None"
    assert len(segments(ax)) == 6


def test_without_interaction_lines_are_parallel_on_the_link_scale(fit):
    ax = interaction_plot.interaction_plot(fit, "race", "smoke", kind="link")
    gap = lines(ax, "1")[0].get_ydata() - lines(ax, "0")[0].get_ydata()
    np.testing.assert_allclose(gap, fit.params["C(smoke)[T.1]"], rtol=1e-12)
    assert len(lines(interaction_plot.interaction_plot(fit, "age", "smoke"), "1")[0].get_xdata()) == 200


# --- risks --------------------------------------------------------------------------------------------
def test_risk_curve_is_its_closed_form():
    ax = risk_plot.risk_plot(2.5, (1.15, 5.52))
    (curve,) = lines(ax, "OR 2.5")
    p = curve.get_xdata()
    np.testing.assert_allclose(curve.get_ydata(), 2.5 * p / (1 - p + 2.5 * p), rtol=1e-13)
    (marks,) = lines(ax, "_gain")
    assert marks.get_xdata().tolist() == [0.01, 0.05, 0.2, 0.5]
    # Gains worked by hand: 2.5/101.5 − 0.01 = 0.01463, 0.125/1.075 − 0.05 = 0.06628, 0.5/1.3 − 0.2, 2.5/3.5 − 0.5.
    # The lower limit gains less than one point at 1 and 5 %, so that these columns have two decimals.
    assert {"+1.46", "+6.63", "+18.5", "+21.4", "lower 1.15", "upper 5.52"} <= set(texts(ax))


def test_a_risk_plot_has_a_style_and_a_language():
    ax = risk_plot.risk_plot(2.5, style="lancet", language="de")
    assert ax.get_ylabel() == "Risiko mit Exposition"
    assert "OR 2·5" in texts(ax)
    assert risk_plot.risk_plot(2.5).get_ylabel() == "Risk with exposure"


def test_a_risk_plot_of_a_fit_says_what_to_type(fit):
    for several in (fit, fit.odds_ratios()):
        with pytest.raises(DataError, match=r"name a term, as in r = fit.odds_ratios\(\).loc\['ftv'\]"):
            risk_plot.risk_plot(several)
    r = fit.odds_ratios().loc["ftv"]
    assert risk_plot.risk_plot(r["odds_ratio"], conf=(r["conf_low"], r["conf_high"])).lines


def test_risks_of_several_odds_ratios_and_infinite_limits():
    ax = risk_plot.risk_plot([4, 0.5], [(2, np.inf), (0, 0.8)])
    ax.figure.canvas.draw()
    assert [t for t in texts(ax) if t.startswith("OR")].count("OR 4") == 2  # on the curve and in the table
    assert {"upper inf", "lower 0", "−16.7"} <= set(texts(ax))


@pytest.mark.parametrize(
    ("ratio", "conf"),
    [
        ([], None),
        (0, None),
        (-1, None),
        (np.inf, None),
        (2, (3, 4)),
        (2, 1.5),
        ([2, 3], (1, 4)),
        (2, "wide"),
        (2, (np.nan, 3)),
    ],
)
def test_what_is_no_odds_ratio(ratio, conf):
    with pytest.raises(DataError, match="odds ratio"):
        risk_plot.risk_plot(ratio, conf)


# --- all of them -----------------------------------------------------------------------------------------
PICTURES = {
    "forest": lambda fit, ax: forest_plot.forest_plot(fit, ax=ax),
    "effect": lambda fit, ax: effect_plot.effect_plot(fit, "age", ax=ax),
    "interaction": lambda fit, ax: interaction_plot.interaction_plot(fit, "race", "smoke", ax=ax),
    "risk": lambda fit, ax: risk_plot.risk_plot(2, ax=ax),
}


@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
def test_axes_in_axes_out(fit, picture):
    before = dict(matplotlib.rcParams)
    _, ax = plt.subplots()
    assert picture(fit, ax) is ax
    assert len(plt.get_fignums()) == 1
    assert picture(fit, None) is not ax
    assert len(plt.get_fignums()) == 2
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
def test_without_matplotlib_the_command_is_told(fit, picture, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"python -m pip install matplotlib"):
        picture(fit, None)


def test_plot_dispatches(fit):
    table = fit.odds_ratios()
    np.testing.assert_array_equal(lines(plot.plot(fit), "_estimates")[0].get_xdata(), table["odds_ratio"])
    assert plot.plot(fit, "effect", "age", by="race").get_xlabel() == "age"
    assert plot.plot(fit, "interaction", x="race", by="smoke").get_xlabel() == "race"
    with pytest.raises(DataError, match="'forest', 'effect', 'interaction'"):
        plot.plot(fit, "violin")
    with pytest.raises(DataError, match="variable"):
        plot.plot(fit, "effect")
    with pytest.raises(DataError, match="colour"):
        plot.plot(fit, "effect", "age", colour="red")


def boxes(ax):
    """All text of a figure with its box, drawn."""
    ax.figure.canvas.draw()
    found = [
        *ax.texts,
        ax.title,
        ax.xaxis.label,
        ax.yaxis.label,
        *(ax.get_legend().get_texts() if ax.get_legend() else []),
    ]
    for axis in (ax.xaxis, ax.yaxis):
        low, high = sorted(axis.get_view_interval())
        found += [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    return [(t.get_text(), t.get_window_extent()) for t in found if t.get_text().strip()], ax.figure.bbox


def many_rows():
    rng = np.random.default_rng(5)
    ratio = np.exp(rng.normal(size=60))
    names = [f"covariate number {i}" for i in range(60)]
    return pd.DataFrame({"odds_ratio": ratio, "conf_low": ratio / 3, "conf_high": ratio * 3}, index=names)


CROWDED = {
    "two models": lambda fit, _: forest_plot.forest_plot(
        {"crude": gl.logit("low ~ age", BIRTH), "full": fit}, p_values=True
    ),
    "infinite": lambda _, separated: forest_plot.forest_plot({"ML": separated, "other": separated}),
    "one row": lambda *_: forest_plot.forest_plot(gl.logit("low ~ age", BIRTH)),
    "sixty rows": lambda *_: forest_plot.forest_plot(many_rows()),
    "effect": lambda fit, _: effect_plot.effect_plot(fit, "age", by="race"),
    "interaction": lambda fit, _: interaction_plot.interaction_plot(fit, "race", "smoke"),
    "risk": lambda *_: risk_plot.risk_plot(2.5, (1.15, 5.52)),
    "risks": lambda *_: risk_plot.risk_plot([0.25, 0.5, 1.5, 2, 4, 10]),
}


@pytest.mark.parametrize("crowded", CROWDED.values(), ids=CROWDED)
def test_texts_do_not_overlap_and_stay_on_the_page(fit, separated, crowded):
    found, page = boxes(crowded(fit, separated))
    for text, box in found:
        # A pixel: the layout rounds.
        assert min(box.x0 - page.x0, box.y0 - page.y0, page.x1 - box.x1, page.y1 - box.y1) > -1, text
    for (text, box), (other, its) in itertools.combinations(found, 2):
        assert not box.overlaps(its), (text, other)
