"""Selection in one part of the rows, tests in the other, over many splits."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from typing import Any, Unpack

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.designs.container import Design
from glmlogit.designs.nested import subset
from glmlogit.errors import DataError, GlmlogitError, GlmlogitWarning
from glmlogit.estimators.elastic_net import at_penalty
from glmlogit.estimators.elastic_net_cv import elastic_net_cv
from glmlogit.estimators.firth import NO_CLASS_WEIGHTS, rows_of
from glmlogit.estimators.logit import logit
from glmlogit.estimators.options import FitOptions
from glmlogit.estimators.penalised import check_penalty, check_ratio, problem_of
from glmlogit.messages.options import check_count
from glmlogit.messages.progress import shown
from glmlogit.messages.words import plural
from glmlogit.shrinkage.solve import End

Array = npt.NDArray[np.float64]

# Smallest quantile of p-values over splits (Meinshausen, Meier & Bühlmann 2009, §2.2).
LEAST_QUANTILE = 0.05


def split_inference(
    formula_or_design: str | Design,
    data: Any = None,
    *,
    penalty: float | None = None,
    l1_ratio: float = 1.0,
    splits: int = 50,
    seed: int = 0,
    **options: Unpack[FitOptions],
) -> pd.DataFrame:
    """p-values of terms after selection: a lasso of one half of the rows selects, the other half is fitted and tested.

    Parameters
    ----------
    formula_or_design : str or Design
        ``"low ~ smoke + age + …"`` with ``data``, or a design made before.
    data : table
        Rows with the columns that the formula names, of pandas, polars, pyarrow or DuckDB, or a dict of arrays.
    penalty : float, optional
        λ of the lasso; default the best of five folds in each half.
    l1_ratio : float
        Share of the lasso in the penalty.
    splits : int
        How many times rows are split.
    seed : int
        Seed of the splits.
    **options
        ``weights weight_type trials event offset cluster missing functions``, as :func:`~glmlogit.design` takes them.

    Returns
    -------
    DataFrame by term
        ``selected``, the share of splits in which a lasso took the term; ``p_value``, over all splits; the median of
        ``estimate`` where it was selected.

    Raises
    ------
    DataError
        For fewer than two events or non-events in a half.

    Notes
    -----
    Wasserman & Roeder 2009; p-values of a split times the number of columns selected, 1 where a column was not, and
    over splits ``min(1, (1 − log 0.05) inf Q(γ)/γ)``, γ from 0.05 to 1 (Meinshausen, Meier & Bühlmann 2009, eq. 2.3):
    they hold the familywise error, and are valid as long as the lassos take all columns that matter. Halves have the
    same share of events, rows of a cluster stay together. *Matches* R's ``hdi::multi.split`` in its rule.

    Examples
    --------
    >>> formula = "low ~ smoke + age + lwt + ht + ui"
    >>> table = gl.split_inference(formula, gl.datasets.birthwt(), penalty=0.02, splits=20)
    >>> table.loc[["lwt", "age"]].round(3)
          selected  estimate  p_value
    term
    lwt        1.0    -0.016      1.0
    age        0.8    -0.015      1.0
    """
    check_count("splits", splits)
    ratio = check_ratio(l1_ratio)
    if penalty is not None:
        check_penalty(penalty)
    rows = rows_of(formula_or_design, data, options, NO_CLASS_WEIGHTS)
    columns = [j for j in range(rows.n_columns) if j not in rows.constants[:1]]
    names = [rows.names[j] for j in columns]
    p_values, estimates = np.ones((splits, len(names))), np.full((splits, len(names)), np.nan)
    halves = _halves(rows, splits, np.random.default_rng(seed))
    for k, (first, second) in enumerate(shown(halves, splits, "splits")):
        chosen = _chosen(rows.with_weights(first), penalty, ratio)
        table = _tested(rows, second, chosen)
        if table is None:
            continue
        inside = [i for i, name in enumerate(names) if name in table.index]
        rest = table.loc[[names[i] for i in inside]]
        p_values[k, inside] = np.minimum(1.0, rest["p_value"].fillna(1.0) * len(inside))
        estimates[k, inside] = rest["estimate"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # columns that no split selected
        median = np.nanmedian(estimates, axis=0)
    selected = np.isfinite(estimates).mean(axis=0)
    over = np.array([aggregated(p_values[:, j]) for j in range(len(names))])
    return pd.DataFrame({"selected": selected, "estimate": median, "p_value": over}, index=pd.Index(names, name="term"))


def aggregated(p_values: Array) -> float:
    """One p-value of those of many splits (B,): ``min(1, (1 − log γ₀) inf Q(γ)/γ)``."""
    ordered = np.sort(p_values)
    if len(ordered) == 1:
        return float(ordered[0])
    share = np.arange(1, len(ordered) + 1) / len(ordered)
    usable = share >= LEAST_QUANTILE
    smallest = float((ordered[usable] / share[usable]).min())
    return min(1.0, (1.0 - math.log(LEAST_QUANTILE)) * smallest)


def _halves(rows: Design, splits: int, generator: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    """Weights (n,) of rows in two halves with the same share of events, clusters whole."""
    units = np.arange(rows.n_rows) if rows.cluster is None else rows.cluster_codes()
    events = np.bincount(units, rows.y)
    if min(rows.event_totals) < 4 or len(events) < 4:
        seen, others = rows.event_totals
        inside = "" if rows.cluster is None else f" in {plural(len(events), 'cluster')}"
        raise DataError(
            f"halves of these rows have no model: there are {plural(seen, 'event')} and "
            f"{plural(others, 'non-event')}{inside}, and each half needs two of both. Check the coding of "
            f"{rows.outcome.name} and the rows selected"
        )
    weights = np.ones(rows.n_rows) if rows.weights is None else rows.weights
    for _ in range(splits):
        order = np.lexsort((generator.random(len(events)), events))
        part = np.empty(len(events), dtype=np.intp)
        part[order] = (np.arange(len(events)) + generator.integers(2)) % 2
        first = part[units] == 0
        yield np.where(first, weights, 0.0), np.where(first, 0.0, weights)


def _chosen(rows: Design, penalty: float | None, ratio: float) -> set[str]:
    """Terms with a column that a lasso of some rows takes."""
    if penalty is None:
        beta = elastic_net_cv(rows, l1_ratio=ratio, folds=5, n_penalties=30, min_ratio=0.01).fit.params.to_numpy()
    else:
        point = at_penalty(problem_of(rows, ratio, standardize=True), penalty)
        beta = point.beta if point.end is End.CONVERGED else np.zeros(rows.n_columns)
    active = set(np.flatnonzero(beta).tolist())
    return {term.name for term in rows.terms if term.order and active & set(term.columns)}


def _tested(rows: Design, weights: Array, chosen: set[str]) -> pd.DataFrame | None:
    """Estimates and p-values of the model of some terms in the rows with weights (n,); None where it has none."""
    if not chosen:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GlmlogitWarning)
        try:
            fit = logit(subset(rows, sorted(chosen)).with_weights(weights))
        except GlmlogitError:
            return None
    p_values = fit.pvalues if not fit.coefs.separated else fit.tidy(method="profile").set_index("term")["p_value"]
    return pd.DataFrame({"estimate": fit.params, "p_value": p_values})
