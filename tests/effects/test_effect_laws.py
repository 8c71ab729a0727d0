"""Laws of every table of effects: its tests are those of its rows, its limits exclude what they reject.

The tables are made of generated models: estimators, covariances, weights and formulas crossed.
"""

from __future__ import annotations

import copy
import functools
import itertools
import pickle
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.effects.effects_table import Effects
from glmlogit.errors import DataError, GlmlogitWarning, UnsupportedError

N = 120
LEVELS = ("a", "b", "c")
# Levels that are arithmetic, hold signs of hypotheses, or begin like numbers.
AWKWARD = ("1,5 - 2", "b = 0", "c/d (e)")


def frame(seed: int, levels: tuple[str, str, str] = LEVELS, scale: float = 1.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    g = rng.integers(0, 3, N)
    data = pd.DataFrame(
        {
            "x": scale * np.round(rng.normal(5.0, 1.5, N), 2),
            "dose": scale * np.round(np.exp(rng.normal(1.0, 0.8, N)), 2),
            "h": rng.integers(0, 2, N),
            "k": rng.integers(0, 2, N),
            "g": pd.Categorical.from_codes(g, categories=list(levels)),
            "c": np.arange(N) % 14,
            "n": rng.integers(1, 4, N),
            "w": rng.uniform(0.5, 2.0, N),
        }
    )
    eta = (
        0.5 * (data["x"] / scale - 5) + 0.6 * data["h"] * (1 + data["k"]) - 0.4 * g + 0.7 * np.log(data["dose"] / scale)
    )
    return data.assign(y=(rng.random(N) < 1 / (1 + np.exp(-eta + 0.5))).astype(int))


FORMULAS = ("y ~ x + h + k + g", "y ~ h*k + g + log(dose)", "y ~ h*g + k + x", "y ~ h*k + x + I(x^2) + g")
WEIGHTS: tuple[dict[str, Any], ...] = (
    {},
    {"weights": "n"},
    {"weights": "w", "weight_type": "sampling"},
    {"weights": "w", "weight_type": "precision"},
)
ESTIMATORS = (gl.logit, gl.firth, gl.flic, gl.log_f, gl.median_bias_reduced)
COVARIANCES = ("default", "HC0", "HC3", "cluster", "cluster:normal")

TABLES: dict[str, Callable[[gl.Fit], pd.DataFrame]] = {
    "margins": lambda f: f.margins(),
    "margins at": lambda f: f.margins(["h", "g"], at={"k": [0, 1]}, discrete="binary"),
    "elasticities": lambda f: f.margins(kind="eyex"),
    "risks": lambda f: gl.predictions(f, {"h": [0, 1]}, by="g"),
    "comparisons": lambda f: f.comparisons(
        "g", ["risk_difference", "risk_ratio", "odds_ratio", "nnt", "attributable_fraction"]
    ),
    "comparisons by": lambda f: f.comparisons("h", ["risk_ratio", "attributable_fraction"], by="g"),
    "comparisons of pairs": lambda f: f.comparisons("g", "risk_ratio", "pairwise", adjust="tukey"),
    "comparisons, Bonferroni": lambda f: f.comparisons("g", ["odds_ratio", "risk_difference"], adjust="bonferroni"),
    "second differences": lambda f: gl.second_differences(f, "h", "g"),
    "contrasts": lambda f: gl.contrasts(f, ["h", "k - h", f"g[{f.design.frame['g'].cat.categories[1]}]"]),
    "contrasts, log": lambda f: gl.contrasts(f, "h, k", exponentiate=False, adjust="sidak"),
    "pairs": lambda f: gl.pairwise(f, "g", _partners(f, "g")),
    "pairs, log": lambda f: gl.pairwise(f, "g", _partners(f, "g"), exponentiate=False, adjust="scheffe"),
    "strata": lambda f: gl.stratum_odds_ratios(f, "h", _partners(f, "h"), adjust="bonferroni"),
    "strata, Hommel": lambda f: gl.stratum_odds_ratios(f, "h", _partners(f, "h"), adjust="hommel"),
    "interaction": lambda f: gl.interaction(f, "h", "k"),
    "interaction, delta": lambda f: gl.interaction(f, "h", "k", method="delta"),
    "doses": lambda f: gl.effective_dose(f, _dose(f), _reached(f)),
    "doses, Fieller": lambda f: gl.effective_dose(f, _dose(f), _reached(f), method="fieller"),
}
# P-values of steps, and rows that are adjusted by another method than the limits.
LOOSE = {"strata, Hommel"}


def _partners(fit: gl.Fit, name: str) -> list[str] | None:
    found = dict.fromkeys(v for t in fit.design.terms if name in t.variables for v in t.variables if v != name)
    return list(found) or None


def _dose(fit: gl.Fit) -> str:
    return "dose" if "dose" in fit.design.frame else "x"


def _reached(fit: gl.Fit) -> list[float]:
    """Probabilities that the curve of the typical person reaches inside the data."""
    name = _dose(fit)
    inside = fit.design.frame[name].quantile([0.35, 0.65])
    grid = gl.reference_grid(fit, {name: list(inside)})
    return [float(p) for p in fit.predict(grid)]


@functools.cache
def fits(seed: int, levels: tuple[str, str, str] = LEVELS, scale: float = 1.0) -> list[tuple[str, gl.Fit]]:
    """Models: a Latin square of estimators and covariances, formulas and weights in turn."""
    data, found = frame(seed, levels, scale), []
    for i, (estimator, kind) in enumerate(itertools.product(ESTIMATORS, COVARIANCES)):
        if i % 2:
            continue
        options = dict(WEIGHTS[i // 2 % len(WEIGHTS)]) | ({"cluster": "c"} if kind.startswith("cluster") else {})
        formula = FORMULAS[(i // 2 + i // 10) % len(FORMULAS)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", GlmlogitWarning)
            fit = estimator(formula, data, **options)
        if kind.startswith("HC"):
            fit = fit.with_cov(kind)
        if kind == "cluster:normal":
            fit = fit.with_cov("cluster", reference="normal")
        found.append((f"{estimator.__name__} {formula} {options} {kind}", fit))
    return found


def made(fit: gl.Fit, name: str) -> Effects | None:
    """A table, or nothing where the model does not have what it is about."""
    try:
        return TABLES[name](fit)
    except (UnsupportedError, DataError, gl.errors.NotEstimableError):
        return None


def null_of(scale: str) -> float:
    return 1.0 if scale == "log" else 0.0


def check(table: Effects, name: str, level: float) -> int:
    """The laws for a table; how many rows they held for."""
    assert len(set(table.labels)) == len(table)
    count = 0
    rows = zip(table.labels, table.scales, table.to_dict(orient="records"), strict=True)
    for label, scale, row in rows:
        if scale == "reciprocal":
            assert "risk difference" in table.test(f"{label} = 1").reason
            continue
        if "p_value" in row and np.isfinite(row["p_value"]):
            null = null_of(scale)
            found = table.test(f"{label} = {null:g}")
            assert found.p_value == pytest.approx(row["p_value"], rel=1e-12, abs=1e-300), (label, found)
            if "statistic" in row:
                assert found.statistic == pytest.approx(row["statistic"] ** 2, rel=1e-12)
            if name not in LOOSE and np.isfinite(row["conf_low"]):
                excluded = null < row["conf_low"] or null > row["conf_high"]
                assert excluded == (row["p_value"] < 1 - level), (label, row)
            count += 1
        if not any(note.code == "adjusted" for note in table.notes):
            for limit in (row["conf_low"], row["conf_high"]):
                if np.isfinite(limit) and not (scale == "log" and limit == 0):
                    p = table.test(f"{label} = {float(limit)!r}").p_value
                    assert p == pytest.approx(1 - level, rel=1e-7), (label, limit)
                    count += 1
    return count


@pytest.mark.parametrize("name", TABLES)
def test_the_test_of_a_row_is_the_row(name: str) -> None:
    """13 fits a table; limits are the values whose p-value is one less the level, to the digits they are solved to."""
    held = 0
    for what, fit in fits(3):
        table = made(fit, name)
        if table is not None:
            assert table.labels, what
            held += check(table, name, fit.level)
    assert held > 10


@pytest.mark.parametrize("name", TABLES)
def test_names_and_scales_of_the_data_do_not_matter(name: str) -> None:
    """Levels whose names are arithmetic, and numbers times 64 (exact in doubles), leave tests and limits alone."""
    for (what, plain), (_, other) in list(zip(fits(5), fits(5, AWKWARD, 64.0), strict=True))[::3]:
        if what.startswith("log_f"):  # its prior speaks of a unit
            continue
        one, two = made(plain, name), made(other, name)
        assert (one is None) == (two is None)
        if one is None or two is None:
            continue
        columns = [c for c in ("p_value", "statistic", "odds_ratio") if c in one]
        np.testing.assert_allclose(one[columns], two[columns], rtol=1e-7)
        for a, b, scale in zip(one.labels, two.labels, one.scales, strict=True):
            if scale == "reciprocal" or name.startswith("doses"):
                continue
            value = 0.5 if scale == "logit" else null_of(scale)
            left, right = one.test(f"{a} = {value}"), two.test(f"{b} = {value}")
            assert left.p_value == pytest.approx(right.p_value, rel=1e-7, nan_ok=True)


# --- what hypotheses mean -----------------------------------------------------------------------------
FIT = fits(3)[0][1]
RATIOS = FIT.comparisons("g", "risk_ratio")
ONE, TWO = RATIOS.labels


def test_ratios_are_compared_by_their_logarithms():
    reference = RATIOS.test([1, -1])
    for text in (
        f"{ONE} = {TWO}",
        f"{ONE} - {TWO} = 0",
        f"{ONE} / {TWO} = 1",
        f"2*{ONE} = 2*{TWO}",
    ):
        found = RATIOS.test(text)
        assert found.statistic == pytest.approx(reference.statistic, rel=1e-12), text
    with pytest.raises(gl.errors.FormulaError):  # a sum of a quotient and a number
        RATIOS.test(f"{ONE}/{TWO} - 1 = 0")
    log, error = np.log(RATIOS["estimate"].to_numpy()), RATIOS["std_error_log"].to_numpy()
    found = RATIOS.test(f"{ONE} = 2*{TWO}")
    cov = RATIOS.covariance.to_numpy() / np.outer(RATIOS["estimate"], RATIOS["estimate"])
    np.testing.assert_allclose(np.sqrt(np.diagonal(cov)), error, rtol=1e-12)
    expected = (log[0] - log[1] - np.log(2)) ** 2 / (cov[0, 0] + cov[1, 1] - 2 * cov[0, 1])
    assert found.statistic == pytest.approx(expected, rel=1e-10)


def test_sums_of_ratios_are_tested_where_they_are_shown():
    found = RATIOS.test(f"{ONE} + {TWO} = 2")
    cov, estimate = RATIOS.covariance.to_numpy(), RATIOS["estimate"].to_numpy()
    assert found.statistic == pytest.approx((estimate.sum() - 2) ** 2 / cov.sum(), rel=1e-10)
    assert "scale of the estimates" in found.method


@pytest.mark.parametrize("value", [0, -1])
def test_a_ratio_is_never_zero(value):
    with pytest.raises(DataError, match="ratio, which is positive") as raised:
        RATIOS.test(f"{ONE} = {value}")
    advice = str(raised.value).split("type '")[1].rstrip("'")
    assert RATIOS.test(advice).p_value == pytest.approx(RATIOS["p_value"][0], rel=1e-12)


def test_a_probability_and_a_fraction_have_bounds():
    risks = gl.predictions(FIT, {"h": [0, 1]})
    with pytest.raises(DataError, match="between 0 and 1"):
        risks.test(f"{risks.labels[0]} = 1.5")
    p = risks["estimate"].to_numpy()
    equal = risks.test(f"{risks.labels[0]} = {risks.labels[1]}")
    V = risks.covariance.to_numpy() / np.outer(p * (1 - p), p * (1 - p))
    logit = np.log(p / (1 - p))
    assert equal.statistic == pytest.approx((logit[0] - logit[1]) ** 2 / (V[0, 0] + V[1, 1] - 2 * V[0, 1]), rel=1e-9)
    fraction = FIT.comparisons("h", "attributable_fraction")
    with pytest.raises(DataError, match="below 1"):
        fraction.test(f"{fraction.labels[0]} = 1")


def test_several_rows_together_and_across_estimands():
    """RR = 1 of two levels is one hypothesis with RD = 0 of them, to first order; the covariance between is kept."""
    both = FIT.comparisons("g", ["risk_difference", "risk_ratio"])
    a, _, c, d = both.labels
    joint = both.test(f"{c} = 1, {d} = 1")
    assert joint.df == 2
    assert joint.p_value == pytest.approx(RATIOS.test(f"{ONE} = 1, {TWO} = 1").p_value, rel=1e-12)
    assert both.test(f"{a} = 0, {d} = 1").df == 2
    assert np.isfinite(both.covariance.to_numpy()).all()


def test_adjusted_tables_say_which_p_value_a_test_has():
    pairs = gl.pairwise(FIT, "g")
    first = pairs.labels[0]
    own, other = pairs.test(f"{first} = 1"), pairs.test(f"{first} = 1.1")
    assert own.p_value == pairs["p_value"][0]
    assert "adjusted for 3 comparisons" in own.method
    assert "not adjusted" in other.method
    none = gl.pairwise(FIT, "g", adjust="none")
    assert none.test(f"{first} = 1.1").p_value == other.p_value
    assert own.statistic == none.test(f"{first} = 1").statistic


# --- standard errors, copies --------------------------------------------------------------------------
@pytest.mark.parametrize("name", TABLES)
def test_std_error_is_of_the_estimate(name):
    """Its square is the diagonal of the covariance shown; std_error_log is it over the estimate."""
    for _, fit in fits(3)[::4]:
        table = made(fit, name)
        if table is None or "std_error" not in table:
            continue
        shown = table["std_error"].where(table.scales.to_numpy() != "reciprocal")
        np.testing.assert_allclose(np.sqrt(np.diagonal(table.covariance)), shown, rtol=1e-10)
        logged = table.scales.isin(["log", "complement"]).to_numpy()
        if not logged.any():
            assert "std_error_log" not in table
            continue
        assert table["std_error_log"][~logged].isna().all()
        shown = np.where(table.scales.to_numpy() == "complement", 1 - table["estimate"], table["estimate"])[logged]
        np.testing.assert_allclose(table["std_error"][logged], shown * table["std_error_log"][logged], rtol=1e-10)


@pytest.mark.parametrize("name", TABLES)
def test_copies_keep_what_a_table_carries_and_cuts_are_plain(name):
    table = next(t for t in (made(fit, name) for _, fit in fits(3)) if t is not None)
    for again in (copy.copy(table), copy.deepcopy(table), pickle.loads(pickle.dumps(table))):
        assert type(again) is Effects
        pd.testing.assert_frame_equal(again, table)
        assert again.labels == table.labels
        assert again.notes == table.notes
        pd.testing.assert_frame_equal(again.covariance, table.covariance)
        if table.scales.iloc[0] != "reciprocal":
            text = f"{table.labels[0]} = 0.4"
            assert again.test(text).p_value == table.test(text).p_value
    for part in (
        table.head(1),
        table[table.columns[:2]],
        table.copy(),
        table.iloc[:1],
        table.assign(z=1),
        table.reset_index(),
        table.rename(columns=str.upper),
    ):
        assert type(part) is pd.DataFrame
