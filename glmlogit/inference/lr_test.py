"""Likelihood-ratio tests: of two fits whose rows and nesting are checked, or of coefficients held at values."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from glmlogit.data.storage import blocks
from glmlogit.designs.container import Design
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.inference.hypothesis import aliased_reason, held_maximum, name_of
from glmlogit.inference.restricted_maxima import restricted, usable
from glmlogit.inference.score_test import score_at
from glmlogit.inference.test_result import TestKind, TestResult, result_of
from glmlogit.inference.wald_test import wald_test
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.numerics.linalg import aliased_columns, append_rows

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


Array = npt.NDArray[np.float64]


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
    reason = big.capabilities.why_no_likelihood_test or small.capabilities.why_no_likelihood_test
    if big.capabilities.penalised or small.capabilities.penalised:
        reason = "penalised likelihoods of different models are not comparable; use drop1(fit) or fit.test(..., 'lr')"
    statistic = max(2.0 * (big.surface.top - small.surface.top), 0.0)
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
    added = [j for j, name in enumerate(big.coefs.labels) if name not in small.coefs.labels]
    columns = [j for j in added if not big.coefs.states[j].aliased]
    if not columns:
        return result_of(0.0, 0, "Wald test", name_of(small))
    return wald_test(big, np.eye(big.coefs.size)[columns])


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
    for larger, smaller in _both_blocks(big, small):
        root = append_rows(root, np.column_stack([larger, smaller]) * scale)
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


def _both_blocks(big: Design, small: Design) -> Iterator[tuple[Array, Array]]:
    """Columns of two designs of the same rows, in blocks of the same height."""
    for rows in blocks(big.n_rows, big.n_columns + small.n_columns):
        yield big.block(rows).X, small.block(rows).X


def lr_fixed(fit: Estimate, columns: Sequence[int], values: Sequence[float], null: str) -> TestResult:
    """Likelihood-ratio test of coefficients held at values; their columns stay in a penalty (Heinze & Schemper)."""
    name = "Penalised likelihood-ratio test" if fit.capabilities.penalised else "Likelihood-ratio test"
    reason = fit.capabilities.why_no_likelihood_test or aliased_reason(fit, columns)
    if reason:
        return result_of(math.nan, len(columns), name, null, reason)
    small = held_maximum(fit, columns, values)
    if small is not None:
        reason = "" if small.reached else f"restricted model: {small.status.value}"
        return result_of(max(2.0 * (fit.surface.top - small.value), 0.0), len(columns), name, null, reason)
    _, solution = restricted(fit.surface, columns, values)
    reason = "" if usable(fit.surface, solution) else f"restricted model: {solution.status.value}"
    statistic = max(2.0 * (fit.surface.top - solution.at.value), 0.0)
    return result_of(statistic, len(columns), name, null, reason)
