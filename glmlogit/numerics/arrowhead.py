"""Information whose largest part is diagonal: the effects of a factor of many levels beside a few other columns.

Ordered with the levels first it is an arrowhead, ``[D, B; B', C]`` with D diagonal. Elimination of the levels leaves
the Schur complement ``S = C − B'D⁻¹B`` of the other columns (Golub & Van Loan 2013, §3.2.6), so that nothing grows with
the square of the number of levels. With ``M = D⁻¹B`` and ``S = R'R`` the inverse root is
``L = [D^-½, −MR⁻¹; 0, R⁻¹]``, whose rows have the standard errors as lengths.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.numerics.lazy import cached_property
from glmlogit.numerics.linalg import Information, TriangularFactor, lengths, triangular_root

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]


class Frame(NamedTuple):
    """The coefficients (p,) of columns as functions of effects γ (L,) of levels and θ (d,) of centred, rotated columns.

    The linear predictor of a row of level l is ``γ_l + (x − centre)'turn θ``. The column of a level has the difference
    of its effect to that of the level at ``reference``, and ``constant`` the effect of that level; both are −1 where
    there is no constant. ``levels`` (L,) are the places of the columns of levels, −1 for the reference, ``plain`` (d,)
    those of the others.
    """

    levels: Index
    plain: Index
    reference: int
    constant: int
    centre: Array
    turn: Array

    @property
    def size(self) -> int:
        """Number of effects and of coefficients."""
        return len(self.levels) + len(self.plain)

    @property
    def others(self) -> Index:
        """Levels that have a column."""
        return np.flatnonzero(self.levels >= 0)

    def coefficients(self, effects: Array) -> Array:
        """Coefficients (p,) or (p, m) of γ and θ, one below the other."""
        count = len(self.levels)
        gamma, plain = effects[:count], self.turn @ effects[count:]
        shift = self.centre @ plain
        out = np.empty_like(effects)
        out[self.plain] = plain
        if self.constant < 0:
            out[self.levels] = gamma - shift
        else:
            out[self.constant] = gamma[self.reference] - shift
            out[self.levels[self.others]] = gamma[self.others] - gamma[self.reference]
        return out

    def effects(self, coefficients: Array) -> Array:
        """γ and θ of coefficients (p,)."""
        plain = coefficients[self.plain]
        shift = float(self.centre @ plain)
        gamma = np.full(len(self.levels), shift)
        gamma[self.others] += coefficients[self.levels[self.others]]
        if self.constant >= 0:
            gamma += coefficients[self.constant]
        return np.concatenate([gamma, np.linalg.solve(self.turn, plain)])

    def along_effects(self, v: Array) -> Array:
        """Derivatives along γ and θ of derivatives v (p,) or (p, m) along the coefficients."""
        gamma = np.empty((len(self.levels), *v.shape[1:]))
        gamma[self.others] = v[self.levels[self.others]]
        total = gamma[self.others].sum(axis=0)
        if self.constant >= 0:
            gamma[self.reference] = v[self.constant] - total
            total = v[self.constant]
        plain = v[self.plain] - np.multiply.outer(self.centre, total)
        return np.concatenate([gamma, self.turn.T @ plain])

    def along_coefficients(self, v: Array) -> Array:
        """Derivatives (p,) or (p, m) along the coefficients of derivatives v along γ and θ."""
        count = len(self.levels)
        total = v[:count].sum(axis=0)
        out = np.empty_like(v)
        out[self.plain] = np.linalg.solve(self.turn.T, v[count:]) + np.multiply.outer(self.centre, total)
        out[self.levels[self.others]] = v[:count][self.others]
        if self.constant >= 0:
            out[self.constant] = total
        return out


class Arrowhead(Information):
    """``[D, B; B', C]`` of effects of levels, D (L,) and B (L, d), and of other columns, C (d, d).

    That of the coefficients of a ``frame`` where there is one. Written out only when it is asked for.
    """

    def __init__(self, diagonal: Array, border: Array, corner: Array, frame: Frame | None = None) -> None:
        self.__dict__.update(diagonal=diagonal, border=border, corner=corner, frame=frame)
        self.__dict__.update(scale=np.ones(len(diagonal) + len(corner)), root=None)

    def of_columns(self, frame: Frame) -> Arrowhead:
        """The same of the coefficients of columns."""
        return Arrowhead(self.diagonal, self.border, self.corner, frame)

    diagonal: Array
    border: Array
    corner: Array
    frame: Frame | None

    @cached_property
    def matrix(self) -> Array:
        """The information (p, p) with all its zeros."""
        root = self._square_root()
        return root.T @ root

    def _square_root(self) -> Array:
        """A matrix Q (p, p), not triangular, with ``Q'Q`` the information."""
        factor = self.factor
        if factor is None:
            raise np.linalg.LinAlgError("singular information")
        count, square = len(self.diagonal), np.zeros((len(self.scale),) * 2)
        np.fill_diagonal(square[:count, :count], np.sqrt(self.diagonal))
        square[:count, count:] = self.border / np.sqrt(self.diagonal)[:, None]
        square[count:, count:] = factor.complement
        return square if self.frame is None else self.frame.along_coefficients(square.T).T

    @cached_property
    def factor(self) -> ArrowheadFactor | None:
        """Its factor; None where it is numerically singular."""
        diagonal = self.diagonal
        if not (np.isfinite(diagonal).all() and (diagonal > 0).all()):
            return None
        means = self.border / diagonal[:, None]
        complement = Information(np.ones(len(self.corner)), self.corner - self.border.T @ means).factor
        if complement is None:
            return None
        return ArrowheadFactor(self, means, complement.root / complement.scale)


class ArrowheadFactor(TriangularFactor):
    """The factor of an :class:`Arrowhead`: D, means ``M = D⁻¹B`` (L, d) of the columns by level, R (d, d) of S = R'R.

    What a triangular factor of all columns has is written out only when it is asked for.
    """

    def __init__(self, info: Arrowhead, means: Array, complement: Array) -> None:
        self.__dict__.update(info=info, means=means, complement=complement)

    info: Arrowhead
    means: Array
    complement: Array

    @cached_property
    def _deviation(self) -> Array:
        """``D^-½`` (L,): standard errors of the effects of levels were the other columns known."""
        return 1.0 / np.sqrt(self.info.diagonal)

    @cached_property
    def _spread(self) -> Array:
        """``R⁻¹`` (d, d)."""
        return np.asarray(np.linalg.solve(self.complement, np.eye(len(self.complement))))

    @cached_property
    def _along(self) -> Array:
        """``−MR⁻¹`` (L, d): what the other columns add to effects of levels."""
        return np.asarray(-self.means @ self._spread)

    def half_solve(self, v: Array) -> Array:
        """``L'v`` of v (p,) or (p, m)."""
        frame, count = self.info.frame, len(self.means)
        along = v if frame is None else frame.along_effects(v)
        levels = (along[:count].T * self._deviation).T
        return np.concatenate([levels, self._along.T @ along[:count] + self._spread.T @ along[count:]])

    def other_half(self, half: Array) -> Array:
        """``L half``."""
        frame, count = self.info.frame, len(self.means)
        levels = (half[:count].T * self._deviation).T + self._along @ half[count:]
        effects = np.concatenate([levels, self._spread @ half[count:]])
        return effects if frame is None else frame.coefficients(effects)

    def both_halves(self, v: Array) -> tuple[Array, Array]:
        """:meth:`half_solve` and :meth:`solve` of one vector (p,)."""
        half = self.half_solve(v)
        return half, self.other_half(half)

    @cached_property
    def errors(self) -> Array:
        """Standard errors (p,): the lengths of the rows of L, without L."""
        frame, deviation, along = self.info.frame, self._deviation, self._along
        if frame is None:
            return np.concatenate([np.hypot(deviation, lengths(along)), lengths(self._spread)])
        spread = frame.turn @ self._spread
        shift = frame.centre @ spread
        out = np.empty(frame.size)
        out[frame.plain] = lengths(spread)
        if frame.constant < 0:
            out[frame.levels] = np.hypot(deviation, lengths(along - shift))
            return out
        at = frame.reference
        out[frame.constant] = np.hypot(deviation[at], lengths((along[at] - shift)[None, :])[0])
        apart = np.hypot(np.hypot(deviation, deviation[at]), lengths(along - along[at]))
        out[frame.levels[frame.others]] = apart[frame.others]
        return out

    @cached_property
    def inverse_root(self) -> Array:
        """``L`` (p, p) written out: a row for each coefficient, in the coordinates of :meth:`half_solve`."""
        return self.other_half(np.eye(len(self.info.scale)))

    @cached_property
    def root(self) -> Array:
        """Upper triangular root (p, p) of the information, from its square root by QR."""
        return np.asfortranarray(triangular_root(self.info._square_root()))

    @property
    def scale(self) -> Array:
        """Columns are not scaled."""
        return self.info.scale

    @property
    def log_determinant(self) -> float:
        """``log|I|``."""
        frame = self.info.frame
        own = float(np.log(self.info.diagonal).sum() + 2.0 * np.log(np.abs(np.diagonal(self.complement))).sum())
        return own if frame is None else own - 2.0 * float(np.linalg.slogdet(frame.turn)[1])

    @cached_property
    def condition(self) -> float:
        """A bound of the condition number of the scaled root of effects of levels and centred, rotated columns."""
        corner = self.info.corner
        if not len(corner):
            return 1.0
        unit = 1.0 / np.sqrt(corner.diagonal())
        root = self.complement * unit
        inverse = np.linalg.solve(root, np.eye(len(root)))
        scaled = (self.info.border * unit) * self._deviation[:, None]
        least = inverse.T @ (scaled.T @ scaled) @ inverse + inverse.T @ inverse
        largest = np.linalg.eigvalsh(corner * unit * unit[:, None])[-1]
        return float((1.0 + np.sqrt(largest)) * (1.0 + np.sqrt(np.linalg.eigvalsh(least)[-1])))
