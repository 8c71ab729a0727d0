"""Numbers to strings, and strings to columns of a terminal: no statistics, no tables.

The rules for columns of estimates are those a reader of R's coefficient tables is used to: a column shares one
number of decimals, enough for its smallest entry to keep its significant digits, and turns to
scientific notation only where that is narrower. A ratio has one rule, :func:`ratio_row`, wherever it is printed.
Decimals, p-values, brackets and marks are those of the active style.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from glmlogit.documents.style import active, grouped, joined_limits, marked
from glmlogit.messages.lines import display_width
from glmlogit.messages.words import Number

FIGURE_SPACE = "\u2007"
"""A blank as wide as a digit; keeps intervals aligned also where ordinary blanks collapse."""

SIGNIF_CODES = "0 '***' 0.001 '**' 0.01 '*' 0.05 '.' 0.1 ' ' 1"
_SMALLEST_P = 2.220446049250313e-16
_SMALL_P = 1e-4  # below it R sets p-values by themselves
# Ratios from here on, and numbers below, are written with decimals; others with powers of ten.
LEAST_PLAIN, LEAST_LARGE = 1e-4, 1e5
_STARS = ((0.001, "***"), (0.01, "**"), (0.05, "*"), (0.1, "."))


def _special(x: float) -> str:
    """Write a value that is not finite: ``NA``, ``Inf`` or ``-Inf``."""
    if math.isnan(x):
        return "NA"
    return "Inf" if x > 0 else "-Inf"


def fixed(x: float, decimals: int) -> str:
    """A number with some decimals; half a unit of the last one is rounded alike whatever rounding left in its end.

    A risk of five in eight is 62.5 % but for its last bit, which is not the same for rows and for counts.
    """
    return marked(_rounded(x, decimals))


def _rounded(x: float, decimals: int) -> str:
    return f"{float(f'{x:.12g}'):.{decimals}f}"


def _digits_of(x: float, digits: int) -> tuple[int, int]:
    """Return how many significant digits ``x`` needs (at most ``digits``), and its decimal exponent."""
    mantissa, exponent = f"{abs(x):.{digits - 1}e}".split("e")
    return len(mantissa.replace(".", "").rstrip("0")) or 1, int(exponent)


def _fixed_width(finite: Sequence[float], exponents: Iterable[int], decimals: int) -> int:
    left = max(max(e, 0) + 1 + (x < 0) for x, e in zip(finite, exponents, strict=True))
    return left + decimals + (decimals > 0)


def _scientific_width(finite: Sequence[float], exponents: Iterable[int], significant: int) -> int:
    tail = 5 if any(abs(e) >= 100 for e in exponents) else 4
    return any(x < 0 for x in finite) + significant + (significant > 1) + tail


def column(values: Iterable[float], digits: int | Sequence[int] = 4) -> list[str]:
    """Format numbers as one column: a common number of decimals, or all in scientific notation.

    Parameters
    ----------
    values : iterable of float, length n
        The numbers; NaN becomes ``NA``, infinities ``Inf`` and ``-Inf``.
    digits : int or sequence of int, length n
        Significant digits every entry keeps at least, trailing zeros of the whole column dropped.
        One for each entry, where some (limits close to zero) should not add decimals to all.

    Returns
    -------
    list of str, length n
        Without padding: set flush right, the decimal points stand below each other.

    Notes
    -----
    *Matches* R's ``format(x, digits)``, hence the columns of ``printCoefmat``. *Differs*: digits are
    those of the exactly rounded double, where R goes through extended precision.
    """
    return [marked(text) for text in plain_column(values, digits)]


def plain_column(values: Iterable[float], digits: int | Sequence[int] = 4) -> list[str]:
    """The same with a point, whatever the style."""
    numbers = [float(x) + 0.0 for x in values]
    wanted = [digits] * len(numbers) if isinstance(digits, int) else digits
    finite = [x for x in numbers if math.isfinite(x)]
    if not finite:
        return [_special(x) for x in numbers]
    needs = [_digits_of(x, d) for x, d in zip(numbers, wanted, strict=True) if math.isfinite(x)]
    exponents = [e for _, e in needs]
    decimals = max(max(0, s - 1 - e) for s, e in needs)
    significant = max(s for s, _ in needs)
    fixed = _fixed_width(finite, exponents, decimals) <= _scientific_width(finite, exponents, significant)
    spec = f".{decimals}f" if fixed else f".{significant - 1}e"
    return [format(x, spec) if math.isfinite(x) else _special(x) for x in numbers]


def number(x: float, digits: int = 4) -> str:
    """Format one number to ``digits`` significant digits: ``0.01234``, ``1.5``, ``Inf``, ``NA``.

    Digits before the decimal point are never replaced by zeros: 1234567 stays 1234567.
    """
    return column([x], digits)[0]


def numeral(x: float, digits: int = 4) -> Number:
    """The same as a part of a sentence, whose mark is chosen when it is printed."""
    return Number(plain_column([x], digits)[0])


def statistics(values: Iterable[float]) -> list[str]:
    """Format a column of z or t statistics: three decimals at most, as R prints them."""
    return column([round(float(x), 3) if math.isfinite(x) else x for x in values])


def measures(values: Iterable[float]) -> list[str]:
    """Format measures of several kinds in one column: four decimals, of small ones two significant digits.

    What is 0 but for rounding is 0.
    """
    return [_measure(float(x)) for x in values]


def _measure(x: float) -> str:
    if not math.isfinite(x):
        return _special(x)
    if abs(x) < 1e-9:
        return fixed(0.0, 4)
    return fixed(x, 4) if abs(x) >= 1e-3 else number(x, 2)


def two_decimals(values: Iterable[float]) -> list[str]:
    """Format a column with two decimals, whatever its size: factors, indices and proportions."""
    return [fixed(float(x), 2) if math.isfinite(x) else _special(float(x)) for x in values]


def count(x: float) -> str:
    """Format a count or degrees of freedom: whole where it is whole, else its shortest decimals."""
    if not math.isfinite(x):
        return _special(x)
    rounded = x if x == int(x) else float(f"{x:.12g}")
    return grouped(int(rounded)) if rounded == int(rounded) else marked(repr(rounded))


def decimals(values: Iterable[float], null: float, least: int, most: int) -> int:
    """The fewest decimals, of ``least`` to ``most``, with which no finite number reads as a null value it is not.

    What reads as the null value with ``most`` decimals is it but for rounding, and asks for none.
    """
    nonzero = [x for x in values if math.isfinite(x) and _reads(x, most) != null]
    return next(d for d in range(least, max(least, most) + 1) if all(_reads(x, d) != null for x in nonzero))


def _reads(x: float, shown: int) -> float:
    return float(_rounded(x, shown))


# What is nearer to the null than this many decimals tell is the null but for rounding; a limit beyond which the null
# lies has an error of its own, and is told from it as far as doubles are.
MOST_DECIMALS, MOST_OF_A_LIMIT = 9, 11


def _most(values: Sequence[float], null: float) -> int:
    """Decimals up to which a number is told from the null: more where all finite ones lie on one side of it."""
    sides = {x > null for x in values if math.isfinite(x) and x != null}
    return MOST_OF_A_LIMIT if len(values) > 1 and len(sides) == 1 else MOST_DECIMALS


def ratio_decimals(values: Sequence[float], least: int) -> int:
    """Decimals that a ratio and its limits share: none reads as 1 without being it, small ones keep two digits."""
    shown = [x for x in values if is_plain_ratio(x)]
    small = [1 if abs(x) >= 0.1 else 1 - math.floor(math.log10(abs(x))) for x in shown if abs(x) < 1.0]
    return max([decimals(shown, 1.0, least, _most(shown, 1.0)), *small])


def is_plain_ratio(x: float) -> bool:
    """Whether decimals, and not powers of ten, are how a ratio is written."""
    return LEAST_PLAIN <= abs(x) < LEAST_LARGE


def ratio_row(values: Sequence[float]) -> list[str]:
    """An odds or risk ratio and its limits, wherever they are printed: the decimals of the style, the same for all.

    More where one would read as 1 without being it, and where one below 0.1 would keep fewer than two significant
    digits. What decimals do not suit, below 0.0001 and from 100,000 on, has three significant digits.
    """
    shared = ratio_decimals(values, active().digits)
    return [fixed(x, shared) if is_plain_ratio(x) else "0" if x == 0 else number(x, 3) for x in values]


def ratio_in_picture(*values: float) -> list[str]:
    """A ratio and its limits as :func:`ratio_row` writes them, infinity by its sign."""
    return ["∞" if x == math.inf else text for x, text in zip(values, ratio_row(values), strict=True)]


def ratio_rows(columns: Mapping[str, Sequence[float]]) -> dict[str, list[str]]:
    """Ratios and their limits in columns: each row has decimals of its own."""
    rows = [ratio_row(row) for row in zip(*columns.values(), strict=True)]
    return dict(zip(columns, map(list, zip(*rows, strict=True)), strict=True)) if rows else {key: [] for key in columns}


def ratios(values: Iterable[float]) -> list[str]:
    """Ratios without limits, each by itself."""
    return [ratio_row([float(x)])[0] for x in values]


def probabilities(values: Iterable[float]) -> list[str]:
    """A column of probabilities with the same decimals: those of the style, or two digits of the smallest, six at most.

    What needs more is in scientific notation.
    """
    shown = [float(x) for x in values]
    small = [1 - math.floor(math.log10(x)) for x in shown if 1e-5 <= x < 1.0]
    shared = max([active().probability_digits, *small])
    return [_difference(x, shared) for x in shown]


def percentage(x: float, digits: int | None = None) -> str:
    """A percentage with the decimals of the style."""
    return fixed(x, active().percent_digits if digits is None else digits)


def ratio_as_typed(x: float) -> str:
    """A ratio that the user chose: three significant digits, no zeros added."""
    return marked(f"{x:.3g}")


def difference_row(values: Sequence[float]) -> list[str]:
    """A difference of risks, or a fraction, and its limits, with one number of decimals; none reads as 0 unless it is.

    The decimals of the style, six at most; what needs more is in scientific notation.
    """
    least = active().probability_digits
    shared = decimals(values, 0.0, least, max(least, 6))
    return [_difference(x + 0.0, shared) for x in values]


def _difference(x: float, shared: int) -> str:
    if not math.isfinite(x):
        return _special(x)
    return fixed(x, shared) if x == 0 or (_reads(x, shared) and abs(x) < LEAST_LARGE) else number(x, 3)


def intervals(lows: Sequence[str], highs: Sequence[str]) -> list[str]:
    """Join formatted limits as the style does; ``[low, high]`` is padded so that set flush right the commas align."""
    style = active()
    width = 0 if style.manuscript else max(map(len, highs), default=0)
    return [joined_limits(low, high.rjust(width, FIGURE_SPACE)) for low, high in zip(lows, highs, strict=True)]


def pvalues(values: Iterable[float], digits: int = 3) -> list[str]:
    """Format a column of p-values as R's ``format.pval``: those of at least 0.0001 share decimals.

    Parameters
    ----------
    values : iterable of float, length n
        P-values; below the double's resolution 2.2e-16 they are written ``<2e-16``, NaN as ``NA``.
    digits : int
        Significant digits of the smallest one written in fixed notation.

    Returns
    -------
    list of str, length n

    Notes
    -----
    *Matches* R's ``format.pval(p, digits, eps = .Machine$double.eps)``. *Differs*: R may put a blank
    after the ``<``, depending on the width of the other entries.
    """
    numbers = [float(p) for p in values]
    if not active().p_as_r:
        return [pvalue(p, "publication") for p in numbers]
    out = ["NA" if math.isnan(p) else "<2e-16" for p in numbers]
    shown = [i for i, p in enumerate(numbers) if p >= _SMALLEST_P]
    for group in ([i for i in shown if numbers[i] >= _SMALL_P], [i for i in shown if numbers[i] < _SMALL_P]):
        for i, text in zip(group, column([numbers[i] for i in group], digits), strict=True):
            out[i] = text
    return out


def pvalue(p: float, style: Literal["r", "publication"] = "r") -> str:
    """Format one p-value.

    Parameters
    ----------
    p : float
        The p-value.
    style : {"r", "publication"}
        ``"r"``: three significant digits, ``<2e-16`` at the floor. ``"publication"``: the decimals of the active
        style, a bound at the ends, and a further digit where rounding would carry a p-value below 0.05 up to it.

    Returns
    -------
    str
    """
    if math.isnan(p):
        return "NA"
    if style == "r":
        return pvalues([p])[0]
    look = active()
    if p < look.p_least:
        return f"<{_without_zero(f'{look.p_least:g}')}"
    least = look.p_digits if p >= 0.01 else look.p_digits_below
    if look.p_significant:
        least = max(look.p_significant - 1 - min(math.floor(math.log10(p)), -1), 1)
    largest = float(f"{1.0 - 10.0**-least:.{least}f}")
    if p > largest:
        return f">{_without_zero(f'{largest:.{least}f}')}"
    shown = next((d for d in range(least, 17) if (float(f"{p:.{d}f}") < 0.05) == (p < 0.05)), 17)
    return _without_zero(f"{p:.{shown}f}")


def _without_zero(number: str) -> str:
    """A p-value with the marks of the style, its zero before the point left out where the style has none."""
    look = active()
    return marked(number if look.p_zero else number.removeprefix("0"))


def stars(p: float) -> str:
    """Return R's significance mark: ``***`` up to 0.001, ``**`` 0.01, ``*`` 0.05, ``.`` 0.1."""
    return next((mark for limit, mark in _STARS if p <= limit), "")


def wrap(text: str, width: int, indent: str = "") -> str:
    """Break a sentence at blanks so that lines fit; a longer word keeps its line to itself."""
    lines: list[str] = []
    for word in text.split():
        if lines and display_width(lines[-1]) + 1 + display_width(word) + len(indent) <= width:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return f"\n{indent}".join(lines)
