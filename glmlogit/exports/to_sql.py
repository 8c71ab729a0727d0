"""The probability of a fit as an expression of SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glmlogit.errors import UnsupportedError
from glmlogit.estimate.estimate import Estimate
from glmlogit.exports.written import Language, linear_predictor, number

__all__ = ["to_sql"]


def to_sql(fit: Estimate) -> str:
    """The probability of the event as an expression of SQL over the columns of the data.

    Parameters
    ----------
    fit : Fit
        With a formula of numbers, factors, their products, powers, ``log``, ``exp``, ``sqrt`` and arithmetic.

    Returns
    -------
    str
        ``1.0 / (1.0 + EXP(-(...)))`` with coefficients to the last digit and names in double quotes, for ``SELECT``. A
        level that the fit did not see gives NULL, and so does a missing value.

    Raises
    ------
    UnsupportedError
        For splines and other bases, several outcomes, infinite or undetermined coefficients, an offset given as an
        argument, designs from arrays: says which, and what to do.

    Notes
    -----
    Standard SQL: DuckDB, PostgreSQL, SQLite (built with its mathematical functions) and others read it. Probabilities
    are those of ``fit.predict`` to some units of the last digit. *Matches* in aim R's ``tidypredict``.

    Examples
    --------
    >>> fit = gl.logit("low ~ smoke", gl.datasets.birthwt())
    >>> print(fit.to_sql())  # doctest: +ELLIPSIS
    1.0 / (1.0 + EXP(-((-1.087...) + 0.704... * "smoke")))
    """
    functions = {
        "I": "({})",
        "offset": "({})", "exp": "EXP({})", "log": "LN({})", "sqrt": "SQRT({})", "abs": "ABS({})",
        "log1p": "LN(1.0 + {})",
    }  # fmt: skip
    return f"1.0 / (1.0 + EXP(-({linear_predictor(fit, Language(_column, functions, _levels))})))"


def _column(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _levels(column: str, values: Sequence[tuple[Any, float]]) -> str:
    cases = " ".join(f"WHEN {_literal(level)} THEN {number(value)}" for level, value in values)
    return f"CASE {column} {cases} END"


def _literal(level: Any) -> str:
    if isinstance(level, str):
        return "'" + level.replace("'", "''") + "'"
    if isinstance(level, bool):
        return "TRUE" if level else "FALSE"
    if isinstance(level, int | float):
        return repr(level)
    raise UnsupportedError(
        f"a level of type {type(level).__name__} has no text in SQL; make the column text or numbers"
    )
