"""Firth and its family, weak priors and profile limits, against brglm2, exact roots and closed forms."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import references
from scipy import optimize, stats

import glmlogit as gl
from glmlogit.errors import ConvergenceWarning, DataError, SeparationWarning, UnsupportedError
from glmlogit.estimators import median_bias_reduced
from glmlogit.estimators.median_bias_reduced import MedianUnbiased
from glmlogit.fitting.control import Status
from glmlogit.inference import restricted_maxima
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.likelihood.logit_sums import LogitSums
from glmlogit.likelihood.objective import Evaluation
from glmlogit.numerics.linalg import Information

BIAS = json.loads((Path(__file__).parents[1] / "reference" / "bias.json").read_text())["sets"]
BIRTH, ENDO = gl.datasets.load("birthwt"), gl.datasets.load("endometrial")
MODELS = {
    "endometrial": ("HG ~ NV + PI + EH", ENDO, {}),
    "sex2": ("case ~ age + oc + vic + vicl + vis + dia", references.frame("sex2"), {"weights": "n"}),
    "lizards": (
        "cbind(grahami, opalinus) ~ height + diameter + light + time",
        references.case("lizards").frame,
        {},
    ),
    "birthwt": ("low ~ age + lwt + race + smoke + ptl + ht + ui", BIRTH, {}),
    "mtcars": ("am ~ wt", references.frame("mtcars"), {}),
}
FIRTH_FAMILY = [gl.firth, gl.flic, gl.flac, gl.log_f, gl.median_bias_reduced]


def model(name):
    formula, data, options = MODELS[name]
    return formula, data, options


def in_errors(ours, theirs, errors):
    return np.abs(np.asarray(ours, dtype=float) - np.asarray(theirs, dtype=float)) / np.asarray(errors, dtype=float)


@pytest.mark.parametrize("name", MODELS)
def test_firth_is_brglm2(name):
    formula, data, options = model(name)
    fit, theirs = gl.firth(formula, data, **options), BIAS[name]
    # brglm2 stops when its adjusted score is below 1e-13: a few 1e-10 standard errors away
    assert in_errors(fit.params, theirs["params"], theirs["bse"]).max() < 1e-8
    np.testing.assert_allclose(fit.bse, theirs["bse"], rtol=1e-8)
    assert fit.converged
    assert fit.n_iter <= 10


@pytest.mark.parametrize("name", MODELS)
def test_median_bias_reduction_is_brglm2(name):
    formula, data, options = model(name)
    fit, theirs = gl.median_bias_reduced(formula, data, **options), BIAS[name]
    assert in_errors(fit.params, theirs["median_params"], theirs["median_bse"]).max() < 1e-8
    np.testing.assert_allclose(fit.bse, theirs["median_bse"], rtol=1e-8)


@pytest.mark.parametrize("name", MODELS)
def test_penalised_likelihood_ratio_tests(name):
    formula, data, options = model(name)
    fit, theirs = gl.firth(formula, data, **options), BIAS[name]
    for j, term in enumerate(fit.params.index):
        result = fit.test(f"{term} = 0", "lr")
        assert result.statistic == pytest.approx(theirs["plr"][j], rel=1e-8)
        assert result.p_value == pytest.approx(theirs["plr_p"][j], rel=1e-6)
        assert result.method == "Penalised likelihood-ratio test"
    np.testing.assert_allclose(gl.profile(fit).tests["statistic"], theirs["plr"], rtol=1e-8)


@pytest.mark.parametrize("name", ["endometrial", "sex2"])
def test_penalised_profile_limits(name):
    formula, data, options = model(name)
    fit, theirs = gl.firth(formula, data, **options), BIAS[name]
    distance = in_errors(fit.confint(method="profile"), theirs["firth_limits"], fit.bse.to_numpy()[:, None])
    assert distance.max() < 1e-6


@pytest.mark.parametrize("name", [name for name in MODELS if "limits" in BIAS[name]])
def test_profile_limits_are_exact_roots(name):
    formula, data, options = model(name)
    fit = gl.logit(formula, data, **options)
    ours = fit.confint(method="profile")
    assert in_errors(ours, BIAS[name]["limits"], fit.bse.to_numpy()[:, None]).max() < 1e-6
    quantile = 1.959963984540054
    for term in fit.params.index[:3]:
        for side, value in zip((-1, 1), ours.loc[term], strict=True):
            fall = fit.test(f"{term} = {float(value)!r}", "lr").statistic if value > 0 else None
            if fall is not None:
                assert np.sqrt(fall) == pytest.approx(quantile, abs=1e-9), side


def test_published_limits():
    """Roots solved to ten digits elsewhere."""
    cars = gl.logit("am ~ wt", references.frame("mtcars")).confint(method="profile")
    np.testing.assert_allclose(cars.loc["Intercept"], [5.21216077, 23.62856182], rtol=2e-9)
    np.testing.assert_allclose(cars.loc["wt"], [-7.69866131, -1.83328218], rtol=5e-9)
    births = gl.logit(*model("birthwt")[:2]).confint(method="profile")
    np.testing.assert_allclose(births.loc["smoke"], [0.1495970699, 1.7307381412], rtol=1e-9)
    np.testing.assert_allclose(births.loc["ht"], [0.5123188816, 3.2777824131], rtol=1e-9)


def test_augmented_standard_errors():
    """Those of R's logistf: NV 1.464974."""
    assert gl.firth(*model("endometrial")[:2], se="augmented").bse["NV"] == pytest.approx(1.464974, abs=1e-6)
    with pytest.raises(DataError, match="'sandwich'"):
        gl.firth(*model("endometrial")[:2], se="sandwich")


@pytest.mark.parametrize("power", [0.05, 0.5, 1.0, 2.5])
@pytest.mark.parametrize("seed", range(10))
def test_augmented_standard_errors_of_two_groups_in_closed_form(seed, power):
    """τ events and τ non-events more in each group, however its people are written down: 1/Σ(n + 2τ)p(1 − p)."""
    rng = np.random.default_rng(seed)
    trials = rng.integers(2, 60, 2)
    events = rng.integers(0, trials + 1)
    grouped = pd.DataFrame({"x": [0, 1], "e": events, "n": trials})
    counts = pd.DataFrame({"x": [0, 0, 1, 1], "y": [1, 0, 1, 0], "n": np.ravel([events, trials - events], "F")})
    p = (events + power) / (trials + 2 * power)
    variance = 1 / ((trials + 2 * power) * p * (1 - p))
    expected = np.sqrt([variance[0], variance.sum()])
    options = {"se": "augmented", "power": power}
    for fit in (
        gl.firth("e ~ x", grouped, trials="n", **options),
        gl.firth("y ~ x", counts, weights="n", **options),
        gl.firth("y ~ x", counts.loc[counts.index.repeat(counts["n"])], **options),
    ):
        np.testing.assert_allclose(fit.bse, expected, rtol=1e-9)
        assert (
            fit.cov_text
            == f"inverse augmented information, Σ(m + {'' if power == 0.5 else f'{2 * power:g}'}h)p(1 - p)xx'"
        )


@pytest.mark.parametrize("cells", [(3, 4, 0, 5), (10, 5, 3, 12), (0, 7, 0, 9)])
def test_firth_adds_a_half_to_each_cell(cells):
    """A 2×2 table: the log odds ratio of the cells plus ½ (q40)."""
    a, b, c, d = map(float, cells)
    table = pd.DataFrame({"events": [a, c], "others": [b, d], "x": [1.0, 0.0]})
    fit = gl.firth("cbind(events, others) ~ x", table)
    assert fit.params["x"] == pytest.approx(np.log((a + 0.5) * (d + 0.5) / ((b + 0.5) * (c + 0.5))), rel=1e-13)


@pytest.mark.parametrize("events", [0, 1, 4, 9])
def test_firth_of_an_intercept(events):
    y = np.r_[np.ones(events), np.zeros(9 - events)]
    fit = gl.firth("y ~ 1", {"y": y})
    assert fit.params["Intercept"] == pytest.approx(np.log((events + 0.5) / (9 - events + 0.5)), rel=1e-13)


def test_power_of_the_prior():
    y = np.r_[np.ones(2), np.zeros(7)]
    for power in (0.1, 0.5, 1.0):
        fit = gl.firth("y ~ 1", {"y": y}, power=power)
        assert fit.params["Intercept"] == pytest.approx(np.log((2 + power) / (7 + power)), rel=1e-13)
    with pytest.raises(DataError, match="power"):
        gl.firth("y ~ 1", {"y": y}, power=-1)


def test_score_equation_of_firth():
    """Σ (y − p + h(½ − p)) x = 0 with h of the fit itself."""
    fit = gl.firth(*model("endometrial")[:2])
    rows = fit.augment()
    p = rows["fitted"]
    residual = (ENDO["HG"] - p + rows["hat"] * (0.5 - p)).to_numpy()
    np.testing.assert_allclose(fit.design.X.T @ residual, 0, atol=1e-10)


def test_flic_and_flac_have_the_right_mean():
    for estimator in (gl.flic, gl.flac):
        fit = estimator(*model("endometrial")[:2])
        assert fit.predict().sum() == pytest.approx(ENDO["HG"].sum(), rel=1e-10)
    assert "no single likelihood" in gl.flic(*model("endometrial")[:2]).test("NV = 0", "lr").reason
    slopes = gl.flic(*model("endometrial")[:2]).params[1:]
    pd.testing.assert_series_equal(slopes, gl.firth(*model("endometrial")[:2]).params[1:])
    with pytest.raises(DataError, match="intercept"):
        gl.flic("HG ~ NV - 1", ENDO)


def test_flac_is_logit_on_the_augmented_data():
    first = gl.firth(*model("endometrial")[:2]).augment()
    once = ENDO.assign(w=1.0, g=0.0)
    pseudo = ENDO.assign(w=first["hat"].to_numpy() / 2, g=1.0)
    data = pd.concat([once, pseudo, pseudo.assign(HG=1 - pseudo["HG"])])
    by_hand = gl.logit("HG ~ NV + PI + EH + g", data, weights="w", weight_type="precision")
    fit = gl.flac(*model("endometrial")[:2])
    np.testing.assert_allclose(fit.params, by_hand.params[:4], rtol=1e-10)
    np.testing.assert_allclose(fit.bse, by_hand.bse[:4], rtol=1e-10)


TABLE = pd.DataFrame({"y": [1, 1, 0, 0], "x": [1, 0, 1, 0], "n": [7, 2, 11, 30]})
FLAC = {
    "endometrial": ("HG ~ NV + PI + EH", ENDO),
    "birthwt": ("low ~ age + lwt + smoke + ht", BIRTH),
    "two by two": ("y ~ x", TABLE.loc[TABLE.index.repeat(TABLE["n"])]),
    "zero cell": ("y ~ x", TABLE.loc[TABLE.index.repeat([7, 0, 11, 30])]),
}


class Augmented:
    """FLAC in NumPy: Firth's leverages, held, and maxima of the augmented likelihood."""

    def __init__(self, formula, data):
        X, y = (np.asarray(part, dtype=float) for part in (gl.design(formula, data).X, gl.design(formula, data).y))
        beta = np.zeros(X.shape[1])
        for _ in range(200):
            p = 1 / (1 + np.exp(-X @ beta))
            inverse = np.linalg.inv(X.T @ (X * (p * (1 - p))[:, None]))
            h = p * (1 - p) * np.einsum("ij,jk,ik->i", X, inverse, X)
            beta = beta + inverse @ X.T @ (y - p + h * (0.5 - p))
        indicator = np.repeat([0.0, 1.0, 1.0], len(y))
        self.X = np.column_stack([np.vstack([X, X, X]), indicator])
        self.y, self.w = np.concatenate([y, y, 1 - y]), np.concatenate([np.ones(len(y)), h / 2, h / 2])
        self.top = self.maximum()

    def maximum(self, held=(), values=()):
        """Log-likelihood with some coefficients held, and the others."""
        free = np.setdiff1d(np.arange(self.X.shape[1]), held)
        X, offset = self.X[:, free], self.X[:, list(held)] @ np.asarray(values, dtype=float)
        beta = np.zeros(len(free))

        def value(b):
            eta = X @ b + offset
            return np.sum(self.w * (self.y * eta - np.logaddexp(0, eta)))

        for _ in range(60):
            p = 1 / (1 + np.exp(-X @ beta - offset))
            info = X.T @ (X * (self.w * p * (1 - p))[:, None])
            step = np.linalg.solve(info, X.T @ (self.w * (self.y - p)))
            while value(beta + step) < value(beta) - 1e-12:
                step = step / 2
            beta = beta + step
            if np.abs(X @ step).max() < 1e-13:
                break
        return value(beta), beta

    def statistic(self, held, values):
        return 2 * (self.top[0] - self.maximum(held, values)[0])


@pytest.mark.parametrize("name", FLAC)
def test_tests_and_profiles_of_flac_are_of_the_augmented_likelihood(name):
    formula, data = FLAC[name]
    fit, other = gl.flac(formula, data), Augmented(formula, data)
    np.testing.assert_allclose(fit.params, other.top[1][:-1], rtol=1e-9)
    limits, rows = fit.confint(method="profile"), gl.profile(fit).tests
    for j, term in enumerate(fit.terms):

        def excess(value, j=j):
            return other.statistic([j], [value]) - stats.chi2.ppf(0.95, 1)

        for side, limit in zip((-1, 1), limits.loc[term], strict=True):
            far = fit.params[term]
            while excess(far) < 0:
                far += side * 0.5 * fit.bse[term]
            root = optimize.brentq(excess, *sorted((far, far - side * 0.5 * fit.bse[term])), xtol=1e-11)
            assert limit == pytest.approx(root, abs=1e-8 * fit.bse[term])
        statistic = other.statistic([j], [0.0])
        assert rows.loc[term, "statistic"] == pytest.approx(statistic, rel=1e-9)
        result = fit.test(f"{term} = 0", "lr")
        assert result.p_value == pytest.approx(stats.chi2.sf(statistic, 1), rel=1e-8)
        if j:
            assert gl.drop1(fit).loc[term, "p_value"] == pytest.approx(result.p_value, rel=1e-9)
    slopes = list(range(1, len(fit.terms)))
    joint = fit.test(", ".join(f"{term} = 0" for term in fit.terms[1:]), "lr")
    assert joint.statistic == pytest.approx(other.statistic(slopes, [0.0] * len(slopes)), rel=1e-9)
    pd.testing.assert_frame_equal(fit.confint(), limits)
    pd.testing.assert_frame_equal(np.exp(limits.iloc[1:]), fit.odds_ratios()[["conf_low", "conf_high"]], rtol=1e-12)
    assert np.isnan(fit.aic)


def test_flac_of_counts_is_that_of_rows():
    rows, counts = gl.flac(*FLAC["two by two"]), gl.flac("y ~ x", TABLE, weights="n")
    trials = gl.flac("e ~ x", {"e": [7, 2], "n": [18, 32], "x": [1, 0]}, trials="n")
    for other in (counts, trials):
        np.testing.assert_allclose(other.confint(method="profile"), rows.confint(method="profile"), rtol=1e-9)
        assert other.test("x = 0", "lr").p_value == pytest.approx(rows.test("x = 0", "lr").p_value, rel=1e-9)
        assert other.test("x = 0", "score").p_value == pytest.approx(rows.test("x = 0", "score").p_value, rel=1e-9)


def test_flac_of_aliased_columns_and_of_far_units():
    plain = gl.flac(*FLAC["birthwt"])
    moved = BIRTH.assign(twice=2 * BIRTH["age"], far=1e6 + 1e3 * BIRTH["lwt"])
    with pytest.warns(gl.errors.CollinearityWarning):
        fit = gl.flac("low ~ age + twice + far + smoke + ht", moved)
    limits = fit.confint(method="profile")
    assert limits.loc["twice"].isna().all()
    ours, theirs = limits.loc[["age", "smoke", "ht"]], plain.confint(method="profile").loc[["age", "smoke", "ht"]]
    np.testing.assert_allclose(ours, theirs, rtol=1e-8)
    np.testing.assert_allclose(limits.loc["far"] * 1e3, plain.confint(method="profile").loc["lwt"], rtol=1e-8)
    assert gl.flac("low ~ 1", BIRTH).params.iloc[0] == pytest.approx(np.log(59 / 130), rel=1e-12)


def test_flac_of_a_difference_is_that_of_a_recoded_model():
    fit = gl.flac("low ~ age + smoke + ht", BIRTH)
    recoded = gl.flac("low ~ age + smoke + I(smoke + ht)", BIRTH)
    ours = gl.contrasts(fit, "smoke - ht", method="profile", exponentiate=False)
    theirs = recoded.confint(method="profile").loc["smoke"]
    np.testing.assert_allclose(ours[["conf_low", "conf_high"]].iloc[0], theirs, rtol=1e-8)


def test_flac_with_robust_errors_has_wald_limits():
    fit = gl.flac("low ~ age + smoke", BIRTH.assign(id=np.arange(189) // 9), cluster="id")
    pd.testing.assert_frame_equal(fit.confint(), fit.confint(method="wald"))
    assert "depend on each other" in fit.test("age = 0", "lr").reason
    with pytest.raises(UnsupportedError, match="several steps"):
        gl.comparisons(gl.flac("low ~ age + smoke", BIRTH), "smoke", interval="bootstrap")


@pytest.mark.parametrize("m", [0.5, 1.0, 2.0])
def test_log_f_is_data_augmentation(m):
    """Rows of m/2 events of m trials at x = e_j without intercept (Greenland & Mansournia 2015, §3)."""
    fit = gl.log_f(*model("endometrial")[:2], m=m)
    X = np.vstack([fit.design.X, np.eye(4)[1:]])
    y = np.r_[ENDO["HG"].to_numpy(float), np.zeros(3)]
    X, y = np.vstack([X, np.eye(4)[1:]]), np.r_[y, np.ones(3)]
    weights = np.r_[np.ones(len(ENDO)), np.full(6, m / 2)]
    by_hand = gl.logit(gl.design_arrays(y, X, weights=weights, weight_type="precision"))
    np.testing.assert_allclose(fit.params, by_hand.params, rtol=1e-10)
    np.testing.assert_allclose(fit.bse, by_hand.bse, rtol=1e-10)


def test_log_f_by_term():
    some = gl.log_f(*model("birthwt")[:2], m={"smoke": 2.0})
    plain = gl.logit(*model("birthwt")[:2])
    assert abs(some.params["smoke"]) < abs(plain.params["smoke"])
    with pytest.raises(DataError, match="'smok'"):
        gl.log_f(*model("birthwt")[:2], m={"smok": 2.0})
    with pytest.raises(DataError, match="m=-1"):
        gl.log_f(*model("birthwt")[:2], m=-1.0)


@pytest.mark.parametrize("estimator", FIRTH_FAMILY)
def test_estimators_are_finite_under_separation_and_say_what_they_are(estimator):
    fit = estimator(*model("endometrial")[:2])
    assert np.isfinite(fit.params).all()
    assert np.isfinite(fit.bse).all()
    assert fit.converged
    assert fit.separation.kind == "quasi"
    assert fit.estimator.lower() in str(fit.summary()).lower()
    assert np.isfinite(fit.odds_ratios()).all(axis=None)
    assert fit.llf < -27.69  # below the supremum of the likelihood


@pytest.mark.parametrize("estimator", FIRTH_FAMILY)
def test_equivariance(estimator):
    """Grouped, relabelled and reordered data, other units: the same estimate (q41)."""
    plain = estimator(*model("endometrial")[:2])
    shuffled = estimator("HG ~ NV + PI + EH", ENDO.sample(frac=1.0, random_state=1))
    np.testing.assert_allclose(shuffled.params, plain.params, rtol=1e-9)
    flipped = estimator("HG ~ NV + PI + EH", ENDO.assign(HG=1 - ENDO["HG"]))
    np.testing.assert_allclose(flipped.params, -plain.params, rtol=1e-8)
    if estimator is not gl.log_f:  # a prior has units
        # median bias reduction is equivariant coefficient by coefficient; another origin is another intercept
        shift = 0.0 if estimator is gl.median_bias_reduced else 8.0
        scaled = estimator("HG ~ NV + PI + EH", ENDO.assign(PI=ENDO["PI"] * 1000.0, EH=ENDO["EH"] + shift))
        np.testing.assert_allclose(scaled.params["PI"] * 1000.0, plain.params["PI"], rtol=1e-8)
        np.testing.assert_allclose(scaled.params["NV"], plain.params["NV"], rtol=1e-8)


def test_grouped_and_frequency_weighted_agree_with_single_rows():
    formula, data, options = model("sex2")
    single = data.loc[data.index.repeat(data["n"])]
    for estimator in FIRTH_FAMILY:
        weighted, plain = estimator(formula, data, **options), estimator(formula, single)
        np.testing.assert_allclose(weighted.params, plain.params, rtol=1e-7)
        np.testing.assert_allclose(weighted.bse, plain.bse, rtol=1e-7)


def test_aliased_columns_are_left_out_of_the_penalty():
    data = ENDO.assign(twice=2 * ENDO["PI"])
    with pytest.warns(gl.errors.CollinearityWarning):
        fit = gl.firth("HG ~ NV + PI + EH + twice", data)
    np.testing.assert_allclose(fit.params[:4], gl.firth(*model("endometrial")[:2]).params, rtol=1e-10)
    assert np.isnan(fit.params["twice"])


def test_drop1_of_a_penalised_fit_keeps_the_columns_in_the_penalty():
    table = gl.drop1(gl.firth(*model("endometrial")[:2]))
    assert table.loc["NV", "p_value"] == pytest.approx(0.0091, abs=5e-5)
    small = gl.firth("HG ~ PI + EH", ENDO)
    result = gl.lr_test(gl.firth(*model("endometrial")[:2]), small)
    assert np.isnan(result.statistic)
    assert "drop1" in result.reason
    with pytest.raises(UnsupportedError, match="drop1"):
        gl.anova(small)


# --- profiles ---------------------------------------------------------------------------------------
def test_profile_object():
    fit = gl.logit(*model("birthwt")[:2])
    profile = gl.profile(fit, ["smoke", "age"])
    assert list(profile.confint().index) == ["smoke", "age"]
    wide, narrow = profile.confint(0.99), profile.confint(0.9)
    assert (wide["conf_low"] < narrow["conf_low"]).all()
    curves = profile.curves
    for _, curve in curves.groupby("term"):
        assert curve["value"].is_monotonic_increasing
        assert curve["signed_root"].is_monotonic_increasing
        assert curve["signed_root"].iloc[[0, -1]].abs().to_numpy() == pytest.approx([3, 3], abs=1e-6)
    with pytest.raises(DataError, match="'smok'"):
        gl.profile(fit, ["smok"])


def test_profile_of_separated_data_is_one_sided():
    with pytest.warns(SeparationWarning):
        fit = gl.logit(*model("endometrial")[:2])
    table = fit.confint(method="profile")
    assert table.loc["NV", "conf_high"] == np.inf
    assert np.isfinite(table.loc["NV", "conf_low"])
    # the limit is where the likelihood-ratio test of that value is at its quantile
    assert fit.test(f"NV = {float(table.loc['NV', 'conf_low'])!r}", "lr").p_value == pytest.approx(0.05, abs=1e-9)
    assert fit.confint().loc["NV"].isna().all()
    ratios = fit.odds_ratios()
    assert ratios.loc["NV", "odds_ratio"] == np.inf
    assert ratios.loc["NV", "conf_low"] == pytest.approx(np.exp(table.loc["NV", "conf_low"]))
    # finite coefficients: the same profile as in the limiting model
    limiting = gl.logit("HG ~ PI + EH", ENDO[ENDO["NV"] == 0]).confint(method="profile")
    np.testing.assert_allclose(table.loc[["PI", "EH"]], limiting.loc[["PI", "EH"]], rtol=1e-6)


def test_score_limits_are_where_the_score_test_rejects():
    fit = gl.logit(*model("birthwt")[:2])
    table = fit.confint(method="score")
    for term in ("smoke", "ht"):
        for limit in table.loc[term]:
            assert gl.score_test(fit, f"{term} = {float(limit)!r}").p_value == pytest.approx(0.05, abs=1e-8)


def test_score_limits_of_a_proportion_are_wilsons():
    y = np.r_[np.ones(3), np.zeros(17)]
    limits = gl.logit("y ~ 1", {"y": y}).confint(method="score").loc["Intercept"]
    z, n, p = 1.959963984540054, 20, 3 / 20
    centre, half = (p + z**2 / (2 * n)), z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    wilson = np.array([centre - half, centre + half]) / (1 + z**2 / n)
    np.testing.assert_allclose(1 / (1 + np.exp(-limits)), wilson, rtol=1e-9)


def test_hauck_donner_is_noted():
    # a strong effect in a small 2×2 table: Wald p 0.003, likelihood-ratio p 1e-8
    table = pd.DataFrame({"events": [29.0, 1.0], "others": [1.0, 29.0], "x": [1.0, 0.0]})
    fit = gl.logit("cbind(events, others) ~ x", table)
    tests = gl.profile(fit).tests
    assert tests.loc["x", "p_value"] < tests.loc["x", "wald_p_value"] / 10
    assert tests.loc["x", "wald_p_value"] < 1e-3
    assert gl.profile(fit).notes[0].code == "hauck_donner"
    assert not gl.profile(gl.logit("low ~ age + smoke", BIRTH)).notes
    # 9 of 10 and 1 of 10: log odds ratio 2 log 9 with variance 2(1/9 + 1), deviance 20(log 2 − H(0.1))·2
    small = gl.logit(gl.design_arrays([9, 1], [[1, 1.0], [1, 0.0]], trials=[10, 10]))
    row = gl.profile(small).tests.iloc[1]
    wald = (2.0 * np.log(9.0)) ** 2 / (2.0 * (1.0 / 9.0 + 1.0))
    ratio = 40.0 * (np.log(2.0) + 0.9 * np.log(0.9) + 0.1 * np.log(0.1))
    assert row["wald_p_value"] == pytest.approx(stats.chi2.sf(wald, 1), rel=1e-9)
    assert row["p_value"] == pytest.approx(stats.chi2.sf(ratio, 1), rel=1e-8)
    assert [note.code for note in gl.profile(small).notes] == ["hauck_donner"]
    assert "Hauck-Donner" in str(gl.profile(small).notes[0])


def test_profiles_need_a_likelihood():
    weighted = gl.logit("low ~ age", BIRTH.assign(w=1.5), weights="w", weight_type="sampling")
    with pytest.raises(UnsupportedError, match="sampling"):
        gl.profile(weighted)
    with pytest.raises(UnsupportedError, match="no single likelihood"):
        gl.flic(*model("endometrial")[:2]).confint(method="profile")
    with pytest.raises(DataError, match="'profil'"):
        weighted.confint(method="profil")


def test_where_other_maxima_cannot_be_looked_for_it_is_said(monkeypatch):
    """A completely separated set whose restricted maxima depend on where the search starts."""
    rng = np.random.default_rng(3)
    X = np.column_stack([np.ones(100), rng.normal(size=(100, 3))])
    y = (X[:, 1:] @ [1.0, -1.0, 0.5] > 0) * 1.0
    fit = gl.firth(gl.design_arrays(y, X))
    monkeypatch.setattr("glmlogit.inference.profile_limits.LONGEST_SEARCH", 0.0)
    with pytest.warns(ConvergenceWarning, match="several local maxima"):
        fit.confint(method="profile")


def test_profile_plot_takes_and_returns_axes():
    plt = pytest.importorskip("matplotlib.pyplot")
    figure, ax = plt.subplots()
    assert gl.profile(gl.logit("am ~ wt", references.frame("mtcars"))).plot(ax) is ax
    assert len(ax.get_lines()) >= 2
    plt.close(figure)


def test_sandwich_of_augmented_standard_errors_is_on_the_information():
    plain, augmented = gl.firth(*model("endometrial")[:2]), gl.firth(*model("endometrial")[:2], se="augmented")
    pd.testing.assert_frame_equal(augmented.cov_params("HC0"), plain.cov_params("HC0"))
    assert (augmented.bse < plain.bse).all()
    assert "augmented" in augmented.cov_text
    np.testing.assert_allclose(np.sqrt(np.diagonal(augmented.cov_params())), augmented.bse, rtol=1e-12)
    link = augmented.predict(kind="link", interval="confidence")["std_error"]
    assert (link < plain.predict(kind="link", interval="confidence")["std_error"]).all()


@pytest.mark.parametrize("estimator", [gl.firth, gl.log_f, gl.median_bias_reduced, gl.flac])
def test_sampling_weights_have_no_scale(estimator):
    data = BIRTH.assign(w=np.linspace(0.5, 2, 189), w1000=1000 * np.linspace(0.5, 2, 189))
    one = estimator("low ~ age + smoke", data, weights="w", weight_type="sampling")
    other = estimator("low ~ age + smoke", data, weights="w1000", weight_type="sampling")
    np.testing.assert_allclose(other.params, one.params, rtol=1e-8)
    assert any(note.code == "scaled_weights" for note in one.notes)


@pytest.mark.parametrize("estimator", [gl.flic, gl.flac, gl.log_f])
def test_nothing_penalises_an_intercept_that_runs_to_infinity(estimator):
    with pytest.raises(gl.errors.NotEstimableError, match=r"gl\.firth"):
        estimator("y ~ x", {"y": [1, 1, 1, 1], "x": [1.0, 2.0, 4.0, 7.0]})


def test_a_prior_that_leaves_a_separated_term_free():
    with pytest.raises(gl.errors.NotEstimableError, match="Penalise them too"):
        gl.log_f("HG ~ NV + PI + EH", ENDO, m={"PI": 1.0})


def test_profile_of_an_infinite_estimate_is_drawn_until_it_is_flat():
    with pytest.warns(SeparationWarning):
        fit = gl.logit(*model("endometrial")[:2])
    curve = gl.profile(fit, "NV").curves
    assert curve["signed_root"].iloc[0] == pytest.approx(-3, abs=1e-6)
    assert abs(curve["signed_root"].iloc[-1]) < 0.1
    assert np.isfinite(curve["signed_root"]).all()
    assert (np.diff(curve["signed_root"]) > 0).all()
    page = gl.profile(fit, "NV")
    assert list(page.tests.index) == ["NV"]
    limits = fit.confint(method="profile").loc["NV"]
    row = next(line for line in str(page).splitlines() if line.startswith("NV"))
    assert row.split()[:3] == ["NV", f"{limits['conf_low']:.1f}", "Inf"]
    assert limits["conf_high"] == np.inf


def test_profile_limits_are_not_mixed_with_robust_errors():
    robust = gl.logit("low ~ age", BIRTH).with_cov("HC3")
    for call in (robust.confint, robust.odds_ratios):
        with pytest.raises(UnsupportedError, match="with_cov"):
            call(method="profile")


def test_columns_that_are_all_but_combinations_warn():
    rng = np.random.default_rng(0)
    x = np.round(rng.normal(size=200), 3)
    d = pd.DataFrame({"y": rng.integers(0, 2, 200), "x": x, "z": x + 2e-11 * np.round(rng.normal(size=200), 2)})
    with pytest.warns(gl.errors.CollinearityWarning, match="last digits"):
        fit = gl.logit("y ~ x + z", d)
    assert fit.digits > 12


def test_profile_limits_are_refused_where_rounding_would_decide_them():
    heavy = gl.logit("low ~ age", BIRTH.assign(w=1e12), weights="w", weight_type="precision")
    with pytest.raises(UnsupportedError, match="fewer than six digits"):
        heavy.confint(method="profile")


def test_augmented_errors_of_counts_are_those_of_the_rows():
    counts = BIRTH.assign(w=np.arange(189) % 3 + 1)
    rows = BIRTH.loc[BIRTH.index.repeat(counts["w"])].reset_index(drop=True)
    counted = gl.firth("low ~ age + C(race)", counts, weights="w", se="augmented")
    single = gl.firth("low ~ age + C(race)", rows, se="augmented")
    assert (single.bse < gl.firth("low ~ age + C(race)", rows).bse).all()
    # Two fits of one function, each converged to 1e-8 standard errors or better.
    np.testing.assert_allclose(counted.bse, single.bse, rtol=1e-8)


def test_only_a_likelihood_has_a_supremum_where_its_maximum_diverges():
    """Of a penalised one that still climbs nothing is known."""
    for estimator, usable in {gl.logit: True, gl.firth: False, gl.log_f: False}.items():
        fit = estimator("low ~ age + smoke", BIRTH)
        _, solution = restricted_maxima.restricted(fit.surface, [1], [0.0])
        assert restricted_maxima.usable(fit.surface, solution)
        for status, taken in {Status.DIVERGING: usable, Status.MAX_ITER: False, Status.STALLED: False}.items():
            assert restricted_maxima.usable(fit.surface, solution._replace(status=status)) is taken


# --- steps of median bias reduction -----------------------------------------------------------------
def median_adjusted_score(X, y, beta):
    """Kenne Pagui, Salvan & Sartori 2017, eq. 10, of a logit model, where the third cumulants are w(1 − 2p)."""
    p = 1.0 / (1.0 + np.exp(-X @ beta))
    w = p * (1 - p)
    info = X.T @ (X * w[:, None])
    cov = np.linalg.inv(info)
    leverage = w * np.einsum("ij,jk,ik->i", X, cov, X)
    shift = [
        cov[:, r] @ (X.T @ (w * (1 - 2 * p) * (X @ cov[:, r]) ** 2)) / (3.0 * cov[r, r]) for r in range(X.shape[1])
    ]
    return X.T @ (y - p + leverage * (0.5 - p)) - info @ np.array(shift), np.sqrt(np.diagonal(cov))


@pytest.mark.parametrize("columns", [2, 11, 12, 15])
def test_median_bias_reduction_solves_its_equation_with_few_and_many_coefficients(columns):
    """In few steps, whatever the number of coefficients: those that are mixed are as good as Newton's."""
    rng = np.random.default_rng(columns)
    X = np.column_stack([np.ones(200), rng.normal(size=(200, columns))])
    y = (rng.random(200) < 1.0 / (1.0 + np.exp(0.5 - X[:, 1]))).astype(float)
    fit = gl.median_bias_reduced(gl.design_arrays(y, X))
    score, errors = median_adjusted_score(X, y, fit.params.to_numpy())
    assert fit.converged
    assert np.abs(score * errors).max() < 1e-7  # in standard errors; steps end at 1e-9, or where they no longer halve
    assert fit.n_iter <= 13


@pytest.mark.parametrize("name", ["endometrial", "sex2"])
def test_median_bias_reduction_by_scoring_is_that_by_newton(name, monkeypatch):
    """Mixed, alone, and by differences from the second step on: the same estimates."""
    formula, data, options = model(name)
    mixed = gl.median_bias_reduced(formula, data, **options)
    monkeypatch.setattr(median_bias_reduced, "CREEPING", 0.0)
    newton = gl.median_bias_reduced(formula, data, **options)
    monkeypatch.setattr(median_bias_reduced, "LARGEST_JACOBIAN", 0)
    monkeypatch.setattr(median_bias_reduced, "DEPTH", 1)
    scoring = gl.median_bias_reduced(formula, data, **options)
    assert in_errors(mixed.params, newton.params, newton.bse).max() < 1e-9
    assert in_errors(scoring.params, newton.params, newton.bse).max() < 1e-6
    assert scoring.n_iter > newton.n_iter


def test_median_bias_reduction_takes_three_folds_an_evaluation(monkeypatch):
    """However many coefficients there are, and an evaluation a step."""
    passes = []
    for name in ("evaluate", "info_gradient", "info_cubes"):
        fold = getattr(LogitSums, name)
        monkeypatch.setattr(
            LogitSums, name, lambda self, *args, f=fold, n=name, **more: passes.append(n) or f(self, *args, **more)
        )
    rng = np.random.default_rng(5)
    X = np.column_stack([np.ones(3000), rng.normal(size=(3000, 8))])
    fit = gl.median_bias_reduced(gl.design_arrays((rng.random(3000) < 0.2).astype(float), X))
    steps = len(fit.maximum.trace)
    assert passes.count("info_cubes") <= 5
    assert passes.count("info_gradient") <= steps + 2
    assert passes.count("evaluate") <= steps + 4


def test_a_score_that_does_not_change_has_no_step_by_differences():
    class Constant:
        def evaluate(self, beta):
            return Evaluation(0.0, np.ones(2), Information(np.ones(2), matrix=np.eye(2)))

    factor = Information(np.ones(2), matrix=np.eye(2)).factor
    assert median_bias_reduced._by_differences(Constant(), np.zeros(2), factor, np.ones(2)) is None


def test_median_bias_reduction_has_no_value_where_rows_have_no_information():
    likelihood = BinaryLogit(gl.design_arrays([0.0, 1.0, 1.0], [[1.0], [2.0], [3.0]]))
    far = np.array([1e6])
    at = likelihood.evaluate(far)
    assert at.info.factor is None
    assert MedianUnbiased().adjusted(likelihood, far, at, root=False).value == -np.inf
