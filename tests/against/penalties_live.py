"""Penalties beside R's glmnet on new data: ``python tests/against/penalties_live.py [tables] [seed]``.

Needs Rscript with r-cran-glmnet and r-cran-jsonlite. Of each quantity it prints the largest difference over the tables,
and in how many it was compared; then every quantity for which R has no answer, by table, in R's own words.
glmnet is iterated until its deviance changes by 1e-16 of itself, which is worth seven digits of coefficients; the
script fails where a difference is larger than that allows.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import glmlogit as gl

SCRIPT = Path(__file__).with_suffix(".R")
PATH, ALLOWED = [0.08, 0.03, 0.01], 1e-5


def table(rng: np.random.Generator) -> pd.DataFrame:
    """People of three to five groups, which columns of different units tell apart; weights and folds."""
    n, p, K = int(rng.integers(150, 300)), int(rng.integers(4, 9)), int(rng.integers(3, 6))
    X = (rng.normal(size=(n, p)) @ (np.eye(p) + 0.3)) * rng.uniform(0.2, 5, p)
    eta = X / X.std(axis=0) @ (rng.normal(size=(p, K)) * (rng.random((p, K)) < 0.6))
    y = (eta + rng.gumbel(size=(n, K))).argmax(axis=1)
    frame = pd.DataFrame(X, columns=[f"x{j}" for j in range(p)])
    return frame.assign(y=y, w=rng.integers(1, 4, n), fold=rng.integers(1, 6, n))


def said(d: pd.DataFrame) -> dict[str, np.ndarray]:
    """The same quantities here."""
    d = d.assign(y=d["y"].astype(str))
    formula = "y ~ " + " + ".join(name for name in d if name.startswith("x"))
    answers: dict[str, np.ndarray] = {}
    for kind in ("ungrouped", "grouped"):
        options = {"weights": "w", "grouped": kind == "grouped"}
        for a in (1, 0.5, 0):
            fit = gl.elastic_net(formula, d, penalty=PATH[-1], l1_ratio=a, **options)
            answers[f"{kind} {a}"] = fit.params.to_numpy().reshape(d["y"].nunique(), -1)
        choice = gl.elastic_net_cv(formula, d, penalties=PATH, fold_ids=d["fold"], **options)
        answers[f"cv {kind} mean"], answers[f"cv {kind} error"] = choice.table["mean"], choice.table["std_error"]
    for score, name in (("misclassification", "class"), ("brier", "mse")):
        choice = gl.elastic_net_cv(formula, d, penalties=PATH, fold_ids=d["fold"], score=score, weights="w")
        answers[f"cv {name}"] = choice.table["mean"]
    return {name: np.asarray(values, dtype=float) for name, values in answers.items()}


def main(tables: int = 10, seed: int = 0) -> int:
    """Compare; 1 where a difference is too large."""
    rng = np.random.default_rng(seed)
    frames = [table(rng) for _ in range(tables)]
    with tempfile.TemporaryDirectory() as folder:
        for k, frame in enumerate(frames):
            frame.to_csv(Path(folder) / f"{k:03d}.csv", index=False)
        subprocess.run(["Rscript", str(SCRIPT), folder], check=True)
        theirs = json.loads((Path(folder) / "answers.json").read_text())
    differences: dict[str, list[float]] = {}
    missing: list[str] = []
    for k, (frame, answers) in enumerate(zip(frames, theirs, strict=True)):
        for name, ours in said(frame).items():
            expected = answers[name]
            if isinstance(expected, dict):
                missing.append(f"table {k:03d} {name}: {expected['error']}")
                continue
            difference = float(np.abs(ours - np.asarray(expected, dtype=float)).max())
            differences.setdefault(name, []).append(difference)
    for name, values in differences.items():
        sys.stdout.write(f"{name:24s} {max(values):.1e} in {len(values)} of {tables} tables\n")
    count = sum(map(len, differences.values()))
    sys.stdout.write(f"{count} quantities compared, {len(missing)} for which R has no answer\n")
    sys.stdout.writelines(f"  {line}\n" for line in missing)
    return int(not count or max(map(max, differences.values())) > ALLOWED)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
