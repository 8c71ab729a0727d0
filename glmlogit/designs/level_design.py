"""Rows whose outcome is one of several levels: a formula and a table, or a table of counts on its left side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd

from glmlogit.data import frames
from glmlogit.data.draft import Draft
from glmlogit.designs.container import Design, WeightType
from glmlogit.designs.design import CodedOutcome, built
from glmlogit.designs.level_offsets import offset_sides
from glmlogit.designs.levels import CodedLevels, code_counts, code_levels, events_of
from glmlogit.formula import algebra, parse


def level_design(
    formula: str,
    data: Any,
    *,
    base: Any = None,
    weights: Any = None,
    weight_type: WeightType = "frequency",
    offset: Any = None,
    cluster: Any = None,
    missing: Literal["drop", "raise"] = "drop",
    functions: Mapping[str, Callable[..., Any]] | None = None,
    labels: Mapping[str, Any] | None = None,
) -> Design:
    """The design of a formula whose outcome has several levels; ``base`` is that which others are compared with.

    Rows without observations in a table of counts, ``cbind(a, b, c) ~ x``, take no part, as those of weight 0.
    """

    def code(parsed: algebra.Formula, draft: Draft) -> CodedOutcome:
        return of_levels(_coded(parsed, draft, base))

    named = {"weights": weights, **offset_sides(offset)}
    return built(formula, data, code, named, cluster, weight_type, missing, functions, labels)


def has_levels(formula: str, data: Any, functions: Mapping[str, Callable[..., Any]] | None = None) -> bool:
    """Whether the left side of a formula is text or categories of more than two levels, or more than two counts."""
    names = [str(name) for name in frames.column_names(data)]
    parsed = parse.parse(formula, functions, names)
    if len(parsed.response) > 2:
        return True
    expression = parsed.response[0]
    if len(parsed.response) == 2 or not expression.plain or expression.text not in names:
        return False
    values = frames.take(data, [expression.text])[expression.text]
    present = values[~frames.missing_mask(values)]
    return getattr(present.dtype, "kind", "O") not in "biuf" and len(pd.unique(present)) > 2


def _coded(parsed: algebra.Formula, draft: Draft, base: Any) -> CodedLevels:
    columns = parse.outcome_columns(parsed, draft.frame)
    if len(columns) == 1:
        return code_levels(columns[0], parsed.outcome, base)
    return code_counts(columns, [expression.text for expression in parsed.response], base)


def of_levels(coded: CodedLevels) -> CodedOutcome:
    """Coded levels as the outcome of a design."""
    levels = coded.levels
    trials = None if levels.counts is None else np.ascontiguousarray(levels.counts.sum(axis=1))
    return CodedOutcome(events_of(levels, coded.outcome), trials, coded.outcome, levels, coded.notes)
