"""What tests of hypotheses share: which fits have a likelihood to test by, and coefficients held at values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from glmlogit.errors import DataError, UnsupportedError
from glmlogit.inference.wald_test import constraints

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


Array = npt.NDArray[np.float64]


# Two equations hold a coefficient at one value where these differ by so little: sums and quotients of numbers that are
# typed keep some 15 digits.
SAME_VALUE = 1e-12


def name_of(fit: Estimate) -> str:
    """The formula of a fit, or its columns."""
    return fit.formula or " + ".join(fit.coefs.labels)


def require_own_likelihood(fit: Estimate, instead: str) -> None:
    """Refuse tests by a likelihood that is not the fit's, with what to use."""
    reason = fit.capabilities.why_no_score_test
    if reason:
        raise UnsupportedError(f"{reason}; {instead}")


def aliased_reason(fit: Estimate, columns: Sequence[int]) -> str:
    """Why columns cannot be tested, empty where none of them is aliased."""
    aliases = {alias.column for alias in fit.coefs.aliases}
    return "an aliased coefficient has no estimate" if aliases & set(columns) else ""


def single(fit: Estimate, hypothesis: Any, method: str) -> tuple[tuple[int, ...], tuple[float, ...], str]:
    """Columns and values of hypotheses about one coefficient each."""
    matrix, values, null = constraints(fit, hypothesis)
    held: dict[int, float] = {}
    left = list(zip(matrix, values, strict=True))
    while left:
        solvable = [(row, value) for row, value in left if np.count_nonzero(row) - sum(row[j] != 0 for j in held) < 2]
        if not solvable or not all(np.any(row) for row, _ in left):
            raise UnsupportedError(
                f"the {method} test takes one coefficient a row, such as '{fit.coefs.labels[-1]} = 0', or equations "
                f"that fix each coefficient they name; for combinations of coefficients use wald_test, or fit the "
                f"smaller model and use lr_test"
            )
        for row, value in solvable:
            _hold(held, row, float(value), fit.coefs.labels, null)
        solved = {id(row) for row, _ in solvable}
        left = [(row, value) for row, value in left if id(row) not in solved]
    return tuple(held), tuple(held.values()), null


def _hold(held: dict[int, float], row: Array, value: float, names: Sequence[str], null: str) -> None:
    """Put into ``held`` the coefficient that one equation fixes, all others in it being known."""
    columns = np.flatnonzero(row).tolist()
    column = next((j for j in columns if j not in held), columns[-1])
    target = (value - sum(float(row[j]) * held[j] for j in columns if j != column)) / float(row[column])
    before = held.setdefault(column, target + 0.0)
    if not math.isclose(before, target, rel_tol=SAME_VALUE, abs_tol=SAME_VALUE):
        raise DataError(f"the hypothesis {null!r} holds {names[column]} at both {before:g} and {target:g}")
