"""The frame in which effects are returned: a table that keeps its covariance, so that its rows can be tested."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit import _format
from glmlogit._constraints import linear_constraints
from glmlogit._kernels import tails
from glmlogit._reference import NORMAL, Reference
from glmlogit.errors import DataError, NotEstimableError
from glmlogit.hypothesis import TestResult, quadratic, result_of
from glmlogit.intake import Note

if TYPE_CHECKING:
    from glmlogit.averages import Estimates
    from glmlogit.fit import Fit

Array = npt.NDArray[np.float64]
Scale = Literal["identity", "log", "logit"]

# Rows up to which an effects table prints as a page rather than as pandas abbreviates frames.
_PRINTED = 60
# Variance of a difference, as a share of those of its parts, that is rounding.
SAME_EFFECT = 1e-13
_LINEAR = ("estimate", "std_error", "conf_low", "conf_high")


@dataclass(frozen=True, eq=False)
class Kept:
    """What a table of effects carries beside its cells."""

    values: Array
    cov: Array
    labels: tuple[str, ...]
    notes: tuple[Note, ...]
    reference: Reference = NORMAL


class Effects(pd.DataFrame):
    """A table of effects, with the covariance of its estimates and what the reader must know.

    A pandas DataFrame in every respect; what is cut out of it or computed from it is a plain DataFrame.

    Attributes
    ----------
    covariance : DataFrame (k, k)
        Covariance of the estimates (of their logarithms where odds ratios are shown), labelled by ``labels``.
    labels : tuple of str
        A name for each row, as hypotheses use it.
    notes : tuple of Note
        Reasons of NaN, and conventions that matter for these rows.
    """

    _metadata = ["kept"]  # noqa: RUF012 (pandas' own name for what it pickles)
    kept: Kept

    @property
    def covariance(self) -> pd.DataFrame:
        """Covariance of the estimates."""
        return pd.DataFrame(self.kept.cov.copy(), index=list(self.kept.labels), columns=list(self.kept.labels))

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the rows."""
        return self.kept.labels

    @property
    def notes(self) -> tuple[Note, ...]:
        """What the reader must know."""
        return self.kept.notes

    def test(self, hypothesis: Any) -> TestResult:
        """Wald test of linear hypotheses about the effects.

        Parameters
        ----------
        hypothesis : str or array of shape (r, k) or (k,)
            ``"GPA = TUCE"`` by the names in ``labels``, or a matrix of combinations tested against zero.

        Returns
        -------
        TestResult
        """
        if isinstance(hypothesis, str):
            matrix, values = linear_constraints(hypothesis, self.kept.labels)
            null = hypothesis
        else:
            matrix = np.atleast_2d(np.asarray(hypothesis, dtype=float))
            values, null = np.zeros(len(matrix)), f"{len(matrix)} combination{'s' if len(matrix) > 1 else ''} = 0"
        if matrix.shape[1] != len(self.kept.labels) or not np.isfinite(matrix).all():
            raise DataError(
                f"the hypothesis has {matrix.shape[1]} columns; give one for each of the {len(self.kept.labels)} "
                f"effects: {', '.join(self.kept.labels[:8])}"
            )
        used = (matrix != 0).any(axis=0)
        estimate = self.kept.values
        if not np.isfinite(self.kept.cov[np.ix_(used, used)]).all() or not np.isfinite(estimate[used]).all():
            return result_of(np.nan, len(matrix), "Wald test", null, "an effect in it has no standard error")
        rows, cov = matrix[:, used], self.kept.cov[np.ix_(used, used)]
        spread = rows @ cov @ rows.T
        if (np.diagonal(spread) <= SAME_EFFECT * (rows * rows @ np.diagonal(cov))).any():
            return result_of(np.nan, len(matrix), "Wald test", null, "effects in it do not vary apart from each other")
        return quadratic(rows, rows @ estimate[used] - values, spread, null, self.kept.reference)

    def __repr__(self) -> str:
        if len(self) > _PRINTED:
            return "\n".join([super().__repr__(), *(f"- {note}" for note in self.kept.notes)])
        return str(self._page())

    __str__ = __repr__

    def _repr_html_(self) -> str:
        if len(self) > _PRINTED:
            notes = "".join(f"<li>{escape(str(note))}</li>" for note in self.kept.notes)
            return f"{pd.DataFrame(self)._repr_html_()}<ul>{notes}</ul>"  # type: ignore[operator]
        return str(self._page().to_html())

    def _page(self) -> Any:
        from glmlogit.documents import table_from_frame

        # Rows with names of their own are different quantities: each has the digits of its own size.
        named = () if isinstance(self.index, pd.RangeIndex) else _LINEAR
        table = table_from_frame(pd.DataFrame(self), formats={column: "ratio" for column in named if column in self})
        return replace(table, notes=tuple(str(note) for note in self.kept.notes))


def prepared(fit: Fit, cov: str | None, instead: str = "") -> Fit:
    """The fit with the covariance asked for; an error where it has no estimate to speak of.

    ``instead`` names an option that makes standard errors from the rows, beside which no covariance can be given.
    """
    if not fit.maximum.reached:
        raise NotEstimableError(f"the fit has no estimate to compute effects from: {fit.status.value}")
    if instead and cov is not None:
        raise DataError(f"{instead} makes standard errors from the rows themselves; leave out cov={cov!r}")
    return fit if cov is None else fit.with_cov(cov)


def effects_of(
    labels: pd.DataFrame,
    estimates: Estimates,
    cov: Array,
    level: float,
    *,
    scale: Scale = "identity",
    null: bool = True,
    notes: Sequence[Note] = (),
    reference: Reference = NORMAL,
) -> Effects:
    """Estimates as a table: labels, estimate, standard error, test against no effect, limits."""
    columns, cov = columns_of(estimates.values, cov, level, scale, null, reference)
    table = pd.concat([labels.reset_index(drop=True), columns], axis=1)
    values = columns["estimate"].to_numpy()
    return framed(table, values, cov, names_of(labels), (*notes, *reasons_of(labels, estimates)), reference)


def columns_of(
    value: Array,
    cov: Array,
    level: float,
    scale: Scale = "identity",
    null: bool = True,
    reference: Reference = NORMAL,
) -> tuple[pd.DataFrame, Array]:
    """Estimate, standard error, test against no effect, limits; and the covariance of the estimates as shown.

    ``scale`` is where values and covariance are given and limits symmetric; they are shown exponentiated
    (``"log"``) or as probabilities (``"logit"``). ``null=False`` leaves the test out.
    """
    with np.errstate(invalid="ignore"):
        error = np.sqrt(np.diagonal(cov))
    half = reference.quantile(level) * error
    shown, derivative = _back(value, scale)
    columns = {"estimate": shown, "std_error": derivative * error}
    if null:
        with np.errstate(divide="ignore", invalid="ignore"):
            columns["statistic"] = np.where(error > 0, value / error, np.nan)
        columns["p_value"] = reference.pvalue(columns["statistic"])
    columns["conf_low"], columns["conf_high"] = _back(value - half, scale)[0], _back(value + half, scale)[0]
    return pd.DataFrame(columns), cov * np.outer(derivative, derivative)


def framed(
    table: pd.DataFrame,
    values: Array,
    cov: Array,
    labels: Sequence[str],
    notes: Sequence[Note],
    reference: Reference = NORMAL,
) -> Effects:
    """A table with its values, their covariance, and notes."""
    effects = Effects(table)
    effects.kept = Kept(values, cov, tuple(labels), tuple(dict.fromkeys(notes)), reference)
    return effects


def _back(value: Array, scale: Scale) -> tuple[Array, Array]:
    """Values on the scale of the reader, and the derivative of going there."""
    if scale == "log":
        with np.errstate(over="ignore"):
            shown = np.exp(value)
        return shown, shown
    if scale == "logit":
        p, q = tails(value)
        p, q = np.where(np.isnan(value), np.nan, p), np.where(np.isnan(value), np.nan, q)
        return p, p * q
    return value, np.ones_like(value)


def names_of(labels: pd.DataFrame) -> list[str]:
    """A unique name for each row: ``age``, ``race[black - white]``, ``age|smoke=1``."""
    first = [name for name in ("variable", "contrast", "estimand") if name in labels]
    rest = [name for name in labels if name not in first]
    names = []
    several = "estimand" in labels and len(set(labels["estimand"])) > 1
    for row in labels.to_dict(orient="records"):
        name = str(row.get("variable", ""))
        plain = row.get("contrast") in (None, "", "dydx", "eyex", "eydx", "dyex")
        name = name if plain else f"{name}[{row['contrast']}]" if name else str(row["contrast"])
        name = f"{name}:{row['estimand']}" if several else name
        where = ",".join(f"{key}={_format.short(row[key])}" for key in rest)
        names.append("|".join(part for part in (name, where) if part))
    names = [name or "all" for name in names]
    return names if len(set(names)) == len(names) else [f"{name}#{i}" for i, name in enumerate(names)]


def reasons_of(labels: pd.DataFrame, estimates: Estimates) -> list[Note]:
    """Why estimates or standard errors are NaN, the rows of one reason together."""
    rows: dict[str, list[str]] = {}
    for name, reason, unsure in zip(names_of(labels), estimates.reasons, estimates.unsure, strict=True):
        if reason:
            rows.setdefault(f"NA: {reason}", []).append(name)
        elif unsure:
            rows.setdefault(f"no standard error: {unsure}", []).append(name)
    return [
        Note("not_estimable", f"{', '.join(names[:5])}{', …' if len(names) > 5 else ''}: {reason}.")
        for reason, names in rows.items()
    ]
