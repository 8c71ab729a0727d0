"""Pictures of outcomes of several levels: what is drawn is what tables and predictions say, for each level by name."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.errors import DataError

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
from matplotlib import pyplot as plt  # noqa: E402

LEVELS = ["none", "one", "two+"]
BIRTHS = gl.datasets.birthwt().assign(
    visits=lambda d: pd.Categorical(np.array(LEVELS)[d["ftv"].clip(upper=2)], LEVELS, ordered=True)
)
FORMULA = "visits ~ age + lwt + smoke + C(race)"
MAKERS = {"multinomial": gl.multinomial, "ordinal": gl.ordinal}


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


@pytest.fixture(scope="module", params=MAKERS.values(), ids=MAKERS)
def fit(request):
    return request.param(FORMULA, BIRTHS)


def line(ax, label):
    return next(line for line in ax.get_lines() if line.get_label() == label)


def words(ax):
    return " ".join(text.get_text() for text in ax.texts).replace("\n", " ").replace("\u00a0", " ")


# --- forest -----------------------------------------------------------------------------------------
def test_a_forest_has_a_mark_for_each_level():
    fit = gl.multinomial(FORMULA, BIRTHS)
    ax, ratios = gl.forest_plot(fit), fit.odds_ratios()
    for level in ("one", "two+"):
        np.testing.assert_array_equal(line(ax, level).get_xdata(), ratios.loc[level, "odds_ratio"])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["one", "two+"]
    assert "odds of each level against none; ratios of odds, not of risks" in words(ax)
    assert "race" in words(ax)
    assert "(" not in " ".join(text.get_text() for text in ax.texts if "race" in text.get_text())
    table = gl.forest_plot(fit.odds_ratios(reference_rows=True))
    np.testing.assert_array_equal(line(table, "one").get_xdata(), ratios.loc["one", "odds_ratio"])


def test_a_forest_of_ordered_levels_has_one_mark_or_one_for_each_cut():
    fit = gl.ordinal(FORMULA, BIRTHS)
    ax = gl.forest_plot(fit)
    np.testing.assert_array_equal(line(ax, "_estimates").get_xdata(), fit.odds_ratios()["odds_ratio"])
    assert "Odds of being above a cut between none < one < two+" in words(ax)
    apart = gl.ordinal(FORMULA, BIRTHS, nonparallel=["smoke", "C(race)"])
    ax, ratios = gl.forest_plot(apart), apart.odds_ratios()["odds_ratio"]
    np.testing.assert_array_equal(line(ax, "every cut").get_xdata(), ratios[["age", "lwt"]])
    terms = [f"[none|one]{term}" for term in ("smoke", "C(race)[T.black]", "C(race)[T.other]")]
    np.testing.assert_array_equal(line(ax, "none|one").get_xdata(), ratios[terms])


@pytest.mark.parametrize("reference", ["white", "black", "other"])
def test_levels_keep_their_order_with_the_reference_where_it_stands(reference):
    formula = f"low ~ age + C(race, Treatment({reference!r}))"
    fit, table = gl.logit(formula, BIRTHS), gl.table(formula, BIRTHS)
    rows = fit.odds_ratios(reference_rows=True).dropna(subset="level")
    assert rows["level"].tolist() == table.frame["level"].dropna().tolist() == ["white", "black", "other"]
    assert rows["reference"].tolist() == [level == reference for level in rows["level"]]
    for ax in (fit.plot(), table.plot()):
        heights = {text.get_text().strip(): text.get_window_extent().y0 for text in ax.texts}
        assert sorted(["white", "black", "other"], key=heights.__getitem__, reverse=True) == [*rows["level"]]


def test_reference_rows_of_each_cut():
    table = gl.ordinal(FORMULA, BIRTHS, nonparallel="C(race)").odds_ratios(reference_rows=True)
    reference = table[table["reference"]]
    assert list(reference.index) == ["[none|one]C(race)[white]", "[one|two+]C(race)[white]"]
    assert (table["variable"] == "race").sum() == 6


def test_models_of_levels_stand_side_by_side():
    fits = {"crude": gl.multinomial("visits ~ smoke", BIRTHS), "full": gl.multinomial(FORMULA, BIRTHS)}
    ax = gl.forest_plot(fits)
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == ["crude, one", "crude, two+", "full, one", "full, two+"]


# --- effects ----------------------------------------------------------------------------------------
def test_a_curve_with_limits_for_each_level(fit):
    ax = gl.effect_plot(fit, "age", points=5)
    age = np.linspace(BIRTHS["age"].min(), BIRTHS["age"].max(), 5)
    rows = gl.reference_grid(fit, {"age": age.tolist()})
    expected = fit.predict(rows, interval="confidence").set_index("outcome")
    for level in LEVELS:
        np.testing.assert_allclose(line(ax, level).get_ydata(), expected.loc[level, "estimate"], rtol=1e-14)
    bands = [band.get_paths()[0].vertices[:, 1] for band in ax.collections]
    for level, band in zip(LEVELS, bands, strict=True):
        assert band.min() == pytest.approx(expected.loc[level, "conf_low"].min(), rel=1e-12)
        assert band.max() == pytest.approx(expected.loc[level, "conf_high"].max(), rel=1e-12)
    assert ax.get_legend().get_title().get_text() == "visits"
    assert ax.get_ylabel() == "Probability"


def test_levels_of_a_factor_have_points(fit):
    ax = gl.effect_plot(fit, "race")
    expected = fit.predict(gl.reference_grid(fit, {"race": ["white", "black", "other"]}))
    for level in LEVELS:
        np.testing.assert_allclose(line(ax, level).get_ydata(), expected[level], rtol=1e-14)


def test_areas_fill_the_height(fit):
    ax = gl.effect_plot(fit, "age", stacked=True, points=4)
    age = np.linspace(BIRTHS["age"].min(), BIRTHS["age"].max(), 4)
    p = fit.predict(gl.reference_grid(fit, {"age": age.tolist()})).to_numpy()
    tops = [area.get_paths()[0].vertices[:, 1].max() for area in ax.collections]
    np.testing.assert_allclose(tops, np.cumsum(p, axis=1).max(axis=0), rtol=1e-12)
    assert ax.get_ylim() == (0.0, 1.0)
    assert "confidence" not in words(ax)
    bars = gl.effect_plot(fit, "race", stacked=True).patches
    heights = np.array([bar.get_height() for bar in bars]).reshape(3, 3)
    np.testing.assert_allclose(heights.sum(axis=0), 1.0, rtol=1e-14)
    shades = [np.mean(bar.get_facecolor()[:3]) for bar in bars[::3]]
    assert np.diff(shades).min() > 0.2  # told apart in grey


def test_one_level_by_another_variable(fit):
    ax = gl.interaction_plot(fit, "age", "smoke", outcome="two+", points=3)
    assert ax.get_ylabel() == "Probability of visits = two+"
    age = np.linspace(BIRTHS["age"].min(), BIRTHS["age"].max(), 3)
    for smoke in (0, 1):
        rows = gl.reference_grid(fit, {"smoke": smoke, "age": age.tolist()})
        np.testing.assert_allclose(line(ax, str(smoke)).get_ydata(), fit.predict(rows)["two+"], rtol=1e-14)


def test_log_odds_by_level():
    fit = gl.multinomial(FORMULA, BIRTHS)
    ax = gl.effect_plot(fit, "age", kind="link", points=2)
    assert ax.get_ylabel() == "Log-odds against none"
    slope = np.diff(line(ax, "one").get_ydata()) / np.ptp(BIRTHS["age"])
    assert slope == pytest.approx(fit.params[("one", "age")], rel=1e-10)
    assert (
        gl.effect_plot(gl.ordinal(FORMULA, BIRTHS), "age", kind="link").get_ylabel() == "Log-odds of a level or above"
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"by": "smoke"}, r"3 levels of the outcome make more curves than can be read; name one, outcome='two\+'"),
        ({"outcome": "three"}, r"outcome='three' has no curve here; the levels are none, one, two\+"),
        ({"stacked": True, "by": "smoke"}, "leave out by=, kind= and outcome="),
    ],
)
def test_refusals(fit, options, said):
    with pytest.raises(DataError, match=said):
        gl.effect_plot(fit, "age", **options)


def test_refusals_of_one_event():
    fit = gl.logit("low ~ age", BIRTHS)
    with pytest.raises(DataError, match="stacked=True is of several outcomes"):
        gl.effect_plot(fit, "age", stacked=True)
    with pytest.raises(DataError, match="the outcome has one event: leave it out"):
        gl.effect_plot(fit, "age", outcome=1)


# --- on paper ---------------------------------------------------------------------------------------
PICTURES = {
    "forest": lambda fit, ax: gl.forest_plot(fit, ax=ax),
    "curves": lambda fit, ax: gl.effect_plot(fit, "age", ax=ax),
    "areas": lambda fit, ax: gl.effect_plot(fit, "age", stacked=True, ax=ax),
    "points": lambda fit, ax: gl.effect_plot(fit, "race", ax=ax),
    "bars": lambda fit, ax: gl.effect_plot(fit, "race", stacked=True, ax=ax),
    "boundary": lambda fit, ax: gl.decision_boundary(fit, "age", "lwt", ax=ax),
}


@pytest.mark.parametrize("width", [3.3, 7.0])
@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
def test_texts_stand_apart_in_a_column_of_a_journal(picture, width):
    _, ax = plt.subplots(figsize=(width, 3.6), layout="constrained")
    assert picture(gl.multinomial(FORMULA, BIRTHS), ax) is ax
    ax.figure.canvas.draw()
    texts = [*(t for t in ax.texts if t.get_text().strip()), ax.xaxis.label]
    for axis in (ax.xaxis, ax.yaxis):
        low, high = sorted(axis.get_view_interval())
        texts += [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    texts += ax.get_legend().get_texts()
    page = ax.figure.bbox
    boxes = [(t.get_text(), t.get_window_extent()) for t in texts]
    for text, box in boxes:
        assert min(box.x0, box.y0, page.x1 - box.x1, page.y1 - box.y1) > -1.5, text
    if "age" not in ax.get_xlabel() or "lwt" not in ax.get_ylabel():  # contours carry their numbers inside
        for (text, box), (other, its) in itertools.combinations(boxes, 2):
            assert not box.overlaps(its), (text, other)


# --- tables of effects -------------------------------------------------------------------------------
def test_effects_are_drawn_by_outcome(fit):
    table = gl.predictions(fit, at={"smoke": [0, 1]})
    ax = table.plot()
    for level in LEVELS:
        own = table[table["outcome"] == level]
        np.testing.assert_array_equal(line(ax, level).get_xdata(), own["estimate"])
    ends = np.concatenate([c.get_segments() for c in ax.collections])[:, :, 0]
    np.testing.assert_allclose(np.sort(ends[:, 0]), np.sort(table["conf_low"]))
    np.testing.assert_allclose(np.sort(ends[:, 1]), np.sort(table["conf_high"]))
    assert "smoke = 0" in words(ax)
    assert ax.get_xlabel() == "Probability"


def vertical_lines(ax):
    """Where lines run from the foot of the Axes to their head."""
    return [drawn.get_xdata()[0] for drawn in ax.get_lines() if list(drawn.get_ydata()) == [0, 1]]


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_pages_and_pictures_of_effects_say_the_level_of_their_limits(level):
    fit = gl.logit("low ~ age + smoke*ht + C(race)", BIRTHS)
    drawn = [
        gl.margins(fit, "age", level=level),
        gl.comparisons(fit, "smoke", level=level),
        gl.predictions(fit, by="race", level=level),
        gl.pairwise(fit, "race", level=level),
        gl.contrasts(fit, "10*age", level=level),
        gl.effective_dose(fit, "age", 0.3, level=level),
    ]
    for effects in drawn:
        assert f"{100 * level:g}% CI" in str(effects)
        assert f"[{100 * level:g}% CI]" in words(effects.plot())
        plt.close("all")
    assert f"{100 * level:g}% CI" in str(gl.interaction(fit, "smoke", "ht", level=level))


def test_names_of_levels_keep_apart_beside_a_legend():
    births = BIRTHS.assign(smoke=np.where(BIRTHS["smoke"], "smoked in this pregnancy", "did not smoke in it"))
    names = {"white": "White", "black": "Black or African American", "other": "Other, or not stated"}
    fit = gl.logit("low ~ C(race)*smoke", births, labels={"race": names})
    ax = gl.interaction_plot(fit, "race", "smoke", width="page")
    ax.figure.canvas.draw()
    boxes = [text.get_window_extent() for text in ax.get_xticklabels()]
    assert all(a.x1 < b.x0 for a, b in itertools.pairwise(boxes))


def test_rows_of_effects_keep_their_scale():
    fit = gl.logit("low ~ age + smoke + C(race)", BIRTHS)
    ratios = fit.comparisons("smoke", "risk_ratio").plot()
    assert ratios.get_xscale() == "log"
    assert 1.0 in vertical_lines(ratios)
    slopes = fit.margins().plot()
    assert 0.0 in vertical_lines(slopes)
    assert "race, black − white" in words(slopes)
    assert slopes.get_xlabel() == "Change in probability"
    assert ratios.get_xlabel() == "Risk ratio (log scale)"
    with pytest.raises(DataError, match="several scales"):
        fit.comparisons("smoke", ["risk_difference", "risk_ratio"]).plot()
    with pytest.raises(DataError, match="cannot be told apart"):
        gl.predictions(fit, at={"age": list(range(14, 45)), "smoke": [0, 1]}).plot()
