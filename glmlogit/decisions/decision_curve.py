"""Decision curves: what deciding by a model gains over treating all or none, over the thresholds people would use."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.decisions.cells import check_prevalence
from glmlogit.decisions.net_benefit import NetBenefit, called, called_apart, net_benefit
from glmlogit.documents.formatting import fixed
from glmlogit.documents.from_frame import table_from_frame
from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Summary, Table
from glmlogit.documents.style import marked, say
from glmlogit.drawing import axes
from glmlogit.drawing.sizes import Width
from glmlogit.errors import ArgumentError, DataError
from glmlogit.estimate.estimate import Estimate
from glmlogit.evaluation.headers import header_of, limits_line, why_no_counts
from glmlogit.evaluation.judged import judged
from glmlogit.evaluation.judged_rows import HonestRows, Judged, Resampling, RowOptions
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_level
from glmlogit.messages.words import sentence
from glmlogit.numerics.arrays import as_float
from glmlogit.numerics.tails import normal_quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[np.float64]

# Thresholds where none are named.
FIRST, LAST, STEP = 0.01, 0.5, 0.01
# Thresholds that a page shows.
MOST_SHOWN = 8


@dataclass(frozen=True, repr=False, eq=False)
class DecisionCurve(Paged):
    """Net benefit over thresholds; returned by :func:`decision_curve`.

    Attributes
    ----------
    table : DataFrame, a row for each rule and threshold
        ``model threshold net_benefit std_error conf_low conf_high standardised interventions_avoided``; the rules
        ``all`` and ``none`` are among the models. ``standardised`` is over the prevalence, its largest value;
        ``interventions_avoided`` are net of those missed, for each person, against treating all.
    differences : DataFrame
        ``first second threshold difference std_error conf_low conf_high`` of pairs of models, and of each
        model and treating ``all``, in the same rows.
    prevalence : float
    """

    table: pd.DataFrame = field(repr=False)
    differences: pd.DataFrame = field(repr=False)
    prevalence: float
    level: float
    rows: str
    outcome: str
    reason: str = ""
    notes: tuple[Note, ...] = ()
    header: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def _page(self) -> Summary:
        grid = np.unique(self.table["threshold"])
        places = grid[np.unique(np.linspace(0, len(grid) - 1, min(len(grid), MOST_SHOWN)).round().astype(int))]
        why: tuple[str, ...] = (sentence("No limits: {reason}.", reason=self.reason),) if self.reason else ()
        if len(places) < len(grid):
            text = "{n} of {all} thresholds are printed; .table and .differences have all."
            why += (sentence(text, n=len(places), all=len(grid)),)
        return Summary(
            title=sentence("Decision curve of {outcome}", outcome=self.outcome),
            header=(*self.header, ("Prevalence", marked(f"{self.prevalence:.4g}")), limits_line(self.level)),
            tables=tuple(self._tables(places)),
            notes=(*why, *map(str, self.notes), "Treating nobody has a net benefit of 0."),
            coefficients=self.table,
        )

    def _tables(self, places: Array) -> Iterator[Table]:
        """Net benefits at some thresholds, and how far these are above those of treating all."""
        shown = self.table[self.table["threshold"].isin(places) & (self.table["model"] != "none")]
        columns = ["model", "threshold", "net_benefit", "std_error", "conf_low", "conf_high", "interventions_avoided"]
        yield _measured(shown[columns], say("Net benefit"))
        apart = self.differences[self.differences["threshold"].isin(places)]
        apart = apart.rename(columns={"first": "model", "second": "less"})
        yield _measured(apart, say("Differences of net benefit, in the same rows"))

    def plot(self, ax: Axes | None = None, *, width: Width | None = None, limits: bool = True) -> Axes:
        """Draw net benefit against the threshold, of models, of treating all and none; ``limits`` of a single model."""
        ax = axes.axes(ax, 4.8, 3.4, width)
        models = [name for name in self.table["model"].unique() if name not in ("all", "none")]
        for name, style in zip(models, axes.styles(len(models), "models"), strict=True):
            part = self.table[self.table["model"] == name]
            x = part["threshold"]
            label = axes.shown(_rule(str(name)))
            ax.plot(x, part["net_benefit"], color=style.color, linestyle=style.line, label=label, lw=1.6)
            if limits and len(models) == 1:
                ax.fill_between(x, part["conf_low"], part["conf_high"], color=style.color, alpha=0.15, linewidth=0)
        treated = self.table[self.table["model"] == "all"]
        ax.plot(
            treated["threshold"],
            treated["net_benefit"],
            color=axes.ink(),
            linestyle=(0, (5, 2)),
            lw=1.0,
            label=say("all"),
        )
        ax.axhline(0.0, color=axes.ink(), linewidth=1.0, label=say("none"))
        top = float(np.nanmax(self.table["net_benefit"]))
        ax.set_ylim(-0.25 * top if top > 0 else -0.05, 1.1 * top if top > 0 else 0.05)
        axes.label(ax, say("Threshold probability"), say("Net benefit"))
        axes.caption(ax, sentence("Rows: {rows}.", rows=self.rows))
        axes.legend_above(ax)
        return ax


def _measured(frame: pd.DataFrame, title: str) -> Table:
    numbers = [str(name) for name in frame.columns if frame[name].dtype == float and name != "threshold"]
    formats: dict[str, Any] = {**dict.fromkeys(numbers, _four), "threshold": _thresholds}
    frame = frame.assign(**{name: frame[name].map(_rule) for name in ("model", "less") if name in frame})
    return table_from_frame(frame.reset_index(drop=True), title=title, formats=formats)


def _rule(name: str) -> str:
    """What a rule is called: those that the user did not name, in the language of the style."""
    number = name.removeprefix("model ")
    return say("model {k}", k=number) if number.isdigit() else say(name) if name in ("all", "model") else name


def _four(values: Any) -> list[str]:
    return ["NA" if math.isnan(x) else fixed(x + 0.0, 4) for x in values]


def _thresholds(values: Any) -> list[str]:
    return [marked(f"{x:g}") for x in values]


def decision_curve(
    fits: Any = None,
    data: Any = None,
    *,
    y: Any = None,
    p: Any = None,
    thresholds: Any = None,
    prevalence: float | None = None,
    level: float | None = None,
    resampling: Resampling = "none",
    folds: int = 10,
    repeats: int = 10,
    seed: int = 0,
    **rows: Unpack[RowOptions],
) -> DecisionCurve:
    """Net benefit of deciding by models, over a range of thresholds.

    Parameters
    ----------
    fits : Fit, list or dict of fits, optional
        One model or several of the same rows; a dict names them.
    data : table, optional
        New rows, with the outcome.
    y, p : optional
        Outcomes (n,) and probabilities of any program: an array (n,), a dict of such, or a DataFrame, a column a model.
    thresholds : (low, high), or array, optional
        The range in which people would decide, in steps of 0.01, or the thresholds themselves. Default: 0.01 to 0.5,
        with a note: name your own.
    prevalence : float, optional
        Share of people with the event, where rows were chosen by their outcome.
    level : float, optional
        Confidence level, 0.95 by default.
    resampling, folds, repeats, seed : optional
        Judge fits on rows that refits did not see, as in :func:`roc`.
    **rows : options
        ``weights``, ``weight_type``, ``trials``, ``event`` and ``cluster`` of ``y``, or of ``data`` by name.

    Returns
    -------
    DecisionCurve
        ``.table .differences .prevalence``, ``.plot()``.

    Raises
    ------
    DataError
        For thresholds outside 0 to 1, or models of different rows.

    Notes
    -----
    Net benefit is TP/n − FP/n·t/(1 − t) (Vickers & Elkin 2006): true positives less false ones at the rate of exchange
    that a threshold t stands for. Limits take the predictions as they are; those of a difference are of the same rows.
    At t = 1 it is NaN. *Matches* R's ``dcurves::dca``, which has no limits.

    Examples
    --------
    >>> births = gl.datasets.birthwt()
    >>> fits = {"age": gl.logit("low ~ age", births), "more": gl.logit("low ~ age + lwt + smoke", births)}
    >>> curve = gl.decision_curve(fits, thresholds=[0.2, 0.3])
    >>> curve.table.query("threshold == 0.3")[["model", "net_benefit"]].round(4)
      model  net_benefit
    1   age       0.0302
    3  more       0.0892
    5   all       0.0174
    7  none       0.0000
    """
    models = _models(fits, y, p)
    level = check_level(level, 0.95)
    grid, notes = _grid(thresholds)
    check_prevalence(prevalence)
    honest: HonestRows = {"resampling": resampling, "folds": folds, "repeats": repeats, "seed": seed}
    several = {
        name: judged(model, data, y=y, verb="decision_curve", **honest, **rows)
        if isinstance(model, Estimate)
        else judged(y=y, p=model, verb="decision_curve", **rows)
        for name, model in models.items()
    }
    first = next(iter(several.values()))
    if any(not _same(first, part) for part in several.values()):
        raise DataError(
            "the models are of different rows, whose net benefits do not compare; judge all on one table: data="
        )
    z, reason = normal_quantile(level), why_no_counts(first)
    share = _share(first) if prevalence is None else prevalence
    return DecisionCurve(
        pd.concat(_curves(several, grid, prevalence, share, math.nan if reason else z), ignore_index=True),
        pd.DataFrame(_differences(several, grid, prevalence, math.nan if reason else z), columns=_DIFFERENCE),
        share,
        level,
        first.rows,
        first.outcome,
        reason,
        (*first.notes, *notes, *_apparent(first)),
        header_of(first),
    )


_DIFFERENCE = ["first", "second", "threshold", "difference", "std_error", "conf_low", "conf_high"]


def _models(fits: Any, y: Any, p: Any) -> dict[str, Any]:
    """Models by name: fits, or probabilities."""
    if fits is None and p is None:
        raise ArgumentError(
            "decision_curve() takes a fit or several, or y= and p=: gl.decision_curve(fit, thresholds=(0.05, 0.4))"
        )
    if fits is not None and p is not None:
        raise DataError("p= stands in place of fits; give one of them")
    models = p if fits is None else fits
    if isinstance(models, (Mapping, pd.DataFrame)):
        named = {str(name): models[name] for name in models}
    elif isinstance(models, (list, tuple)) and fits is not None:
        named = {f"model {k}": model for k, model in enumerate(models, 1)}
    else:
        named = {"model": models}
    wrong = [value for value in named.values() if fits is not None and not isinstance(value, Estimate)]
    if wrong or not named:
        what = type(wrong[0]).__name__ if wrong else "nothing"
        raise ArgumentError(f"decision_curve() takes a fit, a list or a dict of fits, not {what}; probabilities are p=")
    if clash := {"all", "none"} & set(named):
        raise DataError(f"a model is called {min(clash)!r}, as is the rule to treat so; name it otherwise")
    return named


def _grid(thresholds: Any) -> tuple[Array, tuple[Note, ...]]:
    if thresholds is None:
        text = "Thresholds {low} to {high}; name the range in which people would decide: thresholds=(0.05, 0.3)."
        note = Note("thresholds", sentence(text, low=FIRST, high=LAST))
        return np.arange(FIRST, LAST + STEP / 2, STEP).round(10), (note,)
    values = as_float(np.ravel(np.asarray(thresholds)), "thresholds")
    if isinstance(thresholds, tuple) and len(values) == 2:
        values = np.arange(values[0], values[1] + STEP / 2, STEP).round(10)
    if not len(values) or not ((values >= 0) & (values <= 1)).all():
        raise DataError(f"thresholds={thresholds!r}; give probabilities of 0 to 1, such as thresholds=(0.05, 0.4)")
    return values, ()


def _same(a: Judged, b: Judged) -> bool:
    labels = a.labels is None or b.labels is None or a.labels.equals(b.labels)
    return labels and np.array_equal(a.events, b.events) and np.array_equal(a.nonevents, b.nonevents)


def _share(rows: Judged) -> float:
    n1, n0 = rows.totals
    return n1 / (n1 + n0)


def _curves(
    several: Mapping[str, Judged], grid: Array, prevalence: float | None, share: float, z: float
) -> Iterator[pd.DataFrame]:
    first = next(iter(several.values()))
    everybody = called(None, first.events, first.nonevents, grid)
    treated = net_benefit(everybody, first.totals, grid, prevalence)
    for name, rows in several.items():
        positive = called(rows.probabilities[0], rows.events, rows.nonevents, grid)
        yield _curve(name, net_benefit(positive, rows.totals, grid, prevalence), treated, grid, share, z)
    yield _curve("all", treated, treated, grid, share, z)
    nobody = NetBenefit(np.where(grid < 1, 0.0, np.nan), np.zeros(len(grid)))
    yield _curve("none", nobody, treated, grid, share, z)


def _curve(name: str, of: NetBenefit, treated: NetBenefit, grid: Array, share: float, z: float) -> pd.DataFrame:
    with np.errstate(divide="ignore", invalid="ignore"):  # thresholds of 0
        avoided = np.where(grid > 0, (of.value - treated.value) * (1.0 - grid) / grid, np.nan)
    error = of.std_error if not math.isnan(z) else np.full(len(grid), np.nan)
    half = np.where(error > 0, z * error, np.nan)  # a rule that calls nobody positive has no limits
    return pd.DataFrame(
        {
            "model": name,
            "threshold": grid,
            "net_benefit": of.value,
            "std_error": error,
            "conf_low": of.value - half,
            "conf_high": of.value + half,
            "standardised": of.value / share if share > 0 else np.nan,
            "interventions_avoided": avoided,
        }
    )


def _differences(
    several: Mapping[str, Judged], grid: Array, prevalence: float | None, z: float
) -> Iterator[tuple[Any, ...]]:
    rules: dict[str, Array | None] = {name: rows.probabilities[0] for name, rows in several.items()}
    rows = next(iter(several.values()))
    for a, b in (*combinations(several, 2), *((name, "all") for name in several)):
        apart = called_apart(rules[a], rules.get(b), rows.events, rows.nonevents, grid)
        value, error = net_benefit(apart, rows.totals, grid, prevalence)
        error = error if not math.isnan(z) else np.full(len(grid), np.nan)
        half = np.where(error > 0, z * error, np.nan)
        names = ([name] * len(grid) for name in (a, b))
        yield from zip(*names, grid, value, error, value - half, value + half, strict=True)


def _apparent(rows: Judged) -> Sequence[Note]:
    if not rows.apparent:
        return ()
    text = "The rows are those the models were fitted to: net benefit is too large there, most of all of large models."
    return (Note("apparent", text),)
