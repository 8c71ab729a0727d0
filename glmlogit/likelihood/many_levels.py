"""The binary logit of a factor of many levels beside a few columns, in coordinates in which the levels are eliminated.

Each level has an effect of its own, the other columns are centred and made orthonormal once. The information is then an
arrowhead (:mod:`~glmlogit.numerics.arrowhead`), well-conditioned as it stands, and a Newton step takes time that grows
with the rows and the levels, not with the square or cube of the levels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from glmlogit.data.patterns import sums
from glmlogit.data.rows import Rows
from glmlogit.data.storage import Coded, Group
from glmlogit.likelihood.objective import Evaluation
from glmlogit.numerics.arrowhead import Arrowhead, ArrowheadFactor, Frame
from glmlogit.numerics.coded_pass import CodedColumns, cell_pass
from glmlogit.numerics.kernels import Observations, row_block
from glmlogit.numerics.lazy import cached_property
from glmlogit.numerics.linalg import EPS, SUMS_CONDITION, Information, TriangularFactor

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]

# Levels from which elimination pays, most other columns, and how many levels there are for each of these.
LEAST_LEVELS, MOST_OTHERS, LEVELS_A_COLUMN = 100, 100, 4


@dataclass(frozen=True, eq=False)
class ManyLevels:
    """The log-likelihood as a function of effects γ (L,) of levels and of θ (d,) of the other columns.

    ``frame`` says which coefficients these are. An objective without derivatives of its information.
    """

    observations: Observations  # X are the other columns, centred and turned
    cells: CodedColumns  # of all levels
    present: Index  # those (L,) that have rows
    frame: Frame
    estimated: Index  # places among all columns of the coefficients of the frame
    unit: float
    magnitude: Array  # largest absolute value of each column of X
    largest_offset: float
    total: float
    threads: int | None = None
    exact = True
    why_no_curvature = "levels are eliminated"

    @property
    def size(self) -> int:
        """Number of effects and of other coefficients."""
        return len(self.present) + len(self.magnitude)

    def start(self) -> Array:
        """The log-odds of each level with half an event and half a non-event more; 0 with an offset."""
        start = np.zeros(self.size)
        if self.observations.offset is None:
            events, nonevents = self._outcomes
            start[: len(self.present)] = np.log((events + 0.5) / (nonevents + 0.5))
        return start

    @cached_property
    def _outcomes(self) -> tuple[Array, Array]:
        """Weighted numbers of events and of non-events in each level (L,)."""
        _, _, *outcomes = row_block(self.observations, slice(None), np.zeros(self.observations.X.shape[1]))
        events, nonevents = (sums(self.cells.codes, v, self.cells.size)[self.present] for v in outcomes)
        return events, nonevents

    @property
    def one_outcome(self) -> bool:
        """Whether a level has one outcome only, so that its effect is infinite."""
        return bool(min(map(np.min, self._outcomes)) <= 0)

    def coefficients(self, gamma: Array) -> Array:
        """The coefficients (k,) of the columns."""
        return self.frame.coefficients(gamma)

    def of_columns(self, at: Evaluation) -> Evaluation:
        """An evaluation as that of the coefficients of the columns."""
        info = at.info
        assert isinstance(info, Arrowhead)
        return Evaluation(at.value, self.frame.along_coefficients(at.score), info.of_columns(self.frame))

    def _all_levels(self, gamma: Array) -> Array:
        """Effects of all levels, 0 of those without rows."""
        effects = np.zeros(self.cells.size)
        effects[self.present] = gamma
        return effects

    def evaluate(self, beta: Array, *, root: bool = False) -> Evaluation:
        """Log-likelihood, score and information, as good as by a root: the columns are orthonormal."""
        count = len(self.present)
        effects = self._all_levels(beta[:count])
        cells = (self.cells,)
        at = cell_pass(self.observations, cells, beta[count:], (effects,), threads=self.threads)
        score = np.concatenate([at.cell_scores[0][self.present], at.score])
        info = Arrowhead(at.products[0, 0][self.present], at.with_columns[0][self.present], at.information)
        return Evaluation(at.llf, score, info)

    def evaluate_some(self, beta: Array, free: Index) -> Evaluation:
        """Evaluation for some of the coefficients."""
        return self.evaluate(beta).keep(free)

    def predictors(self, beta: Array) -> Array:
        """Linear predictors (n,) without the offset."""
        count = len(self.present)
        eta = self.observations.X @ beta[count:]
        eta += self._all_levels(beta[:count])[self.cells.codes]
        return np.asarray(eta)

    def largest_change(self, direction: Array) -> float:
        """Largest change of a linear predictor; of rows at a limit too, which have no part in it."""
        return float(np.abs(self.predictors(direction)).max())

    def rounding_of_step(self, beta: Array, factor: TriangularFactor) -> float:
        """Bound of what rounding in one evaluation can move a linear predictor by (Higham 2002, §3.1).

        As that of all columns, but that a row is in one level: ``|L'x|² = 1/D_l + |R⁻ᵀ(x − m_l)|²``.
        """
        assert isinstance(factor, ArrowheadFactor)
        count, d = len(self.present), self.observations.X.shape[1]
        diagonal, inverse = factor.info.diagonal, np.abs(np.linalg.solve(factor.complement, np.eye(d)))
        apart = self.magnitude + np.abs(factor.means).max(axis=0, initial=0.0)
        reach = math.hypot(1.0 / math.sqrt(diagonal.min()), *(inverse.T @ apart).tolist())
        size = np.abs(beta[:count]).max() + float(self.magnitude @ np.abs(beta[count:])) + self.largest_offset
        in_eta = (d + 3) * EPS * size * math.sqrt(self.total) / 2
        rows = np.bincount(self.cells.codes, minlength=self.cells.size).max()
        in_sums = (8192 + len(self.cells.codes) / 8192 + float(rows)) * EPS * self.total * reach
        return float(reach * (in_eta + in_sums))


def without_levels(rows: Rows, unit: float, threads: int | None, held: Index) -> ManyLevels | None:
    """The likelihood of rows with the levels of their largest factor eliminated; ``held`` are coefficients held at 0.

    None where no factor is large enough or not coded by an indicator of each level, beside a constant of 1 or without
    one; where coefficients other than those of levels are held; or where the other columns are nearly collinear.
    """
    memory = rows.memory
    group = None if memory is None or not isinstance(memory.matrix, Coded) else _largest_factor(memory.matrix)
    places = None if group is None else _places_of_levels(group)
    if memory is None or group is None or places is None:
        return None
    present = np.flatnonzero(_rows_of(rows, group.cells) > 0)
    frame = _frame(rows, places[present], np.setdiff1d(np.arange(rows.n_columns), group.places), held)
    turned = None if frame is None else _turned(_written(rows, frame.plain), frame)
    if turned is None:
        return None
    X, frame = turned
    estimated = np.sort(np.concatenate([frame.levels[frame.others], frame.plain, _constant(frame)]))
    return ManyLevels(
        memory.observations._replace(X=X),
        group.cells,
        present,
        _among(frame, estimated),
        estimated,
        unit,
        np.abs(X).max(axis=0),
        rows.largest_offset,
        sum(rows.event_totals),
        threads,
    )


def _largest_factor(matrix: Coded) -> Group | None:
    """The factor of the most levels, if it is worth eliminating: many levels beside few other columns."""
    group = max(matrix.groups, key=lambda group: group.cells.size)
    levels, others = group.cells.size, matrix.shape[1] - len(group.places)
    narrow = others <= min(MOST_OTHERS, levels // LEVELS_A_COLUMN)
    return group if levels >= LEAST_LEVELS and group.cells.multiplier is None and narrow else None


def _written(rows: Rows, columns: Index) -> Array:
    """Some columns (n, d) of all rows."""
    return rows.written(columns) if len(columns) else np.empty((rows.n_rows, 0))


def _constant(frame: Frame) -> Index:
    return np.array([frame.constant] if frame.constant >= 0 else [], dtype=np.intp)


def _among(frame: Frame, estimated: Index) -> Frame:
    """The frame with places among the estimated coefficients."""
    levels = np.where(frame.levels >= 0, np.searchsorted(estimated, np.maximum(frame.levels, 0)), -1)
    constant = int(np.searchsorted(estimated, frame.constant)) if frame.constant >= 0 else -1
    return frame._replace(levels=levels, plain=np.searchsorted(estimated, frame.plain), constant=constant)


def _places_of_levels(group: Group) -> Index | None:
    """Place of the column of each level (L,), −1 for one without; None unless each column indicates one level."""
    entries, columns = group.table.nonzero()
    values = group.table[entries, columns]
    single = len(entries) == len(group.places) == len(set(columns.tolist())) == len(set(entries.tolist()))
    if not (single and (values == 1.0).all() and group.cells.size - len(entries) <= 1):
        return None
    places = np.full(group.cells.size, -1, dtype=np.intp)
    places[entries] = group.places[columns]
    return places


def _rows_of(rows: Rows, cells: CodedColumns) -> Array:
    """Number of rows of each level that are not at a limit."""
    effective = np.ones(len(cells.codes)) if rows.limit is None else (rows.limit == 0).astype(np.float64)
    return sums(cells.codes, effective, cells.size)


def _frame(rows: Rows, places: Index, others: Index, held: Index) -> Frame | None:
    """Which coefficients are effects of levels, whose columns are at ``places`` (L,); None where others are held."""
    constant = -1
    for j in rows.constants:
        if j in others and rows.written(np.array([j]))[0, 0] == 1.0:
            constant = int(j)
    places = np.where(np.isin(places, held), -1, places)
    without = np.flatnonzero(places < 0)
    if len(without) != (constant >= 0) or np.isin(others, held).any():
        return None
    plain = others[others != constant]
    reference = int(without[0]) if constant >= 0 else -1
    return Frame(places, plain, reference, constant, np.zeros(len(plain)), np.eye(len(plain)))


def _turned(X: Array, frame: Frame) -> tuple[Array, Frame] | None:
    """Columns (n, d) centred, and made orthonormal; None where they are nearly collinear, also with a constant."""
    if not X.shape[1]:
        return X, frame
    centre = X.mean(axis=0)
    X = X - centre
    factor = Information(np.ones(X.shape[1]), X.T @ X / len(X)).factor
    if factor is None or factor.condition > SUMS_CONDITION:
        return None
    turn = factor.inverse_root
    return X @ turn, frame._replace(centre=centre, turn=turn)
