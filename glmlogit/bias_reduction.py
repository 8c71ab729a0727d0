"""Estimators for small or separated data: Firth's and its relatives, weak priors, median bias reduction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, Unpack

import numpy as np
import numpy.typing as npt

from glmlogit._leverages import InfoCurvature, InfoGradient
from glmlogit._linalg import Information
from glmlogit.designs import Design
from glmlogit.errors import DataError, NotEstimableError
from glmlogit.estimators import DesignOptions, as_design, finish
from glmlogit.fit import Fit
from glmlogit.intake import Note
from glmlogit.intervals import check_level
from glmlogit.maximum import Maximum, maximise, objective_of
from glmlogit.objective import BinaryLogit, Evaluation, Fixed, Objective
from glmlogit.penalty import Jeffreys, LogF, PseudoRows
from glmlogit.solve import Control, Status, newton, newton_step

Array = npt.NDArray[np.float64]

# Coefficients up to which the Jacobian of the median adjustment is worth its p² passes over the rows.
LARGEST_JACOBIAN = 12


def firth(
    formula_or_design: str | Design,
    data: Any = None,
    *,
    se: Literal["information", "augmented"] = "information",
    power: float = 0.5,
    level: float = 0.95,
    control: Control | None = None,
    **options: Unpack[DesignOptions],
) -> Fit:
    """Fit by Firth's bias-reduced (Jeffreys-penalised) likelihood; always finite.

    Parameters
    ----------
    formula_or_design, data, **options
        As in :func:`~glmlogit.logit`.
    se : {"information", "augmented"}
        Standard errors from the information ``X'WX``, or from that of the data augmented by pseudo-rows of
        weight ``2·power·h``: ``Σ (m + 2·power·h) p(1 − p) xx'``, m the weight times the trials of a row and h
        its leverage. It is ``X'W(1 + h)X`` for single observations and power ½.
    power : float
        Power of the determinant of the information; ½ is Jeffreys' prior.
    level, control
        As in :func:`~glmlogit.logit`.

    Returns
    -------
    Fit
        Its ``confint(method="profile")``, ``drop1`` and ``test(..., "lr")`` use the penalised likelihood.

    Raises
    ------
    DataError, FormulaError
        As in :func:`~glmlogit.logit`.

    Notes
    -----
    Firth 1993; Heinze & Schemper 2002. *Matches* R's ``brglm2`` (``type = "AS_mean"``) and ``logistf``,
    whose standard errors since 1.24 are ``se="augmented"``; SAS's ``FIRTH`` option. *Differs* from logistf
    in Wald p-values by default; ``drop1`` gives its penalised likelihood-ratio tests. ``llf``, ``deviance``, ``aic``
    and ``bic`` are those of the likelihood, without the penalty, at this estimate, ``llnull`` and ``null_deviance``
    those of the null model's maximum likelihood estimate, as in brglm2; logistf's AIC is of the penalised
    likelihood. Leverages, in ``augment`` and in HC2 and HC3, are of the information ``X'WX``.
    """
    if se not in ("information", "augmented"):
        raise DataError(f"se={se!r} is not known; give 'information' or 'augmented'")
    if not (isinstance(power, (int, float, np.number)) and np.isfinite(power) and power > 0):
        raise DataError(f"power={power!r}: the power of Jeffreys' prior is positive, usually 0.5")
    control, level = control or Control(), check_level(level, 0.95)
    rows, penalty = _rows(formula_or_design, data, options), Jeffreys(power)
    maximum = maximise(rows, control, penalty=penalty)
    augmented = _augmented_information(rows.collapsed, maximum, power) if se == "augmented" else None
    name = "Firth's bias-reduced likelihood"
    return finish(rows, maximum, name, level, control, penalty=penalty, model_info=augmented)


def _rows(formula_or_design: str | Design, data: Any, options: DesignOptions) -> Design:
    """The design, its sampling weights scaled to mean 1: a penalty is weighed against observations."""
    rows = as_design(formula_or_design, data, options)
    if rows.weights is None or rows.weight_type != "sampling":
        return rows
    text = "Sampling weights were scaled to mean 1, so that the penalty weighs the same whatever their sum."
    trials = np.ones(rows.n_rows) if rows.trials is None else rows.trials
    scaled = rows.weights / np.average(rows.weights, weights=trials)
    return replace(rows, weights=scaled, notes=(*rows.notes, Note("scaled_weights", text)))


def _require_finite(maximum: Maximum, rows: Design, estimator: str) -> None:
    """Refuse an estimate that runs to infinity in directions that nothing penalises."""
    if maximum.status is Status.DIVERGING:
        raise NotEstimableError(
            f"{estimator} has no finite estimate here: a combination of coefficients that carry no penalty predicts "
            f"the outcome {rows.outcome.name} perfectly (or it has one value only). Penalise them too, as with "
            f"gl.firth, which penalises all"
        )


def leverages(rows: Design, maximum: Maximum) -> Array:
    """Diagonal of ``W^½ X (X'WX)⁻¹ X' W^½`` at the maximum."""
    factor = maximum.at.info.factor
    assert factor is not None
    root = np.zeros((rows.n_columns, len(maximum.estimated)))
    root[maximum.estimated] = factor.inverse_root
    return BinaryLogit(rows).leverages(maximum.beta, root)


def _augmented_information(rows: Design, maximum: Maximum, power: float) -> Information:
    """``Σ (m + 2τh) p(1 − p) xx'``: m observations of a pattern and its pseudo-rows, whose weight is 2τh in all."""
    pseudo = 2.0 * power * leverages(rows, maximum)
    weights = 1.0 if rows.weights is None else rows.weights
    augmented = replace(rows, weights=weights + pseudo / (1.0 if rows.trials is None else rows.trials), patterns=None)
    return BinaryLogit(augmented).evaluate(maximum.beta, root=True).info.keep(maximum.estimated)


def _first_firth(rows: Design, control: Control) -> Maximum:
    return maximise(rows, control, penalty=Jeffreys())


def _constant(rows: Design, estimator: str) -> int:
    constant = next(iter(rows.constants), None)
    if constant is None:
        raise DataError(f"{estimator} corrects the intercept, but the model has none; use gl.firth")
    return constant


def flic(
    formula_or_design: str | Design,
    data: Any = None,
    *,
    level: float = 0.95,
    control: Control | None = None,
    **options: Unpack[DesignOptions],
) -> Fit:
    """Fit Firth's slopes with an intercept that makes the mean probability right (FLIC).

    Parameters
    ----------
    formula_or_design, data, level, control, **options
        As in :func:`~glmlogit.logit`.

    Returns
    -------
    Fit
        Predicted probabilities sum to the number of events.

    Raises
    ------
    DataError
        For a model without an intercept, and as in :func:`~glmlogit.logit`.

    Notes
    -----
    Puhr, Heinze, Nold, Lusa & Geroldinger 2017. Slopes are those of :func:`firth`, the intercept maximises
    the likelihood given them. *Matches* R's ``logistf::flic`` in the coefficients. Standard errors are from
    the information at the FLIC estimate. There is no likelihood-ratio test, as
    the estimate maximises no single function.
    """
    control, level = control or Control(), check_level(level, 0.95)
    rows = _rows(formula_or_design, data, options)
    constant = _constant(rows, "FLIC")
    first = _first_firth(rows, control)
    likelihood = BinaryLogit(rows)
    others = tuple(j for j in range(rows.n_columns) if j != constant)
    held = Fixed(likelihood, others, tuple(first.beta[list(others)]))
    solution = newton(held, first.beta[[constant]], control)
    beta = held.full(solution.beta)
    at = likelihood.evaluate(beta, root=True)
    at = at._replace(info=at.info.keep(first.estimated), score=at.score[first.estimated])
    status = first.status if not first.reached else solution.status
    maximum = replace(first, beta=beta, at=at, status=status, trace=first.trace + solution.trace)
    _require_finite(maximum, rows, "FLIC")
    return finish(rows, maximum, "Firth's slopes, intercept refitted (FLIC)", level, control, adjusted=_NO_FUNCTION)


_NO_FUNCTION = "the estimate maximises no single likelihood, so likelihoods cannot be compared"


def flac(
    formula_or_design: str | Design,
    data: Any = None,
    *,
    level: float = 0.95,
    control: Control | None = None,
    **options: Unpack[DesignOptions],
) -> Fit:
    """Fit Firth's augmented data with an indicator of the pseudo-rows (FLAC).

    Parameters
    ----------
    formula_or_design, data, level, control, **options
        As in :func:`~glmlogit.logit`.

    Returns
    -------
    Fit
        Unlike Firth's, its predicted probabilities are not pulled towards one half. Its ``confint(method="profile")``,
        ``drop1`` and ``test(..., "lr")`` use the likelihood of the augmented data, its weights held.

    Raises
    ------
    DataError
        For a model without an intercept, and as in :func:`~glmlogit.logit`.

    Notes
    -----
    Puhr et al. 2017: maximum likelihood on the data plus pseudo-rows of weight h/2 with either outcome, h
    the leverages of Firth's fit, and a column that is 1 on the pseudo-rows. *Matches* R's ``logistf::flac``.
    Tests and profiles hold h at that of the whole model, and maximise over the coefficient of that column too.
    Standard errors, leverages (``augment``) and with them HC2 and HC3 are of the information of the augmented
    data, so that the leverages of the data's own rows sum to less than the number of coefficients. There is no
    AIC, as the estimate maximises no likelihood of the data alone; ``llf`` and ``deviance`` are the data's, at this
    estimate.
    """
    control, level = control or Control(), check_level(level, 0.95)
    rows = _rows(formula_or_design, data, options)
    _constant(rows, "FLAC")
    first = _first_firth(rows, control)
    if not first.reached:
        raise NotEstimableError(f"FLAC rests on Firth's fit, which did not converge. {first.status.value}")
    few = rows.collapsed
    penalty = PseudoRows(few, leverages(few, first), np.arange(rows.n_columns))
    maximum = maximise(rows, control, penalty=penalty, start=first.beta)
    maximum = replace(maximum, trace=first.trace + maximum.trace)
    _require_finite(maximum, rows, "FLAC")
    name = "Firth's augmented data with indicator (FLAC)"
    return finish(rows, maximum, name, level, control, penalty=penalty, no_aic=_NO_AIC)


_NO_AIC = "the estimate maximises the likelihood of augmented data, whose weights rest on another estimate"


def log_f(
    formula_or_design: str | Design,
    data: Any = None,
    *,
    m: float | dict[str, float] = 1.0,
    level: float = 0.95,
    control: Control | None = None,
    **options: Unpack[DesignOptions],
) -> Fit:
    """Fit with log-F(m, m) priors on all coefficients but the intercept.

    Parameters
    ----------
    formula_or_design, data, level, control, **options
        As in :func:`~glmlogit.logit`.
    m : float or mapping of term to float
        Degrees of freedom of the prior; 1 puts 95 % of an odds ratio between 1/648 and 648, 2 between
        1/39 and 39. A mapping penalises only the terms it names.

    Returns
    -------
    Fit
        Profile limits and likelihood-ratio tests are those of the penalised likelihood.

    Raises
    ------
    DataError
        For a negative m or an unknown term, and as in :func:`~glmlogit.logit`.

    Notes
    -----
    Greenland & Mansournia 2015, §3: the same as m/2 events and m/2 non-events added in a row that has only
    that column, without the intercept. *Matches* Stata's ``penlogit`` and data
    augmentation by hand. The prior depends on the unit of a column: scale it so that one unit
    is a meaningful difference. Standard errors, leverages (``augment``) and with them HC2 and HC3 are of the
    information with the prior's, so that leverages sum to the effective number of coefficients, less than their
    number; ``llf``, ``deviance``, ``aic`` and ``bic`` are the likelihood's, without the prior, at this estimate.
    """
    control, level = control or Control(), check_level(level, 0.95)
    rows = _rows(formula_or_design, data, options)
    penalty = LogF(_prior_weights(rows, m))
    maximum = maximise(rows, control, penalty=penalty)
    _require_finite(maximum, rows, "log-F")
    return finish(
        rows,
        maximum,
        f"log-F({m:g}, {m:g}) priors" if isinstance(m, (int, float)) else "log-F priors",
        level,
        control,
        penalty=penalty,
    )


def _prior_weights(rows: Design, m: float | dict[str, float]) -> Array:
    weights = np.zeros(rows.n_columns)
    given = m if isinstance(m, dict) else {name: m for j, name in enumerate(rows.names) if j not in rows.constants}
    for term, value in given.items():
        if term not in rows.names:
            raise DataError(f"m names {term!r}, which is no term of the model; terms are {', '.join(rows.names)}")
        if not (isinstance(value, (int, float, np.number)) and np.isfinite(value) and value >= 0):
            raise DataError(f"m={value!r} for {term}: degrees of freedom are positive, such as 1 or 2")
        weights[rows.names.index(term)] = value
    return weights


@dataclass(frozen=True, eq=False)
class MedianAdjusted:
    """The median-bias-reducing adjustment of a score equation (Kenne Pagui, Salvan & Sartori 2017, eq. 10).

    It is the gradient of no function; progress is measured by the length of the adjusted score, so that the
    loop's "log-likelihood" is minus half its square in the metric of the inverse information.
    """

    objective: Objective
    exact = False

    @property
    def size(self) -> int:
        """Number of coefficients."""
        return self.objective.size

    @property
    def unit(self) -> float:
        """Unit of the likelihood."""
        return self.objective.unit

    def largest_change(self, direction: Array) -> float:
        """Largest change of a linear predictor."""
        return self.objective.largest_change(direction)

    def info_gradient(self, beta: Array, root: Array) -> InfoGradient:
        """Gradient of the likelihood's information."""
        return self.objective.info_gradient(beta, root)

    def info_curvature(self, beta: Array, root: Array) -> InfoCurvature:
        """Derivatives of the likelihood's information."""
        return self.objective.info_curvature(beta, root)

    def evaluate(self, beta: Array, *, root: bool = False) -> Evaluation:
        """Score plus Firth's adjustment less ``I F``, F the shift from mean to median unbiasedness."""
        at = self.objective.evaluate(beta, root=root)
        factor = at.info.factor
        if factor is None:
            return at._replace(llf=-np.inf)
        spread = factor.inverse_root
        cov = spread @ spread.T
        shift = np.empty(self.size)
        for r in range(self.size):
            along = cov[:, r] / np.sqrt(cov[r, r])
            third = self.objective.info_gradient(beta, along[:, None]).gradient / 3.0
            shift[r] = cov[:, r] @ third
        score = at.score + 0.5 * self.objective.info_gradient(beta, spread).gradient - at.info.dense @ shift
        return Evaluation(-0.5 * factor.norm(score) ** 2, score, at.info)

    def step(self, at: Evaluation, beta: Array) -> Array | None:
        """Newton's step by differences of the adjusted score; a scoring step, which only creeps at times, if large.

        Differences are taken along the axes in which the information is the identity, 1e-5 standard errors
        to either side.
        """
        factor = at.info.factor
        if factor is None or self.size > LARGEST_JACOBIAN:
            return newton_step(at, beta)
        axes, h = factor.inverse_root, 1e-5
        columns = [
            factor.half_solve(self.evaluate(beta - h * axis).score - self.evaluate(beta + h * axis).score) / (2 * h)
            for axis in axes.T
        ]
        try:
            return np.asarray(axes @ np.linalg.solve(np.column_stack(columns), factor.half_solve(at.score)))
        except np.linalg.LinAlgError:
            return newton_step(at, beta)


def median_bias_reduced(
    formula_or_design: str | Design,
    data: Any = None,
    *,
    level: float = 0.95,
    control: Control | None = None,
    **options: Unpack[DesignOptions],
) -> Fit:
    """Fit so that each coefficient is median unbiased to third order; always finite in practice.

    Parameters
    ----------
    formula_or_design, data, level, control, **options
        As in :func:`~glmlogit.logit`.

    Returns
    -------
    Fit

    Raises
    ------
    DataError, FormulaError
        As in :func:`~glmlogit.logit`.

    Notes
    -----
    Kenne Pagui, Salvan & Sartori 2017. Equivariant under monotone transformation of single coefficients,
    so the odds ratio is median unbiased as well. *Matches* R's ``brglm2`` with ``type = "AS_median"``. The
    adjusted score is the gradient of no function, so there are no likelihood-ratio tests or profiles.
    """
    control, level = control or Control(), check_level(level, 0.95)
    rows = _rows(formula_or_design, data, options)
    first = _first_firth(rows, control)
    objective = MedianAdjusted(objective_of(rows, first.aliases))
    solution = newton(objective, first.beta[first.estimated], control, step=objective.step)
    beta = np.zeros(rows.n_columns)
    beta[first.estimated] = solution.beta
    trace = first.trace + solution.trace
    maximum = replace(first, beta=beta, at=solution.at, status=solution.status, trace=trace)
    return finish(rows, maximum, "Median bias reduction", level, control, adjusted=_NO_FUNCTION)
