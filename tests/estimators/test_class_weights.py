"""Class weights: values of references, identities, rows however written down, and every verb on a weighted fit."""

from __future__ import annotations

import inspect
import math
import re
import warnings

import matplotlib as mpl
import matplotlib.pyplot
import numpy as np
import pandas as pd
import pytest
from evaluation_models import FORMULAS, data, difference, entries, fitted, hostile
from hypothesis import given
from hypothesis import strategies as st
from scipy import special
from strategies import examples

import glmlogit as gl
from glmlogit.errors import DataError, GlmlogitError, UnsupportedError
from glmlogit.estimate.refits import resampled, reweighted

mpl.use("Agg")
REFERENCE = entries("7_imbalance")
MODELS = ("icu", "glow500", "birthwt")
BIRTHS = gl.datasets.birthwt()
FORMULA = "low ~ age + lwt + C(race) + smoke"
WEIGHTED = gl.logit(FORMULA, BIRTHS, class_weight="balanced")
ROW_KINDS = ("HC0", "HC1", "HC2", "HC3", "HC0:stata")
RULES = ("balanced", {1: 7.3, 0: 0.4}, {"prevalence": 0.03})


def multiplied(fit: gl.Fit) -> np.ndarray:
    """Class weights of the rows of a fit."""
    return np.where(fit.design.y == 1, *fit.design.multipliers)


def weighted(model: str, rule="balanced") -> gl.Fit:
    return gl.logit(FORMULAS[model], data(model), class_weight=rule)


# --- values of references ---------------------------------------------------------------------------
def naive(model: str) -> np.ndarray:
    """Standard errors that take weights for observations; no covariance of the package is that."""
    fit = weighted(model)
    v, X = multiplied(fit) * fit.predict().to_numpy() * (1 - fit.predict().to_numpy()), fit.design.X
    return np.sqrt(np.diag(np.linalg.inv((X * v[:, None]).T @ X)))


def shifts(model: str) -> list[float]:
    fit, plain = weighted(model), fitted(model)
    y, p = fit.design.y, fit.predict()
    by_formula = gl.prior_correction(fit, y.mean()).predict()
    moved = fit.params["Intercept"] - plain.params["Intercept"]
    brier = [np.mean((y - q) ** 2) for q in (p, by_formula, plain.predict())]
    return [fit.weighting.log_ratio, moved, p.mean(), y.mean(), *brier]


def bias_corrected(model: str) -> pd.Series:
    """As the documentation of firth has it."""
    fit = fitted(model)
    h, p, X = fit.augment()["hat"], fit.predict(), fit.design.X
    return fit.params - fit.cov_params() @ (X.T @ (h * (p - 0.5)))


def undersampled(model: str) -> np.ndarray:
    table = data(model)
    outcome = FORMULAS[model].split()[0]
    events = (table[outcome] == 1).to_numpy()
    rows = events | (np.arange(1, len(table) + 1) % 3 == 0)
    rate = (rows & ~events).sum() / (~events).sum()
    fit = gl.logit(FORMULAS[model], table[rows])
    return np.append(fit.params, [rate, gl.prior_correction(fit, nonevents_kept=rate).intercept])


def moved(shares: tuple[float, float], **options) -> pd.Series:
    """Probabilities of a sample with the first share of events, moved to another population."""
    rows = gl.design_arrays([1] * int(10 * shares[0]) + [0] * int(10 - 10 * shares[0]), np.ones((10, 1)))
    return gl.prior_correction(gl.logit(rows), **options).probabilities([0.1, 0.5, 0.9])


ANSWERS = {
    "balanced_coef": lambda model: weighted(model).params,
    "balanced_coef_sklearn": lambda model: weighted(model).params,
    "balanced_se_naive": naive,
    "balanced_se_sandwich": lambda model: weighted(model).bse,
    "balanced_shift": shifts,
    "bias_corrected": bias_corrected,
    "undersampled": undersampled,
    "king_zeng_weighting_tau05": lambda model: np.concatenate(
        [weighted(model, {"prevalence": 0.05}).params, weighted(model, {"prevalence": 0.05}).bse]
    ),
    "dal_pozzolo": lambda _: moved((0.5, 0.5), nonevents_kept=0.2),
    "elkan": lambda _: moved((0.5, 0.5), prevalence=0.1),
}


@pytest.mark.parametrize("key", REFERENCE)
def test_values_are_those_of_the_references(key):
    entry = REFERENCE[key]
    assert difference("7_imbalance", key, ANSWERS[entry["quantity"]](entry["model"])) <= 1.0


def test_all_values_are_compared():
    assert len(REFERENCE) == 26


# --- rows, counts, trials ---------------------------------------------------------------------------
@st.composite
def trials(draw) -> pd.DataFrame:
    """Grouped rows with a factor, clusters, sampling weights, both outcomes in each level of the factor."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    n = draw(st.integers(16, 40))
    x, z = random.integers(-3, 4, n) / 2, np.arange(n) % 2
    m = random.integers(1, 6, n)
    y = random.binomial(m, special.expit(draw(st.floats(-2.5, 0.5)) + x / 2 - z / 3))
    m[:4], y[:4] = 2, 1  # both outcomes at several values of x, in both levels
    table = pd.DataFrame({"x": x, "z": z, "g": np.arange(n) // 2 % 7, "y": y, "m": m})
    return table.assign(w=random.choice([0.5, 1.0, 2.25, 3.0], n))


def expanded(table: pd.DataFrame) -> pd.DataFrame:
    rows = table.loc[table.index.repeat(table["m"])]
    d = np.concatenate([np.arange(m) < y for y, m in zip(table["y"], table["m"], strict=True)]).astype(float)
    return rows.assign(d=d)


def numbers(fit: gl.Fit, kinds, *, unconditional: bool = True) -> np.ndarray:
    """What must not depend on how rows are written down."""
    effects = fit.margins("x", unconditional=unconditional)
    wald = [fit.with_cov(kind).test("x").statistic for kind in kinds]
    matrices = [fit.cov_params(kind).to_numpy().ravel() for kind in kinds]
    values = [fit.params, fit.bse, fit.llf, wald, effects["estimate"], effects["std_error"]]
    shares = [fit.weighting.weighed, fit.weighting.observed, fit.weighting.excess, fit.sample.n_events]
    limits = gl.prior_correction(fit).predict({"x": [1.0], "z": [1]}, interval="confidence").to_numpy().ravel()
    return np.concatenate([np.ravel(v) for v in (*values, *matrices, shares, limits)])


@given(table=trials(), rule=st.sampled_from(RULES), clustered=st.booleans(), sampled=st.booleans())
@examples(25)
def test_rows_counts_and_trials_are_one(table, rule, clustered, sampled):
    """Every kind of covariance is that of the single observations, which class weights weigh by their outcome."""
    options = {"class_weight": rule, **({"cluster": "g"} if clustered else {})}
    kinds = ("cluster", "cluster:none", "cluster:statsmodels") if clustered else ROW_KINDS
    rows = expanded(table)
    points = {"weights": "w", "weight_type": "sampling"} if sampled else {}
    expected = numbers(gl.logit("d ~ x + C(z)", rows, **points, **options), kinds)
    fits = [gl.logit("y ~ x + C(z)", table, trials="m", **points, **options)]
    if not sampled:
        counts = rows.groupby(["x", "z", "g", "d"]).size().reset_index(name="n")
        fits.append(gl.logit("d ~ x + C(z)", counts, weights="n", **options))
        fits.append(gl.logit("cbind(y, m - y) ~ x + C(z)", table, **options))
    for fit in fits:
        np.testing.assert_allclose(numbers(fit, kinds), expected, rtol=1e-9, atol=1e-13)  # sums in another order


@given(table=trials(), rule=st.sampled_from(RULES), seed=st.integers(0, 1000))
@examples(10)
def test_the_form_of_the_rows_changes_nothing(table, rule, seed):
    """Order, unit, shift, names of the outcome, and which of both is called the event (weights turned with it)."""
    rows = expanded(table)
    fit = gl.logit("d ~ x + C(z)", rows, class_weight=rule)
    shuffled = gl.logit("d ~ x + C(z)", rows.sample(frac=1, random_state=seed), class_weight=rule)
    np.testing.assert_allclose(shuffled.cov_params("HC3"), fit.cov_params("HC3"), rtol=1e-9)
    scaled = gl.logit("d ~ I(8*x + 1024) + C(z)", rows, class_weight=rule)
    np.testing.assert_allclose(8 * scaled.bse["I(8 * x + 1024)"], fit.bse["x"], rtol=1e-9)
    named = rows.assign(d=np.where(rows["d"] == 1, "ill", "well"))
    turned = {"ill": 7.3, "well": 0.4} if isinstance(rule, dict) and 1 in rule else rule
    same = gl.logit("d ~ x + C(z)", named, event="ill", class_weight=turned)
    np.testing.assert_allclose(same.params, fit.params, rtol=1e-12)
    against = {"prevalence": 1 - rule["prevalence"]} if "prevalence" in rule else turned
    opposite = gl.logit("d ~ x + C(z)", named, event="well", class_weight=against)
    np.testing.assert_allclose(opposite.params, -fit.params, rtol=1e-9)
    np.testing.assert_allclose(opposite.bse, fit.bse, rtol=1e-9)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("counted", [False, True])
def test_the_sandwich_is_that_of_its_formula(rule, counted):
    """``A⁻¹ (Σ n w² r² xx′/(1 − h)^power) A⁻¹``, n counting and w weighing."""
    n = np.arange(len(BIRTHS)) % 3 + 1.0 if counted else np.ones(len(BIRTHS))
    options = {"weights": n} if counted else {}
    fit = gl.logit(FORMULA, BIRTHS, class_weight=rule, **options)
    X, w, p = fit.design.X, multiplied(fit), fit.predict().to_numpy()
    inverse = np.linalg.inv((X * (n * w * p * (1 - p))[:, None]).T @ X)
    h = w * p * (1 - p) * np.einsum("ij,jk,ik->i", X, inverse, X)
    r, k = fit.design.y - p, X.shape[1]
    for kind, power, factor in (("HC0", 0, 1), ("HC1", 0, n.sum() / (n.sum() - k)), ("HC2", 1, 1), ("HC3", 2, 1)):
        meat = (X * (n * (w * r) ** 2 / (1 - h) ** power)[:, None]).T @ X
        np.testing.assert_allclose(fit.cov_params(kind), factor * inverse @ meat @ inverse, rtol=1e-9)


# --- identities -------------------------------------------------------------------------------------
@given(table=trials(), c=st.sampled_from([1e-12, 0.25, 3.0, 1e9]), kind=st.sampled_from(ROW_KINDS))
@examples(15)
def test_i01_weights_times_a_constant_change_nothing(table, c, kind):
    """Coefficients, and the sandwich of every kind."""
    rows = expanded(table)
    fit, times = (gl.logit("d ~ x", rows, class_weight={1: a, 0: b}) for a, b in ((3.0, 0.5), (3.0 * c, 0.5 * c)))
    np.testing.assert_allclose(times.params, fit.params, rtol=1e-9)
    np.testing.assert_allclose(times.cov_params(kind), fit.cov_params(kind), rtol=1e-9)


@given(table=trials())
@examples(10)
def test_i02_the_share_of_the_sample_is_maximum_likelihood(table):
    """Coefficients of maximum likelihood, weights of 1; reported as the weighted likelihood that was asked for."""
    rows = expanded(table)
    fit = gl.logit("d ~ x", rows, class_weight={"prevalence": float(rows["d"].mean())})
    plain = gl.logit("d ~ x", rows)
    np.testing.assert_allclose(fit.design.multipliers, 1.0, rtol=1e-14)
    np.testing.assert_allclose(fit.params, plain.params, rtol=1e-12)
    np.testing.assert_allclose(fit.bse, plain.with_cov("HC0").bse, rtol=1e-12)
    assert abs(fit.weighting.excess) < 1e-10


@given(prevalence=st.floats(0.001, 0.999), p=st.floats(1e-6, 1 - 1e-6))
@examples(30)
def test_i03_a_shift_inverts(prevalence, p):
    """There and back again."""
    sample = gl.logit(gl.design_arrays([1, 0, 0, 0], np.ones((4, 1))))
    there = gl.prior_correction(sample, prevalence)
    back = 1 / (1 + (1 / there.probabilities([p])[0] - 1) * np.exp(-there.shift))
    np.testing.assert_allclose(back, p, rtol=1e-9)


@given(p=st.floats(1e-6, 1 - 1e-6), beta=st.floats(0.001, 1.0))
@examples(30)
def test_i05_rates_of_one_are_the_identity(p, beta):
    sample = gl.logit(gl.design_arrays([1, 0, 0, 0], np.ones((4, 1))))
    for same in (gl.prior_correction(sample, nonevents_kept=1), gl.prior_correction(sample, events_repeated=1)):
        assert same.shift == 0
        np.testing.assert_allclose(same.probabilities([p]), p, rtol=1e-14)
    kept = gl.prior_correction(sample, nonevents_kept=beta).probabilities([p])[0]
    np.testing.assert_allclose(kept, beta * p / (beta * p - p + 1), rtol=1e-12)


@given(table=trials(), share=st.floats(0.02, 0.98), sampled=st.booleans())
@examples(15)
def test_i04_the_weighted_mean_of_probabilities_is_the_share(table, share, sampled):
    """½ of balanced weights, τ of a prevalence, whatever the rows weigh besides."""
    points = {"weights": "w", "weight_type": "sampling"} if sampled else {}
    for rule, expected in (("balanced", 0.5), ({"prevalence": share}, share)):
        fit = gl.logit("y ~ x + C(z)", table, trials="m", class_weight=rule, **points)
        np.testing.assert_allclose(gl.predictions(fit)["estimate"], expected, rtol=1e-9)
        assert fit.weighting.weighed == pytest.approx(expected)
        own = table["m"] * (table["w"] if sampled else 1.0)
        corrected = np.average(gl.prior_correction(fit).predict(), weights=own)
        np.testing.assert_allclose(corrected, fit.weighting.observed, rtol=1e-9)


@given(table=trials(), c=st.integers(2, 9))
@examples(10)
def test_i06_repeated_events_are_a_weight(table, c):
    """The same coefficients; clustered on the original row also the same sandwich. Repeats alone are too sure."""
    rows = expanded(table).reset_index(drop=True).rename_axis("row").reset_index()
    fit = gl.logit("d ~ x", rows, class_weight={1: c})
    repeated = rows.loc[rows.index.repeat(np.where(rows["d"] == 1, c, 1))]
    clustered = gl.logit("d ~ x", repeated, cluster="row").with_cov("cluster:none")
    np.testing.assert_allclose(clustered.params, fit.params, rtol=1e-9)
    np.testing.assert_allclose(clustered.bse, fit.bse, rtol=1e-9)
    alone = gl.logit("d ~ x", repeated)
    assert gl.prior_correction(alone, events_repeated=c).notes[0].code == "repeated_events"
    assert gl.prior_correction(clustered, events_repeated=c).notes == ()
    np.testing.assert_allclose(gl.prior_correction(alone, events_repeated=c).shift, math.log(c))


# --- the intercept for the rows as they are ---------------------------------------------------------
@pytest.mark.parametrize("model", MODELS)
def test_the_refitted_intercept_solves_its_equation(model):
    fit = weighted(model)
    corrected = gl.prior_correction(fit)
    y = fit.design.y
    assert abs(np.sum(y - corrected.predict())) < 1e-9
    assert corrected.prevalence == pytest.approx(y.mean())
    assert corrected.params.iloc[1:].equals(fit.params.iloc[1:])
    formula = gl.prior_correction(fit, y.mean())
    np.testing.assert_allclose(formula.shift, math.log((1 - y.mean()) / y.mean()), rtol=1e-12)
    assert abs(corrected.shift - formula.shift) > 1e-3  # equal for a correct model only
    measured = gl.calibration(y=y, p=corrected.predict()).measures["estimate"]
    assert abs(measured["intercept"]) < 1e-9
    text = " ".join(note.text for note in fit.notes)
    assert f"{corrected.intercept:.4f}" in text
    assert f"{formula.intercept:.4f}" in text


@pytest.mark.parametrize("clustered", [False, True])
def test_limits_count_that_the_intercept_was_refitted(clustered):
    """The sandwich of the stack of both sets of equations, derivatives by differences."""
    teams = np.arange(len(BIRTHS)) % 23
    fit = gl.logit(FORMULA, BIRTHS, class_weight={1: 6.0, 0: 0.5}, **({"cluster": teams} if clustered else {}))
    X, y, w = fit.design.X, fit.design.y, multiplied(fit)
    k = X.shape[1]

    def scores(theta: np.ndarray) -> np.ndarray:
        eta = X @ theta[:k]
        return np.column_stack([X * (w * (y - special.expit(eta)))[:, None], y - special.expit(eta + theta[k])])

    corrected = gl.prior_correction(fit)
    at = np.append(fit.params, -corrected.shift)
    steps = 1e-6 / np.append(np.abs(X).max(axis=0), 1.0)
    slope = np.column_stack([(scores(at + d) - scores(at - d)).sum(axis=0) / (2 * d.max()) for d in np.diag(steps)])
    parts = scores(at)
    parts = pd.DataFrame(parts).groupby(teams).sum().to_numpy() if clustered else parts
    half = np.linalg.solve(slope, parts.T)
    rows = np.column_stack([X[:5], np.ones(5)])
    expected = np.sqrt(np.diag(rows @ half @ half.T @ rows.T) * (23 / 22 if clustered else 1.0))
    table = corrected.predict(BIRTHS.head(5), interval="confidence")
    p = table["estimate"]
    np.testing.assert_allclose(table["std_error"] / (p * (1 - p)), expected, rtol=1e-6)
    z = fit.reference.quantile(0.95)
    np.testing.assert_allclose(table["conf_low"], special.expit(special.logit(p) - z * expected), rtol=1e-6)
    with pytest.raises(UnsupportedError, match="with_cov"):
        gl.prior_correction(gl.logit(FORMULA, BIRTHS, class_weight="balanced").with_cov("HC3")).predict(
            interval="confidence"
        )


def test_corrections_add_up():
    """Rows of which non-events were left out, weighed by class: back to the rows, then to the people."""
    both = gl.prior_correction(WEIGHTED, nonevents_kept=0.25, events_repeated=2)
    alone = gl.prior_correction(WEIGHTED)
    np.testing.assert_allclose(both.shift, alone.shift - math.log(0.25) + math.log(2), rtol=1e-14)
    share = BIRTHS["low"].mean()
    np.testing.assert_allclose(both.prevalence / (1 - both.prevalence), share / (1 - share) * 0.25 / 2, rtol=1e-12)


def test_notes_give_the_advice_that_is_due():
    said = {
        rule: " ".join(n.text for n in gl.logit("low ~ age", BIRTHS, class_weight=weight).notes)
        for rule, weight in (("balanced", "balanced"), ("values", {1: 5}), ("population", {"prevalence": 0.05}))
    }
    assert all("no reason to weigh" in said[rule] and "gl.firth" in said[rule] for rule in ("balanced", "values"))
    assert "prior_correction(fit, 0.05)" in said["population"]
    assert all("standard errors are robust" in text for text in said.values())


def test_no_intercept_no_correction():
    fit = gl.logit("low ~ 0 + age + smoke", BIRTHS, class_weight="balanced")
    with pytest.raises(DataError, match="no intercept"):
        gl.prior_correction(fit)
    assert "move the intercept" not in " ".join(map(str, fit.notes))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"nonevents_kept": 0}, "up to 1"),
        ({"nonevents_kept": 1.5}, "up to 1"),
        ({"events_repeated": 0.5}, "1 or more"),
        ({"events_repeated": math.inf}, "1 or more"),
        ({"prevalence": 0.1, "events_repeated": 2}, "give one"),
        ({"prevalence": 0}, "no share"),
        ({"prevalence": 1}, "no share"),
    ],
)
def test_rates_that_are_none(options, said):
    with pytest.raises(DataError, match=said):
        gl.prior_correction(WEIGHTED, **options)
    with pytest.raises(DataError, match="outside 0 to 1"):
        gl.prior_correction(WEIGHTED).probabilities([1.2])


# --- every verb -------------------------------------------------------------------------------------
SAMPLED = gl.logit(FORMULA, BIRTHS.assign(w=multiplied(WEIGHTED)), weights="w", weight_type="sampling").with_cov("HC0")
NAMES = {
    "change_in_estimate": ["smoke"],
    "comparisons": ["smoke"],
    "contrasts": ["age"],
    "dose_curve": ["age"],
    "effect_plot": ["age"],
    "effective_dose": ["age"],
    "interaction": ["race", "smoke"],
    "interaction_plot": ["age", "smoke"],
    "lr_test": ["no model"],
    "pairwise": ["race"],
    "plot": ["forest"],
    "prior_correction": [0.1],
    "recalibrate": [BIRTHS.assign(low=1 - BIRTHS["low"])],
    "score_test": ["smoke"],
    "second_differences": ["smoke", "age"],
    "stratum_odds_ratios": ["smoke"],
    "test": ["smoke"],
    "wald_test": ["smoke"],
}
# Of outcomes as they were observed, whatever the class weights: not those of the same numbers as sampling weights.
OF_THE_ROWS = {
    *("association_measures", "calibration", "classification", "cross_validate", "decision_curve", "gain"),
    *("internal_validation", "precision_recall", "recalibrate", "roc", "thresholds"),
}
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]\d+)?")
OUR_REASON = ("with class weights the likelihood is that of another population, not that of the sample", "none")
THEIR_REASON = (
    "with sampling weights the likelihood is a pseudo-likelihood, not that of the sample",
    "none",
)
SAYS_IT_IS_WEIGHTED = {"check", "report", "summary", "validate", "with_cov", "without_rows", "interpret"}


@pytest.fixture(autouse=True)
def long_lines(monkeypatch):
    """What two fits print is compared word by word, wherever lines end."""
    monkeypatch.setenv("COLUMNS", "2000")


def of_fits() -> list[str]:
    def first(verb) -> str:
        return next(iter(inspect.signature(verb).parameters), "") if inspect.isfunction(verb) else ""

    return [name for name in gl.__all__ if first(getattr(gl, name)) in {"fit", "big", "fits"}]


def answer(name: str, fit: gl.Fit) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = getattr(gl, name)(fit, *NAMES.get(name, []))
        except GlmlogitError as error:
            return f"refused: {type(error).__name__}"
    mpl.pyplot.close("all")
    if name in OF_THE_ROWS | SAYS_IT_IS_WEIGHTED:
        return str(result)
    with pd.option_context("display.max_columns", None, "display.width", None, "display.max_colwidth", None):
        return str(pd.DataFrame(result) if isinstance(result, pd.DataFrame) else result)


@pytest.mark.parametrize("name", sorted(set(of_fits()) - OF_THE_ROWS - SAYS_IT_IS_WEIGHTED))
def test_verbs_of_the_weighted_likelihood(name):
    """Numbers, or refusals, are those of the same multipliers as sampling weights: points that weigh, and no counts."""
    ours, theirs = answer(name, WEIGHTED), answer(name, SAMPLED)
    ours = ours.replace(*OUR_REASON).replace("Class weights multiply", "Sampling weights multiply")
    assert NUMBER.sub("#", ours).split() == NUMBER.sub("#", theirs.replace(*THEIR_REASON)).split()
    found, expected = (np.array([float(x) for x in NUMBER.findall(text)]) for text in (ours, theirs))
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)  # as printed


@pytest.mark.parametrize("name", sorted(OF_THE_ROWS))
def test_verbs_that_judge_take_the_rows_as_they_are(name):
    text = answer(name, WEIGHTED)
    pairs, turned = "7,670", "130 and 59 others"  # 59 × 130, and the new data of recalibrate
    assert any(part in text for part in ("59 and 130 others", "Events: 59", pairs, turned))
    assert "population with 50 % events" in " ".join(text.split())


@pytest.mark.parametrize("name", sorted(SAYS_IT_IS_WEIGHTED - {"validate"}))
def test_pages_say_that_the_fit_is_weighted(name):
    text = " ".join(answer(name, WEIGHTED).split())
    assert "lass-weighted" in text or "class weights" in text
    assert not [word for word in ("Maximum likelihood", "AIC:", "Likelihood ratio:") if word in text]


@pytest.mark.parametrize(
    "name", ["comparisons", "effective_dose", "margins", "predictions", "second_differences", "roc", "calibration"]
)
def test_probabilities_name_their_population(name):
    result = getattr(gl, name)(WEIGHTED, *NAMES.get(name, []))
    assert any("population with 50 % events" in note.text for note in result.notes)
    plain = getattr(gl, name)(gl.logit(FORMULA, BIRTHS), *NAMES.get(name, []))
    assert not any("class" in note.text for note in plain.notes)


def test_measures_are_those_of_the_same_probabilities_from_anywhere():
    own = gl.roc(WEIGHTED)
    alone = gl.roc(y=BIRTHS["low"], p=WEIGHTED.predict())
    assert (own.auc, own.conf_low) == (alone.auc, alone.conf_low)
    brier = gl.calibration(WEIGHTED, resampling="none").measures["estimate"]
    assert brier["brier"] == pytest.approx(np.mean((BIRTHS["low"] - WEIGHTED.predict()) ** 2))
    assert not math.isnan(brier["intercept"])  # no score equation fixes it: a finding


def test_a_prior_shift_starts_from_the_population_of_the_weights():
    there = gl.recalibrate(WEIGHTED, method="prior", prevalence=0.1).predict(BIRTHS.head(4))
    np.testing.assert_allclose(there, gl.prior_correction(WEIGHTED, 0.1).predict(BIRTHS.head(4)), rtol=1e-12)
    with pytest.raises(DataError, match="prior_correction"):
        gl.recalibrate(WEIGHTED)


def test_folds_learn_their_own_weights():
    """A fold's balanced weights are those of the rows it was fitted to, as if fitted without the others."""
    left = gl.cross_validate(WEIGHTED, folds=5, repeats=1, seed=3)
    fold = left.folds.iloc[:, 0]
    for k in range(2):
        gone = (fold == k).to_numpy()
        again = gl.logit(FORMULA, BIRTHS[~gone], class_weight="balanced")
        np.testing.assert_allclose(left.probabilities.iloc[gone, 0], again.predict(BIRTHS[gone]), rtol=1e-6)


def test_samples_learn_their_own_weights():
    """A bootstrap refit is the fit to the rows as often as drawn, and its population theirs."""
    for counted in (False, True):
        fit = gl.logit(FORMULA, BIRTHS, class_weight="balanced", **({"weights": np.ones(189)} if counted else {}))
        refit, amounts = next(resampled(fit, np.random.default_rng(5), 1))
        counts = amounts / np.where(fit.design.y == 1, *refit.design.multipliers)
        np.testing.assert_allclose(counts, np.round(counts), atol=1e-9)
        again = gl.logit(FORMULA, BIRTHS[counts > 0.5], weights=counts[counts > 0.5], class_weight="balanced")
        np.testing.assert_allclose(refit.params, again.params, rtol=1e-7)
        np.testing.assert_allclose(amounts @ fit.design.y, amounts.sum() / 2, rtol=1e-9)


def test_a_row_is_left_out_with_the_weights_held():
    """Exact deletion, one step and dfbeta speak of the same weighted likelihood."""
    exact = gl.influence(WEIGHTED, exact=True).dfbeta
    w = multiplied(WEIGHTED)
    for row in (0, 131, 188):
        gone = np.arange(len(BIRTHS)) != row
        again = gl.logit(FORMULA, BIRTHS[gone].assign(w=w[gone]), weights="w", weight_type="sampling")
        np.testing.assert_allclose(exact.iloc[row], WEIGHTED.params - again.params, rtol=1e-6, atol=1e-9)


def test_weights_times_factors_leave_class_weights_as_they_are():
    """Whoever multiplies weights of rows, as a case is left out, means these weights alone."""
    factors = np.where(BIRTHS["age"] > 20, 1.0, 0.0)
    again = reweighted(WEIGHTED, factors)
    assert again.design.multipliers == WEIGHTED.design.multipliers
    older = BIRTHS.assign(w=multiplied(WEIGHTED))[factors > 0]
    expected = gl.logit(FORMULA, older, weights="w", weight_type="sampling").params
    np.testing.assert_allclose(again.params, expected, rtol=1e-7)
    learned = gl.logit(FORMULA, older, class_weight="balanced").params
    assert np.abs(learned - expected).max() > 1e-3


def test_a_factor_of_many_levels():
    """Its effects are eliminated from every step; the same rows as counts give the same fit."""
    random = np.random.default_rng(4)
    place = random.integers(0, 150, 12_000)
    x = random.integers(0, 3, len(place))
    table = pd.DataFrame({"place": place.astype(str), "x": x, "d": (random.random(len(x)) < special.expit(x / 2 - 3))})
    fit = gl.logit("d ~ x + place", table.astype({"d": int}), class_weight="balanced")
    counts = table.astype({"d": int}).groupby(["place", "x", "d"]).size().reset_index(name="n")
    few = gl.logit("d ~ x + place", counts, weights="n", class_weight="balanced")
    np.testing.assert_allclose(fit.params, few.params, rtol=1e-9)
    np.testing.assert_allclose(fit.bse["x"], few.bse["x"], rtol=1e-9)
    np.testing.assert_allclose(gl.predictions(fit)["estimate"], 0.5, rtol=1e-9)


def test_a_row_of_trials_has_no_residual():
    herds = gl.logit("incidence ~ C(period)", gl.datasets.cbpp(), trials="size", class_weight="balanced")
    for verb in (gl.augment, gl.residuals, gl.influence):
        with pytest.raises(UnsupportedError, match="several trials"):
            verb(herds)
    assert "of single trials" in herds.cov_text
    check = gl.check(herds).table
    assert check.loc["class_weights", "verdict"] == "look"
    assert check.loc["influence", "verdict"] == "not checked"


def test_the_page_of_checks_gives_the_advice():
    table = gl.check(WEIGHTED).table
    assert table.loc["class_weights", "number"] == pytest.approx(0.5)
    assert "no reason to weigh" in table.loc["class_weights", "todo"]
    assert "class_weights" not in gl.check(gl.logit(FORMULA, BIRTHS)).table.index
    few = gl.check(gl.logit(FORMULA, BIRTHS.groupby("low").head(30))).table
    assert "add no events" in few.loc["events", "todo"]


def test_tests_by_likelihood_are_refused_with_the_reason():
    for kind in ("model", "observed"):
        with pytest.raises(UnsupportedError, match="class weights"):
            WEIGHTED.with_cov(kind)
    assert np.isnan([WEIGHTED.aic, WEIGHTED.bic, WEIGHTED.bic_rows]).all()
    assert "class weights" in WEIGHTED.test("smoke", "lr").reason
    with pytest.raises(UnsupportedError, match="class weights"):
        WEIGHTED.confint(method="profile")
    assert gl.drop1(WEIGHTED, test="wald")["p_value"].notna().any()


def test_separated_data_have_a_limit_with_class_weights_too():
    rows = pd.DataFrame({"x": [0, 0, 0, 1, 1, 1], "z": [0, 1, 2, 0, 1, 2], "d": [0, 1, 0, 1, 1, 1]})
    with pytest.warns(gl.errors.SeparationWarning):
        fit = gl.logit("d ~ x", rows, class_weight="balanced")
    assert np.isposinf(fit.params["x"])
    event, nonevent = fit.design.multipliers  # one event and two others where x = 0
    assert fit.params["Intercept"] == pytest.approx(math.log(event / (2 * nonevent)))


def test_sums_over_patterns_are_those_of_rows():
    """From 16,384 rows on the likelihood is summed over covariate patterns, whose counts take the weights."""
    random = np.random.default_rng(2)
    x = random.integers(0, 5, 20_000)
    table = pd.DataFrame({"x": x, "d": (random.random(20_000) < special.expit(x / 2 - 4)).astype(int)})
    fit = gl.logit("d ~ C(x)", table, class_weight="balanced")
    assert fit.sample.n_patterns == 5
    counts = table.groupby(["x", "d"]).size().reset_index(name="n")
    few = gl.logit("d ~ C(x)", counts, weights="n", class_weight="balanced")
    np.testing.assert_allclose(fit.params, few.params, rtol=1e-12)
    np.testing.assert_allclose(fit.bse, few.bse, rtol=1e-10)
    many = gl.logit("d ~ x + I(x^2)", pd.concat([table] * 3), class_weight="balanced")  # a warm start
    three = gl.logit("d ~ x + I(x^2)", counts.assign(n=3 * counts["n"]), weights="n", class_weight="balanced")
    np.testing.assert_allclose(many.params, three.params, rtol=1e-10)


# --- what is typed ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("balance", "not known"),
        ({2: 1}, "values of low are 1, 0"),
        ({"1": 3}, "type 1"),
        ({1: 0}, "positive"),
        ({1: -1}, "positive"),
        ({1: math.nan}, "positive"),
        ({1: math.inf}, "positive"),
        ({1: "5"}, "positive"),
        ({"prevalence": 5}, "between 0 and 1"),
        ({"prevalence": "x"}, "between 0 and 1"),
        ({}, "no rule"),
        (3, "no rule"),
        ([1, 2], "no rule"),
    ],
)
def test_rules_that_are_none(rule, said):
    with pytest.raises(DataError, match=said):
        gl.logit("low ~ age", BIRTHS, class_weight=rule)


def test_balanced_weights_of_an_outcome_with_one_value():
    given_rows, expect = hostile("A49")
    assert expect == {"error": "DataError"}
    y = given_rows["y"]
    for values in (y, [1 - v for v in y]):
        with pytest.raises(DataError, match="there are none"):
            gl.logit(gl.design_arrays(values, np.arange(3.0)[:, None], intercept=True, class_weight="balanced"))


def test_values_that_are_no_event_weigh_the_same():
    fit = gl.logit("race ~ age", BIRTHS, event="black", class_weight={"black": 3})
    assert fit.design.multipliers == (3.0, 1.0)
    with pytest.raises(DataError, match="differently"):
        gl.logit("race ~ age", BIRTHS, event="black", class_weight={"white": 3})
    level = BIRTHS.assign(low=BIRTHS["low"].map({0: "absent", 1: "prevalence"}))
    own = gl.logit("low ~ age", level, event="prevalence", class_weight={"prevalence": 4.0})
    assert own.design.multipliers == (4.0, 1.0)  # a value of the outcome, not King and Zeng's share


@pytest.mark.parametrize("estimator", [gl.firth, gl.flic, gl.flac, gl.log_f, gl.median_bias_reduced])
def test_estimators_for_few_events_take_no_class_weights(estimator):
    with pytest.raises(UnsupportedError, match="class weights are none"):
        estimator("low ~ age", BIRTHS, class_weight="balanced")


def test_designs_and_tables_take_class_weights():
    rows = gl.design("low ~ age", BIRTHS, class_weight="balanced")
    arrays = gl.design_arrays(BIRTHS["low"], BIRTHS[["age"]], intercept=True, class_weight="balanced")
    np.testing.assert_array_equal(gl.logit(rows).params, gl.logit(arrays).params)
    with pytest.raises(DataError, match="class_weight"):
        gl.logit(rows, class_weight="balanced")
    table = gl.table("low ~ age + smoke", BIRTHS, class_weight="balanced")
    fit = gl.logit("low ~ age + smoke", BIRTHS, class_weight="balanced")
    np.testing.assert_allclose(table.frame.loc["age", "adjusted_odds_ratio"], np.exp(fit.params["age"]))
    assert "class weights: balanced" in str(table)
    both = gl.logit("low ~ age", BIRTHS.assign(w=1.5), weights="w", weight_type="sampling", class_weight={1: 2})
    assert both.weight_text == "sampling weights: w; class weights: 2 for 1"


def test_spreads_are_of_the_sample_that_was_observed():
    sd = BIRTHS["age"].std()
    fit, plain = (gl.logit("low ~ age + smoke", BIRTHS, **o) for o in ({"class_weight": "balanced"}, {}))
    assert fit.odds_ratios(units={"age": "sd"}).loc["age", "odds_ratio"] == pytest.approx(
        np.exp(fit.params["age"] * sd)
    )
    both = [gl.stratum_odds_ratios(f, "age", contrast="sd")["contrast"].tolist() for f in (fit, plain)]
    assert both[0] == both[1]
    said = fit.interpret("age", units={"age": "sd"})["age"]
    assert f"{sd:.6g}"[:5] in said
