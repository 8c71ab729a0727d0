"""The probability of a fit as a formula of a spreadsheet."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from glmlogit.errors import DataError, UnsupportedError
from glmlogit.estimate.estimate import Estimate
from glmlogit.exports.written import Language, linear_predictor, number

__all__ = ["to_excel_formula"]

LONGEST = 8_192
"""Characters of a formula that Excel takes."""


def to_excel_formula(fit: Estimate, cells: Mapping[str, str] | None = None) -> str:
    """The probability of the event as a formula of Excel or LibreOffice.

    Parameters
    ----------
    fit : Fit
        With a formula as `to_sql` takes it.
    cells : mapping of str to str, optional
        The cell of each variable, such as ``{"age": "B2"}``; by default columns of a table in the same row,
        ``[@[age]]``.

    Returns
    -------
    str
        It begins with ``=``. A level that the fit did not see gives ``#N/A``, and so does an empty cell.

    Raises
    ------
    UnsupportedError
        As `to_sql`; also for a formula of more than 8,192 characters, which Excel does not take.
    DataError
        For a variable without a cell.

    Notes
    -----
    Text is compared by ``EXACT``, since ``=`` takes "yes" and "Yes" for one.
    *Matches* ``fit.predict`` to some units of the last digit of Excel's fifteen; R, Stata and SAS write no formula.

    Examples
    --------
    >>> fit = gl.logit("low ~ smoke", gl.datasets.birthwt())
    >>> print(fit.to_excel_formula({"smoke": "B2"}))  # doctest: +ELLIPSIS
    =IF(COUNTA(B2)<1,NA(),1/(1+EXP(-((-1.087...) + 0.704... * B2))))
    """
    functions = {
        "I": "({})",
        "offset": "({})", "exp": "EXP({})",
        "log": "LN({})", "sqrt": "SQRT({})", "abs": "ABS({})", "log1p": "LN(1 + {})",
    }  # fmt: skip

    def column(name: str) -> str:
        if cells is None:
            return "[@[" + re.sub(r"([\[\]#'])", r"'\1", name) + "]]"
        if name not in cells:
            raise DataError(f"cells has no cell for {name!r}; the model takes {', '.join(fit.columns.predictors)}")
        return cells[name]

    risk = f"1/(1+EXP(-({linear_predictor(fit, Language(column, functions, _levels))})))"
    filled = [column(name) for name in fit.columns.predictors]  # an empty cell would count as 0
    text = f"=IF(COUNTA({','.join(filled)})<{len(filled)},NA(),{risk})" if filled else f"={risk}"
    if len(text) > LONGEST:
        raise UnsupportedError(
            f"the formula has {len(text):,} characters, and Excel takes {LONGEST:,}; use fit.to_sql()"
        )
    return text


def _levels(column: str, values: Sequence[tuple[Any, float]]) -> str:
    text = "NA()"
    for level, value in reversed(values):
        text = f"IF({_is(column, level)},{number(value)},{text})"
    return text


def _is(column: str, level: Any) -> str:
    if isinstance(level, str):
        quoted = '"' + level.replace('"', '""') + '"'
        return f"EXACT({column},{quoted})"
    if isinstance(level, bool):
        return f"{column}={str(level).upper()}"
    if isinstance(level, int | float):
        return f"{column}={number(float(level))}"
    raise UnsupportedError(
        f"a level of type {type(level).__name__} has no text in a cell; make the column text or numbers"
    )
