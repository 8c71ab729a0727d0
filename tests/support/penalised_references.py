"""Models of ``tests/reference/models/penalised``: their data, and the values that are expected of them.

``python tests/support/penalised_references.py`` prints how many digits of each are right.
"""

from __future__ import annotations

import functools
import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import glmlogit as gl

FOLDER = Path(__file__).resolve().parents[1] / "reference" / "models" / "penalised"
BINARY = ("birthwt", "pima_tr", "sonar48")
OPTIONS: dict[str, dict[str, Any]] = {
    "lasso_unstd": {"standardize": False},
    "lasso_nonnegative": {"lower": 0.0},
    "ridge_capped": {"lower": -0.01, "upper": 0.01},
}


@functools.cache
def problems() -> dict[str, Any]:
    """All problems by name: ``model`` and ``values``."""
    return json.loads((FOLDER / "reference.json").read_text())["problems"]


def values(name: str) -> dict[str, Any]:
    """Expected values of a problem."""
    return problems()[name]["values"]


@functools.cache
def data(name: str) -> pd.DataFrame:
    """Its rows."""
    return pd.read_csv((FOLDER / problems()[name]["model"]["csv"]).resolve())


@functools.cache
def beside(name: str) -> pd.DataFrame:
    """Folds, weights and offsets of its rows: ``fold weight offset``."""
    return pd.read_csv(FOLDER / f"{name}_aux.csv")


def columns(name: str) -> tuple[list[str], np.ndarray]:
    """Names of the columns and the columns (n, p), without a constant; indicators of levels as formulaic calls them."""
    frame, terms = data(name), problems()[name]["model"]["terms"]
    made = []
    for term in terms:
        variable, _, level = term.partition("[T.")
        made.append(frame[variable[2:-1]] == level[:-1] if level else frame[term])
    return terms, np.column_stack(made).astype(float)


def design(name: str, *, weighted: bool = False) -> gl.Design:
    """The design, with a constant; with weights and offset where asked for."""
    terms, X = columns(name)
    aux = beside(name)
    more = {"weights": aux["weight"].to_numpy(float), "offset": aux["offset"].to_numpy(float)} if weighted else {}
    return gl.design_arrays(
        data(name)[problems()[name]["model"]["y"]].to_numpy(), X, names=terms, intercept=True, **more
    )


def fits() -> list[tuple[str, str]]:
    """Every problem of two outcomes with the names of its fits."""
    return [(name, fit) for name in BINARY for fit in values(name)["fits"]]


def fitted(name: str, fit: str) -> gl.Fit:
    """Our fit of what is expected."""
    expected, options = values(name)["fits"][fit], dict(OPTIONS.get(fit, {}))
    if fit.endswith("0_1_3"):
        options["penalty_factor"] = [0, 1, 3] + [1] * (len(expected["params"]) - 4)
    rows = design(name, weighted="weights" in fit)
    return gl.elastic_net(rows, penalty=float(expected["lambda"]), l1_ratio=float(expected["alpha"]), **options)


def digits(expected: dict[str, str] | str, got: Any) -> float:
    """The smallest number of correct digits; what is infinite must be infinite, what is 0 exactly 0."""
    if isinstance(expected, dict):
        return min((digits(value, got[key]) for key, value in expected.items()), default=17.0)
    if expected in ("inf", "-inf", "nan"):
        return 17.0 if str(float(got)) == expected else 0.0
    right, ours = Decimal(str(expected)), Decimal(repr(float(got)))
    if right == ours:
        return 17.0
    return 0.0 if right == 0 else float(-(abs(right - ours) / abs(right)).log10())


def main() -> None:
    """Digits of every fit."""
    for name, fit in fits():
        ours = fitted(name, fit)
        line = f"{name:9s} {fit:28s} {digits(values(name)['fits'][fit]['params'], ours.params.to_dict()):6.1f} digits"
        sys.stdout.write(f"{line}   gap {ours.gap:.0e}   kkt {ours.kkt:.0e}\n")


if __name__ == "__main__":
    main()
