"""Tests of hypotheses: likelihood ratio, Wald and score."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.linalg import lapack

from glmlogit._constraints import linear_constraints
from glmlogit._format import visible
from glmlogit._linalg import aliased_columns, append_rows, units_of
from glmlogit._maxima import restricted, usable
from glmlogit._reference import NORMAL, Reference
from glmlogit.designs import ArrayColumns, Design
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.matrices import Dense, blocks
from glmlogit.maximum import Maximum, free_columns, maximise
from glmlogit.objective import BinaryLogit

if TYPE_CHECKING:
    from glmlogit.estimate import Estimate

Array = npt.NDArray[np.float64]
TestKind = Literal["lr", "wald", "score"]


@dataclass(frozen=True)
class TestResult:
    """Outcome of a test; ``reason`` says why where the statistic is NaN.

    ``statistic`` is chi-squared on ``df``, or F on (``df``, ``df_denom``) where ``df_denom`` is finite.
    """

    __test__ = False  # not a test class of pytest's

    statistic: float
    df: int
    p_value: float
    method: str
    null: str
    reason: str = ""
    df_denom: float = math.inf

    def __str__(self) -> str:
        null = visible("; ".join(line.strip() for line in self.null.strip().split("\n")))
        if self.reason:
            return f"{self.method} of {null}: not available, {self.reason}"
        name = f"chi2({self.df})" if math.isinf(self.df_denom) else f"F({self.df}, {self.df_denom:g})"
        return f"{self.method} of {null}: {name} = {self.statistic:.4f}, p = {self.p_value:.4g}"

    __repr__ = __str__


def result_of(
    statistic: float, df: int, method: str, null: str, reason: str = "", reference: Reference = NORMAL
) -> TestResult:
    """Result of a quadratic form: chi-squared, or F by the reference distribution; NaN with the reason."""
    if reason:
        return TestResult(math.nan, max(df, 0), math.nan, method, null, reason)
    if df < 1:
        return TestResult(statistic, 0, math.nan, method, null, "the models have the same degrees of freedom")
    shown, denominator, p = reference.joint(statistic, df)
    if not math.isinf(denominator) and denominator <= 0:
        reason = f"{reference.df + 1:g} clusters cannot test {df} hypotheses at once; name fewer"
        return TestResult(math.nan, df, math.nan, method, null, reason)
    return TestResult(shown, df, p, method, null, df_denom=denominator)


# --- likelihood ratio -----------------------------------------------------------------------------
def lr_test(big: Estimate, small: Estimate) -> TestResult:
    """Likelihood-ratio test of a model against one nested in it.

    Parameters
    ----------
    big, small : Fit
        Fits of the same rows; every column of ``small`` is a combination of columns of ``big``.

    Returns
    -------
    TestResult
        NaN with a reason where a fit has no likelihood or did not converge. Under separation the
        suprema of the likelihoods are compared.

    Raises
    ------
    DataError
        Where the fits have different rows, or are not nested.

    Notes
    -----
    ``2(l_big − l_small)`` on the difference in rank (Wilks 1938). *Matches* R's
    ``anova(small, big, test = "LRT")``, Stata's ``lrtest``. *Differs*: nesting is checked, not assumed;
    a penalised fit is not compared with another one, whose penalty is another function.
    """
    _require_same_rows(big, small)
    _require_nested(big.design, small.design)
    null = f"{name_of(small)} within {name_of(big)}"
    reason = no_likelihood(big) or no_likelihood(small)
    if big.penalty is not None or small.penalty is not None:
        reason = "penalised likelihoods of different models are not comparable; use drop1(fit) or fit.test(..., 'lr')"
    statistic = max(2.0 * (big.maximum.llf - small.maximum.llf), 0.0)
    return result_of(statistic, big.rank - small.rank, "Likelihood-ratio test", null, reason)


def nested_test(big: Estimate, small: Estimate, test: TestKind) -> TestResult:
    """Test of a model against one nested in it, of whichever kind."""
    if test == "lr":
        return lr_test(big, small)
    _require_same_rows(big, small)
    _require_nested(big.design, small.design)
    if test == "score":
        return score_at(big, small.maximum, big.rank - small.rank, f"{name_of(small)} within {name_of(big)}")
    if not _shares_columns(big.design, small.design):
        raise UnsupportedError(
            f"the columns of {name_of(small)} are not columns of {name_of(big)}, so no set of its coefficients is what "
            f"it adds; state the hypothesis for fit.test, or compare likelihoods (test='lr')"
        )
    added = [j for j, name in enumerate(big.design.names) if name not in small.design.names]
    kept = [j for j in added if big.maximum.states[j] != "aliased"]
    return (
        wald_test(big, np.eye(big.design.n_columns)[kept]) if kept else result_of(0.0, 0, "Wald test", name_of(small))
    )


def name_of(fit: Estimate) -> str:
    """The formula of a fit, or its columns."""
    return fit.formula or " + ".join(fit.design.names)


def no_likelihood(fit: Estimate) -> str:
    """Why the likelihood of a fit cannot be compared; empty where it can."""
    return foreign_likelihood(fit) or ("" if fit.maximum.reached else fit.status.value)


def foreign_likelihood(fit: Estimate) -> str:
    """Why tests by the likelihood do not belong to a fit: it has none, or standard errors that do not trust it."""
    own = fit.cov_kind in ("model", "observed")
    robust = (
        f"the fit is reported with {fit.cov_kind} standard errors, and tests by the likelihood are those of the model: "
        f"fit.with_cov('model')"
    )
    return fit.capabilities.likelihood or ("" if own else robust)


def require_own_likelihood(fit: Estimate, instead: str) -> None:
    """Refuse tests by a likelihood that is not the fit's, with what to use."""
    reason = foreign_likelihood(fit)
    if reason:
        raise UnsupportedError(f"{reason}; {instead}")


def _require_same_rows(big: Estimate, small: Estimate) -> None:
    a, b = big.design, small.design
    same = a.n_rows == b.n_rows and all(
        _equal(getattr(a, name), getattr(b, name)) for name in ("positions", "y", "weights", "trials", "offset")
    )
    if not same:
        raise DataError(
            f"the two fits are not of the same rows ({a.n_rows:,} and {b.n_rows:,} rows, or another outcome, weight "
            f"or offset), so their likelihoods cannot be compared. Missing values drop different rows in different "
            f"models: fit both to data.dropna(subset=[...])"
        )


def _equal(a: Array | None, b: Array | None) -> bool:
    if a is None or b is None:
        return a is b
    return bool(np.array_equal(a, b))


def _require_nested(big: Design, small: Design) -> None:
    if _shares_columns(big, small):
        return
    scale = np.concatenate([BinaryLogit(big).column_scale(), BinaryLogit(small).column_scale()])
    root: Array | None = None
    for one, other in _both_blocks(big, small):
        root = append_rows(root, np.column_stack([one, other]) * scale)
    assert root is not None
    dependent = {alias.column for alias in aliased_columns(root, scale)}
    free = [small.names[j] for j in range(small.n_columns) if big.n_columns + j not in dependent]
    if free:
        swapped = set(big.names) <= set(small.names)
        hint = "the larger one comes first: lr_test(big, small)" if swapped else "compare them by AIC instead"
        raise DataError(
            f"the models are not nested: {', '.join(free[:5])} of the smaller model cannot be expressed by the "
            f"columns of the larger one; {hint}"
        )


def _shares_columns(big: Design, small: Design) -> bool:
    """Whether all columns of a design are columns of another one, under the same names."""
    if not set(small.names) <= set(big.names):
        return False
    mine = [big.names.index(name) for name in small.names]
    return all(np.array_equal(a[:, mine], b) for a, b in _both_blocks(big, small))


def _both_blocks(one: Design, other: Design) -> Iterator[tuple[Array, Array]]:
    """Columns of two designs of the same rows, in blocks of the same height."""
    for rows in blocks(one.n_rows, one.n_columns + other.n_columns):
        yield one.block(rows).X, other.block(rows).X


# --- Wald -----------------------------------------------------------------------------------------
def wald_test(fit: Estimate, hypothesis: Any) -> TestResult:
    """Wald test of linear hypotheses about the coefficients.

    Parameters
    ----------
    fit : Fit
    hypothesis : str, list of str, or array of shape (r, p) or (p,)
        ``"age = 0, lwt = 0"``, ``"age = 2*lwt"``, ``"age = lwt = 0"`` (two equations), or a matrix of combinations
        tested against zero. Names are typed as in the tables or as in the formula; back-ticks tell a name such as
        ``a-b`` from a difference.

    Returns
    -------
    TestResult
        With the fit's covariance. Redundant rows do not count in ``df``; NaN with a reason where an
        aliased coefficient is involved.

    Raises
    ------
    DataError, FormulaError
        For a matrix of the wrong width, or text that is no set of linear equations, or can be read in two ways.

    Notes
    -----
    ``(Rβ − r)'(RVR')⁻¹(Rβ − r)``, chi-squared, or F where the fit's reference distribution is t. *Matches* R's
    ``car::linearHypothesis(test = "Chisq")``, Stata's ``test``, statsmodels' ``wald_test(use_f=False)``.
    """
    matrix, values, null = constraints(fit, hypothesis)
    states = np.array(fit.maximum.states)
    reason = fit.capabilities.wald or ("" if fit.maximum.reached else fit.status.value)
    unusable = (matrix != 0).any(axis=0) & (states != "finite")
    if unusable.any():
        j = int(np.flatnonzero(unusable)[0])
        what = "is aliased and has no estimate" if states[j] == "aliased" else f"has no finite estimate ({states[j]})"
        reason = f"{fit.design.names[j]} {what}"
    if reason:
        return result_of(math.nan, len(matrix), "Wald test", null, reason)
    rows, along = matrix[:, fit.maximum.estimated], fit.covariance.along(matrix)
    reason = next(filter(None, fit.covariance.spread.reasons(along)), "")
    if reason:
        return result_of(math.nan, len(matrix), "Wald test", null, reason)
    distance = rows @ fit.maximum.beta[fit.maximum.estimated] - values
    unit = units_of(fit.covariance.spread.errors(along)[:, None])  # in which no variance leaves the range of numbers
    return quadratic(
        rows / unit[:, None], distance / unit, fit.covariance.spread.matrix(along / unit[:, None]), null, fit.reference
    )


def quadratic(rows: Array, distance: Array, cov: Array, null: str, reference: Reference) -> TestResult:
    """Statistic of hypotheses whose left sides are off by ``distance``, with covariance ``cov`` (r, r).

    ``rows`` (r, k) tell which depend on each other: redundant ones are left out, contradictions and bad covariances
    named.
    """
    method = "Wald test"
    unit = np.maximum(np.abs(rows).max(axis=1), 1e-300)
    dependent = {alias.column: alias for alias in aliased_columns((rows / unit[:, None]).T, np.ones(len(rows)))}
    scaled = distance / unit
    for row, alias in dependent.items():
        implied = sum(weight * scaled[other] for other, weight in alias.combination)
        if abs(scaled[row] - implied) > 1e-8 * (1.0 + np.abs(scaled).max()):
            return result_of(math.nan, len(rows), method, null, "the hypotheses contradict each other")
    kept = [row for row in range(len(rows)) if row not in dependent]
    if not kept:
        return result_of(math.nan, 0, method, null, "the hypothesis names no coefficient")
    spread = cov[np.ix_(kept, kept)]
    size = np.sqrt(np.abs(np.diagonal(spread)))
    if not np.isfinite(spread).all() or not (size > 0).all():
        return result_of(math.nan, len(kept), method, null, "the covariance of these coefficients is not defined")
    root, failed = lapack.dpotrf(spread / np.outer(size, size), lower=1)
    if failed or np.diagonal(root).min() < 1e-7:
        reason = "the covariance is not positive definite for these hypotheses (too few clusters?)"
        return result_of(math.nan, len(kept), method, null, reason)
    along = np.linalg.solve(np.tril(root), distance[kept] / size)
    return result_of(float(along @ along), len(kept), method, null, reference=reference)


def constraints(fit: Estimate, hypothesis: Any) -> tuple[Array, Array, str]:
    """Matrix, right-hand sides and text of linear hypotheses."""
    p = fit.design.n_columns
    if isinstance(hypothesis, (list, tuple)) and hypothesis and all(isinstance(part, str) for part in hypothesis):
        hypothesis = ", ".join(hypothesis)
    if isinstance(hypothesis, str):
        matrix, values = linear_constraints(hypothesis, fit.design.names)
        return matrix, values, hypothesis
    try:
        matrix = np.atleast_2d(np.asarray(hypothesis, dtype=float))
    except (TypeError, ValueError):
        raise DataError(
            f"the hypothesis is a {type(hypothesis).__name__} that holds more than numbers; give text such as "
            f"'{fit.design.names[-1]} = 0', a list of such texts, or a matrix"
        ) from None
    if matrix.ndim != 2 or matrix.shape[1] != p or not np.isfinite(matrix).all():
        raise DataError(
            f"the hypothesis has shape {np.shape(hypothesis)}; give one row a combination and {p} columns, in the "
            f"order {', '.join(fit.design.names[:6])}{', …' if p > 6 else ''}, or text such as "
            f"'{fit.design.names[-1]} = 0'"
        )
    return matrix, np.zeros(len(matrix)), f"{len(matrix)} linear combination{'s' if len(matrix) > 1 else ''} = 0"


# --- score ----------------------------------------------------------------------------------------
def score_test(fit: Estimate, hypothesis: Any) -> TestResult:
    """Rao's score test that coefficients have given values, from the restricted fit.

    Parameters
    ----------
    fit : Fit
        The larger model; only its design and penalty are used.
    hypothesis : str or array
        As in :func:`wald_test`, with equations that fix each coefficient they name: ``"age = 0, lwt = 0"``,
        ``"age = lwt = 0"``.

    Returns
    -------
    TestResult

    Raises
    ------
    UnsupportedError
        For hypotheses that combine coefficients.

    Notes
    -----
    ``U'I⁻¹U`` at the restricted estimate (Rao 1948), I the full information there. *Matches* R's
    ``anova(test = "Rao")`` and SAS's score statistics.
    """
    columns, values, null = _single(fit, hypothesis, "score")
    method = "Score test"
    reason = foreign_likelihood(fit) or _aliased(fit, columns)
    if reason:
        return result_of(math.nan, len(columns), method, null, reason)
    small = held_maximum(fit, columns, values)
    if small is not None:
        return score_at(fit, small, len(columns), null)
    held, solution = restricted(fit, columns, values)
    if not usable(fit, solution):
        return result_of(math.nan, len(columns), method, null, f"restricted model: {solution.status.value}")
    at = fit.objective.evaluate(held.full(solution.beta), root=True)
    factor = at.info.factor
    statistic = math.nan if factor is None else factor.norm(at.score) ** 2
    return result_of(statistic, len(columns), method, null)


def held_maximum(fit: Estimate, columns: Sequence[int], values: Sequence[float]) -> Maximum | None:
    """Of separated data the maximum, finite or not, with some coefficients held at values; None for other fits.

    The columns held become an offset, and the smaller model is fitted in its own limit: an iteration towards infinity
    would stop anywhere.
    """
    keep = np.setdiff1d(np.arange(fit.design.n_columns), np.asarray(columns))
    if not fit.maximum.separated or fit.penalty is not None or not len(keep):
        return None
    X, design = fit.design.X, fit.design
    moved = X[:, list(columns)] @ np.asarray(values, dtype=np.float64)
    offset = moved if design.offset is None else design.offset + moved
    smaller = Dense(np.ascontiguousarray(X[:, keep]))
    names = ArrayColumns(tuple(design.names[j] for j in keep), False)
    return maximise(
        replace(design, matrix=smaller, columns=names, offset=offset, magnitude=design.magnitude[keep]), fit.control
    )


def score_at(fit: Estimate, small: Maximum, df: int, null: str) -> TestResult:
    """Score test of a smaller model: its fitted probabilities, the larger model's score and information."""
    rows = small.rows
    if not small.reached:
        return result_of(math.nan, df, "Score test", null, small.status.value)
    eta = rows.matrix.times(small.beta) + (0.0 if rows.offset is None else rows.offset)
    free = free_columns(fit.design.n_columns, fit.maximum.aliases)
    there = replace(fit.design, offset=eta, limit=rows.limit)
    at = BinaryLogit(there).evaluate(np.zeros(fit.design.n_columns), root=True)
    factor = at.info.keep(free).factor
    if factor is None:
        reason = "rows that the smaller model separates carry no information on it; use a likelihood-ratio test"
        return result_of(math.nan, df, "Score test", null, reason)
    return result_of(factor.norm(at.score[free]) ** 2, df, "Score test", null)


def _aliased(fit: Estimate, columns: Sequence[int]) -> str:
    aliases = {alias.column for alias in fit.maximum.aliases}
    return "an aliased coefficient has no estimate" if aliases & set(columns) else ""


def _single(fit: Estimate, hypothesis: Any, method: str) -> tuple[tuple[int, ...], tuple[float, ...], str]:
    """Columns and values of hypotheses about one coefficient each."""
    matrix, values, null = constraints(fit, hypothesis)
    held: dict[int, float] = {}
    left = list(zip(matrix, values, strict=True))
    while left:
        known = [(row, value) for row, value in left if np.count_nonzero(row) - sum(row[j] != 0 for j in held) < 2]
        if not known or not all(np.any(row) for row, _ in left):
            raise UnsupportedError(
                f"the {method} test takes one coefficient a row, such as '{fit.design.names[-1]} = 0', or equations "
                f"that fix each coefficient they name; for combinations of coefficients use wald_test, or fit the "
                f"smaller model and use lr_test"
            )
        for row, value in known:
            _hold(held, row, float(value), fit.design.names, null)
        solved = {id(row) for row, _ in known}
        left = [(row, value) for row, value in left if id(row) not in solved]
    return tuple(held), tuple(held.values()), null


def _hold(held: dict[int, float], row: Array, value: float, names: Sequence[str], null: str) -> None:
    """Add the coefficient that an equation fixes, the others in it being held already."""
    columns = np.flatnonzero(row).tolist()
    column = next((j for j in columns if j not in held), columns[-1])
    target = (value - sum(float(row[j]) * held[j] for j in columns if j != column)) / float(row[column])
    before = held.setdefault(column, target + 0.0)
    if not math.isclose(before, target, rel_tol=1e-12, abs_tol=1e-12):
        raise DataError(f"the hypothesis {null!r} holds {names[column]} at both {before:g} and {target:g}")


def test(fit: Estimate, hypothesis: Any, method: TestKind = "wald") -> TestResult:
    """Test hypotheses about the coefficients of a fit.

    Parameters
    ----------
    fit : Fit
    hypothesis : str or array
        As in :func:`wald_test`.
    method : {"wald", "score", "lr"}
        ``"lr"`` and ``"score"`` take equations that fix each coefficient they name.

    Returns
    -------
    TestResult

    Raises
    ------
    UnsupportedError
        For a combination of coefficients with ``"lr"`` or ``"score"``.

    Notes
    -----
    *Matches* Stata's ``test`` (Wald) and ``lrtest`` (LR).
    """
    if method == "wald":
        return wald_test(fit, hypothesis)
    if method == "score":
        return score_test(fit, hypothesis)
    if method != "lr":
        raise DataError(f"method={method!r} is not known; give 'wald', 'score' or 'lr'")
    columns, values, null = _single(fit, hypothesis, "likelihood-ratio")
    return lr_fixed(fit, columns, values, null)


def lr_fixed(fit: Estimate, columns: Sequence[int], values: Sequence[float], null: str) -> TestResult:
    """Likelihood-ratio test of coefficients held at values; their columns stay in a penalty (Heinze & Schemper)."""
    name = "Penalised likelihood-ratio test" if fit.penalty is not None else "Likelihood-ratio test"
    reason = no_likelihood(fit) or _aliased(fit, columns)
    if reason:
        return result_of(math.nan, len(columns), name, null, reason)
    small = held_maximum(fit, columns, values)
    if small is not None:
        reason = "" if small.reached else f"restricted model: {small.status.value}"
        return result_of(max(2.0 * (fit.maximum.llf - small.llf), 0.0), len(columns), name, null, reason)
    _, solution = restricted(fit, columns, values)
    reason = "" if usable(fit, solution) else f"restricted model: {solution.status.value}"
    statistic = max(2.0 * (fit.maximum.llf - solution.at.llf), 0.0)
    return result_of(statistic, len(columns), name, null, reason)
