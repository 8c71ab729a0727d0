"""What a multinomial fit says, in the form of its references: numbers by ``outcome|term``."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from model_reference import frame, problems

import glmlogit as gl

AREA = "multinomial"
PROBLEMS = problems(AREA)
FITTED = [name for name, problem in PROBLEMS.items() if "params" in problem["values"]]
FORMULAS = {
    "separation_iris": "species ~ sl + sw + pl + pw",
    "separation_alligators_main": "food ~ C(lake) + C(size) + C(gender)",
    "separation_alligators_lake_by_size": "food ~ C(lake) * C(size)",
}


def data_of(problem):
    rows, model = frame(AREA, problem), problem["model"]
    if "levels" in model:
        rows[model["y"]] = pd.Categorical(rows[model["y"]], model["levels"])
    for name, levels in model.get("factors", {}).items():
        rows[name] = pd.Categorical(rows[name], levels)
    return rows


def fit_of(name, estimator=None, **options):
    problem = PROBLEMS[name]
    model, rows = problem["model"], data_of(problem)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = estimator or gl.multinomial
        return fit(model["formula"], rows, weights=model.get("weights"), **options)


def keyed(values):
    """A Series by (outcome, term) as a mapping by ``outcome|term``."""
    return {f"{outcome}|{term}": float(value) for (outcome, term), value in values.items()}


def tested(result):
    return {"statistic": result.statistic, "df": result.df, "p": result.p_value}


def quantities(name, fit):
    """All that the references have of a fit by one name each."""
    model = PROBLEMS[name]["model"]
    overall = fit.glance().iloc[0]
    terms = {term.name: term for term in fit.columns.terms}
    found = {
        "params": keyed(fit.params),
        "bse": keyed(fit.bse),
        "llf": fit.llf,
        "pvalues": keyed(fit.pvalues),
        "llnull": fit.llnull,
        "nobs": fit.nobs,
        "deviance": fit.deviance,
        "aic": fit.aic,
        "bic": fit.bic,
        "mcfadden": overall["mcfadden"],
        "cov_first_row": keyed(fit.cov_params().iloc[0]),
        "lr_model": {"statistic": overall["lr_statistic"], "df": overall["lr_df"], "p": overall["lr_p_value"]},
        "bse_HC0": keyed(fit.with_cov("HC0").bse),
        "bse_robust_stata": keyed(fit.with_cov("HC0").bse * np.sqrt(fit.nobs / (fit.nobs - 1.0))),
    }
    by_columns = {frozenset(fit.columns.names[j] for j in term.columns): term.name for term in terms.values()}
    for key, test in (("lr", "lr"), ("wald", "wald")):
        table = gl.drop1(fit, test=test)
        found[key] = {}
        for variable, columns in model["drops"].items():
            term = by_columns.get(frozenset(columns))
            if term in table.index:
                row = table.loc[term]
                found[key][variable] = {"statistic": row["statistic"], "df": row["df"], "p": row["p_value"]}
    return found
