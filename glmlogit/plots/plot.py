"""The verb ``plot``: a picture of a fit by the name of its kind."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from glmlogit.documents.style import Printing
from glmlogit.drawing.sizes import Width
from glmlogit.errors import DataError
from glmlogit.plots.decision_boundary import decision_boundary
from glmlogit.plots.effect_plot import effect_plot
from glmlogit.plots.forest_plot import forest_plot
from glmlogit.plots.influence_plot import influence_plot
from glmlogit.plots.interaction_plot import interaction_plot
from glmlogit.plots.judged_plots import JUDGED
from glmlogit.plots.printing import printing_of
from glmlogit.plots.residual_plots import binned_plot, half_normal_plot, partial_plot, residual_plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from glmlogit.estimate.estimate import Estimate


def plot(
    fit: Estimate,
    kind: str = "forest",
    *variables: str,
    ax: Axes | None = None,
    width: Width | None = None,
    **options: Any,
) -> Axes:
    """Plot a fit: odds ratios, predictions over a variable, residuals and influential rows, or how good it is.

    Parameters
    ----------
    fit : Fit
        The fit, of any estimator of this package.
    kind : str
        ``"forest"``, ``"effect"``, ``"interaction"``: :func:`~glmlogit.forest_plot`, :func:`~glmlogit.effect_plot`,
        :func:`~glmlogit.interaction_plot`. ``"binned"``: mean residuals (:func:`~glmlogit.binned_residuals`; a column,
        ``bins=``, ``limits=``). ``"residual"``: against the linear predictor (a kind of :func:`~glmlogit.residuals`,
        ``seed=``). ``"partial"``: partial residuals of a term. ``"half_normal"``: :func:`~glmlogit.half_normal`
        (``replications=``, ``seed=``). ``"influence"``: :func:`~glmlogit.influence` (``by=``,
        ``against="leverage"`` or ``"probability"``). ``"boundary"``: :func:`~glmlogit.decision_boundary`.
        ``"roc"``, ``"precision_recall"``, ``"calibration"``, ``"thresholds"``, ``"decision"``, ``"gain"``: pictures of
        :func:`~glmlogit.roc` and the like, in the rows these take (``data=``, ``resampling=``).
    variables : str
        None for a forest, one for an effect, two for an interaction or a boundary: ``fit.plot("effect", "age")``.
    ax : matplotlib Axes, optional
        Where to draw; default a new figure.
    width : {"column", "page"} or float, optional
        Of a new figure: 85 or 180 mm, or millimetres.
    options
        Those of the function, and ``style=``, ``digits=``, ``p_digits=``, ``language=``, ``labels=`` of any kind.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    DataError
        For another kind, and for variables or options that the function does not take.
    ImportError
        Without matplotlib.

    Notes
    -----
    *Matches* the function of each kind exactly: this is the verb ``fit.plot``.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + smoke", gl.datasets.birthwt())
    >>> fit.plot("effect", "age").get_ylabel()
    'Probability of low = 1'
    """
    kinds = {
        "forest": forest_plot,
        "effect": effect_plot,
        "interaction": interaction_plot,
        "binned": binned_plot,
        "residual": residual_plot,
        "partial": partial_plot,
        "half_normal": half_normal_plot,
        "influence": influence_plot,
        "boundary": decision_boundary,
        **JUDGED,
    }
    if not isinstance(kind, str) or kind not in kinds:
        raise DataError(f"kind={kind!r} is no plot of a fit; give one of {', '.join(map(repr, kinds))}")
    draw: Any = kinds[kind]
    signature = inspect.signature(draw)
    own, printing = _parted(signature, options)
    try:
        if unknown := [name for name in own if name not in {*signature.parameters, *Printing.__annotations__}]:
            raise TypeError(f"got an unexpected keyword argument {unknown[0]!r}")
        signature.bind(fit, *variables, ax=ax, width=width, **own)
    except TypeError as error:
        raise DataError(f"a plot of kind {kind!r}: {error}; it takes {', '.join(_taken(signature))}") from None
    with printing_of(fit, printing):
        drawn: Axes = draw(fit, *variables, ax=ax, width=width, **own)
    return drawn


def _parted(signature: inspect.Signature, options: dict[str, Any]) -> tuple[dict[str, Any], Printing]:
    """Options that the function of a plot takes, and those of style and labels that it leaves to this verb."""
    if any(p.kind is p.VAR_KEYWORD for p in signature.parameters.values()):
        return options, {}
    printing: Any = {name: value for name, value in options.items() if name in Printing.__annotations__}
    return {name: value for name, value in options.items() if name not in printing}, printing


def _taken(signature: inspect.Signature) -> list[str]:
    """Names of the arguments of a plot behind its fit."""
    names = [name for name, p in signature.parameters.items() if p.kind is not p.VAR_KEYWORD][1:]
    return [*names, *(name for name in Printing.__annotations__ if name not in names)]
