"""Refinement of a maximum beyond double precision, and lower bounds of the digits an estimate has.

Polishing is iterative refinement in the sense of Demmel, Hida, Kahan, Li, Mukherjee & Riedy (2006, *ACM
TOMS* 32, 325–351; Higham 2002, ch. 12) applied to the score equation: the score is evaluated in
double-double at a double-double β, the inverse root T of a double fit serves as preconditioner, and all that
is left for double precision is G = T'IT, close to the identity whatever the condition of I. The covariance
is T G⁻¹ T' exactly.

Digits are certified by an a-posteriori bound. Let λ = √(s'I⁻¹s) at β̂, with s and I free of rounding, and ρ
the largest standard error of a linear predictor of a row. Since |σ''| ≤ σ', information changes by at most
the factor e^(±m) where linear predictors change by at most m (Bach 2010, *Electron. J. Stat.* 4, 384–414,
§2), and integrating the score from β̂ to the maximum gives, if ρλ < 1,

    ‖β̂ − β‖_I ≤ −log(1 − ρλ)/ρ,     |β̂_j − β_j| ≤ se_j ‖β̂ − β‖_I.

λ is known up to the rounding errors of the computed score, which are bounded by the usual analysis (Higham
2002, ch. 3) in the metric where they are harmless: with W the weights, ‖I^(−1/2) X'√W v‖ ≤ ‖v‖, so that
errors δη of linear predictors count √(Σ W δη²) standard errors, not κ times that.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from glmlogit import _doubledouble as dd
from glmlogit import _kernels
from glmlogit._doubledouble import DD, UNIT
from glmlogit._linalg import Factor, Information
from glmlogit.objective import BinaryLogit, Block, Rows

Array = npt.NDArray[np.float64]

# −log10 of the unit roundoff: what a double correctly rounded has, whatever its value.
MOST_DIGITS = 15.95
MAX_STEPS = 12
# Steps below this, in standard errors, change no digit of a double that is not a true zero.
NEGLIGIBLE = 1e-22
# Relative change of the weights up to which the information at an earlier β is the information.
SAME_WEIGHTS = 2.0**-50
# Where G is further than this from the identity, T is replaced before standard errors are taken from it.
NEAR_IDENTITY = 0.25
# A coefficient that is 0 within this share of its standard error, in double-double, is the number 0.
TRUE_ZERO = 2.0**-70
# Relative errors of a row's residual: of tails, two products and a difference, in double and double-double.
# NumPy's exp is taken to be good to 2 ulp.
_RESIDUAL_DOUBLE = 14 * UNIT
_RESIDUAL_EXACT = 2 * dd.TAIL_ERROR
# Bits of the leading part of a column, so that its products with leading parts of β and r add up exactly.
_LEADING = 20


@dataclass(frozen=True, eq=False)
class Polished:
    """A refined maximum.

    Attributes
    ----------
    beta : ndarray (k,)
        Free coefficients: the refined estimate rounded to double. 0.0 where it is zero to 21 digits of its
        standard error.
    inverse_root : ndarray (k, k)
        L with ``I⁻¹ = L L'`` at ``beta``; not triangular. Its rows have the standard errors as lengths.
    digits : float
        Certified number of correct decimal digits of every coefficient, as :func:`certified_digits` counts.
    steps : int
        Newton steps taken; 0 where none brought the score nearer to zero, and ``beta`` is as it was.
    """

    beta: Array
    inverse_root: Array
    digits: float
    steps: int


@dataclass(frozen=True, eq=False)
class _Scaled:
    """Rows with columns and weights near 1 by powers of two, the free columns first; nothing is rounded."""

    rows: Rows
    columns: npt.NDArray[np.intp]
    n_free: int
    scale: Array
    weight: float

    @classmethod
    def of(cls, rows: Rows, beta: Array, free: npt.NDArray[np.intp]) -> _Scaled:
        held = np.setdiff1d(np.flatnonzero(beta), free)
        columns = np.concatenate([free, held]).astype(np.intp)
        scale = BinaryLogit(rows).column_scale()[columns]
        # A power of four: standard errors are scaled by its root.
        power = round(math.log2(rows.largest_weight) / 2)
        weight = 4.0 ** -max(-500, min(500, power))
        return cls(rows, columns, len(free), scale, weight)

    def blocks(self) -> Iterator[Block]:
        whole = np.array_equal(self.columns, np.arange(self.rows.n_columns))
        for block in self.rows.blocks():
            X = block.X if whole else block.X[:, self.columns]
            yield Block(X * self.scale, block.events * self.weight, block.nonevents * self.weight, block.offset)

    def coefficients(self, beta: Array) -> Array:
        """Coefficients of the scaled columns."""
        return np.asarray(beta[self.columns] / self.scale)

    def preconditioner(self, factor: Factor) -> Array:
        """Inverse root of the information of the scaled rows."""
        return factor.inverse_root / self.scale[: self.n_free, None] / math.sqrt(self.weight)

    def unscaled_root(self, root: Array) -> Array:
        """The inverse root in the units of the data."""
        return root * self.scale[: self.n_free, None] * math.sqrt(self.weight)


@dataclass
class _Rounding:
    """Rounding errors of a score, in standard errors of the worst combination of coefficients.

    A relative error ε of residuals with gross value g = a·q + b·p counts ε √(Σ g²/W), by the metric, or
    ε Σ g ‖I^(−1/2) x‖, by the triangle inequality: the latter for rows whose weight has all but vanished.
    """

    reach: float  # bound of ‖I^(−1/2) x‖ over the rows
    metric: float = 0.0  # Σ g²/W
    triangle: float = 0.0  # Σ g · reach of the other rows
    gross: float = 0.0  # Σ g of all rows
    shifts: float = 0.0  # Σ W δη²
    sums: float = 0.0  # errors of column sums, already in standard errors

    def add_rows(self, gross: Array, weight: Array, shift: Array) -> None:
        """Rows' gross residuals, weights, and bounds of the errors of their linear predictors."""
        self.gross += float(gross.sum())
        # Any division of the rows is a bound; this is where a row costs least, the metric being about √Σ g.
        near = gross <= (2.0 * self.reach * math.sqrt(self.gross)) * weight
        share = np.divide(gross * gross, weight, out=np.zeros_like(gross), where=near & (weight > 0))
        self.metric += float(share.sum())
        self.triangle += self.reach * float(gross.sum(where=~near))
        shift = np.where(weight > 0, shift, 0.0)
        # A weight is good to 10 per cent, as bound() takes it to be, up to a shift of 0.05.
        sure = shift.max() <= 0.05
        self.shifts += float((weight * shift * shift).sum()) if sure else math.inf

    def bound(self, residual: float) -> float:
        """All errors together, residuals having the relative error ``residual``."""
        # 1.1: weights and gross residuals are those of the rounded linear predictors.
        return 1.1 * (residual * (math.sqrt(self.metric) + self.triangle) + math.sqrt(self.shifts) + self.sums)


@dataclass(frozen=True, eq=False)
class _Point:
    """Where a β stands: whitened score v = T's, its rounding error, G = T'IT and what follows from them."""

    beta: DD
    root: Array  # T, the preconditioner
    whitened: Array
    rounding: float
    reach: float  # bound of ρ
    cholesky: Factor  # of G
    slack: float  # bound of ‖G − (what is taken for it)‖

    @property
    def distance(self) -> float:
        """λ as computed."""
        return self.cholesky.norm(self.whitened)

    @property
    def inverse_root(self) -> Array:
        """Inverse root of the information of the scaled rows."""
        return np.asarray(self.root @ self.cholesky.inverse_root)

    @property
    def errors(self) -> Array:
        """Standard errors of the scaled coefficients."""
        return _lengths(self.inverse_root)

    @property
    def settled(self) -> bool:
        """Whether G is known well enough to take standard errors from it."""
        return self.slack < 0.5

    def radius(self) -> Array:
        """Bound of the error of each scaled coefficient; inf where nothing can be said."""
        inflation = 1.0 / math.sqrt(1.0 - self.slack) if self.settled else math.inf
        # Rounding errors and reach are in the metric of T; this takes them to that of I.
        stretch = inflation * max(1.0, float(np.linalg.norm(self.cholesky.inverse_root, 2)))
        decrement = inflation * self.distance * (1 + 1e-12) + stretch * self.rounding
        return np.asarray(_distance_to_maximum(decrement, stretch * self.reach) * inflation * self.errors)


def _lengths(rows: Array) -> Array:
    return np.asarray(np.linalg.norm(rows, axis=1))


def _distance_to_maximum(decrement: float, reach: float) -> float:
    """``−log(1 − ρλ)/ρ``; inf where the score does not even prove that a maximum exists."""
    product = decrement * reach
    if not product < 1.0:
        return math.inf
    return decrement if product < 1e-8 else -math.log1p(-product) / reach


def _digits(value: Array, error: Array) -> float:
    """Certified digits of the worst of ``value ± error``: relative to the least it can be."""
    least = np.abs(value) - error
    relative = np.divide(error, least, out=np.where(error == 0, 0.0, np.inf), where=least > 0)
    worst = float(relative.max(initial=0.0))
    if not worst < 1.0:
        return 0.0
    return MOST_DIGITS if worst == 0.0 else min(MOST_DIGITS, -math.log10(worst))


# ---- the digits of a double fit -----------------------------------------------------------------------------


def certified_digits(
    rows: Rows, beta: Array, free: npt.NDArray[np.intp], factor: Factor, *, enough: float = 12.0
) -> float:
    """Certify a number of correct decimal digits for every coefficient of a fit, in one or two passes.

    Parameters
    ----------
    rows : Rows
    beta : ndarray (p,)
        All coefficients; those that are not free are taken as exact.
    free : ndarray of int (k,)
        Positions of the estimated coefficients.
    factor : Factor
        Information at ``beta`` about the free coefficients: from a QR factorisation where its condition is
        above 100, from sums of products or QR below, as :func:`~glmlogit.solve.maximise` leaves it.
    enough : float
        The first pass has residuals in double precision; a second, with residuals in double-double, is
        made if the first certifies fewer digits than this and rounding is what limits it.

    Returns
    -------
    float
        At most ``−log10 |β̂_j − β_j| / |β_j|`` of the worst coefficient and at most 15.95. 0 says that
        nothing is certified, as for a coefficient that may be 0 for all that is known.

    Notes
    -----
    A rigorous bound (see the module), with worst-case constants for rounding; the truth is usually one or
    two digits better. Columns are split in a leading part of 20 bits and the rest, such that the large
    products add up exactly in any order of a BLAS (Ozaki, Ogita, Oishi & Rump 2012, *Numer. Algorithms*
    59, 95–118).
    """
    if len(free) == 0:
        return MOST_DIGITS
    with np.errstate(all="ignore"):
        view = _Scaled.of(rows, beta, free)
        scaled, root = view.coefficients(beta), view.preconditioner(factor)
        if not (np.isfinite(scaled).all() and np.isfinite(root).all()):
            return 0.0
        best = 0.0
        for exact in (False, True):
            point = _double_point(view, scaled, root, factor.condition, exact)
            best = max(best, _digits(scaled[: view.n_free], point.radius()))
            if best >= enough or (best > 0 and point.distance > point.rounding):
                break
        return best


def _double_point(view: _Scaled, beta: Array, root: Array, condition: float, exact: bool) -> _Point:
    """Score at a double β to about 20 digits, from a few products by BLAS; residuals exact or double."""
    k, lengths = view.n_free, _lengths(root)
    reach, furthest = 1.5 * float(lengths.sum()), 0.0
    rounding = _Rounding(reach)
    leading = _leading_part(beta, 53 - _LEADING - _bits(1.6 * len(beta)))
    score, n_rows = dd.from_double(np.zeros(k)), 0
    for block in view.blocks():
        high = _leading_part(block.X, _LEADING, 0)
        rest = block.X - high
        eta = _split_eta(high, rest, beta, leading, block.offset)
        residual, gross, weight = _residuals(eta, block, exact)
        rounding.add_rows(gross, weight, _eta_error(beta, leading, eta, block.offset))
        part, error = _split_sums(high[:, :k], rest[:, :k], residual)
        rounding.sums += error * float(lengths.sum())
        score, n_rows = dd.add(score, part), n_rows + len(gross)
        if exact:
            furthest = max(furthest, _furthest((block.X[:, :k] @ root).T))
    whitened = dd.matmul(root.T, score).hi
    kind = _RESIDUAL_EXACT if exact else _RESIDUAL_DOUBLE
    slack = _factor_slack(n_rows, k, condition)
    reach = min(reach, furthest + k * k * UNIT * reach) if exact else reach
    return _Point(dd.from_double(beta), root, whitened, rounding.bound(kind), reach, _identity(k), slack)


def _identity(k: int) -> Factor:
    return Factor(np.asfortranarray(np.eye(k)), np.ones(k))


def _furthest(image: Array) -> float:
    """Largest length of a column of the image T'X' (k, n), of rows without weight too: they may regain it."""
    return math.sqrt(float(np.einsum("ij,ij->j", image, image).max()))


def _factor_slack(n_rows: int, k: int, condition: float) -> float:
    """Bound of ‖T'IT − I‖ for a root by QR, or by Cholesky's method where the condition is small."""
    squared = condition * condition if condition <= 100.0 else condition
    return 4.0 * n_rows * k * math.sqrt(k) * UNIT * squared


def _bits(x: float) -> int:
    return math.ceil(math.log2(x))


def _leading_part(x: Array, bits: int, exponent: int | None = None) -> Array:
    """x rounded to multiples of 2^(exponent − bits), where 2^exponent is the size of the largest entry."""
    if exponent is None:
        largest = float(np.abs(x).max(initial=0.0))
        exponent = _bits(largest) if largest > 0 else 0
    shift = 1.5 * 2.0 ** (52 + exponent - bits)
    return (x + shift) - shift


def _split_eta(high: Array, rest: Array, beta: Array, leading: Array, offset: Array | None) -> DD:
    """Linear predictors as pairs: the leading products are exact, the others 2⁻²⁰ as large."""
    products = high @ np.column_stack([leading, beta - leading])
    eta = DD(products[:, 0], products[:, 1] + rest @ beta)
    if offset is None:
        return dd.two_sum(eta.hi, eta.lo)
    return dd.add_double(dd.two_sum(eta.hi, eta.lo), offset)


def _eta_error(beta: Array, leading: Array, eta: DD, offset: Array | None) -> Array:
    """Bound of the error of :func:`_split_eta`, and of a linear correction for its low part."""
    p = len(beta)
    small = 1.5 * np.abs(beta - leading).sum() + 2.0 ** -(_LEADING + 1) * np.abs(beta).sum()
    given = 0.0 if offset is None else np.abs(offset)
    return np.asarray(2 * (p + 3) * UNIT * small + 8 * UNIT**2 * (np.abs(eta.hi) + 1.0) ** 2 + 8 * UNIT**2 * given)


def _residuals(eta: DD, block: Block, exact: bool) -> tuple[DD, Array, Array]:
    """Residuals a·q − b·p, their gross values a·q + b·p and the weights (a + b)pq."""
    if exact:
        return _exact_residuals(eta, block)
    p, q = _kernels.tails(eta.hi)
    up, down = block.events * q, block.nonevents * p
    gross, weight = up + down, (block.events + block.nonevents) * p * q
    # An infinite or huge low part belongs to a row of no weight.
    shift = np.where(weight > 0, weight * eta.lo, 0.0)
    return DD(up - down, -shift), gross, weight


def _exact_residuals(eta: DD, block: Block) -> tuple[DD, Array, Array]:
    p, q = dd.tails(eta)
    up, down = dd.multiply_double(q, block.events), dd.multiply_double(p, block.nonevents)
    weight = (block.events + block.nonevents) * p.hi * q.hi
    return dd.subtract(up, down), up.hi + down.hi, weight


def _split_sums(high: Array, rest: Array, r: DD) -> tuple[DD, float]:
    """Column sums X'r and a bound of the error of each: leading parts exact, the others far smaller."""
    n = len(r.hi)
    leading = _leading_part(r.hi, 53 - _LEADING - _bits(1.6 * n + 1))
    small = (r.hi - leading) + r.lo
    first, second = np.column_stack([leading, small]).T @ high
    sums = dd.two_sum(first, second + r.hi @ rest)
    size = 1.5 * float(np.abs(small).sum()) + 2.0 ** -(_LEADING + 1) * float(np.abs(r.hi).sum())
    return sums, 2 * (n + 3) * UNIT * size


# ---- refinement ---------------------------------------------------------------------------------------------


def polish(rows: Rows, beta: Array, free: npt.NDArray[np.intp], factor: Factor) -> Polished:
    """Refine a maximum to full double precision by Newton's method in double-double arithmetic.

    Parameters
    ----------
    rows : Rows
    beta : ndarray (p,)
        All coefficients; those that are not free are held where they are.
    free : ndarray of int (k,)
        Positions of the estimated coefficients.
    factor : Factor
        Information about the free coefficients at or near ``beta``.

    Returns
    -------
    Polished

    Notes
    -----
    A step of Newton's method is ``d = T G⁻¹ T's`` with G from the last β at which weights were different
    in double precision. Steps are taken until the digits of a double are certified or steps stop
    shrinking. A preconditioner so poor that G is far from the identity (κ near 1e16) is replaced by
    ``T C⁻¹``, G = C'C, and refinement goes on (Rump 2009, *Jpn. J. Ind. Appl. Math.* 26, 249–277, inverts
    matrices that way far beyond κ = 1/u). Where steps do not shrink from the start, ``beta`` is returned
    as it was, with the digits that can be certified, usually 0.
    """
    k = len(free)
    if k == 0:
        return Polished(np.zeros(0), np.zeros((0, 0)), MOST_DIGITS, 0)
    with np.errstate(all="ignore"):
        view = _Scaled.of(rows, beta, free)
        start = dd.from_double(view.coefficients(beta))
        root = view.preconditioner(factor)
        point = _look(view, start, root, None) if np.isfinite(root).all() and np.isfinite(start.hi).all() else None
        if point is None:
            return Polished(beta[free], factor.inverse_root, 0.0, 0)
        point, steps = _refine(view, point)
        return _rounded(view, point, steps)


def _refine(view: _Scaled, start: _Point) -> tuple[_Point, int]:
    """Newton steps while they shrink: the last point that was nearer, and the number of steps to it."""
    point = start
    for steps in range(MAX_STEPS):
        if point.settled and (point.distance <= NEGLIGIBLE or _round(view, point)[1] >= MOST_DIGITS):
            return point, steps
        there = _advance(view, point)
        if there is None or not there.distance < (0.5 * point.distance if point.settled else math.inf):
            break
        point = there
    return (point, steps) if point.settled else (start, 0)


def _advance(view: _Scaled, point: _Point) -> _Point | None:
    """The point one Newton step on, with a new G where the weights there differ."""
    step = np.zeros(len(point.beta.hi))
    step[: view.n_free] = point.root @ point.cholesky.solve(point.whitened)
    beta = dd.add_double(point.beta, step)
    if not point.settled:
        return _look(view, beta, point.inverse_root, None)
    change = point.reach * point.distance
    if change > SAME_WEIGHTS:
        return _look(view, beta, point.root, None)
    return _look(view, beta, point.root, replace(point, slack=point.slack + 2 * change))


def _look(view: _Scaled, beta: DD, root: Array, known: _Point | None) -> _Point | None:
    """Evaluate at β, all in double-double, with the G of ``known`` or a new one. None where that is singular."""
    k, lengths = view.n_free, _lengths(root)
    reach = 1.5 * float(lengths.sum())
    rounding, score, size = _Rounding(reach), dd.from_double(np.zeros(k)), np.zeros(k)
    gram, furthest, n_rows, additions = np.zeros((k, k)), 0.0, 0, 0.0
    for block in view.blocks():
        X = np.asfortranarray(block.X)
        eta, error = _exact_eta(X, beta, block.offset)
        residual, gross, weight = _exact_residuals(eta, block)
        rounding.add_rows(gross, weight, error)
        score = dd.add(score, dd.column_sums(X[:, :k], residual))
        size += gross @ np.abs(X[:, :k])
        # Errors of column_sums() in the longest block, and 3u² for each block added.
        additions = max(additions, 3 * math.log2(len(weight)) + 12) + 3
        n_rows += len(weight)
        if known is None:
            image = dd.matmul(X[:, :k], dd.from_double(root)).hi.T
            furthest = max(furthest, _furthest(image))
            image = image * np.sqrt(weight)
            gram += image @ image.T
    rounding.sums = additions * UNIT**2 * float(lengths @ size)
    whitened = dd.matmul(root.T, score).hi
    error_of_score = rounding.bound(_RESIDUAL_EXACT) + 3 * (k + 2) ** 2 * UNIT**2 * float(lengths @ np.abs(score.hi))
    if known is not None:
        return replace(known, beta=beta, whitened=whitened, rounding=error_of_score)
    return _with_gram(_Point(beta, root, whitened, error_of_score, furthest, _identity(k), 1.0), gram, n_rows)


def _exact_eta(X: Array, beta: DD, offset: Array | None) -> tuple[DD, Array]:
    """Linear predictors in double-double, and bounds of their errors."""
    eta, gross = dd.matmul(X, beta), np.abs(X) @ np.abs(beta.hi)
    if offset is not None:
        eta, gross = dd.add_double(eta, offset), gross + np.abs(offset)
    return eta, 4 * (X.shape[1] + 2) ** 2 * UNIT**2 * gross


def _with_gram(point: _Point, gram: Array, n_rows: int) -> _Point | None:
    """The point with its G; settled if that is near the identity."""
    k = len(gram)
    cholesky = Information(np.ones(k), matrix=gram).factor
    if cholesky is None:
        return None
    near = float(np.linalg.norm(gram - np.eye(k), 2)) <= NEAR_IDENTITY
    return replace(point, cholesky=cholesky, slack=4.0 * (n_rows + 40) * k * UNIT if near else 1.0)


def _round(view: _Scaled, point: _Point) -> tuple[Array, float]:
    """Scaled free coefficients as doubles and their certified digits."""
    value, low = point.beta.hi[: view.n_free], point.beta.lo[: view.n_free]
    radius = point.radius()
    zero = (np.abs(value) <= radius) & (radius <= TRUE_ZERO * point.errors)
    value = np.where(zero, 0.0, value)
    return value, _digits(value, np.where(zero, 0.0, radius + np.abs(low)))


def _rounded(view: _Scaled, point: _Point, steps: int) -> Polished:
    scaled, digits = _round(view, point)
    scale = view.scale[: view.n_free]
    beta = scaled * scale
    unharmed = bool((beta / scale == scaled).all())
    return Polished(beta, view.unscaled_root(point.inverse_root), digits if unharmed else 0.0, steps)
