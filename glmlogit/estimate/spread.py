"""How combinations of the coefficients vary: the model's covariance, sandwiches, and where there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.estimate.kinds import Counts, CovarianceKind
from glmlogit.estimate.row_contributions import RowContributions, leverages, row_contributions
from glmlogit.estimate.solved import Solved
from glmlogit.estimate.support import NEAR_NONE, Support, free_scores, rounding_of_images, sole_supports
from glmlogit.messages.values import show
from glmlogit.messages.words import Name, both, sentence
from glmlogit.numerics.arrays import grouped
from glmlogit.numerics.linalg import EPS, lengths, power_of_two, units_of

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.integer[Any]]

# Share of a combination's length along a direction without variance that is rounding.
OUTSIDE = 1e-9
# Variance, in units of the model's at the largest weight, that is the rounding of scores of 0.
VARIANCE_ROUNDING = 1e-16
# Standard errors whose squares keep their digits.
SMALLEST, LARGEST = 1e-150, 1e150

_VANISH = "the scores that its robust variance is made of are 0 but for rounding"
_NEGATIVE = (
    "clustering in several ways gives it a negative variance (Cameron, Gelbach & Miller 2011, §2.3); cluster by one of "
    "them"
)
_RANGE = "its variance is beyond the range of numbers, though its standard error is not; rescale the column"


class Blind(NamedTuple):
    """A direction (k,) of length 1 for which a covariance has no variance; ``alone`` is what it rests on."""

    direction: Array
    alone: str
    why: str

    @property
    def reason(self) -> str:
        """Why what has a share in it has no standard error."""
        return sentence("it cannot be estimated without {alone}: {why}", alone=self.alone, why=self.why)


@dataclass(frozen=True, eq=False)
class Spread:
    """Covariance of combinations of the coefficients, given as rows (m, k) in the coordinates of ``meat``.

    ``meat`` is in units of ``unit²``, None for the identity; ``lost`` says why there is no covariance at all, ``blind``
    of which directions it says nothing, ``outside`` which share of a row along one of these is rounding.
    """

    meat: Array | None = None
    unit: float = 1.0
    lost: str = ""
    blind: tuple[Blind, ...] = ()
    outside: float = OUTSIDE

    def errors(self, rows: Array) -> Array:
        """Standard errors (m,), NaN where :meth:`reasons` says why. Squares never leave the range of numbers."""
        if self.meat is None:
            return lengths(rows)
        if self.lost:
            return np.full(len(rows), np.nan)
        size = units_of(rows)
        with np.errstate(invalid="ignore"):  # rows that are not finite
            variances = self._variances(rows / size[:, None])
            return np.where(self._hit(rows) >= 0, np.nan, size * self.unit * np.sqrt(variances))

    def matrix(self, rows: Array) -> Array:
        """Covariance (m, m); rows and columns of combinations without a variance are NaN."""
        size, lost = units_of(rows), np.isnan(self.errors(rows))
        along = rows / size[:, None]
        with np.errstate(invalid="ignore"):  # rows that are not finite
            cov = in_range(along @ along.T if self.meat is None else along @ self.meat @ along.T, size * self.unit)
        cov[lost], cov[:, lost] = np.nan, np.nan
        return cov

    def reasons(self, rows: Array, *, squared: bool = False) -> tuple[str, ...]:
        """Why combinations have no standard error, empty where they have one; ``squared`` asks for their variance."""
        errors, hit, finite = self.errors(rows), self._hit(rows), np.asarray(np.isfinite(rows).all(axis=1))
        beyond = _beyond(errors) if squared else np.isinf(errors)
        return tuple(
            self._reason(rows[i], int(hit[i])) if np.isnan(errors[i]) and finite[i] else _RANGE if beyond[i] else ""
            for i in range(len(rows))
        )

    def _reason(self, row: Array, hit: int) -> str:
        return self.lost or (self.blind[hit].reason if hit >= 0 else self._rounded(row))

    def _rounded(self, row: Array) -> str:
        along = row / units_of(row[None, :])[0]
        return _NEGATIVE if self.meat is not None and along @ self.meat @ along < 0 else _VANISH

    def _variances(self, along: Array) -> Array:
        """Variances (m,) in units of ``unit²`` of rows (m, k) near length 1; NaN for those that are only rounding."""
        assert self.meat is not None
        variances = np.einsum("ij,ij->i", along @ self.meat, along)
        nothing = ~(variances > VARIANCE_ROUNDING * np.einsum("ij,ij->i", along, along))
        return np.where(nothing & along.any(axis=1), np.nan, variances)

    def _hit(self, rows: Array) -> npt.NDArray[np.intp]:
        """For each row (m, k) the first direction without a variance that it has a share in, −1 for none (m,)."""
        if self.lost or not self.blind:
            return np.full(len(rows), -1, dtype=np.intp)
        with np.errstate(invalid="ignore"):  # rows that are not finite
            along = rows / units_of(rows)[:, None]
        shares = np.abs(along @ np.column_stack([blind.direction for blind in self.blind]))
        hit = shares > self.outside * np.linalg.norm(along, axis=1)[:, None]
        return np.where(hit.any(axis=1), np.argmax(hit, axis=1), -1)


def in_range(product: Array, size: Array) -> Array:
    """A covariance (m, m) given in units of ``size`` (m,); NaN where a variance is beyond the range of numbers."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        errors = size * np.sqrt(np.diagonal(product))
        cov = product * size * size[:, None]
    lost = _beyond(errors)
    cov[lost], cov[:, lost] = np.nan, np.nan
    return np.asarray(cov)


def _beyond(errors: Array) -> npt.NDArray[np.bool_]:
    """Standard errors whose squares leave the range of numbers."""
    return np.asarray((errors != 0) & ((errors < SMALLEST) | (errors > LARGEST)))


def spread_of(solved: Solved, kind: CovarianceKind) -> Spread:
    """A kind of covariance, in the coordinates of :meth:`Solved.whiten` unless it is the model's."""
    penalty = solved.penalty
    if penalty is not None and penalty.why_no_covariance:
        return Spread(np.zeros((0, 0)), lost=penalty.why_no_covariance)
    if kind.modelled:
        return Spread()
    if kind.of == "estimate":
        return Spread(_share_of_rows(solved))
    unit = _unit(solved)
    meat = _cluster_meat(solved, kind, unit) if kind.clustered else _row_meat(solved, kind, unit)
    lost = meat.lost or _unusable(solved, meat.values)
    blind = () if lost else tuple(_blind(solved, kind, meat))
    if not lost and _free_scores(solved, meat) == 1:
        text = "{units} leave one number to tell how all coefficients vary"
        lost = sentence(text, units=_units_text(solved, kind))
    return Spread(meat.values, unit, lost, blind, rounding_of_images(solved, OUTSIDE))


def _share_of_rows(solved: Solved) -> Array:
    """The information of the rows (k, k) where that of rows and penalty is the identity.

    As a meat it gives ``B I B`` with B the inverse of both (le Cessie & van Houwelingen 1992, §2).
    """
    maximum = solved.maximum
    factor = maximum.limiting.evaluate(maximum.beta).info.keep(maximum.estimated)
    root = solved.whitened_root
    return np.asarray(root.T @ factor.dense @ root)


class _Meat(NamedTuple):
    """Products of scores in units of ``unit²``, or why there are none; leverages of groups, by way of grouping rows."""

    values: Array
    lost: str = ""
    shares: tuple[Array, ...] = ()
    codes: tuple[Index, ...] = ()  # of the clusters, by way of clustering


def _unusable(solved: Solved, meat: Array) -> str:
    if np.isfinite(meat).all():
        return ""
    return (
        "sums of the scores are beyond the range of numbers"
        if solved.maximum.reached
        else solved.status.value.rstrip(".")
    )


def _free_scores(solved: Solved, meat: _Meat) -> int:
    """Numbers in the scores that the estimating equations leave free, by the way of clustering with the fewest."""
    if meat.codes:
        return min(free_scores(solved, codes) for codes in meat.codes)
    rows = solved.rows
    return int(max(rows.n_scores, rows.informative.sum())) - len(solved.maximum.estimated)


def _units_text(solved: Solved, kind: CovarianceKind) -> str:
    return "so few clusters" if kind.clustered else sentence("{n} rows", n=int(solved.rows.informative.sum()))


def _unit(solved: Solved) -> float:
    """Power of two near the root of the largest weight: whitened scores grow with it, and their squares overflow."""
    design = solved.design
    largest = design.largest_weight
    if design.counted:
        largest = 1.0 if design.multipliers is None else design.multipliers.largest
    return 1.0 if largest == 1.0 else float(power_of_two(np.sqrt(np.array(largest))))


# --- of which combinations a sandwich says nothing ------------------------------------------------
def _blind(solved: Solved, kind: CovarianceKind, meat: _Meat) -> Iterator[Blind]:
    """Directions that rest on one cluster, one row, or rows that are separated, alone."""
    separated, fixed = solved.separated_rows, _fixed_text(solved)
    if separated.any():
        supports = sole_supports(solved, np.where(separated, 0, -1), np.ones(1))
        yield from _named(supports, lambda _: _rows_text(separated), _separated_text(solved))
    if kind.clustered:
        assert solved.design.cluster is not None
        for (name, ids), shares, codes in zip(solved.design.cluster.items(), meat.shares, meat.codes, strict=True):
            supports = sole_supports(solved, codes, shares)
            yield from _named(supports, partial(_cluster_text, name, ids, codes), fixed)
    else:
        supports = sole_supports(solved, np.arange(solved.design.n_rows), *meat.shares, together=False)
        yield from _named(supports, lambda row: sentence("row {case}", case=str(solved.design.index[row])), fixed)


def _named(supports: Sequence[Support], called: Callable[[int], str], why: str) -> Iterator[Blind]:
    for support in supports:
        for direction in support.directions.T:
            yield Blind(direction, called(support.group), why)


def _cluster_text(name: Any, ids: pd.Series[Any], codes: Index, group: int) -> str:
    return sentence("cluster {id} of {name}", id=show(ids.iloc[int(np.argmax(codes == group))]), name=Name(str(name)))


def _rows_text(separated: npt.NDArray[np.bool_]) -> str:
    n = int(separated.sum())
    return sentence(
        "the {n} rows whose outcome is predicted perfectly (separation)" if n > 1 else "a row that is separated", n=n
    )


def _fixed_text(solved: Solved) -> str:
    """Why what rests on one cluster or row has no sandwich, and what it has."""
    instead = (
        ""
        if solved.design.sampled or solved.design.class_weighted
        else "; with_cov('model') has one, for rows that are independent"
    )
    return f"the estimating equations fix its scores whatever the truth, so that no robust variance exists{instead}"


def _separated_text(solved: Solved) -> str:
    """Why a penalised fit of separated data has no sandwich there, and what it has."""
    limits = " and limits by profile likelihood" if solved.penalty is not None else ""
    alone = "with_cov('model')" if not solved.design.pseudo else "a fit of independent rows, without these options,"
    return (
        f"the penalty alone sets the size of their residuals, so that no robust variance exists; {alone} has standard "
        f"errors{limits}"
    )


# --- meats ----------------------------------------------------------------------------------------
def _row_meat(solved: Solved, kind: CovarianceKind, unit: float) -> _Meat:
    """Meat of independent rows in whitened coordinates, so that it keeps its digits at high condition."""
    k = len(solved.maximum.estimated)
    meat, hat = np.zeros((k, k)), np.empty(solved.design.n_rows)
    alone = 1.0 - rounding_of_images(solved, NEAR_NONE)
    for block in row_contributions(solved):
        if solved.design.of_weighed_trials:
            hat[block.rows] = leverages(block.largest_single, block.whitened)
            meat += _meat_of_trials(block, kind.power / 2, alone, unit)
            continue
        hat[block.rows] = block.hat
        size = np.sqrt(block.copies) * (block.residual / unit)  # their squares would underflow with tiny weights
        if block.residual.ndim == 1:
            left = np.where(block.hat < alone, 1.0 - block.hat, 1.0)  # who stands alone has a residual of 0
            scores = block.scores(size / left ** (kind.power / 2))
        else:
            scores = _divided(block, block.scores(size), kind.power / 2, alone)
        meat += scores.T @ scores
    factor, lost = _row_factor(solved, kind)
    return _Meat(meat * factor, lost, (hat,))


def _meat_of_trials(block: RowContributions, power: float, alone: float, unit: float) -> Array:
    """Meat (k, k) of grouped rows as single trials, which weigh by their outcome and are no cluster of one weight."""
    parts = []
    for residual, weight, copies, _ in block.single:
        hat = leverages(weight, block.whitened)
        left = np.where(hat < alone, 1.0 - hat, 1.0)
        parts.append(block.scores(np.sqrt(copies) * (residual / unit) / left**power))
    return np.asarray(sum(part.T @ part for part in parts))


def _divided(block: RowContributions, scores: Array, power: float, alone: float) -> Array:
    """Scores g (m, k) of rows of several directions, as ``(I − A)^−power g``, A the information (k, k) of a row.

    In whitened coordinates that is what (I − H)^−power of Bell & McCaffrey (2002) makes of the residuals, H the
    leverage matrix of the row. With A = B'B it is ``g + B'φ(BB')Bg``, φ(λ) = ((1 − λ)^−power − 1)/λ, of matrices of the
    size of the directions. Along an eigenvalue of 1 a row stands alone, and its score is 0.
    """
    if not power:
        return scores
    B = np.moveaxis(block.whitened * np.sqrt(block.weight)[..., None], 0, 1)
    values, axes = np.linalg.eigh(B @ np.swapaxes(B, 1, 2))
    left = 1.0 - np.minimum(values, alone)
    steep = np.expm1(-power * np.log(left)) / np.where(values > EPS, values, 1.0)
    steep = np.where(values >= alone, 0.0, np.where(values > EPS, steep, power))
    along = np.swapaxes(axes, 1, 2) @ (B @ scores[..., None])
    return np.asarray(scores + (np.swapaxes(B, 1, 2) @ (axes @ (steep[..., None] * along)))[..., 0])


def factor_of(solved: Solved, kind: CovarianceKind) -> float:
    """What a sum of squared scores, of rows or of clusters of one way of clustering, is multiplied by."""
    if not kind.clustered:
        return _row_factor(solved, kind)[0]
    codes = solved.design.cluster_codes()
    return _cluster_factor(solved, kind, int(np.count_nonzero(np.bincount(codes[solved.rows.informative]))))[0]


def _row_factor(solved: Solved, kind: CovarianceKind) -> tuple[float, str]:
    """What a sum over rows is multiplied by, or why there is nothing."""
    k, n = len(solved.maximum.estimated), solved.rows.n_scores
    if max(n, solved.rows.informative.sum()) <= 2:
        return 1.0, sentence("there are {n} observations, and one number cannot stand for a variance", n=f"{n:g}")
    return kind.factor(kind.name, Counts(n, k))


def _cluster_meat(solved: Solved, kind: CovarianceKind, unit: float) -> _Meat:
    """Meat of clustered rows; several ways of clustering by inclusion and exclusion.

    Cameron, Gelbach & Miller 2011, eq. 2.13, each part with its own factor.
    """
    clusters = solved.design.cluster
    assert clusters is not None
    names = list(clusters)
    meat = np.zeros((len(solved.maximum.estimated),) * 2)
    all_shares: list[Array] = []
    all_codes: list[Index] = []
    for size in range(1, len(names) + 1):
        for subset in combinations(names, size):
            codes = solved.design.cluster_codes(subset)
            groups = int(np.count_nonzero(np.bincount(codes[solved.rows.informative])))
            lost = _too_few(groups, subset)
            factor, lost = (1.0, lost) if lost else _cluster_factor(solved, kind, groups)
            if lost:
                return _Meat(meat, lost)
            part, shares = _one_way_meat(solved, codes, unit)
            meat += (-1.0) ** (size + 1) * factor * part
            all_shares += [shares] if size == 1 else []
            all_codes += [codes] if size == 1 else []
    return _Meat(meat, "", tuple(all_shares), tuple(all_codes))


def _too_few(groups: int, names: Sequence[Any]) -> str:
    """Why one or two clusters have no variance between them."""
    name = both([Name(str(name)) for name in names])
    if groups < 2:
        return sentence("all rows are of one cluster of {name}, and nothing varies between clusters", name=name)
    if groups == 2:
        return sentence(
            "{name} has two clusters, whose scores are equal and opposite: one number cannot stand for a variance",
            name=name,
        )
    return ""


def _cluster_factor(solved: Solved, kind: CovarianceKind, groups: int) -> tuple[float, str]:
    """What a sum over clusters is multiplied by, or why there is nothing."""
    counts = Counts(solved.rows.n_scores, len(solved.maximum.estimated), groups)
    return kind.factor(kind.name, counts)


# Rows from which a sparse product is quicker than their scores written out.
FEW_ROWS = 1000


def _one_way_meat(solved: Solved, codes: Index, unit: float) -> tuple[Array, Array]:
    """Products (k, k) of the sums of scores by cluster, and the sum of leverages of each cluster (G,)."""
    groups = int(codes.max()) + 1
    sums, shares = np.zeros((groups, len(solved.maximum.estimated))), np.zeros(groups)
    for block in row_contributions(solved):
        part, residual = grouped(codes[block.rows]), block.residual / unit * block.copies
        if residual.ndim == 1 and len(residual) > FEW_ROWS:
            sums[part.codes] += part.products(residual) @ block.whitened
        else:
            sums[part.codes] += part.sums(block.scores(residual))
        shares[part.codes] += part.sums(block.hat * block.copies)
    return np.asarray(sums.T @ sums), shares
