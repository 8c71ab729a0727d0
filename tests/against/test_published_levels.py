"""Tables that were published of outcomes with several levels, digit by digit as they were printed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl

FOLDER = Path(__file__).parents[1]
MODELS = FOLDER / "reference" / "models"


def printed(values, table):
    """Every number of a table as many decimals as it was printed with."""
    for key, text in table.items():
        decimals = len(text.partition(".")[2])
        assert f"{values[key]:.{decimals}f}" == text, (key, values[key])


def data(name):
    return pd.read_csv(MODELS / name)


# --- multinomial --------------------------------------------------------------------------------------
def test_agresti_alligators():
    """Agresti (2002), *Categorical Data Analysis*, 2nd edition, table 7.2: food by length and lake, against fish."""
    rows = data("multinomial/alligators.csv")
    rows["lake"] = pd.Categorical(rows["lake"], ["George", "Hancock", "Oklawaha", "Trafford"])
    rows["size"] = pd.Categorical(rows["size"], [">2.3", "<2.3"])
    fit = gl.multinomial("food ~ size + lake", rows, weights="freq", base="Fish")
    terms = ["Intercept", "size[T.<2.3]", *(f"lake[T.{lake}]" for lake in ("Hancock", "Oklawaha", "Trafford"))]
    table = {
        "Invertebrate": ("-1.55", "1.46 0.40", "-1.66 0.61", "0.94 0.47", "1.12 0.49"),
        "Reptile": ("-3.31", "-0.35 0.58", "1.24 1.19", "2.46 1.12", "2.94 1.12"),
        "Bird": ("-2.09", "-0.63 0.64", "0.70 0.78", "-0.65 1.20", "1.09 0.84"),
        "Other": ("-1.90", "0.33 0.45", "0.83 0.56", "0.01 0.78", "1.52 0.62"),
    }
    for food, cells in table.items():
        split = [cell.split() for cell in cells]
        printed(fit.params[food], {term: cell[0] for term, cell in zip(terms, split, strict=True)})
        printed(fit.bse[food], {term: cell[1] for term, cell in zip(terms, split, strict=True) if len(cell) > 1})


def test_agresti_alligators_goodness_of_fit():
    """The same, table 7.1 and p. 269: G² = 17.1 on 12 degrees of freedom over lake and size, 52.5 on 44 with gender."""
    rows = data("multinomial/alligators.csv")
    wide = rows.pivot_table(index=["lake", "size", "gender"], columns="food", values="freq", aggfunc="sum").fillna(0)
    counts = "cbind(Fish, Invertebrate, Reptile, Bird, Other) ~ lake + size"
    by_gender = gl.multinomial(counts, wide.reset_index())
    collapsed = gl.multinomial(counts, wide.groupby(["lake", "size"]).sum().reset_index())
    printed({"G2": collapsed.deviance, "df": collapsed.df_resid}, {"G2": "17.1", "df": "12"})
    printed({"G2": by_gender.deviance, "df": by_gender.df_resid}, {"G2": "52.5", "df": "44"})


def test_fox_womenlf():
    """Fox & Weisberg (2011), *An R Companion to Applied Regression*, §5.7: women's work by ``nnet::multinom``.

    It stops early: 6.894e-3 and 0.02146, as they are printed there, are 6.892e-3 and 0.02149.
    """
    rows = pd.read_csv(FOLDER / "data" / "womenlf.csv")
    fit = gl.multinomial("partic ~ hincome + children", rows, base="not.work")
    terms = ("Intercept", "hincome", "children[T.present]")
    printed(fit.params["fulltime"], dict(zip(terms, ("1.983", "-0.09723", "-2.5586"), strict=True)))
    printed(fit.bse["fulltime"], dict(zip(terms, ("0.4842", "0.02810", "0.3622"), strict=True)))
    printed(fit.params["parttime"], dict(zip(terms, ("-1.432", "0.00689", "0.021"), strict=True)))
    printed(fit.bse["parttime"], dict(zip(terms, ("0.5925", "0.02345", "0.469"), strict=True)))
    printed({"deviance": fit.deviance, "aic": fit.aic}, {"deviance": "422.9", "aic": "434.9"})


def test_stata_anes96():
    """Party identification in 1996: Stata 11's ``mlogit``, as statsmodels keeps it in its own tests of ``MNLogit``."""
    kept = pytest.importorskip("statsmodels.discrete.tests.results.results_discrete").Anes.mnlogit_basezero
    from statsmodels.datasets import anes96

    rows = anes96.load_pandas().data
    rows["logpopul"] = rows["logpopul"].astype(np.float32).astype(float)  # as Stata held it, says its log-likelihood
    fit = gl.multinomial("PID ~ logpopul + selfLR + age + educ + income", rows)
    own = fit.params.unstack("outcome"), fit.bse.unstack("outcome")
    order = ["logpopul", "selfLR", "age", "educ", "income", "Intercept"]
    np.testing.assert_allclose(own[0].loc[order], kept.params, rtol=2e-6)  # Stata's printed digits
    np.testing.assert_allclose(own[1].loc[order], kept.bse, rtol=2e-8)
    assert fit.llf == pytest.approx(kept.llf, abs=1e-8)
    assert fit.llnull == pytest.approx(kept.llnull, abs=1e-8)
    assert fit.glance()["lr_statistic"].item() == pytest.approx(kept.llr, abs=1e-8)
    assert fit.nobs == 944
    slopes = gl.margins(fit).pivot_table(index="variable", columns="outcome", values="estimate")
    np.testing.assert_allclose(slopes.loc[order[:5]], np.asarray(kept.margeff_dydx_overall)[:5], rtol=1e-4, atol=1e-7)


HOUSING = {
    "infl": ["Low", "Medium", "High"],
    "type": ["Tower", "Apartment", "Atrium", "Terrace"],
    "cont": ["Low", "High"],
    "sat": ["Low", "Medium", "High"],
}


def housing():
    rows = data("ordinal/housing.csv")
    return rows.assign(**{name: pd.Categorical(rows[name], order, ordered=False) for name, order in HOUSING.items()})


def test_mass_housing_multinomial():
    """Venables & Ripley (2002), *Modern Applied Statistics with S*, §7.3: ``multinom``, main effects and saturated."""
    main = gl.multinomial("sat ~ infl + type + cont", housing(), weights="freq")
    printed({"deviance": main.deviance, "aic": main.aic}, {"deviance": "3470.084", "aic": "3498.084"})
    saturated = gl.multinomial("sat ~ infl * type * cont", housing(), weights="freq")
    printed({"deviance": saturated.deviance}, {"deviance": "3431.422"})


# --- ordinal ------------------------------------------------------------------------------------------
def test_mass_housing_ordinal():
    """The same, §7.3, and the examples of ``polr``."""
    fit = gl.ordinal("sat ~ infl + type + cont", housing(), weights="freq", order=HOUSING["sat"])
    terms = ["infl[T.Medium]", "infl[T.High]", "type[T.Apartment]", "type[T.Atrium]", "type[T.Terrace]", "cont[T.High]"]
    estimates = ("0.5664", "1.2888", "-0.5724", "-0.3662", "-1.0910", "0.3603")
    printed(fit.params, dict(zip(terms, estimates, strict=True)) | {"Low|Medium": "-0.4961", "Medium|High": "0.6907"})
    printed(fit.bse, dict(zip(terms, ("0.1047", "0.1272", "0.1192", "0.1552", "0.1515", "0.0955"), strict=True)))
    printed(fit.bse, {"Low|Medium": "0.1248", "Medium|High": "0.1255"})
    printed({"deviance": fit.deviance, "aic": fit.aic}, {"deviance": "3479.149", "aic": "3495.149"})


def test_christensen_wine():
    """Christensen, *Cumulative Link Models for Ordinal Regression with the R Package ordinal*, vignette, §4."""
    rows = data("ordinal/wine.csv")
    fit = gl.ordinal("rating ~ temp + contact", rows)
    printed(fit.params, {"temp[T.warm]": "2.5031", "contact[T.yes]": "1.5278"})
    printed(fit.bse, {"temp[T.warm]": "0.5287", "contact[T.yes]": "0.4766"})
    printed(fit.params, {"1|2": "-1.3444", "2|3": "1.2508", "3|4": "3.4669", "4|5": "5.0064"})
    printed(fit.bse, {"1|2": "0.5171", "2|3": "0.4379", "3|4": "0.5978", "4|5": "0.7309"})
    printed({"llf": fit.llf, "aic": fit.aic}, {"llf": "-86.49", "aic": "184.98"})
    contact = gl.drop1(fit).loc["contact"]
    printed(contact, {"statistic": "11.043", "p_value": "0.0008902", "df": "1"})
    limits = fit.confint(method="profile")
    np.testing.assert_allclose(limits.loc["temp[T.warm]"], (1.5097627, 3.595225), rtol=2e-4)  # R interpolates
    np.testing.assert_allclose(limits.loc["contact[T.yes]"], (0.6157925, 2.492404), rtol=2e-4)
    apart = gl.ordinal("rating ~ temp + contact", rows, nonparallel="contact")
    cuts = {"[1|2]": "1.6151", "[2|3]": "1.5116", "[3|4]": "1.6748", "[4|5]": "1.0506"}
    printed(apart.params, {f"{cut}contact[T.yes]": value for cut, value in cuts.items()} | {"temp[T.warm]": "2.519"})
    errors = zip(cuts, ("1.1618", "0.5906", "0.6488", "0.8965"), strict=True)
    printed(apart.bse, {f"{cut}contact[T.yes]": value for cut, value in errors})
    test = gl.lr_test(apart, fit)
    printed({"statistic": test.statistic, "p": test.p_value}, {"statistic": "0.5667", "p": "0.904"})


def test_mccullagh_nelder_pneumoconiosis():
    """McCullagh & Nelder (1989), *Generalized Linear Models*, §5.6.1: coal miners, by log years of exposure."""
    rows = data("ordinal/pneumo_long.csv")
    fit = gl.ordinal("severity ~ log_exposure", rows, weights="n", order=["normal", "mild", "severe"])
    printed(fit.params, {"normal|mild": "9.676", "mild|severe": "10.582", "log_exposure": "2.597"})
