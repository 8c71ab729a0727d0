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
IRIS = "species ~ sl + sw + pl + pw"
FISH = {"base": "Fish", "weights": "freq"}
SEPARATIONS = {
    **{f"separation_iris_base_{base}": (IRIS, {"base": base}) for base in ("setosa", "versicolor", "virginica")},
    "separation_alligators_main": ("food ~ C(lake) + C(size) + C(gender)", FISH),
    "separation_alligators_lake_by_size": ("food ~ C(lake) * C(size) + C(gender)", FISH),
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
    formula = model.get("formula", IRIS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = estimator or gl.multinomial
        return fit(formula, rows, weights=model.get("weights"), **options)


def separated_fit(name):
    formula, options = SEPARATIONS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return gl.multinomial(formula, frame(AREA, PROBLEMS[name]), **options)


def keyed(values):
    """A Series by (outcome, term) as a mapping by ``outcome|term``."""
    return {f"{outcome}|{term}": float(value) for (outcome, term), value in values.items()}


def answers(name):
    """All that the references have of a problem, in their form."""
    if name in SEPARATIONS:
        return _separated(name)
    firth = fit_of(name, gl.firth)
    found = {
        "firth": {
            "params": keyed(firth.params),
            "bse": keyed(firth.bse),
            "llf": firth.llf,
            "llf_penalised": firth.surface.top,
        }
    }
    if name not in FITTED:
        return found
    model = PROBLEMS[name]["model"]
    separate = gl.one_vs_rest(model["formula"], data_of(PROBLEMS[name]), weights=model.get("weights"))
    found["one_vs_rest"] = {
        level: {"params": fit.params.to_dict(), "llf": fit.llf} for level, fit in separate.fits.items()
    }
    return found | quantities(name, fit_of(name))


def _separated(name):
    fit = separated_fit(name)
    report, params, errors = gl.separation(fit), keyed(fit.params), keyed(fit.bse)
    states = {f"{k}|{term}": str(state) for (k, term), state in report.coefficients.items()}
    return {
        "kind": report.kind,
        "coefficients": states,
        "llf_sup": fit.llf,
        "finite": {key: {"estimate": params[key], "se": errors[key]} for key in params},
        **_pairs(fit.maximum),
    }


def _pairs(maximum):
    """Different signed rows, and how many of them are separated."""
    likelihood = maximum.likelihood
    everything = np.ones(len(likelihood.pairs.rows), dtype=bool)
    separated = np.zeros_like(everything) if maximum.cone is None else maximum.cone.separated
    signed = [likelihood.raised(rows, np.arange(likelihood.size)) for rows in (everything, separated)]
    return dict(zip(("pairs", "separated_pairs"), (len(np.unique(rows, axis=0)) for rows in signed), strict=True))


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
    found["bases"] = {}
    for base in PROBLEMS[name]["values"]["bases"]:
        moved = fit.with_base(base)
        found["bases"][base] = {"params": keyed(moved.params), "bse": keyed(moved.bse)}
    found["hausman"] = {
        row.level: {"statistic": row.statistic, "df": row.df, "p": row.p_value}
        for row in _table(gl.hausman(fit, *model["iia"]))
    }
    found["combine"] = {f"{a}={c}": _combined(fit, a, c) for a, c in model.get("combine", ())}
    found |= _effects(name, fit, model)
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


def _table(frame):
    return frame.itertuples()


def _combined(fit, a, c):
    wald, lr = (gl.distinguishable(fit, a, c, test=test).iloc[0] for test in ("wald", "lr"))
    return {
        "wald": wald["statistic"],
        "df": wald["df"],
        "p_wald": wald["p_value"],
        "lr": lr["statistic"],
        "p_lr": lr["p_value"],
        "llf_constrained": fit.llf - lr["statistic"] / 2.0,
    }


def _effects(name, fit, model):
    found = {"predict": [], "ame": {}, "discrete": {}}
    for point in model.get("at", ()):
        values = {key: [value] for key, value in point.items() if ":" not in key}
        logit, plain = (fit.predict(values, interval="confidence", scale=scale) for scale in ("logit", "probability"))
        outcomes = {}
        for a, b in zip(_table(logit), _table(plain), strict=True):
            outcomes[a.outcome] = {
                "estimate": a.estimate,
                "std_error": a.std_error,
                "std_error_logit": a.std_error / a.estimate / (1.0 - a.estimate),
                "conf_low_logit": a.conf_low,
                "conf_high_logit": a.conf_high,
                "conf_low_plain": b.conf_low,
                "conf_high_plain": b.conf_high,
            }
        found["predict"].append({"outcomes": outcomes})
    for key in ("ame", "discrete"):
        for variable in model.get(key, ()):
            for row in _table(fit.margins(variable, discrete=[variable] if key == "discrete" else None)):
                found[key][f"{variable}|{row.outcome}"] = {"estimate": row.estimate, "std_error": row.std_error}
    return found
