"""Pictures of how good a model is, by the name of their kind: those of the verbs' results, with the verbs' options."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")
from matplotlib import pyplot as plt

import glmlogit as gl
from glmlogit.errors import DataError

BIRTHS = gl.datasets.birthwt()
VERBS = {
    "roc": (gl.roc, {"interval": "logit"}),
    "precision_recall": (gl.precision_recall, {"method": "step"}),
    "calibration": (gl.calibration, {"resampling": "none", "method": "quantile"}),
    "thresholds": (gl.thresholds, {"resampling": "none", "criterion": "closest", "replicates": 20}),
    "decision": (gl.decision_curve, {"thresholds": [0.1, 0.2, 0.3]}),
    "gain": (gl.gain, {}),
}


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def drawn(ax):
    return [line.get_xydata() for line in ax.get_lines()]


@pytest.mark.parametrize("kind", VERBS)
def test_the_picture_is_that_of_the_verb(kind):
    verb, options = VERBS[kind]
    fit = gl.logit("low ~ age + lwt + smoke", BIRTHS)
    ax = plt.figure().add_subplot()
    assert fit.plot(kind, ax=ax, **options) is ax
    expected = drawn(verb(fit, **options).plot())
    assert len(expected) > 0
    for ours, theirs in zip(drawn(ax), expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_new_rows_and_their_weights():
    fit = gl.logit("low ~ age + lwt", BIRTHS[::2])
    new = BIRTHS[1::2].assign(twice=2)
    ours, theirs = fit.plot("roc", data=new, weights="twice"), gl.roc(fit, new, weights="twice").plot()
    assert ours.get_legend_handles_labels()[1] == theirs.get_legend_handles_labels()[1]


@pytest.mark.parametrize("kind", VERBS)
def test_options_that_the_verb_does_not_take(kind):
    fit = gl.logit("low ~ age", BIRTHS)
    with pytest.raises(DataError, match=f"a plot of kind '{kind}'"):
        fit.plot(kind, smooth=True)
    with pytest.raises(DataError, match=f"a plot of kind '{kind}'"):
        fit.plot(kind, "age")
