"""The parts of the regression table: options, lines of crude and adjusted numbers, the object returned."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Summary
from glmlogit.estimate.estimate import Estimate
from glmlogit.formula.spec import Term
from glmlogit.inference.evidence import TEST_OF, Evidence, Method, evidence
from glmlogit.inference.odds_ratios import ratio_table
from glmlogit.inference.profile_path import why_no_profile
from glmlogit.inference.term_tests import joint_test
from glmlogit.inference.test_result import TestResult
from glmlogit.messages.notes import Note
from glmlogit.publication.variables import TableVariable

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class AssociationTable(Paged):
    """Crude and adjusted odds ratios of every variable, as :func:`table` returns them.

    It prints as a page; ``write`` puts the page into a file.

    Attributes
    ----------
    frame : DataFrame
        The numbers, a row a level or numeric variable; columns as in :func:`table`.
    summary : Summary
        The page to read.
    notes : tuple of Note
        What the reader must know.
    adjusted : Fit
        The model of all terms.
    crude : dict of str to Fit
        The model of each variable alone, by the names of its terms.

    Examples
    --------
    >>> result = gl.table("low ~ smoke", gl.datasets.birthwt())
    >>> print("\\n".join(result.to_markdown().splitlines()[9:12]))
    | Variable | Events/n (%) | Crude OR \\[95% CI\\] | p | Adjusted OR \\[95% CI\\] | p |
    | :--- | ---: | ---: | ---: | ---: | ---: |
    | smoke |  |  | 0.027 |  | 0.027 |
    >>> result.to_html().startswith("<div"), "booktabs" in result.to_latex()
    (True, True)
    >>> result.write("smoke.md")
    """

    frame: pd.DataFrame
    summary: Summary
    notes: tuple[Note, ...]
    adjusted: Estimate
    crude: Mapping[str, Estimate]

    @property
    def _page(self) -> Summary:
        """The page, as strings."""
        return self.summary


# --- what is asked for --------------------------------------------------------------------------
@dataclass(frozen=True)
class TableOptions:
    """Options of the table: confidence level, method, units by term, labels by name."""

    level: float
    method: Method | None
    units: Mapping[str, Any]
    labels: Mapping[str, str]

    def evidence(self, fit: Estimate) -> Evidence:
        """Tests and limits of the coefficients of a fit."""
        return evidence(fit, self.level, self.method)

    def ratios(self, fit: Estimate, inference: Evidence) -> pd.DataFrame:
        """Odds ratios of a fit, in the units of its terms."""
        units = {term: unit for term, unit in self.units.items() if term in fit.params.index}
        return ratio_table(fit, inference, units)

    def test(self, fit: Estimate, terms: Sequence[Term], inference: Evidence | None) -> TestResult:
        """The test of some terms that the limits belong to; likelihood ratio where an estimate is infinite."""
        columns = [j for term in terms for j in term.columns]
        if inference is not None and self.method == "score" and fit.coefs.separated and len(columns) == 1:
            return _test_of_row(fit, columns[0], inference)  # drop1 has none where the smaller model separates rows
        infinite = any(fit.coefs.states[j].infinite for j in columns)
        if self.method == "wald" and infinite and not why_no_profile(fit):
            return joint_test(fit, terms, "lr")
        return joint_test(fit, terms, TEST_OF[self.method or "wald"])


# --- odds ratios and tests ----------------------------------------------------------------------
@dataclass(frozen=True)
class ModelColumn:
    """One model's numbers for one variable: odds ratio and limits (r, 3) of its rows, and the test of all of them.

    ``test`` is None where the model has none. ``finite`` (r,) marks rows whose coefficient is finite, for which an odds
    ratio of 0 or infinity is an overflow.
    """

    ratios: Array
    finite: tuple[bool, ...]
    test: TestResult | None


@dataclass(frozen=True)
class TableLine:
    """A variable of the table with its crude and its adjusted numbers."""

    variable: TableVariable
    crude: ModelColumn
    adjusted: ModelColumn


def _test_of_row(fit: Estimate, column: int, inference: Evidence) -> TestResult:
    """The test that the limits of one coefficient belong to."""
    statistic, p = (float(inference.rows[name].iloc[column]) for name in ("statistic", "p_value"))
    return TestResult(statistic, 1, p, "Score test", "", "" if math.isfinite(p) else _no_test(fit, column))


def _no_test(fit: Estimate, column: int) -> str:
    if fit.coefs.states[column].aliased:
        return "an aliased coefficient has no estimate"
    return why_no_profile(fit) or "the likelihood could not be maximised without it"
