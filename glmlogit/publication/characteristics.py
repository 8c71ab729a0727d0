"""Table 1 of a paper: what the people of each group are like, and how far the groups stand apart."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, Unpack

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.data import frames, texts
from glmlogit.data.draft import Draft
from glmlogit.designs.design import check_weight_type
from glmlogit.designs.inputs import effective, gather, side
from glmlogit.documents.paged import printed_as
from glmlogit.documents.style import Styling
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.messages.labels import carried, labels_of
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_choice, names_given
from glmlogit.messages.words import Name, listed, plural, sentence
from glmlogit.publication.characteristics_rows import (
    OVERALL,
    GroupCounts,
    GroupMasks,
    differences_of,
    summary_of_levels,
    summary_of_values,
    tests_of,
)
from glmlogit.publication.characteristics_table import Characteristics, CharacteristicsWords, MissingShown
from glmlogit.publication.group_tests import OF_LEVELS, OF_VALUES

Array = npt.NDArray[np.float64]

# Groups of a table; more are no table that anybody reads.
MOST_GROUPS = 12
# A number with so few values may be a code of categories.
FEW_VALUES = 5


def characteristics(
    data: Any,
    by: str | None = None,
    variables: str | Sequence[str] | None = None,
    *,
    median: str | Sequence[str] = (),
    categorical: str | Sequence[str] = (),
    missing: MissingShown = "row",
    overall: bool = True,
    differences: bool = True,
    tests: str | Sequence[str] | Mapping[str, str] | None = None,
    weights: Any = None,
    weight_type: Literal["frequency", "sampling"] = "frequency",
    labels: Mapping[str, Any] | None = None,
    **styling: Unpack[Styling],
) -> Characteristics:
    """Make Table 1 of a paper: characteristics of people, by outcome, exposure or arm, with standardised differences.

    Parameters
    ----------
    data : table
        Rows, of pandas, polars, pyarrow or DuckDB, or a dict of arrays.
    by : str, optional
        Column of the groups. Without it the table has one column, of all.
    variables : list of str, optional
        Rows of the table, in this order; default all other columns.
    median : list of str
        Numbers shown as median (lower to upper quartile); others as mean (standard deviation).
    categorical : list of str
        Numbers that are codes of categories. Text, categories, booleans, 0/1 and numbers with value labels are anyway.
    missing : {"row", "level", "note"}
        Missing values as a row of their own, percentages of levels being of those known; as a level among the others,
        percentages of all; or in a note only.
    overall : bool
        Whether there is a column of all rows.
    differences : bool
        Whether there are standardised mean differences.
    tests : str, list or mapping of str, optional
        One test for numbers, ``"t"``, ``"welch"`` or ``"wilcoxon"``, and one for categories, ``"chi2"`` or
        ``"fisher"``; or for each variable, ``{"age": "welch"}``. None by default: see the notes.
    weights : column name or array, optional
        How often each row was seen; with ``weight_type="sampling"`` how many of a population it stands for.
    weight_type : {"frequency", "sampling"}
        What the weights are.
    labels : mapping, optional
        Names to print, of variables and levels: ``{"lwt": "Weight, lb", "race[black]": "Black"}``. Default those in
        ``data.attrs["labels"]`` and ``data.attrs["value_labels"]`` (``{"smoke": {0: "no", 1: "yes"}}``).
    **styling
        ``style, digits, p_digits, language``, as :func:`~glmlogit.style` takes them, for the page.

    Returns
    -------
    Characteristics
        Frames ``frame differences tests``, and ``notes``; it prints as a page.

    Raises
    ------
    DataError
        For a column that is not there, or is neither number nor category; for a test that does not fit its variable.

    Notes
    -----
    Standardised differences are the second group less the first, in standard deviations: Austin 2009; of several
    levels the distance of Yang & Dalton 2012, without sign. Missing values take no part in them. Tests are off: in a
    trial with random arms every difference is chance (CONSORT: Moher et al. 2010, item 15), and elsewhere a p-value
    says how large the study is, not whether groups are alike. Sampling weights give weighted means and percentages
    beside the numbers of rows, variances and quantiles as R's ``survey`` (``svyvar``, definition 7, equal values
    sharing their weight), and no tests.

    *Matches* the numbers of R's ``tableone`` and ``gtsummary``. *Differs*: of two groups the difference of numbers and
    of two levels has its sign, of more groups the page shows the largest, where tableone prints the mean of absolute
    ones; ``"chi2"`` has no continuity correction, ``"wilcoxon"`` is R's with ``exact=FALSE``.

    Examples
    --------
    >>> table = gl.characteristics(gl.datasets.birthwt(), "low", ["age", "smoke"], median="age")
    >>> print("\\n".join(table.to_markdown().splitlines()[4:]))
    | Variable | Overall (n = 189) | low = 0 (n = 130) | low = 1 (n = 59) | SMD |
    | :--- | ---: | ---: | ---: | ---: |
    | age, median (quartiles) | 23.0 (19.0 to 26.0) | 23.0 (19.0 to 28.0) | 22.0 (19.5 to 25.0) | −0.267 |
    | smoke, n (%) | 74 (39.2) | 44 (33.8) | 30 (50.8) | 0.349 |
    """
    names, draft, notes = _rows(data, by, variables, weights, weight_type)
    check_choice("missing", missing, ("row", "level", "note"))
    words = _words(data, labels, [*names, *([] if by is None else [by])])
    groups = _groups(draft, by, overall)
    numbers = GroupCounts(side(draft, "weights"), weight_type == "frequency", groups)
    levels_of = _categorical(draft, names, names_given("categorical", categorical), words)
    medians = _among("median", names_given("median", median), [n for n in names if n not in levels_of])
    chosen = _tests(tests, names, levels_of, by)
    results = [
        summary_of_levels(name, draft.frame[name], levels_of[name], numbers, missing == "level")
        if name in levels_of
        else summary_of_values(name, draft.frame[name], numbers)
        for name in names
    ]
    result = Characteristics(
        frame=pd.DataFrame([row for result in results for row in result.rows]),
        differences=differences_of(results, groups, differences and by is not None),
        tests=tests_of(results, numbers, chosen),
        notes=(*notes, *_notes(draft, names, levels_of, missing, numbers)),
        by=by or "",
        overall=groups.first == 1,
        groups=tuple(groups.labels),
        sizes=tuple(numbers.size(mask) for mask in groups.masks),
        medians=tuple(medians),
        words=words,
        missing=missing,
        sampled=weights is not None and weight_type == "sampling",
    )
    return printed_as(result, **styling)


# --- rows and groups --------------------------------------------------------------------------------
def _rows(
    data: Any, by: str | None, variables: Any, weights: Any, weight_type: str
) -> tuple[list[str], Draft, tuple[Note, ...]]:
    """The variables of the table, the rows that have a group and a weight, and notes on those that do not."""
    check_weight_type(weight_type)
    if weight_type == "precision":
        raise UnsupportedError(
            "weight_type='precision': a table of people counts them; weights are how often a row was seen "
            "('frequency') or how many it stands for ('sampling')"
        )
    if by is not None and not isinstance(by, str):
        raise DataError(f"by={by!r}: give the name of one column, such as by='low'")
    present = [str(label) for label in frames.column_names(data)]
    taken = [name for name in (by, weights) if isinstance(name, str)]
    names = (
        [name for name in present if name not in taken] if variables is None else names_given("variables", variables)
    )
    twice = [name for name in names if names.count(name) > 1 or name == by]
    if twice or not names:
        raise DataError(f"{twice[0]!r} is in the table twice" if twice else "there are no variables to describe")
    draft = gather(data, [*names, *([] if by is None else [by])], {"weights": weights}, None)
    grouped = replace(draft, frame=draft.frame[[] if by is None else [by]])
    _, positions, dropped = effective(grouped, "drop")
    keep = np.zeros(draft.n, dtype=bool)
    keep[positions.array] = True
    draft, notes = _merged(draft.keep(keep))
    return names, draft, dropped.notes() + notes


def _merged(draft: Draft) -> tuple[Draft, tuple[Note, ...]]:
    """Columns with levels that print alike made one, and notes on these."""
    columns, notes = {}, []
    for name in draft.frame:
        if frames.kind(draft.frame.column(name), name) == "factor":
            columns[name], note = texts.merged(draft.frame[name], f"column {name!r}")
            notes += [Note("alike", note)] if note else []
    return replace(draft, frame=draft.frame.with_columns(columns)), tuple(notes)


def _groups(draft: Draft, by: str | None, overall: bool) -> GroupMasks:
    labels: list[Hashable] = [OVERALL] if overall or by is None else []
    masks = [np.ones(draft.n, dtype=bool)] * len(labels)
    if by is None:
        return GroupMasks(labels, masks, 1)
    column = draft.frame[by]
    levels = [level for level in _levels_of(column, f"by={by!r}") if (column == level).any()]
    if len(levels) > MOST_GROUPS:
        raise DataError(
            f"by={by!r} has {len(levels):,} values; a table has up to {MOST_GROUPS} groups. Cut a number into groups "
            f"first: pd.qcut(df[{by!r}], 4)"
        )
    return GroupMasks(
        [*labels, *levels], [*masks, *((column == level).to_numpy(dtype=bool) for level in levels)], len(labels)
    )


def _levels_of(column: pd.Series[Any], what: str) -> list[Hashable]:
    """Levels in order: of categories that which they have, unobserved ones too."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return list(column.cat.categories)
    try:
        return sorted(column.dropna().unique().tolist())
    except TypeError:
        raise DataError(f"{what} mixes values of different kinds; make them all text or all numbers") from None


# --- kinds of variables -----------------------------------------------------------------------------
def _categorical(
    draft: Draft, names: Sequence[str], typed: Sequence[str], words: CharacteristicsWords
) -> dict[str, list[Hashable]]:
    """Levels of the variables that have them."""
    _among("categorical", typed, names)
    levels = {}
    for name in names:
        column = draft.frame[name]
        kind = frames.kind(column, name)
        if kind == "numeric" and name not in typed and name not in words.levels:
            values = frames.numeric(column)
            present = values[~np.isnan(values)]
            if not len(present) or not ((present == 0) | (present == 1)).all():
                _require_finite(name, present)
                continue
        levels[name] = _levels_of(column, f"variable {name!r}")
        reading = texts.read_levels(levels[name], draft.n) if kind == "factor" else None
        if reading is not None and reading.refused:
            seen = reading.what or f"{plural(len(levels[name]), 'level')} in {plural(draft.n, 'row')}"
            raise DataError(
                f"column {name!r} is text with a value of its own in most rows ({seen}); leave it out: variables=[...]"
                + (f", or make it what it is: {reading.advice.format(column=name)}" if reading.what else "")
            )
    return levels


def _require_finite(name: str, values: Array) -> None:
    if not np.isfinite(values).all():
        raise DataError(f"column {name!r} has infinite values, which have no mean; make them missing or leave them out")


def _among(option: str, chosen: Sequence[str], names: Sequence[str]) -> Sequence[str]:
    for name in chosen:
        if name not in names:
            raise DataError(f"{option} names {name!r}, which is not among {listed(names)}")
    return chosen


def _tests(tests: Any, names: Sequence[str], levels_of: Mapping[str, Any], by: str | None) -> dict[str, str]:
    """The test of each variable that has one."""
    if tests is None:
        return {}
    if by is None:
        raise DataError("tests= compare groups; name their column: by='low'")
    if isinstance(tests, Mapping):
        _among("tests", list(tests), names)
        chosen = dict(tests)
    else:
        kinds = names_given("tests", tests)
        for kind in kinds:
            check_choice("tests", kind, (*OF_VALUES, *OF_LEVELS))
        suited = {name: [k for k in kinds if k in (OF_LEVELS if name in levels_of else OF_VALUES)] for name in names}
        if any(len(fitting) > 1 for fitting in suited.values()):
            raise DataError(
                f"tests={tests!r} has two tests for one variable; give one for numbers and one for categories"
            )
        chosen = {name: fitting[0] for name, fitting in suited.items() if fitting}
    for name, test in chosen.items():
        check_choice(f"tests[{name!r}]", test, OF_LEVELS if name in levels_of else OF_VALUES)
    return chosen


def _words(data: Any, labels: Any, names: Sequence[str]) -> CharacteristicsWords:
    """Labels of variables and of levels: those of the call, else those that the data carry."""
    if labels is not None and not isinstance(labels, Mapping):
        raise DataError(f"labels={labels!r}: name what is to be called otherwise, such as {{'lwt': 'Weight, lb'}}")
    own = labels_of(labels)
    for name in (*own.names, *own.levels):
        if str(name).partition("[")[0] not in names:
            raise DataError(f"labels name {name!r}, which is not in the table; it has {listed(names)}")
    both = own.over(carried(data))
    return CharacteristicsWords(both.names, {name: of for name, of in both.levels.items() if name in names})


# --- notes ------------------------------------------------------------------------------------------
def _notes(
    draft: Draft, names: Sequence[str], levels_of: Mapping[str, Any], missing: str, numbers: GroupCounts
) -> Iterator[Note]:
    coded = [
        name
        for name in names
        if name not in levels_of and 1 < len(np.unique(_present(draft.frame[name]))) <= FEW_VALUES
    ]
    if coded:
        yield Note(
            "codes",
            sentence(_CODES, names=list(map(Name, coded)), n=FEW_VALUES, typed=f"categorical={coded!r}"),
        )
    absent = {name: numbers.size(frames.missing_mask(draft.frame[name])) for name in names}
    if missing == "note" and any(absent.values()):
        counts = [sentence("{name} {n}", name=Name(name), n=round(count)) for name, count in absent.items() if count]
        yield Note("missing_values", sentence("Missing: {counts}. Percentages are of those known.", counts=counts))
    if numbers.weights is not None and numbers.counted and (numbers.weights != np.round(numbers.weights)).any():
        yield Note(
            "fractional_weights",
            "Frequency weights are not all whole numbers. If they are inverse probabilities say "
            'weight_type="sampling".',
        )


_CODES = "{names}: numbers with {n} values or fewer, shown as numbers. If they are codes, count them: {typed}."


def _present(column: pd.Series[Any]) -> Array:
    values = frames.numeric(column)
    return values[~np.isnan(values)]
