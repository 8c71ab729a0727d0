"""Pictures of results are of their numbers; files keep text as text and say what they show."""

from __future__ import annotations

import io
import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.errors import DataError

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
from matplotlib import pyplot as plt  # noqa: E402

BIRTH = gl.datasets.load("birthwt")


@pytest.fixture(scope="module")
def fit():
    return gl.logit("low ~ age + C(race) + smoke", BIRTH)


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def marks(ax, label="_estimates"):
    return [x for line in ax.get_lines() if line.get_label() == label for x in line.get_xdata()]


def words(ax):
    return " | ".join(text.get_text() for text in ax.texts)


def test_a_table_is_drawn_with_its_counts_and_labels():
    table = gl.table("low ~ age + C(race) + smoke", BIRTH)
    own = table.frame[~table.frame["reference"]]
    for ax in (table.plot(), gl.forest_plot(table)):
        np.testing.assert_array_equal(marks(ax, "Crude"), own["crude_odds_ratio"])
        np.testing.assert_array_equal(marks(ax, "Adjusted"), own["adjusted_odds_ratio"])
        assert "Events/n" in words(ax)
        assert "11/26" in words(ax)


def test_a_table_of_several_outcomes_is_drawn():
    table = gl.table("race ~ age + smoke", BIRTH, estimator=gl.multinomial)
    ax = table.plot()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "Crude, black",
        "Crude, other",
        "Adjusted, black",
        "Adjusted, other",
    ]


def test_compared_models_stand_side_by_side(fit):
    small = gl.logit("low ~ age", BIRTH)
    compared = gl.compare({"small": small, "big": fit}, resampling="none")
    ax = gl.forest_plot(compared)
    assert marks(ax, "small") == small.odds_ratios()["odds_ratio"].tolist()
    np.testing.assert_array_equal(sorted(marks(compared.plot())), sorted(compared.table["delta_aic"]))


def test_effects_subgroups_and_many_models_are_drawn(fit):
    margins = gl.margins(fit)
    ax = gl.forest_plot(margins, width="column")
    np.testing.assert_array_equal(marks(ax), margins["estimate"])
    assert ax.get_xscale() == "linear"
    assert gl.forest_plot(gl.subgroups("low ~ smoke", BIRTH, "smoke", "race")).get_xscale() == "log"
    assert gl.forest_plot(gl.many("low", ["smoke", "ht"], "age", BIRTH)).get_xscale() == "log"


def published(column="risk_difference", **columns):
    numbers = {column: [0.1, -0.2, np.nan], "conf_low": [0.0, -0.3, np.nan], "conf_high": [0.2, -0.1, np.nan]}
    names = {"label": ["A", "B", "C"], "group": ["old", "old", None], "events": [4, 5, 6], "n": [40, 1500, 60]}
    return pd.DataFrame({**names, **numbers, "reference": [False, False, True], **columns})


def test_published_differences_have_a_linear_axis_and_counts():
    ax = gl.forest_plot(published())
    assert ax.get_xscale() == "linear"
    assert ax.get_xlabel() == "Risk difference"
    assert marks(ax) == [0.1, -0.2]
    assert marks(ax, "_references") == [0.0]
    assert {"old", "    A", "4/40", "5/1,500", "Risk difference [CI]", "0.100 [0.000, 0.200]", "0 (reference)"} <= {
        text.get_text() for text in ax.texts
    }
    low, high = ax.get_xlim()
    assert low < -0.3 < 0.2 < high


def test_measures_without_a_common_axis_are_refused():
    ratios = pd.DataFrame({"hazard_ratio": [2.0], "conf_low": [1.0], "conf_high": [4.0]}, index=["x"])
    assert gl.forest_plot(ratios).get_xlabel() == "Hazard ratio (log scale)"
    with pytest.raises(DataError, match=r"Hazard ratio, Risk difference have no axis in common"):
        gl.forest_plot({"a": ratios, "b": published()})
    with pytest.raises(DataError, match="lacks column odds_ratio"):
        gl.forest_plot(pd.DataFrame({"estimate": [2.0], "conf_low": [1.0], "conf_high": [4.0]}))


def test_tables_of_counts_are_drawn():
    two = gl.two_by_two(BIRTH, "low", "smoke")
    assert marks(two.plot()) == two.measures.loc[["odds_ratio", "risk_ratio"], "estimate"].tolist()
    strata = gl.two_by_two(BIRTH, "low", "smoke", strata="race")
    assert marks(strata.plot()) == [
        *strata.strata["odds_ratio"],
        *strata.measures.loc[["odds_ratio", "mh_odds_ratio"], "estimate"],
    ]
    several = gl.two_by_k(BIRTH, "low", "race")
    ax = several.plot()
    assert marks(ax) == several.measures.xs("odds_ratio", level="measure")["estimate"].tolist()
    assert marks(ax, "_references") == [1.0]
    assert "race = white" in words(ax)


def test_trends_cuts_and_shares_are_drawn(fit):
    esoph = gl.logit("cbind(ncases, ncontrols) ~ agegp + alcgp", gl.datasets.esoph())
    trend = gl.trend(esoph, "alcgp")
    assert marks(trend.plot()) == trend.frame["odds_ratio"].tolist()
    brant = gl.brant(gl.ordinal("visits ~ age + smoke", BIRTH.assign(visits=BIRTH["ftv"].clip(upper=2))))
    cut = str(brant.odds_ratios.columns[0])
    assert marks(brant.plot(), cut) == brant.odds_ratios.iloc[:, 0].tolist()
    decided = gl.classification(fit)
    assert marks(decided.plot())[:2] == decided.table.loc[["sensitivity", "specificity"], "estimate"].tolist()
    rest = gl.one_vs_rest("race ~ age", BIRTH)
    assert marks(rest.plot(), "black") == [rest.odds_ratios().loc[("black", "age"), "odds_ratio"]]


def test_standardised_differences_are_a_love_plot():
    one = gl.characteristics(BIRTH[["age", "race", "smoke", "low"]], by="low")
    ax = one.plot()
    np.testing.assert_allclose(ax.get_lines()[0].get_xdata(), one.differences["smd"].abs())
    assert [text.get_text() for text in ax.get_yticklabels()] == ["age", "race", "smoke"]


def test_diagnostics_draw_what_plots_of_the_fit_draw(fit):
    pairs = [
        (gl.binned_residuals(fit).plot(), fit.plot("binned")),
        (gl.half_normal(fit, replications=3).plot(), fit.plot("half_normal", replications=3)),
        (gl.influence(fit).plot(against="probability"), fit.plot("influence", against="probability")),
    ]
    for own, of_fit in pairs:
        assert own.alt_text == of_fit.alt_text
        np.testing.assert_array_equal(own.collections[-1].get_offsets(), of_fit.collections[-1].get_offsets())


def test_alt_text_says_what_is_shown(fit):
    forest = gl.forest_plot(fit)
    assert forest.alt_text.startswith("Forest plot of 4 rows: age 0.966 [0.905, 1.031]; black ")
    assert forest.alt_text.endswith("Odds ratio (log scale).")
    curve = gl.effect_plot(fit, "age", by="race")
    assert curve.alt_text.startswith("Probability of low = 1 against age. Shown are white, black, other. 95% pointwise")
    curve.clear()
    assert gl.effect_plot(fit, "smoke", ax=curve).alt_text.startswith("Probability of low = 1 against smoke.")


@pytest.mark.parametrize("suffix", ["svg", "pdf", "png"])
def test_files_hold_text_and_its_description(fit, tmp_path, suffix):
    ax = gl.forest_plot(fit, width="column")
    path = tmp_path / f"forest.{suffix}"
    gl.save_figure(ax, path)
    first = path.read_bytes()
    assert b"Forest plot of 4 rows" in first
    if suffix == "svg":
        assert ">Odds ratio [95% CI]</text>" in first.decode()
    if suffix == "pdf":
        assert b"/Type3" not in first
        assert b"/CIDFontType2" in first
    if suffix == "png":
        from PIL import Image

        with Image.open(path) as picture:
            assert picture.info["Description"] == ax.alt_text
            assert picture.size[0] == pytest.approx(85 / 25.4 * 300, abs=1)
    gl.save_figure(ax.figure, tmp_path / f"again.{suffix}")
    assert (tmp_path / f"again.{suffix}").stat().st_size == pytest.approx(path.stat().st_size, rel=0.02)


def test_results_write_their_pictures(tmp_path):
    table = gl.table("low ~ age + smoke", BIRTH)
    table.write(tmp_path / "table.svg")
    assert "Adjusted" in (tmp_path / "table.svg").read_text("utf-8")
    gl.two_by_two(BIRTH, "low", "smoke").write(tmp_path / "two.png")
    assert (tmp_path / "two.png").read_bytes().startswith(b"\x89PNG")


def test_what_cannot_be_saved(fit, tmp_path):
    ax = gl.forest_plot(fit)
    with pytest.raises(DataError, match="no suffix of a picture"):
        gl.save_figure(ax, tmp_path / "a.docx")
    with pytest.raises(DataError, match="is no picture"):
        gl.save_figure(fit, tmp_path / "a.png")
    with pytest.raises(DataError, match="dots per inch"):
        gl.save_figure(ax, tmp_path / "a.png", dpi=0)
    with pytest.raises(DataError, match="cannot write"):
        gl.save_figure(ax, tmp_path / "none" / "a.png")


def marked_ticks(ax):
    ax.figure.canvas.draw()
    return {text.get_text() for axis in (ax.xaxis, ax.yaxis) for text in axis.get_ticklabels()}


def test_a_plot_of_a_result_takes_a_style(fit):
    curve = gl.roc(fit)
    assert "0.2" in marked_ticks(curve.plot())
    drawn = (curve.plot(style="lancet"), curve.styled(style="lancet").plot(), fit.plot("roc", style="lancet"))
    assert all("0·2" in marked_ticks(ax) for ax in drawn)
    assert curve.plot(language="de").get_xlabel() == "1 − Spezifität"
    spline = gl.logit("low ~ rcs(lwt, 4)", BIRTH)
    assert "0·5" in marked_ticks(gl.odds_ratio_curve(spline, "lwt").plot(style="lancet"))
    with pytest.raises(gl.errors.ArgumentError, match="did you mean style="):
        curve.plot(styl="jama")
    with pytest.raises(DataError, match="style='x' is not known"):
        fit.plot("influence", style="x")


def test_a_plot_of_effects_takes_labels_and_decimals(fit):
    text = words(fit.margins().plot(style="jama", labels={"age": "Age of the mother"}))
    assert "Age of the mother" in text
    assert "Age of the mother" not in words(fit.margins().plot())


def test_a_page_of_the_documentation_says_what_its_pictures_show(fit, monkeypatch):
    pylabtools = pytest.importorskip("IPython.core.pylabtools")
    image = pytest.importorskip("PIL.Image")
    monkeypatch.setattr(pylabtools, "print_figure", pylabtools.print_figure)
    runpy.run_path(str(Path(__file__).parents[2] / "docs" / "kernel.py"))
    ax = fit.plot("forest")
    with image.open(io.BytesIO(pylabtools.print_figure(ax.figure))) as picture:
        assert picture.info["Description"] == ax.alt_text
