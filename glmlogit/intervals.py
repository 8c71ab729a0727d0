"""Confidence intervals and odds ratios."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from glmlogit._arrays import usable_spread
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.profiling import interval_table, limits

if TYPE_CHECKING:
    from glmlogit.fit import Fit

METHODS = ("wald", "profile", "score")


def check_level(level: float | None, default: float) -> float:
    """The confidence level asked for, or the fit's; an error unless it lies inside (0, 1)."""
    level = default if level is None else level
    if not (isinstance(level, (int, float, np.floating)) and 0 < level < 1):
        hint = f" (did you mean {level / 100:g}?)" if isinstance(level, (int, float)) and 1 < level < 100 else ""
        hint = "; rows are chosen from the result: fit.confint().loc[['age']]" if isinstance(level, str) else hint
        raise DataError(f"level={level!r} is no confidence level; give a number between 0 and 1{hint}")
    return float(level)


def confint(fit: Fit, level: float | None = None, method: str = "wald") -> pd.DataFrame:
    """Confidence limits of the coefficients.

    Parameters
    ----------
    fit : Fit
    level : float, optional
        Coverage; default that of the fit (0.95).
    method : {"wald", "profile", "score"}
        ``β ± z·SE`` with z the exact normal quantile (t with clusters) and SE from the fit's covariance;
        exact roots of the profile likelihood; or the values a score test does not reject.

    Returns
    -------
    DataFrame
        ``conf_low conf_high`` by term, on the log-odds scale; NaN for aliased terms, and for infinite
        estimates with ``"wald"``. A side without a limit is ±inf.

    Raises
    ------
    DataError
        For a level outside (0, 1) or an unknown method.
    UnsupportedError
        For profile or score limits of a fit without a likelihood.

    Notes
    -----
    *Matches* R's ``confint.default(glm)``, Stata's and statsmodels' default. *Differs* from R's
    ``confint(glm)``, which interpolates the profile likelihood.
    """
    if method not in METHODS:
        raise DataError(f"method={method!r} is not known; give one of {', '.join(map(repr, METHODS))}")
    level = check_level(level, fit.level)
    if method != "wald":
        return interval_table(fit, level, method)
    half = fit.reference.quantile(level) * fit.bse
    return pd.DataFrame({"conf_low": fit.params - half, "conf_high": fit.params + half})


def odds_ratios(
    fit: Fit,
    level: float | None = None,
    method: str = "wald",
    units: Mapping[str, float | str] | None = None,
    intercept: bool = False,
    reference_rows: bool = False,
) -> pd.DataFrame:
    """Odds ratios with confidence limits, the table of an epidemiological paper.

    Parameters
    ----------
    fit : Fit
    level : float, optional
    method : {"wald", "profile", "score"}
        As in :func:`confint`; limits are the exponentials of those. With ``"wald"`` an infinite estimate
        has the limit of the profile likelihood on its finite side.
    units : mapping of term to float, "iqr" or "sd", optional
        ``{"age": 10}`` gives the odds ratio for a difference of 10; ``"iqr"`` for the interquartile range of the
        column, ``"sd"`` for its standard deviation: of the people, by frequency weights and trials; sampling and
        precision weights are scaled to the number of observations, as Stata's ``summarize`` scales aweights.
    intercept : bool
        Include the constant, whose exponential is an odds, not an odds ratio.
    reference_rows : bool
        Add a row of 1 for each factor's reference level, and columns ``variable level reference``.

    Returns
    -------
    DataFrame
        ``odds_ratio conf_low conf_high p_value`` by term.

    Raises
    ------
    DataError
        For units of an unknown term, or a unit of 0.

    Notes
    -----
    exp(β ± z·SE) with z = 1.959964 at 95 %. *Matches* Stata's ``logit, or``, SAS's Wald limits and
    ``exp(confint.default(glm))`` in R.
    """
    scale = _unit_scale(fit, units)
    level = check_level(level, fit.level)
    table = confint(fit, level, method)
    if method == "wald":
        _one_sided_limits(fit, table, level)
    scaled = pd.DataFrame({"odds_ratio": fit.params, **table}).mul(scale, axis=0)
    flip = scale < 0
    scaled.loc[flip, ["conf_low", "conf_high"]] = scaled.loc[flip, ["conf_high", "conf_low"]].to_numpy()
    with np.errstate(over="ignore"):
        table = scaled.apply(np.exp)
    table["p_value"] = fit.pvalues
    if not intercept:
        constants = [fit.design.names[j] for t in fit.design.terms if t.order == 0 for j in t.columns]
        table = table.drop(index=constants)
    return with_reference_rows(fit, table) if reference_rows else table


def _one_sided_limits(fit: Fit, table: pd.DataFrame, level: float) -> None:
    """Profile limits for infinite estimates, which have no Wald limits."""
    if fit.capabilities.likelihood or not fit.maximum.separated:
        return
    for column, state in enumerate(fit.maximum.states):
        if state in ("+inf", "-inf"):
            with suppress(UnsupportedError):  # a profile that breaks off leaves NaN here; confint says why
                table.iloc[column] = limits(fit, column, level)


def _unit_scale(fit: Fit, units: Mapping[str, float | str] | None) -> pd.Series[float]:
    if units is not None and not isinstance(units, Mapping):
        raise DataError(f"units={units!r}: name the term and the size of its difference, such as {{'age': 10}}")
    scale = pd.Series(1.0, index=fit.params.index)
    for term, unit in (units or {}).items():
        if term not in scale.index:
            raise DataError(f"units name {term!r}, which is no term of the model; terms are {', '.join(scale.index)}")
        if unit in ("iqr", "sd"):
            column = fit.design.matrix.column(fit.design.names.index(term))
            size = usable_spread(column, fit.design.described, str(unit), f"units={{{term!r}: {unit!r}}}")
        else:
            size = unit if isinstance(unit, (int, float, np.number)) else np.nan
        if not np.isfinite(size) or size == 0:
            raise DataError(
                f"units={{{term!r}: {unit!r}}}: give the size of the difference, such as 10, or 'iqr' or 'sd' for the "
                f"interquartile range or standard deviation of the column"
            )
        scale[term] = float(size)
    return scale


def with_reference_rows(fit: Fit, table: pd.DataFrame) -> pd.DataFrame:
    """Add columns ``variable level reference`` and a row for each factor's reference level.

    The variable of an interaction is its term.
    """
    factors = fit.design.columns.factors
    home = {column: (factor, level) for factor in factors for level, column in factor.columns.items()}
    names = _variables(fit)
    rows: list[dict[str, Any]] = []
    done: set[str] = set()
    for term, values in zip(table.index, table.to_dict(orient="records"), strict=True):
        factor, level = home.get(str(term), (None, None))
        if factor is not None and factor.reference is not None and factor.expression not in done:
            done.add(factor.expression)
            rows.append(_reference_row(factor.expression, factor.variable, factor.reference))
        variable = factor.variable if factor else names[str(term)]
        place = {"variable": variable, "level": level, "reference": False}
        rows.append({"term": term, **{str(k): v for k, v in values.items()}, **place})
    columns = ["term", *table.columns, "variable", "level", "reference"]
    result = pd.DataFrame(rows, columns=columns).astype({**table.dtypes, "reference": bool}).set_index("term")
    result.index.name = table.index.name
    return result


def _variables(fit: Fit) -> dict[str, str]:
    """For each coefficient the variable its term reads; the term where that is not one variable."""
    return {
        fit.design.names[j]: term.variables[0] if term.order == 1 and len(term.variables) == 1 else term.name
        for term in fit.design.terms
        for j in term.columns
    }


def _reference_row(expression: str, variable: str, level: Any) -> dict[str, Any]:
    return {
        "term": f"{expression}[{level}]",
        "odds_ratio": 1.0,
        "conf_low": np.nan,
        "conf_high": np.nan,
        "p_value": np.nan,
        "variable": variable,
        "level": level,
        "reference": True,
    }
