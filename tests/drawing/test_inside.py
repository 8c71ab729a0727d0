"""Text of pictures stays on the canvas and in its part of it, at the widths of journals' columns."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.drawing import sizes
from glmlogit.errors import DataError

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
from matplotlib import pyplot as plt  # noqa: E402

BIRTH = gl.datasets.load("birthwt")
COLUMN = 85 / 25.4
LONG = {
    "age": "Age at the last menstrual period, in completed years",
    "lwt": "Weight of the mother before this pregnancy",
    "race": "Ethnic group as stated in the interview",
}


@pytest.fixture(scope="module")
def fit():
    return gl.logit("low ~ age + lwt + C(race) + smoke + ptl", BIRTH)


@pytest.fixture(scope="module")
def separated():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", gl.errors.SeparationWarning)
        return gl.logit("HG ~ NV + PI + EH", gl.datasets.load("endometrial"))


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def drawn_texts(ax):
    """Every text of Axes that is drawn, with its box in pixels."""
    legend = ax.get_legend()
    texts = [*ax.texts, ax.title, ax.xaxis.label, ax.yaxis.label, *(legend.get_texts() if legend else [])]
    for axis in (ax.xaxis, ax.yaxis):
        low, high = sorted(axis.get_view_interval())
        texts += [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    return [(text.get_text(), text.get_window_extent()) for text in texts if text.get_text().strip()]


def outside(figure):
    """Texts beyond the canvas, by more than the pixel to which layouts round."""
    figure.canvas.draw()
    page = figure.bbox
    return [
        text
        for ax in figure.axes
        for text, box in drawn_texts(ax)
        if min(box.x0 - page.x0, box.y0 - page.y0, page.x1 - box.x1, page.y1 - box.y1) < -1
    ]


def overlapping(ax):
    boxes = [(text, box.padded(-1)) for text, box in drawn_texts(ax)]
    return [(text, other) for (text, box), (other, its) in itertools.combinations(boxes, 2) if box.overlaps(its)]


PAIRS = {
    "forest, effect": (
        lambda fit, _, ax: gl.forest_plot(fit, labels=LONG, ax=ax),
        lambda fit, _, ax: gl.effect_plot(fit, "age", by="race", ax=ax),
    ),
    "models, boundary": (
        lambda fit, _, ax: gl.forest_plot({"crude": gl.logit("low ~ smoke", BIRTH), "adjusted": fit}, ax=ax),
        lambda fit, _, ax: gl.decision_boundary(fit, "age", "lwt", ax=ax),
    ),
    "infinite, ROC": (
        lambda _, separated, ax: gl.forest_plot(separated, method="profile", ax=ax),
        lambda fit, _, ax: gl.roc(fit).plot(ax, label="A model with a long name"),
    ),
    "risk, effects": (
        lambda _, __, ax: gl.risk_plot(2.5, (1.15, 5.52), ax=ax),
        lambda fit, _, ax: gl.margins(fit).plot(ax),
    ),
    "calibration, profile": (
        lambda fit, _, ax: gl.calibration(fit, method="quantile", resampling="none").plot(ax),
        lambda fit, _, ax: gl.profile(fit, ["age", "smoke"]).plot(ax),
    ),
}


OFTEN = [*itertools.product(PAIRS, (None, "constrained")), ("calibration, profile", "tight")]
SELDOM = [(pair, "tight") for pair in PAIRS if pair != "calibration, profile"]


@pytest.mark.parametrize(("pair", "layout"), [*OFTEN, *(pytest.param(*of, marks=pytest.mark.slow) for of in SELDOM)])
def test_half_a_column_holds_every_text(fit, separated, pair, layout):
    figure, panels = plt.subplots(1, 2, figsize=(COLUMN, 3.2), layout=layout)
    for draw, ax in zip(PAIRS[pair], panels, strict=True):
        assert draw(fit, separated, ax) is ax
    assert outside(figure) == []


def test_panels_keep_to_their_halves(fit):
    figure, panels = plt.subplots(1, 2, figsize=(180 / 25.4, 4))
    for ax in panels:
        gl.forest_plot(fit, labels=LONG, ax=ax)
    assert outside(figure) == []
    middle = figure.bbox.width * sizes.part_of(panels[1])[0]
    assert max(box.x1 for _, box in drawn_texts(panels[0])) < middle
    assert min(box.x0 for _, box in drawn_texts(panels[1])) > middle


def test_tight_layout_afterwards_keeps_text_inside(fit):
    figure, panels = plt.subplots(1, 2, figsize=(COLUMN, 3))
    gl.forest_plot(fit, labels=LONG, ax=panels[0])
    gl.effect_plot(fit, "age", ax=panels[1])
    figure.tight_layout()
    assert outside(figure) == []


def test_added_axes_and_nested_grids_keep_text_inside(fit):
    figure = plt.figure(figsize=(COLUMN, 3))
    gl.forest_plot(fit, ax=figure.add_axes((0.05, 0.1, 0.9, 0.85)))
    assert outside(figure) == []
    below = plt.figure(figsize=(2 * COLUMN, 5))
    inner = below.add_gridspec(1, 2)[0, 1].subgridspec(2, 1)
    ax = gl.forest_plot(fit, ax=below.add_subplot(inner[1, 0]))
    assert outside(below) == []
    assert min(box.x0 for _, box in drawn_texts(ax)) > 0.45 * below.bbox.width


def test_what_is_changed_afterwards_is_kept_inside(fit):
    figure, ax = plt.subplots(figsize=(COLUMN, 3))
    gl.effect_plot(fit, "age", ax=ax)
    figure.canvas.draw()
    before = ax.get_position().height
    ax.set_title("Two lines\nabove the Axes")
    assert outside(figure) == []
    assert ax.get_position().height < before
    ax.set_title("")
    figure.canvas.draw()
    assert ax.get_position().height == pytest.approx(before, abs=0.01)


@pytest.mark.parametrize("width", ["column", "page", 120])
def test_figures_have_the_width_of_journals(fit, separated, width):
    millimetres = {"column": 85, "page": 180}.get(width, width)
    pictures = [
        gl.forest_plot({"crude": gl.logit("low ~ smoke", BIRTH), "adjusted": fit}, labels=LONG, width=width),
        gl.forest_plot(separated, width=width, p_values=True),
        gl.effect_plot(fit, "age", by="race", width=width),
        gl.roc(fit).plot(width=width),
    ]
    for ax in pictures:
        assert ax.figure.get_figwidth() * 25.4 == pytest.approx(millimetres)
        assert outside(ax.figure) == []
        assert overlapping(ax) == []
        smallest = min(text.get_fontsize() for text in (*ax.texts, ax.xaxis.label))
        assert 5.0 <= smallest <= 9.0


def test_forty_rows_do_not_overlap():
    rng = np.random.default_rng(5)
    ratio = np.exp(rng.normal(size=40))
    names = [f"covariate {i} with a name of several words" for i in range(40)]
    table = pd.DataFrame({"odds_ratio": ratio, "conf_low": ratio / 3, "conf_high": ratio * 3}, index=names)
    own = gl.forest_plot(table, width="column")
    assert outside(own.figure) == []
    assert overlapping(own) == []
    figure, ax = plt.subplots(figsize=(COLUMN, 4.5))
    gl.forest_plot(table, ax=ax)
    assert outside(figure) == []
    assert overlapping(ax) == []


def test_giant_and_infinite_limits_do_not_stretch_the_axis():
    table = pd.DataFrame(
        {"odds_ratio": [1.2, 2.0, np.inf], "conf_low": [1.1, 1e-9, 3.0], "conf_high": [1.4, 1e9, np.inf]},
        index=["near", "wide", "infinite"],
    )
    low, high = gl.forest_plot(table).get_xlim()
    assert 0.05 < low < 1 < high < 12


def test_what_is_no_width(fit):
    _, ax = plt.subplots()
    with pytest.raises(DataError, match="give one of them"):
        gl.forest_plot(fit, ax=ax, width="column")
    for width in ("collumn", 0, -85, np.nan, True, "85"):
        with pytest.raises(DataError, match=r"85 mm.*180 mm"):
            gl.effect_plot(fit, "age", width=width)


def test_style_sheets_are_respected(fit):
    with plt.style.context("dark_background"):
        ax = gl.effect_plot(fit, "age", by="race")
        curves = [line for line in ax.get_lines() if not line.get_label().startswith("_")]
        assert [line.get_color() for line in curves] == ["#8dd3c7", "#feffb3", "#bfbbd9"]
        assert len({str(line.get_linestyle()) for line in curves}) == 3
        (caption,) = (text for text in ax.texts if "confidence" in text.get_text())
        assert matplotlib.colors.to_rgb(caption.get_color())[0] > 0.5
    with plt.rc_context({"font.size": 14}):
        assert gl.effect_plot(fit, "age").xaxis.label.get_fontsize() == pytest.approx(1.4 * 9)
    assert gl.effect_plot(fit, "age").get_lines()[2].get_color().lower() == "#0072b2"


@pytest.mark.parametrize("points", range(20, 200, 10))
def test_a_unit_stays_in_one_line(points):
    lines = sizes.wrapped("Age in completed years (per 5), or later (per SD)", float(points), 9.0).split("\n")
    assert all(line.count("(") == line.count(")") for line in lines)


@pytest.mark.parametrize("text", ["one two three four", "    indented words here", "Übergrößenträger"])
def test_wrapped_text_keeps_its_letters(text):
    lines = sizes.wrapped(text, 40.0, 9.0, hard=True).split("\n")
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert len(lines) > 1
    assert all(sizes.wide(line, 9.0) <= 40.0 or len(line.strip()) == 1 for line in lines)
