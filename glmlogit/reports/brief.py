"""The few lines that a fit prints: what was modelled, its coefficients, how well it fits, what must be known."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from glmlogit.documents import formatting
from glmlogit.documents.naming import named_page
from glmlogit.documents.pages import Column, Summary, Table
from glmlogit.documents.style import say
from glmlogit.documents.write import MOST_PRINTED_ROWS
from glmlogit.messages.labels import beneath
from glmlogit.messages.words import plural, sentence
from glmlogit.reports.footer import on_freedom, term_word
from glmlogit.reports.summary import alert, header, title

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

# Notes without which the coefficients would be misread.
_SERIOUS = frozenset({"separation", "not_converged", "aliased", "collinear", "digits"})


def brief(fit: Estimate) -> Summary:
    """The page of ``print(fit)``: the coefficients and what they are of; no test is made, no error computed."""
    serious = [note.text for note in fit.notes if note.code in _SERIOUS]
    rest = len(fit.extra_notes) - len(serious)
    more = plural(rest, "note") if rest > 0 else ""
    with beneath((fit,)):
        page = Summary(
            title=title(fit),
            header=header(fit),
            tables=(_coefficients(fit),),
            footer=_numbers(fit),
            notes=(
                *serious,
                sentence(f"print(fit.summary()) has the whole page{' and {notes}' if more else ''}.", notes=more),
            ),
            alert=alert(fit),
            coefficients=fit.params.rename("estimate").reset_index(),
        )
        return named_page(page)


def _coefficients(fit: Estimate) -> Table:
    """Coefficients by term, of several outcomes a column each; of many the first that are not zero."""
    params = fit.params
    frame = params.unstack("outcome", sort=False) if "outcome" in params.index.names else params.to_frame("estimate")  # noqa: PD010
    shown = frame if len(frame) <= MOST_PRINTED_ROWS else frame[(frame != 0).any(axis=1)].head(MOST_PRINTED_ROWS)
    columns = (Column("term", say("Term"), "left"), *(Column(str(key), _head(str(key))) for key in shown))
    cells = [_column(shown[key]) for key in shown]
    rows = tuple(zip(map(term_word, shown.index), *cells, strict=True))
    left = len(frame) - len(shown)
    text = sentence("{k} of {n} terms are not shown; fit.params has all.", k=left, n=len(frame))
    notes = (text,) if left else ()
    return Table(say("Coefficients"), columns, rows, notes)


def _head(key: str) -> str:
    return say("Estimate") if key == "estimate" else key


def _column(values: pd.Series[float]) -> list[str]:
    """Coefficients; a term without one in a column, as cut points have, is blank."""
    return formatting.column(np.asarray(values, dtype=float).tolist())


def _numbers(fit: Estimate) -> tuple[tuple[str, str], ...]:
    numbers = fit.likelihood
    pseudo = fit.sample.pseudo
    deviance, loglik = ("pseudo-deviance", "Log pseudolikelihood") if pseudo else ("deviance", "Log-likelihood")
    value, llf = (formatting.column([x], 5)[0] for x in (numbers.deviance, numbers.llf))
    aic = "" if math.isnan(numbers.aic) else f" (AIC {formatting.column([numbers.aic], 5)[0]})"
    return (
        (say(f"Residual {deviance}"), on_freedom(value, numbers.df_resid)),
        (say(loglik), f"{llf}{aic}"),
    )
