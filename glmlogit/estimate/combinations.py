"""Which combinations of the coefficients the data leave infinite or undetermined: beyond a separation, out of an alias.

A combination is a row (p,) over all columns: a row of the model, a difference of two, or weights that somebody typed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.errors import UnsupportedError
from glmlogit.separability.recession import Recession, ray_limits, recession_limits

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


Array = npt.NDArray[np.float64]


class Combined(NamedTuple):
    """Combinations of the coefficients (m,): ±inf along a separation, NaN where nothing is determined, for a reason.

    ``error_reasons`` says why a combination has no standard error, also where it has a value.
    """

    values: Array
    reasons: tuple[str, ...]
    error_reasons: tuple[str, ...]


def combine(fit: Estimate, rows: Array, shift: Array | None = None, *, typed: bool = False) -> Combined:
    """Values of combinations (m, p) of the coefficients.

    ``shift`` is what an offset adds; ``typed`` tells weights of coefficients from differences of rows of columns, which
    carry the rounding of these.
    """
    values = fit.solution.linear_predictor(rows, shift)
    reasons, error_reasons = [""] * len(rows), [""] * len(rows)
    if fit.coefs.separated:
        limit = np.broadcast_to(limits_of(fit, rows), len(rows))
        values = np.where(limit == 0, values, limit)
        for i in np.flatnonzero(limit != 0):
            error_reasons[i] = (
                "infinite (separation); limits, where given, are of the profile likelihood (gl.firth is finite)"
            )
            if np.isnan(limit[i]):
                reasons[i] = "the data do not determine it (separation)"
    if fit.coefs.aliases:
        for i in np.flatnonzero(breaks_alias(fit, rows, np.zeros(len(rows)) if typed else None)):
            values[i], reasons[i] = np.nan, "it depends on an aliased coefficient"
            error_reasons[i] = error_reasons[i] or reasons[i]
    return Combined(values, tuple(reasons), tuple(error_reasons))


def fitted_limits(fit: Estimate, rows: slice = slice(None)) -> Array | None:
    """±inf for fitted rows (n,) that are predicted perfectly, else 0; None where no rows are known to be."""
    limit = fit.maximum.limiting.limit
    return None if limit is None else np.where(limit[rows] == 0.0, 0.0, np.copysign(np.inf, limit[rows]))


def limits_of(fit: Estimate, X: Array) -> Array | float:
    """±inf for rows of X (m, p) on the far side of a separation, NaN where the data do not say which, else 0."""
    cone = fit.maximum.cone
    if cone is None or not fit.coefs.separated:
        return 0.0
    free = fit.coefs.free
    if fit.saved is not None:
        return _limits_without_rows(cone, X[:, free])
    separated = fit.surface.likelihood.raised(cone.separated, free)
    finite = np.isfinite(X).all(axis=1)
    limit = np.full(len(X), np.nan)
    limit[finite] = recession_limits(cone, separated, X[finite][:, free])
    return limit


def _limits_without_rows(cone: Recession, rows: Array) -> Array:
    """The same of a saved fit, where one direction separates the outcome."""
    limits = ray_limits(cone, rows)
    if limits is None:
        raise UnsupportedError(
            "several directions separate the outcome of this fit, and the rows, which a saved fit has not, decide "
            "which way a predictor goes: fit again, or save gl.firth's fit, which is finite"
        )
    return limits


# What a row may depart from a collinearity and still keep it, relative to the numbers that are compared: the root of
# the precision of doubles. Combinations come from factorisations and columns from transforms, both inexact.
SAME_COMBINATION = 1e-8


def breaks_alias(fit: Estimate, X: Array, made_of: Array | None = None) -> npt.NDArray[np.bool_]:
    """Rows (n, p) in which an aliased column departs from the combination it was in the data; shape (n,).

    A departure counts relative to the largest number that enters it, and to what the numbers of a row are ``made_of``
    (n,): by default the size of the column in the data, for rows of values and differences of such rows; for
    derivatives the largest one of the row, since those that are 0 but for rounding have been differenced from columns
    that move; 0 for weights of coefficients that somebody typed.
    """
    bad = np.zeros(len(X), dtype=bool)
    for alias in fit.coefs.aliases:
        implied, size = np.zeros(len(X)), np.abs(X[:, alias.column])
        for column, weight in alias.combination:
            implied += weight * X[:, column]
            size = np.maximum(size, np.abs(weight * X[:, column]))
        least = fit.coefs.magnitude[alias.column] if made_of is None else made_of
        bad |= np.abs(X[:, alias.column] - implied) > SAME_COMBINATION * np.maximum(size, least)
    return bad
