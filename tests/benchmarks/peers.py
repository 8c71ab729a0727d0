"""The contenders, the data they fit and the reference they are held against."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Answer = tuple[Array, Array | None]

# Distance to the maximum that every contender has to reach, in standard errors of the worst coefficient.
TARGET = 1e-8


@dataclass(frozen=True)
class Peer:
    """A way to fit: its tolerances from loose to tight (None: the default) and what it returns."""

    name: str
    fit: Callable[[Array, Array, float | None], Answer]
    tolerances: tuple[float | None, ...]
    errors: bool  # whether standard errors are part of the answer, and of the time


# Threads that glmlogit's own pass may take, which limits of BLAS and OpenMP do not reach; None for all.
THREADS: int | None = None


def glmlogit(y: Array, X: Array, tol: float | None) -> Answer:
    """Design and fit, as a user without a formula would call them."""
    import glmlogit as gl

    fit = gl.logit(gl.design_arrays(y, X), control=gl.Control(threads=THREADS))
    return fit.params.to_numpy(), fit.bse.to_numpy()


def statsmodels_logit(y: Array, X: Array, tol: float | None) -> Answer:
    """Newton's method; stops on the change of the coefficients."""
    from statsmodels.discrete.discrete_model import Logit

    fit = Logit(y, X).fit(disp=0, tol=tol, maxiter=200)
    return fit.params, fit.bse


def statsmodels_glm(y: Array, X: Array, tol: float | None) -> Answer:
    """IRLS; stops on the change of the deviance."""
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    fit = GLM(y, X, family=Binomial()).fit(tol=tol, maxiter=200)
    return fit.params, fit.bse


def _sklearn(solver: str) -> Callable[[Array, Array, float | None], Answer]:
    def fit(y: Array, X: Array, tol: float | None) -> Answer:
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(C=np.inf, fit_intercept=False, solver=solver, tol=tol, max_iter=10_000)
        return model.fit(X, y).coef_.ravel(), None

    return fit


def _glum(y: Array, X: Array, tol: float | None) -> Any:
    from glum import GeneralizedLinearRegressor

    model = GeneralizedLinearRegressor(
        family="binomial", alpha=0.0, fit_intercept=False, gradient_tol=tol, max_iter=200, solver="irls-ls"
    )
    return model.fit(X, y)


def glum_coefficients(y: Array, X: Array, tol: float | None) -> Answer:
    """IRLS; stops on the gradient. Coefficients only."""
    return _glum(y, X, tol).coef_, None


def glum_errors(y: Array, X: Array, tol: float | None) -> Answer:
    """The same with model-based standard errors, which glum computes on request."""
    model = _glum(y, X, tol)
    return model.coef_, np.asarray(model.std_errors(X, y, robust=False))


_TIGHTER = tuple(10.0**-k for k in range(3, 16))

PEERS = (
    Peer("glmlogit", glmlogit, (None,), True),
    Peer("statsmodels Logit", statsmodels_logit, _TIGHTER, True),
    Peer("statsmodels GLM", statsmodels_glm, _TIGHTER, True),
    Peer("sklearn newton-cholesky", _sklearn("newton-cholesky"), _TIGHTER, False),
    Peer("sklearn lbfgs", _sklearn("lbfgs"), _TIGHTER, False),
    Peer("glum", glum_coefficients, _TIGHTER, False),
    Peer("glum with errors", glum_errors, _TIGHTER, True),
)


def quiet(peer: Peer, y: Array, X: Array, tol: float | None) -> Answer:
    """A fit without the peer's remarks on its own convergence: accuracy is measured here instead."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return peer.fit(y, X, tol)


def dataset(n: int, p: int, seed: int = 20240501) -> tuple[Array, Array]:
    """A constant, then measurements (correlated 0.3) and exposures (30 % yes) in turn; about 25 % events."""
    random = np.random.default_rng([seed, n, p])
    X = np.empty((n, p))
    X[:, 0] = 1.0
    common = random.standard_normal(n)
    for j in range(1, p):
        column = np.sqrt(0.7) * random.standard_normal(n) + np.sqrt(0.3) * common
        X[:, j] = column if j % 2 else column > 0.524
    beta = random.choice([-1.0, 1.0], p) * random.uniform(0.1, 0.6, p) / np.sqrt(p / 5)
    eta = X[:, 1:] @ beta[1:]
    beta[0] = -1.2 - eta.mean()
    y = (random.random(n) < 1.0 / (1.0 + np.exp(-eta - beta[0]))).astype(np.float64)
    return y, X


def reference(y: Array, X: Array) -> tuple[Array, Array]:
    """Coefficients and standard errors by plain Newton steps, the last ones with the score in extended precision."""
    beta = np.zeros(X.shape[1], dtype=np.longdouble)
    kind: type[np.floating[Any]] = np.float64
    for _ in range(40):
        score, info = np.zeros(X.shape[1], dtype=np.longdouble), np.zeros((X.shape[1],) * 2)
        for start in range(0, len(X), 20_000):
            rows = X[start : start + 20_000].astype(kind)
            fitted = 1.0 / (1.0 + np.exp(-(rows @ beta.astype(kind))))
            score += (y[start : start + 20_000] - fitted) @ rows
            root = (rows * np.sqrt(fitted * (1.0 - fitted))[:, None]).astype(float)
            info += root.T @ root
        errors = np.sqrt(np.diagonal(np.linalg.inv(info)))
        step = np.linalg.solve(info, score.astype(float))
        beta = beta + step
        moved = np.abs(step / errors).max()
        if moved < 1e-14 and kind is np.longdouble:
            break
        if moved < 1e-8:
            kind = np.longdouble
    return beta.astype(float), errors


def distance(beta: Array, best: Array, errors: Array) -> float:
    """Largest distance of a coefficient from the reference, in standard errors."""
    return float(np.abs((beta - best) / errors).max())


def loosest(peer: Peer, y: Array, X: Array, best: Array, errors: Array) -> tuple[float | None, float]:
    """The loosest tolerance that reaches the target, else the most accurate one; and what it reached.

    Tolerances at which a peer no longer stops in reasonable time (20 times its first fit) are not pursued.
    """
    tried: list[tuple[float, float | None]] = []
    quiet(peer, y, X, peer.tolerances[0])  # imports
    first = math.inf
    for tol in peer.tolerances:
        begin = time.perf_counter()
        reached = distance(quiet(peer, y, X, tol)[0], best, errors)
        seconds = time.perf_counter() - begin
        first = min(first, seconds)
        if seconds > max(1.0, 20.0 * first):
            break
        if reached <= TARGET:
            return tol, reached
        tried.append((reached, tol))
    reached, tol = min(tried, key=lambda pair: pair[0])
    return tol, reached
