"""A fit once more: with fewer terms, coefficients held, a combination as a coefficient, or other rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from glmlogit.columns.array_columns import ArrayColumns
from glmlogit.data.storage import Dense
from glmlogit.designs import samples
from glmlogit.designs.container import Design
from glmlogit.designs.nested import subset
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.fitting.maximise import maximise
from glmlogit.fitting.maximum import Maximum
from glmlogit.fitting.redrawn import Redrawn
from glmlogit.likelihood.objective import Evaluation, Likelihood

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


Array = npt.NDArray[np.float64]


def with_terms(fit: Estimate, keep: Sequence[str], added: Sequence[str] = ()) -> Estimate:
    """The model of some terms of a fit (the intercept, if any, always), by maximum likelihood in the same rows.

    ``added`` are terms typed as in a formula, of columns in the fit's data.
    """
    design = subset(fit.design, keep, added)
    likelihood = fit.maximum.likelihood.in_columns(design)
    return fit.resolved(design=design, maximum=maximise(likelihood, None, fit.control))


def with_columns(fit: Estimate, X: Array, names: Sequence[str], offset: Array | None) -> Estimate:
    """The model of other columns X (n, q) in the same rows, by maximum likelihood."""
    design = replace(
        fit.design,
        matrix=Dense(np.ascontiguousarray(X)),
        patterns=None,
        columns=ArrayColumns(tuple(names), False),
        formula=None,
        offset=offset,
        limit=None,
        magnitude=np.abs(X).max(axis=0),
    )
    maximum = maximise(fit.maximum.likelihood.in_columns(design), None, fit.control)
    return replace(fit.resolved(design=design, maximum=maximum, model_info=None), extra_notes=(), cov_kind="model")


def with_outcome(fit: Estimate, events: Array, trials: Array) -> Estimate:
    """The same model of other events (n,) of trials in the same rows, which have no weights then."""
    single = bool((trials == 1).all())
    design = replace(fit.design, y=events, trials=None if single else trials, weights=None, limit=None)
    maximum = maximise(fit.maximum.likelihood.in_columns(design), fit.penalty, fit.control, refine=False)
    return replace(fit.resolved(design=design, maximum=maximum, model_info=None), extra_notes=())


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


def draws(fit: Estimate, generator: np.random.Generator, count: int) -> Iterator[samples.Draw]:
    """Bootstrap samples of the rows of a fit."""
    return samples.draws(fit.design, generator, count)


def redrawn(fit: Estimate, draw: samples.Draw, *, errors: bool = True) -> Estimate:
    """The fit to a sample of its rows, or of the rows it shares with another model.

    Without ``errors`` its coefficients alone are of use.
    """
    likelihood, counts = fit.maximum.likelihood, draw.counts
    drawn = likelihood.with_weights(draw.weights) if counts is None else likelihood.with_counts(counts)
    return _refitted(fit, drawn, draw.of, errors=errors)


def resampled(fit: Estimate, generator: np.random.Generator, count: int) -> Iterator[tuple[Estimate | None, Array]]:
    """Refits to bootstrap samples, None where no maximum is reached, and the weights these give to the fit's rows.

    Of a refit the coefficients alone are of use. Class weights are learned from each sample, and take part in these
    weights.
    """
    quick = _redrawn(fit)
    for draw in draws(fit, generator, count):
        refit = (quick and _with_all_rows(fit, draw, quick)) or redrawn(fit, draw, errors=False)
        learned = refit.design.multipliers
        amounts = draw.amounts if learned is None else draw.weighed(fit.design, learned)
        yield refit if refit.maximum.reached else None, amounts


def _redrawn(fit: Estimate) -> Redrawn | None:
    """What samples have in common, where their maxima are found quickly."""
    if fit.penalty is not None or fit.design.class_weighted:
        return None
    return Redrawn.of(fit.maximum, fit.design, samples.largest_draw(fit.design))


def _with_all_rows(fit: Estimate, draw: samples.Draw, redrawn: Redrawn) -> Estimate | None:
    """The fit to a sample in which rows that were not drawn stay, with weight 0; None where it is not quickly made."""
    if draw.counts is not None:
        return None
    design = replace(fit.design, weights=draw.weights)
    maximum = redrawn.maximum(design, fit.maximum.likelihood.in_columns(design), fit.control)
    return None if maximum is None else _resolved(fit, design, maximum)


def reweighted(fit: Estimate, factors: Array) -> Estimate:
    """The same model fitted to the same rows, their weights multiplied by ``factors`` (n,) of 0 or more.

    Columns are those of the fit, with all that they learned from its rows, and the search starts from its maximum. Rows
    of 0 are left out: what they alone told is then aliased, or separated, as in a fit to the others. Multiplicities of
    a bootstrap sample, or 1 and 0 of a fold, are such factors. Where no maximum is reached ``capabilities.unreached``
    says why. Notes are not made anew. Class weights stay what they are, which those of :func:`resampled` do not.
    """
    if fit.capabilities.why_no_bootstrap:
        raise UnsupportedError(fit.capabilities.why_no_bootstrap)
    factors = np.asarray(factors, dtype=np.float64)
    if factors.shape != (fit.design.n_rows,) or not (factors >= 0).all() or not np.isfinite(factors).all():
        raise DataError(f"factors of weights are {fit.design.n_rows:,} numbers of 0 or more, one for each fitted row")
    weights = factors if fit.design.weights is None else factors * fit.design.weights
    likelihood = fit.maximum.likelihood
    if fit.design.class_weighted:
        likelihood = likelihood.in_columns(replace(fit.design, class_weights=fit.design.fixed_class_weights))
    return _refitted(fit, likelihood.with_weights(weights), lambda rows: rows.with_weights(weights))


def _refitted(
    fit: Estimate, likelihood: Likelihood, changed: Callable[[Design], Design], *, errors: bool = True
) -> Estimate:
    """The fit to the rows of ``likelihood``, which are ``changed`` ones of the fit."""
    maximum = maximise(likelihood, fit.penalty, fit.control, former=fit.maximum, refine=False, errors=errors)
    design = likelihood.rows if isinstance(likelihood.rows, Design) else changed(fit.design)
    return _resolved(fit, design, maximum)


def _resolved(fit: Estimate, design: Design, maximum: Maximum) -> Estimate:
    return replace(fit.resolved(design=design, maximum=maximum, model_info=None), extra_notes=())


def evaluated_at(fit: Estimate, small: Maximum) -> Evaluation:
    """Score and information (k,) of the coefficients without aliases, at the linear predictors of a smaller model."""
    likelihood, free = fit.surface.likelihood, fit.coefs.free
    at = likelihood.beyond(small.limiting, small.beta).evaluate(np.zeros(likelihood.size), root=True)
    return at._replace(score=at.score[free], info=at.info.keep(free))
