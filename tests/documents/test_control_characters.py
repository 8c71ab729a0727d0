"""Control characters in names, levels and titles are shown as escapes, wherever text leaves the package."""

from __future__ import annotations

import json
import pickle
import re
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import glmlogit as gl
from glmlogit.errors import DataError, GlmlogitError, GlmlogitWarning
from glmlogit.messages.notes import Note

RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
NASTY = {
    "escape": "a\x1b[31mred",
    "line break": "a\nb",
    "carriage return": "a\r\nb",
    "tab": "a\tb",
    "zero": "a\x00b",
    "form feed": "a\x0b\x0cb",
    "bell and delete": "a\x07\x7fb",
    "C1": "a\x85\x9bb",
    "right to left": "a\u202eb\u2066c",
    "line separator": "a\u2028b",
    "all of these": "a\x1b[31m\x00\x0b\x0c\n\tz\u202e",
    "all of those": "a\r\nb\x07\x7f\x85\x9b\u2066z\u2028",
}
# The last two hold all characters of the others.
BAD = [pytest.param(bad, id=name, marks=[] if "all" in name else pytest.mark.slow) for name, bad in NASTY.items()]
N = 120


def frame(bad: str) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "y": np.where(rng.permutation(np.arange(N) % 2) == 1, f"y{bad}", f"n{bad}"),
            "x": rng.normal(size=N),
            bad: rng.normal(size=N),
            "g": rng.choice(["l1", f"l2{bad}", f"l3{bad}"], N),
            f"w{bad}": 1.0,
            f"c{bad}": np.arange(N) % 20,
            "z": rng.integers(0, 2, N),
        }
    )


def formula(bad: str) -> str:
    return f"y ~ x + `{bad}` + g"


def outputs(bad: str, folder):
    """Name and text of everything that can be printed or written."""
    data = frame(bad)
    fit = gl.logit(formula(bad), data, weights=f"w{bad}")
    clustered = gl.logit(formula(bad), data, cluster=f"c{bad}")
    yield from {
        "repr": lambda: repr(fit),
        "design": lambda: repr(fit.design),
        "summary": lambda: str(fit.summary()),
        "clustered": lambda: str(clustered.summary()),
        "notes": lambda: " ".join(map(str, (*fit.notes, *clustered.notes))),
        "markdown": lambda: fit.summary().to_markdown(),
        "latex": lambda: fit.summary().to_latex(),
        "html": lambda: fit.summary().to_html(),
        "table": lambda: str(gl.table(formula(bad), data)),
        "table in HTML": lambda: gl.table(formula(bad), data)._repr_html_(),
        "margins": lambda: str(fit.margins()),
        "pairwise": lambda: str(gl.pairwise(fit, "g")),
        "contrasts": lambda: str(gl.contrasts(fit, "x")),
        "words": lambda: str(fit.interpret()) + fit.interpret()._repr_html_(),
        "test": lambda: str(fit.test(f"`{bad}` = 0")),
        "2x2": lambda: str(gl.two_by_two(data, "y", "z", strata="g")),
        "2x2 in HTML": lambda: gl.two_by_two(data, "y", "z", strata="g")._repr_html_(),
    }.items()
    for suffix in ("txt", "md", "html", "csv", "json", "tex"):
        path = folder / f"report.{suffix}"
        fit.report(path)
        yield suffix, path.read_text("utf-8")
        gl.table(formula(bad), data).write(path)
        yield f"table.{suffix}", path.read_text("utf-8")


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.filterwarnings("ignore")
def test_no_output_holds_a_control_character(bad, tmp_path):
    count = 0
    for name, text in outputs(bad, tmp_path):
        shown = text if isinstance(text, str) else text()
        found = RAW.search(shown)
        assert found is None, (name, shown[max(0, found.start() - 40) : found.start() + 20])
        count += 1
    assert count == 29


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.filterwarnings("ignore")
def test_word_excel_json_and_figures_take_any_name(bad, tmp_path):
    data = frame(bad)
    fit = gl.logit(formula(bad), data)
    for suffix, module in (("docx", "docx"), ("xlsx", "openpyxl")):
        pytest.importorskip(module)
        fit.report(tmp_path / f"fit.{suffix}")
        gl.table(formula(bad), data).write(tmp_path / f"table.{suffix}")
    fit.report(tmp_path / "fit.json")
    found = json.loads((tmp_path / "fit.json").read_text("utf-8"))["models"][0]
    assert bad in {row["term"] for row in found["coefficients"]}  # what a program reads is exact
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for ax in (gl.forest_plot(fit), gl.effect_plot(fit, bad), gl.effect_plot(fit, "g")):
            ax.figure.savefig(tmp_path / "figure.png")
            matplotlib.pyplot.close(ax.figure)


@pytest.mark.parametrize("bad", NASTY.values(), ids=NASTY)
def test_messages_are_one_line_without_control_characters(bad):
    data = frame(bad)
    fit = gl.logit(formula(bad), data, event=f"y{bad}")
    calls = {
        "no column": lambda: gl.logit(f"y ~ `no{bad}`", data),
        "near column": lambda: gl.logit("y ~ xx", data),
        "no such event": lambda: gl.logit("y ~ x", data, event=f"q{bad}"),
        "three outcomes": lambda: gl.logit("g ~ x", data),
        "unseen level": lambda: fit.predict(data.assign(g=f"new{bad}")),
        "negative weights": lambda: gl.logit("y ~ x", data.assign(**{f"w{bad}": -1.0}), weights=f"w{bad}"),
        "missing values": lambda: gl.logit(formula(bad), data.assign(**{bad: np.nan}), missing="raise"),
        "infinite values": lambda: gl.design_arrays(data.z, data[[bad]].assign(**{bad: np.inf})),
        "two of a name": lambda: gl.design_arrays(data.z, data[[bad, bad]]),
        "text for numbers": lambda: gl.design_arrays(data.z, data[["x"]].assign(**{bad: f"t{bad}"})),
        "identifiers": lambda: gl.logit(formula(bad), data.assign(g=[f"{i}{bad}" for i in range(N)])),
        "no such term": lambda: fit.test(f"`no{bad}` = 0"),
    }
    for name, call in calls.items():
        with pytest.raises(GlmlogitError) as caught:
            call()
        assert RAW.search(str(caught.value)) is None, name
        assert "\n" not in str(caught.value), name


@pytest.mark.parametrize("bad", NASTY.values(), ids=NASTY)
def test_warnings_are_one_line_without_control_characters(bad):
    data = frame(bad)
    data["double"] = 2 * data[bad]
    data["alone"] = np.where(data.y == f"y{bad}", np.where(data.x > 0, f"s{bad}", "t"), "t")
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        gl.logit(f"y ~ `{bad}` + double + alone", data)
    assert len(seen) >= 2
    assert all(issubclass(warning.category, GlmlogitWarning) for warning in seen)
    for warning in seen:
        assert RAW.search(str(warning.message)) is None
        assert "\n" not in str(warning.message)


@settings(max_examples=200)
@given(st.text())
def test_errors_warnings_and_notes_hold_no_control_character(text):
    for made in (DataError(text), GlmlogitWarning(text), Note("code", text)):
        shown = str(made)
        assert RAW.search(shown) is None
        again = pickle.loads(pickle.dumps(made))
        assert str(again) == shown
    assert "\n" not in str(DataError(text))
