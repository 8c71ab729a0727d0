"""What tests of fit read: rows of a fit as arrays, their covariate patterns, and the score test of added columns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.errors import UnsupportedError
from glmlogit.messages.words import sentence
from glmlogit.numerics import kernels
from glmlogit.numerics.lazy import cached_property
from glmlogit.numerics.linalg import lengths, triangular_root

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]

# Share of a column's length outside the model's columns that is rounding.
INSIDE = 1e-7


@dataclass(frozen=True, eq=False)
class Fitted:
    """Rows (n,) of a fit by maximum likelihood, with counts of trials, and their place in the model's coordinates.

    ``basis`` (n, k) has orthonormal columns that span those of the model times the root of ``weight`` m·p·q; rows that
    a limiting model fits perfectly have no weight and no residual.
    """

    X: Array = field(repr=False)  # (n, p)
    offset: Array | None = field(repr=False)
    eta: Array = field(repr=False)
    p: Array = field(repr=False)
    q: Array = field(repr=False)
    events: Array = field(repr=False)
    trials: Array = field(repr=False)
    residual: Array = field(repr=False)  # y − mp
    weight: Array = field(repr=False)  # mpq
    basis: Array = field(repr=False)

    @property
    def rank(self) -> int:
        """Number of estimated coefficients."""
        return int(self.basis.shape[1])

    @property
    def finite_eta(self) -> Array:
        """Linear predictors, 0 in rows that a limiting model fits perfectly: no test looks at these."""
        return np.where(self.weight > 0, self.eta, 0.0)

    def outside(self, columns: Array) -> Array:
        """What columns (n, r) or (n,), times the root of the weights, have outside the span of the model's."""
        for _ in range(2):  # once more: full orthogonality
            columns = columns - self.basis @ (self.basis.T @ columns)
        return columns

    @cached_property
    def patterns(self) -> FittedPatterns:
        """Rows of equal columns and offset together."""
        keys = self.X if self.offset is None else np.column_stack([self.X, self.offset])
        _, first, codes = np.unique(keys + 0.0, axis=0, return_index=True, return_inverse=True)
        codes = codes.ravel()

        def summed(values: Array) -> Array:
            return np.bincount(codes, values, len(first)).astype(np.float64)

        return FittedPatterns(
            codes,
            self.eta[first],
            self.p[first],
            self.q[first],
            summed(self.events),
            summed(self.trials),
            summed(self.residual),
            summed(self.weight),
        )


class FittedPatterns(NamedTuple):
    """Covariate patterns (J,), and which of them each row has (n,)."""

    codes: Positions
    eta: Array
    p: Array
    q: Array
    events: Array
    trials: Array
    residual: Array
    weight: Array


def fitted_of(fit: Estimate) -> Fitted:
    """The rows of a fit.

    Raises
    ------
    UnsupportedError
        Where the score equations are not those of the likelihood, or it is not one of the sample's.
    """
    why_not = fit.capabilities.why_no_residual
    if why_not:
        raise UnsupportedError(
            sentence(
                "tests of fit are of one probability a row: {why}; test='hosmer_lemeshow' is of several levels too",
                why=why_not,
            )
        )
    require_testable(fit)
    parts = []
    for part in fit.contributions:
        p, q = kernels.tails(part.eta)
        weight, residual = part.weight * part.copies, part.residual * part.copies
        events = part.block.events
        trials = events + part.block.nonevents
        basis = part.whitened * np.sqrt(weight)[:, None]
        parts.append((part.block.X, part.eta, p, q, events, trials, residual, weight, basis))
    X, *arrays = (np.concatenate(values) for values in zip(*parts, strict=True))
    return Fitted(X, fit.rows.offset, *arrays)


def require_testable(fit: Estimate) -> None:
    """Refuse fits by other score equations than those of the likelihood, or by none of the sample's."""
    if not fit.capabilities.plain:
        raise UnsupportedError(
            sentence(
                "tests of fit rest on the score equations of maximum likelihood, and this fit solves others "
                "({estimator}); fit the same model with gl.logit",
                estimator=fit.estimator,
            )
        )
    if fit.capabilities.why_no_likelihood:
        why = fit.capabilities.why_no_likelihood
        raise UnsupportedError(sentence("tests of fit are of a likelihood, and {why}", why=why))
    if fit.sample.uncounted:
        what = fit.sample.uncounted
        raise UnsupportedError(sentence("tests of fit count trials, and {what} count nothing", what=what))


class AddedScore(NamedTuple):
    """Efficient score test of added columns: chi-squared, the rank they add, and its signed root where it is one."""

    statistic: float
    df: int
    z: float


def score_added(rows: Fitted, U: Array) -> AddedScore:
    """Score test of columns U (n, r) added to the model: ``S'(U'V^½(I − H)V^½U)⁻S`` with S = U'(y − mp).

    Rank is judged after the model's columns are projected out, of columns scaled to length 1. A rank of 0, where U is
    a combination of the model's columns, has no test: 0 on 0.
    """
    U, directions = _directions(rows, U)
    along = directions @ (U.T @ rows.residual)
    z = float(along[0] * np.sign(directions[0, 0])) if U.shape[1] == len(along) == 1 else np.nan
    return AddedScore(float(along @ along), len(along), z)


def independent(rows: Fitted, U: Array) -> Array:
    """Combinations (n, df) of columns U (n, r) that are no combinations of the model's."""
    U, directions = _directions(rows, U)
    return np.asarray(U @ directions.T)


def _directions(rows: Fitted, U: Array) -> tuple[Array, Array]:
    """Columns (n, r) scaled to length 1, and combinations (df, r) of them that are of length 1 outside the model's."""
    U = np.where((rows.weight > 0)[:, None], U, 0.0)
    spread = U * np.sqrt(rows.weight)[:, None]
    size = lengths(spread.T)
    unit = np.where(size > 0, size, 1.0)
    _, values, directions = np.linalg.svd(triangular_root(rows.outside(spread / unit)))
    beside = values > INSIDE
    return U / unit, directions[beside] / values[beside][:, None]
