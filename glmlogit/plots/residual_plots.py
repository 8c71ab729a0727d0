"""Pictures of residuals: in bins, against probabilities or a variable, within an envelope, and partial residuals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from glmlogit.diagnostics.binned_residuals import Limits, binned_residuals
from glmlogit.diagnostics.half_normal import half_normal
from glmlogit.diagnostics.linearity import numeric_terms
from glmlogit.diagnostics.residuals import Residual, partial_residuals, residuals
from glmlogit.documents.style import say
from glmlogit.drawing import axes
from glmlogit.drawing.sizes import Width
from glmlogit.errors import DataError
from glmlogit.messages.words import Sentence, joined, sentence
from glmlogit.scoring.lowess import lowess

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]

# Points that a picture shows; a smooth line is of all rows.
MOST_POINTS = 5_000


def binned_plot(
    fit: Estimate,
    against: str = "probability",
    *,
    bins: int | None = None,
    limits: Limits = "model",
    ax: Axes | None = None,
    width: Width | None = None,
) -> Axes:
    """Mean residuals of bins, with two standard errors about 0."""
    return binned_residuals(fit, against, bins, limits=limits).plot(ax, width=width)


def residual_plot(
    fit: Estimate, residual: Residual = "quantile", *, seed: int = 0, ax: Axes | None = None, width: Width | None = None
) -> Axes:
    """Residuals against the linear predictor, with a smooth line."""
    values = residuals(fit, residual, seed=seed)
    if residual == "partial":
        raise DataError('partial residuals have a picture of their own: fit.plot("partial", "age")')
    y = np.asarray(values, dtype=np.float64)
    eta = np.concatenate([part.eta for part in fit.contributions])
    present = np.isfinite(y) & (np.abs(eta) < 1e200)
    x, y = eta[present], y[present]
    ax = axes.axes(ax, 5.2, 3.8, width)
    axes.guide(ax, y=0.0)
    drawn = _thinned(len(x))
    axes.points(ax, x[drawn], y[drawn])
    _smooth(ax, x, y)
    axes.label(
        ax, say("Linear predictor"), say("{kind} residual", kind=say(_KINDS.get(residual, residual.capitalize())))
    )
    parts = [sentence("Line: local mean (lowess, ⅔ of the rows), near 0 where the model fits.")]
    if residual == "quantile":
        parts.append(sentence("Randomised, seed {seed}.", seed=str(seed)))
    axes.caption(ax, joined([*parts, *_share(drawn, x)]))
    return ax


_KINDS = {
    "standardised_deviance": "Standardised deviance",
    "standardised_pearson": "Standardised Pearson",
    "pearson": "Pearson",
}


def partial_plot(fit: Estimate, term: str | None = None, *, ax: Axes | None = None, width: Width | None = None) -> Axes:
    """Partial residuals of a term against its column, with the fitted line and a smooth one."""
    numbers = {t.name: t for t in fit.columns.terms if len(t.columns) == 1 and t.order > 0}
    if term is None:
        term = next((t.name for t in numeric_terms(fit)), next(iter(numbers), None))
    if term not in numbers:
        raise DataError(f"{term!r} is no term of one column; these are {', '.join(numbers) or 'none'}")
    x = fit.rows.matrix.column(numbers[term].columns[0]).astype(np.float64)
    y = partial_residuals(fit)[term].to_numpy()
    present = np.isfinite(y)
    if not present.any():
        raise DataError(f"the coefficient of {term} is infinite: there is no line to draw")
    x, y = x[present], y[present]
    ax = axes.axes(ax, 5.2, 3.8, width)
    drawn = _thinned(len(x))
    # Some residuals of improbable outcomes would press all others into a line.
    low, high = np.quantile(y, [0.02, 0.98])
    reach = 0.6 * (high - low)
    inside = (y >= low - reach) & (y <= high + reach)
    axes.points(ax, x[drawn & inside], y[drawn & inside], color=axes.ink(0.4))
    beta = fit.coefs.beta[numbers[term].columns[0]]
    ends = np.array([x.min(), x.max()])
    counts = fit.rows.row_counts[present]
    line, smooth = axes.looks()[0], axes.looks()[1]
    ax.plot(
        ends,
        beta * (ends - counts @ x / counts.sum()),
        color=line.color,
        linestyle="--",
        linewidth=1.4,
        label=say("fitted"),
    )
    _smooth(ax, x, y, color=smooth.color)
    ax.set_ylim(low - reach, high + reach)
    axes.label(ax, term, say("Partial residual (log-odds)"))
    beyond = int((~inside).sum())
    parts = [sentence(_PARTIAL)]
    if beyond:
        parts.append(sentence("{n} residuals are beyond the picture.", n=beyond))
    axes.caption(ax, joined([*parts, *_share(drawn, x)]))
    return ax


def half_normal_plot(
    fit: Estimate, *, replications: int = 19, seed: int = 0, ax: Axes | None = None, width: Width | None = None
) -> Axes:
    """Ordered absolute deviance residuals within the envelope of simulated outcomes."""
    return half_normal(fit, replications=replications, seed=seed).plot(ax, width=width)


def _thinned(n: int) -> npt.NDArray[np.bool_]:
    """Which rows are drawn as points: all, or an even share of them."""
    keep = np.zeros(n, dtype=bool)
    keep[np.unique(np.linspace(0, n - 1, min(n, MOST_POINTS)).astype(np.intp))] = True
    return keep


_PARTIAL = (
    "Dashed: the fitted line. Solid: local mean of the partial residuals (lowess, ⅔ of the rows, no robust steps)."
)


def _share(drawn: npt.NDArray[np.bool_], x: Array) -> list[Sentence]:
    if drawn.all():
        return []
    return [sentence("{k} of {n} rows are shown as points.", k=int(drawn.sum()), n=len(x))]


def _smooth(ax: Axes, x: Array, y: Array, color: str = "") -> None:
    at, values = lowess(x, y)
    ax.plot(at, values, color=color or axes.looks()[1].color, linewidth=1.6, label=say("local mean"))
