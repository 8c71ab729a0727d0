"""Strategies of hypothesis for designs, and the tolerances that properties are held to.

Values are multiples of 1/64, so that what a property calls exact (shifts, splits of weights, products
with integers) is exact in doubles. Overlap is certain where asked for: the first rows come with both outcomes.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import HealthCheck, Phase, assume, settings
from hypothesis import strategies as st
from scipy import special

import glmlogit as gl
from glmlogit.errors import CollinearityWarning, SeparationWarning

Array = npt.NDArray[np.float64]
EPS = 2.0**-52

# The same examples in every run, no limit on the time of one.
QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def examples(number: int) -> settings:
    """A property tried on that many examples, always the same."""
    return settings(
        derandomize=True,
        deadline=None,
        database=None,
        max_examples=number,
        suppress_health_check=QUIET,
        phases=(Phase.explicit, Phase.generate),  # nothing to shrink: the numbers come from a seed
    )


# --- tolerances ---------------------------------------------------------------------------------------
def tolerance(kappa: float) -> float:
    """T(κ), in standard errors: 7 times the worst error of QR with a right stopping rule, 2.8·eps·κ."""
    return max(1e-13, 20 * EPS * kappa)


def tolerance_se(kappa: float) -> float:
    """Relative, for standard errors: they are norms of rows of an inverse triangle."""
    return max(1e-13, 5 * EPS * kappa)


def condition(*fits: gl.Fit) -> float:
    """Largest condition number κ of √W·X at the estimates, columns scaled to unit norm."""
    return max(map(_condition, fits))


def _condition(fit: gl.Fit) -> float:
    """Rows that are separated have no weight, and columns without a finite coefficient no part."""
    weight = row_weights(fit)
    rooted = fit.design.X[:, np.isfinite(fit.params.to_numpy())] * np.sqrt(weight / weight.max())[:, None]
    rooted /= np.abs(rooted).max(axis=0)
    singular = np.linalg.svd(rooted / np.linalg.norm(rooted, axis=0), compute_uv=False)
    return float(singular[0] / singular[-1])


def row_weights(fit: gl.Fit) -> Array:
    """Information weights ``w m p (1 − p)`` of the rows (n,), by their fitted log-odds."""
    small = np.exp(-np.abs(fit.predict(kind="link").to_numpy()))
    counts = [values for values in (fit.design.weights, fit.design.trials) if values is not None]
    return np.prod([small / (1 + small) ** 2, *counts], axis=0)


def information(fit: gl.Fit) -> Array:
    """``X'WX`` (p, p) at the estimate."""
    X = fit.design.X
    return X.T @ (X * row_weights(fit)[:, None])


@dataclass(frozen=True)
class Estimate:
    """What a fit is expected to say: coefficients, covariance (or standard errors), log-likelihood."""

    params: Array
    bse: Array
    llf: float
    cov: Array | None = None

    @classmethod
    def of(cls, fit: gl.Fit) -> Estimate:
        """What a fit says."""
        return cls(fit.params.to_numpy(), fit.bse.to_numpy(), fit.llf, fit.cov_params().to_numpy())


def assert_estimates(fit: gl.Fit, expected: Estimate, kappa: float, extra: Array | float = 0.0) -> None:
    """A fit agrees with what is expected, to T(κ); ``extra`` standard errors are allowed on top, with a reason."""
    bse = fit.bse.to_numpy()
    distance = np.abs(fit.params.to_numpy() - expected.params) / bse
    assert (distance <= tolerance(kappa) + extra).all(), (distance.max(), tolerance(kappa))
    off = np.abs(bse / expected.bse - 1)
    assert off.max() <= tolerance_se(kappa), (off.max(), tolerance_se(kappa))
    assert abs(fit.llf - expected.llf) <= 1e-12 * (1 + abs(expected.llf)), (fit.llf, expected.llf)
    if expected.cov is not None:
        off = np.abs(fit.cov_params().to_numpy() - expected.cov) / np.outer(bse, bse)
        assert off.max() <= tolerance(kappa), (off.max(), tolerance(kappa))


def bits(fit: gl.Fit) -> tuple[bytes, ...]:
    """Every number of a fit that a property may ask for to the last bit."""
    numbers = [
        fit.llf,
        fit.llnull,
        fit.deviance,
        fit.null_deviance,
        fit.nobs,
        fit.df_model,
        fit.df_resid,
        fit.aic,
        fit.bic,
    ]
    arrays = [fit.params, fit.bse, fit.cov_params(), fit.pvalues, numbers]
    return tuple(np.asarray(a, dtype=float).tobytes() for a in arrays)


# --- data ---------------------------------------------------------------------------------------------
@dataclass(frozen=True, repr=False)
class Data:
    """Arrays of a model; X holds its constant itself, if it has one, as first column."""

    X: Array
    y: Array
    trials: Array | None = None
    weights: Array | None = None
    offset: Array | None = None
    weight_type: str = "frequency"

    def design(self, **more: Any) -> gl.Design:
        """The design, with further options."""
        weighted = {} if self.weights is None else {"weights": self.weights, "weight_type": self.weight_type}
        options = {"trials": self.trials, "offset": self.offset, **weighted, **more}
        return gl.design_arrays(self.y, self.X, **options)

    def fit(self, estimator: Any = gl.logit, **more: Any) -> gl.Fit:
        """The fit, with further options of the design."""
        return estimator(self.design(**more))

    def fit_quietly(self, estimator: Any = gl.logit, **more: Any) -> gl.Fit:
        """The fit without warnings of separation or aliased columns."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SeparationWarning)
            warnings.simplefilter("ignore", CollinearityWarning)
            return self.fit(estimator, **more)

    def __repr__(self) -> str:
        given = [name for name in _SIDES if getattr(self, name) is not None]
        return f"Data({self.n} x {self.p}, {', '.join(given) or 'plain'})"

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        printer.text(repr(self))

    def take(self, rows: Any) -> Data:
        """Some rows, in that order."""
        sides = {name: None if (side := getattr(self, name)) is None else side[rows] for name in _SIDES}
        return replace(self, X=self.X[rows], y=self.y[rows], **sides)

    def but(self, **changes: Any) -> Data:
        """The same with other arrays."""
        return replace(self, **changes)

    @property
    def flipped(self) -> Data:
        """Non-events for events; the offset changes sign with the log-odds."""
        y = (1.0 if self.trials is None else self.trials) - self.y
        return replace(self, y=y, offset=None if self.offset is None else -self.offset)

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.y)

    @property
    def p(self) -> int:
        """Number of columns."""
        return self.X.shape[1]


_SIDES = ("trials", "weights", "offset")

seeds = st.integers(0, 2**32 - 1)


def dyadic(rng: np.random.Generator, shape: Any, spread: float = 1.0) -> Array:
    """Normal deviates in multiples of 1/64."""
    return np.round(rng.normal(size=shape) * spread * 64) / 64


@st.composite
def overlapping(
    draw: st.DrawFn,
    *,
    closeness: st.SearchStrategy[int] | None = None,
    grouped: bool | None = None,
    weighted: bool | None = None,
    shifted: bool | None = None,
    constant: bool = True,
    columns: tuple[int, int] = (1, 4),
    sizes: st.SearchStrategy[int] | None = None,
) -> Data:
    """Data whose maximum-likelihood estimate exists.

    ``closeness`` k makes the last column another one plus 2^-k of noise, so that κ is about 2^k (up to 1e8 by
    default). ``grouped``, ``weighted``, ``shifted`` (an offset): with, without or (None) either.
    """
    rng = np.random.default_rng(draw(seeds))
    k = draw(st.integers(*columns))
    n = draw(st.sampled_from([8, 12, 20, 30, 45, 60, 80, 100, 120, 2500]) if sizes is None else sizes)
    X = dyadic(rng, (n, k), draw(st.sampled_from([0.5, 1.0, 3.0])))
    close = draw(st.sampled_from([0, 0, 4, 10, 17, 23, 26]) if closeness is None else closeness)
    if close and k > 1:
        X[:, -1] = X[:, 0] + dyadic(rng, n) * 2.0**-close
    X = np.column_stack([np.ones(n), X]) if constant else X
    beta = rng.normal(size=X.shape[1]) * draw(st.sampled_from([0.0, 0.5, 2.0]))
    beta[0] += draw(st.sampled_from([0.0, 0.0, -2.0, 4.0]))
    if close and k > 1:  # a large effect of the difference, none more of the two together
        large = beta[-1] * (2.0 ** min(close, 6) - 1.0)
        beta[1 if constant else 0] -= large
        beta[-1] += large
    offset = dyadic(rng, n) if (draw(st.booleans()) if shifted is None else shifted) else None
    trials = rng.integers(1, 9, n).astype(float) if (draw(st.booleans()) if grouped is None else grouped) else None
    eta = X @ beta + (0.0 if offset is None else offset)
    y = rng.binomial(1 if trials is None else trials.astype(int), special.expit(eta)).astype(float)
    weights = rng.integers(1, 6, n).astype(float) if (draw(st.booleans()) if weighted is None else weighted) else None
    plain = Data(X, y, trials, weights, offset)
    m = min(n, 2 * X.shape[1])
    head = plain.X[:m] / np.maximum(np.linalg.norm(plain.X[:m], axis=0), 1e-300)
    assume(np.linalg.svd(head, compute_uv=False)[-1] > 1e-9)
    both = plain.take(np.r_[np.arange(n), np.arange(m)])
    top = np.ones(n + m) if trials is None else both.trials
    both.y[:m], both.y[n:] = top[:m], 0.0
    return both


easy = overlapping(closeness=st.sampled_from([0, 4]))


@st.composite
def lattices(draw: st.DrawFn, max_columns: int = 3, max_rows: int = 14) -> Data:
    """Few rows on a small grid of integers: separated completely, in part or not at all, with ties."""
    k = draw(st.integers(1, max_columns))
    n = draw(st.integers(k + 2, max_rows))
    rng = np.random.default_rng(draw(seeds))
    reach = draw(st.integers(1, 3))
    X = rng.integers(-reach, reach + 1, (n, k)).astype(float)
    if draw(st.booleans()):  # lean towards separation
        y = (X @ rng.integers(-2, 3, k) + rng.integers(-1, 2, n) * draw(st.integers(0, 1)) > 0).astype(float)
    else:
        y = rng.integers(0, 2, n).astype(float)
    return Data(np.column_stack([np.ones(n), X]), y)


@st.composite
def factors(draw: st.DrawFn) -> dict[str, Any]:
    """A factor of three or four levels, a number and a 0/1 outcome with both values in every level."""
    levels = list("abcd")[: draw(st.integers(3, 4))]
    rng = np.random.default_rng(draw(seeds))
    g = np.concatenate([np.repeat(levels, 4), rng.choice(levels, draw(st.integers(5, 80)))])
    y = rng.integers(0, 2, len(g)).astype(float)
    y[: 4 * len(levels)] = np.tile([0.0, 1.0, 1.0, 0.0], len(levels))
    x = dyadic(rng, len(g))
    x[: 4 * len(levels)] = np.tile([-1.0, -1.0, 1.0, 1.0], len(levels))
    return {"y": y, "g": g, "x": x, "levels": levels}
