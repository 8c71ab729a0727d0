"""The regression table of a paper: crude and adjusted odds ratios, variable by variable."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Unpack

import numpy as np
import pandas as pd

from glmlogit.columns.formula_columns import of_formula
from glmlogit.designs import inputs
from glmlogit.designs.container import Design
from glmlogit.designs.design import design
from glmlogit.designs.nested import subset
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.estimate.estimate import Estimate
from glmlogit.estimators.fit import Fit
from glmlogit.estimators.logit import logit
from glmlogit.estimators.options import DesignOptions
from glmlogit.formula.spec import Term
from glmlogit.inference import hauck_donner
from glmlogit.inference.evidence import Evidence, check_method, is_long, too_long
from glmlogit.inference.profile_path import why_no_profile
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_level
from glmlogit.messages.units import named_units, size_of
from glmlogit.messages.words import plural
from glmlogit.numerics.arrays import usable_spread
from glmlogit.publication.model import AssociationTable, ModelColumn, TableLine, TableOptions
from glmlogit.publication.page import page as page_of
from glmlogit.publication.variables import TableVariable, variables_of
from glmlogit.reports.summary import require_no_robust

Estimator = Callable[..., Fit]

# Events for each coefficient below which a note warns (Peduzzi et al. 1996).
FEW_EVENTS = 10.0


def table(
    formula: str,
    data: Any,
    *,
    estimator: Estimator | None = None,
    level: float = 0.95,
    method: str | None = None,
    units: Mapping[str, float | str] | None = None,
    labels: Mapping[str, str] | None = None,
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
        Fits every model, as ``estimator(design, level=level)``; such as ``gl.firth``, default ``gl.logit``.
    level : float
        Confidence level of the limits.
    method : {"wald", "profile", "score"}, optional
        Limits and tests: by default profile likelihood and likelihood-ratio tests, where the likelihood allows them and
        they do not take long, else Wald.
    units : mapping of term to float, "iqr" or "sd", optional
        ``{"age": 10}`` gives the odds ratio for a difference of 10.
    labels : mapping of variable or term to str, optional
        Names to print: ``{"lwt": "Weight of mother, lb"}``.
    **options
        ``weights weight_type trials event offset cluster missing functions``, as :func:`~glmlogit.design` takes them.

    Returns
    -------
    AssociationTable
        Its ``frame``, by term: ``variable level reference n events``, then ``odds_ratio conf_low conf_high
        p_value``, each ``crude_`` and ``adjusted_``. P-values test a variable as a whole and stand in its first row.
        With ``units`` a column ``unit`` has the difference that the odds ratios of a row are for.

    Raises
    ------
    DataError, FormulaError
        As in :func:`~glmlogit.logit`, and for units or labels of what is not in the table.
    UnsupportedError
        For a model without intercept, and for profile or score limits of a fit without a likelihood.

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
    rows = design(formula, data, **options)
    printed = TableOptions(
        check_level(level, 0.95), check_method(method), named_units(units, "term"), _mapping("labels", labels)
    )
    fitted = _estimator(estimator)
    variables = variables_of(rows, printed.units)
    _check_names(variables, printed)
    printed = replace(printed, units={term: _size(rows, term, unit) for term, unit in printed.units.items()})
    adjusted = fitted(rows, level=printed.level)
    if printed.method not in (None, "wald"):
        require_no_robust(adjusted, str(printed.method))
    crude = {v.name: fitted(subset(rows, v.names), level=printed.level) for v in variables if not v.joint}
    lines, printed, more = _by_method(variables, adjusted, crude, printed)
    frame = _frame(lines, printed)
    apart = _understated(adjusted, crude) if printed.method == "wald" else ()
    notes = (*_own_rows(rows, variables, data, options), *_notes(adjusted, crude, lines), *more, *apart)
    page = page_of(adjusted, frame, lines, notes, printed, _test_text(adjusted, printed))
    return AssociationTable(frame, page, notes, adjusted, crude)


def _size(rows: Design, term: str, unit: float | str) -> float:
    """The size of a difference of a term, spreads over the observations."""
    column = rows.names.index(term)

    def spread(kind: str, typed: str) -> float:
        return usable_spread(rows.matrix.column(column), rows.described, kind, typed)

    return size_of(term, unit, spread)


def _mapping(option: str, mapping: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if mapping is not None and not isinstance(mapping, Mapping):
        raise DataError(f"{option}={mapping!r}: name the term and its label, such as {{'lwt': 'Weight of mother'}}")
    return mapping or {}


def _estimator(estimator: Estimator | None) -> Estimator:
    if estimator is not None and not callable(estimator):
        raise DataError(
            f"estimator={estimator!r} is no function; give one that fits a model, such as estimator=gl.firth"
        )
    return logit if estimator is None else estimator


def _check_names(variables: Sequence[TableVariable], options: TableOptions) -> None:
    """Refuse units and labels of what is not in the table: they would be ignored."""
    numbers = [v.name for v in variables if v.numeric]
    for term in options.units:
        if term not in numbers:
            have = f"these are {', '.join(numbers)}" if numbers else "there is none"
            raise DataError(f"units name {term!r}, which is no numeric variable with an odds ratio; {have}")
    named = [name for v in variables for name in dict.fromkeys((v.variable, v.name))]
    for name in options.labels:
        if name not in named:
            raise DataError(f"labels name {name!r}, which is not in the table; it has {', '.join(named)}")


_RATIO = ["odds_ratio", "conf_low", "conf_high"]
_REFERENCE = [1.0, math.nan, math.nan]


def _blank(variable: TableVariable) -> ModelColumn:
    n = len(variable.rows)
    return ModelColumn(np.full((n, 3), np.nan), (False,) * n, None)


def _by_method(
    variables: Sequence[TableVariable], adjusted: Estimate, crude: Mapping[str, Estimate], options: TableOptions
) -> tuple[tuple[TableLine, ...], TableOptions, tuple[Note, ...]]:
    """The lines by the method asked for; by default by profile likelihood where it can be had, else by Wald's."""
    if options.method is not None:
        return _lines(variables, adjusted, crude, options), options, ()
    wald = replace(options, method="wald")
    why: tuple[Note, ...] = ()
    if not why_no_profile(adjusted):
        profile = replace(options, method="profile")
        if is_long(adjusted):
            why = (too_long(adjusted),)
        else:
            try:
                return _lines(variables, adjusted, crude, profile), profile, ()
            except UnsupportedError as error:
                why = (Note("no_profile", f"Wald limits and tests, since {error}."),)
    return _lines(variables, adjusted, crude, wald), wald, why


def _lines(
    variables: Sequence[TableVariable], adjusted: Estimate, crude: Mapping[str, Estimate], options: TableOptions
) -> tuple[TableLine, ...]:
    inference = options.evidence(adjusted)
    lines = []
    for v in variables:
        alone = crude.get(v.name)
        left = _blank(v) if alone is None else _side(v, alone, options.evidence(alone) if v.rated else None, options)
        right = _blank(v) if v.within else _side(v, adjusted, inference, options)
        lines.append(TableLine(v, left, right))
    return tuple(lines)


def _side(variable: TableVariable, fit: Estimate, inference: Evidence | None, options: TableOptions) -> ModelColumn:
    test = options.test(fit, _terms_of(fit, variable), inference)
    if inference is None or not variable.rated:
        return replace(_blank(variable), test=test)
    rows, ratios = variable.rows, options.ratios(fit, inference)
    numbers = [_REFERENCE if row.reference else ratios.loc[[row.term], _RATIO].to_numpy().ravel() for row in rows]
    finite = [bool(np.isfinite(fit.params.get(row.term, np.nan))) for row in rows]
    return ModelColumn(np.array(numbers), tuple(finite), test)


def _terms_of(fit: Estimate, variable: TableVariable) -> list[Term]:
    """The terms of the variable, with their columns in the fit."""
    return [term for term in fit.columns.terms if term.name in variable.names]


def _test_text(fit: Estimate, options: TableOptions) -> str:
    penalised = "penalised " if fit.capabilities.penalised else ""
    name = {"wald": "Wald", "profile": f"{penalised}likelihood-ratio", "score": f"{penalised}score"}[
        options.method or ""
    ]
    text = f"{name} tests of a variable as a whole"
    robust = fit.capabilities.undefined.likelihood or (
        "robust standard errors do not rest on the likelihood" if fit.capabilities.robust else ""
    )
    return f"{text}; {robust}" if robust else text


def _frame(lines: Sequence[TableLine], options: TableOptions) -> pd.DataFrame:
    pairs = [(line.variable, row) for line in lines for row in line.variable.rows]
    frame = pd.DataFrame(
        {
            "variable": [variable.variable for variable, _ in pairs],
            "level": pd.Series([row.level for _, row in pairs], dtype=object),
            "reference": [row.reference for _, row in pairs],
            "n": [row.n for _, row in pairs],
            "events": [row.events for _, row in pairs],
        }
    )
    if options.units:
        frame["unit"] = [float(options.units.get(row.term, 1.0)) for _, row in pairs]
    for side in ("crude", "adjusted"):
        sides = [getattr(line, side) for line in lines]
        frame[[f"{side}_{name}" for name in _RATIO]] = np.concatenate([part.ratios for part in sides])
        frame[f"{side}_p_value"] = [p for part in sides for p in _first_row(part)]
    frame.index = pd.Index([row.term for _, row in pairs], name="term", dtype=object)
    return frame


def _first_row(side: ModelColumn) -> list[float]:
    p = math.nan if side.test is None else side.test.p_value
    return [p] + [math.nan] * (len(side.ratios) - 1)


# --- notes --------------------------------------------------------------------------------------
# What a fit says of itself and its printed page of a crude model must say too.
_SERIOUS = frozenset({"separation", "not_converged", "aliased", "collinear", "digits"})


def _notes(fit: Estimate, crude: Mapping[str, Estimate], lines: Sequence[TableLine]) -> Iterator[Note]:
    yield from _count_notes(fit)
    yield from _interaction_notes(lines)
    for line in lines:
        yield from _variable_notes(line)
    yield from _few_events(fit)
    yield from (note for note in fit.notes if note.code != "interaction")  # the table's own says more
    for name, alone in crude.items():
        for note in alone.extra_notes:
            if note.code in _SERIOUS:
                yield Note(note.code, f"Crude model of {name}: {note.text}")


def _understated(adjusted: Estimate, crude: Mapping[str, Estimate]) -> Iterator[Note]:
    """Where likelihood-ratio tests disagree with the Wald tests of the table."""
    yield from hauck_donner.notes(adjusted)
    for name, alone in crude.items():
        for note in hauck_donner.notes(alone):
            yield Note(note.code, f"Crude model of {name}: {note.text}")


def _count_notes(fit: Estimate) -> Iterator[Note]:
    sample = fit.sample
    what = "trials" if sample.outcome.grouped else "rows"
    if sample.sampled:
        yield Note("counts", f"Events and n count {what}, whatever their weight; the percentages are weighted.")
    elif sample.weighted and not sample.counted:
        yield Note("counts", f"Events and n count {what}, whatever their weight.")
    if fit.rows.offset is not None:
        yield Note("offset", "The offset is part of the crude models too.")


def _interaction_notes(lines: Sequence[TableLine]) -> Iterator[Note]:
    parts: dict[str, list[str]] = {}
    for line in lines:
        if line.variable.within:
            parts.setdefault(line.variable.within, []).append(line.variable.name)
    for within, names in parts.items():
        yield Note(
            "interaction",
            f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} part of {within}. An odds ratio of one "
            f"depends on the other there, so no single adjusted one is shown. For those of x in each level of a factor "
            f"g type g + g:x in place of g*x, and see fit.odds_ratios().",
        )


def _variable_notes(line: TableLine) -> Iterator[Note]:
    variable = line.variable
    if not variable.joint and not variable.rated:
        many = len(variable.rows) > 1
        yield Note(
            "no_odds_ratio",
            f"{variable.name} has no {'reference level' if many else 'single odds ratio'}: its coefficients are "
            f"{'contrasts of another kind' if many else 'those of a curve'}, and the p-value tests them together.",
        )
    for name, side in (("Crude", line.crude), ("Adjusted", line.adjusted)):
        if side.test is not None and side.test.reason:
            yield Note("no_test", f"{name} test of {variable.name}: not available, {side.test.reason}.")


def _few_events(fit: Estimate) -> Iterator[Note]:
    sample = fit.sample
    fewer, what = min((sample.n_events, "event"), (sample.n_trials - sample.n_events, "non-event"))
    estimated = fit.likelihood.df_model
    each = fewer / estimated if estimated else math.inf
    if each >= FEW_EVENTS:
        return
    unhelped = not fit.capabilities.plain or any(note.code == "incidental" for note in fit.notes)
    better = "" if unhelped else " estimator=gl.firth reduces that bias."
    yield Note(
        "few_events",
        f"{plural(fewer, what)} for {plural(estimated, 'coefficient')} are {each:.1f} for each. Below "
        f"{FEW_EVENTS:g} odds ratios tend to lie too far from 1 and limits to be inaccurate (Peduzzi et al. 1996), "
        f"although no number parts safe models from unsafe ones (van Smeden et al. 2016).{better}",
    )


def _own_rows(rows: Design, variables: Sequence[TableVariable], data: Any, options: DesignOptions) -> Iterator[Note]:
    """How many rows crude models would have, had each left out only the rows that it must."""
    if not rows.dropped.missing:
        return
    formula = of_formula(rows.columns).spec.formula
    named = {"weights": options.get("weights"), "trials": options.get("trials"), "offset": options.get("offset")}
    draft = inputs.gather(data, formula.variables, named, options.get("cluster"))
    texts = [*formula.response, *(formula.expressions[text] for text in formula.offsets)]
    always = [name for expression in texts for name in expression.variables]
    counts = {}
    for variable in variables:
        if not variable.joint:
            wanted = list(dict.fromkeys([*always, *variable.terms[0].variables]))
            _, positions, _ = inputs.effective(replace(draft, frame=draft.frame[wanted]), "drop")
            counts[variable.name] = len(positions)
    more = [f"{count:,} for {name}" for name, count in counts.items() if count > rows.n_rows]
    if more:
        yield Note(
            "crude_rows",
            f"Crude models use the {plural(rows.n_rows, 'row')} of the adjusted model. Rows complete for a crude "
            f"model on its own are {', '.join(more)}.",
        )
