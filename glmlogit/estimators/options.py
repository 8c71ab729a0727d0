"""Arguments that all estimators take: a formula with data or a design, starting values, and rows that can be fitted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypedDict

import numpy as np
import numpy.typing as npt

from glmlogit.designs.container import Design, WeightType
from glmlogit.designs.design import design
from glmlogit.errors import DataError, NotEstimableError
from glmlogit.messages.words import plural

Array = npt.NDArray[np.float64]


class DesignOptions(TypedDict, total=False):
    """Options of :func:`~glmlogit.design` that every estimator takes when it is given a formula."""

    weights: Any
    weight_type: WeightType
    trials: Any
    event: Any
    offset: Any
    cluster: Any
    class_weight: Literal["balanced"] | Mapping[Any, float] | None
    missing: Literal["drop", "raise"]
    functions: Mapping[str, Callable[..., Any]] | None


class FitOptions(DesignOptions, total=False):
    """Options of :func:`~glmlogit.design` with what its variables are called on pages."""

    labels: Mapping[str, Any] | None


_DEFAULTS: dict[str, Any] = {"weight_type": "frequency", "missing": "drop"}


def as_design(formula_or_design: str | Design, data: Any, options: DesignOptions) -> Design:
    """The design given, or the one a formula and data make."""
    if isinstance(formula_or_design, str):
        return design(formula_or_design, data, **options)
    if isinstance(data, str) and not isinstance(formula_or_design, Design):
        raise DataError(f"the formula comes first, then the data: gl.logit({data!r}, data)")
    if not isinstance(formula_or_design, Design):
        raise DataError(
            f"the first argument is a {type(formula_or_design).__name__}; give a formula and data, or a design: "
            f"gl.design_arrays(y, X) makes one from arrays"
        )
    if formula_or_design.levels is not None:
        raise DataError(
            f"the rows are those of an outcome of levels ({formula_or_design.outcome}); give them to gl.multinomial or "
            f"gl.ordinal, or a formula and event= to model one of the levels"
        )
    extra = [name for name, value in options.items() if value is not None and value != _DEFAULTS.get(name)]
    extra += ["data"] if data is not None else []
    if extra:
        raise DataError(f"a Design is complete; give {', '.join(extra)} to gl.design when building it")
    return formula_or_design


def check_start(start: npt.ArrayLike | None, rows: Design) -> Array | None:
    """Starting values as an array (p,); an error for another length."""
    if start is None:
        return None
    try:
        values = np.asarray(start, dtype=float)
    except (TypeError, ValueError):
        values = np.empty(0)
    if values.shape != (rows.n_columns,) or not np.isfinite(values).all():
        raise DataError(f"start has shape {values.shape}; give {plural(rows.n_columns, 'finite number')}, one a column")
    return values


def require_both_outcomes(rows: Design) -> None:
    """Refuse rows that lost one outcome with their missing values, and fewer rows than columns."""
    events, nonevents = rows.event_totals
    dropped = rows.dropped.missing
    after = f" after dropping {plural(dropped, 'row')} with missing values" if dropped else ""
    if dropped and (events == 0 or nonevents == 0):
        raise DataError(
            f"outcome {rows.outcome.name} has {only_outcome(events)} in {plural(rows.n_rows, 'row')}{after}; log-odds "
            f"of 0 or 1 are infinite. Choose covariates that are known for both outcomes"
        )
    require_enough_rows(rows)


def require_events(rows: Design) -> None:
    """Refuse rows of one outcome, where the constant is infinite whatever the penalty of the others."""
    if rows.levels is None and not min(rows.event_totals):
        raise NotEstimableError(
            f"outcome {rows.outcome.name} has {only_outcome(rows.event_totals[0])} in {plural(rows.n_rows, 'row')}: "
            f"the intercept, which carries no penalty, is infinite. Check the coding and the rows selected; gl.firth "
            f"penalises the intercept too, and has a finite one"
        )


def require_enough_rows(rows: Design) -> None:
    """Refuse fewer rows than columns."""
    dropped = rows.dropped.missing
    after = f" after dropping {plural(dropped, 'row')} with missing values" if dropped else ""
    if rows.n_rows < rows.n_columns:
        raise DataError(
            f"{plural(rows.n_rows, 'row')}{after} cannot determine {plural(rows.n_columns, 'coefficient')}"
            f"{_widest(rows)}; leave out terms, merge levels of factors, or shrink them all: gl.elastic_net_cv"
        )


def _widest(rows: Design) -> str:
    """Which term brings the most columns, where one stands out."""
    widest = max(rows.terms, key=lambda term: len(term.columns), default=None)
    if widest is None or len(widest.columns) < 3:
        return ""
    return f", of which {widest.name} brings {len(widest.columns)}"


def only_outcome(events: float) -> str:
    """The one outcome that all rows have, in words."""
    return "only 0 (no event)" if events == 0 else "only 1 (nothing but events)"
