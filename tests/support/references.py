"""Reference fits for tests: each model of ``tests/reference/glm.json`` with its data, ready to be refitted.

>>> for case in cases():
...     fit = glmlogit.logit(case.formula, case.frame, **case.options)
...     close(fit.params, case.series("params"))
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from formulaic import model_matrix

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "tests" / "reference"
CBIND = re.compile(r"cbind\((\w+), (\w+)(?: - (\w+))?\)")

# Functions that formulaic lacks: the design of these models is glmlogit's own business.
NOT_IN_FORMULAIC = ("ns(",)


@dataclass(frozen=True)
class Case:
    """One model: what to fit, and what R (or statsmodels) says about it.

    ``frame`` has its factors as categories in R's order. ``options`` are design options of glmlogit
    (``weights``, ``weight_type``, ``trials``, ``offset``, ``event``); the column of clusters, where there is
    one, is ``cluster``, apart from them because it changes the covariance a fit reports.
    """

    id: str
    frame: pd.DataFrame
    formula: str
    options: dict[str, str]
    reference: dict[str, Any]

    @property
    def cluster(self) -> str | None:
        return self.reference["cluster"]

    def series(self, key: str) -> pd.Series:
        """A quantity by term, NaN where R has NA (an aliased coefficient)."""
        return pd.Series(np.array(self.reference[key], dtype=float), index=self.reference["terms"], name=key)

    def matrix(self, kind: str = "model") -> pd.DataFrame | None:
        """A covariance by estimable term: ``"model"``, ``"HC0"`` to ``"HC3"``, ``"HC0:stata"`` or ``"cluster"``."""
        values = self._covariances().get(kind)
        if values is None:
            return None
        terms = self.reference["estimable"]
        return pd.DataFrame(np.array(values, dtype=float), index=terms, columns=terms)

    def _covariances(self) -> dict[str, Any]:
        cluster, hc = self.reference["vcov_cluster"], self.reference["vcov_hc"]
        n = self.reference["nobs"]
        return {
            "model": self.reference["vcov_model"],
            **hc,
            "HC0:stata": np.array(hc["HC0"], dtype=float) * n / (n - 1),
            "cluster": cluster and cluster["vcov"],
        }

    def table(self, key: str) -> pd.DataFrame:
        """``"drop1"``, ``"anova"`` or ``"rows"`` as a frame; rows are indexed by position in the file."""
        index = "row" if key == "rows" else "term"
        return pd.DataFrame(self.reference[key]).set_index(index)

    def newdata(self) -> pd.DataFrame | None:
        """Three rows to predict for, of the dtypes of ``frame``; None for a model without covariates."""
        new = self.reference["newdata"]
        if new is None:
            return None
        frame = pd.DataFrame(new["columns"])
        return frame.astype(self.frame.dtypes[list(frame)].to_dict())


@functools.cache
def load_json(name: str) -> dict[str, Any]:
    """The parsed ``tests/reference/<name>.json``."""
    return json.loads((REFERENCE / f"{name}.json").read_text(encoding="utf-8"))


@functools.cache
def factor_levels() -> dict[str, dict[str, dict[str, Any]]]:
    """Levels of every factor: file, column, then ``levels`` and ``ordered``."""
    return json.loads((ROOT / "tests" / "data" / "levels.json").read_text(encoding="utf-8"))


@functools.cache
def _frame(path: str) -> pd.DataFrame:
    dtypes = {
        column: pd.CategoricalDtype(factor["levels"], ordered=factor["ordered"])
        for column, factor in factor_levels().get(path, {}).items()
    }
    return pd.read_csv(ROOT / path, dtype=dtypes, keep_default_na=False, na_values=[""])


def frame(path: str) -> pd.DataFrame:
    """A fresh frame of a CSV (path from the repository root, or the bare name of one in tests/data)."""
    return _frame(path if "/" in path else f"tests/data/{path}.csv").copy()


def cases(tool: str = "glm") -> Iterator[Case]:
    """All models of R's glm, or of ``"statsmodels"``."""
    for reference in load_json(tool)["models"]:
        yield _case(reference)


def case(identifier: str, tool: str = "glm") -> Case:
    """The model of that id."""
    return next(c for c in cases(tool) if c.id == identifier)


def _case(reference: dict[str, Any]) -> Case:
    return Case(
        id=reference["id"],
        frame=frame(reference["data"]),
        formula=reference["formula"],
        options=dict(reference["options"]),
        reference=reference,
    )


# ---- the same model by other means: for statsmodels, and to check the references against themselves --------


def rows(case: Case) -> np.ndarray:
    """Positions of the rows without a missing value in any column used."""
    text = " ".join([case.formula, *case.options.values(), case.cluster or ""])
    words = set(re.findall(r"[A-Za-z_]\w*", text))
    used = [column for column in case.frame if column in words]
    return np.flatnonzero(case.frame[used].notna().all(axis=1).to_numpy())


def not_in_formulaic(case: Case) -> str | None:
    """Why formulaic does not make the columns of a model, if it does not."""
    if any(function in case.formula for function in NOT_IN_FORMULAIC):
        return "the formula needs a function that formulaic lacks"
    if "trials" in case.options and "poly(" in case.formula:
        return "formulaic learns from the rows of the table, not from the trials in them"
    return None


def design_matrix(case: Case) -> pd.DataFrame:
    """The columns of the model, by formulaic, in the order of the reference's terms."""
    right = case.formula.partition("~")[2]
    X = model_matrix(right, case.frame.iloc[rows(case)], context={"sqrt": np.sqrt})
    return pd.DataFrame(X)[case.reference["terms"]].astype(float)


def outcome(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Events and trials of each row used."""
    d = case.frame.iloc[rows(case)]
    left = case.formula.partition("~")[0].strip()
    if match := CBIND.fullmatch(left):
        events, other, minus = match.groups()
        rest = d[other] - d[minus] if minus else d[other]
        return d[events].to_numpy(float), (d[events] + rest).to_numpy(float)
    if "trials" in case.options:
        return d[left].to_numpy(float), d[case.options["trials"]].to_numpy(float)
    return _event(d[left], case.options.get("event")), np.ones(len(d))


def _event(y: pd.Series, event: str | None) -> np.ndarray:
    if isinstance(y.dtype, pd.CategoricalDtype):
        event = event or y.cat.categories[1]
        return (y == event).to_numpy(float)
    return y.to_numpy(float)


def column(case: Case, option: str, default: float) -> np.ndarray:
    """The column an option names, for the rows used; constant where the option is absent."""
    used = rows(case)
    if option not in case.options:
        return np.full(len(used), default)
    return case.frame[case.options[option]].to_numpy(float)[used]
