"""Linear combinations Lβ of coefficients, given as text or numbers, as odds ratios with Wald or profile limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.effects.effects_table import Effects
from glmlogit.effects.request import with_covariance
from glmlogit.errors import DataError
from glmlogit.estimate.combinations import combine
from glmlogit.inference.constraints import linear_combination
from glmlogit.inference.multiplicity import Adjust, Family, rank_of
from glmlogit.messages.notes import Note
from glmlogit.messages.words import Name, sentence
from glmlogit.odds.combined import CombinationMethod, CombinationRequest, table_of
from glmlogit.odds.nonlinear import WithGradient, curved, table_of_functions
from glmlogit.prediction.predictors import are_shared, shared_by_predictors

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


Array = npt.NDArray[np.float64]


def contrasts(
    fit: Estimate,
    combination: Any,
    *,
    exponentiate: bool | None = None,
    adjust: Adjust = "none",
    method: CombinationMethod | None = None,
    level: float | None = None,
    cov: str | None = None,
) -> Effects:
    """Estimate linear combinations of coefficients, as odds ratios.

    Parameters
    ----------
    fit : Fit
        The fit, of any estimator of this package.
    combination : str, list of str, or array of shape (r, p)
        ``"race[black] - race[other]"``, ``"10*age"``: names of terms, and ``variable[level]`` for any level of a
        factor, the reference included. Or nonlinear functions of them, with ``+ - * / ^ exp log sqrt``:
        ``"-Intercept/lwt"``, ``"exp(age) - exp(smoke)"``.
    exponentiate : bool, optional
        Odds ratios, the default of linear combinations; else log-odds. Nonlinear functions are what they say.
    adjust : {"none", "bonferroni", "holm", "hochberg", "hommel", "sidak", "scheffe", "BH" or "fdr", "BY"}
        For all rows of the table together: p-values, as R's ``p.adjust``, and limits. With ``"holm"`` the limits are
        Bonferroni's; Hochberg, Hommel and false discovery rates have none, which a note says.
    method : {"wald", "profile"}, optional
        Of tests and limits. Default: profile likelihood for fits that maximise a penalised likelihood and are reported
        with the model's covariance; Wald for others, and where rows are adjusted for each other, which a note says.
    level : float, optional
        Confidence level, such as 0.9; default that of the fit (0.95).
    cov : str, optional
        Kind of covariance, such as ``"HC3"`` or ``"cluster"``, of those that :func:`~glmlogit.cov_params` lists.
        Default: the fit's.

    Returns
    -------
    Effects
        A row a combination: ``contrast odds_ratio conf_low conf_high statistic p_value``; with ``exponentiate=False``
        ``contrast estimate std_error statistic p_value conf_low conf_high``. ``.covariance`` is that of the log-odds;
        ``.test("… = 1")`` is about an odds ratio, ``.test("… = 0")`` with ``exponentiate=False`` about a log-odds.

    Raises
    ------
    FormulaError
        For a name that is no term or level.
    DataError, UnsupportedError
        For ``method="profile"`` with an adjustment, and where there is no likelihood to profile.

    Notes
    -----
    ``Lβ ± z·√(LVL')``, or the values that a likelihood-ratio test of the combination does not reject (a chi-squared
    ``statistic``): those of the coefficient that the combination is in a model with other columns of the same span. A
    multiple of one coefficient has the row of that coefficient. *Matches*, by Wald, Stata's ``lincom, or``, R's
    ``multcomp::glht`` and SAS's ``ESTIMATE``. A combination of main effects whose variables also take part in an
    interaction holds at one value of the others only: a note says where.

    Nonlinear functions have limits by the delta method, with exact derivatives, and the columns of
    ``exponentiate=False``. *Matches* Stata's ``nlcom`` and R's ``car::deltaMethod``.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + smoke + C(race)", gl.datasets.birthwt())
    >>> print(gl.contrasts(fit, "race[black] - race[other]").drop(columns=["statistic"]).round(3))
                        contrast  odds_ratio  conf_low  conf_high  p_value
    0  race[black] - race[other]       0.956     0.365      2.501    0.926
    """
    fit = with_covariance(fit, cov)
    if adjust == "tukey":
        raise DataError("adjust='tukey' is for all pairs of levels: use gl.pairwise(fit, variable)")
    functions = _functions(fit, combination)
    if functions is not None:
        if exponentiate or method == "profile":
            option = "exponentiate=True" if exponentiate else "method='profile'"
            raise DataError(f"{option} is for linear combinations; type exp() where it is meant, by the delta method")
        return table_of_functions(fit, *functions, adjust, level)
    exponentiate = exponentiate is not False
    rows, texts = _parsed(fit, combination)
    labels = pd.DataFrame({"contrast": texts})
    family = Family(adjust, np.zeros(len(rows), dtype=int), 0, rank_of(rows), fit.reference)
    request = CombinationRequest(exponentiate, adjust, method, level)
    return table_of(fit, rows, labels, family, request, _partial(fit, rows), typed=True)


def _functions(fit: Estimate, combination: Any) -> tuple[list[str], list[WithGradient], Array] | None:
    """Texts, functions and the combinations (q, p) they are of, where these are no linear combinations."""
    texts = [part.strip() for part in _split(combination)] if isinstance(combination, str) else combination
    if not (isinstance(texts, (list, tuple)) and texts and all(isinstance(text, str) for text in texts)):
        return None
    if not any(sign in text for text in texts for sign in ("/", "*", "^", "(")):
        return None
    names, vectors = _named_rows(fit)
    functions = curved(texts, names, combine(fit, vectors, typed=True).values)
    return None if functions is None else (list(texts), functions, vectors)


def _parsed(fit: Estimate, combination: Any) -> tuple[Array, list[str]]:
    """Rows (r, p) of the combinations, and their text."""
    p = fit.coefs.size
    if isinstance(combination, str):
        combination = [part.strip() for part in _split(combination)]
    if isinstance(combination, (list, tuple)) and combination and all(isinstance(c, str) for c in combination):
        names, vectors = _named_rows(fit)
        rows = [_row(text, names, vectors) for text in combination]
        return np.stack(rows), list(combination)
    try:
        matrix = np.atleast_2d(np.asarray(combination, dtype=float))
    except (TypeError, ValueError):
        matrix = np.empty((0, 0))
    if matrix.ndim != 2 or matrix.shape[1] != p or not np.isfinite(matrix).all():
        raise DataError(
            f"the combination {combination!r} cannot be read; give text such as '{fit.coefs.labels[-1]}', or numbers, "
            f"one row a combination and {p} columns"
        )
    return matrix, [_spelled(row, fit.coefs.labels) for row in matrix]


def _split(text: str) -> list[str]:
    """Combinations separated by commas outside brackets."""
    parts, depth, start = [], 0, 0
    for i, sign in enumerate(text):
        depth += (sign in "([") - (sign in ")]")
        if sign == "," and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    return [*parts, text[start:]]


def _named_rows(fit: Estimate) -> tuple[list[str], Array]:
    """Names that combinations may use, and the row of coefficients each stands for."""
    names, rows = list(fit.coefs.labels), list(np.eye(fit.coefs.size))
    for factor in fit.columns.factors:
        for level, row in zip(factor.levels, fit.columns.main_effect(factor), strict=False):
            if not are_shared(fit, row != 0):
                continue
            own = shared_by_predictors(fit, row[None])[0]
            for spelled in dict.fromkeys((f"{factor.variable}[{level}]", f"{factor.expression}[{level}]")):
                if spelled not in names:
                    names.append(spelled)
                    rows.append(own)
    return names, np.array(rows)


def _row(text: str, names: Sequence[str], vectors: Array) -> Array:
    return np.asarray(linear_combination(text, names) @ vectors)


def _spelled(row: Array, names: Sequence[str]) -> str:
    """A combination as text."""
    sizes = {j: "" if abs(w) == 1 else f"{abs(w):g}*" for j, w in enumerate(row) if w}
    parts = [f"{'-' if row[j] < 0 else '+'} {size}{names[j]}" for j, size in sizes.items()]
    return " ".join(parts).removeprefix("+ ") or "0"


def _partial(fit: Estimate, rows: Array) -> list[Note]:
    """Where a combination holds only at one value of variables it does not name."""
    used = {t.name: t for t in fit.columns.terms if t.order and (rows[:, fit.coefs.of_columns(t.columns)] != 0).any()}
    partial = {}
    for term in used.values():
        for larger in fit.columns.terms:
            if set(term.factors) < set(larger.factors) and larger.name not in used:
                others = [v for v in larger.variables if v not in term.variables]
                partial[larger.name] = (term.name, others)
    return [
        Note(
            "interaction",
            sentence(
                "{name} is part of {larger}: the contrast holds only where {others} is 0 or at its reference; "
                "gl.stratum_odds_ratios gives it elsewhere.",
                name=Name(name),
                larger=Name(larger),
                others=list(map(Name, others)) or "the rest",
            ),
        )
        for larger, (name, others) in partial.items()
    ]
