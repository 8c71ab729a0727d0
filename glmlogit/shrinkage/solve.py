"""The maximum at one penalty: proximal Newton on a working set of columns, and the proof of it on all."""

from __future__ import annotations

import math
from enum import Enum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.shrinkage.many_columns import ColumnsModel
from glmlogit.shrinkage.parts import ColumnPart, Subproblem, Sums, by_passes, part_of
from glmlogit.shrinkage.problem import AnyProblem, Terms
from glmlogit.shrinkage.quadratic import Quadratic

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]

# The distance to the maximum, in standard errors, at which steps end; each ends with a whole step more.
TOLERANCE = 1e-12
# Share of the distance that a step may leave before the information is taken anew.
SLOW = 0.1
# Steps at one penalty, halvings of one, rounds of columns joining the working set.
STEPS, _HALVINGS, _ROUNDS = 100, 40, 60
# Columns that a working set takes in before their time, or keeps after it.
_SPARE = 8
# What a slope may exceed 0 by, as a share of the penalty, without its column joining the working set.
SLACK = 1e-9
# Columns beyond which their products are not formed.
MANY = 1_500
# The distance at which steps of a path in so many columns end.
MANY_TOLERANCE = 1e-5
# A step that moves coefficients by this many standard errors where no value can tell any more is no maximum.
FLAT = 1e-6
# A column that nothing holds and that still moves predictors this much in a last step runs to infinity.
STILL_MOVING = 1e-2


class End(Enum):
    """How the search at one penalty ended."""

    CONVERGED = "converged"
    DIVERGING = "coefficients that nothing penalises run to infinity (separation)"
    SINGULAR = "columns that nothing penalises are linear combinations of each other"


class Optimum(NamedTuple):
    """A maximum at one penalty: coefficients (p,), log-likelihood, its score (p,), and how many steps it took.

    On a path the score of a column that provably stays below the penalty may be that of an earlier point.

    ``trace`` has the log-likelihood before each step and its length in standard errors; ``part``
    and ``model`` are what the steps were made with, for those at the next penalty.
    """

    penalty: float
    beta: Array
    value: float
    score: Array
    end: End
    steps: int
    trace: tuple[tuple[float, float], ...] = ()
    part: Subproblem | None = None
    model: Quadratic | ColumnsModel | None = None


class _State(NamedTuple):
    """Where the steps are, in the columns of a part, and the quadratic model that they are made with."""

    beta: Array
    sums: Sums
    model: Quadratic | ColumnsModel | None


def solve(
    problem: AnyProblem,
    penalty: float,
    start: Optimum,
    working: Index,
    tolerance: float = TOLERANCE,
    guess: Array | None = None,
) -> Optimum:
    """The maximum at a penalty, from that at another one; columns outside ``working`` join where they must.

    ``guess`` (q,) are coefficients to start from where they are better, 0 where those of ``start`` are.

    Steps are those of proximal Newton (Lee, Sun & Saunders 2014), the quadratic model maximised exactly and its matrix
    taken anew where steps leave much of the distance. Afterwards the score of all columns says which of them do not
    stay 0.
    """
    terms, p = problem.terms(penalty), problem.n_columns
    working = problem.spanned(_together(p, working, np.flatnonzero(start.beta)))
    beta, score, value, model = start.beta, start.score, start.value, start.model
    part, end, trace = start.part, End.CONVERGED, _Trace()
    for _ in range(_ROUNDS):
        if part is None or not _covers(part, working):
            part, model = part_of(problem, _with_more(problem, working, score)), None
        working = part.which
        state = _State(beta[working], Sums(value, score[working]), model)
        if guess is not None:
            state, guess = _better(part, terms.take(working), state, guess[working]), None
        many = isinstance(part, ColumnPart) and len(working) > MANY and tolerance > TOLERANCE
        enough = max(tolerance, MANY_TOLERANCE) if many else tolerance
        state, end = _iterate(part, terms.take(working), state, enough, trace)
        beta = np.zeros(p)
        beta[working], value, model = state.beta, state.sums.value, state.model
        score = _of_all(part, state)
        slopes = np.abs(terms.slopes(score, beta))
        slopes[working] = 0.0
        joining = np.flatnonzero(slopes > SLACK * terms.limited.l1)
        if end is not End.CONVERGED or not len(joining):
            break
        working = _together(p, working, problem.spanned(joining))
    return Optimum(penalty, beta, value, score, end, len(trace), tuple(trace), part, model)


def alone(problem: AnyProblem, which: Index) -> Optimum:
    """The maximum of the likelihood in some columns alone, the others at 0 and nothing penalised."""
    part, beta = part_of(problem, which), np.zeros(problem.n_columns)
    state = _State(beta[which], part.sums(beta[which], information=False), None)
    trace = _Trace()
    state, end = _iterate(part, problem.terms(0.0).take(which), state, TOLERANCE, trace)
    beta[which] = state.beta
    score = _of_all(part, state)
    return Optimum(math.inf, beta, state.sums.value, score, end, len(trace), tuple(trace))


def _of_all(part: Subproblem, state: _State) -> Array:
    """The score of all coefficients."""
    score = state.sums.of_all
    score = part.at_end(state.beta, state.sums).of_all if score is None else score
    assert score is not None
    return score


def _better(part: Subproblem, terms: Terms, state: _State, guess: Array) -> _State:
    """The state at other coefficients (k,) where the objective is higher there."""
    sums = part.sums(guess, information=False)
    higher = sums.value - terms.value(guess) > state.sums.value - terms.value(state.beta)
    return _State(guess, sums, state.model) if higher else state


def _together(p: int, *sets: Index) -> Index:
    """Positions out of p that are in any of the sets, rising."""
    return np.flatnonzero(_marked(p, *sets))


def _marked(p: int, *sets: Index) -> npt.NDArray[np.bool_]:
    marked = np.zeros(p, dtype=bool)
    for which in sets:
        marked[which] = True
    return marked


def _covers(part: Subproblem, working: Index) -> bool:
    """Whether a part has the columns of a working set, and not so many more that a smaller one is worth its making."""
    close = len(part.which) <= len(working) + max(_SPARE, len(working) // 2)
    size = int(max(part.which.max(initial=0), working.max(initial=0))) + 1
    return close and bool(_marked(size, part.which)[working].all())


def _with_more(problem: AnyProblem, working: Index, score: Array) -> Index:
    """A working set with the columns that come next, where one takes many rows to be made; all where few are left."""
    if not by_passes(problem):
        return working
    unit = problem.scale * problem.factors
    slopes = problem.sizes(score) / np.where(unit > 0, unit, 1.0)
    slopes[problem.low == problem.high] = -1.0
    slopes[working] = np.inf
    size = min(len(working) + _SPARE, problem.n_columns)
    return np.sort(np.argsort(-slopes, kind="stable")[:size]) if 4 * size < 3 * len(slopes) else np.arange(len(slopes))


_Trace = list[tuple[float, float]]


def _iterate(part: Subproblem, terms: Terms, state: _State, tolerance: float, trace: _Trace) -> tuple[_State, End]:
    """Steps until what the last one leaves is rounding."""
    last, renewed = math.inf, False
    for count in range(1, STEPS + 1):
        model, renewed = state.model, renewed or state.model is None
        try:
            if isinstance(part, ColumnPart) and (len(part.which) > MANY or isinstance(model, ColumnsModel)):
                state, model = _of_many(part, terms, state)
                d = model.step(terms, state.beta, _residual(state))
            else:
                if model is None or not np.array_equal(model.free, np.flatnonzero(terms.free)):
                    sums = part.informed(state.beta, state.sums)
                    assert sums.information is not None
                    model = Quadratic.of(sums.information, terms)
                d = model.step(terms, state.beta, state.sums.score)
        except np.linalg.LinAlgError:
            return state, End.DIVERGING if state.beta.any() else End.SINGULAR
        state = state._replace(model=model)
        size = model.length(terms, d)
        trace.append((state.sums.value, size))
        share = size / last
        left = size * (share if math.isfinite(last) else 1.0)
        after = _lowered(part, terms, state, d, fresh=count == 1 or share > SLOW, done=left <= tolerance)
        if after is None and renewed:
            flat = size < FLAT and terms.moved(d) <= STILL_MOVING
            return state, End.CONVERGED if flat else End.DIVERGING
        if after is None:
            state, last = state._replace(model=None), math.inf
            continue
        state, last, renewed = after, size, after.model is not model
        if left <= tolerance:
            return state, End.CONVERGED if terms.moved(d) <= STILL_MOVING else End.DIVERGING
    return state, End.DIVERGING


def _of_many(part: ColumnPart, terms: Terms, state: _State) -> tuple[_State, ColumnsModel]:
    """A new model of many columns, whose weights cost no more than a pass, and the residuals it starts from."""
    sums = state.sums
    if sums.residual is None or sums.weight is None:
        sums = part.sums(state.beta, information=False)
    assert sums.weight is not None
    return state._replace(sums=sums), ColumnsModel.of(part.columns, sums.weight, terms)


def _residual(state: _State) -> Array:
    assert state.sums.residual is not None
    return state.sums.residual


def _lowered(part: Subproblem, terms: Terms, state: _State, d: Array, *, fresh: bool, done: bool) -> _State | None:
    """The state after a step, shortened until it raises the objective by a share of what it promises.

    With a new model of the information there where ``fresh`` asks for one; None where no length does.
    """
    penalty = terms.value(state.beta)
    before = state.sums.value - penalty
    promised = float(state.sums.score @ d) - terms.value(state.beta + d) + penalty
    slack, length = 64 * np.finfo(float).eps * (abs(state.sums.value) + penalty), 1.0
    many = isinstance(state.model, ColumnsModel)
    for _ in range(_HALVINGS):
        beta = state.beta + length * d
        full = length == 1.0
        sums = part.at_end(beta) if done and full else part.sums(beta, information=fresh and full and not many)
        if sums.value - terms.value(beta) - before >= 1e-4 * length * promised - slack:
            model = None if sums.information is None else Quadratic.of(sums.information, terms)
            return _State(beta, sums._replace(information=None), model or (state.model if length == 1.0 else None))
        length *= 0.5
    return None
