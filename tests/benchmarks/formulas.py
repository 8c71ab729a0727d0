"""From a data frame to a fit, with factors and with rows that repeat: ``python tests/benchmarks/formulas.py``.

The floor beside repeated rows is one ``groupby`` of the same columns by pandas. Peers are ``smf.logit`` and, where
``Rscript`` is on the path, R's ``glm`` (timed by R itself, data in memory); both only where they fit in memory and
take seconds. Every fit takes a process of its own, which also tells the peak memory above the data frame.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Case:
    """Rows, levels of the factors, number of continuous columns, and whether there is one of small integers."""

    name: str
    n: int
    levels: tuple[int, ...]
    numbers: int = 0
    integer: bool = False
    crossed: bool = False
    text: bool = False
    peers: bool = True

    @property
    def formula(self) -> str:
        """All columns, the first two factors crossed where asked."""
        factors = [f"g{k}" for k in range(len(self.levels))]
        terms = [*factors, *(f"x{j}" for j in range(self.numbers)), *(["k"] if self.integer else [])]
        return "y ~ " + " + ".join(terms) + (" + g0:g1" if self.crossed else "")

    @property
    def columns(self) -> list[str]:
        """Names of the factors and of the column of integers."""
        return [f"g{k}" for k in range(len(self.levels))] + (["k"] if self.integer else [])

    def data(self) -> pd.DataFrame:
        """Categories, normal numbers and an outcome of 25 to 40 % events that depends on all of them."""
        rng = np.random.default_rng(1)
        frame, eta = {}, np.full(self.n, -1.0)
        for k, levels in enumerate(self.levels):
            codes = rng.integers(0, levels, self.n)
            eta += (rng.normal(size=levels) * 0.3)[codes]
            frame[f"g{k}"] = pd.Categorical.from_codes(codes, [f"level {i}" for i in range(levels)])
        for j in range(self.numbers):
            frame[f"x{j}"] = rng.normal(size=self.n)
            eta += rng.normal() * 0.2 * frame[f"x{j}"]
        if self.integer:
            frame["k"] = rng.integers(0, 10, self.n).astype(np.int8)
            eta += 0.1 * frame["k"]
        frame["y"] = (rng.random(self.n) < 1 / (1 + np.exp(-eta))).astype(np.int8)
        made = pd.DataFrame(frame)
        return made.astype({f"g{k}": str for k in range(len(self.levels))}) if self.text else made


CASES = (
    Case("1e4 rows, 3 numbers, 2 factors", 10_000, (5, 4), 3),
    Case("1e6 rows, 6 numbers, 3 factors", 1_000_000, (5, 4, 6), 6),
    Case("1e6 rows, 2 numbers, crossed factors", 1_000_000, (12, 10), 2, crossed=True, peers=False),
    Case("1e6 rows, 6 numbers, a factor of 100 levels", 1_000_000, (100,), 6, peers=False),
    Case("1e6 rows, 6 numbers, a factor of 1,000 levels", 1_000_000, (1_000,), 6, peers=False),
    Case("1e6 rows, 4 factors, an integer", 1_000_000, (3, 4, 5, 6), integer=True),
    Case("1e7 rows, 4 factors, an integer", 10_000_000, (3, 4, 5, 6), integer=True, peers=False),
    Case("1e7 rows, the same as text", 10_000_000, (3, 4, 5, 6), integer=True, text=True, peers=False),
)


def ours(frame: pd.DataFrame, case: Case) -> dict[str, Any]:
    """Coefficients and standard errors by glmlogit."""
    import glmlogit as gl

    fit = gl.logit(case.formula, frame)
    assert fit.converged
    return {"params": fit.params.to_numpy(), "bse": fit.bse.to_numpy(), "iterations": fit.n_iter}


def statsmodels(frame: pd.DataFrame, case: Case) -> dict[str, Any]:
    """The same by ``smf.logit``."""
    import statsmodels.formula.api as smf

    fit = smf.logit(case.formula, frame).fit(disp=0)
    return {"params": fit.params.to_numpy(), "bse": fit.bse.to_numpy()}


def groupby(frame: pd.DataFrame, case: Case) -> dict[str, Any]:
    """Events by pattern of the categorical and integer columns."""
    return {"groups": len(frame.groupby(case.columns, observed=True)["y"].sum())}


WAYS: dict[str, Callable[[pd.DataFrame, Case], dict[str, Any]]] = {
    "glmlogit": ours,
    "smf.logit": statsmodels,
    "groupby": groupby,
}


def peak() -> float:
    """Largest resident size of this process so far, in MB."""
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / 2**20 if sys.platform == "darwin" else size / 2**10


def child(way: str, place: int, seconds: float) -> None:
    """Time one way in this process, warm, and print what was found."""
    case, run = CASES[place], WAYS[way]
    frame = case.data()
    run(frame.groupby(case.columns[0], observed=True).head(200), case)  # imports, threads and their buffers
    before, times = peak(), []
    while len(times) < 3 or (sum(times) < seconds and len(times) < 20):
        begin = time.perf_counter()
        found = run(frame, case)
        times.append(time.perf_counter() - begin)
    print(json.dumps({"times": times, "memory": peak() - before, "iterations": found.get("iterations")}))


_R = """
d <- read.csv(commandArgs(TRUE)[1], stringsAsFactors = TRUE)
f <- as.formula(commandArgs(TRUE)[2])
t <- sapply(1:3, function(i) system.time(coef(summary(glm(f, binomial, d))))[["elapsed"]])
cat(t)
"""


def in_r(case: Case) -> list[float]:
    """Seconds of R's ``summary(glm(…))``, timed by R."""
    with tempfile.TemporaryDirectory() as folder:
        data, script = Path(folder, "data.csv"), Path(folder, "fit.R")
        case.data().to_csv(data, index=False)
        script.write_text(_R)
        done = subprocess.run(
            ["Rscript", "--vanilla", str(script), str(data), case.formula], capture_output=True, text=True, check=True
        )
    return [float(t) for t in done.stdout.split()]


def measure(place: int, seconds: float) -> dict[str, dict[str, Any]]:
    """Every way to do one case, each in its own process."""
    case = CASES[place]
    ways = ["glmlogit", *(["smf.logit"] if case.peers else []), *(["groupby"] if not case.numbers else [])]
    found = {}
    for way in ways:
        command = [sys.executable, __file__, "--child", way, str(place), str(seconds)]
        found[way] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    if case.peers and shutil.which("Rscript"):
        found["R glm"] = {"times": in_r(case), "memory": None, "iterations": None}
    return found


def show(case: Case, found: dict[str, dict[str, Any]]) -> str:
    """One line of the table."""
    own = statistics.median(found["glmlogit"]["times"])
    cells = [case.name, f"{own * 1e3:,.0f} ms", f"{found['glmlogit']['memory']:,.0f} MB"]
    for way in ("smf.logit", "R glm", "groupby"):
        median = statistics.median(found[way]["times"]) if way in found else None
        cells.append("" if median is None else f"{median * 1e3:,.0f} ms ({median / own:.2f})")
    return f"| {' | '.join(cells)} |"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5.0, help="time for each way (at least three runs)")
    parser.add_argument("--only", type=int, default=None, metavar="K", help="the K-th case, from 0")
    parser.add_argument("--child", nargs=3, default=None, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.child:
        child(options.child[0], int(options.child[1]), float(options.child[2]))
        return
    print("| data | glmlogit | peak above the data | smf.logit | R glm | groupby |\n|---|---:|---:|---:|---:|---:|")
    for place in range(len(CASES)) if options.only is None else [options.only]:
        print(show(CASES[place], measure(place, options.seconds)), flush=True)


if __name__ == "__main__":
    main()
