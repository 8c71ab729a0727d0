"""A fit once more: with fewer terms, coefficients held, a combination as a coefficient, or other rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from glmlogit.designs import samples
from glmlogit.designs.nested import subset
from glmlogit.errors import UnsupportedError
from glmlogit.fitting.maximise import maximise
from glmlogit.fitting.maximum import Maximum
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.likelihood.objective import Evaluation

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


Array = npt.NDArray[np.float64]


def with_terms(fit: Estimate, keep: Sequence[str]) -> Estimate:
    """The model of some terms of a fit (the intercept, if any, always), by maximum likelihood in the same rows."""
    design = subset(fit.design, keep)
    return fit.resolved(design=design, maximum=maximise(BinaryLogit(design, fit.control.threads), None, fit.control))


def with_held(fit: Estimate, columns: Sequence[int], values: Sequence[float]) -> Maximum | None:
    """Of separated data, the maximum with coefficients of ``columns`` held at values; None for other fits.

    The columns held become an offset, and the smaller model is fitted in its own limit: an iteration towards infinity
    would stop anywhere.
    """
    keep = np.setdiff1d(np.arange(fit.coefs.size), np.asarray(columns))
    if not fit.coefs.separated or fit.penalty is not None or not len(keep):
        return None
    holding = fit.surface.likelihood.holding(keep, np.asarray(columns, dtype=np.intp))
    return maximise(holding(np.asarray(values, dtype=np.float64)), None, fit.control)


def recombined(fit: Estimate, weights: Array, place: int, back: Array) -> Estimate:
    """The fit in coefficients γ of ``β = Tγ``, T the matrix ``back`` (k, k) over those without aliases.

    The coefficient at ``place`` is the combination with ``weights`` (k,); the search starts from the fit's own maximum.
    """
    free = fit.coefs.free
    labels = tuple("the combination" if j == place else fit.coefs.labels[k] for j, k in enumerate(free))
    likelihood = fit.surface.likelihood.reduced.recombined(free, back, labels)
    penalty = None if fit.penalty is None else fit.penalty.keep(free).recombined(back)
    start = None
    if not fit.coefs.separated:
        start = fit.coefs.beta[free].copy()
        start[place] = weights @ fit.coefs.beta[free]
    maximum = maximise(likelihood, penalty, fit.control, start=start)
    if not maximum.reached or maximum.aliases:
        raise UnsupportedError("the model with the combination as a coefficient cannot be fitted as well as this one")
    return replace(fit.resolved(maximum=maximum, penalty=penalty, model_info=None), extra_notes=())


def require_drawable(fit: Estimate) -> None:
    """Refuse fits from whose rows no samples can be drawn."""
    samples.require_drawable(fit.design)


def resampled(fit: Estimate, generator: np.random.Generator, count: int) -> Iterator[tuple[Estimate | None, Array]]:
    """Refits to bootstrap samples, None where no maximum is reached, and the weights these give to the fit's rows."""
    for design, weights in samples.samples(fit.design, generator, count):
        likelihood = BinaryLogit(design, fit.control.threads)
        maximum = maximise(likelihood, fit.penalty, fit.control, start=fit.coefs.beta, refine=False)
        yield fit.resolved(design=design, maximum=maximum, model_info=None) if maximum.reached else None, weights


def evaluated_at(fit: Estimate, small: Maximum) -> Evaluation:
    """Score and information (k,) of the coefficients without aliases, at the linear predictors of a smaller model."""
    likelihood, free = fit.surface.likelihood, fit.coefs.free
    at = likelihood.beyond(small.limiting, small.beta).evaluate(np.zeros(likelihood.size), root=True)
    return at._replace(score=at.score[free], info=at.info.keep(free))
