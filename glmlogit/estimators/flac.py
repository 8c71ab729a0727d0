"""FLAC: maximum likelihood on Firth's augmented data with an indicator of the pseudo-rows (Puhr et al. 2017)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Unpack

import numpy as np

from glmlogit.designs.container import Design
from glmlogit.errors import NotEstimableError
from glmlogit.estimators.finish import finish
from glmlogit.estimators.firth import constant_of, first_firth, leverages, require_finite, rows_of
from glmlogit.estimators.fit import Fit
from glmlogit.estimators.options import FitOptions
from glmlogit.fitting.control import Control
from glmlogit.fitting.maximise import maximise
from glmlogit.likelihood.penalty import PseudoRows
from glmlogit.messages.options import check_level


def flac(
    formula_or_design: str | Design,
    data: Any = None,
    *,
    level: float = 0.95,
    control: Control | None = None,
    **options: Unpack[FitOptions],
) -> Fit:
    """Fit Firth's augmented data with an indicator of the pseudo-rows (FLAC).

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
        Unlike Firth's, its predicted probabilities are not pulled towards one half. Its ``confint(method="profile")``,
        ``drop1`` and ``test(..., "lr")`` use the likelihood of the augmented data, its weights held.

    Raises
    ------
    DataError
        For a model without an intercept, and as in :func:`~glmlogit.logit`.

    Notes
    -----
    Puhr et al. 2017: maximum likelihood on the data plus pseudo-rows of weight h/2 with either outcome, h
    the leverages of Firth's fit, and a column that is 1 on the pseudo-rows. *Matches* R's ``logistf::flac``.
    Tests and profiles hold h at that of the whole model, and maximise over the coefficient of that column too.
    Standard errors, leverages (``augment``) and with them HC2 and HC3 are of the information of the augmented
    data, so that the leverages of the data's own rows sum to less than the number of coefficients. There is no
    AIC, as the estimate maximises no likelihood of the data alone; ``llf`` and ``deviance`` are the data's, at this
    estimate.

    Examples
    --------
    >>> fit = gl.flac("HG ~ NV + PI + EH", gl.datasets.endometrial())
    >>> fit.params.round(3).to_dict()
    {'Intercept': 3.798, 'NV': 2.941, 'PI': -0.035, 'EH': -2.614}
    """
    control, level = control or Control(), check_level(level, 0.95)
    rows = rows_of(formula_or_design, data, options)
    constant = constant_of(rows, "FLAC")
    first = first_firth(rows, control)
    if not first.reached:
        raise NotEstimableError(f"FLAC rests on Firth's fit, which did not converge. {first.status.value}")
    patterns = rows.collapsed
    penalty = PseudoRows(patterns, leverages(patterns, first), np.arange(rows.n_columns), constant)
    maximum = maximise(first.likelihood, penalty, control, start=first.beta)
    maximum = replace(maximum, trace=first.trace + maximum.trace)
    require_finite(maximum, rows, "FLAC")
    name = "Firth's augmented data with indicator (FLAC)"
    return finish(rows, maximum, name, level, control, penalty=penalty, no_aic=_NO_AIC)


_NO_AIC = "the estimate maximises the likelihood of augmented data, whose weights rest on another estimate"
