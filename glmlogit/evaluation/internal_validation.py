"""Will the model hold in new rows: apparent performance, its optimism, and what is left."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.documents.from_frame import measures_table
from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Summary
from glmlogit.documents.style import say
from glmlogit.drawing import axes
from glmlogit.drawing.sizes import Width
from glmlogit.errors import UnsupportedError
from glmlogit.estimate.recounted import OutcomeCounts
from glmlogit.evaluation.cross_validate import cross_validate
from glmlogit.evaluation.headers import counted_rows, limits_line
from glmlogit.evaluation.judged import judged
from glmlogit.evaluation.new_outcome import of_another_population
from glmlogit.evaluation.resample_counts import ResampleCounts
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_choice, check_level
from glmlogit.messages.words import plural, sentence
from glmlogit.numerics.tails import normal_quantile
from glmlogit.prediction.predict import of_event
from glmlogit.resampling.bootstrap_refits import BootstrapRefit, bootstrap_refits
from glmlogit.resampling.choices import chosen_before
from glmlogit.resampling.observations import SingleObservations
from glmlogit.scoring.calibration_measures import BESIDE_SLOPE
from glmlogit.scoring.logistic_lines import cox
from glmlogit.scoring.optimism import Corrected, corrected, mean_of, paired, shifted_limits, weighed
from glmlogit.scoring.performance import MEASURES, no_information, ordered, performance

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]
Method = Literal["bootstrap", "cv", "632+"]


@dataclass(frozen=True, repr=False, eq=False)
class InternalValidation(Paged):
    """Performance before and after correction for optimism; returned by :func:`internal_validation`.

    Attributes
    ----------
    table : DataFrame by ``measure``
        ``apparent optimism corrected conf_low conf_high``, of the bootstrap also ``training test``: means of refits in
        their own samples and in the original rows. ``intercept`` and ``slope`` are of outcomes on log-odds.
    replicates : DataFrame
        ``training`` and ``test`` measures of each refit, two levels of columns; empty for cross-validation.
    rows, method, level, notes
        Which rows the corrected values stand for, how, and what the reader must know.
    """

    table: pd.DataFrame
    replicates: pd.DataFrame = field(repr=False)
    rows: str
    method: str
    level: float
    outcome: str
    n_events: float
    n_nonevents: float
    notes: tuple[Note, ...] = ()

    @property
    def _page(self) -> Summary:
        return Summary(
            title=sentence("Internal validation of the model of {outcome}", outcome=self.outcome),
            header=(*counted_rows(self.rows, self.n_events, self.n_nonevents), limits_line(self.level)),
            tables=(measures_table(self.table, names=BESIDE_SLOPE),),
            notes=tuple(map(str, self.notes)),
            coefficients=self.table.reset_index(),
            facts=pd.DataFrame([self.table["corrected"].to_dict()]),
        )

    def plot(
        self,
        ax: Axes | None = None,
        *,
        width: Width | None = None,
        measures: tuple[str, ...] = ("auc", "slope", "scaled_brier"),
    ) -> Axes:
        """Draw apparent and corrected values side by side, one line a measure, with the limits of the corrected."""
        ax = axes.axes(ax, 4.2, 0.6 + 0.5 * len(measures), width)
        heights = np.arange(len(measures))[::-1]
        part = self.table.loc[list(measures)]
        for name, shift, style in zip(("apparent", "corrected"), (0.12, -0.12), axes.styles(2, "values"), strict=True):
            ax.plot(part[name], heights + shift, ls="", marker=style.marker, ms=4.5, color=style.color, label=say(name))
        limits = part[["conf_low", "conf_high"]].to_numpy()
        ax.hlines(heights - 0.12, limits[:, 0], limits[:, 1], color=axes.looks()[1].color, linewidth=1.2)
        ax.set_yticks(heights, [say(name).replace("_", " ") for name in measures])
        ax.set_ylim(-0.6, len(measures) - 0.4)
        axes.label(ax, say("Value"))
        axes.legend_above(ax)
        axes.caption(ax, sentence("Rows: {rows}.", rows=self.rows))
        return ax


def internal_validation(
    fit: Estimate,
    method: Method = "bootstrap",
    replicates: int = 200,
    *,
    folds: int = 10,
    repeats: int = 10,
    groups: Any = None,
    seed: int = 0,
    level: float | None = None,
) -> InternalValidation:
    """Correct the apparent performance of a model for having been fitted to the rows it is judged in.

    Parameters
    ----------
    fit : Fit
        The model; all of its building that is in the formula (knots, bases, penalties) is repeated in each sample.
        Choices made before, of variables or transforms, are not, and their optimism stays.
    method : {"bootstrap", "cv", "632+"}
        Optimism bootstrap (Harrell 2015, §5.3); repeated cross-validation; the .632+ rule (Efron & Tibshirani 1997).
    replicates : int
        Bootstrap samples.
    folds, repeats : int
        Of ``"cv"``.
    groups : array of shape (n,), optional
        Rows that stay together, in place of the fit's clusters.
    seed : int
        Of samples and folds.
    level : float, optional
        Confidence level; default that of the fit.

    Returns
    -------
    InternalValidation
        ``.table``: ``measure apparent optimism corrected conf_low conf_high``.

    Raises
    ------
    DataError, UnsupportedError
        For unknown options, estimators of several steps, and precision weights.

    Notes
    -----
    ``r2`` is Nagelkerke's, ``intercept`` and ``slope`` are of outcomes on log-odds, 0 and 1 in the rows of a model by
    construction. Limits of the bootstrap are percentiles of the apparent values, moved by the optimism (Noma
    and others 2021); .632+ has none. *Matches* R's ``rms::validate`` for
    the same samples, which has no limits. Samples that separate or lose a level are judged by their limiting model and
    counted.

    Examples
    --------
    >>> births = gl.datasets.birthwt()
    >>> fit = gl.logit("low ~ age + lwt + C(race) + smoke", births)
    >>> gl.internal_validation(fit, replicates=50).table.loc["auc", ["apparent", "optimism", "corrected"]].round(3)
    apparent     0.684
    optimism     0.041
    corrected    0.643
    Name: auc, dtype: float64
    """
    check_choice("method", method, ("bootstrap", "cv", "632+"))
    level = check_level(level, fit.level)
    _weights(fit)
    if method == "cv":
        return _by_folds(fit, folds, repeats, groups, seed, level)
    observations, refits = bootstrap_refits(fit, replicates, seed, groups)
    samples = sentence("{n}, seed {seed}", n=replicates, seed=str(seed))
    return of_refits(fit, observations, refits, method, level, samples)


def of_refits(
    fit: Estimate,
    observations: SingleObservations,
    refits: Iterable[BootstrapRefit],
    method: Method,
    level: float,
    samples: str,
) -> InternalValidation:
    """Performance of a fit corrected by that of its refits to samples of its observations."""
    weights = _weights(fit)
    original = _weighed(OutcomeCounts(observations.events, observations.nonevents), weights)
    own = ordered(np.asarray(of_event(fit, kind="link"), dtype=np.float64))
    apparent = performance(own, original, fitted=fit.capabilities.calibrated and not fit.coefs.separated)
    judge = _Judge(original, weights, plain=fit.capabilities.calibrated, left_out=method == "632+")
    training, test = paired(*judge.all(refits))
    low = high = np.full(len(MEASURES), np.nan)
    if method == "632+":
        result = weighed(apparent, mean_of(test), no_information(own, original))
        name = sentence(".632+ bootstrap ({samples})", samples=samples)
    else:
        result, name = corrected(apparent, training, test), sentence("bootstrap-corrected ({n})", n=samples)
        low, high = shifted_limits(training, result.optimism, level)
    drawn = "rows" if observations.clusters is None else plural(observations.n_units, "cluster")
    table = _table(result, low, high).assign(training=mean_of(training), test=mean_of(test))
    parts = {"training": training, "left out" if method == "632+" else "test": test}
    frame = pd.concat({key: pd.DataFrame(values, columns=list(MEASURES)) for key, values in parts.items()}, axis=1)
    drawing = Note("rows", sentence("The bootstrap draws {drawn}.", drawn=drawn))
    notes = (*of_another_population(fit), drawing, *judge.notes(method), *chosen_before(fit))
    return _result(fit, table, frame, name, method, level, notes)


def _weights(fit: Estimate) -> Array | None:
    """Sampling weights (n,) of the rows; counts are in the observations."""
    if fit.sample.weighted and not (fit.sample.counted or fit.sample.sampled):
        raise UnsupportedError(
            "shares and ranks count observations, and precision weights count nothing; if the weights are counts or "
            "inverse probabilities say so: weight_type='frequency' or 'sampling'"
        )
    return fit.rows.weights if fit.sample.sampled else None


def _weighed(counts: OutcomeCounts, weights: Array | None) -> OutcomeCounts:
    return counts if weights is None else OutcomeCounts(counts.events * weights, counts.nonevents * weights)


class _Judge:
    """Measures of refits in their own samples and in other rows, and a count of what went wrong."""

    def __init__(self, original: OutcomeCounts, weights: Array | None, *, plain: bool, left_out: bool) -> None:
        self.original, self.weights, self.plain, self.left_out = original, weights, plain, left_out
        self.samples, self.one_class = ResampleCounts(), 0

    def all(self, refits: Iterable[BootstrapRefit]) -> tuple[Array, Array]:
        """Measures (b, m) in the samples, and in the original rows or those left out."""
        training, test = zip(*map(self.both, refits), strict=True)
        return np.array(training), np.array(test)

    def both(self, drawn: BootstrapRefit) -> tuple[Array, Array]:
        """Measures (m,) of one refit in its sample and in the other rows; NaN where there is none."""
        eta = self.samples.predictors(drawn)
        if eta is None or drawn.refit is None:
            nothing = np.full(len(MEASURES), np.nan)
            return nothing, nothing
        rows = ordered(eta)
        sample, others = _weighed(drawn.sample, self.weights), self.original
        if self.left_out:
            others = _weighed(drawn.left_out, self.weights)
        if not all(values.any() for values in (*sample, *others)):
            self.one_class += 1
        by_equations = self.plain and not drawn.refit.separated and bool(np.isfinite(rows.eta).all())
        return performance(rows, sample, fitted=by_equations), performance(rows, others)

    def notes(self, method: str) -> list[Note]:
        """What went wrong, in how many samples."""
        notes = self.samples.notes()
        if self.one_class:
            text = "{n} of {all} samples have one outcome only: no area in these."
            notes.append(self.samples.note("one_class", text, self.one_class))
        if method == "bootstrap":
            text = "Intercept and slope have no limits: in a sample of its own a model has 0 and 1 by construction."
            notes.append(Note("limits", text if self.plain else "Limits: apparent percentiles moved by the optimism."))
        else:
            notes.append(Note("limits", "The .632+ rule has no limits, and none for R², intercept and slope."))
        return notes


def _table(result: Corrected, low: Array, high: Array) -> pd.DataFrame:
    columns = {
        "apparent": result.apparent,
        "optimism": result.optimism,
        "corrected": result.corrected,
        "conf_low": low,
        "conf_high": high,
    }
    return pd.DataFrame(columns, index=pd.Index(MEASURES, name="measure", dtype=object))


def _by_folds(fit: Estimate, folds: int, repeats: int, groups: Any, seed: int, level: float) -> InternalValidation:
    """Values of all rows out of fold; the area is the mean of those within folds."""
    result = cross_validate(fit, folds, repeats, groups, seed, level=level)
    rows, own, plain = result.judged, judged(fit), fit.capabilities.calibrated and not fit.coefs.separated
    counts = OutcomeCounts(rows.events, rows.nonevents)
    line = cox(rows.events, rows.nonevents, rows.score)
    of_all_rows = (line.intercept, line.slope, line.llf) if math.isfinite(line.intercept + line.slope) else None
    values = dict(zip(MEASURES, performance(ordered(rows.score), counts, line=of_all_rows).tolist(), strict=True))
    limits = result.measures[["conf_low", "conf_high"]].T.to_dict("list")
    half = math.nan if rows.sampled else normal_quantile(level) * line.intercept_error
    auc = float(result.measures["estimate"].to_numpy()[0])
    values |= {"auc": auc, "somers_d": 2.0 * auc - 1.0}
    limits |= {
        "somers_d": [2.0 * limit - 1.0 for limit in limits["auc"]],
        "intercept": [line.intercept - half, line.intercept + half],
        "r2": [math.nan, math.nan],
    }
    apparent = performance(ordered(own.score), OutcomeCounts(own.events, own.nonevents), fitted=plain)
    estimate = np.array([values[name] for name in MEASURES])
    low, high = np.array([limits[name] for name in MEASURES]).T
    table = _table(Corrected(apparent, apparent - estimate, estimate), low, high)
    return _result(fit, table, pd.DataFrame(), result.rows, "cv", level, result.notes)


def _result(
    fit: Estimate, table: pd.DataFrame, frame: pd.DataFrame, rows: str, method: str, level: float, notes: Any
) -> InternalValidation:
    outcome, events = fit.sample.outcome.words, fit.sample.n_events
    others = fit.sample.n_trials - events if events else math.nan
    return InternalValidation(table, frame, rows, method, level, outcome, events, others, tuple(notes))
