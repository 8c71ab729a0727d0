"""Models of the same rows side by side: likelihoods, criteria, pseudo-R², discrimination, tests of nested pairs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Unpack

import numpy as np
import pandas as pd

from glmlogit.diagnostics.pseudo_r2 import pseudo_r2
from glmlogit.documents.formatting import count, fixed, two_decimals
from glmlogit.documents.from_frame import table_from_frame
from glmlogit.documents.naming import Labelled, said
from glmlogit.documents.paged import Paged, printed_as
from glmlogit.documents.pages import Summary
from glmlogit.documents.style import Printing, say
from glmlogit.drawing import forest
from glmlogit.drawing.sizes import Width
from glmlogit.errors import ArgumentError, DataError, GlmlogitError
from glmlogit.estimate.estimate import Estimate
from glmlogit.estimate.nesting import is_nested, require_same_rows
from glmlogit.evaluation.areas import delong
from glmlogit.evaluation.internal_validation import internal_validation
from glmlogit.evaluation.judged import judged
from glmlogit.evaluation.ranking import ranking_of
from glmlogit.inference.hypothesis import name_of
from glmlogit.inference.lr_test import lr_test
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_choice
from glmlogit.messages.words import Name, sentence

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from glmlogit.inference.test_result import TestResult

Resampling = Literal["bootstrap", "cv", "none"]

# Letters that a model's name may have in the tables of a page; longer ones are listed above.
LONGEST_NAME = 28

_R2 = ("mcfadden", "nagelkerke", "tjur")
_CRITERIA = ("n", "events", "df", "llf", "aic", "delta_aic", "bic")
_QUALITY = (*_R2, "auc", "auc_corrected")


@dataclass(frozen=True, repr=False, eq=False)
class ModelComparison(Paged):
    """Models of the same rows side by side; returned by :func:`compare`.

    Attributes
    ----------
    table : DataFrame by ``model``
        ``n events df llf aic delta_aic bic mcfadden nagelkerke tjur auc auc_corrected``; ``df`` counts the estimated
        coefficients, the constant among them.
    tests : DataFrame by ``model`` and ``within``
        ``statistic df p_value reason`` of the likelihood-ratio test of each model within each that it is a case of;
        pairs that are not nested have no row.
    rows : str
        Which rows the corrected areas stand for.
    notes : tuple of Note
        What the reader must know.
    fits : dict of str to Fit
        The models by name; :func:`forest_plot` draws their odds ratios side by side.
    """

    table: pd.DataFrame
    tests: pd.DataFrame
    rows: str
    outcome: str
    notes: tuple[Note, ...] = ()
    fits: Mapping[str, Estimate] = field(default_factory=dict)

    def plot(self, ax: Axes | None = None, *, width: Width | None = None) -> Axes:
        """Draw how much greater AIC is than the least.

        ``width`` of a new figure: ``"column"``, ``"page"`` or millimetres.
        """
        values = self.table["delta_aic"].to_numpy(float)
        numbers = np.column_stack([values, np.full((len(values), 2), math.nan)])
        texts = two_decimals(values)
        drawn = forest.single(
            list(map(str, self.table.index)), numbers, texts, "ΔAIC", say("AIC above the least"), log=False, null=0.0
        )
        return forest.draw(drawn, ax, 5.2, width)

    @property
    def _page(self) -> Summary:
        long = max(map(len, self.table.index)) > LONGEST_NAME
        short = {name: say("model {k}", k=k) if long else name for k, name in enumerate(self.table.index, 1)}
        listed = tuple((short[name].capitalize(), name) for name in self.table.index) if long else ()
        n, events = (count(float(self.table[name].iloc[0])) for name in ("n", "events"))
        return Summary(
            title=Labelled(say("Models of {outcome}", outcome=said(self.outcome))),
            header=(
                (say("Rows"), say("{n}, events {events}, the same in all models", n=n, events=events)),
                (say("Areas"), said(self.rows)),
                *listed,
            ),
            tables=(*self._model_tables(short), *self._test_table(short)),
            notes=tuple(map(str, self.notes)),
            coefficients=self.table.reset_index(),
        )

    def _model_tables(self, short: Mapping[str, str]) -> Iterator[Any]:
        frame = self.table.rename(index=short)
        frame.index.name = "model"
        criteria = [name for name in _CRITERIA if name not in ("n", "events")]
        decimals = dict.fromkeys(("llf", "aic", "delta_aic", "bic"), two_decimals)
        yield table_from_frame(frame[criteria], title=say("Likelihoods and criteria"), formats=decimals)
        shown = [name for name in _QUALITY if name != "auc_corrected" or frame[name].notna().any()]
        formats = dict.fromkeys(shown, _three)
        yield table_from_frame(frame[shown], title=say("Pseudo-R² and area under the ROC curve"), formats=formats)

    def _test_table(self, short: Mapping[str, str]) -> Iterator[Any]:
        if len(self.tests):
            frame = self.tests.drop(columns="reason").rename(index=short)
            yield table_from_frame(frame, title=say("Likelihood-ratio tests of nested models"))


def _three(values: Any) -> list[str]:
    return ["NA" if math.isnan(x) else fixed(x, 3) for x in values]


def compare(
    fits: Any,
    *,
    resampling: Resampling = "bootstrap",
    replicates: int = 200,
    folds: int = 10,
    seed: int = 0,
    **printing: Unpack[Printing],
) -> ModelComparison:
    """Put models of the same rows side by side.

    Parameters
    ----------
    fits : dict or list of fits
        Two models or more; a dict names them, a list calls them by their formulas.
    resampling : {"bootstrap", "cv", "none"}
        How the area under the ROC curve is corrected for having been computed in the rows of the fit: by the optimism
        of refits to the same samples for all models, out of 10 times ``folds`` folds, or not.
    replicates, folds, seed : int
        Bootstrap samples, folds, and the seed of either.
    **printing
        ``style, digits, p_digits, language, labels``, as :func:`~glmlogit.style` takes them, for its page.

    Returns
    -------
    ModelComparison
        ``.table`` with a row a model, ``.tests`` with a row a nested pair.

    Raises
    ------
    ArgumentError
        For fewer than two fits.
    DataError
        For fits of different rows, whose likelihoods do not compare: with the numbers of rows.

    Notes
    -----
    ``aic`` is −2l + 2·df, ``bic`` −2l + df·log n with n single observations, ``delta_aic`` above the least. A pair is
    tested by 2(l₁ − l₀) where one is a case of the other by its columns, whatever these are called. *Matches* R's
    ``AIC``, ``anova(test = "LRT")`` and Stata's ``estimates stats``, ``lrtest``. *Differs*: they compare fits of
    different rows, Stata by a warning; R's ``anova`` tests models that are not nested.

    Examples
    --------
    >>> births = gl.datasets.birthwt()
    >>> fits = {"age": gl.logit("low ~ age", births), "more": gl.logit("low ~ age + lwt + smoke", births)}
    >>> models = gl.compare(fits, replicates=50)
    >>> models.table[["aic", "delta_aic", "auc", "auc_corrected"]].round(3)
               aic  delta_aic    auc  auc_corrected
    model
    age    235.912      5.033  0.553          0.540
    more   230.879      0.000  0.653          0.624
    >>> models.tests[["statistic", "df", "p_value"]].round(4)
                  statistic  df  p_value
    model within
    age   more       9.0326   2   0.0109
    """
    check_choice("resampling", resampling, ("bootstrap", "cv", "none"))
    named = _named(fits)
    first = next(iter(named.values()))
    _require_same_rows(named)
    areas = {name: _area(fit, resampling, replicates, folds, seed) for name, fit in named.items()}
    table = pd.DataFrame([_row(fit, areas[name]) for name, fit in named.items()], index=_index(list(named), "model"))
    least = table["aic"].min()
    table.insert(table.columns.get_loc("bic"), "delta_aic", table["aic"] - least)  # type: ignore[arg-type]
    tests, same = _tests(named)
    rows = next((area.rows for area in areas.values() if area.rows), "apparent (training rows)")
    result = ModelComparison(
        table, tests, rows, first.sample.outcome.words, (*same, *_untested(tests), *_notes(named, areas)), named
    )
    return printed_as(result, **printing)


def _index(names: list[str], of: str) -> pd.Index:
    return pd.Index(names, name=of, dtype=object)


def _named(fits: Any) -> dict[str, Estimate]:
    """Models by their names, or by formulas, with their place where two have the same."""
    if isinstance(fits, Mapping):
        named = {str(name): fit for name, fit in fits.items()}
    elif isinstance(fits, (list, tuple)):
        names = [name_of(fit) if isinstance(fit, Estimate) else "" for fit in fits]
        twice = [name if names.count(name) == 1 else f"{name} [{k}]" for k, name in enumerate(names, 1)]
        named = dict(zip(twice, fits, strict=True))
    else:
        named = {"": fits}
    wrong = [fit for fit in named.values() if not isinstance(fit, Estimate)]
    if wrong or len(named) < 2:
        what = type(wrong[0]).__name__ if wrong else f"{len(named)}"
        raise ArgumentError(f"compare() takes a list or a dict of two fits or more, not {what}: gl.compare([a, b])")
    return named


def _require_same_rows(named: Mapping[str, Estimate]) -> None:
    (first, fit), *others = named.items()
    for name, second in others:
        try:
            require_same_rows(fit, second)
        except DataError as error:
            raise DataError(f"{first} and {name}: {error}") from None


class _Areas(NamedTuple):
    """Apparent and corrected area, the rows of the latter, and why one is missing."""

    apparent: float = math.nan
    corrected: float = math.nan
    rows: str = ""
    reason: str = ""


def _area(fit: Estimate, resampling: Resampling, replicates: int, folds: int, seed: int) -> _Areas:
    if len(fit.response.levels) > 2:
        return _Areas(reason="areas are of two outcomes; see gl.multiclass_auc")
    try:
        apparent = delong(ranking_of(judged(fit))).auc
    except GlmlogitError as error:
        return _Areas(reason=str(error))
    if resampling == "none":
        return _Areas(apparent)
    try:
        validated = internal_validation(fit, resampling, replicates, folds=folds, seed=seed)
    except GlmlogitError as error:
        return _Areas(apparent, reason=str(error))
    return _Areas(apparent, float(validated.table["corrected"]["auc"]), validated.rows)


def _row(fit: Estimate, area: _Areas) -> dict[str, float]:
    numbers, sample = fit.likelihood, fit.sample
    r2 = pseudo_r2(fit) if len(fit.response.levels) == 2 else pd.Series(math.nan, index=list(_R2))
    return {
        "n": sample.n_trials,
        "events": sample.n_events,
        "df": fit.rank,
        "llf": numbers.llf,
        "aic": numbers.aic,
        "bic": numbers.bic,
        **{name: float(r2[name]) for name in _R2},
        "auc": area.apparent,
        "auc_corrected": area.corrected,
    }


def _tests(named: Mapping[str, Estimate]) -> tuple[pd.DataFrame, list[Note]]:
    """Tests of each model within each that it is a case of; notes on models that are the same in other columns."""
    rows: dict[tuple[str, str], TestResult] = {}
    notes = []
    for pair in combinations(named, 2):
        small, big = sorted(pair, key=lambda name: named[name].rank)
        if not is_nested(named[big], named[small]):
            continue
        if named[small].rank == named[big].rank:
            names = {"a": Name(small), "b": Name(big)}
            text = sentence(_SAME, **names, apart=_apart(named[small], named[big]))
            notes.append(Note("same_model", text))
        else:
            rows[small, big] = lr_test(named[big], named[small])
    index = pd.MultiIndex.from_tuples(list(rows), names=["model", "within"])
    columns = ["statistic", "df", "p_value", "reason"]
    values = [[getattr(test, name) for name in columns] for test in rows.values()]
    frame = pd.DataFrame(values, columns=columns, index=index if rows else index[:0])
    return frame.astype({"statistic": np.float64, "df": np.int64, "p_value": np.float64}), notes


_SAME = "{a} and {b} are one model{apart}: there is nothing to test."


def _apart(a: Estimate, b: Estimate) -> str:
    """What tells two fits of one model from each other."""
    if a.estimator == b.estimator:
        return " in other columns"
    return sentence(", {a} and {b}", a=a.estimator, b=b.estimator)


def _untested(tests: pd.DataFrame) -> Iterator[Note]:
    """Why nested pairs have no test, each reason once."""
    for reason, part in tests[tests["reason"] != ""].groupby("reason", sort=False):
        pairs = [sentence("{small} within {big}", small=Name(small), big=Name(big)) for small, big in part.index]
        yield Note("untested", sentence("{names}: {reason}.", names=pairs, reason=str(reason)))


def _notes(named: Mapping[str, Estimate], areas: Mapping[str, _Areas]) -> Iterator[Note]:
    """Why numbers are missing, and what a choice among the models costs."""
    reasons: dict[str, list[str]] = {}
    for name, fit in named.items():
        if fit.capabilities.why_no_aic:
            why = sentence("no AIC and BIC: {why}", why=fit.capabilities.why_no_aic)
            reasons.setdefault(why, []).append(name)
        if areas[name].reason:
            why = sentence("no corrected area: {why}", why=areas[name].reason.rstrip("."))
            reasons.setdefault(why, []).append(name)
        if fit.coefs.separated:
            reasons.setdefault("separated: its likelihood is the supremum", []).append(name)
    for reason, names in reasons.items():
        yield Note("undefined", sentence("{names}: {reason}.", names=list(map(Name, names)), reason=reason))
    if len({fit.estimator for fit in named.values()}) > 1:
        text = "AIC and BIC are of the likelihood at the estimates, which is not its maximum where a fit is penalised."
        yield Note("estimators", text)
    text = (
        "Whoever takes the model with the least AIC or the largest area makes a choice that no number here is "
        "corrected for: see gl.step(fit) for what it costs, and name the models before looking."
    )
    yield Note("choice", text)
