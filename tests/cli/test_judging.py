"""``glmlogit roc`` and ``glmlogit calibration``: of a model, of new rows, and of probabilities in a file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from shell import run

import glmlogit as gl

FORMULA = "low ~ age + lwt + smoke"
BIRTHS = "dataset:birthwt"
FEW = ("--repeats", "2", "--folds", "4")


@pytest.fixture(scope="module")
def births(tmp_path_factory) -> Path:
    """Births with the probabilities of a model, one of them missing, and the outcome in words."""
    frame = gl.datasets.birthwt()
    frame["risk"] = gl.logit(FORMULA, frame).predict()
    frame.loc[3, "risk"] = np.nan
    frame = frame.assign(percent=100 * frame["risk"], words=np.where(frame["low"] == 1, "yes", "no"), twice=2)
    path = tmp_path_factory.mktemp("judged") / "births.csv"
    frame.to_csv(path, index=False)
    return path


def fit():
    return gl.logit(FORMULA, gl.datasets.birthwt())


def error_of(capsys, *args) -> str:
    code, out, err = run(capsys, *args)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    return err.removeprefix("glmlogit: ").strip()


@pytest.mark.parametrize(
    ("options", "keywords"),
    [
        (FEW, {"resampling": "cv", "repeats": 2, "folds": 4}),
        (
            (*FEW, "--interval", "logit", "--seed", "3"),
            {"interval": "logit", "resampling": "cv", "repeats": 2, "folds": 4, "seed": 3},
        ),
        (("--resampling", "bootstrap", "--replicates", "20"), {"resampling": "bootstrap", "replicates": 20}),
        (("--resampling", "none", "--interval", "newcombe", "--level", "0.9"), {"interval": "newcombe", "level": 0.9}),
    ],
)
def test_roc_is_that_of_the_fit(capsys, options, keywords):
    code, out, err = run(capsys, "roc", FORMULA, BIRTHS, *options)
    assert (code, err) == (0, "")
    assert out == f"{gl.roc(fit(), **keywords)}\n"


def test_apparent_and_out_of_fold_stand_side_by_side(capsys):
    out = run(capsys, "roc", FORMULA, BIRTHS, *FEW)[1]
    curve = gl.roc(fit(), resampling="cv", repeats=2, folds=4)
    assert curve.apparent.auc > curve.auc
    rows = {line[:16].strip(): line[16:].split() for line in out.splitlines() if line.startswith("AUC, ")}
    for name, part in (("AUC, apparent", curve.apparent), ("AUC, out of fold", curve)):
        shown = [float(cell) for cell in rows[name]]
        np.testing.assert_allclose(shown, [part.auc, part.std_error, part.conf_low, part.conf_high], atol=6e-5)


@pytest.mark.parametrize(
    ("options", "keywords"),
    [
        (FEW, {"repeats": 2, "folds": 4}),
        (
            ("--resampling", "none", "--method", "quantile", "--groups", "5"),
            {"resampling": "none", "method": "quantile", "groups": 5},
        ),
        (("--resampling", "bootstrap", "--replicates", "20"), {"resampling": "bootstrap", "replicates": 20}),
    ],
)
def test_calibration_is_that_of_the_fit(capsys, options, keywords):
    code, out, err = run(capsys, "calibration", FORMULA, BIRTHS, *options)
    assert (code, err) == (0, "")
    assert out == f"{gl.calibration(fit(), **keywords)}\n"


def test_new_rows_of_another_file(capsys, births):
    half = births.with_name("half.csv")
    gl.datasets.birthwt().iloc[::2].assign(age=lambda d: d["age"] + 1).to_csv(half, index=False)
    out = run(capsys, "roc", FORMULA, births, "--new", half)[1]
    new = gl.datasets.birthwt().iloc[::2].assign(age=lambda d: d["age"] + 1)
    assert out == f"{gl.roc(fit(), new)}\n"
    weighted = run(capsys, "roc", FORMULA, births, "--new", births, "--weights", "twice")[1]
    assert "118 and 260 others" in weighted


def test_probabilities_of_any_program(capsys, births):
    frame = gl.datasets.birthwt().assign(risk=fit().predict()).drop(index=3)
    out = run(capsys, "roc", births, "--y", "low", "--p", "risk")[1]
    assert "the probabilities given" in out
    assert "1 row of 189 left out" in out
    curve = gl.roc(y=frame["low"], p=frame["risk"])
    assert json.loads(run(capsys, "roc", births, "--y", "low", "--p", "risk", "--format", "json")[1])["models"][0][
        "fit"
    ]["auc"] == pytest.approx(curve.auc, rel=1e-12)
    measures = run(capsys, "calibration", births, "--y", "low", "--p", "risk", "--format", "csv")[1]
    direct = gl.calibration(y=frame["low"], p=frame["risk"]).measures
    brier = next(line for line in measures.splitlines() if line.startswith("brier"))
    # the file holds probabilities to the last digit or two
    assert float(brier.split(",")[1]) == pytest.approx(direct.loc["brier", "estimate"], rel=1e-12)


def test_columns_have_events_weights_and_scores(capsys, births):
    as_words = run(capsys, "roc", births, "--y", "words", "--p", "risk", "--event", "yes", "--format", "json")[1]
    as_numbers = run(capsys, "roc", births, "--y", "low", "--score", "percent", "--format", "json")[1]
    first, second = (json.loads(text)["models"][0]["fit"] for text in (as_words, as_numbers))
    assert first == second
    weighted = run(capsys, "roc", births, "--y", "low", "--p", "risk", "--weights", "twice")[1]
    assert "118 and 258 others" in weighted


@pytest.mark.parametrize("suffix", [".png", ".pdf", ".svg"])
def test_the_picture_is_a_file(capsys, tmp_path, births, suffix):
    path = tmp_path / f"picture{suffix}"
    code, _, err = run(capsys, "roc", births, "--y", "low", "--p", "risk", "--plot", path)
    assert (code, err) == (0, f"glmlogit: wrote {path}\n")
    assert path.read_bytes().startswith({".png": b"\x89PNG", ".pdf": b"%PDF", ".svg": b"<?xml"}[suffix])


def test_a_page_in_a_file_holds_the_picture(capsys, tmp_path, births):
    path = tmp_path / "calibration.html"
    assert run(capsys, "calibration", births, "--y", "low", "--p", "risk", "--out", path)[0] == 0
    assert "data:image/png;base64," in path.read_text("utf-8")


@pytest.mark.parametrize("command", ["roc", "calibration"])
@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["{f}"], "give a formula before the file, or columns of it to judge: --y OUTCOME with --p PROBABILITY"),
        (["{f}", "--y", "low"], "give a formula before the file"),
        (["{f}", "--y", "low", "--p", "nix"], "no column 'nix' in the data. The data have 14 columns"),
        (["{f}", "--y", "low", "--p", "words"], "--p words is text, such as 'no'; give a column of numbers"),
        (["{f}", "--y", "low", "--p", "risk", "--firth"], "--firth is for a model"),
        (["{f}", "--y", "low", "--p", "risk", "--new", "{f}"], "--new is for a model"),
        (["{f}", "--y", "low", "--p", "risk", "--missing", "raise"], "missing values: 1 row; --missing drop"),
        (["{f}", "--y", "age", "--p", "risk"], "outcome age has 24 values"),
        ([FORMULA, "{f}", "--p", "risk"], "--p judges a column of the file, and a formula has a model of its own"),
        ([FORMULA, "{f}", "--y", "low"], "--y judges a column of the file"),
        ([FORMULA, "{f}", "--new", "{f}", "--resampling", "cv"], "--resampling is for the rows of the model"),
        ([FORMULA, "{f}", "--repeats", "0"], "--repeats 0; give a whole number, 1 or more"),
        ([FORMULA, "{f}", "--plot", "a.gif"], "'a.gif' has no suffix of a picture; end its name in .png, .pdf, .svg"),
        ([FORMULA, "{f}", "--plot", "no/such/a.png"], "cannot write"),
    ],
)
def test_errors_are_a_line(capsys, births, command, args, message):
    assert message in error_of(capsys, command, *(arg.format(f=births) for arg in args))


def test_probabilities_in_percent_are_told(capsys, births):
    assert "of percent p/100" in error_of(capsys, "calibration", births, "--y", "low", "--p", "percent")


def test_limits_that_folds_do_not_have(capsys, births):
    said = error_of(capsys, "roc", FORMULA, births, "--interval", "newcombe")
    assert "--interval delong or --interval logit" in said
