"""Every error and warning of the package: what was seen, why it matters, what to type next."""

from __future__ import annotations

import re

from glmlogit.messages.words import visible

__all__ = [
    "ArgumentError",
    "CollinearityWarning",
    "ConvergenceError",
    "ConvergenceWarning",
    "DataError",
    "ExtrapolationWarning",
    "FormulaError",
    "GlmlogitError",
    "GlmlogitWarning",
    "NotEstimableError",
    "OutOfMemoryError",
    "SeparationWarning",
    "UnsupportedError",
]


def _on_one_line(part: object) -> object:
    text = visible(re.sub(r"\s*[\r\n]+\s*", " ", part)) if isinstance(part, str) else part
    return part if text == part else text  # itself, where it is a sentence that keeps its parts


class GlmlogitError(Exception):
    """Base of all errors raised on purpose by this package; control characters in names are shown as escapes."""

    def __init__(self, *args: object) -> None:
        super().__init__(*map(_on_one_line, args))


class DataError(GlmlogitError, ValueError):
    """The data cannot be used as given; the message names column, count and first rows."""


class ArgumentError(DataError, TypeError):
    """A function has no such option, or takes something else there; names the function called and what to type."""


class FormulaError(GlmlogitError, ValueError):
    """The formula cannot be read, or asks for something a formula may not do; names the token."""


class NotEstimableError(GlmlogitError):
    """The quantity asked for is not determined by these data."""


class ConvergenceError(GlmlogitError):
    """The fit did not converge, and the caller asked for that to be an error (``Control.strict``)."""


class OutOfMemoryError(GlmlogitError, MemoryError):
    """There is not as much memory as the data need; says how much was asked for, and what takes less."""


class UnsupportedError(GlmlogitError):
    """The fit lacks a capability; the message says which one, and why."""


class GlmlogitWarning(UserWarning):
    """Base of all warnings issued by this package; control characters in names are shown as escapes."""

    def __init__(self, *args: object) -> None:
        super().__init__(*map(_on_one_line, args))


class SeparationWarning(GlmlogitWarning):
    """A combination of covariates predicts the outcome perfectly; some estimates are infinite."""


class ConvergenceWarning(GlmlogitWarning):
    """The iteration stopped somewhere other than at a maximum."""


class CollinearityWarning(GlmlogitWarning):
    """Columns are exactly or nearly linear combinations of others."""


class ExtrapolationWarning(GlmlogitWarning):
    """A curve (spline, polynomial, power) is asked for values beyond those it was fitted to."""
