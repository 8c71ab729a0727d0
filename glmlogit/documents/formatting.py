"""Numbers to strings, and strings to columns of a terminal: no statistics, no tables.

The rules for numbers are those a reader of R's coefficient tables is used to: a column shares one
number of decimals, enough for its smallest entry to keep its significant digits, and turns to
scientific notation only where that is narrower.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

FIGURE_SPACE = "\u2007"
"""A blank as wide as a digit; keeps intervals aligned also where ordinary blanks collapse."""

SIGNIF_LEGEND = "Signif. codes: 0 '***' 0.001 '**' 0.01 '*' 0.05 '.' 0.1 ' ' 1"
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
        return "0.0000"
    return fixed(x, 4) if abs(x) >= 1e-3 else number(x, 2)


def two_decimals(values: Iterable[float]) -> list[str]:
    """Format a column with two decimals, whatever its size: factors, indices and proportions."""
    return [fixed(float(x), 2) if math.isfinite(x) else _special(float(x)) for x in values]


def count(x: float) -> str:
    """Format a count or degrees of freedom: whole where it is whole, else its shortest decimals."""
    if not math.isfinite(x):
        return _special(x)
    rounded = x if x == int(x) else float(f"{x:.12g}")
    return str(int(rounded)) if rounded == int(rounded) else repr(rounded)


def _near_one(x: float) -> int:
    """Return the decimals needed to tell a ratio from 1."""
    gap = abs(x - 1.0)
    return 0 if gap == 0 or not math.isfinite(gap) else -math.floor(math.log10(gap))


def ratios(values: Iterable[float]) -> list[str]:
    """Format odds ratios and their limits, which share one number of decimals.

    Three decimals; up to six where an entry would otherwise read as exactly 1 without being it.
    An entry too small or too large for that keeps three significant digits instead.
    """
    numbers = [float(x) for x in values]
    decimals = min(max([3, *map(_near_one, numbers)]), 6)
    return [_ratio(x, decimals) for x in numbers]


def _ratio(x: float, decimals: int) -> str:
    if not math.isfinite(x):
        return _special(x)
    if x == 0:
        return "0"
    return fixed(x, decimals) if 10.0 ** (1 - decimals) <= abs(x) < LEAST_LARGE else number(x, 3)


def decimals(values: Iterable[float], null: float, least: int, most: int) -> int:
    """The fewest decimals, of ``least`` to ``most``, with which no finite number reads as a null value it is not.

    What reads as the null value with ``most`` decimals is it but for rounding, and asks for none.
    """
    nonzero = [x for x in values if math.isfinite(x) and _reads(x, most) != null]
    return next(d for d in range(least, most + 1) if all(_reads(x, d) != null for x in nonzero))


def _reads(x: float, shown: int) -> float:
    return float(fixed(x, shown))


def ratio_decimals(values: Iterable[float], least: int, most: int) -> int:
    """Decimals that a ratio and its limits share: none reads as 1 without being it, small ones keep two digits."""
    shown = [x for x in values if is_plain_ratio(x)]
    small = [1 - math.floor(math.log10(x)) for x in shown if x < 0.1]
    return max([decimals(shown, 1.0, least, most), *small])


def is_plain_ratio(x: float) -> bool:
    """Whether decimals, and not powers of ten, are how a ratio is written."""
    return LEAST_PLAIN <= x < LEAST_LARGE


# A ratio is rounded by where it stands. In a column of coefficients: ratios. In a row of a table: ratio_row. Beside a
# picture, where space is scarce: ratio_in_picture. In a sentence: ratio_in_sentence. As it was typed: ratio_as_typed.


def _ratio_row(values: Sequence[float], least: int, most: int, rare: Callable[[float], str]) -> list[str]:
    """Ratios with one number of decimals, as :func:`ratio_decimals`; ``rare`` writes what decimals do not suit."""
    shared = ratio_decimals(values, least, most)
    return [fixed(x, shared) if is_plain_ratio(x) else rare(x) for x in values]


def ratio_row(values: Sequence[float]) -> list[str]:
    """An odds or risk ratio and its limits, with one number of decimals: three or more, as :func:`ratio_decimals`."""
    return _ratio_row(values, 3, 6, lambda x: "0" if x == 0 else number(x, 3))


def ratio_in_picture(*values: float) -> list[str]:
    """Two decimals, the same for all; more where an entry would read as 1 without being it, or be too small."""
    return _ratio_row(values, 2, 6, _rare_in_picture)


def _rare_in_picture(x: float) -> str:
    if math.isinf(x):
        return "∞"
    return "NA" if math.isnan(x) else f"{x:#.3g}" if x else "0"


# What is nearer to the null than this many decimals tell is the null but for rounding: decimals of a sentence.
MOST_DECIMALS = 9


def ratio_in_sentence(ratio: float, *limits: float) -> list[str]:
    """A ratio and its limits with one number of decimals: two digits of the ratio, and as many as tell each from 1."""
    return _ratio_row((ratio, *limits), decimals_in_sentence(ratio), MOST_DECIMALS, lambda x: number(x, 2))


def decimals_in_sentence(ratio: float) -> int:
    """Decimals of a ratio by itself: more the nearer it is to 1."""
    gap = abs(ratio - 1.0)
    return 3 if gap < 0.05 else 2 if gap < 0.95 else 1 if ratio < 1000 else 0


def ratio_as_typed(x: float) -> str:
    """A ratio that the user chose: three significant digits, no zeros added."""
    return f"{x:.3g}"


def difference_row(values: Sequence[float]) -> list[str]:
    """A difference of risks, or a fraction, and its limits, with one number of decimals; none reads as 0 unless it is.

    Three decimals to six; what needs more is in scientific notation.
    """
    shared = decimals(values, 0.0, 3, 6)
    return [_difference(x + 0.0, shared) for x in values]


def _difference(x: float, shared: int) -> str:
    if not math.isfinite(x):
        return _special(x)
    text = fixed(x, shared)
    return text if x == 0 or (float(text) and abs(x) < LEAST_LARGE) else number(x, 3)


def intervals(lows: Sequence[str], highs: Sequence[str]) -> list[str]:
    """Join formatted limits to ``[low, high]``, padded inside so that set flush right the commas align."""
    width = max(map(len, highs), default=0)
    return [f"[{low}, {high.rjust(width, FIGURE_SPACE)}]" for low, high in zip(lows, highs, strict=True)]


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
        ``"r"``: three significant digits, ``<2e-16`` at the floor. ``"publication"``: three decimals,
        ``<0.001`` and ``>0.999`` at the ends, and a further digit where rounding would carry a
        p-value below 0.05 up to it.

    Returns
    -------
    str
    """
    if style == "r" or math.isnan(p):
        return pvalues([p])[0]
    if p < 0.001:
        return "<0.001"
    if p > 0.999:
        return ">0.999"
    decimals = next((d for d in range(3, 17) if (float(f"{p:.{d}f}") < 0.05) == (p < 0.05)), 17)
    return f"{p:.{decimals}f}"


def stars(p: float) -> str:
    """Return R's significance mark: ``***`` up to 0.001, ``**`` 0.01, ``*`` 0.05, ``.`` 0.1."""
    return next((mark for limit, mark in _STARS if p <= limit), "")


def _cells(ch: str) -> int:
    if unicodedata.category(ch) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(ch) in "WF" else 1


def display_width(text: str) -> int:
    """Return how many columns of a terminal a string takes: CJK two, combining marks none."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def pad(text: str, width: int, align: Literal["left", "right"]) -> str:
    """Fill a string with blanks to a width on the terminal."""
    blanks = " " * (width - display_width(text))
    return blanks + text if align == "right" else text + blanks


def wrap(text: str, width: int, indent: str = "") -> str:
    """Break a sentence at blanks so that lines fit; a longer word keeps its line to itself."""
    lines: list[str] = []
    for word in text.split():
        if lines and display_width(lines[-1]) + 1 + display_width(word) + len(indent) <= width:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return f"\n{indent}".join(lines)
