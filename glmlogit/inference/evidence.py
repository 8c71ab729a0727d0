"""What a fit says of each coefficient: an interval and the test it belongs to, found together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
import pandas as pd

from glmlogit.errors import DataError, GlmlogitWarning, UnsupportedError
from glmlogit.inference.profile_limits import ProfiledRow, profile_limits, row
from glmlogit.inference.profile_path import profile_cost, require_profile, why_no_profile
from glmlogit.inference.test_result import TestKind
from glmlogit.messages.calls import warn
from glmlogit.messages.notes import Note
from glmlogit.messages.progress import shown
from glmlogit.messages.words import Name, plural, sentence

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


_T = TypeVar("_T")

Method = Literal["wald", "profile", "score"]
METHODS: tuple[Method, ...] = ("wald", "profile", "score")

# Floating-point operations of profiling beyond which nobody waits without having asked: some ten seconds.
LONG = 3e10
TEST_OF: dict[Method, TestKind] = {"wald": "wald", "profile": "lr", "score": "score"}


@dataclass(frozen=True)
class Evidence:
    """Statistic, p-value and limits of each coefficient, a row's all of one test.

    Attributes
    ----------
    method : {"wald", "profile", "score"}
        Of the rows with a finite estimate.
    rows : DataFrame
        By term: ``statistic p_value test conf_low conf_high``. Statistics are estimate over standard error where
        ``test`` is ``"wald"``, and chi-squared on one degree of freedom for ``"lr"`` and ``"score"``.
    notes : tuple of Note
        Where another method was taken than asked for or to be expected, and why numbers are missing.
    """

    method: Method
    rows: pd.DataFrame
    notes: tuple[Note, ...] = ()

    @property
    def limits(self) -> pd.DataFrame:
        """``conf_low conf_high`` by term."""
        return pd.DataFrame(self.columns("conf_low", "conf_high"), index=self.rows.index, copy=True)

    @property
    def mixed(self) -> bool:
        """Whether infinite estimates rest on another test than the others."""
        return len({test for test in self.rows["test"].tolist() if isinstance(test, str)}) > 1

    def columns(self, *names: str) -> dict[str, Any]:
        """Columns of the rows by name, as arrays; ``test`` among them only where tests are of several kinds."""
        return {name: self.rows[name].array for name in names if name != "test" or self.mixed}

    def warned(self) -> Evidence:
        """The same object, after warning of a method that was not to be expected; for tables without notes."""
        for note in self.notes:
            if note.code in _SURPRISING:
                warn(note.text, GlmlogitWarning)
        return self


_SURPRISING = frozenset({"wald_for_size", "no_profile"})


def evidence(fit: Estimate, level: float, method: str | None = None, *, tests: bool = True) -> Evidence:
    """Test and interval of every coefficient by one method; Wald has none for infinite estimates, which are profiled.

    ``method=None`` is the penalised profile for a fit that maximises a penalised likelihood and is reported with the
    model's covariance, Wald for others. Without ``tests`` those that take restricted maxima may be left NaN.
    """
    chosen = check_method(method)
    if fit.saved is not None and fit.saved.answers(fit, level, chosen):
        return Evidence(METHODS[METHODS.index(fit.saved.method)], fit.saved.tests, fit.saved.test_notes)
    if chosen is None:
        return _by_default(fit, level, tests)
    return _by_wald(fit, level) if chosen == "wald" else Evidence(chosen, _profiled(fit, level, chosen, tests))


def check_method(method: str | None) -> Method | None:
    """The method asked for; an error where there is none of that name."""
    if method is not None and method not in METHODS:
        raise DataError(f"method={method!r} is not known; give one of {', '.join(map(repr, METHODS))}")
    return method


def default_method(fit: Estimate) -> Method:
    """The method that ``method=None`` stands for, if the time it takes is left out of account."""
    return "profile" if fit.capabilities.penalised and not why_no_profile(fit) else "wald"


def _by_default(fit: Estimate, level: float, tests: bool) -> Evidence:
    def by(method: Method) -> Evidence:
        return _by_wald(fit, level) if method == "wald" else Evidence(method, _profiled(fit, level, method, tests))

    inference, why = by_method(fit, by, "wald" if default_method(fit) == "wald" else None)
    return Evidence(inference.method, inference.rows, (*inference.notes, *why))


def by_method(fit: Estimate, by: Callable[[Method], _T], method: Method | None) -> tuple[_T, tuple[Note, ...]]:
    """What ``by`` gives by a method; by default by profile likelihood where that can be had soon, else by Wald's.

    A note says why it is Wald's where that is not plain from the fit.
    """
    if method is not None or why_no_profile(fit):
        return by(method or "wald"), ()
    if is_long(fit):
        return by("wald"), (too_long(fit),)
    try:
        return by("profile"), ()
    except UnsupportedError as error:
        return by("wald"), (Note("no_profile", sentence("Wald limits and tests, since {why}.", why=str(error))),)


def is_long(fit: Estimate, count: int = 0) -> bool:
    """Whether profiles of all coefficients, or of ``count`` rows, take longer than is done without being asked for."""
    return _profiles(fit, count) * profile_cost(fit) > LONG


def _profiles(fit: Estimate, count: int) -> int:
    return max(len(fit.coefs.estimated), count)


def too_long(fit: Estimate, count: int = 0) -> Note:
    """The note that says why limits are Wald's where profile limits are the default."""
    return Note(
        "wald_for_size",
        sentence(_LONG, n=plural(_profiles(fit, count), "coefficient"), rows=plural(fit.sample.n_rows, "row")),
    )


_LONG = "Wald limits and tests: profiling {n} in {rows} takes long. method='profile' does it all the same."


NO_LIMITS = "Infinite estimates have neither test nor limits: {reason}."


# --- Wald -----------------------------------------------------------------------------------------
def _by_wald(fit: Estimate, level: float) -> Evidence:
    estimate, statistic, terms = fit.params.to_numpy(), fit.zvalues.to_numpy(), fit.terms
    with np.errstate(over="ignore", invalid="ignore"):
        half = fit.reference.quantile(level) * fit.bse.to_numpy()
        low, high = estimate - half, estimate + half
    rows = pd.DataFrame(
        {
            "statistic": statistic,
            "p_value": fit.reference.pvalue(statistic),
            "test": pd.Series("wald", index=terms, dtype=object),
            "conf_low": low,
            "conf_high": high,
        },
        index=terms,
    )
    infinite = [j for j, state in enumerate(fit.coefs.states) if state.infinite]
    return (
        Evidence("wald", rows, tuple(_infinite_rows(fit, rows, infinite, level)))
        if infinite
        else Evidence("wald", rows)
    )


def _infinite_rows(fit: Estimate, rows: pd.DataFrame, columns: list[int], level: float) -> Iterator[Note]:
    """Put likelihood-ratio tests and profile limits where Wald has none; say why where there are none either."""
    rows.iloc[columns] = np.nan
    reason = why_no_profile(fit)
    if not reason and len(columns) * profile_cost(fit) > LONG:
        reason = sentence(
            "profiling {n} infinite estimates takes long; method='profile' does it all the same", n=len(columns)
        )
    if reason:
        yield Note("no_limits", sentence(NO_LIMITS, reason=reason))
        return
    for j in shown(columns, len(columns), "profile limits"):
        try:
            rows.iloc[j] = _cells(row(fit, j, level, "profile"), "profile")
        except UnsupportedError as error:
            yield Note("no_limits", sentence("{name}: {why}.", name=Name(fit.coefs.labels[j]), why=str(error)))


# --- likelihood and score -------------------------------------------------------------------------
def _profiled(fit: Estimate, level: float, method: Method, tests: bool) -> pd.DataFrame:
    require_profile(fit)
    names = fit.coefs.labels
    columns = shown(range(len(names)), len(names), f"{method} limits")
    if tests:
        cells = [_cells(row(fit, j, level, method), method) for j in columns]
    else:
        limits = (profile_limits(fit, j, level, method) for j in columns)
        cells = [_cells(ProfiledRow(np.nan, np.nan, *both), method) for both in limits]
    return pd.DataFrame(cells, columns=["statistic", "p_value", "test", "conf_low", "conf_high"], index=fit.terms)


def _cells(limits: ProfiledRow, method: Method) -> list[float | str]:
    return [limits.statistic, limits.p_value, TEST_OF[method], limits.low, limits.high]
