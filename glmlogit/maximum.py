"""From a likelihood to its maximum: aliased columns out, Newton, and the limiting model where data separate."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from glmlogit._blas import one_thread
from glmlogit._doubledouble import DD
from glmlogit._lazy import cached_property
from glmlogit._linalg import EPS, Alias, Factor, aliased_columns, append_rows, lengths
from glmlogit._one_outcome import levels_of_one_outcome
from glmlogit._recession import Recession, recession
from glmlogit.aliasing import find_aliases
from glmlogit.approach import RANK_CONDITION, Approach, approach, starting_point, towards_maximum
from glmlogit.certificate import certified_digits, loglik
from glmlogit.designs import INFINITE_ETA, Design
from glmlogit.errors import NotEstimableError
from glmlogit.matrices import Dense
from glmlogit.objective import BinaryLogit, Evaluation, Fixed, Objective, Penalised, Penalty
from glmlogit.polish import polish
from glmlogit.solve import Control, Solution, Status, Step, newton

Array = npt.NDArray[np.float64]
Columns = npt.NDArray[np.intp]

# Refinement in double-double costs some 20 passes over the rows. It is always done where that is a few
# milliseconds (rows times columns), up to some ten where the condition costs a digit, and up to
# a second where it costs three. Its products of the rows with a square matrix are what takes long where columns are
# many (rows times their square).
ALWAYS_REFINED, NEVER_REFINED, MOST_PRODUCTS = 4_000, 2_000_000, 50_000_000
REFINED_AT_SOME_LOSS, SOME_LOSS = 20_000, 10.0
GREAT_LOSS = 1e3
# Rows times columns of a linear program over all rows where they have to be written out for it: 4 GB.
MOST_DECIDED = 500_000_000
# Steps after which an iteration is slow: few fits with a finite maximum take as many, and all without one do.
SLOW = 8
# Factor by which rows of a large offset are approached.
NEARER = 1.5


# What is reported of a coefficient that is not finite, by its state.
_LIMITS = {"+inf": math.inf, "-inf": -math.inf, "indeterminate": math.nan, "aliased": math.nan}


@dataclass(frozen=True, eq=False)
class Maximum:
    """A maximum over all columns of a design.

    ``estimated`` are the columns of the solved system, ``at`` its evaluation. The others are held at
    zero: ``aliases`` always, and under separation as many columns as directions run to infinity.
    ``rows`` is the design whose rows the solution fits: under separation that of the limiting model.
    """

    beta: Array
    at: Evaluation
    status: Status
    trace: tuple[Step, ...] = field(repr=False)
    estimated: Columns
    aliases: tuple[Alias, ...]
    rows: Design = field(repr=False)
    cone: Recession | None = None  # over the columns that are not aliased; None where overlap is proved
    root: Array | None = field(repr=False, default=None)  # refined inverse root of the information, if refined
    low: Array | None = field(repr=False, default=None)  # what rounding took from a refined beta
    certified: float | None = None  # digits certified by the refinement

    @property
    def llf(self) -> float:
        """Log-likelihood kernel (plus penalty) at the maximum, its supremum under separation."""
        return self.at.llf

    @property
    def pair(self) -> DD:
        """Coefficients in double-double; the low part is zero where nothing was refined."""
        return DD(self.beta, np.zeros(len(self.beta)) if self.low is None else self.low)

    @property
    def separated(self) -> bool:
        """Whether some direction of recession exists."""
        return self.cone is not None and self.cone.kind != "none"

    @property
    def reached(self) -> bool:
        """Whether this is the maximum, finite or not."""
        return self.status in (Status.CONVERGED, Status.SEPARATED)

    @property
    def rank(self) -> int:
        """Number of coefficients that are not aliased, infinite ones included."""
        return len(self.beta) - len(self.aliases)

    @cached_property
    def states(self) -> tuple[str, ...]:
        """``finite``, ``+inf``, ``-inf``, ``indeterminate`` or ``aliased`` for each column."""
        states = ["finite"] * len(self.beta)
        for alias in self.aliases:
            states[alias.column] = "aliased"
        if self.cone is not None:
            for j, state in zip(free_columns(len(self.beta), self.aliases), self.cone.states, strict=True):
                states[j] = state
        return tuple(states)

    @property
    def coefficients(self) -> Array:
        """The estimate: ±inf where separated, NaN where aliased or not determined."""
        return np.array([_LIMITS.get(state, b) for b, state in zip(self.beta.tolist(), self.states, strict=True)])


def carried_along(maximum: Maximum, held: list[int], values: list[float]) -> Array:
    """Where the other estimated coefficients go when some (places among the estimated) are moved to values.

    To first order, ``β_r + C_rh C_hh⁻¹(v − β_h)`` with C the inverse information: the tangent of the profile.
    """
    beta, factor = maximum.beta[maximum.estimated], maximum.at.info.factor
    rest = np.setdiff1d(np.arange(len(beta)), held)
    if factor is None:
        return beta[rest]
    root = factor.inverse_root
    size = lengths(root[held])  # units may differ by more than squares can hold
    with np.errstate(all="ignore"):
        unit = root[held] / size[:, None]
        along, *_ = np.linalg.lstsq(unit @ unit.T, (np.array(values) - beta[held]) / size, rcond=None)
        moved = beta[rest] + root[rest] @ (unit.T @ along)
    return np.where(np.isfinite(moved), moved, beta[rest])


def free_columns(size: int, aliases: tuple[Alias, ...]) -> Columns:
    """Columns that are not aliased."""
    if not aliases:
        return np.arange(size)
    return np.setdiff1d(np.arange(size), np.array([alias.column for alias in aliases], dtype=np.intp))


def without_aliases(objective: Objective, aliases: tuple[Alias, ...]) -> Objective:
    """The objective as a function of the other coefficients, those of aliased columns held at zero."""
    held = tuple(alias.column for alias in aliases)
    return Fixed(objective, held, (0.0,) * len(held)) if held else objective


def objective_of(
    design: Design, aliases: tuple[Alias, ...], penalty: Penalty | None = None, threads: int | None = None
) -> Objective:
    """The function maximised: the likelihood without aliased columns, plus a penalty on the others."""
    objective = without_aliases(BinaryLogit(design, threads), aliases)
    return objective if penalty is None else Penalised(objective, penalty.keep(free_columns(design.n_columns, aliases)))


def maximise(
    design: Design,
    control: Control,
    *,
    penalty: Penalty | None = None,
    start: Array | None = None,
    refine: bool = True,
) -> Maximum:
    """Maximise a design's likelihood, with a penalty or without.

    Without one, every maximum reported as finite is proved to be: by :func:`overlap_proved` at no cost,
    else by an exact linear program. Separated data are fitted in the limiting model (Geyer 2009). With
    ``refine`` the maximum is polished in double-double where that is worth it.
    """
    with one_thread(design.n_columns):
        return _maximised(design, control, penalty, start, refine)


@lru_cache(maxsize=16)
def _briefly(control: Control) -> Control:
    """As many steps as a maximum near by takes."""
    return replace(control, max_iter=min(SLOW, control.max_iter))


def _maximised(design: Design, control: Control, penalty: Penalty | None, start: Array | None, refine: bool) -> Maximum:
    if design.collapsed is not design:
        few = _maximised(design.collapsed, control, penalty, start, refine)
        return _of_all_rows(few, design)
    default = starting_point(design)
    likelihood = BinaryLogit(design, control.threads)
    near = (
        Approach(default, likelihood.evaluate(default))
        if start is not None
        else approach(likelihood, design, control, default, unpenalised=penalty is None)
    )
    aliases = find_aliases(likelihood, near.at)
    free = free_columns(design.n_columns, aliases)
    plain = not aliases and penalty is None
    objective = likelihood if plain else objective_of(design, aliases, penalty, control.threads)
    known = near.at if plain else None
    beta = near.beta
    if penalty is not None and beta is not default and not aliases:
        beta = towards_maximum(design, beta, near.at)
    given = None if start is None else start[free]
    patience = control if penalty is not None or aliases else _briefly(control)
    solution = _solve(objective, patience, beta[free], known, given)
    if near.steps:
        solution = replace(solution, trace=near.steps + solution.trace)
    cone = None
    doubtful = penalty is None and not overlap_proved(design, free, solution)
    if doubtful and not aliases:
        levels = _limit_of_levels(design, control, solution)
        if levels is not None:
            return refined(levels) if refine else levels
    if patience is not control and solution.status is Status.MAX_ITER:
        solution = _going_on(objective, control, solution)
        doubtful = penalty is None and not overlap_proved(design, free, solution)
    if doubtful:
        cone = cone_of(design, free, solution.beta)
        if cone.kind != "none":
            limiting = _limit(design, control, aliases, cone, solution)[0]
            return refined(limiting) if refine else limiting
    # What nothing penalises may be infinite; Jeffreys' prior, whose curvature is not known in full, penalises all.
    if penalty is None or not penalty.exact or solution.status is not Status.DIVERGING:

        def remade(rows: Design) -> Objective:
            return objective_of(rows, aliases, penalty, control.threads)

        solution = insisting(objective, design, free, control, solution, default[free], remade)
    beta = np.zeros(design.n_columns)
    beta[free] = solution.beta
    maximum = Maximum(beta, solution.at, solution.status, solution.trace, free, aliases, design, cone)
    return refined(maximum) if refine and penalty is None else maximum


def _of_all_rows(few: Maximum, design: Design) -> Maximum:
    """The maximum of a design from that of its covariate patterns."""
    assert design.patterns is not None
    codes, limit, cone = design.patterns.codes, few.rows.limit, few.cone
    return replace(
        few,
        rows=design if limit is None else replace(design, limit=limit[codes]),
        cone=None if cone is None else replace(cone, separated=cone.separated[codes]),
    )


def _solve(
    objective: Objective, control: Control, default: Array, known: Evaluation | None, start: Array | None
) -> Solution:
    """From the start given; from the default one where that does not converge."""
    if start is not None:
        solution = newton(objective, start, control)
        if solution.status is Status.CONVERGED:
            return solution
    return newton(objective, default, control, at=known)


def _going_on(objective: Objective, control: Control, solution: Solution) -> Solution:
    """The iteration from where it was left, with the steps that it has left."""
    left = control.max_iter - len(solution.trace)
    if left <= 0:
        return solution
    more = newton(objective, solution.beta, replace(control, max_iter=left), at=solution.at)
    return replace(more, trace=solution.trace + more.trace)


def insisting(
    objective: Objective,
    rows: Design,
    free: Columns,
    control: Control,
    solution: Solution,
    default: Array,
    remade: Callable[[Design], Objective],
) -> Solution:
    """The maximum of a function known to have one: with patience, then from starts that follow the offset.

    ``remade`` is the function of other rows.
    """
    if solution.status is Status.DIVERGING:
        solution = newton(objective, default, control, patient=True)
    starts: tuple[Callable[[], Array], ...] = (
        lambda: linearised_start(rows, free),
        lambda: _from_afar(rows, remade, control),
    )
    for start in starts:
        if solution.status is not Status.CONVERGED:
            again = newton(objective, start(), control, patient=True)
            solution = again if again.status is Status.CONVERGED else solution
    if solution.status is Status.DIVERGING:  # a maximum exists: it is the arithmetic that gives out
        solution = replace(solution, status=Status.SINGULAR)
    return solution


def _from_afar(rows: Design, remade: Callable[[Design], Objective], control: Control) -> Array:
    """The maximum of ``T·l(β/T)`` for T from the size of the offset down to 1, each from the one before.

    Saturated rows carry no information to step with; seen from so far that they are not, they do. With β = T·b this is
    the likelihood of b where the offset is divided by T.
    """
    beta, distance = np.zeros(remade(rows).size), max(rows.largest_offset, 1.0)
    while distance > 1.0:
        seen = rows if rows.offset is None else replace(rows, offset=rows.offset / distance)
        found = newton(remade(seen), beta, control, patient=True).beta
        nearer = max(distance / NEARER, 1.0)
        beta = np.where(np.isfinite(found), found, 0.0) * (distance / nearer)
        distance = nearer
    return beta


def linearised_start(rows: Design, free: Columns) -> Array:
    """One step of iterated least squares from probabilities of ¼ and ¾: not far off, whatever the offset.

    From a start of zero an offset of a thousand leaves every row saturated, and no information to step with.
    """
    scale = BinaryLogit(rows).column_scale()[free]
    root: Array | None = None
    for block in rows.blocks():
        total = block.events + block.nonevents
        offset = np.zeros(len(total)) if block.offset is None else block.offset
        target = np.log((block.events + 0.5 * total) / (block.nonevents + 0.5 * total)) - offset
        effect = np.where(np.abs(offset) < INFINITE_ETA, np.sqrt(total / rows.largest_weight), 0.0)
        columns = np.column_stack([block.X[:, free] * scale, np.where(effect > 0, target, 0.0)])
        root = append_rows(root, columns * effect[:, None])
    assert root is not None
    solved, *_ = np.linalg.lstsq(root[:, :-1], root[:, -1], rcond=None)
    return np.asarray(solved * scale)


def overlap_proved(design: Design, free: Columns, solution: Solution) -> bool:
    """Whether the converged iteration itself proves that no direction of recession exists.

    The score equations weigh the signed rows by |y − p| > 0. A Newton step d changes the multiplier of a
    row by ``−W x'd``, so if it changes no linear predictor by 1 or more, the changed multipliers are still
    positive and make the weighted sum of signed rows vanish exactly: overlap, by the theorem of
    Gordan–Stiemke. What rounding may hide in the computed step is bounded from the magnitudes of the
    columns, without another pass over the rows.
    """
    factor = solution.at.info.factor
    if solution.status is not Status.CONVERGED or factor is None:
        return False
    return solution.moved + rounding_of_step(design, free, solution.beta, factor) < 1.0


def rounding_of_step(design: Design, free: Columns, beta: Array, factor: Factor) -> float:
    """Bound of what rounding in one evaluation can move a linear predictor by (Higham 2002, §3.1)."""
    magnitude = design.magnitude[free]
    reaches = np.abs(factor.inverse_root).T @ magnitude
    reach = math.hypot(*reaches.tolist())  # ≥ |R⁻ᵀx| of every row; squares would overflow with weights of 1e-300
    total = sum(design.event_totals)
    terms = len(free) + 2
    size = float(magnitude @ np.abs(beta)) + design.largest_offset
    in_eta = terms * EPS * size * math.sqrt(total) / 2
    in_sums = (8192 + design.n_rows / 8192) * EPS * total * reach
    return float(reach * (in_eta + in_sums))


def cone_of(design: Design, free: Columns, beta: Array) -> Recession:
    """Directions along which the likelihood never falls, from the signed rows (Albert & Anderson 1984)."""
    events, nonevents = design.y, (1.0 if design.trials is None else design.trials) - design.y
    _refuse_too_large(design)
    X = design.matrix.rows(slice(None))[:, free]
    signed = np.where(events > 0, 1.0, -1.0)[:, None] * X
    eta = X @ beta + (0.0 if design.offset is None else design.offset)
    return recession(signed, (events > 0) & (nonevents > 0), priority=-np.where(events > 0, eta, -eta))


def _refuse_too_large(design: Design) -> None:
    """Columns that go by code may be too many to be written out."""
    n, p = design.matrix.shape
    if isinstance(design.matrix, Dense) or n * p <= MOST_DECIDED:
        return
    raise NotEstimableError(
        f"whether a finite estimate exists cannot be decided: {n:,} rows of {p:,} columns are too many for the linear "
        f"program that tells near separation from separation. Merge levels with few rows, or use gl.firth, whose "
        f"estimates are always finite"
    )


def _limit_of_levels(design: Design, control: Control, first: Solution) -> Maximum | None:
    """The limiting model where levels with one outcome are all that separates; None where they are not.

    The rows that are left prove it. That they overlap means that no direction of recession changes any of them, so all
    are in the null space of these rows; and that has as many dimensions as levels were found, since the other columns
    are independent in them.
    """
    cone = levels_of_one_outcome(design)
    if cone is None:
        return None
    maximum, solution = _limit(design, control, (), cone, first, cone.slots.tolist())
    factor = solution.at.info.factor
    independent = factor is not None and factor.condition < RANK_CONDITION
    return maximum if independent and overlap_proved(maximum.rows, maximum.estimated, solution) else None


def _limit(
    design: Design,
    control: Control,
    aliases: tuple[Alias, ...],
    cone: Recession,
    first: Solution,
    dependent: list[int] | None = None,
) -> tuple[Maximum, Solution]:
    """Maximum in the limiting model: separated rows are fitted perfectly and drop out (Geyer 2009).

    ``dependent`` are columns that depend on others in the rows that are left, where they are known.
    """
    limit = np.where(cone.separated, np.where(design.y > 0, 1.0, -1.0), 0.0)
    rows = replace(design, limit=limit)
    likelihood = BinaryLogit(rows, control.threads)
    if dependent is None:
        found = aliased_columns(likelihood.column_root(), likelihood.column_scale())
        dependent = [alias.column for alias in found]
    held = sorted({*dependent, *(alias.column for alias in aliases)})
    estimated = np.setdiff1d(np.arange(design.n_columns), np.array(held, dtype=np.intp))

    def restricted_to(rows: Design) -> Fixed:
        return Fixed(BinaryLogit(rows, control.threads), tuple(held), (0.0,) * len(held))

    restricted = restricted_to(rows)
    solution = newton(restricted, _shadow(cone, first.beta, aliases, estimated), control, patient=True)
    solution = insisting(restricted, rows, estimated, control, solution, np.zeros(len(estimated)), restricted_to)
    status = Status.SEPARATED if solution.status is Status.CONVERGED else solution.status
    trace = first.trace + solution.trace
    beta = restricted.full(solution.beta)
    return Maximum(beta, solution.at, status, trace, estimated, aliases, rows, cone), solution


def _shadow(cone: Recession, beta: Array, aliases: tuple[Alias, ...], estimated: Columns) -> Array:
    """Coefficients that give the rows that are left the same predictors, with none for the columns that drop out."""
    kept = np.isin(free_columns(len(beta) + len(aliases), aliases), estimated)
    try:
        moved = beta - cone.basis @ np.linalg.solve(cone.basis[~kept], beta[~kept])
    except np.linalg.LinAlgError:
        return np.zeros(len(estimated))
    return np.asarray(moved[kept]) if np.isfinite(moved).all() else np.zeros(len(estimated))


def refined(maximum: Maximum) -> Maximum:
    """The maximum to the last digit, where double precision may have lost some and refining is affordable."""
    factor = maximum.at.info.factor
    if not maximum.reached or factor is None or not _worth_refining(maximum, factor):
        return maximum
    better = polish(maximum.rows, maximum.beta, maximum.estimated, factor)
    if not better.digits:  # refinement did not contract: say what the double fit is worth
        return replace(maximum, certified=certified_digits(maximum.rows, maximum.beta, maximum.estimated, factor))
    beta = maximum.beta.copy()
    beta[maximum.estimated] = better.beta
    low = np.zeros(len(beta))
    low[maximum.estimated] = better.low
    at = maximum.at._replace(llf=loglik(maximum.rows, DD(beta, low)))
    return replace(maximum, beta=beta, low=low, at=at, root=better.inverse_root, certified=better.digits)


def _worth_refining(maximum: Maximum, factor: Factor) -> bool:
    size = maximum.rows.n_rows * max(1, len(maximum.estimated))
    if size * len(maximum.estimated) > MOST_PRODUCTS:
        return False
    return size <= ALWAYS_REFINED or (
        (factor.condition > SOME_LOSS and size <= REFINED_AT_SOME_LOSS)
        or (factor.condition > GREAT_LOSS and size <= NEVER_REFINED)
    )
