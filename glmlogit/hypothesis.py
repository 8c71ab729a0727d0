"""Tests of hypotheses: likelihood ratio, Wald and score, term by term and in sequence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit import _kernels
from glmlogit import formula as formulas
from glmlogit._constraints import linear_constraints
from glmlogit._linalg import aliased_columns, append_rows
from glmlogit._tails import chi2_pvalue
from glmlogit.designs import ArrayColumns, Columns, Design
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.objective import BinaryLogit, Fixed
from glmlogit.solve import Control, Maximum, Status, maximise, newton

if TYPE_CHECKING:
    from glmlogit.fit import Fit

Array = npt.NDArray[np.float64]
TestKind = Literal["lr", "wald", "score"]


@dataclass(frozen=True)
class TestResult:
    """Outcome of a test; ``reason`` says why where the statistic is NaN."""

    __test__ = False  # not a test class of pytest's

    statistic: float
    df: int
    p_value: float
    method: str
    null: str
    reason: str = ""

    def __str__(self) -> str:
        if self.reason:
            return f"{self.method} of {self.null}: not available, {self.reason}"
        return f"{self.method} of {self.null}: chi2({self.df}) = {self.statistic:.4f}, p = {self.p_value:.4g}"

    __repr__ = __str__


def _result(statistic: float, df: int, method: str, null: str, reason: str = "") -> TestResult:
    if reason:
        return TestResult(math.nan, max(df, 0), math.nan, method, null, reason)
    if df < 1:
        return TestResult(statistic, 0, math.nan, method, null, "the models have the same degrees of freedom")
    return TestResult(statistic, df, float(chi2_pvalue(statistic, df)), method, null)


# --- likelihoods of simple models ------------------------------------------------------------------
def null_loglik(design: Design, *, intercept: bool) -> float:
    """Log-likelihood kernel with only the offset and, if asked, a constant."""
    events, nonevents = design.event_totals()
    if design.offset is None and intercept:
        total = events + nonevents
        return float(sum(count * math.log(count / total) for count in (events, nonevents) if count > 0))
    alone = replace(
        design, X=np.ones((design.n_rows, 1)), magnitude=np.ones(1), columns=ArrayColumns(("Intercept",), True)
    )
    likelihood = BinaryLogit(alone)
    if not intercept:
        return likelihood.evaluate(np.zeros(1)).llf
    return maximise(likelihood, Control()).llf


def deviance(design: Design, beta: Array, llf: float) -> float:
    """Deviance against the model with a parameter per row; twice −llf where rows are single trials."""
    if design.trials is None:
        return -2.0 * llf
    return math.fsum(_weighted_deviance(design, beta))


def _weighted_deviance(design: Design, beta: Array) -> list[float]:
    return [
        float(_kernels.deviance_rows(block.eta(beta), block.events, block.nonevents).sum()) for block in design.blocks()
    ]


# --- likelihood ratio -----------------------------------------------------------------------------
def lr_test(big: Fit, small: Fit) -> TestResult:
    """Likelihood-ratio test of a model against one nested in it.

    Parameters
    ----------
    big, small : Fit
        Fits of the same rows; every column of ``small`` is a combination of columns of ``big``.

    Returns
    -------
    TestResult
        NaN with a reason where a fit has no likelihood or did not converge.

    Raises
    ------
    DataError
        Where the fits have different rows, or are not nested.

    Notes
    -----
    ``2(l_big − l_small)`` on the difference in rank (Wilks 1938). *Matches* R's
    ``anova(small, big, test = "LRT")``, Stata's ``lrtest``. *Differs*: nesting is checked, not assumed.
    """
    _require_same_rows(big, small)
    _require_nested(big.design, small.design)
    null = f"{_name(small)} within {_name(big)}"
    reason = next((_no_likelihood(fit) for fit in (big, small) if _no_likelihood(fit)), "")
    statistic = max(2.0 * (big.maximum.llf - small.maximum.llf), 0.0)
    return _result(statistic, big.rank - small.rank, "Likelihood-ratio test", null, reason)


def _name(fit: Fit) -> str:
    return fit.formula or " + ".join(fit.design.names)


def _no_likelihood(fit: Fit) -> str:
    if fit.capabilities.likelihood:
        return fit.capabilities.likelihood
    return "" if fit.converged else fit.status.value


def _require_same_rows(big: Fit, small: Fit) -> None:
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
    if set(small.names) <= set(big.names):
        return
    scale = np.concatenate([BinaryLogit(big).column_scale(), BinaryLogit(small).column_scale()])
    root: Array | None = None
    for one, other in zip(_same_blocks(big, small), _same_blocks(small, big), strict=True):
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


def _same_blocks(design: Design, other: Design) -> list[Array]:
    size = _kernels.block_rows(design.n_columns + other.n_columns)
    return [design.block(slice(i, i + size)).X for i in range(0, design.n_rows, size)]


# --- Wald -----------------------------------------------------------------------------------------
def wald_test(fit: Fit, hypothesis: Any) -> TestResult:
    """Wald test of linear hypotheses about the coefficients.

    Parameters
    ----------
    fit : Fit
    hypothesis : str, list of str, or array of shape (r, p) or (p,)
        ``"age = 0, lwt = 0"``, ``"age = 2*lwt"``, or a matrix of combinations tested against zero.

    Returns
    -------
    TestResult
        With the fit's covariance. Redundant rows do not count in ``df``; NaN with a reason where an
        aliased coefficient is involved.

    Raises
    ------
    DataError, FormulaError
        For a matrix of the wrong width, or text that cannot be read.

    Notes
    -----
    ``(Rβ − r)'(RVR')⁻¹(Rβ − r)``, chi-squared. *Matches* R's ``car::linearHypothesis(test = "Chisq")``,
    Stata's ``test``, statsmodels' ``wald_test(use_f=False)``.
    """
    matrix, values, null = constraints(fit, hypothesis)
    involved = (matrix != 0).any(axis=0)
    estimated = np.zeros(fit.design.n_columns, dtype=bool)
    estimated[fit.maximum.estimated] = True
    if (involved & ~estimated).any():
        names = ", ".join(np.array(fit.design.names)[involved & ~estimated])
        return _result(math.nan, 1, "Wald test", null, f"{names} is aliased and has no estimate")
    if not fit.converged:
        return _result(math.nan, 1, "Wald test", null, fit.status.value)
    rows = matrix[:, fit.maximum.estimated]
    distance = rows @ fit.maximum.beta[fit.maximum.estimated] - values
    return _quadratic(rows, distance, fit.covariance_matrix, null)


def _quadratic(rows: Array, distance: Array, cov: Array, null: str) -> TestResult:
    spread = rows @ cov @ rows.T
    size = np.sqrt(np.maximum(np.diagonal(spread), 0.0))
    size[size == 0] = 1.0
    values, vectors = np.linalg.eigh(spread / np.outer(size, size))
    real = values > 1e-10 * values.max(initial=0.0)
    along = vectors.T @ (distance / size)
    contradiction = np.abs(along[~real]).max(initial=0.0) > 1e-6 * (1.0 + np.abs(along).max(initial=0.0))
    reason = "the hypotheses contradict each other" if contradiction else ""
    statistic = float((along[real] ** 2 / values[real]).sum())
    return _result(statistic, int(real.sum()), "Wald test", null, reason)


def constraints(fit: Fit, hypothesis: Any) -> tuple[Array, Array, str]:
    """Matrix, right-hand sides and text of linear hypotheses."""
    p = fit.design.n_columns
    if isinstance(hypothesis, (list, tuple)) and hypothesis and all(isinstance(part, str) for part in hypothesis):
        hypothesis = ", ".join(hypothesis)
    if isinstance(hypothesis, str):
        matrix, values = linear_constraints(hypothesis, fit.design.names)
        return matrix, values, hypothesis
    matrix = np.atleast_2d(np.asarray(hypothesis, dtype=float))
    if matrix.ndim != 2 or matrix.shape[1] != p or not np.isfinite(matrix).all():
        raise DataError(
            f"the hypothesis has shape {np.shape(hypothesis)}; give one row a combination and {p} columns, in the "
            f"order {', '.join(fit.design.names[:6])}{', …' if p > 6 else ''}, or text such as "
            f"'{fit.design.names[-1]} = 0'"
        )
    return matrix, np.zeros(len(matrix)), f"{len(matrix)} linear combination{'s' if len(matrix) > 1 else ''} = 0"


# --- score ----------------------------------------------------------------------------------------
def score_test(fit: Fit, hypothesis: Any) -> TestResult:
    """Rao's score test that coefficients have given values, from the restricted fit.

    Parameters
    ----------
    fit : Fit
        The larger model; only its design is used.
    hypothesis : str or array
        As in :func:`wald_test`, one coefficient a row: ``"age = 0, lwt = 0"``.

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
    matrix, values, null = constraints(fit, hypothesis)
    if ((matrix != 0).sum(axis=1) != 1).any():
        raise UnsupportedError(
            "the score test takes one coefficient a row, such as 'age = 0, lwt = 0'; for combinations of "
            "coefficients use wald_test"
        )
    columns = tuple(int(np.flatnonzero(row)[0]) for row in matrix)
    targets = tuple(float(v / row[c]) for v, row, c in zip(values, matrix, columns, strict=True))
    return _score_fixed(fit, columns, targets, null)


def _score_fixed(fit: Fit, columns: Sequence[int], values: Sequence[float], null: str) -> TestResult:
    method = "Score test"
    if fit.capabilities.likelihood:
        return _result(math.nan, len(columns), method, null, fit.capabilities.likelihood)
    aliases = {alias.column for alias in fit.maximum.aliases}
    if aliases & set(columns):
        return _result(math.nan, len(columns), method, null, "an aliased coefficient has no score")
    likelihood = BinaryLogit(fit.design)
    held = (*columns, *sorted(aliases))
    restricted = Fixed(likelihood, held, (*values, *(0.0 for _ in aliases)))
    solution = newton(restricted, np.zeros(restricted.size), fit.control)
    if solution.status is not Status.CONVERGED:
        return _result(math.nan, len(columns), method, null, f"restricted model: {solution.status.value}")
    return _result(_score_statistic(fit, restricted.full(solution.beta)), len(columns), method, null)


def _score_statistic(fit: Fit, beta: Array) -> float:
    """Squared norm of the full score at ``beta`` in the metric of the inverse information there."""
    at = BinaryLogit(fit.design).evaluate(beta, root=True)
    factor = at.info.keep(fit.maximum.estimated).factor
    return math.nan if factor is None else factor.norm(at.score[fit.maximum.estimated]) ** 2


def test(fit: Fit, hypothesis: Any, method: TestKind = "wald") -> TestResult:
    """Test hypotheses about the coefficients of a fit.

    Parameters
    ----------
    fit : Fit
    hypothesis : str or array
        As in :func:`wald_test`.
    method : {"wald", "score", "lr"}
        ``"lr"`` and ``"score"`` take one coefficient a row.

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
    matrix, values, null = constraints(fit, hypothesis)
    if ((matrix != 0).sum(axis=1) != 1).any():
        raise UnsupportedError(
            "the likelihood-ratio test takes one coefficient a row, such as 'age = 0'; fit the smaller model "
            "and use lr_test for others"
        )
    columns = tuple(int(np.flatnonzero(row)[0]) for row in matrix)
    targets = tuple(float(v / row[c]) for v, row, c in zip(values, matrix, columns, strict=True))
    return _lr_fixed(fit, columns, targets, null)


def _lr_fixed(fit: Fit, columns: tuple[int, ...], values: tuple[float, ...], null: str) -> TestResult:
    method = "Likelihood-ratio test"
    reason = _no_likelihood(fit)
    aliases = tuple(alias.column for alias in fit.maximum.aliases)
    if set(aliases) & set(columns):
        reason = reason or "an aliased coefficient has no estimate"
    if reason:
        return _result(math.nan, len(columns), method, null, reason)
    restricted = Fixed(BinaryLogit(fit.design), (*columns, *aliases), (*values, *(0.0 for _ in aliases)))
    solution = newton(restricted, np.zeros(restricted.size), fit.control)
    if solution.status is not Status.CONVERGED:
        reason = f"restricted model: {solution.status.value}"
    statistic = max(2.0 * (fit.maximum.llf - solution.at.llf), 0.0)
    return _result(statistic, len(columns), method, null, reason)


# --- term by term ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Nested:
    """A model of some of the terms, fitted to the same rows."""

    term: str
    design: Design
    maximum: Maximum

    @property
    def rank(self) -> int:
        return len(self.maximum.estimated)


def _nested(fit: Fit, term: str, keep: Sequence[str]) -> _Nested:
    """Fit the model that keeps only the named terms (the intercept, if any, always)."""
    design = _subset(fit.design, keep)
    return _Nested(term, design, maximise(BinaryLogit(design), fit.control))


def _subset(design: Design, keep: Sequence[str]) -> Design:
    """Design with some of the terms: rebuilt through the formula, so that factor coding follows R's rules."""
    columns = design.columns
    chosen = [t for t in design.terms if t.order == 0 or t.name in keep]
    new: Columns
    if isinstance(columns, formulas.Spec) and chosen:
        assert design.frame is not None
        built = formulas.build(columns.keeping([t.name for t in chosen]), design.frame)
        X, new = built.X, built.spec
    else:
        X = design.X[:, [j for t in chosen for j in t.columns]]
        new = ArrayColumns(tuple(t.name for t in chosen), design.has_intercept)
    return replace(design, X=X, columns=new, magnitude=_kernels.column_magnitude(X))


def _droppable(design: Design) -> list[str]:
    """Terms that are not marginal to another one."""
    terms = [term for term in design.terms if term.order > 0]
    return [
        term.name
        for term in terms
        if not any(set(term.factors) < set(other.factors) for other in terms if other is not term)
    ]


def drop1(fit: Fit, test: TestKind = "lr") -> pd.DataFrame:
    """Test each term that may be dropped from the model.

    Parameters
    ----------
    fit : Fit
    test : {"lr", "wald", "score"}

    Returns
    -------
    DataFrame
        Indexed by term, first ``<none>``: ``df deviance aic statistic p_value``. A term contained in an
        interaction is not listed (marginality).

    Raises
    ------
    UnsupportedError
        For LR and score tests of a fit without a likelihood.

    Notes
    -----
    *Matches* R's ``drop1(glm, test = "LRT")`` and ``test = "Rao"``; Wald tests use the fit's covariance.
    """
    if test not in ("lr", "wald", "score"):
        raise DataError(f"test={test!r} is not known; give 'lr', 'wald' or 'score'")
    if fit.capabilities.likelihood and test != "wald":
        raise UnsupportedError(f"{fit.capabilities.likelihood}; use drop1(fit, test='wald')")
    rows = [
        {
            "term": "<none>",
            "df": math.nan,
            "deviance": fit.deviance,
            "aic": fit.aic,
            "statistic": math.nan,
            "p_value": math.nan,
        }
    ]
    names = [term.name for term in fit.design.terms if term.order > 0]
    for term in _droppable(fit.design):
        small = _nested(fit, term, [name for name in names if name != term])
        rows.append(_drop_row(fit, small, test))
    table = pd.DataFrame(rows).set_index("term")
    table["df"] = table["df"].astype("Float64").round().astype("Int64")
    return table


def _drop_row(fit: Fit, small: _Nested, test: TestKind) -> dict[str, Any]:
    df = fit.rank - small.rank
    result = _term_test(fit, small, test)
    dev = hypothesis_deviance(small)
    loglik = fit.llf - fit.maximum.llf + small.maximum.llf
    aic = math.nan if fit.capabilities.likelihood else -2.0 * loglik + 2.0 * small.rank
    return {
        "term": small.term,
        "df": df,
        "deviance": dev,
        "aic": aic,
        "statistic": result.statistic,
        "p_value": result.p_value,
    }


def hypothesis_deviance(model: _Nested) -> float:
    """Deviance of a nested model."""
    return deviance(model.design, model.maximum.beta, model.maximum.llf)


def _term_test(fit: Fit, small: _Nested, test: TestKind) -> TestResult:
    df = fit.rank - small.rank
    if test == "wald":
        term = next(t for t in fit.design.terms if t.name == small.term)
        columns = [j for j in term.columns if j in set(fit.maximum.estimated.tolist())]
        return (
            wald_test(fit, np.eye(fit.design.n_columns)[columns])
            if columns
            else _result(math.nan, 0, "Wald test", small.term)
        )
    if test == "lr":
        return _lr(fit.maximum, small.maximum, df, small.term, _no_likelihood(fit))
    return _score_of(fit, small, df)


def _lr(big: Maximum, small: Maximum, df: int, null: str, reason: str = "") -> TestResult:
    if not reason and small.status is not Status.CONVERGED:
        reason = small.status.value
    return _result(max(2.0 * (big.llf - small.llf), 0.0), df, "Likelihood-ratio test", null, reason)


def _score_of(fit: Fit, small: _Nested, df: int) -> TestResult:
    """Score test of a nested model: its fitted probabilities, the larger model's score and information."""
    if small.maximum.status is not Status.CONVERGED:
        return _result(math.nan, df, "Score test", small.term, small.maximum.status.value)
    eta = small.design.X @ small.maximum.beta
    shift = eta if fit.design.offset is None else eta + fit.design.offset
    at = BinaryLogit(replace(fit.design, offset=shift)).evaluate(np.zeros(fit.design.n_columns), root=True)
    factor = at.info.keep(fit.maximum.estimated).factor
    statistic = math.nan if factor is None else factor.norm(at.score[fit.maximum.estimated]) ** 2
    return _result(statistic, df, "Score test", small.term)


def anova(fit: Fit, *others: Fit) -> pd.DataFrame:
    """Analysis of deviance: terms added one after the other, or fits compared in sequence.

    Parameters
    ----------
    fit : Fit
        Alone: its terms are added first to last.
    *others : Fit
        Fits of the same rows, compared pairwise in the order given.

    Returns
    -------
    DataFrame
        ``df statistic resid_df resid_deviance p_value``; the first row is the null (or first) model.
        ``statistic`` is the fall in deviance, chi-squared on ``df``.

    Raises
    ------
    UnsupportedError
        For fits without a likelihood.
    DataError
        For fits of different rows, or not nested.

    Notes
    -----
    *Matches* R's ``anova(glm, test = "Chisq")``: the order of terms matters.
    """
    for one in (fit, *others):
        if one.capabilities.likelihood:
            raise UnsupportedError(f"{one.capabilities.likelihood}; anova compares likelihoods")
    return _anova_models((fit, *others)) if others else _anova_terms(fit)


def _anova_terms(fit: Fit) -> pd.DataFrame:
    names = [term.name for term in fit.design.terms if term.order > 0]
    nobs = fit.nobs
    models = [_nested(fit, "NULL", [])] if fit.design.has_intercept else []
    models += [_nested(fit, names[k], names[: k + 1]) for k in range(len(names))]
    rows = []
    if not models or models[0].term != "NULL":
        rows.append(_anova_row("NULL", nobs, fit.null_deviance))
    rows += [_anova_row(m.term, nobs - m.rank, hypothesis_deviance(m)) for m in models]
    results = [_lr(b.maximum, a.maximum, b.rank - a.rank, b.term) for a, b in pairwise(models)]
    if not fit.design.has_intercept:
        first = models[0]
        fall = fit.null_deviance - hypothesis_deviance(first)
        results.insert(0, _result(max(fall, 0.0), first.rank, "Likelihood-ratio test", first.term))
    return _anova_frame(rows, results, "term")


def _anova_models(fits: tuple[Fit, ...]) -> pd.DataFrame:
    rows = [_anova_row(_name(fit), fit.df_resid, fit.deviance) for fit in fits]
    results = []
    for a, b in pairwise(fits):
        big, small = (b, a) if b.rank >= a.rank else (a, b)
        results.append(lr_test(big, small))
    return _anova_frame(rows, results, "model")


def _anova_row(name: str, resid_df: float, resid_deviance: float) -> dict[str, Any]:
    return {"name": name, "resid_df": resid_df, "resid_deviance": resid_deviance}


def _anova_frame(rows: list[dict[str, Any]], results: list[TestResult], label: str) -> pd.DataFrame:
    table = pd.DataFrame(rows).rename(columns={"name": label}).set_index(label)
    df = pd.array([pd.NA, *(r.df for r in results)], dtype="Int64")
    table.insert(0, "df", pd.Series(df, index=table.index))
    table.insert(1, "statistic", [math.nan, *(r.statistic for r in results)])
    table["p_value"] = [math.nan, *(r.p_value for r in results)]
    return table
