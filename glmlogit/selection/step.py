"""Stepwise choice of terms by a criterion, labelled as what it is, with how often each term is chosen in resamples."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import pandas as pd

from glmlogit.documents.from_frame import table_from_frame
from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Summary
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.estimate import refits
from glmlogit.formula.spec import Term
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_choice
from glmlogit.messages.progress import shown
from glmlogit.messages.words import Number, plural, sentence
from glmlogit.selection.models import (
    Criterion,
    Model,
    Models,
    addable,
    choosable,
    models_of,
    penalty_of,
    redrawn_models,
    require_comparable,
    terms_given,
)
from glmlogit.terms.drop1 import droppable

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

Direction = Literal["backward", "forward", "both"]

# A step must lower the criterion by more than this: rounding moves none.
LEAST_GAIN = 1e-7


@dataclass(frozen=True, repr=False)
class Selection(Paged):
    """A model chosen from data, and how; returned by :func:`step`.

    Attributes
    ----------
    terms : tuple of str
        The chosen terms.
    fit : Fit
        The model of these terms. Its tests and intervals know nothing of the choice; a note says so.
    full : Fit
        The model of all terms.
    path : DataFrame, a row a step
        ``change df deviance criterion``: the term left out or taken in.
    frequencies : DataFrame or None
        By term, the share of ``replicates`` in which it is chosen.
    coefficients : DataFrame, by coefficient
        ``full_estimate full_std_error estimate``, and ``std_error p_value`` with ``post_selection="shown"``.
    rows : str
    notes : tuple of Note
    """

    terms: tuple[str, ...]
    fit: Estimate
    full: Estimate
    path: pd.DataFrame
    frequencies: pd.DataFrame | None
    coefficients: pd.DataFrame
    rows: str
    notes: tuple[Note, ...]
    title: str

    @property
    def _page(self) -> Summary:
        header = (
            ("Chosen", " + ".join(self.terms) or "the constant alone"),
            ("Left out", ", ".join(t.name for t in choosable(self.full) if t.name not in self.terms) or "no term"),
            ("Rows", self.rows),
        )
        tables = [table_from_frame(self.path, title="Steps", formats={"criterion": "statistic"})]
        if self.frequencies is not None:
            tables.append(table_from_frame(self.frequencies, title="Chosen in resamples", formats={"share": _shares}))
        full = self.coefficients[["full_estimate", "full_std_error"]].dropna(how="all")
        full = full.rename(columns={"full_estimate": "estimate", "full_std_error": "std_error"})
        chosen = self.coefficients.drop(columns=["full_estimate", "full_std_error"]).dropna(how="all")
        tables.append(table_from_frame(full, title="The model of all terms"))
        tables.append(table_from_frame(chosen, title="The chosen model"))
        return Summary(self.title, header, tuple(tables), notes=tuple(note.text for note in self.notes))


def step(
    fit: Estimate,
    direction: Direction = "backward",
    criterion: Criterion | float = "aic",
    *,
    keep: str | Iterable[str] = (),
    replicates: int = 0,
    seed: int = 0,
    post_selection: Literal["hidden", "shown"] = "hidden",
) -> Selection:
    """Choose terms of a fit step by step, as a selection that says what it costs.

    Parameters
    ----------
    fit : Fit
        By maximum likelihood, with all terms that may be chosen; all models are fitted to its rows.
    direction : {"backward", "forward", "both"}
        Leave terms out of the full model; take them into that of ``keep``; or both, from the full model.
    criterion : {"aic", "bic"} or float
        −2·llf + 2, ln n, or that number for each coefficient; n counts single observations.
    keep : str or iterable of str
        Terms that stay: the exposure, confounders known beforehand.
    replicates, seed : int
        Bootstrap samples in which the choice is repeated, to count how often each term is chosen.
    post_selection : {"hidden", "shown"}
        Whether errors and p-values of the chosen model are printed. They ignore the choice, and are too small.

    Returns
    -------
    Selection
        ``terms fit path frequencies``; it prints.

    Raises
    ------
    DataError
        For unknown terms, directions or criteria.
    UnsupportedError
        For penalised fits, and for sampling weights and clusters, whose likelihood is not the sample's.

    Notes
    -----
    Terms go as a whole, and none while another one contains it. Of equal candidates the first in the formula's order
    is taken; a step must lower the criterion by more than 1e-7. A separated model has the supremum of its likelihood.
    *Matches* R's ``step``. *Differs*: rows are those of the full model, where R stops at missing values; SAS and Stata
    choose by p-values, which a criterion of 3.84 does for terms of one coefficient (2.71: p < 0.10).

    Examples
    --------
    >>> fit = gl.logit("low ~ age + lwt + race + smoke + ptl + ht + ui", gl.datasets.birthwt())
    >>> chosen = gl.step(fit)
    >>> chosen.terms
    ('lwt', 'race', 'smoke', 'ptl', 'ht', 'ui')
    >>> chosen.path[["change", "criterion"]].round(3).values.tolist()
    [['', 219.427], ['- age', 217.986]]
    """
    check_choice("direction", direction, ("backward", "forward", "both"))
    check_choice("post_selection", post_selection, ("hidden", "shown"))
    if isinstance(replicates, bool) or not isinstance(replicates, int) or replicates < 0:
        raise DataError(f"replicates={replicates!r}; give a whole number of bootstrap samples, such as 200")
    require_comparable(fit)
    stay = terms_given(fit, "keep", keep)
    penalty = penalty_of(fit, criterion)
    models = models_of(fit, penalty)
    path = _path(choosable(fit), models, direction, stay)
    chosen = path[-1].model
    frequencies, lost = _frequencies(fit, models, direction, stay, penalty, replicates, seed)
    label: str = criterion.upper() if isinstance(criterion, str) else ""
    if not label:
        label = sentence("−2·llf + {penalty} a coefficient", penalty=Number(f"{penalty:g}"))
    notes = _notes(fit, label, replicates, seed, lost)
    return Selection(
        chosen.terms,
        replace(chosen.fit, extra_notes=(*chosen.fit.extra_notes, notes[0])),
        fit,
        _frame(path),
        frequencies,
        _coefficients(fit, chosen.fit, post_selection),
        "apparent (training rows)",
        notes,
        sentence(f"Stepwise selection by {{criterion}}, {direction}", criterion=label),
    )


class _Step(NamedTuple):
    """A change of the model, ``"- age"`` or ``"+ age"``, and the model it led to."""

    change: str
    model: Model


def _path(terms: list[Term], models: Models, direction: Direction, stay: frozenset[str]) -> list[_Step]:
    """Models from the first to the one that no change improves."""
    first = stay if direction == "forward" else frozenset(term.name for term in terms)
    path = [_Step("", models(first))]
    while True:
        best = _best(terms, models, direction, stay, frozenset(path[-1].model.terms))
        if best is None or not best.model.criterion < path[-1].model.criterion - LEAST_GAIN:
            return path
        path.append(best)


def _best(
    terms: list[Term], models: Models, direction: Direction, stay: frozenset[str], present: frozenset[str]
) -> _Step | None:
    """The change with the lowest criterion; of equal ones the first, terms left out before those taken in."""
    changes = []
    if direction != "forward":
        free = [term.name for term in droppable([term for term in terms if term.name in present])]
        changes += [(f"- {name}", present - {name}) for name in free if name not in stay]
    if direction != "backward":
        changes += [(f"+ {name}", present | {name}) for name in addable(terms, present)]
    steps = [_Step(change, models(names)) for change, names in changes]
    return min(steps, key=lambda candidate: candidate.model.criterion, default=None)


def _frame(path: list[_Step]) -> pd.DataFrame:
    """The steps as a table."""
    ranks = [entry.model.fit.rank for entry in path]
    return pd.DataFrame(
        {
            "change": [entry.change for entry in path],
            "df": pd.array([pd.NA, *(int(d) for d in np.diff(ranks))], dtype="Int64"),
            "deviance": [entry.model.fit.deviance for entry in path],
            "criterion": [entry.model.criterion for entry in path],
        },
        index=pd.RangeIndex(len(path), name="step"),
    )


def _frequencies(
    fit: Estimate,
    models: Models,
    direction: Direction,
    stay: frozenset[str],
    penalty: float,
    replicates: int,
    seed: int,
) -> tuple[pd.DataFrame | None, int]:
    """Share of bootstrap samples in which each term is chosen, and how many samples had a model without a maximum."""
    if not replicates:
        return None, 0
    refits.require_drawable(fit)
    terms, lost = choosable(fit), 0
    counts = pd.Series(0, index=pd.Index([term.name for term in terms], name="term"))
    draws = refits.draws(fit, np.random.default_rng(seed), replicates)
    for draw in shown(draws, replicates, "selections"):
        try:
            path = _path(terms, redrawn_models(models, draw, penalty), direction, stay)
        except UnsupportedError:
            lost += 1
            continue
        counts[list(path[-1].model.terms)] += 1
    return (counts / max(replicates - lost, 1)).to_frame("share"), lost


def _coefficients(full: Estimate, chosen: Estimate, post_selection: str) -> pd.DataFrame:
    """Coefficients of both models side by side, those of the chosen one with errors where that is wanted."""
    table = pd.DataFrame({"full_estimate": full.params, "full_std_error": full.bse})
    names = [*full.params.index, *(name for name in chosen.params.index if name not in full.params.index)]
    columns = {"estimate": chosen.params}
    if post_selection == "shown":
        columns |= {"std_error": chosen.bse, "p_value": chosen.pvalues}
    table = table.reindex(names).assign(**{name: values.reindex(names) for name, values in columns.items()})
    table.index.name = "term"
    return table


def _notes(fit: Estimate, label: str, replicates: int, seed: int, lost: int) -> tuple[Note, ...]:
    notes = [
        Note(
            "post_selection",
            sentence(
                "These terms were chosen by {criterion} from the data they are fitted to: their p-values are too "
                "small, their intervals too narrow and their coefficients too large. Report the model of all terms, "
                "or say how terms were chosen.",
                criterion=label,
            ),
        )
    ]
    if fit.sample.dropped.missing:
        notes.append(
            Note(
                "complete_rows",
                sentence(
                    "All models are fitted to the rows without missing values in any term ({rows} dropped), also those "
                    "that lack the term with the gap.",
                    rows=plural(fit.sample.dropped.missing, "row"),
                ),
            )
        )
    if replicates:
        text = f"Frequencies are of {{samples}} (seed {{seed}}){'; {lost} of them had no maximum' if lost else ''}."
        samples = plural(replicates, "bootstrap sample")
        notes.append(Note("resamples", sentence(text, samples=samples, seed=str(seed), lost=lost)))
    else:
        notes.append(
            Note("stability", "How stable the choice is tells replicates=200: the share of bootstrap samples.")
        )
    return tuple(notes)


def _shares(values: Iterable[float]) -> list[str]:
    return [f"{100.0 * float(x):.0f}%" for x in values]
