"""Penalties: log prior densities of the coefficients, each one more evaluation to add."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import lapack

from glmlogit import _kernels
from glmlogit._linalg import Factor, Information
from glmlogit.objective import Evaluation, Objective

Array = npt.NDArray[np.float64]
Columns = npt.NDArray[np.intp]

# Coefficients up to which the curvature of Jeffreys' prior is worth its p³ operations a row.
LARGEST_CURVATURE = 40
# Share of the information that the curvature of the prior may be where steps do without it: they gain a digit and a
# half each at least, in practice three, for a fraction of the cost.
SMALL_SHARE = 0.03
# What a step without it may leave, in standard errors, where it may be the last. (Where coefficients are held, as along
# a profile, the decrement is that of all: the last step leaves 3e-11 at most, which no likelihood shows.)
LAST_DECREMENT, LAST_ERROR = 1e-9, 1e-12


@dataclass(frozen=True, eq=False)
class Ridge:
    """``−½ Σ λ_j β_j²`` on the log-likelihood's own scale; λ_j = 0 leaves a coefficient free.

    Source: Hoerl & Kennard 1970; le Cessie & van Houwelingen 1992 for the logit model. glmnet's λ is
    this one divided by the number of observations.
    """

    strength: Array
    exact = True

    def keep(self, columns: Columns) -> Ridge:
        """Ridge on some of the coefficients."""
        return Ridge(self.strength[columns])

    def evaluate(self, objective: Objective, beta: Array, at: Evaluation, *, root: bool) -> Evaluation:
        """Evaluation of the penalty alone; it depends on β only."""
        ones = np.ones(len(beta))
        info = (
            Information(ones, root=np.diag(np.sqrt(self.strength)))
            if root
            else Information(ones, matrix=np.diag(self.strength))
        )
        shrunk = self.strength * beta
        return Evaluation(-0.5 * float(shrunk @ beta), -shrunk, info)


@dataclass(frozen=True, eq=False)
class Jeffreys:
    """``power · log|I(β)|``; power ½ is Jeffreys' invariant prior, whose mode removes the first-order bias.

    Source: Firth 1993; for the logit model Heinze & Schemper 2002, score ``Σ(y − p + h(½ − p))x``. The
    information is that of the likelihood; the penalty's own curvature makes the steps Newton's.
    """

    power: float = 0.5
    exact = False

    def _curvature(self, objective: Objective, beta: Array, at: Evaluation, factor: Factor) -> Information | None:
        """``I − power·∂² log|I|``, from ``tr(I⁻¹∂²I) − tr(I⁻¹∂I I⁻¹∂I)``; none for wide designs.

        Computed in the coordinates in which the information is the identity.
        """
        if len(beta) > LARGEST_CURVATURE:
            return None
        first, second = objective.info_curvature(beta, factor.inverse_root)
        whole = np.eye(len(beta)) - self.power * (second - first @ first.T)
        lower = lapack.dpotrf(whole, lower=1, clean=1)
        if lower[1]:  # with a coefficient held far off, what is left of it may be positive definite all the same
            return Information(factor.scale, matrix=factor.root.T @ whole @ factor.root)
        return Information(factor.scale, root=lower[0].T @ factor.root)

    def keep(self, columns: Columns) -> Jeffreys:
        """Itself: the determinant is that of whatever columns the likelihood has."""
        return self

    def evaluate(self, objective: Objective, beta: Array, at: Evaluation, *, root: bool) -> Evaluation:
        """Log-determinant and its gradient; no information of its own."""
        factor = at.info.factor
        none = np.zeros((0, len(beta))) if root else np.zeros((len(beta),) * 2)
        nothing = Information(at.info.scale, root=none) if root else Information(at.info.scale, matrix=none)
        if factor is None:
            return Evaluation(-np.inf, np.zeros(len(beta)), nothing)
        found = objective.info_gradient(beta, factor.inverse_root)
        score = self.power * found.gradient
        share = 1.5 * self.power * min(found.largest, found.squares)
        decrement = factor.norm(at.score + score) / np.sqrt(objective.unit)
        near_enough = _steps_alike(share, float(decrement))
        curvature = at.info if near_enough else self._curvature(objective, beta, at, factor)
        return Evaluation(self.power * factor.log_determinant, score, nothing, curvature)


def _steps_alike(share: float, decrement: float) -> bool:
    """Whether a step with the information alone is as good as Newton's own.

    ``share`` bounds the curvature of the prior in units of the information: with z = R⁻ᵀx it is
    ``Σ w''|z|²zz'`` less ``Σ F_a F_b'``, F_a = Σ w'z_a zz'. As −½w ≤ w'' ≤ w, |w'| ≤ w and ``Σ w zz'`` is the identity,
    the first lies between −½ and 1 times, the second between 0 and 1 times ``Σ w|z|²zz'``, whose eigenvalues are at
    most the largest |z|² and at most ``Σ w|z|⁴``. A step leaves ``share·decrement`` standard errors: next to nothing,
    or another step follows.
    """
    return share * decrement <= LAST_ERROR or (share <= SMALL_SHARE and decrement > LAST_DECREMENT)


@dataclass(frozen=True, eq=False)
class LogF:
    """Log-F(m, m) priors: ``Σ_j (m_j/2)·β_j − m_j·log(1 + e^β_j)``; m_j = 0 leaves a coefficient free.

    Source: Greenland & Mansournia 2015, eq. 5; the same as m_j/2 events and m_j/2 non-events added at x = e_j.
    """

    m: Array
    exact = True

    def keep(self, columns: Columns) -> LogF:
        """Priors of some of the coefficients."""
        return LogF(self.m[columns])

    def evaluate(self, objective: Objective, beta: Array, at: Evaluation, *, root: bool) -> Evaluation:
        """A binomial log-likelihood of ``m/2`` events and non-events in each coefficient."""
        llf, score, weight = _kernels.row_sums(beta, self.m / 2, self.m / 2)
        ones = np.ones(len(beta))
        curvature = (
            Information(ones, root=np.diag(np.sqrt(weight))) if root else Information(ones, matrix=np.diag(weight))
        )
        return Evaluation(llf, score, curvature)


@dataclass(frozen=True, eq=False)
class Recombined:
    """A penalty of coefficients ``β = Tγ`` as one of γ, for penalties that depend on β only."""

    penalty: Ridge | LogF
    transform: Array
    exact = True

    def keep(self, columns: Columns) -> Recombined:
        """On some of the coefficients, the others being zero."""
        return Recombined(self.penalty, self.transform[:, columns])

    def evaluate(self, objective: Objective, beta: Array, at: Evaluation, *, root: bool) -> Evaluation:
        """That of ``Tγ``, with the derivatives of γ."""
        found, ones = self.penalty.evaluate(objective, self.transform @ beta, at, root=True), np.ones(len(beta))
        assert found.info.root is not None
        along = found.info.root @ self.transform
        info = Information(ones, root=along) if root else Information(ones, matrix=along.T @ along)
        return Evaluation(found.llf, self.transform.T @ found.score, info)
