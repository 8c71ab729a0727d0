"""Firth's bias-reduced estimator: the likelihood times Jeffreys' prior, and what estimators resting on it share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, Unpack

import numpy as np
import numpy.typing as npt

from glmlogit.designs.container import Design
from glmlogit.errors import DataError, NotEstimableError, UnsupportedError
from glmlogit.estimators.finish import finish
from glmlogit.estimators.fit import Fit
from glmlogit.estimators.multinomial import level_options, level_rows, likelihood_of, of_levels
from glmlogit.estimators.options import DesignOptions, FitOptions, as_design, require_events
from glmlogit.fitting.control import Control, Status
from glmlogit.fitting.maximise import maximise
from glmlogit.fitting.maximum import Maximum
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.likelihood.penalty import Jeffreys
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_level
from glmlogit.numerics.linalg import Information

Array = npt.NDArray[np.float64]


def firth(
    formula_or_design: str | Design,
    data: Any = None,
    *,
    se: Literal["information", "augmented"] = "information",
    power: float = 0.5,
    base: Any = None,
    level: float = 0.95,
    control: Control | None = None,
    **options: Unpack[FitOptions],
) -> Fit:
    """Fit by Firth's bias-reduced (Jeffreys-penalised) likelihood; always finite.

    Parameters
    ----------
    formula_or_design : str or Design
        ``"low ~ age + C(race)"`` with ``data``, or a design made before.
    data : table
        Rows with the columns that the formula names, of pandas, polars, pyarrow or DuckDB, or a dict of arrays.
    se : {"information", "augmented"}
        Standard errors from the information ``X'WX``, or from that of the data augmented by pseudo-rows of
        weight ``2·power·h``: ``Σ (m + 2·power·h) p(1 − p) xx'``, m the weight times the trials of a row and h
        its leverage. It is ``X'W(1 + h)X`` for single observations and power ½.
    power : float
        Power of the determinant of the information; ½ is Jeffreys' prior.
    base : level, optional
        Of an outcome of several levels that which the others are compared with, as in :func:`~glmlogit.multinomial`;
        the first by default. Text and categories of more than two levels are such an outcome, unless ``event`` names
        one.
    level : float
        Confidence level of the fit's tables.
    control : Control, optional
        Tolerance and limits of the iteration.
    **options
        ``weights weight_type trials event offset cluster missing functions``, as :func:`~glmlogit.design` takes them.

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

    Examples
    --------
    >>> fit = gl.firth("HG ~ NV + PI + EH", gl.datasets.endometrial())
    >>> fit.params.round(3).to_dict()
    {'Intercept': 3.775, 'NV': 2.929, 'PI': -0.035, 'EH': -2.604}

    King & Zeng's (2001) rare-event correction, β − (X'VX)⁻¹X'Vξ with ξ = h(p − ½)/v, is the first step from maximum
    likelihood to this estimate, which leaves no reason to stop there:

    >>> fit = gl.logit("low ~ age + smoke", gl.datasets.birthwt())
    >>> h, p, X = fit.augment()["hat"], fit.predict(), fit.design.X
    >>> (fit.params - fit.cov_params() @ (X.T @ (h * (p - 0.5)))).round(3).to_dict()
    {'Intercept': 0.035, 'age': -0.048, 'smoke': 0.682}
    """
    if se not in ("information", "augmented"):
        raise DataError(f"se={se!r} is not known; give 'information' or 'augmented'")
    if not (isinstance(power, (int, float, np.number)) and np.isfinite(power) and power > 0):
        raise DataError(f"power={power!r}: the power of Jeffreys' prior is positive, usually 0.5")
    control, level = control or Control(), check_level(level, 0.95)
    penalty = Jeffreys(power)
    if of_levels(formula_or_design, data, base, options):
        return _multinomial(formula_or_design, data, base, se, penalty, level, control, options)
    rows = rows_of(formula_or_design, data, options)
    maximum = maximise(BinaryLogit(rows, control.threads), penalty, control)
    augmented = _augmented_information(rows.collapsed, maximum, power) if se == "augmented" else None
    return finish(rows, maximum, NAME, level, control, penalty=penalty, model_info=augmented)


def _multinomial(
    formula_or_design: str | Design,
    data: Any,
    base: Any,
    se: str,
    penalty: Jeffreys,
    level: float,
    control: Control,
    options: DesignOptions,
) -> Fit:
    """Several levels (Kosmidis & Firth 2011): the determinant is that of the information of all coefficients."""
    if se != "information":
        raise DataError("se='augmented' is of an outcome with one event; of several levels leave it out")
    rows = scaled_to_observations(level_rows(formula_or_design, data, base, level_options(options)))
    likelihood, notes = likelihood_of(rows, control)
    maximum = maximise(likelihood, penalty, control)
    return finish(rows, maximum, NAME, level, control, penalty=penalty, notes=notes)


NAME = "Firth's bias-reduced likelihood"


def rows_of(formula_or_design: str | Design, data: Any, options: DesignOptions, why_not: str = "") -> Design:
    """The design, its sampling weights scaled to mean 1: a penalty is weighed against observations.

    ``why_not`` says why class weights are refused, where it is another reason than that.
    """
    rows = as_design(formula_or_design, data, options)
    if rows.class_weighted:
        raise UnsupportedError(why_not or _NO_CLASS_WEIGHTS)
    return scaled_to_observations(rows)


def scaled_to_observations(rows: Design) -> Design:
    """Rows with their sampling weights scaled to mean 1."""
    if rows.weights is None or rows.weight_type != "sampling":
        return rows
    text = "Sampling weights were scaled to mean 1, so that the penalty weighs the same whatever their sum."
    trials = np.ones(rows.n_rows) if rows.trials is None else rows.trials
    scaled = rows.weights / np.average(rows.weights, weights=trials)
    return replace(rows, weights=scaled, notes=(*rows.notes, Note("scaled_weights", text)))


# Of estimators that choose columns first.
NO_CLASS_WEIGHTS = (
    "p-values and limits after a choice of columns are of a likelihood of observations, and class weights are none: "
    "leave class_weight= out here. gl.elastic_net takes class weights, for predictions"
)
_NO_CLASS_WEIGHTS = (
    "bias corrections and priors are weighed against observations, and class weights are none: leave class_weight= "
    "out here. Few events are what this estimator is for; imbalance alone needs no weights, but a threshold that "
    "carries the costs (gl.thresholds). gl.logit, gl.ridge and gl.elastic_net take class weights"
)


def require_finite(maximum: Maximum, rows: Design, estimator: str) -> None:
    """Refuse an estimate that runs to infinity in directions that nothing penalises."""
    if maximum.status is Status.DIVERGING:
        require_events(rows)
        raise NotEstimableError(
            f"{estimator} has no finite estimate here: a combination of coefficients that carry no penalty predicts "
            f"the outcome {rows.outcome.name} perfectly. Penalise them too, as with "
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


def first_firth(rows: Design, control: Control) -> Maximum:
    """Maximum of the likelihood with Jeffreys' prior of power ½, from which other estimators go on."""
    return maximise(BinaryLogit(rows, control.threads), Jeffreys(), control)


def constant_of(rows: Design, estimator: str) -> int:
    """Position of the intercept among the columns; an error without one."""
    constant = next(iter(rows.constants), None)
    if constant is None:
        raise DataError(f"{estimator} corrects the intercept, but the model has none; use gl.firth")
    return constant


NO_FUNCTION = "the estimate maximises no single likelihood, so likelihoods cannot be compared"
