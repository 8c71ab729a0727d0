"""Contours over two variables: numbers of ``predict``, lines where the coefficients put them, on axes of any size."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")
from evaluation_models import fitted
from matplotlib import pyplot as plt
from matplotlib.contour import ContourSet
from softmax import softmax

import glmlogit as gl
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.estimate.estimate import Estimate
from glmlogit.estimate.solved import Solved
from glmlogit.fitting.control import Control
from glmlogit.fitting.maximise import maximise
from glmlogit.plots import probability_surface as surfaces

BIRTHS = gl.datasets.birthwt()
NAMES = ("light", "middle", "heavy")
# Edges of the contours are interpolated on a grid of 101 points.
GRID = 0.01


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def several():
    weight = np.digitize(BIRTHS["bwt"], [2500, 3300])
    rows = gl.design("low ~ age + lwt + smoke", BIRTHS)
    likelihood = softmax(rows.X, np.array(NAMES)[weight], NAMES, rows.names)
    return Estimate(Solved(rows, maximise(likelihood, None, Control())), "Softmax", "model", 0.95, Control())


def caption(ax) -> str:
    return " ".join(ax.texts[-1].get_text().split())


def thick(ax) -> np.ndarray:
    """Points of the lines of the decision."""
    lines = [c for c in ax.collections if isinstance(c, ContourSet) and max(c.get_linewidths(), default=0) > 1.5]
    return np.concatenate([path.vertices for line in lines for path in line.get_paths()])


def points(ax, label):
    (drawn,) = (c for c in ax.collections if c.get_label() == label)
    return np.asarray(drawn.get_offsets())


@pytest.mark.parametrize("formula", ["low ~ age + lwt + C(race) + smoke", "low ~ bs(age, 4)*lwt + race"])
def test_the_surface_is_what_predict_says(formula):
    fit = gl.logit(formula, BIRTHS)
    surface = surfaces.probability_surface(fit, "age", "lwt", {"race": "black"}, 7)
    grid = gl.reference_grid(fit, {"race": "black", "lwt": surface.y.tolist(), "age": surface.x.tolist()})
    np.testing.assert_array_equal(surface.probabilities[1].ravel(), fit.predict(grid))
    np.testing.assert_allclose(surface.probabilities.sum(axis=0), 1.0, rtol=1e-15)
    assert (surface.x[[0, -1]] == [14, 45]).all()


@pytest.mark.parametrize("threshold", [0.2, 0.3])
def test_the_line_is_where_the_log_odds_are_those_of_the_threshold(threshold):
    fit = gl.logit("low ~ age + lwt", BIRTHS)
    line = thick(gl.decision_boundary(fit, "age", "lwt", threshold=threshold))
    eta = fit.params["Intercept"] + line @ fit.params[["age", "lwt"]].to_numpy()
    np.testing.assert_allclose(1 / (1 + np.exp(-eta)), threshold, atol=1e-4)
    assert np.ptp(line[:, 0]) > 5


def test_what_is_held_where_is_told():
    ax = gl.decision_boundary(gl.logit("low ~ age + lwt + race + smoke + ptl", BIRTHS), "age", "lwt")
    said = caption(ax).replace("\u00a0", " ")
    assert "Held at race = white, smoke = 0 (most frequent); ptl = 0.1958 (mean)." in said
    assert "Points: the rows, with values of their own there." in said
    assert "All are below the threshold of 0.5." in said
    alone = gl.decision_boundary(gl.logit("low ~ age + lwt", BIRTHS), "age", "lwt")
    assert "Held" not in caption(alone)
    assert caption(alone).endswith("Points: the rows.")


def test_captions_of_effects_say_most_frequent_of_numbers_that_are_0_and_1():
    ax = gl.effect_plot(gl.logit("low ~ age + smoke", BIRTHS), "age")
    assert "smoke = 0 (most frequent)" in caption(ax).replace("\u00a0", " ")


def test_captions_name_the_population_of_class_weights():
    fit = gl.logit("low ~ age + lwt * smoke", BIRTHS, class_weight="balanced")
    drawn = (
        fit.plot("effect", "age"),
        gl.decision_boundary(fit, "age", "lwt"),
        gl.interaction_plot(fit, "lwt", "smoke"),
    )
    for ax in drawn:
        said = " ".join(text.get_text() for text in (*ax.texts, *ax.figure.texts)).replace("\n", " ")
        assert "For a population with 50 % events (class weights: balanced)." in said


def test_rows_by_their_outcome():
    fit = gl.logit("low ~ age + lwt", BIRTHS)
    ax = gl.decision_boundary(fit, "age", "lwt")
    for value in (0, 1):
        part = BIRTHS.loc[BIRTHS["low"] == value, ["age", "lwt"]].to_numpy()
        np.testing.assert_array_equal(points(ax, f"low = {value}"), part)
    bare = gl.decision_boundary(fit, "age", "lwt", rows=False)
    assert bare.get_legend() is None
    assert "Points" not in caption(bare)


def test_grouped_rows_are_both_where_both_were_seen():
    table = BIRTHS.groupby(["age", "smoke"], as_index=False).agg(low=("low", "sum"), n=("low", "size"))
    fit = gl.logit("low ~ age + smoke", table, trials="n")
    ax = gl.decision_boundary(fit, "age", "smoke")
    assert len(points(ax, "event")) == (table["low"] > 0).sum()
    assert len(points(ax, "no event")) == (table["low"] < table["n"]).sum()


def test_many_rows_are_some_of_them():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(700, 2))
    fit = gl.logit(gl.design_arrays((rng.random(700) < 0.4) * 1, x, names=["a", "b"]))
    ax = gl.decision_boundary(fit, "a", "b")
    assert sum(len(points(ax, text)) for text in ("y = 0", "y = 1")) == 500
    assert "500 of 700 rows, drawn at random" in caption(ax)


def test_separated_rows_have_probabilities_of_0_and_1():
    frame = {"y": [0, 0, 0, 1, 1, 1.0], "x": [1, 2, 3, 4, 5, 6.0], "z": [2, 1, 3, 1, 2, 3.0]}
    with pytest.warns(gl.errors.SeparationWarning):
        fit = gl.logit("y ~ x + z", frame)
    ax = gl.decision_boundary(fit, "x", "z", points=11)
    assert "White: the data do not determine the probability." in caption(ax)


def test_several_outcomes_have_regions():
    fit = several()
    surface = surfaces.probability_surface(fit, "age", "lwt", {}, 31)
    B = fit.params.to_numpy().reshape(2, 4)
    age, lwt = np.meshgrid(surface.x, surface.y)
    eta = np.stack([np.zeros_like(age), *(b[0] + b[1] * age + b[2] * lwt for b in B)])
    np.testing.assert_allclose(surface.probabilities, np.exp(eta) / np.exp(eta).sum(axis=0), rtol=1e-12)
    ax = gl.decision_boundary(fit, "age", "lwt")
    eta = [np.zeros(len(thick(ax))), *(b[0] + thick(ax) @ b[1:3] for b in B)]
    top = np.sort(np.exp(eta) / np.exp(eta).sum(axis=0), axis=0)
    inside = np.abs(top[-1] - top[-2]) < GRID
    assert inside.mean() > 0.9
    assert {text.get_text() for text in ax.texts} >= {"light", "middle", "heavy"}
    assert "the rows do not hold them" in caption(ax)
    with pytest.raises(UnsupportedError, match="threshold= is of two outcomes"):
        gl.decision_boundary(fit, "age", "lwt", threshold=0.3)


def test_several_outcomes_that_rows_hold_have_a_marker_each(monkeypatch):
    fit, codes = several(), np.digitize(BIRTHS["bwt"], [2500, 3300])
    present = codes[:, None] == np.arange(3)
    monkeypatch.setattr(surfaces, "_present", lambda *_: present)
    ax = gl.decision_boundary(fit, "age", "lwt")
    assert [len(points(ax, name)) for name in NAMES] == present.sum(axis=0).tolist()


@pytest.mark.parametrize(
    ("x", "y", "options", "message"),
    [
        ("age", "race", {}, "race is a factor, and contours need two numbers"),
        ("age", "age", {}, "over two variables"),
        ("age", "nix", {}, "'nix' is no variable of the model"),
        ("age", "lwt", {"at": {"age": 20}}, "on an axis"),
        ("age", "lwt", {"at": {"smoke": [0, 1]}}, "several values"),
        ("age", "lwt", {"at": {"race": "green"}}, "no level 'green'"),
        ("age", "lwt", {"threshold": 1.0}, "between 0 and 1"),
        ("age", "lwt", {"threshold": "low"}, "between 0 and 1"),
        ("age", "lwt", {"points": 1}, "two points a side"),
    ],
)
def test_errors(x, y, options, message):
    with pytest.raises((DataError, UnsupportedError), match=message):
        gl.decision_boundary(fitted("birthwt"), x, y, **options)


@pytest.mark.parametrize("make", [lambda: fitted("birthwt"), several], ids=["two", "several"])
def test_axes_in_axes_out_at_the_width_of_a_column(make):
    figure, ax = plt.subplots(figsize=(3.3, 3.3), layout="constrained")
    assert gl.plot(make(), "boundary", "age", "lwt", ax=ax) is ax
    figure.canvas.draw()
    box, legend = figure.bbox, ax.get_legend()
    for text in [ax.xaxis.label, ax.yaxis.label, ax.texts[-1], *(legend.get_texts() if legend else [])]:
        extent = text.get_window_extent()
        assert extent.x0 >= box.x0 - 1 and extent.x1 <= box.x1 + 1 and extent.y0 >= box.y0 - 1  # noqa: PT018
