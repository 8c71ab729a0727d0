"""Fractional polynomials: powers of continuous variables chosen by closed tests, one variable or several."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from glmlogit.documents.from_frame import table_from_frame
from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Summary
from glmlogit.documents.style import say
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.estimate.refits import with_terms
from glmlogit.formula.tokens import quoted
from glmlogit.messages.notes import Note
from glmlogit.messages.options import names_given
from glmlogit.messages.progress import shown
from glmlogit.messages.words import sentence
from glmlogit.numerics.tails import chi2_pvalue
from glmlogit.selection.models import choosable, require_comparable
from glmlogit.terms.drop1 import droppable

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

Powers = tuple[float, ...]  # () leaves the variable out, (1.0,) is linear, two powers are a polynomial of degree 2

POWERS = (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0)
_FIRST: tuple[Powers, ...] = tuple((power,) for power in POWERS)
_SECOND: tuple[Powers, ...] = tuple(combinations_with_replacement(POWERS, 2))
LINEAR: Powers = (1.0,)
# Rounds over several variables after which powers that still change are left as they are.
MOST_ROUNDS = 5


@dataclass(frozen=True, repr=False)
class FractionalPolynomials(Paged):
    """Powers of continuous variables, and the model that has them; returned by :func:`fractional_polynomials`.

    Attributes
    ----------
    powers : dict of str to tuple of float
        By variable: ``()`` is left out, ``(1.0,)`` linear, ``(0.0, 0.0)`` the logarithm and its square.
    fit : Fit
        The model of these powers; its errors ignore their choice, and a note says so.
    table : DataFrame, by variable and model
        ``powers df deviance p_value``: the best of each degree with the other variables as they are at the end, and
        the test of that of degree 2 against it. ``df`` counts powers.
    rows : str
    notes : tuple of Note
    """

    powers: Mapping[str, Powers]
    fit: Estimate
    table: pd.DataFrame
    rows: str
    notes: tuple[Note, ...]

    @property
    def _page(self) -> Summary:
        chosen = tuple((name, _said(powers)) for name, powers in self.powers.items())
        header = (*chosen, ("Formula", str(self.fit.formula)), ("Rows", self.rows))
        shown = self.table.rename(index=say, level="model")
        notes = tuple(note.text for note in self.notes)
        return Summary("Fractional polynomials", header, (table_from_frame(shown),), notes=notes)


def fractional_polynomials(
    fit: Estimate,
    variables: str | Iterable[str] | None = None,
    *,
    alpha: float = 0.05,
    select: float = 1.0,
    shift: Mapping[str, float] | None = None,
) -> FractionalPolynomials:
    """Choose powers of continuous variables by closed tests (fractional polynomials).

    Parameters
    ----------
    fit : Fit
        By maximum likelihood, from a formula in which each of the variables is a linear term of its own.
    variables : str or iterable of str, optional
        Default: all numeric ones with more than two values.
    alpha : float
        Size of the tests against a straight line and against one power.
    select : float
        Size of the test against leaving a variable out; 1 keeps all. Without ``variables`` the other terms are tested
        so as well.
    shift : dict of str to float, optional
        Added to a variable that has values of 0 or below.

    Returns
    -------
    FractionalPolynomials
        ``powers fit table``; it prints.

    Raises
    ------
    DataError
        For variables that are not linear terms, values of 0 or below without a shift.
    UnsupportedError
        For fits from arrays, without a constant, penalised, with sampling weights or clusters.

    Notes
    -----
    Powers −2, −1, −½, 0 (ln), ½, 1, 2, 3, one or two of them, x^p and x^p·ln x where both are equal (Royston & Altman
    1994). The best two against nothing (4 df), a line (3), one power (2): the first test that does not reject decides
    (Ambler & Royston 2001). Variables in the order of their p-values in the linear model, until powers are stable.
    Variables are divided by a power of ten, which changes no fit. *Matches* R's ``mfp`` and Stata's ``mfp``.
    *Differs*: they shift values below 0 without being told.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + lwt + smoke", gl.datasets.birthwt())
    >>> gl.fractional_polynomials(fit, "lwt").powers
    {'lwt': (1.0,)}
    """
    require_comparable(fit)
    for name, size in {"alpha": alpha, "select": select}.items():
        if isinstance(size, bool) or not isinstance(size, (int, float)) or not 0.0 < size <= 1.0:
            raise DataError(f"{name}={size!r} is no size of a test; give a number above 0, and 1 at most")
    bases = _bases(fit, variables, dict(shift or {}))
    models = _Models(fit, bases, [] if variables is not None or select == 1.0 else _other_terms(fit, bases))
    state = dict.fromkeys(sorted(models.names, key=models.test_of_line), LINEAR)
    rounds = 0
    while rounds < MOST_ROUNDS:
        rounds, before = rounds + 1, dict(state)
        for name in shown(list(state), len(state), "variables"):
            state[name] = _chosen(models.candidates(state, name), alpha, select)
        if state == before:
            break
    stable = state == before
    tables = {name: models.candidates(state, name).frame() for name in models.names}
    table = pd.concat(tables, names=["variable", "model"])
    powers = {name: state[name] for name in models.names}
    notes = _notes(stable)
    chosen = models.fit_of(state)
    labelled = replace(chosen, extra_notes=(*chosen.extra_notes, notes[0]))
    return FractionalPolynomials(powers, labelled, table, "apparent (training rows)", notes)


class _Candidates(NamedTuple):
    """The best models of each degree in one variable: deviance and powers; without degrees where it has no powers."""

    nothing: float
    line: float
    degrees: tuple[tuple[float, Powers], ...]
    df: int

    def p_value(self, deviance: float, df: int) -> float:
        """Test of the best model against a smaller one on ``df`` fewer coefficients and powers."""
        best = self.degrees[-1][0] if self.degrees else self.line
        return float(chi2_pvalue(max(deviance - best, 0.0), df))

    @property
    def smaller(self) -> tuple[float, ...]:
        """P-values of the best model against smaller ones, from that without the variable."""
        if not self.degrees:
            return (self.p_value(self.nothing, self.df),)
        return self.p_value(self.nothing, 4), self.p_value(self.line, 3), self.p_value(self.degrees[0][0], 2)

    def frame(self) -> pd.DataFrame:
        """The models as a table."""
        powers = ["", "1", *(_said(powers) for _, powers in self.degrees)]
        return pd.DataFrame(
            {
                "powers": powers,
                "df": [0, self.df, 2, 4][: len(powers)],
                "deviance": [self.nothing, self.line, *(deviance for deviance, _ in self.degrees)],
                "p_value": [*self.smaller, math.nan],
            },
            index=pd.Index(["left out", "linear", "one power", "two powers"][: len(powers)], name="model"),
        )


def _chosen(models: _Candidates, alpha: float, select: float) -> Powers:
    """The closed test of Ambler & Royston (2001)."""
    p_values = models.smaller
    if select < 1.0 and p_values[0] > select:
        return ()
    if not models.degrees or p_values[1] > alpha:
        return LINEAR
    return models.degrees[0 if p_values[2] > alpha else 1][1]


class _Models:
    """Models in which each variable has some powers, each fitted when first asked for.

    ``bases`` has what powers are taken of, by variable; ``others`` are terms that are in a model or not.
    """

    def __init__(self, fit: Estimate, bases: Mapping[str, str], others: list[str]) -> None:
        self.fit, self.bases, self.names = fit, bases, [*bases, *others]
        stay = [term.name for term in choosable(fit) if term.name not in self.names]
        self._fitted: Callable[[tuple[str, ...]], Estimate] = cache(lambda added: with_terms(fit, stay, added))

    def fit_of(self, state: Mapping[str, Powers]) -> Estimate:
        """The model of these powers."""
        return self._fitted(tuple(term for name, powers in state.items() for term in self._terms(name, powers)))

    def _terms(self, name: str, powers: Powers) -> list[str]:
        line = quoted(name) if name in self.bases else name
        return [line for _ in powers] if powers in ((), LINEAR) else _terms(line, self.bases[name], powers)

    def _model(self, state: Mapping[str, Powers], name: str, powers: Powers) -> Estimate:
        fit = self.fit_of({**state, name: powers})
        if fit.capabilities.unreached:
            raise UnsupportedError(
                f"the model with powers {_said(powers)} of {name} has no maximum that was reached "
                f"({fit.capabilities.unreached})"
            )
        return fit

    def candidates(self, state: Mapping[str, Powers], name: str) -> _Candidates:
        """The best models of each degree in a variable, the others being as they are."""

        def best(choices: Iterable[Powers]) -> tuple[float, Powers]:
            fitted = ((self._model(state, name, powers).deviance, powers) for powers in choices)
            return min(fitted, key=lambda pair: pair[0])

        nothing, line = self._model(state, name, ()), self._model(state, name, LINEAR)
        degrees = (best(_FIRST), best(_SECOND)) if name in self.bases else ()
        return _Candidates(nothing.deviance, line.deviance, degrees, line.rank - nothing.rank)

    def test_of_line(self, name: str) -> float:
        """P-value of a variable in the linear model."""
        state = dict.fromkeys(self.names, LINEAR)
        nothing, line = self._model(state, name, ()), self._model(state, name, LINEAR)
        return float(chi2_pvalue(max(nothing.deviance - line.deviance, 0.0), line.rank - nothing.rank))


def _other_terms(fit: Estimate, bases: Mapping[str, str]) -> list[str]:
    """Terms that are no powers' and take part in no interaction: they may be left out as a whole."""
    return [term.name for term in droppable(choosable(fit)) if term.name not in bases]


def _terms(line: str, base: str, powers: Powers) -> list[str]:
    """Terms of a formula for powers of a variable."""
    terms = [_term(line, base, power) for power in powers]
    if len(powers) == 2 and powers[0] == powers[1]:
        power = f"({base})" if powers[0] == 1 else f"({base})^{_typed(powers[0])}"
        terms[1] = f"I(log({base})^2)" if powers[0] == 0 else f"I({power} * log({base}))"
    return terms


def _term(line: str, base: str, power: float) -> str:
    if power == 1:
        return line
    return f"log({base})" if power == 0 else f"I(({base})^{_typed(power)})"


def _typed(power: float) -> str:
    return f"{power:g}" if power > 0 else f"({power:g})"


def _said(powers: Powers) -> str:
    return ", ".join(f"{power:g}" for power in powers) or "left out"


def _bases(fit: Estimate, variables: str | Iterable[str] | None, shift: dict[str, float]) -> dict[str, str]:
    """By variable, what powers are taken of: the variable, shifted if need be, over a power of ten."""
    frame = fit.rows.frame
    if frame is None or fit.formula is None or not fit.columns.constants:
        raise UnsupportedError("powers are terms of a formula with a constant; fit one, such as 'y ~ x + z'")
    lines = {term.name for term in choosable(fit) if len(term.columns) == 1 and term.variables == (term.name,)}
    uses = [name for term in choosable(fit) for name in term.variables]
    continuous = [name for name in uses if name in lines and uses.count(name) == 1 and frame[name].nunique() > 2]
    wanted = continuous if variables is None else names_given("variables", variables)
    for name in wanted:
        if name not in lines or uses.count(name) > 1:
            raise DataError(
                f"variables={name!r} is no linear term of its own in {fit.formula}; its terms: "
                f"{', '.join(term.name for term in choosable(fit))}"
            )
    return {name: _base(name, np.asarray(frame[name], dtype=np.float64), shift.get(name, 0.0)) for name in wanted}


def _base(name: str, values: np.typing.NDArray[np.float64], shift: float) -> str:
    lowest = float(values.min()) + shift
    if not lowest > 0:
        raise DataError(
            f"{name} has values down to {float(values.min()):g}, and powers are of positive numbers; give a shift that "
            f"means something, such as shift={{{name!r}: {1.0 - float(values.min()):g}}}"
        )
    scale = 10.0 ** math.floor(math.log10(float(np.exp(np.log(values + shift).mean()))))
    moved = f"({quoted(name)} + {shift:.17g})" if shift else quoted(name)
    return moved if scale == 1.0 else f"{moved}/{scale:g}"


def _notes(stable: bool) -> tuple[Note, ...]:
    notes = [
        Note(
            "post_selection",
            "Powers were chosen from the data they are fitted to: standard errors and p-values of their terms take "
            "them as known, and are too small.",
        )
    ]
    if not stable:
        notes.append(
            Note("unstable", sentence("Powers still changed after {n} rounds over the variables.", n=MOST_ROUNDS))
        )
    return tuple(notes)
