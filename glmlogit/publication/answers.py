"""Odds ratios of a model for a table, their limits, and the test of a variable, by one method."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial, reduce
from typing import NamedTuple

from glmlogit.documents.style import say
from glmlogit.estimate.estimate import Estimate
from glmlogit.inference.evidence import TEST_OF, Evidence, Method, by_method, check_method, evidence
from glmlogit.messages.notes import Note


class Answers(NamedTuple):
    """Limits and tests of the coefficients of a model, and what the reader must know of the method."""

    evidence: Evidence
    notes: tuple[Note, ...] = ()


def answers(fit: Estimate, level: float, method: str | None) -> Answers:
    """By the method asked for; by default by profile likelihood where it can be had soon, else by Wald's."""
    return Answers(*by_method(fit, partial(evidence, fit, level), check_method(method)))


_TESTS = {"wald": "Wald tests", "lr": "likelihood-ratio tests", "score": "score tests"}


def tests_text(fits: Sequence[Estimate], methods: Sequence[Method]) -> str:
    """Which tests the p-values are of, by the methods of several models."""
    penalised = "penalised " if any(fit.capabilities.penalised for fit in fits) else ""
    names = dict.fromkeys(_TESTS[TEST_OF[method]] for method in methods)
    texts = [say(name if name == _TESTS["wald"] else f"{penalised}{name}") for name in names]
    return reduce(lambda a, b: say("{a} or {b}", a=a, b=b), texts) if texts else ""
