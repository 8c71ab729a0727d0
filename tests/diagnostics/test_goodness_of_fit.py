"""Tests of fit: R's values, identities between tests, people however written down, and tests that do not exist."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.diagnostics.fitted import fitted_of, score_added
from glmlogit.errors import DataError, UnsupportedError

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "goodness_of_fit.json").read_text(encoding="utf-8"))
FORMULAS = {
    "births": ("low ~ age + lwt + race + smoke + ht", "birthwt"),
    "urine": ("r ~ gravity + ph + osmo + cond + urea + calc", "urine"),
    "lizards": ("cbind(grahami, opalinus) ~ height + diameter + light + time", "lizards"),
}
TESTS = ("unweighted_ss", "hosmer_lemeshow", "tsiatis", "pearson", "deviance", "osius_rojek", "stukel", "link")
TESTS += ("information_matrix",)
# R's probabilities are those of a fit good to 1e-13 of the deviance; `gravity` alone costs it three digits.
CLOSE = {"births": 1e-9, "lizards": 1e-9, "urine": 1e-6}


@pytest.fixture(scope="module", params=FORMULAS)
def case(request):
    formula, data = FORMULAS[request.param]
    return gl.logit(formula, gl.datasets.load(data)), REFERENCE[request.param], CLOSE[request.param]


@pytest.mark.parametrize("test", [test for test in TESTS if test != "hosmer_lemeshow"])
def test_values_are_those_of_r(case, test):
    fit, expected, close = case
    ours = gl.goodness_of_fit(fit, test)
    values = [ours.statistic, ours.p_value] if ours.signed else [ours.statistic, ours.df, ours.p_value]
    # rms stops at a change of its own: six digits.
    np.testing.assert_allclose(values, expected[test], rtol=max(close, 1e-5 if test == "unweighted_ss" else 0))


@pytest.mark.parametrize("grouping", ["stata", "r"])
def test_groups_are_those_of_r_and_of_stata(case, grouping):
    fit, expected, close = case
    ours = gl.goodness_of_fit(fit, "hosmer_lemeshow", grouping=grouping)
    np.testing.assert_allclose([ours.statistic, ours.df, ours.p_value], expected[grouping]["test"], rtol=close)
    for name in ("n", "observed", "expected"):
        np.testing.assert_allclose(ours.groups[name], expected[grouping][name], rtol=close)


def sample(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(60, 150))
    x, z = rng.normal(size=n).round(1), rng.integers(0, 3, n)
    y = rng.random(n) < 1 / (1 + np.exp(0.3 - 0.8 * x + 0.5 * (z == 1)))
    return pd.DataFrame({"y": y.astype(int), "x": x, "z": z, "n": rng.integers(1, 4, n)})


@pytest.mark.parametrize("seed", range(6))
def test_the_unweighted_sum_of_squares_is_its_definition_and_a_score_test(seed):
    fit = gl.logit("y ~ x + C(z)", sample(seed))
    y, p = sample(seed).y.to_numpy(), fit.predict().to_numpy()
    X, v = np.column_stack([np.ones(len(y)), sample(seed).x, sample(seed).z == 1, sample(seed).z == 2]), p * (1 - p)
    root = np.sqrt(v)[:, None]
    rest = (1 - 2 * p) * root[:, 0]
    rest = rest - X * root @ np.linalg.lstsq(X * root, rest, rcond=None)[0]
    z = (((y - p) ** 2).sum() - v.sum()) / np.sqrt(rest @ rest)
    assert gl.goodness_of_fit(fit).statistic == pytest.approx(z, rel=1e-9)
    added = score_added(fitted_of(fit), (1 - 2 * p)[:, None])
    assert (added.df, added.statistic) == (1, pytest.approx(z * z, rel=1e-9))


@pytest.mark.parametrize("seed", range(6))
def test_tests_are_the_same_of_the_other_outcome(seed):
    data = sample(seed)
    one, other = gl.logit("y ~ x + C(z)", data), gl.logit("y ~ x + C(z)", data.assign(y=1 - data.y))
    for test in ("stukel", "link", "information_matrix", "pearson", "deviance"):
        assert gl.goodness_of_fit(one, test).statistic == pytest.approx(
            gl.goodness_of_fit(other, test).statistic, rel=1e-8
        )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("test", TESTS)
def test_the_same_people_have_the_same_test(seed, test):
    data = sample(seed)
    rows = data.loc[data.index.repeat(data.n)].sample(frac=1, random_state=seed).reset_index(drop=True)
    grouped = rows.groupby(["x", "z"], as_index=False).agg(y=("y", "sum"), m=("y", "size"))
    people = gl.goodness_of_fit(gl.logit("y ~ x + C(z)", rows), test)
    for fit in (gl.logit("y ~ x + C(z)", data, weights="n"), gl.logit("y ~ x + C(z)", grouped, trials="m")):
        ours = gl.goodness_of_fit(fit, test)
        assert (ours.statistic, ours.df) == (pytest.approx(people.statistic, rel=1e-7), people.df)
        assert str(ours) == str(people)


@pytest.mark.parametrize("grouping", ["stata", "sas", "r"])
def test_groups_do_not_depend_on_the_order_of_rows_and_double_with_them(grouping):
    data = sample(7)
    one = gl.goodness_of_fit(gl.logit("y ~ x + C(z)", data), "hosmer_lemeshow", grouping=grouping)
    turned = gl.goodness_of_fit(gl.logit("y ~ x + C(z)", data[::-1]), "hosmer_lemeshow", grouping=grouping)
    assert one.statistic == pytest.approx(turned.statistic, rel=1e-9)
    assert one.groups["n"].sum() == len(data)
    assert one.groups["observed"].sum() == pytest.approx(one.groups["expected"].sum(), rel=1e-9)


def test_stukel_with_two_spare_patterns_is_pearson():
    births = gl.datasets.load("birthwt")
    fit = gl.logit("low ~ C(race) + smoke", births)
    assert gl.goodness_of_fit(fit, "pearson").df == 2
    assert gl.goodness_of_fit(fit, "stukel").statistic == pytest.approx(
        gl.goodness_of_fit(fit, "pearson").statistic, rel=1e-9
    )


def test_what_a_model_fits_by_construction_has_no_test():
    data = sample(1)
    constant = gl.goodness_of_fit(gl.logit("y ~ 1", data))
    assert np.isnan([constant.statistic, constant.p_value]).all()
    assert "by construction" in str(constant)
    two = gl.logit("y ~ x", data.assign(x=data.z > 0))
    groups = gl.goodness_of_fit(two, "hosmer_lemeshow")
    assert (len(groups.groups), groups.df) == (2, 0)
    assert "no degrees of freedom" in str(groups)
    for test in ("pearson", "deviance", "osius_rojek"):
        assert "every covariate pattern" in " ".join(str(gl.goodness_of_fit(two, test)).split())


@pytest.mark.filterwarnings("ignore::glmlogit.errors.SeparationWarning")
def test_separated_rows_take_no_part():
    data = sample(2).assign(g=lambda d: ((d.y == 1) & (d.x > 0.8)).astype(int))
    fit, rest = gl.logit("y ~ x + g", data), gl.logit("y ~ x", data[data.g == 0])
    for test in ("unweighted_ss", "stukel", "pearson", "deviance"):
        ours, theirs = gl.goodness_of_fit(fit, test), gl.goodness_of_fit(rest, test)
        assert (ours.statistic, ours.df) == (pytest.approx(theirs.statistic, rel=1e-7), theirs.df)


@pytest.mark.parametrize(
    ("fit", "why"),
    [
        (lambda d: gl.firth("y ~ x", d), "maximum likelihood"),
        (lambda d: gl.logit("y ~ x", d, weights="n", weight_type="sampling"), "pseudo-likelihood"),
        (lambda d: gl.logit("y ~ x", d, weights="n", weight_type="precision"), "count nothing"),
        (lambda d: gl.logit("y ~ x", d, cluster="z"), "depend on each other"),
    ],
)
def test_fits_that_have_no_such_test_are_refused(fit, why):
    with pytest.raises(UnsupportedError, match=why):
        gl.goodness_of_fit(fit(sample(3)))


def test_unknown_words_are_refused():
    fit = gl.logit("y ~ x", sample(0))
    with pytest.raises(DataError, match="test"):
        gl.goodness_of_fit(fit, "hosmer")
    with pytest.raises(DataError, match="grouping"):
        gl.goodness_of_fit(fit, "hosmer_lemeshow", grouping="spss")
    for groups in (1, 2.5, "ten", None):
        with pytest.raises(DataError, match="whole number of groups"):
            gl.goodness_of_fit(fit, "hosmer_lemeshow", groups=groups)


def test_notes_say_what_a_test_is_worth():
    births = gl.datasets.load("birthwt")
    assert "have one trial" in str(gl.goodness_of_fit(gl.logit("low ~ age + lwt", births), "pearson"))
    many = pd.concat([births] * 6, ignore_index=True)
    assert "1,134 here" in str(gl.goodness_of_fit(gl.logit("low ~ age + lwt", many), "hosmer_lemeshow"))
    far = births.assign(lwt=births.lwt.where(births.index > 0, 4000.0))
    one = gl.goodness_of_fit(gl.logit("low ~ lwt", far), "osius_rojek")
    assert "% of the variance" in str(one)
