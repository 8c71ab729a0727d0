"""FLIC: Firth's slopes, with the intercept refitted so that probabilities sum to the events (Puhr et al. 2017)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Unpack

from glmlogit.designs.container import Design
from glmlogit.estimators.finish import finish
from glmlogit.estimators.firth import NO_FUNCTION, constant_of, first_firth, require_finite, rows_of
from glmlogit.estimators.fit import Fit
from glmlogit.estimators.options import FitOptions
from glmlogit.fitting.control import Control
from glmlogit.fitting.newton import newton
from glmlogit.likelihood.combinators import Fixed
from glmlogit.messages.options import check_level


def flic(
    formula_or_design: str | Design,
    data: Any = None,
    *,
    level: float = 0.95,
    control: Control | None = None,
    **options: Unpack[FitOptions],
) -> Fit:
    """Fit Firth's slopes with an intercept that makes the mean probability right (FLIC).

    Parameters
    ----------
    formula_or_design : str or Design
        ``"low ~ age + C(race)"`` with ``data``, or a design made before.
    data : table
        Rows with the columns that the formula names, of pandas, polars, pyarrow or DuckDB, or a dict of arrays.
    level : float
        Confidence level of the fit's tables.
    control : Control, optional
        Tolerance and limits of the iteration.
    **options
        ``weights weight_type trials event offset cluster missing functions``, as :func:`~glmlogit.design` takes them.

    Returns
    -------
    Fit
        Predicted probabilities sum to the number of events.

    Raises
    ------
    DataError
        For a model without an intercept, and as in :func:`~glmlogit.logit`.

    Notes
    -----
    Puhr, Heinze, Nold, Lusa & Geroldinger 2017. Slopes are those of :func:`firth`, the intercept maximises
    the likelihood given them. *Matches* R's ``logistf::flic`` in the coefficients. Standard errors are from
    the information at the FLIC estimate. There is no likelihood-ratio test, as
    the estimate maximises no single function.

    Examples
    --------
    >>> fit = gl.flic("HG ~ NV + PI + EH", gl.datasets.endometrial())
    >>> fit.params.round(3).to_dict()
    {'Intercept': 3.786, 'NV': 2.929, 'PI': -0.035, 'EH': -2.604}
    """
    control, level = control or Control(), check_level(level, 0.95)
    rows = rows_of(formula_or_design, data, options)
    constant = constant_of(rows, "FLIC")
    first = first_firth(rows, control)
    likelihood = first.likelihood
    others = tuple(j for j in range(rows.n_columns) if j != constant)
    held = Fixed(likelihood, others, tuple(first.beta[list(others)]))
    solution = newton(held, first.beta[[constant]], control)
    beta = held.full(solution.beta)
    at = likelihood.evaluate(beta, root=True)
    at = at._replace(info=at.info.keep(first.estimated), score=at.score[first.estimated])
    status = first.status if not first.reached else solution.status
    maximum = replace(first, beta=beta, at=at, status=status, trace=first.trace + solution.trace)
    require_finite(maximum, rows, "FLIC")
    return finish(rows, maximum, "Firth's slopes, intercept refitted (FLIC)", level, control, adjusted=NO_FUNCTION)
