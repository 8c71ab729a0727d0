"""A second likelihood, written plainly in NumPy: several outcomes, several linear predictors a row.

It holds its rows as an array (n, K, q): predictors of the K outcomes are its products with β, plus an offset (n, K).
The multinomial logit is ``softmax(...)``, where the first outcome is the base with a predictor of 0. Nothing here is
fast; it is what a model must supply so that the package fits, profiles and tests it as it does the binary logit.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import logsumexp

from glmlogit.data.rows import RowBlock
from glmlogit.likelihood.aliasing import exact_combinations
from glmlogit.likelihood.contribution import Contribution
from glmlogit.likelihood.objective import Evaluation, Likelihood
from glmlogit.likelihood.response import Probabilities
from glmlogit.numerics.linalg import EPS, Information, aliased_columns, scale_of, triangular_root
from glmlogit.separability.signed_rows import SignedRows


def softmax(X, outcome, levels, names, weights=None):
    """Multinomial logit of ``outcome`` (n,) on the columns X (n, p); coefficients are named ``"level|name"``."""
    n, p = X.shape
    over = np.zeros((n, len(levels), (len(levels) - 1) * p))
    for k in range(1, len(levels)):
        over[:, k, (k - 1) * p : k * p] = X
    observed = np.array([list(levels).index(value) for value in outcome])
    weights = np.ones(n) if weights is None else np.asarray(weights, dtype=float)
    labels = tuple(f"{level}|{name}" for level in levels[1:] for name in names)
    offset, possible = np.zeros((n, len(levels))), np.ones((n, len(levels)), dtype=bool)
    return Softmax(over, observed, weights, offset, possible, labels, SoftmaxResponse(tuple(levels)))


@dataclass(frozen=True)
class SoftmaxResponse:
    """``p_k = e^{η_k}/Σ e^{η_l}``, the predictor of the first level being 0 (Agresti 2013, §8.1.1)."""

    levels: tuple[Hashable, ...]
    event = None
    shown = ()  # no verb is told of its levels

    def places(self, size):
        """The coefficients of one level after those of another."""
        return tuple(np.split(np.arange(size), len(self.levels) - 1))

    def probabilities(self, eta):
        """Of odds s against a level, 1/(1 + s) and 1/(1 + 1/s): NaN where two predictors are +∞."""
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            against = [np.exp(self._against(eta, k)).sum(axis=0) for k in range(len(self.levels))]
            p, q = (tuple(1 / (1 + s) for s in against), tuple(1 / (1 + 1 / s) for s in against))
        return Probabilities(eta, p, q)

    def _against(self, eta, level):
        """Predictors of the other levels (K − 1, m) less that of the level."""
        every = np.stack([np.zeros_like(eta[0]), *eta])
        return np.delete(every, level, axis=0) - every[level]

    def value(self, at, level, of="probability"):
        """The probability, −log(1 + s) or −log s."""
        if of == "probability":
            return at.p[level]
        against = self._against(at.eta, level)
        return -logsumexp(against if of == "log_odds" else np.vstack([0 * against[:1], against]), axis=0)

    def _of_log(self, at, level):
        """Derivatives δ_kj − p_j of log p_k."""
        return [at.q[level] if j == level else -at.p[j] for j in range(1, len(self.levels))]

    def _times(self, at, level, of):
        return {"probability": at.p[level], "log": 1.0, "log_odds": 1 / at.q[level]}[of]

    def derivative(self, at, level, of="probability"):
        """``δ_kj − p_j`` of log p_k, times p_k of p_k, over 1 − p_k of the log-odds."""
        return tuple(self._times(at, level, of) * d for d in self._of_log(at, level))

    def second(self, at, level, of="probability"):
        """Those of log p_k are −p_j(δ_jl − p_l); the product rule gives the others."""
        first, rows = self._of_log(at, level), []
        for j, d in enumerate(first):
            bend = [-at.p[j + 1] * e for e in self._of_log(at, j + 1)]
            own = {"probability": 1.0, "log": 0.0, "log_odds": at.p[level] / at.q[level]}[of]
            rows.append(tuple(self._times(at, level, of) * (b + own * d * e) for b, e in zip(bend, first, strict=True)))
        return tuple(rows)


@dataclass(frozen=True, eq=False)
class Softmax(Likelihood):
    """``Σ w (η_y − log Σ exp η_k)``, the sum over the outcomes that are ``possible`` (n, K) in a row."""

    over: np.ndarray  # (n, K, q)
    observed: np.ndarray  # (n,)
    weights: np.ndarray  # (n,)
    offset: np.ndarray  # (n, K)
    possible: np.ndarray  # (n, K)
    labels: tuple[str, ...] = ()  # a default, so that the field hides the property of the protocol
    response: SoftmaxResponse | None = None
    exact = True

    @property
    def n_rows(self):
        return len(self.observed)

    @property
    def size(self):
        return self.over.shape[2]

    @property
    def unit(self):
        return min(1.0, self.weights.max())

    @property
    def magnitude(self):
        return np.abs(self.over).max(axis=(0, 1))

    @property
    def totals(self):
        return tuple(np.bincount(self.observed, self.weights, self.over.shape[1]).tolist())

    @property
    def largest_offset(self):
        return np.abs(self.offset).max()

    @property
    def limit(self):
        alone = self.possible.sum(axis=1) == 1
        return alone.astype(float) if alone.any() else None

    # --- value, score, information ----------------------------------------------------------------
    def predictors(self, beta):
        """Linear predictors (n, K) less that of the observed outcome; −inf where an outcome is not possible."""
        eta = self.over @ beta + self.offset
        eta -= eta[np.arange(self.n_rows), self.observed][:, None]
        return np.where(self.possible, eta, -np.inf)

    def probabilities(self, beta):
        """Probabilities (n, K) and the log-likelihood of each row (n,)."""
        eta = self.predictors(beta)
        top = eta.max(axis=1, keepdims=True)
        powers = np.exp(eta - top)
        total = powers.sum(axis=1, keepdims=True)
        return powers / total, -(top + np.log(total))[:, 0]

    def evaluate(self, beta, *, root=False):
        p, llf = self.probabilities(beta)
        directions = self.over - np.einsum("nk,nkq->nq", p, self.over)[:, None, :]
        score = self.weights @ directions[np.arange(self.n_rows), self.observed]
        rows = (np.sqrt(self.weights[:, None] * p)[:, :, None] * directions).reshape(-1, self.size)
        info = {"root": triangular_root(rows)} if root else {"matrix": rows.T @ rows}
        return Evaluation(float(self.weights @ llf), score, Information(np.ones(self.size), **info))

    def evaluate_some(self, beta, kept):
        return self.evaluate(beta, root=True).keep(kept)

    def largest_change(self, direction):
        change = np.where(self.possible, self.over @ direction, np.nan)
        return float((np.nanmax(change, axis=1) - np.nanmin(change, axis=1)).max())

    # --- stages -----------------------------------------------------------------------------------
    def differences(self):
        """Rows (n·(K − 1), q): those of the observed outcome less those of each other one, and which are possible."""
        n, K, q = self.over.shape
        other = np.arange(K) != self.observed[:, None]
        own = self.over[np.arange(n), self.observed][:, None, :]
        return (own - self.over)[other].reshape(-1, q), self.possible[other]

    def column_blocks(self):
        rows, possible = self.differences()
        yield rows[possible]

    def aliases(self, *, exact=True):
        """Of the differences: for a softmax those of the columns, once for each outcome."""
        (rows,), scale = self.column_blocks(), scale_of(self.magnitude)
        root = triangular_root(rows * scale)
        aliases = aliased_columns(root, scale)
        return exact_combinations(self, root, scale, aliases) if aliases and exact else aliases

    def part(self, stride):
        return self.taken(slice(None, None, stride))

    def rounding_of_step(self, free, beta, factor):
        """As for the binary logit; the information of one observation about its predictors is ½ at most, not ¼."""
        magnitude = self.magnitude[free]
        reach = 2.0 * np.linalg.norm(np.abs(factor.inverse_root).T @ magnitude)
        total, n = self.weights.sum(), self.n_rows
        size = magnitude @ np.abs(beta) + self.largest_offset
        in_eta = (len(free) + 2) * EPS * size * np.sqrt(2.0 * total)
        return float(reach * (in_eta + (8192 + n / 8192) * EPS * total * reach))

    def signed_rows(self, free, beta):
        rows, possible = self.differences()
        rows = np.where(possible[:, None], rows, 0.0)[:, free]
        return SignedRows(rows, None, rows @ beta)

    def limiting(self, separated):
        """What a direction of recession sets apart from the observed outcome is no longer possible."""
        possible = self.possible.copy()
        possible[np.arange(possible.shape[1]) != self.observed[:, None]] &= ~separated
        return replace(self, possible=possible)

    def holding(self, kept, held):
        def at(values):
            return replace(
                self,
                over=self.over[:, :, kept],
                offset=self.offset + self.over[:, :, held] @ values,
                labels=tuple(self.labels[j] for j in kept),
            )

        return at

    def with_weights(self, weights):
        return replace(self.taken(weights > 0), weights=weights[weights > 0])

    def in_columns(self, rows):
        """Labels are ``"level|name"``."""
        levels = list(dict.fromkeys(label.rpartition("|")[0] for label in self.labels))
        X, outcomes = rows.at(slice(None)), np.arange(len(levels) + 1)
        labels = tuple(f"{level}|{name}" for level in levels for name in rows.names)
        return replace(softmax(X, self.observed, outcomes, rows.names, self.weights), labels=labels)

    def taken(self, rows):
        names = ("over", "observed", "weights", "offset", "possible")
        return replace(self, **{name: getattr(self, name)[rows] for name in names})

    def recombined(self, free, transform, labels):
        return replace(self, over=self.over[:, :, free] @ transform, labels=labels)

    def beyond(self, other, beta):
        return replace(self, offset=other.over @ beta + other.offset, possible=other.possible)

    @property
    def null(self):
        n, K, _ = self.over.shape
        return replace(
            self, over=np.tile(np.eye(K)[:, 1:], (n, 1, 1)), labels=tuple(f"{k}|Intercept" for k in range(1, K))
        )

    # --- rows -------------------------------------------------------------------------------------
    def directions(self, rows, beta):
        some = self.taken(rows)
        p, _ = some.probabilities(beta)
        return np.moveaxis(some.over - np.einsum("nk,nkq->nq", p, some.over)[:, None, :], 1, 0)

    def contributions(self, beta, predictor):
        """A direction an outcome: score Σ y_k (x_k − Σ p x), information Σ p_k (x_k − Σ p x)(x_k − Σ p x)'."""
        n, K, _ = self.over.shape
        everything = slice(0, n)
        p, _ = self.probabilities(beta)
        happened = np.arange(K)[:, None] == self.observed
        yield Contribution(
            everything,
            RowBlock(self.over.reshape(n, -1), self.weights, np.zeros(n), None),
            self.over @ beta + self.offset,
            np.where(happened, self.weights, 0.0),
            self.weights * p.T,
            self.directions(everything, beta),
        )
