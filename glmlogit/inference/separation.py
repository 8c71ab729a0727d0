"""Separation: which combination of covariates predicts the outcome perfectly, in the words of the data."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.designs.container import Design
from glmlogit.documents.naming import said
from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Summary
from glmlogit.documents.style import using
from glmlogit.errors import DataError
from glmlogit.estimate.estimate import Estimate
from glmlogit.fitting.control import Control
from glmlogit.fitting.maximise import maximise
from glmlogit.fitting.maximum import Maximum, free_columns
from glmlogit.likelihood.of_rows import likelihood_of_rows
from glmlogit.messages.labels import beneath
from glmlogit.messages.lines import columns, filled
from glmlogit.messages.values import show
from glmlogit.messages.words import Name, Number, both, joined, plural, sentence
from glmlogit.numerics.arrays import widened
from glmlogit.separability.level_groups import level_groups
from glmlogit.separability.states import CoefficientState

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class SeparationReport(Paged):
    """What separates the outcome.

    Attributes
    ----------
    kind : {"none", "quasi", "complete"}
        Quasi-complete: some rows are predicted perfectly, the others overlap.
    coefficients : Series by term
        ``finite``, ``+inf``, ``-inf``, ``indeterminate`` (some maximising sequences send it up, others
        down or nowhere) or ``aliased``.
    rows : ndarray
        Positions, in the data given, of the rows that are predicted perfectly.
    method : str
        How it was decided.
    groups : tuple of tuples
        Of an outcome of several levels those within which all differences of coefficients are finite.
    """

    kind: Literal["none", "quasi", "complete"]
    coefficients: pd.Series[Any] = field(repr=False)
    rows: npt.NDArray[np.intp] = field(repr=False)
    method: str
    design: Design = field(repr=False)
    direction: Array = field(repr=False)
    groups: tuple[tuple[Hashable, ...], ...] = ()

    def copy(self) -> SeparationReport:
        """A report of the same content that can be changed without changing this one."""
        return replace(
            self, coefficients=self.coefficients.copy(), rows=self.rows.copy(), direction=self.direction.copy()
        )

    def explain(self) -> str:
        """Say in the data's own words what is separated, and what to do about it."""
        if self.kind == "none":
            return sentence(
                "No separation: every coefficient that is not aliased has a finite maximum-likelihood estimate."
            )
        return joined([part for part in (self._what(), self._which(), self._remedy(), self._levels()) if part])

    def warning(self) -> str:
        """The explanation as one sentence of a warning."""
        return joined([part for part in (self._which(), self._what(), self._remedy(), self._levels()) if part])

    def _remedy(self) -> str:
        if self.design.pseudo:
            return _ROBUST_REMEDY
        if self.design.levels is None:
            return _REMEDY
        return _ORDERED_REMEDY if self.design.outcome.ordered else _LEVELS_REMEDY

    def _terms(self, wanted: CoefficientState) -> list[str]:
        states = zip(self.labels, self.coefficients, strict=True)
        return [name for name, state in states if CoefficientState(state) is wanted]

    @property
    def labels(self) -> list[str]:
        """Names of the coefficients, as hypotheses call them."""
        return [f"[{term[0]}]{term[1]}" if isinstance(term, tuple) else str(term) for term in self.coefficients.index]

    def _levels(self) -> str:
        """Which levels stay comparable, and the base to type for them."""
        alike = [group for group in self.groups if len(group) > 1]
        if not self.groups:
            return ""
        if not alike:
            return sentence("No two levels of the outcome have finite differences in all coefficients.")
        largest = max(alike, key=len)
        texts = [
            sentence("Differences between {levels} are finite.", levels=both(list(map(str, group)))) for group in alike
        ]
        if self.design.outcome.base not in largest:
            texts.append(sentence("Type base={level} to see them.", level=show(largest[0])))
        return joined(texts)

    def _which(self) -> str:
        """Name the coefficients without a finite estimate."""
        parts = [
            sentence(f"{{names}} {'tends' if len(terms) == 1 else 'tend'} to {to}", names=_shortened(terms))
            for state, to in _TENDS_TO.items()
            if (terms := self._terms(state))
        ]
        adjective = "Complete" if self.kind == "complete" else "Quasi-complete"
        text = f"{adjective} separation, no finite odds ratio exists: {{parts}}."
        return sentence(text, parts=joined(parts, by="; "))

    def _what(self) -> str:
        """Describe the separated rows by one variable where that is the whole story, else by the combination."""
        design, separated = self.design, np.isin(self.design.positions, self.rows)
        involved = np.flatnonzero(self.direction).tolist()
        single, labels = tuple(self.coefficients.index) == design.names, self.labels
        varying = [j for j in involved if np.ptp(design.matrix.column(j)) > 0] if single else []
        if len(varying) == 1:
            return _one_column(design, separated, varying[0])
        combination = " ".join(
            f"{'+' if w > 0 else '-'} {abs(w):.4g}*{labels[j]}"
            for j, w in zip(involved[:6], self.direction[involved[:6]], strict=True)
        ).removeprefix("+ ")
        combination += " + …" if len(involved) > 6 else ""
        if not single:
            return sentence(
                "In some rows outcomes are ruled out by the sign of {combination}.", combination=combination
            )
        return sentence(
            "{rows} of {n} have an outcome predicted perfectly by the sign of {combination}.",
            rows=plural(int(separated.sum()), "row"),
            n=design.n_rows,
            combination=combination,
        )

    def __str__(self) -> str:
        with using(self._styled), beneath((self,)):
            return filled(said(self.explain()), columns())

    __repr__ = __str__

    @property
    def _page(self) -> Summary:
        frame = self.coefficients.map(str).rename("state").reset_index()
        return Summary("", notes=(self.explain(),), coefficients=frame, holds="coefficients")


_TENDS_TO = {
    CoefficientState.PLUS_INFINITY: "+infinity",
    CoefficientState.MINUS_INFINITY: "-infinity",
    CoefficientState.INDETERMINATE: "no determined limit",
}

_REMEDY = (
    "Report a bias-reduced fit (gl.firth) or one with weak priors (gl.log_f), profile limits, or drop or merge the "
    "levels concerned."
)

_LEVELS_REMEDY = "Report a bias-reduced fit (gl.firth), profile limits, or drop or merge the levels concerned."
_ORDERED_REMEDY = "Report profile limits, or drop or merge the levels concerned."

_ROBUST_REMEDY = (
    "Drop or merge the levels concerned. Bias-reduced fits (gl.firth) and weak priors (gl.log_f) give finite estimates "
    "there, but with clusters or sampling weights no standard errors, since a robust variance needs residuals."
)


def _shortened(names: list[str], limit: int = 6) -> list[str]:
    shown: list[str] = list(map(Name, names[:limit]))
    return shown if len(names) <= limit else [*shown, sentence("… ({n} in all)", n=len(names))]


def _one_column(design: Design, separated: npt.NDArray[np.bool_], j: int) -> str:
    """``all 13 rows with NV = 1 had the event``, or a threshold of a continuous column."""
    x, name = design.matrix.column(j), design.names[j]
    values = np.unique(x[separated])
    exact = len(values) == 1 and (separated == (x == values[0])).all()
    event, non_event = _outcome_words(design)
    events = design.y[separated] > 0
    if exact and (events.all() or not events.any()):
        n = int(separated.sum())
        template = "All {rows} with {value} had {outcome}." if n > 1 else "The only row with {value} had {outcome}."
        what = event if events.all() else non_event
        return sentence(template, rows=plural(n, "row"), value=f"{name} = {values[0]:g}", outcome=what)
    with_event, without = x[separated & (design.y > 0)], x[separated & (design.y == 0)]
    if len(with_event) and len(without):
        up = with_event.min() >= without.max()
        low, high = (without.max(), with_event.min()) if up else (with_event.max(), without.min())
        first, second = (event, non_event) if up else (non_event, event)
        border = "" if separated.all() else ", but for rows on the border"
        return sentence(
            f"Every row with {{name}} of at least {{high}} had {{first}}, every row with at most {{low}} had "
            f"{{second}}{border}.",
            name=Name(name),
            high=Number(f"{high:.10g}"),
            low=Number(f"{low:.10g}"),
            first=first,
            second=second,
        )
    sign = ">" if (x[separated].min() >= x[~separated].max() if (~separated).any() else True) else "<"
    border = x[separated].min() if sign == ">" else x[separated].max()
    word = "at least" if sign == ">" else "at most"
    what = event if events.all() else non_event
    text = f"Every row with {{name}} of {word} {{border}} had {{outcome}}."
    return sentence(text, name=Name(name), border=Number(f"{border:.10g}"), outcome=what)


def _outcome_words(design: Design) -> tuple[str, str]:
    outcome = design.outcome
    if outcome.grouped:
        return "events only", "no event"
    return outcome.is_event(), f"{outcome.name} = {outcome.alternatives('another value')}"


def report_of(design: Design, maximum: Maximum) -> SeparationReport:
    """The report of a maximum that has been found."""
    cone, limit, size = maximum.cone, maximum.limiting.limit, maximum.likelihood.size
    words = [state.value for state in maximum.states]
    keys = maximum.likelihood.arrangement.keys
    index: pd.Index[Any] = pd.Index(maximum.likelihood.labels, name="term")
    if keys:
        index = pd.MultiIndex.from_tuples(keys, names=["outcome", "term"])
    states = pd.Series(words, index=index, name="state", dtype=object)
    direction = np.zeros(size)
    if cone is None:
        return SeparationReport("none", states, design.positions[:0], "score equations", design, direction)
    free = free_columns(size, maximum.aliases)
    direction[free] = cone.direction
    groups: tuple[tuple[Hashable, ...], ...] = ()
    if keys and cone.kind != "none":
        groups = level_groups(keys, widened(cone.basis, free, size), design.outcome.base)
    rows = design.positions[:0] if limit is None else design.positions[limit != 0]
    return SeparationReport(cone.kind, states, rows, cone.method, design, direction, groups)


def separation(design_or_fit: Design | Estimate) -> SeparationReport:
    """Find out whether a combination of covariates predicts the outcome perfectly.

    Parameters
    ----------
    design_or_fit : Design or Fit
        Data that are ready to fit, or a fit to them.

    Returns
    -------
    SeparationReport
        Kind, coefficients without a finite estimate, rows predicted perfectly, and ``explain()``.

    Raises
    ------
    DataError
        For anything else than a design or a fit.

    Notes
    -----
    Albert & Anderson 1984; Silvapulle 1981; a linear program (Konis 2007) whose answer is verified in
    rational arithmetic, needed only where the score equations do not prove overlap already. *Matches* the
    verdicts of R's ``detectseparation`` on ordinary data. *Differs*: that can call an infinite coefficient
    finite, and depends on the scale of columns.

    Examples
    --------
    >>> gl.separation(gl.design("HG ~ NV + PI + EH", gl.datasets.endometrial())).coefficients.to_dict()
    {'Intercept': 'finite', 'NV': '+inf', 'PI': 'finite', 'EH': 'finite'}
    """
    if isinstance(design_or_fit, Design):
        return report_of(design_or_fit, maximise(likelihood_of_rows(design_or_fit), None, Control()))
    if not isinstance(design_or_fit, Estimate):
        raise DataError(f"separation takes a design or a fit, not {type(design_or_fit).__name__}; gl.design makes one")
    return report_of(design_or_fit.design, design_or_fit.solution.likelihood_maximum)
