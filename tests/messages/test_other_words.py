"""Names, options and results of other programs: our errors, which name the function called and what to type."""

from __future__ import annotations

import copy
import inspect
import pickle
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.errors import ArgumentError, DataError, SeparationWarning
from glmlogit.estimators.options import DesignOptions
from glmlogit.messages.calls import checked, described
from glmlogit.messages.other_options import OPTIONS, option_advice
from glmlogit.messages.other_words import NAMES

DF = gl.datasets.birthwt()
FIT = gl.logit("low ~ age + lwt + race + smoke", DF)
FUNCTIONS = {name: getattr(gl, name) for name in gl.__all__ if inspect.isfunction(getattr(gl, name))}
FIRST = {name: str(next(iter(inspect.signature(f).parameters.values()), "")) for name, f in FUNCTIONS.items()}
OF_FIT = [name for name, first in FIRST.items() if "Estimate" in first or "AnyFit" in first]
OF_FIT = [name for name in OF_FIT if name != "forest_plot"]
# Takes results of statsmodels, scikit-learn and glum as well: tests/peers/test_foreign.py.
OF_FIT_OR_RESULT = ["validate"]


def options_of(name: str) -> list[str]:
    parameters = inspect.signature(FUNCTIONS[name]).parameters
    typed = [*DesignOptions.__annotations__] if "DesignOptions" in str(parameters.get("options")) else []
    return [*parameters, *typed]


class LogitResults:
    """A result of another program."""


def foreign() -> dict[str, Any]:
    import statsmodels.formula.api as smf

    return {
        "statsmodels by formula": smf.logit("low ~ age", DF).fit(disp=0),
        "text": "summary",
        "a formula": "low ~ age",
        "None": None,
        "fits": [FIT, FIT],
        "fits by name": {"a": FIT},
        "a frame": DF,
        "an array": np.ones(3),
        "a table of ours": FIT.tidy(),
        "a summary": FIT.summary(),
        "the class": gl.Fit,
        "a number": 3.0,
        "another object": LogitResults(),
    }


FOREIGN = foreign()
OTHERS = {"lr_test": [FIT], "anova": [FIT], "prior_correction": [0.1], "interaction": ["race", "smoke"]}
OTHERS |= {"interaction_plot": ["age", "race"], "second_differences": ["age", "smoke"]}


def more_arguments(name: str) -> list[Any]:
    """What else the function needs."""
    parameters = list(inspect.signature(FUNCTIONS[name]).parameters.values())[1:]
    needed = [p for p in parameters if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
    return OTHERS.get(name, ["age"] * len(needed))


def test_there_are_functions_of_fits():
    assert len(OF_FIT) > 30
    assert {"tidy", "predict", "separation", "lr_test", "contrasts", "plot"} <= set(OF_FIT)


@pytest.mark.parametrize("what", FOREIGN)
def test_what_is_neither_fit_nor_result_is_refused_by_name(what):
    if what == "statsmodels by formula":
        assert gl.validate(FOREIGN[what]).passed
        return
    with pytest.raises(ArgumentError, match=r"^validate\(\) takes a") as caught:
        gl.validate(FOREIGN[what])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("what", FOREIGN)
@pytest.mark.parametrize("name", OF_FIT)
def test_what_is_no_fit_is_refused_by_name(name, what):
    with pytest.raises(ArgumentError) as caught:
        FUNCTIONS[name](FOREIGN[what], *more_arguments(name))
    assert f"{name}() takes a" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, DataError)
    assert isinstance(caught.value, TypeError)


def refusal(function: Any, *arguments: Any) -> str:
    with pytest.raises(ArgumentError) as caught:
        function(*arguments)
    return str(caught.value)


def test_advice_for_what_is_no_fit_can_be_followed():
    said = {what: refusal(gl.tidy, value) for what, value in FOREIGN.items()}
    assert "gl.logit('low ~ age', data)" in said["statsmodels by formula"]
    assert "gl.logit('low ~ age', data)" in said["a formula"]
    assert gl.logit("low ~ age", DF).validate("statsmodels").passed
    assert "[gl.tidy(fit) for fit in fits]" in said["fits"]
    assert "Fit it first" in refusal(gl.tidy, FIT.design)
    assert gl.tidy(gl.logit(FIT.design)).equals(FIT.tidy())
    assert "gl.predict(fit, …)" in refusal(gl.predict, DF, FIT)
    arrays = refusal(gl.tidy, _sklearn_like())
    made = re.search(r"gl\.logit\(gl\.design_arrays\(.*?\)\)", arrays)
    assert made is not None
    assert eval(made[0], {"gl": gl, "y": DF["low"], "X": DF[["age", "lwt"]]}).converged


def _sklearn_like() -> Any:
    kind = type("LogisticRegression", (), {})
    kind.__module__ = "sklearn.linear_model._logistic"
    return kind()


def test_later_arguments_must_be_fits_too():
    for call in (lambda: gl.lr_test(FIT, DF), lambda: gl.anova(FIT, "low ~ 1"), lambda: gl.lr_test(FIT, small=None)):
        with pytest.raises(ArgumentError, match=r"(lr_test|anova)\(\) takes a fit as"):
            call()
    with pytest.raises(ArgumentError, match=r"gl.anova\(fit, \*others\)"):
        gl.anova(FIT, [FIT])
    assert len(gl.anova(*[gl.logit("low ~ age", DF), FIT])) == 2


@pytest.mark.parametrize("name", FUNCTIONS)
def test_unknown_options_name_the_function_called(name):
    arguments = (
        [FIT, *more_arguments(name)]
        if name in OF_FIT + OF_FIT_OR_RESULT
        else ["low ~ age", DF][: len(more_arguments(name)) + 1]
    )
    if name == "plot":
        with pytest.raises(DataError, match="kind 'forest'"):
            gl.plot(FIT, "forest", nonsense=1)
        return
    with pytest.raises(ArgumentError, match=rf"^{name}\(\) has no option nonsense=") as caught:
        FUNCTIONS[name](*arguments, nonsense=1)
    assert "design()" not in str(caught.value) or name == "design"


METHODS = [
    (kind, name)
    for kind in (getattr(gl, name) for name in gl.__all__)
    if inspect.isclass(kind)
    for name in dir(kind)
    if inspect.isfunction(inspect.getattr_static(kind, name)) and name[0] != "_"
    if inspect.getattr_static(kind, name).__globals__["__name__"].startswith("glmlogit")
    if kind not in (gl.Fit, gl.Design) and (kind is not gl.ReadReport or name in vars(kind))
]


@pytest.mark.parametrize(("kind", "name"), METHODS, ids=[f"{kind.__name__}.{name}" for kind, name in METHODS])
def test_unknown_options_of_methods_name_the_method_called(kind, name):
    with pytest.raises(ArgumentError, match=rf"^{name}\(\) has no option nonsense=\. Its options are ") as caught:
        getattr(kind, name)(object(), nonsense=1)
    assert "self" not in str(caught.value)


def test_there_are_methods():
    assert len(METHODS) > 100
    assert {kind for kind, _ in METHODS} > {gl.RocCurve, gl.Profile, gl.Effects, gl.SeparationReport, gl.TwoByTwo}
    summary = FIT.summary()
    with pytest.raises(ArgumentError, match=r"^to_html\(\) has no option style="):
        summary.to_html(style="jama")
    with pytest.raises(ArgumentError, match=r'^plot\(\) has no option figsize=: type width="column" '):
        gl.roc(FIT).plot(figsize=(3, 3))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_too_many_arguments_by_position_are_our_error(name):
    parameters = inspect.signature(FUNCTIONS[name]).parameters.values()
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return
    places = sum(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters)
    with pytest.raises(
        ArgumentError, match=rf"^{name}\(\) takes {places} arguments? by position, and {places + 1} were"
    ):
        FUNCTIONS[name](*[None] * (places + 1))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_advice_on_options_names_options_that_the_function_has(name):
    options = options_of(name)
    for word in OPTIONS:
        advice = option_advice(word, options)
        direct = re.match(r"type (\w+)=|.*called (\w+)=", advice)
        if direct and not advice.startswith("type data="):
            assert (direct[1] or direct[2]) in options, f"{name}({word}=): {advice}"


def test_options_of_other_programs():
    said = {
        "weight": "type weights='n'",
        "wieghts": "did you mean weights=",
        "class_weights": "class_weight='balanced'",
        "family": "always binomial",
        "link": "logit",
        "subset": "df[df['age'] > 20]",
        "cov_type": "fit.with_cov('HC3')",
        "robust": "fit.with_cov('HC3')",
        "vce": "fit.with_cov('HC3')",
        "conf_level": "level=0.95",
        "alpha": "level=0.95",
        "method": "Newton",
        "C": "gl.log_f",
    }
    for word, advice in said.items():
        with pytest.raises(ArgumentError, match=r"logit\(\) has no option") as caught:
            gl.logit("low ~ age", DF, **{word: 1})
        assert advice in str(caught.value)
    for call, advice in (
        (lambda: FIT.predict(se_fit=True), "interval='confidence'"),
        (lambda: FIT.predict(type="link"), "kind='link'"),
        (lambda: gl.table("low ~ age", DF, decimals=2), ".frame.round(2)"),
        (lambda: gl.table("low ~ age", DF, theme="jama"), "style='jama'"),
        (lambda: gl.table("low ~ age", DF, vce="robust"), ".with_cov('HC3')"),
        (lambda: gl.forest_plot(FIT, vcov="HC1"), "fit.with_cov('HC3')"),
        (lambda: gl.table("low ~ age", DF, exponentiate=True), "odds ratios are what is shown"),
        (lambda: gl.forest_plot(FIT, eform=True), "odds ratios are what is shown"),
        (lambda: gl.table("low ~ age", DF, cont="median"), "continuous='median'"),
        (lambda: gl.characteristics(DF, by="low", cont="median"), "median=['age']"),
        (lambda: gl.characteristics(DF, by="low", p=True), "tests=['welch', 'chi2']"),
        (lambda: FIT.margins(dydx="age"), "variables="),
        (lambda: FIT.margins(atmeans=True), "at='mean'"),
        (lambda: FIT.comparisons("smoke", nboot=9), "replications=1000"),
        (lambda: FIT.confint("age"), ".loc[['age']]"),
        (lambda: gl.table(FIT), "table(formula, data, …), not as table(fit)"),
        (lambda: gl.logit(), "logit(formula_or_design, …)"),
    ):
        with pytest.raises(DataError) as caught:
            call()
        assert advice in str(caught.value)


def test_advice_on_options_works_when_followed():
    scope = {"gl": gl, "df": DF, "fit": FIT, "data": DF, "formula": "low ~ age", "np": np}
    for code in (
        "gl.logit('low ~ age', data=df[df['age'] > 20])",
        "fit.with_cov('HC3')",
        "gl.table(formula, data, estimator=lambda rows, level: gl.logit(rows, level=level).with_cov('HC3'))",
        "gl.characteristics(df, by='low', median=['age'])",
        "gl.characteristics(df, by='low', tests=['welch', 'chi2'])",
        "gl.logit(formula, data, cluster='ftv')",
        "gl.prior_correction(fit, 0.1)",
        "gl.logit(formula, data, weights='lwt', weight_type='sampling')",
        "fit.odds_ratios().round(2)",
        "gl.table(formula, data).frame.round(2)",
        "gl.logit(formula, data, control=gl.Control(max_iter=50, tol=1e-9))",
        "gl.log_f(formula, data, m=2)",
        "gl.logit(formula, data, level=0.9)",
        "gl.logit(\"low ~ C(race, Treatment('white'))\", df)",
        "gl.logit(gl.design_arrays(df['low'], df[['age']], intercept=True))",
        "fit.confint().loc[['age']]",
        "fit.tidy(exponentiate=True)",
        "fit.margins(at='mean')",
        "fit.margins(discrete='binary')",
    ):
        eval(code, scope)


VALUES = {
    "control": lambda value: gl.logit("low ~ age", DF, control=value),
    "start": lambda value: gl.logit("low ~ age", DF, start=value),
    "weights": lambda value: gl.logit("low ~ age", DF, weights=value),
    "cluster": lambda value: gl.logit("low ~ age", DF, cluster=value),
    "event": lambda value: gl.logit("low ~ age", DF, event=value),
    "level": lambda value: gl.logit("low ~ age", DF, level=value),
    "power": lambda value: gl.firth("low ~ age", DF, power=value),
    "m": lambda value: gl.log_f("low ~ age", DF, m=value),
    "estimator": lambda value: gl.table("low ~ age", DF, estimator=value),
    "newdata": FIT.predict,
    "terms": lambda value: gl.profile(FIT, value),
    "variables": FIT.interpret,
    "at": lambda value: gl.reference_grid(FIT, value),
    "points": lambda value: gl.predictions(FIT, at=value),
    "path": FIT.report,
    "units": lambda value: FIT.odds_ratios(units=value),
    "variable": FIT.comparisons,
    "hypothesis": FIT.test,
    "combination": lambda value: gl.contrasts(FIT, value),
    "kind": FIT.with_cov,
    "plot": FIT.plot,
    "forest": gl.forest_plot,
}


@pytest.mark.parametrize(
    "value", [5j, object(), [object()], {"x": object()}, b"bytes", {1, 2}, lambda x: x, LogitResults()]
)
@pytest.mark.parametrize("option", VALUES)
def test_values_of_a_wrong_kind_are_our_errors(option, value):
    if option == "estimator" and inspect.isfunction(value):
        return  # a function of the user's own, whose errors are its own
    with pytest.raises(gl.errors.GlmlogitError):
        VALUES[option](value)


SINGLE = {
    "level": lambda value: FIT.confint(value),
    "method": lambda value: FIT.confint(method=value),
    "test": lambda value: gl.drop1(FIT, value),
    "outcome": lambda value: gl.two_by_two(DF, value, "smoke"),
    "exposure": lambda value: gl.two_by_two(DF, "low", value),
    "kind": lambda value: FIT.margins(kind=value),
    "adjust": lambda value: gl.pairwise(FIT, "race", adjust=value),
    "against": lambda value: FIT.validate(value),
    "variable": lambda value: gl.pairwise(FIT, value),
    "se": lambda value: gl.firth("low ~ age", DF, se=value),
    "power": lambda value: gl.firth("low ~ age", DF, power=value),
}


@pytest.mark.parametrize("value", [DF["low"], DF[["low"]], np.eye(2), np.array(["wald"])])
@pytest.mark.parametrize("option", SINGLE)
def test_a_column_where_one_value_belongs_is_refused_in_one_line(option, value):
    with pytest.raises(ArgumentError, match=rf"takes one value as {option}, not (pandas'|NumPy's)") as caught:
        SINGLE[option](value)
    assert "\n" not in str(caught.value)


def test_scalars_of_numpy_are_values():
    assert FIT.confint(np.float64(0.9)).equals(FIT.confint(0.9))
    assert FIT.confint(method=np.str_("wald")).equals(FIT.confint(method="wald"))


@pytest.mark.parametrize("strata", [5, object(), [5], 5j])
def test_strata_are_named(strata):
    with pytest.raises(DataError):
        gl.two_by_two(DF, "low", "smoke", strata=strata)


# --- names ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("code", sorted({word.code for word in NAMES.values() if word.code}))
def test_what_to_type_instead_runs(code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    DF.to_csv("births.csv", index=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        eval(code, {"gl": gl, "df": DF, "fit": FIT})


def test_every_name_mentioned_exists():
    texts = [f"{word.code} {word.note}" for word in NAMES.values()]
    texts += [option.advice for options in OPTIONS.values() for option in options]
    for text in texts:
        for name in re.findall(r"\bgl\.(\w+)", text):
            assert name in gl.__all__, text
        for name in re.findall(r"\bfit\.(\w+)", text):
            assert hasattr(FIT, name), text


def test_no_word_of_others_is_one_of_ours():
    for name in NAMES:
        assert name == name.casefold()
        assert name not in gl.__all__ or name in {"anova", "conditional"}
    assert not [name for name in OPTIONS if name != name.casefold()]


@pytest.mark.parametrize(
    ("owner", "name", "said"),
    [
        (gl, "emmeans", "gl.predictions(fit, by='race')"),
        (gl, "Anova", "gl.anova(fit, type=2)"),
        (gl, "lincom", "gl.contrasts"),
        (gl, "clogit", "not here yet"),
        (gl, "LogisticRegression", "design_arrays"),
        (gl, "odds_ratio", "did you mean odds_ratios, odds_ratio_curve?"),
        (FIT, "conf_int", "fit.confint()"),
        (FIT, "predict_proba", "fit.predict(df)"),
        (FIT, "tvalues", "fit.zvalues"),
        (FIT, "get_margeff", "fit.margins()"),
        (FIT, "prsquared", "gl.pseudo_r2(fit)"),
        (FIT, "residuals", "gl.residuals(fit)"),
        (FIT, "drop1", "gl.drop1(fit)"),
        (FIT, "predictions", "gl.predictions(fit)"),
        (FIT, "parms", "did you mean params?"),
        (FIT, "drop_1", "gl.drop1(fit)?"),
    ],
)
def test_attributes_of_other_programs(owner, name, said):
    with pytest.raises(AttributeError) as caught:
        getattr(owner, name)
    assert f"has no attribute {name!r}" in str(caught.value)
    assert said.replace("not here yet", "no such function here yet") in str(caught.value)
    assert not hasattr(owner, name)


def test_protocols_see_a_plain_object():
    for name in (
        "__array__",
        "__len__",
        "__deepcopy__",
        "_repr_mimebundle_",
        "__dataframe__",
        "__setstate__",
        "_repr_svg_",
    ):
        assert not hasattr(FIT, name) or hasattr(object, name)
    for other in (copy.copy(FIT), copy.deepcopy(FIT), pickle.loads(pickle.dumps(FIT))):
        assert other.params.equals(FIT.params)
        assert other.confint().equals(FIT.confint())
    assert pd.Series([FIT]).map(lambda fit: fit.nobs).tolist() == [189.0]
    assert np.array([FIT, FIT]).shape == (2,)


@pytest.mark.parametrize("name", ["coeffs", "column", "samples", "surfaces", "solutions"])
def test_what_is_there_for_analyses_is_not_advised(name):
    with pytest.raises(AttributeError) as raised:
        getattr(FIT, name)
    assert str(raised.value) == f"the fit has no attribute {name!r}"


def test_an_error_inside_a_property_is_not_hidden(monkeypatch):
    def broken(self):
        return self.no_such_thing_inside

    monkeypatch.setattr(gl.Fit, "rank", property(broken))
    with pytest.raises(AttributeError, match="no_such_thing_inside"):
        FIT.rank


# --- the page of the documentation ----------------------------------------------------------------
PAGE = Path(__file__).parents[2] / "docs" / "coming-from.md"
START = "<!-- made from the table of messages: python -m tests.test_other_words -->"


def page() -> str:
    """Tables by program, from the table that messages are made from."""
    lines = []
    for program in dict.fromkeys(word.program for word in NAMES.values()):
        lines += ["", f"## {program}", "", "| there | here |", "|---|---|"]
        for word in dict.fromkeys(word for word in NAMES.values() if word.program == program):
            names = ", ".join(f"`{name}`" for name, other in NAMES.items() if other == word)
            code = f"`{word.code}`" if word.code else ""
            text = (
                f"not yet. {word.note} {code and 'Meanwhile: ' + code}"
                if word.absent
                else f"{code} {word.note and f'({word.note})'}"
            )
            lines.append(f"| {names} | {re.sub('  +', ' ', text.strip())} |")
    return "\n".join(lines) + "\n"


def test_the_page_is_the_table_of_messages():
    assert PAGE.read_text(encoding="utf-8").partition(START + "\n")[2] == page()


# --- the wrapper ----------------------------------------------------------------------------------
@pytest.mark.parametrize("name", FUNCTIONS)
def test_checked_functions_keep_signature_name_and_pickle(name):
    function = FUNCTIONS[name]
    raw = inspect.unwrap(function)
    assert raw is not function
    assert checked(raw) is function
    assert inspect.signature(function) == inspect.signature(raw)
    assert (function.__name__, function.__doc__) == (raw.__name__, raw.__doc__)
    assert pickle.loads(pickle.dumps(function)) is function
    if inspect.isfunction(vars(gl.Fit).get(name)):
        assert vars(gl.Fit)[name] is function


def test_warnings_point_to_the_line_of_the_user():
    calls = (
        lambda: gl.logit("low ~ bwt", DF),
        lambda: gl.firth("low ~ age + twice", DF.assign(twice=2 * DF["age"])),
        lambda: gl.table("low ~ bwt", DF),
        lambda: gl.approximate_risk_ratio(2.0, 0.3),
        lambda: FIT.with_cov("HC3") and gl.logit("low ~ age", DF, control=gl.Control(max_iter=1)),
    )
    for call in calls:
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            call()
        assert seen
        assert {warning.filename for warning in seen} == {__file__}


def test_the_same_warning_of_two_lines_is_seen_twice():
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("default")
        gl.logit("low ~ bwt", DF)
        gl.logit("low ~ bwt", DF)
    assert [warning.category for warning in seen] == [SeparationWarning] * 2


def test_values_in_words():
    assert described("x" * 60).endswith("…'")
    assert described([1, 2]) == "a list of 2"
    assert described(gl.Fit) == "the class Fit"
    assert described(3) == "an int"


if __name__ == "__main__":
    PAGE.write_text(PAGE.read_text(encoding="utf-8").partition(START)[0] + START + "\n" + page(), encoding="utf-8")
