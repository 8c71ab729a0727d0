"""The regression table of a paper: crude and adjusted odds ratios, variable by variable."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Unpack

import numpy as np
import pandas as pd

from glmlogit.data.spreads import usable_spread
from glmlogit.designs.container import Design
from glmlogit.designs.design import design
from glmlogit.designs.nested import subset
from glmlogit.documents.naming import said
from glmlogit.documents.style import PLAIN, Style, chosen, say, using
from glmlogit.errors import DataError
from glmlogit.estimate.estimate import Estimate
from glmlogit.estimators.fit import Fit
from glmlogit.estimators.logit import logit
from glmlogit.estimators.options import DesignOptions
from glmlogit.formula.spec import Term
from glmlogit.inference.evidence import Evidence, Method, by_method, check_method
from glmlogit.messages.labels import labels_of
from glmlogit.messages.options import check_level, names_given
from glmlogit.messages.units import NO_UNIT, Unit, named_units, unit_of
from glmlogit.publication.by_outcome import by_outcome, columns_of, weighted_note
from glmlogit.publication.metrics import metrics_of
from glmlogit.publication.model import (
    AssociationTable,
    ModelColumn,
    TableLine,
    TableOptions,
    compared,
    places_of,
)
from glmlogit.publication.page import PageOf
from glmlogit.publication.table_notes import notes_of, own_rows, understated
from glmlogit.publication.variables import TableVariable, variables_of
from glmlogit.reports.summary import require_no_robust

Estimator = Callable[..., Fit]


def table(
    formula: str,
    data: Any,
    *,
    estimator: Estimator | None = None,
    base: Any = None,
    order: Sequence[Any] | None = None,
    nonparallel: str | Sequence[str] = (),
    level: float = 0.95,
    method: str | None = None,
    units: Mapping[str, float | str] | str | None = None,
    continuous: str | Mapping[str, str] | None = None,
    metrics: bool | Sequence[str] = False,
    labels: Mapping[str, str | Mapping[Any, str]] | None = None,
    style: str | Style | None = None,
    digits: int | str | None = None,
    p_digits: int | None = None,
    language: str | None = None,
    **options: Unpack[DesignOptions],
) -> AssociationTable:
    """Make the table of a paper: counts, crude and adjusted odds ratios of every variable.

    Parameters
    ----------
    formula : str
        The adjusted model: ``"low ~ age + C(race)"``.
    data : table
        Rows with the columns that the formula names, of pandas, polars, pyarrow or DuckDB, or a dict of arrays.
    estimator : function, optional
        Fits every model, as ``estimator(design, level=level)``; such as ``gl.firth``, default ``gl.logit``. With
        ``gl.multinomial`` odds ratios are of each level of the outcome against the base, a column each; with
        ``gl.ordinal`` of being above any cut.
    base, order : optional
        The base of a multinomial outcome, the levels of an ordered one from lowest to highest, as these take them.
    nonparallel : str or list of str
        Of ``gl.ordinal`` the terms with an odds ratio for each cut, in their crude models too; then there is a column,
        and in the frame an ``outcome`` such as ``low|mid``, for each cut.
    level : float
        Confidence level of the limits.
    method : {"wald", "profile", "score"}, optional
        Limits and tests: by default profile likelihood and likelihood-ratio tests, where the likelihood allows them and
        they do not take long, else Wald.
    units : mapping of term to float, "iqr", "sd" or "2sd", or one of these, optional
        ``{"age": 10}`` gives the odds ratio for a difference of 10; ``"sd"`` standardised ones of every number, as in
        :func:`odds_ratios`.
    continuous : {"mean", "median"} or mapping of variable to either, optional
        Numbers by outcome, in place of how many rows there are: mean (standard deviation) or median (quartiles) of
        events and of non-events, or of each level of the outcome. ``{"lwt": "median"}`` shows others by their mean.
    metrics : bool or list of str
        A line of numbers of the adjusted model below the table, and the frame ``metrics`` of them: ``"n"``,
        ``"events"``, ``"aic"``, ``"bic"``, ``"llf"``, pseudo-R² by their names in :func:`pseudo_r2`, ``"auc"`` (the C
        statistic, DeLong's limits), ``"hosmer_lemeshow"``. True is the usual ones, and a note says which a fit cannot
        have.
    labels : mapping of variable or term to str or mapping of levels, optional
        Names to print: ``{"lwt": "Weight of mother, lb", "smoke": {0: "No", 1: "Yes"}}``; of a frame also those of its
        ``attrs["labels"]`` and ``attrs["value_labels"]``.
    style, digits, p_digits, language : optional
        As :func:`~glmlogit.style` takes them: ``style="jama"``, ``language="de"``.
    **options
        ``weights weight_type trials event offset cluster missing functions``, as :func:`~glmlogit.design` takes them.

    Returns
    -------
    AssociationTable
        Its ``frame``, by term: ``variable level reference n events``, then ``odds_ratio conf_low conf_high
        p_value``, each ``crude_`` and ``adjusted_``. P-values test a variable as a whole and stand in its first row.
        With ``units`` a column ``unit`` has the difference that the odds ratios of a row are for; with ``continuous``
        there are ``mean sd`` or ``median q1 q3``, of all, and with ``_events`` and ``_nonevents`` behind them. Of an
        outcome of several levels these have the levels behind them, there is a column ``n_`` of each in place of
        ``events``, and of a multinomial one a row for each ``outcome`` and ``term``; the p-value, of all outcomes
        together, stands with the first.

    Raises
    ------
    DataError, FormulaError
        As in :func:`~glmlogit.logit`, and for units or labels of what is not in the table.
    UnsupportedError
        For a model without intercept, for profile or score limits of a fit without a likelihood, and for a metric by
        name that the fit cannot have.

    Notes
    -----
    A crude model has one variable, and the rows of the adjusted model. P-values and limits are of one test: by
    default likelihood ratio, as in :func:`~glmlogit.drop1`; Wald with clusters, robust standard errors or sampling
    weights. With ``method="wald"`` a note names coefficients whose Wald test understates the evidence (Hauck & Donner
    1977), as in :func:`~glmlogit.summary`.
    A 0/1 variable is shown as two levels. Terms of the same variable (``x + I(x^2)``, splines) have no odds ratio
    and are tested together; a variable of an interaction has no adjusted one. *Matches* R's ``glm``, one model at
    a time. *Differs* from R's ``gtsummary`` and ``finalfit``, whose crude models use all rows they can, and which
    print the coefficient of a variable within an interaction. SAS leaves it blank, as here. Adjusted odds ratios
    of confounders are not effects of them (Westreich & Greenland 2013).

    Examples
    --------
    >>> model = gl.table("low ~ age + smoke", gl.datasets.birthwt())
    >>> model.frame[["crude_odds_ratio", "adjusted_odds_ratio"]].round(2)
              crude_odds_ratio  adjusted_odds_ratio
    term
    age                   0.95                 0.95
    smoke[0]              1.00                 1.00
    smoke                 2.02                 2.00
    """
    look = chosen(style, digits, p_digits, language)
    printed = TableOptions(
        check_level(level, 0.95),
        check_method(method),
        {},
        labels_of(labels, data),
        by_outcome=continuous is not None,
    )
    fitted = _estimator(estimator)
    named: dict[str, Any] = {key: value for key, value in (("base", base), ("order", order)) if value is not None}
    apart = names_given("nonparallel", nonparallel)
    named |= {"nonparallel": apart} if apart else {}
    rows, own = _rows(fitted, formula, data, printed.level, {**options, **named})
    variables = variables_of(rows, () if isinstance(units, str) else named_units(units, "term"))
    each = named_units(units, "term", [v.name for v in variables if v.numeric and not v.within])
    if continuous is not None:
        variables = by_outcome(rows, variables, continuous)
    _check_names(variables, each, labels, rows.outcome.name)
    printed = replace(printed, units={term: _unit(rows, term, unit) for term, unit in each.items()})
    adjusted = fitted(rows, level=printed.level) if own is None else own
    if printed.method not in (None, "wald"):
        require_no_robust(adjusted, str(printed.method))
    of_fit = metrics_of(adjusted, metrics, printed.level)
    crude = {v.name: _crude(fitted, rows, v, apart, printed.level) for v in variables if not v.joint}
    (lines, printed), more = by_method(adjusted, partial(_lines, variables, adjusted, crude, printed), printed.method)
    frame = _frame(adjusted, lines, printed)
    too_weak = understated(adjusted, crude) if printed.method == "wald" else ()
    of_rows = (*own_rows(rows, variables, data, options), *weighted_note(rows, variables))
    notes = (
        *of_rows,
        *notes_of(adjusted, crude, lines, printed.units),
        *more,
        *too_weak,
        *(of_fit.notes() if of_fit else ()),
    )
    page = PageOf((adjusted, frame, lines, notes, printed, partial(_test_text, adjusted, printed), of_fit))
    own_look, numbers = None if look == PLAIN else look, of_fit.frame if of_fit else None
    with using(labels=labels):
        return AssociationTable(frame, page(look), notes, adjusted, crude, own_look, page, numbers)


def _rows(
    estimator: Estimator, formula: str, data: Any, level: float, options: Mapping[str, Any]
) -> tuple[Design, Fit | None]:
    """The rows of the adjusted model, with its fit where the estimator makes them of a formula and data itself.

    A function of rows alone has those of an outcome with one event.
    """
    if estimator is logit or not _takes_formula(estimator):
        if alone := options.keys() & {"base", "order", "nonparallel"}:
            raise DataError(
                f"{alone.pop()}= is of an outcome of several levels; give estimator=gl.multinomial, or gl.ordinal "
                f"where they have an order"
            )
        return design(formula, data, **options), None
    adjusted = estimator(formula, data, level=level, **options)
    if levels := list(getattr(adjusted, "fits", ())):
        raise DataError(
            f"estimator= fits each level as a model of its own, and no test of a variable is of all of them: make a "
            f"table for each, gl.table(formula, data, event={levels[-1]!r}), or give estimator=gl.multinomial"
        )
    if not isinstance(adjusted, Fit):
        raise DataError(f"estimator= returned a {type(adjusted).__name__}; give a function that returns one fit")
    return adjusted.design, adjusted


def _crude(estimator: Estimator, rows: Design, variable: TableVariable, apart: Sequence[str], level: float) -> Fit:
    """The model of one variable, with a coefficient for each cut where it has them in the adjusted model."""
    own = [name for name in variable.names if name in apart]
    return estimator(subset(rows, variable.names), level=level, **({"nonparallel": own} if own else {}))


def _takes_formula(estimator: Estimator) -> bool:
    """Whether the first two arguments of a function are a formula and data."""
    try:
        names = list(inspect.signature(estimator).parameters)
    except ValueError:
        return False
    return names[:2] in (["formula", "data"], ["formula_or_design", "data"])


def _unit(rows: Design, term: str, unit: float | str) -> Unit:
    """The difference of a term, spreads over the observations."""
    column = rows.names.index(term)

    def spread(kind: str, typed: str) -> float:
        return usable_spread(rows.matrix.column(column), rows.described, kind, typed)

    return unit_of(term, unit, spread)


def _estimator(estimator: Estimator | None) -> Estimator:
    if estimator is not None and not callable(estimator):
        raise DataError(
            f"estimator={estimator!r} is no function; give one that fits a model, such as estimator=gl.firth"
        )
    return logit if estimator is None else estimator


def _check_names(
    variables: Sequence[TableVariable], units: Mapping[str, Any], labels: Mapping[str, Any] | None, outcome: str
) -> None:
    """Refuse units and labels of what is not in the table: they would be ignored."""
    numbers = [v.name for v in variables if v.numeric]
    for term in units:
        if term not in numbers:
            have = f"these are {', '.join(numbers)}" if numbers else "there is none"
            raise DataError(f"units name {term!r}, which is no numeric variable with an odds ratio; {have}")
    named = [name for v in variables for name in dict.fromkeys((v.variable, v.name))]
    terms = [row.term for v in variables for row in v.rows]
    own = labels_of(labels)
    for name in (*own.names, *own.levels):
        if name not in (*named, *terms, outcome):
            raise DataError(f"labels name {name!r}, which is not in the table; it has {', '.join(named)}")
        if name in own.levels and name != outcome:
            levels = [row.level for v in variables for row in v.rows if name in (v.name, v.variable)]
            _check_levels(name, own.levels[name], [level for level in levels if level is not None])


def _check_levels(name: str, labels: Mapping[Any, str], levels: Sequence[Any]) -> None:
    for value in labels:
        if value not in levels and str(value) not in map(str, levels):
            listed = ", ".join(map(str, levels)) or "none"
            raise DataError(f"labels name the level {value!r} of {name!r}, whose levels are {listed}")


_RATIO = ["odds_ratio", "conf_low", "conf_high"]
_REFERENCE = (1.0, math.nan, math.nan)


def _blank(variable: TableVariable, count: int) -> ModelColumn:
    shape = len(variable.rows), count
    return ModelColumn(np.full((*shape, 3), np.nan), np.zeros(shape, dtype=bool), None)


def _lines(
    variables: Sequence[TableVariable],
    adjusted: Estimate,
    crude: Mapping[str, Estimate],
    printed: TableOptions,
    method: Method,
) -> tuple[tuple[TableLine, ...], TableOptions]:
    """The lines by a method, and the options with it."""
    options = replace(printed, method=method)
    inference, count = options.evidence(adjusted), len(compared(adjusted))
    lines = []
    for v in variables:
        alone = crude.get(v.name)
        if alone is None:
            left = _blank(v, count)
        else:
            left = _side(v, alone, options.evidence(alone) if v.rated else None, options, count)
        right = _blank(v, count) if v.within else _side(v, adjusted, inference, options, count)
        lines.append(TableLine(v, left, right))
    return tuple(lines), options


def _side(
    variable: TableVariable, fit: Estimate, inference: Evidence | None, options: TableOptions, count: int
) -> ModelColumn:
    """The numbers of one model, of all ``count`` levels or cuts that have odds ratios of their own in the adjusted."""
    test, side = options.test(fit, _terms_of(fit, variable), inference), _blank(variable, count)
    if inference is None or not variable.rated:
        return replace(side, test=test)
    ratios, params = options.ratios(fit, inference), fit.params.to_numpy()
    for numbers, finite, row in zip(side.ratios, side.finite, variable.rows, strict=True):
        if row.reference:
            numbers[:] = _REFERENCE
        else:
            places = places_of(fit, row.term)
            numbers[:], finite[:] = ratios.loc[fit.terms[places], _RATIO], np.isfinite(params[places])
    return replace(side, test=test)


def _terms_of(fit: Estimate, variable: TableVariable) -> list[Term]:
    """The terms of the variable, with their columns in the fit."""
    return [term for term in fit.columns.terms if term.name in variable.names]


def _test_text(fit: Estimate, options: TableOptions) -> str:
    """Which tests the p-values are of, in the language of the style."""
    penalised = "penalised " if fit.capabilities.penalised else ""
    name = {"wald": "Wald", "profile": f"{penalised}likelihood-ratio", "score": f"{penalised}score"}[
        options.method or ""
    ]
    where = "at all cuts" if fit.sample.outcome.ordered else "in all levels of the outcome"
    several = say(f", {where} together") if len(compared(fit)) > 1 else ""
    text = f"{say('{tests} of a variable as a whole', tests=say(f'{name} tests'))}{several}"
    robust = fit.capabilities.undefined.likelihood or (
        "robust standard errors do not rest on the likelihood" if fit.capabilities.robust else ""
    )
    return f"{text}; {said(robust)}" if robust else text


def _frame(fit: Estimate, lines: Sequence[TableLine], options: TableOptions) -> pd.DataFrame:
    """The numbers: of an outcome of which several levels are compared with a base, a block of rows for each."""
    outcomes = compared(fit)
    blocks = [_block(fit, lines, options, k) for k in range(len(outcomes))]
    if outcomes == ("",):
        return blocks[0]
    return pd.concat(dict(zip(outcomes, blocks, strict=True)), names=["outcome"])


def _block(fit: Estimate, lines: Sequence[TableLine], options: TableOptions, k: int) -> pd.DataFrame:
    """The rows of all variables with the odds ratios of the k-th level that is compared, tests with the first."""
    pairs = [(line.variable, row) for line in lines for row in line.variable.rows]
    frame = pd.DataFrame(
        {
            "variable": [variable.variable for variable, _ in pairs],
            "level": pd.Series([row.level for _, row in pairs], dtype=object),
            "reference": [row.reference for _, row in pairs],
            "n": [row.n for _, row in pairs],
            **{name: [row.counts[i] if row.counts else math.nan for _, row in pairs] for i, name in _counted(fit)},
        }
    )
    if options.by_outcome:
        groups = fit.sample.outcome.levels or ("events", "nonevents")
        frame = frame.assign(**columns_of([line.variable for line in lines], groups))
    if options.units:
        units = [options.units.get(row.term, NO_UNIT) for _, row in pairs]
        frame["unit"] = [unit.size for unit in units]
        if any(unit.spread for unit in units):
            frame["unit_label"] = pd.Series([unit.label for unit in units], dtype=object)
    for side in ("crude", "adjusted"):
        sides = [getattr(line, side) for line in lines]
        frame[[f"{side}_{name}" for name in _RATIO]] = np.concatenate([part.ratios[:, k] for part in sides])
        frame[f"{side}_p_value"] = [p for part in sides for p in _first_row(part, k)]
    frame.index = pd.Index([row.term for _, row in pairs], name="term", dtype=object)
    return frame


def _counted(fit: Estimate) -> Iterator[tuple[int, str]]:
    """Names of the columns of counts, with their positions."""
    return enumerate([f"n_{level}" for level in fit.sample.outcome.levels] or ["events"])


def _first_row(side: ModelColumn, k: int) -> list[float]:
    p = math.nan if side.test is None or k else side.test.p_value
    return [p] + [math.nan] * (len(side.ratios) - 1)
