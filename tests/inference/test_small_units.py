"""A note where odds ratios per unit cannot be read, with a unit that makes them readable."""

from __future__ import annotations

import ast
import re

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl

RNG = np.random.default_rng(7)
ROWS = pd.DataFrame({"x": RNG.normal(4.0, 1.0, 400), "z": RNG.normal(size=400), "n": RNG.integers(1, 4, 400)})
ROWS["y"] = (RNG.random(400) < 1 / (1 + np.exp(1.0 * (ROWS["x"] - 4.0)))).astype(int)


def asked(text: str) -> dict[str, int]:
    """The units that a page proposes; none where it proposes none."""
    said = re.search(r"units=(\{.*?\})", " ".join(text.split()))
    return ast.literal_eval(said[1]) if said else {}


def notes(fit: gl.Fit, **options: object) -> str:
    return " ".join(fit.summary(**options).notes)


@pytest.mark.parametrize("power", range(8))
def test_the_unit_asked_for_is_near_a_standard_deviation_and_makes_the_ratio_readable(power):
    data = ROWS.assign(x=ROWS["x"] * 10.0**power)
    fit = gl.logit("y ~ x + z", data)
    units = asked(notes(fit))
    assert (len(units) == 1) == (abs(fit.params["x"]) < 0.005)
    for name, size in units.items():
        assert name == "x"
        assert 0.5 < size / data["x"].std() < 2.0
        assert str(size).strip("0") in ("1", "2", "5")
        assert abs(np.log(fit.odds_ratios(units=units).loc["x", "odds_ratio"])) > 0.1
        assert not asked(notes(fit, units=units))
        assert asked(" ".join(note.text for note in gl.table("y ~ x + z", data).notes)) == units


def test_counts_are_rows():
    data = ROWS.assign(x=ROWS["x"] * 1000)
    counted = gl.logit("y ~ x", data, weights="n")
    repeated = gl.logit("y ~ x", data.loc[data.index.repeat(data["n"])])
    assert asked(notes(counted)) == asked(notes(repeated)) == {"x": 1000}


def test_nothing_is_said_where_a_unit_would_not_help():
    far, noise = ROWS.assign(x=ROWS["x"] * 1000), ROWS.assign(z=RNG.normal(0, 1, 400) * 1000)
    assert not asked(notes(gl.logit("y ~ poly(x, 2)", far)))
    assert not asked(notes(gl.logit("y ~ x * z", far)))
    assert not asked(notes(gl.logit("y ~ x", far), odds_ratios=False))
    assert not asked(notes(gl.logit("y ~ x", far), units="sd"))
    fit = gl.logit("y ~ z", noise)
    assert (abs(fit.params["z"]) * noise["z"].std() < 0.1) != bool(asked(notes(fit)))


def test_it_is_said_in_other_languages_with_the_name_as_typed():
    fit = gl.logit("y ~ x", ROWS.assign(x=ROWS["x"] * 10_000))
    said = notes(fit, language="de", labels={"x": "Thrombozyten"})
    assert "Odds Ratios von Thrombozyten" in said
    assert "units={'x': 10_000}" in said
