"""A fit of several levels with its coefficients against another of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from glmlogit.fitting.maximise import maximise, refined
from glmlogit.fitting.maximum import Maximum, free_columns
from glmlogit.fitting.newton import RESULT_CONDITION
from glmlogit.likelihood.objective import Evaluation, Likelihood
from glmlogit.numerics.linalg import Information

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

AnEstimate = TypeVar("AnEstimate", bound="Estimate")
Array = npt.NDArray[np.float64]


def rebased(fit: AnEstimate, base: Any, likelihood: Likelihood, beta: Array) -> AnEstimate:
    """The fit at the coefficients β (q,) of the same model, whose outcome has another base.

    Limits of separated data and penalties are found again: they depend on the base.
    """
    design = replace(fit.design, outcome=replace(fit.design.outcome, base=base).with_event())
    if fit.maximum.zeros is not None:
        maximum = _differences(fit.maximum, likelihood, beta, list(design.constants)[:1])
        fit = replace(fit, undefined=replace(fit.undefined, ratios=""))
    elif fit.maximum.separated or not fit.solved.plain:
        maximum = maximise(likelihood, fit.penalty, fit.control, start=beta)
    else:
        maximum = _moved(fit.maximum, likelihood, beta)
    notes = tuple(note for note in fit.extra_notes if note.code not in ("rare_base", "separation", "no_base"))
    return replace(fit.resolved(design=design, maximum=maximum, model_info=None), extra_notes=notes)


def _differences(maximum: Maximum, likelihood: Likelihood, beta: Array, constants: list[int]) -> Maximum:
    """The maximum of a penalty that selects, at differences β (q,) of its coefficients."""
    held = [at[constants] for at in likelihood.arrangement.places]
    active = np.union1d(np.flatnonzero(beta), np.concatenate(held)).astype(np.intp)
    k = len(active)
    at = Evaluation(maximum.value, np.zeros(k), Information(np.ones(k), root=np.zeros((0, k))))
    zeros = np.setdiff1d(np.arange(len(beta)), active)
    return replace(maximum, beta=beta, at=at, likelihood=likelihood, estimated=active, zeros=zeros)


def _moved(maximum: Maximum, likelihood: Likelihood, beta: Array) -> Maximum:
    """The maximum at β; aliases are those of the columns, the same for all levels."""
    free = free_columns(len(beta), maximum.aliases)
    at = likelihood.evaluate(beta).keep(free)
    factor = at.info.factor
    if factor is None or factor.condition > RESULT_CONDITION:
        at = likelihood.evaluate_some(beta, free)
    moved = replace(maximum, beta=beta, at=at, likelihood=likelihood, estimated=free)
    return refined(replace(moved, low=None, root=None, certified=None))
