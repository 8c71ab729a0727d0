"""Binned residuals: mean residuals of rows of about the same probability, or of about the same value of a variable."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.diagnostics.cases import Cases, cases_of
from glmlogit.diagnostics.pictures import draw_binned
from glmlogit.documents.formatting import number, numeral
from glmlogit.documents.from_frame import table_from_frame
from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Summary
from glmlogit.drawing.sizes import Width
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_choice
from glmlogit.messages.words import Name, plural, sentence
from glmlogit.numerics.kernels import tails

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]
Limits = Literal["model", "arm"]

# Digits to which linear predictors are compared: rows of equal probability are not split by rounding.
SAME_DIGITS = 13


@dataclass(frozen=True, eq=False, repr=False)
class BinnedResiduals(Paged):
    """Mean residuals by bin, with two standard errors of the model.

    Attributes
    ----------
    table : DataFrame
        A row a bin: ``n`` trials, ``low high mean`` of what bins are of, ``residual`` (mean of y − p), and ``limit``,
        two standard errors.
    against : str
        What the bins are of.
    limits : str
    notes : tuple of Note
    rows : str
        Which rows these are.
    """

    table: pd.DataFrame
    against: str
    limits: str
    notes: tuple[Note, ...] = ()
    rows: str = "apparent (training rows)"

    @property
    def outside(self) -> int:
        """Number of bins beyond two standard errors, of which some 5 % are expected."""
        return int((self.table["residual"].abs() > self.table["limit"]).sum())

    def plot(self, ax: Axes | None = None, *, width: Width | None = None) -> Axes:
        """Draw mean residuals of the bins with two standard errors about 0.

        ``width`` of a new figure: ``"column"``, ``"page"`` or millimetres.
        """
        return draw_binned(self, ax, width)

    @property
    def _title(self) -> str:
        if self.against == "probability":
            return "Mean residuals by bins of probability"
        return sentence("Mean residuals by bins of {name}", name=Name(self.against))

    @property
    def _page(self) -> Summary:
        expected = 0.05 * len(self.table)
        text = sentence(
            "{bins} of {n} beyond two standard errors, where {expected} are expected of a model that fits.",
            bins=plural(self.outside, "bin"),
            n=len(self.table),
            expected=numeral(expected, 2),
        )
        formats = {str(c): _three for c in self.table if c != "n"}
        return Summary(
            title=self._title,
            header=(("Rows", self.rows),),
            tables=(table_from_frame(self.table, formats=formats),),
            notes=(text, *(note.text for note in self.notes)),
            coefficients=self.table.reset_index(),
        )


def _three(values: Any) -> list[str]:
    return [number(float(x), 3) for x in values]


def binned_residuals(
    fit: Estimate, against: str = "probability", bins: int | None = None, *, limits: Limits = "model"
) -> BinnedResiduals:
    """Mean residuals of rows of about the same probability, or of about the same value of a variable.

    Parameters
    ----------
    fit : Fit
        The fit, of any estimator of this package.
    against : str
        ``"probability"``, or a column of the model, such as ``"age"``.
    bins : int, optional
        Number of bins that are aimed at; default √n from 100 trials on, 10 from 11, else half of them.
    limits : {"model", "arm"}
        Two standard errors by the model, 2·√(Σpq)/n; or by the spread of the residuals of a bin, as R's ``arm``, which
        is 0 where they are equal.

    Returns
    -------
    BinnedResiduals
        ``.table``: ``n low high mean residual limit``, and how many bins are ``.outside``. Values that are equal stay
        in one bin.

    Raises
    ------
    DataError
        For a variable that is no column of the model, or bins that are no number.
    UnsupportedError
        With sampling or precision weights, which count nothing.

    Notes
    -----
    Gelman & Hill 2007, §5.6. Grouped rows and frequency weights by their trials. *Matches* R's ``arm::binned.resids``
    in its bins, and with ``limits="arm"`` in its limits.

    Examples
    --------
    >>> import glmlogit as gl
    >>> fit = gl.logit("low ~ age + lwt + smoke", gl.datasets.load("birthwt"))
    >>> gl.binned_residuals(fit, "age", bins=4).table["residual"].round(3).tolist()
    [-0.054, -0.029, 0.092, -0.003]
    """
    check_choice("limits", limits, ("model", "arm"))
    if fit.sample.uncounted:
        raise UnsupportedError(f"means of residuals count trials, and {fit.sample.uncounted} count nothing")
    cases = cases_of(fit, "row")
    trials = (cases.events + cases.nonevents) * cases.copies
    key, x, name = _against(fit, cases, against)
    place = _places(key, trials, _bins(bins, float(trials.sum())))
    return BinnedResiduals(_table(cases, x, trials, place, limits), name, limits)


def _bins(bins: int | None, n: float) -> int:
    if bins is None:
        return math.floor(math.sqrt(n)) if n >= 100 else 10 if n > 10 else max(math.floor(n / 2), 1)
    if not isinstance(bins, Integral) or isinstance(bins, bool) or bins < 1:
        raise DataError(f"bins={bins!r}; give a whole number of bins")
    return int(bins)


def _against(fit: Estimate, cases: Cases, name: str) -> tuple[Array, Array, str]:
    """Values (n,) that rows are ordered by, what of them is shown, and what they are called."""
    if name == "probability":
        return rounded(cases.eta), tails(cases.eta)[0], name
    if name not in fit.coefs.labels:
        names = ", ".join(map(repr, fit.coefs.labels))
        raise DataError(f'against={name!r} is no column of the model; give "probability" or one of {names}')
    column = fit.rows.matrix.column(fit.coefs.labels.index(name)).astype(np.float64)
    return column, column, name


def rounded(eta: Array) -> Array:
    """Linear predictors to 13 significant digits."""
    size = np.floor(np.log10(np.where(eta != 0, np.abs(eta), 1.0)))
    unit = 10.0 ** np.clip(SAME_DIGITS - 1 - size, -300, 300)
    return np.where(np.abs(eta) < 1e200, np.round(eta * unit) / unit, eta)


def _places(x: Array, trials: Array, count: int) -> Positions:
    """Bins (n,), from 0, of about equal numbers of trials; cuts lie between values, below one that would be split."""
    order = np.argsort(x, kind="stable")
    ordered, reached = x[order], np.cumsum(trials[order])
    last = np.floor(reached[-1] * np.arange(1, count) / count + 1e-9)
    if not (last > 0).all():
        return np.zeros(len(x), dtype=np.intp)
    above = ordered[np.minimum(np.searchsorted(reached, last + 1.0 - 1e-9), len(x) - 1)]
    values = np.unique(x)
    place = np.searchsorted(values, above)
    below = values[np.maximum(place - 1, 0)]
    cuts = np.unique((below + (above - below) / 2.0)[place > 0])
    _, place = np.unique(np.searchsorted(cuts, x, side="left"), return_inverse=True)
    return place.ravel()


def _table(cases: Cases, x: Array, trials: Array, place: Positions, limits: Limits) -> pd.DataFrame:
    def summed(values: Array) -> Array:
        return np.bincount(place, values).astype(np.float64)

    n = summed(trials)
    residual = summed(cases.residual * cases.copies) / n
    if limits == "model":
        limit = 2.0 * np.sqrt(summed(cases.weight * cases.copies)) / n
    else:
        p, q = tails(cases.eta)
        squares = summed(cases.copies * (cases.events * q**2 + cases.nonevents * p**2)) - n * residual**2
        limit = 2.0 * np.sqrt(np.maximum(squares, 0.0) / np.where(n > 1, n - 1.0, np.nan) / n)
    low, high = np.full(len(n), np.inf), np.full(len(n), -np.inf)
    np.minimum.at(low, place, x)
    np.maximum.at(high, place, x)
    return pd.DataFrame(
        {"n": n, "low": low, "high": high, "mean": summed(x * trials) / n, "residual": residual, "limit": limit},
        index=pd.RangeIndex(1, len(n) + 1, name="bin"),
    )
