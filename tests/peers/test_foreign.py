"""Results of other programs, handed in: refitted, compared term by term, and what is doubtful of them said."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf

import glmlogit as gl
from glmlogit.errors import ArgumentError, DataError, UnsupportedError
from glmlogit.foreign.table_text import number, read_table
from glmlogit.peers.claim import READERS
from glmlogit.peers.matching import matched, plain

BIRTHS = gl.datasets.birthwt()
FORMULA = "low ~ age + lwt + race + smoke"
FIT = gl.logit(FORMULA, BIRTHS)
PRINTED = dict(
    part.partition("\n")[::2]
    for part in ("\n" + (Path(__file__).parents[1] / "reference" / "printed_r.txt").read_text("utf-8")).split("\n== ")[
        1:
    ]
)

# The layout of Stata's logistic; its numbers are R's, from printed_r.txt.
OF_R = pd.read_csv(io.StringIO(PRINTED["tight csv"]), index_col="term")


def of_stata(errors=OF_R["std.error"], head="             Std. err."):
    """What Stata's logistic prints of the births."""
    ratio = np.exp(OF_R["estimate"])
    low, high = (np.exp(OF_R["estimate"] + side * 1.959963984540054 * errors) for side in (-1, 1))

    def cells(term):
        numbers = (ratio[term], ratio[term] * errors[term], np.log(ratio[term]) / errors[term], low[term], high[term])
        a, b, z, c, d = (f"{x:.7g}".replace("0.", ".", 1) if abs(x) < 1 else f"{x:.7g}" for x in numbers)
        return f"{a:>10} {b:>10} {float(z):8.2f}   0.500 {c:>12} {d:>11}"

    line = "-" * 78
    return "\n".join(
        [
            "Logistic regression                                     Number of obs =    189",
            "                                                        LR chi2(5)    =  20.09",
            f"Log likelihood = {PRINTED['logLik'].strip()[:10]}                             Pseudo R2     = 0.0856",
            line,
            f"             |{head:>23}" if "Robust" in head else "             |",
            "         low | Odds ratio   Std. err.      z    P>|z|     [95% conf. interval]",
            "-------------+" + "-" * 64,
            f"         age | {cells('age')}",
            f"         lwt | {cells('lwt')}",
            "             |",
            "        race |",
            f"      black  | {cells('raceblack')}",
            f"      other  | {cells('raceother')}",
            "             |",
            f"       smoke | {cells('smoke')}",
            f"       _cons | {cells('(Intercept)')}",
            line,
            "Note: _cons estimates baseline odds.",
        ]
    )


STATA = of_stata()


def wrong(found):
    return set(rows(found, ok=False)["quantity"])


def rows(found, quantity=None, term=None, ok=None):
    table = found.table
    chosen = table["quantity"].eq(quantity) if quantity else table["quantity"].notna()
    chosen &= table["term"].eq(term) if term else True
    return table[chosen & table["ok"].eq(ok).fillna(False).astype(bool)] if ok is not None else table[chosen]


def said(found, text):
    return [remark for remark in found.remarks if text in remark]


# --- statsmodels ----------------------------------------------------------------------------------
COUNTS = BIRTHS.assign(n=1 + np.arange(189) % 3, w=np.linspace(0.5, 2, 189), shift=np.linspace(-1, 1, 189))
GROUPED = BIRTHS.groupby(["smoke", "ht"], as_index=False)["low"].agg(events="sum", n="count")
GROUPED["rest"] = GROUPED["n"] - GROUPED["events"]
GROUPED["share"] = GROUPED["events"] / GROUPED["n"]
RESULTS = {
    "Logit": lambda: smf.logit(FORMULA, BIRTHS).fit(disp=0, tol=1e-12),
    "Logit of arrays": lambda: sm.Logit(BIRTHS["low"], sm.add_constant(BIRTHS[["age", "smoke"]])).fit(disp=0),
    "Logit with offset": lambda: smf.logit("low ~ age", COUNTS, offset=COUNTS["shift"]).fit(disp=0),
    "Logit HC0": lambda: smf.logit(FORMULA, BIRTHS).fit(disp=0, cov_type="HC0"),
    "Logit clusters": lambda: smf.logit(FORMULA, BIRTHS).fit(
        disp=0, cov_type="cluster", cov_kwds={"groups": BIRTHS["ftv"]}
    ),
    "GLM": lambda: smf.glm(FORMULA, BIRTHS, family=sm.families.Binomial()).fit(tol=1e-12),
    "GLM weights": lambda: smf.glm("low ~ age", COUNTS, family=sm.families.Binomial(), freq_weights=COUNTS["n"]).fit(
        tol=1e-12
    ),
    "GLM precisions": lambda: smf.glm("low ~ age", COUNTS, family=sm.families.Binomial(), var_weights=COUNTS["w"]).fit(
        tol=1e-12
    ),
    "GLM counts": lambda: smf.glm("events + rest ~ smoke + ht", GROUPED, family=sm.families.Binomial()).fit(tol=1e-12),
    "GLM shares": lambda: smf.glm(
        "share ~ smoke", GROUPED, family=sm.families.Binomial(), var_weights=GROUPED["n"]
    ).fit(tol=1e-12),
    "GLM offset": lambda: smf.glm("low ~ age", COUNTS, family=sm.families.Binomial(), offset=COUNTS["shift"]).fit(
        tol=1e-12
    ),
    "MNLogit": lambda: sm.MNLogit(BIRTHS["race"].astype(str), sm.add_constant(BIRTHS[["age", "smoke"]])).fit(disp=0),
}


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_of_statsmodels_is_fitted_again_and_agrees(name):
    found = gl.validate(RESULTS[name]())
    assert found.passed, found
    assert found.digits >= 7
    assert {"params", "bse", "conf_low", "conf_high", "llf"} <= set(found.table["quantity"])
    assert found.table["ok"].isna().sum() == (name == "GLM shares")
    assert str(found).startswith(f"Against statsmodels {name.split()[0]} ")
    assert found.remarks == ()


def test_a_difference_in_a_result_is_found():
    result = RESULTS["Logit"]()
    result._results.params = result._results.params + np.r_[0, 0, 0, 1e-3, 0, 0]
    found = gl.validate(result)
    assert not found.passed
    assert "EXCEPT params of " in str(found).splitlines()[0]
    assert found.table["ok"].eq(False).sum() >= 1


@pytest.mark.parametrize("kind", ["HC1", "HC2", "HC3"])
@pytest.mark.parametrize("model", ["logit", "glm"])
def test_robust_errors_are_said_to_be_those_they_are(kind, model):
    options = {"disp": 0} if model == "logit" else {"tol": 1e-12}
    family = {} if model == "logit" else {"family": sm.families.Binomial()}
    found = gl.validate(getattr(smf, model)(FORMULA, BIRTHS, **family).fit(cov_type=kind, **options))
    assert wrong(found) == {"bse", "conf_low", "conf_high"}
    assert "digits, EXCEPT bse, conf_low, conf_high" in str(found)
    assert said(found, f"says {kind}; its numbers are those of HC0")


def test_an_unfinished_iteration_is_said():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = gl.validate(smf.logit(FORMULA, BIRTHS).fit(disp=0, maxiter=2))
    assert not found.passed
    assert said(found, "did not converge")


def test_a_separated_result_is_no_maximum():
    data = pd.DataFrame({"y": [0, 0, 0, 0, 1, 1, 1, 1], "x": [0, 0, 0, 0, 0, 0, 1, 1], "z": [1, 4, 2, 3, 2, 4, 1, 2]})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = gl.validate(smf.glm("y ~ x + z", data, family=sm.families.Binomial()).fit())
    assert not found.passed
    assert said(found, "separated: x without a finite maximum")
    row = rows(found, "params", "x").iloc[0]
    assert row["glmlogit"] == np.inf
    assert row["difference"] == np.inf
    assert row["reason"].startswith("infinite")
    assert rows(found, "params", "z")["difference"].iloc[0] < 1e-3


def test_penalised_results_and_dropped_rows_and_fractions_are_said():
    found = gl.validate(smf.logit("low ~ age", BIRTHS).fit_regularized(disp=0, alpha=1.0))
    assert not found.passed
    assert said(found, "penalised (fit_regularized)")
    found = gl.validate(smf.logit("low ~ age", BIRTHS.assign(age=BIRTHS["age"].where(BIRTHS["age"] < 30))).fit(disp=0))
    assert found.passed
    assert said(found, "left out 20 rows of 189" if (BIRTHS["age"] >= 30).sum() == 20 else "left out")
    found = gl.validate(
        smf.glm("low ~ age", COUNTS, family=sm.families.Binomial(), freq_weights=COUNTS["w"]).fit(tol=1e-12)
    )
    assert said(found, "not whole numbers")
    found = gl.validate(sm.Logit(BIRTHS["low"], BIRTHS[["age"]]).fit(disp=0))
    assert found.passed
    assert said(found, "no constant")
    text = BIRTHS.assign(low=np.where(BIRTHS["low"] == 1, "yes", "no"))
    found = gl.validate(smf.glm("low ~ age", text, family=sm.families.Binomial()).fit(tol=1e-12))
    assert found.passed
    assert said(found, "the event is low[no]")


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: smf.ols("low ~ age", BIRTHS).fit(), "linear model"),
        (lambda: smf.probit("low ~ age", BIRTHS).fit(disp=0), "a probit"),
        (lambda: smf.glm("low ~ age", BIRTHS, family=sm.families.Poisson()).fit(), "family Poisson and link Log"),
        (lambda: smf.poisson("low ~ age", BIRTHS).fit(disp=0), "no logistic regression"),
    ],
)
def test_other_models_are_refused(make, why):
    with pytest.raises(UnsupportedError, match=why):
        gl.validate(make())


def test_a_fit_against_a_result_pairs_terms_by_name():
    result = RESULTS["Logit"]()
    found = FIT.validate(against=result)
    assert found.passed
    reordered = gl.logit("low ~ smoke + C(race) + lwt + age", BIRTHS).validate(against=result)
    assert reordered.passed
    assert said(FIT.with_cov("HC3").validate(result.model.fit(disp=0, cov_type="HC0")), "") == []
    less = gl.logit("low ~ age + lwt + race", BIRTHS).validate(against=result)
    assert not less.passed
    assert "not a term of the fit" in set(less.table["reason"])


# --- estimators that keep no rows -----------------------------------------------------------------
X, y = BIRTHS[["age", "lwt", "smoke"]].astype(float), BIRTHS["low"]


def logistic_regression(**options):
    linear = pytest.importorskip("sklearn.linear_model")
    return linear.LogisticRegression(tol=1e-10, max_iter=10_000, **options)


@pytest.mark.parametrize("weights", [None, np.linspace(0.5, 2, 189)])
@pytest.mark.parametrize(
    "options",
    [
        {"C": np.inf},
        {"C": 1.0},
        {"C": 0.1, "l1_ratio": 1.0, "solver": "saga"},
        {"C": np.inf, "fit_intercept": False},
        {"C": np.inf, "class_weight": "balanced"},
        {"C": 0.5, "class_weight": {0: 1, 1: 2}},
    ],
)
def test_estimators_of_scikit_learn(options, weights):
    Z = (X - X.mean()) / X.std() if options.get("solver") == "saga" else X / [10.0, 100.0, 1.0]
    model = logistic_regression(**options).fit(Z, y, sample_weight=weights)
    found = gl.validate(model, data=(Z, y) if weights is None else (Z, y, weights), rtol=1e-5)
    assert found.passed, found
    assert bool(said(found, "penalised (C = ")) == np.isfinite(options["C"])
    assert bool(said(found, "its default")) == (options["C"] == 1.0)


def test_scikit_learns_default_is_no_maximum_likelihood():
    fit = gl.logit("low ~ age + lwt + smoke", BIRTHS)
    found = fit.validate(against=logistic_regression().fit(X, y))
    assert not found.passed
    assert said(found, "C = 1, l1_ratio = 0, its default")
    assert fit.validate(against=logistic_regression(C=np.inf).fit(X, y), rtol=1e-5).passed
    with pytest.raises(DataError, match=r"data=\(X, y\)"):
        gl.validate(logistic_regression().fit(X, y))
    with pytest.raises(UnsupportedError, match="not fitted"):
        gl.validate(logistic_regression(), data=(X, y))
    with pytest.raises(UnsupportedError, match="3 classes"):
        gl.validate(logistic_regression().fit(X / 100, BIRTHS["race"]), data=(X, y))
    pipeline = pytest.importorskip("sklearn.pipeline").make_pipeline(logistic_regression())
    with pytest.raises(UnsupportedError, match=r"pipeline\[-1\]"):
        gl.validate(pipeline, data=(X, y))


@pytest.mark.parametrize("options", [{}, {"alpha": 0.01, "l1_ratio": 0.5}, {"alpha": 0.1}])
def test_estimators_of_glum(options):
    glum = pytest.importorskip("glum")
    model = glum.GeneralizedLinearRegressor(family="binomial", gradient_tol=1e-10, **options).fit(X, y)
    found = gl.validate(model, data=(X, y))
    assert found.passed, found
    assert bool(said(found, "penalised (alpha")) == bool(options)
    with pytest.raises(UnsupportedError, match="PoissonDistribution"):
        gl.validate(glum.GeneralizedLinearRegressor(family="poisson").fit(X, y), data=(X, y))


# --- printed tables -------------------------------------------------------------------------------
def test_tables_of_r():
    assert said(FIT.validate(against=PRINTED["csv"]), "last iterate but one")
    for name in ("summary", "csv", "tight csv", "broom"):
        found = FIT.validate(against=PRINTED[name], rtol=1e-5 if name == "csv" else 1e-6)
        assert found.passed, found
        assert len(rows(found, "params", ok=True)) == 6
        assert len(rows(found, "bse", ok=True)) == 6
    assert {"deviance", "nobs"} <= set(FIT.validate(PRINTED["summary"]).table["quantity"])
    assert FIT.validate(PRINTED["csv"], rtol=1e-5).digits >= 4
    assert said(FIT.validate(PRINTED["broom"]), "profile likelihood")
    assert "Against the table of R: agrees to the last digit printed" in str(FIT.validate(PRINTED["summary"]))


def test_a_wrong_digit_of_a_table_is_found():
    table = PRINTED["summary"].replace("1.054439", "1.054449")
    found = FIT.validate(against=table)
    assert not found.passed
    assert "EXCEPT params of smoke" in str(found)
    swapped = PRINTED["summary"].replace("0.034170", "0.034710")
    assert "EXCEPT bse of age" in str(FIT.validate(against=swapped))


def test_robust_errors_in_a_table_are_named():
    found = FIT.validate(against=PRINTED["robust"])
    assert wrong(found) == {"bse"}
    assert said(found, "those of HC0 (fit.with_cov('HC0') has them)")
    assert FIT.with_cov("HC0").validate(against=PRINTED["robust"]).passed


def test_doubts_of_tables():
    found = FIT.validate(against=PRINTED["base"])
    assert not found.passed
    assert said(found, "another base: race has 'white' as reference here")
    found = FIT.validate(against=PRINTED["dropped"])
    assert said(found, "R dropped rows with missing values: (3 observations deleted")
    assert said(found, "other rows: 186 there, 189 here")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        aliased = gl.logit("low ~ age + twice + race", BIRTHS.assign(twice=2 * BIRTHS["age"]))
        found = aliased.validate(against=PRINTED["aliased"])
        assert found.passed, found
        assert said(found, "aliased")
        separated = gl.logit("low ~ I(bwt < 2500)", BIRTHS).validate(against=PRINTED["separated"])
    assert not separated.passed
    assert said(separated, "separated")
    crossed = gl.logit("low ~ age + C(race)*smoke", BIRTHS)
    found = crossed.validate(against=PRINTED["quasi"])
    assert wrong(found) == {"bse"}
    assert said(found, "dispersion")


def test_a_table_of_stata():
    found = FIT.validate(against=STATA)
    assert found.passed, found
    assert len(rows(found, ok=True)) == 6 * 4 + 2
    assert said(found, "odds ratios")
    lost = FIT.validate(against=STATA.replace("= -107.28", "= -107.38"))
    assert wrong(lost) == {"llf"}
    robust = of_stata(FIT.with_cov("HC0:stata").bse.set_axis(OF_R.index), "Robust")
    found = FIT.validate(against=robust)
    assert found.passed, found
    found = FIT.validate(against=of_stata(head="Robust"))
    assert wrong(found) == {"bse", "conf_low", "conf_high"}
    assert said(found, "says HC0:stata; its numbers are those of model")


@pytest.mark.parametrize("kind", ["nonrobust", "HC0"])
def test_a_summary_of_statsmodels_as_text(kind):
    text = str(smf.logit(FORMULA, BIRTHS).fit(disp=0, cov_type=kind).summary())
    found = FIT.validate(against=text)
    assert found.passed, found
    assert found.against == "the table of statsmodels"
    assert {"llf", "nobs", "bse", "conf_low"} <= set(found.table["quantity"])


def test_a_table_of_ours_in_a_file(tmp_path):
    path = tmp_path / "coefficients.csv"
    FIT.tidy().to_csv(path)
    for where in (path, str(path)):
        assert FIT.validate(against=where).passed
    path.write_text("nothing here\nat all\n")
    with pytest.raises(DataError, match="no table of coefficients"):
        FIT.validate(against=path)
    with pytest.raises(DataError, match="cannot read"):
        FIT.validate(against=tmp_path / "none.txt")


def test_names_can_be_given():
    table = "term,estimate\n(Intercept),0.3324516\nAge (years),-0.0224783\nlwt,-0.0125257\n"
    table += "B,1.2316714\nO,0.9432627\nsmoke1,1.0544386"
    found = FIT.validate(table)
    assert not found.passed
    assert said(found, "'B' has the estimate of 'race[T.black]': names={'B': 'race[T.black]'}")
    names = {"Age (years)": "age", "B": "race[T.black]", "O": "race[T.other]"}
    assert FIT.validate(table, names=names).passed
    with pytest.raises(DataError, match="no term 'x'"):
        FIT.validate(table, names={"x": "age"})


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("_cons", "Intercept"),
        ("(Intercept)", "Intercept"),
        ("const", "Intercept"),
        ("raceblack", "race[T.black]"),
        ("factor(race)black", "C(race)[T.black]"),
        ("C(race, Treatment('white'))[T.black]", "race[T.black]"),
        ("race=black", "C(race)[T.black]"),
        ("race_black", "race[T.black]"),
        ("2.race", "C(race)[T.2]"),
        ("smoke:age", "age:smoke"),
        ("1.smoke#c.age", "age:C(smoke)[T.1]"),
        ("I(age ** 2)", "I(age^2)"),
        ("np.log(lwt)", "log(lwt)"),
        ("smokeTRUE", "smoke[T.True]"),
        ("smoke1", "smoke"),
    ],
)
def test_names_of_other_programs(theirs, ours):
    assert matched([ours, "something"], [theirs, "else"], None).pairs == {theirs: ours}


def test_terms_that_only_look_alike_are_not_paired():
    assert matched(["race[T.black]"], ["race_white"], None).pairs == {}
    assert matched(["x1", "x[T.1]"], ["x1"], None).pairs == {"x1": "x1"}
    assert plain("age") != plain("age2")


def test_printed_numbers_and_their_rounding():
    assert number("-0.0125") == (-0.0125, pytest.approx(0.5e-4))
    assert number(".9732636") == (0.9732636, pytest.approx(0.5e-7))
    assert number("1.20e+02") == (120.0, pytest.approx(0.5))
    assert number("1,309") == (1309.0, 0.5)
    assert np.isnan(number("<0.001")[0])
    assert np.isnan(number("NA")[0])


def test_a_table_with_clusters_says_so():
    text = STATA.replace("-\n", "-\n (Std. err. adjusted for 30 clusters in id)\n", 1)
    assert read_table(text).errors == "cluster"


SAS = """
                  Analysis of Maximum Likelihood Estimates

                                  Standard          Wald
Parameter    DF    Estimate       Error    Chi-Square    Pr > ChiSq

Intercept     1      0.3325      1.1077        0.0901        0.7641
age           1     -0.0225      0.0342        0.4327        0.5106
lwt           1     -0.0125     0.00639        3.8474        0.0498
race  black   1      1.2317      0.5172        5.6722        0.0172
race  other   1      0.9433      0.4162        5.1357        0.0234
smoke         1      1.0544      0.3800        7.6999        0.0055
"""


def test_the_layout_of_sas():
    """The numbers are R's, of ``printed_r.txt``, in the layout of PROC LOGISTIC."""
    found = FIT.validate(against=SAS)
    assert found.passed, found
    assert len(rows(found, ok=True)) == 12
    assert found.against == "the table of SAS"


def test_columns_that_the_heads_do_not_name_are_refused():
    """A number under the wrong head would be compared with another quantity."""
    with pytest.raises(DataError, match="more numbers than the line of heads names columns"):
        FIT.validate(against=SAS.replace("Chi-Square  ", "           "))
    with pytest.raises(DataError, match="two rows 'age'"):
        FIT.validate(against="term,estimate\nage,-0.02\nage,-0.03\n")


def test_decimal_commas_are_decimals():
    table = "term;estimate\n" + "\n".join(f"{term};{x:.4f}".replace(".", ",") for term, x in FIT.params.items())
    assert FIT.validate(against=table).passed


# --- what is neither ------------------------------------------------------------------------------
@pytest.mark.parametrize("value", ["summary", "low ~ age", None, 3.0, [FIT, FIT], BIRTHS, FIT.tidy(), gl.Fit, STATA])
def test_what_is_no_result_is_refused(value):
    with pytest.raises(ArgumentError, match=r"^validate\(\) takes a fit"):
        gl.validate(value)


def test_two_results_of_others_are_not_compared_with_each_other():
    result = RESULTS["Logit"]()
    with pytest.raises(ArgumentError, match=r"fit\.validate\(against=result\)"):
        gl.validate(result, against=result)
    for value in (5, object(), "sas"):
        with pytest.raises(DataError, match="'statsmodels' or 'r'"):
            FIT.validate(value)


def test_readers_are_values_in_a_registry():
    assert set(READERS) == {"glum", "pasted", "scikit_learn", "statsmodels"}
