"""Every word that tables and figures print of themselves is said in the language of the style, chosen when printed."""

from __future__ import annotations

from functools import cache

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from languages import OTHERS, untranslated

mpl.use("Agg")
from matplotlib.text import Text

import glmlogit as gl
from glmlogit.documents.vocabulary import LANGUAGES

# Some models separate and have aliased columns, for what tables say of them.
pytestmark = pytest.mark.filterwarnings(
    "ignore::glmlogit.errors.SeparationWarning",
    "ignore::glmlogit.errors.CollinearityWarning",
    "ignore::glmlogit.errors.ConvergenceWarning",
)
FORMULA = "dead9 ~ age9 + C(arm9) + sex9"


@cache
def data():
    rng = np.random.default_rng(5)
    n = 300
    frame = pd.DataFrame({
        "age9": rng.normal(60, 10, n).round(), "dose9": rng.choice([1, 2, 3], n),
        "arm9": rng.choice(["k9", "l9", "m9"], n),
        "sex9": rng.integers(0, 2, n), "score9": rng.integers(0, 4, n), "w9": rng.integers(1, 3, n) / 2,
    })  # fmt: skip
    eta = -4 + 0.05 * frame["age9"] + 0.5 * frame["sex9"] - 0.4 * (frame["arm9"] == "m9")
    frame["dead9"] = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int)
    frame["ill9"] = (rng.random(n) < 0.4).astype(int)
    frame.loc[:3, "score9"] = np.nan
    return frame


@cache
def fit(formula=FORMULA):
    return gl.logit(formula, data())


@cache
def result(name):
    """Made in English: what is printed in another language has it from the style in force then."""
    with gl.style(language="en"):
        return KINDS[name]()


def printed(name):
    return str(PAGES[name]() if name in PAGES else result(name))


def table(formula=FORMULA, **options):
    return lambda: gl.table(formula, data(), **options)


def two_by_two(**options):
    return lambda: gl.two_by_two(data(), outcome="dead9", exposure="sex9", **options)


def two_by_k(**options):
    return lambda: gl.two_by_k(data(), outcome="dead9", exposure="dose9", **options)


@cache
def firth(formula=FORMULA):
    return gl.firth(formula, data())


def separating():
    rng = np.random.default_rng(6)
    frame = data().assign(rare9=(data()["age9"] > 75) & (data()["dead9"] == 1), twice9=2 * data()["age9"])
    return frame.assign(near9=frame["age9"] + 0.01 * rng.normal(size=len(frame)))


def of_separating(terms):
    return gl.logit(f"dead9 ~ age9 + {terms}", separating())


def rarely():
    """A column that is 1 in one level of each outcome only."""
    frame = data()
    return frame.assign(rare9=((frame["arm9"] == "k9") & (frame["score9"] == 3)).astype(int))


def clustered(by="dose9"):
    frame = data().assign(site9=np.arange(300) % 2)
    return gl.logit("dead9 ~ age9 + sex9 + C(arm9)", frame, cluster=by)


def counted():
    rng = np.random.default_rng(7)
    frame = data().assign(many9=rng.integers(1, 20, 300))
    frame["ill9"] = rng.binomial(frame["many9"], rng.beta(1, 2, 300))
    return gl.logit("ill9 ~ age9 + sex9", frame, trials="many9")


def bent():
    frame = data().assign(minus9=data()["age9"] - 60)
    eta = (frame["minus9"] / 10) ** 2 - 1
    return frame.assign(bent9=(np.random.default_rng(8).random(300) < 1 / (1 + np.exp(-eta))).astype(int))


def strong():
    frame = data()[["age9", "dead9", "sex9"]].head(40).copy()
    frame.loc[0, ["age9", "dead9"]] = [160, 0]
    return gl.logit("dead9 ~ age9 + sex9", frame)


def many_rows():
    return gl.logit("dead9 ~ age9 + sex9", pd.concat([data()] * 4))


def alike():
    return data().assign(place9=np.where(np.arange(300) % 2, "a9", np.where(np.arange(300) % 3, "A9", "b9")))


def persons():
    return data().assign(person9=[f"x{k // 3}9" for k in range(300)])


def by_level():
    return gl.multinomial("arm9 ~ age9 + sex9", data(), base="k9")


def ordered():
    return gl.ordinal("score9 ~ age9 + sex9", data())


TABLE = "term,estimate,std_error\n(Intercept),-2.0,0.1\nage9,0.04,0.01\nx9,1,1"
RISKS = ["risk_difference", "risk_ratio", "odds_ratio", "nnt", "attributable_fraction"]
KINDS = {
    "table": table(),
    "table with all": table(metrics=True, continuous="median"),
    "table with notes": lambda: gl.table(
        "dead9 ~ score9*sex9 + rcs(age9, 3) + C(arm9, Helmert) + twice9 + rare9", separating()
    ),
    "table of a sample": table(weights="w9", weight_type="sampling"),
    "table of counts and clusters": table(cluster="score9", offset="age9"),
    "table of levels": table("arm9 ~ age9 + sex9", estimator=gl.multinomial, base="k9"),
    "table by Firth": table(estimator=gl.firth),
    "characteristics": lambda: gl.characteristics(data(), by="sex9"),
    "characteristics in doubt": lambda: gl.characteristics(
        data(), by="arm9", missing="note", weights="w9", weight_type="sampling", overall=True
    ),
    "two by two": two_by_two(),
    "two by two in strata": two_by_two(strata="arm9"),
    "two by two of zeros": lambda: gl.two_by_two([[0, 5], [4, 6]]),
    "two by k": two_by_k(),
    "two by k in strata": two_by_k(strata="arm9"),
    "trend": lambda: gl.trend(fit("dead9 ~ C(dose9) + age9"), "dose9"),
    "many": lambda: gl.many(["dead9", "ill9"], ["sex9", "arm9", "score9"], "age9", data()),
    "subgroups": lambda: gl.subgroups(FORMULA, data(), "sex9", by=["arm9", "score9"]),
    "compare": lambda: gl.compare([fit(), fit("dead9 ~ age9")], resampling="none"),
    "margins": lambda: fit().margins(),
    "elasticities": lambda: fit().margins(kind="eyex"),
    "comparisons": lambda: fit().comparisons("arm9"),
    "risks": lambda: fit().comparisons("sex9", RISKS),
    "predictions": lambda: gl.predictions(fit(), at={"age9": [10, 50]}),
    "pairwise": lambda: gl.pairwise(fit(), "arm9"),
    "fit": fit,
    "drop1": lambda: gl.drop1(fit()),
    "anova": lambda: gl.anova(fit()),
}
QUICK = [*KINDS, "summary", "summary by profile", "summary with notes"]  # in German; all others are slow
QUICK += ["test", "penalised test", "hausman", "brant by wald", "fit by hosmer_lemeshow", "check", "influence", "vif"]
KINDS |= {
    # --- tests ---
    "test": lambda: fit().test("age9 = 0, sex9 = 0"),
    "test of a matrix": lambda: fit().test(np.eye(5)[1:3]),
    "likelihood-ratio test": lambda: fit().test("age9 = 0", "lr"),
    "score test": lambda: fit().test("age9 = 0", "score"),
    "penalised test": lambda: firth().test("age9 = 0", "lr"),
    "test of models": lambda: gl.lr_test(fit(), fit("dead9 ~ age9")),
    "test of penalised models": lambda: gl.lr_test(firth(), firth("dead9 ~ age9")),
    "test of an aliased coefficient": lambda: of_separating("twice9").test("twice9 = 0"),
    "test of an infinite coefficient": lambda: of_separating("rare9").test("rare9 = 0"),
    "test of an aliased coefficient by score": lambda: of_separating("twice9").test("twice9 = 0", "score"),
    "test by F": lambda: clustered().test("age9 = 0"),
    "test of too many": lambda: clustered("site9").test(["age9 = 0", "sex9 = 0", "C(arm9)[T.l9] = 0"]),
    "contradictory tests": lambda: fit().test("age9 = 0, age9 = 1"),
    "hausman": lambda: gl.hausman(by_level()),
    "distinguishable": lambda: gl.distinguishable(by_level()),
    **{f"brant by {test}": (lambda test=test: gl.brant(ordered(), test=test)) for test in ("wald", "score", "lr")},
    "brant separated": lambda: gl.brant(gl.ordinal("score9 ~ rare9 + sex9", rarely())),
    # --- fit ---
    **{
        f"fit by {test}": (lambda test=test: gl.goodness_of_fit(fit(), test))
        for test in (
            "unweighted_ss",
            "hosmer_lemeshow",
            "tsiatis",
            "pearson",
            "deviance",
            "osius_rojek",
            "stukel",
            "information_matrix",
            "link",
            "spiegelhalter",
        )
    },
    "fit by Stukel's likelihood ratio": lambda: gl.goodness_of_fit(fit(), "stukel", form="lr"),
    "fit by linktest": lambda: gl.goodness_of_fit(fit(), "link", form="wald"),
    "fit in groups of R": lambda: gl.goodness_of_fit(fit(), "hosmer_lemeshow", grouping="r"),
    "fit in groups of SAS": lambda: gl.goodness_of_fit(fit(), "hosmer_lemeshow", grouping="sas"),
    "fit of a constant": lambda: gl.goodness_of_fit(fit("dead9 ~ sex9"), "hosmer_lemeshow"),
    "fit of many": lambda: gl.goodness_of_fit(many_rows(), "hosmer_lemeshow"),
    "fit of nothing left": lambda: gl.goodness_of_fit(fit("dead9 ~ sex9")),
    "fit of a saturated model": lambda: gl.goodness_of_fit(fit("dead9 ~ sex9"), "pearson"),
    "fit of levels": lambda: gl.goodness_of_fit(by_level(), "hosmer_lemeshow"),
    "fit of ordered levels": lambda: gl.goodness_of_fit(ordered(), "hosmer_lemeshow"),
    "fit of probabilities": lambda: gl.goodness_of_fit(
        test="hosmer_lemeshow", y=data()["dead9"], p=fit().predict(data()), training=True
    ),
    # --- diagnostics ---
    "check": lambda: gl.check(fit()),
    "check of a separated fit": lambda: gl.check(of_separating("twice9 + rare9 + score9")),
    "check of a penalised fit": lambda: gl.check(firth()),
    "check of a separated penalised fit": lambda: gl.check(gl.firth("dead9 ~ age9 + rare9", separating())),
    "check of clusters": lambda: gl.check(clustered()),
    "check of counts": lambda: gl.check(counted()),
    "check of class weights": lambda: gl.check(gl.logit(FORMULA, data(), class_weight="balanced")),
    "check of a curve": lambda: gl.check(gl.logit("bent9 ~ age9 + dose9", bent())),
    "check of a constant": lambda: gl.check(fit("dead9 ~ 1")),
    "vif": lambda: gl.vif(fit("dead9 ~ age9*sex9")),
    "vif without a constant": lambda: gl.vif(of_separating("twice9 + rare9 - 1")),
    "collinearity": lambda: gl.collinearity(gl.logit("dead9 ~ age9 + near9", separating())),
    "influence": lambda: gl.influence(fit()),
    "influence of patterns": lambda: gl.influence(fit("dead9 ~ sex9 + dose9"), by="pattern"),
    "influence of strong rows": lambda: gl.influence(strong()),
    "influence as in R": lambda: gl.influence(strong(), convention="r"),
    "influence of separated rows": lambda: gl.influence(of_separating("rare9")),
    "influence of clusters": lambda: gl.influence(clustered()),
    "influence on a penalised fit": lambda: gl.influence(firth()),
    "exact influence": lambda: gl.influence(strong(), exact=True),
    "binned residuals": lambda: gl.binned_residuals(fit()),
    "binned residuals of a variable": lambda: gl.binned_residuals(fit(), "age9"),
    "linearity": lambda: gl.linearity(fit("dead9 ~ age9 + dose9")),
    "linearity of a curve": lambda: gl.linearity(gl.logit("bent9 ~ age9 + minus9", bent())),
    "linearity of few values": lambda: gl.linearity(gl.logit("bent9 ~ dose9", bent()), "dose9"),
    "dispersion": lambda: gl.dispersion(counted()),
    "underdispersion": lambda: gl.dispersion(fit("dead9 ~ sex9 + dose9"), by="pattern"),
    "half normal": lambda: gl.half_normal(fit("dead9 ~ age9"), replications=3),
    "half normal of separated": lambda: gl.half_normal(strong(), replications=3),
    "separation": lambda: gl.separation(fit()),
    "quasi separation": lambda: gl.separation(of_separating("rare9")),
    "separation of levels": lambda: gl.separation(gl.multinomial("arm9 ~ rare9 + sex9", rarely())),
    "profile": lambda: gl.profile(fit(), "age9"),
    # --- other systems ---
    "validate": lambda: fit().validate(),
    "validate against a table": lambda: fit("dead9 ~ age9").validate(TABLE),
    "validate against another table": lambda: fit("dead9 ~ age9").validate(TABLE.replace("0.0", "0.1")),
    "validate a penalised fit": lambda: firth().validate(),
    "validate robust errors": lambda: fit().with_cov("HC1").validate(),
    # --- selection ---
    "step": lambda: gl.step(fit()),
    "step in resamples": lambda: gl.step(fit("dead9 ~ age9 + sex9 + score9"), "both", "bic", replicates=3),
    "step to a constant": lambda: gl.step(fit("ill9 ~ sex9"), "forward", 3.84, post_selection="shown"),
    "best subset": lambda: gl.best_subset(fit()),
    "change in estimate": lambda: gl.change_in_estimate(fit(), "sex9"),
    "change in risks": lambda: gl.change_in_estimate(fit(), "sex9", risk_ratio=True),
    "fractional polynomials": lambda: gl.fractional_polynomials(fit(), "age9"),
    # --- odds ---
    "strata": lambda: gl.stratum_odds_ratios(fit("dead9 ~ age9 + sex9*arm9"), "sex9", "arm9"),
    "strata by profile": lambda: gl.stratum_odds_ratios(
        fit("dead9 ~ age9 + sex9*arm9"), "sex9", "arm9", method="profile"
    ),
    "contrasts": lambda: gl.contrasts(fit("dead9 ~ age9*sex9"), "10*age9"),
    "contrasts by Holm": lambda: gl.contrasts(firth(), "10*age9, sex9", adjust="holm"),
    "contrasts of aliased": lambda: gl.contrasts(of_separating("twice9 + rare9"), "twice9, age9 + twice9"),
    "functions": lambda: gl.contrasts(fit(), "exp(age9) - exp(sex9)"),
    "functions without a value": lambda: gl.contrasts(fit(), "log(age9 - 2*age9)"),
    "interaction": lambda: gl.interaction(fit("dead9 ~ sex9*ill9 + age9"), "sex9", "ill9"),
    "interaction without a product": lambda: gl.interaction(fit("dead9 ~ sex9 + ill9"), "sex9", "ill9", method="delta"),
    "interaction recoded": lambda: gl.interaction(fit("ill9 ~ sex9*dead9"), "sex9", "dead9", recode=True),
    "interaction by bootstrap": lambda: gl.interaction(
        fit("dead9 ~ sex9*ill9"), "sex9", "ill9", method="bootstrap", replications=20, seed=1
    ),
    "interaction separated": lambda: gl.interaction(of_separating("sex9*rare9"), "sex9", "rare9"),
    "second differences": lambda: gl.second_differences(fit("dead9 ~ age9*sex9"), "age9", "sex9"),
    "effective dose": lambda: gl.effective_dose(fit("dead9 ~ age9 + sex9"), "age9", 0.3),
    "effective dose by Fieller": lambda: gl.effective_dose(fit("ill9 ~ age9"), "age9", 0.3, method="fieller"),
    "effective dose of no slope": lambda: gl.effective_dose(fit("ill9 ~ age9"), "age9", 0.3),
    "curve": lambda: gl.odds_ratio_curve(fit("dead9 ~ rcs(age9, 4)"), "age9", reference=60),
    # --- levels and penalties ---
    "penalty path": lambda: gl.elastic_net_path(FORMULA, data()),
    "penalty choice": lambda: gl.elastic_net_cv(FORMULA, data(), folds=3),
    "one against the rest": lambda: gl.one_vs_rest("arm9 ~ age9 + sex9", data()),
    "prior correction": lambda: gl.prior_correction(fit(), 0.1),
}
# Pages that are strings: made in the language.
PAGES = {
    **{
        f"summary of {name}": (lambda make=make: make().summary())
        for name, make in {
            "Firth": lambda: firth(),
            "flic": lambda: gl.flic(FORMULA, data()),
            "flac": lambda: gl.flac(FORMULA, data()),
            "log-F": lambda: gl.log_f(FORMULA, data(), m=2),
            "median": lambda: gl.median_bias_reduced(FORMULA, data()),
            "ridge": lambda: gl.ridge(FORMULA, data(), penalty=3),
            "elastic net": lambda: gl.elastic_net(FORMULA, data(), penalty=5),
            "adaptive": lambda: gl.elastic_net(FORMULA, data(), penalty=5, adaptive=1),
            "relaxed": lambda: gl.elastic_net(FORMULA, data(), penalty=5, relax=0.0),
            "chosen penalty": lambda: gl.elastic_net_cv(FORMULA, data(), folds=3).fit,
            "levels": lambda: by_level(),
            "levels, penalised": lambda: gl.elastic_net("arm9 ~ age9 + sex9", data(), penalty=2, l1_ratio=0),
            "ordered levels": lambda: ordered(),
            "ordered levels apart": lambda: gl.ordinal("score9 ~ age9 + sex9", data(), nonparallel="age9"),
            "class weights": lambda: gl.logit(FORMULA, data(), class_weight="balanced"),
            "class weights, penalised": lambda: gl.ridge(FORMULA, data(), penalty=3, class_weight="balanced"),
            "clusters": lambda: clustered(),
            "few clusters": lambda: clustered("site9"),
            "counts": lambda: counted(),
            "counts, robust": lambda: counted().with_cov("HC1"),
            "fractional weights": lambda: gl.logit(FORMULA, data(), weights="w9"),
            "precision weights": lambda: gl.logit(FORMULA, data(), weights="w9", weight_type="precision"),
            "sampling weights": lambda: gl.logit(FORMULA, data(), weights="w9", weight_type="sampling"),
            "interactions": lambda: fit("dead9 ~ age9*sex9 + rcs(age9, 3)"),
            "few events": lambda: gl.logit("rare9 ~ age9 + arm9 + score9", separating()),
            "few steps": lambda: gl.logit(FORMULA, data(), control=gl.Control(max_iter=1)),
            "double selection": lambda: gl.double_selection(FORMULA, data(), exposure="sex9"),
            "a chosen model": lambda: gl.step(fit()).fit,
            "merged levels": lambda: gl.logit("dead9 ~ C(place9)", alike()),
            "many small levels": lambda: gl.logit("dead9 ~ C(person9)", persons()),
            "another base": lambda: by_level().with_base("m9"),
        }.items()
    },
    "summary": lambda: fit().summary(),
    "summary by profile": lambda: fit().summary(method="profile"),
    "summary with notes": lambda: gl.logit("dead9 ~ age9 + twice9 + rare9 + score9", separating()).summary(),
}
FIGURES = {
    "forest": lambda: gl.forest_plot(fit(), units={"age9": 10}),
    "forest of a table": lambda: result("table").plot(),
    "effect": lambda: gl.effect_plot(fit(), "age9", by="sex9"),
    "interaction": lambda: gl.interaction_plot(fit(), "arm9", "sex9", kind="link"),
    "roc": lambda: gl.roc(fit()).plot(),
    "calibration": lambda: gl.calibration(fit()).plot(),
    "precision": lambda: gl.precision_recall(fit()).plot(),
    "decisions": lambda: gl.decision_curve({"full9": fit()}, thresholds=(0.1, 0.4)).plot(),
    "gain": lambda: gl.gain(fit()).plot(),
    "thresholds": lambda: gl.thresholds(fit(), folds=3, repeats=1, replicates=5).plot(),
    "validation": lambda: gl.internal_validation(fit(), method="cv", folds=3, repeats=1).plot(),
    "risks": lambda: gl.risk_plot(2.0),
    "curve": lambda: gl.odds_ratio_curve(fit("dead9 ~ rcs(age9, 4)"), "age9", reference=60).plot(),
    "boundary": lambda: gl.decision_boundary(fit("dead9 ~ age9 + score9"), "age9", "score9"),
    "binned": lambda: fit().plot("binned", "age9"),
    "partial": lambda: fit().plot("partial", "age9"),
    "half normal": lambda: fit().plot("half_normal"),
    "influence": lambda: fit().plot("influence"),
    "residuals": lambda: fit().plot("residual"),
    "profile": lambda: gl.profile(fit(), "age9").plot(),
    **{
        f"plot of {name}": (lambda name=name: result(name).plot())
        for name in (
            "characteristics",
            "two by two",
            "two by two in strata",
            "two by k",
            "trend",
            "many",
            "subgroups",
            "compare",
            "margins",
            "comparisons",
            "predictions",
        )
    },
}


def drawn(ax):
    return "\n".join([ax.alt_text, *(text.get_text() for text in ax.figure.findobj(Text))])


def pages():
    for name in (*KINDS, *PAGES):
        for language in LANGUAGES[1:]:
            quick = name in QUICK and language == "de"
            yield pytest.param(name, language, marks=() if quick else pytest.mark.slow)


@pytest.mark.parametrize(("name", "language"), list(pages()))
def test_tables_have_no_word_of_english(name, language, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    assert not untranslated(lambda: printed(name), language)


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", FIGURES)
def test_figures_have_no_word_of_english(name, language):
    assert not untranslated(lambda: drawn(FIGURES[name]()), language)
