"""Reference fits of statsmodels, written to tests/reference/statsmodels.json.

Run from the repository root, after glm.R:  python tests/reference/statsmodels_glm.py

The models are those of glm.json. Not taken from statsmodels, because it is wrong or silent there:

- HC1 to HC3, which are HC0 in Logit and GLM;
- models with aliased columns, whose minimum-norm coefficients it returns without a word;
- ``nobs`` and what depends on it (BIC, df) under frequency weights;
- the log-likelihood under precision and sampling weights.

The cluster covariance has statsmodels' factor G/(G-1) * (n-1)/(n-k), not the G/(G-1) of R and Stata.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import statsmodels
import statsmodels.api as sm

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import references as ref

FACTOR = "G/(G-1)*(n-1)/(n-k)"


def why_not(case: ref.Case) -> str | None:
    """The reason to leave a model out, if there is one."""
    if case.reference["aliased"]:
        return "aliased columns: statsmodels returns the minimum-norm solution"
    return ref.not_in_formulaic(case)


def fit_model(case: ref.Case) -> tuple[str, Any]:
    """The call, for the record, and the fit."""
    X = ref.design_matrix(case)
    events, trials = ref.outcome(case)
    if (trials == 1).all() and set(case.options) <= {"event"}:
        options = {"method": "newton", "tol": 1e-12, "maxiter": 100, "disp": False}
        return "Logit(y, X).fit(method='newton', tol=1e-12, maxiter=100)", sm.Logit(events, X).fit(**options)
    return _fit_glm(case, X, events, trials)


def _fit_glm(case: ref.Case, X: pd.DataFrame, events: np.ndarray, trials: np.ndarray) -> tuple[str, Any]:
    y = np.column_stack([events, trials - events]) if (trials > 1).any() else events
    extra = {}
    if "weights" in case.options:
        kind = "freq_weights" if case.options["weight_type"] == "frequency" else "var_weights"
        extra[kind] = ref.column(case, "weights", 1.0)
    if "offset" in case.options:
        extra["offset"] = ref.column(case, "offset", 0.0)
    model = sm.GLM(y, X, family=sm.families.Binomial(), **extra)
    call = f"GLM(y, X, family=Binomial(), {', '.join(extra)}).fit(tol=1e-12, maxiter=100), twice from its params"
    fit = model.fit(tol=1e-12, maxiter=100)
    for _ in range(2):  # the standard errors come from the iterate before the last, as in R
        fit = model.fit(start_params=fit.params, tol=1e-12, maxiter=100)
    return call, fit


def result(case: ref.Case) -> dict[str, Any]:
    """One model's entry in the JSON."""
    call, fit = fit_model(case)
    weight_type = case.options.get("weight_type")
    llf = None if weight_type in ("precision", "sampling") else float(fit.llf)
    counted = weight_type == "frequency"
    return {
        "id": case.id,
        "data": case.reference["data"],
        "formula": case.formula,
        "options": case.options,
        "cluster": case.cluster,
        "call": call,
        "terms": list(fit.params.index),
        "params": fit.params.tolist(),
        "bse": fit.bse.tolist(),
        "vcov_model": fit.cov_params().to_numpy().tolist(),
        "llf": llf,
        "aic": None if llf is None else float(fit.aic),
        "deviance": float(fit.deviance) if hasattr(fit, "deviance") else -2 * float(fit.llf),
        "nobs": None if counted else float(fit.nobs),
        "vcov_cluster": _cluster(case, fit),
    }


def _cluster(case: ref.Case, fit: Any) -> dict[str, Any] | None:
    if case.cluster is None or case.options.get("weight_type"):
        return None
    groups = pd.factorize(case.frame[case.cluster].iloc[ref.rows(case)])[0]
    robust = fit.model.fit(
        start_params=fit.params, maxiter=100, disp=False, cov_type="cluster", cov_kwds={"groups": groups}
    )
    n, k, G = len(groups), len(fit.params), groups.max() + 1
    return {
        "column": case.cluster,
        "groups": int(G),
        "factor": FACTOR,
        "factor_value": float(G / (G - 1) * (n - 1) / (n - k)),
        "vcov": np.asarray(robust.cov_params()).tolist(),
    }


def main() -> None:
    """Fit what statsmodels can, and say what was left out and why."""
    cases = list(ref.cases())
    skipped = {case.id: reason for case in cases if (reason := why_not(case))}
    models = [result(case) for case in cases if case.id not in skipped]
    versions = {"statsmodels": statsmodels.__version__, "numpy": np.__version__, "pandas": pd.__version__}
    meta = {"tool": f"statsmodels {statsmodels.__version__}", "versions": versions, "skipped": skipped}
    lines = ",\n".join(json.dumps(model) for model in models)
    text = f'{{\n"meta": {json.dumps(meta)},\n"models": [{lines}]\n}}\n'
    (ref.REFERENCE / "statsmodels.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
