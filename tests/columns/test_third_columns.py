"""Columns that neither a formula nor an array makes, through the public verbs: none of these asks which they are."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.columns.columns import Change, Columns, ColumnSubset, Part, Variable
from glmlogit.data.storage import Dense
from glmlogit.designs.nested import subset
from glmlogit.errors import UnsupportedError
from glmlogit.formula.spec import Term

PACKAGE = Path(gl.__file__).parent
RNG = np.random.default_rng(4)
YEAR = pd.DataFrame({"month": RNG.uniform(0, 12, 400), "smoke": RNG.integers(0, 2, 400), "dose": RNG.normal(size=400)})
ETA = 0.3 + 0.8 * np.sin(YEAR["month"] * np.pi / 6) + 0.7 * YEAR["smoke"] - 0.2 * YEAR["smoke"] * YEAR["dose"]
YEAR["ill"] = (RNG.random(400) < 1 / (1 + np.exp(-ETA))).astype(int)


def season(month):
    turn = np.asarray(month, dtype=float) * np.pi / 6
    return [np.sin(turn), np.cos(turn)]


@dataclass(frozen=True)
class Seasons(Columns):
    """A constant, sine and cosine of the month, an exposure and its product with a dose; the dose is an offset too."""

    @property
    def names(self):
        return ("1", "sine", "cosine", "smoke", "smoke*dose")

    @property
    def terms(self):
        reads = ((), ("month",), ("month",), ("smoke",), ("smoke", "dose"))
        return tuple(Term(n, (j,), v, len(v), v) for j, (n, v) in enumerate(zip(self.names, reads, strict=True)))

    @property
    def predictors(self):
        return ("month", "smoke", "dose")

    @property
    def offsets(self):
        return (Part("dose/10", ("dose",)),)

    @property
    def curves(self):
        return {"month": ("sine", "cosine")}

    def variables(self, frame):
        return {name: Variable(name, "number") for name in self.predictors}

    def matrix(self, frame):
        rows = pd.DataFrame(frame)
        X = np.column_stack([np.ones(len(rows)), *season(rows["month"]), rows["smoke"], rows["smoke"] * rows["dose"]])
        return X, rows["dose"].to_numpy(dtype=float) / 10

    def data(self, frame):
        return pd.DataFrame(frame)[list(self.predictors)].reset_index(drop=True)

    def series(self, rows, name):
        return rows.frame[name]

    def numbers(self, rows, name):
        return rows.frame[name].to_numpy(dtype=float)

    def assigned(self, frame, settings):
        return frame.assign(**settings)

    def touched(self, names):
        return np.array([j for term in self.terms if set(names) & set(term.variables) for j in term.columns])

    def change(self, rows, settings):
        X, offset = self.matrix(self.assigned(rows.frame, settings))
        touched = self.touched(settings)
        return Change(touched, touched, X[:, touched], offset if "dose" in settings else None)

    def own_offset(self, frame, names):
        return frame["dose"].to_numpy(dtype=float) / 10 if "dose" in names else None

    def slope(self, rows, name):
        data, zero = rows.frame, np.zeros(len(rows))
        sine, cosine = season(data["month"])
        slopes = {
            "month": [cosine * np.pi / 6, -sine * np.pi / 6],
            "smoke": [zero + 1, data["dose"]],
            "dose": [data["smoke"]],
        }
        return ColumnSubset(self.touched([name]), np.column_stack(slopes[name]), zero + 0.1 if name == "dose" else None)

    def average(self, matrix, frame, weights):
        return Average(self, frame.mul(weights / weights.sum(), axis=0).sum().to_frame().T)


@dataclass(frozen=True)
class Average:
    """The average of the variables."""

    columns: Seasons
    frame: pd.DataFrame

    @property
    def X(self):
        return self.columns.matrix(self.frame)[0]

    @property
    def offset(self):
        return float(self.columns.matrix(self.frame)[1][0])

    def at(self, settings):
        return replace(self, frame=self.frame.assign(**settings))

    def slope(self, name):
        return self.columns.slope(self, name)

    def series(self, name):
        return self.frame[name]

    def __len__(self):
        return 1


@functools.cache
def ours():
    X, offset = Seasons().matrix(YEAR)
    held = gl.design("ill ~ month + smoke + dose", YEAR, offset=offset)  # the data, which the columns are made from
    largest = np.abs(X).max(axis=0)
    parts = {"columns": Seasons(), "matrix": Dense(X), "magnitude": largest, "formula": None, "offset_name": None}
    return gl.logit(replace(held, **parts))


@functools.cache
def theirs():
    functions = {"sine": lambda x: season(x)[0], "cosine": lambda x: season(x)[1]}
    text = "ill ~ sine(month) + cosine(month) + smoke + smoke:dose + offset(dose / 10)"
    return gl.logit(text, YEAR, functions=functions)


def alike(a, b, *, rtol=1e-10):
    """Numbers of two tables. Derivatives of functions that users give a formula are differences, good to some 1e-9."""
    numbers = list(b.select_dtypes("number"))
    assert list(a) == list(b)
    np.testing.assert_allclose(a[numbers], b[numbers], rtol=rtol, atol=1e-13)
    pd.testing.assert_frame_equal(a[[n for n in a if n not in numbers]], b[[n for n in b if n not in numbers]])


NEW = pd.DataFrame({"month": [1.5, 6.0, 11.0], "smoke": [0, 1, 1], "dose": [0.5, -1.0, 0.0]})


def test_predictions_of_rows():
    ours_, theirs_ = ours(), theirs()
    np.testing.assert_allclose(ours_.params, theirs_.params, rtol=1e-12)
    alike(ours_.predict(NEW, interval="confidence"), theirs_.predict(NEW, interval="confidence"))
    np.testing.assert_allclose(ours_.predict(), theirs_.predict(), rtol=1e-13)


@pytest.mark.parametrize("at", ["overall", "mean", "median", {"smoke": [0, 1]}, {"dose": [0, 1], "smoke": [1]}, NEW])
def test_margins(at):
    alike(ours().margins(at=at), theirs().margins(at=at), rtol=1e-8)


@pytest.mark.parametrize("by", [None, "smoke"])
def test_margins_in_groups_and_of_steps(by):
    options = {"discrete": ["smoke", "dose"], "by": by, "unconditional": True}
    alike(ours().margins(["smoke", "dose"], **options), theirs().margins(["smoke", "dose"], **options))


@pytest.mark.parametrize(
    ("variable", "contrast"), [("smoke", None), ("month", (9.0, 3.0)), ("month", 1.0), ("dose", (1.0, 0.0))]
)
def test_comparisons(variable, contrast):
    estimands = ["risk_difference", "risk_ratio", "odds_ratio"]
    a, b = (fit.comparisons(variable, estimands, contrast=contrast) for fit in (ours(), theirs()))
    alike(a, b)
    np.testing.assert_allclose(a.covariance, b.covariance, rtol=1e-8, atol=1e-12)


def test_odds_ratios_predictions_and_doses():
    alike(*(gl.predictions(fit, at={"smoke": [0, 1]}) for fit in (ours(), theirs())))
    alike(*(gl.stratum_odds_ratios(fit, "smoke", within={"dose": [-1, 1]}) for fit in (ours(), theirs())))
    alike(*(gl.reference_grid(fit, {"smoke": [0, 1]}) for fit in (ours(), theirs())))


def test_terms_are_dropped_as_columns():
    a, b = (gl.drop1(fit).reset_index(drop=True) for fit in (ours(), theirs()))
    np.testing.assert_allclose(a["statistic"].dropna(), b["statistic"].dropna(), rtol=1e-9)


def test_what_columns_do_not_say_is_refused():
    with pytest.raises(UnsupportedError, match="do not say how a smaller model"):
        subset(ours().design, ["smoke"])
    with pytest.warns(gl.errors.ExtrapolationWarning, match="month lies outside"):
        ours().predict(NEW.assign(month=30.0))


def test_only_tables_that_are_typed_as_a_formula_ask_for_one():
    asking = [
        (path.relative_to(PACKAGE).as_posix(), line.strip())
        for path in PACKAGE.rglob("*.py")
        for line in path.read_text("utf-8").splitlines()
        if re.search(r"isinstance\(.*\b(Spec|ArrayColumns|FormulaColumns)\b|\bof_formula\(", line)
    ]
    assert {file for file, _ in asking} == {
        "columns/formula_columns.py",
        "estimate/parts.py",  # a saved fit holds the recipe of its formula
        "exports/written.py",  # expressions over the columns of the data
        "prediction/predict.py",  # sparse columns in place of a table
        "publication/subgroups.py",
        "publication/table_notes.py",
        "publication/variables.py",
    }, asking
    assert len(asking) == 8
