"""The odds ratio of an exposure in each level of other variables, and whether it differs between them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Unpack

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.columns.formula_columns import of_formula
from glmlogit.data.spreads import usable_spread
from glmlogit.designs.container import Design
from glmlogit.designs.design import design
from glmlogit.designs.nested import subset
from glmlogit.documents.paged import printed_as
from glmlogit.documents.style import Style
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.estimate.estimate import Estimate
from glmlogit.estimators.logit import logit
from glmlogit.estimators.options import DesignOptions
from glmlogit.formula.tokens import quoted
from glmlogit.formula.transforms import Levels
from glmlogit.inference.evidence import TEST_OF, Method
from glmlogit.inference.test_result import TestResult
from glmlogit.messages.labels import check_known, labels_of
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_level
from glmlogit.messages.units import NO_UNIT, Unit, named_units, unit_of
from glmlogit.messages.words import Name, joined, plural, sentence
from glmlogit.prediction.reference_grid import names_in
from glmlogit.publication.answers import answers
from glmlogit.publication.subgroup_table import SubgroupTable
from glmlogit.publication.variables import TableVariable, tally, variables_of
from glmlogit.terms.term_tests import joint_test

if TYPE_CHECKING:
    from glmlogit.estimators.fit import Fit

Array = npt.NDArray[np.float64]
Estimator = Callable[..., "Fit"]

# Levels of a variable beyond which its subgroups are too small, and too many, to be read.
MOST_LEVELS = 12


def subgroups(
    formula: str,
    data: Any,
    exposure: str,
    by: str | Sequence[str],
    *,
    estimator: Estimator | None = None,
    level: float = 0.95,
    method: str | None = None,
    units: Mapping[str, float | str] | str | None = None,
    labels: Mapping[str, Any] | None = None,
    style: str | Style | None = None,
    digits: int | str | None = None,
    p_digits: int | None = None,
    language: str | None = None,
    **options: Unpack[DesignOptions],
) -> SubgroupTable:
    """Tell the odds ratio of an exposure in each level of other variables, and test whether it differs.

    Parameters
    ----------
    formula : str
        The model with the exposure and what is adjusted for: ``"low ~ smoke + age"``.
    data : table
        Rows with the columns that the formula and ``by`` name.
    exposure : str
        A variable or term of the formula, a number or a factor, in no interaction.
    by : str or sequence of str
        Variables whose levels are the subgroups; they need not be in the formula. Cut numbers into groups first.
    estimator : function, optional
        Fits every model, as ``estimator(design, level=level)``; such as ``gl.firth``, default ``gl.logit``.
    level : float
        Confidence level of the limits.
    method : {"wald", "profile", "score"}, optional
        Limits and tests, as in :func:`table`: by default profile likelihood and likelihood ratio where there are such.
    units : mapping of str to float, "iqr", "sd" or "2sd", or one of these, optional
        The difference of a numeric exposure that the odds ratios are for: ``{"age": 10}``.
    labels : mapping of variable to str, mapping of levels, or both as a pair, optional
        What to call variables and levels on page and plot, before what the data call them.
    style, digits, p_digits, language : optional
        As :func:`~glmlogit.style` takes them, for the page.
    **options
        ``weights weight_type trials event offset cluster missing functions``, as :func:`~glmlogit.design` takes them.

    Returns
    -------
    SubgroupTable
        Its ``frame``, a row for all and a row a level: ``variable level n events odds_ratio conf_low conf_high p_value
        p_interaction``; ``.plot()`` is the forest plot.

    Raises
    ------
    DataError, FormulaError
        For an exposure that is no term of the formula, variables with one level or more than 12.
    UnsupportedError
        For an exposure in an interaction or a curve, which has no one odds ratio.

    Notes
    -----
    One model a variable of ``by``, with a main effect of it and an odds ratio of the exposure in each of its levels;
    those of the other variables are the same in all. The test of interaction is of the same model. Rows
    without a value of ``by`` are left out of its model only. An odds ratio that differs on this scale may not on the
    scale of risks, and the reverse: see :func:`~glmlogit.additive_interaction`. *Matches* R's ``emmeans``
    contrasts and ``drop1`` of a model with ``exposure * by``, and Stata's ``lincom`` after it; *differs* from
    subsets fitted one by one, whose other coefficients differ too.

    Examples
    --------
    >>> births = gl.datasets.birthwt()
    >>> result = gl.subgroups("low ~ smoke + age", births, "smoke", ["ht", "race"])
    >>> result.frame[["variable", "level", "odds_ratio", "p_interaction"]].round(2).values.tolist()[:3]
    [['all', None, 2.0, nan], ['ht', 0, 2.11, 0.61], ['ht', 1, 1.12, nan]]
    """
    rows, fitted = design(formula, data, **options), logit if estimator is None else estimator
    if not callable(fitted):
        raise DataError(f"estimator={estimator!r} is no function; give one that fits a model, such as gl.firth")
    chosen, level = _exposure(rows, exposure), check_level(level, 0.95)
    unit = _unit(rows, chosen, units)
    names = list(dict.fromkeys(names_in(by, "by")))
    alone = fitted(rows, level=level)
    blocks = [_overall(rows, alone, chosen, level, method, unit.size)]
    for name in names:
        blocks.append(_by(formula, data, options, fitted, chosen, name, level, method, unit.size))
    frame = pd.concat([block.frame for block in blocks])
    if units:
        frame.insert(len(frame.columns) - 5, "unit", unit.size)
    if unit.spread:
        frame.insert(len(frame.columns) - 5, "unit_label", unit.label)
    fits = {block.name: block.fit for block in blocks}
    check_known(labels_of(labels), [chosen.variable, chosen.name, *fits], "variable of the table")
    result = SubgroupTable(
        frame,
        chosen.variable,
        level,
        tuple(block.method for block in blocks),
        fits,
        _notes(rows, blocks, chosen),
        next((str(row.level) for row in chosen.rows if row.reference), ""),
    )
    return printed_as(result, style=style, digits=digits, p_digits=p_digits, language=language, labels=labels)


class _Block(NamedTuple):
    """The rows of one variable, its model, and what to know of it."""

    name: str
    frame: pd.DataFrame
    fit: Estimate
    method: Method
    test: TestResult | None
    missing: int
    notes: tuple[Note, ...]


# --- what is asked for ----------------------------------------------------------------------------
def _exposure(rows: Design, name: str) -> TableVariable:
    """The exposure among the variables of the formula; it has one odds ratio, or one for each of its levels."""
    variables = variables_of(rows, ())
    match = [v for v in variables if name in (v.name, v.variable)]
    if not match:
        raise DataError(
            f"exposure={name!r} is no variable of {rows.formula!r}; it has {', '.join(v.name for v in variables)}. Add "
            f"the exposure to the formula"
        )
    if match[0].within:
        raise UnsupportedError(
            f"{name} is part of {match[0].within}, so that it has no one odds ratio; leave that out of the formula, or "
            f"see gl.stratum_odds_ratios"
        )
    if not match[0].rated or len(match[0].terms) > 1:
        raise UnsupportedError(
            f"{name} has no single odds ratio in {rows.formula!r}; give a number, a 0/1 variable or a factor"
        )
    return match[0]


def _unit(rows: Design, exposure: TableVariable, units: Mapping[str, float | str] | str | None) -> Unit:
    """The difference of a numeric exposure that odds ratios are for."""
    sizes = named_units(units, "term", [exposure.name] if exposure.numeric else [])
    wrong = [name for name in sizes if name not in (exposure.name, exposure.variable) or not exposure.numeric]
    if wrong:
        raise DataError(f"units name {wrong[0]!r}, and units are of a numeric exposure, {exposure.name}")
    if not sizes:
        return NO_UNIT
    column, unit = rows.matrix.column(rows.names.index(exposure.name)), next(iter(sizes.values()))
    return unit_of(exposure.name, unit, lambda kind, typed: usable_spread(column, rows.described, kind, typed))


# --- the rows -------------------------------------------------------------------------------------
def _overall(
    rows: Design, fit: Estimate, exposure: TableVariable, level: float, method: str | None, size: float
) -> _Block:
    columns = [[fit.columns.names.index(row.term)] for row in exposure.rows if not row.reference]
    counts = _counts(rows, exposure, np.zeros(rows.n_rows, dtype=np.intp), 1)
    result = answers(fit, level, method)
    frame = _frame(fit, result.evidence.rows, exposure, columns, size, "all", [None], counts)
    return _Block("all", frame, fit, result.evidence.method, None, 0, result.notes)


def _by(
    formula: str,
    data: Any,
    options: DesignOptions,
    fitted: Estimator,
    exposure: TableVariable,
    name: str,
    level: float,
    method: str | None,
    size: float,
) -> _Block:
    """The odds ratios in the levels of a variable, and the test that they are one."""
    factor = f"C({quoted(name)})"
    rows = design(f"{formula} + {factor}", data, **options)
    levels = _levels(rows, factor, name, exposure)
    own = {exposure.name, *(term.name for term in rows.terms if term.variables == (name,))}
    keep = [term.name for term in rows.terms if term.order and term.name not in own]
    product = f"{factor}:{exposure.name}"
    apart = fitted(subset(rows, keep, [factor, product]), level=level)
    together = fitted(subset(rows, [*keep, exposure.name], [factor, product]), level=level)
    result = answers(apart, level, method)
    test = joint_test(together, [_term(together, factor, exposure)], TEST_OF[result.evidence.method])
    places = np.array(_term(apart, factor, exposure).columns).reshape(-1, len(levels.levels))
    counts = _counts(rows, exposure, levels.codes, len(levels.levels))
    frame = _frame(apart, result.evidence.rows, exposure, places.tolist(), size, name, levels.levels, counts)
    frame.iloc[0, frame.columns.get_loc("p_interaction")] = test.p_value  # type: ignore[index]
    return _Block(name, frame, apart, result.evidence.method, test, rows.dropped.missing, result.notes)


def _term(fit: Estimate, factor: str, exposure: TableVariable) -> Any:
    wanted = {factor, *exposure.terms[0].factors}
    return next(term for term in fit.columns.terms if set(term.factors) == wanted)


def _levels(rows: Design, factor: str, name: str, exposure: TableVariable) -> Levels:
    assert rows.frame is not None
    levels = of_formula(rows.columns).evaluated(rows.frame)[factor]
    assert isinstance(levels, Levels)
    if name in exposure.terms[0].variables:
        raise DataError(f"by={name!r} is the exposure; name variables in whose levels its odds ratio is asked for")
    if not 1 < len(levels.levels) <= MOST_LEVELS:
        column = f"data[{name!r}]"
        raise DataError(
            f"by={name!r} has {plural(len(levels.levels), 'level')}, and subgroups are of 2 to {MOST_LEVELS}; cut "
            f"numbers into groups, such as pd.qcut({column}, 3)"
        )
    return levels


def _tallied(rows: Design, codes: npt.NDArray[np.intp], size: int) -> Array:
    """Of each code the observations and the events (size, 2)."""
    return np.array([[n, events[0]] for n, events, _ in tally(rows, codes, size)])


def _counts(rows: Design, exposure: TableVariable, codes: npt.NDArray[np.intp], size: int) -> dict[str, list[float]]:
    """Observations and events of each level; of an exposure of two values also with and without it."""
    every = _tallied(rows, codes, size)
    counts = {"n": every[:, 0].tolist(), "events": every[:, 1].tolist()}
    if len(exposure.rows) != 2:
        return counts
    column = rows.matrix.column(rows.names.index(exposure.rows[1].term))
    both = _tallied(rows, codes + size * (column != 0.0), 2 * size)
    for name, part in (("unexposed", both[:size]), ("exposed", both[size:])):
        counts |= {f"n_{name}": part[:, 0].tolist(), f"events_{name}": part[:, 1].tolist()}
    return counts


def _frame(
    fit: Estimate,
    evidence: pd.DataFrame,
    exposure: TableVariable,
    columns: Sequence[Sequence[int]],
    size: float,
    name: str,
    levels: Sequence[Any],
    counts: Mapping[str, list[float]],
) -> pd.DataFrame:
    """Rows of the levels of a variable, in each those of the levels of the exposure (k), of ``columns`` (k, levels)."""
    each = [row.level for row in exposure.rows if not row.reference]
    labels = [fit.columns.names[j] for part in zip(*columns, strict=True) for j in part]
    with np.errstate(over="ignore"):
        beta = np.exp(fit.params[labels].to_numpy() * size)
        low, high = (np.exp(evidence.loc[labels, limit].to_numpy(float) * size) for limit in ("conf_low", "conf_high"))
    frame = pd.DataFrame({"variable": name, "level": pd.Series(_repeated(levels, len(each)), dtype=object)})
    if len(each) > 1:
        frame["exposure_level"] = pd.Series(each * len(levels), dtype=object)
    for key, values in counts.items():
        frame[key] = _repeated(values, len(each))
    frame["odds_ratio"] = beta
    frame["conf_low"], frame["conf_high"] = (low, high) if size > 0 else (high, low)
    frame["p_value"] = evidence.loc[labels, "p_value"].to_numpy(float)
    frame["p_interaction"] = math.nan
    frame.index = pd.Index(labels, name="term", dtype=object)
    return frame


def _repeated(values: Sequence[Any], times: int) -> list[Any]:
    return [value for value in values for _ in range(times)]


def _notes(rows: Design, blocks: Sequence[_Block], exposure: TableVariable) -> tuple[Note, ...]:
    notes = [note for note in blocks[0].fit.notes if note.code not in ("missing", "event")]
    for block in blocks[1:]:
        fewer = block.missing - rows.dropped.missing
        if fewer > 0:
            notes.append(Note("missing", sentence(_LEFT_OUT, name=Name(block.name), rows=plural(fewer, "row"))))
        if block.test is not None and block.test.reason:
            text = sentence(_NO_TEST, name=Name(block.name), reason=block.test.reason)
            notes.append(Note("no_test", text))
        notes += [Note(note.code, joined([Name(block.name), note.text], by=": ")) for note in block.fit.extra_notes]
    notes += [note for block in blocks for note in block.notes]
    tested = len(blocks) - 1
    of = "The test of interaction is of one variable" if tested == 1 else _SEVERAL_TESTS
    text = sentence(of + _WHAT_IS_TESTED, n=tested, exposure=Name(exposure.variable))
    notes.append(Note("subgroups", joined([text, _NO_P_VALUES])))
    return tuple(dict.fromkeys(notes))


_LEFT_OUT = "{name}: {rows} without a value of it left out."
_NO_TEST = "{name}: no test of interaction, {reason}."
_SEVERAL_TESTS = "The tests of interaction are of {n} variables, each by itself"
_WHAT_IS_TESTED = ": whether the odds ratio of {exposure} is the same in all levels."
_NO_P_VALUES = sentence(
    "p-values of single subgroups are not printed: one with and one without significance may differ by chance."
)
