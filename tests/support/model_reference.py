"""References of models with several outcomes: reading them, and how many digits of a value are correct."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pandas as pd

FOLDER = Path(__file__).parents[1] / "reference" / "models"
# Digits that are promised: of coefficients, errors and what is made of them.
GATE = 10.0
EXACT = 17.0


def problems(area):
    """Problems of an area by name."""
    return json.loads((FOLDER / area / "reference.json").read_text("utf-8"))["problems"]


def frame(area, problem):
    """The data of a problem."""
    return pd.read_csv(FOLDER / area / problem["model"]["csv"], keep_default_na=False)


def number(text):
    """A value of the references as a float."""
    return float(text)


def digits(expected, got):
    """Correct digits of a number; 0 where infinite, zero or missing values, or words, are not so."""
    if isinstance(got, str):
        return EXACT if got == expected else 0.0
    if expected is None or str(expected) in ("inf", "-inf", "nan"):
        return EXACT if str(float(got)) == str(expected) else 0.0
    a, b = Decimal(str(expected)), Decimal(repr(float(got)))
    if a == b:
        return EXACT
    if a == 0 or not b.is_finite():
        return 0.0
    return min(EXACT, float(-(abs(a - b) / abs(a)).log10()))


def worst(expected, got):
    """The fewest correct digits of the numbers of a mapping, also of mappings in it."""
    if not isinstance(expected, dict):
        return digits(expected, got)
    return min((worst(value, got[key]) if key in got else 0.0 for key, value in expected.items()), default=EXACT)
