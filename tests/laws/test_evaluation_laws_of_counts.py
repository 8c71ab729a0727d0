"""The same people as rows, counts or trials are judged alike by every verb; what weights of other kinds do to it.

One table of verbs, each as numbers of a fit: of people one by one, of distinct rows with frequency weights, of distinct
covariates with trials, and with rows of weight 0 among them. Sampling weights weigh, and have no limits that count
people; precision weights count nothing, and are refused where counts are needed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from strategies import examples, seeds

import glmlogit as gl
from glmlogit.errors import UnsupportedError

RIGHT = "x + C(z)"


@functools.lru_cache(maxsize=32)
def people(seed: int) -> pd.DataFrame:
    """Rows with many alike, of both outcomes wherever x is 1; events first, as trials of a row are drawn and dealt."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(120, 200))
    x, z = np.abs(rng.normal(size=n)).round(1) + 0.5, rng.integers(0, 3, n)
    x[:6], z[:6] = 1.0, [0, 0, 1, 1, 2, 2]
    y = (rng.random(n) < 1 / (1 + np.exp(1.0 - 0.9 * x + 0.5 * (z == 1)))).astype(int)
    y[:6] = [0, 1] * 3
    return pd.DataFrame({"y": y, "x": x, "z": z}).sort_values(
        ["x", "z", "y"], ascending=[True, True, False], ignore_index=True
    )


def counted(seed: int) -> pd.DataFrame:
    return people(seed).groupby(["x", "z", "y"], sort=False).size().rename("n").reset_index()


def written(seed: int) -> dict[str, gl.Fit]:
    """The same people in four ways."""
    rows, counts = people(seed), counted(seed)
    trials = rows.groupby(["x", "z"], as_index=False)["y"].agg(["sum", "count"])
    nothing = pd.DataFrame({"x": [9.0, 0.1], "z": [1, 2], "y": [0, 1], "n": [0, 0]})
    return {
        "rows": gl.logit(f"y ~ {RIGHT}", rows),
        "counts": gl.logit(f"y ~ {RIGHT}", counts, weights="n"),
        "trials": gl.logit(f"sum ~ {RIGHT}", trials, trials="count"),
        "with nothing": gl.logit(f"y ~ {RIGHT}", pd.concat([nothing, counts], ignore_index=True), weights="n"),
    }


def numbers(table: pd.DataFrame | pd.Series) -> np.ndarray:
    frame = table.to_frame() if isinstance(table, pd.Series) else table
    return frame.select_dtypes("number").to_numpy(dtype=float)


def test_of(test: str) -> Callable[[gl.Fit], np.ndarray]:
    return lambda fit: np.array([(t := gl.goodness_of_fit(fit, test)).statistic, t.df, t.p_value])


test_of.__test__ = False

FOLDS = {"folds": 3, "repeats": 2, "seed": 1}
VERBS: dict[str, Callable[[gl.Fit], np.ndarray]] = {
    "roc": lambda f: numbers(gl.roc(f).table),
    "roc, limits": lambda f: np.array([(c := gl.roc(f)).auc, c.std_error, c.conf_low, c.conf_high, c.partial(0.7)]),
    "roc, Newcombe": lambda f: np.array([(c := gl.roc(f, interval="newcombe")).conf_low, c.conf_high]),
    "roc, bootstrap": lambda f: np.array([(c := gl.roc(f, interval="bootstrap", replicates=20)).conf_low, c.conf_high]),
    "roc, folds": lambda f: np.array([(c := gl.roc(f, resampling="cv", **FOLDS)).auc, c.std_error]),
    "precision_recall": lambda f: np.array([(c := gl.precision_recall(f)).average_precision, c.conf_low, c.conf_high]),
    "association_measures": lambda f: numbers(gl.association_measures(f).table),
    "calibration": lambda f: numbers(gl.calibration(f, replicates=20, **FOLDS).measures),
    "classification": lambda f: numbers(gl.classification(f, threshold=0.4).table),
    "thresholds": lambda f: numbers(gl.thresholds(f, replicates=0, resampling="none").table),
    "decision_curve": lambda f: numbers(gl.decision_curve(f, thresholds=[0.2, 0.4]).table),
    "gain": lambda f: np.array([(g := gl.gain(f)).ks, g.gini, g.area, *g.at([0.1, 0.5])["gain"]]),
    "recalibrate": lambda f: numbers(gl.recalibrate(f, resampling="cv", **FOLDS).parameters),
    "cross_validate": lambda f: numbers(gl.cross_validate(f, **FOLDS).measures),
    "internal_validation": lambda f: numbers(gl.internal_validation(f, replicates=20).table),
    ".632+": lambda f: numbers(gl.internal_validation(f, "632+", 20).table),
    **{
        f"goodness_of_fit, {test}": test_of(test)
        for test in (
            *("unweighted_ss", "hosmer_lemeshow", "tsiatis", "pearson", "deviance", "osius_rojek"),
            *("stukel", "information_matrix", "link", "spiegelhalter"),
        )
    },
    "pseudo_r2": lambda f: gl.pseudo_r2(f).to_numpy(),
    "influence by pattern": lambda f: numbers(gl.influence(f, "pattern").table.sort_values(["fitted", "n"])),
    "residuals by pattern": lambda f: np.sort(gl.residuals(f, "studentised", by="pattern")),
    "binned_residuals": lambda f: numbers(gl.binned_residuals(f).table),
    "linearity": lambda f: numbers(gl.linearity(f, "x").table),
    "dispersion": lambda f: np.array([gl.dispersion(f, "pattern").phi]),
    "vif": lambda f: numbers(gl.vif(f)),
    "collinearity": lambda f: numbers(gl.collinearity(f)),
    "step": lambda f: np.array([len(p := gl.step(f).path), *np.diff(p["criterion"].to_numpy(dtype=float))]),
    "best_subset": lambda f: np.diff(gl.best_subset(f)["criterion"].to_numpy(dtype=float)),
    "change_in_estimate": lambda f: numbers(gl.change_in_estimate(f, "x")),
}


@pytest.mark.parametrize("verb", VERBS)
@examples(2)
@given(seeds)
def test_people_are_judged_alike_however_written_down(verb, seed):
    answers = {how: VERBS[verb](fit) for how, fit in written(seed).items()}
    expected = answers.pop("rows")
    assert np.isfinite(expected).any()
    for how, ours in answers.items():
        # Two fits of the same people agree to some 1e-12; p-values of refits and their differences to fewer digits.
        np.testing.assert_allclose(ours, expected, rtol=1e-6, atol=1e-9, err_msg=how)


def weighed(seed: int, kind: str) -> gl.Fit:
    return gl.logit(f"y ~ {RIGHT}", counted(seed), weights="n", weight_type=kind)


# Points of sampling weights are those of counts; where limits are columns of a table, all of them are NaN.
# Curves are as smooth, and tests have as many observations, as there are people: rows, not their sampling weights.
OF_PEOPLE = ["ici", "e50", "e90", "emax", "spiegelhalter_z"]
POINTS: dict[str, Callable[[gl.Fit], tuple[np.ndarray, np.ndarray, str]]] = {
    "roc": lambda f: ((c := gl.roc(f)).auc, np.array([c.std_error, c.conf_low, c.conf_high]), c.reason),
    "precision_recall": lambda f: (
        (c := gl.precision_recall(f)).average_precision,
        np.array([c.conf_low, c.conf_high]),
        c.reason,
    ),
    "association_measures": lambda f: (
        np.array([(m := gl.association_measures(f)).c, m.somers_d, m.gamma]),
        np.array([m.tau_a if f.sample.sampled else np.nan]),  # of pairs of people
        "none",
    ),
    "classification": lambda f: (
        (t := gl.classification(f, threshold=0.4).table)["estimate"].drop("haldane_odds_ratio").to_numpy(dtype=float),
        t[["conf_low", "conf_high"]].to_numpy(dtype=float),
        t.loc["sensitivity", "reason"],
    ),
    "decision_curve": lambda f: (
        (c := gl.decision_curve(f, thresholds=[0.2, 0.4])).table["net_benefit"].to_numpy(),
        c.table["std_error"].to_numpy(),
        c.reason,
    ),
    "gain": lambda f: (np.array([(g := gl.gain(f)).ks, g.gini, g.area]), np.array([np.nan]), "none"),
    "calibration": lambda f: (
        (m := gl.calibration(f, resampling="none").measures)["estimate"].drop(OF_PEOPLE).to_numpy(),
        m[["std_error", "conf_low", "conf_high"]].to_numpy(dtype=float),
        " ".join(map(str, gl.calibration(f, resampling="none").notes)),
    ),
}


@pytest.mark.parametrize("verb", POINTS)
@examples(3)
@given(seeds)
def test_sampling_weights_weigh_and_have_no_limits(verb, seed):
    points, limits, reason = POINTS[verb](weighed(seed, "sampling"))
    np.testing.assert_allclose(points, POINTS[verb](weighed(seed, "frequency"))[0], rtol=1e-8, atol=1e-12)
    assert np.isnan(limits).all()
    assert reason


COUNTING = ("roc", "precision_recall", "association_measures", "calibration", "classification", "thresholds")
COUNTING += ("decision_curve", "gain", "cross_validate", "internal_validation", ".632+", "influence by pattern")
COUNTING += ("goodness_of_fit, unweighted_ss", "goodness_of_fit, hosmer_lemeshow", "binned_residuals", "dispersion")


@pytest.mark.parametrize("verb", COUNTING)
def test_precision_weights_count_nothing(verb):
    with pytest.raises(UnsupportedError):
        VERBS[verb](weighed(1, "precision"))


@pytest.mark.parametrize("kind", ["sampling", "precision"])
def test_rows_of_weight_nothing_are_invisible_in_weights_of_any_kind(kind):
    d = counted(2)
    more = pd.concat([d, d.head(3).assign(n=0, x=50.0)], ignore_index=True)
    plain, padded = (gl.logit(f"y ~ {RIGHT}", t, weights="n", weight_type=kind) for t in (d, more))
    names = ["hat", "cooks_distance", "delta_beta", "studentised", "linear_predictor_without"]
    np.testing.assert_array_equal(gl.influence(padded).table[names], gl.influence(plain).table[names])
    np.testing.assert_array_equal(gl.residuals(padded, "pearson"), gl.residuals(plain, "pearson"))
    np.testing.assert_array_equal(gl.collinearity(padded), gl.collinearity(plain))
    if kind == "sampling":
        for verb in ("roc", "gain", "association_measures"):
            np.testing.assert_array_equal(VERBS[verb](padded), VERBS[verb](plain))
