"""Simulated coverage of the limits of an area: Newcombe's hold, the logit's nearly, DeLong's do not near 1."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri

from glmlogit.evaluation import areas
from glmlogit.evaluation.ranking import ranked
from glmlogit.numerics.tails import normal_quantile

SAMPLES, Z = 4000, normal_quantile(0.95)
# Coverage of DeLong, logit and Newcombe, by area, events and others; simulated before by other random numbers.
EXPECTED = {
    (0.70, 50, 50): (0.944, 0.957, 0.954),
    (0.90, 10, 40): (0.850, 0.932, 0.967),
    (0.97, 10, 40): (0.746, 0.907, 0.973),
    (0.97, 50, 50): (0.877, 0.942, 0.976),
}


@pytest.mark.slow
@pytest.mark.parametrize(("area", "n1", "n0"), EXPECTED)
def test_limits_hold_the_area_as_often_as_is_said(area, n1, n0):
    rng = np.random.default_rng(int(1000 * area) + n1)
    y = np.repeat([1.0, 0.0], [n1, n0])
    held = np.zeros(3)
    for _ in range(SAMPLES):
        score = rng.normal(size=n1 + n0) + np.sqrt(2.0) * ndtri(area) * y
        auc, error, *_ = areas.delong(ranked(score, y, 1.0 - y))
        limits = [(np.nan, np.nan)] * 2
        if error > 0:
            limits = [areas.wald_limits(auc, error, Z), areas.logit_limits(auc, error, Z)]
        limits.append(areas.newcombe_limits(auc, n1, n0, Z))
        held += [low <= area <= high for low, high in limits]
    # Twice three standard errors of the two simulations: the numbers of the table are simulated as well.
    margin = 3 * np.sqrt(2 * 0.2 * 0.8 / SAMPLES)
    np.testing.assert_allclose(held / SAMPLES, EXPECTED[area, n1, n0], atol=margin)
    assert held[2] / SAMPLES > 0.94
