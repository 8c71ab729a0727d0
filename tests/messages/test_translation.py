"""Pages of two columns for who comes from another program: each right-hand cell runs, and names are answered."""

from __future__ import annotations

import pickle
import re
import warnings
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.errors import DataError
from glmlogit.messages.translation import PROGRAMS, answers, page, translations

matplotlib.use("Agg")

DF = gl.datasets.birthwt()
FIT = gl.logit("low ~ age + lwt + race + smoke", DF)
DOCS = Path(__file__).parents[2] / "docs"
START = "<!-- made from the tables of messages: python tests/messages/test_translation.py -->"
LEAST = {"R": 60, "Stata": 60, "SAS": 30, "statsmodels": 30, "scikit-learn": 30}
CODES = sorted({row.here for program in PROGRAMS for row in translations(program)})


def file_of(program):
    return DOCS / f"coming-from-{program.lower()}.md"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    DF.to_csv("births.csv", index=False)
    DF.assign(race=DF["race"].astype(str)).to_stata("births.dta", write_index=False)


@pytest.mark.parametrize("code", CODES)
def test_a_cell_runs(code, folder):
    scope = {"gl": gl, "df": DF, "fit": FIT, "np": np, "pd": pd, "pickle": pickle}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(code, scope)
    plt.close("all")


def test_counts_of_cci_are_those_of_the_rows():
    """Its arguments are exposed and unexposed cases, then controls: rows of the table here are exposures."""
    (row,) = (row for row in translations("Stata") if row.there.startswith("cci "))
    counted = eval(row.here, {"gl": gl}).measures["estimate"]
    pd.testing.assert_series_equal(counted, gl.two_by_two(DF, "low", "smoke").measures["estimate"], rtol=1e-14)


@pytest.mark.parametrize("program", PROGRAMS)
def test_pages_have_their_rows_and_are_made_from_the_tables(program):
    rows = translations(program)
    assert len(rows) >= LEAST[program]
    assert all(row.section and row.there and row.here for row in rows)
    header, start, table = file_of(program).read_text(encoding="utf-8").partition(START)
    assert start
    assert header.startswith(f"# Coming from {program}\n")
    assert table == "\n" + page(program), "make it again: python tests/messages/test_translation.py"


def test_names_are_told_once_and_are_none_of_ours():
    for program in PROGRAMS:
        names = [name for row in translations(program) for name in row.names]
        assert len(names) == len(set(names)), program
        assert not set(names) & set(gl.__all__)
    assert len(answers()) > 150


# Names and options as people type them who come from elsewhere, and what they are told.
ANSWERS = {
    "gl.emmeans": "gl.predictions(fit, by='race')",
    "gl.lsmeans": "gl.predictions(fit",
    "gl.lincom": "gl.contrasts(fit",
    "gl.nlcom": "gl.contrasts(fit, 'exp(age)/exp(smoke)')",
    "gl.testparm": "gl.drop1(fit, test='wald')",
    "gl.Anova": "gl.anova(fit, type=2)",
    "gl.glm": "gl.logit(",
    "gl.proc_logistic": "event=1",
    "gl.svyglm": "weight_type='sampling'",
    "gl.LogisticRegression": "gl.design_arrays(",
    "gl.LogisticClassifier": "from glmlogit.sklearn import LogisticClassifier",
    "gl.GridSearchCV": "gl.elastic_net_cv(",
    "gl.Pipeline": "glmlogit.sklearn",
    "gl.StandardScaler": "scale(age)",
    "gl.SMOTE": "gl.thresholds(fit",
    "gl.add_constant": "intercept=True",
    "gl.get_dummies": "C(race)",
    "gl.relevel": "Treatment('other')",
    "gl.glmnet": "gl.elastic_net(",
    "gl.hoslem_test": "grouping='r'",
    "gl.lackfit": "hosmer_lemeshow",
    "gl.confusion_matrix": "gl.classification(",
    "gl.roc_auc_score": "gl.roc(",
    "gl.esttab": "gl.table(",
    "gl.xtile": "pd.qcut",
    "fit.conf_int": "fit.confint()",
    "fit.predict_proba": "fit.predict(df)",
    "fit.tvalues": "fit.zvalues",
    "fit.get_margeff": "fit.margins()",
    "fit.prsquared": "gl.pseudo_r2(fit)",
    "fit.coef_": "fit.params",
    "fit.score": "gl.classification(fit)",
    "fit.feature_names_in_": "fit.terms",
    "fit.summary2": "fit.summary()",
    "fit.pred_table": "gl.classification(fit",
    "gl.logit('low ~ age', df, weight='n')": "weights='n'",
    "gl.logit('low ~ age', df, family='binomial')": "always binomial",
    "gl.logit('low ~ age', df, robust=True)": "fit.with_cov('HC3')",
    "gl.logit('low ~ age', df, vce='robust')": "fit.with_cov('HC3')",
    "gl.logit('low ~ age', df, C=1.0)": "gl.elastic_net",
    "gl.logit('low ~ age', df, fit_intercept=False)": "0 + age",
    "gl.logit('low ~ age', df, noconstant=True)": "0 + age",
    "gl.logit('low ~ age', df, multi_class='ovr')": "gl.one_vs_rest",
    "gl.logit('low ~ age', df, descending=True)": "event=1",
    "gl.logit('low ~ age', df, random_state=1)": "nothing here is random",
    "gl.logit('low ~ age', df, subset='age > 20')": "df[df['age'] > 20]",
    "gl.logit('low ~ age', df, dist='binomial')": "always binomial",
    "gl.multinomial('race ~ age', df, class_weight='balanced')": "an option of gl.logit",
    "gl.ordinal('ftv ~ age', df, class_weight='balanced')": "an option of gl.logit",
    "fit.predict(class_weight='balanced')": "gl.logit(formula, data, class_weight='balanced')",
    "fit.predict(se_fit=True)": "interval='confidence'",
    "fit.predict(type='link')": "kind='link'",
    "fit.margins(dydx='age')": "variables=",
    "fit.margins(eyex='age')": "kind='eyex'",
    "fit.confint(alpha=0.1)": "level=0.95",
    "gl.elastic_net('low ~ age', df, alpha=1)": "l1_ratio=",
    "gl.elastic_net('low ~ age', df, lambda_=0.1)": "penalty=0.02",
    "gl.ridge('low ~ age', df, alpha=1)": "penalty=0.02",
    "gl.elastic_net_cv('low ~ age', df, nfolds=5)": "folds=10",
    "gl.calibration(fit, n_bins=10)": "groups=10",
    "gl.goodness_of_fit(fit, g=10)": "groups=10",
    "gl.classification(fit, cutoff=0.3)": "threshold=0.3",
    "gl.cross_validate(fit, cv=5)": "folds=10",
    "gl.cross_validate(fit, scoring='roc_auc')": "all measures",
    "gl.two_by_two(df, 'low', 'smoke', by='race')": "strata='race'",
    "gl.pairwise(fit, 'race', adjust_method='holm')": "adjust='holm'",
    "gl.predictions(fit, specs='race')": "by='race'",
    "gl.step(fit, slentry=0.1)": "criterion=",
    "gl.logit('low ~ age', df, strata='race')": "+ C(race)",
    "gl.table('low ~ age', df, strata='race')": "+ C(race)",
    "gl.logit('low ~ age', df, cutoff=0.3)": "gl.classification(fit, threshold=0.3)",
    "gl.logit('low ~ age', df, cv=5)": "gl.cross_validate(fit, folds=10)",
    "gl.logit('low ~ age', df, scoring='roc_auc')": "gl.cross_validate(fit)",
    "gl.logit('low ~ age', df, exponentiate=True)": "fit.odds_ratios()",
    "gl.logit('low ~ age', df, baselevels='white')": "Treatment('white')",
    "gl.logit('low ~ age', data_frame=df)": "data=",
    "fit.simulate": "rng.binomial(1, fit.predict())",
    "fit.subset": "df[df['age'] > 20]",
}


@pytest.mark.parametrize("code", ANSWERS)
def test_names_and_options_of_other_programs_are_answered(code):
    with pytest.raises((AttributeError, DataError)) as caught:
        eval(code, {"gl": gl, "df": DF, "fit": FIT})
    assert ANSWERS[code] in str(caught.value)
    assert "\n" not in str(caught.value)
    called = re.match(r"(?:gl|fit)\.(\w+)", code)[1]
    assert str(caught.value).startswith(f"{called}() has no option ") or f"has no attribute '{called}'" in str(
        caught.value
    )


def test_there_are_forty_and_more():
    assert len(ANSWERS) >= 60
    assert sum("(" in code for code in ANSWERS) >= 30


def test_advice_on_further_options_works_when_followed():
    for code in (
        "fit.margins('age', kind='eyex')",
        "gl.step(fit, criterion='bic')",
        "gl.elastic_net_cv('low ~ age + lwt', df, score='deviance', folds=5)",
        "gl.calibration(fit, groups=10)",
        "gl.goodness_of_fit(fit, 'hosmer_lemeshow', groups=10)",
        "gl.logit('low ~ 0 + age', df, event=1)",
        "gl.two_by_two(df, 'low', 'smoke', strata='race')",
        "gl.predictions(fit, by='race')",
        "gl.logit('low ~ age', df, class_weight={1: 5})",
        "gl.logit(gl.design_arrays(df['low'], df[['age']], class_weight='balanced'))",
    ):
        eval(code, {"gl": gl, "df": DF, "fit": FIT})


if __name__ == "__main__":
    for program in PROGRAMS:
        head = file_of(program).read_text(encoding="utf-8").partition(START)[0]
        file_of(program).write_text(head + START + "\n" + page(program), encoding="utf-8")
