"""Pictures of residuals and influence: what is drawn is what the tables say, on axes of one's own, at any size."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")
from evaluation_models import difference, entries, fitted
from matplotlib import pyplot as plt

import glmlogit as gl
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.scoring.lowess import lowess

KINDS = {
    "binned": lambda fit, ax: fit.plot("binned", ax=ax),
    "residual": lambda fit, ax: fit.plot("residual", ax=ax),
    "partial": lambda fit, ax: fit.plot("partial", "age", ax=ax),
    "half_normal": lambda fit, ax: fit.plot("half_normal", replications=3, ax=ax),
    "influence": lambda fit, ax: fit.plot("influence", ax=ax),
}


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def offsets(ax) -> np.ndarray:
    return np.concatenate([np.asarray(c.get_offsets()) for c in ax.collections if len(c.get_offsets())])


@pytest.mark.parametrize("key", [k for k, e in entries("1_diagnostics").items() if "lowess" in e["quantity"]])
def test_smooth_lines_are_those_of_lowess_in_r(key):
    entry = entries("1_diagnostics")[key]
    fit = fitted(entry["model"])
    x = fit.rows.matrix.column(1)
    at, line = lowess(x, gl.residuals(fit, "partial")["age"].to_numpy())
    ordered = np.sort(x)
    places = ordered[[0, len(x) // 2 - 1, -1]]
    assert difference("1_diagnostics", key, [*places, *np.interp(places, at, line)]) <= 1


@pytest.mark.parametrize("kind", KINDS)
def test_axes_in_axes_out_at_the_width_of_a_column(kind):
    figure, ax = plt.subplots(figsize=(3.3, 2.9), layout="constrained")
    assert KINDS[kind](fitted("birthwt"), ax) is ax
    figure.canvas.draw()
    assert ax.get_xlabel()
    assert ax.get_ylabel()
    box = figure.bbox
    for text in [ax.xaxis.label, ax.yaxis.label, *ax.texts]:
        extent = text.get_window_extent()
        assert extent.x0 >= box.x0 - 1 and extent.x1 <= box.x1 + 1 and extent.y0 >= box.y0 - 1  # noqa: PT018
    assert KINDS[kind](fitted("birthwt"), None).figure is not figure


def test_points_are_those_of_the_tables():
    fit = fitted("icu")
    table = gl.binned_residuals(fit).table
    drawn = offsets(fit.plot("binned"))
    assert sorted(drawn[:, 1].tolist()) == pytest.approx(sorted(table["residual"]))
    influence = gl.influence(fit).table
    drawn = offsets(fit.plot("influence"))
    assert sorted(drawn[:, 0].tolist()) == pytest.approx(sorted(influence["hat"]))
    against = offsets(fit.plot("influence", against="probability"))
    assert sorted(against[:, 1].tolist()) == pytest.approx(sorted(influence["delta_chi2"]))
    envelope = gl.half_normal(fit, replications=3, seed=2).table
    drawn = offsets(fit.plot("half_normal", replications=3, seed=2))
    assert drawn[-len(envelope) :, 1].tolist() == pytest.approx(envelope["residual"].tolist())
    residual = offsets(fit.plot("residual", "pearson"))
    assert sorted(residual[:, 1].tolist()) == pytest.approx(sorted(gl.residuals(fit, "pearson")))


def test_the_most_influential_are_named():
    names = [text.get_text() for text in fitted("vaso").plot("influence").texts]
    assert {"3", "17"} <= set(names)
    patterns = fitted("birthwt").plot("influence", by="pattern", against="probability")
    assert "covariate patterns" in patterns.texts[-1].get_text().replace("\n", " ")


@pytest.mark.filterwarnings("ignore::glmlogit.errors.SeparationWarning")
def test_separated_fits_are_drawn_without_the_rows_predicted_perfectly():
    fit = gl.logit("HG ~ NV + PI + EH", gl.datasets.load("endometrial"))
    for kind in ("binned", "residual", "half_normal", "influence"):
        assert fit.plot(kind).get_xlabel()
    with pytest.raises(DataError, match="infinite"):
        fit.plot("partial", "NV")


def test_what_is_no_picture():
    fit = fitted("icu")
    for call in (
        lambda: fit.plot("partial", "weight"),
        lambda: fit.plot("residual", "partial"),
        lambda: fit.plot("binned", "weight"),
        lambda: fit.plot("influence", against="hat"),
        lambda: fit.plot("leverage"),
        lambda: fit.plot("half_normal", replications=0),
    ):
        with pytest.raises(DataError):
            call()
    with pytest.raises(UnsupportedError, match="exact=True"):
        gl.firth("low ~ age", gl.datasets.load("birthwt")).plot("influence")
