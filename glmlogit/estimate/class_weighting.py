"""What class weights do to a fit: whose probabilities it gives, and what its intercept is for the rows as they are."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from glmlogit.data.class_weights import Multipliers
from glmlogit.estimate.solved import Solved
from glmlogit.fitting.control import Control
from glmlogit.fitting.maximise import maximise
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.messages.notes import Note
from glmlogit.messages.words import Number, joined, sentence
from glmlogit.numerics.lazy import cached_property


@dataclass(frozen=True, eq=False)
class ClassWeighting:
    """The class weights of a solved model.

    ``text`` is the rule in words, ``observed`` the share of events in the rows by their own weights, ``weighed`` that
    in the population which class weights make of them.
    """

    solved: Solved = field(repr=False)
    text: str
    multipliers: Multipliers
    observed: float
    weighed: float

    @property
    def log_ratio(self) -> float:
        """``ln(w₁/w₀)``, by which the intercept moves if the model holds: ln(n₀/n₁) of balanced weights."""
        return math.log(self.multipliers.event) - math.log(self.multipliers.nonevent)

    @cached_property
    def excess(self) -> float:
        """By how much the intercept is above that of the rows as they are, all other coefficients held.

        Their linear predictors are an offset beside a constant that is fitted anew (calibration in the large), without
        class weights, with the weights of the rows. NaN where that has no maximum.
        """
        rows = self.solved.rows
        eta = self.solved.linear_predictor(rows.X, rows.offset)
        alone = replace(rows, class_weights=None, offset=eta, patterns=None).constant_alone()
        maximum = maximise(BinaryLogit(alone), None, Control(), refine=False)
        return -float(maximum.beta[0]) if maximum.reached else math.nan

    @cached_property
    def constant(self) -> float:
        """The value of the constant column; NaN without one."""
        design = self.solved.design
        return float(design.matrix.rows(slice(1))[0, design.constants[0]]) if design.constants else math.nan

    @property
    def population(self) -> str:
        """Whose probabilities the fit gives, in words."""
        return sentence(
            "a population with {share} events (class weights: {rule})", share=percent(self.weighed), rule=self.text
        )

    @property
    def population_note(self) -> Note:
        """What tables of probabilities and their differences say."""
        return Note(
            "class_weights",
            sentence(
                "Probabilities are those of {population}; of the rows as they are {share} are events. "
                "gl.prior_correction(fit) has theirs.",
                population=self.population,
                share=percent(self.observed),
            ),
        )


def percent(share: float) -> str:
    """A share as a percentage of three digits."""
    return sentence("{x} %", x=Number(f"{100.0 * share:.3g}"))


def class_weighting(solved: Solved) -> ClassWeighting | None:
    """The class weights of a solved model; None without any."""
    design = solved.design
    if design.class_weights is None or design.multipliers is None:
        return None
    events, nonevents = design.totals_without_class_weights
    total = events + nonevents
    weighed = design.multipliers.share(events, nonevents)
    return ClassWeighting(solved, design.class_weights.text, design.multipliers, events / total, weighed)


def notes(weighting: ClassWeighting | None) -> Iterator[Note]:
    """What the reader must know of a class-weighted fit."""
    if weighting is None:
        return
    event, nonevent = weighting.multipliers
    yield Note(
        "class_weights",
        joined(
            [
                sentence(
                    "Class weights ({rule}): an event weighs {event}, a non-event {nonevent}. Probabilities are those "
                    "of a population with {weighed} events, and of these rows {observed} are.",
                    rule=weighting.text,
                    event=Number(f"{event:.4g}"),
                    nonevent=Number(f"{nonevent:.4g}"),
                    weighed=percent(weighting.weighed),
                    observed=percent(weighting.observed),
                ),
                *_intercepts(weighting),
            ]
        ),
    )
    yield Note(
        "class_weights_inference",
        "Class weights are no observations: standard errors are robust and take the weights as known; "
        "likelihood-ratio tests, profile limits, AIC and BIC are not defined.",
    )
    rule = weighting.solved.design.class_weights
    yield IMBALANCE if rule is None or not rule.of_population else _population(rule.share)


def _population(share: float | None) -> Note:
    """What else gives the probabilities of a population whose share of events is known."""
    return Note(
        "population",
        sentence(
            "If rows were sampled by outcome alone and the model holds, the fit without weights is more precise, and "
            "{call} moves its intercept to that population; weights are for a model that may not hold (King & Zeng "
            "2001).",
            call=f"gl.prior_correction(fit, {share:g})",
        ),
    )


IMBALANCE = Note(
    "imbalance",
    "Imbalance alone is no reason to weigh or resample classes: without, probabilities of maximum likelihood are "
    "calibrated, the ranking is hardly another, and the threshold carries the costs of errors: gl.thresholds (van den "
    "Goorbergh et al. 2022). Few events are a different problem: gl.firth, gl.flic.",
)


def _intercepts(weighting: ClassWeighting) -> Iterator[str]:
    """What weights do to the intercept, and the intercept of the rows as they are, both ways."""
    design = weighting.solved.design
    if not design.constants:
        return
    place, formula = design.constants[0], weighting.log_ratio
    text = "They move the intercept by ln(w1/w0) = {shift} if the model holds, else by about that."
    yield sentence(text, shift=_four(formula))
    value = float(weighting.solved.maximum.coefficients[place])
    if math.isfinite(weighting.excess) and math.isfinite(value):
        unit = weighting.constant
        yield sentence(
            "For the rows as they are it is {refitted}, fitted to them with the other coefficients held "
            "(gl.prior_correction(fit)); by the formula it would be {shifted}.",
            refitted=_four(value - weighting.excess / unit),
            shifted=_four(value - formula / unit),
        )


def _four(x: float) -> Number:
    return Number(f"{x:.4f}")
