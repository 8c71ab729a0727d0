"""Every result that prints is drawn, or says here why it is not; none is drawn by pandas by accident."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.documents.paged import Paged
from glmlogit.documents.write import Written
from glmlogit.errors import UnsupportedError

# Results without a picture, and where the picture of their subject is.
NOT_DRAWN = {
    "AssociationMeasures": "numbers of one ranking: gl.roc(fit).plot() draws it",
    "Check": "a page of verdicts, each with a picture of its own: fit.plot('binned'), fit.plot('influence')",
    "Dispersion": "one number; fit.plot('half_normal') shows what it measures",
    "FractionalPolynomials": "gl.effect_plot(result.fit, 'x') draws the chosen curve",
    "GoodnessOfFit": "a test; fit.plot('binned') and gl.calibration(fit).plot() show where a model departs",
    "Interpretation": "sentences; gl.forest_plot(fit) and gl.risk_plot draw their numbers",
    "Linearity": "tests; fit.plot('partial', 'x') shows what they find",
    "MulticlassAuc": "pairs of levels; gl.roc(y=y == level, p=p) draws each",
    "Power": "one number",
    "PriorCorrection": "a shift of the intercept; gl.effect_plot draws the curves it shifts",
    "Recalibration": "a map of probabilities; gl.calibration before and after shows what it does",
    "RocTest": "curves of both go into one Axes: gl.roc(a).plot(ax), gl.roc(b).plot(ax)",
    "SampleSize": "one number",
    "SeparationReport": "names what is separated; gl.forest_plot(fit) has arrows there",
    "Selection": "gl.forest_plot(result.fit) draws the chosen model",
    "TestResult": "one test",
    "Validation": "numbers of two programs, side by side to eight digits",
}


def _subclasses(kind):
    for child in kind.__subclasses__():
        yield child
        yield from _subclasses(child)


def results():
    for module in pkgutil.walk_packages(gl.__path__, "glmlogit."):
        if "sklearn" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    return {kind.__name__: kind for kind in (*_subclasses(Paged), gl.Effects, gl.Profile)
            if kind.__module__.startswith("glmlogit.") and not inspect.isabstract(kind)}  # fmt: skip


RESULTS = results()


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_is_drawn_or_says_why_not(name):
    drawn = inspect.isfunction(RESULTS[name].__dict__.get("plot"))
    assert drawn != (name in NOT_DRAWN), "give it a plot(ax=None, *, width=None), or a reason in NOT_DRAWN"


@pytest.mark.parametrize("name", [name for name in RESULTS if name not in NOT_DRAWN])
def test_plots_take_axes_and_a_width(name):
    parameters = inspect.signature(RESULTS[name].plot).parameters
    assert list(parameters)[1] == "ax"
    assert parameters["ax"].default is None
    assert parameters["width"].kind is inspect.Parameter.KEYWORD_ONLY


def test_reasons_are_of_results_that_exist():
    assert not NOT_DRAWN.keys() - RESULTS.keys()


def test_no_frame_of_ours_is_drawn_by_pandas():
    fit = gl.logit("low ~ age + smoke", gl.datasets.birthwt())
    for frame in (gl.drop1(fit), gl.anova(fit)):
        assert isinstance(frame, Written)
        with pytest.raises(UnsupportedError, match="no picture of its own"):
            frame.plot()
    assert isinstance(pd.DataFrame(gl.drop1(fit)).plot, type(pd.DataFrame().plot))
