"""What a result of another program says, and the fit of this package that is the same model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from glmlogit.documents.registry import Registry

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


@dataclass(frozen=True)
class Claim:
    """Numbers of another program.

    ``values`` maps a quantity (``params bse conf_low conf_high llf deviance nobs``) to numbers by term, single ones by
    the term ``""``; ``rounded`` has half a unit of the last printed digit in the same form. ``errors`` is the kind of
    covariance that the result names, ``level`` that of its limits. ``remarks`` say what is doubtful, ``refused`` why a
    quantity is not compared, and ``refit`` makes the fit of the same model, where the result holds its rows.
    """

    title: str
    values: Mapping[str, Mapping[Any, float]]
    version: str = ""
    rounded: Mapping[str, Mapping[Any, float]] = field(default_factory=dict)
    errors: str = ""
    level: float = 0.95
    remarks: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    refit: Callable[[], Estimate] | None = None


@dataclass(frozen=True)
class Reader:
    """A kind of result: whether a value is one, and what it says; ``data`` are the rows it was fitted to, or None."""

    takes: Callable[[Any], bool]
    read: Callable[[Any, Any], Claim]


READERS: Registry[Reader] = Registry("glmlogit.foreign.readers", "READER")


def reader_of(value: Any) -> Reader | None:
    """The reader that takes a value; None where none does."""
    return next((reader for reader in READERS.values() if reader.takes(value)), None)
