"""Models of ``tests/reference/models/penalised``: their data, what is expected of them, and what we say."""

from __future__ import annotations

import functools
from typing import Any

import model_reference
import numpy as np
import pandas as pd
from scipy.special import expit

import glmlogit as gl
from glmlogit.estimators.penalised import problem_of
from glmlogit.shrinkage.certificate import duality_gap

AREA = "penalised"
FOLDER = model_reference.FOLDER / AREA
BINARY = ("birthwt", "pima_tr", "sonar48")
OPTIONS: dict[str, dict[str, Any]] = {
    "lasso_unstd": {"standardize": False},
    "lasso_nonnegative": {"lower": 0.0},
    "ridge_capped": {"lower": -0.01, "upper": 0.01},
}


@functools.cache
def problems() -> dict[str, Any]:
    """All problems by name: ``model`` and ``values``."""
    return model_reference.problems(AREA)


def values(name: str) -> dict[str, Any]:
    """Expected values of a problem."""
    return problems()[name]["values"]


@functools.cache
def data(name: str) -> pd.DataFrame:
    """Its rows."""
    return pd.read_csv((FOLDER / problems()[name]["model"]["csv"]).resolve())


@functools.cache
def beside(name: str) -> pd.DataFrame:
    """Folds, weights and offsets of its rows: ``fold weight offset``."""
    return pd.read_csv(FOLDER / f"{name}_aux.csv")


def columns(name: str) -> tuple[list[str], np.ndarray]:
    """Names of the columns and the columns (n, p), without a constant; indicators of levels as formulaic calls them."""
    frame, terms = data(name), problems()[name]["model"]["terms"]
    made = []
    for term in terms:
        variable, _, level = term.partition("[T.")
        made.append(frame[variable[2:-1]] == level[:-1] if level else frame[term])
    return terms, np.column_stack(made).astype(float)


def design(name: str, *, weighted: bool = False) -> gl.Design:
    """The design, with a constant; with weights and offset where asked for."""
    terms, X = columns(name)
    aux = beside(name)
    more = {"weights": aux["weight"].to_numpy(float), "offset": aux["offset"].to_numpy(float)} if weighted else {}
    return gl.design_arrays(
        data(name)[problems()[name]["model"]["y"]].to_numpy(), X, names=terms, intercept=True, **more
    )


def fits() -> list[tuple[str, str]]:
    """Every problem of two outcomes with the names of its fits."""
    return [(name, fit) for name in BINARY for fit in values(name)["fits"]]


def fitted(name: str, fit: str) -> gl.Fit:
    """Our fit of what is expected."""
    expected, options = values(name)["fits"][fit], dict(OPTIONS.get(fit, {}))
    if fit.endswith("0_1_3"):
        options["penalty_factor"] = [0, 1, 3] + [1] * (len(expected["params"]) - 4)
    rows = design(name, weighted="weights" in fit)
    return gl.elastic_net(rows, penalty=float(expected["lambda"]), l1_ratio=float(expected["alpha"]), **options)


def answers(name: str) -> dict[str, Any]:
    """All that we say of a problem, in the form of its references."""
    if name not in BINARY:
        return {key: _of_levels(name, key) for key in values(name)}
    expected = values(name)
    found = {
        "fits": {fit: _fit(name, fit) for fit in expected["fits"]},
        "lambda_max": {key: _largest(name, key) for key in expected["lambda_max"]},
        "lambda_path_lasso": _path(name),
    }
    if "relaxed" in expected:
        found |= {"relaxed": _relaxed(name), "ridge_inference": _ridge(name), "debiased_exact_inverse": _debiased(name)}
        found |= _gaps(name)
    if "ridge_loo" in expected:
        found["ridge_loo"] = _left_out(name)
    return found


def _rows(name: str, fit: str) -> gl.Design:
    return design(name, weighted="weights" in fit)


def _fit(name: str, fit: str) -> dict[str, Any]:
    ours, rows = fitted(name, fit), _rows(name, fit)
    shrinkage, beta = ours.shrinkage, ours.params.to_numpy()
    offset = 0.0 if rows.offset is None else rows.offset
    weights = np.ones(len(rows.y)) if rows.weights is None else rows.weights / rows.weights.mean()
    eta = rows.X @ beta + offset
    loss = float((weights * (np.logaddexp(0.0, eta) - rows.y * eta)).mean())
    size, a = np.abs(shrinkage.scale * beta), shrinkage.l1_ratio
    penalty = float((shrinkage.effective_penalties * ((1 - a) / 2 * size**2 + a * size)).sum())
    slopes = np.abs(rows.X.T @ (weights * (rows.y - expit(eta)))) / len(rows.y)
    allowed = a * shrinkage.effective_penalties * shrinkage.scale
    zero = (beta == 0) & (slopes < allowed)  # larger slopes are of limits
    return {
        "params": ours.params.to_dict(),
        "objective": loss + penalty,
        "nonzero": int(np.count_nonzero(beta[1:])),
        "smallest_kkt_slack_over_lambda": float(((allowed - slopes) / shrinkage.scale)[zero].min() / shrinkage.penalty)
        if zero.any()
        else None,
    }


def _largest(name: str, key: str) -> float:
    options: dict[str, Any] = {"l1_ratio": {"enet0.5": 0.5, "ridge_glmnet": 0.0}.get(key, 1.0)}
    if "unstandardised" in key:
        options["standardize"] = False
    if key.endswith("0_1_3"):
        options["penalty_factor"] = [0, 1, 3] + [1] * (len(problems()[name]["model"]["terms"]) - 3)
    return float(gl.elastic_net_path(_rows(name, key), n_penalties=1, **options).penalties[0])


def _path(name: str) -> dict[str, float]:
    penalties = gl.elastic_net_path(design(name)).penalties
    ratio = float(values(name)["lambda_path_lasso"]["ratio"])
    assert penalties[-1] / penalties[0] - ratio < 1e-14
    return {"first": penalties[0], "second": penalties[1], "last": penalties[-1], "ratio": ratio}


def _relaxed(name: str) -> dict[str, dict[str, float]]:
    """The maximum-likelihood fit of the selected columns, and the mean of it and the lasso."""
    lasso, (terms, X) = fitted(name, "lasso_mid").params, columns(name)
    chosen = [j for j, term in enumerate(terms) if lasso[term] != 0]
    outcome = data(name)[problems()[name]["model"]["y"]].to_numpy()
    plain = gl.logit(gl.design_arrays(outcome, X[:, chosen], names=[terms[j] for j in chosen], intercept=True)).params
    relaxed = plain.reindex(lasso.index, fill_value=0.0)
    return {"gamma0": relaxed.to_dict(), "gamma0.5": ((relaxed + lasso) / 2.0).to_dict()}


def _ridge(name: str) -> dict[str, Any]:
    fit = gl.ridge(design(name), penalty=float(values(name)["fits"]["ridge"]["lambda"]))
    return {
        "df_effective": fit.df_effective,
        "se_levan": fit.with_cov("sampling").bse.to_dict(),
        "se_bayes": fit.bse.to_dict(),
    }


def _left_out(name: str) -> dict[str, float]:
    """Deviance of rows left out, by refits with the sum of weights times the penalty as it was, and by one step."""
    penalty, rows = float(values(name)["ridge_loo"]["lambda"]), design(name)
    fit, n = gl.ridge(rows, penalty=penalty), len(rows.y)
    X = rows.X[:, 1:] / fit.shrinkage.scale[1:]
    leverage = gl.influence(fit).table["hat"].to_numpy()
    p = fit.predict().to_numpy()
    eta = rows.X @ fit.params.to_numpy()
    one_step = eta - leverage * (rows.y - p) / (p * (1.0 - p) * (1.0 - leverage))
    exact = np.empty(n)
    for i in range(n):
        others = gl.design_arrays(np.delete(rows.y, i), np.delete(X, i, axis=0), intercept=True)
        beta = gl.ridge(others, penalty=penalty * n / (n - 1), standardize=False).params.to_numpy()
        exact[i] = beta[0] + X[i] @ beta[1:]
    deviances = [2.0 * float((np.logaddexp(0.0, eta) - rows.y * eta).mean()) for eta in (exact, one_step)]
    return {
        "mean_deviance_exact": deviances[0],
        "mean_deviance_one_step": deviances[1],
        "max_leverage": leverage.max(),
        "trace_hat": leverage.sum(),
    }


def _debiased(name: str) -> dict[str, dict[str, float]]:
    fit = fitted(name, "lasso_small")
    table, model = gl.debiased_lasso(fit), gl.debiased_lasso(fit, cov="model")
    return {
        "estimate": table["estimate"].to_dict(),
        "std_error": model["std_error"].to_dict(),
        "std_error_sandwich": table["std_error"].to_dict(),
    }


def _gaps(name: str) -> dict[str, float]:
    rows, fits = design(name), values(name)["fits"]
    middle = fitted(name, "lasso_mid").params.to_numpy()
    points = {
        "gap_at_lasso_mid_for_lasso_small": (middle, "lasso_small"),
        "gap_at_lasso_mid_for_enet_small": (middle, "enet_small"),
        "gap_at_zero_for_ridge": (np.zeros(len(middle)), "ridge"),
    }
    found = {}
    for key, (beta, fit) in points.items():
        penalty, ratio = (float(fits[fit][part]) for part in ("lambda", "alpha"))
        problem = problem_of(rows, ratio, True, None, None, None)
        found[key] = duality_gap(problem, penalty, beta)
    return found


def _of_levels(name: str, key: str) -> Any:
    """Of an outcome with several levels."""
    problem, rows = problems()[name], data(name)
    formula = f"{problem['model']['y']} ~ {' + '.join(problem['model']['terms'])}"
    if key == "lambda_max_lasso":
        return float(gl.elastic_net_path(formula, rows, n_penalties=1).penalties[0])
    expected = values(name)[key]
    strength = {"penalty": float(expected["lambda"]), "l1_ratio": float(expected["alpha"])}
    fit = gl.elastic_net(formula, rows, **strength, grouped=key == "grouped")
    found = {f"{level}|{term}": float(value) for (level, term), value in fit.params.items()}
    return {"params": found, "objective": _objective(problem["model"], rows, found, expected, grouped=key == "grouped")}


def _objective(
    model: dict[str, Any], rows: pd.DataFrame, params: dict[str, float], expected: dict[str, str], *, grouped: bool
) -> float:
    X = np.column_stack([np.ones(len(rows)), rows[model["terms"]].to_numpy(float)])
    beta = np.array(
        [[params[f"{level}|{term}"] for term in ("Intercept", *model["terms"])] for level in model["levels"]]
    )
    eta, y = X @ beta.T, pd.Categorical(rows[model["y"]], model["levels"]).codes
    loss = float((np.logaddexp.reduce(eta, axis=1) - eta[np.arange(len(y)), y]).mean())
    size, a = np.abs(beta * X.std(axis=0))[:, 1:], float(expected["alpha"])
    l1 = np.sqrt((size**2).sum(axis=0)).sum() if grouped else size.sum()
    return loss + float(expected["lambda"]) * float((1 - a) / 2 * (size**2).sum() + a * l1)
