"""The same multinomial fit with its coefficients against another level of the outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from glmlogit.errors import UnsupportedError
from glmlogit.estimate.other_base import rebased
from glmlogit.likelihood.multinomial import MultinomialLogit
from glmlogit.messages.values import show
from glmlogit.outcomes.levels_of import model_of, position

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

AnyFit = TypeVar("AnyFit", bound="Estimate")


def with_base(fit: AnyFit, level: Any) -> AnyFit:
    """The same multinomial fit with its coefficients against another level of the outcome.

    Parameters
    ----------
    fit : Fit
        A fit of :func:`~glmlogit.multinomial`, or of several levels by :func:`~glmlogit.elastic_net`.
    level : level of the outcome
        The new base.

    Returns
    -------
    Fit
        Probabilities, likelihood and tests of variables are those of ``fit``; coefficients are differences of its
        coefficients, ``β_k − β_b``.

    Raises
    ------
    UnsupportedError
        For a fit of another model, and for an offset that is one column.
    DataError
        For a level that the outcome does not have.

    Notes
    -----
    Linear algebra, no iteration (but for separated data and fits with a prior, whose limits and penalties are found
    again). Of a fit of :func:`~glmlogit.elastic_net`, in which every level has coefficients, the differences from
    those of the base, whose exponentials are odds ratios. *Matches* a fit with ``base=level``, Stata's ``mlogit,
    baseoutcome()`` and R's ``relevel``.

    Examples
    --------
    >>> fit = gl.multinomial("race ~ age", gl.datasets.birthwt())
    >>> gl.with_base(fit, "black").params.round(4)
    outcome  term
    white    Intercept   -1.1784
             age          0.1088
    other    Intercept    0.1084
             age          0.0382
    Name: estimate, dtype: float64
    """
    model = model_of(fit)
    base = position(model, level)
    if base == model.base and model.names[base] not in model.compared:
        return fit
    _require_offsets(fit, model)
    return rebased(fit, model.names[base], model.rebased(base), model.against(fit.coefs.beta, base))


def _require_offsets(fit: Estimate, model: MultinomialLogit) -> None:
    """Refuse an offset that is added to all levels but the base: with another base it is another model's."""
    if fit.rows.offset is not None and fit.rows.offset.ndim == 1:
        each = ", ".join(f"{show(name)}: 'column'" for name in model.compared)
        raise UnsupportedError(
            f"the offset is added to the log-odds of every level against {model.names[model.base]}; against another "
            f"base it is not one column. Fit with an offset by level, whose base can be changed: offset={{{each}}}"
        )
