"""Models of ``tests/reference/evaluation``: their data, their fits, and the values that are expected of them."""

from __future__ import annotations

import functools
import json
import math
import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import glmlogit as gl

TESTS = Path(__file__).resolve().parents[1]
FORMULAS = {
    "birthwt": "low ~ age + lwt + C(race) + smoke + ptl + ht + ui",
    "birthwt6": "low ~ C(race) + smoke",
    "asah": "poor ~ age + female + s100b + ndka",
    "icu": "died ~ age + cancer + sys + emergency",
    "glow500": "fracture ~ age + height + priorfrac + momfrac + armassist + C(raterisk)",
    "vaso": "y ~ log(volume) + log(rate)",
    "lizards": "cbind(grahami, opalinus) ~ tall + wide + shady + C(time)",
    "mtcars": "am ~ wt + hp",
}


@functools.cache
def data(model: str) -> pd.DataFrame:
    """The data of a model."""
    return pd.read_csv(TESTS / "data" / "evaluation" / f"{model.removesuffix('6')}.csv")


@functools.cache
def fitted(model: str) -> gl.Fit:
    """The fit of a model to all of its data."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", gl.errors.SeparationWarning)
        return gl.logit(FORMULAS[model], data(model))


@functools.cache
def developed(model: str) -> tuple[gl.Fit, pd.DataFrame]:
    """A fit to a part of the data of a model, and the rest: three fifths of ``glow500``, every other row else."""
    rows = np.arange(len(data(model)))
    training = rows % 5 < 3 if model == "glow500" else rows % 2 == 0
    return gl.logit(FORMULAS[model], data(model)[training]), data(model)[~training]


@functools.cache
def entries(name: str) -> dict[str, dict[str, Any]]:
    """Entries of a file of expected values by their id."""
    text = (TESTS / "reference" / "evaluation" / f"{name}.json").read_text(encoding="utf-8")
    return {entry["id"]: entry for entry in json.loads(text)}


def values(name: str, key: str) -> np.ndarray:
    """The expected values of an entry, in their shape."""
    entry = entries(name)[key]
    array = np.atleast_1d(np.array(entry["value"], dtype=float))
    return array.reshape(entry["shape"]) if entry.get("shape") else array


def minstd(size: int, count: int, seed: int = 20260101) -> np.ndarray:
    """Rows (count, size) of bootstrap samples by the generator of the references, exact in any language."""
    state, draws = seed, np.empty(count * size, dtype=np.intp)
    for i in range(len(draws)):
        state = 16807 * state % 2147483647
        draws[i] = int(size * (state / 2147483647))
    return draws.reshape(count, size)


# What tests compared and answered, for tests/against/evaluation_counts.py: the largest difference to an entry,
# relative, and over what it may be; the tests that answer a hostile input.
COMPARED: dict[tuple[str, str], tuple[float, float]] = {}
ANSWERED: dict[str, set[str]] = {}


def hostile(key: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A hostile input and the answer it must get."""
    ANSWERED.setdefault(key, set()).add(os.environ["PYTEST_CURRENT_TEST"].removesuffix(" (call)"))
    entry = entries("adversarial")[key]
    return entry["input"], entry["expect"]


def difference(name: str, key: str, numbers: Any, absolute: float = 0.0) -> float:
    """Largest difference to an entry's values, relative to each or to a millionth of the largest, over what it may be.

    1e-10, as two computations of the references differ; where they agree to fewer than 10 digits, 5 units of the last.
    Of long vectors some entries, the extremes and sums are known. ``absolute`` are differences that do not count:
    p-values of a statistic that is 0 but for rounding.
    """
    entry, ours = entries(name)[key], np.asarray(numbers, dtype=float).ravel()
    digest = entry.get("digest")
    if digest is None:
        theirs = np.atleast_1d(np.array(entry["value"], dtype=float))
        size = np.maximum(np.abs(theirs), 1e-6 * np.nanmax(np.abs(theirs)))
    else:
        theirs = np.array(
            [digest["sum"], digest["sumsq"], digest["min"], digest["max"], *digest["first"], *digest["last"]]
        )
        assert len(ours) == digest["n"]
        largest, total = max(abs(digest["min"]), abs(digest["max"])), np.abs(ours).sum()
        ours = np.array([ours.sum(), (ours**2).sum(), ours.min(), ours.max(), *ours[:6], *ours[-3:]])
        size = np.maximum(np.abs(theirs), 1e-6 * largest)
        size[0] = total  # a sum of both signs
    assert ours.shape == theirs.shape
    same = (np.isnan(ours) & np.isnan(theirs)) | (ours == theirs)
    with np.errstate(invalid="ignore", divide="ignore"):
        away = np.where(same, 0.0, np.maximum(np.abs(ours - theirs) - absolute, 0.0) / size)
    relative = float(np.where(np.isnan(away), np.inf, away).max())
    COMPARED[name, key] = max((relative, relative / allowed(entry)), COMPARED.get((name, key), (0.0, 0.0)))
    return relative / allowed(entry)


def allowed(entry: dict[str, Any]) -> float:
    """The relative difference that an entry may have; any, where it is the peer's and known to be another's."""
    if entry["digits"] is None:
        return math.inf
    return 1e-10 if entry["digits"] >= 10 else 5 * 10 ** -entry["digits"]
