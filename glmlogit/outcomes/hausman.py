"""Hausman's comparison of a multinomial fit with that of all levels but one, and what it cannot tell."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.linalg import solve_triangular

from glmlogit.documents.write import Printed
from glmlogit.errors import UnsupportedError
from glmlogit.fitting.maximise import maximise
from glmlogit.inference.hypothesis import require_own_likelihood
from glmlogit.messages.words import reason_of
from glmlogit.numerics import doubledouble
from glmlogit.numerics.doubledouble import DD
from glmlogit.numerics.reference import NORMAL
from glmlogit.outcomes.levels_of import model_of, position, without
from glmlogit.outcomes.with_base import with_base

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]

_SINGULAR = "the difference of covariances is not positive definite; it is singular"
_SAYS_NOTHING = "the difference of covariances is not positive definite; the test says nothing"
_SAYS_LITTLE = "the difference of covariances is not positive definite; the p-value says little"
_NOT_FINITE = "one of the two fits has coefficients that are not finite"
# Eigenvalues of the difference, in units of the covariance, that are rounding.
_ROUNDING = 1e-9


def hausman(fit: Estimate, *levels: Any) -> pd.DataFrame:
    """Compare coefficients with those of a fit without the rows of one level (Hausman & McFadden 1984).

    Parameters
    ----------
    fit : Fit
        A fit of :func:`~glmlogit.multinomial` with three levels or more.
    *levels : levels of the outcome
        Levels to leave out, one after the other; all by default. Without the base, the next level is the base.

    Returns
    -------
    DataFrame
        A row a level left out, ``level df statistic p_value reason``. Where the difference of covariances is not
        positive definite, which happens on ordinary data, ``reason`` says so; a negative statistic has no p-value.

    Raises
    ------
    UnsupportedError
        For a fit of another model, of two levels, or without a likelihood of its own.

    Notes
    -----
    ``H = (β̃ − β̂)'(Ṽ − V̂)⁻¹(β̃ − β̂)`` on all coefficients left, constants included. Small p-values speak against the
    independence of irrelevant alternatives, but large ones are no proof of it: the test has the wrong size in samples
    of common sizes (Cheng & Long 2007). *Matches* Stata's ``mlogtest, hausman``.

    Examples
    --------
    >>> fit = gl.multinomial("race ~ age + smoke", gl.datasets.birthwt())
    >>> list(gl.hausman(fit).columns)
    ['level', 'df', 'statistic', 'p_value', 'reason']
    """
    model = model_of(fit)
    require_own_likelihood(fit, "the comparison is of maximum-likelihood fits")
    if model.n_levels < 3:
        raise UnsupportedError("without one of two levels nothing is left to compare")
    chosen = [model.names[position(model, level)] for level in levels or model.names]
    rows = [(level, *_compared(fit, level)) for level in dict.fromkeys(chosen)]
    return Printed(pd.DataFrame(rows, columns=["level", "df", "statistic", "p_value", "reason"]))


def _compared(fit: Estimate, level: Any) -> tuple[int, float, float, str]:
    model = model_of(fit)
    gone = position(model, level)
    if gone == model.base:
        try:
            rebased = with_base(fit, model.names[1 if gone == 0 else 0])
        except UnsupportedError as why:
            return (model.n_levels - 2) * model.rows.n_columns, math.nan, math.nan, reason_of(why)
        return _compared(rebased, level)
    smaller = maximise(without(model, gone), None, fit.control)
    remaining = np.flatnonzero([key[0] != level for key in model.arrangement.keys])
    if not smaller.reached or not smaller.all_finite or fit.coefs.separated or fit.coefs.aliases:
        return len(remaining), math.nan, math.nan, _NOT_FINITE if smaller.reached else smaller.status.value
    factor = smaller.at.info.factor
    assert factor is not None
    root = factor.inverse_root if smaller.root is None else smaller.root
    return _statistic(smaller.beta - fit.coefs.beta[remaining], root, fit.covariance.root[remaining])


def _statistic(difference: Array, wider: Array, own: Array) -> tuple[int, float, float, str]:
    """H, by roots (k, m) of Ṽ and V̂, judged by the eigenvalues of ``V̂^{-½} Ṽ V̂^{-½} − I``.

    ``Ṽ − V̂`` is taken in double-double: the two are nearly alike.
    """
    lower = np.linalg.cholesky(own @ own.T)
    half = solve_triangular(lower, wider, lower=True)
    values = np.linalg.eigvalsh(half @ half.T - np.eye(len(own)))
    definite = bool(values.min() > _ROUNDING)
    gained = doubledouble.subtract(_squared(wider), _squared(own)).hi
    try:
        statistic = float(difference @ np.linalg.solve(gained, difference))
    except np.linalg.LinAlgError:
        return len(own), math.nan, math.nan, _SINGULAR
    if statistic < 0:
        return len(own), statistic, math.nan, _SAYS_NOTHING
    _, _, p = NORMAL.joint(statistic, len(own))
    return len(own), statistic, float(p), "" if definite else _SAYS_LITTLE


def _squared(root: Array) -> DD:
    return doubledouble.matmul(root, doubledouble.from_double(root.T))
