"""Does the model fit: tests of all departures, by groups of probabilities, over patterns, and of named departures."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.diagnostics.departures import COLUMNS, Form, departure
from glmlogit.diagnostics.fit_test import NOTHING_ADDED, GoodnessOfFit, chi_squared, normal
from glmlogit.diagnostics.fitted import Fitted, FittedPatterns, fitted_of, score_added
from glmlogit.diagnostics.groupings import GROUPINGS
from glmlogit.diagnostics.level_groups import of_levels, of_probabilities
from glmlogit.errors import ArgumentError, DataError
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_choice
from glmlogit.messages.words import Number, plural, sentence
from glmlogit.numerics.linalg import scale_of
from glmlogit.numerics.row_functions import deviance_rows

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]
Test = Literal[
    "unweighted_ss",
    "hosmer_lemeshow",
    "tsiatis",
    "pearson",
    "deviance",
    "osius_rojek",
    "stukel",
    "information_matrix",
    "link",
    "spiegelhalter",
]
Grouping = Literal["stata", "sas", "r"]

# Trials from which the test of Hosmer and Lemeshow finds departures of no matter.
MANY_TRIALS = 1_000
# Share of a variance from which one pattern decides a test alone.
MOST_OF_IT = 0.5


# Trials up to which the rule of Paul, Pennell & Lemeshow (2013) has a number of groups.
MOST_TRIALS_OF_PAUL = 25_000


def goodness_of_fit(
    fit: Estimate | None = None,
    test: Test = "unweighted_ss",
    groups: int | Literal["paul"] = 10,
    grouping: Grouping = "stata",
    form: Form = "score",
    *,
    y: Any = None,
    p: Any = None,
    levels: Sequence[Any] | None = None,
    weights: Any = None,
    training: bool | None = None,
) -> GoodnessOfFit:
    """Test whether a model fits the rows it was fitted to, or probabilities of any program the outcomes beside them.

    Parameters
    ----------
    fit : Fit
        By maximum likelihood, with or without frequency weights; or ``y`` and ``p`` in its place. Of ``gl.multinomial``
        ``"hosmer_lemeshow"``.
    test : str
        ``"unweighted_ss"`` of all departures (le Cessie & van Houwelingen 1991; Hosmer and others 1997), z;
        ``"hosmer_lemeshow"`` and ``"tsiatis"`` by groups of probabilities; ``"pearson"``, ``"deviance"`` and their
        normal form ``"osius_rojek"`` over covariate patterns; ``"stukel"`` of the tails of the link, ``"link"`` of its
        curvature (η²), ``"information_matrix"`` of the variances (White 1982, its diagonal), ``"spiegelhalter"``, made
        for probabilities from elsewhere.
    groups : int or "paul"
        Number of groups that are aimed at; ``"paul"`` grows with the trials so that power does not, up to 25,000 (Paul,
        Pennell & Lemeshow 2013).
    grouping : {"stata", "sas", "r"}
        Whose rule makes groups where probabilities are equal; answers can differ much.
    form : {"score", "lr", "wald"}
        Of ``"stukel"`` and ``"link"``: with ``"lr"`` the model is fitted with the columns added. The Wald form of
        ``"link"`` is Stata's ``linktest``, z of η² in a fit of η and η².
    y, p : array of shape (n,), array of shape (n,) or (n, K)
        Outcomes and their probabilities, of the event (1 of 0 and 1) or of K levels, for ``"hosmer_lemeshow"`` alone;
        of more than two levels the test of Fagerland, Hosmer & Bofin 2008; of :func:`ordinal` fits that of Fagerland &
        Hosmer 2013, groups of the mean number of the level on (G − 2)(K − 1) + K − 2 df.
    levels : sequence of length K, optional
        The levels in the order of the columns of ``p``, the first one the base; default those of a table, or sorted.
    weights : array of shape (n,), optional
        How often each row of ``y`` counts.
    training : bool
        Whether the rows of ``y`` are those that the model was fitted to: df (G − 2)(K − 1) for G groups, else G(K − 1).

    Returns
    -------
    GoodnessOfFit
        A TestResult with ``.groups`` and ``.notes``. A large p-value proves no fit.

    Raises
    ------
    UnsupportedError
        For penalised fits, clusters, sampling and precision weights.
    DataError
        For an unknown test, or fewer than 2 groups.

    Notes
    -----
    Grouped rows are tested trial by trial. Stukel, link, Tsiatis, information matrix and (z²) the unweighted sum of
    squares are efficient score tests of added columns. *Matches* ``residuals(lrm, "gof")`` of R's ``rms``, Stata's
    ``estat gof`` (``"pearson"``; with ``group(10)`` ``"hosmer_lemeshow"``), SAS ``LACKFIT`` by ``grouping="sas"``,
    R's ``hoslem.test`` by ``"r"``, Stata's ``linktest`` by ``form="wald"``. *Differs*: ``LogisticDx::gof`` adds
    Stukel's two tests up as if they were independent.

    Examples
    --------
    >>> import glmlogit as gl
    >>> fit = gl.logit("low ~ age + lwt + C(race) + smoke", gl.datasets.load("birthwt"))
    >>> print(gl.goodness_of_fit(fit))
    Unweighted sum of squares test of the model: z = 1.7241, p = 0.08469
    """
    check_choice("test", test, (*_TESTS, *COLUMNS))
    if fit is None or y is not None or p is not None:
        return _of_arrays(fit, test, groups, grouping, y, p, levels, weights, training)
    check_choice("grouping", grouping, tuple(GROUPINGS))
    check_choice("form", form, ("score", "lr", "wald"))
    if groups != "paul" and (not isinstance(groups, Integral) or groups < 2):
        raise DataError(f'groups={groups!r}; give a whole number of groups, 2 or more, or "paul"')
    if form != "score" and test not in COLUMNS:
        raise DataError(f"form={form!r} is one of the tests {' and '.join(map(repr, COLUMNS))}; leave it out")
    if fit.rows.levels is not None and test == "hosmer_lemeshow":
        return _of_several_levels(fit, groups, grouping)
    rows = fitted_of(fit)
    if test in COLUMNS:
        return departure(fit, rows, test, form)
    count = _groups_of_paul(rows) if groups == "paul" else int(groups)
    return _TESTS[test](rows, lambda: GROUPINGS[grouping](rows, count), grouping)


def _of_several_levels(fit: Estimate, groups: int | str, grouping: str) -> GoodnessOfFit:
    if groups == "paul" or grouping != "stata":
        raise DataError(
            f"groups={groups!r}, grouping={grouping!r}: of an outcome of several levels groups are a number, and cut "
            f"by Stata's rule"
        )
    return of_levels(fit, int(groups))


def _of_arrays(
    fit: Estimate | None,
    test: str,
    groups: Any,
    grouping: str,
    y: Any,
    p: Any,
    levels: Any,
    weights: Any,
    training: Any,
) -> GoodnessOfFit:
    if fit is not None:
        raise DataError("give a fit, or outcomes and probabilities, y= and p=, not both")
    if y is None and p is None:
        raise ArgumentError(
            "goodness_of_fit() takes a fit, or outcomes and probabilities: gl.goodness_of_fit(fit), "
            "gl.goodness_of_fit(test='hosmer_lemeshow', y=, p=)"
        )
    if test != "hosmer_lemeshow" or grouping != "stata":
        raise DataError(
            f"test={test!r}, grouping={grouping!r}: probabilities without their fit have one test here, "
            f"test='hosmer_lemeshow' with Stata's groups; Spiegelhalter's test is in gl.calibration"
        )
    if not isinstance(groups, Integral) or groups < 2:
        raise DataError(f"groups={groups!r}; give a whole number of groups, 2 or more")
    return of_probabilities(y, p, int(groups), levels=levels, weights=weights, training=training)


def _groups_of_paul(rows: Fitted) -> int:
    n, events = float(rows.trials.sum()), float(rows.events.sum())
    count = paul_groups(n, events)
    if math.isnan(count):
        raise DataError(
            f'groups="paul" has no number of groups for more than {MOST_TRIALS_OF_PAUL:,} trials, of {n:,.0f} here: '
            f"there the test finds departures of no matter. Look at the groups, or at test='unweighted_ss'"
        )
    return int(count)


def paul_groups(n: float, events: float) -> float:
    """Number of groups for n trials (Paul, Pennell & Lemeshow 2013), not yet rounded down; NaN beyond 25,000."""
    if n > MOST_TRIALS_OF_PAUL:
        return math.nan
    return 10.0 if n <= MANY_TRIALS else max(10.0, min(events / 2.0, (n - events) / 2.0, 2.0 + 8.0 * (n / 1000.0) ** 2))


Groups = Callable[[], Positions]


# --- score tests ----------------------------------------------------------------------------------
def _unweighted_ss(rows: Fitted, groups: Groups, grouping: str) -> GoodnessOfFit:
    """``z = (Σ(y − p)² − Σpq)/√RSS``, RSS of 1 − 2p on the columns with weights pq."""
    added = score_added(rows, (rows.q - rows.p)[:, None])
    squares = float(rows.events @ rows.q**2 + (rows.trials - rows.events) @ rows.p**2)
    expected = float(rows.trials @ (rows.p * rows.q))
    sd = (squares - expected) / added.z if added.df and added.z else math.nan
    parts = {"sum_of_squares": squares, "expected": expected, "std_error": sd}
    return normal(added.z, "Unweighted sum of squares test", "" if added.df else NOTHING_ADDED, parts=parts)


def _spiegelhalter(rows: Fitted, groups: Groups, grouping: str) -> GoodnessOfFit:
    """``z = Σ(y − p)(1 − 2p)/√Σ(1 − 2p)²pq``."""
    turned = rows.q - rows.p
    variance = float(rows.weight @ turned**2)
    z = float(rows.residual @ turned) / math.sqrt(variance) if variance > 0 else math.nan
    reason = "" if variance > 0 else "since all probabilities are ½"
    note = Note("in_sample", "It is made for probabilities from elsewhere, and conservative in the rows of the fit.")
    return normal(z, "Spiegelhalter's test", reason, () if reason else (note,))


def _information_matrix(rows: Fitted, groups: Groups, grouping: str) -> GoodnessOfFit:
    squares = (rows.X * scale_of(np.abs(rows.X).max(axis=0))) ** 2
    added = score_added(rows, (rows.q - rows.p)[:, None] * np.column_stack([np.ones(len(squares)), squares]))
    return chi_squared(added.statistic, added.df, "Information matrix test")


def _tsiatis(rows: Fitted, groups: Groups, grouping: str) -> GoodnessOfFit:
    codes = groups()
    table = _table(rows, codes)
    added = score_added(rows, (codes[:, None] == np.unique(codes)).astype(float))
    return chi_squared(
        added.statistic,
        added.df,
        sentence("Tsiatis's test ({groups})", groups=plural(len(table), "group")),
        groups=_shown(table),
    )


# --- groups of probabilities ----------------------------------------------------------------------
def _table(rows: Fitted, codes: Positions) -> pd.DataFrame:
    """Trials, events and expected events of groups, from the lowest probability."""
    _, place = np.unique(codes, return_inverse=True)

    def summed(values: Array) -> Array:
        return np.bincount(place.ravel(), values).astype(np.float64)

    n, expected = summed(rows.trials), summed(rows.trials * rows.p)
    return pd.DataFrame(
        {
            "n": n,
            "observed": summed(rows.events),
            "expected": expected,
            "expected_nonevents": summed(rows.trials * rows.q),
            "probability": expected / n,
        },
        index=pd.RangeIndex(1, len(n) + 1, name="group"),
    )


def _hosmer_lemeshow(rows: Fitted, groups: Groups, grouping: str) -> GoodnessOfFit:
    """``Σ(O − E)²/(E(1 − E/n))`` on two degrees of freedom fewer than groups."""
    table = _table(rows, groups())
    away = table["observed"].to_numpy() - table["expected"].to_numpy()
    expected = table[["expected", "expected_nonevents"]].to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):  # groups in which nothing of one kind is expected
        parts = np.where(away[:, None] == 0, 0.0, away[:, None] ** 2 / expected)
    df = len(table) - 2
    groups_of = plural(len(table), "group")
    reason = sentence("{groups} of different probabilities leave no degrees of freedom", groups=groups_of)
    method = sentence("Hosmer-Lemeshow test ({groups}, {rule})", groups=groups_of, rule=_RULES[grouping])
    return chi_squared(float(parts.sum()), df, method, "" if df > 0 else reason, _shown(table), _by_size(rows))


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    return table.drop(columns="expected_nonevents")


_RULES = {"stata": "Stata's rule", "sas": "SAS's rule", "r": "R's quantiles"}


def _by_size(rows: Fitted) -> tuple[Note, ...]:
    total = float(rows.trials.sum())
    if total <= MANY_TRIALS:
        return ()
    text = sentence(
        "The power of this test grows with the number of trials, {n} here, until it finds departures of no matter: "
        "look at the groups.",
        n=round(total),
    )
    return (Note("power", text),)


# --- covariate patterns ---------------------------------------------------------------------------
_SATURATED = "since the model has a coefficient for every covariate pattern"


def _informative(rows: Fitted) -> FittedPatterns:
    """The patterns that a limiting model does not fit perfectly."""
    patterns = rows.patterns
    present = patterns.weight > 0
    return FittedPatterns(patterns.codes, *(np.asarray(values)[present] for values in patterns[1:]))


def _over_patterns(rows: Fitted, statistic: Callable[[FittedPatterns], float], method: str) -> GoodnessOfFit:
    patterns = _informative(rows)
    df = len(patterns.eta) - rows.rank
    return chi_squared(statistic(patterns), df, method, "" if df > 0 else _SATURATED, notes=_by_patterns(patterns))


def _by_patterns(patterns: FittedPatterns) -> tuple[Note, ...]:
    single, total = int((patterns.trials <= 1).sum()), len(patterns.trials)
    if not single:
        return ()
    text = sentence(
        "{k} of {patterns} have one trial: chi-squared is the distribution where each pattern has some five expected "
        "events and as many others. Use test='unweighted_ss'.",
        k=single,
        patterns=plural(total, "covariate pattern"),
    )
    return (Note("sparse", text),)


def _pearson(rows: Fitted, groups: Groups, grouping: str) -> GoodnessOfFit:
    return _over_patterns(rows, lambda p: float((p.residual * p.residual / p.weight).sum()), "Pearson's test")


def _deviance(rows: Fitted, groups: Groups, grouping: str) -> GoodnessOfFit:
    return _over_patterns(
        rows, lambda p: float(deviance_rows(p.eta, p.events, p.trials - p.events).sum()), "Deviance test"
    )


def _osius_rojek(rows: Fitted, groups: Groups, grouping: str) -> GoodnessOfFit:
    """``z = (X² − (J − k))/√(2(J − Σ1/m) + RSS)``, RSS of (1 − 2p)/v on the columns with weights v."""
    patterns = _informative(rows)
    count, method = len(patterns.eta), "Test of Osius and Rojek"
    if count <= rows.rank:
        return normal(math.nan, method, _SATURATED)
    v = rows.patterns.weight[rows.patterns.codes]
    present = rows.weight > 0
    target = np.where(present, (rows.q - rows.p) / np.where(present, v, 1.0), 0.0) * np.sqrt(rows.weight)
    squares = np.bincount(rows.patterns.codes, rows.outside(target) ** 2).astype(np.float64)
    variance = 2.0 * (count - float((1.0 / patterns.trials).sum())) + float(squares.sum())
    statistic = float((patterns.residual * patterns.residual / patterns.weight).sum()) - (count - rows.rank)
    parts = {
        "chi2": statistic + count - rows.rank,
        "df": float(count - rows.rank),
        "patterns": 2.0 * (count - float((1.0 / patterns.trials).sum())),
        "rss": float(squares.sum()),
    }
    notes = (*_decided(squares, variance), *_off_centre(patterns, rows.rank, math.sqrt(variance)))
    return normal(statistic / math.sqrt(variance), method, notes=notes, parts=parts)


# Standard deviations by which a centre that is too low is worth a note: 5 in 100 tests become 6.
_OFF = 0.3


def _off_centre(patterns: FittedPatterns, rank: int, sd: float) -> tuple[Note, ...]:
    """Where patterns have one trial X² is J on average, as of known probabilities, and not J − k."""
    off = rank * float((1.0 / patterns.trials).mean()) / sd
    if off < _OFF:
        return ()
    text = sentence(
        "X² is compared with J − k, its mean where patterns have many trials; where they have one it is nearer J, so "
        "that z is some {off} too high here, and the test rejects models that are right more often than p says. "
        "Use test='unweighted_ss'.",
        off=Number(f"{off:.1f}"),
    )
    return (Note("off_centre", text),)


def _decided(squares: Array, variance: float) -> tuple[Note, ...]:
    share = float(squares.max() / variance)
    if share <= MOST_OF_IT:
        return ()
    text = sentence(
        "One covariate pattern, whose probability is near 0 or 1, makes {share} % of the variance: the test has no "
        "power against others.",
        share=round(100 * share),
    )
    return (Note("one_pattern", text),)


_TESTS: dict[str, Callable[[Fitted, Groups, str], GoodnessOfFit]] = {
    "unweighted_ss": _unweighted_ss,
    "hosmer_lemeshow": _hosmer_lemeshow,
    "tsiatis": _tsiatis,
    "pearson": _pearson,
    "deviance": _deviance,
    "osius_rojek": _osius_rojek,
    "information_matrix": _information_matrix,
    "spiegelhalter": _spiegelhalter,
}
