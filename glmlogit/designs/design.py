"""A formula and a table turned into the frozen rows that estimators read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.columns.formula_columns import FormulaColumns
from glmlogit.data import array_columns, frames
from glmlogit.data.draft import Draft
from glmlogit.data.level_counts import LevelCounts
from glmlogit.designs import inputs
from glmlogit.designs.assemble import assembled, with_labels
from glmlogit.designs.class_weighting import weighed
from glmlogit.designs.container import WEIGHT_TYPES, Design, WeightType
from glmlogit.designs.level_offsets import offset_beside
from glmlogit.designs.outcome import Outcome, check_counts, code_binary, code_zero_one, count_column
from glmlogit.errors import DataError, FormulaError
from glmlogit.formula import algebra, parse, spec
from glmlogit.messages import options
from glmlogit.messages.notes import Note
from glmlogit.messages.words import Name, sentence
from glmlogit.numerics.arrays import observations

Array = npt.NDArray[np.float64]

# Words of other programs for them.
_OTHER_WORDS = {
    **dict.fromkeys(("fweight", "fweights", "freq", "counts", "count"), "frequency"),
    **dict.fromkeys(("pweight", "pweights", "probability", "survey", "ipw", "inverse"), "sampling"),
    **dict.fromkeys(("iweight", "iweights", "prior"), "precision"),
}

# Stata's analytic weights, which no word of ours means as they are.
_ANALYTIC = ("aweight", "aweights", "analytic", "analytical")

MISSING_WORDS = {
    **dict.fromkeys(("omit", "na.omit", "exclude"), "drop"),
    **dict.fromkeys(("fail", "na.fail"), "raise"),
}


def design(
    formula: str,
    data: Any,
    *,
    weights: Any = None,
    weight_type: WeightType = "frequency",
    trials: Any = None,
    event: Any = None,
    offset: Any = None,
    cluster: Any = None,
    class_weight: Literal["balanced"] | Mapping[Any, float] | None = None,
    missing: Literal["drop", "raise"] = "drop",
    functions: Mapping[str, Callable[..., Any]] | None = None,
    labels: Mapping[str, Any] | None = None,
) -> Design:
    """Build a design from a formula and a table.

    Parameters
    ----------
    formula : str
        Wilkinson–Rogers formula, ``"low ~ age + C(race)*smoke"``; ``cbind(events, nonevents) ~ …`` for
        grouped data, ``offset(x)`` and ``I(x^2)`` as in R.
    data : DataFrame (pandas, polars), pyarrow Table, dict of arrays, DuckDB relation
        Tables of any of these libraries; the rows keep the labels of a pandas index.
    weights : column name or array of shape (n,), optional
        How much each row counts, never negative; a row of weight 0 takes no part.
    weight_type : {"frequency", "sampling", "precision"}
        Counts (``nobs`` is their sum); inverse probabilities (sandwich covariance); or precisions taken as they are
        (prior weights in R, iweights in Stata).
    trials : column name or array of shape (n,), optional
        Numbers of trials; the left side then counts the events among them.
    event : value, optional
        The value of the outcome that is modelled; needed unless it is 0/1, bool or two-level text.
    offset : column name or array of shape (n,), optional
        Added to the log-odds with coefficient 1, as is ``offset(x)`` in the formula.
    cluster : column name, list of names, array, list or dict of arrays, or DataFrame, optional
        Groups of rows that depend on each other; the fit's covariance is then cluster-robust. What has a pandas
        index must have that of the data, as must weights, trials and offset.
    class_weight : {"balanced"} or mapping, optional
        What an event and a non-event weigh in the likelihood, beside what their rows count: a weight for each value of
        the outcome, ``{1: 5}`` (a value left out weighs 1; 1 and 0 where outcomes are counts); ``"balanced"``,
        n/(2n_c), so that both weigh the same; or ``{"prevalence": 0.05}``, so that events have that share of all
        weight (King & Zeng 2001). It is no count and no remedy for few events: see :func:`~glmlogit.logit`.
    missing : {"drop", "raise"}
        Leave out rows with a missing value in any column used, or refuse them.
    functions : mapping of str to callable, optional
        Further functions the formula may call.
    labels : mapping of variable or term to str, mapping of levels, or both as a pair, optional
        What they are called on pages and in figures of the fit: ``{"lwt": "Weight of mother, lb", "smoke": ("Smoking",
        {0: "No", 1: "Yes"})}``. They stand before those of the data, ``attrs["labels"]`` and ``attrs["value_labels"]``.

    Returns
    -------
    Design

    Raises
    ------
    FormulaError
        For a formula that cannot be read or may not be evaluated.
    DataError
        For data that cannot be used; names the column, the count and the first rows.

    Notes
    -----
    What functions learn (means, standard deviations, knots) is of observations: frequency weights and trials count as
    if rows were repeated, other weights weigh. *Matches* R's ``model.frame(na.action = na.omit)`` and
    ``model.matrix`` with treatment contrasts, but that those learn from rows whatever their weights.
    *Differs*: a 0/1 factor's event is never guessed from storage order; unused levels are dropped.

    Examples
    --------
    >>> births = gl.datasets.birthwt()
    >>> rows = gl.design("low ~ age + C(race)", births)
    >>> rows.n_rows, rows.names
    (189, ('Intercept', 'age', 'C(race)[T.black]', 'C(race)[T.other]'))
    """
    named = {"weights": weights, "trials": trials, "offset": offset}

    def code(parsed: algebra.Formula, draft: Draft) -> CodedOutcome:
        return CodedOutcome(*_formula_outcome(parsed, draft, event))

    rows = built(formula, data, code, named, cluster, weight_type, missing, functions, labels)
    return weighed(rows, class_weight)


class CodedOutcome(NamedTuple):
    """Events (n,), trials (n,) or None, what is modelled; levels where there are several; notes."""

    y: Array
    trials: Array | None
    outcome: Outcome
    levels: LevelCounts | None = None
    notes: tuple[Note, ...] = ()


def built(
    formula: str,
    data: Any,
    code: Callable[[algebra.Formula, Draft], CodedOutcome],
    named: dict[str, Any],
    cluster: Any,
    weight_type: WeightType,
    missing: Literal["drop", "raise"],
    functions: Mapping[str, Callable[..., Any]] | None,
    labels: Mapping[str, Any] | None = None,
) -> Design:
    """The design of a formula, whose left side is coded by ``code``; ``named`` are columns or arrays by their role."""
    if isinstance(data, str) and not isinstance(formula, str):
        raise FormulaError(f"the formula comes first, then the data: gl.design({data!r}, data)")
    check_weight_type(weight_type)
    options.check_choice("missing", missing, ("drop", "raise"), MISSING_WORDS)
    aside = {
        name
        for name in [*named.values(), *(cluster if isinstance(cluster, (list, tuple)) else [cluster])]
        if isinstance(name, str)
    }
    present = frames.column_names(data)
    parsed = parse.parse(formula, functions, [str(name) for name in present], not_in_dot=aside)
    draft = inputs.gather(data, parsed.variables, named, cluster, present)
    draft, positions, dropped = inputs.effective(draft, missing)
    array_columns.refuse_infinite(draft, positions)
    y, counted, outcome, levels, coding_notes = code(parsed, draft)
    if counted is not None and not counted.all():  # cbind(0, 0)
        used = counted > 0
        draft, positions, dropped = inputs.counting(draft, positions, dropped, used)
        y, counted = y[used], counted[used]
        levels = None if levels is None else levels.take(used)
    beside = offset_beside(draft, outcome)
    observed = observations(inputs.side(draft, "weights"), counted, weight_type == "frequency")
    columns = spec.build(parsed, draft.frame, beside.columns, observed)
    if columns.offset is not None and beside.by_level:
        raise FormulaError(
            f"the formula has {parsed.offsets[0]}, one number for all levels, and offset= one for each: add it to the "
            f"columns of offset=, and leave it out of the formula"
        )
    offsets = [part for part in (columns.offset, beside.values) if part is not None]
    rows = assembled(
        columns.matrix,
        y,
        draft,
        positions,
        dropped,
        trials=counted,
        outcome=outcome,
        columns=FormulaColumns(columns.spec),
        weight_type=weight_type,
        offset=sum(offsets[1:], offsets[0]) if offsets else None,
        formula=parsed.text,
        table=columns.table,
        notes=coding_notes + columns.notes,
        repeats=columns.patterns,
        levels=levels,
        offset_name=beside.name,
    )
    return with_labels(rows, labels, data, parsed.variables)


def check_weight_type(weight_type: Any) -> None:
    """Refuse words that are none of ours, and tell what those of other programs are here."""
    if str(weight_type).lower() in _ANALYTIC:
        raise DataError(
            f"weight_type={weight_type!r}: Stata rescales its analytic weights to sum to the number of rows used, and "
            f"here weights are taken as they are. For Stata's numbers give weight_type='precision' and weights with "
            f"that sum: data['w'] * len(data) / data['w'].sum(). As they are, weights of type 'precision' are Stata's "
            f"iweights, the prior weights of R's glm, and WEIGHT of SAS"
        )
    options.check_choice("weight_type", weight_type, WEIGHT_TYPES, _OTHER_WORDS)


def _formula_outcome(parsed: algebra.Formula, draft: Draft, event: Any) -> tuple[Array, Array | None, Outcome]:
    (first, *more) = parsed.response
    plain = draft.frame.plain.get(first.text) if first.plain and not more else None
    if plain is not None and event is None and "trials" not in draft.sides:
        coded = code_zero_one(plain, parsed.outcome)
        if coded is not None:
            return coded[0], None, coded[1]
    columns = parse.outcome_columns(parsed, draft.frame)
    if len(columns) == 1:
        return code_outcome(draft, columns[0], parsed.outcome, event)
    _refuse_event(event)
    if inputs.side(draft, "trials") is not None:
        raise DataError("the left side is cbind(events, nonevents) and trials= is given; one of them is enough")
    if len(columns) > 2:
        raise DataError(
            f"the left side {parsed.outcome} counts {len(columns)} levels of an outcome; this model has events and "
            f"non-events. For several levels type gl.multinomial('{parsed.outcome} ~ …', data)"
        )
    events, nonevents = (count_column(c, str(c.name)) for c in columns)
    total = events + nonevents
    check_counts(nonevents, total, parsed.outcome)
    names = [Name(expression.text) for expression in parsed.response]
    where = sentence("{events}, non-events in {others}", events=names[0], others=names[1])
    y, coding = _counts(columns[0], total, parsed.outcome, where)
    return y, total, coding


def _refuse_event(event: Any) -> None:
    if event is not None:
        raise DataError(
            f"event={event!r} names a value of an outcome, but here the left side counts events; leave it out"
        )


def code_outcome(draft: Draft, values: frames.Column, name: str, event: Any) -> tuple[Array, Array | None, Outcome]:
    """The outcome as events y (n,), trials (n,) or None, and its coding; ``event`` is the value that is modelled."""
    trials = inputs.side(draft, "trials")
    if trials is not None:
        _refuse_event(event)
        column = draft.names["trials"]
        text = "{name} of the trials given" if column == "trials" else "{name} of {column} trials"
        where = sentence(text, name=Name(name), column=Name(column))
        y, coding = _counts(values, trials, name, where)
        return y, trials, coding
    y, coding = code_binary(values, name, event)
    return y, None, coding


def _counts(values: frames.Column, trials: Array, name: str, where: str) -> tuple[Array, Outcome]:
    events = count_column(values, f"outcome {name}")
    check_counts(events, trials, name)
    return events, Outcome(name, None, (), grouped=True, counts=where)
