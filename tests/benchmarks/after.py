"""What follows a fit, in fits of the same model and CPU time of one thread: ``python tests/benchmarks/after.py``.

Six variables in ten columns: three numbers, a 0/1, factors of three and four levels. With ``--rows 200`` calls are
compared with R's ``confint``, ``drop1`` and ``anova`` of its ``glm`` and with firthmodels, where these are installed.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

import glmlogit as gl

FORMULA = "y ~ x1 + x2 + x3 + sex + grp + edu"
ONE = gl.Control(threads=1)

R = """
d <- read.csv(commandArgs(TRUE)[1]); d$grp <- factor(d$grp); d$edu <- factor(d$edu)
f <- glm(y ~ x1 + x2 + x3 + sex + grp + edu, binomial, d)
took <- function(work) { work(); median(sapply(1:15, function(i) { t <- proc.time(); for (k in 1:4) work()
  sum((proc.time() - t)[1:2]) / 4 })) }
cat(took(function() suppressMessages(confint(f))), took(function() drop1(f, test = "LRT")),
    took(function() anova(f, test = "Chisq")))
"""


def data(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    table = pd.DataFrame({f"x{j}": rng.normal(size=n) for j in (1, 2, 3)})
    table["sex"] = rng.integers(0, 2, n)
    table["grp"] = pd.Categorical(rng.choice(list("abc"), n))
    table["edu"] = pd.Categorical(rng.choice(list("klmn"), n))
    eta = -1 + 0.3 * table["x1"] - 0.2 * table["x2"] + 0.4 * table["sex"] + 0.3 * (table["grp"] == "b")
    table["y"] = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int)
    return table


def median(work: Callable[[], object], runs: int) -> float:
    """Median CPU seconds of some runs; short work is repeated within a run."""
    start = time.process_time()
    work()
    repeats = max(1, min(50, int(0.02 / max(time.process_time() - start, 1e-4))))
    times = []
    for _ in range(runs):
        start = time.process_time()
        for _ in range(repeats):
            work()
        times.append((time.process_time() - start) / repeats)
    return statistics.median(times)


def calls(table: pd.DataFrame, design: gl.Design) -> dict[str, Callable[[], object]]:
    """What is timed, by name; every call sees an object that remembers nothing of the one before."""
    fit, firth = gl.logit(design, control=ONE), gl.firth(design, control=ONE)
    clustered = gl.design(FORMULA, table.assign(id=np.arange(len(table)) // 20), cluster="id")
    by_cluster = gl.logit(clustered, control=ONE)
    names = [name for name in fit.terms if name != "Intercept"]

    def scores() -> object:
        return [gl.score_test(replace(fit), np.eye(len(fit.terms))[[list(fit.terms).index(name)]]) for name in names]

    return {
        "fit": lambda: gl.logit(design, control=ONE),
        "digits": lambda: replace(fit).digits,
        "glance": lambda: gl.glance(replace(fit)),
        "confint profile": lambda: replace(fit).confint(method="profile"),
        "confint score": lambda: replace(fit).confint(method="score"),
        "summary profile": lambda: str(replace(fit).summary(method="profile")),
        "drop1": lambda: gl.drop1(replace(fit)),
        "drop1 wald": lambda: gl.drop1(replace(fit), test="wald"),
        "drop1 score": lambda: gl.drop1(replace(fit), test="score"),
        "anova": lambda: gl.anova(replace(fit)),
        "score tests of all columns": scores,
        "table": lambda: gl.table(FORMULA, table),
        "HC0": lambda: fit.with_cov("HC0").bse,
        "HC3": lambda: fit.with_cov("HC3").bse,
        "cluster": lambda: replace(by_cluster, solved=replace(by_cluster.solved)).bse,
        "firth": lambda: gl.firth(design, control=ONE),
        "firth confint profile": lambda: replace(firth).confint(method="profile"),
        "firth drop1": lambda: gl.drop1(replace(firth)),
        "flic": lambda: gl.flic(design, control=ONE),
        "flac": lambda: gl.flac(design, control=ONE),
        "median_bias_reduced": lambda: gl.median_bias_reduced(design, control=ONE),
    }


def of_r(table: pd.DataFrame) -> dict[str, float]:
    """CPU seconds of R's calls; empty without R."""
    if shutil.which("Rscript") is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        rows, script = Path(folder) / "rows.csv", Path(folder) / "after.R"
        table.to_csv(rows, index=False)
        script.write_text(R)
        out = subprocess.run(["Rscript", str(script), str(rows)], capture_output=True, text=True, check=True).stdout
    return dict(zip(("confint profile", "drop1", "anova"), map(float, out.split()), strict=True))


def of_firthmodels(design: gl.Design, runs: int) -> dict[str, float]:
    """CPU seconds of firthmodels with its profile limits of all coefficients; empty where it is not installed."""
    try:
        from firthmodels import FirthLogisticRegression
    except ImportError:
        return {}
    X, y = design.X[:, 1:], design.y.astype(int)

    def profiled() -> object:
        model = FirthLogisticRegression(max_iter=200).fit(X, y)
        return model.conf_int(method="pl")

    alone = median(lambda: FirthLogisticRegression(max_iter=200).fit(X, y), runs)
    return {"firth": alone, "firth confint profile": median(profiled, runs) - alone}


def report(times: dict[str, float], peers: dict[str, float]) -> Iterable[str]:
    yield f"{'call':28s}{'ms':>10s}{'fits':>8s}{'peer':>8s}"
    for name, seconds in times.items():
        peer = f"{peers[name] / seconds:8.2f}" if name in peers else ""
        yield f"{name:28s}{seconds * 1e3:10.2f}{seconds / times['fit']:8.1f}{peer}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", default="", help="calls whose name contains this text")
    options = parser.parse_args()
    table = data(options.rows)
    design = gl.design(FORMULA, table)
    works = calls(table, design)
    chosen = {name: work for name, work in works.items() if name == "fit" or options.only in name}
    times = {name: median(work, options.runs) for name, work in chosen.items()}
    peers = of_r(table) | of_firthmodels(design, options.runs) if options.rows <= 1_000 else {}
    print(f"n = {options.rows:,}, p = {design.n_columns}; fits: times of one; peer: time of R or firthmodels over it")
    print("\n".join(report(times, peers)))


if __name__ == "__main__":
    main()
