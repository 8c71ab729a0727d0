"""Thresholds and costs: values of references, identities, hostile inputs, people however written down."""

from __future__ import annotations

import functools
import math

import matplotlib as mpl
import matplotlib.pyplot
import numpy as np
import pandas as pd
import pytest
from evaluation_models import data, difference, entries, fitted, hostile, minstd, values
from scipy import stats

import glmlogit as gl
from glmlogit.decisions.cells import Cells, exact_limits, predictive_values, wilson_limits
from glmlogit.decisions.criteria import criterion_of
from glmlogit.errors import DataError
from glmlogit.evaluation.ranking import ranked
from glmlogit.numerics.tails import normal_quantile

mpl.use("Agg")
REFERENCE = entries("5_thresholds")
SHARES = ["sensitivity", "specificity", "ppv", "npv", "accuracy"]
LIMITS = ["estimate", "conf_low", "conf_high"]
Z = normal_quantile(0.95)


def judge(verb, model: str, **options):
    """A verb of the fit of a model in its own rows, or of the aSAH grades as probabilities."""
    if model == "asah_wfns_scaled":
        return verb(y=data("asah")["poor"], p=data("asah")["wfns"] / 6, **options)
    return verb(fitted(model), **options)


@functools.cache
def decided(model: str, threshold: float, **options) -> gl.Classification:
    return judge(gl.classification, model, threshold=threshold, **options)


def measures(e, names, columns) -> np.ndarray:
    return np.asarray(decided(e["model"], e["args"]["threshold"]).table.loc[names, columns], dtype=float)


def cells(e) -> list[float]:
    c = decided(e["model"], e["args"]["threshold"])
    return [c.tp, c.fp, c.fn, c.tn]


def of_caret(e) -> list[float]:
    names = [*SHARES, "balanced_accuracy", "f1", "kappa", "detection_rate", "detection_prevalence"]
    return [*measures(e, names, "estimate"), decided(e["model"], e["args"]["threshold"]).mcnemar_p]


def f_measures(e) -> list[float]:
    t = e["args"]["threshold"]
    f = [decided(e["model"], t, beta=beta).table["estimate"][f"f{beta:g}"] for beta in (2, 0.5)]
    return [measures(e, "mcc", "estimate"), *f, measures(e, "youden", "estimate")]


def choice(model: str, **options) -> gl.ThresholdChoice:
    honest = {} if model == "asah_wfns_scaled" else {"resampling": "none"}
    return judge(gl.thresholds, model, replicates=0, **honest, **options)


def optimum(e) -> list[float]:
    costs = (e["args"]["c_fn"], e["args"]["c_fp"]) if e["args"] else None
    c = choice(e["model"], **({"costs": costs} if costs else {"criterion": "f1"}))
    row = c.table[c.table["threshold"] == c.threshold].iloc[0]
    if costs:
        assert c.bayes == pytest.approx(e["args"]["bayes_threshold"])
    return [c.threshold, c.value, row["tp"], row["fp"], *([len(c.best)] if costs else [])]


def midpoints(e) -> np.ndarray:
    c = choice(e["model"], criterion="youden" if "youden" in e["quantity"] else "closest")
    return c.best[["midpoint", "sensitivity", "specificity"]].to_numpy()


def at_target(e) -> np.ndarray:
    c = choice(e["model"], criterion="sensitivity", target=float(e["quantity"].split("_")[2]))
    return c.best[["threshold", "sensitivity", "specificity"]].to_numpy()


def benefit(e) -> np.ndarray:
    grid = values("5_thresholds", f"thresholds.{e['model']}.net_benefit")[:, 0]
    curve = judge(gl.decision_curve, e["model"], thresholds=list(grid)).table
    model, treated = (curve[curve["model"] == name] for name in ("model", "all"))
    if e["quantity"].endswith("_se"):
        return model["std_error"].to_numpy()
    return np.column_stack([grid, model["net_benefit"], treated["net_benefit"]])


def bootstrapped(e) -> np.ndarray:
    fit = fitted(e["model"])
    y, p = fit.rows.y, fit.predict().to_numpy()
    table = []
    for name, costs in (("youden", (1, 1)), ("cost", (5, 1))):
        rule = criterion_of(name, costs, math.nan, None)

        def chosen(rows, rule=rule) -> float:
            ranking = ranked(p[rows], y[rows], 1 - y[rows])
            return np.append(np.inf, ranking.lowest)[rule.best(ranking)[0]]

        draws = np.array([chosen(rows) for rows in minstd(len(y), 200)])
        table.append([chosen(np.arange(len(y))), draws.mean(), *np.quantile(draws, [0.025, 0.5, 0.975])])
    return np.array(table)


def of_epi(e) -> np.ndarray:
    rows = {"y": [1, 0, 1, 0], "p": [0.9, 0.9, 0.1, 0.1], "weights": [670, 202, 74, 640]}
    t = gl.classification(**rows).table[LIMITS].astype(float)
    part = {"ap": "detection_prevalence", "tp": "prevalence", "se": "sensitivity", "sp": "specificity"}
    part |= {"diag.ac": "accuracy", "diag.or": "odds_ratio", "youden": "youden", "pv.pos": "ppv", "pv.neg": "npv"}
    part |= {"lr.pos": "lr_positive", "lr.neg": "lr_negative", "p.rin": "detection_prevalence"}
    complement = {"p.rout": "detection_prevalence", "p.tpdn": "specificity", "p.tndp": "sensitivity"}
    complement |= {"p.dntp": "ppv", "p.dptn": "npv"}
    turned = 1 - t[["estimate", "conf_high", "conf_low"]].to_numpy()
    lines = {name: t.loc[ours] for name, ours in part.items()}
    lines |= {name: turned[t.index.get_loc(ours)] for name, ours in complement.items()}
    lines["nndx"] = 1 / t.loc["youden", ["estimate", "conf_high", "conf_low"]].to_numpy()
    return np.array([lines[name] for name in e["args"]["statistics"]])


def at_edges(e) -> np.ndarray:
    pairs = [(0, 10), (10, 10), (0, 1), (1, 1)]
    if "exact" in e["quantity"]:
        return np.array([(x / n, *exact_limits(x, n, 0.95)) for x, n in pairs])
    return np.array([wilson_limits(x, n, Z) for x, n in pairs])


def of_other_people(e) -> np.ndarray:
    return np.array(
        [(pi, *(m.estimate for m in predictive_values(Cells(8, 1, 2, 9), pi, Z))) for pi in (0.01, 0.1, 0.3, 0.5)]
    )


def at_prevalence(e) -> list[float]:
    return decided(e["model"], e["args"]["threshold"], prevalence=0.1).table.loc["ppv", LIMITS].to_numpy(float)


def wilson(e) -> np.ndarray:
    t = decided(e["model"], e["args"]["threshold"], interval="wilson").table
    return t.loc[SHARES, LIMITS[1:]].to_numpy(float)


def shifted(e) -> np.ndarray:
    three_of_ten = gl.recalibrate(y=[1] * 3 + [0] * 7, p=np.full(10, 0.3), method="prior", prevalence=0.05)
    return three_of_ten.predict([0.1, 0.5, 0.9]).to_numpy()


ANSWERS = {
    "prior_shift": shifted,
    "table": cells,
    "metrics": of_caret,
    "exact_ci": lambda e: measures(e, SHARES, LIMITS),
    "wilson_ci": wilson,
    "lr": lambda e: measures(e, ["lr_positive", "lr_negative", "odds_ratio"], LIMITS),
    "kappa": lambda e: measures(e, "kappa", ["estimate", "std_error"]),
    "mcc_f2_f05_youden": f_measures,
    "ppv_at_prevalence_10": at_prevalence,
    "best_youden": midpoints,
    "best_closest.topleft": midpoints,
    "best_f1": optimum,
    "best_cost": optimum,
    "target_sens": at_target,
    "net_benefit": benefit,
    "gain_10_20_50": lambda e: judge(gl.gain, e["model"]).at([0.1, 0.2, 0.5])["gain"],
    "bootstrap_threshold": bootstrapped,
    "zero_cells": at_edges,
    "ppv_npv_at_prevalence": of_other_people,
}


@pytest.mark.parametrize("key", REFERENCE)
def test_values_are_those_of_the_references(key):
    entry, expected = REFERENCE[key], values("5_thresholds", key)
    if entry["model"] == "epiR_example":
        answer = of_epi(entry)
    else:
        kind = max((name for name in ANSWERS if entry["quantity"].startswith(name)), key=len)
        answer = ANSWERS[kind](entry)
    # Agreement of R with first principles.
    scale = np.abs(expected[np.isfinite(expected)]).max()
    np.testing.assert_allclose(np.reshape(answer, expected.shape), expected, rtol=1e-10, atol=1e-16 * scale)
    assert difference("5_thresholds", key, answer) <= 1


# --- hostile inputs -------------------------------------------------------------------------------
def test_a_threshold_above_every_probability():
    given, expect = hostile("A15")
    c = gl.classification(y=given["y"], p=given["p"], threshold=given["threshold"])
    t = c.table["estimate"].rename({"lr_positive": "lr_pos"})
    answer = {"TP": c.tp, "FP": c.fp, "FN": c.fn, "TN": c.tn, **t}
    expected = {name: float(value) for name, value in expect.items()}
    assert {name: answer[name] for name in expected} == pytest.approx(expected, nan_ok=True)
    assert c.table.loc[["ppv", "mcc", "lr_positive"], "reason"].all()


def test_an_empty_cell():
    given, expect = hostile("A17")
    counts = given["table"]
    t = gl.classification(y=[1, 0, 1, 0], p=[0.9, 0.9, 0.1, 0.1], weights=[counts[k] for k in ("TP", "FP", "FN", "TN")])
    assert t.table["estimate"]["lr_positive"] == float(expect["lr_pos"])
    assert t.table["estimate"]["lr_negative"] == expect["lr_neg"]
    assert t.table["estimate"]["odds_ratio"] == float(expect["dor"])
    assert t.table["estimate"]["haldane_odds_ratio"] == pytest.approx(expect["haldane_dor"], rel=1e-12)
    assert t.table.loc[["lr_positive", "odds_ratio"], ["conf_low", "conf_high"]].isna().all(axis=None)


def test_net_benefit_at_the_ends():
    given, expect = hostile("A19")
    rows = {"y": given["y"], "p": given["p"]}
    curve = gl.decision_curve(**rows, thresholds=given["thresholds"]).table
    answer = curve[curve["model"] == "model"]["net_benefit"].tolist()
    assert answer == pytest.approx([float(x) for x in expect["net_benefit"]], nan_ok=True)
    for t in expect["error_at"]:
        with pytest.raises(DataError, match="0 to 1"):
            gl.decision_curve(**rows, thresholds=[t])


def test_equally_good_thresholds_are_all_reported():
    given, expect = hostile("A21")
    c = gl.thresholds(y=given["y"], p=given["p"], replicates=0)
    assert c.value == expect["j"]
    assert c.best["threshold"].tolist() == expect["thresholds"]
    assert "2 thresholds are equally good" in str(c)


def test_nobody_positive_may_be_cheapest():
    c = gl.thresholds(y=[0, 0, 0, 1], p=[0.4, 0.3, 0.2, 0.1], costs=(1, 10), replicates=0)
    assert c.threshold == math.inf
    assert c.value == 0.25


@pytest.mark.parametrize("p", [[0.1, 1.2], [-0.1, 0.5]])
def test_probabilities_outside_0_to_1_are_refused(p):
    for verb in (gl.classification, gl.thresholds, gl.decision_curve):
        with pytest.raises(DataError, match="outside 0 to 1"):
            verb(y=[0, 1], p=p)


def test_one_class_has_no_threshold():
    c = gl.thresholds(y=[1, 1], p=[0.2, 0.4], replicates=5)
    assert math.isnan(c.threshold)
    assert "one class" in c.reason
    assert math.isnan(gl.gain(y=[1, 1], p=[0.2, 0.4]).ks)


# --- identities -----------------------------------------------------------------------------------
def sample(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(60, 150))
    p = (1 / (1 + np.exp(0.3 - rng.normal(size=n)))).round(2)
    y = (rng.random(n) < p).astype(int)
    return pd.DataFrame(
        {"y": y, "p": p, "w": rng.integers(1, 4, n), "q": np.clip(p + rng.normal(0, 0.1, n), 0, 1).round(2)}
    )


@pytest.mark.parametrize("seed", range(5))
def test_measures_are_functions_of_each_other(seed):
    d = sample(seed)
    t = round(float(np.random.default_rng(seed).uniform(0.3, 0.6)), 2)
    c = gl.classification(y=d["y"], p=d["p"], threshold=t)
    m = c.table["estimate"]
    assert m["odds_ratio"] == pytest.approx(m["lr_positive"] / m["lr_negative"], rel=1e-12)
    assert m["youden"] == pytest.approx(2 * m["balanced_accuracy"] - 1, abs=1e-14)
    assert m["mcc"] == pytest.approx(np.corrcoef(d["y"], d["p"] >= t)[0, 1], rel=1e-12)
    at_own = gl.classification(y=d["y"], p=d["p"], threshold=t, prevalence=d["y"].mean()).table["estimate"]
    assert (at_own["ppv"], at_own["npv"]) == pytest.approx((m["ppv"], m["npv"]), rel=1e-12)
    low, high = c.table.loc["sensitivity", ["conf_low", "conf_high"]]
    assert stats.binom.sf(c.tp - 1, c.tp + c.fn, low) == pytest.approx(0.025, rel=1e-9)
    assert stats.binom.cdf(c.tp, c.tp + c.fn, high) == pytest.approx(0.025, rel=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_no_threshold_beats_the_best_and_costs_are_net_benefits(seed):
    d = sample(seed)
    c = gl.thresholds(y=d["y"], p=d["p"], costs=(5, 1), replicates=0)

    y, p = d["y"].to_numpy(), d["p"].to_numpy()

    def cost(t: float) -> float:
        return (5 * (y[p < t] == 1).sum() + (y[p >= t] == 0).sum()) / len(d)

    assert c.value == pytest.approx(min(cost(t) for t in np.linspace(0, 1.01, 300)), rel=1e-12)
    assert c.bayes == 1 / 6
    curve = gl.decision_curve(y=d["y"], p=d["p"], thresholds=[0.0, c.bayes]).table
    benefit = curve[curve["model"] == "model"]["net_benefit"].to_numpy()
    assert benefit[0] == pytest.approx(d["y"].mean(), rel=1e-12)
    assert benefit[1] <= d["y"].mean()
    assert cost(c.bayes) == pytest.approx(5 * (d["y"].mean() - benefit[1]), rel=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_gain_ks_and_gini_are_those_of_the_roc_curve(seed):
    d = sample(seed)
    curve, roc = gl.gain(y=d["y"], p=d["p"]), gl.roc(y=d["y"], p=d["p"])
    assert curve.gini == pytest.approx(gl.association_measures(y=d["y"], p=d["p"]).somers_d, rel=1e-12)
    ks = stats.ks_2samp(d["p"][d["y"] == 1], d["p"][d["y"] == 0], alternative="less").statistic
    assert curve.ks == pytest.approx(ks, rel=1e-12)
    assert curve.ks == pytest.approx(gl.thresholds(y=d["y"], p=d["p"], replicates=0).value, rel=1e-12)
    x, g = np.append(0, curve.table["share"]), np.append(0, curve.table["gain"])
    assert curve.area == pytest.approx(np.trapezoid(g, x), rel=1e-12)
    assert curve.area == pytest.approx(d["y"].mean() / 2 + (1 - d["y"].mean()) * roc.auc, rel=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_the_same_people_are_decided_alike(seed):
    d = sample(seed)
    repeated = d.loc[d.index.repeat(d["w"])].sample(frac=1, random_state=seed)
    people, counts = {"y": repeated["y"], "p": repeated["p"]}, {"y": d["y"], "p": d["p"], "weights": d["w"]}
    a, b = (gl.classification(**rows, threshold=0.4).table for rows in (people, counts))
    pd.testing.assert_frame_equal(a, b)
    a, b = (gl.thresholds(**rows, replicates=40).best for rows in (people, counts))
    pd.testing.assert_frame_equal(a, b)
    a, b = (gl.decision_curve(**rows, thresholds=(0.1, 0.5)).table for rows in (people, counts))
    pd.testing.assert_frame_equal(a, b)
    a, b = (gl.gain(**rows).table for rows in (people, counts))
    pd.testing.assert_frame_equal(a, b)


@pytest.mark.parametrize("seed", range(4))
def test_differences_of_models_are_paired_means(seed):
    d = sample(seed)
    grid = [0.2, 0.35, 0.5]
    curve = gl.decision_curve(y=d["y"], p={"first": d["p"], "second": d["q"]}, thresholds=grid)
    for t, row in zip(grid, curve.differences.query("second != 'all'").itertuples(), strict=True):
        gained = [np.where(d["y"] == 1, 1.0, -t / (1 - t)) * (d[name] >= t) for name in ("p", "q")]
        apart = gained[0] - gained[1]
        expected = (apart.mean(), apart.std(ddof=1) / math.sqrt(len(d)))
        assert (row.difference, row.std_error) == pytest.approx(expected, rel=1e-9, abs=1e-15)
    own = gl.decision_curve(y=d["y"], p=d["p"], thresholds=grid, prevalence=d["y"].mean())
    one = curve.table[curve.table["model"] == "first"]["net_benefit"].to_numpy()
    assert own.table[own.table["model"] == "model"]["net_benefit"].to_numpy() == pytest.approx(one, rel=1e-12)


# --- fits -----------------------------------------------------------------------------------------
def test_fits_are_judged_out_of_fold_where_they_choose():
    fit = fitted("icu")
    c = gl.thresholds(fit, costs=(5, 1), folds=5, repeats=2, seed=1, replicates=40)
    assert c.rows == "out of fold (5 × 2, seed 1)"
    apparent = gl.thresholds(fit, costs=(5, 1), resampling="none", replicates=40)
    assert apparent.value < c.value < c.honest["value"]
    assert any(note.code == "apparent" for note in apparent.notes)
    low, high = c.best[["conf_low", "conf_high"]].iloc[0]
    assert low <= c.threshold <= high
    assert c.best["low"].iloc[0] < c.best["midpoint"].iloc[0] < c.threshold


def test_several_fits_and_new_rows():
    d = data("birthwt")
    fits = {"small": gl.logit("low ~ age", d), "large": fitted("birthwt")}
    curve = gl.decision_curve(fits, d.head(100), thresholds=(0.1, 0.4))
    assert curve.rows == "new data"
    assert list(curve.table["model"].unique()) == ["small", "large", "all", "none"]
    with pytest.raises(DataError, match="different rows"):
        gl.decision_curve([fits["small"], gl.logit("low ~ age", d.iloc[:150])], thresholds=(0.1, 0.4))


def test_what_counts_nothing_has_no_limits():
    d = sample(1)
    for options in ({"weights": d["w"], "weight_type": "sampling"}, {"cluster": d.index // 2}):
        t = gl.classification(y=d["y"], p=d["p"], **options).table
        assert t[["conf_low", "conf_high"]].isna().all(axis=None)
        assert t.loc["sensitivity", "reason"]
        curve = gl.decision_curve(y=d["y"], p=d["p"], thresholds=[0.3], **options)
        assert curve.table["std_error"].isna().all()
        assert curve.reason


@pytest.mark.parametrize(
    "options",
    [{"criterion": "cost"}, {"criterion": "sensitivity"}, {"target": 0.9}, {"costs": (1, -1)}, {"costs": 3}],
)
def test_half_of_a_choice_is_refused(options):
    with pytest.raises(DataError):
        gl.thresholds(y=[0, 1], p=[0.2, 0.4], **options)


@pytest.mark.parametrize("prevalence", [0.02, 0.2, 0.7])
def test_costs_at_another_prevalence_are_those_of_rows_weighed_to_it(prevalence):
    rng = np.random.default_rng(7)
    y, p = rng.integers(0, 2, 120), rng.random(120).round(2)
    at = gl.thresholds(y=y, p=p, costs=(5, 1), prevalence=prevalence, replicates=0)
    weights = np.where(y == 1, prevalence / y.mean(), (1 - prevalence) / (1 - y.mean()))
    weighed = gl.thresholds(y=y, p=p, weights=weights, weight_type="sampling", costs=(5, 1), replicates=0)
    columns = ["threshold", "sensitivity", "specificity", "ppv", "npv", "value"]
    pd.testing.assert_frame_equal(at.table[columns], weighed.table[columns], rtol=1e-12)
    assert at.threshold == weighed.threshold
    own = gl.thresholds(y=y, p=p, costs=(5, 1), prevalence=float(y.mean()), replicates=0)
    pd.testing.assert_frame_equal(own.table, gl.thresholds(y=y, p=p, costs=(5, 1), replicates=0).table, rtol=1e-12)


def test_the_threshold_of_costs_at_another_prevalence_is_where_shifted_probabilities_reach_it():
    fit = gl.logit("low ~ age + lwt + smoke", gl.datasets.birthwt())
    choice = gl.thresholds(fit, costs=(5, 1), prevalence=0.1, resampling="none", replicates=20)
    log_odds = np.log(0.1 / 0.9) - np.log(59 / 130) + np.log(choice.bayes / (1 - choice.bayes))
    assert 1 / (1 + np.exp(-log_odds)) == pytest.approx(1 / 6, abs=1e-14)
    assert "where 10% have the event" in str(choice)
    se, sp = choice.best.loc[0, ["sensitivity", "specificity"]]
    assert choice.value == pytest.approx(5 * 0.1 * (1 - se) + 0.9 * (1 - sp), rel=1e-14)
    with pytest.raises(DataError, match="has no costs"):
        gl.thresholds(fit, prevalence=0.1)
    with pytest.raises(DataError, match="between 0 and 1"):
        gl.thresholds(fit, costs=(5, 1), prevalence=1.5)


def test_pictures_stand_on_axes_that_were_made():
    fit = fitted("birthwt")
    drawn = [
        gl.thresholds(fit, resampling="none", replicates=20).plot(),
        gl.decision_curve(fit, thresholds=(0.05, 0.5)).plot(),
        gl.gain(fit).plot(),
    ]
    assert [ax.get_xlabel() for ax in drawn] == [
        "Threshold",
        "Threshold probability",
        "Share of rows, from the highest p",
    ]
    assert all(ax.get_legend() is not None for ax in drawn)
    mpl.pyplot.close("all")


def test_differences_from_treating_all_are_of_the_same_rows():
    fit = fitted("birthwt")
    curve = gl.decision_curve(fit, thresholds=(0.1, 0.3))
    apart = curve.differences
    assert set(zip(apart["first"], apart["second"], strict=True)) == {("model", "all")}
    benefit = curve.table.pivot(index="threshold", columns="model", values="net_benefit")
    np.testing.assert_allclose(apart["difference"], benefit["model"] - benefit["all"], atol=1e-15)
    # those whom the model leaves alone: events among them count 1 each, others the odds of the threshold
    p, y = fit.predict().to_numpy(), data("birthwt")["low"].to_numpy()
    for row in apart.itertuples():
        odds = row.threshold / (1 - row.threshold)
        each = np.where(p < row.threshold - 1e-12, np.where(y == 1, -1.0, odds), 0.0)
        assert row.difference == pytest.approx(each.mean(), abs=1e-14)
        assert row.std_error == pytest.approx(each.std(ddof=1) / np.sqrt(len(y)), rel=1e-12)


def test_pages_say_how_many_thresholds_they_show():
    fit = fitted("birthwt")
    assert "8 of 21 thresholds are printed; .table and .differences have all." in str(
        gl.decision_curve(fit, thresholds=(0.1, 0.3))
    )
    assert "thresholds are printed" not in str(gl.decision_curve(fit, thresholds=[0.1, 0.2, 0.3]))


@pytest.mark.parametrize(
    ("criterion", "head"),
    [("youden", "Youden's J"), ("f1", "F1"), ("cost", "mean cost"), ("closest", "distance²")],
)
def test_the_criterion_stands_by_its_name_on_the_page(criterion, head):
    result = gl.thresholds(fitted("birthwt"), criterion=criterion, costs=(5, 1), resampling="none", replicates=20)
    assert head in str(result)
    assert "value" not in str(result).split("Best thresholds")[1].splitlines()[1]
    assert "value" in result.best
