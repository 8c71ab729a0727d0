"""A fitted model as an equation for a paper."""

from __future__ import annotations

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
    constants = set(fit.columns.constants)
    terms = []
    for j, (name, value) in enumerate(zip(fit.coefs.labels, fit.params.tolist(), strict=True)):
        if value == value:
            sign, size = ("-" if value < 0 else "+"), _number(abs(value), digits)
            terms.append((sign, size if j in constants else rf"{size} \; \text{{{escaped(name)}}}"))
    lines = [
        f"{'' if k == 0 and sign == '+' else sign if k == 0 else f'{sign} '}{term}"
        for k, (sign, term) in enumerate(terms)
    ]
    left = rf"\operatorname{{logit}} \Pr(\text{{{escaped(fit.outcome_text)}}})"
    body = " \\\\\n  &\\quad ".join(lines)
    return f"\\[\n\\begin{{aligned}}\n{left} &= {body}\n\\end{{aligned}}\n\\]"


def _number(value: float, digits: int) -> str:
    if value == float("inf"):
        return r"\infty"
    text = f"{value:.{digits}g}"
    mantissa, _, power = text.partition("e")
    return rf"{mantissa} \times 10^{{{int(power)}}}" if power else text
