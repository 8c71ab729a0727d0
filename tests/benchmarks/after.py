"""The whole interface after a fit, in fits of the same model, and against the best peer for each call.

``python tests/benchmarks/after.py`` prints a table for n = 200, 1,000, 10,000 and 1,000,000: CPU time of one thread.
Six variables in ten columns: three numbers, a 0/1, factors of three and four levels; at n = 200 and 1,000 the numbers
are an age, a body mass and a calendar year as they are. Peers (R with its own packages, statsmodels, scikit-learn,
firthmodels) are those that are installed; which, and how often they take longer, stands at the end of a line.
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
import warnings
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

import glmlogit as gl

FORMULA = "y ~ x1 + x2 + x3 + sex + grp + edu"
ONE = gl.Control(threads=1)
# Rows up to which numbers are as epidemiologists have them, and up to which slow peers are waited for.
RAW, WAITED_FOR = 1_000, 10_000
Work = Callable[[], object]

R = """
d <- read.csv(commandArgs(TRUE)[1]); d$grp <- factor(d$grp); d$edu <- factor(d$edu)
f <- glm(y ~ x1 + x2 + x3 + sex + grp + edu, binomial, d); X <- model.matrix(f); g <- fitted(f)
once <- function(work) { t <- proc.time(); work(); sum((proc.time() - t)[1:2]) }
took <- function(name, work) { work(); k <- max(1, min(50, floor(0.05 / max(once(work), 1e-3))))
  cat(name, "\\t", median(sapply(1:5, function(i) once(function() for (j in 1:k) work()) / k)), "\\n", sep = "") }
took("fit", function() glm.fit(X, d$y, family = binomial()))
took("design", function() model.matrix(model.frame(y ~ x1 + x2 + x3 + sex + grp + edu, d), d))
took("summary", function() capture.output(print(summary(f))))
took("confint profile", function() suppressMessages(confint(f)))
took("drop1", function() drop1(f, test = "LRT"))
took("drop1 score", function() drop1(f, test = "Rao"))
took("anova", function() anova(f, test = "Chisq"))
took("augment", function() { influence(f); cooks.distance(f); rstandard(f); hatvalues(f) })
took("predict with limits", function() predict(f, se.fit = TRUE))
if (requireNamespace("sandwich", quietly = TRUE)) {
  took("HC0", function() sandwich::vcovHC(f, "HC0")); took("HC3", function() sandwich::vcovHC(f, "HC3"))
  id <- (seq_len(nrow(d)) - 1) %/% 20; took("cluster", function() sandwich::vcovCL(f, id)) }
if (requireNamespace("emmeans", quietly = TRUE)) {
  took("pairwise of 3", function() as.data.frame(pairs(emmeans::emmeans(f, "grp"))))
  took("pairwise of 4", function() as.data.frame(pairs(emmeans::emmeans(f, "edu")))) }
"""


def data(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    table = pd.DataFrame({f"x{j}": rng.normal(size=n) for j in (1, 2, 3)})
    table["sex"] = rng.integers(0, 2, n)
    table["grp"] = pd.Categorical(rng.choice(list("abc"), n))
    table["edu"] = pd.Categorical(rng.choice(list("klmn"), n))
    eta = -1 + 0.3 * table["x1"] - 0.2 * table["x2"] + 0.4 * table["sex"] + 0.3 * (table["grp"] == "b")
    table["y"] = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int)
    if n <= RAW:  # an age, a body mass, a year
        table["x1"], table["x2"] = (50 + 12 * table["x1"]).round(), (26 + 4 * table["x2"]).round(1)
        table["x3"] = (2010 + 5 * table["x3"]).round()
    return table


def median(work: Work, runs: int) -> float:
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


def calls(table: pd.DataFrame, design: gl.Design) -> dict[str, Work]:
    """What is timed, by name; every call sees an object that remembers nothing of the one before."""
    fit, firth = gl.logit(design, control=ONE), gl.firth(design, control=ONE)
    clustered = gl.design(FORMULA, table.assign(id=np.arange(len(table)) // 20), cluster="id")
    by_cluster = gl.logit(clustered, control=ONE)
    names = [name for name in fit.terms if name != "Intercept"]

    def new() -> gl.Fit:
        return replace(fit)

    def scores() -> object:
        return [gl.score_test(new(), np.eye(len(fit.terms))[[list(fit.terms).index(name)]]) for name in names]

    works: dict[str, Work] = {
        "fit": lambda: gl.logit(design, control=ONE),
        "design": lambda: gl.design(FORMULA, table),
        "summary": lambda: str(new().summary()),
        "tidy": lambda: new().tidy(),
        "odds_ratios": lambda: new().odds_ratios(),
        "confint": lambda: new().confint(),
        "digits": lambda: new().digits,
        "glance": lambda: gl.glance(new()),
        "predict": lambda: new().predict(),
        "predict with limits": lambda: new().predict(interval="confidence"),
        "augment": lambda: gl.augment(new()),
        "confint profile": lambda: new().confint(method="profile"),
        "confint score": lambda: new().confint(method="score"),
        "summary profile": lambda: str(new().summary(method="profile")),
        "drop1": lambda: gl.drop1(new()),
        "drop1 wald": lambda: gl.drop1(new(), test="wald"),
        "drop1 score": lambda: gl.drop1(new(), test="score"),
        "anova": lambda: gl.anova(new()),
        "score tests of all columns": scores,
        "table": lambda: gl.table(FORMULA, table),
        "HC0": lambda: fit.with_cov("HC0").bse,
        "HC3": lambda: fit.with_cov("HC3").bse,
        "cluster": lambda: replace(by_cluster, solved=replace(by_cluster.solved)).bse,
        "margins of all": lambda: new().margins(),
        "margins, unconditional": lambda: new().margins(unconditional=True),
        "comparisons of a 0/1": lambda: new().comparisons("sex"),
        "comparisons of 3, three estimands": lambda: new().comparisons("grp", ["risk_difference", "risk_ratio", "nnt"]),
        "predictions in 3 groups": lambda: gl.predictions(new(), by="grp"),
        "predictions at 3 levels": lambda: gl.predictions(new(), at={"grp": ["a", "b", "c"]}),
        "second_differences": lambda: gl.second_differences(new(), "sex", "grp"),
        "pairwise of 3": lambda: gl.pairwise(new(), "grp"),
        "pairwise of 4": lambda: gl.pairwise(new(), "edu"),
        "stratum_odds_ratios": lambda: gl.stratum_odds_ratios(new(), "sex", within="grp"),
        "effective_dose": lambda: gl.effective_dose(new(), "x1"),
        "interpret": lambda: gl.interpret(new()),
        "bootstrap of 100 comparisons": lambda: new().comparisons(
            "sex", interval="bootstrap", replications=100, seed=1
        ),
        "firth": lambda: gl.firth(design, control=ONE),
        "firth confint profile": lambda: replace(firth).confint(method="profile"),
        "firth with profile limits": lambda: gl.firth(design, control=ONE).confint(method="profile"),
        "firth drop1": lambda: gl.drop1(replace(firth)),
        "flic": lambda: gl.flic(design, control=ONE),
        "flac": lambda: gl.flac(design, control=ONE),
        "median_bias_reduced": lambda: gl.median_bias_reduced(design, control=ONE),
    }
    return works


def of_r(table: pd.DataFrame) -> dict[str, float]:
    """CPU seconds of R's calls; empty without R."""
    if shutil.which("Rscript") is None or len(table) > WAITED_FOR:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        rows, script = Path(folder) / "rows.csv", Path(folder) / "after.R"
        table.to_csv(rows, index=False)
        script.write_text(R)
        out = subprocess.run(["Rscript", str(script), str(rows)], capture_output=True, text=True, check=True).stdout
    return {name: float(seconds) for name, seconds in (line.split("\t") for line in out.splitlines())}


def of_statsmodels(table: pd.DataFrame, design: gl.Design) -> dict[str, Work]:
    """statsmodels' calls; ``get_margeff`` takes each column for a variable."""
    try:
        import statsmodels.api as sm
        import statsmodels.formula.api as smf
    except ImportError:
        return {}
    X, y, id_ = np.asarray(design.X), np.asarray(design.y), np.arange(len(table)) // 20
    logit = sm.Logit(y, X).fit(disp=False)
    works: dict[str, Work] = {
        "fit": lambda: sm.Logit(y, X).fit(disp=False).bse,
        "summary": lambda: str(logit.summary()),
        "margins of all": lambda: logit.get_margeff(dummy=True).summary_frame(),
        "cluster": lambda: sm.Logit(y, X).fit(disp=False, cov_type="cluster", cov_kwds={"groups": id_}).bse,
    }
    if len(table) <= WAITED_FOR:
        glm = sm.GLM(y, X, family=sm.families.Binomial()).fit()
        works["design"] = lambda: smf.logit(FORMULA, table)
        works["augment"] = lambda: glm.get_influence().summary_frame()
        works["predict with limits"] = lambda: glm.get_prediction().summary_frame()
    return works


def of_sklearn(design: gl.Design) -> dict[str, Work]:
    """scikit-learn's fit to 1e-8, without standard errors."""
    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError:
        return {}
    X, y = np.asarray(design.X)[:, 1:], np.asarray(design.y)
    return {"fit": lambda: LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-8).fit(X, y)}


def of_firthmodels(design: gl.Design) -> dict[str, Work]:
    """firthmodels at its default tolerance, alone and with the profile limits of all coefficients."""
    try:
        from firthmodels import FirthLogisticRegression
    except ImportError:
        return {}
    if design.n_rows > WAITED_FOR:
        return {}
    X, y = np.asarray(design.X)[:, 1:], np.asarray(design.y).astype(int)

    def profiled() -> object:
        return FirthLogisticRegression(max_iter=200).fit(X, y).conf_int(method="pl")

    return {
        "firth": lambda: FirthLogisticRegression(max_iter=200).fit(X, y),
        "firth with profile limits": profiled,
    }


def peers(table: pd.DataFrame, design: gl.Design, only: str, runs: int) -> dict[str, tuple[str, float]]:
    """The quickest peer of each call and its seconds."""
    works = {"sm": of_statsmodels(table, design), "sklearn": of_sklearn(design), "firthmodels": of_firthmodels(design)}
    best = {name: ("R", seconds) for name, seconds in of_r(table).items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for peer, listed in works.items():
            for name, work in listed.items():
                seconds = median(work, runs) if only in name else np.inf
                if seconds < best.get(name, ("", np.inf))[1]:
                    best[name] = (peer, seconds)
    return best


def report(times: dict[str, float], best: dict[str, tuple[str, float]]) -> Iterable[str]:
    yield "| call | ms | fits | peer / ours |\n|---|---:|---:|---:|"
    for name, seconds in times.items():
        peer = f"{best[name][0]} {best[name][1] / seconds:.2f}" if name in best else ""
        yield f"| {name} | {seconds * 1e3:.2f} | {seconds / times['fit']:.1f} | {peer} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[200, 1_000, 10_000, 1_000_000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", default="", help="calls whose name contains this text")
    options = parser.parse_args()
    for n in options.rows:
        table = data(n)
        design = gl.design(FORMULA, table)
        works = calls(table, design)
        times = {
            name: median(work, options.runs) for name, work in works.items() if name == "fit" or options.only in name
        }
        best = peers(table, design, options.only, options.runs)
        print(f"\nn = {n:,}, p = {design.n_columns}\n")
        print("\n".join(report(times, best)), flush=True)


if __name__ == "__main__":
    main()
