"""A fitted model as an equation for a paper."""

from __future__ import annotations

import math
from collections.abc import Iterator

from glmlogit.documents.formats.latex import tex as escaped
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.estimate.estimate import Estimate

__all__ = ["to_latex_equation"]


def to_latex_equation(fit: Estimate, digits: int = 3) -> str:
    r"""The fitted model as an equation of LaTeX, with the coefficients in numbers.

    Parameters
    ----------
    fit : Fit
        Of two outcomes; of a design by formula or arrays.
    digits : int
        Significant digits of the coefficients: enough to print, too few to predict with.

    Returns
    -------
    str
        An ``aligned`` equation in ``\[ \]``, a line a column; it needs the package ``amsmath``.

    Raises
    ------
    UnsupportedError
        For outcomes of several levels.
    DataError
        For less than one digit.

    Notes
    -----
    *Matches* in aim R's ``equatiomatic`` with ``use_coefs = TRUE``. An infinite coefficient is ∞, an aliased one is
    left out.

    Examples
    --------
    >>> fit = gl.logit("low ~ smoke", gl.datasets.birthwt())
    >>> print(fit.to_latex_equation())
    \[
    \begin{aligned}
    \operatorname{logit} \Pr(\text{low = 1 (not 0)}) &= -1.09 \\
      &\quad + 0.704 \; \text{smoke}
    \end{aligned}
    \]
    """
    if not isinstance(digits, int) or digits < 1:
        raise DataError(f"digits={digits!r} is no number of digits; type 3")
    if len(fit.coefs.places) != 1 or len(fit.response.levels) > 2:
        raise UnsupportedError("outcomes of several levels have an equation each: write down a logit of two of them")
    terms = []
    for name, value in _summands(fit):
        if value == value:
            sign, size = ("-" if value < 0 else "+"), _number(abs(value), digits)
            terms.append((sign, size if name is None else rf"{size} \; \text{{{escaped(name)}}}"))
    lines = [
        f"{'' if k == 0 and sign == '+' else sign if k == 0 else f'{sign} '}{term}"
        for k, (sign, term) in enumerate(terms)
    ]
    outcome = fit.sample.outcome
    event = f"{outcome.is_event()} (not {outcome.alternatives('')})" if outcome.levels else fit.outcome_text
    left = rf"\operatorname{{logit}} \Pr(\text{{{escaped(event)}}})"
    body = " \\\\\n  &\\quad ".join(lines)
    return f"\\[\n\\begin{{aligned}}\n{left} &= {body}\n\\end{{aligned}}\n\\]"


def _summands(fit: Estimate) -> Iterator[tuple[str | None, float]]:
    """Columns by name with their coefficients; constants without a name, as what they add."""
    columns, params = fit.columns, fit.params.to_numpy()[fit.coefs.places[0]].tolist()
    of_one = columns.constants if math.isfinite(columns.of_constant) else ()
    for j, (name, value) in enumerate(zip(columns.names, params, strict=True)):
        yield (None, value * columns.of_constant) if j in of_one else (name, value)


def _number(value: float, digits: int) -> str:
    if value == float("inf"):
        return r"\infty"
    text = f"{value:.{digits}g}"
    mantissa, _, power = text.partition("e")
    return rf"{mantissa} \times 10^{{{int(power)}}}" if power else text
