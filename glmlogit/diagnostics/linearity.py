"""Is the log-odds linear in a number: a term x·log x (Box and Tidwell), and a restricted cubic spline, added to it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.diagnostics.departures import lr_added, with_added
from glmlogit.diagnostics.fitted import Fitted, fitted_of, independent, score_added
from glmlogit.documents.formatting import number, numeral
from glmlogit.documents.from_frame import table_from_frame
from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Summary
from glmlogit.documents.style import say
from glmlogit.errors import DataError
from glmlogit.formula.spec import Term
from glmlogit.formula.splines import restricted, tail
from glmlogit.inference.lr_test import lr_fixed
from glmlogit.inference.wald_test import wald_test
from glmlogit.messages.notes import Note
from glmlogit.messages.options import names_given
from glmlogit.messages.words import Name, reason_of, sentence
from glmlogit.numerics.tails import chi2_pvalue

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]

# Distinct values from which a number is worth a test of its shape.
LEAST_VALUES = 5
# A p-value below which the page proposes another shape.
SMALL_P = 0.05


@dataclass(frozen=True, eq=False, repr=False)
class Linearity(Paged):
    """Tests whether log-odds are linear in the numbers of a model, a pair of rows each.

    Attributes
    ----------
    table : DataFrame
        By term and test: ``statistic df p_value`` of the likelihood ratio, ``score score_p_value``, ``wald
        wald_p_value`` (z of one column, chi-squared of several), and of Box and Tidwell's column the estimate and its
        standard error.
    overall : DataFrame by ``term``
        ``statistic df p_value wald wald_p_value``: likelihood-ratio and Wald test of the number as a whole, line and
        spline together (knots − 1 df).
    knots : dict
        Knots of the spline of each term.
    notes : tuple of Note
    rows : str
        Which rows these are.
    """

    table: pd.DataFrame
    knots: dict[str, tuple[float, ...]]
    notes: tuple[Note, ...]
    overall: pd.DataFrame
    rows: str = "apparent (training rows)"

    @property
    def _page(self) -> Summary:
        shown = self.table[["statistic", "df", "p_value", "score_p_value", "wald_p_value"]]
        shown = shown.rename(columns=_HEADS).rename(index=say, level="test")
        formats = dict.fromkeys(_HEADS.values(), _three)
        together = self.overall[["statistic", "df", "p_value", "wald_p_value"]].rename(columns=_HEADS)
        title, columns = "The number as a whole, line and spline together", together.columns.drop("df")
        second = table_from_frame(together, title=title, formats=dict.fromkeys(columns, _three))
        return Summary(
            title="Linearity in the log-odds",
            header=(("Rows", self.rows), ("Tests", "of what is added to the linear term")),
            tables=(table_from_frame(shown, formats=formats), second),
            notes=(*self.sentences, *(note.text for note in self.notes)),
            coefficients=self.table.reset_index(),
        )

    @property
    def sentences(self) -> tuple[str, ...]:
        """Which numbers have a shape other than a line, and what to do."""
        p = self.table["p_value"].groupby(level="term", sort=False).min()
        bent = [str(term) for term in p.index[p < SMALL_P]]
        result = []
        if bent:
            result.append(
                sentence(
                    "The log-odds are not linear in {names} (smallest p = {p}, of {n} tests): look at {call} and fit "
                    "{spline} instead, or a transform that subject matter suggests.",
                    names=list(map(Name, bent)),
                    p=numeral(float(p.min()), 2),
                    n=len(self.table),
                    call=f"fit.plot('partial', '{bent[0]}')",
                    spline=_spline_of(bent[0]),
                )
            )
        elif p.notna().any():
            text = "No test finds a departure from a line (smallest p = {p}); small samples would miss one."
            result.append(sentence(text, p=numeral(float(p.min()), 2)))
        return tuple(result)


_HEADS = {"statistic": "LR chi2", "p_value": "LR p", "score_p_value": "score p", "wald_p_value": "Wald p"}


def _spline_of(term: str) -> str:
    return f"rcs({term}, 4)"


def _three(values: Any) -> list[str]:
    return [number(float(x), 3) for x in values]


def linearity(fit: Estimate, variables: str | Sequence[str] | None = None, *, knots: int = 4) -> Linearity:
    """Test whether the log-odds are linear in the numbers of a model.

    Parameters
    ----------
    fit : Fit
        By maximum likelihood, with or without frequency weights.
    variables : str or sequence of str, optional
        Terms to test; default every term of one column with five values or more that is no part of an interaction,
        power or spline.
    knots : int
        Knots of the restricted cubic spline, at Harrell's percentiles; 3 or more.

    Returns
    -------
    Linearity
        ``.table``: two rows a term, ``box_tidwell`` (x·log x added; 1 df) and ``spline`` (knots − 2 df), each with
        likelihood-ratio, score and Wald test; ``.overall`` tests the number as a whole. NaN where a test cannot be
        made: x of 0 or less has no logarithm, and few values no spline; ``.notes`` say so.

    Raises
    ------
    DataError
        For a name that is no term of one column, or where the model has none.
    UnsupportedError
        For penalised fits, clusters, sampling and precision weights.

    Notes
    -----
    Box & Tidwell 1962; Harrell 2015, §2.4. *Matches* R's ``anova`` of the models with and without the columns, and by
    Wald ``rms::anova``, whose lines are ``overall`` and ``spline`` ("Nonlinear"); the columns are those of
    ``rms::rcs``. *Differs*: ``car::boxTidwell`` estimates the power, for linear models. The number of knots is chosen
    beforehand, not by these p-values.

    Examples
    --------
    >>> import glmlogit as gl
    >>> fit = gl.logit("low ~ age + lwt + smoke", gl.datasets.load("birthwt"))
    >>> gl.linearity(fit).table["p_value"].round(3).to_dict()
    {('age', 'box_tidwell'): 0.3, ('age', 'spline'): 0.099, ('lwt', 'box_tidwell'): 0.598, ('lwt', 'spline'): 0.406}
    """
    rows = fitted_of(fit)
    terms = _terms(fit, variables)
    if isinstance(knots, bool) or not isinstance(knots, (int, np.integer)) or knots < 3:
        raise DataError(f"knots={knots!r}; give a whole number of knots, 3 or more")
    tested = [_tested(fit, rows, term, int(knots)) for term in terms]
    lines = [line for part in tested for line in part.lines]
    index = pd.MultiIndex.from_tuples([line.pop("key") for line in lines], names=["term", "test"])
    names = [term.name for term in terms]
    return Linearity(
        pd.DataFrame(lines, index=index),
        {name: part.knots for name, part in zip(names, tested, strict=True)},
        tuple(note for part in tested for note in part.notes),
        pd.DataFrame([part.overall for part in tested], index=pd.Index(names, name="term", dtype=object)),
    )


def numeric_terms(fit: Estimate) -> Iterator[Term]:
    """Terms of one column of many values whose variables are in no other term."""
    terms = [term for term in fit.columns.terms if term.order > 0]
    for term in terms:
        shared = any(set(term.variables) & set(beside.variables) for beside in terms if beside is not term)
        single = len(term.columns) == 1 and term.order == 1
        if single and not shared and _values(fit, term) >= LEAST_VALUES:
            yield term


def _values(fit: Estimate, term: Term) -> int:
    column = fit.rows.matrix.column(term.columns[0])
    return len(np.unique(column[:1000])) if len(np.unique(column[:1000])) >= LEAST_VALUES else len(np.unique(column))


def _terms(fit: Estimate, variables: str | Sequence[str] | None) -> list[Term]:
    if variables is None:
        terms = list(numeric_terms(fit))
        if not terms:
            raise DataError(
                f"the model has no number of {LEAST_VALUES} values or more that stands alone in a term; name terms to "
                f"test: gl.linearity(fit, 'age')"
            )
        return terms
    by_name = {term.name: term for term in fit.columns.terms if len(term.columns) == 1 and term.order > 0}
    for name in names_given("variables", variables):
        if name not in by_name:
            raise DataError(f"{name!r} is no term of one column; these are {', '.join(by_name) or 'none'}")
    return [by_name[name] for name in names_given("variables", variables)]


class _Tested(NamedTuple):
    """Lines of both tests of a term, notes on what could not be made, the knots, and the test of line and spline."""

    lines: list[dict[str, Any]]
    notes: list[Note]
    knots: tuple[float, ...]
    overall: dict[str, float]


def _tested(fit: Estimate, rows: Fitted, term: Term, knots: int) -> _Tested:
    x = fit.rows.matrix.column(term.columns[0]).astype(np.float64)
    notes: list[Note] = []
    positive = bool((x > 0).all())
    if not positive:
        text = "{name} has values of 0 or less, which have no logarithm: no Box-Tidwell test; see the spline."
        notes.append(Note("no_logarithm", sentence(text, name=Name(term.name))))
    first = _line(fit, rows, term, "box_tidwell", (x * np.log(x))[:, None] if positive else None)
    try:
        columns, places = _spline(x, fit.rows.row_counts, knots)
    except DataError as error:
        notes.append(Note("no_spline", sentence("{name} {why}", name=Name(term.name), why=reason_of(error))))
        return _Tested([first, _line(fit, rows, term, "spline", None)], notes, (), dict.fromkeys(_OVERALL, math.nan))
    second = _line(fit, rows, term, "spline", columns)
    return _Tested([first, second], notes, places, _overall(fit, rows, term, columns))


_OVERALL = ("statistic", "df", "p_value", "wald", "wald_p_value")


def _overall(fit: Estimate, rows: Fitted, term: Term, columns: Array) -> dict[str, float]:
    """Tests that a number has no part in the log-odds, neither by its line nor by columns (n, r) added to it."""
    news = independent(rows, columns)
    larger, size = with_added(fit, news), len(fit.coefs.free)
    line = [j for j, column in enumerate(fit.coefs.free) if column == term.columns[0]]
    tested = [*line, *range(size, size + news.shape[1])]
    ratio = lr_fixed(larger, tested, [0.0] * len(tested), term.name)
    wald = wald_test(larger, np.eye(larger.coefs.size)[tested])
    values = (ratio.statistic, ratio.df, ratio.p_value, wald.statistic, wald.p_value)
    return dict(zip(_OVERALL, values, strict=True))


def _spline(x: Array, counts: Array, knots: int) -> tuple[Array, tuple[float, ...]]:
    state: dict[str, Any] = {}
    restricted(x, state, counts, knots)
    t = state["t"]
    return np.column_stack([tail(x, t, j) for j in range(len(t) - 2)]), tuple(t.tolist())


def _line(fit: Estimate, rows: Fitted, term: Term, test: str, columns: Array | None) -> dict[str, Any]:
    line: dict[str, Any] = dict.fromkeys(_NUMBERS, math.nan) | {"key": (term.name, test), "df": 0}
    if columns is None:
        return line
    score, ratio = score_added(rows, columns), lr_added(fit, rows, columns, "")
    line |= {"statistic": ratio.statistic, "df": score.df, "p_value": ratio.p_value}
    if score.df:
        line |= {"score": score.statistic, "score_p_value": float(chi2_pvalue(score.statistic, score.df))}
    if test == "box_tidwell" and score.df:
        line |= _wald(with_added(fit, columns / _unit(columns)), _unit(columns))
    elif score.df:
        larger, added = with_added(fit, independent(rows, columns)), range(-score.df, 0)
        wald = wald_test(larger, np.eye(larger.coefs.size)[list(added)])
        line |= {"wald": wald.statistic, "wald_p_value": wald.p_value}
    return line


_NUMBERS = (
    *("statistic", "df", "p_value", "score", "score_p_value"),
    *("estimate", "std_error", "wald", "wald_p_value"),
)


def _unit(columns: Array) -> float:
    """A power of two near the size of a column, so that its coefficient is of the size of others."""
    return float(2.0 ** np.round(np.log2(np.abs(columns).max())))


def _wald(larger: Estimate, unit: float) -> dict[str, float]:
    values = (larger.params, larger.bse, larger.zvalues, larger.pvalues)
    estimate, error, z, p = (float(series.iloc[-1]) for series in values)
    return {"estimate": estimate / unit, "std_error": error / unit, "wald": z, "wald_p_value": p}
