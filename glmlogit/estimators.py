"""Estimators: design, objective, newton, finish — four lines each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypedDict, Unpack

import numpy as np
import numpy.typing as npt

from glmlogit._arrays import plural
from glmlogit._calls import warn
from glmlogit._linalg import Information
from glmlogit.designs import Design, WeightType, design
from glmlogit.errors import CollinearityWarning, ConvergenceError, ConvergenceWarning, DataError, SeparationWarning
from glmlogit.estimate import Capabilities
from glmlogit.fit import Fit
from glmlogit.intake import Note
from glmlogit.intervals import check_level
from glmlogit.maximum import Maximum, maximise
from glmlogit.objective import Penalty
from glmlogit.separability import report_of
from glmlogit.solve import Control, Status
from glmlogit.solved import Solved

Array = npt.NDArray[np.float64]


class DesignOptions(TypedDict, total=False):
    """Options of :func:`~glmlogit.design` that every estimator takes when it is given a formula."""

    weights: Any
    weight_type: WeightType
    trials: Any
    event: Any
    offset: Any
    cluster: Any
    missing: Literal["drop", "raise"]
    functions: Mapping[str, Callable[..., Any]] | None


def logit(
    formula_or_design: str | Design,
    data: Any = None,
    *,
    start: npt.ArrayLike | None = None,
    level: float = 0.95,
    control: Control | None = None,
    **options: Unpack[DesignOptions],
) -> Fit:
    """Fit a logistic regression by maximum likelihood.

    Parameters
    ----------
    formula_or_design : str or Design
        ``"low ~ age + C(race)"`` with ``data``, or a design made before.
    data : table
        As in :func:`~glmlogit.design`, not with a Design.
    start : array of shape (p,), optional
        Where to start; the answer does not depend on it.
    level : float
        Confidence level of the fit's tables.
    control : Control, optional
        Tolerance and limits of the iteration.
    **options
        ``weights weight_type trials event offset cluster missing functions`` of :func:`~glmlogit.design`.

    Returns
    -------
    Fit
        Under separation coefficients are ±inf, and a SeparationWarning names them and the remedy.

    Raises
    ------
    DataError, FormulaError
        For data or formulas that cannot be used.
    ConvergenceError
        With ``Control(strict=True)`` only; otherwise a ConvergenceWarning and ``fit.status`` tell.

    Notes
    -----
    Newton's method, which is Fisher scoring (IRLS) for the logit link (McCullagh & Nelder 1989, §2.5);
    separated data are fitted in the limiting model (Geyer 2009). *Matches* R's ``glm(family = binomial)``,
    Stata's ``logit``, statsmodels' ``Logit`` to rounding. *Differs*: infinite estimates are infinite, where
    R and statsmodels report where the iteration stopped; aliased columns are NaN as in R (statsmodels' ``GLM``
    uses a pseudo-inverse, with a warning since 0.15; its ``Logit`` gives NaN standard errors); R's default
    standard errors have 4 to 5 digits, these have full precision.
    """
    control, level = control or Control(), check_level(level, 0.95)
    rows = as_design(formula_or_design, data, options)
    require_both_outcomes(rows)
    maximum = maximise(rows, control, start=check_start(start, rows))
    return finish(rows, maximum, "Maximum likelihood", level, control)


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
    extra = [name for name, value in options.items() if value is not None and value != _DEFAULTS.get(name)]
    extra += ["data"] if data is not None else []
    if extra:
        raise DataError(f"a Design is complete; give {', '.join(extra)} to gl.design when building it")
    return formula_or_design


def check_start(start: npt.ArrayLike | None, rows: Design) -> Array | None:
    """Starting values as an array of the right length."""
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
            f"outcome {rows.outcome.name} has {_only(events)} in {plural(rows.n_rows, 'row')}{after}; log-odds of 0 "
            f"or 1 are infinite. Choose covariates that are known for both outcomes"
        )
    if rows.n_rows < rows.n_columns:
        raise DataError(
            f"{plural(rows.n_rows, 'row')}{after} cannot determine {plural(rows.n_columns, 'coefficient')}"
            f"{_widest(rows)}; leave out terms, or merge levels of factors"
        )


def _widest(rows: Design) -> str:
    """Which term brings the most columns, where one stands out."""
    widest = max(rows.terms, key=lambda term: len(term.columns), default=None)
    if widest is None or len(widest.columns) < 3:
        return ""
    return f", of which {widest.name} brings {len(widest.columns)}"


def _only(events: float) -> str:
    return "only 0 (no event)" if events == 0 else "only 1 (nothing but events)"


def finish(
    rows: Design,
    maximum: Maximum,
    estimator: str,
    level: float,
    control: Control,
    *,
    penalty: Penalty | None = None,
    adjusted: str = "",
    no_aic: str = "",
    model_info: Information | None = None,
) -> Fit:
    """Turn a maximum into a fit; warn about what the reader must not miss.

    ``adjusted`` says why the estimate maximises no likelihood, for those that do not, ``no_aic`` why what the last of
    several steps maximises has no AIC; ``model_info`` is the information behind the model's standard errors where that
    is another than the likelihood's.
    """
    notes: list[Note] = []
    if maximum.aliases:
        notes.append(_alias_note(rows, maximum))
        warn(notes[-1].text, CollinearityWarning)
    if maximum.status is Status.SEPARATED:
        notes.append(Note("separation", _one_outcome(rows) + report_of(rows, maximum).warning()))
        warn(notes[-1].text, SeparationWarning)
    elif maximum.status is not Status.CONVERGED:
        text = f"{maximum.status.value} ({plural(len(maximum.trace), 'iteration')})"
        notes.append(Note("not_converged", text))
        if control.strict:
            raise ConvergenceError(text)
        warn(text, ConvergenceWarning)
    sampling = rows.sampled
    kind = "cluster" if rows.cluster is not None else ("HC0:stata" if sampling else "model")
    pseudo = "with sampling weights the likelihood is a pseudo-likelihood, not that of the sample" if sampling else ""
    dependent = (
        "rows of a cluster depend on each other, which the likelihood ignores" if rows.cluster is not None else ""
    )
    if sampling:
        notes.append(Note("sampling_weights", "Sampling weights: AIC, BIC and likelihood-ratio tests are not defined."))
    if maximum.certified is not None and maximum.certified < FEW_DIGITS:
        notes.append(_digits_note(maximum.certified))
        warn(notes[-1].text, CollinearityWarning)
    factor = maximum.at.info.factor
    if maximum.reached and factor is not None and factor.condition > NEARLY_ALIASED:
        notes.append(Note("collinear", _COLLINEAR.format(factor.condition)))
        warn(notes[-1].text, CollinearityWarning)
    return Fit(
        Solved(rows, maximum, penalty, bool(adjusted or no_aic), model_info),
        estimator=estimator,
        cov_kind=kind,
        level=level,
        control=control,
        capabilities=Capabilities(
            likelihood=pseudo or adjusted or dependent, aic=pseudo or adjusted or no_aic or dependent
        ),
        extra_notes=tuple(notes),
    )


# Condition of the scaled information root from which columns are all but linear combinations of each other.
NEARLY_ALIASED = 1e11
_COLLINEAR = (
    "Columns are linear combinations of each other but for about their last digits (condition {:.0e}): the estimate is "
    "computed to full precision, but it hangs on the last digits of the data. Leave one of the columns out, or centre "
    "and rescale them."
)
# Fewer certified digits than this are a warning.
FEW_DIGITS = 6.0


def _digits_note(digits: float) -> Note:
    return Note(
        "digits",
        f"Columns are so nearly collinear that only {int(digits)} digits of every coefficient are certain. Centre or "
        f"rescale covariates (year - 2000), use orthogonal polynomials (poly), or leave one out.",
    )


def _one_outcome(rows: Design) -> str:
    events, nonevents = rows.event_totals
    if events and nonevents:
        return ""
    return f"Outcome {rows.outcome.name} has {_only(events)} in {plural(rows.n_rows, 'row')}: check its coding. "


def _alias_note(rows: Design, maximum: Maximum) -> Note:
    """Name each aliased column and what it is a combination of."""

    def called(j: int) -> str:
        return rows.names[j] if rows.formula else f"{rows.names[j]} (column {j})"

    def weighted(weight: float, name: str) -> str:
        return name if abs(weight - 1.0) < 1e-9 else f"{weight:.6g}*{name}"

    parts = []
    for alias in maximum.aliases:
        terms = [f"{'-' if w < 0 else '+'} {weighted(abs(w), called(k))}" for k, w in alias.combination[:4]]
        terms += ["+ …"] if len(alias.combination) > 4 else []
        shown = re.sub(r"^(\+ |(-) )", r"\2", " ".join(terms)) or "0 in every row"
        parts.append(f"{called(alias.column)} = {shown}")
    who = "A coefficient is" if len(parts) == 1 else f"{len(parts)} coefficients are"
    return Note(
        "aliased",
        f"{who} aliased and reported as NaN, because the column is a linear combination of earlier ones: "
        f"{'; '.join(parts)}.",
    )
