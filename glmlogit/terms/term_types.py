"""Tests of every term of types II and III: after all terms but those that contain it, or beside all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from glmlogit.errors import UnsupportedError
from glmlogit.estimate.refits import with_terms
from glmlogit.estimate.submodel import submodel
from glmlogit.formula.spec import Term
from glmlogit.inference.test_result import TestKind, TestResult
from glmlogit.terms.term_tests import Nested, columns_test, estimable_columns

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

Added = Callable[[Nested, Nested, TestKind], TestResult]


def of_type_two(fit: Estimate, test: TestKind, added: Added) -> dict[str, TestResult]:
    """Each term added to all that do not contain it."""
    results = {}
    for term in _terms(fit):
        beside = [wider.name for wider in _terms(fit) if not set(term.factors) < set(wider.factors)]
        small = Nested("", submodel(fit, [name for name in beside if name != term.name]))
        results[term.name] = added(small, Nested(term.name, submodel(fit, beside)), test)
    return results


def of_type_three(fit: Estimate, test: TestKind) -> dict[str, TestResult]:
    """Each term without its columns, all others beside it, factors coded so that their levels sum to zero."""
    if fit.formula is None:
        raise UnsupportedError(
            "tests of type III code factors anew, and columns of arrays have none; give a formula, or see drop1"
        )
    coded = {factor.expression for factor in fit.columns.factors}

    def summed(term: Term) -> tuple[str, ...]:
        return tuple(f"C({name}, Sum)" if name in coded else name for name in term.factors)

    anew = with_terms(fit, [], [":".join(summed(term)) for term in _terms(fit)])
    by_factors = {frozenset(term.factors): term for term in anew.columns.terms}
    results = {}
    for term in _terms(fit):
        columns = estimable_columns(anew, by_factors[frozenset(summed(term))])
        results[term.name] = columns_test(anew, columns, term.name, test)
    return results


def _terms(fit: Estimate) -> list[Term]:
    return [term for term in fit.columns.terms if term.order > 0]
