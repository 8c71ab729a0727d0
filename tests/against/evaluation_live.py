"""Evaluation beside R's pROC, rms and car on new data: ``python tests/against/evaluation_live.py [tables] [seed]``.

Needs Rscript with r-cran-proc, r-cran-rms, r-cran-car and r-cran-jsonlite. Of each quantity in which R is right it
prints the largest difference over the tables, relative to the size of the value (of vectors, of their largest). rms
stops its own iteration early: six digits. It fails where a difference is larger than that peer's digits allow.
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
ALLOWED = {"pROC": 1e-10, "rms": 1e-5, "car": 1e-8, "R": 1e-7, "Hosmer-Lemeshow": 1e-8}


def table(rng: np.random.Generator) -> pd.DataFrame:
    """People with a score in ties, a second one and three groups.

    Their number less one shares no divisor with 10: else a decile is an observation, R's ``quantile`` misses it by
    rounding, and ``cut`` puts that person into the next group.
    """
    n = 10 * int(rng.integers(8, 40)) + int(rng.choice([0, 2, 4, 8]))
    x, u, g = rng.normal(size=n).round(1), rng.normal(size=n), rng.integers(0, 3, n)
    x, u = x + 0.0, u + 0.3 * x
    y = rng.random(n) < 1 / (1 + np.exp(0.6 - 0.7 * x + 0.4 * u - 0.5 * (g == 2)))
    return pd.DataFrame({"y": y.astype(int), "x": x, "u": u, "g": g})


def said(d: pd.DataFrame) -> dict[str, object]:
    """The same quantities here."""
    fit = gl.logit("y ~ x + u + C(g)", d)
    curve, pair = gl.roc(y=d["y"], score=d["x"]), gl.roc_test(d["x"], d["u"], y=d["y"])
    sums, rows = gl.goodness_of_fit(fit), gl.influence(fit)
    eta = fit.predict(kind="link")
    line = gl.recalibrate(y=d["y"], p=1 / (1 + np.exp(-0.3 - 0.7 * eta))).parameters["estimate"]
    brier = float(((d["y"] - fit.predict()) ** 2).mean())
    return {
        "pROC auc": curve.auc,
        "pROC DeLong error": curve.std_error,
        "pROC DeLong limits": [curve.conf_low, curve.conf_high],
        "pROC partial area": curve.partial(0.7, 1.0, corrected=False),
        "pROC partial area, corrected": curve.partial(0.7, 1.0),
        "pROC paired test": [pair.statistic, pair.p_value],
        "rms residuals(lrm, gof)": [*sums.parts, sums.statistic, sums.p_value],
        "rms R2, Brier": [gl.pseudo_r2(fit)["nagelkerke"], brier],
        "car vif": gl.vif(fit)["gvif"],
        "car outlierTest": [rows.outlier["studentised"], rows.outlier["p_value"]],
        "Hosmer-Lemeshow by R's quantiles": gl.goodness_of_fit(fit, "hosmer_lemeshow", grouping="r").statistic,
        "R hatvalues": rows.table["hat"],
        "R cooks.distance": rows.table["cooks_distance"],
        "R rstudent": rows.table["studentised"],
        "R rstandard": gl.residuals(fit, "standardised_deviance"),
        "R calibration line": line[["intercept", "slope"]],
        "R anova, Rao of eta^2": gl.goodness_of_fit(fit, "link").statistic,
    }


def main(tables: int, seed: int) -> int:
    rng = np.random.default_rng(seed)
    frames = [table(rng) for _ in range(tables)]
    with tempfile.TemporaryDirectory() as folder:
        for k, frame in enumerate(frames):
            frame.to_csv(Path(folder) / f"{k:03d}.csv", index=False, float_format="%.17g")
        subprocess.run(["Rscript", str(SCRIPT), folder], check=True)
        answers = json.loads((Path(folder) / "answers.json").read_text("utf-8"))
    worst: dict[str, float] = {}
    for frame, theirs in zip(frames, answers, strict=True):
        for name, ours in said(frame).items():
            if "NA" in np.ravel(theirs[name]).astype(str):  # pROC corrects no partial area below that of chance
                continue
            a, b = (np.atleast_1d(np.asarray(values, dtype=float)) for values in (ours, theirs[name]))
            worst[name] = max(worst.get(name, 0.0), float(np.abs(a - b).max() / np.abs(b).max()))
    print(f"{tables} tables, seed {seed}\n")
    failed = 0
    for name, away in worst.items():
        allowed = ALLOWED[name.split()[0]]
        failed += not away <= allowed
        print(f"{name:36s} {away:.1e}  {'' if away <= allowed else 'MORE THAN ' + format(allowed, 'g')}")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(*(int(value) for value in (sys.argv[1:] + ["30", "1"][len(sys.argv) - 1 :]))))
