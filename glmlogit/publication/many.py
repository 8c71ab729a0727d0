"""Many models at once: every exposure with every outcome, and their p-values adjusted for the number of tests."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Unpack

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.data import frames
from glmlogit.designs.design import design
from glmlogit.documents import formatting
from glmlogit.documents.naming import Labelled, level_of, name_of, said
from glmlogit.documents.paged import Paged, printed_as
from glmlogit.documents.pages import Column, Summary, Table
from glmlogit.documents.style import Style, interval_head, p_head, reference_text, say
from glmlogit.drawing.sizes import Width
from glmlogit.errors import DataError, GlmlogitError
from glmlogit.estimate.estimate import Estimate
from glmlogit.estimators.logit import logit
from glmlogit.estimators.options import DesignOptions
from glmlogit.formula.tokens import quoted
from glmlogit.inference.evidence import TEST_OF, Method
from glmlogit.inference.multiplicity import adjusted
from glmlogit.inference.odds_ratios import ratio_table
from glmlogit.messages.labels import check_known, labels_of
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_choice, check_level
from glmlogit.messages.progress import shown
from glmlogit.messages.warned import Warned
from glmlogit.messages.words import Name, both, joined, plural, sentence
from glmlogit.plots import forest
from glmlogit.prediction.reference_grid import names_in
from glmlogit.publication.answers import answers, tests_text
from glmlogit.publication.variables import TableVariable, variables_of
from glmlogit.reports.summary import interval_header
from glmlogit.terms.term_tests import joint_test

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from glmlogit.estimators.fit import Fit

Array = npt.NDArray[np.float64]
Correction = Literal["BH", "BY", "holm", "bonferroni", "none"]
CORRECTIONS = ("BH", "BY", "holm", "bonferroni", "none")
_TEXT = {
    "BH": "false discovery rates (Benjamini & Hochberg 1995)",
    "BY": "false discovery rates (Benjamini & Yekutieli 2001)",
    "holm": "adjusted p-values (Holm 1979)",
    "bonferroni": "adjusted p-values (Bonferroni)",
}
_NUMBERS = ["odds_ratio", "conf_low", "conf_high"]


@dataclass(frozen=True, eq=False, repr=False)
class ManyModels(Paged):
    """One model an outcome and exposure; returned by :func:`many`.

    Attributes
    ----------
    frame : DataFrame, by term
        ``outcome exposure level reference n events odds_ratio conf_low conf_high p_value p_adjusted reason``. P-values
        test an exposure as a whole and stand in its first row; ``reason`` says why a model has no numbers.
    tests : int
        How many tests ``p_adjusted`` is adjusted for.
    correction : str
    level : float
    fits : dict of (outcome, exposure) to Fit
        The models that could be fitted.
    notes : tuple of Note
    """

    frame: pd.DataFrame
    tests: int
    correction: str
    level: float
    fits: Mapping[tuple[str, str], Estimate]
    adjust: str
    methods: tuple[Method, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def _page(self) -> Summary:
        outcomes, exposures = (self.frame[name].nunique() for name in ("outcome", "exposure"))
        tests = tests_text([*self.fits.values()], self.methods) or say("no tests")
        header = [
            (
                say("Models"),
                say(
                    "{outcomes}, {exposures}, one model for each pair",
                    outcomes=said(plural(outcomes, "outcome")),
                    exposures=said(plural(exposures, "exposure")),
                ),
            ),
            (say("Adjusted for"), self.adjust or say("nothing")),
            (say("p-values"), say("{tests} of an exposure as a whole", tests=tests)),
        ]
        if self.correction != "none":
            of = say("of {tests}", tests=said(plural(self.tests, "test")))
            header.append((say("Adjusted p"), f"{say(_TEXT[self.correction])}, {of}"))
        return Summary(
            title=say("Odds ratios of many models"),
            header=tuple(header),
            tables=(self._table,),
            notes=tuple(note.text for note in self.notes),
            coefficients=self.frame.reset_index(),
        )

    @property
    def _table(self) -> Table:
        fdr = self.correction in ("BH", "BY")
        columns = [
            Column("outcome", say("Outcome"), "left"),
            Column("exposure", say("Exposure"), "left"),
            Column("events", say("Events/n")),
            Column("odds_ratio", f"{say('Odds ratio')} {interval_header(self.level)}", rule=True),
            Column("p_value", p_head()),
        ]
        if self.correction != "none":
            columns.append(Column("p_adjusted", "q" if fdr else say("Adjusted p")))
        return Table(None, tuple(columns), tuple(self._lines()))

    def _lines(self) -> Iterator[tuple[str, ...]]:
        texts = [text for row in self.frame[_NUMBERS].to_numpy(float).tolist() for text in formatting.ratio_row(row)]
        limits = formatting.intervals(texts[1::3], texts[2::3])
        before = ""
        for (_, row), ratio, limit in zip(self.frame.iterrows(), texts[::3], limits, strict=True):
            name, outcome = str(row["exposure"]), str(row["outcome"])
            place = name_of(name)
            if row["level"] is not None and not pd.isna(row["level"]):
                place = Labelled(f"{place} {level_of(name, row['level'])}")
            counts = "" if math.isnan(row["n"]) else f"{formatting.count(row['events'])}/{formatting.count(row['n'])}"
            shown_ratio = reference_text() if row["reference"] else ratio if ratio == "NA" else f"{ratio} {limit}"
            p = [formatting.pvalue(row[key], "publication") for key in ("p_value", "p_adjusted")]
            p = ["" if math.isnan(row[key]) else text for key, text in zip(("p_value", "p_adjusted"), p, strict=True)]
            yield (
                "" if outcome == before else name_of(outcome),
                place,
                counts,
                shown_ratio,
                *p[: 1 + (self.correction != "none")],
            )
            before = outcome

    def plot(self, ax: Axes | None = None, *, width: Width | None = None) -> Axes:
        """Draw the odds ratios as a forest plot; several outcomes stand side by side, up to six."""
        rows = self.frame[self.frame["odds_ratio"].notna()]
        parts = {str(name_of(str(name))): _to_draw(part) for name, part in rows.groupby("outcome", sort=False)}
        lines = forest.lines_of(parts, None)
        kinds = set(self.methods)
        kind = f"{self.methods[0]} " if len(kinds) == 1 and "wald" not in kinds else ""
        return forest.draw(
            ax,
            lines,
            list(parts),
            f"{say('Odds ratio')} {interval_head(self.level, kind.strip())}",
            p_values=False,
            width=width,
        )


def _to_draw(part: pd.DataFrame) -> pd.DataFrame:
    numeric = part["level"].isna()
    return part.assign(variable=part["exposure"], level=part["level"].where(~numeric, None))


def many(
    outcomes: str | Sequence[str],
    exposures: str | Sequence[str],
    adjust: str | Sequence[str],
    data: Any,
    *,
    correction: Correction = "BH",
    estimator: Callable[..., Fit] | None = None,
    level: float = 0.95,
    method: str | None = None,
    labels: Mapping[str, Any] | None = None,
    style: str | Style | None = None,
    digits: int | str | None = None,
    p_digits: int | None = None,
    language: str | None = None,
    **options: Unpack[DesignOptions],
) -> ManyModels:
    """Fit one model for each pair of an outcome and an exposure, and adjust the p-values for their number.

    Parameters
    ----------
    outcomes, exposures : str or sequence of str
        Columns of the data, or terms as in a formula: ``"C(race)"``. One odds ratio each, or one a level of a factor.
    adjust : str or sequence of str
        What all models are adjusted for: ``"age + C(race)"``, ``["age", "race"]``, or ``""`` for nothing.
    data : table
        Rows; each model uses those that are complete for it.
    correction : {"BH", "BY", "holm", "bonferroni", "none"}
        How p-values are adjusted, over all pairs: false discovery rates, or the chance of any false finding.
    estimator : function, optional
        Fits every model, as ``estimator(design, level=level)``; such as ``gl.firth``, default ``gl.logit``.
    level : float
        Confidence level of the limits, which are not adjusted for the number of models.
    method : {"wald", "profile", "score"}, optional
        Limits and tests, as in :func:`table`.
    labels, style, digits, p_digits, language : optional
        As :func:`~glmlogit.style` takes them, for the page; labels before those that the data carry.
    **options
        ``weights weight_type trials offset cluster missing functions``, as :func:`~glmlogit.design` takes them.

    Returns
    -------
    ManyModels
        ``.frame``, ``.fits``, ``.plot()``. A model that cannot be fitted is a row with the reason.

    Raises
    ------
    DataError
        For no outcome or exposure, and unknown corrections.

    Warns
    -----
    SeparationWarning, CollinearityWarning, ConvergenceWarning
        Once for all models of which one would have warned, with their names.

    Notes
    -----
    An exposure is tested as a whole, by one test. A pair without a p-value counts in no adjustment. Limits at 95 % of
    odds ratios chosen for their p-value cover less often than that (Benjamini & Yekutieli 2005). *Matches*
    ``p.adjust`` in R over the p-values of ``drop1``.

    Examples
    --------
    >>> births = gl.datasets.birthwt()
    >>> result = gl.many("low", ["smoke", "ht", "ui", "ftv"], "age + lwt", births)
    >>> result.frame[["odds_ratio", "p_value", "p_adjusted"]].loc[["smoke", "ht"]].round(3)
           odds_ratio  p_value  p_adjusted
    term
    smoke       1.956    0.039       0.079
    ht          6.145    0.007       0.029
    """
    check_choice("correction", correction, CORRECTIONS)
    level, fitted = check_level(level, 0.95), logit if estimator is None else estimator
    columns = tuple(map(str, frames.column_names(data)))
    arguments = {"outcomes": outcomes, "exposures": exposures, "adjust": adjust}
    names = [names_in(values, what) for what, values in arguments.items()]
    frames.check_names([name for side in names for name in side if name.isidentifier()], columns)
    *sides, beside = [[_typed(name, columns) for name in side] for side in names]
    controls, pairs = " + ".join(filter(None, beside)), list(product(*sides))
    warned, models = Warned(), list[_Model]()
    for outcome, exposure in shown(pairs, len(pairs), "models"):
        with warned.of(f"{outcome} and {exposure}"):
            models.append(_model(fitted, outcome, exposure, controls, data, options, level, method))
    warned.tell(len(pairs))
    p = np.array([model.p_value for model in models])
    q = np.full(len(p), np.nan)
    tested = ~np.isnan(p)
    q[tested] = p[tested] if correction == "none" else adjusted(p[tested], correction, int(tested.sum()))
    frame = pd.concat(
        [model.frame.assign(p_adjusted=_first(value, model)) for model, value in zip(models, q, strict=True)]
    )
    frame = frame[[name for name in frame.columns if name != "reason"] + ["reason"]]
    fits = {(m.outcome, m.exposure): m.fit for m in models if m.fit is not None}
    methods = tuple(m.method for m in models if m.method is not None)
    check_known(labels_of(labels), [*columns, *sides[0], *sides[1]], "column of the data")
    notes = _notes(models, correction)
    result = ManyModels(frame, int(tested.sum()), correction, level, fits, controls, methods, notes)
    return printed_as(result, style=style, digits=digits, p_digits=p_digits, language=language, labels=labels)


def _typed(name: str, columns: Collection[str]) -> str:
    """A column as it is typed in a formula; what is no column stands as it is."""
    return quoted(name) if name in columns else name


class _Model(NamedTuple):
    """The rows of one pair; without a fit those of a reason."""

    outcome: str
    exposure: str
    frame: pd.DataFrame
    p_value: float
    fit: Estimate | None = None
    method: Method | None = None
    notes: tuple[Note, ...] = ()


def _model(
    fitted: Callable[..., Fit],
    outcome: str,
    exposure: str,
    controls: str,
    data: Any,
    options: DesignOptions,
    level: float,
    method: str | None,
) -> _Model:
    formula = f"{outcome} ~ {exposure}{' + ' + controls if controls else ''}"
    try:
        rows = design(formula, data, **options)
        variable = _exposure(variables_of(rows, ()), exposure)
        fit = fitted(rows, level=level)
        result = answers(fit, level, method)
        test = joint_test(
            fit, [t for t in fit.columns.terms if t.name in variable.names], TEST_OF[result.evidence.method]
        )
    except GlmlogitError as error:
        return _Model(outcome, exposure, _no_rows(outcome, exposure, str(error)), math.nan)
    ratios = ratio_table(fit, result.evidence)
    frame = _frame(outcome, exposure, variable, ratios, test.p_value, test.reason)
    return _Model(outcome, exposure, frame, test.p_value, fit, result.evidence.method, result.notes)


def _exposure(variables: Sequence[TableVariable], name: str) -> TableVariable:
    plain = name.strip("`")
    match = [v for v in variables if plain in (v.variable, v.name.strip("`")) or name in v.names]
    if not match:
        raise DataError(f"{name!r} is no single term of a formula; give each exposure by itself")
    if match[0].within:
        raise DataError(f"{name} is part of {match[0].within}, so that it has no one odds ratio")
    return match[0]


def _frame(
    outcome: str, exposure: str, variable: TableVariable, ratios: pd.DataFrame, p_value: float, reason: str
) -> pd.DataFrame:
    rows = list(variable.rows) if variable.rated else []
    if len(rows) == 2 and rows[1].term == variable.name:  # a 0/1 variable has one odds ratio
        rows = rows[1:]
    if not rows:
        why = reason or "the exposure has no single odds ratio; the p-value tests its coefficients together"
        return _no_rows(outcome, exposure, why).assign(p_value=p_value)
    numbers = [[1.0, math.nan, math.nan] if r.reference else ratios.loc[[r.term], _NUMBERS].to_numpy()[0] for r in rows]
    frame = pd.DataFrame(
        {
            "outcome": outcome,
            "exposure": exposure,
            "level": pd.Series([row.level if len(rows) > 1 else None for row in rows], dtype=object),
            "reference": [row.reference for row in rows],
            "n": _summed([row.n for row in variable.rows], len(rows)),
            "events": _summed([row.counts[0] for row in variable.rows], len(rows)),
        }
    )
    frame[_NUMBERS] = np.array(numbers)
    frame["p_value"] = [p_value] + [math.nan] * (len(rows) - 1)
    frame["reason"] = [reason] + [""] * (len(rows) - 1)
    frame.index = pd.Index([row.term for row in rows], name="term", dtype=object)
    return frame


def _summed(counts: list[float], rows: int) -> list[float]:
    """Counts of each level, or of all levels where they have one row together."""
    return [sum(counts)] if rows == 1 else counts


def _no_rows(outcome: str, exposure: str, reason: str) -> pd.DataFrame:
    columns: dict[str, Any] = {"outcome": outcome, "exposure": exposure, "level": None, "reference": False}
    columns |= dict.fromkeys(["n", "events", *_NUMBERS, "p_value"], math.nan)
    return pd.DataFrame({**columns, "reason": reason}, index=pd.Index([exposure], name="term", dtype=object))


def _first(value: float, model: _Model) -> list[float]:
    return [value] + [math.nan] * (len(model.frame) - 1)


def _notes(models: Sequence[_Model], correction: str) -> tuple[Note, ...]:
    notes = [note for model in models for note in model.notes]
    for model in models:
        name = both([Name(model.outcome), Name(model.exposure)])
        if model.fit is None:
            why = str(model.frame["reason"].iloc[0])
            notes.append(Note("no_model", sentence("{name}: no model. {why}", name=name, why=why)))
            continue
        notes += [Note(note.code, joined([name, note.text], by=": ")) for note in model.fit.extra_notes]
        if model.fit.sample.dropped.missing:
            gone = plural(model.fit.sample.dropped.missing, "row")
            text = sentence("{name}: {rows} with missing values left out.", name=name, rows=gone)
            notes.append(Note("missing", text))
    if correction != "none":
        notes.append(Note("limits", "Limits are not adjusted for the number of models."))
    return tuple(dict.fromkeys(notes))
