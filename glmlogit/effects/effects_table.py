"""The frame in which effects are returned: a table that keeps its covariance, so that its rows can be tested."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.documents.from_frame import table_from_frame
from glmlogit.documents.naming import said
from glmlogit.documents.pages import Table
from glmlogit.documents.plotted import styled_plot
from glmlogit.documents.write import Written, abridged
from glmlogit.drawing.sizes import Width
from glmlogit.effects.draw_effects import draw_effects
from glmlogit.effects.labels import head_of, in_words
from glmlogit.effects.scales import MEANINGS, Scale
from glmlogit.effects.underlying import Underlying, tested
from glmlogit.inference.multiplicity import Family
from glmlogit.inference.test_result import TestResult
from glmlogit.messages import words
from glmlogit.messages.calls import checked_methods
from glmlogit.messages.lines import columns, filled
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_level
from glmlogit.messages.words import sentence
from glmlogit.numerics.reference import NORMAL, Reference

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from glmlogit.effects.estimates import Estimates
    from glmlogit.estimate.estimate import Estimate


Array = npt.NDArray[np.float64]

# Rows up to which an effects table prints as a page rather than as pandas abbreviates frames.
_PRINTED = 60


@checked_methods
class Effects(Written):
    """A table of effects, with the covariance of its estimates and what the reader must know.

    A pandas DataFrame but for ``to_html``, ``to_markdown`` and ``to_latex``, which give the table as it prints, and
    ``write``, which puts it into a file; what is cut out of it or computed from it is a plain DataFrame.

    Attributes
    ----------
    covariance : DataFrame (k, k)
        Covariance labelled by ``labels``: of the column ``estimate`` as shown (its diagonal is ``std_error`` squared),
        and in tables of ``odds_ratio`` of their logarithms.
    scales : Series
        Where limits of each row are symmetric and its test is made: ``"identity"``, ``"log"`` (ratios), ``"logit"``
        (probabilities), ``"complement"`` (of attributable fractions, log(1 − x)), ``"reciprocal"`` (NNT, of which
        there is no test).
    labels : tuple of str
        A name for each row, as hypotheses use it.
    notes : tuple of Note
        Reasons of NaN, and conventions that matter for these rows.
    """

    _metadata = ["underlying"]  # noqa: RUF012 (pandas' own name for what it pickles)
    underlying: Underlying

    @property
    def covariance(self) -> pd.DataFrame:
        """Covariance of the estimates as shown; of logarithms where odds ratios are shown."""
        shown = self.underlying.cov if self.underlying.shown is None else self.underlying.shown
        return pd.DataFrame(shown.copy(), index=list(self.underlying.labels), columns=list(self.underlying.labels))

    @property
    def scales(self) -> pd.Series[Any]:
        """Where limits and tests of the rows are made."""
        return pd.Series(self.underlying.scales, index=list(self.underlying.labels), dtype=object, name="scale")

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the rows."""
        return self.underlying.labels

    @property
    def notes(self) -> tuple[Note, ...]:
        """What the reader must know."""
        return self.underlying.notes

    def test(self, hypothesis: Any) -> TestResult:
        """Wald test of hypotheses about the effects.

        Parameters
        ----------
        hypothesis : str, list of str, or array of shape (r, k) or (k,)
            ``"GPA = TUCE"`` by the names in ``labels``, about what the table shows: no effect is ``"… = 0"`` of
            differences and ``"… = 1"`` of ratios. A matrix holds combinations of the values on the scales in
            ``scales`` (logarithms of ratios), each tested against zero.

        Returns
        -------
        TestResult
            On the scale of the limits, so that a row's own null has the row's statistic and p-value (also where these
            are adjusted for other rows, which ``method`` says). ``"a = 2*b"``, ``"a / b = 2"`` and ``"a - b = 0"`` of
            ratios are about differences of logarithms; other sums of ratios or probabilities are tested on the scale
            of the estimates, which ``method`` says.

        Raises
        ------
        DataError, FormulaError
            For a value that the effect cannot have, such as a ratio of 0, and text that cannot be read.
        """
        return tested(self.underlying, hypothesis)

    @styled_plot
    def plot(self, ax: Axes | None = None, *, width: Width | None = None) -> Axes:  # type: ignore[override]
        """Draw the rows with their limits, the outcomes of a row side by side.

        It takes the place of what pandas draws of a table; ``DataFrame(effects).plot`` is that.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; default a new figure, as tall as the rows need.
        width : {"column", "page"} or float, optional
            Of a new figure: 85 or 180 mm, or millimetres.

        Returns
        -------
        matplotlib Axes

        Raises
        ------
        DataError
            For rows on several scales (differences and ratios), more than 60 rows or six outcomes.
        ImportError
            Without matplotlib.

        Examples
        --------
        >>> fit = gl.multinomial("race ~ age + smoke", gl.datasets.birthwt())
        >>> gl.predictions(fit, at={"smoke": [0, 1]}).plot().get_xlabel()
        'Probability'
        """
        own = self.underlying
        return draw_effects(pd.DataFrame(self), own.scales, ax, width, own.level, own.quantity)

    def __copy__(self) -> Effects:
        return self._same(deep=False)

    def __deepcopy__(self, memo: Any = None) -> Effects:
        return self._same(deep=True)

    def _same(self, deep: bool) -> Effects:
        again = Effects(pd.DataFrame(self).copy(deep=deep))
        again.underlying = self.underlying
        object.__setattr__(again, "_labels", self._labels)
        return again

    def __repr__(self) -> str:
        if len(self) > _PRINTED:
            notes = (filled(f"- {said(note.text)}", columns(), "  ") for note in self.underlying.notes)
            return "\n".join([abridged(self), *notes])
        return str(self._shown)

    __str__ = __repr__

    def _repr_html_(self) -> str:
        if len(self) > _PRINTED:
            notes = "".join(f"<li>{escape(str(note))}</li>" for note in self.underlying.notes)
            return f"{pd.DataFrame(self)._repr_html_()}<ul>{notes}</ul>"  # type: ignore[operator]
        return str(self._shown.to_html())

    def _page(self) -> Table:
        # Rows with names of their own are different quantities: each has the digits of its own size.
        named = not isinstance(self.index, pd.RangeIndex)
        ratios = [named or s == "log" for s in self.underlying.scales]
        table = table_from_frame(in_words(pd.DataFrame(self)), ratios=ratios, of_data=True)
        heads = tuple(head_of(column, self.underlying.level) for column in table.columns)
        return replace(table, columns=heads, notes=tuple(note.text for note in self.underlying.notes))


def effects_of(
    fit: Estimate,
    labels: pd.DataFrame,
    estimates: Estimates,
    cov: Array,
    level: float | None,
    notes: Sequence[Note],
    *,
    scale: Scale = "identity",
    null: bool = True,
    quantity: str = "",
) -> Effects:
    """Estimates as a table: labels, estimate, standard error, test against no effect, limits."""
    notes, level = [*notes, *population_notes(fit)], check_level(level, fit.level)
    columns = columns_of(estimates.values, cov, level, scale, null, fit.reference)
    table = pd.concat([labels.reset_index(drop=True), columns], axis=1)
    underlying = underlying_of(labels, estimates, cov, (scale,) * len(table), notes, fit.reference, level)
    return as_effects(table, replace(underlying, quantity=quantity))


def population_notes(fit: Estimate) -> tuple[Note, ...]:
    """Whose probabilities they are, where that is not the sample's population."""
    return () if fit.weighting is None else (fit.weighting.population_note,)


def columns_of(
    value: Array,
    cov: Array,
    level: float,
    scale: Scale = "identity",
    null: bool = True,
    reference: Reference = NORMAL,
    family: Family | None = None,
) -> pd.DataFrame:
    """Estimate, standard error, test against no effect, limits.

    ``scale`` is where values and covariance are given and limits symmetric; ``std_error`` is of the estimate shown,
    ``std_error_log``, of ratios, of its logarithm. ``null=False`` leaves the test out; ``family`` adjusts it, and the
    limits, for the other rows.
    """
    meaning = MEANINGS[scale]
    with np.errstate(invalid="ignore"):
        error = np.sqrt(np.diagonal(cov))
    half = (reference.quantile(level) if family is None else family.quantile(level)) * error
    columns = {"estimate": meaning.shown(value), "std_error": meaning.slope(value) * error}
    if meaning.logarithmic:
        columns["std_error_log"] = error
    if null:
        with np.errstate(divide="ignore", invalid="ignore"):
            columns["statistic"] = np.where(error > 0, value / error, np.nan)
        columns["p_value"] = (reference if family is None else family).pvalue(columns["statistic"])
    columns["conf_low"], columns["conf_high"] = meaning.limits(value - half, value + half)
    if meaning.decreasing and null:
        columns["statistic"] = -columns["statistic"]
    return pd.DataFrame(columns)


def underlying_of(
    labels: pd.DataFrame,
    estimates: Estimates,
    cov: Array,
    scales: Sequence[Scale],
    notes: Sequence[Note],
    reference: Reference,
    level: float,
) -> Underlying:
    """What a table of estimates carries: values and covariance on their scales, names, reasons."""
    slope = np.array([MEANINGS[s].slope(estimates.values[i : i + 1])[0] for i, s in enumerate(scales)])
    reasons = tuple(a or b for a, b in zip(estimates.reasons, estimates.error_reasons, strict=True))
    with np.errstate(invalid="ignore", over="ignore"):
        shown = cov * np.outer(slope, slope)
    names = tuple(names_of(labels))
    why = reasons_of(names, estimates) if any(reasons) else []
    notes = tuple(dict.fromkeys((*notes, *why)))
    return Underlying(estimates.values, cov, names, notes, reference, tuple(scales), shown, reasons, level=level)


def as_effects(table: pd.DataFrame, underlying: Underlying) -> Effects:
    """A table with what it carries."""
    effects = Effects(table)
    effects.underlying = underlying
    return effects


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
        where = ",".join(f"{key}={words.short(row[key])}" for key in rest)
        names.append("|".join(part for part in (name, where) if part))
    names = [name or "all" for name in names]
    return names if len(set(names)) == len(names) else [f"{name}#{i}" for i, name in enumerate(names)]


def reasons_of(names: Sequence[str], estimates: Estimates) -> list[Note]:
    """Why estimates or standard errors are NaN, the rows of one reason together."""
    rows: dict[str, list[str]] = {}
    for name, reason, error_reason in zip(names, estimates.reasons, estimates.error_reasons, strict=True):
        if reason:
            rows.setdefault(sentence("NA: {why}", why=reason), []).append(name)
        elif error_reason:
            rows.setdefault(sentence("no standard error: {why}", why=error_reason), []).append(name)
    return [
        Note("not_estimable", sentence("{names}: {reason}.", names=[*same[:5], *["…"][: len(same) > 5]], reason=reason))
        for reason, same in rows.items()
    ]
