"""A trend over the levels of a factor: one odds ratio a step of its score, and what the levels say beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.documents import formatting
from glmlogit.documents.naming import Labelled, level_of, name_of
from glmlogit.documents.paged import Paged, printed_as
from glmlogit.documents.pages import Column, Summary, Table
from glmlogit.documents.style import Printing, interval_head, joined_limits, marked, say
from glmlogit.drawing.sizes import Width
from glmlogit.epidemiology.draw_ratios import draw_ratios
from glmlogit.epidemiology.scores import scores_given
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.estimate.refits import with_columns
from glmlogit.inference.evidence import METHODS, TEST_OF, Method, evidence
from glmlogit.inference.lr_test import nested_test
from glmlogit.inference.profile_path import require_profile
from glmlogit.inference.test_result import TestResult, result_of
from glmlogit.inference.wald_test import wald_test
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_choice, check_level
from glmlogit.messages.words import listed, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from glmlogit.estimate.estimate import Estimate
    from glmlogit.formula.spec import Factor

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class Trend(Paged):
    """A trend over the levels of a factor, as :func:`trend` returns it.

    Attributes
    ----------
    frame : DataFrame
        One row: ``variable odds_ratio conf_low conf_high statistic p_value test``, for a step of 1 of the score.
        ``statistic`` is z of a Wald test, else chi-squared on one degree of freedom.
    departure : TestResult
        Of the levels' own odds ratios from the line, on k − 2 degrees of freedom.
    scores : Series
        The score of each level.
    fit : Fit
        The model with the score in place of the factor.
    notes : tuple of Note
        What the reader must know.
    level : float
        Confidence level of the limits.
    """

    frame: pd.DataFrame
    departure: TestResult
    scores: pd.Series[Any]
    fit: Estimate
    notes: tuple[Note, ...]
    level: float

    def plot(self, ax: Axes | None = None, *, width: Width | None = None) -> Axes:
        """Draw the odds ratio of a step of 1 of the score.

        ``width`` of a new figure: ``"column"``, ``"page"`` or millimetres.
        """
        row = self.frame[list(_RATIO)].to_numpy(float)
        return draw_ratios(
            [say("{variable}, a step of 1", variable=name_of(self.frame["variable"].iloc[0]))],
            row,
            self.level,
            ax,
            width,
        )

    @property
    def _page(self) -> Summary:
        """The page, as strings."""
        return page_of(self)


_WORDS = {"wald": "Wald", "lr": "likelihood ratio", "score": "score"}


def page_of(t: Trend) -> Summary:
    """The page to read."""
    row = t.frame.iloc[0]
    estimate, low, high = formatting.ratio_row([float(row[n]) for n in _RATIO])
    header = ("", f"{say('OR')} {interval_head(t.level)}", say("Statistic"), say("df"), say("p-value"))
    lines = [
        (say("Trend, a step of 1 of the score ({test})", test=say(_WORDS[row["test"]])),
         f"{estimate} {joined_limits(low, high)}",
         *formatting.statistics([float(row["statistic"])]), "1", *formatting.pvalues([float(row["p_value"])])),
    ]  # fmt: skip
    if t.departure.df:
        lines.append(
            (say("Departure from it ({test})", test=say(t.departure.method)), "",
             *formatting.statistics([t.departure.statistic]), str(t.departure.df),
             *formatting.pvalues([t.departure.p_value])),
        )  # fmt: skip
    columns = tuple(Column(head, head, "right" if i else "left") for i, head in enumerate(header))
    return Summary(
        title=Labelled(say("Trend over {variable}", variable=name_of(row["variable"]))),
        header=(
            (
                say("Scores"),
                ", ".join(f"{level_of(row['variable'], k, short)}: {marked(f'{v:g}')}" for k, v in t.scores.items()),
            ),
        ),
        tables=(Table(None, columns, tuple(lines)),),
        notes=tuple(note.text for note in t.notes),
        coefficients=t.frame,
    )


def trend(
    fit: Estimate,
    variable: str,
    scores: Mapping[Any, float] | Sequence[float] | pd.Series[Any] | None = None,
    *,
    method: Method = "profile",
    level: float | None = None,
    **printing: Unpack[Printing],
) -> Trend:
    """Test a trend over the levels of a factor, and the departure of the levels from it.

    Parameters
    ----------
    fit : Fit
        A fit by maximum likelihood of a formula with the factor as a main effect, by itself.
    variable : str
        The factor: a column, or an expression such as ``C(dose)``.
    scores : sequence, mapping or Series of level to float, optional
        Where the levels stand; default 1, 2, …, k in their order. For medians of a number in its groups:
        ``df.groupby("agegp", observed=True)["age"].median()``.
    method : {"profile", "wald", "score"}
        Of limits, test and departure: likelihood ratio, Wald or score.
    level : float, optional
        Confidence level; default that of the fit (0.95).
    **printing
        ``style, digits, p_digits, language, labels``, as :func:`~glmlogit.style` takes them, for its page.

    Returns
    -------
    Trend
        ``frame``, ``departure``, ``scores`` and ``fit``, the model with the score as a number; it prints as a page.

    Raises
    ------
    DataError
        For what is no factor of the model, a factor within an interaction, and scores that do not suit.
    UnsupportedError
        For penalised fits, outcomes of several levels, and profile or score limits of a fit without a likelihood.

    Notes
    -----
    The factor's columns are replaced by its score in the same rows; all else stays. The departure is the test of the
    factor within that model: by Wald that its coefficients lie on a line. Without other terms the score test of the
    trend is Cochran and Armitage's (``"trend"`` of :func:`~glmlogit.two_by_k`). A large p-value of the departure does
    not show that the trend is a line: with few events it says little. *Matches* R's
    ``anova(glm(y ~ score), glm(y ~ factor))`` and Stata's ``contrast p.`` for scores 1, 2, …, by Wald up to the model
    that is tested: Stata's polynomial contrast holds the other contrasts where they are, this one drops them.

    Examples
    --------
    >>> fit = gl.logit("cbind(ncases, ncontrols) ~ agegp + alcgp", gl.datasets.esoph())
    >>> result = gl.trend(fit, "alcgp")
    >>> result.frame[["odds_ratio", "conf_low", "conf_high"]].round(3)
       odds_ratio  conf_low  conf_high
    0       2.985     2.449      3.673
    >>> result.departure.df
    2
    """
    check_choice("method", method, METHODS)
    _refuse_models(fit)
    if method != "wald":
        require_profile(fit)
    factor = _factor(fit, variable)
    levels = list(factor.levels)
    values = np.arange(1.0, len(levels) + 1.0) if scores is None else scores_given(scores, levels)
    line = _with_score(fit, factor, values)
    level = check_level(level, fit.level)
    inference = evidence(line, level, method)
    name = _score_name(factor)
    row = inference.rows.loc[[name]].reset_index(drop=True)
    row.insert(0, "odds_ratio", float(line.params[name]))
    row.insert(0, "variable", factor.variable)
    with np.errstate(over="ignore"):
        row[list(_RATIO)] = np.exp(row[list(_RATIO)].astype(float))
    frame = row[["variable", *_RATIO, "statistic", "p_value", "test"]]
    departure = _departure(fit, line, factor, values, method)
    notes = (*inference.notes, *(note for note in line.notes if note.code in _SERIOUS))
    result = Trend(frame, departure, pd.Series(values, index=levels, name="score"), line, notes, level)
    return printed_as(result, **printing)


_RATIO = ("odds_ratio", "conf_low", "conf_high")
# What the model with the score says of itself and the page must say too.
_SERIOUS = frozenset({"separation", "not_converged", "aliased", "collinear", "digits"})


def _refuse_models(fit: Estimate) -> None:
    if len(fit.response.levels) > 2:
        raise UnsupportedError("a trend is one odds ratio a step; this outcome has several levels, each with its own")
    if not fit.capabilities.plain:
        raise UnsupportedError(
            f"{fit.estimator} does not maximise the likelihood alone, so that the model with the score is not nested "
            f"in it; fit the score as a number: data.assign(score=data[...].map({{level: score}}))"
        )


def _factor(fit: Estimate, variable: str) -> Factor:
    """The factor of a name, which must be a term of its own."""
    named = [f for f in fit.columns.factors if variable in (f.variable, f.expression)]
    if not named:
        have = listed([f.variable for f in fit.columns.factors], write=str) or "none"
        raise DataError(f"{variable!r} is no factor of the model; its factors are {have}")
    factor = named[0]
    terms = [term for term in fit.columns.terms if factor.expression in term.factors]
    if len(terms) != 1 or terms[0].order != 1 or len(named) > 1:
        raise DataError(
            f"{variable!r} takes part in {listed([t.name for t in terms], write=str)}: a trend is of a main effect by "
            f"itself; fit the model without the interaction, or in strata"
        )
    if len(factor.levels) < 2:
        raise DataError(f"{variable!r} has one level; a trend needs two")
    return factor


def _score_name(factor: Factor) -> str:
    return f"score({factor.variable})"


def _with_score(fit: Estimate, factor: Factor, scores: Array) -> Estimate:
    """The model with the score in place of the factor's columns."""
    rows = fit.columns.main_effect(factor)
    own = np.flatnonzero((rows != 0).any(axis=0))
    basis = np.column_stack([rows[:, own], np.ones(len(rows))])
    weights = np.linalg.lstsq(basis, scores, rcond=None)[0]
    rest = [j for j in fit.coefs.free.tolist() if j not in own]
    if "Intercept" not in fit.coefs.labels:
        raise UnsupportedError("the model has no intercept, which the levels then stand for; leave out '0 +' or '- 1'")
    matrix = fit.rows.matrix.array
    score = matrix[:, own] @ weights[:-1] + weights[-1]
    names = [*(fit.coefs.labels[j] for j in rest), _score_name(factor)]
    line = with_columns(fit, np.column_stack([matrix[:, rest], score]), names, fit.rows.offset)
    return replace(line, cov_kind=fit.cov_kind)


def _departure(fit: Estimate, line: Estimate, factor: Factor, scores: Array, method: Method) -> TestResult:
    """The test of the factor beyond its score."""
    df = fit.rank - line.rank
    if df < 1:
        return result_of(math.nan, 0, _WORDS[TEST_OF[method]], "", "two levels lie on a line")
    if method == "wald":
        rows = fit.columns.main_effect(factor)
        line_space = np.column_stack([np.ones(len(scores)), scores])
        off = np.linalg.qr(line_space, mode="complete")[0][:, 2:]  # (k, k − 2), orthogonal to lines
        return wald_test(fit, off.T @ rows)
    return nested_test(fit, line, TEST_OF[method])
