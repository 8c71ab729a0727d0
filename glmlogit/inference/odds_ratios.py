"""Odds ratios with their limits: exponentials of coefficients, in chosen units, with rows for reference levels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from glmlogit.data.spreads import usable_spread
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.inference.evidence import Evidence, evidence
from glmlogit.messages.options import check_level
from glmlogit.messages.units import NO_UNIT, Unit, named_units, unit_of

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


def odds_ratios(
    fit: Estimate,
    level: float | None = None,
    method: str | None = None,
    units: Mapping[str, float | str] | str | None = None,
    intercept: bool = False,
    reference_rows: bool = False,
) -> pd.DataFrame:
    """Odds ratios with confidence limits, the table of an epidemiological paper.

    Parameters
    ----------
    fit : Fit
        The fit, of any estimator of this package.
    level : float, optional
        Confidence level, such as 0.9; default that of the fit (0.95).
    method : {"wald", "profile", "score"}, optional
        Limits ``exp(β ± z·SE)``, of the profile likelihood or of the score test; the p-value is that of the same test.
        Default: that of :func:`confint`. With ``"wald"`` an infinite estimate has the limit of the profile likelihood
        on its finite side, and the p-value of the likelihood-ratio test.
    units : mapping of term to float, "iqr", "sd" or "2sd", or one of these, optional
        ``{"age": 10}`` gives the odds ratio for a difference of 10; ``"iqr"`` for the interquartile range of the
        column, ``"sd"`` and ``"2sd"`` for one or two standard deviations: of the people, by frequency weights and
        trials; sampling and precision weights are scaled to the number of observations, as Stata's ``summarize`` scales
        aweights. ``units="sd"`` standardises every number; factors, 0/1 columns, curves and interactions stay as they
        are.
    intercept : bool
        Include the constant, whose exponential is an odds, not an odds ratio.
    reference_rows : bool
        Add a row of 1 for each factor's reference level, where it stands among the levels, and columns ``variable
        level reference``.

    Returns
    -------
    DataFrame
        ``odds_ratio conf_low conf_high p_value`` by term. Where infinite estimates rest on other tests than the
        rest, ``test`` says which: ``"wald"`` or ``"lr"``. With ``units``, ``unit`` is the difference that the odds
        ratio of each row is for, and of spreads ``unit_label`` says which: ``SD = 5.3``.

    Raises
    ------
    DataError
        For units of an unknown term or of one whose variable other terms hold as well, and a unit of 0.
    UnsupportedError
        As :func:`confint`, and where no level of the outcome is a base.

    Notes
    -----
    exp(β ± z·SE) with z = 1.959964 at 95 %. Limits exclude 1 where the p-value is below 1 − ``level``, and only
    there. Odds ratios per SD are x-standardised, exp(β·s) with s of the rows of the model (Long & Freese 2014); per two
    SD they compare with those of 0/1 variables (Gelman 2008). None are standardised by the outcome, whose latent scale
    has no unit. *Matches* Stata's ``logit, or``, SPost's ``listcoef`` (``e^bStdX``), SAS's Wald limits and
    ``exp(confint.default(glm))`` in R. *Differs* for penalised fits, whose limits and p-values are those of ``logistf``
    in R, not of ``brglm2`` or SAS.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + smoke", gl.datasets.birthwt())
    >>> fit.odds_ratios(units={"age": 10}).round(3)
           odds_ratio  conf_low  conf_high  p_value  unit
    term
    age         0.608     0.325      1.138    0.119  10.0
    smoke       1.997     1.063      3.753    0.032   1.0
    """
    inference = evidence(fit, check_level(level, fit.level), method).warned()
    return ratio_table(fit, inference, units, intercept, reference_rows)


def ratio_table(
    fit: Estimate,
    inference: Evidence,
    units: Mapping[str, Any] | str | None = None,
    intercept: bool = False,
    reference_rows: bool = False,
) -> pd.DataFrame:
    """The table of :func:`odds_ratios` from limits and tests that are known."""
    if fit.capabilities.undefined.ratios:
        raise UnsupportedError(fit.capabilities.undefined.ratios)
    each = _units(fit, units)
    scale = np.array([unit.size for unit in each])
    rows = {"odds_ratio": fit.params.to_numpy(), **inference.columns("conf_low", "conf_high")}
    with np.errstate(over="ignore", invalid="ignore"):
        ratio, low, high = (np.exp(np.asarray(values) * scale) for values in rows.values())
    columns: dict[str, Any] = {
        "odds_ratio": ratio,
        "conf_low": np.where(scale < 0, high, low),
        "conf_high": np.where(scale < 0, low, high),
        **inference.columns("p_value", "test"),
    }
    if units:
        columns["unit"] = scale
    if any(unit.spread for unit in each):
        columns["unit_label"] = np.array([unit.label for unit in each], dtype=object)
    terms = fit.terms
    if not intercept:
        constants = {j for term in fit.columns.terms if term.order == 0 for j in term.columns}
        inside = np.array([fit.coefs.column_of[k] not in constants for k in range(len(terms))], dtype=bool)
        columns, terms = {name: values[inside] for name, values in columns.items()}, terms[inside]
    table = pd.DataFrame(columns, index=terms)
    return with_reference_rows(fit, table) if reference_rows else table


def _units(fit: Estimate, units: Mapping[str, Any] | str | None) -> list[Unit]:
    """The unit of each coefficient, 1 where none is given."""
    each, names = [NO_UNIT] * fit.coefs.size, fit.columns.names
    chosen = named_units(units, "term", _numbers(fit) if isinstance(units, str) else None)
    for term, unit in chosen.items():
        if term not in names:
            raise DataError(f"units name {term!r}, which is no term of the model; terms are {', '.join(names)}")
        _refuse_shared(fit, term, chosen)
        column = names.index(term)
        size = unit_of(term, unit, partial(_spread, fit, column))
        for k in fit.coefs.of_columns([column]):
            each[k] = size
    return each


def _numbers(fit: Estimate) -> list[str]:
    """Columns that alone hold a number other than 0 and 1, of no other term: what is standardised."""
    return [name for name in columns_alone(fit) if not (_is_level(fit, name) or _is_binary(fit, name))]


def columns_alone(fit: Estimate) -> dict[str, int]:
    """Columns that are all that the model has of their variables, by name."""
    terms = fit.columns.terms
    uses = Counter(variable for term in terms for variable in dict.fromkeys(term.variables))
    alone = [term for term in terms if term.order == 1 and len(term.columns) == 1 and _only(term.variables, uses)]
    return {fit.columns.names[term.columns[0]]: term.columns[0] for term in alone}


def _only(variables: Iterable[str], uses: Mapping[str, int]) -> bool:
    """Whether no second term uses any of some variables."""
    return all(uses[variable] == 1 for variable in variables)


def _is_binary(fit: Estimate, name: str) -> bool:
    values = fit.rows.matrix.column(fit.columns.names.index(name))
    return bool(((values == 0.0) | (values == 1.0)).all())


def _spread(fit: Estimate, column: int, name: str, typed: str) -> float:
    """Interquartile range or standard deviation of a column, over the observations."""
    return usable_spread(fit.rows.matrix.column(column), fit.rows.described, name, typed)


def _refuse_shared(fit: Estimate, name: str, units: Mapping[str, Any]) -> None:
    """Refuse a unit of a variable that other columns hold too: a difference of it is not that of one column."""
    column = fit.columns.names.index(name)
    term = next(term for term in fit.columns.terms if column in term.columns)
    if term.order != 1 or len(term.variables) != 1 or _is_level(fit, name):
        return
    variable = term.variables[0]
    sharing = [sharer for sharer in fit.columns.terms if variable in sharer.variables]
    others = [fit.columns.names[j] for sharer in sharing for j in sharer.columns if j != column]
    if all(label in units for label in others):
        return
    within = list(dict.fromkeys(v for sharer in sharing for v in sharer.variables if v != variable))
    curved = any(sharer.order == 1 and len(sharer.variables) == 1 for sharer in sharing if sharer is not term)
    contrast = f"({variable} high, {variable} low)" if curved or len(term.columns) > 1 else f"{units[name]!r}"
    raise DataError(
        f"units name {name!r}, but a difference of {variable} also moves {', '.join(others[:3])}"
        f"{', …' if len(others) > 3 else ''}, so that exp(coefficient x unit) is not its odds ratio. Type "
        f"gl.stratum_odds_ratios(fit, {variable!r}, {f'{within!r}, ' if within else ''}contrast={contrast})"
    )


def _is_level(fit: Estimate, name: str) -> bool:
    """Whether a column stands for a level of a factor."""
    return any(name in factor.columns.values() for factor in fit.columns.factors)


def with_reference_rows(fit: Estimate, table: pd.DataFrame) -> pd.DataFrame:
    """Add columns ``variable level reference`` and a row for each factor's reference level, in the order of levels.

    Of several outcomes, or cuts, each has reference rows of its own. The variable of an interaction is its term.
    """
    home = {column: (factor, level) for factor in fit.columns.factors for level, column in factor.columns.items()}
    names, labels = _variables(fit), fit.terms
    rows: list[tuple[float, dict[str, Any]]] = []
    references: dict[tuple[Any, ...], tuple[float, dict[str, Any]]] = {}
    keys = table.index.to_frame(index=False)
    places = labels.get_indexer(table.index)
    records = zip(places, _records(keys), _records(table), strict=True)
    for row, (k, key, values) in enumerate(records):
        column = fit.columns.names[fit.coefs.column_of[int(k)]]
        factor, level = home.get(column, (None, None))
        cut = str(key["term"]).removesuffix(column)
        if factor is not None and factor.reference is not None:
            own = (key.get("outcome"), cut, factor.expression)
            behind = factor.levels.index(level) > factor.levels.index(factor.reference)
            if own not in references or not behind:
                reference = _reference_row(f"{cut}{factor.expression}", factor.variable, factor.reference)
                references[own] = (row - 0.5 if behind else row + 0.5, {**key, **reference})
        variable = factor.variable if factor else names[column]
        rows.append((row, {**key, **values, "variable": variable, "level": level, "reference": False}))
    columns = [*keys.columns, *table.columns, "variable", "level", "reference"]
    ordered = [row for _, row in sorted([*rows, *references.values()], key=itemgetter(0))]
    result = pd.DataFrame(ordered, columns=columns).astype({**table.dtypes, "reference": bool})
    return result.set_index(list(keys.columns))


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict(orient="records")]


def _variables(fit: Estimate) -> dict[str, str]:
    """For each coefficient the variable its term reads; the term where that is not one variable."""
    return {
        fit.columns.names[j]: term.variables[0] if term.order == 1 and len(term.variables) == 1 else term.name
        for term in fit.columns.terms
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
