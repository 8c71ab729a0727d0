"""Refinement of a maximum to full double precision, whatever the condition of the information."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.data.rows import PassRows
from glmlogit.fitting.error_bounds import (
    MOST_DIGITS,
    NEXT_TO_IDENTITY,
    RESIDUAL_EXACT,
    Point,
    ScaledRows,
    exact_sums,
    factor_slack,
    identity_factor,
    longest_row,
    scale_of_weights,
    whitened_score,
)
from glmlogit.fitting.newton import SAME_ERRORS
from glmlogit.numerics import doubledouble
from glmlogit.numerics.doubledouble import DD, UNIT
from glmlogit.numerics.exact_score import ExactScore, SummedExactly
from glmlogit.numerics.linalg import Information, TriangularFactor

Array = npt.NDArray[np.float64]

MAX_STEPS = 12
# Steps below this, in standard errors, change no digit of a double that is not a true zero.
NEGLIGIBLE_STEP = 1e-22
# Relative change of the weights up to which the information at an earlier β is the information.
SAME_INFORMATION = 2.0**-47
# Where G is further than this from the identity, T is replaced before standard errors are taken from it.
STILL_PRECONDITIONED = 0.25


class Polished(NamedTuple):
    """A refined maximum.

    Attributes
    ----------
    beta : ndarray (k,)
        Free coefficients: the refined estimate rounded to double. 0.0 where it is zero to 21 digits of its
        standard error.
    low : ndarray (k,)
        What rounding took from ``beta``.
    inverse_root : ndarray (k, k)
        L with ``I⁻¹ = L L'`` at ``beta``; not triangular. Its rows have the standard errors as lengths.
    digits : float
        Certified number of correct decimal digits of every coefficient, as :func:`certified_digits` counts.
    steps : int
        Newton steps taken; 0 where none brought the score nearer to zero, and ``beta`` is as it was.
    value : float
        Log-likelihood kernel at ``beta``, to the last digits of its terms; NaN where nothing is certified.
    """

    beta: Array
    low: Array
    inverse_root: Array
    digits: float
    steps: int
    value: float = math.nan


def polish(
    rows: PassRows | SummedExactly,
    beta: Array,
    free: npt.NDArray[np.intp],
    factor: TriangularFactor,
    low: Array | None = None,
) -> Polished:
    """Refine a maximum to full double precision by Newton's method in double-double arithmetic.

    Parameters
    ----------
    rows : PassRows or rows of several predictors that sum themselves
    beta : ndarray (p,)
        All coefficients; those that are not free are held where they are.
    free : ndarray of int (k,)
        Positions of the estimated coefficients.
    factor : Factor
        Information about the free coefficients at or near ``beta``.
    low : ndarray (p,), optional
        What rounding took from ``beta``, where that is known.

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
        return Polished(np.zeros(0), np.zeros(0), np.zeros((0, 0)), MOST_DIGITS, 0)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):  # in double-double all of it may leave the range
        low = np.zeros(len(beta)) if low is None else low
        view, start, root, reach = _scaled_start(rows, beta, low, free, factor)
        point = None
        if math.isfinite(reach):
            sums = exact_sums(view, start, root, True, reach)
            at_once = _at_once(view, start, root, sums)
            if at_once is not None:
                return at_once
            point = _point(start, root, sums, None)
        if point is None:
            return Polished(beta[free], np.zeros(k), factor.inverse_root, 0.0, 0)
        point, steps = _refine(view, point)
        return _rounded(view, point, steps)


def _scaled_start(
    rows: PassRows | SummedExactly, beta: Array, low: Array, free: npt.NDArray[np.intp], factor: TriangularFactor
) -> tuple[ScaledRows, DD, Array, float]:
    """Scaled rows, coefficients and T of these, and a bound of the length of a row; not finite unless all of it is.

    Compiled where all coefficients are free; what follows is the twin, and the same but for the rounding of the bound.
    """
    scaled, k = doubledouble.compiled("scaled_start"), len(free)
    if scaled is not None and k == len(beta):
        out, weight = np.empty(k * (3 + k)), scale_of_weights(rows)
        total = scaled(factor.inverse_root, beta, low, rows.magnitude, weight, out)
        view = ScaledRows(rows, free, k, out[:k], weight)
        return view, DD(out[k : 2 * k], out[2 * k : 3 * k]), out[3 * k :].reshape(k, k), 1.5 * total
    view = ScaledRows.of(rows, beta, free)
    start, root = DD(view.coefficients(beta), view.coefficients(low)), view.preconditioner(factor)
    sound = np.isfinite(root).all() and np.isfinite(start.hi).all()
    return view, start, root, longest_row(root) if sound else math.inf


class Ended(NamedTuple):
    """Coefficients (p,) in double-double, a bound of their distance from the maximum in standard errors, the value."""

    beta: DD
    distance: float
    value: float


def last_step(rows: PassRows | SummedExactly, beta: Array, factor: TriangularFactor) -> Ended | None:
    """One Newton step by the score in double-double, with the information that sums of products gave.

    A third less work than :func:`polish`, which sums G anew. Of all coefficients; None where it is not foreseen
    that all digits of a double are proved there.
    """
    k = len(beta)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):  # as in polish
        view, start, root, reach = _scaled_start(rows, beta, np.zeros(k), np.arange(k), factor)
        if not math.isfinite(reach):
            return None
        sums = exact_sums(view, start, root, False, reach)
        whitened, bound = whitened_score(root, sums)
        slack = factor_slack(sums.rows, k, factor.condition)
        reach *= sums.steepness
        point = Point(start, root, whitened, bound, reach, identity_factor(k), slack, sums.size, sums.value)
        there = _foreseen(view, point, *_stepped(view, point), SAME_ERRORS)
        if there is None:
            return None
        pair = DD(there.beta.hi * view.scale, there.beta.lo * view.scale)
        return Ended(pair, float((there.radius / there.errors).max()), there.value / view.weight)


# What :func:`_at_once` is told of the bounds.
_LIMITS = (RESIDUAL_EXACT, SAME_INFORMATION, NEXT_TO_IDENTITY, NEGLIGIBLE_STEP, 10.0**-MOST_DIGITS)


def _at_once(view: ScaledRows, start: DD, root: Array, sums: ExactScore) -> Polished | None:
    """The maximum where one foreseen step proves all digits of a double, compiled; None where more is to be done.

    As good as always of a fit that is well conditioned. What :func:`_refine` and :func:`_rounded` do is its twin.
    """
    last_step = doubledouble.compiled("last_step")
    if last_step is None:
        return None
    k = view.n_free
    out, scale, unit = np.empty(k * (2 + k)), view.scale[:k], math.sqrt(view.weight)
    pair = np.array([start.hi[:k], start.lo[:k]])
    root = np.ascontiguousarray(root)
    if not last_step(root, pair, sums.sums, sums.rows, sums.additions, _LIMITS, scale, unit, out):
        return None
    value = sums.value / view.weight
    return Polished(out[:k], out[k : 2 * k], out[2 * k :].reshape(k, k), MOST_DIGITS, 1, value)


def _refine(view: ScaledRows, start: Point) -> tuple[Point, int]:
    """Newton steps while they shrink: the last point that was nearer, and the number of steps to it."""
    point = start
    for steps in range(MAX_STEPS):
        # A double start is stepped from whatever its digits: most steps cost no look at the rows.
        if point.settled and (point.distance <= NEGLIGIBLE_STEP or (steps and point.rounded[1] >= MOST_DIGITS)):
            return point, steps
        step, beta = _stepped(view, point)
        there = _foreseen(view, point, step, beta) or _advance(view, point, beta)
        if there is None or not there.distance < (0.5 * point.distance if point.settled else math.inf):
            break
        point = there
    return (point, steps) if point.settled else (start, 0)


def _stepped(view: ScaledRows, point: Point) -> tuple[Array, DD]:
    """Newton's step in whitened coordinates (k,), and β after it."""
    whitened = point.cholesky.solve(point.whitened)
    step = np.zeros(len(point.beta.hi))
    step[: view.n_free] = point.root @ whitened
    return whitened, doubledouble.add_double(point.beta, step)


def _foreseen(view: ScaledRows, point: Point, step: Array, beta: DD, most: float = SAME_INFORMATION) -> Point | None:
    """The point after a step, without a look at it: where what the step can have left proves all digits of a double.

    None where weights may change by more than ``most`` on the way.

    The score left by a step d, in the metric of the inverse information: rounding of the score; ``G − Ĝ`` and the
    rounding of Ĝ's solution (Higham 2002, §10.1) times ‖step‖; the change of information on the way, at most
    ``e^m − 1`` with m the change of linear predictors (Bach 2010, prop. 1); and the rounding of ``T·step`` and of β,
    where a change of βⱼ counts ``√Iⱼⱼ ≤ √(Σ g x²)``, and scaled columns are below √2.
    """
    if not point.settled:
        return None
    change = point.reach * point.distance
    if not change <= most:
        return None
    k, length = view.n_free, math.sqrt(float(step @ step))
    moved = (k + 2) * UNIT * (np.abs(point.root) @ np.abs(step)) + 4 * UNIT**2 * np.abs(beta.hi[:k])
    left = (point.slack + 8 * k * k * UNIT + change) * length + float(np.sqrt(1.5 * point.size) @ moved)
    slack = point.slack + 2 * change
    there = replace(point, beta=beta, whitened=np.zeros(k), rounding=point.rounding + 1.1 * left, slack=slack)
    return there if there.rounded[1] >= MOST_DIGITS else None


def _advance(view: ScaledRows, point: Point, beta: DD) -> Point | None:
    """The point at β, one Newton step on, with a new G where the weights there differ."""
    if not point.settled:
        return _look(view, beta, point.inverse_root, None)
    change = point.reach * point.distance
    if change > SAME_INFORMATION:
        return _look(view, beta, point.root, None)
    return _look(view, beta, point.root, replace(point, slack=point.slack + 2 * change))


def _look(view: ScaledRows, beta: DD, root: Array, former: Point | None) -> Point | None:
    """Evaluate at β, all in double-double, with the G of ``former`` or a new one. None where that is singular."""
    return _point(beta, root, exact_sums(view, beta, root, former is None), former)


def _point(beta: DD, root: Array, sums: ExactScore, former: Point | None) -> Point | None:
    """Where β stands by the sums over the rows there; None where their information is singular."""
    k = len(root)
    whitened, bound = whitened_score(root, sums)
    if former is not None:
        return replace(former, beta=beta, whitened=whitened, rounding=bound, size=sums.size, value=sums.value)
    gram = sums.gram
    assert gram is not None
    point = Point(beta, root, whitened, bound, sums.furthest, identity_factor(k), 1.0, sums.size, sums.value)
    return _with_gram(point, gram, sums.rows)


def _with_gram(point: Point, gram: Array, n_rows: int) -> Point | None:
    """The point with its G; settled if that is near the identity."""
    k = len(gram)
    cholesky = Information(np.ones(k), matrix=gram).factor
    if cholesky is None:
        return None
    difference = gram - np.eye(k)
    away = math.sqrt(float(np.vdot(difference, difference)))  # Frobenius' norm is above the spectral one, and quicker
    near = away <= STILL_PRECONDITIONED or np.linalg.norm(difference, 2) <= STILL_PRECONDITIONED
    return replace(point, cholesky=cholesky, slack=4.0 * (n_rows + 40) * k * UNIT if near else 1.0, away=away)


def _rounded(view: ScaledRows, point: Point, steps: int) -> Polished:
    scaled, digits = point.rounded
    return _in_units(view, scaled, point.beta.lo[: view.n_free], point.inverse_root, digits, steps, point.value)


def _in_units(
    view: ScaledRows, scaled: Array, low: Array, inverse_root: Array, digits: float, steps: int, value: float
) -> Polished:
    """The maximum in the units of the data."""
    scale = view.scale[: view.n_free]
    beta = scaled * scale
    unharmed = bool((beta / scale == scaled).all())
    low = np.where(beta != 0, low * scale, 0.0)
    root = view.unscaled_root(inverse_root)
    return Polished(beta, low, root, digits if unharmed else 0.0, steps, value / view.weight)
