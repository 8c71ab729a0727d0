"""Belsley's diagnostics: which coefficients share a near dependence of the columns, and how strong it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.diagnostics.dependence import condition, root_of, weighed
from glmlogit.documents.formatting import two_decimals
from glmlogit.documents.write import noted
from glmlogit.errors import DataError
from glmlogit.estimate.one_event import require_one_event
from glmlogit.messages.notes import Note
from glmlogit.messages.words import Name, Number, sentence
from glmlogit.numerics.linalg import scale_of

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]

# A condition index from which a dependence costs digits, and the proportion of a variance from which a coefficient
# has a part in it (Belsley, Kuh & Welsch 1980, §3.3): rules of thumb, no tests.
LARGE_INDEX, LARGE_PROPORTION = 30.0, 0.5


def collinearity(fit: Estimate, weighted: bool = True) -> pd.DataFrame:
    """Condition indices of the columns and the share that each has in the variance of every coefficient.

    Parameters
    ----------
    fit : Fit
        The fit, of any estimator of this package.
    weighted : bool
        Rows weighted by the information they carry, m·p(1 − p), which standard errors of the fit rest on; or the
        columns as they are, each row weighing the same (frequency weights count it as often as they say).

    Returns
    -------
    DataFrame
        A row an index, ascending: ``condition_index``, then the proportions of the variance of each coefficient, a
        column each, which add up to 1 over the rows. An index of 30 or more with two proportions above ½ names a near
        dependence and the coefficients in it, which ``.notes`` say. Coefficients that are infinite are NaN, and those
        aliased too.

    Raises
    ------
    DataError
        For a model without a finite coefficient.

    Notes
    -----
    Singular values of the columns, the constant included, brought to length 1 and not centred (Belsley, Kuh & Welsch
    1980, *Regression Diagnostics*, ch. 3; weighted: Lesaffre & Marx 1993). *Matches* R's ``perturb::colldiag``
    (``weighted=False``) and SAS ``COLLIN``. They depend on where a variable is 0, which is their point: a calendar
    year is collinear with the constant; ``year - 2000`` is not.

    Examples
    --------
    >>> import glmlogit as gl
    >>> births = gl.datasets.load("birthwt")
    >>> fit = gl.logit("low ~ age + lwt", births)
    >>> gl.collinearity(fit)
    condition_index Intercept  age  lwt
               1.00      0.00 0.01 0.00
               8.83      0.00 0.65 0.50
              13.12      1.00 0.35 0.50
    """
    require_one_event(fit, "condition indices are of the information of models of")
    finite = [j for j in fit.coefs.estimated.tolist() if fit.coefs.states[j].finite]
    if not finite:
        raise DataError("no coefficient is finite: there is no variance to share out")
    positions = np.array(finite, dtype=np.intp)
    rows = _informative(fit, positions) if weighted else weighed(fit, positions, constant=False)
    indices, shares = condition(root_of(rows, len(finite)))
    proportions = np.full((len(finite), fit.coefs.size), np.nan)
    proportions[:, finite] = shares
    table = pd.DataFrame(proportions, columns=pd.Index(fit.coefs.labels, dtype=object))
    table.insert(0, "condition_index", indices)
    return noted(table, _notes(table, fit.coefs.labels), dict.fromkeys(map(str, table), two_decimals))


def _informative(fit: Estimate, columns: npt.NDArray[np.intp]) -> Iterator[Array]:
    """Columns (m, p) of blocks of rows, scaled, each times the root of the information that its row carries."""
    scale = scale_of(fit.coefs.magnitude[columns])
    for part in fit.contributions:
        yield part.block.X[:, columns] * scale * np.sqrt(part.weight * part.copies)[:, None]


def _notes(table: pd.DataFrame, labels: tuple[str, ...]) -> tuple[Note, ...]:
    """A sentence on each near dependence."""
    notes = []
    for index, shares in zip(table["condition_index"], table[list(labels)].to_numpy(), strict=True):
        share = [label for label, value in zip(labels, shares, strict=True) if value > LARGE_PROPORTION]
        if index >= LARGE_INDEX and len(share) > 1:
            notes.append(
                Note(
                    "dependence",
                    sentence(
                        "Condition index {index}: the columns of {names} nearly determine each other. Centre a "
                        "variable that is far from 0, or leave one out.",
                        index=Number(f"{index:.3g}"),
                        names=list(map(Name, share)),
                    ),
                )
            )
    return tuple(notes)
