"""Typical studies, with age and body mass as they are, against statsmodels: ``python tests/benchmarks/typical.py``.

CPU time of one thread, medians, both in turn in one process; ratios are statsmodels over glmlogit. Columns far from
zero are what costs digits, and time: "year" adds a calendar year, "centred" takes the means away.
"""

from __future__ import annotations

import argparse
import statistics
import time
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
from statsmodels.discrete.discrete_model import Logit
from statsmodels.formula.api import logit as by_formula

import glmlogit as gl

NUMBERS = ("age", "bmi", "systolic", "packs", "income")
FORMULA = "y ~ age + bmi + systolic + packs + income + smoker + C(education)"


def study(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(n)
    age, bmi = rng.normal(52, 12, n).round(), rng.normal(27, 4.5, n).round(1)
    table = pd.DataFrame({"age": age, "bmi": bmi, "systolic": rng.normal(132, 17, n).round()})
    table["packs"], table["income"] = rng.gamma(2.0, 5.0, n).round(1), rng.normal(size=n)
    table["smoker"], table["year"] = rng.integers(0, 2, n), rng.integers(2005, 2016, n)
    table["education"] = rng.choice(["high", "low", "middle"], n)
    eta = -1.2 + 0.03 * (age - 52) + 0.05 * (bmi - 27) + 0.4 * table["smoker"]
    table["y"] = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int)
    return table


def in_turn(work: dict[str, Callable[[], object]], seconds: float) -> dict[str, float]:
    """Median CPU seconds of each, taking turns for some seconds."""
    times: dict[str, list[float]] = {name: [] for name in work}
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(next(iter(times.values()))) < 5:
        for name, do in work.items():
            start = time.process_time()
            do()
            times[name].append(time.process_time() - start)
    return {name: statistics.median(values) for name, values in times.items()}


def compared(y: np.ndarray, X: np.ndarray, seconds: float) -> tuple[float, float]:
    control, design = gl.Control(threads=1), np.column_stack([np.ones(len(X)), X])

    def ours() -> object:
        fit = gl.logit(gl.design_arrays(y, X, intercept=True), control=control)
        return fit.params, fit.bse

    times = in_turn({"ours": ours, "theirs": lambda: Logit(y, design).fit(disp=0).bse}, seconds)
    return times["ours"], times["theirs"] / times["ours"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=4.0, help="for each cell")
    parser.add_argument("--rows", type=int, nargs="+", default=[200, 500, 1_000, 2_000, 10_000, 100_000])
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print("| n | centred | as they are | with year | formula |\n|---:|---:|---:|---:|---:|")
    for n in options.rows:
        table = study(n)
        y, raw = table["y"].to_numpy(dtype=float), table[[*NUMBERS, "smoker"]].to_numpy(dtype=float)
        forms = [raw - raw.mean(axis=0), raw, np.column_stack([raw, table["year"]])]
        cells = [compared(y, np.ascontiguousarray(X), options.seconds) for X in forms]
        times = in_turn(
            {
                "ours": lambda table=table: gl.logit(FORMULA, table).bse,
                "theirs": lambda table=table: by_formula(FORMULA, table).fit(disp=0).bse,
            },
            options.seconds,
        )
        cells.append((times["ours"], times["theirs"] / times["ours"]))
        shown = [f"{1e3 * seconds:.3g} ms ({ratio:.2f})" for seconds, ratio in cells]
        print(f"| {n:,} | {' | '.join(shown)} |", flush=True)


if __name__ == "__main__":
    main()
