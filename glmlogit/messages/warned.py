"""Warnings of many models, told once for all of them, by kind, with the names of the models."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from glmlogit.errors import CollinearityWarning, ConvergenceWarning, GlmlogitWarning, SeparationWarning
from glmlogit.messages.calls import warn
from glmlogit.messages.words import listed

_SEEN: dict[type[GlmlogitWarning], str] = {
    SeparationWarning: "Separation (no finite odds ratio of some term)",
    CollinearityWarning: "Columns that others determine",
    ConvergenceWarning: "No maximum reached",
}


class Warned:
    """What models warn of: heard while each is fitted, told when all are."""

    def __init__(self) -> None:
        self._heard: dict[type[GlmlogitWarning], dict[str, str]] = {}

    @contextmanager
    def of(self, model: str) -> Iterator[None]:
        """Hear what a model warns of; warnings of other libraries pass."""
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            yield
        for warning in seen:
            if issubclass(warning.category, GlmlogitWarning):
                self._heard.setdefault(warning.category, {}).setdefault(model, str(warning.message))
            else:
                warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)

    def tell(self, models: int) -> None:
        """Warn once of each kind, of so many models in all."""
        for category, texts in self._heard.items():
            what = _SEEN.get(category, "Warnings")
            names, first = list(texts), next(iter(texts.values()))
            warn(
                f"{what} in {len(names)} of {models:,} models: {listed(names, 10, str, ', … ({all} in all)')}. "
                f"The notes of the result have each. Of {names[0]}: {first}",
                category,
            )
