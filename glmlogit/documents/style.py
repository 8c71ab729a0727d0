"""The style in which numbers and fixed words are printed: of tables, figures, sentences and summaries alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, TypedDict, Unpack

from glmlogit.documents.vocabulary import LANGUAGES, translated
from glmlogit.errors import DataError
from glmlogit.messages.labels import Labels, labels_of, pop, push
from glmlogit.messages.options import check_choice
from glmlogit.messages.units import SPREADS, short_size

NARROW_SPACE = "\u202f"  # does not break
_MOST_DIGITS = 9
_LEAST_DIGITS = {
    "digits": 0,
    "percent_digits": 0,
    "probability_digits": 1,
    "p_digits": 1,
    "p_digits_below": 1,
    "p_significant": 0,
}


@dataclass(frozen=True)
class Style:
    """How numbers and fixed words are printed.

    Attributes
    ----------
    name : str
        ``"plain"``, or the journal: ``"jama"``, ``"lancet"``, ``"nejm"``, ``"bmj"``.
    digits : int
        Decimals of a ratio and its limits, which share them. There are more where a number would read as 1 without
        being it; a ratio below 0.1 has two significant digits at least.
    percent_digits, probability_digits : int
        Decimals of percentages; of probabilities and their differences.
    p_digits, p_digits_below : int
        Decimals of p-values from 0.01 on; below it.
    p_significant : int
        Significant digits of p-values in place of decimals; 0 for decimals.
    p_least : float
        P-values below it are written as less than it.
    p_zero : bool
        Whether p-values have a zero before the decimal mark.
    p_as_r : bool
        Whether summaries and frames print p-values as R does, three significant digits of the smallest in a column.
    p_name : str
        ``"p"`` or ``"P"``.
    brackets : str
        The two signs around limits: ``"[]"`` or ``"()"``.
    between : str or None
        What stands between limits; None for a comma, or a semicolon beside decimal commas. A dash becomes ``to``
        where a limit is negative.
    decimal, thousands : str or None
        Marks; None for those of the language.
    grouped_from : int
        The smallest count with a mark of thousands.
    reference : str
        What stands for the ratio of a reference level; ``{reference}`` is the word of the language, and
        ``{Reference}`` the same with a capital.
    caption : str
        Above a table, in place of the title it makes of its outcome.
    abbreviations : bool
        Whether abbreviations are spelt out below a table.
    manuscript : bool
        Whether a table comes first, and what was fitted and how below it.
    language : str
        ``"en"``, ``"de"``, ``"fr"``, ``"es"``, ``"pt"`` or ``"it"``. English in each are the sentences of
        :func:`interpret`, some reasons that errors give, and errors.

    Raises
    ------
    DataError
        For a language that is not listed, and numbers of digits below 0 or above 9.

    Examples
    --------
    >>> thesis = gl.Style(digits=2, brackets="()", between=" to ", caption="Table 2. Odds ratios.")
    >>> gl.logit("low ~ smoke", gl.datasets.birthwt()).summary(style=thesis).tables[0].rows[1][-2:]
    ('2.02', '(1.08 to 3.78)')
    """

    name: str = "plain"
    digits: int = 3
    percent_digits: int = 1
    probability_digits: int = 3
    p_digits: int = 3
    p_digits_below: int = 3
    p_significant: int = 0
    p_least: float = 0.001
    p_zero: bool = True
    p_as_r: bool = False
    p_name: str = "p"
    brackets: str = "[]"
    between: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    grouped_from: int = 1_000
    reference: str = "1 ({reference})"
    caption: str = ""
    abbreviations: bool = False
    manuscript: bool = False
    language: str = "en"

    def __post_init__(self) -> None:
        check_choice("language", self.language, LANGUAGES)
        for name, least in _LEAST_DIGITS.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= _MOST_DIGITS:
                raise DataError(f"{name}={value!r}: give a whole number of digits from {least} to {_MOST_DIGITS}")
        if not isinstance(self.brackets, str) or len(self.brackets) != 2:
            raise DataError(f"brackets={self.brackets!r}: give the opening and the closing sign, such as '()'")


PLAIN = Style(p_as_r=True)
_JOURNAL = Style("journal", digits=2, p_digits=2, brackets="()", abbreviations=True, manuscript=True)

# AMA Manual of Style, 11th edition, chapters 18 and 19; the Lancet's formatting guidelines; the statistical reporting
# guidelines of the New England Journal of Medicine; the BMJ's house style.
STYLES = MappingProxyType(
    {
        "plain": PLAIN,
        "jama": replace(_JOURNAL, name="jama", p_name="P", p_zero=False, between="-", reference="1 [{Reference}]"),
        "lancet": replace(
            _JOURNAL,
            name="lancet",
            p_significant=2,
            p_least=0.0001,
            between="–",
            decimal="·",
            thousands=NARROW_SPACE,
            grouped_from=10_000,
        ),
        "nejm": replace(_JOURNAL, name="nejm", p_name="P", between="–", reference="{Reference}"),
        "bmj": replace(_JOURNAL, name="bmj", p_name="P", between=" to ", thousands=NARROW_SPACE, grouped_from=10_000),
    }
)

_DIGITS = {"journal": 2, **{str(number): number for number in range(_MOST_DIGITS + 1)}}
_ACTIVE: ContextVar[Style] = ContextVar("glmlogit_style", default=PLAIN)


def active() -> Style:
    """The style in which numbers are printed here and now."""
    return _ACTIVE.get()


def say(words: str, **parts: object) -> str:
    """Fixed words of a table or a figure in the language of the style, with ``{parts}`` filled in."""
    text = translated(words, active().language)
    return text.format(**parts) if parts else text


def headed(text: str) -> str:
    """A text with a colon behind it, which French parts from the text by a space."""
    return say("{text}:", text=text)


def decimal_mark() -> str:
    """The sign between units and tenths."""
    style = active()
    return style.decimal if style.decimal is not None else "." if style.language == "en" else ","


def marked(number: str) -> str:
    """A number written with a point, with the decimal mark."""
    mark = decimal_mark()
    return number if mark == "." else number.replace(".", mark)


def grouped(count: int) -> str:
    """A whole number with its thousands apart."""
    style = active()
    mark = style.thousands if style.thousands is not None else "," if style.language == "en" else NARROW_SPACE
    return f"{count:,}".replace(",", mark) if abs(count) >= style.grouped_from else str(count)


def between_limits(*limits: str) -> str:
    """What stands between limits: beside a minus sign no dash."""
    between = active().between
    if between is None:
        return ", " if decimal_mark() == "." else "; "
    dash = between in ("-", "–") and any(limit.startswith(("-", "−")) for limit in limits)
    return f" {say('to')} " if dash or between == " to " else between


def joined_limits(low: str, high: str) -> str:
    """Limits in their brackets: ``[1.063, 3.753]``, ``(1.06-3.75)``."""
    return bracketed(f"{low}{between_limits(low, high)}{high}")


def bracketed(text: str) -> str:
    """Text in the brackets of limits."""
    return active().brackets[0] + text + active().brackets[1]


def interval_head(level: float | None, kind: str = "") -> str:
    """The head of limits: ``[95% CI]``, ``[95% profile CI]``; without a level ``[CI]``."""
    if level is None:
        return bracketed(say(f"{kind} CI".strip()))
    percent = marked(f"{100 * level:g}")
    if not kind:
        return bracketed(say("{level}% CI", level=percent))
    return bracketed(say("{level}% {kind} CI", level=percent, kind=say(kind)))


def reference_text() -> str:
    """What stands for the ratio of a reference level."""
    return active().reference.format(reference=say("reference"), Reference=say("Reference"))


def says_unit(name: str) -> bool:
    """Whether a label has a unit of its own: ``Age (per 10 years)``."""
    return any(f"({start}" in name for start in ("per ", say("per {unit}", unit="").rstrip()))


def unit_text(size: float, spread: str = "") -> str:
    """The difference that a ratio is for: ``5``, or the spread that it is, ``SD = 5.3``."""
    return f"{say(SPREADS[spread])} = {marked(short_size(size))}" if spread else marked(f"{size:g}")


def p_head() -> str:
    """The head of a column of p-values in a table of a paper."""
    style = active()
    return say("{p} value", p=style.p_name) if style.manuscript else style.p_name


def chosen(
    style: str | Style | None, digits: int | str | None = None, p_digits: int | None = None, language: str | None = None
) -> Style:
    """The style of a call: by name or as it is, else the active one, with what else the call says."""
    if style is not None and not isinstance(style, (str, Style)):
        raise DataError(f"style={style!r}: give a name, {', '.join(map(repr, STYLES))}, or a gl.Style")
    if isinstance(style, str):
        check_choice("style", style, tuple(STYLES))
        base = replace(STYLES[style], language=active().language)
    else:
        base = active() if style is None else style
    changes: dict[str, Any] = {} if digits is None else {"digits": _DIGITS.get(str(digits), digits)}
    if p_digits is not None:
        below = max(p_digits, 3) if isinstance(p_digits, int) else p_digits
        changes |= {"p_digits": p_digits, "p_digits_below": below, "p_significant": 0, "p_as_r": False}
    if language is not None:
        changes["language"] = language
    return replace(base, **changes)


class Styling(TypedDict, total=False):
    """In which style one result is printed: what of :func:`style` each call takes."""

    style: str | Style | None
    digits: int | str | None
    p_digits: int | None
    language: str | None


class Printing(Styling, total=False):
    """How one result is printed: its style, and what its variables are called."""

    labels: Mapping[str, Any] | None


@contextmanager
def using(
    style: str | Style | None = None,
    digits: int | str | None = None,
    p_digits: int | None = None,
    language: str | None = None,
    labels: Any = None,
) -> Iterator[Style]:
    """The style and the labels of a call, active until its end."""
    token, names = _ACTIVE.set(chosen(style, digits, p_digits, language)), push(labels_of(labels))
    try:
        yield active()
    finally:
        pop(names)
        _ACTIVE.reset(token)


class StyleChanges(TypedDict, total=False):
    """Other attributes of a :class:`Style`."""

    name: str
    percent_digits: int
    probability_digits: int
    p_digits_below: int
    p_significant: int
    p_least: float
    p_zero: bool
    p_as_r: bool
    p_name: str
    brackets: str
    between: str | None
    decimal: str | None
    thousands: str | None
    grouped_from: int
    reference: str
    caption: str
    abbreviations: bool
    manuscript: bool


class _During(AbstractContextManager[Style]):
    """A style, and labels, that are active in the block of a ``with``."""

    def __init__(self, style: Style, labels: Labels) -> None:
        self._style, self._labels, self._tokens = style, labels, list[Any]()

    def __enter__(self) -> Style:
        self._tokens.append((_ACTIVE.set(self._style), push(self._labels)))
        return self._style

    def __exit__(self, *error: object) -> None:
        style, labels = self._tokens.pop()
        pop(labels)
        _ACTIVE.reset(style)

    def __repr__(self) -> str:
        return f"<style {self._style.name}: active inside 'with gl.style(…):'>"


def style(
    style: str | Style | None = None,
    *,
    digits: int | str | None = None,
    p_digits: int | None = None,
    language: str | None = None,
    labels: Mapping[str, Any] | None = None,
    **changes: Unpack[StyleChanges],
) -> AbstractContextManager[Style]:
    """Choose the style, and the names, of all that is printed in the block of a ``with``.

    Parameters
    ----------
    style : {"plain", "jama", "lancet", "nejm", "bmj"} or Style, optional
        Default: the style that is active.
    digits : int or "journal", optional
        Decimals of ratios and their limits; ``"journal"`` is two.
    p_digits : int, optional
        Decimals of p-values.
    language : {"en", "de", "fr", "es", "pt", "it"}, optional
        Of fixed words, decimal marks and marks of thousands.
    labels : mapping of variable or term to str, mapping of levels, or both as a pair, optional
        Names to print: ``{"lwt": "Weight of mother, lb", "smoke": ("Smoking", {0: "No", 1: "Yes"})}``. They stand
        before those that a fit or its data have.
    **changes
        Any other attribute of :class:`Style`, by its name.

    Returns
    -------
    context manager
        ``with gl.style("lancet"): …``; its value is the :class:`Style`.

    Raises
    ------
    DataError
        For a style or a language that does not exist, numbers of digits below 0 or above 9, and labels that are none,
        or that two levels share.

    Notes
    -----
    Rounding is one rule in tables, figures, sentences and summaries: a ratio and its limits share their decimals,
    and none reads as 1 without being it. P-values do not cross 0.05 by rounding. Frames hold all digits whatever
    the style. *Matches* R's ``theme_gtsummary_journal`` in the marks of a journal. *Differs* from R's ``gtsummary``,
    whose ratios have fewer decimals the larger they are, also within an interval. Sources: AMA Manual of Style (2020),
    ch. 18 and 19; guidelines of the Lancet, NEJM and BMJ.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + smoke", gl.datasets.birthwt())
    >>> with gl.style("lancet"):
    ...     print(fit.interpret("smoke")["smoke"][:58])
    The odds of low = 1 are 2·00 times as high (95 % CI 1·06–3
    """
    return _During(replace(chosen(style, digits, p_digits, language), **changes), labels_of(labels))
