"""The same people however they are written down: row by row, as counts, as trials; weights on another scale.

Only the public interface. ``ANSWERS`` are what users ask of a fit, each an array of numbers; the laws say which of
them may not change, and the exceptions are written out: with grouped rows (trials) a row is a cluster of people,
so that HC0 to HC3 are other estimators, and the log-likelihood has binomial coefficients. Two fits differ by the
rounding of their iterations; 1e-7 is far above it and far below what counting rows for people does.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.errors import GlmlogitError, GlmlogitWarning

Array = np.ndarray
Fits = Callable[..., gl.Fit]

# --- people, and how they may be written down ---------------------------------------------------------


def people(seed: int) -> pd.DataFrame:
    """Covariate patterns, the people in each (n) and those with the event (e); some are frequent, most are rare."""
    rng = np.random.default_rng(seed)
    size = 40
    table = pd.DataFrame(
        {
            "x": rng.integers(2, 24, size) / 4.0,
            "z": rng.normal(size=size).round(2),
            "g": rng.choice(["low", "mid", "top"], size),
            "s": rng.integers(0, 2, size),
            "b": rng.integers(0, 2, size),
            "herd": rng.integers(0, 8, size),
            "n": rng.choice([1, 2, 3, 14], size, p=[0.4, 0.3, 0.2, 0.1]),
        }
    )
    eta = 0.4 * np.sin(table["x"]) + 0.5 * table["s"] - 0.4 * table["z"] + 0.3 * (table["g"] == "mid")
    return table.assign(e=rng.binomial(table["n"], 1 / (1 + np.exp(-eta))))


def counts_of(table: pd.DataFrame) -> pd.DataFrame:
    """A row for the events of a pattern and one for the others, as often as they occur."""
    events, others = table.assign(y=1, w=table["e"]), table.assign(y=0, w=table["n"] - table["e"])
    return pd.concat([events, others], ignore_index=True)


def rows(table: pd.DataFrame) -> tuple[str, pd.DataFrame, dict[str, Any]]:
    single = counts_of(table)
    return "y", single.loc[single.index.repeat(single["w"])].reset_index(drop=True), {}


def counts(table: pd.DataFrame) -> tuple[str, pd.DataFrame, dict[str, Any]]:
    return "y", counts_of(table), {"weights": "w"}


def split_counts(table: pd.DataFrame) -> tuple[str, pd.DataFrame, dict[str, Any]]:
    single = counts_of(table)
    half = single["w"] // 2
    return "y", pd.concat([single.assign(w=half), single.assign(w=single["w"] - half)]), {"weights": "w"}


def trials(table: pd.DataFrame) -> tuple[str, pd.DataFrame, dict[str, Any]]:
    return "e", table, {"trials": "n"}


def cbind(table: pd.DataFrame) -> tuple[str, pd.DataFrame, dict[str, Any]]:
    empty = table.assign(e=0, n=0).head(3)  # rows without trials are no people
    both = pd.concat([empty, table], ignore_index=True)
    return "cbind(e, o)", both.assign(o=both["n"] - both["e"]), {}


def counted_trials(table: pd.DataFrame) -> tuple[str, pd.DataFrame, dict[str, Any]]:
    """Grouped rows that occur several times: the people of a pattern one by one, those alike put together."""
    parts = [table.assign(e=1, t=1, w=table["e"]), table.assign(e=0, t=2, w=(table["n"] - table["e"]) // 2)]
    parts.append(table.assign(e=0, t=1, w=(table["n"] - table["e"]) % 2))
    return "e", pd.concat(parts, ignore_index=True), {"trials": "t", "weights": "w"}


FORMS = {form.__name__: form for form in (counts, split_counts, trials, cbind, counted_trials)}
GROUPED = ("trials", "cbind", "counted_trials")
# Two forms by default, the others under slow.
DAILY = ("counts", "trials")
EACH_FORM = [one if one in DAILY else pytest.param(one, marks=pytest.mark.slow) for one in FORMS]

# --- estimators and transforms --------------------------------------------------------------------------

ESTIMATORS: dict[str, Fits] = {
    "logit": gl.logit,
    "firth": gl.firth,
    "firth augmented": lambda *a, **o: gl.firth(*a, se="augmented", **o),
    "firth power 0.2": lambda *a, **o: gl.firth(*a, power=0.2, se="augmented", **o),
    "firth power 1": lambda *a, **o: gl.firth(*a, power=1.0, **o),
    "flic": gl.flic,
    "flac": gl.flac,
    "log_f": gl.log_f,
    "median_bias_reduced": gl.median_bias_reduced,
}

TRANSFORMS = (
    "x",
    "log(x)",
    "I(x^2) + x",
    "hinge(x, 3)",
    "poly(x, 2)",
    "scale(x)",
    "center(x)",
    "standardize(x)",
    "rcs(x, 4)",
    "rcs(x, 3)",
    "ns(x, df=3)",
    "bs(x, df=4)",
    "bs(x, df=4, degree=2)",
    "cr(x, df=3, constraints='center')",
    "cc(x, df=3, constraints='center')",
    "C(x > 3)",
    "scale(x)*s",
    "poly(scale(log(x)), 2)",
    "standardize(x):g + x",
)

NEW = pd.DataFrame(
    {
        "x": [1.0, 2.5, 4.0, 5.5],
        "z": [-1.0, 0.0, 0.5, 1.0],
        "g": ["low", "mid", "top", "low"],
        "s": [0, 1, 0, 1],
        "b": 1,
    }
)

# --- what is asked ---------------------------------------------------------------------------------------


def numbers(found: Any) -> Array:
    """All numbers of an answer, in their order."""
    if isinstance(found, (pd.DataFrame, pd.Series)):
        frame = pd.DataFrame(found).select_dtypes(["number", "bool"])
        return frame.to_numpy(dtype=float).ravel()
    return np.ravel(np.asarray(found, dtype=float))


def statistic(test: Any) -> list[float]:
    return [test.statistic, test.df, test.p_value]


def without(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
    return table.drop(columns=list(columns), errors="ignore")


def covariances(fit: gl.Fit) -> list[Array]:
    return [numbers(fit.cov_params(kind)) for kind in ("HC0", "HC1", "HC2", "HC3")]


def of_patterns(fit: gl.Fit, data: pd.DataFrame) -> pd.DataFrame:
    """What is said of a person of each pattern and outcome."""
    found = fit.augment()
    keys = [name for name in ("x", "z", "g", "s") if name in found]
    return found.groupby([*keys, "y"], sort=True).first().iloc[:, -8:]


ANSWERS: dict[str, Callable[[gl.Fit, pd.DataFrame], Any]] = {
    "params": lambda fit, data: fit.params,
    "bse": lambda fit, data: fit.bse,
    "pvalues": lambda fit, data: fit.pvalues,
    "covariance": lambda fit, data: fit.cov_params(),
    "confint wald": lambda fit, data: fit.confint(method="wald"),
    "confint profile": lambda fit, data: fit.confint(method="profile"),
    "confint score": lambda fit, data: fit.confint(method="score"),
    "odds_ratios": lambda fit, data: fit.odds_ratios(intercept=True),
    "odds_ratios iqr": lambda fit, data: fit.odds_ratios(units=dict.fromkeys(["z", fit.params.index[1]], "iqr")),
    "odds_ratios sd": lambda fit, data: fit.odds_ratios(units=dict.fromkeys(fit.params.index[1:], "sd")),
    "tidy": lambda fit, data: fit.tidy(exponentiate=True),
    "summary": lambda fit, data: [
        float(word.strip("[],"))
        for line in str(fit.summary()).splitlines()
        for word in line.split()
        if line.startswith(("z ", "s ", "Intercept ")) and word.strip("[],").replace("-", "").replace(".", "").isdigit()
    ],
    "llf": lambda fit, data: [fit.llf - fit.llnull, fit.null_deviance - fit.deviance, fit.df_model, fit.rank],
    "glance": lambda fit, data: [fit.aic + 2 * fit.llf, fit.bic + 2 * fit.llf, fit.digits > 5],
    "predict": lambda fit, data: fit.predict(NEW, interval="confidence"),
    "predict link": lambda fit, data: fit.predict(NEW, "link", interval="confidence"),
    "margins": lambda fit, data: fit.margins(),
    "margins eyex": lambda fit, data: fit.margins("z", kind="eyex"),
    "margins eydx": lambda fit, data: fit.margins("z", kind="eydx"),
    "margins dyex": lambda fit, data: fit.margins("z", kind="dyex"),
    "margins discrete": lambda fit, data: fit.margins(discrete="binary"),
    "margins at mean": lambda fit, data: fit.margins(at="mean"),
    "margins at typical": lambda fit, data: fit.margins(at="typical"),
    "margins at values": lambda fit, data: fit.margins("z", at={"s": [0, 1]}),
    "margins by": lambda fit, data: fit.margins("z", by="g"),
    "margins unconditional": lambda fit, data: fit.margins("z", unconditional=True),
    **{
        f"comparisons {one}": lambda fit, data, one=one: fit.comparisons("s", one, contrast=(1, 0))
        for one in ("risk_difference", "risk_ratio", "odds_ratio", "nnt", "attributable_fraction")
    },
    **{
        f"comparisons {who}": lambda fit, data, who=who: fit.comparisons("s", contrast=(1, 0), population=who)
        for who in ("exposed", "unexposed")
    },
    "comparisons step": lambda fit, data: fit.comparisons("z", contrast=0.5),
    "comparisons levels": lambda fit, data: fit.comparisons("g", by="s"),
    "comparisons unconditional": lambda fit, data: fit.comparisons("s", "risk_ratio", (1, 0), unconditional=True),
    "predictions": lambda fit, data: gl.predictions(fit),
    "predictions at": lambda fit, data: gl.predictions(fit, {"z": [-1, 1], "s": [0, 1]}),
    "predictions typical": lambda fit, data: gl.predictions(fit, "typical"),
    "predictions unconditional": lambda fit, data: gl.predictions(fit, by="g", unconditional=True),
    "reference_grid": lambda fit, data: pd.get_dummies(gl.reference_grid(fit)),
    "contrasts": lambda fit, data: gl.contrasts(fit, "z - s"),
    "pairwise": lambda fit, data: gl.pairwise(fit, "g"),
    "stratum_odds_ratios": lambda fit, data: gl.stratum_odds_ratios(fit, "s", contrast=(1, 0)),
    "stratum_odds_ratios x": lambda fit, data: gl.stratum_odds_ratios(fit, "s", "x", contrast=(1, 0)),
    "stratum_odds_ratios iqr": lambda fit, data: gl.stratum_odds_ratios(fit, "z", contrast="iqr"),
    "stratum_odds_ratios sd": lambda fit, data: gl.stratum_odds_ratios(fit, "z", contrast="sd"),
    "stratum_odds_ratios x sd": lambda fit, data: gl.stratum_odds_ratios(fit, "x", contrast="sd"),
    "interaction": lambda fit, data: gl.interaction(fit, "s", "b"),
    "effective_dose": lambda fit, data: gl.effective_dose(fit, "z", [0.5, 0.7]),
    "second_differences": lambda fit, data: gl.second_differences(fit, "z", "s", [0, 1]),
    "drop1 lr": lambda fit, data: without(gl.drop1(fit), "deviance", "aic"),
    "drop1 score": lambda fit, data: without(gl.drop1(fit, "score"), "deviance", "aic"),
    "drop1 wald": lambda fit, data: without(gl.drop1(fit, "wald"), "deviance", "aic"),
    "drop1 aic": lambda fit, data: (lambda aic: aic - aic.iloc[0])(gl.drop1(fit)["aic"]),
    "anova": lambda fit, data: (lambda t: t[[c for c in t if c not in ("deviance", "resid_deviance", "resid_df")]])(
        gl.anova(fit)
    ),
    "test wald": lambda fit, data: statistic(fit.test("z = 0.1")),
    "test lr": lambda fit, data: statistic(fit.test("z = 0", "lr")),
    "test score": lambda fit, data: statistic(fit.test("z = 0", "score")),
    "profile": lambda fit, data: gl.profile(fit, "z").tests,
    "prior_correction": lambda fit, data: gl.prior_correction(fit, 0.1).predict(NEW),
    "separation": lambda fit, data: pd.get_dummies(fit.separation.coefficients),
}

# Rows as clusters where rows are grouped; residuals of people where they are not.
OF_SINGLE_PEOPLE: dict[str, Callable[[gl.Fit, pd.DataFrame], Any]] = {
    "HC": lambda fit, data: np.concatenate(covariances(fit)),
    "augment": of_patterns,
    "interpret": lambda fit, data: [hash(str(gl.interpret(fit, ["z", "g", "s"]))) % 2**30],
}


def answers(
    formula: str, data: pd.DataFrame, options: dict[str, Any], fit_by: Fits, asked: dict[str, Any]
) -> Iterator[tuple[str, Array | str]]:
    """Every answer as numbers, or the kind of the refusal."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GlmlogitWarning)
        fit = fit_by(formula, data, **options)
        for name, ask in asked.items():
            try:
                yield name, numbers(ask(fit, data))
            except GlmlogitError as error:
                yield name, f"{type(error).__name__}"


def compare(ours: Array | str, theirs: Array | str, what: str) -> None:
    if isinstance(ours, str) or isinstance(theirs, str):
        assert isinstance(ours, str), f"{what}: a number where rows are refused: {theirs}"
        assert ours == theirs, what
        return
    size = np.abs(theirs[np.isfinite(theirs)]).max(initial=1.0)
    np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-9 * size, err_msg=what)


def check(seed: int, transform: str, estimator: str, forms: tuple[str, ...], asked: dict[str, Any]) -> int:
    """The answers of rows are those of every form; how many were compared."""
    table, compared = people(seed), 0
    right = f"{transform} + z + g + s" if "b" not in asked else f"{transform} + z + g + s*b"
    outcome, data, options = rows(table)
    single = OF_SINGLE_PEOPLE if len(forms) > 1 or set(forms).isdisjoint(GROUPED) else {}
    expected = dict(answers(f"{outcome} ~ {right}", data, options, ESTIMATORS[estimator], asked | single))
    for form in forms:
        outcome, data, options = FORMS[form](table)
        more = {} if form in GROUPED else OF_SINGLE_PEOPLE
        for name, found in answers(f"{outcome} ~ {right}", data, options, ESTIMATORS[estimator], asked | more):
            compare(found, expected[name], f"{name} of {estimator} with {transform} as {form}, seed {seed}")
            compared += 1
    return compared


def test_people_are_told_from_rows():
    """The law has something to find: patterns of very unequal numbers, whose rows have other means and quantiles."""
    table = people(0)
    assert table["n"].max() >= 10 * table["n"].min()
    of_people, of_rows = rows(table)[1]["x"], counts_of(table)["x"]
    assert abs(of_people.mean() - of_rows.mean()) > 0.05
    assert abs(of_people.std() - of_rows.std()) > 0.02


def some(start: int, step: int) -> dict[str, Any]:
    """Every ``step``-th answer, which all have a turn as the start goes round."""
    return {name: ANSWERS[name] for i, name in enumerate(ANSWERS) if (i - start) % step == 0}


# Verbs go round over the transforms by default; all of them, by name, under slow.
@pytest.mark.parametrize(("turn", "transform"), list(enumerate(TRANSFORMS)))
def test_logit_of_rows_is_that_of_counts_and_trials(turn, transform):
    form = tuple(FORMS)[turn % len(FORMS)]
    assert check(1, transform, "logit", (form,), some(turn, 12) | {"bse": ANSWERS["bse"]}) >= 5


@pytest.mark.parametrize(("estimator", "transform"), list(zip(ESTIMATORS, itertools.cycle(TRANSFORMS[4:]))))
def test_estimators_of_rows_are_those_of_counts_and_trials(estimator, transform):
    few = ("params", "bse", "predict", "comparisons risk_ratio")
    form = "counts" if "augmented" in estimator else "trials"
    assert check(2, transform, estimator, (form,), {name: ANSWERS[name] for name in few}) >= 4


def in_turn(items: Any, *names: str, most: int = 2) -> tuple[Any, ...]:
    """Two of the items, which go round with estimators and transforms; all of them for maximum likelihood."""
    items = tuple(items)
    if "logit" in names:
        return items
    start = list(ESTIMATORS).index(names[0]) + TRANSFORMS.index(names[1])
    return tuple(items[(start + k * (len(items) // most)) % len(items)] for k in range(most))


# Maximum likelihood with every transform; each other estimator with every third, and each transform with two or three.
PAIRS = [
    (estimator, transform)
    for i, estimator in enumerate(ESTIMATORS)
    for j, transform in enumerate(TRANSFORMS)
    if estimator == "logit" or (i + j) % 3 == 0
]


@pytest.mark.slow
@pytest.mark.parametrize(("estimator", "transform"), PAIRS)
def test_every_answer_of_rows_is_that_of_every_form(estimator, transform):
    forms = in_turn(FORMS, estimator, transform)
    assert check(3, transform, estimator, forms, ANSWERS) >= len(forms) * len(ANSWERS)


@pytest.mark.slow
@pytest.mark.parametrize("transform", TRANSFORMS)
def test_interactions_of_rows_are_those_of_every_form(transform):
    """With s*b in the model, for interaction(); ``b`` marks it."""
    asked = {name: ANSWERS[name] for name in ("interaction", "second_differences", "comparisons odds_ratio")}
    assert check(5, transform, "logit", tuple(FORMS), asked | {"b": ANSWERS["bse"]}) >= 20


# --- the scale of weights ---------------------------------------------------------------------------------

SCALES = (1e-10, 0.1, 1 / 80, 3.0, 1e6)


def weighed(seed: int) -> pd.DataFrame:
    """People one by one, with weights; the rows of :func:`people` that hold one."""
    table = people(seed).assign(n=lambda t: t["n"].clip(upper=4))
    _, data, _ = rows(table.assign(e=table["e"].clip(upper=table["n"])))
    return data.assign(w=np.random.default_rng(seed).choice([0.5, 1.0, 1.5, 2.0, 7.0], len(data)))


def check_scale(seed: int, kind: str, transform: str, estimator: str, asked: dict[str, Any], scales: Any) -> int:
    """The answers with weights are those with weights × c; only standard errors of precisions are 1/√c times."""
    data, compared = weighed(seed), 0
    options = {"weights": "w", "weight_type": kind}
    formula = f"y ~ {transform} + z + g + s"
    expected = dict(answers(formula, data, options, ESTIMATORS[estimator], asked))
    for c in scales:
        scaled = data.assign(w=c * data["w"])
        for name, found in answers(formula, scaled, options, ESTIMATORS[estimator], asked):
            if kind == "precision" and name in ("bse", "covariance"):
                found = found * (np.sqrt(c) if name == "bse" else c)
            compare(found, expected[name], f"{name} of {estimator} with {transform}, {kind} weights × {c}, seed {seed}")
            compared += 1
    return compared


def estimates(name: str) -> Callable[[gl.Fit, pd.DataFrame], Any]:
    """The estimates of an answer, without what goes with standard errors."""
    columns = ("odds_ratio", "estimate", "value")

    def ask(fit: gl.Fit, data: pd.DataFrame) -> Any:
        table = ANSWERS[name](fit, data)
        return table[next(column for column in columns if column in table)]

    return ask


OF_ESTIMATES = (
    "odds_ratios",
    "odds_ratios iqr",
    "odds_ratios sd",
    "predict",
    "margins",
    "margins at mean",
    "margins at typical",
    "margins by",
    "comparisons risk_ratio",
    "comparisons exposed",
    "predictions",
    "contrasts",
    "effective_dose",
    "stratum_odds_ratios iqr",
    "stratum_odds_ratios sd",
    "stratum_odds_ratios x",
)
PRECISION = {name: ANSWERS[name] for name in ("params", "bse", "covariance", "reference_grid")}
PRECISION |= {name: estimates(name) for name in OF_ESTIMATES}
SAMPLING = {name: ask for name, ask in ANSWERS.items() if name not in ("llf", "summary")}


@pytest.mark.parametrize(("turn", "transform"), list(enumerate(TRANSFORMS)))
def test_scale_of_weights_is_nothing(turn, transform):
    c = [SCALES[turn % len(SCALES)]]
    for kind, law in {"sampling": SAMPLING, "precision": PRECISION}.items():
        asked = {name: ask for i, (name, ask) in enumerate(law.items()) if (i - turn) % 15 == 0}
        assert check_scale(1, kind, transform, "logit", asked | {"bse": ANSWERS["bse"]}, c) >= 2


@pytest.mark.parametrize(("turn", "estimator"), list(enumerate(ESTIMATORS)))
def test_scale_of_sampling_weights_is_nothing_to_any_estimator(turn, estimator):
    asked = {name: ANSWERS[name] for name in ("params", "bse", "odds_ratios sd", "predict")}
    assert check_scale(2, "sampling", "ns(x, df=3)", estimator, asked, [SCALES[turn % len(SCALES)]]) == 4


@pytest.mark.slow
@pytest.mark.parametrize(("estimator", "transform"), PAIRS)
def test_scale_of_weights_is_nothing_to_any_answer(estimator, transform):
    scales = in_turn(SCALES, estimator, transform)
    assert check_scale(3, "sampling", transform, estimator, SAMPLING, scales) == len(scales) * len(SAMPLING)
    if estimator == "logit":  # penalties act less on more precise data
        assert check_scale(3, "precision", transform, estimator, PRECISION, SCALES) == len(SCALES) * len(PRECISION)


@pytest.mark.parametrize("kind", ["sampling", "precision"])
@pytest.mark.parametrize("c", [1e-10, 0.37, 1.0, 2.0, 1e6])
def test_equal_weights_describe_a_sample_as_none(kind, c):
    data = weighed(4)
    plain = gl.logit("y ~ ns(x, df=3) + z", data)
    fit = gl.logit("y ~ ns(x, df=3) + z", data.assign(w=c), weights="w", weight_type=kind)
    for unit in ("iqr", "sd"):
        np.testing.assert_allclose(
            fit.odds_ratios(units={"z": unit})["odds_ratio"],
            plain.odds_ratios(units={"z": unit})["odds_ratio"],
            rtol=1e-9,
        )
    np.testing.assert_allclose(fit.params, plain.params, rtol=1e-8, atol=1e-10)


def test_penalties_act_less_on_more_precise_data():
    """What the law leaves out, so that it is known to be left out: a penalty is weighed against observations."""
    data = weighed(5)
    firth = [
        gl.firth("y ~ z", data.assign(w=c * data["w"]), weights="w", weight_type="precision").params["z"]
        for c in (1.0, 100.0)
    ]
    likely = gl.logit("y ~ z", data, weights="w", weight_type="precision").params["z"]
    assert abs(firth[1] - likely) < 0.02 * abs(firth[0] - likely)


# --- answers about data, and fits that are special ---------------------------------------------------------


@pytest.mark.parametrize("form", EACH_FORM)
@pytest.mark.parametrize("estimator", ["logit", pytest.param("firth augmented", marks=pytest.mark.slow)])
def test_table_of_rows_is_that_of_every_form(form, estimator):
    table = people(6)
    found = {}
    for name in ("rows", form):
        outcome, data, options = (FORMS | {"rows": rows})[name](table)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", GlmlogitWarning)
            made = gl.table(
                f"{outcome} ~ rcs(x, 3) + scale(z) + g + s", data, estimator=ESTIMATORS[estimator], **options
            )
        found[name] = numbers(made.frame)
    compare(found[form], found["rows"], f"table of {estimator} as {form}")


@pytest.mark.parametrize("strata", [None, "g"])
def test_two_by_two_of_rows_is_that_of_counts(strata):
    table = people(7)
    _, single, _ = rows(table)
    one = gl.two_by_two(single, "y", "s", strata=strata)
    other = gl.two_by_two(counts_of(table), "y", "s", strata=strata, weights="w")
    compare(numbers(other.measures), numbers(one.measures), "two_by_two")


KINDS = ("cluster", "cluster:none", "cluster:statsmodels")
OF_CLUSTERS = ("bse", "confint wald", "odds_ratios", "margins", "comparisons risk_ratio", "predictions unconditional")


# Grouped rows are one each to the factor (n − 1)/(n − k), as to R's n.
OF_EVERY_FORM = [
    pytest.param(form, kind, marks=() if form in DAILY else pytest.mark.slow)
    for kind in KINDS
    for form in FORMS
    if not (kind == "cluster:statsmodels" and form in GROUPED)
]


def test_only_grouped_rows_are_left_out_and_of_one_kind_only():
    assert len(OF_EVERY_FORM) == len(KINDS) * len(FORMS) - len(GROUPED)


@pytest.mark.parametrize(("form", "kind"), OF_EVERY_FORM)
def test_clusters_of_rows_are_those_of_every_form(form, kind):
    """Rows of a cluster add up, however they are written down."""
    table, found = people(8), {}
    asked = {name: ANSWERS[name] for name in OF_CLUSTERS} | {"drop1 wald": ANSWERS["drop1 wald"]}
    for name in ("rows", form):
        outcome, data, options = (FORMS | {"rows": rows})[name](table)

        def fit_by(formula: str, data: pd.DataFrame, **options: Any) -> gl.Fit:
            return gl.logit(formula, data, cluster="herd", **options).with_cov(kind)

        found[name] = dict(answers(f"{outcome} ~ ns(x, df=2) + z + g + s", data, options, fit_by, asked))
    for name in asked:
        compare(found[form][name], found["rows"][name], f"{name} of {kind} as {form}")


SEPARATED = (
    "params",
    "bse",
    "confint wald",
    "odds_ratios",
    "odds_ratios sd",
    "predict",
    "margins",
    "drop1 lr",
    "glance",
)


@pytest.mark.parametrize("form", EACH_FORM)
@pytest.mark.parametrize("level", ["low", "top"])
def test_separated_rows_are_those_of_every_form(form, level):
    """A level without events: infinite coefficients, limits, and what is said of them."""
    table = people(9)
    table.loc[table["g"] == level, "e"] = 0
    found, reports = {}, {}
    asked = {
        name: ANSWERS[name]
        for name in (*SEPARATED, "separation", "test lr", "test score", "pairwise", "comparisons levels")
    }
    for name in ("rows", form):
        outcome, data, options = (FORMS | {"rows": rows})[name](table)
        formula = f"{outcome} ~ scale(x) + z + g + s"
        found[name] = dict(answers(formula, data, options, gl.logit, asked))
        report = gl.separation(gl.design(formula, data, **options))
        reports[name] = report.kind, report.coefficients.to_dict()
    assert reports[form] == reports["rows"]
    for name in asked:
        compare(found[form][name], found["rows"][name], f"{name} of separated data as {form}")


@pytest.mark.parametrize("transform", ["ns(x, df=3)", "rcs(x, 4)", "poly(x, 2)", "scale(x)", "bs(x, df=5)"])
def test_nested_models_are_made_of_the_same_columns(transform):
    """What drop1 and anova leave out, left out by hand: knots and scales are those of the people there too."""
    _, data, options = counts(people(10))
    fit = gl.logit(f"y ~ {transform} + z + s", data, **options)
    for term in ("z", "s"):
        rest = " + ".join(name for name in (transform, "z", "s") if name != term)
        by_hand = gl.lr_test(fit, gl.logit(f"y ~ {rest}", data, **options))
        row = gl.drop1(fit).loc[term]
        np.testing.assert_allclose([row["statistic"], row["p_value"]], [by_hand.statistic, by_hand.p_value], rtol=1e-9)


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_fitted_rows_predicted_anew_are_the_fitted_values(transform):
    """What was learned from people is kept: new rows, few of them, go through the same numbers."""
    _, data, options = trials(people(11))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GlmlogitWarning)  # standardize(x):g holds x
        fit = gl.logit(f"e ~ {transform} + z + g + s", data, **options)
    np.testing.assert_allclose(fit.predict(data.head(3)), fit.predict().iloc[:3], rtol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_columns_of_counts_are_those_of_rows(seed):
    """The columns themselves, for every function that learns; zero weights and missing values are nobody's."""
    table = people(seed)
    _, single, _ = rows(table)
    weighed_rows = counts_of(table)
    nobody = weighed_rows.head(5).assign(x=1000.0, w=0)
    lost = weighed_rows.head(5).assign(x=np.nan)
    both = pd.concat([weighed_rows, nobody, lost], ignore_index=True)
    for transform in TRANSFORMS:
        one = gl.design(f"y ~ {transform} + g + s", single)
        other = gl.design(f"y ~ {transform} + g + s", both, weights="w")
        assert other.names == one.names
        repeated = other.X[np.repeat(np.arange(other.n_rows), other.weights.astype(int))]
        np.testing.assert_allclose(repeated, one.X, rtol=1e-9, atol=1e-9, err_msg=transform)


@pytest.mark.parametrize("seed", range(20))
def test_quantiles_and_spreads_of_counts_are_those_of_rows(seed):
    """numpy's of the repeated rows (type 7; divisor n − 1), with ties, few values and one person."""
    rng = np.random.default_rng(seed)
    size = int(rng.integers(2, 30))
    data = pd.DataFrame(
        {"x": rng.integers(0, 12, size) / 4.0, "y": rng.integers(0, 2, size), "w": rng.integers(1, 9, size)}
    )
    data.loc[[0, 1], ["x", "y"]] = [[0.0, 0], [5.0, 1]]
    x = np.repeat(data["x"], data["w"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GlmlogitWarning)
        fit = gl.firth("y ~ x", data, weights="w")
    step = fit.params["x"]
    iqr, sd = np.quantile(x, 0.75) - np.quantile(x, 0.25), np.std(x, ddof=1)
    found = {unit: numbers(fit.odds_ratios(units={"x": unit}))[0] for unit in (["iqr", "sd"] if iqr > 0 else ["sd"])}
    for unit, size in {"iqr": iqr, "sd": sd}.items():
        if unit in found:
            np.testing.assert_allclose(np.log(found[unit]), step * size, rtol=1e-9, atol=1e-12)


def test_spread_of_one_person_is_refused_in_words():
    data = pd.DataFrame({"x": [0.0, 1.0, 2.0, 3.0], "y": [0, 1, 0, 1], "w": 0.25, "c": [1.0, 1.0, 1.0, 2.0]})
    fit = gl.logit("y ~ x", data, weights="w")
    with pytest.raises(gl.errors.DataError, match=r"frequency weights sum to 1.*weight_type=\"sampling\""):
        fit.odds_ratios(units={"x": "sd"})
    advised = gl.logit("y ~ x", data, weights="w", weight_type="sampling")
    assert np.isfinite(advised.odds_ratios(units={"x": "sd"})["odds_ratio"]).all()
    c, y = [1.0, 1.0, 1.0, 1.0, 1.0, 3.0, 2.0, 2.0] * 2, [0] * 6 + [1] * 6 + [0, 1, 0, 1]
    half = gl.logit("y ~ c", pd.DataFrame({"c": [1.0 if value < 3 else value for value in c], "y": y}))
    with pytest.raises(gl.errors.DataError, match="the middle half of the observations has one value"):
        half.odds_ratios(units={"c": "iqr"})
    with pytest.raises(gl.errors.DataError, match="the middle half"):
        gl.stratum_odds_ratios(half, "c", contrast="iqr")


def test_schwarz_by_people_and_by_rows():
    """−2·llf + log(n)·k with n counted both ways; differences between models are the same in every form."""
    table = people(12)
    n = table["n"].sum()
    for form in (rows, *FORMS.values()):
        outcome, data, options = form(table)
        small, big = (gl.logit(f"{outcome} ~ {right}", data, **options) for right in ("z", "z + s + x"))
        for fit in (small, big):
            assert fit.bic == pytest.approx(-2 * fit.llf + np.log(n) * fit.rank, rel=1e-13)
            assert fit.bic_rows == pytest.approx(-2 * fit.llf + np.log(len(fit.design.y)) * fit.rank, rel=1e-13)
        expected = small.deviance - big.deviance - 2 * np.log(n)
        assert small.bic - big.bic == pytest.approx(expected, rel=1e-9)


def test_rows_without_trials_are_left_out_with_a_note():
    table = people(13).assign(o=lambda t: t["n"] - t["e"])
    table.loc[[0, 5], ["n", "e", "o"]] = 0
    pair, given = gl.logit("cbind(e, o) ~ x", table), gl.logit("e ~ x", table, trials="n")
    pd.testing.assert_series_equal(pair.params, given.params)
    assert [note.code for note in pair.notes] == [note.code for note in given.notes] == ["zero_weight"]
    assert pair.design.positions.tolist() == given.design.positions.tolist()
    assert len(pair.predict()) == len(table) - 2


def test_rows_of_leverage_one_have_no_standardised_residual():
    table = pd.DataFrame({"g": list("aabbcc"), "s": [0, 1] * 3, "e": [512, 89, 353, 17, 120, 202]})
    table["t"] = [825, 108, 560, 25, 325, 593]
    found = gl.logit("e ~ g*s", table, trials="t").augment()
    assert found[["std_resid", "cooks_distance"]].isna().all(axis=None)
    part = gl.logit("e ~ g*s", pd.concat([table, table.iloc[:2]]), trials="t").augment()
    assert part[["std_resid", "cooks_distance"]].notna().all(axis=1).tolist() == [True, True, *[False] * 4, True, True]
