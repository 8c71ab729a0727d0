"""What a proportional-odds fit says, in the form of its references."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pandas as pd
from model_reference import frame, problems

import glmlogit as gl
from glmlogit.likelihood.cumulative import cumulative_logit

AREA = "ordinal"
PROBLEMS = problems(AREA)
LEVELS = {
    "infl": ["Low", "Medium", "High"],
    "type": ["Tower", "Apartment", "Atrium", "Terrace"],
    "cont": ["Low", "High"],
}
FORMULAS = {"housing": "C(infl) + C(type) + C(cont)", "wine": "C(temp) + C(contact)", "pneumo": "log_exposure"}
# Where probabilities are predicted: all columns 0, or what the reference has.
FIRST = {"housing": {"infl": "Low", "type": "Tower", "cont": "Low"}, "wine": {"temp": "cold", "contact": "no"}}


def data_of(name):
    data = frame(AREA, PROBLEMS[name])
    for column in LEVELS.keys() & set(data.columns):
        data[column] = pd.Categorical(data[column], LEVELS[column])
    outcome, levels = (PROBLEMS[name]["model"][key] for key in ("y", "levels"))
    data[outcome] = pd.Categorical(data[outcome].astype(str), levels, ordered=True)
    return data


def fitted(name, formula=None, data=None, **options):
    model = PROBLEMS[name]["model"]
    rows = data_of(name) if data is None else data
    return gl.ordinal(f"{model['y']} ~ {formula or FORMULAS[name]}", rows, weights=model.get("weights"), **options)


def answers(name):
    """All that the references have of a problem, in their form."""
    return quantities(name) if name in FORMULAS else _separated(name)


def quantities(name):
    fit = fitted(name)
    overall = fit.glance().iloc[0]
    found = {
        "params": fit.params.to_dict(),
        "bse": fit.bse.to_dict(),
        "llf": fit.llf,
        "nobs": fit.nobs,
        "llnull": fit.llnull,
        "lr_model": {"statistic": overall["lr_statistic"], "df": overall["lr_df"], "p": overall["lr_p_value"]},
        "bse_HC0": gl.with_cov(fit, "HC0").bse.to_dict(),
        "bse_expected": fitted(name, se="expected").bse.to_dict(),
        "lr": {_variable(term): _tested(row) for term, row in gl.drop1(fit).iloc[1:].iterrows()},
        "score_parallel": _tested(gl.brant(fit, "score").table.loc["(all)"]),
        "score_parallel_observed": {"statistic": observed_score(fit), "df": gl.brant(fit, "score").table["df"].iloc[0]},
        "predict": _predicted(name, fit),
        "ame": _slopes(name),
    }
    observed = found["score_parallel_observed"]
    observed["p"] = _chi2(observed["statistic"], observed["df"])
    if "brant" in PROBLEMS[name]["values"]:
        found |= {"brant": _brant(name, fit), "nonparallel": _nonparallel(name, fit)}
    return found


def _variable(term):
    return {"(all)": "all"}.get(term, term.removeprefix("C(").removesuffix(")"))


def _tested(row):
    return {"statistic": row["statistic"], "df": row["df"], "p": row["p_value"]}


def _chi2(statistic, df):
    from scipy.stats import chi2

    return float(chi2.sf(statistic, df))


def observed_score(fit):
    """Score test of parallel lines by the observed information of the model without them."""
    likelihood = fit.maximum.likelihood
    names, constants = fit.design.names, fit.design.columns.constants
    wider = cumulative_logit(
        fit.design, likelihood.names, frozenset(name for j, name in enumerate(names) if j not in constants)
    )
    beta = np.zeros(wider.size)
    for own, shared in zip(wider.cuts, likelihood.cuts, strict=True):
        beta[own] = fit.params.to_numpy()[shared]
    at = wider.evaluate(beta)
    return float(at.score @ at.info.factor.solve(at.score))


def _predicted(name, fit):
    values = PROBLEMS[name]["values"]["predict"]
    point = FIRST.get(name) or {"log_exposure": float(values["x"][0])}
    table = fit.predict({key: [value] for key, value in point.items()}, interval="confidence").set_index("outcome")
    return {
        "outcomes": {
            level: {
                "estimate": row["estimate"],
                "std_error": row["std_error"],
                "conf_low_logit": row["conf_low"],
                "conf_high_logit": row["conf_high"],
            }
            for level, row in table.iterrows()
        }
    }


def _slopes(name):
    """Derivatives, as the references have them: of indicators that are numbers."""
    model, data = PROBLEMS[name]["model"], data_of(name)
    spelt = {term: f"d{k}" for k, term in enumerate(model["terms"]) if term.startswith("C(")}
    for term, column in spelt.items():
        variable, level = term[2:-1].split(")[T.")
        data[column] = (data[variable].astype(str) == level) * 1.0
    fit = fitted(name, " + ".join(spelt.get(term, term) for term in model["terms"]), data)
    term = PROBLEMS[name]["values"]["ame"]["term"]
    table = gl.margins(fit, spelt.get(term, term)).set_index("outcome")
    return table[["estimate", "std_error"]].to_dict("index")


def _brant(name, fit):
    result = gl.brant(fit)
    found = {_variable(term): _tested(row) for term, row in result.table.iterrows()}
    likelihood, data, model = fit.maximum.likelihood, data_of(name), PROBLEMS[name]["model"]
    found["binary_params"] = {}
    for cut, level in enumerate(likelihood.names[:-1]):
        above = data.assign(above=(data[model["y"]].cat.codes > cut).astype(int))
        separate = gl.logit(f"above ~ {FORMULAS[name]}", above, weights=model.get("weights")).params
        ratios = np.log(result.odds_ratios[f"> {level}"])
        assert all(math.isclose(ratios[term], separate[term], rel_tol=1e-11) for term in ratios.index)
        found["binary_params"][f">{level}"] = separate.to_dict()
    return found


def _nonparallel(name, fit):
    """Coefficients of the first cut, then what each later cut adds."""
    wider = fitted(name, nonparallel=FORMULAS[name].split(" + "))
    cuts = PROBLEMS[name]["model"]["levels"][:-1]
    slopes = wider.params.iloc[len(cuts) :].to_numpy().reshape(-1, len(cuts))
    added = (slopes[:, 1:] - slopes[:, :1]).T
    test = gl.lr_test(wider, fit)
    return {
        "params": [*wider.params.iloc[: len(cuts)], *slopes[:, 0], *added.ravel()],
        "llf": wider.llf,
        "lr": test.statistic,
        "df": test.df,
        "p": test.p_value,
    }


def _separated(name):
    counts = PROBLEMS[name]["model"]["counts"]
    data = pd.DataFrame(
        [(x, level, n) for x in (0, 1) for level, n in enumerate(counts[f"x={x}"])], columns=["x", "y", "n"]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = gl.ordinal("y ~ x", data, weights="n")
    report = gl.separation(fit)
    spelt = ("theta1", "theta2", "x")
    return {
        "kind": report.kind,
        "coefficients": dict(zip(spelt, map(str, report.coefficients), strict=True)),
        "finite": {
            key: {"estimate": estimate, "se": error}
            for key, estimate, error in zip(spelt, fit.params, fit.bse, strict=True)
        },
        "llf_sup": fit.llf,
    }
