"""A fit without each of its cases: by Newton's method from one step where that proves a maximum, else fitted anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.diagnostics.cases import Cases, collapsed
from glmlogit.errors import UnsupportedError
from glmlogit.estimate.combinations import combine
from glmlogit.estimate.refits import reweighted
from glmlogit.fitting.deletion import Removed, deletions
from glmlogit.messages.progress import shown
from glmlogit.numerics.kernels import Observations, log1pexp
from glmlogit.numerics.linalg import lengths
from glmlogit.numerics.row_functions import saturated_kernel

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]


class Deleted(NamedTuple):
    """``change`` (n, p) of the coefficients, β̂ − β̂₍₋ᵢ₎; other numbers (n,) by name; cases without a finite maximum."""

    change: Array
    columns: dict[str, Array]
    infinite: Positions


def deleted(fit: Estimate, cases: Cases) -> Deleted:
    """Fit again without each case.

    Raises
    ------
    UnsupportedError
        For estimators that are made in several steps.
    """
    if fit.capabilities.why_no_bootstrap:
        raise UnsupportedError(
            f"a fit without a row maximises one function again, and {fit.estimator} is made in several steps; use "
            f"gl.firth"
        )
    n, p = len(cases.eta), fit.coefs.size
    result = Deleted(np.full((n, p), np.nan), {name: np.full(n, np.nan) for name in _COLUMNS}, np.zeros(0, np.intp))
    plain = fit.capabilities.plain and not fit.coefs.separated and not fit.capabilities.unreached
    solved = _near(fit, cases, result) if plain else np.zeros(n, dtype=bool)
    left = np.flatnonzero(~solved)
    infinite = [i for i in shown(left.tolist(), len(left), "refits") if not _anew(fit, cases, result, i)]
    return result._replace(infinite=np.array(infinite, dtype=np.intp))


_COLUMNS = ("dffits", "cov_ratio", "likelihood_displacement", "deviance_drop", "linear_predictor_without")


def _near(fit: Estimate, cases: Cases, result: Deleted) -> npt.NDArray[np.bool_]:
    """Fill in the cases whose maximum is near; which these are. Cases that are alike are fitted once."""
    base = cases if cases.codes is not None else collapsed(fit, cases)
    place = np.arange(len(cases.eta)) if cases.codes is not None or base.codes is None else base.codes
    keys = np.column_stack([place.astype(np.float64), cases.events, cases.nonevents])
    _, first, code = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    code = code.ravel()
    rows = Observations(np.ascontiguousarray(base.whitened), base.events, nonevents=base.nonevents, offset=base.eta)
    out = deletions(rows, Removed(place[first], cases.events[first], cases.nonevents[first]))
    root = fit.covariance.whiten(np.eye(fit.coefs.size))[fit.coefs.estimated]
    estimated, solved, change = fit.coefs.estimated, out.proved[code], out.change[code]
    result.change[np.ix_(solved, estimated)] = -(change @ root.T)[solved]
    along = np.einsum("ij,ij->i", cases.whitened, change)
    size = lengths(cases.whitened)
    eta = cases.eta + along
    displacement = out.displacement[code]
    values = {
        "dffits": -along / np.where(size > 0, size, np.nan),
        "cov_ratio": np.exp(-out.log_det[code]),
        "likelihood_displacement": displacement,
        "deviance_drop": 2.0 * _short_of_saturated(cases, eta) - displacement,
        "linear_predictor_without": eta,
    }
    for name, column in values.items():
        result.columns[name][solved] = column[solved]
    return solved


def _own(events: Array, nonevents: Array, eta: Array) -> Array:
    """Log-likelihood of cases at linear predictors, infinite ones too."""
    with np.errstate(invalid="ignore"):
        return -np.where(events > 0, events * log1pexp(-eta), 0.0) - np.where(
            nonevents > 0, nonevents * log1pexp(eta), 0.0
        )


def _short_of_saturated(cases: Cases, eta: Array) -> Array:
    return saturated_kernel(cases.events, cases.nonevents) - _own(cases.events, cases.nonevents, eta)


def _anew(fit: Estimate, cases: Cases, result: Deleted, i: int) -> bool:
    """Fill in a case by a fit of the rows that are left; whether all estimates are finite, or as they were."""
    rows = fit.rows
    factors = np.ones(fit.sample.n_rows)
    if cases.codes is None:
        factors[i] = max(1.0 - 1.0 / cases.copies[i], 0.0)
    else:
        factors[cases.codes == i] = 0.0
    new = reweighted(fit, factors)
    row = int(np.flatnonzero(factors != 1.0)[0])
    X = rows.matrix.rows(np.array([row]))
    shift = None if rows.offset is None else rows.offset[[row]]
    before, after = fit.params.to_numpy(), new.params.to_numpy()
    with np.errstate(invalid="ignore"):
        result.change[i] = before - after
    eta = combine(new, X, shift).values
    own = float(_own(cases.events[[i]], cases.nonevents[[i]], eta)[0])
    saturated = float(saturated_kernel(cases.events[[i]], cases.nonevents[[i]])[0])
    columns = result.columns
    columns["linear_predictor_without"][i] = eta[0]
    columns["deviance_drop"][i] = 2.0 * (saturated + new.likelihood.kernel - fit.likelihood.kernel)
    columns["likelihood_displacement"][i] = _displacement(fit, new, own)
    size = float(lengths(cases.whitened[[i]])[0])
    columns["dffits"][i] = (cases.eta[i] - eta[0]) / size if size > 0 else np.nan
    same = new.coefs.states == fit.coefs.states
    if same and not fit.coefs.separated:
        columns["cov_ratio"][i] = np.exp(_log_det(new) - _log_det(fit))
    return same


def _displacement(fit: Estimate, new: Estimate, own: float) -> float:
    """``2[l(β̂) − l(β̂₍₋ᵢ₎)]`` of all rows; a penalised maximum has none."""
    return max(2.0 * (fit.likelihood.kernel - new.likelihood.kernel - own), 0.0) if fit.capabilities.plain else np.nan


def _log_det(fit: Estimate) -> float:
    return float(np.linalg.slogdet(fit.covariance.of_kind("model").matrix)[1])
