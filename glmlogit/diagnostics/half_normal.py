"""A half-normal plot of residuals with an envelope of what the model would give: its numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from glmlogit.designs.container import INFINITE_ETA
from glmlogit.diagnostics.pictures import draw_half_normal
from glmlogit.documents.formatting import number
from glmlogit.documents.from_frame import table_from_frame
from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Summary
from glmlogit.drawing.sizes import Width
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.estimate.one_event import require_one_event
from glmlogit.estimate.refits import with_outcome
from glmlogit.messages.notes import Note
from glmlogit.messages.progress import shown
from glmlogit.messages.words import plural, sentence
from glmlogit.numerics.kernels import tails
from glmlogit.numerics.row_functions import deviance_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]


class Random(Protocol):
    """What draws: uniform numbers, and binomial counts."""

    def random(self, size: int) -> Array:
        """Uniform numbers."""

    def binomial(self, n: Any, p: Any) -> Any:
        """Binomial counts."""


@dataclass(frozen=True, eq=False, repr=False)
class HalfNormal(Paged):
    """Ordered absolute deviance residuals, with those of models fitted to outcomes that the model generates.

    Attributes
    ----------
    table : DataFrame
        By rank: ``score`` (half-normal), ``residual``, and ``low median high`` of the simulations.
    replications, seed : int
    separated : int
        Simulated outcomes that are separated; their limiting models take part.
    notes : tuple of Note
    rows : str
        Which rows these are.
    """

    table: pd.DataFrame
    replications: int
    seed: int
    separated: int
    notes: tuple[Note, ...]
    rows: str = "apparent (training rows)"

    @property
    def outside(self) -> int:
        """How many residuals lie outside the envelope."""
        table = self.table
        return int(((table["residual"] > table["high"]) | (table["residual"] < table["low"])).sum())

    def plot(self, ax: Axes | None = None, *, width: Width | None = None) -> Axes:
        """Draw the residuals within the envelope.

        ``width`` of a new figure: ``"column"``, ``"page"`` or millimetres.
        """
        return draw_half_normal(self, ax, width)

    @property
    def _page(self) -> Summary:
        text = sentence(
            "{residuals} of {n} outside the envelope, which is made point by point: neighbours leave it together.",
            residuals=plural(self.outside, "residual"),
            n=len(self.table),
        )
        envelope = sentence(
            "smallest and largest of {n} simulations (seed {seed})", n=str(self.replications), seed=str(self.seed)
        )
        last = self.table.tail(8)
        return Summary(
            title="Half-normal plot of deviance residuals",
            header=(
                ("Rows", self.rows),
                ("Envelope", envelope),
            ),
            tables=(
                table_from_frame(
                    last,
                    title="The largest residuals",
                    formats={str(c): _three for c in last if last[c].dtype == float},
                ),
            ),
            notes=(text, *(note.text for note in self.notes)),
            coefficients=self.table.reset_index(),
        )


def _three(values: Any) -> list[str]:
    return [number(float(x), 3) for x in values]


def half_normal(fit: Estimate, *, replications: int = 19, seed: int = 0) -> HalfNormal:
    """Ordered absolute deviance residuals with a simulated envelope.

    Parameters
    ----------
    fit : Fit
        The fit, of any estimator of this package that maximises one function.
    replications : int
        Outcomes that are drawn from the model and fitted; 19 leave out each point of a right model in one of ten.
    seed : int
        Of the draws (PCG64, simulation by simulation, in the order of rows).

    Returns
    -------
    HalfNormal
        ``.table`` by rank: ``case score residual low median high``; half-normal scores Φ⁻¹((i + n − ⅛)/(2n + ½)).

    Raises
    ------
    DataError
        For a number of replications that is none, or fewer than 1.
    UnsupportedError
        With sampling or precision weights, from which no outcomes can be drawn; for estimators in several steps.

    Notes
    -----
    Atkinson 1981, *Biometrika* 68, 13–20. Residuals of single trials have no half-normal distribution: compare them
    with the envelope, not with a line. *Matches* R's ``faraway::halfnorm`` in its scores.

    Examples
    --------
    >>> import glmlogit as gl
    >>> fit = gl.logit("low ~ age + lwt + smoke", gl.datasets.load("birthwt"))
    >>> gl.half_normal(fit, seed=1).table.columns.tolist()
    ['case', 'score', 'residual', 'low', 'median', 'high']
    """
    for name, value in (("replications", replications), ("seed", seed)):
        if not isinstance(value, Integral) or isinstance(value, bool) or value < (name == "replications"):
            raise DataError(f"{name}={value!r}; give a whole number")
    return enveloped(fit, int(replications), np.random.Generator(np.random.PCG64(int(seed))), int(seed))


def enveloped(fit: Estimate, replications: int, random: Random, seed: int = 0) -> HalfNormal:
    """The numbers of a half-normal plot, with outcomes drawn by ``random``."""
    require_one_event(fit, "residuals are of")
    if fit.sample.uncounted:
        raise UnsupportedError(f"no outcomes can be drawn for {fit.sample.uncounted}, which count nothing")
    if fit.capabilities.why_no_bootstrap:
        raise UnsupportedError(f"simulated outcomes are fitted by maximising one function, unlike {fit.estimator}")
    people = _people(fit)
    observed = _sizes(people.eta, people.events, people.trials)
    order = np.argsort(observed, kind="stable")
    simulated, separated = np.empty((replications, len(order))), 0
    for k, (sizes, separates) in enumerate(
        shown(_simulations(fit, people, replications, random), replications, "refits")
    ):
        simulated[k], separated = np.sort(sizes), separated + separates
    n = len(order)
    table = pd.DataFrame(
        {
            "case": fit.rows.index.to_numpy()[people.rows[order]],
            "score": special.ndtri((np.arange(1, n + 1) + n - 0.125) / (2 * n + 0.5)),
            "residual": observed[order],
            "low": simulated.min(axis=0),
            "median": np.median(simulated, axis=0),
            "high": simulated.max(axis=0),
        },
        index=pd.RangeIndex(1, n + 1, name="rank"),
    )
    notes = []
    if separated:
        text = "{k} of {n} simulated outcomes are separated; their limiting models take part."
        notes.append(Note("separated", sentence(text, k=separated, n=replications)))
    return HalfNormal(table, replications, seed, separated, tuple(notes))


class _People(NamedTuple):
    """Rows (N,) as often as they are counted: which row of the fit, its predictor, events and trials."""

    rows: npt.NDArray[np.intp]
    eta: Array
    events: Array
    trials: Array


def _people(fit: Estimate) -> _People:
    require_one_event(fit, "residuals are of")
    eta = np.concatenate([part.eta for part in fit.contributions])
    n = fit.sample.n_rows
    rows = np.arange(n)
    if fit.sample.counted and fit.rows.weights is not None:
        if (fit.rows.weights != np.round(fit.rows.weights)).any():
            raise UnsupportedError("frequency weights that are not whole numbers count no rows to draw outcomes for")
        rows = np.repeat(rows, fit.rows.weights.astype(np.intp))
    trials = np.ones(n) if fit.rows.trials is None else fit.rows.trials
    return _People(rows, eta[rows], fit.rows.y[rows], trials[rows])


def _sizes(eta: Array, events: Array, trials: Array) -> Array:
    return np.sqrt(deviance_rows(eta, events, trials - events))


def _simulations(fit: Estimate, people: _People, count: int, random: Random) -> Iterator[tuple[Array, bool]]:
    """Absolute deviance residuals (N,) of fits to outcomes of the model, and whether these separate."""
    p = tails(people.eta)[0]
    n, single = fit.sample.n_rows, bool((people.trials == 1).all())
    present = np.abs(people.eta) < INFINITE_ETA
    for _ in range(count):
        drawn = (random.random(len(p)) < p).astype(float) if single else random.binomial(people.trials.astype(int), p)
        drawn = np.where(present, drawn, people.events).astype(np.float64)
        events = np.bincount(people.rows, drawn, n).astype(np.float64)
        trials = np.bincount(people.rows, people.trials, n).astype(np.float64)
        refit = with_outcome(fit, events, trials)
        eta = np.concatenate([part.eta for part in refit.contributions])
        yield _sizes(eta[people.rows], drawn, people.trials), refit.coefs.separated
