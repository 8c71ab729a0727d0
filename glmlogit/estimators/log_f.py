"""Log-F(m, m) priors on coefficients, by penalised likelihood (Greenland & Mansournia 2015)."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np
import numpy.typing as npt

from glmlogit.designs.container import Design
from glmlogit.errors import DataError
from glmlogit.estimators.finish import finish
from glmlogit.estimators.firth import require_finite, rows_of
from glmlogit.estimators.fit import Fit
from glmlogit.estimators.options import FitOptions
from glmlogit.fitting.control import Control
from glmlogit.fitting.maximise import maximise
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.likelihood.penalty import LogF
from glmlogit.messages.options import check_level
from glmlogit.messages.words import sentence

Array = npt.NDArray[np.float64]


def log_f(
    formula_or_design: str | Design,
    data: Any = None,
    *,
    m: float | dict[str, float] = 1.0,
    level: float = 0.95,
    control: Control | None = None,
    **options: Unpack[FitOptions],
) -> Fit:
    """Fit with log-F(m, m) priors on all coefficients but the intercept.

    Parameters
    ----------
    formula_or_design : str or Design
        ``"low ~ age + C(race)"`` with ``data``, or a design made before.
    data : table
        Rows with the columns that the formula names, of pandas, polars, pyarrow or DuckDB, or a dict of arrays.
    m : float or mapping of term to float
        Degrees of freedom of the prior; 1 puts 95 % of an odds ratio between 1/648 and 648, 2 between
        1/39 and 39. A mapping penalises only the terms it names.
    level : float
        Confidence level of the fit's tables.
    control : Control, optional
        Tolerance and limits of the iteration.
    **options
        ``weights weight_type trials event offset cluster missing functions``, as :func:`~glmlogit.design` takes them.

    Returns
    -------
    Fit
        Profile limits and likelihood-ratio tests are those of the penalised likelihood.

    Raises
    ------
    DataError
        For a negative m or an unknown term, and as in :func:`~glmlogit.logit`.

    Notes
    -----
    Greenland & Mansournia 2015, §3: the same as m/2 events and m/2 non-events added in a row that has only
    that column, without the intercept. *Matches* Stata's ``penlogit`` and data
    augmentation by hand. The prior depends on the unit of a column: scale it so that one unit
    is a meaningful difference. Standard errors, leverages (``augment``) and with them HC2 and HC3 are of the
    information with the prior's, so that leverages sum to the effective number of coefficients, less than their
    number; ``llf``, ``deviance``, ``aic`` and ``bic`` are the likelihood's, without the prior, at this estimate.

    Examples
    --------
    >>> fit = gl.log_f("HG ~ NV + PI + EH", gl.datasets.endometrial(), m=2)
    >>> fit.params.round(3).to_dict()
    {'Intercept': 3.588, 'NV': 2.324, 'PI': -0.028, 'EH': -2.527}
    """
    control, level = control or Control(), check_level(level, 0.95)
    rows = rows_of(formula_or_design, data, options)
    penalty = LogF(_prior_weights(rows, m))
    maximum = maximise(BinaryLogit(rows, control.threads), penalty, control)
    require_finite(maximum, rows, "log-F")
    return finish(
        rows,
        maximum,
        sentence("log-F({m}, {m}) priors", m=float(m)) if isinstance(m, (int, float)) else "log-F priors",
        level,
        control,
        penalty=penalty,
    )


def _prior_weights(rows: Design, m: float | dict[str, float]) -> Array:
    weights = np.zeros(rows.n_columns)
    by_term = m if isinstance(m, dict) else {name: m for j, name in enumerate(rows.names) if j not in rows.constants}
    for term, value in by_term.items():
        if term not in rows.names:
            raise DataError(f"m names {term!r}, which is no term of the model; terms are {', '.join(rows.names)}")
        if not (isinstance(value, (int, float, np.number)) and np.isfinite(value) and value >= 0):
            raise DataError(f"m={value!r} for {term}: degrees of freedom are positive, such as 1 or 2")
        weights[rows.names.index(term)] = value
    return weights
