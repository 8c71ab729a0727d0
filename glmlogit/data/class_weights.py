"""Class weights: what an event and a non-event weigh in the likelihood, beside how often each was counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Multipliers(NamedTuple):
    """What one event and one non-event weigh."""

    event: float
    nonevent: float

    @property
    def largest(self) -> float:
        """The larger of both."""
        return max(self)

    def share(self, events: float, nonevents: float) -> float:
        """Share of events in the population that the weights make of so many events and non-events."""
        return self.event * events / (self.event * events + self.nonevent * nonevents)


@dataclass(frozen=True)
class ClassWeights:
    """A rule of class weights: multipliers that are set, or those that give events a ``share`` of all weight.

    A share is learned from the rows, and again from others: of folds, of samples. ``text`` is the rule in words.
    """

    text: str
    share: float | None = None
    multipliers: Multipliers | None = None
    of_population: bool = False  # whether the share is that of a population, and not one chosen to balance

    def of(self, events: float, nonevents: float) -> Multipliers:
        """Multipliers for so many events and non-events, ``w₁ = τ/ȳ`` and ``w₀ = (1 − τ)/(1 − ȳ)`` for a share τ.

        King & Zeng 2001, §4.2; with a share of ½ they are n/(2n_c), the "balanced" ones. Rows of one outcome, which
        have no such weights and no finite fit either, weigh 1.
        """
        if self.multipliers is not None:
            return self.multipliers
        if self.share is None or not (events > 0 and nonevents > 0):
            return Multipliers(1.0, 1.0)
        total = events + nonevents
        return Multipliers(self.share * total / events, (1.0 - self.share) * total / nonevents)
