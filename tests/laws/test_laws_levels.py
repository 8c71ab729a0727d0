"""Invariants of several levels, and which test has each; those without a test elsewhere are here.

Multinomial logit (``M`` is tests/estimators/test_multinomial_laws.py):

 1. two levels are the binary logit             test_two_levels.py; Firth: M test_firth_of_two_levels_is_the_binary_one
 2. another base: fits, tests, two changes      M test_another_base
 3. levels renamed and reordered                M test_names_order_units_and_shifts, test_levels_in_another_order
 4. probabilities, effects, gradients add up    M test_probabilities_and_slopes_add_up, test_gradients_of_effects_add_up
 5. score equations                             M test_probabilities_and_slopes_add_up
 6. saturated factors                           M test_closed_forms
 7. rows, weights and tables of counts          M test_counts_are_rows_repeated
 8. constants alone                             M test_closed_forms
 9. levels without rows                         M test_counts_are_rows_repeated, test_notes_on_levels
10. levels merged                               M test_levels_that_nobody_tells_apart, test_merged_levels
11. information of parts, covariances           M test_information_adds_up, test_probabilities_and_slopes_add_up
12. tests of terms whatever the base            M test_another_base
13. Firth                                       M test_another_base, test_closed_forms
14. all interactions with a factor              M test_all_interactions_with_a_factor_are_separate_fits
15. units and shifts of columns                 M test_names_order_units_and_shifts

Proportional odds (``O`` is test_laws_ordinal.py): two levels (test_two_levels.py); reversed, rows and counts, units,
sums, wider models, levels without rows (all O); tests of parallel lines in other units O test_scale_and_shift and
test_brants_test_in_other_units; collapsed levels test_cuts_of_collapsed_levels; saturated factors
test_saturated_factors_bound_proportional_odds.
"""

from __future__ import annotations

import math
import warnings

import numpy as np
import pandas as pd
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import examples, seeds

import glmlogit as gl

CLOSE = 1e-12


def table(seed, levels=4, n=160):
    rng = np.random.default_rng(seed)
    x, g = rng.integers(-40, 40, n) / 16.0, rng.integers(0, 3, n)
    eta = 0.5 * rng.normal(size=(3, levels))
    scores = eta[0] + x[:, None] * eta[1] / 2 + (g == 1)[:, None] * eta[2] + rng.gumbel(size=(n, levels))
    y = scores.argmax(axis=1)
    y[: 3 * levels], g[: 3 * levels] = np.tile(np.arange(levels), 3), np.repeat(np.arange(3), levels)
    return pd.DataFrame({"y": np.array(list("abcdef"))[y], "x": x, "g": g})


def fit_of(rows, formula="y ~ x + C(g)", estimator=gl.multinomial, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("error", gl.errors.SeparationWarning)
        try:
            return estimator(formula, rows, **options)
        except gl.errors.SeparationWarning:
            assume(False)


@examples(6)
@given(seeds, st.permutations(range(4)))
def test_levels_in_another_order(seed, order):
    """The order of a Categorical permutes tables and nothing else, the base being the same."""
    rows = table(seed)
    fit = fit_of(rows)
    names = [list("abcd")[k] for k in order]
    other = fit_of(rows.assign(y=pd.Categorical(rows["y"], names)), base="a")
    np.testing.assert_allclose(other.params[fit.params.index], fit.params, rtol=CLOSE)
    np.testing.assert_allclose(other.bse[fit.bse.index], fit.bse, rtol=CLOSE)
    assert list(other.predict().columns) == names
    np.testing.assert_allclose(other.predict()[list("abcd")], fit.predict(), rtol=CLOSE)
    ours, theirs = (pd.DataFrame(f.margins()).set_index(["variable", "contrast", "outcome"]) for f in (other, fit))
    np.testing.assert_allclose(ours.loc[theirs.index, "estimate"], theirs["estimate"], rtol=1e-10, atol=1e-15)
    np.testing.assert_allclose(ours.loc[theirs.index, "std_error"], theirs["std_error"], rtol=1e-10)


@examples(6)
@given(seeds)
def test_merged_levels(seed):
    """Likelihood ratios of merging are those of the merged fit, 0 or more, and near Wald's where levels are alike."""
    rows = table(seed)
    fit = fit_of(rows)
    for a, b in (("a", "b"), ("c", "d")):
        merged = fit_of(rows.assign(y=rows["y"].replace({b: a})))
        counts = rows["y"].value_counts()
        total = counts[a] + counts[b]
        restricted = merged.llf + sum(counts[k] * math.log(counts[k] / total) for k in (a, b))
        table_of = gl.distinguishable(fit, a, b, test="lr").iloc[0]
        assert abs(table_of["statistic"] - 2 * (fit.llf - restricted)) < 1e-11 * abs(fit.llf)
        assert table_of["statistic"] >= 0
        assert table_of["df"] == 3
        wald = gl.distinguishable(fit, a, b, test="wald").iloc[0]["statistic"]
        assert abs(wald - table_of["statistic"]) < 0.5 * max(1.0, table_of["statistic"])


@examples(6)
@given(seeds, st.sampled_from([0.01, 1000.0]))
def test_brants_test_in_other_units(seed, scale):
    rows = table(seed, levels=3).assign(y=lambda d: d["y"].map({"a": 0, "b": 1, "c": 2}))
    fit, other = (fit_of(d, estimator=gl.ordinal) for d in (rows, rows.assign(x=rows["x"] * scale)))
    ours, theirs = (gl.brant(f).table for f in (other, fit))
    assume(theirs["statistic"].notna().all())
    np.testing.assert_allclose(ours["statistic"], theirs["statistic"], rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(ours["p_value"], theirs["p_value"], rtol=1e-9)


@examples(6)
@given(seeds)
def test_cuts_of_collapsed_levels(seed):
    """Cut points left are near those of all levels: consistent, and only with constants alone the same."""
    rows = table(seed, n=600)
    latent = 0.6 * rows["x"] + 0.4 * (rows["g"] == 1) + np.random.default_rng(seed).logistic(size=600)
    rows["y"] = np.searchsorted([-1.0, 0.3, 1.5], latent)
    collapsed = rows.assign(y=rows["y"].replace({1: 0}))
    fit, other = (fit_of(d, estimator=gl.ordinal) for d in (rows, collapsed))
    assert list(other.params.index) == ["0|2", "2|3", "x", "C(g)[T.1]", "C(g)[T.2]"]
    assert (np.abs(other.params.to_numpy() - fit.params.to_numpy()[1:]) < other.bse.to_numpy()).all()
    alone, fewer = (fit_of(d, "y ~ 1", gl.ordinal) for d in (rows, collapsed))
    np.testing.assert_allclose(fewer.params, alone.params.to_numpy()[1:], rtol=1e-11, atol=1e-13)


@examples(6)
@given(seeds)
def test_saturated_factors_bound_proportional_odds(seed):
    rows = table(seed, levels=3).assign(y=lambda d: d["y"].map({"a": 0, "b": 1, "c": 2}))
    parallel = fit_of(rows, "y ~ C(g)", gl.ordinal)
    free = fit_of(rows, "y ~ C(g)", gl.ordinal, nonparallel="C(g)")
    cells = pd.crosstab(rows["g"], rows["y"]).to_numpy()
    saturated = float((cells * np.log(cells / cells.sum(axis=1, keepdims=True))).sum())
    assert parallel.llf <= free.llf + 1e-10
    assert abs(free.llf - saturated) < 1e-11 * abs(saturated)  # a cut in each cell
    assert abs(fit_of(rows, "y ~ C(g)").llf - saturated) < 1e-12 * abs(saturated)
