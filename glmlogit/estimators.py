"""Estimators: design, objective, newton, finish — four lines each."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from glmlogit._arrays import plural
from glmlogit.designs import Design, WeightType, design
from glmlogit.errors import CollinearityWarning, ConvergenceError, ConvergenceWarning, DataError
from glmlogit.fit import Capabilities, Fit
from glmlogit.intake import Note
from glmlogit.intervals import check_level
from glmlogit.objective import BinaryLogit
from glmlogit.solve import Control, Maximum, Status, maximise

Array = npt.NDArray[np.float64]


def logit(
    formula_or_design: str | Design,
    data: Any = None,
    *,
    weights: Any = None,
    weight_type: WeightType = "frequency",
    trials: Any = None,
    event: Any = None,
    offset: Any = None,
    cluster: Any = None,
    missing: Literal["drop", "raise"] = "drop",
    functions: Mapping[str, Callable[..., Any]] | None = None,
    start: npt.ArrayLike | None = None,
    level: float = 0.95,
    control: Control | None = None,
) -> Fit:
    """Fit a logistic regression by maximum likelihood.

    Parameters
    ----------
    formula_or_design : str or Design
        ``"low ~ age + C(race)"`` with ``data``, or a design made before.
    data, weights, weight_type, trials, event, offset, cluster, missing, functions
        As in :func:`~glmlogit.design`.
    start : array of shape (p,), optional
        Where to start; the answer does not depend on it.
    level : float
        Confidence level of the fit's tables.
    control : Control, optional
        Tolerance and limits of the iteration.

    Returns
    -------
    Fit

    Raises
    ------
    DataError, FormulaError
        For data or formulas that cannot be used.
    ConvergenceError
        With ``Control(strict=True)`` only; otherwise a ConvergenceWarning and ``fit.status`` tell.

    Notes
    -----
    Newton's method, which is Fisher scoring (IRLS) for the logit link (McCullagh & Nelder 1989, §2.5).
    *Matches* R's ``glm(family = binomial)``, Stata's ``logit``, statsmodels' ``Logit`` to rounding.
    *Differs*: aliased columns are NaN as in R, where Stata drops them and statsmodels' ``GLM`` uses a
    pseudo-inverse (with a warning since 0.15) and its ``Logit`` gives NaN standard errors; R's default
    standard errors have 4 to 5 digits, these have full precision.
    """
    given = {
        "weights": weights,
        "weight_type": weight_type,
        "trials": trials,
        "event": event,
        "offset": offset,
        "cluster": cluster,
        "missing": missing,
        "functions": functions,
    }
    control, level = control or Control(), check_level(level, 0.95)
    rows = as_design(formula_or_design, data, given)
    require_both_outcomes(rows)
    maximum = maximise(BinaryLogit(rows), control, start=check_start(start, rows))
    return finish(rows, maximum, "Maximum likelihood", level, control)


_DEFAULTS: dict[str, Any] = {"weight_type": "frequency", "missing": "drop"}


def as_design(formula_or_design: str | Design, data: Any, options: Mapping[str, Any]) -> Design:
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
    values = np.asarray(start, dtype=float)
    if values.shape != (rows.n_columns,) or not np.isfinite(values).all():
        raise DataError(f"start has shape {values.shape}; give {plural(rows.n_columns, 'finite number')}, one a column")
    return values


def require_both_outcomes(rows: Design) -> None:
    """Refuse outcomes of one kind, and fewer rows than columns, for which no finite maximum exists."""
    events, nonevents = rows.event_totals()
    after = f" after dropping {plural(rows.dropped.missing, 'row')} with missing values" if rows.dropped.missing else ""
    if events == 0 or nonevents == 0:
        value = 0 if events == 0 else 1
        what = f"{value} ({'no event' if value == 0 else 'nothing but events'})"
        raise DataError(
            f"outcome {rows.outcome.name} has only {what} in {plural(rows.n_rows, 'row')}{after}; "
            f"log-odds of 0 or 1 are infinite. Check the coding of the outcome and the rows selected"
        )
    if rows.n_rows < rows.n_columns:
        raise DataError(
            f"{plural(rows.n_rows, 'row')}{after} cannot determine {plural(rows.n_columns, 'coefficient')}; "
            f"leave out terms, or merge levels of factors"
        )


def finish(rows: Design, maximum: Maximum, estimator: str, level: float, control: Control) -> Fit:
    """Turn a maximum into a fit; warn about what the reader must not miss."""
    notes: list[Note] = []
    if maximum.aliases:
        notes.append(_alias_note(rows, maximum))
        warnings.warn(notes[-1].text, CollinearityWarning, stacklevel=3)
    if maximum.status is not Status.CONVERGED:
        text = f"{maximum.status.value} ({plural(len(maximum.trace), 'iteration')})"
        notes.append(Note("not_converged", text))
        if control.strict:
            raise ConvergenceError(text)
        warnings.warn(text, ConvergenceWarning, stacklevel=3)
    sampling = rows.weight_type == "sampling" and rows.weights is not None
    kind = "cluster" if rows.cluster is not None else ("HC0" if sampling else "model")
    reason = "with sampling weights the likelihood is a pseudo-likelihood, not that of the sample" if sampling else ""
    if sampling:
        notes.append(Note("sampling_weights", "Sampling weights: AIC, BIC and likelihood-ratio tests are not defined."))
    return Fit(
        design=rows,
        maximum=maximum,
        estimator=estimator,
        cov_kind=kind,
        level=level,
        control=control,
        capabilities=Capabilities(likelihood=reason),
        extra_notes=tuple(notes),
    )


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
