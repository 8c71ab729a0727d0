"""Linear predictors of rows, one or several a row: their values, limits under separation, and gradients.

Of a model with r predictors a row of columns (p,) has r rows over the coefficients (q,), in each of which the columns
stand at the places that the response says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from glmlogit.errors import UnsupportedError
from glmlogit.estimate.combinations import breaks_alias, fitted_limits, limits_of
from glmlogit.likelihood.response import Arrays, Probabilities
from glmlogit.numerics.arrays import widened

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]


def places(fit: Estimate) -> tuple[Index, ...]:
    """For each predictor the positions of the coefficients of the columns."""
    return fit.response.places(fit.coefs.size)


def linear_predictors(fit: Estimate, X: Array, offset: Array | None) -> Arrays:
    """``Xβ + offset`` (m,) for each predictor."""
    both = zip(places(fit), shifts(fit, offset), strict=True)
    return tuple(fit.solution.predictor_of(X, at, shift).hi for at, shift in both)


def shifts(fit: Estimate, offset: Array | None) -> tuple[Array | None, ...]:
    """What an offset adds to each predictor: the same (m,) to all; of one by level (m, K) its own less the base's."""
    if offset is None or offset.ndim == 1:
        return (offset,) * len(places(fit))
    own = [fit.response.levels.index(level) for level in fit.response.compared]
    base = np.delete(offset, own, axis=1).sum(axis=1)  # 0 without a base
    return tuple(offset[:, k] - base for k in own)


def over_coefficients(fit: Estimate, X: Array, at: Index) -> Array:
    """Rows of columns (m, p) as rows over the coefficients (m, q), in which they stand at the positions ``at``."""
    return X if len(at) == fit.coefs.size else widened(X.T, at, fit.coefs.size).T


def are_shared(fit: Estimate, columns: npt.NDArray[np.bool_]) -> bool:
    """Whether every linear predictor has the same coefficients of the columns marked (p,)."""
    first, *others = places(fit)
    return not any((first[columns] != at[columns]).any() for at in others)


def are_parallel(fit: Estimate) -> bool:
    """Whether every linear predictor has the same coefficients of all columns that are not constant."""
    columns = np.ones(len(fit.columns.names), dtype=bool)
    columns[list(fit.columns.constants)] = False
    return are_shared(fit, columns)


def shared_by_predictors(fit: Estimate, rows: Array) -> Array:
    """Rows of columns (m, p) as rows over the coefficients (m, q), where every linear predictor has the same of them.

    Raises
    ------
    UnsupportedError
        Where predictors have coefficients of their own, and so several log-odds.
    """
    if not are_shared(fit, (rows != 0).any(axis=0)):
        raise UnsupportedError(
            "each level of the outcome has odds ratios of its own here, and this table has one: fit.odds_ratios() and "
            "gl.contrasts(fit, '[level]term') have those of a level, gl.comparisons(fit, ...) risks of all"
        )
    return over_coefficients(fit, rows, places(fit)[0])


def gradient(fit: Estimate, X: Array, factors: Arrays) -> Array:
    """``Σ factorⱼ ∂ηⱼ/∂β`` of rows of columns (m, p) as rows over the coefficients (m, q)."""
    rows = np.zeros((len(X), fit.coefs.size))
    for factor, at in zip(factors, places(fit), strict=True):
        rows[:, at] += factor[:, None] * X
    return rows


def std_errors(fit: Estimate, X: Array, factors: Arrays) -> Array:
    """Standard errors (m,) by the delta method of what has the derivatives ``factors`` by the predictors."""
    if len(factors) == 1:
        return fit.covariance.std_error_of(X) * np.abs(factors[0])
    return fit.covariance.std_error_of(gradient(fit, X, factors))


def probabilities_of(fit: Estimate, eta: Arrays, X: Array | Callable[[], Array], rows: slice | None) -> Probabilities:
    """Probabilities of rows of linear predictors, with their limits: arguments as of :func:`determined`.

    Where several predictors are +∞, or the side of one is not known, their differences are asked for.
    """
    if not (fit.coefs.separated or fit.coefs.aliases):
        return fit.response.probabilities(eta)
    at = fit.response.probabilities(determined(fit, eta, X, rows))
    several = np.sum([np.isposinf(part) for part in at.eta], axis=0) > 1
    if len(eta) > 1 and (rows is not None or not fit.coefs.aliases):
        several = several | np.isnan(at.eta).any(axis=0)
    if not several.any():
        return at
    chosen = (X() if callable(X) else X)[several]
    stand = [over_coefficients(fit, chosen, positions) for positions in places(fit)]
    apart = np.zeros((len(eta), len(eta), len(chosen)))
    for j in range(len(eta)):
        for k in range(j):
            limit = limits_of(fit, stand[j] - stand[k])
            finite = eta[j][several] - eta[k][several]
            beyond = np.where(np.isnan(limit), np.nan, np.copysign(np.inf, limit))
            apart[j, k] = np.where(limit == 0.0, finite, beyond)
            apart[k, j] = -apart[j, k]
    settled = fit.response.settled(tuple(part[several] for part in at.eta), apart)
    p, q = (
        tuple(_put(old, several, new) for old, new in zip(*pair, strict=True))
        for pair in zip(at[1:], settled[1:], strict=False)
    )
    return Probabilities(at.eta, p, q)


def _put(values: Array, chosen: npt.NDArray[np.bool_], new: Array) -> Array:
    """Values with new ones in the rows chosen."""
    values = values.copy()
    values[chosen] = new
    return values


def determined(fit: Estimate, eta: Arrays, X: Array | Callable[[], Array], rows: slice | None) -> Arrays:
    """Linear predictors, ±∞ beyond a separation, NaN where a coefficient is aliased or the side is not known.

    X are the rows of columns (m, p), or what gives them when they are needed; ``rows`` their positions where they are
    fitted rows, in which what is aliased holds and limits may be known.
    """
    limits = None if rows is None or len(eta) > 1 else fitted_limits(fit, rows)
    parts = []
    for values, at in zip(eta, places(fit), strict=True):
        new = values
        if fit.coefs.separated:
            limit = limits_of(fit, over_coefficients(fit, X() if callable(X) else X, at)) if limits is None else limits
            new = np.where(limit == 0.0, new, np.where(np.isnan(limit), np.nan, np.copysign(np.inf, limit)))
        if fit.coefs.aliases and rows is None:
            new = np.where(breaks_alias(fit, over_coefficients(fit, X() if callable(X) else X, at)), np.nan, new)
        parts.append(new)
    return tuple(parts)
