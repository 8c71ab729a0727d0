"""Objectives, likelihoods and adjustments as protocols: what all that fits, tests or profiles asks its questions of.

An objective maps β to an :class:`Evaluation`: value, score and information, in the units of the data. A likelihood, as
:class:`~glmlogit.likelihood.binary.BinaryLogit`, also knows its rows: where to start, which of its coefficients are
aliased, what separates. :mod:`~glmlogit.likelihood.combinators` makes objectives of objectives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol, cast

import numpy as np
import numpy.typing as npt

from glmlogit.data.rows import PassRows, Rows
from glmlogit.data.storage import Selection
from glmlogit.errors import UnsupportedError
from glmlogit.likelihood.arrangement import Arrangement, a_column_each
from glmlogit.likelihood.contribution import Contribution, Predictor
from glmlogit.likelihood.response import Response
from glmlogit.numerics import row_functions
from glmlogit.numerics.doubledouble import DD
from glmlogit.numerics.exact_score import SummedExactly
from glmlogit.numerics.linalg import Alias, Information, TriangularFactor
from glmlogit.numerics.newton_steps import StepRules
from glmlogit.separability.recession import Recession
from glmlogit.separability.signed_rows import SignedRows

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Index = npt.NDArray[np.intp]


class Evaluation(NamedTuple):
    """Value of an objective, its score (p,) and information at one β.

    ``curvature`` is the negative Hessian where it is not ``info`` but worth knowing: for steps, not standard errors.
    """

    value: float
    score: Array
    info: Information
    curvature: Information | None = None

    def plus(self, addend: Evaluation) -> Evaluation:
        """The evaluation of a sum of two functions; a curvature of either is not that of the sum."""
        return Evaluation(self.value + addend.value, self.score + addend.score, self.info + addend.info)

    def keep(self, columns: npt.NDArray[np.intp]) -> Evaluation:
        """The part for the coefficients at positions ``columns`` (k,): score (k,) and information."""
        curvature = None if self.curvature is None else self.curvature.keep(columns)
        return Evaluation(self.value, self.score[columns], self.info.keep(columns), curvature)


class Advance(NamedTuple):
    """Where steps ended: β (p,), the evaluation there, and log-likelihood and decrement before each step."""

    beta: Array
    at: Evaluation
    steps: tuple[tuple[float, float], ...] = ()


class Move(NamedTuple):
    """A step (p,), the distance to the maximum in standard errors, and the rise that a full step promises."""

    step: Array
    decrement: float
    promised: float


class Objective(Protocol):
    """A concave function of ``size`` coefficients to be maximised."""

    @property
    def exact(self) -> bool:
        """Whether the information is the negative Hessian, so that Newton converges quadratically."""

    @property
    def size(self) -> int:
        """Number of coefficients."""

    @property
    def unit(self) -> float:
        """Weight that counts as one observation: makes stopping rules free of the scale of weights."""

    @property
    def why_no_curvature(self) -> str:
        """Why it is not :class:`Curved`; empty where it is."""

    def evaluate(self, beta: Array, *, root: bool = False) -> Evaluation:
        """Evaluate at ``beta``; ``root`` asks for the information as a triangular root, known to eps κ."""

    def evaluate_some(self, beta: Array, free: Index) -> Evaluation:
        """Evaluation at β (p,) for the coefficients at positions ``free`` (k,), with a triangular root."""

    def largest_change(self, direction: Array) -> float:
        """Largest absolute change of a linear predictor, or a difference of two of a row, when β moves so far."""


class Eliminated(Objective, Protocol):
    """A likelihood in other coordinates γ, in which steps cost less: effects of many levels."""

    @property
    def estimated(self) -> Index:
        """The coefficients that γ stands for; the others are 0."""

    @property
    def one_outcome(self) -> bool:
        """Whether a level has one outcome only."""

    def start(self) -> Array:
        """Where to begin."""

    def coefficients(self, gamma: Array) -> Array:
        """The coefficients at γ (k,)."""

    def of_columns(self, at: Evaluation) -> Evaluation:
        """An evaluation in γ as that of the coefficients."""

    def rounding_of_step(self, gamma: Array, factor: TriangularFactor) -> float:
        """Bound of what rounding in one evaluation can move a linear predictor by."""


class Likelihood(Objective, Protocol):
    """A log-likelihood of rows: all that the stages of a fit ask of a model, of coefficients at positions 0 to q − 1.

    Defaults: one linear predictor with a coefficient a column, rows not reduced, no offset, no cheap proof of overlap.
    """

    @property
    def why_no_curvature(self) -> str:
        """Why it is not :class:`Curved`; empty where it is."""
        return "derivatives of the information, on which this estimator rests, are not known for this model"

    @property
    def why_no_refinement(self) -> str:
        """Why it is not :class:`Exact`; empty where it is."""
        return "this model is not refined in double-double"

    @property
    def why_no_residual(self) -> str:
        """Why rows have no residual each; empty where one linear predictor is all a row has."""
        return "rows of this model have several linear predictors, and as many residuals"

    @property
    def rows(self) -> Rows | None:
        """The rows it sums over where they are all it holds; None where it holds them in a form of its own."""
        return None

    @property
    def limit(self) -> Array | None:
        """Not 0 in rows (n,) that a limiting model fits perfectly; None where it fits none."""
        return None

    @property
    def response(self) -> Response:
        """Probabilities of the outcomes as functions of the linear predictors; UnsupportedError where it has none."""
        raise UnsupportedError("this model has no probabilities of outcomes")

    @property
    def labels(self) -> tuple[str, ...]:
        """Names (q,) of the coefficients, by which hypotheses and tables call them."""

    @property
    def arrangement(self) -> Arrangement:
        """Where the coefficients of the columns are, in each linear predictor of a row."""
        return a_column_each(self.size)

    @property
    def n_rows(self) -> int:
        """Number of rows that a pass sums over."""

    @property
    def magnitude(self) -> Array:
        """Largest absolute value (q,) that multiplies each coefficient in a linear predictor."""

    @property
    def totals(self) -> tuple[float, ...]:
        """Weighted number of each outcome."""

    @property
    def largest_offset(self) -> float:
        """Largest absolute offset."""
        return 0.0

    # --- reduce ---------------------------------------------------------------------------------
    @property
    def reduced(self) -> Likelihood:
        """The same function of β, of fewer rows: one for each covariate pattern where patterns are known."""
        return self

    def spread_out(self, separated: Bools) -> Bools:
        """Signed rows of the reduced likelihood that are separated, as those of this one."""
        return separated

    def start(self) -> Array:
        """Where to begin (q,): 0, or what the totals say."""
        return np.zeros(self.size)

    def full_steps(self, start: Array, rules: StepRules, most: int) -> Advance:
        """At most so many Newton steps from ``start`` (q,) while they need no care; none where that is no gain."""
        return Advance(start, self.evaluate(start))

    def score(self, beta: Array) -> tuple[float, Array]:
        """Log-likelihood and score (q,) at β, without the products that an information takes."""
        at = self.evaluate(beta)
        return at.value, at.score

    def part(self, stride: int) -> Likelihood:
        """The likelihood of every so many rows."""

    def aliases(self, *, exact: bool = True) -> tuple[Alias, ...]:
        """Coefficients that the rows do not tell from others, and which; ``exact`` asks for simple combinations."""

    def eliminated(self, held: Index) -> Eliminated | None:
        """The likelihood with the levels of a large factor eliminated, coefficients ``held`` at 0; None without one."""
        return None

    @property
    def for_steps(self) -> Likelihood:
        """The same function, with six digits of its information where these cost less: not for standard errors."""
        return self

    # --- prove ----------------------------------------------------------------------------------
    def rounding_of_step(self, free: Index, beta: Array, factor: TriangularFactor) -> float:
        """Bound of what rounding in one evaluation can move a linear predictor by; β (k,) of the coefficients ``free``.

        ``factor`` is that of their information.
        """

    def pure_levels(self) -> Recession | None:
        """The recession cone where it is read off the columns; None where it is not."""
        return None

    def signed_rows(self, free: Index, beta: Array) -> SignedRows:
        """Rows (n, k) over the coefficients ``free`` whose cone is that of recession, seen in the order of β (k,)."""

    def raised(self, separated: Bools, free: Index) -> Array:
        """The signed rows that are ``separated``, over the coefficients ``free``."""
        return self.signed_rows(free, np.zeros(len(free))).A[separated]

    # --- limit ----------------------------------------------------------------------------------
    def limiting(self, separated: Bools) -> Likelihood:
        """The limiting likelihood (Geyer 2009), in which what ``separated`` signed rows say is fitted perfectly."""

    def linearised_start(self, free: Index) -> Array:
        """A start (k,) for the coefficients ``free`` from which the information is not lost to saturated rows."""
        return self.start()[free]

    def nearer(self, distance: float) -> Likelihood:
        """The likelihood with its offset divided by ``distance``."""
        return self

    def holding(self, free: Index, held: Index) -> Callable[[Array], Likelihood]:
        """The likelihood of the coefficients ``free``, as a function of values (h,) at which those ``held`` are held.

        Coefficients in neither are 0.
        """

    def with_weights(self, weights: Array) -> Likelihood:
        """The likelihood of the same rows with other weights (n,); those of weight 0 are left out."""

    def with_counts(self, counts: Array) -> Likelihood:
        """The likelihood of rows with other numbers (n, K) of each outcome: weights where a row has a single one."""
        return self.with_weights(counts.sum(axis=1))

    def in_columns(self, rows: Rows) -> Likelihood:
        """The likelihood of the same outcomes with the columns of ``rows``: the same rows in other columns."""

    def recombined(self, free: Index, transform: Array, labels: tuple[str, ...]) -> Likelihood:
        """The likelihood of γ where the coefficients ``free`` (k,) are Tγ and the others 0; T is (k, k)."""

    def beyond(self, limiting: Likelihood, beta: Array) -> Likelihood:
        """The likelihood with the linear predictors of ``limiting``, of the same rows, at β as its offset."""

    # --- the model without covariates -----------------------------------------------------------
    @property
    def null(self) -> Likelihood:
        """The likelihood of the offset and a constant in each linear predictor."""

    @property
    def null_value(self) -> float | None:
        """The maximum of :attr:`null`, Σ n log(n/N) by the totals; None where there is an offset."""
        return row_functions.constant_loglik(self.totals) if self.largest_offset == 0 else None

    @property
    def saturated(self) -> float:
        """Log-likelihood of the model with a parameter per row, 0 where each is one observation."""
        return 0.0

    def deviance(self, beta: DD, value: float) -> float:
        """Twice the distance to :attr:`saturated` at β (q,), a pair whose log-likelihood kernel is ``value``."""
        return 2.0 * (self.saturated - value)

    def contributions(self, beta: Array, predictor: Predictor) -> Iterator[Contribution]:
        """What rows add to score and information at β, in blocks.

        ``predictor`` gives ``Xβ`` plus an offset to more digits than a product, for those of one linear predictor.
        """

    def directions(self, rows: Selection, beta: Array) -> Array:
        """Directions of some rows, as :meth:`contributions` has them."""


class Exact(Likelihood, Protocol):
    """A likelihood that can be refined and certified in double-double."""

    @property
    def exact_rows(self) -> PassRows | SummedExactly:
        """What sums are taken over: rows of single binary logits, or those that sum themselves."""


class Single(Exact, Protocol):
    """A likelihood of single binary logits, which its rows are enough to refine."""

    @property
    def rows(self) -> Rows:
        """The rows."""

    def evaluate_near(self, beta: Array, factor: TriangularFactor) -> Evaluation:
        """Evaluation with a triangular root, by the factor of the information at a point near by."""

    def furthest(self, factor: TriangularFactor) -> float:
        """Bound of the length of any row in the metric of the information."""


def single(likelihood: Likelihood) -> Single | None:
    """The likelihood as one of single binary logits; None where it is none."""
    return None if likelihood.why_no_residual or likelihood.why_no_refinement else cast("Single", likelihood)


def exact(likelihood: Likelihood) -> Exact:
    """The likelihood as one that can be refined; UnsupportedError where it cannot."""
    if likelihood.why_no_refinement:
        raise UnsupportedError(likelihood.why_no_refinement)
    return cast("Exact", likelihood)


class Adjustment(Protocol):
    """What an estimator adds to the score of a likelihood; maximum likelihood adds nothing, and has no adjustment."""

    @property
    def exact(self) -> bool:
        """As of an objective."""

    @property
    def proper(self) -> bool:
        """Whether it makes every estimate finite, so that attempts go on until one is."""

    @property
    def integrable(self) -> bool:
        """Whether it is the gradient of a function, so that an iteration may begin anywhere."""

    @property
    def step(self) -> Callable[[Objective, Evaluation, Array], Move | None] | None:
        """The step for the adjusted objective, its evaluation and β; None where it is Newton's."""

    def why_not(self, likelihood: Objective) -> str:
        """Why a likelihood cannot be adjusted so; empty where it can."""

    def keep(self, columns: Index) -> Adjustment:
        """The adjustment of some of the coefficients, the others being left out of the model."""

    def recombined(self, transform: Array) -> Adjustment:
        """The adjustment of β in other coefficients γ, ``β = Tγ`` with T (p, p), up to a constant."""

    def adjusted(self, objective: Objective, beta: Array, at: Evaluation, *, root: bool) -> Evaluation:
        """The evaluation ``at`` β of an objective, adjusted."""


class Penalty(Adjustment, Protocol):
    """An adjustment that is the gradient of a log prior density: one more evaluation to add."""

    proper: bool = False
    integrable: bool = True
    step: None = None
    why_no_covariance: str = ""  # why estimates have no standard errors; empty where they have
    tells_apart: bool = False  # whether it determines coefficients that the rows do not tell from others

    def why_not(self, likelihood: Objective) -> str:
        """Nothing is asked of the likelihood."""
        return ""

    def keep(self, columns: Index) -> Penalty:
        """The penalty on some of the coefficients, the others being left out of the model."""

    def recombined(self, transform: Array) -> Penalty:
        """The penalty of β in other coefficients γ, ``β = Tγ`` with T (p, p), up to a constant."""

    def evaluate(self, objective: Objective, beta: Array, at: Evaluation, *, root: bool) -> Evaluation:
        """Penalty's log-density, its gradient and negative Hessian at ``beta``.

        ``curvature`` is that of objective plus penalty, where it is not the sum of their informations.
        """

    def adjusted(self, objective: Objective, beta: Array, at: Evaluation, *, root: bool) -> Evaluation:
        """The sum of objective and penalty, with the curvature of both."""
        more = self.evaluate(objective, beta, at, root=root)
        return at.plus(more)._replace(curvature=more.curvature)
