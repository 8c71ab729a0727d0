"""ROC curves, precision and recall, pairs: values of references, identities, hostile inputs, people however written."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
import pytest
from evaluation_models import FORMULAS, data, difference, entries, fitted, hostile, values
from scipy import stats

import glmlogit as gl
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.resampling.out_of_fold import out_of_fold

REFERENCE = entries("4_discrimination")
OF_THE_BOOTSTRAP = ("optimism", "b632plus")  # of gl.internal_validation


def judge(verb, model: str, **options):
    """A verb of the fit of a model, or of a column of the aSAH data as a score."""
    if model in FORMULAS:
        return verb(fitted(model), **options)
    return verb(y=data("asah")["poor"], score=data("asah")[model.split("_")[1]].to_numpy(float), **options)


def weighed(model: str, kind: str) -> gl.RocCurve:
    """The ROC curve with weights 1, 2, 3, 1, …"""
    weights = 1 + np.arange(len(data("asah" if model.startswith("asah") else model))) % 3
    if model in FORMULAS:
        return gl.roc(fitted(model), data(model), weights=weights, weight_type=kind)
    return judge(gl.roc, model, weights=weights, weight_type=kind)


def interval(verb, model: str, **options) -> list[float]:
    result = judge(verb, model, **options)
    return [result.conf_low, result.conf_high]


def pairs(model: str) -> list[float]:
    m = judge(gl.association_measures, model)
    return [m.concordant, m.discordant, m.tied, m.somers_d, m.gamma, m.tau_a, m.c]


def paired(model: str) -> list[float]:
    t = gl.roc_test(*(data("asah")[column] for column in model.split("_")[1:]), y=data("asah")["poor"])
    return [*t.table["auc"], t.difference, t.std_error, t.statistic, t.p_value, t.conf_low, t.conf_high]


def covariance(model: str) -> float:
    t = gl.roc_test(*(data("asah")[column] for column in model.split("_")[1:]), y=data("asah")["poor"])
    return float((t.table["std_error"] ** 2).sum() - t.std_error**2) / 2


def unpaired(model: str) -> list[float]:
    groups = [data("asah")[data("asah")["female"] == female] for female in (1, 0)]
    t = gl.roc_test(*(gl.roc(y=part["poor"], score=part["s100b"]) for part in groups))
    assert not t.paired
    return [*t.table["auc"], t.statistic, t.df, t.p_value]


@functools.cache
def iris() -> gl.MulticlassAuc:
    d = data("iris")
    eta = np.column_stack([np.zeros(len(d)), d["sl"] - 5.8, d["sw"] - 3 + 2 * (d["sl"] - 5.8)])
    p = np.exp(eta) / np.exp(eta).sum(axis=1, keepdims=True)
    return gl.multiclass_auc(d["species"], np.array([[float(f"{x:.11e}") for x in row] for row in p]))


def in_folds(model: str) -> gl.RocCurve:
    rows = out_of_fold(fitted(model), fold_ids=np.arange(len(data(model))) % 5).repeats[0]
    return gl.roc(y=fitted(model).rows.y, score=rows.eta, fold_ids=rows.fold)


def of_curve(c: gl.RocCurve) -> list[float]:
    return [c.auc, c.std_error, c.conf_low, c.conf_high]


def youden(model: str) -> float:
    t = judge(gl.roc, model).table
    return float((t["sensitivity"] + t["specificity"] - 1).max())


ANSWERS = {
    "auc_delong": lambda m: of_curve(judge(gl.roc, m)),
    "auc_logit_ci": lambda m: interval(gl.roc, m, interval="logit"),
    "auc_newcombe5": lambda m: interval(gl.roc, m, interval="newcombe"),
    "hanley_mcneil_se": lambda m: judge(gl.roc, m, interval="hanley_mcneil").std_error,
    "pauc_sp_100_80": lambda m: judge(gl.roc, m).partial(0.8, 1.0, corrected=False),
    "pauc_sp_100_80_mcclish": lambda m: judge(gl.roc, m).partial(0.8, 1.0),
    "pauc_se_100_80": lambda m: judge(gl.roc, m).partial(1.0, 0.8, of="sensitivity", corrected=False),
    "pauc_se_100_80_mcclish": lambda m: judge(gl.roc, m).partial(0.8, 1.0, of="sensitivity"),
    "auc_max_fpr_02": lambda m: judge(gl.roc, m).partial(0.8),
    "association": pairs,
    "pr_auc": lambda m: [
        judge(gl.precision_recall, m, method=method).average_precision for method in ("interpolated", "davis_goadrich")
    ],
    "average_precision": lambda m: judge(gl.precision_recall, m).average_precision,
    "average_precision_logit_ci": lambda m: interval(gl.precision_recall, m),
    "ks": youden,
    "roc_points": lambda m: 1 - judge(gl.roc, m).table[["specificity", "sensitivity"]].to_numpy() * [1, -1] - [0, 1],
    "auc_weighted": lambda m: weighed(m, "sampling").auc,
    "auc_delong_se_frequency": lambda m: weighed(m, "frequency").std_error,
    "delong_paired": paired,
    "delong_cov": covariance,
    "delong_unpaired": unpaired,
    "hand_till": lambda m: iris().hand_till,
    "ovo_macro": lambda m: iris().hand_till,
    "ovr_macro_weighted": lambda m: [iris().macro, iris().weighted],
    "cv_auc": lambda m: of_curve(in_folds(m)),
    "cv_auc_folds": lambda m: in_folds(m).folds["auc"],
    "cv_auc_pooled": lambda m: gl.roc(y=in_folds(m).judged.events, score=in_folds(m).judged.score).auc,
}


@pytest.mark.parametrize("key", [key for key in REFERENCE if not key.endswith(OF_THE_BOOTSTRAP)])
def test_values_are_those_of_the_references(key):
    expected = values("4_discrimination", key)
    answer = np.reshape(ANSWERS[REFERENCE[key]["quantity"]](REFERENCE[key]["model"]), expected.shape)
    # Agreement of R or scikit-learn with first principles.
    np.testing.assert_allclose(answer, expected, rtol=1e-10, atol=1e-16 * np.abs(expected).max())
    assert difference("4_discrimination", key, answer) <= 1


# --- hostile inputs -------------------------------------------------------------------------------
def arrays(key: str) -> tuple[dict, dict]:
    """A hostile input as arrays, and the numbers it must get."""
    columns, expect = hostile(key)
    numbers = {name: float(x) for name, x in expect.items() if name not in ("reason", "error")}
    return {name: np.array(column, dtype=float) for name, column in columns.items()}, numbers


@pytest.mark.parametrize("key", ["A01", "A05"])
def test_ties_and_two_rows_have_no_limits(key):
    given, expected = arrays(key)
    curve = gl.roc(y=given["y"], p=given["score"])
    answer = dict(zip(("auc", "se", "conf_low", "conf_high"), of_curve(curve), strict=True))
    assert {name: answer[name] for name in expected} == pytest.approx(expected, nan_ok=True)
    assert curve.reason


def test_one_class_has_no_curve():
    given, _ = arrays("A03")
    curve = gl.roc(y=given["y"], p=given["score"])
    assert np.isnan([curve.auc, curve.conf_low, curve.partial(0.8)]).all()
    assert "one class" in curve.reason
    assert np.isnan(gl.association_measures(y=given["y"], p=given["score"]).c)
    assert np.isnan(gl.precision_recall(y=1 - given["y"], p=given["score"]).average_precision)


def test_perfect_scores_have_limits_of_newcombe_only():
    given, expected = arrays("A07")
    curve = gl.roc(y=given["y"], score=given["score"])
    assert (curve.auc, curve.std_error) == (expected["auc"], expected["delong_se"])
    assert np.isnan([curve.conf_low, curve.conf_high]).all()
    assert f"{expected['newcombe_low']:.4f}" in curve.notes[-1].text
    newcombe = gl.roc(y=given["y"], score=given["score"], interval="newcombe")
    assert newcombe.conf_low == pytest.approx(expected["newcombe_low"], rel=1e-12)
    assert newcombe.conf_high == 1.0


def test_infinite_scores_rank():
    given, expected = arrays("A09")
    assert gl.roc(y=given["y"], score=given["score"]).auc == expected["auc"]


def test_missing_scores_are_refused():
    given, _ = arrays("A11")
    with pytest.raises(DataError, match="score is missing in row 1"):
        gl.roc(y=given["y"], score=given["score"])


def test_a_score_against_itself_has_no_test():
    given, expected = arrays("A13")
    t = gl.roc_test(given["score"], given["score2"], y=given["y"])
    assert (t.difference, t.std_error) == (expected["difference"], expected["se"])
    assert np.isnan([t.statistic, t.p_value, t.conf_low]).all()
    assert "alike" in t.reason


def test_weight_zero_is_invisible():
    y, s = np.array([0, 1, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8, 0.0])
    assert of_curve(gl.roc(y=y, p=s, weights=[1, 1, 1, 1, 0])) == of_curve(gl.roc(y=y[:4], p=s[:4]))


# --- identities -----------------------------------------------------------------------------------
def sample(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(60, 150))
    x = rng.normal(size=n).round(1)
    y = (rng.random(n) < 1 / (1 + np.exp(0.3 - 0.8 * x))).astype(int)
    return pd.DataFrame({"y": y, "x": x, "z": (x + rng.normal(size=n)).round(1), "w": rng.integers(1, 4, n)})


@pytest.mark.parametrize("seed", range(5))
def test_turned_around_and_transformed(seed):
    d = sample(seed)
    area = gl.roc(y=d["y"], score=d["x"])
    for turned in (gl.roc(y=d["y"], score=-d["x"]), gl.roc(y=1 - d["y"], score=d["x"])):
        assert (turned.auc, turned.std_error) == pytest.approx((1 - area.auc, area.std_error), rel=1e-12)
    assert of_curve(gl.roc(y=d["y"], score=d["x"] ** 3)) == of_curve(area)
    u = stats.mannwhitneyu(d["x"][d["y"] == 1], d["x"][d["y"] == 0]).statistic
    assert area.auc == pytest.approx(u / d["y"].sum() / (1 - d["y"]).sum(), rel=1e-12)
    x, y = 1 - area.table["specificity"], area.table["sensitivity"]
    assert np.trapezoid(y, x) == pytest.approx(area.auc, rel=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_parts_of_the_area_add_up(seed):
    d = sample(seed)
    area = gl.roc(y=d["y"], score=d["x"])
    for of in ("specificity", "sensitivity"):
        parts = [area.partial(a, b, of=of, corrected=False) for a, b in ((0, 0.35), (0.35, 0.7), (0.7, 1))]
        assert sum(parts) == pytest.approx(area.auc, rel=1e-12)
        assert area.partial(0, 1, of=of) == pytest.approx(area.auc, rel=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_the_same_people_have_the_same_curves(seed):
    d = sample(seed)
    repeated = d.loc[d.index.repeat(d["w"])].sample(frac=1, random_state=seed)
    trials = d.groupby("x", as_index=False).apply(
        lambda g: pd.Series({"s": (g["y"] * g["w"]).sum(), "m": g["w"].sum()}), include_groups=False
    )
    people = {"y": repeated["y"], "score": repeated["x"]}
    counts = {"y": d["y"], "score": d["x"], "weights": d["w"]}
    grouped = {"y": trials["s"], "score": trials["x"], "trials": trials["m"]}
    for kind in ("delong", "newcombe", "bootstrap"):
        expected = of_curve(gl.roc(**people, interval=kind, replicates=50))
        for rows in (counts, grouped):
            assert of_curve(gl.roc(**rows, interval=kind, replicates=50)) == pytest.approx(expected, rel=1e-12)
    assert gl.association_measures(**counts).table.equals(gl.association_measures(**people).table)
    assert gl.precision_recall(**grouped).conf_low == pytest.approx(gl.precision_recall(**people).conf_low, rel=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_the_same_people_have_the_same_fits_judged(seed):
    d = sample(seed)
    repeated = d.loc[d.index.repeat(d["w"])].reset_index(drop=True)
    expected = of_curve(gl.roc(gl.logit("y ~ x", repeated)))
    assert of_curve(gl.roc(gl.logit("y ~ x", d, weights="w"))) == pytest.approx(expected, rel=1e-12)
    assert of_curve(gl.roc(gl.logit("y ~ I(7 - 3*x)", repeated))) == pytest.approx(expected, rel=1e-12)
    named = repeated.assign(y=repeated["y"].map({0: "well", 1: "ill"}))
    fit = gl.logit("y ~ x", named, event="ill")
    assert of_curve(gl.roc(fit)) == pytest.approx(expected, rel=1e-12)
    assert of_curve(gl.roc(fit, named)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_differences_turn_around_and_clusters_of_one_are_rows(seed):
    d = sample(seed)
    t, turned = (gl.roc_test(a, b, y=d["y"]) for a, b in ((d["x"], d["z"]), (d["z"], d["x"])))
    assert t.difference == -turned.difference
    assert (t.std_error, t.p_value) == pytest.approx((turned.std_error, turned.p_value), rel=1e-12)
    errors = t.table["std_error"].to_numpy()
    assert abs(errors[0] - errors[1]) <= t.std_error <= errors.sum()
    single = gl.roc_test(d["x"], d["z"], y=d["y"], cluster=np.arange(len(d)))
    # Obuchowski's clusters of one row are DeLong's rows.
    assert (single.std_error, single.statistic) == pytest.approx((t.std_error, t.statistic), rel=1e-12)
    assert gl.roc(y=d["y"], score=d["x"], cluster=np.arange(len(d))).std_error == pytest.approx(errors[0], rel=1e-12)


def test_clusters_of_repeated_rows_vary_as_the_rows_do():
    d = sample(3)
    twice = pd.concat([d, d])
    clustered = gl.roc(y=twice["y"], score=twice["x"], cluster=np.tile(np.arange(len(d)), 2))
    assert clustered.auc == pytest.approx(gl.roc(y=d["y"], score=d["x"]).auc, rel=1e-12)
    assert clustered.std_error == pytest.approx(gl.roc(y=d["y"], score=d["x"]).std_error, rel=1e-12)
    assert gl.roc(y=twice["y"], score=twice["x"]).std_error < 0.8 * clustered.std_error


@pytest.mark.parametrize("seed", range(4))
def test_two_classes_are_one_curve(seed):
    d = sample(seed)
    p = 1 / (1 + np.exp(-d["x"].to_numpy()))
    areas = gl.multiclass_auc(d["y"], np.column_stack([1 - p, p]))
    assert (areas.hand_till, areas.macro) == pytest.approx([gl.roc(y=d["y"], p=p).auc] * 2, rel=1e-12)


# --- fits -----------------------------------------------------------------------------------------
def test_rounding_does_not_split_ties():
    d = sample(5)
    noise = 1 + 1e-15 * np.random.default_rng(0).normal(size=len(d))
    assert of_curve(gl.roc(y=d["y"], score=d["x"] * noise)) == pytest.approx(of_curve(gl.roc(y=d["y"], score=d["x"])))
    moved = d["x"] + 1e-9 * np.arange(len(d))
    assert len(gl.roc(y=d["y"], score=moved).table) > len(gl.roc(y=d["y"], score=d["x"]).table)


def test_saturated_probabilities_still_rank():
    fit = gl.logit("y ~ x", sample(5))
    x = (np.array([37.0, 38.0, 39.0, 40.0, 41.0, 60.0]) - fit.params["Intercept"]) / fit.params["x"]
    assert len(set(fit.predict({"x": x[1:]}))) == 1
    assert gl.roc(fit, {"y": [0, 0, 0, 1, 1, 1], "x": x}).auc == 1.0


def test_separated_rows_rank_at_the_ends():
    d = sample(6).assign(level=lambda f: np.where(np.arange(len(f)) < 5, "pure", "mixed"))
    d.loc[:4, "y"] = 1
    with pytest.warns(gl.errors.SeparationWarning):
        fit = gl.logit("y ~ x + level", d)
    curve = gl.roc(fit)
    rest = np.arange(len(d)) >= 5
    score = np.where(rest, fit.predict(kind="link"), np.inf)
    assert curve.auc == gl.roc(y=d["y"], score=score).auc
    assert curve.table["threshold"].iloc[1] == 1.0


def test_new_rows_with_missing_values_are_counted():
    d = sample(7)
    fit = gl.logit("y ~ x", d)
    holes = d.astype(float)
    holes.loc[3, "x"], holes.loc[8, "y"] = np.nan, np.nan
    curve = gl.roc(fit, holes)
    assert curve.rows == "new data"
    assert "2 rows" in curve.notes[0].text
    assert of_curve(curve) == of_curve(gl.roc(fit, d.drop(index=[3, 8])))


def test_outcomes_the_fit_did_not_see_are_refused():
    d = sample(7)
    with pytest.raises(DataError, match="has the value 2"):
        gl.roc(gl.logit("y ~ x", d), d.assign(y=2))


def test_rows_are_named_and_corrected_beside_apparent():
    fit = fitted("birthwt")
    curve = gl.roc(fit)
    assert curve.rows == "apparent (training rows)"
    honest = gl.roc(fit, resampling="cv", folds=5, repeats=2, seed=3)
    assert honest.rows == "out of fold (5 × 2, seed 3)"
    assert honest.apparent.auc == curve.auc
    assert 0.6 < honest.auc < curve.auc
    assert honest.auc == pytest.approx(honest.folds["auc"].mean())
    assert len(honest.folds) == 10
    assert "AUC, apparent" in str(honest)
    assert gl.association_measures(fit, resampling="cv", folds=5, repeats=2, seed=3).c == pytest.approx(
        honest.auc, abs=0.02
    )


def test_new_rows_that_are_not_weighed_as_the_fit_was_are_told():
    d = sample(7).assign(g=lambda f: np.arange(len(f)) // 2)
    weighted, clustered = gl.logit("y ~ x", d, weights="w"), gl.logit("y ~ x", d, cluster="g")
    assert "unweighted" in [note.code for note in gl.roc(weighted, d).notes]
    assert gl.roc(weighted, d, weights="w").auc == gl.roc(weighted).auc
    assert "independent" in [note.code for note in gl.roc(clustered, d).notes]
    assert gl.roc(clustered, d, cluster="g").std_error == pytest.approx(gl.roc(clustered).std_error, rel=1e-12)
    sampled = gl.roc(gl.logit("y ~ x", d, weights="w", weight_type="sampling"), resampling="cv", folds=3, repeats=1)
    assert np.isnan(sampled.std_error)
    assert "sampling" in sampled.reason


def test_an_area_below_one_half_is_told():
    d = sample(7)
    assert [note.code for note in gl.roc(y=d["y"], score=-d["x"]).notes] == ["below_half"]
    assert gl.roc(y=d["y"], score=d["x"]).notes == ()


def test_the_bootstrap_corrects_the_area():
    fit = fitted("birthwt")
    curve = gl.roc(fit, resampling="bootstrap", replicates=20, seed=1)
    expected = gl.internal_validation(fit, replicates=20, seed=1).table.loc["auc"]
    assert (curve.auc, curve.conf_low) == (expected["corrected"], expected["conf_low"])
    assert curve.apparent.auc == expected["apparent"] > curve.auc
    assert curve.rows == "bootstrap-corrected (20, seed 1)"
    with pytest.raises(UnsupportedError, match="internal_validation"):
        gl.precision_recall(fit, resampling="bootstrap")


def test_weights_that_count_nothing_are_refused():
    d = sample(2)
    with pytest.raises(UnsupportedError, match="precision"):
        gl.roc(y=d["y"], score=d["x"], weights=d["w"], weight_type="precision")
    sampled = gl.roc(y=d["y"], score=d["x"], weights=d["w"], weight_type="sampling")
    assert np.isnan(sampled.std_error)
    assert "sampling" in sampled.reason
    drawn = gl.roc(y=d["y"], score=d["x"], weights=d["w"], weight_type="sampling", interval="bootstrap", replicates=100)
    assert drawn.conf_low < drawn.auc < drawn.conf_high


def test_partly_shared_rows_are_no_pairs():
    d = data("birthwt")
    whole, part = gl.logit("low ~ age", d), gl.logit("low ~ lwt", d.iloc[20:])
    with pytest.raises(DataError, match="same labels"):
        gl.roc_test(whole, part)
    assert gl.roc_test(gl.logit("low ~ age", d.iloc[::2]), gl.logit("low ~ age", d.iloc[1::2])).paired is False
    assert gl.roc_test(whole, part, data=d).paired


@pytest.mark.parametrize("options", [{"p": [0.1, 0.2]}, {"y": [0, 1]}, {"y": [0, 1], "p": [1, 2, 3]}, {"data": 3}])
def test_half_of_a_question_is_refused(options):
    with pytest.raises(DataError):
        gl.roc(**options)


def test_pages():
    curve = gl.roc(fitted("mtcars"))
    assert "apparent (training rows)" in curve.to_html()
    assert "Newcombe" in str(curve)
    test = gl.roc_test(fitted("birthwt"), gl.logit("low ~ age", data("birthwt")))
    assert "nested models" in test.to_markdown()


def test_areas_of_classes_are_of_probabilities_that_add_up():
    """Rounded to two places they do; those of some classes, or the scores of one model a class, do not."""
    y = ["a", "b", "c", "a"]
    p = np.array([[0.33, 0.33, 0.33], [0.2, 0.5, 0.3], [0.14, 0.29, 0.58], [0.5, 0.25, 0.25]])
    assert gl.multiclass_auc(y, p).hand_till == pytest.approx(
        gl.multiclass_auc(y, p / p.sum(axis=1)[:, None]).hand_till
    )
    p[2] = [0.2, 0.3, 0.9]
    with pytest.raises(DataError, match=r"adds up to 1\.4 in row 2, .* divide every row by its sum"):
        gl.multiclass_auc(y, p)
