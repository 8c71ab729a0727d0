"""Lasso and elastic net at many penalties: coefficients by penalty, a fit at any of them, and their picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Unpack

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.designs.container import Design
from glmlogit.documents.from_frame import table_from_frame
from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Summary
from glmlogit.documents.style import say
from glmlogit.drawing import axes
from glmlogit.drawing.sizes import Width
from glmlogit.errors import DataError
from glmlogit.estimators.elastic_net import at_penalty, fit_of, likelihood_of, require_maximum
from glmlogit.estimators.fit import Fit
from glmlogit.estimators.options import FitOptions
from glmlogit.estimators.penalised import (
    Factors,
    Limits,
    PenaltyShape,
    check_penalties,
    check_penalty,
    penalised_rows,
    standardizes,
    weight_of,
)
from glmlogit.fitting.control import Control
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_count, check_level
from glmlogit.messages.progress import shown
from glmlogit.messages.words import Number, sentence
from glmlogit.numerics.lazy import cached_property
from glmlogit.shrinkage.certificate import duality_gap, violation
from glmlogit.shrinkage.path import null_point, path
from glmlogit.shrinkage.problem import AnyProblem, penalty_path
from glmlogit.shrinkage.solve import End, Optimum

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[np.float64]

# Paths named in a picture, and rows on a page.
_NAMED, _SHOWN = 12, 12


@dataclass(frozen=True, repr=False, eq=False)
class PenaltyPath(Paged):
    """Penalised maxima at many penalties; returned by :func:`elastic_net_path`.

    Attributes
    ----------
    penalties : ndarray (L,)
        λ, in the order they were given; falling where they were chosen here.
    coefficients : DataFrame (L, p) by penalty
        On the scale of the data; exact zeros.
    table : DataFrame (L rows)
        ``penalty C n_nonzero deviance explained objective gap kkt``: the deviance and its share of the null model's
        that is explained, the objective per observation and its certificate.
    """

    penalties: Array
    coefficients: pd.DataFrame = field(repr=False)
    points: tuple[Optimum, ...] = field(repr=False)
    l1_ratio: float
    rows: Design = field(repr=False)
    problem: AnyProblem = field(repr=False)
    level: float = 0.95
    control: Control = field(default_factory=Control, repr=False)
    notes: tuple[Note, ...] = ()

    @cached_property
    def table(self) -> pd.DataFrame:
        """Numbers of each penalty; certificates are worked out when first asked for."""
        return _table(self.rows, self.problem, self.points)

    @property
    def n_nonzero(self) -> npt.NDArray[np.intp]:
        """How many penalised coefficients (L,) are not 0."""
        penalised = self.problem.ordered(self.problem.factors) > 0
        return np.asarray(np.count_nonzero(self.coefficients.to_numpy()[:, penalised], axis=1))

    def fit(self, penalty: float, *, relax: float | None = None) -> Fit:
        """The fit at a penalty, of the path or any other: solved for, not interpolated; ``relax`` as in a fit."""
        point = at_penalty(self.problem, check_penalty(penalty))
        return fit_of(self.rows, self.problem, point, self.level, self.control, relax)

    @property
    def _page(self) -> Summary:
        at = np.unique(np.linspace(0, len(self.table) - 1, min(_SHOWN, len(self.table))).round().astype(int))
        shown_rows = self.table.iloc[at][["penalty", "C", "n_nonzero", "deviance", "explained", "gap"]]
        return Summary(
            title=sentence("Path of penalties, {method}", method=_share(self.l1_ratio)),
            header=(
                (self.rows.outcome.heading, self.rows.outcome.words),
                ("Observations", f"{self.rows.nobs:g}"),
                ("Columns", f"{self.rows.n_columns}"),
                ("Penalties", _range(self.penalties)),
            ),
            tables=(table_from_frame(shown_rows.reset_index(drop=True)),),
            notes=tuple(note.text for note in self.notes),
            coefficients=self.coefficients.reset_index(),
            facts=self.table,
        )

    def plot(self, ax: Axes | None = None, *, width: Width | None = None, standardized: bool = True) -> Axes:
        """Draw coefficients against λ, on its logarithm; times standard deviations of columns unless that is False."""
        return draw_path(self, ax, standardized=standardized, width=width)


def elastic_net_path(
    formula_or_design: str | Design,
    data: Any = None,
    *,
    penalties: npt.ArrayLike | None = None,
    n_penalties: int = 100,
    min_ratio: float | None = None,
    l1_ratio: float = 1.0,
    standardize: bool | Literal["numeric"] = True,
    penalty_factor: Factors = None,
    lower: Limits = None,
    upper: Limits = None,
    grouped: bool = False,
    adaptive: float | None = None,
    level: float = 0.95,
    control: Control | None = None,
    **options: Unpack[FitOptions],
) -> PenaltyPath:
    """Lasso or elastic net at many penalties, from the largest, at which nothing is left, down.

    Parameters
    ----------
    formula_or_design : str or Design
        ``"low ~ age + C(race)"`` with ``data``, or a design made before, also one of ``scipy.sparse`` columns.
    data : table
        Rows with the columns that the formula names, of pandas, polars, pyarrow or DuckDB, or a dict of arrays.
    penalties : array of shape (L,), optional
        λ falling or rising; default ``n_penalties`` of them, falling geometrically from the largest.
    n_penalties : int
        How many penalties there are.
    min_ratio : float, optional
        The smallest as a share of the largest; default 1e-4, or 1e-2 where columns are more than rows.
    l1_ratio, standardize, penalty_factor, lower, upper, grouped, adaptive : optional
        As in :func:`~glmlogit.elastic_net`. With a share of 0 the largest penalty is that of 0.001, as in glmnet.
    level : float
        Confidence level of later tables.
    control : Control, optional
        ``strict`` and ``threads`` are of use.
    **options
        ``weights weight_type trials event offset cluster class_weight missing functions``, as :func:`~glmlogit.design`
        takes them.

    Returns
    -------
    PenaltyPath
        ``.coefficients .table .fit(penalty) .plot()``.

    Raises
    ------
    DataError, NotEstimableError
        As in :func:`~glmlogit.elastic_net`, and for penalties that are no numbers of 0 or more, or in no order.

    Notes
    -----
    Columns are set aside by the strong rule (Tibshirani et al. 2012) and taken back where their score says so; each
    maximum is exact to 1e-9 standard errors, to 1e-5 with more than 1,500 columns in play, and has a gap. *Matches* R's
    ``glmnet`` at convergence. *Differs*: glmnet stops where the deviance changes by less than 1e-5 of itself; here a
    path ends where a maximum no longer exists. It sorts penalties in silence; a list in no order is refused here.

    Examples
    --------
    >>> path = gl.elastic_net_path("low ~ age + lwt + smoke", gl.datasets.birthwt(), n_penalties=4)
    >>> path.table[["penalty", "n_nonzero", "explained"]].round(4)
       penalty  n_nonzero  explained
    0   0.0786          0     0.0000
    1   0.0036          3     0.0501
    2   0.0002          3     0.0503
    3   0.0000          3     0.0503
    """
    level, rows = check_level(level, 0.95), penalised_rows(formula_or_design, data, options)
    shape = PenaltyShape(l1_ratio, standardizes(standardize), penalty_factor, lower, upper, grouped, adaptive)
    problem = shape.problem(rows)
    null = null_point(problem)
    require_maximum(rows, null._replace(penalty=np.inf))
    wanted = penalties_of(problem, null, penalties, n_penalties, min_ratio)
    points = list(shown(path(problem, np.sort(np.unique(wanted))[::-1], null), len(wanted), "path"))
    return path_of(rows, problem, wanted, points, level, control or Control())


def penalties_of(problem: AnyProblem, null: Optimum, penalties: Any, count: int, min_ratio: float | None) -> Array:
    """The penalties as given, checked, or those of glmnet."""
    if penalties is None:
        check_count("n_penalties", count)
        if min_ratio is not None and not 0 < min_ratio < 1:
            raise DataError(
                f"min_ratio={min_ratio!r}: the smallest penalty as a share of the largest is between 0 and 1"
            )
        n, p = problem.columns.shape
        largest = problem.largest_penalty(null.score) or 1.0
        return penalty_path(largest, n, p - len(problem.unpenalised) // problem.per_column, count, min_ratio)
    return check_penalties(penalties)


def path_of(
    rows: Design, problem: AnyProblem, wanted: Array, points: list[Optimum], level: float, control: Control
) -> PenaltyPath:
    """Points at falling penalties as a path in the order in which penalties were given."""
    ended = next((point for point in points if point.end is not End.CONVERGED), None)
    by_penalty = {point.penalty: point for point in points if point.end is End.CONVERGED}
    if not by_penalty:
        require_maximum(rows, points[0])
    reached = np.array([penalty for penalty in wanted if penalty in by_penalty])
    chosen = [by_penalty[penalty] for penalty in reached]
    keys = likelihood_of(rows, control).arrangement.keys
    coefficients = pd.DataFrame(
        np.array([problem.ordered(problem.canonical(point.beta)) for point in chosen]),
        index=pd.Index(reached, name="penalty"),
        columns=pd.MultiIndex.from_tuples(keys, names=["outcome", "term"]) if keys else list(rows.names),
    )
    notes = (
        ()
        if ended is None
        else (Note("ended", sentence(_ENDED, penalty=Number(f"{ended.penalty:.4g}"), why=ended.end.value)),)
    )
    light = tuple(point._replace(part=None, model=None, trace=()) for point in chosen)
    return PenaltyPath(reached, coefficients, light, problem.l1_ratio, rows, problem, level, control, notes)


def _range(penalties: Array) -> str:
    """How many penalties there are, and from which to which."""
    largest, smallest = (Number(f"{x:.4g}") for x in (penalties.max(), penalties.min()))
    return sentence("{n}, from {largest} to {smallest}", n=str(len(penalties)), largest=largest, smallest=smallest)


def _ended(point: Optimum) -> Note:
    penalty = Number(f"{point.penalty:.4g}")
    return Note("ended", sentence(_ENDED, penalty=penalty, why=point.end.value))


_ENDED = (
    "The path ends above penalty {penalty}, at which there is no maximum: {why}. Smaller penalties are left out; "
    "report those above, or a penalty for all columns."
)


def _table(rows: Design, problem: AnyProblem, points: Sequence[Optimum]) -> pd.DataFrame:
    """Numbers of each point."""
    total = weight_of(rows)
    unit, penalised = total / problem.total, problem.factors > 0
    saturated, null = problem.saturated, null_point(problem).value
    penalties = np.array([point.penalty for point in points])
    with np.errstate(divide="ignore"):
        inverse = 1.0 / (penalties * total)
    values = np.array([point.value for point in points])
    points = [point._replace(beta=problem.canonical(point.beta)) for point in points]
    return pd.DataFrame(
        {
            "penalty": penalties,
            "C": inverse,
            "n_nonzero": [int(np.count_nonzero(point.beta[penalised])) for point in points],
            "deviance": 2.0 * unit * (saturated - values),
            "explained": (values - null) / (saturated - null),
            "objective": [problem.objective(point.value, point.penalty, point.beta) for point in points],
            "gap": [duality_gap(problem, q.penalty, q.beta) for q in points],
            "kkt": [violation(problem, q.penalty, q.beta, q.score) for q in points],
        }
    )


def _share(ratio: float) -> str:
    return {0.0: "ridge", 1.0: "lasso"}.get(ratio, f"elastic net, l1_ratio = {ratio:g}")


def draw_path(result: PenaltyPath, ax: Axes | None, *, standardized: bool, width: Width | None = None) -> Axes:
    """Lines of coefficients against the logarithm of λ, the largest named at its end."""
    ax = axes.axes(ax, 4.6, 3.4, width)
    factors, scale = (result.problem.ordered(v) for v in (result.problem.factors, result.problem.scale))
    held, order = factors > 0, np.argsort(-result.penalties)
    values = result.coefficients.to_numpy()[order][:, held] * (scale[held] if standardized else 1.0)
    x = result.penalties[order]
    names = [key if isinstance(key, str) else ": ".join(map(str, key)) for key in result.coefficients.columns[held]]
    ranked = np.argsort(-np.abs(values[-1]), kind="stable")
    for rank, j in enumerate(ranked[: 10 * _NAMED].tolist()):
        style = axes.STYLES[rank % len(axes.STYLES)]
        prominent = rank < len(axes.STYLES)
        color = style.color if prominent else axes.ink()
        ax.plot(x, values[:, j], color=color, linestyle=style.line, linewidth=1.4 if prominent else 0.6)
    ax.axhline(0.0, color=axes.ink(), linewidth=0.8)
    ax.set_xscale("log")
    ax.invert_xaxis()
    _name_ends(ax, x, values[-1], names, ranked[: len(axes.STYLES)])
    what = "Coefficient × SD of its column" if standardized else "Coefficient"
    axes.label(ax, say("Penalty λ, falling"), say(what))
    if len(ranked) > len(axes.STYLES):
        axes.caption(ax, say("Named: the {n} largest at the smallest penalty.", n=len(axes.STYLES)))
    return ax


def _name_ends(ax: Axes, x: Array, ends: Array, names: Any, chosen: npt.NDArray[np.intp]) -> None:
    """Names beside the ends of lines, moved apart where they would overlap, inside the frame, and led to by lines."""
    low, high = ax.get_ylim()
    beyond = float(x[-1] * (x[-1] / x[0]) ** 0.04)
    thin: Any = {"color": axes.ink(), "linewidth": 0.5, "clip_on": False, "label": "_leader"}
    rising = sorted(chosen.tolist(), key=lambda j: float(ends[j]))
    steps = 0.055 * (high - low) * np.arange(len(rising))
    at = np.maximum.accumulate(ends[rising] - steps) + steps
    at = np.minimum.accumulate((np.minimum(at, high) - steps)[::-1])[::-1] + steps if len(rising) else at
    for j, y in zip(rising, at.tolist(), strict=True):
        ax.plot([x[-1], beyond], [ends[j], y], scalex=False, scaley=False, **thin)
        ax.annotate(
            axes.shown(str(names[j])), (beyond, y), xytext=(2, 0), textcoords="offset points",
            fontsize=axes.font(ax) - 1, va="center", annotation_clip=False,
        )  # fmt: skip
