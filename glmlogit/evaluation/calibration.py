"""Can probabilities be trusted: reliability diagram and measures of calibration, on rows with a name."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Unpack

import numpy as np
import pandas as pd

from glmlogit.documents.from_frame import measures_table, table_from_frame
from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Summary
from glmlogit.documents.style import say
from glmlogit.drawing.sizes import Width
from glmlogit.errors import DataError
from glmlogit.estimate.recounted import OutcomeCounts
from glmlogit.evaluation import reliability
from glmlogit.evaluation.calibration_plot import draw_reliability
from glmlogit.evaluation.corrected_calibration import SCORES, corrected_calibration
from glmlogit.evaluation.counted import counted
from glmlogit.evaluation.headers import counted_rows, limits_line
from glmlogit.evaluation.judged import judged
from glmlogit.evaluation.judged_rows import GIVEN, Judged, Resampling, RowOptions
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_choice, check_level
from glmlogit.messages.words import Number, joined, plural, sentence
from glmlogit.numerics.tails import normal_quantile
from glmlogit.resampling.bootstrap_refits import bootstrap_refits
from glmlogit.resampling.choices import chosen_before
from glmlogit.scoring import calibration_measures as measured
from glmlogit.scoring import isotonic
from glmlogit.scoring import probability_scores as scores
from glmlogit.scoring.calibration_measures import CalibrationMeasure, Smoother
from glmlogit.scoring.probability_counts import ProbabilityCounts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from glmlogit.estimate.estimate import Estimate

Method = Literal["isotonic", "quantile", "uniform", "loess", "lowess", "spline"]
METHODS = ("isotonic", "quantile", "uniform", "loess", "lowess", "spline")

# What the score equations of maximum likelihood fix in training rows, and the names of tests of it.
BY_CONSTRUCTION = ("intercept", "slope", "o_e")
_TESTS = ["intercept = 0", "slope = 1", "both"]
NO_FINDING = (
    "in the rows a model was fitted to by maximum likelihood the slope is 1, the intercept 0 and observed events are "
    "those expected, by the score equations; that is no finding"
)


@dataclass(frozen=True, repr=False, eq=False)
class Calibration(Paged):
    """How far probabilities are those of the events; returned by :func:`calibration`.

    Attributes
    ----------
    table : DataFrame by ``group``
        ``n probability observed conf_low conf_high``: the diagram. Limits are Wilson's of groups, and of an isotonic
        curve where calibrated probabilities would put it.
    measures : DataFrame by ``measure``
        ``estimate std_error conf_low conf_high``; of a fit judged out of fold also ``apparent``, in its training rows.
    tests : DataFrame by ``test``
        ``statistic df p_value`` of intercept, slope, both, and Spiegelhalter's.
    decomposition : DataFrame by ``part``
        Parts that add up to the Brier score: ``corp`` by isotonic regression, ``murphy`` by ten groups, with what is
        left within these.
    band : DataFrame or None
        ``probability conf_low conf_high``: the consistency band of an isotonic curve.
    rows, method, level, notes
        Which rows these are, how the diagram was made, and what the reader must know.
    """

    table: pd.DataFrame = field(repr=False)
    measures: pd.DataFrame = field(repr=False)
    tests: pd.DataFrame = field(repr=False)
    decomposition: pd.DataFrame = field(repr=False)
    band: pd.DataFrame | None = field(repr=False)
    method: str
    rows: str
    level: float
    outcome: str = "y"
    notes: tuple[Note, ...] = ()
    distinct: ProbabilityCounts = field(repr=False, default=None)  # type: ignore[assignment]

    @property
    def _page(self) -> Summary:
        events, others = (round(float(v.sum()), 6) for v in (self.distinct.events, self.distinct.nonevents))
        return Summary(
            title=sentence("Calibration of the probability of {outcome}", outcome=self.outcome),
            header=(*counted_rows(self.rows, events, others), limits_line(self.level)),
            tables=(
                measures_table(self.measures, title=say("Measures"), names=measured.IN_THE_LARGE),
                *([table_from_frame(self.tests, title=say("Tests"), words=("test",))] if len(self.tests) else []),
            ),
            notes=tuple(map(str, self.notes)),
            coefficients=self.measures.reset_index(),
            facts=pd.DataFrame([self.measures["estimate"].to_dict()]),
        )

    def plot(self, ax: Axes | None = None, *, width: Width | None = None, label: str = "") -> Axes:
        """Draw the reliability diagram, with a histogram of the probabilities of events and of others below."""
        caption = [sentence("Rows: {rows}.", rows=self.rows)]
        if self.method in ("quantile", "uniform") and self.table["conf_low"].notna().any():
            caption.append(sentence("Bars: {level}% limits (Wilson).", level=Number(f"{100 * self.level:g}")))
        if self.band is not None:
            text = "Grey: where {level}% of curves of calibrated probabilities are."
            caption.append(sentence(text, level=Number(f"{100 * BAND_LEVEL:g}")))
        return draw_reliability(ax, self.table, self.band, self.distinct, self.method, joined(caption), label, width)


# Consistency bands are by custom of 90 % (Dimitriadis, Gneiting & Jordan 2021).
BAND_LEVEL = 0.9


def calibration(
    fit: Estimate | None = None,
    data: Any = None,
    *,
    y: Any = None,
    p: Any = None,
    method: Method = "isotonic",
    groups: int = 10,
    smoother: Smoother = "loess",
    level: float | None = None,
    resampling: Resampling | None = None,
    folds: int = 10,
    repeats: int = 10,
    replicates: int = 200,
    seed: int = 0,
    finite_only: bool = False,
    **rows: Unpack[RowOptions],
) -> Calibration:
    """Judge whether probabilities are those of the events.

    Parameters
    ----------
    fit : Fit, optional
        Judged out of fold, in refits that did not see the rows, unless ``data`` has new ones.
    data : table, optional
        New rows, with the outcome.
    y, p : arrays of shape (n,), optional
        Outcomes and probabilities of any program in place of a fit.
    method : {"isotonic", "quantile", "uniform", "loess", "lowess", "spline"}
        How the diagram is made: isotonic regression with a consistency band (CORP); ``groups`` of equal numbers or of
        equal width; a smooth curve.
    groups : int
        Number of groups of ``"quantile"`` and ``"uniform"``.
    smoother : {"loess", "lowess", "spline"}
        Curve of which ``ici e50 e90 emax`` are distances: local quadratic regression, inside [0, 1], above 5,000
        distinct probabilities a spline (restricted cubic, 3 knots); ``"lowess"`` as in R's ``rms``.
    level : float, optional
        Confidence level; default that of the fit, or 0.95.
    resampling : {"cv", "bootstrap", "none"}, optional
        Of a fit without ``data``: out of fold by default; ``"bootstrap"`` corrects a smooth curve (``method``, or
        ``smoother``) and the measures by the optimism of refits; ``"none"`` are the training rows, in which a fit by
        maximum likelihood has no intercept and slope to show.
    folds, repeats : int
        Of ``resampling="cv"``.
    replicates, seed : int
        Of the consistency band, or refits of the bootstrap; the seed also of the folds.
    finite_only : bool
        Leave out rows with probabilities of exactly 0 or 1, which have no log-odds, by a note.
    **rows : options
        ``weights``, ``weight_type``, ``trials``, ``event`` and ``cluster`` of ``y``, or of ``data`` by name.

    Returns
    -------
    Calibration
        ``.table .measures .tests .decomposition .plot()``.

    Raises
    ------
    DataError
        For unknown options, and probabilities outside 0 to 1.

    Notes
    -----
    Intercept: at slope 1, "in the large"; slope of outcomes on log-odds (Cox 1958), Wald limits; ``o_e`` Debray and
    others 2017; ``ici e50 e90 emax`` Austin & Steyerberg 2019, of the curve itself; ``miscalibration − discrimination +
    uncertainty`` is the Brier score (Dimitriadis, Gneiting & Jordan 2021); ``ece mce`` by ten groups of equal width,
    biased upwards in small samples. *Matches* R's ``rms::val.prob`` and, by the bootstrap, ``rms::calibrate``, with
    ``smoother="lowess"``. *Differs*: the former drops probabilities of 0 and 1 silently, has a slope of 0 for constant
    ones, and 7 digits; scikit-learn clips infinite log losses.

    Examples
    --------
    >>> births = gl.datasets.birthwt()
    >>> fit = gl.logit("low ~ age + lwt + C(race) + smoke", births)
    >>> result = gl.calibration(fit, repeats=2)
    >>> result.measures.loc[["slope", "brier"], ["estimate", "apparent"]].round(3)
             estimate  apparent
    measure
    slope       0.714       NaN
    brier       0.206     0.195
    """
    check_choice("method", method, METHODS)
    check_choice("smoother", smoother, measured.SMOOTHERS)
    if not isinstance(groups, (int, np.integer)) or groups < 2:
        raise DataError(f"groups={groups!r}; give a whole number of groups, 2 or more")
    if not isinstance(replicates, (int, np.integer)) or replicates < 20:
        raise DataError(f"replicates={replicates!r}; a band needs 20 or more, by default 200")
    level = check_level(level, 0.95 if fit is None else fit.level)
    own = fit is not None and data is None
    chosen: Resampling = resampling or ("cv" if own else "none")
    if chosen == "bootstrap" and fit is not None and data is None and p is None:
        return _corrected(fit, judged(fit, y=y, **rows), method, smoother, level, replicates, seed)
    judge = judged(
        fit, data, y=y, p=p, resampling=chosen, folds=folds, repeats=repeats, seed=seed, verb="calibration", **rows
    )
    if fit is not None and judge.apparent:
        own, chosen = True, "none"
    result = _of_rows(judge, method, groups, smoother, level, replicates, seed, finite_only)
    if own and chosen == "none":
        return _without_findings(result) if fit is not None and fit.capabilities.calibrated else result
    if own and fit is not None:
        apparent = _of_rows(judged(fit), method, groups, smoother, level, 20, seed, finite_only)
        apparent = _without_findings(apparent) if fit.capabilities.calibrated else apparent
        beside = result.measures.assign(apparent=apparent.measures["estimate"])
        note = Note("refits", "Limits are of the predictions as they are: they ignore that the models were fitted.")
        return replace(result, measures=beside, notes=(*result.notes, note))
    return result


def _corrected(
    fit: Estimate, rows: Judged, method: str, smoother: Smoother, level: float, replicates: int, seed: int
) -> Calibration:
    """The smooth curve and the measures of the training rows, less the optimism of refits to bootstrap samples."""
    if method in ("quantile", "uniform"):
        raise DataError(
            f"method={method!r} has groups, and a bootstrap corrects a smooth curve; give method='loess', 'lowess' or "
            f"'spline', or resampling='cv'"
        )
    curved: Smoother = method if method in measured.SMOOTHERS else smoother  # type: ignore[assignment]
    observations, refits = bootstrap_refits(fit, replicates, seed)
    apparent = _of_rows(rows, curved, 2, curved, level, 20, seed, finite_only=False)
    original = OutcomeCounts(observations.events, observations.nonevents)
    weights = fit.rows.weights if fit.sample.sampled else None
    weights = None if weights is None else weights / weights.mean()
    result = corrected_calibration(apparent.distinct, apparent.distinct.p, refits, original, weights, curved, level)
    beside = apparent.measures["estimate"].copy()
    if fit.capabilities.calibrated:
        beside[list(BY_CONSTRUCTION)] = math.nan
    limits = {"conf_low": result.conf_low, "conf_high": result.conf_high}
    measures = apparent.measures.assign(estimate=result.measures, std_error=math.nan, **limits, apparent=beside)
    measures.loc[~measures.index.isin(SCORES), ["conf_low", "conf_high"]] = math.nan
    drawn = "rows" if observations.clusters is None else plural(observations.n_units, "cluster")
    return replace(
        apparent,
        table=apparent.table.assign(observed=result.curve, apparent=apparent.table["observed"]),
        measures=measures,
        tests=apparent.tests.iloc[:0],
        decomposition=apparent.decomposition.iloc[:0],
        rows=sentence("bootstrap-corrected ({n}, seed {seed})", n=replicates, seed=str(seed)),
        notes=(*apparent.notes, Note("optimism", sentence(OPTIMISM, drawn=drawn)), *result.notes, *chosen_before(fit)),
    )


OPTIMISM = (
    "Curve and measures are those of the rows the model was fitted to, less the optimism of refits; the bootstrap "
    "draws {drawn}. Limits of scores are percentiles of refits in their own samples, moved by the optimism; distances "
    "from a curve, intercept, slope and O/E have none, and a test no optimism."
)


def _of_rows(
    rows: Judged,
    method: str,
    groups: int,
    smoother: Smoother,
    level: float,
    replicates: int,
    seed: int,
    finite_only: bool,
) -> Calibration:
    rows, notes = _finite(rows) if finite_only else (rows, ())
    distinct = counted(rows)
    curve = measured.smooth_curve(distinct, smoother)
    values = list(measured.measures(distinct, curve, level, sampled=rows.sampled))
    z = math.nan if rows.sampled else normal_quantile(level)
    if method == "isotonic":
        banded = not rows.sampled and _drawable(rows)
        shape = reliability.by_isotonic(rows, distinct, replicates, BAND_LEVEL, seed, banded=banded)
    elif method in ("quantile", "uniform"):
        shape = reliability.by_bins(distinct, method, groups, z)
    else:
        shape = reliability.by_curve(distinct, measured.smooth_curve(distinct, method))  # type: ignore[arg-type]
    as_fitted = _as_fitted({value.name: value for value in values}) if rows.rows == GIVEN else []
    return Calibration(
        shape.table,
        measured.frame_of(values),
        measured.tests_of(distinct) if not rows.sampled else measured.tests_of(distinct) * math.nan,
        _decomposition(distinct),
        shape.band,
        method,
        rows.rows,
        level,
        rows.outcome,
        (*rows.notes, *notes, *measured.reasons_of(values), *_advice(rows, curve, smoother), *as_fitted),
        distinct,
    )


def _drawable(rows: Judged) -> bool:
    """Whether counts are whole numbers, from which outcomes can be drawn."""
    n = (rows.events + rows.nonevents) * rows.repeats
    return bool(np.allclose(n, np.round(n), rtol=0.0, atol=1e-9))


def _finite(rows: Judged) -> tuple[Judged, tuple[Note, ...]]:
    finite = np.isfinite(rows.eta)
    if finite.all():
        return rows, ()
    text, gone = "{rows} with probabilities of exactly 0 or 1 left out, as finite_only asks.", int((~finite).sum())
    return rows.take(finite), (Note("infinite", sentence(text, rows=plural(gone, "row"))),)


def _decomposition(distinct: ProbabilityCounts) -> pd.DataFrame:
    """Parts of the Brier score with the sign they enter it by."""
    corp = isotonic.corp(distinct.events, distinct.nonevents, distinct.p)
    bins = scores.bins_of(
        distinct.events, distinct.nonevents, distinct.p, scores.mass_codes(distinct.p, distinct.n, measured.BINS)
    )
    murphy = scores.murphy(distinct.events, distinct.nonevents, distinct.p, bins)
    parts = {
        ("corp", "miscalibration"): (corp.miscalibration, 1),
        ("corp", "discrimination"): (corp.discrimination, -1),
        ("corp", "uncertainty"): (corp.uncertainty, 1),
        ("murphy", "reliability"): (murphy.reliability, 1),
        ("murphy", "resolution"): (murphy.resolution, -1),
        ("murphy", "uncertainty"): (murphy.uncertainty, 1),
        ("murphy", "within_variance"): (murphy.within_variance, 1),
        ("murphy", "within_covariance"): (murphy.within_covariance, -1),
    }
    index = pd.MultiIndex.from_tuples(list(parts), names=["method", "part"])
    return pd.DataFrame(list(parts.values()), index=index, columns=["value", "sign"])


def _without_findings(result: Calibration) -> Calibration:
    """Training rows without what the score equations fix there."""
    measures, tests = result.measures.copy(), result.tests.copy()
    measures.loc[list(BY_CONSTRUCTION)] = math.nan
    tests.loc[_TESTS, ["statistic", "p_value"]] = math.nan
    text = "Intercept, slope and O/E are not shown: {why}. Use resampling='cv' or data=."
    note = Note("apparent", sentence(text, why=NO_FINDING))
    return replace(result, measures=measures, tests=tests, notes=(*result.notes, note))


# A slope so near to 1, with an intercept so near to 0, is the work of score equations.
AS_FITTED = 1e-6


def _as_fitted(values: Mapping[str, CalibrationMeasure]) -> list[Note]:
    """A note on probabilities that their model seems to have been fitted to these rows."""
    if not max(abs(values["slope"].estimate - 1.0), abs(values["intercept"].estimate)) < AS_FITTED:
        return []
    text = "Slope 1 and intercept 0 to six digits: these look like the rows the model was fitted to: {why}."
    return [Note("as_fitted", sentence(text, why=NO_FINDING))]


def _advice(rows: Judged, curve: measured.SmoothCurve, smoother: str) -> list[Note]:
    notes = []
    if curve.kind != smoother:
        text = "More than {n} distinct probabilities: ICI, E50, E90 and Emax are of a spline."
        notes.append(Note("smoother", sentence(text, n=measured.MOST_LOCAL)))
    if rows.groups is not None:
        text = sentence("Limits ignore that rows of one {name} are alike.", name=rows.grouping or "cluster")
        notes.append(Note("clusters", text))
    if rows.sampled:
        notes.append(Note("sampling_weights", "Sampling weights: no limits and tests, since no count was observed."))
    return notes
