"""The odds ratio of a number against a reference value, over its range, and whether it follows a straight line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.data import frames
from glmlogit.documents import formatting
from glmlogit.documents.from_frame import table_from_frame
from glmlogit.documents.paged import Paged, printed_as
from glmlogit.documents.pages import Summary
from glmlogit.documents.style import Printing, decimal_mark, say
from glmlogit.drawing import axes
from glmlogit.drawing.sizes import Width
from glmlogit.drawing.ticks import plain
from glmlogit.errors import DataError
from glmlogit.estimate.refits import with_terms
from glmlogit.formula.tokens import quoted
from glmlogit.inference.hypothesis import name_of
from glmlogit.inference.lr_test import lr_test
from glmlogit.inference.multiplicity import Family
from glmlogit.inference.test_result import TestKind, TestResult
from glmlogit.inference.wald_test import wald_test
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_level
from glmlogit.messages.words import Name, Number, joined, sentence
from glmlogit.odds.combined import CombinationMethod, CombinationRequest, table_of
from glmlogit.odds.strata import differences, refuse_dependence, strata
from glmlogit.prediction.population import Population, population_of, variables
from glmlogit.prediction.predictors import shared_by_predictors
from glmlogit.prediction.reference_grid import check_value, values_in, variable_of
from glmlogit.terms.term_tests import check_test, joint_test

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]

# Values that the page prints, of those of the curve.
PRINTED = 9
# A direction of the columns of a curve is one of a straight line where it bends by less, of columns of length 1.
STRAIGHT = 1e-7


@dataclass(frozen=True, eq=False, repr=False)
class OddsRatioCurve(Paged):
    """Odds ratios of a number against a reference value; returned by :func:`odds_ratio_curve`.

    Attributes
    ----------
    table : DataFrame
        ``value odds_ratio conf_low conf_high``; limits are pointwise, and those of the reference 1.
    tests : DataFrame by ``test``
        ``statistic df p_value`` of ``overall``, no effect at all, and ``nonlinear``, no departure from a straight line
        of the log-odds; ``reason`` says why there is none.
    reference : float
        The value against which odds ratios are.
    variable, level, notes
        What it is of, the level of the limits, and what the reader must know.
    """

    table: pd.DataFrame
    tests: pd.DataFrame
    reference: float
    variable: str
    level: float
    model: str
    outcome: str
    test: str
    at: str = ""
    notes: tuple[Note, ...] = ()
    observed: Array = field(repr=False, default_factory=lambda: np.empty(0))

    @property
    def _page(self) -> Summary:
        places = np.unique(np.linspace(0, len(self.table) - 1, min(PRINTED, len(self.table))).round().astype(int))
        shown = self.table.iloc[places].rename(columns={"value": self.variable})
        kind = {"lr": "likelihood ratio", "wald": "Wald", "score": "score"}[self.test]
        header = [("Model", self.model), ("Outcome", self.outcome), ("Reference", self._reference)]
        header += [("Held at", self.at)] if self.at else []
        header += [("Limits", sentence("{level}%, pointwise", level=Number(f"{100 * self.level:g}"))), ("Tests", kind)]
        text = "{k} of {n} values are printed; .table has all."
        notes = [sentence(text, k=len(places), n=len(self.table))]
        return Summary(
            title=sentence("Odds ratio of {name} against a reference value", name=Name(self.variable)),
            header=tuple(header),
            tables=(
                table_from_frame(shown.reset_index(drop=True), formats={self.variable: "number"}, of_data=True),
                table_from_frame(self.tests[["statistic", "df", "p_value"]].rename(index=say), title="Tests"),
            ),
            notes=(*(notes if len(places) < len(self.table) else []), *(note.text for note in self.notes)),
            coefficients=self.table,
            facts=self.tests.reset_index(),
        )

    @property
    def _reference(self) -> str:
        return f"{self.variable} = {formatting.number(self.reference)}"

    def plot(self, ax: Axes | None = None, *, width: Width | None = None, rug: bool = True) -> Axes:
        """Draw the curve with its limits on a log axis, 1 at the reference, observed values as ticks below."""
        ax = axes.axes(ax, 4.8, 3.6, width)
        style = axes.looks()[0]
        x, ratio, low, high = self.table[["value", "odds_ratio", "conf_low", "conf_high"]].to_numpy(float).T
        ax.fill_between(x, low, high, color=style.color, alpha=0.15, linewidth=0)
        ax.plot(x, ratio, color=style.color, linewidth=1.6)
        axes.guide(ax, y=1.0)
        ax.plot([self.reference], [1.0], marker="o", color=style.color, markersize=5, label="_reference")
        if rug and len(self.observed):
            (ticks,) = ax.plot(
                self.observed, np.full(len(self.observed), 0.015), "|", transform=ax.get_xaxis_transform(), label="_rug"
            )
            ticks.set(color=axes.ink(), alpha=0.4, markersize=7)
        ax.set_yscale("log")
        _ratio_ticks(ax, np.concatenate([ratio, low, high]))
        axes.label(ax, self.variable, say("Odds ratio (log scale)"))
        p = {name: formatting.pvalue(value, "publication") for name, value in self.tests["p_value"].dropna().items()}
        parts = [
            sentence("Against {reference}.", reference=self._reference),
            sentence("{level}% limits, pointwise.", level=Number(f"{100 * self.level:g}")),
            *([sentence("At {values}.", values=self.at)] if self.at else []),
            *(sentence(f"p {name}: {{p}}.", p=text) for name, text in p.items()),
        ]
        axes.caption(ax, joined(parts))
        return ax


def odds_ratio_curve(
    fit: Estimate,
    variable: str,
    reference: float | None = None,
    *,
    at: Mapping[str, Any] | None = None,
    values: Any = None,
    test: TestKind | None = None,
    method: CombinationMethod | None = None,
    level: float | None = None,
    **printing: Unpack[Printing],
) -> OddsRatioCurve:
    """Odds ratios of a number against a reference value, over its range: of a spline, a polynomial or a line.

    Parameters
    ----------
    fit : Fit
        The fit, of any estimator of this package.
    variable : str
        A numeric variable of the model.
    reference : float, optional
        The value whose odds ratio is 1; default the median.
    at : mapping of variable to value, optional
        Values of the variables that it interacts with.
    values : array, or (low, high), optional
        Where to tell the odds ratio; default 101 values between the smallest and the largest observed one.
    test : {"lr", "wald", "score"}, optional
        Of both tests; default likelihood ratio where the fit has a likelihood of its own, else Wald.
    method : {"wald", "profile"}, optional
        Of the limits, as in :func:`stratum_odds_ratios`.
    level : float, optional
        Confidence level; default that of the fit (0.95).
    **printing
        ``style, digits, p_digits, language, labels``, as :func:`~glmlogit.style` takes them, for its page.

    Returns
    -------
    OddsRatioCurve
        ``.table`` (``value odds_ratio conf_low conf_high``), ``.tests`` (``overall``, ``nonlinear``), ``.plot()``.

    Raises
    ------
    DataError
        For a factor, a reference or values that are no numbers, an interaction without ``at``.

    Notes
    -----
    Limits are of differences of rows of the model matrix, and shrink to 1 at the reference. The test of nonlinearity is
    of all directions in which the columns of the variable bend (knots − 2 of a restricted cubic spline; Harrell 2015,
    §2.4.5); columns that hold no straight line, as of a logarithm, have none. *Matches* ``rms::contrast`` and
    ``anova`` (``test="wald"``) in R; Stata's ``xblc``.

    Examples
    --------
    >>> fit = gl.logit("low ~ rcs(lwt, 3) + smoke", gl.datasets.birthwt())
    >>> curve = gl.odds_ratio_curve(fit, "lwt", reference=120, values=[100, 120, 150])
    >>> curve.table[["value", "odds_ratio"]].round(2).values.tolist()
    [[100.0, 1.65], [120.0, 1.0], [150.0, 0.67]]
    """
    number = variable_of(variables(fit), variable, effect=True)
    if number.use == "levels" or number.levels:
        raise DataError(f"{variable} is a factor, whose levels have an odds ratio each: fit.odds_ratios()")
    level, rows = check_level(level, fit.level), population_of(fit)
    reference = float(rows.quantiles(variable, [0.5])[0]) if reference is None else check_value(number, reference)
    grid = _values(rows, variable, values)
    points = strata(fit, number, {name: [value] for name, value in (at or {}).items()} or None)
    refuse_dependence(fit, variable, [str(name) for name in points])
    changes = differences(fit, variable, points, [(value, reference) for value in grid])
    family = Family("none", np.zeros(len(grid), dtype=int), 0, 0, fit.reference)
    request = CombinationRequest(exponentiate=True, adjust="none", method=method, level=level)
    effects = table_of(fit, changes, pd.DataFrame({"value": grid}), family, request, [])
    table = pd.DataFrame(effects)[["value", "odds_ratio", "conf_low", "conf_high"]]
    same = table["value"] == reference
    table.loc[same, ["odds_ratio", "conf_low", "conf_high"]] = 1.0
    kind: TestKind = test or ("wald" if fit.capabilities.why_no_score_test else "lr")
    check_test(kind)
    everywhere = _values(rows, variable, None)
    bends = differences(fit, variable, points, [(value, reference) for value in everywhere])
    tests = [_overall(fit, variable, kind), _nonlinear(fit, variable, bends, everywhere - reference, kind)]
    frame = pd.DataFrame(
        [(part.statistic, part.df, part.p_value, part.reason) for part in tests],
        columns=["statistic", "df", "p_value", "reason"],
        index=pd.Index(["overall", "nonlinear"], name="test", dtype=object),
    )
    why = {name: part.reason for name, part in zip(frame.index, tests, strict=True) if part.reason}
    reasons = [Note("no_test", sentence(f"No {name} test: {{reason}}.", reason=reason)) for name, reason in why.items()]
    result = OddsRatioCurve(
        table,
        frame,
        reference,
        variable,
        level,
        name_of(fit),
        fit.sample.outcome.words,
        kind,
        ", ".join(f"{name} = {value}" for name, value in (at or {}).items()),
        (*reasons, *effects.notes),
        np.unique(frames.numeric(rows.column(variable))),
    )
    return printed_as(result, **printing)


def _values(rows: Population, name: str, values: Any) -> Array:
    if values is None:
        low, high = rows.quantiles(name, [0.0, 1.0])
        return np.linspace(low, high, 101)
    typed = np.array(values_in(values), dtype=object)
    try:
        grid = typed.astype(np.float64)
    except (TypeError, ValueError):
        raise DataError(f"values={values!r}: give numbers of {name}") from None
    if not len(grid) or not np.isfinite(grid).all():
        raise DataError(f"values={values!r}: give finite numbers of {name}")
    return (
        np.linspace(float(grid[0]), float(grid[1]), 101)
        if isinstance(values, tuple) and len(grid) == 2
        else np.sort(grid)
    )


def _overall(fit: Estimate, variable: str, kind: TestKind) -> TestResult:
    return joint_test(fit, [term for term in fit.columns.terms if variable in term.variables], kind)


def _nonlinear(fit: Estimate, variable: str, changes: Array, distance: Array, kind: TestKind) -> TestResult:
    """Test that the log-odds changes in proportion to the distance (m,) from the reference."""
    terms = [term for term in fit.columns.terms if variable in term.variables]
    estimated = {fit.coefs.column_of[k] for k in fit.coefs.estimated}
    columns = [j for term in terms for j in term.columns if j in estimated]
    null, name = sentence("a straight line of {name}", name=Name(variable)), Name(variable)
    if any(set(term.variables) != {variable} for term in terms):
        return _none(null, sentence("{name} is part of an interaction", name=name))
    bends, line = _bends(changes[:, columns], distance)
    if not line:
        return _none(null, sentence("the columns of {name} hold no straight line", name=name))
    if not len(bends):
        return _none(null, sentence("{name} enters as a straight line", name=name))
    if kind == "lr" and fit.capabilities.plain:
        others = [term.name for term in fit.columns.terms if term.order and term not in terms]
        result = lr_test(fit, with_terms(fit, others, [quoted(variable)]))
        return TestResult(result.statistic, result.df, result.p_value, result.method, null, result.reason)
    if kind != "wald":
        return _none(null, "of such a fit it is Wald's: test='wald'")
    rows = np.zeros((len(bends), changes.shape[1] - 1))
    rows[:, columns] = bends
    return wald_test(fit, shared_by_predictors(fit, rows))


def _bends(columns: Array, distance: Array) -> tuple[Array, bool]:
    """Combinations (r, k) of columns (m, k) of a curve that are 0 for a straight line, and whether there is such."""
    size = np.abs(columns).max(axis=0)
    used = size > 0
    scaled = columns[:, used] / size[used]
    along = distance / np.linalg.norm(distance)
    bent = scaled - np.outer(along, along @ scaled)
    _, lengths, directions = np.linalg.svd(bent, full_matrices=True)
    lengths = np.append(lengths, np.zeros(len(directions) - len(lengths)))
    bending = lengths > STRAIGHT * np.sqrt(len(distance))
    rows = np.zeros((int(bending.sum()), columns.shape[1]))
    rows[:, used] = directions[bending] * size[used]
    return rows, bool((~bending).sum() == 1)


def _none(null: str, reason: str) -> TestResult:
    return TestResult(np.nan, 0, np.nan, "Test", null, reason)


def _ratio_ticks(ax: Axes, ratios: Sequence[float] | Array) -> None:
    """Plain numbers on the log axis."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    mark = decimal_mark()
    ax.yaxis.set_major_locator(LogLocator(10, subs=(1.0, 2.0, 5.0)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda x, _: plain(x, mark)))
    ax.yaxis.set_minor_formatter(NullFormatter())
