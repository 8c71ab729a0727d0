"""The parts of the regression table: options, lines of crude and adjusted numbers, the object returned."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Summary
from glmlogit.documents.style import PLAIN, Style, active, chosen, using
from glmlogit.drawing.sizes import Width
from glmlogit.estimate.estimate import Estimate
from glmlogit.formula.spec import Term
from glmlogit.inference.evidence import TEST_OF, Evidence, Method, evidence
from glmlogit.inference.odds_ratios import ratio_table
from glmlogit.inference.profile_path import why_no_profile
from glmlogit.inference.test_result import TestResult
from glmlogit.messages.labels import Labels, in_force
from glmlogit.messages.notes import Note
from glmlogit.messages.units import Unit
from glmlogit.plots.forest_plot import forest_plot
from glmlogit.prediction.predictors import are_shared
from glmlogit.publication.variables import TableVariable
from glmlogit.terms.term_tests import joint_test

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class AssociationTable(Paged):
    """Crude and adjusted odds ratios of every variable, as :func:`table` returns them.

    It prints as a page; ``write`` puts the page into a file.

    Attributes
    ----------
    frame : DataFrame
        The numbers, a row a level or numeric variable, of several outcomes for each but the base; columns as in
        :func:`table`.
    summary : Summary
        The page to read.
    notes : tuple of Note
        What the reader must know.
    adjusted : Fit
        The model of all terms.
    crude : dict of str to Fit
        The model of each variable alone, by the names of its terms.
    style : Style or None
        The style it was asked for in; None for that of the place where it is printed.
    metrics : DataFrame or None
        The row of numbers of the adjusted model, with ``metrics=``; also in JSON and in the workbook.

    Examples
    --------
    >>> result = gl.table("low ~ smoke", gl.datasets.birthwt())
    >>> print("\\n".join(result.to_markdown().splitlines()[9:12]))
    | Variable | Events/n (%) | Crude OR \\[95% CI\\] | p | Adjusted OR \\[95% CI\\] | p |
    | :--- | ---: | ---: | ---: | ---: | ---: |
    | smoke |  |  | 0.027 |  | 0.027 |
    >>> result.to_html().startswith("<div"), "booktabs" in result.to_latex()
    (True, True)
    >>> result.write("smoke.md", style="bmj")
    >>> result.styled("lancet", language="de").to_markdown().splitlines()[2]
    '| Variable | Ereignisse/n (%) | Rohe OR (95-%-KI) | p-Wert | Adjustierte OR (95-%-KI) | p-Wert |'
    """

    frame: pd.DataFrame
    summary: Summary
    notes: tuple[Note, ...]
    adjusted: Estimate
    crude: Mapping[str, Estimate]
    style: Style | None = None
    _restyled: Callable[[Style], Summary] | None = None
    metrics: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "_styled", self.style)

    def styled(
        self,
        style: str | Style | None = None,
        *,
        digits: int | str | None = None,
        p_digits: int | None = None,
        language: str | None = None,
        labels: Mapping[str, Any] | None = None,
    ) -> AssociationTable:
        """Return the same table in another :func:`style`, or with other labels, without fitting again."""
        with using(self.style):
            look = chosen(style, digits, p_digits, language)
        assert self._restyled is not None
        with using(labels=labels):
            return replace(self, style=look, summary=self._restyled(look))

    def plot(self, ax: Axes | None = None, *, width: Width | None = None) -> Axes:
        """Draw crude and adjusted odds ratios side by side, as :func:`forest_plot` does.

        ``width`` of a new figure: ``"column"``, ``"page"`` or millimetres.
        """
        return forest_plot(self, ax=ax, width=width)

    @property
    def _page(self) -> Summary:
        """The page, as strings: in the style it was asked for in, else in the active one."""
        if self._restyled is None:
            return self.summary
        renamed = in_force().over(self._labels) != self._labels
        if self.style is not None:
            return self._restyled(self.style) if renamed else self.summary
        return self.summary if active() == PLAIN and not renamed else self._restyled(active())


# --- what is asked for --------------------------------------------------------------------------
@dataclass(frozen=True)
class TableOptions:
    """Options of the table: confidence level, method, units by term, labels by name.

    ``by_outcome`` tells that numbers stand in a column for each outcome.
    """

    level: float
    method: Method | None
    units: Mapping[str, Unit]
    labels: Labels
    by_outcome: bool = False

    def evidence(self, fit: Estimate) -> Evidence:
        """Tests and limits of the coefficients of a fit."""
        return evidence(fit, self.level, self.method)

    def ratios(self, fit: Estimate, inference: Evidence) -> pd.DataFrame:
        """Odds ratios of a fit, in the units of its terms."""
        units = {term: unit for term, unit in self.units.items() if term in fit.columns.names}
        return ratio_table(fit, inference, units)

    def test(self, fit: Estimate, terms: Sequence[Term], inference: Evidence | None) -> TestResult:
        """The test of some terms that the limits belong to; likelihood ratio where an estimate is infinite."""
        own = fit.coefs.of_columns(j for term in terms for j in term.columns)
        if inference is not None and self.method == "score" and fit.coefs.separated and len(own) == 1:
            return _test_of_row(fit, own[0], inference)  # drop1 has none where the smaller model separates rows
        infinite = any(fit.coefs.states[k].infinite for k in own)
        if self.method == "wald" and infinite and not why_no_profile(fit):
            return joint_test(fit, terms, "lr")
        return joint_test(fit, terms, TEST_OF[self.method or "wald"])


# --- odds ratios and tests ----------------------------------------------------------------------
@dataclass(frozen=True)
class ModelColumn:
    """One model's numbers for one variable: odds ratios and limits (r, m, 3) of its rows, and the test of all of them.

    A row has an odds ratio, or one for each of m levels of the outcome against the base, or of m cuts. ``test`` is None
    where the model has none. ``finite`` (r, m) marks finite coefficients, of which an odds ratio of 0 or infinity is an
    overflow.
    """

    ratios: Array
    finite: npt.NDArray[np.bool_]
    test: TestResult | None


def compared(fit: Estimate) -> tuple[Any, ...]:
    """The levels, or cuts between them, that have odds ratios of their own; one that is empty where all share them."""
    index = fit.params.index
    if "outcome" in index.names:
        return tuple(index.get_level_values("outcome").unique())
    columns = np.ones(len(fit.columns.names), dtype=bool)
    columns[list(fit.columns.constants)] = False
    return ("",) if are_shared(fit, columns) else fit.sample.outcome.cuts


def places_of(fit: Estimate, term: str) -> list[int]:
    """Positions of the coefficients of a column: one, or one for each level, or cut, that has odds ratios of its own.

    Cuts that share a coefficient have its position each.
    """
    column = fit.columns.names.index(term)
    return [int(at[column]) for at in fit.coefs.places[: len(compared(fit))]]


@dataclass(frozen=True)
class TableLine:
    """A variable of the table with its crude and its adjusted numbers."""

    variable: TableVariable
    crude: ModelColumn
    adjusted: ModelColumn


def _test_of_row(fit: Estimate, place: int, inference: Evidence) -> TestResult:
    """The test that the limits of the coefficient at a place belong to."""
    statistic, p = (float(inference.rows[name].iloc[place]) for name in ("statistic", "p_value"))
    return TestResult(statistic, 1, p, "Score test", "", "" if math.isfinite(p) else _no_test(fit, place))


def _no_test(fit: Estimate, place: int) -> str:
    if fit.coefs.states[place].aliased:
        return "an aliased coefficient has no estimate"
    return why_no_profile(fit) or "the likelihood could not be maximised without it"
