"""Sixteen hard problems with 40-digit answers (tests/reference/hard_problems.py)."""

from __future__ import annotations

from pathlib import Path

import mpmath as mp
import pandas as pd
import pytest
import references

import glmlogit as gl

HERE = Path(__file__).parents[1]
PROBLEMS = {problem["id"]: problem for problem in references.load_json("hard_problems")["problems"]}

# Correct digits (coefficients, standard errors) that R 4.2's glm reaches by default; never fewer than these minus 1.
R_DIGITS = {
    "A00_benign": (8.3, 4.4),
    "A02_collinear_1e-8": (7.9, 5.6),
    "A04_scale_1e8": (9.5, 5.1),
    "A06_shift_1e8": (7.5, 4.1),
    "A08_year_cubic": (7.6, 6.7),
    "A10_poly8_uncentred": (10.2, 6.9),
    "A12_filip_logit_deg5": (9.5, 5.5),
    "A14_filip_logit_deg10": (7.4, 7.4),
    "A16_grouped_1e-8": (13.1, 7.0),
    "A18_offset_spread": (10.9, 6.1),
    "A20_near_sep_2pts": (7.6, 3.7),
    "A22_saturated_tails": (8.6, 4.3),
    "A24_cauchy7": (5.0, 3.8),
    "A26_intercept_only": (12.5, 6.7),
    "A28_lbw_stata": (8.2, 4.8),
    "A30_offset_pm60": (0.0, 0.0),
}


def design(name: str) -> gl.Design:
    d = pd.read_csv(HERE / "data" / "hard" / f"{name}.csv")
    terms = PROBLEMS[name]["terms"]
    return gl.design_arrays(d["y"], d[terms], trials=d.get("m"), offset=d.get("offset"))


def digits(ours, theirs) -> float:
    """Correct decimal digits of the worst entry."""
    worst = mp.mpf(0)
    for o, t in zip(ours, map(mp.mpf, theirs), strict=True):
        worst = max(worst, abs(mp.mpf(float(o)) - t) / (abs(t) or 1))
    return 16.0 if worst == 0 else min(16.0, float(-mp.log10(worst)))


@pytest.mark.parametrize("name", PROBLEMS)
def test_digits(name):
    problem = PROBLEMS[name]
    fit = gl.logit(design(name))
    assert fit.converged
    params, bse = R_DIGITS[name]
    assert digits(fit.params, problem["params"]) >= params - 1
    assert digits(fit.bse, problem["bse"]) >= bse - 1
    assert digits([fit.maximum.value], [problem["llf_kernel"]]) >= 9


@pytest.mark.parametrize("name", ["A00_benign", "A26_intercept_only", "A30_offset_pm60", "A20_near_sep_2pts"])
@pytest.mark.parametrize("start", [-2.0, 500.0, -500.0])
def test_any_start_gives_the_same_answer(name, start):
    rows = design(name)
    usual = gl.logit(rows)
    there = gl.logit(rows, start=[start] * rows.n_columns)
    assert ((there.params - usual.params).abs() / usual.bse).max() < 1e-12


def test_every_problem_has_a_bar():
    assert set(R_DIGITS) == set(PROBLEMS)
