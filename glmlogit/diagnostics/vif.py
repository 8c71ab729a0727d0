"""Variance inflation: how much larger a term's variance is than if it were uncorrelated with the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.diagnostics.dependence import centred, inflation, root_of, weighed
from glmlogit.documents.formatting import two_decimals
from glmlogit.documents.write import noted
from glmlogit.errors import DataError
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_choice

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]
By = Literal["term", "variable", "column"]
Of = Literal["estimates", "columns"]


def vif(fit: Estimate, by: By = "term", of: Of = "estimates") -> pd.DataFrame:
    """Variance inflation factors of terms, generalised to several columns.

    Parameters
    ----------
    fit : Fit
        The fit, of any estimator of this package.
    by : {"term", "variable", "column"}
        What is judged together: the columns of a term; all columns that a variable has a part in, interactions and
        powers too (``car``'s ``type = "predictor"``); each column alone.
    of : {"estimates", "columns"}
        Correlations of the estimates under the model, for what the fit is worth; or of the columns alone, whatever
        the outcome, each row weighing the same (frequency weights count it as often as they say): 1/(1 − R²) of each
        on the others where ``by="column"``.

    Returns
    -------
    DataFrame
        Indexed by term, variable or column: ``df`` (number of columns), ``gvif`` and ``gvif_scaled``, its 2·df-th
        root, which compares terms of several columns: the factor by which confidence limits are wider. Aliased
        columns, and those they are combinations of, are ``inf``; a term with an infinite estimate is NaN. ``.notes``
        say what to make of it.

    Raises
    ------
    DataError
        For a model of a constant only.

    Notes
    -----
    det R₁₁ det R₂₂ / det R, R the correlations of the slopes (Fox & Monette 1992, *JASA* 87, 178–183), of the model's
    covariance even if another is reported. *Matches* R's ``car::vif``; ``of="columns", by="column"`` statsmodels'
    ``variance_inflation_factor`` with a constant and Stata's ``collin``. *Differs*: a model of one term has 1, where
    ``car`` refuses.

    Examples
    --------
    >>> import glmlogit as gl
    >>> births = gl.datasets.load("birthwt")
    >>> fit = gl.logit("low ~ age + lwt + C(race) + smoke", births)
    >>> gl.vif(fit)
    Term    df gvif gvif_scaled
    age      1 1.05        1.03
    lwt      1 1.13        1.06
    C(race)  2 1.46        1.10
    smoke    1 1.30        1.14
    """
    check_choice("by", by, ("term", "variable", "column"))
    check_choice("of", of, ("estimates", "columns"))
    sets = _sets(fit, by)
    if not sets:
        raise DataError("the model has only a constant: there are no two slopes whose estimates could depend")
    vectors, positions = _estimates(fit) if of == "estimates" else _columns(fit)
    places = {int(j): i for i, j in enumerate(positions)}
    chosen = [np.array([places[j] for j in columns if j in places], dtype=np.intp) for columns in sets.values()]
    factors = inflation(vectors, chosen)
    hidden, infinite = _aliased(fit), _infinite(fit) if of == "estimates" else set()
    for i, columns in enumerate(sets.values()):
        if infinite.intersection(columns):
            factors[i] = np.nan
        elif hidden.intersection(columns):
            factors[i] = np.inf
    df = np.array([len(columns) for columns in sets.values()])
    table = pd.DataFrame(
        {"df": df, "gvif": factors, "gvif_scaled": factors ** (1.0 / (2.0 * df))}, index=pd.Index(list(sets), name=by)
    )
    return noted(table, _notes(fit, by, bool(infinite)), {"gvif": two_decimals, "gvif_scaled": two_decimals})


def _sets(fit: Estimate, by: By) -> dict[str, tuple[int, ...]]:
    """Columns that are judged together, by what they are called; no constants."""
    terms = [term for term in fit.columns.terms if term.order > 0]
    if by == "term":
        return {term.name: term.columns for term in terms}
    if by == "column":
        return {fit.coefs.labels[j]: (j,) for term in terms for j in term.columns}
    variables = dict.fromkeys(name for term in terms for name in term.variables)
    return {name: tuple(j for t in terms if name in t.variables for j in t.columns) for name in variables}


def _slopes(fit: Estimate, among: Positions) -> npt.NDArray[np.bool_]:
    """Which of some coefficients belong to no constant."""
    return np.isin(among, fit.columns.constants, invert=True)


def _estimates(fit: Estimate) -> tuple[Array, Positions]:
    """Vectors (k, m) whose products are the model's covariances of the finite slopes, and positions of these."""
    estimated, states = fit.coefs.estimated, fit.coefs.states
    wanted = _slopes(fit, estimated) & np.array([states[j].finite for j in estimated.tolist()], dtype=bool)
    return fit.covariance.of_kind("model").root[wanted], estimated[wanted]


def _columns(fit: Estimate) -> tuple[Array, Positions]:
    """Vectors (k, m) whose products are the covariances of the columns that are not aliased, and their positions."""
    slopes = fit.coefs.free[_slopes(fit, fit.coefs.free)]
    root = root_of(weighed(fit, slopes, constant=True), 1 + len(slopes))
    return centred(root).T, slopes


def _aliased(fit: Estimate) -> set[int]:
    """Columns that are aliased, and those they are combinations of."""
    return {j for alias in fit.coefs.aliases for j in (alias.column, *(k for k, _ in alias.combination))}


def _infinite(fit: Estimate) -> set[int]:
    """Columns whose coefficient is infinite or not determined."""
    aliased = {alias.column for alias in fit.coefs.aliases}
    return {j for j, state in enumerate(fit.coefs.states) if not state.finite and j not in aliased}


def _notes(fit: Estimate, by: By, infinite: bool) -> tuple[Note, ...]:
    notes = []
    terms = fit.columns.terms
    if by != "variable" and any(term.order > 1 for term in terms):
        notes.append(
            Note(
                "marginal",
                "Terms within an interaction are inflated by it, whatever the data: centre the variables, or judge "
                'all columns of a variable together: vif(fit, by="variable").',
            )
        )
    if not fit.columns.constants:
        notes.append(Note("no_intercept", "The model has no intercept: slopes are correlated by their means."))
    if fit.coefs.aliases:
        notes.append(
            Note("aliased", "A column that is a combination of others has an infinite factor, and so have these.")
        )
    if infinite:
        notes.append(
            Note(
                "separation",
                "An infinite estimate has no variance: NaN. The other factors are those of the model without the rows "
                "that are predicted perfectly.",
            )
        )
    return tuple(notes)
