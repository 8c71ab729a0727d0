"""Judged rows by their distinct probabilities."""

from __future__ import annotations

import numpy as np

from glmlogit.evaluation.judged_rows import Judged
from glmlogit.evaluation.ranking import ranked
from glmlogit.numerics import kernels
from glmlogit.scoring.probability_counts import ProbabilityCounts


def counted(rows: Judged) -> ProbabilityCounts:
    """The rows by their probabilities, those that agree to 13 digits of the log-odds together.

    Sampling weights sum to the number of rows.

    Raises
    ------
    DataError
        Where scores are no probabilities.
    """
    score = rows.score if rows.score_is_log_odds else rows.probabilities[0]
    lowest, events, nonevents = ranked(score, rows.events, rows.nonevents, 1.0 if rows.score_is_log_odds else 0.0)
    value, a, b = lowest[::-1], events[::-1], nonevents[::-1]
    if rows.score_is_log_odds:
        result = ProbabilityCounts(a, b, value, *kernels.tails(value))
    else:
        with np.errstate(divide="ignore"):
            result = ProbabilityCounts(a, b, np.log(value) - np.log1p(-value), value, 1.0 - value)
    return result.of_total(len(score) / rows.repeats) if rows.sampled else result
