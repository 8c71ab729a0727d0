"""A limit excludes the null exactly where the p-value of its row is below 1 − level: in every table, however made.

Estimators, covariances, weights, methods and levels are crossed, on generated data.
"""

from __future__ import annotations

import itertools
import math
import warnings

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.errors import GlmlogitError, GlmlogitWarning

ESTIMATORS = {
    "logit": gl.logit,
    "firth": gl.firth,
    "log_f": gl.log_f,
    "flic": gl.flic,
    "flac": gl.flac,
    "median": gl.median_bias_reduced,
}
COVARIANCES = ("model", "HC0", "HC3", "cluster")
WEIGHTS = ("none", "frequency", "precision", "sampling", "trials")
METHODS = (None, "wald", "profile", "score")
LEVELS = (0.95, 0.6)
# A p-value this close to 1 − level is a tie that rounding decides.
TIE = 1e-9


def sample(seed: int, separated: bool = False) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = 48
    data = pd.DataFrame(
        {
            "x": rng.normal(size=n).round(1),
            "g": rng.choice(list("abc"), n),
            "h": rng.integers(0, 2, n),
            "id": np.arange(n) // 4,
            "w": rng.integers(1, 4, n),
            "t": rng.integers(2, 6, n),
        }
    )
    p = 1 / (1 + np.exp(0.4 - 0.6 * data["x"] - 0.7 * (data["g"] == "b") - 0.5 * data["h"]))
    data["y"] = (rng.random(n) < p).astype(int)
    data["e"] = rng.binomial(data["t"], p)
    if separated:
        data.loc[data["g"] == "c", "y"] = 1
        data.loc[data["g"] == "c", "e"] = data["t"]
    return data


def fitted(name: str, weights: str, cov: str, data: pd.DataFrame, formula: str, level: float) -> gl.Fit | None:
    """The fit, or None where the combination is refused (by one of the package's errors)."""
    options: dict = {"level": level}
    if weights == "trials":
        options["trials"] = "t"
    elif weights != "none":
        options |= {"weights": "w", "weight_type": weights}
    if cov == "cluster":
        options["cluster"] = "id"
    left = "e" if weights == "trials" else "y"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GlmlogitWarning)
        try:
            fit = ESTIMATORS[name](f"{left} ~ {formula}", data, **options)
            return fit if cov == "cluster" else fit.with_cov(cov)
        except GlmlogitError:
            return None


def agree(p: float, low: float, high: float, null: float, level: float, where: object) -> int:
    """Check one row; 1 if there was something to compare."""
    if math.isnan(p) or math.isnan(low) or math.isnan(high):
        assert math.isnan(p) == (math.isnan(low) or math.isnan(high)), where
        return 0
    if abs(p - (1.0 - level)) < TIE:
        return 0
    assert (not low <= null <= high) == (p < 1.0 - level), (where, p, low, high)
    return 1


def rows_agree(table: pd.DataFrame, null: float, level: float, where: object, prefix: str = "") -> int:
    names = [f"{prefix}p_value", f"{prefix}conf_low", f"{prefix}conf_high"]
    return sum(agree(*row, null, level, where) for row in table[names].astype(float).to_numpy().tolist())


# Firth's profiles of separated data are searched for further maxima; those of log-F and FLAC are by default.
CASES = [
    pytest.param(name, separated, marks=pytest.mark.slow if name == "firth" and separated else ())
    for name, separated in itertools.product(ESTIMATORS, (False, True))
]


@pytest.mark.parametrize(("name", "separated"), CASES)
def test_coefficient_tables(name: str, separated: bool) -> None:
    compared = combinations = 0
    for number, (cov, weights) in enumerate(itertools.product(COVARIANCES, WEIGHTS)):
        level = LEVELS[number % 2]
        fit = fitted(name, weights, cov, sample(number, separated), "x + g*h", level)
        for method in METHODS if fit is not None else ():
            where = (name, separated, cov, weights, method, level)
            try:
                ratios = fit.odds_ratios(method=method, units={"x": -2}, intercept=True)
            except GlmlogitError:  # no likelihood to profile
                assert method in ("profile", "score"), where
                continue
            combinations += 1
            compared += rows_agree(ratios, 1.0, level, where)
            tidy = fit.tidy(method=method)
            compared += rows_agree(tidy, 0.0, level, where)
            compared += rows_agree(fit.tidy(exponentiate=True, method=method), 1.0, level, where)
            if method is not None:
                continue
            page = fit.summary().coefficients
            compared += rows_agree(page, 0.0, level, where)
            shown = page.rename(columns={"odds_ratio_low": "or_conf_low", "odds_ratio_high": "or_conf_high"})
            shown["or_p_value"] = shown["p_value"].where(shown["term"] != "Intercept")
            compared += rows_agree(shown, 1.0, level, where, "or_")
            np.testing.assert_array_equal(ratios["p_value"], tidy["p_value"])
            bounds = fit.confint(method=method).to_numpy()
            known = np.isfinite(bounds).all(axis=1)
            np.testing.assert_array_equal(bounds[known], tidy[["conf_low", "conf_high"]].to_numpy()[known])
    assert combinations >= 20
    assert compared >= 300


@pytest.mark.parametrize("separated", [False, True])
@pytest.mark.parametrize("name", ["logit", "firth", "log_f"])
def test_tables_of_associations(name: str, separated: bool) -> None:
    """The p-value of a factor stands beside its reference: that of its odds ratio where it has only one."""
    compared = 0
    for seed, (level, method) in enumerate(itertools.product(LEVELS, (None, "wald"))):
        data = sample(seed, separated)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", GlmlogitWarning)
            frame = gl.table("y ~ x + g + h", data, estimator=ESTIMATORS[name], level=level, method=method).frame
        for kind in ("crude", "adjusted"):
            for variable, rows in frame.groupby("variable"):
                p = rows[f"{kind}_p_value"].dropna()
                limits = rows.loc[~rows["reference"].astype(bool), [f"{kind}_conf_low", f"{kind}_conf_high"]].to_numpy()
                if len(limits) == 1:
                    where = (name, separated, level, method, kind, variable)
                    compared += agree(p.item(), *limits[0].tolist(), 1.0, level, where)
    assert compared >= 15
