"""Sandwiches where there is no score: NaN with the reason, in whatever coding the same combination is asked for.

The oracle is algebra of the design alone: a combination c'β has a sandwich variance only where it could be estimated
without any one cluster (row), that is where c lies in the row space of X without it. Ranks are of integers.
"""

from __future__ import annotations

import json
import warnings

import numpy as np
import pandas as pd
import pytest
from references import ROOT

import glmlogit as gl
from glmlogit.errors import UnsupportedError

BIRTH = gl.datasets.birthwt()
ENDO = gl.datasets.endometrial()
ESTIMATORS = {"logit": gl.logit, "firth": gl.firth, "flac": gl.flac, "flic": gl.flic, "log_f": gl.log_f}
WEIGHTS = ("none", "frequency", "sampling", "precision")


@pytest.fixture(autouse=True)
def _separation_is_expected():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", gl.errors.GlmlogitWarning)
        yield


# --- generated designs ----------------------------------------------------------------------------
def a_column(rng, clusters):
    """A column of small integers: of one cluster, of some clusters, of rows, or of rows in one cluster only."""
    groups = clusters.max() + 1
    inside = np.isin(clusters, rng.choice(groups, size=rng.integers(1, 3), replace=False))
    rows = rng.integers(0, 3, len(clusters))
    return [inside * 1, inside * rows, rows, rng.integers(0, 3, groups)[clusters]][rng.integers(4)]


def a_design(seed):
    """Columns, clusters, outcome, weights: full rank, both outcomes."""
    rng = np.random.default_rng(seed)
    while True:
        clusters = np.repeat(np.arange(rng.integers(3, 8)), rng.integers(3, 7))
        X = np.column_stack(
            [np.ones(len(clusters), dtype=int), *(a_column(rng, clusters) for _ in range(rng.integers(1, 4)))]
        )
        y = rng.integers(0, 2, len(X))
        if np.linalg.matrix_rank(X) == X.shape[1] and 0 < y.sum() < len(y):
            return X, clusters, y, rng


def weighted(kind, n, rng):
    weights = {
        "none": None,
        "frequency": rng.integers(1, 4, n),
        "sampling": rng.random(n) + 0.3,
        "precision": rng.random(n) + 0.3,
    }[kind]
    return {} if weights is None else {"weights": weights, "weight_type": kind}


def in_row_space(rows, X):
    """Which combinations lie in the row space of X, by ranks of integers."""
    rank = np.linalg.matrix_rank(X) if len(X) else 0
    return np.array([np.linalg.matrix_rank(np.vstack([X, row])) == rank for row in rows])


def estimable_without_any(rows, X, groups):
    return np.all([in_row_space(rows, X[~group]) for group in groups], axis=0)


def errors_of(fit, rows):
    return gl.contrasts(fit, rows, exponentiate=False)["std_error"].to_numpy()


@pytest.mark.parametrize("seed", range(120))
def test_a_combination_has_a_cluster_error_iff_it_can_be_estimated_without_any_one_cluster(seed):
    X, clusters, y, rng = a_design(seed)
    name, kind = list(ESTIMATORS)[seed % len(ESTIMATORS)], WEIGHTS[seed % 4]
    design = gl.design_arrays(
        y, X[:, 1:].astype(float), intercept=True, cluster=clusters, **weighted(kind, len(X), rng)
    )
    fit = ESTIMATORS[name](design)
    rows = np.vstack([np.eye(X.shape[1]), rng.integers(-2, 3, (4, X.shape[1]))]).astype(int)
    rows = rows[rows.any(axis=1)]
    report = gl.separation(design)
    overlapping = ~np.isin(np.arange(len(X)), report.rows)
    left = [clusters[overlapping] == g for g in np.unique(clusters[overlapping])]
    known = in_row_space(rows, X[overlapping])  # else infinite for logit, without a score for the penalised
    wanted = known.copy()
    if name == "logit":
        wanted[known] = estimable_without_any(rows[known], X[overlapping], left)
    else:
        wanted[known] = estimable_without_any(rows[known], X, [clusters == g for g in np.unique(clusters)])
    errors = errors_of(fit, rows)
    if fit.covariance.spread.lost:
        assert np.isnan(errors).all()
        return
    np.testing.assert_array_equal(np.isfinite(errors), wanted, err_msg=f"{name} {kind}")
    model = np.sqrt(np.diagonal(rows @ np.nan_to_num(_information_inverse(fit)) @ rows.T))
    finite = np.isfinite(errors) & (model > 0)
    assert (errors[finite] > 1e-8 * model[finite]).all()
    if np.isnan(fit.bse[np.isfinite(fit.params)]).any():
        assert any(note.code == "no_standard_error" for note in fit.notes)


def _information_inverse(fit):
    full = np.zeros((fit.design.n_columns,) * 2)
    full[np.ix_(fit.maximum.estimated, fit.maximum.estimated)] = fit.solved.inverse_root @ fit.solved.inverse_root.T
    return full


def grouped_design(seed, one_row_a_pattern):
    """Columns, clusters, trials, events; T of another coding γ, β = Tγ; combinations of β. None of too few patterns."""
    X, clusters, _, rng = a_design(seed)
    trials = rng.integers(2, 9, len(X))
    y = rng.binomial(trials, 0.4)
    k = X.shape[1]
    turn = np.eye(k) + np.triu(rng.integers(-2, 3, (k, k)), 1)
    rows = np.vstack([np.eye(k), rng.integers(-2, 3, (3, k))])
    rows = rows[rows.any(axis=1)]
    if one_row_a_pattern:  # so that rows may stand alone
        kept = np.unique(X, axis=0, return_index=True)[1]
        X, clusters, trials, y = X[kept], clusters[kept], trials[kept], y[kept]
        if not 0 < y.sum() < trials.sum() or len(X) <= k:
            return None
    return X, clusters, trials, y, turn, rows


PATTERN_KINDS = ("HC0", "HC3", "HC0:stata")
CODED = [(seed, "cluster") for seed in range(40)]
CODED += [(seed, kind) for seed in range(40) for kind in PATTERN_KINDS if grouped_design(seed, True) is not None]


def test_few_designs_have_too_few_patterns():
    assert len(CODED) == 40 + 36 * len(PATTERN_KINDS)


@pytest.mark.parametrize(("seed", "kind"), CODED)
def test_another_coding_has_the_same_errors_and_the_same_gaps(seed, kind):
    """β = Tγ: a combination L of β is LT of γ."""
    X, clusters, trials, y, turn, rows = grouped_design(seed, kind != "cluster")
    found = []
    for columns, combinations in ((X, rows), (X @ turn, rows @ turn)):
        design = gl.design_arrays(y, columns.astype(float), trials=trials, cluster=clusters)
        found.append(errors_of(gl.firth(design).with_cov(kind), combinations))
    np.testing.assert_allclose(*found, rtol=1e-7)


# --- closed forms ---------------------------------------------------------------------------------
def clinics(seed=5, groups=10, size=30):
    rng = np.random.default_rng(seed)
    c = np.repeat(np.arange(groups), size)
    return pd.DataFrame(
        {"y": (rng.random(groups * size) < 0.4) * 1, "c": c, "x": rng.normal(size=len(c)), "t": (c == 0) * 1}
    )


def test_the_untreated_alone_make_the_intercept_where_one_cluster_is_treated():
    data = clinics()
    fit = gl.logit("y ~ t", data, cluster="c")
    alone = gl.logit("y ~ 1", data[data["t"] == 0], cluster="c")
    assert np.isnan(fit.bse["t"])
    factor = (10 / 9) / (9 / 8)
    assert fit.bse["Intercept"] == pytest.approx(alone.bse["Intercept"] * factor**0.5, rel=1e-10)
    assert "cluster 0 of c" in str(fit.notes[0])
    assert np.isnan(fit.pvalues["t"])
    assert fit.confint().loc["t"].isna().all()


@pytest.mark.parametrize("formula", ["y ~ C(c) + x", "y ~ 0 + C(c) + x", "y ~ C(c, Sum) + x"])
def test_clusters_that_are_dummies_have_no_error_and_leave_that_of_other_covariates(formula):
    data = clinics()
    fit = gl.logit(formula, data, cluster="c")
    assert fit.bse.isna().sum() == 10
    X, eta = fit.design.X, fit.predict(kind="link")
    p = 1 / (1 + np.exp(-eta.to_numpy()))
    bread = np.linalg.inv((X * (p * (1 - p))[:, None]).T @ X)
    scores = pd.DataFrame(X * (data["y"].to_numpy() - p)[:, None]).groupby(data["c"]).sum().to_numpy()
    V = 10 / 9 * bread @ scores.T @ scores @ bread
    assert fit.bse["x"] == pytest.approx(V[-1, -1] ** 0.5, rel=1e-9)


def test_a_second_way_of_clustering_does_not_give_a_variance_to_what_rests_on_a_cluster():
    """V₁ is 0 there whatever the truth, and V₂ − V₁₂ estimates 0 where rows are independent."""
    data = clinics().assign(other=np.arange(300) % 20)
    fit = gl.logit("y ~ C(c) + x", data, cluster=["c", "other"])
    assert fit.bse.drop("x").isna().all()
    assert np.isfinite(fit.bse["x"])


def test_saturated_rows_have_no_sandwich_of_any_kind():
    table = pd.DataFrame({"a": [0, 0, 1, 1], "s": [0, 1, 0, 1], "case": [3, 8, 6, 225], "ctrl": [20, 18, 12, 166]})
    for kind in ("HC0", "HC1", "HC2", "HC3", "HC0:stata"):
        fit = gl.logit("cbind(case, ctrl) ~ a*s", table).with_cov(kind)
        assert fit.bse.isna().all()
        assert fit.cov_params().isna().all(axis=None)
        assert fit.odds_ratios()[["conf_low", "conf_high", "p_value"]].isna().all(axis=None)
        assert sum(note.code == "no_standard_error" for note in fit.notes) == 1
        assert np.isnan(fit.test("a = 0, s = 0").statistic)
        assert fit.test("a = 0").reason


def test_a_row_of_leverage_one_leaves_the_others_the_errors_they_have_without_it():
    X = np.column_stack([np.ones(8), [0, 0, 0, 0, 1, 1, 1, 1], [0, 0, 0, 0, 0, 0, 0, 1]])
    y, m = np.array([5, 3, 2, 8, 4, 6, 1, 7]), np.full(8, 10.0)
    for kind in ("HC0", "HC2", "HC3"):
        fit = gl.logit(gl.design_arrays(y, X, trials=m)).with_cov(kind)
        without = gl.logit(gl.design_arrays(y[:7], X[:7, :2], trials=m[:7])).with_cov(kind)
        np.testing.assert_allclose(fit.bse.iloc[:2], without.bse, rtol=1e-10)
        assert np.isnan(fit.bse.iloc[2])
        assert "row 7" in str(fit.notes[0])


@pytest.mark.parametrize("name", ["a", "b"])
def test_two_clusters_have_no_variance_between_them(name):
    fit = gl.logit("low ~ age", BIRTH.assign(a=np.arange(189) % 2, b=(np.arange(189) > 9) * 1), cluster=name)
    assert fit.bse.isna().all()
    assert f"{name} has two clusters" in str(fit.notes[0])
    assert "two clusters" in fit.test("age = 0").reason


def test_rows_one_more_than_coefficients_leave_one_number():
    table = pd.DataFrame(
        {"a": [0, 0, 1, 1], "s": [0, 1, 0, 1], "case": [3, 8, 6, 25], "ctrl": [20, 18, 12, 16], "id": list("pqrs")}
    )
    fit = gl.logit("cbind(case, ctrl) ~ a + s", table)
    for one in (fit.with_cov("HC0"), gl.logit("cbind(case, ctrl) ~ a + s", table, cluster="id")):
        assert one.bse.isna().all()
        assert "one number" in str(one.notes[0])
    saturated = gl.logit("cbind(case, ctrl) ~ a*s", table).with_cov("HC1")
    assert "4 observations for 4 coefficients" in " ".join(map(str, saturated.notes))


# --- penalised fits of separated data -------------------------------------------------------------
@pytest.mark.parametrize("estimator", [gl.firth, gl.flic, gl.flac, gl.log_f, gl.median_bias_reduced])
@pytest.mark.parametrize("how", ["HC0", "HC3", "HC0:stata", "cluster", "sampling"])
def test_a_penalty_gives_separated_rows_no_robust_error(estimator, how):
    data = ENDO.assign(id=np.arange(len(ENDO)), w=np.linspace(0.5, 2, len(ENDO)))
    options = {"cluster": {"cluster": "id"}, "sampling": {"weights": "w", "weight_type": "sampling"}}.get(how, {})
    fit = estimator("HG ~ NV + PI + EH", data, **options)
    fit = fit if options else fit.with_cov(how)
    assert fit.bse.index[fit.bse.isna()].tolist() == ["NV"]
    [note] = [str(note) for note in fit.notes if note.code == "no_standard_error"]
    assert "13 rows" in note
    assert ("with_cov('model')" in note) == (not options)


def test_what_the_note_says_to_type_works():
    fit = gl.firth("HG ~ NV + PI + EH", ENDO).with_cov("HC0")
    model = fit.with_cov("model")
    assert np.isfinite(model.bse).all()
    assert np.isfinite(model.confint(method="profile").loc["NV"]).all()


# --- against R ------------------------------------------------------------------------------------
SURVEY = json.loads((ROOT / "tests" / "reference" / "survey.json").read_text())["models"]


@pytest.mark.parametrize("reference", SURVEY, ids=[one["name"] for one in SURVEY])
def test_sampling_weights_have_the_errors_of_svyglm(reference):
    data = pd.read_csv(ROOT / "tests" / "data" / "birthwt_made.csv")
    data["race"] = pd.Categorical(data["race"], ["white", "black", "other"])
    cluster = "hospital" if reference["name"] == "clusters" else None
    fit = gl.logit(reference["formula"], data, weights="sampling_weight", weight_type="sampling", cluster=cluster)
    np.testing.assert_allclose(fit.params, reference["params"], rtol=1e-9)
    np.testing.assert_allclose(fit.bse, reference["bse"], rtol=1e-9)


def test_rows_as_clusters_are_the_sampled_rows():
    data = BIRTH.assign(w=np.linspace(0.5, 3, 189), id=np.arange(189))
    rows = gl.logit("low ~ age + lwt", data, weights="w", weight_type="sampling")
    assert rows.cov_kind == "HC0:stata"
    one_each = gl.logit("low ~ age + lwt", data, weights="w", weight_type="sampling", cluster="id")
    np.testing.assert_allclose(rows.bse, one_each.bse, rtol=1e-12)
    hc0 = rows.with_cov("HC0")
    np.testing.assert_allclose(rows.bse, hc0.bse * (189 / 188) ** 0.5, rtol=1e-13)


# --- tests by the likelihood ----------------------------------------------------------------------
def test_tests_by_the_likelihood_do_not_belong_to_robust_errors():
    fit = gl.logit("low ~ age + lwt", BIRTH)
    robust, small = fit.with_cov("HC3"), gl.logit("low ~ age", BIRTH)
    for call in (lambda: gl.drop1(robust), lambda: gl.drop1(robust, test="score"), lambda: gl.anova(robust)):
        with pytest.raises(UnsupportedError, match=r"HC3.*with_cov\('model'\).*test='wald'"):
            call()
    for result in (gl.lr_test(robust, small), gl.score_test(robust, "lwt = 0"), robust.test("lwt = 0", "lr")):
        assert np.isnan(result.p_value)
        assert "with_cov('model')" in result.reason
    assert gl.drop1(robust, test="wald").loc["lwt", "p_value"] == pytest.approx(robust.pvalues["lwt"], rel=1e-10)
    assert gl.drop1(robust.with_cov("model")).equals(gl.drop1(fit))


# --- units ----------------------------------------------------------------------------------------
def ordinary(scale=1.0, weight=None):
    rng = np.random.default_rng(1)
    x, z = rng.normal(size=60), rng.normal(size=60)
    y = (rng.random(60) < 1 / (1 + np.exp(-0.5 * x))) * 1
    weights = {} if weight is None else {"weights": np.full(60, weight), "weight_type": "precision"}
    columns = np.column_stack([x * scale, z])
    return gl.design_arrays(y, columns, intercept=True, names=["x", "z"], cluster=np.arange(60) % 12, **weights)


@pytest.mark.parametrize("kind", ["model", "HC0", "HC1", "HC2", "HC3", "HC0:stata", "cluster", "cluster:none"])
def test_units_of_a_column_change_nothing_else(kind):
    """A column times 2^k: its standard error times 2^-k, statistics the same, variances right or NaN with a note."""
    plain = gl.logit(ordinary()).with_cov(kind)
    wald = plain.test("x = 0, z = 0")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for k in (-980, -700, -545, -500, -200, 13, 300, 505, 543, 800, 960):
            fit = gl.logit(ordinary(np.ldexp(1.0, k))).with_cov(kind)
            assert np.ldexp(fit.bse["x"], k) == pytest.approx(plain.bse["x"], rel=1e-12)
            np.testing.assert_allclose(fit.pvalues, plain.pvalues, rtol=1e-11)
            np.testing.assert_allclose(np.ldexp(fit.confint().loc["x"], k), plain.confint().loc["x"], rtol=1e-11)
            assert fit.test("x = 0, z = 0").statistic == pytest.approx(wald.statistic, rel=1e-11)
            variance = fit.cov_params().loc["x", "x"]
            told = any(note.code == "no_standard_error" and "beyond the range" in str(note) for note in fit.notes)
            assert np.isnan(variance) == told == (abs(k) > 498)
            if not told:
                assert np.ldexp(np.ldexp(variance, k), k) == pytest.approx(plain.bse["x"] ** 2, rel=1e-11)
            inside = fit.predict(interval="confidence")["std_error"]
            np.testing.assert_allclose(inside, plain.predict(interval="confidence")["std_error"], rtol=1e-11)
            assert fit.augment()["hat"].sum() == pytest.approx(3.0, rel=1e-12)


@pytest.mark.parametrize("kind", ["HC0", "HC1", "HC3", "HC0:stata", "cluster"])
@pytest.mark.parametrize("weight", [1e-300, 1e-200, 1e-20, 1e20, 1e200, 1e300])
def test_units_of_precision_weights_leave_robust_errors(kind, weight):
    plain, fit = (gl.logit(ordinary(weight=w)).with_cov(kind) for w in (1.0, weight))
    np.testing.assert_allclose(fit.bse, plain.bse, rtol=1e-12)
    np.testing.assert_allclose(fit.cov_params(), plain.cov_params(), rtol=1e-12)
    assert fit.test("x = z").p_value == pytest.approx(plain.test("x = z").p_value, rel=1e-9)


def test_columns_out_of_the_range_of_products_are_refused():
    with pytest.raises(gl.errors.DataError, match="Rescale"):
        ordinary(1e292)


# --- words ----------------------------------------------------------------------------------------
def test_what_the_standard_errors_are_is_said():
    grouped = gl.logit("cbind(n - r, r) ~ x", pd.DataFrame({"r": [1, 3, 4, 6], "n": 8, "x": [0, 1, 2, 3]}))
    assert "rows as clusters: allows for overdispersion" in grouped.with_cov("HC0").cov_text
    plain = gl.logit("low ~ age", BIRTH)
    assert plain.with_cov("HC3").cov_text == "robust (sandwich, HC3)"
    assert plain.with_cov("HC0:stata").cov_text == "robust (sandwich, HC0·n/(n-1))"
    clustered = gl.logit("low ~ age", BIRTH.assign(herd=np.arange(189) % 15), cluster="herd")
    assert clustered.cov_text == "cluster-robust (15 clusters of herd, factor G/(G-1)); t and F with 14 df"


@pytest.mark.parametrize(("groups", "told"), [(5, True), (39, True), (40, False), (60, False)])
def test_few_clusters_are_told_once(groups, told):
    fit = gl.logit("low ~ age", BIRTH.assign(herd=np.arange(189) % groups), cluster="herd")
    notes = [str(note) for note in fit.notes if note.code == "few_clusters"]
    assert len(notes) == told
    assert str(fit.summary()).count("are few") == told
    assert not any(note.code == "few_clusters" for note in fit.with_cov("model").notes)


@pytest.mark.parametrize("word", ["aweight", "aweights", "analytic"])
def test_stata_s_analytic_weights_are_told_how_to_be_had(word):
    """Stata rescales them to sum to the number of rows; what the message says to type does so."""
    data = BIRTH.assign(w=np.linspace(1, 9, 189))
    with pytest.raises(gl.errors.DataError, match=r"weight_type='precision'.*data\['w'\] \* len\(data\)"):
        gl.logit("low ~ age", data, weights="w", weight_type=word)
    scaled = data.assign(w=data["w"] * len(data) / data["w"].sum())
    one, ten = (
        gl.logit("low ~ age", d, weights="w", weight_type="precision")
        for d in (scaled, scaled.assign(w=scaled["w"] * 10))
    )
    assert scaled["w"].sum() == pytest.approx(189)
    np.testing.assert_allclose(one.bse / ten.bse, 10**0.5, rtol=1e-12)


def test_separation_beside_clusters_is_not_sent_to_a_fit_without_errors():
    data = ENDO.assign(id=np.arange(len(ENDO)) % 20)
    assert "no standard errors" in gl.logit("HG ~ NV + PI", data, cluster="id").separation.explain()
    assert "Report a bias-reduced fit" in gl.logit("HG ~ NV + PI", data).separation.explain()


# --- tables ---------------------------------------------------------------------------------------
def test_reasons_stand_where_the_numbers_are_missing():
    fit = gl.logit("y ~ t + x", clinics(), cluster="c")
    tables = {
        "margins": (fit.margins("t"), "std_error"),
        "unconditional": (fit.margins("t", unconditional=True), "std_error"),
        "predictions": (gl.predictions(fit, at={"t": [1]}), "std_error"),
        "contrasts": (gl.contrasts(fit, "Intercept + t"), "conf_low"),
        "strata": (gl.stratum_odds_ratios(fit, "t"), "p_value"),
    }
    for name, (table, column) in tables.items():
        assert table[column].isna().all(), name
        assert any("without cluster 0 of c" in str(note) for note in table.notes), name
    assert np.isfinite(gl.predictions(fit, at={"t": [0]})["std_error"]).all()
    assert "without cluster 0 of c" in fit.test("t = 0, x = 0").reason
    assert np.isfinite(fit.test("x = 0").statistic)
    treated = fit.predict(interval="confidence")["std_error"].isna()
    assert (treated.to_numpy() == (clinics()["t"] == 1)).all()
    drop = gl.drop1(fit, test="wald")["p_value"]
    assert np.isnan(drop["t"])
    assert np.isfinite(drop["x"])
    page = str(gl.table("y ~ t + x", clinics(), cluster="c"))
    assert "cannot be estimated without cluster 0 of c" in " ".join(page.split())


def test_predictions_without_limits_say_why():
    fit = gl.logit("y ~ t + x", clinics(), cluster="c")
    with pytest.warns(gl.errors.GlmlogitWarning, match=r"rows 0, 1, 2, … have no limits: .*without cluster 0 of c"):
        fit.predict(interval="confidence")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit.predict({"t": [0, 0], "x": [0.0, 1.0]}, interval="confidence")
        fit.predict()


def test_the_interaction_says_why_its_rows_have_no_limits():
    data = clinics().assign(z=lambda d: (d["x"] > 0) * 1)
    found = gl.interaction(gl.logit("y ~ t*z", data, cluster="c"), "t", "z")
    assert found["std_error"].isna().tolist() == [True, False, True, True, True, True, True]
    assert any(str(note).startswith("OR10: no standard error: it cannot be estimated without") for note in found.notes)


@pytest.mark.parametrize("kind", ["model", "HC3", "cluster"])
@pytest.mark.parametrize("k", [-900, -560, 560, 900])
def test_effects_of_columns_in_any_unit_are_right_or_say_why_not(kind, k):
    def fitted(scale):
        data = pd.DataFrame(
            {"x": BIRTH["lwt"] * scale, "smoke": BIRTH["smoke"], "low": BIRTH["low"], "id": np.arange(189) % 20}
        )
        return gl.logit("low ~ x + smoke", data, cluster="id").with_cov(kind)

    plain, fit = fitted(1.0), fitted(np.ldexp(1.0, k))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for options in ({}, {"unconditional": True}):
            found = [one.margins(**options).set_index("variable") for one in (plain, fit)]
            assert found[1].loc["smoke", "std_error"] == pytest.approx(found[0].loc["smoke", "std_error"], rel=1e-10)
            effects = fit.margins("x", **options)
            assert effects["std_error"].isna().all()
            assert any("beyond the range of numbers" in str(note) for note in effects.notes)
        step = [one.comparisons("x", contrast=float(s)) for one, s in ((plain, 10.0), (fit, np.ldexp(10.0, k)))]
        assert step[1]["std_error"].item() == pytest.approx(step[0]["std_error"].item(), rel=1e-9)


@pytest.mark.parametrize("name", ["standard_errors", "matrix", "root"])
def test_writing_into_what_a_covariance_gives_changes_no_fit(name):
    fit = gl.logit("low ~ age + smoke", BIRTH, cluster="race").with_cov("cluster")
    before, covariance = fit.bse.copy(), fit.cov_params()
    given = getattr(fit.covariance, name)
    if given.flags.writeable:
        given[...] = 0.0
    pd.testing.assert_series_equal(fit.bse, before)
    pd.testing.assert_frame_equal(fit.cov_params(), covariance)


@pytest.mark.parametrize("n", [900, 3_000])  # below and above where scores are summed by a sparse product
@pytest.mark.parametrize("shuffled", [False, True])
def test_scores_by_cluster_are_plain_sums(n, shuffled):
    rng = np.random.default_rng(4)
    X = np.column_stack([np.ones(n), rng.normal(size=(n, 2))])
    y = rng.binomial(1, 0.4, n).astype(float)
    ids = np.sort(rng.integers(0, 60, n))
    ids = rng.permutation(ids) if shuffled else ids
    fit = gl.logit(gl.design_arrays(y, X, cluster=ids))
    p = 1.0 / (1.0 + np.exp(-X @ fit.params.to_numpy()))
    sums = np.array([((y - p)[:, None] * X)[ids == g].sum(axis=0) for g in np.unique(ids)])
    bread = np.linalg.inv((X * (p * (1.0 - p))[:, None]).T @ X)
    groups = len(np.unique(ids))
    meat = sums.T @ sums * groups / (groups - 1)
    np.testing.assert_allclose(fit.cov_params(), bread @ meat @ bread, rtol=1e-11)
