"""Models of some of a fit's terms in the same rows, each fitted once, with a criterion to compare them by."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from glmlogit.designs.samples import Draw
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.estimate.refits import redrawn, with_terms
from glmlogit.formula.spec import Term
from glmlogit.messages.options import check_choice, names_given

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

Criterion = Literal["aic", "bic"]


@dataclass(frozen=True)
class Model:
    """A model of some terms (in the fit's order), fitted to the fit's rows."""

    terms: tuple[str, ...]
    fit: Estimate
    criterion: float


Models = Callable[[frozenset[str]], Model]


def models_of(fit: Estimate, penalty: float) -> Models:
    """Models of sets of the fit's terms, with criterion −2·llf + penalty·rank; each is fitted when first asked for."""
    order = [term.name for term in choosable(fit)]

    @cache
    def model(names: frozenset[str]) -> Model:
        terms = tuple(name for name in order if name in names)
        return _model(terms, fit if len(terms) == len(order) else with_terms(fit, terms), penalty)

    return model


def redrawn_models(models: Models, draw: Draw, penalty: float) -> Models:
    """The same models of a bootstrap sample of the rows."""

    @cache
    def model(names: frozenset[str]) -> Model:
        original = models(names)
        return _model(original.terms, redrawn(original.fit, draw), penalty)

    return model


def _model(terms: tuple[str, ...], fit: Estimate, penalty: float) -> Model:
    if fit.capabilities.unreached:
        raise UnsupportedError(
            f"the model of {' + '.join(terms) or 'the constant alone'} has no maximum that was reached "
            f"({fit.capabilities.unreached}), so that its criterion is not known; raise max_iter, or leave terms out"
        )
    return Model(terms, fit, -2.0 * fit.likelihood.llf + penalty * fit.rank)


def choosable(fit: Estimate) -> list[Term]:
    """Terms of a fit but the intercept."""
    return [term for term in fit.columns.terms if term.order > 0]


def require_comparable(fit: Estimate) -> None:
    """Refuse fits of which no criterion of information exists."""
    if fit.capabilities.why_no_sequence:
        raise UnsupportedError(fit.capabilities.why_no_sequence)
    if fit.capabilities.why_no_aic:
        raise UnsupportedError(f"models are compared by AIC or BIC, and {fit.capabilities.why_no_aic}")


def penalty_of(fit: Estimate, criterion: Criterion | float) -> float:
    """What a criterion takes for each coefficient: 2, the log of the number of observations, or a number as it is."""
    if isinstance(criterion, (int, float)) and not isinstance(criterion, bool):
        if not (criterion >= 0 and math.isfinite(criterion)):
            raise DataError(f"criterion={criterion!r}; give 'aic', 'bic', or what each coefficient costs, such as 3.84")
        return float(criterion)
    check_choice("criterion", criterion, ("aic", "bic"))
    return 2.0 if criterion == "aic" else math.log(fit.sample.n_trials)


def terms_given(fit: Estimate, option: str, names: str | Iterable[str]) -> frozenset[str]:
    """Names of terms of the fit; an error names one that is none."""
    terms = [term.name for term in choosable(fit)]
    wanted = names_given(option, names)
    for name in wanted:
        if name not in terms:
            raise DataError(f"{option}={name!r} is no term of the fit; its terms: {', '.join(terms)}")
    return frozenset(wanted)


def addable(terms: Sequence[Term], present: Collection[str]) -> list[str]:
    """Terms outside a model all of whose marginal terms, among those that may be chosen, are in it."""
    outside = [term for term in terms if term.name not in present]
    return [t.name for t in outside if not any(set(s.factors) < set(t.factors) for s in outside)]
