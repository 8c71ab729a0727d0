"""Maximum likelihood: a design, its maximum (infinite along a separation), and the fit made of it."""

from __future__ import annotations

from typing import Any, Unpack

import numpy.typing as npt

from glmlogit.designs.container import Design
from glmlogit.estimators.finish import finish
from glmlogit.estimators.fit import Fit
from glmlogit.estimators.options import FitOptions, as_design, check_start, require_both_outcomes
from glmlogit.fitting.control import Control
from glmlogit.fitting.maximise import maximise
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.messages.options import check_level


def logit(
    formula_or_design: str | Design,
    data: Any = None,
    *,
    start: npt.ArrayLike | None = None,
    level: float = 0.95,
    control: Control | None = None,
    **options: Unpack[FitOptions],
) -> Fit:
    """Fit a logistic regression by maximum likelihood.

    Parameters
    ----------
    formula_or_design : str or Design
        ``"low ~ age + C(race)"`` with ``data``, or a design made before.
    data : table
        Rows with the columns that the formula names, of pandas, polars, pyarrow or DuckDB, or a dict of arrays.
    start : array of shape (p,), optional
        Where to start; the answer does not depend on it.
    level : float
        Confidence level of the fit's tables.
    control : Control, optional
        Tolerance and limits of the iteration.
    **options
        ``weights weight_type trials event offset cluster class_weight missing functions``, as :func:`~glmlogit.design`
        takes them.

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

    With ``class_weight=`` it is a weighted likelihood: coefficients are scikit-learn's with ``C=inf``, standard errors
    are the sandwich HC0, tests by the likelihood and AIC are not defined, and probabilities are those of another
    population, such as one with 50 % events; the fit's notes name it and the intercept of the rows as they are
    (:func:`~glmlogit.prior_correction`). Imbalance alone is no reason for it (van den Goorbergh et al. 2022).

    Examples
    --------
    >>> fit = gl.logit("low ~ age + smoke", gl.datasets.birthwt())
    >>> fit.params.round(4).to_dict()
    {'Intercept': 0.0609, 'age': -0.0498, 'smoke': 0.6918}
    """
    control, level = control or Control(), check_level(level, 0.95)
    rows = as_design(formula_or_design, data, options)
    require_both_outcomes(rows)
    maximum = maximise(BinaryLogit(rows, control.threads), None, control, start=check_start(start, rows))
    name = "Class-weighted maximum likelihood" if rows.class_weighted else "Maximum likelihood"
    return finish(rows, maximum, name, level, control)
