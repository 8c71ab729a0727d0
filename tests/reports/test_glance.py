"""The test of the whole model, with pseudo-R², in ``glance`` and on the page of a fit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl

BIRTHS = gl.datasets.load("birthwt")
ROWS = BIRTHS.assign(n=1 + BIRTHS.index % 3, w=1.5)


def test_it_is_the_test_against_a_constant():
    fit, null = gl.logit("low ~ age + smoke + C(race)", BIRTHS), gl.logit("low ~ 1", BIRTHS)
    row, test, r2 = fit.glance().iloc[0], gl.lr_test(fit, null), gl.pseudo_r2(fit)
    assert row["lr_statistic"] == pytest.approx(test.statistic, rel=1e-12)
    assert row["lr_p_value"] == pytest.approx(test.p_value, rel=1e-10)
    assert (row["lr_df"], row["lr_reason"]) == (test.df, "") == (4, "")
    assert row[["mcfadden", "nagelkerke", "tjur"]].tolist() == r2[["mcfadden", "nagelkerke", "tjur"]].tolist()
    page = dict(fit.summary().footer)
    assert page["Likelihood ratio"].startswith(f"chi2(4) = {test.statistic:.2f}, p = ")
    assert (
        page["Pseudo-R2"] == f"McFadden {r2['mcfadden']:.3f}, Nagelkerke {r2['nagelkerke']:.3f}, Tjur {r2['tjur']:.3f}"
    )


def test_people_are_the_same_however_they_are_written_down():
    rows = ROWS.loc[ROWS.index.repeat(ROWS.n)].reset_index(drop=True)
    grouped = rows.groupby(["smoke", "race"], as_index=False, observed=True).agg(low=("low", "sum"), m=("low", "size"))
    names = ["lr_statistic", "lr_df", "lr_p_value", "mcfadden", "nagelkerke", "tjur"]
    fits = [
        gl.logit("low ~ smoke + C(race)", rows),
        gl.logit("low ~ smoke + C(race)", ROWS, weights="n"),
        gl.logit("low ~ smoke + C(race)", grouped, trials="m"),
    ]
    first, *others = (fit.glance().iloc[0][names].astype(float) for fit in fits)
    for other in others:
        np.testing.assert_allclose(first, other, rtol=1e-9)


@pytest.mark.parametrize(
    ("fit", "why"),
    [
        (lambda: gl.firth("low ~ age", BIRTHS), "does not maximise the likelihood"),
        (lambda: gl.logit("low ~ age", BIRTHS).with_cov("HC3"), "HC3 standard errors"),
        (lambda: gl.logit("low ~ age", ROWS, weights="w", weight_type="sampling"), "pseudo-likelihood"),
        (lambda: gl.logit("low ~ age", ROWS, cluster="race"), "depend on each other"),
        (lambda: gl.logit("low ~ 1", BIRTHS), "no slopes"),
        (lambda: gl.logit("low ~ 0 + age", BIRTHS), "no constant"),
    ],
)
def test_there_is_none_with_the_reason(fit, why):
    fit = fit()
    row = fit.glance().iloc[0]
    assert np.isnan(row["lr_statistic"])
    assert np.isnan(row["lr_p_value"])
    assert why in row["lr_reason"]
    assert "Likelihood ratio" not in dict(fit.summary().footer)


def test_offsets_are_in_the_null_model_too():
    data = BIRTHS.assign(o=BIRTHS.lwt / 100)
    fit, null = gl.logit("low ~ age", data, offset="o"), gl.logit("low ~ 1", data, offset="o")
    assert fit.glance()["lr_statistic"].item() == pytest.approx(gl.lr_test(fit, null).statistic, rel=1e-10)


@pytest.mark.filterwarnings("ignore::glmlogit.errors.SeparationWarning")
def test_suprema_are_compared_where_the_data_separate():
    data = pd.DataFrame({"y": [0, 0, 1, 1, 0, 1], "x": [0, 0, 0, 0, 1, 2]})
    fit = gl.logit("y ~ C(x)", data)
    expected = 2 * (4 * np.log(0.5) - 6 * np.log(0.5))
    assert fit.glance()["lr_statistic"].item() == pytest.approx(expected, rel=1e-9)
