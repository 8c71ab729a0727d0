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

# Some models separate and have aliased columns, for what tables say of them.
pytestmark = pytest.mark.filterwarnings(
    "ignore::glmlogit.errors.SeparationWarning", "ignore::glmlogit.errors.CollinearityWarning"
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


def separating():
    return data().assign(rare9=(data()["age9"] > 75) & (data()["dead9"] == 1), twice9=2 * data()["age9"])


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
# Pages that are strings: made in the language.
PAGES = {
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


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", [*KINDS, *PAGES])
def test_tables_have_no_word_of_english(name, language, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    assert not untranslated(lambda: printed(name), language)


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", FIGURES)
def test_figures_have_no_word_of_english(name, language):
    assert not untranslated(lambda: drawn(FIGURES[name]()), language)
