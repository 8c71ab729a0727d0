"""A model that was solved: its rows, where their maximum is, and the coordinates in which the information is simple."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.designs.container import Design
from glmlogit.errors import UnsupportedError
from glmlogit.fitting import certify
from glmlogit.fitting.control import Control, Status
from glmlogit.fitting.maximise import GREAT_LOSS, maximise
from glmlogit.fitting.maximum import Maximum
from glmlogit.likelihood.objective import Penalty, single
from glmlogit.numerics import doubledouble, kernels
from glmlogit.numerics.doubledouble import DD
from glmlogit.numerics.lazy import cached_property
from glmlogit.numerics.linalg import Information, lengths

Array = npt.NDArray[np.float64]

# Rows times columns up to which all that is said of rows is worked out in double-double for a refined fit.
MOST_EXACT = 200_000

# Names are not looked at for a type of text: a tenth of the time.
OBJECT = np.dtype(object)


_OF_WHICH = (
    "a column has a coefficient for each level of the outcome, and no odds ratio of its own: name coefficients, as in "
    "gl.contrasts(fit, '10*[level]term'), or compare probabilities: fit.comparisons(variable)"
)


@lru_cache(maxsize=256)
def _index_of(labels: tuple[str, ...]) -> pd.Index:
    return pd.Index(labels, name="term", dtype=OBJECT)


@dataclass(frozen=True, eq=False)
class Solved:
    """Rows, the maximum of their objective, and what is linear or quadratic in the rows there."""

    design: Design
    maximum: Maximum = field(repr=False)
    penalty: Penalty | None = field(repr=False, default=None)
    adjusted: bool = field(repr=False, default=False)  # whether the estimate is more than one maximisation
    model_info: Information | None = field(repr=False, default=None)  # other than the likelihood's own

    @property
    def status(self) -> Status:
        """How the iteration ended; the value is a sentence."""
        return self.maximum.status

    @cached_property
    def rows(self) -> Design:
        """The rows as the maximum fits them: under separation some are at their limit."""
        limit = self.maximum.limiting.limit
        return self.design if limit is None else replace(self.design, limit=limit)

    @property
    def certified(self) -> float | None:
        """Digits proved while the estimate was refined; None where it was not."""
        return self.maximum.certified

    @property
    def plain(self) -> bool:
        """Whether the estimate maximises the likelihood itself."""
        return self.penalty is None and not self.adjusted

    @cached_property
    def likelihood_maximum(self) -> Maximum:
        """The maximum of the likelihood itself: that of separated data, which a penalty hides."""
        return (
            self.maximum
            if self.maximum.cone is not None or self.plain
            else maximise(self.maximum.likelihood, None, Control())
        )

    @cached_property
    def separated_rows(self) -> npt.NDArray[np.bool_]:
        """Rows (n,) whose outcome the columns predict perfectly, of a fit whose penalty or adjustment hides that."""
        limit = None if self.plain else self.likelihood_maximum.limiting.limit
        return np.zeros(self.design.n_rows, dtype=bool) if limit is None else limit != 0.0

    # --- labels of coefficients -----------------------------------------------------------------
    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the coefficients."""
        return self.maximum.likelihood.labels

    @cached_property
    def terms(self) -> pd.Index:
        """Names of the columns, or of what else has a coefficient: the index of every table by term."""
        keys = self.maximum.likelihood.arrangement.keys
        if keys:
            return pd.MultiIndex.from_tuples(keys, names=["outcome", "term"])
        own = _index_of(self.labels) if len(self.labels) <= 100 else _index_of.__wrapped__(self.labels)
        return own.view()  # users may rename it

    @cached_property
    def finite(self) -> npt.NDArray[np.bool_]:
        """Which of the k estimated coefficients are finite and determined, as a mask (k,)."""
        if self.maximum.all_finite:
            return np.ones(len(self.maximum.estimated), dtype=bool)
        states = self.maximum.states
        return np.array([states[j].finite for j in self.maximum.estimated.tolist()], dtype=bool)

    def labelled(self, values: Array, name: str) -> pd.Series[float]:
        """Label numbers (k,) of the estimated coefficients; terms without a finite one are NaN."""
        if self.maximum.all_finite:
            return pd.Series(values.copy(), index=self.terms, name=name, copy=False)
        full = np.full(len(self.labels), np.nan)
        full[self.maximum.estimated[self.finite]] = values[self.finite]
        return pd.Series(full, index=self.terms, name=name)

    def by_term(self, matrix: Array) -> pd.DataFrame:
        """A matrix (k, k) of the estimated coefficients with labels; rows and columns without a finite one are NaN."""
        full = np.full((len(self.labels),) * 2, np.nan)
        finite = self.maximum.estimated[self.finite]
        full[np.ix_(finite, finite)] = matrix[np.ix_(self.finite, self.finite)]
        return pd.DataFrame(
            full, index=self.terms, columns=self.terms if self.maximum.likelihood.arrangement.keys else self.labels
        )

    # --- linear predictors ----------------------------------------------------------------------
    @cached_property
    def exact_rows(self) -> bool:
        """Whether analyses over rows take refined coefficients in double-double.

        A fit of few covariate patterns is refined whatever the number of rows; where these are many, and no digit of
        note is lost without, they are taken in double precision.
        """
        factor = self.maximum.at.info.factor
        small = self.design.n_rows * self.design.n_columns <= MOST_EXACT
        refined = self.maximum.root is not None and single(self.maximum.likelihood) is not None
        return refined and (small or factor is None or factor.condition > GREAT_LOSS)

    def linear_predictor(self, X: Array, offset: Array | None = None) -> Array:
        """``Xβ + offset`` (m,) of rows (m, p), to the last digit for a fit that was refined."""
        if self.exact_rows:
            return doubledouble.linear_predictor(X, self.maximum.pair, offset).hi
        if X.shape[-1] != len(self.maximum.beta):
            raise UnsupportedError(_OF_WHICH)
        eta = X @ self.maximum.beta
        return eta if offset is None else eta + offset

    def predictor_of(self, X: Array, columns: npt.NDArray[np.intp], offset: Array | None) -> DD:
        """``Xβ`` for X (n, c) over the columns at positions ``columns``, plus an offset; double-double if refined."""
        if self.exact_rows:
            beta = self.maximum.pair
            return doubledouble.linear_predictor(X, DD(beta.hi[columns], beta.lo[columns]), offset)
        eta = X @ self.maximum.beta[columns]
        eta = eta if offset is None else eta + offset
        return DD(eta, np.zeros(len(eta)))

    # --- coordinates ----------------------------------------------------------------------------
    @cached_property
    def inverse_root(self) -> Array:
        """``L`` (k, k) with ``I⁻¹ = L L'`` over the estimated coefficients."""
        if self.maximum.root is not None:
            return self.maximum.root
        factor = self.maximum.at.info.factor
        k = len(self.maximum.estimated)
        return np.full((k, k), np.nan) if factor is None else factor.inverse_root

    @property
    def model_root(self) -> Array:
        """``L`` (k, k) with ``L L'`` the model's covariance."""
        factor = None if self.model_info is None else self.model_info.factor
        return self.inverse_root if factor is None else factor.inverse_root

    @property
    def model_errors(self) -> Array:
        """Lengths (k,) of the rows of :attr:`model_root`: the model's standard errors."""
        factor = self.maximum.at.info.factor if self.model_info is None else self.model_info.factor
        refined = self.model_info is None and self.maximum.root is not None
        return lengths(self.model_root) if refined or factor is None else factor.errors

    def whiten(self, X: Array) -> Array:
        """Rows (n, k) of the estimated columns times ``L``, so that the information of all rows is the identity.

        UnsupportedError for rows of columns where these have coefficients for several levels of an outcome.
        """
        if X.shape[-1] != len(self.inverse_root):
            raise UnsupportedError(_OF_WHICH)
        if not self.exact_rows:
            with np.errstate(over="ignore", invalid="ignore"):  # columns of 1e155, whose squares have no number
                return np.asarray(X @ self.inverse_root)
        return certify.whiten(X, self.inverse_root) @ self._whitening

    @property
    def whitened_root(self) -> Array:
        """``L`` (k, k) with ``I⁻¹ = L L'``: the matrix that :meth:`whiten` multiplies rows by."""
        return self.inverse_root @ self._whitening if self.exact_rows else self.inverse_root

    @cached_property
    def _whitening(self) -> Array:
        """``C⁻ᵀ`` with C C' the information in the coordinates of a refined root.

        The rows of that root have the right lengths to the last digit, but its rounding leaves the identity
        only to κ·eps; what is quadratic in the rows (leverages, sandwiches) would lose those digits.
        """
        of_one, estimated = single(self.maximum.limiting), self.maximum.estimated
        assert of_one is not None
        gram = np.zeros((len(estimated),) * 2)
        for block in of_one.rows.collapsed.blocks():
            eta = doubledouble.linear_predictor(block.X, self.maximum.pair, block.offset).hi
            weight = kernels.row_sums(eta, block.events, block.nonevents).weight
            part = certify.whiten(block.X[:, estimated], self.inverse_root) * np.sqrt(weight)[:, None]
            gram += part.T @ part
        return np.asarray(np.linalg.inv(np.linalg.cholesky(gram)).T) if len(gram) else gram
