"""Whether rows that are called new are those a model was fitted to."""

from __future__ import annotations

import numpy as np

from glmlogit.evaluation.counted import counted
from glmlogit.evaluation.judged_rows import Judged

# Rows from which those that are all among the training rows are no new ones: fewer may be alike by chance.
LEAST_ALIKE = 20


def are_training_rows(training: Judged, rows: Judged) -> bool:
    """Whether every log-odds of the rows, with its outcome, is one of the training rows, and these hardly repeat.

    Where a model has few covariate patterns new rows have old log-odds: then only equal counts of all are telling.
    """
    own, new = counted(training), counted(rows)
    if len(own.eta) == len(new.eta):
        same = np.allclose(own.eta, new.eta, rtol=1e-10, atol=1e-12)
        if same and np.array_equal(own.events, new.events) and np.array_equal(own.nonevents, new.nonevents):
            return True
    if len(new.eta) < LEAST_ALIKE or len(own.eta) < own.total / 2:
        return False
    place = np.clip(np.searchsorted(own.eta, new.eta - 1e-12 * np.maximum(np.abs(new.eta), 1.0)), 0, len(own.eta) - 1)
    near = np.abs(own.eta[place] - new.eta) <= 1e-10 * np.maximum(np.abs(new.eta), 1.0)
    return bool(
        near.all() and (new.events <= own.events[place]).all() and (new.nonevents <= own.nonevents[place]).all()
    )
